//! What every command that trains begins with: checked settings, and their data.

use super::failure::Failure;
use crate::config::{self, Face, Settings, Sources};
use crate::data::{self, Split};

/// Reads and checks the settings, loads their data, and checks both against each other.
///
/// # Errors
/// Whatever is wrong with either.
pub fn prepare(sources: &Sources, face: Face) -> Result<(Settings, Split), Failure> {
    let mut settings = config::load(sources, face)?;
    let split = load_data(&mut settings)?;
    Ok((settings, split))
}

/// Loads the data, and checks the settings against them.
pub(super) fn load_data(settings: &mut Settings) -> Result<Split, Failure> {
    let plan = &settings.experiment.data;
    let split = data::load(&plan.spec, &plan.split, plan.key())?;
    settings.fit_data(split.train.len(), split.train.n_inputs())?;
    Ok(split)
}
