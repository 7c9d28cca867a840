//! From a lab as it is to settings that repeat it, and from settings to the shortest command line that says them.
//!
//! What happened live becomes a plan: a group is what it began with, and every change that one of its runs took is a change
//! planned for that run. Where a group was added late does not matter, as what a run computes follows from its steps alone.

use std::collections::BTreeSet;

use toml::Value;

use super::layer::Layer;
use super::problem::Origin;
use super::{
    DATA, Face, Problems, Settings, Sources, changes, checked, file, groups, manual, paths,
};
use crate::lab::{
    Experiment, GroupSnapshot, LabSnapshot, Limit, PlannedChange, RunSnapshot, Varied,
};
use crate::train::{NoiseChange, NoisePlan};

/// Why no command line says an experiment, and only a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCommand {
    /// It has changes while runs train.
    #[error("rates or masks were changed while runs trained, at steps of each run's own")]
    Changes,
    /// It has several noise shapes, one for each group.
    #[error("its groups have noise shapes of their own")]
    NoiseShapes,
    /// The settings file that would be read stands in the way.
    #[error("your settings file says something that no flag takes back")]
    File,
}

impl Settings {
    /// Settings of an experiment whose runs are those of the lab: the groups that are there, what they began with, the seeds
    /// that were added, and every live change at the step at which each run took it. It ends with the epoch that the
    /// most advanced run is in, unless it has an end of its own.
    ///
    /// # Errors
    /// If the lab has no group; other experiments that run are accepted.
    pub fn of_lab(&self, lab: &LabSnapshot) -> Result<Self, Problems> {
        let mut merged = self.merged.clone();
        let mut put = |setting: &str, value: Value| merged.put(setting, value, Origin::Set);
        let noises: Vec<NoisePlan> = lab
            .groups
            .iter()
            .filter_map(|group| Some(group.runs.first()?.noise_at(0, lab.varied)))
            .collect();
        let has_hidden = !self.experiment.network.hidden.is_empty();
        for (setting, value) in dropout(&noises, has_hidden) {
            put(setting, value);
        }
        put("run.seeds", number(lab.n_seeds() as u64));
        if !has_failed_last(lab) {
            put("run.panic_at_step", word("none"));
        }
        if matches!(self.experiment.limit, None | Some(Limit::Seconds(_))) {
            let runs = lab.groups.iter().flat_map(|group| &group.runs);
            let epochs = runs.map(|run| run.epoch).fold(1.0, f64::max).ceil();
            put("training.epochs", number(epochs as u64));
            put("training.seconds", word("none"));
        }
        let changes = lab.groups.iter().zip(&noises).enumerate();
        let changes =
            changes.flat_map(|(idx, (group, noise))| changes_of(idx, group, noise, lab.varied));
        merged.put_changes(
            changes.map(|change| changes::entry(&change)).collect(),
            &Origin::Set,
        );
        let settings = checked(merged, Vec::new(), self.library.clone(), Face::Headless)?;
        Ok(Self {
            keys: self.keys.clone(),
            screen: self.screen.clone(),
            ..settings
        })
    }

    /// The fewest settings by name and value that say this experiment on a command line, whether the user's own
    /// settings file is read or not. Pace and threads change no number and are left out.
    ///
    /// # Errors
    /// If only a file can say it.
    pub fn shortest(&self) -> Result<Vec<(String, String)>, NoCommand> {
        if !self.experiment.changes.is_empty() {
            return Err(NoCommand::Changes);
        }
        let shapes = self.merged.leaf("dropout.noise_shape");
        if shapes.is_some_and(|leaf| leaf.value.is_array()) {
            return Err(NoCommand::NoiseShapes);
        }
        let says = |given: &[(String, String)]| {
            let mut files = [Layer::new(), own_file()].into_iter();
            files.all(|file| self.is_said_by(file, given))
        };
        let mut given = self.candidates();
        if !says(&given) {
            return Err(NoCommand::File);
        }
        // From the last: what stands first, the preset and the data, decides the defaults of the rest.
        for idx in (0..given.len()).rev() {
            let mut fewer = given.clone();
            fewer.remove(idx);
            if says(&fewer) {
                given = fewer;
            }
        }
        Ok(given)
    }

    /// Every setting of the experiment that differs from what holds with the same preset and data, or that the user's
    /// file sets.
    fn candidates(&self) -> Vec<(String, String)> {
        let text = |setting: &str| {
            let leaf = self.merged.leaf(setting)?;
            Some(if setting == DATA {
                paths::absolute(&self.experiment.data.spec)
            } else {
                typed(&leaf.value)
            })
        };
        let first = ["preset", DATA].into_iter();
        let mut given: Vec<(String, String)> = first
            .filter_map(|setting| Some((setting.to_owned(), text(setting)?)))
            .collect();
        let (base, _) = super::merge_layers(Default::default(), &sources(&given), &self.library);
        let files: BTreeSet<String> = own_file().into_keys().collect();
        for entry in manual::entries() {
            let setting = entry.setting.as_str();
            let is_same = || base.leaf(setting).map(|leaf| typed(&leaf.value)) == text(setting);
            let is_known = given.iter().any(|(known, _)| known == setting);
            if decides_numbers(entry) && !is_known && (files.contains(setting) || !is_same()) {
                given.extend(text(setting).map(|text| (setting.to_owned(), text)));
            }
        }
        given
    }

