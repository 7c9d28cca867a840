//! What is on the screen, and where: the same pure layout for drawing and for the mouse.

mod layouts;

use ratatui::layout::{Constraint, Layout, Position, Rect};

/// The screens that there are. Each asks one question, and has a digit for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// What is happening?
    #[default]
    Lab,
    /// Which units are off right now?
    Masks,
    /// How many networks is this, and do they agree?
    Ensemble,
    /// Does it generalise?
    Curves,
    /// Does the norm shrink?
    Weights,
    /// What do units do?
    Units,
    /// Does noise hurt less?
    Robust,
}

/// A word that names no screen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("accepted: {}", Screen::ALL.map(|screen| screen.name().to_lowercase()).join(", "))]
pub struct NoScreen;

impl std::str::FromStr for Screen {
    type Err = NoScreen;

    fn from_str(text: &str) -> Result<Self, NoScreen> {
        let is_named = |screen: &Self| screen.name().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(is_named).ok_or(NoScreen)
    }
}

impl Screen {
    /// All screens, in the order of their digits.
    pub const ALL: [Self; 7] = [
        Self::Lab,
        Self::Masks,
        Self::Ensemble,
        Self::Curves,
        Self::Weights,
        Self::Units,
        Self::Robust,
    ];

    /// Its digit, the key that opens it.
    pub fn digit(self) -> char {
        match self {
            Self::Lab => '1',
            Self::Masks => '2',
            Self::Ensemble => '3',
            Self::Curves => '4',
            Self::Weights => '5',
            Self::Units => '6',
            Self::Robust => '7',
        }
    }

    /// Its name, a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lab => "Lab",
            Self::Masks => "Masks",
            Self::Ensemble => "Ensemble",
            Self::Curves => "Curves",
            Self::Weights => "Weights",
            Self::Units => "Units",
            Self::Robust => "Robust",
        }
    }

    /// Its panes, in reading order; the first has the focus when it is opened.
    pub fn panes(self) -> &'static [Pane] {
        match self {
            Self::Lab => &[
                Pane::Curves,
                Pane::Masks,
                Pane::Ensemble,
                Pane::Norms,
                Pane::Nested,
                Pane::Robust,
            ],
            Self::Curves => &[Pane::Curves],
            Self::Masks => &[Pane::Thinned, Pane::Masks, Pane::Nested],
            Self::Ensemble => &Pane::OF_ENSEMBLE,
            Self::Weights => &[
                Pane::NormBySteps,
                Pane::NormByLoss,
                Pane::NormBySeconds,
                Pane::Families,
                Pane::UnitNorms,
            ],
            Self::Units => &[
                Pane::UnitMap,
                Pane::Unit,
                Pane::Activation,
                Pane::IfLost,
                Pane::Alike,
            ],
            Self::Robust => &[
                Pane::InputNoise,
                Pane::LostInputs,
                Pane::LostUnits,
                Pane::Area,
                Pane::Attack,
                Pane::PerClass,
            ],
        }
    }

    /// The columns of the row of screens that it has, each from its first to the one behind its last. Where there is no room
    /// for the names of all, only that of `present` is there.
    pub fn places(present: Self, width: u16) -> Vec<(Self, std::ops::Range<u16>)> {
        let width_of = |screen: Self, is_named: bool| {
            if is_named {
                2 + screen.name().chars().count() as u16
            } else {
                1
            }
        };
        let of = |is_short: bool| {
            let mut x = 1;
            Self::ALL.map(|screen| {
                let columns = x..x + width_of(screen, !is_short || screen == present);
                x = columns.end + 2;
                (screen, columns)
            })
        };
        let full = of(false);
        let fits = full.iter().all(|(_, columns)| columns.end <= width);
        if fits { full } else { of(true) }.into()
    }
}

