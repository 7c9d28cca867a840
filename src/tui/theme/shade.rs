//! Arithmetic on colours: mixing, even ramps, contrast, and the way down from RGB to a smaller colour tier.
//!
//! Distances and mixtures are taken in Oklab, where equal steps look equal; the crate `colorgrad` converts.

use colorgrad::{BlendMode, CatmullRomGradient, Gradient, GradientBuilder};
use ratatui::style::Color;

use super::ColorTier;

/// A 24-bit sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rgb([u8; 3]);

impl From<u32> for Rgb {
    /// From `0xrrggbb`.
    fn from(hex: u32) -> Self {
        Self([(hex >> 16) as u8, (hex >> 8) as u8, hex as u8])
    }
}

/// The six levels of one channel of the 256-colour cube.
const CUBE_LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Rgb {
    pub(super) fn of_gradient(color: &colorgrad::Color) -> Self {
        let [r, g, b, _] = color.to_rgba8();
        Self([r, g, b])
    }

    /// The shade of a colour that has a fixed one; named colours have none.
    pub(super) fn of_color(color: Color) -> Option<Self> {
        match color {
            Color::Rgb(r, g, b) => Some(Self([r, g, b])),
            Color::Indexed(index @ 232..) => Some(Self([8 + 10 * (index - 232); 3])),
            Color::Indexed(index @ 16..) => {
                let cube = index - 16;
                Some(Self(
                    [cube / 36, cube / 6 % 6, cube % 6]
                        .map(|level| CUBE_LEVELS[usize::from(level)]),
                ))
            }
            _ => None,
        }
    }

    /// As a terminal of `tier` shows it: unchanged, or the nearest of the 256 colours.
    pub(super) fn in_tier(self, tier: ColorTier) -> Color {
        let Self([r, g, b]) = self;
        match tier {
            ColorTier::TrueColor => Color::Rgb(r, g, b),
            ColorTier::Ansi256 => Color::Indexed(self.nearest_index()),
            ColorTier::Ansi16 | ColorTier::None => Color::Reset,
        }
    }

    /// The nearest of the eight cube colours around it and the grey of its lightness.
    ///
    /// Hue counts double: rounding each channel by itself turns a fading amber pink.
    fn nearest_index(self) -> u8 {
        let below = self
            .0
            .map(|channel| CUBE_LEVELS.partition_point(|&level| level <= channel) as u8 - 1);
        let corner = |bits: u8| {
            let [r, g, b] = [0, 1, 2].map(|i| (below[i] + (bits >> i & 1)).min(5));
            16 + 36 * r + 6 * g + b
        };
        let mean = self
            .0
            .iter()
            .map(|&channel| u32::from(channel))
            .sum::<u32>()
            / 3;
        let grey = 232 + (mean.saturating_sub(3) / 10).min(23) as u8;
        let own = self.oklab();
        let distance = |index: u8| {
            let other = Self::of_color(Color::Indexed(index)).map_or(own, Self::oklab);
            (own[0] - other[0]).powi(2)
                + 4.0 * ((own[1] - other[1]).powi(2) + (own[2] - other[2]).powi(2))
        };
        let candidates = (0..8).map(corner).chain([grey]);
        candidates
            .min_by(|&one, &two| distance(one).total_cmp(&distance(two)))
            .unwrap_or(grey)
    }

    fn for_gradient(self) -> colorgrad::Color {
        let [r, g, b] = self.0;
        colorgrad::Color::from_rgba8(r, g, b, 255)
    }

    fn oklab(self) -> [f64; 3] {
        let [l, a, b, _] = self.for_gradient().to_oklaba();
        [l, a, b].map(f64::from)
    }

    fn of_oklab([l, a, b]: [f64; 3]) -> Self {
        Self::of_gradient(&colorgrad::Color::from_oklaba(
            l as f32, a as f32, b as f32, 1.0,
        ))
    }

    /// How different two colours look: the Euclidean distance in Oklab.
    pub(super) fn distance(self, other: Self) -> f64 {
        let (one, two) = (self.oklab(), other.oklab());
        one.iter()
            .zip(two)
            .map(|(x, y)| (x - y).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    /// The colour that is `share`, `0..=1`, of the way to `other`.
    pub(super) fn mixed(self, other: Self, share: f64) -> Self {
        let (one, two) = (self.oklab(), other.oklab());
        Self::of_oklab([0, 1, 2].map(|i| one[i] + share * (two[i] - one[i])))
    }

    /// Relative luminance, `0..=1` ([WCAG 2.1], "relative luminance").
    fn luminance(self) -> f64 {
        let linear = self.0.map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// Contrast ratio, `1..=21` ([WCAG 2.1], "contrast ratio").
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

/// `n_colors` colours along a smooth curve through `stops`, at equal distances in Oklab.
///
/// Equal shares of each stretch would not do: grey to teal is a shorter way than teal to amber.
pub(super) fn even_ramp(stops: &[u32], n_colors: usize) -> Vec<Rgb> {
    const N_FINE: usize = 2048;
    let stops: Vec<_> = stops
        .iter()
        .map(|&hex| Rgb::from(hex).for_gradient())
        .collect();
    let curve: CatmullRomGradient = GradientBuilder::new()
        .colors(&stops)
        .mode(BlendMode::Oklab)
        .build()
        .expect("palettes have at least two stops");
    let path: Vec<colorgrad::Color> = curve.colors(N_FINE).collect();
    // Before they are rounded to 8 bits: the steps are so fine that rounding would be most of their length.
    let places: Vec<[f32; 4]> = path.iter().map(colorgrad::Color::to_oklaba).collect();
    let mut walked = vec![0.0];
    for pair in places.windows(2) {
        let squares = (0..3).map(|i| f64::from(pair[1][i] - pair[0][i]).powi(2));
        walked.push(walked[walked.len() - 1] + squares.sum::<f64>().sqrt());
    }
    let length = walked[walked.len() - 1];
    (0..n_colors)
        .map(|i| {
            let goal = length * i as f64 / (n_colors - 1).max(1) as f64;
            let place = walked.partition_point(|&so_far| so_far < goal);
            Rgb::of_gradient(&path[place.min(path.len() - 1)])
        })
        .collect()
}

/// The least share of a ramp that lies between two of its `colors` wherever they are `least` or more apart in Oklab; the
/// whole of it where they never are, or have no fixed shades.
pub(super) fn share_apart(colors: &[Color], least: f64) -> f64 {
    let shades: Vec<Rgb> = colors.iter().copied().filter_map(Rgb::of_color).collect();
    let last = colors.len().saturating_sub(1).max(1);
    let is_apart = |step: &usize| {
        let mut pairs = shades.iter().zip(&shades[*step..]);
        pairs.all(|(one, two)| one.distance(*two) >= least)
    };
    let step = (1..shades.len()).find(is_apart).unwrap_or(last);
    step as f64 / last as f64
}

/// `places` in `0..=1` moved so that neighbours are at least `apart`, or as far as all of them can be, in the order that they
/// have; equal ones in the order given. What is apart already stays where it is.
pub(super) fn spread(places: &[f64], apart: f64) -> Vec<f64> {
    let n_gaps = places.len().saturating_sub(1);
    let apart = apart.min(1.0 / n_gaps.max(1) as f64);
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&one, &two| places[one].total_cmp(&places[two]));
    // Less the room that those before need, "apart" becomes "in order": neighbours that are not share their mean.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (rank, &i) in order.iter().enumerate() {
        let mut block = (places[i] - apart * rank as f64, 1);
        while let Some(&(mean, n)) = blocks.last() {
            if mean <= block.0 {
                break;
            }
            blocks.pop();
            let total = n + block.1;
            let sum = mean * n as f64 + block.0 * block.1 as f64;
            block = (sum / total as f64, total);
        }
        blocks.push(block);
    }
    let most = 1.0 - apart * n_gaps as f64;
    let shared = blocks
        .into_iter()
        .flat_map(|(mean, n)| std::iter::repeat_n(mean.clamp(0.0, most.max(0.0)), n));
    let mut spread = vec![0.0; places.len()];
    for ((rank, &i), shared) in order.iter().enumerate().zip(shared) {
        spread[i] = shared + apart * rank as f64;
    }
    spread
}

/// The named grey of about the lightness of `rgb`: the only even scale among the sixteen.
pub(super) fn named_grey(rgb: Rgb) -> Color {
    match rgb.oklab()[0] {
        ..0.4 => Color::Black,
        0.4..0.6 => Color::DarkGray,
        0.6..0.8 => Color::Gray,
        _ => Color::White,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_move_no_further_than_they_must() {
        let cases: [(&[f64], f64, &[f64]); 6] = [
            (&[], 0.1, &[]),
            (&[0.2, 0.5], 0.1, &[0.2, 0.5]),
            (&[0.5, 0.5], 0.1, &[0.45, 0.55]),
            (&[0.6, 0.5], 0.2, &[0.65, 0.45]),
            (&[1.0, 1.0, 0.0], 0.1, &[0.9, 1.0, 0.0]),
            (&[0.0, 0.0, 0.0], 9.0, &[0.0, 0.5, 1.0]),
        ];
        for (places, apart, expected) in cases {
            let found = spread(places, apart);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{places:?}: {found}");
            }
        }
    }

    proptest! {
        #[test]
        fn places_end_up_apart_in_their_order_and_inside(
            places in prop::collection::vec(0.0..=1.0_f64, 0..30),
            apart in 0.0..0.5_f64,
        ) {
            let found = spread(&places, apart);
            let least = apart.min(1.0 / places.len().saturating_sub(1).max(1) as f64);
            for (i, one) in found.iter().enumerate() {
                prop_assert!((-1e-9..=1.0 + 1e-9).contains(one));
                for (k, two) in found.iter().enumerate().skip(i + 1) {
                    prop_assert!((one - two).abs() >= least - 1e-9);
                    prop_assert_eq!(places[i] <= places[k], one <= two);
                }
            }
        }
    }
}
