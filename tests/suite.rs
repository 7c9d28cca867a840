//! Every test of the program as a whole, in one binary: linking a dozen of them took most of the time of a first
//! `cargo test`. `cargo test --test suite lab::` runs the tests of one file.
//!
//! Only `allocations.rs` is a program of its own, because its counter stands in for the allocator.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(feature = "tui")]
mod answered;
mod architecture;
mod claims;
#[cfg(feature = "tui")]
mod cli;
mod common;
mod data_files;
mod defaults;
mod dependencies;
#[cfg(feature = "tui")]
mod docs;
#[cfg(feature = "tui")]
mod edges;
#[cfg(feature = "tui")]
mod keys;
mod lab;
mod laws;
mod oracle;
#[cfg(feature = "tui")]
mod printed;
#[cfg(all(feature = "tui", unix))]
mod pty;
mod repeat;
#[cfg(all(feature = "tui", unix))]
mod results;
#[cfg(feature = "tui")]
mod robust;
#[cfg(feature = "tui")]
mod screens;
mod settings;
mod shot;
mod shrinkage;
mod time;
mod trajectories;
#[cfg(feature = "tui")]
mod written;
