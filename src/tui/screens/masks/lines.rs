//! The strongest lines between two blocks, as dots: eased, so that bundles part and meet without corners.

use ratatui::style::Style;

use crate::probe::flow::Line;
use crate::tui::app::App;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::canvas::{Canvas, dots_per_cell};

/// Strengths that are told apart.
const N_LEVELS: usize = 5;

/// What a line shows, and where it ends.
pub(super) struct Drawn {
    pub(super) line: Line,
    /// Where it begins and ends, (x, y) in cells from the top left of the canvas.
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
    /// Whether the mask cut it away.
    pub(super) is_cut: bool,
}

/// Draws `lines` on a canvas, the strongest above the others.
pub(super) fn draw(app: &App, lines: &[Drawn], canvas: &mut Canvas) {
    let largest = lines.iter().filter(|drawn| !drawn.is_cut);
    let largest = largest
        .map(|drawn| drawn.line.amount.abs())
        .fold(0.0, f32::max);
    let level = |drawn: &Drawn| {
        let share = f64::from(drawn.line.amount.abs() / largest.max(f32::MIN_POSITIVE));
        ((share.powf(0.6) * N_LEVELS as f64).ceil() as usize).clamp(1, N_LEVELS)
    };
    canvas.begin_layer(cut_style(&app.theme), 0);
    let cut = lines.iter().filter(|drawn| drawn.is_cut);
    cut.for_each(|drawn| trace(app, drawn, true, canvas));
    for strength in 1..=N_LEVELS {
        for is_push in [false, true] {
            canvas.begin_layer(style(&app.theme, is_push, strength), strength as u8);
            let is_it = |drawn: &&Drawn| {
                !drawn.is_cut && (drawn.line.amount > 0.0) == is_push && level(drawn) == strength
            };
            // Where there is no colour, what holds back is drawn in strokes.
            let is_broken = !is_push && !app.theme.has_shades();
            lines
                .iter()
                .filter(is_it)
                .for_each(|drawn| trace(app, drawn, is_broken, canvas));
        }
    }
}

/// How lines look that push or hold back, by their strength from 1 to [`N_LEVELS`].
pub(super) fn style(theme: &Theme, is_push: bool, strength: usize) -> Style {
    if !theme.has_shades() {
        return theme.style(if strength + 1 >= N_LEVELS {
            Role::Bright
        } else {
            Role::Dim
        });
    }
    let share = 0.28 + 0.72 * strength as f64 / N_LEVELS as f64;
    Style::new().fg(theme.sign(if is_push { share } else { -share }))
}

/// How lines look that the mask cut away: hardly to be seen.
pub(super) fn cut_style(theme: &Theme) -> Style {
    if theme.has_shades() {
        Style::new().fg(theme.silent())
    } else {
        theme.style(Role::Border)
    }
}

/// The dots of a line; every second pair of columns is left out of a broken one.
fn trace(app: &App, drawn: &Drawn, is_broken: bool, canvas: &mut Canvas) {
    let (across, down) = dots_per_cell(app.theme.glyphs());
    let column = |x: f64| (x * across as f64).round().max(0.0) as usize;
    let (first, end) = (column(drawn.from.0), column(drawn.to.0));
    let n = end.saturating_sub(first).max(2) - 1;
    let y = |i: usize| {
        let t = i as f64 / n as f64;
        let eased = t * t * (3.0 - 2.0 * t);
        (drawn.from.1 + (drawn.to.1 - drawn.from.1) * eased) * down as f64
    };
    let row = |i: usize| y(i).max(0.0) as usize;
    let mut last = row(0);
    for i in 0..end.saturating_sub(first) {
        let here = row(i.min(n));
        if !is_broken || i / 2 % 2 == 0 {
            // No gap where the line is steep.
            let (low, high) = (here.min(last), here.max(last));
            let rows = if high - low > 1 {
                low + 1..high
            } else {
                here..here
            };
            rows.for_each(|row| canvas.dot(first + i, row));
            canvas.dot(first + i, here);
        }
        last = here;
    }
}
