//! What decides a result beside its settings: the program, the machine's instructions, and the examples themselves.

use serde::Serialize;

use crate::data::{Split, ValueScale};
use crate::lab::Experiment;

/// Where results come from, as it is published.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provenance {
    /// The program's version.
    pub version: &'static str,
    /// The instructions of the products: what was used, also where the settings say `auto`.
    pub vectors: &'static str,
    /// The fingerprint of the examples, [`Split::fingerprint`], as 16 hexadecimal digits: a JSON number of 64 bits is not
    /// read back by everybody.
    pub data_fingerprint: String,
    /// In which unit losses are.
    pub loss_unit: &'static str,
    /// The scale on which each value of a regression was learnt; not there for classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values_learnt_as: Vec<Scale>,
}

/// `(value - mean) / deviation`, both in the value's own units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scale {
    mean: f64,
    deviation: f64,
}

impl Provenance {
    /// Where the results of `experiment` on `split` come from.
    pub fn of(experiment: &Experiment, split: &Split) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            vectors: experiment.engine.level.name(),
            data_fingerprint: format!("{:016x}", split.fingerprint()),
            loss_unit: if split.train.is_classification() {
                "nats"
            } else {
                "mean squared error in the values' own units"
            },
            values_learnt_as: split.train.value_scales.iter().map(scale).collect(),
        }
    }

    /// The same as comments of a settings file: what was used on one machine is no wish for the next, which may not have it.
    pub fn comment(&self) -> String {
        let Self {
            version,
            vectors,
            data_fingerprint,
            ..
        } = self;
        format!(
            "# Measured by dropscope {version} with vectors {vectors}.\n# Fingerprint of the examples and labels as used: \
             {data_fingerprint}.\n"
        )
    }
}

fn scale(&ValueScale { mean, deviation }: &ValueScale) -> Scale {
    Scale { mean, deviation }
}
