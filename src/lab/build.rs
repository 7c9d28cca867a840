//! Runs of their plans: from the beginning, or from a step of the past.

use std::sync::{Arc, Mutex, PoisonError};

use super::job::{Body, Recall};
use super::shared_batches::SharedBatches;
use super::{Run, RunPlan};
use crate::data::{GatheredBatches, Split};

/// The run of a job, made where there is only a plan of it.
pub(super) fn run_of(body: Body, data: &Arc<Split>, batches: &Mutex<SharedBatches>) -> Box<Run> {
    match body {
        Body::Planned(plan) => build(*plan, data, batches),
        Body::Recalled(recall) => recalled(*recall, data, batches),
        Body::Built(run) => run,
    }
}

/// The batches of the seed of a run, which are shared with the other runs of that seed.
fn batches_of(
    plan: &RunPlan,
    data: &Split,
    batches: &Mutex<SharedBatches>,
) -> Arc<GatheredBatches> {
    let (seed, batch_size) = (plan.trainer.seed, plan.trainer.batch_size);
    let mut batches = batches.lock().unwrap_or_else(PoisonError::into_inner);
    batches.of(seed, &data.train, batch_size)
}

/// Builds a run that goes on from a step of the past.
fn recalled(recall: Recall, data: &Arc<Split>, batches: &Mutex<SharedBatches>) -> Box<Run> {
    let mut run = match recall.checkpoint {
        Some(checkpoint) => {
            let batches = batches_of(&recall.plan, data, batches);
            Box::new(Run::thaw(
                &checkpoint,
                recall.plan,
                Arc::clone(data),
                batches,
            ))
        }
        None => build(recall.plan, data, batches),
    };
    run.inherit(recall.timeline);
    run
}

/// Builds a run.
pub(super) fn build(plan: RunPlan, data: &Arc<Split>, batches: &Mutex<SharedBatches>) -> Box<Run> {
    let batches = batches_of(&plan, data, batches);
    let run = Run::with_batches(plan, Arc::clone(data), batches);
    Box::new(run.expect("the noise shape was checked when the run was planned"))
}
