//! One run: a network in training, what it has been through, and what is known of it.
//!
//! A run knows no clock and no thread. Whoever ticks it, as often as they like, gets the same history.

use std::sync::Arc;

use super::run_plan::subnetworks;
use super::{
    Change, ChangeKind, Evaluation, History, Phase, Probe, RunId, RunPlan, RunSnapshot, Varied,
    snapshot::ThinnedReading,
};
use crate::data::{Dataset, GatheredBatches, Split};
use crate::math::random::Key;
use crate::nn::noise_shape::NoiseShapeError;
use crate::nn::{DropRate, Mlp, NoiseShape};
use crate::probe::{Evaluator, KeepCounts, MaskCounter, MonteCarlo, ThinnedLook, WeightNorms};
use crate::train::{MaskRecipe, NoiseChange, StepPhase, StepReport, Trainer, TrainerPlan};

/// Whoever ticks a run tells by this how many seconds it has been trained for; not a number where nobody measures.
pub type Clock<'a> = &'a mut dyn FnMut() -> f64;

/// A network in training with its record.
#[derive(Debug)]
pub struct Run {
    plan: RunPlan,
    data: Arc<Split>,
    trainer: Trainer,
    evaluator: Evaluator,
    monte_carlo: MonteCarlo,
    counter: MaskCounter,
    keep_counts: KeepCounts,
    history: History,
    latest: Option<Evaluation>,
    next_evaluation: u64,
    initial_norms: WeightNorms,
    recipe: Arc<MaskRecipe>,
    thinned: Option<Arc<ThinnedReading>>,
    /// The look at thinned networks that was begun, and at which step.
    thinned_look: Option<(u64, ThinnedLook)>,
    /// The test examples for such looks, from the first one on, where that is not all of them.
    look_examples: Option<Dataset>,
    phase: Phase,
    /// Planned changes that were made.
    n_planned_taken: usize,
}

/// Multiplications of one look, about a tenth of a second of them. So many test examples are looked at, but at least
/// [`LEAST_EXAMPLES`].
const LOOK_MULTIPLICATIONS: usize = 4_000_000_000;
const LEAST_EXAMPLES: usize = 200;

/// Test accuracies of thinned networks that are remembered.
const N_ACCURACIES: usize = 100;

/// How many of `n_test` examples a look at so many networks of these widths is worth.
fn n_look_examples(widths: &[usize], n_networks: usize, n_test: usize) -> usize {
    let n_weights: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let affordable = LOOK_MULTIPLICATIONS / (n_networks * n_weights).max(1);
    affordable.max(LEAST_EXAMPLES).min(n_test)
}

