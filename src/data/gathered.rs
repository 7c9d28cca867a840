//! The batches of one order, gathered once for all runs that go through them.
//!
//! Runs with the same seed see the same batches at the same steps. Gathering one means reading its examples from all over
//! the data, which costs as much as a tenth of a small network's step; the runs of a lab stay close enough together that
//! the last few batches serve them all.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Batches, Dataset, Targets};
use crate::math::matrix::{Matrix, MatrixMut, spaced};
use crate::math::random::Key;

/// The examples of one step, copied together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Whose examples these are; none while they are gathered.
    step: Option<u64>,
    n_rows: usize,
    n_inputs: usize,
    /// [B, I] in spaced rows.
    inputs: Vec<f32>,
    targets: BatchTargets,
}

#[derive(Debug, Clone, PartialEq)]
enum BatchTargets {
    Classes(Vec<u32>),
    Values { values: Vec<f32>, n_outputs: usize },
}

/// What the examples of a batch should be answered with.
#[derive(Debug, Clone, Copy)]
pub enum BatchAnswers<'a> {
    /// One class per example, `[B]`.
    Classes(&'a [u32]),
    /// Numbers to predict, [B, C].
    Values(Matrix<'a>),
}

impl Batch {
    fn new(data: &Dataset, max_rows: usize) -> Self {
        let (n_inputs, n_outputs) = (data.n_inputs(), data.n_outputs());
        let targets = match data.targets {
            Targets::Classes { .. } => BatchTargets::Classes(vec![0; max_rows]),
            Targets::Values(_) => BatchTargets::Values {
                values: vec![0.0; max_rows * n_outputs],
                n_outputs,
            },
        };
        Self {
            step: None,
            n_rows: 0,
            n_inputs,
            inputs: vec![0.0; max_rows * spaced(n_inputs)],
            targets,
        }
    }

    fn gather(&mut self, data: &Dataset, step: u64, indices: &[usize]) {
        self.step = None;
        self.n_rows = indices.len();
        let size = [self.n_rows, self.n_inputs];
        let mut inputs = MatrixMut::new(&mut self.inputs, size, spaced(self.n_inputs));
        for (row, &index) in indices.iter().enumerate() {
            inputs.row_mut(row).copy_from_slice(data.item(index));
        }
        match &mut self.targets {
            BatchTargets::Classes(labels) => {
                data.gather_labels(indices, &mut labels[..self.n_rows]);
            }
            BatchTargets::Values { values, n_outputs } => {
                data.gather_values(indices, &mut values[..self.n_rows * *n_outputs]);
            }
        }
        self.step = Some(step);
    }

    /// Its examples, [B, I].
    pub fn inputs(&self) -> Matrix<'_> {
        let size = [self.n_rows, self.n_inputs];
        Matrix::new(&self.inputs, size, spaced(self.n_inputs))
    }

    /// What they should be answered with.
    pub fn answers(&self) -> BatchAnswers<'_> {
        match &self.targets {
            BatchTargets::Classes(labels) => BatchAnswers::Classes(&labels[..self.n_rows]),
            BatchTargets::Values { values, n_outputs } => {
                BatchAnswers::Values(Matrix::new(values, [self.n_rows, *n_outputs], *n_outputs))
            }
        }
    }

    /// How many examples it has.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }
}

/// The batches of one order. Each is gathered when it is first asked for and kept while there is room.
#[derive(Debug)]
pub struct GatheredBatches {
    steps_per_epoch: u64,
    batch_size: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    batches: Batches,
    /// The batch of a step is at its remainder, unless that place is still in use for a step long gone.
    kept: Vec<Arc<Batch>>,
}

/// Bytes that the kept batches of one order may take, and batches at most: enough for runs that are a few slices of a worker
/// apart, and few enough to stay in the caches.
const ROOM_BYTES: usize = 8 << 20;
const ROOM_BATCHES: usize = 128;

/// The bytes of the inputs of a batch.
fn batch_bytes(data: &Dataset, batch_size: usize) -> usize {
    batch_size * spaced(data.n_inputs()) * size_of::<f32>()
}

/// How many batches are kept.
fn n_kept(data: &Dataset, batch_size: usize, n_readers: usize) -> usize {
    match n_readers {
        // Alone, a run never comes back to a batch.
        0 | 1 => 1,
        _ => (ROOM_BYTES / batch_bytes(data, batch_size).max(1)).clamp(1, ROOM_BATCHES),
    }
}

