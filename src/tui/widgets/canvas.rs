//! A canvas of dots finer than cells: 2x4 per cell with octants and braille, 1x2 with half blocks and in ASCII.
//!
//! A cell has one colour, so it shows the dots of one layer only: mixed, the dots of one curve would get the colour of
//! another, which is the one thing a chart must not do. Of the layers in a cell the highest rank wins; layers of the
//! same rank take turns from column to column, so that two curves which run together look like a rope of both colours
//! instead of hiding each other. Without colours there is nothing to mix up, and all their dots show.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::pixel::OCTANTS;

use crate::tui::theme::Glyphs;

/// The dots per cell, (across, down).
pub fn dots_per_cell(glyphs: Glyphs) -> (usize, usize) {
    match glyphs {
        Glyphs::Octant | Glyphs::Braille => (2, 4),
        Glyphs::Half | Glyphs::Ascii => (1, 2),
    }
}

/// The character whose dots are `bits`: row by row from the top, left before right, lowest bit first.
pub fn glyph(bits: u8, glyphs: Glyphs) -> char {
    match glyphs {
        // Some fonts draw the empty braille pattern as eight small rings.
        Glyphs::Braille if bits == 0 => ' ',
        Glyphs::Octant => OCTANTS[usize::from(bits)],
        Glyphs::Braille => braille(bits),
        Glyphs::Half => [' ', '▀', '▄', '█'][usize::from(bits & 3)],
        Glyphs::Ascii => [' ', '\'', '.', ':'][usize::from(bits & 3)],
    }
}

/// Braille numbers its dots down the columns, and the fourth row came later: the bit of each dot, row by row.
const BRAILLE_BITS: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

fn braille(bits: u8) -> char {
    let dots = BRAILLE_BITS
        .iter()
        .enumerate()
        .filter(|(i, _)| bits >> i & 1 == 1)
        .map(|(_, bit)| bit)
        .sum::<u32>();
    char::from_u32(0x2800 + dots).unwrap_or(' ')
}

/// The dots of one layer.
#[derive(Debug, Clone)]
struct Layer {
    style: Style,
    rank: u8,
    /// Per cell, row by row.
    bits: Vec<u8>,
}

/// The canvas; dots are set layer by layer, then drawn once.
#[derive(Debug, Clone)]
pub struct Canvas {
    glyphs: Glyphs,
    width: usize,
    height: usize,
    layers: Vec<Layer>,
}

/// Cells per turn of the layers that share a cell: one alone is too narrow for its colour to be told.
const TURN: usize = 2;

impl Canvas {
    /// An empty canvas of `width` x `height` cells.
    pub fn new(width: u16, height: u16, glyphs: Glyphs) -> Self {
        Self {
            glyphs,
            width: width.into(),
            height: height.into(),
            layers: Vec::new(),
        }
    }

    /// Dots across.
    pub fn n_columns(&self) -> usize {
        self.width * dots_per_cell(self.glyphs).0
    }

    /// Dots down.
    pub fn n_rows(&self) -> usize {
        self.height * dots_per_cell(self.glyphs).1
    }

    /// Dots down within a cell.
    pub fn dots_down(&self) -> usize {
        dots_per_cell(self.glyphs).1
    }

    /// Begins the next layer: all dots from here on have `style`. In a cell, a higher `rank` hides a lower one and
    /// equal ranks take turns.
    pub fn begin_layer(&mut self, style: Style, rank: u8) {
        self.layers.push(Layer {
            style,
            rank,
            bits: vec![0; self.width * self.height],
        });
    }

    /// Sets the dot at `column` from the left and `row` from the top; outside the canvas nothing happens, nor before
    /// the first layer.
    pub fn dot(&mut self, column: usize, row: usize) {
        let (across, down) = dots_per_cell(self.glyphs);
        let (x, y) = (column / across, row / down);
        let Some(layer) = self.layers.last_mut() else {
            return;
        };
        if x < self.width && y < self.height {
            layer.bits[y * self.width + x] |= 1 << (row % down * across + column % across);
        }
    }

