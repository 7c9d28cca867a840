//! The parts of the app's state: what is running, what lies over the screen, how things are shown. Plain values; what
//! happens to them is written in the app alone.

use std::path::PathBuf;

use super::crosshair::Crosshair;
use super::field::Field;
use crate::claims::Claim;
use crate::lab::{Command, Experiment, Grain, GroupId};
use crate::tui::prompt::Prompt;
use crate::tui::reader::Reader;

/// What is running, in the words of the top line.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The checked plan.
    pub experiment: Experiment,
    /// Examples in the training split and in the test split.
    pub n_examples: (usize, usize),
    /// What the labels of a file were taken for and how values are learnt, in a few words; `None` for data that leave no
    /// doubt.
    pub labels: Option<String>,
    /// Inputs, hidden widths, outputs.
    pub widths: Vec<usize>,
    /// The shape of an example, whose product is the number of inputs: rows and columns of an image.
    pub item_shape: Vec<usize>,
    /// Whether the targets are classes; otherwise losses are squared errors, and there is R² and no accuracy.
    pub is_classification: bool,
}

impl Facts {
    /// Steps in one pass over the training split.
    pub fn steps_per_epoch(&self) -> u64 {
        let batch_size = self.experiment.batch_size.max(1);
        self.n_examples.0.div_ceil(batch_size).max(1) as u64
    }
}

/// What lies over the screen and takes the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// The explanation of what is on the screen, and where its reader is.
    Help(Reader),
    /// A text being typed.
    Typing(Field),
    /// The line in which a verb is typed.
    Prompt(Prompt),
    /// A question that a yes answers, before training is lost.
    Asking(Question),
}

/// What is asked before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether to remove a group.
    Remove(GroupId),
    /// Whether to start a group again.
    Restart(GroupId),
}

/// A word about the last key.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What is said, in a line.
    pub words: String,
    /// When, in seconds after the lab was opened.
    pub since_secs: f64,
}

impl Message {
    /// Seconds for which it stands, where no key comes before.
    pub const LASTS_SECS: f64 = 4.0;
}

/// How things are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Whether the focused pane has the whole middle of the screen.
    pub is_zoomed: bool,
    /// The grain of a single step.
    pub grain: Grain,
    /// What the curves show.
    pub metric: Metric,
    /// Whether the curves' vertical axis is logarithmic (losses only; other values have no logarithm).
    pub is_log: bool,
    /// Where the crosshair is, if there is one.
    pub crosshair: Option<Crosshair>,
    /// Which dropped layer's masks are shown: 0 for the first that has any.
    pub mask_layer: usize,
    /// The first unit of it that is shown, where not all fit.
    pub first_unit: usize,
    /// The claim whose evidence is shown.
    pub claim: Claim,
    /// The group that claims compare others with; `None` for the one of the lowest rate.
    pub reference: Option<GroupId>,
    /// The pace to come back to from full speed, in epochs per second.
    pub pace_before: f64,
}

/// What the curves show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metric {
    /// Test loss, and the selected runs' training loss.
    #[default]
    Loss,
    /// Test accuracy, and the selected runs' training accuracy.
    Accuracy,
    /// R² on the test examples, and on the training examples of the selected runs: what a regression has for accuracy.
    R2,
    /// Test loss less training loss.
    Gap,
}

/// What an update asks of the loop.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Send this to the lab.
    Send(Command),
    /// Save the lab into this folder: what repeats it, and every run's curves.
    Save(PathBuf),
    /// Write what is on the screen, and the focused pane's numbers, into new files.
    Write,
    /// Draw the screen anew.
    Redraw,
    /// Suspend the program.
    Suspend,
    /// Leave.
    Quit,
}
