//! Screen 6, the units: what do units do?

mod answer;
mod inspector;
mod map;
mod numbers;
mod ridges;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::parts::Spot;
use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::screen::{Pane, Places, Size};
pub(in crate::tui::screens) use numbers::{numbers, numbers_of_rates};

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let is_alone = places.size != Size::Large || app.view.is_zoomed;
    for &(pane, area) in &places.panes {
        let spot = Spot { area, is_alone };
        match pane {
            Pane::Unit => inspector::draw(app, lab, spot, buf),
            Pane::Activation => ridges::activation(app, lab, spot, buf),
            Pane::IfLost => ridges::if_lost(app, lab, spot, buf),
            Pane::Alike => ridges::alike(app, lab, spot, buf),
            _ => map::draw(app, lab, spot, buf),
        }
    }
    answer::draw(app, lab, places.claim, buf);
}

/// The place of the map at a cell.
pub(super) fn place_at(
    app: &App,
    lab: &LabSnapshot,
    places: &Places,
    cell: (u16, u16),
) -> Option<usize> {
    let &(_, area) = places
        .panes
        .iter()
        .find(|(pane, _)| *pane == Pane::UnitMap)?;
    map::place_at(app, lab, area, Position::new(cell.0, cell.1))
}

/// What a layer is called: hidden layers count from 1.
fn layer_name(layer_idx: usize) -> String {
    format!("hidden {}", layer_idx + 1)
}

/// What stands where the networks have no hidden layer.
const NO_UNITS: &str =
    "these networks have no hidden units: what enters goes straight to the outputs";
