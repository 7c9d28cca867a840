//! The multilayer perceptron: forward and backward passes as pure functions of (weights, input, masks).

#![allow(
    clippy::inline_always,
    reason = "what happens to a piece of a product must be compiled with the product's instructions"
)]

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::{Activation, Dense, Init, Mask, Masks};
use crate::math::matmul::{Kernels, Level};
use crate::math::random::Key;

/// Dense layers with one activation function between them; the outputs are logits or values, without activation.
#[derive(Debug, Clone, PartialEq)]
pub struct Mlp {
    /// At least one layer, first to last.
    pub layers: Vec<Dense>,
    /// The activation function of the hidden units.
    pub activation: Activation,
}

/// Which network a pass runs through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pass<'a> {
    /// All units, as at test time.
    Full,
    /// The thinned network that the masks leave, its kept activations divided by `keep`.
    Thinned(&'a Masks),
}

impl<'a> Pass<'a> {
    /// The mask of the input of dense layer `layer_idx`, if one drops anything.
    fn mask(self, layer_idx: usize) -> Option<&'a Mask> {
        match self {
            Self::Full => None,
            Self::Thinned(masks) => masks.layers().get(layer_idx).filter(|mask| !mask.is_none()),
        }
    }
}

/// The gradients of all weights and biases, in the layers' own shapes.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// One for each layer of the network.
    pub layers: Vec<Dense>,
}

/// The memory of a pass, laid out once and used again for every batch up to the size it was made for.
#[derive(Debug, Clone)]
pub struct Scratch {
    kernels: Kernels,
    widths: Vec<usize>,
    /// The input of each dense layer as it was multiplied, mask applied, [B, I]; the first is empty until the
    /// network's input is masked, else the caller's own is used.
    inputs: Vec<Vec<f32>>,
    outputs: Vec<f32>,
    d_outputs: Vec<f32>,
    /// Two gradients with respect to activations, of the layer at hand and of the one below.
    d_activations: [Vec<f32>; 2],
    n_rows: usize,
}

impl Scratch {
    /// Memory for passes of networks with these widths and batches of at most `max_rows` examples.
    pub fn new(widths: &[usize], max_rows: usize) -> Self {
        Self::with_kernels(Kernels::new(Level::detect()), widths, max_rows)
    }

    /// The same, for passes with these kernels instead of the best that the machine has.
    pub fn with_kernels(kernels: Kernels, widths: &[usize], max_rows: usize) -> Self {
        let widest = widths.iter().copied().max().unwrap_or(0) * max_rows;
        let n_outputs = widths.last().copied().unwrap_or(0) * max_rows;
        Self {
            kernels,
            widths: widths.to_vec(),
            inputs: widths[..widths.len().saturating_sub(1)]
                .iter()
                .map(|width| vec![0.0; width * max_rows])
                .collect(),
            outputs: vec![0.0; n_outputs],
            d_outputs: vec![0.0; n_outputs],
            d_activations: [vec![0.0; widest], vec![0.0; widest]],
            n_rows: 0,
        }
    }

    /// The outputs of the last forward pass, [B, C].
    pub fn outputs(&self) -> ArrayView2<'_, f32> {
        matrix(&self.outputs, self.n_rows, self.n_outputs())
    }

    /// The outputs of the last forward pass and, to be filled in, the loss's gradient with respect to them, both [B, C].
    pub fn outputs_and_gradient(&mut self) -> (ArrayView2<'_, f32>, ArrayViewMut2<'_, f32>) {
        let (n_rows, n_outputs) = (self.n_rows, self.n_outputs());
        (
            matrix(&self.outputs, n_rows, n_outputs),
            matrix_mut(&mut self.d_outputs, n_rows, n_outputs),
        )
    }

    /// The activations of hidden layer `hidden_idx` in the last forward pass, mask applied, [B, U].
    ///
    /// # Panics
    /// If there is no such hidden layer.
    pub fn hidden(&self, hidden_idx: usize) -> ArrayView2<'_, f32> {
        matrix(
            &self.inputs[hidden_idx + 1],
            self.n_rows,
            self.widths[hidden_idx + 1],
        )
    }

    fn n_outputs(&self) -> usize {
        self.widths.last().copied().unwrap_or(0)
    }
}

