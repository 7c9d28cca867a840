//! On which screens a key means what its row says.

use crate::tui::screen::Screen;

/// Where a key means what its row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On every screen.
    Global,
    /// On these only.
    On(&'static [Screen]),
}

impl Scope {
    /// Whether a key may be pressed in both.
    pub(super) fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::On(screens), Self::On(others)) => {
                screens.iter().any(|screen| others.contains(screen))
            }
            _ => true,
        }
    }

    /// Whether it holds on `screen`.
    pub fn holds_on(self, screen: Screen) -> bool {
        match self {
            Self::Global => true,
            Self::On(screens) => screens.contains(&screen),
        }
    }
}
