//! The tile: the few rows and columns of a product whose sums stay in registers.
//!
//! All the arithmetic of the program's products is the two loops of [`Sums`]. This file must not know in which order
//! tiles follow each other.

use std::ops::Range;

use pulp::{NullaryFnOnce, Simd};

use super::target::{Target, load_row, store_row};

/// The left operand of a product, [M, K], as it lies in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Left<'a> {
    /// Row-major [M, K].
    Rows(&'a [f32]),
    /// Row-major [K, M]: a row of the product takes a column of it.
    Columns(&'a [f32]),
}

/// What the sums of a tile start from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start<'a> {
    /// Nothing.
    Zero,
    /// One value for each column.
    Bias(&'a [f32]),
    /// What an earlier stretch of the summed dimension left in the product.
    Resume,
}

/// Where a tile finds its part of the right operand.
#[derive(Debug)]
pub(super) enum Source<'a, V> {
    /// In a panel: a row of vectors for each place of the tile's depth.
    Panel(&'a [V]),
    /// The first `n_rows` rows in the operand itself, row-major from the tile's first column on, from where they are
    /// copied into the panel on the way; the others in the panel.
    Fill {
        values: &'a [f32],
        stride: usize,
        n_rows: usize,
        panel: &'a mut [V],
    },
}

/// One tile to compute: `out = start + left[rows, depth] · right`.
pub(super) struct Tile<'a, T: Target> {
    pub(super) target: T,
    pub(super) left: Left<'a>,
    /// Elements from one row of `left` as it lies in memory to the next.
    pub(super) left_stride: usize,
    /// Rows of the product, 1..=`T::TILE_ROWS` of them.
    pub(super) rows: Range<usize>,
    /// Stretch of the summed dimension.
    pub(super) depth: Range<usize>,
    pub(super) right: Source<'a, T::f32s>,
    /// Vectors side by side, 1..=`T::TILE_VECTORS`.
    pub(super) n_vectors: usize,
    pub(super) start: Start<'a>,
    /// The product from the tile's first element on, row-major; all its vectors must be whole.
    pub(super) out: &'a mut [f32],
    pub(super) out_stride: usize,
}

impl<T: Target> Tile<'_, T> {
    /// Computes the tile with the loop made for its size.
    #[inline(always)]
    pub(super) fn compute(self) {
        match self.n_vectors {
            1 => self.compute_wide::<1>(),
            2 => self.compute_wide::<2>(),
            _ => {
                if const { T::TILE_VECTORS >= 3 } {
                    self.compute_wide::<3>();
                }
            }
        }
    }

    #[inline(always)]
    fn compute_wide<const V: usize>(self) {
        match self.rows.len() {
            1 => self.compute_sized::<1, V>(),
            2 => self.compute_sized::<2, V>(),
            3 => self.compute_sized::<3, V>(),
            4 => self.compute_sized::<4, V>(),
            5 if const { T::TILE_ROWS >= 5 } => self.compute_sized::<5, V>(),
            6 if const { T::TILE_ROWS >= 6 } => self.compute_sized::<6, V>(),
            7 if const { T::TILE_ROWS >= 7 } => self.compute_sized::<7, V>(),
            _ => {
                if const { T::TILE_ROWS >= 8 } {
                    self.compute_sized::<8, V>();
                }
            }
        }
    }

    #[inline(always)]
    fn compute_sized<const R: usize, const V: usize>(self) {
        self.target.vectorize(Shaped::<T, R, V>(self));
    }
}

/// A tile whose size the compiler knows: `R` rows of `V` vectors.
///
/// A type and not a closure, so that each size is compiled once for each target, whatever is done with the result.
struct Shaped<'a, T: Target, const R: usize, const V: usize>(Tile<'a, T>);

