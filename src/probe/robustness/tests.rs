//! Perturbations against plain loops, the normal distribution and finite differences.

use std::sync::Arc;

use super::*;
use crate::data::Split;
use crate::math::random::Key;
use crate::nn::{Activation, DropRate, Mlp, NoiseShape};
use crate::probe::fixture::{self, answered, layers_of, loss_of};
use crate::probe::{Probe, Reading};
use crate::train::TrainerPlan;

/// A network that is right about every example: the class is the sign of the only input, which lies `margin` beside 0.
fn sign_subject(margin: f32, item_shape: Vec<usize>) -> Subject {
    let n = 800;
    let sign = |i: usize| if i.is_multiple_of(2) { -1.0 } else { 1.0 };
    // Even distances must not meet the examples of one class alone.
    let at = |i: usize| i + i / 4;
    let inputs = (0..n).map(|i| margin * sign(at(i))).collect();
    let labels = (0..n).map(|i| (at(i) % 2) as u32).collect();
    let targets = Targets::Classes {
        labels,
        n_classes: 2,
    };
    let part = Dataset::new("sign", item_shape, inputs, targets);
    let data = Arc::new(Split {
        train: part.clone(),
        test: part,
        n_relabelled: 0,
        n_wrong: 0,
    });
    let plan = TrainerPlan {
        hidden: Vec::new(),
        ..TrainerPlan::example()
    };
    let mut net: Mlp = plan.network(&[1, 2]);
    net.layers[0].weight.assign(&ndarray::array![[-1.0, 1.0]]);
    Subject {
        net: Arc::new(net),
        step: 0,
        rates: vec![DropRate::NONE],
        noise_shape: NoiseShape::per_batch(),
        recipe: Arc::new(plan.recipe(&data.train).unwrap()),
        data,
        key: Key::new(3),
        before: None,
        plan: Arc::new(plan),
    }
}

fn robustness(perturbation: Perturbation, subject: Subject) -> (Robustness, usize) {
    match answered(&Probe::Robustness(perturbation), subject) {
        (Reading::Robustness(found), n_parts) => (found, n_parts),
        other => panic!("{other:?}"),
    }
}

