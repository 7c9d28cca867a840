//! A canvas of dots finer than cells: 2x4 per cell with octants and braille, 1x2 with half blocks and in ASCII.
//!
//! A cell has one colour, so it belongs to one layer: where a later layer sets a dot, the dots of earlier layers in
//! that cell go. Mixing them would give dots of one curve the colour of another, which is the one thing a chart must
//! not do; a curve that passes behind another shows a gap of one cell instead.

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

#[derive(Debug, Clone, Copy, Default)]
struct DotCell {
    bits: u8,
    /// The layer that owns the cell, counted from 1; 0 is nobody.
    layer: u16,
}

/// The canvas; dots are set layer by layer, then drawn once.
#[derive(Debug, Clone)]
pub struct Canvas {
    glyphs: Glyphs,
    width: usize,
    height: usize,
    cells: Vec<DotCell>,
    layers: Vec<Style>,
}

impl Canvas {
    /// An empty canvas of `width` x `height` cells.
    pub fn new(width: u16, height: u16, glyphs: Glyphs) -> Self {
        let (width, height) = (usize::from(width), usize::from(height));
        Self {
            glyphs,
            width,
            height,
            cells: vec![DotCell::default(); width * height],
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

    /// Begins the next layer: all dots from here on have `style` and hide what lies below their cells.
    pub fn begin_layer(&mut self, style: Style) {
        self.layers.push(style);
    }

    /// Sets the dot at `column` from the left and `row` from the top; outside the canvas nothing happens, nor before
    /// the first layer.
    pub fn dot(&mut self, column: usize, row: usize) {
        let (across, down) = dots_per_cell(self.glyphs);
        let (x, y) = (column / across, row / down);
        if x >= self.width || y >= self.height || self.layers.is_empty() {
            return;
        }
        let layer = u16::try_from(self.layers.len()).unwrap_or(u16::MAX);
        let cell = &mut self.cells[y * self.width + x];
        if cell.layer != layer {
            *cell = DotCell { bits: 0, layer };
        }
        cell.bits |= 1 << (row % down * across + column % across);
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
                let cell = self.cells[y * self.width + x];
                if cell.bits != 0 {
                    let style = self.layers[usize::from(cell.layer) - 1];
                    let position = (area.x + x as u16, area.y + y as u16);
                    buf[position]
                        .set_char(glyph(cell.bits, self.glyphs))
                        .set_style(style);
                }
            }
        }
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
            assert_eq!(glyph(0, Glyphs::Octant), ' ');
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

    #[test]
    fn a_later_layer_takes_the_whole_cell() {
        let (red, blue) = (Style::new().fg(Color::Red), Style::new().fg(Color::Blue));
        let mut canvas = Canvas::new(2, 1, Glyphs::Braille);
        canvas.begin_layer(red);
        canvas.dot(0, 0);
        canvas.dot(2, 0);
        canvas.begin_layer(blue);
        canvas.dot(1, 3);
        let area = Rect::new(0, 0, 2, 1);
        let mut buf = Buffer::empty(area);
        canvas.draw(area, &mut buf);
        assert_eq!((buf[(0, 0)].symbol(), buf[(0, 0)].fg), ("⢀", Color::Blue));
        assert_eq!((buf[(1, 0)].symbol(), buf[(1, 0)].fg), ("⠁", Color::Red));
    }

    #[test]
    fn dots_outside_the_canvas_are_nobodys() {
        let mut canvas = Canvas::new(1, 1, Glyphs::Half);
        canvas.dot(0, 0);
        canvas.begin_layer(Style::new());
        for (column, row) in [(1, 0), (0, 2), (usize::MAX, usize::MAX)] {
            canvas.dot(column, row);
        }
        let area = Rect::new(0, 0, 1, 1);
        let mut buf = Buffer::empty(area);
        canvas.draw(area, &mut buf);
        assert_eq!(buf, Buffer::empty(area));
    }
}
