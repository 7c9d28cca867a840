//! Optimisers: what a gradient does to a weight.
//!
//! A weight between a dropped input and anything has no gradient, but momentum and the L2 penalty go on moving it. When
//! the pass was executed as a smaller network, such rows of weights are not touched: the optimiser remembers how many
//! updates they are behind and makes up for them when the row is needed again ([`Optimizer::settle`]), update by update
//! as the definition says, only in registers. So nothing depends on when that happens, not even a bit. Adam and max-norm
//! are not put off: the one changes its step from update to update, the other needs a unit's weights of all rows.

#![allow(
    clippy::inline_always,
    reason = "what is not inlined into a dispatched function is compiled without its vectors"
)]

use std::ops::Range;

use ndarray::{Array, Dimension};
use pulp::{Arch, NullaryFnOnce};

use crate::math::matmul::Epilogue;
use crate::math::matrix::Matrix;
use crate::math::selection::Selection;
use crate::nn::{Dense, Gradients, Mlp, Pass, Scratch};

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
    n_updates: u64,
    /// Which updates each layer's rows of weights have had.
    rows: Vec<Rows>,
    /// As many zeros as the widest layer has units.
    zeros: Vec<f32>,
    /// Room for one number for each unit of the widest layer.
    units: Vec<f32>,
}

/// How many updates the rows of a layer's weights have had.
#[derive(Debug, Clone)]
struct Rows {
    /// Those that a row had by itself ...
    own: Vec<u64>,
    /// ... or, if that is more, with all others.
    together: u64,
    /// Whether some row may be behind.
    is_behind: bool,
}

/// The update of a step, the same for all weights.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Sgd { rate: f32, momentum: f32, l2: f32 },
    Adam { rate: f32, correction: f32, l2: f32 },
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
            let all = Selection::all(weight.len());
            Arch::new().dispatch(weights.with(&all, weight));
            let all = Selection::all(bias.len());
            Arch::new().dispatch(biases.with(&all, bias));
            self.finish_layer(layer_idx, layer, None);
        }
    }

    /// Changes the weights and biases of `net` by one update with the gradients of the backward pass in `scratch`, over
    /// the same `x` and masks. Each piece of a gradient changes its weights as soon as it is known, and is forgotten.
    ///
    /// # Panics
    /// If `net`, `x` or `scratch` are of another shape than the network it was made for.
    pub fn update_fused(&mut self, net: &mut Mlp, x: Matrix, pass: Pass, scratch: &mut Scratch) {
        let rule = self.next_rule();
        for (layer_idx, layer) in net.layers.iter_mut().enumerate() {
            let (weights, biases) = self.layer(layer_idx, layer, rule);
            scratch.d_weight(layer_idx, x, pass, weights);
            let (d_bias, units) = scratch.d_bias(layer_idx);
            Arch::new().dispatch(biases.with(units, d_bias));
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
    pub fn settle<'a>(&mut self, net: &mut Mlp, needed: impl Fn(usize) -> Option<&'a Selection>) {
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

/// Weights or biases, and what the optimiser knows of them.
struct Parameters<'a> {
    values: &'a mut [f32],
    first: &'a mut [f32],
    /// Empty where the method has no second moments.
    second: &'a mut [f32],
    n_units: usize,
    rule: Rule,
}

impl Epilogue for Parameters<'_> {
    #[inline(always)]
    fn finish(&mut self, row: usize, columns: Range<usize>, gradients: &mut [f32]) {
        self.update(row * self.n_units + columns.start, gradients);
    }
}

impl<'a> Parameters<'a> {
    /// Updates those from `first` on, as many as there are gradients.
    #[inline(always)]
    fn update(&mut self, first: usize, gradients: &[f32]) {
        let values = &mut self.values[first..][..gradients.len()];
        let moments = &mut self.first[first..][..gradients.len()];
        match self.rule {
            Rule::Sgd { rate, momentum, l2 } => {
                sgd(values, moments, gradients, [rate, momentum, l2]);
            }
            Rule::Adam {
                rate,
                correction,
                l2,
            } => {
                let squares = &mut self.second[first..][..gradients.len()];
                adam(values, moments, squares, gradients, [rate, correction, l2]);
            }
        }
    }

    /// The update of all: of those selected with these gradients, of the others with none.
    fn with(self, selected: &'a Selection, gradients: &'a [f32]) -> UpdateAll<'a> {
        UpdateAll {
            parameters: self,
            selected,
            gradients,
        }
    }
}

// What is done with vectors outside of a product. Types and not closures: what a closure does may become a function of its
// own, and that is compiled without the vectors.

