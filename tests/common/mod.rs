//! What the tests share. The proofs: the oracle, the way from it to the engine, exact ensembles, and one idea of
//! "close". The screens and keys: labs built by hand, and the terminal face without a terminal.
//!
//! Each of the test programs uses its own part of this.
#![allow(
    dead_code,
    reason = "compiled once into every test program, and none uses all of it"
)]

pub(crate) mod close;
pub(crate) mod engine;
pub(crate) mod ensemble;
#[cfg(feature = "tui")]
pub(crate) mod face;
#[cfg(feature = "tui")]
pub(crate) mod flow;
pub(crate) mod lab;
pub(crate) mod masks;
pub(crate) mod optimizer;
pub(crate) mod oracle;
#[cfg(feature = "tui")]
pub(crate) mod perturbed;
pub(crate) mod problem;
pub(crate) mod waiting;
