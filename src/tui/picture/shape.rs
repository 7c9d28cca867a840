//! Characters that are drawn as shapes: blocks, mosaics, dots and lines, each within its cell of 10 x 20 units.

use std::fmt::Write;

use ratatui::symbols::pixel::OCTANTS;

use super::CELL;

/// How a shape is painted; what is painted alike becomes one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Filled, at so many quarters of full strength.
    Filled(u8),
    /// Round dots.
    Dots,
    /// Thin lines.
    Lines,
    /// Thick lines.
    HeavyLines,
}

impl Kind {
    /// The class of the path, and what its colour is of.
    pub(super) fn style(self) -> (&'static str, &'static str) {
        match self {
            Self::Filled(_) => ("f", "fill"),
            Self::Dots => ("d", "stroke"),
            Self::Lines => ("l", "stroke"),
            Self::HeavyLines => ("h", "stroke"),
        }
    }

    pub(super) fn opacity(self) -> &'static str {
        match self {
            Self::Filled(1) => " opacity=\".25\"",
            Self::Filled(2) => " opacity=\".5\"",
            Self::Filled(3) => " opacity=\".75\"",
            _ => "",
        }
    }
}

/// A character as a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A rectangle of a cell in eighths: left, top, right, bottom; and its quarters of strength.
    Block([u8; 4], u8),
    /// Solid parts of a cell, bit by bit, row by row from the top left; so many columns and rows of them.
    Mosaic(u8, (u8, u8)),
    /// Round dots, bit by bit, two columns and four rows, row by row.
    Dots(u8),
    /// Lines from the middle: left, up, right, down; how thick.
    Lines([bool; 4], Weight),
    /// A line with gaps, along a row or a column.
    Dashes { is_across: bool },
    /// A quarter of a circle between two of left, up, right, down.
    Arc([bool; 4]),
}

/// How thick a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Thin,
    Thick,
}

/// Characters of lines: left, up, right, down.
const THIN: [(char, [bool; 4]); 11] = {
    const Y: bool = true;
    const N: bool = false;
    [
        ('─', [Y, N, Y, N]),
        ('│', [N, Y, N, Y]),
        ('┌', [N, N, Y, Y]),
        ('┐', [Y, N, N, Y]),
        ('└', [N, Y, Y, N]),
        ('┘', [Y, Y, N, N]),
        ('├', [N, Y, Y, Y]),
        ('┤', [Y, Y, N, Y]),
        ('┬', [Y, N, Y, Y]),
        ('┴', [Y, Y, Y, N]),
        ('┼', [Y, Y, Y, Y]),
    ]
};
const THICK: [char; 11] = ['━', '┃', '┏', '┓', '┗', '┛', '┣', '┫', '┳', '┻', '╋'];
const ARCS: [(char, [bool; 4]); 4] = [
    ('╭', [false, false, true, true]),
    ('╮', [true, false, false, true]),
    ('╰', [false, true, true, false]),
    ('╯', [true, true, false, false]),
];

/// Two by two mosaics, lowest bit first: top left, top right, bottom left, bottom right.
const QUADRANTS: [char; 16] = [
    ' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█',
];

/// Braille numbers its dots down the columns, and the fourth row came later: the place of each of its bits, row by row.
const BRAILLE_PLACES: [u8; 8] = [0, 2, 4, 1, 3, 5, 6, 7];

impl Shape {
    /// The shape that a character is; `None` for letters, digits and signs.
    pub(super) fn of(character: char) -> Option<Self> {
        let code = u32::from(character);
        match character {
            '▁'..='█' => Some(Self::Block([0, 8 - (code - 0x2580) as u8, 8, 8], 4)),
            '▉'..='▏' => Some(Self::Block([0, 0, (0x2590 - code) as u8, 8], 4)),
            '▀' => Some(Self::Block([0, 0, 8, 4], 4)),
            '▔' => Some(Self::Block([0, 0, 8, 1], 4)),
            '▕' => Some(Self::Block([7, 0, 8, 8], 4)),
            '░' | '▒' | '▓' => Some(Self::Block([0, 0, 8, 8], (code - 0x2590) as u8)),
            '\u{2800}'..='\u{28ff}' => Some(Self::Dots(braille_bits((code - 0x2800) as u8))),
            '╌' => Some(Self::Dashes { is_across: true }),
            '╎' => Some(Self::Dashes { is_across: false }),
            _ => Self::of_table(character),
        }
    }

