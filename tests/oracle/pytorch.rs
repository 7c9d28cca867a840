//! Twenty steps of training as `PyTorch` made them in `f64`, with the masks given: first by the oracle, then by the engine.

use dropscope::nn::{Activation, Pass};
use dropscope::train::{self, OptimizerPlan};
use serde::Deserialize;

use crate::common::close::{
    assert_close, assert_layers_close, assert_passes_close, assert_rows_close,
};
use crate::common::engine;
use crate::common::masks::{self, Convention, LayerMask};
use crate::common::optimizer::{LayerRules, Method, Optimizer, Rule};
use crate::common::oracle::{Batch, Layer, Matrix, Network, Seen, Targets};

#[derive(Deserialize)]
struct Recording {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    widths: Vec<usize>,
    /// Drop rates, the network's input first.
    rates: Vec<f64>,
    optimizer: Kind,
    lr: f64,
    #[serde(default)]
    momentum: f64,
    #[serde(default)]
    l2: f64,
    max_norm: Option<f64>,
    x: Matrix,
    y: Vec<usize>,
    init: Vec<Layer>,
    steps: Vec<Step>,
    #[serde(rename = "final")]
    trained: Vec<Layer>,
    full_logits: Matrix,
    full_loss: f64,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Sgd,
    Adam,
}

/// One step; only the first was recorded with logits and gradients.
#[derive(Deserialize)]
struct Step {
    /// [layer][row][unit]; one row when the batch shares the mask.
    masks: Vec<Vec<Vec<u8>>>,
    loss: f64,
    logits: Option<Matrix>,
    d_weight: Option<Vec<Matrix>>,
    d_bias: Option<Vec<Vec<f64>>>,
}

impl Case {
    fn all() -> Vec<Self> {
        let text = include_str!("../fixtures/training_pytorch.json");
        let recording: Recording =
            serde_json::from_str(text).expect("the recording is well formed");
        assert_eq!(recording.cases.len(), 7);
        recording.cases
    }

    fn batch(&self) -> Batch {
        Batch {
            x: self.x.clone(),
            targets: Targets::Labels(self.y.clone()),
        }
    }

    fn start(&self) -> Network {
        Network {
            layers: self.init.clone(),
            activation: Activation::Relu,
        }
    }

    fn masks(&self, step: &Step) -> Vec<LayerMask> {
        let layers = self.rates.iter().zip(&step.masks);
        layers
            .map(|(&rate, kept)| LayerMask {
                rate,
                kept: kept.clone(),
            })
            .collect()
    }

    fn rules(&self) -> Vec<LayerRules> {
        let method = match self.optimizer {
            Kind::Sgd => Method::Sgd {
                momentum: self.momentum,
            },
            Kind::Adam => Method::Adam { epsilon: 1e-7 },
        };
        let rule = Rule {
            method,
            learning_rate: self.lr,
            l2: self.l2,
        };
        vec![
            LayerRules {
                weight: rule,
                bias: rule,
                max_norm: self.max_norm
            };
            self.init.len()
        ]
    }

    fn plan(&self) -> OptimizerPlan {
        OptimizerPlan {
            method: match self.optimizer {
                Kind::Sgd => train::Method::Sgd {
                    momentum: self.momentum as f32,
                },
                Kind::Adam => train::Method::Adam,
            },
            learning_rate: self.lr as f32,
            l2: self.l2 as f32,
            max_norm: self.max_norm.map(|bound| bound as f32),
        }
    }
}

impl Step {
    /// The whole pass, where it was recorded.
    fn seen(&self) -> Option<Seen> {
        let layers = self.d_weight.clone()?.into_iter().zip(self.d_bias.clone()?);
        let gradients = layers
            .map(|(weight, bias)| Layer { weight, bias })
            .collect();
        Some(Seen {
            outputs: self.logits.clone()?,
            loss: self.loss,
            gradients,
        })
    }
}

#[test]
fn the_oracle_trains_as_pytorch_does_in_f64() {
    for case in Case::all() {
        let (batch, widths, n_rows) = (case.batch(), &case.widths, case.x.len());
        let mut net = case.start();
        let mut optimizer = Optimizer::new(case.rules(), &net);
        for (step_idx, step) in case.steps.iter().enumerate() {
            let factors = Convention::Inverted.thinned_factors(&case.masks(step), widths, n_rows);
            let seen = net.pass(&batch, &factors);
            let what = format!("{}, step {step_idx}", case.name);
            assert_close(&[seen.loss], &[step.loss], 1e-9, &what);
            if let Some(expected) = step.seen() {
                assert_passes_close(&seen, &expected, 1e-9, &what);
            }
            optimizer.update(&mut net, &seen.gradients);
        }
        assert_layers_close(&net.layers, &case.trained, 1e-9, &case.name);
        let full = net.pass(
            &batch,
            &Convention::Inverted.full_factors(&case.rates, widths, n_rows),
        );
        assert_rows_close(&full.outputs, &case.full_logits, 1e-9, &case.name);
        assert_close(&[full.loss], &[case.full_loss], 1e-9, &case.name);
    }
}

#[test]
fn the_engine_trains_as_pytorch_does() {
    for case in Case::all() {
        let batch = case.batch();
        let mut net = engine::network(&case.start());
        let mut optimizer = train::Optimizer::new(case.plan(), &net);
        for (step_idx, step) in case.steps.iter().enumerate() {
            let masks = masks::to_engine(&case.masks(step), &case.widths);
            let (seen, gradients) = engine::pass(&net, &batch, Pass::Thinned(&masks));
            let what = format!("{}, step {step_idx}", case.name);
            assert_close(&[seen.loss], &[step.loss], 1e-4, &what);
            if let Some(expected) = step.seen() {
                assert_passes_close(&seen, &expected, 1e-5, &what);
            }
            optimizer.update(&mut net, &gradients);
        }
        assert_layers_close(
            &engine::layers(&net.layers),
            &case.trained,
            1e-4,
            &case.name,
        );
        let (full, _) = engine::pass(&net, &batch, Pass::Full);
        assert_rows_close(&full.outputs, &case.full_logits, 1e-4, &case.name);
        assert_close(&[full.loss], &[case.full_loss], 1e-4, &case.name);
    }
}
