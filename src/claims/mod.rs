//! The note's claims about what dropout does, each put to the runs at hand: measures, intervals, a verdict.
//!
//! Evidence is paired: the k-th runs of two groups start from the same weights and see the same batches, so what differs
//! between them is how units are dropped. Whoever looks at an interval after every epoch sees it leave out 0 sooner or later,
//! whatever is true. So a verdict is given only at the epochs that were fixed before the first step, and corrected for
//! their number and for that of the groups; in between there is an estimate. A verdict is a function of what was measured at
//! its epoch: what happens later does not change it.

pub mod norms;
mod pair;

use crate::lab::{ChangeKind, Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot, Varied};
use crate::math::statistics::{self, Interval};
use crate::nn::NoiseShape;
use pair::{Pair, Reading, pairs};

/// A claim of the note that runs can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Claim 4: dropout regularises. The test loss is smaller and so is the gap against labels of one distribution: a gap
    /// alone is small, too, where nothing is learnt.
    Regularises,
    /// Claim 5: the L2 norm of the weights is smaller.
    ShrinksNorms,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Mean loss on the test split.
    TestLoss,
    /// [`Evaluation::gap_star`].
    GapStar,
    /// Norm of all weights against that of the initial ones.
    NormRatio,
}

/// What the evidence says at an epoch of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every interval is on the claim's side, and no pair fell out.
    Holds,
    /// An interval is on the other side.
    DoesNotHoldHere,
    /// Neither.
    Undecided,
    /// Fewer pairs than [`MIN_PAIRS`].
    NotEnoughSeeds,
}

/// One of the two groups of a comparison, as it was then.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The group's letter.
    pub letter: char,
    /// The rate that it goes by.
    pub rate: f64,
    /// Along which axes its masks are shared; `None` where nothing is dropped, and so no mask is drawn.
    pub noise_shape: Option<NoiseShape>,
}

/// The groups that are compared: the one that began with the lower rate, then the other.
pub type Sides = [Side; 2];

/// One measure's paired difference, reference less group: above 0 is on the claim's side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Of what.
    pub measure: Measure,
    /// The mean over the pairs.
    pub mean: f64,
    /// The corrected interval around it; `None` in an estimate, and where there are too few pairs for any.
    pub interval: Option<Interval>,
}

/// What is seen now.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The groups as they are.
    pub sides: Sides,
    /// The epoch at which they are compared: the last that the pairs have reached.
    pub epoch: f64,
    /// Of every measure of the claim.
    pub differences: Vec<Difference>,
    /// Pairs of runs with the same seed, neither of which fell out.
    pub n_pairs: usize,
    /// Whether neither group was changed live: else the difference is not that of the rates.
    pub is_undisturbed: bool,
}

/// A verdict, written once.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The groups as they were.
    pub sides: Sides,
    /// At the end of which epoch.
    pub epoch: u64,
    /// What it says.
    pub verdict: Verdict,
    /// Of every measure of the claim, with its interval.
    pub differences: Vec<Difference>,
    /// Pairs of runs with the same seed that it is about.
    pub n_pairs: usize,
    /// Pairs that had diverged or failed by then, and are left out.
    pub n_out: usize,
}

/// What there is to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// A verdict at the end of this epoch.
    DecidesAt(u64),
    /// So few pairs are in training that there will be no verdict.
    NotEnoughSeeds,
    /// One of the groups was changed live: no verdict until it starts again.
    ChangedLive,
    /// A run ended before this epoch, at which there would have been a verdict.
    EndedBefore(u64),
    /// No further epoch is fixed.
    Nothing,
}

/// The evidence for a claim, of one group against another.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What is seen now; `None` where all pairs fell out.
    pub estimate: Option<Estimate>,
    /// The verdicts so far, one for each epoch of decision that has been reached.
    pub decisions: Vec<Decision>,
    /// Whether there will be another.
    pub outlook: Outlook,
}

/// The chance of any wrong verdict, over all groups and all epochs of decision. Who adds seeds because one was not decided looks
/// a second time, by another interval of the same confidence: simulated, .07 in all, of which half are wrong ones that hold.
pub const ALPHA: f64 = 0.05;

/// Pairs without which nothing is decided.
pub const MIN_PAIRS: usize = 5;

impl Claim {
    /// Every claim that can be measured so far, in the note's order.
    pub const ALL: [Self; 2] = [Self::Regularises, Self::ShrinksNorms];

    /// Its number among the statements of the note.
    pub fn number(self) -> usize {
        match self {
            Self::Regularises => 4,
            Self::ShrinksNorms => 5,
        }
    }

