//! Areas under the curves, rate against rate and seed by seed, and how far a network holds.

use super::super::parts::robustness::{Quantity, curve, readings};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::math::statistics::{self, Interval};
use crate::probe::Perturbation;

/// How sure an interval is.
const CONFIDENCE: f64 = 0.95;

/// By how much the area of one rate is larger than that of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Difference {
    /// The mean over the seeds that both have.
    pub(super) mean: f64,
    /// Student's interval of that; `None` for one seed.
    pub(super) interval: Option<Interval>,
    /// Over how many seeds.
    pub(super) n_pairs: usize,
}

/// What a difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// The perturbation hurts less.
    Yes,
    /// It hurts more.
    No,
    /// The interval has 0 in it.
    Open,
    /// There is no interval.
    OneSeed,
}

impl Difference {
    /// Of areas, each with its seed; `None` where no seed is in both.
    fn of(group: &[(u64, f64)], reference: &[(u64, f64)]) -> Option<Self> {
        let other = |seed: u64| reference.iter().find(|(other, _)| *other == seed);
        let differences: Vec<f64> = group
            .iter()
            .filter_map(|(seed, area)| Some(area - other(*seed)?.1))
            .collect();
        (!differences.is_empty()).then(|| Self {
            mean: statistics::mean(&differences),
            interval: statistics::t_interval(&differences, CONFIDENCE),
            n_pairs: differences.len(),
        })
    }

    /// Between two groups, once all seeds that both have were tried.
    pub(super) fn between(
        lab: &LabSnapshot,
        group: &GroupSnapshot,
        reference: &GroupSnapshot,
        perturbation: Perturbation,
    ) -> Option<Self> {
        let areas = |group| -> Vec<(u64, f64)> {
            let found = readings(lab, group, perturbation).into_iter();
            found
                .filter_map(|(seed, found)| Some((seed, found.area()?)))
                .collect()
        };
        Self::of(&areas(group), &areas(reference))
    }

    /// What it says.
    pub(super) fn says(&self) -> Says {
        match self.interval {
            None => Says::OneSeed,
            Some(interval) if interval.low > 0.0 => Says::Yes,
            Some(interval) if interval.high < 0.0 => Says::No,
            Some(_) => Says::Open,
        }
    }
}

/// How much of what it is worth above chance a network may lose and still hold.
const TOLERANCE: f64 = 0.1;

/// How far from each other a level and a rate are that are about the same.
const ABOUT: f64 = 0.1;

/// The last level up to which a curve holds: it keeps nine tenths of what it is worth above `chance` without a perturbation.
/// `None` for a curve that is never worth more than chance.
pub(super) fn holds_to(points: &[(f64, f64)], chance: f64) -> Option<f64> {
    let (_, first) = *points.first()?;
    let least = first - TOLERANCE * (first - chance);
    let holding = points.iter().take_while(|(_, worth)| *worth >= least);
    (first > chance).then(|| holding.last().map(|(level, _)| *level))?
}

/// Where a network ends that was trained at a rate and loses units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It holds at every level that was tried.
    Never,
    /// It falls earlier than at the rate.
    Before,
    /// About there.
    About,
    /// It holds on.
    Beyond,
}

impl End {
    /// Of a curve that holds to `level` of `last`.
    pub(super) fn of(level: f64, last: f64, rate: f64) -> Self {
        match level - rate {
            _ if level >= last => Self::Never,
            early if early < -ABOUT - 1e-9 => Self::Before,
            late if late > ABOUT + 1e-9 => Self::Beyond,
            _ => Self::About,
        }
    }
}

/// The curve of means, without spreads.
pub(super) fn means(
    lab: &LabSnapshot,
    group: &GroupSnapshot,
    perturbation: Perturbation,
    quantity: Quantity,
) -> Vec<(f64, f64)> {
    let curve = curve(lab, group, perturbation, quantity).into_iter();
    curve.map(|(amount, value)| (amount, value.mean)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_compared_seed_by_seed_with_the_textbook_interval() {
        // Differences of 1, 2 and 3 at seeds 7, 8 and 9; seed 5 has no twin.
        let group = [(9, 13.0), (7, 11.0), (5, 99.0), (8, 12.0)];
        let reference = [(7, 10.0), (8, 10.0), (9, 10.0)];
        let found = Difference::of(&group, &reference).unwrap();
        let half = 4.302_653 / 3.0_f64.sqrt();
        let interval = found.interval.unwrap();
        assert_eq!((found.mean, found.n_pairs), (2.0, 3));
        assert!((interval.low - (2.0 - half)).abs() < 1e-5, "{interval:?}");
        assert!((interval.high - (2.0 + half)).abs() < 1e-5, "{interval:?}");
        assert_eq!(Difference::of(&group[2..3], &reference), None);
    }

    #[test]
    fn a_difference_says_yes_no_or_open_by_its_interval_and_nothing_of_one_seed() {
        let of = |areas: &[f64]| {
            let group: Vec<(u64, f64)> = (0..).zip(areas.iter().copied()).collect();
            let reference: Vec<(u64, f64)> = (0..).zip(areas.iter().map(|_| 0.0)).collect();
            Difference::of(&group, &reference).unwrap().says()
        };
        assert_eq!(of(&[0.1, 0.11, 0.12]), Says::Yes);
        assert_eq!(of(&[-0.1, -0.11, -0.12]), Says::No);
        assert_eq!(of(&[-0.1, 0.2, 0.0]), Says::Open);
        assert_eq!(of(&[0.1]), Says::OneSeed);
    }

    #[test]
    fn a_curve_holds_while_it_keeps_nine_tenths_of_what_it_has_above_chance() {
        // 90 less a tenth of the 80 above chance is 82; what comes after a fall does not count.
        let points = [
            (0.0, 90.0),
            (0.1, 85.0),
            (0.2, 82.0),
            (0.3, 81.9),
            (0.4, 90.0),
        ];
        assert_eq!(holds_to(&points, 10.0), Some(0.2));
        assert_eq!(holds_to(&points[..3], 10.0), Some(0.2));
        assert_eq!(holds_to(&points, 90.0), None);
        assert_eq!(holds_to(&[], 10.0), None);
    }

    #[test]
    fn where_a_network_ends_is_told_beside_the_rate_that_it_was_trained_at() {
        assert_eq!(End::of(0.45, 0.95, 0.5), End::About);
        assert_eq!(End::of(0.6, 0.95, 0.5), End::About);
        assert_eq!(End::of(0.35, 0.95, 0.5), End::Before);
        assert_eq!(End::of(0.65, 0.95, 0.5), End::Beyond);
        assert_eq!(End::of(0.95, 0.95, 0.9), End::Never);
    }
}