/// The panes of all screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pane {
    /// Loss, accuracy or gap over the epochs.
    #[default]
    Curves,
    /// The masks, step by step.
    Masks,
    /// The thinned networks.
    Ensemble,
    /// The norms of the weights.
    Norms,
    /// The masks of all rates at one step.
    Nested,
    /// What networks are worth under noise.
    Robust,
    /// The norms of the weights at equal steps.
    NormBySteps,
    /// The same at equal training loss.
    NormByLoss,
    /// The same at equal seconds of training.
    NormBySeconds,
    /// One unit's incoming weights at each rate.
    Families,
    /// The norms of all units' incoming weights, and of the layers.
    UnitNorms,
    /// How many thinned networks there are and were drawn.
    HowMany,
    /// What k of them are worth together.
    Averaging,
    /// Each alone, their average, and the full network.
    Alone,
    /// What they are divided on.
    Committee,
    /// Every mask, on a map or in a walk.
    EveryMask,
    /// How good all of them are.
    HowGood,
    /// The ways to average all of them.
    Ways,
    /// What each unit is worth to them.
    MeanWorth,
    /// Those that training has been through.
    Visited,
    /// A thinned network as it computes.
    Thinned,
    /// The units of a layer.
    UnitMap,
    /// One example through one unit.
    Unit,
    /// How strongly units answer, for every rate.
    Activation,
    /// What units are worth, for every rate.
    IfLost,
    /// How much alike units are, for every rate.
    Alike,
    /// What networks are worth under noise at their input.
    InputNoise,
    /// The same while inputs are lost.
    LostInputs,
    /// The same while hidden units are lost.
    LostUnits,
    /// The areas under these curves, rate against rate.
    Area,
    /// What networks are worth on inputs that were changed against them.
    Attack,
    /// Which classes are lost first.
    PerClass,
}

impl Pane {
    /// The panes of the ensemble: first those of a sample, then those of every mask.
    const OF_ENSEMBLE: [Self; 9] = [
        Self::HowMany,
        Self::Averaging,
        Self::Alone,
        Self::Committee,
        Self::EveryMask,
        Self::HowGood,
        Self::Ways,
        Self::MeanWorth,
        Self::Visited,
    ];
    /// How many of these are of a sample.
    const N_OF_SAMPLE: usize = 4;

    /// Whether it is one of those of every mask.
    pub fn is_of_every_mask(self) -> bool {
        Self::OF_ENSEMBLE[Self::N_OF_SAMPLE..].contains(&self)
    }

    /// The panes that are shown together with it on `screen`, itself among them, in reading order.
    pub fn beside(self, screen: Screen) -> &'static [Self] {
        let panes = screen.panes();
        match screen {
            Screen::Ensemble if self.is_of_every_mask() => &panes[Self::N_OF_SAMPLE..],
            Screen::Ensemble => &panes[..Self::N_OF_SAMPLE],
            _ => panes,
        }
    }

    /// Whether it has a curve over levels that a crosshair reads.
    pub fn has_levels(self) -> bool {
        matches!(
            self,
            Self::InputNoise | Self::LostInputs | Self::LostUnits | Self::Attack
        )
    }

    /// Its name, a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Self::Curves => "Curves",
            Self::Masks => "Masks",
            Self::Ensemble => "Ensemble",
            Self::Norms => "Norms",
            Self::Nested => "Nested",
            Self::Robust => "Robust",
            Self::NormBySteps => "by step",
            Self::NormByLoss => "by loss",
            Self::NormBySeconds => "by time",
            Self::Families => "Families",
            Self::UnitNorms => "Unit norms",
            Self::HowMany => "How many",
            Self::Averaging => "Averaging",
            Self::Alone => "Alone",
            Self::Committee => "Committee",
            Self::EveryMask => "All masks",
            Self::HowGood => "How good",
            Self::Ways => "Ways",
            Self::MeanWorth => "Worth",
            Self::Visited => "Visited",
            Self::Thinned => "Thinned",
            Self::UnitMap => "Units",
            Self::Unit => "Unit",
            Self::Activation => "Activation",
            Self::IfLost => "If one is lost",
            Self::Alike => "Alike",
            Self::InputNoise => "Input noise",
            Self::LostInputs => "Lost inputs",
            Self::LostUnits => "Lost units",
            Self::Area => "Area",
            Self::Attack => "Attack",
            Self::PerClass => "By class",
        }
    }

    /// The pane of `screen` that is `offset` further on, around the end.
    #[must_use]
    pub fn turned(self, screen: Screen, offset: usize) -> Self {
        let panes = self.beside(screen);
        let idx = panes.iter().position(|&pane| pane == self).unwrap_or(0);
        panes
            .get((idx + offset) % panes.len().max(1))
            .map_or(self, |&pane| pane)
    }

    /// The screen that it is the summary of, where the lab shows it.
    pub fn summarises(self) -> Option<Screen> {
        let screen = match self {
            Self::Curves => Screen::Curves,
            Self::Masks | Self::Nested | Self::Thinned => Screen::Masks,
            Self::Ensemble => Screen::Ensemble,
            Self::Norms => Screen::Weights,
            Self::Robust => Screen::Robust,
            _ => return None,
        };
        Screen::ALL.contains(&screen).then_some(screen)
    }
}

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The whole table and four panes.
    Large,
    /// A narrow table and one pane.
    Medium,
    /// The top line and one pane.
    Small,
    /// Nothing but a word about the size that is needed.
    TooSmall,
}

