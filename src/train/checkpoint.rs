//! Checkpoints: all that a trainer needs to go on from a step as if it had never stopped.
//!
//! Batches and masks are functions of keys and steps, so what decides the further steps is little: weights, moments, which
//! updates were put off, and how the masks are drawn. A trainer that is thawed repeats the recording to the bit, as long as it is
//! changed at the same steps.

use std::sync::Arc;

use super::{MaskRecipe, Optimizer, OptimizerPlan, StepPhase, Trainer, TrainerPlan};
use crate::data::GatheredBatches;
use crate::nn::loss::BatchLoss;
use crate::nn::{Mask, Masks, Mlp, Scratch};

/// A trainer between two steps.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    plan: TrainerPlan,
    /// With what the optimiser had put off still to be made up for.
    net: Mlp,
    optimizer: Optimizer,
    recipe: MaskRecipe,
    step: u64,
}

impl Checkpoint {
    /// Updates made.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The bytes of one of a network with these widths, apart from live changes; the largest number where there is none for them.
    pub fn bytes(widths: &[usize], optimizer: &OptimizerPlan) -> u64 {
        let number = |n: usize, size: usize| (n as u64).saturating_mul(size as u64);
        let of_layer = |pair: &[usize]| {
            let parameters = number(pair[0].saturating_add(1), size_of::<f32>())
                .saturating_mul(pair[1] as u64)
                .saturating_mul(1 + optimizer.n_moments());
            // Of each row of weights, how many updates it has had.
            parameters.saturating_add(number(pair[0], size_of::<u64>()))
        };
        let layers = widths.windows(2).map(of_layer);
        let widest = widths.iter().copied().max().unwrap_or(0);
        layers.fold(number(widest, 2 * size_of::<f32>()), u64::saturating_add)
    }
}

impl Trainer {
    /// What it is before the step at hand; in the middle of a step, before that was begun.
    pub fn freeze(&self) -> Checkpoint {
        Checkpoint {
            plan: self.plan.clone(),
            net: self.net.clone(),
            optimizer: self.optimizer.clone(),
            recipe: self.recipe.clone(),
            step: self.step,
        }
    }

    /// A trainer that goes on from a checkpoint. `batches` are those of its seed, on the data that it was trained on.
    pub fn thaw(checkpoint: &Checkpoint, batches: Arc<GatheredBatches>) -> Self {
        let Checkpoint {
            plan,
            net,
            optimizer,
            recipe,
            step,
        } = checkpoint.clone();
        let masks = match step.checked_sub(1) {
            Some(last) => recipe.masks(last),
            None => Masks::new(vec![Mask::none(); net.layers.len()]),
        };
        Self {
            masks,
            scratch: Scratch::with_engine(plan.engine, &net.widths(), batches.batch_size()),
            next: StepPhase::default(),
            batch_loss: BatchLoss::default(),
            batch: None,
            batches,
            plan,
            net,
            optimizer,
            recipe,
            step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Targets};
    use crate::nn::{DropRate, Engine, Execution, NoiseShape, UnitId};
    use crate::train::{HeldMask, Method, NoisePlan, StepReport};

    /// Batches of eight out of 41: the last of an epoch has one example.
    fn data() -> Dataset {
        let inputs = (0..41 * 3).map(|i| (i as f32).sin()).collect();
        let labels = (0..41).map(|i| i % 3).collect();
        let targets = Targets::Classes {
            labels,
            n_classes: 3,
        };
        Dataset::new("test", vec![3], inputs, targets)
    }

    fn rate(rate: f64) -> DropRate {
        DropRate::new(rate).unwrap()
    }

    fn plans() -> Vec<TrainerPlan> {
        let mut plans = Vec::new();
        let methods = [
            Method::Sgd { momentum: 0.0 },
            Method::Sgd { momentum: 0.9 },
            Method::Adam,
        ];
        for method in methods {
            for (l2, max_norm) in [
                (0.0, None),
                (1e-3, None),
                (0.0, Some(1.0)),
                (1e-3, Some(1.0)),
            ] {
                for noise_shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
                    for execution in [Execution::Compact, Execution::Masked] {
                        plans.push(TrainerPlan {
                            hidden: vec![24, 20],
                            noise: NoisePlan {
                                input_rate: rate(0.1),
                                hidden_rate: rate(0.6),
                                noise_shape: noise_shape.clone(),
                            },
                            optimizer: OptimizerPlan {
                                method,
                                learning_rate: 0.02,
                                l2,
                                max_norm,
                            },
                            engine: Engine {
                                execution,
                                ..Engine::default()
                            },
                            ..TrainerPlan::example()
                        });
                    }
                }
            }
        }
        plans
    }

