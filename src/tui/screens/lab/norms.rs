//! The norms of the weights against those of the initial ones, over the steps.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Curve;
use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::screen::Pane;
use crate::tui::theme::line_of;
use crate::tui::widgets::axis::Scale;
use crate::tui::widgets::chart::{Chart, Series};
use crate::tui::widgets::pane;

pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let glyphs = app.theme.glyphs();
    let rest = Line::from(vec![
        Span::raw(glyphs.pick("‖W‖/‖W₀‖", "|W|/|W0|")),
        super::dot(app),
        Span::raw("all layers"),
        super::dot(app),
        Span::raw("by step"),
    ]);
    let frame = pane::Pane::new(&app.theme, "Weight norms")
        .rest(rest)
        .focused(app.focus == Pane::Norms);
    let inner = frame.draw(area, buf);
    let curves: Vec<Curve> = lab
        .groups
        .iter()
        .map(|group| {
            let ratio = |run: &crate::lab::RunSnapshot, evaluation: &crate::lab::Evaluation| {
                Some(evaluation.weight_norm / run.initial_norms.total)
            };
            Curve::of(group, |evaluation| evaluation.step as f64, ratio)
        })
        .collect();
    if curves.iter().all(|curve| curve.points.len() < 2) {
        super::draw_words(app, "norms show from the first epoch on", inner, buf);
        return;
    }
    let letters: Vec<String> = lab
        .groups
        .iter()
        .map(|group| group.letter.to_string())
        .collect();
    let series: Vec<Series> = (0..curves.len())
        .map(|row| {
            let style = app.theme.rate(lab.groups[row].rate.value());
            let line = if app.theme.has_colors() {
                line_of(0)
            } else {
                line_of(row)
            };
            Series::new(&curves[row].points, style, &letters[row]).line(line)
        })
        .collect();
    Chart::new(&app.theme, &series)
        .scales(Scale::Linear, Scale::Linear)
        .x_title("step")
        .draw(inner, buf);
}
