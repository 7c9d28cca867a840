//! The progress line on standard error; nothing where that is no terminal.

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::lab::{LabSnapshot, Limit, Phase, RunSnapshot};

/// The bar's length where a limit has no whole number of units.
const N_PARTS: u64 = 1000;

/// Cells of the drawn bar.
const N_CELLS: u64 = 10;

/// How far the least advanced run is, of how far all have to go.
pub struct Progress {
    bar: ProgressBar,
    limit: Option<Limit>,
}

impl Progress {
    /// An empty bar for runs that stop at `limit`.
    pub fn new(limit: Option<Limit>) -> Self {
        let length = match limit {
            Some(Limit::Epochs(n) | Limit::Steps(n)) => n,
            Some(Limit::Seconds(_)) | None => N_PARTS,
        };
        let bar = ProgressBar::new(length);
        // The whole line is one message, because only that is cut at the width of the terminal: a line that wraps is
        // drawn again below itself.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, limit }
    }

    /// Draws the state of `snapshot`.
    pub fn show(&self, snapshot: &LabSnapshot) {
        let runs = snapshot.groups.iter().flat_map(|group| &group.runs);
        let running = runs.filter(|run| run.phase == Phase::Running);
        let position = match self.limit {
            Some(Limit::Seconds(secs)) => {
                Some((snapshot.elapsed_secs / secs * N_PARTS as f64) as u64)
            }
            Some(Limit::Steps(_)) => running.map(|run| run.step).min(),
            Some(Limit::Epochs(_)) | None => running.map(|run| run.epoch as u64).min(),
        };
        if let Some(position) = position {
            self.bar.set_position(position);
        }
        let best = best(snapshot).map(|best| format!(", {best}"));
        let line = format!("{}{}", self.line(snapshot), best.unwrap_or_default());
        self.bar.set_message(line);
    }

    /// The bar and what it counts, the most important first: in a narrow terminal the rest is cut off.
    fn line(&self, snapshot: &LabSnapshot) -> String {
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(N_PARTS));
        let counted = match self.limit {
            Some(Limit::Epochs(_)) => format!("{done} of {all} epochs"),
            Some(Limit::Steps(_)) => format!("{done} of {all} steps"),
            Some(Limit::Seconds(secs)) => format!("{:.0} of {secs} s", snapshot.elapsed_secs),
            None => format!("{:.0} s", snapshot.elapsed_secs),
        };
        let left = HumanDuration(self.bar.eta());
        format!("{} {counted}, {left:#} left", drawn(done, all))
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// `[====>     ]`.
fn drawn(done: u64, all: u64) -> String {
    let n_full = (N_CELLS * done.min(all) / all.max(1)) as usize;
    let width = N_CELLS as usize;
    let tip = if n_full < width { ">" } else { "" };
    format!("[{:<width$}]", "=".repeat(n_full) + tip)
}

/// The run with the lowest test loss, in words.
fn best(snapshot: &LabSnapshot) -> Option<String> {
    let runs = snapshot.groups.iter().flat_map(|group| &group.runs);
    let loss = |run: &RunSnapshot| {
        run.latest
            .as_ref()
            .map(|latest| latest.test_loss)
            .filter(|loss| loss.is_finite())
    };
    let measured = runs.filter_map(|run| Some((loss(run)?, run.rate)));
    let (loss, rate) = measured.min_by(|one, other| one.0.total_cmp(&other.0))?;
    let varied = snapshot.varied.words();
    Some(format!("best: {varied} {rate}, test loss {loss:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_has_as_many_cells_at_every_position() {
        for (done, expected) in [
            (0, "[>         ]"),
            (49, "[====>     ]"),
            (100, "[==========]"),
            (200, "[==========]"),
        ] {
            assert_eq!(drawn(done, 100), expected);
        }
    }
}
