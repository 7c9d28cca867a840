//! What the command line writes after `--data`, as a value.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::error::DataError;

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
    Mnist(PathBuf),
    /// A pair of IDX files.
    Idx {
        /// The examples, one item per row.
        images: PathBuf,
        /// Their labels. Neither path may hold a comma: it separates the two in writing.
        labels: PathBuf,
    },
    /// A table of numbers, label last.
    Csv(PathBuf),
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
        "MNIST or any data set in its form: four IDX files, plain or .gz, with their own test split",
    ),
    (
        "idx:IMAGES,LABELS",
        "a pair of IDX files, plain or .gz; four fifths train, one fifth test",
    ),
    (
        "csv:FILE",
        "a table of numbers, label last, with or without a header; four fifths train, one fifth test",
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

    /// The error for a spec that is not understood.
    fn refused(found: &str, problem: &'static str) -> DataError {
        let accepted = Self::catalogue()
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ");
        DataError::Spec {
            found: format!("{found:?}"),
            problem,
            accepted,
        }
    }
}

impl FromStr for Spec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        if let Some((_, spec, _)) = EMBEDDED.iter().find(|(name, ..)| *name == text) {
            return Ok(spec.clone());
        }
        let refused = |problem| Err(Self::refused(text, problem));
        match text.split_once(':') {
            Some(("mnist", "")) => refused("the directory is missing"),
            Some(("mnist", dir)) => Ok(Self::Mnist(dir.into())),
            Some(("csv", "")) => refused("the file is missing"),
            Some(("csv", file)) => Ok(Self::Csv(file.into())),
            Some(("idx", files)) => match files.split(',').collect::<Vec<_>>()[..] {
                [images, labels] if !images.is_empty() && !labels.is_empty() => Ok(Self::Idx {
                    images: images.into(),
                    labels: labels.into(),
                }),
                _ => refused("idx takes two files with one comma between them"),
            },
            None if ["mnist", "csv", "idx"].contains(&text) => {
                refused("a colon and a path must follow")
            }
            Some(_) | None => refused("no data of this name"),
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mnist(dir) => write!(f, "mnist:{}", dir.display()),
            Self::Idx { images, labels } => {
                write!(f, "idx:{},{}", images.display(), labels.display())
            }
            Self::Csv(file) => write!(f, "csv:{}", file.display()),
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
