//! What stands around every screen: what runs, the row of screens, the rates, and the keys.

mod claim;
mod footer;
mod screens;
mod top;

use ratatui::buffer::Buffer;

use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::screen::{Places, Screen};

pub(super) use claim::evidence_now as evidence;

pub(super) use footer::{draw_field, draw_message, draw_question};
pub(in crate::tui) use screens::row_at;

/// Draws it at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    top::draw(app, lab, places.top, buf);
    screens::draw_names(app, places.screens, buf);
    screens::draw_rates(app, lab, places.strip, buf);
    if app.screen == Screen::Lab {
        claim::draw(app, lab, places.claim, buf);
    }
    footer::draw(app, lab, places, buf);
}
