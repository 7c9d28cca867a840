//! What is shown at the edges: rates that two decimals do not tell apart, runs that diverged, losses beyond an axis, more
//! rows and units than fit. Nothing may vanish there without a word.
use dropscope::lab::{LabSnapshot, Phase};
use dropscope::nn::Mask;
use dropscope::probe::ThinnedReading;
use dropscope::tui::screen::{Pane, Screen};
use dropscope::tui::summary;
use dropscope::tui::theme::{ColorTier, Glyphs, Theme};
use ratatui::layout::Rect;

use crate::common::face::{Scene, dark, draw, rows, scene, scenes};
use crate::common::lab::{Story, change_evaluations, change_runs, looked_at};

/// A scene of four groups at these rates.
fn at_rates(rates: &[f64]) -> Scene {
    let story = Story {
        rates: rates.to_vec(),
        ..Story::default()
    };
    scene_of(story.tell(), "")
}

fn scene_of(lab: LabSnapshot, keys: &'static str) -> Scene {
    Scene {
        name: "edges",
        lab,
        keys,
    }
}

fn text_of(scene: &Scene, (width, height): (u16, u16)) -> String {
    rows(&scene.draw(dark(), width, height)).join("\n")
}

/// The row of the table that begins with this letter, behind the selection and the colour bar.
fn row_of(text: &str, letter: char) -> &str {
    let is_its = |row: &&str| row.chars().nth(2) == Some(letter) && row.chars().nth(1) == Some('▌');
    text.lines()
        .find(is_its)
        .unwrap_or_else(|| panic!("no row {letter} in\n{text}"))
}

#[test]
fn rates_near_0_and_1_read_as_what_they_are_wherever_they_stand() {
    let scene = at_rates(&[0.0, 0.001, 0.995, 0.999]);
    for size in [(120, 36), (80, 24)] {
        let text = text_of(&scene, size);
        for (letter, rate) in [
            ('a', "0.00"),
            ('b', "0.001"),
            ('c', "0.995"),
            ('d', "0.999"),
        ] {
            assert_eq!(
                row_of(&text, letter).split_whitespace().nth(1),
                Some(rate),
                "{text}"
            );
        }
    }
    let text = text_of(&scene, (120, 36));
    assert!(
        row_of(&text, 'd').contains("0.999 0.001"),
        "rate and keep in\n{text}"
    );
    assert!(
        text.contains("Masks c 0.995 ") && text.contains("Ensemble c 0.995 "),
        "{text}"
    );
    let left = summary::text(&scene.app(dark()), &scene.lab);
    for line in ["a  0.00 ", "b 0.001 ", "c 0.995 ", "d 0.999 "] {
        assert!(left.contains(line), "{line} in\n{left}");
    }
}

#[test]
fn of_a_group_that_diverged_nothing_is_shown_as_known() {
    let scene = scene("diverged");
    for size in [(200, 50), (120, 36), (100, 30), (80, 24), (60, 16)] {
        let text = text_of(scene, size);
        let row = row_of(&text, 'd');
        assert!(row.contains("5 diverged"), "{size:?}: {row}");
        let after_rate = row.split_once("0.70").map_or("", |(_, rest)| rest);
        let advice = "5 diverged: try --lr 0.003 or a lower rate";
        assert_eq!(row.contains(advice), size == (200, 50), "{size:?}: {row}");
        let rest = after_rate
            .replace("0.30", "")
            .replace(advice, "")
            .replace("5 diverged", "");
        let is_unknown = |word: &str| matches!(word, "–" | "batch");
        assert!(rest.split_whitespace().all(is_unknown), "{size:?}: {row}");
    }
    let left = summary::text(&scene.app(dark()), &scene.lab);
    let line = left.lines().last().unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        words,
        ["d", "0.70", "–", "–", "–", "–", "–", "5", "diverged"],
        "{left}"
    );
}

#[test]
fn one_run_that_diverged_takes_no_part_in_the_means_of_the_others() {
    let mut lab = Story::default().tell();
    change_runs(&mut lab, 3, |run| {
        if run.seed == 7 {
            run.phase = Phase::Diverged { step: 9 };
            run.latest.as_mut().unwrap().test_loss = 1e45;
        }
    });
    let left = summary::text(&scene_of(lab.clone(), "").app(dark()), &lab);
    let line = left.lines().last().unwrap();
    assert!(
        line.ends_with("1 diverged") && !line.contains("e4"),
        "{left}"
    );
}

