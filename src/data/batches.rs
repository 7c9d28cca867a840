//! The order of the examples: which of them make up each step.
//!
//! A pure function of (key, step), so that a step can be repeated, runs with the same key see the same batches, and
//! going back in time needs no stored order.

use super::shuffle::shuffle;
use crate::math::random::Key;

/// The batches of a training split of `n_examples`: every epoch is a fresh permutation, cut into batches.
#[derive(Debug, Clone)]
pub struct Batches {
    key: Key,
    batch_size: usize,
    /// The permutation of the epoch that was asked for last, `[N]`.
    order: Vec<usize>,
    /// Which epoch `order` belongs to; `None` before the first step.
    epoch: Option<u64>,
}

impl Batches {
    /// Batches of `batch_size` out of `n_examples`; the last one of an epoch holds the rest and may be shorter.
    ///
    /// # Panics
    ///
    /// When either number is zero or `n_examples` exceeds 32 bits.
    pub fn new(key: Key, n_examples: usize, batch_size: usize) -> Self {
        assert!(
            n_examples > 0 && batch_size > 0,
            "batches of {batch_size} out of {n_examples} examples"
        );
        assert!(
            u32::try_from(n_examples).is_ok(),
            "{n_examples} examples exceed 32 bits"
        );
        Self {
            key,
            batch_size,
            order: (0..n_examples).collect(),
            epoch: None,
        }
    }

    /// How many steps one pass over the training split takes.
    pub fn steps_per_epoch(&self) -> u64 {
        self.order.len().div_ceil(self.batch_size) as u64
    }

    /// The size of a full batch: the size asked for, or all examples if that is fewer.
    pub fn batch_size(&self) -> usize {
        self.batch_size.min(self.order.len())
    }

    /// The examples of `step` (from 0), `[B]`. Never allocates; any step may be asked for at any time.
    pub fn indices(&mut self, step: u64) -> &[usize] {
        let (epoch, batch) = (step / self.steps_per_epoch(), step % self.steps_per_epoch());
        if self.epoch != Some(epoch) {
            // From the identity, not from the epoch before: otherwise the order would depend on what was asked earlier.
            for (place, index) in self.order.iter_mut().enumerate() {
                *index = place;
            }
            shuffle(&mut self.order, &mut self.key.nth(epoch).stream());
            self.epoch = Some(epoch);
        }
        let first = batch as usize * self.batch_size;
        let end = first.saturating_add(self.batch_size).min(self.order.len());
        &self.order[first..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_holds_every_example_once() {
        for (n_examples, batch_size, n_steps, last) in [
            (500, 32, 16, 20),
            (500, 500, 1, 500),
            (7, 100, 1, 7),
            (6, 2, 3, 2),
            (3, usize::MAX, 1, 3),
        ] {
            let mut batches = Batches::new(Key::new(4), n_examples, batch_size);
            assert_eq!(batches.steps_per_epoch(), n_steps);
            assert_eq!(batches.indices(n_steps - 1).len(), last);
            for epoch in 0..3 {
                let steps = epoch * n_steps..(epoch + 1) * n_steps;
                let mut seen: Vec<usize> = steps
                    .flat_map(|step| batches.indices(step).to_vec())
                    .collect();
                seen.sort_unstable();
                assert_eq!(seen, (0..n_examples).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_step_is_the_same_whatever_was_asked_before() {
        let mut forward = Batches::new(Key::new(4), 100, 8);
        let expected: Vec<Vec<usize>> =
            (0..60).map(|step| forward.indices(step).to_vec()).collect();
        let mut backward = Batches::new(Key::new(4), 100, 8);
        for step in (0..60).rev() {
            assert_eq!(
                backward.indices(step),
                expected[step as usize],
                "step {step}"
            );
        }
        assert_eq!(Batches::new(Key::new(4), 100, 8).indices(37), expected[37]);
    }

    #[test]
    fn epochs_and_keys_give_other_orders() {
        let first = |key, step| Batches::new(Key::new(key), 100, 100).indices(step).to_vec();
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 0), first(2, 0));
    }

    #[test]
    fn the_order_is_pinned_across_platforms() {
        assert_eq!(
            Batches::new(Key::new(0), 1000, 8).indices(3),
            [373, 722, 360, 35, 406, 698, 118, 111]
        );
    }
}
