//! The order in which a product is made: strips of columns, stretches of the summed dimension, tiles of rows.
//!
//! The order is a function of the sizes alone, so a product is the same to the last bit whenever the same machine
//! makes it again. This file must not touch a single number.

use std::ops::Range;

use pulp::NullaryFnOnce;

use super::panel::{Panel, Right, fill_transposed};
use super::target::Target;
use super::tile::{Left, Source, Start, Tile};

/// Bytes of the left operand that should stay in the second-level cache while all strips pass over them.
const LEFT_BYTES: usize = 512 * 1024;
/// Fewer rows than this are not worth another copy of the panels.
const MIN_BLOCK_ROWS: usize = 96;

/// A whole product with its sizes: `out = start + left · right`, then `finish` over every row segment.
pub(super) struct Product<'a, T: Target, F> {
    pub(super) target: T,
    /// M, K, N.
    pub(super) size: (usize, usize, usize),
    pub(super) left: Left<'a>,
    pub(super) right: Right<'a>,
    pub(super) start: Start<'a>,
    pub(super) out: &'a mut [f32],
    pub(super) finish: F,
}

impl<T: Target, F: FnMut(usize, Range<usize>, &mut [f32])> NullaryFnOnce for Product<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            target,
            size: (m, k, n),
            left,
            right,
            start,
            out,
            mut finish,
        } = self;
        let mut room = Panel::new(target);
        let left_stride = match left {
            Left::Rows(_) => k,
            Left::Columns(_) => m,
        };
        let block_rows = (LEFT_BYTES / (size_of::<f32>() * k.max(1))).max(MIN_BLOCK_ROWS);
        for block in pieces(0..m, block_rows) {
            for columns in strips::<T>(n) {
                for depth in stretches::<T>(k) {
                    let panel = room.rows(depth.len(), columns.len().div_ceil(T::F32_LANES));
                    if let Right::Transposed(values) = right {
                        fill_transposed(target, panel, values, k, &depth, &columns);
                    }
                    let start = if depth.start == 0 { start } else { Start::Resume };
                    for rows in pieces(block.clone(), T::TILE_ROWS) {
                        let source = match right {
                            Right::Plain(values) if rows.start == block.start => Source::Fill(values, panel),
                            _ => Source::Panel(panel),
                        };
                        Tile {
                            target,
                            left,
                            left_stride,
                            rows: rows.clone(),
                            columns: columns.clone(),
                            depth: depth.clone(),
                            right: source,
                            start,
                            out,
                            out_stride: n,
                        }
                        .compute();
                        if depth.end == k {
                            for row in rows {
                                let segment = &mut out[row * n..][columns.clone()];
                                finish(row, columns.clone(), segment);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `range` in as few pieces of at most `longest` as possible, all of nearly the same length.
fn pieces(range: Range<usize>, longest: usize) -> impl Iterator<Item = Range<usize>> {
    let n_pieces = range.len().div_ceil(longest);
    let edge = move |piece: usize| range.start + range.len() * piece / n_pieces;
    (0..n_pieces).map(move |piece| edge(piece)..edge(piece + 1))
}

/// The columns `0..n` in strips of whole vectors, as wide as a tile and nearly equal.
fn strips<T: Target>(n: usize) -> impl Iterator<Item = Range<usize>> {
    pieces(0..n.div_ceil(T::F32_LANES), T::TILE_VECTORS)
        .map(move |vectors| vectors.start * T::F32_LANES..(vectors.end * T::F32_LANES).min(n))
}

/// The summed dimension in stretches that a panel holds; an empty one is a single empty stretch, because the product
/// still has to start and finish.
fn stretches<T: Target>(k: usize) -> impl Iterator<Item = Range<usize>> {
    pieces(0..k, T::DEPTH).chain((k == 0).then_some(0..0))
}
