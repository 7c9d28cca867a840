//! Do the thinned networks agree, and is their average better than the full network that stands for it?

use ndarray::{Array2, ArrayView2, s};

use super::Examples;
use super::evaluation::squared_errors;
use super::look::{Look, Subject};
use super::{Bench, Score};
use crate::data::{Dataset, Targets};
use crate::math::random::Key;
use crate::nn::loss::{self, BatchLoss};
use crate::nn::mask::{Broadcast, Place};
use crate::nn::{Dense, DropRate, Mask, Masks, NoiseShape, Pass};

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

/// A look at a run's thinned networks.
#[derive(Debug, Clone, PartialEq)]
pub struct ThinnedReading {
    /// On how many test examples ...
    pub n_examples: usize,
    /// ... of how many.
    pub n_test: usize,
    /// The networks drawn at that step, and their average.
    pub sample: ThinnedSample,
    /// Test accuracies of the thinned networks of the last looks, `0..=1`, each with the step of its look; those of
    /// the run's first half are forgotten, because the weights were others. Empty for regression.
    pub accuracies: Vec<(u64, f64)>,
}

impl ThinnedReading {
    /// The reading of a step, with the accuracies of the one before.
    fn after(
        last: Option<Self>,
        step: u64,
        (n_examples, n_test): (usize, usize),
        sample: ThinnedSample,
    ) -> Self {
        let mut accuracies = last.map_or_else(Vec::new, |last| last.accuracies);
        accuracies.retain(|(then, _)| 2 * then >= step);
        let each = sample.each.iter().filter_map(|score| score.accuracy);
        accuracies.extend(each.map(|accuracy| (step, accuracy)));
        accuracies.drain(..accuracies.len().saturating_sub(N_ACCURACIES));
        Self {
            n_examples,
            n_test,
            sample,
            accuracies,
        }
    }
}

/// Test accuracies of thinned networks that are remembered.
const N_ACCURACIES: usize = 100;

/// Multiplications of one look, about a tenth of a second of them. So many test examples are looked at, but at least
/// [`LEAST_EXAMPLES`].
const LOOK_MULTIPLICATIONS: usize = 4_000_000_000;
const LEAST_EXAMPLES: usize = 200;

/// How many of `n_test` examples a look at so many networks of these widths is worth.
pub(super) fn n_look_examples(widths: &[usize], n_networks: usize, n_test: usize) -> usize {
    let n_weights: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let affordable = LOOK_MULTIPLICATIONS / (n_networks * n_weights).max(1);
    affordable.max(LEAST_EXAMPLES).min(n_test)
}

/// A look at thinned networks of the same weights, drawn from a key that training does not use and scored one at a time:
/// the full network first.
#[derive(Debug)]
pub struct ThinnedLook {
    subject: Subject,
    examples: Examples,
    n_networks: usize,
    last: Option<ThinnedReading>,
    full: Option<Score>,
    each: Vec<Score>,
    /// The sums of what the networks say, [N, C].
    predictions: Array2<f32>,
}

impl ThinnedLook {
    /// Before the first of `n_networks`, at least one; units share masks as the subject's do.
    pub fn begin(
        subject: Subject,
        n_networks: usize,
        last: Option<&ThinnedReading>,
        bench: &mut Bench,
    ) -> Self {
        let (widths, n_networks) = (subject.net.widths(), n_networks.max(1));
        let n_test = subject.data.test.len();
        let n_examples = n_look_examples(&widths, n_networks, n_test);
        let examples = bench.examples(&subject.data, n_examples);
        Self {
            n_networks,
            last: last.cloned(),
            full: None,
            each: Vec::with_capacity(n_networks),
            predictions: Array2::zeros((examples.len(), examples.n_outputs())),
            examples,
            subject,
        }
    }

    /// Scores the next network; the last one completes the sample.
    fn next(&mut self, bench: &mut Bench) -> Option<ThinnedSample> {
        let evaluator = self.subject.evaluator(bench);
        let (net, data) = (&*self.subject.net, &*self.examples);
        let Some(full) = self.full else {
            self.full = Some(evaluator.score(net, Pass::Full, data));
            return None;
        };
        let masks = thinned(&self.subject, self.each.len() as u64);
        let predictions = &mut self.predictions;
        let see = |rows, outputs: ArrayView2<f32>| {
            let mut sums = predictions.slice_mut(s![rows, ..]);
            sums += &prediction(outputs, data);
        };
        let score = evaluator.score_with(net, Pass::Thinned(&masks), data, see);
        self.each.push(score);
        (self.each.len() >= self.n_networks).then(|| {
            let n_networks = self.each.len() as f32;
            let mut predictions = std::mem::take(&mut self.predictions);
            predictions.mapv_inplace(|sum| sum / n_networks);
            ThinnedSample {
                each: std::mem::take(&mut self.each),
                averaged: score_of_predictions(predictions, data),
                full,
            }
        })
    }
}

impl Look for ThinnedLook {
    type Reading = ThinnedReading;

    fn advance(&mut self, bench: &mut Bench) -> Option<ThinnedReading> {
        let sample = self.next(bench)?;
        let (n_examples, n_test) = (self.examples.len(), self.subject.data.test.len());
        let (last, step) = (self.last.take(), self.subject.step);
        let reading = ThinnedReading::after(last, step, (n_examples, n_test), sample);
        Some(reading)
    }

    fn progress(&self) -> (usize, usize) {
        let n_done = self.each.len() + usize::from(self.full.is_some());
        (n_done, self.n_networks + 1)
    }
}

