//! What the screen of units shows, what it asks of the lab, and what its keys change.

use super::on_screen::Heard;
use super::{App, Wish};
use crate::lab::question::Runs;
use crate::lab::{self, LabSnapshot, RunSnapshot};
use crate::nn::UnitId;
use crate::probe::{Activity, Probe, Worth};
use crate::tui::keymap::Action;
use crate::tui::screen::{Pane, Screen};

/// What a map of units shows of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantity {
    /// By how much the test loss rises without the unit.
    #[default]
    Worth,
    /// The mean activation.
    Mean,
    /// The share of the examples that it fires on.
    Fires,
    /// The norm of the weights into it.
    Norm,
    /// In how many updates it was kept.
    Kept,
}

impl Quantity {
    /// All of them, in the order in which a key turns through them.
    pub const ALL: [Self; 5] = [Self::Worth, Self::Mean, Self::Fires, Self::Norm, Self::Kept];
}

/// In which order a map has its units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnitOrder {
    /// As they lie in the network.
    #[default]
    Index,
    /// Those of most worth first.
    Worth,
    /// By the class that they answer most.
    Class,
}

/// What the screen of units shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitsView {
    /// The hidden layer of the map, from 0; turned over the layers that there are.
    pub layer: usize,
    /// By how many layers the one that all rates are compared in is before the last.
    pub layers_before_last: usize,
    /// The unit under the cursor.
    pub unit: usize,
    /// What the map shows.
    pub quantity: Quantity,
    /// In which order.
    pub order: UnitOrder,
    /// The test example that goes through the unit.
    pub example: usize,
    /// Units that were dropped by hand, in the view only.
    pub dropped: Vec<UnitId>,
    /// From where which unit of which hidden layer was inspected, until another screen is opened.
    pub inspected: Option<(Screen, usize, usize)>,
}

/// How many units a map of `n` has in a row: about as many as rows, 32 at most.
pub fn unit_columns(n: usize) -> usize {
    ((n as f64).sqrt().ceil() as usize).clamp(1, 32)
}

/// Units that a map has places for; of larger layers, several share one.
const MOST_PLACES: usize = 1024;

impl App {
    /// Hidden layers of the networks.
    pub fn n_hidden_layers(&self) -> usize {
        self.facts.widths.len().saturating_sub(2)
    }

    /// The layer of the map, as the dense layer into it, from 0; `None` without hidden layers.
    pub fn unit_layer(&self) -> Option<usize> {
        self.units.layer.checked_rem(self.n_hidden_layers())
    }

    /// The layer in which all rates are compared: the last hidden one, unless another was asked for.
    pub fn compared_layer(&self) -> Option<usize> {
        let n = self.n_hidden_layers();
        let before = self.units.layers_before_last.checked_rem(n)?;
        Some(n - 1 - before)
    }

    /// The unit under the cursor.
    pub fn unit(&self) -> usize {
        let last = self
            .unit_layer()
            .map_or(0, |idx| self.facts.widths[idx + 1].saturating_sub(1));
        self.units.unit.min(last)
    }

    /// What the screen of units asks of the lab.
    pub(super) fn unit_questions(&self, lab: &LabSnapshot) -> Vec<lab::Question> {
        let selected = self.selected(self.shown(lab)).map(|group| group.id);
        let layers = self.unit_layer().zip(self.compared_layer());
        let (Some(group), Some((layer_idx, compared))) = (selected, layers) else {
            return Vec::new();
        };
        let of_group = |probe| lab::Question {
            runs: Runs::Group(group),
            probe,
        };
        let of_all = |probe| lab::Question {
            runs: Runs::All,
            probe,
        };
        let inspect = Probe::Inspect {
            layer_idx,
            unit: self.unit(),
            example: self.units.example,
        };
        let mut questions = vec![
            of_group(inspect),
            of_group(Probe::Worth { layer_idx }),
            of_group(Probe::Activity { layer_idx }),
        ];
        if !self.units.dropped.is_empty() {
            questions.push(of_group(Probe::Without(self.units.dropped.clone())));
        }
        questions.extend([
            of_all(Probe::Activity {
                layer_idx: compared,
            }),
            of_all(Probe::Worth {
                layer_idx: compared,
            }),
            of_all(Probe::Alike {
                layer_idx: compared,
            }),
        ]);
        questions
    }

