//! The products of training, and whole steps after the first epoch, allocate nothing; and a run takes as much memory as was
//! said before.
//!
//! Alone in its file, because the counter stands in for the allocator of the whole test program.

use std::sync::Arc;

use dropscope::bench::allocations::{Counting, counted, held};
use dropscope::data::{Dataset, Split, Targets};
use dropscope::lab::memory::Need;
use dropscope::lab::{Experiment, GroupPlan, Limit, MAX_GROUPS, Network, Run, RunPlan};
use dropscope::math::matmul::{Kernels, Level};
use dropscope::math::selection::Selection;
use dropscope::nn::{DropRate, Engine, Execution, Mask, Masks, NoiseShape};
use dropscope::probe::{MaskCounter, Probe};
use dropscope::train::{Checkpoint, Method, NoisePlan, OptimizerPlan, Trainer, TrainerPlan};
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
                        noise: NoisePlan {
                            input_rate: DropRate::saturating(0.2),
                            hidden_rate: DropRate::saturating(0.5),
                            noise_shape: noise_shape.clone(),
                        },
                        optimizer: OptimizerPlan {
                            method,
                            learning_rate: 0.01,
                            l2: 1e-4,
                            max_norm,
                        },
                        batch_size,
                        engine: Engine {
                            execution,
                            ..Engine::default()
                        },
                        ..TrainerPlan::example()
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

/// An experiment on a network of these widths.
fn experiment(widths: &[usize], batch_size: usize, method: Method, mask: NoiseShape) -> Experiment {
    let noise = NoisePlan::of_rate(DropRate::saturating(0.5)).shared_by(mask);
    Experiment {
        network: Network {
            hidden: widths[1..widths.len() - 1].to_vec(),
            ..Experiment::example().network
        },
        groups: vec![GroupPlan::of_noise(noise)],
        optimizer: OptimizerPlan {
            method,
            ..OptimizerPlan::sgd(0.001)
        },
        batch_size,
        n_seeds: 1,
        limit: Some(Limit::Epochs(3)),
        n_threads: 1,
        ..Experiment::example()
    }
}

/// The run of its first group and seed, with batches that are shared as in a lab.
fn run(experiment: &Experiment, split: Arc<Split>) -> Run {
    let seed = experiment.seed;
    let trainer = experiment.trainer_plan(experiment.first_group(), seed);
    let plan = RunPlan::of(trainer);
    let batches = Trainer::batches(seed, &split.train, experiment.batch_size, MAX_GROUPS);
    Run::with_batches(plan, split, Arc::new(batches)).expect("the noise shape fits")
}

#[test]
fn a_run_takes_as_much_memory_as_was_said_before_it_began() {
    let nets = [
        (&[64, 128, 128, 10][..], 32, 500),
        (&[784, 256, 256, 10][..], 100, 300),
    ];
    for (widths, batch_size, n) in nets {
        for method in [Method::Sgd { momentum: 0.9 }, Method::Adam] {
            for mask in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
                let (split, of_data) = held(|| {
                    Arc::new(Split {
                        train: data(n, widths[0], 10),
                        test: data(n, widths[0], 10),
                        n_relabelled: 0,
                        n_wrong: 0,
                    })
                });
                let experiment = experiment(widths, batch_size, method, mask);
                let need = Need::of(&experiment, &split);
                let (_run, of_run) = held(|| {
                    let mut run = run(&experiment, Arc::clone(&split));
                    while run.snapshot(0.0).epoch < 3.0 {
                        run.tick();
                    }
                    run.answer(&Probe::THINNED);
                    run
                });
                // What the looks take is said apart, and a snapshot is there once more.
                for (said, taken) in [(need.data, of_data), (need.of_a_run() + need.seed, of_run)] {
                    let share = said as f64 / taken as f64;
                    assert!(
                        (0.8..1.2).contains(&share),
                        "{widths:?} {method:?}: {said} said, {taken} taken"
                    );
                }
            }
        }
    }
}

#[test]
fn a_checkpoint_takes_as_much_memory_as_was_said() {
    for method in [Method::Sgd { momentum: 0.9 }, Method::Adam] {
        let data = data(100, 64, 10);
        let plan = TrainerPlan {
            hidden: vec![128, 96],
            optimizer: OptimizerPlan {
                method,
                ..OptimizerPlan::sgd(0.01)
            },
            ..TrainerPlan::example()
        };
        let mut trainer = Trainer::new(plan.clone(), &data).expect("the noise shape fits");
        trainer.step(&data);
        let (_checkpoint, taken) = held(|| trainer.freeze());
        let said = Checkpoint::bytes(&plan.widths(&data), &plan.optimizer);
        let share = said as f64 / taken as f64;
        assert!(
            (0.95..1.05).contains(&share),
            "{method:?}: {said} said, {taken} taken"
        );
    }
}

#[test]
fn a_counter_of_masks_takes_as_much_memory_as_was_said_at_any_length() {
    for n_drawn in [1_000, 10_000, 140_000] {
        let (_counter, taken) = held(|| {
            let mut counter = MaskCounter::default();
            for draw in 0..n_drawn {
                let kept = (0..20).map(|bit| (draw >> bit & 1) as u8).collect();
                let mask = Mask::from_kept(DropRate::saturating(0.5), 1, 20, kept);
                counter.count(&Masks::new(vec![mask]));
            }
            counter
        });
        let said = MaskCounter::bytes(n_drawn);
        let share = said as f64 / taken as f64;
        assert!(
            (0.8..1.2).contains(&share),
            "{n_drawn}: {said} said, {taken} taken"
        );
    }
}
