//! The terminal face.

pub mod format;
pub mod terminal;
pub mod theme;
pub mod widgets;
