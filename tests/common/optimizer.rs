//! The oracle's optimisers: stochastic gradient descent with momentum and Adam, with L2 and max-norm, one number at a
//! time.
//!
//! Every layer has rules of its own, and its biases others than its weights: converting between the two scaling
//! conventions of dropout needs that.

use dropscope::train::{self, OptimizerPlan};

use super::oracle::{Layer, Matrix, Network};

/// How one kind of parameter is updated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) method: Method,
    pub(crate) learning_rate: f64,
    /// `l2 * w` is added to the gradient of w.
    pub(crate) l2: f64,
}

/// How a gradient becomes an update.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    Sgd { momentum: f64 },
    Adam { epsilon: f64 },
}

/// The rules of one layer. The conventions of dropout rescale weights but not biases, so each has its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LayerRules {
    pub(crate) weight: Rule,
    pub(crate) bias: Rule,
    /// Bound on the norm of each unit's incoming weights.
    pub(crate) max_norm: Option<f64>,
}

impl LayerRules {
    /// The engine's settings as they are, the same for weights and biases.
    pub(crate) fn of_engine(plan: &OptimizerPlan) -> Self {
        let method = match plan.method {
            train::Method::Sgd { momentum } => Method::Sgd {
                momentum: f64::from(momentum),
            },
            train::Method::Adam => Method::Adam { epsilon: 1e-7 },
        };
        let rule = Rule {
            method,
            learning_rate: f64::from(plan.learning_rate),
            l2: f64::from(plan.l2),
        };
        Self {
            weight: rule,
            bias: rule,
            max_norm: plan.max_norm.map(f64::from),
        }
    }
}

/// The optimiser: two numbers of memory for each parameter.
#[derive(Debug, Clone)]
pub(crate) struct Optimizer {
    rules: Vec<LayerRules>,
    memory: Vec<Vec<[f64; 2]>>,
    n_updates: i32,
}

impl Optimizer {
    /// A fresh one; `rules` has one entry for each layer of `net`.
    pub(crate) fn new(rules: Vec<LayerRules>, net: &Network) -> Self {
        assert_eq!(
            rules.len(),
            net.layers.len(),
            "one set of rules for each layer"
        );
        let memory = net
            .layers
            .iter()
            .map(|layer| vec![[0.0; 2]; layer.parameters().count()]);
        Self {
            rules,
            memory: memory.collect(),
            n_updates: 0,
        }
    }

    /// Changes every weight and bias once.
    pub(crate) fn update(&mut self, net: &mut Network, gradients: &[Layer]) {
        self.n_updates += 1;
        for (l, layer) in net.layers.iter_mut().enumerate() {
            let rules = self.rules[l];
            let n_weights = layer.weight.len() * layer.bias.len();
            let slots = gradients[l].parameters().zip(&mut self.memory[l]);
            for (place, (parameter, (gradient, memory))) in
                layer.parameters_mut().zip(slots).enumerate()
            {
                let rule = if place < n_weights {
                    rules.weight
                } else {
                    rules.bias
                };
                *parameter -= rule.change(gradient + rule.l2 * *parameter, memory, self.n_updates);
            }
            if let Some(bound) = rules.max_norm {
                bound_norms(&mut layer.weight, bound);
            }
        }
    }
}

impl Rule {
    /// What is subtracted from a parameter with this gradient at update `t` (from 1).
    fn change(self, gradient: f64, memory: &mut [f64; 2], t: i32) -> f64 {
        let [first, second] = memory;
        match self.method {
            Method::Sgd { momentum } => {
                *first = momentum * *first + gradient;
                self.learning_rate * *first
            }
            Method::Adam { epsilon } => {
                *first = 0.9 * *first + 0.1 * gradient;
                *second = 0.999 * *second + 0.001 * gradient * gradient;
                let mean = *first / (1.0 - 0.9_f64.powi(t));
                let square = *second / (1.0 - 0.999_f64.powi(t));
                self.learning_rate * mean / (square.sqrt() + epsilon)
            }
        }
    }
}

fn bound_norms(weight: &mut Matrix, bound: f64) {
    for unit in 0..weight[0].len() {
        let norm = weight
            .iter()
            .map(|row| row[unit] * row[unit])
            .sum::<f64>()
            .sqrt();
        if norm > bound {
            for row in weight.iter_mut() {
                row[unit] *= bound / norm;
            }
        }
    }
}
