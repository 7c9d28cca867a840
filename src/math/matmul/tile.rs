//! The tile: the few rows and columns of a product whose sums stay in registers.
//!
//! All the arithmetic of the program's products is [`sweep`]. This file must not know in which order tiles follow each
//! other.
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
//! its six rows took 50. [`Tile::compute`] is a safe function: it checks once, before it starts, that every element the
//! loops will touch lies inside the slices it was given, and the loops touch nothing else. Each of its checks names what
//! it is for; `tests.rs` runs every size of every tile, and `just sanitize` runs these tests under `AddressSanitizer`.

#![allow(unsafe_code, reason = "see the module's own documentation")]

use std::ops::Range;

use pulp::NullaryFnOnce;

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

/// The rows of the right operand that a tile copies into its panel on the way, from the first on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill<'a> {
    /// The operand from the tile's first element on, row-major.
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    /// How many rows; the others are in the panel already.
    pub(super) n_rows: usize,
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
    /// The right operand: `n_vectors` vectors for each place of the depth.
    pub(super) panel: &'a mut [T::f32s],
    pub(super) fill: Option<Fill<'a>>,
    /// Vectors side by side, 1..=`T::TILE_VECTORS`.
    pub(super) n_vectors: usize,
    pub(super) start: Start<'a>,
    /// The product from the tile's first element on, row-major; all its vectors must be whole.
    pub(super) out: &'a mut [f32],
    pub(super) out_stride: usize,
}

impl<T: Target> Tile<'_, T> {
    /// Computes the tile with the loop made for its size.
    ///
    /// # Panics
    /// If an operand is too short.
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
        // Most tiles are as large as the registers allow, or one row less. These are part of the loop over tiles, others
        // are functions of their own.
        if const { V == T::TILE_VECTORS && (R == T::TILE_ROWS || R + 1 == T::TILE_ROWS) } {
            Shaped::<T, R, V>(self).call();
        } else {
            self.target.vectorize(Shaped::<T, R, V>(self));
        }
    }

    /// Checks that everything that `R` rows of `V` vectors will touch is there.
    #[inline(always)]
    fn check<const R: usize, const V: usize>(&self) {
        let (n_places, width) = (self.depth.len(), V * T::F32_LANES);
        // With an empty depth nothing of the operands is touched.
        if n_places > 0 {
            let (n_strides, rest) = match self.left {
                Left::Rows(_) => (self.rows.start + R - 1, self.depth.end),
                Left::Columns(_) => (self.depth.end - 1, self.rows.start + R),
            };
            let (Left::Rows(left) | Left::Columns(left)) = self.left;
            let end = behind(n_strides, self.left_stride, rest);
            assert!(end <= left.len(), "a tile outside the left operand");
        }
        assert!(n_places * V <= self.panel.len(), "a tile outside its panel");
        if let Some(fill) = self.fill {
            let end = behind(fill.n_rows.saturating_sub(1), fill.stride, width);
            assert!(
                fill.n_rows <= n_places && (fill.n_rows == 0 || end <= fill.values.len()),
                "a tile outside the right operand"
            );
        }
        if let Start::Bias(bias) = self.start {
            assert!(width <= bias.len(), "a tile outside the bias");
        }
        let end = behind(R - 1, self.out_stride, width);
        assert!(end <= self.out.len(), "a tile outside the product");
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

/// A tile whose size the compiler knows: `R` rows of `V` vectors.
///
/// A type and not a closure, so that each size is compiled once for each target, whatever is done with the result.
struct Shaped<'a, T: Target, const R: usize, const V: usize>(Tile<'a, T>);