impl<T: Target, const R: usize, const V: usize> NullaryFnOnce for Shaped<'_, T, R, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(Tile {
            target,
            left,
            left_stride,
            rows,
            depth,
            right,
            start,
            out,
            out_stride,
            ..
        }) = self;
        let factors = Factors {
            left,
            stride: left_stride,
            rows,
            depth: depth.clone(),
        };
        let mut sums = begin::<T, R, V>(target, start, out, out_stride);
        let rest = match right {
            Source::Panel(panel) => panel.as_chunks().0,
            Source::Fill {
                values,
                stride,
                n_rows,
                panel,
            } => {
                let (places, rest) = panel.as_chunks_mut().0.split_at_mut(n_rows);
                let rows = places.iter_mut().enumerate().map(|(k, place)| {
                    *place = load_row::<T, V>(&values[k * stride..]);
                    *place
                });
                sums = add(target, sums, factors.part(0..n_rows), rows);
                rest
            }
        };
        sums = add(
            target,
            sums,
            factors.part(depth.len() - rest.len()..depth.len()),
            rest.iter().copied(),
        );
        for r in 0..R {
            store_row::<T, V>(&mut out[r * out_stride..], sums[r]);
        }
    }
}

/// The part of the left operand that a tile takes.
struct Factors<'a> {
    left: Left<'a>,
    stride: usize,
    rows: Range<usize>,
    depth: Range<usize>,
}

impl Factors<'_> {
    /// Those that meet the places `part` of the tile's depth.
    #[inline(always)]
    fn part(&self, part: Range<usize>) -> Self {
        let depth = self.depth.start + part.start..self.depth.start + part.end;
        Self {
            left: self.left,
            stride: self.stride,
            rows: self.rows.clone(),
            depth,
        }
    }
}

/// The sums of a tile.
///
/// They pass by value through everything that touches them and are indexed by constants alone: an address or a
/// run-time index anywhere, and the compiler keeps them in memory.
type Sums<T, const R: usize, const V: usize> = [[<T as Simd>::f32s; V]; R];

#[inline(always)]
fn begin<T: Target, const R: usize, const V: usize>(
    target: T,
    start: Start<'_>,
    out: &[f32],
    out_stride: usize,
) -> Sums<T, R, V> {
    let mut sums = [[target.splat_f32s(0.0); V]; R];
    match start {
        Start::Zero => {}
        Start::Bias(bias) => sums = [load_row::<T, V>(bias); R],
        Start::Resume => {
            for r in 0..R {
                sums[r] = load_row::<T, V>(&out[r * out_stride..]);
            }
        }
    }
    sums
}

/// Adds `factors · right` where `right` gives the rows of the right operand in turn.
#[inline(always)]
fn add<T: Target, const R: usize, const V: usize>(
    target: T,
    mut sums: Sums<T, R, V>,
    Factors {
        left,
        stride,
        rows,
        depth,
    }: Factors<'_>,
    right: impl Iterator<Item = [T::f32s; V]>,
) -> Sums<T, R, V> {
    match left {
        Left::Rows(left) => {
            // Cut to one length, the rows need no bounds check inside the loop.
            let rows: [&[f32]; R] = std::array::from_fn(|r| {
                &left[(rows.start + r) * stride + depth.start..][..depth.len()]
            });
            for (k, right) in (0..depth.len()).zip(right) {
                sums = add_outer(target, sums, |r| rows[r][k], right);
            }
        }
        Left::Columns(left) => {
            for (left, right) in left[depth.start * stride..].chunks_exact(stride).zip(right) {
                let left = &left[rows.start..rows.start + R];
                sums = add_outer(target, sums, |r| left[r], right);
            }
        }
    }
    sums
}

/// Adds the outer product of one value per row and one row of vectors.
#[inline(always)]
fn add_outer<T: Target, const R: usize, const V: usize>(
    target: T,
    mut sums: Sums<T, R, V>,
    left: impl Fn(usize) -> f32,
    right: [T::f32s; V],
) -> Sums<T, R, V> {
    for r in 0..R {
        let left = target.splat_f32s(left(r));
        for v in 0..V {
            sums[r][v] = target.multiply_add(left, right[v], sums[r][v]);
        }
    }
    sums
}
