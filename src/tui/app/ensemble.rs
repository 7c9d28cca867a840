//! The screen of the ensemble: how it is shown, what keys do to that, and what it asks of the lab.

use super::App;
use super::on_screen::Heard;
use crate::lab::{self, GroupSnapshot, LabSnapshot, Runs};
use crate::math::hilbert;
use crate::nn::DropRate;
use crate::probe::exact::Choices;
use crate::probe::{CommitteeReading, Probe};
use crate::tui::keymap::Action;
use crate::tui::screen::Pane;

/// How the screen shows the ensemble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EnsembleView {
    /// Whether networks are compared by loss; by accuracy where there is one.
    pub is_by_loss: bool,
    /// The first of the divided examples that is shown.
    pub first_divided: usize,
    /// Whether the map of all masks is unrolled into the walk through them.
    pub is_walk: bool,
    /// The network under the cursor: its mask; `None` while there is no cursor.
    pub mask: Option<usize>,
    /// The unit under the cursor, by its bit.
    pub bit: usize,
}

/// Rates that are asked for their committees at the same time.
const MOST_ASKED: usize = 4;

impl App {
    /// Whether the screen shows losses: they were asked for, or there is nothing else.
    pub fn is_by_loss(&self) -> bool {
        self.ensemble.is_by_loss || !self.facts.is_classification
    }

    /// The units of a group that can be dropped, if all their masks can be counted up.
    pub fn choices(&self, group: &GroupSnapshot) -> Option<Choices> {
        let rates = [group.input_rate, group.hidden_rate];
        choices(&self.facts.widths, rates, &group.noise_shape)
    }

    /// The pane that has the focus when the screen is opened first: the map of all masks where there can be one.
    pub(super) fn first_pane_of_ensemble(&self) -> Pane {
        let can_be_all = self.facts.experiment.groups.iter().any(|group| {
            let noise = &group.noise;
            let rates = [noise.input_rate, noise.hidden_rate];
            choices(&self.facts.widths, rates, &noise.noise_shape).is_some()
        });
        if can_be_all {
            Pane::EveryMask
        } else {
            Pane::HowMany
        }
    }

    /// Groups that the screen shows beside each other: those that drop anything, at most `n` around the selected one.
    pub fn dropping<'a>(&self, lab: &'a LabSnapshot, n: usize) -> Vec<&'a GroupSnapshot> {
        let drops = |group: &&GroupSnapshot| {
            group
                .shown_run()
                .is_some_and(|run| run.subnetworks.n_units() > 0)
        };
        let all: Vec<&GroupSnapshot> = lab.groups.iter().filter(drops).collect();
        let selected = self.selected(lab).map(|group| group.id);
        let at = all
            .iter()
            .position(|group| Some(group.id) == selected)
            .unwrap_or(0);
        let first = at.saturating_sub(n / 2).min(all.len().saturating_sub(n));
        all.into_iter().skip(first).take(n).collect()
    }

    /// What is asked: every mask of the selected rate, or committees of the rates that are shown beside each other.
    pub(super) fn ask_of_ensemble(&self, lab: &LabSnapshot) -> Vec<lab::Question> {
        let ask = |group: &GroupSnapshot, probe: Probe| lab::Question {
            runs: Runs::Group(group.id),
            probe,
        };
        let shown = self.shown(lab);
        if self.focus.is_of_every_mask() {
            let can_be_asked = |group: &&GroupSnapshot| self.choices(group).is_some();
            let selected = self.selected(shown).filter(can_be_asked);
            return selected
                .map(|group| ask(group, Probe::Exact))
                .into_iter()
                .collect();
        }
        let groups = self.dropping(shown, MOST_ASKED).into_iter();
        groups.map(|group| ask(group, Probe::Committee)).collect()
    }

    /// What the screen makes of an action.
    pub(super) fn heard_on_ensemble(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        let lab = self.frozen.clone().unwrap_or_else(|| lab.clone());
        match action {
            Action::Metric if self.facts.is_classification => {
                self.ensemble.is_by_loss = !self.ensemble.is_by_loss;
                let words = if self.ensemble.is_by_loss {
                    "networks are compared by loss"
                } else {
                    "networks are compared by accuracy"
                };
                let silent = matches!(self.focus, Pane::HowMany | Pane::Committee | Pane::Visited);
                Heard::Took(if silent { self.say(words) } else { None })
            }
            Action::Picture => self.turn_picture(&lab),
            Action::NextExample => self.turn_divided(1, &lab),
            Action::PreviousExample => self.turn_divided(-1, &lab),
            Action::Up
            | Action::Down
            | Action::Left
            | Action::Right
            | Action::DropUnit
            | Action::GiveBack => self.move_through_masks(action, &lab),
            _ => Heard::Not,
        }
    }

    /// From what was sampled to the map of all masks, to the walk through them, and back.
    fn turn_picture(&mut self, lab: &LabSnapshot) -> Heard {
        let can_be_all = self
            .selected(lab)
            .is_some_and(|group| self.choices(group).is_some());
        if !self.focus.is_of_every_mask() {
            if !can_be_all {
                let words = format!(
                    "too many masks to ask them all, or only one: up to 2^{} of one hidden layer, 2^{} otherwise",
                    Choices::MOST_OF_ONE_LAYER,
                    Choices::MOST_OF_SEVERAL
                );
                return Heard::Took(self.say(words));
            }
            self.focus = Pane::EveryMask;
            self.ensemble.is_walk = false;
        } else if self.ensemble.is_walk || !can_be_all {
            self.focus = Pane::HowMany;
        } else {
            self.focus = Pane::EveryMask;
            self.ensemble.is_walk = true;
        }
        Heard::Took(None)
    }

    /// The next divided examples, ten at a time, around the end.
    fn turn_divided(&mut self, by: isize, lab: &LabSnapshot) -> Heard {
        const AT_ONCE: usize = 10;
        if self.focus.is_of_every_mask() {
            return Heard::Not;
        }
        let run = self.selected(lab).and_then(GroupSnapshot::shown_run);
        let reading = run.and_then(|run| run.readings.any::<CommitteeReading>());
        let n = reading.map_or(0, |reading| reading.divided.len());
        let n_pages = n.div_ceil(AT_ONCE).max(1) as isize;
        let page = (self.ensemble.first_divided / AT_ONCE) as isize;
        if n_pages == 1 {
            return Heard::Took(self.say("the committee has no further examples to show"));
        }
        let first = (page + by).rem_euclid(n_pages) as usize * AT_ONCE;
        self.ensemble.first_divided = first;
        let words = format!(
            "the committee shows the examples from place {} on",
            first + 1
        );
        Heard::Took(self.say_unless_shown_in(&[Pane::Committee], words))
    }

    /// Moves the cursor over the map, or over the units, or drops the unit under it and gives it back.
    fn move_through_masks(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        let group = self.selected(lab);
        let Some(choices) = group.and_then(|group| self.choices(group)) else {
            return Heard::Not;
        };
        let is_map = self.focus == Pane::EveryMask;
        let step = match action {
            Action::Left => -1,
            Action::Right => 1,
            _ => 0,
        };
        // The cursor begins where all units are kept.
        let (n, all) = (choices.n_units(), choices.n_masks() - 1);
        let before = self.ensemble.mask.filter(|mask| *mask <= all);
        let mask = before.unwrap_or(all);
        let mask = match action {
            Action::DropUnit if self.focus.is_of_every_mask() => {
                mask ^ (1 << self.ensemble.bit.min(n - 1))
            }
            Action::GiveBack if self.focus.is_of_every_mask() => all,
            Action::Left | Action::Right if self.focus == Pane::MeanWorth => {
                let bit = self.ensemble.bit as i32 + step;
                self.ensemble.bit = bit.clamp(0, n as i32 - 1) as usize;
                return Heard::Took(None);
            }
            _ if is_map && before.is_none() => all,
            Action::Left | Action::Right if is_map && self.ensemble.is_walk => {
                let place = Choices::place_of(mask) as i64 + i64::from(step);
                Choices::mask_at(place.clamp(0, all as i64) as usize)
            }
            Action::Up | Action::Down | Action::Left | Action::Right if is_map => {
                beside(mask, action, n as u32)
            }
            _ => return Heard::Not,
        };
        self.ensemble.mask = Some(mask);
        Heard::Took(None)
    }
}

