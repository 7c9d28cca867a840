//! Labs whose networks were tried under perturbations: with numbers that are known.

use dropscope::lab::LabSnapshot;
use dropscope::probe::asked::{Answer, Reading};
use dropscope::probe::robustness::{Level, Scaling};
use dropscope::probe::{Perturbation, Probe, Robustness};

use super::lab::change_runs;

/// What a network is worth at an amount: it falls the slower the later its rate stands in the table, and each seed is worth a
/// little more than the one before.
pub(crate) fn worth(row: usize, seed: u64, amount: f64) -> f64 {
    let slope = 0.6 - 0.1 * row.min(3) as f64;
    (0.85 + 0.001 * (seed % 50) as f64 * (1 + row % 3) as f64 - amount * slope).max(0.1)
}

fn found(perturbation: Perturbation, row: usize, seed: u64) -> Robustness {
    let level = |idx: usize| {
        let amount = perturbation.amount(idx);
        let worth = worth(row, seed, amount);
        Level {
            amount,
            worth: Some(worth),
            loss: 2.0 - worth,
            of_classes: vec![Some(worth); 10],
        }
    };
    Robustness {
        levels: (0..perturbation.n_levels()).map(level).collect(),
        n_examples: 200,
        n_draws: 3,
    }
}

/// The lab with all that the screen of perturbations asks answered, for the first `n_runs` of every rate.
pub(crate) fn perturbed(mut lab: LabSnapshot, n_runs: usize) -> LabSnapshot {
    let perturbations = [
        Perturbation::InputNoise,
        Perturbation::LostInputs,
        Perturbation::LostUnits(Scaling::AsTheyAre),
        Perturbation::LostUnits(Scaling::Rescaled),
        Perturbation::Attack,
    ];
    for row in 0..lab.groups.len() {
        let runs = lab.groups[row].runs.iter();
        let known: Vec<u64> = runs.map(|run| run.seed).take(n_runs).collect();
        change_runs(&mut lab, row, |run| {
            for perturbation in perturbations {
                if known.contains(&run.seed) {
                    let answer = Answer {
                        step: run.step,
                        is_complete: true,
                        reading: Reading::Robustness(found(perturbation, row, run.seed)),
                    };
                    run.readings.put(Probe::Robustness(perturbation), answer);
                }
            }
        });
    }
    lab
}
