//! What has become of each unit's incoming weights since the start?
//!
//! The k-th runs of all rates begin with the same weights. So the units of one index are siblings: what they are now, less
//! what all of them began as, is what training under each rate made of them.

use std::cmp::Ordering;

use ndarray::{Array2, ArrayView1, Axis};

use super::Examples;
use super::effective_inputs::EffectiveInputs;
use super::look::{Look, Subject};
use super::{Bench, Evaluator};
use crate::math::statistics;
use crate::nn::{Dense, Mlp};

/// The weights into the units of one layer: as they are, and as they began.
#[derive(Debug, Clone, PartialEq)]
pub struct Families {
    /// Which dense layer, from 0: the one into the first hidden layer.
    pub layer_idx: usize,
    /// The Euclidean norm of each unit's incoming weights, `[U]`.
    pub norms: Vec<f64>,
    /// The same before the first step.
    pub start_norms: Vec<f64>,
    /// The Euclidean norm of what each unit's incoming weights have changed by, ‖w - w₀‖, `[U]`.
    pub changes: Vec<f64>,
    /// How each unit pushes each output, [U, C].
    pub pushes: Array2<f32>,
    /// On how many inputs each unit's sum really rests, `[U]`: see [`EffectiveInputs`]. `None` before that is known.
    pub effective_inputs: Option<Vec<f64>>,
    /// The weights of the layer as they are, [I, U].
    now: Array2<f32>,
    /// The same before the first step.
    start: Array2<f32>,
}

impl Families {
    /// Of the dense layer `layer_idx` of `net`, whose weights began as `start` [I, U].
    ///
    /// # Panics
    /// If there is no such layer, or it has not as many weights.
    pub fn new(net: &Mlp, start: Array2<f32>, layer_idx: usize) -> Self {
        let now = net.layers[layer_idx].weight.clone();
        assert_eq!(now.dim(), start.dim());
        Self {
            layer_idx,
            norms: norms_of_units(&now, None),
            start_norms: norms_of_units(&start, None),
            changes: norms_of_units(&now, Some(&start)),
            pushes: pushes(net, layer_idx),
            effective_inputs: None,
            now,
            start,
        }
    }

    /// The bytes of those of all layers of a network with these widths: answers about one layer are kept while another is asked
    /// about.
    pub fn bytes(widths: &[usize]) -> u64 {
        let layers = widths.windows(2);
        let of_layer = |pair: &[usize]| {
            let n_weights = (pair[0] as u64).saturating_mul(pair[1] as u64);
            n_weights.saturating_mul(2 * size_of::<f32>() as u64)
        };
        layers.map(of_layer).fold(0, u64::saturating_add)
    }

    /// Units, U.
    pub fn n_units(&self) -> usize {
        self.norms.len()
    }

    /// Weights into each unit, I.
    pub fn n_inputs(&self) -> usize {
        self.now.nrows()
    }

    /// The incoming weights of a unit, `[I]`.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn weights(&self, unit: usize) -> Vec<f32> {
        self.now.column(unit).to_vec()
    }

    /// What a unit's incoming weights have changed by since the start, `[I]`.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn change(&self, unit: usize) -> Vec<f32> {
        let both = self
            .now
            .column(unit)
            .into_iter()
            .zip(self.start.column(unit));
        both.map(|(now, then)| now - then).collect()
    }

    /// The mean over all units of what has changed.
    pub fn mean_change(&self) -> f64 {
        statistics::mean(&self.changes)
    }

    /// The mean norm of all units' incoming weights.
    pub fn mean_norm(&self) -> f64 {
        statistics::mean(&self.norms)
    }

    /// The share of the units, `0..=1`, whose incoming weights are as long as max-norm lets them be.
    pub fn share_bounded(&self, max_norm: f64) -> f64 {
        /// Clipping rounds, once for each weight.
        const SLACK: f64 = 1e-5;
        let is_bounded = |norm: &&f64| **norm >= max_norm * (1.0 - SLACK);
        self.norms.iter().filter(is_bounded).count() as f64 / self.n_units() as f64
    }
}

