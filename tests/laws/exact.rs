//! The look at every thinned network against brute force: each mask by a plain forward pass in `f64`, one example at a
//! time, and every mean by its definition.

use std::sync::Arc;

use dropscope::data::{Dataset, Targets, ValueScale};
use dropscope::math::random::Key;
use dropscope::nn::{Activation, DropRate, Engine, NoiseShape};
use dropscope::probe::Look;
use dropscope::probe::exact::{Choices, Exact, ExactReading, Quality};
use ndarray::Array2;

use crate::common::engine;
use crate::common::ensemble::{arithmetic_mean, geometric_mean};
use crate::common::oracle::{Factors, Matrix, Network, softmax};
use crate::common::problem::{self, Task};

/// A network, its rates and its examples.
struct Case {
    net: Network,
    widths: &'static [usize],
    /// One for each dense layer's input.
    rates: &'static [f64],
    x: Matrix,
    target: Target,
}

enum Target {
    Labels(Vec<usize>),
    /// In their own units, which are learnt with these means and deviations.
    Values(Matrix, Vec<ValueScale>),
}

const N_EXAMPLES: usize = 40;

impl Case {
    fn classes(widths: &'static [usize], rates: &'static [f64], activation: Activation) -> Self {
        let labels = (0..N_EXAMPLES).map(|i| i * 7 % 5 % widths[widths.len() - 1]);
        Self::new(widths, rates, activation, Target::Labels(labels.collect()))
    }

    fn values(widths: &'static [usize], rates: &'static [f64]) -> Self {
        let value = |i: usize| vec![30.0 + (i as f64).sin(), 0.01 * (i as f64).cos()];
        let scale = |mean, deviation| ValueScale { mean, deviation };
        let scales = vec![scale(29.5, 2.0), scale(0.001, 0.02)];
        let values = (0..N_EXAMPLES).map(value).collect();
        Self::new(
            widths,
            rates,
            Activation::Tanh,
            Target::Values(values, scales),
        )
    }

    fn new(
        widths: &'static [usize],
        rates: &'static [f64],
        activation: Activation,
        target: Target,
    ) -> Self {
        Self {
            net: problem::network(widths, activation, 3),
            widths,
            rates,
            x: problem::batch(widths, N_EXAMPLES, Task::Classes, 3).x,
            target,
        }
    }

    fn data(&self) -> Dataset {
        let targets = match &self.target {
            Target::Labels(labels) => Targets::Classes {
                labels: labels.iter().map(|&label| label as u32).collect(),
                n_classes: self.widths[self.widths.len() - 1],
            },
            Target::Values(values, _) => Targets::Values(engine::matrix(values)),
        };
        let inputs = self.x.concat().iter().map(|&x| x as f32).collect();
        let mut data = Dataset::new("exact", vec![self.widths[0]], inputs, targets);
        if let Target::Values(_, scales) = &self.target {
            data.value_scales.clone_from(scales);
        }
        data
    }

    fn rates(&self) -> Vec<DropRate> {
        let rates = self.rates.iter();
        rates.map(|&rate| DropRate::new(rate).unwrap()).collect()
    }

    fn look(&self, is_wide: bool) -> ExactReading {
        let net = Arc::new(engine::network(&self.net));
        let shape = NoiseShape::per_batch();
        let how = (&self.rates()[..], &shape);
        let key = Key::new(5);
        let mut look = Exact::new(net, how, &self.data(), key, Engine::default()).unwrap();
        loop {
            if let Some(reading) = look.next_part(is_wide) {
                return reading;
            }
        }
    }

    /// What each unit of each layer is multiplied by in the thinned network of `mask`, and the chance of that network.
    fn thinned(&self, choices: &Choices, mask: usize) -> (f64, Factors) {
        let layers = self.rates.iter().zip(self.widths);
        let factor = |(&rate, &n): (&f64, &usize)| vec![if rate < 1.0 { 1.0 } else { 0.0 }; n];
        let mut factors: Factors = layers.map(factor).collect();
        let mut chance = 1.0;
        for bit in 0..choices.n_units() {
            let unit = choices.unit(bit);
            let rate = self.rates[unit.layer_idx];
            let is_kept = mask >> bit & 1 == 1;
            chance *= if is_kept { 1.0 - rate } else { rate };
            factors[unit.layer_idx][unit.unit] = if is_kept { 1.0 / (1.0 - rate) } else { 0.0 };
        }
        (chance, factors)
    }

