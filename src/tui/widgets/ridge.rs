//! A ridge: how often each value was met, as bars in eighths of a cell on a line, and marks on that line.
//!
//! Ridges of one range below each other show how distributions move.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::histogram::draw_columns;
use super::put;
use crate::tui::theme::{Role, Theme};

/// A marked value.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// Its place between the ends of the range, `0..=1`; one that is outside, or no number, is not drawn.
    pub position: f64,
    /// One character.
    pub symbol: &'a str,
    /// Its colour.
    pub style: Style,
}

/// The ridge.
#[derive(Debug, Clone)]
pub struct Ridge<'a> {
    theme: &'a Theme,
    values: &'a [f64],
    range: [f64; 2],
    style: Style,
    tallest: Option<f64>,
    has_smoothing: bool,
    marks: &'a [Mark<'a>],
}

impl<'a> Ridge<'a> {
    /// A ridge of `values`, drawn from one end of `range` to the other; what is outside of it is counted at the ends.
    pub fn new(theme: &'a Theme, values: &'a [f64], range: [f64; 2], style: Style) -> Self {
        Self {
            theme,
            values,
            range,
            style,
            tallest: None,
            has_smoothing: false,
            marks: &[],
        }
    }

    /// Smooths neighbouring columns 1-2-1: few values make a jagged picture.
    #[must_use]
    pub fn smoothed(mut self) -> Self {
        self.has_smoothing = true;
        self
    }

    /// The count of a column, smoothed if it is, that fills the height; without it the tallest column does.
    #[must_use]
    pub fn tallest(mut self, tallest: f64) -> Self {
        self.tallest = Some(tallest);
        self
    }

    /// Marks on the line, the most important first: one whose place is taken stands beside it.
    #[must_use]
    pub fn marks(mut self, marks: &'a [Mark<'a>]) -> Self {
        self.marks = marks;
        self
    }

    /// Draws the line into the last row and the bars above it.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let bars = Rect {
            height: area.height - 1,
            ..area
        };
        let counts = self.counts(usize::from(area.width));
        let tallest = self.tallest.unwrap_or_default();
        let tallest = counts.iter().copied().fold(tallest, f64::max);
        if tallest > 0.0 && bars.height > 0 {
            let heights: Vec<f64> = counts.iter().map(|count| count / tallest).collect();
            draw_columns(&heights, self.style, self.theme.glyphs(), bars, buf);
        }
        self.draw_line(area, buf);
    }

    /// How many values each of `n` columns has, smoothed if it is to be.
    pub fn counts(&self, n: usize) -> Vec<f64> {
        let mut counts = vec![0.0; n];
        if n == 0 {
            return counts;
        }
        let [low, high] = self.range;
        for &value in self.values.iter().filter(|value| value.is_finite()) {
            let place = (value - low) / (high - low).max(f64::MIN_POSITIVE);
            let column = (place * n as f64).clamp(0.0, (n - 1) as f64) as usize;
            counts[column] += 1.0;
        }
        if self.has_smoothing {
            smooth(&counts)
        } else {
            counts
        }
    }

    fn draw_line(&self, area: Rect, buf: &mut Buffer) {
        let y = area.bottom() - 1;
        let line = self.theme.glyphs().pick("─", "-");
        let line = line.repeat(usize::from(area.width));
        let left = i32::from(area.left());
        put(buf, area, left, y, &line, self.theme.style(Role::Border));
        let mut taken: Vec<i32> = Vec::new();
        let last = f64::from(area.width - 1);
        for mark in self.marks {
            if !(0.0..=1.0).contains(&mark.position) {
                continue;
            }
            let exact = mark.position * last;
            let wanted = exact.round() as i32;
            let side = if exact < f64::from(wanted) { -1 } else { 1 };
            let places = [wanted, wanted + side, wanted - side];
            let free = places
                .into_iter()
                .find(|place| !taken.contains(place) && (0..i32::from(area.width)).contains(place));
            let Some(place) = free else {
                continue;
            };
            taken.push(place);
            put(buf, area, left + place, y, mark.symbol, mark.style);
        }
    }
}

