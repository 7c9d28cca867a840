//! The terminal face without a terminal: apps, scripts of keys, the scenes that the screens are tried on, and pictures
//! of what was drawn that hold styles as well as glyphs.
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use dropscope::data::{Spec, SplitPlan};
use dropscope::lab::{DataPlan, Experiment, GroupSnapshot, LabSnapshot, Network, Pace, Phase};
use dropscope::train::{OptimizerPlan, StepPhase};
use dropscope::tui::app::{App, Facts, Wish};
use dropscope::tui::keymap::{Key, Keymap};
use dropscope::tui::screens;
use dropscope::tui::theme::{ColorTier, Glyphs, Role, Theme};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::flow::{flowing, held};
use super::lab::{Story, change_evaluations, change_runs, changed_live, edit};
use super::perturbed::perturbed;

/// A state of the lab and the keys that were pressed in it.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) lab: LabSnapshot,
    /// Pressed before the first frame, as a script.
    pub(crate) keys: &'static str,
}

impl Scene {
    /// The app of this scene, after its keys.
    pub(crate) fn app(&self, theme: Theme) -> App {
        let mut app = App::new(facts(&self.lab), Keymap::default(), theme);
        press(&mut app, &self.lab, self.keys);
        app
    }

    /// What is on a screen of this size.
    pub(crate) fn draw(&self, theme: Theme, width: u16, height: u16) -> Buffer {
        draw(&self.app(theme), &self.lab, width, height)
    }
}

/// The theme that most terminals get.
pub(crate) fn dark() -> Theme {
    Theme::built_in("dark", ColorTier::TrueColor, Glyphs::Braille)
}

/// The frame of a screen of this size.
pub(crate) fn draw(app: &App, lab: &LabSnapshot, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    screens::draw(app, lab, area, &mut buf);
    buf
}

/// The keys of a script: their names, separated by spaces, such as `2 j j space`.
pub(crate) fn keys(script: &str) -> impl Iterator<Item = Key> {
    script
        .split_whitespace()
        .map(|word| Key::parse(word).unwrap())
}

/// Presses the keys of `script` and gives what they ask for.
pub(crate) fn press(app: &mut App, lab: &LabSnapshot, script: &str) -> Vec<Wish> {
    keys(script).filter_map(|key| app.press(key, lab)).collect()
}

/// The facts of the experiment that `lab` may have come from.
pub(crate) fn facts(lab: &LabSnapshot) -> Facts {
    let run = lab.groups.first().map(|group| Arc::clone(&group.runs[0]));
    let widths = run.map_or_else(
        || Story::default().widths.to_vec(),
        |run| run.widths.clone(),
    );
    let is_classification = widths.last() != Some(&1);
    let experiment = Experiment {
        preset: is_classification.then(|| "rescue".to_owned()),
        data: DataPlan {
            spec: if is_classification {
                Spec::Digits
            } else {
                Spec::Regression
            },
            split: SplitPlan {
                n_train: Some(500),
                n_test: None,
                label_noise: if is_classification { 0.3 } else { 0.0 },
            },
            seed: lab.seed,
        },
        network: Network {
            hidden: widths[1..widths.len() - 1].to_vec(),
            ..Experiment::example().network
        },
        groups: lab.groups.iter().map(GroupSnapshot::plan).collect(),
        optimizer: OptimizerPlan::sgd(0.01),
        batch_size: 32,
        seed: lab.seed,
        n_seeds: lab.groups.first().map_or(1, |group| group.runs.len()),
        limit: None,
        pace: Pace::EpochsPerSec(5.0),
        n_threads: 1,
        decide_at: vec![150],
        ..Experiment::example()
    };
    Facts {
        experiment,
        n_examples: (500, 797),
        labels: None,
        item_shape: if widths[0] == 64 {
            vec![8, 8]
        } else {
            vec![widths[0]]
        },
        widths,
        is_classification,
    }
}

/// Every scene, built once.
pub(crate) fn scenes() -> &'static [Scene] {
    static SCENES: LazyLock<Vec<Scene>> = LazyLock::new(|| {
        let scene = |(name, lab, keys)| Scene { name, lab, keys };
        labs()
            .into_iter()
            .chain(views())
            .chain(of_masks())
            .chain(of_perturbations())
            .map(scene)
            .collect()
    });
    &SCENES
}

/// The scene of this name.
pub(crate) fn scene(name: &str) -> &'static Scene {
    let found = scenes().iter().find(|scene| scene.name == name);
    found.unwrap_or_else(|| panic!("no scene is called {name}"))
}

