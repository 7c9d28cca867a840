//! The reader's own tables: numbers and a label in rows of text.
//!
//! A table is read twice: its first rows tell its form, then all rows become numbers as they come, so memory holds no
//! text. Inputs are as written; scaling them needs the split and is done after it. What the labels ask for is decided
//! next door.

use std::path::Path;

use super::dataset::{Dataset, Note};
use super::error::DataError;
use super::labels::Labels;
use super::rows::{LeftOut, Row, Rows};
use super::spec::TableSpec;
use super::table_form::Form;
use super::table_place::{Place, quoted};
use crate::text::counted;

/// Most inputs of all examples together: 2 GiB of them.
const MOST_NUMBERS: usize = 1 << 29;
/// How many names of columns a note lists.
const MOST_LISTED: usize = 6;

/// The examples of a table; inputs `[N, I]` with `I` its columns but the label.
///
/// # Errors
///
/// When the file cannot be read, is no table of numbers, or its labels are neither classes nor values.
pub(super) fn read(spec: &TableSpec) -> Result<Dataset, DataError> {
    let form = Form::of(spec)?;
    let mut rows = Rows::open(&spec.path, form.separator)?;
    let label_column = Place {
        path: &spec.path,
        line: 1,
        column: Some(form.label + 1),
    };
    let mut table = Table {
        path: &spec.path,
        form: &form,
        inputs: Vec::new(),
        labels: Labels::new(label_column, spec.task),
        first_line: 0,
    };
    if form.header.is_some() {
        let header = rows.advance()?;
        table.check_width(header.unwrap_or(&Row::default()))?;
    }
    while let Some(row) = rows.advance()? {
        table.push(row)?;
    }
    let left_out = rows.left_out();
    table.finish(spec, left_out)
}

/// The rows of a file as numbers.
struct Table<'a> {
    path: &'a Path,
    form: &'a Form,
    /// Row by row, `[N, I]`.
    inputs: Vec<f32>,
    /// `[N]`.
    labels: Labels<'a>,
    /// The line of the first example.
    first_line: u64,
}

impl Table<'_> {
    fn place(&self, line: u64, column: Option<usize>) -> Place<'_> {
        Place {
            path: self.path,
            line,
            column,
        }
    }

    /// A row may be longer than the table only by empty cells.
    fn check_width(&self, row: &Row) -> Result<(), DataError> {
        let n_columns = self.form.n_columns;
        let n = row.n_filled().max(row.len().min(n_columns));
        if n == n_columns {
            return Ok(());
        }
        let found = counted(n, "column");
        let advice = "give every row the same columns";
        Err(self
            .place(row.line, None)
            .refused(found, n_columns.to_string(), advice))
    }

    fn push(&mut self, row: &Row) -> Result<(), DataError> {
        self.check_width(row)?;
        if self.labels.len() == 0 {
            self.first_line = row.line;
        }
        for column in (0..self.form.n_columns).filter(|&column| column != self.form.label) {
            let place = self.place(row.line, Some(column + 1));
            let number = place.number(row.cell(column))?;
            self.inputs.push(number);
        }
        let label = row.cell(self.form.label);
        if self.has_swallowed_rows(label) {
            let place = self.place(row.line, Some(self.form.label + 1));
            place.one_line(label)?;
        }
        self.labels.push(row.line, label)?;
        if self.inputs.len() > MOST_NUMBERS {
            let found = format!("more than {MOST_NUMBERS} inputs");
            let place = self.place(row.line, None);
            let expected = "at most so many (2 GiB in memory)";
            return Err(place.refused(found, expected, "use fewer rows or columns"));
        }
        Ok(())
    }

    /// Whether a quoted label goes on over lines that look like rows.
    fn has_swallowed_rows(&self, label: &str) -> bool {
        label.split_once('\n').is_some_and(|(_, lines)| {
            let mut bytes = lines.bytes();
            bytes.any(|byte| self.form.separator.is(byte))
        })
    }

    fn finish(mut self, spec: &TableSpec, left_out: LeftOut) -> Result<Dataset, DataError> {
        if self.labels.len() == 0 {
            let advice = "write one example per line, its label last";
            let place = self.place(1, None);
            return Err(place.refused("only a header", "examples", advice));
        }
        if spec.has_header.is_none() && self.form.header.is_none() && self.labels.begins_oddly() {
            let found = "a label that no other row has, where all others recur";
            let advice = "say whether this row has the names: csv:FILE?header=yes or header=no";
            let place = self.place(self.first_line, Some(self.form.label + 1));
            return Err(place.refused(found, "a header or an example", advice));
        }
        self.inputs.shrink_to_fit();
        let understood = self.labels.understood()?;
        let mut notes = vec![Note::new(
            Note::LABELS,
            format!("{}, {}", self.form.label_name(), understood.taken_for),
        )];
        notes.extend(self.form.notes(spec, left_out));
        let name = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let n_inputs = self.form.n_columns - 1;
        Ok(Dataset {
            class_names: understood.class_names,
            notes,
            ..Dataset::new(&name, vec![n_inputs], self.inputs, understood.targets)
        })
    }
}

