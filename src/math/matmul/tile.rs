//! The tile: the few rows and columns of a product whose sums stay in registers; and a strip of them, one below another.
//!
//! All the arithmetic of the program's products is [`sweep`]. This file must not know in which order strips follow
//! each other.
//!
//! Every sum is added up in the order of the summed dimension, one term after another, whatever the size of the tile, of
//! the panel or of the vectors. So a product does not depend on how it is cut; AVX2 and AVX-512 give the same bits; and
//! terms that are zero can be left out without changing any, which is what makes a thinned network executed as a smaller
//! one equal to the masked one to the last bit.
//!
//! # The unsafe code
//!
//! This is the one file of the library that reads and writes through pointers. Measured on the products of a step, the
//! checks and the address arithmetic of slices cost 5 to 15 %: a tile of a small layer takes 200 cycles, and checking
//! its six rows took 50. [`Strip::compute`] is a safe function: it checks once, before it starts, that every element the
//! loops will touch lies inside the slices it was given, and the loops touch nothing else. Each of its checks names what
//! it is for; `tests.rs` runs every size of every tile, and `just sanitize` runs these tests under `AddressSanitizer`.

#![allow(unsafe_code, reason = "see the module's own documentation")]

use std::ops::Range;

use pulp::NullaryFnOnce;

use super::factors::{ByPlaces, ByRows, Factors, GROUP};
use super::target::Target;

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

/// The rows of the right operand that the first tile copies into the panel on its way, from the first on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fill<'a> {
    /// The operand from the strip's first element on, row-major.
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    /// How many rows; the others are in the panel already.
    pub(super) n_rows: usize,
}

/// One strip to compute, a column of tiles: `out = start + left[rows, depth] · right`.
pub(super) struct Strip<'a, T: Target> {
    pub(super) target: T,
    pub(super) left: Left<'a>,
    /// Elements from one row of `left` as it lies in memory to the next.
    pub(super) left_stride: usize,
    /// Rows of the product.
    pub(super) rows: Range<usize>,
    /// Stretch of the summed dimension.
    pub(super) depth: Range<usize>,
    /// The right operand: `n_vectors` vectors for each place of the depth.
    pub(super) panel: &'a mut [T::f32s],
    pub(super) fill: Fill<'a>,
    /// Vectors side by side, 1..=`T::TILE_VECTORS`.
    pub(super) n_vectors: usize,
    pub(super) start: Start<'a>,
    /// The product from the strip's first element on, row-major; all its vectors must be whole.
    pub(super) out: &'a mut [f32],
    pub(super) out_stride: usize,
    pub(super) ahead: Ahead<'a>,
}

