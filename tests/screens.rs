//! What the screens look like, and what is true of all of them.
//!
//! Pictures are kept as text in `snapshots/`: glyphs, then the style of every cell, then what the styles mean. A change
//! of looks shows there as a difference to be looked at; `INSTA_UPDATE=always cargo test --test suite screens::` accepts it.
use std::sync::Arc;

use crate::common::face::{Scene, dark, draw, picture, rows, scene, scenes};
use crate::common::lab::{Story, change_runs, looked_at};
use dropscope::data::{self, Spec, SplitPlan};
use dropscope::lab::{LabSnapshot, Phase, Run, RunPlan, RunSnapshot};
use dropscope::math::random;
use dropscope::nn::DropRate;
use dropscope::probe::{Probe, ThinnedReading};
use dropscope::train::{NoisePlan, StepPhase, TrainerPlan};
use dropscope::tui::app::App;
use dropscope::tui::keymap::BINDINGS;
use dropscope::tui::screen::{Pane, Screen, Size};
use dropscope::tui::screens;
use dropscope::tui::theme::{ColorTier, Glyphs, Role, Theme};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

/// The sizes that are designed for, and one that nothing fits into.
const SIZES: [(u16, u16); 5] = [(120, 36), (80, 24), (200, 50), (40, 12), (1, 1)];

/// Sizes at the edges of what is shown, in the order of the changes they bring.
const ODD_SIZES: [(u16, u16); 8] = [
    (100, 28),
    (99, 28),
    (60, 16),
    (59, 16),
    (32, 8),
    (31, 7),
    (250, 8),
    (0, 0),
];

fn sizes() -> impl Iterator<Item = (u16, u16)> {
    SIZES.into_iter().chain(ODD_SIZES)
}

fn assert_pictures(theme: &Theme, suffix: &str, cases: &[(&str, (u16, u16))]) {
    for &(name, (width, height)) in cases {
        let buf = scene(name).draw(theme.clone(), width, height);
        let file = format!("{width}x{height}_{}{suffix}", name.replace([' ', ','], "_"));
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(file, picture(&buf, theme));
        });
    }
}

#[test]
fn the_lab_looks_as_designed_at_120x36() {
    let names = [
        "opened",
        "one run",
        "four rates",
        "six rates",
        "diverged",
        "no numbers",
        "huge",
        "regression",
        "decided",
        "paused",
        "changed live",
        "undropped",
        "per sample",
        "other noise shape",
        "masks zoomed",
        "crosshair",
        "accuracy",
        "curves",
        "curves crosshair",
        "weights",
        "weights by loss zoomed",
        "weights, inputs of a unit",
    ];
    assert_pictures(&dark(), "", &names.map(|name| (name, (120, 36))));
    assert_pictures(
        &dark(),
        "",
        &[
            ("weights", (80, 24)),
            ("weights, families", (200, 50)),
            ("weights", (60, 16)),
            ("curves", (200, 50)),
            ("curves crosshair", (80, 24)),
            ("curves", (60, 16)),
            ("curves", (40, 12)),
        ],
    );
}

#[test]
fn perturbations_look_as_designed_at_every_size() {
    let names = [
        "perturbed",
        "perturbed, crosshair",
        "perturbed, one seed",
        "perturbed, not yet",
    ];
    assert_pictures(&dark(), "", &names.map(|name| (name, (120, 36))));
    let small = [
        ("perturbed", (80, 24)),
        ("perturbed, attack", (80, 24)),
        ("perturbed, areas", (60, 16)),
        ("perturbed, classes", (80, 24)),
        ("perturbed", (200, 50)),
    ];
    assert_pictures(&dark(), "", &small);
    let plain = Theme::built_in("dark", ColorTier::None, Glyphs::Ascii);
    assert_pictures(&plain, "_ascii_no_colour", &[("perturbed", (120, 36))]);
}

#[test]
fn the_masks_look_as_designed_at_every_size() {
    let names = [
        "thinned network",
        "thinned network, mask",
        "thinned network, backward",
        "thinned network, update",
        "waterfalls",
        "unit chosen",
        "mask held",
        "thinned by sample",
        "thinned at rate 0",
        "thinned at rate 1",
        "thinned regression",
        "thinned, few units",
        "masks diverged",
        "masks opened",
    ];
    assert_pictures(&dark(), "", &names.map(|name| (name, (120, 36))));
    let sizes = [(80, 24), (200, 50), (60, 16), (40, 12)];
    assert_pictures(&dark(), "", &sizes.map(|size| ("thinned network", size)));
    let plain = Theme::built_in("dark", ColorTier::None, Glyphs::Ascii);
    assert_pictures(
        &plain,
        "_ascii_no_colour",
        &[("thinned network", (120, 36))],
    );
}

