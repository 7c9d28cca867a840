//! Two runs of one seed, one of each of two groups.

use super::{Claim, Measure};
use crate::lab::{Evaluation, GroupSnapshot, Phase, RunSnapshot};

/// Two runs of one seed.
pub(super) struct Pair<'a> {
    pub(super) runs: [&'a RunSnapshot; 2],
    /// Whether both were there from the start on.
    pub(super) is_planned: bool,
}

/// What a pair says at an epoch.
pub(super) enum Reading {
    /// The differences of the claim's measures.
    Measured(Vec<f64>),
    /// A run of it had fallen out.
    Out,
    /// It has not come so far, and may still.
    Waits,
    /// It has not come so far, and never will.
    Ended,
}

pub(super) fn pairs<'a>([reference, group]: [&'a GroupSnapshot; 2]) -> Vec<Pair<'a>> {
    let twin = |(idx, run): (usize, &'a std::sync::Arc<RunSnapshot>)| {
        let other = group.runs.iter().position(|other| other.seed == run.seed)?;
        Some(Pair {
            runs: [run, &group.runs[other]],
            is_planned: idx < reference.n_planned && other < group.n_planned,
        })
    };
    reference.runs.iter().enumerate().filter_map(twin).collect()
}

impl Pair<'_> {
    pub(super) fn is_out(&self) -> bool {
        let is_out =
            |run: &&RunSnapshot| matches!(run.phase, Phase::Diverged { .. } | Phase::Failed(_));
        self.runs.iter().any(is_out)
    }

    /// The last step at which both were evaluated.
    pub(super) fn last_step(&self) -> u64 {
        let last = |run: &RunSnapshot| run.history.evaluations.last().map_or(0, |last| last.step);
        last(self.runs[0]).min(last(self.runs[1]))
    }

    pub(super) fn reading(&self, claim: Claim, epoch: u64) -> Reading {
        let at = self.runs.map(|run| run.history.at_epoch(epoch as f64));
        let [Some(reference), Some(group)] = at else {
            let missing = self.runs.iter().zip(at).filter(|(_, at)| at.is_none());
            let mut phases = missing.map(|(run, _)| &run.phase);
            return if self.is_out() {
                Reading::Out
            } else if phases.any(|phase| *phase == Phase::Finished) {
                Reading::Ended
            } else {
                Reading::Waits
            };
        };
        let differences = self.differences(claim, [reference, group]);
        if differences.iter().all(|difference| difference.is_finite()) {
            Reading::Measured(differences)
        } else {
            Reading::Out
        }
    }

    pub(super) fn differences(&self, claim: Claim, at: [&Evaluation; 2]) -> Vec<f64> {
        let difference =
            |measure: &Measure| measure.of(self.runs[0], at[0]) - measure.of(self.runs[1], at[1]);
        claim.measures().iter().map(difference).collect()
    }
}