impl<T: Target> Strip<'_, T> {
    /// Computes the strip in tiles that are as high as possible and differ by at most a row, with the loops made for their
    /// size.
    ///
    /// # Panics
    /// If an operand is too short.
    #[inline(always)]
    pub(super) fn compute(self) {
        match self.n_vectors {
            1 => self.compute_wide::<1>(),
            2 => self.compute_wide::<2>(),
            3 if const { T::TILE_VECTORS >= 3 } => self.compute_wide::<3>(),
            n_vectors => panic!("a strip of {n_vectors} vectors"),
        }
    }

    #[inline(always)]
    fn compute_wide<const V: usize>(self) {
        let n_tiles = self.rows.len().div_ceil(T::TILE_ROWS).max(1);
        match self.rows.len().div_ceil(n_tiles) {
            0 => {}
            1 => self.compute_high::<1, 1, V>(n_tiles),
            2 => self.compute_high::<2, 1, V>(n_tiles),
            3 => self.compute_high::<3, 2, V>(n_tiles),
            4 => self.compute_high::<4, 3, V>(n_tiles),
            5 if const { T::TILE_ROWS >= 5 } => self.compute_high::<5, 4, V>(n_tiles),
            6 if const { T::TILE_ROWS >= 6 } => self.compute_high::<6, 5, V>(n_tiles),
            7 if const { T::TILE_ROWS >= 7 } => self.compute_high::<7, 6, V>(n_tiles),
            _ => {
                if const { T::TILE_ROWS >= 8 } {
                    self.compute_high::<8, 7, V>(n_tiles);
                }
            }
        }
    }

    #[inline(always)]
    fn compute_high<const R: usize, const L: usize, const V: usize>(self, n_tiles: usize) {
        let strip = self;
        strip
            .target
            .vectorize(Shaped::<T, R, L, V> { strip, n_tiles });
    }

    /// Checks that everything that its rows of `V` vectors will touch is there.
    #[inline(always)]
    fn check<const V: usize>(&self) {
        let (n_places, width) = (self.depth.len(), V * T::F32_LANES);
        let (rows, depth) = (&self.rows, &self.depth);
        // With an empty depth nothing of the operands is touched.
        if n_places > 0 {
            let (n_strides, rest) = match self.left {
                Left::Rows(_) => (rows.end - 1, depth.end),
                Left::Columns(_) => (depth.end - 1, rows.end),
            };
            let (Left::Rows(left) | Left::Columns(left)) = self.left;
            let end = behind(n_strides, self.left_stride, rest);
            assert!(end <= left.len(), "a strip outside the left operand");
        }
        let end = behind(n_places, V, 0);
        assert!(end <= self.panel.len(), "a strip outside its panel");
        let fill = self.fill;
        let end = behind(fill.n_rows.saturating_sub(1), fill.stride, width);
        assert!(
            fill.n_rows <= n_places && (fill.n_rows == 0 || end <= fill.values.len()),
            "a strip outside the right operand"
        );
        if let Start::Bias(bias) = self.start {
            assert!(width <= bias.len(), "a strip outside the bias");
        }
        let end = behind(rows.len() - 1, self.out_stride, width);
        assert!(end <= self.out.len(), "a strip outside the product");
    }
}

/// Where `rest` elements end that begin `n` strides from the first element on; nowhere, if that is further than a number
/// can say.
#[inline(always)]
fn behind(n: usize, stride: usize, rest: usize) -> usize {
    let first = n.checked_mul(stride);
    first
        .and_then(|first| first.checked_add(rest))
        .unwrap_or(usize::MAX)
}

/// A strip whose sizes the compiler knows: `n_tiles` tiles of `V` vectors, the first ones of `R` rows and the others of
/// `L`, which is one less.
///
/// A type and not a closure, so that each size is compiled once for each target, whatever is done with the result.
struct Shaped<'a, T: Target, const R: usize, const L: usize, const V: usize> {
    strip: Strip<'a, T>,
    n_tiles: usize,
}

impl<T: Target, const R: usize, const L: usize, const V: usize> NullaryFnOnce
    for Shaped<'_, T, R, L, V>
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { strip, n_tiles } = self;
        let n_rows = strip.rows.len();
        // Equal heights are all of the first kind.
        let n_high = if R == L {
            n_tiles
        } else {
            n_rows - n_tiles * L
        };
        assert!(
            n_high <= n_tiles && n_high * R + (n_tiles - n_high) * L == n_rows,
            "{n_rows} rows in {n_tiles} tiles"
        );
        strip.check::<V>();
        let (Left::Rows(left) | Left::Columns(left)) = strip.left;
        let (left, stride) = (left.as_ptr(), strip.left_stride);
        let (row, place) = (strip.rows.start, strip.depth.start);
        // SAFETY: `check` has made sure that the elements that the tiles touch are inside their slices: of `out`, `V`
        // vectors in each row; of the bias, `V` vectors; of the left operand, all rows (columns) at all places of the depth;
        // of the panel, `V` vectors at all places; of what fills it, `V` vectors in each of its rows. The tiles have as
        // many rows as the strip.
        unsafe {
            match strip.left {
                Left::Rows(_) => {
                    let left = ByRows::new(left.wrapping_add(row * stride + place), stride);
                    tiles::<T, _, R, L, V>(strip, left, [n_high, n_tiles - n_high]);
                }
                Left::Columns(_) => {
                    let left = left.wrapping_add(place * stride + row);
                    let left = ByPlaces { left, stride };
                    tiles::<T, _, R, L, V>(strip, left, [n_high, n_tiles - n_high]);
                }
            }
        }
    }
}

