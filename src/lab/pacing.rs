//! Pacing: how far each run may have come by now.
//!
//! At a pace in epochs per second a horizon moves on, and no run passes it. A run that lags behind (one that was added or
//! started again) may catch up faster than the others go, but slowly enough to be watched. Pure arithmetic on times that
//! are passed in.

use super::Pace;

/// A lagging run goes this many times faster than the pace until it has caught up.
const CATCH_UP: f64 = 8.0;

/// Seconds of work that may be owed; a machine that cannot keep the pace must not have to make up for it later.
const MAX_DEBT_SECS: f64 = 0.25;

/// Whole steps in `epochs`; what rounding has taken from a whole step is given back.
pub(super) fn whole_steps(epochs: f64, steps_per_epoch: u64) -> u64 {
    (epochs * steps_per_epoch as f64 + 1e-6).floor() as u64
}

/// How far runs may go, in epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pacing {
    pace: Pace,
    horizon: f64,
    epochs_per_step: f64,
}

impl Pacing {
    pub(super) fn new(pace: Pace, steps_per_epoch: u64) -> Self {
        Self {
            pace,
            horizon: 0.0,
            epochs_per_step: 1.0 / steps_per_epoch.max(1) as f64,
        }
    }

    pub(super) fn pace(self) -> Pace {
        self.pace
    }

    /// Changes the pace; the horizon starts again from the most advanced run.
    pub(super) fn set_pace(&mut self, pace: Pace, most_advanced: f64) {
        self.pace = pace;
        self.horizon = most_advanced;
    }

    /// Lets `secs` pass while playing, with the most advanced run at epoch `most_advanced`.
    pub(super) fn pass(&mut self, secs: f64, most_advanced: f64) {
        self.horizon = match self.pace {
            Pace::FullSpeed => most_advanced,
            Pace::EpochsPerSec(pace) => {
                let debt = self.most_owed(pace);
                (self.horizon + pace * secs).min(most_advanced + debt)
            }
        };
    }

    /// Where a run may go that is at `epoch` and was allowed to go to `allowed`, after `secs` more.
    pub(super) fn allowance(self, epoch: f64, allowed: f64, secs: f64) -> f64 {
        match self.pace {
            Pace::FullSpeed => f64::INFINITY,
            Pace::EpochsPerSec(pace) => {
                let fast = CATCH_UP * pace;
                let owed = (allowed + fast * secs).clamp(epoch, epoch + self.most_owed(fast));
                owed.min(self.horizon)
            }
        }
    }

    /// Epochs that may be owed at a speed: at least one whole step, or a slow pace would never come to one.
    fn most_owed(self, epochs_per_sec: f64) -> f64 {
        (epochs_per_sec * MAX_DEBT_SECS).max(self.epochs_per_step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs that always reach their allowance at once, ticked a hundred times a second.
    fn after(secs: f64, mut pacing: Pacing, mut epochs: [f64; 2]) -> [f64; 2] {
        for _ in 0..(secs * 100.0) as usize {
            let most_advanced = epochs[0].max(epochs[1]);
            pacing.pass(0.01, most_advanced);
            epochs = epochs.map(|epoch| pacing.allowance(epoch, epoch, 0.01).max(epoch));
        }
        epochs
    }

    #[test]
    fn runs_keep_the_pace_and_a_late_one_catches_up() {
        let mut pacing = Pacing::new(Pace::EpochsPerSec(5.0), 16);
        let epochs = after(10.0, pacing, [0.0, 0.0]);
        assert!(
            epochs.iter().all(|epoch| (epoch - 50.0).abs() < 0.1),
            "{epochs:?}"
        );
        pacing.set_pace(pacing.pace(), 50.0);
        let epochs = after(1.0, pacing, [50.0, 0.0]);
        assert!(
            (epochs[0] - 55.0).abs() < 0.1 && (epochs[1] - 40.0).abs() < 0.5,
            "{epochs:?}"
        );
        let epochs = after(3.0, pacing, [50.0, 0.0]);
        assert!((epochs[0] - epochs[1]).abs() < 0.1, "{epochs:?}");
    }

    #[test]
    fn a_slow_machine_is_not_asked_to_make_up_for_lost_time() {
        let mut pacing = Pacing::new(Pace::EpochsPerSec(100.0), 16);
        (0..1000).for_each(|_| pacing.pass(0.1, 3.0));
        assert!(pacing.allowance(3.0, 3.0, 0.1) <= 3.0 + 100.0 * MAX_DEBT_SECS);
    }

    #[test]
    fn a_pace_of_less_than_a_step_in_a_while_still_comes_to_its_steps() {
        for (pace, steps_per_epoch) in [(0.05, 16), (0.16, 16), (2.5, 1), (0.05, 1)] {
            let mut pacing = Pacing::new(Pace::EpochsPerSec(pace), steps_per_epoch);
            let per_epoch = steps_per_epoch as f64;
            let (mut steps, mut allowed) = (0_u64, 0.0);
            let secs = 100.0;
            for _ in 0..(secs * 100.0) as usize {
                let epoch = steps as f64 / per_epoch;
                pacing.pass(0.01, epoch);
                allowed = pacing.allowance(epoch, allowed, 0.01);
                steps = steps.max(whole_steps(allowed, steps_per_epoch));
            }
            let expected = pace * secs * per_epoch;
            assert!(
                (steps as f64 - expected).abs() <= 1.0 + 0.02 * expected,
                "pace {pace}: {steps} steps instead of {expected}"
            );
        }
    }
}
