//! How does one example go through a thinned network, and what comes back? Activations, contributions, gradients and the
//! last change of the weights, of which the strongest are picked out for a picture.
//!
//! A contribution is what a unit adds to the weighted sum of a unit of the next layer: `c[i, j] = d[i] a[i] w[i, j] / keep`
//! with the mask `d`, the activation `a` and the weight `w` (Srivastava et al. 2014, with the rescaling of inverted dropout).
//! On the way back it is `d[i] w[i, j] dz[j] / keep`, the part of the loss's gradient at `a[i]` that comes through unit `j`.

mod lines;
mod look;

use ndarray::ArrayView1;

pub use lines::Line;
use lines::Strongest;
pub use look::{FlowLook, FlowQuestion, FlowReading};

use crate::data::{Dataset, Targets};
use crate::nn::loss::{mean_squared_error, softmax, softmax_cross_entropy};
use crate::nn::{Dense, Engine, Execution, Mask, Masks, Mlp, Pass, Scratch};

/// Lines of a pair of layers that are picked out, at most.
pub const MOST_LINES: usize = 40;

/// Lines that the mask cut away, at most.
pub const MOST_CUT: usize = 26;

/// Between layers of no more units than that no line is left out.
pub const MOST_UNITS_WITH_ALL_LINES: usize = 24;

/// The units of one layer, `U` of them: of the network's input, or of a hidden layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerFlow {
    /// Whether the mask keeps each unit, `[U]`.
    pub is_kept: Vec<bool>,
    /// The activations before the layer's own mask, in the thinned network that the masks of the layers below leave, `[U]`: for
    /// a dropped unit what it would have said.
    pub activations: Vec<f32>,
    /// The activations in the full network, `[U]`.
    pub full: Vec<f32>,
    /// The gradient of the example's loss with respect to each activation, `[U]`; 0 for dropped units.
    pub gradients: Vec<f32>,
    /// By how much a kept activation is multiplied: `1 / keep`.
    pub scale: f32,
}

impl LayerFlow {
    /// How many units the mask keeps.
    pub fn n_kept(&self) -> usize {
        self.is_kept.iter().filter(|&&is_kept| is_kept).count()
    }

    /// Whether a unit is kept and not silent.
    pub fn fires(&self, unit: usize) -> bool {
        self.is_kept[unit] && self.activations[unit] != 0.0
    }

    /// How many units do.
    pub fn n_firing(&self) -> usize {
        (0..self.is_kept.len())
            .filter(|&unit| self.fires(unit))
            .count()
    }
}

/// What goes from a layer to the next one, strongest first.
#[derive(Debug, Clone, PartialEq)]
pub struct PairFlow {
    /// The contributions of kept units into units that fire, or into outputs.
    pub contributions: Vec<Line>,
    /// Contributions that would be among these if the mask had not dropped where they come from.
    pub cut: Vec<Line>,
    /// The parts of the gradients at the lower layer, which come from the upper one; at units that fire.
    pub gradients: Vec<Line>,
    /// How the last update changed the weights; `None` if the weights before it are not known.
    pub update: Option<UpdateFlow>,
    /// Whether there is a line for all that is not 0.
    pub is_whole: bool,
}

/// How an update changed the weights between two layers.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateFlow {
    /// The largest changes of a weight.
    pub lines: Vec<Line>,
    /// The Euclidean norm of the change of all weights into each unit of the upper layer, `[U]`.
    pub into: Vec<f32>,
    /// Weights that changed, ...
    pub n_changed: usize,
    /// ... and how many of them belong to a dropped unit on one side: momentum carries them on, or decay.
    pub n_changed_of_dropped: usize,
}

/// What an example should be answered with.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Its class.
    Class(usize),
    /// The values, in their own units, `[C]`.
    Values(Vec<f64>),
}

/// What a network says to one example.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Class probabilities, or values in their own units, `[C]`.
    pub outputs: Vec<f64>,
    /// The loss of the example: nats, or for values the squared error on the scale on which they are learnt.
    pub loss: f64,
}

/// One example in one thinned network.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// The input of each dense layer, the network's input first.
    pub layers: Vec<LayerFlow>,
    /// What each dense layer does with it.
    pub pairs: Vec<PairFlow>,
    /// The gradient of the loss with respect to the outputs before softmax, `[C]`.
    pub d_outputs: Vec<f32>,
    /// What the thinned network says.
    pub thinned: Said,
    /// What the full network says.
    pub full: Said,
    /// What should be said.
    pub answer: Answer,
    /// Weights between two kept units, which alone take part.
    pub n_weights_active: usize,
    /// All weights, without biases.
    pub n_weights: usize,
}

