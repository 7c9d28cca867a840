//! Optimisers: what a gradient does to a weight.
//!
//! A weight between a dropped input and anything has no gradient, but momentum and the L2 penalty go on moving it. When
//! the pass was executed as a smaller network, such rows of weights are not touched: the optimiser remembers how many
//! updates they are behind and makes up for them when the row is needed again (`settle`), update by update
//! as the definition says, only in registers. So nothing depends on when that happens, not even a bit. Adam and max-norm
//! are not put off: the one changes its step from update to update, the other needs a unit's weights of all rows.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined into a dispatched function is compiled without its vectors"
)]

mod update;

use ndarray::{Array, Dimension};
use pulp::Arch;

use crate::math::matrix::Matrix;
use crate::math::selection::Selection;
use crate::nn::{Dense, Gradients, Mlp, Pass, Scratch};
use update::{ADAM_DECAY, BoundNorms, MakeUp, Parameters, Rule, UpdateOthers};

/// How a gradient becomes an update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Stochastic gradient descent with momentum, in `PyTorch`'s and Keras' form:
    /// `velocity = momentum * velocity + gradient; weight -= learning_rate * velocity`.
    Sgd {
        /// In `0..1`; 0 is plain gradient descent.
        momentum: f32,
    },
    /// Adam ([Kingma 2015] algorithm 1) with decay rates .9 and .999 and epsilon 1e-7, Keras' defaults.
    Adam,
}

/// How weights are updated, the same for every layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimizerPlan {
    /// Gradient to update.
    pub method: Method,
    /// Step size, above 0.
    pub learning_rate: f32,
    /// L2 penalty: `l2 * weight` is added to every weight's gradient, as `PyTorch`'s `weight_decay`; at least 0.
    pub l2: f32,
    /// Bound on the norm of each unit's incoming weights, applied after each update ([Srivastava 2014] section 5.1).
    pub max_norm: Option<f32>,
}

impl OptimizerPlan {
    /// Numbers that the optimiser remembers of each weight.
    pub fn n_moments(&self) -> u64 {
        match self.method {
            Method::Sgd { .. } => 1,
            Method::Adam => 2,
        }
    }

    /// SGD with momentum .9, without penalty and bound.
    pub fn sgd(learning_rate: f32) -> Self {
        Self {
            method: Method::Sgd { momentum: 0.9 },
            learning_rate,
            l2: 0.0,
            max_norm: None,
        }
    }
}

/// The state of an optimiser for one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimizer {
    plan: OptimizerPlan,
    /// Velocity of SGD; running mean of the gradient for Adam.
    first: Gradients,
    /// Running mean of the squared gradient, for Adam only.
    second: Option<Gradients>,
    n_updates: u64,
    /// Which updates each layer's rows of weights have had.
    rows: Vec<Rows>,
    /// As many zeros as the widest layer has units.
    zeros: Vec<f32>,
    /// Room for one number for each unit of the widest layer.
    units: Vec<f32>,
}

/// How many updates the rows of a layer's weights have had.
#[derive(Debug, Clone, PartialEq)]
struct Rows {
    /// Those that a row had by itself ...
    own: Vec<u64>,
    /// ... or, if that is more, with all others.
    together: u64,
    /// Whether some row may be behind.
    is_behind: bool,
}

impl Optimizer {
    /// A fresh state for networks of `net`'s shape.
    pub fn new(plan: OptimizerPlan, net: &Mlp) -> Self {
        let widest = net.widths().into_iter().max().unwrap_or(0);
        let rows = |layer: &Dense| Rows {
            own: vec![0; layer.n_inputs()],
            together: 0,
            is_behind: false,
        };
        Self {
            plan,
            first: net.zero_gradients(),
            second: (plan.method == Method::Adam).then(|| net.zero_gradients()),
            n_updates: 0,
            rows: net.layers.iter().map(rows).collect(),
            zeros: vec![0.0; widest],
            units: vec![0.0; widest],
        }
    }