/// The Euclidean norm of the incoming weights of each unit, or of how far they are from those of `other`.
pub(super) fn norms_of_units(weights: &Array2<f32>, other: Option<&Array2<f32>>) -> Vec<f64> {
    let mut squares = vec![0.0; weights.ncols()];
    for (input, row) in weights.rows().into_iter().enumerate() {
        let add = |(square, distance): (&mut f64, f64)| *square += distance * distance;
        let now = row.iter().map(|&weight| f64::from(weight));
        match other.map(|other| other.row(input)) {
            None => squares.iter_mut().zip(now).for_each(add),
            Some(then) => {
                let distances = now.zip(then).map(|(now, &then)| now - f64::from(then));
                squares.iter_mut().zip(distances).for_each(add);
            }
        }
    }
    squares.into_iter().map(f64::sqrt).collect()
}

/// How each unit of dense layer `layer_idx` would move each output if all units above it passed on what they get, [U, C]: the
/// product of the weights above. Where there are several outputs, less the mean over them: a softmax does not see what all have
/// in common. A unit of the last layer is an output itself.
fn pushes(net: &Mlp, layer_idx: usize) -> Array2<f32> {
    let n_outputs = net.layers.last().map_or(0, Dense::n_units);
    let above = net.layers[layer_idx + 1..].iter().rev();
    let mut pushes = above.fold(Array2::eye(n_outputs), |pushes, layer| {
        layer.weight.dot(&pushes)
    });
    if n_outputs > 1 {
        for mut row in pushes.rows_mut() {
            let mean = row.sum() / n_outputs as f32;
            row.map_inplace(|push| *push -= mean);
        }
    }
    pushes
}

/// A look at the families of one layer: their norms at once, then the examples that tell which inputs count.
#[derive(Debug)]
pub struct FamiliesLook {
    subject: Subject,
    examples: Examples,
    found: Families,
    effective: EffectiveInputs,
}

impl FamiliesLook {
    /// Of dense layer `layer_idx`, or of the last one where there are not so many. What it began as is in `last`, if that was
    /// of the same layer.
    pub fn begin(
        subject: Subject,
        layer_idx: usize,
        last: Option<&Families>,
        bench: &mut Bench,
    ) -> Self {
        let layer_idx = layer_idx.min(subject.net.layers.len() - 1);
        let known = last.filter(|last| last.layer_idx == layer_idx);
        let start = match known {
            Some(last) => last.start.clone(),
            None => subject.initial().layers.swap_remove(layer_idx).weight,
        };
        let widths = subject.net.widths();
        let n_examples = EffectiveInputs::n_examples(&widths, subject.data.test.len());
        Self {
            examples: bench.examples(&subject.data, n_examples),
            found: Families::new(&subject.net, start, layer_idx),
            effective: EffectiveInputs::new(widths[layer_idx + 1]),
            subject,
        }
    }
}

impl Look for FamiliesLook {
    type Reading = Families;

    fn advance(&mut self, bench: &mut Bench) -> Option<Families> {
        let evaluator: &mut Evaluator = self.subject.evaluator(bench);
        let (net, layer_idx) = (&self.subject.net, self.found.layer_idx);
        let found = self
            .effective
            .go_on(net, layer_idx, &self.examples, evaluator)?;
        self.found.effective_inputs = Some(found);
        Some(self.found.clone())
    }

    fn progress(&self) -> (usize, usize) {
        self.effective.progress(self.examples.len())
    }

    fn so_far(&self) -> Option<Families> {
        Some(self.found.clone())
    }
}

/// In which order families are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// By the mean over the rates of what has changed, largest first. Never by the change under one rate: that would show
    /// units that happen to have changed much under this one, and flatter it.
    #[default]
    Change,
    /// By the mean over the rates of the norm, largest first.
    Norm,
    /// By the output that they push most, summed over the rates, then by how strongly; for a single output, from those that raise
    /// it to those that lower it.
    Push,
    /// As they lie in the network.
    Index,
}

impl Order {
    /// All of them, in the order in which a key goes through them.
    pub const ALL: [Self; 4] = [Self::Change, Self::Norm, Self::Push, Self::Index];
}

