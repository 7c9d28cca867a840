//! The lab's book-keeping: groups, their runs, and what each run should do next. No thread and no clock of its own.

mod seen;
mod time;

use std::sync::Arc;

use super::group::{self, Group};
use super::job::{Back, Job, Time, Wish};
use super::look_budget::paced_share;
use super::pacing::Pacing;
use super::past::Past;
use super::run::RunCheckpoint;
use super::run_plan::{n_steps, steps_per_epoch};
use super::slot::Slot;
use super::{
    Command, Experiment, Grain, GroupId, GroupPlan, Origin, Phase, PlannedChange, Question, Run,
    RunId, RunPlan, RunSnapshot, Runs, Varied,
};
use crate::data::Split;
use crate::nn::NoiseShape;
use crate::nn::noise_shape::NoiseShapeError;
use crate::train::{NoiseChange, TrainerPlan};

/// Everything the workers share, behind one lock that is held for microseconds.
#[derive(Debug)]
pub(super) struct State {
    data: Arc<Split>,
    base: TrainerPlan,
    evaluates: bool,
    decide_at: Arc<[u64]>,
    /// Seeds that each group began with, and those that were added.
    n_planned: usize,
    n_seeds: usize,
    /// Changes of runs that were planned from the start; runs that are added or begin again have none.
    changes: Vec<PlannedChange>,
    n_steps: Option<u64>,
    groups: Vec<Group>,
    varied: Varied,
    n_groups_ever: usize,
    /// Ways of dropping units that were ever put to the test: groups, and groups that began again otherwise.
    n_begun: usize,
    n_runs_ever: usize,
    n_taken: u64,
    is_playing: bool,
    pub(super) is_closing: bool,
    pacing: Pacing,
    /// Seconds that have passed, paused ones too.
    secs: f64,
    questions: Vec<Question>,
    n_workers: usize,
    /// What is seen, where somebody looks back.
    past: Option<Past>,
    /// What a checkpoint of a run takes, where they are kept.
    checkpoint_bytes: Option<u64>,
    unwanted: Unwanted,
}

/// Runs whose memory is still to be freed.
#[derive(Debug, Default)]
#[expect(
    clippy::vec_box,
    reason = "to move runs out of their boxes is to copy them, while the books are locked"
)]
pub(super) struct Unwanted {
    slots: Vec<Slot>,
    runs: Vec<Box<Run>>,
}

impl State {
    pub(super) fn new(experiment: &Experiment, data: Arc<Split>) -> Result<Self, NoiseShapeError> {
        let pacing = Pacing::new(experiment.pace, steps_per_epoch(experiment, &data));
        let base = experiment.trainer_plan(experiment.first_group(), experiment.seed);
        let widths = base.widths(&data.train);
        let mut state = Self {
            checkpoint_bytes: experiment
                .keeps_past
                .then(|| RunCheckpoint::bytes(&widths, &base.optimizer)),
            past: None,
            // The noise of each group takes the place of this one's.
            base,
            evaluates: experiment.evaluates,
            decide_at: experiment.decide_at.as_slice().into(),
            n_planned: experiment.n_seeds,
            n_seeds: experiment.n_seeds,
            changes: experiment.changes.clone(),
            n_steps: n_steps(experiment, &data),
            data,
            groups: Vec::new(),
            varied: experiment.varied(),
            n_groups_ever: 0,
            n_begun: 0,
            n_runs_ever: 0,
            n_taken: 0,
            is_playing: true,
            is_closing: false,
            pacing,
            secs: 0.0,
            questions: Vec::new(),
            n_workers: experiment.n_threads,
            unwanted: Unwanted::default(),
        };
        for (idx, plan) in experiment.groups.iter().enumerate() {
            let is_last = idx + 1 == experiment.groups.len();
            let panic_at_step = experiment.panic_at_step.filter(|_| is_last);
            state.add(plan.clone(), panic_at_step)?;
        }
        // Those that were planned together are corrected for together.
        let n_begun = state.n_begun;
        state
            .groups
            .iter_mut()
            .for_each(|group| group.begun.1 = n_begun);
        state.changes.clear();
        Ok(state)
    }