    /// What a network says of each example: probabilities, or values as they are learnt.
    fn said(&self, factors: &Factors) -> Matrix {
        let of = |x: &Vec<f64>| {
            let outputs = self.net.outputs(x, factors);
            match self.target {
                Target::Labels(_) => softmax(&outputs),
                Target::Values(..) => outputs,
            }
        };
        self.x.iter().map(of).collect()
    }

    fn full(&self) -> Matrix {
        self.said(&self.widths.iter().map(|&n| vec![1.0; n]).collect())
    }

    fn quality(&self, said: &Matrix) -> Quality {
        let n = N_EXAMPLES as f64;
        match &self.target {
            Target::Labels(labels) => {
                let is_right =
                    |(p, label): &(&Vec<f64>, &usize)| p.iter().all(|p_c| *p_c <= p[**label]);
                let pairs = || said.iter().zip(labels);
                Quality {
                    loss: pairs().map(|(p, &label)| -p[label].ln()).sum::<f64>() / n,
                    accuracy: Some(pairs().filter(is_right).count() as f64 / n),
                }
            }
            Target::Values(values, scales) => {
                let (mut squares, mut n) = (0.0, 0.0);
                for (said, values) in said.iter().zip(values) {
                    for ((said, value), scale) in said.iter().zip(values).zip(scales) {
                        let value = f64::from(*value as f32);
                        squares += (scale.mean + scale.deviation * said - value).powi(2);
                        n += 1.0;
                    }
                }
                let (loss, accuracy) = (squares / n, None);
                Quality { loss, accuracy }
            }
        }
    }

    /// The mean of what all say, example by example.
    fn mean(all: &[(f64, Matrix)], mean: impl Fn(&[(f64, Vec<f64>)]) -> Vec<f64>) -> Matrix {
        let of = |example: usize| {
            let members = all
                .iter()
                .map(|(chance, said)| (*chance, said[example].clone()));
            mean(&members.collect::<Vec<_>>())
        };
        (0..N_EXAMPLES).map(of).collect()
    }
}

#[track_caller]
fn assert_near(found: Quality, expected: Quality, what: &str) {
    let (a, b) = (found.loss, expected.loss);
    assert!(
        (a - b).abs() < 1e-6 * b.max(1.0),
        "{what}: loss {a} for {b}"
    );
    let [a, b] = [found, expected].map(|quality| quality.accuracy.unwrap_or(-1.0));
    assert!((a - b).abs() < 1e-6, "{what}: accuracy {a} for {b}");
}

/// Of the second distribution from the first, mean over the examples.
fn divergence(p: &Matrix, q: &Matrix) -> f64 {
    let terms = p.concat().into_iter().zip(q.concat());
    terms.map(|(p, q)| p * (p / q).ln()).sum::<f64>() / p.len() as f64
}

