//! Matrix products: the one place where the multiplications of the program happen.
//!
//! Training is three products per layer, [`Kernels::forward`], [`Kernels::d_input`] and [`Kernels::d_weight`]. Each
//! hands every finished row segment to a closure while it is still in cache, so that bias, activation and mask need no
//! pass of their own over the output, nor the optimiser one over the gradient. They allocate nothing and give the same
//! bits every time on the same machine and [`Level`]. [`product`] is for everything that is not worth a kernel.
//!
//! How it works: the right operand is copied strip by strip into a panel that fits the first-level cache (`panel`),
//! and the sums of a tile stay in registers while it runs down the panel (`tile`), in an order that depends on the
//! sizes alone (`blocks`), written once for every instruction set (`target`). The scheme is that of [Goto 2008],
//! "Anatomy of high-performance matrix multiplication", reduced to operands as small as a layer's.
//!
//! Nothing here knows what a layer is; the shape letters are B batch, I inputs, U units.

#![allow(
    clippy::inline_always,
    reason = "code that is not inlined into a vectorised function is compiled without its instructions"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "a view is a reference already"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "loops over constant ranges unroll, and what they index stays in registers"
)]

mod blocks;
mod panel;
mod target;
mod tile;

#[cfg(test)]
mod tests;

use std::hint::black_box;
use std::ops::Range;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, linalg::general_mat_mul};
#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};
use pulp::{NullaryFnOnce, Scalar128b, Simd};

use blocks::Product;
use panel::Right;
use target::Target;
use tile::{Left, Start};

/// `out = a · b + beta · out` for `a` [M, K], `b` [K, N], `out` [M, N]; transposed views are welcome.
///
/// For probes and tests: any strides, but it allocates. Training uses [`Kernels`].
///
/// # Panics
/// If the shapes do not fit together.
pub fn product(a: ArrayView2<f32>, b: ArrayView2<f32>, beta: f32, mut out: ArrayViewMut2<f32>) {
    general_mat_mul(1.0, &a, &b, beta, &mut out);
}

/// The instruction sets that the kernels are written for, from the least to the most demanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Whatever the program was compiled for: SSE2 on x86-64, NEON on 64-bit Arm.
    Portable,
    /// 256-bit vectors with fused multiply-add (x86-64-v3).
    Avx2,
    /// 512-bit vectors (x86-64-v4).
    Avx512,
}

impl Level {
    /// All levels, in order.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The highest level that this machine has.
    pub fn detect() -> Self {
        Kernels::new(Self::Avx512).level()
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        Kernels::new(self).level() == self
    }
}

/// The proof that the machine has a level, which is what the instructions ask for.
#[derive(Debug, Clone, Copy)]
enum Proof {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(V4),
}

/// The products of training at one [`Level`]; made once and copied freely.
///
/// All operands are row-major without gaps. Every closure is called exactly once for each element of the product, with
/// a row, a range of columns and the finished `values` there, in an order that is fixed but not specified. Ranges are
/// as wide as a tile: 48 at most, a multiple of 16, 8 or 4 except at the right edge.
///
/// A closure that costs more than a few instructions should carry `#[inline(always)]`: only inside the kernel is it
/// compiled with the kernel's instructions. And it should take `as_chunks::<8>()` by value: segments are too short for
/// what the compiler makes of a loop over slices that might overlap.
#[derive(Debug, Clone, Copy)]
pub struct Kernels(Proof);

