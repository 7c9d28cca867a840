//! What whoever watches asks of the runs: a probe that costs time is put only to those that somebody looks at.

use super::{GroupId, RunId};

/// A probe, and whose networks it looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    All,
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Do thinned networks agree, and what is their average worth?
    Thinned {
        /// How many of them are drawn for one reading; at least 1.
        n: usize,
    },
}

impl Probe {
    /// Thinned networks as many as a look at them has unless more are wanted.
    pub const THINNED: Self = Self::Thinned { n: 20 };
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
    pub(super) fn is_about(self, run: RunId, group: GroupId, is_first_sound: bool) -> bool {
        match self.runs {
            Runs::One(id) => id == run,
            Runs::Group(id) => id == group && is_first_sound,
            Runs::All => is_first_sound,
        }
    }
}
