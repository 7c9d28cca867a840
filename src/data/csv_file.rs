//! The reader's own tables: numbers separated by commas, semicolons or tabs, the label in the last column.
//!
//! What the last column holds decides the task. Whole numbers from 0 are classes; words are classes, numbered in sorted
//! order; numbers with a decimal point are values to predict. A first row without a single number is a header. Inputs
//! are as written; scaling them needs the split and is done after it.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use ndarray::Array2;

use super::MAX_CLASSES;
use super::bytes::Bytes;
use super::dataset::{Dataset, Targets};
use super::error::DataError;

/// Longest text accepted, 512 MiB.
const MAX_BYTES: usize = 1 << 29;

/// The examples of a table; inputs `[N, I]` with `I` its columns but the last.
///
/// # Errors
///
/// When the file cannot be read, is no table of numbers, or its last column is neither classes nor values.
pub(super) fn read(path: &Path) -> Result<Dataset, DataError> {
    let content = Bytes::open(path)?.rest(MAX_BYTES)?;
    let text = match str::from_utf8(&content) {
        Ok(text) => text,
        Err(error) => {
            let n_before = error.valid_up_to();
            let line = 1 + content[..n_before]
                .iter()
                .filter(|&&byte| byte == b'\n')
                .count() as u64;
            let found = format!("{:#04x}, which is not UTF-8,", content[n_before]);
            return Err(refused(
                path,
                line,
                None,
                found,
                "text",
                "save the table as UTF-8",
            ));
        }
    };
    let table = Table::parse(path, text.trim_start_matches('\u{feff}'))?;
    let targets = table.targets()?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Dataset::new(
        &name,
        vec![table.n_inputs],
        table.inputs,
        targets,
    ))
}

/// The rows of a file: numbers, and the last column as it is written.
struct Table<'a> {
    path: &'a Path,
    n_inputs: usize,
    /// Row by row, `[N, I]`.
    inputs: Vec<f32>,
    last: Vec<Cell>,
}

/// An entry of the last column, with the line it stands in.
struct Cell {
    text: String,
    line: u64,
}

/// What an entry of the last column reads as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Decimal,
    Word,
}

impl Cell {
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
}

impl<'a> Table<'a> {
    fn parse(path: &'a Path, text: &str) -> Result<Self, DataError> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter(text))
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut table = Self {
            path,
            n_inputs: 0,
            inputs: Vec::new(),
            last: Vec::new(),
        };
        let mut record = StringRecord::new();
        let mut lines = Lines::new(text);
        let mut is_first = true;
        while let Some(line) = table.next_row(&mut reader, &mut record, &mut lines)? {
            if is_first {
                table.n_inputs = table.width(&record, line)?;
            }
            if !(is_first && is_header(&record)) {
                table.push(&record, line)?;
            }
            is_first = false;
        }
        if table.last.is_empty() {
            let found = if is_first { "no rows" } else { "only a header" };
            let advice = "write one example per line, its label last";
            return Err(refused(path, 1, None, found, "examples", advice));
        }
        Ok(table)
    }

