//! What happens to a row of a layer's activations or gradients while it is in the caches: activation function, mask and
//! rescaling.

#![allow(
    clippy::inline_always,
    reason = "what happens to the rows of a product must be compiled with the product's instructions"
)]

use super::{Activation, Mask};

/// How the mask of a layer meets a row of its activations.
#[derive(Debug, Clone, Copy)]
pub(super) enum Thinning<'a> {
    /// Nothing is dropped.
    None,
    /// The row holds kept units only: they are rescaled.
    Kept(Scales),
    /// 1 for each kept unit, which is rescaled, and 0 for each dropped one.
    Masked(&'a [u8], Scales),
}

/// By what kept activations are rescaled, `1 / keep`, and `keep`, its inverse.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scales {
    scale: f32,
    keep: f32,
}

/// How the mask of a layer meets its activations.
#[derive(Debug, Clone, Copy)]
pub(super) enum LayerThinning<'a> {
    /// Nothing is dropped.
    None,
    /// Dropped units are left out.
    Kept(Scales),
    /// Dropped units become 0: 1 for each kept unit and 0 for each dropped one, from one row's to the next, and units.
    Masked(&'a [u8], usize, usize, Scales),
}

impl<'a> LayerThinning<'a> {
    /// How `mask` meets a layer; if that `is_compact`, dropped units are not in it.
    pub(super) fn of(mask: Option<&'a Mask>, is_compact: bool) -> Self {
        let Some(mask) = mask else { return Self::None };
        let scales = Scales {
            scale: mask.rate().scale(),
            keep: mask.rate().keep() as f32,
        };
        if is_compact {
            Self::Kept(scales)
        } else {
            let row_step = if mask.n_rows() == 1 {
                0
            } else {
                mask.n_units()
            };
            Self::Masked(mask.kept(), row_step, mask.n_units(), scales)
        }
    }

    /// What of it belongs to a row.
    #[inline(always)]
    pub(super) fn row(self, row: usize) -> Thinning<'a> {
        match self {
            Self::None => Thinning::None,
            Self::Kept(scales) => Thinning::Kept(scales),
            Self::Masked(kept, row_step, n_units, scales) => {
                Thinning::Masked(&kept[row * row_step..][..n_units], scales)
            }
        }
    }
}

/// `value` where `kept` is 1, +0 where it is 0, whatever `value` is.
///
/// By bits and not by `if`: which units are kept is random, and a mispredicted branch a unit costs more than the products.
#[inline(always)]
fn selected(kept: u8, value: f32) -> f32 {
    f32::from_bits(value.to_bits() & 0_u32.wrapping_sub(u32::from(kept)))
}

/// Activation, mask and rescaling of a row of weighted sums, in one pass over them.
///
/// Dropped units are selected away, not multiplied by 0: they become +0 whatever they were.
#[inline(always)]
pub(super) fn finish(values: &mut [f32], thinning: Thinning, activation: Activation) {
    match activation {
        Activation::Relu => finish_with(values, thinning, |z| Activation::Relu.value(z)),
        Activation::Tanh => finish_with(values, thinning, |z| Activation::Tanh.value(z)),
        Activation::Sigmoid => finish_with(values, thinning, |z| Activation::Sigmoid.value(z)),
        Activation::Linear => finish_with(values, thinning, |z| z),
    }
}

/// [`finish`] with the activation function known to the compiler.
#[inline(always)]
fn finish_with(values: &mut [f32], thinning: Thinning, value: impl Fn(f32) -> f32) {
    match thinning {
        Thinning::None => {
            for z in values {
                *z = value(*z);
            }
        }
        Thinning::Kept(Scales { scale, .. }) => {
            for z in values {
                *z = value(*z) * scale;
            }
        }
        Thinning::Masked(kept, Scales { scale, .. }) => {
            for (z, &kept) in values.iter_mut().zip(kept) {
                *z = selected(kept, value(*z) * scale);
            }
        }
    }
}

/// Turns gradients with respect to masked activations into those with respect to the weighted sums, in place.
///
/// A dropped unit gets exactly 0. `activations` are what the forward pass left there.
#[inline(always)]
pub(super) fn through_activation(
    gradients: &mut [f32],
    activations: &[f32],
    thinning: Thinning,
    activation: Activation,
) {
    match activation {
        Activation::Relu => through_with(gradients, activations, thinning, |a| {
            Activation::Relu.derivative(a)
        }),
        Activation::Tanh => through_with(gradients, activations, thinning, |a| {
            Activation::Tanh.derivative(a)
        }),
        Activation::Sigmoid => through_with(gradients, activations, thinning, |a| {
            Activation::Sigmoid.derivative(a)
        }),
        Activation::Linear => through_with(gradients, activations, thinning, |_| 1.0),
    }
}

/// [`through_activation`] with the derivative known to the compiler.
#[inline(always)]
fn through_with(
    gradients: &mut [f32],
    activations: &[f32],
    thinning: Thinning,
    derivative: impl Fn(f32) -> f32,
) {
    let each = gradients.iter_mut().zip(activations);
    match thinning {
        Thinning::None => {
            for (gradient, &a) in each {
                *gradient *= derivative(a);
            }
        }
        Thinning::Kept(Scales { scale, keep }) => {
            for (gradient, &a) in each {
                *gradient = *gradient * scale * derivative(a * keep);
            }
        }
        Thinning::Masked(kept, Scales { scale, keep }) => {
            for ((gradient, &a), &kept) in each.zip(kept) {
                *gradient = selected(kept, *gradient * scale * derivative(a * keep));
            }
        }
    }
}