/// The units of a layer in this order, by what all of `families`, one for each rate, say of them. Units that are equal stay in
/// the order of the network; numbers that are none come last.
///
/// # Panics
/// If the families are not of the same layer.
pub fn ordered(families: &[&Families], order: Order) -> Vec<usize> {
    let Some(first) = families.first() else {
        return Vec::new();
    };
    let n_units = first.n_units();
    let mut units: Vec<usize> = (0..n_units).collect();
    let sums = |value: fn(&Families) -> &[f64]| {
        let mut sums = vec![0.0; n_units];
        for family in families {
            let values = value(family);
            assert_eq!(values.len(), n_units, "families of one layer");
            sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
        }
        sums
    };
    match order {
        Order::Index => {}
        Order::Change => sort_falling(&mut units, &sums(|family| &family.changes)),
        Order::Norm => sort_falling(&mut units, &sums(|family| &family.norms)),
        Order::Push => {
            let pushed = most_pushed(families);
            let strengths: Vec<f64> = pushed.iter().map(|&(_, strength)| strength).collect();
            sort_falling(&mut units, &strengths);
            units.sort_by_key(|&unit| pushed[unit].0);
        }
    }
    units
}

fn sort_falling(units: &mut [usize], values: &[f64]) {
    units.sort_by(|&a, &b| match (values[a].is_nan(), values[b].is_nan()) {
        (false, false) => values[b].total_cmp(&values[a]),
        (true, true) => Ordering::Equal,
        (is_nan, _) => is_nan.cmp(&!is_nan),
    });
}

