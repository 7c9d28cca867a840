//! Screen 1, the lab: what is running, which rate is doing how well, and why.

mod ensemble;
mod loss;
pub(super) mod masks;
pub(super) mod nested;
mod norms;
mod robust;
mod table;

use ratatui::buffer::Buffer;

use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::screen::{Pane, Places};

pub(super) use masks::numbers as masks_numbers;

use super::parts::{
    Curve, MeanAndSpread, Spot, TitlePart, axis_from_0, chosen, curves, dot, draw_line, draw_words,
    forms, frame, group_title, held_mark, leaders, letters, looks, shares_axis, style_of,
};

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    table::draw(app, lab, places, buf);
    let is_alone = places.panes.len() == 1;
    for &(pane, area) in &places.panes {
        let spot = Spot { area, is_alone };
        match pane {
            Pane::Curves => loss::draw(app, lab, spot, buf),
            Pane::Masks => masks::draw(app, lab, spot, buf),
            Pane::Ensemble => ensemble::draw(app, lab, spot, buf),
            Pane::Norms => norms::draw(app, lab, spot, buf),
            Pane::Nested => nested::draw(app, lab, spot, buf),
            Pane::Robust => robust::draw(app, lab, spot, buf),
            // Those of other screens.
            _ => {}
        }
    }
}
