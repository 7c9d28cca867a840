//! What keys do, as scripts: `j j space` is what a reader would press. A lab that trains nothing answers the wishes.
use std::collections::HashSet;
use std::sync::Arc;

use crate::common::face::{dark, draw, facts, keys, rows, scene, scenes};
use crate::common::lab::{STEPS_PER_EPOCH, Story, change_runs, edit, obey};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use dropscope::lab::{
    Command, Evaluation, Grain, GroupId, GroupPlan, LabSnapshot, Pace, Phase, RunSnapshot, Runs,
};
use dropscope::nn::{DropRate, NoiseShape, UnitId};
use dropscope::probe::{FlowQuestion, Probe};
use dropscope::tui::app::{App, Hit, Metric, Overlay, Wish};
use dropscope::tui::keymap::{Action, BINDINGS, Key, Keymap, Scope};
use dropscope::tui::reader::{Extent, HelpPage};
use dropscope::tui::screen::{Pane, Places, Screen};
use dropscope::tui::screens;
use dropscope::tui::theme::{ColorTier, Glyphs, Theme};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use ratatui::layout::Rect;

/// An app, the lab that it is about, and what it asked for.
#[derive(Clone)]
struct Desk {
    app: App,
    lab: LabSnapshot,
}

impl Desk {
    /// Four rates in mid-training; c, rate 0.50, is selected.
    fn new() -> Self {
        Self::at("four rates")
    }

    /// The lab of a story, with nothing pressed.
    fn of(story: Story) -> Self {
        let lab = story.tell();
        let app = App::new(facts(&lab), Keymap::default(), dark());
        Self { app, lab }
    }

    fn at(name: &str) -> Self {
        let scene = scene(name);
        Self {
            app: scene.app(dark()),
            lab: scene.lab.clone(),
        }
    }

    /// Presses the keys of a script one by one; the lab answers each wish before the next key.
    fn press(&mut self, script: &str) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for key in keys(script) {
            let wish = self.app.press(key, &self.lab);
            self.grant(wish.as_ref());
            wishes.extend(wish);
        }
        wishes
    }

    /// Lets `secs` pass.
    fn wait(&mut self, secs: f64) {
        self.lab.elapsed_secs += secs;
    }

    /// The lab of runs that were begun a moment ago.
    fn young() -> Self {
        let mut desk = Self::new();
        desk.lab.elapsed_secs = 2.0;
        desk
    }

    fn says(&self) -> &str {
        self.app.message(&self.lab).unwrap_or_default()
    }

    /// The only command that a script leads to.
    fn command(&mut self, script: &str) -> Command {
        match &self.press(script)[..] {
            [Wish::Send(command)] => command.clone(),
            wishes => panic!("{script}: {wishes:?}"),
        }
    }

    fn grant(&mut self, wish: Option<&Wish>) {
        if let Some(Wish::Send(command)) = wish {
            obey(&mut self.lab, command);
        }
    }

    /// The rates of all groups, by letter.
    fn rates(&self) -> Vec<(char, f64)> {
        let groups = self.lab.groups.iter();
        groups
            .map(|group| (group.letter, group.rate.value()))
            .collect()
    }

    fn selected(&self) -> char {
        self.app.selected(self.app.shown(&self.lab)).unwrap().letter
    }

    fn places(&self, area: Rect) -> Places {
        self.app.places(&self.lab, area)
    }

    fn hit(&self, area: Rect, cell: (u16, u16)) -> Hit {
        screens::hit(&self.app, &self.lab, area, cell)
    }

    /// Clicks at a cell of a screen of `area`.
    fn click(&mut self, area: Rect, cell: (u16, u16)) -> Option<Wish> {
        let hit = self.hit(area, cell);
        self.app.click(&hit, &self.lab)
    }

    fn text(&self) -> String {
        rows(&draw(&self.app, &self.lab, 120, 36)).join("\n")
    }

    /// Everything that decides what is on the screen.
    fn state(&self) -> String {
        format!("{:?}", (&self.app, &self.lab.is_playing))
    }
}

#[test]
fn every_key_of_the_table_does_something_and_keys_of_one_action_do_the_same() {
    for binding in BINDINGS {
        // What must be so for the key to have anything to do.
        let before = match binding.action {
            Action::Left | Action::Home => "v",
            Action::Right | Action::End => "v home",
            Action::Live => "<",
            Action::Back => "enter",
            Action::Open(Screen::Lab) => "4",
            Action::ZoomOut | Action::ZoomAll => "4 +",
            _ if binding.scope != Scope::Global => "4",
            Action::Undo => "]",
            Action::PageDown => "?",
            Action::PageUp => "? pagedown",
            _ => "",
        };
        let after: Vec<(Vec<Wish>, String)> = binding
            .keys
            .iter()
            .map(|key| {
                let mut desk = Desk::new();
                desk.press(before);
                let (wishes, idle) = (desk.clone().press(key), desk.state());
                desk.press(key);
                let does_something = !wishes.is_empty() || desk.state() != idle;
                assert!(does_something, "{key}: {}", binding.help);
                (wishes, desk.state())
            })
            .collect();
        let is_same = after.windows(2).all(|pair| pair[0] == pair[1]);
        assert!(is_same, "{:?} differ", binding.keys);
    }
}

#[test]
fn space_pauses_and_goes_on() {
    let mut desk = Desk::new();
    assert_eq!(desk.command("space"), Command::Pause);
    assert!(desk.text().contains("paused"));
    assert_eq!(desk.command("space"), Command::Play);
}

#[test]
fn a_step_is_made_at_the_chosen_grain() {
    let mut desk = Desk::new();
    for (script, grain) in [
        (".", Grain::Batch),
        (", .", Grain::Epoch),
        (", .", Grain::Phase),
        (", .", Grain::Batch),
    ] {
        assert_eq!(desk.command(script), Command::Step(grain));
    }
    desk.press(",");
    assert!(desk.text().contains("a step is now one epoch"));
    assert!(desk.text().contains("paused epoch 41.0 by epoch"));
}

#[test]
fn rates_move_on_their_grid_and_stay_between_0_and_1() {
    let cases = [
        ("]", 0.55),
        ("[", 0.45),
        ("}", 0.51),
        ("{", 0.49),
        ("] ] ] [ [ [", 0.5),
        ("} } } ]", 0.58),
        ("] ] ] ] ] ] ] ] ] ] ] ]", 1.0),
        ("[ [ [ [ [ [ [ [ [ [ [ [", 0.0),
        ("] ] ] ] ] ] ] ] ] } } {", 0.96),
    ];
    for (script, rate) in cases {
        let mut desk = Desk::new();
        desk.press(script);
        assert_eq!(desk.rates()[2], ('c', rate), "{script}");
        let others = [('a', 0.0), ('b', 0.2)];
        assert_eq!(desk.rates()[..2], others, "{script}");
    }
}