impl Flow {
    /// How `example`, a data set of one, goes through `net` under `masks`, of one row each; `before` is the network before
    /// its last update, if it is known.
    ///
    /// # Panics
    /// If the parts are not of one shape, or `example` is not one.
    pub fn of(
        (net, before): (&Mlp, Option<&Mlp>),
        masks: &Masks,
        example: &Dataset,
        engine: Engine,
    ) -> Self {
        assert_eq!(example.len(), 1, "one example");
        // Activations of dropped units are wanted too.
        let engine = Engine {
            execution: Execution::Masked,
            ..engine
        };
        let mut passes = Passes {
            net,
            example,
            scratch: Scratch::with_engine(engine, &net.widths(), 1),
        };
        let full = passes.forward(Pass::Full);
        let full_activations: Vec<_> = (0..net.layers.len())
            .map(|idx| passes.entered(idx))
            .collect();
        let activations = passes.before_own_masks(masks);
        let thinned = passes.forward(Pass::Thinned(masks));
        net.backward(Pass::Thinned(masks), &mut passes.scratch);
        let mut layers = Vec::with_capacity(net.layers.len());
        for (idx, (activations, full)) in activations.into_iter().zip(full_activations).enumerate()
        {
            layers.push(passes.layer(idx, &masks.layers()[idx], activations, full));
        }
        let pair = |idx| {
            let ends = Ends {
                net,
                layers: &layers,
                idx,
            };
            ends.pair(
                passes.scratch.d_sum(idx, 0),
                before.map(|before| &before.layers[idx]),
            )
        };
        let pairs = (0..net.layers.len()).map(pair).collect();
        let n_kept = |idx: usize| {
            layers
                .get(idx)
                .map_or(example.n_outputs(), LayerFlow::n_kept)
        };
        Self {
            n_weights_active: (0..layers.len())
                .map(|idx| n_kept(idx) * n_kept(idx + 1))
                .sum(),
            n_weights: net.layers.iter().map(|layer| layer.weight.len()).sum(),
            d_outputs: passes.scratch.d_sum(net.layers.len() - 1, 0).to_vec(),
            answer: answer(example),
            layers,
            pairs,
            thinned,
            full,
        }
    }
}

fn answer(example: &Dataset) -> Answer {
    match &example.targets {
        Targets::Classes { labels, .. } => Answer::Class(labels[0] as usize),
        Targets::Values(values) => {
            Answer::Values(values.iter().map(|&value| f64::from(value)).collect())
        }
    }
}

/// One example's passes through one network.
struct Passes<'a> {
    net: &'a Mlp,
    example: &'a Dataset,
    scratch: Scratch,
}

impl Passes<'_> {
    /// Goes forward; the gradient of the loss with respect to the outputs is in the scratch afterwards.
    fn forward(&mut self, pass: Pass) -> Said {
        self.net
            .forward(self.example.inputs.view(), pass, &mut self.scratch);
        let mut said = self.scratch.outputs().to_owned();
        let (outputs, d_outputs) = self.scratch.outputs_and_gradient();
        match &self.example.targets {
            Targets::Classes { labels, .. } => {
                let loss = softmax_cross_entropy(outputs, labels, d_outputs).loss;
                softmax(said.view_mut());
                Said {
                    outputs: said.iter().map(|&share| f64::from(share)).collect(),
                    loss,
                }
            }
            Targets::Values(values) => {
                let mut learnt = values.to_owned();
                self.example
                    .gather_values(&[0], learnt.as_slice_mut().expect("values have no gaps"));
                let loss = mean_squared_error(outputs, learnt.view(), d_outputs).loss;
                let own = said.iter().zip(&self.example.value_scales);
                Said {
                    outputs: own.map(|(&output, scale)| scale.own(output)).collect(),
                    loss,
                }
            }
        }
    }

    /// What entered dense layer `layer_idx` in the last pass, where that had no mask of its own.
    fn entered(&self, layer_idx: usize) -> Vec<f32> {
        match layer_idx {
            0 => self.example.item(0).to_vec(),
            _ => self.scratch.entered(layer_idx, 0).to_vec(),
        }
    }

    /// The activations of each layer before its own mask: those of a pass that is masked up to the layer below.
    fn before_own_masks(&mut self, masks: &Masks) -> Vec<Vec<f32>> {
        let mut so_far = Masks::new(vec![Mask::none(); self.net.layers.len()]);
        let mut activations = vec![self.entered(0)];
        for layer_idx in 1..self.net.layers.len() {
            so_far.layers_mut()[layer_idx - 1] = masks.layers()[layer_idx - 1].clone();
            self.forward(Pass::Thinned(&so_far));
            activations.push(self.entered(layer_idx));
        }
        activations
    }

    /// A layer after the backward pass.
    fn layer(
        &self,
        layer_idx: usize,
        mask: &Mask,
        activations: Vec<f32>,
        full: Vec<f32>,
    ) -> LayerFlow {
        let n_units = activations.len();
        let is_kept: Vec<bool> = match mask.row(0) {
            [] => vec![true; n_units],
            row => row.iter().map(|&kept| kept == 1).collect(),
        };
        let scale = mask.rate().scale();
        let d_sums = ArrayView1::from(self.scratch.d_sum(layer_idx, 0));
        let gradient = |(unit, &is_kept): (usize, &bool)| {
            if is_kept {
                scale * self.net.layers[layer_idx].weight.row(unit).dot(&d_sums)
            } else {
                0.0
            }
        };
        let gradients = is_kept.iter().enumerate().map(gradient).collect();
        LayerFlow {
            is_kept,
            activations,
            full,
            gradients,
            scale,
        }
    }
}

