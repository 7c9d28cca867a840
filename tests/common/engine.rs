//! From the oracle's plain numbers to the engine and back.

use dropscope::nn::loss::{mean_squared_error, softmax_cross_entropy};
use dropscope::nn::{Dense, Gradients, Mlp, Pass, Scratch};
use ndarray::{Array1, Array2, ArrayView2};

use super::oracle::{Batch, Layer, Matrix, Network, Seen, Targets};

/// The numbers as the engine's matrix, rounded to `f32`.
pub(crate) fn matrix(rows: &Matrix) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| {
        rows[row][column] as f32
    })
}

/// The engine's matrix as plain numbers.
pub(crate) fn rows(matrix: &ArrayView2<f32>) -> Matrix {
    matrix
        .rows()
        .into_iter()
        .map(|row| row.iter().copied().map(f64::from).collect())
        .collect()
}

/// The engine's network with the oracle's weights.
pub(crate) fn network(net: &Network) -> Mlp {
    let dense = |layer: &Layer| Dense {
        weight: matrix(&layer.weight),
        bias: Array1::from_iter(layer.bias.iter().map(|&bias| bias as f32)),
    };
    Mlp {
        layers: net.layers.iter().map(dense).collect(),
        activation: net.activation,
    }
}

/// The engine's weights, or gradients, as plain numbers.
pub(crate) fn layers(layers: &[Dense]) -> Vec<Layer> {
    let plain = |dense: &Dense| Layer {
        weight: rows(&dense.weight.view()),
        bias: dense.bias.iter().copied().map(f64::from).collect(),
    };
    layers.iter().map(plain).collect()
}

/// Forward, loss and backward of the engine; the gradients too as the optimiser takes them.
pub(crate) fn pass(net: &Mlp, batch: &Batch, pass: Pass) -> (Seen, Gradients) {
    let x = matrix(&batch.x);
    let mut scratch = Scratch::new(&net.widths(), x.nrows());
    net.forward(x.view(), pass, &mut scratch);
    let (outputs, slope) = scratch.outputs_and_gradient();
    let loss = match &batch.targets {
        Targets::Labels(labels) => {
            let labels: Vec<u32> = labels.iter().map(|&label| label as u32).collect();
            softmax_cross_entropy(outputs, &labels, slope).loss
        }
        Targets::Values(values) => mean_squared_error(outputs, matrix(values).view(), slope).loss,
    };
    net.backward(pass, &mut scratch);
    let gradients = net.gradients(x.view(), pass, &mut scratch);
    let seen = Seen {
        outputs: rows(&scratch.outputs()),
        loss,
        gradients: layers(&gradients.layers),
    };
    (seen, gradients)
}

/// The outputs of the engine alone, [B][C].
pub(crate) fn outputs(net: &Mlp, x: &Matrix, pass: Pass) -> Matrix {
    let x = matrix(x);
    let mut scratch = Scratch::new(&net.widths(), x.nrows());
    net.forward(x.view(), pass, &mut scratch);
    rows(&scratch.outputs())
}
