//! Pairs of values on one axis, each pair joined: how far apart two things are, and which of them is higher.
//!
//! A ring and a disc per rung. A long line is a large distance; a ring above its disc is one of the other sign.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::axis::{Axis, Scale};
use super::{put, width_of};
use crate::tui::theme::{Role, Theme};

/// One pair.
#[derive(Debug, Clone)]
pub struct Rung<'a> {
    /// What stands under it: a letter.
    pub label: &'a str,
    /// Its colour.
    pub style: Style,
    /// The value of the ring ○.
    pub ring: f64,
    /// The value of the disc ●.
    pub disc: f64,
}

/// The ladder.
#[derive(Debug, Clone)]
pub struct Ladder<'a> {
    theme: &'a Theme,
    rungs: &'a [Rung<'a>],
    first: usize,
}

/// Columns from one rung to the next where there is room, and where there is little.
const PITCHES: [u16; 2] = [2, 1];

/// The share of the axis left free above and below.
const PADDING: f64 = 0.04;

impl<'a> Ladder<'a> {
    /// A ladder of `rungs`, from left to right.
    pub fn new(theme: &'a Theme, rungs: &'a [Rung<'a>]) -> Self {
        Self {
            theme,
            rungs,
            first: 0,
        }
    }

    /// The rung that must be in view where not all fit.
    #[must_use]
    pub fn keeping(mut self, rung: usize) -> Self {
        self.first = rung;
        self
    }

    /// The columns that all rungs take with the numbers of an axis of `height` rows.
    pub fn width(&self, height: u16) -> u16 {
        let n_rungs = self.rungs.len() as u16;
        self.gutter(height) + (n_rungs * PITCHES[0]).saturating_sub(1)
    }

    /// From 0, which the gap of a training loss is seen against, over all values.
    fn axis(&self) -> Axis {
        let values = self.rungs.iter().flat_map(|rung| [rung.ring, rung.disc]);
        let bounded = values.filter(|value| value.is_finite());
        Axis::fit(Scale::Linear, bounded.chain([0.0]), PADDING)
    }

    fn gutter(&self, height: u16) -> u16 {
        let ticks = self.axis().ticks_up(height.saturating_sub(1));
        let widest = ticks.iter().map(|tick| width_of(&tick.label)).max();
        widest.unwrap_or(0) + 1
    }

    /// Draws the ladder in `area`, the labels in its last row.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.height < 2 || area.width == 0 {
            return;
        }
        let gutter = self.gutter(area.height);
        let gutter = if gutter * 2 > area.width { 0 } else { gutter };
        let plot = Rect {
            x: area.x + gutter,
            width: area.width - gutter,
            height: area.height - 1,
            ..area
        };
        let axis = self.axis();
        if gutter > 0 {
            self.draw_axis(&axis, plot, area, buf);
        }
        let (pitch, shown) = self.shown(plot.width);
        for (rung, place) in shown.iter().zip(0..) {
            let x = plot.x + pitch * place;
            self.draw_rung(
                rung,
                &axis,
                Rect {
                    x,
                    width: 1,
                    ..plot
                },
                buf,
            );
            put(buf, area, x.into(), plot.bottom(), rung.label, rung.style);
        }
    }

    /// The distance of rungs, and those that fit.
    fn shown(&self, width: u16) -> (u16, &[Rung<'a>]) {
        let n_rungs = self.rungs.len();
        let fits = |pitch: u16| usize::from(width.div_ceil(pitch));
        let pitch = PITCHES.into_iter().find(|&pitch| fits(pitch) >= n_rungs);
        let pitch = pitch.unwrap_or(1);
        let n_shown = fits(pitch).min(n_rungs);
        let first = (self.first + 1)
            .saturating_sub(n_shown)
            .min(n_rungs - n_shown);
        (pitch, &self.rungs[first..first + n_shown])
    }

    fn draw_axis(&self, axis: &Axis, plot: Rect, area: Rect, buf: &mut Buffer) {
        let glyphs = self.theme.glyphs();
        let (border, dim) = (self.theme.style(Role::Border), self.theme.style(Role::Dim));
        let x = i32::from(plot.left()) - 1;
        for y in plot.top()..plot.bottom() {
            put(buf, area, x, y, glyphs.pick("│", "|"), border);
        }
        for tick in axis.ticks_up(plot.height) {
            let y = row_of(axis, tick.value, plot);
            put(buf, area, x, y, glyphs.pick("┤", "+"), border);
            put(
                buf,
                area,
                x - i32::from(width_of(&tick.label)),
                y,
                &tick.label,
                dim,
            );
        }
    }

    fn draw_rung(&self, rung: &Rung, axis: &Axis, column: Rect, buf: &mut Buffer) {
        let glyphs = self.theme.glyphs();
        let row = |value: f64| (!value.is_nan()).then(|| row_of(axis, value, column));
        let mut mark = |y: u16, symbol: &str, style: Style| {
            put(buf, column, column.x.into(), y, symbol, style);
        };
        let (ring, disc) = (row(rung.ring), row(rung.disc));
        if let (Some(ring), Some(disc)) = (ring, disc) {
            for y in ring.min(disc)..=ring.max(disc) {
                mark(y, glyphs.pick("│", "|"), rung.style);
            }
        }
        let beyond = glyphs.pick("↑", "^");
        let symbols = [
            (rung.ring, ring, glyphs.pick("○", "o")),
            (rung.disc, disc, glyphs.pick("●", "*")),
        ];
        for (value, y, symbol) in symbols {
            let Some(y) = y else { continue };
            mark(
                y,
                if value.is_finite() { symbol } else { beyond },
                rung.style,
            );
        }
        // Both in one cell: a disc in a ring.
        if let (Some(ring), Some(disc)) = (ring, disc)
            && ring == disc
            && rung.ring.is_finite()
            && rung.disc.is_finite()
        {
            mark(ring, glyphs.pick("◉", "@"), rung.style);
        }
    }
}