#[test]
fn a_rate_is_typed_and_what_is_none_is_refused_in_words() {
    let cases = [
        ("= . 3 5 enter", Some(0.35), ""),
        ("= 0 . 1 2 3 enter", Some(0.123), ""),
        ("= 1 2 backspace enter", Some(1.0), ""),
        ("= 0 enter", Some(0.0), ""),
        ("= . 3 5 esc", None, ""),
        ("= enter", None, "accepted is a number from 0 to 1"),
        (
            "= 1 . 5 enter",
            None,
            "accepted is a number from 0 to 1, got \"1.5\"",
        ),
        ("= - 1 enter", None, "accepted is a number from 0 to 1"),
        ("= n a n enter", None, "accepted is a number from 0 to 1"),
        ("= q x ? enter", None, "accepted is a number from 0 to 1"),
    ];
    for (script, rate, message) in cases {
        let mut desk = Desk::new();
        let wishes = desk.press(script);
        let expected = rate.map(|rate| {
            Wish::Send(Command::SetRate {
                group: GroupId(2),
                rate: DropRate::new(rate).unwrap(),
            })
        });
        assert_eq!(wishes, Vec::from_iter(expected), "{script}");
        assert!(desk.text().contains(message), "{script}: {}", desk.text());
        // What was refused is there to be mended.
        assert_eq!(desk.app.overlay.is_some(), !message.is_empty(), "{script}");
    }
    let mut desk = Desk::new();
    desk.press("= 3 5 enter");
    assert!(rows(&draw(&desk.app, &desk.lab, 40, 12))[10].contains("accepted is a number"));
    let wishes = desk.press("backspace backspace . 3 5 enter");
    assert!(
        matches!(wishes[..], [Wish::Send(Command::SetRate { rate, .. })] if rate.value() == 0.35)
    );
}

#[test]
fn a_verb_that_wants_more_gets_room_for_it_and_is_not_refused() {
    for script in [": s a v e enter", ": s a v e tab"] {
        let mut desk = Desk::new();
        desk.press(script);
        let wishes = desk.press("o u t enter");
        assert_eq!(wishes, [Wish::Save("out".into())], "{script}");
    }
}

#[test]
fn a_typed_rate_is_shown_while_it_is_typed_and_grows_only_so_long() {
    let mut desk = Desk::new();
    desk.press("= . 3 5");
    assert!(desk.text().contains("rate of c: .35"));
    desk.press("1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9");
    assert!(desk.text().contains("rate of c: .35123456789▏"));
}

#[test]
fn ctrl_c_quits_out_of_everything_and_q_out_of_all_but_a_text() {
    for before in ["", "?", "x", "r", "= . 3", "n", "z", "enter v"] {
        let is_text = before.starts_with(['=', 'n']);
        for (key, quits) in [("ctrl-c", true), ("q", !is_text)] {
            let mut desk = Desk::new();
            desk.press(before);
            let expected = if quits { vec![Wish::Quit] } else { Vec::new() };
            assert_eq!(desk.press(key), expected, "{before} {key}");
        }
    }
}

#[test]
fn masks_are_shared_by_the_batch_or_the_sample() {
    let mut desk = Desk::new();
    for noise_shape in [NoiseShape::per_sample(), NoiseShape::per_batch()] {
        let expected = Command::SetNoiseShape {
            group: GroupId(2),
            noise_shape: noise_shape.clone(),
        };
        assert_eq!(desk.command("m"), expected);
    }
    let mut desk = Desk::at("other noise shape");
    assert!(matches!(
        desk.command("m"),
        Command::SetNoiseShape { noise_shape, .. } if noise_shape == NoiseShape::per_batch()
    ));
}

#[test]
fn new_runs_are_asked_for_their_rate_and_are_selected() {
    let mut desk = Desk::new();
    assert_eq!(desk.press("n"), []);
    assert!(
        desk.text().contains("rate of new runs: 0.6"),
        "{}",
        desk.text()
    );
    let add = |rate| Command::Add(GroupPlan::of_rate(DropRate::new(rate).unwrap()));
    assert_eq!(desk.command("enter"), add(0.6));
    assert_eq!(desk.selected(), 'e');
    // What is typed takes the proposal's place; what is taken away is taken from it.
    assert_eq!(desk.command("n . 3 5 enter"), add(0.35));
    assert_eq!(desk.command("n backspace 9 enter"), add(0.49));
    assert_eq!(desk.command("n = backspace . 5 enter"), add(0.5));
    assert_eq!(desk.selected(), 'h');
    let before = desk.rates();
    assert_eq!(desk.press("n esc"), []);
    assert_eq!(desk.press("n 2 enter"), []);
    assert!(desk.says().contains("a number from 0 to 1, got \"2\""));
    assert_eq!((desk.selected(), desk.rates()), ('h', before));
}

#[test]
fn the_rate_that_is_proposed_for_new_runs_is_one_that_no_other_has_until_letters_run_out() {
    let mut desk = Desk::new();
    for n_groups in 5..=20 {
        desk.press("n enter");
        assert_eq!(desk.lab.groups.len(), n_groups);
    }
    let rates: HashSet<u64> = desk
        .rates()
        .iter()
        .map(|(_, rate)| rate.to_bits())
        .collect();
    assert_eq!(rates.len(), 20, "{:?}", desk.rates());
    let mut full = Desk::at("26 rates");
    assert_eq!(full.press("n"), []);
    assert!(full.says().contains("a letter for 26 rates only"));
    assert_eq!(full.app.overlay, None);
}

#[test]
fn what_loses_training_is_asked_about_and_done_after_a_yes_only() {
    let deeds = [
        (
            "x",
            "remove c 0.50 and lose its 41 epochs?",
            Command::Remove(GroupId(2)),
        ),
        (
            "r",
            "restart c 0.50 and lose its 41 epochs?",
            Command::Restart(GroupId(2)),
        ),
    ];
    for (key, question, command) in deeds {
        for yes in ["y", "Y", "enter"] {
            let mut desk = Desk::new();
            assert_eq!(desk.press(key), [], "{key}");
            assert!(desk.text().contains(question), "{}", desk.text());
            assert_eq!(desk.command(yes), command, "{key} {yes}");
        }
        for no in ["n", "x", "r", "esc", "space", "ctrl-y", "j", "]", "f9"] {
            let mut desk = Desk::new();
            let before = desk.rates();
            assert_eq!(desk.press(&format!("{key} {no}")), [], "{key} {no}");
            assert_eq!(
                (&desk.app.overlay, desk.rates()),
                (&None, before),
                "{key} {no}"
            );
        }
    }
}

#[test]
fn neither_the_mouse_nor_a_paste_nor_alt_answers_a_question() {
    for key in ["x", "r"] {
        let mut desk = Desk::new();
        desk.press(key);
        desk.app.paste("y\ny\n");
        assert_eq!(desk.app.act(Action::Down, &desk.lab), None);
        for cell in [(40, 35), (60, 4), (90, 30)] {
            let mut desk = desk.clone();
            let wish = desk.click(Rect::new(0, 0, 120, 36), cell);
            assert_eq!((wish, &desk.app.overlay), (None, &None), "{key}");
            assert_eq!((desk.press("y"), desk.rates().len()), (Vec::new(), 4));
        }
        let alt_y = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::ALT);
        assert_eq!(desk.app.press(alt_y.into(), &desk.lab), None, "{key}");
        assert_eq!(desk.app.overlay, None, "{key}");
    }
}

#[test]
fn young_runs_and_those_with_nothing_to_lose_are_not_asked_about() {
    for (key, command) in [
        ("x", Command::Remove(GroupId(2))),
        ("r", Command::Restart(GroupId(2))),
    ] {
        assert_eq!(Desk::young().command(key), command);
        let mut dead = Desk::new();
        change_runs(&mut dead.lab, 2, |run| {
            run.phase = Phase::Diverged { step: 9 }
        });
        assert_eq!(dead.command(key), command);
    }
    // Runs that start again are young again, and age.
    let mut desk = Desk::new();
    desk.press("r y");
    assert_eq!(desk.command("r"), Command::Restart(GroupId(2)));
    desk.wait(6.0);
    assert_eq!(desk.press("r"), []);
    let mut added = Desk::new();
    added.press("n enter");
    added.wait(3600.0);
    assert_eq!(
        added.command("x"),
        Command::Remove(GroupId(4)),
        "paused at step 0 there is nothing to lose"
    );
}

