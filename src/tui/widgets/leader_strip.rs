//! One row that tells who leads where: a bar in the leader's colour, with its letter where a stretch begins; without colour,
//! its letter in every column.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::put;
use crate::tui::theme::Theme;

/// Somebody who may lead.
#[derive(Debug, Clone)]
pub struct Leader {
    /// One column wide.
    pub letter: char,
    /// Its colour.
    pub style: Style,
}

/// The strip.
#[derive(Debug, Clone)]
pub struct LeaderStrip<'a> {
    theme: &'a Theme,
    /// Per column: who leads there.
    columns: &'a [Option<usize>],
    leaders: &'a [Leader],
}

impl<'a> LeaderStrip<'a> {
    /// A strip of `columns`, each naming one of `leaders` by index or nobody.
    pub fn new(theme: &'a Theme, columns: &'a [Option<usize>], leaders: &'a [Leader]) -> Self {
        Self {
            theme,
            columns,
            leaders,
        }
    }

    /// Draws the strip in the first row of `area`, from its left edge.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let mut last = None;
        for (x, &column) in (area.left()..area.right()).zip(self.columns) {
            if let Some(leader) = column.and_then(|idx| self.leaders.get(idx)) {
                self.draw_column(leader, column != last, (x, area.y), buf);
            }
            last = column;
        }
    }

    fn draw_column(&self, leader: &Leader, is_first: bool, (x, y): (u16, u16), buf: &mut Buffer) {
        let has_letter = is_first || !self.theme.has_colors();
        let letter = if has_letter { leader.letter } else { ' ' };
        // Reversed: the bar is the colour itself, the letter in it has the background's, whatever the terminal's colours are.
        let style = if self.theme.has_colors() {
            leader.style.add_modifier(Modifier::REVERSED)
        } else {
            leader.style
        };
        let cell = Rect::new(x, y, 1, 1);
        put(
            buf,
            cell,
            x.into(),
            y,
            letter.encode_utf8(&mut [0; 4]),
            style,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};
    use crate::tui::widgets::tests::rows_of;

    const COLUMNS: [Option<usize>; 9] = [
        None,
        Some(0),
        Some(0),
        Some(0),
        Some(1),
        Some(1),
        None,
        Some(1),
        Some(7),
    ];

    fn drawn(tier: ColorTier, width: u16) -> Buffer {
        let theme = Theme::built_in("dark", tier, Glyphs::Braille);
        let leader = |letter, rate| Leader {
            letter,
            style: theme.rate(rate),
        };
        let leaders = [leader('a', 0.0), leader('b', 0.5)];
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 1));
        let area = Rect::new(0, 0, width, 1);
        LeaderStrip::new(&theme, &COLUMNS, &leaders).draw(area, &mut buf);
        buf
    }

    #[test]
    fn every_column_has_the_colour_of_who_leads_there_and_a_stretch_its_letter() {
        let buf = drawn(ColorTier::TrueColor, 10);
        assert_eq!(rows_of(&buf), [" a  b  b  "]);
        let theme = Theme::built_in("dark", ColorTier::TrueColor, Glyphs::Braille);
        for (x, column) in COLUMNS.iter().enumerate().take(8) {
            let cell = &buf[(x as u16, 0)];
            let rate = column.map(|idx| [0.0, 0.5][idx]);
            let expected = rate.and_then(|rate| theme.rate(rate).fg);
            assert_eq!(cell.fg, expected.unwrap_or_default(), "{x}");
            assert_eq!(
                cell.modifier.contains(Modifier::REVERSED),
                column.is_some(),
                "{x}"
            );
        }
    }

    #[test]
    fn without_colour_the_letters_tell_it() {
        assert_eq!(rows_of(&drawn(ColorTier::None, 10)), [" aaabb b  "]);
        assert_eq!(rows_of(&drawn(ColorTier::None, 4)), [" aaa      "]);
    }
}
