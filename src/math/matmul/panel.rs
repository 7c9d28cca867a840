//! Panels: a few columns of the right operand, copied so that a tile reads them from first to last.
//!
//! In a matrix the rows of a narrow strip lie far apart, and with widths that are powers of two they even share a few
//! cache sets. Copied once, the strip serves every tile below it from the first-level cache. This file must not
//! multiply anything.

use std::ops::Range;

use super::target::{BLOCK, PANEL_VECTORS, Target};

/// The right operand of a product, [K, N], as it lies in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'a> {
    /// Row-major [K, N].
    Plain(&'a [f32]),
    /// Row-major [N, K], read across.
    Transposed(&'a [f32]),
}

/// Room for one panel; lives on the stack, so that a product allocates nothing.
#[repr(C, align(64))]
pub(super) struct Panel<T: Target>([T::f32s; PANEL_VECTORS]);

impl<T: Target> Panel<T> {
    #[inline(always)]
    pub(super) fn new(target: T) -> Self {
        Self([target.splat_f32s(0.0); PANEL_VECTORS])
    }

    /// Room for `depth` rows of `n_vectors` vectors.
    #[inline(always)]
    pub(super) fn rows(&mut self, depth: usize, n_vectors: usize) -> &mut [T::f32s] {
        &mut self.0[..depth * n_vectors]
    }
}

/// How many of `n` rows can be read as `width` values each from `values` on, one every `stride`.
///
/// A row is read on into the next one where it is narrower than its vectors, for those lanes are never used; only at
/// the end of the operand is there nothing to read on into.
#[inline(always)]
pub(super) fn n_readable(values: &[f32], width: usize, stride: usize, n: usize) -> usize {
    values
        .len()
        .checked_sub(width)
        .map_or(0, |room| n.min(room / stride + 1))
}

/// Fills the rows `first..` of a panel, of `width` lanes each, from `values`, one row every `stride`.
#[inline(always)]
pub(super) fn fill_rest<T: Target>(
    panel: &mut [T::f32s],
    values: &[f32],
    stride: usize,
    first: usize,
    width: usize,
) {
    let lanes: &mut [f32] = pulp::bytemuck::cast_slice_mut(panel);
    for (row, lanes) in lanes.chunks_exact_mut(width).enumerate().skip(first) {
        let values = &values[row * stride..];
        let n = values.len().min(width);
        lanes[..n].copy_from_slice(&values[..n]);
    }
}

/// Fills a panel with the columns `columns` of the rows `depth` of a matrix [K, N] that lies in memory as `values`,
/// [N, K] row-major. `k` is K.
#[inline(always)]
pub(super) fn fill_transposed<T: Target>(
    target: T,
    panel: &mut [T::f32s],
    values: &[f32],
    k: usize,
    depth: &Range<usize>,
    columns: &Range<usize>,
) {
    let width = columns.len().next_multiple_of(T::F32_LANES);
    let lanes: &mut [f32] = pulp::bytemuck::cast_slice_mut(panel);
    let n_whole = columns.len() / BLOCK * BLOCK;
    for first in (0..n_whole).step_by(BLOCK) {
        let rows: [&[f32]; BLOCK] =
            std::array::from_fn(|row| &values[(columns.start + first + row) * k..][depth.clone()]);
        let n_whole = depth.len() / BLOCK * BLOCK;
        for place in (0..n_whole).step_by(BLOCK) {
            let block = rows.map(|row| *row[place..].first_chunk().expect("a whole block"));
            for (row, values) in target.transpose(block).iter().enumerate() {
                lanes[(place + row) * width + first..][..BLOCK].copy_from_slice(values);
            }
        }
        for place in n_whole..depth.len() {
            lanes[place * width + first..][..BLOCK].copy_from_slice(&rows.map(|row| row[place]));
        }
    }
    for column in n_whole..columns.len() {
        let row = &values[(columns.start + column) * k..][depth.clone()];
        lanes
            .iter_mut()
            .skip(column)
            .step_by(width)
            .zip(row)
            .for_each(|(lane, value)| *lane = *value);
    }
}