#[test]
fn the_neighbour_is_selected_when_the_selected_runs_are_removed() {
    let mut desk = Desk::young();
    for (letter, rest) in [('d', "abd"), ('b', "ab"), ('a', "a")] {
        desk.press("x");
        let letters: String = desk.rates().iter().map(|(letter, _)| letter).collect();
        assert_eq!((desk.selected(), &letters[..]), (letter, rest));
    }
    assert_eq!(desk.press("x"), []);
    assert!(desk.says().contains("these are the only runs"));
    assert_eq!(desk.lab.groups.len(), 1);
}

#[test]
fn runs_start_again_from_the_same_weights_and_a_seed_is_added_to_all() {
    let mut desk = Desk::young();
    assert_eq!(desk.command("r"), Command::Restart(GroupId(2)));
    assert_eq!(desk.says(), "c starts again from the same initial weights");
    assert_eq!(desk.command("R"), Command::AddSeed);
    assert!(desk.says().contains("seed 12 begins at every rate"));
}

#[test]
fn halving_and_doubling_the_pace_come_back_to_where_they_were() {
    for pace in [5.0, 3.0, 7.3, 0.4] {
        let mut desk = Desk::new();
        desk.lab.pace = Pace::EpochsPerSec(pace);
        assert_eq!(
            desk.command("("),
            Command::SetPace(Pace::EpochsPerSec(pace / 2.0))
        );
        desk.press(") ) ) ( (");
        assert_eq!(desk.lab.pace, Pace::EpochsPerSec(pace));
        for (there, back) in [("(", ")"), (")", "(")] {
            let n_turns = (0..100).filter(|_| !desk.press(there).is_empty()).count();
            assert!(n_turns < 40, "a pace has an end");
            (0..n_turns).for_each(|_| drop(desk.press(back)));
            assert_eq!(
                desk.lab.pace,
                Pace::EpochsPerSec(pace),
                "there {n_turns} times and back"
            );
        }
    }
}

#[test]
fn full_speed_goes_back_to_the_pace_before() {
    let mut desk = Desk::new();
    desk.press(") )");
    for back in ["F", "(", ")"] {
        assert_eq!(desk.command("F"), Command::SetPace(Pace::FullSpeed));
        assert_eq!(
            desk.command(back),
            Command::SetPace(Pace::EpochsPerSec(20.0)),
            "{back}"
        );
    }
}

#[test]
fn the_selection_moves_stays_in_the_table_and_is_watched() {
    let mut desk = Desk::new();
    for (script, letter) in [("j", 'd'), ("down j", 'd'), ("k k k", 'a'), ("up", 'a')] {
        assert_eq!(desk.press(script), [], "{script}");
        assert_eq!(desk.selected(), letter);
        let asked = desk.app.questions(&desk.lab, Rect::new(0, 0, 120, 36));
        let Some(Runs::Group(watched)) = asked.first().map(|asked| asked.runs) else {
            panic!("{asked:?}")
        };
        assert_eq!(desk.lab.group(watched).unwrap().letter, letter, "{script}");
    }
}

#[test]
fn panes_turn_both_ways_and_zoom() {
    let mut desk = Desk::new();
    for (script, pane) in [
        ("", Pane::Curves),
        ("tab", Pane::Masks),
        ("tab", Pane::Ensemble),
        ("tab tab tab tab", Pane::Curves),
        ("backtab backtab backtab", Pane::Norms),
    ] {
        desk.press(script);
        assert_eq!(desk.app.focus, pane, "{script}");
    }
    let area = Rect::new(0, 0, 120, 36);
    assert_eq!(desk.places(area).panes.len(), 4);
    // A pane of the lab is the summary of a screen; those of other screens are shown alone.
    desk.press("enter");
    assert_eq!(desk.app.screen, Screen::Weights);
    assert_eq!(desk.places(area).panes.len(), 5);
    desk.press("backtab enter");
    let zoomed = desk.places(area).panes;
    assert_eq!((zoomed.len(), zoomed[0].0), (1, Pane::UnitNorms));
    desk.press("enter");
    assert_eq!(desk.places(area).panes.len(), 5);
}

#[test]
fn digits_clicks_and_enter_open_screens_and_escape_comes_back() {
    let mut desk = Desk::new();
    let area = Rect::new(0, 0, 120, 36);
    for (script, screen) in [
        ("4", Screen::Curves),
        ("1", Screen::Lab),
        ("enter", Screen::Curves),
        ("esc", Screen::Lab),
        ("esc", Screen::Lab),
    ] {
        assert_eq!(desk.press(script), []);
        assert_eq!(desk.app.screen, screen, "{script}");
    }
    for (screen, columns) in Screen::places(Screen::Lab, 120) {
        for column in [columns.start, columns.end - 1] {
            desk.press("1");
            let y = desk.places(area).screens.y;
            desk.click(area, (column, y));
            assert_eq!(desk.app.screen, screen);
        }
    }
}

#[test]
fn a_click_on_a_chip_selects_its_rate() {
    let mut desk = Desk::new();
    desk.press("4");
    let area = Rect::new(0, 0, 120, 36);
    let y = desk.places(area).strip.y;
    let row = rows(&draw(&desk.app, &desk.lab, 120, 36))[usize::from(y)].clone();
    for letter in ["a", "d", "b"] {
        let column = row.chars().position(|c| c.to_string() == letter).unwrap();
        desk.click(area, (column as u16, y));
        assert_eq!(desk.selected().to_string(), letter, "{row}");
    }
}

#[test]
fn live_changes_are_taken_back_one_by_one_the_last_one_first() {
    let mut desk = Desk::new();
    let before = desk.rates();
    let pace = desk.lab.pace;
    desk.press("] ] m )");
    assert_ne!(desk.rates(), before);
    desk.press("U");
    assert_eq!(desk.lab.pace, pace);
    desk.press("U U U");
    assert_eq!(desk.rates(), before);
    assert!(
        desk.says().starts_with("undone: c is at 0.50 again"),
        "{}",
        desk.says()
    );
    let noise_shapes = desk
        .lab
        .groups
        .iter()
        .map(|group| group.noise_shape.clone());
    assert!(
        noise_shapes.eq(Desk::new()
            .lab
            .groups
            .iter()
            .map(|group| group.noise_shape.clone()))
    );
    assert_eq!(desk.press("U"), []);
    assert_eq!(desk.says(), "there is no live change to take back");
    // New runs go as they came; what was changed in runs that are gone is passed over.
    let selected = desk.selected();
    desk.press("n enter");
    assert_eq!(desk.rates().len(), before.len() + 1);
    desk.press("U");
    assert_eq!((desk.rates(), desk.selected()), (before.clone(), selected));
    desk.press("n enter K K U");
    assert_eq!((desk.rates(), desk.selected()), (before, 'c'));
    let mut desk = Desk::young();
    desk.press("k ] j ] x U");
    assert_eq!(
        desk.rates().iter().find(|(letter, _)| *letter == 'b'),
        Some(&('b', 0.2))
    );
}