    /// Adds a group; its first run panics at `panic_at_step`, if there is one.
    fn add(&mut self, plan: GroupPlan, panic_at_step: Option<u64>) -> Result<(), NoiseShapeError> {
        let id = GroupId(self.n_groups_ever);
        let slots = self.new_slots(id, &plan, panic_at_step)?;
        self.push(plan, slots);
        self.ask();
        Ok(())
    }

    fn push(&mut self, plan: GroupPlan, slots: Vec<Slot>) {
        let id = GroupId(self.n_groups_ever);
        let is_free = |letter: &char| self.groups.iter().all(|group| group.letter != *letter);
        let letter = ('a'..='z').find(is_free).unwrap_or('?');
        self.n_groups_ever += 1;
        self.n_begun += 1;
        self.groups.push(Group {
            id,
            letter,
            begun: (plan.clone(), self.n_begun),
            plan,
            held: None,
            since_secs: self.secs,
            origin: None,
            slots,
        });
    }

    fn new_slots(
        &mut self,
        group: GroupId,
        plan: &GroupPlan,
        panic_at_step: Option<u64>,
    ) -> Result<Vec<Slot>, NoiseShapeError> {
        let n_seeds = self.n_seeds;
        let slot = |seed_idx| {
            let panic_at_step = panic_at_step.filter(|_| seed_idx == 0);
            self.new_slot(group, plan, seed_idx, panic_at_step)
        };
        (0..n_seeds).map(slot).collect()
    }

    fn new_slot(
        &mut self,
        group: GroupId,
        plan: &GroupPlan,
        seed_idx: usize,
        panic_at_step: Option<u64>,
    ) -> Result<Slot, NoiseShapeError> {
        let seed = self.base.seed.wrapping_add(seed_idx as u64);
        let changes = self
            .changes
            .iter()
            .filter(|change| change.group_idx == group.0 && change.seed == seed);
        let (begun_with, changes): (Vec<_>, Vec<_>) = changes
            .map(|change| (change.step, change.to.clone()))
            .partition(|(step, change)| *step == 0 && !matches!(change, NoiseChange::Held(_)));
        let noise = begun_with
            .iter()
            .fold(plan.noise.clone(), |noise, (_, change)| {
                noise.changed(change)
            });
        let trainer = TrainerPlan {
            noise,
            seed,
            ..self.base.clone()
        };
        let plan = RunPlan {
            id: RunId(self.n_runs_ever),
            trainer,
            varied: self.varied,
            n_steps: self.n_steps,
            panic_at_step,
            evaluates: self.evaluates,
            decide_at: Arc::clone(&self.decide_at),
            changes,
        };
        let slot = Slot::new(plan, &self.data)?;
        self.n_runs_ever += 1;
        Ok(slot)
    }

    /// Adds the next seed to every group; the runs that are there go on. The data stay split as they are.
    fn add_seed(&mut self) {
        if self.n_seeds >= MAX_SEEDS {
            return;
        }
        for idx in 0..self.groups.len() {
            let slot = self.next_seed(idx);
            self.groups[idx].slots.push(slot);
        }
        self.n_seeds += 1;
        self.ask();
    }

