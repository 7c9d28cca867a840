//! Rows of zeros and ones as a picture, the newest row at the bottom: a waterfall.
//!
//! Ones are ink in a single colour per row of cells, zeros are the background. Half of the dots flip from row to row,
//! and glyphs in a constant colour cost a tenth of the bytes that a pair of colours per cell would.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::pixel::QUADRANTS;

use super::canvas;
use crate::tui::theme::{Glyphs, Theme};

/// How many columns and rows of the picture share one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// 1x1: a block, or `#` in ASCII.
    Single,
    /// 1x2: half blocks.
    Half,
    /// 2x2: quadrants.
    Quadrant,
    /// 2x4: octants or braille.
    Dense,
}

impl Packing {
    /// The roomiest packing that shows `n_columns` in `width` cells, or the densest there is.
    pub fn fitting(n_columns: usize, width: u16, glyphs: Glyphs) -> Self {
        match glyphs {
            Glyphs::Ascii => Self::Single,
            _ if n_columns <= width.into() => Self::Half,
            Glyphs::Octant => Self::Dense,
            // Braille would fit four rows as well, but its loose dots make a poor picture of a mask.
            Glyphs::Half | Glyphs::Braille => Self::Quadrant,
        }
    }

    /// (columns, rows) of the picture per cell.
    pub fn per_cell(self) -> (usize, usize) {
        match self {
            Self::Single => (1, 1),
            Self::Half => (1, 2),
            Self::Quadrant => (2, 2),
            Self::Dense => (2, 4),
        }
    }

    /// The packing that `glyphs` can draw: ASCII has no finer one than 1x1, half blocks none finer than 2x2.
    fn drawable(self, glyphs: Glyphs) -> Self {
        match (self, glyphs) {
            (_, Glyphs::Ascii) => Self::Single,
            (Self::Dense, Glyphs::Half) => Self::Quadrant,
            _ => self,
        }
    }

    /// The character of the dots `bits`, row by row, left before right, lowest bit first.
    fn glyph(self, bits: u8, glyphs: Glyphs) -> char {
        match self {
            Self::Single if bits == 0 => glyphs.pick(' ', '.'),
            Self::Single => glyphs.pick('█', '#'),
            Self::Half => canvas::glyph(bits, Glyphs::Half),
            Self::Quadrant => QUADRANTS[usize::from(bits)],
            Self::Dense => canvas::glyph(bits, glyphs),
        }
    }
}

/// Which part of the picture is drawn, and how many cells it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first column shown.
    pub first_column: usize,
    /// Columns shown.
    pub n_columns: usize,
    /// The first row shown; rows count from the oldest.
    pub first_row: usize,
    /// Rows shown.
    pub n_rows: usize,
    /// The cells drawn in.
    pub cells: Rect,
    /// Columns of the picture per cell.
    pub columns_per_cell: usize,
    /// Rows of the picture per cell.
    pub rows_per_cell: usize,
}

impl Window {
    /// The rows of the picture that the `y`-th row of cells (from the top of `cells`) shows.
    pub fn rows_at(&self, y: u16) -> std::ops::Range<usize> {
        let first = self.first_row + usize::from(y) * self.rows_per_cell;
        let end = self.first_row + self.n_rows;
        first.min(end)..(first + self.rows_per_cell).min(end)
    }
}

/// The picture: rows of bytes (0 is background, anything else ink), oldest first.
#[derive(Debug, Clone)]
pub struct Bitmap<'a> {
    theme: &'a Theme,
    rows: &'a [&'a [u8]],
    style: Style,
    packing: Packing,
    first_column: usize,
}

impl<'a> Bitmap<'a> {
    /// The picture of `rows` with ink of `style`. Rows may differ in length; what is missing is background.
    pub fn new(theme: &'a Theme, rows: &'a [&'a [u8]], style: Style) -> Self {
        Self {
            theme,
            rows,
            style,
            packing: Packing::Half,
            first_column: 0,
        }
    }

    /// How densely to draw; what the theme's glyphs cannot draw becomes the nearest that they can.
    #[must_use]
    pub fn packing(mut self, packing: Packing) -> Self {
        self.packing = packing;
        self
    }

    /// The first column to show, for pictures wider than the area; kept inside the picture.
    #[must_use]
    pub fn first_column(mut self, column: usize) -> Self {
        self.first_column = column;
        self
    }

    /// What [`Bitmap::draw`] shows at `area`: the newest rows at its bottom. Labels beside the picture follow it.
    pub fn window(&self, area: Rect) -> Window {
        let (across, down) = self.packing.drawable(self.theme.glyphs()).per_cell();
        let widest = self.rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let n_columns = widest.min(usize::from(area.width) * across);
        let n_rows = self.rows.len().min(usize::from(area.height) * down);
        let height = n_rows.div_ceil(down) as u16;
        let width = n_columns.div_ceil(across) as u16;
        Window {
            first_column: self.first_column.min(widest - n_columns),
            n_columns,
            first_row: self.rows.len() - n_rows,
            n_rows,
            cells: Rect {
                x: area.x,
                y: area.bottom() - height,
                width,
                height,
            },
            columns_per_cell: across,
            rows_per_cell: down,
        }
    }

    /// Draws the picture at the bottom left of `area`; older rows are fainter.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) -> Window {
        let window = self.window(area.intersection(buf.area));
        let packing = self.packing.drawable(self.theme.glyphs());
        for y in 0..window.cells.height {
            let age = 1.0 - f64::from(y + 1) / f64::from(window.cells.height);
            let style = self.theme.faded(self.style, age);
            for x in 0..window.cells.width {
                let symbol = packing.glyph(self.bits_at(&window, x, y), self.theme.glyphs());
                buf[(window.cells.x + x, window.cells.y + y)]
                    .set_char(symbol)
                    .set_style(style);
            }
        }
        window
    }

