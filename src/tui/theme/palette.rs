//! The palettes as data: one constant table each, hex colours and their stand-ins among the sixteen named colours.
//!
//! They are constants and not files because only the configuration may parse files, and because a palette that does
//! not read well must fail a test, not a start.

use colorgrad::Gradient;
use ratatui::style::Color;

use super::shade::Rgb;
use super::{Role, ThemeName};

/// The ramp of a continuous map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MapRamp {
    Viridis,
    /// Made for every kind of colour vision; chosen where reading must not fail.
    Cividis,
    Grey,
}

/// All colours of one theme, as `0xrrggbb`.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) background: u32,
    text: u32,
    dim: u32,
    bright: u32,
    accent: u32,
    border: u32,
    good: u32,
    bad: u32,
    warn: u32,
    selection: u32,
    /// Stops of the ramp of drop rates, 0 first.
    pub(super) rates: &'static [u32],
    /// Accent, good, bad and warn where only named colours are shown.
    named: [Color; 4],
    /// Drop rates in equal intervals where only named colours are shown, 0 first.
    named_rates: &'static [Color],
    map: MapRamp,
}

static DARK: Palette = Palette {
    background: 0x0d_0f14,
    text: 0xc4_c8d4,
    dim: 0x80_869a,
    bright: 0xf4_f6fb,
    accent: 0x78_c8dc,
    border: 0x3a_3f4d,
    good: 0x6f_d28c,
    bad: 0xf2_6d78,
    warn: 0xe9_b44c,
    selection: 0x1d_2430,
    rates: &[0xb2_b0cc, 0x5a_c2a8, 0xf2_c14e, 0xf2_7748, 0xe2_4492],
    named: [Color::Cyan, Color::Green, Color::LightRed, Color::Yellow],
    named_rates: &[
        Color::Gray,
        Color::Cyan,
        Color::Green,
        Color::LightYellow,
        Color::LightRed,
        Color::LightMagenta,
    ],
    map: MapRamp::Viridis,
};

static LIGHT: Palette = Palette {
    background: 0xfa_f9f5,
    text: 0x38_3c48,
    dim: 0x6a_6f7e,
    bright: 0x0c_0e14,
    accent: 0x0a_6a8c,
    border: 0xc4_c5c9,
    good: 0x1d_7a3c,
    bad: 0xb4_2334,
    warn: 0x8a_5a00,
    selection: 0xe4_eaf0,
    rates: &[0x60_5e84, 0x1c_6c60, 0x80_5a00, 0xb0_3a18, 0xa0_1870],
    named: [Color::Blue, Color::Green, Color::Red, Color::Magenta],
    named_rates: &[
        Color::DarkGray,
        Color::Blue,
        Color::Cyan,
        Color::Green,
        Color::Red,
        Color::Magenta,
    ],
    map: MapRamp::Viridis,
};

static HIGH_CONTRAST: Palette = Palette {
    background: 0x00_0000,
    text: 0xf0_f0f0,
    dim: 0xb8_b8b8,
    bright: 0xff_ffff,
    accent: 0x5f_e8ff,
    border: 0x8c_8c8c,
    good: 0x5c_ff8a,
    bad: 0xff_8088,
    warn: 0xff_d24a,
    selection: 0x00_3a5c,
    rates: &[0xd2_d0f4, 0x6c_e8c8, 0xf8_d854, 0xff_9458, 0xf0_70c0],
    named: [
        Color::LightCyan,
        Color::LightGreen,
        Color::LightRed,
        Color::LightYellow,
    ],
    named_rates: &[
        Color::White,
        Color::LightCyan,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightRed,
        Color::LightMagenta,
    ],
    map: MapRamp::Cividis,
};

static MONO: Palette = Palette {
    background: 0x10_1010,
    text: 0xc8_c8c8,
    dim: 0x88_8888,
    bright: 0xff_ffff,
    accent: 0xff_ffff,
    border: 0x44_4444,
    good: 0xe8_e8e8,
    bad: 0xff_ffff,
    warn: 0xd8_d8d8,
    selection: 0x2c_2c2c,
    rates: &[0x90_9090, 0xff_ffff],
    named: [Color::White; 4],
    named_rates: &[Color::Gray, Color::White],
    map: MapRamp::Grey,
};

impl Palette {
    pub(super) fn of(name: ThemeName) -> &'static Self {
        match name {
            ThemeName::Dark => &DARK,
            ThemeName::Light => &LIGHT,
            ThemeName::HighContrast => &HIGH_CONTRAST,
            ThemeName::Mono => &MONO,
        }
    }

    pub(super) fn rgb(&self, role: Role) -> u32 {
        match role {
            Role::Text => self.text,
            Role::Dim => self.dim,
            Role::Bright | Role::Title => self.bright,
            Role::Accent | Role::BorderFocused => self.accent,
            Role::Border => self.border,
            Role::Good => self.good,
            Role::Bad => self.bad,
            Role::Warn => self.warn,
            Role::Selection => self.selection,
        }
    }

    /// The named colour of a role. Text stays the terminal's own, which is readable on its background, be it what it may.
    pub(super) fn named(&self, role: Role) -> Color {
        let [accent, good, bad, warn] = self.named;
        match role {
            Role::Text | Role::Bright | Role::Title | Role::Selection => Color::Reset,
            Role::Dim | Role::Border => Color::DarkGray,
            Role::Accent | Role::BorderFocused => accent,
            Role::Good => good,
            Role::Bad => bad,
            Role::Warn => warn,
        }
    }

    /// The named colour of a drop rate in `0..=1`.
    pub(super) fn named_rate(&self, rate: f64) -> Color {
        let last = self.named_rates.len() - 1;
        self.named_rates[((rate * last as f64).round() as usize).min(last)]
    }

    /// How far apart rates are that have neighbouring named colours.
    pub(super) fn step_of_named(&self) -> f64 {
        1.0 / (self.named_rates.len() - 1).max(1) as f64
    }

    /// `n_colors` colours of the map's ramp, low values first.
    pub(super) fn map_colors(&self, n_colors: usize) -> Vec<Rgb> {
        let colors = |ramp: &dyn Gradient| {
            ramp.colors(n_colors)
                .map(|color| Rgb::of_gradient(&color))
                .collect()
        };
        match self.map {
            MapRamp::Viridis => colors(&colorgrad::preset::viridis()),
            MapRamp::Cividis => colors(&colorgrad::preset::cividis()),
            MapRamp::Grey => super::shade::even_ramp(&[0x18_1818, 0xff_ffff], n_colors),
        }
    }
}
