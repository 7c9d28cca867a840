//! Saving a lab that is open: what repeats it, and every run's curves.
//!
//! The face in the terminal knows nothing of files of results, and the report nothing of settings: here both are put
//! together, as a function that the face calls when the user asks for it.

use std::path::Path;
use std::sync::Arc;

use super::{shell_word, typed};
use crate::config::{Settings, paths};
use crate::data::Split;
use crate::lab::LabSnapshot;
use crate::report::{self, Provenance, Repeat};
use crate::text::visible;
use crate::tui::Save;

/// How a lab that was opened with these settings on these data is saved.
pub fn of(settings: &Settings, split: &Split) -> Save {
    let (settings, provenance) = (
        settings.clone(),
        Provenance::of(&settings.experiment, split),
    );
    Arc::new(move |folder: &Path, lab: &LabSnapshot| {
        let folder = paths::expanded(folder);
        match save(&settings, &provenance, &folder, lab) {
            Ok(()) => format!(
                "saved; to begin it again: dropscope --config {}",
                visible(folder.join("experiment.toml").display())
            ),
            Err(problems) => format!("not saved: {}", problems.join("; ")),
        }
    })
}

fn save(
    settings: &Settings,
    provenance: &Provenance,
    folder: &Path,
    lab: &LabSnapshot,
) -> Result<(), Vec<String>> {
    let settings = settings.of_lab(lab).map_err(|problems| {
        problems
            .0
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    })?;
    let repeat = Repeat {
        experiment_toml: settings.experiment_toml(),
        experiment: settings.experiment_table(),
        command: command(&settings, folder),
    };
    report::save_lab(folder, lab, provenance.clone(), &repeat)
        .map_err(|errors| errors.iter().map(visible).collect())
}

/// The command line that repeats the runs, with a comment where only the file beside it can.
fn command(settings: &Settings, folder: &Path) -> String {
    match settings.shortest() {
        Ok(given) => format!("dropscope train {}\n", typed(&given)),
        Err(reason) => {
            let file = folder.join("experiment.toml");
            let file = std::path::absolute(&file).unwrap_or(file);
            let file = shell_word(&file.to_string_lossy());
            format!("# No flags say it: {reason}.\ndropscope train --config {file}\n")
        }
    }
}
