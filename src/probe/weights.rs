//! How large are the weights?

use crate::nn::{Dense, Mlp};

/// Euclidean norms of the weights, without biases, of the network as it stands at test time.
///
/// Under inverted scaling these are the weights that are trained; nothing is rescaled at test time.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightNorms {
    /// Norm of each layer's weights, first to last.
    pub layers: Vec<f64>,
    /// Norm of all weights together.
    pub total: f64,
}

impl WeightNorms {
    /// The norms of `net`.
    pub fn of(net: &Mlp) -> Self {
        let squares: Vec<f64> = net.layers.iter().map(Dense::squared_norm).collect();
        Self {
            total: squares.iter().sum::<f64>().sqrt(),
            layers: squares.into_iter().map(f64::sqrt).collect(),
        }
    }
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
        assert_eq!(
            WeightNorms::of(&net),
            WeightNorms {
                layers: vec![3.0, 4.0],
                total: 5.0
            }
        );
    }
}
