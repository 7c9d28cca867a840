//! What the mouse does; keys can do all of it.

use super::{App, Wish, first_row};
use crate::lab::LabSnapshot;
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
            self.screen = screen;
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
        if let Some(pane) = places.pane_at(column, row) {
            self.focus = pane;
        }
        None
    }
}