    /// The note's statement, in a few words.
    pub fn statement(self) -> &'static str {
        match self {
            Self::Regularises => "dropout regularises",
            Self::ShrinksNorms => "the weight norm gets smaller",
        }
    }

    /// What is compared. The claim holds if all of it is smaller.
    pub fn measures(self) -> &'static [Measure] {
        match self {
            Self::Regularises => &[Measure::TestLoss, Measure::GapStar],
            Self::ShrinksNorms => &[Measure::NormRatio],
        }
    }

    /// The next claim, and from the last back to the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Regularises => Self::ShrinksNorms,
            Self::ShrinksNorms => Self::Regularises,
        }
    }

    /// The evidence that `lab` holds for one of two groups against the other, whichever began with the lower rate being the
    /// reference. `None` for a group against itself, or where no two runs have a seed in common.
    pub fn evidence(
        self,
        lab: &LabSnapshot,
        reference: &GroupSnapshot,
        group: &GroupSnapshot,
    ) -> Option<Evidence> {
        if reference.id == group.id {
            return None;
        }
        let groups = if begun_rate(reference) > begun_rate(group) {
            [group, reference]
        } else {
            [reference, group]
        };
        let comparison = Comparison {
            claim: self,
            varied: lab.varied,
            groups,
            pairs: Some(pairs(groups)).filter(|pairs| !pairs.is_empty())?,
            n_tests: n_comparisons(lab, groups) * lab.decide_at.len().max(1),
        };
        let epochs = lab.decide_at.iter();
        let decided = epochs.map_while(|&epoch| comparison.decision(epoch));
        let decided: Vec<Decision> = decided.collect();
        let next = lab.decide_at.get(decided.len());
        Some(Evidence {
            estimate: comparison.estimate(),
            outlook: next.map_or(Outlook::Nothing, |&epoch| comparison.outlook(epoch)),
            decisions: decided,
        })
    }
}

impl Evidence {
    /// The last verdict.
    pub fn decision(&self) -> Option<&Decision> {
        self.decisions.last()
    }
}

impl Measure {
    fn of(self, run: &RunSnapshot, evaluation: &Evaluation) -> f64 {
        match self {
            Self::TestLoss => evaluation.test_loss,
            Self::GapStar => evaluation.gap_star(),
            Self::NormRatio => evaluation.weight_norm / run.initial_norms.total,
        }
    }
}

/// The group that others are compared with where nobody chose one: that which began with the lowest rate.
pub fn default_reference(lab: &LabSnapshot) -> Option<&GroupSnapshot> {
    let rates = lab.groups.iter();
    rates.min_by(|a, b| begun_rate(a).total_cmp(&begun_rate(b)))
}

fn begun_rate(group: &GroupSnapshot) -> f64 {
    plan_at(group, 0.0).0
}

/// The rate that a group went by at the end of `epoch`, and how it shared its masks: what changed from then on is taken back.
fn plan_at(group: &GroupSnapshot, epoch: f64) -> (f64, &NoiseShape) {
    let (mut rate, mut noise_shape) = (group.rate.value(), &group.noise_shape);
    let changes = group.runs.first().map(|run| run.history.changes.iter());
    let later = changes.into_iter().flatten().rev();
    for change in later.take_while(|change| change.epoch >= epoch) {
        match &change.kind {
            ChangeKind::Rate { from, .. } => rate = from.value(),
            ChangeKind::NoiseShape { from, .. } => noise_shape = from,
            ChangeKind::Held { .. } => {}
        }
    }
    (rate, noise_shape)
}

fn side(group: &GroupSnapshot, varied: Varied, epoch: f64) -> Side {
    let (rate, noise_shape) = plan_at(group, epoch);
    let other = match varied {
        Varied::HiddenRate => group.input_rate,
        Varied::InputRate => group.hidden_rate,
    };
    Side {
        letter: group.letter,
        rate,
        noise_shape: (rate > 0.0 || !other.is_none()).then(|| noise_shape.clone()),
    }
}

/// How many comparisons a lab has, as far as these two groups go: every other group with the lowest rate, which is what was
/// planned; any two, where somebody chose two others.
fn n_comparisons(lab: &LabSnapshot, groups: [&GroupSnapshot; 2]) -> usize {
    let n_groups = groups[0].n_begun.max(groups[1].n_begun).max(2);
    let is_planned = default_reference(lab).is_some_and(|lowest| lowest.id == groups[0].id);
    if is_planned {
        n_groups - 1
    } else {
        n_groups * (n_groups - 1) / 2
    }
}

/// A claim put to two groups.
struct Comparison<'a> {
    claim: Claim,
    varied: Varied,
    groups: [&'a GroupSnapshot; 2],
    pairs: Vec<Pair<'a>>,
    /// Comparisons times looks: what each interval is corrected for.
    n_tests: usize,
}

