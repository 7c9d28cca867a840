//! What workers and the books hand each other: a run to work on, and what became of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::look_budget::LookBudget;
use super::run::RunCheckpoint;
use super::timeline::{Keep, Timeline};
use super::{Command, GroupId, Run, RunId, RunPlan, RunSnapshot};
use crate::nn::{DropRate, NoiseShape, UnitId};
use crate::probe::Probe;

/// What is measured of a run across its slices, by the workers: runs know no clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meter {
    pub(super) steps_per_sec: f64,
    /// What the run has spent on its steps.
    pub(super) trained: Duration,
    pub(super) published: Option<Instant>,
    /// When the run last had a turn with somebody watching ...
    pub(super) watched: Option<Instant>,
    /// ... and whether that was its last turn.
    pub(super) is_watched: bool,
    pub(super) looks: LookBudget,
}

/// A change to a run that is carried out between two of its steps.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Rate(DropRate),
    NoiseShape(NoiseShape),
    /// Hold a mask, or let it go.
    Hold(Hold),
}

impl Wish {
    /// What a command wishes of the runs of a group, if it does.
    pub(super) fn of(command: Command) -> Option<(GroupId, Self)> {
        Some(match command {
            Command::SetRate { group, rate } => (group, Self::Rate(rate)),
            Command::SetNoiseShape { group, noise_shape } => (group, Self::NoiseShape(noise_shape)),
            Command::HoldMask { group, without } => (group, Self::Hold(Hold::Present(without))),
            Command::HoldMaskAgain { group, without } => (group, Self::Hold(Hold::Former(without))),
            Command::LetMaskGo(group) => (group, Self::Hold(Hold::LetGo)),
            _ => return None,
        })
    }
}

/// Which mask is to be held.
#[derive(Debug, Clone)]
pub(super) enum Hold {
    /// The present one, less these units; where one is held already, that one.
    Present(Vec<UnitId>),
    /// The one that was let go last, less these units.
    Former(Vec<UnitId>),
    /// None.
    LetGo,
}

impl Hold {
    /// The units that are dropped by hand while it holds.
    pub(super) fn without(&self) -> Option<&Vec<UnitId>> {
        match self {
            Self::Present(without) | Self::Former(without) => Some(without),
            Self::LetGo => None,
        }
    }
}

/// A run, or what will be one: its network is built by the worker that takes it first, and not by whoever asked for it.
#[derive(Debug)]
pub(super) enum Body {
    Planned(Box<RunPlan>),
    Recalled(Box<Recall>),
    Built(Box<Run>),
}

/// A run that goes on from a step of the past, or from the beginning.
#[derive(Debug)]
pub(super) struct Recall {
    /// How it trains, with all that is changed on the way.
    pub(super) plan: RunPlan,
    pub(super) checkpoint: Option<Arc<RunCheckpoint>>,
    /// Checkpoints that it has from before.
    pub(super) timeline: Timeline<RunCheckpoint>,
}

/// Whether a run trains on, or is replayed to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Present,
    Past,
}

/// What a worker takes away.
pub(super) struct Job {
    pub(super) id: RunId,
    pub(super) time: Time,
    pub(super) body: Body,
    pub(super) changes: Vec<Wish>,
    pub(super) work: Work,
    /// Which steps it leaves checkpoints at.
    pub(super) keep: Keep,
    /// What is asked of it, and the share of the time of a core that it may spend on that.
    pub(super) asked: Arc<[Probe]>,
    pub(super) look_share: f64,
    pub(super) previous: Arc<RunSnapshot>,
    pub(super) meter: Meter,
}

/// What a worker brings back.
pub(super) struct Back {
    pub(super) id: RunId,
    pub(super) time: Time,
    /// `None` if it panicked.
    pub(super) run: Option<Box<Run>>,
    /// `None` where publishing can wait.
    pub(super) snapshot: Option<Arc<RunSnapshot>>,
    pub(super) meter: Meter,
}

/// What to do with a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Work {
    /// Evaluate the initial weights.
    Begin,
    /// Train up to this step, or until the slice is over.
    Until(u64),
    /// While paused, make one phase of a step.
    Phase,
    /// While paused, make one step.
    Batch,
    /// While paused, train up to the end of an epoch, this step: a slice at a time, like any other training.
    Epoch(u64),
    /// Replay the past up to this step, or until the slice is over.
    Replay(u64),
    /// Only publish what it is.
    Publish,
    /// End it here: the time is over.
    Finish,
}
