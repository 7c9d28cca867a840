//! Screen 4, the curves: does it generalise?

mod answer;
mod at;
mod chart;
mod lines;

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

/// The least size at which each seed has a chart of its own, the rows of these, the columns of each at least, and how many there are
/// at most.
const LEAST_WITH_SEEDS: (u16, u16) = (180, 36);
const ROWS_OF_SEEDS: u16 = 11;
const COLUMNS_OF_A_SEED: u16 = 24;
const MOST_SEEDS: usize = 5;

/// Where the parts of the screen are.
struct Parts {
    large: Rect,
    /// The other two quantities and the table; none where there is no room.
    beside: Option<[Rect; 3]>,
    /// A chart for each of the first seeds, below the large one.
    seeds: Vec<(u64, Rect)>,
    /// Whether the large chart has room for the training curves of all rates.
    has_trains: bool,
}

impl Parts {
    fn new(body: Rect, lab: &LabSnapshot) -> Self {
        if body.width < LEAST_WIDTH {
            return Self {
                large: body,
                beside: None,
                seeds: Vec::new(),
                has_trains: false,
            };
        }
        let [large, beside] = Layout::horizontal([Constraint::Fill(7), Constraint::Fill(3)])
            .spacing(1)
            .areas(body);
        let n_rows = (lab.groups.len() as u16 + ROWS_AROUND_TABLE).min(body.height / 2);
        let rows = Layout::vertical([
            Constraint::Fill(1),
            Constraint::Fill(1),
            Constraint::Length(n_rows),
        ]);
        let seeds = seeds(lab);
        let is_large = body.width >= LEAST_WITH_SEEDS.0 && body.height >= LEAST_WITH_SEEDS.1;
        let n_seeds = seeds.len().min((large.width / COLUMNS_OF_A_SEED).into());
        let n_rows = if is_large && n_seeds > 1 {
            ROWS_OF_SEEDS
        } else {
            0
        };
        let [large, below] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(n_rows)]).areas(large);
        let columns = vec![Constraint::Fill(1); n_seeds];
        let charts = Layout::horizontal(columns).spacing(1).split(below);
        let charts = seeds.into_iter().zip(charts.iter().copied());
        Self {
            large,
            beside: Some(rows.areas(beside)),
            seeds: charts.filter(|(_, area)| !area.is_empty()).collect(),
            has_trains: is_large,
        }
    }

    /// What the large chart is like.
    fn large_kind(&self) -> Kind {
        Kind::Large {
            is_alone: self.beside.is_none(),
            has_trains: self.has_trains,
        }
    }
}

/// The first seeds of all groups, in their order.
fn seeds(lab: &LabSnapshot) -> Vec<u64> {
    let mut seeds = Vec::new();
    for run in lab.groups.iter().flat_map(|group| group.traced_runs()) {
        if !seeds.contains(&run.seed) {
            seeds.push(run.seed);
        }
    }
    seeds.sort_unstable();
    seeds.truncate(MOST_SEEDS);
    seeds
}

/// The x of the large chart at a cell, and how much of the axis a column has; `None` beside its plot.
pub(in crate::tui) fn x_at(
    app: &App,
    lab: &LabSnapshot,
    places: &Places,
    (column, row): (u16, u16),
) -> Option<(f64, f64)> {
    let parts = Parts::new(places.body, lab);
    let layout = Picture::new(app, lab, app.view.metric, parts.large_kind()).layout(parts.large)?;
    let is_inside = layout.plot.contains(Position::new(column, row));
    let x = |column: u16| layout.x_at(column);
    let (first, last) = (layout.plot.left(), layout.plot.right().saturating_sub(1));
    let per_column = (x(last) - x(first)) / f64::from(last.saturating_sub(first).max(1));
    is_inside.then(|| (x(column), per_column))
}

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let parts = Parts::new(places.body, lab);
    let [second, third] = app.other_metrics();
    let picture = |metric: Metric, kind: Kind| Picture::new(app, lab, metric, kind);
    picture(app.view.metric, parts.large_kind()).draw(parts.large, buf);
    for &(seed, area) in &parts.seeds {
        picture(app.view.metric, Kind::Seed(seed)).draw(area, buf);
    }
    if let Some([above, below, table]) = parts.beside {
        picture(second, Kind::Small).draw(above, buf);
        picture(third, Kind::Small).draw(below, buf);
        at::draw(app, lab, table, buf);
    }
    answer::draw(app, lab, places.claim, parts.beside.is_none(), buf);
}
