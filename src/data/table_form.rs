//! What form a table has: its separator, its columns, whether its first row is a header, and where the label stands.
//!
//! All of it is decided by the first rows, as a reader of CSV sees them, and whatever the user says overrules. What was
//! decided is said afterwards, in the notes of the data set.

use std::path::Path;

use super::error::DataError;
use super::rows::{Row, Rows};
use super::spec::{Separator, TableSpec};
use super::table_place::{Place, quoted};

/// How many rows are looked at, and about how many cells.
const MOST_ROWS: usize = 100;
const MOST_CELLS: usize = 200_000;
/// How many columns a message lists.
const MOST_NAMES: usize = 12;

/// The form of a table.
pub(super) struct Form {
    /// What stands between two cells.
    pub(super) separator: Separator,
    /// Columns, at least 2; those behind, which are empty, do not count.
    pub(super) n_columns: usize,
    /// The names of the columns, if the first row has them.
    pub(super) header: Option<Vec<String>>,
    /// The column of the label, from 0.
    pub(super) label: usize,
    /// How many columns of nothing stand behind the others.
    pub(super) n_empty_columns: usize,
}

impl Form {
    /// The form of the table that `spec` names.
    ///
    /// # Errors
    ///
    /// When there are no rows, a single column, or no label where `spec` says that it is.
    pub(super) fn of(spec: &TableSpec) -> Result<Self, DataError> {
        let sample = Sample::best(spec)?;
        let place = |line| Place {
            path: &spec.path,
            line,
            column: None,
        };
        let Some(first) = sample.rows.first() else {
            let none = || place(1).refused("no rows", "examples", "write one example per line");
            return Err(sample.error.unwrap_or_else(none));
        };
        let n_cells = sample.n_cells();
        let n_columns = sample.n_columns(n_cells);
        if n_columns < 2 {
            let found = if n_cells < 2 {
                "a single column".to_owned()
            } else {
                format!("{n_cells} columns, and nothing in all but the first")
            };
            let advice = "separate the columns by commas, semicolons, tabs, bars or spaces, or name the separator: csv:FILE?sep=comma";
            let single = place(first.line).refused(found, "inputs and a label", advice);
            return Err(sample.error.unwrap_or(single));
        }
        let mut form = Self {
            separator: sample.separator,
            n_columns,
            header: None,
            label: n_columns - 1,
            n_empty_columns: n_cells - n_columns,
        };
        let names: Vec<&str> = (0..n_columns).map(|column| first.cell(column)).collect();
        let named = spec.label.as_deref();
        if let Some(label) = named.filter(|label| !names.contains(label)) {
            let number = label.parse::<usize>().ok();
            let column = number.filter(|column| (1..=n_columns).contains(column));
            form.label = column.ok_or_else(|| no_label(place(first.line), label, &names))? - 1;
        } else if let Some(label) = named {
            form.label = only(place(first.line), label, &names)?;
        }
        let is_named = named.is_some_and(|label| names.contains(&label));
        let has_header = spec
            .has_header
            .unwrap_or_else(|| is_named || sample.has_header(form.label, n_columns));
        form.header = has_header.then(|| names.into_iter().map(str::to_owned).collect());
        Ok(form)
    }
}

fn no_label(place: Place<'_>, label: &str, names: &[&str]) -> DataError {
    let mut listed: Vec<String> = names.iter().take(MOST_NAMES).map(|n| quoted(n)).collect();
    listed.extend((names.len() > MOST_NAMES).then(|| "...".to_owned()));
    let expected = format!("the label {} (label=NAME or NUMBER)", quoted(label));
    place.refused(
        format!("the columns {}", listed.join(", ")),
        expected,
        "give the name or the number of one of them",
    )
}

/// The one column of this name.
fn only(place: Place<'_>, label: &str, names: &[&str]) -> Result<usize, DataError> {
    let mut columns = (0..names.len()).filter(|&column| names[column] == label);
    let (first, second) = (columns.next().unwrap_or(0), columns.next());
    match second {
        None => Ok(first),
        Some(second) => Err(place.refused(
            format!(
                "the name {} in columns {} and {}",
                quoted(label),
                first + 1,
                second + 1
            ),
            "one label",
            "give its number, as in label=3",
        )),
    }
}

