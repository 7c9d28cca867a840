//! Verbs: everything that can be asked for, as a value with a text that says it again.
//!
//! Keys, the mouse, fields and the palette all make verbs. An action is a verb without an argument; a verb with one says the
//! value where a key would ask for it or go to the next.

use std::fmt;

use super::keymap::{Action, BINDINGS};
use crate::lab::Pace;
use crate::nn::DropRate;

/// Something that can be asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// What a key asks for.
    Do(Action),
    /// The rate of the selected runs.
    Rate(DropRate),
    /// New runs at a rate.
    New(DropRate),
    /// The crosshair at the evaluation that is nearest to an epoch, from 0 on.
    Epoch(f64),
    /// A step of the past.
    StepTo(u64),
    /// New runs that branch off from the selected ones at the step in view, at a rate.
    Fork(DropRate),
    /// The theme of a name.
    Theme(String),
    /// The pace.
    Pace(Pace),
    /// The lab into a folder: what repeats it, and every run's curves.
    Save(String),
}

/// A verb with an argument, as the palette lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its first word.
    pub name: &'static str,
    /// What stands for its argument.
    pub argument: &'static str,
    /// What the argument may be.
    pub accepted: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
    /// The action that asks for the argument, or goes on to the next.
    pub action: Action,
}

/// The verbs with an argument.
pub const ENTRIES: [Entry; 8] = [
    Entry {
        name: "rate",
        argument: "RATE",
        accepted: "a number from 0 to 1",
        help: "set the selected rate, live",
        action: Action::TypeRate,
    },
    Entry {
        name: "new",
        argument: "RATE",
        accepted: "a number from 0 to 1",
        help: "new runs at a rate, beside the others",
        action: Action::NewGroup,
    },
    Entry {
        name: "epoch",
        argument: "EPOCH",
        accepted: "a number from 0 on",
        help: "the crosshair at an epoch",
        action: Action::CrosshairAt,
    },
    Entry {
        name: "step-to",
        argument: "STEP",
        accepted: "a step, a whole number from 0 on",
        help: "look at a step of the past",
        action: Action::StepBack,
    },
    Entry {
        name: "fork",
        argument: "RATE",
        accepted: "a number from 0 to 1",
        help: "new runs that branch off at the step in view",
        action: Action::Fork,
    },
    Entry {
        name: "theme",
        argument: "NAME",
        accepted: "the name of a theme",
        help: "another theme",
        action: Action::Theme,
    },
    Entry {
        name: "pace",
        argument: "PACE",
        accepted: "epochs per second, a number above 0, or full",
        help: "the pace of training",
        action: Action::FullSpeed,
    },
    Entry {
        name: "save",
        argument: "DIR",
        accepted: "a new or empty folder",
        help: "what repeats this lab, and every run's curves",
        action: Action::Prompt,
    },
];

/// Why a text is no verb.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoVerb {
    /// Nothing has this name.
    #[error("there is no `{0}`")]
    Unknown(String),
    /// It takes no argument.
    #[error("`{name}` takes nothing behind it, got {argument:?}")]
    Superfluous {
        /// Its name.
        name: String,
        /// What stands behind it.
        argument: String,
    },
    /// The argument is none that it takes.
    #[error("{name} {argument}: accepted is {accepted}, got {got:?}")]
    Argument {
        /// The verb's name.
        name: &'static str,
        /// What stands for the argument.
        argument: &'static str,
        /// What is accepted.
        accepted: &'static str,
        /// What was given.
        got: String,
    },
}

impl Verb {
    /// The verb that a text says: a name, and behind it an argument where it takes one.
    ///
    /// # Errors
    /// If nothing has that name, or the argument is none that it takes.
    pub fn parse(text: &str) -> Result<Self, NoVerb> {
        let text = text.trim();
        let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let argument = argument.trim();
        if argument.is_empty()
            && let Some(binding) = BINDINGS.iter().find(|binding| binding.name == name)
        {
            return Ok(Self::Do(binding.action));
        }
        if let Some(entry) = ENTRIES.iter().find(|entry| entry.name == name) {
            return Self::with_argument(entry, argument);
        }
        Err(if BINDINGS.iter().any(|binding| binding.name == name) {
            NoVerb::Superfluous {
                name: name.to_owned(),
                argument: argument.to_owned(),
            }
        } else {
            NoVerb::Unknown(name.to_owned())
        })
    }

