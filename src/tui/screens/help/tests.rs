//! Tests of the help: it explains what the screen draws, in the glyphs of the screen, at every size.

mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::data::{Dataset, Split, SplitPlan, Targets};
use crate::lab::{
    DataPlan, Experiment, GroupId, GroupSnapshot, LabSnapshot, Network, Pace, PastSnapshot, Run,
    RunPlan, Varied,
};
use crate::nn::{DropRate, NoiseShape};
use crate::probe::Bench;
use crate::probe::{FlowQuestion, Probe};
use crate::train::{NoisePlan, OptimizerPlan, TrainerPlan};
use crate::tui::app::{Crosshair, Facts, Metric, Overlay, RobustView};
use crate::tui::keymap::{Key, Keymap};
use crate::tui::reader::Scroll;
use crate::tui::screen::Places;
use crate::tui::screen::Screen;
use crate::tui::screens;
use crate::tui::theme::{ColorTier, Glyphs, Theme};

const SIZES: [(u16, u16); 9] = [
    (0, 0),
    (1, 1),
    (3, 40),
    (32, 8),
    (40, 12),
    (60, 3),
    (80, 24),
    (120, 36),
    (200, 60),
];

fn app(tier: ColorTier, glyphs: Glyphs) -> App {
    let experiment = Experiment {
        preset: Some("rescue".to_owned()),
        data: DataPlan {
            spec: "digits".parse().unwrap(),
            split: SplitPlan {
                label_noise: 0.3,
                ..SplitPlan::default()
            },
            seed: 7,
        },
        network: Network {
            hidden: vec![16, 16],
            ..Experiment::example().network
        },
        optimizer: OptimizerPlan::sgd(0.05),
        batch_size: 8,
        limit: None,
        pace: Pace::EpochsPerSec(5.0),
        n_threads: 1,
        ..Experiment::example()
    };
    let facts = Facts {
        experiment,
        n_examples: (40, 40),
        labels: None,
        widths: vec![2, 16, 16, 2],
        item_shape: vec![2],
        is_classification: true,
    };
    let theme = Theme::built_in("dark", tier, glyphs);
    App::new(facts, Keymap::default(), theme)
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

/// What the screen of perturbations asks.
fn perturbed() -> impl Iterator<Item = Probe> {
    let all = RobustView::default().all().into_iter();
    all.flat_map(|perturbation| {
        let shown = Probe::Perturbed {
            perturbation,
            example: 0,
        };
        [Probe::Robustness(perturbation), shown]
    })
}

/// A lab after two epochs, with two seeds of two rates, looked at and with a rate changed on the way.
fn probes() -> [Probe; 11] {
    [
        Probe::THINNED,
        Probe::Committee,
        Probe::Exact,
        Probe::Families { layer_idx: 0 },
        Probe::Flow(FlowQuestion::default()),
        Probe::Inspect {
            layer_idx: 0,
            unit: 0,
            example: 0,
        },
        Probe::Worth { layer_idx: 0 },
        Probe::Worth { layer_idx: 1 },
        Probe::Activity { layer_idx: 0 },
        Probe::Activity { layer_idx: 1 },
        Probe::Alike { layer_idx: 1 },
    ]
}

fn lab(noise_shape: &NoiseShape) -> LabSnapshot {
    let run = |rate: f64, seed: u64| {
        let noise = NoisePlan::of_rate(DropRate::saturating(rate));
        let plan = RunPlan::of(TrainerPlan {
            noise: noise.shared_by(noise_shape.clone()),
            seed,
            ..TrainerPlan::example()
        });
        let mut run = Run::new(plan, split()).unwrap();
        (0..10).for_each(|_| run.tick());
        if rate > 0.0 {
            run.set_rate(DropRate::saturating(0.5));
        }
        (0..10).for_each(|_| run.tick());
        let probes: Vec<Probe> = probes().into_iter().chain(perturbed()).collect();
        run.ask(&probes);
        let mut bench = Bench::default();
        while run.look_further(&mut bench).is_some() {}
        Arc::new(run.snapshot(1234.0))
    };
    let group = |idx, letter, rate| GroupSnapshot {
        held: None,
        id: GroupId(idx),
        letter,
        rate: DropRate::saturating(rate),
        hidden_rate: DropRate::saturating(rate),
        input_rate: DropRate::NONE,
        noise_shape: noise_shape.clone(),
        origin: None,
        since_secs: 0.0,
        runs: vec![run(rate, 7), run(rate, 8)],
        n_planned: 2,
        n_begun: 2,
    };
    LabSnapshot {
        groups: vec![group(0, 'a', 0.0), group(1, 'b', 0.45)],
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

/// What is drawn, row by row.
fn rows_of(buf: &Buffer) -> Vec<String> {
    let area = buf.area;
    let row = |y| {
        (area.left()..area.right())
            .map(|x| buf[(x, y)].symbol())
            .collect()
    };
    (area.top()..area.bottom()).map(row).collect()
}

/// All that a page says, in one line and without capitals.
fn said(app: &App, page: HelpPage) -> String {
    let lines = lines(app, page, 100);
    let texts: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let text = texts.join(" ").to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of two letters and more.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_alphabetic())
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
        .collect()
}

fn drawn(app: &App, lab: &LabSnapshot, part: impl Fn(&Places) -> Rect) -> String {
    let area = Rect::new(0, 0, 200, 60);
    let mut buf = Buffer::empty(area);
    screens::draw(app, lab, area, &mut buf);
    let part = part(&app.places(lab, area));
    let rows = rows_of(&buf);
    let rows = rows
        .iter()
        .skip(part.y.into())
        .take(part.height.into())
        .map(|row| {
            row.chars()
                .skip(part.x.into())
                .take(part.width.into())
                .collect::<String>()
        });
    rows.collect::<Vec<_>>().join("\n")
}

fn assert_explained(app: &App, page: HelpPage, drawn: &str) {
    let said = words(&said(app, page));
    let unsaid: Vec<_> = words(drawn).difference(&said).cloned().collect();
    assert!(unsaid.is_empty(), "{page:?}: {unsaid:?} of\n{drawn}");
}

#[test]
fn every_word_around_the_panes_is_in_the_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    let mut lab = lab(&NoiseShape::per_batch());
    for is_playing in [true, false] {
        lab.is_playing = is_playing;
        for claim in crate::claims::Claim::ALL {
            app.view.claim = claim;
            let table = drawn(&app, &lab, |places| places.table);
            assert_explained(&app, HelpPage::Table, &table);
            let top = drawn(&app, &lab, |places| places.top);
            assert_explained(&app, HelpPage::Lines, &top);
            let claim = drawn(&app, &lab, |places| places.claim);
            assert_explained(&app, HelpPage::Lines, &claim);
        }
    }
}

/// Labels that are no words, or not always there; in small letters.
const LABELS: [(HelpPage, &[&str]); 6] = [
    (
        HelpPage::Pane(Pane::Curves),
        &[
            "test ━",
            "╌",
            "▾",
            "┤",
            "│",
            "squared error",
            "mean",
            "log",
            "nats",
            "%",
            "–",
            "→",
            "the initial weights are being evaluated",
            "dash-dotted",
            "standard deviation",
        ],
    ),
    (
        HelpPage::Pane(Pane::Masks),
        &[
            "▲",
            "▼",
            "▁▃▅█",
            "per sample",
            "sample",
            "input",
            "kept",
            "99 % band",
            "…",
            "no mask has been drawn yet",
            "no unit is dropped",
            "noise_shape=(1, units)",
        ],
    ),
    (
        HelpPage::Pane(Pane::Ensemble),
        &[
            "≈",
            "expected",
            "▲ full",
            "mean of 20",
            "one",
            "2⁵¹²",
            "2^n",
            "pi / 2",
        ],
    ),
    (
        HelpPage::Pane(Pane::Norms),
        &["‖w‖/‖w₀‖", "by step", "all layers", "┤"],
    ),
    (
        HelpPage::Table,
        &[
            "›",
            "▌a",
            "±",
            "‖w‖/‖w₀‖",
            "of 2ⁿ",
            "steps/s",
            "test acc %",
            "finished",
            "diverged",
            "failed",
            "–",
            "<.001",
            "≈",
            "sample",
            "∞",
        ],
    ),
    (
        HelpPage::Lines,
        &[
            "×5",
            "▶",
            "■ paused",
            "■ over",
            "full speed",
            "by batch",
            "view frozen",
            "95 % ci",
            "→ at epoch 150: holds",
            "does not hold here",
            "not decided",
            "not enough seeds",
            "worse",
            "larger",
            "adam",
        ],
    ),
];

#[test]
fn labels_that_are_not_words_or_not_always_there_are_explained_too() {
    let app = app(ColorTier::None, Glyphs::Braille);
    for (page, labels) in LABELS {
        let said = said(&app, page);
        for label in labels {
            assert!(said.contains(label), "{page:?} does not say `{label}`");
        }
    }
}

#[test]
fn every_page_has_a_source_and_the_keys_page_knows_it() {
    let app = app(ColorTier::None, Glyphs::Half);
    let known = said(&app, HelpPage::Keys);
    for page in HelpPage::all() {
        let said = said(&app, page);
        let sources: Vec<&str> = said
            .split('[')
            .skip(1)
            .filter_map(|rest| rest.split_once(']'))
            .map(|(source, _)| source)
            // Shorter ones are the indices of a formula.
            .filter(|source| source.len() > 3 && source.starts_with(char::is_alphabetic))
            .collect();
        // A screen as a whole has no formula of its own.
        let is_of_screen = matches!(page, HelpPage::Screen(_));
        assert!(is_of_screen || !sources.is_empty(), "{page:?}");
        for source in sources {
            assert!(known.contains(&format!("[{source}]")), "{page:?}: {source}");
        }
    }
}

#[test]
fn the_help_draws_at_every_size_on_every_screen_and_in_ascii_only_ascii() {
    for (tier, glyphs) in [
        (ColorTier::TrueColor, Glyphs::Octant),
        (ColorTier::None, Glyphs::Ascii),
    ] {
        let app = app(tier, glyphs);
        for (page, (width, height)) in HelpPage::all()
            .into_iter()
            .flat_map(|page| SIZES.map(|size| (page, size)))
        {
            let area = Rect::new(0, 0, width, height);
            let mut reader = Reader::new(Screen::Lab, page);
            reader.fit(extent(&app, page, area));
            for n_pages in [0, 1, u16::MAX] {
                (0..n_pages).for_each(|_| reader.scroll(Scroll::PageDown));
                let mut buf = Buffer::empty(area);
                draw(&app, reader, area, &mut buf);
                let text = rows_of(&buf).concat();
                assert!(
                    !glyphs.is_ascii() || text.is_ascii(),
                    "{page:?} {width}x{height}: {text}"
                );
            }
        }
    }
}

#[test]
fn no_text_is_cut_at_the_right_edge() {
    let app = app(ColorTier::None, Glyphs::Ascii);
    for page in HelpPage::all() {
        for width in [36, 72, 96] {
            for line in lines(&app, page, width) {
                assert!(
                    line.width() <= usize::from(width),
                    "{page:?} {width}: {line}"
                );
            }
        }
    }
}

#[test]
fn keys_turn_and_scroll_the_help_and_leave_the_focus_where_it_is() {
    let lab = lab(&NoiseShape::per_batch());
    let area = Rect::new(0, 0, 80, 24);
    let mut app = app(ColorTier::None, Glyphs::Ascii);
    let mut press = |keys: &str| {
        for key in keys.split(' ') {
            app.press(Key::parse(key).unwrap(), &lab);
            if let Some(extent) = screens::help_extent(&app, area) {
                app.fit_help(extent);
            }
        }
        let reader = match &app.overlay {
            Some(Overlay::Help(reader)) => Some((reader.page(), reader.top())),
            _ => None,
        };
        (reader, app.focus)
    };
    let (curves, lab_page) = (Pane::Curves, HelpPage::Screen(Screen::Lab));
    assert_eq!(press("?"), (Some((lab_page, 0)), curves));
    assert_eq!(press("down j up"), (Some((lab_page, 1)), curves));
    let charts = HelpPage::Pane(curves);
    assert_eq!(press("tab"), (Some((charts, 0)), curves));
    assert_eq!(press("h h"), (Some((HelpPage::Keys, 0)), curves));
    let ((_, end), _) = {
        let (reader, focus) = press(&["pagedown"; 30].join(" "));
        (reader.unwrap(), focus)
    };
    assert!(end > 10, "{end}");
    assert_eq!(press("down"), (Some((HelpPage::Keys, end)), curves));
    assert_eq!(press("up"), (Some((HelpPage::Keys, end - 1)), curves));
    assert_eq!(press("esc"), (None, curves));
    let masks = (Some((HelpPage::Pane(Pane::Thinned), 0)), Pane::Thinned);
    assert_eq!(press("2 ?"), masks);
}

#[test]
fn the_border_tells_where_the_reader_is() {
    let app = app(ColorTier::None, Glyphs::Ascii);
    let extent = Extent {
        n_rows: 30,
        n_visible: 10,
    };
    let cases = [
        (0, " v rows 1-10 of 30"),
        (5, "^v rows 6-15 of 30"),
        (20, "^  rows 21-30 of 30"),
    ];
    for (top, expected) in cases {
        assert_eq!(position(&app, top, extent).to_string(), expected);
    }
    let all = Extent {
        n_visible: 30,
        ..extent
    };
    assert_eq!(position(&app, 0, all).to_string(), "");
}
