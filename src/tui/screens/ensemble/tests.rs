//! The screen of the ensemble with what was really read: a small network after thirty steps.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::data::{Dataset, Split, Targets};
use crate::lab::{Experiment, GroupId, Pace, Run, RunPlan, Varied};
use crate::nn::{DropRate, NoiseShape};
use crate::probe::exact::Choices;
use crate::train::{NoisePlan, TrainerPlan};
use crate::tui::app::Facts;
use crate::tui::keymap::{Key, Keymap};
use crate::tui::screen::Screen;
use crate::tui::theme::{ColorTier, Glyphs, Theme};

const WIDTHS: [usize; 3] = [2, 10, 2];

fn app(glyphs: Glyphs) -> App {
    let facts = Facts {
        experiment: Experiment::example(),
        n_examples: (60, 60),
        labels: None,
        widths: WIDTHS.to_vec(),
        item_shape: vec![2],
        is_classification: true,
    };
    let theme = Theme::built_in("dark", ColorTier::TrueColor, glyphs);
    let mut app = App::new(facts, Keymap::default(), theme);
    app.open_screen(Screen::Ensemble);
    app.focus = Pane::HowMany;
    app
}

fn split() -> Arc<Split> {
    let part = |shift: f32| {
        let inputs = (0..120).map(|i| (i as f32 * 0.7 + shift).sin()).collect();
        let targets = Targets::Classes {
            labels: (0..60).map(|i| i % 2).collect(),
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

/// Rates 0 and .5 after thirty steps, the second one asked for its committee and for every mask.
fn lab() -> LabSnapshot {
    let group = |idx: usize, rate: f64| {
        let rate = DropRate::saturating(rate);
        let plan = RunPlan::of(TrainerPlan {
            hidden: vec![WIDTHS[1]],
            noise: NoisePlan::of_rate(rate),
            ..TrainerPlan::example()
        });
        let mut run = Run::new(plan, split()).unwrap();
        (0..30).for_each(|_| run.tick());
        run.answer(&Probe::Committee);
        let mut snapshot = run.snapshot(1.0);
        let committee = snapshot.readings.asked(&Probe::Committee).cloned();
        run.answer(&Probe::Exact);
        snapshot = run.snapshot(1.0);
        if let Some(answer) = committee.and_then(|asked| asked.answer) {
            snapshot.readings.put(Probe::Committee, (*answer).clone());
        }
        GroupSnapshot {
            held: None,
            id: GroupId(idx),
            letter: ['a', 'b'][idx],
            rate,
            hidden_rate: rate,
            input_rate: DropRate::NONE,
            noise_shape: NoiseShape::per_batch(),
            origin: None,
            since_secs: 0.0,
            runs: vec![Arc::new(snapshot)],
            n_planned: 1,
            n_begun: 2,
        }
    };
    LabSnapshot {
        groups: vec![group(0, 0.0), group(1, 0.5)],
        varied: Varied::HiddenRate,
        decide_at: Arc::new([1]),
        is_playing: true,
        pace: Pace::EpochsPerSec(5.0),
        seed: 7,
        elapsed_secs: 1.0,
        past: None,
        next_group: GroupId(2),
    }
}

fn drawn(app: &App, lab: &LabSnapshot, (width, height): (u16, u16)) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    super::super::draw(app, lab, area, &mut buf);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

fn press(app: &mut App, lab: &LabSnapshot, keys: &str) {
    for key in keys.split_whitespace() {
        app.press(Key::parse(key).unwrap(), lab);
    }
}

#[track_caller]
fn assert_says(picture: &str, words: &str) {
    assert!(picture.contains(words), "{words}\n{picture}");
}

#[test]
fn the_sample_shows_what_was_read_by_accuracy_and_by_loss() {
    let (mut app, lab) = (app(Glyphs::Braille), lab());
    app.selected = Some(GroupId(1));
    let subject = Subject::selected(&app, &lab).unwrap();
    let reading = subject.committee().unwrap();
    let (loss, accuracy) = reading.alone();
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let picture = drawn(&app, &lab, (120, 36));
    assert_says(&picture, &format!("alone {}", percent(accuracy.unwrap())));
    assert_says(
        &picture,
        &format!("averaged {}", percent(reading.averaged.accuracy.unwrap())),
    );
    assert_says(
        &picture,
        &format!("full {}", percent(reading.full.accuracy.unwrap())),
    );
    assert_says(&picture, "10 droppable units");
    assert_says(&picture, "one network, always the same");
    assert_says(&picture, "drawn 30  distinct");
    for vote in &reading.divided[0].votes {
        assert_says(&picture, &format!(" {}", vote.1));
    }
    press(&mut app, &lab, "o");
    let picture = drawn(&app, &lab, (120, 36));
    assert_says(&picture, &format!("alone {loss:.3}"));
    assert_says(&picture, &format!("full {:.3}", reading.full.loss));
}

#[test]
fn every_mask_shows_what_was_read_and_the_cursor_names_a_network() {
    let (mut app, lab) = (app(Glyphs::Braille), lab());
    app.selected = Some(GroupId(1));
    press(&mut app, &lab, "g");
    assert_eq!(app.focus, Pane::EveryMask);
    let reading = Subject::selected(&app, &lab).unwrap().exact().unwrap();
    let picture = drawn(&app, &lab, (120, 36));
    let percent = |share: Option<f64>| format!("{:.1}", 100.0 * share.unwrap());
    for (name, quality) in [
        ("one, on average", reading.one),
        ("arithmetic mean", reading.arithmetic),
        ("geometric mean ", reading.geometric),
        ("weight scaling ", reading.full),
    ] {
        assert_says(&picture, &format!("{name}  {}", percent(quality.accuracy)));
    }
    assert_says(&picture, "all 1,024 asked: mean");
    assert_says(&picture, "the geometric mean of all is the full network");
    // The cursor begins at the network with all units; a unit is dropped, and all are given back.
    press(&mut app, &lab, "right");
    let at = |mask: usize| percent(reading.at(Choices::place_of(mask)).accuracy);
    let all = format!(
        "network 1,023 = 1111111111: {} %, units 0 1 2 3 4 5 6 7 8 9",
        at(1023)
    );
    assert_says(&drawn(&app, &lab, (120, 36)), &all);
    press(&mut app, &lab, "d");
    let without = format!("network 1,022 = 1111111110: {} %, units 1 2", at(1022));
    assert_says(&drawn(&app, &lab, (120, 36)), &without);
    press(&mut app, &lab, "D");
    assert_says(&drawn(&app, &lab, (120, 36)), &all);
    press(&mut app, &lab, "g");
    assert_says(
        &drawn(&app, &lab, (120, 36)),
        "a point is a network; neighbours differ in one unit",
    );
    press(&mut app, &lab, "g");
    assert_eq!(app.focus, Pane::HowMany);
}

#[test]
fn what_cannot_be_asked_whole_says_so() {
    let (mut app, lab) = (app(Glyphs::Braille), lab());
    app.selected = Some(GroupId(0));
    press(&mut app, &lab, "g");
    assert_eq!(app.focus, Pane::HowMany, "one network needs no map");
    app.focus = Pane::EveryMask;
    assert_says(&drawn(&app, &lab, (120, 36)), "every mask is the same");
    app.selected = Some(GroupId(1));
    app.facts.widths = vec![2, 300, 2];
    let mut unasked = lab.clone();
    let run = Arc::make_mut(&mut unasked.groups[1].runs[0]);
    run.readings = crate::probe::Readings::default();
    assert_says(
        &drawn(&app, &unasked, (120, 36)),
        "too many masks to ask them all",
    );
}

#[test]
fn every_pane_of_both_faces_draws_at_every_size_and_in_ascii_only_ascii() {
    let lab = lab();
    for glyphs in [Glyphs::Braille, Glyphs::Half, Glyphs::Ascii] {
        let mut app = app(glyphs);
        for group in [0, 1] {
            app.selected = Some(GroupId(group));
            for &pane in Screen::Ensemble.panes() {
                app.focus = pane;
                for (is_by_loss, is_zoomed) in [(false, false), (true, true)] {
                    app.ensemble.is_by_loss = is_by_loss;
                    app.view.is_zoomed = is_zoomed;
                    for size in [
                        (120, 36),
                        (80, 24),
                        (200, 50),
                        (60, 16),
                        (40, 12),
                        (33, 8),
                        (5, 3),
                    ] {
                        let picture = drawn(&app, &lab, size);
                        let is_fine = glyphs != Glyphs::Ascii || picture.is_ascii();
                        assert!(is_fine, "{pane:?} {size:?}\n{picture}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_asked_follows_the_face_that_is_shown() {
    let (mut app, lab) = (app(Glyphs::Braille), lab());
    app.selected = Some(GroupId(1));
    let area = Rect::new(0, 0, 120, 36);
    let probes = |app: &App| -> Vec<Probe> {
        app.questions(&lab, area)
            .into_iter()
            .map(|question| question.probe)
            .collect()
    };
    assert_eq!(
        probes(&app),
        [Probe::Committee],
        "a rate that drops nothing is not asked"
    );
    press(&mut app, &lab, "g");
    assert_eq!(probes(&app), [Probe::Exact]);
    app.selected = Some(GroupId(0));
    assert_eq!(probes(&app), []);
    press(&mut app, &lab, "esc");
    assert!(!probes(&app).contains(&Probe::Exact), "leaving ends it");
}