fn matrix(values: &[f32], n_rows: usize, n_cols: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((n_rows, n_cols), &values[..n_rows * n_cols])
        .expect("the slice has the matrix's length")
}

fn matrix_mut(values: &mut [f32], n_rows: usize, n_cols: usize) -> ArrayViewMut2<'_, f32> {
    ArrayViewMut2::from_shape((n_rows, n_cols), &mut values[..n_rows * n_cols])
        .expect("the slice has the matrix's length")
}

impl Mlp {
    /// A fresh network: `widths` are the inputs, the hidden layers and the outputs.
    ///
    /// # Panics
    /// With fewer than two widths, or one that is 0.
    pub fn new(widths: &[usize], activation: Activation, init: Init, key: Key) -> Self {
        assert!(
            widths.len() >= 2 && widths.iter().all(|&width| width > 0),
            "widths {widths:?}"
        );
        let layer =
            |(idx, pair): (usize, &[usize])| init.layer(pair[0], pair[1], key.nth(idx as u64));
        Self {
            layers: widths.windows(2).enumerate().map(layer).collect(),
            activation,
        }
    }

    /// Inputs, hidden widths, outputs.
    pub fn widths(&self) -> Vec<usize> {
        let inputs = self.layers.iter().map(Dense::n_inputs);
        inputs
            .chain(self.layers.last().map(Dense::n_units))
            .collect()
    }

    /// The Euclidean norm of all weights together, without biases.
    pub fn weight_norm(&self) -> f64 {
        self.layers
            .iter()
            .map(Dense::squared_norm)
            .sum::<f64>()
            .sqrt()
    }

    /// Weights and biases, counted.
    pub fn n_parameters(&self) -> usize {
        self.layers
            .iter()
            .map(|layer| layer.weight.len() + layer.bias.len())
            .sum()
    }

    /// Gradients of this network's shape, all zero.
    pub fn zero_gradients(&self) -> Gradients {
        Gradients {
            layers: self
                .layers
                .iter()
                .map(|layer| Dense::zeros(layer.n_inputs(), layer.n_units()))
                .collect(),
        }
    }

    /// Computes the outputs for `x` [B, I]; they are in `scratch` afterwards, as is what the backward pass needs.
    ///
    /// `x` is row-major without gaps. Activation, mask and rescaling happen to each piece of a product while it is in
    /// cache.
    ///
    /// # Panics
    /// If `x`, the masks or `scratch` do not have the network's widths, or `x` more rows than `scratch` is for.
    pub fn forward(&self, x: ArrayView2<f32>, pass: Pass, scratch: &mut Scratch) {
        let (n_rows, kernels) = (x.nrows(), scratch.kernels);
        scratch.n_rows = n_rows;
        if let Some(mask) = pass.mask(0) {
            let mut masked = matrix_mut(&mut scratch.inputs[0], n_rows, x.ncols());
            masked.assign(&x);
            for (row, mut values) in masked.rows_mut().into_iter().enumerate() {
                let values = values.as_slice_mut().expect("the scratch has no gaps");
                finish(
                    values,
                    mask_of(Some(mask), row, 0..values.len()),
                    Activation::Linear,
                );
            }
        }
        for (layer_idx, layer) in self.layers.iter().enumerate() {
            let (below, above) = scratch.inputs.split_at_mut(layer_idx + 1);
            let input = layer_input(x, pass, layer_idx, &below[layer_idx], layer.n_inputs());
            let (weight, bias) = (layer.weight.view(), layer.bias.view());
            let n_units = layer.n_units();
            match above.first_mut() {
                None => {
                    let outputs = matrix_mut(&mut scratch.outputs, n_rows, n_units);
                    kernels.forward(input, weight, bias, outputs, |_, _, _| ());
                }
                Some(activations) => {
                    let (mask, activation) = (pass.mask(layer_idx + 1), self.activation);
                    let activations = matrix_mut(activations, n_rows, n_units);
                    kernels.forward(
                        input,
                        weight,
                        bias,
                        activations,
                        #[inline(always)]
                        |row, columns, values| {
                            finish(values, mask_of(mask, row, columns), activation);
                        },
                    );
                }
            }
        }
    }

