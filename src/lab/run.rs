//! One run: a network in training, what it has been through, and what is known of it.
//!
//! A run knows no clock and no thread. Whoever ticks it, as often as they like, gets the same history.

mod hold;
mod observed;
mod past;

use std::sync::Arc;

use super::looks::Looks;
use super::run_plan::subnetworks;
use super::timeline::Timeline;
use super::{Change, ChangeKind, Evaluation, History, Phase, RunId, RunPlan, RunSnapshot, Varied};
use crate::data::{GatheredBatches, Split};
use crate::nn::noise_shape::NoiseShapeError;
use crate::nn::{DropRate, Mlp, NoiseShape};
use crate::probe::{Bench, KeepCounts, MaskCounter, WeightNorms};
use crate::train::{MaskRecipe, NoiseChange, StepPhase, StepReport, Trainer, TrainerPlan};

/// Whoever ticks a run tells by this how many seconds it has been trained for; not a number where nobody measures.
pub type Clock<'a> = &'a mut dyn FnMut() -> f64;

pub(in crate::lab) use past::RunCheckpoint;

/// A network in training with its record.
#[derive(Debug)]
pub struct Run {
    plan: RunPlan,
    data: Arc<Split>,
    trainer: Trainer,
    counter: MaskCounter,
    keep_counts: KeepCounts,
    history: History,
    latest: Option<Evaluation>,
    next_evaluation: u64,
    initial_norms: WeightNorms,
    recipe: Arc<MaskRecipe>,
    looks: Looks,
    /// The network before an update, and how many were made before that; kept while single steps are made.
    before: Option<(u64, Arc<Mlp>)>,
    phase: Phase,
    /// Planned changes that were made.
    n_planned_taken: usize,
    timeline: Timeline<RunCheckpoint>,
}

impl Run {
    /// A run at step 0. Its initial weights are evaluated before the first step, or by [`Run::begin`].
    ///
    /// # Errors
    /// If the plan's noise shape does not fit a batch of the data or a layer of the network.
    pub fn new(plan: RunPlan, data: Arc<Split>) -> Result<Self, NoiseShapeError> {
        let TrainerPlan {
            seed, batch_size, ..
        } = plan.trainer;
        let batches = Trainer::batches(seed, &data.train, batch_size, 1);
        Self::with_batches(plan, data, Arc::new(batches))
    }

    /// A run that shares its batches with others of the same seed.
    ///
    /// # Errors
    /// As [`Run::new`].
    pub fn with_batches(
        plan: RunPlan,
        data: Arc<Split>,
        batches: Arc<GatheredBatches>,
    ) -> Result<Self, NoiseShapeError> {
        let mut trainer = Trainer::with_batches(plan.trainer.clone(), &data.train, batches)?;
        Ok(Self {
            initial_norms: WeightNorms::of(trainer.net()),
            ..Self::of_trainer(trainer, plan, data)
        })
    }

    /// A run of a trainer, of which nothing else is known.
    fn of_trainer(trainer: Trainer, plan: RunPlan, data: Arc<Split>) -> Self {
        let widths = trainer.widths();
        Self {
            counter: MaskCounter::default(),
            keep_counts: KeepCounts::new(widths[..widths.len() - 1].iter().copied()),
            history: History::default(),
            latest: None,
            next_evaluation: 0,
            initial_norms: WeightNorms::unknown(widths.len() - 1),
            recipe: Arc::new(trainer.recipe().clone()),
            looks: Looks::default(),
            before: None,
            phase: Phase::Running,
            n_planned_taken: 0,
            timeline: Timeline::default(),
            trainer,
            plan,
            data,
        }
    }

    /// Evaluates the initial weights, if that is still to be done; a run of no steps is finished with that.
    pub fn begin(&mut self, bench: &mut Bench) {
        if self.history.evaluations.is_empty() {
            self.evaluate_if_due(&mut || 0.0, bench);
            self.finish_at_limit(&mut || 0.0, bench);
        }
    }

    /// Makes one step, if the run is still in training.
    ///
    /// # Panics
    /// At the step at which its plan says so.
    pub fn tick(&mut self) {
        self.tick_on(&mut || f64::NAN, &mut Bench::default());
    }

    /// The same; an evaluation is made with what is on `bench`, and recorded with the seconds of training that `clock` tells
    /// just before.
    ///
    /// # Panics
    /// As [`Run::tick`].
    pub fn tick_on(&mut self, clock: Clock, bench: &mut Bench) {
        while self.phase.is_running() && !self.tick_part_on(clock, bench) {}
    }

    /// Makes the next part of a step; tells whether that finished the step.
    ///
    /// # Panics
    /// As [`Run::tick`].
    pub fn tick_part(&mut self) -> bool {
        self.tick_part_on(&mut || f64::NAN, &mut Bench::default())
    }

