//! The entries `[[change]]`: what is changed while runs train, so that an experiment that was changed live can be repeated.
//!
//! An entry names a run by the letter of its group and its seed, the step before which it is changed, and what is changed.
//! While settings are merged each of its values is a setting like any other, named `change.1.rate`, so that a mistake in it
//! has a place; as a file or as JSON the entries are a list again.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::lab::{GroupPlan, PlannedChange};
use crate::nn::{DropRate, UnitId};
use crate::train::{HeldMask, NoiseChange};

use super::check::{Check, Checked};
use super::groups::{shape_of, shape_words};
use super::manual::full_name;
use super::merge::Merged;

/// The name of the list.
pub(super) const LIST: &str = "change";

/// What an entry may say.
pub(super) const FIELDS: [&str; 9] = [
    "group",
    "seed",
    "step",
    "rate",
    "input_rate",
    "mask",
    "noise_shape",
    "hold",
    "without",
];

/// The runs that can be changed.
pub(super) struct Runs<'a> {
    pub(super) groups: &'a [GroupPlan],
    pub(super) first_seed: u64,
    pub(super) n_seeds: usize,
    pub(super) has_hidden: bool,
}

/// The letter by which the group in this place goes.
pub(super) fn letter(group_idx: usize) -> char {
    ('a'..='z').nth(group_idx).unwrap_or('?')
}

/// The checked entries, in the order of their steps.
pub(super) fn changes(
    check: &mut Check<'_>,
    written: BTreeMap<String, Value>,
    runs: &Runs<'_>,
) -> Checked<Vec<PlannedChange>> {
    let mut entries: BTreeMap<usize, Table> = BTreeMap::new();
    for (name, value) in written {
        if let Some((number, field)) = name.split_once('.')
            && let Ok(number) = number.parse()
        {
            entries
                .entry(number)
                .or_default()
                .insert(field.to_owned(), value);
        }
    }
    let checked: Vec<Checked<Vec<PlannedChange>>> = entries
        .into_iter()
        .map(|(number, entry)| Entry { number, entry }.check(check, runs))
        .collect();
    let mut changes = checked.into_iter().collect::<Checked<Vec<_>>>()?.concat();
    changes.sort_by_key(|change| change.step);
    let has = |is_it: fn(&NoiseChange) -> bool| changes.iter().any(|change| is_it(&change.to));
    if has(|to| matches!(to, NoiseChange::HiddenRate(_)))
        && has(|to| matches!(to, NoiseChange::InputRate(_)))
    {
        let message =
            "found rate and input_rate; accepted: one of the two, by which the groups then go";
        return Err(check.report(LIST, message));
    }
    Ok(changes)
}

struct Entry {
    number: usize,
    entry: Table,
}

impl Entry {
    fn name(&self, field: &str) -> String {
        full_name(LIST, &format!("{}.{field}", self.number))
    }

    /// Refuses a field, or the entry where that has none of this name.
    fn refuse<T>(&self, check: &mut Check<'_>, field: &str, accepted: &str) -> Checked<T> {
        let name = self.name(field);
        if self.entry.contains_key(field) {
            return Err(check.refuse_unless(&name, accepted));
        }
        let neighbour = self.entry.keys().next().cloned().unwrap_or_default();
        let message = format!("is missing; accepted: {accepted}");
        Err(check.report_at(&self.name(&neighbour), &name, message))
    }

    fn number_of(&self, field: &str) -> Option<u64> {
        u64::try_from(self.entry.get(field)?.as_integer()?).ok()
    }

    fn check(&self, check: &mut Check<'_>, runs: &Runs<'_>) -> Checked<Vec<PlannedChange>> {
        let group_idx = self.group(check, runs);
        let last_seed = runs.first_seed.saturating_add(runs.n_seeds as u64 - 1);
        let is_there = |seed: &u64| (runs.first_seed..=last_seed).contains(seed);
        let seed = self.number_of("seed").filter(is_there);
        let accepted = || format!("a seed of the runs, {} to {last_seed}", runs.first_seed);
        let seed = seed.map_or_else(|| self.refuse(check, "seed", &accepted()), Ok);
        let step = self.number_of("step");
        let accepted = "the updates made before, a whole number";
        let step = step.map_or_else(|| self.refuse(check, "step", accepted), Ok);
        let to = self.noise_changes(check, runs);
        let (group_idx, seed, step) = (group_idx?, seed?, step?);
        let planned = |to| PlannedChange {
            group_idx,
            seed,
            step,
            to,
        };
        Ok(to?.into_iter().map(planned).collect())
    }

