//! What makes a run, before there is one.

use std::sync::Arc;

use super::{Experiment, Limit, Phase, RunId, RunSnapshot, Varied};
use crate::data::Split;
use crate::nn::noise_shape::NoiseShapeError;
use crate::probe::{KeepCounts, Readings, Subnetworks, WeightNorms};
use crate::train::{MaskRecipe, NoiseChange, StepPhase, TrainerPlan};

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

    /// The same for a run that is replayed: it has no end, and what was measured stands in the record of the one that it repeats.
    pub(super) fn replayed(&self) -> Self {
        Self {
            n_steps: None,
            panic_at_step: None,
            evaluates: false,
            decide_at: Arc::new([]),
            ..self.clone()
        }
    }

    /// The run as it is seen before its network is built.
    ///
    /// # Errors
    /// If its noise shape does not fit a batch of the data or a layer of the network.
    pub(super) fn snapshot(&self, data: &Split) -> Result<RunSnapshot, NoiseShapeError> {
        let trainer = &self.trainer;
        let widths = trainer.widths(&data.train);
        let recipe = trainer.recipe(&data.train)?;
        Ok(RunSnapshot {
            id: self.id,
            seed: trainer.seed,
            rate: match self.varied {
                Varied::HiddenRate => trainer.noise.hidden_rate,
                Varied::InputRate => trainer.noise.input_rate,
            },
            hidden_rate: trainer.noise.hidden_rate,
            input_rate: trainer.noise.input_rate,
            noise_shape: trainer.noise.noise_shape.clone(),
            learning_rate: trainer.optimizer.learning_rate,
            phase: Phase::Running,
            step: 0,
            epoch: 0.0,
            next_part: StepPhase::Mask,
            latest: None,
            initial_norms: WeightNorms::unknown(widths.len() - 1),
            history: Arc::default(),
            planned: self.changes.as_slice().into(),
            checkpoints: Arc::default(),
            keep_counts: Arc::new(KeepCounts::new(widths[..widths.len() - 1].iter().copied())),
            subnetworks: subnetworks(&recipe, 0),
            recipe: Arc::new(recipe),
            masks_drawn: 0,
            masks_distinct: 0,
            is_distinct_exact: true,
            readings: Readings::default(),
            steps_per_sec: 0.0,
            samples_per_sec: 0.0,
            widths,
        })
    }
}

/// The arithmetic of the subnetworks at the rates of a step.
pub(super) fn subnetworks(recipe: &MaskRecipe, step: u64) -> Subnetworks {
    let layers = (0..recipe.n_layers()).map(|layer_idx| {
        (
            recipe.n_choices(layer_idx, step),
            recipe.rate(layer_idx, step),
        )
    });
    Subnetworks::new(layers)
}

/// Steps in one pass over the training split.
pub(super) fn steps_per_epoch(experiment: &Experiment, data: &Split) -> u64 {
    data.train.len().div_ceil(experiment.batch_size) as u64
}

/// Updates after which each run is finished, where that does not depend on a clock.
pub(super) fn n_steps(experiment: &Experiment, data: &Split) -> Option<u64> {
    let per_epoch = steps_per_epoch(experiment, data);
    match experiment.limit? {
        Limit::Epochs(n_epochs) => Some(n_epochs.saturating_mul(per_epoch)),
        Limit::Steps(n_steps) => Some(n_steps),
        Limit::Seconds(_) => None,
    }
}
