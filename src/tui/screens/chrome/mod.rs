//! What stands around every screen: what runs, the row of screens, the rates, and the keys.

mod claim;
mod footer;
mod screens;
mod time_bar;
mod top;

use ratatui::buffer::Buffer;

use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::screen::{Places, Screen};

pub(super) use claim::evidence_now as evidence;

pub(super) use footer::{draw_field, draw_message, draw_question};
pub(in crate::tui) use screens::row_at;
pub(in crate::tui) use time_bar::step_at;

/// Draws it at `places`; `now` is the lab as it is now, which the view may not show.
pub(super) fn draw(
    app: &App,
    (now, lab): (&LabSnapshot, &LabSnapshot),
    places: &Places,
    buf: &mut Buffer,
) {
    let past = now.past.as_deref().filter(|_| app.frozen.is_none());
    top::draw(app, lab, past, places.top, buf);
    screens::draw_names(app, places.screens, buf);
    screens::draw_rates(app, lab, past.is_some(), places.strip, buf);
    if app.screen == Screen::Lab {
        claim::draw(app, lab, places.claim, buf);
    }
    if past.is_some() {
        time_bar::draw(app, now, places.time, buf);
    }
    footer::draw(app, lab, past, places, buf);
}
