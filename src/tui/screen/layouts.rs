//! Where the panes of each screen are, where all of them are shown.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{Pane, Screen};

/// The size from which on the lab has six panes.
const WIDE: (u16, u16) = (180, 36);

/// The panes of `screen` that are shown together with `focus`, in `area`.
pub(super) fn of(screen: Screen, focus: Pane, area: Rect) -> Vec<(Pane, Rect)> {
    match screen {
        Screen::Lab if area.width >= WIDE.0 && area.height >= WIDE.1 => sixths(area),
        Screen::Lab => quarters(screen, area),
        Screen::Masks => masks(screen, area),
        Screen::Ensemble if focus.is_of_every_mask() => every_mask(focus.beside(screen), area),
        Screen::Ensemble => sample(focus.beside(screen), area),
        Screen::Weights => weights(area),
        Screen::Units => units(screen, area),
        Screen::Robust => robust(screen, area),
        Screen::Curves => Vec::new(),
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

/// Those panes of `screen` that are shown together in an `area` that is too small for all; none where one has to do.
pub(super) fn of_medium(screen: Screen, area: Rect) -> Vec<(Pane, Rect)> {
    /// Below that no chart says anything beside two others.
    const LEAST: (u16, u16) = (78, 16);
    if screen != Screen::Weights || area.width < LEAST.0 || area.height < LEAST.1 {
        return Vec::new();
    }
    let [top, bottom] = Layout::vertical([Constraint::Length(8), Constraint::Fill(1)]).areas(area);
    let mut panes = charts(top);
    panes.push((Pane::Families, bottom));
    panes
}

/// Three charts, and below them two panes that share what is left as two to one.
fn weights(area: Rect) -> Vec<(Pane, Rect)> {
    let [top, bottom] = Layout::vertical([Constraint::Fill(9), Constraint::Fill(16)]).areas(area);
    let [left, right] = Layout::horizontal([Constraint::Fill(2), Constraint::Fill(1)])
        .spacing(1)
        .areas(bottom);
    let mut panes = charts(top);
    panes.extend([(Pane::Families, left), (Pane::UnitNorms, right)]);
    panes
}

/// The norms at equal steps, losses and seconds.
fn charts(row: Rect) -> Vec<(Pane, Rect)> {
    let areas: [Rect; 3] = Layout::horizontal([Constraint::Fill(1); 3])
        .spacing(1)
        .areas(row);
    let panes = [Pane::NormBySteps, Pane::NormByLoss, Pane::NormBySeconds];
    panes.into_iter().zip(areas).collect()
}

/// A sample of thinned networks: what they are divided on below the rest, which is beside the narrow distributions.
fn sample(panes: &[Pane], area: Rect) -> Vec<(Pane, Rect)> {
    let rows = [Constraint::Fill(20), Constraint::Fill(11)];
    let [top, committee] = Layout::vertical(rows).areas(area);
    let [left, alone] = halves(top);
    let rows = [Constraint::Fill(1), Constraint::Fill(1)];
    let [how_many, averaging] = Layout::vertical(rows).areas(left);
    let areas = [how_many, averaging, alone, committee];
    panes.iter().copied().zip(areas).collect()
}

/// Every mask: the map and how good they are, beside the numbers.
fn every_mask(panes: &[Pane], area: Rect) -> Vec<(Pane, Rect)> {
    let columns = [Constraint::Fill(3), Constraint::Fill(2)];
    let [left, right] = Layout::horizontal(columns).spacing(1).areas(area);
    let rows = [Constraint::Fill(20), Constraint::Fill(11)];
    let [map, how_good] = Layout::vertical(rows).areas(left);
    let rows = [
        Constraint::Length(12),
        Constraint::Fill(1),
        Constraint::Length(8),
    ];
    let [ways, worth, visited] = Layout::vertical(rows).areas(right);
    let areas = [map, how_good, ways, worth, visited];
    panes.iter().copied().zip(areas).collect()
}

/// The map and one of its units, and below them what all rates have to say of units.
fn units(screen: Screen, area: Rect) -> Vec<(Pane, Rect)> {
    /// Rows of the panes below: those of four rates, their line, its numbers, words, two borders.
    const BELOW: u16 = 9;
    /// Columns of a map of 16 units a row, and of one of 32.
    const MAPS: [u16; 2] = [37, 69];
    let below = if area.height > 36 { BELOW + 4 } else { BELOW };
    let [top, bottom] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    let map = if area.width >= 160 { MAPS[1] } else { MAPS[0] };
    let top = Layout::horizontal([Constraint::Length(map), Constraint::Fill(1)])
        .spacing(1)
        .split(top);
    let bottom = Layout::horizontal([Constraint::Fill(1); 3])
        .spacing(1)
        .split(bottom);
    let areas = top.iter().chain(bottom.iter()).copied();
    screen.panes().iter().copied().zip(areas).collect()
}

/// Two rows: the charts with pictures above, what units have to say and the areas below; in much room a third column.
fn robust(screen: Screen, area: Rect) -> Vec<(Pane, Rect)> {
    if area.width < WIDE.0 || area.height < WIDE.1 {
        let rows = [Constraint::Fill(8), Constraint::Fill(7)];
        let [top, bottom] = Layout::vertical(rows).areas(area);
        let areas = [halves(top), halves(bottom)].concat();
        return screen.panes().iter().copied().zip(areas).collect();
    }
    let mut panes = sixths(area);
    let order = [
        Pane::InputNoise,
        Pane::LostInputs,
        Pane::Attack,
        Pane::LostUnits,
        Pane::Area,
        Pane::PerClass,
    ];
    for (place, pane) in panes.iter_mut().zip(order) {
        place.0 = pane;
    }
    panes
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

/// Rows of the masks of screen 2 in little room and in much, and rows from which on there is much.
const ROWS_OF_MASKS: [u16; 2] = [8, 16];
const MUCH: u16 = 38;

/// One across, the others side by side below it.
fn masks(screen: Screen, area: Rect) -> Vec<(Pane, Rect)> {
    let below = ROWS_OF_MASKS[usize::from(area.height >= MUCH)];
    let [top, bottom] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    let n_below = screen.panes().len().saturating_sub(1);
    let beside = Layout::horizontal(vec![Constraint::Fill(1); n_below])
        .spacing(1)
        .split(bottom);
    let areas = std::iter::once(top).chain(beside.iter().copied());
    screen.panes().iter().copied().zip(areas).collect()
}
