//! A line from 1 to a number that may have hundreds of digits, with marks at others: logarithmic, or linear where the number
//! is small enough for that to say something.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{put, width_of};
use crate::tui::theme::{Role, Theme};

/// A marked number.
#[derive(Debug, Clone)]
pub struct Mark<'a> {
    /// Its logarithm to base 2, 0 or more.
    pub log2: f64,
    /// One column wide.
    pub symbol: &'a str,
    /// What stands below it; empty for nothing.
    pub label: &'a str,
    /// The look of the symbol.
    pub style: Style,
    /// The look of the label.
    pub label_style: Style,
}

/// The line.
#[derive(Debug, Clone)]
pub struct NumberLine<'a> {
    theme: &'a Theme,
    end_log2: f64,
    reach: Option<(f64, Style)>,
    marks: &'a [Mark<'a>],
}

/// The powers of two up to which a line is linear.
pub const LINEAR_UP_TO: f64 = 20.0;

impl<'a> NumberLine<'a> {
    /// A line from 1 to 2^`end_log2` with `marks`; of those in one column the last is seen.
    pub fn new(theme: &'a Theme, end_log2: f64, marks: &'a [Mark<'a>]) -> Self {
        Self {
            theme,
            end_log2: end_log2.max(f64::MIN_POSITIVE),
            reach: None,
            marks,
        }
    }

    /// How far the line is drawn through, as a logarithm to base 2; behind that it is dotted.
    #[must_use]
    pub fn reach(mut self, log2: f64, style: Style) -> Self {
        self.reach = Some((log2, style));
        self
    }

    /// Where the number of this logarithm lies, 0 to 1.
    pub fn position(&self, log2: f64) -> f64 {
        let share = if self.end_log2 <= LINEAR_UP_TO {
            (log2.exp2() - 1.0) / (self.end_log2.exp2() - 1.0)
        } else {
            log2 / self.end_log2
        };
        if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0)
        }
    }

    /// The column of a number in `width` of them.
    fn column(&self, log2: f64, width: u16) -> u16 {
        let last = width.saturating_sub(1);
        (self.position(log2) * f64::from(last)).round() as u16
    }

    /// Draws the line in the first row of `area` and the labels in the second, those that fit: later marks give way.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let glyphs = self.theme.glyphs();
        let reached = self
            .reach
            .map(|(log2, style)| (self.column(log2, area.width), style));
        for at in 0..area.width {
            let (symbol, style) = match reached {
                Some((end, style)) if at <= end => (glyphs.pick("━", "="), style),
                _ => (glyphs.pick("·", "."), self.theme.style(Role::Border)),
            };
            put(buf, area, i32::from(area.x + at), area.y, symbol, style);
        }
        for mark in self.marks {
            let x = area.x + self.column(mark.log2, area.width);
            put(buf, area, x.into(), area.y, mark.symbol, mark.style);
        }
        if area.height > 1 {
            self.draw_labels(area, buf);
        }
    }

    /// Each label with its middle below its mark, or as near to that as the ends of the line and two columns of air between
    /// labels let it.
    fn draw_labels(&self, area: Rect, buf: &mut Buffer) {
        let mut taken: Vec<(i32, i32)> = Vec::new();
        let (left, right) = (i32::from(area.left()), i32::from(area.right()));
        for mark in self.marks.iter().filter(|mark| !mark.label.is_empty()) {
            let width = i32::from(width_of(mark.label));
            let middle = left + i32::from(self.column(mark.log2, area.width));
            let is_free = |start: &i32| {
                let is_inside = *start >= left && start + width <= right;
                is_inside
                    && taken
                        .iter()
                        .all(|&(from, to)| start + width + 2 <= from || to + 2 <= *start)
            };
            let wish = (middle - width / 2).clamp(left, (right - width).max(left));
            // Not so far that it would be taken for another mark's.
            let farthest = width / 2 + 2;
            let tries = (0..=farthest).flat_map(|by| [wish + by, wish - by]);
            if let Some(start) = tries.into_iter().find(is_free) {
                put(buf, area, start, area.y + 1, mark.label, mark.label_style);
                taken.push((start, start + width));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};
    use crate::tui::widgets::tests::rows_of;

    fn drawn(
        end_log2: f64,
        marks: &[(f64, &str, &str)],
        width: u16,
        glyphs: Glyphs,
    ) -> Vec<String> {
        let theme = Theme::built_in("dark", ColorTier::None, glyphs);
        let mark = |&(log2, symbol, label)| Mark {
            log2,
            symbol,
            label,
            style: Style::new(),
            label_style: Style::new(),
        };
        let marks: Vec<Mark> = marks.iter().map(mark).collect();
        let area = Rect::new(0, 0, width, 2);
        let mut buf = Buffer::empty(area);
        let line = NumberLine::new(&theme, end_log2, &marks);
        line.reach(marks[0].log2, Style::new()).draw(area, &mut buf);
        rows_of(&buf)
    }

    #[test]
    fn numbers_of_many_digits_lie_at_their_logarithms() {
        let marks = [
            (11.2, "●", "2,400"),
            (256.5, "◆", "first repeat"),
            (512.0, "┃", "2⁵¹²"),
        ];
        let rows = drawn(512.0, &marks, 41, Glyphs::Braille);
        let expected = [
            "━●··················◆···················┃",
            "2,400         first repeat           2⁵¹²",
        ];
        assert_eq!(rows, expected, "{rows:#?}");
    }

    #[test]
    fn small_numbers_lie_at_themselves() {
        // 1 to 16 in 16 columns: a column each.
        let marks = [(3.0_f64.log2(), "*", "3"), (4.0, "|", "16")];
        let rows = drawn(4.0, &marks, 16, Glyphs::Ascii);
        assert_eq!(rows, ["==*............|", "  3           16"], "{rows:#?}");
        let theme = Theme::built_in("dark", ColorTier::None, Glyphs::Ascii);
        for (end, value, expected) in [(20.0, 19.0, 0.5), (21.0, 19.0, 19.0 / 21.0)] {
            let found = NumberLine::new(&theme, end, &[]).position(value);
            assert!((found - expected).abs() < 1e-5, "{end}: {found}");
        }
    }

    #[test]
    fn labels_give_way_to_each_other_in_the_order_of_the_marks() {
        let marks = [
            (0.0, "*", "drawn"),
            (2.0, "+", "repeat"),
            (100.0, "|", "all of them"),
        ];
        let rows = drawn(100.0, &marks, 24, Glyphs::Ascii);
        assert_eq!(rows[0].trim_start_matches(['*', '+']), &rows[0][1..]);
        assert_eq!(rows[1], "drawn        all of them", "{rows:#?}");
    }

    #[test]
    fn a_number_without_digits_is_no_panic() {
        for end in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let rows = drawn(end, &[(f64::NAN, "*", "x")], 5, Glyphs::Ascii);
            assert_eq!(rows.len(), 2, "{end}");
        }
    }
}