#[test]
fn a_table_that_does_not_show_all_groups_says_how_many_are_above_and_below() {
    let head_of = |scene: &Scene, size| {
        let text = text_of(scene, size);
        let head = text.lines().find(|line| line.contains("rate "));
        head.unwrap_or_else(|| panic!("no head in\n{text}"))
            .to_owned()
    };
    for (keys, mark) in [("", "▴1 ▾1 "), ("k k", "▾2 more "), ("j j", "▴2 more ")] {
        let head = head_of(&scene_of(Story::default().tell(), keys), (60, 16));
        assert!(head.starts_with(mark), "{head}");
    }
    let many = head_of(scene("26 rates"), (80, 24));
    assert!(many.starts_with("▴12 ▾8 "), "{many}");
    let whole = head_of(scene("four rates"), (80, 24));
    assert!(!whole.contains(['▴', '▾']), "{whole}");
}

/// The sizes at which the whole screen is designed to be read.
const READABLE: [(u16, u16); 7] = [
    (60, 16),
    (72, 20),
    (80, 24),
    (100, 28),
    (100, 30),
    (120, 36),
    (200, 50),
];

/// The rows of a pane, without what stands beside it.
fn pane_of(scene: &Scene, pane: Pane, (width, height): (u16, u16)) -> Vec<String> {
    let app = scene.app(dark());
    let buf = draw(&app, &scene.lab, width, height);
    let places = app.places(&scene.lab, buf.area);
    let found = places.panes.iter().find(|(other, _)| *other == pane);
    let (_, area) = *found.unwrap_or_else(|| panic!("no {pane:?} at {width}x{height}"));
    (area.top()..area.bottom())
        .map(|y| {
            (area.left()..area.right())
                .map(|x| buf[(x, y)].symbol())
                .collect()
        })
        .collect()
}

/// The numbers on the vertical axis of a pane's chart.
fn numbers_up(pane: &[String]) -> Vec<&str> {
    pane.iter()
        .filter_map(|row| row.split_once('┤'))
        .map(|(label, _)| label.trim_start_matches('│').trim())
        .collect()
}

/// The row of the horizontal axis of a pane's chart. Below it may stand what the crosshair reads.
fn along(pane: Pane, rows: &[String]) -> Option<&String> {
    let is_along = |row: &&String| row.contains(" epoch ") || row.contains(" step ");
    let n_numbers = |row: &str| {
        let words = row.split_whitespace();
        words
            .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .count()
    };
    let last_tick = rows.iter().rposition(|row| row.contains('┤'));
    let below = last_tick.map_or(0, |at| at + 1);
    match pane {
        // Above what the chart says, and its border.
        Pane::NormByLoss | Pane::NormBySeconds => rows.iter().rev().nth(2),
        // Its name may have no room, and pictures may stand below it.
        _ if pane.has_levels() => rows[below..].iter().find(|row| n_numbers(row) >= 2),
        _ => rows.iter().rfind(is_along),
    }
}

#[test]
fn every_axis_has_two_numbers_whatever_became_of_the_runs() {
    for scene in scenes()
        .iter()
        .filter(|scene| !scene.name.starts_with("help"))
    {
        for size in READABLE {
            let app = scene.app(dark());
            let area = Rect::new(0, 0, size.0, size.1);
            for (pane, _) in app.places(&scene.lab, area).panes {
                let rows = pane_of(scene, pane, size);
                let which = format!(
                    "{pane:?} of {} at {size:?}:\n{}",
                    scene.name,
                    rows.join("\n")
                );
                if !rows.iter().any(|row| row.contains('┤')) {
                    let words = [
                        "evaluated",
                        "norms show",
                        "first evaluation",
                        "no training loss",
                        "no seconds",
                        "being tried",
                    ];
                    let has_words = rows
                        .iter()
                        .any(|row| words.iter().any(|words| row.contains(words)));
                    let has_no_axis = matches!(
                        pane,
                        Pane::Masks
                            | Pane::Ensemble
                            | Pane::Nested
                            | Pane::Robust
                            | Pane::Families
                            | Pane::UnitNorms
                            | Pane::Thinned
                            | Pane::Area
                            | Pane::PerClass
                    );
                    let has_no_axis = has_no_axis || Screen::Ensemble.panes().contains(&pane);
                    assert!(has_words || has_no_axis, "{which}");
                    continue;
                }
                if matches!(pane, Pane::Area | Pane::PerClass) {
                    // Intervals end in the sign of a tick, and a table has no axis.
                    continue;
                }
                assert!(numbers_up(&rows).len() >= 2, "{which}");
                let along = along(pane, &rows);
                let along = along.expect("an axis along");
                let n_along = along
                    .split_whitespace()
                    .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
                assert!(n_along.count() >= 2, "{which}");
            }
        }
    }
}