/// Every number of a reading against its definition.
fn check(case: &Case) -> ExactReading {
    let reading = case.look(false);
    let choices = &reading.choices;
    let all: Vec<(f64, Matrix)> = (0..choices.n_masks())
        .map(|place| case.thinned(choices, Choices::mask_at(place)))
        .map(|(chance, factors)| (chance, case.said(&factors)))
        .collect();
    let each: Vec<(f64, Quality)> = all
        .iter()
        .map(|(chance, said)| (*chance, case.quality(said)))
        .collect();
    for (place, (chance, quality)) in each.iter().enumerate() {
        assert_near(reading.at(place), *quality, &format!("network {place}"));
        let found = choices.chance(Choices::mask_at(place));
        assert!((found / chance - 1.0).abs() < 1e-12, "{found} for {chance}");
    }
    assert_near(reading.one, mean_quality(&each, |_| true), "one");
    let arithmetic = Case::mean(&all, arithmetic_mean);
    assert_near(reading.arithmetic, case.quality(&arithmetic), "arithmetic");
    let is_classes = matches!(case.target, Target::Labels(_));
    let geometric = if is_classes {
        Case::mean(&all, geometric_mean)
    } else {
        arithmetic.clone()
    };
    assert_near(reading.geometric, case.quality(&geometric), "geometric");
    let full = case.full();
    assert_near(reading.full, case.quality(&full), "full");
    check_worth(&reading, &each);
    check_shares(case, &reading, &each);
    if is_classes {
        let pairs = [
            (
                reading.distances.geometric_to_full,
                divergence(&geometric, &full),
            ),
            (
                reading.distances.arithmetic_to_full,
                divergence(&arithmetic, &full),
            ),
            (
                reading.distances.arithmetic_to_geometric,
                divergence(&arithmetic, &geometric),
            ),
        ];
        for (found, expected) in pairs {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }
    reading
}

fn mean_quality(each: &[(f64, Quality)], is_in: impl Fn(usize) -> bool) -> Quality {
    let inside = || each.iter().enumerate().filter(|(place, _)| is_in(*place));
    let chance: f64 = inside().map(|(_, (chance, _))| chance).sum();
    let mean = |of: &dyn Fn(&Quality) -> f64| {
        inside()
            .map(|(_, (chance, quality))| chance * of(quality))
            .sum::<f64>()
            / chance
    };
    let has_accuracy = each[0].1.accuracy.is_some();
    Quality {
        loss: mean(&|quality| quality.loss),
        accuracy: has_accuracy.then(|| mean(&|quality| quality.accuracy.unwrap())),
    }
}

/// What each unit is worth.
fn check_worth(reading: &ExactReading, each: &[(f64, Quality)]) {
    let choices = &reading.choices;
    for worth in &reading.worth {
        let bit = (0..choices.n_units()).find(|&bit| choices.unit(bit) == worth.unit);
        let has = |place: usize| Choices::mask_at(place) >> bit.unwrap() & 1 == 1;
        let [with, without] = [mean_quality(each, has), mean_quality(each, |p| !has(p))];
        assert_near(
            Quality {
                loss: worth.loss,
                accuracy: worth.accuracy,
            },
            Quality {
                loss: without.loss - with.loss,
                accuracy: with.accuracy.zip(without.accuracy).map(|(a, b)| a - b),
            },
            "worth",
        );
    }
}

/// The worst, the best, how many are as good as the full network, and the histograms.
fn check_shares(case: &Case, reading: &ExactReading, each: &[(f64, Quality)]) {
    let goodness = |quality: &Quality| quality.accuracy.unwrap_or(-quality.loss);
    let all: Vec<f64> = each.iter().map(|(_, quality)| goodness(quality)).collect();
    let [worst, best] = reading.range;
    let least = all.iter().copied().fold(f64::INFINITY, f64::min);
    let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert!((goodness(&worst) - least).abs() < 1e-6 * least.abs().max(1.0));
    assert!((goodness(&best) - most).abs() < 1e-6 * most.abs().max(1.0));
    let full = goodness(&case.quality(&case.full()));
    let as_good = each
        .iter()
        .filter(|(_, quality)| goodness(quality) >= full - 1e-9);
    let share: f64 = as_good.map(|(chance, _)| chance).sum();
    assert!(
        (reading.share_as_good_as_full - share).abs() < 1e-9,
        "{share}"
    );
    let full = case.quality(&case.full()).loss;
    let no_more = each.iter().filter(|(_, quality)| quality.loss <= full);
    let share: f64 = no_more.map(|(chance, _)| chance).sum();
    assert!(
        (reading.share_of_no_more_loss - share).abs() < 1e-9,
        "{share}"
    );
    let losses = each.iter().map(|(_, quality)| quality.loss);
    let range = [
        losses.clone().fold(f64::MAX, f64::min),
        losses.fold(0.0, f64::max),
    ];
    for (found, expected) in reading.loss_range.iter().zip(range) {
        assert!(
            (found - expected).abs() < 1e-6 * expected.max(1.0),
            "{range:?}"
        );
    }
    let losses: f64 = reading.chance_of_loss.iter().sum();
    assert!((losses - 1.0).abs() < 1e-9);
    for (n_right, found) in reading.chance_of_right.iter().enumerate() {
        let accuracy = n_right as f64 / N_EXAMPLES as f64;
        let is_it = |quality: &Quality| (quality.accuracy.unwrap() - accuracy).abs() < 1e-9;
        let of_it = each.iter().filter(|(_, quality)| is_it(quality));
        let expected: f64 = of_it.map(|(chance, _)| chance).sum();
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }
}

#[test]
fn every_mask_of_a_hidden_layer_is_as_by_brute_force_and_the_geometric_mean_is_the_full_network() {
    for (rates, activation) in [
        (&[0.0, 0.5], Activation::Relu),
        (&[0.0, 0.2], Activation::Relu),
        (&[0.0, 0.7], Activation::Sigmoid),
    ] {
        let reading = check(&Case::classes(&[4, 10, 3], rates, activation));
        let apart = reading.distances;
        assert!(apart.geometric_to_full < 1e-9, "{apart:?}");
        assert!(apart.largest < 1e-6, "{apart:?}");
        assert!(apart.arithmetic_to_full > 1e-5, "{apart:?}");
    }
}

#[test]
fn every_mask_of_two_hidden_layers_is_as_by_brute_force_and_the_geometric_mean_is_not_the_full_network()
 {
    let case = Case::classes(&[3, 5, 5, 3], &[0.0, 0.3, 0.5], Activation::Relu);
    let apart = check(&case).distances;
    assert!(apart.geometric_to_full > 1e-3, "{apart:?}");
}

#[test]
fn every_mask_of_inputs_is_as_by_brute_force_with_hidden_units_and_alone() {
    check(&Case::classes(&[4, 6, 2], &[0.2, 0.5], Activation::Tanh));
    check(&Case::classes(&[6, 5, 3], &[0.4, 0.0], Activation::Relu));
    check(&Case::classes(&[6, 5, 3], &[0.4, 1.0], Activation::Relu));
    let reading = check(&Case::classes(&[8, 3], &[0.4], Activation::Relu));
    assert!(
        reading.distances.largest < 1e-6,
        "no activation is above a mask"
    );
}

#[test]
fn every_mask_of_a_regression_is_as_by_brute_force_and_the_mean_is_the_full_network() {
    let reading = check(&Case::values(&[4, 10, 2], &[0.0, 0.5]));
    assert!(reading.distances.largest < 1e-5, "{:?}", reading.distances);
    let reading = check(&Case::values(&[4, 4, 5, 2], &[0.0, 0.5, 0.2]));
    assert!(reading.distances.largest > 1e-3, "{:?}", reading.distances);
}

#[test]
fn one_core_and_all_cores_see_the_same_to_the_last_bit() {
    let case = Case::classes(&[2, 14, 2], &[0.0, 0.4], Activation::Relu);
    assert_eq!(case.look(false), case.look(true));
}

#[test]
fn networks_in_which_nothing_lives_tie_and_the_first_class_has_the_tie() {
    let mut case = Case::classes(&[2, 8, 3], &[0.0, 0.5], Activation::Relu);
    for layer in &mut case.net.layers {
        layer.bias.fill(0.0);
    }
    let reading = case.look(false);
    let Target::Labels(labels) = &case.target else {
        unreachable!()
    };
    let n_first = labels.iter().filter(|&&label| label == 0).count();
    assert_eq!(
        reading.n_right[0] as usize, n_first,
        "all units are dropped"
    );
    assert!((reading.at(0).loss - 3.0_f64.ln()).abs() < 1e-6);
}

#[test]
fn examples_are_left_out_evenly_until_the_look_is_affordable() {
    let widths = &[2, 20, 2];
    let n = 500;
    let inputs = (0..2 * n).map(|i| (i as f32).sin()).collect();
    let labels = (0..n as u32).map(|i| i % 2).collect();
    let targets = Targets::Classes {
        labels,
        n_classes: 2,
    };
    let data = Dataset::new("many", vec![2], inputs, targets);
    let net = Arc::new(engine::network(&problem::network(
        widths,
        Activation::Relu,
        1,
    )));
    let rates = [0.0, 0.5].map(|rate| DropRate::new(rate).unwrap());
    let shape = NoiseShape::per_batch();
    let how = (&rates[..], &shape);
    let look = Exact::new(net, how, &data, Key::new(1), Engine::default()).unwrap();
    // 2^20 masks, 95 examples and 2 classes are just below 2e8.
    assert_eq!(look.n_examples(), (95, 500));
    let (done, all) = look.progress();
    assert!(done == 0 && all >= 256, "{all} jobs of at most 2^12 masks");
}

#[test]
fn the_mean_of_twenty_is_between_one_and_all_of_them() {
    let case = Case::classes(&[4, 10, 3], &[0.0, 0.5], Activation::Relu);
    let reading = case.look(false);
    let values: Array2<f64> = ndarray::array![[
        reading.arithmetic.loss,
        reading.sampled.loss,
        reading.one.loss
    ]];
    assert!(values[[0, 0]] - 0.05 < values[[0, 1]], "{values}");
    assert!(values[[0, 1]] < values[[0, 2]], "{values}");
}
