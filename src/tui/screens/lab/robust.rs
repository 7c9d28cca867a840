//! How good the full network of each rate is on test examples to which noise is added.

use ratatui::buffer::Buffer;

use super::super::parts::robustness::{Quantity, age, curve, readings, unit};
use super::{Spot, TitlePart};
use crate::lab::LabSnapshot;
use crate::probe::Perturbation;
use crate::tui::app::App;
use crate::tui::screen::Pane;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{Chart, Series};

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let noise = Perturbation::InputNoise;
    let groups = lab.groups.iter();
    let first = groups.flat_map(|group| readings(lab, group, noise)).next();
    let first = first.map(|(_, reading)| reading.reading());
    let n_examples = first.map_or(0, |reading| reading.n_examples);
    let mut title = vec![
        TitlePart::new(0, unit(app, Quantity::Worth)),
        TitlePart::new(1, "input noise"),
        TitlePart::new(2, format!("{n_examples} test examples")),
    ];
    title.extend(age(app, lab, noise).map(|words| TitlePart::new(0, words)));
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
    let points = |group| {
        let curve = curve(lab, group, noise, Quantity::Worth);
        curve.into_iter().map(|(x, y)| (x, y.mean)).collect()
    };
    let curves: Vec<Vec<(f64, f64)>> = lab.groups.iter().map(points).collect();
    let (letters, looks) = (super::letters(lab), super::looks(app, lab));
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
