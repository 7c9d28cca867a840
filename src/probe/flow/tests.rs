//! The flow against plain loops in double precision, which know nothing of the engine.

#![expect(clippy::needless_range_loop, reason = "loops as formulas are written")]

use ndarray::Array2;

use super::*;
use crate::data::ValueScale;
use crate::math::random::Key;
use crate::nn::mask::{Broadcast, Place};
use crate::nn::{Activation, DropRate, Init, NoiseShape};

/// One example, its network and its masks.
struct Case {
    net: Mlp,
    before: Mlp,
    masks: Masks,
    example: Dataset,
}

impl Case {
    /// A network of these widths, whose inputs and hidden layers drop units at `rates`; one mask a sample, of which the third
    /// is taken.
    fn new(widths: &[usize], rates: &[f64], activation: Activation, is_of_classes: bool) -> Self {
        let mut net = Mlp::new(widths, activation, Init::He, Key::new(5));
        for (idx, layer) in net.layers.iter_mut().enumerate() {
            layer
                .bias
                .iter_mut()
                .enumerate()
                .for_each(|(unit, bias)| *bias = 0.1 * ((idx + unit) as f32).sin());
        }
        let before = Mlp::new(widths, activation, Init::He, Key::new(6));
        let mask = |(layer_idx, &rate): (usize, &f64)| {
            let shape = [4, widths[layer_idx]];
            let broadcast = Broadcast::new(&NoiseShape::per_sample(), shape[0], shape[1]).unwrap();
            let mut mask = Mask::none();
            let place = Place { layer_idx, step: 8 };
            mask.draw(
                DropRate::new(rate).unwrap(),
                broadcast,
                shape,
                Key::new(3),
                place,
            );
            mask.of_example(2)
        };
        let masks = Masks::new(rates.iter().enumerate().map(mask).collect());
        let inputs = (0..widths[0]).map(|i| (i as f32 * 0.7).cos()).collect();
        let n_outputs = widths[widths.len() - 1];
        let mut example = if is_of_classes {
            let targets = Targets::Classes {
                labels: vec![1],
                n_classes: n_outputs,
            };
            Dataset::new("one", vec![widths[0]], inputs, targets)
        } else {
            let values = Array2::from_shape_fn((1, n_outputs), |(_, column)| 3.0 + column as f32);
            Dataset::new("one", vec![widths[0]], inputs, Targets::Values(values))
        };
        for scale in &mut example.value_scales {
            *scale = ValueScale {
                mean: 2.0,
                deviation: 0.5,
            };
        }
        Self {
            net,
            before,
            masks,
            example,
        }
    }

    fn flow(&self) -> Flow {
        let nets = (&self.net, Some(&self.before));
        Flow::of(nets, &self.masks, &self.example, Engine::default())
    }

    fn all() -> Vec<Self> {
        let case = Self::new;
        vec![
            case(&[5, 7, 6, 4], &[0.3, 0.5, 0.5], Activation::Relu, true),
            case(
                &[30, 40, 33, 26, 5],
                &[0.2, 0.5, 0.7, 0.4],
                Activation::Tanh,
                true,
            ),
            case(&[28, 50, 3], &[0.0, 0.5], Activation::Relu, true),
            case(&[28, 50, 3], &[0.0, 0.0], Activation::Sigmoid, true),
            case(&[28, 50, 2], &[0.5, 0.5], Activation::Relu, false),
            case(&[28, 50, 3], &[0.0, 1.0], Activation::Relu, true),
            case(&[28, 50, 3], &[1.0, 0.5], Activation::Relu, true),
            case(&[6, 2], &[0.5], Activation::Linear, false),
        ]
    }
}

/// The same by plain loops. `d[l][i]` is 1 or 0, `scale[l]` what kept activations are multiplied by.
struct Oracle<'a> {
    case: &'a Case,
    d: Vec<Vec<f64>>,
    scale: Vec<f64>,
}

impl<'a> Oracle<'a> {
    fn new(case: &'a Case) -> Self {
        let masks = case.masks.layers();
        let d = masks.iter().zip(&case.net.layers).map(|(mask, layer)| {
            let of_unit = |unit: usize| mask.kept().get(unit).map_or(1.0, |&kept| f64::from(kept));
            (0..layer.n_inputs()).map(of_unit).collect()
        });
        let scale = masks.iter().map(|mask| match mask.rate().value() {
            1.0 => 0.0,
            rate => 1.0 / (1.0 - rate),
        });
        Self {
            case,
            d: d.collect(),
            scale: scale.collect(),
        }
    }