    /// Whether these settings of a command line make this experiment over a settings file.
    fn is_said_by(&self, file: Layer, given: &[(String, String)]) -> bool {
        let file = (file, Vec::new());
        let (merged, problems) = super::merge_layers(file, &sources(given), &self.library);
        let Ok(settings) = checked(merged, problems, self.library.clone(), Face::Lab) else {
            return false;
        };
        let alike = |experiment: &Experiment| {
            let mut experiment = Experiment {
                pace: self.experiment.pace,
                n_threads: self.experiment.n_threads,
                ..experiment.clone()
            };
            if let Ok(spec) = paths::absolute(&experiment.data.spec).parse() {
                experiment.data.spec = spec;
            }
            experiment
        };
        alike(&settings.experiment) == alike(&self.experiment)
    }
}

fn own_file() -> Layer {
    file::layer(None).0
}

fn sources(given: &[(String, String)]) -> Sources {
    let sets = given
        .iter()
        .map(|(setting, text)| format!("{setting}={text}"));
    Sources {
        sets: sets.collect(),
        ..Sources::default()
    }
}

/// Whether a setting has to do with the numbers of an experiment.
fn decides_numbers(entry: &manual::Entry) -> bool {
    let is_speed = matches!(entry.setting.as_str(), "run.pace" | "run.threads");
    entry.table() != "screen" && !is_speed
}

/// A value as it is typed.
fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => number.to_string(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(typed).collect();
            values.join(",")
        }
        other => other.to_string(),
    }
}

fn word(word: &str) -> Value {
    Value::String(word.to_owned())
}

fn number(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The table `[dropout]` of groups that begin like this.
fn dropout(noises: &[NoisePlan], has_hidden: bool) -> [(&'static str, Value); 4] {
    let hidden = noises
        .iter()
        .map(|noise| Value::Float(noise.hidden_rate.value()));
    let input = noises
        .iter()
        .map(|noise| Value::Float(noise.input_rate.value()));
    let input: Vec<Value> = input.collect();
    // Without hidden layers the groups are those of the input's rates.
    let input = if has_hidden {
        one_or_each(input, Value::Integer(0))
    } else {
        Value::Array(input)
    };
    let words: Vec<_> = noises
        .iter()
        .map(|noise| groups::shape_words(&noise.noise_shape))
        .collect();
    let are_words = words.iter().all(|(setting, _)| *setting == "mask");
    let shapes = noises.iter().zip(words).map(|(noise, (_, short))| {
        word(&if are_words {
            short
        } else {
            groups::entries_of(&noise.noise_shape)
        })
    });
    let shapes = one_or_each(shapes.collect(), word("batch"));
    let (mask, noise_shape) = if are_words {
        (shapes, word("auto"))
    } else {
        (word("auto"), shapes)
    };
    [
        ("dropout.rates", Value::Array(hidden.collect())),
        ("dropout.input_rate", input),
        ("dropout.mask", mask),
        ("dropout.noise_shape", noise_shape),
    ]
}

/// A value that all share, or the list of them; `none` without any.
fn one_or_each(values: Vec<Value>, none: Value) -> Value {
    match values.first() {
        None => none,
        Some(first) if values.iter().all(|value| value == first) => first.clone(),
        Some(_) => Value::Array(values),
    }
}

/// The changes of all runs of a group that is planned to begin with `planned`.
fn changes_of(
    group_idx: usize,
    group: &GroupSnapshot,
    planned: &NoisePlan,
    varied: Varied,
) -> Vec<PlannedChange> {
    let of_run = |run: &std::sync::Arc<RunSnapshot>| {
        let begun = differences(planned, &run.noise_at(0, varied));
        let begun = begun.into_iter().map(|to| (0, to));
        // What holds from the first step on is what the run began with, but for a mask that is held.
        let later = run.changes(varied).into_iter();
        let later = later.filter(|(step, to)| *step > 0 || matches!(to, NoiseChange::Held(_)));
        let seed = run.seed;
        let planned = begun.chain(later).map(move |(step, to)| PlannedChange {
            group_idx,
            seed,
            step,
            to,
        });
        planned.collect::<Vec<_>>()
    };
    group.runs.iter().flat_map(of_run).collect()
}

/// The changes from one plan to another.
fn differences(from: &NoisePlan, to: &NoisePlan) -> Vec<NoiseChange> {
    let changes = [
        NoiseChange::InputRate(to.input_rate),
        NoiseChange::HiddenRate(to.hidden_rate),
        NoiseChange::NoiseShape(to.noise_shape.clone()),
    ];
    let is_one = |change: &NoiseChange| from.clone().changed(change) != *from;
    changes.into_iter().filter(is_one).collect()
}

/// Whether the run that may be asked to panic, the first of the last group, did fail.
fn has_failed_last(lab: &LabSnapshot) -> bool {
    let last = lab.groups.last().and_then(|group| group.runs.first());
    last.is_some_and(|run| matches!(run.phase, crate::lab::Phase::Failed(_)))
}