/// Which output each unit pushes most over all families, and how strongly in sum.
///
/// # Panics
/// If the families are not of the same layer.
pub fn most_pushed(families: &[&Families]) -> Vec<(usize, f64)> {
    let Some(first) = families.first() else {
        return Vec::new();
    };
    let mut sums: Array2<f64> = Array2::zeros(first.pushes.dim());
    for family in families {
        sums.zip_mut_with(&family.pushes, |sum, &push| *sum += f64::from(push));
    }
    let most = |row: ArrayView1<f64>| {
        let pushes = row.iter().copied().enumerate();
        pushes
            .reduce(|most, next| if next.1 > most.1 { next } else { most })
            .unwrap_or((0, f64::NAN))
    };
    sums.axis_iter(Axis(0)).map(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Key;
    use crate::nn::{Activation, Init};

    const WIDTHS: [usize; 4] = [5, 7, 4, 3];

    fn net(seed: u64) -> Mlp {
        Mlp::new(&WIDTHS, Activation::Relu, Init::He, Key::new(seed))
    }

    fn families(layer_idx: usize, seed: u64) -> Families {
        let start = net(1).layers.swap_remove(layer_idx).weight;
        Families::new(&net(seed), start, layer_idx)
    }

    #[test]
    fn norms_and_changes_are_those_of_columns() {
        for layer_idx in 0..3 {
            let found = families(layer_idx, 2);
            let [now, then] = [net(2), net(1)].map(|net| net.layers[layer_idx].weight.clone());
            assert_eq!(found.n_units(), WIDTHS[layer_idx + 1]);
            for unit in 0..found.n_units() {
                let [mut norm, mut start, mut change] = [0.0_f64; 3];
                for input in 0..WIDTHS[layer_idx] {
                    let [w, w0] = [&now, &then].map(|weight| f64::from(weight[[input, unit]]));
                    norm += w * w;
                    start += w0 * w0;
                    change += (w - w0) * (w - w0);
                    assert_eq!(f64::from(found.weights(unit)[input]), w);
                    assert!((f64::from(found.change(unit)[input]) - (w - w0)).abs() < 1e-6);
                }
                for (found, expected) in [
                    (found.norms[unit], norm),
                    (found.start_norms[unit], start),
                    (found.changes[unit], change),
                ] {
                    assert!((found - expected.sqrt()).abs() < 1e-12, "unit {unit}");
                }
            }
            let mean = found.changes.iter().sum::<f64>() / found.n_units() as f64;
            assert!((found.mean_change() - mean).abs() < 1e-12);
        }
    }

    #[test]
    fn a_unit_pushes_an_output_by_the_weights_of_all_paths_between_them() {
        let (found, net) = (families(0, 2), net(2));
        for unit in 0..WIDTHS[1] {
            let mut expected = [0.0_f64; 3];
            for hidden in 0..WIDTHS[2] {
                for (output, sum) in expected.iter_mut().enumerate() {
                    *sum += f64::from(net.layers[1].weight[[unit, hidden]])
                        * f64::from(net.layers[2].weight[[hidden, output]]);
                }
            }
            let mean = expected.iter().sum::<f64>() / 3.0;
            for (output, sum) in expected.iter().enumerate() {
                let push = f64::from(found.pushes[[unit, output]]);
                assert!((push - (sum - mean)).abs() < 1e-5, "{unit} {output}");
            }
        }
        let last = families(2, 2);
        let pushed = most_pushed(&[&last]);
        let outputs: Vec<usize> = pushed.iter().map(|(output, _)| *output).collect();
        assert_eq!(outputs, [0, 1, 2], "an output pushes itself");
    }

    #[test]
    fn orders_go_by_the_mean_over_all_rates_and_show_every_unit_once() {
        let all = [2, 3, 4].map(|seed| families(0, seed));
        let all: Vec<&Families> = all.iter().collect();
        let mean = |value: &dyn Fn(&Families) -> f64| {
            all.iter().map(|family| value(family)).sum::<f64>() / 3.0
        };
        for order in Order::ALL {
            let units = ordered(&all, order);
            let mut sorted = units.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..7).collect::<Vec<_>>(), "{order:?}");
            let is_in_order = |pair: &[usize]| match order {
                Order::Index => pair[0] < pair[1],
                Order::Change => {
                    mean(&|family| family.changes[pair[0]])
                        >= mean(&|family| family.changes[pair[1]])
                }
                Order::Norm => {
                    mean(&|family| family.norms[pair[0]]) >= mean(&|family| family.norms[pair[1]])
                }
                Order::Push => {
                    let pushed = most_pushed(&all);
                    let (a, b) = (pushed[pair[0]], pushed[pair[1]]);
                    a.0 < b.0 || a.0 == b.0 && a.1 >= b.1
                }
            };
            assert!(units.windows(2).all(is_in_order), "{order:?} {units:?}");
        }
        // The change under one rate alone has another order.
        let alone = ordered(&all[..1], Order::Change);
        assert_ne!(alone, ordered(&all, Order::Change));
        assert!(ordered(&[], Order::Change).is_empty());
    }

    #[test]
    fn the_output_that_is_pushed_most_is_that_of_the_sum_over_the_rates() {
        let all = [2, 3].map(|seed| families(0, seed));
        for (unit, (output, strength)) in most_pushed(&[&all[0], &all[1]]).into_iter().enumerate() {
            let sums = [0, 1, 2].map(|output| {
                let pushes = all.iter().map(|family| family.pushes[[unit, output]]);
                pushes.map(f64::from).sum::<f64>()
            });
            assert_eq!(sums[output], strength);
            assert!(sums.iter().all(|sum| *sum <= strength), "unit {unit}");
        }
    }

    #[test]
    fn what_is_no_number_comes_last() {
        let mut diverged = families(0, 2);
        diverged.changes[0] = f64::NAN;
        diverged.changes[3] = f64::INFINITY;
        let units = ordered(&[&diverged], Order::Change);
        assert_eq!((units[0], units[6]), (3, 0));
    }

    #[test]
    fn the_share_on_the_bound_counts_what_was_clipped_and_nothing_shorter() {
        let mut found = families(0, 2);
        let bound = 1.5_f32;
        // What clipping leaves is the bound but for rounding.
        let clipped = f64::from(bound) * (1.0 - 1e-7);
        found.norms = vec![clipped, 1.4, clipped, 1.49, 0.2, 1.5, 1.0];
        assert_eq!(found.share_bounded(f64::from(bound)), 3.0 / 7.0);
        assert_eq!(found.share_bounded(9.0), 0.0);
    }
}
