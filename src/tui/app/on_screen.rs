//! Which screen is shown, and keys that mean one thing everywhere and do what the screen makes of it: cursors, quantities, layers, examples, units.

use super::travel::Travel;
use super::{App, Metric, Wish};
use crate::lab::LabSnapshot;
use crate::tui::keymap::{Action, Key};
use crate::tui::screen::{Pane, Screen};

/// What a screen makes of an action.
pub(super) enum Heard {
    /// It did something with it, which may ask for more.
    Took(Option<Wish>),
    /// It has no use for it.
    Not,
}

impl App {
    /// Opens the screen that the focused pane is the summary of; a pane without one is shown alone, or all again.
    pub(super) fn zoom(&mut self) -> Option<Wish> {
        let summarised = self.focus.summarises();
        match (self.screen, summarised) {
            (Screen::Lab, Some(screen)) => self.open_screen(screen),
            (Screen::Curves, _) => {
                return self.say("the large chart is as large as it gets; `o` turns what it shows");
            }
            _ => return self.turn_zoom(),
        }
        None
    }

    /// Shows the focused pane alone, or all again: which is no change where there is room for one only.
    fn turn_zoom(&mut self) -> Option<Wish> {
        self.view.is_zoomed = !self.view.is_zoomed;
        self.say(if self.view.is_zoomed {
            "shown alone; the same key shows all panes again"
        } else {
            "all panes that there is room for"
        })
    }

    /// Shows a screen with the pane focused that was so when it was last shown.
    pub(in crate::tui) fn open_screen(&mut self, screen: Screen) {
        if screen == self.screen {
            return;
        }
        self.focused.retain(|(of, _)| *of != self.screen);
        self.focused.push((self.screen, self.focus));
        let before = self.focused.iter().find(|(of, _)| *of == screen);
        let first = match screen {
            Screen::Ensemble => Some(self.first_pane_of_ensemble()),
            _ => screen.panes().first().copied(),
        };
        if let Some(focus) = before.map(|(_, focus)| *focus).or(first) {
            self.focus = focus;
        }
        self.screen = screen;
        self.view.is_zoomed = false;
        self.units.inspected = None;
    }

    /// One level back: from the crosshair, from what is shown alone, to the lab, to what is going on.
    pub(super) fn back(&mut self) {
        let is_on_masks = self.screen == Screen::Masks;
        let was_further_in = self.view.crosshair.take().is_some()
            || is_on_masks && self.masks.cursor.take().is_some()
            || self.screen == Screen::Robust && self.robust.level.take().is_some()
            || std::mem::take(&mut self.view.is_zoomed);
        if was_further_in {
        } else if self.screen != Screen::Lab {
            self.open_screen(Screen::Lab);
        } else {
            self.frozen = None;
        }
    }

    /// Whether there is something on the screen to come back from first.
    pub(super) fn is_further_in(&self) -> bool {
        let has_cursor = self.screen == Screen::Masks && self.masks.cursor.is_some();
        self.view.crosshair.is_some() || has_cursor || self.view.is_zoomed
    }

    /// Does on the screen that is shown what `action` means there; what it has no use for moves through the rates, or says so.
    pub(super) fn do_on_screen(&mut self, action: Action, lab: &LabSnapshot) -> Option<Wish> {
        match self.heard(action, lab) {
            Heard::Took(wish) => wish,
            Heard::Not => self.do_without_screen(action, lab),
        }
    }

    fn heard(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        match (self.screen, action) {
            (Screen::Weights, action) => self.heard_by_weights(action, lab),
            (Screen::Lab, Action::Layer) => Heard::Took(self.turn_mask_layer(lab)),
            (Screen::Lab | Screen::Curves, Action::Metric) => Heard::Took(self.turn_metric()),
            (Screen::Lab | Screen::Curves, Action::LogAxis) => Heard::Took(self.turn_log_axis()),
            (Screen::Lab | Screen::Curves, Action::Crosshair) => Heard::Took(self.turn_crosshair()),
            (Screen::Robust, action) => self.heard_on_robust(action),
            (_, Action::Crosshair) => {
                Heard::Took(self.say("the crosshair reads curves: those of screens 1, 4 and 7"))
            }
            (Screen::Ensemble, Action::Inspect) => Heard::Took(self.say(
                "an example of the committee is looked at by a screen that is not there yet; e turns to the next ones",
            )),
            (Screen::Masks, action) => self.hear_on_masks(action, lab),
            (Screen::Ensemble, action) => self.heard_on_ensemble(action, lab),
            (Screen::Units, action) => self.heard_on_units(action, lab),
            (Screen::Curves, Action::Alignment) => Heard::Took(self.turn_alignment()),
            _ => Heard::Not,
        }
    }

