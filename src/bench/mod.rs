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
use crate::probe::ThinnedReading;
use crate::train::TrainerPlan;

pub use figures::Figures;
pub use turns::Deadline;

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

/// The parts of a measurement, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The throughput of the plan's networks, masks and allocations.
    Throughput,
    /// Masked against compact execution.
    Thinned,
    /// Several runs at once.
    SeveralRuns,
    /// What being watched costs.
    Watched,
}

impl Part {
    /// What is measured, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Thinned => "thinned networks",
            Self::SeveralRuns => "several runs at once",
            Self::Watched => "what being watched costs",
        }
    }

    /// The share of the whole that it may take, where all parts are measured; building networks and evaluating them included.
    fn share(self) -> f64 {
        match self {
            Self::Throughput | Self::SeveralRuns => 0.3,
            Self::Thinned | Self::Watched => 0.2,
        }
    }
}

impl Extent {
    /// The parts of a measurement.
    fn parts(self) -> &'static [Part] {
        const ALL: [Part; 4] = [
            Part::Throughput,
            Part::Thinned,
            Part::SeveralRuns,
            Part::Watched,
        ];
        match self {
            Self::Throughput => &ALL[..1],
            Self::Everything => &ALL,
        }
    }

    /// When a part is to be over if everything is by `deadline`: what came before may have taken more than its share, and
    /// what comes later has the rest.
    fn end_of(self, part: Part, deadline: Deadline) -> Deadline {
        let later = self.parts().iter().skip_while(|other| **other != part);
        let left: f64 = later.map(|part| part.share()).sum();
        deadline.next_of(left / part.share())
    }
}

/// Batches of the data that the networks train on: more than the caches next to a core hold, and no more, because every lab
/// evaluates its initial weights on all of them ...
const N_BATCHES: usize = 20;

/// ... and where many runs begin.
const N_BATCHES_OF_MANY: usize = 2;

/// Turns in which a figure is measured.
const N_TURNS: usize = 5;

/// Steps that the least takes of what can be left out where there is no time: building and evaluating networks, and a step of
/// each turn. Of a run among several, ...
const STEPS_OF_A_RUN: f64 = 8.0;

/// ... of the four variants at a rate, ...
const STEPS_OF_A_RATE: f64 = 20.0;

/// ... and of pairs of turns watched and not.
const STEPS_OF_WATCHING: f64 = 30.0;

/// Rates at which masked and compact execution are compared.
const N_RATES: usize = 4;

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

/// Measures everything, and is over by `deadline` unless the least that can be measured takes longer. `watch` draws a frame of
/// the lab, somewhere; `begin` hears of each part before it is measured.
///
/// # Errors
/// If a lab cannot be opened, or a run does not go on to the end.
pub fn measure(
    plan: &Plan,
    deadline: Deadline,
    watch: Option<Watcher>,
    mut begin: impl FnMut(Part),
) -> Result<Figures, BenchError> {
    let until = |part| plan.extent.end_of(part, deadline);
    begin(Part::Throughput);
    let end = until(Part::Throughput);
    let data = data(plan);
    let figures = throughput(plan, &data, end)?;
    if plan.extent == Extent::Throughput {
        return Ok(figures);
    }
    let examples_at_once = plan.experiment.batch_size * figures.n_threads;
    let step_secs = examples_at_once as f64 / figures.samples_per_s.max(1.0);
    begin(Part::Thinned);
    let end = until(Part::Thinned);
    let thinned = steps::thinned(&trainer_plan(plan), &data.train, step_secs, end);
    begin(Part::SeveralRuns);
    let runs = runs(plan, &data, step_secs, until(Part::SeveralRuns))?;
    begin(Part::Watched);
    let watch = watch.filter(|_| deadline.has_time_for(STEPS_OF_WATCHING * step_secs));
    let watched = watch.map(|watch| watched(plan, &data, watch, deadline));
    Ok(Figures {
        thinned,
        runs,
        watched: watched.transpose()?.flatten(),
        ..figures
    })
}