    fn w(&self, layer: usize, from: usize, to: usize) -> f64 {
        f64::from(self.case.net.layers[layer].weight[[from, to]])
    }

    /// The weighted sums of layer `layer` for activations `a` below it, through its mask or not.
    fn sums(&self, layer: usize, a: &[f64], is_thinned: bool) -> Vec<f64> {
        let dense = &self.case.net.layers[layer];
        let mut sums = vec![0.0; dense.n_units()];
        for (to, sum) in sums.iter_mut().enumerate() {
            *sum = f64::from(dense.bias[to]);
            for (from, &a) in a.iter().enumerate() {
                let factor = if is_thinned {
                    self.d[layer][from] * self.scale[layer]
                } else {
                    1.0
                };
                *sum += factor * a * self.w(layer, from, to);
            }
        }
        sums
    }

    fn activate(&self, z: f64) -> f64 {
        match self.case.net.activation {
            Activation::Relu => z.max(0.0),
            Activation::Tanh => z.tanh(),
            Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Activation::Linear => z,
        }
    }

    /// The activations of each layer before its own mask, and the outputs.
    fn forward(&self, is_thinned: bool) -> (Vec<Vec<f64>>, Vec<f64>) {
        let x = self
            .case
            .example
            .inputs
            .iter()
            .map(|&x| f64::from(x))
            .collect();
        let mut layers: Vec<Vec<f64>> = vec![x];
        let last = self.d.len() - 1;
        for layer in 0..last {
            let sums = self.sums(layer, &layers[layer], is_thinned);
            layers.push(sums.into_iter().map(|z| self.activate(z)).collect());
        }
        let outputs = self.sums(last, &layers[last], is_thinned);
        (layers, outputs)
    }

    fn says(&self, outputs: &[f64]) -> Vec<f64> {
        match self.case.example.targets {
            Targets::Classes { .. } => {
                let sum: f64 = outputs.iter().map(|z| z.exp()).sum();
                outputs.iter().map(|z| z.exp() / sum).collect()
            }
            Targets::Values(_) => outputs.iter().map(|z| 2.0 + 0.5 * z).collect(),
        }
    }

    fn loss(&self, outputs: &[f64]) -> f64 {
        match &self.case.example.targets {
            Targets::Classes { labels, .. } => -self.says(outputs)[labels[0] as usize].ln(),
            Targets::Values(values) => {
                let errors = outputs
                    .iter()
                    .zip(values)
                    .map(|(z, &value)| z - (f64::from(value) - 2.0) / 0.5);
                errors.map(|error| error * error).sum::<f64>() / outputs.len() as f64
            }
        }
    }

    /// The loss of the thinned network, given the activations `a` of `layer`.
    fn loss_from(&self, layer: usize, a: &[f64]) -> f64 {
        let mut a = a.to_vec();
        for layer in layer..self.d.len() {
            let sums = self.sums(layer, &a, true);
            if layer + 1 == self.d.len() {
                return self.loss(&sums);
            }
            a = sums.into_iter().map(|z| self.activate(z)).collect();
        }
        unreachable!()
    }

    /// The gradients at activations `a` of `layer`, by central differences.
    fn gradients(&self, layer: usize, a: &[f64]) -> Vec<f64> {
        let at = |unit: usize, step: f64| {
            let mut a = a.to_vec();
            a[unit] += step;
            self.loss_from(layer, &a)
        };
        let h = 1e-6;
        (0..a.len())
            .map(|unit| (at(unit, h) - at(unit, -h)) / (2.0 * h))
            .collect()
    }
}

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() < 2e-5 * (1.0 + expected.abs()),
        "{what}: {found} for {expected}"
    );
}

fn assert_all_near<T: Into<f64> + Copy>(found: &[T], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (idx, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        assert_near(found.into(), expected, &format!("{what} {idx}"));
    }
}

/// Lines are the strongest of `all`, up to what single precision may order otherwise.
fn assert_strongest(lines: &[Line], mut all: Vec<(usize, usize, f64)>, most: usize, what: &str) {
    all.retain(|&(.., amount)| amount.abs() > 1e-30);
    all.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    assert_eq!(lines.len(), all.len().min(most), "{what}");
    for (rank, line) in lines.iter().enumerate() {
        assert_near(f64::from(line.amount.abs()), all[rank].2.abs(), what);
        let same = all
            .iter()
            .find(|&&(from, to, _)| (from, to) == (line.from, line.to));
        assert_near(f64::from(line.amount), same.expect(what).2, what);
    }
}

