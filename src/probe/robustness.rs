//! Do perturbations hurt? The full network on test examples to which more and more noise is added, of which more and more
//! inputs are lost, which are attacked further and further, or while more and more of its own units are missing.
//!
//! A whole look at one network sends 200 examples through it 37 times for noise, 28 times for lost inputs, 58 times for lost
//! units, and 13 times and one gradient for an attack.

mod amounts;
mod perturbed;
#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView1};

use super::bench::evenly;
use super::look::{Look, Subject};
use super::{Bench, Score};
use crate::data::{Dataset, Targets};
use crate::nn::{Masks, Pass};
pub use perturbed::{Perturbed, PerturbedLook};

/// Draws at each level that has chance in it.
const N_DRAWS: usize = 3;
/// Examples under them, at most.
pub const MOST_EXAMPLES: usize = 200;

/// What is done to a network or to what it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Perturbation {
    /// A normal number is added to every input.
    InputNoise,
    /// Every input is 0 with some probability.
    LostInputs,
    /// Every hidden unit is 0 with some probability.
    LostUnits(Scaling),
    /// Every input takes one step along the sign of the loss's gradient with respect to it, the fast gradient sign method:
    /// Goodfellow, Shlens and Szegedy (2014), "Explaining and harnessing adversarial examples".
    Attack,
}

/// What becomes of the units that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Scaling {
    /// Nothing: whoever loses units does not know how many.
    #[default]
    AsTheyAre,
    /// They are divided by the probability of being left, as in training.
    Rescaled,
}

/// What a network is worth at one level.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// How much: a standard deviation, a probability, or the length of a step.
    pub amount: f64,
    /// Accuracy, `0..=1`, or R² for values, whose targets may leave it unknown; the mean over draws.
    pub worth: Option<f64>,
    /// The loss, the mean over draws: in nats, or the squared error.
    pub loss: f64,
    /// The share of the examples of each class that is told right, the mean over draws; `None` for classes without an example.
    /// Empty for values.
    pub of_classes: Vec<Option<f64>>,
}

/// How good the full network is under a perturbation.
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// Rising from none of it.
    pub levels: Vec<Level>,
    /// Test examples, the same at every level.
    pub n_examples: usize,
    /// Draws at every level but the first; 1 where there is no chance in it.
    pub n_draws: usize,
}

impl Robustness {
    /// The area under the worth over the levels, as a share of what it would be were the network right everywhere: by
    /// trapezoids. `None` where the worth is not known somewhere.
    pub fn area(&self) -> Option<f64> {
        let known = |level: &Level| Some((level.amount, level.worth?));
        let points: Option<Vec<(f64, f64)>> = self.levels.iter().map(known).collect();
        let points = points?;
        let width = points.last()?.0 - points.first()?.0;
        let of_pair = |pair: &[(f64, f64)]| 0.5 * (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1);
        Some(points.windows(2).map(of_pair).sum::<f64>() / width)
    }
}

/// The look under way: a part for each level, or for each draw where all draws of a level are more than one pass.
#[derive(Debug)]
pub(super) struct RobustnessLook {
    perturbation: Perturbation,
    subject: Subject,
    examples: Dataset,
    /// How large one unit of noise is at each input.
    units: Vec<f32>,
    /// Which way an attack goes, once that is known.
    signs: Option<Array2<f32>>,
    levels: Vec<Level>,
    /// What the draws of the present level have found.
    drawn: Vec<Found>,
}

/// What one draw has found.
#[derive(Debug)]
struct Found {
    score: Score,
    of_classes: Vec<Option<f64>>,
}

impl RobustnessLook {
    pub(super) fn begin(subject: Subject, perturbation: Perturbation) -> Self {
        let test = &subject.data.test;
        Self {
            examples: test.select(&tried(test)),
            units: amounts::units(test),
            signs: None,
            levels: Vec::new(),
            drawn: Vec::new(),
            perturbation,
            subject,
        }
    }

    /// How many draws one part makes.
    fn draws_a_part(&self) -> usize {
        if N_DRAWS * self.examples.len() <= self.subject.data.test.len() {
            N_DRAWS
        } else {
            1
        }
    }

    /// Draws of the level with this index.
    fn n_draws(&self, level_idx: usize) -> usize {
        match self.perturbation {
            Perturbation::Attack => 1,
            _ if level_idx == 0 => 1,
            _ => N_DRAWS,
        }
    }

    /// The network at one draw of a level.
    fn found(&self, level_idx: usize, draw: usize, bench: &mut Bench) -> Found {
        let place = level_idx * N_DRAWS + draw;
        let amount = self.perturbation.amount(level_idx);
        match self.perturbation {
            Perturbation::InputNoise => {
                let inputs = amounts::noisy(&self.examples.inputs, &self.units, amount, place);
                self.judge(inputs, None, bench)
            }
            Perturbation::LostInputs => {
                let inputs = amounts::with_lost(&self.examples.inputs, amount, place);
                self.judge(inputs, None, bench)
            }
            Perturbation::LostUnits(scaling) => {
                let n_rows = self.examples.len();
                let masks = amounts::masks(&self.subject.net, n_rows, (amount, scaling), place);
                self.judge(self.examples.inputs.clone(), Some(&masks), bench)
            }
            Perturbation::Attack => {
                let inputs = match &self.signs {
                    Some(signs) => {
                        amounts::attacked(&self.examples.inputs, signs, &self.units, amount)
                    }
                    None => self.examples.inputs.clone(),
                };
                self.judge(inputs, None, bench)
            }
        }
    }

