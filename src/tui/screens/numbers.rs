//! The numbers that a pane draws, as a table.

use std::collections::BTreeMap;

use super::lab::masks_numbers;
use super::parts::MeanAndSpread;
use super::parts::curves::{Part, value};
use super::parts::nested::numbers as nested_numbers;
use super::parts::numbers::{Numbers, group_name};
use super::units;
use crate::lab::{Evaluation, LabSnapshot, RunSnapshot};
use crate::probe::ThinnedReading;
use crate::tui::app::{App, Metric};
use crate::tui::screen::{Pane, Screen};

/// The numbers of the focused pane, or of the screen where it has one subject.
pub fn numbers(app: &App, lab: &LabSnapshot) -> Numbers {
    match app.focus {
        _ if app.screen == Screen::Curves => curves(app, lab),
        Pane::Curves => curves(app, lab),
        Pane::Norms => {
            let ratio = |run: &RunSnapshot, evaluation: &Evaluation| run.norm_ratio_at(evaluation);
            over_steps(lab, &[("norm ratio", &ratio)])
        }
        Pane::Masks | Pane::Thinned => masks_numbers(app, lab),
        Pane::Nested => nested_numbers(app, lab),
        Pane::Robust
        | Pane::InputNoise
        | Pane::LostInputs
        | Pane::LostUnits
        | Pane::Area
        | Pane::Attack
        | Pane::PerClass => super::robust::numbers(app, lab),
        Pane::Ensemble => ensemble(app, lab),
        Pane::UnitMap | Pane::Unit => units::numbers(app, lab),
        Pane::Activation | Pane::IfLost | Pane::Alike => units::numbers_of_rates(app, lab),
        Pane::NormBySteps
        | Pane::NormByLoss
        | Pane::NormBySeconds
        | Pane::Families
        | Pane::UnitNorms => super::weights::numbers(app, lab),
        _ => super::ensemble::numbers(app, lab),
    }
}

/// A value of an evaluation of a run.
type Value<'a> = &'a dyn Fn(&RunSnapshot, &Evaluation) -> Option<f64>;

fn curves(app: &App, lab: &LabSnapshot) -> Numbers {
    let metric = app.view.metric;
    let test = |_: &RunSnapshot, evaluation: &Evaluation| value(evaluation, metric, Part::Test);
    let train = |_: &RunSnapshot, evaluation: &Evaluation| value(evaluation, metric, Part::Train);
    match metric {
        Metric::Loss => over_steps(lab, &[("test loss", &test), ("train loss", &train)]),
        Metric::Accuracy => over_steps(
            lab,
            &[("test accuracy %", &test), ("train accuracy %", &train)],
        ),
        Metric::R2 => over_steps(lab, &[("test R2", &test), ("train R2", &train)]),
        Metric::Gap => over_steps(lab, &[("gap", &test)]),
    }
}

/// A row for each step at which a group was evaluated; for each group and value its mean over the runs that stand for the
/// group, and their standard deviation.
fn over_steps(lab: &LabSnapshot, values: &[(&str, Value<'_>)]) -> Numbers {
    let mut head = vec!["step".to_owned(), "epoch".to_owned()];
    let n_columns = 2 * values.len();
    let mut rows: BTreeMap<u64, (f64, Vec<Option<f64>>)> = BTreeMap::new();
    for (idx, group) in lab.groups.iter().enumerate() {
        let name = group_name(group);
        for (what, _) in values {
            head.extend([format!("{name} {what}"), format!("{name} {what} sd")]);
        }
        let runs = group.traced_runs();
        for (k, evaluation) in group.evaluations().iter().enumerate() {
            let empty = || (evaluation.epoch, vec![None; n_columns * lab.groups.len()]);
            let (_, row) = rows.entry(evaluation.step).or_insert_with(empty);
            for (place, (_, value)) in values.iter().enumerate() {
                let found = MeanAndSpread::at(k, &runs, value);
                let column = idx * n_columns + 2 * place;
                row[column] = found.as_ref().map(|found| found.mean);
                row[column + 1] = found.and_then(|found| found.spread);
            }
        }
    }
    let row = |(step, (epoch, values)): (u64, (f64, Vec<Option<f64>>))| {
        let mut row = vec![Some(step as f64), Some(epoch)];
        row.extend(values);
        row
    };
    Numbers {
        head,
        rows: rows.into_iter().map(row).collect(),
    }
}

/// A row for each thinned network of the last look, then their average and the full network.
fn ensemble(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = [
        "network",
        "is averaged",
        "is full",
        "test loss",
        "test accuracy",
    ];
    let run = app.selected(lab).and_then(|group| group.runs.first());
    let Some(reading) = run.and_then(|run| run.readings.any::<ThinnedReading>()) else {
        return Numbers {
            head: head.map(str::to_owned).to_vec(),
            rows: Vec::new(),
        };
    };
    let sample = &reading.sample;
    let each = sample.each.iter().enumerate();
    let each = each.map(|(idx, score)| (Some(idx as f64), 0.0, 0.0, score));
    let rest = [
        (None, 1.0, 0.0, &sample.averaged),
        (None, 0.0, 1.0, &sample.full),
    ];
    let row =
        |(idx, is_averaged, is_full, score): (Option<f64>, f64, f64, &crate::probe::Score)| {
            let marks = [idx, Some(is_averaged), Some(is_full)];
            [&marks[..], &[Some(score.loss), score.accuracy]].concat()
        };
    Numbers {
        head: head.map(str::to_owned).to_vec(),
        rows: each.chain(rest).map(row).collect(),
    }
}
