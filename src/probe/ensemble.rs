//! How many networks is this? The arithmetic of subnetworks, and a count of those that were really drawn.
//!
//! A thinned network is one choice of kept units in all droppable layers together. A layer whose rate is 0 or 1 has no
//! choice and does not count.

use std::f64::consts::{FRAC_PI_2, LOG10_2, LOG10_E};
use std::hash::Hasher;

use cardinality_estimator::CardinalityEstimator;
use rustc_hash::{FxHashSet, FxHasher};
use statrs::function::gamma::ln_gamma;

use crate::nn::{DropRate, Mask, Masks};

/// The arithmetic of the subnetworks of one network (design notes: `n` droppable units, kept with probability `keep`).
#[derive(Debug, Clone, PartialEq)]
pub struct Subnetworks {
    /// Droppable units and their rate; layers of one rate are together.
    groups: Vec<(usize, DropRate)>,
}

impl Subnetworks {
    /// The subnetworks of layers with these numbers of units and rates.
    pub fn new(layers: impl IntoIterator<Item = (usize, DropRate)>) -> Self {
        let mut groups: Vec<(usize, DropRate)> = Vec::new();
        for (n_units, rate) in layers
            .into_iter()
            .filter(|(_, rate)| !rate.is_none() && !rate.is_all())
        {
            match groups.iter_mut().find(|(_, other)| *other == rate) {
                Some((n_together, _)) => *n_together += n_units,
                None => groups.push((n_units, rate)),
            }
        }
        Self { groups }
    }

    /// Units that can be dropped; there are two to the power of this many subnetworks.
    pub fn n_units(&self) -> usize {
        self.groups.iter().map(|(n_units, _)| n_units).sum()
    }

    /// Entropy of a drawn subnetwork in bits, `n H(keep)`; equals [`Self::n_units`] only at rate 0.5.
    pub fn entropy_bits(&self) -> f64 {
        let bits = |share: f64| {
            if share > 0.0 {
                -share * share.log2()
            } else {
                0.0
            }
        };
        self.sum(|rate| bits(rate.keep()) + bits(rate.value()))
    }

    /// Logarithm to base 2 of the number of equally likely subnetworks that would repeat as often: `(keep^2 + rate^2)^-n`.
    pub fn log2_effective(&self) -> f64 {
        self.sum(|rate| -(rate.keep().powi(2) + rate.value().powi(2)).log2())
    }

    /// Logarithm to base 10 of the expected number of draws up to the first repeat: the first two terms of the birthday
    /// problem's series ([Flajolet 1992]), `sqrt(pi / 2 * effective) + 2/3 * (keep^3 + rate^3)^n * effective^2`.
    ///
    /// The second is what a few likely subnetworks add, half of the whole in layers that are small or far from rate 0.5.
    pub fn log10_draws_to_first_repeat(&self) -> f64 {
        let log2_effective = self.log2_effective();
        let log2_of_cubes = self.sum(|rate| (rate.keep().powi(3) + rate.value().powi(3)).log2());
        let log10_of_first = 0.5 * (FRAC_PI_2.log10() + log2_effective * LOG10_2);
        // The second term as a share of the first, which is at most .54: a norm of order 3 is at most that of order 2.
        let second = 2.0 / 3.0 / FRAC_PI_2.sqrt() * (log2_of_cubes + 1.5 * log2_effective).exp2();
        log10_of_first + second.ln_1p() * LOG10_E
    }

    /// Expected number of different subnetworks after `n_draws`: the sum over all subnetworks of the chance to be among
    /// them, `sum over k of C(n, k) (1 - (1 - keep^k rate^(n - k))^m)`.
    pub fn expected_distinct(&self, n_draws: u64) -> f64 {
        let m = n_draws as f64;
        // With m^2 far below the effective number no repeat is expected, and the sum would only add rounding.
        if n_draws < 2 || 2.0 * m.log2() + 40.0 < self.log2_effective() {
            return if self.groups.is_empty() {
                m.min(1.0)
            } else {
                m
            };
        }
        let groups: Vec<Vec<Choice>> = self.groups.iter().map(choices).collect();
        chances(&groups, Choice::ONE, m)
    }

