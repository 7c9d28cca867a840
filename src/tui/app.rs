//! The state of the terminal face, and what each action does to it.
//!
//! Pure: an update changes the state and may give a command for the lab; it draws nothing, waits for nothing and knows no
//! clock. What the lab answers shows in the next snapshot.

mod crosshair;
mod curves;
mod ensemble;
mod field;
mod inspect;
mod masks;
mod mouse;
mod on_screen;
mod prompted;
mod questions;
mod robust;
mod state;
mod time;
mod travel;
mod undo;
mod units;
mod weights;
mod wishes;

use std::path::Path;

use ratatui::layout::Rect;

use super::keymap::{Action, Key, Keymap, binding};
use super::prompt::Prompt;
use super::reader::{Extent, HelpPage, Reader, Scroll, Turn};
use super::screen::{Pane, Places, Screen};
use super::theme::Theme;
use super::verb::Verb;
use crate::claims::{self, Claim};
use crate::config::library::Shelf;
use crate::config::library::theme::Palette;
use crate::config::paths::expanded;
use crate::lab::{Command, Grain, GroupId, GroupSnapshot, LabSnapshot, Pace};
pub use crosshair::Crosshair;
pub use curves::{Around, CurvesView, Window, whole};
pub use ensemble::EnsembleView;
use field::Typed;
pub use field::{Field, Purpose};
pub use masks::MasksView;
pub use mouse::Hit;
pub use robust::RobustView;
pub use state::{Facts, Message, Metric, Overlay, Question, View, Wish};
use undo::Undo;
pub use units::{Quantity, UnitOrder, UnitsView, unit_columns};
pub use weights::{Tiles, UnitValue, WeightsView};

/// Everything that decides what is on the screen, apart from the lab itself.
#[derive(Debug, Clone)]
pub struct App {
    /// What is running.
    pub facts: Facts,
    /// The keys.
    pub keymap: Keymap,
    /// Colours and glyphs.
    pub theme: Theme,
    /// The themes that there are.
    pub themes: Shelf<Palette>,
    /// The selected group; if it is gone, the first one is.
    pub selected: Option<GroupId>,
    /// The screen that is shown.
    pub screen: Screen,
    /// The focused pane of the screen.
    pub focus: Pane,
    /// The panes that had the focus on other screens.
    focused: Vec<(Screen, Pane)>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// How things are shown.
    pub view: View,
    /// How the screen of curves shows them.
    pub curves: CurvesView,
    /// How the screen of weights shows them.
    pub weights: WeightsView,
    /// How the screen of masks shows them.
    pub masks: MasksView,
    /// How the screen of the ensemble shows it.
    pub ensemble: EnsembleView,
    /// What the screen of units shows.
    pub units: UnitsView,
    /// How the screen of perturbations shows them.
    pub robust: RobustView,
    /// The lab as it was when the view was frozen.
    pub frozen: Option<LabSnapshot>,
    /// How live changes are taken back, the last one last.
    undos: Vec<Undo>,
    /// Verbs that were typed, the last one last.
    typed: Vec<String>,
    /// A word about the last key.
    message: Option<Message>,
    /// Seconds after the lab was opened, when the last input came.
    now_secs: f64,
}

/// A step of a rate, and a small one.
const COARSE: f64 = 0.05;
const FINE: f64 = 0.01;

