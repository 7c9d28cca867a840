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
pub(super) mod tests {
    use super::*;

    use crate::data::Targets;
    use crate::nn::{Execution, Pass};
    use crate::train::NoisePlan;

    /// Thinned networks of a look.
    const N: usize = 20;

    pub(in crate::lab) fn clouds() -> Arc<Split> {
        let part = |n: u32, shift: f32| {
            let inputs = (0..n)
                .flat_map(|i| {
                    [
                        if i % 2 == 0 { -1.0 } else { 1.0 },
                        (i as f32 + shift).sin(),
                    ]
                })
                .collect();
            let labels = (0..n).map(|i| i % 2).collect();
            Dataset::new(
                "clouds",
                vec![2],
                inputs,
                Targets::Classes {
                    labels,
                    n_classes: 2,
                },
            )
        };
        Arc::new(Split {
            train: part(20, 0.0),
            test: part(30, 0.5),
            n_relabelled: 0,
            n_wrong: 0,
        })
    }

    pub(in crate::lab) fn plan(rate: f64) -> RunPlan {
        RunPlan {
            n_steps: Some(60),
            ..RunPlan::of(TrainerPlan {
                hidden: vec![8, 8],
                noise: NoisePlan::of_rate(DropRate::saturating(rate)),
                seed: 1,
                ..TrainerPlan::example()
            })
        }
    }

    #[test]
    fn observing_does_not_disturb() {
        let mut watched = Run::new(plan(0.5), clouds()).unwrap();
        let mut alone = Run::new(plan(0.5), clouds()).unwrap();
        while alone.phase().is_running() {
            alone.tick();
            watched.tick();
            watched.look();
            watched.look_at_next_thinned_network(N);
            if watched.step().is_multiple_of(7) {
                watched.look_at_thinned_networks();
            }
            watched.snapshot(1.0);
        }
        assert_eq!(alone.net(), watched.net());
        assert_eq!(alone.history, watched.history);
        assert_eq!((alone.step(), alone.phase()), (60, &Phase::Finished));
    }

    #[test]
    fn observing_does_not_disturb_a_network_that_runs_compact_and_puts_updates_off() {
        let plan = || {
            let mut plan = plan(0.5);
            plan.trainer.hidden = vec![48, 40];
            plan.trainer.engine.execution = Execution::Compact;
            plan
        };
        let mut watched = Run::new(plan(), clouds()).unwrap();
        let mut alone = Run::new(plan(), clouds()).unwrap();
        let mut n_put_off = 0;
        while alone.phase().is_running() {
            alone.tick();
            watched.tick();
            // Without a copy there would be nothing that is put off: looking makes up for it.
            let mut copy = alone.trainer.clone();
            n_put_off += usize::from(copy.net() != alone.trainer.unsettled_net());
            watched.look();
            watched.look_at_next_thinned_network(N);
            watched.snapshot(1.0);
        }
        assert!(n_put_off > 30, "{n_put_off} of 60 steps");
        assert_eq!(alone.net(), watched.net());
        assert_eq!(alone.history, watched.history);
    }

    #[test]
    fn a_change_in_the_middle_of_a_step_is_recorded_where_it_takes_effect_and_trains_the_same_when_planned()
     {
        let rate = DropRate::saturating(0.7);
        let mut live = Run::new(plan(0.2), clouds()).unwrap();
        (0..5).for_each(|_| live.tick());
        live.tick_part();
        live.set_rate(rate);
        let at = |run: &Run| {
            run.history
                .changes
                .iter()
                .map(|at| at.step)
                .collect::<Vec<_>>()
        };
        assert_eq!((at(&live), live.step()), (vec![6], 5));
        assert_eq!(live.recipe.rate(1, 5), DropRate::saturating(0.2));
        assert_eq!(live.recipe.rate(1, 6), rate);
        let mut planned = plan(0.2);
        planned.changes = vec![(6, NoiseChange::HiddenRate(rate))];
        let mut planned = Run::new(planned, clouds()).unwrap();
        for run in [&mut live, &mut planned] {
            while run.phase().is_running() {
                run.tick();
            }
        }
        assert_eq!(live.net(), planned.net());
        assert_eq!(live.history, planned.history);
    }

    #[test]
    fn a_look_in_parts_is_of_the_weights_at_which_it_began() {
        let reading = |in_parts: bool| {
            let mut run = Run::new(plan(0.5), clouds()).unwrap();
            (0..10).for_each(|_| run.tick());
            if in_parts {
                while !run.look_at_next_thinned_network(N) {
                    run.tick();
                }
            } else {
                run.look_at_thinned_networks();
            }
            run.thinned.unwrap()
        };
        assert_eq!(reading(true), reading(false));
        assert_eq!((reading(true).step, reading(true).n_examples), (10, 30));
    }

    #[test]
    fn large_networks_are_looked_at_on_an_even_part_of_the_test_examples() {
        assert_eq!(n_look_examples(&[64, 256, 256, 10], N, 1297), 1297);
        assert_eq!(n_look_examples(&[784, 256, 256, 10], N, 10_000), 744);
        assert_eq!(n_look_examples(&[784, 1024, 1024, 10], N, 10_000), 200);
        assert_eq!(n_look_examples(&[784, 1024, 1024, 10], N, 50), 50);
        assert_eq!(evenly(10, 4), [0, 2, 5, 7]);
    }

