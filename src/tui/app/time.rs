//! Looking back: the step that is looked at, and the keys that mean something else meanwhile.

use super::on_screen::Heard;
use super::{App, Field, Overlay, Purpose, Wish};
use crate::lab::{Command, Grain, LabSnapshot, MAX_GROUPS};
use crate::nn::DropRate;
use crate::tui::format;
use crate::tui::keymap::Action;

impl App {
    /// Does what an action asks for. `lab` is the lab as it is now.
    pub fn update(&mut self, action: Action, lab: &LabSnapshot) -> Option<Wish> {
        match self.hear_in_time(action, lab) {
            Heard::Took(wish) => wish,
            Heard::Not => self.update_present(action, lab),
        }
    }

    /// What an action means in time, if it means something there: a step back or on, and while somebody looks back also what plays on,
    /// goes to the ends, and comes back.
    fn hear_in_time(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        match action {
            Action::StepBack => Heard::Took(self.look_back(lab)),
            Action::StepForward => Heard::Took(self.look_on(lab)),
            Action::Live => Heard::Took(self.look_at_present(lab)),
            Action::Fork => Heard::Took(self.propose_fork(lab)),
            action => match &lab.past {
                Some(past) => self.hear_while_back(action, past.is_playing, lab),
                None => Heard::Not,
            },
        }
    }

    fn hear_while_back(&mut self, action: Action, is_playing: bool, lab: &LabSnapshot) -> Heard {
        let has_crosshair = self.view.crosshair.is_some();
        match action {
            Action::Pause => Heard::Took(Some(Wish::Send(Command::PlayPast(!is_playing)))),
            Action::Step => Heard::Took(self.look_on(lab)),
            Action::Home if !has_crosshair => Heard::Took(self.look_at(0, lab)),
            Action::End if !has_crosshair => Heard::Took(self.look_at_present(lab)),
            Action::Back if !self.is_further_in() => Heard::Took(self.look_at_present(lab)),
            _ => Heard::Not,
        }
    }

    /// Looks at a step of the past; at the last one, at the present.
    pub(super) fn look_at(&mut self, step: u64, lab: &LabSnapshot) -> Option<Wish> {
        if step >= lab.last_step() {
            return self.look_at_present(lab);
        }
        self.frozen = None;
        Some(Wish::Send(Command::View(Some(step))))
    }

    fn look_at_present(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        if lab.past.is_none() {
            return self.say("this is the present; < looks back");
        }
        Some(Wish::Send(Command::View(None)))
    }

    fn look_back(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let step = seen_step(lab);
        let Some(before) = step.checked_sub(1) else {
            return self.say("this is the beginning");
        };
        let per_epoch = self.facts.steps_per_epoch();
        let to = match self.view.grain {
            Grain::Phase | Grain::Batch => before,
            Grain::Epoch => before / per_epoch * per_epoch,
        };
        self.look_at(to, lab)
    }

    fn look_on(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let step = seen_step(lab);
        let per_epoch = self.facts.steps_per_epoch();
        let to = match self.view.grain {
            Grain::Phase | Grain::Batch => step + 1,
            Grain::Epoch => (step / per_epoch + 1) * per_epoch,
        };
        self.look_at(to, lab)
    }

    /// Asks for the rate of a fork at the step that is seen, and proposes the one that holds there.
    fn propose_fork(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        if lab.groups.len() >= MAX_GROUPS {
            return self.say(format!("there is a letter for {MAX_GROUPS} rates only"));
        }
        let rate = self.selected(self.shown(lab))?.rate;
        self.open(Overlay::Typing(Field::proposal(
            Purpose::Fork,
            rate.to_string(),
        )))
    }

    /// Lets new runs branch off from the selected ones at the step that is seen.
    pub(super) fn fork(&mut self, rate: DropRate, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?;
        let (id, letter, step) = (group.id, group.letter, seen_step(lab));
        let rate_words = format::rate(rate.value());
        self.say(format!(
            "new runs branch off from {letter} at step {}, at {rate_words}",
            format::count(step)
        ));
        let fork = Command::Fork {
            group: id,
            step,
            rate,
        };
        self.send(fork, lab)
    }
}

/// The step that is seen: that of the past, or the last one.
pub(super) fn seen_step(lab: &LabSnapshot) -> u64 {
    let past = lab.past.as_ref().map(|past| past.step);
    past.unwrap_or_else(|| lab.last_step())
}
