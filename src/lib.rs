//! dropscope: see dropout happen.

#[cfg(feature = "tui")]
pub mod cli;
pub mod config;
pub mod data;
pub mod lab;
pub mod math;
pub mod nn;
pub mod probe;
pub mod report;
pub mod train;
#[cfg(feature = "tui")]
pub mod tui;
