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
