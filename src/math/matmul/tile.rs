//! The tile: the few rows and columns of a product whose sums stay in registers.
//!
//! All the arithmetic of the program's products is the two loops of [`Sums`]. This file must not know in which order
//! tiles follow each other.

use std::ops::Range;

use pulp::NullaryFnOnce;

use super::target::{Target, load, store};

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
    /// One value for each column of the product, [N].
    Bias(&'a [f32]),
    /// What an earlier stretch of the summed dimension left in the product.
    Resume,
}

/// One tile to compute: `out[rows, columns] = start + left[rows, depth] · panel`.
pub(super) struct Tile<'a, T: Target> {
    pub(super) target: T,
    pub(super) left: Left<'a>,
    /// Elements from one row of `left` as it lies in memory to the next.
    pub(super) left_stride: usize,
    /// Rows of the product, 1..=`T::TILE_ROWS` of them.
    pub(super) rows: Range<usize>,
    /// Columns of the product, 1..=`T::TILE_VECTORS` vectors of them.
    pub(super) columns: Range<usize>,
    /// Stretch of the summed dimension.
    pub(super) depth: Range<usize>,
    /// The right operand's part, a row of vectors for each place of `depth`.
    pub(super) panel: &'a [T::f32s],
    pub(super) start: Start<'a>,
    /// The whole product, [M, N] row-major.
    pub(super) out: &'a mut [f32],
    /// N.
    pub(super) out_stride: usize,
}

impl<T: Target> Tile<'_, T> {
    /// Computes the tile with the loop made for its size.
    #[inline(always)]
    pub(super) fn compute(self) {
        match self.columns.len().div_ceil(T::F32_LANES) {
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
            columns,
            depth,
            panel,
            start,
            out,
            out_stride,
        }) = self;
        let (panel, _) = panel.as_chunks::<V>();
        let out = &mut out[rows.start * out_stride..];
        let mut sums = Sums::<T, R, V>::new(target, start, out, out_stride, &columns);
        match left {
            Left::Rows(left) => {
                let rows =
                    std::array::from_fn(|r| &left[(rows.start + r) * left_stride..][depth.clone()]);
                sums.add_rows(target, rows, panel);
            }
            Left::Columns(left) => {
                let left = left[depth.start * left_stride..].chunks_exact(left_stride);
                sums.add_columns(target, left, rows.start, panel);
            }
        }
        for (sums, row) in sums.0.iter().zip(out.chunks_mut(out_stride)) {
            let places = row[columns.clone()].chunks_mut(T::F32_LANES);
            for (sum, place) in sums.iter().zip(places) {
                store(target, place, *sum);
            }
        }
    }
}

/// The sums of a tile.
struct Sums<T: Target, const R: usize, const V: usize>([[T::f32s; V]; R]);

impl<T: Target, const R: usize, const V: usize> Sums<T, R, V> {
    #[inline(always)]
    fn new(
        target: T,
        start: Start<'_>,
        out: &[f32],
        out_stride: usize,
        columns: &Range<usize>,
    ) -> Self {
        let vectors = |row: &[f32]| {
            let mut vectors = [target.splat_f32s(0.0); V];
            for (vector, values) in vectors
                .iter_mut()
                .zip(row[columns.clone()].chunks(T::F32_LANES))
            {
                *vector = load(target, values);
            }
            vectors
        };
        Self(match start {
            Start::Zero => [[target.splat_f32s(0.0); V]; R],
            Start::Bias(bias) => [vectors(bias); R],
            Start::Resume => std::array::from_fn(|r| vectors(&out[r * out_stride..])),
        })
    }

    /// Adds the products of rows that each run along the summed dimension.
    #[inline(always)]
    fn add_rows(&mut self, target: T, rows: [&[f32]; R], panel: &[[T::f32s; V]]) {
        // Cut to one length, the rows need no bounds check inside the loop.
        let rows: [&[f32]; R] = std::array::from_fn(|r| &rows[r][..panel.len()]);
        let mut sums = self.0;
        for (k, right) in panel.iter().enumerate() {
            for r in 0..R {
                let left = target.splat_f32s(rows[r][k]);
                for v in 0..V {
                    sums[r][v] = target.multiply_add(left, right[v], sums[r][v]);
                }
            }
        }
        self.0 = sums;
    }

    /// Adds the products of the columns `first..first + R` of rows that follow each other along the summed dimension.
    #[inline(always)]
    fn add_columns<'a>(
        &mut self,
        target: T,
        left: impl Iterator<Item = &'a [f32]>,
        first: usize,
        panel: &[[T::f32s; V]],
    ) {
        let mut sums = self.0;
        for (left, right) in left.zip(panel) {
            let left = &left[first..first + R];
            for r in 0..R {
                let left = target.splat_f32s(left[r]);
                for v in 0..V {
                    sums[r][v] = target.multiply_add(left, right[v], sums[r][v]);
                }
            }
        }
        self.0 = sums;
    }
}
