//! The checked plan of an experiment: everything that decides its numbers, in ranges that make sense.
//!
//! An [`Experiment`] is made by `config`, which checks the user's settings and names what is wrong with them. From
//! here on every number is trusted.

use crate::data::{Spec, SplitPlan};
use crate::math::random::Key;
use crate::nn::{Activation, DropRate, Engine, Init};
use crate::train::{NoiseChange, NoisePlan, OptimizerPlan, TrainerPlan};

/// A checked plan: groups of networks, alike but for how units are dropped, trained on the same data.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// The name of the preset that this is, such as `rescue`; `None` with other data than the preset's, or without one.
    pub preset: Option<String>,
    /// What is learnt.
    pub data: DataPlan,
    /// The shape of every network.
    pub network: Network,
    /// In what the groups of runs differ; at least one.
    pub groups: Vec<GroupPlan>,
    /// What is changed while runs train, in the order of the steps of each.
    pub changes: Vec<PlannedChange>,
    /// How weights are updated.
    pub optimizer: OptimizerPlan,
    /// Examples in one step; at least 1.
    pub batch_size: usize,
    /// The first seed. The k-th run of every group has seed `seed + k`: the same initial weights, the same batches, and
    /// nested masks. The data have a seed of their own.
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
    /// Whether runs leave checkpoints behind, so that somebody can look back without waiting.
    pub keeps_past: bool,
    /// A step at which the first run of the last group panics, to try out what that does to the rest.
    pub panic_at_step: Option<u64>,
}

/// The examples of an experiment: the same plan makes the same examples.
#[derive(Debug, Clone, PartialEq)]
pub struct DataPlan {
    /// Where they come from.
    pub spec: Spec,
    /// How they are split, and how many training labels are replaced at random.
    pub split: SplitPlan,
    /// Decides what is random about them: which they are, their split, the replaced labels.
    pub seed: u64,
}

impl DataPlan {
    /// The key of everything that is random about them.
    pub fn key(&self) -> Key {
        Key::new(self.seed).child("data")
    }
}

/// What is special about one group of runs. Nothing else differs between groups.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupPlan {
    /// How units are dropped.
    pub noise: NoisePlan,
}

/// A change in one run at a step that is known beforehand, as when an experiment is repeated that was changed live. Runs of a
/// group are changed at steps of their own: those at which each of them took a live change.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedChange {
    /// The run's group, by its place in [`Experiment::groups`].
    pub group_idx: usize,
    /// The run's seed.
    pub seed: u64,
    /// Updates made before it; at 0 the run begins with it.
    pub step: u64,
    /// What is changed.
    pub to: NoiseChange,
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
    /// The change of that rate.
    pub fn change(self, rate: DropRate) -> NoiseChange {
        match self {
            Self::HiddenRate => NoiseChange::HiddenRate(rate),
            Self::InputRate => NoiseChange::InputRate(rate),
        }
    }

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
        Self::of_noise(NoisePlan::of_rate(hidden_rate))
    }

    /// A group whose units are dropped like this.
    pub fn of_noise(noise: NoisePlan) -> Self {
        Self { noise }
    }

    /// The rate that the group goes by.
    pub fn rate(&self, varied: Varied) -> DropRate {
        match varied {
            Varied::HiddenRate => self.noise.hidden_rate,
            Varied::InputRate => self.noise.input_rate,
        }
    }

    /// The same group with another rate to go by.
    #[must_use]
    pub fn with_rate(mut self, varied: Varied, rate: DropRate) -> Self {
        match varied {
            Varied::HiddenRate => self.noise.hidden_rate = rate,
            Varied::InputRate => self.noise.input_rate = rate,
        }
        self
    }
}

impl Experiment {
    /// A small one that is over in a moment, for tests and benchmarks to start from: two moons, two groups of two seeds, 30
    /// epochs at full speed.
    pub fn example() -> Self {
        Self {
            preset: None,
            data: DataPlan {
                spec: Spec::Moons,
                split: SplitPlan {
                    n_train: Some(100),
                    n_test: Some(100),
                    label_noise: 0.1,
                },
                seed: 7,
            },
            network: Network {
                hidden: vec![24, 24],
                activation: Activation::Relu,
                init: Init::He,
            },
            groups: [0.0, 0.5]
                .map(|rate| GroupPlan::of_rate(DropRate::saturating(rate)))
                .to_vec(),
            changes: Vec::new(),
            optimizer: OptimizerPlan::sgd(0.02),
            batch_size: 16,
            seed: 7,
            n_seeds: 2,
            decide_at: Vec::new(),
            limit: Some(Limit::Epochs(30)),
            pace: Pace::FullSpeed,
            n_threads: 2,
            engine: Engine::default(),
            evaluates: true,
            keeps_past: false,
            panic_at_step: None,
        }
    }

    /// How the network of this seed trains in a group of this kind.
    pub fn trainer_plan(&self, group: &GroupPlan, seed: u64) -> TrainerPlan {
        TrainerPlan {
            hidden: self.network.hidden.clone(),
            activation: self.network.activation,
            init: self.network.init,
            noise: group.noise.clone(),
            optimizer: self.optimizer,
            batch_size: self.batch_size,
            seed,
            engine: self.engine,
        }
    }

    /// The group that comes first.
    ///
    /// # Panics
    /// If there is none.
    pub fn first_group(&self) -> &GroupPlan {
        self.groups.first().expect("an experiment has a group")
    }

    /// What it goes by: the preset, or else the data.
    pub fn title(&self) -> String {
        self.preset
            .clone()
            .unwrap_or_else(|| self.data.spec.to_string())
    }

    /// The rate of the input where there are no hidden layers, or where it alone differs or is changed; else that of the
    /// hidden layers.
    pub fn varied(&self) -> Varied {
        let changes = self.changes.iter().map(|change| &change.to);
        let mut changed = changes.filter_map(|to| match to {
            NoiseChange::InputRate(_) => Some(Varied::InputRate),
            NoiseChange::HiddenRate(_) => Some(Varied::HiddenRate),
            NoiseChange::NoiseShape(_) | NoiseChange::Held(_) => None,
        });
        if let Some(varied) = changed.next() {
            return varied;
        }
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

impl Network {
    /// Which functions it can be: its activation in a word, `linear` without hidden layers, which have none to apply.
    pub fn function(&self) -> &'static str {
        if self.hidden.is_empty() {
            Activation::Linear.name()
        } else {
            self.activation.name()
        }
    }
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
