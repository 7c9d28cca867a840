//! The levels of each perturbation, and what it does to inputs and units: the same for every network, or rates could not be
//! compared.

use ndarray::{Array2, Axis};
use rand::RngExt;
use rand_distr::StandardNormal;

use super::{Perturbation, Scaling};
use crate::data::Dataset;
use crate::math::random::Key;
use crate::nn::mask::{Broadcast, Place};
use crate::nn::{DropRate, Mask, Masks, Mlp, NoiseShape};

impl Perturbation {
    /// How many levels are tried, the first of them 0.
    pub fn n_levels(self) -> usize {
        match self {
            Self::InputNoise | Self::Attack => 13,
            Self::LostInputs => 10,
            Self::LostUnits(_) => 20,
        }
    }

    /// How much of it there is at a level. Noise, to 1.2, and steps, to 0.3, are in units of an input's range for images (whose
    /// pixels lie between 0 and 1), and of its own standard deviation over the examples for everything else; of what is lost
    /// it is the probability, to .9 of the inputs and .95 of the units.
    pub fn amount(self, level_idx: usize) -> f64 {
        // Divided and not multiplied: 3 / 10 is the number that 0.3 is.
        let levels_a_unit = match self {
            Self::InputNoise | Self::LostInputs => 10.0,
            Self::LostUnits(_) => 20.0,
            Self::Attack => 40.0,
        };
        level_idx as f64 / levels_a_unit
    }

    /// Levels that are shown as pictures: from the first to the last of them.
    pub fn pictured(self) -> [usize; 5] {
        let last = self.n_levels() - 1;
        [0, 1, 2, 3, 4].map(|quarter| (quarter * last).div_ceil(4))
    }
}

/// The unit of noise and steps at each input.
pub(super) fn units(data: &Dataset) -> Vec<f32> {
    if data.item_shape.len() > 1 {
        return vec![1.0; data.n_inputs()];
    }
    let inputs = data.inputs.map(|&input| f64::from(input));
    let deviations = inputs.std_axis(Axis(0), 0.0);
    deviations
        .iter()
        .map(|&deviation| deviation as f32)
        .collect()
}

/// `inputs` [N, I] with noise of a level: `x + amount * unit * n`, n standard normal. `place` says which draw.
pub(super) fn noisy(inputs: &Array2<f32>, units: &[f32], amount: f64, place: usize) -> Array2<f32> {
    let mut stream = Key::new(0).child("input noise").nth(place as u64).stream();
    Array2::from_shape_fn(inputs.dim(), |(row, column)| {
        let noise: f32 = stream.sample(StandardNormal);
        inputs[[row, column]] + amount as f32 * units[column] * noise
    })
}

/// `inputs` [N, I] of which each is 0 with probability `amount`. `place` says which draw.
pub(super) fn with_lost(inputs: &Array2<f32>, amount: f64, place: usize) -> Array2<f32> {
    let (n_rows, n_inputs) = inputs.dim();
    let mask = lost("lost inputs", amount, [n_rows, n_inputs], (0, place));
    let mut left = inputs.clone();
    // Zeros are put in the place of what is lost, which may be infinite.
    for (row, mut values) in left.rows_mut().into_iter().enumerate() {
        for (value, &is_kept) in values.iter_mut().zip(mask.row(row)) {
            if is_kept == 0 {
                *value = 0.0;
            }
        }
    }
    left
}

/// Masks that drop each hidden unit of each of `n_rows` examples with probability `amount`, and no input. `place` says which draw.
pub(super) fn masks(
    net: &Mlp,
    n_rows: usize,
    (amount, scaling): (f64, Scaling),
    place: usize,
) -> Masks {
    let of_layer = |(layer_idx, layer): (usize, &crate::nn::Dense)| {
        if layer_idx == 0 || amount == 0.0 {
            return Mask::none();
        }
        let n_units = layer.n_inputs();
        let mask = lost("lost units", amount, [n_rows, n_units], (layer_idx, place));
        match scaling {
            Scaling::Rescaled => mask,
            Scaling::AsTheyAre => {
                Mask::from_kept(DropRate::NONE, n_rows, n_units, mask.kept().to_vec())
            }
        }
    };
    Masks::new(net.layers.iter().enumerate().map(of_layer).collect())
}

fn lost(name: &str, amount: f64, size: [usize; 2], (layer_idx, place): (usize, usize)) -> Mask {
    let broadcast = Broadcast::new(&NoiseShape::per_sample(), size[0], size[1]);
    let broadcast = broadcast.expect("a mask for each example fits any number of them");
    let place = Place {
        layer_idx,
        step: place as u64,
    };
    let mut mask = Mask::none();
    let rate = DropRate::saturating(amount);
    mask.draw(rate, broadcast, size, Key::new(0).child(name), place);
    mask
}

/// Which way the loss rises: 1, -1, or 0 where it does neither.
pub(super) fn signs(gradient: Array2<f32>) -> Array2<f32> {
    gradient.mapv_into(|slope| match slope {
        up if up > 0.0 => 1.0,
        down if down < 0.0 => -1.0,
        _ => 0.0,
    })
}

/// `inputs` [N, I] after one step of a length along `signs` [N, I].
pub(super) fn attacked(
    inputs: &Array2<f32>,
    signs: &Array2<f32>,
    units: &[f32],
    amount: f64,
) -> Array2<f32> {
    Array2::from_shape_fn(inputs.dim(), |at| {
        inputs[at] + amount as f32 * units[at.1] * signs[at]
    })
}
