//! The rows of a table's text: its lines, quotes and separators, read piece by piece.
//!
//! The rules are those of RFC 4180 with what people's exports add: any of five separators, blanks around cells and
//! before quotes, line ends of every kind, `#` lines. What could swallow rows is refused with the line where it began: a
//! quote that is never closed, and text behind one that is. A reader of CSV that forgives both (most do) turns a table
//! of 47 rows into one of 7.

use std::path::Path;

use super::bytes::Bytes;
use super::error::DataError;
use super::spec::Separator;
use super::table_place::{Place, quoted};

/// Most bytes of text, 4 GiB: where unpacking stops.
const MOST_TEXT_BYTES: u64 = 1 << 32;
/// Most bytes of one row, 64 MiB.
const MOST_ROW_BYTES: usize = 1 << 26;
const CHUNK_BYTES: usize = 1 << 16;
const BYTE_ORDER_MARK: &str = "\u{feff}";
const SAVE_AS_UTF8: &str = "save the table as UTF-8";

/// The cells of a row, without quotes and the blanks around them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    /// The line where it begins, from 1.
    pub(super) line: u64,
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<usize>,
}

impl Row {
    /// How many cells there are, at least 1.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell in this column, from 0; empty behind the last.
    pub(super) fn cell(&self, column: usize) -> &str {
        let Some(&end) = self.ends.get(column) else {
            return "";
        };
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.cell(column))
    }

    /// How many cells there are up to the last that is not empty.
    pub(super) fn n_filled(&self) -> usize {
        (0..self.len())
            .rev()
            .find(|&column| !self.cell(column).is_empty())
            .map_or(0, |last| last + 1)
    }

    fn begin(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
    }

    /// Ends the cell that was written to `text`.
    fn end_cell(&mut self) {
        let start = self.ends.last().copied().unwrap_or(0);
        let kept = self.text[start..].trim_end().len();
        self.text.truncate(start + kept);
        let n_blank = kept - self.text[start..].trim_start().len();
        self.text.drain(start..start + n_blank);
        self.ends.push(self.text.len());
    }
}

/// What was read and is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LeftOut {
    /// Lines that begin with `#`.
    pub(super) n_comments: u64,
    /// Rows of empty cells.
    pub(super) n_empty_rows: u64,
}

/// The rows of a file in order.
pub(super) struct Rows<'a> {
    path: &'a Path,
    separator: Separator,
    lines: Lines,
    /// The line that is being split.
    line: Vec<u8>,
    row: Row,
    left_out: LeftOut,
}

