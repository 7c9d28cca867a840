//! Ways along something in a row: evaluations, units, rows of the table.

use super::masks::UNITS_IN_VIEW;
use super::{App, Crosshair, Metric, ROWS_A_PAGE, UNITS_A_PAGE, UNITS_ASIDE, Wish};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::tui::screen::{Pane, Screen};

/// A way along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Travel {
    /// This many further, or back.
    By(isize),
    /// This many pages further, or back.
    ByPages(isize),
    /// To the first one.
    ToFirst,
    /// To the last one.
    ToLast,
}

impl App {
    /// Travels along what the focused pane lies along: units of the masks, else evaluations under the crosshair, else the
    /// rows of the table.
    pub(super) fn travel(&mut self, travel: Travel, lab: &LabSnapshot) -> Option<Wish> {
        if let (Screen::Curves, None, Travel::By(n)) = (self.screen, self.view.crosshair, travel) {
            if !self.pan(n, lab) {
                return self.say("all of it is in view; + zooms in, v reads it off");
            }
            return None;
        }
        if self.focus == Pane::Masks && self.screen == Screen::Lab {
            let run = self
                .selected(self.shown(lab))
                .and_then(GroupSnapshot::shown_run);
            let n_units = run.map(|run| run.widths[self.layer_of(run)]);
            if n_units.is_some_and(|n_units| n_units <= UNITS_IN_VIEW) {
                return self.say("all units of the layer are in view");
            }
            self.move_units(travel);
            return None;
        }
        if let Some(crosshair) = self.view.crosshair {
            self.view.crosshair = Some(crosshair.moved(travel, self.shown(lab)));
            return None;
        }
        match travel {
            Travel::By(_) if self.screen == Screen::Lab => {
                self.say("v brings a crosshair, which the arrows move along the curves")
            }
            Travel::By(_) => None,
            Travel::ByPages(n) => self.select(n.saturating_mul(ROWS_A_PAGE), lab),
            Travel::ToFirst => self.select(isize::MIN, lab),
            Travel::ToLast => self.select(isize::MAX, lab),
        }
    }

    fn move_units(&mut self, travel: Travel) {
        let widest = self.facts.widths.iter().copied().max().unwrap_or(1);
        let last = widest.saturating_sub(1);
        let aside = |by: isize| self.view.first_unit.saturating_add_signed(by).min(last);
        self.view.first_unit = match travel {
            Travel::By(n) => aside(n.saturating_mul(UNITS_ASIDE)),
            Travel::ByPages(n) => aside(n.saturating_mul(UNITS_A_PAGE)),
            Travel::ToFirst => 0,
            Travel::ToLast => last,
        };
    }

    /// Puts the crosshair on the curves, which come into view where only one pane is, or takes it away.
    pub(super) fn turn_crosshair(&mut self) -> Option<Wish> {
        if self.view.crosshair.take().is_none() {
            self.focus = Pane::Curves;
            self.view.crosshair = Some(Crosshair::Latest);
            return None;
        }
        self.say_unless_shown_in(&[Pane::Curves], "the crosshair is gone from the curves")
    }

    /// Turns the axis of the losses: only they have a logarithm that is worth an axis.
    pub(super) fn turn_log_axis(&mut self) -> Option<Wish> {
        if self.view.metric != Metric::Loss {
            return self.say("only losses have a logarithmic axis; o turns to them");
        }
        self.view.is_log = !self.view.is_log;
        let words = if self.view.is_log {
            "the curves have a logarithmic axis"
        } else {
            "the curves have a linear axis"
        };
        self.say_unless_shown_in(&[Pane::Curves], words)
    }

    /// Puts the crosshair at the evaluation that is nearest to a typed epoch.
    pub(super) fn place_crosshair(&mut self, epoch: f64, lab: &LabSnapshot) -> Option<Wish> {
        if !matches!(self.screen, Screen::Lab | Screen::Curves) {
            self.open_screen(Screen::Curves);
        }
        let nearest = Crosshair::near(epoch, self.shown(lab));
        let Some((step, found)) = nearest.map(|nearest| (nearest.step, nearest.epoch)) else {
            return self.say("nothing has been measured yet");
        };
        self.view.crosshair = Some(Crosshair::At(step));
        self.focus = Pane::Curves;
        if found == epoch {
            None
        } else {
            self.say(format!(
                "epoch {epoch} was not measured; {found} is the nearest"
            ))
        }
    }
}