/// The figures of [`Extent::Throughput`].
fn throughput(plan: &Plan, data: &Split, deadline: Deadline) -> Result<Figures, BenchError> {
    let n_runs = plan.experiment.groups.len() * plan.experiment.n_seeds;
    let n_threads = plan.experiment.n_threads.min(n_runs);
    let peak = Peak::new(plan.experiment.engine.level, n_threads)?;
    let mask_ns_per_element = steps::mask_ns_per_element(plan);
    let allocations_per_step = steps::allocations_per_step(&trainer_plan(plan), &data.train);
    let lab = Lab::start(&experiment(plan), data.clone())?;
    turns::rest(&lab);
    train(
        &lab,
        Duration::from_secs_f64(deadline.left_secs() / 20.0),
        None,
    )?;
    let first = turns::steps(&lab);
    let (mut speeds, mut peaks, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    let flops_per_sample = flops_per_sample(&widths(plan)) as f64;
    for turn in 0..N_TURNS {
        let end = deadline.next_of((N_TURNS - turn) as f64);
        let flops = peak.measure();
        let secs = Duration::from_secs_f64(end.left_secs());
        let speed = train(&lab, secs, None)? * plan.experiment.batch_size as f64;
        speeds.push(speed);
        peaks.push(flops);
        shares.push(speed * flops_per_sample / flops);
    }
    let fairness = turns::fairness(&first, &turns::steps(&lab));
    drop(lab);
    let samples_per_s = median(&mut speeds);
    Ok(Figures {
        net: widths(plan),
        batch: plan.experiment.batch_size,
        mask: plan.experiment.first_group().noise.noise_shape.clone(),
        rates: rates(&plan.experiment),
        engine: plan.experiment.engine,
        n_threads,
        samples_per_s,
        flops_per_s: samples_per_s * flops_per_sample,
        peak_flops_per_s: median(&mut peaks),
        share_of_peak: median(&mut shares),
        fairness: (n_runs > 1).then_some(fairness),
        mask_ns_per_element,
        allocations_per_step,
        thinned: Vec::new(),
        runs: Vec::new(),
        watched: None,
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
    experiment.trainer_plan(experiment.first_group(), experiment.seed)
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
fn runs(
    plan: &Plan,
    data: &Split,
    step_secs: f64,
    deadline: Deadline,
) -> Result<Vec<figures::Runs>, BenchError> {
    /// Turns that each run must have had: what a fraction of a turn does to the fairness must not show.
    const LEAST_TURNS: f64 = 20.0;
    let turn_secs = step_secs.max(SLICE.as_secs_f64());
    let few: Vec<usize> = (0..N_BATCHES_OF_MANY * plan.experiment.batch_size).collect();
    let data = Split {
        train: data.train.select(&few),
        test: data.test.select(&few[..few.len().min(N_TEST / 10)]),
        ..*data
    };
    // All runs together have as many turns in any number of them.
    let turns_each = |n_runs: usize| {
        let n_threads = plan.experiment.n_threads.min(n_runs);
        n_runs as f64 / n_threads as f64
    };
    let measure = |(place, &n_runs): (usize, &usize)| {
        let left: f64 = N_RUNS[place..].iter().map(|n| turns_each(*n)).sum();
        let end = deadline.next_of(left / turns_each(n_runs));
        let groups = plan.experiment.groups.iter().cloned().cycle();
        let experiment = Experiment {
            groups: groups.take(n_runs).collect(),
            n_seeds: 1,
            ..experiment(plan)
        };
        let lab = Lab::start(&experiment, data.clone())?;
        turns::rest(&lab);
        train(&lab, Duration::from_secs_f64(end.left_secs() / 10.0), None)?;
        let (first, secs) = (turns::steps(&lab), end.left_secs());
        let speed = train(&lab, Duration::from_secs_f64(secs), None)?;
        let fairness = turns::fairness(&first, &turns::steps(&lab));
        let has_turns = secs / turns_each(n_runs) / turn_secs >= LEAST_TURNS;
        Ok(figures::Runs {
            n_runs,
            samples_per_s: speed * plan.experiment.batch_size as f64,
            fairness: has_turns.then_some(fairness),
        })
    };
    let is_short = |(_, n_runs): &(usize, &usize)| {
        deadline.has_time_for(turns_each(**n_runs) * STEPS_OF_A_RUN * step_secs)
    };
    let runs = N_RUNS.iter().enumerate();
    runs.take_while(is_short).map(measure).collect()
}

/// The throughput of the lab while its first group is watched and everything is drawn, as a share of what it is without.
///
/// Many short pairs, every second one the other way round: whatever else the machine does changes more slowly, or shows as an
/// outlier, and the middle half of the pairs counts. `None` where the first reading took all the time there was.
fn watched(
    plan: &Plan,
    data: &Split,
    watch: Watcher,
    deadline: Deadline,
) -> Result<Option<figures::Watched>, BenchError> {
    // Long enough that each turn has its share of looks, and short enough that nothing is looked at anew in the next.
    const LEAST_PAIRS: f64 = 8.0;
    let lab = Lab::start(&experiment(plan), data.clone())?;
    turns::rest(&lab);
    let first = lab.snapshot().groups.first().map(|group| group.id);
    let mut speed = |is_watched: bool, secs: f64| {
        let with: Option<(_, Watcher)> = match first {
            Some(first) if is_watched => Some((first, &mut *watch)),
            _ => None,
        };
        train(&lab, Duration::from_secs_f64(secs), with)
    };
    // The first reading is made as fast as it can be, which no later one is.
    let is_read = || {
        let groups = lab.snapshot().groups;
        groups.first().is_none_or(|group| {
            group
                .shown_run()
                .is_some_and(|run| run.readings.any::<ThinnedReading>().is_some())
        })
    };
    let warm_up = deadline.left_secs() / (2.0 * LEAST_PAIRS);
    speed(true, warm_up)?;
    while !is_read() && deadline.left_secs() > 0.0 {
        speed(true, warm_up)?;
    }
    let secs = deadline.left_secs();
    if secs <= 0.0 {
        return Ok(None);
    }
    let turn_secs = (secs / (2.0 * LEAST_PAIRS)).min(1.0);
    let n_pairs = (secs / (2.0 * turn_secs)).max(LEAST_PAIRS) as usize;
    let mut shares = Vec::new();
    // A large network's turns end with a long step; where time is over, fewer pairs must do.
    while shares.len() < n_pairs && (shares.len() < 2 || deadline.left_secs() > 0.0) {
        let is_watched_first = shares.len() % 2 == 0;
        let one = speed(is_watched_first, turn_secs)?;
        let other = speed(!is_watched_first, turn_secs)?;
        shares.push(if is_watched_first {
            one / other
        } else {
            other / one
        });
    }
    shares.sort_by(f64::total_cmp);
    let n_pairs = shares.len();
    let middle = &shares[n_pairs / 4..n_pairs - n_pairs / 4];
    Ok(Some(figures::Watched {
        share: middle.iter().sum::<f64>() / middle.len() as f64,
        quartiles: [middle[0], middle[middle.len() - 1]],
    }))
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