impl Form {
    fn label_name(&self) -> String {
        let number = format!("column {}", self.label + 1);
        let name = self.header.as_ref().map(|names| names[self.label].as_str());
        name.filter(|name| !name.is_empty())
            .map_or(number.clone(), |name| format!("{number} ({})", shown(name)))
    }

    /// What was decided and left out.
    fn notes(&self, spec: &TableSpec, left_out: LeftOut) -> Vec<Note> {
        let by_whom = |is_asked| if is_asked { ", as asked" } else { "" };
        let separator = format!(
            "{}{}",
            self.separator.name(),
            by_whom(spec.separator.is_some())
        );
        let header = self.header.as_ref().map_or_else(
            || "none, the first row is an example".to_owned(),
            |names| names_of(names),
        );
        let header = format!("{header}{}", by_whom(spec.has_header.is_some()));
        let counts = [
            (
                left_out.n_comments,
                "line that begins with #",
                "lines that begin with #",
            ),
            (
                left_out.n_empty_rows,
                "row of empty cells",
                "rows of empty cells",
            ),
            (
                self.n_empty_columns as u64,
                "empty column at the end",
                "empty columns at the end",
            ),
        ];
        let counts = counts.iter().filter(|count| count.0 > 0);
        let left_out: Vec<String> = counts
            .map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }))
            .collect();
        let mut notes = vec![
            Note::new("separator", separator),
            Note::new("header", header),
        ];
        if !left_out.is_empty() {
            notes.push(Note::new("left out", left_out.join(", ")));
        }
        notes
    }
}

fn names_of(names: &[String]) -> String {
    let mut listed: Vec<String> = names
        .iter()
        .take(MOST_LISTED)
        .map(|name| shown(name))
        .collect();
    if names.len() > MOST_LISTED {
        listed.push(format!("... ({} names)", names.len()));
    }
    listed.join(", ")
}

