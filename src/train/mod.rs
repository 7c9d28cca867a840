//! Training: one step of one network, and everything that changes weights.
//!
//! A trainer owns its random keys (initial weights, order of the examples, masks) and nothing else that could differ
//! between two executions: no clock, no thread, no file. Divergence is a value here, never a panic.

pub mod checkpoint;
pub mod mask_recipe;
pub mod noise_plan;
pub mod optimizer;
pub mod trainer;

pub use checkpoint::Checkpoint;
pub use mask_recipe::{HeldMask, MaskRecipe};
pub use noise_plan::{NoiseChange, NoisePlan};
pub use optimizer::{Method, Optimizer, OptimizerPlan};
pub use trainer::{StepPhase, StepReport, Trainer, TrainerPlan};
