//! What the command line writes after `--data`, as a value.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::DataError;
use super::options::{self, Pair};

/// Which data to load.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spec {
    /// The embedded handwritten digits.
    Digits,
    /// Two interleaved half circles.
    Moons,
    /// A circle inside another.
    Circles,
    /// Two intertwined spiral arms.
    Spiral,
    /// Four clusters, opposite corners of one class.
    Xor,
    /// Two overlapping Gaussian clouds.
    Gauss,
    /// A smooth curve with a gap in the training inputs.
    Regression,
    /// A linear function of 16 inputs.
    Linear,
    /// A directory with the four IDX files of MNIST or of a data set in its form.
    Mnist(SetSpec),
    /// A pair of IDX files.
    Idx {
        /// The examples, one item per row.
        images: PathBuf,
        /// Their labels. Neither path may hold a comma: it separates the two in writing.
        labels: PathBuf,
    },
    /// A table of numbers and a label.
    Csv(TableSpec),
}

/// A directory of IDX files, and which of the sets in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SetSpec {
    /// The directory.
    pub dir: PathBuf,
    /// The set's name, as in `letters` of EMNIST; `None` where there is no choice.
    pub set: Option<String>,
}

/// A table, and what its reader should not decide by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableSpec {
    /// The file, plain or `.gz`.
    pub path: PathBuf,
    /// What stands between two cells; `None`: what fits the first rows best.
    pub separator: Option<Separator>,
    /// The label's column, by its name in the header or by its number from 1; `None`: the last.
    pub label: Option<String>,
    /// What the labels are taken for; `None`: what they look like.
    pub task: Option<Task>,
    /// Whether the first row is a header; `None`: what it looks like.
    pub has_header: Option<bool>,
}

/// What stands between two cells of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tabulator.
    Tab,
    /// `|`
    Bar,
    /// Any number of spaces and tabulators.
    Space,
}

/// What labels are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Each label names a class.
    Classes,
    /// Each label is a number to predict.
    Values,
}

/// The options of a table.
const TABLE_OPTIONS: &str =
    "sep=comma|semicolon|tab|bar|space, label=NAME or NUMBER, task=classes|values, header=yes|no";
/// The options of a directory of IDX files.
const SET_OPTIONS: &str = "set=NAME";

impl Separator {
    /// All, in the order in which equally good ones are preferred.
    pub(super) const ALL: [Self; 5] = [
        Self::Semicolon,
        Self::Tab,
        Self::Comma,
        Self::Bar,
        Self::Space,
    ];

    /// Its name, as it is written and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Bar => "bar",
            Self::Space => "space",
        }
    }

    /// Whether this byte separates cells.
    pub(super) fn is(self, byte: u8) -> bool {
        match self {
            Self::Comma => byte == b',',
            Self::Semicolon => byte == b';',
            Self::Tab => byte == b'\t',
            Self::Bar => byte == b'|',
            Self::Space => byte == b' ' || byte == b'\t',
        }
    }

    fn named(text: &str) -> Option<Self> {
        Some(match text {
            "," | "comma" => Self::Comma,
            ";" | "semicolon" => Self::Semicolon,
            "\t" | "\\t" | "tab" => Self::Tab,
            "|" | "bar" | "pipe" => Self::Bar,
            " " | "space" => Self::Space,
            _ => return None,
        })
    }
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Values => "values",
        }
    }

    fn named(text: &str) -> Option<Self> {
        [Self::Classes, Self::Values]
            .into_iter()
            .find(|task| task.name() == text)
    }
}

impl TableSpec {
    /// A table about which its reader decides everything.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            separator: None,
            label: None,
            task: None,
            has_header: None,
        }
    }

    /// Takes one option over.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn set(&mut self, (name, value): Pair) -> Result<(), String> {
        let refused = || no_option(&name, &value, TABLE_OPTIONS);
        match name.as_str() {
            "sep" => put(
                &mut self.separator,
                Separator::named(&value).ok_or_else(refused)?,
                &name,
            ),
            "label" if !value.is_empty() => put(&mut self.label, value, &name),
            "task" => put(
                &mut self.task,
                Task::named(&value).ok_or_else(refused)?,
                &name,
            ),
            "header" => {
                let has_header = match value.as_str() {
                    "yes" => true,
                    "no" => false,
                    _ => return Err(refused()),
                };
                put(&mut self.has_header, has_header, &name)
            }
            _ => Err(refused()),
        }
    }

    fn options(&self) -> Vec<Pair> {
        let header = self
            .has_header
            .map(|has_one| if has_one { "yes" } else { "no" });
        [
            ("sep", self.separator.map(Separator::name)),
            ("label", self.label.as_deref()),
            ("task", self.task.map(Task::name)),
            ("header", header),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect()
    }
}

