//! What a palette, as it is written in a file, means for the roles of the screen.

use colorgrad::Gradient;
use ratatui::style::Color;

use super::Role;
use super::shade::{self, Rgb};
use crate::config::library::theme::{MapRamp, NamedColor, Palette, Part};

fn part(role: Role) -> Part {
    match role {
        Role::Text => Part::Text,
        Role::Dim => Part::Dim,
        Role::Bright | Role::Title => Part::Bright,
        Role::Accent | Role::BorderFocused => Part::Accent,
        Role::Border => Part::Border,
        Role::Good => Part::Good,
        Role::Bad => Part::Bad,
        Role::Warn => Part::Warn,
        Role::Selection => Part::Selection,
    }
}

/// The colour of a role.
pub(super) fn rgb(palette: &Palette, role: Role) -> Rgb {
    Rgb::from(palette.color(part(role)))
}

/// The named colour of a role. Text stays the terminal's own, which is readable on its background, be it what it may.
pub(super) fn named(palette: &Palette, role: Role) -> Color {
    match role {
        Role::Dim | Role::Border => Color::DarkGray,
        role => palette.named(part(role)).map_or(Color::Reset, of_named),
    }
}

/// The named colour of a drop rate in `0..=1`.
pub(super) fn named_rate(palette: &Palette, rate: f64) -> Color {
    let last = palette.named_rates.len() - 1;
    of_named(palette.named_rates[((rate * last as f64).round() as usize).min(last)])
}

/// How far apart rates are that have neighbouring named colours.
pub(super) fn step_of_named(palette: &Palette) -> f64 {
    1.0 / (palette.named_rates.len() - 1).max(1) as f64
}

/// The colour of a pixel with nothing to show.
pub(super) fn silent(palette: &Palette) -> Rgb {
    Rgb::from(palette.color(Part::Silent))
}

/// The colour of a pixel that is not there.
pub(super) fn hole(palette: &Palette) -> Rgb {
    Rgb::from(palette.color(Part::Hole))
}

/// `n_colors` colours of the map's ramp, low values first.
pub(super) fn map_colors(palette: &Palette, n_colors: usize) -> Vec<Rgb> {
    let colors = |ramp: &dyn Gradient| {
        ramp.colors(n_colors)
            .map(|color| Rgb::of_gradient(&color))
            .collect()
    };
    match &palette.map {
        MapRamp::Viridis => colors(&colorgrad::preset::viridis()),
        MapRamp::Cividis => colors(&colorgrad::preset::cividis()),
        MapRamp::Stops(stops) => shade::even_ramp(stops, n_colors),
    }
}

fn of_named(NamedColor(index): NamedColor) -> Color {
    const COLORS: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    COLORS[usize::from(index) % COLORS.len()]
}
