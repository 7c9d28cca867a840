//! What a run has been through: evaluations, and the changes made to it.

use std::ops::Range;
use std::sync::Arc;

use ndarray::ArrayView2;

use super::Varied;
use super::growing::Growing;
use crate::data::{Split, Targets};
use crate::nn::{DropRate, Mlp, NoiseShape, Pass};
use crate::probe::{Evaluator, WeightNorms, rise_under_random_labels};
use crate::train::{HeldMask, NoiseChange};

/// The full network, measured on all training and test examples between two steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Updates made before.
    pub step: u64,
    /// The same in passes over the training split.
    pub epoch: f64,
    /// Mean loss on the training split, against the labels as they are trained on: nats, or squared error in the units of
    /// the values themselves.
    pub train_loss: f64,
    /// Mean loss on the test split.
    pub test_loss: f64,
    /// What the mean loss on the test split is expected to be if its labels are replaced at random as the training labels
    /// were: `(1 - s) * test loss + s * mean over classes of the loss`, s the share that was replaced.
    pub noisy_test_loss: f64,
    /// Share of the training split that is right, `0..=1`; `None` for regression.
    pub train_accuracy: Option<f64>,
    /// Share of the test split that is right, `0..=1`; `None` for regression.
    pub test_accuracy: Option<f64>,
    /// R² on the training split, at most 1; `None` for classes, and where all values are the same.
    pub train_r2: Option<f64>,
    /// R² on the test split, at most 1; `None` for classes, and where all values are the same.
    pub test_r2: Option<f64>,
    /// Euclidean norm of all weights together.
    pub weight_norm: f64,
    /// Norm of each layer's weights.
    pub layer_norms: Arc<[f64]>,
    /// The root of the sum over all paths through the network of the product of their squared weights.
    pub path_norm: f64,
}

impl Evaluation {
    /// The full network `net` on `data`, after so many steps and epochs.
    pub(super) fn of(
        net: &Mlp,
        evaluator: &mut Evaluator,
        data: &Split,
        (step, epoch): (u64, f64),
    ) -> Self {
        let train = evaluator.score(net, Pass::Full, &data.train);
        let (mut rise, examples) = (0.0, &data.test);
        let see = |rows: Range<usize>, outputs: ArrayView2<f32>| {
            if let Targets::Classes { labels, .. } = &examples.targets {
                rise += rise_under_random_labels(outputs, &labels[rows]);
            }
        };
        let test = evaluator.score_with(net, Pass::Full, examples, see);
        let norms = WeightNorms::of(net);
        Self {
            step,
            epoch,
            train_loss: train.loss,
            test_loss: test.loss,
            noisy_test_loss: test.loss + data.replaced_share() * rise / examples.len() as f64,
            train_accuracy: train.accuracy,
            test_accuracy: test.accuracy,
            train_r2: train.r2,
            test_r2: test.r2,
            weight_norm: norms.total,
            layer_norms: norms.layers.into(),
            path_norm: norms.path,
        }
    }

    /// Whether the network's outputs were numbers.
    pub(super) fn is_of_numbers(&self) -> bool {
        !self.train_loss.is_nan() && !self.test_loss.is_nan()
    }

    /// The generalisation gap: test loss less train loss.
    pub fn gap(&self) -> f64 {
        self.test_loss - self.train_loss
    }

    /// The gap between two losses against labels of one distribution, gap*: noisy test loss less train loss. Without
    /// replaced labels it is the gap.
    pub fn gap_star(&self) -> f64 {
        self.noisy_test_loss - self.train_loss
    }
}

/// A change made to a run while it trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Updates made before it.
    pub step: u64,
    /// The same in passes over the training split.
    pub epoch: f64,
    /// What was changed.
    pub kind: ChangeKind,
}

/// What was changed in a run while it trained.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// The rate that its group goes by.
    Rate {
        /// Before.
        from: DropRate,
        /// From then on.
        to: DropRate,
    },
    /// Along which axes masks are shared.
    NoiseShape {
        /// Before.
        from: NoiseShape,
        /// From then on.
        to: NoiseShape,
    },
    /// Which mask is held.
    Held {
        /// Before: none where each step had one of its own.
        from: Option<HeldMask>,
        /// From then on.
        to: Option<HeldMask>,
    },
}

impl ChangeKind {
    /// What it changed to.
    pub fn to(&self, varied: Varied) -> NoiseChange {
        match self {
            Self::Rate { to, .. } => varied.change(*to),
            Self::NoiseShape { to, .. } => NoiseChange::NoiseShape(to.clone()),
            Self::Held { to, .. } => NoiseChange::Held(to.clone()),
        }
    }

    /// What takes it back.
    pub fn from(&self, varied: Varied) -> NoiseChange {
        match self {
            Self::Rate { from, .. } => varied.change(*from),
            Self::NoiseShape { from, .. } => NoiseChange::NoiseShape(from.clone()),
            Self::Held { from, .. } => NoiseChange::Held(from.clone()),
        }
    }
}

/// Epochs that are each evaluated; later ones are evaluated at steps of 1 %, so that the number of evaluations grows
/// with the logarithm of the run's length only.
const N_DENSE_EPOCHS: u64 = 100;

/// The record of a run. A copy of it shares what is in it, whatever its length.
///
/// What two records say of their runs follows from steps alone, never from the clock: records are equal if all but the seconds
/// in them is.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Evaluations, earliest first; the first is of the initial weights.
    pub evaluations: Growing<Evaluation>,
    /// The seconds of training that the run had had before each of the evaluations, without the time that evaluations took or
    /// that it waited for a core; not a number where nobody measured.
    pub secs: Growing<f64>,
    /// Changes made live, earliest first.
    pub changes: Arc<Vec<Change>>,
}

impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        self.evaluations == other.evaluations && self.changes == other.changes
    }
}

impl History {
    /// The bytes of one after `n_epochs` epochs of a network with `n_layers` dense layers, apart from live changes.
    pub(super) fn bytes(n_epochs: u64, n_layers: usize) -> u64 {
        /// Later ones would take longer than anybody waits.
        const LAST_EPOCH: u64 = 1_000_000;
        let last = n_epochs.min(LAST_EPOCH);
        let (mut epoch, mut n_evaluations) = (0, 1_u64);
        while epoch < last {
            epoch = Self::next_evaluation(epoch);
            n_evaluations += 1;
        }
        // The norms are counted by two numbers besides their own.
        let of_norms = (n_layers + 2) * size_of::<f64>();
        Growing::<Evaluation>::bytes(n_evaluations)
            + Growing::<f64>::bytes(n_evaluations)
            + n_evaluations * of_norms as u64
    }

    /// Adds an evaluation, made after `secs` of training.
    pub fn evaluated(&mut self, evaluation: Evaluation, secs: f64) {
        self.evaluations.push(evaluation);
        self.secs.push(secs);
    }

    /// The epoch at whose end the next evaluation is due, given the last one's.
    pub(super) fn next_evaluation(last_epoch: u64) -> u64 {
        last_epoch + (last_epoch / N_DENSE_EPOCHS).max(1)
    }

    /// Adds a change; one at the same step as the last of its kind replaces it, so that a held key leaves one mark.
    pub(super) fn record(&mut self, change: Change) {
        let changes = Arc::make_mut(&mut self.changes);
        let same = changes.iter_mut().rfind(|last| {
            last.step == change.step
                && std::mem::discriminant(&last.kind) == std::mem::discriminant(&change.kind)
        });
        match (same.map(|last| &mut last.kind), change.kind.clone()) {
            (Some(ChangeKind::Rate { to, .. }), ChangeKind::Rate { to: new, .. }) => *to = new,
            (Some(ChangeKind::NoiseShape { to, .. }), ChangeKind::NoiseShape { to: new, .. }) => {
                *to = new;
            }
            (Some(ChangeKind::Held { to, .. }), ChangeKind::Held { to: new, .. }) => *to = new,
            _ => changes.push(change),
        }
        // There and back again within one step is no change.
        changes.retain(|change| match &change.kind {
            ChangeKind::Rate { from, to } => from != to,
            ChangeKind::NoiseShape { from, to } => from != to,
            ChangeKind::Held { from, to } => from != to,
        });
    }

    /// What was recorded up to `step`.
    #[must_use]
    pub fn until(&self, step: u64) -> Self {
        let n = (self.evaluations).partition_point(|evaluation| evaluation.step <= step);
        let changes = self.changes.iter();
        let changes = changes.filter(|change| change.step <= step);
        Self {
            evaluations: self.evaluations.first(n),
            secs: self.secs.first(n),
            changes: Arc::new(changes.cloned().collect()),
        }
    }

    /// The evaluation at the end of exactly this epoch.
    pub fn at_epoch(&self, epoch: f64) -> Option<&Evaluation> {
        let is_before = |evaluation: &Evaluation| evaluation.epoch < epoch;
        let idx = self.evaluations.partition_point(is_before);
        self.evaluations.get(idx).filter(|at| at.epoch == epoch)
    }

    /// The last evaluation at or before `step`.
    pub fn at(&self, step: u64) -> Option<&Evaluation> {
        let is_before = |evaluation: &Evaluation| evaluation.step <= step;
        let n_before = self.evaluations.partition_point(is_before);
        self.evaluations.get(n_before.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_grow_with_the_logarithm_of_the_epochs() {
        let (mut epoch, mut n_evaluations) = (0, 1);
        while epoch < 1_000_000 {
            epoch = History::next_evaluation(epoch);
            n_evaluations += 1;
            if n_evaluations <= 200 {
                assert_eq!(
                    epoch,
                    n_evaluations - 1,
                    "the first epochs are each evaluated"
                );
            }
        }
        assert!(n_evaluations < 1200, "{n_evaluations}");
    }

    #[test]
    fn records_are_equal_whatever_time_they_took() {
        let record = |secs: f64, test_loss: f64| {
            let mut history = History::default();
            history.evaluated(evaluation(test_loss), secs);
            history
        };
        assert_eq!(record(1.0, 0.5), record(f64::NAN, 0.5));
        assert_ne!(record(1.0, 0.5), record(1.0, 0.6));
    }

    fn evaluation(test_loss: f64) -> Evaluation {
        Evaluation {
            step: 0,
            epoch: 0.0,
            train_loss: 0.0,
            test_loss,
            noisy_test_loss: test_loss,
            train_accuracy: None,
            test_accuracy: None,
            train_r2: None,
            test_r2: None,
            weight_norm: 1.0,
            layer_norms: Arc::new([]),
            path_norm: 1.0,
        }
    }

    #[test]
    fn a_held_key_leaves_one_mark() {
        let mut history = History::default();
        let change = |step, from: f64, to: f64| Change {
            step,
            epoch: 0.0,
            kind: ChangeKind::Rate {
                from: DropRate::saturating(from),
                to: DropRate::saturating(to),
            },
        };
        for change in [
            change(5, 0.4, 0.45),
            change(5, 0.45, 0.5),
            change(6, 0.5, 0.6),
        ] {
            history.record(change);
        }
        assert_eq!(*history.changes, [change(5, 0.4, 0.5), change(6, 0.5, 0.6)]);
    }
}