    /// Carries out a command; what concerns a run that a worker has is kept until the worker brings it back.
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Play => self.is_playing = true,
            Command::Pause => self.is_playing = false,
            Command::Step(grain) => self.single_step(grain),
            Command::SetPace(pace) => self.pacing.set_pace(pace, self.most_advanced()),
            Command::Add(plan) => {
                if self.fits(&plan.noise.noise_shape) && self.groups.len() < MAX_GROUPS {
                    self.add(plan, None)
                        .expect("a noise shape that fits makes a run");
                }
            }
            Command::Fork { group, step, rate } => self.fork(group, step, rate),
            Command::View(step) => self.view(step),
            Command::PlayPast(is_playing) => {
                if let Some(past) = &mut self.past {
                    past.play(is_playing);
                }
            }
            Command::Remove(id) => self.remove(id),
            Command::Restart(id) => self.restart(id),
            Command::AddSeed => self.add_seed(),
            Command::Watch(questions) => {
                self.questions = questions;
                self.ask();
            }
            of_runs => {
                if let Some((group, wish)) = Wish::of(of_runs) {
                    self.wish(group, &wish);
                }
            }
        }
    }

    fn fits(&self, noise_shape: &NoiseShape) -> bool {
        let first = self.groups.first().and_then(|group| group.slots.first());
        first.is_none_or(|slot| {
            let widths = &slot.snapshot.widths;
            let rows = self.base.batch_size.min(self.data.train.len());
            widths[..widths.len() - 1]
                .iter()
                .all(|&width| noise_shape.resolve(&[rows, width]).is_ok())
        })
    }

    fn single_step(&mut self, grain: Grain) {
        self.is_playing = false;
        self.slots_mut()
            .filter(|slot| slot.snapshot.phase.is_running())
            .for_each(|slot| slot.want_step(grain));
    }

    fn wish(&mut self, id: GroupId, wish: &Wish) {
        if matches!(wish, Wish::NoiseShape(noise_shape) if !self.fits(noise_shape)) {
            return;
        }
        let Some(group) = self.groups.iter_mut().find(|group| group.id == id) else {
            return;
        };
        // What is over was trained as it was; only a restart could train it otherwise.
        let mut slots = group.slots.iter();
        if slots.all(|slot| !slot.snapshot.phase.is_running()) {
            return;
        }
        match wish {
            Wish::Rate(rate) => group.plan = group.plan.clone().with_rate(self.varied, *rate),
            Wish::NoiseShape(noise_shape) => group.plan.noise.noise_shape = noise_shape.clone(),
            Wish::Hold(hold) => group.held = hold.without().cloned(),
        }
        let slots = group.slots.iter_mut();
        slots.for_each(|slot| slot.want_change(wish));
    }

    fn restart(&mut self, id: GroupId) {
        let Some(idx) = self.groups.iter().position(|group| group.id == id) else {
            return;
        };
        let plan = self.groups[idx].plan.clone();
        let slots = self
            .new_slots(id, &plan, None)
            .expect("the group ran with this noise shape before");
        let before = std::mem::replace(&mut self.groups[idx].slots, slots);
        self.unwanted.slots.extend(before);
        self.ask();
        self.groups[idx].held = None;
        self.groups[idx].origin = None;
        self.groups[idx].since_secs = self.secs;
        if self.groups[idx].begun.0 != plan {
            self.n_begun += 1;
            self.groups[idx].begun = (plan, self.n_begun);
        }
        self.pacing
            .set_pace(self.pacing.pace(), self.most_advanced());
    }

    fn remove(&mut self, id: GroupId) {
        let Some(idx) = self.groups.iter().position(|group| group.id == id) else {
            return;
        };
        self.unwanted.slots.extend(self.groups.remove(idx).slots);
        // As faces do when what was selected is gone.
        let next = self.groups.first().map(|group| group.id);
        let is_of = |question: &Question| question.runs == Runs::Group(id);
        self.questions.retain_mut(|question| {
            if let (true, Some(next)) = (is_of(question), next) {
                question.runs = Runs::Group(next);
            }
            !is_of(question)
        });
        self.ask();
    }

    fn ask(&mut self) {
        let (groups, questions, n_workers) = (&mut self.groups, &self.questions, self.n_workers);
        if let Some(past) = &mut self.past {
            self.unwanted
                .runs
                .extend(past.ask(groups, questions, n_workers));
        } else {
            group::ask(groups, questions, n_workers, |slot| {
                slot.snapshot.is_sound()
            });
        }
    }

    fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.groups.iter_mut().flat_map(|group| &mut group.slots)
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.groups.iter().flat_map(|group| &group.slots)
    }

    fn most_advanced(&self) -> f64 {
        self.slots().map(|slot| slot.epoch).fold(0.0, f64::max)
    }

    /// Lets time pass: while playing, runs are allowed further.
    pub(super) fn pass(&mut self, secs: f64) {
        self.secs += secs;
        self.play_past(secs);
        if !self.is_playing {
            return;
        }
        self.pacing.pass(secs, self.most_advanced());
        let pacing = self.pacing;
        self.slots_mut()
            .for_each(|slot| slot.allowed = pacing.allowance(slot.epoch, slot.allowed, secs));
    }

    /// The job to do next: that of the least advanced run that has something to do, or of one that has waited too long.
    /// `None` if every run is busy or done for now.
    pub(super) fn take(&mut self, is_time_over: bool) -> Option<Job> {
        self.n_taken += 1;
        // Whoever waits for the past goes first; what else is done there takes turns with training.
        let mut past = self.take_past(true);
        if past.is_none() && self.n_taken.is_multiple_of(2) {
            past = self.take_past(false);
        }
        past.or_else(|| self.take_present(is_time_over))
            .or_else(|| self.take_past(false))
    }

    fn take_present(&mut self, is_time_over: bool) -> Option<Job> {
        /// Jobs that a run may wait for, for each run of the lab: longer than fast runs wait for slow ones to catch up.
        const PATIENCE: u64 = 8;
        let is_playing = self.is_playing;
        let n_taken = self.n_taken;
        let (keep, _) = self.checkpoints();
        let patience = PATIENCE * self.slots().count() as u64;
        // A run that starts again must not stop the others until it has caught up.
        let (slot, work) = self
            .slots_mut()
            .filter_map(|slot| slot.work(is_playing, is_time_over).map(|work| (slot, work)))
            .min_by_key(|(slot, _)| {
                let is_patient = n_taken - slot.taken_at <= patience;
                (
                    is_patient,
                    if is_patient { slot.step } else { slot.taken_at },
                )
            })?;
        slot.taken_at = n_taken;
        slot.begin(work);
        let changes = std::mem::take(&mut slot.changes);
        let body = slot.body.take()?;
        let (asked, previous, meter) = (
            Arc::clone(&slot.asked),
            Arc::clone(&slot.snapshot),
            slot.meter,
        );
        Some(Job {
            id: slot.id,
            time: Time::Present,
            body,
            changes,
            work,
            keep,
            asked,
            look_share: paced_share(slot.look_share, self.pacing.pace()),
            previous,
            meter,
        })
    }

    /// Runs that nobody wants any more, for a worker to free their memory.
    pub(super) fn take_unwanted(&mut self) -> Option<Unwanted> {
        let Unwanted { slots, runs } = &self.unwanted;
        let is_any = !slots.is_empty() || !runs.is_empty();
        is_any.then(|| std::mem::take(&mut self.unwanted))
    }

    /// A worker's own code panicked, with this text: the run that it had fails; without one the books are not to be trusted,
    /// and all runs that are in training do.
    pub(super) fn fail(&mut self, at_hand: Option<(RunId, Time)>, text: &str) {
        if let (Some((id, Time::Past)), Some(past)) = (at_hand, &mut self.past) {
            past.fail(id, text);
            return;
        }
        let is_hit = |slot: &&mut Slot| {
            at_hand.is_none_or(|(id, _)| slot.id == id) && slot.snapshot.phase.is_running()
        };
        for slot in self.slots_mut().filter(is_hit) {
            slot.body = None;
            slot.snapshot = Arc::new(RunSnapshot {
                phase: Phase::Failed(text.to_owned()),
                ..RunSnapshot::clone(&slot.snapshot)
            });
        }
        self.ask();
        self.is_closing |= at_hand.is_none();
    }

    /// Brings a run back, or what is left of it. A run that was removed or started again meanwhile is returned.
    pub(super) fn bring_back(&mut self, back: Back) -> Option<Box<Run>> {
        if back.time == Time::Past {
            return match &mut self.past {
                Some(past) => past.bring_back(back),
                None => back.run,
            };
        }
        let is_its = |group: &&mut Group| group.slots.iter().any(|slot| slot.id == back.id);
        let Some(group) = self.groups.iter_mut().find(is_its) else {
            return back.run;
        };
        if let Some(run) = &back.run {
            group.follow(run);
        }
        let Some(slot) = group.slots.iter_mut().find(|slot| slot.id == back.id) else {
            return back.run;
        };
        if let Some(run) = back.run {
            slot.put_back(run);
        }
        slot.meter = back.meter;
        slot.is_stale = back.snapshot.is_none();
        if let Some(snapshot) = back.snapshot {
            let fell_out = slot.snapshot.is_sound() && !snapshot.is_sound();
            slot.snapshot = snapshot;
            if let Some(past) = &mut self.past {
                past.follow(slot);
            }
            if fell_out {
                self.ask();
            }
        }
        None
    }
}