#[test]
fn a_group_out_of_bounds_leaves_by_the_edge_and_does_not_press_the_others_into_a_line() {
    let sound = Story::default().tell();
    let numbers = |lab: &LabSnapshot, pane| {
        let scene = scene_of(lab.clone(), "");
        let rows = pane_of(&scene, pane, (120, 36));
        // In a row without a number of the curves the axis of the ladder has the first one.
        numbers_up(&rows)
            .into_iter()
            .filter_map(|number| number.split_whitespace().last())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    // One that goes on with losses beyond all measure, and one whose runs all diverged after such losses.
    let mut wild = sound.clone();
    change_evaluations(&mut wild, 3, |e| {
        e.test_loss *= 1e45;
        e.weight_norm *= 1e6;
    });
    let mut dead = wild.clone();
    change_runs(&mut dead, 3, |run| {
        run.phase = Phase::Diverged { step: 600 }
    });
    for lab in [wild, dead] {
        for pane in [Pane::Curves, Pane::Norms] {
            let numbers = numbers(&lab, pane);
            assert!(
                numbers
                    .iter()
                    .all(|number| number.len() <= 5 && !number.contains('e')),
                "{pane:?}: {numbers:?}"
            );
            let rows = pane_of(&scene_of(lab.clone(), ""), pane, (120, 36));
            let is_marked = rows.iter().take(4).any(|row| row.contains("↑d"));
            assert!(is_marked, "{pane:?}:\n{}", rows.join("\n"));
        }
    }
}

#[test]
fn a_loss_of_exactly_0_goes_along_the_lower_edge_of_a_log_axis_and_is_explained() {
    let mut lab = Story::default().tell();
    change_evaluations(&mut lab, 0, |e| {
        if e.epoch > 20.0 {
            e.test_loss = 0.0;
        }
    });
    for size in [(120, 36), (80, 24)] {
        let rows = pane_of(&scene_of(lab.clone(), "k k y"), Pane::Curves, size);
        let text = rows.join("\n");
        assert!(rows[0].contains("↓ is 0"), "{text}");
        // Below it are the epochs, who leads, and the frame.
        let lowest = &rows[rows.len() - 4];
        assert!(lowest.contains("↓a"), "{text}");
        let drawn = lowest.chars().filter(|c| ('⠁'..='⣿').contains(c)).count();
        assert!(drawn > usize::from(size.0) / 6, "{text}");
        // On a linear axis it is a value like any other.
        let linear = pane_of(&scene_of(lab.clone(), "k k"), Pane::Curves, size).join("\n");
        assert!(!linear.contains('↓'), "{linear}");
    }
}

#[test]
fn the_ensemble_says_of_which_run_and_step_it_is_and_when_that_is_long_ago() {
    let with_look_at = |step: u64| {
        let mut lab = Story::default().tell();
        change_runs(&mut lab, 2, |run| {
            let reading = run
                .readings
                .any::<ThinnedReading>()
                .unwrap()
                .reading()
                .clone();
            looked_at(run, step, reading);
        });
        pane_of(&scene_of(lab, ""), Pane::Ensemble, (120, 36)).join("\n")
    };
    for (step, words) in [
        (656, "seed 7 at step 656"),
        (650, "seed 7 at step 650"),
        (620, "seed 7 at step 620, 36 steps ago"),
        (2, "an old look: seed 7 at step 2, 654 steps ago"),
    ] {
        let text = with_look_at(step);
        assert!(text.contains(words), "{words} in\n{text}");
        assert_eq!(text.contains("old look"), step == 2, "{text}");
        assert_eq!(text.contains("ago"), step < 650, "{text}");
    }
    let diverged = pane_of(scene("diverged"), Pane::Ensemble, (120, 36)).join("\n");
    assert!(
        diverged.contains("seed 7 diverged at step 12,345"),
        "{diverged}"
    );
    assert!(!diverged.contains("test loss"), "{diverged}");
}

#[test]
fn no_title_is_cut_where_the_screen_is_designed_to_be_read() {
    for scene in scenes()
        .iter()
        .filter(|scene| !scene.name.starts_with("help"))
    {
        for (width, height) in READABLE {
            let app = scene.app(dark());
            let buf = draw(&app, &scene.lab, width, height);
            let places = app.places(&scene.lab, buf.area);
            for (pane, area) in places.panes {
                let top: String = (area.left()..area.right())
                    .map(|x| buf[(x, area.y)].symbol())
                    .collect();
                let which = format!("{pane:?} of {} at {width}x{height}: {top}", scene.name);
                assert!(!top.contains('…') && top.ends_with('╮'), "{which}");
                let group = app.selected(&scene.lab);
                let dropped = group.is_some_and(|group| !group.rate.is_none());
                if pane == Pane::Masks && dropped && scene.name != "narrow linear model" {
                    let says = ["per batch", "per sample", "(None, 1)", "(none, 1)"];
                    assert!(says.iter().any(|words| top.contains(words)), "{which}");
                }
            }
        }
    }
}

#[test]
fn a_single_pane_says_which_of_how_many_it_is_and_the_key_that_leads_to_the_others() {
    for size in [(60, 16), (80, 24), (99, 40)] {
        for (keys, pane, place) in [
            ("", Pane::Curves, "Tab 1/6"),
            ("tab", Pane::Masks, "Tab 2/6"),
            ("tab tab", Pane::Ensemble, "Tab 3/6"),
            ("backtab", Pane::Robust, "Tab 6/6"),
        ] {
            let rows = pane_of(&scene_of(Story::default().tell(), keys), pane, size);
            assert!(
                rows[0].contains(place),
                "{place} at {size:?} in {}",
                rows[0]
            );
        }
    }
    let rows = pane_of(scene("four rates"), Pane::Curves, (120, 36));
    assert!(!rows[0].contains("Tab"), "all are in view: {}", rows[0]);
}

#[test]
fn masks_say_which_units_and_samples_are_in_view_and_how_to_see_the_others() {
    let ascii = Theme::built_in("dark", ColorTier::None, Glyphs::Ascii);
    let zoomed = |keys: &'static str| {
        let scene = scene_of(Story::default().tell(), keys);
        rows(&scene.draw(ascii.clone(), 180, 50)).join("\n")
    };
    let text = zoomed("2 tab enter");
    assert!(
        text.contains("units 0-161 of 256") && text.contains("Left Right: others"),
        "{text}"
    );
    let moved = zoomed("2 tab enter pagedown end");
    assert!(moved.contains("units 94-255 of 256"), "{moved}");
    let whole = pane_of(
        &scene_of(Story::default().tell(), "2 tab enter"),
        Pane::Masks,
        (200, 50),
    );
    assert!(
        whole[0].contains("256 units") && !whole.join("").contains("others"),
        "{}",
        whole[0]
    );
    let per_sample = scene_of(scene("per sample").lab.clone(), "");
    let per_sample = pane_of(&per_sample, Pane::Masks, (120, 36)).join("\n");
    assert!(per_sample.contains(" of 20 samples"), "{per_sample}");
}

