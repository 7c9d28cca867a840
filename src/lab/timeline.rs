//! Which steps of a run are kept to come back to, and from which of them a step of the past is replayed.
//!
//! Along a run that trains, checkpoints lie at even distances; when there are as many as may be, every other of the oldest goes for
//! each new one, and when all are twice as far apart, the distance is that from then on. So the distances double with the length of
//! a run, memory stays what it is, and old times are the thinner. Whoever replays a step leaves others behind, at distances that
//! grow fourfold before it: the step before is asked for next.
//!
//! Pure: it knows neither runs nor threads, and what a checkpoint is.

use std::sync::Arc;

/// Steps between the first checkpoints of a run.
const FIRST_DISTANCE: u64 = 16;

/// Checkpoints of a run that trains, at most.
pub(super) const MOST_CHECKPOINTS: usize = 16;

/// Those that a replay leaves behind, at most.
const MOST_ON_THE_WAY: usize = 3;

/// How the checkpoints that a run can have are shared between the one that trains and its replays: the first of these, and the second.
pub(super) fn shared(n_checkpoints: usize) -> (usize, usize) {
    let on_the_way = (n_checkpoints / 4).min(MOST_ON_THE_WAY);
    (
        (n_checkpoints - on_the_way).min(MOST_CHECKPOINTS),
        on_the_way,
    )
}

/// Which steps are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// So many at most, evenly along the run.
    Evenly(usize),
    /// So many at most, at growing distances before a step.
    Before(u64, usize),
}

impl Keep {
    fn most(self) -> usize {
        match self {
            Self::Evenly(most) | Self::Before(_, most) => most,
        }
    }
}

/// Checkpoints, earliest first. A copy shares them.
#[derive(Debug)]
pub(super) struct Timeline<C> {
    keep: Keep,
    distance: u64,
    kept: Vec<(u64, Arc<C>)>,
}

impl<C> Clone for Timeline<C> {
    fn clone(&self) -> Self {
        Self {
            keep: self.keep,
            distance: self.distance,
            kept: self.kept.clone(),
        }
    }
}

impl<C> Default for Timeline<C> {
    /// One that keeps nothing.
    fn default() -> Self {
        Self {
            keep: Keep::Evenly(0),
            distance: FIRST_DISTANCE,
            kept: Vec::new(),
        }
    }
}

impl<C> Timeline<C> {
    /// Keeps these steps from now on; what is too much for that is forgotten.
    pub(super) fn keep(&mut self, keep: Keep) {
        self.keep = keep;
        while self.kept.len() > keep.most() {
            self.forget_one();
        }
    }

    /// Whether a run that has come to `step` should leave a checkpoint there. The beginning needs none: it follows from the plan.
    pub(super) fn is_due(&self, step: u64) -> bool {
        let is_place = || match self.keep {
            Keep::Evenly(_) => step.is_multiple_of(self.distance),
            Keep::Before(target, most) => {
                let mut distances = (1..=most as u32).map(|n| 4_u64.pow(n));
                distances.any(|distance| step.checked_add(distance) == Some(target))
            }
        };
        let is_new = || self.kept.iter().all(|(kept, _)| *kept != step);
        step > 0 && self.keep.most() > 0 && is_place() && is_new()
    }

    /// Keeps what a run is at a step that is due.
    pub(super) fn add(&mut self, step: u64, checkpoint: C) {
        let idx = self.kept.partition_point(|(kept, _)| *kept < step);
        self.kept.insert(idx, (step, Arc::new(checkpoint)));
        while self.kept.len() > self.keep.most() {
            self.forget_one();
        }
    }

    fn forget_one(&mut self) {
        if let Keep::Before(target, _) = self.keep {
            // What lies behind the step that is looked at first, then what is farthest before it.
            let is_behind = self.kept.last().is_some_and(|(last, _)| *last > target);
            let idx = if is_behind { self.kept.len() - 1 } else { 0 };
            self.kept.remove(idx);
            return;
        }
        loop {
            let is_between = |(step, _): &(u64, _)| !step.is_multiple_of(2 * self.distance);
            if let Some(idx) = self.kept.iter().position(is_between) {
                self.kept.remove(idx);
                return;
            }
            self.distance *= 2;
        }
    }

    /// The last checkpoint at or before `step`.
    pub(super) fn before(&self, step: u64) -> Option<(u64, &Arc<C>)> {
        let n_before = self.kept.partition_point(|(kept, _)| *kept <= step);
        let (step, checkpoint) = self.kept.get(n_before.checked_sub(1)?)?;
        Some((*step, checkpoint))
    }

    /// Those at or before `step`.
    pub(super) fn until(&self, step: u64) -> Self {
        let mut until = self.clone();
        until.kept.retain(|(kept, _)| *kept <= step);
        until
    }

