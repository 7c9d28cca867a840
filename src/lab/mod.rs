//! The lab: an experiment running.
//!
//! The only layer with worker threads, and one of two with a clock. Data goes up as immutable snapshots, wishes come
//! down as commands, and nobody waits for an answer.

pub mod experiment;

pub use experiment::{Experiment, Limit, Network, Pace};

pub mod stand_in;
pub use stand_in::{Evaluation, Group, History, Lab, LabSnapshot, Phase, RunSnapshot};
