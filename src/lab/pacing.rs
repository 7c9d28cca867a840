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

/// How far runs may go, in epochs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pacing {
    pace: Pace,
    horizon: f64,
}

impl Pacing {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, horizon: 0.0 }
    }

    pub(super) fn pace(self) -> Pace {
        self.pace
    }

    /// Changes the pace; the horizon starts again from the most advanced run.
    pub(super) fn set_pace(&mut self, pace: Pace, most_advanced: f64) {
        *self = Self {
            pace,
            horizon: most_advanced,
        };
    }

    /// Lets `secs` pass while playing, with the most advanced run at epoch `most_advanced`.
    pub(super) fn pass(&mut self, secs: f64, most_advanced: f64) {
        self.horizon = match self.pace {
            Pace::FullSpeed => most_advanced,
            Pace::EpochsPerSec(pace) => {
                (self.horizon + pace * secs).min(most_advanced + pace * MAX_DEBT_SECS)
            }
        };
    }

    /// Where a run may go that is at `epoch` and was allowed to go to `allowed`, after `secs` more.
    pub(super) fn allowance(self, epoch: f64, allowed: f64, secs: f64) -> f64 {
        match self.pace {
            Pace::FullSpeed => f64::INFINITY,
            Pace::EpochsPerSec(pace) => {
                let owed = (allowed + CATCH_UP * pace * secs)
                    .clamp(epoch, epoch + CATCH_UP * pace * MAX_DEBT_SECS);
                owed.min(self.horizon)
            }
        }
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
        let mut pacing = Pacing::new(Pace::EpochsPerSec(5.0));
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
        let mut pacing = Pacing::new(Pace::EpochsPerSec(100.0));
        (0..1000).for_each(|_| pacing.pass(0.1, 3.0));
        assert!(pacing.allowance(3.0, 3.0, 0.1) <= 3.0 + 100.0 * MAX_DEBT_SECS);
    }
}