    /// The steps that are kept, earliest first.
    pub(super) fn steps(&self) -> impl Iterator<Item = u64> {
        self.kept.iter().map(|(step, _)| *step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goes along from `first` to `last` as a run does, leaving its step wherever that is due.
    fn go(
        timeline: &mut Timeline<u64>,
        first: u64,
        last: u64,
        mut at: impl FnMut(&Timeline<u64>, u64),
    ) {
        for step in first + 1..=last {
            if timeline.is_due(step) {
                timeline.add(step, step);
            }
            at(timeline, step);
        }
    }

    #[test]
    fn a_million_steps_keep_sixteen_checkpoints_and_every_replay_is_a_small_part_of_the_run() {
        for most in [4, 9, MOST_CHECKPOINTS] {
            let mut timeline = Timeline::default();
            timeline.keep(Keep::Evenly(most));
            go(&mut timeline, 0, 1_000_000, |timeline, now| {
                assert!(timeline.kept.len() <= most, "at {now}");
                if now % 997 != 0 && now > 10_000 {
                    return;
                }
                let ends = timeline.steps().skip(1).chain([now]);
                let gaps = timeline.steps().zip(ends).map(|(from, to)| to - from);
                let longest = gaps
                    .max()
                    .unwrap_or(now)
                    .max(timeline.steps().next().unwrap_or(now));
                let bound = (2 * now / most as u64).max(2 * FIRST_DISTANCE);
                assert!(
                    longest <= bound,
                    "{longest} of {now} with {most}: {:?}",
                    timeline.steps().collect::<Vec<_>>()
                );
            });
            assert!(timeline.kept.len() > most / 2);
            assert!(timeline.kept.iter().all(|(step, kept)| step == &**kept));
        }
    }

    #[test]
    fn old_times_are_the_thinner() {
        let mut timeline = Timeline::default();
        timeline.keep(Keep::Evenly(8));
        go(&mut timeline, 0, 12 * FIRST_DISTANCE, |_, _| ());
        let steps: Vec<u64> = timeline.steps().map(|step| step / FIRST_DISTANCE).collect();
        assert_eq!(steps, [2, 4, 6, 8, 9, 10, 11, 12]);
    }

    #[test]
    fn a_step_is_replayed_from_the_last_checkpoint_before_it() {
        let mut timeline = Timeline::default();
        timeline.keep(Keep::Evenly(4));
        go(&mut timeline, 0, 3 * FIRST_DISTANCE, |_, _| ());
        let from = |step| timeline.before(step).map(|(step, _)| step);
        assert_eq!(from(FIRST_DISTANCE - 1), None);
        assert_eq!(from(FIRST_DISTANCE), Some(FIRST_DISTANCE));
        assert_eq!(from(2 * FIRST_DISTANCE - 1), Some(FIRST_DISTANCE));
        assert_eq!(from(1_000_000), Some(3 * FIRST_DISTANCE));
    }

    #[test]
    fn fewer_are_kept_when_there_is_less_room() {
        let mut timeline = Timeline::default();
        timeline.keep(Keep::Evenly(16));
        go(&mut timeline, 0, 16 * FIRST_DISTANCE, |_, _| ());
        timeline.keep(Keep::Evenly(3));
        let steps: Vec<u64> = timeline.steps().map(|step| step / FIRST_DISTANCE).collect();
        assert_eq!(steps, [8, 12, 16].as_slice());
        timeline.keep(Keep::Evenly(0));
        assert_eq!(timeline.steps().count(), 0);
        assert!(!timeline.is_due(1 << 20));
    }

    #[test]
    fn going_back_step_by_step_costs_a_few_steps_each() {
        let mut along = Timeline::default();
        along.keep(Keep::Evenly(7));
        go(&mut along, 0, 2_400, |_, _| ());
        let mut trail = Timeline::default();
        let mut n_replayed = Vec::new();
        for target in (2_000..2_400).rev() {
            trail.keep(Keep::Before(target, 3));
            let from = trail
                .before(target)
                .max(along.before(target))
                .map_or(0, |(step, _)| step);
            go(&mut trail, from, target, |_, _| ());
            n_replayed.push(target - from);
        }
        let mean = n_replayed.iter().sum::<u64>() as f64 / n_replayed.len() as f64;
        assert!(mean < 16.0, "{mean}: {n_replayed:?}");
    }

    #[test]
    fn what_a_run_can_have_is_shared_between_training_and_replays() {
        for (n, expected) in [
            (0, (0, 0)),
            (3, (3, 0)),
            (9, (7, 2)),
            (19, (16, 3)),
            (1_000, (16, 3)),
        ] {
            assert_eq!(shared(n), expected, "{n}");
        }
    }
}
