//! What is a unit worth? By how much the test loss rises when it alone is left out of the full network.
//!
//! Nothing is rescaled for it: what the unit added to the next layer is missing there. That is taken away from the weighted sums
//! of that layer, which are kept, so only what lies above is computed again: for a unit of the last hidden layer an addition
//! and a loss for each example.

use std::ops::Range;

use ndarray::{Array2, s};

use super::Examples;
use super::bench::PART_PRODUCTS;
use super::evaluation::losses;
use super::look::{Look, Subject};
use super::{Bench, Evaluator, Score};
use crate::math::matmul;
use crate::nn::loss::BatchLoss;
use crate::nn::{Mlp, Pass, Scratch};

/// Passes of the test examples that a look at a layer may cost before it is content with fewer examples ...
const MOST_PASSES: usize = 4;

/// ... so many of them.
const FEWER_EXAMPLES: usize = 200;

/// What the units of one hidden layer are worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Worth {
    /// Which dense layer, from 0.
    pub layer_idx: usize,
    /// On how many test examples ...
    pub n_examples: usize,
    /// ... of how many.
    pub n_test: usize,
    /// The loss of the full network on them: mean cross-entropy in nats, or mean squared error.
    pub loss: f64,
    /// By how much it rises without each unit, `[U]`; below 0 where it falls. Not a number for units not yet looked at.
    pub rises: Vec<f64>,
    /// The units looked at, those of most worth first.
    pub ranked: Vec<usize>,
}

impl Worth {
    /// The unit of most worth, and what it is worth.
    pub fn most(&self) -> Option<(usize, f64)> {
        self.ranked.first().map(|&unit| (unit, self.rises[unit]))
    }

    /// Units without which the loss is lower.
    pub fn n_harmful(&self) -> usize {
        self.rises.iter().filter(|rise| **rise < 0.0).count()
    }
}

/// A look at what the units of a layer are worth, some of them at a time.
#[derive(Debug)]
pub struct WorthLook {
    subject: Subject,
    layer_idx: usize,
    examples: Examples,
    /// What the units say, [N, U].
    said: Array2<f32>,
    /// The weighted sums of the next layer, [N, V].
    sums: Array2<f32>,
    /// The layers above the next one; none where its sums are the outputs.
    above: Option<(Mlp, Scratch)>,
    loss: f64,
    rises: Vec<f64>,
}

impl WorthLook {
    /// Before the first unit.
    ///
    /// # Panics
    /// If there is no such hidden layer.
    pub fn begin(subject: Subject, layer_idx: usize, bench: &mut Bench) -> Self {
        let net = &subject.net;
        assert!(layer_idx + 1 < net.layers.len(), "a hidden layer");
        let n_test = subject.data.test.len();
        let n_examples = n_worth_examples(net, layer_idx, n_test);
        let examples = bench.examples(&subject.data, n_examples);
        let layers = net.layers[layer_idx + 2..].to_vec();
        let above = (!layers.is_empty()).then(|| {
            let above = Mlp {
                layers,
                activation: net.activation,
            };
            let scratch = Scratch::with_engine(subject.engine(), &above.widths(), Evaluator::CHUNK);
            (above, scratch)
        });
        Self {
            said: Array2::zeros((0, 0)),
            sums: Array2::zeros((0, 0)),
            above,
            loss: f64::NAN,
            rises: Vec::new(),
            examples,
            layer_idx,
            subject,
        }
    }

    fn n_units(&self) -> usize {
        self.subject.net.layers[self.layer_idx].n_units()
    }

    fn units_a_part(&self) -> usize {
        let products = self.examples.len() * products_without(&self.subject.net, self.layer_idx);
        (PART_PRODUCTS / products.max(1)).clamp(1, 64)
    }

    /// What all units say, what that adds up to above, and the loss with all of them.
    fn prepare(&mut self, bench: &mut Bench) {
        let (subject, n) = (self.subject.clone(), self.examples.len());
        self.said = Array2::zeros((n, self.n_units()));
        for first in (0..n).step_by(Evaluator::CHUNK) {
            let rows = first..(first + Evaluator::CHUNK).min(n);
            let evaluator = subject.evaluator(bench);
            let next_idx = self.layer_idx + 1;
            let said = evaluator.entering(&subject.net, next_idx, &self.examples, rows.clone());
            self.said.slice_mut(s![rows, ..]).assign(&said);
        }
        let next = &subject.net.layers[self.layer_idx + 1];
        self.sums = Array2::zeros((n, next.n_units()));
        self.sums += &next.bias;
        matmul::product(
            self.said.view(),
            next.weight.view(),
            1.0,
            self.sums.view_mut(),
        );
        self.loss = self.loss_without(None);
    }

