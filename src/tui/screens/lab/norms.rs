//! The norms of the weights against those of the initial ones, over the steps.

use ratatui::buffer::Buffer;

use super::{Curve, Spot, TitlePart};
use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::screen::Pane;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{Chart, Series};

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let glyphs = app.theme.glyphs();
    let title = [
        TitlePart::new(0, glyphs.pick("‖W‖/‖W₀‖", "|W|/|W0|")),
        TitlePart::new(1, "all layers"),
        TitlePart::new(2, "by step"),
    ];
    let frame =
        super::frame(app, Pane::Norms, "Weight norms", spot).rest(super::forms(app, &title));
    let inner = frame.draw(spot.area, buf);
    let curves: Vec<Curve> = lab
        .groups
        .iter()
        .map(|group| {
            let ratio = |run: &crate::lab::RunSnapshot, evaluation: &crate::lab::Evaluation| {
                run.norm_ratio_at(evaluation)
            };
            Curve::of(group, |evaluation| evaluation.step as f64, ratio)
        })
        .collect();
    if curves.iter().all(|curve| curve.points.len() < 2) {
        super::draw_words(app, "norms show from the first epoch on", inner, buf);
        return;
    }
    let letters = super::letters(lab);
    let looks = super::looks(app, lab);
    let series: Vec<Series> = (0..curves.len())
        .map(|row| {
            Series::new(&curves[row].points, looks[row].style, &letters[row]).line(looks[row].line)
        })
        .collect();
    let is_in = super::shares_axis(lab, &curves, MOST);
    let values = super::chosen(&curves, &is_in)
        .flat_map(|curve| &curve.points)
        .map(|point| point.1);
    let last = curves
        .iter()
        .filter_map(|curve| curve.points.last())
        .map(|point| point.0)
        .fold(0.0, f64::max);
    Chart::new(&app.theme, &series)
        .scales(Scale::Linear, Scale::Linear)
        .x_axis(Some(super::axis_from_0(last)))
        .y_axis(Some(Axis::fit(Scale::Linear, values, 0.04)))
        .x_title("step")
        .draw(inner, buf);
}

/// How many times larger than the middle one a norm may be and still have a say in the axis.
const MOST: f64 = 10.0;
