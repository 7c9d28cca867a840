//! What one instruction set offers a tile: how wide a vector is, how many fit, and how to multiply and add.
//!
//! The widths of [`Target`] are the whole tuning of the module: everything else is written once against them. This
//! file must not know of matrices.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256;

use pulp::{Scalar128b, Simd};
#[cfg(target_arch = "x86_64")]
use pulp::{
    bytemuck,
    core_arch::x86::{Avx, Avx2},
    x86::{V3, V4},
};

use crate::math::selection::NOTHING;

/// Rows and columns of the blocks that are transposed in registers.
pub(super) const BLOCK: usize = 8;

/// An instruction set as the tiles see it.
pub(super) trait Target: Simd {
    /// Rows of the tallest tile, 1..=8.
    const TILE_ROWS: usize;
    /// Vectors side by side in the widest tile, 2..=3.
    ///
    /// `TILE_ROWS * TILE_VECTORS` sums, one row of the panel and one broadcast value fit the register file together.
    const TILE_VECTORS: usize;
    /// The longest stretch of the summed dimension that a panel holds: the longer, the less often a tile begins and ends;
    /// but panel and rows have to stay in a first-level cache of 32 KiB together.
    const DEPTH: usize;

    /// `a * b + c` in each lane, rounded once where the machine can and twice where it would have to emulate it.
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s;

    /// The block with its rows as columns.
    #[inline(always)]
    fn transpose(self, block: [[f32; BLOCK]; BLOCK]) -> [[f32; BLOCK]; BLOCK] {
        std::array::from_fn(|column| std::array::from_fn(|row| block[row][column]))
    }

    /// The elements of `block` at `places`, each 0..8.
    #[inline(always)]
    fn permute(self, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
        places.map(|place| block[place as usize & (BLOCK - 1)])
    }

    /// The elements of `block` at `places`, each 0..8 or [`NOTHING`], from where 0 comes.
    #[inline(always)]
    fn spread(self, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
        places.map(|place| {
            let value = block[place as usize & (BLOCK - 1)];
            if place == NOTHING { 0.0 } else { value }
        })
    }
}

#[cfg(target_arch = "x86_64")]
impl Target for V4 {
    const TILE_ROWS: usize = 8;
    const TILE_VECTORS: usize = 3;
    const DEPTH: usize = 128;

    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.mul_add_f32s(a, b, c)
    }

    #[inline(always)]
    fn transpose(self, block: [[f32; BLOCK]; BLOCK]) -> [[f32; BLOCK]; BLOCK] {
        transpose_avx(self.avx, block)
    }

    #[inline(always)]
    fn permute(self, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
        permute_avx2(self.avx2, block, places)
    }

    #[inline(always)]
    fn spread(self, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
        spread_avx2(self.avx2, block, places)
    }
}

#[cfg(target_arch = "x86_64")]
impl Target for V3 {
    const TILE_ROWS: usize = 6;
    const TILE_VECTORS: usize = 2;
    const DEPTH: usize = 272;

    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.mul_add_f32s(a, b, c)
    }

    #[inline(always)]
    fn transpose(self, block: [[f32; BLOCK]; BLOCK]) -> [[f32; BLOCK]; BLOCK] {
        transpose_avx(self.avx, block)
    }

    #[inline(always)]
    fn permute(self, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
        permute_avx2(self.avx2, block, places)
    }

    #[inline(always)]
    fn spread(self, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
        spread_avx2(self.avx2, block, places)
    }
}

/// Eight vectors transposed by exchanging single lanes, then pairs, then halves.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn transpose_avx(avx: Avx, block: [[f32; BLOCK]; BLOCK]) -> [[f32; BLOCK]; BLOCK] {
    let [a, b, c, d, e, f, g, h] = block;
    let vector = bytemuck::cast::<[f32; BLOCK], __m256>;
    let (a, b, c, d) = (vector(a), vector(b), vector(c), vector(d));
    let (e, f, g, h) = (vector(e), vector(f), vector(g), vector(h));
    let singles = |x, y| (avx._mm256_unpacklo_ps(x, y), avx._mm256_unpackhi_ps(x, y));
    let pairs = |x, y| {
        (
            avx._mm256_shuffle_ps::<0b0100_0100>(x, y),
            avx._mm256_shuffle_ps::<0b1110_1110>(x, y),
        )
    };
    let halves = |x, y| {
        (
            avx._mm256_permute2f128_ps::<0x20>(x, y),
            avx._mm256_permute2f128_ps::<0x31>(x, y),
        )
    };
    let ((ab01, ab23), (cd01, cd23)) = (singles(a, b), singles(c, d));
    let ((ef01, ef23), (gh01, gh23)) = (singles(e, f), singles(g, h));
    let ((ad0, ad1), (ad2, ad3)) = (pairs(ab01, cd01), pairs(ab23, cd23));
    let ((eh0, eh1), (eh2, eh3)) = (pairs(ef01, gh01), pairs(ef23, gh23));
    let ((c0, c4), (c1, c5)) = (halves(ad0, eh0), halves(ad1, eh1));
    let ((c2, c6), (c3, c7)) = (halves(ad2, eh2), halves(ad3, eh3));
    bytemuck::cast([c0, c1, c2, c3, c4, c5, c6, c7])
}

/// Eight elements by one instruction.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn permute_avx2(avx2: Avx2, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
    bytemuck::cast(avx2._mm256_permutevar8x32_ps(bytemuck::cast(block), bytemuck::cast(*places)))
}

/// The same, and with another one those where nothing comes become 0: their sign is set in `places` and in no others.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn spread_avx2(avx2: Avx2, block: [f32; BLOCK], places: &[u32; BLOCK]) -> [f32; BLOCK] {
    const { assert!(NOTHING == 1 << 31) };
    let moved = avx2._mm256_permutevar8x32_ps(bytemuck::cast(block), bytemuck::cast(*places));
    let is_nothing = avx2._mm256_srai_epi32::<31>(bytemuck::cast(*places));
    bytemuck::cast(avx2._mm256_andnot_si256(is_nothing, bytemuck::cast(moved)))
}

/// Four lanes of plain arithmetic, which compilers turn into SSE or NEON.
impl Target for Scalar128b {
    const TILE_ROWS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 4 };
    const TILE_VECTORS: usize = 2;
    const DEPTH: usize = 272;

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
