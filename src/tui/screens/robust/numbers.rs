//! The numbers behind the panes of perturbations, as tables.

use super::super::parts::numbers::{Numbers, group_name};
use super::super::parts::robustness::{Quantity, curve};
use super::chart::quantity;
use super::classes::shares;
use super::compared::Difference;
use crate::lab::LabSnapshot;
use crate::probe::Perturbation;
use crate::tui::app::App;
use crate::tui::screen::Pane;

/// The numbers of the focused pane.
pub(in crate::tui::screens) fn numbers(app: &App, lab: &LabSnapshot) -> Numbers {
    match app.focus {
        Pane::Area => areas(app, lab),
        Pane::PerClass => of_classes(app, lab),
        pane => {
            let noise = Perturbation::InputNoise;
            let perturbation = app.robust.perturbation(pane).unwrap_or(noise);
            of_curves(app, lab, perturbation)
        }
    }
}

/// What the amounts of a perturbation are.
fn amount_name(perturbation: Perturbation) -> &'static str {
    match perturbation {
        Perturbation::InputNoise => "sigma",
        Perturbation::LostInputs | Perturbation::LostUnits(_) => "share lost",
        Perturbation::Attack => "epsilon",
    }
}

/// A row for each level: of every rate the mean over the seeds and the standard deviation.
fn of_curves(app: &App, lab: &LabSnapshot, perturbation: Perturbation) -> Numbers {
    let quantity = match app.focus {
        Pane::Robust => Quantity::Worth,
        _ => quantity(app, lab, perturbation),
    };
    let what = match (quantity, app.facts.is_classification) {
        (Quantity::Worth, true) => "accuracy %",
        (Quantity::Worth, false) => "R2",
        (Quantity::Loss, _) => "loss",
    };
    let curves: Vec<_> = lab
        .groups
        .iter()
        .map(|group| curve(lab, group, perturbation, quantity))
        .collect();
    let names = lab.groups.iter().flat_map(|group| {
        let name = group_name(group);
        [format!("{name} {what}"), format!("{name} {what} sd")]
    });
    let row = |amount: f64| {
        let at = curves.iter().flat_map(|curve| {
            let found = curve.iter().find(|(other, _)| *other == amount);
            let found = found.map(|(_, value)| *value);
            [
                found.map(|value| value.mean),
                found.and_then(|value| value.spread),
            ]
        });
        [Some(amount)].into_iter().chain(at).collect()
    };
    let is_known = curves.iter().any(|curve| !curve.is_empty());
    let levels = 0..if is_known { perturbation.n_levels() } else { 0 };
    let head = [amount_name(perturbation).to_owned()];
    Numbers {
        head: head.into_iter().chain(names).collect(),
        rows: levels
            .map(|level| row(perturbation.amount(level)))
            .collect(),
    }
}

/// A row for each rate but the one compared with: of every perturbation the difference of areas and the ends of its interval.
fn areas(app: &App, lab: &LabSnapshot) -> Numbers {
    let kinds = app.robust.answered();
    let columns = kinds.iter().flat_map(|kind| {
        let name = super::name(app, *kind);
        [
            format!("{name} area less that compared with"),
            format!("{name} low"),
            format!("{name} high"),
            format!("{name} seeds"),
        ]
    });
    let head = ["rate".to_owned()].into_iter().chain(columns).collect();
    let Some(reference) = app.reference(lab) else {
        return Numbers {
            head,
            rows: Vec::new(),
        };
    };
    let groups = lab.groups.iter().filter(|group| group.id != reference.id);
    let rows = groups.map(|group| {
        let of_kinds = kinds.iter().flat_map(|kind| {
            let found = Difference::between(lab, group, reference, *kind);
            let interval = found.and_then(|found| found.interval);
            [
                found.map(|found| found.mean),
                interval.map(|interval| interval.low),
                interval.map(|interval| interval.high),
                found.map(|found| found.n_pairs as f64),
            ]
        });
        [Some(group.rate.value())]
            .into_iter()
            .chain(of_kinds)
            .collect()
    });
    Numbers {
        rows: rows.collect(),
        head,
    }
}

/// A row for each level: the share of every class that the networks of the selected rate tell right.
fn of_classes(app: &App, lab: &LabSnapshot) -> Numbers {
    let selected = app.selected(lab);
    let perturbation = app.robust.perturbation(Pane::PerClass);
    let Some((group, perturbation)) = selected.zip(perturbation) else {
        return Numbers::default();
    };
    let shares = shares(lab, group, perturbation);
    let names = (0..shares.len()).map(|class| format!("class {class}"));
    let n_levels = shares.first().map_or(0, Vec::len);
    let row = |level: usize| {
        let at = shares.iter().map(|class| class[level]);
        [Some(perturbation.amount(level))]
            .into_iter()
            .chain(at)
            .collect()
    };
    let head = [amount_name(perturbation).to_owned()];
    Numbers {
        head: head.into_iter().chain(names).collect(),
        rows: (0..n_levels).map(row).collect(),
    }
}
