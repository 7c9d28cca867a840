//! The checked plan of an experiment: everything that decides its numbers, in ranges that make sense.
//!
//! An [`Experiment`] is made by `config`, which checks the user's settings and names what is wrong with them. From
//! here on every number is trusted.

use crate::data::{Spec, SplitPlan};
use crate::nn::{Activation, DropRate, Engine, Init, NoiseShape};
use crate::train::OptimizerPlan;

/// A checked plan: groups of networks, alike but for how units are dropped, trained on the same data.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// The name of the preset that this is, such as `rescue`; `None` with other data than the preset's, or without one.
    pub preset: Option<String>,
    /// Where the examples come from.
    pub data: Spec,
    /// How they are split, and how many training labels are replaced at random.
    pub split: SplitPlan,
    /// The shape of every network.
    pub network: Network,
    /// In what the groups of runs differ; at least one.
    pub groups: Vec<GroupPlan>,
    /// How weights are updated.
    pub optimizer: OptimizerPlan,
    /// Examples in one step; at least 1.
    pub batch_size: usize,
    /// The first seed. The k-th run of every group has seed `seed + k`: the same initial weights, the same batches, and
    /// nested masks. The split of the data depends on this seed alone.
    pub seed: u64,
    /// Paired seeds in each group; at least 1.
    pub n_seeds: usize,
    /// The epochs at which the claims are decided, in rising order; with none there are estimates and no verdicts.
    pub decide_at: Vec<u64>,
    /// When to stop; the lab in the terminal trains until it is stopped.
    pub limit: Option<Limit>,
    /// How fast to go.
    pub pace: Pace,
    /// Worker threads; at least 1.
    pub n_threads: usize,
    /// How passes are computed.
    pub engine: Engine,
    /// Whether networks are evaluated on the way; without it only at the beginning and at the end, as
    /// benchmarks want it.
    pub evaluates: bool,
    /// A step at which the first run of the last group panics, to try out what that does to the rest.
    pub panic_at_step: Option<u64>,
}

/// How units are dropped in one group of runs. Nothing else differs between groups.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupPlan {
    /// The drop rate of the input.
    pub input_rate: DropRate,
    /// The drop rate of every hidden layer.
    pub hidden_rate: DropRate,
    /// Along which axes masks are shared.
    pub noise_shape: NoiseShape,
}

/// Which of its rates a group goes by, because that is where the groups of an experiment differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Varied {
    /// The rate of the hidden layers.
    #[default]
    HiddenRate,
    /// The rate of the input.
    InputRate,
}

impl Varied {
    /// The rate in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::HiddenRate => "rate",
            Self::InputRate => "input rate",
        }
    }
}

impl GroupPlan {
    /// A group whose hidden layers drop units at this rate, one mask for each batch, and whose input is whole.
    pub fn of_rate(hidden_rate: DropRate) -> Self {
        Self {
            input_rate: DropRate::NONE,
            hidden_rate,
            noise_shape: NoiseShape::per_batch(),
        }
    }

    /// The rate that the group goes by.
    pub fn rate(&self, varied: Varied) -> DropRate {
        match varied {
            Varied::HiddenRate => self.hidden_rate,
            Varied::InputRate => self.input_rate,
        }
    }

    /// The same group with another rate to go by.
    #[must_use]
    pub fn with_rate(mut self, varied: Varied, rate: DropRate) -> Self {
        match varied {
            Varied::HiddenRate => self.hidden_rate = rate,
            Varied::InputRate => self.input_rate = rate,
        }
        self
    }
}

impl Experiment {
    /// The group that comes first.
    ///
    /// # Panics
    /// If there is none.
    pub fn first_group(&self) -> &GroupPlan {
        self.groups.first().expect("an experiment has a group")
    }

    /// What it goes by: the preset, or else the data.
    pub fn title(&self) -> String {
        self.preset.clone().unwrap_or_else(|| self.data.to_string())
    }

    /// The rate of the input where there are no hidden layers, or where it alone differs; else that of the hidden layers.
    pub fn varied(&self) -> Varied {
        let differs = |varied: Varied| {
            let mut pairs = self.groups.windows(2);
            pairs.any(|pair| pair[0].rate(varied) != pair[1].rate(varied))
        };
        let only_input = !differs(Varied::HiddenRate) && differs(Varied::InputRate);
        if self.network.hidden.is_empty() || only_input {
            Varied::InputRate
        } else {
            Varied::HiddenRate
        }
    }
}

/// The shape of a multilayer perceptron without its first and last widths, which the data decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Units of each hidden layer, first to last; may be empty, then the model is linear.
    pub hidden: Vec<usize>,
    /// The activation function of every hidden unit.
    pub activation: Activation,
    /// How weights start.
    pub init: Init,
}

/// When a run is finished.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// After so many passes over the training split.
    Epochs(u64),
    /// After so many updates.
    Steps(u64),
    /// After so many seconds of training, measured on the clock; not reproducible.
    Seconds(f64),
}

/// How fast an experiment is allowed to go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// At most so many epochs a second, so that it can be watched.
    EpochsPerSec(f64),
    /// As fast as the machine can.
    FullSpeed,
}