#[test]
fn curves_zoom_about_the_live_end_and_follow_the_mouse() {
    let mut desk = Desk::new();
    desk.press("4");
    let area = Rect::new(0, 0, 120, 36);
    let whole = dropscope::tui::app::whole(&desk.lab, dropscope::lab::curves::Alignment::Epoch);
    let range = |desk: &Desk| desk.app.curves.range(whole);
    desk.press("+ +");
    let (from, to) = range(&desk);
    assert!((to - from - (whole.1 - whole.0) / 4.0).abs() < 1e-9 && to == whole.1);
    desk.press("h");
    assert!(range(&desk).1 < whole.1);
    desk.press("0");
    assert_eq!(range(&desk), whole);
    // The wheel keeps what is under the pointer where it is.
    let cell = (40, 15);
    let x = |desk: &Desk| desk.hit(area, cell).curve.unwrap().0;
    let before = x(&desk);
    let hit = desk.hit(area, cell);
    desk.app.wheel(true, &hit, &desk.lab);
    let (from, to) = range(&desk);
    assert!(to - from < whole.1 - whole.0);
    assert!(
        (x(&desk) - before).abs() < 1e-6 * whole.1,
        "{} {before}",
        x(&desk)
    );
    // Dragged to the right, earlier epochs come into view.
    for cell in [cell, (cell.0 + 5, cell.1)] {
        let hit = desk.hit(area, cell);
        desk.app.hold(&hit, &desk.lab);
    }
    assert!(range(&desk).0 < from);
    desk.app.let_go();
    // A click reads the nearest evaluation.
    desk.click(area, cell);
    assert!(desk.text().contains("At epoch"), "{}", desk.text());
}

#[test]
fn keys_of_the_curves_do_nothing_elsewhere_and_say_where_they_do() {
    let mut desk = Desk::new();
    assert_eq!(desk.press("s"), []);
    assert!(
        desk.says().starts_with("s is for screen 4, Curves"),
        "{}",
        desk.says()
    );
    desk.press("4 s");
    assert!(desk.says().contains("smoothed"), "{}", desk.says());
    desk.press("s s s");
    assert_eq!(desk.app.curves.alpha, None);
}

#[test]
fn the_footer_says_what_a_key_does_now() {
    let mut desk = Desk::new();
    let footer = |desk: &Desk| rows(&draw(&desk.app, &desk.lab, 120, 36))[35].clone();
    assert!(footer(&desk).contains("Space pause") && footer(&desk).contains("Enter open"));
    desk.press("space tab");
    assert!(footer(&desk).contains("Space go on"));
    desk.press("4");
    assert!(footer(&desk).contains("s smoothing"), "{}", footer(&desk));
}

#[test]
fn escape_goes_back_one_level_at_a_time() {
    let mut desk = Desk::new();
    desk.press("z enter v");
    let levels = |desk: &Desk| {
        let is_at_curves = desk.app.screen == Screen::Curves;
        let has_crosshair = desk.app.view.crosshair.is_some();
        (has_crosshair, is_at_curves, desk.app.frozen.is_some())
    };
    for expected in [
        (true, true, true),
        (false, true, true),
        (false, false, true),
        (false, false, false),
        (false, false, false),
    ] {
        assert_eq!(levels(&desk), expected);
        assert_eq!(desk.press("esc"), []);
    }
    desk.press("? esc");
    assert_eq!(desk.app.overlay, None);
}

#[test]
fn curves_turn_through_what_the_task_has() {
    let mut desk = Desk::new();
    for metric in [Metric::Accuracy, Metric::Gap, Metric::Loss] {
        desk.press("o");
        assert_eq!(desk.app.view.metric, metric);
    }
    let mut regression = Desk::at("regression");
    for metric in [Metric::R2, Metric::Gap, Metric::Loss] {
        regression.press("o");
        assert_eq!(regression.app.view.metric, metric);
    }
    assert!(!desk.text().contains("nats, log"));
    desk.press("y");
    assert!(desk.text().contains("nats, log"));
}

/// The epoch at which the crosshair stands.
fn epoch(desk: &Desk) -> Option<f64> {
    let place = desk.app.view.crosshair?;
    let evaluation = place.evaluation(desk.app.shown(&desk.lab));
    Some(evaluation?.epoch)
}

#[test]
fn the_crosshair_stops_at_what_was_measured_and_nowhere_else() {
    let mut desk = Desk::new();
    desk.press("tab v");
    assert_eq!(desk.app.focus, Pane::Curves, "it comes into view");
    for (script, expected) in [
        ("", 41.0),
        ("left", 40.0),
        ("h h", 38.0),
        ("right", 39.0),
        ("pageup", 29.0),
        ("pagedown l", 40.0),
        ("home", 0.0),
        ("left pageup", 0.0),
        ("pagedown", 10.0),
        ("end", 41.0),
        ("right pagedown", 41.0),
        ("V 1 7 enter", 17.0),
        ("V 1 7 . 4 enter", 17.0),
        ("V 9 9 enter", 41.0),
        ("V 0 enter", 0.0),
    ] {
        assert_eq!(desk.press(script), []);
        assert_eq!(epoch(&desk), Some(expected), "{script}");
    }
    desk.press("v");
    assert_eq!(epoch(&desk), None);
    desk.press("V 3 enter");
    assert_eq!(epoch(&desk), Some(3.0), "typing an epoch is enough");
}

#[test]
fn after_epoch_100_the_crosshair_goes_by_the_evaluations_that_there_are() {
    let mut desk = Desk::of(Story {
        step: 400 * STEPS_PER_EPOCH,
        ..Story::default()
    });
    desk.press("V 2 0 1 enter");
    assert_eq!(epoch(&desk), Some(200.0));
    assert_eq!(
        desk.says(),
        "epoch 201 was not measured; 200 is the nearest"
    );
    assert!(desk.text().contains("epoch 200  a "), "{}", desk.text());
    desk.press("right");
    assert_eq!(epoch(&desk), Some(202.0));
    desk.press("V 2 0 2 enter");
    assert_eq!((epoch(&desk), desk.says()), (Some(202.0), ""));
}

#[test]
fn an_epoch_that_is_none_leaves_the_crosshair_where_it_is() {
    for typed in ["", "x", "- 1", "i n f", "n a n", "1 e 9 9 9"] {
        let mut desk = Desk::new();
        desk.press(&format!("v left V {typed} enter"));
        assert_eq!(epoch(&desk), Some(40.0), "{typed}");
        assert!(
            desk.says()
                .starts_with("epoch EPOCH: accepted is a number from 0 on"),
            "{typed}"
        );
    }
    let mut opened = Desk::at("opened");
    opened.press("V 3 enter");
    assert_eq!(opened.says(), "nothing has been measured yet");
    opened.press("v left right home end");
    assert!(
        opened
            .text()
            .contains("the initial weights are being evaluated")
    );
}

#[test]
fn the_crosshair_shows_the_mean_and_the_spread_of_each_rate_as_they_were_measured() {
    for (metric, value) in [
        ("", (|e| e.test_loss) as fn(&Evaluation) -> f64),
        ("o", |e| 100.0 * e.test_accuracy.unwrap()),
        ("o o", |e| e.test_loss - e.train_loss),
    ] {
        let mut desk = Desk::new();
        desk.press(metric);
        desk.press("V 3 8 enter");
        let text = desk.text();
        assert!(text.contains("epoch 38"), "{text}");
        for group in &desk.lab.groups {
            let measured = |run: &Arc<RunSnapshot>| {
                let found = run.history.evaluations.iter().find(|e| e.epoch == 38.0);
                value(found.unwrap())
            };
            let values: Vec<f64> = group.runs.iter().map(measured).collect();
            let n_runs = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n_runs;
            let squares = values.iter().map(|value| (value - mean).powi(2));
            let spread = (squares.sum::<f64>() / (n_runs - 1.0)).sqrt();
            let expected = match metric {
                "" => format!("{} {mean:.3} ±{spread:.3}", group.letter),
                "o" => format!("{} {mean:.1} ±{spread:.1}", group.letter),
                _ => format!("{} {mean:+.3} ±{spread:.3}", group.letter).replace('-', "−"),
            };
            assert!(text.contains(&expected), "{expected}\n{text}");
        }
    }
}

