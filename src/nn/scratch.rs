//! The memory of a pass, laid out once, and how a pass is executed: as the masked network or as a smaller one.

use std::str::FromStr;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::{Mask, Pass};
use crate::math::matmul::{Kernels, Level};
use crate::math::matrix::{Matrix, MatrixMut, spaced};
use crate::math::selection::Selection;

/// How thinned networks are executed. The numbers are the same to the last bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Execution {
    /// As a smaller network wherever a mask is shared by the batch and drops enough to make that faster.
    #[default]
    Auto,
    /// As a smaller network wherever a mask is shared by the batch.
    Compact,
    /// Always as the whole network, with dropped activations set to 0.
    Masked,
}

impl Execution {
    /// All of them, in the order in which they are listed to the user.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Compact, Self::Masked];

    /// The word by which settings name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Compact => "compact",
            Self::Masked => "masked",
        }
    }
}

/// A word that names no way of executing thinned networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown execution `{0}`; accepted are auto, compact and masked")]
pub struct UnknownExecution(pub String);

impl FromStr for Execution {
    type Err = UnknownExecution;

    fn from_str(text: &str) -> Result<Self, UnknownExecution> {
        let found = Self::ALL
            .into_iter()
            .find(|execution| execution.name() == text);
        found.ok_or_else(|| UnknownExecution(text.to_owned()))
    }
}

/// How passes are computed. None of it changes what is computed, but for the rounding of levels without fused
/// multiply-add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engine {
    /// The instructions of the products.
    pub level: Level,
    /// How thinned networks are executed.
    pub execution: Execution,
}

impl Default for Engine {
    /// The best that the machine has.
    fn default() -> Self {
        Self {
            level: Level::detect(),
            execution: Execution::default(),
        }
    }
}

/// The share of kept units up to which picking them out costs less than computing the others for nothing.
///
/// Measured with AVX2 at rate .1, where 64-128-128-10 is an eighth slower for it and 784-256-256-10 no faster, and at rate .2,
/// where the first is as fast and the second a sixth faster; 64-256-256-10 is as fast at .15.
const MOST_KEPT: f64 = 0.85;

/// A layer of fewer units is not worth the picking.
const FEWEST_UNITS: usize = 16;

impl Execution {
    /// Whether the units that `mask` keeps are picked out. What was drawn decides, never a clock.
    fn is_compact(self, mask: &Mask) -> bool {
        let is_shared = mask.n_rows() == 1;
        match self {
            Self::Masked => false,
            Self::Compact => is_shared,
            Self::Auto => {
                let most = MOST_KEPT * mask.n_units() as f64;
                is_shared && mask.n_units() >= FEWEST_UNITS && mask.n_kept() as f64 <= most
            }
        }
    }
}

/// The memory of a pass, laid out once and used again for every batch up to the size it was made for.
///
/// Activations and gradients are [B, U], or [B, kept units] where dropped units are left out.
#[derive(Debug, Clone)]
pub struct Scratch {
    pub(super) kernels: Kernels,
    execution: Execution,
    widths: Vec<usize>,
    pub(super) n_rows: usize,
    /// Which units of each layer the pass computes, the input's first, the outputs last.
    pub(super) selections: Vec<Selection>,
    /// The input of each dense layer as it was multiplied, mask applied; the first is empty until the network's input is
    /// masked, else the caller's own is used.
    pub(super) inputs: Vec<Vec<f32>>,
    /// The weights between selected units, for layers where some are left out; empty before.
    pub(super) weights: Vec<Vec<f32>>,
    /// Room for a number for each selected unit of the layer at hand: biases, or their gradient.
    pub(super) biases: Vec<f32>,
    pub(super) outputs: Vec<f32>,
    /// The gradient with respect to the weighted sums of each dense layer.
    pub(super) d_sums: Vec<Vec<f32>>,
    /// The gradient with respect to the biases of the layer at hand.
    pub(super) d_biases: Vec<f32>,
}

impl Scratch {
    /// Memory for passes of networks with these widths and batches of at most `max_rows` examples.
    pub fn new(widths: &[usize], max_rows: usize) -> Self {
        Self::with_engine(Engine::default(), widths, max_rows)
    }

