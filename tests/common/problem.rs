//! Small made-up problems: networks and batches of arbitrary but fixed numbers.

use dropscope::math::random::{Key, Stream};
use dropscope::nn::Activation;
use rand::RngExt;

use super::oracle::{Batch, Layer, Matrix, Network, Targets};

/// Which loss a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Classes,
    Values,
}

/// Numbers that follow from `seed` alone. All of them are exact in `f32`, so that oracle and engine start equal.
pub(crate) struct Numbers(Stream);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Key::new(seed).child("problem").stream())
    }

    /// Uniform in -size..size.
    pub(crate) fn next(&mut self, size: f64) -> f64 {
        f64::from((size * (2.0 * self.0.random::<f64>() - 1.0)) as f32)
    }

    pub(crate) fn rows(&mut self, n_rows: usize, n_columns: usize, size: f64) -> Matrix {
        (0..n_rows)
            .map(|_| (0..n_columns).map(|_| self.next(size)).collect())
            .collect()
    }
}

/// A network with weights of about unit gain and biases that are not zero.
pub(crate) fn network(widths: &[usize], activation: Activation, seed: u64) -> Network {
    let mut numbers = Numbers::new(seed);
    let layer = |pair: &[usize]| {
        let weight = numbers.rows(pair[0], pair[1], (3.0 / pair[0] as f64).sqrt());
        Layer {
            weight,
            bias: (0..pair[1]).map(|_| numbers.next(0.3)).collect(),
        }
    };
    Network {
        layers: widths.windows(2).map(layer).collect(),
        activation,
    }
}

/// A batch of `n_rows` examples for a network with these widths.
pub(crate) fn batch(widths: &[usize], n_rows: usize, task: Task, seed: u64) -> Batch {
    let mut numbers = Numbers::new(seed ^ 0xba7c);
    let (n_inputs, n_outputs) = (widths[0], widths[widths.len() - 1]);
    let x = numbers.rows(n_rows, n_inputs, 1.5);
    let targets = match task {
        Task::Classes => Targets::Labels(
            (0..n_rows)
                .map(|row| (row * 7 + seed as usize) % n_outputs)
                .collect(),
        ),
        Task::Values => Targets::Values(numbers.rows(n_rows, n_outputs, 1.0)),
    };
    Batch { x, targets }
}