    fn sum(&self, per_unit: impl Fn(DropRate) -> f64) -> f64 {
        self.groups
            .iter()
            .map(|&(n_units, rate)| n_units as f64 * per_unit(rate))
            // An empty sum is -0, which would show.
            .fold(0.0, |sum, part| sum + part)
    }
}

/// Masks of equal chance: the logarithms of how many there are, and of the chance of each.
#[derive(Debug, Clone, Copy)]
struct Choice {
    ln_count: f64,
    ln_chance: f64,
}

impl Choice {
    /// The one mask of no unit.
    const ONE: Self = Self {
        ln_count: 0.0,
        ln_chance: 0.0,
    };

    /// Masks of two groups together.
    fn and(self, other: Self) -> Self {
        Self {
            ln_count: self.ln_count + other.ln_count,
            ln_chance: self.ln_chance + other.ln_chance,
        }
    }

    /// No more than so many of them are among `m` that are drawn, nor of any that they are a part of: as many as there are
    /// expected draws of them.
    fn most(self, m: f64) -> f64 {
        (self.ln_count + self.ln_chance + m.ln()).exp()
    }
}

/// The masks of a group, by how many units they keep.
fn choices(&(n_units, rate): &(usize, DropRate)) -> Vec<Choice> {
    let [ln_keep, ln_drop] = [rate.keep().ln(), rate.value().ln()];
    let choice = |k: usize| Choice {
        ln_count: ln_choose(n_units, k),
        ln_chance: k as f64 * ln_keep + (n_units - k) as f64 * ln_drop,
    };
    (0..=n_units).map(choice).collect()
}

/// The sum over the masks of all `groups` of the chance to be among `m`, given what the groups before them choose.
///
/// Nearly all terms are nothing: at rate .01 nobody meets a mask that keeps half of the units. What could not add a millionth
/// of a millionth is left out, with all that follows from it. Of 1,000 and 2,000 units at rates .01 and .02, some thousand
/// terms are left of two million.
fn chances(groups: &[Vec<Choice>], before: Choice, m: f64) -> f64 {
    const NOTHING: f64 = 1e-12;
    let Some((first, rest)) = groups.split_first() else {
        return (before.ln_count + ln_drawn_at_least_once(before.ln_chance, m)).exp();
    };
    let together = first.iter().map(|choice| before.and(*choice));
    together
        .filter(|choice| choice.most(m) > NOTHING)
        .map(|choice| chances(rest, choice, m))
        .sum()
}

/// `ln(1 - (1 - q)^m)` for `q = exp(ln_q)`, also where `q` is far below what a float can hold.
fn ln_drawn_at_least_once(ln_q: f64, m: f64) -> f64 {
    if ln_q + m.ln() < -30.0 {
        ln_q + m.ln()
    } else {
        (-(m * (-ln_q.exp()).ln_1p()).exp_m1()).ln()
    }
}