#[test]
fn the_lab_looks_as_designed_at_80x24() {
    let names = [
        "four rates",
        "26 rates",
        "26 rates, huge",
        "worse",
        "larger norm",
        "failed",
        "finished",
        "masks focused",
        "ensemble focused",
        "norms focused",
        "gap",
        "frozen",
        "rate typed",
        "rate refused",
        "remove asked",
    ];
    assert_pictures(&dark(), "", &names.map(|name| (name, (80, 24))));
}

#[test]
fn the_lab_looks_as_designed_on_large_and_small_screens() {
    let cases = [
        ("four rates", (200, 50)),
        ("huge", (200, 50)),
        ("ensemble zoomed", (200, 50)),
        ("four rates", (40, 12)),
        ("masks focused", (40, 12)),
        ("four rates", (20, 5)),
        ("four rates", (1, 1)),
    ];
    assert_pictures(&dark(), "", &cases);
}

#[test]
fn the_lab_looks_as_designed_in_ascii_without_colour_and_in_sixteen_colours() {
    let cases = [("four rates", (120, 36)), ("masks focused", (80, 24))];
    let plain = Theme::built_in("dark", ColorTier::None, Glyphs::Ascii);
    assert_pictures(&plain, "_ascii_no_colour", &cases);
    let sixteen = Theme::built_in("dark", ColorTier::Ansi16, Glyphs::Braille);
    assert_pictures(&sixteen, "_16_colours", &cases[..1]);
    let light = Theme::built_in("light", ColorTier::TrueColor, Glyphs::Half);
    assert_pictures(&light, "_light_half", &cases[1..]);
}

/// Calls `check` with every scene at every size in this theme.
fn for_all_frames(theme: &Theme, check: impl Fn(&Scene, &Buffer, &str)) {
    for scene in scenes() {
        let app = scene.app(theme.clone());
        for (width, height) in sizes() {
            let buf = draw(&app, &scene.lab, width, height);
            check(scene, &buf, &format!("{} at {width}x{height}", scene.name));
        }
    }
}

#[test]
fn without_colour_no_cell_has_any() {
    for glyphs in Glyphs::ALL {
        let theme = Theme::built_in("dark", ColorTier::None, glyphs);
        for_all_frames(&theme, |_, buf, which| {
            let is_plain = |cell: &Cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset);
            let colored = buf.content.iter().find(|cell| !is_plain(cell));
            assert!(colored.is_none(), "{which}: {colored:?}");
        });
    }
}

#[test]
fn in_ascii_every_cell_is_ascii() {
    let theme = Theme::built_in("dark", ColorTier::TrueColor, Glyphs::Ascii);
    for_all_frames(&theme, |_, buf, which| {
        let other = buf.content.iter().find(|cell| !cell.symbol().is_ascii());
        assert!(
            other.is_none(),
            "{which}: {other:?} in\n{}",
            rows(buf).join("\n")
        );
    });
}

#[test]
fn nothing_is_drawn_outside_the_area() {
    for scene in scenes() {
        let app = scene.app(dark());
        for (width, height) in sizes() {
            let area = Rect::new(3, 2, width, height);
            let mut buf = Buffer::empty(Rect::new(0, 0, width + 6, height + 4));
            screens::draw(&app, &scene.lab, area, &mut buf);
            let outside = buf
                .area
                .positions()
                .filter(|&position| !area.contains(position));
            for position in outside {
                let which = (scene.name, width, height, position);
                assert_eq!(buf[position], Cell::default(), "{which:?}");
            }
        }
    }
}

#[test]
fn a_frame_is_the_same_wherever_it_is_drawn() {
    for scene in scenes() {
        let app = scene.app(dark());
        let at_origin = rows(&draw(&app, &scene.lab, 120, 36));
        let area = Rect::new(3, 2, 120, 36);
        let mut buf = Buffer::empty(area);
        screens::draw(&app, &scene.lab, area, &mut buf);
        assert_eq!(rows(&buf), at_origin, "{}", scene.name);
    }
}

