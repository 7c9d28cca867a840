//! What the app asks of the lab: rates, groups and pace, each as a command.

use super::{App, COARSE, FINE, Field, Overlay, Purpose, Question, Wish, grain_word};
use crate::lab::{Command, GroupId, GroupSnapshot, LabSnapshot, Pace};
use crate::nn::{DropRate, NoiseShape};
use crate::tui::keymap::Key;

/// Epochs per second beyond which nothing can be watched any more.
const PACES: (f64, f64) = (0.05, 5000.0);

impl App {
    pub(super) fn turn_grain(&mut self) -> Option<Wish> {
        self.view.grain = self.view.grain.next();
        self.say(format!("a step is now one {}", grain_word(self.view.grain)))
    }

    pub(super) fn shift_rate(&mut self, by: f64, lab: &LabSnapshot) -> Option<Wish> {
        self.set_rate(self.shifted_rate(by, lab)?, lab)
    }

    /// The rate that is so much more than the selected one.
    pub(super) fn shifted_rate(&self, by: f64, lab: &LabSnapshot) -> Option<DropRate> {
        let rate = self.target(lab)?.rate.value() + by;
        // On the grid of .01, so that steps carry no rounding.
        let rate = (rate / FINE).round() * FINE;
        Some(DropRate::saturating((rate * 100.0).round() / 100.0))
    }

    pub(super) fn set_rate(&mut self, rate: DropRate, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?.id;
        self.send(Command::SetRate { group, rate }, lab)
    }

    pub(super) fn turn_mask_sharing(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?;
        let noise_shape = if group.noise_shape.is_per_batch() {
            NoiseShape::per_sample()
        } else {
            NoiseShape::per_batch()
        };
        let group = group.id;
        self.send(Command::SetNoiseShape { group, noise_shape }, lab)
    }

    /// Asks for the rate of new runs, and proposes one that no other runs have.
    pub(super) fn propose_group(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        if lab.groups.len() >= crate::lab::MAX_GROUPS {
            return self.say(format!(
                "there is a letter for {} rates only",
                crate::lab::MAX_GROUPS
            ));
        }
        let near = self.target(lab).map_or(0.5, |group| group.rate.value());
        let rate = DropRate::saturating(free_rate(near, lab));
        self.open(Overlay::Typing(Field::proposal(
            Purpose::NewGroup,
            rate.to_string(),
        )))
    }

    pub(super) fn add_group(&mut self, rate: DropRate, lab: &LabSnapshot) -> Option<Wish> {
        let like = self.target(lab).map_or_else(
            || self.facts.experiment.first_group().clone(),
            GroupSnapshot::plan,
        );
        let plan = like.with_rate(lab.varied, rate);
        let wish = self.send(Command::Add(plan), lab);
        if self.frozen.is_none() {
            self.selected = Some(lab.next_group);
        } else {
            self.say("the new runs train; they show when the view moves on");
        }
        wish
    }

    /// Removes the selected runs, or asks first.
    pub(super) fn remove_selected(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?;
        let id = group.id;
        if lab.groups.len() == 1 {
            return self.say("these are the only runs; `n` adds others first");
        }
        if loses_training(group, lab) {
            return self.open(Overlay::Asking(Question::Remove(id)));
        }
        self.remove(id, lab)
    }

    /// Removes a group; the one in the row below, or else above, is selected.
    pub(super) fn remove(&mut self, id: GroupId, lab: &LabSnapshot) -> Option<Wish> {
        let groups = &self.shown(lab).groups;
        let row = groups.iter().position(|group| group.id == id)?;
        let neighbour = groups.get(row + 1).or(groups[..row].last());
        self.selected = neighbour.map(|group| group.id);
        Some(Wish::Send(Command::Remove(id)))
    }

    /// Starts the selected runs again, or asks first.
    pub(super) fn restart_selected(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?;
        let id = group.id;
        if loses_training(group, lab) {
            return self.open(Overlay::Asking(Question::Restart(id)));
        }
        self.restart(id, lab)
    }

    fn restart(&mut self, id: GroupId, lab: &LabSnapshot) -> Option<Wish> {
        let letter = lab.group(id)?.letter;
        self.say(format!(
            "{letter} starts again from the same initial weights"
        ));
        Some(Wish::Send(Command::Restart(id)))
    }

    /// Does what was asked about if the key says yes.
    pub(super) fn take_answer(
        &mut self,
        question: Question,
        key: Key,
        lab: &LabSnapshot,
    ) -> Option<Wish> {
        match question {
            _ if !key.is_yes() => None,
            Question::Remove(id) => self.remove(id, lab),
            Question::Restart(id) => self.restart(id, lab),
        }
    }

    pub(super) fn add_seed(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let n_seeds = lab.groups.first()?.runs.len();
        if n_seeds >= crate::lab::MAX_SEEDS {
            return self.say(format!("{n_seeds} seeds are the most"));
        }
        let seed = lab.seed.wrapping_add(n_seeds as u64);
        self.say(format!(
            "seed {seed} begins at every rate, and counts when it has caught up"
        ));
        Some(Wish::Send(Command::AddSeed))
    }

    pub(super) fn scale_pace(&mut self, factor: f64, lab: &LabSnapshot) -> Option<Wish> {
        let pace = match lab.pace {
            Pace::EpochsPerSec(pace) => pace * factor,
            Pace::FullSpeed => self.view.pace_before,
        };
        // Factors of two are exact: halving and doubling come back to where they were, so nothing is cut at the ends.
        let is_beyond = (factor < 1.0 && pace < PACES.0) || (factor > 1.0 && pace > PACES.1);
        if is_beyond {
            return self.say(if factor < 1.0 {
                "slower than this is by single steps"
            } else {
                "faster than this is full speed"
            });
        }
        self.send(Command::SetPace(Pace::EpochsPerSec(pace)), lab)
    }

    pub(super) fn turn_full_speed(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let pace = match lab.pace {
            Pace::EpochsPerSec(pace) => {
                self.view.pace_before = pace;
                Pace::FullSpeed
            }
            Pace::FullSpeed => Pace::EpochsPerSec(self.view.pace_before),
        };
        self.send(Command::SetPace(pace), lab)
    }
}

/// Seconds after which the training of runs is worth a question before it is lost.
const YOUNG_SECS: f64 = 5.0;

/// Whether a group has trained for more than a few seconds, and there is something of it left to lose.
pub(super) fn loses_training(group: &GroupSnapshot, lab: &LabSnapshot) -> bool {
    let is_old = lab.elapsed_secs - group.since_secs > YOUNG_SECS;
    is_old && group.runs.iter().any(|run| run.is_sound() && run.step > 0)
}

/// A rate near `rate` that no group has, further up if there is one, for new runs to differ in.
fn free_rate(rate: f64, lab: &LabSnapshot) -> f64 {
    let near = |step: f64| (1..=20).flat_map(move |n| [f64::from(n) * step, -f64::from(n) * step]);
    let steps = [2.0 * COARSE, COARSE, FINE].into_iter().flat_map(near);
    let mut rates = steps.map(|step| ((rate + step) * 100.0).round() / 100.0);
    let is_free = |rate: &f64| {
        (0.0..1.0).contains(rate)
            && lab
                .groups
                .iter()
                .all(|group| (group.rate.value() - rate).abs() > FINE / 2.0)
    };
    rates.find(is_free).unwrap_or(rate)
}