/// Groups that a lab can hold: one for each letter.
pub const MAX_GROUPS: usize = 26;

/// Seeds that each group can have.
pub const MAX_SEEDS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::job::{Body, Work};
    use crate::lab::run::tests::{clouds, plan};
    use crate::nn::DropRate;

    fn slot() -> Slot {
        let run = Run::new(plan(0.5), clouds()).unwrap();
        let mut slot = Slot::new(plan(0.5), &clouds()).unwrap();
        slot.put_back(Box::new(run));
        slot
    }

    fn taken(slot: &mut Slot) -> Box<Run> {
        let Some(Body::Built(run)) = slot.body.take() else {
            panic!("the run is here")
        };
        run
    }

    #[test]
    fn a_step_by_an_epoch_goes_on_until_the_epoch_ends_however_often_it_is_interrupted() {
        let mut slot = slot();
        let mut run = taken(&mut slot);
        run.tick();
        let per_epoch = run.steps_per_epoch();
        assert!(per_epoch > 2, "the test needs an epoch of several slices");
        slot.put_back(run);
        slot.single = vec![Grain::Epoch, Grain::Batch];
        for step in 1..per_epoch {
            let work = slot.work(false, false).unwrap();
            assert_eq!(work, Work::Epoch(per_epoch), "at step {step}");
            slot.begin(work);
            // A slice that ends after one step.
            let mut run = taken(&mut slot);
            run.tick();
            slot.put_back(run);
        }
        assert_eq!(slot.work(false, false), Some(Work::Batch));
        assert_eq!(slot.single, [Grain::Batch]);
    }

    #[test]
    fn a_flood_of_a_key_waits_as_its_last_effect() {
        let mut slot = slot();
        for step in 0..100_000 {
            slot.want_change(&Wish::Rate(DropRate::saturating(f64::from(step) * 1e-5)));
            slot.want_change(&Wish::NoiseShape(NoiseShape::per_sample()));
            slot.want_step(Grain::Batch);
        }
        let Wish::Rate(rate) = slot.changes[0] else {
            panic!("the rate was changed first")
        };
        assert_eq!((slot.changes.len(), rate.value()), (2, 0.99999));
        assert!(slot.single.len() <= 16);
        slot.want_step(Grain::Epoch);
        assert!(
            !slot.single.contains(&Grain::Epoch),
            "a step is forgotten, not put before others"
        );
        slot.single.clear();
        (0..9).for_each(|_| slot.want_step(Grain::Epoch));
        assert_eq!(slot.single.len(), 2);
    }
}
