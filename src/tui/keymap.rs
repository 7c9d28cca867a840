//! The keys: one table that dispatch, `?`, the footer, the README and remapping all read.

mod hints;
mod key;
mod scope;

use super::screen::Screen;
pub use hints::{LOOKING_BACK, hinted};
pub use key::{Edit, Key, NoKey, PromptKey};
pub use scope::Scope;

/// Everything that a key can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "`BINDINGS` says of each what it does, for the user as for the reader"
)]
pub enum Action {
    Pause,
    Step,
    Grain,
    RateAbove,
    RateBelow,
    RateDown,
    RateUp,
    RateDownFine,
    RateUpFine,
    TypeRate,
    MaskSharing,
    NewGroup,
    RemoveGroup,
    Restart,
    AddSeed,
    PaceHalf,
    PaceDouble,
    FullSpeed,
    Up,
    Down,
    Left,
    Right,
    NextPane,
    PreviousPane,
    PageUp,
    PageDown,
    Home,
    End,
    Zoom,
    Open(Screen),
    Back,
    Layer,
    Metric,
    LogAxis,
    Crosshair,
    CrosshairAt,
    Freeze,
    Claim,
    CompareWith,
    Theme,
    Glyphs,
    Help,
    Write,
    Prompt,
    Redraw,
    Suspend,
    Smoothing,
    Alignment,
    Around,
    Picture,
    Order,
    NextExample,
    PreviousExample,
    DropUnit,
    GiveBack,
    HoldMask,
    Inspect,
    ZoomIn,
    ZoomOut,
    ZoomAll,
    Undo,
    StepBack,
    StepForward,
    Live,
    Fork,
    Quit,
}

impl Action {
    /// Whether it changes how the selected runs are trained, while they train, and can be taken back.
    pub fn is_live_change(self) -> bool {
        matches!(
            self,
            Self::RateDown
                | Self::RateUp
                | Self::RateDownFine
                | Self::RateUpFine
                | Self::TypeRate
                | Self::MaskSharing
                | Self::HoldMask
        )
    }
}

/// A row of the key table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub scope: Scope,
    /// The keys, in the notation of [`Key`].
    pub keys: &'static [&'static str],
    /// What they ask for.
    pub action: Action,
    /// The action's name in the settings' `[keys]`.
    pub name: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
    /// The word in the footer; empty for keys that are not shown there.
    pub hint: &'static str,
}

const fn row(
    keys: &'static [&'static str],
    action: Action,
    name: &'static str,
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        scope: Scope::Global,
        keys,
        action,
        name,
        help,
        hint,
    }
}

impl Binding {
    /// The same row, for these screens only.
    const fn on(self, screens: &'static [Screen]) -> Self {
        Self {
            scope: Scope::On(screens),
            ..self
        }
    }
}

