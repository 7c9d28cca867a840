//! The screen of perturbations: its keys, what it asks, and that what it says is what was found.

use dropscope::lab::{LabSnapshot, Question, Runs};
use dropscope::probe::asked::Answer;
use dropscope::probe::robustness::Scaling;
use dropscope::probe::{Perturbation, Probe};
use dropscope::tui::app::App;
use dropscope::tui::screen::{Pane, Screen};
use dropscope::tui::screens::{Numbers, numbers};
use ratatui::layout::Rect;

use crate::common::face::{dark, draw, press, rows, scene};
use crate::common::lab::change_runs;
use crate::common::perturbed::{perturbed, worth};

const UNITS: Perturbation = Perturbation::LostUnits(Scaling::AsTheyAre);

/// The screen of a scene's lab, with so many networks of every rate tried.
fn answered(name: &str, n_runs: usize) -> (App, LabSnapshot) {
    let scene = scene(name);
    let lab = perturbed(scene.lab.clone(), n_runs);
    let mut app = scene.app(dark());
    press(&mut app, &lab, "7");
    (app, lab)
}

fn text(app: &App, lab: &LabSnapshot, (width, height): (u16, u16)) -> String {
    rows(&draw(app, lab, width, height)).join("\n")
}

fn table(app: &App, lab: &LabSnapshot) -> Numbers {
    let numbers = numbers(app, lab);
    for row in &numbers.rows {
        assert_eq!(row.len(), numbers.head.len());
    }
    numbers
}

fn column(numbers: &Numbers, name: &str) -> Vec<Option<f64>> {
    let idx = numbers.head.iter().position(|head| head == name);
    let idx = idx.unwrap_or_else(|| panic!("{name} in {:?}", numbers.head));
    numbers.rows.iter().map(|row| row[idx]).collect()
}

#[test]
fn what_is_written_of_a_curve_is_the_mean_over_seeds_and_their_deviation() {
    let (app, lab) = answered("four rates", usize::MAX);
    let numbers = table(&app, &lab);
    let means = column(&numbers, "c 0.50 accuracy %");
    let spreads = column(&numbers, "c 0.50 accuracy % sd");
    assert_eq!((numbers.head[0].as_str(), means.len()), ("sigma", 13));
    let seeds: Vec<u64> = lab.groups[2].runs.iter().map(|run| run.seed).collect();
    let n = seeds.len() as f64;
    for (idx, (found, spread)) in means.iter().zip(spreads).enumerate() {
        let amount = 0.1 * idx as f64;
        let each: Vec<f64> = seeds
            .iter()
            .map(|&seed| 100.0 * worth(2, seed, amount))
            .collect();
        let mean = each.iter().sum::<f64>() / n;
        let square = each.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        assert!((found.unwrap() - mean).abs() < 1e-9, "{idx}");
        assert!(
            (spread.unwrap() - (square / (n - 1.0)).sqrt()).abs() < 1e-9,
            "{idx}"
        );
    }
}

#[test]
fn what_is_written_of_areas_is_the_trapezoid_of_one_rate_less_that_of_another() {
    let (mut app, lab) = answered("four rates", usize::MAX);
    press(&mut app, &lab, "tab tab tab");
    assert_eq!(app.focus, Pane::Area);
    let numbers = table(&app, &lab);
    let area = |row: usize, seed: u64, n_levels: usize, step: f64| {
        let at = |idx: usize| worth(row, seed, step * idx as f64);
        let sum: f64 = (1..n_levels)
            .map(|idx| 0.5 * step * (at(idx - 1) + at(idx)))
            .sum();
        sum / (step * (n_levels - 1) as f64)
    };
    for (name, n_levels, step) in [("noise", 13, 0.1), ("pixels", 10, 0.1), ("units", 20, 0.05)] {
        let column = column(&numbers, &format!("{name} area less that compared with"));
        for (row, found) in (1..4).zip(column) {
            let seeds = lab.groups[row].runs.iter().map(|run| run.seed);
            let differences: Vec<f64> = seeds
                .map(|seed| area(row, seed, n_levels, step) - area(0, seed, n_levels, step))
                .collect();
            let mean = differences.iter().sum::<f64>() / differences.len() as f64;
            assert!((found.unwrap() - mean).abs() < 1e-9, "{name} {row}");
        }
    }
    // What the pane and the answer say is what is written.
    let c = column(&numbers, "noise area less that compared with")[1].unwrap();
    let drawn = text(&app, &lab, (120, 36));
    assert!(
        drawn.contains(&format!("area of c less a: noise +{c:.3}")),
        "{drawn}"
    );
    assert!(drawn.matches(&format!("+{c:.3}")).count() >= 2, "{drawn}");
}