/// The masks of the `idx`-th thinned network that probes draw of a subject: one row for each dense layer's input.
///
/// # Panics
/// If the subject's network has no room for its noise shape, which was checked when its run was planned.
pub fn thinned(subject: &Subject, idx: u64) -> Masks {
    let n_inputs = subject.net.layers.iter().map(Dense::n_inputs);
    let layers = n_inputs.zip(subject.rates.iter().copied());
    draw(layers, &subject.noise_shape, subject.key, idx)
}

/// The masks of a thinned network whose layers have so many inputs, dropped at these rates.
///
/// # Panics
/// If a layer has no room for the noise shape.
pub(super) fn draw(
    layers: impl Iterator<Item = (usize, DropRate)>,
    noise_shape: &NoiseShape,
    key: Key,
    idx: u64,
) -> Masks {
    let (key, noise_shape) = (key.child("monte carlo"), noise_shape.of_one_network());
    let draw = |(layer_idx, (n_units, rate)): (usize, (usize, DropRate))| {
        let broadcast = Broadcast::new(&noise_shape, 1, n_units).expect("one row fits any layer");
        let mut mask = Mask::none();
        let place = Place {
            layer_idx,
            step: idx,
        };
        mask.draw(rate, broadcast, [1, n_units], key, place);
        mask
    };
    Masks::new(layers.enumerate().map(draw).collect())
}

/// Class probabilities of logits [B, C], or values as they are learnt.
pub(super) fn prediction(outputs: ArrayView2<f32>, data: &Dataset) -> Array2<f32> {
    let mut prediction = outputs.to_owned();
    if data.is_classification() {
        loss::softmax(prediction.view_mut());
    }
    prediction
}

/// The score of averaged predictions [N, C]: the loss of probabilities is that of their logarithms as logits.
pub(super) fn score_of_predictions(mut predictions: Array2<f32>, data: &Dataset) -> Score {
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
    use std::sync::Arc;

    use super::*;
    use crate::data::Split;
    use crate::train::{NoisePlan, TrainerPlan};

    fn data() -> Arc<Split> {
        let inputs = (0..600).map(|i| (i as f32 * 0.71).sin()).collect();
        let labels = (0..300).map(|i| i % 3).collect();
        let targets = Targets::Classes {
            labels,
            n_classes: 3,
        };
        let part = Dataset::new("test", vec![2], inputs, targets);
        Arc::new(Split {
            train: part.clone(),
            test: part,
            n_relabelled: 0,
            n_wrong: 0,
        })
    }

    fn subject(rate: f64) -> Subject {
        let rate = DropRate::new(rate).unwrap();
        let plan = TrainerPlan {
            hidden: vec![20],
            noise: NoisePlan::of_rate(rate),
            seed: 4,
            ..TrainerPlan::example()
        };
        let data = data();
        Subject {
            net: Arc::new(plan.network(&plan.widths(&data.train))),
            step: 0,
            rates: vec![DropRate::NONE, rate],
            noise_shape: NoiseShape::per_batch(),
            recipe: Arc::new(plan.recipe(&data.train).unwrap()),
            data,
            key: Key::new(1),
            before: None,
            plan: Arc::new(plan),
        }
    }

    fn sample(rate: f64, n_networks: usize) -> ThinnedSample {
        let mut bench = Bench::default();
        let mut look = ThinnedLook::begin(subject(rate), n_networks, None, &mut bench);
        loop {
            if let Some(reading) = look.advance(&mut bench) {
                return reading.sample;
            }
        }
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
    fn a_look_is_complete_after_one_part_more_than_there_are_networks() {
        let mut bench = Bench::default();
        let mut look = ThinnedLook::begin(subject(0.5), 5, None, &mut bench);
        for n_done in 0..5 {
            assert_eq!(look.progress(), (n_done, 6));
            assert_eq!(look.advance(&mut bench), None);
        }
        let Some(reading) = look.advance(&mut bench) else {
            panic!("it is complete")
        };
        assert_eq!(reading.sample, sample(0.5, 5));
        assert_eq!((reading.n_examples, reading.n_test), (300, 300));
    }

    #[test]
    fn accuracies_of_the_first_half_of_a_run_are_forgotten_and_of_the_others_the_last_hundred_stay()
    {
        let at = |step: u64, last: Option<ThinnedReading>| {
            ThinnedReading::after(last, step, (300, 300), sample(0.5, 40))
        };
        let steps = |reading: &ThinnedReading| {
            let mut steps: Vec<u64> = reading.accuracies.iter().map(|at| at.0).collect();
            steps.dedup();
            (steps, reading.accuracies.len())
        };
        let first = at(10, None);
        let second = at(20, Some(first));
        assert_eq!(steps(&second), (vec![10, 20], 80));
        let third = at(30, Some(second));
        assert_eq!(steps(&third), (vec![20, 30], 80));
        let fourth = at(35, Some(third));
        assert_eq!(steps(&fourth), (vec![20, 30, 35], 100));
    }

    #[test]
    fn large_networks_are_looked_at_on_a_part_of_the_test_examples() {
        const N: usize = 20;
        assert_eq!(n_look_examples(&[64, 256, 256, 10], N, 1297), 1297);
        assert_eq!(n_look_examples(&[784, 256, 256, 10], N, 10_000), 744);
        assert_eq!(n_look_examples(&[784, 1024, 1024, 10], N, 10_000), 200);
        assert_eq!(n_look_examples(&[784, 1024, 1024, 10], N, 50), 50);
    }
}
