//! The multilayer perceptron: forward and backward passes as pure functions of (weights, input, masks).

#![allow(
    clippy::inline_always,
    reason = "what happens to the rows of a product must be compiled with the product's instructions"
)]

use ndarray::ArrayView1;

use super::rows::{LayerThinning, finish, through_activation};
use super::{Activation, Dense, Init, Mask, Masks, Scratch};
use crate::math::matmul::{Epilogue, Kernels};
use crate::math::matrix::{Matrix, MatrixMut, spaced};
use crate::math::random::Key;
use crate::math::selection::Selection;

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
    pub(super) fn mask(self, layer_idx: usize) -> Option<&'a Mask> {
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
    /// Activation, mask and rescaling happen to each row of a product while it is in the caches. Where the batch shares a
    /// mask, the pass may be executed as the smaller network that it is ([`super::Execution`]): the weights of kept units
    /// are picked out, and dropped units take no part in any product. The outputs are the same to the last bit, unless a
    /// weight is infinite or not a number.
    ///
    /// # Panics
    /// If `x`, the masks or `scratch` do not have the network's widths, or `x` more rows than `scratch` is for.
    pub fn forward<'x>(&self, x: impl Into<Matrix<'x>>, pass: Pass, scratch: &mut Scratch) {
        let x = x.into();
        let n_rows = x.size()[0];
        scratch.begin(n_rows, pass);
        let Scratch {
            kernels,
            selections,
            inputs,
            weights,
            biases,
            outputs,
            ..
        } = scratch;
        let activation = self.activation;
        if let Some(mask) = pass.mask(0) {
            mask_input(kernels, x, mask, &selections[0], &mut inputs[0]);
        }
        for (layer_idx, layer) in self.layers.iter().enumerate() {
            let (rows, columns) = (&selections[layer_idx], &selections[layer_idx + 1]);
            if !rows.is_all() || !columns.is_all() {
                let (weight, picked) = (layer.weight.view().into(), &mut weights[layer_idx]);
                // Once, and large enough for every selection to come.
                picked.resize(rows.n() * spaced(columns.n()), 0.0);
                kernels.pick(weight, rows, columns, picked);
            }
            let weight = layer_weight(layer, rows, columns, &weights[layer_idx]);
            let bias = layer_bias(layer, columns, biases);
            let (below, above) = inputs.split_at_mut(layer_idx + 1);
            let input = layer_input(x, pass, layer_idx, rows, &below[layer_idx]);
            let is_hidden = layer_idx + 1 < self.layers.len();
            let out = above.first_mut().unwrap_or(&mut *outputs);
            let thinning = LayerThinning::of(pass.mask(layer_idx + 1), !columns.is_all());
            let size = [n_rows, columns.len()];
            let out = MatrixMut::new(out, size, spaced(columns.len()));
            kernels.forward(
                input,
                weight,
                bias,
                out,
                #[inline(always)]
                |row, values: &mut [f32]| {
                    if is_hidden {
                        finish(values, thinning.row(row), activation);
                    }
                },
            );
        }
    }

    /// Computes the loss's gradients with respect to the weighted sums of all layers, given the one with respect to the
    /// outputs in `scratch` and the same masks as in the forward pass. [`Scratch::d_weight`] makes of them, layer by
    /// layer, what changes the weights.
    ///
    /// # Panics
    /// If the masks or `scratch` do not have the network's widths.
    pub fn backward(&self, pass: Pass, scratch: &mut Scratch) {
        let Scratch {
            kernels,
            n_rows,
            selections,
            inputs,
            weights,
            d_sums,
            ..
        } = scratch;
        for (layer_idx, layer) in self.layers.iter().enumerate().skip(1).rev() {
            let (rows, columns) = (&selections[layer_idx], &selections[layer_idx + 1]);
            let weight = layer_weight(layer, rows, columns, &weights[layer_idx]);
            let (below, above) = d_sums.split_at_mut(layer_idx);
            let (d_below, d_here) = (&mut below[layer_idx - 1], &above[0]);
            let d_here = Matrix::new(d_here, [*n_rows, columns.len()], spaced(columns.len()));
            let size = [*n_rows, rows.len()];
            let d_below = MatrixMut::new(d_below, size, spaced(rows.len()));
            let activations = Matrix::new(&inputs[layer_idx], size, spaced(rows.len()));
            let activation = self.activation;
            let thinning = LayerThinning::of(pass.mask(layer_idx), !rows.is_all());
            kernels.d_input(
                d_here,
                weight,
                d_below,
                #[inline(always)]
                |row, values: &mut [f32]| {
                    let activations = activations.row(row);
                    through_activation(values, activations, thinning.row(row), activation);
                },
            );
        }
    }

    /// The gradients of all weights and biases after a backward pass over the same `x` and masks.
    ///
    /// # Panics
    /// If `x` or `scratch` do not have the network's widths.
    pub fn gradients<'x>(
        &self,
        x: impl Into<Matrix<'x>>,
        pass: Pass,
        scratch: &mut Scratch,
    ) -> Gradients {
        let x = x.into();
        let mut gradients = self.zero_gradients();
        for (layer_idx, gradient) in gradients.layers.iter_mut().enumerate() {
            let weight = &mut gradient.weight;
            scratch.d_weight(layer_idx, x, pass, |row, d_weight: &mut [f32]| {
                weight.row_mut(row).assign(&ArrayView1::from(&*d_weight));
            });
            let d_bias = ArrayView1::from(scratch.d_bias(layer_idx));
            gradient.bias.assign(&d_bias);
        }
        gradients
    }
}