    /// Changes the weights and biases of `net` by one update with these gradients.
    ///
    /// # Panics
    /// If `net` or `gradients` are of another shape than the network it was made for.
    pub fn update(&mut self, net: &mut Mlp, gradients: &Gradients) {
        self.settle(net, |_| None);
        let rule = self.next_rule();
        for (layer_idx, layer) in net.layers.iter_mut().enumerate() {
            let gradient = &gradients.layers[layer_idx];
            let (weight, bias) = (slice(&gradient.weight), slice(&gradient.bias));
            let (weights, biases) = self.layer(layer_idx, layer, rule);
            Arch::new().dispatch(weights.with(weight));
            Arch::new().dispatch(biases.with(bias));
            self.finish_layer(layer_idx, layer, None);
        }
    }

    /// Changes the weights and biases of `net` by one update with the gradients of the backward pass in `scratch`, over
    /// the same `x` and masks. Each row of a gradient changes its weights as soon as it is known, and is forgotten.
    ///
    /// The rows of weights that the pass went through must have been settled before it.
    ///
    /// # Panics
    /// If `net`, `x` or `scratch` are of another shape than the network it was made for.
    pub(super) fn update_fused(
        &mut self,
        net: &mut Mlp,
        x: Matrix,
        pass: Pass,
        scratch: &mut Scratch,
    ) {
        let rule = self.next_rule();
        for (layer_idx, layer) in net.layers.iter_mut().enumerate() {
            let (weights, biases) = self.layer(layer_idx, layer, rule);
            scratch.d_weight(layer_idx, x, pass, weights);
            Arch::new().dispatch(biases.with(scratch.d_bias(layer_idx)));
            self.finish_layer(layer_idx, layer, Some((rule, scratch.selection(layer_idx))));
        }
    }

    /// Makes up for the updates that rows of weights were left out of: of each layer those that `needed` selects, all
    /// where it selects none.
    ///
    /// Until then the weights of rows that a pass left out are not what they are said to be.
    ///
    /// # Panics
    /// If `net` is of another shape than the network it was made for.
    pub(super) fn settle<'a>(
        &mut self,
        net: &mut Mlp,
        needed: impl Fn(usize) -> Option<&'a Selection>,
    ) {
        for (layer_idx, layer) in net.layers.iter_mut().enumerate() {
            if !self.rows[layer_idx].is_behind {
                continue;
            }
            let all = Selection::all(layer.n_inputs());
            let needed = needed(layer_idx).unwrap_or(&all);
            let (n_updates, rule) = (self.n_updates, self.rule());
            let mut rows = std::mem::take(&mut self.rows[layer_idx].own);
            let together = self.rows[layer_idx].together;
            let (parameters, _) = self.layer(layer_idx, layer, rule);
            Arch::new().dispatch(MakeUp {
                parameters,
                needed,
                rows: &mut rows,
                together,
                n_updates,
            });
            self.rows[layer_idx].own = rows;
            if needed.is_all() {
                self.rows[layer_idx].is_behind = false;
            }
        }
    }

    /// Counts an update, and says what it does.
    fn next_rule(&mut self) -> Rule {
        self.n_updates += 1;
        self.rule()
    }

    /// What the last update did.
    fn rule(&self) -> Rule {
        let (rate, l2) = (self.plan.learning_rate, self.plan.l2);
        match self.plan.method {
            Method::Sgd { momentum } => Rule::Sgd { rate, momentum, l2 },
            Method::Adam => {
                let n_updates = i32::try_from(self.n_updates).unwrap_or(i32::MAX);
                let [first_decay, second_decay] = ADAM_DECAY;
                Rule::Adam {
                    rate: rate / (1.0 - first_decay.powi(n_updates)),
                    correction: (1.0 - second_decay.powi(n_updates)).sqrt(),
                    l2,
                }
            }
        }
    }

    /// The weights and the biases of a layer with their state.
    fn layer<'a>(
        &'a mut self,
        layer_idx: usize,
        layer: &'a mut Dense,
        rule: Rule,
    ) -> (Parameters<'a>, Parameters<'a>) {
        let n_units = layer.n_units();
        let [weights, biases] = slices_mut(layer);
        let [first_weights, first_biases] = slices_mut(&mut self.first.layers[layer_idx]);
        let [second_weights, second_biases]: [&mut [f32]; 2] = match &mut self.second {
            Some(second) => slices_mut(&mut second.layers[layer_idx]),
            None => [&mut [], &mut []],
        };
        let parameters = |values, first, second| Parameters {
            values,
            first,
            second,
            n_units,
            rule,
        };
        (
            parameters(weights, first_weights, second_weights),
            parameters(biases, first_biases, second_biases),
        )
    }

    /// What is left to do of a layer's update when the gradient has been used: rows of weights without one, and max-norm.
    fn finish_layer(
        &mut self,
        layer_idx: usize,
        layer: &mut Dense,
        fused: Option<(Rule, &Selection)>,
    ) {
        let is_put_off =
            matches!(self.plan.method, Method::Sgd { .. }) && self.plan.max_norm.is_none();
        let n_updates = self.n_updates;
        match fused.filter(|(_, rows)| !rows.is_all()) {
            None => self.rows[layer_idx].together = n_updates,
            Some((_, rows)) if is_put_off => {
                let state = &mut self.rows[layer_idx];
                rows.indices().for_each(|row| state.own[row] = n_updates);
                state.is_behind = true;
            }
            Some((rule, rows)) => {
                let zeros = std::mem::take(&mut self.zeros);
                let (parameters, _) = self.layer(layer_idx, layer, rule);
                Arch::new().dispatch(UpdateOthers {
                    parameters,
                    rows,
                    zeros: &zeros,
                });
                self.zeros = zeros;
            }
        }
        if let Some(bound) = self.plan.max_norm {
            let factors = &mut self.units[..layer.n_units()];
            Arch::new().dispatch(BoundNorms {
                layer,
                bound,
                factors,
            });
        }
    }
}

