//! The exponential function of numbers up to 0, several at once.
//!
//! The one of the standard library is the platform's: it takes one number at a time, and its last bit differs from one
//! platform to the next. This one is plain arithmetic, so the compiler makes vectors of it and every machine gives the same
//! bits.

#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "lanes side by side become vectors only inside a dispatched function, and only in this shape"
)]

use std::f32::consts::LOG2_E;

/// Below this the result would be smaller than the smallest normal number, and slow to go on with.
const LEAST: f32 = -87.3;

/// Added to a number between -2^22 and 2^22 and subtracted again, it rounds it to an integer; in the sum the integer is in
/// the lowest bits.
const ROUNDS: f32 = 1.5 * (1 << 23) as f32;

/// ln 2 in two parts, of which the first has so few digits that its product with a small integer is exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// 1 / k! for k from 7 down to 0: the series of e^r, for |r| up to ln 2 / 2 exact to 5e-9.
const SERIES: [f32; 8] = [
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// e^x of each `x` up to 0, to within 2 units in the last place; 0 where that is below 1.2e-38. What is not a number stays so.
///
/// e^x = 2^n e^r, with the integer n nearest to x / ln 2.
#[inline(always)]
pub fn exp<const N: usize>(x: [f32; N]) -> [f32; N] {
    let mut exps = [0.0; N];
    for i in 0..N {
        let least = if x[i] < LEAST { LEAST } else { x[i] };
        let sum = least * LOG2_E + ROUNDS;
        let n = sum - ROUNDS;
        let r = (least - n * LN_2[0]) - n * LN_2[1];
        let mut series = SERIES[0];
        for coefficient in &SERIES[1..] {
            series = series * r + coefficient;
        }
        let power = f32::from_bits((sum.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
        exps[i] = series * power;
    }
    // A loop of its own: in the other one it would keep the compiler from making vectors.
    for i in 0..N {
        let is_below = u32::from(x[i] < LEAST);
        exps[i] = f32::from_bits(exps[i].to_bits() & is_below.wrapping_sub(1));
    }
    exps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential_to_the_last_bits() {
        let mut worst = 0.0_f64;
        for i in 0..2_000_000 {
            let x = -87.0 * i as f32 / 2_000_000.0;
            let [value] = exp([x]);
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(value) - exact).abs() / exact);
        }
        assert!(worst < 2.0 * f64::from(f32::EPSILON), "{worst:e}");
    }

    #[test]
    fn the_ends_are_exact_enough_and_what_is_no_number_stays() {
        assert_eq!(exp([0.0, -0.0]), [1.0, 1.0]);
        let [nothing, smallest, none] = exp([f32::NEG_INFINITY, LEAST, f32::NAN]);
        assert_eq!(nothing, 0.0);
        assert!(smallest.is_normal() && smallest < 1.3e-38);
        assert!(none.is_nan());
    }
}