impl Comparison<'_> {
    fn sides(&self, epoch: f64) -> Sides {
        self.groups.map(|group| side(group, self.varied, epoch))
    }

    /// Whether both groups were, until the end of `epoch`, what they began as.
    fn is_undisturbed(&self, epoch: f64) -> bool {
        let runs = || self.groups.iter().flat_map(|group| &group.runs);
        let mut changes = runs().flat_map(|run| run.history.changes.iter());
        changes.all(|change| change.epoch >= epoch)
    }

    fn estimate(&self) -> Option<Estimate> {
        let sound = || self.pairs.iter().filter(|pair| !pair.is_out());
        let last = |planned_only: bool| {
            let pairs = sound().filter(|pair| pair.is_planned || !planned_only);
            pairs.map(Pair::last_step).min()
        };
        let step = last(true).or_else(|| last(false))?;
        // One that was added may be on its way.
        let abreast: Vec<&Pair> = sound().filter(|pair| pair.last_step() >= step).collect();
        let readings = abreast.iter().filter_map(|pair| {
            let [reference, group] = pair.runs.map(|run| run.history.at(step));
            Some(pair.differences(self.claim, [reference?, group?]))
        });
        let readings: Vec<Vec<f64>> = readings.collect();
        Some(Estimate {
            sides: self.sides(f64::INFINITY),
            epoch: abreast.first()?.runs[0].history.at(step)?.epoch,
            n_pairs: readings.len(),
            differences: self.summary(&readings, |_| None),
            is_undisturbed: self.is_undisturbed(f64::INFINITY),
        })
    }

    /// The verdict at the end of `epoch`, as soon as all pairs that were planned have come so far. Pairs that were added
    /// count as they arrive, and then intervals are those that may be looked at after every pair.
    fn decision(&self, epoch: u64) -> Option<Decision> {
        if !self.is_undisturbed(epoch as f64) {
            return None;
        }
        let (mut readings, mut n_out, mut has_added) = (Vec::new(), 0, false);
        for pair in &self.pairs {
            match pair.reading(self.claim, epoch) {
                Reading::Measured(differences) => {
                    has_added |= !pair.is_planned;
                    readings.push(differences);
                }
                Reading::Out => n_out += 1,
                Reading::Waits | Reading::Ended if pair.is_planned => return None,
                Reading::Waits | Reading::Ended => {}
            }
        }
        // Where every pair fell out, none ever came to that epoch.
        if readings.is_empty() {
            return None;
        }
        let confidence = 1.0 - ALPHA / self.n_tests as f64;
        let interval = |values: &[f64]| {
            if has_added {
                statistics::sequential_interval(values, confidence)
            } else {
                statistics::t_interval(values, confidence)
            }
        };
        let differences = self.summary(&readings, interval);
        Some(Decision {
            sides: self.sides(epoch as f64),
            epoch,
            verdict: verdict(&differences, readings.len(), n_out),
            differences,
            n_pairs: readings.len(),
            n_out,
        })
    }

    fn summary(
        &self,
        readings: &[Vec<f64>],
        interval: impl Fn(&[f64]) -> Option<Interval>,
    ) -> Vec<Difference> {
        let measures = self.claim.measures().iter().enumerate();
        let difference = |(idx, &measure): (usize, &Measure)| {
            let values: Vec<f64> = readings.iter().map(|reading| reading[idx]).collect();
            Difference {
                measure,
                mean: statistics::mean(&values),
                interval: interval(&values),
            }
        };
        measures.map(difference).collect()
    }

    /// What is to be expected of the end of `epoch`, at which there is no verdict so far.
    fn outlook(&self, epoch: u64) -> Outlook {
        let readings = self
            .pairs
            .iter()
            .map(|pair| pair.reading(self.claim, epoch));
        let readings: Vec<Reading> = readings.collect();
        let n_left = readings
            .iter()
            .filter(|reading| !matches!(reading, Reading::Out));
        if !self.is_undisturbed(epoch as f64) {
            Outlook::ChangedLive
        } else if readings
            .iter()
            .any(|reading| matches!(reading, Reading::Ended))
        {
            Outlook::EndedBefore(epoch)
        } else if n_left.count() < MIN_PAIRS {
            Outlook::NotEnoughSeeds
        } else {
            Outlook::DecidesAt(epoch)
        }
    }
}

/// What the intervals say together (intersection-union: a claim of several parts needs all of them). A pair that fell out is
/// left out, which favours the rate that is unstable: with any, nothing holds.
fn verdict(differences: &[Difference], n_pairs: usize, n_out: usize) -> Verdict {
    let intervals = || differences.iter().filter_map(|part| part.interval);
    let n_hold = intervals().filter(|interval| interval.low > 0.0).count();
    if n_pairs < MIN_PAIRS {
        Verdict::NotEnoughSeeds
    } else if intervals().any(|interval| interval.high < 0.0) {
        Verdict::DoesNotHoldHere
    } else if n_hold == differences.len() && n_out == 0 {
        Verdict::Holds
    } else {
        Verdict::Undecided
    }
}

impl Verdict {
    /// The verdict in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHoldHere => "does not hold here",
            Self::Undecided => "not decided",
            Self::NotEnoughSeeds => "not enough seeds",
        }
    }
}
