//! Law 1: E[a~] = E[a] and Var[a~] = a^2 * rate / keep, where a~ = a * d / keep and d is 1 with probability keep.
//!
//! First exactly, over both outcomes of a mask; then by counting what a million draws give.

use dropscope::nn::Dropout;
use ndarray::{ArrayD, IxDyn, array};
use proptest::prelude::*;

use super::cases;
use crate::common::close::assert_close;

/// The activation `a` after dropout at `rate`, with its mask 0 and with its mask 1.
fn outcomes(a: f32, rate: f64) -> [f64; 2] {
    let layer = Dropout::new(rate, None, 1).expect("a rate in 0..1");
    [0, 1].map(|kept| {
        f64::from(layer.apply(array![a].into_dyn().view(), &array![kept].into_dyn())[0])
    })
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn the_mean_over_both_outcomes_is_the_activation(a in -100.0_f32..100.0, rate in 0.0..0.99) {
        let [dropped, kept] = outcomes(a, rate);
        let mean = rate * dropped + (1.0 - rate) * kept;
        assert_close(&[mean], &[f64::from(a)], 1e-6, "mean");
    }

    #[test]
    fn the_variance_over_both_outcomes_is_a_squared_rate_over_keep(a in -100.0_f32..100.0, rate in 0.01..0.99) {
        let [dropped, kept] = outcomes(a, rate);
        let a = f64::from(a);
        let variance = rate * (dropped - a).powi(2) + (1.0 - rate) * (kept - a).powi(2);
        assert_close(&[variance], &[a * a * rate / (1.0 - rate)], 1e-5, "variance");
    }
}

const N: usize = 1_000_000;

/// A million activations of `a` after one training call.
fn sample(a: f32, rate: f64, seed: u64) -> Vec<f64> {
    let layer = Dropout::new(rate, None, seed).expect("a rate in 0..1");
    let mask = layer.mask(&[N], 0).expect("no noise shape");
    layer
        .apply(ArrayD::from_elem(IxDyn(&[N]), a).view(), &mask)
        .iter()
        .copied()
        .map(f64::from)
        .collect()
}

#[test]
fn counts_of_kept_units_are_inside_five_standard_deviations_of_a_million_draws() {
    for (seed, rate) in [0.001, 0.1, 0.2, 0.5, 0.8, 0.9, 0.999]
        .into_iter()
        .enumerate()
    {
        let keep = 1.0 - rate;
        let n_kept = sample(1.0, rate, seed as u64)
            .iter()
            .filter(|&&value| value != 0.0)
            .count();
        let z = (n_kept as f64 - N as f64 * keep) / (N as f64 * keep * rate).sqrt();
        assert!(z.abs() < 5.0, "rate {rate}: z {z}");
    }
}

#[test]
fn mean_and_variance_of_a_million_draws_are_those_of_the_law() {
    for (seed, rate) in [0.1, 0.5, 0.8].into_iter().enumerate() {
        let (a, odds) = (1.5_f64, rate / (1.0 - rate));
        let values = sample(a as f32, rate, 100 + seed as u64);
        let mean = values.iter().sum::<f64>() / N as f64;
        let expected = a * a * odds;
        let z = (mean - a) / (expected / N as f64).sqrt();
        assert!(z.abs() < 5.0, "rate {rate}: z {z}");
        let variance = values.iter().map(|value| (value - a).powi(2)).sum::<f64>() / N as f64;
        assert_close(&[variance], &[expected], 0.01, "variance");
    }
}
