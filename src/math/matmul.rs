//! Matrix products: the one place where the multiplications of the program happen.
//!
//! Training is three products per layer, [`Kernels::forward`], [`Kernels::d_input`] and [`Kernels::d_weight`]. Each
//! hands every finished row to a closure while it is still in the caches, so that bias, activation and mask need no
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
mod burst;
mod factors;
mod level;
mod panel;
mod picked;
mod target;
mod tile;

#[cfg(test)]
mod tests;

use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};
use pulp::{NullaryFnOnce, Scalar128b, Simd};

use super::matrix::{Matrix, MatrixMut, spaced};
use super::selection::Selection;
use blocks::{EDGE_LEN, PANEL_LEN, Product};
use burst::{Burst, N_CHAINS};
use level::Proof;
pub use level::{Level, UnknownLevel};
use panel::Right;
use picked::{Pick, SpreadGradient, SpreadRoom};
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

/// What is done with the rows of a product while they are in the caches.
///
/// Every closure `|row, values|` is one. It should carry `#[inline(always)]`: only inside the kernel is it compiled with
/// the kernel's instructions.
pub trait Epilogue {
    /// A row is finished. Called once for each row of the product, the first one first.
    fn finish(&mut self, row: usize, values: &mut [f32]);
}

impl<F: FnMut(usize, &mut [f32])> Epilogue for F {
    #[inline(always)]
    fn finish(&mut self, row: usize, values: &mut [f32]) {
        self(row, values);
    }
}

/// The products of training at one [`Level`], with the memory that they work in: a run has one of its own.
#[derive(Debug, Clone)]
pub struct Kernels {
    proof: Proof,
    panel: Vec<f32>,
    edge: Vec<f32>,
    /// For [`Kernels::d_weight`], from its first call on.
    gradient: Vec<f32>,
    row: Vec<f32>,
}

impl Kernels {
    /// The kernels of `level`, or of the highest level below it that this machine has.
    pub fn new(level: Level) -> Self {
        Self {
            proof: Proof::new(level),
            panel: vec![0.0; PANEL_LEN + LINE_LEN],
            edge: vec![0.0; EDGE_LEN],
            gradient: Vec::new(),
            row: Vec::new(),
        }
    }

    /// The bytes of what they work in, for gradients of layers of up to `widest` units.
    pub fn bytes(widest: usize) -> u64 {
        let fixed = PANEL_LEN + LINE_LEN + EDGE_LEN;
        let gradient = (picked::GRADIENT_ROWS + 1) * spaced(widest);
        ((fixed + gradient) * size_of::<f32>()) as u64
    }

    /// The level in use.
    pub fn level(&self) -> Level {
        self.proof.level()
    }

    /// `out = a · w + bias` for `a` [B, I], `w` [I, U], `bias` `[U]`, `out` [B, U]; what `out` held is forgotten.
    ///
    /// The epilogue may change the outputs: the place for activation and mask.
    ///
    /// # Panics
    /// If the shapes do not fit together.
    pub fn forward(
        &mut self,
        a: Matrix,
        w: Matrix,
        bias: &[f32],
        out: MatrixMut,
        epilogue: impl Epilogue,
    ) {
        let ([b, i], [n_inputs, u]) = (a.size(), w.size());
        assert!(
            i == n_inputs,
            "forward: a {:?} · w {:?}",
            a.size(),
            w.size()
        );
        assert!(
            u == bias.len(),
            "forward: w {:?} + bias [{}]",
            w.size(),
            bias.len()
        );
        let operands = Operands {
            size: (b, i, u),
            left: (Left::Rows(a.values()), a.stride()),
            right: Right::Plain {
                values: w.values(),
                stride: w.stride(),
            },
            start: Start::Bias(bias),
        };
        self.run(operands, out, epilogue);
    }