    fn of_table(character: char) -> Option<Self> {
        let place = |table: &[char]| table.iter().position(|&known| known == character);
        if let Some(bits) = place(&QUADRANTS) {
            return Some(Self::Mosaic(bits as u8, (2, 2)));
        }
        if let Some(&(_, arms)) = THIN.iter().find(|(known, _)| *known == character) {
            return Some(Self::Lines(arms, Weight::Thin));
        }
        if let Some(idx) = place(&THICK) {
            return Some(Self::Lines(THIN[idx].1, Weight::Thick));
        }
        if let Some(&(_, arms)) = ARCS.iter().find(|(known, _)| *known == character) {
            return Some(Self::Arc(arms));
        }
        // Letters are no mosaics, and the table is long.
        if character.is_ascii() {
            return None;
        }
        place(&OCTANTS).map(|bits| Self::Mosaic(bits as u8, (2, 4)))
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Block(_, quarters) => Kind::Filled(quarters),
            Self::Mosaic(..) => Kind::Filled(4),
            Self::Dots(_) => Kind::Dots,
            Self::Lines(_, Weight::Thick) => Kind::HeavyLines,
            Self::Lines(_, Weight::Thin) | Self::Dashes { .. } | Self::Arc(_) => Kind::Lines,
        }
    }

    /// Adds the outline of the shape in the cell at `place` to a path.
    pub(super) fn draw(self, place: (u16, u16), path: &mut String) {
        match self {
            Self::Block([left, top, right, bottom], _) => {
                let eighths = |n: u8, size: u16| f32::from(n) * f32::from(size) / 8.0;
                let (x, y) = (eighths(left, CELL.0), eighths(top, CELL.1));
                let size = (eighths(right - left, CELL.0), eighths(bottom - top, CELL.1));
                rectangle(place, (x, y), size, path);
            }
            Self::Mosaic(bits, parts) => mosaic(place, bits, parts, path),
            Self::Dots(bits) => dots(place, bits, path),
            Self::Lines(arms, _) => lines(place, arms, path),
            Self::Dashes { is_across } => dashes(place, is_across, path),
            Self::Arc(arms) => arc(place, arms, path),
        }
    }
}

/// The dots of a braille character, row by row.
fn braille_bits(code: u8) -> u8 {
    let places = BRAILLE_PLACES.iter().enumerate();
    places.map(|(bit, place)| (code >> bit & 1) << place).sum()
}

fn rectangle((x, y): (u16, u16), from: (f32, f32), size: (f32, f32), path: &mut String) {
    let (x, y) = (f32::from(x) + from.0, f32::from(y) + from.1);
    let (width, height) = size;
    add(path, format_args!("M{x} {y}h{width}v{height}h-{width}z"));
}

fn mosaic(place: (u16, u16), bits: u8, (n_columns, n_rows): (u8, u8), path: &mut String) {
    let width = f32::from(CELL.0) / f32::from(n_columns);
    let height = f32::from(CELL.1) / f32::from(n_rows);
    for row in 0..n_rows {
        let is_set = |column: u8| bits >> (row * n_columns + column) & 1 == 1;
        let y = f32::from(row) * height;
        match (is_set(0), is_set(1)) {
            (true, true) => rectangle(place, (0.0, y), (2.0 * width, height), path),
            (true, false) => rectangle(place, (0.0, y), (width, height), path),
            (false, true) => rectangle(place, (width, y), (width, height), path),
            (false, false) => {}
        }
    }
}

fn dots((x, y): (u16, u16), bits: u8, path: &mut String) {
    for dot in (0..8_u16).filter(|dot| bits >> dot & 1 == 1) {
        let (x, y) = (10 * x + 25 + 50 * (dot % 2), 10 * y + 25 + 50 * (dot / 2));
        let (x, y) = (f32::from(x) / 10.0, f32::from(y) / 10.0);
        // A line without length and with round ends.
        add(path, format_args!("M{x} {y}h0"));
    }
}

fn lines((x, y): (u16, u16), [left, up, right, down]: [bool; 4], path: &mut String) {
    let (middle, center) = (x + CELL.0 / 2, y + CELL.1 / 2);
    let (from, to) = (
        if left { x } else { middle },
        if right { x + CELL.0 } else { middle },
    );
    if from < to {
        add(path, format_args!("M{from} {center}H{to}"));
    }
    let (from, to) = (
        if up { y } else { center },
        if down { y + CELL.1 } else { center },
    );
    if from < to {
        add(path, format_args!("M{middle} {from}V{to}"));
    }
}

fn dashes((x, y): (u16, u16), is_across: bool, path: &mut String) {
    let (middle, center) = (x + CELL.0 / 2, y + CELL.1 / 2);
    for part in 0..2 {
        if is_across {
            add(path, format_args!("M{} {center}h3", x + 1 + 5 * part));
        } else {
            add(path, format_args!("M{middle} {}v6", y + 2 + 10 * part));
        }
    }
}

fn arc((x, y): (u16, u16), [left, up, ..]: [bool; 4], path: &mut String) {
    let (middle, center) = (x + CELL.0 / 2, y + CELL.1 / 2);
    let side = if left { x } else { x + CELL.0 };
    let (end, turn) = if up {
        (y, center - CELL.0 / 2)
    } else {
        (y + CELL.1, center + CELL.0 / 2)
    };
    add(
        path,
        format_args!("M{middle} {end}V{turn}Q{middle} {center} {side} {center}"),
    );
}

fn add(path: &mut String, more: std::fmt::Arguments) {
    // Memory cannot fail.
    let _ = path.write_fmt(more);
}
