//! Losses: how wrong the outputs of a batch are, and the gradient that starts the backward pass.

#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "lanes side by side become vectors only inside a dispatched function, and only in this shape"
)]

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Zip};
use pulp::{Arch, NullaryFnOnce};

use crate::math::exponential::exp;

/// The loss of a batch and, for classes, how many examples were right.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BatchLoss {
    /// Mean over the batch: cross-entropy in nats, or squared error.
    pub loss: f64,
    /// Examples whose largest logit is their label's; 0 for regression.
    pub n_correct: usize,
}

/// Softmax cross-entropy of `logits` [B, C] against `labels` `[B]`, mean over the batch, in nats.
///
/// `d_logits` [B, C] receives the gradient, `(softmax(logits) - onehot(label)) / B`.
///
/// # Panics
/// If the shapes differ, a label is not below C, or rows have gaps.
pub fn softmax_cross_entropy(
    logits: ArrayView2<f32>,
    labels: &[u32],
    d_logits: ArrayViewMut2<f32>,
) -> BatchLoss {
    assert_eq!(
        logits.nrows(),
        labels.len(),
        "one label for each of the {} rows",
        logits.nrows()
    );
    Arch::new().dispatch(SoftmaxCrossEntropy {
        logits,
        labels,
        d_logits,
    })
}

/// The work of [`softmax_cross_entropy`]. A type and not a closure: what a closure does may become a function of its own,
/// and that is compiled without the vectors.
struct SoftmaxCrossEntropy<'a> {
    logits: ArrayView2<'a, f32>,
    labels: &'a [u32],
    d_logits: ArrayViewMut2<'a, f32>,
}

impl NullaryFnOnce for SoftmaxCrossEntropy<'_> {
    type Output = BatchLoss;

    #[inline(always)]
    fn call(mut self) -> BatchLoss {
        let per_example = 1.0 / self.labels.len().max(1) as f32;
        let mut total = BatchLoss::default();
        let rows = self.logits.rows().into_iter().zip(self.d_logits.rows_mut());
        for ((logits, mut d_logits), &label) in rows.zip(self.labels) {
            let (logits, d_logits) = (row(&logits), row_mut(&mut d_logits));
            let label = label as usize;
            let (largest, sum) = exponentials(logits, d_logits);
            total.loss += f64::from(sum.ln() - (logits[label] - largest));
            // Ties go to the first class; where something is not a number, nobody is right.
            let is_right =
                logits[label] >= largest && !logits[..label].contains(&largest) && !sum.is_nan();
            total.n_correct += usize::from(is_right);
            scale(d_logits, per_example / sum);
            d_logits[label] -= per_example;
        }
        total.loss *= f64::from(per_example);
        total
    }
}

/// Class probabilities of `logits` [B, C] in their place.
///
/// # Panics
/// If rows have gaps.
pub fn softmax(logits: ArrayViewMut2<f32>) {
    Arch::new().dispatch(Softmax { logits });
}

/// The work of [`softmax`].
struct Softmax<'a> {
    logits: ArrayViewMut2<'a, f32>,
}

impl NullaryFnOnce for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        for mut logits in self.logits.rows_mut() {
            let logits = row_mut(&mut logits);
            let sum = exponentials_in_place(logits, largest(logits));
            scale(logits, 1.0 / sum);
        }
    }
}

/// Numbers that are handled together.
const LANES: usize = 8;

/// `exp(logit - largest)` of a row into `exps`; returns the largest and the sum.
#[inline(always)]
fn exponentials(logits: &[f32], exps: &mut [f32]) -> (f32, f32) {
    let largest = largest(logits);
    exps.copy_from_slice(logits);
    (largest, exponentials_in_place(exps, largest))
}

/// The largest of what is a number.
#[inline(always)]
fn largest(logits: &[f32]) -> f32 {
    let (blocks, rest) = logits.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for block in blocks {
        for i in 0..LANES {
            lanes[i] = if block[i] > lanes[i] {
                block[i]
            } else {
                lanes[i]
            };
        }
    }
    let all = lanes.into_iter().chain(rest.iter().copied());
    all.fold(f32::NEG_INFINITY, f32::max)
}