/// Updates all parameters: those selected with these gradients, the others with none.
struct UpdateAll<'a> {
    parameters: Parameters<'a>,
    selected: &'a Selection,
    gradients: &'a [f32],
}

impl NullaryFnOnce for UpdateAll<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        if self.selected.is_all() {
            return self.parameters.update(0, self.gradients);
        }
        let mut places = self.selected.indices().zip(self.gradients).peekable();
        for place in 0..self.parameters.values.len() {
            let gradient = places.next_if(|(selected, _)| *selected == place);
            let gradient = gradient.map_or(0.0, |(_, gradient)| *gradient);
            self.parameters.update(place, &[gradient]);
        }
    }
}

/// Updates the rows that are not selected, without a gradient; `zeros` has at least a row of zeros.
struct UpdateOthers<'a> {
    parameters: Parameters<'a>,
    rows: &'a Selection,
    zeros: &'a [f32],
}

impl NullaryFnOnce for UpdateOthers<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let n_units = self.parameters.n_units;
        let mut selected = self.rows.indices().peekable();
        for row in 0..self.rows.n() {
            if selected.next_if_eq(&row).is_none() {
                self.parameters
                    .update(row * n_units, &self.zeros[..n_units]);
            }
        }
    }
}

/// Brings rows of weights up to the last update.
struct MakeUp<'a> {
    parameters: Parameters<'a>,
    needed: &'a Selection,
    /// Updates that each row has had by itself, and with all others.
    rows: &'a mut [u64],
    together: u64,
    n_updates: u64,
}

impl NullaryFnOnce for MakeUp<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Parameters {
            values,
            first,
            n_units,
            rule,
            ..
        } = self.parameters;
        for row in self.needed.indices() {
            let had = std::mem::replace(&mut self.rows[row], self.n_updates).max(self.together);
            let place = row * n_units..(row + 1) * n_units;
            let row = (&mut values[place.clone()], &mut first[place]);
            rule.make_up(row, self.n_updates - had);
        }
    }
}

/// Numbers that are updated together: few enough for the registers, and enough that none waits for the one before.
const LANES: usize = 8;

/// Pieces from this length on are worth a check whether their slices overlap, after which the compiler makes vectors of
/// plain loops. Shorter ones are taken in blocks by value.
const LONG: usize = 64;

#[inline(always)]
fn sgd(values: &mut [f32], velocities: &mut [f32], gradients: &[f32], settings: [f32; 3]) {
    if gradients.len() >= LONG {
        for ((value, velocity), &gradient) in values.iter_mut().zip(velocities).zip(gradients) {
            ([*value], [*velocity]) = sgd_block([*value], [*velocity], [gradient], settings);
        }
        return;
    }
    let (value_blocks, values) = values.as_chunks_mut::<LANES>();
    let (velocity_blocks, velocities) = velocities.as_chunks_mut::<LANES>();
    let (gradient_blocks, gradients) = gradients.as_chunks::<LANES>();
    let blocks = value_blocks.iter_mut().zip(velocity_blocks);
    for ((value, velocity), gradient) in blocks.zip(gradient_blocks) {
        (*value, *velocity) = sgd_block(*value, *velocity, *gradient, settings);
    }
    for ((value, velocity), &gradient) in values.iter_mut().zip(velocities).zip(gradients) {
        ([*value], [*velocity]) = sgd_block([*value], [*velocity], [gradient], settings);
    }
}

#[inline(always)]
fn sgd_block<const N: usize>(
    mut value: [f32; N],
    mut velocity: [f32; N],
    gradient: [f32; N],
    [rate, momentum, l2]: [f32; 3],
) -> ([f32; N], [f32; N]) {
    for i in 0..N {
        velocity[i] = momentum * velocity[i] + (gradient[i] + l2 * value[i]);
        value[i] -= rate * velocity[i];
    }
    (value, velocity)
}

impl Rule {
    /// Makes `n` updates without a gradient of a row of weights and their velocities.
    #[inline(always)]
    fn make_up(self, (values, velocities): (&mut [f32], &mut [f32]), n: u64) {
        // Enough numbers side by side that none has to wait for its own last update.
        const WIDE: usize = 4 * LANES;
        let Self::Sgd { rate, momentum, l2 } = self else {
            unreachable!("only updates of SGD are put off");
        };
        let settings = [rate, momentum, l2];
        let (value_blocks, values) = values.as_chunks_mut::<WIDE>();
        let (velocity_blocks, velocities) = velocities.as_chunks_mut::<WIDE>();
        for (value, velocity) in value_blocks.iter_mut().zip(velocity_blocks) {
            (*value, *velocity) = make_up_block(*value, *velocity, settings, n);
        }
        for (value, velocity) in values.iter_mut().zip(velocities) {
            ([*value], [*velocity]) = make_up_block([*value], [*velocity], settings, n);
        }
    }
}

