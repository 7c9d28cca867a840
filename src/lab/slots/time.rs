//! Looking back, and branching off from what is seen there.

use std::sync::Arc;

use super::{Group, GroupId, MAX_GROUPS, Origin, Slot, State};
use crate::lab::job::{Body, Job, Recall};
use crate::lab::memory;
use crate::lab::past::Past;
use crate::lab::timeline::{Keep, shared};
use crate::lab::{GroupPlan, Pace, RunId, RunPlan, RunSnapshot};
use crate::nn::DropRate;

impl State {
    /// Looks at a step of the past, or at the present again.
    pub(super) fn view(&mut self, step: Option<u64>) {
        if let Some(step) = step {
            let last = self.slots().map(|slot| slot.snapshot.step).max();
            let step = step.min(last.unwrap_or(0));
            let past = self.past.get_or_insert_with(|| Past::new(self.varied));
            past.look_at(step, &self.groups);
        } else {
            let runs = self.past.take().into_iter().flat_map(Past::into_runs);
            self.unwanted.runs.extend(runs);
        }
        self.ask();
    }

    /// Lets time pass for whoever lets the past go on; where that comes to the present, the present is seen.
    pub(super) fn play_past(&mut self, secs: f64) {
        /// Epochs a second where training has no pace.
        const AT_FULL_SPEED: f64 = 20.0;
        let first = self.slots().next();
        let per_epoch = first.map_or(1, |slot| slot.steps_per_epoch);
        let pace = match self.pacing.pace() {
            Pace::EpochsPerSec(pace) => pace,
            Pace::FullSpeed => AT_FULL_SPEED,
        };
        let past = self.past.as_mut();
        let to = past.and_then(|past| past.pass(secs, pace * per_epoch as f64));
        if let Some(step) = to {
            let last = self.slots().map(|slot| slot.snapshot.step).max();
            self.view(Some(step).filter(|step| last.is_some_and(|last| *step < last)));
        }
    }

    /// Which checkpoints a run keeps, and how many its replays.
    pub(super) fn checkpoints(&self) -> (Keep, usize) {
        let n_runs = self.slots().count() as u64;
        let n = self
            .checkpoint_bytes
            .map_or(0, |bytes| memory::n_checkpoints(bytes, n_runs));
        let (along, on_the_way) = shared(n);
        (Keep::Evenly(along), on_the_way)
    }

    /// The next job for whoever looks back.
    pub(super) fn take_past(&mut self, only_awaited: bool) -> Option<Job> {
        let (_, n_checkpoints) = self.checkpoints();
        let past = self.past.as_mut()?;
        let (job, far) = past.take(&self.groups, only_awaited, n_checkpoints)?;
        self.unwanted.runs.extend(far);
        Some(job)
    }

    /// Adds a group that goes its own way from a step of another on.
    pub(super) fn fork(&mut self, parent: GroupId, step: u64, rate: DropRate) {
        let Some(group) = self.groups.iter().find(|group| group.id == parent) else {
            return;
        };
        let (Some(first), true) = (group.slots.first(), self.groups.len() < MAX_GROUPS) else {
            return;
        };
        let last = group.slots.iter().map(|slot| slot.snapshot.step).max();
        let step = step.min(last.unwrap_or(0));
        let before = first.snapshot.noise_at(step, self.varied);
        let held = first.snapshot.recipe.held(step);
        let held = held.map(|held| held.without.clone());
        let plan = GroupPlan::of_noise(before.clone()).with_rate(self.varied, rate);
        let branches = group.slots.iter().enumerate();
        let slots = branches.map(|(idx, slot)| {
            let id = RunId(self.n_runs_ever + idx);
            self.branch(slot, id, step, rate)
        });
        let slots: Vec<Slot> = slots.collect();
        self.n_runs_ever += slots.len();
        let origin = Origin { parent, step };
        self.push(plan, slots);
        if let Some(fork) = self.groups.last_mut() {
            fork.held = held;
            fork.origin = Some((origin, before));
        }
        self.ask();
    }

    /// Where a group branched off, as long as the other one is there.
    pub(super) fn origin_of(&self, group: &Group) -> Option<Origin> {
        let (origin, _) = group.origin.as_ref()?;
        let mut groups = self.groups.iter();
        groups
            .any(|group| group.id == origin.parent)
            .then_some(*origin)
    }

    /// The place of a run that is another one up to `step`, and then has this rate: it goes on from the last checkpoint before.
    fn branch(&self, parent: &Slot, id: RunId, step: u64, rate: DropRate) -> Slot {
        let known = &parent.snapshot;
        let mut changes = known.changes(self.varied);
        changes.retain(|(at, _)| *at <= step);
        changes.push((step, self.varied.change(rate)));
        let plan = RunPlan {
            id,
            changes,
            panic_at_step: None,
            ..RunPlan::clone(&parent.plan)
        };
        let mut slot = Slot::new(plan.clone(), &self.data)
            .expect("the run that it branches off has the same noise shape");
        slot.forked_at = Some(step);
        if let Some((at, checkpoint)) = parent.timeline.before(step) {
            let later = plan.changes.partition_point(|(change, _)| *change < at);
            slot.step = at;
            slot.meter.trained = checkpoint.trained();
            slot.snapshot = Arc::new(RunSnapshot {
                id,
                planned: plan.changes[later..].into(),
                ..known.recorded_at(at, self.varied)
            });
            slot.epoch = slot.snapshot.epoch;
            slot.body = Some(Body::Recalled(Box::new(Recall {
                plan,
                checkpoint: Some(Arc::clone(checkpoint)),
                timeline: parent.timeline.until(at),
            })));
        }
        slot
    }

    /// A run with the next seed for a group that is there: for a fork, one that branches off at the same step.
    pub(super) fn next_seed(&mut self, idx: usize) -> Slot {
        let Group {
            id, plan, origin, ..
        } = &self.groups[idx];
        let (id, rate) = (*id, plan.rate(self.varied));
        let (plan, branch) = match origin {
            Some((origin, before)) => (GroupPlan::of_noise(before.clone()), Some(origin.step)),
            None => (plan.clone(), None),
        };
        let mut slot = self
            .new_slot(id, &plan, self.n_seeds, None)
            .expect("the group runs with this noise shape");
        if let Some(step) = branch {
            slot.plan_change(step, self.varied.change(rate));
        }
        slot
    }
}
