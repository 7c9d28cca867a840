//! Training: one step of one network, and everything that changes weights.
//!
//! A trainer owns its random keys (initial weights, order of the examples, masks) and nothing else that could differ
//! between two executions: no clock, no thread, no file. Divergence is a value here, never a panic.

pub mod optimizer;

pub use optimizer::{Method, OptimizerPlan};