#[test]
fn activations_and_what_both_networks_say_are_those_of_plain_loops() {
    for case in Case::all() {
        let (flow, oracle) = (case.flow(), Oracle::new(&case));
        let [(thinned, thinned_out), (full, full_out)] = [true, false].map(|is| oracle.forward(is));
        for (idx, layer) in flow.layers.iter().enumerate() {
            assert_all_near(&layer.activations, &thinned[idx], "thinned");
            assert_all_near(&layer.full, &full[idx], "full");
            let is_kept: Vec<bool> = oracle.d[idx].iter().map(|&d| d == 1.0).collect();
            assert_eq!(layer.is_kept, is_kept);
            let fires = |&unit: &usize| is_kept[unit] && thinned[idx][unit] != 0.0;
            assert_eq!(layer.n_firing(), (0..is_kept.len()).filter(fires).count());
        }
        for (said, outputs) in [(&flow.thinned, thinned_out), (&flow.full, full_out)] {
            assert_all_near(&said.outputs, &oracle.says(&outputs), "says");
            assert_near(said.loss, oracle.loss(&outputs), "loss");
        }
    }
}

#[test]
fn lines_and_cut_lines_are_the_strongest_contributions_with_and_without_the_mask() {
    for case in Case::all() {
        let (flow, oracle) = (case.flow(), Oracle::new(&case));
        let (a, _) = oracle.forward(true);
        for (idx, pair) in flow.pairs.iter().enumerate() {
            let dense = &case.net.layers[idx];
            let is_small = dense.n_inputs().max(dense.n_units()) <= 24;
            assert_eq!(pair.is_whole, is_small);
            let is_heard = |to: usize| {
                a.get(idx + 1)
                    .is_none_or(|upper| oracle.d[idx + 1][to] * upper[to] != 0.0)
            };
            let scale = if oracle.scale[idx] == 0.0 {
                1.0
            } else {
                oracle.scale[idx]
            };
            let (mut kept, mut all) = (Vec::new(), Vec::new());
            for from in 0..dense.n_inputs() {
                for to in (0..dense.n_units()).filter(|&to| is_heard(to)) {
                    let c = (from, to, a[idx][from] * oracle.w(idx, from, to) * scale);
                    all.push(c);
                    if oracle.d[idx][from] == 1.0 {
                        kept.push(c);
                    }
                }
            }
            let [most, most_cut] = if is_small { [usize::MAX; 2] } else { [40, 26] };
            assert_strongest(&pair.contributions, kept, most, "contributions");
            all.retain(|&(.., c)| c.abs() > 1e-30);
            all.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
            all.truncate(most);
            all.retain(|&(from, ..)| oracle.d[idx][from] == 0.0);
            assert_strongest(&pair.cut, all, most_cut, "cut");
        }
    }
}

#[test]
fn some_lines_are_cut_at_a_rate_and_none_without() {
    let cases = Case::all();
    assert!(
        cases[1]
            .flow()
            .pairs
            .iter()
            .all(|pair| !pair.cut.is_empty())
    );
    assert!(cases[3].flow().pairs.iter().all(|pair| pair.cut.is_empty()));
    let all_dropped = cases[5].flow();
    assert!(all_dropped.pairs[1].contributions.is_empty() && !all_dropped.pairs[1].cut.is_empty());
    assert_eq!(all_dropped.layers[1].n_kept(), 0);
}

#[test]
fn gradients_are_those_of_finite_differences_and_their_lines_add_up_to_them() {
    for case in Case::all() {
        let (flow, oracle) = (case.flow(), Oracle::new(&case));
        let (a, _) = oracle.forward(true);
        for (idx, layer) in flow.layers.iter().enumerate() {
            let expected = oracle.gradients(idx, &a[idx]);
            assert_all_near(&layer.gradients, &expected, "gradients");
            if !flow.pairs[idx].is_whole {
                assert!(flow.pairs[idx].gradients.len() <= 40);
                continue;
            }
            let mut sums = vec![0.0; expected.len()];
            for line in &flow.pairs[idx].gradients {
                sums[line.from] += f64::from(line.amount);
            }
            for (unit, sum) in sums.iter().enumerate() {
                let is_open =
                    idx == 0 || case.net.activation != Activation::Relu || a[idx][unit] > 0.0;
                assert_near(
                    *sum,
                    if is_open { expected[unit] } else { 0.0 },
                    "sum of lines",
                );
            }
        }
    }
}

