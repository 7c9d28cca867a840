//! What training has made of the same unit under each rate: its incoming weights side by side, from the same start.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::super::parts::{Spot, TitlePart, draw_line, draw_words, forms, frame, looks};
use super::tile::Tile;
use super::{Found, age, layer_name, waiting};
use crate::lab::LabSnapshot;
use crate::probe::Families;
use crate::probe::families::{Order, most_pushed, ordered};
use crate::tui::app::{App, Tiles};
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::{Look, Role};
use crate::tui::widgets::scale::{Kind, SlowScale, legend};

/// Columns of a tile's heading: a letter and a norm.
const HEADING: u16 = 6;

/// Columns between families, besides the one between tiles.
const BETWEEN: u16 = 2;

/// Where families go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    /// Columns from one tile to the next.
    pitch: u16,
    /// Columns of a family.
    width: u16,
    /// Rows of a family.
    height: u16,
    n_across: u16,
    n_down: u16,
    /// Tiles of a family.
    n_tiles: usize,
}

impl Grid {
    /// For `n_rates` tiles a family in `area`; where they do not fit, fewer.
    fn new(tile: &Tile, n_rates: usize, area: Rect) -> Self {
        let (columns, rows) = tile.cells();
        let pitch = columns.max(HEADING) + 1;
        let n_fit = usize::from((area.width + 1) / pitch).max(1);
        let n_tiles = n_rates.clamp(1, n_fit);
        let width = n_tiles as u16 * pitch - 1;
        let height = rows + 1;
        Self {
            pitch,
            width,
            height,
            n_across: ((area.width + BETWEEN) / (width + BETWEEN)).max(1),
            n_down: area.height / height,
            n_tiles,
        }
    }

    fn n_families(&self) -> usize {
        usize::from(self.n_across) * usize::from(self.n_down)
    }

    /// Where the `idx`-th family of a page is.
    fn place(&self, idx: usize, area: Rect) -> Rect {
        let (column, row) = (idx as u16 % self.n_across, idx as u16 / self.n_across);
        Rect {
            x: area.x + column * (self.width + BETWEEN),
            y: area.y + row * self.height,
            width: self.width,
            height: self.height,
        }
        .intersection(area)
    }
}

/// Everything that the pane is made of.
struct Picture<'a> {
    app: &'a App,
    looks: Vec<Look>,
    /// What is known of the rates that are shown.
    shown: Vec<&'a Found<'a>>,
    /// The units of the page.
    units: Vec<usize>,
    /// The unit under the cursor.
    cursor: usize,
    tile: Tile,
    grid: Grid,
}

pub(super) fn draw(app: &App, lab: &LabSnapshot, found: &[Found], spot: Spot, buf: &mut Buffer) {
    let inner = crate::tui::widgets::pane::Pane::inner(spot.area);
    // A heading above each tile, and one line below all.
    let tile = Tile::new(app, app.weights.layer_idx, inner.height.saturating_sub(2));
    let tiles = Rect {
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let Some(picture) = Picture::new(app, lab, found, tile, tiles) else {
        let frame = frame(app, Pane::Families, "Families", spot).rest(title(app, found, &tile));
        let inner = frame.draw(spot.area, buf);
        draw_words(app, &waiting(app, lab), inner, buf);
        return;
    };
    let values = picture.values();
    let scale = SlowScale::of(values.iter().flatten().flatten().copied());
    let glyphs = app.theme.glyphs();
    let end = short(scale.end());
    let ends = [format!("{}{end}", glyphs.pick("−", "-")), format!("+{end}")];
    let hue = app.theme.style(Role::Bright);
    frame(app, Pane::Families, "Families", spot)
        .rest(title(app, found, &tile))
        .footer(legend(
            &app.theme,
            Kind::Signed,
            hue,
            [&ends[0], &ends[1]],
            10,
        ))
        .draw(spot.area, buf);
    for (idx, values) in values.iter().enumerate() {
        picture.draw_family(idx, values, scale, picture.grid.place(idx, tiles), buf);
    }
    draw_line(
        &picture.summary(found, inner.width.into()),
        inner,
        inner.bottom().saturating_sub(1),
        buf,
    );
}

/// A round value without what its product left behind: `0.3` for 0.30000000000000004.
fn short(value: f64) -> String {
    let round: Option<f64> = format!("{value:.1e}").parse().ok();
    round.unwrap_or(value).to_string()
}

fn title(app: &App, found: &[Found], tile: &Tile) -> Vec<Line<'static>> {
    let glyphs = app.theme.glyphs();
    let layer = layer_name(app, app.weights.layer_idx);
    let what = match app.weights.tiles {
        Tiles::Changes => glyphs.pick("W − W₀", "W - W0"),
        Tiles::Weights => "W",
    };
    let mut parts = vec![
        TitlePart::new(0, format!("{what} of a unit of {layer}")),
        TitlePart::new(3, "at each rate, from the same start"),
    ];
    parts.extend(age(app, found));
    let note = tile.note(&app.theme);
    parts.extend(note.map(|note| TitlePart::new(2, note)));
    forms(app, &parts)
}