/// `exp(logit - largest)` of a row in its place; returns the sum.
#[inline(always)]
fn exponentials_in_place(logits: &mut [f32], largest: f32) -> f32 {
    let (blocks, rest) = logits.as_chunks_mut::<LANES>();
    let mut lanes = [0.0; LANES];
    for block in blocks {
        let mut x = *block;
        for i in 0..LANES {
            x[i] -= largest;
        }
        *block = exp(x);
        for i in 0..LANES {
            lanes[i] += block[i];
        }
    }
    for logit in &mut *rest {
        [*logit] = exp([*logit - largest]);
    }
    lanes.iter().chain(&*rest).sum()
}

#[inline(always)]
fn scale(values: &mut [f32], factor: f32) {
    for value in values {
        *value *= factor;
    }
}

#[inline(always)]
fn row<'a>(row: &'a ArrayView1<f32>) -> &'a [f32] {
    row.as_slice().expect("rows of outputs have no gaps")
}

#[inline(always)]
fn row_mut<'a>(row: &'a mut ArrayViewMut1<f32>) -> &'a mut [f32] {
    row.as_slice_mut().expect("rows of outputs have no gaps")
}

/// Squared error of `outputs` [B, C] against `values` [B, C], mean over the batch and the outputs.
///
/// `d_outputs` [B, C] receives the gradient, `2 (outputs - values) / (B C)`.
///
/// # Panics
/// If the shapes differ.
pub fn mean_squared_error(
    outputs: ArrayView2<f32>,
    values: ArrayView2<f32>,
    d_outputs: ArrayViewMut2<f32>,
) -> BatchLoss {
    assert_eq!(
        outputs.dim(),
        values.dim(),
        "outputs and values have one shape"
    );
    let share = 1.0 / outputs.len().max(1) as f32;
    let mut sum = 0.0;
    Zip::from(d_outputs)
        .and(outputs)
        .and(values)
        .for_each(|d_output, &output, &value| {
            let error = output - value;
            sum += f64::from(error) * f64::from(error);
            *d_output = 2.0 * error * share;
        });
    BatchLoss {
        loss: sum * f64::from(share),
        n_correct: 0,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_classes() {
        let mut d_logits = Array2::zeros((2, 4));
        let report =
            softmax_cross_entropy(Array2::zeros((2, 4)).view(), &[0, 3], d_logits.view_mut());
        assert!((report.loss - 4.0_f64.ln()).abs() < 1e-6);
        assert_eq!(report.n_correct, 1, "ties go to the first class");
        assert!((d_logits[[0, 0]] - (0.25 - 1.0) / 2.0).abs() < 1e-6);
        assert!(d_logits.sum().abs() < 1e-6);
    }

    #[test]
    fn huge_logits_do_not_overflow_and_nan_is_a_nan_loss() {
        let mut d_logits = Array2::zeros((1, 2));
        let loss = softmax_cross_entropy(array![[1e30, -1e30]].view(), &[0], d_logits.view_mut());
        assert_eq!((loss.loss, loss.n_correct), (0.0, 1));
        let loss = softmax_cross_entropy(array![[f32::NAN, 0.0]].view(), &[0], d_logits.view_mut());
        assert!(loss.loss.is_nan());
        assert_eq!(loss.n_correct, 0);
    }

    #[test]
    fn squared_error_is_the_mean_and_its_gradient_the_slope() {
        let mut d_outputs = Array2::zeros((2, 1));
        let report = mean_squared_error(
            array![[1.0], [3.0]].view(),
            array![[0.0], [1.0]].view(),
            d_outputs.view_mut(),
        );
        assert!((report.loss - 2.5).abs() < 1e-6);
        assert_eq!(d_outputs, array![[1.0], [2.0]]);
    }
}