impl Kernels {
    /// The kernels of `level`, or of the highest level below it that this machine has.
    pub fn new(level: Level) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if level >= Level::Avx512
                && let Some(proof) = V4::try_new()
            {
                return Self(Proof::Avx512(proof));
            }
            if level >= Level::Avx2
                && let Some(proof) = V3::try_new()
            {
                return Self(Proof::Avx2(proof));
            }
        }
        let _ = level;
        Self(Proof::Portable)
    }

    /// The level in use.
    pub fn level(self) -> Level {
        match self.0 {
            Proof::Portable => Level::Portable,
            #[cfg(target_arch = "x86_64")]
            Proof::Avx2(_) => Level::Avx2,
            #[cfg(target_arch = "x86_64")]
            Proof::Avx512(_) => Level::Avx512,
        }
    }

    /// `out = a · w + bias` for `a` [B, I], `w` [I, U], `bias` `[U]`, `out` [B, U]; what `out` held is forgotten.
    ///
    /// `finish(sample, units, outputs)` may change the outputs: the place for activation and mask.
    ///
    /// # Panics
    /// If the shapes do not fit together or an operand is not row-major without gaps.
    pub fn forward(
        self,
        a: ArrayView2<f32>,
        w: ArrayView2<f32>,
        bias: ArrayView1<f32>,
        mut out: ArrayViewMut2<f32>,
        finish: impl FnMut(usize, Range<usize>, &mut [f32]),
    ) {
        let (size, n_inputs) = ((a.nrows(), a.ncols(), w.ncols()), w.nrows());
        assert!(
            size.1 == n_inputs,
            "forward: a {:?} · w {:?}",
            a.dim(),
            w.dim()
        );
        assert!(
            size.2 == bias.len(),
            "forward: w {:?} + bias [{}]",
            w.dim(),
            bias.len()
        );
        let start = Start::Bias(bias.to_slice().expect("a row-major bias"));
        self.run(
            size,
            Left::Rows(flat(&a)),
            Right::Plain(flat(&w)),
            start,
            Some(flat_out(&mut out, size.0, size.2)),
            finish,
        );
    }

    /// `out = d · wᵀ` for `d` [B, U], `w` [I, U] as `forward` takes it, `out` [B, I]; what `out` held is forgotten.
    ///
    /// `finish(sample, inputs, d_inputs)` may change the result: the place for the mask and the slope below.
    ///
    /// # Panics
    /// If the shapes do not fit together or an operand is not row-major without gaps.
    pub fn d_input(
        self,
        d: ArrayView2<f32>,
        w: ArrayView2<f32>,
        mut out: ArrayViewMut2<f32>,
        finish: impl FnMut(usize, Range<usize>, &mut [f32]),
    ) {
        let (size, n_units) = ((d.nrows(), d.ncols(), w.nrows()), w.ncols());
        assert!(
            size.1 == n_units,
            "d_input: d {:?} · w {:?} transposed",
            d.dim(),
            w.dim()
        );
        self.run(
            size,
            Left::Rows(flat(&d)),
            Right::Transposed(flat(&w)),
            Start::Zero,
            Some(flat_out(&mut out, size.0, size.2)),
            finish,
        );
    }

    /// `out = aᵀ · d` for `a` [B, I], `d` [B, U], `out` [I, U]; what `out` held is forgotten.
    ///
    /// `finish(input, units, d_weights)` sees each piece of the gradient once, whole: the place for the optimiser.
    ///
    /// # Panics
    /// If the shapes do not fit together or an operand is not row-major without gaps.
    pub fn d_weight(
        self,
        a: ArrayView2<f32>,
        d: ArrayView2<f32>,
        mut out: ArrayViewMut2<f32>,
        finish: impl FnMut(usize, Range<usize>, &mut [f32]),
    ) {
        let (size, n_samples) = ((a.ncols(), a.nrows(), d.ncols()), d.nrows());
        assert!(
            size.1 == n_samples,
            "d_weight: a {:?} transposed · d {:?}",
            a.dim(),
            d.dim()
        );
        self.run(
            size,
            Left::Columns(flat(&a)),
            Right::Plain(flat(&d)),
            Start::Zero,
            Some(flat_out(&mut out, size.0, size.2)),
            finish,
        );
    }

    /// `aᵀ · d` for `a` [B, I] and `d` [B, U], kept nowhere: `finish(input, units, d_weights)` sees each piece of the
    /// gradient once, whole, in first-level cache. The same numbers as [`Kernels::d_weight`] gives, without the memory
    /// traffic of a gradient as large as the weights.
    ///
    /// # Panics
    /// If the shapes do not fit together or an operand is not row-major without gaps.
    pub fn d_weight_pieces(
        self,
        a: ArrayView2<f32>,
        d: ArrayView2<f32>,
        finish: impl FnMut(usize, Range<usize>, &mut [f32]),
    ) {
        let (size, n_samples) = ((a.ncols(), a.nrows(), d.ncols()), d.nrows());
        assert!(
            size.1 == n_samples,
            "d_weight: a {:?} transposed · d {:?}",
            a.dim(),
            d.dim()
        );
        self.run(
            size,
            Left::Columns(flat(&a)),
            Right::Plain(flat(&d)),
            Start::Zero,
            None,
            finish,
        );
    }

    fn run(
        self,
        size: (usize, usize, usize),
        left: Left<'_>,
        right: Right<'_>,
        start: Start<'_>,
        out: Option<&mut [f32]>,
        finish: impl FnMut(usize, Range<usize>, &mut [f32]),
    ) {
        match self.0 {
            Proof::Portable => {
                let target = Scalar128b;
                target.vectorize(Product {
                    target,
                    size,
                    left,
                    right,
                    start,
                    out,
                    finish,
                });
            }
            #[cfg(target_arch = "x86_64")]
            Proof::Avx2(target) => target.vectorize(Product {
                target,
                size,
                left,
                right,
                start,
                out,
                finish,
            }),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx512(target) => target.vectorize(Product {
                target,
                size,
                left,
                right,
                start,
                out,
                finish,
            }),
        }
    }

    /// Multiplies and adds in registers alone, [`Kernels::fma_burst_flops`]`(n)` operations in all, as fast as the
    /// machine can at this level. Timed by the caller, it is the peak that every product is measured against.
    ///
    /// Returns a number without meaning, so that the work is not optimised away.
    pub fn fma_burst(self, n: usize) -> f32 {
        match self.0 {
            Proof::Portable => Scalar128b.vectorize(Burst {
                target: Scalar128b,
                n,
            }),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx2(target) => target.vectorize(Burst { target, n }),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx512(target) => target.vectorize(Burst { target, n }),
        }
    }

    /// The floating-point operations of [`Kernels::fma_burst`]`(n)`, a multiplication and an addition counted as two.
    pub fn fma_burst_flops(self, n: usize) -> u64 {
        let n_lanes = match self.level() {
            Level::Portable => 4,
            Level::Avx2 => 8,
            Level::Avx512 => 16,
        };
        2 * (n * N_CHAINS * n_lanes) as u64
    }
}

