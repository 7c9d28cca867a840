//! One example through one unit: every number of the formula, from the weights to what dropout makes of the activation.
//!
//! `z = Σ w x + b`, `a = f(z)`; in training the unit passes on `ã = d a / keep` with `d` 1 where its mask keeps it and 0 where
//! it drops it; at test time `a`. Over the unit's own mask the mean of `ã` is `rate · 0 + keep · a / keep = a`: which is why one
//! divides by keep (Srivastava et al. 2014, section 10, inverted).
//!
//! What enters the unit is what the full network says. Masks below it change `x`, and with it `a`; of them nothing is said here.

use super::Bench;
use super::look::{Look, Subject};
use crate::data::Targets;
use crate::nn::{Activation, Mask, Mlp, UnitId};

/// One example at one unit of a hidden layer with `I` inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// Which dense layer the unit is of, from 0.
    pub layer_idx: usize,
    /// Which unit.
    pub unit: usize,
    /// Which of the test examples.
    pub example: usize,
    /// Its class; `None` where the targets are values.
    pub class: Option<usize>,
    /// The unit's activation function.
    pub activation: Activation,
    /// The weights into it, `[I]`.
    pub weights: Vec<f32>,
    /// What they are multiplied by: the example, or what the units below say, `[I]`.
    pub inputs: Vec<f32>,
    /// Weight times input, `[I]`.
    pub products: Vec<f32>,
    /// Their sum.
    pub sum: f64,
    /// The bias.
    pub bias: f64,
    /// The weighted sum with the bias.
    pub z: f64,
    /// The activation.
    pub a: f64,
    /// The weights from it to the next layer, `[V]`.
    pub outgoing: Vec<f32>,
    /// What the last step did with it.
    pub thinning: Thinning,
}

impl Inspection {
    /// What the unit passes on in training if it is kept: `a / keep`; `None` where it never is.
    pub fn if_kept(&self) -> Option<f64> {
        (self.thinning.keep > 0.0).then(|| self.a / self.thinning.keep)
    }

    /// What it passed on at that step: `d a / keep`.
    pub fn passed_on(&self) -> f64 {
        match self.if_kept() {
            Some(kept) if self.thinning.is_kept => kept,
            _ => 0.0,
        }
    }

    /// The mean of what it passes on over its masks: its activation, unless it is always dropped.
    pub fn mean_passed_on(&self) -> f64 {
        let keep = self.thinning.keep;
        self.if_kept()
            .map_or(0.0, |kept| (1.0 - keep) * 0.0 + keep * kept)
    }
}

/// What the mask of one step did with a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thinning {
    /// Which step's mask: the last update made, or the first to come.
    pub step: u64,
    /// The probability of keeping the unit at that step.
    pub keep: f64,
    /// The number in `0..1` that decides: the unit is dropped where it is below the rate.
    pub die: f64,
    /// Whether it was kept; for the first example of the batch, where each has a mask of its own.
    pub is_kept: bool,
    /// Examples of that batch that had a mask of their own; 1 where all shared one.
    pub n_masks: usize,
}

/// A look at one example in one unit: a single part.
#[derive(Debug)]
pub struct InspectorLook {
    subject: Subject,
    layer_idx: usize,
    unit: usize,
    example: usize,
    is_done: bool,
}

impl InspectorLook {
    /// Unit `unit` of dense layer `layer_idx`, test example `example`.
    ///
    /// # Panics
    /// If there is no such unit in a hidden layer, or no such example.
    pub fn begin(subject: Subject, (layer_idx, unit): (usize, usize), example: usize) -> Self {
        let net = &subject.net;
        assert!(layer_idx + 1 < net.layers.len(), "a hidden layer");
        assert!(unit < net.layers[layer_idx].n_units(), "a unit of it");
        assert!(example < subject.data.test.len(), "a test example");
        Self {
            subject,
            layer_idx,
            unit,
            example,
            is_done: false,
        }
    }

