//! What decides a result beside its settings: the program, the machine's instructions, and the examples themselves.

use serde::Serialize;

use crate::data::Split;
use crate::lab::Experiment;

/// Where results come from, as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The program's version.
    pub version: &'static str,
    /// The instructions of the products: what was used, also where the settings say `auto`.
    pub vectors: &'static str,
    /// The fingerprint of the examples, [`Split::fingerprint`], as 16 hexadecimal digits: a JSON number of 64 bits is not
    /// read back by everybody.
    pub data_fingerprint: String,
}

impl Provenance {
    /// Where the results of `experiment` on `split` come from.
    pub fn of(experiment: &Experiment, split: &Split) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            vectors: experiment.engine.level.name(),
            data_fingerprint: format!("{:016x}", split.fingerprint()),
        }
    }

    /// The same as comments of a settings file: what was used on one machine is no wish for the next, which may not have it.
    pub fn comment(&self) -> String {
        let Self {
            version,
            vectors,
            data_fingerprint,
        } = self;
        format!(
            "# Measured by dropscope {version} with vectors {vectors}.\n# Fingerprint of the examples and labels as used: \
             {data_fingerprint}.\n"
        )
    }
}