    /// The dots of one cell, row by row, lowest bit first.
    fn bits_at(&self, window: &Window, x: u16, y: u16) -> u8 {
        let first = window.first_column + usize::from(x) * window.columns_per_cell;
        let mut bits = 0;
        for (down, row) in window.rows_at(y).enumerate() {
            for across in 0..window.columns_per_cell {
                let is_ink = self.rows[row]
                    .get(first + across)
                    .is_some_and(|&byte| byte != 0);
                bits |= u8::from(is_ink) << (down * window.columns_per_cell + across);
            }
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ColorTier;
    use crate::tui::widgets::tests::rows_of;

    const ROWS: [&[u8]; 5] = [
        &[1, 1, 1, 1],
        &[0, 0, 1, 1],
        &[1, 0, 1, 0],
        &[0, 1, 1, 0],
        &[1, 0, 0, 0],
    ];

    fn theme(glyphs: Glyphs) -> Theme {
        Theme::built_in("dark", ColorTier::TrueColor, glyphs)
    }

    fn drawn(bitmap: &Bitmap, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        bitmap.draw(area, &mut buf);
        rows_of(&buf)
    }

    #[test]
    fn rows_and_columns_share_cells_as_the_packing_says() {
        use Glyphs::{Ascii, Braille, Half, Octant};
        let cases: [(Packing, Glyphs, &[&str]); 7] = [
            (
                Packing::Single,
                Half,
                &["████", "  ██", "█ █ ", " ██ ", "█   "],
            ),
            (
                Packing::Single,
                Ascii,
                &["####", "..##", "#.#.", ".##.", "#..."],
            ),
            (Packing::Half, Braille, &["▀▀██", "▀▄█ ", "▀   "]),
            (Packing::Quadrant, Braille, &["▀█", "▚▌", "▘ "]),
            (Packing::Dense, Braille, &["⢍⡟", "⠁ "]),
            // What the glyphs cannot draw becomes what they can.
            (Packing::Dense, Half, &["▀█", "▚▌", "▘ "]),
            (
                Packing::Dense,
                Ascii,
                &["####", "..##", "#.#.", ".##.", "#..."],
            ),
        ];
        for (packing, glyphs, expected) in cases {
            let theme = theme(glyphs);
            let bitmap = Bitmap::new(&theme, &ROWS, Style::new()).packing(packing);
            let (width, height) = (expected[0].chars().count() as u16, expected.len() as u16);
            assert_eq!(
                drawn(&bitmap, width, height),
                expected,
                "{packing:?} {glyphs}"
            );
        }
        let theme = theme(Octant);
        let octants = Bitmap::new(&theme, &ROWS[..4], Style::new()).packing(Packing::Dense);
        assert_eq!(
            octants.window(Rect::new(0, 0, 9, 9)).cells,
            Rect::new(0, 8, 2, 1)
        );
    }

    #[test]
    fn the_newest_rows_stay_at_the_bottom_and_the_window_inside_the_picture() {
        let theme = theme(Glyphs::Ascii);
        let bitmap = Bitmap::new(&theme, &ROWS, Style::new()).first_column(99);
        assert_eq!(drawn(&bitmap, 3, 2), ["##.", "..."]);
        let window = bitmap.window(Rect::new(5, 5, 3, 2));
        assert_eq!(
            (
                window.first_column,
                window.n_columns,
                window.first_row,
                window.n_rows
            ),
            (1, 3, 3, 2)
        );
        assert_eq!(window.rows_at(1), 4..5);
        assert_eq!(
            drawn(&Bitmap::new(&theme, &ROWS[..1], Style::new()), 4, 3),
            ["    ", "    ", "####"]
        );
    }

    #[test]
    fn a_row_of_cells_has_one_colour_pair_and_older_rows_are_fainter() {
        let theme = theme(Glyphs::Braille);
        let area = Rect::new(0, 0, 4, 3);
        let mut buf = Buffer::empty(area);
        Bitmap::new(&theme, &ROWS, theme.rate(0.5)).draw(area, &mut buf);
        let colors: Vec<_> = (0..3)
            .map(|y| {
                (0..4)
                    .map(|x| (buf[(x, y)].fg, buf[(x, y)].bg))
                    .collect::<Vec<_>>()
            })
            .collect();
        for row in &colors {
            assert!(row.iter().all(|pair| pair == &row[0]), "{row:?}");
        }
        assert_eq!(Some(colors[2][0].0), theme.rate(0.5).fg);
        assert_ne!(colors[0][0], colors[1][0]);
    }

    #[test]
    fn the_packing_grows_with_the_picture() {
        for (n_columns, glyphs, expected) in [
            (64, Glyphs::Braille, Packing::Half),
            (65, Glyphs::Braille, Packing::Quadrant),
            (65, Glyphs::Octant, Packing::Dense),
            (64, Glyphs::Ascii, Packing::Single),
        ] {
            assert_eq!(Packing::fitting(n_columns, 64, glyphs), expected);
        }
    }
}
