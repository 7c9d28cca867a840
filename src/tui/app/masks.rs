//! What the screen of masks is made to show: which example, which unit the cursor is on, and units that are dropped by hand.

use ratatui::layout::Rect;

use super::on_screen::Heard;
use super::{App, Wish};
use crate::lab::{self, Command, GroupSnapshot, LabSnapshot, RunSnapshot, Runs};
use crate::nn::UnitId;
use crate::probe::{FlowQuestion, Probe};
use crate::train::StepPhase;
use crate::tui::keymap::Action;
use crate::tui::screen::Pane;

/// Units that fit into the narrowest picture of them: the cursor stays in view.
pub(super) const UNITS_IN_VIEW: usize = 60;

/// Units of a layer that are drawn below each other; of wider ones eight are beside each other.
const UNITS_IN_A_COLUMN: usize = 24;
const UNITS_IN_A_ROW: usize = 8;

/// Rows from which on two thinned networks fit below each other.
const ROWS_FOR_TWO: u16 = 24;

/// A page of units.
const UNITS_A_PAGE: usize = 64;

/// How the screen of masks shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MasksView {
    /// Which training example goes through the network.
    pub example: usize,
    /// The unit under the cursor, of the layer that is shown, if there is a cursor.
    pub cursor: Option<usize>,
    /// Whose mask of the batch is shown, where each example has its own.
    pub sample: usize,
    /// Units that are dropped by hand in the view.
    pub without: Vec<UnitId>,
}

impl App {
    /// The layers whose masks are shown, one at a time: those that drop units; without one, all that could.
    pub fn layers_of(run: &RunSnapshot) -> Vec<usize> {
        let n_layers = run.recipe.n_layers();
        let drops = |&layer_idx: &usize| !run.recipe.rate(layer_idx, run.step).is_none();
        let dropped: Vec<usize> = (0..n_layers).filter(drops).collect();
        match (dropped.is_empty(), n_layers) {
            (false, _) => dropped,
            (true, 1) => vec![0],
            (true, _) => (1..n_layers).collect(),
        }
    }

    /// The layer whose masks are shown, by the dense layer that it enters.
    pub fn layer_of(&self, run: &RunSnapshot) -> usize {
        let layers = Self::layers_of(run);
        layers[self.view.mask_layer % layers.len().max(1)]
    }

    /// The unit under the cursor, if there is a cursor.
    pub fn unit_of(&self, run: &RunSnapshot) -> Option<UnitId> {
        let layer_idx = self.layer_of(run);
        let last = run.widths[layer_idx].saturating_sub(1);
        let unit = self.masks.cursor?.min(last);
        Some(UnitId { layer_idx, unit })
    }

    /// The units of a group that are dropped by hand: from the mask that it holds, or in the view.
    pub fn without<'a>(&'a self, group: &'a GroupSnapshot) -> &'a [UnitId] {
        group.held.as_deref().unwrap_or(&self.masks.without)
    }

    /// What is asked about the flow of an example through a run of a group.
    pub fn flow_probe(&self, run: &RunSnapshot) -> Probe {
        Probe::Flow(FlowQuestion {
            example: self.masks.example,
            sample: self.masks.sample,
            without: self.masks.without.clone(),
            is_in_step: run.next_part != StepPhase::Mask,
        })
    }

    /// What is asked about the full network without the units that are dropped by hand in the view; `None` where none are.
    pub fn without_probe(&self) -> Option<Probe> {
        let units = &self.masks.without;
        (!units.is_empty()).then(|| Probe::Without(units.clone()))
    }

