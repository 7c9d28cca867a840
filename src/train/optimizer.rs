//! Optimisers: what a gradient does to a weight.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined into a dispatched function is compiled without its vectors"
)]

use ndarray::{Array, Dimension};
use pulp::Arch;

use crate::nn::{Dense, Gradients, Mlp};

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

const ADAM_DECAY: [f32; 2] = [0.9, 0.999];
const ADAM_EPSILON: f32 = 1e-7;

/// The state of an optimiser for one network.
#[derive(Debug, Clone)]
pub struct Optimizer {
    plan: OptimizerPlan,
    /// Velocity of SGD; running mean of the gradient for Adam.
    first: Gradients,
    /// Running mean of the squared gradient, for Adam only.
    second: Option<Gradients>,
    n_updates: i32,
    /// Squared norm of each unit's incoming weights, for max-norm.
    squared_norms: Vec<f32>,
}

impl Optimizer {
    /// A fresh state for networks of `net`'s shape.
    pub fn new(plan: OptimizerPlan, net: &Mlp) -> Self {
        let widest = net.widths().into_iter().max().unwrap_or(0);
        let second = (plan.method == Method::Adam).then(|| net.zero_gradients());
        Self {
            plan,
            first: net.zero_gradients(),
            second,
            n_updates: 0,
            squared_norms: vec![0.0; widest],
        }
    }

    /// Changes the weights and biases of `net` by one update.
    ///
    /// # Panics
    /// If `net` or `gradients` are of another shape than the network it was made for.
    pub fn update(&mut self, net: &mut Mlp, gradients: &Gradients) {
        self.n_updates = self.n_updates.saturating_add(1);
        for layer_idx in 0..net.layers.len() {
            self.update_layer(
                layer_idx,
                &mut net.layers[layer_idx],
                &gradients.layers[layer_idx],
            );
            if let Some(bound) = self.plan.max_norm {
                bound_norms(&mut net.layers[layer_idx], bound, &mut self.squared_norms);
            }
        }
    }

    fn update_layer(&mut self, layer_idx: usize, layer: &mut Dense, gradient: &Dense) {
        let (rate, l2) = (self.plan.learning_rate, self.plan.l2);
        let gradients = [slice(&gradient.weight), slice(&gradient.bias)];
        let values = slices_mut(layer);
        let first = slices_mut(&mut self.first.layers[layer_idx]);
        let parts = values.into_iter().zip(first).zip(gradients);
        match (self.plan.method, &mut self.second) {
            (Method::Sgd { momentum }, _) => {
                for ((values, velocities), gradients) in parts {
                    Arch::new()
                        .dispatch(|| sgd(values, velocities, gradients, [rate, momentum, l2]));
                }
            }
            (Method::Adam, Some(second)) => {
                let [first_decay, second_decay] = ADAM_DECAY;
                let rate = rate / (1.0 - first_decay.powi(self.n_updates));
                let correction = (1.0 - second_decay.powi(self.n_updates)).sqrt();
                for (((values, means), gradients), squares) in
                    parts.zip(slices_mut(&mut second.layers[layer_idx]))
                {
                    let settings = [rate, correction, l2];
                    Arch::new().dispatch(|| adam(values, means, squares, gradients, settings));
                }
            }
            (Method::Adam, None) => unreachable!("Adam is made with its second moments"),
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

#[inline(always)]
fn sgd(
    values: &mut [f32],
    velocities: &mut [f32],
    gradients: &[f32],
    [rate, momentum, l2]: [f32; 3],
) {
    for ((value, velocity), &gradient) in values.iter_mut().zip(velocities).zip(gradients) {
        *velocity = momentum * *velocity + (gradient + l2 * *value);
        *value -= rate * *velocity;
    }
}

#[inline(always)]
fn adam(
    values: &mut [f32],
    means: &mut [f32],
    squares: &mut [f32],
    gradients: &[f32],
    [rate, correction, l2]: [f32; 3],
) {
    let [first_decay, second_decay] = ADAM_DECAY;
    let moments = means.iter_mut().zip(squares);
    for ((value, (mean, square)), &gradient) in values.iter_mut().zip(moments).zip(gradients) {
        let gradient = gradient + l2 * *value;
        *mean = first_decay * *mean + (1.0 - first_decay) * gradient;
        *square = second_decay * *square + (1.0 - second_decay) * gradient * gradient;
        *value -= rate * *mean / (square.sqrt() / correction + ADAM_EPSILON);
    }
}

/// Max-norm: scales the incoming weights of each unit whose norm exceeds `bound` down to it, `w *= clip(|w|, 0, c) / |w|`.
fn bound_norms(layer: &mut Dense, bound: f32, squared_norms: &mut [f32]) {
    let factors = &mut squared_norms[..layer.n_units()];
    factors.fill(0.0);
    for row in layer.weight.rows() {
        for (square, weight) in factors.iter_mut().zip(row) {
            *square += weight * weight;
        }
    }
    for factor in factors.iter_mut() {
        let norm = factor.sqrt();
        *factor = if norm > bound { bound / norm } else { 1.0 };
    }
    for mut row in layer.weight.rows_mut() {
        for (weight, factor) in row.iter_mut().zip(factors.iter()) {
            *weight *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
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
        bound_norms(&mut layer, 1.0, &mut [0.0; 2]);
        let expected = ndarray::array![[0.6, 0.3], [0.8, 0.4]];
        assert!((layer.weight - expected).mapv(f32::abs).sum() < 1e-6);
    }
}
