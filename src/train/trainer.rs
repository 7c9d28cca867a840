//! One network in training: its weights, its keys, its place in the data, and one step after another.

use std::sync::Arc;

use super::{HeldMask, MaskRecipe, NoisePlan, Optimizer, OptimizerPlan};
use crate::data::{Batch, BatchAnswers, Dataset, GatheredBatches};
use crate::math::random::Key;
use crate::nn::loss::{self, BatchLoss};
use crate::nn::noise_shape::NoiseShapeError;
use crate::nn::{Activation, DropRate, Engine, Init, Mask, Masks, Mlp, NoiseShape, Pass, Scratch};

/// Everything that decides how a network trains, apart from the data.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainerPlan {
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// The activation function of the hidden units.
    pub activation: Activation,
    /// How weights start.
    pub init: Init,
    /// How its units are dropped.
    pub noise: NoisePlan,
    /// How weights are updated.
    pub optimizer: OptimizerPlan,
    /// Examples in one step; the last batch of an epoch may have fewer.
    pub batch_size: usize,
    /// Decides initial weights, order of the examples and masks.
    pub seed: u64,
    /// How its passes are computed.
    pub engine: Engine,
}

impl TrainerPlan {
    /// A small one that trains on anything small, for tests, benchmarks and examples to start from: two hidden layers of 16
    /// units, nothing dropped, batches of 8.
    pub fn example() -> Self {
        Self {
            hidden: vec![16, 16],
            activation: Activation::Relu,
            init: Init::He,
            noise: NoisePlan::of_rate(DropRate::NONE),
            optimizer: OptimizerPlan::sgd(0.05),
            batch_size: 8,
            seed: 7,
            engine: Engine::default(),
        }
    }
}

impl TrainerPlan {
    /// Units of the input of each dense layer, and of the output, of the network that is trained on `data`.
    pub fn widths(&self, data: &Dataset) -> Vec<usize> {
        let (inputs, outputs) = ([data.n_inputs()], [data.n_outputs()]);
        [&inputs[..], &self.hidden, &outputs].concat()
    }

    /// The network with these widths as it is before its first step.
    pub fn network(&self, widths: &[usize]) -> Mlp {
        let key = Key::new(self.seed).child("init");
        Mlp::new(widths, self.activation, self.init, key)
    }

    /// How every mask will be drawn, as long as nothing is changed live.
    ///
    /// # Errors
    /// If the noise shape does not fit a batch of the data or a layer of the network.
    pub fn recipe(&self, data: &Dataset) -> Result<MaskRecipe, NoiseShapeError> {
        let mut n_units = self.widths(data);
        n_units.pop();
        MaskRecipe::new(
            Key::new(self.seed).child("masks"),
            n_units,
            (data.len(), self.batch_size.min(data.len())),
            (self.noise.input_rate, self.noise.hidden_rate),
            &self.noise.noise_shape,
        )
    }
}

/// The parts of a step, in their order; the trainer can stop after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepPhase {
    /// The batch of the step is gathered and its masks are drawn.
    #[default]
    Mask,
    /// The outputs and the loss are computed through the thinned network.
    Forward,
    /// The gradients are computed through the same thinned network.
    Backward,
    /// The weights are changed; the step is over.
    Update,
}

/// What a step saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Which update, counted from 0.
    pub step: u64,
    /// Mean loss of the batch through the thinned network, before the update; for values on the scale on which they are
    /// learnt.
    pub loss: f64,
    /// Share of the batch that the thinned network got right, `0..=1`; `None` for regression.
    pub accuracy: Option<f64>,
}

impl StepReport {
    /// Whether training has left the numbers: the loss is infinite or not a number.
    pub fn has_diverged(&self) -> bool {
        !self.loss.is_finite()
    }
}

/// One network in training.
#[derive(Debug, Clone)]
pub struct Trainer {
    pub(super) plan: TrainerPlan,
    pub(super) net: Mlp,
    pub(super) optimizer: Optimizer,
    pub(super) recipe: MaskRecipe,
    pub(super) masks: Masks,
    pub(super) batches: Arc<GatheredBatches>,
    /// The batch of the step at hand, from its first phase on.
    pub(super) batch: Option<Arc<Batch>>,
    pub(super) scratch: Scratch,
    pub(super) step: u64,
    pub(super) next: StepPhase,
    pub(super) batch_loss: BatchLoss,
}

