//! The oracle: multilayer perceptrons with dropout in plain loops over `f64`, written to be read and not to be fast.
//!
//! It shares no arithmetic with the engine. One example passes at a time, and dropout is a number by which each unit's
//! activation is multiplied, so that both scaling conventions, thinned and full passes, are the same few lines.
//! Gradients are computed twice: by the chain rule, and by central differences that know nothing of it.

use dropscope::nn::Activation;
use serde::Deserialize;

/// Rows of numbers; weights are [I][U], examples [B][I].
pub(crate) type Matrix = Vec<Vec<f64>>;

/// What each unit's activation is multiplied by in one example's pass, [layer][unit], the network's input first.
pub(crate) type Factors = Vec<Vec<f64>>;

/// Weights [I][U] and biases [U] of one dense layer, or their gradients.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Layer {
    pub(crate) weight: Matrix,
    pub(crate) bias: Vec<f64>,
}

impl Layer {
    fn like(&self, value: f64) -> Self {
        let weight = self
            .weight
            .iter()
            .map(|row| vec![value; row.len()])
            .collect();
        Self {
            weight,
            bias: vec![value; self.bias.len()],
        }
    }

    /// Every weight, row by row, then every bias.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = f64> {
        self.weight.iter().flatten().chain(&self.bias).copied()
    }

    /// The same, to be changed.
    pub(crate) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        self.weight.iter_mut().flatten().chain(&mut self.bias)
    }
}

/// What the examples should be answered with.
#[derive(Debug, Clone)]
pub(crate) enum Targets {
    /// Classes, [B], for softmax cross-entropy.
    Labels(Vec<usize>),
    /// Numbers, [B][C], for the mean squared error.
    Values(Matrix),
}

/// The examples of one step.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) x: Matrix,
    pub(crate) targets: Targets,
}

/// What one pass over a batch gives, the oracle's or the engine's.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// [B][C].
    pub(crate) outputs: Matrix,
    /// Mean over the batch (and, for values, the outputs).
    pub(crate) loss: f64,
    pub(crate) gradients: Vec<Layer>,
}

/// The network itself.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) layers: Vec<Layer>,
    pub(crate) activation: Activation,
}

impl Network {
    /// The weighted sums z of every layer for one example; the last are the outputs.
    fn sums(&self, x: &[f64], factors: &Factors) -> Matrix {
        let mut sums: Matrix = Vec::new();
        for (l, layer) in self.layers.iter().enumerate() {
            let input = self.input(l, x, &sums, factors);
            let mut z = layer.bias.clone();
            for (a, weights) in input.iter().zip(&layer.weight) {
                for (z, weight) in z.iter_mut().zip(weights) {
                    *z += a * weight;
                }
            }
            sums.push(z);
        }
        sums
    }

    /// What dense layer `l` multiplies its weights with: the activations below it times their factors.
    fn input(&self, l: usize, x: &[f64], sums: &[Vec<f64>], factors: &Factors) -> Vec<f64> {
        let activate = |&z: &f64| value(self.activation, z);
        let mut input = if l == 0 {
            x.to_vec()
        } else {
            sums[l - 1].iter().map(activate).collect()
        };
        for (a, factor) in input.iter_mut().zip(&factors[l]) {
            *a *= factor;
        }
        input
    }

    /// The outputs for one example, [C].
    pub(crate) fn outputs(&self, x: &[f64], factors: &Factors) -> Vec<f64> {
        self.sums(x, factors).pop().expect("a network has layers")
    }

    /// The loss of a batch; `factors` are one set per example.
    pub(crate) fn loss(&self, batch: &Batch, factors: &[Factors]) -> f64 {
        let mut sum = 0.0;
        for (row, (x, factors)) in batch.x.iter().zip(factors).enumerate() {
            sum += batch.loss_and_slope(row, &self.outputs(x, factors)).0;
        }
        sum / batch.x.len() as f64
    }

