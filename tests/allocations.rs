//! The products of training, and whole steps after the first, allocate nothing.
//!
//! Alone in its file, because the counter stands in for the allocator of the whole test program.

#![allow(unsafe_code, reason = "only an unsafe trait can count allocations")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use dropscope::data::{Dataset, Targets};
use dropscope::math::matmul::{Kernels, Level};
use dropscope::nn::{Activation, DropRate, Engine, Init, NoiseShape};
use dropscope::train::{Method, OptimizerPlan, Trainer, TrainerPlan};
use ndarray::Array2;

thread_local! {
    static N_ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting on each thread for itself.
struct Counting;

// SAFETY: every call goes to `System` unchanged, and counting in a constant-initialised thread-local cell without a
// destructor neither allocates nor unwinds. The other methods of the trait call these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        N_ALLOCATIONS.set(N_ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

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
            let bias = vec![1.0; u];
            let mut out = Array2::zeros((b, u));
            let mut d_a = Array2::zeros((b, i));
            let nothing = |_, _, _: &mut [f32]| ();
            let before = N_ALLOCATIONS.get();
            let (a, w, d) = (a.view().into(), w.view().into(), d.view().into());
            kernels.forward(a, w, &bias, out.view_mut().into(), nothing);
            kernels.d_input(d, w, d_a.view_mut().into(), nothing);
            kernels.d_weight(a, d, None, nothing);
            assert_eq!(N_ALLOCATIONS.get() - before, 0, "{level:?} {b}x{i}x{u}");
        }
    }
}

#[test]
fn a_step_after_the_first_epoch_allocates_nothing() {
    let inputs = (0..50 * 6).map(|i| (i as f32).sin()).collect();
    let labels = (0..50).map(|i| i % 3).collect();
    let targets = Targets::Classes {
        labels,
        n_classes: 3,
    };
    let data = Dataset::new("test", vec![6], inputs, targets);
    for noise_shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
        for method in [Method::Sgd { momentum: 0.9 }, Method::Adam] {
            let plan = TrainerPlan {
                hidden: vec![20, 20],
                activation: Activation::Relu,
                init: Init::He,
                input_rate: DropRate::saturating(0.2),
                hidden_rate: DropRate::saturating(0.5),
                noise_shape: noise_shape.clone(),
                optimizer: OptimizerPlan {
                    method,
                    learning_rate: 0.01,
                    l2: 1e-4,
                    max_norm: Some(3.0),
                },
                batch_size: 8,
                seed: 1,
                engine: Engine::default(),
            };
            let mut trainer = Trainer::new(plan, &data).expect("the noise shape fits");
            // An epoch ends with a short batch and begins with a new order: both belong to what must not allocate.
            (0..7).for_each(|_| {
                trainer.step(&data);
            });
            let before = N_ALLOCATIONS.get();
            for _ in 0..20 {
                trainer.step(&data);
            }
            assert_eq!(N_ALLOCATIONS.get() - before, 0, "{method:?}, {noise_shape}");
        }
    }
}

#[test]
fn the_counter_counts() {
    let before = N_ALLOCATIONS.get();
    drop(std::hint::black_box(vec![0_u8; 100]));
    assert!(N_ALLOCATIONS.get() > before);
}
