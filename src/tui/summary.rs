//! What stays in the scrollback when the lab is left: a line for each rate.

use std::fmt::Write;

use super::app::App;
use super::format;
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot};
use crate::math::statistics;

/// The summary: what ran, how far, and how each rate did, means over the seeds.
pub fn text(app: &App, lab: &LabSnapshot) -> String {
    let glyphs = app.theme.glyphs();
    let mut text = format!(
        "dropscope {}: epoch {:.1}, seed {}, {} seeds a rate\n",
        app.facts.experiment.name,
        lab.epoch(),
        lab.seed,
        app.facts.experiment.n_seeds
    );
    let _ = writeln!(
        text,
        "{:>7} {:>11} {:>11} {:>9} {:>9} {:>9}",
        "rate", "train loss", "test loss", "gap", "test acc", "norm"
    );
    for group in &lab.groups {
        let mean = |value: &dyn Fn(&Evaluation) -> f64| mean_of(group, value);
        let accuracy = mean(&|evaluation| evaluation.test_accuracy.unwrap_or(f64::NAN));
        let initial = statistics::mean(
            &group
                .sound_runs()
                .iter()
                .map(|run| run.initial_norms.total)
                .collect::<Vec<_>>(),
        );
        let _ = writeln!(
            text,
            "{} {:>5} {:>11} {:>11} {:>9} {:>9} {:>9}",
            group.letter,
            format::rate(group.rate.value()),
            format::loss(mean(&|evaluation| evaluation.train_loss), glyphs),
            format::loss(mean(&|evaluation| evaluation.test_loss), glyphs),
            format::gap(mean(&Evaluation::gap), glyphs),
            format::percent(accuracy, glyphs),
            format::ratio(mean(&|evaluation| evaluation.weight_norm) / initial, glyphs),
        );
    }
    text
}

fn mean_of(group: &GroupSnapshot, value: &dyn Fn(&Evaluation) -> f64) -> f64 {
    let values = group
        .sound_runs()
        .into_iter()
        .filter_map(|run| run.latest.as_ref().map(value));
    statistics::mean(&values.collect::<Vec<_>>())
}
