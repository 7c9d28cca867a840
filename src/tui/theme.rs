//! Colours, glyph sets and line styles: the one place that decides how a role or a drop rate looks.
//!
//! A [`Theme`] is built once from a palette, which is a file read by `config`, a colour tier and a glyph set; every style it hands out is already in
//! that tier, because ratatui passes RGB through to terminals that cannot show it. Nothing here knows a widget, a
//! screen or a network, and nothing reads the environment itself: the caller passes it in.

pub(super) mod detect;
mod palette;
mod ramp;
mod shade;

use std::fmt;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use crate::config::library::theme::{Palette, Part};
pub use ramp::Ramp;
use shade::Rgb;

/// How many colours the terminal shows, from fewest to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColorTier {
    /// No colour at all: only bold, dim, reversed and underlined.
    None,
    /// The sixteen named colours, whose exact shade the terminal's own scheme decides.
    Ansi16,
    /// The fixed palette of 256: a 6x6x6 cube and 24 greys.
    Ansi256,
    /// 24-bit RGB.
    TrueColor,
}

/// The characters that curves and masks are drawn with, from finest to plainest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyphs {
    /// Solid 2x4 mosaics (Unicode 16); few terminals draw them.
    Octant,
    /// 2x4 dots; nearly every font has them.
    Braille,
    /// Upper and lower half blocks, 1x2.
    Half,
    /// Printable ASCII only, for everything on screen.
    Ascii,
}

impl Glyphs {
    /// All glyph sets, in the order in which a key turns through them.
    pub const ALL: [Self; 4] = [Self::Octant, Self::Braille, Self::Half, Self::Ascii];

    /// Whether only printable ASCII may be drawn.
    pub fn is_ascii(self) -> bool {
        self == Self::Ascii
    }

    /// `unicode`, or `ascii` where only ASCII may be drawn.
    pub fn pick<T>(self, unicode: T, ascii: T) -> T {
        if self.is_ascii() { ascii } else { unicode }
    }

    /// The next glyph set, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Octant => Self::Braille,
            Self::Braille => Self::Half,
            Self::Half => Self::Ascii,
            Self::Ascii => Self::Octant,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Octant => "octant",
            Self::Braille => "braille",
            Self::Half => "half",
            Self::Ascii => "ascii",
        }
    }
}

/// A word that names no glyph set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of: {choices}")]
pub struct UnknownWord {
    word: String,
    choices: String,
}

impl FromStr for Glyphs {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let words = Self::ALL.map(Self::word);
        let found = Self::ALL.into_iter().find(|glyphs| glyphs.word() == word);
        found.ok_or_else(|| UnknownWord {
            word: word.to_owned(),
            choices: words.join(", "),
        })
    }
}

impl fmt::Display for Glyphs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a piece of the screen is, as far as its look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Labels, units of measure, axis numbers.
    Dim,
    /// The numbers that matter.
    Bright,
    /// Focus and keys: the one accent.
    Accent,
    /// Pane borders and axis lines.
    Border,
    /// The border of the focused pane.
    BorderFocused,
    /// A claim that holds, a training that runs.
    Good,
    /// A failure, a value outside its band.
    Bad,
    /// Undecided, paused, about to matter.
    Warn,
    /// The selected row: patch it over the row once its text is there.
    Selection,
    /// The title of a pane.
    Title,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Dim,
        Self::Bright,
        Self::Accent,
        Self::Border,
        Self::BorderFocused,
        Self::Good,
        Self::Bad,
        Self::Warn,
        Self::Selection,
        Self::Title,
    ];

    /// What tells the role when colour does not, or not alone.
    fn modifier(self, tier: ColorTier) -> Modifier {
        let is_plain = tier == ColorTier::None;
        match self {
            Self::Bright | Self::Title => Modifier::BOLD,
            Self::Accent | Self::BorderFocused | Self::Good if is_plain => Modifier::BOLD,
            Self::Bad if is_plain => Modifier::BOLD | Modifier::UNDERLINED,
            Self::Warn if is_plain => Modifier::UNDERLINED,
            Self::Dim | Self::Border if is_plain => Modifier::DIM,
            Self::Selection if tier <= ColorTier::Ansi16 => Modifier::REVERSED,
            _ => Modifier::empty(),
        }
    }
}

/// How a line is broken, so that lines stay apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineStyle {
    /// Unbroken.
    Solid,
    /// Long strokes.
    Dashed,
    /// Single dots.
    Dotted,
    /// A stroke, a dot, a stroke.
    DashDot,
}

/// How a group of runs looks among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Its colour.
    pub style: Style,
    /// How its lines are broken.
    pub line: LineStyle,
}

