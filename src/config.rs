//! Settings: what the user wrote, checked, with every problem reported at once.
//!
//! Five layers lie over each other: the defaults, those of the kind of data, a preset, the user's file, the command line. Each becomes a generic
//! table that remembers where its values were written; the merged table is deserialized once and checked setting by
//! setting. So a message can always say where to look, and a new setting needs a line in `assets/default.toml`, a field
//! and its use, nothing else.
//!
//! This is the only place that knows TOML. It reads the user's file and nothing else: no terminal, and of the data only
//! whether they are there.

pub mod file;
pub mod library;
pub mod manual;
pub mod paths;

mod changes;
mod check;
mod groups;
mod layer;
mod merge;
mod of_data;
mod plan;
mod problem;
mod repeat;
mod screen;
mod suggest;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Value;

use crate::data;
use crate::lab::Experiment;
use crate::text::toml_string;

use check::Check;
use layer::{Layer, Leaf, Source};
use library::preset::{self, Preset};
use library::{Place, Shelf};
use merge::Merged;

pub use layer::Given;
pub use library::Library;
pub use problem::{Origin, Problem, Problems};
pub use repeat::NoCommand;
pub use screen::{ColorTier, Glyphs, ScreenSettings, UnknownWord};

/// The setting that names the data.
const DATA: &str = "data.spec";

/// Who will use the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The lab in the terminal, which trains until it is stopped.
    Lab,
    /// Training without a terminal, which needs to know when to stop.
    Headless,
}

/// What the command line says about settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The file to read instead of the user's own.
    pub file: Option<PathBuf>,
    /// Settings given by flags of their own.
    pub flags: Vec<Given>,
    /// `SETTING=VALUE` of each `--set`, later ones winning.
    pub sets: Vec<String>,
    /// The folder to read presets and themes from instead of the user's own.
    pub library: Option<PathBuf>,
}

/// All settings, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Everything that decides the numbers.
    pub experiment: Experiment,
    /// Everything that decides the looks.
    pub screen: ScreenSettings,
    /// Keys of the user's own, action to key. Not checked here: actions and keys belong to `tui`.
    pub keys: BTreeMap<String, String>,
    /// Everything that is chosen by name.
    pub library: Library,
    merged: Merged,
}

/// Reads and checks all settings.
///
/// # Errors
/// Everything that is wrong with them, at least one problem.
pub fn load(sources: &Sources, face: Face) -> Result<Settings, Problems> {
    let library = Library::load(sources.library.as_deref());
    let file = file::layer(sources.file.as_deref());
    let (merged, problems) = merge_layers(file, sources, &library);
    checked(merged, problems, library, face)
}

/// Checks settings, in which `problems` were found while they were merged.
fn checked(
    merged: Merged,
    problems: Vec<Problem>,
    library: Library,
    face: Face,
) -> Result<Settings, Problems> {
    let written: written::Written = match Value::Table(merged.to_table()).try_into() {
        Ok(written) => written,
        // Unknown names never enter the table, and a test holds the defaults against the fields.
        Err(error) => return Err(Problem::general("assets/default.toml", error.to_string()).into()),
    };
    let mut check = Check::new(&merged, problems);
    let mut plan = plan::plan(&mut check, written, &library.presets);
    if let Ok((experiment, ..)) = &mut plan {
        let n_train = experiment.data.split.n_train;
        plan::fit_batch(&check, experiment, n_train);
        plan::sizes(&mut check, experiment, n_train, None);
        if face == Face::Headless && experiment.limit.is_none() {
            let message =
                "nothing says when to stop; accepted: one of --epochs N, --steps N and --seconds N";
            check.report("training.epochs", message);
        }
    }
    match (plan, check.into_problems()) {
        (Ok((experiment, screen, keys)), problems) if problems.is_empty() => {
            let mut settings = Settings {
                experiment,
                screen,
                keys,
                library,
                merged,
            };
            settings.write_down_batch();
            Ok(settings)
        }
        (_, mut problems) => {
            problems.extend(missing_data(&merged));
            Err(Problems::sorted(problems))
        }
    }
}

/// What stands in the way of reading the data. Where settings are wrong the data are not loaded, and still all that is
/// wrong is to be named at once.
fn missing_data(merged: &Merged) -> Option<Problem> {
    let leaf = merged.leaf(DATA)?;
    let error = data::look_for(&leaf.value.as_str()?.parse().ok()?).err()?;
    Some(Problem {
        origin: Some(leaf.origin.clone()),
        setting: DATA.to_owned(),
        message: error.to_string(),
    })
}

