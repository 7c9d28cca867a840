//! Does the norm shrink? Two groups compared where they are equal in steps, in training loss, and in seconds of training.
//!
//! The note does not say when norms are to be compared, and the three answers may differ on the same runs: after as many steps a
//! run with dropout has learnt less. Intervals here are those of one look, not corrected for how often somebody looks; the
//! verdict on the claim is the business of [`super::Claim::ShrinksNorms`].

use super::pairs;
use crate::lab::curves::{Alignment, Track, common_span, places_between};
use crate::lab::{Evaluation, GroupSnapshot, RunSnapshot};
use crate::math::statistics::{self, Interval};

/// The confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// Training losses at which groups are compared besides the lowest common one.
pub const N_OTHER_LOSSES: usize = 10;

/// A value of two groups at one place, pair by pair: the norm ratio ‖W‖/‖W₀‖, unless something else is said.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired {
    /// Updates made, a training loss, or seconds of training.
    pub place: f64,
    /// The mean over the pairs of the group's value.
    pub group: f64,
    /// The mean of the reference's.
    pub reference: f64,
    /// The mean of the differences, group less reference.
    pub difference: f64,
    /// Student's interval of them, of 95 %; `None` for one pair.
    pub interval: Option<Interval>,
}

/// Why there is nothing to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotYet {
    /// No seed is sound in both groups.
    NoPair,
    /// No pair has been evaluated after its start at one step.
    NoEvaluation,
    /// There is no training loss below the start that all have reached.
    NoCommonLoss,
    /// Nobody measured the time.
    NoSeconds,
}

/// What the runs say at one kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The group's norm is the smaller one.
    Smaller,
    /// It is the larger one.
    Larger,
    /// The interval holds 0.
    Open,
    /// Smaller at one training loss and larger at another.
    DependsOnLoss,
    /// One seed has no interval.
    OneSeed,
    /// There is nothing to compare.
    NotYet(NotYet),
}

/// The three comparisons of a group with the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrinkage {
    /// At the last step at which all pairs were evaluated.
    pub by_steps: Result<Paired, NotYet>,
    /// When all pairs had fallen to the lowest training loss that all have reached.
    pub by_loss: Result<Paired, NotYet>,
    /// At [`N_OTHER_LOSSES`] higher ones, falling, at equal distances of the logarithm between the start and the lowest.
    pub at_other_losses: Vec<Paired>,
    /// At the second at which the first of them ends.
    pub by_seconds: Result<Paired, NotYet>,
    /// The training losses at the last step at which all pairs were evaluated: who has learnt less by then?
    pub train_loss_by_steps: Option<Paired>,
    /// Pairs of runs with the same seed that are compared ...
    pub n_pairs: usize,
    /// ... of how many; the others failed, diverged, or have not caught up.
    pub n_seeds: usize,
    /// Whether neither group was changed live: else the difference is not that of the rates.
    pub is_undisturbed: bool,
}

impl Paired {
    /// What the interval says.
    pub fn says(&self) -> Says {
        match self.interval {
            None => Says::OneSeed,
            Some(interval) if interval.high < 0.0 => Says::Smaller,
            Some(interval) if interval.low > 0.0 => Says::Larger,
            Some(_) => Says::Open,
        }
    }
}

impl Shrinkage {
    /// Compares `group` with `reference`, pair by pair.
    pub fn of(group: &GroupSnapshot, reference: &GroupSnapshot) -> Self {
        let (sound, sound_reference) = (group.sound_runs(), reference.sound_runs());
        let seeds = pairs([reference, group]);
        let is_sound = |runs: &[&std::sync::Arc<RunSnapshot>], run: &RunSnapshot| {
            runs.iter().any(|sound| sound.id == run.id)
        };
        let sound_pairs: Vec<[&RunSnapshot; 2]> = seeds
            .iter()
            .map(|pair| pair.runs)
            .filter(|[reference, group]| {
                is_sound(&sound_reference, reference) && is_sound(&sound, group)
            })
            .collect();
        let tracks = tracks_of(&sound_pairs, RunSnapshot::norm_ratio_at);
        let train_losses = || tracks_of(&sound_pairs, |_, at| Some(at.train_loss));
        let by_steps = last(&tracks, Alignment::Epoch, NotYet::NoEvaluation);
        let at_last_step = by_steps.as_ref().ok().map(|paired| paired.place);
        let changes = || [group, reference].into_iter().flat_map(|group| &group.runs);
        let by_loss = losses(&tracks);
        Self {
            train_loss_by_steps: at_last_step
                .and_then(|step| paired(&train_losses(), Alignment::Epoch, step)),
            by_steps,
            at_other_losses: by_loss.iter().flatten().skip(1).cloned().collect(),
            by_loss: by_loss.and_then(|found| found.into_iter().next().ok_or(NotYet::NoCommonLoss)),
            by_seconds: last(&tracks, Alignment::Seconds, NotYet::NoSeconds),
            n_pairs: tracks.len(),
            n_seeds: seeds.len(),
            is_undisturbed: changes().all(|run| run.history.changes.is_empty()),
        }
    }
}

