//! On how many of its inputs does a unit's sum really rest?

use ndarray::{Array2, ArrayView2, Zip, s};

use super::Evaluator;
use crate::data::Dataset;
use crate::math::matmul;
use crate::nn::Mlp;

/// Examples that are shown to the units of one layer.
///
/// The number of effective inputs of a unit for one example is `1 / Σ p²` with the shares `p = |a w| / Σ |a w|` of its inputs in
/// what it adds up (the inverse of Simpson's index: Laakso and Taagepera 1979, "effective number of parties"). It is the number of
/// inputs where all add as much, and 1 where one adds everything. Here it is the mean over the examples for which anything is
/// added at all.
#[derive(Debug, Clone)]
pub struct EffectiveInputs {
    n_seen: usize,
    /// Over the examples, of each unit.
    sums: Vec<f64>,
    n_counted: Vec<u32>,
}

/// Multiplications of all examples of a look, about a twentieth of a second of them; at least so many examples are shown.
const LOOK_MULTIPLICATIONS: usize = 2_000_000_000;
const LEAST_EXAMPLES: usize = 200;

/// Units whose weights are prepared at a time: few enough that they stay in cache.
const BLOCK: usize = 256;

impl EffectiveInputs {
    /// How many of `n_test` examples are shown to a network with these widths.
    pub fn n_examples(widths: &[usize], n_test: usize) -> usize {
        let n_weights: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        // A pass, and two products for what is added.
        let affordable = LOOK_MULTIPLICATIONS / (3 * n_weights).max(1);
        affordable.max(LEAST_EXAMPLES).min(n_test)
    }

    /// Before the first example, for a layer of `n_units`.
    pub fn new(n_units: usize) -> Self {
        Self {
            n_seen: 0,
            sums: vec![0.0; n_units],
            n_counted: vec![0; n_units],
        }
    }

    /// Shows the next examples of `data` to the units of dense layer `layer_idx` of `net`. After the last ones it tells the
    /// effective inputs of each unit, `[U]`; not a number for a unit to which no example added anything.
    ///
    /// # Panics
    /// If the layer has another number of units, or `data` other inputs than the network.
    pub fn go_on(
        &mut self,
        net: &Mlp,
        layer_idx: usize,
        data: &Dataset,
        evaluator: &mut Evaluator,
    ) -> Option<Vec<f64>> {
        let rows = self.n_seen..(self.n_seen + Evaluator::CHUNK).min(data.len());
        self.n_seen = rows.end;
        let entering = evaluator.entering(net, layer_idx, data, rows);
        self.count(entering, net.layers[layer_idx].weight.view());
        (self.n_seen == data.len()).then(|| {
            let both = self.sums.iter().zip(&self.n_counted);
            both.map(|(sum, &n)| sum / f64::from(n)).collect()
        })
    }

    /// Parts made and of how many, for `n_examples`.
    pub fn progress(&self, n_examples: usize) -> (usize, usize) {
        let parts = |n: usize| n.div_ceil(Evaluator::CHUNK);
        (parts(self.n_seen), parts(n_examples))
    }

