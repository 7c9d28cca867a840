//! What stays in the scrollback when the lab is left: a line for each rate.

use std::fmt::Write;

use super::app::App;
use super::format;
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::text::counted;

/// The summary: what ran, how far, and how each rate did, means over the seeds. What is not known, because all runs of a
/// rate diverged or failed or none has been evaluated, is a dash.
pub fn text(app: &App, lab: &LabSnapshot) -> String {
    let mut text = format!(
        "dropscope {}: epoch {:.1}, seed {}, {} a rate\n",
        app.facts.experiment.title(),
        lab.epoch(),
        lab.seed,
        counted(lab.n_seeds(), "seed")
    );
    let rates: Vec<String> = lab
        .groups
        .iter()
        .map(|group| format::rate(group.rate.value()))
        .collect();
    let score = if app.facts.is_classification {
        "test acc"
    } else {
        app.theme.glyphs().pick("test R²", "test R^2")
    };
    let width = rates.iter().map(String::len).max().unwrap_or(0).max(5);
    let _ = writeln!(
        text,
        "  {:>width$} {:>11} {:>11} {:>9} {:>9} {:>9}",
        "rate", "train loss", "test loss", "gap", score, "norm"
    );
    for (group, rate) in lab.groups.iter().zip(rates) {
        let [train_loss, test_loss, gap, score, norm] = measures(app, group);
        let _ = write!(
            text,
            "{} {rate:>width$} {train_loss:>11} {test_loss:>11} {gap:>9} {score:>9} {norm:>9}",
            group.letter,
        );
        let fate = format::fallen_out(group.n_failed(), group.n_diverged());
        let _ = writeln!(
            text,
            "{}",
            fate.map_or(String::new(), |fate| format!("  {fate}"))
        );
    }
    text
}

/// Train loss, test loss, gap, test accuracy or R², and norm against the initial one.
fn measures(app: &App, group: &GroupSnapshot) -> [String; 5] {
    let glyphs = app.theme.glyphs();
    let mean = |value: &dyn Fn(&RunSnapshot, &Evaluation) -> Option<f64>| {
        group.over_seeds(value).map_or(f64::NAN, |found| found.mean)
    };
    [
        format::loss(mean(&|_, evaluation| Some(evaluation.train_loss)), glyphs),
        format::loss(mean(&|_, evaluation| Some(evaluation.test_loss)), glyphs),
        format::gap(mean(&|_, evaluation| Some(evaluation.gap())), glyphs),
        if app.facts.is_classification {
            format::percent(mean(&|_, evaluation| evaluation.test_accuracy), glyphs)
        } else {
            format::r2(mean(&|_, evaluation| evaluation.test_r2), glyphs)
        },
        format::ratio(mean(&RunSnapshot::norm_ratio_at), glyphs),
    ]
}