/// The first rows, as one separator splits them.
struct Sample {
    separator: Separator,
    rows: Vec<Row>,
    /// What stopped the reading, if anything did.
    error: Option<DataError>,
}

impl Sample {
    fn read(path: &Path, separator: Separator) -> Result<Self, DataError> {
        let mut reader = Rows::open(path, separator)?;
        let (mut rows, mut error, mut n_cells) = (Vec::new(), None, 0);
        while rows.len() < MOST_ROWS && (n_cells < MOST_CELLS || rows.len() < 3) {
            match reader.advance() {
                Ok(Some(row)) => {
                    n_cells += row.len();
                    rows.push(row.clone());
                }
                Ok(None) => break,
                Err(found) => {
                    error = Some(found);
                    break;
                }
            }
        }
        Ok(Self {
            separator,
            rows,
            error,
        })
    }

    /// The rows as `spec` separates them, or else as the separator does with which most rows have as many cells as most
    /// others, and most cells are numbers. Spaces only where no other separates anything.
    fn best(spec: &TableSpec) -> Result<Self, DataError> {
        if let Some(separator) = spec.separator {
            return Self::read(&spec.path, separator);
        }
        let mut best: Option<(f64, f64, Self)> = None;
        for separator in Separator::ALL {
            if separator == Separator::Space && best.is_some() {
                break;
            }
            let sample = Self::read(&spec.path, separator)?;
            let Some((agreeing, numbers)) = sample.score() else {
                continue;
            };
            if best
                .as_ref()
                .is_none_or(|(a, n, _)| (agreeing, numbers) > (*a, *n))
            {
                best = Some((agreeing, numbers, sample));
            }
        }
        match best {
            Some((_, _, sample)) => Ok(sample),
            None => Self::read(&spec.path, Separator::Comma),
        }
    }

    /// The shares of the rows with the usual number of cells, and of the cells that are numbers; `None` where rows have
    /// a single cell.
    fn score(&self) -> Option<(f64, f64)> {
        let usual = self.n_cells();
        if usual < 2 {
            return None;
        }
        let agreeing = self.rows.iter().filter(|row| row.len() == usual);
        let cells = || self.rows.iter().flat_map(Row::cells);
        let numbers = cells().filter(|cell| is_number(cell)).count();
        Some((
            agreeing.count() as f64 / self.rows.len() as f64,
            numbers as f64 / cells().count() as f64,
        ))
    }

    /// How many cells most rows have; of equally frequent numbers the first.
    fn n_cells(&self) -> usize {
        let count = |n: usize| self.rows.iter().filter(|row| row.len() == n).count();
        let mut best = (0, 0);
        for row in &self.rows {
            if row.len() != best.0 && count(row.len()) > best.1 {
                best = (row.len(), count(row.len()));
            }
        }
        best.0
    }

    /// `n_cells` without the last columns of which all cells are empty.
    fn n_columns(&self, n_cells: usize) -> usize {
        let is_empty = |column: usize| {
            let mut rows = self.rows.iter().filter(|row| row.len() <= n_cells);
            rows.all(|row| row.cell(column).is_empty())
        };
        (1..n_cells)
            .rev()
            .find(|&column| !is_empty(column))
            .map_or(1, |last| last + 1)
    }

    /// Whether the first row reads like names: its inputs hold words and not one number, or its label is a word where
    /// those of all other rows are numbers. One wrong number makes no header, nor do numbers with decimal commas.
    fn has_header(&self, label: usize, n_columns: usize) -> bool {
        let Some((first, others)) = self.rows.split_first() else {
            return false;
        };
        let mut inputs = (0..n_columns)
            .filter(|&column| column != label)
            .map(|column| first.cell(column))
            .filter(|cell| !cell.is_empty())
            .peekable();
        let are_words = inputs.peek().is_some() && !inputs.any(looks_numeric);
        let is_word = |row: &Row| !row.cell(label).is_empty() && !looks_numeric(row.cell(label));
        let is_name = is_word(first)
            && !others.is_empty()
            && others.iter().all(|row| is_number(row.cell(label)));
        are_words || is_name
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// A number, or what was meant to be one.
fn looks_numeric(text: &str) -> bool {
    is_number(text)
        || text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.,".contains(&byte))
}
