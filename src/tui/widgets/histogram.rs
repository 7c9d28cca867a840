//! A small histogram: bars in eighths of a cell, a mark at one value, the range at both ends.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{bar, put, width_of};
use crate::tui::theme::{Glyphs, Role, Theme};

/// A marked value.
#[derive(Debug, Clone, Copy)]
pub struct Marker<'a> {
    /// Its place between the ends of the range, `0..=1`.
    pub position: f64,
    /// What it is, in a word or two.
    pub label: &'a str,
    /// Its colour.
    pub style: Style,
}

/// The histogram.
#[derive(Debug, Clone)]
pub struct Histogram<'a> {
    theme: &'a Theme,
    counts: &'a [u64],
    style: Style,
    ends: [&'a str; 2],
    marker: Option<Marker<'a>>,
}

impl<'a> Histogram<'a> {
    /// A histogram of equally wide bins with `counts`.
    pub fn new(theme: &'a Theme, counts: &'a [u64], style: Style) -> Self {
        Self {
            theme,
            counts,
            style,
            ends: [""; 2],
            marker: None,
        }
    }

    /// The lower end of the first bin and the upper end of the last, as text.
    #[must_use]
    pub fn ends(mut self, low: &'a str, high: &'a str) -> Self {
        self.ends = [low, high];
        self
    }

    /// A mark below the bars.
    #[must_use]
    pub fn marker(mut self, marker: Option<Marker<'a>>) -> Self {
        self.marker = marker;
        self
    }

    /// Draws bars over the whole width, and below them a row of text if there is a second row and something to say.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let has_text = self.marker.is_some() || self.ends.iter().any(|end| !end.is_empty());
        let n_text_rows = u16::from(has_text && area.height >= 2);
        let bars = Rect {
            height: area.height - n_text_rows,
            ..area
        };
        self.draw_bars(bars, buf);
        if n_text_rows > 0 {
            self.draw_text(
                Rect {
                    y: bars.bottom(),
                    height: 1,
                    ..area
                },
                buf,
            );
        }
    }

    fn draw_bars(&self, area: Rect, buf: &mut Buffer) {
        let heights: Vec<f64> = (0..area.width)
            .map(|column| self.mean_count(column, area.width))
            .collect();
        let tallest = heights.iter().copied().fold(0.0, f64::max);
        let of_tallest: Vec<f64> = heights.iter().map(|height| height / tallest).collect();
        draw_columns(&of_tallest, self.style, self.theme.glyphs(), area, buf);
    }

    /// The mean count of the bins that one column of `width` covers; several columns may share a bin.
    fn mean_count(&self, column: u16, width: u16) -> f64 {
        let n = self.counts.len();
        let (column, width) = (usize::from(column), usize::from(width));
        let first = column * n / width;
        let end = ((column + 1) * n / width).max(first + 1).min(n);
        let bins = self.counts.get(first..end).unwrap_or_default();
        bins.iter().map(|&count| count as f64).sum::<f64>() / bins.len().max(1) as f64
    }

    /// The ends, and over them the marker: its label right of the arrow, or left of it where the right has no room.
    fn draw_text(&self, area: Rect, buf: &mut Buffer) {
        let dim = self.theme.style(Role::Dim);
        let (left, right) = (i32::from(area.left()), i32::from(area.right()));
        let [low, high] = self.ends;
        let high_start = right - i32::from(width_of(high));
        let Some(marker) = self.marker.filter(|marker| marker.position.is_finite()) else {
            put(buf, area, left, area.y, low, dim);
            put(buf, area, high_start, area.y, high, dim);
            return;
        };
        let last = f64::from(area.width.max(1) - 1);
        let arrow = left + (marker.position.clamp(0.0, 1.0) * last).round() as i32;
        let label = i32::from(width_of(marker.label));
        let is_right = arrow + 2 + label <= right;
        let (start, end) = if is_right {
            (arrow, arrow + 2 + label)
        } else {
            (arrow - 1 - label, arrow + 1)
        };
        if left + i32::from(width_of(low)) < start {
            put(buf, area, left, area.y, low, dim);
        }
        if high_start > end {
            put(buf, area, high_start, area.y, high, dim);
        }
        put(
            buf,
            area,
            arrow,
            area.y,
            self.theme.glyphs().pick("▲", "^"),
            marker.style,
        );
        put(
            buf,
            area,
            if is_right { arrow + 2 } else { start },
            area.y,
            marker.label,
            marker.style,
        );
    }
}

/// Columns of cells, `heights` of them from the left, each a share of the area's height, `0..=1`. What is there shows, be it
/// ever so small.
pub(crate) fn draw_columns(
    heights: &[f64],
    style: Style,
    glyphs: Glyphs,
    area: Rect,
    buf: &mut Buffer,
) {
    let n_eighths = f64::from(area.height) * 8.0;
    let columns = heights.iter().take(usize::from(area.width)).enumerate();
    for (column, &height) in columns.filter(|(_, height)| **height > 0.0) {
        let eighths = (height.min(1.0) * n_eighths).round().max(1.0) as usize;
        for up in 0..eighths.div_ceil(8) {
            let symbol = bar(eighths - 8 * up, glyphs);
            let position = (area.x + column as u16, area.bottom() - 1 - up as u16);
            buf[position].set_char(symbol).set_style(style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ColorTier;
    use crate::tui::widgets::tests::rows_of;

    fn drawn(
        glyphs: Glyphs,
        counts: &[u64],
        position: Option<f64>,
        width: u16,
        height: u16,
    ) -> Vec<String> {
        let theme = Theme::built_in("dark", ColorTier::None, glyphs);
        let marker = position.map(|position| Marker {
            position,
            label: "full",
            style: Style::new(),
        });
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        Histogram::new(&theme, counts, Style::new())
            .ends("64", "92 %")
            .marker(marker)
            .draw(area, &mut buf);
        rows_of(&buf)
    }

    #[test]
    fn the_tallest_bar_fills_the_height_and_the_smallest_still_shows() {
        assert_eq!(
            drawn(Glyphs::Half, &[0, 1, 50, 100], None, 8, 3),
            ["      ██", "  ▁▁████", "64  92 %"]
        );
        assert_eq!(drawn(Glyphs::Ascii, &[0, 1, 50, 100], None, 4, 1), [" .:#"]);
        assert_eq!(
            drawn(Glyphs::Half, &[0, 0], None, 8, 2),
            ["        ", "64  92 %"]
        );
        assert_eq!(
            drawn(Glyphs::Half, &[], None, 8, 2),
            ["        ", "64  92 %"]
        );
    }

    #[test]
    fn more_bins_than_columns_are_averaged() {
        assert_eq!(
            drawn(Glyphs::Half, &[4, 4, 0, 4, 0, 0], None, 3, 1),
            ["█▄ "]
        );
    }

    #[test]
    fn the_marker_keeps_its_place_and_the_ends_give_way() {
        let text = |position| drawn(Glyphs::Half, &[1], Some(position), 20, 2)[1].clone();
        assert_eq!(text(0.5), "64        ▲ full    ");
        assert_eq!(text(0.0), "▲ full          92 %");
        assert_eq!(text(1.0), "64            full ▲");
        assert_eq!(text(f64::NAN), "64              92 %");
    }
}