/// Whether something lies over the whole screen.
fn is_covered(scene: &Scene) -> bool {
    scene.name.starts_with("help")
}

#[test]
fn the_selected_row_its_letter_and_the_focus_are_always_visible() {
    for theme in [
        dark(),
        Theme::built_in("dark", ColorTier::None, Glyphs::Ascii),
    ] {
        let marker = theme.glyphs().pick("›", ">");
        for scene in scenes().iter().filter(|scene| !is_covered(scene)) {
            let app = scene.app(theme.clone());
            for (width, height) in sizes() {
                let which = (scene.name, width, height);
                let buf = draw(&app, &scene.lab, width, height);
                let places = app.places(&scene.lab, buf.area);
                let is_lab = app.screen == Screen::Lab;
                if let (Size::Large | Size::Medium, Some(group), true) =
                    (places.size, app.selected(&scene.lab), is_lab)
                {
                    let marked: Vec<u16> = (places.table.top()..places.table.bottom())
                        .filter(|&y| buf[(0, y)].symbol() == marker)
                        .collect();
                    assert_eq!(marked.len(), 1, "{which:?}");
                    let letter = buf[(2, marked[0])].symbol();
                    assert_eq!(letter, group.letter.to_string(), "{which:?}");
                }
                let focused = places.panes.iter().find(|(pane, _)| *pane == app.focus);
                assert_eq!(
                    focused.is_some(),
                    app.screen != Screen::Curves && places.size != Size::TooSmall,
                    "{which:?}"
                );
                if let Some((_, area)) = focused {
                    let corner = &buf[(area.x, area.y)];
                    let style = theme.style(Role::BorderFocused);
                    assert_eq!(corner.fg, style.fg.unwrap_or_default(), "{which:?}");
                    assert_eq!(corner.modifier, style.add_modifier, "{which:?}");
                }
            }
        }
    }
}

#[test]
fn the_selected_row_is_one_bar_in_every_colour_tier() {
    for tier in [
        ColorTier::None,
        ColorTier::Ansi16,
        ColorTier::Ansi256,
        ColorTier::TrueColor,
    ] {
        let theme = Theme::built_in("dark", tier, Glyphs::Braille);
        let buf = scene("four rates").draw(theme.clone(), 120, 36);
        let y = (0..36).find(|&y| buf[(0, y)].symbol() == "›").unwrap();
        let behind = |x: u16| {
            let cell = &buf[(x, y)];
            let is_reversed = cell.modifier.contains(Modifier::REVERSED);
            (is_reversed, if is_reversed { cell.fg } else { cell.bg })
        };
        let other_row = (false, buf[(0, y - 1)].bg);
        assert_ne!(behind(0), other_row, "{tier:?}");
        let patch = (0..120).find(|&x| behind(x) != behind(0));
        assert_eq!(patch, None, "{tier:?}");
    }
}

#[test]
fn every_rate_has_its_letter_in_the_table_and_beside_its_curve() {
    for (width, height) in [(120, 36), (80, 24), (200, 50)] {
        let scene = scene("four rates");
        let app = scene.app(dark());
        let buf = draw(&app, &scene.lab, width, height);
        let places = app.places(&scene.lab, buf.area);
        let curves = places.panes[0].1;
        for (row, group) in scene.lab.groups.iter().enumerate() {
            let letter = group.letter.to_string();
            let y = places.table.top() + 1 + row as u16;
            assert_eq!(buf[(2, y)].symbol(), letter);
            let color = dark().rate(group.rate.value()).fg.unwrap();
            let is_its = |cell: &Cell| cell.symbol() == letter && cell.fg == color;
            let is_beside = curves.positions().any(|position| is_its(&buf[position]));
            assert!(
                is_beside,
                "{letter} at {width}x{height}:\n{}",
                rows(&buf).join("\n")
            );
        }
    }
}

/// The heads of the table's columns.
const HEADS: [&str; 12] = [
    "rate",
    "keep",
    "masks",
    "train loss",
    "test loss",
    "gap",
    "test acc %",
    "‖W‖/‖W₀‖",
    "drawn",
    "distinct",
    "of 2ⁿ",
    "steps/s",
];

