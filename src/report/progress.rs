//! The progress bar on standard error; nothing where that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

use crate::lab::{LabSnapshot, Limit, Phase, RunSnapshot};

/// The bar's length where a limit has no whole number of units.
const N_PARTS: u64 = 1000;

/// How far the least advanced run is, of how far all have to go.
pub struct Progress {
    bar: ProgressBar,
    limit: Option<Limit>,
}

impl Progress {
    /// An empty bar for runs that stop at `limit`.
    pub fn new(limit: Option<Limit>) -> Self {
        let (length, unit) = match limit {
            Some(Limit::Epochs(n_epochs)) => (n_epochs, "{pos} of {len} epochs, {per_sec}"),
            Some(Limit::Steps(n_steps)) => (n_steps, "{pos} of {len} steps, {per_sec}"),
            Some(Limit::Seconds(_)) | None => (N_PARTS, "{elapsed}"),
        };
        let bar = ProgressBar::new(length);
        let template = format!("{{wide_bar}} {unit}, {{eta}} left {{msg}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("=> "));
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
        self.bar.set_message(best(snapshot).unwrap_or_default());
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
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
    Some(format!("(best: rate {rate}, test loss {loss:.3})"))
}