#[test]
fn a_rate_that_was_not_measured_where_the_crosshair_is_has_no_value_there() {
    let mut desk = Desk::new();
    change_runs(&mut desk.lab, 1, |run| {
        edit(run, |all| all.truncate(12));
    });
    desk.press("V 2 0 enter");
    assert!(desk.text().contains("  b –  c "), "{}", desk.text());
    desk.press("V 1 1 enter");
    assert!(!desk.text().contains("  b –"), "{}", desk.text());
}

#[test]
fn at_the_latest_evaluation_the_crosshair_stays_with_the_latest() {
    let mut desk = Desk::new();
    let later = Desk::of(Story {
        step: 50 * STEPS_PER_EPOCH,
        ..Story::default()
    });
    for (script, expected) in [
        ("v", 50.0),
        ("v left", 40.0),
        ("v left right", 50.0),
        ("v left end", 50.0),
        ("V 4 1 enter", 41.0),
    ] {
        let mut desk = desk.clone();
        desk.press(script);
        desk.lab = later.lab.clone();
        assert_eq!(epoch(&desk), Some(expected), "{script}");
    }
    // All runs began again: the place is one that was not reached yet.
    desk.press("v left");
    for row in 0..4 {
        change_runs(&mut desk.lab, row, |run| {
            edit(run, |all| all.truncate(3));
        });
    }
    assert_eq!(epoch(&desk), Some(2.0));
}

#[test]
fn the_crosshair_reads_in_every_size_and_keeps_the_selected_rate() {
    for name in [
        "four rates",
        "26 rates",
        "26 rates, huge",
        "one run",
        "regression",
    ] {
        for (width, height) in [(32, 8), (40, 12), (60, 16), (80, 24), (100, 30), (120, 36)] {
            let mut desk = Desk::at(name);
            desk.press("v");
            let text = rows(&draw(&desk.app, &desk.lab, width, height)).join("\n");
            if height < 16 {
                continue;
            }
            // The first row of the screen has an epoch, too.
            let below = text.lines().skip(1);
            let reading: Vec<&str> = below
                .skip_while(|line| !line.contains("│ epoch "))
                .take(4)
                .collect();
            let selected = format!(" {} ", desk.selected());
            let is_read = reading.iter().any(|line| line.contains(&selected));
            assert!(is_read, "{name} {width}x{height}\n{text}");
        }
    }
}

#[test]
fn where_there_is_no_crosshair_pages_and_ends_move_the_selection() {
    let mut desk = Desk::at("26 rates");
    for (script, letter) in [
        ("home", 'a'),
        ("pagedown", 'f'),
        ("pagedown pagedown pageup", 'k'),
        ("end", 'z'),
        ("pagedown", 'z'),
        ("pageup", 'u'),
    ] {
        desk.press(script);
        assert_eq!(desk.selected(), letter, "{script}");
    }
}

#[test]
fn the_masks_turn_through_the_layers_that_have_any_and_move_aside() {
    let mut desk = Desk::new();
    desk.press("tab");
    for layer in ["hidden 1", "hidden 2", "hidden 1"] {
        assert!(desk.text().contains(layer), "{layer}\n{}", desk.text());
        desk.press("u");
    }
    assert!(desk.text().contains("unit 0 "));
    desk.press("right");
    assert!(desk.text().contains("unit 16 "), "{}", desk.text());
    desk.press("l left h");
    assert!(desk.text().contains("unit 0 "));
    for (script, unit) in [
        ("pagedown", 64),
        ("pagedown pageup right", 80),
        ("home", 0),
        ("pageup", 0),
    ] {
        desk.press(script);
        assert!(desk.text().contains(&format!("unit {unit} ")), "{script}");
    }
    desk.press("end");
    assert_eq!(desk.app.view.first_unit, 255);
    desk.press("home backtab v tab right");
    assert_eq!(
        desk.app.view.first_unit, 16,
        "the focused pane has the arrows"
    );
}

#[test]
fn a_frozen_view_stays_while_keys_still_reach_the_lab() {
    let mut desk = Desk::new();
    desk.press("z");
    // The bottom row says what keys do now, and there is something to take back.
    let frozen = |desk: &Desk| {
        let text = desk.text();
        text.rsplit_once('\n').expect("there are rows").0.to_owned()
    };
    let before = frozen(&desk);
    desk.press("] ]");
    assert_eq!(
        desk.rates()[2],
        ('c', 0.6),
        "each key counts from the rate as it is, not as it is shown"
    );
    assert_eq!(frozen(&desk), before);
    desk.press("z");
    assert!(desk.text().contains("0.60"));
}

#[test]
fn while_frozen_keys_change_the_rate_that_is_shown_as_selected() {
    let mut desk = Desk::new();
    desk.press("z n enter");
    assert_eq!((desk.selected(), desk.rates().len()), ('c', 5));
    assert!(desk.says().contains("the new runs train"));
    desk.press("j j j");
    assert_eq!(desk.selected(), 'd', "the new runs are not in view");
    desk.press("]");
    assert_eq!(desk.rates()[3], ('d', 0.75));
    // The runs in view may be gone: then keys change nothing, least of all others.
    desk.lab.groups.remove(3);
    assert_eq!(desk.press("] m r x"), []);
}

#[test]
fn the_look_turns_through_all_themes_and_glyphs() {
    let mut desk = Desk::new();
    for theme in ["light", "high-contrast", "mono", "dark"] {
        desk.press("t");
        assert_eq!(desk.app.theme.name(), theme);
        assert!(desk.text().contains(&format!("theme: {theme}")));
    }
    for glyphs in [Glyphs::Half, Glyphs::Ascii, Glyphs::Octant, Glyphs::Braille] {
        desk.press("G");
        assert_eq!(desk.app.theme.glyphs(), glyphs);
        assert_eq!(desk.app.theme.tier(), ColorTier::TrueColor);
    }
}

#[test]
fn claims_turn_and_the_row_follows() {
    let mut desk = Desk::new();
    assert!(desk.text().contains("claim 4 · 1 of the 2"));
    desk.press("c");
    assert!(desk.text().contains("claim 5 · 2 of the 2"));
    desk.press("c");
    assert!(desk.text().contains("claim 4 · 1 of the 2"));
}

#[test]
fn claims_compare_any_two_rates() {
    let mut desk = Desk::new();
    let reference = |desk: &Desk| desk.app.reference(&desk.lab).unwrap().letter;
    let at_first = desk.text();
    assert_eq!(reference(&desk), 'a');
    desk.press("k C");
    assert_eq!(
        desk.says(),
        "claims compare the rate that is selected with b now"
    );
    desk.press("j");
    assert_eq!((reference(&desk), desk.selected()), ('b', 'c'));
    assert!(
        desk.text().contains("at .2") || desk.text().contains("against .2"),
        "{}",
        desk.text()
    );
    desk.press("j C k");
    assert_eq!((reference(&desk), desk.selected()), ('d', 'c'));
    assert_eq!(desk.press("j C"), []);
    assert_eq!(desk.says(), "claims compare with the lowest rate again");
    desk.press("k");
    assert_eq!((reference(&desk), desk.text()), ('a', at_first));
    // Two groups of one rate, masks per sample against masks per batch; and a rate that is gone is compared with no more.
    desk.press("C n . 5 enter m");
    assert_eq!((reference(&desk), desk.selected()), ('c', 'e'));
    desk.lab.groups.remove(2);
    assert_eq!(reference(&desk), 'a');
}

