//! What one instruction set offers a tile: how wide a vector is, how many fit, and how to multiply and add.
//!
//! The widths of [`Target`] are the whole tuning of the module: everything else is written once against them. This
//! file must not know of matrices.

#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};
use pulp::{Scalar128b, Simd};

/// The vectors of the widest panel of any target: depth times vectors per row, so 24 KiB at most and thus well inside
/// a first-level cache of 32 KiB, together with the rows that meet it.
pub(super) const PANEL_VECTORS: usize = 384;

/// An instruction set as the tiles see it.
pub(super) trait Target: Simd {
    /// Rows of the tallest tile, 1..=8.
    const TILE_ROWS: usize;
    /// Vectors side by side in the widest tile, 2..=3.
    ///
    /// `TILE_ROWS * TILE_VECTORS` sums, one row of the panel and one broadcast value fit the register file together.
    const TILE_VECTORS: usize;
    /// The longest stretch of the summed dimension that a panel holds.
    const DEPTH: usize = PANEL_VECTORS / Self::TILE_VECTORS;

    /// `a * b + c` in each lane, rounded once where the machine can and twice where it would have to emulate it.
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s;
}

#[cfg(target_arch = "x86_64")]
impl Target for V4 {
    const TILE_ROWS: usize = 8;
    const TILE_VECTORS: usize = 3;

    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.mul_add_f32s(a, b, c)
    }
}

#[cfg(target_arch = "x86_64")]
impl Target for V3 {
    const TILE_ROWS: usize = 6;
    const TILE_VECTORS: usize = 2;

    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.mul_add_f32s(a, b, c)
    }
}

/// Four lanes of plain arithmetic, which compilers turn into SSE or NEON.
impl Target for Scalar128b {
    const TILE_ROWS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 4 };
    const TILE_VECTORS: usize = 2;

    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        // A fused operation that the compile target lacks would be a library call for every lane.
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            self.mul_add_f32s(a, b, c)
        } else {
            self.add_f32s(self.mul_f32s(a, b), c)
        }
    }
}

/// The vector in `values`, with zeros in the lanes past its end.
#[inline(always)]
pub(super) fn load<T: Target>(target: T, values: &[f32]) -> T::f32s {
    match T::as_simd_f32s(values).0.first() {
        Some(vector) => *vector,
        None => target.partial_load_f32s(values),
    }
}

/// Writes as many lanes of `vector` as `values` has places for.
#[inline(always)]
pub(super) fn store<T: Target>(target: T, values: &mut [f32], vector: T::f32s) {
    match T::as_mut_simd_f32s(values).0.first_mut() {
        Some(place) => *place = vector,
        None => target.partial_store_f32s(values, vector),
    }
}
