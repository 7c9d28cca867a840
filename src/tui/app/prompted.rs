//! What the line of verbs does to the app, and what a verb would do, in words, before it is done.

use super::{App, Crosshair, Overlay, Wish};
use crate::lab::{LabSnapshot, Pace};
use crate::nn::DropRate;
use crate::tui::format;
use crate::tui::keymap::PromptKey;
use crate::tui::keymap::{Action, Key};
use crate::tui::prompt::{self, Listed, Prompt};
use crate::tui::verb::Verb;

impl App {
    /// Takes a key into the line.
    pub(super) fn prompt_on(
        &mut self,
        mut prompt: Prompt,
        key: Key,
        lab: &LabSnapshot,
    ) -> Option<Wish> {
        match key.on_prompt() {
            PromptKey::Abandon => return None,
            PromptKey::Accept if prompt.wants_argument() => prompt.complete(|_| Vec::new()),
            PromptKey::Accept => match prompt.verb().and_then(|verb| self.known(verb)) {
                Ok(verb) => {
                    prompt::remember(&mut self.typed, &verb.to_string());
                    return self.perform(verb, lab);
                }
                Err(error) => prompt.refuse(error),
            },
            PromptKey::Complete => prompt.complete(|listed| self.arguments(listed)),
            PromptKey::Up => prompt.turn(true, &self.typed),
            PromptKey::Down => prompt.turn(false, &self.typed),
            PromptKey::Edit(request) => prompt.edit(request),
            PromptKey::Other => {}
        }
        self.open(Overlay::Prompt(prompt))
    }

    /// The verb, if what it names is there.
    fn known(&self, verb: Verb) -> Result<Verb, String> {
        match &verb {
            Verb::Theme(name) if self.themes.named(name).is_none() => Err(format!(
                "no theme is called {name:?}; there are {}",
                self.themes.names()
            )),
            _ => Ok(verb),
        }
    }

    /// The words that an argument may be, where these can be listed.
    fn arguments(&self, listed: &Listed) -> Vec<String> {
        match listed.name {
            "theme" => self
                .themes
                .items
                .iter()
                .map(|item| item.name.clone())
                .collect(),
            "pace" => vec!["full".to_owned()],
            _ => Vec::new(),
        }
    }

    /// What a verb of the list would change, as it is now.
    pub fn now(&self, listed: &Listed, lab: &LabSnapshot) -> Option<String> {
        let group = self.target(lab);
        match listed.action {
            Action::TypeRate
            | Action::RateUp
            | Action::RateDown
            | Action::RateUpFine
            | Action::RateDownFine => group.map(|group| format::rate(group.rate.value())),
            Action::MaskSharing => group.map(|group| format::sharing(&group.noise_shape)),
            Action::PaceHalf | Action::PaceDouble | Action::FullSpeed => Some(pace_words(lab.pace)),
            Action::Theme => Some(self.theme.name().to_owned()),
            _ => None,
        }
    }

    /// What would come of the line as it is, or why nothing would. `lab` is the lab as it is now.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn effect(&self, prompt: &Prompt, lab: &LabSnapshot) -> Result<String, String> {
        let arrow = self.theme.glyphs().pick("→", "->");
        let verb = prompt.verb().and_then(|verb| self.known(verb))?;
        let change = |from: String, to: String| format!("{from} {arrow} {to}");
        let rate = |to: Option<DropRate>| {
            let (Some(group), Some(to)) = (self.target(lab), to) else {
                return "no runs are selected".to_owned();
            };
            let change = change(format::rate(group.rate.value()), format::rate(to.value()));
            format!("{} {change}, live: nothing is reset", group.letter)
        };
        Ok(match verb {
            Verb::Rate(to) => rate(Some(to)),
            Verb::Do(Action::RateUp) => rate(self.shifted_rate(super::COARSE, lab)),
            Verb::Do(Action::RateDown) => rate(self.shifted_rate(-super::COARSE, lab)),
            Verb::Do(Action::RateUpFine) => rate(self.shifted_rate(super::FINE, lab)),
            Verb::Do(Action::RateDownFine) => rate(self.shifted_rate(-super::FINE, lab)),
            Verb::New(at) => format!(
                "{} runs begin at {}, beside the others",
                lab.n_seeds().max(1),
                format::rate(at.value())
            ),
            Verb::Epoch(epoch) => match Crosshair::near(epoch, self.shown(lab)) {
                Some(found) => format!("the crosshair reads at epoch {}", found.epoch),
                None => "nothing has been measured yet".to_owned(),
            },
            Verb::StepTo(step) => {
                let (step, last) = (format::count(step), format::count(lab.last_step()));
                format!("what was at step {step} of {last}, while training goes on")
            }
            Verb::Fork(at) => {
                let letter = self.target(lab).map_or('?', |group| group.letter);
                let step = format::count(super::time::seen_step(lab));
                format!(
                    "{letter} branches off at step {step}, at {}",
                    format::rate(at.value())
                )
            }
            Verb::Theme(name) => change(self.theme.name().to_owned(), name),
            Verb::Pace(pace) => change(pace_words(lab.pace), pace_words(pace)),
            Verb::Save(folder) => format!("what repeats this lab, and its curves, into {folder}"),
            Verb::Do(action) => prompt::all()
                .iter()
                .find(|listed| listed.action == action && listed.argument.is_empty())
                .map_or_else(String::new, |listed| listed.help.to_owned()),
        })
    }
}

fn pace_words(pace: Pace) -> String {
    match pace {
        Pace::FullSpeed => "full speed".to_owned(),
        Pace::EpochsPerSec(pace) => format!("{pace} epochs/s"),
    }
}
