//! The products of training against the machine's own peak: `cargo bench --bench matmul`.
//!
//! Prints GFLOP/s and the share of the peak that [`Kernels::fma_burst`] reaches at the same level in the same run, so
//! that the numbers mean something on a shared machine too. The best of many short rounds counts; an argument keeps
//! only the lines that contain it.

use std::hint::black_box;
use std::time::Instant;

use dropscope::math::matmul::{Kernels, Level, product};
use ndarray::{Array1, Array2};

const N_ROUNDS: usize = 30;
const ROUND_SECS: f64 = 0.004;

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
        let kernels = Kernels::new(level);
        let peak = measure(kernels.fma_burst_flops(1000), || {
            black_box(kernels.fma_burst(1000));
        });
        println!("{level:?}: peak {peak:.1} GFLOP/s");
        for layer in LAYERS {
            measure_layer(kernels, layer, peak, &only);
        }
    }
}

fn measure_layer(
    kernels: Kernels,
    (name, b, i, u): (&str, usize, usize, usize),
    peak: f64,
    only: &str,
) {
    let (a, d, w) = (filled(b, i), filled(b, u), filled(i, u));
    let bias = Array1::zeros(u);
    let (mut out, mut d_a, mut d_w) = (filled(b, u), filled(b, i), filled(i, u));
    let flops = 2 * (b * i * u) as u64;
    let line = |kind: &str, work: &mut dyn FnMut()| {
        let what = format!("{:?} {name} {kind} {b}x{i}x{u}", kernels.level());
        if what.contains(only) {
            let speed = measure(flops, work);
            println!(
                "{what:36} {speed:7.1} GFLOP/s {:5.1} %",
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
        kernels.d_input(d.view(), w.view(), d_a.view_mut(), |_, _, _| ())
    });
    line("d_weight", &mut || {
        kernels.d_weight(a.view(), d.view(), d_w.view_mut(), |_, _, _| ())
    });
    if kernels.level() == Level::detect() {
        line("ndarray", &mut || {
            product(a.view(), w.view(), 0.0, out.view_mut())
        });
    }
}

fn filled(rows: usize, cols: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, cols), |(row, col)| {
        ((row * 31 + col * 17) % 101) as f32 / 50.0 - 1.0
    })
}

/// The speed of `work` in GFLOP/s, the best of [`N_ROUNDS`].
fn measure(flops: u64, mut work: impl FnMut()) -> f64 {
    let mut timed = |n: usize| {
        let start = Instant::now();
        (0..n).for_each(|_| work());
        start.elapsed().as_secs_f64()
    };
    timed(1);
    let per_round = (ROUND_SECS / timed(1)).ceil().max(1.0) as usize;
    let best = (0..N_ROUNDS)
        .map(|_| timed(per_round))
        .fold(f64::INFINITY, f64::min);
    flops as f64 * per_round as f64 / best / 1e9
}
