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
