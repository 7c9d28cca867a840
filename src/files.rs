//! Files that are written as a whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// How the names of files begin that are not yet in their places.
pub const UNFINISHED: &str = ".dropscope-";

/// A file that is to be put in a place in `folder`, complete and on the disk, with the permissions of any other new file;
/// alone, temporary files are their owner's secret.
///
/// # Errors
/// If the folder does not exist, is full, or may not be written into.
pub fn unfinished(folder: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    let permissions = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(permissions);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Writes a file, in the place of one that is there. Whatever fails on the way, what was there stays as it was.
///
/// # Errors
/// If the folder does not exist, is full, or may not be written into.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A device or a pipe is written into: it cannot be replaced.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(path, content);
    }
    unfinished(folder, content)?.persist(path)?;
    Ok(())
}

/// Writes files of one name, each with its own ending, beside each other: `stem-N`, N the first number that none of them
/// has yet, so that nothing is ever overwritten. Gives the name without endings. Fails as a whole.
///
/// # Errors
/// If the folder does not exist, is full, or may not be written into.
pub fn write_new(folder: &Path, stem: &str, parts: &[(&str, Vec<u8>)]) -> io::Result<String> {
    for number in 1_u64.. {
        let name = format!("{stem}-{number}");
        let path = |ending: &str| folder.join(format!("{name}.{ending}"));
        if parts
            .iter()
            .any(|(ending, _)| fs::symlink_metadata(path(ending)).is_ok())
        {
            continue;
        }
        let unplaced = parts.iter().map(|(_, content)| unfinished(folder, content));
        let unplaced: Vec<NamedTempFile> = unplaced.collect::<io::Result<_>>()?;
        let mut placed = Vec::new();
        let mut failure = None;
        for (file, (ending, _)) in unplaced.into_iter().zip(parts) {
            match file.persist_noclobber(path(ending)) {
                Ok(_) => placed.push(path(ending)),
                Err(error) => {
                    failure = Some(error.error);
                    break;
                }
            }
        }
        let Some(failure) = failure else {
            return Ok(name);
        };
        // They are ours, and of no use without the others; the first error says more than a second.
        for path in &placed {
            let _ = fs::remove_file(path);
        }
        // Somebody else took the name meanwhile.
        if failure.kind() != io::ErrorKind::AlreadyExists {
            return Err(failure);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// What the system says, without the name of a temporary file, which nobody asked for: its library appends it.
pub fn bare(reason: io::Error) -> io::Error {
    let text = reason.to_string();
    match text.split_once(" at path ") {
        Some((said, _)) if reason.raw_os_error().is_none() => {
            io::Error::new(reason.kind(), said.to_owned())
        }
        _ => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_take_the_first_number_that_none_of_them_has_and_overwrite_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a-1.csv"), "mine").unwrap();
        fs::write(folder.path().join("a-3.svg"), "mine").unwrap();
        let parts = [("svg", b"s".to_vec()), ("csv", b"c".to_vec())];
        let names = [(); 3].map(|()| write_new(folder.path(), "a", &parts).unwrap());
        assert_eq!(names, ["a-2", "a-4", "a-5"]);
        assert_eq!(fs::read(folder.path().join("a-1.csv")).unwrap(), b"mine");
        assert_eq!(fs::read(folder.path().join("a-4.csv")).unwrap(), b"c");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 8);
        assert!(write_new(&folder.path().join("no"), "a", &parts).is_err());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_a_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for content in [&b"first"[..], b"2"] {
            write_whole(&path, content).unwrap();
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert!(write_whole(folder.path(), b"x").is_err());
        assert!(write_whole(&folder.path().join("no/a"), b"x").is_err());
    }
}
