//! Pictures: colours of amounts and of signed values, and the glyphs that stand for them where colours do not suffice.
//!
//! An amount belongs to somebody, who has a hue: it is mixed from the background into that hue. A signed value belongs to
//! nobody: it goes from one colour over nearly the background to another, so nought looks like nothing.

use ratatui::style::{Color, Style};

use super::shade::Rgb;
use super::{ColorTier, Role, Theme, palette};
use crate::config::library::theme::Palette;

/// Steps from nothing to the full colour: neighbouring pixels share escape codes, and more steps cannot be told apart.
const N_STEPS: usize = 12;

/// Colours from nothing to a full hue, or from one hue over nothing to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ramp {
    colors: Vec<Color>,
}

impl Ramp {
    /// From the most negative over nought to the most positive: an odd number of colours, so nought has one of its own.
    pub(super) fn of_signs(palette: &Palette, tier: ColorTier) -> Self {
        let [negative, nought, positive] = palette.sign.map(Rgb::from);
        let towards = |end: Rgb| move |step: usize| nought.mixed(end, share(step));
        let below = (1..=N_STEPS).rev().map(towards(negative));
        let above = (0..=N_STEPS).map(towards(positive));
        let colors = below.chain(above).map(|rgb| rgb.in_tier(tier));
        Self {
            colors: colors.collect(),
        }
    }

    /// The colour of `t`, `0..=1` from one end of the ramp to the other; what is outside takes the nearer end, and what is
    /// no number the first.
    pub fn at(&self, t: f64) -> Color {
        let last = self.colors.len() - 1;
        self.colors[(t.clamp(0.0, 1.0) * last as f64).round() as usize]
    }
}

fn share(step: usize) -> f64 {
    step as f64 / N_STEPS as f64
}

impl Theme {
    /// Whether pictures have colours of their own for every value; otherwise they are drawn as [`Theme::amount_glyph`] and
    /// [`Theme::sign_glyph`].
    pub fn has_shades(&self) -> bool {
        self.tier >= ColorTier::Ansi256
    }

    /// The colours of amounts that belong to whatever is drawn in `hue`: from the background into it, in 12 steps.
    pub fn amounts(&self, hue: Style) -> Ramp {
        let color = |full: Rgb| {
            move |step| {
                let mixed = self.background().mixed(full, share(step));
                mixed.in_tier(self.tier)
            }
        };
        let colors = match hue.fg.and_then(Rgb::of_color) {
            Some(full) => (0..=N_STEPS).map(color(full)).collect(),
            None => vec![Color::Reset; N_STEPS + 1],
        };
        Ramp { colors }
    }

    /// The colour of a signed value `t`, `-1..=1`: 12 steps to each side of nought.
    pub fn sign(&self, t: f64) -> Color {
        self.signs.at(if t.is_nan() { 0.5 } else { 0.5 + 0.5 * t })
    }

    /// The colour of a pixel that is there and has nothing to show.
    pub fn silent(&self) -> Color {
        palette::silent(&self.palette).in_tier(self.tier)
    }

    /// The colour of a pixel that is not there.
    pub fn hole(&self) -> Color {
        palette::hole(&self.palette).in_tier(self.tier)
    }

    /// The look of text that stands on `color`: whichever of bright text and the background can be read there.
    pub fn over(&self, color: Color) -> Style {
        let bright = self.style(Role::Bright);
        let behind = self.background();
        let contrast = |text: Option<Color>| {
            let text = text.and_then(Rgb::of_color);
            Rgb::of_color(color)
                .zip(text)
                .map(|(on, text)| text.contrast(on))
        };
        let dark = behind.in_tier(self.tier);
        if contrast(Some(dark)) > contrast(bright.fg) {
            bright.fg(dark).bg(color)
        } else {
            bright.bg(color)
        }
    }

    /// What stands for an amount `t`, `0..=1`, without shades: `·░▒▓█`, in ASCII `.:+*#`.
    pub fn amount_glyph(&self, t: f64) -> char {
        let glyphs = self.amount_glyphs();
        let index = (t.clamp(0.0, 1.0) * glyphs.len() as f64) as usize;
        glyphs[index.min(glyphs.len() - 1)]
    }

    /// What stands for a signed value `t`, `-1..=1`, without shades: an amount where it is positive, and where it is
    /// negative `-=≡` (in ASCII `-=%`), so that signs differ in shape. Values near nought are `·`.
    pub fn sign_glyph(&self, t: f64) -> char {
        let negative = self.glyphs.pick(['-', '=', '≡'], ['-', '=', '%']);
        // A fifth on either side of nought is no sign yet; the rest is as finely divided as three glyphs allow.
        let beyond = (-t - 0.2) / 0.8;
        if beyond <= 0.0 || t.is_nan() {
            return self.amount_glyph(t);
        }
        negative[((beyond * 3.0) as usize).min(2)]
    }

    fn amount_glyphs(&self) -> [char; 5] {
        let ascii = ['.', ':', '+', '*', '#'];
        self.glyphs.pick(['·', '░', '▒', '▓', '█'], ascii)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::library::Kept;
    use crate::tui::theme::Glyphs;

    fn theme(name: &str, tier: ColorTier) -> Theme {
        Theme::built_in(name, tier, Glyphs::Braille)
    }

    fn rgb(color: Color) -> Rgb {
        Rgb::of_color(color).expect("a colour with a fixed shade")
    }

    /// Every built-in theme.
    fn names() -> impl Iterator<Item = &'static str> {
        Palette::BUILT_IN.iter().map(|&(name, _)| name)
    }