impl<'a> Picture<'a> {
    fn new(
        app: &'a App,
        lab: &LabSnapshot,
        found: &'a [Found<'a>],
        tile: Tile,
        area: Rect,
    ) -> Option<Self> {
        let all: Vec<&Families> = found.iter().map(|found| found.families.reading()).collect();
        let order = ordered(&all, app.weights.order());
        let grid = Grid::new(&tile, found.len(), area);
        let n_families = grid.n_families();
        if order.is_empty() || n_families == 0 {
            return None;
        }
        let cursor = app.weights.cursor.min(order.len() - 1);
        let first = cursor / n_families * n_families;
        // Where not all rates fit, the selected one is among those that do.
        let selected = app.selected_row(lab);
        let at = found
            .iter()
            .position(|found| found.row == selected)
            .unwrap_or(0);
        let first_rate = (at + 1).saturating_sub(grid.n_tiles);
        Some(Self {
            looks: looks(app, lab),
            shown: found.iter().skip(first_rate).take(grid.n_tiles).collect(),
            cursor: order[cursor],
            units: order.into_iter().skip(first).take(n_families).collect(),
            app,
            tile,
            grid,
        })
    }

    /// The values of the pixels of each family's tiles.
    fn values(&self) -> Vec<Vec<Vec<f64>>> {
        let of_tile = |unit: usize, found: &Found| {
            let families = found.families.reading();
            self.tile.values(&match self.app.weights.tiles {
                Tiles::Changes => families.change(unit),
                Tiles::Weights => families.weights(unit),
            })
        };
        let of_family = |&unit: &usize| {
            self.shown
                .iter()
                .map(|found| of_tile(unit, found))
                .collect()
        };
        self.units.iter().map(of_family).collect()
    }

    fn draw_family(
        &self,
        idx: usize,
        values: &[Vec<f64>],
        scale: SlowScale,
        area: Rect,
        buf: &mut Buffer,
    ) {
        let (theme, unit) = (&self.app.theme, self.units[idx]);
        for (place, (found, values)) in self.shown.iter().zip(values).enumerate() {
            let left = area.x + place as u16 * self.grid.pitch;
            let tile = Rect {
                x: left,
                y: area.y + 1,
                width: area.right().saturating_sub(left),
                height: area.height.saturating_sub(1),
            };
            let norm = match self.app.weights.tiles {
                Tiles::Changes => found.families.changes[unit],
                Tiles::Weights => found.families.norms[unit],
            };
            let heading = Line::from(vec![
                Span::styled(
                    format!("{} ", found.group.letter),
                    self.looks[found.row].style.add_modifier(Modifier::BOLD),
                ),
                Span::styled(format::ratio(norm, theme.glyphs()), theme.style(Role::Dim)),
            ]);
            draw_line(&heading, Rect { x: left, ..area }, area.y, buf);
            self.tile.draw(theme, values, scale, tile, buf);
        }
        if unit == self.cursor {
            let wash = Rect { height: 1, ..area }.intersection(buf.area);
            buf.set_style(wash, theme.style(Role::Selection));
        }
    }

    /// The unit under the cursor, the order, and the mean over all units of each rate.
    fn summary(&self, found: &[Found], width: usize) -> Line<'static> {
        let (theme, glyphs) = (&self.app.theme, self.app.theme.glyphs());
        let dim = theme.style(Role::Dim);
        let dot = glyphs.pick(" · ", " - ");
        let order = self.order_words(found);
        let Some(first) = found.first() else {
            return Line::default();
        };
        let n_units = format::count(first.families.n_units() as u64);
        let mut line = Line::default();
        for words in [
            format!("unit {}{dot}{order}{dot}all {n_units}, mean:", self.cursor),
            format!("{order}{dot}all {n_units}, mean:"),
            format!("all {n_units}, mean:"),
        ] {
            // A letter and a number of each rate.
            if words.chars().count() + 7 * self.shown.len() <= width || line.spans.is_empty() {
                line = Line::styled(words.clone(), dim);
            }
            if words.chars().count() + 7 * self.shown.len() <= width {
                break;
            }
        }
        for found in &self.shown {
            let mean = match self.app.weights.tiles {
                Tiles::Changes => found.families.mean_change(),
                Tiles::Weights => found.families.mean_norm(),
            };
            line.push_span(Span::styled(
                format!(" {} ", found.group.letter),
                self.looks[found.row].style,
            ));
            line.push_span(Span::styled(
                format::ratio(mean, glyphs),
                theme.style(Role::Text),
            ));
        }
        line
    }

    fn order_words(&self, found: &[Found]) -> String {
        match self.app.weights.order() {
            Order::Change => "most changed over the rates".to_owned(),
            Order::Norm => "largest over the rates".to_owned(),
            Order::Index => "in their own order".to_owned(),
            Order::Push => {
                let all: Vec<&Families> =
                    found.iter().map(|found| found.families.reading()).collect();
                let pushed = most_pushed(&all).get(self.cursor).map(|pushed| pushed.0);
                let output = if self.app.facts.is_classification {
                    "class"
                } else {
                    "output"
                };
                pushed.map_or_else(String::new, |pushed| format!("pushes {output} {pushed}"))
            }
        }
    }
}
