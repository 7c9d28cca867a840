//! No key is silent: on every screen, in every pane, each key of the table changes what is drawn, or what it asks of the lab,
//! or says why it changes nothing. Asked of real networks that were looked at for what is drawn.
use std::sync::Arc;

use crate::common::face::{dark, draw, facts};
use dropscope::data::{Dataset, Split, Targets};
use dropscope::lab::{GroupId, GroupSnapshot, LabSnapshot, Pace, Run, RunPlan, Runs, Varied};
use dropscope::nn::{DropRate, NoiseShape};
use dropscope::probe::{Bench, Probe};
use dropscope::train::{NoisePlan, TrainerPlan};
use dropscope::tui::app::{App, Wish};
use dropscope::tui::keymap::{Action, BINDINGS, Key, Keymap};
use dropscope::tui::screen::{Pane, Screen};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Runs of three rates, two seeds each.
const RATES: [f64; 3] = [0.0, 0.3, 0.6];

/// A lab without workers: runs that look at themselves when they are asked.
struct Desk {
    app: App,
    runs: Vec<[Run; 2]>,
    bench: Bench,
}

fn split() -> Arc<Split> {
    let part = |shift: f32| {
        let inputs = (0..80).map(|i| (i as f32 * 0.7 + shift).sin()).collect();
        let labels = (0..40).map(|i| i % 2).collect();
        let targets = Targets::Classes {
            labels,
            n_classes: 2,
        };
        Dataset::new("waves", vec![2], inputs, targets)
    };
    Arc::new(Split {
        train: part(0.0),
        test: part(0.3),
        n_relabelled: 0,
        n_wrong: 0,
    })
}

impl Desk {
    fn new() -> Self {
        let run = |rate: f64, seed: u64| {
            let plan = TrainerPlan {
                noise: NoisePlan::of_rate(DropRate::saturating(rate)),
                seed,
                ..TrainerPlan::example()
            };
            let mut run = Run::new(RunPlan::of(plan), split()).unwrap();
            (0..40).for_each(|_| run.tick());
            run
        };
        let runs: Vec<[Run; 2]> = RATES.map(|rate| [run(rate, 7), run(rate, 8)]).into();
        let mut desk = Self {
            app: App::new(facts(&lab_of(&runs)), Keymap::default(), dark()),
            runs,
            bench: Bench::default(),
        };
        desk.app.facts.n_examples = (40, 40);
        desk
    }

    /// The lab after it has answered all that the app asks of it on a screen of this size.
    fn lab(&mut self, (width, height): (u16, u16)) -> LabSnapshot {
        let area = Rect::new(0, 0, width, height);
        let asked = self.app.questions(&lab_of(&self.runs), area);
        for (idx, seeds) in self.runs.iter_mut().enumerate() {
            for (seed_idx, run) in seeds.iter_mut().enumerate() {
                let is_asked = |runs: Runs| match runs {
                    Runs::One(id) => id == run.id(),
                    Runs::Group(id) => id == GroupId(idx) && seed_idx == 0,
                    Runs::First => seed_idx == 0,
                    Runs::All => true,
                };
                let probes: Vec<Probe> = asked
                    .iter()
                    .filter(|question| is_asked(question.runs))
                    .map(|question| question.probe.clone())
                    .collect();
                run.ask(&probes);
                while run.look_further(&mut self.bench).is_some() {}
            }
        }
        lab_of(&self.runs)
    }

    /// What is drawn, and what `key` asks of the lab.
    fn after(&mut self, size: (u16, u16), key: Option<Key>) -> (Buffer, Option<Wish>) {
        let lab = self.lab(size);
        let wish = key.and_then(|key| self.app.press(key, &lab));
        let lab = self.lab(size);
        (draw(&self.app, &lab, size.0, size.1), wish)
    }
}

fn lab_of(runs: &[[Run; 2]]) -> LabSnapshot {
    let group = |(idx, runs): (usize, &[Run; 2])| GroupSnapshot {
        held: None,
        origin: None,
        id: GroupId(idx),
        letter: ['a', 'b', 'c'][idx],
        rate: DropRate::saturating(RATES[idx]),
        hidden_rate: DropRate::saturating(RATES[idx]),
        input_rate: DropRate::NONE,
        noise_shape: NoiseShape::per_batch(),
        since_secs: 0.0,
        runs: runs
            .iter()
            .map(|run| Arc::new(run.snapshot(1234.0)))
            .collect(),
        n_planned: 2,
        n_begun: 2,
    };
    LabSnapshot {
        groups: runs.iter().enumerate().map(group).collect(),
        varied: Varied::HiddenRate,
        decide_at: Arc::new([1]),
        is_playing: true,
        pace: Pace::EpochsPerSec(5.0),
        seed: 7,
        elapsed_secs: 1.0,
        next_group: GroupId(3),
        past: None,
    }
}

#[test]
fn no_key_is_silent_on_any_screen_in_any_pane() {
    let mut silent = Vec::new();
    for size in [(120, 36), (80, 24)] {
        for screen in Screen::ALL {
            let panes: &[Pane] = match screen {
                Screen::Curves => &[Pane::Curves],
                screen => screen.panes(),
            };
            for &pane in panes {
                let mut desk = Desk::new();
                let lab = desk.lab(size);
                desk.app.update(Action::Open(screen), &lab);
                desk.app.focus = pane;
                let (before, _) = desk.after(size, None);
                let start = desk.app.clone();
                for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
                    desk.app = start.clone();
                    let (after, wish) = desk.after(size, Some(Key::parse(key).unwrap()));
                    if after == before && wish.is_none() {
                        silent.push(format!("{key} on {screen:?}, {pane:?}, {size:?}"));
                    }
                }
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn a_unit_is_inspected_from_its_weights_and_i_leads_back_to_it() {
    const SIZE: (u16, u16) = (120, 36);
    let mut desk = Desk::new();
    let lab = desk.lab(SIZE);
    desk.app.update(Action::Open(Screen::Weights), &lab);
    let press = |desk: &mut Desk, script: &str| {
        for key in script.split(' ') {
            desk.after(SIZE, Some(Key::parse(key).unwrap()));
        }
    };
    press(&mut desk, "right right i");
    assert_eq!(
        (desk.app.screen, desk.app.unit_layer()),
        (Screen::Units, Some(0))
    );
    let unit = desk.app.unit();
    press(&mut desk, "i");
    let lab = desk.lab(SIZE);
    let order = desk.app.families_in_order(&lab);
    assert_eq!(
        (desk.app.screen, desk.app.focus),
        (Screen::Weights, Pane::Families)
    );
    assert_eq!((desk.app.weights.cursor, order[2]), (2, unit));
    // From a screen that was opened by its digit, `i` leads to the masks.
    press(&mut desk, "6 i");
    let lab = desk.lab(SIZE);
    let run = desk.app.selected(&lab).unwrap().shown_run().unwrap();
    let on_masks = desk.app.unit_of(run).unwrap();
    assert_eq!(desk.app.screen, Screen::Masks);
    assert_eq!((on_masks.layer_idx, on_masks.unit), (1, unit));
}