/// Each count and its neighbours, 1-2-1; the ends have themselves for the neighbour they lack, so that the sum stays.
fn smooth(counts: &[f64]) -> Vec<f64> {
    let at = |idx: usize| counts[idx.min(counts.len() - 1)];
    let smoothed = |idx: usize| {
        let before = at(idx.saturating_sub(1));
        0.25 * before + 0.5 * at(idx) + 0.25 * at(idx + 1)
    };
    (0..counts.len()).map(smoothed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};
    use crate::tui::widgets::tests::rows_of;

    fn drawn(
        ridge: impl Fn(&Theme, Rect, &mut Buffer),
        glyphs: Glyphs,
        height: u16,
    ) -> Vec<String> {
        let theme = Theme::built_in("dark", ColorTier::None, glyphs);
        let area = Rect::new(0, 0, 8, height);
        let mut buf = Buffer::empty(area);
        ridge(&theme, area, &mut buf);
        rows_of(&buf)
    }

    const VALUES: [f64; 7] = [0.1, 2.5, 2.5, 2.6, 2.9, 4.0, 9.0];

    fn plain(theme: &Theme, area: Rect, buf: &mut Buffer) {
        Ridge::new(theme, &VALUES, [0.0, 8.0], Style::new()).draw(area, buf);
    }

    #[test]
    fn bars_stand_on_a_line_and_what_is_outside_is_at_the_ends() {
        assert_eq!(drawn(plain, Glyphs::Half, 2), ["▂ █ ▂  ▂", "────────"]);
        assert_eq!(drawn(plain, Glyphs::Ascii, 2), [". # .  .", "--------"]);
        assert_eq!(drawn(plain, Glyphs::Half, 1), ["────────"]);
        assert_eq!(
            drawn(plain, Glyphs::Half, 3),
            ["  █     ", "▄ █ ▄  ▄", "────────"]
        );
    }

    #[test]
    fn smoothing_moves_a_quarter_to_each_side_and_loses_nothing() {
        let theme = Theme::built_in("dark", ColorTier::None, Glyphs::Half);
        let ridge = Ridge::new(&theme, &VALUES, [0.0, 8.0], Style::new()).smoothed();
        let counts = ridge.counts(8);
        assert_eq!(counts, [0.75, 1.25, 2.0, 1.25, 0.5, 0.25, 0.25, 0.75]);
        assert!((counts.iter().sum::<f64>() - 7.0).abs() < 1e-12);
    }

    #[test]
    fn ridges_of_one_scale_are_as_tall_as_their_counts() {
        let ridge = |theme: &Theme, area: Rect, buf: &mut Buffer| {
            let ridge = Ridge::new(theme, &VALUES, [0.0, 8.0], Style::new());
            ridge.tallest(8.0).draw(area, buf);
        };
        assert_eq!(drawn(ridge, Glyphs::Half, 2), ["▁ ▄ ▁  ▁", "────────"]);
    }

    #[test]
    fn a_mark_whose_place_is_taken_stands_beside_it_and_none_is_drawn_outside() {
        let ridge = |theme: &Theme, area: Rect, buf: &mut Buffer| {
            let mark = |position, symbol| Mark {
                position,
                symbol,
                style: Style::new(),
            };
            let marks = [
                mark(0.5, "o"),
                mark(0.52, "^"),
                mark(1.0, "T"),
                mark(1.1, "x"),
                mark(f64::NAN, "x"),
            ];
            let ridge = Ridge::new(theme, &[], [0.0, 8.0], Style::new());
            ridge.marks(&marks).draw(area, buf);
        };
        assert_eq!(drawn(ridge, Glyphs::Half, 1), ["───^o──T"]);
        assert_eq!(drawn(ridge, Glyphs::Half, 2), ["        ", "───^o──T"]);
    }

    #[test]
    fn no_room_and_no_values_are_no_reason_to_panic() {
        let theme = Theme::built_in("dark", ColorTier::None, Glyphs::Half);
        let mut buf = Buffer::empty(Rect::new(0, 0, 3, 2));
        let ridge = Ridge::new(&theme, &[1.0, f64::NAN], [1.0, 1.0], Style::new()).smoothed();
        for (width, height) in [(0, 0), (1, 1), (3, 2), (9, 9)] {
            ridge.draw(Rect::new(0, 0, width, height), &mut buf);
        }
        assert_eq!(ridge.counts(0), [0.0; 0]);
    }
}