impl GatheredBatches {
    /// Batches of `batch_size` out of `data`, in the order of `key`, for `n_readers` that may hold one each.
    ///
    /// # Panics
    /// As [`Batches::new`].
    pub fn new(key: Key, data: &Dataset, batch_size: usize, n_readers: usize) -> Self {
        let batches = Batches::new(key, data.len(), batch_size);
        let n_kept = n_kept(data, batches.batch_size(), n_readers);
        let kept = || Arc::new(Batch::new(data, batches.batch_size()));
        let kept = std::iter::repeat_with(kept).take(n_kept).collect();
        Self {
            steps_per_epoch: batches.steps_per_epoch(),
            batch_size: batches.batch_size(),
            state: Mutex::new(State { batches, kept }),
        }
    }

    /// The bytes of them with the order of the examples.
    pub fn bytes(data: &Dataset, batch_size: usize, n_readers: usize) -> u64 {
        let batch_size = batch_size.min(data.len());
        let n_kept = n_kept(data, batch_size, n_readers);
        let order = data.len() * size_of::<usize>();
        let answers = match data.targets {
            Targets::Classes { .. } => batch_size * size_of::<u32>(),
            Targets::Values(_) => batch_size * data.n_outputs() * size_of::<f32>(),
        };
        (order + n_kept * (batch_bytes(data, batch_size) + answers)) as u64
    }

    /// How many steps one pass over the training split takes.
    pub fn steps_per_epoch(&self) -> u64 {
        self.steps_per_epoch
    }

    /// The size of a full batch: the size asked for, or all examples if that is fewer.
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// The batch of `step` (from 0) of `data`, which must be the same at every call. Any step may be asked for at any time.
    /// Allocates only if as many batches are in use at once as never before and none of the places kept for them is free.
    /// Give back the batch at hand first: `last`.
    ///
    /// # Panics
    /// If `data` has fewer examples than at the first call.
    pub fn get(&self, data: &Dataset, step: u64, last: Option<Arc<Batch>>) -> Arc<Batch> {
        // A batch is gathered whole or, after a panic, has no step; so a poisoned lock holds a whole state.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(last);
        let State { batches, kept } = &mut *state;
        let place = (step % kept.len() as u64) as usize;
        if kept[place].step == Some(step) {
            return Arc::clone(&kept[place]);
        }
        let n = kept.len();
        let free = (0..n)
            .map(|turn| (place + turn) % n)
            .find(|&place| Arc::get_mut(&mut kept[place]).is_some());
        let place = free.unwrap_or_else(|| {
            kept.push(Arc::new(Batch::new(data, self.batch_size)));
            n
        });
        let batch = Arc::get_mut(&mut kept[place]).expect("nobody else has a free batch");
        batch.gather(data, step, batches.indices(step));
        Arc::clone(&kept[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Dataset {
        let inputs = (0..30 * 3).map(|i| i as f32).collect();
        let targets = Targets::Classes {
            labels: (0..30).map(|i| i % 4).collect(),
            n_classes: 4,
        };
        Dataset::new("numbers", vec![3], inputs, targets)
    }

    #[test]
    fn every_reader_gets_the_examples_of_the_order() {
        let data = data();
        let mut order = Batches::new(Key::new(5), data.len(), 7);
        for n_readers in [1, 4] {
            let gathered = GatheredBatches::new(Key::new(5), &data, 7, n_readers);
            let mut hands = vec![None; n_readers];
            for step in (0..20).chain([3, 0, 1000]) {
                for hand in &mut hands {
                    let batch = gathered.get(&data, step, hand.take());
                    let indices = order.indices(step);
                    let expected = data.select(indices);
                    assert_eq!(batch.inputs().view(), expected.inputs);
                    let BatchAnswers::Classes(labels) = batch.answers() else {
                        panic!("classes")
                    };
                    let wanted: Vec<u32> = indices.iter().map(|&index| index as u32 % 4).collect();
                    assert_eq!(labels, wanted);
                    *hand = Some(batch);
                }
            }
        }
    }

    #[test]
    fn a_batch_is_gathered_once_while_there_is_room() {
        let data = data();
        let gathered = GatheredBatches::new(Key::new(5), &data, 7, 2);
        let (first, second) = (gathered.get(&data, 4, None), gathered.get(&data, 4, None));
        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn a_lone_reader_uses_the_same_memory_for_every_batch() {
        let data = data();
        let gathered = GatheredBatches::new(Key::new(5), &data, 7, 1);
        let mut batch = gathered.get(&data, 0, None);
        let memory = batch.inputs().values().as_ptr();
        for step in 1..20 {
            batch = gathered.get(&data, step, Some(batch));
            assert_eq!(batch.inputs().values().as_ptr(), memory);
        }
    }
}
