//! The numbers behind what panes draw.

use dropscope::probe::ThinnedReading;
use dropscope::tui::screens::{Numbers, numbers};

use crate::common::face::{dark, press, scene};

fn numbers_of(name: &str, keys: &str) -> Numbers {
    let scene = scene(name);
    let mut app = scene.app(dark());
    press(&mut app, &scene.lab, keys);
    let numbers = numbers(&app, &scene.lab);
    for row in &numbers.rows {
        assert_eq!(
            row.len(),
            numbers.head.len(),
            "a row is as long as the head"
        );
    }
    numbers
}

/// The value in the last row of the column of this name.
fn last(numbers: &Numbers, column: &str) -> Option<f64> {
    let column = numbers.head.iter().position(|name| name == column);
    numbers.rows.last().expect("there are rows")[column.expect("there is such a column")]
}

#[test]
fn curves_and_norms_are_means_over_the_seeds_with_their_spread() {
    let group = &scene("four rates").lab.groups[2];
    let latest = |of: fn(&dropscope::lab::RunSnapshot) -> f64| {
        let values: Vec<f64> = group.runs.iter().map(|run| of(run)).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        (mean, (squares.sum::<f64>() / (n - 1.0)).sqrt())
    };
    let is = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-9;
    let curves = numbers_of("four rates", "");
    let (mean, sd) = latest(|run| run.history.evaluations.last().unwrap().test_loss);
    assert!(is(last(&curves, "c 0.50 test loss"), mean));
    assert!(is(last(&curves, "c 0.50 test loss sd"), sd));
    let step = group.runs[0].history.evaluations.last().unwrap().step;
    assert_eq!(last(&curves, "step"), Some(step as f64));
    let accuracy = numbers_of("four rates", "o");
    let (mean, _) = latest(|run| {
        100.0
            * run
                .history
                .evaluations
                .last()
                .unwrap()
                .train_accuracy
                .unwrap()
    });
    assert!(is(last(&accuracy, "c 0.50 train accuracy %"), mean));
    let norms = numbers_of("four rates", "tab tab tab");
    let (mean, _) =
        latest(|run| run.history.evaluations.last().unwrap().weight_norm / run.initial_norms.total);
    assert!(is(last(&norms, "c 0.50 norm ratio"), mean));
}

#[test]
fn masks_are_rows_of_0_and_1_as_many_units_as_the_layer_has() {
    let masks = numbers_of("four rates", "tab");
    let run = &scene("four rates").lab.groups[2].runs[0];
    assert_eq!(masks.head.len(), 1 + run.widths[1]);
    assert_eq!(masks.head[..2], ["step", "unit 0"]);
    assert_eq!(last(&masks, "step"), Some((run.step - 1) as f64));
    let mut mask = dropscope::nn::Mask::none();
    run.recipe.draw(1, run.step - 1, &mut mask);
    let expected: Vec<Option<f64>> = mask
        .kept()
        .iter()
        .map(|&kept| Some(f64::from(kept)))
        .collect();
    assert_eq!(masks.rows.last().unwrap()[1..], expected);
    assert!(
        numbers_of("undropped", "").rows.is_empty(),
        "no mask is drawn at rate 0"
    );
}

#[test]
fn the_ensemble_is_a_row_for_each_network_their_average_and_the_full_one() {
    let lab = &scene("four rates").lab;
    let reading = lab.groups[2].runs[0]
        .readings
        .any::<ThinnedReading>()
        .expect("it was looked at");
    let ensemble = numbers_of("four rates", "tab tab");
    assert_eq!(ensemble.rows.len(), reading.sample.each.len() + 2);
    assert_eq!(last(&ensemble, "is full"), Some(1.0));
    assert_eq!(last(&ensemble, "test loss"), Some(reading.sample.full.loss));
    assert_eq!(ensemble.rows[0][3], Some(reading.sample.each[0].loss));
}