#[test]
fn groups_at_one_rate_differ_in_colour_and_in_stroke() {
    let scene = at_rates(&[0.5, 0.5, 0.5]);
    for glyphs in [Glyphs::Braille, Glyphs::Ascii] {
        let theme = Theme::built_in("dark", ColorTier::TrueColor, glyphs);
        let buf = scene.draw(theme, 120, 36);
        let colors: std::collections::HashSet<_> = (3..6).map(|y| buf[(2, y)].fg).collect();
        assert_eq!(colors.len(), 3, "{colors:?}");
    }
    let looks = dark().looks(&[0.5, 0.5, 0.5]);
    let lines: std::collections::HashSet<_> = looks.iter().map(|look| look.line).collect();
    assert_eq!(lines.len(), 3, "{looks:?}");
}

#[test]
fn nested_masks_go_on_below_where_there_is_room_and_a_mark_stands_for_each_unit_that_is_kept() {
    let scene = scene("four rates");
    let picture = rows(&scene.draw(dark(), 200, 50));
    let run = scene.lab.groups[3].shown_run().unwrap();
    let mut mask = Mask::none();
    run.recipe
        .draw(1, run.last_drawn_step().unwrap(), &mut mask);
    // Each row of d has 48 cells of two units, before the number of all that are kept.
    let shown: Vec<&str> = picture
        .iter()
        .filter_map(|row| Some(row.rsplit_once("d 0.70  ")?.1))
        .collect();
    assert_eq!(shown.len(), 2, "{picture:#?}");
    for (block, row) in shown.iter().enumerate() {
        for (cell, glyph) in row.chars().take(48).enumerate() {
            let first = block * 96 + cell * 2;
            let kept = [0, 1].map(|n| mask.kept()[first + n] != 0);
            let expected = match kept {
                [true, true] => '█',
                [true, false] => '▌',
                [false, true] => '▐',
                [false, false] => ' ',
            };
            assert_eq!(glyph, expected, "units {first} and {}", first + 1);
        }
    }
}
