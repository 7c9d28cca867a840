//! What is the full network worth without some of its units?
//!
//! The units are taken out and nothing else: what is left is not rescaled, as no rate says how many are missing.

use super::look::{Look, Subject};
use super::{Bench, Score};
use crate::nn::{Mask, Masks, Pass, UnitId};

/// The scores of a full network, with and without some units.
#[derive(Debug, Clone, PartialEq)]
pub struct WithoutReading {
    /// The units that were taken out.
    pub units: Vec<UnitId>,
    /// On the training examples: with all units, and without these.
    pub train: [Score; 2],
    /// The same on the test examples.
    pub test: [Score; 2],
}

/// A look at that, in four parts.
#[derive(Debug)]
pub struct WithoutLook {
    subject: Subject,
    units: Vec<UnitId>,
    masks: Masks,
    scores: Vec<Score>,
}

impl WithoutLook {
    /// Before the first part. Units that are not there are left out.
    pub fn begin(units: &[UnitId], subject: Subject) -> Self {
        let layers = subject.net.layers.iter().enumerate();
        let mask = |(layer_idx, layer): (usize, &crate::nn::Dense)| {
            let n_units = layer.n_inputs();
            let of_layer = units.iter().filter(|id| id.layer_idx == layer_idx);
            let of_layer = of_layer.map(|id| id.unit).filter(|&unit| unit < n_units);
            Mask::none().without(of_layer, n_units)
        };
        Self {
            masks: Masks::new(layers.map(mask).collect()),
            units: units.to_vec(),
            scores: Vec::with_capacity(4),
            subject,
        }
    }
}

impl Look for WithoutLook {
    type Reading = WithoutReading;

    fn advance(&mut self, bench: &mut Bench) -> Option<WithoutReading> {
        let evaluator = self.subject.evaluator(bench);
        let data = &self.subject.data;
        let examples = if self.scores.len() < 2 {
            &data.train
        } else {
            &data.test
        };
        let pass = match self.scores.len() % 2 {
            0 => Pass::Full,
            _ => Pass::Thinned(&self.masks),
        };
        self.scores
            .push(evaluator.score(&self.subject.net, pass, examples));
        let &[train, train_without, test, test_without] = &self.scores[..] else {
            return None;
        };
        Some(WithoutReading {
            units: self.units.clone(),
            train: [train, train_without],
            test: [test, test_without],
        })
    }

    fn progress(&self) -> (usize, usize) {
        (self.scores.len(), 4)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Dataset, Split, Targets};
    use crate::math::random::Key;
    use crate::nn::{DropRate, Mlp};
    use crate::train::{NoisePlan, TrainerPlan};

    /// The loss of a network whose units are taken out by zeros in the weights that lead away from them.
    fn loss_without(net: &Mlp, units: &[UnitId], data: &Dataset) -> f64 {
        let Targets::Classes { labels, .. } = &data.targets else {
            unreachable!()
        };
        let mut loss = 0.0;
        for (row, &label) in labels.iter().enumerate() {
            let mut a: Vec<f64> = data.item(row).iter().map(|&x| f64::from(x)).collect();
            for (layer_idx, layer) in net.layers.iter().enumerate() {
                for id in units.iter().filter(|id| id.layer_idx == layer_idx) {
                    a[id.unit] = 0.0;
                }
                let is_last = layer_idx + 1 == net.layers.len();
                let sum = |to: usize| {
                    let terms = a.iter().enumerate();
                    let terms = terms.map(|(from, a)| a * f64::from(layer.weight[[from, to]]));
                    f64::from(layer.bias[to]) + terms.sum::<f64>()
                };
                let z: Vec<f64> = (0..layer.n_units()).map(sum).collect();
                a = if is_last {
                    z
                } else {
                    z.iter().map(|z| z.max(0.0)).collect()
                };
            }
            loss += a.iter().map(|z| z.exp()).sum::<f64>().ln() - a[label as usize];
        }
        loss / labels.len() as f64
    }

    #[test]
    fn the_losses_without_units_are_those_of_the_network_whose_activations_are_0_there() {
        let part = |n: usize| {
            let inputs = (0..2 * n).map(|i| (i as f32 * 0.7).sin()).collect();
            let labels = (0..n as u32).map(|i| i % 3).collect();
            Dataset::new(
                "waves",
                vec![2],
                inputs,
                Targets::Classes {
                    labels,
                    n_classes: 3,
                },
            )
        };
        let data = Arc::new(Split {
            train: part(30),
            test: part(20),
            n_relabelled: 0,
            n_wrong: 0,
        });
        let plan = TrainerPlan {
            // The rate has nothing to do with it.
            noise: NoisePlan::of_rate(DropRate::saturating(0.5)),
            ..TrainerPlan::example()
        };
        let net = plan.network(&plan.widths(&data.train));
        let subject = Subject {
            net: Arc::new(net.clone()),
            step: 0,
            rates: vec![DropRate::NONE; 3],
            noise_shape: plan.noise.noise_shape.clone(),
            recipe: Arc::new(plan.recipe(&data.train).unwrap()),
            data: Arc::clone(&data),
            key: Key::new(1),
            plan: Arc::new(plan),
            before: None,
        };
        let id = |layer_idx, unit| UnitId { layer_idx, unit };
        let units = [id(1, 0), id(1, 7), id(2, 3), id(0, 1)];
        let mut look = WithoutLook::begin(&units, subject);
        let mut bench = Bench::default();
        let reading = (0..4).find_map(|_| look.advance(&mut bench));
        let Some(reading) = reading else {
            panic!("four parts")
        };
        for (scores, data) in [(reading.train, &data.train), (reading.test, &data.test)] {
            let expected = [
                loss_without(&net, &[], data),
                loss_without(&net, &units, data),
            ];
            for (score, expected) in scores.iter().zip(expected) {
                assert!(
                    (score.loss - expected).abs() < 1e-5,
                    "{} for {expected}",
                    score.loss
                );
            }
            assert!((scores[0].loss - scores[1].loss).abs() > 1e-3);
        }
    }
}
