//! Single steps on this thread: what a mask costs, what a step allocates, and what executing thinned networks as smaller
//! ones gains.

#![expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::figures::Thinned;
use super::turns::{Deadline, median};
use super::{N_RATES, N_TURNS, Plan, STEPS_OF_A_RATE, allocations};
use crate::data::Dataset;
use crate::math::random::Key;
use crate::nn::mask::{Broadcast, Place};
use crate::nn::{DropRate, Engine, Execution, Mask, NoiseShape};
use crate::train::{NoisePlan, Trainer, TrainerPlan};

/// Drop rates at which masked and compact execution are compared.
const RATES: [f64; N_RATES] = [0.0, 0.2, 0.5, 0.8];

/// Nanoseconds that drawing one element of a mask takes, in a mask of a batch and the widest hidden layer; the best of
/// many rounds, because whatever else the machine does can only make it slower.
pub(super) fn mask_ns_per_element(plan: &Plan) -> f64 {
    const N_ROUNDS: u64 = 2000;
    let n_units = plan
        .experiment
        .network
        .hidden
        .iter()
        .copied()
        .max()
        .unwrap_or(1);
    let shape = [plan.experiment.batch_size, n_units];
    let Ok(broadcast) = Broadcast::new(&NoiseShape::per_sample(), shape[0], shape[1]) else {
        return f64::NAN;
    };
    let (mut mask, rate) = (Mask::none(), DropRate::saturating(0.5));
    let mut best = f64::INFINITY;
    for step in 0..N_ROUNDS {
        let place = Place { layer_idx: 1, step };
        let start = Instant::now();
        mask.draw(
            rate,
            broadcast,
            shape,
            Key::new(plan.experiment.seed),
            place,
        );
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / (shape[0] * shape[1]) as f64
}

/// Allocations of a step after the first, in some steps on batches as runs of a lab share them; `None` if
/// they are not counted.
pub(super) fn allocations_per_step(plan: &TrainerPlan, data: &Dataset) -> Option<f64> {
    let batches = Trainer::batches(plan.seed, data, plan.batch_size, 2);
    let trainer = Trainer::with_batches(plan.clone(), data, Arc::new(batches));
    let mut trainer = trainer.ok()?;
    let n_steps = trainer.steps_per_epoch().min(5);
    trainer.step(data);
    let counted = allocations::counted(|| {
        for _ in 0..n_steps {
            trainer.step(data);
        }
    });
    counted.map(|n| n as f64 / n_steps as f64)
}

/// Samples a second per sample and per batch, masked and compact, at each rate for which there is time, measured in turns. A
/// step takes `step_secs`.
pub(super) fn thinned(
    plan: &TrainerPlan,
    data: &Dataset,
    step_secs: f64,
    deadline: Deadline,
) -> Vec<Thinned> {
    let variants = |rate: DropRate| {
        let variant = |noise_shape: NoiseShape, execution| {
            let plan = TrainerPlan {
                noise: NoisePlan {
                    hidden_rate: rate,
                    noise_shape,
                    ..plan.noise
                },
                engine: Engine {
                    execution,
                    ..plan.engine
                },
                ..plan.clone()
            };
            trainer(&plan, data)
        };
        [
            variant(NoiseShape::per_sample(), Execution::Masked),
            variant(NoiseShape::per_batch(), Execution::Masked),
            variant(NoiseShape::per_batch(), Execution::Compact),
            variant(NoiseShape::per_batch(), Execution::Auto),
        ]
    };
    let measure = |(place, &rate): (usize, &f64)| {
        let end = deadline.next_of((RATES.len() - place) as f64);
        let rate = DropRate::saturating(rate);
        let mut trainers = variants(rate);
        let mut speeds: [Vec<f64>; 4] = Default::default();
        for turn_idx in 0..N_TURNS {
            // Steps may be longer than a turn; then there are fewer turns.
            let secs = end.left_secs() / (4 * (N_TURNS - turn_idx)) as f64;
            if turn_idx > 0 && secs <= 0.0 {
                break;
            }
            let turn = Duration::from_secs_f64(secs);
            for (trainer, speeds) in trainers.iter_mut().zip(&mut speeds) {
                speeds.push(speed(trainer, data, turn) * plan.batch_size as f64);
            }
        }
        let ratio = |one: usize| {
            let pairs = speeds[one].iter().zip(&speeds[0]);
            let mut ratios: Vec<f64> = pairs.map(|(one, other)| one / other).collect();
            median(&mut ratios)
        };
        let ratios = [ratio(1), ratio(2), ratio(3)];
        Thinned {
            rate,
            sample_samples_per_s: median(&mut speeds[0]),
            masked_ratio: ratios[0],
            compact_ratio: ratios[1],
            auto_ratio: ratios[2],
        }
    };
    let is_short = |_: &(usize, &f64)| deadline.has_time_for(STEPS_OF_A_RATE * step_secs);
    let rates = RATES.iter().enumerate();
    rates.take_while(is_short).map(measure).collect()
}

fn trainer(plan: &TrainerPlan, data: &Dataset) -> Trainer {
    Trainer::new(plan.clone(), data)
        .expect("masks per sample and per batch fit, and the plan was checked")
}

/// Steps a second, over at least two.
fn speed(trainer: &mut Trainer, data: &Dataset, duration: Duration) -> f64 {
    const LEAST: u32 = 2;
    trainer.step(data);
    let (start, mut n_steps) = (Instant::now(), 0);
    while n_steps < LEAST || start.elapsed() < duration {
        trainer.step(data);
        n_steps += 1;
    }
    f64::from(n_steps) / start.elapsed().as_secs_f64()
}
