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

/// What was found of the runs that stand for a group, each with its seed. Networks are looked at in turn, so what was found of some
/// may be old: what is from less than half as far as the newest of all rates was found of another network, and is left out until
/// it is found anew.
pub(in crate::tui::screens) fn readings<'a>(
    lab: &LabSnapshot,
    group: &'a GroupSnapshot,
    perturbation: Perturbation,
) -> Vec<(u64, Seen<'a, Robustness>)> {
    let newest = all_readings(lab, perturbation).map(|(_, seen)| seen.step);
    let newest = newest.max().unwrap_or(0);
    let found = found_of(group, perturbation);
    found
        .filter(|(_, seen)| is_comparable(seen.step, newest))
        .collect()
}

/// Whether what was found at a step can be compared with what was found at the newest one.
fn is_comparable(step: u64, newest: u64) -> bool {
    2 * step >= newest
}

fn found_of(
    group: &GroupSnapshot,
    perturbation: Perturbation,
) -> impl Iterator<Item = (u64, Seen<'_, Robustness>)> {
    let probe = Probe::Robustness(perturbation);
    let runs = group.sound_runs().into_iter();
    runs.filter_map(move |run| Some((run.seed, run.readings.to::<Robustness>(&probe)?)))
}

fn all_readings(
    lab: &LabSnapshot,
    perturbation: Perturbation,
) -> impl Iterator<Item = (u64, Seen<'_, Robustness>)> {
    let groups = lab.groups.iter();
    groups.flat_map(move |group| found_of(group, perturbation))
}

/// The mean and the spread over the seeds of a group at each level, (amount, value), where it is known.
pub(in crate::tui::screens) fn curve(
    lab: &LabSnapshot,
    group: &GroupSnapshot,
    perturbation: Perturbation,
    quantity: Quantity,
) -> Vec<(f64, MeanAndSpread)> {
    let readings = readings(lab, group, perturbation);
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
    // Only of what is shown.
    let newest = seen.iter().map(|(step, _)| *step).max()?;
    let shown = seen.into_iter();
    let seen: Vec<_> = shown
        .filter(|(step, _)| is_comparable(*step, newest))
        .collect();
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
