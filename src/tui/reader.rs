//! Where the reader of the help is: on which page, and how far down it.
//!
//! Pure state. How long a page is depends on the screen, so whoever draws tells it with [`Reader::fit`]; until then
//! nothing bounds the scrolling.

use super::screen::{Pane, Screen};

/// A page of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelpPage {
    /// What a screen answers, and what its parts are.
    Screen(Screen),
    /// What a pane shows.
    Pane(Pane),
    /// What the table shows.
    Table,
    /// What the top line, the claim and the bottom line show.
    Lines,
    /// All keys, and the sources that the other pages name.
    Keys,
}

impl HelpPage {
    /// The pages of a screen, in the order in which a key turns them: it as a whole, its panes, and what lies around them.
    pub fn of(screen: Screen) -> Vec<Self> {
        let table = (screen == Screen::Lab).then_some(Self::Table);
        let panes = screen.panes().iter().copied().map(Self::Pane);
        [Self::Screen(screen)]
            .into_iter()
            .chain(panes)
            .chain(table)
            .chain([Self::Lines, Self::Keys])
            .collect()
    }

    /// Every page of every screen.
    pub fn all() -> Vec<Self> {
        let mut pages = Vec::new();
        for page in Screen::ALL.into_iter().flat_map(Self::of) {
            if !pages.contains(&page) {
                pages.push(page);
            }
        }
        pages
    }
}

/// Which way a page is turned; both ways go around the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// To the next page.
    Next,
    /// To the page before.
    Previous,
}

/// How far to scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scroll {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// What fits on the screen up, but for one row that stays in view.
    PageUp,
    /// The same down.
    PageDown,
    /// To the first row.
    ToTop,
    /// To the last rows.
    ToBottom,
}

/// How long a page is and how much of it is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Rows of the page.
    pub n_rows: u16,
    /// Rows in view.
    pub n_visible: u16,
}

impl Extent {
    /// The row at the top of the view when the last row is at its bottom.
    pub fn last_top(self) -> u16 {
        self.n_rows.saturating_sub(self.n_visible)
    }
}

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    screen: Screen,
    page: HelpPage,
    top: u16,
    extent: Extent,
}

impl Reader {
    /// A reader at the top of `page`, one of those of `screen`.
    pub fn new(screen: Screen, page: HelpPage) -> Self {
        let extent = Extent {
            n_rows: u16::MAX,
            n_visible: 1,
        };
        Self {
            screen,
            page,
            top: 0,
            extent,
        }
    }

    /// The pages that it turns.
    pub fn pages(&self) -> Vec<HelpPage> {
        HelpPage::of(self.screen)
    }

    /// The page.
    pub fn page(&self) -> HelpPage {
        self.page
    }

    /// The page's row at the top of the view, counted from 0.
    pub fn top(&self) -> u16 {
        self.top
    }

    /// Turns the page; reading begins at its top.
    pub fn turn(&mut self, turn: Turn) {
        let pages = self.pages();
        let idx = pages.iter().position(|&page| page == self.page);
        let offset = match turn {
            Turn::Next => 1,
            Turn::Previous => pages.len() - 1,
        };
        let page = pages[(idx.unwrap_or(0) + offset) % pages.len()];
        *self = Self::new(self.screen, page);
    }

    /// Scrolls, not beyond the ends.
    pub fn scroll(&mut self, scroll: Scroll) {
        let page = self.extent.n_visible.saturating_sub(1).max(1);
        let top = match scroll {
            Scroll::Up => self.top.saturating_sub(1),
            Scroll::Down => self.top.saturating_add(1),
            Scroll::PageUp => self.top.saturating_sub(page),
            Scroll::PageDown => self.top.saturating_add(page),
            Scroll::ToTop => 0,
            Scroll::ToBottom => u16::MAX,
        };
        self.top = top.min(self.extent.last_top());
    }

    /// Learns how long the page is on the screen as it is now.
    pub fn fit(&mut self, extent: Extent) {
        self.extent = extent;
        self.top = self.top.min(extent.last_top());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Extent = Extent {
        n_rows: 30,
        n_visible: 10,
    };

    #[test]
    fn every_pane_has_its_page_and_turning_comes_back() {
        for screen in Screen::ALL {
            let pages = HelpPage::of(screen);
            for pane in screen.panes() {
                assert!(pages.contains(&HelpPage::Pane(*pane)), "{pane:?}");
            }
            for page in pages.clone() {
                let mut reader = Reader::new(screen, page);
                reader.turn(Turn::Next);
                assert_ne!(reader.page(), page);
                reader.turn(Turn::Previous);
                assert_eq!(reader.page(), page);
                (0..pages.len()).for_each(|_| reader.turn(Turn::Next));
                assert_eq!(reader.page(), page);
            }
        }
    }

    #[test]
    fn scrolling_stops_at_both_ends_and_turns_back_at_once() {
        let mut reader = Reader::new(Screen::Lab, HelpPage::Table);
        reader.fit(LONG);
        let cases = [
            (Scroll::Up, 0),
            (Scroll::Down, 1),
            (Scroll::PageDown, 10),
            (Scroll::PageDown, 19),
            (Scroll::PageDown, 20),
            (Scroll::Down, 20),
            (Scroll::Up, 19),
            (Scroll::PageUp, 10),
            (Scroll::PageUp, 1),
            (Scroll::PageUp, 0),
            (Scroll::ToBottom, 20),
            (Scroll::ToTop, 0),
        ];
        for (scroll, expected) in cases {
            reader.scroll(scroll);
            assert_eq!(reader.top(), expected, "{scroll:?}");
        }
    }

    #[test]
    fn a_larger_screen_pulls_the_reader_up() {
        let mut reader = Reader::new(Screen::Lab, HelpPage::Table);
        (0..50).for_each(|_| reader.scroll(Scroll::Down));
        reader.fit(LONG);
        assert_eq!(reader.top(), 20);
        reader.fit(Extent {
            n_visible: 25,
            ..LONG
        });
        assert_eq!(reader.top(), 5);
        reader.fit(Extent {
            n_visible: 40,
            ..LONG
        });
        assert_eq!(reader.top(), 0);
    }

    #[test]
    fn a_new_page_is_read_from_its_top() {
        let mut reader = Reader::new(Screen::Lab, HelpPage::Table);
        reader.scroll(Scroll::Down);
        reader.turn(Turn::Next);
        assert_eq!((reader.page(), reader.top()), (HelpPage::Lines, 0));
    }
}
