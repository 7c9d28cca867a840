//! Does noise at the input hurt? The full network on test examples to which more and more noise is added.

use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::bench::evenly;
use super::look::{Look, Subject};
use super::{Bench, Score};
use crate::data::Dataset;
use crate::math::random::Key;
use crate::nn::Pass;

/// Standard deviations of the noise: 13 of them from 0 to 1.2, in units of an input's range for images (whose pixels lie
/// between 0 and 1), and of its own standard deviation over the examples for everything else.
const N_LEVELS: usize = 13;
const STEP: f64 = 0.1;

/// Draws of the noise at each level, and examples under it.
const N_DRAWS: usize = 3;
const MOST_EXAMPLES: usize = 200;

/// How good the full network is under noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// The standard deviations of the noise, rising from 0.
    pub levels: Vec<f64>,
    /// At each of them the mean over draws of what the network is worth: accuracy `0..=1`, or R² for values, whose targets
    /// may leave it unknown.
    pub worth: Vec<Option<f64>>,
    /// Test examples, the same at every level.
    pub n_examples: usize,
    /// Draws of the noise at every level but 0.
    pub n_draws: usize,
}

impl Robustness {
    /// The area under the curve over the levels, as a share of what it would be were the network right everywhere: by
    /// trapezoids.
    pub fn area(&self) -> Option<f64> {
        let points: Option<Vec<(f64, f64)>> = self
            .levels
            .iter()
            .zip(&self.worth)
            .map(|(&level, worth)| Some((level, (*worth)?)))
            .collect();
        let points = points?;
        let width = points.last()?.0 - points.first()?.0;
        let of_pair = |pair: &[(f64, f64)]| 0.5 * (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1);
        Some(points.windows(2).map(of_pair).sum::<f64>() / width)
    }
}

/// The look under way: a part for each level.
#[derive(Debug)]
pub(super) struct RobustnessLook {
    subject: Subject,
    examples: Dataset,
    /// How large one unit of noise is at each input.
    units: Vec<f32>,
    worth: Vec<Option<f64>>,
}

impl RobustnessLook {
    pub(super) fn begin(subject: Subject) -> Self {
        let test = &subject.data.test;
        let rows = evenly(test.len(), MOST_EXAMPLES.min(test.len()));
        Self {
            examples: test.select(&rows),
            units: units(test),
            worth: Vec::with_capacity(N_LEVELS),
            subject,
        }
    }

    /// What the network is worth under noise of this level.
    fn worth_at(&self, level_idx: usize, bench: &mut Bench) -> Option<f64> {
        let evaluator = self.subject.evaluator(bench);
        let net = &self.subject.net;
        let mut worth = |data: &Dataset| {
            let Score { accuracy, r2, .. } = evaluator.score(net, Pass::Full, data);
            accuracy.or(r2)
        };
        if level_idx == 0 {
            return worth(&self.examples);
        }
        let mut sum = 0.0;
        for draw in 0..N_DRAWS {
            sum += worth(&self.noisy(level_idx, draw))?;
        }
        Some(sum / N_DRAWS as f64)
    }

    /// The examples with noise: the same at a level and draw for every network, or rates could not be compared.
    fn noisy(&self, level_idx: usize, draw: usize) -> Dataset {
        let key = Key::new(0).child("input noise");
        let place = (level_idx * N_DRAWS + draw) as u64;
        let mut stream = key.nth(place).stream();
        let scale = (STEP * level_idx as f64) as f32;
        let inputs = &self.examples.inputs;
        let noisy = Array2::from_shape_fn(inputs.dim(), |(row, column)| {
            let noise: f32 = stream.sample(StandardNormal);
            inputs[[row, column]] + scale * self.units[column] * noise
        });
        Dataset {
            inputs: noisy,
            ..self.examples.clone()
        }
    }
}

/// The unit of the noise at each input.
fn units(data: &Dataset) -> Vec<f32> {
    if data.item_shape.len() > 1 {
        return vec![1.0; data.n_inputs()];
    }
    let deviation = data.inputs.map(|&input| f64::from(input));
    let deviation = deviation.std_axis(ndarray::Axis(0), 0.0);
    deviation
        .iter()
        .map(|&deviation| deviation as f32)
        .collect()
}

impl Look for RobustnessLook {
    type Reading = Robustness;

    fn advance(&mut self, bench: &mut Bench) -> Option<Robustness> {
        let worth = self.worth_at(self.worth.len(), bench);
        self.worth.push(worth);
        (self.worth.len() == N_LEVELS).then(|| Robustness {
            levels: (0..N_LEVELS).map(|idx| STEP * idx as f64).collect(),
            worth: std::mem::take(&mut self.worth),
            n_examples: self.examples.len(),
            n_draws: N_DRAWS,
        })
    }

    fn progress(&self) -> (usize, usize) {
        (self.worth.len(), N_LEVELS)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Split, Targets};
    use crate::nn::{DropRate, Mlp, NoiseShape};
    use crate::train::TrainerPlan;

    /// A network that is right about every example: the class is the sign of the only input, which lies `margin` beside 0.
    fn subject(margin: f32, item_shape: Vec<usize>) -> Subject {
        let n = 400;
        let sign = |i: usize| if i.is_multiple_of(2) { -1.0 } else { 1.0 };
        let inputs = (0..n).map(|i| margin * sign(i)).collect();
        let labels = (0..n as u32).map(|i| i % 2).collect();
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

    fn robustness(subject: Subject) -> Robustness {
        let (mut bench, mut look) = (Bench::default(), RobustnessLook::begin(subject));
        loop {
            if let Some(found) = look.advance(&mut bench) {
                return found;
            }
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
        let found = robustness(subject(0.5, vec![1, 1]));
        assert_eq!(found.worth[0], Some(1.0));
        assert_eq!((found.n_examples, found.levels.len()), (200, 13));
        for (level, worth) in found.levels.iter().zip(&found.worth).skip(1) {
            let expected = below(0.5 / level);
            let deviation = (expected * (1.0 - expected) / 600.0).sqrt();
            let off = worth.unwrap() - expected;
            assert!(off.abs() < 4.0 * deviation + 1e-3, "{level}: {off}");
        }
    }

    #[test]
    fn without_pixels_noise_is_in_standard_deviations_of_the_input() {
        // Inputs of plus and minus 5 have a standard deviation of 5: noise of 1 crosses the middle as often as there.
        let found = robustness(subject(5.0, vec![1]));
        let expected = below(1.0);
        let off = found.worth[10].unwrap() - expected;
        assert!(off.abs() < 0.06, "{off}");
    }

    #[test]
    fn two_networks_see_the_same_noise() {
        let [one, other] = [3, 4].map(|seed| {
            let subject = Subject {
                key: Key::new(seed),
                ..subject(0.5, vec![1, 1])
            };
            RobustnessLook::begin(subject).noisy(7, 2)
        });
        assert_eq!(one.inputs, other.inputs);
    }

    #[test]
    fn the_area_of_a_line_is_its_middle() {
        let line = Robustness {
            levels: vec![0.0, 0.5, 1.0],
            worth: vec![Some(1.0), Some(0.75), Some(0.5)],
            n_examples: 1,
            n_draws: 1,
        };
        assert!((line.area().unwrap() - 0.75).abs() < 1e-12);
        let unknown = Robustness {
            worth: vec![Some(1.0), None, Some(0.5)],
            ..line
        };
        assert_eq!(unknown.area(), None);
    }
}