/// The cells behind the last of each head that stands in this row.
fn column_ends(head: &str) -> Vec<u16> {
    let end = |word: &&str| {
        let at = head.find(&format!(" {word}"))?;
        Some((head[..at].chars().count() + 1 + word.chars().count()) as u16)
    };
    HEADS.iter().filter_map(end).collect()
}

#[test]
fn columns_keep_a_space_between_them_however_wide_their_numbers_are() {
    for scene in scenes().iter().filter(|scene| !is_covered(scene)) {
        let app = scene.app(dark());
        for (width, height) in sizes() {
            let buf = draw(&app, &scene.lab, width, height);
            let table = app.places(&scene.lab, buf.area).table;
            if table.height < 2 || scene.lab.groups.is_empty() {
                continue;
            }
            let text = rows(&buf);
            let ends = column_ends(&text[usize::from(table.y)]);
            assert!(ends.len() >= 4, "{:?}", text[usize::from(table.y)]);
            for y in table.top()
                ..table
                    .bottom()
                    .min(table.top() + 1 + scene.lab.groups.len() as u16)
            {
                for &end in ends.iter().filter(|&&end| end < width) {
                    let which = (scene.name, width, height, end);
                    let row = &text[usize::from(y)];
                    // What became of a group takes the room of several columns.
                    let group = scene
                        .lab
                        .groups
                        .iter()
                        .find(|group| row.chars().nth(2) == Some(group.letter));
                    if group.is_none_or(|group| !group.sound_runs().is_empty()) {
                        assert_eq!(buf[(end, y)].symbol(), " ", "{which:?} in\n{row}");
                        assert_ne!(buf[(end - 1, y)].symbol(), " ", "{which:?} in\n{row}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_pane_stands_where_the_layout_says() {
    let titles = |pane| match pane {
        Pane::Curves => vec!["Loss", "Squared error", "Accuracy", "Gap"],
        Pane::Masks => vec!["Masks"],
        Pane::Ensemble => vec!["Ensemble"],
        Pane::Norms => vec!["Weight norms"],
        Pane::Nested => vec!["Nested"],
        Pane::Robust => vec!["Robust"],
        Pane::NormBySteps => vec!["Norm by step"],
        Pane::NormByLoss => vec!["by training loss"],
        Pane::NormBySeconds => vec!["by time"],
        Pane::Families => vec!["Families"],
        Pane::UnitNorms => vec!["Norm of a unit's inputs", "Effective inputs"],
        Pane::Thinned => vec!["Thinned network"],
        Pane::HowMany => vec!["How many"],
        Pane::Averaging => vec!["Averaging k networks"],
        Pane::Alone => vec!["Alone, averaged, as one"],
        Pane::Committee => vec!["Committee"],
        Pane::EveryMask => vec!["All 2"],
        Pane::HowGood => vec!["How good are they?"],
        Pane::Ways => vec!["Ways to average"],
        Pane::MeanWorth => vec!["Worth of a unit"],
        Pane::Visited => vec!["Visited by training"],
        Pane::LostInputs => vec!["Lost inputs", "Lost pixels"],
        pane => vec![pane.name()],
    };
    for scene in scenes().iter().filter(|scene| !is_covered(scene)) {
        let app = scene.app(dark());
        for (width, height) in sizes() {
            let buf = draw(&app, &scene.lab, width, height);
            for (pane, area) in app.places(&scene.lab, buf.area).panes {
                let top: String = (area.left()..area.right())
                    .map(|x| buf[(x, area.y)].symbol())
                    .collect();
                let is_titled = titles(pane).iter().any(|title| top.contains(title));
                assert!(
                    is_titled,
                    "{pane:?} of {} at {width}x{height}: {top}",
                    scene.name
                );
                let corners = [
                    buf[(area.left(), area.top())].symbol(),
                    buf[(area.right() - 1, area.top())].symbol(),
                ];
                assert_eq!(corners, ["╭", "╮"], "{pane:?} of {}", scene.name);
            }
        }
    }
}

#[test]
fn the_bottom_row_always_shows_the_keys_for_help_and_quit() {
    for scene in ["four rates", "26 rates", "failed", "regression"].map(scene) {
        for (width, height) in [(120, 36), (80, 24), (200, 50), (60, 16)] {
            let text = rows(&scene.draw(dark(), width, height));
            let bottom = text.last().unwrap();
            assert!(
                bottom.contains("? help") && bottom.contains("q quit"),
                "{bottom}"
            );
        }
    }
}

#[test]
fn help_lists_every_key_somewhere_on_its_way_down() {
    let scene = scene("help");
    let mut app = scene.app(dark());
    // The page of keys is the last one.
    crate::common::face::press(&mut app, &scene.lab, "esc ? backtab");
    let mut seen = String::new();
    for _ in 0..200 {
        seen += &rows(&draw(&app, &scene.lab, 120, 36)).join("\n");
        crate::common::face::press(&mut app, &scene.lab, "down");
    }
    for binding in BINDINGS {
        assert!(
            seen.contains(binding.help),
            "{}: {}",
            binding.name,
            binding.help
        );
    }
}

#[test]
fn the_verdict_on_a_claim_and_the_way_out_of_a_failure_are_never_cut_off() {
    for (width, height) in SIZES.into_iter().take(3) {
        let text = |name: &str| rows(&scene(name).draw(dark(), width, height)).join("\n");
        for (name, words) in [
            ("four rates", "“dropout regularises” decides at epoch 150"),
            ("decided", "“dropout regularises” → at epoch 150: holds"),
            (
                "worse",
                "“dropout regularises” → at epoch 150: does not hold here",
            ),
            (
                "larger norm",
                "gets smaller” → at epoch 150: does not hold here",
            ),
            ("second claim", "gets smaller” decides at epoch 150"),
            ("one run", "“dropout regularises”"),
            ("26 rates", "no verdict below 5 seeds"),
            ("failed", "r starts it again, the others go on"),
            ("diverged", "r starts it again, the others go on"),
        ] {
            let text = text(name);
            assert!(
                text.contains(words),
                "{words} at {width}x{height} in\n{text}"
            );
        }
    }
}

/// The first row of a screen of this width.
fn top_line(app: &App, lab: &LabSnapshot, width: u16) -> String {
    rows(&draw(app, lab, width, 36)).remove(0)
}

#[test]
fn the_top_line_says_from_where_to_where_the_runs_are_when_they_are_apart() {
    for (others, expected) in [
        (40.0, "epoch 40.0 "),
        (3.5, "epoch 3.5…41.0 "),
        (0.0, "epoch 0.0…41.0 "),
    ] {
        let mut lab = scene("four rates").lab.clone();
        change_runs(&mut lab, 1, |run| run.epoch = others);
        for width in [60, 80, 120] {
            let top = top_line(&scene("four rates").app(dark()), &lab, width);
            assert!(top.contains(expected), "{top}");
        }
    }
    // Runs that stopped are not on their way.
    let mut lab = scene("four rates").lab.clone();
    change_runs(&mut lab, 1, |run| {
        (run.epoch, run.phase) = (2.0, Phase::Diverged { step: 32 });
    });
    let top = top_line(&scene("four rates").app(dark()), &lab, 120);
    assert!(top.contains("epoch 41.0 "), "{top}");
}

#[test]
fn the_top_line_names_what_is_really_trained_and_what_labels_were_taken_for() {
    let scene = scene("four rates");
    let mut app = scene.app(dark());
    assert!(top_line(&app, &scene.lab, 120).starts_with(" dropscope  rescue · digits 500/797"));
    app.facts.experiment.preset = None;
    app.facts.experiment.data.spec = "csv:/home/me/iris.csv".parse().unwrap();
    app.facts.labels = Some("3 classes".to_owned());
    app.facts.experiment.data.split.label_noise = 0.0;
    let top = top_line(&app, &scene.lab, 80);
    assert!(
        top.starts_with(" dropscope  csv:iris.csv 500/797 · 3 classes"),
        "{top}"
    );
}

#[test]
fn the_top_line_says_the_seed_of_the_data_where_it_is_another_and_what_a_network_without_hidden_layers_is()
 {
    let scene = scene("four rates");
    let mut app = scene.app(dark());
    let top = top_line(&app, &scene.lab, 200);
    assert!(
        top.contains("relu · seed 7 ×") && !top.contains("data 9"),
        "{top}"
    );
    app.facts.experiment.data.seed = 9;
    app.facts.experiment.network.hidden.clear();
    let top = top_line(&app, &scene.lab, 200);
    assert!(
        top.contains(" linear · seed 7 ×") && top.contains(", data 9 · "),
        "{top}"
    );
}

#[test]
fn where_one_pane_is_all_there_is_to_see_the_key_to_the_others_is_in_view() {
    for (width, height) in [(60, 16), (80, 24), (99, 27)] {
        let picture = rows(&scene("four rates").draw(dark(), width, height));
        let keys = picture.last().unwrap();
        assert!(
            keys.contains(" Tab pane") && keys.contains(" ? help"),
            "{keys}"
        );
    }
}

#[test]
fn the_smallest_screens_still_say_how_far_it_is_and_whether_it_goes_on() {
    for (name, words) in [
        ("four rates", "▶ epoch 41.0"),
        ("paused", "■ paused epoch 2.7"),
    ] {
        for (width, height) in [(32, 8), (40, 12)] {
            let top = rows(&scene(name).draw(dark(), width, height)).remove(0);
            assert!(top.contains(words) && top.contains("dropscope"), "{top}");
        }
    }
}

/// A small run that really trains, on two moons.
fn real_run() -> Run {
    let split = SplitPlan {
        n_train: Some(40),
        n_test: Some(20),
        label_noise: 0.0,
    };
    let data = data::load(&Spec::Moons, &split, random::Key::new(1)).unwrap();
    let plan = RunPlan {
        n_steps: Some(12),
        ..RunPlan::of(TrainerPlan {
            hidden: vec![24, 24],
            noise: NoisePlan::of_rate(DropRate::saturating(0.5)),
            ..TrainerPlan::example()
        })
    };
    Run::new(plan, Arc::new(data)).unwrap()
}

#[test]
fn the_newest_mask_in_the_picture_is_the_one_that_the_trainer_uses() {
    let mut run = real_run();
    let mut lab = scene("one run").lab.clone();
    let mut scene = scene("masks zoomed").clone();
    while run.phase().is_running() {
        run.tick_part();
        run.answer(&Probe::THINNED);
        lab.groups[0].runs = vec![Arc::new(run.snapshot(100.0))];
        scene.lab = lab.clone();
        let text = rows(&scene.draw(dark(), 120, 36));
        let trainer = run.trainer();
        let step = if trainer.next_phase() == StepPhase::Mask {
            run.step() - 1
        } else {
            run.step()
        };
        let kept = trainer.masks().layers()[1].kept();
        let n_kept = kept.iter().map(|&kept| usize::from(kept)).sum::<usize>();
        let is_newest = |row: &&String| {
            let row = row.trim_start_matches(['│', ' ']);
            row.starts_with(&format!("{step} "))
        };
        let newest = text.iter().skip(4).find(is_newest);
        let newest = newest.unwrap_or_else(|| panic!("step {step} in\n{}", text.join("\n")));
        let end = newest.trim_end_matches(['│', ' ']);
        assert!(
            end.ends_with(&format!(" {n_kept}")),
            "{n_kept} kept: {newest}"
        );
    }
}

#[test]
fn a_look_at_a_part_of_the_test_examples_says_so() {
    let mut scene = scene("one run").clone();
    for (size, n_examples, says_so) in [
        ((120, 36), 1297, false),
        ((120, 36), 744, true),
        ((200, 50), 744, true),
    ] {
        let mut run = scene.lab.groups[0].runs[0].as_ref().clone();
        let mut reading = run
            .readings
            .any::<ThinnedReading>()
            .expect("it was looked at")
            .reading()
            .clone();
        (reading.n_examples, reading.n_test) = (n_examples, 1297);
        let step = run.step;
        looked_at(&mut run, step, reading);
        scene.lab.groups[0].runs[0] = Arc::new(run);
        let text = rows(&scene.draw(dark(), size.0, size.1)).join("\n");
        assert_eq!(text.contains("on 744 of 1,297 examples"), says_so, "{text}");
    }
}

#[test]
fn a_frozen_view_does_not_move_with_the_lab() {
    let frozen = scene("frozen");
    let app = frozen.app(dark());
    let before = draw(&app, &frozen.lab, 120, 36);
    let later = Story {
        step: 90 * crate::common::lab::STEPS_PER_EPOCH,
        ..Story::default()
    }
    .tell();
    assert_eq!(draw(&app, &later, 120, 36), before);
    assert!(
        rows(&before)[0].contains("view frozen"),
        "{}",
        rows(&before)[0]
    );
}

#[test]
fn what_is_told_by_colour_is_told_without_it_too() {
    let theme = Theme::built_in("dark", ColorTier::None, Glyphs::Braille);
    let text = |name: &str| rows(&scene(name).draw(theme.clone(), 200, 50)).join("\n");
    for (name, word) in [
        ("diverged", "5 diverged"),
        ("diverged", "diverged at step 12345: try --lr"),
        ("failed", "1 failed"),
        ("finished", "finished"),
        ("finished", "over"),
        ("paused", "paused"),
        ("full speed", "full speed"),
        ("undropped", "no unit is dropped"),
        ("per sample", "per sample"),
        ("changed live", "c: rate 0.35 → 0.50"),
        ("changed live", "d: masks per sample"),
    ] {
        assert!(text(name).contains(word), "{word} in\n{}", text(name));
    }
}

/// The rows of the pane of losses, without its frame.
fn losses(scene: &Scene, theme: &Theme, (width, height): (u16, u16)) -> (Vec<String>, Buffer) {
    let app = scene.app(theme.clone());
    let buf = draw(&app, &scene.lab, width, height);
    let places = app.places(&scene.lab, buf.area);
    let area = places.panes[0].1;
    let row = |y: u16| -> String {
        (area.left() + 1..area.right() - 1)
            .map(|x| buf[(x, y)].symbol())
            .collect()
    };
    let text = (area.top() + 1..area.bottom() - 1).map(row).collect();
    (text, buf)
}

#[test]
fn the_losses_have_the_strip_of_leaders_and_the_ladder_of_gaps_wherever_the_table_is() {
    let plain = Theme::built_in("dark", ColorTier::None, Glyphs::Ascii);
    for size in [(120, 36), (80, 24), (60, 16), (200, 50)] {
        for (theme, signs) in [(dark(), ["○", "●"]), (plain.clone(), ["o", "*"])] {
            let (text, _) = losses(scene("four rates"), &theme, size);
            let all = text.join("\n");
            let strip = text.last().unwrap();
            assert!(strip.contains("best"), "{size:?}:\n{all}");
            assert!(strip.trim_end().ends_with("gap now"), "{size:?}:\n{all}");
            let letters = text[text.len() - 2].trim_end();
            assert!(letters.ends_with("a b c d"), "{size:?}:\n{all}");
            assert!(signs.iter().all(|sign| all.contains(sign)), "{all}");
        }
    }
}

#[test]
fn the_strip_ends_with_the_rate_of_the_lowest_average_test_loss_and_without_colour_in_its_letter() {
    let scene = scene("four rates");
    // An average over the newest evaluations, weights .3, .3 * .7, ..., of the means over the seeds.
    let average = |row: usize| {
        let runs = &scene.lab.groups[row].runs;
        let n = runs.iter().map(|run| run.history.evaluations.len()).min();
        let mean = |k: usize| {
            let losses = runs.iter().map(|run| run.history.evaluations[k].test_loss);
            losses.sum::<f64>() / runs.len() as f64
        };
        let weights: Vec<f64> = (0..n.unwrap())
            .rev()
            .map(|age| 0.7_f64.powi(age as i32))
            .collect();
        let sum: f64 = weights
            .iter()
            .enumerate()
            .map(|(k, weight)| weight * mean(k))
            .sum();
        sum / weights.iter().sum::<f64>()
    };
    let best = (0..4)
        .min_by(|&a, &b| average(a).total_cmp(&average(b)))
        .unwrap();
    let group = &scene.lab.groups[best];
    let plain = Theme::built_in("dark", ColorTier::None, Glyphs::Ascii);
    let (text, _) = losses(scene, &plain, (120, 36));
    let strip = text.last().unwrap().replace("gap now", "");
    assert_eq!(
        strip.trim_end().chars().last(),
        Some(group.letter),
        "{text:#?}"
    );
    let (text, buf) = losses(scene, &dark(), (120, 36));
    let y = 8 + text.len() as u16;
    let mut bars = (0..60).rev().map(|x| &buf[(x, y)]);
    let last = bars.find(|cell| cell.modifier.contains(Modifier::REVERSED));
    let color = dark().rate(group.rate.value()).fg;
    assert_eq!(last.map(|cell| cell.fg), color, "{}", text.join("\n"));
}

#[test]
fn a_rung_of_the_ladder_stands_between_the_train_loss_and_the_test_loss_of_now() {
    let (text, _) = losses(scene("four rates"), &dark(), (120, 36));
    // The column of each rate's letter, in the row of the epochs.
    let letters: Vec<char> = text[text.len() - 2].chars().collect();
    let lab = &scene("four rates").lab;
    for group in &lab.groups {
        let x = letters
            .iter()
            .rposition(|&letter| letter == group.letter)
            .unwrap();
        let row_of = |sign: char| {
            let is_there = |row: &String| row.chars().nth(x) == Some(sign);
            text.iter().position(is_there)
        };
        let latest = |run: &Arc<dropscope::lab::RunSnapshot>| run.latest.clone().unwrap();
        let gap: f64 = group.runs.iter().map(|run| latest(run).gap()).sum();
        match (row_of('○'), row_of('●')) {
            (Some(train), Some(test)) => assert_eq!(train > test, gap > 0.0, "{}", group.letter),
            _ => assert!(
                row_of('◉').is_some(),
                "{}:\n{}",
                group.letter,
                text.join("\n")
            ),
        }
    }
}

#[test]
fn the_signs_beside_the_losses_are_explained_in_full_also_for_a_regression() {
    for (name, words) in [
        ("four rates", "nats · test ━ · right: ○ train, ● test now ─"),
        ("regression", "mean · test ━ · ○ train ● test now ─"),
    ] {
        let text = rows(&scene(name).draw(dark(), 120, 36)).join("\n");
        assert!(text.contains(words), "{name}:\n{text}");
    }
}

#[test]
fn the_evidence_for_a_claim_is_cut_at_the_end_of_a_clause() {
    for (width, end) in [(80, "at .5 than at 0"), (120, "at .5 than at 0, 5 seeds")] {
        let text = rows(&scene("four rates").draw(dark(), width, 36));
        let row = text
            .iter()
            .find(|row| row.contains("now, epoch 41"))
            .unwrap();
        assert!(row.trim_end().ends_with(end), "{row}");
    }
}

#[test]
fn the_first_repeat_stands_halfway_to_all_networks_at_rate_one_half() {
    // Of 2^n equally likely masks the first repeat is expected after sqrt(pi / 2 * 2^n) draws: half as many bits.
    let buf = scene("four rates").draw(dark(), 120, 36);
    let row = rows(&buf)
        .into_iter()
        .find(|row| row.contains('◆'))
        .unwrap();
    let place = |sign: char| row.chars().position(|c| c == sign).unwrap() as f64;
    let (first, last) = (place('━'), place('┃'));
    let n_bits = 512.0;
    let log2_repeat = 0.5 * (n_bits + (std::f64::consts::PI / 2.0).log2());
    let expected = first + (last - first) * log2_repeat / n_bits;
    assert!((place('◆') - expected).abs() <= 0.5, "{row}");
}

#[test]
fn a_mean_of_now_is_of_one_step_and_the_same_wherever_it_stands() {
    let scene = scene("four rates");
    let mut lab = scene.lab.clone();
    // One seed of c is an evaluation behind, and nobody else.
    let group = &mut lab.groups[2];
    let run = Arc::make_mut(&mut group.runs[1]);
    let history = Arc::make_mut(&mut run.history);
    let n = history.evaluations.len() - 1;
    history.evaluations = history.evaluations.iter().take(n).cloned().collect();
    run.latest = history.evaluations.last().cloned();
    let at = |run: &Arc<RunSnapshot>| run.history.evaluations[n - 1].test_loss;
    let losses: Vec<f64> = group.runs.iter().map(at).collect();
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    let text = format!("{mean:.3}");
    let now = group.over_seeds(|_, evaluation| Some(evaluation.test_loss));
    assert!((now.unwrap().mean - mean).abs() < 1e-12);

    let mut app = scene.app(dark());
    app.screen = Screen::Curves;
    let drawn = rows(&draw(&app, &lab, 120, 36));
    let chip = &drawn[2];
    assert!(chip.contains(&text), "{text} in {chip}");
    let row = drawn.iter().find(|row| row.contains("│ c  "));
    assert!(
        row.is_some_and(|row| row.contains(&text)),
        "{text} in {drawn:#?}"
    );
    app.screen = Screen::Lab;
    let drawn = rows(&draw(&app, &lab, 120, 36));
    let row = drawn.iter().find(|row| row.contains("▌c"));
    assert!(
        row.is_some_and(|row| row.contains(&text)),
        "{text} in {drawn:#?}"
    );
}
