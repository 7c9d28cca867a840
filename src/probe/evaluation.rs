//! How good is the full network on a set of examples?

use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2, s};

use crate::data::{Dataset, Targets, ValueScale};
use crate::nn::loss::{self, BatchLoss};
use crate::nn::{Engine, Mlp, Pass, Scratch};

/// How good predictions are on a set of examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean cross-entropy in nats, or mean squared error in the squared units of the values themselves.
    pub loss: f64,
    /// Share of examples that are right, `0..=1`; `None` for regression.
    pub accuracy: Option<f64>,
    /// Share of the values' variance that is explained, at most 1; 1 less the squared error over the variance. `None` for classes.
    pub r2: Option<f64>,
}

impl Score {
    /// The score of predictions that had, over all of `data`, these losses in sum and so many right.
    pub(super) fn of(total: BatchLoss, data: &Dataset) -> Self {
        let n = data.len() as f64;
        match &data.targets {
            Targets::Classes { .. } => Self {
                loss: total.loss / n,
                accuracy: Some(total.n_correct as f64 / n),
                r2: None,
            },
            Targets::Values(values) => Self {
                loss: total.loss / values.len() as f64,
                accuracy: None,
                r2: r2(total.loss, values.view()),
            },
        }
    }
}

/// The coefficient of determination, `1 - SSE / SST`: 1 where predictions are the `values` [N, C] themselves, 0 where they
/// are as good as the mean of these values, below 0 where they are worse.
///
/// `sse` is the sum of the squared errors. SST is that of the mean of each column, over the same examples; `None` where
/// it is 0, because then there is nothing to explain.
fn r2(sse: f64, values: ArrayView2<f32>) -> Option<f64> {
    let of_column = |column: ArrayView1<f32>| {
        let mean = column.iter().map(|&value| f64::from(value)).sum::<f64>() / column.len() as f64;
        let squares = column
            .iter()
            .map(|&value| (f64::from(value) - mean).powi(2));
        squares.sum::<f64>()
    };
    let sst: f64 = values.columns().into_iter().map(of_column).sum();
    (sst > 0.0).then(|| 1.0 - sse / sst)
}

/// Sum of the squared errors of `outputs` [B, C] against `values` [B, C], which are learnt on `scales`, in their own units.
pub(super) fn squared_errors(
    outputs: ArrayView2<f32>,
    values: ArrayView2<f32>,
    scales: &[ValueScale],
) -> f64 {
    let columns = outputs.columns().into_iter().zip(values.columns());
    let of_column =
        |((outputs, values), scale): ((ArrayView1<f32>, ArrayView1<f32>), &ValueScale)| {
            let errors = outputs
                .iter()
                .zip(values)
                .map(|(&output, &value)| scale.own(output) - f64::from(value));
            errors.map(|error| error * error).sum::<f64>()
        };
    columns.zip(scales).map(of_column).sum()
}

/// The memory to evaluate networks of one shape.
#[derive(Debug, Clone)]
pub struct Evaluator {
    scratch: Scratch,
}

impl Evaluator {
    /// Examples per pass: enough to fill the products, few enough that activations stay in cache.
    pub const CHUNK: usize = 256;

    /// An evaluator for networks with these widths.
    pub fn new(widths: &[usize]) -> Self {
        Self::with_engine(Engine::default(), widths)
    }

    /// The same for passes that are computed as `engine` says.
    pub fn with_engine(engine: Engine, widths: &[usize]) -> Self {
        Self {
            scratch: Scratch::with_engine(engine, widths, Self::CHUNK),
        }
    }

    /// The bytes of one for networks with these widths.
    pub fn bytes(widths: &[usize]) -> u64 {
        Scratch::bytes(widths, Self::CHUNK)
    }

    /// The score of `net` on `data` through `pass`. Masks must be shared by the batch, as one thinned network's are.
    ///
    /// # Panics
    /// If `data` does not have the network's inputs and outputs, or a mask has more than one row.
    pub fn score(&mut self, net: &Mlp, pass: Pass, data: &Dataset) -> Score {
        self.score_with(net, pass, data, |_, _| ())
    }