/// A column's name as it is where it is plain, else quoted.
fn shown(name: &str) -> String {
    let is_plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || " ._-/()".contains(c));
    if is_plain && name.chars().count() <= 30 {
        name.to_owned()
    } else {
        quoted(name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::dataset::Targets;
    use super::*;

    fn table(text: &str, options: &str) -> Result<Dataset, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let spec = format!("csv:{}??{options}", path.display()).parse();
        let Ok(super::super::Spec::Csv(spec)) = spec else {
            panic!("{options}: {spec:?}")
        };
        let message = |error: DataError| {
            let message = error.to_string();
            message[message.rfind("t.csv:").unwrap_or(0)..].to_owned()
        };
        read(&spec).map_err(message)
    }

    #[test]
    fn headers_separators_blank_lines_quotes_and_line_ends_are_understood() {
        for text in [
            "1,2,0\n3,4,1",
            "x,y,label\n1,2,0\n3,4,1\n",
            ",1x2,label\n1,2,0\n3,4,1\n",
            "1;2;0\n3;4;1\n",
            "1|2|0\n3|4|1\n",
            "  1.0  2 0\n  3.0  4 1\n",
            "1\t2\t0\r\n3\t4\t1\r\n",
            "1\t2\t0\r3\t4\t1\r",
            "\n\n 1 , 2 , 0 \n\n\n3,4,1\n\n",
            "\"x\",\"y\",\"is it, really\"\n\"1\",\"2\",\"0\"\n3,4,1\n",
            "x, y, z\n\"1\", \"2\", \"0\"\n\"3\", \"4\", \"1\"\n",
            "a (x, y, z);b (1, 2);c\n1;2;0\n3;4;1\n",
            "2019,2020,label\n1,2,0\n3,4,1\n",
            "x,y,z,\n1,2,0,\n3,4,1,\n",
            "x,y,z\n1,2,0,,\n3,4,1,,\n",
            "1,2,0\n3,4,1\n,,\n,,\n",
            "# a\n#b,c\n1,2,0\n # d\n3,4,1\n",
        ] {
            let table = table(text, "").unwrap_or_else(|error| panic!("{text:?}: {error}"));
            let inputs: Vec<f32> = table.inputs.iter().copied().collect();
            assert_eq!(inputs, [1.0, 2.0, 3.0, 4.0], "{text:?}");
            let expected = Targets::Classes {
                labels: vec![0, 1],
                n_classes: 2,
            };
            assert_eq!(table.targets, expected, "{text:?}");
        }
        let two_lines = table("1,2,\"a\nb\"\n3,4,c\n", "").unwrap();
        assert_eq!(two_lines.class_names, ["a\nb", "c"]);
    }

    #[test]
    fn what_was_decided_and_left_out_is_noted() {
        let data = table("# x\na;b;y;\n1;2;0.0;\n3;4;1.0;\n;;\n", "").unwrap();
        let notes: Vec<(&str, &str)> = data
            .notes
            .iter()
            .map(|note| (note.subject, note.text.as_str()))
            .collect();
        let labels = "column 3 (y), whole numbers, few of them: taken for classes (task=values overrules): 0.0, 1.0";
        let expected = [
            ("labels", labels),
            ("separator", "semicolon"),
            ("header", "a, b, y"),
            (
                "left out",
                "1 line that begins with #, 1 row of empty cells, 1 empty column at the end",
            ),
        ];
        assert_eq!(notes, expected);
        assert_eq!(data.taken_for(), Some(labels));
    }

    #[test]
    fn the_users_word_overrules_what_a_table_looks_like() {
        let inputs = |text, options| {
            let data = table(text, options).unwrap_or_else(|error| panic!("{options}: {error}"));
            (
                data.inputs.iter().copied().collect::<Vec<_>>(),
                data.class_names,
            )
        };
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        for options in ["label=b", "label=2"] {
            let text = "a,b,c\n1,yes,2\n3,no,4\n";
            let expected = (vec![1.0, 2.0, 3.0, 4.0], words(&["no", "yes"]));
            assert_eq!(inputs(text, options), expected);
        }
        assert_eq!(
            inputs("2019,2020\n1,yes\n2,no\n", "header=yes"),
            (vec![1.0, 2.0], words(&["no", "yes"]))
        );
        // A name that is also a number is a name first.
        assert_eq!(
            inputs("2,1\nyes,5\nno,6\n", "label=2"),
            (vec![5.0, 6.0], words(&["no", "yes"]))
        );
        assert_eq!(
            inputs("1 2 0\n3 4 1\n", "sep=space&task=values").1,
            words(&[])
        );
        let refused = |text, options| table(text, options).unwrap_err();
        for (text, options, expected) in [
            (
                "1;2;0\n3;4;1\n",
                "sep=comma",
                "t.csv:1: found a single column",
            ),
            (
                "a,b,c\n1,2,0\n",
                "label=d",
                "t.csv:1: found the columns \"a\", \"b\", \"c\", expected the label \"d\"",
            ),
            ("a,b,c\n1,2,0\n", "label=4", "t.csv:1: found the columns"),
            (
                "a,b,b\n1,2,0\n",
                "label=b",
                "t.csv:1: found the name \"b\" in columns 2 and 3",
            ),
            (
                "a,b,c\n1,2,0\n",
                "header=no",
                "t.csv:1:1: found \"a\", expected a number",
            ),
            (
                "1,2,a\n3,4,b\n",
                "task=values",
                "t.csv:1:3: found \"a\", expected a number",
            ),
        ] {
            let message = refused(text, options);
            assert!(message.starts_with(expected), "{message}");
        }
    }

    #[test]
    fn a_first_row_that_may_be_names_is_not_guessed_at() {
        let rows = "0.5,0,yes\n1.5,7,no\n".repeat(12);
        for first in ["2019,2020,label", "2019,2020,2021"] {
            let rows = if first.ends_with("label") {
                rows.clone()
            } else {
                rows.replace("yes", "1").replace("no", "0")
            };
            let message = table(&format!("{first}\n{rows}"), "").unwrap_err();
            assert!(
                message.starts_with("t.csv:1:3: found a label that no other row has"),
                "{message}"
            );
            let names = |options| {
                table(&format!("{first}\n{rows}"), options)
                    .unwrap()
                    .class_names
                    .len()
            };
            assert_eq!((names("header=yes"), names("header=no")), (2, 3));
        }
    }

    #[test]
    fn a_word_as_the_label_of_the_first_row_is_no_header() {
        let table = table("1,2,no\n3,4,yes\n", "").unwrap();
        assert_eq!(table.len(), 2);
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
                "1,5;2,5;0\n",
                "t.csv:1:1: found \"1,5\", expected a number; write numbers with a decimal point",
            ),
            ("1,2,0\n3;4;0\n", "t.csv:2: found 1 column, expected 3"),
            (
                "1,NA,0\n3,4,1\n",
                "t.csv:1:2: found \"NA\", expected a number; fill in",
            ),
            (
                "\"1,000\",2,0\n3,4,1\n",
                "t.csv:1:1: found \"1,000\", expected a number; write numbers",
            ),
            (
                "1,2,0\n3,4,\"1\n5,6,1\"\n7,8,0\n",
                "t.csv:2:3: found a quoted cell of 2 lines",
            ),
        ] {
            let message = table(text, "").expect_err(text);
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