impl<'a> Rows<'a> {
    /// The rows of the file at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub(super) fn open(path: &'a Path, separator: Separator) -> Result<Self, DataError> {
        Ok(Self {
            path,
            separator,
            lines: Lines::new(Bytes::open(path)?),
            line: Vec::new(),
            row: Row::default(),
            left_out: LeftOut::default(),
        })
    }

    /// What was no row so far.
    pub(super) fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// The next row; `None` at the end. Blank lines, lines that begin with `#` and rows of empty cells are no rows.
    ///
    /// # Errors
    ///
    /// When the text is not UTF-8, a quote is not closed where it should be, or something is too long.
    pub(super) fn advance(&mut self) -> Result<Option<&Row>, DataError> {
        loop {
            if !self.next_line(0)? {
                return Ok(None);
            }
            let Some(&first) = self.line.iter().find(|byte| !byte.is_ascii_whitespace()) else {
                continue;
            };
            if first == b'#' {
                self.left_out.n_comments += 1;
                continue;
            }
            self.row.begin(self.lines.number);
            self.split()?;
            if self.row.n_filled() == 0 {
                self.left_out.n_empty_rows += 1;
                continue;
            }
            return Ok(Some(&self.row));
        }
    }

    fn place(&self, line: u64, column: Option<usize>) -> Place<'a> {
        Place {
            path: self.path,
            line,
            column,
        }
    }

    /// Reads a line in the place of the one before; of its row, `n_before` bytes are read already.
    fn next_line(&mut self, n_before: usize) -> Result<bool, DataError> {
        self.line.clear();
        let room = MOST_ROW_BYTES.saturating_sub(n_before);
        if !self.lines.next(&mut self.line, room)? {
            return Ok(false);
        }
        let place = self.place(self.lines.number, None);
        if self.line.len() > room {
            let expected = format!("at most {MOST_ROW_BYTES} bytes");
            return Err(place.refused("a row that goes on", expected, "give one example a line"));
        }
        if self.lines.number == 1 && self.line.starts_with(BYTE_ORDER_MARK.as_bytes()) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        }
        let is_utf16 = self.line.starts_with(b"\xff\xfe") || self.line.starts_with(b"\xfe\xff");
        if self.lines.number == 1 && is_utf16 {
            return Err(place.refused("UTF-16 text", "UTF-8", SAVE_AS_UTF8));
        }
        if self.line.contains(&0) {
            return Err(place.refused("a zero byte", "text", SAVE_AS_UTF8));
        }
        match str::from_utf8(&self.line) {
            Ok(_) => Ok(true),
            Err(error) => {
                let byte = self.line[error.valid_up_to()];
                let found = format!("{byte:#04x}, which is not UTF-8");
                Err(place.refused(found, "text", SAVE_AS_UTF8))
            }
        }
    }

    fn is_separator(&self, byte: u8) -> bool {
        self.separator.is(byte)
    }

    fn after_blanks(&self, mut at: usize) -> usize {
        let is_blank = |byte: u8| byte == b' ' || (byte == b'\t' && !self.is_separator(byte));
        let is_space = self.separator == Separator::Space;
        while let Some(&byte) = self.line.get(at)
            && (is_blank(byte) || (is_space && self.is_separator(byte)))
        {
            at += 1;
        }
        at
    }

    /// Splits `line`, and those that follow inside a quote, into the cells of `row`.
    fn split(&mut self) -> Result<(), DataError> {
        let mut at = 0;
        loop {
            at = self.after_blanks(at);
            if self.separator == Separator::Space && at == self.line.len() {
                return Ok(());
            }
            at = if self.line.get(at) == Some(&b'"') {
                self.quoted_cell(at + 1)?
            } else {
                self.plain_cell(at)
            };
            if at >= self.line.len() {
                return Ok(());
            }
            at += 1;
        }
    }

    /// Takes the cell that begins at `at` and gives the place behind it.
    fn plain_cell(&mut self, at: usize) -> usize {
        let rest = &self.line[at..];
        let length = rest.iter().position(|&byte| self.is_separator(byte));
        let end = at + length.unwrap_or(rest.len());
        self.take(at, end);
        self.row.end_cell();
        end
    }

    /// Takes the cell whose quote opened just before `at` and gives the place behind it.
    fn quoted_cell(&mut self, mut at: usize) -> Result<usize, DataError> {
        let opened = self.place(self.lines.number, Some(self.row.len() + 1));
        loop {
            let quote = self.line[at..].iter().position(|&byte| byte == b'"');
            let end = quote.map_or(self.line.len(), |length| at + length);
            self.take(at, end);
            if quote.is_none() {
                self.row.text.push('\n');
                if !self.next_line(self.row.text.len())? {
                    let advice = "close it, or double a quote that belongs to the text";
                    return Err(opened.refused(
                        "a quote that is never closed",
                        "another quote",
                        advice,
                    ));
                }
                at = 0;
            } else if self.line.get(end + 1) == Some(&b'"') {
                self.row.text.push('"');
                at = end + 2;
            } else {
                self.row.end_cell();
                return self.behind_quote(end + 1, opened);
            }
        }
    }

    /// The place of the separator or line end behind the quote that closed before `at`.
    fn behind_quote(&self, at: usize, opened: Place<'_>) -> Result<usize, DataError> {
        // A separator of blanks stands right here; others may have blanks before them.
        let next = self.after_blanks(at);
        match self.line.get(next) {
            None => Ok(self.line.len()),
            Some(_) if self.separator == Separator::Space && next > at => Ok(next - 1),
            Some(&byte) if self.is_separator(byte) => Ok(next),
            Some(_) => {
                let rest = String::from_utf8_lossy(&self.line[next..]);
                let found = format!(
                    "a quote that closes in line {} before {}",
                    self.lines.number,
                    quoted(&rest)
                );
                let advice = "close it, or double a quote that belongs to the text";
                Err(opened.refused(found, "a separator behind it", advice))
            }
        }
    }

    fn take(&mut self, from: usize, to: usize) {
        // The line was checked, and cells end at bytes of ASCII.
        let text = str::from_utf8(&self.line[from..to]).unwrap_or_default();
        self.row.text.push_str(text);
    }
}

/// The lines of a file, whatever ends them.
struct Lines {
    source: Bytes,
    chunk: Vec<u8>,
    /// What is left of `chunk`.
    from: usize,
    to: usize,
    /// How many lines were read.
    number: u64,
    /// Whether the last line ended with a carriage return, of which a line feed may be the second half.
    is_after_return: bool,
}

impl Lines {
    fn new(source: Bytes) -> Self {
        Self {
            source,
            chunk: vec![0; CHUNK_BYTES],
            from: 0,
            to: 0,
            number: 0,
            is_after_return: false,
        }
    }

    /// Appends the next line to `line`, without its end; of one that is longer than `most`, little more than that.
    fn next(&mut self, line: &mut Vec<u8>, most: usize) -> Result<bool, DataError> {
        let mut has_line = false;
        loop {
            if self.from == self.to && !self.refill()? {
                self.number += u64::from(has_line);
                return Ok(has_line);
            }
            if std::mem::take(&mut self.is_after_return) && self.chunk[self.from] == b'\n' {
                self.from += 1;
                continue;
            }
            has_line = true;
            let rest = &self.chunk[self.from..self.to];
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            line.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            self.from += end.map_or(rest.len(), |end| end + 1);
            if let Some(end) = end {
                self.is_after_return = rest[end] == b'\r';
            }
            if end.is_some() || line.len() > most {
                self.number += 1;
                return Ok(true);
            }
        }
    }

