//! What makes a run, before there is one.

use std::sync::Arc;

use super::{RunId, Varied};
use crate::train::{NoiseChange, TrainerPlan};

/// What makes a run; the same plan and data make the same run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPlan {
    /// Which run.
    pub id: RunId,
    /// How its network trains.
    pub trainer: TrainerPlan,
    /// Which of its rates is changed live.
    pub varied: Varied,
    /// Updates after which it is finished.
    pub n_steps: Option<u64>,
    /// A step at which it panics, to try out what that does to the rest.
    pub panic_at_step: Option<u64>,
    /// Whether its network is evaluated on the way; without it only at the beginning and at the end.
    pub evaluates: bool,
    /// Epochs at whose end it is evaluated in any case, in rising order.
    pub decide_at: Arc<[u64]>,
    /// What is changed on the way: at which steps, in rising order, and to what.
    pub changes: Vec<(u64, NoiseChange)>,
}

impl RunPlan {
    /// A run by itself, without end.
    pub fn of(trainer: TrainerPlan) -> Self {
        Self {
            id: RunId(0),
            trainer,
            varied: Varied::HiddenRate,
            n_steps: None,
            panic_at_step: None,
            evaluates: true,
            decide_at: Arc::new([]),
            changes: Vec::new(),
        }
    }
}