/// The key table. Hints stand in the footer in this order, as many as fit.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    row(&["space"], Action::Pause, "pause", "pause", "pause training, or go on; looking back: play on from there, or stand"),
    row(&["."], Action::Step, "step", "step", "one step of every run, at the chosen grain; looking back: look on"),
    row(&["["], Action::RateDown, "rate-down", "", "lower the selected rate by .05, live"),
    row(&["]"], Action::RateUp, "rate-up", "rate", "raise the selected rate by .05, live"),
    row(&["m"], Action::MaskSharing, "mask-sharing", "masks", "masks per batch or per sample, live"),
    row(&["n"], Action::NewGroup, "new-group", "new", "new runs beside the others, at a rate that is asked for"),
    row(&["r"], Action::Restart, "restart", "restart", "the selected runs again, from the same initial weights (asks first)"),
    row(&["tab"], Action::NextPane, "next-pane", "pane", "focus the next pane; in help, the next page"),
    row(&["enter"], Action::Zoom, "zoom", "zoom", "the screen of the focused pane; without one the pane alone, or all"),
    row(&["?"], Action::Help, "help", "help", "explain the screen, the focused pane, all keys"),
    row(&["q", "ctrl-c"], Action::Quit, "quit", "quit", "leave"),
    row(&["("], Action::PaceHalf, "pace-half", "", "half the pace"),
    row(&[")"], Action::PaceDouble, "pace-double", "", "double the pace"),
    row(&["F"], Action::FullSpeed, "full-speed", "", "full speed, or back to the pace before"),
    row(&[","], Action::Grain, "grain", "", "the grain of a step: phase, batch, epoch"),
    row(&["{"], Action::RateDownFine, "rate-down-fine", "", "lower the selected rate by .01"),
    row(&["}"], Action::RateUpFine, "rate-up-fine", "", "raise the selected rate by .01"),
    row(&["="], Action::TypeRate, "type-rate", "", "type the selected rate"),
    row(&["x"], Action::RemoveGroup, "remove", "", "remove the selected runs (asks first)"),
    row(&["R"], Action::AddSeed, "add-seed", "", "one more seed for every rate; nothing starts again"),
    row(&["up", "k"], Action::Up, "up", "", "the rate above; in help, scroll"),
    row(&["down", "j"], Action::Down, "down", "", "the rate below; in help, scroll"),
    row(&["left", "h"], Action::Left, "left", "", "the crosshair to the evaluation or level before; the unit before (Masks, Weights)"),
    row(&["right", "l"], Action::Right, "right", "", "the crosshair to the next evaluation or level; the next unit (Masks, Weights)"),
    row(&["pageup"], Action::PageUp, "page-up", "", "the same by ten evaluations or 64 units; five rates; in help, a page up"),
    row(&["pagedown"], Action::PageDown, "page-down", "", "the same onwards; in help, a page down"),
    row(&["home"], Action::Home, "home", "", "the first evaluation, unit or rate; looking back: the first step; in help, the top"),
    row(&["end"], Action::End, "end", "", "the latest evaluation, the last unit or rate; the present; in help, the bottom"),
    row(&["backtab"], Action::PreviousPane, "previous-pane", "", "focus the pane before; in help, the page before"),
    row(&["esc"], Action::Back, "back", "back", "one level back"),
    row(&["U"], Action::Undo, "undo", "undo", "take the last live change back: a rate, masks, a held mask, the pace, new runs"),
    row(&["<"], Action::StepBack, "step-back", "back", "look back by one step of the grain; training goes on"),
    row(&[">"], Action::StepForward, "step-forward", "on", "look on by one step of the grain, up to the present"),
    row(&["shift-end"], Action::Live, "live", "", "the present again, after looking back"),
    row(&["f"], Action::Fork, "fork", "fork", "runs that branch off from the selected ones here, at a rate that is asked for"),
    row(&["K"], Action::RateAbove, "rate-above", "", "the rate above, also where the arrows move a cursor"),
    row(&["J"], Action::RateBelow, "rate-below", "rate", "the rate below, also where the arrows move a cursor"),
    row(&["1"], Action::Open(Screen::Lab), "lab", "", "screen 1, Lab: what is happening?"),
    row(&["2"], Action::Open(Screen::Masks), "masks", "", "screen 2, Masks: which units are off right now?"),
    row(&["3"], Action::Open(Screen::Ensemble), "ensemble", "", "screen 3, Ensemble: do they agree?"),
    row(&["4"], Action::Open(Screen::Curves), "curves", "", "screen 4, Curves: does it generalise?"),
    row(&["5"], Action::Open(Screen::Weights), "weights", "", "screen 5, Weights: does the norm shrink?"),
    row(&["6"], Action::Open(Screen::Units), "units", "", "screen 6, Units: what do units do?"),
    row(&["7"], Action::Open(Screen::Robust), "robust", "", "screen 7, Robust: does noise hurt less?"),
    row(&["s"], Action::Smoothing, "smoothing", "smoothing", "smooth the curves: off, .5, .2, .05 (Curves)").on(&[Screen::Curves]),
    row(&["a"], Action::Alignment, "alignment", "alignment", "align by epoch, training loss, seconds (Curves); the next chart (Weights)").on(&[Screen::Curves, Screen::Weights]),
    row(&["g"], Action::Around, "around", "band/seeds", "means only, bands over the seeds, every seed (Curves)").on(&[Screen::Curves]),
    row(&["+"], Action::ZoomIn, "zoom-in", "zoom", "zoom in, about the crosshair or the live end (Curves)").on(&[Screen::Curves]),
    row(&["-"], Action::ZoomOut, "zoom-out", "", "zoom out (Curves)").on(&[Screen::Curves]),
    row(&["0"], Action::ZoomAll, "zoom-all", "", "all of the curves (Curves)").on(&[Screen::Curves]),
    row(&["g"], Action::Picture, "picture", "picture", "another picture of the same (Masks, Ensemble)").on(&[Screen::Masks, Screen::Ensemble]),
    row(&["s"], Action::Order, "order", "order", "another order of the units (Weights, Units)").on(&[Screen::Weights, Screen::Units]),
    row(&["e"], Action::NextExample, "next-example", "example", "the next example, or the next ones (Masks, Ensemble, Units, Robust)").on(&[Screen::Masks, Screen::Ensemble, Screen::Units, Screen::Robust]),
    row(&["E"], Action::PreviousExample, "previous-example", "", "the example before (Masks, Ensemble, Units, Robust)").on(&[Screen::Masks, Screen::Ensemble, Screen::Units, Screen::Robust]),
    row(&["d"], Action::DropUnit, "drop-unit", "drop unit", "drop the unit under the cursor by hand, or give it back (Masks, Ensemble, Units)").on(&[Screen::Masks, Screen::Ensemble, Screen::Units]),
    row(&["D"], Action::GiveBack, "give-back", "", "give all units back that were dropped by hand (Masks, Ensemble, Units)").on(&[Screen::Masks, Screen::Ensemble, Screen::Units]),
    row(&["M"], Action::HoldMask, "hold-mask", "hold mask", "train this one network from now on, or let go of its mask (Masks)").on(&[Screen::Masks]),
    row(&["i"], Action::Inspect, "inspect", "inspect", "inspect the unit under the cursor, and back (Masks, Weights, Units)").on(&[Screen::Masks, Screen::Ensemble, Screen::Weights, Screen::Units]),
    row(&["u"], Action::Layer, "layer", "layer", "the next layer: of the masks, of units and their weights"),
    row(&["o"], Action::Metric, "metric", "quantity", "the next quantity: of the curves loss, accuracy or R², gap; else of the focused pane"),
    row(&["y"], Action::LogAxis, "log-axis", "log", "logarithmic or linear axis of the focused curves"),
    row(&["v"], Action::Crosshair, "crosshair", "crosshair", "the crosshair that reads what was measured of every rate"),
    row(&["V"], Action::CrosshairAt, "crosshair-at", "", "the crosshair at an epoch that is typed"),
    row(&["z"], Action::Freeze, "freeze", "", "freeze the view; training goes on"),
    row(&["c"], Action::Claim, "claim", "", "the next claim of the note"),
    row(&["C"], Action::CompareWith, "compare-with", "", "claims compare with the selected rate, or with the lowest again"),
    row(&["t"], Action::Theme, "theme", "", "the next theme: dark, light, high contrast, mono, your own"),
    row(&["G"], Action::Glyphs, "glyphs", "", "octant, braille, half block, ASCII"),
    row(&[":"], Action::Prompt, "command", "commands", "type what is to be done: every verb, with what would come of it"),
    row(&["w"], Action::Write, "write", "picture", "write the screen as SVG and text, and the focused pane's numbers as CSV"),
    row(&["ctrl-l"], Action::Redraw, "redraw", "", "draw the screen anew"),
    row(&["ctrl-z"], Action::Suspend, "suspend", "", "suspend; `fg` comes back"),
];