    /// Reads a row into `record` and gives the line it begins in; `None` at the end.
    fn next_row(
        &self,
        reader: &mut csv::Reader<&[u8]>,
        record: &mut StringRecord,
        lines: &mut Lines<'_>,
    ) -> Result<Option<u64>, DataError> {
        let has_row = reader.read_record(record).map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            refused(
                self.path,
                line,
                None,
                error.to_string(),
                "a row of a table",
                "check how the file was written",
            )
        })?;
        let start = record.position().map_or(0, csv::Position::byte);
        Ok(has_row.then(|| lines.number_at(start as usize)))
    }

    /// The number of inputs that the first row shows.
    fn width(&self, record: &StringRecord, line: u64) -> Result<usize, DataError> {
        if record.len() < 2 {
            let advice = "separate the columns by commas, semicolons or tabs, the label last";
            return Err(refused(
                self.path,
                line,
                None,
                "a single column",
                "inputs and a label",
                advice,
            ));
        }
        Ok(record.len() - 1)
    }

    fn push(&mut self, record: &StringRecord, line: u64) -> Result<(), DataError> {
        if record.len() != self.n_inputs + 1 {
            let (found, expected) = (
                format!("{} columns", record.len()),
                format!("{}", self.n_inputs + 1),
            );
            return Err(refused(
                self.path,
                line,
                None,
                found,
                expected,
                "give every row the same columns",
            ));
        }
        for (column, text) in record.iter().enumerate() {
            if column < self.n_inputs {
                self.inputs.push(number(self.path, line, column, text)?);
            } else {
                self.last.push(Cell {
                    text: text.to_owned(),
                    line,
                });
            }
        }
        Ok(())
    }

    /// Classes or values, whichever the last column holds.
    fn targets(&self) -> Result<Targets, DataError> {
        let is_words = self.last[0].kind() == Kind::Word;
        if let Some(cell) = self
            .last
            .iter()
            .find(|cell| cell.text.is_empty() || (cell.kind() == Kind::Word) != is_words)
        {
            let expected = match (cell.text.is_empty(), is_words) {
                (true, _) => "a label",
                (false, true) => "a word, as in the rows before",
                (false, false) => "a number, as in the rows before",
            };
            let advice = "label all rows with words or all with numbers";
            return Err(self.refuse(cell, expected, advice));
        }
        if is_words {
            self.words()
        } else if self.last.iter().any(|cell| cell.kind() == Kind::Decimal) {
            self.values()
        } else {
            self.numbered_classes()
        }
    }

    fn words(&self) -> Result<Targets, DataError> {
        let mut words: Vec<&str> = self.last.iter().map(|cell| cell.text.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        self.check_n_classes(words.len())?;
        let class = |cell: &Cell| {
            words
                .binary_search(&cell.text.as_str())
                .expect("every word is listed") as u32
        };
        Ok(Targets::Classes {
            labels: self.last.iter().map(class).collect(),
            n_classes: words.len(),
        })
    }

    fn numbered_classes(&self) -> Result<Targets, DataError> {
        let class = |cell: &Cell| {
            cell.text
                .parse::<u32>()
                .ok()
                .filter(|&class| (class as usize) < MAX_CLASSES)
        };
        let mut labels = Vec::with_capacity(self.last.len());
        for cell in &self.last {
            labels.push(class(cell).ok_or_else(|| {
                let advice = "number the classes from 0; for values to predict write a decimal point, as in 3.0";
                self.refuse(cell, format!("a class from 0 to {}", MAX_CLASSES - 1), advice)
            })?);
        }
        let first = labels[0];
        let is_single = labels.iter().all(|&label| label == first);
        self.check_n_classes(if is_single { 1 } else { 2 })?;
        let n_classes = labels
            .iter()
            .max()
            .map_or(0, |&largest| largest as usize + 1);
        Ok(Targets::Classes { labels, n_classes })
    }

    fn values(&self) -> Result<Targets, DataError> {
        let mut values = Array2::zeros((self.last.len(), 1));
        for (value, cell) in values.iter_mut().zip(&self.last) {
            *value = number(self.path, cell.line, self.n_inputs, &cell.text)?;
        }
        Ok(Targets::Values(values))
    }

    fn check_n_classes(&self, n_classes: usize) -> Result<(), DataError> {
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
        Err(refused(
            self.path,
            self.last[0].line,
            Some(self.n_inputs + 1),
            found,
            expected,
            advice,
        ))
    }

    fn refuse(&self, cell: &Cell, expected: impl Into<String>, advice: &'static str) -> DataError {
        refused(
            self.path,
            cell.line,
            Some(self.n_inputs + 1),
            quoted(&cell.text),
            expected,
            advice,
        )
    }
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

fn number(path: &Path, line: u64, column: usize, text: &str) -> Result<f32, DataError> {
    let (expected, advice) = match text.parse::<f32>() {
        Ok(number) if number.is_finite() => return Ok(number),
        Ok(_) => (
            "a finite number",
            "replace what is missing or beyond 3.4e38",
        ),
        Err(_) if text.is_empty() => ("a number", "fill in what is missing or leave the row out"),
        Err(_) => (
            "a number",
            "write inputs as numbers with a decimal point; only the label may be a word",
        ),
    };
    Err(refused(
        path,
        line,
        Some(column + 1),
        quoted(text),
        expected,
        advice,
    ))
}

/// The separator that the first line with any uses most.
fn delimiter(text: &str) -> u8 {
    let has_separator = |line: &&str| line.contains([',', ';', '\t']);
    let line = text.lines().find(has_separator).unwrap_or_default();
    let count = |delimiter: u8| line.bytes().filter(|&byte| byte == delimiter).count();
    // The last of equals wins: a line with as many commas as semicolons has decimal commas, and is refused as such.
    [b'\t', b',', b';']
        .into_iter()
        .max_by_key(|&delimiter| count(delimiter))
        .unwrap_or(b',')
}

/// Line numbers of growing places in a text; the `csv` crate's own start before the blank lines that it skips.
struct Lines<'a> {
    text: &'a [u8],
    place: usize,
    n_before: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            place: 0,
            n_before: 0,
        }
    }

    /// The number, from 1, of the first line at or after `place` that is not blank.
    fn number_at(&mut self, place: usize) -> u64 {
        let is_line_end = |&&byte: &&u8| byte == b'\n';
        let n_blank = self.text[place..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let start = place + n_blank;
        self.n_before += self.text[self.place..start]
            .iter()
            .filter(is_line_end)
            .count() as u64;
        self.place = start;
        self.n_before + 1
    }
}

