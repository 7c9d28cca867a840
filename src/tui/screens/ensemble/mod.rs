//! Screen 3, the ensemble: how many networks is this, and do they agree?
//!
//! Two faces. A sample of thinned networks: how many there are, what they are worth alone and together, what divides them.
//! Or, where the network is small, every one of them.

mod alone;
mod answer;
mod averaging;
mod committee;
mod every_mask;
mod how_good;
mod how_many;
mod numbers;
mod ways;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::parts::{
    Spot, TitlePart, dot, draw_line, draw_words, forms, frame, group_title, style_of,
};
use crate::lab::{GroupSnapshot, LabSnapshot, Phase, RunSnapshot};
use crate::probe::asked::Kind;
use crate::probe::{CommitteeReading, ExactReading, Probe, Seen};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::{Pane, Places};
use crate::tui::theme::Role;

pub(super) use numbers::numbers;

/// Draws the screen at `places`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let is_alone = places.panes.len() == 1;
    for &(pane, area) in &places.panes {
        let spot = Spot { area, is_alone };
        match pane {
            Pane::HowMany => how_many::draw(app, lab, spot, buf),
            Pane::Averaging => averaging::draw(app, lab, spot, buf),
            Pane::Alone => alone::draw(app, lab, spot, buf),
            Pane::Committee => committee::draw(app, lab, spot, buf),
            Pane::EveryMask => every_mask::draw(app, lab, spot, buf),
            Pane::HowGood => how_good::draw(app, lab, spot, buf),
            Pane::Ways => ways::draw(app, lab, spot, buf),
            Pane::MeanWorth => ways::draw_worth(app, lab, spot, buf),
            Pane::Visited => how_many::draw_visited(app, lab, spot, buf),
            _ => {}
        }
    }
    answer::draw(app, lab, places.claim, buf);
}

/// A run whose thinned networks are looked at, and how it is drawn.
struct Subject<'a> {
    group: &'a GroupSnapshot,
    run: &'a RunSnapshot,
    style: Style,
}

impl<'a> Subject<'a> {
    fn of(app: &App, lab: &LabSnapshot, group: &'a GroupSnapshot) -> Option<Self> {
        let run = group.shown_run()?;
        let style = style_of(app, lab, group);
        Some(Self { group, run, style })
    }

    fn selected(app: &App, lab: &'a LabSnapshot) -> Option<Self> {
        Self::of(app, lab, app.selected(lab)?)
    }

    fn committee(&self) -> Option<Seen<'a, CommitteeReading>> {
        self.run.readings.to(&Probe::Committee)
    }

    fn exact(&self) -> Option<Seen<'a, ExactReading>> {
        self.run.readings.to(&Probe::Exact)
    }

    /// The rate and the seed, and the step of what is shown once the run has left it behind.
    fn title<T: Kind>(&self, app: &App, seen: Option<Seen<'_, T>>) -> Vec<TitlePart> {
        let mut parts = vec![
            TitlePart::new(0, group_title(self.group, self.style)),
            TitlePart::new(3, format!("seed {}", self.run.seed)),
        ];
        if let Some(seen) = seen.filter(|seen| seen.is_behind(self.run.step)) {
            let step = format!("at step {}", format::count(seen.step));
            let dim = app.theme.style(Role::Dim);
            parts.push(TitlePart::new(2, Span::styled(step, dim)));
        }
        parts
    }

    /// Why there is nothing to show yet, in words.
    fn missing(&self, app: &App, probe: &Probe) -> String {
        let run = self.run;
        let letter = self.group.letter;
        match &run.phase {
            Phase::Diverged { step } => {
                return format!(
                    "{letter} diverged at step {}: its outputs are no numbers",
                    format::count(*step)
                );
            }
            Phase::Failed(text) => return format!("{letter} failed: {text}"),
            Phase::Running | Phase::Finished => {}
        }
        if run.subnetworks.n_units() == 0 {
            let rate = format::rate(self.group.rate.value());
            return format!("at rate {rate} every mask is the same: one network, no ensemble");
        }
        if *probe == Probe::Exact && app.choices(self.group).is_none() {
            return "too many masks to ask them all".to_owned();
        }
        let under_way = run.readings.asked(probe).and_then(|asked| asked.under_way);
        under_way.map_or_else(
            || "measuring".to_owned(),
            |look| format!("measuring, {} of {}", look.done, look.of),
        )
    }
}

/// A pane about the selected rate, its frame drawn, where there is a reading to draw; what is missing is said.
fn framed<'a, T: Kind>(
    app: &App,
    lab: &'a LabSnapshot,
    (pane, name, rest): (Pane, &str, &[TitlePart]),
    probe: &Probe,
    (spot, buf): (Spot, &mut Buffer),
) -> Option<(Subject<'a>, Seen<'a, T>, Rect)> {
    let frame = frame(app, pane, name, spot);
    let Some(subject) = Subject::selected(app, lab) else {
        let inner = frame.draw(spot.area, buf);
        draw_words(app, "there are no runs", inner, buf);
        return None;
    };
    let can_be_asked = subject.run.is_sound() && subject.run.subnetworks.n_units() > 0;
    let seen = subject.run.readings.to::<T>(probe);
    let seen = seen.filter(|_| can_be_asked);
    let mut parts = subject.title(app, seen);
    parts.extend(rest.iter().cloned());
    let inner = frame.rest(forms(app, &parts)).draw(spot.area, buf);
    if seen.is_none() {
        draw_words(app, &subject.missing(app, probe), inner, buf);
    }
    Some((subject, seen?, inner))
}

/// `accuracy in %`, or `loss`, as the screen compares networks.
fn measure(app: &App, share: Option<f64>, loss: f64) -> String {
    let glyphs = app.theme.glyphs();
    match share {
        Some(share) if !app.is_by_loss() => format::percent(share, glyphs),
        _ => format::loss(loss, glyphs),
    }
}

/// What is compared, in words.
fn measured(app: &App) -> &'static str {
    match (app.facts.is_classification, app.is_by_loss()) {
        (true, false) => "test accuracy %",
        (true, true) => "test loss, nats",
        (false, _) => "test loss, squared error",
    }
}

#[cfg(test)]
mod tests;