#[inline(always)]
fn make_up_block<const N: usize>(
    mut value: [f32; N],
    mut velocity: [f32; N],
    settings: [f32; 3],
    mut n: u64,
) -> ([f32; N], [f32; N]) {
    // Updates between two looks whether the numbers have come to rest: a unit that is always dropped may be behind by
    // millions, and after some hundreds its velocity is too small to move anything.
    const UNSEEN: u64 = 64;
    while n > UNSEEN {
        for _ in 0..UNSEEN {
            (value, velocity) = sgd_block(value, velocity, [0.0; N], settings);
        }
        n -= UNSEEN + 1;
        let before = (value, velocity);
        (value, velocity) = sgd_block(value, velocity, [0.0; N], settings);
        if before == (value, velocity) {
            return before;
        }
    }
    for _ in 0..n {
        (value, velocity) = sgd_block(value, velocity, [0.0; N], settings);
    }
    (value, velocity)
}

#[inline(always)]
fn adam(
    values: &mut [f32],
    means: &mut [f32],
    squares: &mut [f32],
    gradients: &[f32],
    settings: [f32; 3],
) {
    if gradients.len() >= LONG {
        let moments = means.iter_mut().zip(squares);
        for ((value, (mean, square)), &gradient) in values.iter_mut().zip(moments).zip(gradients) {
            ([*value], [*mean], [*square]) =
                adam_block([*value], [*mean], [*square], [gradient], settings);
        }
        return;
    }
    let (value_blocks, values) = values.as_chunks_mut::<LANES>();
    let (mean_blocks, means) = means.as_chunks_mut::<LANES>();
    let (square_blocks, squares) = squares.as_chunks_mut::<LANES>();
    let (gradient_blocks, gradients) = gradients.as_chunks::<LANES>();
    let moments = mean_blocks.iter_mut().zip(square_blocks);
    let blocks = value_blocks.iter_mut().zip(moments);
    for ((value, (mean, square)), gradient) in blocks.zip(gradient_blocks) {
        (*value, *mean, *square) = adam_block(*value, *mean, *square, *gradient, settings);
    }
    let moments = means.iter_mut().zip(squares);
    for ((value, (mean, square)), &gradient) in values.iter_mut().zip(moments).zip(gradients) {
        ([*value], [*mean], [*square]) =
            adam_block([*value], [*mean], [*square], [gradient], settings);
    }
}

#[inline(always)]
fn adam_block<const N: usize>(
    mut value: [f32; N],
    mut mean: [f32; N],
    mut square: [f32; N],
    gradient: [f32; N],
    [rate, correction, l2]: [f32; 3],
) -> ([f32; N], [f32; N], [f32; N]) {
    let [first_decay, second_decay] = ADAM_DECAY;
    for i in 0..N {
        let gradient = gradient[i] + l2 * value[i];
        mean[i] = first_decay * mean[i] + (1.0 - first_decay) * gradient;
        square[i] = second_decay * square[i] + (1.0 - second_decay) * gradient * gradient;
        value[i] -= rate * mean[i] / (square[i].sqrt() / correction + ADAM_EPSILON);
    }
    (value, mean, square)
}

/// Max-norm: scales the incoming weights of each unit whose norm exceeds `bound` down to it, `w *= clip(|w|, 0, c) / |w|`.
struct BoundNorms<'a> {
    layer: &'a mut Dense,
    bound: f32,
    /// Room for a number for each unit.
    factors: &'a mut [f32],
}

impl NullaryFnOnce for BoundNorms<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            layer,
            bound,
            factors,
        } = self;
        let n_units = layer.n_units().max(1);
        let [weights, _] = slices_mut(layer);
        factors.fill(0.0);
        for row in weights.chunks_exact(n_units) {
            for (square, weight) in factors.iter_mut().zip(row) {
                *square += weight * weight;
            }
        }
        for factor in factors.iter_mut() {
            let norm = factor.sqrt();
            *factor = if norm > bound { bound / norm } else { 1.0 };
        }
        for row in weights.chunks_exact_mut(n_units) {
            for (weight, factor) in row.iter_mut().zip(factors.iter()) {
                *weight *= factor;
            }
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
