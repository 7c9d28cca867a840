//! Means, spreads and intervals.

use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

/// A mean with a confidence interval around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The arithmetic mean; not a number for an empty slice.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of a sample (divided by n - 1); `None` below two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values);
    let squares = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// Student's interval for the mean of `values`; of paired differences it is the paired t interval.
///
/// `None` below two values, or where one is not finite.
pub fn t_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let spread = standard_deviation(values)?;
    if !spread.is_finite() {
        return None;
    }
    let n = values.len() as f64;
    let quantile = StudentsT::new(0.0, 1.0, n - 1.0)
        .ok()?
        .inverse_cdf(0.5 + confidence / 2.0);
    let mean = mean(values);
    let half = quantile * spread / n.sqrt();
    Some(Interval {
        mean,
        low: mean - half,
        high: mean + half,
    })
}

/// The band that a binomial count of `n` draws with probability `share` stays inside with at least `coverage`.
///
/// Both ends belong to it. Exact up to 10,000 draws, beyond that by the normal approximation, widened to whole counts.
pub fn binomial_band(n: u64, share: f64, coverage: f64) -> (u64, u64) {
    const EXACT_UP_TO: u64 = 10_000;
    let tail = (1.0 - coverage) / 2.0;
    let share = share.clamp(0.0, 1.0);
    if n <= EXACT_UP_TO
        && let Ok(binomial) = Binomial::new(share, n)
    {
        return (binomial.inverse_cdf(tail), binomial.inverse_cdf(1.0 - tail));
    }
    let (mean, spread) = (n as f64 * share, (n as f64 * share * (1.0 - share)).sqrt());
    let half = spread * statrs::distribution::Normal::standard().inverse_cdf(1.0 - tail);
    (
        (mean - half).floor().max(0.0) as u64,
        ((mean + half).ceil() as u64).min(n),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_t_interval_is_the_textbook_one() {
        // t(0.975, 2) = 4.302653; the mean of 1, 2, 3 is 2 with spread 1.
        let interval = t_interval(&[1.0, 2.0, 3.0], 0.95).unwrap();
        assert!(
            (interval.high - (2.0 + 4.302_653 / 3.0_f64.sqrt())).abs() < 1e-5,
            "{interval:?}"
        );
        assert!((interval.low + interval.high - 4.0).abs() < 1e-9);
        assert_eq!(t_interval(&[1.0], 0.95), None);
        assert_eq!(t_interval(&[1.0, f64::NAN], 0.95), None);
    }

    #[test]
    fn the_binomial_band_covers_what_it_says() {
        assert_eq!(binomial_band(100, 0.5, 0.99), (37, 63));
        assert_eq!(binomial_band(0, 0.5, 0.99), (0, 0));
        assert_eq!(binomial_band(50, 0.0, 0.99), (0, 0));
        assert_eq!(binomial_band(50, 1.0, 0.99), (50, 50));
        let (low, high) = binomial_band(1_000_000, 0.5, 0.99);
        assert!(
            (498_711..498_714).contains(&low) && (501_287..501_290).contains(&high),
            "{low} {high}"
        );
    }
}
