//! Whether a curve is still coming down.

use super::{LEADING_ALPHA, Trace, smoothed};
use crate::math::statistics;

/// How far a curve has come down of late.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fall {
    /// The mean over seeds of the averaged values now.
    pub now: f64,
    /// By how much it was higher.
    pub by: f64,
}

/// The least fall that is one, as a share of the value.
const LEAST_FALL: f64 = 0.01;

/// By how much the averages of all seeds have come down over the last `n_epochs` epochs; `None` where one has not, where it is less
/// than 1 % of the value, and before there are as many epochs.
pub fn fall(epochs: &[f64], trace: &Trace, n_epochs: f64) -> Option<Fall> {
    let last = epochs.len().checked_sub(1)?;
    let then = epochs.partition_point(|&epoch| epoch <= epochs[last] - n_epochs);
    let then = then.checked_sub(1)?;
    let of_seed = |values: &Vec<f64>| {
        let averages = smoothed(values, LEADING_ALPHA);
        (averages[then], averages[last])
    };
    let seeds: Vec<(f64, f64)> = trace.seeds.iter().map(of_seed).collect();
    let do_all_fall = seeds.iter().all(|(then, now)| then > now);
    let falls: Vec<f64> = seeds.iter().map(|(then, now)| then - now).collect();
    let nows: Vec<f64> = seeds.iter().map(|(_, now)| *now).collect();
    let fall = Fall {
        now: statistics::mean(&nows),
        by: statistics::mean(&falls),
    };
    (do_all_fall && fall.by >= LEAST_FALL * fall.now.abs()).then_some(fall)
}
