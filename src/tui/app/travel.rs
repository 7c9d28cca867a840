//! Ways along something in a row: evaluations, units, rows of the table.

/// A way along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Travel {
    /// This many further, or back.
    By(isize),
    /// This many pages further, or back.
    ByPages(isize),
    /// To the first one.
    ToFirst,
    /// To the last one.
    ToLast,
}
