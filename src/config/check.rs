//! From what is written to what can be run: kinds and ranges, each setting for itself.
//!
//! Nothing here stops at the first problem. Every part of the result is an `Option`, and what is missing has left a
//! problem behind. How a problem is worded is decided by `manual` and `problem`.

use std::fmt::Display;
use std::str::FromStr;

use super::manual;
use super::merge::Merged;
use super::problem::{Origin, Problem};
use super::written::{Maybe, Read, Word};

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
    fn origin(&self, setting: &str) -> Option<Origin> {
        self.merged.leaf(setting).map(|leaf| leaf.origin.clone())
    }

    /// Reports a problem with a setting, in words of its own.
    pub(super) fn report(&mut self, setting: &str, message: impl Into<String>) {
        let origin = self.origin(setting);
        self.problems.push(Problem {
            origin,
            setting: setting.to_owned(),
            message: message.into(),
        });
    }

    /// Reports that a setting does not accept what was found.
    fn refuse(&mut self, setting: &str) {
        let found = self.found(setting);
        let accepted =
            manual::entry(setting).map_or("a key, such as \"p\"", |entry| entry.accepted.as_str());
        self.report(setting, format!("found {found}; accepted: {accepted}"));
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
    ) -> Option<T> {
        match read {
            Read::Right(value) if is_accepted(&value) => Some(value),
            _ => {
                self.refuse(setting);
                None
            }
        }
    }

    /// A value of the right kind that `is_accepted`, or `unset`, the word that stands for none.
    pub(super) fn optional<T>(
        &mut self,
        setting: &str,
        read: Read<Maybe<T>>,
        unset: &str,
        is_accepted: impl Fn(&T) -> bool,
    ) -> Option<Option<T>> {
        match read {
            Read::Right(Maybe::Given(value)) if is_accepted(&value) => Some(Some(value)),
            Read::Right(Maybe::Word(word)) if word == unset => Some(None),
            _ => {
                self.refuse(setting);
                None
            }
        }
    }

    /// A word that is one of few.
    pub(super) fn word<T: FromStr>(&mut self, setting: &str, read: Read<Word>) -> Option<T> {
        let parsed = if let Read::Right(Word(word)) = read {
            word.parse().ok()
        } else {
            None
        };
        if parsed.is_none() {
            self.refuse(setting);
        }
        parsed
    }

    /// A word that is one of few, or `auto`.
    pub(super) fn word_or_auto<T: FromStr>(
        &mut self,
        setting: &str,
        read: Read<Word>,
    ) -> Option<Option<T>> {
        match read {
            Read::Right(Word(word)) if word == "auto" => Some(None),
            read => self.word(setting, read).map(Some),
        }
    }

    /// A text whose own reader knows best what is wrong with it.
    pub(super) fn text<T: FromStr<Err: Display>>(
        &mut self,
        setting: &str,
        read: Read<Word>,
    ) -> Option<T> {
        let Read::Right(Word(text)) = read else {
            self.refuse(setting);
            return None;
        };
        match text.parse() {
            Ok(parsed) => Some(parsed),
            Err(reason) => {
                self.report(setting, T::Err::to_string(&reason));
                None
            }
        }
    }
}
