//! A dense layer: a weight for every input and unit, and a bias for every unit.

use ndarray::{Array1, Array2, s};

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
        Self::from_weights(n_inputs, n_units, || 0.0)
    }

    /// A layer with these weights, row by row, and biases of 0.
    ///
    /// The weights begin at a cache line: vectors of them that cross lines would slow every update by a tenth.
    ///
    /// # Panics
    /// If there are more weights than a machine can address.
    pub fn from_weights(n_inputs: usize, n_units: usize, mut weight: impl FnMut() -> f32) -> Self {
        const LINE: usize = 16;
        let len = n_inputs * n_units;
        let mut values = vec![0.0; len + LINE];
        let first = values.as_ptr().align_offset(size_of::<f32>() * LINE);
        let first = first.min(LINE);
        values[first..first + len].fill_with(&mut weight);
        let values = Array1::from_vec(values).slice_move(s![first..first + len]);
        Self {
            weight: values
                .into_shape_with_order((n_inputs, n_units))
                .expect("as many weights as that"),
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