    fn inspect(&self, bench: &mut Bench) -> Inspection {
        let (net, test): (&Mlp, _) = (&self.subject.net, &self.subject.data.test);
        let (layer, next) = (&net.layers[self.layer_idx], &net.layers[self.layer_idx + 1]);
        let evaluator = self.subject.evaluator(bench);
        let rows = self.example..self.example + 1;
        let inputs = evaluator.entering(net, self.layer_idx, test, rows);
        let inputs = inputs.row(0).to_vec();
        let weights = layer.weight.column(self.unit).to_vec();
        let both = || weights.iter().zip(&inputs);
        let sum: f64 = both().map(|(&w, &x)| f64::from(w) * f64::from(x)).sum();
        let bias = f64::from(layer.bias[self.unit]);
        let z = sum + bias;
        Inspection {
            layer_idx: self.layer_idx,
            unit: self.unit,
            example: self.example,
            class: match &test.targets {
                Targets::Classes { labels, .. } => Some(labels[self.example] as usize),
                Targets::Values(_) => None,
            },
            activation: net.activation,
            products: both().map(|(w, x)| w * x).collect(),
            sum,
            bias,
            z,
            a: f64::from(net.activation.value(z as f32)),
            outgoing: next.weight.row(self.unit).to_vec(),
            thinning: thinning(&self.subject, self.layer_idx + 1, self.unit),
            weights,
            inputs,
        }
    }
}

/// What the last mask of the input of dense layer `input_idx` did with one of its units.
fn thinning(subject: &Subject, input_idx: usize, unit: usize) -> Thinning {
    let (recipe, step) = (&subject.recipe, subject.step.saturating_sub(1));
    let mut mask = Mask::none();
    recipe.draw(input_idx, step, &mut mask);
    let id = UnitId {
        layer_idx: input_idx,
        unit,
    };
    Thinning {
        step,
        keep: recipe.rate(input_idx, step).keep(),
        die: recipe.die(id, 0, step),
        // A mask that drops nothing has no rows.
        is_kept: mask.row(0).get(unit).is_none_or(|&kept| kept == 1),
        n_masks: mask.n_rows().max(1),
    }
}

impl Look for InspectorLook {
    type Reading = Inspection;

    fn advance(&mut self, bench: &mut Bench) -> Option<Inspection> {
        let inspection = self.inspect(bench);
        self.is_done = true;
        Some(inspection)
    }

