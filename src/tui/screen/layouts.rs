//! Where the panes of each screen are, where all of them are shown.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{Pane, Screen};

/// The panes of `screen` in `area`.
pub(super) fn of(screen: Screen, area: Rect) -> Vec<(Pane, Rect)> {
    match screen {
        Screen::Lab => quarters(screen, area),
        Screen::Masks | Screen::Ensemble | Screen::Curves | Screen::Weights | Screen::Units => {
            Vec::new()
        }
    }
}

/// Two rows of two.
fn quarters(screen: Screen, area: Rect) -> Vec<(Pane, Rect)> {
    let [top, bottom] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    let areas = [halves(top), halves(bottom)].concat();
    screen.panes().iter().copied().zip(areas).collect()
}

/// Two side by side, a column apart.
fn halves(row: Rect) -> [Rect; 2] {
    Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)])
        .spacing(1)
        .areas(row)
}
