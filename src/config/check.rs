//! From what is written to what can be run: kinds and ranges, each setting for itself.
//!
//! Nothing here stops at the first problem. Every part of the result is [`Checked`] by itself, and what is refused has
//! left a problem behind. How a problem is worded is decided by `manual` and `problem`.

use std::fmt::Display;
use std::str::FromStr;

use toml::Value;

use super::manual;
use super::merge::Merged;
use super::problem::{Origin, Problem};
use super::written::{Maybe, Read, Word};

/// A setting was not accepted, and the problem has been noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// A checked value, or nothing but a noted problem.
pub(super) type Checked<T> = Result<T, Refused>;

/// Collects problems while settings are checked.
pub(super) struct Check<'a> {
    merged: &'a Merged,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    /// Checks of the settings in `merged`, after those that found `problems`.
    pub(super) fn new(merged: &'a Merged, problems: Vec<Problem>) -> Self {
        Self { merged, problems }
    }

    /// Everything found so far.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The origin of a setting, if it has been written at all.
    pub(super) fn origin(&self, setting: &str) -> Option<Origin> {
        self.merged.leaf(setting).map(|leaf| leaf.origin.clone())
    }

    /// Whether a setting has been written as `value`.
    pub(super) fn is_written(&self, setting: &str, value: &toml::Value) -> bool {
        let leaf = self.merged.leaf(setting);
        leaf.is_some_and(|leaf| leaf.value == *value)
    }

    /// Reports a problem with a setting, in words of its own.
    pub(super) fn report(&mut self, setting: &str, message: impl Into<String>) -> Refused {
        let origin = self.origin(setting);
        self.problems.push(Problem {
            origin,
            setting: setting.to_owned(),
            message: message.into(),
        });
        Refused
    }

    /// Reports that a setting does not accept what was found.
    fn refuse(&mut self, setting: &str) -> Refused {
        let found = self.found(setting) + &self.gap(setting);
        let accepted =
            manual::entry(setting).map_or("a key, such as \"p\"", |entry| entry.accepted.as_str());
        self.report(setting, format!("found {found}; accepted: {accepted}"))
    }

    /// Reports what was found, and what is accepted in words of its own.
    pub(super) fn refuse_unless(&mut self, setting: &str, accepted: &str) -> Refused {
        let found = self.found(setting);
        self.report(setting, format!("found {found}; accepted: {accepted}"))
    }

    /// Reports a problem with `setting`, which was not written, where `neighbour` was.
    pub(super) fn report_at(&mut self, neighbour: &str, setting: &str, message: String) -> Refused {
        let origin = self.origin(neighbour);
        self.problems.push(Problem {
            origin,
            setting: setting.to_owned(),
            message,
        });
        Refused
    }

    /// What to say of a list with nothing between two commas, or behind the last.
    fn gap(&self, setting: &str) -> String {
        let entries = self
            .merged
            .leaf(setting)
            .and_then(|leaf| leaf.value.as_array());
        let gap = entries.and_then(|entries| {
            let is_empty = |entry: &Value| entry.as_str() == Some("");
            entries.iter().position(is_empty)
        });
        gap.map_or_else(String::new, |gap| {
            format!(" (entry {} of the list is empty)", gap + 1)
        })
    }

    fn found(&self, setting: &str) -> String {
        self.merged
            .leaf(setting)
            .map_or_else(|| "nothing".to_owned(), |leaf| leaf.text.clone())
    }

    /// A value of the right kind that `is_accepted`.
    pub(super) fn value<T>(
        &mut self,
        setting: &str,
        read: Read<T>,
        is_accepted: impl Fn(&T) -> bool,
    ) -> Checked<T> {
        match read {
            Read::Right(value) if is_accepted(&value) => Ok(value),
            _ => Err(self.refuse(setting)),
        }
    }

    /// A value of the right kind that `is_accepted`, or `unset`, the word that stands for none.
    pub(super) fn optional<T>(
        &mut self,
        setting: &str,
        read: Read<Maybe<T>>,
        unset: &str,
        is_accepted: impl Fn(&T) -> bool,
    ) -> Checked<Option<T>> {
        match read {
            Read::Right(Maybe::Given(value)) if is_accepted(&value) => Ok(Some(value)),
            Read::Right(Maybe::Word(word)) if word == unset => Ok(None),
            _ => Err(self.refuse(setting)),
        }
    }

    /// A word that is one of few.
    pub(super) fn word<T: FromStr>(&mut self, setting: &str, read: Read<Word>) -> Checked<T> {
        let parsed = if let Read::Right(Word(word)) = read {
            word.parse().ok()
        } else {
            None
        };
        parsed.ok_or_else(|| self.refuse(setting))
    }

    /// A word that is one of few, or `auto`.
    pub(super) fn word_or_auto<T: FromStr>(
        &mut self,
        setting: &str,
        read: Read<Word>,
    ) -> Checked<Option<T>> {
        match read {
            Read::Right(Word(word)) if word == "auto" => Ok(None),
            read => self.word(setting, read).map(Some),
        }
    }

    /// A text whose own reader knows best what is wrong with it.
    pub(super) fn text<T>(&mut self, setting: &str, read: Read<Word>) -> Checked<T>
    where
        T: FromStr<Err: Display>,
    {
        match read {
            Read::Right(Word(text)) => text
                .parse()
                .map_err(|reason: T::Err| self.report(setting, reason.to_string())),
            Read::Wrong => Err(self.refuse(setting)),
        }
    }
}
