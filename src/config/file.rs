//! The user's own settings file: where it is, reading it, and writing a first one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::layer::{self, Layer, Source};
use super::manual;
use super::paths::expanded;
use super::problem::Problem;

/// No settings are larger; whatever is larger is another kind of file.
const MOST_BYTES: u64 = 1 << 20;

/// Where the user's own file is looked for; `None` for a user without a home.
pub fn own_path() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("dropscope").join("config.toml"))
}

/// The layer of `named`, which must exist, or else of the user's own file, which need not.
pub(super) fn layer(named: Option<&Path>) -> (Layer, Vec<Problem>) {
    let own = || own_path().filter(|path| path.exists());
    let Some(path) = named.map(expanded).or_else(own) else {
        return (Layer::new(), Vec::new());
    };
    match text_of(&path, "a TOML file of settings") {
        Ok(text) => layer::read_text(&text, &Source::File(path)),
        Err(problem) => (Layer::new(), vec![problem]),
    }
}

/// The text of a file that is `accepted`, in words, where it stands.
pub(super) fn text_of(path: &Path, accepted: &str) -> Result<String, Problem> {
    let unreadable =
        |reason: io::Error| Problem::general(path.display(), format!("cannot be read: {reason}"));
    // Before it is opened: that alone would wait for whoever writes into a pipe, who may never come.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        let found = if metadata.is_dir() {
            "a folder"
        } else {
            "a pipe, a socket or a device"
        };
        let message = format!("cannot be read: it is {found}; accepted: {accepted}");
        return Err(Problem::general(path.display(), message));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("larger than {MOST_BYTES} bytes; accepted: {accepted}");
        return Err(Problem::general(path.display(), message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let origin = Some(layer::file_origin(path, &text, valid));
        Problem {
            origin,
            setting: String::new(),
            message: format!("not UTF-8; accepted: {accepted}"),
        }
    })
}

/// Writes a first settings file, in which every line is commented out, and makes its folder. The file is written as a whole
/// or not at all.
///
/// # Errors
/// If the file exists ([`io::ErrorKind::AlreadyExists`]) or cannot be written.
pub fn init(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    let written = file.write_all(manual::commented_out().as_bytes());
    written.and_then(|()| file.sync_all()).inspect_err(|_| {
        // The file is ours and of no use. Where it cannot be removed either, the first error says more.
        let _ = fs::remove_file(path);
    })
}