fn put<T>(place: &mut Option<T>, value: T, name: &str) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is given twice")),
    }
}

/// The specs without a path: what to write, what it gives, and its meaning in one line.
const EMBEDDED: [(&str, Spec, &str); 8] = [
    (
        "digits",
        Spec::Digits,
        "1,797 handwritten digits of 8x8 pixels, 10 classes (embedded)",
    ),
    (
        "moons",
        Spec::Moons,
        "two interleaved half circles in the plane, 2 classes",
    ),
    (
        "circles",
        Spec::Circles,
        "a ring inside another in the plane, 2 classes",
    ),
    (
        "spiral",
        Spec::Spiral,
        "two intertwined spiral arms in the plane, 2 classes",
    ),
    (
        "xor",
        Spec::Xor,
        "four clusters in the plane, opposite corners of one class",
    ),
    (
        "gauss",
        Spec::Gauss,
        "two overlapping clouds in the plane, 2 classes; no network gets below 13 % errors",
    ),
    (
        "regression",
        Spec::Regression,
        "a smooth curve of one input, with a gap where there are no examples",
    ),
    (
        "linear",
        Spec::Linear,
        "a linear function of 16 inputs plus noise, where dropout equals ridge regression",
    ),
];

const WITH_PATH: [(&str, &str); 3] = [
    (
        "mnist:DIR",
        "MNIST or any data set in its form: four IDX files, plain or .gz, with their own test split; of several sets mnist:DIR?set=NAME",
    ),
    (
        "idx:IMAGES,LABELS",
        "a pair of IDX files, plain or .gz; four fifths train, one fifth test",
    ),
    (
        "csv:FILE",
        "a table of numbers, label last, with or without a header; four fifths train, one fifth test; what is not as it seems can be said: csv:FILE?sep=semicolon&label=NAME&task=values&header=no",
    ),
];

impl Spec {
    /// Every accepted form with its meaning in one line.
    pub fn catalogue() -> Vec<(&'static str, &'static str)> {
        EMBEDDED
            .iter()
            .map(|(name, _, meaning)| (*name, *meaning))
            .chain(WITH_PATH)
            .collect()
    }

    /// The same data with `change` made to every path in it.
    #[must_use]
    pub fn with_paths(self, change: impl Fn(&Path) -> PathBuf) -> Self {
        match self {
            Self::Mnist(set) => Self::Mnist(SetSpec {
                dir: change(&set.dir),
                ..set
            }),
            Self::Idx { images, labels } => Self::Idx {
                images: change(&images),
                labels: change(&labels),
            },
            Self::Csv(table) => Self::Csv(TableSpec {
                path: change(&table.path),
                ..table
            }),
            embedded => embedded,
        }
    }

    /// The error for a spec that is not understood.
    fn refused(found: &str, problem: impl Into<String>) -> DataError {
        let accepted = Self::catalogue()
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ");
        DataError::Spec {
            found: format!("{found:?}"),
            problem: problem.into(),
            accepted,
        }
    }

    fn mnist(text: &str) -> Result<Self, String> {
        let (dir, options) = options::split(text);
        let mut set = None;
        for (name, value) in options {
            if name != "set" || value.is_empty() {
                return Err(no_option(&name, &value, SET_OPTIONS));
            }
            put(&mut set, value, &name)?;
        }
        if dir.is_empty() {
            return Err("the directory is missing".to_owned());
        }
        let dir = dir.into();
        Ok(Self::Mnist(SetSpec { dir, set }))
    }

    fn csv(text: &str) -> Result<Self, String> {
        let (path, options) = options::split(text);
        let mut table = TableSpec::new(path);
        for option in options {
            table.set(option)?;
        }
        if path.is_empty() {
            return Err("the file is missing".to_owned());
        }
        Ok(Self::Csv(table))
    }