impl Settings {
    /// A problem with one of these settings, where that was written.
    pub fn problem(&self, setting: &str, message: impl Into<String>) -> Problem {
        Problem {
            origin: self.merged.leaf(setting).map(|leaf| leaf.origin.clone()),
            setting: setting.to_owned(),
            message: message.into(),
        }
    }

    /// Checks what only the data could tell: `n_train` examples of `n_inputs` numbers each. A batch that the user did not
    /// ask for becomes no larger than they are.
    ///
    /// # Errors
    /// If the batch or the noise shape does not fit them.
    pub fn fit_data(&mut self, n_train: usize, n_inputs: usize) -> Result<(), Problems> {
        let mut check = Check::new(&self.merged, Vec::new());
        plan::fit_batch(&check, &mut self.experiment, Some(n_train));
        plan::sizes(&mut check, &self.experiment, Some(n_train), Some(n_inputs));
        match check.into_problems() {
            problems if problems.is_empty() => {
                self.write_down_batch();
                Ok(())
            }
            problems => Err(Problems(problems)),
        }
    }

    /// What is printed is the batch that is trained with.
    fn write_down_batch(&mut self) {
        const BATCH: &str = "training.batch";
        if let Some(origin) = self.merged.leaf(BATCH).map(|leaf| leaf.origin.clone()) {
            let batch_size = Value::Integer(self.experiment.batch_size as i64);
            self.merged.put(BATCH, batch_size, origin);
        }
    }

    /// All settings as a commented file, which loads to the same settings.
    pub fn to_toml(&self) -> String {
        let value = |entry: &manual::Entry| match self.merged.leaf(&entry.setting) {
            Some(_) if entry.setting == DATA => {
                toml_string(&paths::absolute(&self.experiment.data.spec))
            }
            Some(leaf) => written_out(&leaf.value),
            None => entry.default.clone(),
        };
        let keys = self
            .keys
            .iter()
            .map(|(action, key)| format!("{} = {}\n", toml_string(action), toml_string(key)));
        manual::with_values(value) + &keys.collect::<String>() + &self.changes_toml()
    }

    /// The settings that decide the numbers, as a nested table: everything but looks and keys. Paths are absolute.
    pub fn experiment_table(&self) -> toml::Table {
        let mut table = self.merged.to_table();
        table.remove("screen");
        table.remove(manual::FREE_TABLE);
        table.remove(changes::LIST);
        let changes = changes::listed(&self.merged);
        if !changes.is_empty() {
            let changes = changes.into_iter().map(Value::Table).collect();
            table.insert(changes::LIST.to_owned(), Value::Array(changes));
        }
        if let Some(Value::Table(data)) = table.get_mut("data") {
            let spec = paths::absolute(&self.experiment.data.spec);
            data.insert("spec".to_owned(), spec.into());
        }
        let is_own = |name: &String| {
            let item = self.library.presets.named(name);
            item.is_some_and(|item| item.place != Place::BuiltIn)
        };
        // Whoever repeats the experiment may not have the file, and every setting of it stands here.
        if self.experiment.preset.as_ref().is_some_and(is_own) {
            table.insert("preset".to_owned(), preset::NONE.into());
        }
        table
    }

    /// The same as a file, from which `--config` repeats the experiment.
    pub fn experiment_toml(&self) -> String {
        let head = "# An experiment of dropscope; `dropscope train --config FILE` repeats it.\n";
        let mut top = self.experiment_table();
        top.remove(changes::LIST);
        let table = |(name, value): (&String, &Value)| {
            let settings = lines(value.as_table()?);
            Some(format!("\n[{name}]\n{settings}"))
        };
        let tables: String = top.iter().filter_map(table).collect();
        format!("{head}{}{tables}{}", lines(&top), self.changes_toml())
    }

    /// The changes while runs train, as the entries of a file.
    fn changes_toml(&self) -> String {
        let entry = |entry: &toml::Table| format!("\n[[{}]]\n{}", changes::LIST, lines(entry));
        let entries: Vec<String> = changes::listed(&self.merged).iter().map(entry).collect();
        entries.concat()
    }
}

/// The settings of a table as lines of a file, without the tables in it.
fn lines(table: &toml::Table) -> String {
    let settings = table.iter().filter(|(_, value)| !value.is_table());
    let line = |(name, value): (&String, &Value)| format!("{name} = {}\n", written_out(value));
    settings.map(line).collect::<Vec<_>>().concat()
}

