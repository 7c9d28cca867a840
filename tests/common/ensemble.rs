//! The exact ensemble: every one of the 2^n masks of n units with its probability, and the two means over them.

/// All masks of `n_units` units, each with its probability, keep^kept * rate^dropped.
pub(crate) fn all_masks(n_units: usize, rate: f64) -> Vec<(f64, Vec<u8>)> {
    let mask =
        |bits: u32| -> Vec<u8> { (0..n_units).map(|unit| (bits >> unit & 1) as u8).collect() };
    let share = |kept: &u8| if *kept == 1 { 1.0 - rate } else { rate };
    (0..1 << n_units)
        .map(mask)
        .map(|mask| (mask.iter().map(share).product(), mask))
        .collect()
}

/// The weighted arithmetic mean of `members`, each a probability and its vector.
pub(crate) fn arithmetic_mean(members: &[(f64, Vec<f64>)]) -> Vec<f64> {
    let mut mean = vec![0.0; members[0].1.len()];
    for (share, values) in members {
        mean.iter_mut()
            .zip(values)
            .for_each(|(mean, value)| *mean += share * value);
    }
    mean
}

/// The weighted geometric mean of distributions, renormalised so that it sums to 1 (NWGM, [Baldi 2013]).
pub(crate) fn geometric_mean(members: &[(f64, Vec<f64>)]) -> Vec<f64> {
    let logarithms: Vec<_> = members
        .iter()
        .map(|(share, values)| (*share, values.iter().map(|v| v.ln()).collect()))
        .collect();
    let products: Vec<f64> = arithmetic_mean(&logarithms)
        .iter()
        .map(|log| log.exp())
        .collect();
    let sum: f64 = products.iter().sum();
    products.iter().map(|product| product / sum).collect()
}
