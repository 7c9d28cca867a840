//! The products of training, and whole steps after the first epoch, allocate nothing.
//!
//! Alone in its file, because the counter stands in for the allocator of the whole test program.

use dropscope::bench::allocations::{Counting, counted};
use dropscope::data::{Dataset, Targets};
use dropscope::math::matmul::{Kernels, Level};
use dropscope::math::selection::Selection;
use dropscope::nn::{Activation, DropRate, Engine, Execution, Init, NoiseShape};
use dropscope::train::{Method, OptimizerPlan, Trainer, TrainerPlan};
use ndarray::Array2;

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn products_allocate_nothing() {
    for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
        let mut kernels = Kernels::new(level);
        for (b, i, u) in [(100, 784, 256), (32, 64, 10), (1, 300, 7)] {
            let (a, w, d) = (
                Array2::ones((b, i)),
                Array2::ones((i, u)),
                Array2::ones((b, u)),
            );
            let (a, w, d) = (a.view().into(), w.view().into(), d.view().into());
            let bias = vec![1.0; u];
            let mut out = Array2::zeros((b, u));
            let mut d_a = Array2::zeros((b, i));
            let (inputs, units) = (Selection::all(i), Selection::all(u));
            let parts = (&inputs, &units);
            let nothing = |_, _: &mut [f32]| ();
            // The first gradient of its size lays out what the others work in.
            kernels.d_weight(a, d, parts, nothing);
            let n = counted(|| {
                kernels.forward(a, w, &bias, out.view_mut().into(), nothing);
                kernels.d_input(d, w, d_a.view_mut().into(), nothing);
                kernels.d_weight(a, d, parts, nothing);
            });
            assert_eq!(n, Some(0), "{level:?} {b}x{i}x{u}");
        }
    }
}

/// Examples without meaning for a network of these widths.
fn data(n: usize, n_inputs: usize, n_classes: usize) -> Dataset {
    let inputs = (0..n * n_inputs).map(|i| (i as f32).sin()).collect();
    let labels = (0..n).map(|i| (i % n_classes) as u32).collect();
    let targets = Targets::Classes { labels, n_classes };
    Dataset::new("test", vec![n_inputs], inputs, targets)
}

#[test]
fn a_step_after_the_first_epoch_allocates_nothing() {
    // The default experiment's size, and one whose widths are no multiples of anything. An epoch ends with a short batch
    // and begins with a new order: both belong to what must not allocate.
    for (widths, n_examples, batch_size) in [([64, 128, 128, 10], 250, 32), ([6, 20, 23, 3], 50, 8)]
    {
        let data = data(n_examples, widths[0], widths[3]);
        for noise_shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
            for execution in Execution::ALL {
                for (method, max_norm) in [
                    (Method::Sgd { momentum: 0.9 }, None),
                    (Method::Sgd { momentum: 0.9 }, Some(3.0)),
                    (Method::Adam, None),
                ] {
                    let plan = TrainerPlan {
                        hidden: widths[1..3].to_vec(),
                        activation: Activation::Relu,
                        init: Init::He,
                        input_rate: DropRate::saturating(0.2),
                        hidden_rate: DropRate::saturating(0.5),
                        noise_shape: noise_shape.clone(),
                        optimizer: OptimizerPlan {
                            method,
                            learning_rate: 0.01,
                            l2: 1e-4,
                            max_norm,
                        },
                        batch_size,
                        seed: 1,
                        engine: Engine {
                            execution,
                            ..Engine::default()
                        },
                    };
                    let mut trainer = Trainer::new(plan, &data).expect("the noise shape fits");
                    for _ in 0..trainer.steps_per_epoch() {
                        trainer.step(&data);
                    }
                    let n = counted(|| {
                        for _ in 0..20 {
                            trainer.step(&data);
                        }
                        trainer.net();
                    });
                    assert_eq!(
                        n,
                        Some(0),
                        "{widths:?} {method:?} {noise_shape} {execution:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_counter_counts() {
    let n = counted(|| drop(std::hint::black_box(vec![0_u8; 100])));
    assert_eq!(n, Some(1));
}