#[test]
fn the_crosshair_reads_all_rates_at_a_level_that_was_tried() {
    let (mut app, lab) = answered("four rates", usize::MAX);
    press(&mut app, &lab, "v");
    let read = |app: &App| text(app, &lab, (120, 36));
    let mean = |row: usize, amount: f64| {
        let runs = &lab.groups[row].runs;
        let sum: f64 = runs
            .iter()
            .map(|run| 100.0 * worth(row, run.seed, amount))
            .sum();
        format!("{} {:.1}", lab.groups[row].letter, sum / runs.len() as f64)
    };
    for (keys, sigma) in [
        ("", 0.6),
        ("right", 0.7),
        ("left left", 0.5),
        ("end right", 1.2),
        ("home", 0.0),
    ] {
        press(&mut app, &lab, keys);
        let drawn = read(&app);
        assert!(drawn.contains(&format!("σ {sigma:.1}")), "{drawn}");
        for row in 0..4 {
            assert!(
                drawn.contains(&mean(row, sigma)),
                "{row} at {sigma}: {drawn}"
            );
        }
    }
    press(&mut app, &lab, "esc");
    assert_eq!((app.robust.level, app.screen), (None, Screen::Robust));
    press(&mut app, &lab, "esc");
    assert_eq!(app.screen, Screen::Lab);
}

#[test]
fn without_a_chart_in_focus_the_crosshair_says_what_it_reads() {
    let (mut app, lab) = answered("four rates", usize::MAX);
    press(&mut app, &lab, "tab tab tab v");
    assert_eq!(app.robust.level, None);
    assert!(app.message(&lab).unwrap().contains("focus one of them"));
}

#[test]
fn quantities_turn_and_what_is_asked_follows() {
    let (mut app, lab) = answered("four rates", usize::MAX);
    let area = Rect::new(0, 0, 120, 36);
    let tried = |app: &App| -> Vec<Perturbation> {
        let questions = app.questions(&lab, area);
        let of = |question: &Question| match question.probe {
            Probe::Robustness(perturbation) => {
                assert_eq!(question.runs, Runs::All);
                Some(perturbation)
            }
            _ => None,
        };
        questions.iter().filter_map(of).collect()
    };
    let [noise, inputs] = [Perturbation::InputNoise, Perturbation::LostInputs];
    assert_eq!(tried(&app), [noise, inputs, UNITS]);
    press(&mut app, &lab, "o");
    assert!(app.robust.is_loss);
    assert!(text(&app, &lab, (120, 36)).contains("loss, nats"));
    press(&mut app, &lab, "o tab tab o");
    let rescaled = Perturbation::LostUnits(Scaling::Rescaled);
    assert_eq!(
        (app.focus, tried(&app)),
        (Pane::LostUnits, vec![noise, inputs, rescaled])
    );
    assert!(text(&app, &lab, (120, 36)).contains("at test time, rescaled"));
    // The attack is asked only where it is seen.
    press(&mut app, &lab, "tab tab");
    assert_eq!((app.focus, tried(&app).len()), (Pane::Attack, 4));
}

#[test]
fn examples_turn_around_their_ends() {
    let (mut app, lab) = answered("four rates", usize::MAX);
    let shown = |app: &App| {
        let questions = app.questions(&lab, Rect::new(0, 0, 120, 36));
        questions
            .into_iter()
            .find_map(|question| match question.probe {
                Probe::Perturbed { example, .. } => Some(example),
                _ => None,
            })
    };
    assert_eq!(shown(&app), Some(0));
    press(&mut app, &lab, "E");
    assert_eq!(shown(&app), Some(199));
    press(&mut app, &lab, "e e");
    assert_eq!(shown(&app), Some(1));
}