    /// What is changed before the step at hand.
    fn change(trainer: &mut Trainer) {
        let unit = UnitId {
            layer_idx: 1,
            unit: 3,
        };
        match trainer.n_steps() {
            9 => trainer.set_hidden_rate(rate(0.3)),
            15 => trainer.hold(Some(HeldMask::new(4, vec![unit]))),
            21 => trainer.hold(None),
            23 => {
                let other = if trainer.plan().noise.noise_shape == NoiseShape::per_batch() {
                    NoiseShape::per_sample()
                } else {
                    NoiseShape::per_batch()
                };
                trainer.set_noise_shape(other).unwrap();
            }
            27 => trainer.set_input_rate(rate(0.4)),
            _ => {}
        }
    }

    fn step(trainer: &mut Trainer, data: &Dataset) -> (StepReport, Masks) {
        change(trainer);
        (trainer.step(data), trainer.masks().clone())
    }

    #[test]
    fn a_replayed_step_has_the_bits_of_the_recording() {
        const N_STEPS: usize = 34;
        let data = data();
        let batches = || Arc::new(Trainer::batches(7, &data, 8, 2));
        for plan in plans() {
            let mut recorded = Trainer::new(plan.clone(), &data).unwrap();
            let mut checkpoints = vec![recorded.freeze()];
            let mut seen = Vec::new();
            for _ in 0..N_STEPS {
                seen.push(step(&mut recorded, &data));
                checkpoints.push(recorded.freeze());
            }
            let end = recorded.freeze();
            for first in [0, 1, 9, 14, 16, 20, 22, 24, 30] {
                let mut replayed = Trainer::thaw(&checkpoints[first], batches());
                for expected in &seen[first..] {
                    assert_eq!(
                        step(&mut replayed, &data),
                        *expected,
                        "from {first}: {plan:?}"
                    );
                }
                assert_eq!(replayed.net(), recorded.clone().net());
                let (again, end) = (settled(&replayed.freeze()), settled(&end));
                assert_eq!(again.0, end.0, "weights from {first}: {plan:?}");
                assert_eq!(again.1, end.1, "moments from {first}: {plan:?}");
            }
        }
    }

    /// The weights and the optimiser of a checkpoint when nothing is put off any more.
    fn settled(checkpoint: &Checkpoint) -> (Mlp, Optimizer) {
        let mut checkpoint = checkpoint.clone();
        let net = &mut checkpoint.net;
        checkpoint.optimizer.settle(net, |_| None);
        (checkpoint.net, checkpoint.optimizer)
    }

    #[test]
    fn a_checkpoint_in_the_middle_of_a_step_is_that_before_it() {
        let data = data();
        for plan in plans() {
            let mut trainer = Trainer::new(plan, &data).unwrap();
            for _ in 0..5 {
                trainer.step(&data);
            }
            let before = trainer.freeze();
            for phase in [StepPhase::Forward, StepPhase::Backward, StepPhase::Update] {
                assert_eq!(trainer.advance(&data), None);
                assert_eq!(trainer.next_phase(), phase);
                let within = trainer.freeze();
                assert_eq!(within.step(), 5);
                assert_eq!(settled(&within).0, settled(&before).0);
                let batches = Arc::new(Trainer::batches(7, &data, 8, 1));
                let mut thawed = Trainer::thaw(&within, batches);
                let report = thawed.step(&data);
                assert_eq!(trainer.clone().step(&data), report);
            }
        }
    }

    #[test]
    fn what_was_put_off_is_put_off_still() {
        let data = data();
        let plan = plans()
            .into_iter()
            .find(|plan| plan.engine.execution == Execution::Compact && plan.optimizer.l2 > 0.0);
        let mut trainer = Trainer::new(plan.unwrap(), &data).unwrap();
        for _ in 0..7 {
            trainer.step(&data);
        }
        let frozen = trainer.freeze();
        assert_ne!(
            frozen.net,
            settled(&frozen).0,
            "the test needs rows that are behind"
        );
        let thawed = Trainer::thaw(&frozen, Arc::new(Trainer::batches(7, &data, 8, 1)));
        assert_eq!(thawed.unsettled_net(), trainer.unsettled_net());
    }
}
