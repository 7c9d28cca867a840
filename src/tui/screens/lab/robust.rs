//! How good the full network of each rate is on test examples to which noise is added.

use ratatui::buffer::Buffer;

use super::{Spot, TitlePart};
use crate::lab::{GroupSnapshot, LabSnapshot, MeanAndSpread};
use crate::probe::{Robustness, Seen};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{Chart, Series};

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let (what, unit) = if app.facts.is_classification {
        ("accuracy %", 100.0)
    } else {
        (app.theme.glyphs().pick("R²", "R2"), 1.0)
    };
    let first = readings(lab).next();
    let n_examples = first.map_or(0, |reading| reading.n_examples);
    let mut title = vec![
        TitlePart::new(0, what),
        TitlePart::new(1, "input noise"),
        TitlePart::new(2, format!("{n_examples} test examples")),
    ];
    title.extend(ages(app, lab).map(|words| TitlePart::new(0, words)));
    let frame = super::frame(app, Pane::Robust, "Robust", spot);
    let inner = frame.rest(super::forms(app, &title)).draw(spot.area, buf);
    if first.is_none() {
        super::draw_words(
            app,
            "networks are being tried on noisy examples",
            inner,
            buf,
        );
        return;
    }
    let curves: Vec<Vec<(f64, f64)>> = lab.groups.iter().map(|group| curve(group, unit)).collect();
    let (letters, looks) = (letters(lab), super::looks(app, lab));
    let series: Vec<Series> = (0..curves.len())
        .map(|row| Series::new(&curves[row], looks[row].style, &letters[row]).line(looks[row].line))
        .collect();
    let values = curves.iter().flatten().map(|point| point.1);
    let last = curves.iter().filter_map(|curve| curve.last());
    let last = last.map(|point| point.0).fold(0.0, f64::max);
    let sigma = app.theme.glyphs().pick("σ", "sigma");
    Chart::new(&app.theme, &series)
        .scales(Scale::Linear, Scale::Linear)
        .x_axis(Some(super::axis_from_0(last)))
        .y_axis(Some(Axis::fit(Scale::Linear, values.chain([0.0]), 0.04)))
        .x_title(sigma)
        .draw(inner, buf);
}

/// The readings of all sound runs.
fn readings(lab: &LabSnapshot) -> impl Iterator<Item = &Robustness> {
    let groups = lab.groups.iter();
    groups.flat_map(|group| of_group(group).into_iter())
}

fn of_group(group: &GroupSnapshot) -> Vec<&Robustness> {
    let runs = group.runs.iter().filter(|run| run.is_sound());
    let seen = runs.filter_map(|run| run.readings.any::<Robustness>());
    seen.map(Seen::reading).collect()
}

/// The mean over the seeds of a group at each level of noise.
pub(in crate::tui::screens) fn curve(group: &GroupSnapshot, unit: f64) -> Vec<(f64, f64)> {
    let readings = of_group(group);
    let levels = readings.first().map_or(&[][..], |reading| &reading.levels);
    let mean_at = |idx: usize| {
        let worth = readings.iter().map(|reading| reading.worth[idx]);
        MeanAndSpread::of(worth).map(|found| unit * found.mean)
    };
    let points = levels.iter().enumerate();
    points
        .filter_map(|(idx, &level)| Some((level, mean_at(idx)?)))
        .collect()
}

/// Of which steps the readings are, where runs have gone on since.
fn ages(app: &App, lab: &LabSnapshot) -> Option<String> {
    let runs = lab.groups.iter().flat_map(|group| &group.runs);
    let seen = runs.filter(|run| run.is_sound()).filter_map(|run| {
        let seen = run.readings.any::<Robustness>()?;
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

fn letters(lab: &LabSnapshot) -> Vec<String> {
    let groups = lab.groups.iter();
    groups.map(|group| group.letter.to_string()).collect()
}