    /// `out = d · wᵀ` for `d` [B, U], `w` [I, U] as `forward` takes it, `out` [B, I]; what `out` held is forgotten.
    ///
    /// The epilogue may change the result: the place for the mask and the slope below.
    ///
    /// # Panics
    /// If the shapes do not fit together.
    pub fn d_input(&mut self, d: Matrix, w: Matrix, out: MatrixMut, epilogue: impl Epilogue) {
        let ([b, u], [i, n_units]) = (d.size(), w.size());
        assert!(
            u == n_units,
            "d_input: d {:?} · w {:?} transposed",
            d.size(),
            w.size()
        );
        let operands = Operands {
            size: (b, u, i),
            left: (Left::Rows(d.values()), d.stride()),
            right: Right::Transposed {
                values: w.values(),
                stride: w.stride(),
            },
            start: Start::Zero,
        };
        self.run(operands, out, epilogue);
    }

    /// `matrix[rows, columns]` into `out`, in [`spaced`] rows.
    ///
    /// # Panics
    /// If the selections are not of the matrix's rows and columns, or `out` is too short.
    pub fn pick(&self, matrix: Matrix, rows: &Selection, columns: &Selection, out: &mut [f32]) {
        assert!(
            matrix.size() == [rows.n(), columns.n()],
            "{} of {} rows and {} of {} columns of {:?}",
            rows.len(),
            rows.n(),
            columns.len(),
            columns.n(),
            matrix.size()
        );
        let (size, stride) = ([rows.len(), columns.len()], spaced(columns.len()));
        let out = MatrixMut::new(&mut out[..rows.len() * stride], size, stride);
        let pick = (matrix, rows, columns, out);
        match self.proof {
            Proof::Portable => pick_with(Scalar128b, pick),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx2(target) => pick_with(target, pick),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx512(target) => pick_with(target, pick),
        }
    }

    /// `aᵀ · d` for the selected inputs `a` [B, R] and the selected units `d` [B, C] of a layer [I, U], kept nowhere:
    /// the epilogue sees each selected row of the gradient once, whole, `[U]`, with zeros for units that are not selected.
    /// The place for the optimiser.
    ///
    /// # Panics
    /// If the shapes do not fit together.
    pub fn d_weight(
        &mut self,
        a: Matrix,
        d: Matrix,
        (rows, columns): (&Selection, &Selection),
        epilogue: impl Epilogue,
    ) {
        assert!(
            a.size()[0] == d.size()[0] && a.size()[1] == rows.len() && d.size()[1] == columns.len(),
            "d_weight: a {:?} transposed · d {:?} for {} inputs and {} units",
            a.size(),
            d.size(),
            rows.len(),
            columns.len()
        );
        if self.row.len() < spaced(columns.n()) {
            self.row.resize(spaced(columns.n()), 0.0);
            let len = picked::GRADIENT_ROWS * spaced(columns.n());
            self.gradient.resize(len, 0.0);
        }
        let room = SpreadRoom {
            panel: aligned(&mut self.panel, PANEL_LEN),
            edge: &mut self.edge,
            gradient: &mut self.gradient,
            row: &mut self.row,
        };
        let product = (a, d, rows, columns);
        match self.proof {
            Proof::Portable => spread_with(Scalar128b, product, room, epilogue),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx2(target) => spread_with(target, product, room, epilogue),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx512(target) => spread_with(target, product, room, epilogue),
        }
    }

    /// Adds the rows of `matrix` [B, U] to `sums` `[U]`, first to last.
    ///
    /// # Panics
    /// If the widths differ.
    pub fn add_rows(&self, matrix: Matrix, sums: &mut [f32]) {
        assert!(
            matrix.size()[1] == sums.len(),
            "rows of {:?}",
            matrix.size()
        );
        let work = AddRows { matrix, sums };
        match self.proof {
            Proof::Portable => work.call(),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx2(target) => target.vectorize(work),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx512(target) => target.vectorize(work),
        }
    }

