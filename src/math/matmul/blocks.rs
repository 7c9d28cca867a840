//! The order in which a product is made: blocks of rows, strips of columns, stretches of the summed dimension, tiles.
//!
//! The order is a function of the sizes alone, and no sum depends on it. This file must not touch a single number except
//! to move it.

use std::ops::Range;

use pulp::NullaryFnOnce;

use super::Epilogue;
use super::panel::{Right, fill_rest, fill_transposed, n_readable};
use super::target::Target;
use super::tile::{Fill, Left, Start, Tile, prefetch};

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

/// A whole product with its sizes: `out = start + left · right`, then the epilogue over every row segment.
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
            for columns in strips::<T>(n) {
                for depth in stretches::<T>(k) {
                    self.run_strip(&Strip {
                        rows: rows.clone(),
                        columns: columns.clone(),
                        depth,
                    });
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

impl<'a, T: Target, E: Epilogue> Product<'a, T, E> {
    /// Computes all tiles of a strip.
    ///
    /// A tile works in `edge` where the last vectors are not whole and the product has no room for them either.
    #[inline(always)]
    fn run_strip(&mut self, strip: &Strip) {
        let k = self.size.1;
        let Strip {
            rows,
            columns,
            depth,
        } = strip;
        let n_vectors = columns.len().div_ceil(T::F32_LANES);
        let width = n_vectors * T::F32_LANES;
        let (is_last, is_first) = (depth.end == k, depth.start == 0);
        let mut bias = [0.0; MAX_WIDTH];
        let start = self.start_of(strip, &mut bias);
        let panel_vectors = depth.len() * n_vectors;
        let panel = &mut T::as_mut_simd_f32s(self.panel).0[..panel_vectors];
        let mut fill = fill(self.target, self.right, strip, panel, width);
        let mut ahead = self.ahead(strip);
        for tile_rows in pieces(rows.clone(), T::TILE_ROWS) {
            ahead.prefetch();
            let (out, stride) = (&mut *self.out.0, self.out.1);
            let first = tile_rows.start * stride + columns.start;
            let last = (tile_rows.end - 1) * stride + columns.start + width;
            let has_room = columns.start + width <= stride && last <= out.len();
            let (out, out_stride) = if has_room {
                (&mut out[first..], stride)
            } else {
                if !is_first {
                    for (row, edge) in tile_rows.clone().zip(self.edge.chunks_exact_mut(width)) {
                        let out = &out[row * stride..][columns.clone()];
                        edge[..columns.len()].copy_from_slice(out);
                    }
                }
                (&mut *self.edge, width)
            };
            Tile {
                target: self.target,
                left: self.left,
                left_stride: self.left_stride,
                rows: tile_rows.clone(),
                depth: depth.clone(),
                panel: &mut T::as_mut_simd_f32s(self.panel).0[..panel_vectors],
                fill: fill.take(),
                n_vectors,
                start,
                out: &mut *out,
                out_stride,
            }
            .compute();
            if !has_room {
                self.finish_edge(strip, tile_rows, width);
            } else if is_last {
                finish_tile::<T>(&mut self.epilogue, tile_rows, columns, (out, out_stride));
            }
        }
    }

    /// What the sums of a strip start from, with whole vectors of the bias in `room`.
    #[inline(always)]
    fn start_of<'r>(&self, strip: &Strip, room: &'r mut [f32; MAX_WIDTH]) -> Start<'r> {
        match self.start {
            _ if strip.depth.start > 0 => Start::Resume,
            Start::Bias(values) => {
                let values = &values[strip.columns.clone()];
                room[..values.len()].copy_from_slice(values);
                Start::Bias(room)
            }
            Start::Zero | Start::Resume => Start::Zero,
        }
    }

    /// What the first tile of the next strip will read of the right operand.
    #[inline(always)]
    fn ahead<'r>(
        &self,
        Strip {
            rows,
            columns,
            depth,
        }: &Strip,
    ) -> Ahead<'r>
    where
        'a: 'r,
    {
        let n_tiles = rows.len().div_ceil(T::TILE_ROWS).max(1);
        match self.right {
            Right::Plain { values, stride } if values.len() > NEAR_LEN => Ahead {
                values,
                stride,
                next: depth.start * stride + columns.end,
                n_left: if columns.end < self.size.2 {
                    depth.len()
                } else {
                    0
                },
                n_each: depth.len().div_ceil(n_tiles),
            },
            Right::Plain { values, stride } | Right::Transposed { values, stride } => Ahead {
                values,
                stride,
                next: 0,
                n_left: 0,
                n_each: 0,
            },
        }
    }

    /// Brings the rows of a tile that was computed in `edge` where they belong, and hands them on if they are finished.
    #[inline(always)]
    fn finish_edge(&mut self, strip: &Strip, tile_rows: Range<usize>, width: usize) {
        let Strip { columns, depth, .. } = strip;
        let is_last = depth.end == self.size.1;
        let (out, stride) = (&mut *self.out.0, self.out.1);
        for (row, edge) in tile_rows.zip(self.edge.chunks_exact(width)) {
            let values = &mut out[row * stride..][columns.clone()];
            values.copy_from_slice(&edge[..columns.len()]);
            if is_last {
                self.epilogue.finish(row, columns.clone(), values);
            }
        }
    }
}

/// Rows of the right operand that will be read soon, a part of them asked for with each tile: a strip reads one cache
/// line of each, too far apart for the processor to foresee.
struct Ahead<'a> {
    values: &'a [f32],
    stride: usize,
    next: usize,
    n_left: usize,
    n_each: usize,
}

impl Ahead<'_> {
    #[inline(always)]
    fn prefetch(&mut self) {
        let n = self.n_each.min(self.n_left);
        for _ in 0..n {
            prefetch(self.values, self.next);
            self.next += self.stride;
        }
        self.n_left -= n;
    }
}

/// Hands on the rows of a finished tile, which `out` has from its first element on.
#[inline(always)]
fn finish_tile<T: Target>(
    epilogue: &mut impl Epilogue,
    rows: Range<usize>,
    columns: &Range<usize>,
    (out, stride): (&mut [f32], usize),
) {
    // A width that the compiler knows, as most tiles have it, makes straight code of an epilogue's loops.
    let whole = T::TILE_VECTORS * T::F32_LANES;
    if columns.len() == whole {
        for (row, values) in rows.zip(out.chunks_mut(stride)) {
            let columns = columns.start..columns.start + whole;
            epilogue.finish(row, columns, &mut values[..whole]);
        }
    } else {
        for (row, values) in rows.zip(out.chunks_mut(stride)) {
            epilogue.finish(row, columns.clone(), &mut values[..columns.len()]);
        }
    }
}

/// Prepares the panel: all of it, or what the first tile cannot fill on its way.
#[inline(always)]
fn fill<'a, T: Target>(
    target: T,
    right: Right<'a>,
    Strip { columns, depth, .. }: &Strip,
    panel: &mut [T::f32s],
    width: usize,
) -> Option<Fill<'a>> {
    match right {
        Right::Plain { values, stride } => {
            let values = values
                .get(depth.start * stride + columns.start..)
                .unwrap_or_default();
            let n_rows = n_readable(values, width, stride, depth.len());
            fill_rest::<T>(panel, values, stride, n_rows, width);
            Some(Fill {
                values,
                stride,
                n_rows,
            })
        }
        Right::Transposed { values, stride } => {
            fill_transposed(target, panel, values, stride, depth, columns);
            None
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