/// The screen of perturbations, with numbers and without.
fn of_perturbations() -> Vec<Row> {
    let lab = || perturbed(Story::default().tell(), usize::MAX);
    let one_seed = Story {
        n_seeds: 1,
        ..Story::default()
    };
    vec![
        ("perturbed", lab(), "7"),
        ("perturbed, crosshair", lab(), "7 v right"),
        ("perturbed, attack", lab(), "7 tab tab tab tab o"),
        ("perturbed, classes", lab(), "7 backtab"),
        ("perturbed, areas", lab(), "7 tab tab tab"),
        ("perturbed, one seed", perturbed(one_seed.tell(), 1), "7"),
        ("perturbed, not yet", Story::default().tell(), "7 tab tab"),
    ]
}

type Row = (&'static str, LabSnapshot, &'static str);

/// A lab that stands after the first part of a step.
fn paused() -> LabSnapshot {
    let story = Story {
        step: 43,
        ..Story::default()
    };
    let mut lab = story.tell();
    lab.is_playing = false;
    for row in 0..4 {
        change_runs(&mut lab, row, |run| run.next_part = StepPhase::Forward);
    }
    lab
}

/// A lab at its limit.
fn finished() -> LabSnapshot {
    let mut lab = Story::default().tell();
    (0..4).for_each(|row| change_runs(&mut lab, row, |run| run.phase = Phase::Finished));
    lab
}

/// Scenes that differ in what the lab is or has been through.
fn labs() -> Vec<Row> {
    let story = Story::default;
    let with = |change: fn(&mut Story)| {
        let mut story = story();
        change(&mut story);
        story.tell()
    };
    let mut full_speed = story().tell();
    full_speed.pace = Pace::FullSpeed;
    vec![
        ("no group", with(|story| story.rates.clear()), ""),
        ("opened", opened(), ""),
        ("first evaluation", with(|story| story.step = 0), ""),
        (
            "one run",
            with(|story| (story.rates, story.n_seeds) = (vec![0.5], 1)),
            "",
        ),
        ("four rates", story().tell(), ""),
        ("six rates", six_rates(), ""),
        ("26 rates", many_rates(), "j j j j j"),
        ("diverged", diverged(), "j"),
        ("failed", failed(), "j"),
        ("no numbers", no_numbers(), ""),
        ("huge", huge(story().tell()), ""),
        ("26 rates, huge", huge(many_rates()), "j j"),
        (
            "regression",
            with(|story| story.widths = &[1, 64, 64, 1]),
            "",
        ),
        ("paused", paused(), ", ,"),
        ("finished", finished(), ""),
        ("decided", decided(), ""),
        ("worse", worse(), ""),
        ("larger norm", worse(), "c"),
        ("full speed", full_speed, ""),
        ("changed live", changed_live(story().tell()), ""),
        ("undropped", story().tell(), "k k tab"),
        ("all dropped", with(|story| story.rates[3] = 1.0), "j tab"),
        (
            "per sample",
            with(|story| story.noise_shape = "none,none"),
            "tab",
        ),
        (
            "other noise shape",
            with(|story| (story.noise_shape, story.input_rate) = ("none,1", 0.2)),
            "tab",
        ),
        (
            "narrow linear model",
            with(|story| story.widths = &[2, 2]),
            "tab",
        ),
    ]
}

/// Scenes that differ in how the same lab is looked at.
fn views() -> Vec<Row> {
    let keys = [
        ("masks zoomed", "2 tab enter"),
        ("second layer zoomed", "2 tab u enter"),
        ("ensemble zoomed", "tab tab enter"),
        ("weights", "5"),
        ("weights by loss zoomed", "5 a enter"),
        ("weights, inputs of a unit", "5 backtab o"),
        ("weights, families", "5 tab tab tab o s right right"),
        ("curves", "enter"),
        ("curves crosshair", "4 v left left left"),
        ("masks focused", "tab"),
        (
            "masks moved aside",
            "tab l l l l l l l l l l l l l l l l l l l l",
        ),
        ("ensemble focused", "tab tab"),
        ("norms focused", "backtab"),
        ("accuracy", "o"),
        ("gap", "o o"),
        ("linear", "y"),
        ("crosshair", "v"),
        ("crosshair left", "v left left left"),
        ("epoch typed", "v V 1 7"),
        ("second claim", "c"),
        ("frozen", "z"),
        ("help", "?"),
        ("help scrolled", "tab ? down down down"),
        ("rate typed", "= . 3 5"),
        ("rate refused", "= 1 . 5 enter"),
        ("new runs asked for", "n"),
        ("remove asked", "x"),
        ("restart asked", "r"),
        ("message", "t t t t"),
    ];
    keys.map(|(name, keys)| (name, Story::default().tell(), keys))
        .into()
}

