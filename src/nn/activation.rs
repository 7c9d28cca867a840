//! Activation functions of the hidden layers.

use std::fmt;
use std::str::FromStr;

/// What a hidden unit does with its weighted sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Activation {
    /// `max(0, z)`.
    #[default]
    Relu,
    /// The hyperbolic tangent.
    Tanh,
    /// The logistic function, `1 / (1 + exp(-z))`.
    Sigmoid,
    /// The identity.
    Linear,
}

/// A word that names no activation function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown activation `{0}`; accepted are relu, tanh, sigmoid and linear")]
pub struct UnknownActivation(pub String);

impl Activation {
    /// Every activation function, in the order in which they are listed to the user.
    pub const ALL: [Self; 4] = [Self::Relu, Self::Tanh, Self::Sigmoid, Self::Linear];

    /// The activation of the weighted sum `z`.
    pub fn value(self, z: f32) -> f32 {
        match self {
            // `max` would turn NaN into 0 and hide a divergence.
            Self::Relu => {
                if z < 0.0 {
                    0.0
                } else {
                    z
                }
            }
            Self::Tanh => z.tanh(),
            Self::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Self::Linear => z,
        }
    }

    /// The derivative with respect to the weighted sum, written in terms of the *activation* `a`.
    ///
    /// All four allow it, and so the weighted sums need not be kept for the backward pass.
    pub fn derivative(self, a: f32) -> f32 {
        match self {
            Self::Relu => f32::from(u8::from(a > 0.0)),
            Self::Tanh => 1.0 - a * a,
            Self::Sigmoid => a * (1.0 - a),
            Self::Linear => 1.0,
        }
    }

    /// The word by which settings name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Linear => "linear",
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Activation {
    type Err = UnknownActivation;

    fn from_str(text: &str) -> Result<Self, UnknownActivation> {
        let found = Self::ALL.into_iter().find(|activation| activation.name() == text);
        found.ok_or_else(|| UnknownActivation(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivative_is_the_slope_of_the_value() {
        for activation in Activation::ALL {
            for z in [-2.0_f32, -0.3, 0.4, 1.7] {
                let slope = (activation.value(z + 1e-2) - activation.value(z - 1e-2)) / 2e-2;
                let derivative = activation.derivative(activation.value(z));
                assert!((slope - derivative).abs() < 1e-3, "{activation} at {z}: {slope} against {derivative}");
            }
        }
    }

    #[test]
    fn not_a_number_stays_not_a_number() {
        for activation in Activation::ALL {
            assert!(activation.value(f32::NAN).is_nan(), "{activation}");
        }
    }
}
