//! What the crosshair reads: of every rate the mean and the spread at one evaluation, as they were measured.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::curves::{Part, value};
use super::{MeanAndSpread, draw_line};
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::tui::app::{App, Metric};
use crate::tui::format;
use crate::tui::theme::Role;

/// How much is written of each rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    MeanAndSpread,
    Mean,
}

/// The rows of a reading, as many as it needs in `width` columns but at most `n_rows`: spreads go first where there is too
/// little room for all rates, then the rates that are not selected.
pub(in crate::tui::screens) fn rows(
    app: &App,
    lab: &LabSnapshot,
    evaluation: &Evaluation,
    (width, n_rows): (u16, u16),
) -> Vec<Line<'static>> {
    let set = |detail| set(parts(app, lab, evaluation, detail), width.into());
    let mut rows = set(Detail::MeanAndSpread);
    if rows.len() > n_rows.into() {
        rows = set(Detail::Mean);
    }
    if rows.len() > n_rows.into() {
        rows.truncate(n_rows.into());
        if let Some(last) = rows.last_mut() {
            // The sign stands in the last column, over the last word if need be.
            let sign = app.theme.glyphs().pick("…", "~");
            while last.width() + 1 > width.into() && last.spans.pop().is_some() {}
            last.push_span(Span::styled(sign, app.theme.style(Role::Dim)));
        }
    }
    rows
}

/// Draws the rows of a reading at the top of `area`.
pub(super) fn draw(rows: &[Line], area: Rect, buf: &mut Buffer) {
    for (line, y) in rows.iter().zip(area.top()..) {
        draw_line(line, area, y, buf);
    }
}

/// The epoch, then each rate in a part of its own; the selected one comes first, so that it is never cut.
fn parts(
    app: &App,
    lab: &LabSnapshot,
    evaluation: &Evaluation,
    detail: Detail,
) -> Vec<Span<'static>> {
    let epoch = format!("epoch {}", epoch(evaluation.epoch));
    let mut parts = vec![Span::styled(epoch, app.theme.style(Role::Text))];
    let selected = app.selected_row(lab);
    let order = (0..lab.groups.len()).filter(|&row| row != selected);
    let order: Vec<usize> = if lab.groups.len() > MANY {
        std::iter::once(selected).chain(order).collect()
    } else {
        (0..lab.groups.len()).collect()
    };
    for group in order.into_iter().filter_map(|row| lab.groups.get(row)) {
        let text = words(app, group, evaluation.step, detail);
        let style = super::style_of(app, lab, group);
        parts.push(Span::styled(format!("{} {text}", group.letter), style));
    }
    parts
}

/// Rates that fit in order into the narrowest pane.
const MANY: usize = 6;

/// Parts set in rows, two columns apart.
pub(in crate::tui::screens) fn set(parts: Vec<Span<'static>>, width: usize) -> Vec<Line<'static>> {
    let mut rows: Vec<Line> = Vec::new();
    for part in parts {
        match rows.last_mut() {
            Some(last) if last.width() + 2 + part.width() <= width => {
                last.push_span(Span::raw("  "));
                last.push_span(part);
            }
            _ => rows.push(Line::from(part)),
        }
    }
    rows
}

/// What was measured of a group at `step`.
fn words(app: &App, group: &GroupSnapshot, step: u64, detail: Detail) -> String {
    let (metric, glyphs) = (app.view.metric, app.theme.glyphs());
    let Some(MeanAndSpread { mean, spread }) = measured(group, step, metric) else {
        return format::missing(glyphs).to_owned();
    };
    let (mean, n_decimals) = match metric {
        Metric::Accuracy => (format::percent(mean / 100.0, glyphs), 1),
        Metric::R2 => (format::r2(mean, glyphs), 3),
        Metric::Loss => (format::loss(mean, glyphs), 3),
        Metric::Gap => (format::gap(mean, glyphs), 3),
    };
    match spread {
        Some(spread) if detail == Detail::MeanAndSpread => {
            let spread = format::plus_minus(spread, n_decimals, glyphs);
            format!("{mean} {spread}")
        }
        _ => mean,
    }
}

/// The mean and the spread over a group's runs at the evaluation before `step`, if there was one.
fn measured(group: &GroupSnapshot, step: u64, metric: Metric) -> Option<MeanAndSpread> {
    let evaluations = group.evaluations();
    let k = evaluations.binary_search_by_key(&step, |evaluation| evaluation.step);
    let value = |_: &RunSnapshot, evaluation: &Evaluation| value(evaluation, metric, Part::Test);
    MeanAndSpread::at(k.ok()?, &group.traced_runs(), value)
}

/// An epoch as it is: whole ones without a decimal.
fn epoch(epoch: f64) -> String {
    if epoch.fract() == 0.0 {
        format::count(epoch as u64)
    } else {
        format!("{epoch:.2}")
    }
}

/// Draws what the crosshair reads, if there is one, in the last rows of `inner`; what is left of it.
pub(in crate::tui::screens) fn draw_below(
    app: &App,
    lab: &LabSnapshot,
    inner: Rect,
    buf: &mut Buffer,
) -> Rect {
    let crosshair = app.view.crosshair.and_then(|place| place.evaluation(lab));
    let rows = crosshair.map(|at| rows(app, lab, at, (inner.width, inner.height / 3)));
    let rows = rows.unwrap_or_default();
    let [inner, below] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(rows.len() as u16)]).areas(inner);
    draw(&rows, below, buf);
    inner
}
