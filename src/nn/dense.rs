//! A dense layer: a weight for every input and unit, and a bias for every unit.

use ndarray::{Array1, Array2};

/// Weights and biases of one layer; also the shape of their gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Weights, [I, U].
    pub weight: Array2<f32>,
    /// Biases, `[U]`.
    pub bias: Array1<f32>,
}

impl Dense {
    /// A layer of zeros with the given numbers of inputs and units.
    pub fn zeros(n_inputs: usize, n_units: usize) -> Self {
        Self {
            weight: Array2::zeros((n_inputs, n_units)),
            bias: Array1::zeros(n_units),
        }
    }

    /// Inputs, I.
    pub fn n_inputs(&self) -> usize {
        self.weight.nrows()
    }

    /// Units, U.
    pub fn n_units(&self) -> usize {
        self.weight.ncols()
    }

    /// The sum of the squares of the weights, without the biases.
    pub fn squared_norm(&self) -> f64 {
        self.weight
            .iter()
            .map(|&weight| f64::from(weight) * f64::from(weight))
            .sum()
    }
}
