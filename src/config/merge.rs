//! Layers laid over each other: defaults, those of the data, preset, file, flags.
//!
//! The result is still a generic table in which every value knows its origin. What a value means is decided later; only
//! three rules here know settings by name, because they are about layers: settings that exclude each other, lists that
//! are paired, and settings that describe the data set of the same layer.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::changes;
use super::layer::{Layer, Leaf};
use super::problem::{Origin, Problem};

/// Settings of which one layer may give one, each with the value that stands for "not given".
const EXCLUSIVE: [&[(&str, &str)]; 2] = [
    &[("dropout.mask", "auto"), ("dropout.noise_shape", "auto")],
    &[
        ("training.epochs", "none"),
        ("training.steps", "none"),
        ("training.seconds", "none"),
    ],
];

/// Settings that describe the data set, or when something can be decided on it, as they are for a data set nothing was
/// said about.
fn of_other_data() -> [(&'static str, Value); 4] {
    let auto = || Value::String("auto".to_owned());
    [
        ("data.train", auto()),
        ("data.test", auto()),
        ("data.label_noise", Value::Integer(0)),
        ("run.decide_at", Value::String("none".to_owned())),
    ]
}

/// Every setting with its value and origin.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Merged(BTreeMap<String, Leaf>);

impl Merged {
    /// Lays `upper` over everything so far, and reports settings in it that exclude each other.
    ///
    /// A setting also takes back those that it excludes: `--steps` on the command line wins over `epochs` in a file.
    pub(super) fn overlay(&mut self, upper: Layer) -> Vec<Problem> {
        let mut problems = Vec::new();
        for group in EXCLUSIVE {
            let given: Vec<&str> = group
                .iter()
                .filter(|rule| is_given(&upper, rule))
                .map(|rule| rule.0)
                .collect();
            let Some(leaf) = given.first().and_then(|first| upper.get(*first)) else {
                continue;
            };
            for (setting, unset) in group {
                let value = Value::String((*unset).to_owned());
                self.put(setting, value, leaf.origin.clone());
            }
            problems.extend(
                given
                    .iter()
                    .skip(1)
                    .map(|second| exclusion(&upper, given[0], second)),
            );
        }
        self.unpair(&upper);
        self.forget_changes(&upper);
        self.0.extend(upper);
        problems
    }

    /// Takes back what is said of each group by itself where `upper` has other groups.
    fn unpair(&mut self, upper: &Layer) {
        let Some(rates) = upper.get("dropout.rates") else {
            return;
        };
        let word = |word: &str| Value::String(word.to_owned());
        let of_all: [&[(&str, Value)]; 3] = [
            &[("dropout.input_rate", Value::Integer(0))],
            &[("dropout.mask", word("batch"))],
            &[
                ("dropout.noise_shape", word("auto")),
                ("dropout.mask", word("batch")),
            ],
        ];
        for settings in of_all {
            let is_list = |leaf: &Leaf| leaf.value.is_array();
            if settings
                .first()
                .is_some_and(|(setting, _)| self.leaf(setting).is_some_and(is_list))
            {
                for (setting, value) in settings {
                    self.put(setting, value.clone(), rates.origin.clone());
                }
            }
        }
    }

    /// Takes back changes of runs where `upper` has its own, or other groups to change.
    fn forget_changes(&mut self, upper: &Layer) {
        let is_other = |setting: &String| is_change(setting) || setting.starts_with("dropout.");
        if upper.keys().any(is_other) {
            self.0.retain(|setting, _| !is_change(setting));
        }
    }

    /// Puts this list of changes in the place of what there is.
    pub(super) fn put_changes(&mut self, entries: Vec<Table>, origin: &Origin) {
        self.0.retain(|setting, _| !is_change(setting));
        for (idx, entry) in entries.into_iter().enumerate() {
            for (field, value) in entry {
                let setting = format!("{}.{}.{field}", changes::LIST, idx + 1);
                self.put(&setting, value, origin.clone());
            }
        }
    }

    /// The values of all changes, each with the number of its entry and its field.
    pub(super) fn changes(&self) -> impl Iterator<Item = (usize, String, Value)> {
        self.0.iter().filter_map(|(setting, leaf)| {
            let mut parts = setting.splitn(3, '.');
            let number = parts
                .next()
                .filter(|list| *list == changes::LIST)
                .and(parts.next())?;
            Some((
                number.parse().ok()?,
                parts.next()?.to_owned(),
                leaf.value.clone(),
            ))
        })
    }

    /// Gives a setting a value that nobody wrote, for the reason that `origin` is.
    pub(super) fn put(&mut self, setting: &str, value: Value, origin: Origin) {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), ToOwned::to_owned);
        let leaf = Leaf {
            value,
            origin,
            text,
        };
        self.0.insert(setting.to_owned(), leaf);
    }

    /// Takes back what a preset about `preset_data` says about them, where the user names others.
    ///
    /// Otherwise `--preset rescue --data csv:FILE` would ask a file of 150 lines for 500 training examples and spoil its labels.
    pub(super) fn describe_other_data(&mut self, preset_data: &str) {
        let Some(spec) = self.0.get("data.spec").cloned() else {
            return;
        };
        if spec.value.as_str() == Some(preset_data) {
            return;
        }
        for (setting, value) in of_other_data() {
            let is_users = self
                .leaf(setting)
                .is_some_and(|leaf| leaf.origin.is_users());
            if !is_users {
                self.put(setting, value, spec.origin.clone());
            }
        }
    }

    /// The setting of this full name.
    pub(super) fn leaf(&self, setting: &str) -> Option<&Leaf> {
        self.0.get(setting)
    }

    /// The nested table that a file with all these settings would be.
    pub(super) fn to_table(&self) -> Table {
        let mut root = Table::new();
        // A table without settings exists all the same.
        root.insert(
            super::manual::FREE_TABLE.to_owned(),
            Value::Table(Table::new()),
        );
        for (setting, leaf) in &self.0 {
            match setting.split_once('.') {
                None => drop(root.insert(setting.clone(), leaf.value.clone())),
                Some((table, key)) => {
                    let table = root
                        .entry(table)
                        .or_insert_with(|| Value::Table(Table::new()));
                    if let Value::Table(table) = table {
                        table.insert(key.to_owned(), leaf.value.clone());
                    }
                }
            }
        }
        root
    }
}