    /// What enters dense layer `layer_idx` of the full network for these examples of `data`, [B, I].
    ///
    /// # Panics
    /// If there are more of them than [`Evaluator::CHUNK`], or `data` does not have the network's inputs.
    pub fn entering<'a>(
        &'a mut self,
        net: &Mlp,
        layer_idx: usize,
        data: &'a Dataset,
        rows: Range<usize>,
    ) -> ArrayView2<'a, f32> {
        let inputs = data.inputs.slice(s![rows, ..]);
        if layer_idx == 0 {
            return inputs;
        }
        net.forward(inputs, Pass::Full, &mut self.scratch);
        self.scratch.all_entered(layer_idx)
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
        for first in (0..data.len()).step_by(Self::CHUNK) {
            let rows = first..(first + Self::CHUNK).min(data.len());
            net.forward(
                data.inputs.slice(s![rows.clone(), ..]),
                pass,
                &mut self.scratch,
            );
            see(rows.clone(), self.scratch.outputs());
            let (outputs, d_outputs) = self.scratch.outputs_and_gradient();
            let chunk = losses(outputs, data, rows, d_outputs);
            total.loss += chunk.loss;
            total.n_correct += chunk.n_correct;
        }
        Score::of(total, data)
    }

    /// The gradient of the loss that is trained on, that of each example alone, with respect to its inputs: [N, I] for the full
    /// network. It costs about as much as a forward and a backward pass.
    ///
    /// # Panics
    /// If `data` does not have the network's inputs and outputs.
    pub fn d_inputs(&mut self, net: &Mlp, data: &Dataset) -> Array2<f32> {
        let mut gradient = Array2::zeros(data.inputs.dim());
        for first in (0..data.len()).step_by(Self::CHUNK) {
            let rows = first..(first + Self::CHUNK).min(data.len());
            let n_rows = rows.len();
            net.forward(
                data.inputs.slice(s![rows.clone(), ..]),
                Pass::Full,
                &mut self.scratch,
            );
            let (outputs, d_outputs) = self.scratch.outputs_and_gradient();
            match &data.targets {
                Targets::Classes { labels, .. } => {
                    loss::softmax_cross_entropy(outputs, &labels[rows.clone()], d_outputs);
                }
                Targets::Values(_) => {
                    let indices: Vec<usize> = rows.clone().collect();
                    let mut learnt = Array2::zeros((n_rows, data.n_outputs()));
                    data.gather_values(
                        &indices,
                        learnt.as_slice_mut().expect("it is laid out row by row"),
                    );
                    loss::mean_squared_error(outputs, learnt.view(), d_outputs);
                }
            }
            net.backward(Pass::Full, &mut self.scratch);
            for row in 0..n_rows {
                // The loss of a batch is a mean over its examples.
                let d_sum = ArrayView1::from(self.scratch.d_sum(0, row));
                let d_input = net.layers[0].weight.dot(&d_sum) * n_rows as f32;
                gradient.row_mut(first + row).assign(&d_input);
            }
        }
        gradient
    }
}

/// The losses of `outputs` [B, C] in sum, for the examples `rows` of `data`, and how many of them are right. `room` [B, C] is
/// written over.
pub(super) fn losses(
    outputs: ArrayView2<f32>,
    data: &Dataset,
    rows: Range<usize>,
    room: ArrayViewMut2<f32>,
) -> BatchLoss {
    let n_rows = rows.len();
    match &data.targets {
        Targets::Classes { labels, .. } => {
            let mean = loss::softmax_cross_entropy(outputs, &labels[rows], room);
            BatchLoss {
                loss: mean.loss * n_rows as f64,
                ..mean
            }
        }
        Targets::Values(values) => BatchLoss {
            loss: squared_errors(outputs, values.slice(s![rows, ..]), &data.value_scales),
            n_correct: 0,
        },
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
    use ndarray::{Array2, array};

    use super::*;
    use crate::math::random::Key;
    use crate::nn::{Activation, Init};

    #[test]
    fn the_score_does_not_depend_on_how_the_examples_are_cut() {
        let net = Mlp::new(&[2, 5, 3], Activation::Tanh, Init::He, Key::new(2));
        let n = 2 * Evaluator::CHUNK + 17;
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

    /// 300 examples of two values, in tens and in thousandths, and a linear network whose outputs are known.
    fn values() -> (Mlp, Dataset) {
        let mut net = Mlp::new(&[1, 2], Activation::Linear, Init::He, Key::new(2));
        net.layers[0].weight.assign(&array![[1.0, -0.5]]);
        net.layers[0].bias.assign(&array![0.25, 0.5]);
        let x = |i: usize| (i as f32 * 0.37).sin();
        let inputs: Vec<f32> = (0..300).map(x).collect();
        let values = Array2::from_shape_fn((300, 2), |(i, column)| match column {
            0 => 40.0 + 12.0 * (x(i) + 0.1 * (i as f32).cos()),
            _ => 0.003 * (1.0 - x(i) * x(i)),
        });
        let mut data = Dataset::new("values", vec![1], inputs, Targets::Values(values));
        data.value_scales = vec![
            ValueScale {
                mean: 40.0,
                deviation: 8.0,
            },
            ValueScale {
                mean: 0.002,
                deviation: 0.001,
            },
        ];
        (net, data)
    }

    #[test]
    fn loss_and_r2_of_values_are_those_of_predictions_in_their_own_units() {
        let (net, data) = values();
        let Targets::Values(values) = &data.targets else {
            unreachable!()
        };
        let (mut sse, mut sst) = (0.0, 0.0);
        for (column, (w, b, mean, deviation)) in [(1.0, 0.25, 40.0, 8.0), (-0.5, 0.5, 0.002, 0.001)]
            .into_iter()
            .enumerate()
        {
            let (mut sum, mut squares) = (0.0, 0.0);
            for i in 0..300 {
                let x = f64::from(data.inputs[[i, 0]]);
                let value = f64::from(values[[i, column]]);
                sse += (mean + deviation * (w * x + b) - value).powi(2);
                (sum, squares) = (sum + value, squares + value * value);
            }
            sst += squares - sum * sum / 300.0;
        }
        let score = Evaluator::new(&net.widths()).score(&net, Pass::Full, &data);
        assert!(
            (score.loss / (sse / 600.0) - 1.0).abs() < 1e-5,
            "{} for {}",
            score.loss,
            sse / 600.0
        );
        let (found, expected) = (score.r2.unwrap(), 1.0 - sse / sst);
        assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
        assert!(score.accuracy.is_none());
    }

    #[test]
    fn r2_is_0_for_the_mean_and_unknown_where_there_is_no_variance() {
        let values = array![[1.0], [2.0], [6.0]];
        assert_eq!(r2(0.0, values.view()), Some(1.0));
        assert_eq!(r2(14.0, values.view()), Some(0.0));
        assert_eq!(r2(28.0, values.view()), Some(-1.0));
        assert_eq!(r2(1.0, array![[3.0], [3.0]].view()), None);
    }
}