/// The chance that a standard normal number is below `x`, by a sum over its density.
fn below(x: f64) -> f64 {
    let n = 20_000;
    let (from, width) = (-8.0, (x + 8.0) / f64::from(n));
    let density = |z: f64| (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (0..n)
        .map(|i| density(from + (f64::from(i) + 0.5) * width) * width)
        .sum()
}

#[test]
fn a_margin_is_crossed_as_often_as_the_normal_distribution_says() {
    // An image of one pixel: the unit of the noise is the range of a pixel.
    let (found, n_parts) = robustness(Perturbation::InputNoise, sign_subject(0.5, vec![1, 1]));
    assert_eq!(found.levels[0].worth, Some(1.0));
    assert_eq!((found.n_examples, found.n_draws), (200, 3));
    // Three draws of 200 examples are less than a pass of 800.
    assert_eq!((found.levels.len(), n_parts), (13, 13));
    for level in &found.levels[1..] {
        let expected = below(0.5 / level.amount);
        let deviation = (expected * (1.0 - expected) / 600.0).sqrt();
        let off = level.worth.unwrap() - expected;
        assert!(
            off.abs() < 4.0 * deviation + 1e-3,
            "{}: {off}",
            level.amount
        );
    }
}

#[test]
fn without_pixels_noise_is_in_standard_deviations_of_the_input() {
    // Inputs of plus and minus 5 have a standard deviation of 5: noise of 1 crosses the middle as often as there.
    let (found, _) = robustness(Perturbation::InputNoise, sign_subject(5.0, vec![1]));
    let off = found.levels[10].worth.unwrap() - below(1.0);
    assert!(off.abs() < 0.06, "{off}");
}

#[test]
fn a_lost_input_leaves_the_class_that_ties_go_to() {
    // What is lost is 0, both outputs are the same, and the first class has it: half of what is lost stays right.
    let (found, n_parts) = robustness(Perturbation::LostInputs, sign_subject(0.5, vec![1, 1]));
    assert_eq!((found.levels.len(), n_parts), (10, 10));
    for (idx, level) in found.levels.iter().enumerate() {
        assert!((level.amount - 0.1 * idx as f64).abs() < 1e-12);
        let expected = 1.0 - 0.5 * level.amount;
        let deviation = (0.25 * level.amount / 600.0).sqrt();
        let off = level.worth.unwrap() - expected;
        assert!(off.abs() < 4.0 * deviation + 1e-9, "{}", level.amount);
        // The first class loses nothing, the second all of it.
        assert_eq!(level.of_classes[0], Some(1.0));
        let off = level.of_classes[1].unwrap() - (1.0 - level.amount);
        let deviation = (level.amount * (1.0 - level.amount) / 300.0).sqrt();
        assert!(off.abs() < 4.5 * deviation + 1e-9, "{}", level.amount);
    }
}

#[test]
fn two_networks_see_the_same_noise_and_lose_the_same_inputs_and_units() {
    let inputs = Array2::from_elem((50, 3), 0.5_f32);
    let units = [1.0, 2.0, 3.0];
    let noisy = amounts::noisy(&inputs, &units, 0.7, 23);
    assert_eq!(noisy, amounts::noisy(&inputs, &units, 0.7, 23));
    assert_ne!(noisy, amounts::noisy(&inputs, &units, 0.7, 24));
    let lost = amounts::with_lost(&inputs, 0.5, 3);
    assert_eq!(lost, amounts::with_lost(&inputs, 0.5, 3));
    assert_ne!(lost, amounts::with_lost(&inputs, 0.5, 4));
    let nets = [1, 2].map(|seed| {
        let plan = TrainerPlan {
            seed,
            ..TrainerPlan::example()
        };
        plan.network(&[3, 8, 8, 2])
    });
    let [one, other] = nets.map(|net| amounts::masks(&net, 50, (0.3, Scaling::AsTheyAre), 7));
    assert_eq!(one, other);
    assert_ne!(one.layers()[1].kept(), one.layers()[2].kept());
}

/// What networks lose, by plain loops in f64 over what they are shown: (loss, worth) at a level and draw.
fn judged(
    net: &Mlp,
    data: &Dataset,
    inputs: &Array2<f32>,
    masks: Option<&Masks>,
) -> (f64, Option<f64>) {
    let outputs: Vec<Vec<f64>> = inputs
        .rows()
        .into_iter()
        .enumerate()
        .map(|(row, x)| forward(net, &x.to_vec(), row, masks))
        .collect();
    let loss = loss_of(&outputs, data);
    let worth = match &data.targets {
        Targets::Classes { labels, .. } => {
            let is_right = |(said, label): (&Vec<f64>, &u32)| {
                let best = said.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                // Ties go to the first class.
                said.iter().position(|&z| z == best) == Some(*label as usize)
            };
            let n_right = outputs
                .iter()
                .zip(labels)
                .filter(|&pair| is_right(pair))
                .count();
            n_right as f64 / data.len() as f64
        }
        Targets::Values(values) => {
            let mut spread = 0.0;
            for column in 0..values.ncols() {
                let column: Vec<f64> = values
                    .column(column)
                    .iter()
                    .map(|&v| f64::from(v))
                    .collect();
                let mean = column.iter().sum::<f64>() / column.len() as f64;
                spread += column
                    .iter()
                    .map(|value| (value - mean) * (value - mean))
                    .sum::<f64>();
            }
            1.0 - loss * values.len() as f64 / spread
        }
    };
    (loss, Some(worth))
}

/// Outputs for one example, hidden units dropped and rescaled as the masks say.
fn forward(net: &Mlp, x: &[f32], row: usize, masks: Option<&Masks>) -> Vec<f64> {
    let mut a: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    for (idx, layer) in net.layers.iter().enumerate() {
        if let Some(mask) = masks.map(|masks| &masks.layers()[idx]) {
            for (unit, is_kept) in mask.row(row).iter().enumerate() {
                a[unit] = if *is_kept == 1 {
                    a[unit] / mask.rate().keep()
                } else {
                    0.0
                };
            }
        }
        let mut z = Vec::new();
        for unit in 0..layer.n_units() {
            let mut sum = f64::from(layer.bias[unit]);
            for (input, a) in a.iter().enumerate() {
                sum += a * f64::from(layer.weight[[input, unit]]);
            }
            let is_hidden = idx + 1 < net.layers.len();
            z.push(if is_hidden { sum.tanh() } else { sum });
        }
        a = z;
    }
    a
}

#[test]
fn every_level_is_what_plain_loops_in_f64_say() {
    for test in [fixture::classes(90), fixture::values(90)] {
        let subject = fixture::subject(&[7, 5], Activation::Tanh, 0.5, test.clone());
        let units = amounts::units(&test);
        let all = [
            Perturbation::InputNoise,
            Perturbation::LostInputs,
            Perturbation::LostUnits(Scaling::AsTheyAre),
            Perturbation::LostUnits(Scaling::Rescaled),
        ];
        for perturbation in all {
            let (found, n_parts) = robustness(perturbation, subject.clone());
            // Three draws of 90 examples are more than a pass of 90: a part each.
            assert_eq!(n_parts, 3 * (perturbation.n_levels() - 1) + 1);
            for (idx, level) in found.levels.iter().enumerate() {
                let n_draws = if idx == 0 { 1 } else { 3 };
                let mut sums = (0.0, 0.0);
                for draw in 0..n_draws {
                    let (place, amount) = (3 * idx + draw, perturbation.amount(idx));
                    let mut inputs = test.inputs.clone();
                    let mut masks = None;
                    match perturbation {
                        Perturbation::InputNoise if idx > 0 => {
                            inputs = amounts::noisy(&inputs, &units, amount, place);
                        }
                        Perturbation::LostInputs => {
                            inputs = amounts::with_lost(&inputs, amount, place);
                        }
                        Perturbation::LostUnits(scaling) => {
                            let net = &subject.net;
                            masks = Some(amounts::masks(net, 90, (amount, scaling), place));
                        }
                        _ => {}
                    }
                    let (loss, worth) = judged(&subject.net, &test, &inputs, masks.as_ref());
                    sums = (sums.0 + loss, sums.1 + worth.unwrap());
                }
                let n = f64::from(n_draws as u8);
                let (loss, worth) = (sums.0 / n, sums.1 / n);
                let size = loss.abs().max(1.0);
                assert!(
                    (level.loss - loss).abs() < 1e-4 * size,
                    "{perturbation:?} {idx}"
                );
                let off = level.worth.unwrap() - worth;
                // A near tie may fall the other way in f32: at most one example of a draw.
                let tolerance = if test.is_classification() {
                    1.1 / 90.0
                } else {
                    1e-4 * size
                };
                assert!(off.abs() < tolerance, "{perturbation:?} {idx}: {off}");
            }
        }
    }
}

#[test]
fn units_are_lost_as_often_as_the_level_says_and_rescaled_only_if_that_was_asked_for() {
    let net = TrainerPlan::example().network(&[3, 50, 40, 2]);
    let masks = amounts::masks(&net, 200, (0.35, Scaling::AsTheyAre), 9);
    let rescaled = amounts::masks(&net, 200, (0.35, Scaling::Rescaled), 9);
    assert!(masks.layers()[0].is_none(), "inputs stay");
    for (idx, n_units) in [(1, 50.0), (2, 40.0)] {
        let (mask, other) = (&masks.layers()[idx], &rescaled.layers()[idx]);
        assert_eq!(mask.kept(), other.kept());
        assert_eq!((mask.rate().value(), other.rate().value()), (0.0, 0.35));
        let n = 200.0 * n_units;
        let share = 1.0 - mask.n_kept() as f64 / n;
        assert!(
            (share - 0.35).abs() < 4.0 * (0.35 * 0.65 / n).sqrt(),
            "{share}"
        );
    }
}

#[test]
fn the_gradient_of_the_inputs_is_that_of_finite_differences() {
    for test in [fixture::classes(300), fixture::values(300)] {
        let subject = fixture::subject(&[7, 5], Activation::Tanh, 0.5, test.clone());
        let mut bench = Bench::default();
        let evaluator = subject.evaluator(&mut bench);
        let gradient = evaluator.d_inputs(&subject.net, &test);
        // The loss that is trained on: of values, on the scale on which they are learnt.
        let learnt = test.select(&[0, 17, 299]);
        for (place, row) in [0, 17, 299].into_iter().enumerate() {
            let example = learnt.select(&[place]);
            let loss = |x: &[f64]| {
                let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
                let said = layers_of(&subject.net, &x, |_, _| false).pop().unwrap();
                match &example.targets {
                    Targets::Classes { .. } => loss_of(&[said], &example),
                    Targets::Values(values) => {
                        let errors = said.iter().enumerate().map(|(column, said)| {
                            let scale = example.value_scales[column];
                            let wanted =
                                (f64::from(values[[0, column]]) - scale.mean) / scale.deviation;
                            (said - wanted) * (said - wanted)
                        });
                        errors.sum::<f64>() / values.len() as f64
                    }
                }
            };
            let x: Vec<f64> = example.inputs.iter().map(|&x| f64::from(x)).collect();
            for input in 0..3 {
                let moved = |by: f64| {
                    let mut x = x.clone();
                    x[input] += by;
                    loss(&x)
                };
                let step = 1.0 / 1024.0;
                let expected = (moved(step) - moved(-step)) / (2.0 * step);
                let found = f64::from(gradient[[row, input]]);
                let size = expected.abs().max(0.05);
                assert!((found - expected).abs() < 0.01 * size, "{found} {expected}");
            }
        }
    }
}

#[test]
fn an_attack_moves_every_input_by_its_step_and_the_loss_rises_by_the_size_of_the_gradient() {
    let test = fixture::classes(300);
    let subject = fixture::subject(&[7, 5], Activation::Tanh, 0.5, test.clone());
    let (found, n_parts) = robustness(Perturbation::Attack, subject.clone());
    assert_eq!((found.levels.len(), found.n_draws, n_parts), (13, 1, 14));
    assert_eq!((found.levels[12].amount, found.n_examples), (0.3, 200));
    let tried = test.select(&tried(&test));
    let mut bench = Bench::default();
    let gradient = subject.evaluator(&mut bench).d_inputs(&subject.net, &tried);
    let units = amounts::units(&test);
    let slopes = gradient.rows().into_iter().map(|row| {
        let each = row.iter().zip(&units);
        each.map(|(slope, unit)| f64::from(slope.abs() * unit))
            .sum::<f64>()
    });
    let slope = slopes.sum::<f64>() / 200.0;
    let signs = amounts::signs(gradient);
    for (idx, level) in found.levels.iter().enumerate() {
        let amount = Perturbation::Attack.amount(idx);
        let inputs = amounts::attacked(&tried.inputs, &signs, &units, amount);
        for ((moved, clean), sign) in inputs.iter().zip(&tried.inputs).zip(&signs) {
            assert!((moved - clean).abs() <= 1.01 * amount as f32 && sign.abs() == 1.0);
        }
        let (loss, _) = judged(&subject.net, &tried, &inputs, None);
        assert!((level.loss - loss).abs() < 1e-4 * loss, "{idx}");
    }
    let rise = found.levels[1].loss - found.levels[0].loss;
    assert!((rise / (0.025 * slope) - 1.0).abs() < 0.1, "{rise} {slope}");
    assert!(found.levels.windows(2).all(|two| two[0].loss < two[1].loss));
}

#[test]
fn what_is_shown_is_what_networks_are_tried_on() {
    let test = fixture::classes(300);
    let subject = fixture::subject(&[7], Activation::Tanh, 0.5, test.clone());
    let rows = tried(&test);
    let (examples, units) = (test.select(&rows), amounts::units(&test));
    let noise = Perturbation::InputNoise;
    let probe = |example| Probe::Perturbed {
        perturbation: noise,
        example,
    };
    let shown = |example| match answered(&probe(example), subject.clone()) {
        (Reading::Perturbed(found), 1) => found,
        other => panic!("{other:?}"),
    };
    let found = shown(31);
    assert_eq!((found.example, found.points.is_some()), (rows[31], false));
    assert_eq!(noise.pictured(), [0, 3, 6, 9, 12]);
    assert_eq!(found.amounts, [0.0, 0.3, 0.6, 0.9, 1.2]);
    assert_eq!(found.inputs[0], test.item(rows[31]));
    for (place, level) in noise.pictured().into_iter().enumerate().skip(1) {
        let noisy = amounts::noisy(&examples.inputs, &units, noise.amount(level), 3 * level);
        assert_eq!(found.inputs[place], noisy.row(31).to_vec());
    }
    assert_eq!(shown(231), found, "begins again after 200");
}

#[test]
fn the_area_of_a_line_is_its_middle() {
    let level = |(amount, worth)| Level {
        amount,
        worth,
        loss: 0.0,
        of_classes: Vec::new(),
    };
    let of = |worth: [Option<f64>; 3]| Robustness {
        levels: [0.0, 0.5, 1.0].into_iter().zip(worth).map(level).collect(),
        n_examples: 1,
        n_draws: 1,
    };
    let line = of([Some(1.0), Some(0.75), Some(0.5)]);
    assert!((line.area().unwrap() - 0.75).abs() < 1e-12);
    // A fall at once: half of the first half.
    let fall = of([Some(1.0), Some(0.0), Some(0.0)]);
    assert!((fall.area().unwrap() - 0.25).abs() < 1e-12);
    assert_eq!(of([Some(1.0), None, Some(0.5)]).area(), None);
}
