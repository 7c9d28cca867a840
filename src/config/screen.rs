//! Settings of the face in the terminal. They change no number of an experiment.

use std::str::FromStr;

/// How the lab looks and how often it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenSettings {
    /// Characters to draw with; `None` where the terminal decides.
    pub glyphs: Option<Glyphs>,
    /// Colours to draw with; `None` where the terminal decides.
    pub color: Option<ColorTier>,
    /// The name of a theme; `None` where the terminal's background decides. Not checked here: themes belong to `tui`.
    pub theme: Option<String>,
    /// Frames per second at most, `1..=120`; `None` where the line to the terminal decides.
    pub fps: Option<u32>,
    /// Whether the mouse is used.
    pub is_mouse_on: bool,
}

/// Characters that curves and masks are drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// 2 x 4 blocks in a cell.
    Octant,
    /// 2 x 4 dots in a cell.
    Braille,
    /// 1 x 2 blocks in a cell.
    Half,
    /// Characters of 1967.
    Ascii,
}

/// Colours that a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorTier {
    /// 24 bits.
    Truecolor,
    /// The palette of 256.
    Ansi256,
    /// The terminal's own 16.
    Ansi16,
    /// None.
    Never,
}

/// A word that names none of the choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord;

impl FromStr for Glyphs {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "octant" => Ok(Self::Octant),
            "braille" => Ok(Self::Braille),
            "half" => Ok(Self::Half),
            "ascii" => Ok(Self::Ascii),
            _ => Err(UnknownWord),
        }
    }
}

impl FromStr for ColorTier {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "truecolor" => Ok(Self::Truecolor),
            "256" => Ok(Self::Ansi256),
            "16" => Ok(Self::Ansi16),
            "never" => Ok(Self::Never),
            _ => Err(UnknownWord),
        }
    }
}
