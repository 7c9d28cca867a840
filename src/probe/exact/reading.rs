//! What a look at every thinned network says: each of them, their means, and what a unit is worth.

use ndarray::{Array2, ArrayView1, ArrayView2, Zip};

use super::Tally;
use super::choices::{Choices, Droppable};
use super::walk::Cost;
use crate::data::{Dataset, Targets};
use crate::probe::evaluation::squared_errors;

/// How good predictions are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Mean cross-entropy in nats, or mean squared error in the squared units of the values.
    pub loss: f64,
    /// Share of examples that are right, `0..=1`; `None` for values.
    pub accuracy: Option<f64>,
}

/// What a unit is worth: thinned networks with it against those without it, each by its chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// Which unit.
    pub unit: Droppable,
    /// Mean loss without it less that with it: positive where it helps.
    pub loss: f64,
    /// Mean accuracy with it less that without it, the same way round; `None` for values.
    pub accuracy: Option<f64>,
}

/// How far apart two means are: the Kullback-Leibler divergence of the second from the first, mean over the examples, in
/// nats; for values the root of the mean squared difference, in the values' own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distances {
    /// Of the full network from the geometric mean.
    pub geometric_to_full: f64,
    /// Of the full network from the arithmetic mean.
    pub arithmetic_to_full: f64,
    /// Of the geometric mean from the arithmetic mean.
    pub arithmetic_to_geometric: f64,
    /// The largest difference of a probability, or of a value in its own units, between geometric mean and full network.
    pub largest: f64,
}

/// Every thinned network of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactReading {
    /// On how many test examples ...
    pub n_examples: usize,
    /// ... of how many.
    pub n_test: usize,
    /// Which units can be dropped; the bits of masks.
    pub choices: Choices,
    /// One thinned network, on average over all by their chance.
    pub one: Quality,
    /// The arithmetic mean of what all of them say, each by its chance.
    pub arithmetic: Quality,
    /// The normalised geometric mean; for values the arithmetic mean once more.
    pub geometric: Quality,
    /// The full network: weight scaling.
    pub full: Quality,
    /// The arithmetic mean of twenty that were drawn.
    pub sampled: Quality,
    /// How far apart the means are.
    pub distances: Distances,
    /// The worst and the best network.
    pub range: [Quality; 2],
    /// The chance of drawing a network that is at least as good as the full one: by accuracy, else by loss.
    pub share_as_good_as_full: f64,
    /// The same by loss, also where there are accuracies.
    pub share_of_no_more_loss: f64,
    /// What each unit is worth, by its bit.
    pub worth: Vec<Worth>,
    /// The loss of each network, in the order of the Gray code, `2^n`.
    pub losses: Vec<f32>,
    /// How many examples each gets right; empty for values.
    pub n_right: Vec<u32>,
    /// The chance of drawing a network that gets so many examples right, `0..=N`; empty for values.
    pub chance_of_right: Vec<f64>,
    /// The least and the largest loss.
    pub loss_range: [f64; 2],
    /// The chance of drawing a loss in each of as many equal parts of the range of losses.
    pub chance_of_loss: Vec<f64>,
    /// Mean losses of neighbours in the Gray code: level `k` has `2^k` of them; the last one is that of the map's finest picture.
    pub loss_levels: Vec<Vec<f32>>,
    /// Mean accuracies, the same way; empty for values.
    pub accuracy_levels: Vec<Vec<f32>>,
}

impl ExactReading {
    /// How good the network at a place of the Gray code is.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn at(&self, place: usize) -> Quality {
        let right = self.n_right.get(place);
        Quality {
            loss: f64::from(self.losses[place]),
            accuracy: right.map(|&right| f64::from(right) / self.n_examples as f64),
        }
    }
}

/// What each mean says on the examples: class probabilities, or values as they are learnt, [N, C].
pub(super) struct Said {
    pub(super) arithmetic: Array2<f64>,
    pub(super) geometric: Array2<f64>,
    pub(super) full: Array2<f64>,
    pub(super) sampled: Array2<f64>,
}

/// Parts of the range of losses.
const N_LOSS_BINS: usize = 512;

/// Levels of means; beyond, a map would have more pixels than any screen.
const MOST_LEVELS: usize = 16;