/// A cell's text for a message, cut where it gets long.
fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    if text.is_empty() {
        "an empty cell".to_owned()
    } else if text.chars().count() > MOST {
        format!("{:?}...", text.chars().take(MOST).collect::<String>())
    } else {
        format!("{text:?}")
    }
}

fn refused(
    path: &Path,
    line: u64,
    column: Option<usize>,
    found: impl Into<String>,
    expected: impl Into<String>,
    advice: &'static str,
) -> DataError {
    DataError::Line {
        path: path.to_owned(),
        line,
        column,
        found: found.into(),
        expected: expected.into(),
        advice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<(Vec<f32>, Targets), DataError> {
        let table = Table::parse(Path::new("t.csv"), text)?;
        let targets = table.targets()?;
        Ok((table.inputs, targets))
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
    fn the_last_column_decides_the_task() {
        for (text, targets) in [
            ("1,2,0\n3,4,2\n", classes(&[0, 2], 3)),
            ("1,2,b\n3,4,a\n", classes(&[1, 0], 2)),
            ("1,2,0.5\n3,4,2\n", values(&[0.5, 2.0])),
            ("1,2,1.0\n3,4,0.0\n", values(&[1.0, 0.0])),
            ("1,2,-1.0\n3,4,1e2\n", values(&[-1.0, 100.0])),
        ] {
            assert_eq!(
                table(text).unwrap(),
                (vec![1.0, 2.0, 3.0, 4.0], targets),
                "{text:?}"
            );
        }
    }

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
            assert_eq!(
                table(text).unwrap(),
                (vec![1.0, 2.0, 3.0, 4.0], classes(&[0, 1], 2)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_word_as_the_label_of_the_first_row_is_no_header() {
        assert_eq!(table("1,2,no\n3,4,yes\n").unwrap().1, classes(&[0, 1], 2));
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
            (
                "1,2,0\n3,4,b\n",
                "t.csv:2:3: found \"b\", expected a number, as",
            ),
            (
                "1,2,a\n3,4,0\n",
                "t.csv:2:3: found \"0\", expected a word, as",
            ),
            (
                "1,2,a\n3,4,\n",
                "t.csv:2:3: found an empty cell, expected a label",
            ),
            (
                "1,2,-1\n3,4,1\n",
                "t.csv:1:3: found \"-1\", expected a class from 0 to 999",
            ),
            ("1,5;2,5;0\n", "t.csv:1:1: found \"1,5\", expected a number"),
        ] {
            let message = table(text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