/// The line style of the `index`-th line, every four the same.
pub fn line_of(index: usize) -> LineStyle {
    [
        LineStyle::Solid,
        LineStyle::Dashed,
        LineStyle::Dotted,
        LineStyle::DashDot,
    ][index % 4]
}

/// Exactly `modifier` of what styles here are marked with: drawn over a dim border, a bold title must not stay dim.
fn marked(modifier: Modifier) -> Style {
    Style::new()
        .remove_modifier(Modifier::BOLD | Modifier::DIM | Modifier::UNDERLINED)
        .add_modifier(modifier)
}

/// Rates are coloured in steps of .01, the finest step a key changes them by.
const N_RATES: usize = 101;

/// Lines whose colours are as far apart in Oklab can be told apart at a glance.
const APART: f64 = 0.09;

/// Colours that need more than this of the ramp are too many for it. It is more than the whole because `APART` holds where
/// the ramp bends most; spread evenly, colours have more between them.
const CROWDED: f64 = 1.25;

/// Maps are quantised so that neighbouring cells share escape codes; more steps cannot be told apart anyway.
const N_MAP_COLORS: usize = 24;

/// How far a fully aged row goes towards the background; the rest keeps it readable as a pattern.
const MOST_FADED: f64 = 0.68;

/// How much of a colour is left in a shaded background: enough to see, too little to hide text on it.
const SHADE: f64 = 0.24;

/// A palette in one colour tier, with one glyph set.
#[derive(Debug, Clone)]
pub struct Theme {
    name: String,
    tier: ColorTier,
    glyphs: Glyphs,
    palette: Palette,
    rates: Vec<Color>,
    /// How far apart on the ramp of rates two colours must be to be told apart at a glance, as a share of its length.
    apart: f64,
    map: Vec<Color>,
    signs: Ramp,
}

impl Theme {
    /// The built-in theme `name` as a terminal of `tier` shows it.
    ///
    /// # Panics
    /// If none has that name.
    pub fn built_in(name: &str, tier: ColorTier, glyphs: Glyphs) -> Self {
        let palette = Palette::built_in(name).expect("a built-in theme is named");
        Self::new(name, &palette, tier, glyphs)
    }

    /// The theme `name`, of the colours of `palette`, as a terminal of `tier` shows it.
    pub fn new(name: &str, palette: &Palette, tier: ColorTier, glyphs: Glyphs) -> Self {
        let rates = match tier {
            ColorTier::None => vec![Color::Reset; N_RATES],
            ColorTier::Ansi16 => (0..N_RATES)
                .map(|i| palette::named_rate(palette, i as f64 / 100.0))
                .collect(),
            _ => shade::even_ramp(&palette.rates, N_RATES)
                .into_iter()
                .map(|rgb| rgb.in_tier(tier))
                .collect(),
        };
        let map = palette::map_colors(palette, N_MAP_COLORS)
            .into_iter()
            .map(|rgb| match tier {
                ColorTier::None => Color::Reset,
                // The named colours have no even order of lightness, except for the greys.
                ColorTier::Ansi16 => shade::named_grey(rgb),
                _ => rgb.in_tier(tier),
            });
        Self {
            name: name.to_owned(),
            tier,
            glyphs,
            palette: palette.clone(),
            apart: match tier {
                ColorTier::Ansi16 => palette::step_of_named(palette),
                _ => shade::share_apart(&rates, APART),
            },
            rates,
            map: map.collect(),
            signs: Ramp::of_signs(palette, tier),
        }
    }

    /// The same with other glyphs.
    #[must_use]
    pub fn with_glyphs(&self, glyphs: Glyphs) -> Self {
        Self {
            glyphs,
            ..self.clone()
        }
    }

    /// The same as another terminal shows it.
    #[must_use]
    pub fn with_tier(&self, tier: ColorTier) -> Self {
        Self::new(&self.name, &self.palette, tier, self.glyphs)
    }

    /// The palette's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The colour tier that all styles are in.
    pub fn tier(&self) -> ColorTier {
        self.tier
    }

    /// The glyph set.
    pub fn glyphs(&self) -> Glyphs {
        self.glyphs
    }

    /// Whether a colour map says anything; without colour, maps must be drawn as glyphs.
    pub fn has_colors(&self) -> bool {
        self.tier != ColorTier::None
    }

    /// The look of a screen before anything is drawn: the palette's text on its background.
    ///
    /// With few colours the terminal keeps its own background, which its named colours are made for.
    pub fn base(&self) -> Style {
        match self.tier {
            ColorTier::None | ColorTier::Ansi16 => Style::reset(),
            tier => self.style(Role::Text).bg(self.background().in_tier(tier)),
        }
    }

