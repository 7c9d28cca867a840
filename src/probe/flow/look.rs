//! The flow as a question to a run.

use super::Flow;
use crate::data::Dataset;
use crate::nn::{Mask, Masks, UnitId};
use crate::probe::Bench;
use crate::probe::look::{Look, Subject};

/// Which example, through which thinned network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowQuestion {
    /// Which training example; numbers beyond the last begin again at the first.
    pub example: usize,
    /// Whose mask of the batch, where each example has its own; the last one's where there are fewer.
    pub sample: usize,
    /// Units that are dropped besides, by hand.
    pub without: Vec<UnitId>,
    /// Whether a step has begun, whose masks are drawn; else the masks are those of the step that was made last, and before the
    /// first step those of the first.
    pub is_in_step: bool,
}

/// The answer: everything that is drawn of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowReading {
    /// Which training example.
    pub example: usize,
    /// It, as a data set of one.
    pub shown: Dataset,
    /// The step whose masks they are, counted from 0.
    pub mask_step: u64,
    /// How it goes through.
    pub flow: Flow,
}

/// A look at the flow: one part.
#[derive(Debug)]
pub struct FlowLook {
    question: FlowQuestion,
    subject: Subject,
}

impl FlowLook {
    /// Before that part.
    pub fn begin(question: &FlowQuestion, subject: Subject) -> Self {
        let question = question.clone();
        Self { question, subject }
    }

    /// The masks that the question is about, one row each.
    fn masks(&self, step: u64) -> Masks {
        let (recipe, question) = (&self.subject.recipe, &self.question);
        let of_layer = |(layer_idx, mask): (usize, &Mask)| {
            let n_units = self.subject.net.layers[layer_idx].n_inputs();
            let last = mask.n_rows().saturating_sub(1);
            let mask = mask.of_example(question.sample.min(last));
            let by_hand = question.without.iter();
            let by_hand = by_hand.filter(|id| id.layer_idx == layer_idx && id.unit < n_units);
            mask.without(by_hand.map(|id| id.unit), n_units)
        };
        let drawn = recipe.masks(step);
        Masks::new(drawn.layers().iter().enumerate().map(of_layer).collect())
    }
}

impl Look for FlowLook {
    type Reading = FlowReading;

    fn advance(&mut self, _bench: &mut Bench) -> Option<FlowReading> {
        let subject = &self.subject;
        let train = &subject.data.train;
        let example = self.question.example % train.len();
        let shown = train.select(&[example]);
        let mask_step = if self.question.is_in_step {
            subject.step
        } else {
            subject.step.saturating_sub(1)
        };
        let nets = (&*subject.net, subject.before.as_deref());
        let flow = Flow::of(nets, &self.masks(mask_step), &shown, subject.engine());
        Some(FlowReading {
            example,
            shown,
            mask_step,
            flow,
        })
    }

    fn progress(&self) -> (usize, usize) {
        (0, 1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Split, Targets};
    use crate::math::random::Key;
    use crate::nn::{DropRate, NoiseShape};
    use crate::train::{NoisePlan, Trainer, TrainerPlan};

    fn subject(noise_shape: NoiseShape) -> (Trainer, Subject) {
        let part = || {
            let inputs = (0..40).map(|i| (i as f32).sin()).collect();
            let labels = (0..20).map(|i| i % 2).collect();
            Dataset::new(
                "waves",
                vec![2],
                inputs,
                Targets::Classes {
                    labels,
                    n_classes: 2,
                },
            )
        };
        let data = Arc::new(Split {
            train: part(),
            test: part(),
            n_relabelled: 0,
            n_wrong: 0,
        });
        let rate = DropRate::saturating(0.5);
        let plan = TrainerPlan {
            noise: NoisePlan::of_rate(rate).shared_by(noise_shape),
            ..TrainerPlan::example()
        };
        let mut trainer = Trainer::new(plan.clone(), &data.train).unwrap();
        (0..5).for_each(|_| {
            trainer.step(&data.train);
        });
        let subject = Subject {
            net: Arc::new(trainer.net().clone()),
            step: 5,
            rates: vec![DropRate::NONE, rate, rate],
            noise_shape: plan.noise.noise_shape.clone(),
            recipe: Arc::new(trainer.recipe().clone()),
            data,
            key: Key::new(1),
            plan: Arc::new(plan),
            before: None,
        };
        (trainer, subject)
    }

    fn reading(question: FlowQuestion, subject: Subject) -> FlowReading {
        let mut look = FlowLook::begin(&question, subject);
        match look.advance(&mut Bench::default()) {
            Some(reading) => reading,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_masks_are_those_of_the_last_step_or_of_the_one_that_has_begun_less_what_was_dropped_by_hand()
     {
        for noise_shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
            let (mut trainer, subject) = subject(noise_shape);
            let train = subject.data.train.clone();
            let id = UnitId {
                layer_idx: 1,
                unit: 3,
            };
            let beyond = UnitId {
                layer_idx: 1,
                unit: 99,
            };
            for is_in_step in [false, true] {
                if is_in_step {
                    trainer.advance(&train);
                }
                let question = FlowQuestion {
                    example: 23,
                    sample: 2,
                    without: vec![id, beyond],
                    is_in_step,
                };
                let reading = reading(question, subject.clone());
                assert_eq!(
                    (reading.example, reading.mask_step),
                    (3, if is_in_step { 5 } else { 4 })
                );
                assert_eq!(reading.shown, train.select(&[3]));
                for (idx, layer) in reading.flow.layers.iter().enumerate() {
                    let row = trainer.masks().layers()[idx].row(2);
                    for (unit, &is_kept) in layer.is_kept.iter().enumerate() {
                        let is_by_hand = (idx, unit) == (1, 3);
                        let is_drawn = row.get(unit) != Some(&0);
                        assert_eq!(is_kept, is_drawn && !is_by_hand, "layer {idx}, unit {unit}");
                    }
                }
            }
        }
    }
}