/// The table with the user's own keys in it.
#[derive(Debug, Clone)]
pub struct Keymap {
    keys: Vec<(Key, Scope, Action)>,
}

/// What is wrong with the settings' `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// No action has this name.
    #[error("no such action; `dropscope keys` lists them")]
    UnknownAction(String),
    /// A value is no key.
    #[error("{error}")]
    NoKey {
        /// The action's name.
        name: String,
        /// What is wrong with the text.
        error: NoKey,
    },
    /// Two actions want the same key.
    #[error("{key} is wanted by both `{first}` and `{second}`; give one of them another key")]
    Conflict {
        /// The key.
        key: String,
        /// The action that has it by the table or an earlier setting.
        first: String,
        /// The other one.
        second: String,
    },
}

impl KeymapError {
    /// The actions whose keys are wrong, the one to change first.
    pub fn actions(&self) -> Vec<&str> {
        match self {
            Self::UnknownAction(name) | Self::NoKey { name, .. } => vec![name],
            Self::Conflict { first, second, .. } => vec![second, first],
        }
    }
}

impl Keymap {
    /// The table, with `settings` (action name, keys separated by spaces) in the place of its own keys.
    ///
    /// # Errors
    /// All that is wrong: unknown actions, texts that are no keys, keys that two actions want.
    pub fn new<'a>(
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<KeymapError>> {
        let mut problems = Vec::new();
        let mut rows: Vec<(&Binding, Vec<Key>)> = BINDINGS
            .iter()
            .map(|binding| (binding, binding.own_keys()))
            .collect();
        for (name, keys) in settings {
            let Some((_, row)) = rows.iter_mut().find(|(binding, _)| binding.name == name) else {
                problems.push(KeymapError::UnknownAction(name.to_owned()));
                continue;
            };
            match keys.split_whitespace().map(Key::parse).collect() {
                Ok(keys) => *row = keys,
                Err(error) => problems.push(KeymapError::NoKey {
                    name: name.to_owned(),
                    error,
                }),
            }
        }
        let keys = rows
            .iter()
            .flat_map(|(binding, keys)| keys.iter().map(|&key| (key, *binding)))
            .collect::<Vec<_>>();
        for (idx, (key, binding)) in keys.iter().enumerate() {
            if let Some((_, first)) = keys[..idx].iter().find(|(other, first)| {
                let is_other = first.name != binding.name;
                other == key && is_other && first.scope.meets(binding.scope)
            }) {
                let (first, second) = (first.name.to_owned(), binding.name.to_owned());
                problems.push(KeymapError::Conflict {
                    key: key.to_string(),
                    first,
                    second,
                });
            }
        }
        if problems.is_empty() {
            Ok(Self {
                keys: keys
                    .into_iter()
                    .map(|(key, binding)| (key, binding.scope, binding.action))
                    .collect(),
            })
        } else {
            Err(problems)
        }
    }

