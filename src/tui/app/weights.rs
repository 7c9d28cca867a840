//! How the screen of weights shows them, and what its keys change.

use super::on_screen::Heard;
use super::{App, Wish};
use crate::lab::LabSnapshot;
use crate::probe::Probe;
use crate::probe::families::Order;
use crate::tui::keymap::Action;
use crate::tui::screen::Pane;

/// What a tile shows of a unit's incoming weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tiles {
    /// What has changed since the start.
    #[default]
    Changes,
    /// The weights.
    Weights,
}

/// What is counted over the units of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnitValue {
    /// The norms of their incoming weights.
    #[default]
    Norm,
    /// On how many inputs their sums rest.
    EffectiveInputs,
}

/// How the weights are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WeightsView {
    /// What the tiles show.
    pub tiles: Tiles,
    /// What the ridges are of.
    pub unit_value: UnitValue,
    /// The dense layer whose units are shown, from 0.
    pub layer_idx: usize,
    /// The place of the cursor in the order of the units.
    pub cursor: usize,
    /// The order that was chosen; without one it goes by the layer.
    order: Option<Order>,
}

impl WeightsView {
    /// In which order the units are shown: those of the first layer by what has changed, those above by what they push, unless
    /// somebody chose.
    pub fn order(&self) -> Order {
        let by_layer = match self.layer_idx {
            0 => Order::Change,
            _ => Order::Push,
        };
        self.order.unwrap_or(by_layer)
    }

    /// Points at a unit of a layer, of which it may not be known yet where another order has it.
    pub(super) fn point_at(&mut self, layer_idx: usize, unit: usize) {
        (self.layer_idx, self.cursor) = (layer_idx, unit);
        self.order = Some(Order::Index);
    }

    /// What is asked of a run for what is shown.
    pub fn probe(&self) -> Probe {
        Probe::Families {
            layer_idx: self.layer_idx,
        }
    }
}

/// Units that a page key goes along.
const A_PAGE: isize = 6;

impl App {
    /// What the screen of weights makes of an action.
    pub(super) fn heard_by_weights(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        let n_layers = self.facts.widths.len().saturating_sub(1).max(1);
        match action {
            Action::Metric => return self.turn_weights_quantity(),
            Action::Alignment => self.focus = self.next_chart(),
            Action::Order => return Heard::Took(self.turn_order()),
            Action::Layer => {
                self.weights.layer_idx = (self.weights.layer_idx + 1) % n_layers;
                self.weights.cursor = 0;
                let words = match self.weights.layer_idx {
                    idx if idx + 1 == n_layers => "the weights into the outputs".to_owned(),
                    idx => format!("the weights into hidden {}", idx + 1),
                };
                return Heard::Took(self.say_unless_shown_in(&[Pane::Families], words));
            }
            Action::Inspect => return Heard::Took(self.inspect(lab)),
            Action::Left => self.move_family(-1),
            Action::Right => self.move_family(1),
            Action::PageUp => self.move_family(-A_PAGE),
            Action::PageDown => self.move_family(A_PAGE),
            Action::Home => self.move_family(isize::MIN),
            Action::End => self.move_family(isize::MAX),
            _ => return Heard::Not,
        }
        Heard::Took(None)
    }

    fn turn_weights_quantity(&mut self) -> Heard {
        let view = &mut self.weights;
        match self.focus {
            Pane::Families => {
                view.tiles = match view.tiles {
                    Tiles::Changes => Tiles::Weights,
                    Tiles::Weights => Tiles::Changes,
                };
            }
            Pane::UnitNorms => {
                view.unit_value = match view.unit_value {
                    UnitValue::Norm => UnitValue::EffectiveInputs,
                    UnitValue::EffectiveInputs => UnitValue::Norm,
                };
            }
            _ => return Heard::Not,
        }
        Heard::Took(None)
    }

    /// The chart after the focused one; the first one from elsewhere.
    fn next_chart(&self) -> Pane {
        match self.focus {
            Pane::NormBySteps => Pane::NormByLoss,
            Pane::NormByLoss => Pane::NormBySeconds,
            _ => Pane::NormBySteps,
        }
    }

    fn turn_order(&mut self) -> Option<Wish> {
        let present = self.weights.order();
        let idx = Order::ALL.iter().position(|&order| order == present);
        let next = Order::ALL[idx.map_or(0, |idx| (idx + 1) % Order::ALL.len())];
        self.weights.order = Some(next);
        self.weights.cursor = 0;
        let words = match next {
            Order::Change => "units by what has changed over all rates",
            Order::Norm => "units by their norm over all rates",
            Order::Push => "units by the output that they push most",
            Order::Index => "units as they lie in the network",
        };
        self.say(words)
    }

    /// Moves the cursor along the units of the layer, whose pane comes into view where only one is.
    fn move_family(&mut self, by: isize) {
        self.focus = Pane::Families;
        let n_units = self.facts.widths.get(self.weights.layer_idx + 1);
        let last = n_units.map_or(0, |n_units| n_units.saturating_sub(1));
        self.weights.cursor = self.weights.cursor.saturating_add_signed(by).min(last);
    }
}
