//! The numbers behind the panes of units, as tables.

use super::answer::Found;
use crate::lab::LabSnapshot;
use crate::probe::{Activity, Probe, Worth};
use crate::tui::app::App;
use crate::tui::screens::parts::numbers::Numbers;

/// A row for each unit of the map's layer.
pub(in crate::tui::screens) fn numbers(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = [
        "unit",
        "rise of test loss without it",
        "mean activation",
        "share it fires on",
        "norm of incoming weights",
    ];
    let head = head.map(str::to_owned).to_vec();
    let (Some(layer_idx), Some(run)) = (app.unit_layer(), app.unit_run(lab)) else {
        return Numbers {
            head,
            rows: Vec::new(),
        };
    };
    let worth = run.readings.to::<Worth>(&Probe::Worth { layer_idx });
    let activity = run.readings.to::<Activity>(&Probe::Activity { layer_idx });
    let row = |unit: usize| {
        let rise = worth
            .map(|worth| worth.rises[unit])
            .filter(|rise| !rise.is_nan());
        let of_activity = |values: fn(&Activity) -> &Vec<f64>| {
            activity.map(|activity| values(activity.reading())[unit])
        };
        vec![
            Some(unit as f64),
            rise,
            of_activity(|activity| &activity.means),
            of_activity(|activity| &activity.fires),
            of_activity(|activity| &activity.norms),
        ]
    };
    let n_units = app.facts.widths[layer_idx + 1];
    Numbers {
        head,
        rows: (0..n_units).map(row).collect(),
    }
}

/// A row for each rate: means over the runs that stand for it.
pub(in crate::tui::screens) fn numbers_of_rates(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = [
        "rate",
        "mean activation",
        "most worth",
        "dead units",
        "mean |r|",
    ];
    let head = head.map(str::to_owned).to_vec();
    let Some(layer_idx) = app.compared_layer() else {
        return Numbers {
            head,
            rows: Vec::new(),
        };
    };
    let rows = lab.groups.iter().map(|group| {
        let of = |value: fn(&Found) -> Option<f64>| Found::of(group, value, layer_idx);
        vec![
            Some(group.rate.value()),
            of(|found| found.mean_activation),
            of(|found| found.most_worth),
            of(|found| found.n_dead),
            of(|found| found.mean_r),
        ]
    });
    Numbers {
        head,
        rows: rows.collect(),
    }
}