/// The page of the help that is open, and its first visible row.
fn reading(desk: &Desk) -> Option<(HelpPage, u16)> {
    match &desk.app.overlay {
        Some(Overlay::Help(reader)) => Some((reader.page(), reader.top())),
        _ => None,
    }
}

#[test]
fn help_scrolls_turns_pages_and_closes() {
    let mut desk = Desk::new();
    desk.press("?");
    desk.app.fit_help(Extent {
        n_rows: 90,
        n_visible: 20,
    });
    desk.press("j j k");
    assert_eq!(reading(&desk), Some((HelpPage::Screen(Screen::Lab), 1)));
    desk.press("end");
    assert_eq!(reading(&desk), Some((HelpPage::Screen(Screen::Lab), 70)));
    desk.press("home");
    assert_eq!(reading(&desk), Some((HelpPage::Screen(Screen::Lab), 0)));
    assert!(desk.text().contains("[Lab]"));
    desk.press("tab");
    assert_eq!(reading(&desk), Some((HelpPage::Pane(Pane::Curves), 0)));
    assert_eq!(desk.app.focus, Pane::Curves);
    desk.press("backtab up");
    assert_eq!(reading(&desk), Some((HelpPage::Screen(Screen::Lab), 0)));
    assert_eq!(desk.app.focus, Pane::Curves);
    assert_eq!(
        desk.press("]"),
        [],
        "what another key asks for is not done behind the help"
    );
    assert_eq!(desk.app.overlay, None);
}

#[test]
fn redraw_suspend_and_quit_are_the_loops_business() {
    for (key, wish) in [
        ("ctrl-l", Wish::Redraw),
        ("ctrl-z", Wish::Suspend),
        ("q", Wish::Quit),
    ] {
        assert_eq!(Desk::new().press(key), [wish]);
    }
}

#[test]
fn a_key_that_is_bound_to_nothing_does_nothing_and_says_so() {
    for (script, name) in [("f9", "F9"), ("b", "b"), ("8", "8"), ("ctrl-g", "Ctrl-g")] {
        let mut desk = Desk::new();
        assert_eq!(desk.press(script), []);
        assert_eq!(
            desk.says(),
            format!("{name} does nothing; ? lists the keys")
        );
    }
}

#[test]
fn alt_with_a_letter_is_not_that_letter() {
    for letter in ('a'..='z').chain('A'..='Z').chain("[]{}().,=? ".chars()) {
        for before in ["", "?", "v", "enter"] {
            let mut desk = Desk::young();
            desk.press(before);
            let state =
                |desk: &Desk| format!("{:?}", (&desk.app.overlay, desk.app.view, desk.app.focus));
            let idle = state(&desk);
            let alt = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT);
            assert_eq!(desk.app.press(alt.into(), &desk.lab), None, "Alt-{letter}");
            assert_eq!(state(&desk), idle, "Alt-{letter}");
            let name = if letter == ' ' {
                "Space".to_owned()
            } else {
                letter.to_string()
            };
            assert_eq!(
                desk.says(),
                format!("Alt-{name} does nothing; ? lists the keys")
            );
        }
        let mut typing = Desk::new();
        typing.press("= . 3");
        let alt = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::ALT);
        typing.app.press(alt.into(), &typing.lab);
        assert!(typing.text().contains("rate of c: .3▏"), "Alt-{letter}");
    }
}

#[test]
fn a_paste_goes_into_the_text_that_is_typed_and_nowhere_else() {
    for (script, pasted, shown) in [
        ("=", ".35", "rate of c: .35▏"),
        ("= 0", ".3\n.5\nq", "rate of c: 0.3▏"),
        ("=", "\r\n.4\u{1b}[A\u{7}\r\n", "rate of c: .4[A▏"),
        ("n", ".25\n", "rate of new runs: .25▏"),
    ] {
        let mut desk = Desk::new();
        desk.press(script);
        desk.app.paste(pasted);
        assert!(desk.text().contains(shown), "{}", desk.text());
    }
    for before in ["", "?", "x", "r", "v", "z"] {
        let mut desk = Desk::new();
        desk.press(before);
        let idle = desk.state();
        for pasted in ["q", "y\n", "r\ny", ".35"] {
            desk.app.paste(pasted);
        }
        assert_eq!(desk.state(), idle, "{before}");
    }
}

#[test]
fn a_message_stands_until_the_next_key_or_for_some_seconds_and_leaves_the_keys_in_view() {
    for (width, height) in [(80, 24), (120, 36), (60, 16)] {
        let mut desk = Desk::new();
        let keys = rows(&draw(&desk.app, &desk.lab, width, height)).pop();
        desk.press("t");
        let picture = rows(&draw(&desk.app, &desk.lab, width, height));
        let [.., message, last] = &picture[..] else {
            panic!("two rows at least")
        };
        assert_eq!(
            (message.trim(), Some(last)),
            ("theme: light", keys.as_ref())
        );
    }
    let mut desk = Desk::new();
    desk.press("t");
    desk.wait(3.0);
    assert_eq!(desk.says(), "theme: light");
    assert_eq!(desk.clone().press("tab"), []);
    desk.wait(2.0);
    assert_eq!(desk.says(), "");
    desk.press("t tab");
    assert_eq!(desk.says(), "", "the next key ends it");
    desk.press("t");
    let small = rows(&draw(&desk.app, &desk.lab, 40, 12));
    assert!(small.last().unwrap().contains("theme: mono"), "{small:?}");
}

#[test]
fn a_click_selects_the_row_or_the_pane_that_is_drawn_there() {
    for name in ["four rates", "26 rates"] {
        let mut desk = Desk::at(name);
        for area in [Rect::new(0, 0, 120, 36), Rect::new(0, 0, 80, 24)] {
            for y in 0..area.height {
                let buf = draw(&desk.app, &desk.lab, area.width, area.height);
                let letter = buf[(2, y)].symbol().to_owned();
                let is_row = buf[(1, y)].symbol() == "▌";
                desk.click(area, (2, y));
                if is_row {
                    assert_eq!(desk.selected().to_string(), letter, "{name} at row {y}");
                }
            }
            for (pane, place) in desk.places(area).panes {
                desk.click(area, (place.right() - 1, place.bottom() - 1));
                assert_eq!(desk.app.focus, pane);
            }
        }
    }
    let mut desk = Desk::new();
    desk.press("x");
    assert_eq!(desk.click(Rect::new(0, 0, 120, 36), (90, 30)), None);
    let closed = (desk.app.overlay.is_none(), desk.app.focus);
    assert_eq!(
        closed,
        (true, Pane::Curves),
        "the first click only closes what lies over the screen"
    );
}

/// Something that a reader may do.
#[derive(Debug, Clone)]
enum Deed {
    Press(usize),
    Click(u16, u16),
    Wheel(bool),
    Resize(u16, u16),
}

/// All keys of the table, and some that mean something in a text only.
fn all_keys() -> Vec<Key> {
    let own = BINDINGS.iter().flat_map(|binding| binding.keys);
    own.chain(&["0", "1", "5", "y", "b", "backspace", "f1"])
        .map(|key| Key::parse(key).unwrap())
        .collect()
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0..all_keys().len()).prop_map(Deed::Press),
        2 => (0..260u16, 0..90u16).prop_map(|(x, y)| Deed::Click(x, y)),
        1 => any::<bool>().prop_map(Deed::Wheel),
        2 => (0..=250u16, 0..=80u16).prop_map(|(width, height)| Deed::Resize(width, height)),
    ]
}

