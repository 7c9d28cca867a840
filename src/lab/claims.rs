//! The note's claims about what dropout does, each put to the runs at hand: measure, interval, verdict.
//!
//! Evidence is paired: the k-th runs of two groups start from the same weights and see the same batches, so what differs
//! between them is the rate. With few seeds intervals are wide, and an interval that holds 0 decides nothing.

use std::sync::Arc;

use super::{Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::math::statistics::{Interval, t_interval};

/// A claim of the note that runs can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Claim 4: dropout regularises; the gap between test and train loss is smaller.
    Regularises,
    /// Claim 5: the L2 norm of the weights is smaller.
    ShrinksNorms,
}

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval is on the claim's side.
    Holds,
    /// The whole interval is on the other side.
    DoesNotHoldHere,
    /// The interval holds 0, or there is none yet.
    Undecided,
}

/// The evidence for a claim, of one group against the group without dropout (or with the least).
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Letter and rate of the group without dropout, or with the least.
    pub reference: (char, f64),
    /// Letter and rate of the group it is compared with.
    pub group: (char, f64),
    /// Paired difference, reference less group, with its 95 % interval: above 0 is on the claim's side. `None` with fewer
    /// than two paired seeds.
    pub difference: Option<Interval>,
    /// The mean difference, also of a single pair.
    pub mean: f64,
    /// Pairs of runs with the same seed.
    pub n_pairs: usize,
    /// Whether both groups were trained at one rate from their start on, and share their masks alike. Otherwise the
    /// difference is not the rate's, and decides nothing.
    pub is_undisturbed: bool,
    /// The epoch at which both are compared: the last that all of them have reached.
    pub epoch: f64,
}

/// How sure the intervals are.
pub const CONFIDENCE: f64 = 0.95;

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

    /// What is compared.
    pub fn measure(self) -> &'static str {
        match self {
            Self::Regularises => "gap",
            Self::ShrinksNorms => "‖W‖/‖W₀‖",
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

    fn value(self, run: &RunSnapshot, evaluation: &Evaluation) -> f64 {
        match self {
            Self::Regularises => evaluation.gap(),
            Self::ShrinksNorms => evaluation.weight_norm / run.initial_norms.total,
        }
    }

    /// The evidence that `lab` holds now, for `group` against the group of the lowest rate. `None` if that is `group`
    /// itself, or where no two runs have a seed and an evaluation in common.
    pub fn evidence(self, lab: &LabSnapshot, group: &GroupSnapshot) -> Option<Evidence> {
        let by_rate =
            |a: &&GroupSnapshot, b: &&GroupSnapshot| a.rate.value().total_cmp(&b.rate.value());
        let reference = lab
            .groups
            .iter()
            .filter(|other| other.id != group.id)
            .min_by(by_rate)?;
        if reference.rate >= group.rate {
            return None;
        }
        let pairs: Vec<_> = pairs(reference, group).collect();
        let step = pairs
            .iter()
            .flat_map(|(a, b)| [a, b])
            .map(|run| last_step(run))
            .min()?;
        let difference = |(a, b): &(&RunSnapshot, &RunSnapshot)| {
            let value = |run: &RunSnapshot| {
                run.history
                    .at(step)
                    .map(|evaluation| self.value(run, evaluation))
            };
            Some(value(a)? - value(b)?)
        };
        let differences = pairs.iter().map(difference).collect::<Option<Vec<f64>>>()?;
        let epoch = pairs
            .first()
            .and_then(|(run, _)| run.history.at(step))?
            .epoch;
        Some(Evidence {
            reference: (reference.letter, reference.rate.value()),
            group: (group.letter, group.rate.value()),
            difference: t_interval(&differences, CONFIDENCE),
            mean: crate::math::statistics::mean(&differences),
            n_pairs: differences.len(),
            is_undisturbed: is_undisturbed(reference, group),
            epoch,
        })
    }
}

/// Whether nothing but the rate differs between two groups, all the way from their start.
fn is_undisturbed(reference: &GroupSnapshot, group: &GroupSnapshot) -> bool {
    let is_as_begun = |group: &GroupSnapshot| {
        let mut runs = group.runs.iter();
        runs.all(|run| run.history.changes.is_empty())
    };
    // Without dropout, of the input as well, there is no mask to share.
    let is_whole = reference.input_rate.is_none() && reference.hidden_rate.is_none();
    let is_shared_alike = is_whole || reference.noise_shape == group.noise_shape;
    is_as_begun(reference) && is_as_begun(group) && is_shared_alike
}

/// The sound runs of two groups with the same seed.
fn pairs<'a>(
    a: &'a GroupSnapshot,
    b: &'a GroupSnapshot,
) -> impl Iterator<Item = (&'a RunSnapshot, &'a RunSnapshot)> {
    let others = b.sound_runs();
    let twin = move |run: &'a Arc<RunSnapshot>| {
        let other = others.iter().find(|other| other.seed == run.seed)?;
        Some((&**run, &***other))
    };
    a.sound_runs().into_iter().filter_map(twin)
}

fn last_step(run: &RunSnapshot) -> u64 {
    run.history
        .evaluations
        .last()
        .map_or(0, |evaluation| evaluation.step)
}

impl Evidence {
    /// What it says.
    pub fn verdict(&self) -> Verdict {
        match self.difference {
            _ if !self.is_undisturbed => Verdict::Undecided,
            Some(Interval { low, .. }) if low > 0.0 => Verdict::Holds,
            Some(Interval { high, .. }) if high < 0.0 => Verdict::DoesNotHoldHere,
            _ => Verdict::Undecided,
        }
    }
}

impl Verdict {
    /// The verdict in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHoldHere => "does not hold here",
            Self::Undecided => "not decided yet",
        }
    }
}