    /// Counts the inputs `a` [B, I] of units with weights `w` [I, U]: `(Σ |a w|)² / Σ (a w)²`, each sum a product of matrices.
    fn count(&mut self, a: ArrayView2<f32>, w: ArrayView2<f32>) {
        let (sizes, squares) = (a.mapv(f32::abs), a.mapv(|a| a * a));
        for first in (0..w.ncols()).step_by(BLOCK) {
            let units = first..(first + BLOCK).min(w.ncols());
            let w = w.slice(s![.., units.clone()]);
            let mut sums = [(); 2].map(|()| Array2::zeros((a.nrows(), w.ncols())));
            let [of_sizes, of_squares] = &mut sums;
            matmul::product(
                sizes.view(),
                w.mapv(f32::abs).view(),
                0.0,
                of_sizes.view_mut(),
            );
            matmul::product(
                squares.view(),
                w.mapv(|w| w * w).view(),
                0.0,
                of_squares.view_mut(),
            );
            for unit in units.clone() {
                let column = unit - first;
                Zip::from(of_sizes.column(column))
                    .and(of_squares.column(column))
                    .for_each(|&size, &square| {
                        let effective = f64::from(size).powi(2) / f64::from(square);
                        if effective.is_finite() && effective > 0.0 {
                            self.sums[unit] += effective;
                            self.n_counted[unit] += 1;
                        }
                    });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Targets;
    use crate::math::random::Key;
    use crate::nn::{Activation, Init};

    fn data(n: usize, n_inputs: usize) -> Dataset {
        let inputs = (0..n * n_inputs).map(|i| ((i * 37 % 101) as f32 / 50.0 - 1.0).max(-0.4));
        let labels = vec![0; n];
        let targets = Targets::Classes {
            labels,
            n_classes: 2,
        };
        Dataset::new("waves", vec![n_inputs], inputs.collect(), targets)
    }

    fn all(net: &Mlp, layer_idx: usize, data: &Dataset) -> Vec<f64> {
        let mut evaluator = Evaluator::new(&net.widths());
        let mut look = EffectiveInputs::new(net.layers[layer_idx].n_units());
        loop {
            if let Some(found) = look.go_on(net, layer_idx, data, &mut evaluator) {
                return found;
            }
        }
    }

    /// Every example, unit and input by itself.
    fn slowly(net: &Mlp, layer_idx: usize, data: &Dataset, unit: usize) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for x in data.inputs.rows() {
            let mut a: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            for layer in &net.layers[..layer_idx] {
                let z = |to: usize| {
                    let terms = a.iter().enumerate();
                    let sum: f64 = terms
                        .map(|(from, a)| a * f64::from(layer.weight[[from, to]]))
                        .sum();
                    (sum + f64::from(layer.bias[to])).max(0.0)
                };
                a = (0..layer.n_units()).map(z).collect();
            }
            let weight = &net.layers[layer_idx].weight;
            let terms: Vec<f64> = a
                .iter()
                .enumerate()
                .map(|(input, a)| (a * f64::from(weight[[input, unit]])).abs())
                .collect();
            let total: f64 = terms.iter().sum();
            if total > 0.0 {
                sum += 1.0 / terms.iter().map(|term| (term / total).powi(2)).sum::<f64>();
                n += 1.0;
            }
        }
        sum / n
    }

    #[test]
    fn effective_inputs_are_those_of_every_example_by_itself() {
        let net = Mlp::new(&[6, 300, 9, 2], Activation::Relu, Init::He, Key::new(3));
        let data = data(2 * Evaluator::CHUNK + 5, 6);
        for layer_idx in 0..3 {
            let found = all(&net, layer_idx, &data);
            let n_units = net.layers[layer_idx].n_units();
            assert_eq!(found.len(), n_units);
            for unit in (0..n_units).step_by(7) {
                let expected = slowly(&net, layer_idx, &data, unit);
                let difference = (found[unit] - expected).abs();
                assert!(
                    difference < 1e-4 * expected,
                    "{layer_idx} {unit}: {} for {expected}",
                    found[unit]
                );
                assert!(expected >= 1.0 && expected <= net.layers[layer_idx].n_inputs() as f64);
            }
        }
    }

    #[test]
    fn equal_inputs_all_count_and_one_alone_is_one() {
        let mut net = Mlp::new(&[4, 3], Activation::Relu, Init::He, Key::new(3));
        let targets = Targets::Classes {
            labels: vec![0, 1],
            n_classes: 3,
        };
        // The second example adds nothing to the second unit, and says nothing of it.
        let data = Dataset::new(
            "two",
            vec![4],
            vec![2.0, 2.0, -2.0, 2.0, 1.0, 0.0, 0.0, 0.0],
            targets,
        );
        net.layers[0].weight = ndarray::array![
            [0.5, 0.0, 0.0],
            [0.5, 0.25, 0.0],
            [-0.5, 0.0, 0.0],
            [0.5, 0.0, 0.0]
        ];
        let found = all(&net, 0, &data);
        assert_eq!(&found[..2], &[2.5, 1.0], "the mean of 4 and 1");
        assert!(found[2].is_nan());
    }

    #[test]
    fn a_large_network_is_shown_a_part_of_the_examples() {
        assert_eq!(
            EffectiveInputs::n_examples(&[64, 256, 256, 10], 1_297),
            1_297
        );
        assert_eq!(
            EffectiveInputs::n_examples(&[784, 4096, 4096, 10], 10_000),
            200
        );
        assert_eq!(EffectiveInputs::n_examples(&[784, 4096, 4096, 10], 90), 90);
    }
}
