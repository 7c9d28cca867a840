//! Whole training steps of [`Trainer`] against the oracle, which is told the masks and nothing else.
//!
//! One batch holds all examples and masks are shared by the batch, so that the order of the examples does not matter.

use dropscope::data::{self, Dataset};
use dropscope::nn::{Activation, Engine, Init, Mask};
use dropscope::train::{Method, NoisePlan, OptimizerPlan, Trainer, TrainerPlan};

use crate::common::close::{assert_close, assert_layers_close};
use crate::common::engine;
use crate::common::masks::{self, Convention};
use crate::common::optimizer::{LayerRules, Optimizer};
use crate::common::oracle::{Batch, Network, Targets};
use crate::common::problem::{self, Task};

const WIDTHS: [usize; 4] = [5, 9, 7, 3];
const N_ROWS: usize = 11;

/// The batch as a data set of the engine.
fn dataset(batch: &Batch) -> Dataset {
    let targets = match &batch.targets {
        Targets::Labels(labels) => {
            let labels = labels.iter().map(|&label| label as u32).collect();
            data::Targets::Classes {
                labels,
                n_classes: WIDTHS[3],
            }
        }
        Targets::Values(values) => data::Targets::Values(engine::matrix(values)),
    };
    let inputs = batch.x.concat().iter().map(|&x| x as f32).collect();
    Dataset::new("batch", vec![WIDTHS[0]], inputs, targets)
}

fn plan(method: Method, learning_rate: f32, activation: Activation) -> TrainerPlan {
    TrainerPlan {
        hidden: WIDTHS[1..3].to_vec(),
        activation,
        init: Init::Glorot,
        noise: NoisePlan {
            input_rate: masks::drop_rate(0.2),
            ..NoisePlan::of_rate(masks::drop_rate(0.5))
        },
        optimizer: OptimizerPlan {
            method,
            learning_rate,
            l2: 0.01,
            max_norm: Some(1.2),
        },
        batch_size: N_ROWS,
        seed: 12,
        engine: Engine::default(),
    }
}

#[test]
fn a_trainers_steps_are_the_oracles_given_its_masks() {
    for (method, learning_rate) in [(Method::Sgd { momentum: 0.9 }, 0.02), (Method::Adam, 0.01)] {
        for activation in Activation::ALL {
            for task in [Task::Classes, Task::Values] {
                let plan = plan(method, learning_rate, activation);
                let batch = problem::batch(&WIDTHS, N_ROWS, task, 12);
                let data = dataset(&batch);
                let rules = LayerRules::of_engine(&plan.optimizer);
                let mut trainer = Trainer::new(plan, &data).expect("the noise shape fits");
                let mut net = Network {
                    layers: engine::layers(&trainer.net().layers),
                    activation,
                };
                let mut optimizer = Optimizer::new(vec![rules; 3], &net);
                let what = format!("{method:?}, {activation}, {task:?}");
                for step in 0..20 {
                    let report = trainer.step(&data);
                    let masks = trainer.masks().layers();
                    let rates: Vec<_> = masks.iter().map(Mask::rate).collect();
                    assert_eq!(rates, [0.2, 0.5, 0.5].map(masks::drop_rate), "{what}");
                    let masks: Vec<_> = masks.iter().map(masks::read_back).collect();
                    let seen = net.pass(
                        &batch,
                        &Convention::Inverted.thinned_factors(&masks, &WIDTHS, N_ROWS),
                    );
                    assert_close(
                        &[report.loss],
                        &[seen.loss],
                        1e-4,
                        &format!("{what}, loss of step {step}"),
                    );
                    optimizer.update(&mut net, &seen.gradients);
                }
                assert_layers_close(
                    &engine::layers(&trainer.net().layers),
                    &net.layers,
                    1e-4,
                    &what,
                );
            }
        }
    }
}