    fn with_argument(entry: &Entry, argument: &str) -> Result<Self, NoVerb> {
        let number = || {
            argument
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
        };
        let verb = match entry.name {
            "rate" => argument.parse().ok().map(Self::Rate),
            "new" => argument.parse().ok().map(Self::New),
            "epoch" => number().filter(|epoch| *epoch >= 0.0).map(Self::Epoch),
            "step-to" => argument.parse().ok().map(Self::StepTo),
            "fork" => argument.parse().ok().map(Self::Fork),
            "theme" if !argument.is_empty() => Some(Self::Theme(argument.to_owned())),
            "save" if !argument.is_empty() => Some(Self::Save(argument.to_owned())),
            "pace" if argument == "full" => Some(Self::Pace(Pace::FullSpeed)),
            "pace" => number()
                .filter(|pace| *pace > 0.0)
                .map(|pace| Self::Pace(Pace::EpochsPerSec(pace))),
            _ => None,
        };
        verb.ok_or(NoVerb::Argument {
            name: entry.name,
            argument: entry.argument,
            accepted: entry.accepted,
            got: argument.to_owned(),
        })
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Do(action) => {
                let binding = BINDINGS.iter().find(|binding| binding.action == *action);
                f.write_str(binding.map_or("", |binding| binding.name))
            }
            Self::Rate(rate) => write!(f, "rate {rate}"),
            Self::New(rate) => write!(f, "new {rate}"),
            Self::Epoch(epoch) => write!(f, "epoch {epoch}"),
            Self::StepTo(step) => write!(f, "step-to {step}"),
            Self::Fork(rate) => write!(f, "fork {rate}"),
            Self::Theme(name) => write!(f, "theme {name}"),
            Self::Save(folder) => write!(f, "save {folder}"),
            Self::Pace(Pace::FullSpeed) => f.write_str("pace full"),
            Self::Pace(Pace::EpochsPerSec(pace)) => write!(f, "pace {pace}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_said_again_by_its_text() {
        let rate = |text: &str| text.parse::<DropRate>().unwrap();
        let with_arguments = [
            Verb::Rate(rate("0.35")),
            Verb::New(rate("0")),
            Verb::New(rate("1")),
            Verb::Epoch(40.0),
            Verb::Epoch(0.5),
            Verb::StepTo(0),
            Verb::StepTo(123_456_789_012),
            Verb::Fork(rate("0.3")),
            Verb::Theme("light".to_owned()),
            Verb::Pace(Pace::FullSpeed),
            Verb::Pace(Pace::EpochsPerSec(0.1)),
            Verb::Save("my results".to_owned()),
        ];
        let actions = BINDINGS.iter().map(|binding| Verb::Do(binding.action));
        for verb in actions.chain(with_arguments) {
            assert_eq!(Verb::parse(&verb.to_string()), Ok(verb));
        }
        for entry in &ENTRIES {
            let said = |verb: &Verb| verb.to_string().starts_with(&format!("{} ", entry.name));
            let examples =
                ["0.5", "7", "dark"].map(|argument| Verb::with_argument(entry, argument));
            assert!(examples.iter().flatten().any(said), "{}", entry.name);
        }
    }

    #[test]
    fn what_is_no_verb_says_what_would_be() {
        let message = |text: &str| Verb::parse(text).unwrap_err().to_string();
        assert_eq!(message("fly"), "there is no `fly`");
        assert_eq!(
            message("pause now"),
            "`pause` takes nothing behind it, got \"now\""
        );
        for text in ["rate", "rate x", "rate 1.5", "rate NaN", "new -1", "fork 2"] {
            assert!(message(text).contains("a number from 0 to 1"), "{text}");
        }
        for text in ["step-to", "step-to -1", "step-to .5", "step-to x"] {
            assert!(message(text).contains("a whole number from 0 on"), "{text}");
        }
        for text in ["epoch", "epoch -1", "epoch inf"] {
            assert!(message(text).contains("a number from 0 on"), "{text}");
        }
        for text in ["pace", "pace 0", "pace fast", "pace NaN"] {
            assert!(message(text).contains("or full"), "{text}");
        }
        assert_eq!(
            Verb::parse("  rate   .35 "),
            Ok(Verb::Rate("0.35".parse().unwrap()))
        );
    }
}
