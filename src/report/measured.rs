//! What was measured, run by run, in the words of the published JSON.
//!
//! The only file of the report that reads snapshots: everything else works on these plain rows.

use serde::Serialize;

use crate::lab::{Evaluation, LabSnapshot, Phase, RunSnapshot};
use crate::nn::NoiseShape;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// At its limit.
    Finished,
    /// A loss or a weight left the range of numbers.
    Diverged,
    /// Stopped by a fault of the program.
    Failed,
    /// Stopped by the user before its limit.
    Interrupted,
}

impl Status {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The last numbers of one run, each finite or missing; a missing one is `null` in JSON. What was measured of a network that
/// had diverged is missing as a whole: nobody knows its accuracy, and 0 would be a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The letter of its group.
    #[serde(skip)]
    pub group: char,
    /// Drop rate of the hidden layers.
    pub rate: f64,
    /// Drop rate of the input.
    pub input_rate: f64,
    /// Seed of the run.
    pub seed: u64,
    /// `batch`, `sample`, or the noise shape such as `(5, 1)`.
    pub mask: String,
    /// How it ended.
    pub status: Status,
    /// Updates.
    pub steps: u64,
    /// Passes over the training split, with the begun one's share.
    pub epochs: f64,
    /// Loss on the training split, full pass.
    pub train_loss: Option<f64>,
    /// Loss on the test split, full pass.
    pub test_loss: Option<f64>,
    /// Share of the training split that is right, `0..=1`; none for regression.
    pub train_accuracy: Option<f64>,
    /// Share of the test split that is right, `0..=1`; none for regression.
    pub test_accuracy: Option<f64>,
    /// R² on the training split, at most 1; none for classes.
    pub train_r2: Option<f64>,
    /// R² on the test split, at most 1; none for classes.
    pub test_r2: Option<f64>,
    /// L2 norm of all weights.
    pub weight_norm: Option<f64>,
    /// The same before the first step.
    pub initial_weight_norm: Option<f64>,
    /// Sets of masks drawn.
    pub masks_drawn: u64,
    /// Different ones among them, counted or estimated.
    pub masks_distinct: u64,
    /// Training examples per second.
    #[serde(rename = "samples_per_s")]
    pub samples_per_sec: Option<f64>,
}

/// JSON has no word for what is not a number, and a mean leaves it out.
fn finite(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}

/// The rows of all runs, group by group.
pub fn rows(snapshot: &LabSnapshot) -> Vec<Row> {
    let runs = |group: &crate::lab::GroupSnapshot| {
        let letter = group.letter;
        group
            .runs
            .iter()
            .map(move |run| row(letter, run))
            .collect::<Vec<_>>()
    };
    snapshot.groups.iter().flat_map(runs).collect()
}

fn row(group: char, run: &RunSnapshot) -> Row {
    let latest = run.latest.as_ref().filter(|latest| run.knows(latest));
    Row {
        group,
        rate: run.hidden_rate.value(),
        input_rate: run.input_rate.value(),
        seed: run.seed,
        mask: mask_name(&run.noise_shape),
        status: status(&run.phase),
        steps: run.step,
        epochs: run.epoch,
        train_loss: latest.and_then(|latest| finite(latest.train_loss)),
        test_loss: latest.and_then(|latest| finite(latest.test_loss)),
        train_accuracy: latest.and_then(|latest| finite(latest.train_accuracy?)),
        test_accuracy: latest.and_then(|latest| finite(latest.test_accuracy?)),
        train_r2: latest.and_then(|latest| finite(latest.train_r2?)),
        test_r2: latest.and_then(|latest| finite(latest.test_r2?)),
        weight_norm: latest.and_then(|latest| finite(latest.weight_norm)),
        initial_weight_norm: finite(run.initial_norms.total),
        masks_drawn: run.masks_drawn,
        masks_distinct: run.masks_distinct,
        samples_per_sec: finite(run.samples_per_sec),
    }
}

/// `batch`, `sample`, or the shape itself.
pub fn mask_name(shape: &NoiseShape) -> String {
    if shape.is_per_batch() {
        "batch".to_owned()
    } else if shape.is_per_sample() {
        "sample".to_owned()
    } else {
        shape.to_string()
    }
}

/// A run that is still running when the report is written was interrupted.
fn status(phase: &Phase) -> Status {
    match phase {
        Phase::Running => Status::Interrupted,
        Phase::Finished => Status::Finished,
        Phase::Diverged { .. } => Status::Diverged,
        Phase::Failed(_) => Status::Failed,
    }
}

/// What went wrong in a run that failed or diverged, one line for each.
pub fn complaints(snapshot: &LabSnapshot) -> Vec<String> {
    let runs = snapshot.groups.iter().flat_map(|group| &group.runs);
    let complaint = |run: &std::sync::Arc<RunSnapshot>| {
        let (rate, seed, trouble) = (run.rate, run.seed, run.trouble()?);
        let rate_of = snapshot.varied.words();
        Some(format!("{rate_of} {rate}, seed {seed}: {trouble}"))
    };
    runs.filter_map(complaint).collect()
}

/// One evaluation of one run, as a line of `metrics.csv`; the cells of what is not known are empty, as in [`Row`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    group: char,
    rate: f64,
    input_rate: f64,
    mask: String,
    seed: u64,
    step: u64,
    epoch: f64,
    train_loss: Option<f64>,
    test_loss: Option<f64>,
    train_accuracy: Option<f64>,
    test_accuracy: Option<f64>,
    train_r2: Option<f64>,
    test_r2: Option<f64>,
    weight_norm: Option<f64>,
}

/// All evaluations of all runs, run by run.
pub fn metrics(snapshot: &LabSnapshot) -> Vec<Metric> {
    let runs = snapshot
        .groups
        .iter()
        .flat_map(|group| group.runs.iter().map(|run| (group.letter, run)));
    runs.flat_map(|(group, run)| {
        run.history
            .evaluations
            .iter()
            .map(move |at| metric(group, run, at))
    })
    .collect()
}

fn metric(group: char, run: &RunSnapshot, at: &Evaluation) -> Metric {
    let known = Some(at).filter(|at| run.knows(at));
    Metric {
        group,
        rate: run.hidden_rate.value(),
        input_rate: run.input_rate.value(),
        mask: mask_name(&run.noise_shape),
        seed: run.seed,
        step: at.step,
        epoch: at.epoch,
        train_loss: known.and_then(|at| finite(at.train_loss)),
        test_loss: known.and_then(|at| finite(at.test_loss)),
        train_accuracy: known.and_then(|at| finite(at.train_accuracy?)),
        test_accuracy: known.and_then(|at| finite(at.test_accuracy?)),
        train_r2: known.and_then(|at| finite(at.train_r2?)),
        test_r2: known.and_then(|at| finite(at.test_r2?)),
        weight_norm: known.and_then(|at| finite(at.weight_norm)),
    }
}