    #[test]
    fn an_amount_grows_from_the_background_into_the_hue_in_twelve_steps() {
        for name in names() {
            let theme = theme(name, ColorTier::TrueColor);
            let hue = theme.rate(0.5);
            let ramp = theme.amounts(hue);
            let colors: Vec<Color> = (0..=1200).map(|i| ramp.at(f64::from(i) / 1200.0)).collect();
            assert_eq!(Some(colors[0]), theme.base().bg, "{name}");
            assert_eq!(Some(colors[1200]), hue.fg, "{name}");
            let mut distinct = colors.clone();
            distinct.dedup();
            assert_eq!(distinct.len(), 13, "{name}");
            let ground = rgb(colors[0]);
            let distances: Vec<f64> = distinct
                .iter()
                .map(|&color| rgb(color).distance(ground))
                .collect();
            assert!(distances.is_sorted(), "{name}: {distances:?}");
        }
    }

    #[test]
    fn a_sign_has_its_end_in_the_palette_and_nought_looks_like_nothing() {
        let ends = [
            ("dark", 0x48_82_ff, 0xff_ec_c8),
            ("light", 0x1f_4f_d0, 0x2a_1c_08),
        ];
        for (name, negative, positive) in ends {
            let theme = theme(name, ColorTier::TrueColor);
            assert_eq!(rgb(theme.sign(-1.0)), Rgb::from(negative), "{name}");
            assert_eq!(rgb(theme.sign(1.0)), Rgb::from(positive), "{name}");
            assert_eq!(theme.sign(-7.0), theme.sign(-1.0), "{name}");
            assert_eq!(theme.sign(f64::NAN), theme.sign(0.0), "{name}");
        }
        for name in names() {
            let theme = theme(name, ColorTier::TrueColor);
            let mut colors: Vec<Color> = (-600..=600)
                .map(|i| theme.sign(f64::from(i) / 600.0))
                .collect();
            colors.dedup();
            assert_eq!(colors.len(), 25, "{name}: 12 steps to each side of nought");
            let nought = rgb(theme.sign(0.0));
            let nothing = nought.contrast(theme.background());
            // Greys have no other way: black, grey, white.
            assert!(nothing < 1.2 || name == "mono", "{name}: {nothing:.2}");
            let apart = rgb(theme.sign(-0.5)).distance(rgb(theme.sign(0.5)));
            assert!(
                apart > 0.09,
                "{name}: signs can be told apart at half of the scale, {apart:.3}"
            );
        }
    }

    #[test]
    fn what_is_silent_what_is_not_there_and_what_is_nought_differ() {
        for name in names() {
            let theme = theme(name, ColorTier::TrueColor);
            let (silent, hole) = (rgb(theme.silent()), rgb(theme.hole()));
            assert!(silent.distance(hole) > 0.05, "{name}");
            assert!(
                silent.contrast(theme.background()) < 3.0,
                "{name}: it stays quiet"
            );
        }
    }

    #[test]
    fn colours_of_pictures_stay_in_their_tier() {
        for (tier, is_in_tier) in [
            (
                ColorTier::None,
                (|color| color == Color::Reset) as fn(Color) -> bool,
            ),
            (ColorTier::Ansi16, |color| color == Color::Reset),
            (ColorTier::Ansi256, |color| {
                matches!(color, Color::Indexed(_))
            }),
            (ColorTier::TrueColor, |color| {
                matches!(color, Color::Rgb(..))
            }),
        ] {
            for name in names() {
                let theme = theme(name, tier);
                let ramp = theme.amounts(theme.rate(0.3));
                let places = (0..=50).map(|i| f64::from(i) / 50.0);
                let colors = places.flat_map(|t| [ramp.at(t), theme.sign(2.0 * t - 1.0)]);
                for color in colors.chain([theme.silent(), theme.hole()]) {
                    assert!(is_in_tier(color), "{name} {tier:?} {color:?}");
                }
                assert_eq!(theme.has_shades(), tier >= ColorTier::Ansi256);
            }
        }
    }

    #[test]
    fn text_can_be_read_on_every_colour_of_a_picture() {
        for name in names() {
            let theme = theme(name, ColorTier::TrueColor);
            let ramps = [0.0, 0.5, 1.0].map(|rate| theme.amounts(theme.rate(rate)));
            let places = (0..=24).map(|i| f64::from(i) / 24.0);
            let colors = places.flat_map(|t| {
                let amounts = ramps.iter().map(move |ramp| ramp.at(t));
                amounts.chain([theme.sign(2.0 * t - 1.0), theme.map(t)])
            });
            for color in colors.collect::<Vec<_>>() {
                let style = theme.over(color);
                let contrast = rgb(style.fg.unwrap()).contrast(rgb(style.bg.unwrap()));
                assert!(contrast > 3.9, "{name} {color:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn without_shades_signs_differ_in_shape() {
        for (glyphs, amounts, signs) in [
            (Glyphs::Half, "·░▒▓█", "≡=-··░▒▓█"),
            (Glyphs::Ascii, ".:+*#", "%=-..:+*#"),
        ] {
            let theme = Theme::built_in("dark", ColorTier::None, glyphs);
            let drawn: String = (0..5)
                .map(|i| theme.amount_glyph(0.1 + 0.2 * f64::from(i)))
                .collect();
            assert_eq!(drawn, amounts);
            assert_eq!(theme.amount_glyph(1.0), amounts.chars().last().unwrap());
            let places = [-1.0, -0.6, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 1.0];
            let drawn: String = places.iter().map(|&t| theme.sign_glyph(t)).collect();
            assert_eq!(drawn, signs);
            assert_eq!(theme.sign_glyph(f64::NAN), amounts.chars().next().unwrap());
        }
    }
}
