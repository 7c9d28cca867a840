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

/// An interval for the mean of `values` that may be looked at after every further value: the chance that it is ever wrong, over
/// all of them, is at most `1 - confidence` for normal values. It is wider than [`t_interval`], which may be looked at once.
///
/// Of the t statistic mixed over a Gaussian of variance g = 1 in units of the spread: Wang and Ramdas (2023), "Anytime-valid
/// t-tests and confidence sequences for Gaussian means with unknown variance", after Lai (1976). `None` where one is not
/// finite, and while there are so few values that the interval has no end.
pub fn sequential_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    const G: f64 = 1.0;
    let spread = standard_deviation(values).filter(|spread| spread.is_finite())?;
    let (n, alpha) = (values.len() as f64, 1.0 - confidence);
    let k = (n + G) * (1.0 - (alpha * alpha * G / (n + G)).powf(1.0 / n));
    if n <= k {
        return None;
    }
    let mean = mean(values);
    let half = spread * (k * (n - 1.0) / (n * (n - k))).sqrt();
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

    /// Half widths in units of the spread, of values with spread 1.
    fn half(interval: fn(&[f64], f64) -> Option<Interval>, n: usize, confidence: f64) -> f64 {
        let raw: Vec<f64> = (0..n).map(|i| i as f64).collect();
        let spread = standard_deviation(&raw).unwrap();
        let values: Vec<f64> = raw.iter().map(|value| value / spread).collect();
        interval(&values, confidence).map_or(f64::INFINITY, |found| (found.high - found.low) / 2.0)
    }

    #[test]
    fn intervals_have_the_published_half_widths() {
        let one_in_three = 1.0 - 0.05 / 3.0;
        for (n, one_look, three_rates, every_look) in [
            (3, 2.48, 4.42, f64::INFINITY),
            (4, 1.59, 2.43, f64::INFINITY),
            (5, 1.24, 1.77, 3.78),
            (6, 1.05, 1.44, 2.22),
            (8, 0.84, 1.11, 1.50),
            (10, 0.72, 0.93, 1.22),
            (20, 0.47, 0.59, 0.77),
        ] {
            let is_close =
                |found: f64, expected: f64| found == expected || (found - expected).abs() < 0.006;
            assert!(is_close(half(t_interval, n, 0.95), one_look), "{n}");
            assert!(
                is_close(half(t_interval, n, one_in_three), three_rates),
                "{n}"
            );
            assert!(
                is_close(half(sequential_interval, n, 0.95), every_look),
                "{n}"
            );
        }
    }

    #[test]
    fn an_interval_for_every_look_is_seldom_wrong_at_any_of_them() {
        let mut draws = crate::math::random::Key::new(5).stream();
        let mut normal = move || {
            use rand::RngExt;
            let sum: f64 = (0..12).map(|_| draws.random::<f64>()).sum();
            sum - 6.0
        };
        let (n_series, n_looks) = (1000, 100);
        let mut ever_wrong = |interval: fn(&[f64], f64) -> Option<Interval>| {
            let is_wrong = |values: &[f64]| {
                let found = interval(values, 0.95);
                found.is_some_and(|found| found.low > 0.0 || found.high < 0.0)
            };
            let wrong = (0..n_series).filter(|_| {
                let values: Vec<f64> = (0..n_looks).map(|_| normal()).collect();
                (5..=n_looks).any(|n| is_wrong(&values[..n]))
            });
            wrong.count() as f64 / f64::from(n_series)
        };
        // 2.6 % are expected; five standard errors of a share of 5 % are .034.
        assert!(ever_wrong(sequential_interval) < 0.05);
        assert!(ever_wrong(t_interval) > 0.2, "looked at again and again");
    }

    #[test]
    fn values_that_are_added_to_an_undecided_interval_raise_the_chance_of_error_to_7_percent_at_most()
     {
        use rand::RngExt;
        let mut draws = crate::math::random::Key::new(6).stream();
        let mut normal = || (0..12).map(|_| draws.random::<f64>()).sum::<f64>() - 6.0;
        let (n_series, n_planned, n_most) = (4000, 5, 64);
        let (mut n_above, mut n_below) = (0, 0);
        for _ in 0..n_series {
            let values: Vec<f64> = (0..n_most).map(|_| normal()).collect();
            let found = (n_planned..=n_most).find_map(|n| {
                let interval = if n == n_planned {
                    t_interval(&values[..n], 0.95)
                } else {
                    sequential_interval(&values[..n], 0.95)
                };
                interval.filter(|found| found.low > 0.0 || found.high < 0.0)
            });
            match found {
                Some(found) if found.low > 0.0 => n_above += 1,
                Some(_) => n_below += 1,
                None => {}
            }
        }
        let share = |n: i32| f64::from(n) / f64::from(n_series);
        // Expected are .069 and .036; two standard errors are .008 and .006.
        let (any, above) = (share(n_above + n_below), share(n_above));
        assert!(any > 0.05 && any < 0.077, "{any}");
        assert!(above < 0.042, "{above}");
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