impl Trainer {
    /// A trainer at step 0. The same plan and data always give the same training.
    ///
    /// # Errors
    /// If the plan's noise shape does not fit a batch of the data or a layer of the network.
    pub fn new(plan: TrainerPlan, data: &Dataset) -> Result<Self, NoiseShapeError> {
        let batches = Self::batches(plan.seed, data, plan.batch_size, 1);
        Self::with_batches(plan, data, Arc::new(batches))
    }

    /// The batches that trainers of this seed see, for `n_trainers` of them to share.
    ///
    /// # Panics
    /// Without examples, or with batches of none.
    pub fn batches(
        seed: u64,
        data: &Dataset,
        batch_size: usize,
        n_trainers: usize,
    ) -> GatheredBatches {
        GatheredBatches::new(Key::new(seed).child("order"), data, batch_size, n_trainers)
    }

    /// A trainer that shares its batches with others of the same seed; they change no number.
    ///
    /// # Errors
    /// If the plan's noise shape does not fit a batch of the data or a layer of the network.
    pub fn with_batches(
        plan: TrainerPlan,
        data: &Dataset,
        batches: Arc<GatheredBatches>,
    ) -> Result<Self, NoiseShapeError> {
        let (widths, recipe) = (plan.widths(data), plan.recipe(data)?);
        let net = plan.network(&widths);
        Ok(Self {
            optimizer: Optimizer::new(plan.optimizer, &net),
            recipe,
            masks: Masks::new(vec![Mask::none(); net.layers.len()]),
            scratch: Scratch::with_engine(plan.engine, &widths, batches.batch_size()),
            step: 0,
            next: StepPhase::default(),
            batch_loss: BatchLoss::default(),
            batch: None,
            batches,
            net,
            plan,
        })
    }

    /// Makes one whole step, or finishes the one that was begun.
    pub fn step(&mut self, data: &Dataset) -> StepReport {
        loop {
            if let Some(report) = self.advance(data) {
                return report;
            }
        }
    }

    /// Makes the next part of a step; the last part gives the report.
    pub fn advance(&mut self, data: &Dataset) -> Option<StepReport> {
        let batch = match (self.next, self.batch.take()) {
            (StepPhase::Mask, last) => self.batches.get(data, self.step, last),
            (_, Some(batch)) => batch,
            (_, None) => unreachable!("a step that was begun has a batch"),
        };
        let report = self.advance_with(&batch);
        self.batch = Some(batch);
        report
    }

    fn advance_with(&mut self, batch: &Batch) -> Option<StepReport> {
        let (x, scratch) = (batch.inputs(), &mut self.scratch);
        match self.next {
            StepPhase::Mask => {
                for (layer_idx, mask) in self.masks.layers_mut().iter_mut().enumerate() {
                    self.recipe.draw(layer_idx, self.step, mask);
                }
                self.next = StepPhase::Forward;
            }
            StepPhase::Forward => {
                let pass = Pass::Thinned(&self.masks);
                scratch.begin(batch.n_rows(), pass);
                let needed = |layer_idx| Some(scratch.selection(layer_idx));
                self.optimizer.settle(&mut self.net, needed);
                self.net.forward(x, pass, scratch);
                self.batch_loss = batch_loss(batch, scratch);
                self.next = StepPhase::Backward;
            }
            StepPhase::Backward => {
                self.net.backward(Pass::Thinned(&self.masks), scratch);
                self.next = StepPhase::Update;
            }
            StepPhase::Update => {
                let pass = Pass::Thinned(&self.masks);
                self.optimizer.update_fused(&mut self.net, x, pass, scratch);
                self.next = StepPhase::Mask;
                self.step += 1;
                return Some(self.report(batch));
            }
        }
        None
    }

    fn report(&self, batch: &Batch) -> StepReport {
        let accuracy = self.batch_loss.n_correct as f64 / batch.n_rows().max(1) as f64;
        StepReport {
            step: self.step - 1,
            loss: self.batch_loss.loss,
            accuracy: matches!(batch.answers(), BatchAnswers::Classes(_)).then_some(accuracy),
        }
    }

    /// Changes the drop rate of the hidden layers from the next step on; weights and momentum stay.
    pub fn set_hidden_rate(&mut self, rate: DropRate) {
        self.recipe.set_hidden_rate(self.next_drawn_step(), rate);
        self.plan.noise.hidden_rate = rate;
    }

