//! The terminal face.

pub mod format;
pub mod input;
pub mod terminal;
pub mod theme;
pub mod widgets;
