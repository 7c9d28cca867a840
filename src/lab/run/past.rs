//! A run and its past: checkpoints that it leaves behind, and runs that begin at one of them.

use std::sync::Arc;
use std::time::Duration;

use super::Run;
use crate::data::{GatheredBatches, Split};
use crate::lab::timeline::{Keep, Timeline};
use crate::lab::{Evaluation, History, RunPlan};
use crate::probe::{KeepCounts, MaskCounter, WeightNorms};
use crate::train::{Checkpoint, OptimizerPlan, Trainer};

/// Different masks of which each is remembered in a checkpoint; where there were more, their number becomes an estimate.
const MOST_MASKS: usize = 2_000;

/// A run between two steps.
#[derive(Debug)]
pub(in crate::lab) struct RunCheckpoint {
    trainer: Checkpoint,
    counter: MaskCounter,
    keep_counts: KeepCounts,
    history: History,
    latest: Option<Evaluation>,
    next_evaluation: u64,
    initial_norms: WeightNorms,
}

impl RunCheckpoint {
    /// The bytes of one of a network with these widths, at most, apart from live changes.
    pub(in crate::lab) fn bytes(widths: &[usize], optimizer: &OptimizerPlan) -> u64 {
        let n_inputs: usize = widths[..widths.len() - 1].iter().sum();
        Checkpoint::bytes(widths, optimizer)
            .saturating_add(MaskCounter::bytes(MOST_MASKS as u64))
            .saturating_add((n_inputs as u64).saturating_mul(size_of::<u64>() as u64))
    }

    /// The time of training that it had had at its last evaluation; none where nobody measured.
    pub(in crate::lab) fn trained(&self) -> Duration {
        let secs = self.history.secs.last().copied().unwrap_or(0.0);
        Duration::try_from_secs_f64(secs).unwrap_or_default()
    }
}

impl Run {
    /// Which steps it leaves checkpoints at from now on.
    pub(in crate::lab) fn keep_checkpoints(&mut self, keep: Keep) {
        self.timeline.keep(keep);
    }

    /// Has these checkpoints from before.
    pub(in crate::lab) fn inherit(&mut self, timeline: Timeline<RunCheckpoint>) {
        self.timeline = timeline;
    }

    /// The checkpoints that it has left behind.
    pub(in crate::lab) fn timeline(&self) -> &Timeline<RunCheckpoint> {
        &self.timeline
    }

    pub(super) fn leave_checkpoint_if_due(&mut self) {
        let step = self.step();
        if self.timeline.is_due(step) {
            let checkpoint = self.freeze();
            self.timeline.add(step, checkpoint);
        }
    }

    fn freeze(&self) -> RunCheckpoint {
        RunCheckpoint {
            trainer: self.trainer.freeze(),
            counter: self.counter.condensed(MOST_MASKS),
            keep_counts: self.keep_counts.clone(),
            history: self.history.clone(),
            latest: self.latest.clone(),
            next_evaluation: self.next_evaluation,
            initial_norms: self.initial_norms.clone(),
        }
    }

    /// A run that goes on from a checkpoint of one that had the same plan up to there, with the changes that `plan` has from then on.
    pub(in crate::lab) fn thaw(
        checkpoint: &RunCheckpoint,
        plan: RunPlan,
        data: Arc<Split>,
        batches: Arc<GatheredBatches>,
    ) -> Self {
        let trainer = Trainer::thaw(&checkpoint.trainer, batches);
        let step = trainer.n_steps();
        let n_planned_taken = plan.changes.partition_point(|(at, _)| *at < step);
        Self {
            counter: checkpoint.counter.clone(),
            keep_counts: checkpoint.keep_counts.clone(),
            history: checkpoint.history.clone(),
            latest: checkpoint.latest.clone(),
            next_evaluation: if plan.evaluates {
                checkpoint.next_evaluation
            } else {
                u64::MAX
            },
            initial_norms: checkpoint.initial_norms.clone(),
            n_planned_taken,
            ..Self::of_trainer(trainer, plan, data)
        }
    }
}
