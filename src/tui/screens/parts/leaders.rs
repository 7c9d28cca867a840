//! Who leads where, column by column below a chart: the rate with the best mean over its seeds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::curves::quantity;
use crate::lab::LabSnapshot;
use crate::lab::curves::{Alignment, Contender, Reign, Traces, reigns};
use crate::tui::app::{App, Metric};
use crate::tui::theme::Role;
use crate::tui::widgets::chart::Layout;
use crate::tui::widgets::leader_strip::{Leader, LeaderStrip};
use crate::tui::widgets::{put, width_of};

/// What stands before the strip, where the numbers of the axis leave room for it.
const NAME: &str = "best";

/// Who leads where, by row of the table, on the test examples and along `alignment`. Groups without a sound run do not lead.
pub(in crate::tui::screens) fn reigns_of(
    lab: &LabSnapshot,
    metric: Metric,
    alignment: Alignment,
) -> Vec<Reign> {
    let Some(quantity) = quantity(metric, false) else {
        return Vec::new();
    };
    let traces: Vec<Traces> = lab.groups.iter().map(Traces::of).collect();
    let positions = traces.iter().map(|traces| {
        let sound = traces.is_sound.then(|| traces.positions(alignment));
        sound.unwrap_or_default()
    });
    let positions: Vec<Vec<f64>> = positions.collect();
    let contenders = traces
        .iter()
        .zip(&positions)
        .map(|(traces, positions)| Contender {
            positions,
            means: &traces.quantity(quantity).means[..positions.len()],
        });
    reigns(&contenders.collect::<Vec<_>>(), quantity.preference())
}

/// Draws the strip in row `y` below the plot of `chart`, a column for a column, and its name beside it, where the axis leaves
/// room for that from column `left` on.
pub(in crate::tui::screens) fn draw(
    app: &App,
    lab: &LabSnapshot,
    reigns: &[Reign],
    (chart, left, y): (&Layout, u16, u16),
    buf: &mut Buffer,
) {
    let plot = chart.plot;
    let leader_at = |x: f64| {
        let reign = reigns.iter().rfind(|reign| reign.from <= x)?;
        (x <= reign.to).then_some(reign.leader)
    };
    let columns: Vec<Option<usize>> = (plot.left()..plot.right())
        .map(|column| leader_at(chart.x_at(column)))
        .collect();
    let looks = super::looks(app, lab);
    let leaders = lab.groups.iter().zip(&looks).map(|(group, look)| Leader {
        letter: group.letter,
        style: look.style,
    });
    let leaders: Vec<Leader> = leaders.collect();
    let row = Rect {
        y,
        height: 1,
        ..plot
    };
    LeaderStrip::new(&app.theme, &columns, &leaders).draw(row, buf);
    // A column apart from the strip; it may take the one that a pane keeps free at its border.
    let room = plot.left() - left.min(plot.left());
    if room >= width_of(NAME) {
        let x = i32::from(plot.left()) - 1 - i32::from(width_of(NAME));
        put(buf, buf.area, x, y, NAME, app.theme.style(Role::Dim));
    }
}
