//! Stand-in until the data layer is merged.

use std::fmt;
use std::str::FromStr;

use crate::math::random::Key;

/// Where the examples come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec(pub String);

const NAMES: [&str; 8] = [
    "digits",
    "moons",
    "circles",
    "spiral",
    "xor",
    "gauss",
    "regression",
    "linear",
];

impl FromStr for Spec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let is_file = ["mnist:", "idx:", "csv:"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if is_file || NAMES.contains(&text) {
            return Ok(Self(text.to_owned()));
        }
        Err(DataError(format!(
            "unknown data `{text}`; accepted: {}, mnist:DIR, idx:IMAGES,LABELS, csv:FILE",
            NAMES.join(", ")
        )))
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Spec {
    /// Every kind of data, with one line of meaning.
    pub fn catalogue() -> Vec<(&'static str, &'static str)> {
        NAMES.iter().map(|name| (*name, "a stand-in")).collect()
    }
}

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

/// Stand-in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DataError(pub String);

/// Stand-in.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Name.
    pub name: String,
    /// Shape.
    pub item_shape: Vec<usize>,
    n: usize,
}

impl Dataset {
    /// Examples.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Numbers of one example.
    pub fn n_inputs(&self) -> usize {
        self.item_shape.iter().product()
    }

    /// Classes.
    pub fn n_outputs(&self) -> usize {
        10
    }

    /// Whether the targets are classes.
    pub fn is_classification(&self) -> bool {
        true
    }
}

/// Stand-in.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Training split.
    pub train: Dataset,
    /// Test split.
    pub test: Dataset,
    /// Labels replaced.
    pub n_relabelled: usize,
    /// Labels that differ.
    pub n_wrong: usize,
}

/// Stand-in.
///
/// # Errors
/// For files.
pub fn load(spec: &Spec, plan: &SplitPlan, _key: Key) -> Result<Split, DataError> {
    if let Some((_, path)) = spec.0.split_once(':') {
        return Err(DataError(format!("{path}: no such file")));
    }
    let set = |n: usize| Dataset {
        name: spec.0.clone(),
        item_shape: vec![8, 8],
        n,
    };
    let n_train = plan.n_train.unwrap_or(500);
    let n_relabelled = (plan.label_noise * n_train as f64) as usize;
    Ok(Split {
        train: set(n_train),
        test: set(plan.n_test.unwrap_or(797)),
        n_relabelled,
        n_wrong: n_relabelled,
    })
}