impl App {
    /// The state at the start, with the group of the middle rate selected: the one whose masks are worth a look.
    pub fn new(facts: Facts, keymap: Keymap, theme: Theme) -> Self {
        let pace_before = match facts.experiment.pace {
            Pace::EpochsPerSec(pace) => pace,
            Pace::FullSpeed => 5.0,
        };
        let groups = &facts.experiment.groups;
        let varied = facts.experiment.varied();
        let distance = |idx: usize| (groups[idx].rate(varied).value() - 0.5).abs();
        let middle = (0..groups.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        Self {
            selected: middle.map(GroupId),
            facts,
            keymap,
            theme,
            themes: Shelf::built_in(),
            screen: Screen::Lab,
            focus: Pane::Curves,
            focused: Vec::new(),
            overlay: None,
            view: View {
                is_zoomed: false,
                grain: Grain::default(),
                metric: Metric::default(),
                is_log: false,
                crosshair: None,
                mask_layer: 0,
                first_unit: 0,
                claim: Claim::Regularises,
                reference: None,
                pace_before,
            },
            curves: CurvesView::default(),
            weights: WeightsView::default(),
            masks: MasksView::default(),
            ensemble: EnsembleView::default(),
            units: UnitsView::default(),
            robust: RobustView::default(),
            frozen: None,
            undos: Vec::new(),
            typed: Vec::new(),
            message: None,
            now_secs: 0.0,
        }
    }

    /// The selected group of `lab`.
    pub fn selected<'a>(&self, lab: &'a LabSnapshot) -> Option<&'a GroupSnapshot> {
        self.selected
            .and_then(|id| lab.group(id))
            .or_else(|| lab.groups.first())
    }

    /// The group of `lab` that claims compare others with: the one that was chosen, or else the one of the lowest rate.
    pub fn reference<'a>(&self, lab: &'a LabSnapshot) -> Option<&'a GroupSnapshot> {
        let chosen = self.view.reference.and_then(|id| lab.group(id));
        chosen.or_else(|| claims::default_reference(lab))
    }

    /// The group that keys change: the one that is shown as selected, as it is in `lab` now. `None` if it is gone, as can be
    /// while the view is frozen.
    fn target<'a>(&self, lab: &'a LabSnapshot) -> Option<&'a GroupSnapshot> {
        let id = self.selected(self.shown(lab))?.id;
        lab.group(id)
    }

    /// The lab as it is shown: as it is now or was when the view was frozen, or at the step of its past that is looked at.
    pub fn shown<'a>(&'a self, lab: &'a LabSnapshot) -> &'a LabSnapshot {
        self.frozen.as_ref().unwrap_or(lab).seen()
    }

    /// Where everything is on a screen of `area`.
    pub fn places(&self, lab: &LabSnapshot, area: Rect) -> Places {
        let n_groups = self.shown(lab).groups.len();
        Places::new(
            area,
            self.screen,
            n_groups,
            (self.focus, self.view.is_zoomed),
        )
    }

    /// Takes a key. `lab` is the lab as it is now.
    pub fn press(&mut self, key: Key, lab: &LabSnapshot) -> Option<Wish> {
        self.hear(lab);
        let action = self.keymap.action(key, self.screen);
        // Leaving comes before any text input, or a stuck input could not be left.
        if action == Some(Action::Quit) && (key.is_control() || !self.takes_text()) {
            return Some(Wish::Quit);
        }
        match (self.overlay.take(), action) {
            (Some(Overlay::Typing(field)), _) => self.type_on(field, key, lab),
            (Some(Overlay::Prompt(prompt)), _) => self.prompt_on(prompt, key, lab),
            (Some(Overlay::Asking(question)), _) => self.take_answer(question, key, lab),
            (overlay, None) => {
                self.overlay = overlay;
                self.say_unbound(key)
            }
            (Some(Overlay::Help(reader)), Some(action)) => self.read_help(reader, action),
            (None, Some(action)) => self.obey(key, action, lab),
        }
    }

    fn takes_text(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Typing(_) | Overlay::Prompt(_)))
    }

    /// Takes a pasted text: into the text being typed, if there is one. Elsewhere it is no input: nobody typed these keys.
    pub fn paste(&mut self, text: &str) {
        match &mut self.overlay {
            Some(Overlay::Typing(field)) => field.paste(text),
            Some(Overlay::Prompt(prompt)) => prompt.paste(text),
            _ => {}
        }
    }

    /// Takes an action that no key asked for, as the wheel does: in help it scrolls.
    pub fn act(&mut self, action: Action, lab: &LabSnapshot) -> Option<Wish> {
        self.hear(lab);
        match self.overlay.take() {
            Some(Overlay::Help(reader)) => self.read_help(reader, action),
            None => self.update(action, lab),
            overlay => {
                self.overlay = overlay;
                None
            }
        }
    }

    /// Notes that an input came: what was said about the last one is over.
    fn hear(&mut self, lab: &LabSnapshot) {
        self.message = None;
        self.now_secs = lab.elapsed_secs;
    }

    /// Says something that no key asked for. `lab` is the lab as it is now.
    pub fn tell(&mut self, words: impl Into<String>, lab: &LabSnapshot) {
        self.hear(lab);
        self.say(words);
    }

    /// The word about the last key, for as long as it stands. `lab` is the lab as it is now.
    pub fn message(&self, lab: &LabSnapshot) -> Option<&str> {
        let message = self.message.as_ref()?;
        let age = lab.elapsed_secs - message.since_secs;
        (age < Message::LASTS_SECS).then_some(&message.words)
    }

    /// Does what a verb says. `lab` is the lab as it is now.
    pub fn perform(&mut self, verb: Verb, lab: &LabSnapshot) -> Option<Wish> {
        match verb {
            Verb::Do(action) => self.update(action, lab),
            Verb::Rate(rate) => self.set_rate(rate, lab),
            Verb::New(rate) => self.add_group(rate, lab),
            Verb::Epoch(epoch) => self.place_crosshair(epoch, lab),
            Verb::StepTo(step) => self.look_at(step, lab),
            Verb::Fork(rate) => self.fork(rate, lab),
            Verb::Theme(name) => self.take_theme(&name),
            Verb::Save(folder) => Some(Wish::Save(expanded(Path::new(&folder)))),
            Verb::Pace(pace) => self.send(Command::SetPace(pace), lab),
        }
    }

    /// What an action does but in time.
    fn update_present(&mut self, action: Action, lab: &LabSnapshot) -> Option<Wish> {
        match action {
            Action::Pause if lab.is_playing => Some(Wish::Send(Command::Pause)),
            Action::Pause => Some(Wish::Send(Command::Play)),
            Action::Step => Some(Wish::Send(Command::Step(self.view.grain))),
            Action::Grain => self.turn_grain(),
            Action::RateDown => self.shift_rate(-COARSE, lab),
            Action::RateUp => self.shift_rate(COARSE, lab),
            Action::RateDownFine => self.shift_rate(-FINE, lab),
            Action::RateUpFine => self.shift_rate(FINE, lab),
            Action::TypeRate => self.open(Overlay::Typing(Field::empty(Purpose::Rate))),
            Action::MaskSharing => self.turn_mask_sharing(lab),
            Action::NewGroup => self.propose_group(lab),
            Action::RemoveGroup => self.remove_selected(lab),
            Action::Restart => self.restart_selected(lab),
            Action::AddSeed => self.add_seed(lab),
            Action::PaceHalf => self.scale_pace(0.5, lab),
            Action::PaceDouble => self.scale_pace(2.0, lab),
            Action::FullSpeed => self.turn_full_speed(lab),
            Action::RateAbove => self.select(-1, lab),
            Action::RateBelow => self.select(1, lab),
            Action::NextPane => self.look(|app| app.focus = app.focus.turned(app.screen, 1)),
            Action::PreviousPane => self.look(|app| {
                let last = app.focus.beside(app.screen).len().saturating_sub(1);
                app.focus = app.focus.turned(app.screen, last);
            }),
            Action::Zoom => self.zoom(),
            Action::Open(screen) => self.look(|app| app.open_screen(screen)),
            Action::Back => self.look(Self::back),
            Action::CrosshairAt => self.open(Overlay::Typing(Field::empty(Purpose::Epoch))),
            Action::Freeze => self.freeze(lab),
            Action::Claim => self.turn_claim(),
            Action::CompareWith => self.turn_reference(lab),
            Action::Theme => self.turn_theme(),
            Action::Glyphs => self.turn_glyphs(),
            Action::Help => {
                // The lab is where everybody begins: first what it is.
                let page = match self.screen {
                    Screen::Lab if !self.view.is_zoomed => HelpPage::Screen(Screen::Lab),
                    _ => HelpPage::Pane(self.focus),
                };
                self.open(Overlay::Help(Reader::new(self.screen, page)))
            }
            Action::Write => Some(Wish::Write),
            Action::Prompt => self.open(Overlay::Prompt(Prompt::default())),
            Action::Redraw => Some(Wish::Redraw),
            Action::Suspend => Some(Wish::Suspend),
            Action::Smoothing => self.turn_smoothing(),
            Action::Around => self.turn_around(),
            Action::ZoomIn => self.zoom_in(lab),
            Action::ZoomOut => self.zoom_out(lab),
            Action::ZoomAll => self.zoom_all(),
            Action::Undo => self.undo(lab),
            Action::Quit => Some(Wish::Quit),
            // Cursors, quantities, layers, examples: the screen knows.
            action => self.do_on_screen(action, lab),
        }
    }

    /// A change that the lab does not hear of.
    fn look(&mut self, change: impl FnOnce(&mut Self)) -> Option<Wish> {
        change(self);
        None
    }

    fn say(&mut self, words: impl Into<String>) -> Option<Wish> {
        self.message = Some(Message {
            words: words.into(),
            since_secs: self.now_secs,
        });
        None
    }

    fn say_unbound(&mut self, key: Key) -> Option<Wish> {
        if let Some((screen, action)) = self.keymap.screen_of(key) {
            let (digit, name) = (screen.digit(), screen.name());
            let what = binding(action).map_or("", |binding| binding.help);
            return self.say(format!("{key} is for screen {digit}, {name}: {what}"));
        }
        let help = self.keymap.keys_of(Action::Help);
        let hint = help.first().map(|key| format!("; {key} lists the keys"));
        self.say(format!("{key} does nothing{}", hint.unwrap_or_default()))
    }

    fn open(&mut self, overlay: Overlay) -> Option<Wish> {
        self.overlay = Some(overlay);
        None
    }

    fn select(&mut self, by: isize, lab: &LabSnapshot) -> Option<Wish> {
        let shown = self.shown(lab);
        let last = shown.groups.len().checked_sub(1)?;
        let next = self.selected_row(shown).saturating_add_signed(by).min(last);
        self.select_row(next, lab)
    }

    fn select_row(&mut self, row: usize, lab: &LabSnapshot) -> Option<Wish> {
        self.selected = Some(self.shown(lab).groups.get(row)?.id);
        None
    }

    /// Lets claims compare others with the selected group, or with the lowest rate again.
    fn turn_reference(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        let group = self.selected(self.shown(lab))?;
        let (id, letter) = (group.id, group.letter);
        if self.view.reference == Some(id) {
            self.view.reference = None;
            return self.say("claims compare with the lowest rate again");
        }
        self.view.reference = Some(id);
        self.say(format!(
            "claims compare the rate that is selected with {letter} now"
        ))
    }

    fn freeze(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        self.frozen = if self.frozen.is_some() {
            None
        } else {
            Some(lab.clone())
        };
        None
    }

    /// Turns to the theme of this name, if there is one.
    pub(super) fn turn_to_theme(&mut self, name: &str) {
        if let Some(item) = self.themes.named(name) {
            let (tier, glyphs) = (self.theme.tier(), self.theme.glyphs());
            self.theme = Theme::new(name, &item.content, tier, glyphs);
        }
    }

    fn take_theme(&mut self, name: &str) -> Option<Wish> {
        if self.themes.named(name).is_none() {
            let names: Vec<&str> = self.themes.items.iter().map(|item| &*item.name).collect();
            return self.say(format!(
                "no theme is called {name:?}; there are {}",
                names.join(", ")
            ));
        }
        self.turn_to_theme(name);
        None
    }

    fn turn_theme(&mut self) -> Option<Wish> {
        let items = &self.themes.items;
        let current = items.iter().position(|item| item.name == self.theme.name());
        let next = current.map_or(0, |current| (current + 1) % items.len());
        let name = items[next].name.clone();
        self.turn_to_theme(&name);
        self.say(format!("theme: {}", self.theme.name()))
    }

    fn turn_glyphs(&mut self) -> Option<Wish> {
        self.theme = self.theme.with_glyphs(self.theme.glyphs().next());
        self.say(format!("glyphs: {}", self.theme.glyphs()))
    }

    fn type_on(&mut self, field: Field, key: Key, lab: &LabSnapshot) -> Option<Wish> {
        let purpose = field.purpose();
        match field.edited(key.edit()) {
            Typed::Open(field) => self.open(Overlay::Typing(field)),
            Typed::Abandoned => None,
            Typed::Accepted(text) => match Verb::parse(&format!("{} {text}", purpose.verb())) {
                Ok(verb) => self.perform(verb, lab),
                Err(error) => {
                    self.say(error.to_string());
                    self.open(Overlay::Typing(Field::kept(purpose, text)))
                }
            },
        }
    }

    /// Turns and scrolls the help; a key of any other action closes it.
    fn read_help(&mut self, mut reader: Reader, action: Action) -> Option<Wish> {
        match action {
            Action::Down => reader.scroll(Scroll::Down),
            Action::Up => reader.scroll(Scroll::Up),
            Action::PageDown => reader.scroll(Scroll::PageDown),
            Action::PageUp => reader.scroll(Scroll::PageUp),
            Action::Home => reader.scroll(Scroll::ToTop),
            Action::End => reader.scroll(Scroll::ToBottom),
            Action::NextPane | Action::Right => reader.turn(Turn::Next),
            Action::PreviousPane | Action::Left => reader.turn(Turn::Previous),
            _ => return None,
        }
        self.open(Overlay::Help(reader))
    }

    /// Tells the help's reader, if there is one, how long the page is on the screen.
    pub fn fit_help(&mut self, extent: Extent) {
        if let Some(Overlay::Help(reader)) = &mut self.overlay {
            reader.fit(extent);
        }
    }

    /// The selected group's row in the table.
    pub fn selected_row(&self, lab: &LabSnapshot) -> usize {
        let id = self.selected(lab).map(|group| group.id);
        lab.groups
            .iter()
            .position(|group| Some(group.id) == id)
            .unwrap_or(0)
    }
}

/// The first group in view, where the table has fewer rows than there are groups.
pub fn first_row(places: &Places, selected_row: usize) -> usize {
    let n_visible = usize::from(places.table.height.saturating_sub(1)).max(1);
    (selected_row + 1).saturating_sub(n_visible)
}

/// Units that the masks move aside by at a time, and by a page.
const UNITS_ASIDE: isize = 16;
const UNITS_A_PAGE: isize = 64;

/// Rows that the selection moves by a page.
const ROWS_A_PAGE: isize = 5;

/// The word for a grain.
pub fn grain_word(grain: Grain) -> &'static str {
    match grain {
        Grain::Phase => "phase",
        Grain::Batch => "batch",
        Grain::Epoch => "epoch",
    }
}
