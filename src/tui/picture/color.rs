//! Colours of cells as they are written into a picture.

use std::fmt;

use ratatui::style::{Color, Style};

/// A colour of three bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rgb(pub [u8; 3]);

/// What stands for the colours that a cell leaves to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// The colour of signs.
    pub ink: Rgb,
    /// The colour below them.
    pub ground: Rgb,
}

/// The first sixteen colours of a terminal, as xterm has them: users change them, so there are no right ones.
const NAMED: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The levels of the colour cube.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Rgb {
    /// The colour of a cell; `None` for the terminal's own.
    pub fn of(color: Color) -> Option<Self> {
        let index = match color {
            Color::Reset => return None,
            Color::Rgb(red, green, blue) => return Some(Self([red, green, blue])),
            Color::Indexed(index) => index,
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        Some(Self::indexed(index))
    }

    /// Colour `index` of 256: sixteen named ones, a cube of 6 x 6 x 6, 24 greys.
    fn indexed(index: u8) -> Self {
        match index {
            0..=15 => Self(NAMED[usize::from(index)]),
            16..=231 => {
                let place = usize::from(index - 16);
                Self([place / 36, place / 6 % 6, place % 6].map(|level| LEVELS[level]))
            }
            232.. => Self([8 + 10 * (index - 232); 3]),
        }
    }

    /// The colour in the middle between this one and `other`.
    #[must_use]
    pub(super) fn halfway_to(self, other: Self) -> Self {
        let middle = |i: usize| u16::midpoint(self.0[i].into(), other.0[i].into()) as u8;
        Self([middle(0), middle(1), middle(2)])
    }
}

impl Paper {
    /// The paper that a style of ink and ground makes; near-white on near-black where it leaves one to the terminal.
    pub fn of(style: Style) -> Self {
        let color = |color: Option<Color>| color.and_then(Rgb::of);
        Self {
            ink: color(style.fg).unwrap_or(Rgb([0xd8, 0xd9, 0xde])),
            ground: color(style.bg).unwrap_or(Rgb([0x0d, 0x0e, 0x13])),
        }
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}
