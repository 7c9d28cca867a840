//! The same unit on another screen: what is inspected, and the way back.

use super::{App, GroupSnapshot, Wish};
use crate::lab::LabSnapshot;
use crate::nn::UnitId;
use crate::probe::Families;
use crate::probe::families::ordered;
use crate::tui::screen::{Pane, Screen};

impl App {
    /// Units of the layer whose weights are shown, in the order in which they are; none before they were looked at.
    pub fn families_in_order(&self, lab: &LabSnapshot) -> Vec<usize> {
        let probe = self.weights.probe();
        let runs = lab.groups.iter().filter_map(GroupSnapshot::shown_run);
        let found: Vec<_> = runs
            .filter_map(|run| run.readings.to::<Families>(&probe))
            .collect();
        let families: Vec<&Families> = found.iter().map(|seen| seen.reading()).collect();
        ordered(&families, self.weights.order())
    }

    /// Shows the unit under the cursor on the screen of units; from there goes back to where that was asked, or else to the
    /// masks that drop it.
    pub(super) fn inspect(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        match self.screen {
            Screen::Weights => {
                let order = self.families_in_order(self.shown(lab));
                let Some(&unit) = order.get(self.weights.cursor.min(order.len().max(1) - 1)) else {
                    return self.say("the units of this layer have not been looked at yet");
                };
                self.inspect_unit(self.weights.layer_idx, unit)
            }
            Screen::Masks => {
                let run = self.selected(self.shown(lab))?.shown_run()?;
                let Some(id) = self.unit_of(run) else {
                    return self.say("the arrows or a click choose a unit first");
                };
                let Some(layer) = id.layer_idx.checked_sub(1) else {
                    return self.say("an input has no weights into it: nothing to inspect");
                };
                self.inspect_unit(layer, id.unit)
            }
            _ => self.leave_inspection(lab),
        }
    }

    /// Opens the screen of units at a unit of a hidden layer, from 0.
    fn inspect_unit(&mut self, layer: usize, unit: usize) -> Option<Wish> {
        if layer >= self.n_hidden_layers() {
            return self.say(
                "these are outputs; u turns to units of a hidden layer, which can be inspected",
            );
        }
        let from = self.screen;
        self.open_screen(Screen::Units);
        self.focus = Pane::Unit;
        self.units.layer = layer;
        self.units.unit = unit;
        self.units.inspected = Some((from, layer, unit));
        None
    }

    /// Back to the weights of the unit, if it was inspected from there, or else to its masks.
    fn leave_inspection(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let Some(layer) = self.unit_layer() else {
            return self.say("without hidden layers there is no unit to look for");
        };
        let unit = self.unit();
        if let Some((Screen::Weights, from_layer, from_unit)) = self.units.inspected {
            self.open_screen(Screen::Weights);
            self.focus = Pane::Families;
            // The cursor is still on the unit, unless another one was gone to.
            if (layer, unit) != (from_layer, from_unit) {
                self.weights.point_at(layer, unit);
            }
            return None;
        }
        let run = self.selected(self.shown(lab))?.shown_run()?;
        let id = UnitId {
            layer_idx: layer + 1,
            unit,
        };
        if !Self::layers_of(run).contains(&id.layer_idx) {
            let words = format!(
                "this rate drops nothing of hidden {}: there are no masks of the unit",
                layer + 1
            );
            return self.say(words);
        }
        self.put_cursor_on(id, lab);
        self.open_screen(Screen::Masks);
        self.focus = Pane::Thinned;
        None
    }
}
