//! Values against a band: a row of small bars, and a sign of its own shape and colour where a value lies outside.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::bar;
use crate::tui::theme::{Role, Theme};

/// How a value lies to the band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Inside,
    Above,
}

/// Values, one per column of a picture above, and the band they are held against.
#[derive(Debug, Clone)]
pub struct Band<'a> {
    theme: &'a Theme,
    values: &'a [f64],
    low: f64,
    high: f64,
    style: Style,
    first: usize,
    n_per_cell: usize,
}

impl<'a> Band<'a> {
    /// `values` against the band from `low` to `high`, both inside.
    pub fn new(theme: &'a Theme, values: &'a [f64], low: f64, high: f64, style: Style) -> Self {
        Self {
            theme,
            values,
            low,
            high,
            style,
            first: 0,
            n_per_cell: 1,
        }
    }

    /// The first value shown and how many share a cell, to stand below a picture of the same columns. Of the values in
    /// one cell, one outside the band wins over all inside it.
    #[must_use]
    pub fn window(mut self, first: usize, n_per_cell: usize) -> Self {
        self.first = first;
        self.n_per_cell = n_per_cell.max(1);
        self
    }

    /// How many of all values lie outside the band. NaN does.
    pub fn n_outside(&self) -> usize {
        self.values
            .iter()
            .filter(|&&value| self.side(value) != Side::Inside)
            .count()
    }

    fn side(&self, value: f64) -> Side {
        match value {
            _ if value > self.high => Side::Above,
            _ if value >= self.low => Side::Inside,
            _ => Side::Below,
        }
    }

    /// Draws one bar per cell from the bottom of `area`; the band reaches from an eighth to the full height.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let shown = self.values.get(self.first..).unwrap_or_default();
        for (column, values) in shown
            .chunks(self.n_per_cell)
            .take(area.width.into())
            .enumerate()
        {
            let x = area.x + column as u16;
            let sides = values.iter().map(|&value| self.side(value));
            match sides.into_iter().find(|&side| side != Side::Inside) {
                Some(side) => self.draw_outlier(side, x, area, buf),
                None => self.draw_bar(values, x, area, buf),
            }
        }
    }

    fn draw_outlier(&self, side: Side, x: u16, area: Rect, buf: &mut Buffer) {
        let glyphs = self.theme.glyphs();
        let (symbol, y) = match side {
            Side::Above => (glyphs.pick('▲', '^'), area.top()),
            _ => (glyphs.pick('▼', 'v'), area.bottom() - 1),
        };
        buf[(x, y)]
            .set_char(symbol)
            .set_style(self.theme.style(Role::Bad));
    }

    fn draw_bar(&self, values: &[f64], x: u16, area: Rect, buf: &mut Buffer) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let share = (mean - self.low) / (self.high - self.low);
        // A band without width, or without end, has all its values in the middle.
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.5
        };
        let most = f64::from(area.height) * 8.0;
        let eighths = (1.0 + share * (most - 1.0)).round() as usize;
        for up in 0..eighths.div_ceil(8) {
            let symbol = bar(eighths - 8 * up, self.theme.glyphs());
            buf[(x, area.bottom() - 1 - up as u16)]
                .set_char(symbol)
                .set_style(self.style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};
    use crate::tui::widgets::tests::rows_of;

    const VALUES: [f64; 6] = [40.0, 50.0, 60.0, 39.9, 60.1, f64::NAN];

    fn drawn(band: &Band, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        band.draw(area, &mut buf);
        buf
    }

    #[test]
    fn values_outside_the_band_differ_in_shape_and_in_style() {
        for (glyphs, expected) in [(Glyphs::Braille, "▁▅█▼▲▼"), (Glyphs::Ascii, ".|#v^v")]
        {
            let theme = Theme::built_in("dark", ColorTier::TrueColor, glyphs);
            let band = Band::new(&theme, &VALUES, 40.0, 60.0, theme.rate(0.5));
            let buf = drawn(&band, 6, 1);
            assert_eq!(rows_of(&buf), [expected]);
            assert_eq!(Some(buf[(3, 0)].fg), theme.style(Role::Bad).fg);
            assert_eq!(Some(buf[(1, 0)].fg), theme.rate(0.5).fg);
            assert_eq!(band.n_outside(), 3);
        }
    }

    #[test]
    fn one_value_outside_wins_over_its_cell_mates() {
        let theme = Theme::built_in("dark", ColorTier::None, Glyphs::Braille);
        let band = Band::new(&theme, &VALUES, 40.0, 60.0, Style::new()).window(1, 2);
        assert_eq!(rows_of(&drawn(&band, 4, 2)), ["▄   ", "█▼▼ "]);
    }

    #[test]
    fn a_band_without_width_has_its_values_in_the_middle() {
        let theme = Theme::built_in("dark", ColorTier::None, Glyphs::Braille);
        let values = [5.0, 5.0, 6.0];
        assert_eq!(
            rows_of(&drawn(
                &Band::new(&theme, &values, 5.0, 5.0, Style::new()),
                3,
                1
            )),
            ["▅▅▲"]
        );
    }
}
