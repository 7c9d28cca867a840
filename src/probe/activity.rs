//! What do the units of a layer do with the test examples: how strongly they answer, to how many, and to which?
//!
//! A unit *fires* on an example when its weighted sum is above 0, whatever the activation function: for a rectified unit that is
//! to say anything at all. It is *dead* when it has nothing to say about the examples: a rectified unit that never fires, any
//! other that says the same to all of them. Of an activation *nothing* is seen where a rectified unit is silent, and where a
//! sigmoid or hyperbolic tangent is so far at its end that hardly a gradient comes through.

use std::ops::Range;

use ndarray::{Array2, ArrayView2};

use super::bench::rows_a_part;
use super::families::norms_of_units;
use super::look::{Look, Subject};
use super::{Bench, Evaluator};
use crate::data::{Dataset, Targets};
use crate::math::bins::Bins;
use crate::nn::Activation;

/// The examples that move a unit most, which are remembered for each.
pub const N_BEST: usize = 8;

/// Groups of examples whose means are taken: so many classes at most, the first ones.
const MOST_GROUPS: usize = 64;

/// Groups of equally many examples for values, by the first of them.
const N_TENTHS: usize = 10;

/// The share of its steepest slope below which an activation function hardly lets a gradient through.
const FLAT: f32 = 0.1;

/// In which groups examples are put.
#[derive(Debug, Clone, PartialEq)]
pub enum Groups {
    /// By class: so many.
    Classes(usize),
    /// By the first value to predict, about equally many each: the least value in each group, and last the greatest of all.
    Values(Vec<f64>),
}

impl Groups {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(n) => *n,
            Self::Values(ends) => ends.len().saturating_sub(1),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The groups of `data`, and which group each example is in, if it is in one.
    fn of(data: &Dataset) -> (Self, Vec<Option<usize>>) {
        match &data.targets {
            Targets::Classes { labels, n_classes } => {
                let n_groups = (*n_classes).min(MOST_GROUPS);
                let group = |&label: &u32| Some(label as usize).filter(|&class| class < n_groups);
                (Self::Classes(n_groups), labels.iter().map(group).collect())
            }
            Targets::Values(values) => {
                let firsts = values.column(0);
                let mut order: Vec<usize> = (0..firsts.len()).collect();
                order.sort_by(|&one, &two| firsts[one].total_cmp(&firsts[two]));
                let (n, n_groups) = (order.len(), N_TENTHS.min(order.len()));
                let mut group_of = vec![None; n];
                for (rank, &example) in order.iter().enumerate() {
                    group_of[example] = Some(rank * n_groups / n);
                }
                let starts = (0..n_groups).map(|group| (group * n).div_ceil(n_groups));
                let places = starts.chain(n.checked_sub(1));
                let ends = places.map(|rank| f64::from(firsts[order[rank]]));
                (Self::Values(ends.collect()), group_of)
            }
        }
    }
}

/// What the `U` units of a hidden layer of the full network do with the test examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Which dense layer, from 0: the one into the first hidden layer.
    pub layer_idx: usize,
    /// What the units do with their weighted sums.
    pub activation: Activation,
    /// Test examples.
    pub n_examples: usize,
    /// The mean activation of each unit, `[U]`.
    pub means: Vec<f64>,
    /// The share of the examples that each unit fires on, `[U]`, `0..=1`.
    pub fires: Vec<f64>,
    /// Which units are dead, `[U]`.
    pub is_dead: Vec<bool>,
    /// The Euclidean norm of the weights into each unit, `[U]`.
    pub norms: Vec<f64>,
    /// The groups of examples, `G` of them.
    pub groups: Groups,
    /// The mean activation of each unit over each group, [U, G]; not a number over an empty group.
    pub by_group: Array2<f64>,
    /// The examples with the largest activations of each unit, largest first; fewer where it says nothing to so many.
    pub best: Vec<Vec<u32>>,
    /// Activations of which something is seen, of all units and examples.
    pub bins: Bins,
    /// The share of those of which nothing is seen, `0..=1`; `None` for an activation function that always lets something
    /// through.
    pub unseen: Option<f64>,
}

impl Activity {
    /// Units, U.
    pub fn n_units(&self) -> usize {
        self.means.len()
    }

    /// Units that are dead.
    pub fn n_dead(&self) -> usize {
        self.is_dead.iter().filter(|&&is_dead| is_dead).count()
    }

    /// The mean activation of all units.
    pub fn mean(&self) -> f64 {
        crate::math::statistics::mean(&self.means)
    }