    /// Changes the drop rate of the input from the next step on; weights and momentum stay.
    pub fn set_input_rate(&mut self, rate: DropRate) {
        self.recipe.set_input_rate(self.next_drawn_step(), rate);
        self.plan.noise.input_rate = rate;
    }

    /// Changes along which axes masks are shared, from the next step on.
    ///
    /// # Errors
    /// If the noise shape does not fit a batch or a layer; then nothing changes.
    pub fn set_noise_shape(&mut self, noise_shape: NoiseShape) -> Result<(), NoiseShapeError> {
        self.recipe
            .set_noise_shape(self.next_drawn_step(), &noise_shape)?;
        self.plan.noise.noise_shape = noise_shape;
        Ok(())
    }

    /// Holds one mask from the next step on, or with `None` lets it go.
    pub fn hold(&mut self, held: Option<HeldMask>) {
        self.recipe.hold(self.next_drawn_step(), held);
    }

    /// The first step whose masks are not drawn yet: from it on a change made now takes effect.
    pub fn next_drawn_step(&self) -> u64 {
        self.step + u64::from(self.next != StepPhase::Mask)
    }

    /// The plan with every live change made so far.
    pub fn plan(&self) -> &TrainerPlan {
        &self.plan
    }

    /// The network as it is now. Updates that were put off are made up for first, which changes no number.
    pub fn net(&mut self) -> &Mlp {
        self.optimizer.settle(&mut self.net, |_| None);
        &self.net
    }

    /// The network with what is put off still to be made up for.
    #[cfg(test)]
    pub(crate) fn unsettled_net(&self) -> &Mlp {
        &self.net
    }

    /// Units of the input of each dense layer, and of the output.
    pub fn widths(&self) -> Vec<usize> {
        self.net.widths()
    }

    /// The masks drawn last.
    pub fn masks(&self) -> &Masks {
        &self.masks
    }

    /// How every mask of this run is drawn.
    pub fn recipe(&self) -> &MaskRecipe {
        &self.recipe
    }

    /// Updates made so far.
    pub fn n_steps(&self) -> u64 {
        self.step
    }

    /// Which part of a step comes next.
    pub fn next_phase(&self) -> StepPhase {
        self.next
    }

    /// Steps in one pass over the training split.
    pub fn steps_per_epoch(&self) -> u64 {
        self.batches.steps_per_epoch()
    }
}

