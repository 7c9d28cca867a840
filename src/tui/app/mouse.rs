//! What the mouse does; keys can do all of it.

use super::{App, Crosshair, Wish};
use crate::lab::LabSnapshot;
use crate::lab::curves::Alignment;
use crate::nn::UnitId;
use crate::tui::keymap::Action;
use crate::tui::screen::{Pane, Screen};

/// What is drawn at the cell where the mouse is; of each kind at most one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Hit {
    /// The column of the cell.
    pub column: u16,
    /// A name in the row of screens.
    pub screen: Option<Screen>,
    /// The row of a group, in the table or in the strip of rates.
    pub group_row: Option<usize>,
    /// A pane.
    pub pane: Option<Pane>,
    /// The large chart of the curves: its x, and how much of its axis a column has.
    pub curve: Option<(f64, f64)>,
    /// A place on the map of units.
    pub unit_place: Option<usize>,
    /// A step on the time bar.
    pub step: Option<u64>,
    /// A unit of the thinned network.
    pub masked_unit: Option<UnitId>,
}

impl App {
    /// Takes a click on what was hit; what the mouse can do, keys can.
    pub fn click(&mut self, hit: &Hit, lab: &LabSnapshot) -> Option<Wish> {
        self.hear(lab);
        if self.overlay.take().is_some() {
            return None;
        }
        if let Some(screen) = hit.screen {
            self.open_screen(screen);
            return None;
        }
        if let Some(step) = hit.step {
            return self.look_at(step, lab);
        }
        if let Some(row) = hit.group_row {
            return self.select_row(row, lab);
        }
        if let Some((x, _)) = hit.curve {
            let is_shared = self.curves.alignment == Alignment::Epoch;
            let nearest = Crosshair::near(x, self.shown(lab)).filter(|_| is_shared);
            self.view.crosshair = nearest.map(|nearest| Crosshair::At(nearest.step));
        }
        if let Some(place) = hit.unit_place {
            self.point_at_place(place, lab);
        }
        if let Some(pane) = hit.pane {
            self.focus = pane;
        }
        hit.masked_unit.and_then(|unit| self.click_unit(unit, lab))
    }

    /// Turns the wheel: on curves it zooms, `factor` times the part that was in view; elsewhere it moves up or down.
    pub fn wheel(&mut self, is_up: bool, hit: &Hit, lab: &LabSnapshot) -> Option<Wish> {
        match hit.curve.filter(|_| self.overlay.is_none()) {
            Some((x, _)) => {
                self.hear(lab);
                self.zoom_about(if is_up { 0.8 } else { 1.25 }, Some(x), lab)
            }
            None => self.act(if is_up { Action::Up } else { Action::Down }, lab),
        }
    }

    /// Holds the mouse: the curves move along with it, or the step that is looked at.
    pub fn hold(&mut self, hit: &Hit, lab: &LabSnapshot) -> Option<Wish> {
        if let Some(step) = hit.step {
            // The end of the bar is not let go of by coming to it.
            return self.look_at(step.min(lab.last_step().saturating_sub(1)), lab);
        }
        if let Some((_, per_column)) = hit.curve {
            self.drag(hit.column, per_column, lab);
        }
        None
    }
}
