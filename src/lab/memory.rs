//! How much memory an experiment needs, before anything of it is built.
//!
//! The sizes follow from the plan and the data; `tests/allocations.rs` compares them with what runs really take. What
//! exceeds the machine is refused here with the two numbers, because an allocation that fails ends the program without
//! a word to anyone: no result would be written, and the terminal would be left as it is.

use std::fmt;

use super::run::RunCheckpoint;
use super::timeline::MOST_CHECKPOINTS;
use super::{Experiment, GroupPlan, History, Limit, MAX_GROUPS};
use crate::data::{Dataset, GatheredBatches, Split, Targets};
use crate::machine::{self, Bound, Memory};
use crate::nn::mask::Broadcast;
use crate::nn::{Execution, Scratch};
use crate::probe::{Evaluator, Families, MaskCounter};

/// The memory of an experiment, in bytes; sums that no number can hold are the largest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Training and test examples.
    pub data: u64,
    /// The gathered batches and the order of the examples, for all runs of a seed together.
    pub seed: u64,
    /// Weights, what the optimiser remembers of them, and what a step and an evaluation work in, of one run.
    pub run: u64,
    /// What a run remembers of its past at most: evaluations, losses, and masks that it drew.
    pub record: u64,
    /// What all workers have at hand for evaluations and looks, the network of a look, and what is kept of a network of each group.
    pub look: u64,
    /// The checkpoints of all runs together.
    pub checkpoints: u64,
    n_seeds: u64,
    n_runs: u64,
}

/// There is not enough memory for an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "memory: {} need {}, and {} of {} left {bound} can be used; accepted: fewer or smaller networks, fewer rates or seeds",
    counted(*n_runs, "run"), Bytes(*needed), Bytes(*usable), Bytes(*left)
)]
pub struct NotEnoughMemory {
    n_runs: u64,
    needed: u64,
    usable: u64,
    left: u64,
    bound: Bound,
}

fn counted(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// Bytes as they are read: `1.5 GB`, powers of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
        let (mut value, mut unit) = (self.0 as f64 / 1e3, 0);
        while value >= 999.5 && unit + 1 < UNITS.len() {
            (value, unit) = (value / 1e3, unit + 1);
        }
        let digits = usize::from(value < 9.95);
        write!(f, "{value:.digits$} {}", UNITS[unit])
    }
}

/// Of ten parts of what is left, those that an experiment may take: threads, the screen and whatever else the machine does
/// need some, too.
const USABLE_TENTHS: u64 = 9;

/// Bytes for the checkpoints of all runs of a lab together.
const CHECKPOINTS: u64 = 128_000_000;

/// How many checkpoints of this size each of so many runs can have.
pub(super) fn n_checkpoints(bytes: u64, n_runs: u64) -> usize {
    let n = CHECKPOINTS / bytes.saturating_mul(n_runs).max(1);
    n.min(2 * MOST_CHECKPOINTS as u64) as usize
}

/// Numbers of the engine have four bytes.
const NUMBER: u64 = size_of::<f32>() as u64;

impl Need {
    /// What `experiment` needs on `data`.
    pub fn of(experiment: &Experiment, data: &Split) -> Self {
        let train = &data.train;
        let batch = experiment.batch_size.min(train.len()).max(1);
        let hidden = &experiment.network.hidden[..];
        let widths = [&[train.n_inputs()], hidden, &[train.n_outputs()]].concat();
        let n_seeds = experiment.n_seeds as u64;
        let n_runs = n_seeds.saturating_mul(experiment.groups.len() as u64);
        let checkpoint = RunCheckpoint::bytes(&widths, &experiment.optimizer);
        let n_kept = if experiment.keeps_past {
            n_checkpoints(checkpoint, n_runs) as u64
        } else {
            0
        };
        Self {
            checkpoints: checkpoint.saturating_mul(n_kept).saturating_mul(n_runs),
            data: add([of_examples(train), of_examples(&data.test)]),
            seed: GatheredBatches::bytes(train, batch, MAX_GROUPS),
            run: of_run(experiment, &widths, batch),
            record: of_record(experiment, train.len(), &widths, batch),
            look: add([
                Evaluator::bytes(&widths).saturating_mul(experiment.n_threads as u64),
                weights(&widths),
                Families::bytes(&widths).saturating_mul(experiment.groups.len() as u64),
                of_examples(&data.test),
                times(&[data.test.len(), train.n_outputs()], NUMBER),
            ]),
            n_seeds,
            n_runs,
        }
    }

