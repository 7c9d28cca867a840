//! Laws 3 and 4: when weight scaling *is* an average over all thinned networks, and when it only resembles one.
//!
//! For a softmax (or one logistic unit) directly above the dropped units, the renormalised weighted geometric mean
//! (NWGM) of the 2^n thinned outputs is the output of the full network, at any rate ([Baldi 2013], [Srivastava 2014]
//! section 2). A nonlinearity in between breaks it, and the arithmetic mean never was it. The engine scales the thinned
//! passes, so its full network is the plain one; the oracle is asked in the original convention as well.

use dropscope::nn::{Activation, Pass};
use proptest::prelude::*;

use super::cases;
use crate::common::close::{assert_close, distance};
use crate::common::engine;
use crate::common::ensemble::{all_masks, arithmetic_mean, geometric_mean};
use crate::common::masks::{self, Convention, LayerMask};
use crate::common::oracle::{Network, sigmoid, softmax};
use crate::common::problem::{self, Task};

/// A classifier of which one layer, `dropped`, has dropout.
struct Ensemble {
    net: Network,
    widths: Vec<usize>,
    dropped: usize,
    rate: f64,
    x: Vec<f64>,
}

impl Ensemble {
    fn new(widths: &[usize], dropped: usize, rate: f64, seed: u64) -> Self {
        let net = problem::network(widths, Activation::Relu, seed);
        let x = problem::batch(widths, 1, Task::Classes, seed).x.concat();
        Self {
            net,
            widths: widths.to_vec(),
            dropped,
            rate,
            x,
        }
    }

    fn masks(&self, kept: &[u8]) -> Vec<LayerMask> {
        let mut masks = vec![LayerMask::none(); self.net.layers.len()];
        masks[self.dropped] = LayerMask::shared(self.rate, kept);
        masks
    }

    /// Every thinned network's distribution over the classes, with its probability.
    fn members(&self, logits: impl Fn(&[LayerMask]) -> Vec<f64>) -> Vec<(f64, Vec<f64>)> {
        let masks = all_masks(self.widths[self.dropped], self.rate).into_iter();
        masks
            .map(|(share, kept)| (share, softmax(&logits(&self.masks(&kept)))))
            .collect()
    }

    fn engine_members(&self) -> Vec<(f64, Vec<f64>)> {
        let net = engine::network(&self.net);
        self.members(|masks| {
            let masks = masks::to_engine(masks, &self.widths);
            engine::outputs(&net, &vec![self.x.clone()], Pass::Thinned(&masks)).concat()
        })
    }

    fn engine_full(&self) -> Vec<f64> {
        softmax(
            &engine::outputs(
                &engine::network(&self.net),
                &vec![self.x.clone()],
                Pass::Full,
            )
            .concat(),
        )
    }

    fn oracle_members(&self, convention: Convention) -> Vec<(f64, Vec<f64>)> {
        self.members(|masks| {
            self.net.outputs(
                &self.x,
                &convention.thinned_factors(masks, &self.widths, 1)[0],
            )
        })
    }

