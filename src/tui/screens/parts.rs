//! What the panes of all screens are made of: titles in several lengths, curves of means, words where there is nothing to show.

pub(super) mod answer;
pub(super) mod curves;
pub(super) mod ladder;
pub(super) mod leaders;
pub(super) mod nested;
pub(super) mod numbers;
pub(super) mod reading;
pub(super) mod robustness;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub(super) use crate::lab::MeanAndSpread;
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::keymap::Action;
use crate::tui::screen::Pane;
use crate::tui::theme::{Look, Role};
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::pane;

/// The letters of all groups, by row.
pub(super) fn letters(lab: &LabSnapshot) -> Vec<String> {
    let groups = lab.groups.iter();
    groups.map(|group| group.letter.to_string()).collect()
}

/// Blanks an area that something is drawn over.
pub(super) fn clear(app: &App, area: Rect, buf: &mut Buffer) {
    for position in area.intersection(buf.area).positions() {
        buf[position].reset();
    }
    buf.set_style(area, app.theme.base());
}

/// Text in the middle of an area that has nothing else to show, so that no pane is ever just empty.
pub(super) fn draw_words(app: &App, words: &str, area: Rect, buf: &mut Buffer) {
    let rows = super::wrapped(words, area.width.into());
    let first = area.top() + area.height.saturating_sub(rows.len() as u16) / 2;
    for (row, y) in rows.iter().zip(first..area.bottom()) {
        let x = i32::from(area.left())
            + (i32::from(area.width) - row.chars().count() as i32).max(0) / 2;
        super::put(buf, area, x, y, row, app.theme.style(Role::Dim));
    }
}

/// A row of spans that is cut at the area's right edge.
pub(super) fn draw_line(line: &Line, area: Rect, y: u16, buf: &mut Buffer) {
    if (area.top()..area.bottom()).contains(&y) {
        buf.set_line(area.x, y, line, area.width);
    }
}

/// A value over the epochs, the mean of a group's runs: (epoch, mean) and the band of one standard deviation.
#[derive(Debug, Default)]
pub(super) struct Curve {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) band: Vec<(f64, f64, f64)>,
}

impl Curve {
    /// The curve of `value`; `x` and the value of each run's evaluation.
    pub(super) fn of(
        group: &GroupSnapshot,
        x: impl Fn(&Evaluation) -> f64,
        value: impl Fn(&RunSnapshot, &Evaluation) -> Option<f64>,
    ) -> Self {
        let runs = group.traced_runs();
        let n_common = group.evaluations().len();
        let mut curve = Self::default();
        // A fork is its parent up to where it branches off.
        let branch = group.origin.map_or(0, |origin| origin.step);
        let evaluations = group.evaluations();
        let n_shared = evaluations.partition_point(|evaluation| evaluation.step <= branch);
        for k in n_shared.saturating_sub(1)..n_common {
            let Some(MeanAndSpread { mean, spread }) = MeanAndSpread::at(k, &runs, &value) else {
                continue;
            };
            let x = x(&runs[0].history.evaluations[k]);
            curve.points.push((x, mean));
            if let Some(spread) = spread {
                curve.band.push((x, mean - spread, mean + spread));
            }
        }
        curve
    }
}

impl Curve {
    /// The largest size of a value after the curve's first sixth, which the fall from the initial weights takes.
    pub(super) fn settled_size(&self) -> Option<f64> {
        let last = self.points.last()?.0;
        let settled = self.points.iter().filter(|point| point.0 >= last / 6.0);
        settled
            .map(|point| point.1.abs())
            .filter(|size| size.is_finite())
            .max_by(f64::total_cmp)
    }
}

/// Which curves the axis that all share is made for, by row: those of groups with a sound run, all where there is none. One
/// that has grown to more than `most` times the size of the middle one is out of bounds: it would press all others into one
/// line, and is marked at the edge instead.
pub(super) fn shares_axis(lab: &LabSnapshot, curves: &[Curve], most: f64) -> Vec<bool> {
    let is_any_sound = lab
        .groups
        .iter()
        .any(|group| !group.sound_runs().is_empty());
    let sizes: Vec<Option<f64>> = lab
        .groups
        .iter()
        .zip(curves)
        .map(|(group, curve)| {
            let counts = !is_any_sound || !group.sound_runs().is_empty();
            curve.settled_size().filter(|_| counts)
        })
        .collect();
    let mut sorted: Vec<f64> = sizes.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len().saturating_sub(1) / 2);
    let bound = middle.map_or(f64::INFINITY, |middle| most * middle);
    sizes
        .iter()
        .map(|size| size.is_some_and(|size| size <= bound))
        .collect()
}