proptest! {
    #![proptest_config(Config {
        cases: 150,
        rng_seed: RngSeed::Fixed(2014),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn whatever_is_pressed_at_whatever_size_nothing_panics(
        scene_idx in 0..scenes().len(),
        tier in prop_oneof![Just(ColorTier::None), Just(ColorTier::Ansi16), Just(ColorTier::TrueColor)],
        (width, height) in (0..=250u16, 0..=80u16),
        deeds in prop::collection::vec(deed(), 1..12),
    ) {
        let scene = &scenes()[scene_idx];
        let theme = Theme::built_in("dark", tier, Glyphs::ALL[scene_idx % 4]);
        let mut desk = Desk { app: scene.app(theme), lab: scene.lab.clone() };
        let mut area = Rect::new(0, 0, width, height);
        let keys = all_keys();
        for deed in deeds {
            let wish = match deed {
                Deed::Press(idx) => desk.app.press(keys[idx], &desk.lab),
                Deed::Click(x, y) => desk.click(area, (x, y)),
                Deed::Wheel(is_up) => {
                    desk.app.act(if is_up { Action::Up } else { Action::Down }, &desk.lab)
                }
                Deed::Resize(width, height) => {
                    area = Rect::new(0, 0, width, height);
                    None
                }
            };
            desk.grant(wish.as_ref());
            draw(&desk.app, &desk.lab, area.width, area.height);
            let places = desk.places(area);
            let areas = [places.top, places.table, places.claim, places.footer];
            let panes = places.panes.iter().map(|(_, pane)| *pane);
            for part in areas.into_iter().chain(panes) {
                prop_assert_eq!(part.intersection(area), part, "a part is outside of {:?}", area);
            }
        }
    }
}

#[test]
fn a_verb_that_is_typed_says_what_comes_of_it_and_is_done_on_enter() {
    let mut desk = Desk::new();
    desk.press(":");
    desk.app.paste("rate .35");
    let text = desk.text();
    assert!(
        text.contains("c 0.50 → 0.35, live: nothing is reset"),
        "{text}"
    );
    assert!(
        text.contains("rate RATE") && text.contains("1 of "),
        "{text}"
    );
    let wishes = desk.press("enter");
    let is_rate = |wish: &Wish| matches!(wish, Wish::Send(Command::SetRate { rate, .. }) if rate.value() == 0.35);
    assert!(
        wishes.len() == 1 && wishes.iter().all(is_rate),
        "{wishes:?}"
    );
    assert!(desk.app.overlay.is_none());
    // The same again from the history; Esc leaves without doing anything.
    desk.press(": up");
    assert!(desk.text().contains(": rate 0.35"), "{}", desk.text());
    assert_eq!(desk.press("esc"), []);
    assert!(desk.app.overlay.is_none());
}

#[test]
fn a_verb_that_cannot_be_done_says_why_in_place_and_keeps_its_text() {
    let mut desk = Desk::new();
    for (typed, why) in [
        ("rate 1.5", "a number from 0 to 1, got \"1.5\""),
        ("theme sea", "no theme is called \"sea\"; there are dark"),
        ("zzzz", "there is no `zzzz`"),
    ] {
        desk.press(":");
        desk.app.paste(typed);
        assert_eq!(desk.press("enter"), []);
        let text = desk.text();
        assert!(
            text.contains(why) && text.contains(&format!(": {typed}")),
            "{text}"
        );
        desk.press("esc");
    }
    // On an empty line nothing is done, whatever stands first in the list.
    assert_eq!(desk.press(": enter"), []);
    assert!(desk.app.overlay.is_some());
}

#[test]
fn verbs_are_completed_and_chosen_and_letters_are_text_while_one_is_typed() {
    let mut desk = Desk::new();
    assert_eq!(desk.press(": t h e m e tab"), []);
    desk.app.paste("li");
    desk.press("tab");
    let text = desk.text();
    assert!(
        text.contains(": theme light") && text.contains("dark → light"),
        "{text}"
    );
    desk.press("enter");
    assert_eq!(desk.app.theme.name(), "light");
    assert_eq!(desk.press(": q q"), [], "`q` is a letter here");
    assert_eq!(desk.press("ctrl-c"), [Wish::Quit]);
    desk.press("esc :");
    desk.app.paste("pau");
    let wishes = desk.press("enter");
    assert!(
        matches!(&wishes[..], [Wish::Send(Command::Pause | Command::Play)]),
        "{wishes:?}"
    );
    desk.press(":");
    desk.app.paste("save /tmp/x y");
    assert_eq!(desk.press("enter"), [Wish::Save("/tmp/x y".into())]);
}

#[test]
fn a_unit_is_dropped_by_hand_in_the_view_and_with_a_mask_that_is_held_in_training() {
    let unit = |unit| UnitId { layer_idx: 1, unit };
    let mut desk = Desk::at("thinned network");
    assert_eq!(desk.press("d"), [], "no unit is chosen yet");
    assert!(
        desk.says().contains("choose a unit first"),
        "{}",
        desk.says()
    );
    assert_eq!(
        desk.press("right right down d"),
        [],
        "in the view, nothing is trained otherwise"
    );
    assert_eq!(desk.app.masks.without, [unit(9)]);
    assert_eq!(desk.press("d d"), [], "given back, and dropped again");
    let group = desk.app.selected(&desk.lab).unwrap().id;
    let hold = |units: &[usize]| Command::HoldMask {
        group,
        without: units.iter().map(|&idx| unit(idx)).collect(),
    };
    assert_eq!(
        desk.command("M"),
        hold(&[9]),
        "what was dropped in the view is left out"
    );
    assert_eq!(desk.app.masks.without, []);
    assert!(desk.lab.group(group).unwrap().held.is_some());
    assert_eq!(desk.command("right d"), hold(&[9, 10]));
    assert_eq!(desk.command("D"), hold(&[]));
    assert_eq!(desk.command("U"), hold(&[9, 10]), "undone");
    assert_eq!(desk.command("U"), hold(&[9]));
    assert_eq!(desk.command("M"), Command::LetMaskGo(group));
    let without = vec![unit(9)];
    assert_eq!(desk.command("U"), Command::HoldMaskAgain { group, without });
    assert_eq!(desk.command("U"), Command::LetMaskGo(group), "what M began");
    assert_eq!(desk.lab.group(group).unwrap().held, None);
}

#[test]
fn a_mask_is_held_only_where_there_is_one_and_something_trains() {
    let mut desk = Desk::at("thinned at rate 0");
    assert_eq!(desk.press("M"), []);
    assert!(desk.says().contains("no mask to hold"), "{}", desk.says());
    assert!(
        matches!(desk.command("right d M"), Command::HoldMask { .. }),
        "but for units by hand"
    );
    let mut desk = Desk::at("finished");
    assert_eq!(desk.press("2 M"), []);
    assert!(desk.says().contains("trains no more"), "{}", desk.says());
}

#[test]
fn what_is_asked_for_the_masks_follows_example_sample_and_units_by_hand() {
    let mut desk = Desk::at("thinned by sample");
    let asked = |desk: &Desk| {
        let questions = desk.app.questions(&desk.lab, Rect::new(0, 0, 120, 36));
        questions
            .into_iter()
            .map(|question| question.probe)
            .collect::<Vec<_>>()
    };
    let flow = |example, sample, without: &[UnitId]| {
        let without = without.to_vec();
        Probe::Flow(FlowQuestion {
            example,
            sample,
            without,
            is_in_step: false,
        })
    };
    assert_eq!(asked(&desk), [flow(0, 1, &[])]);
    desk.press("down e");
    assert_eq!(asked(&desk), [flow(1, 2, &[])]);
    desk.press("E E");
    assert_eq!(
        asked(&desk),
        [flow(499, 2, &[])],
        "from the first to the last"
    );
    desk.press("right d");
    let units = desk.app.masks.without.clone();
    assert_eq!(asked(&desk), [flow(499, 2, &units), Probe::Without(units)]);
    desk.press("g");
    assert_eq!(asked(&desk).len(), 1, "the flow is not shown");
}

