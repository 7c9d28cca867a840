//! The batches of each seed in training: gathered once, for all runs that see them.

use std::sync::{Arc, Weak};

use super::MAX_GROUPS;
use crate::data::{Dataset, GatheredBatches};
use crate::train::Trainer;

/// What runs share of their batches; forgotten with the last run of a seed.
#[derive(Debug, Default)]
pub(super) struct SharedBatches(Vec<(u64, Weak<GatheredBatches>)>);

impl SharedBatches {
    /// The batches of `seed`, the same for all its runs.
    pub(super) fn of(
        &mut self,
        seed: u64,
        data: &Dataset,
        batch_size: usize,
    ) -> Arc<GatheredBatches> {
        self.0.retain(|(_, batches)| batches.strong_count() > 0);
        let known = self.0.iter().find(|(known, _)| *known == seed);
        if let Some(batches) = known.and_then(|(_, batches)| batches.upgrade()) {
            return batches;
        }
        let batches = Arc::new(Trainer::batches(seed, data, batch_size, MAX_GROUPS));
        self.0.push((seed, Arc::downgrade(&batches)));
        batches
    }
}