/// The elements of a row-major product of `rows` by `columns` in order.
fn flat_out<'a>(out: &'a mut ArrayViewMut2<f32>, rows: usize, columns: usize) -> &'a mut [f32] {
    assert!(
        out.dim() == (rows, columns),
        "a product of ({rows}, {columns}) into {:?}",
        out.dim()
    );
    out.as_slice_mut()
        .expect("a row-major product without gaps")
}

/// The elements of a row-major operand in order.
fn flat<'a>(operand: &ArrayView2<'a, f32>) -> &'a [f32] {
    operand
        .to_slice()
        .expect("a row-major operand without gaps")
}

/// Chains of operations that do not wait for each other: more than latency times units per cycle (4 x 2) on the
/// machines of today, and few enough for 16 registers.
const N_CHAINS: usize = 12;

struct Burst<T> {
    target: T,
    n: usize,
}

impl<T: Target> NullaryFnOnce for Burst<T> {
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        let target = self.target;
        let factor = target.splat_f32s(black_box(0.999));
        let addend = target.splat_f32s(black_box(0.001));
        let mut chains: [T::f32s; N_CHAINS] =
            std::array::from_fn(|chain| target.splat_f32s(chain as f32));
        for _ in 0..self.n {
            for chain in &mut chains {
                *chain = target.multiply_add(*chain, factor, addend);
            }
        }
        // Stored side by side, lanes become vectors also where the compiler has to find that out by itself.
        black_box(chains)
            .iter()
            .map(|chain| target.reduce_sum_f32s(*chain))
            .sum()
    }
}