#[test]
fn a_click_chooses_a_unit_of_the_thinned_network_and_a_second_one_drops_it() {
    let mut desk = Desk::at("thinned network");
    let area = Rect::new(0, 0, 120, 36);
    let unit = UnitId {
        layer_idx: 2,
        unit: 18,
    };
    let cell = (0..36)
        .flat_map(|y| (0..120).map(move |x| (x, y)))
        .find(|&cell| desk.hit(area, cell).masked_unit == Some(unit));
    let cell = cell.expect("the block of hidden 2 is in view");
    assert_eq!(desk.click(area, cell), None);
    assert_eq!(
        (desk.app.masks.cursor, desk.app.masks.without.len()),
        (Some(18), 0)
    );
    desk.click(area, cell);
    assert_eq!(
        desk.app.masks.without,
        [UnitId {
            layer_idx: 2,
            unit: 18
        }]
    );
}

/// What is looked at, as the lab has it.
fn seen(desk: &Desk) -> Option<u64> {
    desk.lab.past.as_ref().map(|past| past.step)
}

#[test]
fn the_past_is_gone_through_by_the_grain_and_left_at_its_end() {
    let last = 41 * STEPS_PER_EPOCH;
    let cases = [
        ("<", Some(last - 1)),
        ("< < <", Some(last - 3)),
        ("< < < >", Some(last - 2)),
        ("< < .", Some(last - 1)),
        ("< >", None),
        ("< home", Some(0)),
        ("< home <", Some(0)),
        ("< home end", None),
        ("< shift-end", None),
        ("< esc", None),
        (", <", Some(40 * STEPS_PER_EPOCH)),
        ("< < , <", Some(40 * STEPS_PER_EPOCH)),
        ("< home , > >", Some(2 * STEPS_PER_EPOCH)),
        ("z <", Some(last - 1)),
        (": s t e p - t o space 4 0 enter", Some(40)),
        (": s t e p - t o space 9 9 9 9 9 enter", None),
        ("< : l i v e enter", None),
    ];
    for (script, expected) in cases {
        let mut desk = Desk::new();
        desk.press(script);
        assert_eq!(seen(&desk), expected, "{script}");
    }
}

#[test]
fn while_somebody_looks_back_space_plays_on_from_there_and_the_crosshair_keeps_its_ends() {
    let mut desk = Desk::new();
    desk.press("< home");
    assert_eq!(desk.command("space"), Command::PlayPast(true));
    assert_eq!(desk.command("space"), Command::PlayPast(false));
    desk.press("v home");
    assert_eq!(seen(&desk), Some(0), "home is the crosshair's");
    desk.press("esc");
    assert_eq!(seen(&desk), Some(0), "the crosshair is left first");
    desk.press("esc");
    assert_eq!(seen(&desk), None);
    assert_eq!(desk.command("space"), Command::Pause);
}

#[test]
fn runs_branch_off_at_the_step_in_view_at_the_rate_that_is_typed() {
    let rate = |rate| DropRate::new(rate).unwrap();
    let last = 41 * STEPS_PER_EPOCH;
    let cases = [
        ("f . 3 enter", last, 0.3),
        ("f enter", last, 0.5),
        (": s t e p - t o space 4 0 enter f . 3 enter", 40, 0.3),
        ("< : f o r k space . 7 enter", last - 1, 0.7),
    ];
    for (script, step, to) in cases {
        let mut desk = Desk::new();
        let group = desk.lab.groups[2].id;
        let wishes = desk.press(script);
        let fork = Command::Fork {
            group,
            step,
            rate: rate(to),
        };
        assert_eq!(wishes.last(), Some(&Wish::Send(fork)), "{script}");
        assert!(desk.says().contains("branch off from c at step"));
        let added = desk.lab.groups.last().unwrap();
        assert_eq!(added.origin.unwrap().step, step);
        let added = added.id;
        assert_eq!(
            desk.press("U").last(),
            Some(&Wish::Send(Command::Remove(added)))
        );
    }
    let mut desk = Desk::new();
    assert_eq!(desk.press("f esc"), []);
}

#[test]
fn the_time_bar_stands_above_the_keys_and_takes_the_mouse() {
    for (width, height, y) in [(120, 36, 34), (80, 24, 22), (60, 16, 14), (200, 50, 48)] {
        let mut desk = Desk::new();
        let area = Rect::new(0, 0, width, height);
        let at = |desk: &Desk, x: u16| screens::hit(&desk.app, &desk.lab, area, (x, y)).step;
        assert_eq!(at(&desk, width / 2), None, "there is none at first");
        desk.press(": s t e p - t o space 4 0 0 enter");
        let buf = draw(&desk.app, &desk.lab, width, height);
        let row = &rows(&buf)[usize::from(y)];
        assert!(
            row.starts_with(" ◀ 400 ") && row.ends_with(" 656 End live"),
            "{row}"
        );
        assert!(row.contains('━') && row.contains('─'), "{row}");
        let here = row.chars().position(|glyph| glyph == '●').unwrap() as u16;
        let step = at(&desk, here).unwrap();
        assert!(
            step.abs_diff(400) <= 656 / u64::from(width) + 12,
            "{step} under the mark"
        );
        let hit = screens::hit(&desk.app, &desk.lab, area, (here - 3, y));
        let wish = desk.app.click(&hit, &desk.lab);
        assert_eq!(wish, Some(Wish::Send(Command::View(hit.step))));
        let hit = screens::hit(&desk.app, &desk.lab, area, (here - 6, y));
        let wish = desk.app.hold(&hit, &desk.lab);
        assert_eq!(wish, Some(Wish::Send(Command::View(hit.step))));
        let top = &rows(&buf)[0];
        assert!(top.contains("◀ step 400 · epoch 25.0"), "{top}");
    }
}

#[test]
fn a_fork_is_a_branch_of_the_curves() {
    let mut desk = Desk::new();
    desk.press(": s t e p - t o space 3 2 0 enter f . 3 enter end 4");
    let buf = draw(&desk.app, &desk.lab, 120, 36);
    let text = rows(&buf).join("\n");
    assert!(
        text.contains('╎') && text.contains("e branches off from c"),
        "{text}"
    );
}

#[test]
fn a_unit_is_inspected_from_its_masks_and_i_leads_back() {
    let mut desk = Desk::at("thinned network");
    desk.press("i");
    assert!(
        desk.says().contains("choose a unit first"),
        "{}",
        desk.says()
    );
    desk.press("right right right i");
    assert_eq!(
        (desk.app.screen, desk.app.focus),
        (Screen::Units, Pane::Unit)
    );
    // The first press puts the cursor on unit 0, two more move it on; the first layer with masks is hidden 1.
    assert_eq!((desk.app.unit_layer(), desk.app.unit()), (Some(0), 2));
    desk.press("right i");
    let run = desk.app.selected(&desk.lab).unwrap().shown_run().unwrap();
    let on_masks = desk.app.unit_of(run).unwrap();
    assert_eq!(desk.app.screen, Screen::Masks);
    assert_eq!((on_masks.layer_idx, on_masks.unit), (1, 3));
}