/// Scenes of the screen of masks.
fn of_masks() -> Vec<Row> {
    let story = Story::default;
    let with = |change: fn(&mut Story)| {
        let mut story = story();
        change(&mut story);
        flowing(story.tell())
    };
    let in_step = |next_part: StepPhase| {
        let mut lab = story().tell();
        lab.is_playing = false;
        (0..lab.groups.len())
            .for_each(|row| change_runs(&mut lab, row, |run| run.next_part = next_part));
        flowing(lab)
    };
    vec![
        ("thinned network", with(|_| ()), "2"),
        (
            "thinned network, mask",
            in_step(StepPhase::Forward),
            "2 , ,",
        ),
        (
            "thinned network, backward",
            in_step(StepPhase::Update),
            "2 , ,",
        ),
        ("thinned network, update", in_step(StepPhase::Mask), "2 , ,"),
        ("waterfalls", with(|_| ()), "2 g right right"),
        ("unit chosen", with(|_| ()), "2 right right down"),
        ("mask held", held(story().tell(), 2), "2 right"),
        (
            "thinned by sample",
            with(|story| story.noise_shape = "none,none"),
            "2 tab right down",
        ),
        ("thinned at rate 0", with(|_| ()), "2 K K"),
        (
            "thinned at rate 1",
            with(|story| story.rates[3] = 1.0),
            "2 J",
        ),
        (
            "thinned regression",
            with(|story| story.widths = &[1, 64, 64, 1]),
            "2",
        ),
        (
            "thinned, few units",
            with(|story| (story.widths, story.input_rate) = (&[2, 8, 8, 2], 0.2)),
            "2",
        ),
        ("masks diverged", diverged(), "2 J"),
        ("masks opened", opened(), "2"),
    ]
}

/// A lab in its first moments, before any evaluation.
fn opened() -> LabSnapshot {
    let mut lab = Story {
        step: 0,
        ..Story::default()
    }
    .tell();
    for row in 0..lab.groups.len() {
        change_runs(&mut lab, row, |run| {
            run.latest = None;
            run.steps_per_sec = 0.0;
            edit(run, Vec::clear);
        });
    }
    lab
}

fn six_rates() -> LabSnapshot {
    Story {
        rates: vec![0.0, 0.1, 0.2, 0.35, 0.5, 0.8],
        n_seeds: 1,
        ..Story::default()
    }
    .tell()
}

fn many_rates() -> LabSnapshot {
    Story {
        rates: (0..26).map(|row| 0.04 * f64::from(row)).collect(),
        n_seeds: 1,
        ..Story::default()
    }
    .tell()
}

/// The last group has diverged: its last evaluation is of outputs that are no numbers, none of them right, and of weights
/// as large as they come.
fn diverged() -> LabSnapshot {
    let mut lab = Story::default().tell();
    change_runs(&mut lab, 3, |run| {
        run.phase = Phase::Diverged { step: 12_345 };
        edit(run, |evaluations| {
            let last = evaluations.last_mut().unwrap();
            (last.train_loss, last.test_loss) = (f64::NAN, f64::INFINITY);
            last.test_accuracy = Some(0.0);
            last.weight_norm = 1.234e31;
        });
        run.latest = run.history.evaluations.last().cloned();
    });
    lab
}

/// Past the epoch of the decision, with another to come.
fn decided() -> LabSnapshot {
    let mut lab = Story {
        step: 16 * 160,
        ..Story::default()
    }
    .tell();
    lab.decide_at = Arc::new([150, 400]);
    lab
}

/// Past the only decision, at which the third group had the larger loss and norm.
fn worse() -> LabSnapshot {
    let mut lab = decided();
    lab.decide_at = Arc::new([150]);
    change_evaluations(&mut lab, 2, |e| {
        (e.test_loss, e.weight_norm) = (e.test_loss + 3.0, e.weight_norm + 20.0);
    });
    lab
}

fn failed() -> LabSnapshot {
    let text = "index out of bounds: the len is 256 but the index is 256\nnote: run with RUST_BACKTRACE=1 to see \
                where it happened, and if it happens again, please report it with the settings that led here";
    let mut lab = Story::default().tell();
    let run = Arc::make_mut(&mut lab.groups[3].runs[1]);
    run.phase = Phase::Failed(text.to_owned());
    lab
}