    #[test]
    fn the_clock_is_read_just_before_each_evaluation_and_changes_nothing() {
        let mut alone = Run::new(plan(0.5), clouds()).unwrap();
        let mut timed = Run::new(plan(0.5), clouds()).unwrap();
        let mut secs = 0.0;
        while timed.phase().is_running() {
            alone.tick();
            timed.tick_on(&mut || {
                secs += 1.5;
                secs
            });
        }
        // Of the initial weights there was no training; the others were each asked for once.
        let n = timed.history.evaluations.len();
        assert!((0..n).all(|k| timed.history.secs[k] == 1.5 * k as f64));
        assert_eq!((timed.history.secs.len(), n), (n, 21));
        assert_eq!(timed.history, alone.history);
        assert!(alone.history.secs[1].is_nan());
    }

    #[test]
    fn a_snapshot_shares_its_record_with_the_run_and_does_not_change_with_it() {
        let mut run = Run::new(plan(0.5), clouds()).unwrap();
        (0..9).for_each(|_| run.tick());
        let before = run.snapshot(0.0);
        (0..30).for_each(|_| run.tick());
        let [then, now] = [&before.history, &run.snapshot(0.0).history];
        assert_eq!([then.evaluations.len(), now.evaluations.len()], [4, 14]);
        let [then, now] = [then, now].map(|history| &raw const history.evaluations[3]);
        assert!(std::ptr::eq(then, now), "nothing was copied");
    }

    #[test]
    fn a_run_starts_again_from_the_same_loss_to_the_bit() {
        let initial = || {
            let mut run = Run::new(plan(0.7), clouds()).unwrap();
            run.begin();
            run.history.evaluations[0].clone()
        };
        assert_eq!(initial().test_loss.to_bits(), initial().test_loss.to_bits());
        assert_eq!(initial().step, 0);
    }

    #[test]
    fn an_epoch_of_a_decision_is_evaluated_and_moves_no_other_evaluation() {
        let history = |decide_at: &[u64]| {
            let mut plan = plan(0.5);
            // Three steps an epoch; from epoch 200 on every second one is evaluated.
            plan.n_steps = Some(3 * 210);
            plan.decide_at = decide_at.into();
            let mut run = Run::new(plan, clouds()).unwrap();
            while run.phase().is_running() {
                run.tick();
            }
            run.history
        };
        let (plain, mut decided) = (history(&[]), history(&[150, 205]));
        let is_there = |history: &History| {
            let mut all = history.evaluations.iter();
            all.any(|evaluation| evaluation.epoch == 205.0)
        };
        assert_eq!((is_there(&plain), is_there(&decided)), (false, true));
        let others = decided.evaluations.iter().filter(|at| at.epoch != 205.0);
        decided.evaluations = others.cloned().collect();
        assert_eq!(plain, decided);
    }

    #[test]
    fn the_noisy_test_loss_is_the_mean_loss_over_every_way_to_replace_the_labels() {
        let mut split = Arc::unwrap_or_clone(clouds());
        split.n_relabelled = 6;
        let (test, share) = (split.test.clone(), 6.0 / 20.0);
        let mut run = Run::new(plan(0.0), Arc::new(split)).unwrap();
        (0..30).for_each(|_| run.tick());
        run.look();
        let mut loss_with = |labels: Vec<u32>| {
            let targets = Targets::Classes {
                labels,
                n_classes: 2,
            };
            let part = Dataset {
                targets,
                ..test.clone()
            };
            let net = run.trainer.net();
            run.evaluator.score(net, Pass::Full, &part).loss
        };
        let Targets::Classes { labels, .. } = &test.targets else {
            panic!("classes")
        };
        let (own, each) = (
            loss_with(labels.clone()),
            [0, 1].map(|class| loss_with(vec![class; 30])),
        );
        let expected = (1.0 - share) * own + share * (each[0] + each[1]) / 2.0;
        let found = run.latest.as_ref().unwrap();
        assert!(
            (found.noisy_test_loss - expected).abs() < 1e-5,
            "{found:?}, {expected}"
        );
        assert_eq!(found.gap_star(), found.noisy_test_loss - found.train_loss);
        assert!(
            found.noisy_test_loss > found.test_loss + 0.1,
            "it must matter"
        );
    }

    #[test]
    fn a_live_change_is_recorded_and_resets_nothing() {
        let mut run = Run::new(plan(0.2), clouds()).unwrap();
        (0..7).for_each(|_| run.tick());
        let before = run.net().clone();
        run.set_rate(DropRate::saturating(0.5));
        run.set_noise_shape(NoiseShape::per_sample()).unwrap();
        assert_eq!((run.step(), run.net()), (7, &before));
        assert_eq!(
            run.history
                .changes
                .iter()
                .map(|change| change.step)
                .collect::<Vec<_>>(),
            [7, 7]
        );
        run.tick();
        assert_eq!(
            run.snapshot(0.0).masks_drawn,
            8,
            "counts begin again with the rate, one mask a sample"
        );
    }

    #[test]
    fn a_diverged_run_stops_and_says_at_which_step() {
        let mut plan = plan(0.0);
        plan.trainer.optimizer.learning_rate = 1e20;
        let mut run = Run::new(plan, clouds()).unwrap();
        (0..60).for_each(|_| run.tick());
        let Phase::Diverged { step } = *run.phase() else {
            panic!("{:?}", run.phase())
        };
        assert_eq!(step + 1, run.step());
        let advice = |rate: f64, learning_rate: f32| {
            let mut snapshot = run.snapshot(0.0);
            (snapshot.rate, snapshot.learning_rate) = (DropRate::saturating(rate), learning_rate);
            snapshot.trouble().unwrap()
        };
        assert_eq!(
            advice(0.0, 0.01),
            format!("diverged at step {step}: try --lr 0.003")
        );
        let at_a_rate = format!("diverged at step {step}: try --lr 0.02 or a lower rate");
        assert_eq!(advice(0.5, 0.05), at_a_rate);
        assert!(step < 59);
    }
}