/// The loss of the outputs in `scratch`, whose gradient is left there.
fn batch_loss(batch: &Batch, scratch: &mut Scratch) -> BatchLoss {
    let (outputs, d_outputs) = scratch.outputs_and_gradient();
    match batch.answers() {
        BatchAnswers::Classes(labels) => loss::softmax_cross_entropy(outputs, labels, d_outputs),
        BatchAnswers::Values(values) => loss::mean_squared_error(outputs, values.view(), d_outputs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Targets;
    use crate::math::matrix::Matrix;

    fn plan(rate: f64) -> TrainerPlan {
        TrainerPlan {
            noise: NoisePlan::of_rate(DropRate::new(rate).unwrap()),
            seed: 3,
            ..TrainerPlan::example()
        }
    }

    /// Two clouds, apart along the first input.
    fn clouds() -> Dataset {
        let inputs = (0..40)
            .flat_map(|i| [if i % 2 == 0 { -1.0 } else { 1.0 }, i as f32 / 40.0])
            .collect();
        let labels = (0..40).map(|i| i % 2).collect();
        Dataset::new(
            "clouds",
            vec![2],
            inputs,
            Targets::Classes {
                labels,
                n_classes: 2,
            },
        )
    }

    #[test]
    fn training_lowers_the_loss_at_every_rate_below_1() {
        for rate in [0.0, 0.2, 0.5] {
            let (data, mut trainer) = (clouds(), Trainer::new(plan(rate), &clouds()).unwrap());
            let first = trainer.step(&data).loss;
            let last = (0..100)
                .map(|_| trainer.step(&data).loss)
                .fold(0.0, |_, loss| loss);
            assert!(last < 0.5 * first, "rate {rate}: {first} to {last}");
        }
    }

    #[test]
    fn runs_that_differ_only_in_rate_start_from_the_same_weights_and_see_nested_masks() {
        let data = clouds();
        let mut trainers = [0.2, 0.5, 0.7].map(|rate| Trainer::new(plan(rate), &data).unwrap());
        let nets = trainers.each_mut().map(|trainer| trainer.net().clone());
        assert!(nets.iter().all(|net| *net == nets[0]));
        for _ in 0..20 {
            for trainer in &mut trainers {
                trainer.step(&data);
            }
            for pair in trainers.windows(2) {
                assert_eq!(pair[0].batch, pair[1].batch);
                for (low, high) in pair[0]
                    .masks()
                    .layers()
                    .iter()
                    .zip(pair[1].masks().layers())
                {
                    assert!(
                        low.kept()
                            .iter()
                            .zip(high.kept())
                            .all(|(low, high)| high <= low)
                    );
                }
            }
        }
    }

    #[test]
    fn a_step_in_parts_is_the_same_step() {
        let data = clouds();
        let (mut whole, mut parts) = (
            Trainer::new(plan(0.5), &data).unwrap(),
            Trainer::new(plan(0.5), &data).unwrap(),
        );
        for _ in 0..10 {
            let report = whole.step(&data);
            let reports = [(); 4].map(|()| parts.advance(&data));
            assert_eq!(reports, [None, None, None, Some(report)]);
        }
        assert_eq!(whole.net(), parts.net());
    }

    /// What a network becomes that is trained by hand, whatever the step, with `masks_at`.
    fn trained_with(
        trainer: &Trainer,
        n_steps: u64,
        data: &Dataset,
        masks_at: impl Fn(u64) -> Masks,
    ) -> Mlp {
        let mut by_hand = trainer.clone();
        let mut batches = crate::data::Batches::new(
            Key::new(by_hand.plan.seed).child("order"),
            data.len(),
            by_hand.plan.batch_size,
        );
        for _ in 0..n_steps {
            let step = by_hand.step;
            let rows = data.select(batches.indices(step));
            let Targets::Classes { labels, .. } = &rows.targets else {
                unreachable!()
            };
            let masks = masks_at(step);
            let (pass, x): (_, Matrix) = (Pass::Thinned(&masks), rows.inputs.view().into());
            by_hand.optimizer.settle(&mut by_hand.net, |_| None);
            by_hand.net.forward(x, pass, &mut by_hand.scratch);
            let (outputs, d_outputs) = by_hand.scratch.outputs_and_gradient();
            loss::softmax_cross_entropy(outputs, labels, d_outputs);
            by_hand.net.backward(pass, &mut by_hand.scratch);
            by_hand
                .optimizer
                .update_fused(&mut by_hand.net, x, pass, &mut by_hand.scratch);
            by_hand.step += 1;
        }
        by_hand.net().clone()
    }

    #[test]
    fn a_mask_held_for_200_steps_gives_the_bits_of_a_network_trained_with_that_one_mask() {
        let data = clouds();
        let steps = |trainer: &mut Trainer, n: u64| {
            for _ in 0..n {
                trainer.step(&data);
            }
        };
        for noise_shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
            let mut plan = plan(0.5);
            plan.noise.noise_shape = noise_shape;
            let mut trainer = Trainer::new(plan, &data).unwrap();
            steps(&mut trainer, 7);
            let free = trainer.recipe().clone();
            let held = trainer.masks().clone();
            let by_hand = trained_with(&trainer, 200, &data, |_| held.clone());
            let then = trained_with(&trainer, 205, &data, |step| match step {
                ..207 => held.clone(),
                step => free.masks(step),
            });
            trainer.hold(Some(HeldMask::new(6, Vec::new())));
            steps(&mut trainer, 200);
            assert_eq!(*trainer.net(), by_hand);
            trainer.hold(None);
            steps(&mut trainer, 5);
            assert_eq!(*trainer.net(), then, "the counters go on");
        }
    }

    #[test]
    fn changing_the_rate_takes_effect_without_a_reset() {
        let data = clouds();
        let mut trainer = Trainer::new(plan(0.0), &data).unwrap();
        trainer.step(&data);
        assert!(trainer.masks().layers()[1].is_none());
        let before = trainer.net().clone();
        trainer.set_hidden_rate(DropRate::new(0.5).unwrap());
        assert_eq!(*trainer.net(), before);
        trainer.step(&data);
        assert!(!trainer.masks().layers()[1].is_none());
        assert_eq!(trainer.n_steps(), 2);
    }
}
