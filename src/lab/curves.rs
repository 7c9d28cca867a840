//! Curves of groups over their evaluations: means over seeds and their spread, smoothing, what they are aligned by, and
//! which group leads when.
//!
//! Pure functions of snapshots, below every face. They cost a pass over the evaluations, so whoever draws keeps what they
//! give until a [`Version`] says that the group has been through something new.

mod aligned;
mod fall;

use std::sync::Arc;

use super::Evaluation;
use super::snapshot::{GroupId, GroupSnapshot, RunId, RunSnapshot};
pub use aligned::{PlacedMean, Track, Tracks, common_end, common_span, places_between};
pub use fall::{Fall, fall};

use crate::math::statistics;

/// What an evaluation says about the full network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Mean loss on the test split.
    TestLoss,
    /// Mean loss on the training split.
    TrainLoss,
    /// Share of the test split that is right, `0..=1`.
    TestAccuracy,
    /// Share of the training split that is right, `0..=1`.
    TrainAccuracy,
    /// R² on the test split, at most 1.
    TestR2,
    /// R² on the training split, at most 1.
    TrainR2,
    /// Test loss less train loss.
    Gap,
}

/// Which of two values is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// The lower one, as of losses.
    Lowest,
    /// The higher one, as of accuracies.
    Highest,
    /// The one nearer to 0, as of gaps.
    NearestZero,
}

impl Preference {
    fn is_better(self, one: f64, other: f64) -> bool {
        match self {
            Self::Lowest => one < other,
            Self::Highest => one > other,
            Self::NearestZero => one.abs() < other.abs(),
        }
    }
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TestLoss,
        Self::TrainLoss,
        Self::TestAccuracy,
        Self::TrainAccuracy,
        Self::TestR2,
        Self::TrainR2,
        Self::Gap,
    ];

    /// Its value at an evaluation; `None` where the data have no such thing.
    pub fn of(self, evaluation: &Evaluation) -> Option<f64> {
        match self {
            Self::TestLoss => Some(evaluation.test_loss),
            Self::TrainLoss => Some(evaluation.train_loss),
            Self::TestAccuracy => evaluation.test_accuracy,
            Self::TrainAccuracy => evaluation.train_accuracy,
            Self::TestR2 => evaluation.test_r2,
            Self::TrainR2 => evaluation.train_r2,
            Self::Gap => Some(evaluation.gap()),
        }
    }

    /// What is better.
    pub fn preference(self) -> Preference {
        match self {
            Self::TestLoss | Self::TrainLoss => Preference::Lowest,
            Self::TestAccuracy | Self::TrainAccuracy | Self::TestR2 | Self::TrainR2 => {
                Preference::Highest
            }
            Self::Gap => Preference::NearestZero,
        }
    }
}

/// What curves lie along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Alignment {
    /// Updates made, in passes over the training split.
    #[default]
    Epoch,
    /// How far the training loss has fallen: the negative logarithm of the lowest one so far.
    TrainLoss,
    /// The seconds of training that the runs have had, on average.
    Seconds,
}

/// One quantity of a group, evaluation by evaluation. What is not known is not a number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// The mean over the runs that stand for the group; not a number where one of theirs is not.
    pub means: Vec<f64>,
    /// Their standard deviation (divided by n - 1); not a number for one run.
    pub deviations: Vec<f64>,
    /// The values of each run, in the order of the group's runs.
    pub seeds: Vec<Vec<f64>>,
}

/// What the runs that stand for a group have been through together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traces {
    /// Updates made before each evaluation, in rising order.
    pub steps: Vec<u64>,
    /// The same in passes over the training split.
    pub epochs: Vec<f64>,
    /// The mean over the runs of the seconds of training that each had had.
    pub secs: Vec<f64>,
    /// The seeds of the runs.
    pub seeds: Vec<u64>,
    /// Whether these runs are sound: neither failed nor diverged.
    pub is_sound: bool,
    quantities: [Trace; Quantity::ALL.len()],
}

