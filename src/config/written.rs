//! The settings as they are written: the shape of the table, not yet the sense of its values.
//!
//! A value of the wrong kind does not stop the reading ([`Read::Wrong`]), so that everything that is wrong can be
//! reported at once. Only a name that does not exist stops it, and those are found before.

use std::collections::BTreeMap;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use toml::Value;

/// A value of the expected kind, or something else.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Read<T> {
    /// What was expected.
    Right(T),
    /// A value of another kind.
    Wrong,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(value.try_into().map_or(Self::Wrong, Self::Right))
    }
}

/// A word. `16` is one, too: colours are counted in words such as `truecolor` and `16`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word(pub(super) String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) => Ok(Self(word)),
            Value::Integer(number) => Ok(Self(number.to_string())),
            other => Err(serde::de::Error::custom(format!("{other} is no word"))),
        }
    }
}

/// A value, or the word that stands for "not given": `none` or `auto`, whichever the setting uses.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Maybe<T> {
    /// A value.
    Given(T),
    /// A word in its place.
    Word(String),
}

/// A value for all groups, or one for each.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrEach<T> {
    /// The same in every group.
    One(T),
    /// Each group's own.
    Each(Vec<T>),
}

impl<T: Clone> OneOrEach<T> {
    /// As a list.
    pub(super) fn each(&self) -> Vec<T> {
        match self {
            Self::One(value) => vec![value.clone()],
            Self::Each(values) => values.clone(),
        }
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) preset: Read<Word>,
    pub(super) data: Data,
    pub(super) network: Network,
    pub(super) dropout: Dropout,
    pub(super) training: Training,
    pub(super) run: Run,
    pub(super) engine: Engine,
    pub(super) screen: Screen,
    pub(super) keys: BTreeMap<String, Read<Word>>,
    #[serde(default)]
    pub(super) change: BTreeMap<String, Value>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    pub(super) spec: Read<Word>,
    pub(super) train: Read<Maybe<u64>>,
    pub(super) test: Read<Maybe<u64>>,
    pub(super) label_noise: Read<f64>,
    pub(super) seed: Read<Maybe<u64>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    pub(super) hidden: Read<Vec<u64>>,
    pub(super) activation: Read<Word>,
    pub(super) init: Read<Word>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dropout {
    pub(super) rates: Read<Vec<f64>>,
    pub(super) input_rate: Read<OneOrEach<f64>>,
    pub(super) mask: Read<OneOrEach<Word>>,
    pub(super) noise_shape: Read<OneOrEach<Word>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Training {
    pub(super) optimizer: Read<Word>,
    pub(super) lr: Read<f64>,
    pub(super) momentum: Read<f64>,
    pub(super) l2: Read<f64>,
    pub(super) max_norm: Read<Maybe<f64>>,
    pub(super) batch: Read<u64>,
    pub(super) epochs: Read<Maybe<u64>>,
    pub(super) steps: Read<Maybe<u64>>,
    pub(super) seconds: Read<Maybe<f64>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    pub(super) seed: Read<u64>,
    pub(super) seeds: Read<u64>,
    pub(super) decide_at: Read<Maybe<Vec<u64>>>,
    pub(super) threads: Read<u64>,
    pub(super) pace: Read<Maybe<f64>>,
    pub(super) panic_at_step: Read<Maybe<u64>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Engine {
    pub(super) vectors: Read<Word>,
    pub(super) thinned: Read<Word>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Screen {
    pub(super) glyphs: Read<Word>,
    pub(super) color: Read<Word>,
    pub(super) theme: Read<Word>,
    pub(super) fps: Read<Maybe<u64>>,
    pub(super) mouse: Read<bool>,
}

#[cfg(test)]
mod tests {
    use super::super::manual::DEFAULTS;
    use super::*;

    #[test]
    fn the_defaults_hold_every_setting_and_no_other() {
        let table: toml::Table = DEFAULTS.parse().unwrap();
        let result = Value::Table(table).try_into::<Written>();
        assert!(result.is_ok(), "{result:?}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_does_not_stop_the_reading() {
        let text = DEFAULTS
            .replace("lr = 0.01", "lr = \"fast\"")
            .replace("fps = \"auto\"", "fps = -1");
        let written: Written = Value::Table(text.parse().unwrap()).try_into().unwrap();
        assert_eq!(
            (written.training.lr, written.screen.fps),
            (Read::Wrong, Read::Wrong)
        );
    }
}
