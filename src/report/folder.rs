//! The folder of `--out`: looked at before anything is started, taken while the training goes on, filled when it is over.
//!
//! Each file appears whole or not at all: it is written beside its place and then moved there. While a training has the
//! folder no other can take it. That is a lock of the system's on the folder itself: it ends with the process, however
//! that ends, and leaves nothing behind.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::files::{UNFINISHED, bare, unfinished};

/// Why a folder cannot take the results, or did not.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Its files might be somebody's.
    #[error("{} is not empty; accepted: a new or empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// It is a file.
    #[error("{} is no folder; accepted: a new or empty folder", .0.display())]
    NoFolder(PathBuf),
    /// Another training will fill it.
    #[error("{} belongs to a training that is not over; accepted: another folder", .0.display())]
    Taken(PathBuf),
    /// It cannot be made or read.
    #[error("{}: {reason}", path.display())]
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

/// A folder that could be written to when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
    existing: Existing,
}

/// A folder that no other training can take while this value lives.
#[derive(Debug)]
pub struct TakenFolder {
    path: PathBuf,
    _lock: Option<File>,
}

impl Folder {
    /// Looks at the folder without changing anything.
    ///
    /// # Errors
    /// If it is a file, not readable, or not empty while `existing` files are to be kept.
    pub fn check(path: &Path, existing: Existing) -> Result<Self, FolderError> {
        let refused = match n_files(path) {
            Ok(n_files) if n_files > 0 && existing == Existing::Keep => FolderError::NotEmpty,
            Err(reason) if reason.kind() == io::ErrorKind::NotADirectory => FolderError::NoFolder,
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                return Err(FolderError::Unusable {
                    path: path.to_owned(),
                    reason,
                });
            }
            _ => {
                return Ok(Self {
                    path: path.to_owned(),
                    existing,
                });
            }
        };
        Err(refused(path.to_owned()))
    }

    /// Makes the folder, locks it, and tries whether it can be written to: better now than after an hour of training.
    ///
    /// # Errors
    /// If it cannot, or if another training has it or has filled it in the meantime.
    pub fn take(&self) -> Result<TakenFolder, FolderError> {
        let unusable = |reason| FolderError::Unusable {
            path: self.path.clone(),
            reason: bare(reason),
        };
        fs::create_dir_all(&self.path).map_err(unusable)?;
        let lock = lock(&self.path)?;
        Self::check(&self.path, self.existing)?;
        if lock.is_some() {
            remove_unfinished(&self.path);
        }
        tempfile::tempfile_in(&self.path).map_err(unusable)?;
        Ok(TakenFolder {
            path: self.path.clone(),
            _lock: lock,
        })
    }
}

impl TakenFolder {
    /// Writes files, each with its name. All are tried, the first ones first: on a disk that is nearly full the last may be
    /// one too many.
    ///
    /// # Errors
    /// [`FolderError::Unwritten`] for each that could not be written.
    pub fn write(&self, files: &[(&str, Vec<u8>)]) -> Result<(), Vec<FolderError>> {
        // Whoever removed the folder during an hour of training did not mean its results.
        let _ = fs::create_dir_all(&self.path);
        let written: Vec<_> = files
            .iter()
            .map(|(name, content)| (*name, unfinished(&self.path, content)))
            .collect();
        let mut errors = Vec::new();
        for (name, file) in written {
            let path = self.path.join(name);
            let placed = file.and_then(|file| Ok(file.persist(&path).map(drop)?));
            if let Err(reason) = placed {
                let reason = bare(reason);
                errors.push(FolderError::Unwritten { path, reason });
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

/// `lines` as CSV with a head.
///
/// # Errors
/// If a line has no form as CSV.
pub fn csv(lines: &[impl Serialize]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.serialize(line)?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A lock on the folder; none where its file system has no locks, for then there is nothing to go by.
fn lock(path: &Path) -> Result<Option<File>, FolderError> {
    let Ok(folder) = File::open(path) else {
        return Ok(None);
    };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(FolderError::Taken(path.to_owned())),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Files in the folder that somebody may want.
fn n_files(path: &Path) -> io::Result<usize> {
    let files = fs::read_dir(path)?.flatten();
    Ok(files.filter(|file| !is_unfinished(file)).count())
}

/// Removes what a training that was killed while it wrote has left.
fn remove_unfinished(path: &Path) {
    let files = fs::read_dir(path).into_iter().flatten().flatten();
    for file in files.filter(is_unfinished) {
        // What cannot be removed does no harm.
        let _ = fs::remove_file(file.path());
    }
}

fn is_unfinished(file: &fs::DirEntry) -> bool {
    file.file_name().to_string_lossy().starts_with(UNFINISHED)
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
        let taken = Folder::check(folder.path(), Existing::Overwrite).unwrap();
        let taken = taken.take().unwrap();
        taken.write(&[("a.txt", b"a".to_vec())]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        let refused = Folder::check(&file, Existing::Overwrite);
        assert!(
            matches!(refused, Err(FolderError::NoFolder(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_the_others_are_written_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("taken.csv/full")).unwrap();
        let taken = Folder::check(folder.path(), Existing::Overwrite).unwrap();
        let files = ["a.json", "taken.csv", "b.toml"].map(|name| (name, b"{}".to_vec()));
        let errors = taken.take().unwrap().write(&files).unwrap_err();
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(
            messages.len() == 1 && messages[0].contains("taken.csv could not be written: "),
            "{messages:?}"
        );
        assert!(!messages[0].contains(UNFINISHED), "{messages:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_folder_that_vanished_is_named_by_the_file_that_was_asked_for() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        let taken = Folder::check(&path, Existing::Keep)
            .unwrap()
            .take()
            .unwrap();
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "a file now").unwrap();
        let errors = taken.write(&[("a.json", b"{}".to_vec())]).unwrap_err();
        let message = errors[0].to_string();
        assert!(
            message.contains("out/a.json could not be written: ") && !message.contains(UNFINISHED),
            "{message}"
        );
        fs::remove_file(&path).unwrap();
        taken.write(&[("a.json", b"{}".to_vec())]).unwrap();
    }

    #[test]
    fn a_new_folder_is_made_only_when_asked() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let folder = Folder::check(&path, Existing::Keep).unwrap();
        assert!(!path.exists());
        folder.take().unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_is_taken_by_one_training_at_a_time_and_not_after_another_filled_it() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        let [first, second] =
            [Existing::Keep; 2].map(|existing| Folder::check(&path, existing).unwrap());
        let taken = first.take().unwrap();
        let refused = second.take();
        assert!(matches!(refused, Err(FolderError::Taken(_))), "{refused:?}");
        taken.write(&[("a.json", b"{}".to_vec())]).unwrap();
        drop(taken);
        let refused = second.take();
        assert!(
            matches!(refused, Err(FolderError::NotEmpty(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn what_a_killed_training_left_does_not_make_the_next_refuse_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(format!("{UNFINISHED}x7Yk"));
        fs::write(&left, "half").unwrap();
        Folder::check(folder.path(), Existing::Keep)
            .unwrap()
            .take()
            .unwrap();
        assert!(!left.exists());
    }
}