    /// What a key asks for on `screen`.
    pub fn action(&self, key: Key, screen: Screen) -> Option<Action> {
        let mut of_key = self.keys.iter().filter(|(other, ..)| *other == key);
        let found = of_key.find(|(_, scope, _)| scope.holds_on(screen));
        found.map(|(.., action)| *action)
    }

    /// The screen on which a key means something, if there is one.
    pub fn screen_of(&self, key: Key) -> Option<(Screen, Action)> {
        self.keys
            .iter()
            .find_map(|&(other, scope, action)| match scope {
                Scope::On(screens) if other == key => screens
                    .iter()
                    .find(|screen| Screen::ALL.contains(screen))
                    .map(|screen| (*screen, action)),
                _ => None,
            })
    }

    /// The keys of an action, as they are shown; the first is the one for the footer.
    pub fn keys_of(&self, action: Action) -> Vec<String> {
        self.keys
            .iter()
            .filter(|(.., other)| *other == action)
            .map(|(key, ..)| key.to_string())
            .collect()
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new([]).expect("the table's own keys do not conflict; a test says so")
    }
}

impl Binding {
    fn own_keys(&self) -> Vec<Key> {
        self.keys
            .iter()
            .map(|key| Key::parse(key).expect("the table's keys are keys; a test says so"))
            .collect()
    }
}

/// The key table as text, a row an action: keys, name, what it does.
pub fn table(keymap: &Keymap) -> String {
    let row = |binding: &Binding| {
        let keys = keymap.keys_of(binding.action).join(" ");
        format!("{keys:<12} {:<16} {}\n", binding.name, binding.help)
    };
    BINDINGS.iter().map(row).collect()
}

