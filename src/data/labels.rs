//! What labels ask for: classes or values.
//!
//! Words are classes. Whole numbers are classes where they are few, whatever they are and however they are written: up
//! to 20 different ones, or up to 1000 where each has ten examples on the average. All other numbers are values to
//! predict. The classes are those that occur, in the order of the numbers or of the alphabet, so no network has outputs
//! that nobody needs. What was decided is said in the notes of the data set, and the user's word overrules it.

use ndarray::Array2;
use rustc_hash::FxHashMap;

use super::MAX_CLASSES;
use super::dataset::Targets;
use super::error::DataError;
use super::spec::Task;
use super::table_place::{Place, quoted};

/// Up to so many different whole numbers are classes.
const FEW: usize = 20;
/// More of them are, where each has so many examples on the average.
const EXAMPLES_EACH: usize = 10;
/// How many classes a note lists.
const MOST_LISTED: usize = 10;

/// Targets, and how they were understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Understood {
    pub(super) targets: Targets,
    /// What each class is called, `[C]`; empty for values.
    pub(super) class_names: Vec<String>,
    /// What was taken for what.
    pub(super) taken_for: String,
}

/// A label that occurs.
#[derive(Debug, Clone)]
struct Label {
    text: Box<str>,
    number: Option<f64>,
    /// The line where it occurs first, and how often it does.
    line: u64,
    n: usize,
}

/// The labels of a table, one after the other.
pub(super) struct Labels<'a> {
    /// The column where they stand; its line is of no meaning.
    column: Place<'a>,
    task: Option<Task>,
    /// The different ones, and the number of each.
    distinct: Vec<Label>,
    index: FxHashMap<Box<str>, u32>,
    kept: Kept,
}

/// What is kept of each label, in 4 bytes.
enum Kept {
    /// Which of the different ones it is.
    Codes(Vec<u32>),
    /// Its value; there are too many different ones to be classes.
    Values(Vec<f32>),
}

impl<'a> Labels<'a> {
    pub(super) fn new(column: Place<'a>, task: Option<Task>) -> Self {
        let kept = match task {
            Some(Task::Values) => Kept::Values(Vec::new()),
            Some(Task::Classes) | None => Kept::Codes(Vec::new()),
        };
        Self {
            column,
            task,
            distinct: Vec::new(),
            index: FxHashMap::default(),
            kept,
        }
    }

    pub(super) fn len(&self) -> usize {
        match &self.kept {
            Kept::Codes(codes) => codes.len(),
            Kept::Values(values) => values.len(),
        }
    }

    /// Takes the label in `line`.
    ///
    /// # Errors
    ///
    /// When it is empty or cannot be what those before it are.
    pub(super) fn push(&mut self, line: u64, text: &str) -> Result<(), DataError> {
        let place = Place {
            line,
            ..self.column
        };
        if text.is_empty() {
            let advice = "fill in what is missing or leave the row out";
            return Err(place.refused(quoted(text), "a label", advice));
        }
        match &mut self.kept {
            Kept::Values(values) => values.push(place.number(text)?),
            Kept::Codes(codes) => {
                let Some(&code) = self.index.get(text) else {
                    return self.push_new(place, text);
                };
                codes.push(code);
                self.distinct[code as usize].n += 1;
            }
        }
        Ok(())
    }

    fn push_new(&mut self, place: Place<'_>, text: &str) -> Result<(), DataError> {
        let number = text.parse::<f64>().ok();
        if self.task.is_none() {
            if number.is_some() {
                place.number(text)?;
            }
            self.check_kind(place, text, number.is_some())?;
        }
        if self.distinct.len() == MAX_CLASSES {
            if self.task.is_some() || number.is_none() {
                let found = format!("more than {MAX_CLASSES} classes");
                let expected = format!("at most {MAX_CLASSES}");
                let advice = "say which column has the label: csv:FILE?label=NAME";
                return Err(place.refused(found, expected, advice));
            }
            self.become_values();
            return self.push(place.line, text);
        }
        let code = self.distinct.len() as u32;
        self.distinct.push(Label {
            text: text.into(),
            number,
            line: place.line,
            n: 1,
        });
        self.index.insert(text.into(), code);
        if let Kept::Codes(codes) = &mut self.kept {
            codes.push(code);
        }
        Ok(())
    }