    /// Computes all gradients, given the loss's gradient in `scratch` and the same `x` and masks as in the forward pass.
    ///
    /// # Panics
    /// As [`Mlp::forward`].
    pub fn backward(
        &self,
        x: ArrayView2<f32>,
        pass: Pass,
        scratch: &mut Scratch,
        gradients: &mut Gradients,
    ) {
        let (n_rows, kernels) = (scratch.n_rows, scratch.kernels);
        let [d_here, d_below] = &mut scratch.d_activations;
        d_here[..scratch.d_outputs.len()].copy_from_slice(&scratch.d_outputs);
        for (layer_idx, layer) in self.layers.iter().enumerate().rev() {
            let n_inputs = layer.n_inputs();
            let stored = &scratch.inputs[layer_idx];
            let input = layer_input(x, pass, layer_idx, stored, n_inputs);
            let d_z = matrix(d_here, n_rows, layer.n_units());
            let gradient = &mut gradients.layers[layer_idx];
            kernels.d_weight(input, d_z, gradient.weight.view_mut(), |_, _, _| ());
            gradient.bias.fill(0.0);
            for row in d_z.rows() {
                gradient.bias += &row;
            }
            if layer_idx > 0 {
                let (mask, activation) = (pass.mask(layer_idx), self.activation);
                kernels.d_input(
                    d_z,
                    layer.weight.view(),
                    matrix_mut(d_below, n_rows, n_inputs),
                    #[inline(always)]
                    |row, columns: Range<usize>, values| {
                        let activations = &stored[row * n_inputs..][columns.clone()];
                        through_activation(
                            values,
                            activations,
                            mask_of(mask, row, columns),
                            activation,
                        );
                    },
                );
                std::mem::swap(d_here, d_below);
            }
        }
    }
}

/// The input of a dense layer as it is multiplied: the caller's own for the first layer, unless that is masked.
fn layer_input<'a>(
    x: ArrayView2<'a, f32>,
    pass: Pass,
    layer_idx: usize,
    stored: &'a [f32],
    n_inputs: usize,
) -> ArrayView2<'a, f32> {
    let is_callers = layer_idx == 0 && pass.mask(0).is_none();
    if is_callers {
        x
    } else {
        matrix(stored, x.nrows(), n_inputs)
    }
}

/// The part of a mask that belongs to a piece of a row: 1 for kept and 0 for dropped, the scale of what is kept, and
/// `keep`, its inverse.
type MaskPiece<'a> = Option<(&'a [u8], f32, f32)>;

#[inline(always)]
fn mask_of(mask: Option<&Mask>, row: usize, columns: Range<usize>) -> MaskPiece<'_> {
    let mask = mask?;
    Some((
        &mask.row(row)[columns],
        mask.rate().scale(),
        mask.rate().keep() as f32,
    ))
}

/// `value` where `kept` is 1, +0 where it is 0, whatever `value` is.
///
/// By bits and not by `if`: which units are kept is random, and a mispredicted branch a unit costs more than the products.
#[inline(always)]
fn selected(kept: u8, value: f32) -> f32 {
    f32::from_bits(value.to_bits() & 0_u32.wrapping_sub(u32::from(kept)))
}

/// Activation, mask and rescaling of a piece of weighted sums, in one pass over them.
///
/// Dropped units are selected away, not multiplied by 0: they become +0 whatever they were.
#[inline(always)]
fn finish(values: &mut [f32], mask: MaskPiece, activation: Activation) {
    match activation {
        Activation::Relu => finish_with(values, mask, |z| Activation::Relu.value(z)),
        Activation::Tanh => finish_with(values, mask, |z| Activation::Tanh.value(z)),
        Activation::Sigmoid => finish_with(values, mask, |z| Activation::Sigmoid.value(z)),
        Activation::Linear => finish_with(values, mask, |z| z),
    }
}

/// [`finish`] with the activation function known to the compiler.
#[inline(always)]
fn finish_with(values: &mut [f32], mask: MaskPiece, value: impl Fn(f32) -> f32) {
    match mask {
        None => values.iter_mut().for_each(|z| *z = value(*z)),
        Some((kept, scale, _)) => {
            for (z, &kept) in values.iter_mut().zip(kept) {
                *z = selected(kept, value(*z) * scale);
            }
        }
    }
}

