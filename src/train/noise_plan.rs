//! How the units of a network are dropped in training.

use super::HeldMask;
use crate::nn::{DropRate, NoiseShape};

/// How units are dropped: in which layers, how many, and who shares a mask.
#[derive(Debug, Clone, PartialEq)]
pub struct NoisePlan {
    /// The drop rate of the network's input.
    pub input_rate: DropRate,
    /// The drop rate of every hidden layer.
    pub hidden_rate: DropRate,
    /// Along which axes masks are shared.
    pub noise_shape: NoiseShape,
}

/// One change of how units are dropped.
#[derive(Debug, Clone, PartialEq)]
pub enum NoiseChange {
    /// Another drop rate of the input.
    InputRate(DropRate),
    /// Another drop rate of the hidden layers.
    HiddenRate(DropRate),
    /// Masks that are shared along other axes.
    NoiseShape(NoiseShape),
    /// One mask that every step has from then on, or with `None` one of its own again.
    Held(Option<HeldMask>),
}

impl NoisePlan {
    /// Hidden layers drop units at this rate, one mask for each batch, and the input is whole.
    pub fn of_rate(hidden_rate: DropRate) -> Self {
        Self {
            input_rate: DropRate::NONE,
            hidden_rate,
            noise_shape: NoiseShape::per_batch(),
        }
    }

    /// The same after a change.
    #[must_use]
    pub fn changed(mut self, change: &NoiseChange) -> Self {
        match change {
            NoiseChange::InputRate(rate) => self.input_rate = *rate,
            NoiseChange::HiddenRate(rate) => self.hidden_rate = *rate,
            NoiseChange::NoiseShape(noise_shape) => self.noise_shape = noise_shape.clone(),
            // Which mask is held is no part of how masks are drawn.
            NoiseChange::Held(_) => {}
        }
        self
    }

    /// The same with masks of this shape.
    #[must_use]
    pub fn shared_by(self, noise_shape: NoiseShape) -> Self {
        Self {
            noise_shape,
            ..self
        }
    }
}
