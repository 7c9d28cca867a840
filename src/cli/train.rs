//! `dropscope train`: from settings to results in their places, whatever happens on the way.
//!
//! What was measured is not lost. Files come first and printing after; a file that cannot be written keeps no other from
//! being written or printed; a signal ends the training and nothing else.

use std::io;
use std::process::ExitCode;

use super::TrainArgs;
use super::dry_run::{self, widths_text};
use super::failure::Failure;
use super::interruption::Interruption;
use super::output::{complain, print};
use super::prepare::prepare;
use crate::config::{Face, Settings};
use crate::data::Split;
use crate::lab::memory::Need;
use crate::lab::{Experiment, LabError};
use crate::report::{self, Existing, Folder};
use crate::text::{counted, visible};

/// Files on demand, then a table or JSON on standard output. Exit code 1 if a run did not finish or something could not be
/// written, 128 and its number after a signal.
///
/// # Errors
/// Whatever is wrong before training starts.
pub fn train(args: &TrainArgs) -> Result<ExitCode, Failure> {
    let interruption = Interruption::listen()?;
    let existing = if args.force {
        Existing::Overwrite
    } else {
        Existing::Keep
    };
    let folder = args
        .out
        .as_deref()
        .map(|path| Folder::check(path, existing))
        .transpose();
    let (settings, split) = prepare(&args.settings.0, Face::Headless)?;
    let folder = folder?;
    if args.dry_run {
        return dry_run::show(&settings, &split);
    }
    let need = Need::of(&settings.experiment, &split);
    need.check().map_err(LabError::from)?;
    let folder = folder.as_ref().map(Folder::take).transpose()?;
    let caption = caption(&settings, &split);
    let report = report::train(&settings.experiment, split, || interruption.name())?;
    let json = report
        .json(settings.experiment_table())
        .map_err(io::Error::from)?;
    let unwritten = folder.map(|folder| report.write(&folder, &settings.experiment_toml(), &json));
    let printed = print(&if args.json {
        json
    } else {
        caption + &report.table()
    });
    let unwritten = unwritten.and_then(Result::err).into_iter().flatten();
    let problems: Vec<String> = unwritten
        .map(|error| error.to_string())
        .chain(printed.err().iter().flat_map(Failure::messages))
        .collect();
    let signal = report
        .interrupted
        .map(|name| format!("cut short by {name}"));
    complain(&[&report.complaints[..], signal.as_slice(), &problems].concat());
    Ok(match report.interrupted {
        Some(_) => interruption.exit_code(),
        None if report.is_complete() && problems.is_empty() => ExitCode::SUCCESS,
        None => ExitCode::from(1),
    })
}

/// Who shares masks: the same in all groups, or said of each.
fn masks(experiment: &Experiment) -> String {
    let groups = experiment.groups.iter();
    let mut names: Vec<String> = groups
        .map(|group| report::measured::mask_name(&group.noise.noise_shape))
        .collect();
    names.dedup();
    names.join(", ")
}

/// What the numbers below it are numbers of, and of a regression in which units.
pub fn caption(settings: &Settings, split: &Split) -> String {
    let experiment = &settings.experiment;
    let widths = widths_text(experiment, split);
    let seeds = match experiment.n_seeds {
        1 => "1 seed".to_owned(),
        n => format!("mean ± sd of {n} seeds"),
    };
    let values = split.train.learnt_as();
    let values: Vec<String> = values.map(|text| format!("values {text}\n")).collect();
    let values = values.concat();
    format!(
        "{}: {} train ({} replaced), {} test; {widths} {}; mask {}; {seeds}\n{values}\n",
        visible(&experiment.data.spec),
        split.train.len(),
        counted(split.n_relabelled, "label"),
        split.test.len(),
        experiment.network.function(),
        masks(experiment),
    )
}