impl Scratch {
    /// The gradient of the weights of dense layer `layer_idx` after a backward pass over the same `x` and masks, kept
    /// nowhere: the epilogue sees each row of it once, whole. Rows of inputs that the pass left out are all zero, and the
    /// epilogue does not see them.
    ///
    /// # Panics
    /// If there is no such layer, or `x` is not what went through the forward pass.
    pub fn d_weight<'x>(
        &mut self,
        layer_idx: usize,
        x: impl Into<Matrix<'x>>,
        pass: Pass,
        epilogue: impl Epilogue,
    ) {
        let (rows, columns) = (&self.selections[layer_idx], &self.selections[layer_idx + 1]);
        let input = layer_input(x.into(), pass, layer_idx, rows, &self.inputs[layer_idx]);
        let size = [self.n_rows, columns.len()];
        let d_sums = Matrix::new(&self.d_sums[layer_idx], size, spaced(columns.len()));
        self.kernels
            .d_weight(input, d_sums, (rows, columns), epilogue);
    }

    /// The gradient of the biases of dense layer `layer_idx` after a backward pass, 0 for the units that it left out.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn d_bias(&mut self, layer_idx: usize) -> &[f32] {
        let columns = &self.selections[layer_idx + 1];
        let size = [self.n_rows, columns.len()];
        let d_sums = Matrix::new(&self.d_sums[layer_idx], size, spaced(columns.len()));
        let d_biases = &mut self.d_biases[..columns.n()];
        d_biases.fill(0.0);
        if columns.is_all() {
            self.kernels.add_rows(d_sums, d_biases);
        } else {
            let sums = &mut self.biases[..columns.len()];
            sums.fill(0.0);
            self.kernels.add_rows(d_sums, sums);
            for (unit, &sum) in columns.indices().zip(&*sums) {
                d_biases[unit] = sum;
            }
        }
        d_biases
    }
}

/// The network's input with its mask applied, into `out`; without the dropped units if some are not selected.
fn mask_input(kernels: &Kernels, x: Matrix, mask: &Mask, selection: &Selection, out: &mut [f32]) {
    let n_rows = x.size()[0];
    kernels.pick(x, &Selection::all(n_rows), selection, out);
    let n_kept = selection.len();
    let mut masked = MatrixMut::new(out, [n_rows, n_kept], spaced(n_kept));
    let thinning = LayerThinning::of(Some(mask), !selection.is_all());
    for row in 0..n_rows {
        let values = masked.row_mut(row);
        finish(values, thinning.row(row), Activation::Linear);
    }
}

/// The weights as they are multiplied: the layer's own, unless some units are left out.
fn layer_weight<'a>(
    layer: &'a Dense,
    rows: &Selection,
    columns: &Selection,
    picked: &'a [f32],
) -> Matrix<'a> {
    if rows.is_all() && columns.is_all() {
        layer.weight.view().into()
    } else {
        Matrix::new(picked, [rows.len(), columns.len()], spaced(columns.len()))
    }
}

/// The biases of the selected units.
fn layer_bias<'a>(layer: &'a Dense, columns: &Selection, picked: &'a mut [f32]) -> &'a [f32] {
    let bias = layer.bias.as_slice().expect("biases have no gaps");
    if columns.is_all() {
        return bias;
    }
    for (picked, unit) in picked.iter_mut().zip(columns.indices()) {
        *picked = bias[unit];
    }
    &picked[..columns.len()]
}

/// The input of a dense layer as it is multiplied: the caller's own for the first layer, unless that is masked.
fn layer_input<'a>(
    x: Matrix<'a>,
    pass: Pass,
    layer_idx: usize,
    rows: &Selection,
    stored: &'a [f32],
) -> Matrix<'a> {
    let is_callers = layer_idx == 0 && pass.mask(0).is_none();
    if is_callers {
        x
    } else {
        Matrix::new(stored, [x.size()[0], rows.len()], spaced(rows.len()))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayView2, array};

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
        net.forward(x.view(), Pass::Thinned(&masks), &mut scratch);
        let (logits, d_logits) = scratch.outputs_and_gradient();
        softmax_cross_entropy(logits, &[0, 1], d_logits);
        net.backward(Pass::Thinned(&masks), &mut scratch);
        let gradients = net.gradients(x.view(), Pass::Thinned(&masks), &mut scratch);
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
