//! Screen 4, the curves: does it generalise?

mod answer;
mod at;
mod chart;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use crate::lab::LabSnapshot;
use crate::tui::app::{App, Metric};
use crate::tui::screen::Places;

use chart::{Kind, Picture};

/// Columns from which on there is room beside the large chart.
const LEAST_WIDTH: u16 = 100;

/// Rows of the table at the crosshair besides those of the rates: border, head, best, keys.
const ROWS_AROUND_TABLE: u16 = 5;

/// Where the parts of the screen are.
struct Parts {
    large: Rect,
    /// The other two quantities and the table; none where there is no room.
    beside: Option<[Rect; 3]>,
}

impl Parts {
    fn new(body: Rect, n_groups: usize) -> Self {
        if body.width < LEAST_WIDTH {
            return Self {
                large: body,
                beside: None,
            };
        }
        let [large, beside] = Layout::horizontal([Constraint::Fill(7), Constraint::Fill(3)])
            .spacing(1)
            .areas(body);
        let n_rows = (n_groups as u16 + ROWS_AROUND_TABLE).min(body.height / 2);
        let rows = Layout::vertical([
            Constraint::Fill(1),
            Constraint::Fill(1),
            Constraint::Length(n_rows),
        ]);
        Self {
            large,
            beside: Some(rows.areas(beside)),
        }
    }
}

/// The x of the large chart at a cell, and how much of the axis a column has; `None` beside its plot.
pub(in crate::tui) fn x_at(
    app: &App,
    lab: &LabSnapshot,
    places: &Places,
    (column, row): (u16, u16),
) -> Option<(f64, f64)> {
    let parts = Parts::new(places.body, lab.groups.len());
    let kind = Kind::Large {
        is_alone: parts.beside.is_none(),
    };
    let layout = Picture::new(app, lab, app.view.metric, kind).layout(parts.large)?;
    let is_inside = layout.plot.contains(Position::new(column, row));
    let x = |column: u16| layout.x_at(column);
    let (first, last) = (layout.plot.left(), layout.plot.right().saturating_sub(1));
    let per_column = (x(last) - x(first)) / f64::from(last.saturating_sub(first).max(1));
    is_inside.then(|| (x(column), per_column))
}

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let parts = Parts::new(places.body, lab.groups.len());
    let [second, third] = app.other_metrics();
    let picture = |metric: Metric, kind: Kind| Picture::new(app, lab, metric, kind);
    picture(
        app.view.metric,
        Kind::Large {
            is_alone: parts.beside.is_none(),
        },
    )
    .draw(parts.large, buf);
    if let Some([above, below, table]) = parts.beside {
        picture(second, Kind::Small).draw(above, buf);
        picture(third, Kind::Small).draw(below, buf);
        at::draw(app, lab, table, buf);
    }
    answer::draw(app, lab, places.claim, parts.beside.is_none(), buf);
}