    fn oracle_full(&self, convention: Convention) -> Vec<f64> {
        let mut rates = vec![0.0; self.net.layers.len()];
        rates[self.dropped] = self.rate;
        softmax(&self.net.outputs(
            &self.x,
            &convention.full_factors(&rates, &self.widths, 1)[0],
        ))
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn dropout_on_the_last_hidden_layer_only_makes_the_geometric_mean_the_full_network(
        seed in 0_u64..1000,
        rate in 0.02..0.95,
    ) {
        let ensemble = Ensemble::new(&[4, 6, 7, 3], 2, rate, seed);
        let mean = geometric_mean(&ensemble.engine_members());
        assert_close(&mean, &ensemble.engine_full(), 2e-5, "engine");
        for convention in [Convention::Inverted, Convention::Original] {
            let mean = geometric_mean(&ensemble.oracle_members(convention));
            assert_close(&mean, &ensemble.oracle_full(convention), 1e-12, "oracle");
        }
    }

    #[test]
    fn one_logistic_units_geometric_mean_is_the_sigmoid_of_its_mean_sum(seed in 0_u64..1000, rate in 0.02..0.95) {
        let widths = [8, 1];
        let net = problem::network(&widths, Activation::Linear, seed);
        let x = problem::batch(&widths, 1, Task::Values, seed).x;
        let engine_net = engine::network(&net);
        let sum = |kept: &[u8]| {
            let masks = masks::to_engine(&[LayerMask::shared(rate, kept)], &widths);
            engine::outputs(&engine_net, &x, Pass::Thinned(&masks))[0][0]
        };
        let sums: Vec<_> = all_masks(8, rate).into_iter().map(|(share, kept)| (share, vec![sum(&kept)])).collect();
        let outputs: Vec<_> = sums.iter().map(|(share, s)| (*share, vec![sigmoid(s[0]), sigmoid(-s[0])])).collect();
        let mean_sum = arithmetic_mean(&sums)[0];
        let nwgm = geometric_mean(&outputs)[0];
        assert_close(&[nwgm], &[sigmoid(mean_sum)], 1e-12, "NWGM(O) = sigmoid(E[S])");
        // With inverted scaling the mean sum is that of the full pass.
        let full = engine::outputs(&engine_net, &x, Pass::Full)[0][0];
        assert!((mean_sum - full).abs() < 1e-5, "E[S] is {mean_sum}, the full pass gives {full}");
    }
}

/// Between the geometric mean and the full network, with dropout two layers below the softmax: the engine's gap, and
/// the exact one.
fn gaps_below(activation: Activation, rate: f64, seed: u64) -> [f64; 2] {
    let mut ensemble = Ensemble::new(&[4, 6, 7, 3], 1, rate, seed);
    ensemble.net.activation = activation;
    let exact = ensemble.oracle_members(Convention::Inverted);
    [
        distance(
            &geometric_mean(&ensemble.engine_members()),
            &ensemble.engine_full(),
        ),
        distance(
            &geometric_mean(&exact),
            &ensemble.oracle_full(Convention::Inverted),
        ),
    ]
}

#[test]
fn dropout_below_a_relu_leaves_a_gap_between_the_geometric_mean_and_the_full_network() {
    for rate in [0.2, 0.5, 0.8] {
        let gaps: Vec<_> = (0..10)
            .map(|seed| gaps_below(Activation::Relu, rate, seed))
            .collect();
        for (seed, [gap, exact]) in gaps.iter().enumerate() {
            assert!(
                (gap - exact).abs() < 1e-5,
                "rate {rate}, network {seed}: {gap}, and exactly {exact}"
            );
        }
        let mean_gap = gaps.iter().map(|[gap, _]| gap / 10.0).sum::<f64>();
        assert!(mean_gap > 0.01, "rate {rate}: a gap of {mean_gap} only");
    }
}

#[test]
fn dropout_below_a_linear_layer_leaves_no_gap() {
    for rate in [0.2, 0.5, 0.8] {
        for seed in 0..10 {
            let [gap, exact] = gaps_below(Activation::Linear, rate, seed);
            assert!(
                gap < 2e-5 && exact < 1e-12,
                "rate {rate}, network {seed}: {gap}, and exactly {exact}"
            );
        }
    }
}

#[test]
fn the_arithmetic_mean_is_not_the_full_network_even_on_the_last_hidden_layer() {
    for (seed, rate) in [(1, 0.2), (2, 0.5), (3, 0.8)] {
        let ensemble = Ensemble::new(&[4, 6, 7, 3], 2, rate, seed);
        let gap = distance(
            &arithmetic_mean(&ensemble.engine_members()),
            &ensemble.engine_full(),
        );
        assert!(gap > 1e-3, "rate {rate}: a gap of {gap}");
    }
}