    /// How good the network is on the examples with other inputs, or with masks.
    fn judge(&self, inputs: Array2<f32>, masks: Option<&Masks>, bench: &mut Bench) -> Found {
        let data = Dataset {
            inputs,
            ..self.examples.clone()
        };
        let pass = masks.map_or(Pass::Full, Pass::Thinned);
        let evaluator = self.subject.evaluator(bench);
        let n_classes = match &data.targets {
            Targets::Classes { n_classes, .. } => *n_classes,
            Targets::Values(_) => 0,
        };
        let mut counts = vec![(0_usize, 0_usize); n_classes];
        let score = evaluator.score_with(&self.subject.net, pass, &data, |rows, outputs| {
            let Targets::Classes { labels, .. } = &data.targets else {
                return;
            };
            for (outputs, &label) in outputs.rows().into_iter().zip(&labels[rows]) {
                let (n, n_right) = &mut counts[label as usize];
                *n += 1;
                *n_right += usize::from(first_largest(outputs) == Some(label as usize));
            }
        });
        let share = |&(n, n_right): &(usize, usize)| (n > 0).then(|| n_right as f64 / n as f64);
        Found {
            score,
            of_classes: counts.iter().map(share).collect(),
        }
    }

    /// Takes a level whose draws have all been made.
    fn finish_level(&mut self) {
        let drawn = std::mem::take(&mut self.drawn);
        let n = drawn.len() as f64;
        let mean = |values: &mut dyn Iterator<Item = Option<f64>>| -> Option<f64> {
            values.sum::<Option<f64>>().map(|sum| sum / n)
        };
        let worth = |found: &Found| found.score.accuracy.or(found.score.r2);
        let n_classes = drawn.first().map_or(0, |found| found.of_classes.len());
        let of_class = |class: usize| mean(&mut drawn.iter().map(|found| found.of_classes[class]));
        self.levels.push(Level {
            amount: self.perturbation.amount(self.levels.len()),
            worth: mean(&mut drawn.iter().map(worth)),
            loss: drawn.iter().map(|found| found.score.loss).sum::<f64>() / n,
            of_classes: (0..n_classes).map(of_class).collect(),
        });
    }

    /// Parts before the first level: which way an attack goes costs about a pass.
    fn n_before(&self) -> usize {
        usize::from(self.perturbation == Perturbation::Attack)
    }
}

/// The class that outputs name: the first of the largest; `None` where one is not a number.
fn first_largest(outputs: ArrayView1<f32>) -> Option<usize> {
    let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let has_gap = outputs.iter().any(|output| output.is_nan());
    let first = outputs.iter().position(|&output| output >= largest);
    first.filter(|_| !has_gap)
}

/// The test examples that are tried: an even part of them.
fn tried(test: &Dataset) -> Vec<usize> {
    evenly(test.len(), MOST_EXAMPLES.min(test.len()))
}

impl Look for RobustnessLook {
    type Reading = Robustness;

    fn advance(&mut self, bench: &mut Bench) -> Option<Robustness> {
        if self.n_before() > 0 && self.signs.is_none() {
            let evaluator = self.subject.evaluator(bench);
            let gradient = evaluator.d_inputs(&self.subject.net, &self.examples);
            self.signs = Some(amounts::signs(gradient));
            return None;
        }
        let level_idx = self.levels.len();
        let n_draws = self.n_draws(level_idx);
        let first = self.drawn.len();
        for draw in first..(first + self.draws_a_part()).min(n_draws) {
            let found = self.found(level_idx, draw, bench);
            self.drawn.push(found);
        }
        if self.drawn.len() == n_draws {
            self.finish_level();
        }
        let n_levels = self.perturbation.n_levels();
        (self.levels.len() == n_levels).then(|| Robustness {
            levels: std::mem::take(&mut self.levels),
            n_examples: self.examples.len(),
            n_draws: self.n_draws(1),
        })
    }

    fn progress(&self) -> (usize, usize) {
        let a_part = self.draws_a_part();
        let parts_of = |level_idx: usize| self.n_draws(level_idx).div_ceil(a_part);
        let n_parts = |n_levels: usize| (0..n_levels).map(parts_of).sum::<usize>();
        let before = self.n_before();
        let done_before = before.min(usize::from(self.signs.is_some()));
        let done = n_parts(self.levels.len()) + self.drawn.len() / a_part;
        (
            done_before + done,
            before + n_parts(self.perturbation.n_levels()),
        )
    }
}