    /// Words and numbers are not mixed, unless the user says that all are classes.
    fn check_kind(&self, place: Place<'_>, text: &str, is_number: bool) -> Result<(), DataError> {
        let Some(first) = self.distinct.first() else {
            return Ok(());
        };
        let expected = match (first.number.is_some(), is_number) {
            (true, false) => "a number, as in the rows before",
            (false, true) => "a word, as in the rows before",
            _ => return Ok(()),
        };
        let advice = "label all rows with words or all with numbers, or say that they are classes: csv:FILE?task=classes";
        Err(place.refused(quoted(text), expected, advice))
    }

    fn become_values(&mut self) {
        let Kept::Codes(codes) = &self.kept else {
            return;
        };
        let value = |&code: &u32| self.distinct[code as usize].number.unwrap_or_default() as f32;
        self.kept = Kept::Values(codes.iter().map(value).collect());
        self.index.clear();
    }

    /// Whether the first label stands alone where every other one recurs: then it may be a name.
    pub(super) fn begins_oddly(&self) -> bool {
        let [first, others @ ..] = &self.distinct[..] else {
            return false;
        };
        let is_classes = matches!(self.kept, Kept::Codes(_));
        is_classes
            && self.len() > FEW
            && first.n == 1
            && others.len() > 1
            && others.iter().all(|label| label.n > 1)
    }

    /// What all of them ask for, at least one.
    ///
    /// # Errors
    ///
    /// When they are classes, and all are of the same.
    pub(super) fn understood(mut self) -> Result<Understood, DataError> {
        let are_numbers = self.distinct.iter().all(|label| label.number.is_some());
        let numbers = self.distinct.iter().filter_map(|label| label.number);
        if matches!(self.kept, Kept::Codes(_)) && self.task.is_none() && are_numbers {
            let are_whole = numbers.clone().all(|number| number.fract() == 0.0);
            if !are_whole || !are_few(self.distinct.len(), self.len()) {
                self.become_values();
            }
        }
        let first_line = self
            .distinct
            .first()
            .map_or(self.column.line, |label| label.line);
        match self.kept {
            Kept::Values(values) => Ok(values_of(values, self.task)),
            Kept::Codes(codes) => {
                let understood = classes_of(&codes, &self.distinct, are_numbers, self.task);
                let place = Place {
                    line: first_line,
                    ..self.column
                };
                if understood.class_names.len() < 2 {
                    let advice = "a network cannot learn from a single class";
                    return Err(place.refused("a single class", "two or more", advice));
                }
                Ok(understood)
            }
        }
    }
}

/// Whether so many different whole numbers among so many labels are classes.
fn are_few(n_different: usize, n_labels: usize) -> bool {
    n_different <= FEW || n_labels >= EXAMPLES_EACH * n_different
}

/// Classes in the order of their numbers or names; texts of the same number are the same class.
fn classes_of(
    codes: &[u32],
    distinct: &[Label],
    are_numbers: bool,
    task: Option<Task>,
) -> Understood {
    let mut order: Vec<usize> = (0..distinct.len()).collect();
    let number = |code: usize| distinct[code].number.unwrap_or_default();
    let is_same = |a: usize, b: usize| are_numbers && number(a) == number(b);
    if are_numbers {
        order.sort_by(|&a, &b| number(a).partial_cmp(&number(b)).unwrap_or(a.cmp(&b)));
    } else {
        order.sort_by_key(|&code| &distinct[code].text);
    }
    let mut class_of = vec![0_u32; distinct.len()];
    let mut names: Vec<String> = Vec::new();
    for (place, &code) in order.iter().enumerate() {
        if place == 0 || !is_same(order[place - 1], code) {
            names.push(distinct[code].text.to_string());
        }
        class_of[code] = names.len() as u32 - 1;
    }
    let kind = match (task, are_numbers) {
        (Some(_), _) => "taken for classes, as asked",
        (None, true) => "whole numbers, few of them: taken for classes (task=values overrules)",
        (None, false) => "words: taken for classes",
    };
    Understood {
        taken_for: format!("{kind}: {}", listed(&names)),
        targets: Targets::Classes {
            labels: codes.iter().map(|&code| class_of[code as usize]).collect(),
            n_classes: names.len(),
        },
        class_names: names,
    }
}

/// The first classes by name.
pub(super) fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(MOST_LISTED)
        .map(|name| bare(name))
        .collect();
    if let Some(last) = names.get(MOST_LISTED..).and_then(|rest| rest.last()) {
        shown.push(format!("... {}", bare(last)));
    }
    shown.join(", ")
}

