//! Twenty steps of whole trainers against committed losses: nothing may change what a seed means unnoticed.
//!
//! Initial weights, order of the examples, masks, passes and updates all go into these numbers. When one of them is
//! changed on purpose, the failing test prints what `tests/fixtures/trajectories.json` must hold from then on; replace
//! the file by it, and say in the changelog that seeds give other runs.

use std::fmt::Write;

use dropscope::data::{Dataset, Targets};
use dropscope::nn::{DropRate, NoiseShape};
use dropscope::train::{NoisePlan, OptimizerPlan, Trainer, TrainerPlan};
use serde::Deserialize;

const N_STEPS: usize = 20;
const N_INPUTS: usize = 6;
const N_EXAMPLES: usize = 44;

/// Other machines round sines and exponentials differently in the last bit, and twenty steps make more of it.
const TOLERANCE: f64 = 1e-4;

/// The losses of one run, one for each step.
#[derive(Debug, Deserialize)]
struct Trajectory {
    noise_shape: String,
    rate: f64,
    losses: Vec<f64>,
}

/// Three classes that the inputs tell apart, with integer arithmetic only. The last batch of each epoch is shorter.
fn data() -> Dataset {
    let place = |row: usize, column: usize| {
        (row * row * 3 + row * 17 + column * column * 11 + row * column * 5) % 29
    };
    let inputs = (0..N_EXAMPLES)
        .flat_map(|row| (0..N_INPUTS).map(move |column| place(row, column) as f32 / 14.5 - 1.0));
    let labels = (0..N_EXAMPLES)
        .map(|row| (place(row, 0) / 10) as u32)
        .collect();
    Dataset::new(
        "integers",
        vec![N_INPUTS],
        inputs.collect(),
        Targets::Classes {
            labels,
            n_classes: 3,
        },
    )
}

fn train(noise_shape: &str, rate: f64) -> Trajectory {
    let rate = DropRate::new(rate).expect("a rate in 0..=1");
    let plan = TrainerPlan {
        hidden: vec![12, 8],
        noise: NoisePlan::of_rate(rate).shared_by(noise_shape.parse().expect("a noise shape")),
        optimizer: OptimizerPlan {
            l2: 1e-4,
            max_norm: Some(1.5),
            ..OptimizerPlan::sgd(0.05)
        },
        seed: 2014,
        ..TrainerPlan::example()
    };
    let data = data();
    let mut trainer = Trainer::new(plan, &data).expect("the noise shape fits");
    let losses = (0..N_STEPS).map(|_| trainer.step(&data).loss).collect();
    Trajectory {
        noise_shape: noise_shape.to_owned(),
        rate: rate.value(),
        losses,
    }
}

/// Three rates, with masks per batch and per sample.
fn trajectories() -> Vec<Trajectory> {
    let shapes = [NoiseShape::per_batch(), NoiseShape::per_sample()];
    let runs = shapes
        .iter()
        .flat_map(|shape| [0.0, 0.2, 0.5].map(|rate| train(&shape.to_string(), rate)));
    runs.collect()
}

fn committed() -> Vec<Trajectory> {
    serde_json::from_str(include_str!("fixtures/trajectories.json"))
        .expect("the committed losses are well formed")
}

/// The text of the file of committed losses.
fn written(trajectories: &[Trajectory]) -> String {
    let run = |run: &Trajectory| {
        let losses: Vec<String> = run.losses.iter().map(|loss| format!("{loss:.7}")).collect();
        let Trajectory {
            noise_shape, rate, ..
        } = run;
        format!(
            "  {{\"noise_shape\": \"{noise_shape}\", \"rate\": {rate}, \"losses\": [\n    {}\n  ]}}",
            losses.join(", ")
        )
    };
    let runs: Vec<String> = trajectories.iter().map(run).collect();
    let mut text = String::new();
    writeln!(text, "[\n{}\n]", runs.join(",\n")).expect("writing to a string does not fail");
    text
}

/// What differs: the first step of each run whose loss is not the committed one.
fn differences(actual: &[Trajectory], expected: &[Trajectory]) -> Vec<String> {
    let is_close = |(a, e): (&f64, &f64)| (a - e).abs() <= TOLERANCE * e.abs();
    let first = |(actual, expected): (&Trajectory, &Trajectory)| {
        let Trajectory {
            noise_shape,
            rate,
            losses,
        } = actual;
        if *noise_shape != expected.noise_shape || rate.to_bits() != expected.rate.to_bits() {
            return Some(format!(
                "{noise_shape} at rate {rate} is not what was committed in its place"
            ));
        }
        let step = losses
            .iter()
            .zip(&expected.losses)
            .position(|pair| !is_close(pair))?;
        Some(format!(
            "{noise_shape} at rate {rate}, step {step}: {} against {}",
            losses[step], expected.losses[step]
        ))
    };
    actual.iter().zip(expected).filter_map(first).collect()
}

#[test]
fn twenty_steps_at_three_rates_have_the_committed_losses() {
    let (actual, expected) = (trajectories(), committed());
    let has_all =
        expected.len() == actual.len() && expected.iter().all(|run| run.losses.len() == N_STEPS);
    let differences = differences(&actual, &expected);
    assert!(
        has_all && differences.is_empty(),
        "{differences:#?}\nthe file would now be\n\n{}",
        written(&actual)
    );
}

#[test]
fn the_committed_losses_tell_rates_and_noise_shapes_apart() {
    let runs = committed();
    for (first, second) in
        (0..runs.len()).flat_map(|second| (0..second).map(move |first| (first, second)))
    {
        let (first, second) = (&runs[first], &runs[second]);
        // Without dropout the noise shape has nothing to share.
        let is_same_run = first.rate == 0.0 && second.rate == 0.0;
        assert_eq!(
            first.losses == second.losses,
            is_same_run,
            "{first:?}\n{second:?}"
        );
    }
}
