//! Commands: the only way down into a running lab.

use super::{GroupId, GroupPlan, Pace, Question};
use crate::nn::{DropRate, NoiseShape, UnitId};

/// A wish of whoever watches. Commands about a group that is gone do nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Train.
    Play,
    /// Stop training after the steps that are under way.
    Pause,
    /// Pause, then let every run go on by one grain.
    Step(Grain),
    /// Train at another pace.
    SetPace(Pace),
    /// Change the rate that a group goes by. Nothing is reset; the change is recorded.
    SetRate {
        /// Which group.
        group: GroupId,
        /// The new rate.
        rate: DropRate,
    },
    /// Change along which axes a group's masks are shared. Nothing is reset; the change is recorded.
    SetNoiseShape {
        /// Which group.
        group: GroupId,
        /// The new noise shape; one that does not fit the network is ignored.
        noise_shape: NoiseShape,
    },
    /// Hold the present mask of each run of a group: every further step trains that one network. Where one is held already, it
    /// stays, with other units dropped by hand. The change is recorded.
    HoldMask {
        /// Which group.
        group: GroupId,
        /// Units that are dropped besides, by hand.
        without: Vec<UnitId>,
    },
    /// Hold again the mask of each run of a group that was let go last.
    HoldMaskAgain {
        /// Which group.
        group: GroupId,
        /// Units that are dropped besides, by hand.
        without: Vec<UnitId>,
    },
    /// Let a group's masks go: each step has one of its own again. The change is recorded.
    LetMaskGo(GroupId),
    /// Add a group with the same seeds; it starts at step 0. One whose noise shape does not fit the network is ignored.
    Add(GroupPlan),
    /// Add a group whose runs are those of another up to a step, and then have another rate; with the same one they go on being the same.
    /// A step that the other has not come to is the one that it is at.
    Fork {
        /// The other group.
        group: GroupId,
        /// Updates made before.
        step: u64,
        /// The rate from then on.
        rate: DropRate,
    },
    /// Look at a step of the past, while training goes on, or at the present again. Questions are put to the networks as they were then. A
    /// step that no run has come to is the last one.
    View(Option<u64>),
    /// Let the step that is looked at go on at the pace of training, until the present, or let it stand.
    PlayPast(bool),
    /// Remove a group and what it learnt.
    Remove(GroupId),
    /// Start a group again from the same initial weights, at the rate it has now.
    Restart(GroupId),
    /// Add a run with the next seed to every group, from step 0 on the same data. The others go on.
    AddSeed,
    /// Ask these questions from now on, and no others.
    Watch(Vec<Question>),
}

/// How far a single step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grain {
    /// One part of a step: masks, forward, backward or update.
    Phase,
    /// One batch, one update.
    #[default]
    Batch,
    /// To the end of the epoch.
    Epoch,
}

impl Grain {
    /// The next coarser grain, and from the coarsest back to the finest.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Phase => Self::Batch,
            Self::Batch => Self::Epoch,
            Self::Epoch => Self::Phase,
        }
    }
}
