//! How values are distributed, counted in one pass and without knowing how large they will become.

/// Bins on each side of 0.
const N_A_SIDE: usize = 512;

/// The range of a histogram without values, to each side.
const FIRST_REACH: f64 = 1.0 / (1 << 20) as f64;

/// Values counted in equal bins on both sides of 0, over a range that doubles whenever a value leaves it. So the largest value
/// takes more than half of the bins of its side.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    reach: f64,
    counts: Vec<u64>,
}

impl Default for Bins {
    fn default() -> Self {
        Self {
            reach: FIRST_REACH,
            counts: vec![0; 2 * N_A_SIDE],
        }
    }
}

impl Bins {
    /// Counts a value; one that is not finite does not count.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        while value >= self.reach || value < -self.reach {
            self.widen();
        }
        let index = (value / self.width()).floor() + N_A_SIDE as f64;
        self.counts[(index as usize).min(2 * N_A_SIDE - 1)] += 1;
    }

    /// Twice the range: two bins become one.
    fn widen(&mut self) {
        let mut counts = vec![0; 2 * N_A_SIDE];
        for (index, &count) in self.counts.iter().enumerate() {
            counts[N_A_SIDE / 2 + index / 2] += count;
        }
        self.counts = counts;
        self.reach *= 2.0;
    }

    fn width(&self) -> f64 {
        self.reach / N_A_SIDE as f64
    }

    /// Values counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The counts in `n` equal bins from `low` to `high`; what lies beyond falls out. Where the bins of the one lie across those
    /// of the other, counts are shared by length.
    pub fn over(&self, low: f64, high: f64, n: usize) -> Vec<f64> {
        let mut counts = vec![0.0; n];
        let (own, width) = (self.width(), (high - low) / n as f64);
        if width <= 0.0 || !width.is_finite() {
            return counts;
        }
        for (index, &count) in self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            let start = ((index as f64 - N_A_SIDE as f64) * own - low) / width;
            let end = start + own / width;
            let (first, last) = (start.floor().max(0.0) as usize, end.ceil().min(n as f64));
            for (place, sum) in counts
                .iter_mut()
                .enumerate()
                .take(last.max(0.0) as usize)
                .skip(first)
            {
                let inside = end.min(place as f64 + 1.0) - start.max(place as f64);
                *sum += count as f64 * inside.max(0.0) / (end - start);
            }
        }
        counts
    }

    /// The value that `share`, `0..=1`, of all values do not exceed, to the upper end of its bin; `None` without values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = (share * self.total() as f64).ceil().max(1.0) as u64;
        let mut n_so_far = 0;
        let index = self.counts.iter().position(|count| {
            n_so_far += count;
            n_so_far >= wanted
        })?;
        Some((index as f64 + 1.0 - N_A_SIDE as f64) * self.width())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bins(values: &[f64]) -> Bins {
        let mut bins = Bins::default();
        for &value in values {
            bins.add(value);
        }
        bins
    }

    #[test]
    fn counts_over_a_range_are_those_of_the_values_in_it() {
        // Values in the middle of bins that are eight times as wide as the finest can be.
        let values: Vec<f64> = (0..4000)
            .map(|i| f64::from(i % 40) * 0.125 - 1.9375)
            .collect();
        let found = bins(&values).over(-2.0, 3.0, 40);
        for (bin, count) in found.iter().enumerate() {
            assert!((count - 100.0).abs() < 1e-6, "{bin}: {count}");
        }
        let found = bins(&values).over(0.0, 1.0, 2);
        assert!(
            found.iter().all(|count| (count - 400.0).abs() < 1e-6),
            "{found:?}"
        );
    }

    #[test]
    fn what_is_not_finite_does_not_count_and_an_empty_range_has_no_counts() {
        let found = bins(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0]);
        assert_eq!(found.total(), 1);
        for (low, high) in [
            (1.0, 1.0),
            (2.0, 1.0),
            (0.0, f64::NAN),
            (0.0, f64::INFINITY),
        ] {
            assert_eq!(found.over(low, high, 3), [0.0; 3]);
        }
        assert_eq!(bins(&[]).quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn every_value_is_counted_once_and_quantiles_are_its_own_within_a_bin(
            values in prop::collection::vec(prop_oneof![-1.0..1.0_f64, -1e6..1e6_f64, Just(0.0)], 1..200),
            share in 0.0..=1.0_f64,
        ) {
            let found = bins(&values);
            prop_assert_eq!(found.total(), values.len() as u64);
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let rank = ((share * sorted.len() as f64).ceil() as usize).max(1);
            let exact = sorted[rank - 1];
            let reach = sorted.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            let quantile = found.quantile(share).unwrap();
            // Two widths of a bin, whose range is at most twice what is needed.
            let slack = 4.0 * reach.max(FIRST_REACH) / N_A_SIDE as f64;
            prop_assert!(quantile >= exact && quantile <= exact + slack, "{} for {}", quantile, exact);
            let spread: f64 = found.over(-2.1 * reach - 1e-5, 2.1 * reach + 1e-5, 7).iter().sum();
            prop_assert!((spread - values.len() as f64).abs() < 1e-6, "{}", spread);
        }
    }
}
