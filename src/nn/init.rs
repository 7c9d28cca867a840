//! Initial weights.

use std::fmt;
use std::str::FromStr;

use rand::distr::Distribution;
use rand_distr::Normal;

use super::Dense;
use crate::math::random::Key;

/// How the weights of a dense layer are drawn; biases start at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Init {
    /// Normal with variance `2 / I` ([He 2015] eq. 10): keeps the variance of activations through `ReLU` layers.
    #[default]
    He,
    /// Normal with variance `2 / (I + U)` ([Glorot 2010] eq. 12): for tanh, sigmoid and linear layers.
    Glorot,
}

/// A word that names no initialisation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown initialisation `{0}`; accepted are he and glorot")]
pub struct UnknownInit(pub String);

impl Init {
    /// Both, in the order in which they are listed to the user.
    pub const ALL: [Self; 2] = [Self::He, Self::Glorot];

    /// The standard deviation of a weight between `n_inputs` and `n_units`.
    pub fn standard_deviation(self, n_inputs: usize, n_units: usize) -> f32 {
        match self {
            Self::He => (2.0 / n_inputs as f32).sqrt(),
            Self::Glorot => (2.0 / (n_inputs + n_units) as f32).sqrt(),
        }
    }

    /// A fresh layer with `n_inputs` inputs and `n_units` units; the same key gives the same weights.
    ///
    /// # Panics
    /// If the layer has no input.
    pub fn layer(self, n_inputs: usize, n_units: usize, key: Key) -> Dense {
        let normal = Normal::new(0.0, self.standard_deviation(n_inputs, n_units))
            .expect("a layer has inputs");
        let mut stream = key.stream();
        Dense::from_weights(n_inputs, n_units, || normal.sample(&mut stream))
    }

    /// The word by which settings name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::He => "he",
            Self::Glorot => "glorot",
        }
    }
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Init {
    type Err = UnknownInit;

    fn from_str(text: &str) -> Result<Self, UnknownInit> {
        Self::ALL
            .into_iter()
            .find(|init| init.name() == text)
            .ok_or_else(|| UnknownInit(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_the_weights_is_the_formula() {
        for init in Init::ALL {
            let layer = init.layer(300, 200, Key::new(1));
            let spread = layer.weight.std(0.0) / init.standard_deviation(300, 200);
            assert!((spread - 1.0).abs() < 0.01, "{init}: {spread}");
            assert!(layer.weight.mean().unwrap().abs() < 1e-3);
            assert!(layer.bias.iter().all(|&bias| bias == 0.0));
        }
    }
}