    /// The groups with the largest and the second largest mean activation of a unit, if that says anything: not of a dead unit,
    /// and not where there are fewer than two.
    pub fn favourites(&self, unit: usize) -> Option<[usize; 2]> {
        if self.is_dead[unit] {
            return None;
        }
        let means = self.by_group.row(unit);
        let mut groups: Vec<usize> = (0..means.len()).filter(|&g| !means[g].is_nan()).collect();
        groups.sort_by(|&one, &two| means[two].total_cmp(&means[one]));
        Some([*groups.first()?, *groups.get(1)?])
    }

    /// What activations of which nothing is seen are called; `None` where there are none.
    pub fn unseen_word(activation: Activation) -> Option<&'static str> {
        match activation {
            Activation::Relu => Some("silent"),
            Activation::Tanh | Activation::Sigmoid => Some("saturated"),
            Activation::Linear => None,
        }
    }
}

/// Whether nothing is seen of an activation `a`.
fn is_unseen(activation: Activation, a: f32) -> bool {
    let steepest = match activation {
        Activation::Linear => return false,
        Activation::Relu | Activation::Tanh => 1.0,
        Activation::Sigmoid => 0.25,
    };
    activation.derivative(a) < FLAT * steepest
}

/// Whether a unit with the activation `a` fires: whether its weighted sum is above 0.
pub fn fires(activation: Activation, a: f32) -> bool {
    match activation {
        Activation::Sigmoid => a > 0.5,
        Activation::Relu | Activation::Tanh | Activation::Linear => a > 0.0,
    }
}

/// What is known of one unit so far.
#[derive(Debug, Clone, Default)]
struct Sums {
    sum: f64,
    n_fires: usize,
    range: Option<(f32, f32)>,
    /// Activations and their examples, largest first.
    best: Vec<(f32, u32)>,
}

impl Sums {
    fn add(&mut self, example: usize, a: f32, fires: bool) {
        self.sum += f64::from(a);
        self.n_fires += usize::from(fires);
        let (low, high) = self.range.unwrap_or((a, a));
        self.range = Some((low.min(a), high.max(a)));
        let is_among = |&(least, _): &(f32, u32)| a > least;
        if fires && (self.best.len() < N_BEST || self.best.last().is_some_and(is_among)) {
            let place = self.best.partition_point(|&(other, _)| other >= a);
            self.best.insert(place, (a, example as u32));
            self.best.truncate(N_BEST);
        }
    }

    fn is_dead(&self, activation: Activation) -> bool {
        match activation {
            Activation::Relu => self.n_fires == 0,
            _ => self.range.is_none_or(|(low, high)| low >= high),
        }
    }
}

/// A look at the units of one hidden layer, some examples at a time.
#[derive(Debug)]
pub struct ActivityLook {
    subject: Subject,
    layer_idx: usize,
    groups: Groups,
    group_of: Vec<Option<usize>>,
    n_seen: usize,
    n_unseen: u64,
    sums: Vec<Sums>,
    by_group: Array2<f64>,
    bins: Bins,
}

impl ActivityLook {
    /// Before the first example.
    ///
    /// # Panics
    /// If there is no such hidden layer.
    pub fn begin(subject: Subject, layer_idx: usize) -> Self {
        assert!(layer_idx + 1 < subject.net.layers.len(), "a hidden layer");
        let n_units = subject.net.layers[layer_idx].n_units();
        let (groups, group_of) = Groups::of(&subject.data.test);
        Self {
            by_group: Array2::zeros((n_units, groups.len())),
            groups,
            group_of,
            n_seen: 0,
            n_unseen: 0,
            sums: vec![Sums::default(); n_units],
            bins: Bins::default(),
            layer_idx,
            subject,
        }
    }

    fn rows_a_part(&self) -> usize {
        rows_a_part(self.subject.net.n_parameters()).max(Evaluator::CHUNK)
    }

    /// Sees what the units made of the examples `rows`: `activations` [B, U].
    fn see(&mut self, rows: Range<usize>, activations: ArrayView2<f32>) {
        let activation = self.subject.net.activation;
        for (example, row) in rows.zip(activations.rows()) {
            let group = self.group_of[example];
            for (unit, &a) in row.iter().enumerate() {
                self.sums[unit].add(example, a, fires(activation, a));
                if let Some(group) = group {
                    self.by_group[[unit, group]] += f64::from(a);
                }
                if is_unseen(activation, a) {
                    self.n_unseen += 1;
                } else {
                    self.bins.add(f64::from(a));
                }
            }
        }
    }