    /// The same with a clock and a bench, as in [`Run::tick_on`].
    ///
    /// # Panics
    /// As [`Run::tick`].
    pub fn tick_part_on(&mut self, clock: Clock, bench: &mut Bench) -> bool {
        self.begin(bench);
        if !self.phase.is_running() {
            return true;
        }
        assert!(
            self.plan.panic_at_step != Some(self.trainer.n_steps()),
            "panic at step {} as asked for",
            self.step()
        );
        let is_drawn = self.trainer.next_phase() == StepPhase::Mask;
        if is_drawn {
            self.take_due_changes();
        }
        let report = self.trainer.advance(&self.data.train);
        // A mask that is held is one draw, whatever the number of its steps.
        if is_drawn && self.held().is_none() {
            self.counter.count(self.trainer.masks());
            self.keep_counts.count(self.trainer.masks());
        }
        if let Some(report) = report {
            self.after_step(report, clock, bench);
        }
        report.is_some()
    }

    /// Makes the changes that are planned before the step at hand; they are due when it is begun, or when somebody looks.
    ///
    /// # Panics
    /// Never: a planned noise shape was checked.
    pub fn take_due_changes(&mut self) {
        while let Some((step, _)) = self.plan.changes.get(self.n_planned_taken)
            && *step <= self.step()
        {
            let (_, change) = self.plan.changes[self.n_planned_taken].clone();
            self.n_planned_taken += 1;
            match change {
                NoiseChange::InputRate(rate) | NoiseChange::HiddenRate(rate) => {
                    self.change_rate(rate);
                }
                NoiseChange::NoiseShape(noise_shape) => self
                    .change_noise_shape(noise_shape)
                    .expect("a planned noise shape was checked"),
                NoiseChange::Held(held) => self.change_held(held),
            }
        }
    }

    /// How many of the planned changes it has taken.
    pub fn n_planned_taken(&self) -> usize {
        self.n_planned_taken
    }

    /// Keeps the network as it is before the step at hand, for whoever looks at what that changes. Forgotten with the step after
    /// it.
    pub fn keep_before(&mut self) {
        let step = self.step();
        if self.before.as_ref().is_none_or(|(of, _)| *of != step) {
            self.before = Some((step, Arc::new(self.trainer.net().clone())));
        }
    }

    fn after_step(&mut self, report: StepReport, clock: Clock, bench: &mut Bench) {
        self.before = self.before.take().filter(|(of, _)| *of == report.step);
        if report.has_diverged() {
            self.evaluate(clock, bench);
            self.phase = Phase::Diverged { step: report.step };
            return;
        }
        self.evaluate_if_due(clock, bench);
        self.finish_at_limit(clock, bench);
        self.leave_checkpoint_if_due();
    }

    /// Evaluates the network at the epochs of the schedule, and at those of a decision. These do not move the schedule: the
    /// other evaluations are the same with and without them.
    fn evaluate_if_due(&mut self, clock: Clock, bench: &mut Bench) {
        let per_epoch = self.trainer.steps_per_epoch();
        if !self.step().is_multiple_of(per_epoch) {
            return;
        }
        let epoch = self.step() / per_epoch;
        if epoch == self.next_evaluation {
            self.evaluate(clock, bench);
            self.next_evaluation = if self.plan.evaluates {
                History::next_evaluation(epoch)
            } else {
                u64::MAX
            };
        } else if self.plan.decide_at.binary_search(&epoch).is_ok() {
            self.evaluate(clock, bench);
        }
    }

    fn finish_at_limit(&mut self, clock: Clock, bench: &mut Bench) {
        if self
            .plan
            .n_steps
            .is_some_and(|n_steps| self.step() >= n_steps)
        {
            self.finish(clock, bench);
        }
    }

    /// Ends the run where it is, evaluated.
    pub fn finish(&mut self, clock: Clock, bench: &mut Bench) {
        if self.phase.is_running() {
            self.evaluate(clock, bench);
            self.phase = Phase::Finished;
        }
    }

    /// Evaluates the network now and adds it to the history, unless this step is there already.
    fn evaluate(&mut self, clock: Clock, bench: &mut Bench) {
        let last = self.history.evaluations.last();
        if last.is_some_and(|last| last.step == self.step()) {
            return;
        }
        // What was put off is part of the training.
        self.trainer.net();
        let secs = clock();
        self.look(bench);
        if let Some(latest) = &self.latest {
            self.history.evaluated(latest.clone(), secs);
        }
    }

    /// Evaluates the network now for whoever watches, without a trace in the history.
    pub fn look(&mut self, bench: &mut Bench) {
        if self
            .latest
            .as_ref()
            .is_some_and(|latest| latest.step == self.step())
        {
            return;
        }
        let moment = (self.step(), self.epoch());
        let evaluator = bench.evaluator(self.plan.trainer.engine, &self.trainer.widths());
        let evaluation = Evaluation::of(self.trainer.net(), evaluator, &self.data, moment);
        self.latest = Some(evaluation);
    }

