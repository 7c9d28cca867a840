//! Small networks to put questions to, and what the answers are computed from independently: plain loops in f64.

use std::sync::Arc;

use ndarray::Array2;

use super::look::Subject;
use super::{Bench, Probe, Reading};
use crate::data::{Dataset, Split, Targets, ValueScale};
use crate::math::random::Key;
use crate::nn::{Activation, DropRate, Mlp, NoiseShape};
use crate::train::{NoisePlan, TrainerPlan};

/// Three inputs, three classes.
pub(super) fn classes(n: usize) -> Dataset {
    let inputs = (0..3 * n).map(|i| (i as f32 * 0.71).sin()).collect();
    let labels = (0..n as u32).map(|i| (i * i) % 3).collect();
    let n_classes = 3;
    Dataset::new(
        "classes",
        vec![3],
        inputs,
        Targets::Classes { labels, n_classes },
    )
}

/// Three inputs, two values in their own units.
pub(super) fn values(n: usize) -> Dataset {
    let inputs = (0..3 * n).map(|i| (i as f32 * 0.37).cos()).collect();
    let values = Array2::from_shape_fn((n, 2), |(i, column)| {
        (i as f32 * 0.9).sin() * [3.0, 0.2][column] + 1.0
    });
    let scale = |deviation| ValueScale {
        mean: 1.0,
        deviation,
    };
    let mut data = Dataset::new("values", vec![3], inputs, Targets::Values(values));
    data.value_scales = vec![scale(2.0), scale(0.1)];
    data
}

/// A network with these hidden layers as it begins, to be judged by `test`.
pub(super) fn subject(
    hidden: &[usize],
    activation: Activation,
    rate: f64,
    test: Dataset,
) -> Subject {
    let rate = DropRate::new(rate).unwrap();
    let plan = TrainerPlan {
        hidden: hidden.to_vec(),
        activation,
        noise: NoisePlan::of_rate(rate),
        seed: 4,
        ..TrainerPlan::example()
    };
    let mut net = plan.network(&plan.widths(&test));
    for (idx, layer) in net.layers.iter_mut().enumerate() {
        layer.bias.mapv_inplace(|_| 0.05 - 0.1 * (idx % 2) as f32);
    }
    let data = Arc::new(Split {
        train: test.clone(),
        test,
        n_relabelled: 0,
        n_wrong: 0,
    });
    let mut rates = vec![rate; net.layers.len()];
    rates[0] = DropRate::NONE;
    Subject {
        step: 10,
        rates,
        noise_shape: NoiseShape::per_batch(),
        recipe: Arc::new(plan.recipe(&data.train).unwrap()),
        data,
        key: Key::new(1),
        net: Arc::new(net),
        plan: Arc::new(plan),
        before: None,
    }
}

/// All that a look says, and in how many parts.
pub(super) fn answered(probe: &Probe, subject: Subject) -> (Reading, usize) {
    let mut bench = Bench::default();
    let mut look = probe.begin(subject, None, &mut bench);
    for n_done in 0.. {
        let (done, of) = look.progress();
        assert_eq!(done, n_done);
        if let Some(reading) = look.advance(&mut bench) {
            assert_eq!(n_done + 1, of, "the last part completes it");
            return (reading, of);
        }
    }
    unreachable!()
}

/// What each layer says to an example, in f64: its input, hidden activations, outputs; `is_out` says which hidden units say
/// nothing.
pub(super) fn layers_of(
    net: &Mlp,
    x: &[f32],
    is_out: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<f64>> {
    let mut all = vec![x.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>()];
    for (idx, layer) in net.layers.iter().enumerate() {
        let below = all.last().unwrap();
        let mut here = Vec::new();
        for unit in 0..layer.n_units() {
            let mut z = f64::from(layer.bias[unit]);
            for (input, x) in below.iter().enumerate() {
                z += x * f64::from(layer.weight[[input, unit]]);
            }
            let is_output = idx + 1 == net.layers.len();
            here.push(match (is_output, net.activation) {
                (true, _) => z,
                _ if is_out(idx, unit) => 0.0,
                (_, Activation::Linear) => z,
                (_, Activation::Relu) => z.max(0.0),
                (_, Activation::Tanh) => z.tanh(),
                (_, Activation::Sigmoid) => 1.0 / (1.0 + (-z).exp()),
            });
        }
        all.push(here);
    }
    all
}

/// The mean loss of outputs, one after another for each example.
pub(super) fn loss_of(outputs: &[Vec<f64>], data: &Dataset) -> f64 {
    let mut sum = 0.0;
    for (example, outputs) in outputs.iter().enumerate() {
        match &data.targets {
            Targets::Classes { labels, .. } => {
                let log_sum = outputs.iter().map(|z| z.exp()).sum::<f64>().ln();
                sum += log_sum - outputs[labels[example] as usize];
            }
            Targets::Values(values) => {
                for (column, output) in outputs.iter().enumerate() {
                    let scale = data.value_scales[column];
                    let own = scale.mean + scale.deviation * output;
                    let error = own - f64::from(values[[example, column]]);
                    sum += error * error / outputs.len() as f64;
                }
            }
        }
    }
    sum / outputs.len() as f64
}