/// `n` of `n_all` indices at even distances.
fn evenly(n_all: usize, n: usize) -> Vec<usize> {
    (0..n).map(|i| i * n_all / n).collect()
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
        let widths = trainer.widths();
        let (engine, key) = (
            plan.trainer.engine,
            Key::new(plan.trainer.seed).child("probe"),
        );
        Ok(Self {
            evaluator: Evaluator::with_engine(engine, &widths),
            monte_carlo: MonteCarlo::new(key, engine, &widths),
            counter: MaskCounter::default(),
            keep_counts: KeepCounts::new(widths[..widths.len() - 1].iter().copied()),
            history: History::default(),
            latest: None,
            next_evaluation: 0,
            initial_norms: WeightNorms::of(trainer.net()),
            recipe: Arc::new(trainer.recipe().clone()),
            thinned: None,
            thinned_look: None,
            look_examples: None,
            phase: Phase::Running,
            n_planned_taken: 0,
            trainer,
            plan,
            data,
        })
    }

    /// Evaluates the initial weights, if that is still to be done; a run of no steps is finished with that.
    pub fn begin(&mut self) {
        if self.history.evaluations.is_empty() {
            self.evaluate_if_due(&mut || 0.0);
            self.finish_at_limit(&mut || 0.0);
        }
    }

    /// Makes one step, if the run is still in training.
    ///
    /// # Panics
    /// At the step at which its plan says so.
    pub fn tick(&mut self) {
        self.tick_on(&mut || f64::NAN);
    }

    /// The same; an evaluation is recorded with the seconds of training that `clock` tells just before it is made.
    ///
    /// # Panics
    /// As [`Run::tick`].
    pub fn tick_on(&mut self, clock: Clock) {
        while self.phase.is_running() && !self.tick_part_on(clock) {}
    }

    /// Makes the next part of a step; tells whether that finished the step.
    ///
    /// # Panics
    /// As [`Run::tick`].
    pub fn tick_part(&mut self) -> bool {
        self.tick_part_on(&mut || f64::NAN)
    }

    /// The same with a clock, as in [`Run::tick_on`].
    ///
    /// # Panics
    /// As [`Run::tick`].
    pub fn tick_part_on(&mut self, clock: Clock) -> bool {
        self.begin();
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
            self.take_planned_changes();
        }
        let report = self.trainer.advance(&self.data.train);
        if is_drawn {
            self.counter.count(self.trainer.masks());
            self.keep_counts.count(self.trainer.masks());
        }
        if let Some(report) = report {
            self.after_step(report, clock);
        }
        report.is_some()
    }

    /// Makes the changes that are planned before the step at hand.
    fn take_planned_changes(&mut self) {
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
            }
        }
    }

    /// How many of the planned changes it has taken.
    pub fn n_planned_taken(&self) -> usize {
        self.n_planned_taken
    }

    fn after_step(&mut self, report: StepReport, clock: Clock) {
        if report.has_diverged() {
            self.evaluate(clock);
            self.phase = Phase::Diverged { step: report.step };
            return;
        }
        self.evaluate_if_due(clock);
        self.finish_at_limit(clock);
    }

    /// Evaluates the network at the epochs of the schedule, and at those of a decision. These do not move the schedule: the
    /// other evaluations are the same with and without them.
    fn evaluate_if_due(&mut self, clock: Clock) {
        let per_epoch = self.trainer.steps_per_epoch();
        if !self.step().is_multiple_of(per_epoch) {
            return;
        }
        let epoch = self.step() / per_epoch;
        if epoch == self.next_evaluation {
            self.evaluate(clock);
            self.next_evaluation = if self.plan.evaluates {
                History::next_evaluation(epoch)
            } else {
                u64::MAX
            };
        } else if self.plan.decide_at.binary_search(&epoch).is_ok() {
            self.evaluate(clock);
        }
    }

    fn finish_at_limit(&mut self, clock: Clock) {
        if self
            .plan
            .n_steps
            .is_some_and(|n_steps| self.step() >= n_steps)
        {
            self.finish(clock);
        }
    }

    /// Ends the run where it is, evaluated.
    pub fn finish(&mut self, clock: Clock) {
        if self.phase.is_running() {
            self.evaluate(clock);
            self.phase = Phase::Finished;
        }
    }

    /// Evaluates the network now and adds it to the history, unless this step is there already.
    fn evaluate(&mut self, clock: Clock) {
        let last = self.history.evaluations.last();
        if last.is_some_and(|last| last.step == self.step()) {
            return;
        }
        // What was put off is part of the training.
        self.trainer.net();
        let secs = clock();
        self.look();
        if let Some(latest) = &self.latest {
            self.history.evaluated(latest.clone(), secs);
        }
    }

    /// Evaluates the network now for whoever watches, without a trace in the history.
    pub fn look(&mut self) {
        if self
            .latest
            .as_ref()
            .is_some_and(|latest| latest.step == self.step())
        {
            return;
        }
        let moment = (self.step(), self.epoch());
        let net = self.trainer.net();
        let evaluation = Evaluation::of(net, &mut self.evaluator, &self.data, moment);
        self.latest = Some(evaluation);
    }

    /// Looks at fresh thinned networks of the present weights, on test examples.
    pub fn look_at_thinned_networks(&mut self) {
        self.thinned_look = None;
        let Probe::Thinned { n } = Probe::THINNED;
        while !self.look_at_next_thinned_network(n) {}
    }

    /// Makes the next part of such a look, one network, and begins a new look at `n_networks` if there is none. Tells whether the look is
    /// complete; only then there is a new reading. It is of the weights at which the look began.
    pub fn look_at_next_thinned_network(&mut self, n_networks: usize) -> bool {
        let test = &self.data.test;
        let n_examples = n_look_examples(&self.trainer.widths(), n_networks, test.len());
        let examples = if n_examples < test.len() {
            let part = || test.select(&evenly(test.len(), n_examples));
            self.look_examples.get_or_insert_with(part)
        } else {
            test
        };
        let step = self.trainer.n_steps();
        let (begun, look) = self.thinned_look.get_or_insert_with(|| {
            let plan = self.trainer.plan();
            let mut rates = vec![plan.noise.hidden_rate; self.trainer.recipe().n_layers()];
            rates[0] = plan.noise.input_rate;
            let noise_shape = plan.noise.noise_shape.clone();
            let net = self.trainer.net().clone();
            let look = ThinnedLook::new(net, (&rates, &noise_shape), examples, n_networks);
            (step, look)
        });
        let Some(sample) = self.monte_carlo.advance(look, examples) else {
            return false;
        };
        let step = *begun;
        let mut accuracies = self
            .thinned
            .take()
            .map_or_else(Vec::new, |last| last.accuracies.clone());
        accuracies.retain(|(then, _)| 2 * then >= step);
        let each = sample.each.iter().filter_map(|score| score.accuracy);
        accuracies.extend(each.map(|accuracy| (step, accuracy)));
        accuracies.drain(..accuracies.len().saturating_sub(N_ACCURACIES));
        self.thinned = Some(Arc::new(ThinnedReading {
            step,
            n_examples: examples.len(),
            n_test: self.data.test.len(),
            sample,
            accuracies,
        }));
        self.thinned_look = None;
        true
    }

    /// The step of the look at thinned networks that was begun and is not complete.
    pub fn begun_look_step(&self) -> Option<u64> {
        self.thinned_look.as_ref().map(|(step, _)| *step)
    }

    /// Forgets a look at thinned networks that was begun, because its weights are long gone.
    pub fn forget_look(&mut self) {
        self.thinned_look = None;
    }

    /// Evaluations in the history so far.
    pub fn n_evaluations(&self) -> usize {
        self.history.evaluations.len()
    }

    /// The step of the last look at thinned networks.
    pub fn thinned_step(&self) -> Option<u64> {
        self.thinned.as_ref().map(|thinned| thinned.step)
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
        self.recipe = Arc::new(self.trainer.recipe().clone());
        // Counts and thinned networks of another rate do not belong together with those to come.
        (self.thinned, self.thinned_look) = (None, None);
        self.counter = MaskCounter::default();
        let widths = self.trainer.widths();
        self.keep_counts = KeepCounts::new(widths[..widths.len() - 1].iter().copied());
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
            recipe: Arc::clone(&self.recipe),
            keep_counts: Arc::new(self.keep_counts.clone()),
            subnetworks: subnetworks(recipe, self.step()),
            masks_drawn: self.counter.n_drawn(),
            masks_distinct: self.counter.n_distinct(),
            is_distinct_exact: self.counter.is_exact(),
            thinned: self.thinned.clone(),
            looking_at: self.begun_look_step(),
            steps_per_sec,
            samples_per_sec: steps_per_sec * self.data.train.len() as f64
                / self.steps_per_epoch() as f64,
            widths,
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