/// Turns gradients with respect to masked activations into those with respect to the weighted sums, in place.
///
/// A dropped unit gets exactly 0. `activations` are what the forward pass left there.
#[inline(always)]
fn through_activation(
    gradients: &mut [f32],
    activations: &[f32],
    mask: MaskPiece,
    activation: Activation,
) {
    match activation {
        Activation::Relu => through_with(gradients, activations, mask, |a| {
            Activation::Relu.derivative(a)
        }),
        Activation::Tanh => through_with(gradients, activations, mask, |a| {
            Activation::Tanh.derivative(a)
        }),
        Activation::Sigmoid => through_with(gradients, activations, mask, |a| {
            Activation::Sigmoid.derivative(a)
        }),
        Activation::Linear => through_with(gradients, activations, mask, |_| 1.0),
    }
}

/// [`through_activation`] with the derivative known to the compiler.
#[inline(always)]
fn through_with(
    gradients: &mut [f32],
    activations: &[f32],
    mask: MaskPiece,
    derivative: impl Fn(f32) -> f32,
) {
    match mask {
        None => {
            for (gradient, &a) in gradients.iter_mut().zip(activations) {
                *gradient *= derivative(a);
            }
        }
        Some((kept, scale, keep)) => {
            for ((gradient, &a), &kept) in gradients.iter_mut().zip(activations).zip(kept) {
                *gradient = selected(kept, *gradient * scale * derivative(a * keep));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::nn::DropRate;
    use crate::nn::loss::softmax_cross_entropy;

    fn small() -> Mlp {
        Mlp::new(&[3, 4, 2], Activation::Relu, Init::He, Key::new(1))
    }

    fn outputs(net: &Mlp, x: ArrayView2<f32>, pass: Pass) -> Array2<f32> {
        let mut scratch = Scratch::new(&net.widths(), x.nrows());
        net.forward(x, pass, &mut scratch);
        scratch.outputs().to_owned()
    }

    #[test]
    fn a_full_pass_is_relu_of_the_affine_maps() {
        let net = small();
        let x = array![[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]];
        let hidden = (x.dot(&net.layers[0].weight) + &net.layers[0].bias).mapv(|z| z.max(0.0));
        let expected = hidden.dot(&net.layers[1].weight) + &net.layers[1].bias;
        let difference = (outputs(&net, x.view(), Pass::Full) - expected)
            .mapv(f32::abs)
            .sum();
        assert!(difference < 1e-6, "{difference}");
    }

    #[test]
    fn a_layer_dropped_whole_leaves_the_bias_of_the_next() {
        let mut net = small();
        net.layers[1].bias = array![0.25, -1.0];
        let all = |units| Mask::from_kept(DropRate::ALL, 1, units, vec![0; units]);
        let masks = Masks::new(vec![Mask::none(), all(4)]);
        let out = outputs(
            &net,
            array![[1.0, f32::INFINITY, 3.0]].view(),
            Pass::Thinned(&masks),
        );
        assert_eq!(out, array![[0.25, -1.0]]);
    }

    #[test]
    fn dropped_units_get_exactly_zero_gradient_on_both_sides() {
        let net = small();
        let mask = Mask::from_kept(DropRate::new(0.5).unwrap(), 1, 4, vec![1, 0, 1, 0]);
        let masks = Masks::new(vec![Mask::none(), mask]);
        let (x, mut scratch) = (
            array![[0.5, 1.0, 2.0], [1.0, 1.0, -0.5]],
            Scratch::new(&net.widths(), 2),
        );
        let mut gradients = net.zero_gradients();
        net.forward(x.view(), Pass::Thinned(&masks), &mut scratch);
        let (logits, d_logits) = scratch.outputs_and_gradient();
        softmax_cross_entropy(logits, &[0, 1], d_logits);
        net.backward(
            x.view(),
            Pass::Thinned(&masks),
            &mut scratch,
            &mut gradients,
        );
        for unit in [1, 3] {
            assert!(
                gradients.layers[0]
                    .weight
                    .column(unit)
                    .iter()
                    .all(|&d_weight| d_weight == 0.0)
            );
            assert!(
                gradients.layers[1]
                    .weight
                    .row(unit)
                    .iter()
                    .all(|&d_weight| d_weight == 0.0)
            );
            assert_eq!(gradients.layers[0].bias[unit], 0.0);
        }
        assert!(
            gradients.layers[1]
                .weight
                .iter()
                .any(|&d_weight| d_weight != 0.0)
        );
    }
}