/// Rows below which there is no strip of rates.
const LEAST_ROWS_WITH_STRIP: u16 = 20;

/// The least size at which anything is shown.
pub const MIN_SIZE: (u16, u16) = (32, 8);

impl Size {
    /// What fits into `area`.
    pub fn of(area: Rect) -> Self {
        match (area.width, area.height) {
            (100.., 28..) => Self::Large,
            (60.., 16..) => Self::Medium,
            (width, height) if width >= MIN_SIZE.0 && height >= MIN_SIZE.1 => Self::Small,
            _ => Self::TooSmall,
        }
    }
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    /// How much there is room for.
    pub size: Size,
    /// What is running: one row.
    pub top: Rect,
    /// The row of screens.
    pub screens: Rect,
    /// The rates in short, on all screens but the lab.
    pub strip: Rect,
    /// The table of rates; its first row is the head.
    pub table: Rect,
    /// Everything between what stands around a screen.
    pub body: Rect,
    /// The panes that are shown.
    pub panes: Vec<(Pane, Rect)>,
    /// One claim and its evidence.
    pub claim: Rect,
    /// The time bar, where somebody looks back.
    pub time: Rect,
    /// The keys.
    pub footer: Rect,
}

impl Places {
    /// The layout of `screen` in `area`, for `n_groups` rows in the table. `focus` is the pane that is shown where only
    /// one is; `is_zoomed` says so also where more would fit.
    pub fn new(
        area: Rect,
        screen: Screen,
        n_groups: usize,
        (focus, is_zoomed): (Pane, bool),
    ) -> Self {
        let size = Size::of(area);
        let is_lab = screen == Screen::Lab;
        let air = u16::from(size == Size::Large);
        let around = u16::from(matches!(size, Size::Large | Size::Medium));
        let table = match size {
            Size::Large | Size::Medium if is_lab => {
                (n_groups as u16 + 1).min(area.height.saturating_sub(10) / 2)
            }
            _ => 0,
        };
        let strip = u16::from(!is_lab && area.height >= LEAST_ROWS_WITH_STRIP) * around;
        let [
            top,
            screens,
            strip,
            table,
            _,
            body,
            claim,
            air_below,
            footer,
        ] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(around),
            Constraint::Length(strip),
            Constraint::Length(table),
            Constraint::Length(air),
            Constraint::Fill(1),
            Constraint::Length(2 * around),
            Constraint::Length(air),
            Constraint::Length(around),
        ])
        .areas(area);
        let panes = match size {
            Size::TooSmall => Vec::new(),
            // It has parts that are no panes: none can be shown alone.
            _ if screen == Screen::Curves => Vec::new(),
            Size::Large if !is_zoomed => layouts::of(screen, focus, body),
            Size::Medium if !is_zoomed => layouts::of_medium(screen, body),
            _ => Vec::new(),
        };
        // A pane that there is no room for beside the others is shown alone.
        let is_shown = panes.iter().any(|(pane, _)| *pane == focus);
        let shows_panes = screen != Screen::Curves && size != Size::TooSmall;
        let panes = if shows_panes && !is_shown {
            vec![(focus, body)]
        } else {
            panes
        };
        Self {
            size,
            top,
            screens,
            strip,
            table,
            body,
            panes,
            claim,
            time: place_of_time_bar(claim, air_below),
            footer,
        }
    }

    /// The screen whose name is at a cell; `present` is the one that is shown.
    pub fn screen_at(&self, column: u16, row: u16, present: Screen) -> Option<Screen> {
        if !self.screens.contains(Position::new(column, row)) {
            return None;
        }
        let column = column - self.screens.x;
        let places = Screen::places(present, self.screens.width);
        let hit = places
            .into_iter()
            .find(|(_, columns)| columns.contains(&column));
        hit.map(|(screen, _)| screen)
    }

    /// The pane at a cell.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<Pane> {
        let position = Position::new(column, row);
        self.panes
            .iter()
            .find(|(_, area)| area.contains(position))
            .map(|&(pane, _)| pane)
    }

    /// The row of the table at a cell, without its head; rows begin at 0.
    pub fn table_row_at(&self, column: u16, row: u16) -> Option<usize> {
        let is_inside = self.table.contains(Position::new(column, row)) && row > self.table.top();
        is_inside.then(|| usize::from(row - self.table.top() - 1))
    }
}