/// The row of an action.
pub fn binding(action: Action) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.action == action)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;

    #[test]
    fn the_table_has_no_conflict_and_every_key_parses() {
        assert!(Keymap::new([]).is_ok());
        let names: std::collections::HashSet<_> =
            BINDINGS.iter().map(|binding| binding.name).collect();
        assert_eq!(names.len(), BINDINGS.len());
        let actions: std::collections::HashSet<_> =
            BINDINGS.iter().map(|binding| binding.action).collect();
        assert_eq!(actions.len(), BINDINGS.len());
    }

    #[test]
    fn a_key_is_matched_as_it_was_typed() {
        let keymap = Keymap::default();
        let typed =
            |code, modifiers| keymap.action(KeyEvent::new(code, modifiers).into(), Screen::Lab);
        assert_eq!(
            typed(KeyCode::Char('r'), KeyModifiers::NONE),
            Some(Action::Restart)
        );
        assert_eq!(
            typed(KeyCode::Char('R'), KeyModifiers::SHIFT),
            Some(Action::AddSeed)
        );
        assert_eq!(
            typed(KeyCode::Char('c'), KeyModifiers::CONTROL),
            Some(Action::Quit)
        );
        assert_eq!(
            typed(KeyCode::Char('c'), KeyModifiers::NONE),
            Some(Action::Claim)
        );
        assert_eq!(
            typed(KeyCode::BackTab, KeyModifiers::SHIFT),
            Some(Action::PreviousPane)
        );
        assert_eq!(typed(KeyCode::F(9), KeyModifiers::NONE), None);
    }

    #[test]
    fn a_key_with_anything_else_held_down_is_another_key() {
        let keymap = Keymap::default();
        let typed = |code, modifiers| Key::from(KeyEvent::new(code, modifiers));
        let is_bound = |key| keymap.action(key, Screen::Lab).is_some();
        for (code, modifiers, name) in [
            (KeyCode::Char('q'), KeyModifiers::ALT, "Alt-q"),
            (
                KeyCode::Char('R'),
                KeyModifiers::ALT | KeyModifiers::SHIFT,
                "Alt-R",
            ),
            (KeyCode::Char('r'), KeyModifiers::SUPER, "Super-r"),
            (KeyCode::Char('r'), KeyModifiers::HYPER, "Hyper-r"),
            (KeyCode::Char('r'), KeyModifiers::META, "Meta-r"),
            (
                KeyCode::Char('c'),
                KeyModifiers::CONTROL | KeyModifiers::ALT,
                "Ctrl-Alt-c",
            ),
            (KeyCode::Up, KeyModifiers::SHIFT, "Shift-Up"),
            (KeyCode::Up, KeyModifiers::CONTROL, "Ctrl-Up"),
            (KeyCode::Enter, KeyModifiers::ALT, "Alt-Enter"),
            (KeyCode::Char(' '), KeyModifiers::CONTROL, "Ctrl-Space"),
        ] {
            let key = typed(code, modifiers);
            assert_eq!(key.to_string(), name);
            assert!(!is_bound(key) && !key.is_yes(), "{name}");
            assert_eq!(key.edit(), Edit::Other, "{name}");
        }
        // Shift is a part of these keys.
        assert!(is_bound(typed(KeyCode::Char('R'), KeyModifiers::SHIFT)));
        assert!(is_bound(typed(KeyCode::BackTab, KeyModifiers::SHIFT)));
        assert!(is_bound(typed(KeyCode::Tab, KeyModifiers::SHIFT)));
    }

    #[test]
    fn keys_are_remapped_and_problems_are_all_told() {
        let keymap = Keymap::new([("pause", "p f5")]).unwrap();
        assert_eq!(keymap.keys_of(Action::Pause), ["p", "F5"]);
        assert_eq!(
            keymap.action(Key::parse("space").unwrap(), Screen::Lab),
            None
        );
        let shifted = Keymap::new([("zoom", "shift-f5")]).unwrap();
        let f5 =
            |modifiers| shifted.action(KeyEvent::new(KeyCode::F(5), modifiers).into(), Screen::Lab);
        assert_eq!(f5(KeyModifiers::SHIFT), Some(Action::Zoom));
        assert_eq!(f5(KeyModifiers::NONE), None);
        let problems = Keymap::new([
            ("pause", "q"),
            ("fly", "f"),
            ("zoom", "hyper-x"),
            ("step", "alt-s"),
        ])
        .unwrap_err();
        let text = problems
            .iter()
            .map(|problem| format!("{:?}: {problem}", problem.actions()))
            .collect::<Vec<_>>()
            .join("\n");
        for part in [
            "`pause` and `quit`",
            "[\"fly\"]: no such action",
            "[\"zoom\"]: `hyper-x` is no key",
            "[\"step\"]: `alt-s` is no key",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
