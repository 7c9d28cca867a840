//! A place in a table, and what is said about the text that stands there.

use std::path::Path;

use super::error::DataError;

/// A row of a file, or one entry of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) path: &'a Path,
    /// Line, from 1.
    pub(super) line: u64,
    /// Column, from 1; `None` for the whole row.
    pub(super) column: Option<usize>,
}

impl Place<'_> {
    /// The number that `text`, which stands here, writes.
    ///
    /// # Errors
    ///
    /// When it writes none, or one that is not finite in 32 bits.
    pub(super) fn number(self, text: &str) -> Result<f32, DataError> {
        let (expected, advice) = match text.parse::<f32>() {
            Ok(number) if number.is_finite() => return Ok(number),
            Ok(_) => (
                "a finite number",
                "replace what is missing or beyond 3.4e38",
            ),
            Err(_) if stands_for_nothing(text) => {
                ("a number", "fill in what is missing or leave the row out")
            }
            Err(_) if text.contains(',') => (
                "a number",
                "write numbers with a decimal point and nothing between thousands",
            ),
            Err(_) => (
                "a number",
                "write inputs as numbers with a decimal point; only the label may be a word",
            ),
        };
        self.one_line(text)?;
        Err(self.refused(quoted(text), expected, advice))
    }

    /// Refuses a cell of several lines: its quote has swallowed rows.
    pub(super) fn one_line(self, text: &str) -> Result<(), DataError> {
        match text.split('\n').count() {
            1 => Ok(()),
            n => Err(self.refused(
                format!("a quoted cell of {n} lines"),
                "a cell of one line",
                "close the quote that opens here",
            )),
        }
    }

    /// The error for what was found here.
    pub(super) fn refused(
        self,
        found: impl Into<String>,
        expected: impl Into<String>,
        advice: &'static str,
    ) -> DataError {
        DataError::Line {
            path: self.path.to_owned(),
            line: self.line,
            column: self.column,
            found: found.into(),
            expected: expected.into(),
            advice,
        }
    }
}

/// Whether a text is what programs write where a number is missing.
fn stands_for_nothing(text: &str) -> bool {
    let nothing = ["", "na", "n/a", "null", "none", "?", "-", "--", "."];
    nothing.contains(&text.to_ascii_lowercase().as_str())
}

/// An entry's text for a message, cut where it gets long.
pub(super) fn quoted(text: &str) -> String {
    const MOST_CHARS: usize = 40;
    if text.is_empty() {
        "an empty cell".to_owned()
    } else if text.chars().nth(MOST_CHARS).is_some() {
        format!("{:?}...", text.chars().take(MOST_CHARS).collect::<String>())
    } else {
        format!("{text:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_strange_texts_are_shown_short_and_escaped() {
        assert_eq!(quoted(""), "an empty cell");
        assert_eq!(quoted("a\u{1b}[2J\n"), r#""a\u{1b}[2J\n""#);
        assert_eq!(quoted(&"é".repeat(40)), format!("\"{}\"", "é".repeat(40)));
        assert_eq!(
            quoted(&"é".repeat(41)),
            format!("\"{}\"...", "é".repeat(40))
        );
    }
}
