//! Where the panes of each screen are, where all of them are shown.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{Pane, Screen};

/// The size from which on the lab has six panes.
const WIDE: (u16, u16) = (180, 36);

/// The panes of `screen` in `area`.
pub(super) fn of(screen: Screen, area: Rect) -> Vec<(Pane, Rect)> {
    match screen {
        Screen::Lab if area.width >= WIDE.0 && area.height >= WIDE.1 => sixths(area),
        Screen::Lab => quarters(screen, area),
        Screen::Masks | Screen::Ensemble | Screen::Curves | Screen::Weights | Screen::Units => {
            Vec::new()
        }
    }
}

/// Two rows of three: what belongs together side by side.
fn sixths(area: Rect) -> Vec<(Pane, Rect)> {
    let [top, bottom] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    let thirds = |row: Rect| -> [Rect; 3] {
        Layout::horizontal([Constraint::Fill(1); 3])
            .spacing(1)
            .areas(row)
    };
    let panes = [
        Pane::Curves,
        Pane::Masks,
        Pane::Nested,
        Pane::Ensemble,
        Pane::Norms,
        Pane::Robust,
    ];
    let areas = [thirds(top), thirds(bottom)].concat();
    panes.into_iter().zip(areas).collect()
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