/// The row of a value; what lies beyond the axis goes to its end.
fn row_of(axis: &Axis, value: f64, plot: Rect) -> u16 {
    let position = match value {
        f64::INFINITY => 1.0,
        f64::NEG_INFINITY => 0.0,
        _ => axis.position(value).unwrap_or(0.0).clamp(0.0, 1.0),
    };
    let row = ((1.0 - position) * f64::from(plot.height)) as u16;
    plot.top() + row.min(plot.height.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};
    use crate::tui::widgets::tests::rows_of;

    fn rung(label: &str, ring: f64, disc: f64) -> Rung<'_> {
        Rung {
            label,
            style: Style::new(),
            ring,
            disc,
        }
    }

    fn drawn(
        rungs: &[Rung],
        (width, height): (u16, u16),
        glyphs: Glyphs,
        kept: usize,
    ) -> Vec<String> {
        let theme = Theme::built_in("dark", ColorTier::None, glyphs);
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        Ladder::new(&theme, rungs)
            .keeping(kept)
            .draw(area, &mut buf);
        rows_of(&buf)
    }

    #[test]
    fn rings_and_discs_stand_at_their_values_and_a_negative_gap_has_its_ring_on_top() {
        let rungs = [
            rung("a", 0.02, 0.68),
            rung("b", 0.3, 0.52),
            rung("c", 0.42, 0.421),
            rung("d", 0.98, 0.58),
        ];
        let rows = drawn(&rungs, (12, 10), Glyphs::Braille, 0);
        let expected = [
            "1.0┤      ○ ",
            "   │      │ ",
            "   │●     │ ",
            "   ││     ● ",
            "0.5┤│ ●     ",
            "   ││ │ ◉   ",
            "   ││ ○     ",
            "   ││       ",
            "0.0┤○       ",
            "    a b c d ",
        ];
        assert_eq!(rows, expected, "{rows:#?}");
    }

    #[test]
    fn what_is_no_number_has_no_mark_and_what_is_beyond_all_bounds_an_arrow() {
        let rungs = [
            rung("a", f64::NAN, f64::NAN),
            rung("b", 0.5, f64::INFINITY),
            rung("c", 0.2, 0.8),
        ];
        let rows = drawn(&rungs, (9, 5), Glyphs::Ascii, 0);
        assert!(rows[0].ends_with("^ *"), "{rows:#?}");
        assert!(rows[4].ends_with("a b c"), "{rows:#?}");
        assert!(rows.iter().all(|row| row.is_ascii()));
        assert!(
            rows[..4].iter().all(|row| row.as_bytes()[4] == b' '),
            "{rows:#?}"
        );
    }

    #[test]
    fn rungs_stand_closer_where_there_is_little_room_and_the_kept_one_stays_in_view() {
        let letters: Vec<String> = ('a'..='j').map(String::from).collect();
        let rungs: Vec<Rung> = letters
            .iter()
            .map(|letter| rung(letter, 0.1, 0.9))
            .collect();
        let last = |width, kept| drawn(&rungs, (width, 6), Glyphs::Half, kept).pop().unwrap();
        assert_eq!(last(24, 0), "    a b c d e f g h i j ");
        assert_eq!(last(15, 0), "    abcdefghij ");
        assert_eq!(last(10, 0), "    abcdef");
        assert_eq!(last(10, 8), "    defghi");
        let theme = Theme::built_in("dark", ColorTier::None, Glyphs::Half);
        assert_eq!(Ladder::new(&theme, &rungs).width(6), 23);
    }
}
