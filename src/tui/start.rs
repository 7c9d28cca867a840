//! From settings to the app: keys, theme, and what the terminal can show.

use std::io::{self, IsTerminal};
use std::time::Duration;

use super::TuiError;
use super::app::{App, Facts};
use super::input::Background;
use super::keymap::{Keymap, KeymapError};
use super::terminal::Question;
use super::theme::{ColorTier, Glyphs, Theme, detect};
use crate::config::{self, Problem, Problems, Settings};
use crate::data::Split;
use crate::lab::Experiment;

/// What is wrong with the settings that only this face uses: keys and themes, each where it was written.
pub fn check(settings: &Settings) -> Vec<Problem> {
    let keys = settings
        .keys
        .iter()
        .map(|(name, keys)| (name.as_str(), keys.as_str()));
    let of_keys = Keymap::new(keys).err().unwrap_or_default();
    let of_key = |error: &KeymapError| {
        let actions = error.actions();
        let mut users = actions
            .iter()
            .filter(|name| settings.keys.contains_key(**name));
        let action = users
            .next()
            .or(actions.first())
            .copied()
            .unwrap_or_default();
        settings.problem(&format!("keys.{action}"), error.to_string())
    };
    let problems = of_keys.iter().map(of_key).chain(of_themes(settings));
    Problems::sorted(problems.collect()).0
}

/// What is wrong with the user's themes, whichever is chosen: a key turns through them all. And with the choice.
fn of_themes(settings: &Settings) -> impl Iterator<Item = Problem> {
    let themes = &settings.library.themes;
    let chosen = settings.screen.theme.as_deref();
    let is_unknown =
        |name: &&str| themes.named(name).is_none() && themes.problems_of(name).is_empty();
    let unknown = chosen.filter(is_unknown).map(|name| {
        let message = format!("found {name}; accepted: auto, {}", themes.names());
        settings.problem("screen.theme", message)
    });
    themes.problems().cloned().chain(unknown)
}

/// The app at its start, in the colours and glyphs that the settings ask for or the terminal is known to show.
///
/// # Errors
/// If the settings' keys or theme are wrong.
pub(super) fn app(settings: &Settings, split: &Split) -> Result<App, TuiError> {
    let (train, experiment) = (&split.train, &settings.experiment);
    let hidden = &experiment.network.hidden[..];
    let widths = [&[train.n_inputs()], hidden, &[train.n_outputs()]].concat();
    let n_examples = (train.len(), split.test.len());
    let is_classification = train.is_classification();
    let mut app = app_of(settings, experiment, widths, n_examples, is_classification)?;
    app.facts.item_shape.clone_from(&train.item_shape);
    app.facts.labels = train.taken_for().map(|_| {
        let learnt = train
            .learnt_as()
            .next()
            .map_or("", |_| ", learnt standardised");
        match train.n_outputs() {
            n_classes if is_classification => format!("{n_classes} classes"),
            1 => format!("values{learnt}"),
            n_values => format!("{n_values} values each{learnt}"),
        }
    });
    Ok(app)
}

/// The same for networks of these widths, and as many examples for training and testing.
///
/// # Errors
/// As [`app`].
pub(super) fn app_of(
    settings: &Settings,
    experiment: &Experiment,
    widths: Vec<usize>,
    n_examples: (usize, usize),
    is_classification: bool,
) -> Result<App, TuiError> {
    let problems = check(settings);
    if !problems.is_empty() {
        return Err(TuiError::Settings(Problems(problems)));
    }
    let keys = settings
        .keys
        .iter()
        .map(|(name, keys)| (name.as_str(), keys.as_str()));
    let keymap = Keymap::new(keys).unwrap_or_default();
    let facts = Facts {
        experiment: experiment.clone(),
        n_examples,
        labels: None,
        item_shape: widths[..1].to_vec(),
        widths,
        is_classification,
    };
    let mut app = App::new(facts, keymap, theme(settings));
    app.themes = settings.library.themes.clone();
    Ok(app)
}

/// The least time between two frames: over a network fewer bytes a second are better than more frames.
pub(super) fn frame_time(settings: &Settings) -> Duration {
    let is_remote = || {
        ["SSH_CONNECTION", "SSH_TTY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some())
    };
    let fps = settings
        .screen
        .fps
        .unwrap_or_else(|| if is_remote() { 8 } else { 20 });
    Duration::from_secs(1) / fps.max(1)
}

fn theme(settings: &Settings) -> Theme {
    let screen = &settings.screen;
    let env = |name: &str| std::env::var(name).ok();
    let tier = match screen.color {
        None => ColorTier::detect(&env, io::stdout().is_terminal()),
        Some(config::ColorTier::Truecolor) => ColorTier::TrueColor,
        Some(config::ColorTier::Ansi256) => ColorTier::Ansi256,
        Some(config::ColorTier::Ansi16) => ColorTier::Ansi16,
        Some(config::ColorTier::Never) => ColorTier::None,
    };
    let glyphs = match screen.glyphs {
        None => Glyphs::detect(&env),
        Some(config::Glyphs::Octant) => Glyphs::Octant,
        Some(config::Glyphs::Braille) => Glyphs::Braille,
        Some(config::Glyphs::Half) => Glyphs::Half,
        Some(config::Glyphs::Ascii) => Glyphs::Ascii,
    };
    let name = screen.theme.as_deref().unwrap_or(UNTIL_ANSWERED);
    match settings.library.themes.named(name) {
        Some(item) => Theme::new(name, &item.content, tier, glyphs),
        None => Theme::built_in(UNTIL_ANSWERED, tier, glyphs),
    }
}

/// The theme that holds until the terminal says what its background is.
const UNTIL_ANSWERED: &str = "dark";

/// The theme that goes with a light background.
const ON_LIGHT: &str = "light";

/// What to ask the terminal: its background, if the theme depends on it and the terminal may know it. With no colour it
/// does not matter.
pub(super) fn question(settings: &Settings, app: &App) -> Question {
    let env = |name: &str| std::env::var(name).ok();
    let matters = settings.screen.theme.is_none() && app.theme.has_colors();
    if matters && detect::answers_questions(&env) {
        Question::Background
    } else {
        Question::None
    }
}

/// Puts the app into the colours that go with the terminal's background, whenever it comes to tell; unless another theme
/// has been chosen since.
pub(super) fn follow(background: Background, app: &mut App) {
    if background == Background::Light && app.theme.name() == UNTIL_ANSWERED {
        app.turn_to_theme(ON_LIGHT);
    }
}
