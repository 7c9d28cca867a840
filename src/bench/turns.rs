//! Turns of training: a lab plays for a while, rests, and says how far it has come.

#![expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{BenchError, Watcher};
use crate::lab::{Command, GroupId, Lab, Phase, Question};

/// How often a watcher looks: as often as a terminal is drawn.
const FRAME: Duration = Duration::from_millis(50);

/// A time by which something is to be over.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// So many seconds from now.
    pub fn after(secs: f64) -> Self {
        let now = Instant::now();
        let until = Duration::try_from_secs_f64(secs)
            .ok()
            .and_then(|secs| now.checked_add(secs));
        // Nobody waits longer than a year for a benchmark.
        Self(until.unwrap_or(now + Duration::from_hours(365 * 24)))
    }

    /// Seconds until then; 0 when it has passed.
    pub fn left_secs(self) -> f64 {
        self.0
            .saturating_duration_since(Instant::now())
            .as_secs_f64()
    }

    /// Whether there is time for what takes `secs` at least. What takes next to nothing always has its time.
    pub fn has_time_for(self, secs: f64) -> bool {
        const NEXT_TO_NOTHING: f64 = 0.1;
        secs < NEXT_TO_NOTHING || secs < self.left_secs()
    }

    /// The end of the next of `n` things that share what is left.
    #[must_use]
    pub fn next_of(self, n: f64) -> Self {
        Self::after(self.left_secs() / n.max(1.0))
    }
}

/// Pauses the lab and waits until no worker is busy.
pub(super) fn rest(lab: &Lab) {
    lab.send(Command::Pause);
    while lab.is_moving() {
        sleep(Duration::from_micros(100));
    }
}

/// Lets a resting lab train for `duration`, or for as long as one step takes, and until its last slice is over. Returns the steps of all runs together
/// a second.
///
/// # Errors
/// If a run has stopped.
pub(super) fn train(
    lab: &Lab,
    duration: Duration,
    mut watch: Option<(GroupId, Watcher)>,
) -> Result<f64, BenchError> {
    let before = steps(lab);
    let start = Instant::now();
    lab.send(Command::Play);
    if let Some((group, _)) = &watch {
        // Only now: at rest, a whole look would be made before the first step.
        lab.send(Command::Watch(vec![Question::thinned(*group)]));
    }
    loop {
        let left = duration.saturating_sub(start.elapsed());
        // A step of a large network may take longer than its turn: without one there would be no speed.
        if left.is_zero() && has_moved(lab, &before) {
            break;
        }
        if let Some((_, watch)) = &mut watch {
            watch(lab);
        }
        sleep(left.clamp(Duration::from_millis(1), FRAME));
    }
    // A run that rests is looked at once more if it is watched, which is no part of training.
    lab.send(Command::Watch(Vec::new()));
    rest(lab);
    let secs = start.elapsed().as_secs_f64();
    let snapshot = lab.snapshot();
    for run in snapshot.groups.iter().flat_map(|group| &group.runs) {
        match &run.phase {
            Phase::Diverged { step } => {
                let (rate, step) = (run.rate, *step);
                return Err(BenchError::Diverged { rate, step });
            }
            Phase::Failed(text) => return Err(BenchError::Failed(text.clone())),
            Phase::Running | Phase::Finished => {}
        }
    }
    let n_steps: u64 = steps(lab).iter().sum::<u64>() - before.iter().sum::<u64>();
    Ok(n_steps as f64 / secs)
}

/// Whether a run has made a step since `before`, or none will.
fn has_moved(lab: &Lab, before: &[u64]) -> bool {
    let groups = lab.snapshot().groups;
    let runs = groups.iter().flat_map(|group| &group.runs);
    let mut pairs = runs.zip(before);
    pairs.any(|(run, before)| run.step > *before || !run.phase.is_running())
}

/// The steps that each run of a resting lab has made.
pub(super) fn steps(lab: &Lab) -> Vec<u64> {
    let groups = lab.snapshot().groups;
    let runs = groups.iter().flat_map(|group| &group.runs);
    runs.map(|run| run.step).collect()
}

/// The steps of the run that got on least as a share of those of the one that got on most, `0..=1`.
pub(super) fn fairness(before: &[u64], after: &[u64]) -> f64 {
    let made = || {
        after
            .iter()
            .zip(before)
            .map(|(after, before)| after - before)
    };
    let (least, most) = (made().min().unwrap_or(0), made().max().unwrap_or(0));
    least as f64 / most.max(1) as f64
}

/// The median; 0 of nothing.
pub(super) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
