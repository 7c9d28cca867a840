//! Screen 1, the lab: what is running, which rate is doing how well, why, and what can be pressed.

mod claim;
mod curves;
mod ensemble;
mod footer;
mod masks;
mod norms;
mod table;
mod top;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::math::statistics;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::{Pane, Places};
use crate::tui::theme::Role;

pub(super) use footer::{draw_field, draw_message, draw_question};

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    top::draw(app, lab, places.top, buf);
    table::draw(app, lab, places, buf);
    for &(pane, area) in &places.panes {
        match pane {
            Pane::Curves => curves::draw(app, lab, area, buf),
            Pane::Masks => masks::draw(app, lab, area, buf),
            Pane::Ensemble => ensemble::draw(app, lab, area, buf),
            Pane::Norms => norms::draw(app, lab, area, buf),
        }
    }
    claim::draw(app, lab, places.claim, buf);
    footer::draw(app, places, buf);
}

/// Blanks an area that something is drawn over.
pub(super) fn clear(app: &App, area: Rect, buf: &mut Buffer) {
    for position in area.intersection(buf.area).positions() {
        buf[position].reset();
    }
    buf.set_style(area, app.theme.base());
}

/// Text in the middle of an area that has nothing else to show, so that no pane is ever just empty.
fn draw_words(app: &App, words: &str, area: Rect, buf: &mut Buffer) {
    let rows = super::wrapped(words, area.width.into());
    let first = area.top() + area.height.saturating_sub(rows.len() as u16) / 2;
    for (row, y) in rows.iter().zip(first..area.bottom()) {
        let x = i32::from(area.left())
            + (i32::from(area.width) - row.chars().count() as i32).max(0) / 2;
        super::put(buf, area, x, y, row, app.theme.style(Role::Dim));
    }
}

/// A row of spans that is cut at the area's right edge.
fn draw_line(line: &Line, area: Rect, y: u16, buf: &mut Buffer) {
    if (area.top()..area.bottom()).contains(&y) {
        buf.set_line(area.x, y, line, area.width);
    }
}

/// The mean of a quantity over a group's runs and, with several, its standard deviation.
#[derive(Debug, Clone, Copy)]
struct MeanAndSpread {
    mean: f64,
    spread: Option<f64>,
}

impl MeanAndSpread {
    fn of(values: impl Iterator<Item = Option<f64>>) -> Option<Self> {
        let values = values
            .collect::<Option<Vec<f64>>>()
            .filter(|values| !values.is_empty())?;
        Some(Self {
            mean: statistics::mean(&values),
            spread: statistics::standard_deviation(&values),
        })
    }
}

/// A value over the epochs, the mean of a group's runs: (epoch, mean) and the band of one standard deviation.
#[derive(Debug, Default)]
struct Curve {
    points: Vec<(f64, f64)>,
    band: Vec<(f64, f64, f64)>,
}

impl Curve {
    /// The curve of `value`; `x` and the value of each run's evaluation. Runs are evaluated at the same steps, so the
    /// k-th evaluations of all of them belong together.
    fn of(
        group: &GroupSnapshot,
        x: impl Fn(&crate::lab::Evaluation) -> f64,
        value: impl Fn(&crate::lab::RunSnapshot, &crate::lab::Evaluation) -> Option<f64>,
    ) -> Self {
        let runs = group.traced_runs();
        let lengths = runs.iter().map(|run| run.history.evaluations.len());
        let n_common = lengths.min().unwrap_or(0);
        let mut curve = Self::default();
        for k in 0..n_common {
            let values = runs.iter().map(|run| {
                let evaluation = &run.history.evaluations[k];
                Some(evaluation)
                    .filter(|evaluation| evaluation.is_known())
                    .and_then(|evaluation| value(run, evaluation))
            });
            let Some(MeanAndSpread { mean, spread }) = MeanAndSpread::of(values) else {
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

/// The letter and rate of a group, in its colour: the heading of a pane about it.
fn group_title(app: &App, group: &GroupSnapshot) -> Vec<Span<'static>> {
    let rate = group.rate.value();
    let style: Style = app.theme.rate(rate);
    vec![Span::styled(
        format!("{} {}", group.letter, format::rate(rate)),
        style,
    )]
}

/// The separator of parts in titles and rows of facts.
fn dot(app: &App) -> Span<'static> {
    Span::styled(
        app.theme.glyphs().pick(" · ", " - "),
        app.theme.style(Role::Dim),
    )
}