    fn idx(text: &str) -> Result<Self, String> {
        match text.split(',').collect::<Vec<_>>()[..] {
            [images, labels] if !images.is_empty() && !labels.is_empty() => Ok(Self::Idx {
                images: images.into(),
                labels: labels.into(),
            }),
            _ => Err("idx takes two files with one comma between them".to_owned()),
        }
    }
}

/// What is said of an option that does not exist, or of a file's name that looks like one.
fn no_option(name: &str, value: &str, accepted: &str) -> String {
    let written = if value.is_empty() {
        name.to_owned()
    } else {
        format!("{name}={value}")
    };
    format!("the option {written} is none of {accepted} (if it belongs to the path, ?? ends that)")
}

impl FromStr for Spec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        if let Some((_, spec, _)) = EMBEDDED.iter().find(|(name, ..)| *name == text) {
            return Ok(spec.clone());
        }
        let spec = match text.split_once(':') {
            Some(("mnist", rest)) => Self::mnist(rest),
            Some(("csv", rest)) => Self::csv(rest),
            Some(("idx", rest)) => Self::idx(rest),
            None if ["mnist", "csv", "idx"].contains(&text) => {
                Err("a colon and a path must follow".to_owned())
            }
            Some(_) | None => Err("no data of this name".to_owned()),
        };
        spec.map_err(|problem| Self::refused(text, problem))
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mnist(SetSpec { dir, set }) => {
                let set = set.iter().map(|set| ("set".to_owned(), set.clone()));
                let set: Vec<Pair> = set.collect();
                write!(f, "mnist:{}", options::joined(&dir.to_string_lossy(), &set))
            }
            Self::Idx { images, labels } => {
                write!(f, "idx:{},{}", images.display(), labels.display())
            }
            Self::Csv(table) => {
                let path = table.path.to_string_lossy();
                write!(f, "csv:{}", options::joined(&path, &table.options()))
            }
            Self::Digits => f.write_str("digits"),
            Self::Moons => f.write_str("moons"),
            Self::Circles => f.write_str("circles"),
            Self::Spiral => f.write_str("spiral"),
            Self::Xor => f.write_str("xor"),
            Self::Gauss => f.write_str("gauss"),
            Self::Regression => f.write_str("regression"),
            Self::Linear => f.write_str("linear"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_the_same_spec() {
        let with_path = [
            "mnist:data/mnist",
            "idx:a-images.gz,a-labels",
            "csv:C:/x y.csv",
            "csv:moons",
            "csv:what?.csv",
            "csv:a.csv?raw=1??",
            "csv:a.csv?sep=semicolon&label=how much%3F&task=values&header=no",
            "mnist:emnist/gzip?set=letters",
        ];
        let names = EMBEDDED.iter().map(|(name, ..)| *name);
        for text in names.chain(with_path) {
            let spec: Spec = text.parse().unwrap();
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn wrong_specs_are_refused_with_what_is_accepted() {
        let cases = [
            ("", "no data of this name"),
            ("Digits", "no data of this name"),
            ("http://x", "no data of this name"),
            ("digits:8", "no data of this name"),
            ("mnist", "a colon and a path must follow"),
            ("mnist:", "the directory is missing"),
            ("csv:", "the file is missing"),
            ("csv:?sep=;", "the file is missing"),
            ("csv:a?raw=1", "the option raw=1 is none of sep=comma|"),
            ("csv:a?sep=.", "the option sep=. is none of sep=comma|"),
            ("csv:a?label=", "the option label is none of"),
            ("csv:a?sep=;&sep=,", "sep is given twice"),
            ("csv:a?task=guess", "the option task=guess is none of"),
            ("csv:a?header=maybe", "the option header=maybe is none of"),
            ("mnist:a?sep=;", "the option sep=; is none of set=NAME"),
            ("mnist:?set=a", "the directory is missing"),
            ("idx:", "idx takes two files"),
            ("idx:a", "idx takes two files"),
            ("idx:a,", "idx takes two files"),
            ("idx:a,b,c", "idx takes two files"),
        ];
        for (text, problem) in cases {
            let message = text.parse::<Spec>().unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("--data {text:?}: {problem}")),
                "{message}"
            );
            for (accepted, _) in Spec::catalogue() {
                assert!(
                    message.contains(accepted),
                    "{message} does not list {accepted}"
                );
            }
        }
    }
}
