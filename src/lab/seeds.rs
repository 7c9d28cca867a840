//! What the runs of a group say together: means over its paired seeds, and their spread.
//!
//! Tables, curves, the summary and the report take their means and spreads from here, so a quantity reads the same wherever it stands;
//! paired differences, with their intervals, are the business of the claims.

use std::sync::Arc;

use super::{Evaluation, GroupSnapshot, RunSnapshot};
use crate::math::statistics;

/// The mean of a quantity over seeds and, with several, its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanAndSpread {
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation of a sample (divided by n - 1); `None` for one seed.
    pub spread: Option<f64>,
}

impl MeanAndSpread {
    /// The mean and the spread of these values; `None` without any.
    pub fn of_known(values: &[f64]) -> Option<Self> {
        (!values.is_empty()).then(|| Self {
            mean: statistics::mean(values),
            spread: statistics::standard_deviation(values),
        })
    }

    /// The same where all of them are known; a mean over those that happen to be would be one of other seeds.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Option<Self> {
        let values: Option<Vec<f64>> = values.into_iter().collect();
        Self::of_known(&values?)
    }

    /// Of `value` at the k-th evaluations of all `runs`.
    pub fn at(
        k: usize,
        runs: &[&Arc<RunSnapshot>],
        value: impl Fn(&RunSnapshot, &Evaluation) -> Option<f64>,
    ) -> Option<Self> {
        let known = |run: &&Arc<RunSnapshot>| {
            let evaluation = run.history.evaluations.get(k)?;
            run.knows(evaluation).then(|| value(run, evaluation))?
        };
        Self::of(runs.iter().map(known))
    }
}

impl GroupSnapshot {
    /// What the runs that stand for the group say together now: at the last evaluation that all of them have been through, because
    /// runs are a little apart at any moment. A ratio is taken run by run, and then its mean: not the ratio of two means.
    pub fn over_seeds(
        &self,
        value: impl Fn(&RunSnapshot, &Evaluation) -> Option<f64>,
    ) -> Option<MeanAndSpread> {
        let runs = self.sound_runs();
        let steps = || runs.iter().map(|run| Some(run.latest.as_ref()?.step));
        let first = steps().next().flatten();
        if first.is_none() || steps().any(|step| step != first) {
            let last = self.evaluations().len().checked_sub(1)?;
            return MeanAndSpread::at(last, &runs, value);
        }
        // Between two evaluations of the record, too, where steps are made one by one.
        let known = |run: &&Arc<RunSnapshot>| {
            let latest = run.latest.as_ref()?;
            run.knows(latest).then(|| value(run, latest))?
        };
        MeanAndSpread::of(runs.iter().map(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_one_over_all_seeds_or_none() {
        let found = MeanAndSpread::of([Some(1.0), Some(4.0)]).unwrap();
        assert_eq!(found.mean, 2.5);
        // Both are 1.5 from the mean, and 4.5 is divided by n - 1 = 1.
        assert!((found.spread.unwrap() - 4.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(MeanAndSpread::of([Some(1.0), None]), None);
        assert_eq!(MeanAndSpread::of([]), None);
        assert_eq!(MeanAndSpread::of_known(&[3.0]).unwrap().spread, None);
    }
}
