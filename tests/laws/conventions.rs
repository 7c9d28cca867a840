//! Law 6: inverted and original scaling train the same network, step by step, once the settings are converted.
//!
//! With V = keep * W the thinned networks are equal, and an update of W is one of V with other settings. For a layer
//! whose input is dropped at keep = 1 - rate:
//!
//! | | weights | biases |
//! |---|---|---|
//! | initial value | V = keep * W | the same |
//! | learning rate, SGD with momentum | keep^2 times | the same |
//! | learning rate and epsilon, Adam | keep times the one, 1/keep times the other | the same |
//! | L2 | 1/keep^2 times | the same |
//! | bound of max-norm | keep times | none |
//!
//! The engine trains in the inverted convention, with one setting for everything. The oracle trains in the original
//! one, with the settings that follow from the engine's by reading the table backwards.

use dropscope::nn::{Activation, NoiseShape, Pass};
use dropscope::train::{self, OptimizerPlan};

use crate::common::close::{assert_rows_close, distance};
use crate::common::engine;
use crate::common::masks::{self, Convention};
use crate::common::optimizer::{LayerRules, Method, Optimizer, Rule};
use crate::common::oracle::Network;
use crate::common::problem::{self, Task};

const WIDTHS: [usize; 4] = [6, 9, 8, 3];
const RATES: [f64; 3] = [0.2, 0.5, 0.4];
const N_ROWS: usize = 7;
const N_STEPS: u64 = 30;

const SGD: OptimizerPlan = OptimizerPlan {
    method: train::Method::Sgd { momentum: 0.9 },
    learning_rate: 0.02,
    l2: 0.0,
    max_norm: None,
};
const ADAM: OptimizerPlan = OptimizerPlan {
    method: train::Method::Adam,
    learning_rate: 0.005,
    ..SGD
};

const PLANS: [(&str, OptimizerPlan); 7] = [
    ("SGD with momentum", SGD),
    ("SGD with L2", OptimizerPlan { l2: 0.05, ..SGD }),
    (
        "SGD with max-norm",
        OptimizerPlan {
            max_norm: Some(0.8),
            ..SGD
        },
    ),
    (
        "SGD with L2 and max-norm",
        OptimizerPlan {
            l2: 0.05,
            max_norm: Some(0.8),
            ..SGD
        },
    ),
    ("Adam", ADAM),
    ("Adam with L2", OptimizerPlan { l2: 0.05, ..ADAM }),
    (
        "Adam with max-norm",
        OptimizerPlan {
            max_norm: Some(0.8),
            ..ADAM
        },
    ),
];

/// The same training in the original convention, for a layer whose input is kept with probability `keep`.
fn original(plan: &OptimizerPlan, keep: f64) -> LayerRules {
    let LayerRules {
        weight,
        bias,
        max_norm,
    } = LayerRules::of_engine(plan);
    let (method, learning_rate) = match weight.method {
        Method::Sgd { momentum } => (
            Method::Sgd { momentum },
            weight.learning_rate / (keep * keep),
        ),
        Method::Adam { epsilon } => (
            Method::Adam {
                epsilon: epsilon * keep,
            },
            weight.learning_rate / keep,
        ),
    };
    let weight = Rule {
        method,
        learning_rate,
        l2: weight.l2 * keep * keep,
    };
    LayerRules {
        weight,
        bias,
        max_norm: max_norm.map(|bound| bound / keep),
    }
}

/// The oracle in training, in one of the conventions.
struct Run {
    net: Network,
    optimizer: Optimizer,
    convention: Convention,
}

impl Run {
    fn new(convention: Convention, plan: &OptimizerPlan) -> Self {
        let mut net = problem::network(&WIDTHS, Activation::Relu, 8);
        let keeps = RATES.map(|rate| 1.0 - rate);
        let rules = match convention {
            Convention::Inverted => keeps.map(|_| LayerRules::of_engine(plan)),
            Convention::Original => keeps.map(|keep| original(plan, keep)),
        };
        if let Convention::Original = convention {
            for (layer, keep) in net.layers.iter_mut().zip(keeps) {
                layer
                    .weight
                    .iter_mut()
                    .flatten()
                    .for_each(|weight| *weight /= keep);
            }
        }
        Self {
            optimizer: Optimizer::new(rules.to_vec(), &net),
            net,
            convention,
        }
    }