    /// The run whose units the map shows.
    pub fn unit_run<'a>(&self, lab: &'a LabSnapshot) -> Option<&'a RunSnapshot> {
        Some(self.selected(lab)?.shown_run()?.as_ref())
    }

    /// The units of the map in its order: as they lie in the network where that is not known yet.
    pub fn units_in_order(&self, lab: &LabSnapshot) -> Vec<usize> {
        let Some(layer_idx) = self.unit_layer() else {
            return Vec::new();
        };
        let n_units = self.facts.widths[layer_idx + 1];
        let mut units: Vec<usize> = (0..n_units).collect();
        let readings = self.unit_run(lab).map(|run| &run.readings);
        match self.units.order {
            UnitOrder::Index => {}
            UnitOrder::Worth => {
                let worth = readings.and_then(|all| all.to::<Worth>(&Probe::Worth { layer_idx }));
                if let Some(worth) = worth {
                    let rise = |unit: usize| worth.rises[unit];
                    let key = |unit: usize| {
                        if rise(unit).is_nan() {
                            f64::NEG_INFINITY
                        } else {
                            rise(unit)
                        }
                    };
                    units.sort_by(|&one, &two| key(two).total_cmp(&key(one)));
                }
            }
            UnitOrder::Class => {
                let activity =
                    readings.and_then(|all| all.to::<Activity>(&Probe::Activity { layer_idx }));
                if let Some(activity) = activity {
                    let class = |unit: usize| {
                        activity
                            .favourites(unit)
                            .map_or(usize::MAX, |[first, _]| first)
                    };
                    units.sort_by_key(|&unit| class(unit));
                }
            }
        }
        units
    }

    /// How many units share a place of the map.
    pub fn units_a_place(&self) -> usize {
        let n_units = self
            .unit_layer()
            .map_or(1, |idx| self.facts.widths[idx + 1]);
        n_units.div_ceil(MOST_PLACES).max(1)
    }

    /// What the screen makes of an action.
    pub(super) fn heard_on_units(&mut self, action: Action, lab: &LabSnapshot) -> Heard {
        let columns = unit_columns(self.n_unit_places()) as isize;
        let is_map = matches!(self.focus, Pane::UnitMap | Pane::Unit);
        match action {
            Action::Left if is_map => self.move_on_map(-1, lab),
            Action::Right if is_map => self.move_on_map(1, lab),
            Action::Up if is_map => self.move_on_map(-columns, lab),
            Action::Down if is_map => self.move_on_map(columns, lab),
            Action::PageUp if is_map => self.move_on_map(-4 * columns, lab),
            Action::PageDown if is_map => self.move_on_map(4 * columns, lab),
            Action::Home if is_map => self.move_on_map(isize::MIN / 2, lab),
            Action::End if is_map => self.move_on_map(isize::MAX / 2, lab),
            Action::Layer if self.n_hidden_layers() > 1 => self.turn_unit_layer(),
            Action::Metric if is_map => return Heard::Took(self.turn_unit_quantity()),
            Action::Order if is_map => return Heard::Took(self.turn_unit_order()),
            Action::NextExample => return Heard::Took(self.turn_unit_example(1)),
            Action::PreviousExample => return Heard::Took(self.turn_unit_example(-1)),
            Action::DropUnit if self.n_hidden_layers() > 0 => {
                return Heard::Took(self.drop_this_unit());
            }
            Action::GiveBack => return Heard::Took(self.give_units_back()),
            Action::Inspect => return Heard::Took(self.inspect(lab)),
            _ => return Heard::Not,
        }
        Heard::Took(None)
    }

    fn n_unit_places(&self) -> usize {
        let n_units = self
            .unit_layer()
            .map_or(0, |idx| self.facts.widths[idx + 1]);
        n_units.div_ceil(self.units_a_place())
    }

    /// Moves the cursor by so many places of the map.
    fn move_on_map(&mut self, by: isize, lab: &LabSnapshot) {
        let order = self.units_in_order(self.shown(lab));
        let (unit, a_place) = (self.unit(), self.units_a_place());
        let Some(at) = order.iter().position(|&other| other == unit) else {
            return;
        };
        let last = self.n_unit_places().saturating_sub(1);
        let place = (at / a_place).saturating_add_signed(by).min(last);
        self.units.unit = order[(place * a_place).min(order.len() - 1)];
    }

    /// Puts the cursor on the unit at a place of the map.
    pub(super) fn point_at_place(&mut self, place: usize, lab: &LabSnapshot) {
        let order = self.units_in_order(self.shown(lab));
        if let Some(&unit) = order.get(place * self.units_a_place()) {
            self.units.unit = unit;
        }
    }

    fn turn_unit_layer(&mut self) {
        let n = self.n_hidden_layers();
        if matches!(self.focus, Pane::UnitMap | Pane::Unit) {
            self.units.layer = (self.units.layer + 1) % n;
        } else {
            self.units.layers_before_last = (self.units.layers_before_last + 1) % n;
        }
    }

    fn turn_unit_quantity(&mut self) -> Option<Wish> {
        let all = Quantity::ALL;
        let at = all
            .iter()
            .position(|&other| other == self.units.quantity)
            .unwrap_or(0);
        self.units.quantity = all[(at + 1) % all.len()];
        self.say_unless_shown_in(
            &[Pane::UnitMap],
            match self.units.quantity {
                Quantity::Worth => "the map shows what units are worth",
                Quantity::Mean => "the map shows the mean activation of units",
                Quantity::Fires => "the map shows on how many examples units fire",
                Quantity::Norm => "the map shows the norms of the weights into units",
                Quantity::Kept => "the map shows in how many updates units were kept",
            },
        )
    }

    fn turn_unit_order(&mut self) -> Option<Wish> {
        let (next, words) = match self.units.order {
            UnitOrder::Index => (UnitOrder::Worth, "units of most worth first"),
            UnitOrder::Worth => (UnitOrder::Class, "units by the class that they answer most"),
            UnitOrder::Class => (UnitOrder::Index, "units as they lie in the network"),
        };
        self.units.order = next;
        self.say(words)
    }

    fn turn_unit_example(&mut self, by: isize) -> Option<Wish> {
        let n = self.facts.n_examples.1.max(1);
        self.units.example = (self.units.example + n).saturating_add_signed(by) % n;
        let words = format!("test example {} goes through the unit", self.units.example);
        self.say_unless_shown_in(&[Pane::Unit], words)
    }

    /// Drops the unit under the cursor in the view, or gives it back.
    fn drop_this_unit(&mut self) -> Option<Wish> {
        let layer_idx = self.unit_layer()? + 1;
        let id = UnitId {
            layer_idx,
            unit: self.unit(),
        };
        let dropped = &mut self.units.dropped;
        if let Some(at) = dropped.iter().position(|other| *other == id) {
            dropped.remove(at);
            return self.say(format!("unit {} is back", id.unit));
        }
        dropped.push(id);
        self.say(format!(
            "unit {} is dropped by hand, in the view only: training does not know",
            id.unit
        ))
    }

    fn give_units_back(&mut self) -> Option<Wish> {
        let n = std::mem::take(&mut self.units.dropped).len();
        self.say(match n {
            0 => "no unit was dropped by hand".to_owned(),
            1 => "the unit is back".to_owned(),
            n => format!("all {n} units are back"),
        })
    }
}
