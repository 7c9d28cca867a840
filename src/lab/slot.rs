//! One run's place in the books: where it is, and what is wanted of it.

use std::sync::Arc;

use super::job::{Body, Meter, Wish, Work};
use super::pacing::whole_steps;
use super::run::RunCheckpoint;
use super::timeline::Timeline;
use super::{Grain, Phase, Run, RunId, RunPlan, RunSnapshot};
use crate::data::Split;
use crate::nn::noise_shape::NoiseShapeError;
use crate::probe::Probe;
use crate::train::NoiseChange;

/// One run's place: the run itself while no worker has it, and what is wanted of it.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: RunId,
    /// What the run was made of.
    pub(super) plan: Arc<RunPlan>,
    /// The checkpoints that it has left behind.
    pub(super) timeline: Timeline<RunCheckpoint>,
    /// The step from which it goes its own way, if it is a fork: until then it is a run of the past, and waits for nobody.
    pub(super) forked_at: Option<u64>,
    /// `None` while a worker has it, and after it panicked.
    pub(super) body: Option<Body>,
    pub(super) changes: Vec<Wish>,
    /// Single steps that are still to be made.
    pub(super) single: Vec<Grain>,
    /// Where the first of them ends, if that is a step of an epoch that was begun.
    pub(super) epoch_end: Option<u64>,
    /// How far pacing lets it go, in epochs.
    pub(super) allowed: f64,
    pub(super) step: u64,
    pub(super) epoch: f64,
    /// Planned changes that it had taken.
    pub(super) n_planned_taken: usize,
    pub(super) steps_per_epoch: u64,
    pub(super) snapshot: Arc<RunSnapshot>,
    /// Whether the snapshot is older than the run.
    pub(super) is_stale: bool,
    /// What is asked of it, and the share of the time of a core that it may spend on that.
    pub(super) asked: Arc<[Probe]>,
    pub(super) look_share: f64,
    pub(super) meter: Meter,
    /// At which job a worker last took it.
    pub(super) taken_at: u64,
}

impl Slot {
    /// The place of a run that is still to be built.
    ///
    /// # Errors
    /// If its noise shape does not fit a batch of the data or a layer of the network.
    pub(super) fn new(plan: RunPlan, data: &Split) -> Result<Self, NoiseShapeError> {
        let steps_per_epoch = data.train.len().div_ceil(plan.trainer.batch_size) as u64;
        Ok(Self {
            id: plan.id,
            plan: Arc::new(plan.clone()),
            timeline: Timeline::default(),
            forked_at: None,
            meter: Meter::default(),
            taken_at: 0,
            changes: Vec::new(),
            single: Vec::new(),
            epoch_end: None,
            allowed: 0.0,
            step: 0,
            epoch: 0.0,
            n_planned_taken: 0,
            steps_per_epoch,
            snapshot: Arc::new(plan.snapshot(data)?),
            is_stale: false,
            asked: Arc::default(),
            look_share: 0.0,
            body: Some(Body::Planned(Box::new(plan))),
        })
    }

    /// Keeps a change until the run is between two steps. All that wait there are carried out at once, so of one kind the
    /// last replaces the others: a flood of a key costs what a key costs.
    pub(super) fn want_change(&mut self, wish: &Wish) {
        let kind = std::mem::discriminant(wish);
        self.changes
            .retain(|other| std::mem::discriminant(other) != kind);
        self.changes.push(wish.clone());
    }

    /// Plans a further change of a run that is still to be built.
    pub(super) fn plan_change(&mut self, step: u64, change: NoiseChange) {
        let mut plan = RunPlan::clone(&self.plan);
        plan.changes.push((step, change));
        self.snapshot = Arc::new(RunSnapshot {
            planned: plan.changes.as_slice().into(),
            ..RunSnapshot::clone(&self.snapshot)
        });
        self.body = Some(Body::Planned(Box::new(plan.clone())));
        self.plan = Arc::new(plan);
    }

    /// Keeps a single step until it can be made. What cannot be kept up with is forgotten: a key that is let go of must
    /// not go on for seconds.
    pub(super) fn want_step(&mut self, grain: Grain) {
        let most_waiting = match grain {
            Grain::Phase | Grain::Batch => 16,
            Grain::Epoch => 2,
        };
        if self.single.len() < most_waiting {
            self.single.push(grain);
        }
    }

    /// Whether a worker has the run; one that panicked is with nobody.
    pub(super) fn is_out(&self) -> bool {
        self.body.is_none() && !matches!(self.snapshot.phase, Phase::Failed(_))
    }

    /// A worker begins with this.
    pub(super) fn begin(&mut self, work: Work) {
        match work {
            Work::Phase | Work::Batch => drop(self.single.remove(0)),
            // Stays the first of the single steps until it is made.
            Work::Epoch(last_step) => self.epoch_end = Some(last_step),
            Work::Begin | Work::Until(_) | Work::Replay(_) | Work::Publish | Work::Finish => {}
        }
    }

    /// The worker is done for now.
    pub(super) fn put_back(&mut self, run: Box<Run>) {
        self.step = run.step();
        self.epoch = run.epoch();
        self.n_planned_taken = run.n_planned_taken();
        self.timeline = run.timeline().clone();
        if self.epoch_end.is_some_and(|end| self.step >= end) {
            self.epoch_end = None;
            self.single.remove(0);
        }
        self.body = Some(Body::Built(run));
    }

    /// What there is to do with the run, if it is here.
    pub(super) fn work(&self, is_playing: bool, is_time_over: bool) -> Option<Work> {
        let run = match self.body.as_ref()? {
            Body::Planned(_) | Body::Recalled(_) if is_time_over => return Some(Work::Finish),
            Body::Planned(_) | Body::Recalled(_) => return Some(Work::Begin),
            Body::Built(run) => run,
        };
        let is_running = run.phase().is_running();
        if is_running && is_time_over {
            return Some(Work::Finish);
        }
        if let Some(fork) = self
            .forked_at
            .filter(|fork| is_running && self.step < *fork)
        {
            return Some(Work::Until(fork));
        }
        if is_running && let Some(&grain) = self.single.first() {
            let next_epoch = (self.step / self.steps_per_epoch + 1) * self.steps_per_epoch;
            return Some(match grain {
                Grain::Phase => Work::Phase,
                Grain::Batch => Work::Batch,
                Grain::Epoch => Work::Epoch(self.epoch_end.unwrap_or(next_epoch)),
            });
        }
        let last_step = whole_steps(self.allowed, self.steps_per_epoch);
        if is_running && is_playing && self.step < last_step {
            return Some(Work::Until(last_step));
        }
        if is_running && self.snapshot.latest.is_none() {
            return Some(Work::Begin);
        }
        let is_still = !is_playing || !is_running;
        let wants_look = is_still && !self.asked.is_empty() && !run.is_looked_at(&self.asked);
        let has_news =
            self.is_stale && (!is_playing || !is_running) || !self.changes.is_empty() || wants_look;
        has_news.then_some(Work::Publish)
    }
}
