//! The products of training against the machine's own peak: `cargo bench --bench matmul`.
//!
//! Prints GFLOP/s and the share of the peak that [`Kernels::fma_burst`] reaches at the same level in the same run, so
//! that the numbers mean something on a shared machine too. The best of many short rounds counts; an argument keeps
//! only the lines that contain it.

#![expect(
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a benchmark has a clock, and lists what it measures one after the other"
)]

use std::hint::black_box;
use std::time::Instant;

use dropscope::math::matmul::{Kernels, Level, product};
use ndarray::{Array1, Array2};

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

fn measure_layer(kernels: Kernels, (name, b, i, u): (&str, usize, usize, usize), only: &str) {
    let (a, d, w) = (filled(b, i), filled(b, u), filled(i, u));
    let bias = Array1::zeros(u);
    let (mut out, mut d_a, mut d_w) = (filled(b, u), filled(b, i), filled(i, u));
    let line = |kind: &str, work: &mut dyn FnMut()| {
        let what = format!("{:?} {name} {kind} {b}x{i}x{u}", kernels.level());
        if what.contains(only) {
            let (speed, peak) = measure(kernels, 2 * (b * i * u) as u64, work);
            println!(
                "{what:36} {speed:7.1} GFLOP/s {:5.1} % of {peak:.1}",
                100.0 * speed / peak
            );
        }
    };
    line("forward", &mut || {
        kernels.forward(
            a.view(),
            w.view(),
            bias.view(),
            out.view_mut(),
            |_, _, _| (),
        );
    });
    line("d_input", &mut || {
        kernels.d_input(d.view(), w.view(), d_a.view_mut(), |_, _, _| ());
    });
    line("d_weight", &mut || {
        kernels.d_weight(a.view(), d.view(), d_w.view_mut(), |_, _, _| ());
    });
    let mut velocity = filled(i, u);
    let mut weight = filled(i, u);
    line("sgd", &mut || {
        let (velocity, weight) = (flat(&mut velocity), flat(&mut weight));
        kernels.d_weight(
            a.view(),
            d.view(),
            d_w.view_mut(),
            #[inline(always)]
            |row, columns, gradient| {
                let place = row * u + columns.start..row * u + columns.end;
                momentum(&mut velocity[place.clone()], &mut weight[place], gradient);
            },
        );
    });
    line("pieces", &mut || {
        let (velocity, weight) = (flat(&mut velocity), flat(&mut weight));
        kernels.d_weight_pieces(
            a.view(),
            d.view(),
            #[inline(always)]
            |row, columns, gradient| {
                let place = row * u + columns.start..row * u + columns.end;
                momentum(&mut velocity[place.clone()], &mut weight[place], gradient);
            },
        );
    });
    line("relu", &mut || {
        kernels.forward(
            a.view(),
            w.view(),
            bias.view(),
            out.view_mut(),
            |_, _, values| {
                for value in values {
                    *value = value.max(0.0) * 2.0;
                }
            },
        );
    });
    if kernels.level() == Level::detect() {
        line("ndarray", &mut || {
            product(a.view(), w.view(), 0.0, out.view_mut());
        });
    }
}

/// SGD with momentum over one segment.
///
/// Segments are short and lie in three arrays: a plain loop would check for overlaps and then mostly run in its scalar
/// remainder. Chunks taken by value need neither.
#[inline(always)]
fn momentum(velocity: &mut [f32], weight: &mut [f32], gradient: &[f32]) {
    const N: usize = 8;
    let (velocities, velocity) = velocity.as_chunks_mut::<N>();
    let (weights, weight) = weight.as_chunks_mut::<N>();
    let (gradients, gradient) = gradient.as_chunks::<N>();
    for ((velocity, weight), gradient) in velocities.iter_mut().zip(weights).zip(gradients) {
        let (mut v, mut w, g) = (*velocity, *weight, *gradient);
        for i in 0..N {
            v[i] = 0.9 * v[i] - 1e-6 * g[i];
            w[i] += v[i];
        }
        (*velocity, *weight) = (v, w);
    }
    for ((velocity, weight), gradient) in velocity.iter_mut().zip(weight).zip(gradient) {
        *velocity = 0.9 * *velocity - 1e-6 * gradient;
        *weight += *velocity;
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
fn measure(kernels: Kernels, flops: u64, mut work: impl FnMut()) -> (f64, f64) {
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
