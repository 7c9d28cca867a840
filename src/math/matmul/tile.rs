//! The tile: the few rows and columns of a product whose sums stay in registers.
//!
//! All the arithmetic of the program's products is the two loops of [`Sums`]. This file must not know in which order
//! tiles follow each other.

use std::ops::Range;

use pulp::NullaryFnOnce;

use super::target::{Target, load_row, store};

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

/// Where a tile finds its part of the right operand.
#[derive(Debug)]
pub(super) enum Source<'a, V> {
    /// In a panel: a row of vectors for each place of the tile's depth.
    Panel(&'a [V]),
    /// In the row-major operand [K, N] itself; the vectors are kept in the panel for the tiles that follow.
    Fill(&'a [f32], &'a mut [V]),
}

/// One tile to compute: `out[rows, columns] = start + left[rows, depth] · right[depth, columns]`.
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
    pub(super) right: Source<'a, T::f32s>,
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
        let Self(Tile { target, left, left_stride, rows, columns, depth, right, start, out, out_stride }) = self;
        let out = &mut out[rows.start * out_stride..];
        let mut sums = Sums::<T, R, V>::new(target, start, out, out_stride, &columns);
        let factors = Factors { left, stride: left_stride, rows, depth: depth.clone() };
        let mut done = 0;
        let n = depth.len();
        let panel = match right {
            Source::Panel(panel) => panel,
            Source::Fill(values, panel) => {
                let values = values.get(depth.start * out_stride + columns.start..).unwrap_or_default();
                // A row is read on into the next one where it is narrower than the tile: those lanes are never stored.
                // Only at the very end of the operand is there nothing to read on into.
                let n_whole = values.len().checked_sub(V * T::F32_LANES).map_or(0, |room| n.min(room / out_stride + 1));
                let (whole, rest) = panel.as_chunks_mut::<V>().0.split_at_mut(n_whole);
                for (k, place) in rest.iter_mut().enumerate() {
                    *place = load_row(target, &values[(n_whole + k) * out_stride..]);
                }
                sums.add(target, factors.part(0..n_whole), n_whole, |k| {
                    let row = T::as_simd_f32s(&values[k * out_stride..]).0.first_chunk();
                    whole[k] = *row.expect("a whole row of vectors");
                    whole[k]
                });
                done = n_whole;
                panel
            }
        };
        let panel = &panel.as_chunks::<V>().0[done..n];
        sums.add(target, factors.part(done..n), n - done, |k| panel[k]);
        for (sums, row) in sums.0.iter().zip(out.chunks_mut(out_stride)) {
            let places = row[columns.clone()].chunks_mut(T::F32_LANES);
            for (sum, place) in sums.iter().zip(places) {
                store(target, place, *sum);
            }
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
        Self { left: self.left, stride: self.stride, rows: self.rows.clone(), depth }
    }
}

/// The sums of a tile.
struct Sums<T: Target, const R: usize, const V: usize>([[T::f32s; V]; R]);

impl<T: Target, const R: usize, const V: usize> Sums<T, R, V> {
    #[inline(always)]
    fn new(target: T, start: Start<'_>, out: &[f32], out_stride: usize, columns: &Range<usize>) -> Self {
        let vectors = |row: &[f32]| load_row(target, &row[columns.clone()]);
        Self(match start {
            Start::Zero => [[target.splat_f32s(0.0); V]; R],
            Start::Bias(bias) => [vectors(bias); R],
            Start::Resume => std::array::from_fn(|r| vectors(&out[r * out_stride..])),
        })
    }

    /// Adds `factors · right` where `right` gives each of the `depth` rows of the right operand in turn.
    #[inline(always)]
    fn add(
        &mut self,
        target: T,
        Factors { left, stride, rows, depth }: Factors<'_>,
        n: usize,
        mut right: impl FnMut(usize) -> [T::f32s; V],
    ) {
        let mut sums = self.0;
        match left {
            Left::Rows(left) => {
                // Cut to one length, the rows need no bounds check inside the loop.
                let rows: [&[f32]; R] =
                    std::array::from_fn(|r| &left[(rows.start + r) * stride + depth.start..][..n]);
                for k in 0..n {
                    let right = right(k);
                    sums = add_outer(target, sums, |r| rows[r][k], right);
                }
            }
            Left::Columns(left) => {
                for (k, left) in left[depth.start * stride..].chunks_exact(stride).take(n).enumerate() {
                    let left = &left[rows.start..rows.start + R];
                    let right = right(k);
                    sums = add_outer(target, sums, |r| left[r], right);
                }
            }
        }
        self.0 = sums;
    }
}

/// Adds the outer product of one value per row and one row of vectors.
#[inline(always)]
fn add_outer<T: Target, const R: usize, const V: usize>(
    target: T,
    mut sums: [[T::f32s; V]; R],
    left: impl Fn(usize) -> f32,
    right: [T::f32s; V],
) -> [[T::f32s; V]; R] {
    for r in 0..R {
        let left = target.splat_f32s(left(r));
        for v in 0..V {
            sums[r][v] = target.multiply_add(left, right[v], sums[r][v]);
        }
    }
    sums
}