/// The mask beside another on the map of `2^n` masks; itself at the edge.
fn beside(mask: usize, action: Action, n: u32) -> usize {
    let place = Choices::place_of(mask);
    let (columns, rows) = hilbert::grid(n);
    let (x, y) = hilbert::cell_of(place, n);
    let cell = match action {
        Action::Left => (x.saturating_sub(1), y),
        Action::Right => ((x + 1).min(columns - 1), y),
        Action::Up => (x, y.saturating_sub(1)),
        _ => (x, (y + 1).min(rows - 1)),
    };
    Choices::mask_at(hilbert::place_of(cell, n))
}

/// The choices of a network of these widths, whose input and hidden layers are dropped at these rates.
fn choices(
    widths: &[usize],
    [input, hidden]: [DropRate; 2],
    noise_shape: &crate::nn::NoiseShape,
) -> Option<Choices> {
    let inputs = widths
        .iter()
        .take(widths.len().saturating_sub(1))
        .enumerate();
    let layers = inputs.map(|(idx, &n)| (n, if idx == 0 { input } else { hidden }));
    Choices::of(layers, noise_shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beside_a_mask_on_the_map_is_a_step_away_and_the_edges_hold() {
        for n in 1..=7 {
            for mask in 0..1_usize << n {
                for (there, back) in [(Action::Left, Action::Right), (Action::Up, Action::Down)] {
                    let next = beside(mask, there, n);
                    assert!(next < 1 << n);
                    assert!(next == mask || beside(next, back, n) == mask, "{n} {mask}");
                }
            }
        }
    }

    #[test]
    fn a_small_network_can_be_asked_whole_and_a_large_one_or_one_without_dropout_cannot() {
        let rate = DropRate::saturating;
        let can = |widths: &[usize], input: f64, hidden: f64| {
            let shape = crate::nn::NoiseShape::per_batch();
            choices(widths, [rate(input), rate(hidden)], &shape).is_some()
        };
        assert!(can(&[2, 20, 2], 0.0, 0.5) && !can(&[2, 21, 2], 0.0, 0.5));
        assert!(can(&[2, 8, 8, 2], 0.0, 0.5) && !can(&[2, 8, 9, 2], 0.0, 0.5));
        assert!(can(&[2, 8, 2], 0.2, 0.5) && !can(&[2, 8, 2], 0.0, 0.0));
        assert!(can(&[8, 2], 0.5, 0.5), "a network without hidden layers");
    }
}
