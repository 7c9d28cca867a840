//! Law 5: dropout on the inputs of a linear regression is ridge regression, each weight's penalty being
//! rate / keep times the sum of squares of its input ([Srivastava 2014] section 9.1):
//!
//! w = (X'X + (rate / keep) diag(X'X))^-1 X'y
//!
//! The expected loss is computed over all 2^n masks through the engine. It is quadratic, so its gradient at 0 and at
//! each unit vector determines it, and its minimiser is one linear system away.

use dropscope::nn::{Activation, Mlp, Pass};

use crate::common::close::assert_close;
use crate::common::engine;
use crate::common::ensemble::all_masks;
use crate::common::masks::{self, LayerMask};
use crate::common::oracle::{Batch, Layer, Matrix, Network, Targets};
use crate::common::problem::{self, Task};

const N_INPUTS: usize = 5;
const N_EXAMPLES: usize = 12;
const RATES: [f64; 4] = [0.0, 0.2, 0.5, 0.8];

fn data() -> (Batch, Matrix, Vec<f64>) {
    let batch = problem::batch(&[N_INPUTS, 1], N_EXAMPLES, Task::Values, 9);
    let Targets::Values(values) = &batch.targets else {
        panic!("values were asked for")
    };
    let y = values.concat();
    let x = batch.x.clone();
    (batch, x, y)
}

/// A linear regression with these weights and no bias.
fn regression(weights: &[f64]) -> Mlp {
    let layer = Layer {
        weight: weights.iter().map(|&weight| vec![weight]).collect(),
        bias: vec![0.0],
    };
    engine::network(&Network {
        layers: vec![layer],
        activation: Activation::Linear,
    })
}

/// Loss and gradient of the weights at `weights`, each the mean over all masks of the inputs.
fn expectation(weights: &[f64], batch: &Batch, rate: f64) -> (f64, Vec<f64>) {
    let net = regression(weights);
    let (mut loss, mut gradient) = (0.0, vec![0.0; N_INPUTS]);
    for (share, kept) in all_masks(N_INPUTS, rate) {
        let masks = masks::to_engine(&[LayerMask::shared(rate, &kept)], &[N_INPUTS]);
        let (seen, _) = engine::pass(&net, batch, Pass::Thinned(&masks));
        loss += share * seen.loss;
        gradient
            .iter_mut()
            .zip(seen.gradients[0].weight.concat())
            .for_each(|(sum, d)| *sum += share * d);
    }
    (loss, gradient)
}

/// X'X with rate / keep of its diagonal added, and X'y.
fn ridge_system(x: &Matrix, y: &[f64], rate: f64) -> (Matrix, Vec<f64>) {
    let column = |i: usize| x.iter().map(move |row| row[i]);
    let product = |i: usize, j: usize| column(i).zip(column(j)).map(|(a, b)| a * b).sum::<f64>();
    let penalty = |i: usize, j: usize| {
        if i == j {
            rate / (1.0 - rate) * product(i, i)
        } else {
            0.0
        }
    };
    let matrix = (0..N_INPUTS)
        .map(|i| {
            (0..N_INPUTS)
                .map(|j| product(i, j) + penalty(i, j))
                .collect()
        })
        .collect();
    let right = (0..N_INPUTS)
        .map(|i| column(i).zip(y).map(|(a, y)| a * y).sum())
        .collect();
    (matrix, right)
}

fn times(matrix: &Matrix, vector: &[f64]) -> Vec<f64> {
    matrix
        .iter()
        .map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
        .collect()
}

/// Gauss-Jordan elimination; the matrices here are positive definite, so no pivoting is needed.
fn solve(mut matrix: Matrix, mut right: Vec<f64>) -> Vec<f64> {
    for pivot in 0..right.len() {
        for row in (0..right.len()).filter(|&row| row != pivot) {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            let pivot_row = matrix[pivot].clone();
            matrix[row]
                .iter_mut()
                .zip(pivot_row)
                .for_each(|(a, p)| *a -= factor * p);
            right[row] -= factor * right[pivot];
        }
    }
    (0..right.len()).map(|i| right[i] / matrix[i][i]).collect()
}

#[test]
fn the_minimiser_of_the_expected_loss_over_all_masks_is_the_ridge_solution() {
    let (batch, x, y) = data();
    for rate in RATES {
        let (matrix, right) = ridge_system(&x, &y, rate);
        let ridge = solve(matrix, right);
        let (_, at_zero) = expectation(&[0.0; N_INPUTS], &batch, rate);
        let column = |j: usize| {
            let mut unit = [0.0; N_INPUTS];
            unit[j] = 1.0;
            let (_, gradient) = expectation(&unit, &batch, rate);
            gradient
                .iter()
                .zip(&at_zero)
                .map(|(g, zero)| g - zero)
                .collect::<Vec<_>>()
        };
        // The second derivatives are symmetric: columns serve as rows.
        let hessian: Matrix = (0..N_INPUTS).map(column).collect();
        let minimiser = solve(hessian, at_zero.iter().map(|zero| -zero).collect());
        assert_close(&minimiser, &ridge, 1e-5, &format!("rate {rate}"));
    }
}

#[test]
fn the_mean_gradient_over_all_masks_is_the_ridge_gradient_anywhere() {
    let (batch, x, y) = data();
    for (seed, rate) in RATES.into_iter().enumerate() {
        let weights = problem::Numbers::new(seed as u64)
            .rows(1, N_INPUTS, 2.0)
            .concat();
        let (matrix, right) = ridge_system(&x, &y, rate);
        let ascent = times(&matrix, &weights);
        let expected: Vec<f64> = ascent
            .iter()
            .zip(&right)
            .map(|(a, r)| 2.0 * (a - r) / N_EXAMPLES as f64)
            .collect();
        assert_close(
            &expectation(&weights, &batch, rate).1,
            &expected,
            1e-5,
            &format!("rate {rate}"),
        );
    }
}

/// `E[L] = (|y - Xw|^2 + (rate / keep) * sum over i of w_i^2 |x_i|^2) / B`, with `x_i` the column of input i.
#[test]
fn the_expected_loss_is_the_squared_error_plus_the_penalty() {
    let (batch, x, y) = data();
    for (seed, rate) in RATES.into_iter().enumerate() {
        let weights = problem::Numbers::new(50 + seed as u64)
            .rows(1, N_INPUTS, 2.0)
            .concat();
        let errors: f64 = times(&x, &weights)
            .iter()
            .zip(&y)
            .map(|(out, y)| (out - y).powi(2))
            .sum();
        let squares: f64 = x
            .iter()
            .flat_map(|row| row.iter().zip(&weights))
            .map(|(x, w)| (x * w).powi(2))
            .sum();
        let expected = (errors + rate / (1.0 - rate) * squares) / N_EXAMPLES as f64;
        assert_close(
            &[expectation(&weights, &batch, rate).0],
            &[expected],
            1e-6,
            &format!("rate {rate}"),
        );
    }
}