    /// Outputs, loss and gradients of a batch, by the chain rule.
    pub(crate) fn pass(&self, batch: &Batch, factors: &[Factors]) -> Seen {
        let n_examples = batch.x.len() as f64;
        let zeros = self.layers.iter().map(|layer| layer.like(0.0)).collect();
        let mut seen = Seen {
            outputs: Vec::new(),
            loss: 0.0,
            gradients: zeros,
        };
        for (row, (x, factors)) in batch.x.iter().zip(factors).enumerate() {
            let mut sums = self.sums(x, factors);
            let (loss, slope) =
                batch.loss_and_slope(row, sums.last().expect("a network has layers"));
            seen.loss += loss / n_examples;
            let mut d_z: Vec<f64> = slope.iter().map(|slope| slope / n_examples).collect();
            for l in (0..self.layers.len()).rev() {
                let input = self.input(l, x, &sums, factors);
                add_gradient(&mut seen.gradients[l], &input, &d_z);
                if l > 0 {
                    d_z = self.d_below(l, &d_z, &sums[l - 1], &factors[l]);
                }
            }
            seen.outputs.push(sums.pop().expect("a network has layers"));
        }
        seen
    }

    /// From the gradient of layer `l`'s sums to that of the sums below, `z`: through weights, factor and activation.
    fn d_below(&self, l: usize, d_z: &[f64], z: &[f64], factors: &[f64]) -> Vec<f64> {
        let mut d_below = vec![0.0; z.len()];
        for (unit, weights) in self.layers[l].weight.iter().enumerate() {
            for (weight, d_z) in weights.iter().zip(d_z) {
                d_below[unit] += weight * d_z;
            }
            d_below[unit] *= factors[unit] * slope(self.activation, z[unit]);
        }
        d_below
    }

    /// The gradients of the loss by central differences, (L(w + h) - L(w - h)) / 2h for one parameter at a time.
    pub(crate) fn differences(&self, batch: &Batch, factors: &[Factors]) -> Vec<Layer> {
        let h = 1e-5;
        let mut gradients: Vec<Layer> = self.layers.iter().map(|layer| layer.like(0.0)).collect();
        for (l, gradient) in gradients.iter_mut().enumerate() {
            for (place, gradient) in gradient.parameters_mut().enumerate() {
                let loss_at = |h: f64| {
                    let mut moved = self.clone();
                    *moved.layers[l]
                        .parameters_mut()
                        .nth(place)
                        .expect("same shape") += h;
                    moved.loss(batch, factors)
                };
                *gradient = (loss_at(h) - loss_at(-h)) / (2.0 * h);
            }
        }
        gradients
    }
}

impl Batch {
    /// The loss of one example and its slope with respect to the outputs.
    fn loss_and_slope(&self, row: usize, outputs: &[f64]) -> (f64, Vec<f64>) {
        match &self.targets {
            Targets::Labels(labels) => {
                let mut slope = softmax(outputs);
                let loss = -slope[labels[row]].ln();
                slope[labels[row]] -= 1.0;
                (loss, slope)
            }
            Targets::Values(values) => {
                let n = outputs.len() as f64;
                let errors: Vec<f64> = outputs
                    .iter()
                    .zip(&values[row])
                    .map(|(o, v)| o - v)
                    .collect();
                let loss = errors.iter().map(|error| error * error).sum::<f64>() / n;
                (loss, errors.iter().map(|error| 2.0 * error / n).collect())
            }
        }
    }
}

/// dL/dW = input x dL/dz and dL/db = dL/dz, for one example.
fn add_gradient(gradient: &mut Layer, input: &[f64], d_z: &[f64]) {
    for (d_weights, a) in gradient.weight.iter_mut().zip(input) {
        for (d_weight, d_z) in d_weights.iter_mut().zip(d_z) {
            *d_weight += a * d_z;
        }
    }
    for (d_bias, d_z) in gradient.bias.iter_mut().zip(d_z) {
        *d_bias += d_z;
    }
}

/// exp(o) / sum of exp(o).
pub(crate) fn softmax(outputs: &[f64]) -> Vec<f64> {
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = outputs.iter().map(|o| (o - largest).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|exp| exp / sum).collect()
}

/// The logistic function.
pub(crate) fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn value(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Relu => z.max(0.0),
        Activation::Tanh => z.tanh(),
        Activation::Sigmoid => sigmoid(z),
        Activation::Linear => z,
    }
}

fn slope(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Relu if z > 0.0 => 1.0,
        Activation::Relu => 0.0,
        Activation::Tanh => 1.0 - z.tanh().powi(2),
        Activation::Sigmoid => sigmoid(z) * (1.0 - sigmoid(z)),
        Activation::Linear => 1.0,
    }
}
