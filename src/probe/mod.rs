//! Questions put to a network and their answers, one question to a file.
//!
//! A probe reads a network and draws, where it must, from a key of its own, never from the trainer's: observing does
//! not disturb. It cannot fail.

pub mod activity;
pub mod alike;
pub mod asked;
mod bench;
pub mod committee;
pub mod effective_inputs;
pub mod ensemble;
pub mod evaluation;
pub mod exact;
pub mod families;
#[cfg(test)]
mod fixture;
pub mod flow;
pub mod inspector;
pub mod look;
pub mod mask_usage;
pub mod monte_carlo;
pub mod robustness;
pub mod weights;
pub mod without;
pub mod worth;

pub use activity::Activity;
pub use alike::Alike;
pub use asked::{Probe, Reading, Readings, Seen};
pub use bench::{Bench, Examples};
pub use committee::CommitteeReading;
pub use ensemble::{MaskCounter, Subnetworks};
pub use evaluation::{Evaluator, Score, rise_under_random_labels};
pub use exact::{Exact, ExactReading};
pub use families::Families;
pub use flow::{Flow, FlowQuestion, FlowReading};
pub use inspector::Inspection;
pub use look::{Look, Subject};
pub use mask_usage::KeepCounts;
pub use monte_carlo::{ThinnedReading, ThinnedSample};
pub use robustness::{Perturbation, Perturbed, Robustness};
pub use weights::WeightNorms;
pub use without::WithoutReading;
pub use worth::Worth;
