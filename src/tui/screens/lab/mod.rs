//! Screen 1, the lab: what is running, which rate is doing how well, and why.

mod claim;
mod curves;
mod ensemble;
mod masks;
mod norms;
mod reading;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::screen::{Pane, Places};
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

use super::parts::{
    Curve, MeanAndSpread, TitlePart, axis_from_0, chosen, clear, dot, draw_line, draw_words, forms,
    group_title, looks, shares_axis, style_of,
};

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    table::draw(app, lab, places, buf);
    let is_alone = places.panes.len() == 1;
    for &(pane, area) in &places.panes {
        let spot = Spot { area, is_alone };
        match pane {
            Pane::Curves => curves::draw(app, lab, spot, buf),
            Pane::Masks => masks::draw(app, lab, spot, buf),
            Pane::Ensemble => ensemble::draw(app, lab, spot, buf),
            Pane::Norms => norms::draw(app, lab, spot, buf),
        }
    }
    claim::draw(app, lab, places.claim, buf);
}

/// A pane's place on the screen, and whether it is the only one there.
#[derive(Debug, Clone, Copy)]
struct Spot {
    area: Rect,
    is_alone: bool,
}

/// The frame of a pane: focused or not, with the names of the others where it is alone.
fn frame<'a>(app: &'a App, pane: Pane, title: &'a str, spot: Spot) -> pane::Pane<'a> {
    let frame = pane::Pane::new(&app.theme, title).focused(app.focus == pane);
    if spot.is_alone {
        frame.tabs(tabs(app, pane))
    } else {
        frame
    }
}

/// The key for the next pane and the names of the others, in the order in which it leads to them.
fn tabs(app: &App, pane: Pane) -> Line<'static> {
    let key = app.keymap.keys_of(Action::NextPane).into_iter().next();
    let mut line = Line::default();
    if let Some(key) = key {
        line.push_span(Span::styled(
            format!("{key} "),
            app.theme.style(Role::Accent),
        ));
    }
    let others = (1..Pane::ALL.len()).map(|offset| pane.turned(offset).name());
    line.push_span(Span::raw(others.collect::<Vec<_>>().join(" ")));
    line
}
