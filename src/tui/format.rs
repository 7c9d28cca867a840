//! Numbers as text: one function per kind of number, so that the same number reads the same on every screen.
//!
//! Pure functions. Within the range a number usually has, all results have the same width, so that right-aligned
//! columns stand still while training runs. Where a character outside ASCII is used, the glyph set decides.

use super::theme::Glyphs;
use crate::nn::{NoiseShape, drop_rate};

/// What stands for a number that is not there: `–`, or `-` in ASCII.
pub fn missing(glyphs: Glyphs) -> &'static str {
    glyphs.pick("–", "-")
}

/// A value that is no finite number, in words; `None` for a finite one.
fn not_finite(value: f64, glyphs: Glyphs) -> Option<String> {
    match value {
        _ if value.is_finite() => None,
        _ if value.is_nan() => Some(missing(glyphs).to_owned()),
        _ if value < 0.0 => Some(format!("{}{}", minus(glyphs), glyphs.pick("∞", "inf"))),
        _ => Some(glyphs.pick("∞", "inf").to_owned()),
    }
}

fn minus(glyphs: Glyphs) -> &'static str {
    glyphs.pick("−", "-")
}

/// `value >= 0` with three significant digits but no more than three decimals.
///
/// The thresholds lie where rounding would add a digit: 9.995 is `10.0`, not `10.00`.
fn three_digits(value: f64) -> String {
    match value {
        ..1.0 => format!("{value:.3}"),
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        ..9999.5 => format!("{value:.0}"),
        _ => format!("{value:.1e}"),
    }
}

/// A loss in nats, `>= 0`: `0.443`, `1.42`, `12.3`, `1234`, `5.2e7`; `<.001` when it is smaller, but not 0.
pub fn loss(value: f64, glyphs: Glyphs) -> String {
    not_finite(value, glyphs).unwrap_or_else(|| match value {
        _ if value < 0.0 => format!("{}{}", minus(glyphs), three_digits(-value)),
        _ if value > 0.0 && value < 0.0005 => "<.001".to_owned(),
        _ => three_digits(value.abs()),
    })
}

/// R², at most 1: `0.873`, `−0.120`, `−12.3`.
pub fn r2(value: f64, glyphs: Glyphs) -> String {
    not_finite(value, glyphs).unwrap_or_else(|| {
        // What rounds to nothing has no sign.
        let sign = if value <= -0.0005 { minus(glyphs) } else { "" };
        format!("{sign}{}", three_digits(value.abs()))
    })
}

/// A difference with its sign: `+0.656`, `−0.220`.
pub fn gap(value: f64, glyphs: Glyphs) -> String {
    not_finite(value, glyphs).unwrap_or_else(|| {
        // What rounds to nothing has no sign.
        let sign = if value <= -0.0005 { minus(glyphs) } else { "+" };
        format!("{sign}{}", three_digits(value.abs()))
    })
}

/// A difference of any sign, in two digits at least, so that one that is there is never shown as none: `0.311`, `−0.0042`,
/// `0.00042`, `4.2e-7`; 0 is `0`.
pub fn difference(value: f64, glyphs: Glyphs) -> String {
    not_finite(value, glyphs).unwrap_or_else(|| {
        let sign = if value < 0.0 { minus(glyphs) } else { "" };
        let size = match value.abs() {
            0.0 => "0".to_owned(),
            size @ ..0.000_001 => format!("{size:.1e}"),
            size @ ..0.01 => {
                let n_decimals = 1 - size.log10().floor() as i32;
                format!("{size:.*}", n_decimals as usize)
            }
            size => three_digits(size),
        };
        format!("{sign}{size}")
    })
}

/// A share in `0..=1` as a percentage without its sign: `88.0`, `100`.
pub fn percent(share: f64, glyphs: Glyphs) -> String {
    not_finite(share, glyphs).unwrap_or_else(|| {
        let percent = 100.0 * share;
        let sign = if percent <= -0.05 { minus(glyphs) } else { "" };
        let size = percent.abs();
        if size < 99.95 {
            format!("{sign}{size:.1}")
        } else {
            format!("{sign}{size:.0}")
        }
    })
}