pub(super) fn complete(
    choices: &Choices,
    (data, n_test): (&Dataset, usize),
    tally: &Tally,
    said: &Said,
) -> ExactReading {
    let quality = |said: &Array2<f64>| quality(said.view(), data);
    let (n, scale) = (data.len() as f64, 1.0 / n_losses(data));
    let losses: Vec<f32> = tally
        .costs
        .iter()
        .map(|cost| (cost.loss * scale) as f32)
        .collect();
    let n_right: Vec<u32> = if data.is_classification() {
        tally.costs.iter().map(|cost| cost.n_right).collect()
    } else {
        Vec::new()
    };
    let accuracies: Vec<f32> = n_right
        .iter()
        .map(|&right| (f64::from(right) / n) as f32)
        .collect();
    let full = quality(&said.full);
    let at = |cost: &Cost| of_sums([cost.loss, f64::from(cost.n_right)], data);
    ExactReading {
        n_examples: data.len(),
        n_test,
        choices: choices.clone(),
        one: of_sums(tally.mean, data),
        arithmetic: quality(&said.arithmetic),
        geometric: quality(&said.geometric),
        full,
        sampled: quality(&said.sampled),
        distances: distances(said, data),
        range: range(tally.costs.iter().map(at)),
        share_as_good_as_full: share_as_good(choices, tally.costs.iter().map(at), full),
        share_of_no_more_loss: {
            let by_loss = |quality: Quality| Quality {
                accuracy: None,
                ..quality
            };
            share_as_good(
                choices,
                tally.costs.iter().map(at).map(by_loss),
                by_loss(full),
            )
        },
        worth: worth(choices, tally, data),
        chance_of_right: chance_of_right(choices, &n_right, data),
        loss_range: range_of(&losses).map(f64::from),
        chance_of_loss: chance_of_loss(choices, &losses),
        loss_levels: levels(&losses),
        accuracy_levels: levels(&accuracies),
        losses,
        n_right,
    }
}

/// Numbers that a loss is the mean of: examples, or values.
fn n_losses(data: &Dataset) -> f64 {
    match &data.targets {
        Targets::Classes { labels, .. } => labels.len() as f64,
        Targets::Values(values) => values.len() as f64,
    }
}

/// From sums over the examples of losses and right ones.
fn of_sums([loss, right]: [f64; 2], data: &Dataset) -> Quality {
    Quality {
        loss: loss / n_losses(data),
        accuracy: data.is_classification().then(|| right / data.len() as f64),
    }
}

/// How good class probabilities, or values as they are learnt, are on `data`.
fn quality(said: ArrayView2<f64>, data: &Dataset) -> Quality {
    match &data.targets {
        Targets::Classes { labels, .. } => {
            let (mut loss, mut n_right) = (0.0, 0);
            for (row, &label) in said.rows().into_iter().zip(labels) {
                loss -= row[label as usize].max(f64::MIN_POSITIVE).ln();
                n_right += usize::from(most_probable(row) == label as usize);
            }
            of_sums([loss, n_right as f64], data)
        }
        Targets::Values(values) => {
            let outputs = said.mapv(|value| value as f32);
            let squares = squared_errors(outputs.view(), values.view(), &data.value_scales);
            of_sums([squares, 0.0], data)
        }
    }
}

/// The most probable class; the first of equals.
fn most_probable(probabilities: ArrayView1<f64>) -> usize {
    let better = |best: usize, class: usize| {
        if probabilities[class] > probabilities[best] {
            class
        } else {
            best
        }
    };
    (0..probabilities.len()).fold(0, better)
}

fn distances(said: &Said, data: &Dataset) -> Distances {
    let far = |from: &Array2<f64>, to: &Array2<f64>| {
        if data.is_classification() {
            divergence(from, to)
        } else {
            let difference = own_difference(from, to, data);
            (difference.mapv(|d| d * d).sum() / difference.len() as f64).sqrt()
        }
    };
    let difference = if data.is_classification() {
        &said.geometric - &said.full
    } else {
        own_difference(&said.geometric, &said.full, data)
    };
    Distances {
        geometric_to_full: far(&said.geometric, &said.full),
        arithmetic_to_full: far(&said.arithmetic, &said.full),
        arithmetic_to_geometric: far(&said.arithmetic, &said.geometric),
        largest: difference
            .iter()
            .fold(0.0, |largest, d| d.abs().max(largest)),
    }
}

/// Differences of values [N, C] in their own units.
fn own_difference(from: &Array2<f64>, to: &Array2<f64>, data: &Dataset) -> Array2<f64> {
    let mut difference = from - to;
    let columns = difference.columns_mut().into_iter().zip(&data.value_scales);
    columns.for_each(|(mut column, scale)| column *= scale.deviation);
    difference
}

