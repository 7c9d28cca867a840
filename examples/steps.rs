//! Makes training steps and nothing else: what the gate counts the instructions of.
//!
//! `steps sample|batch N` trains the smallest of the measured networks, 64-128-128-10 with batches of 32, for N steps at
//! drop rate .5 with a mask per sample or per batch. The difference between two numbers of steps is the steps alone.

use std::env::args;
use std::process::ExitCode;

use dropscope::data::{Dataset, Targets};
use dropscope::nn::{DropRate, NoiseShape};
use dropscope::train::{NoisePlan, OptimizerPlan, Trainer, TrainerPlan};

fn main() -> ExitCode {
    let noise_shape = match args().nth(1).as_deref() {
        Some("sample") => NoiseShape::per_sample(),
        Some("batch") => NoiseShape::per_batch(),
        _ => return usage(),
    };
    let Some(n_steps) = args().nth(2).and_then(|text| text.parse::<u64>().ok()) else {
        return usage();
    };
    let data = data();
    let plan = TrainerPlan {
        hidden: vec![128, 128],
        noise: NoisePlan::of_rate(DropRate::saturating(0.5)).shared_by(noise_shape),
        optimizer: OptimizerPlan::sgd(0.01),
        batch_size: 32,
        ..TrainerPlan::example()
    };
    let mut trainer = match Trainer::new(plan, &data) {
        Ok(trainer) => trainer,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let loss = (0..n_steps).map(|_| trainer.step(&data).loss).sum::<f64>();
    println!("{loss}");
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: steps sample|batch N");
    ExitCode::from(2)
}

fn data() -> Dataset {
    let inputs = (0..3200 * 64).map(|i| (i % 101) as f32 / 101.0).collect();
    let targets = Targets::Classes {
        labels: (0..3200).map(|i| i % 10).collect(),
        n_classes: 10,
    };
    Dataset::new("numbers", vec![64], inputs, targets)
}