    /// The loss without a unit, or with all of them.
    fn loss_without(&mut self, unit: Option<usize>) -> f64 {
        let n = self.examples.len();
        let mut total = BatchLoss::default();
        for first in (0..n).step_by(Evaluator::CHUNK) {
            let rows = first..(first + Evaluator::CHUNK).min(n);
            let chunk = self.losses_without(unit, rows);
            total.loss += chunk.loss;
            total.n_correct += chunk.n_correct;
        }
        Score::of(total, &self.examples).loss
    }

    fn losses_without(&mut self, unit: Option<usize>, rows: Range<usize>) -> BatchLoss {
        let mut sums = self.sums.slice(s![rows.clone(), ..]).to_owned();
        if let Some(unit) = unit {
            let weights = self.subject.net.layers[self.layer_idx + 1].weight.row(unit);
            let said = self.said.slice(s![rows.clone(), unit]);
            for (mut sums, &a) in sums.rows_mut().into_iter().zip(said) {
                // Of a silent unit nothing is missing.
                if a != 0.0 {
                    sums.scaled_add(-a, &weights);
                }
            }
        }
        let Some((above, scratch)) = &mut self.above else {
            let mut room = Array2::zeros(sums.dim());
            return losses(sums.view(), &self.examples, rows, room.view_mut());
        };
        let activation = above.activation;
        sums.mapv_inplace(|z| activation.value(z));
        above.forward(sums.view(), Pass::Full, scratch);
        let (outputs, room) = scratch.outputs_and_gradient();
        losses(outputs, &self.examples, rows, room)
    }

    fn reading(&self) -> Worth {
        let n_looked_at = self.rises.len();
        let mut ranked: Vec<usize> = (0..n_looked_at)
            .filter(|&unit| !self.rises[unit].is_nan())
            .collect();
        ranked.sort_by(|&one, &two| self.rises[two].total_cmp(&self.rises[one]));
        let mut rises = self.rises.clone();
        rises.resize(self.n_units(), f64::NAN);
        Worth {
            layer_idx: self.layer_idx,
            n_examples: self.examples.len(),
            n_test: self.subject.data.test.len(),
            loss: self.loss,
            rises,
            ranked,
        }
    }
}

impl Look for WorthLook {
    type Reading = Worth;

    fn advance(&mut self, bench: &mut Bench) -> Option<Worth> {
        if self.said.is_empty() {
            self.prepare(bench);
            return None;
        }
        let first = self.rises.len();
        for unit in first..(first + self.units_a_part()).min(self.n_units()) {
            let loss = self.loss_without(Some(unit));
            self.rises.push(loss - self.loss);
        }
        (self.rises.len() == self.n_units()).then(|| self.reading())
    }

    fn progress(&self) -> (usize, usize) {
        let part = self.units_a_part();
        let n_done = usize::from(!self.said.is_empty()) + self.rises.len().div_ceil(part);
        (n_done, 1 + self.n_units().div_ceil(part))
    }

    fn so_far(&self) -> Option<Worth> {
        (!self.rises.is_empty()).then(|| self.reading())
    }
}

/// Multiplications for one example without one unit: what it added to the next layer, and all that is above.
fn products_without(net: &Mlp, layer_idx: usize) -> usize {
    let above = net.layers[layer_idx + 2..].iter();
    net.layers[layer_idx + 1].n_units() + above.map(|layer| layer.weight.len()).sum::<usize>()
}

