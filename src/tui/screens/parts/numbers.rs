//! Tables of the numbers behind what is drawn.

use crate::lab::GroupSnapshot;
use crate::tui::format;

/// A table of numbers: names of columns, and rows as long as they; `None` for what is not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Numbers {
    /// What each column is.
    pub head: Vec<String>,
    /// The rows, in the order in which they are drawn.
    pub rows: Vec<Vec<Option<f64>>>,
}

/// What a column that is about a group is called.
pub(in crate::tui::screens) fn group_name(group: &GroupSnapshot) -> String {
    format!("{} {}", group.letter, format::rate(group.rate.value()))
}