    fn progress(&self) -> (usize, usize) {
        (usize::from(self.is_done), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::NoiseShape;
    use crate::probe::fixture::{answered, classes, layers_of, subject, values};
    use crate::probe::{Probe, Reading};
    use std::sync::Arc;

    fn inspection(
        subject: Subject,
        (layer_idx, unit): (usize, usize),
        example: usize,
    ) -> Inspection {
        let probe = Probe::Inspect {
            layer_idx,
            unit,
            example,
        };
        match answered(&probe, subject).0 {
            Reading::Inspection(inspection) => inspection,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_number_of_the_formula_is_that_of_plain_loops() {
        for activation in Activation::ALL {
            for (layer_idx, unit, example) in [(0, 4, 7), (1, 2, 299)] {
                let subject = subject(&[6, 5], activation, 0.5, classes(300));
                let found = inspection(subject.clone(), (layer_idx, unit), example);
                let layers = layers_of(&subject.net, subject.data.test.item(example), |_, _| false);
                let layer = &subject.net.layers[layer_idx];
                let mut sum = 0.0;
                for (input, x) in layers[layer_idx].iter().enumerate() {
                    let w = f64::from(layer.weight[[input, unit]]);
                    sum += w * x;
                    assert_eq!(f64::from(found.weights[input]), w);
                    assert!((f64::from(found.inputs[input]) - x).abs() < 1e-6);
                    assert!((f64::from(found.products[input]) - w * x).abs() < 1e-6);
                }
                let bias = f64::from(layer.bias[unit]);
                assert!((found.sum - sum).abs() < 1e-6 && found.bias == bias);
                assert!((found.z - sum - bias).abs() < 1e-6);
                assert!(
                    (found.a - layers[layer_idx + 1][unit]).abs() < 1e-6,
                    "{activation}"
                );
                let next = subject.net.layers[layer_idx + 1].weight.row(unit);
                assert_eq!(found.outgoing, next.to_vec());
                assert_eq!(found.class, Some((example * example) % 3));
            }
        }
    }

    #[test]
    fn a_regression_has_the_same_numbers() {
        let subject = subject(&[6], Activation::Tanh, 0.2, values(30));
        let found = inspection(subject.clone(), (0, 3), 11);
        assert_eq!(found.class, None);
        let layers = layers_of(&subject.net, subject.data.test.item(11), |_, _| false);
        assert!((found.a - layers[1][3]).abs() < 1e-6);
    }

    #[test]
    fn what_is_passed_on_in_training_has_the_activation_for_its_mean_whatever_the_rate() {
        for rate in [0.0, 0.2, 0.5, 0.9] {
            let subject = subject(&[6], Activation::Linear, rate, classes(30));
            let found = inspection(subject, (0, 3), 5);
            assert!((found.thinning.keep - (1.0 - rate)).abs() < 1e-12);
            assert!((found.if_kept().unwrap() * (1.0 - rate) - found.a).abs() < 1e-6);
            assert!((found.mean_passed_on() - found.a).abs() < 1e-6);
        }
        let always_dropped = inspection(
            subject(&[6], Activation::Linear, 1.0, classes(30)),
            (0, 3),
            5,
        );
        assert!(always_dropped.a != 0.0 && !always_dropped.thinning.is_kept);
        assert_eq!(
            (always_dropped.if_kept(), always_dropped.passed_on()),
            (None, 0.0)
        );
        assert_eq!(always_dropped.mean_passed_on(), 0.0);
    }

    #[test]
    fn over_many_steps_the_mean_of_what_is_passed_on_nears_the_activation() {
        let mut subject = subject(&[6], Activation::Linear, 0.5, classes(30));
        let (mut sum, n_steps) = (0.0, 2000);
        let mut a = 0.0;
        for step in 1..=n_steps {
            subject.step = step;
            let found = inspection(subject.clone(), (0, 3), 5);
            assert_eq!(found.thinning.step, step - 1);
            let doubled = if found.thinning.is_kept {
                2.0 * found.a
            } else {
                0.0
            };
            assert!((found.passed_on() - doubled).abs() < 1e-9);
            sum += found.passed_on();
            a = found.a;
        }
        // Four standard deviations of the mean of so many draws of 0 or 2 a.
        let slack = 4.0 * a.abs() / (n_steps as f64).sqrt();
        assert!((sum / n_steps as f64 - a).abs() < slack);
    }

    #[test]
    fn the_mask_is_that_of_the_last_update_or_of_the_first_to_come() {
        let mut subject = subject(&[40], Activation::Relu, 0.5, classes(30));
        for (step, of) in [(0, 0), (1, 0), (9, 8)] {
            subject.step = step;
            let mut mask = Mask::none();
            subject.recipe.draw(1, of, &mut mask);
            for unit in 0..40 {
                let found = inspection(subject.clone(), (0, unit), 0).thinning;
                assert_eq!((found.step, found.is_kept), (of, mask.row(0)[unit] == 1));
                assert_eq!(found.is_kept, found.die >= 0.5);
                assert_eq!(found.n_masks, 1);
            }
        }
        let mut recipe = (*subject.recipe).clone();
        recipe
            .set_noise_shape(3, &NoiseShape::per_sample())
            .unwrap();
        subject.recipe = Arc::new(recipe);
        subject.step = 8;
        assert_eq!(
            inspection(subject, (0, 0), 0).thinning.n_masks,
            6,
            "the last batch of 30 is short"
        );
    }
}