/// Losses that are not finite, in all ways at once.
fn no_numbers() -> LabSnapshot {
    let mut lab = Story::default().tell();
    change_evaluations(&mut lab, 0, |e| {
        (e.train_loss, e.test_loss) = (f64::NAN, f64::NAN);
    });
    change_evaluations(&mut lab, 1, |e| e.test_loss = f64::INFINITY);
    change_evaluations(&mut lab, 2, |e| {
        if e.epoch > 20.0 && e.epoch < 30.0 {
            e.test_loss = f64::NAN;
        }
    });
    change_evaluations(&mut lab, 3, |e| {
        e.test_loss = -e.test_loss;
        e.weight_norm = f64::NEG_INFINITY;
        e.test_accuracy = Some(f64::NAN);
    });
    lab
}

/// `lab` after a million steps, with numbers as wide as they come.
fn huge(mut lab: LabSnapshot) -> LabSnapshot {
    lab.pace = Pace::EpochsPerSec(1234.5678);
    for row in 0..lab.groups.len() {
        let n_seeds = lab.groups[row].runs.len() as f64;
        change_evaluations(&mut lab, row, |e| {
            e.step = e.step * 1_000_000 / 656;
            e.epoch = e.step as f64 / 16.0;
            e.train_loss *= -1.234e9;
            e.test_loss *= 9.876e12 / n_seeds;
            e.test_accuracy = Some(1.0);
            e.weight_norm *= 123_456.0;
        });
        change_runs(&mut lab, row, |run| {
            (run.step, run.epoch) = (1_000_000, 62_500.0);
            if run.masks_drawn > 0 {
                (run.masks_drawn, run.masks_distinct) = (4_123_456_789_012, 4_023_456_789_012);
                run.is_distinct_exact = false;
            }
            run.steps_per_sec = 12_345_678.0;
        });
    }
    lab
}

/// The rows of text on a screen, without the spaces at their ends.
pub(crate) fn rows(buf: &Buffer) -> Vec<String> {
    let row = |y| (buf.area.left()..buf.area.right()).map(move |x| buf[(x, y)].symbol());
    (buf.area.top()..buf.area.bottom())
        .map(|y| row(y).collect::<String>().trim_end().to_owned())
        .collect()
}

/// A screen as text: its glyphs, then a letter for the style of each cell, then what the letters mean. The commonest
/// style is a dot.
pub(crate) fn picture(buf: &Buffer, theme: &Theme) -> String {
    let style_of = |cell: &Cell| format!("{:?}", cell.style());
    let mut n_cells = BTreeMap::<String, usize>::new();
    for cell in &buf.content {
        *n_cells.entry(style_of(cell)).or_default() += 1;
    }
    let common = n_cells.iter().max_by_key(|(_, n)| **n);
    let common = common.map(|(style, _)| style.clone()).unwrap_or_default();
    let mut letters = vec![(common, '.')];
    let mut legend = String::new();
    let mut styles = String::new();
    for (idx, cell) in buf.content.iter().enumerate() {
        let style = style_of(cell);
        let known = letters.iter().position(|(other, _)| *other == style);
        let place = known.unwrap_or_else(|| {
            let letter = LETTERS.chars().nth(letters.len() - 1);
            letters.push((style, letter.unwrap_or('?')));
            letters.len() - 1
        });
        let letter = letters[place].1;
        if !legend.lines().any(|line| line.starts_with(letter)) {
            legend.extend([&letter.to_string(), " ", &look(cell, theme), "\n"]);
        }
        styles.push(letter);
        if (idx + 1) % usize::from(buf.area.width) == 0 {
            styles.truncate(styles.trim_end_matches('.').len());
            styles.push('\n');
        }
    }
    format!("{}\n\n{styles}\n{legend}", rows(buf).join("\n"))
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The style of a cell in words: what its foreground is for, its background where it is not the screen's, modifiers.
fn look(cell: &Cell, theme: &Theme) -> String {
    let matches = |style: Style| {
        style.fg.unwrap_or(Color::Reset) == cell.fg && style.add_modifier == cell.modifier
    };
    let role = Role::ALL
        .into_iter()
        .find(|&role| role != Role::Selection && matches(theme.style(role)));
    let rate = (0..=100)
        .map(|percent| f64::from(percent) / 100.0)
        .find(|&rate| matches(theme.rate(rate)));
    let purpose = match (role, rate) {
        (Some(role), _) => format!("{role:?} "),
        (None, Some(rate)) => format!("rate {rate} "),
        (None, None) => String::new(),
    };
    let background = if Some(cell.bg) == theme.base().bg {
        String::new()
    } else {
        format!(" on {}", cell.bg)
    };
    let modifiers = if cell.modifier.is_empty() {
        String::new()
    } else {
        format!(" {:?}", cell.modifier)
    };
    format!("{purpose}{}{background}{modifiers}", cell.fg)
}