/// A spread, `>= 0`, with `n_decimals` as long as it is below 100: `±0.7`, `±1.3e10`; `+-0.7` in ASCII.
pub fn plus_minus(value: f64, n_decimals: usize, glyphs: Glyphs) -> String {
    let size = not_finite(value.abs(), glyphs).unwrap_or_else(|| match value.abs() {
        size @ ..99.5 => format!("{size:.n_decimals$}"),
        size => three_digits(size),
    });
    format!("{}{size}", glyphs.pick("±", "+-"))
}

/// A ratio, `>= 0`: `1.10`, `12.3`.
pub fn ratio(value: f64, glyphs: Glyphs) -> String {
    not_finite(value, glyphs).unwrap_or_else(|| match value.abs() {
        ..9.995 => format!("{value:.2}").replace('-', minus(glyphs)),
        size if value < 0.0 => format!("{}{}", minus(glyphs), three_digits(size)),
        size => three_digits(size),
    })
}

/// A drop rate or keep probability, `0..=1`: `0.50`, `0.995`.
pub fn rate(value: f64) -> String {
    drop_rate::probability(value)
}

/// How many runs of a group are out, in words; `None` where none is: `3 diverged`, `1 failed, 2 diverged`.
pub fn fallen_out(n_failed: usize, n_diverged: usize) -> Option<String> {
    let counts = [(n_failed, "failed"), (n_diverged, "diverged")];
    let words: Vec<String> = counts
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// A count with a comma between thousands: `2,250`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in at most `width` characters if that can be: `2,250`, else `12.4 M`, else `12M`.
pub fn count_within(n: u64, width: usize) -> String {
    let full = count(n);
    if full.len() <= width {
        return full;
    }
    let (mut scaled, mut suffix) = (n as f64, "");
    for next in ["k", "M", "G", "T", "P", "E"] {
        // Where the shorter form would round up to 1000, the next suffix takes over.
        if scaled < 999.5 {
            break;
        }
        (scaled, suffix) = (scaled / 1000.0, next);
    }
    let n_decimals = usize::from(scaled < 99.95);
    let roomy = format!("{scaled:.n_decimals$} {suffix}");
    if roomy.len() <= width {
        roomy
    } else {
        format!("{scaled:.0}{suffix}")
    }
}

/// A power of ten from its logarithm: `10⁷⁷·²`, `1e77.2` in ASCII. Whole exponents below a million have no decimal.
pub fn power_of_ten(log10: f64, glyphs: Glyphs) -> String {
    not_finite(log10, glyphs).unwrap_or_else(|| {
        let text = format!("{log10:.1}");
        let exponent = text.strip_suffix(".0").unwrap_or(&text);
        let exponent = if exponent == "-0" { "0" } else { exponent };
        if glyphs.is_ascii() {
            format!("1e{exponent}")
        } else {
            format!("10{}", superscript(exponent))
        }
    })
}

/// A power of two: `2⁵¹²`, `2^512` in ASCII.
pub fn power_of_two(exponent: u64, glyphs: Glyphs) -> String {
    if glyphs.is_ascii() {
        format!("2^{exponent}")
    } else {
        format!("2{}", superscript(&exponent.to_string()))
    }
}

/// Digits, sign and decimal point raised; there is no raised point, a middle dot stands for it.
fn superscript(text: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    text.chars()
        .map(|c| match c {
            '-' => '⁻',
            '.' => '·',
            _ => c.to_digit(10).map_or(c, |digit| DIGITS[digit as usize]),
        })
        .collect()
}

/// A duration in seconds: `85 ms`, `4.2 s`, `3:24`, `1:02:03`, `5 d 03 h`.
pub fn duration(secs: f64, glyphs: Glyphs) -> String {
    not_finite(secs, glyphs).unwrap_or_else(|| {
        let secs = secs.max(0.0);
        let whole = secs.round() as u64;
        let (minutes, hours) = (whole / 60, whole / 3600);
        match secs {
            ..0.9995 => format!("{:.0} ms", 1000.0 * secs),
            ..59.95 => format!("{secs:.1} s"),
            ..3599.5 => format!("{minutes}:{:02}", whole % 60),
            ..86_399.5 => format!("{hours}:{:02}:{:02}", minutes % 60, whole % 60),
            _ => format!("{} d {:02} h", hours / 24, hours % 24),
        }
    })
}

/// A speed in things per second: `0.42`, `4.2`, `14,310`.
pub fn per_sec(value: f64, glyphs: Glyphs) -> String {
    not_finite(value, glyphs).unwrap_or_else(|| match value.max(0.0) {
        slow @ ..0.995 => format!("{slow:.2}"),
        slow @ ..9.95 => format!("{slow:.1}"),
        fast => count(fast.round() as u64),
    })
}

/// Who shares a mask, in words.
pub fn sharing(noise_shape: &NoiseShape) -> String {
    match noise_shape {
        shape if shape.is_per_batch() => "per batch".to_owned(),
        shape if shape.is_per_sample() => "per sample".to_owned(),
        shape => shape.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const B: Glyphs = Glyphs::Braille;
    const A: Glyphs = Glyphs::Ascii;

    #[test]
    fn a_difference_that_is_there_is_never_shown_as_none() {
        let cases = [
            (0.0, "0"),
            (0.311, "0.311"),
            (-1.374, "−1.37"),
            (0.0095, "0.0095"),
            (-0.0042, "−0.0042"),
            (0.000_421, "0.00042"),
            (0.000_004_21, "0.0000042"),
            (4.2e-7, "4.2e-7"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(difference(value, B), text, "{value}");
        }
    }

    #[test]
    fn losses_keep_three_digits_and_say_when_they_are_no_number() {
        let cases = [
            (0.0, "0.000", "0.000"),
            (0.0004, "<.001", "<.001"),
            (0.0005, "0.001", "0.001"),
            (0.4431, "0.443", "0.443"),
            (1.424, "1.42", "1.42"),
            (9.994, "9.99", "9.99"),
            (9.996, "10.0", "10.0"),
            (99.96, "100", "100"),
            (1234.0, "1234", "1234"),
            (5.23e7, "5.2e7", "5.2e7"),
            (-0.25, "−0.250", "-0.250"),
            (f64::NAN, "–", "-"),
            (f64::INFINITY, "∞", "inf"),
            (f64::NEG_INFINITY, "−∞", "-inf"),
        ];
        for (value, unicode, ascii) in cases {
            assert_eq!(loss(value, B), unicode, "{value}");
            assert_eq!(loss(value, A), ascii, "{value}");
        }
    }

    #[test]
    fn gaps_always_carry_a_sign() {
        let cases = [
            (0.656, "+0.656"),
            (-0.22, "−0.220"),
            (0.0, "+0.000"),
            (-0.0001, "+0.000"),
            (f64::NAN, "–"),
        ];
        for (value, expected) in cases {
            assert_eq!(gap(value, B), expected);
        }
        assert_eq!(gap(-0.22, A), "-0.220");
    }

    #[test]
    fn r2_has_three_decimals_and_a_sign_where_it_is_below_0() {
        let cases = [
            (0.8726, "0.873"),
            (1.0, "1.00"),
            (-0.12, "−0.120"),
            (-0.0001, "0.000"),
            (-12.34, "−12.3"),
        ];
        for (value, expected) in cases {
            assert_eq!(r2(value, B), expected);
        }
        assert_eq!(
            (r2(f64::NAN, A).as_str(), r2(-0.12, A).as_str()),
            ("-", "-0.120")
        );
    }

    #[test]
    fn shares_are_percentages_of_at_most_four_characters() {
        for (share, expected) in [
            (0.88, "88.0"),
            (0.0, "0.0"),
            (1.0, "100"),
            (0.9996, "100"),
            (0.9994, "99.9"),
        ] {
            assert_eq!(percent(share, B), expected);
        }
        assert_eq!(percent(f64::NAN, A), "-");
        assert_eq!(percent(-0.00001, A), "0.0");
    }

    #[test]
    fn spreads_ratios_and_rates_have_fixed_decimals() {
        assert_eq!(plus_minus(0.71, 1, B), "±0.7");
        assert_eq!(plus_minus(0.023, 2, A), "+-0.02");
        assert_eq!(plus_minus(f64::NAN, 2, B), "±–");
        assert_eq!(plus_minus(13.456, 2, B), "±13.46");
        assert_eq!(plus_minus(1.3168e10, 2, B), "±1.3e10");
        assert_eq!(ratio(1.1, B), "1.10");
        assert_eq!(ratio(12.34, B), "12.3");
        assert_eq!(ratio(-2.0, B), "−2.00");
        assert_eq!(rate(0.5), "0.50");
        assert_eq!(rate(1.0), "1.00");
    }

    #[test]
    fn counts_group_thousands_and_shorten_when_too_wide() {
        let full = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (2_250, "2,250"),
            (12_400_000, "12,400,000"),
        ];
        for (n, expected) in full {
            assert_eq!(count(n), expected);
        }
        let short = [
            (12_400_000, 10, "12,400,000"),
            (12_400_000, 7, "12.4 M"),
            (12_400_000, 4, "12M"),
            (999_960, 6, "1.0 M"),
            (123_456, 5, "123 k"),
            (u64::MAX, 8, "18.4 E"),
        ];
        for (n, width, expected) in short {
            assert_eq!(count_within(n, width), expected);
        }
    }

    #[test]
    fn powers_raise_their_exponents_or_spell_them() {
        let tens = [
            (77.2, "10⁷⁷·²", "1e77.2"),
            (-74.0, "10⁻⁷⁴", "1e-74"),
            (6.02, "10⁶", "1e6"),
            (-0.01, "10⁰", "1e0"),
        ];
        for (log10, unicode, ascii) in tens {
            assert_eq!(power_of_ten(log10, B), unicode);
            assert_eq!(power_of_ten(log10, A), ascii);
        }
        assert_eq!(power_of_two(512, B), "2⁵¹²");
        assert_eq!(power_of_two(512, A), "2^512");
        assert_eq!(power_of_ten(f64::INFINITY, B), "∞");
    }

    #[test]
    fn durations_change_their_unit_where_rounding_would_overflow_it() {
        let cases = [
            (0.085, "85 ms"),
            (0.9999, "1.0 s"),
            (4.21, "4.2 s"),
            (59.96, "1:00"),
            (204.0, "3:24"),
            (3599.7, "1:00:00"),
            (3723.0, "1:02:03"),
            (442_800.0, "5 d 03 h"),
            (f64::NAN, "–"),
            (-1.0, "0 ms"),
        ];
        for (secs, expected) in cases {
            assert_eq!(duration(secs, B), expected);
        }
    }

    #[test]
    fn speeds_lose_their_decimals_as_they_grow() {
        let cases = [
            (0.42, "0.42"),
            (4.24, "4.2"),
            (9.96, "10"),
            (14_310.4, "14,310"),
            (f64::NAN, "–"),
            (-3.0, "0.00"),
        ];
        for (value, expected) in cases {
            assert_eq!(per_sec(value, B), expected);
        }
    }

    #[test]
    fn ascii_results_are_ascii() {
        for value in [
            0.0,
            -0.3,
            1e-9,
            1e300,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            let texts = [
                loss(value, A),
                gap(value, A),
                percent(value, A),
                plus_minus(value, 2, A),
                ratio(value, A),
                power_of_ten(value, A),
                duration(value, A),
                per_sec(value, A),
            ];
            for text in texts {
                assert!(text.is_ascii(), "{text}");
            }
        }
    }
}