/// A name for a list: as it is where it is plain, else quoted.
fn bare(name: &str) -> String {
    let is_plain = name
        .chars()
        .all(|character| character.is_alphanumeric() || " ._-+/()".contains(character));
    if is_plain && name.chars().count() <= 20 {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn values_of(values: Vec<f32>, task: Option<Task>) -> Understood {
    let are_whole = values.iter().all(|value| value.fract() == 0.0);
    let kind = match (task, are_whole) {
        (Some(_), _) => "taken for values, as asked",
        (None, true) => "many whole numbers: taken for values (task=classes overrules)",
        (None, false) => "numbers: taken for values",
    };
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    Understood {
        taken_for: format!("{kind}: from {least} to {most}"),
        targets: Targets::Values(
            Array2::from_shape_vec((values.len(), 1), values).expect("one value per row"),
        ),
        class_names: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(texts: &[&str], task: Option<Task>) -> Result<Understood, String> {
        let column = Place {
            path: Path::new("t"),
            line: 0,
            column: Some(2),
        };
        let mut labels = Labels::new(column, task);
        let mut push_all = || {
            for (row, text) in texts.iter().enumerate() {
                labels.push(row as u64 + 1, text)?;
            }
            Ok::<_, DataError>(())
        };
        push_all().map_err(|error| error.to_string())?;
        labels.understood().map_err(|error| error.to_string())
    }

    fn classes(labels: &[u32], n_classes: usize) -> Targets {
        Targets::Classes {
            labels: labels.to_vec(),
            n_classes,
        }
    }

    fn values(values: &[f32]) -> Targets {
        Targets::Values(Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap())
    }

    #[test]
    fn what_labels_are_decides_the_task_and_classes_are_those_that_occur() {
        for (texts, expected, names) in [
            (
                &["0", "2", "0"][..],
                classes(&[0, 1, 0], 2),
                &["0", "2"][..],
            ),
            (&["b", "a", "b"], classes(&[1, 0, 1], 2), &["a", "b"]),
            (&["1st", "2nd"], classes(&[0, 1], 2), &["1st", "2nd"]),
            (&["1.0", "0.0"], classes(&[1, 0], 2), &["0.0", "1.0"]),
            (&["-1", "1e2"], classes(&[0, 1], 2), &["-1", "1e2"]),
            (
                &["10", "9", "10.0", "+9"],
                classes(&[1, 0, 1, 0], 2),
                &["9", "10"],
            ),
            (
                &["20231101", "20231102"],
                classes(&[0, 1], 2),
                &["20231101", "20231102"],
            ),
            (&["0.5", "2"], values(&[0.5, 2.0]), &[]),
        ] {
            let understood = read(texts, None).unwrap();
            assert_eq!(understood.targets, expected, "{texts:?}");
            assert_eq!(understood.class_names, names, "{texts:?}");
        }
    }

    #[test]
    fn many_whole_numbers_are_values_unless_each_is_frequent() {
        let numbers = |different: usize, n: usize| -> Vec<String> {
            (0..n).map(|row| (row % different).to_string()).collect()
        };
        for (different, n, n_classes) in [
            (20, 20, 20),
            (21, 209, 0),
            (21, 210, 21),
            (1000, 10_000, 1000),
            (1001, 20_000, 0),
        ] {
            let texts = numbers(different, n);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let understood = read(&texts, None).unwrap();
            assert_eq!(
                understood.class_names.len(),
                n_classes,
                "{different} in {n}"
            );
        }
    }

    #[test]
    fn the_users_word_overrules() {
        let understood = read(&["1", "2"], Some(Task::Values)).unwrap();
        assert_eq!(understood.targets, values(&[1.0, 2.0]));
        let understood = read(&["0.5", "b", "0.50"], Some(Task::Classes)).unwrap();
        assert_eq!(understood.targets, classes(&[0, 2, 1], 3));
        let understood = read(&["0.5", "0.7", "0.50"], Some(Task::Classes)).unwrap();
        assert_eq!(understood.targets, classes(&[0, 1, 0], 2));
    }

    #[test]
    fn mixtures_and_labels_that_are_nothing_are_refused_where_they_stand() {
        for (texts, expected) in [
            (&["0", "b"][..], "t:2:2: found \"b\", expected a number, as"),
            (&["a", "0"], "t:2:2: found \"0\", expected a word, as"),
            (&["a", ""], "t:2:2: found an empty cell, expected a label"),
            (&["", "a"], "t:1:2: found an empty cell, expected a label"),
            (&["3", "3.0"], "t:1:2: found a single class"),
            (&["a", "a"], "t:1:2: found a single class"),
            (
                &["0.5", "nan"],
                "t:2:2: found \"nan\", expected a finite number",
            ),
            (&["0.5", "NA"], "t:2:2: found \"NA\", expected a number"),
        ] {
            let message = read(texts, None).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
