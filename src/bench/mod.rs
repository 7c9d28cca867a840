//! The program measures itself: how fast this machine multiplies, and how much of that becomes training.
//!
//! Everything is measured beside what it is compared with, in turns and in one process, and ratios are taken turn by turn:
//! on a shared machine only these mean something. It trains on numbers without meaning, laid out like the data of a real
//! experiment, through the same lab and the same workers.

pub mod allocations;
pub mod figures;
mod peak;
mod steps;
mod turns;

use std::time::Duration;

use crate::data::{Dataset, Split, Targets};
use crate::lab::{Experiment, Lab, LabError, Pace, SLICE};
use crate::math::random::Key;
use crate::nn::DropRate;
use crate::train::TrainerPlan;

pub use figures::Figures;

use peak::Peak;
use turns::{median, train};

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The networks, their rates and threads, and how they are executed. What it says of data does not matter.
    pub experiment: Experiment,
    /// Numbers of an example.
    pub n_inputs: usize,
    /// Classes.
    pub n_outputs: usize,
    /// How long to train for the first figure; everything together takes about twelve times as long.
    pub secs: f64,
    /// What is measured.
    pub extent: Extent,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The throughput of the plan's networks, masks and allocations.
    Throughput,
    /// Also masked against compact execution, several runs at once, and what being watched costs.
    Everything,
}

/// Batches of the data that the networks train on.
const N_BATCHES: usize = 100;

/// Turns in which a figure is measured.
const N_TURNS: usize = 5;

/// How many runs share the threads.
const N_RUNS: [usize; 5] = [1, 2, 4, 6, 12];

/// Something that looks at a lab as often as a terminal would: [`Plan`]'s networks are trained with and without.
pub type Watcher<'a> = &'a mut dyn FnMut(&Lab);

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A lab could not be opened.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The threads that measure the peak could not be started.
    #[error("could not start the threads that measure the peak: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A run stopped, and there is nothing left to measure.
    #[error(
        "training.lr: a run at rate {rate} diverged at step {step}, and a run that has stopped has no speed; accepted: a \
         learning rate at which every run goes on"
    )]
    Diverged {
        /// The run's drop rate.
        rate: DropRate,
        /// The update at which it happened.
        step: u64,
    },
    /// A run failed with this text.
    #[error("a run failed: {0}")]
    Failed(String),
}

