//! What is shown at the edges: rates that two decimals do not tell apart, runs that diverged, losses beyond an axis, more
//! rows and units than fit. Nothing may vanish there without a word.
use dropscope::lab::{LabSnapshot, Phase};
use dropscope::tui::summary;

use crate::common::face::{Scene, dark, rows, scene};
use crate::common::lab::{Story, change_runs};

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
        assert!(row.contains("3 diverged"), "{size:?}: {row}");
        let after_rate = row.split_once("0.70").map_or("", |(_, rest)| rest);
        let rest = after_rate.replace("0.30", "").replace("3 diverged", "");
        let is_unknown = |word: &str| matches!(word, "–" | "batch");
        assert!(rest.split_whitespace().all(is_unknown), "{size:?}: {row}");
    }
    let left = summary::text(&scene.app(dark()), &scene.lab);
    let line = left.lines().last().unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        words,
        ["d", "0.70", "–", "–", "–", "–", "–", "3", "diverged"],
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
