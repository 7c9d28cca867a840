//! Screen 2, the masks: which units are off right now?

mod answer;
mod blocks;
mod graph;
mod lines;
mod says;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::lab::{masks as waterfall, nested};
use super::parts::{
    Spot, TitlePart, dot, draw_words, forms, frame, group_title, held_mark, style_of,
};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::nn::UnitId;
use crate::tui::app::App;
use crate::tui::screen::{Pane, Places};

/// Rows of the masks of a layer, at least, where they have the whole screen.
const LEAST_ROWS_OF_MASKS: u16 = 8;

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let is_alone = places.panes.len() == 1;
    for &(pane, area) in &places.panes {
        let spot = Spot { area, is_alone };
        match pane {
            Pane::Thinned => draw_graphs(app, lab, spot, buf),
            Pane::Nested => nested::draw(app, lab, spot, buf),
            _ => draw_waterfalls(app, lab, spot, buf),
        }
    }
    answer::draw(app, lab, places.claim, buf);
}

/// Where the thinned networks are: one, or two where there is room.
fn graphs<'a>(app: &App, lab: &'a LabSnapshot, area: Rect) -> Vec<(&'a GroupSnapshot, Rect)> {
    let groups = app.thinned_groups(lab, area.height);
    let areas = Layout::vertical(vec![Constraint::Fill(1); groups.len().max(1)]).split(area);
    groups.into_iter().zip(areas.iter().copied()).collect()
}

fn draw_graphs(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    for (group, area) in graphs(app, lab, spot.area) {
        graph::draw(app, lab, group, Spot { area, ..spot }, buf);
    }
}

/// The masks of all layers that drop units, as many as fit, the one that is shown first.
fn draw_waterfalls(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let run = app.selected(lab).and_then(GroupSnapshot::shown_run);
    let n_layers = run.map_or(1, |run| App::layers_of(run).len());
    let n_fitting = usize::from(spot.area.height / LEAST_ROWS_OF_MASKS).max(1);
    let n = n_layers.min(n_fitting);
    let areas = Layout::vertical(vec![Constraint::Fill(1); n]).split(spot.area);
    for (offset, &area) in areas.iter().enumerate() {
        let spot = Spot {
            area,
            is_alone: spot.is_alone && offset == 0,
        };
        waterfall::draw_nth(app, lab, spot, offset, buf);
    }
}

/// The unit of the selected group that is drawn at a cell.
pub(in crate::tui) fn unit_at(
    app: &App,
    lab: &LabSnapshot,
    places: &Places,
    (column, row): (u16, u16),
) -> Option<UnitId> {
    let position = Position::new(column, row);
    let (_, area) = places
        .panes
        .iter()
        .find(|(pane, _)| *pane == Pane::Thinned)?;
    let (group, area) = graphs(app, lab, *area).into_iter().next()?;
    graph::unit_at(app, group, area, position)
}

/// The name of the layer that a dense layer takes in.
fn layer_name(layer_idx: usize) -> String {
    match layer_idx {
        0 => "input".to_owned(),
        _ => format!("hidden {layer_idx}"),
    }
}