    /// The same for passes that are computed as `engine` says.
    pub fn with_engine(engine: Engine, widths: &[usize], max_rows: usize) -> Self {
        let matrix = |width: &usize| vec![0.0; spaced(*width) * max_rows];
        let after_first = widths.get(1..).unwrap_or_default();
        let widest = widths.iter().copied().max().unwrap_or(0);
        let n_layers = after_first.len();
        Self {
            kernels: Kernels::new(engine.level),
            execution: engine.execution,
            widths: widths.to_vec(),
            n_rows: 0,
            selections: widths.iter().copied().map(Selection::all).collect(),
            inputs: widths[..n_layers].iter().map(matrix).collect(),
            weights: vec![Vec::new(); n_layers],
            biases: vec![0.0; widest],
            outputs: widths.last().map(matrix).unwrap_or_default(),
            d_sums: after_first.iter().map(matrix).collect(),
            d_biases: vec![0.0; widest],
        }
    }

    /// The bytes of it, without the weights between selected units; the largest number where there is none for them.
    pub fn bytes(widths: &[usize], max_rows: usize) -> u64 {
        // Each layer has its activations and, behind the first, their gradients.
        let n_matrices = |idx: usize| if idx == 0 { 1 } else { 2 };
        let matrix = |width: usize| (spaced(width) as u64).saturating_mul(max_rows as u64);
        let layers = widths.iter().enumerate();
        let matrices = layers.map(|(idx, &width)| matrix(width).saturating_mul(n_matrices(idx)));
        let widest = widths.iter().copied().max().unwrap_or(0);
        let numbers = matrices.fold(2 * widest as u64, u64::saturating_add);
        numbers
            .saturating_mul(size_of::<f32>() as u64)
            .saturating_add(Kernels::bytes(widest))
    }

    /// Begins a pass over `n_rows` examples: decides which units it computes. [`super::Mlp::forward`] does so itself.
    pub fn begin(&mut self, n_rows: usize, pass: Pass) {
        self.n_rows = n_rows;
        let layers = self.widths.iter().zip(&mut self.selections);
        for (layer_idx, (&width, selection)) in layers.enumerate() {
            match pass.mask(layer_idx) {
                Some(mask) if self.execution.is_compact(mask) => selection.select(mask.kept()),
                _ => selection.select_all(width),
            }
        }
    }

    /// Which units of the input of dense layer `layer_idx` the last pass computed; for the number of layers, which
    /// outputs.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn selection(&self, layer_idx: usize) -> &Selection {
        &self.selections[layer_idx]
    }

    /// The outputs of the last forward pass, [B, C].
    pub fn outputs(&self) -> ArrayView2<'_, f32> {
        Matrix::new(
            &self.outputs,
            [self.n_rows, self.n_outputs()],
            self.stride(),
        )
        .view()
    }

    /// The outputs of the last forward pass and, to be filled in, the loss's gradient with respect to them, both [B, C].
    pub fn outputs_and_gradient(&mut self) -> (ArrayView2<'_, f32>, ArrayViewMut2<'_, f32>) {
        let (size, stride) = ([self.n_rows, self.n_outputs()], self.stride());
        let d_outputs = self
            .d_sums
            .last_mut()
            .map_or(&mut [][..], Vec::as_mut_slice);
        (
            Matrix::new(&self.outputs, size, stride).view(),
            MatrixMut::new(d_outputs, size, stride).view_mut(),
        )
    }

    /// What entered dense layer `layer_idx` for example `row` of the last forward pass, mask and rescaling applied: one number
    /// for each unit that the pass computed. Of the network's input only if that was masked: else the caller's own entered.
    ///
    /// # Panics
    /// If there is no such layer or row.
    pub fn entered(&self, layer_idx: usize, row: usize) -> &[f32] {
        let n = self.selections[layer_idx].len();
        &self.inputs[layer_idx][row * spaced(n)..][..n]
    }

    /// The same of all examples of the last forward pass, [B, kept units].
    ///
    /// # Panics
    /// If there is no such layer, or it is the first and nothing masked the network's input.
    pub fn all_entered(&self, layer_idx: usize) -> ArrayView2<'_, f32> {
        let n = self.selections[layer_idx].len();
        Matrix::new(&self.inputs[layer_idx], [self.n_rows, n], spaced(n)).view()
    }

    /// The loss's gradient with respect to the weighted sums of dense layer `layer_idx` for example `row`, after a backward
    /// pass: one number for each unit that the pass computed.
    ///
    /// # Panics
    /// If there is no such layer or row.
    pub fn d_sum(&self, layer_idx: usize, row: usize) -> &[f32] {
        let n = self.selections[layer_idx + 1].len();
        &self.d_sums[layer_idx][row * spaced(n)..][..n]
    }

    fn n_outputs(&self) -> usize {
        self.widths.last().copied().unwrap_or(0)
    }

    fn stride(&self) -> usize {
        spaced(self.n_outputs())
    }
}