    fn background(&self) -> Rgb {
        Rgb::from(self.palette.color(Part::Background))
    }

    /// The look of `role`.
    pub fn style(&self, role: Role) -> Style {
        let modifier = role.modifier(self.tier);
        // A selection adds to what the row looks like; all other roles replace it.
        let style = if role == Role::Selection {
            Style::new().add_modifier(modifier)
        } else {
            marked(modifier)
        };
        match (self.tier, role) {
            (ColorTier::None, _) => style,
            // Reversed, each text colour would become a patch of background: all are taken back.
            (ColorTier::Ansi16, Role::Selection) => style.fg(Color::Reset).bg(Color::Reset),
            (ColorTier::Ansi16, _) => style.fg(palette::named(&self.palette, role)),
            (tier, Role::Selection) => style.bg(palette::rgb(&self.palette, role).in_tier(tier)),
            (tier, _) => style.fg(palette::rgb(&self.palette, role).in_tier(tier)),
        }
    }

    /// The colour of a drop rate, `0..=1`: from grey-lilac at 0 over teal, amber and orange to crimson at 1, in steps
    /// that look equal. A rate outside the range takes the nearer end, a rate that is no number the colour of 0.
    pub fn rate(&self, rate: f64) -> Style {
        // A NaN becomes 0 in the cast.
        let index = (rate.clamp(0.0, 1.0) * (N_RATES - 1) as f64).round() as usize;
        match self.tier {
            ColorTier::None => marked(Modifier::empty()),
            _ => marked(Modifier::empty()).fg(self.rates[index]),
        }
    }

    /// The looks of drop rates that stand beside each other: each in its colour, as [`Theme::rate`] has it, but for those
    /// that would be hard to tell apart: they move along the ramp, in the order of their rates and as little as they must.
    /// Lines of equal rates, and all lines where colours do not suffice, differ in their strokes as well.
    pub fn looks(&self, rates: &[f64]) -> Vec<Look> {
        let places: Vec<f64> = rates.iter().map(|rate| rate.clamp(0.0, 1.0)).collect();
        let is_crowded = self.apart * rates.len().saturating_sub(1) as f64 > CROWDED;
        let spread = shade::spread(&places, self.apart);
        let line = |i: usize| {
            let is_before = |other: usize| match self.tier {
                ColorTier::None => other < i,
                _ if is_crowded => spread[other] < spread[i],
                _ => other < i && rates[other] == rates[i],
            };
            line_of((0..rates.len()).filter(|&other| is_before(other)).count())
        };
        (0..rates.len())
            .map(|i| Look {
                style: self.rate(spread[i]),
                line: line(i),
            })
            .collect()
    }

    /// `style` as it looks after `age`, from 0 (new) to 1 (about to leave): closer to the background, never gone.
    #[must_use]
    pub fn faded(&self, style: Style, age: f64) -> Style {
        let age = if age.is_nan() {
            0.0
        } else {
            age.clamp(0.0, 1.0)
        };
        match (self.tier, style.fg.and_then(Rgb::of_color)) {
            (ColorTier::Ansi256 | ColorTier::TrueColor, Some(rgb)) => {
                // The 256 colours have few pale shades: in finer steps, the hue would wander as a row fades.
                let age = if self.tier == ColorTier::Ansi256 {
                    (2.0 * age).round() / 2.0
                } else {
                    age
                };
                let faded = rgb.mixed(self.background(), age * MOST_FADED);
                style.fg(faded.in_tier(self.tier))
            }
            _ if age > 0.5 => style.add_modifier(Modifier::DIM),
            _ => style,
        }
    }

    /// A background in a trace of the colour of `style`, for areas that lie behind lines; of that trace the share `strength`, `0..=1`.
    /// `None` where the terminal has too few colours for a trace.
    pub fn shade(&self, style: Style, strength: f64) -> Option<Style> {
        let rgb = style
            .fg
            .and_then(Rgb::of_color)
            .filter(|_| self.tier >= ColorTier::Ansi256)?;
        let shade = rgb.mixed(self.background(), 1.0 - SHADE * strength);
        Some(Style::new().bg(shade.in_tier(self.tier)))
    }

    /// The colour of `t`, `0..=1`, on a continuous map: at most 24 different ones, evenly growing in lightness.
    /// Without colour it is always [`Color::Reset`]; see [`Theme::has_colors`].
    pub fn map(&self, t: f64) -> Color {
        let index = (t.clamp(0.0, 1.0) * N_MAP_COLORS as f64) as usize;
        self.map[index.min(N_MAP_COLORS - 1)]
    }
}

#[cfg(test)]
mod tests;
