//! The drop rate: the probability that a unit is dropped.

use std::fmt;
use std::str::FromStr;

/// The probability that a unit is dropped, in `0..=1`.
///
/// Frameworks and papers disagree on whether the number they name is this one or its complement; here the type
/// settles it, and [`DropRate::keep`] gives the other.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct DropRate(f64);

/// A number that is no probability.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("dropout rate must be between 0 and 1, got {0}")]
pub struct DropRateError(pub String);

impl DropRate {
    /// Nothing is dropped: dropout is the identity.
    pub const NONE: Self = Self(0.0);
    /// Everything is dropped.
    pub const ALL: Self = Self(1.0);

    /// A drop rate, as Keras and `PyTorch` accept it.
    ///
    /// # Errors
    /// If `rate` is below 0, above 1, or not a number.
    pub fn new(rate: f64) -> Result<Self, DropRateError> {
        if (0.0..=1.0).contains(&rate) {
            // `-0.0` is in the range and would print its sign.
            Ok(Self(rate + 0.0))
        } else {
            Err(DropRateError(rate.to_string()))
        }
    }

    /// The nearest drop rate to `rate`; what is not a number becomes no dropout. For keys that step a rate up or down.
    pub fn saturating(rate: f64) -> Self {
        Self(if rate.is_nan() {
            0.0
        } else {
            rate.clamp(0.0, 1.0)
        })
    }

    /// The probability that a unit is dropped, `0..=1`.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The probability that a unit is kept, `1 - rate`.
    pub fn keep(self) -> f64 {
        1.0 - self.0
    }

    /// What kept activations are multiplied by so that their expectation stays: `1 / keep`, and 0 where nothing is kept.
    ///
    /// The reciprocal is rounded once and then multiplied with, as TensorFlow does; against a division the result
    /// may differ in the last bit where `1 / keep` is no exact number.
    pub fn scale(self) -> f32 {
        if self.is_all() {
            0.0
        } else {
            (1.0 / self.keep()) as f32
        }
    }

    /// Whether no unit is ever dropped.
    pub fn is_none(self) -> bool {
        self.0 <= 0.0
    }

    /// Whether every unit is always dropped.
    pub fn is_all(self) -> bool {
        self.0 >= 1.0
    }
}

/// The decimals beyond which rates are the same to the masks, which are drawn from 32 random bits a unit at most.
const MOST_DECIMALS: usize = 10;

/// A drop rate or keep probability, `0..=1`, as text for people: two decimals, or as many more as it has: `0.50`, `0.995`.
///
/// Two that differ read differently, and only 0 and 1 themselves read as 0 and 1.
pub fn probability(value: f64) -> String {
    let full = format!("{value:.MOST_DECIMALS$}");
    let n_zeros = full.len() - full.trim_end_matches('0').len();
    let text = &full[..full.len() - n_zeros.min(MOST_DECIMALS - 2)];
    match text {
        "0.00" if value > 0.0 => format!("{value:e}"),
        "1.00" if value < 1.0 => value.to_string(),
        _ => text.to_owned(),
    }
}

impl fmt::Display for DropRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DropRate {
    type Err = DropRateError;

    fn from_str(text: &str) -> Result<Self, DropRateError> {
        let rate = text
            .trim()
            .parse()
            .map_err(|_| DropRateError(format!("`{text}`")))?;
        Self::new(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_outside_0_to_1_is_refused_with_the_number() {
        for (rate, shown) in [
            (-0.1, "-0.1"),
            (1.1, "1.1"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ] {
            let message = DropRate::new(rate).unwrap_err().to_string();
            assert_eq!(
                message,
                format!("dropout rate must be between 0 and 1, got {shown}")
            );
        }
        for rate in [0.0, 0.3, 1.0, -0.0] {
            assert!(DropRate::new(rate).is_ok(), "{rate}");
        }
    }

    #[test]
    fn a_probability_has_the_digits_that_tell_it_from_others_from_0_and_from_1() {
        let cases = [
            (0.0, "0.00"),
            (0.5, "0.50"),
            (1.0, "1.00"),
            (0.001, "0.001"),
            (0.995, "0.995"),
            (0.999, "0.999"),
            (0.0049, "0.0049"),
            (0.504, "0.504"),
            (0.99999, "0.99999"),
            // What arithmetic leaves behind the tenth decimal is not the rate's.
            (1.0 - 0.995, "0.005"),
            (0.1 + 0.2, "0.30"),
            (1.0 / 3.0, "0.3333333333"),
            (1e-10, "0.0000000001"),
            (1e-12, "1e-12"),
            (2.5e-300, "2.5e-300"),
            (1.0 - 1e-12, "0.999999999999"),
        ];
        for (value, expected) in cases {
            assert_eq!(probability(value), expected);
        }
        let texts: std::collections::HashSet<String> = (0..=10_000)
            .map(|i| probability(f64::from(i) / 1e4))
            .collect();
        assert_eq!(texts.len(), 10_001, "rates that differ read differently");
    }

    #[test]
    fn scale_is_one_over_keep_and_zero_when_nothing_is_kept() {
        assert_eq!(DropRate::new(0.5).unwrap().scale(), 2.0);
        assert_eq!(DropRate::new(0.75).unwrap().scale(), 4.0);
        assert_eq!(DropRate::NONE.scale(), 1.0);
        assert_eq!(DropRate::ALL.scale(), 0.0);
    }
}
