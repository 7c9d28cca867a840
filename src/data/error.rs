//! What can be wrong with data: one variant per kind of place a fault can be at.
//!
//! Every message stands alone: where it is (setting, file, byte or line), what was found, what was expected, and what
//! to do about it. The texts of single faults stand where they are detected; this file only gives them their form.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why data could not be loaded.
#[derive(Debug, Error)]
pub enum DataError {
    /// A data specification that names nothing known.
    #[error("--data {found}: {problem}; accepted are {accepted}")]
    Spec {
        /// What was written.
        found: String,
        /// What is wrong with it.
        problem: String,
        /// All accepted forms.
        accepted: String,
    },
    /// A size or share that does not fit the data.
    #[error("--{setting} {value}: {problem}")]
    Setting {
        /// The name of the setting, as written on the command line.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it and what would be accepted.
        problem: String,
    },
    /// A file that cannot be opened or read.
    #[error("{}: {problem}; {advice}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// A directory without one of its files.
    #[error("{}: {role} are missing; looked for {}", dir.display(), names.join(", "))]
    Missing {
        /// The directory.
        dir: PathBuf,
        /// What the file should hold, in the plural.
        role: &'static str,
        /// The file names that were tried.
        names: Vec<String>,
    },
    /// Wrong content at a byte of a binary file.
    #[error("{}: byte {offset}: found {found}, expected {expected}; {advice}", path.display())]
    Bytes {
        /// The file.
        path: PathBuf,
        /// Offset from the file's beginning; in a compressed file, of the decompressed bytes.
        offset: u64,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
        /// What to do.
        advice: &'static str,
    },
    /// Wrong content in a line of a text file.
    #[error("{}:{line}{}: found {found}, expected {expected}; {advice}", path.display(), colon(*column))]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Column of the table (not of the text), from 1.
        column: Option<usize>,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
        /// What to do.
        advice: &'static str,
    },
}

fn colon(column: Option<usize>) -> String {
    column
        .map(|column| format!(":{column}"))
        .unwrap_or_default()
}

impl DataError {
    /// The message for an operating system error on `path`.
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let (problem, advice) = match error.kind() {
            io::ErrorKind::NotFound => ("no such file".to_owned(), "check the path"),
            io::ErrorKind::PermissionDenied => {
                ("permission denied".to_owned(), "make the file readable")
            }
            _ => (error.to_string(), "check the file and its disk"),
        };
        Self::Unreadable {
            path: path.to_owned(),
            problem,
            advice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operating_system_errors_name_the_file_and_what_to_do() {
        let cases = [
            (
                io::ErrorKind::NotFound,
                "a/b.idx: no such file; check the path",
            ),
            (
                io::ErrorKind::PermissionDenied,
                "a/b.idx: permission denied; make the file readable",
            ),
            (
                io::ErrorKind::TimedOut,
                "a/b.idx: timed out; check the file and its disk",
            ),
        ];
        for (kind, expected) in cases {
            let error = DataError::unreadable(Path::new("a/b.idx"), &kind.into());
            assert_eq!(error.to_string(), expected);
        }
    }
}
