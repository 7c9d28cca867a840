//! What happens to a piece of a layer's activations or gradients while it is in cache: activation function, mask and
//! rescaling.

#![allow(
    clippy::inline_always,
    reason = "what happens to a piece of a product must be compiled with the product's instructions"
)]

use std::ops::Range;

use super::{Activation, Mask};

/// How the mask of a layer meets a piece of its activations.
#[derive(Debug, Clone, Copy)]
pub(super) enum Thinning<'a> {
    /// Nothing is dropped.
    None,
    /// The piece holds kept units only: they are rescaled.
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
    /// Dropped units become 0: 1 for each kept unit and 0 for each dropped one, and from one row's to the next.
    Masked(&'a [u8], usize, Scales),
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
            Self::Masked(mask.kept(), row_step, scales)
        }
    }

    /// What of it belongs to a piece of a row.
    #[inline(always)]
    pub(super) fn piece(self, row: usize, columns: Range<usize>) -> Thinning<'a> {
        match self {
            Self::None => Thinning::None,
            Self::Kept(scales) => Thinning::Kept(scales),
            Self::Masked(kept, row_step, scales) => {
                let kept = &kept[row * row_step + columns.start..][..columns.len()];
                Thinning::Masked(kept, scales)
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

/// Activation, mask and rescaling of a piece of weighted sums, in one pass over them.
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

/// Elements that are handled together. By value: what lies in slices might overlap for all the compiler knows, and then it
/// would go through them one by one.
const LANES: usize = 8;

/// [`finish`] with the activation function known to the compiler.
#[inline(always)]
fn finish_with(values: &mut [f32], thinning: Thinning, value: impl Fn(f32) -> f32) {
    let (blocks, rest) = values.as_chunks_mut::<LANES>();
    match thinning {
        Thinning::None => {
            for z in blocks {
                *z = z.map(&value);
            }
            for z in rest {
                *z = value(*z);
            }
        }
        Thinning::Kept(Scales { scale, .. }) => {
            for z in blocks {
                *z = z.map(|z| value(z) * scale);
            }
            for z in rest {
                *z = value(*z) * scale;
            }
        }
        Thinning::Masked(kept, Scales { scale, .. }) => {
            let (kept_blocks, kept_rest) = kept.as_chunks::<LANES>();
            for (z, kept) in blocks.iter_mut().zip(kept_blocks) {
                let (mut block, kept) = (*z, *kept);
                for i in 0..LANES {
                    block[i] = selected(kept[i], value(block[i]) * scale);
                }
                *z = block;
            }
            for (z, &kept) in rest.iter_mut().zip(kept_rest) {
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
    match thinning {
        Thinning::None => through_each(gradients, activations, None, |gradient, a, _| {
            gradient * derivative(a)
        }),
        Thinning::Kept(Scales { scale, keep }) => {
            through_each(gradients, activations, None, |gradient, a, _| {
                gradient * scale * derivative(a * keep)
            });
        }
        Thinning::Masked(kept, Scales { scale, keep }) => {
            through_each(gradients, activations, Some(kept), |gradient, a, kept| {
                selected(kept, gradient * scale * derivative(a * keep))
            });
        }
    }
}

/// Replaces each gradient by what `through` makes of it, its activation and whether its unit is kept.
#[inline(always)]
fn through_each(
    gradients: &mut [f32],
    activations: &[f32],
    kept: Option<&[u8]>,
    through: impl Fn(f32, f32, u8) -> f32,
) {
    let n = gradients.len();
    let activations = &activations[..n];
    let kept = kept.map(|kept| &kept[..n]);
    let (blocks, rest) = gradients.as_chunks_mut::<LANES>();
    let n_whole = n - rest.len();
    let (a_blocks, a_rest) = activations.as_chunks::<LANES>();
    for (idx, (gradient, a)) in blocks.iter_mut().zip(a_blocks).enumerate() {
        let mut block_kept = [1; LANES];
        if let Some(kept) = kept {
            block_kept.copy_from_slice(&kept[idx * LANES..][..LANES]);
        }
        let (mut block, a) = (*gradient, *a);
        for i in 0..LANES {
            block[i] = through(block[i], a[i], block_kept[i]);
        }
        *gradient = block;
    }
    for (idx, (gradient, &a)) in rest.iter_mut().zip(a_rest).enumerate() {
        let kept = kept.map_or(1, |kept| kept[n_whole + idx]);
        *gradient = through(*gradient, a, kept);
    }
}
