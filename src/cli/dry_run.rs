//! `train --dry-run`: what would be trained, and what it would take.

use std::process::ExitCode;

use super::failure::Failure;
use super::output::{aligned, print};
use crate::config::Settings;
use crate::data::{Dataset, Split};
use crate::lab::memory::{Bytes, Need, n_parameters};
use crate::lab::{Experiment, LabError, Limit};
use crate::machine;
use crate::text::{counted, visible};

/// Prints it, and refuses what there is no memory for.
///
/// # Errors
/// If there is not enough memory, or standard output cannot be written to.
pub(super) fn show(settings: &Settings, split: &Split) -> Result<ExitCode, Failure> {
    let need = Need::of(&settings.experiment, split);
    print(&text(settings, split, &need))?;
    need.check().map_err(LabError::from)?;
    Ok(ExitCode::SUCCESS)
}

/// What would be trained, and how much memory it would take.
fn text(settings: &Settings, split: &Split, need: &Need) -> String {
    let experiment = &settings.experiment;
    let (n_groups, n_seeds) = (experiment.groups.len(), experiment.n_seeds);
    let varied = experiment.varied();
    let rates = experiment.groups.iter().map(|group| group.rate(varied));
    let rates: Vec<String> = rates.map(|rate| rate.to_string()).collect();
    let limit = match experiment.limit {
        Some(Limit::Epochs(n)) => counted(n, "epoch"),
        Some(Limit::Steps(n)) => counted(n, "step"),
        Some(Limit::Seconds(secs)) => format!("{secs} seconds"),
        None => "until it is stopped".to_owned(),
    };
    let n_parameters = n_parameters(&widths(experiment, split));
    let runs = n_groups.saturating_mul(n_seeds);
    let examples = |data: &Dataset| counted(data.len(), "example");
    let left = machine::memory().map_or_else(
        || "what is left is not known here".to_owned(),
        |memory| format!("{} left {}", Bytes(memory.bytes), memory.bound),
    );
    let memory = format!(
        "{}: {} each run, {} the batches of each seed, {} the data; {left}",
        Bytes(need.total()),
        Bytes(need.of_a_run()),
        Bytes(need.seed),
        Bytes(need.data)
    );
    let lines = [
        ("data", visible(&experiment.data.spec)),
        ("train", examples(&split.train)),
        ("test", examples(&split.test)),
        (
            "runs",
            format!(
                "{runs}: {} x {}",
                counted(n_groups, "rate"),
                counted(n_seeds, "seed")
            ),
        ),
        ("rates", rates.join(" ")),
        ("widths", widths_text(experiment, split)),
        ("parameters", format!("{n_parameters} each")),
        ("length", limit),
        ("memory", memory),
    ];
    aligned(lines.map(|(name, text)| (name.to_owned(), text)))
}

/// Inputs, hidden layers, outputs, as in `64-128-128-10`.
pub(super) fn widths_text(experiment: &Experiment, split: &Split) -> String {
    let widths = widths(experiment, split);
    let widths: Vec<String> = widths.iter().map(usize::to_string).collect();
    widths.join("-")
}

fn widths(experiment: &Experiment, split: &Split) -> Vec<usize> {
    let (first, last) = (split.train.n_inputs(), split.train.n_outputs());
    [&[first], &experiment.network.hidden[..], &[last]].concat()
}
