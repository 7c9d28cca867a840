//! Panels: a few columns of the right operand, copied so that a tile reads them from first to last.
//!
//! In a matrix the rows of a narrow strip lie far apart, and with widths that are powers of two they even share a few
//! cache sets. Copied once, the strip serves every tile below it from the first-level cache. This file must not
//! multiply anything.

use std::ops::Range;

use super::target::{BLOCK, Target};

/// The right operand of a product, [K, N], as it lies in memory; one row of what lies there every `stride`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'a> {
    /// Row-major [K, N].
    Plain { values: &'a [f32], stride: usize },
    /// Row-major [N, K], read across.
    Transposed { values: &'a [f32], stride: usize },
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
        .map_or(0, |room| n.min(room / stride.max(1) + 1))
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
/// [N, K] row-major, a row every `stride`.
#[inline(always)]
pub(super) fn fill_transposed<T: Target>(
    target: T,
    panel: &mut [T::f32s],
    values: &[f32],
    stride: usize,
    depth: &Range<usize>,
    columns: &Range<usize>,
) {
    let width = columns.len().next_multiple_of(T::F32_LANES);
    let lanes: &mut [f32] = pulp::bytemuck::cast_slice_mut(panel);
    let row = |column: usize| &values[(columns.start + column) * stride..][depth.clone()];
    let n_whole = columns.len() / BLOCK * BLOCK;
    let n_blocks = depth.len() / BLOCK;
    for first in (0..n_whole).step_by(BLOCK) {
        let (mut blocks, mut rest) = ([&[][..]; BLOCK], [&[][..]; BLOCK]);
        for r in 0..BLOCK {
            // As long as each other for the compiler, which then checks nothing in the loop.
            blocks[r] = &row(first + r).as_chunks::<BLOCK>().0[..n_blocks];
            rest[r] = &row(first + r)[n_blocks * BLOCK..];
        }
        let mut lanes = lanes.chunks_exact_mut(width);
        for idx in 0..n_blocks {
            let mut block = [[0.0; BLOCK]; BLOCK];
            for r in 0..BLOCK {
                block[r] = blocks[r][idx];
            }
            let block = target.transpose(block);
            for r in 0..BLOCK {
                if let Some(lanes) = lanes.next() {
                    lanes[first..first + BLOCK].copy_from_slice(&block[r]);
                }
            }
        }
        for (place, lanes) in lanes.enumerate() {
            for r in 0..BLOCK {
                lanes[first + r] = rest[r][place];
            }
        }
    }
    for column in n_whole..columns.len() {
        let places = lanes.iter_mut().skip(column).step_by(width);
        places
            .zip(row(column))
            .for_each(|(lane, value)| *lane = *value);
    }
}
