//! Numbers and colours in, cells out: the drawing that every screen shares.
//!
//! Widgets know nothing of dropout, runs or the lab: a mask is a row of bytes here and a loss a pair of numbers. They
//! draw into any rectangle, also an empty one, and any data, also none; what does not fit is left out, least
//! important first.

pub mod axis;
pub mod band;
pub mod bitmap;
pub mod canvas;
pub mod chart;
pub mod histogram;
pub mod image;
pub mod ladder;
pub mod leader_strip;
pub mod number_line;
pub mod pane;
pub mod ridge;
pub mod scale;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Glyphs;

/// Writes `text` at column `x` (may be negative) of row `y`, clipped to `area`.
pub(crate) fn put(buf: &mut Buffer, area: Rect, x: i32, y: u16, text: &str, style: Style) {
    let area = area.intersection(buf.area);
    if y < area.top() || y >= area.bottom() {
        return;
    }
    let n_hidden = (i32::from(area.left()) - x).max(0);
    let start = x + n_hidden;
    if start >= i32::from(area.right()) {
        return;
    }
    let visible: String = text.chars().skip(n_hidden as usize).collect();
    buf.set_stringn(
        start as u16,
        y,
        visible,
        (i32::from(area.right()) - start) as usize,
        style,
    );
}

/// The columns that `text` takes.
pub(crate) fn width_of(text: &str) -> u16 {
    u16::try_from(ratatui::text::Span::raw(text).width()).unwrap_or(u16::MAX)
}

/// A bar of `eighths`, `0..=8`, of one cell's height.
pub(crate) fn bar(eighths: usize, glyphs: Glyphs) -> char {
    let bars = glyphs.pick(
        [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
        [' ', '.', '.', ':', ':', '|', '|', '#', '#'],
    );
    bars[eighths.min(8)]
}

#[cfg(test)]
mod tests;