    /// Everything together.
    pub fn total(&self) -> u64 {
        let [seeds, runs] = [(self.seed, self.n_seeds), (self.of_a_run(), self.n_runs)]
            .map(|(each, n)| each.saturating_mul(n));
        add([self.data, self.look, self.checkpoints, seeds, runs])
    }

    /// A run with its record.
    pub fn of_a_run(&self) -> u64 {
        add([self.run, self.record])
    }

    /// Refuses what this machine has not the memory for. The data are there already, and are not asked for again.
    ///
    /// # Errors
    /// If more is needed than can be used.
    pub fn check(&self) -> Result<(), NotEnoughMemory> {
        let needed = self.total().saturating_sub(self.data);
        compare(needed, self.n_runs, machine::memory())
    }

    /// Refuses so many runs more that this machine has not the memory for, with the batches of so many new seeds.
    ///
    /// # Errors
    /// If more is needed than can be used.
    pub fn check_further(&self, n_runs: usize, n_seeds: usize) -> Result<(), NotEnoughMemory> {
        let n_runs = n_runs as u64;
        let runs = self.of_a_run().saturating_mul(n_runs);
        let needed = add([runs, self.seed.saturating_mul(n_seeds as u64)]);
        compare(needed, n_runs, machine::memory())
    }
}

/// Refuses what needs more than `memory` can give; where nobody says how much that is, nothing.
fn compare(needed: u64, n_runs: u64, memory: Option<Memory>) -> Result<(), NotEnoughMemory> {
    let Some(Memory { bytes: left, bound }) = memory else {
        return Ok(());
    };
    let usable = left / 10 * USABLE_TENTHS;
    if needed <= usable {
        return Ok(());
    }
    Err(NotEnoughMemory {
        n_runs,
        needed,
        usable,
        left,
        bound,
    })
}

/// The bytes of a data set.
pub fn of_examples(data: &Dataset) -> u64 {
    let answers = match &data.targets {
        Targets::Classes { labels, .. } => labels.len(),
        Targets::Values(values) => values.len(),
    };
    add([
        times(&[data.len(), data.n_inputs()], NUMBER),
        times(&[answers], NUMBER),
    ])
}

/// Weights and biases, counted.
pub fn n_parameters(widths: &[usize]) -> u64 {
    let layers = widths.windows(2);
    add(layers.map(|pair| times(&[pair[0].saturating_add(1), pair[1]], 1)))
}

fn weights(widths: &[usize]) -> u64 {
    n_parameters(widths).saturating_mul(NUMBER)
}

/// What a run has from its beginning on, and lays out in its first epoch.
fn of_run(experiment: &Experiment, widths: &[usize], batch: usize) -> u64 {
    // The weights, and a number or two that the optimiser remembers of each.
    let n_copies = 1 + experiment.optimizer.n_moments();
    let is_shared = |group: &GroupPlan| {
        let broadcast = Broadcast::new(&group.noise.noise_shape, batch, widths[0]);
        broadcast.is_ok_and(Broadcast::shares_rows)
    };
    let is_masked = experiment.engine.execution == Execution::Masked;
    let picks = !is_masked && experiment.groups.iter().any(is_shared);
    let all_share = experiment.groups.iter().all(is_shared);
    let mask_rows = if all_share { 1 } else { batch };
    let inputs = &widths[..widths.len() - 1];
    let n_inputs = add(inputs.iter().map(|&width| width as u64));
    add([
        weights(widths).saturating_mul(n_copies),
        Scratch::bytes(widths, batch),
        // Those between kept units, picked out.
        if picks { weights(widths) } else { 0 },
        n_inputs.saturating_mul(mask_rows as u64),
        // Of each unit: in how many updates its weights took part, and how often it was kept, here and in the snapshot.
        n_inputs.saturating_mul(3 * size_of::<u64>() as u64),
    ])
}