impl Traces {
    /// The traces of the runs whose past stands for `group`. Runs are evaluated at the same steps, so the k-th evaluations
    /// of all of them belong together; those that only some have reached are left out.
    pub fn of(group: &GroupSnapshot) -> Self {
        let runs = group.traced_runs();
        let times = group.evaluations();
        Self {
            steps: times.iter().map(|evaluation| evaluation.step).collect(),
            epochs: times.iter().map(|evaluation| evaluation.epoch).collect(),
            secs: (0..times.len()).map(|k| secs_at(k, &runs)).collect(),
            seeds: runs.iter().map(|run| run.seed).collect(),
            is_sound: !group.sound_runs().is_empty(),
            quantities: Quantity::ALL.map(|quantity| Trace::of(quantity, &runs, times.len())),
        }
    }

    /// Evaluations.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing has been evaluated.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// One quantity.
    ///
    /// # Panics
    /// Never: every quantity has its trace.
    pub fn quantity(&self, quantity: Quantity) -> &Trace {
        let idx = Quantity::ALL.iter().position(|&other| other == quantity);
        &self.quantities[idx.expect("ALL has every quantity")]
    }

    /// Where each evaluation lies: never falling. What is not known yet lies at minus infinity.
    pub fn positions(&self, alignment: Alignment) -> Vec<f64> {
        match alignment {
            Alignment::Epoch => self.epochs.clone(),
            Alignment::Seconds => self.secs.clone(),
            Alignment::TrainLoss => fallen(&self.quantity(Quantity::TrainLoss).means),
        }
    }

    /// The evaluation at exactly this step.
    pub fn at_step(&self, step: u64) -> Option<usize> {
        self.steps.binary_search(&step).ok()
    }

    /// The mean, and with several seeds the standard deviation, of `quantity` at the k-th evaluation.
    pub fn at(&self, k: usize, quantity: Quantity) -> Option<(f64, Option<f64>)> {
        let trace = self.quantity(quantity);
        let mean = *trace.means.get(k).filter(|mean| !mean.is_nan())?;
        let deviation = trace.deviations.get(k).copied();
        Some((mean, deviation.filter(|deviation| !deviation.is_nan())))
    }
}

impl Trace {
    fn of(quantity: Quantity, runs: &[&Arc<RunSnapshot>], n_evaluations: usize) -> Self {
        let known = |run: &RunSnapshot, evaluation: &Evaluation| {
            let value = run.knows(evaluation).then(|| quantity.of(evaluation));
            value.flatten().unwrap_or(f64::NAN)
        };
        let of_run = |run: &&Arc<RunSnapshot>| -> Vec<f64> {
            let evaluations = run.history.evaluations.iter().take(n_evaluations);
            evaluations.map(|at| known(run, at)).collect()
        };
        let seeds: Vec<Vec<f64>> = runs.iter().map(of_run).collect();
        let mut trace = Self::default();
        let mut values = Vec::with_capacity(seeds.len());
        for k in 0..n_evaluations {
            values.clear();
            values.extend(seeds.iter().map(|seed| seed[k]));
            trace.means.push(statistics::mean(&values));
            let deviation = statistics::standard_deviation(&values);
            trace.deviations.push(deviation.unwrap_or(f64::NAN));
        }
        trace.seeds = seeds;
        trace
    }
}

/// How far a loss has fallen at each evaluation: `-ln` of the lowest so far, so that it never rises again.
fn fallen(losses: &[f64]) -> Vec<f64> {
    let mut furthest = f64::NEG_INFINITY;
    let positions = losses.iter().map(|&loss| {
        // A loss of 0 has no logarithm; the curve stands still where it was.
        if loss > 0.0 && loss.is_finite() {
            furthest = furthest.max(-loss.ln());
        }
        furthest
    });
    positions.collect()
}

/// The mean of the seconds of training before the k-th evaluation.
fn secs_at(k: usize, runs: &[&Arc<RunSnapshot>]) -> f64 {
    let secs: Vec<f64> = runs
        .iter()
        .filter_map(|run| run.history.secs.get(k).copied())
        .collect();
    statistics::mean(&secs)
}

