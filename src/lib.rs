//! dropscope: see dropout happen.

pub mod data;
pub mod math;
#[cfg(feature = "tui")]
pub mod tui;