    fn group(&self, check: &mut Check<'_>, runs: &Runs<'_>) -> Checked<usize> {
        let word = self.entry.get("group").and_then(Value::as_str);
        let n_groups = runs.groups.len();
        let found =
            word.and_then(|word| (0..n_groups).find(|&idx| letter(idx).to_string() == word));
        let accepted = || format!("the letter of a group, a to {}", letter(n_groups - 1));
        found.map_or_else(|| self.refuse(check, "group", &accepted()), Ok)
    }

    /// The mask that is held, or that none is.
    fn held(&self, check: &mut Check<'_>) -> Checked<NoiseChange> {
        let without = self.without(check)?;
        let is_none = self.entry.get("hold").and_then(Value::as_str) == Some("none");
        match self.number_of("hold") {
            Some(step) => Ok(NoiseChange::Held(Some(HeldMask::new(step, without)))),
            None if is_none && without.is_empty() => Ok(NoiseChange::Held(None)),
            None if is_none => self.refuse(check, "without", "only beside a step in hold"),
            None => {
                let accepted = "the step whose mask is held, a whole number, or none";
                self.refuse(check, "hold", accepted)
            }
        }
    }

    /// The units that are dropped besides.
    fn without(&self, check: &mut Check<'_>) -> Checked<Vec<UnitId>> {
        let Some(value) = self.entry.get("without") else {
            return Ok(Vec::new());
        };
        let words = value.as_str().map(str::split_whitespace);
        let units = words.and_then(|mut words| words.by_ref().map(unit_of).collect());
        let accepted = "units as LAYER.UNIT, counted from 0 and 0 for the input, apart by spaces";
        units.map_or_else(|| self.refuse(check, "without", accepted), Ok)
    }

    fn noise_changes(&self, check: &mut Check<'_>, runs: &Runs<'_>) -> Checked<Vec<NoiseChange>> {
        let mut changes = Vec::new();
        for (field, value) in &self.entry {
            let rate = || {
                let number = value
                    .as_float()
                    .or_else(|| value.as_integer().map(|n| n as f64));
                number.and_then(|number| DropRate::new(number).ok())
            };
            let shape = || value.as_str().and_then(shape_of);
            let (change, accepted) = match field.as_str() {
                "rate" if !runs.has_hidden => (None, "input_rate: the network has no hidden layer"),
                "rate" => (rate().map(NoiseChange::HiddenRate), "a number from 0 to 1"),
                "input_rate" => (rate().map(NoiseChange::InputRate), "a number from 0 to 1"),
                "mask" | "noise_shape" => (
                    shape().map(NoiseChange::NoiseShape),
                    "batch, sample, or as a noise_shape ROWS,UNITS",
                ),
                "hold" => {
                    changes.push(self.held(check)?);
                    continue;
                }
                "without" if !self.entry.contains_key("hold") => (None, "only beside hold"),
                _ => continue,
            };
            let change = change.map_or_else(|| self.refuse(check, field, accepted), Ok);
            changes.push(change?);
        }
        if changes.is_empty() {
            return self.refuse(
                check,
                "rate",
                "one of rate, input_rate, mask, noise_shape and hold",
            );
        }
        Ok(changes)
    }
}

/// A unit as it is written.
fn unit_of(word: &str) -> Option<UnitId> {
    let (layer_idx, unit) = word.split_once('.')?;
    Some(UnitId {
        layer_idx: layer_idx.parse().ok()?,
        unit: unit.parse().ok()?,
    })
}

/// The entries as they stand in the settings, in their order.
pub(super) fn listed(merged: &Merged) -> Vec<Table> {
    let mut entries: BTreeMap<usize, Table> = BTreeMap::new();
    for (number, field, value) in merged.changes() {
        entries.entry(number).or_default().insert(field, value);
    }
    entries.into_values().collect()
}

/// A change as an entry of the list.
pub(super) fn entry(change: &PlannedChange) -> Table {
    let mut entry = Table::new();
    let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    entry.insert(
        "group".to_owned(),
        letter(change.group_idx).to_string().into(),
    );
    entry.insert("seed".to_owned(), number(change.seed));
    entry.insert("step".to_owned(), number(change.step));
    let (field, value) = match &change.to {
        NoiseChange::InputRate(rate) => ("input_rate", Value::Float(rate.value())),
        NoiseChange::HiddenRate(rate) => ("rate", Value::Float(rate.value())),
        NoiseChange::NoiseShape(shape) => {
            let (setting, word) = shape_words(shape);
            (setting, Value::String(word))
        }
        NoiseChange::Held(None) => ("hold", Value::String("none".to_owned())),
        NoiseChange::Held(Some(held)) => {
            let units = held.without.iter();
            let units: Vec<String> = units
                .map(|id| format!("{}.{}", id.layer_idx, id.unit))
                .collect();
            if !units.is_empty() {
                entry.insert("without".to_owned(), Value::String(units.join(" ")));
            }
            ("hold", number(held.step))
        }
    };
    entry.insert(field.to_owned(), value);
    entry
}
