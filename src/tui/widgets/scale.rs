//! The scale of a picture: which value the full colour stands for, how slowly that changes, and how it is written below.
//!
//! A picture whose scale followed every new number would flicker while nothing of note happens. So its end is one of a few
//! round values, and stays until most of the picture has left it, or until it uses less than half of it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::image::{Inks, Pixel};
use crate::tui::theme::{Role, Theme};

/// The ends that a scale may have, times powers of ten.
const ROUND: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0];

/// The share of the values that a scale must reach.
const SHARE_INSIDE: f64 = 0.99;

/// A scale from 0, or from its negative, to an end that moves in steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlowScale {
    end: f64,
}

impl SlowScale {
    /// The scale for `values`; to 1 where all are 0 or none is finite.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let reach = reach(values).filter(|&reach| reach > 0.0);
        Self {
            end: reach.map_or(1.0, round_above),
        }
    }

    /// The scale for `values` after this one: the same, unless they have left it or fall under half of it.
    #[must_use]
    pub fn following(self, values: impl IntoIterator<Item = f64>) -> Self {
        match reach(values).filter(|&reach| reach > 0.0) {
            Some(reach) if reach > self.end || reach < 0.5 * self.end => Self {
                end: round_above(reach),
            },
            _ => self,
        }
    }

    /// The value of the full colour, above 0.
    pub fn end(self) -> f64 {
        self.end
    }

    /// Where `value` is on the scale: -1 to 1, more beyond its ends.
    pub fn place(self, value: f64) -> f64 {
        value / self.end
    }
}

/// The size that 99 % of the finite `values` do not exceed: the nearest rank.
fn reach(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let sizes = values.into_iter().map(f64::abs);
    let mut sizes: Vec<f64> = sizes.filter(|size| size.is_finite()).collect();
    let rank = (SHARE_INSIDE * sizes.len() as f64).ceil() as usize;
    let index = rank.checked_sub(1)?;
    let (_, &mut reach, _) = sizes.select_nth_unstable_by(index, f64::total_cmp);
    Some(reach)
}

/// The least round value that is not below `size`, above 0.
fn round_above(size: f64) -> f64 {
    let exponent = size.log10().floor() as i32;
    // The logarithm may be off by a rounding: one power below is tried as well, and one above has the last word.
    let candidates = (exponent - 1..=exponent + 1).flat_map(|power| {
        let unit = if power < 0 {
            1.0 / 10_f64.powi(-power)
        } else {
            10_f64.powi(power)
        };
        ROUND.map(|round| round * unit)
    });
    let mut above = candidates.filter(|&round| round >= size && round.is_finite() && round > 0.0);
    above.next().unwrap_or(size)
}

/// What a scale is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Amounts, from nothing to the full hue.
    Amount,
    /// Signed values, nought in the middle.
    Signed,
    /// The map of many values.
    Map,
}

impl Kind {
    /// The pixel that is `share`, `0..=1`, of the way along the scale.
    fn pixel(self, share: f64) -> Pixel {
        match self {
            Self::Amount => Pixel::Amount(share),
            Self::Signed => Pixel::Signed(2.0 * share - 1.0),
            Self::Map => Pixel::Map(share),
        }
    }
}

/// The scale as text for the lower border of a pane: `low`, `n_cells` of its colours or glyphs, `high`. `hue` is the colour
/// of a full amount.
pub fn legend<'a>(
    theme: &Theme,
    kind: Kind,
    hue: Style,
    [low, high]: [&str; 2],
    n_cells: usize,
) -> Line<'a> {
    let inks = Inks::new(theme, hue);
    let dim = theme.style(Role::Dim);
    let mut spans = vec![Span::styled(format!("{low} "), dim)];
    for i in 0..n_cells {
        // Both ends are shown, not the middles of their cells.
        let share = if n_cells > 1 {
            i as f64 / (n_cells - 1) as f64
        } else {
            0.5
        };
        let (glyph, style) = inks.cell(kind.pixel(share));
        spans.push(Span::styled(glyph.to_string(), style));
    }
    spans.push(Span::styled(format!(" {high}"), dim));
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};

    #[test]
    fn a_scale_ends_at_the_next_round_value() {
        let cases = [
            (0.95, 1.0),
            (1.0, 1.0),
            (1.01, 1.5),
            (1.6, 2.0),
            (2.0, 2.0),
            (2.1, 3.0),
            (0.31, 0.5),
            (0.0061, 0.007),
            (0.0071, 0.01),
            (720.0, 1000.0),
            (0.3, 0.3),
            (0.07, 0.07),
            (5e-9, 5e-9),
        ];
        for (value, end) in cases {
            let found = SlowScale::of([value, -value, 0.0]).end();
            assert!((found - end).abs() < 1e-12 * end, "{value}: {found}");
        }
        for values in [vec![], vec![0.0, 0.0], vec![f64::NAN, f64::INFINITY]] {
            assert_eq!(SlowScale::of(values).end(), 1.0);
        }
    }

    #[test]
    fn one_value_in_a_hundred_does_not_move_a_scale() {
        let mut values = vec![0.9; 99];
        values.push(40.0);
        assert_eq!(SlowScale::of(values.clone()).end(), 1.0);
        values.push(40.0);
        assert_eq!(SlowScale::of(values).end(), 50.0);
    }

    #[test]
    fn a_scale_stays_until_it_is_left_or_used_by_less_than_half() {
        let scale = SlowScale::of([2.5]);
        assert_eq!(scale.end(), 3.0);
        for (values, end) in [
            ([3.0], 3.0),
            ([1.5], 3.0),
            ([1.49], 1.5),
            ([3.1], 5.0),
            ([0.0], 3.0),
            ([f64::NAN], 3.0),
        ] {
            assert_eq!(scale.following(values).end(), end, "{values:?}");
        }
    }

    #[test]
    fn both_ends_and_what_is_between_them_are_written_below_a_picture() {
        let text = |kind, tier, glyphs, n_cells| {
            let theme = Theme::built_in("dark", tier, glyphs);
            legend(&theme, kind, theme.rate(0.5), ["-.4", ".4"], n_cells).to_string()
        };
        let cases = [
            (Kind::Amount, Glyphs::Half, "-.4 ·░▒▓█ .4", 5),
            (Kind::Map, Glyphs::Ascii, "-.4 .:+*# .4", 5),
            (Kind::Signed, Glyphs::Half, "-.4 ≡≡=-··░▒▓█ .4", 10),
            (Kind::Signed, Glyphs::Ascii, "-.4 %=.+# .4", 5),
            (Kind::Amount, Glyphs::Half, "-.4  .4", 0),
        ];
        for (kind, glyphs, expected, n_cells) in cases {
            assert_eq!(
                text(kind, ColorTier::None, glyphs, n_cells),
                expected,
                "{kind:?}"
            );
        }
        let theme = Theme::built_in("dark", ColorTier::TrueColor, Glyphs::Half);
        let line = legend(&theme, Kind::Signed, theme.rate(0.5), ["", ""], 7);
        let backgrounds: Vec<_> = line.spans[1..8].iter().map(|span| span.style.bg).collect();
        assert_eq!(backgrounds[0], Some(theme.sign(-1.0)));
        assert_eq!(backgrounds[3], Some(theme.sign(0.0)));
        assert_eq!(backgrounds[6], Some(theme.sign(1.0)));
    }

    proptest! {
        #[test]
        fn a_scale_reaches_its_values_and_is_used(value in 1e-300..1e300_f64) {
            let end = SlowScale::of([value]).end();
            prop_assert!(end >= value && value >= 0.6 * end, "{} {}", value, end);
        }
    }
}
