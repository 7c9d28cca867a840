//! Stand-in for the running lab until it is merged: every run is finished at once, with made-up numbers.

use std::sync::Arc;
use std::time::Duration;

use crate::data::Split;
use crate::nn::{DropRate, NoiseShape};

use super::{Experiment, Limit};

/// Stand-in.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Training.
    Running,
    /// At its limit.
    Finished,
    /// A number left the range.
    Diverged {
        /// When.
        step: u64,
    },
    /// A panic in the worker.
    Failed(String),
}

/// Stand-in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Updates so far.
    pub step: u64,
    /// Passes so far.
    pub epoch: f64,
    /// Nats.
    pub train_loss: f64,
    /// Nats.
    pub test_loss: f64,
    /// `0..=1`.
    pub train_accuracy: Option<f64>,
    /// `0..=1`.
    pub test_accuracy: Option<f64>,
    /// L2.
    pub weight_norm: f64,
}

/// Stand-in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// In order.
    pub evaluations: Vec<Evaluation>,
}

/// Stand-in.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSnapshot {
    /// Seed.
    pub seed: u64,
    /// Rate.
    pub rate: DropRate,
    /// Shape.
    pub noise_shape: NoiseShape,
    /// Phase.
    pub phase: Phase,
    /// Updates.
    pub step: u64,
    /// Passes.
    pub epoch: f64,
    /// Last evaluation.
    pub latest: Option<Evaluation>,
    /// L2.
    pub initial_weight_norm: f64,
    /// All evaluations.
    pub history: Arc<History>,
    /// Count.
    pub masks_drawn: u64,
    /// Count or estimate.
    pub masks_distinct: f64,
    /// Speed.
    pub samples_per_sec: f64,
}

/// Stand-in.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// A, B, ...
    pub letter: char,
    /// Rate.
    pub rate: DropRate,
    /// One for each seed.
    pub runs: Vec<Arc<RunSnapshot>>,
}

/// Stand-in.
#[derive(Debug, Clone, PartialEq)]
pub struct LabSnapshot {
    /// One for each rate.
    pub groups: Vec<Group>,
    /// Seconds of training.
    pub elapsed_secs: f64,
}

/// Stand-in.
pub struct Lab {
    experiment: Experiment,
}

impl Lab {
    /// Stand-in.
    pub fn start(experiment: Experiment, _split: Split) -> Self {
        Self { experiment }
    }

    /// Waits until every run is finished, diverged or failed, or for `at_most`; whether they are.
    pub fn wait(&self, _at_most: Duration) -> bool {
        self.is_finished()
    }

    /// Stand-in.
    pub fn is_finished(&self) -> bool {
        true
    }

    /// Stand-in.
    pub fn snapshot(&self) -> LabSnapshot {
        let group = |(rate, letter): (&DropRate, char)| Group {
            letter,
            rate: *rate,
            runs: (0..self.experiment.n_seeds as u64)
                .map(|k| Arc::new(self.run(*rate, self.experiment.seed + k)))
                .collect(),
        };
        LabSnapshot {
            groups: self.experiment.rates.iter().zip('A'..).map(group).collect(),
            elapsed_secs: 0.1,
        }
    }

    fn run(&self, rate: DropRate, seed: u64) -> RunSnapshot {
        let epoch = if let Some(Limit::Epochs(n)) = self.experiment.limit {
            n
        } else {
            3
        };
        // A learning rate of 10 or more stands for a divergence.
        let is_diverged = self.experiment.optimizer.learning_rate >= 10.0;
        let at = |epoch: u64| Evaluation {
            step: epoch * 16,
            epoch: epoch as f64,
            train_loss: if is_diverged {
                f64::NAN
            } else {
                2.0 / (1 + epoch) as f64 + 0.01 * seed as f64
            },
            test_loss: 2.1 / (1 + epoch) as f64 + rate.value(),
            train_accuracy: Some(0.9),
            test_accuracy: Some(0.85),
            weight_norm: 21.0,
        };
        RunSnapshot {
            seed,
            rate,
            noise_shape: self.experiment.noise_shape.clone(),
            phase: if is_diverged {
                Phase::Diverged { step: epoch * 16 }
            } else {
                Phase::Finished
            },
            step: epoch * 16,
            epoch: epoch as f64,
            latest: Some(at(epoch)),
            initial_weight_norm: 20.0,
            history: Arc::new(History {
                evaluations: (0..=epoch).map(at).collect(),
            }),
            masks_drawn: epoch * 16,
            masks_distinct: (epoch * 16) as f64,
            samples_per_sec: 1e5,
        }
    }
}