/// Computes the tiles of a strip, so many of `R` rows and so many of `L`.
///
/// # Safety
/// As [`tile`] demands for all of its rows, one tile after another.
#[inline(always)]
unsafe fn tiles<T: Target, F: Factors, const R: usize, const L: usize, const V: usize>(
    strip: Strip<'_, T>,
    mut left: F,
    [n_high, n_low]: [usize; 2],
) {
    let Strip {
        target,
        depth,
        panel,
        mut fill,
        start,
        out,
        out_stride,
        mut ahead,
        ..
    } = strip;
    let panel = (panel.as_mut_ptr(), depth.len());
    let mut out = out.as_mut_ptr();
    // SAFETY: as this function demands. The pointers move on to the next tile without being read behind the last one.
    unsafe {
        for _ in 0..n_high {
            ahead.prefetch();
            tile::<T, F, R, V>(target, left, panel, fill, start, (out, out_stride));
            (left, out) = (left.below(R), out.wrapping_add(R * out_stride));
            fill.n_rows = 0;
        }
        for _ in 0..n_low {
            ahead.prefetch();
            tile::<T, F, L, V>(target, left, panel, fill, start, (out, out_stride));
            (left, out) = (left.below(L), out.wrapping_add(L * out_stride));
            fill.n_rows = 0;
        }
    }
}

/// Computes a tile of `R` rows of `V` vectors.
///
/// # Safety
/// `out` has `V` whole vectors in each of `R` rows, a stride apart; a bias has `V`; `left`, `panel` and `fill` are as
/// [`sweep`] demands.
#[inline(always)]
unsafe fn tile<T: Target, F: Factors, const R: usize, const V: usize>(
    target: T,
    left: F,
    panel: (*mut T::f32s, usize),
    fill: Fill<'_>,
    start: Start<'_>,
    (out, out_stride): (*mut f32, usize),
) {
    // SAFETY: as this function demands. All vectors are read and written unaligned.
    unsafe {
        let sums = begin::<T, R, V>(target, start, out, out_stride);
        let sums = sweep(target, sums, left, panel, fill);
        for r in 0..R {
            for v in 0..V {
                let place = out.wrapping_add(r * out_stride + v * T::F32_LANES);
                place.cast::<T::f32s>().write_unaligned(sums[r][v]);
            }
        }
    }
}

/// The sums of a tile.
///
/// They pass by value through everything that touches them and are indexed by constants alone: an address or a
/// run-time index anywhere, and the compiler keeps them in memory.
type Sums<T, const R: usize, const V: usize> = [[<T as pulp::Simd>::f32s; V]; R];

/// What the sums start from.
///
/// # Safety
/// `out` has `V` whole vectors in each of `R` rows, `stride` apart; a bias has `V`.
#[inline(always)]
unsafe fn begin<T: Target, const R: usize, const V: usize>(
    target: T,
    start: Start<'_>,
    out: *const f32,
    stride: usize,
) -> Sums<T, R, V> {
    let mut sums = [[target.splat_f32s(0.0); V]; R];
    match start {
        Start::Zero => {}
        // SAFETY: as this function demands.
        Start::Bias(bias) => sums = [unsafe { row::<T, V>(bias.as_ptr()) }; R],
        Start::Resume => {
            for r in 0..R {
                // SAFETY: as this function demands.
                sums[r] = unsafe { row::<T, V>(out.add(r * stride)) };
            }
        }
    }
    sums
}