/// All numbers of an array of the engine, which are laid out without gaps.
fn slice<D: Dimension>(values: &Array<f32, D>) -> &[f32] {
    values
        .as_slice()
        .expect("arrays of the engine have no gaps")
}

/// The weights and the biases of a layer; `l2` is for both, as in `PyTorch`'s `weight_decay`.
fn slices_mut(layer: &mut Dense) -> [&mut [f32]; 2] {
    let gapless = "arrays of the engine have no gaps";
    [
        layer.weight.as_slice_mut().expect(gapless),
        layer.bias.as_slice_mut().expect(gapless),
    ]
}

#[cfg(test)]
mod tests {
    use pulp::NullaryFnOnce;

    use super::*;
    use crate::math::random::Key;
    use crate::nn::{Activation, Init};

    fn plan(method: Method) -> OptimizerPlan {
        OptimizerPlan {
            method,
            learning_rate: 0.1,
            l2: 0.0,
            max_norm: None,
        }
    }

    fn one_weight() -> Mlp {
        let mut net = Mlp::new(&[1, 1], Activation::Linear, Init::He, Key::new(1));
        net.layers[0].weight.fill(1.0);
        net
    }

    #[test]
    fn momentum_accumulates_and_adams_first_step_is_the_learning_rate() {
        for (method, expected) in [
            (Method::Sgd { momentum: 0.5 }, [0.8, 0.5]),
            (Method::Adam, [0.9, 0.8]),
        ] {
            let mut net = one_weight();
            let mut optimizer = Optimizer::new(plan(method), &net);
            let mut gradients = net.zero_gradients();
            gradients.layers[0].weight.fill(2.0);
            for expected in expected {
                optimizer.update(&mut net, &gradients);
                let weight = net.layers[0].weight[[0, 0]];
                assert!((weight - expected).abs() < 1e-5, "{method:?}: {weight}");
            }
        }
    }

    #[test]
    fn l2_pulls_a_weight_without_gradient_towards_zero() {
        let mut net = one_weight();
        let plan = OptimizerPlan {
            l2: 0.5,
            ..plan(Method::Sgd { momentum: 0.0 })
        };
        let gradients = net.zero_gradients();
        Optimizer::new(plan, &net).update(&mut net, &gradients);
        assert!((net.layers[0].weight[[0, 0]] - 0.95).abs() < 1e-6);
    }

    #[test]
    fn max_norm_bounds_each_units_incoming_weights_and_leaves_the_others_alone() {
        let mut layer = Dense::zeros(2, 2);
        layer.weight = ndarray::array![[3.0, 0.3], [4.0, 0.4]];
        let bound = BoundNorms {
            layer: &mut layer,
            bound: 1.0,
            factors: &mut [0.0; 2],
        };
        bound.call();
        let expected = ndarray::array![[0.6, 0.3], [0.8, 0.4]];
        assert!((layer.weight - expected).mapv(f32::abs).sum() < 1e-6);
    }
}