/// How many of `n_test` examples the units of a layer are left out on.
fn n_worth_examples(net: &Mlp, layer_idx: usize, n_test: usize) -> usize {
    let of_all_units = net.layers[layer_idx].n_units() * products_without(net, layer_idx);
    let of_a_pass: usize = net.layers.iter().map(|layer| layer.weight.len()).sum();
    if of_all_units <= MOST_PASSES * of_a_pass {
        n_test
    } else {
        n_test.min(FEWER_EXAMPLES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::nn::Activation;
    use crate::probe::fixture::{answered, classes, layers_of, loss_of, subject, values};
    use crate::probe::{Probe, Reading};

    fn worth(subject: Subject, layer_idx: usize) -> Worth {
        match answered(&Probe::Worth { layer_idx }, subject).0 {
            Reading::Worth(worth) => worth,
            other => panic!("{other:?}"),
        }
    }

    /// The loss on `data` where `is_out` of the hidden units say nothing.
    fn loss_without(net: &Mlp, data: &Dataset, is_out: impl Fn(usize, usize) -> bool) -> f64 {
        let outputs = (0..data.len()).map(|i| layers_of(net, data.item(i), &is_out).pop().unwrap());
        loss_of(&outputs.collect::<Vec<_>>(), data)
    }

    #[test]
    fn the_rise_without_a_unit_is_that_of_a_network_that_never_had_it() {
        for activation in Activation::ALL {
            for (data, hidden, layer_idx) in [
                (classes(300), &[6, 5][..], 0),
                (classes(300), &[6, 5], 1),
                (values(300), &[6, 5, 4], 1),
                (values(40), &[6], 0),
            ] {
                let subject = subject(hidden, activation, 0.5, data);
                let found = worth(subject.clone(), layer_idx);
                let test = &subject.data.test;
                // Where it would cost too much, on an even part.
                let part: Vec<usize> = (0..found.n_examples)
                    .map(|i| i * test.len() / found.n_examples)
                    .collect();
                let part = test.select(&part);
                let full = loss_without(&subject.net, &part, |_, _| false);
                assert!(
                    (found.loss - full).abs() < 1e-5,
                    "{activation}: {} for {full}",
                    found.loss
                );
                for unit in 0..hidden[layer_idx] {
                    let without = loss_without(&subject.net, &part, |idx, other| {
                        (idx, other) == (layer_idx, unit)
                    });
                    let rise = found.rises[unit];
                    assert!(
                        (rise - (without - full)).abs() < 2e-5,
                        "{activation} {layer_idx} {unit}: {rise}"
                    );
                }
                let (most, rise) = found.most().unwrap();
                assert_eq!(found.rises[most], rise);
                assert!(found.rises.iter().all(|other| *other <= rise));
                assert!(
                    found
                        .ranked
                        .windows(2)
                        .all(|pair| found.rises[pair[0]] >= found.rises[pair[1]])
                );
                let n_harmful = found.rises.iter().filter(|rise| **rise < 0.0).count();
                assert_eq!(found.n_harmful(), n_harmful);
            }
        }
    }

    #[test]
    fn a_dead_unit_is_worth_exactly_nothing() {
        let mut subject = subject(&[6, 5], Activation::Relu, 0.0, classes(300));
        let mut net = (*subject.net).clone();
        for layer in &mut net.layers[..2] {
            layer.bias[2] = -99.0;
        }
        subject.net = net.into();
        for layer_idx in 0..2 {
            assert_eq!(worth(subject.clone(), layer_idx).rises[2], 0.0);
        }
    }

    #[test]
    fn units_below_the_last_hidden_layer_are_left_out_on_fewer_examples_where_all_would_cost_too_much()
     {
        let found = worth(
            subject(&[60, 30, 30], Activation::Relu, 0.0, classes(300)),
            0,
        );
        assert_eq!((found.n_examples, found.n_test), (200, 300));
        let found = worth(
            subject(&[60, 30, 30], Activation::Relu, 0.0, classes(300)),
            2,
        );
        assert_eq!((found.n_examples, found.n_test), (300, 300));
    }

    #[test]
    fn what_is_known_so_far_leaves_the_other_units_open() {
        let mut bench = Bench::default();
        let mut look = WorthLook::begin(
            subject(&[100], Activation::Relu, 0.0, classes(50)),
            0,
            &mut bench,
        );
        assert!(look.advance(&mut bench).is_none());
        assert_eq!((look.so_far(), look.progress()), (None, (1, 3)));
        assert!(look.advance(&mut bench).is_none());
        let Some(so_far) = look.so_far() else {
            panic!("some units")
        };
        assert_eq!((so_far.ranked.len(), so_far.rises.len()), (64, 100));
        assert!(so_far.rises[64..].iter().all(|rise| rise.is_nan()));
        let Some(whole) = look.advance(&mut bench) else {
            panic!("complete")
        };
        assert_eq!(whole.rises[..64], so_far.rises[..64]);
        assert_eq!(whole.ranked.len(), 100);
    }

    #[test]
    fn nothing_is_ranked_where_the_network_has_no_numbers() {
        let mut subject = subject(&[4], Activation::Relu, 0.0, classes(60));
        let mut net = (*subject.net).clone();
        net.layers[1].bias.fill(f32::NAN);
        subject.net = net.into();
        assert_eq!(worth(subject, 0).most(), None);
    }
}