/// A dense layer of a network, and what is at both of its ends.
struct Ends<'a> {
    net: &'a Mlp,
    layers: &'a [LayerFlow],
    idx: usize,
}

impl Ends<'_> {
    fn pair(&self, d_sums: &[f32], before: Option<&Dense>) -> PairFlow {
        let (contributions, cut) = self.contributions();
        PairFlow {
            contributions,
            cut,
            gradients: self.gradients(d_sums),
            update: before.map(|before| self.update(before)),
            is_whole: self.is_small(),
        }
    }

    fn dense(&self) -> &Dense {
        &self.net.layers[self.idx]
    }

    fn is_small(&self) -> bool {
        let n_units = self.dense().n_inputs().max(self.dense().n_units());
        n_units <= MOST_UNITS_WITH_ALL_LINES
    }

    fn most(&self, most: usize) -> usize {
        if self.is_small() { usize::MAX } else { most }
    }

    /// Whether a unit of the upper layer has something to say: outputs always have.
    fn is_heard(&self, to: usize) -> bool {
        self.layers
            .get(self.idx + 1)
            .is_none_or(|upper| upper.fires(to))
    }

    /// Whether a unit of the upper layer is dropped.
    fn is_upper_dropped(&self, to: usize) -> bool {
        self.layers
            .get(self.idx + 1)
            .is_some_and(|upper| !upper.is_kept[to])
    }

    /// The strongest contributions, and those that the mask cut away from among them.
    fn contributions(&self) -> (Vec<Line>, Vec<Line>) {
        let lower = &self.layers[self.idx];
        // Where nothing is kept nothing is rescaled either.
        let scale = if lower.scale > 0.0 { lower.scale } else { 1.0 };
        let heard: Vec<usize> = (0..self.dense().n_units())
            .filter(|&to| self.is_heard(to))
            .collect();
        let mut kept = Strongest::new(self.most(MOST_LINES));
        let mut dropped = Strongest::new(self.most(MOST_CUT));
        for (from, weights) in self.dense().weight.rows().into_iter().enumerate() {
            let strongest = if lower.is_kept[from] {
                &mut kept
            } else {
                &mut dropped
            };
            let says = lower.activations[from] * scale;
            for &to in &heard {
                strongest.offer(Line {
                    from,
                    to,
                    amount: says * weights[to],
                });
            }
        }
        let (kept, mut dropped) = (kept.lines(), dropped.lines());
        // Of both together the strongest: a cut line is in as many places as there are stronger ones on both sides.
        let is_among = |(n_cut, line): (usize, &Line)| {
            n_cut + kept.partition_point(|kept| kept.is_before(line)) < self.most(MOST_LINES)
        };
        let n_among = dropped
            .iter()
            .enumerate()
            .take_while(|&entry| is_among(entry))
            .count();
        dropped.truncate(n_among);
        (kept, dropped)
    }

    fn gradients(&self, d_sums: &[f32]) -> Vec<Line> {
        let lower = &self.layers[self.idx];
        let activation = self.net.activation;
        let passes_on = |from: usize| {
            let is_open = self.idx == 0 || activation.derivative(lower.activations[from]) != 0.0;
            lower.is_kept[from] && is_open
        };
        let mut strongest = Strongest::new(self.most(MOST_LINES));
        for (from, weights) in self.dense().weight.rows().into_iter().enumerate() {
            if passes_on(from) {
                for (to, (&weight, &d_sum)) in weights.iter().zip(d_sums).enumerate() {
                    strongest.offer(Line {
                        from,
                        to,
                        amount: lower.scale * weight * d_sum,
                    });
                }
            }
        }
        strongest.lines()
    }

    fn update(&self, before: &Dense) -> UpdateFlow {
        let lower = &self.layers[self.idx];
        let mut strongest = Strongest::new(self.most(MOST_LINES));
        let mut squares = vec![0.0_f64; before.n_units()];
        let (mut n_changed, mut n_changed_of_dropped) = (0, 0);
        let rows = self
            .dense()
            .weight
            .rows()
            .into_iter()
            .zip(before.weight.rows());
        for (from, (now, then)) in rows.enumerate() {
            for (to, (now, then)) in now.iter().zip(then).enumerate() {
                let amount = now - then;
                strongest.offer(Line { from, to, amount });
                squares[to] += f64::from(amount).powi(2);
                let is_changed = amount != 0.0;
                let is_of_dropped = !lower.is_kept[from] || self.is_upper_dropped(to);
                n_changed += usize::from(is_changed);
                n_changed_of_dropped += usize::from(is_changed && is_of_dropped);
            }
        }
        UpdateFlow {
            lines: strongest.lines(),
            into: squares.into_iter().map(|sum| sum.sqrt() as f32).collect(),
            n_changed,
            n_changed_of_dropped,
        }
    }
}

#[cfg(test)]
mod tests;
