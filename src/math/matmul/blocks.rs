//! The order in which a product is made: blocks of rows, strips of columns, stretches of the summed dimension, tiles.
//!
//! The order is a function of the sizes alone, and no sum depends on it. This file must not touch a single number except
//! to move it.

use std::ops::Range;

use pulp::NullaryFnOnce;

use super::Epilogue;
use super::panel::{Right, fill_rest, fill_transposed, n_readable};
use super::target::Target;
use super::tile::{Ahead, Fill, Left, Start, Strip};

/// Bytes of the left operand that should stay in the second-level cache while all strips pass over them.
const LEFT_BYTES: usize = 512 * 1024;
/// Fewer rows than this are not worth another copy of the panels.
const MIN_BLOCK_ROWS: usize = 96;
/// Lanes of the widest tile of any target.
const MAX_WIDTH: usize = 48;
/// Rows of the tallest one.
const MAX_ROWS: usize = 8;

/// Elements of an operand that is still near when it is read again, in a second-level cache.
const NEAR_LEN: usize = 64 * 1024;

/// Elements that a product needs beside its operands: the largest panel of any target, 24 KiB ...
pub(super) const PANEL_LEN: usize = 128 * MAX_WIDTH;
/// ... and a tile at the right edge, where the last vectors are not whole.
pub(super) const EDGE_LEN: usize = MAX_ROWS * MAX_WIDTH;

/// A whole product with its sizes: `out = start + left · right`, then the epilogue over every row.
pub(super) struct Product<'a, T: Target, E> {
    pub(super) target: T,
    /// M, K, N.
    pub(super) size: (usize, usize, usize),
    pub(super) left: Left<'a>,
    pub(super) left_stride: usize,
    pub(super) right: Right<'a>,
    pub(super) start: Start<'a>,
    /// [M, N], and its stride.
    pub(super) out: (&'a mut [f32], usize),
    pub(super) panel: &'a mut [f32],
    pub(super) edge: &'a mut [f32],
    pub(super) epilogue: E,
}

impl<T: Target, E: Epilogue> NullaryFnOnce for Product<'_, T, E> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        const {
            assert!(T::TILE_ROWS <= MAX_ROWS && T::TILE_VECTORS * T::F32_LANES <= MAX_WIDTH);
            assert!(T::DEPTH * T::TILE_VECTORS * T::F32_LANES <= PANEL_LEN);
        };
        let (m, k, n) = self.size;
        let block_rows = (LEFT_BYTES / (size_of::<f32>() * k.max(1))).max(MIN_BLOCK_ROWS);
        for rows in pieces(0..m, block_rows) {
            for depth in stretches::<T>(k) {
                for columns in strips::<T>(n) {
                    self.run_strip(&rows, &columns, depth.clone());
                }
            }
            let (out, stride) = (&mut *self.out.0, self.out.1);
            for row in rows {
                self.epilogue.finish(row, &mut out[row * stride..][..n]);
            }
        }
    }
}

impl<T: Target, E: Epilogue> Product<'_, T, E> {
    /// Computes all tiles of a strip, over a stretch of the summed dimension.
    #[inline(always)]
    fn run_strip(&mut self, rows: &Range<usize>, columns: &Range<usize>, depth: Range<usize>) {
        let n_vectors = columns.len().div_ceil(T::F32_LANES);
        let width = n_vectors * T::F32_LANES;
        let mut bias = [0.0; MAX_WIDTH];
        let start = match self.start {
            _ if depth.start > 0 => Start::Resume,
            Start::Bias(values) => {
                let values = &values[columns.clone()];
                bias[..values.len()].copy_from_slice(values);
                Start::Bias(&bias)
            }
            Start::Zero | Start::Resume => Start::Zero,
        };
        let panel = &mut T::as_mut_simd_f32s(self.panel).0[..depth.len() * n_vectors];
        let fill = fill(self.target, self.right, columns, &depth, panel, width);
        let ahead = ahead(self.right, columns, &depth, self.size.2, rows.len());
        let (out, stride) = (&mut *self.out.0, self.out.1);
        let last = (rows.end - 1) * stride + columns.start + width;
        let strip = Strip {
            target: self.target,
            left: self.left,
            left_stride: self.left_stride,
            rows: rows.clone(),
            depth,
            panel,
            fill,
            n_vectors,
            start,
            out: &mut [],
            out_stride: stride,
            ahead,
        };
        if columns.start + width <= stride && last <= out.len() {
            Strip {
                out: &mut out[rows.start * stride + columns.start..],
                ..strip
            }
            .compute();
        } else {
            run_edge(strip, columns, (out, stride), self.edge);
        }
    }
}