/// What a run comes to remember, up to its limit.
fn of_record(experiment: &Experiment, n_train: usize, widths: &[usize], batch: usize) -> u64 {
    let per_epoch = n_train.div_ceil(batch).max(1) as u64;
    let n_steps = match experiment.limit {
        Some(Limit::Steps(n)) => n,
        Some(Limit::Epochs(n)) => n.saturating_mul(per_epoch),
        Some(Limit::Seconds(_)) | None => u64::MAX,
    };
    // The run and its snapshots share the history.
    add([
        History::bytes(n_steps / per_epoch, widths.len() - 1),
        MaskCounter::bytes(n_steps.saturating_mul(batch as u64)),
    ])
}

fn times(factors: &[usize], size: u64) -> u64 {
    let factors = factors.iter().map(|&factor| factor as u64);
    factors.fold(size, u64::saturating_mul)
}

fn add(terms: impl IntoIterator<Item = u64>) -> u64 {
    terms.into_iter().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::super::timeline::shared;
    use super::*;

    fn need(run: u64) -> Need {
        Need {
            data: 1_000,
            seed: 100,
            run,
            record: 10,
            look: 1,
            checkpoints: 0,
            n_seeds: 3,
            n_runs: 12,
        }
    }

    fn memory(bytes: u64) -> Memory {
        let bound = Bound::ControlGroup;
        Memory { bytes, bound }
    }

    #[test]
    fn all_runs_and_seeds_are_added_up_and_what_no_number_holds_is_the_largest() {
        assert_eq!(need(40).total(), 1_000 + 1 + 3 * 100 + 12 * 50);
        assert_eq!(need(u64::MAX / 2).total(), u64::MAX);
    }

    #[test]
    fn what_exceeds_nine_tenths_of_what_is_left_is_refused_with_both_numbers() {
        let needed = 4_500_000_000;
        assert_eq!(compare(needed, 12, Some(memory(5_000_000_000))), Ok(()));
        assert_eq!(compare(needed, 12, None), Ok(()));
        let refusal = compare(needed + 1, 12, Some(memory(5_000_000_000)));
        assert_eq!(
            refusal.unwrap_err().to_string(),
            "memory: 12 runs need 4.5 GB, and 4.5 GB of 5.0 GB left in its control group can be used; accepted: fewer or \
             smaller networks, fewer rates or seeds"
        );
        assert!(compare(u64::MAX, 1, Some(memory(u64::MAX / 2))).is_err());
    }

    #[test]
    fn checkpoints_of_all_runs_stay_within_their_budget() {
        for bytes in [1, 5_000, 700_000, 20_000_000, 200_000_000, u64::MAX] {
            for n_runs in [1, 8, 20, 26 * 64] {
                let n = n_checkpoints(bytes, n_runs);
                let (along, on_the_way) = shared(n);
                assert!(along <= MOST_CHECKPOINTS && along + on_the_way <= n);
                let taken = (n as u64).saturating_mul(bytes).saturating_mul(n_runs);
                assert!(taken <= CHECKPOINTS, "{n} of {bytes} for {n_runs}");
            }
        }
    }

    #[test]
    fn bytes_are_read_in_powers_of_ten() {
        let cases = [
            (0, "0.0 kB"),
            (1_234, "1.2 kB"),
            (999_400, "999 kB"),
            (999_600, "1.0 MB"),
            (69_000_000_000, "69 GB"),
            (u64::MAX, "18 EB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Bytes(bytes).to_string(), text);
        }
    }
}
