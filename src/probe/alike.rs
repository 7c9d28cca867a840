//! Do the units of a layer say the same? The correlation of every two of them over the test examples.
//!
//! Pearson's r of the activations of two units, by its size: 1 where one says all that the other does. Hinton et al. (2012)
//! expect dropout to prevent that units adapt to one another; whether they are less alike is what is measured here.

use ndarray::{Array2, Axis, s};

use super::Examples;
use super::bench::{evenly, rows_a_part};
use super::look::{Look, Subject};
use super::{Bench, Evaluator};
use crate::math::matmul;

/// Units that are compared with one another, at most; of wider layers, units at even distances.
const MOST_UNITS: usize = 512;

/// Activations that are kept for it, at most.
const MOST_KEPT: usize = 4_000_000;

/// Bins of |r| from 0 to 1.
const N_BINS: usize = 100;

/// How much alike the units of a hidden layer are.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// Which dense layer, from 0.
    pub layer_idx: usize,
    /// On how many test examples ...
    pub n_examples: usize,
    /// ... of how many.
    pub n_test: usize,
    /// Units of the layer.
    pub n_units: usize,
    /// Units that were compared: of those looked at, the ones that do not say the same to all examples.
    pub n_compared: usize,
    /// Pairs of them by |r|, in equal bins from 0 to 1.
    pub bins: Vec<u64>,
    /// The mean of |r| over all pairs; `None` where there is no pair.
    pub mean: Option<f64>,
}

/// A look at how much alike the units of a layer are: what they say, then a part of the products at a time.
#[derive(Debug)]
pub struct AlikeLook {
    subject: Subject,
    layer_idx: usize,
    examples: Examples,
    /// The units looked at.
    units: Vec<usize>,
    /// What they say, [N, K]; in units of its own spread, once all of it is known.
    said: Array2<f32>,
    n_said: usize,
    /// The correlations as far as they are added up, [K, K].
    r: Array2<f32>,
    n_multiplied: usize,
}

impl AlikeLook {
    /// Before the first example.
    ///
    /// # Panics
    /// If there is no such hidden layer.
    pub fn begin(subject: Subject, layer_idx: usize, bench: &mut Bench) -> Self {
        assert!(layer_idx + 1 < subject.net.layers.len(), "a hidden layer");
        let n_units = subject.net.layers[layer_idx].n_units();
        let units = evenly(n_units, n_units.min(MOST_UNITS));
        let n_examples = (MOST_KEPT / units.len()).min(subject.data.test.len());
        let examples = bench.examples(&subject.data, n_examples);
        Self {
            said: Array2::zeros((examples.len(), units.len())),
            n_said: 0,
            r: Array2::zeros((0, 0)),
            n_multiplied: 0,
            units,
            examples,
            layer_idx,
            subject,
        }
    }

    fn rows_to_say(&self) -> usize {
        rows_a_part(self.subject.net.n_parameters()).max(Evaluator::CHUNK)
    }

    fn rows_to_multiply(&self) -> usize {
        rows_a_part(self.units.len() * self.units.len())
    }

    fn say(&mut self, bench: &mut Bench) {
        let end = (self.n_said + self.rows_to_say()).min(self.examples.len());
        let evaluator = self.subject.evaluator(bench);
        while self.n_said < end {
            let rows = self.n_said..(self.n_said + Evaluator::CHUNK).min(end);
            let net = &*self.subject.net;
            let said = evaluator.entering(net, self.layer_idx + 1, &self.examples, rows.clone());
            let picked = said.select(Axis(1), &self.units);
            self.said.slice_mut(s![rows.clone(), ..]).assign(&picked);
            self.n_said = rows.end;
        }
        if self.n_said == self.examples.len() {
            self.standardise();
        }
    }

    /// Leaves out units that do not vary, and gives the others mean 0 and length 1.
    fn standardise(&mut self) {
        let n = self.said.nrows() as f64;
        let varies = |unit: &usize| {
            let column = self.said.column(*unit);
            let is_finite = column.iter().all(|a| a.is_finite());
            is_finite && column.iter().any(|a| *a != column[0])
        };
        let varying: Vec<usize> = (0..self.units.len()).filter(varies).collect();
        self.said = self.said.select(Axis(1), &varying);
        for mut column in self.said.columns_mut() {
            let mean = column.iter().map(|&a| f64::from(a)).sum::<f64>() / n;
            let squares = column.iter().map(|&a| (f64::from(a) - mean).powi(2));
            let length = squares.sum::<f64>().sqrt();
            column.mapv_inplace(|a| ((f64::from(a) - mean) / length) as f32);
        }
        self.units = varying.into_iter().map(|unit| self.units[unit]).collect();
        self.r = Array2::zeros((self.units.len(), self.units.len()));
    }

    fn multiply(&mut self) {
        let end = (self.n_multiplied + self.rows_to_multiply()).min(self.said.nrows());
        let rows = self.said.slice(s![self.n_multiplied..end, ..]);
        matmul::product(rows.t(), rows, 1.0, self.r.view_mut());
        self.n_multiplied = end;
    }