/// The row above the keys: air, or where there is none, the last row of the claim, whose proof gives way.
fn place_of_time_bar(claim: Rect, air: Rect) -> Rect {
    if !air.is_empty() {
        return air;
    }
    Rect {
        y: claim.y + claim.height.saturating_sub(1),
        height: claim.height.min(1),
        ..claim
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_gets_what_fits_and_nothing_overlaps() {
        let cases = [
            ((200, 50), Size::Large, 6),
            ((120, 36), Size::Large, 4),
            ((80, 24), Size::Medium, 1),
            ((40, 12), Size::Small, 1),
            ((20, 5), Size::TooSmall, 0),
            ((1, 1), Size::TooSmall, 0),
            ((0, 0), Size::TooSmall, 0),
        ];
        for ((width, height), size, n_panes) in cases {
            let places = Places::new(
                Rect::new(0, 0, width, height),
                Screen::Lab,
                4,
                (Pane::Curves, false),
            );
            assert_eq!(
                (places.size, places.panes.len()),
                (size, n_panes),
                "{width}x{height}"
            );
            let mut areas = vec![places.top, places.table, places.claim, places.footer];
            areas.extend(places.panes.iter().map(|(_, area)| *area));
            for (idx, area) in areas.iter().enumerate() {
                let is_apart = |other: &Rect| area.intersection(*other).is_empty();
                assert!(
                    areas[..idx].iter().all(is_apart),
                    "{width}x{height}: {areas:?}"
                );
            }
        }
    }

    #[test]
    fn the_mouse_hits_what_is_drawn() {
        let places = Places::new(
            Rect::new(0, 0, 120, 36),
            Screen::Lab,
            4,
            (Pane::Curves, false),
        );
        for (pane, area) in &places.panes {
            assert_eq!(places.pane_at(area.left(), area.bottom() - 1), Some(*pane));
        }
        assert_eq!(
            places.table_row_at(5, places.table.top()),
            None,
            "the head is no row"
        );
        assert_eq!(places.table_row_at(5, places.table.top() + 2), Some(1));
        let zoomed = Places::new(
            Rect::new(0, 0, 120, 36),
            Screen::Lab,
            4,
            (Pane::Masks, true),
        );
        assert_eq!(zoomed.pane_at(1, 20), Some(Pane::Masks));
    }

    #[test]
    fn many_groups_do_not_push_the_panes_off_the_screen() {
        let places = Places::new(
            Rect::new(0, 0, 80, 24),
            Screen::Lab,
            26,
            (Pane::Curves, false),
        );
        assert!(places.panes[0].1.height >= 8, "{places:?}");
    }
}
