//! Where the crosshair stands: always at an evaluation that was made, never between two.

use super::travel::Travel;
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot};

/// The place of the crosshair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crosshair {
    /// The latest evaluation, also when further ones come.
    Latest,
    /// The evaluation before the update of this number.
    At(u64),
}

/// Evaluations in a page.
const EVALUATIONS_A_PAGE: isize = 10;

impl Crosshair {
    /// The evaluation at which it stands, as one of the runs has it: the last one that is not after its place, or else the
    /// first. `None` as long as nothing was evaluated.
    pub fn evaluation(self, lab: &LabSnapshot) -> Option<&Evaluation> {
        match self {
            Self::Latest => before(lab, u64::MAX),
            Self::At(step) => before(lab, step.saturating_add(1)).or_else(|| from(lab, 0)),
        }
    }

    /// The evaluation whose epoch is nearest to `epoch`.
    pub(super) fn near(epoch: f64, lab: &LabSnapshot) -> Option<&Evaluation> {
        let distance = |evaluation: &&Evaluation| (evaluation.epoch - epoch).abs();
        let evaluations = lab.groups.iter().flat_map(GroupSnapshot::evaluations);
        evaluations.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// Where it stands after a way.
    #[must_use]
    pub(super) fn moved(self, travel: Travel, lab: &LabSnapshot) -> Self {
        let Some(evaluation) = self.evaluation(lab) else {
            return self;
        };
        let n_stops = match travel {
            Travel::ToLast => return Self::Latest,
            Travel::ToFirst => return from(lab, 0).map_or(self, |first| Self::At(first.step)),
            Travel::By(n) => n,
            Travel::ByPages(n) => n * EVALUATIONS_A_PAGE,
        };
        let mut step = evaluation.step;
        for _ in 0..n_stops.unsigned_abs() {
            let next = if n_stops < 0 {
                before(lab, step)
            } else {
                from(lab, step + 1)
            };
            let Some(next) = next else { break };
            step = next.step;
        }
        // Whoever goes on to the end stays with it.
        if n_stops > 0 && from(lab, step + 1).is_none() {
            Self::Latest
        } else {
            Self::At(step)
        }
    }
}

/// The last evaluation of any group before `step`.
fn before(lab: &LabSnapshot, step: u64) -> Option<&Evaluation> {
    let of_groups = lab.groups.iter().filter_map(|group| {
        let evaluations = group.evaluations();
        let n_before = evaluations.partition_point(|evaluation| evaluation.step < step);
        evaluations.get(n_before.checked_sub(1)?)
    });
    of_groups.max_by_key(|evaluation| evaluation.step)
}

/// The first evaluation of any group at or after `step`.
fn from(lab: &LabSnapshot, step: u64) -> Option<&Evaluation> {
    let of_groups = lab.groups.iter().filter_map(|group| {
        let evaluations = group.evaluations();
        let n_before = evaluations.partition_point(|evaluation| evaluation.step < step);
        evaluations.get(n_before)
    });
    of_groups.min_by_key(|evaluation| evaluation.step)
}
