//! What whoever watches asks of the runs: a probe that costs time is put only to those that somebody looks at.

use super::{GroupId, RunId};
use crate::probe::Probe;

/// A probe, and whose networks it looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Whose networks.
    pub runs: Runs,
    /// What is asked.
    pub probe: Probe,
}

/// Runs that a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// This one.
    One(RunId),
    /// The first sound run of this group, which stands for it; another, when that one falls out.
    Group(GroupId),
    /// The first sound run of each group.
    First,
    /// Every run.
    All,
}

impl Question {
    /// A look at the thinned networks of a group.
    pub fn thinned(group: GroupId) -> Self {
        Self {
            runs: Runs::Group(group),
            probe: Probe::THINNED,
        }
    }

    /// Whether it is about a run: which, of which group, and whether it stands for it.
    pub(super) fn is_about(&self, run: RunId, group: GroupId, is_first_sound: bool) -> bool {
        match self.runs {
            Runs::One(id) => id == run,
            Runs::Group(id) => id == group && is_first_sound,
            Runs::First => is_first_sound,
            Runs::All => true,
        }
    }
}
