//! Examples and labels.