impl<T: Target, const R: usize, const V: usize> NullaryFnOnce for Shaped<'_, T, R, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.0.check::<R, V>();
        let Tile {
            target,
            left,
            left_stride: stride,
            rows,
            depth,
            panel,
            fill,
            start,
            out,
            out_stride,
            ..
        } = self.0;
        let (n_places, panel) = (depth.len(), panel.as_mut_ptr());
        let out = out.as_mut_ptr();
        // SAFETY: `check` has made sure that the elements below are inside their slices: of `out`, `V` vectors in each of
        // `R` rows; of the bias, `V` vectors; of the left operand, `R` rows (columns) at all places of the depth; of the
        // panel, `V` vectors at all places; of what fills it, `V` vectors in each of its rows. All
        // vectors are read and written unaligned.
        unsafe {
            let sums = begin::<T, R, V>(target, start, out, out_stride);
            let sums = match left {
                Left::Rows(left) if n_places > 0 => {
                    let left = left.as_ptr().add(rows.start * stride + depth.start);
                    sweep(
                        target,
                        sums,
                        ByRows::new(left, stride),
                        n_places,
                        panel,
                        fill,
                    )
                }
                Left::Columns(left) if n_places > 0 => {
                    let left = left.as_ptr().add(depth.start * stride + rows.start);
                    sweep(
                        target,
                        sums,
                        ByPlaces { left, stride },
                        n_places,
                        panel,
                        fill,
                    )
                }
                _ => sums,
            };
            for r in 0..R {
                for v in 0..V {
                    let place = out.add(r * out_stride + v * T::F32_LANES);
                    place.cast::<T::f32s>().write_unaligned(sums[r][v]);
                }
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

/// Pointers to the left operand.
trait Factors: Copy {
    /// Places of the summed dimension between two jumps.
    const UNROLL: usize;

    /// Where the value of row `r` is, `place` places on.
    fn at(self, r: usize, place: usize) -> *const f32;

    /// The same, `n` places on.
    #[must_use]
    fn ahead(self, n: usize) -> Self;
}

/// Rows whose values are found from one pointer: as many as an instruction can address without arithmetic.
const GROUP: usize = 3;

/// Factors of a row side by side, rows `stride` apart: row `r` is `r % GROUP` rows behind the pointer of its group.
#[derive(Clone, Copy)]
struct ByRows {
    groups: [*const f32; 3],
    stride: usize,
}

impl ByRows {
    #[inline(always)]
    fn new(left: *const f32, stride: usize) -> Self {
        Self {
            // A group that a small tile does not have may lie outside, and is not read.
            groups: std::array::from_fn(|group| left.wrapping_add(group * GROUP * stride)),
            stride,
        }
    }
}

impl Factors for ByRows {
    /// With one, every fifth instruction was arithmetic on addresses and counters, which takes the room of others where a
    /// neighbour shares the core.
    const UNROLL: usize = 4;

    #[inline(always)]
    fn at(self, r: usize, place: usize) -> *const f32 {
        self.groups[r / GROUP].wrapping_add(r % GROUP * self.stride + place)
    }

    #[inline(always)]
    fn ahead(self, n: usize) -> Self {
        Self {
            groups: self.groups.map(|group| group.wrapping_add(n)),
            ..self
        }
    }
}

/// Factors of a place side by side, places `stride` apart: one pointer and constants.
#[derive(Clone, Copy)]
struct ByPlaces {
    left: *const f32,
    stride: usize,
}

impl Factors for ByPlaces {
    /// There is little arithmetic to save, and with more the compiler runs out of registers.
    const UNROLL: usize = 1;

    #[inline(always)]
    fn at(self, r: usize, place: usize) -> *const f32 {
        self.left.wrapping_add(place * self.stride + r)
    }

    #[inline(always)]
    fn ahead(self, n: usize) -> Self {
        Self {
            left: self.left.wrapping_add(n * self.stride),
            ..self
        }
    }
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
    n_places: usize,
    mut panel: *mut T::f32s,
    fill: Option<Fill<'_>>,
) -> Sums<T, R, V> {
    const { assert!(R <= 3 * GROUP) };
    let n_filled = fill.map_or(0, |fill| fill.n_rows);
    // SAFETY: as this function demands; `check` made sure that `n_filled <= n_places`. The pointers are moved on without
    // being read behind the last place.
    unsafe {
        if let Some(Fill { values, stride, .. }) = fill {
            let mut values = values.as_ptr();
            for _ in 0..n_filled {
                let right = row::<T, V>(values);
                for v in 0..V {
                    panel.add(v).write(right[v]);
                }
                sums = add_outer(target, sums, left, 0, right);
                (left, panel, values) = (
                    left.ahead(1),
                    panel.wrapping_add(V),
                    values.wrapping_add(stride),
                );
            }
        }
        let n_left = n_places - n_filled;
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

/// Asks for the cache line of `values[idx]`, if there is such an element.
#[inline(always)]
pub(super) fn prefetch(values: &[f32], idx: usize) {
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