    /// Arrows move through the rates where no cursor has them.
    fn do_without_screen(&mut self, action: Action, lab: &LabSnapshot) -> Option<Wish> {
        match action {
            Action::Up => self.select(-1, lab),
            Action::Down => self.select(1, lab),
            Action::Left => self.travel(Travel::By(-1), lab),
            Action::Right => self.travel(Travel::By(1), lab),
            Action::PageUp => self.travel(Travel::ByPages(-1), lab),
            Action::PageDown => self.travel(Travel::ByPages(1), lab),
            Action::Home => self.travel(Travel::ToFirst, lab),
            Action::End => self.travel(Travel::ToLast, lab),
            action => {
                let key = self.keymap.keys_of(action).into_iter().next();
                self.say_idle(&key.unwrap_or_default(), action)
            }
        }
    }

    /// Turns the curves to the next quantity.
    fn turn_metric(&mut self) -> Option<Wish> {
        let (next, words) = match self.view.metric {
            Metric::Loss if self.facts.is_classification => (Metric::Accuracy, "accuracy"),
            Metric::Loss => (Metric::R2, "R²"),
            Metric::Accuracy | Metric::R2 => (Metric::Gap, "the gap"),
            Metric::Gap => (Metric::Loss, "the loss"),
        };
        self.view.metric = next;
        self.say_unless_shown_in(&[Pane::Curves], format!("the curves show {words}"))
    }

    /// Turns to the next claim, whose evidence the lab shows.
    pub(super) fn turn_claim(&mut self) -> Option<Wish> {
        self.view.claim = self.view.claim.next();
        if self.screen == Screen::Lab {
            return None;
        }
        let claim = self.view.claim;
        let words = format!(
            "claim {}, {}: screen 1 has its evidence",
            claim.number(),
            claim.statement()
        );
        self.say(words)
    }

    /// Does what a key asks for. Nothing is silent: what changes neither the picture nor the lab says so.
    pub(super) fn obey(&mut self, key: Key, action: Action, lab: &LabSnapshot) -> Option<Wish> {
        let before = self.looks();
        let wish = self.update(action, lab);
        let is_heard = wish.is_some() || self.overlay.is_some() || self.message.is_some();
        if !is_heard && self.looks() == before {
            return self.say_idle(&key.to_string(), action);
        }
        wish
    }

    /// Says that a key of an action changes nothing here.
    pub(super) fn say_idle(&mut self, key: &str, action: Action) -> Option<Wish> {
        self.say(match action {
            Action::Back => format!("{key}: nothing to go back from"),
            Action::Open(_) => format!("{key}: this is the screen"),
            Action::RateAbove | Action::Up => format!("{key}: nothing further up"),
            Action::RateBelow | Action::Down => format!("{key}: nothing further down"),
            Action::Left | Action::Right | Action::PageUp | Action::PageDown => {
                format!("{key}: nothing further that way")
            }
            Action::Home | Action::End => format!("{key}: there already"),
            Action::RateUp | Action::RateUpFine | Action::RateDown | Action::RateDownFine => {
                format!("{key}: a rate lies between 0 and 1")
            }
            _ => format!("{key}: nothing else to show here"),
        })
    }

    /// Says what was changed, unless one of these panes, which show it, is focused.
    pub(super) fn say_unless_shown_in(
        &mut self,
        panes: &[Pane],
        words: impl Into<String>,
    ) -> Option<Wish> {
        if panes.contains(&self.focus) {
            return None;
        }
        self.say(words)
    }

    /// What decides what is shown, the lab and what lies over the screen aside.
    pub(super) fn looks(&self) -> impl PartialEq + use<> {
        (
            (self.selected, self.screen, self.focus, self.view),
            (self.curves, self.weights, self.ensemble),
            (self.masks.clone(), self.units.clone(), self.robust),
            (self.theme.name().to_owned(), self.theme.glyphs()),
            self.frozen.is_some(),
        )
    }
}