/// Computes a strip whose last vectors are not whole, for which the product has no room either, tile by tile in `edge`.
#[inline(always)]
fn run_edge<T: Target>(
    strip: Strip<T>,
    columns: &Range<usize>,
    (out, stride): (&mut [f32], usize),
    edge: &mut [f32],
) {
    let Strip {
        mut fill, panel, ..
    } = strip;
    let width = strip.n_vectors * T::F32_LANES;
    for rows in pieces(strip.rows, T::TILE_ROWS) {
        for (row, edge) in rows.clone().zip(edge.chunks_exact_mut(width)) {
            edge[..columns.len()].copy_from_slice(&out[row * stride..][columns.clone()]);
        }
        Strip {
            rows: rows.clone(),
            depth: strip.depth.clone(),
            panel: &mut *panel,
            fill: std::mem::take(&mut fill),
            out: &mut *edge,
            out_stride: width,
            ..strip
        }
        .compute();
        for (row, edge) in rows.zip(edge.chunks_exact(width)) {
            out[row * stride..][columns.clone()].copy_from_slice(&edge[..columns.len()]);
        }
    }
}

/// What the first tile of the strip to the right will read of the right operand, [K, `n`], asked for from tile to tile of
/// a strip of `n_rows`.
#[inline(always)]
fn ahead<'a>(
    right: Right<'a>,
    columns: &Range<usize>,
    depth: &Range<usize>,
    n: usize,
    n_rows: usize,
) -> Ahead<'a> {
    match right {
        Right::Plain { values, stride } if values.len() > NEAR_LEN && columns.end < n => Ahead {
            values,
            stride,
            next: depth.start * stride + columns.end,
            n_left: depth.len(),
            n_each: depth.len().div_ceil(n_rows.div_ceil(MAX_ROWS)),
        },
        _ => Ahead::default(),
    }
}

/// Prepares the panel: all of it, or what the first tile cannot fill on its way.
#[inline(always)]
fn fill<'a, T: Target>(
    target: T,
    right: Right<'a>,
    columns: &Range<usize>,
    depth: &Range<usize>,
    panel: &mut [T::f32s],
    width: usize,
) -> Fill<'a> {
    match right {
        Right::Plain { values, stride } => {
            let values = values
                .get(depth.start * stride + columns.start..)
                .unwrap_or_default();
            let n_rows = n_readable(values, width, stride, depth.len());
            fill_rest::<T>(panel, values, stride, n_rows, width);
            Fill {
                values,
                stride,
                n_rows,
            }
        }
        Right::Transposed { values, stride } => {
            fill_transposed(target, panel, values, stride, depth, columns);
            Fill::default()
        }
    }
}

/// `range` in as few pieces of at most `longest` as possible, the longer ones first, none longer than another by more
/// than one.
#[inline(always)]
fn pieces(range: Range<usize>, longest: usize) -> impl Iterator<Item = Range<usize>> {
    let n_pieces = range.len().div_ceil(longest).max(1);
    let (length, n_longer) = (range.len() / n_pieces, range.len() % n_pieces);
    let mut start = range.start;
    (0..if range.is_empty() { 0 } else { n_pieces }).map(move |piece| {
        let end = start + length + usize::from(piece < n_longer);
        std::mem::replace(&mut start, end)..end
    })
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
