//! What training is made of, for comparing one version with the next: `cargo bench --bench training`.
//!
//! A step of each size at each rate, with masks per sample and per batch; masks; products; a snapshot; every mask of a small network. How much of the
//! machine that is, and how it compares with other programs, is what `dropscope bench` is for.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dropscope::bench::allocations::{Counting, held};
use dropscope::data::{Dataset, Split, Targets};
use dropscope::lab::{Run, RunPlan};
use dropscope::math::matmul::{Kernels, Level};
use dropscope::math::matrix::{Matrix, MatrixMut, spaced};
use dropscope::math::random::Key;
use dropscope::math::selection::Selection;
use dropscope::nn::mask::{Broadcast, Place};
use dropscope::nn::{Activation, DropRate, Engine, Execution, Init, Mask, Mlp, NoiseShape};
use dropscope::probe::exact::{Choices, Exact};
use dropscope::train::{NoisePlan, OptimizerPlan, Trainer, TrainerPlan};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Name, widths, batch.
const NETS: [(&str, &[usize], usize); 3] = [
    ("S", &[64, 128, 128, 10], 32),
    ("M", &[784, 256, 256, 10], 100),
    ("L", &[784, 1024, 1024, 1024, 10], 100),
];

fn data(widths: &[usize], batch: usize) -> Dataset {
    let (n, n_inputs, n_classes) = (20 * batch, widths[0], widths[widths.len() - 1]);
    let inputs = (0..n * n_inputs)
        .map(|i| (i % 101) as f32 / 101.0)
        .collect();
    let labels = (0..n).map(|i| (i % n_classes) as u32).collect();
    let targets = Targets::Classes { labels, n_classes };
    Dataset::new("numbers", vec![n_inputs], inputs, targets)
}

fn plan(
    widths: &[usize],
    batch: usize,
    rate: f64,
    mask: &str,
    execution: Execution,
) -> TrainerPlan {
    TrainerPlan {
        hidden: widths[1..widths.len() - 1].to_vec(),
        noise: NoisePlan::of_rate(DropRate::saturating(rate)).shared_by(match mask {
            "batch" => NoiseShape::per_batch(),
            _ => NoiseShape::per_sample(),
        }),
        optimizer: OptimizerPlan::sgd(0.001),
        batch_size: batch,
        engine: Engine {
            execution,
            ..Engine::default()
        },
        ..TrainerPlan::example()
    }
}

fn steps(criterion: &mut Criterion) {
    for (name, widths, batch) in NETS {
        let data = data(widths, batch);
        let mut group = criterion.benchmark_group(format!("step {name}"));
        group.throughput(Throughput::Elements(batch as u64));
        for rate in [0.0, 0.2, 0.5, 0.8] {
            for (what, mask, execution) in [
                ("a mask per sample", "sample", Execution::Auto),
                ("a mask per batch", "batch", Execution::Auto),
                ("a mask per batch, masked", "batch", Execution::Masked),
            ] {
                let plan = plan(widths, batch, rate, mask, execution);
                let mut trainer = Trainer::new(plan, &data).expect("the masks fit");
                group.bench_function(BenchmarkId::new(what, rate), |bencher| {
                    bencher.iter(|| trainer.step(&data));
                });
            }
        }
        group.finish();
    }
}

fn masks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    for shape in [[1, 256], [32, 128], [100, 1024]] {
        let broadcast = Broadcast::new(&NoiseShape::per_sample(), shape[0], shape[1]);
        let broadcast = broadcast.expect("a mask per sample fits everything");
        group.throughput(Throughput::Elements((shape[0] * shape[1]) as u64));
        let (mut mask, mut step) = (Mask::none(), 0);
        group.bench_function(format!("{}x{}", shape[0], shape[1]), |bencher| {
            bencher.iter(|| {
                step += 1;
                let place = Place { layer_idx: 1, step };
                mask.draw(
                    DropRate::saturating(0.5),
                    broadcast,
                    shape,
                    Key::new(7),
                    place,
                );
                black_box(mask.kept().len())
            });
        });
    }
    group.finish();
}

