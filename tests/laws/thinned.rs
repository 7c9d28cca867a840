//! Law 7: a thinned network executed as a smaller network trains as the masked full-size network does.
//!
//! It is held to the last bit: both add up the same terms in the same order, but for terms that are zero. So it makes no
//! difference which of the two is chosen, and when a weight that was left out is caught up. `1e-5` is what rounding could
//! excuse; the comparison on a machine's other instruction sets allows that, and no more.

use dropscope::data::{Dataset, Targets};
use dropscope::math::matmul::Level;
use dropscope::nn::{Activation, DropRate, Engine, Execution, Init, Mlp, NoiseShape};
use dropscope::train::{Method, NoisePlan, OptimizerPlan, Trainer, TrainerPlan};
use proptest::prelude::*;

use super::cases;

const N_STEPS: usize = 50;
const RATES: [f64; 5] = [0.0, 0.2, 0.5, 0.8, 1.0];
const BATCHES: [usize; 4] = [1, 7, 32, 100];
const OPTIMIZERS: [(Method, f32, Option<f32>); 6] = [
    (Method::Sgd { momentum: 0.0 }, 0.0, None),
    (Method::Sgd { momentum: 0.9 }, 0.0, None),
    (Method::Sgd { momentum: 0.9 }, 0.01, None),
    (Method::Sgd { momentum: 0.9 }, 0.0, Some(1.0)),
    (Method::Adam, 0.0, None),
    (Method::Adam, 0.01, Some(1.0)),
];

/// A case: which layers are dropped, and everything that a step depends on.
#[derive(Debug, Clone)]
struct Case {
    widths: Vec<usize>,
    activation: Activation,
    input_rate: f64,
    hidden_rate: f64,
    noise_shape: NoiseShape,
    optimizer: (Method, f32, Option<f32>),
    batch_size: usize,
    seed: u64,
}

impl Case {
    fn data(&self) -> Dataset {
        let (n, n_inputs) = (2 * self.batch_size + 1, self.widths[0]);
        let inputs = (0..n * n_inputs).map(|i| (i as f32 * 0.7).sin()).collect();
        let n_classes = self.widths[self.widths.len() - 1];
        let labels = (0..n).map(|i| (i * 7 % n_classes) as u32).collect();
        let targets = Targets::Classes { labels, n_classes };
        Dataset::new("waves", vec![n_inputs], inputs, targets)
    }

    fn trainer(&self, data: &Dataset, level: Level, execution: Execution) -> Trainer {
        let (method, l2, max_norm) = self.optimizer;
        let plan = TrainerPlan {
            hidden: self.widths[1..self.widths.len() - 1].to_vec(),
            activation: self.activation,
            init: Init::He,
            noise: NoisePlan {
                input_rate: DropRate::saturating(self.input_rate),
                hidden_rate: DropRate::saturating(self.hidden_rate),
                noise_shape: self.noise_shape.clone(),
            },
            optimizer: OptimizerPlan {
                method,
                learning_rate: 0.01,
                l2,
                max_norm,
            },
            batch_size: self.batch_size,
            seed: self.seed,
            engine: Engine { level, execution },
        };
        Trainer::new(plan, data).expect("the noise shape fits")
    }
}

fn levels() -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(|level| level.is_available())
}

fn a_case() -> impl Strategy<Value = Case> {
    let widths = prop::collection::vec(1_usize..40, 2..5).prop_map(|mut widths| {
        widths.push(3);
        widths
    });
    let rate = || prop::sample::select(&RATES[..]);
    (
        widths,
        prop::sample::select(&Activation::ALL[..]),
        (rate(), rate()),
        prop::sample::select(&OPTIMIZERS[..]),
        prop::sample::select(&BATCHES[..]),
        0_u64..1000,
    )
        .prop_map(
            |(widths, activation, rates, optimizer, batch_size, seed)| Case {
                widths,
                activation,
                input_rate: rates.0,
                hidden_rate: rates.1,
                noise_shape: NoiseShape::per_batch(),
                optimizer,
                batch_size,
                seed,
            },
        )
}

fn bits(net: &Mlp) -> Vec<u32> {
    let layers = net.layers.iter();
    let all = layers.flat_map(|layer| layer.weight.iter().chain(&layer.bias));
    all.map(|value| value.to_bits()).collect()
}

/// Trains side by side and compares losses at every step and all weights at the end.
fn compare(case: &Case, level: Level) {
    let data = case.data();
    let mut masked = case.trainer(&data, level, Execution::Masked);
    let mut compact = case.trainer(&data, level, Execution::Compact);
    let mut auto = case.trainer(&data, level, Execution::Auto);
    for step in 0..N_STEPS {
        let expected = masked.step(&data);
        if expected.has_diverged() {
            // From here on zeros that are multiplied with infinities are no zeros.
            return;
        }
        for trainer in [&mut compact, &mut auto] {
            assert_eq!(
                trainer.step(&data),
                expected,
                "step {step}, {level:?}, {case:?}"
            );
        }
    }
    let expected = bits(masked.net());
    assert!(bits(compact.net()) == expected, "{level:?}, {case:?}");
    assert!(bits(auto.net()) == expected, "{level:?}, {case:?}");
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_compact_pass_trains_as_the_masked_one_to_the_last_bit(case in a_case()) {
        for level in levels() {
            compare(&case, level);
        }
    }
}