#[test]
fn the_answer_waits_for_every_network_and_says_how_many_there_are() {
    let (app, lab) = answered("four rates", 1);
    let n = lab.groups[0].runs.len();
    let drawn = text(&app, &lab, (120, 36));
    let words = format!("not yet: 6 of {} trials of networks done", 2 * 3 * n);
    assert!(drawn.contains(&words), "{drawn}");
    assert!(
        drawn.contains(&format!("4 of {} networks", 4 * n)),
        "{drawn}"
    );
}

#[test]
fn nothing_known_is_said_in_every_pane() {
    let (mut app, lab) = answered("four rates", 0);
    for size in [(120, 36), (80, 24), (60, 16), (200, 50), (40, 12)] {
        for _ in 0..6 {
            let places = app.places(&lab, Rect::new(0, 0, size.0, size.1));
            let buf = draw(&app, &lab, size.0, size.1);
            for (pane, area) in places.panes {
                let inner = area.inner(ratatui::layout::Margin::new(1, 1));
                let words: String = inner.positions().map(|at| buf[at].symbol()).collect();
                assert!(
                    words.contains("networks") && words.contains("tried"),
                    "{pane:?} {size:?}: {words}"
                );
            }
            press(&mut app, &lab, "tab");
        }
    }
}

#[test]
fn what_was_found_of_networks_that_have_gone_far_since_is_compared_with_nothing() {
    let (app, mut lab) = answered("four rates", usize::MAX);
    let numbers_before = table(&app, &lab);
    let before = column(&numbers_before, "c 0.50 accuracy %");
    let answer = |app: &App, lab: &LabSnapshot| text(app, lab, (120, 36));
    assert!(!answer(&app, &lab).contains("not yet"));
    // Of one seed of c there is what was found of its initial weights, worth as much as nothing.
    let seeds: Vec<u64> = lab.groups[2].runs.iter().map(|run| run.seed).collect();
    age_readings(&mut lab, 2, seeds[0]);
    let after = column(&table(&app, &lab), "c 0.50 accuracy %");
    let mean_of_others = |idx: usize| {
        let each = seeds[1..].iter();
        let worths = each.map(|&seed| 100.0 * worth(2, seed, 0.1 * idx as f64));
        worths.sum::<f64>() / (seeds.len() - 1) as f64
    };
    for (idx, (found, before)) in after.iter().zip(&before).enumerate() {
        assert!((found.unwrap() - mean_of_others(idx)).abs() < 1e-9);
        assert_ne!(found, before);
    }
    let words = answer(&app, &lab);
    assert!(words.contains("not yet: 27 of 30 trials"), "{words}");
    assert!(!words.contains("at steps 0"), "{words}");
    // Where all are as old they are compared, and it is said.
    for row in 0..lab.groups.len() {
        let seeds: Vec<u64> = lab.groups[row].runs.iter().map(|run| run.seed).collect();
        for seed in seeds {
            age_readings(&mut lab, row, seed);
        }
    }
    let words = answer(&app, &lab);
    assert!(words.contains("at step 0"), "{words}");
    assert!(!words.contains("not yet"), "{words}");
}

/// Lets all that was found of the runs of a group with this seed be from before the first step.
fn age_readings(lab: &mut LabSnapshot, row: usize, seed: u64) {
    let kinds = [
        Perturbation::InputNoise,
        Perturbation::LostInputs,
        UNITS,
        Perturbation::LostUnits(Scaling::Rescaled),
        Perturbation::Attack,
    ];
    change_runs(lab, row, |run| {
        for kind in kinds.into_iter().filter(|_| run.seed == seed) {
            let probe = Probe::Robustness(kind);
            let asked = run.readings.asked(&probe).expect("it was tried");
            let answer = asked.answer.as_deref().expect("it was answered");
            let old = Answer {
                step: 0,
                ..answer.clone()
            };
            run.readings.put(probe, old);
        }
    });
}

#[test]
fn an_area_that_is_smaller_is_not_marked_as_one_that_is_larger() {
    let (mut app, lab) = answered("four rates", usize::MAX);
    // Compared with d, whose curves fall the slowest, all others lose more.
    press(&mut app, &lab, "J C");
    press(&mut app, &lab, "K");
    let words = text(&app, &lab, (120, 36));
    assert!(words.contains('✗'), "{words}");
    assert!(!words.contains(" ✓"), "{words}");
}
