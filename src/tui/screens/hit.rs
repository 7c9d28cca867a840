//! What is drawn at a cell: where the mouse is, in the terms of what is shown.

use ratatui::layout::{Position, Rect};

use super::{chrome, curves, masks, units};
use crate::lab::LabSnapshot;
use crate::tui::app::{App, Hit, first_row};
use crate::tui::screen::{Places, Screen};

/// What the mouse hits at a `cell`, a column and a row, of the screen that [`draw`](super::draw) would draw.
pub fn hit(app: &App, lab: &LabSnapshot, area: Rect, cell: (u16, u16)) -> Hit {
    let (now, lab) = (lab, app.shown(lab));
    let places = &app.places(lab, area);
    let on = |screen: Screen| (app.screen == screen).then_some(());
    let (column, row) = cell;
    let of_table = || {
        let first = first_row(places, app.selected_row(lab));
        Some(first + places.table_row_at(column, row)?)
    };
    Hit {
        column,
        step: chrome::step_at(places.time, now, cell),
        screen: places.screen_at(column, row, app.screen),
        group_row: chip_at(app, lab, places, cell).or_else(of_table),
        pane: places.pane_at(column, row),
        curve: on(Screen::Curves).and_then(|()| curves::x_at(app, lab, places, cell)),
        unit_place: on(Screen::Units).and_then(|()| units::place_at(app, lab, places, cell)),
        masked_unit: on(Screen::Masks).and_then(|()| masks::unit_at(app, lab, places, cell)),
    }
}

/// The row of the group whose chip in the strip of rates is at a cell.
fn chip_at(app: &App, lab: &LabSnapshot, places: &Places, cell: (u16, u16)) -> Option<usize> {
    let is_inside = places.strip.contains(Position::new(cell.0, cell.1));
    is_inside.then(|| chrome::row_at(app, lab, cell.0, places.strip))?
}