impl Shrinkage {
    /// What the runs say where they are equal in this.
    pub fn says(&self, alignment: Alignment) -> Says {
        let at = match alignment {
            Alignment::Epoch => &self.by_steps,
            Alignment::TrainLoss => &self.by_loss,
            Alignment::Seconds => &self.by_seconds,
        };
        let says = match at {
            Ok(paired) => paired.says(),
            Err(reason) => return Says::NotYet(*reason),
        };
        let is_contrary = |other: Says| {
            matches!(
                (says, other),
                (Says::Smaller, Says::Larger) | (Says::Larger, Says::Smaller)
            )
        };
        let others = || self.at_other_losses.iter().map(Paired::says);
        let are_contrary = says == Says::Open
            && others().any(|other| other == Says::Smaller)
            && others().any(|other| other == Says::Larger);
        if alignment == Alignment::TrainLoss && (others().any(is_contrary) || are_contrary) {
            return Says::DependsOnLoss;
        }
        says
    }
}

fn tracks_of(
    pairs: &[[&RunSnapshot; 2]],
    value: fn(&RunSnapshot, &Evaluation) -> Option<f64>,
) -> Vec<[Track; 2]> {
    let of_pair = |runs: &[&RunSnapshot; 2]| runs.map(|run| Track::of(run, value));
    pairs.iter().map(of_pair).collect()
}

/// The comparison at the last place that all have reached.
fn last(pairs: &[[Track; 2]], alignment: Alignment, otherwise: NotYet) -> Result<Paired, NotYet> {
    let (_, end) = span(pairs, alignment, otherwise)?;
    paired(pairs, alignment, end).ok_or(otherwise)
}

/// The comparisons at the lowest training loss that all have reached, and then at the others, falling.
fn losses(pairs: &[[Track; 2]]) -> Result<Vec<Paired>, NotYet> {
    const BY: Alignment = Alignment::TrainLoss;
    let span = span(pairs, BY, NotYet::NoCommonLoss)?;
    let mut places = places_between(BY, span, N_OTHER_LOSSES);
    // At the start nothing has changed yet.
    places.remove(0);
    places.rotate_right(1);
    let found = places.into_iter().map(|loss| paired(pairs, BY, loss));
    let found: Option<Vec<Paired>> = found.collect();
    found.ok_or(NotYet::NoCommonLoss)
}

fn span(
    pairs: &[[Track; 2]],
    alignment: Alignment,
    otherwise: NotYet,
) -> Result<(f64, f64), NotYet> {
    if pairs.is_empty() {
        return Err(NotYet::NoPair);
    }
    let all: Vec<&Track> = pairs.iter().flatten().collect();
    common_span(&all, alignment).ok_or(otherwise)
}

fn paired(pairs: &[[Track; 2]], alignment: Alignment, place: f64) -> Option<Paired> {
    let ratios = pairs.iter().map(|[reference, group]| {
        let at = |track: &Track| track.at(alignment, place);
        Some((at(reference)?, at(group)?))
    });
    let ratios: Option<Vec<(f64, f64)>> = ratios.collect();
    let (references, groups): (Vec<f64>, Vec<f64>) = ratios?.into_iter().unzip();
    let differences: Vec<f64> = groups.iter().zip(&references).map(|(g, r)| g - r).collect();
    Some(Paired {
        place,
        group: statistics::mean(&groups),
        reference: statistics::mean(&references),
        difference: statistics::mean(&differences),
        interval: statistics::t_interval(&differences, CONFIDENCE),
    })
}