/// An axis from 0 to `last`, or to 1 while there is nothing but the start.
pub(super) fn axis_from_0(last: f64) -> Axis {
    Axis::new(Scale::Linear, 0.0, if last > 0.0 { last } else { 1.0 })
}

/// The curves whose `is_in` is set.
pub(super) fn chosen<'a>(
    curves: &'a [Curve],
    is_in: &'a [bool],
) -> impl Iterator<Item = &'a Curve> {
    curves
        .iter()
        .zip(is_in)
        .filter_map(|(curve, is_in)| is_in.then_some(curve))
}

/// How each group looks beside the others, by row.
pub(super) fn looks(app: &App, lab: &LabSnapshot) -> Vec<Look> {
    let rates: Vec<f64> = lab.groups.iter().map(|group| group.rate.value()).collect();
    app.theme.looks(&rates)
}

/// The colour of one of the groups.
pub(super) fn style_of(app: &App, lab: &LabSnapshot, group: &GroupSnapshot) -> Style {
    let row = lab.groups.iter().position(|other| other.id == group.id);
    row.and_then(|row| looks(app, lab).get(row).copied())
        .map_or_else(|| app.theme.rate(group.rate.value()), |look| look.style)
}

/// The letter and rate of a group, in its colour: the heading of a pane about it.
pub(super) fn group_title(group: &GroupSnapshot, style: Style) -> Span<'static> {
    let rate = format::rate(group.rate.value());
    Span::styled(format!("{} {rate}", group.letter), style)
}

/// A part of a title and how dispensable it is.
#[derive(Debug, Clone)]
pub(super) struct TitlePart {
    pub(super) spans: Vec<Span<'static>>,
    pub(super) rank: u8,
}

impl TitlePart {
    pub(super) fn new(rank: u8, span: impl Into<Span<'static>>) -> Self {
        Self {
            spans: vec![span.into()],
            rank,
        }
    }
}

/// The forms of a title, fullest first: where there is too little room, the parts with the highest rank go first.
pub(super) fn forms(app: &App, parts: &[TitlePart]) -> Vec<Line<'static>> {
    let highest = parts.iter().map(|part| part.rank).max().unwrap_or(0);
    let form = |rank: u8| {
        let kept = parts.iter().filter(|part| part.rank <= rank);
        let mut line = Line::default();
        for part in kept {
            if !line.spans.is_empty() {
                line.push_span(dot(app));
            }
            line.extend(part.spans.clone());
        }
        line
    };
    (0..=highest).rev().map(form).collect()
}

/// The mark of a mask that is held at the step of a run: since which step.
pub(super) fn held_mark(app: &App, run: &RunSnapshot) -> Option<Span<'static>> {
    let since = run.held_since()?;
    let words = format!("mask held since {}", format::count(since));
    Some(Span::styled(words, app.theme.style(Role::Warn)))
}

/// The separator of parts in titles and rows of facts.
pub(super) fn dot(app: &App) -> Span<'static> {
    Span::styled(
        app.theme.glyphs().pick(" · ", " - "),
        app.theme.style(Role::Dim),
    )
}

/// A pane's place on the screen, and whether it is the only one there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) area: Rect,
    pub(super) is_alone: bool,
}

/// The frame of a pane: focused or not, with its place among the others where it is alone.
pub(super) fn frame<'a>(app: &'a App, pane: Pane, title: &'a str, spot: Spot) -> pane::Pane<'a> {
    let frame = pane::Pane::new(&app.theme, title).focused(app.focus == pane);
    if spot.is_alone {
        frame.tabs(tabs(app, pane))
    } else {
        frame
    }
}

/// The key for the next pane, and which of them this one is.
pub(super) fn tabs(app: &App, pane: Pane) -> Line<'static> {
    let key = app.keymap.keys_of(Action::NextPane).into_iter().next();
    let mut line = Line::default();
    if let Some(key) = key {
        line.push_span(Span::styled(
            format!("{key} "),
            app.theme.style(Role::Accent),
        ));
    }
    let panes = pane.beside(app.screen);
    let idx = panes.iter().position(|&other| other == pane).unwrap_or(0);
    line.push_span(Span::raw(format!("{}/{}", idx + 1, panes.len())));
    line
}
