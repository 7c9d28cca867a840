//! The products of training against the machine's own peak: `cargo bench --bench matmul`.
//!
//! Prints GFLOP/s and the share of the peak that [`Kernels::fma_burst`] reaches at the same level in the same run, so
//! that the numbers mean something on a shared machine too. The best of many short rounds counts; an argument keeps
//! only the lines that contain it.

#![expect(
    clippy::disallowed_methods,
    clippy::inline_always,
    clippy::too_many_lines,
    reason = "a benchmark has a clock, and lists what it measures one after the other"
)]

use std::hint::black_box;
use std::time::Instant;

use dropscope::math::matmul::{Epilogue, Kernels, Level, product};
use dropscope::math::matrix::{Matrix, MatrixMut, spaced};
use dropscope::math::selection::Selection;
use ndarray::Array2;

const N_ROUNDS: usize = 100;
const ROUND_SECS: f64 = 0.001;

/// Name, B, I, U.
const LAYERS: [(&str, usize, usize, usize); 7] = [
    ("S1", 32, 64, 128),
    ("S2", 32, 128, 128),
    ("M1", 100, 784, 256),
    ("M2", 100, 256, 256),
    ("M3", 100, 256, 10),
    ("L2", 100, 1024, 1024),
    ("eval", 2000, 784, 256),
];

fn main() {
    let only = std::env::args()
        .skip(1)
        .find(|arg| !arg.starts_with("--"))
        .unwrap_or_default();
    for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
        for layer in LAYERS {
            measure_layer(Kernels::new(level), layer, &only);
        }
    }
}

fn measure_layer(mut kernels: Kernels, (name, b, i, u): (&str, usize, usize, usize), only: &str) {
    // As a run lays them out: activations in spaced rows, weights without gaps.
    let (a, d, w) = (Spaced::new(b, i), Spaced::new(b, u), filled(i, u));
    let bias = vec![0.0; u];
    let (mut out, mut d_a) = (Spaced::new(b, u), Spaced::new(b, i));
    let peak = kernels.clone();
    let level = kernels.level();
    let line = |kind: &str, work: &mut dyn FnMut()| {
        let what = format!("{level:?} {name} {kind} {b}x{i}x{u}");
        if what.contains(only) {
            let (speed, peak) = measure(&peak, 2 * (b * i * u) as u64, work);
            println!(
                "{what:36} {speed:7.1} GFLOP/s {:5.1} % of {peak:.1}",
                100.0 * speed / peak
            );
        }
    };
    line("forward", &mut || {
        let out = out.matrix_mut();
        kernels.forward(
            a.matrix(),
            w.view().into(),
            &bias,
            out,
            |_, _: &mut [f32]| (),
        );
    });
    line("relu", &mut || {
        let out = out.matrix_mut();
        kernels.forward(
            a.matrix(),
            w.view().into(),
            &bias,
            out,
            |_, values: &mut [f32]| {
                for value in values {
                    *value = value.max(0.0) * 2.0;
                }
            },
        );
    });
    line("d_input", &mut || {
        let d_a = d_a.matrix_mut();
        kernels.d_input(d.matrix(), w.view().into(), d_a, |_, _: &mut [f32]| ());
    });
    let (inputs, units) = (Selection::all(i), Selection::all(u));
    let all = (&inputs, &units);
    line("d_weight", &mut || {
        kernels.d_weight(a.matrix(), d.matrix(), all, |_, _: &mut [f32]| ());
    });
    let mut velocity = filled(i, u);
    let mut weight = filled(i, u);
    line("sgd", &mut || {
        let momentum = Momentum {
            velocity: flat(&mut velocity),
            weight: flat(&mut weight),
            n_units: u,
        };
        kernels.d_weight(a.matrix(), d.matrix(), all, momentum);
    });
    if level == Level::detect() {
        line("ndarray", &mut || {
            product(
                a.matrix().view(),
                w.view(),
                0.0,
                out.matrix_mut().view_mut(),
            );
        });
    }
}

/// SGD with momentum over rows of a gradient.
struct Momentum<'a> {
    velocity: &'a mut [f32],
    weight: &'a mut [f32],
    n_units: usize,
}

impl Epilogue for Momentum<'_> {
    #[inline(always)]
    fn finish(&mut self, row: usize, gradient: &mut [f32]) {
        let place = row * self.n_units..(row + 1) * self.n_units;
        let pairs = self.velocity[place.clone()]
            .iter_mut()
            .zip(&mut self.weight[place]);
        for ((velocity, weight), gradient) in pairs.zip(gradient) {
            *velocity = 0.9 * *velocity - 1e-6 * *gradient;
            *weight += *velocity;
        }
    }
}

/// A matrix in spaced rows.
struct Spaced {
    values: Vec<f32>,
    size: [usize; 2],
}

impl Spaced {
    fn new(rows: usize, cols: usize) -> Self {
        let values = (0..rows * spaced(cols)).map(|i| (i % 101) as f32 / 50.0 - 1.0);
        Self {
            values: values.collect(),
            size: [rows, cols],
        }
    }

    fn matrix(&self) -> Matrix<'_> {
        Matrix::new(&self.values, self.size, spaced(self.size[1]))
    }

    fn matrix_mut(&mut self) -> MatrixMut<'_> {
        MatrixMut::new(&mut self.values, self.size, spaced(self.size[1]))
    }
}

fn flat(matrix: &mut Array2<f32>) -> &mut [f32] {
    matrix.as_slice_mut().expect("a new matrix is contiguous")
}

fn filled(rows: usize, cols: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, cols), |(row, col)| {
        ((row * 31 + col * 17) % 101) as f32 / 50.0 - 1.0
    })
}

/// The speed of `work` and of the bare operations beside it, both in GFLOP/s and the best of [`N_ROUNDS`].
fn measure(kernels: &Kernels, flops: u64, mut work: impl FnMut()) -> (f64, f64) {
    let mut burst = || {
        black_box(kernels.fma_burst(1000));
    };
    let (n_works, n_bursts) = (repeats(&mut work), repeats(&mut burst));
    let (mut work_secs, mut burst_secs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..N_ROUNDS {
        work_secs = work_secs.min(secs(n_works, &mut work));
        burst_secs = burst_secs.min(secs(n_bursts, &mut burst));
    }
    let speed = |flops: u64, n: usize, secs: f64| flops as f64 * n as f64 / secs / 1e9;
    (
        speed(flops, n_works, work_secs),
        speed(kernels.fma_burst_flops(1000), n_bursts, burst_secs),
    )
}

/// How often `work` fits into a round.
fn repeats(work: &mut impl FnMut()) -> usize {
    secs(1, work);
    (ROUND_SECS / secs(1, work)).ceil().max(1.0) as usize
}

fn secs(n: usize, work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..n).for_each(|_| work());
    start.elapsed().as_secs_f64()
}