    fn reading(&self) -> Alike {
        let (mut bins, mut sum, mut n_pairs) = (vec![0; N_BINS], 0.0, 0_u64);
        for (one, row) in self.r.rows().into_iter().enumerate() {
            for &r in row.iter().skip(one + 1) {
                let size = f64::from(r).abs().min(1.0);
                bins[((size * N_BINS as f64) as usize).min(N_BINS - 1)] += 1;
                sum += size;
                n_pairs += 1;
            }
        }
        Alike {
            layer_idx: self.layer_idx,
            n_examples: self.examples.len(),
            n_test: self.subject.data.test.len(),
            n_units: self.subject.net.layers[self.layer_idx].n_units(),
            n_compared: self.units.len(),
            bins,
            mean: (n_pairs > 0).then(|| sum / n_pairs as f64),
        }
    }
}

impl Look for AlikeLook {
    type Reading = Alike;

    fn advance(&mut self, bench: &mut Bench) -> Option<Alike> {
        if self.n_said < self.examples.len() {
            self.say(bench);
            return None;
        }
        self.multiply();
        let is_complete = self.n_multiplied == self.examples.len();
        is_complete.then(|| self.reading())
    }

    fn progress(&self) -> (usize, usize) {
        let n = self.examples.len();
        let parts = |rows: usize, done: usize| (done.div_ceil(rows), n.div_ceil(rows).max(1));
        let said = parts(self.rows_to_say(), self.n_said);
        let multiplied = parts(self.rows_to_multiply(), self.n_multiplied);
        (said.0 + multiplied.0, said.1 + multiplied.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Activation;
    use crate::probe::fixture::{answered, classes, layers_of, subject};
    use crate::probe::{Probe, Reading};

    fn alike(subject: Subject, layer_idx: usize) -> Alike {
        match answered(&Probe::Alike { layer_idx }, subject).0 {
            Reading::Alike(alike) => alike,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn correlations_are_those_of_plain_loops_over_the_units_that_vary() {
        for (activation, layer_idx) in [(Activation::Relu, 1), (Activation::Tanh, 0)] {
            let mut subject = subject(&[9, 8], activation, 0.5, classes(400));
            let mut net = (*subject.net).clone();
            net.layers[layer_idx].weight.column_mut(3).fill(0.0);
            subject.net = net.into();
            let found = alike(subject.clone(), layer_idx);
            let n_units = [9, 8][layer_idx];
            let test = &subject.data.test;
            let said: Vec<Vec<f64>> = (0..400)
                .map(|i| layers_of(&subject.net, test.item(i), |_, _| false)[layer_idx + 1].clone())
                .collect();
            let varies = |unit: usize| said.iter().any(|a| a[unit] != said[0][unit]);
            let units: Vec<usize> = (0..n_units).filter(|&unit| varies(unit)).collect();
            assert!(!units.contains(&3));
            let (mut sizes, mut sum) = (Vec::new(), 0.0);
            for (k, &one) in units.iter().enumerate() {
                for &two in &units[k + 1..] {
                    let [mut x, mut y, mut xx, mut yy, mut xy] = [0.0; 5];
                    for a in &said {
                        let (a, b) = (a[one], a[two]);
                        (x, y, xx, yy, xy) = (x + a, y + b, xx + a * a, yy + b * b, xy + a * b);
                    }
                    let n = 400.0;
                    let r = (xy - x * y / n) / ((xx - x * x / n) * (yy - y * y / n)).sqrt();
                    sizes.push(r.abs());
                    sum += r.abs();
                }
            }
            assert_eq!((found.n_units, found.n_compared), (n_units, units.len()));
            assert_eq!(found.bins.iter().sum::<u64>() as usize, sizes.len());
            let mean = sum / sizes.len() as f64;
            assert!(
                (found.mean.unwrap() - mean).abs() < 1e-5,
                "{:?} {mean}",
                found.mean
            );
            // Counts below every edge, but for those within rounding of it.
            for edge in 1..N_BINS {
                let below: u64 = found.bins[..edge].iter().sum();
                let count = |slack: f64| {
                    sizes
                        .iter()
                        .filter(|r| **r < edge as f64 / N_BINS as f64 + slack)
                        .count() as u64
                };
                assert!(
                    (count(-1e-5)..=count(1e-5)).contains(&below),
                    "below {edge}: {below}"
                );
            }
        }
    }

    #[test]
    fn units_that_say_the_same_or_the_opposite_are_fully_alike_and_one_alone_has_no_pair() {
        let mut same = subject(&[2], Activation::Linear, 0.0, classes(50));
        let mut net = (*same.net).clone();
        let first = net.layers[0].weight.column(0).to_owned();
        net.layers[0]
            .weight
            .column_mut(1)
            .assign(&first.mapv(|w| -2.0 * w));
        same.net = net.into();
        assert!((alike(same, 0).mean.unwrap() - 1.0).abs() < 1e-5);
        let alone = alike(subject(&[1], Activation::Linear, 0.0, classes(50)), 0);
        assert_eq!((alone.mean, alone.n_compared), (None, 1));
    }

    #[test]
    fn of_wide_layers_and_many_examples_an_even_part_is_compared() {
        let found = alike(subject(&[700], Activation::Relu, 0.0, classes(9000)), 0);
        assert_eq!(
            (found.n_units, found.n_examples, found.n_test),
            (700, 7812, 9000)
        );
        assert!(found.n_compared <= MOST_UNITS && found.n_compared > 500);
    }
}
