//! What networks are worth under a perturbation: curves over its levels, means over the seeds of a rate.

use crate::lab::{GroupSnapshot, LabSnapshot, MeanAndSpread};
use crate::probe::{Perturbation, Probe, Robustness, Seen};
use crate::tui::app::App;
use crate::tui::format;

/// What a curve shows of a network at each level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui::screens) enum Quantity {
    /// Accuracy in percent, or R².
    Worth,
    /// The loss.
    Loss,
}

/// What was found of the runs that stand for a group, each with its seed.
pub(in crate::tui::screens) fn readings(
    group: &GroupSnapshot,
    perturbation: Perturbation,
) -> Vec<(u64, Seen<'_, Robustness>)> {
    let probe = Probe::Robustness(perturbation);
    let runs = group.sound_runs().into_iter();
    runs.filter_map(|run| Some((run.seed, run.readings.to::<Robustness>(&probe)?)))
        .collect()
}

/// The mean and the spread over the seeds of a group at each level, (amount, value), where it is known.
pub(in crate::tui::screens) fn curve(
    group: &GroupSnapshot,
    perturbation: Perturbation,
    quantity: Quantity,
) -> Vec<(f64, MeanAndSpread)> {
    let readings = readings(group, perturbation);
    let levels = readings.first().map_or(&[][..], |(_, first)| {
        let first: &Robustness = first.reading();
        &first.levels
    });
    let at = |idx: usize| {
        let values = readings.iter().map(|(_, found)| {
            let level = &found.levels[idx];
            match quantity {
                Quantity::Loss => Some(level.loss).filter(|loss| loss.is_finite()),
                Quantity::Worth if level.of_classes.is_empty() => level.worth,
                Quantity::Worth => level.worth.map(|share| 100.0 * share),
            }
        });
        MeanAndSpread::of(values)
    };
    let levels = levels.iter().enumerate();
    levels
        .filter_map(|(idx, level)| Some((level.amount, at(idx)?)))
        .collect()
}

/// Of which steps the readings are, where runs have gone on since.
pub(in crate::tui::screens) fn age(
    app: &App,
    lab: &LabSnapshot,
    perturbation: Perturbation,
) -> Option<String> {
    let probe = Probe::Robustness(perturbation);
    let runs = lab.groups.iter().flat_map(|group| &group.runs);
    let seen = runs.filter(|run| run.is_sound()).filter_map(|run| {
        let seen = run.readings.to::<Robustness>(&probe)?;
        Some((seen.step, seen.is_behind(run.step)))
    });
    let seen: Vec<(u64, bool)> = seen.collect();
    let is_old = seen.iter().any(|(_, is_behind)| *is_behind);
    let steps = || seen.iter().map(|(step, _)| *step);
    let (first, last) = (steps().min()?, steps().max()?);
    let to = app.theme.glyphs().pick("–", "-");
    let words = if first == last {
        format!("at step {}", format::count(first))
    } else {
        format!(
            "at steps {}{to}{}",
            format::count(first),
            format::count(last)
        )
    };
    is_old.then_some(words)
}

/// What the numbers of a curve are.
pub(in crate::tui::screens) fn unit(app: &App, quantity: Quantity) -> &'static str {
    match (quantity, app.facts.is_classification) {
        (Quantity::Worth, true) => "accuracy %",
        (Quantity::Worth, false) => app.theme.glyphs().pick("R²", "R2"),
        (Quantity::Loss, true) => "loss, nats",
        (Quantity::Loss, false) => "squared error",
    }
}
