//! What a network is shown: examples as they are when it is tried on them.

use ndarray::Array2;

use super::super::Bench;
use super::super::look::{Look, Subject};
use super::{N_DRAWS, Perturbation, amounts, tried};
use crate::data::{Dataset, Targets};

/// Examples that lie in a plane, at most.
const MOST_POINTS: usize = 200;

/// One test example, and all where they lie in a plane, at some levels of a perturbation: with the very noise of the first draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Perturbed {
    /// Which of the test examples.
    pub example: usize,
    /// Its class; `None` where the targets are values.
    pub class: Option<usize>,
    /// How much there is of the perturbation at each level, the first 0.
    pub amounts: Vec<f64>,
    /// The inputs of the example at each level, `[I]`.
    pub inputs: Vec<Vec<f32>>,
    /// Where one input or two have places in a plane: all examples at each level, (x, y, class); of one input, y is the value
    /// or the class that it belongs to.
    pub points: Option<Vec<Vec<(f64, f64, usize)>>>,
}

/// The look: one part.
#[derive(Debug)]
pub struct PerturbedLook {
    perturbation: Perturbation,
    subject: Subject,
    example: usize,
}

impl PerturbedLook {
    /// The `example`-th of those that are tried; numbers beyond the last begin again at the first.
    pub fn begin(subject: Subject, perturbation: Perturbation, example: usize) -> Self {
        Self {
            perturbation,
            subject,
            example,
        }
    }
}

impl Look for PerturbedLook {
    type Reading = Perturbed;

    fn advance(&mut self, bench: &mut Bench) -> Option<Perturbed> {
        let test = &self.subject.data.test;
        let rows = tried(test);
        let (examples, units) = (test.select(&rows), amounts::units(test));
        let signs = (self.perturbation == Perturbation::Attack).then(|| {
            let evaluator = self.subject.evaluator(bench);
            amounts::signs(evaluator.d_inputs(&self.subject.net, &examples))
        });
        let pictured = self.perturbation.pictured();
        let inputs: Vec<Array2<f32>> = pictured
            .iter()
            .map(|&level_idx| {
                let (amount, place) = (self.perturbation.amount(level_idx), level_idx * N_DRAWS);
                let inputs = &examples.inputs;
                match (self.perturbation, &signs) {
                    (_, _) if level_idx == 0 => inputs.clone(),
                    (Perturbation::InputNoise, _) => amounts::noisy(inputs, &units, amount, place),
                    (Perturbation::LostInputs, _) => amounts::with_lost(inputs, amount, place),
                    (Perturbation::Attack, Some(signs)) => {
                        amounts::attacked(inputs, signs, &units, amount)
                    }
                    // What it loses is its own: it is shown the examples as they are.
                    (Perturbation::LostUnits(_) | Perturbation::Attack, _) => inputs.clone(),
                }
            })
            .collect();
        let at = self.example % rows.len().max(1);
        Some(Perturbed {
            example: rows[at],
            class: class_of(&examples, at),
            amounts: pictured
                .iter()
                .map(|&level_idx| self.perturbation.amount(level_idx))
                .collect(),
            points: points(&examples, &inputs),
            inputs: inputs.iter().map(|all| all.row(at).to_vec()).collect(),
        })
    }

    fn progress(&self) -> (usize, usize) {
        (0, 1)
    }
}

fn class_of(data: &Dataset, row: usize) -> Option<usize> {
    match &data.targets {
        Targets::Classes { labels, .. } => Some(labels[row] as usize),
        Targets::Values(_) => None,
    }
}

fn points(data: &Dataset, levels: &[Array2<f32>]) -> Option<Vec<Vec<(f64, f64, usize)>>> {
    let n_inputs = data.n_inputs();
    if data.item_shape.len() > 1 || !(1..=2).contains(&n_inputs) {
        return None;
    }
    let of_row = |inputs: &Array2<f32>, row: usize| {
        let class = class_of(data, row);
        let y = match (&data.targets, n_inputs) {
            (_, 2) => f64::from(inputs[[row, 1]]),
            (Targets::Values(values), _) => f64::from(values[[row, 0]]),
            (Targets::Classes { .. }, _) => class.unwrap_or(0) as f64,
        };
        (f64::from(inputs[[row, 0]]), y, class.unwrap_or(0))
    };
    let n_points = data.len().min(MOST_POINTS);
    let of_level = |inputs: &Array2<f32>| (0..n_points).map(|row| of_row(inputs, row)).collect();
    Some(levels.iter().map(of_level).collect())
}
