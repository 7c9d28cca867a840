//! Losses: how wrong the outputs of a batch are, and the gradient that starts the backward pass.

use ndarray::{ArrayView2, ArrayViewMut2, Zip};

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
/// If the shapes differ, or a label is not below C.
pub fn softmax_cross_entropy(
    logits: ArrayView2<f32>,
    labels: &[u32],
    mut d_logits: ArrayViewMut2<f32>,
) -> BatchLoss {
    assert_eq!(
        logits.nrows(),
        labels.len(),
        "one label for each of the {} rows",
        logits.nrows()
    );
    let per_example = 1.0 / labels.len().max(1) as f32;
    let mut total = BatchLoss::default();
    for ((logits, mut d_logits), &label) in logits
        .rows()
        .into_iter()
        .zip(d_logits.rows_mut())
        .zip(labels)
    {
        let label = label as usize;
        let largest = logits.fold(f32::NEG_INFINITY, |largest, &logit| largest.max(logit));
        let mut sum = 0.0;
        Zip::from(&mut d_logits)
            .and(&logits)
            .for_each(|d_logit, &logit| {
                *d_logit = (logit - largest).exp();
                sum += *d_logit;
            });
        total.loss += f64::from(sum.ln() - (logits[label] - largest));
        total.n_correct += usize::from(is_largest(logits.iter().copied(), label));
        let share = per_example / sum;
        d_logits.mapv_inplace(|exp| exp * share);
        d_logits[label] -= per_example;
    }
    total.loss *= f64::from(per_example);
    total
}

/// Whether the value at `label` is the first largest one; never where a value is not a number.
fn is_largest(values: impl Iterator<Item = f32>, label: usize) -> bool {
    let mut largest = (f32::NEG_INFINITY, None);
    for (class, value) in values.enumerate() {
        if value.is_nan() {
            return false;
        }
        if value > largest.0 {
            largest = (value, Some(class));
        }
    }
    largest.1 == Some(label)
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