    fn full_outputs(&self, x: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let factors = self.convention.full_factors(&RATES, &WIDTHS, N_ROWS);
        x.iter()
            .zip(&factors)
            .map(|(x, factors)| self.net.outputs(x, factors))
            .collect()
    }
}

#[test]
fn both_conventions_have_the_same_logits_at_every_step_in_f64() {
    for (name, plan) in PLANS {
        let mut runs = [Convention::Inverted, Convention::Original]
            .map(|convention| Run::new(convention, &plan));
        for step in 0..N_STEPS {
            let batch = problem::batch(&WIDTHS, N_ROWS, Task::Classes, step);
            let (_, masks) = masks::draw(&RATES, &NoiseShape::per_sample(), &WIDTHS, N_ROWS, step);
            let seen = runs.each_mut().map(|run| {
                let seen = run.net.pass(
                    &batch,
                    &run.convention.thinned_factors(&masks, &WIDTHS, N_ROWS),
                );
                run.optimizer.update(&mut run.net, &seen.gradients);
                seen.outputs
            });
            assert_rows_close(
                &seen[0],
                &seen[1],
                1e-9,
                &format!("{name}, step {step}, thinned"),
            );
            let full = runs.each_ref().map(|run| run.full_outputs(&batch.x));
            assert_rows_close(
                &full[0],
                &full[1],
                1e-9,
                &format!("{name}, step {step}, full"),
            );
        }
    }
}

#[test]
fn the_engine_has_the_logits_of_the_original_convention_at_every_step() {
    for (name, plan) in PLANS {
        let mut run = Run::new(Convention::Original, &plan);
        let mut net = engine::network(&Run::new(Convention::Inverted, &plan).net);
        let mut optimizer = train::Optimizer::new(plan, &net);
        for step in 0..N_STEPS {
            let what = format!("{name}, step {step}");
            let batch = problem::batch(&WIDTHS, N_ROWS, Task::Classes, step);
            let (engine_masks, masks) =
                masks::draw(&RATES, &NoiseShape::per_sample(), &WIDTHS, N_ROWS, step);
            let (ours, gradients) = engine::pass(&net, &batch, Pass::Thinned(&engine_masks));
            let theirs = run.net.pass(
                &batch,
                &run.convention.thinned_factors(&masks, &WIDTHS, N_ROWS),
            );
            assert_rows_close(&ours.outputs, &theirs.outputs, 1e-4, &what);
            optimizer.update(&mut net, &gradients);
            run.optimizer.update(&mut run.net, &theirs.gradients);
            let full = engine::outputs(&net, &batch.x, Pass::Full);
            assert_rows_close(&full, &run.full_outputs(&batch.x), 1e-4, &what);
        }
    }
}

#[test]
fn without_the_conversion_the_conventions_part() {
    for (name, plan) in [("SGD", SGD), ("Adam", ADAM)] {
        let mut runs = [Convention::Inverted, Convention::Original]
            .map(|convention| Run::new(convention, &plan));
        let unconverted = vec![LayerRules::of_engine(&plan); RATES.len()];
        runs[1].optimizer = Optimizer::new(unconverted, &runs[1].net);
        let batch = problem::batch(&WIDTHS, N_ROWS, Task::Classes, 0);
        let (_, masks) = masks::draw(&RATES, &NoiseShape::per_sample(), &WIDTHS, N_ROWS, 0);
        for run in &mut runs {
            let seen = run.net.pass(
                &batch,
                &run.convention.thinned_factors(&masks, &WIDTHS, N_ROWS),
            );
            run.optimizer.update(&mut run.net, &seen.gradients);
        }
        let [inverted, original] = runs
            .each_ref()
            .map(|run| run.full_outputs(&batch.x).concat());
        let gap = distance(&inverted, &original);
        assert!(gap > 1e-3, "{name}: only {gap} apart");
    }
}