    fn reading(&mut self) -> Activity {
        let (net, n) = (&self.subject.net, self.n_seen as f64);
        let activation = net.activation;
        let mut by_group = std::mem::take(&mut self.by_group);
        for (group, mut sums) in by_group.columns_mut().into_iter().enumerate() {
            let n_in_it = self
                .group_of
                .iter()
                .filter(|of| **of == Some(group))
                .count();
            sums /= n_in_it as f64;
        }
        let all = (self.sums.len() * self.n_seen) as f64;
        let examples = |sums: &Sums| sums.best.iter().map(|&(_, example)| example).collect();
        Activity {
            layer_idx: self.layer_idx,
            activation,
            n_examples: self.n_seen,
            means: self.sums.iter().map(|sums| sums.sum / n).collect(),
            fires: self
                .sums
                .iter()
                .map(|sums| sums.n_fires as f64 / n)
                .collect(),
            is_dead: self
                .sums
                .iter()
                .map(|sums| sums.is_dead(activation))
                .collect(),
            norms: norms_of_units(&net.layers[self.layer_idx].weight, None),
            groups: self.groups.clone(),
            by_group,
            best: self.sums.iter().map(examples).collect(),
            bins: std::mem::take(&mut self.bins),
            unseen: Activity::unseen_word(activation).map(|_| self.n_unseen as f64 / all),
        }
    }
}

impl Look for ActivityLook {
    type Reading = Activity;

    fn advance(&mut self, bench: &mut Bench) -> Option<Activity> {
        let n_examples = self.subject.data.test.len();
        let end = (self.n_seen + self.rows_a_part()).min(n_examples);
        let (subject, layer_idx) = (self.subject.clone(), self.layer_idx);
        while self.n_seen < end {
            let rows = self.n_seen..(self.n_seen + Evaluator::CHUNK).min(end);
            let evaluator = subject.evaluator(bench);
            let test = &subject.data.test;
            let said = evaluator.entering(&subject.net, layer_idx + 1, test, rows.clone());
            self.n_seen = rows.end;
            self.see(rows, said);
        }
        (self.n_seen >= n_examples).then(|| self.reading())
    }