    /// Draws the cells that have dots, at the top left of `area` and no further than it.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let (width, height) = (
            self.width.min(area.width.into()),
            self.height.min(area.height.into()),
        );
        for y in 0..height {
            for x in 0..width {
                if let Some((style, bits)) = self.shown_at(x, y) {
                    let position = (area.x + x as u16, area.y + y as u16);
                    buf[position]
                        .set_char(glyph(bits, self.glyphs))
                        .set_style(style);
                }
            }
        }
    }

    /// Style and dots of the layer whose turn it is in a cell, together with the dots of all equals that look the same.
    fn shown_at(&self, x: usize, y: usize) -> Option<(Style, u8)> {
        let cell = y * self.width + x;
        let present = || self.layers.iter().filter(|layer| layer.bits[cell] != 0);
        let rank = present().map(|layer| layer.rank).max()?;
        let equals = || present().filter(|layer| layer.rank == rank);
        let style = equals().nth(x / TURN % equals().count())?.style;
        let bits = equals()
            .filter(|layer| layer.style == style)
            .fold(0, |bits, layer| bits | layer.bits[cell]);
        Some((style, bits))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use ratatui::style::Color;

    use super::*;

    #[test]
    fn every_pattern_has_its_own_glyph() {
        for glyphs in Glyphs::ALL {
            let (across, down) = dots_per_cell(glyphs);
            let n_patterns = 1_usize << (across * down);
            let distinct: HashSet<char> = (0..n_patterns)
                .map(|bits| glyph(bits as u8, glyphs))
                .collect();
            assert_eq!(distinct.len(), n_patterns, "{glyphs}");
            assert_eq!(glyph(0, glyphs), ' ');
        }
    }

    #[test]
    fn glyphs_show_the_dots_they_are_asked_for() {
        let cases = [
            (0b0000_0001, Glyphs::Braille, '⠁'),
            (0b0000_0010, Glyphs::Braille, '⠈'),
            (0b0100_0000, Glyphs::Braille, '⡀'),
            (0b1000_0000, Glyphs::Braille, '⢀'),
            (0b1111_1111, Glyphs::Braille, '⣿'),
            // Octants that older blocks already had: quadrants, halves, quarters.
            (0b0000_1111, Glyphs::Octant, '▀'),
            (0b1111_0000, Glyphs::Octant, '▄'),
            (0b0101_0101, Glyphs::Octant, '▌'),
            (0b1010_0101, Glyphs::Octant, '▚'),
            (0b1100_0000, Glyphs::Octant, '▂'),
            (0b1111_1100, Glyphs::Octant, '▆'),
            (0b1111_1111, Glyphs::Octant, '█'),
            // The first and the last of the block: dot 3 alone, and all but dot 1.
            (0b0000_0100, Glyphs::Octant, '\u{1cd00}'),
            (0b1111_1110, Glyphs::Octant, '\u{1cde5}'),
            (0b01, Glyphs::Half, '▀'),
            (0b10, Glyphs::Ascii, '.'),
        ];
        for (bits, glyphs, expected) in cases {
            assert_eq!(glyph(bits, glyphs), expected, "{bits:08b} {glyphs}");
        }
    }

    /// Draws `width` cells in which every layer (style, rank, row) has a dot in each cell.
    fn drawn(width: u16, layers: &[(Style, u8, usize)]) -> Buffer {
        let mut canvas = Canvas::new(width, 1, Glyphs::Braille);
        for &(style, rank, row) in layers {
            canvas.begin_layer(style, rank);
            for column in (0..canvas.n_columns()).step_by(2) {
                canvas.dot(column, row);
            }
        }
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        canvas.draw(area, &mut buf);
        buf
    }

    #[test]
    fn a_cell_shows_the_dots_and_the_colour_of_one_layer() {
        let (red, blue) = (Style::new().fg(Color::Red), Style::new().fg(Color::Blue));
        for layers in [[(red, 1, 0), (blue, 0, 3)], [(blue, 0, 3), (red, 1, 0)]] {
            let buf = drawn(3, &layers);
            for x in 0..3 {
                assert_eq!((buf[(x, 0)].symbol(), buf[(x, 0)].fg), ("⠁", Color::Red));
            }
        }
    }

    #[test]
    fn layers_of_one_rank_take_turns() {
        let (red, blue) = (Style::new().fg(Color::Red), Style::new().fg(Color::Blue));
        let buf = drawn(8, &[(red, 1, 0), (blue, 1, 3)]);
        let colors: Vec<Color> = (0..8).map(|x| buf[(x, 0)].fg).collect();
        assert_eq!(
            colors,
            [
                [Color::Red; 2],
                [Color::Blue; 2],
                [Color::Red; 2],
                [Color::Blue; 2]
            ]
            .concat()
        );
    }

    #[test]
    fn layers_that_look_the_same_share_a_cell() {
        let red = Style::new().fg(Color::Red);
        assert_eq!(drawn(1, &[(red, 1, 0), (red, 1, 3)])[(0, 0)].symbol(), "⡁");
    }

    #[test]
    fn dots_outside_the_canvas_are_nobodys() {
        let mut canvas = Canvas::new(1, 1, Glyphs::Half);
        canvas.dot(0, 0);
        canvas.begin_layer(Style::new(), 0);
        for (column, row) in [(1, 0), (0, 2), (usize::MAX, usize::MAX)] {
            canvas.dot(column, row);
        }
        let area = Rect::new(0, 0, 1, 1);
        let mut buf = Buffer::empty(area);
        canvas.draw(area, &mut buf);
        assert_eq!(buf, Buffer::empty(area));
    }
}
