//! The lab: an experiment running.
//!
//! The only layer with worker threads, and one of two with a clock. Data goes up as immutable snapshots, wishes come
//! down as commands, and nobody waits for an answer. What a run computes follows from its plan and from the steps at
//! which it was changed; how runs share the cores changes no number.

mod build;
pub mod command;
pub mod curves;
pub mod experiment;
mod group;
pub mod growing;
pub mod history;
mod job;
mod look_budget;
mod looks;
pub mod memory;
mod pacing;
mod past;
pub mod question;
pub mod run;
mod run_plan;
pub mod seeds;
mod shared_batches;
mod slot;
mod slots;
pub mod snapshot;
mod timeline;
mod worker;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

pub use command::{Command, Grain};
pub use experiment::{
    DataPlan, Experiment, GroupPlan, Limit, Network, Pace, PlannedChange, Varied,
};
pub use history::{Change, ChangeKind, Evaluation, History};
pub use question::{Question, Runs};
pub use run::Run;
pub use run_plan::RunPlan;
pub use seeds::MeanAndSpread;
pub use snapshot::{
    GroupId, GroupSnapshot, LabSnapshot, Origin, PastSnapshot, Phase, RunId, RunSnapshot,
};

use crate::data::Split;
use crate::nn::noise_shape::NoiseShapeError;
use memory::{Need, NotEnoughMemory};
pub use slots::{MAX_GROUPS, MAX_SEEDS};
pub use worker::SLICE;
use worker::Shared;

/// The prefix of the names of the lab's threads; a panic in one of them is that run's state, not the program's end.
pub const WORKER_NAME: &str = "run-worker-";

/// An experiment running on worker threads.
///
/// Dropping it stops the workers after the steps they are in, and waits for them a moment.
#[derive(Debug)]
pub struct Lab {
    shared: Arc<Shared>,
    need: Need,
    workers: Vec<JoinHandle<()>>,
}

/// Why a lab could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The noise shape does not fit a batch or a layer.
    #[error(transparent)]
    NoiseShape(#[from] NoiseShapeError),
    /// It needs more memory than there is.
    #[error(transparent)]
    Memory(#[from] NotEnoughMemory),
    /// The worker threads could not be started.
    #[error("could not start the worker threads: {0}")]
    Threads(#[source] std::io::Error),
}

impl Lab {
    /// Starts all runs of `experiment` on `data`.
    ///
    /// # Errors
    /// If the noise shape does not fit the data or the network, if the memory would not suffice, or if threads cannot be
    /// started.
    pub fn start(experiment: &Experiment, data: Split) -> Result<Self, LabError> {
        let need = Need::of(experiment, &data);
        need.check()?;
        let shared = Arc::new(Shared::new(experiment, Arc::new(data))?);
        // From here on dropping it ends the workers that have started, if the next one cannot.
        let mut lab = Self {
            shared,
            need,
            workers: Vec::with_capacity(experiment.n_threads),
        };
        for idx in 0..experiment.n_threads {
            let worker = lab.shared.start_worker(format!("{WORKER_NAME}{idx}"));
            lab.workers.push(worker.map_err(LabError::Threads)?);
        }
        Ok(lab)
    }

    /// Everything there is to see, as of now.
    pub fn snapshot(&self) -> LabSnapshot {
        self.shared.snapshot()
    }

    /// Whether snapshots may change without a further command: training goes on, or a worker is still busy.
    pub fn is_moving(&self) -> bool {
        self.shared.is_moving()
    }

    /// Makes a wish. It is carried out between two steps; one that [`Lab::has_room_for`] refuses is ignored.
    pub fn send(&self, command: Command) {
        if self.has_room_for(&command).is_ok() {
            self.shared.send(command);
        }
    }

    /// Whether there is memory for the runs that a wish makes.
    ///
    /// # Errors
    /// If there is not.
    pub fn has_room_for(&self, command: &Command) -> Result<(), NotEnoughMemory> {
        match command {
            // Runs that start again are there before the old ones go.
            Command::Add(_) | Command::Restart(_) => {
                self.need.check_further(self.snapshot().n_seeds(), 0)
            }
            Command::Fork { .. } => self.need.check_further(self.snapshot().n_seeds(), 0),
            // Each run has a second one, from the first look on.
            Command::View(Some(_)) => {
                let lab = self.snapshot();
                let n_runs = lab.n_seeds() * lab.groups.len();
                let n_new = if lab.past.is_some() { 0 } else { n_runs };
                self.need.check_further(n_new, 0)
            }
            Command::AddSeed => self.need.check_further(self.snapshot().groups.len(), 1),
            _ => Ok(()),
        }
    }

    /// Waits until no run is in training any more, but not longer than `patience`; tells whether that is so.
    pub fn wait_finished(&self, patience: Duration) -> bool {
        self.shared.wait_finished(patience)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        /// Longer than a slice and a step of a large network. An evaluation of such a one may take seconds, and is nothing
        /// that anybody who leaves should wait for; it ends by itself.
        const PATIENCE: Duration = Duration::from_millis(300);
        self.shared.close();
        if self.shared.wait_ended(PATIENCE) {
            for worker in self.workers.drain(..) {
                // A worker catches its panics; there is nothing to tell.
                let _ = worker.join();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data;
    use crate::math::random::Key;

    #[test]
    fn a_lab_that_closes_leaves_no_worker_behind() {
        let experiment = Experiment {
            n_threads: 3,
            limit: None,
            ..Experiment::example()
        };
        let data = &experiment.data;
        let split = data::load(&data.spec, &data.split, Key::new(1)).unwrap();
        let lab = Lab::start(&experiment, split).unwrap();
        // Each worker has a share in it until it ends.
        let shared = Arc::downgrade(&lab.shared);
        assert_eq!(lab.workers.len(), 3);
        drop(lab);
        assert_eq!(shared.strong_count(), 0);
    }
}
