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
const MAX_ROWS: usize = 8;

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
    fn call(self) {
        let Self { mut product, panel } = self;
        let (m, k, n) = product.size;
        let block_rows = (LEFT_BYTES / (size_of::<f32>() * k.max(1))).max(MIN_BLOCK_ROWS);
        let mut edge = [0.0; MAX_ROWS * MAX_WIDTH];
        for rows in pieces(0..m, block_rows) {
            for columns in strips::<T>(n) {
                for depth in stretches::<T>(k) {
                    let strip = Strip {
                        rows: rows.clone(),
                        columns: columns.clone(),
                        depth,
                    };
                    product.run_strip(&strip, panel, &mut edge);
                }
            }
        }
    }
}

/// Where a panel's worth of the work lies in the product.
struct Strip {
    rows: Range<usize>,
    columns: Range<usize>,
    depth: Range<usize>,
}

impl<'p, T: Target, F: FnMut(usize, Range<usize>, &mut [f32])> Product<'p, T, F> {
    /// Computes all tiles of a strip. At the right edge, where the last vectors are not whole, a tile works in `edge`.
    #[inline(always)]
    fn run_strip(&mut self, strip: &Strip, panel: &mut [T::f32s], edge: &mut [f32]) {
        let (m, k, n) = self.size;
        let Strip {
            rows,
            columns,
            depth,
        } = strip;
        let n_vectors = columns.len().div_ceil(T::F32_LANES);
        let width = n_vectors * T::F32_LANES;
        let is_edge = columns.len() < width;
        let panel = &mut panel[..depth.len() * n_vectors];
        let (values, n_rows) = self.fill(strip, panel, width);
        let mut bias = [0.0; MAX_WIDTH];
        let start = self.start_of(strip, &mut bias);
        for tile_rows in pieces(rows.clone(), T::TILE_ROWS) {
            if is_edge && depth.start > 0 {
                for (row, edge) in tile_rows.clone().zip(edge.chunks_exact_mut(width)) {
                    edge[..columns.len()].copy_from_slice(&self.out[row * n..][columns.clone()]);
                }
            }
            Tile {
                target: self.target,
                left: self.left,
                left_stride: if let Left::Rows(_) = self.left { k } else { m },
                rows: tile_rows.clone(),
                depth: depth.clone(),
                right: if tile_rows.start == rows.start && n_rows > 0 {
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
                out: if is_edge {
                    &mut *edge
                } else {
                    &mut self.out[tile_rows.start * n + columns.start..]
                },
                out_stride: if is_edge { width } else { n },
            }
            .compute();
            for (row, edge) in tile_rows.zip(edge.chunks_exact(width)) {
                let out = &mut self.out[row * n..][columns.clone()];
                if is_edge {
                    out.copy_from_slice(&edge[..columns.len()]);
                }
                if depth.end == k {
                    (self.finish)(row, columns.clone(), out);
                }
            }
        }
    }

    /// Prepares the panel: all of it, or what the first tile cannot fill on its way. Returns the right operand from the
    /// strip's first element on and how many of its rows are left to that tile.
    #[inline(always)]
    fn fill(&self, strip: &Strip, panel: &mut [T::f32s], width: usize) -> (&'p [f32], usize) {
        let (_, k, n) = self.size;
        let Strip { columns, depth, .. } = strip;
        match self.right {
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
                (&[], 0)
            }
        }
    }

    /// What the sums of a strip start from, with whole vectors of the bias in `room`.
    #[inline(always)]
    fn start_of<'a>(
        &self,
        Strip { columns, depth, .. }: &Strip,
        room: &'a mut [f32; MAX_WIDTH],
    ) -> Start<'a> {
        match self.start {
            _ if depth.start > 0 => Start::Resume,
            Start::Bias(bias) => {
                room[..columns.len()].copy_from_slice(&bias[columns.clone()]);
                Start::Bias(room)
            }
            Start::Zero | Start::Resume => Start::Zero,
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
