//! The bytes of one data file, plain or gzip, read in order.
//!
//! Files are untrusted, so nothing is unpacked that was not asked for: a small compressed file that unpacks to
//! something huge costs no more than the caller's own bound.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::error::DataError;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file that is being read, and how far.
pub(super) struct Bytes {
    path: PathBuf,
    reader: Box<dyn Read>,
    is_gzip: bool,
    offset: u64,
}

impl Bytes {
    /// Opens a file; one whose name ends in `.gz` is decompressed.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is no regular file, is empty, or is compressed and not named so, or the reverse.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let unreadable = |error: io::Error| DataError::unreadable(path, &error);
        // Before opening: opening a pipe without a writer would wait for ever.
        let file_type = fs::metadata(path).map_err(unreadable)?.file_type();
        if !file_type.is_file() {
            let problem = if file_type.is_dir() {
                "this is a directory"
            } else {
                "this is not a regular file"
            };
            return Err(DataError::Unreadable {
                path: path.to_owned(),
                problem: problem.to_owned(),
                advice: "give the path of a data file",
            });
        }
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let is_gzip = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let head = file.fill_buf().map_err(unreadable)?;
        check_head(path, head, is_gzip)?;
        let reader: Box<dyn Read> = if is_gzip {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        Ok(Self {
            path: path.to_owned(),
            reader,
            is_gzip,
            offset: 0,
        })
    }

    /// The offset of the next byte; in a compressed file, among the decompressed ones.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Fills `out` from the file and says how many bytes there were: fewer than its length only at the end.
    ///
    /// # Errors
    ///
    /// When reading fails or the compressed content is damaged.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<usize, DataError> {
        let mut n_filled = 0;
        while n_filled < out.len() {
            match self.reader.read(&mut out[n_filled..]) {
                Ok(0) => break,
                Ok(n) => n_filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.offset += n_filled as u64;
                    return Err(self.failure(&error));
                }
            }
        }
        self.offset += n_filled as u64;
        Ok(n_filled)
    }

    /// The error for wrong content at `offset`.
    pub(super) fn refused(
        &self,
        offset: u64,
        found: impl Into<String>,
        expected: impl Into<String>,
        advice: &'static str,
    ) -> DataError {
        refused(&self.path, offset, found, expected, advice)
    }

    fn failure(&self, error: &io::Error) -> DataError {
        let (found, expected) = match error.kind() {
            io::ErrorKind::UnexpectedEof if self.is_gzip => {
                ("the end of the file".to_owned(), "more compressed data")
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if self.is_gzip => {
                (format!("damaged compressed data ({error})"), "gzip")
            }
            _ => return DataError::unreadable(&self.path, error),
        };
        self.refused(
            self.offset,
            found,
            expected,
            "fetch or compress the file again",
        )
    }
}

/// The error for wrong content at `offset` of the file at `path`.
pub(super) fn refused(
    path: &Path,
    offset: u64,
    found: impl Into<String>,
    expected: impl Into<String>,
    advice: &'static str,
) -> DataError {
    DataError::Bytes {
        path: path.to_owned(),
        offset,
        found: found.into(),
        expected: expected.into(),
        advice,
    }
}

fn check_head(path: &Path, head: &[u8], is_gzip: bool) -> Result<(), DataError> {
    let (found, expected, advice) = match (head, is_gzip) {
        ([], _) => (
            "an empty file".to_owned(),
            "data",
            "fetch or write the file again",
        ),
        ([0x1f, 0x8b, ..], false) => (
            "gzip data".to_owned(),
            "plain data",
            "give the file a name that ends in .gz",
        ),
        (_, true) if !head.starts_with(&GZIP_MAGIC) => {
            let start = &head[..head.len().min(2)];
            (
                format!("the bytes {}", hex(start)),
                "gzip data (1f 8b)",
                "take .gz off the name if the file is plain",
            )
        }
        _ => return Ok(()),
    };
    Err(refused(path, 0, found, expected, advice))
}

/// Bytes as they are usually written: `00 00 08 03`.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}
