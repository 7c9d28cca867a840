//! What the commands do that need no lab.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::config::library::{Item, Kept, Shelf};
use crate::config::{self, Face, Library, Problem, Problems, Sources};
use crate::data::{self, DataError, Spec, Split, SplitPlan};
use crate::lab::memory::{Bytes, of_examples};
use crate::text::{counted, visible};
use crate::tui::{self, TuiError};

use super::failure::Failure;
use super::output::{aligned, print};
use super::prepare::load_data;
use super::{Cli, ConfigCommand, DataCommand, PresetCommand, SettingFlags, ThemeCommand};

/// `dropscope`: the lab in the terminal. Exit code 0 when the user left it, else that of the signal that ended it.
///
/// # Errors
/// Whatever is wrong before training starts, or with the terminal.
pub fn lab(sources: &Sources) -> Result<ExitCode, Failure> {
    let mut settings = config::load(sources, Face::Lab)?;
    // Before the data are loaded: whoever redirects the output should not wait to be told.
    tui::terminal::require_terminal().map_err(TuiError::from)?;
    let split = load_data(&mut settings)?;
    let save = super::save::of(&settings, &split);
    let signal = tui::open(&settings, split, save)?;
    Ok(signal.map_or(ExitCode::SUCCESS, |signal| {
        ExitCode::from(signal.exit_code())
    }))
}

/// `dropscope keys`: the key table with the user's own keys.
///
/// # Errors
/// Whatever is wrong with the settings.
pub fn keys() -> Result<ExitCode, Failure> {
    let settings = config::load(&Sources::default(), Face::Lab)?;
    print(&tui::key_table(&settings)?)?;
    Ok(ExitCode::SUCCESS)
}

/// `dropscope preset list` and `show`; `run` is a training.
///
/// # Errors
/// If the preset does not exist or a run of it cannot start.
pub fn preset(command: PresetCommand) -> Result<ExitCode, Failure> {
    match command {
        PresetCommand::List => {
            let presets = Library::load(None).presets;
            list(&presets, |item| item.content.title.clone())?;
        }
        PresetCommand::Show { name } => show(&Library::load(None).presets, "preset", &name)?,
        PresetCommand::Run { name, mut train } => {
            train.settings.push("preset run", "preset", name);
            return super::train::train(&train);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `dropscope theme`.
///
/// # Errors
/// If a file of the user's is wrong, or the theme does not exist.
pub fn theme(command: ThemeCommand) -> Result<ExitCode, Failure> {
    let themes = Library::load(None).themes;
    match command {
        ThemeCommand::List => list(&themes, |_| String::new())?,
        ThemeCommand::Show { name } => show(&themes, "theme", &name)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a line for each file: its name, what it is, and where it is if it is the user's.
fn list<T: Kept>(shelf: &Shelf<T>, title: impl Fn(&Item<T>) -> String) -> Result<(), Failure> {
    let line = |item: &Item<T>| {
        let parts = [
            Some(title(item)).filter(|title| !title.is_empty()),
            item.note(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (item.name.clone(), parts.join("; "))
    };
    print(&aligned(shelf.items.iter().map(line)))?;
    let problems: Vec<Problem> = shelf.problems().cloned().collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Problems(problems).into())
}

/// Prints a file as it is written.
fn show<T: Kept>(shelf: &Shelf<T>, kind: &str, name: &str) -> Result<(), Failure> {
    if let problems @ [_, ..] = shelf.problems_of(name) {
        return Err(Problems(problems.to_vec()).into());
    }
    let Some(item) = shelf.named(name) else {
        let message = format!("found {name}; accepted: {}", shelf.names());
        return Err(Problems::from(Problem::general(kind, message)).into());
    };
    let lines = item.text.lines().map(|line| visible(line) + "\n");
    print(&lines.collect::<String>())
}

/// `dropscope data`.
///
/// # Errors
/// If the data do not exist or cannot be used.
pub fn data(command: DataCommand) -> Result<ExitCode, Failure> {
    match command {
        DataCommand::List => {
            let lines = Spec::catalogue()
                .into_iter()
                .map(|(name, line)| (name.to_string(), line.to_string()));
            print(&aligned(lines))?;
        }
        DataCommand::Info { spec } => {
            let spec: Spec = spec.parse()?;
            print(&description(&spec.with_paths(config::paths::expanded))?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn description(spec: &Spec) -> Result<String, DataError> {
    let plan = SplitPlan {
        n_train: None,
        n_test: None,
        label_noise: 0.0,
    };
    let Split { train, test, .. } = data::load(spec, &plan, crate::math::random::Key::new(0))?;
    let shape = train
        .item_shape
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" x ");
    let outputs = match (train.is_classification(), train.n_outputs()) {
        (true, _) => "classes",
        (false, 1) => "value",
        (false, _) => "values",
    };
    let lines = [
        ("name", train.name.clone()),
        ("train", counted(train.len(), "example")),
        ("test", counted(test.len(), "example")),
        ("inputs", format!("{} ({shape})", train.n_inputs())),
        ("outputs", format!("{} {outputs}", train.n_outputs())),
        (
            "memory",
            Bytes(of_examples(&train) + of_examples(&test)).to_string(),
        ),
    ];
    let notes = train.notes.iter();
    let notes = notes.map(|note| (note.subject, note.text.clone()));
    Ok(aligned(
        lines
            .into_iter()
            .chain(notes)
            .map(|(name, text)| (name.to_owned(), text)),
    ))
}

/// `dropscope config`.
///
/// # Errors
/// If a file is wrong, cannot be written, or would be overwritten.
pub fn config(command: ConfigCommand) -> Result<ExitCode, Failure> {
    match command {
        ConfigCommand::Path => print(&format!("{}\n", visible(own_path()?.display())))?,
        ConfigCommand::Init => {
            let path = own_path()?;
            init(&path)?;
            print(&format!("{}\n", visible(path.display())))?;
        }
        ConfigCommand::Check { file } => {
            let sources = Sources {
                file,
                ..Sources::default()
            };
            let settings = config::load(&sources, Face::Lab)?;
            let mut problems = tui::check(&settings);
            problems.extend(settings.library.presets.problems().cloned());
            if !problems.is_empty() {
                return Err(Problems(problems).into());
            }
            print("all settings are accepted\n")?;
        }
        ConfigCommand::Show(SettingFlags(sources)) => {
            print(&config::load(&sources, Face::Lab)?.to_toml())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn own_path() -> Result<std::path::PathBuf, Problems> {
    let homeless = || {
        Problem::general(
            "config",
            "no home folder; accepted: a HOME or XDG_CONFIG_HOME that names one",
        )
    };
    config::file::own_path().ok_or_else(|| homeless().into())
}

fn init(path: &Path) -> Result<(), Problems> {
    config::file::init(path).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::AlreadyExists => "exists already, and is left as it is".to_owned(),
            _ => format!("cannot be written: {error}"),
        };
        Problem::general(path.display(), message).into()
    })
}

/// `dropscope completions SHELL`.
///
/// # Errors
/// If standard output cannot be written to.
pub fn completions(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dropscope", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// `dropscope man`.
///
/// # Errors
/// If standard output cannot be written to.
pub fn man() -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}