    /// The groups whose thinned networks are shown in so many rows: the selected one, and where there is room for two the next,
    /// or the last one before.
    pub fn thinned_groups<'a>(&self, lab: &'a LabSnapshot, height: u16) -> Vec<&'a GroupSnapshot> {
        let row = self.selected_row(lab);
        let before = || lab.groups.get(row.checked_sub(1)?);
        let other = lab.groups.get(row + 1).or_else(before);
        let other = other.filter(|_| height >= ROWS_FOR_TWO);
        lab.groups.get(row).into_iter().chain(other).collect()
    }

    /// What the lab is asked for the screen of masks in `area`.
    pub(super) fn masks_questions(&self, lab: &LabSnapshot, area: Rect) -> Vec<lab::Question> {
        let shown = self.shown(lab);
        let panes = self.places(lab, area).panes;
        let thinned = panes.iter().find(|(pane, _)| *pane == Pane::Thinned);
        let groups = thinned.map_or_else(Vec::new, |(_, area)| {
            self.thinned_groups(shown, area.height)
        });
        let flows = groups.into_iter().filter_map(|group| {
            let (runs, probe) = (Runs::Group(group.id), self.flow_probe(group.shown_run()?));
            Some(lab::Question { runs, probe })
        });
        let without = self.selected(shown).zip(self.without_probe());
        let without = without.map(|(group, probe)| {
            let runs = Runs::Group(group.id);
            lab::Question { runs, probe }
        });
        flows.chain(without).collect()
    }

    /// Does on the screen of masks what an action means there.
    pub(super) fn hear_on_masks(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        let n_examples = self.facts.n_examples.0.max(1);
        let wish = match action {
            Action::Layer => self.turn_mask_layer(lab),
            Action::Picture => self.turn_waterfall(),
            Action::NextExample => self.turn_masks_example(1),
            Action::PreviousExample => self.turn_masks_example(n_examples - 1),
            Action::Inspect => self.inspect(lab),
            Action::DropUnit => self.drop_unit(lab),
            Action::GiveBack => self.give_back(lab),
            Action::HoldMask => self.turn_hold(lab),
            Action::Left
            | Action::Right
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::Home
            | Action::End => return self.move_unit(action, lab),
            _ => return Heard::Not,
        };
        Heard::Took(wish)
    }

    /// Turns to the next layer that has masks.
    pub(super) fn turn_mask_layer(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let run = self.selected(self.shown(lab))?.shown_run()?;
        let n_layers = Self::layers_of(run).len();
        if n_layers < 2 {
            return self.say("there are masks of one layer only");
        }
        let layers = Self::layers_of(run);
        self.view.mask_layer = (self.view.mask_layer + 1) % n_layers;
        self.view.first_unit = 0;
        let words = match layers[self.view.mask_layer] {
            0 => "masks of the input".to_owned(),
            idx => format!("masks of hidden {idx}"),
        };
        self.say_unless_shown_in(&[Pane::Masks, Pane::Nested], words)
    }

    /// Turns to the training example that is so many further on, around the end.
    fn turn_masks_example(&mut self, by: usize) -> Option<Wish> {
        let n_examples = self.facts.n_examples.0.max(1);
        self.masks.example = (self.masks.example + by) % n_examples;
        let words = format!(
            "training example {} goes through the thinned network",
            self.masks.example
        );
        self.say_unless_shown_in(&[Pane::Thinned], words)
    }

    /// Shows the masks of all layers on the whole screen, or the thinned network again.
    fn turn_waterfall(&mut self) -> Option<Wish> {
        let is_waterfall = self.focus == Pane::Masks && self.view.is_zoomed;
        self.view.is_zoomed = !is_waterfall;
        if is_waterfall {
            self.focus = Pane::Thinned;
            return None;
        }
        self.focus = Pane::Masks;
        self.say("the masks of all layers; the same key shows the thinned network again")
    }

    /// Moves the cursor: through the units of the layer, or up and down through the samples of the batch.
    fn move_unit(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        let shown = self
            .selected(self.shown(lab))
            .and_then(GroupSnapshot::shown_run);
        let Some(run) = shown else { return Heard::Not };
        let layer_idx = self.layer_of(run);
        let n_units = run.widths[layer_idx];
        let n_samples = run.recipe.n_rows(run.step);
        let is_in_graph = self.focus == Pane::Thinned;
        let is_vertical = matches!(action, Action::Up | Action::Down);
        if is_vertical && !is_in_graph {
            if run.noise_shape.is_per_batch() {
                return Heard::Not;
            }
            let sample = self.masks.sample.min(n_samples - 1);
            let by = if action == Action::Up { -1 } else { 1 };
            self.masks.sample = sample.saturating_add_signed(by).min(n_samples - 1);
            return Heard::Took(None);
        }
        let Some(cursor) = self.masks.cursor else {
            self.put_cursor(self.view.first_unit.min(n_units - 1));
            return Heard::Took(self.say_cursor(layer_idx));
        };
        let row = if n_units <= UNITS_IN_A_COLUMN {
            1
        } else {
            UNITS_IN_A_ROW
        };
        let cursor = cursor.min(n_units - 1);
        let unit = match action {
            Action::Left => cursor.saturating_sub(1),
            Action::Right => cursor + 1,
            Action::Up => cursor.saturating_sub(row),
            Action::Down => cursor + row,
            Action::PageUp => cursor.saturating_sub(UNITS_A_PAGE),
            Action::PageDown => cursor + UNITS_A_PAGE,
            Action::Home => 0,
            _ => n_units - 1,
        };
        self.put_cursor(unit.min(n_units - 1));
        Heard::Took(self.say_cursor(layer_idx))
    }

    /// Says on which unit the cursor is, where it is not seen.
    fn say_cursor(&mut self, layer_idx: usize) -> Option<Wish> {
        let unit = self.masks.cursor?;
        let words = match layer_idx {
            0 => format!("the cursor is on input {unit}"),
            idx => format!("the cursor is on unit {unit} of hidden {idx}"),
        };
        self.say_unless_shown_in(&[Pane::Thinned], words)
    }

    /// Puts the cursor on a unit, and the unit into view.
    fn put_cursor(&mut self, unit: usize) {
        self.masks.cursor = Some(unit);
        let least = (unit + 1).saturating_sub(UNITS_IN_VIEW);
        self.view.first_unit = self.view.first_unit.clamp(least, unit);
    }

    /// Puts the cursor on a unit that was clicked at; where it is already, the unit is dropped, or given back.
    pub(super) fn click_unit(&mut self, id: UnitId, lab: &LabSnapshot) -> Option<Wish> {
        let run = self.selected(self.shown(lab))?.shown_run()?;
        if self.unit_of(run) == Some(id) {
            return self.drop_unit(lab);
        }
        self.put_cursor_on(id, lab);
        None
    }

    /// Puts the cursor on a unit, and its layer into view, if the selected rate has masks of that.
    pub(super) fn put_cursor_on(&mut self, id: UnitId, lab: &LabSnapshot) {
        let run = self
            .selected(self.shown(lab))
            .and_then(GroupSnapshot::shown_run);
        let layers = run.map_or_else(Vec::new, |run| Self::layers_of(run));
        if let Some(place) = layers.iter().position(|&idx| idx == id.layer_idx) {
            self.view.mask_layer = place;
            self.put_cursor(id.unit);
        }
    }

    /// Drops the unit under the cursor by hand, or gives it back: from the mask that is held, or in the view.
    fn drop_unit(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?;
        let Some(id) = self.unit_of(group.shown_run()?) else {
            return self.say("the arrows or a click choose a unit first");
        };
        let mut without = self.without(group).to_vec();
        match without.iter().position(|other| *other == id) {
            Some(place) => drop(without.remove(place)),
            None => without.push(id),
        }
        without.sort_unstable();
        self.take_out(without, lab)
    }

    /// Gives all units back that were dropped by hand.
    fn give_back(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        if self.without(self.target(lab)?).is_empty() {
            return self.say("no unit is dropped by hand");
        }
        self.take_out(Vec::new(), lab)
    }

    fn take_out(&mut self, without: Vec<UnitId>, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?;
        if group.held.is_some() {
            let group = group.id;
            return self.send(Command::HoldMask { group, without }, lab);
        }
        self.masks.without = without;
        None
    }

    /// Holds the present mask of the selected runs, less what is dropped by hand, or lets it go.
    fn turn_hold(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.target(lab)?;
        let (id, letter) = (group.id, group.letter);
        let run = group.shown_run()?;
        if !group.runs.iter().any(|run| run.phase.is_running()) {
            return self.say(format!("{letter} trains no more; r starts it again"));
        }
        if group.held.is_some() {
            self.say(format!("{letter}: each step has a mask of its own again"));
            return self.send(Command::LetMaskGo(id), lab);
        }
        let n_layers = run.recipe.n_layers();
        let drops = |layer_idx| !run.recipe.rate(layer_idx, run.step).is_none();
        if self.masks.without.is_empty() && !(0..n_layers).any(drops) {
            return self.say(format!("{letter} drops nothing: there is no mask to hold"));
        }
        let without = std::mem::take(&mut self.masks.without);
        self.say(format!(
            "{letter} trains this one network from now on; M lets go"
        ));
        self.send(Command::HoldMask { group: id, without }, lab)
    }
}
