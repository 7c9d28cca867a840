//! Who leads where, column by column below a chart: the rate with the best mean over its seeds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::lab::LabSnapshot;
use crate::lab::curves::{Contender, Quantity, Reign, Traces, reigns};
use crate::tui::app::{App, Metric};
use crate::tui::theme::Role;
use crate::tui::widgets::chart::Layout;
use crate::tui::widgets::leader_strip::{Leader, LeaderStrip};
use crate::tui::widgets::{put, width_of};

/// What stands before the strip, where the numbers of the axis leave room for it.
const NAME: &str = "best";

/// Who leads when, by row of the table, on the test examples and over the epochs. Groups without a sound run do not lead.
pub(in crate::tui::screens) fn reigns_of(lab: &LabSnapshot, metric: Metric) -> Vec<Reign> {
    let quantity = quantity(metric);
    let traces: Vec<Traces> = lab.groups.iter().map(Traces::of).collect();
    let contenders: Vec<Contender> = traces
        .iter()
        .map(|traces| {
            if traces.is_sound {
                Contender {
                    positions: &traces.epochs,
                    means: &traces.quantity(quantity).means,
                }
            } else {
                Contender {
                    positions: &[],
                    means: &[],
                }
            }
        })
        .collect();
    reigns(&contenders, quantity.preference())
}

/// What is measured on the test examples for a metric.
fn quantity(metric: Metric) -> Quantity {
    match metric {
        Metric::Loss => Quantity::TestLoss,
        Metric::Accuracy => Quantity::TestAccuracy,
        Metric::R2 => Quantity::TestR2,
        Metric::Gap => Quantity::Gap,
    }
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
