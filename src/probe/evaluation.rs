//! How good is the full network on a set of examples?

use std::ops::Range;

use ndarray::{ArrayView2, s};

use crate::data::{Dataset, Targets};
use crate::nn::loss::{self, BatchLoss};
use crate::nn::{Engine, Mlp, Pass, Scratch};

/// Loss and accuracy on a set of examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean cross-entropy in nats, or mean squared error.
    pub loss: f64,
    /// Share of examples that are right, `0..=1`; `None` for regression.
    pub accuracy: Option<f64>,
}

/// The memory to evaluate networks of one shape.
#[derive(Debug, Clone)]
pub struct Evaluator {
    scratch: Scratch,
}

/// Examples per pass: enough to fill the products, few enough that activations stay in cache.
const CHUNK: usize = 256;

impl Evaluator {
    /// An evaluator for networks with these widths.
    pub fn new(widths: &[usize]) -> Self {
        Self::with_engine(Engine::default(), widths)
    }

    /// The same for passes that are computed as `engine` says.
    pub fn with_engine(engine: Engine, widths: &[usize]) -> Self {
        Self {
            scratch: Scratch::with_engine(engine, widths, CHUNK),
        }
    }

    /// The score of `net` on `data` through `pass`. Masks must be shared by the batch, as one thinned network's are.
    ///
    /// # Panics
    /// If `data` does not have the network's inputs and outputs, or a mask has more than one row.
    pub fn score(&mut self, net: &Mlp, pass: Pass, data: &Dataset) -> Score {
        self.score_with(net, pass, data, |_, _| ())
    }

    /// As [`Evaluator::score`]; `see` is shown the outputs [B, C] of every range of examples on the way.
    ///
    /// # Panics
    /// As [`Evaluator::score`].
    pub fn score_with(
        &mut self,
        net: &Mlp,
        pass: Pass,
        data: &Dataset,
        mut see: impl FnMut(Range<usize>, ArrayView2<f32>),
    ) -> Score {
        let mut total = BatchLoss::default();
        for first in (0..data.len()).step_by(CHUNK) {
            let rows = first..(first + CHUNK).min(data.len());
            let n_rows = rows.len();
            net.forward(
                data.inputs.slice(s![rows.clone(), ..]),
                pass,
                &mut self.scratch,
            );
            see(rows.clone(), self.scratch.outputs());
            let (outputs, d_outputs) = self.scratch.outputs_and_gradient();
            let chunk = match &data.targets {
                Targets::Classes { labels, .. } => {
                    loss::softmax_cross_entropy(outputs, &labels[rows], d_outputs)
                }
                Targets::Values(values) => {
                    loss::mean_squared_error(outputs, values.slice(s![rows, ..]), d_outputs)
                }
            };
            total.loss += chunk.loss * n_rows as f64;
            total.n_correct += chunk.n_correct;
        }
        let n = data.len() as f64;
        let accuracy = data
            .is_classification()
            .then_some(total.n_correct as f64 / n);
        Score {
            loss: total.loss / n,
            accuracy,
        }
    }
}

/// The sum over the rows of `outputs` [n, C] of how far each example's loss would rise, in nats, if its label were drawn
/// uniformly from all classes: the mean over classes of the cross-entropy, less that of the label.
///
/// With z for outputs both cross-entropies have the same log of a sum in them, and what is left is z of the label less the
/// mean of z: so nothing is exponentiated again.
///
/// # Panics
/// If `labels` has another length than `outputs` has rows, or a label is no class.
pub fn rise_under_random_labels(outputs: ArrayView2<f32>, labels: &[u32]) -> f64 {
    assert_eq!(outputs.nrows(), labels.len());
    let rise = |(row, &label): (ndarray::ArrayView1<f32>, &u32)| {
        let sum: f64 = row.iter().map(|&output| f64::from(output)).sum();
        f64::from(row[label as usize]) - sum / row.len() as f64
    };
    outputs.rows().into_iter().zip(labels).map(rise).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Key;
    use crate::nn::{Activation, Init};

    #[test]
    fn the_score_does_not_depend_on_how_the_examples_are_cut() {
        let net = Mlp::new(&[2, 5, 3], Activation::Tanh, Init::He, Key::new(2));
        let n = 2 * CHUNK + 17;
        let inputs = (0..2 * n).map(|i| (i as f32 * 0.37).sin()).collect();
        let labels: Vec<u32> = (0..n as u32).map(|i| i % 3).collect();
        let data = Dataset::new(
            "test",
            vec![2],
            inputs,
            Targets::Classes {
                labels,
                n_classes: 3,
            },
        );
        let mut evaluator = Evaluator::new(&net.widths());
        let whole = evaluator.score(&net, Pass::Full, &data);
        let one_by_one: Vec<Score> = (0..n)
            .map(|i| evaluator.score(&net, Pass::Full, &data.select(&[i])))
            .collect();
        let loss = one_by_one.iter().map(|score| score.loss).sum::<f64>() / n as f64;
        let n_correct: f64 = one_by_one.iter().filter_map(|score| score.accuracy).sum();
        assert!(
            (whole.loss - loss).abs() < 1e-5,
            "{} against {loss}",
            whole.loss
        );
        assert!((whole.accuracy.unwrap() - n_correct / n as f64).abs() < 1e-12);
    }

    #[test]
    fn the_rise_under_random_labels_is_the_mean_of_the_losses_of_all_classes_less_the_own() {
        let outputs = ndarray::arr2(&[[0.3, -1.2, 2.5, 0.0], [50.0, -40.0, 3.0, 1.0_f32]]);
        let labels = [2, 1];
        let loss = |row: usize, class: usize| {
            let z = outputs.row(row).mapv(f64::from);
            z.iter().map(|z| z.exp()).sum::<f64>().ln() - z[class]
        };
        let rise = |row: usize| {
            let all: f64 = (0..4).map(|class| loss(row, class)).sum();
            all / 4.0 - loss(row, labels[row] as usize)
        };
        let expected = rise(0) + rise(1);
        let found = rise_under_random_labels(outputs.view(), &labels);
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }
}
