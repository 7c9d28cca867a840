//! What the last column of a table asks for: classes or values.
//!
//! Whole numbers from 0 are classes; words are classes, numbered in sorted order; numbers of which at least one has a
//! decimal point are values to predict. How a number is written decides, not what it amounts to: `1.0` is a value.
//! Nothing is guessed beyond that: a mixture is refused.

use ndarray::Array2;

use super::MAX_CLASSES;
use super::dataset::Targets;
use super::error::DataError;
use super::table_place::{Place, quoted};

/// An entry of the last column.
pub(super) struct Cell<'a> {
    pub(super) place: Place<'a>,
    pub(super) text: String,
}

/// What an entry reads as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Decimal,
    Word,
}

impl Cell<'_> {
    fn kind(&self) -> Kind {
        if self.text.parse::<f64>().is_err() {
            Kind::Word
        } else if self
            .text
            .trim_start_matches(['+', '-'])
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            Kind::Whole
        } else {
            Kind::Decimal
        }
    }

    fn refused(&self, expected: impl Into<String>, advice: &'static str) -> DataError {
        self.place.refused(quoted(&self.text), expected, advice)
    }
}

/// The targets that a last column of at least one entry holds.
///
/// # Errors
///
/// When it mixes words and numbers, holds a label that is no class, or has a single class or too many.
pub(super) fn targets(cells: &[Cell<'_>]) -> Result<Targets, DataError> {
    let is_words = cells[0].kind() == Kind::Word;
    for cell in cells {
        let expected = match (cell.text.is_empty(), cell.kind() == Kind::Word) {
            (true, _) => "a label",
            (false, is_word) if is_word == is_words => continue,
            (false, true) => "a number, as in the rows before",
            (false, false) => "a word, as in the rows before",
        };
        return Err(cell.refused(expected, "label all rows with words or all with numbers"));
    }
    if is_words {
        words(cells)
    } else if cells.iter().any(|cell| cell.kind() == Kind::Decimal) {
        values(cells)
    } else {
        numbered_classes(cells)
    }
}

fn words(cells: &[Cell<'_>]) -> Result<Targets, DataError> {
    let mut words: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    check_n_classes(cells, words.len())?;
    let class = |cell: &Cell<'_>| {
        words
            .binary_search(&cell.text.as_str())
            .expect("every word is listed") as u32
    };
    Ok(Targets::Classes {
        labels: cells.iter().map(class).collect(),
        n_classes: words.len(),
    })
}

fn numbered_classes(cells: &[Cell<'_>]) -> Result<Targets, DataError> {
    let mut labels = Vec::with_capacity(cells.len());
    for cell in cells {
        let class = cell
            .text
            .parse::<u32>()
            .ok()
            .filter(|&class| (class as usize) < MAX_CLASSES);
        labels.push(class.ok_or_else(|| {
            let advice =
                "number the classes from 0; for values to predict write a decimal point, as in 3.0";
            cell.refused(format!("a class from 0 to {}", MAX_CLASSES - 1), advice)
        })?);
    }
    if labels.iter().all(|&label| label == labels[0]) {
        check_n_classes(cells, 1)?;
    }
    let n_classes = labels
        .iter()
        .max()
        .map_or(0, |&largest| largest as usize + 1);
    Ok(Targets::Classes { labels, n_classes })
}

fn values(cells: &[Cell<'_>]) -> Result<Targets, DataError> {
    let values: Vec<f32> = cells
        .iter()
        .map(|cell| cell.place.number(&cell.text))
        .collect::<Result<_, _>>()?;
    Ok(Targets::Values(
        Array2::from_shape_vec((values.len(), 1), values).expect("one value per row"),
    ))
}

fn check_n_classes(cells: &[Cell<'_>], n_classes: usize) -> Result<(), DataError> {
    let (found, expected, advice) = match n_classes {
        2..=MAX_CLASSES => return Ok(()),
        1 => (
            "a single class".to_owned(),
            "two or more".to_owned(),
            "a network cannot learn from a single class",
        ),
        n => (
            format!("{n} classes"),
            format!("at most {MAX_CLASSES}"),
            "put the label into the last column",
        ),
    };
    Err(cells[0].place.refused(found, expected, advice))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(texts: &[&str]) -> Result<Targets, String> {
        let cell = |(row, text): (usize, &&str)| Cell {
            place: Place {
                path: Path::new("t"),
                line: row as u64 + 1,
                column: Some(2),
            },
            text: (*text).to_owned(),
        };
        targets(&texts.iter().enumerate().map(cell).collect::<Vec<_>>())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn how_labels_are_written_decides_the_task() {
        let classes = |labels: &[u32], n_classes| Targets::Classes {
            labels: labels.to_vec(),
            n_classes,
        };
        let values = |values: &[f32]| {
            Targets::Values(Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap())
        };
        for (texts, expected) in [
            (&["0", "2", "0"][..], classes(&[0, 2, 0], 3)),
            (&["b", "a", "b"], classes(&[1, 0, 1], 2)),
            (&["1st", "2nd"], classes(&[0, 1], 2)),
            (&["0.5", "2"], values(&[0.5, 2.0])),
            (&["1.0", "0.0"], values(&[1.0, 0.0])),
            (&["-1", "1e2"], values(&[-1.0, 100.0])),
            (&["0", "999"], classes(&[0, 999], 1000)),
        ] {
            assert_eq!(read(texts), Ok(expected), "{texts:?}");
        }
    }

    #[test]
    fn mixtures_and_labels_that_are_no_class_are_refused() {
        for (texts, expected) in [
            (&["0", "b"][..], "t:2:2: found \"b\", expected a number, as"),
            (&["a", "0"], "t:2:2: found \"0\", expected a word, as"),
            (&["a", ""], "t:2:2: found an empty cell, expected a label"),
            (&["", "a"], "t:1:2: found an empty cell, expected a label"),
            (
                &["1", "-1"],
                "t:2:2: found \"-1\", expected a class from 0 to 999",
            ),
            (
                &["0", "1000"],
                "t:2:2: found \"1000\", expected a class from 0 to 999",
            ),
            (&["3", "3"], "t:1:2: found a single class"),
            (&["a", "a"], "t:1:2: found a single class"),
            (
                &["0.5", "nan"],
                "t:2:2: found \"nan\", expected a finite number",
            ),
        ] {
            let message = read(texts).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