#[test]
fn every_subset_of_layers_every_optimizer_every_rate_and_every_batch() {
    for (optimizer_idx, optimizer) in OPTIMIZERS.into_iter().enumerate() {
        for (rate_idx, rate) in RATES.into_iter().enumerate() {
            for (batch_idx, batch_size) in BATCHES.into_iter().enumerate() {
                // The input, the hidden layers, both, or none; the last where the rate is 0 anyway.
                for (input_rate, hidden_rate) in [(rate, 0.0), (0.0, rate), (rate, rate)] {
                    let case = Case {
                        widths: vec![19, 33, 17, 4],
                        activation: Activation::ALL[optimizer_idx % 4],
                        input_rate,
                        hidden_rate,
                        noise_shape: NoiseShape::per_batch(),
                        optimizer,
                        batch_size,
                        seed: (rate_idx * 10 + batch_idx) as u64,
                    };
                    compare(&case, Level::detect());
                }
            }
        }
    }
}

#[test]
fn a_run_may_change_its_rate_and_its_masks_and_be_looked_at_whenever() {
    let case = Case {
        widths: vec![20, 40, 40, 3],
        activation: Activation::Relu,
        input_rate: 0.2,
        hidden_rate: 0.5,
        noise_shape: NoiseShape::per_batch(),
        optimizer: (Method::Sgd { momentum: 0.9 }, 1e-3, None),
        batch_size: 8,
        seed: 5,
    };
    let data = case.data();
    let level = Level::detect();
    let mut masked = case.trainer(&data, level, Execution::Masked);
    let mut compact = case.trainer(&data, level, Execution::Compact);
    let mut watched = case.trainer(&data, level, Execution::Compact);
    let changes = [
        (10, 0.8, NoiseShape::per_batch()),
        (25, 0.8, NoiseShape::per_sample()),
        (30, 1.0, NoiseShape::per_batch()),
        (230, 0.3, NoiseShape::per_batch()),
        (240, 0.0, NoiseShape::per_batch()),
    ];
    for step in 0..260 {
        if let Some((_, rate, noise_shape)) = changes.iter().find(|change| change.0 == step) {
            for trainer in [&mut masked, &mut compact, &mut watched] {
                trainer.set_hidden_rate(DropRate::saturating(*rate));
                trainer
                    .set_noise_shape(noise_shape.clone())
                    .expect("it fits");
            }
        }
        let expected = masked.step(&data);
        assert_eq!(compact.step(&data), expected, "step {step}");
        watched.step(&data);
        if step % 3 == 0 {
            assert!(bits(watched.net()) == bits(masked.net()), "step {step}");
        }
    }
    assert!(bits(compact.net()) == bits(masked.net()));
}

/// The largest difference of two networks' weights, against the larger of the two or 1.
fn difference(one: &Mlp, other: &Mlp) -> f32 {
    let all = |net: &Mlp| {
        let layers = net.layers.iter();
        let all = layers.flat_map(|layer| layer.weight.iter().chain(&layer.bias));
        all.copied().collect::<Vec<f32>>()
    };
    let pairs = all(one).into_iter().zip(all(other));
    pairs
        .map(|(one, other)| (one - other).abs() / one.abs().max(other.abs()).max(1.0))
        .fold(0.0, f32::max)
}

#[test]
fn every_level_trains_the_same_network() {
    let case = Case {
        widths: vec![64, 128, 128, 10],
        activation: Activation::Tanh,
        input_rate: 0.0,
        hidden_rate: 0.5,
        noise_shape: NoiseShape::per_sample(),
        optimizer: (Method::Sgd { momentum: 0.9 }, 1e-4, None),
        batch_size: 32,
        seed: 3,
    };
    let data = case.data();
    let train = |level: Level| {
        let mut trainer = case.trainer(&data, level, Execution::Auto);
        for _ in 0..N_STEPS {
            trainer.step(&data);
        }
        trainer.net().clone()
    };
    let portable = train(Level::Portable);
    let vectors: Vec<Mlp> = levels()
        .filter(|level| *level > Level::Portable)
        .map(train)
        .collect();
    for net in &vectors {
        let difference = difference(&portable, net);
        assert!(difference < 1e-5, "{difference}");
        // Fused operations round alike, however many are made at once.
        assert!(bits(net) == bits(&vectors[0]));
    }
}
