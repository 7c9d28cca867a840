//! The folder of `--out`: looked at before anything is started, filled when everything is done.
//!
//! Each file appears whole or not at all: it is written beside its place and then moved there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Why a folder cannot take the results, or did not.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Its files might be somebody's.
    #[error("--out: {} is not empty; accepted: a new or empty folder, or --force to overwrite", .0.display())]
    NotEmpty(PathBuf),
    /// It is a file.
    #[error("--out: {} is no folder; accepted: a new or empty folder", .0.display())]
    NoFolder(PathBuf),
    /// It cannot be made or read.
    #[error("--out: {}: {reason}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// A file could not be written.
    #[error("{} could not be written: {reason}", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

/// What to do with files that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse the folder.
    Keep,
    /// Replace those that have the names of results, leave all others.
    Overwrite,
}

/// A folder that may be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// Looks at the folder without changing anything.
    ///
    /// # Errors
    /// If it is a file, not readable, or not empty while `existing` files are to be kept.
    pub fn check(path: &Path, existing: Existing) -> Result<Self, FolderError> {
        let refused = match fs::read_dir(path).map(Iterator::count) {
            Ok(n_files) if n_files > 0 && existing == Existing::Keep => FolderError::NotEmpty,
            Err(reason) if reason.kind() == io::ErrorKind::NotADirectory => FolderError::NoFolder,
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                return Err(FolderError::Unusable {
                    path: path.to_owned(),
                    reason,
                });
            }
            _ => return Ok(Self(path.to_owned())),
        };
        Err(refused(path.to_owned()))
    }

    /// Makes the folder, and tries whether it can be written to: better now than after an hour of training.
    ///
    /// # Errors
    /// If it cannot.
    pub fn make(&self) -> Result<(), FolderError> {
        let made = fs::create_dir_all(&self.0).and_then(|()| tempfile::tempfile_in(&self.0));
        made.map(drop).map_err(|reason| FolderError::Unusable {
            path: self.0.clone(),
            reason,
        })
    }

    /// Writes a file of this name.
    ///
    /// # Errors
    /// [`FolderError::Unwritten`] with the file's name, on a full disk for example.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), FolderError> {
        let path = self.0.join(name);
        let write = || -> io::Result<()> {
            let mut file = new_file(&self.0)?;
            file.write_all(content)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|reason| FolderError::Unwritten {
            path: path.clone(),
            reason,
        })
    }

    /// Writes `lines` as CSV with a head.
    ///
    /// # Errors
    /// As [`Folder::write`].
    pub fn write_csv(&self, name: &str, lines: &[impl Serialize]) -> Result<(), FolderError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let unwritten = |reason| FolderError::Unwritten {
            path: self.0.join(name),
            reason,
        };
        for line in lines {
            writer
                .serialize(line)
                .map_err(|error| unwritten(error.into()))?;
        }
        let text = writer
            .into_inner()
            .map_err(|error| unwritten(error.into_error()))?;
        self.write(name, &text)
    }
}

/// A temporary file with the permissions of any other new file; alone, temporary files are their owner's secret.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let permissions = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(permissions);
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_files_is_refused_unless_they_may_be_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.txt");
        assert!(Folder::check(folder.path(), Existing::Keep).is_ok());
        fs::write(&file, "mine").unwrap();
        let refused = Folder::check(folder.path(), Existing::Keep);
        assert!(
            matches!(refused, Err(FolderError::NotEmpty(_))),
            "{refused:?}"
        );
        Folder::check(folder.path(), Existing::Overwrite)
            .unwrap()
            .write("a.txt", b"a")
            .unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        let refused = Folder::check(&file, Existing::Overwrite);
        assert!(
            matches!(refused, Err(FolderError::NoFolder(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("taken.json")).unwrap();
        let written = Folder(folder.path().to_owned()).write("taken.json", b"{}");
        let message = written.unwrap_err().to_string();
        assert!(
            message.contains("taken.json could not be written: "),
            "{message}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_folder_is_made_only_when_asked() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let folder = Folder::check(&path, Existing::Keep).unwrap();
        assert!(!path.exists());
        folder.make().unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }
}