/// `sum p ln(p / q)`, mean over the rows of [N, C]; never below 0, whatever rounding says.
fn divergence(p: &Array2<f64>, q: &Array2<f64>) -> f64 {
    let mut sum = 0.0;
    Zip::from(p).and(q).for_each(|&p, &q| {
        if p > 0.0 {
            sum += p * (p / q.max(f64::MIN_POSITIVE)).ln();
        }
    });
    (sum / p.nrows() as f64).max(0.0)
}

/// The worst and the best by accuracy where there is one; else by loss.
fn range(all: impl Iterator<Item = Quality>) -> [Quality; 2] {
    let none = Quality {
        loss: f64::NAN,
        accuracy: None,
    };
    let widen = |range: Option<[Quality; 2]>, one: Quality| {
        let [worst, best] = range.unwrap_or([one; 2]);
        Some([
            if is_better(worst, one) { one } else { worst },
            if is_better(one, best) { one } else { best },
        ])
    };
    all.fold(None, widen).unwrap_or([none; 2])
}

/// By accuracy where there is one; else by loss.
fn is_better(one: Quality, other: Quality) -> bool {
    match (one.accuracy, other.accuracy) {
        (Some(one), Some(other)) => one > other,
        _ => one.loss < other.loss,
    }
}

fn share_as_good(choices: &Choices, all: impl Iterator<Item = Quality>, full: Quality) -> f64 {
    let chance = |(place, one): (usize, Quality)| {
        if is_better(full, one) {
            0.0
        } else {
            choices.chance(Choices::mask_at(place))
        }
    };
    all.enumerate().map(chance).sum()
}

fn worth(choices: &Choices, tally: &Tally, data: &Dataset) -> Vec<Worth> {
    let of_unit = |(bit, kept): (usize, &[f64; 2])| {
        let rate = choices.rate(bit);
        let with = kept.map(|sum| sum / rate.keep());
        let without = [0, 1].map(|i| (tally.mean[i] - kept[i]) / rate.value());
        let (with, without) = (of_sums(with, data), of_sums(without, data));
        let accuracies = with.accuracy.zip(without.accuracy);
        Worth {
            unit: choices.unit(bit),
            loss: without.loss - with.loss,
            accuracy: accuracies.map(|(with, without)| with - without),
        }
    };
    tally.kept.iter().enumerate().map(of_unit).collect()
}

fn chance_of_right(choices: &Choices, n_right: &[u32], data: &Dataset) -> Vec<f64> {
    if n_right.is_empty() {
        return Vec::new();
    }
    let mut chances = vec![0.0; data.len() + 1];
    for (place, &right) in n_right.iter().enumerate() {
        chances[right as usize] += choices.chance(Choices::mask_at(place));
    }
    chances
}

fn range_of(losses: &[f32]) -> [f32; 2] {
    let least = losses.iter().copied().fold(f32::INFINITY, f32::min);
    let most = losses.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    [least, most]
}

fn chance_of_loss(choices: &Choices, losses: &[f32]) -> Vec<f64> {
    let [least, most] = range_of(losses);
    let per_bin = N_LOSS_BINS as f32 / (most - least).max(f32::MIN_POSITIVE);
    let mut chances = vec![0.0; N_LOSS_BINS];
    for (place, &loss) in losses.iter().enumerate() {
        let bin = ((loss - least) * per_bin) as usize;
        chances[bin.min(N_LOSS_BINS - 1)] += choices.chance(Choices::mask_at(place));
    }
    chances
}

/// Means of more and more neighbours, the coarsest first: 1, 2, 4 ... of them.
fn levels(values: &[f32]) -> Vec<Vec<f32>> {
    if values.is_empty() {
        return Vec::new();
    }
    let halve = |finer: &Vec<f32>| {
        let pairs = finer.as_chunks::<2>().0.iter();
        pairs.map(|[a, b]| f32::midpoint(*a, *b)).collect()
    };
    let next = |finer: &Vec<f32>| (finer.len() > 1).then(|| halve(finer));
    let mut levels: Vec<Vec<f32>> = std::iter::successors(Some(values.to_vec()), next)
        .filter(|level| level.len() <= 1 << MOST_LEVELS)
        .collect();
    levels.reverse();
    levels
}