fn products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("product");
    for [b, i, u] in [
        [32, 128, 128],
        [100, 784, 256],
        [100, 1024, 1024],
        [100, 256, 10],
    ] {
        let matrix = |n_rows: usize, n_columns: usize| vec![0.5; n_rows * spaced(n_columns)];
        let (a, d, w, bias) = (matrix(b, i), matrix(b, u), matrix(i, u), vec![0.0; u]);
        let (mut out, mut d_a) = (matrix(b, u), matrix(b, i));
        let a = Matrix::new(&a, [b, i], spaced(i));
        let d = Matrix::new(&d, [b, u], spaced(u));
        let w = Matrix::new(&w, [i, u], spaced(u));
        let mut kernels = Kernels::new(Level::detect());
        let nothing = |_, _: &mut [f32]| ();
        group.throughput(Throughput::Elements(2 * (b * i * u) as u64));
        group.bench_function(format!("forward {b}x{i}x{u}"), |bencher| {
            bencher.iter(|| {
                let out = MatrixMut::new(&mut out, [b, u], spaced(u));
                kernels.forward(a, w, &bias, out, nothing);
            });
        });
        group.bench_function(format!("d_input {b}x{i}x{u}"), |bencher| {
            bencher.iter(|| {
                let d_a = MatrixMut::new(&mut d_a, [b, i], spaced(i));
                kernels.d_input(d, w, d_a, nothing);
            });
        });
        let (inputs, units) = (Selection::all(i), Selection::all(u));
        group.bench_function(format!("d_weight {b}x{i}x{u}"), |bencher| {
            bencher.iter(|| kernels.d_weight(a, d, (&inputs, &units), nothing));
        });
    }
    group.finish();
}

/// A snapshot of a run that has come so far: what it costs must not depend on that. One step an epoch, so that the last of
/// them comes in a few seconds.
fn snapshots(criterion: &mut Criterion) {
    let widths: &[usize] = &[4, 256, 256, 2];
    let batch = 1;
    let part = || {
        let targets = Targets::Classes {
            labels: vec![0],
            n_classes: 2,
        };
        Dataset::new("one", vec![4], vec![0.5; 4], targets)
    };
    let split = Split {
        train: part(),
        test: part(),
        n_relabelled: 0,
        n_wrong: 0,
    };
    let plan = RunPlan::of(plan(widths, batch, 0.5, "batch", Execution::Auto));
    let mut run = Run::new(plan, Arc::new(split)).expect("the masks fit");
    let mut group = criterion.benchmark_group("snapshot");
    for epoch in [10, 1_000, 100_000] {
        while run.step() < epoch {
            run.tick();
        }
        // The last snapshot is still there, as in a lab.
        let kept = run.snapshot(1000.0);
        let (_, n_bytes) = held(|| run.snapshot(1000.0));
        let n_bytes = n_bytes + size_of_val(&kept) as i64;
        let n_evaluations = run.n_evaluations();
        println!("snapshot at epoch {epoch}: {n_bytes} bytes, {n_evaluations} evaluations");
        group.bench_function(BenchmarkId::new("epoch", epoch), |bencher| {
            bencher.iter(|| run.snapshot(1000.0));
        });
    }
    group.finish();
}

/// Every mask of 2-20-2 on 200 examples, on all cores, in masks times examples a second. What its additions alone could do is
/// beside it: a core's additions a second, which are the multiplications of a burst, over those of a mask and an example:
/// one, because of two logits only the difference counts.
fn every_mask(criterion: &mut Criterion) {
    let widths = [2, 20, 2];
    let net = Arc::new(Mlp::new(&widths, Activation::Relu, Init::He, Key::new(3)));
    let data = data(&widths, 10);
    let rates = [DropRate::NONE, DropRate::saturating(0.5)];
    let choices = Choices::of_net(&net, &rates, &NoiseShape::per_batch());
    let choices = choices.expect("twenty units are not too many");
    let mut group = criterion.benchmark_group("every mask of 2-20-2");
    group.sample_size(10);
    group.throughput(Throughput::Elements(
        (choices.n_masks() * data.len()) as u64,
    ));
    for (name, is_wide) in [("all cores", true), ("one core", false)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let (net, choices) = (Arc::clone(&net), choices.clone());
                let engine = Engine::default();
                let mut look = Exact::on(net, choices, &data, 200, Key::new(1), engine);
                loop {
                    if let Some(reading) = look.next_part(is_wide) {
                        break reading.one;
                    }
                }
            });
        });
    }
    let (kernels, n_steps) = (Kernels::new(Level::detect()), 100_000);
    let n_additions = kernels.fma_burst_flops(n_steps) / 2;
    group.throughput(Throughput::Elements(n_additions));
    group.bench_function("limit of the additions of one core", |bencher| {
        bencher.iter(|| kernels.fma_burst(n_steps));
    });
    group.finish();
}

criterion_group!(benches, steps, masks, products, snapshots, every_mask);
criterion_main!(benches);
