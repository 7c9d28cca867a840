//! Screen 7, perturbations: does noise hurt less?

mod answer;
mod area;
mod chart;
mod classes;
mod compared;
mod numbers;
mod pictures;

pub(super) use numbers::numbers;
use ratatui::buffer::Buffer;

use super::parts::Spot;
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::probe::{Perturbation, Probe};
use crate::tui::app::App;
use crate::tui::screen::{Pane, Places};

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let is_alone = places.panes.len() == 1;
    for &(pane, area) in &places.panes {
        let spot = Spot { area, is_alone };
        match pane {
            Pane::Area => area::draw(app, lab, spot, buf),
            Pane::PerClass => classes::draw(app, lab, spot, buf),
            _ => chart::draw(app, lab, pane, spot, buf),
        }
    }
    answer::draw(app, lab, places.claim, buf);
}

/// What stands where the networks have no hidden layer.
const NO_UNITS: &str =
    "these networks have no hidden units to lose: what enters goes straight to the outputs";

/// What a perturbation is called in a row or a sentence.
fn name(app: &App, perturbation: Perturbation) -> &'static str {
    match perturbation {
        Perturbation::InputNoise => "noise",
        Perturbation::LostInputs if is_of_images(app) => "pixels",
        Perturbation::LostInputs => "inputs",
        Perturbation::LostUnits(_) => "units",
        Perturbation::Attack => "attack",
    }
}

/// Whether the inputs are pixels.
fn is_of_images(app: &App) -> bool {
    app.facts.item_shape.len() > 1
}

/// What stands in a pane before there is anything of a perturbation to show.
fn waiting(app: &App, lab: &LabSnapshot, perturbation: Perturbation) -> String {
    if !app.can_be_perturbed(perturbation) {
        return NO_UNITS.to_owned();
    }
    let sound = || lab.groups.iter().flat_map(GroupSnapshot::sound_runs);
    if sound().next().is_none() {
        let run = app.selected(lab).and_then(GroupSnapshot::shown_run);
        let trouble = run.and_then(|run| run.trouble());
        return trouble.unwrap_or_else(|| "there are no runs".to_owned());
    }
    let probe = Probe::Robustness(perturbation);
    let under_way = sound().filter_map(|run| run.readings.asked(&probe)?.under_way);
    let done: usize = under_way.map(|look| look.done).sum();
    let n_levels = perturbation.n_levels();
    match done {
        0 => format!("networks are being tried at {n_levels} levels"),
        done => format!("networks are being tried at {n_levels} levels: {done} parts done"),
    }
}
