//! How large are the weights?

use crate::nn::{Dense, Mlp};

/// Norms of the weights, without biases, of the network as it stands at test time.
///
/// Under inverted scaling these are the weights that are trained; nothing is rescaled at test time.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightNorms {
    /// Euclidean norm of each layer's weights, first to last.
    pub layers: Vec<f64>,
    /// Euclidean norm of all weights together.
    pub total: f64,
    /// The path norm: the root of the sum over all paths of the product of their squared weights.
    pub path: f64,
}

impl WeightNorms {
    /// The norms of `net`.
    pub fn of(net: &Mlp) -> Self {
        let squares: Vec<f64> = net.layers.iter().map(Dense::squared_norm).collect();
        Self {
            total: squares.iter().sum::<f64>().sqrt(),
            layers: squares.into_iter().map(f64::sqrt).collect(),
            path: path_norm(net),
        }
    }

    /// Norms that nobody knows, of `n_layers` layers.
    pub fn unknown(n_layers: usize) -> Self {
        Self {
            layers: vec![f64::NAN; n_layers],
            total: f64::NAN,
            path: f64::NAN,
        }
    }
}

/// The path norm: the root of the sum, over all paths from an input to an output, of the product of the squared weights along
/// the path. Rescaling a unit's incoming weights against its outgoing ones, which changes nothing that a network of rectifiers
/// computes, does not change it either.
///
/// Neyshabur, Tomioka and Srebro (2015), "Norm-based capacity control in neural networks", with p = 2. Nobody enumerates
/// paths: `sqrt(1ᵀ (W₁∘W₁) ... (Wₙ∘Wₙ) 1)`, which costs a multiplication for each weight.
fn path_norm(net: &Mlp) -> f64 {
    let n_inputs = net.layers.first().map_or(0, Dense::n_inputs);
    // Of each unit: the sum over the paths that end in it.
    let mut sums = vec![1.0; n_inputs];
    for layer in &net.layers {
        let mut next = vec![0.0; layer.n_units()];
        for (sum, row) in sums.iter().zip(layer.weight.rows()) {
            for (next, &weight) in next.iter_mut().zip(row) {
                *next += sum * f64::from(weight) * f64::from(weight);
            }
        }
        sums = next;
    }
    sums.iter().sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Key;
    use crate::nn::{Activation, Init};

    #[test]
    fn the_total_is_the_norm_of_the_layers_norms() {
        let mut net = Mlp::new(&[2, 2, 1], Activation::Relu, Init::He, Key::new(1));
        net.layers[0].weight = ndarray::array![[1.0, 2.0], [2.0, 0.0]];
        net.layers[1].weight = ndarray::array![[0.0], [4.0]];
        // The paths that are not 0 go through the second unit: 2 · 4.
        assert_eq!(
            WeightNorms::of(&net),
            WeightNorms {
                layers: vec![3.0, 4.0],
                total: 5.0,
                path: 8.0,
            }
        );
    }

    /// The squares of the weights along every path that begins at this input, each path's multiplied, added up.
    fn squares_of_paths(net: &Mlp, layer_idx: usize, from: usize) -> f64 {
        let Some(layer) = net.layers.get(layer_idx) else {
            return 1.0;
        };
        let through = |to: usize| {
            let weight = f64::from(layer.weight[[from, to]]);
            weight.powi(2) * squares_of_paths(net, layer_idx + 1, to)
        };
        (0..layer.n_units()).map(through).sum()
    }

    #[test]
    fn the_path_norm_is_the_one_over_all_paths_one_by_one() {
        for widths in [&[3, 4, 5, 2][..], &[7, 1], &[1, 6, 1]] {
            let net = Mlp::new(widths, Activation::Relu, Init::He, Key::new(5));
            let squares: f64 = (0..widths[0])
                .map(|input| squares_of_paths(&net, 0, input))
                .sum();
            let found = WeightNorms::of(&net).path;
            assert!((found - squares.sqrt()).abs() < 1e-12 * found, "{widths:?}");
        }
    }

    #[test]
    fn rescaling_a_unit_leaves_the_path_norm_as_it_is() {
        let mut net = Mlp::new(&[4, 6, 3], Activation::Relu, Init::He, Key::new(8));
        let before = WeightNorms::of(&net);
        net.layers[0]
            .weight
            .column_mut(2)
            .map_inplace(|w| *w *= 4.0);
        net.layers[1].weight.row_mut(2).map_inplace(|w| *w /= 4.0);
        let after = WeightNorms::of(&net);
        assert!(after.total > before.total * 1.05);
        assert!((after.path - before.path).abs() < 1e-12 * before.path);
    }
}