    fn refill(&mut self) -> Result<bool, DataError> {
        (self.from, self.to) = (0, self.source.fill(&mut self.chunk)?);
        let offset = self.source.offset();
        if offset > MOST_TEXT_BYTES {
            let expected = format!("at most {MOST_TEXT_BYTES} bytes of text (4 GiB)");
            let refused = |found| {
                self.source
                    .refused(MOST_TEXT_BYTES, found, expected, "use a smaller file")
            };
            return Err(refused("more"));
        }
        Ok(self.to > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of(text: &[u8], separator: Separator) -> Result<Vec<(u64, Vec<String>)>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t");
        std::fs::write(&path, text).unwrap();
        let message = |error: DataError| {
            let message = error.to_string();
            message[message.rfind("/t").unwrap() + 1..].to_owned()
        };
        let mut rows = Rows::open(&path, separator).map_err(message)?;
        let mut all = Vec::new();
        while let Some(row) = rows.advance().map_err(message)? {
            all.push((row.line, row.cells().map(str::to_owned).collect()));
        }
        Ok(all)
    }

    #[test]
    fn cells_are_what_stands_between_separators_outside_quotes() {
        use Separator::{Bar, Comma, Semicolon, Space, Tab};
        type Case<'a> = (&'a str, Separator, &'a [(u64, &'a [&'a str])]);
        let cases: &[Case] = &[
            ("a,b\nc,d", Comma, &[(1, &["a", "b"]), (2, &["c", "d"])]),
            ("a;b,c", Semicolon, &[(1, &["a", "b,c"])]),
            ("a\t\tb \t", Tab, &[(1, &["a", "", "b", ""])]),
            ("a|b", Bar, &[(1, &["a", "b"])]),
            ("  1.0   2 \t0 \n", Space, &[(1, &["1.0", "2", "0"])]),
            ("\"a b\"  c", Space, &[(1, &["a b", "c"])]),
            (
                "\"a\" , \"b,\"\"c\"\"\" ,d",
                Comma,
                &[(1, &["a", "b,\"c\"", "d"])],
            ),
            (
                "\"a\nb\",c\nd,e",
                Comma,
                &[(1, &["a\nb", "c"]), (3, &["d", "e"])],
            ),
            ("5\" pipe,b", Comma, &[(1, &["5\" pipe", "b"])]),
            ("\"\",\" x \"", Comma, &[(1, &["", "x"])]),
            (
                "a,\r\rb,\n\n,c\r\n",
                Comma,
                &[(1, &["a", ""]), (3, &["b", ""]), (5, &["", "c"])],
            ),
            ("\u{feff}a,b", Comma, &[(1, &["a", "b"])]),
            ("# c\n ,, \n a,# b\n#", Comma, &[(3, &["a", "# b"])]),
            ("\n \n", Comma, &[]),
        ];
        for (text, separator, expected) in cases {
            let expected: Vec<(u64, Vec<String>)> = expected
                .iter()
                .map(|(line, cells)| (*line, cells.iter().map(ToString::to_string).collect()))
                .collect();
            assert_eq!(
                rows_of(text.as_bytes(), *separator),
                Ok(expected),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_swallows_rows_is_refused_where_it_began() {
        let cases: &[(&[u8], &str)] = &[
            (
                b"a,b\n1,\"2\n3,4\n",
                "t:2:2: found a quote that is never closed",
            ),
            (b"\"", "t:1:1: found a quote that is never closed"),
            (
                b"a,\"b\n1,2\n3,\"4\"\n",
                "t:1:2: found a quote that closes in line 3 before \"4\\\"",
            ),
            (
                b"\"a\"b,c",
                "t:1:1: found a quote that closes in line 1 before \"b,c\"",
            ),
            (b"a\n\xff", "t:2: found 0xff, which is not UTF-8"),
            (b"\xff\xfea\0", "t:1: found UTF-16 text, expected UTF-8"),
            (b"a\0", "t:1: found a zero byte"),
        ];
        for (text, expected) in cases {
            let message = rows_of(text, Separator::Comma).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_kept_writer_of_csv_writes_is_read_back(
            rows in proptest::collection::vec(proptest::collection::vec("[a-c,;\"\n\té]{0,4}[a-c]", 2..4), 1..4),
            ends_with_return in proptest::prelude::any::<bool>(),
        ) {
            let terminator = if ends_with_return { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new()
                .terminator(terminator)
                .flexible(true)
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let read: Vec<Vec<String>> = rows_of(&text, Separator::Comma).unwrap().into_iter().map(|row| row.1).collect();
            let trimmed: Vec<Vec<String>> = rows
                .iter()
                .map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect())
                .collect();
            proptest::prop_assert_eq!(read, trimmed);
        }
    }
}