    fn progress(&self) -> (usize, usize) {
        let part = self.rows_a_part();
        let n_examples = self.subject.data.test.len();
        (self.n_seen.div_ceil(part), n_examples.div_ceil(part).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::fixture::{answered, classes, layers_of, subject, values};
    use crate::probe::{Probe, Reading};

    fn activity(subject: Subject, layer_idx: usize) -> Activity {
        match answered(&Probe::Activity { layer_idx }, subject).0 {
            Reading::Activity(activity) => activity,
            other => panic!("{other:?}"),
        }
    }

    /// What unit `unit` of the layer says to each example.
    fn said(subject: &Subject, layer_idx: usize, unit: usize) -> Vec<f64> {
        let test = &subject.data.test;
        let of_example =
            |i| layers_of(&subject.net, test.item(i), |_, _| false)[layer_idx + 1][unit];
        (0..test.len()).map(of_example).collect()
    }

    #[test]
    fn means_and_shares_are_those_of_plain_loops_for_every_activation_function() {
        let cases = [
            (Activation::Relu, 0.0),
            (Activation::Tanh, 0.0),
            (Activation::Sigmoid, 0.5),
            (Activation::Linear, 0.0),
        ];
        for (activation, threshold) in cases {
            for layer_idx in [0, 1] {
                let subject = subject(&[7, 5], activation, 0.5, classes(300));
                let found = activity(subject.clone(), layer_idx);
                assert_eq!(
                    (found.n_examples, found.n_units()),
                    (300, [7, 5][layer_idx])
                );
                let mut n_unseen = 0;
                for unit in 0..found.n_units() {
                    let said = said(&subject, layer_idx, unit);
                    let mean = said.iter().sum::<f64>() / 300.0;
                    assert!(
                        (found.means[unit] - mean).abs() < 1e-5,
                        "{activation} {unit}"
                    );
                    let n_fires = said.iter().filter(|a| **a > threshold).count();
                    assert!((found.fires[unit] - n_fires as f64 / 300.0).abs() < 1e-9);
                    n_unseen += said
                        .iter()
                        .filter(|a| match activation {
                            Activation::Relu => **a <= 0.0,
                            Activation::Tanh => 1.0 - **a * **a < 0.1,
                            Activation::Sigmoid => **a * (1.0 - **a) < 0.025,
                            Activation::Linear => false,
                        })
                        .count();
                    let weights = subject.net.layers[layer_idx].weight.column(unit);
                    let norm = weights
                        .iter()
                        .map(|&w| f64::from(w).powi(2))
                        .sum::<f64>()
                        .sqrt();
                    assert!((found.norms[unit] - norm).abs() < 1e-9);
                }
                let all = (300 * found.n_units()) as f64;
                assert_eq!(
                    found.bins.total(),
                    all as u64 - n_unseen as u64,
                    "{activation}"
                );
                let expected = (activation != Activation::Linear).then_some(n_unseen as f64 / all);
                assert_eq!(found.unseen, expected, "{activation}");
            }
        }
    }

    #[test]
    fn the_mean_of_a_unit_over_a_class_is_that_of_the_examples_of_the_class() {
        let subject = subject(&[6], Activation::Relu, 0.0, classes(200));
        let found = activity(subject.clone(), 0);
        assert_eq!(found.groups, Groups::Classes(3));
        for unit in 0..6 {
            let said = said(&subject, 0, unit);
            let mut means = Vec::new();
            for class in 0..3 {
                let of_class: Vec<f64> = (0..200)
                    .filter(|i| (i * i) % 3 == class)
                    .map(|i| said[i])
                    .collect();
                means.push(of_class.iter().sum::<f64>() / of_class.len() as f64);
                let mean = found.by_group[[unit, class]];
                // No square leaves 2: that class is empty.
                assert!(
                    (mean - means[class]).abs() < 1e-5 || (class == 2 && mean.is_nan()),
                    "{unit} {class}"
                );
            }
            let favourites = found.favourites(unit);
            let expected = if means[0] > means[1] { [0, 1] } else { [1, 0] };
            assert_eq!(
                favourites,
                (!found.is_dead[unit]).then_some(expected),
                "{unit}"
            );
        }
    }

    #[test]
    fn examples_of_a_regression_are_grouped_by_tenths_of_their_first_value() {
        let subject = subject(&[4], Activation::Tanh, 0.0, values(95));
        let found = activity(subject.clone(), 0);
        let Groups::Values(ends) = &found.groups else {
            panic!("values")
        };
        assert_eq!((ends.len(), found.groups.len()), (11, 10));
        assert!(ends.is_sorted());
        let Targets::Values(targets) = &subject.data.test.targets else {
            panic!("values")
        };
        for group in 0..10 {
            let is_in_it = |&i: &usize| {
                let value = f64::from(targets[[i, 0]]);
                value >= ends[group] && (value < ends[group + 1] || group == 9)
            };
            let examples: Vec<usize> = (0..95).filter(is_in_it).collect();
            assert!(
                (9..=10).contains(&examples.len()),
                "{group}: {}",
                examples.len()
            );
            for unit in 0..4 {
                let said = said(&subject, 0, unit);
                let mean = examples.iter().map(|&i| said[i]).sum::<f64>() / examples.len() as f64;
                assert!((found.by_group[[unit, group]] - mean).abs() < 1e-5);
            }
        }
        let few = activity(
            super::super::fixture::subject(&[4], Activation::Tanh, 0.0, values(3)),
            0,
        );
        assert_eq!(few.groups.len(), 3);
    }

    #[test]
    fn the_best_examples_of_a_unit_are_those_it_says_most_to() {
        let subject = subject(&[6], Activation::Relu, 0.0, classes(700));
        let found = activity(subject.clone(), 0);
        for unit in 0..6 {
            let said = said(&subject, 0, unit);
            let mut order: Vec<usize> = (0..700).filter(|&i| said[i] > 0.0).collect();
            order.sort_by(|&one, &two| said[two].total_cmp(&said[one]));
            order.truncate(N_BEST);
            let best: Vec<f64> = found.best[unit].iter().map(|&i| said[i as usize]).collect();
            let expected: Vec<f64> = order.iter().map(|&i| said[i]).collect();
            assert_eq!(best.len(), expected.len());
            assert!(
                best.iter()
                    .zip(&expected)
                    .all(|(a, b)| (a - b).abs() < 1e-5),
                "{best:?} {expected:?}"
            );
        }
    }

    #[test]
    fn a_unit_is_dead_when_it_says_nothing_about_the_examples() {
        for activation in Activation::ALL {
            let mut subject = subject(&[4], activation, 0.0, classes(60));
            let mut net = (*subject.net).clone();
            net.layers[0].weight.column_mut(2).fill(0.0);
            net.layers[0].bias[2] = -0.5;
            subject.net = net.into();
            let found = activity(subject, 0);
            assert_eq!(
                (found.n_dead(), found.is_dead[2]),
                (1, true),
                "{activation}"
            );
            assert_eq!(found.favourites(2), None);
        }
    }

    #[test]
    fn a_network_without_numbers_has_no_activations_to_count() {
        let mut subject = subject(&[4], Activation::Relu, 0.0, classes(60));
        let mut net = (*subject.net).clone();
        net.layers[0].weight.fill(f32::NAN);
        subject.net = net.into();
        let found = activity(subject, 0);
        assert!(found.mean().is_nan());
        assert_eq!(found.bins.total(), 0);
    }
}
