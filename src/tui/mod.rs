//! The terminal face.

pub mod app;
pub mod format;
pub mod input;
pub mod keymap;
pub mod screen;
pub mod screens;
pub mod terminal;
pub mod theme;
pub mod widgets;

use std::io::{self, IsTerminal};

use crate::config::Settings;
use crate::data::Split;

/// Opens the lab. (A stub until the screens are merged.)
///
/// # Errors
/// If standard output is no terminal.
pub fn open(_settings: Settings, _split: Split) -> io::Result<()> {
    if io::stdout().is_terminal() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "the lab needs a terminal; `dropscope train` works without one",
    ))
}

/// The table of all keys. (A stub until the key table is merged.)
pub fn key_table() -> String {
    "q  quit\n".to_owned()
}