/// Adds the outer products of `n_places` places. Of the right operand, `panel` holds `V` vectors a place; the rows that
/// `fill` has are taken from there, and copied to the panel.
///
/// # Safety
/// The factors of `R` rows can be read at all places, the panel can be read and written at all places, and what fills it
/// can be read.
#[inline(always)]
unsafe fn sweep<T: Target, F: Factors, const R: usize, const V: usize>(
    target: T,
    mut sums: Sums<T, R, V>,
    mut left: F,
    (mut panel, n_places): (*mut T::f32s, usize),
    fill: Fill<'_>,
) -> Sums<T, R, V> {
    const { assert!(R <= 3 * GROUP) };
    let (mut values, mut n_filled) = (fill.values.as_ptr(), fill.n_rows);
    // SAFETY: as this function demands; `check` made sure that `fill.n_rows <= n_places`. The pointers are moved on without
    // being read behind the last place.
    unsafe {
        // Two at a time, as long as there are: the address arithmetic of one is a fifth of its instructions.
        for n in [2, 1] {
            while n_filled >= n {
                for place in 0..n {
                    let right = row::<T, V>(values.wrapping_add(place * fill.stride));
                    for v in 0..V {
                        panel.add(place * V + v).write(right[v]);
                    }
                    sums = add_outer(target, sums, left, place, right);
                }
                (left, panel) = (left.ahead(n), panel.wrapping_add(n * V));
                values = values.wrapping_add(n * fill.stride);
                n_filled -= n;
            }
        }
        let n_left = n_places - fill.n_rows;
        for _ in 0..n_left / F::UNROLL {
            for place in 0..F::UNROLL {
                let right = row::<T, V>(panel.add(place * V).cast());
                sums = add_outer(target, sums, left, place, right);
            }
            (left, panel) = (left.ahead(F::UNROLL), panel.wrapping_add(F::UNROLL * V));
        }
        for _ in 0..n_left % F::UNROLL {
            let right = row::<T, V>(panel.cast());
            sums = add_outer(target, sums, left, 0, right);
            (left, panel) = (left.ahead(1), panel.wrapping_add(V));
        }
    }
    sums
}

/// Adds the outer product of one value per row, `place` places on, and one row of vectors.
///
/// # Safety
/// The factors of `R` rows can be read there.
#[inline(always)]
unsafe fn add_outer<T: Target, const R: usize, const V: usize>(
    target: T,
    mut sums: Sums<T, R, V>,
    left: impl Factors,
    place: usize,
    right: [T::f32s; V],
) -> Sums<T, R, V> {
    for r in 0..R {
        // SAFETY: as this function demands.
        let factor = target.splat_f32s(unsafe { *left.at(r, place) });
        for v in 0..V {
            sums[r][v] = target.multiply_add(factor, right[v], sums[r][v]);
        }
    }
    sums
}

/// The `V` vectors at `values`.
///
/// # Safety
/// They can be read.
#[inline(always)]
unsafe fn row<T: Target, const V: usize>(values: *const f32) -> [T::f32s; V] {
    // SAFETY: as this function demands; unaligned vectors are.
    std::array::from_fn(|v| unsafe {
        values
            .add(v * T::F32_LANES)
            .cast::<T::f32s>()
            .read_unaligned()
    })
}

/// Rows of the right operand that will be read soon, a part of them asked for with each tile: a strip reads one cache
/// line of each, too far apart for the processor to foresee.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ahead<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) next: usize,
    pub(super) n_left: usize,
    pub(super) n_each: usize,
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

/// Asks for the cache line of `values[idx]`, if there is such an element.
#[inline(always)]
fn prefetch(values: &[f32], idx: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(value) = values.get(idx) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint that reads nothing; the address is that of a live element all the same, and SSE is
        // part of every x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, idx);
}
