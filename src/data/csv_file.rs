//! The reader's own tables: numbers separated by commas, semicolons or tabs, the label in the last column.
//!
//! A first row of words is a header. Inputs are as written; scaling them needs the split and is done after it. What the
//! last column asks for is decided next door.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::bytes::Bytes;
use super::dataset::Dataset;
use super::error::DataError;
use super::last_column::{self, Cell};
use super::table_place::Place;

/// Longest text accepted, 512 MiB.
const MAX_BYTES: usize = 1 << 29;

/// The examples of a table; inputs `[N, I]` with `I` its columns but the last.
///
/// # Errors
///
/// When the file cannot be read, is no table of numbers, or its last column is neither classes nor values.
pub(super) fn read(path: &Path) -> Result<Dataset, DataError> {
    let content = Bytes::open(path)?.rest(MAX_BYTES)?;
    let text = str::from_utf8(&content).map_err(|error| {
        let (before, rest) = content.split_at(error.valid_up_to());
        let found = format!("{:#04x}, which is not UTF-8,", rest[0]);
        row(path, 1 + n_line_ends(before)).refused(found, "text", "save the table as UTF-8")
    })?;
    let table = Table::parse(path, text)?;
    let targets = last_column::targets(&table.last)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Dataset::new(
        &name,
        vec![table.n_inputs],
        table.inputs,
        targets,
    ))
}

fn row(path: &Path, line: u64) -> Place<'_> {
    Place {
        path,
        line,
        column: None,
    }
}

/// The rows of a file: numbers, and the last column as it is written.
struct Table<'a> {
    path: &'a Path,
    n_inputs: usize,
    /// Row by row, `[N, I]`.
    inputs: Vec<f32>,
    /// `[N]`, at least one.
    last: Vec<Cell<'a>>,
}

impl<'a> Table<'a> {
    fn parse(path: &'a Path, text: &str) -> Result<Self, DataError> {
        let mut rows = Rows::new(path, text);
        let Some(place) = rows.advance()? else {
            return Err(no_examples(path, "no rows"));
        };
        let n_inputs = rows.record.len() - 1;
        if n_inputs == 0 {
            let advice = "separate the columns by commas, semicolons or tabs, the label last";
            return Err(place.refused("a single column", "inputs and a label", advice));
        }
        let mut table = Self {
            path,
            n_inputs,
            inputs: Vec::new(),
            last: Vec::new(),
        };
        if !is_header(&rows.record) {
            table.push(&rows.record, place)?;
        }
        while let Some(place) = rows.advance()? {
            table.push(&rows.record, place)?;
        }
        if table.last.is_empty() {
            Err(no_examples(path, "only a header"))
        } else {
            Ok(table)
        }
    }

    fn push(&mut self, record: &StringRecord, row: Place<'a>) -> Result<(), DataError> {
        if record.len() != self.n_inputs + 1 {
            let (found, expected) = (
                format!("{} columns", record.len()),
                (self.n_inputs + 1).to_string(),
            );
            return Err(row.refused(found, expected, "give every row the same columns"));
        }
        for (column, text) in record.iter().enumerate() {
            let place = Place {
                path: self.path,
                line: row.line,
                column: Some(column + 1),
            };
            if column < self.n_inputs {
                self.inputs.push(place.number(text)?);
            } else {
                self.last.push(Cell {
                    place,
                    text: text.to_owned(),
                });
            }
        }
        Ok(())
    }
}

fn no_examples(path: &Path, found: &str) -> DataError {
    row(path, 1).refused(
        found,
        "examples",
        "write one example per line, its label last",
    )
}

/// A first row is a header when its input columns hold words and not one number: one wrong number makes no header, nor
/// do numbers with decimal commas.
fn is_header(record: &StringRecord) -> bool {
    let is_number = |text: &str| {
        text.parse::<f64>().is_ok()
            || text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.,".contains(&byte))
    };
    let mut named = record
        .iter()
        .take(record.len() - 1)
        .filter(|text| !text.is_empty())
        .peekable();
    named.peek().is_some() && !named.any(is_number)
}

