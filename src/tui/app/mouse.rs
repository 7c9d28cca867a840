//! What the mouse does; keys can do all of it.

use super::{App, Crosshair, Wish, first_row};
use crate::lab::LabSnapshot;
use crate::lab::curves::Alignment;
use crate::tui::keymap::Action;
use crate::tui::screen::Places;
use crate::tui::screens;

impl App {
    /// Takes a click at a cell; what the mouse can do, keys can.
    pub fn click(
        &mut self,
        column: u16,
        row: u16,
        places: &Places,
        lab: &LabSnapshot,
    ) -> Option<Wish> {
        self.hear(lab);
        if self.overlay.take().is_some() {
            return None;
        }
        if let Some(screen) = places.screen_at(column, row, self.screen) {
            self.open_screen(screen);
            return None;
        }
        let chip = screens::chip_at(self, self.shown(lab), places, column, row);
        if let Some(row) = chip {
            return self.select_row(row, lab);
        }
        if let Some(row) = places.table_row_at(column, row) {
            let first = first_row(places, self.selected_row(self.shown(lab)));
            return self.select_row(row + first, lab);
        }
        if let Some((x, _)) = screens::curve_x_at(self, lab, places, (column, row)) {
            let is_shared = self.curves.alignment == Alignment::Epoch;
            let nearest = Crosshair::near(x, self.shown(lab)).filter(|_| is_shared);
            self.view.crosshair = nearest.map(|nearest| Crosshair::At(nearest.step));
        }
        if let Some(place) = screens::unit_place_at(self, lab, places, (column, row)) {
            self.point_at_place(place, lab);
        }
        if let Some(pane) = places.pane_at(column, row) {
            self.focus = pane;
        }
        if let Some(unit) = screens::unit_at(self, lab, places, (column, row)) {
            return self.click_unit(unit, lab);
        }
        None
    }

    /// Turns the wheel at a cell: on curves it zooms, `factor` times the part that was in view; elsewhere it moves up or down.
    pub fn wheel(
        &mut self,
        is_up: bool,
        cell: (u16, u16),
        places: &Places,
        lab: &LabSnapshot,
    ) -> Option<Wish> {
        let x = screens::curve_x_at(self, lab, places, cell);
        match x.filter(|_| self.overlay.is_none()) {
            Some((x, _)) => {
                self.hear(lab);
                self.zoom_about(if is_up { 0.8 } else { 1.25 }, Some(x), lab)
            }
            None => self.act(if is_up { Action::Up } else { Action::Down }, lab),
        }
    }

    /// Holds the mouse at a cell: the curves move along with it.
    pub fn hold(&mut self, cell: (u16, u16), places: &Places, lab: &LabSnapshot) {
        if let Some((_, per_column)) = screens::curve_x_at(self, lab, places, cell) {
            self.drag(cell.0, per_column, lab);
        }
    }
}
