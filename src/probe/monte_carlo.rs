//! Do the thinned networks agree, and is their average better than the full network that stands for it?

use ndarray::{Array2, ArrayView2, s};

use super::evaluation::squared_errors;
use super::{Evaluator, Score};
use crate::data::{Dataset, Targets};
use crate::math::random::Key;
use crate::nn::loss::{self, BatchLoss};
use crate::nn::mask::{Broadcast, Place};
use crate::nn::{DropRate, Engine, Mask, Masks, Mlp, NoiseShape, Pass};

/// What `k` thinned networks of the same weights say on a set of examples.
#[derive(Debug, Clone, PartialEq)]
pub struct ThinnedSample {
    /// The score of each thinned network on its own.
    pub each: Vec<Score>,
    /// The score of the mean of their predictions: class probabilities, or values (MC averaging).
    pub averaged: Score,
    /// The score of the full network: weight scaling, which inverted dropout has built in.
    pub full: Score,
}

impl ThinnedSample {
    /// The mean loss of the thinned networks, each on its own; never below the averaged loss (Jensen).
    pub fn mean_loss(&self) -> f64 {
        self.each.iter().map(|score| score.loss).sum::<f64>() / self.each.len() as f64
    }
}

/// Thinned networks of the same weights, scored one at a time.
#[derive(Debug, Clone)]
pub struct ThinnedLook {
    net: Mlp,
    rates: Vec<DropRate>,
    noise_shape: NoiseShape,
    n_networks: usize,
    full: Option<Score>,
    each: Vec<Score>,
    /// The sums of what the networks say, [N, C].
    predictions: Array2<f32>,
}

impl ThinnedLook {
    /// Before the first of `n_networks`; see [`MonteCarlo::sample`].
    ///
    /// # Panics
    /// Without examples or networks.
    pub fn new(
        net: Mlp,
        (rates, noise_shape): (&[DropRate], &NoiseShape),
        data: &Dataset,
        n_networks: usize,
    ) -> Self {
        assert!(
            n_networks > 0 && !data.is_empty(),
            "{n_networks} networks on {} examples",
            data.len()
        );
        Self {
            net,
            rates: rates.to_vec(),
            noise_shape: noise_shape.of_one_network(),
            n_networks,
            full: None,
            each: Vec::with_capacity(n_networks),
            predictions: Array2::zeros((data.len(), data.n_outputs())),
        }
    }
}

/// Draws thinned networks for probing, from a key that training does not use.
#[derive(Debug, Clone)]
pub struct MonteCarlo {
    key: Key,
    n_drawn: u64,
    evaluator: Evaluator,
}

impl MonteCarlo {
    /// A probe for networks with these widths.
    pub fn new(key: Key, engine: Engine, widths: &[usize]) -> Self {
        Self {
            key: key.child("monte carlo"),
            n_drawn: 0,
            evaluator: Evaluator::with_engine(engine, widths),
        }
    }

    /// Scores `n_networks` fresh thinned networks of `net` on `data`, drawn at `rates`, one rate for each dense layer's
    /// input; units share masks as `noise_shape` says.
    ///
    /// # Panics
    /// If `data` or `rates` do not fit the network, or without examples or networks.
    pub fn sample(
        &mut self,
        net: &Mlp,
        (rates, noise_shape): (&[DropRate], &NoiseShape),
        data: &Dataset,
        n_networks: usize,
    ) -> ThinnedSample {
        let mut look = ThinnedLook::new(net.clone(), (rates, noise_shape), data, n_networks);
        loop {
            if let Some(sample) = self.advance(&mut look, data) {
                return sample;
            }
        }
    }

    /// Scores the next network of `look` on the `data` that it was begun with: the full one first, then one thinned network
    /// after another. The last one completes the sample.
    pub fn advance(&mut self, look: &mut ThinnedLook, data: &Dataset) -> Option<ThinnedSample> {
        let Some(full) = look.full else {
            look.full = Some(self.evaluator.score(&look.net, Pass::Full, data));
            return None;
        };
        let masks = self.draw(&look.net, &look.rates, &look.noise_shape);
        let predictions = &mut look.predictions;
        let see = |rows, outputs: ArrayView2<f32>| {
            let mut sums = predictions.slice_mut(s![rows, ..]);
            sums += &prediction(outputs, data);
        };
        let pass = Pass::Thinned(&masks);
        let score = self.evaluator.score_with(&look.net, pass, data, see);
        look.each.push(score);
        (look.each.len() >= look.n_networks).then(|| {
            let n_networks = look.each.len() as f32;
            let mut predictions = std::mem::take(&mut look.predictions);
            predictions.mapv_inplace(|sum| sum / n_networks);
            ThinnedSample {
                each: std::mem::take(&mut look.each),
                averaged: score_of_predictions(predictions, data),
                full,
            }
        })
    }