/// The rows of a text in order, each with its place.
struct Rows<'a, 't> {
    path: &'a Path,
    text: &'t [u8],
    reader: csv::Reader<&'t [u8]>,
    /// The row that was read last; at least one entry.
    record: StringRecord,
    /// A byte of the text, and the number of line ends before it.
    counted: (usize, u64),
}

impl<'a, 't> Rows<'a, 't> {
    fn new(path: &'a Path, text: &'t str) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter(text))
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        Self {
            path,
            text: text.as_bytes(),
            reader,
            record: StringRecord::new(),
            counted: (0, 0),
        }
    }

    /// Reads the next row into `record` and gives its place; `None` at the end. Blank lines are no rows.
    fn advance(&mut self) -> Result<Option<Place<'a>>, DataError> {
        let start = self.reader.position().byte() as usize;
        let has_row = self.reader.read_record(&mut self.record).map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            row(self.path, line).refused(
                error.to_string(),
                "a row of a table",
                "check how the file was written",
            )
        })?;
        Ok(has_row.then(|| row(self.path, self.line_at(start))))
    }

    /// The number of the first line at or after `start` that is not blank. Counted here, as the `csv` crate gives a row
    /// the line of the blank ones before it.
    fn line_at(&mut self, start: usize) -> u64 {
        let n_blank = self.text[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let (from, n_before) = self.counted;
        let end = start + n_blank;
        self.counted = (end, n_before + n_line_ends(&self.text[from..end]));
        self.counted.1 + 1
    }
}

fn n_line_ends(text: &[u8]) -> u64 {
    text.split(|&byte| byte == b'\n').skip(1).count() as u64
}

/// The separator that the first line with any uses most.
fn delimiter(text: &str) -> u8 {
    let has_separator = |line: &&str| line.contains([',', ';', '\t']);
    let line = text.lines().find(has_separator).unwrap_or_default();
    let count = |delimiter: u8| line.split(char::from(delimiter)).count();
    // The last of equals wins: a line with as many commas as semicolons has decimal commas, and is refused as such.
    [b'\t', b',', b';']
        .into_iter()
        .max_by_key(|&delimiter| count(delimiter))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_separators_blank_lines_quotes_and_line_ends_are_understood() {
        for text in [
            "1,2,0\n3,4,1",
            "x,y,label\n1,2,0\n3,4,1\n",
            ",1x2,label\n1,2,0\n3,4,1\n",
            "1;2;0\n3;4;1\n",
            "1\t2\t0\r\n3\t4\t1\r\n",
            "\n\n 1 , 2 , 0 \n\n\n3,4,1\n\n",
            "\"x\",\"y\",\"is it, really\"\n\"1\",\"2\",\"0\"\n3,4,1\n",
        ] {
            let table = Table::parse(Path::new("t.csv"), text).unwrap();
            assert_eq!(table.inputs, [1.0, 2.0, 3.0, 4.0], "{text:?}");
            assert_eq!(
                table
                    .last
                    .iter()
                    .map(|cell| cell.text.as_str())
                    .collect::<Vec<_>>(),
                ["0", "1"],
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_word_as_the_label_of_the_first_row_is_no_header() {
        let table = Table::parse(Path::new("t.csv"), "1,2,no\n3,4,yes\n").unwrap();
        assert_eq!(table.last.len(), 2);
    }

    #[test]
    fn faults_are_found_in_their_line_and_column() {
        for (text, expected) in [
            (
                "1,2,0\n\n\n3,x,1\n",
                "t.csv:4:2: found \"x\", expected a number",
            ),
            (
                "\n\nx,y,label\n1,2,0\n3,4\n",
                "t.csv:5: found 2 columns, expected 3",
            ),
            (
                "a,b,c\r\n\r\n1,,0\r\n",
                "t.csv:3:2: found an empty cell, expected a number",
            ),
            (
                "\"x\n1\",y,z\n1,nan,0\n",
                "t.csv:3:2: found \"nan\", expected a finite number",
            ),
            ("1,5;2,5;0\n", "t.csv:1:1: found \"1,5\", expected a number"),
            ("1,2,0\n3;4;0\n", "t.csv:2: found 1 columns, expected 3"),
        ] {
            let message = Table::parse(Path::new("t.csv"), text)
                .err()
                .expect(text)
                .to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
