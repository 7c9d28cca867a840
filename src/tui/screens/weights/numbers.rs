//! The numbers behind the panes of this screen.

use super::{chart, found};
use crate::lab::curves::{Alignment, Tracks};
use crate::lab::{LabSnapshot, RunSnapshot};
use crate::probe::families::ordered;
use crate::tui::app::App;
use crate::tui::screen::Pane;
use crate::tui::screens::parts::numbers::{Numbers, group_name};

/// Places of a curve by training loss or by seconds.
const N_PLACES: usize = 100;

/// The numbers of one of the panes.
pub(in crate::tui::screens) fn numbers(app: &App, lab: &LabSnapshot) -> Numbers {
    match app.focus {
        Pane::NormBySteps => norms(lab, Alignment::Epoch),
        Pane::NormByLoss => norms(lab, Alignment::TrainLoss),
        Pane::NormBySeconds => norms(lab, Alignment::Seconds),
        _ => units(app, lab),
    }
}

/// A row for each place of each rate: the mean of the norm ratio over the seeds, and its standard deviation.
fn norms(lab: &LabSnapshot, alignment: Alignment) -> Numbers {
    let place = chart::place_name(alignment).to_owned();
    let mut head = vec![place];
    for group in &lab.groups {
        let name = group_name(group);
        head.extend([
            format!("{name} norm ratio"),
            format!("{name} norm ratio sd"),
        ]);
    }
    let mut rows = Vec::new();
    for (idx, group) in lab.groups.iter().enumerate() {
        let tracks = Tracks::of(group, RunSnapshot::norm_ratio_at);
        for mean in tracks.curve(alignment, N_PLACES) {
            let mut row = vec![None; head.len()];
            row[0] = Some(mean.place);
            row[1 + 2 * idx] = Some(mean.value.mean);
            row[2 + 2 * idx] = mean.value.spread;
            rows.push(row);
        }
    }
    Numbers { head, rows }
}

/// A row for each unit, in the order in which they are shown: of each rate what its incoming weights amount to.
fn units(app: &App, lab: &LabSnapshot) -> Numbers {
    let found = found(app, lab);
    let mut head = vec!["unit".to_owned()];
    for found in &found {
        let name = group_name(found.group);
        for what in ["change", "norm", "norm at the start", "effective inputs"] {
            head.push(format!("{name} {what}"));
        }
    }
    let all: Vec<_> = found.iter().map(|found| found.families.reading()).collect();
    let row = |unit: usize| {
        let of_group = all.iter().flat_map(|families| {
            let effective = families.effective_inputs.as_ref();
            [
                Some(families.changes[unit]),
                Some(families.norms[unit]),
                Some(families.start_norms[unit]),
                effective.map(|values| values[unit]),
            ]
        });
        std::iter::once(Some(unit as f64)).chain(of_group).collect()
    };
    let units = ordered(&all, app.weights.order());
    Numbers {
        head,
        rows: units.into_iter().map(row).collect(),
    }
}