    fn run(&mut self, operands: Operands, out: MatrixMut, epilogue: impl Epilogue) {
        let (m, _, n) = operands.size;
        assert!(
            out.size() == [m, n],
            "a product of [{m}, {n}] into {:?}",
            out.size()
        );
        let out = out.into_values();
        let room = (aligned(&mut self.panel, PANEL_LEN), &mut self.edge[..]);
        match self.proof {
            Proof::Portable => vectorize(Scalar128b, operands, out, room, epilogue),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx2(target) => vectorize(target, operands, out, room, epilogue),
            #[cfg(target_arch = "x86_64")]
            Proof::Avx512(target) => vectorize(target, operands, out, room, epilogue),
        }
    }

    /// Multiplies and adds in registers alone, [`Kernels::fma_burst_flops`]`(n)` operations in all, as fast as the
    /// machine can at this level. Timed by the caller, it is the peak that every product is measured against.
    ///
    /// Returns a number without meaning, so that the work is not optimised away.
    pub fn fma_burst(&self, n: usize) -> f32 {
        match self.proof {
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
    pub fn fma_burst_flops(&self, n: usize) -> u64 {
        let n_lanes = match self.level() {
            Level::Portable => 4,
            Level::Avx2 => 8,
            Level::Avx512 => 16,
        };
        2 * (n * N_CHAINS * n_lanes) as u64
    }
}

/// Elements of a cache line.
const LINE_LEN: usize = 16;

/// `len` elements of `values`, from the beginning of a cache line on: whole vectors should not cross lines.
fn aligned(values: &mut [f32], len: usize) -> &mut [f32] {
    let first = values.as_ptr().align_offset(size_of::<f32>() * LINE_LEN);
    let first = first.min(values.len().saturating_sub(len));
    &mut values[first..first + len]
}

fn pick_with<T: Target>(
    target: T,
    (matrix, rows, columns, out): (Matrix, &Selection, &Selection, MatrixMut),
) {
    target.vectorize(Pick {
        target,
        matrix,
        rows,
        columns,
        out,
    });
}

fn spread_with<T: Target>(
    target: T,
    (a, d, rows, columns): (Matrix, Matrix, &Selection, &Selection),
    room: SpreadRoom,
    epilogue: impl Epilogue,
) {
    target.vectorize(SpreadGradient {
        target,
        a,
        d,
        rows,
        columns,
        room,
        epilogue,
    });
}

/// What is multiplied, and what the sums start from.
struct Operands<'a> {
    /// M, K, N.
    size: (usize, usize, usize),
    left: (Left<'a>, usize),
    right: Right<'a>,
    start: Start<'a>,
}

fn vectorize<T: Target>(
    target: T,
    operands: Operands,
    out: (&mut [f32], usize),
    (panel, edge): (&mut [f32], &mut [f32]),
    epilogue: impl Epilogue,
) {
    target.vectorize(Product {
        target,
        size: operands.size,
        left: operands.left.0,
        left_stride: operands.left.1,
        right: operands.right,
        start: operands.start,
        out,
        panel,
        edge,
        epilogue,
    });
}

/// The work of [`Kernels::add_rows`].
struct AddRows<'a> {
    matrix: Matrix<'a>,
    sums: &'a mut [f32],
}

impl NullaryFnOnce for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        // Side by side as many sums as stay in registers from the first row to the last.
        let Self { matrix, sums } = self;
        let (blocks, rest) = sums.as_chunks_mut::<SUMS>();
        let n_whole = blocks.len() * SUMS;
        for (idx, sums) in blocks.iter_mut().enumerate() {
            let mut block = *sums;
            for row in matrix.rows() {
                let values = &row.as_chunks::<SUMS>().0[idx];
                for i in 0..SUMS {
                    block[i] += values[i];
                }
            }
            *sums = block;
        }
        for row in matrix.rows() {
            for (sum, value) in rest.iter_mut().zip(&row[n_whole..]) {
                *sum += value;
            }
        }
    }
}

/// Sums that are added up together.
const SUMS: usize = 32;
