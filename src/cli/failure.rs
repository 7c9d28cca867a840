//! Why a command ended without its result, and with which exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::bench::BenchError;
use crate::config::Problems;
use crate::data::DataError;
use crate::lab::LabError;
use crate::report::FolderError;
use crate::text::visible;
use crate::tui::TuiError;

/// Why a command ended without its result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The folder for the results cannot be used.
    #[error("--out: {}{}", .0, or_force(.0))]
    Folder(#[from] FolderError),
    /// The lab could not be opened.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// There are no figures.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The lab in the terminal could not be opened, or ended.
    #[error(transparent)]
    Tui(#[from] TuiError),
    /// A file could not be written.
    #[error("{path} could not be written: {reason}", path = visible(path.display()))]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The results could not be printed.
    #[error("standard output: {0}")]
    Output(io::Error),
    /// The terminal or the system did not do what was asked.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// What else is accepted of a folder on the command line.
fn or_force(error: &FolderError) -> &'static str {
    match error {
        FolderError::NotEmpty(_) => ", or --force to overwrite",
        _ => "",
    }
}

impl Failure {
    /// 2 where the user can put it right before anything starts, 1 where the work itself failed.
    pub fn exit_code(&self) -> ExitCode {
        let is_put_right_before = match self {
            Self::Settings(_)
            | Self::Data(_)
            | Self::Tui(TuiError::Settings(_) | TuiError::NotATerminal(_)) => true,
            Self::Lab(error)
            | Self::Tui(TuiError::Lab(error))
            | Self::Bench(BenchError::Lab(error)) => {
                matches!(error, LabError::NoiseShape(_) | LabError::Memory(_))
            }
            Self::Folder(error) => !matches!(error, FolderError::Unwritten { .. }),
            Self::Tui(TuiError::Terminal(_))
            | Self::Bench(_)
            | Self::System(_)
            | Self::Unwritten { .. }
            | Self::Output(_) => false,
        };
        ExitCode::from(if is_put_right_before { 2 } else { 1 })
    }

    /// What to tell the user: a message for each thing that is wrong.
    pub fn messages(&self) -> Vec<String> {
        match self {
            Self::Settings(Problems(problems))
            | Self::Tui(TuiError::Settings(Problems(problems))) => {
                problems.iter().map(ToString::to_string).collect()
            }
            other => vec![other.to_string()],
        }
    }
}
