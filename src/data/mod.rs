//! Stand-in until the data layer is merged.

/// Where the examples come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec(pub String);

/// How they are split.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitPlan {
    /// Training examples.
    pub n_train: Option<usize>,
    /// Test examples.
    pub n_test: Option<usize>,
    /// Share of training labels replaced.
    pub label_noise: f64,
}
