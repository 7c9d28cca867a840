//! Which screen is shown, and keys that mean one thing everywhere and do what the screen makes of it: cursors, quantities, layers, examples, units.

use super::travel::Travel;
use super::{App, Wish};
use crate::lab::LabSnapshot;
use crate::tui::keymap::Action;
use crate::tui::screen::Screen;

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
            _ => self.view.is_zoomed = !self.view.is_zoomed,
        }
        None
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
    }

    /// One level back: from the crosshair, from what is shown alone, to the lab, to what is going on.
    pub(super) fn back(&mut self) {
        let is_on_masks = self.screen == Screen::Masks;
        let was_further_in = self.view.crosshair.take().is_some()
            || is_on_masks && self.masks.cursor.take().is_some()
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
            (Screen::Lab, Action::Layer) => {
                self.view.mask_layer += 1;
                self.view.first_unit = 0;
                Heard::Took(None)
            }
            (Screen::Lab | Screen::Curves, Action::Metric) => {
                self.turn_metric();
                Heard::Took(None)
            }
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
                self.say(format!(
                    "{}: nothing else to show here",
                    key.unwrap_or_default()
                ))
            }
        }
    }
}
