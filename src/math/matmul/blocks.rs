//! The order in which a product is made: strips of columns, stretches of the summed dimension, tiles of rows.
//!
//! The order is a function of the sizes alone, so a product is the same to the last bit whenever the same machine
//! makes it again. This file must not touch a single number except to move it.

use std::ops::Range;

use pulp::NullaryFnOnce;

use super::panel::{Panel, Right, fill_rest, fill_transposed, n_readable};
use super::target::{PANEL_VECTORS, Target};
use super::tile::{Left, Source, Start, Tile};

/// Bytes of the left operand that should stay in the second-level cache while all strips pass over them.
const LEFT_BYTES: usize = 512 * 1024;
/// Fewer rows than this are not worth another copy of the panels.
const MIN_BLOCK_ROWS: usize = 96;
/// The vectors of a panel that is large enough for the summed dimensions of small layers.
const SMALL_PANEL_VECTORS: usize = 192;
/// Lanes of the widest tile of any target.
const MAX_WIDTH: usize = 48;
/// Rows of the tallest one.
const MAX_HEIGHT: usize = 8;

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
        let (target, zero) = (self.target, self.target.splat_f32s(0.0));
        // The room has to be written once before use, which a small product would notice.
        if self.size.1 * T::TILE_VECTORS <= SMALL_PANEL_VECTORS {
            let mut panel = Panel([zero; SMALL_PANEL_VECTORS]);
            target.vectorize(Strips {
                product: self,
                panel: &mut panel.0,
            });
        } else {
            let mut panel = Panel([zero; PANEL_VECTORS]);
            target.vectorize(Strips {
                product: self,
                panel: &mut panel.0,
            });
        }
    }
}

/// A product and the room for its panels.
struct Strips<'a, 'b, T: Target, F> {
    product: Product<'a, T, F>,
    panel: &'b mut [T::f32s],
}

impl<T: Target, F: FnMut(usize, Range<usize>, &mut [f32])> NullaryFnOnce for Strips<'_, '_, T, F> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let (m, k, n) = self.product.size;
        let block_rows = (LEFT_BYTES / (size_of::<f32>() * k.max(1))).max(MIN_BLOCK_ROWS);
        for rows in pieces(0..m, block_rows) {
            for columns in strips::<T>(n) {
                for depth in stretches::<T>(k) {
                    self.product.run_strip(self.panel, &rows, &columns, &depth);
                }
            }
        }
    }
}

impl<T: Target, F: FnMut(usize, Range<usize>, &mut [f32])> Product<'_, T, F> {
    /// The tiles of `block` that share the panel of one strip and stretch.
    #[inline(always)]
    fn run_strip(
        &mut self,
        panel: &mut [T::f32s],
        block: &Range<usize>,
        columns: &Range<usize>,
        depth: &Range<usize>,
    ) {
        let (m, k, n) = self.size;
        let n_vectors = columns.len().div_ceil(T::F32_LANES);
        let width = n_vectors * T::F32_LANES;
        let panel = &mut panel[..depth.len() * n_vectors];
        let (values, n_rows) = match self.right {
            Right::Plain(values) => {
                let values = values
                    .get(depth.start * n + columns.start..)
                    .unwrap_or_default();
                let n_rows = n_readable(values, width, n, depth.len());
                fill_rest::<T>(panel, values, n, n_rows, width);
                (values, n_rows)
            }
            Right::Transposed(values) => {
                fill_transposed(self.target, panel, values, k, depth, columns);
                (&[][..], 0)
            }
        };
        let mut bias = [0.0; MAX_WIDTH];
        let start = match self.start {
            _ if depth.start > 0 => Start::Resume,
            Start::Bias(values) => {
                bias[..columns.len()].copy_from_slice(&values[columns.clone()]);
                Start::Bias(&bias)
            }
            start => start,
        };
        let mut edge = [0.0; MAX_HEIGHT * MAX_WIDTH];
        let is_edge = columns.len() < width;
        for rows in pieces(block.clone(), T::TILE_ROWS) {
            if is_edge && depth.start > 0 {
                for (row, values) in rows.clone().zip(edge.chunks_exact_mut(width)) {
                    values[..columns.len()].copy_from_slice(&self.out[row * n..][columns.clone()]);
                }
            }
            let (out, out_stride) = if is_edge {
                (&mut edge[..], width)
            } else {
                (&mut self.out[rows.start * n + columns.start..], n)
            };
            Tile {
                target: self.target,
                left: self.left,
                left_stride: if let Left::Rows(_) = self.left { k } else { m },
                rows: rows.clone(),
                depth: depth.clone(),
                right: if rows.start == block.start && n_rows > 0 {
                    Source::Fill {
                        values,
                        stride: n,
                        n_rows,
                        panel,
                    }
                } else {
                    Source::Panel(panel)
                },
                n_vectors,
                start,
                out,
                out_stride,
            }
            .compute();
            if is_edge {
                for (row, values) in rows.clone().zip(edge.chunks_exact(width)) {
                    self.out[row * n..][columns.clone()].copy_from_slice(&values[..columns.len()]);
                }
            }
            if depth.end == k {
                for row in rows {
                    (self.finish)(
                        row,
                        columns.clone(),
                        &mut self.out[row * n..][columns.clone()],
                    );
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