#[test]
fn gradient_lines_are_the_strongest_parts_of_the_gradients() {
    for case in Case::all() {
        let (flow, oracle) = (case.flow(), Oracle::new(&case));
        let (a, _) = oracle.forward(true);
        for (idx, pair) in flow.pairs.iter().enumerate() {
            let dense = &case.net.layers[idx];
            // dz[j] by differences: the loss moves as the sums do.
            let sums = oracle.sums(idx, &a[idx], true);
            let is_last = idx + 1 == flow.pairs.len();
            let loss_at = |sums: &[f64]| {
                let above: Vec<f64> = sums.iter().map(|&z| oracle.activate(z)).collect();
                if is_last {
                    oracle.loss(sums)
                } else {
                    oracle.loss_from(idx + 1, &above)
                }
            };
            let d_sum = |to: usize| {
                let at = |step: f64| {
                    let mut sums = sums.clone();
                    sums[to] += step;
                    loss_at(&sums)
                };
                (at(1e-6) - at(-1e-6)) / 2e-6
            };
            let d_sums: Vec<f64> = (0..sums.len()).map(d_sum).collect();
            let mut parts = Vec::new();
            for from in 0..dense.n_inputs() {
                let is_open =
                    idx == 0 || case.net.activation != Activation::Relu || a[idx][from] > 0.0;
                if oracle.d[idx][from] == 1.0 && is_open {
                    let part = |to: usize| oracle.scale[idx] * oracle.w(idx, from, to) * d_sums[to];
                    parts.extend((0..sums.len()).map(|to| (from, to, part(to))));
                }
            }
            // What differences leave where there is no gradient is no line.
            parts.retain(|&(.., part)| part.abs() > 1e-8);
            let most = if pair.is_whole { usize::MAX } else { 40 };
            assert_strongest(&pair.gradients, parts, most, "parts of gradients");
        }
    }
}

#[test]
fn the_update_is_the_difference_of_the_weights_also_of_dropped_units() {
    for case in Case::all() {
        let flow = case.flow();
        for (idx, pair) in flow.pairs.iter().enumerate() {
            let (now, then) = (
                &case.net.layers[idx].weight,
                &case.before.layers[idx].weight,
            );
            let update = pair.update.as_ref().unwrap();
            let mut all = Vec::new();
            let (mut into, mut n_of_dropped) = (vec![0.0; now.ncols()], 0);
            for from in 0..now.nrows() {
                for to in 0..now.ncols() {
                    let change = f64::from(now[[from, to]]) - f64::from(then[[from, to]]);
                    all.push((from, to, change));
                    into[to] += change * change;
                    let is_kept = |layer: usize, unit: usize| {
                        let row = case
                            .masks
                            .layers()
                            .get(layer)
                            .map_or(&[][..], |mask| mask.kept());
                        row.get(unit).is_none_or(|&kept| kept == 1)
                    };
                    let is_of_dropped = !is_kept(idx, from) || !is_kept(idx + 1, to);
                    n_of_dropped += usize::from(is_of_dropped && change != 0.0);
                }
            }
            let n_changed = all.iter().filter(|(.., change)| *change != 0.0).count();
            assert_eq!(
                (update.n_changed, update.n_changed_of_dropped),
                (n_changed, n_of_dropped)
            );
            let most = if pair.is_whole { usize::MAX } else { 40 };
            assert_strongest(&update.lines, all, most, "changes");
            let into: Vec<f64> = into.into_iter().map(f64::sqrt).collect();
            assert_all_near(&update.into, &into, "changes into a unit");
        }
    }
    let case = &Case::all()[0];
    let flow = Flow::of(
        (&case.net, None),
        &case.masks,
        &case.example,
        Engine::default(),
    );
    assert!(flow.pairs.iter().all(|pair| pair.update.is_none()));
}

#[test]
fn the_weights_that_take_part_lie_between_kept_units() {
    let kept = |n: usize, of: usize| {
        let row = (0..of).map(|unit| u8::from(unit < n)).collect();
        Mask::from_kept(DropRate::new(0.5).unwrap(), 1, of, row)
    };
    let net = Mlp::new(&[64, 256, 256, 10], Activation::Relu, Init::He, Key::new(1));
    let masks = Masks::new(vec![Mask::none(), kept(126, 256), kept(117, 256)]);
    let targets = Targets::Classes {
        labels: vec![3],
        n_classes: 10,
    };
    let example = Dataset::new("one", vec![64], vec![0.5; 64], targets);
    let flow = Flow::of((&net, None), &masks, &example, Engine::default());
    assert_eq!((flow.n_weights_active, flow.n_weights), (23_976, 84_480));
    assert_eq!(flow.answer, Answer::Class(3));
}
