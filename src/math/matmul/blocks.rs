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
const TILE_LEN: usize = MAX_ROWS * MAX_WIDTH;
/// Rows of a block of which only the piece at work is kept.
const KEPT_ROWS: usize = 64;
const BLOCK_LEN: usize = KEPT_ROWS * MAX_WIDTH;

/// A whole product with its sizes: `out = start + left · right`, then `finish` over every row segment.
pub(super) struct Product<'a, T: Target, F> {
    pub(super) target: T,
    /// M, K, N.
    pub(super) size: (usize, usize, usize),
    pub(super) left: Left<'a>,
    pub(super) right: Right<'a>,
    pub(super) start: Start<'a>,
    /// [M, N]; without it the product exists only piece by piece, for `finish`.
    pub(super) out: Option<&'a mut [f32]>,
    pub(super) finish: F,
}

impl<T: Target, F: FnMut(usize, Range<usize>, &mut [f32])> NullaryFnOnce for Product<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        const { assert!(T::TILE_ROWS <= MAX_ROWS && T::TILE_VECTORS * T::F32_LANES <= MAX_WIDTH) };
        let (target, zero) = (self.target, self.target.splat_f32s(0.0));
        // Room has to be written once before use, which a small product would notice.
        if self.size.1 * T::TILE_VECTORS <= SMALL_PANEL_VECTORS {
            let (mut panel, mut edge) = (Panel([zero; SMALL_PANEL_VECTORS]), [0.0; TILE_LEN]);
            target.vectorize(Strips {
                product: self,
                panel: &mut panel.0,
                edge: &mut edge,
            });
        } else if self.size.1 <= T::DEPTH || self.out.is_some() {
            let (mut panel, mut edge) = (Panel([zero; PANEL_VECTORS]), [0.0; TILE_LEN]);
            target.vectorize(Strips {
                product: self,
                panel: &mut panel.0,
                edge: &mut edge,
            });
        } else {
            let (mut panel, mut edge) = (Panel([zero; PANEL_VECTORS]), [0.0; BLOCK_LEN]);
            target.vectorize(Strips {
                product: self,
                panel: &mut panel.0,
                edge: &mut edge,
            });
        }
    }
}

/// A product and the room for its panels.
struct Strips<'a, 'b, T: Target, F> {
    product: Product<'a, T, F>,
    panel: &'b mut [T::f32s],
    /// Row-major room for a tile, or for a whole block of a product that is kept nowhere but still takes several
    /// stretches.
    edge: &'b mut [f32],
}

impl<T: Target, F: FnMut(usize, Range<usize>, &mut [f32])> NullaryFnOnce for Strips<'_, '_, T, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            mut product,
            panel,
            edge,
        } = self;
        let (m, k, n) = product.size;
        let block_rows = match product.out {
            None if k > T::DEPTH => KEPT_ROWS,
            _ => (LEFT_BYTES / (size_of::<f32>() * k.max(1))).max(MIN_BLOCK_ROWS),
        };
        for rows in pieces(0..m, block_rows) {
            for columns in strips::<T>(n) {
                for depth in stretches::<T>(k) {
                    let strip = Strip {
                        rows: rows.clone(),
                        columns: columns.clone(),
                        depth,
                    };
                    product.run_strip(&strip, panel, edge);
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
    /// Computes all tiles of a strip.
    ///
    /// A tile works in `edge` at the right edge, where the last vectors are not whole, and everywhere if nothing else
    /// keeps the product.
    #[inline(always)]
    fn run_strip(&mut self, strip: &Strip, panel: &mut [T::f32s], edge: &mut [f32]) {
        let (_, k, n) = self.size;
        let Strip {
            rows,
            columns,
            depth,
        } = strip;
        let n_vectors = columns.len().div_ceil(T::F32_LANES);
        let width = n_vectors * T::F32_LANES;
        let panel = &mut panel[..depth.len() * n_vectors];
        let (values, n_rows) = self.fill(strip, panel, width);
        let mut bias = [0.0; MAX_WIDTH];
        let start = self.start_of(strip, &mut bias);
        let left_stride = self.left_stride();
        for tile_rows in pieces(rows.clone(), T::TILE_ROWS) {
            let edge = match self.out {
                None if k > T::DEPTH => &mut edge[(tile_rows.start - rows.start) * width..],
                _ => &mut *edge,
            };
            if depth.start > 0 && columns.len() < width {
                self.fetch(&tile_rows, columns, edge, width);
            }
            let (out, out_stride) = match &mut self.out {
                Some(out) if columns.len() == width => {
                    (&mut out[tile_rows.start * n + columns.start..], n)
                }
                _ => (&mut *edge, width),
            };
            let is_first = tile_rows.start == rows.start;
            Tile {
                target: self.target,
                left: self.left,
                left_stride,
                rows: tile_rows.clone(),
                depth: depth.clone(),
                right: if is_first && n_rows > 0 {
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
            self.finish_tile(strip, tile_rows, edge, width);
        }
    }

    /// Elements from one row of the left operand to the next, as it lies in memory.
    #[inline(always)]
    fn left_stride(&self) -> usize {
        match self.left {
            Left::Rows(_) => self.size.1,
            Left::Columns(_) => self.size.0,
        }
    }

    /// Brings what earlier stretches left of a tile at the right edge back into `edge`.
    #[inline(always)]
    fn fetch(
        &self,
        tile_rows: &Range<usize>,
        columns: &Range<usize>,
        edge: &mut [f32],
        width: usize,
    ) {
        if let Some(out) = &self.out {
            for (row, edge) in tile_rows.clone().zip(edge.chunks_exact_mut(width)) {
                edge[..columns.len()].copy_from_slice(&out[row * self.size.2..][columns.clone()]);
            }
        }
    }

    /// Hands the rows of a tile on, if it was the last one over them.
    #[inline(always)]
    fn finish_tile(
        &mut self,
        strip: &Strip,
        tile_rows: Range<usize>,
        edge: &mut [f32],
        width: usize,
    ) {
        let (_, k, n) = self.size;
        let Strip { columns, depth, .. } = strip;
        let is_last = depth.end == k;
        for (row, edge) in tile_rows.zip(edge.chunks_exact_mut(width)) {
            let edge = &mut edge[..columns.len()];
            let values = match &mut self.out {
                Some(out) => {
                    let out = &mut out[row * n..][columns.clone()];
                    if columns.len() < width {
                        out.copy_from_slice(edge);
                    }
                    out
                }
                None => edge,
            };
            if is_last {
                (self.finish)(row, columns.clone(), values);
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