/// Measures everything. `watch` draws a frame of the lab, somewhere.
///
/// # Errors
/// If a lab cannot be opened, or a run does not go on to the end.
pub fn measure(plan: &Plan, watch: Option<Watcher>) -> Result<Figures, BenchError> {
    let data = data(plan);
    let n_runs = plan.experiment.groups.len() * plan.experiment.n_seeds;
    let n_threads = plan.experiment.n_threads.min(n_runs);
    let peak = Peak::new(plan.experiment.engine.level, n_threads)?;
    let lab = Lab::start(&experiment(plan), data.clone())?;
    turns::rest(&lab);
    train(&lab, Duration::from_secs_f64(plan.secs / 20.0), None)?;
    let first = turns::steps(&lab);
    let (mut speeds, mut peaks, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    let flops_per_sample = flops_per_sample(&widths(plan)) as f64;
    for _ in 0..N_TURNS {
        let flops = peak.measure();
        let secs = Duration::from_secs_f64(plan.secs / N_TURNS as f64);
        let speed = train(&lab, secs, None)? * plan.experiment.batch_size as f64;
        speeds.push(speed);
        peaks.push(flops);
        shares.push(speed * flops_per_sample / flops);
    }
    let fairness = turns::fairness(&first, &turns::steps(&lab));
    drop(lab);
    let samples_per_s = median(&mut speeds);
    let step_secs = (plan.experiment.batch_size * n_threads) as f64 / samples_per_s.max(1.0);
    let figures = Figures {
        net: widths(plan),
        batch: plan.experiment.batch_size,
        mask: plan.experiment.first_group().noise_shape.clone(),
        rates: rates(&plan.experiment),
        engine: plan.experiment.engine,
        n_threads,
        samples_per_s,
        flops_per_s: samples_per_s * flops_per_sample,
        peak_flops_per_s: median(&mut peaks),
        share_of_peak: median(&mut shares),
        fairness: (n_runs > 1).then_some(fairness),
        mask_ns_per_element: steps::mask_ns_per_element(plan),
        allocations_per_step: steps::allocations_per_step(&trainer_plan(plan), &data.train),
        thinned: Vec::new(),
        runs: Vec::new(),
        watched: None,
    };
    if plan.extent == Extent::Throughput {
        return Ok(figures);
    }
    Ok(Figures {
        thinned: steps::thinned(&trainer_plan(plan), &data.train, plan.secs),
        runs: runs(plan, &data, step_secs)?,
        watched: watch.map(|watch| watched(plan, &data, watch)).transpose()?,
        ..figures
    })
}

/// The widths of the networks.
fn widths(plan: &Plan) -> Vec<usize> {
    let hidden = &plan.experiment.network.hidden;
    [&[plan.n_inputs], &hidden[..], &[plan.n_outputs]].concat()
}

/// Floating-point operations of a training step for each of its examples, a multiplication and an addition counted as
/// two: those of the whole network, whatever of it is dropped.
pub fn flops_per_sample(widths: &[usize]) -> u64 {
    let weights = widths.windows(2).map(|pair| (pair[0] * pair[1]) as u64);
    // Forward and the gradient of the weights in every layer; the gradient of the input in all but the first.
    let products = weights.clone().map(|n| 3 * n).sum::<u64>() - weights.take(1).sum::<u64>();
    2 * products
}

/// The rates that its groups go by.
fn rates(experiment: &Experiment) -> Vec<DropRate> {
    let varied = experiment.varied();
    let groups = experiment.groups.iter();
    groups.map(|group| group.rate(varied)).collect()
}

/// The plan as the lab takes it: at full speed, without end, and without evaluations.
fn experiment(plan: &Plan) -> Experiment {
    Experiment {
        limit: None,
        pace: Pace::FullSpeed,
        evaluates: false,
        decide_at: Vec::new(),
        panic_at_step: None,
        ..plan.experiment.clone()
    }
}

/// One of the plan's networks by itself.
fn trainer_plan(plan: &Plan) -> TrainerPlan {
    let experiment = &plan.experiment;
    let group = experiment.first_group();
    TrainerPlan {
        hidden: experiment.network.hidden.clone(),
        activation: experiment.network.activation,
        init: experiment.network.init,
        input_rate: group.input_rate,
        hidden_rate: group.hidden_rate,
        noise_shape: group.noise_shape.clone(),
        optimizer: experiment.optimizer,
        batch_size: experiment.batch_size,
        seed: experiment.seed,
        engine: experiment.engine,
    }
}

/// Examples that are looked at when somebody watches.
const N_TEST: usize = 1000;

/// Inputs from 0 to 1 and labels, at random.
fn data(plan: &Plan) -> Split {
    let part = |n: usize, key: Key| {
        let uniform = |bits: u32| (bits >> 8) as f32 / (1 << 24) as f32;
        let n_values = n * plan.n_inputs;
        let inputs = (0..n_values.div_ceil(4) as u32).flat_map(|i| key.block([i, 0, 0, 0]));
        let inputs = inputs.take(n_values).map(uniform).collect();
        let labels = (0..n as u32).map(|i| key.block([i, 1, 0, 0])[0] % plan.n_outputs as u32);
        let targets = Targets::Classes {
            labels: labels.collect(),
            n_classes: plan.n_outputs,
        };
        Dataset::new("noise", vec![plan.n_inputs], inputs, targets)
    };
    let key = Key::new(plan.experiment.seed).child("bench");
    Split {
        train: part(N_BATCHES * plan.experiment.batch_size, key.nth(0)),
        test: part(N_TEST, key.nth(1)),
        n_relabelled: 0,
        n_wrong: 0,
    }
}

/// More and more runs on the plan's threads. `step_secs` is what a step takes.
fn runs(plan: &Plan, data: &Split, step_secs: f64) -> Result<Vec<figures::Runs>, BenchError> {
    /// Turns that each run should have: what a fraction of a turn does to the fairness must not show.
    const TURNS: f64 = 40.0;
    let turn_secs = step_secs.max(SLICE.as_secs_f64());
    let measure = |n_runs: usize| {
        let groups = plan.experiment.groups.iter().cloned().cycle();
        let experiment = Experiment {
            groups: groups.take(n_runs).collect(),
            n_seeds: 1,
            ..experiment(plan)
        };
        let lab = Lab::start(&experiment, data.clone())?;
        turns::rest(&lab);
        train(&lab, Duration::from_secs_f64(plan.secs / 60.0), None)?;
        let first = turns::steps(&lab);
        let n_threads = experiment.n_threads.min(n_runs);
        let secs = (TURNS * turn_secs * n_runs as f64 / n_threads as f64).max(plan.secs / 8.0);
        let speed = train(&lab, Duration::from_secs_f64(secs), None)?;
        Ok(figures::Runs {
            n_runs,
            samples_per_s: speed * plan.experiment.batch_size as f64,
            fairness: turns::fairness(&first, &turns::steps(&lab)),
        })
    };
    N_RUNS.into_iter().map(measure).collect()
}

/// The throughput of the lab while its first group is watched and everything is drawn, as a share of what it is without.
///
/// Many short pairs, every second one the other way round: whatever else the machine does changes more slowly, or shows as an
/// outlier, and the middle half of the pairs counts.
fn watched(plan: &Plan, data: &Split, watch: Watcher) -> Result<figures::Watched, BenchError> {
    // Long enough that each turn has its share of looks, and short enough that nothing is looked at anew in the next.
    let turn_secs = (plan.secs / 6.0).clamp((plan.secs / 2.0).min(0.5), 1.0);
    let n_pairs = ((4.0 * plan.secs / turn_secs) as usize).max(8);
    let lab = Lab::start(&experiment(plan), data.clone())?;
    turns::rest(&lab);
    let turn = Duration::from_secs_f64(turn_secs);
    let first = lab.snapshot().groups.first().map(|group| group.id);
    let mut speed = |is_watched: bool| {
        let with: Option<(_, Watcher)> = match first {
            Some(first) if is_watched => Some((first, &mut *watch)),
            _ => None,
        };
        train(&lab, turn, with)
    };
    // The first reading is made as fast as it can be, which no later one is.
    let is_read = || {
        let groups = lab.snapshot().groups;
        groups
            .first()
            .is_none_or(|group| group.runs[0].thinned.is_some())
    };
    speed(true)?;
    while !is_read() {
        speed(true)?;
    }
    let mut shares = Vec::new();
    for pair in 0..n_pairs {
        let is_watched_first = pair % 2 == 0;
        let (one, other) = (speed(is_watched_first)?, speed(!is_watched_first)?);
        shares.push(if is_watched_first {
            one / other
        } else {
            other / one
        });
    }
    shares.sort_by(f64::total_cmp);
    let middle = &shares[n_pairs / 4..n_pairs - n_pairs / 4];
    Ok(figures::Watched {
        share: middle.iter().sum::<f64>() / middle.len() as f64,
        quartiles: [middle[0], middle[middle.len() - 1]],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_counted_layer_by_layer() {
        // 2 x (forward + d_weight) of both layers, and d_input of the second.
        assert_eq!(flops_per_sample(&[3, 4, 2]), 2 * (2 * (12 + 8) + 8));
        assert_eq!(flops_per_sample(&[784, 256, 256, 10]), 1_211_392);
    }
}