/// Changes whenever [`Traces::of`] would give something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    group: GroupId,
    since_bits: u64,
    /// Of each run that stands for the group: which, and how many evaluations.
    runs: Vec<(RunId, usize)>,
}

impl Version {
    /// The version of a group as it is.
    pub fn of(group: &GroupSnapshot) -> Self {
        let runs = group.traced_runs().into_iter();
        Self {
            group: group.id,
            // Runs that start again go through as many evaluations as before.
            since_bits: group.since_secs.to_bits(),
            runs: runs
                .map(|run| (run.id, run.history.evaluations.len()))
                .collect(),
        }
    }
}

/// The exponential moving average of `values` with weight `alpha`, `0 < alpha <= 1`, on the newest; debiased as in Adam: without
/// it the average would begin at 0. Values that are not finite stay what they are and do not enter.
pub fn smoothed(values: &[f64], alpha: f64) -> Vec<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    let average = values.iter().map(|&value| {
        if !value.is_finite() {
            return value;
        }
        sum += alpha * (value - sum);
        weight += alpha * (1.0 - weight);
        sum / weight
    });
    average.collect()
}

/// The weight of the newest value in the averages by which groups lead.
pub const LEADING_ALPHA: f64 = 0.3;

/// Evaluations at which a group must lead for the lead to have changed hands.
pub const MIN_REIGN: usize = 3;

/// Evaluations that groups which train side by side may be apart.
const ABREAST: usize = 2;

/// A curve that may lead.
#[derive(Debug, Clone, Copy)]
pub struct Contender<'a> {
    /// Where its values lie, never falling.
    pub positions: &'a [f64],
    /// Means over seeds, one for each position.
    pub means: &'a [f64],
}

/// A stretch over which one curve leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reign {
    /// Which contender.
    pub leader: usize,
    /// Where it begins ...
    pub from: f64,
    /// ... and up to where it lasted: where the next one begins, or where there was nobody else to lead.
    pub to: f64,
}

/// Who leads where: by the moving average of the means, wherever there is more than one curve. Changes of hands for fewer than
/// [`MIN_REIGN`] evaluations of the new leader are none.
pub fn reigns(contenders: &[Contender], preference: Preference) -> Vec<Reign> {
    let mut racers: Vec<Racer> = level(contenders)
        .into_iter()
        .map(|contender| Racer {
            positions: contender.positions,
            averages: smoothed(contender.means, LEADING_ALPHA),
            n_passed: 0,
        })
        .collect();
    let of_all = racers.iter().flat_map(|racer| racer.positions);
    let mut positions: Vec<f64> = of_all.copied().filter(|at| at.is_finite()).collect();
    positions.sort_by(f64::total_cmp);
    positions.dedup();
    let mut succession = Succession::new(racers.len());
    for at in positions {
        let leader = leader_at(&mut racers, preference, at);
        succession.go_on(at, leader);
    }
    succession.reigns
}

/// The contenders with those that train side by side cut to the evaluations that all of them have reached: else whoever is
/// first there leads alone for a moment.
fn level<'a>(contenders: &[Contender<'a>]) -> Vec<Contender<'a>> {
    let n = |contender: &Contender| contender.means.len();
    let most = contenders.iter().map(n).max().unwrap_or(0);
    let is_abreast = |contender: &Contender| n(contender) + ABREAST >= most;
    let common = contenders.iter().filter(|contender| is_abreast(contender));
    let common = common.map(n).min().unwrap_or(0);
    let cut = |contender: &Contender<'a>| {
        let n_kept = if is_abreast(contender) {
            common
        } else {
            n(contender)
        };
        Contender {
            positions: &contender.positions[..n_kept],
            means: &contender.means[..n_kept],
        }
    };
    contenders.iter().map(cut).collect()
}

/// A contender on its way.
struct Racer<'a> {
    positions: &'a [f64],
    averages: Vec<f64>,
    /// Values at or before the place that is looked at.
    n_passed: usize,
}