/// A value as TOML on one line, which a terminal shows as it is.
fn written_out(value: &Value) -> String {
    match value {
        Value::String(text) => toml_string(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(written_out).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// The five layers, merged, and what is wrong with them as tables.
fn merge_layers(
    (mut file, mut problems): (Layer, Vec<Problem>),
    sources: &Sources,
    library: &Library,
) -> (Merged, Vec<Problem>) {
    let (mut flags, found) = flag_layer(sources);
    problems.extend(found);
    paths::locate(&mut file);
    paths::locate(&mut flags);
    let (defaults, found) = layer::read_text(manual::DEFAULTS, &Source::Defaults);
    problems.extend(found);
    let users = |setting: &str| {
        [&flags, &file]
            .into_iter()
            .find_map(|layer| layer.get(setting).cloned())
    };
    let (preset, data) = (users("preset"), users("data.spec"));
    let mut merged = Merged::default();
    problems.extend(merged.overlay(defaults));
    let by_default = merged.leaf("data.spec").cloned();
    let preset = preset_of(preset, data.as_ref(), &library.presets, &mut merged);
    if let Chosen::Broken(found) = preset {
        problems.extend_from_slice(found);
    }
    let preset = preset.sound();
    let preset_data = preset.and_then(Preset::data);
    let written = |leaf: &Option<Leaf>| Some(leaf.as_ref()?.value.as_str()?.to_owned());
    let spec = written(&data)
        .or_else(|| preset_data.clone())
        .or_else(|| written(&by_default));
    if let Some((kind, text)) = spec.as_deref().and_then(of_data::defaults) {
        let (layer, found) = layer::read_text(text, &Source::Data(kind));
        problems.extend(found);
        problems.extend(merged.overlay(layer));
    }
    if let Some(preset) = preset {
        problems.extend(merged.overlay(preset.settings().clone()));
    }
    problems.extend(merged.overlay(file));
    problems.extend(merged.overlay(flags));
    if let Some(preset_data) = preset_data {
        merged.describe_other_data(&preset_data);
    }
    (merged, problems)
}

/// The preset to start from: the one that the user names, or else that of the defaults, unless the user names other data
/// than it is about. Then there is none, and `merged` says so.
///
/// An unknown preset is found when the setting `preset` is checked.
fn preset_of<'a>(
    named: Option<Leaf>,
    data: Option<&Leaf>,
    presets: &'a Shelf<Preset>,
    merged: &mut Merged,
) -> Chosen<'a> {
    let of_name = |leaf: &Leaf| Chosen::of_name(leaf.value.as_str().unwrap_or_default(), presets);
    if let Some(named) = named {
        return of_name(&named);
    }
    let preset = merged.leaf("preset").map_or(Chosen::None, of_name);
    let about = preset.sound().and_then(Preset::data);
    match (data, about) {
        (Some(data), Some(about)) if data.value.as_str() != Some(&about) => {
            merged.put(
                "preset",
                Value::String(preset::NONE.to_owned()),
                data.origin.clone(),
            );
            Chosen::None
        }
        _ => preset,
    }
}

/// The preset that is chosen.
#[derive(Debug, Clone, Copy)]
enum Chosen<'a> {
    None,
    Sound(&'a Preset),
    /// A file of the user's that is wrong, and what is wrong with it.
    Broken(&'a [Problem]),
}

impl<'a> Chosen<'a> {
    fn of_name(name: &str, presets: &'a Shelf<Preset>) -> Self {
        match (presets.problems_of(name), presets.named(name)) {
            ([], Some(item)) => Self::Sound(&item.content),
            ([], None) => Self::None,
            (problems, _) => Self::Broken(problems),
        }
    }

    fn sound(self) -> Option<&'a Preset> {
        match self {
            Self::Sound(preset) => Some(preset),
            Self::None | Self::Broken(_) => None,
        }
    }
}

fn flag_layer(sources: &Sources) -> (Layer, Vec<Problem>) {
    let (mut given, mut problems) = (sources.flags.clone(), Vec::new());
    for text in &sources.sets {
        match layer::split_assignment(text) {
            Ok(assignment) => given.push(assignment),
            Err(problem) => problems.push(problem),
        }
    }
    let (layer, found) = layer::read_flags(&given);
    problems.extend(found);
    (layer, problems)
}