    /// Evaluations in the history so far.
    pub fn n_evaluations(&self) -> usize {
        self.history.evaluations.len()
    }

    /// The rate that its group goes by.
    fn rate(&self) -> DropRate {
        match self.plan.varied {
            Varied::HiddenRate => self.trainer.plan().noise.hidden_rate,
            Varied::InputRate => self.trainer.plan().noise.input_rate,
        }
    }

    /// Changes the rate that its group goes by from the next step on, and records it. What was planned is given up for it.
    pub fn set_rate(&mut self, to: DropRate) {
        self.plan.changes.truncate(self.n_planned_taken);
        self.change_rate(to);
    }

    fn change_rate(&mut self, to: DropRate) {
        let from = self.rate();
        if from == to {
            return;
        }
        match self.plan.varied {
            Varied::HiddenRate => self.trainer.set_hidden_rate(to),
            Varied::InputRate => self.trainer.set_input_rate(to),
        }
        self.changed(ChangeKind::Rate { from, to });
    }

    /// Changes along which axes masks are shared from the next step on, and records it. What was planned is given up for it.
    ///
    /// # Errors
    /// If the noise shape does not fit; then nothing changes.
    pub fn set_noise_shape(&mut self, to: NoiseShape) -> Result<(), NoiseShapeError> {
        self.change_noise_shape(to)?;
        self.plan.changes.truncate(self.n_planned_taken);
        Ok(())
    }

    fn change_noise_shape(&mut self, to: NoiseShape) -> Result<(), NoiseShapeError> {
        let from = self.trainer.plan().noise.noise_shape.clone();
        if from != to {
            self.trainer.set_noise_shape(to.clone())?;
            self.changed(ChangeKind::NoiseShape { from, to });
        }
        Ok(())
    }

    fn changed(&mut self, kind: ChangeKind) {
        // Counts and thinned networks of another rate do not belong together with those to come.
        self.looks.forget();
        self.counter = MaskCounter::default();
        let widths = self.trainer.widths();
        self.keep_counts = KeepCounts::new(widths[..widths.len() - 1].iter().copied());
        self.recorded(kind);
    }

    fn recorded(&mut self, kind: ChangeKind) {
        self.recipe = Arc::new(self.trainer.recipe().clone());
        // In the middle of a step its masks are drawn already.
        let step = self.trainer.next_drawn_step();
        let epoch = step as f64 / self.steps_per_epoch() as f64;
        self.history.record(Change { step, epoch, kind });
    }

    /// Which run it is.
    pub fn id(&self) -> RunId {
        self.plan.id
    }

    /// Updates made so far.
    pub fn step(&self) -> u64 {
        self.trainer.n_steps()
    }

    /// Passes over the training split made so far.
    pub fn epoch(&self) -> f64 {
        self.step() as f64 / self.steps_per_epoch() as f64
    }

    /// Steps in one pass over the training split.
    pub fn steps_per_epoch(&self) -> u64 {
        self.trainer.steps_per_epoch()
    }

    /// The state of its life.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The trainer, to look at.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// The network as it is now.
    pub fn net(&mut self) -> &Mlp {
        self.trainer.net()
    }

    /// The run as it is now. `steps_per_sec` is the caller's measurement; the run knows no clock.
    pub fn snapshot(&self, steps_per_sec: f64) -> RunSnapshot {
        let plan = self.trainer.plan();
        let widths = self.trainer.widths();
        let recipe = &self.recipe;
        RunSnapshot {
            id: self.plan.id,
            seed: plan.seed,
            rate: self.rate(),
            hidden_rate: plan.noise.hidden_rate,
            input_rate: plan.noise.input_rate,
            noise_shape: plan.noise.noise_shape.clone(),
            learning_rate: plan.optimizer.learning_rate,
            phase: self.phase.clone(),
            step: self.step(),
            epoch: self.epoch(),
            next_part: self.trainer.next_phase(),
            latest: self.latest.clone(),
            initial_norms: self.initial_norms.clone(),
            history: Arc::new(self.history.clone()),
            planned: self.plan.changes[self.n_planned_taken..].into(),
            checkpoints: self.timeline.steps().collect(),
            recipe: Arc::clone(&self.recipe),
            keep_counts: Arc::new(self.keep_counts.clone()),
            subnetworks: subnetworks(recipe, self.step()),
            masks_drawn: self.counter.n_drawn(),
            masks_distinct: self.counter.n_distinct(),
            is_distinct_exact: self.counter.is_exact(),
            readings: self.looks.readings(),
            steps_per_sec,
            samples_per_sec: steps_per_sec * self.data.train.len() as f64
                / self.steps_per_epoch() as f64,
            widths,
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