impl Racer<'_> {
    /// Its value at `at`, which never falls from call to call: the last one before; and whether it lies exactly there.
    fn pass(&mut self, at: f64) -> Option<(f64, bool)> {
        while self
            .positions
            .get(self.n_passed)
            .is_some_and(|&position| position <= at)
        {
            self.n_passed += 1;
        }
        let last = self.n_passed.checked_sub(1)?;
        let is_there = self.positions[last] == at;
        let has_ended = self.n_passed == self.positions.len() && !is_there;
        let value = self.averages[last];
        (!has_ended && value.is_finite()).then_some((value, is_there))
    }
}

/// Who leads at a place, and whether it was measured there. Nobody does alone, unless there is nobody else at all.
fn leader_at(racers: &mut [Racer], preference: Preference, at: f64) -> Option<(usize, bool)> {
    let mut best: Option<(usize, f64, bool)> = None;
    let mut n_present = 0;
    for (idx, racer) in racers.iter_mut().enumerate() {
        let Some((value, is_there)) = racer.pass(at) else {
            continue;
        };
        n_present += 1;
        if best.is_none_or(|(_, other, _)| preference.is_better(value, other)) {
            best = Some((idx, value, is_there));
        }
    }
    let (leader, _, is_there) = best.filter(|_| n_present >= racers.len().min(2))?;
    Some((leader, is_there))
}

/// Turns leads into reigns, place by place.
struct Succession {
    reigns: Vec<Reign>,
    /// Where the present leads began, while nobody has led for long enough.
    is_open: bool,
    begun_at: f64,
    /// Who leads without reigning, since when, and at how many evaluations of its own.
    challenge: Option<(usize, f64, usize)>,
    /// Evaluations at which each has led, before the first reign.
    n_led: Vec<usize>,
}

impl Succession {
    fn new(n_contenders: usize) -> Self {
        Self {
            reigns: Vec::new(),
            is_open: true,
            begun_at: f64::NAN,
            challenge: None,
            n_led: vec![0; n_contenders],
        }
    }

    fn go_on(&mut self, at: f64, leader: Option<(usize, bool)>) {
        let Some((leader, is_measured)) = leader else {
            (self.is_open, self.begun_at, self.challenge) = (true, f64::NAN, None);
            self.n_led.fill(0);
            return;
        };
        if self.is_open {
            self.lead_first(at, leader, is_measured);
        } else if let Some(reign) = self.reigns.last_mut() {
            reign.to = at;
            let is_challenged = reign.leader != leader;
            self.challenge = is_challenged.then(|| self.challenged(at, leader, is_measured));
            self.succeed(at);
        }
    }

    /// Before anybody reigns: the first to have led at enough evaluations does so from the beginning.
    fn lead_first(&mut self, at: f64, leader: usize, is_measured: bool) {
        if self.begun_at.is_nan() {
            self.begun_at = at;
        }
        self.n_led[leader] += usize::from(is_measured);
        if self.n_led[leader] >= MIN_REIGN {
            self.is_open = false;
            self.reigns.push(Reign {
                leader,
                from: self.begun_at,
                to: at,
            });
        }
    }

    fn challenged(&self, at: f64, leader: usize, is_measured: bool) -> (usize, f64, usize) {
        let known = self.challenge.filter(|(other, ..)| *other == leader);
        let (_, since, n_led) = known.unwrap_or((leader, at, 0));
        (leader, since, n_led + usize::from(is_measured))
    }

    /// Hands the lead over to a challenger that has led for long enough.
    fn succeed(&mut self, at: f64) {
        let Some((leader, since, n_led)) = self.challenge else {
            return;
        };
        if n_led < MIN_REIGN {
            return;
        }
        if let Some(last) = self.reigns.last_mut() {
            last.to = since;
        }
        self.reigns.push(Reign {
            leader,
            from: since,
            to: at,
        });
        self.challenge = None;
    }
}

#[cfg(test)]
mod tests;
