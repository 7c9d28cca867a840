//! What is wrong with a setting, said so that it can be put right without reading anything else.
//!
//! A problem is a value: loading collects all of them and reports them at once. This module words them and must not
//! decide what is right.

use std::fmt;
use std::path::PathBuf;

use crate::text::visible;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The embedded table of defaults.
    Defaults,
    /// The embedded defaults of a kind of data, by its name.
    Data(String),
    /// An embedded preset, by its name.
    Preset(String),
    /// A preset of the user's own, which is a file.
    OwnPreset {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
    },
    /// A configuration file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
    },
    /// A flag of the command line, such as `--lr`.
    Flag(String),
    /// The general flag `--set`.
    Set,
}

impl Origin {
    /// Whether the user wrote the value, in the settings or on the command line; a preset is one whoever wrote it.
    pub fn is_users(&self) -> bool {
        !matches!(
            self,
            Self::Defaults | Self::Data(_) | Self::Preset(_) | Self::OwnPreset { .. }
        )
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("defaults"),
            Self::Data(kind) => write!(f, "data {kind}"),
            Self::Preset(name) => write!(f, "preset {name}"),
            Self::File { path, line, column } | Self::OwnPreset { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::Flag(flag) => f.write_str(flag),
            Self::Set => f.write_str("--set"),
        }
    }
}

/// One thing that is wrong: where it was written, which setting it concerns, what was found and what is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was written; `None` where a file or the whole is wrong.
    pub origin: Option<Origin>,
    /// The setting's name, such as `training.lr`, or the file's.
    pub setting: String,
    /// What was found and what would be accepted.
    pub message: String,
}

impl Problem {
    /// A problem with a file or with the settings as a whole, which has no single place.
    pub fn general(subject: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            origin: None,
            setting: subject.to_string(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    /// `file.toml:3:6: training.lr: ...`, `--lr (training.lr): ...`, or `training.lr: ...`: one line, whatever names and
    /// values have in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            setting,
            message,
        } = self;
        f.write_str(&visible(match origin {
            Some(Origin::Flag(flag)) => format!("{flag} ({setting}): {message}"),
            Some(Origin::Set) => format!("--set {setting}: {message}"),
            Some(origin) if setting.is_empty() => format!("{origin}: {message}"),
            Some(origin) => format!("{origin}: {setting}: {message}"),
            None => format!("{setting}: {message}"),
        }))
    }
}

/// Everything that is wrong, at least one problem; shown as one line for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Problems in the order in which they are best read: a file from top to bottom, then the command line.
    pub fn sorted(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| match problem.origin {
            None => (0, 0, 0),
            Some(Origin::File { line, column, .. } | Origin::OwnPreset { line, column, .. }) => {
                (1, line, column)
            }
            Some(_) => (2, 0, 0),
        });
        Self(problems)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_first_where_to_look() {
        let file = Origin::File {
            path: "a.toml".into(),
            line: 3,
            column: 6,
        };
        let cases = [
            (
                Some(file.clone()),
                "training.lr",
                "a.toml:3:6: training.lr: no",
            ),
            (Some(file), "", "a.toml:3:6: no"),
            (
                Some(Origin::Flag("--lr".into())),
                "training.lr",
                "--lr (training.lr): no",
            ),
            (Some(Origin::Set), "training.lr", "--set training.lr: no"),
            (None, "training.epochs", "training.epochs: no"),
        ];
        for (origin, setting, expected) in cases {
            let problem = Problem {
                origin,
                setting: setting.to_owned(),
                message: "no".to_owned(),
            };
            assert_eq!(problem.to_string(), expected);
        }
    }
}
