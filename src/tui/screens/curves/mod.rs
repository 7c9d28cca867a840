//! Screen 4, the curves: does it generalise?

use ratatui::buffer::Buffer;

use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::screen::Places;

use super::parts::{Spot, curves};

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let spot = Spot {
        area: places.body,
        is_alone: false,
    };
    curves::draw(app, lab, spot, buf);
}
