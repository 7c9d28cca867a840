//! Screen 5, the weights: does the norm shrink?

mod answer;
mod chart;
mod families;
mod layers;
mod numbers;
mod tile;
mod units;

pub(super) use numbers::numbers;
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use ratatui::text::Span;

use super::parts::{Spot, TitlePart, style_of};
use crate::claims::norms::Shrinkage;
use crate::lab::curves::{Alignment, Tracks};
use crate::lab::{GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::probe::{Families, Seen};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::{Pane, Places};
use crate::tui::theme::Role;

/// The selected group and the one that it is compared with: the one of the lower rate is the reference, whichever was chosen.
pub(super) struct Compared<'a> {
    group: &'a GroupSnapshot,
    reference: &'a GroupSnapshot,
    /// The colour of the group.
    style: Style,
    /// `None` for a group against itself.
    shrinkage: Option<Shrinkage>,
}

impl<'a> Compared<'a> {
    fn new(app: &App, lab: &'a LabSnapshot) -> Option<Self> {
        let (group, reference) = (app.selected(lab)?, app.reference(lab)?);
        let are_two = group.id != reference.id;
        let (group, reference) = if reference.rate.value() > group.rate.value() {
            (reference, group)
        } else {
            (group, reference)
        };
        Some(Self {
            style: style_of(app, lab, group),
            shrinkage: are_two.then(|| Shrinkage::of(group, reference)),
            group,
            reference,
        })
    }
}

/// What a look at each group has found, by row, where there is anything.
pub(super) struct Found<'a> {
    row: usize,
    group: &'a GroupSnapshot,
    families: Seen<'a, Families>,
}

fn found<'a>(app: &App, lab: &'a LabSnapshot) -> Vec<Found<'a>> {
    let probe = app.weights.probe();
    let of_group = |(row, group): (usize, &'a GroupSnapshot)| {
        let run = group.shown_run()?;
        let families = run.readings.to::<Families>(&probe)?;
        Some(Found {
            row,
            group,
            families,
        })
    };
    lab.groups.iter().enumerate().filter_map(of_group).collect()
}

/// The step that looks are of, where runs have gone on for a while since, or where looks are of different steps.
fn age(app: &App, found: &[Found]) -> Option<TitlePart> {
    let steps = || found.iter().map(|found| found.families.step);
    let (first, last) = (steps().min()?, steps().max()?);
    let is_behind = found.iter().any(|found| {
        let run = found.group.shown_run();
        run.is_some_and(|run| found.families.is_behind(run.step))
    });
    let words = if first == last {
        is_behind.then(|| format!("at step {}", format::count(first)))?
    } else {
        let to = app.theme.glyphs().pick("–", "-");
        format!(
            "at steps {}{to}{}",
            format::count(first),
            format::count(last)
        )
    };
    let dim = app.theme.style(Role::Dim);
    Some(TitlePart::new(1, Span::styled(words, dim)))
}

/// What dense layer `layer_idx` leads to.
fn layer_name(app: &App, layer_idx: usize) -> String {
    if layer_idx + 2 >= app.facts.widths.len() {
        "output".to_owned()
    } else {
        format!("hidden {}", layer_idx + 1)
    }
}

/// What stands in a pane before there is anything to look at.
fn waiting(app: &App, lab: &LabSnapshot) -> String {
    let run = app.selected(lab).and_then(GroupSnapshot::shown_run);
    match run {
        None => "there are no runs".to_owned(),
        Some(run) if !run.is_sound() => run.trouble().unwrap_or_default(),
        Some(_) => format!(
            "the weights of {} are being looked at",
            layer_name(app, app.weights.layer_idx)
        ),
    }
}

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let is_alone = places.panes.len() == 1;
    let compared = Compared::new(app, lab);
    let found = found(app, lab);
    // Once for all three charts: they read the same runs at other places.
    let of_group = |group| Tracks::of(group, RunSnapshot::norm_ratio_at);
    let tracks: Vec<Tracks> = lab.groups.iter().map(of_group).collect();
    for &(pane, area) in &places.panes {
        let spot = Spot { area, is_alone };
        let mut chart = |alignment| {
            let runs = (lab, &tracks[..], compared.as_ref());
            chart::draw(app, runs, (pane, alignment), spot, buf);
        };
        match pane {
            Pane::NormBySteps => chart(Alignment::Epoch),
            Pane::NormByLoss => chart(Alignment::TrainLoss),
            Pane::NormBySeconds => chart(Alignment::Seconds),
            Pane::Families => families::draw(app, lab, &found, spot, buf),
            Pane::UnitNorms => units::draw(app, lab, &found, spot, buf),
            _ => {}
        }
    }
    answer::draw(app, lab, compared.as_ref(), places.claim, buf);
}