fn ln_choose(n: usize, k: usize) -> f64 {
    let ln_factorial = |n: usize| ln_gamma(n as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Different subnetworks that are remembered one by one; beyond that many, their number is estimated.
const EXACT_UP_TO: usize = 1 << 17;

/// Counts the thinned networks that training draws, and how many of them are different.
///
/// A network is recognised by 64 bits of a hash of its mask. Up to 131,072 different ones the count is exact but for
/// chance collisions (below one in two billion); from there on it is an estimate (`HyperLogLog`), whose standard error is 1.6 %.
#[derive(Debug, Clone)]
pub struct MaskCounter {
    rates: Vec<DropRate>,
    n_drawn: u64,
    seen: FxHashSet<u64>,
    /// Whether some are not remembered any more.
    has_forgotten: bool,
    estimator: CardinalityEstimator<u64>,
}

impl Default for MaskCounter {
    fn default() -> Self {
        Self {
            rates: Vec::new(),
            n_drawn: 0,
            seen: FxHashSet::default(),
            has_forgotten: false,
            estimator: CardinalityEstimator::new(),
        }
    }
}

impl MaskCounter {
    /// The bytes of one that has counted `n_drawn` networks, at most.
    pub fn bytes(n_drawn: u64) -> u64 {
        /// Registers of the estimator, six bits each.
        const ESTIMATOR: u64 = 4096 * 6 / 8;
        let n_remembered = n_drawn.min(EXACT_UP_TO as u64);
        // A place for each hash and a byte about it; as many as a power of two, of which an eighth stays free.
        let n_places = (n_remembered * 8 / 7).next_power_of_two();
        n_places * (size_of::<u64>() as u64 + 1) + ESTIMATOR
    }

    /// Counts the thinned networks of one step: one for each row of its masks. When a rate has changed, counting starts
    /// again, because the arithmetic holds for one rate at a time.
    pub fn count(&mut self, masks: &Masks) {
        let layers = masks.layers();
        if !layers.iter().map(Mask::rate).eq(self.rates.iter().copied()) {
            *self = Self {
                rates: layers.iter().map(Mask::rate).collect(),
                ..Self::default()
            };
        }
        let droppable = |mask: &&Mask| !mask.is_none() && !mask.rate().is_all();
        let n_rows = layers
            .iter()
            .filter(droppable)
            .map(Mask::n_rows)
            .max()
            .unwrap_or(0);
        for row in 0..n_rows {
            let hash = layers
                .iter()
                .filter(droppable)
                .fold(0, |hash, mask| hash_row(hash, mask.row(row)));
            self.n_drawn += 1;
            self.estimator.insert_hash(hash);
            if self.is_exact() {
                self.seen.insert(hash);
            }
        }
    }

    /// Thinned networks drawn since the rate last changed.
    pub fn n_drawn(&self) -> u64 {
        self.n_drawn
    }

    /// Different ones among them.
    pub fn n_distinct(&self) -> u64 {
        if self.is_exact() {
            self.seen.len() as u64
        } else {
            (self.estimator.estimate() as u64).min(self.n_drawn)
        }
    }

    /// Whether [`Self::n_distinct`] is a count; otherwise it is an estimate.
    pub fn is_exact(&self) -> bool {
        !self.has_forgotten && self.seen.len() < EXACT_UP_TO
    }

    /// The same count in little memory: with more than `n_most` different networks it is an estimate from here on.
    #[must_use]
    pub fn condensed(&self, n_most: usize) -> Self {
        let forgets = self.has_forgotten || self.seen.len() > n_most;
        Self {
            rates: self.rates.clone(),
            n_drawn: self.n_drawn,
            seen: if forgets {
                FxHashSet::default()
            } else {
                self.seen.clone()
            },
            has_forgotten: forgets,
            estimator: self.estimator.clone(),
        }
    }
}

/// Mixes one row of a mask into a hash.
fn hash_row(hash: u64, row: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(hash);
    hasher.write(row);
    // Its bits are not all equally good, and the estimator needs them all.
    let hash = hasher.finish();
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Key;
    use crate::nn::NoiseShape;
    use crate::nn::mask::{Broadcast, Place};

    fn subnetworks(n_units: usize, rate: f64) -> Subnetworks {
        Subnetworks::new([(n_units, DropRate::new(rate).unwrap())])
    }

    #[test]
    fn distinct_masks_are_those_of_the_reference() {
        assert!((subnetworks(16, 0.2).log2_effective() - 8.9).abs() < 0.05);
        assert_eq!(
            subnetworks(16, 0.5).expected_distinct(65_536).round(),
            41_427.0
        );
        assert_eq!(
            subnetworks(16, 0.2).expected_distinct(65_536).round(),
            10_738.0
        );
        assert_eq!(subnetworks(1024, 0.5).expected_distinct(1_000_000), 1e6);
    }

    /// The expected number of draws up to the first repeat, exactly: the integral over `x > 0` of
    /// `exp(-x)` times the product of `1 + chance x` over all masks ([Flajolet 1992], theorem 2), by Simpson's rule.
    fn exact_draws_to_first_repeat(subnetworks: &Subnetworks) -> f64 {
        // How many masks there are of each chance.
        let mut masks = vec![(1.0, 1.0)];
        for &(n_units, rate) in &subnetworks.groups {
            let of_group = (0..=n_units).map(|k| {
                let chance = rate.keep().powi(k as i32) * rate.value().powi((n_units - k) as i32);
                (ln_choose(n_units, k).exp(), chance)
            });
            let of_group: Vec<(f64, f64)> = of_group.collect();
            let with_one = |&(count, chance): &(f64, f64)| {
                let pairs = of_group.clone().into_iter();
                pairs.map(move |(n, p)| (count * n, chance * p))
            };
            masks = masks.iter().flat_map(with_one).collect();
        }
        // `ln(1 + y) - y`, also where both are the same to all digits.
        let ln_excess = |y: f64| {
            if y < 1e-4 {
                y * y * (y / 3.0 - 0.5)
            } else {
                y.ln_1p() - y
            }
        };
        let integrand = |x: f64| {
            let terms = masks.iter().map(|(n, chance)| n * ln_excess(chance * x));
            terms.sum::<f64>().exp()
        };
        let step = subnetworks.log2_effective().exp2().sqrt() / 100.0;
        let (mut sum, mut x) = (0.0, 0.0);
        loop {
            let part = integrand(x) + 4.0 * integrand(x + step) + integrand(x + 2.0 * step);
            sum += part * step / 3.0;
            x += 2.0 * step;
            if part < 1e-9 {
                return sum;
            }
        }
    }

    #[test]
    fn the_first_repeat_comes_within_a_twentieth_of_where_the_exact_integral_has_it() {
        let rate = |rate| DropRate::new(rate).unwrap();
        let one = [
            (1, 0.5),
            (4, 0.5),
            (16, 0.5),
            (32, 0.5),
            (8, 0.2),
            (16, 0.2),
            (32, 0.2),
            (128, 0.2),
            (16, 0.8),
            (64, 0.95),
            (128, 0.95),
            (256, 0.7),
        ];
        let two = [
            [(4, 0.5), (8, 0.2)],
            [(16, 0.9), (4, 0.7)],
            [(12, 0.95), (16, 0.1)],
        ];
        let cases = one.into_iter().map(|case| vec![case]);
        for layers in cases.chain(two.into_iter().map(Vec::from)) {
            let rates = layers
                .iter()
                .map(|&(n_units, value)| (n_units, rate(value)));
            let subnetworks = Subnetworks::new(rates);
            let repeat = 10_f64.powf(subnetworks.log10_draws_to_first_repeat());
            let off = repeat / exact_draws_to_first_repeat(&subnetworks) - 1.0;
            // The worst of them is 128 units at rate .95, 5.2 % above.
            assert!(off.abs() < 0.055, "{layers:?}: {repeat}, {off} off");
        }
        // Those that were worked out by hand: a coin, and a die of sixteen sides.
        let exact = |n, rate| exact_draws_to_first_repeat(&subnetworks(n, rate));
        assert!((exact(1, 0.5) - 2.5).abs() < 1e-6, "{}", exact(1, 0.5));
        assert!((exact(4, 0.5) - 5.7).abs() < 0.05, "{}", exact(4, 0.5));
    }

    #[test]
    fn entropy_is_n_bits_only_at_one_half() {
        assert_eq!(subnetworks(512, 0.5).entropy_bits(), 512.0);
        assert!((subnetworks(100, 0.2).entropy_bits() - 72.19).abs() < 0.01);
        assert_eq!(
            (subnetworks(9, 0.0).n_units(), subnetworks(9, 1.0).n_units()),
            (0, 0)
        );
    }

    #[test]
    fn layers_of_two_rates_are_the_product_of_both() {
        let rates = [0.5, 0.2].map(|rate| DropRate::new(rate).unwrap());
        let both = Subnetworks::new([(3, rates[0]), (4, rates[1])]);
        assert!(
            (both.entropy_bits()
                - subnetworks(3, 0.5).entropy_bits()
                - subnetworks(4, 0.2).entropy_bits())
            .abs()
                < 1e-9
        );
        assert!((both.expected_distinct(1_000_000_000) - 128.0).abs() < 1e-6);
    }

    #[test]
    fn leaving_out_what_is_nothing_changes_nothing() {
        for (layers, n_draws) in [
            ([(64, 0.01), (96, 0.02)], 5_000_u64),
            ([(200, 0.01), (10, 0.5)], 1_000_000),
            ([(3, 0.5), (150, 0.995)], 300),
        ] {
            let rate = |rate| DropRate::new(rate).unwrap();
            let subnetworks = Subnetworks::new(layers.map(|(n, value)| (n, rate(value))));
            // Every term, with binomial coefficients by products.
            let choose =
                |n: usize, k: usize| (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
            let mut expected = 0.0;
            let [(n, p), (o, q)] = layers;
            for i in 0..=n {
                for j in 0..=o {
                    let chance = p.powi((n - i) as i32)
                        * (1.0 - p).powi(i as i32)
                        * q.powi((o - j) as i32)
                        * (1.0 - q).powi(j as i32);
                    let drawn = -(n_draws as f64 * (-chance).ln_1p()).exp_m1();
                    expected += choose(n, i) * choose(o, j) * drawn;
                }
            }
            let found = subnetworks.expected_distinct(n_draws);
            assert!((found / expected - 1.0).abs() < 1e-9, "{found}, {expected}");
        }
    }

    #[test]
    fn drawn_masks_are_as_distinct_as_expected() {
        let (rate, n_units, n_draws) = (DropRate::new(0.5).unwrap(), 12, 4096);
        let (mut counter, mut masks) = (MaskCounter::default(), Masks::new(vec![Mask::none(); 2]));
        let broadcast = Broadcast::new(&NoiseShape::per_batch(), 1, n_units / 2).unwrap();
        for step in 0..n_draws {
            for (layer_idx, mask) in masks.layers_mut().iter_mut().enumerate() {
                mask.draw(
                    rate,
                    broadcast,
                    [1, n_units / 2],
                    Key::new(5),
                    Place { layer_idx, step },
                );
            }
            counter.count(&masks);
        }
        let expected = subnetworks(n_units, 0.5).expected_distinct(n_draws);
        assert_eq!(counter.n_drawn(), n_draws);
        let distinct = counter.n_distinct() as f64;
        // 4,096 draws of 4,096 masks: 2,589 distinct with a standard deviation of about 20.
        assert!(
            (distinct - expected).abs() < 100.0,
            "{distinct} against {expected}"
        );
    }

    #[test]
    fn one_unit_more_or_less_is_another_network() {
        let rate = DropRate::new(0.5).unwrap();
        let mut counter = MaskCounter::default();
        for unit in 0..200 {
            let mut kept = vec![1; 200];
            kept[unit] = 0;
            let masks = Masks::new(vec![Mask::from_kept(rate, 1, 200, kept)]);
            counter.count(&masks);
            counter.count(&masks);
        }
        assert_eq!((counter.n_drawn(), counter.n_distinct()), (400, 200));
    }

    #[test]
    fn beyond_the_exact_count_the_estimate_takes_over() {
        let rate = DropRate::new(0.5).unwrap();
        let mut counter = MaskCounter::default();
        let n = 300_000_u64;
        for draw in 0..n {
            let kept = (0..20).map(|bit| (draw >> bit & 1) as u8).collect();
            counter.count(&Masks::new(vec![Mask::from_kept(rate, 1, 20, kept)]));
        }
        assert!(!counter.is_exact());
        let off = counter.n_distinct() as f64 / n as f64 - 1.0;
        assert!(off.abs() < 0.05, "{off}");
    }
}