    fn draw(&mut self, net: &Mlp, rates: &[DropRate], noise_shape: &NoiseShape) -> Masks {
        assert_eq!(
            rates.len(),
            net.layers.len(),
            "one rate for each dense layer"
        );
        let step = self.n_drawn;
        self.n_drawn += 1;
        let draw = |(layer_idx, (&rate, layer)): (usize, (&DropRate, &crate::nn::Dense))| {
            let n_units = layer.n_inputs();
            let broadcast =
                Broadcast::new(noise_shape, 1, n_units).expect("one row fits any layer");
            let mut mask = Mask::none();
            mask.draw(
                rate,
                broadcast,
                [1, n_units],
                self.key,
                Place { layer_idx, step },
            );
            mask
        };
        Masks::new(
            rates
                .iter()
                .zip(&net.layers)
                .enumerate()
                .map(draw)
                .collect(),
        )
    }
}

/// Class probabilities of logits [B, C], or values as they are learnt.
fn prediction(outputs: ArrayView2<f32>, data: &Dataset) -> Array2<f32> {
    let mut prediction = outputs.to_owned();
    if data.is_classification() {
        loss::softmax(prediction.view_mut());
    }
    prediction
}

/// The score of averaged predictions [N, C]: the loss of probabilities is that of their logarithms as logits.
fn score_of_predictions(mut predictions: Array2<f32>, data: &Dataset) -> Score {
    let total = match &data.targets {
        Targets::Classes { labels, .. } => {
            predictions.mapv_inplace(|probability| probability.max(f32::MIN_POSITIVE).ln());
            let mut unused = Array2::zeros(predictions.dim());
            let mean = loss::softmax_cross_entropy(predictions.view(), labels, unused.view_mut());
            BatchLoss {
                loss: mean.loss * data.len() as f64,
                ..mean
            }
        }
        Targets::Values(values) => BatchLoss {
            loss: squared_errors(predictions.view(), values.view(), &data.value_scales),
            n_correct: 0,
        },
    };
    Score::of(total, data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Activation, Init};

    fn data() -> Dataset {
        let inputs = (0..600).map(|i| (i as f32 * 0.71).sin()).collect();
        let labels = (0..300).map(|i| i % 3).collect();
        Dataset::new(
            "test",
            vec![2],
            inputs,
            Targets::Classes {
                labels,
                n_classes: 3,
            },
        )
    }

    fn sample(rate: f64, n_networks: usize) -> ThinnedSample {
        let net = Mlp::new(&[2, 20, 3], Activation::Relu, Init::He, Key::new(4));
        let rates = [DropRate::NONE, DropRate::new(rate).unwrap()];
        MonteCarlo::new(Key::new(1), Engine::default(), &net.widths()).sample(
            &net,
            (&rates, &NoiseShape::per_batch()),
            &data(),
            n_networks,
        )
    }

    #[test]
    fn without_dropout_every_thinned_network_is_the_full_one() {
        let sample = sample(0.0, 3);
        assert!(sample.each.iter().all(|score| *score == sample.full));
        assert!((sample.averaged.loss - sample.full.loss).abs() < 1e-5);
    }

    #[test]
    fn averaging_predictions_never_costs_more_than_the_average_network() {
        let sample = sample(0.5, 20);
        assert!(sample.averaged.loss < sample.mean_loss());
        assert!(
            sample.each.iter().any(|score| *score != sample.each[0]),
            "the networks differ"
        );
    }

    #[test]
    fn one_at_a_time_is_the_same_sample_after_one_more_than_there_are_networks() {
        let net = Mlp::new(&[2, 20, 3], Activation::Relu, Init::He, Key::new(4));
        let rates = [DropRate::NONE, DropRate::new(0.5).unwrap()];
        let how = (&rates[..], &NoiseShape::per_batch());
        let mut look = ThinnedLook::new(net.clone(), how, &data(), 5);
        let mut probe = MonteCarlo::new(Key::new(1), Engine::default(), &net.widths());
        for _ in 0..5 {
            assert_eq!(probe.advance(&mut look, &data()), None);
        }
        assert_eq!(probe.advance(&mut look, &data()), Some(sample(0.5, 5)));
    }
}