fn is_change(setting: &str) -> bool {
    let list = setting.split_once('.').map(|(list, _)| list);
    list == Some(changes::LIST)
}

fn is_given(layer: &Layer, (setting, unset): &(&str, &str)) -> bool {
    layer
        .get(*setting)
        .is_some_and(|leaf| leaf.value.as_str() != Some(unset))
}

fn exclusion(layer: &Layer, first: &str, second: &str) -> Problem {
    let origin = layer.get(second).map(|leaf| leaf.origin.clone());
    let other = match layer.get(first).map(|leaf| &leaf.origin) {
        Some(Origin::Flag(flag)) => flag,
        _ => first,
    };
    let message = format!("excludes {other}; accepted: one of the two");
    Problem {
        origin,
        setting: second.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::super::layer::{Source, read_text};
    use super::*;

    fn merged(layers: &[&str]) -> (Merged, Vec<Problem>) {
        let (mut merged, mut problems) = (Merged::default(), Vec::new());
        for text in layers {
            let (layer, found) = read_text(text, &Source::File("a.toml".into()));
            problems.extend(found);
            problems.extend(merged.overlay(layer));
        }
        (merged, problems)
    }

    #[test]
    fn a_higher_layer_replaces_single_values() {
        let (merged, problems) = merged(&["[run]\nseed = 1\nseeds = 2", "[run]\nseed = 3"]);
        assert_eq!(problems, []);
        let expected: Table = "[run]\nseed = 3\nseeds = 2\n[keys]".parse().unwrap();
        assert_eq!(merged.to_table(), expected);
    }

    #[test]
    fn a_limit_takes_back_the_other_limits_of_lower_layers() {
        let (merged, problems) = merged(&["[training]\nepochs = 5", "[training]\nsteps = 9"]);
        assert_eq!(problems, []);
        let expected: Table = "[training]\nepochs = 'none'\nseconds = 'none'\nsteps = 9\n[keys]"
            .parse()
            .unwrap();
        assert_eq!(merged.to_table(), expected);
    }

    #[test]
    fn two_limits_in_one_layer_are_a_problem() {
        let (_, problems) = merged(&["[training]\nepochs = 5\nsteps = 9\nseconds = \"none\""]);
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(
            problems,
            ["a.toml:3:9: training.steps: excludes training.epochs; accepted: one of the two"]
        );
    }
}
