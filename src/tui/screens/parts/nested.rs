//! The masks of all rates at one step, and the die that each unit shares among them: masks of a lower rate keep all that those of
//! a higher rate keep.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::numbers::Numbers;
use crate::lab::{GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::nn::{Mask, UnitId};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widgets::{bar, put, width_of};

/// Cells for letter and rate at the left, and for the number of kept units at the right.
const LEFT: u16 = 9;
const RIGHT: u16 = 5;

/// Rows of the pane besides those of the rates: units and die. Words below them only where all rates have room.
const AROUND: u16 = 2;

/// Dense layers whose input is masked at any rate, first to last.
pub(in crate::tui::screens) fn masked_layers(lab: &LabSnapshot, run: &RunSnapshot) -> Vec<usize> {
    let runs = || lab.groups.iter().filter_map(GroupSnapshot::shown_run);
    let is_masked = |layer_idx: &usize| {
        runs().any(|run| {
            let layers = 0..run.recipe.n_layers();
            layers.contains(layer_idx) && !run.recipe.rate(*layer_idx, run.step).is_none()
        })
    };
    (0..run.recipe.n_layers()).filter(is_masked).collect()
}

/// The letters of the rates that train on with one mask, which no longer follows the dice.
pub(in crate::tui::screens) fn holding(lab: &LabSnapshot) -> Option<String> {
    let holds = |group: &&GroupSnapshot| {
        let run = group.shown_run();
        run.is_some_and(|run| run.held_since().is_some())
    };
    let letters = lab.groups.iter().filter(holds).map(|group| group.letter);
    let letters: Vec<String> = letters.map(String::from).collect();
    let verb = if letters.len() == 1 {
        "holds its"
    } else {
        "hold their"
    };
    (!letters.is_empty()).then(|| format!("{} {verb} mask", letters.join(", ")))
}

/// Draws the masks of `layer_idx` at `step` into `inner`, as many units as fit from `first_unit` on.
pub(in crate::tui::screens) fn draw(
    app: &App,
    lab: &LabSnapshot,
    (layer_idx, step, first_unit): (usize, u64, usize),
    inner: Rect,
    buf: &mut Buffer,
) {
    let Some(run) = app.selected(lab).and_then(GroupSnapshot::shown_run) else {
        return;
    };
    let n_units = run.widths[layer_idx];
    let n_rates = lab.groups.len();
    let has_words = usize::from(inner.height) > n_rates + usize::from(AROUND);
    let words = u16::from(has_words);
    let block = Rect {
        height: (n_rates as u16 + AROUND).min(inner.height.saturating_sub(words)),
        ..inner
    };
    let picture = Rect {
        x: inner.x + LEFT.min(inner.width),
        y: inner.y + 1,
        width: inner.width.saturating_sub(LEFT + RIGHT),
        height: block.height.saturating_sub(AROUND),
    };
    if picture.is_empty() {
        return;
    }
    // Where there is room below, the units that follow stand there.
    let n_blocks = (inner.height - words) / block.height;
    let mut columns = Columns::new(n_units, first_unit, picture.width, app.theme.glyphs());
    let mut y = inner.y;
    for _ in 0..n_blocks {
        let down = |area: Rect| Rect {
            y: area.y + y - inner.y,
            ..area
        };
        let places = (down(block), down(picture));
        draw_block(app, lab, (run, layer_idx, step), &columns, places, buf);
        y += block.height;
        match columns.next(n_units) {
            Some(next) => columns = next,
            None => break,
        }
    }
    if has_words {
        draw_words(
            app,
            lab,
            columns.per_cell,
            Rect {
                y,
                height: 1,
                ..inner
            },
            buf,
        );
    }
}

/// Units of a layer at every rate, and their dice below them.
fn draw_block(
    app: &App,
    lab: &LabSnapshot,
    (run, layer_idx, step): (&RunSnapshot, usize, u64),
    columns: &Columns,
    (inner, picture): (Rect, Rect),
    buf: &mut Buffer,
) {
    draw_units(app, columns, inner, picture, buf);
    let looks = super::looks(app, lab);
    let rows = in_view(
        lab.groups.len(),
        app.selected_row(lab),
        picture.height.into(),
    );
    let last = picture.y + rows.len() as u16;
    for (row, y) in rows.zip(picture.y..) {
        let group = &lab.groups[row];
        let role = if row == app.selected_row(lab) {
            Role::Bright
        } else {
            Role::Dim
        };
        let name = format!("{} {}", group.letter, format::rate(group.rate.value()));
        put(
            buf,
            inner,
            i32::from(inner.x) + 1,
            y,
            &name,
            looks[row].style,
        );
        let Some(kept) = kept(group, layer_idx, step) else {
            continue;
        };
        columns.draw_mask(&kept, looks[row].style, (picture, y), buf);
        let n_kept = kept.iter().map(|&kept| usize::from(kept)).sum::<usize>();
        let x = i32::from(picture.right()) + 1;
        put(buf, inner, x, y, &n_kept.to_string(), app.theme.style(role));
    }
    draw_die(
        app,
        (run, layer_idx, step),
        columns,
        (inner, picture, last),
        buf,
    );
}

/// A row for each unit of the layer that is shown: its die, and whether each rate keeps it.
pub(in crate::tui::screens) fn numbers(app: &App, lab: &LabSnapshot) -> Numbers {
    let run = app.selected(lab).and_then(GroupSnapshot::shown_run);
    let shown = run.and_then(|run| {
        let layers = masked_layers(lab, run);
        let layer_idx = *layers.get(app.view.mask_layer % layers.len().max(1))?;
        Some((run, layer_idx, run.last_drawn_step()?))
    });
    let Some((run, layer_idx, step)) = shown else {
        return Numbers::default();
    };
    let masks: Vec<_> = lab
        .groups
        .iter()
        .map(|group| kept(group, layer_idx, step))
        .collect();
    let row = |unit: usize| {
        let die = run.recipe.die(UnitId { layer_idx, unit }, 0, step);
        let kept = masks
            .iter()
            .map(|mask| Some(f64::from(mask.as_ref()?[unit])));
        [Some(unit as f64), Some(die)]
            .into_iter()
            .chain(kept)
            .collect()
    };
    let rates = lab.groups.iter().map(|group| {
        format!(
            "{} {} keeps",
            group.letter,
            format::rate(group.rate.value())
        )
    });
    let head = ["unit".to_owned(), "die".to_owned()];
    Numbers {
        head: head.into_iter().chain(rates).collect(),
        rows: (0..run.widths[layer_idx]).map(row).collect(),
    }
}

/// The first row of the mask of a group's run at a step: the only one where the batch shares it.
fn kept(group: &GroupSnapshot, layer_idx: usize, step: u64) -> Option<Vec<u8>> {
    let run = group.shown_run()?;
    let mut mask = Mask::none();
    run.recipe.draw(layer_idx, step, &mut mask);
    let n_units = run.widths[layer_idx];
    let row = mask.kept().get(..n_units);
    Some(row.map_or_else(|| vec![1; n_units], <[u8]>::to_vec))
}

/// As many of `n` rows as fit, with the selected one among them.
fn in_view(n: usize, selected: usize, n_fitting: usize) -> std::ops::Range<usize> {
    let n_shown = n.min(n_fitting);
    let first = (selected + 1).saturating_sub(n_shown);
    first..first + n_shown
}

/// Which units stand in which cell.
struct Columns {
    first: usize,
    n: usize,
    per_cell: usize,
    glyphs: Glyphs,
}

impl Columns {
    fn new(n_units: usize, first: usize, width: u16, glyphs: Glyphs) -> Self {
        let width = usize::from(width);
        let per_cell = if n_units <= width || glyphs.is_ascii() {
            1
        } else {
            2
        };
        let n = n_units.min(width * per_cell);
        Self {
            first: first.min(n_units - n),
            n,
            per_cell,
            glyphs,
        }
    }

    /// The units behind these, if there are any.
    fn next(&self, n_units: usize) -> Option<Self> {
        let first = self.first + self.n;
        (first < n_units).then(|| Self {
            first,
            n: self.n.min(n_units - first),
            per_cell: self.per_cell,
            glyphs: self.glyphs,
        })
    }

    /// The units of each cell.
    fn cells(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let (first, end, per_cell) = (self.first, self.first + self.n, self.per_cell);
        (first..end)
            .step_by(per_cell)
            .map(move |unit| unit..(unit + per_cell).min(end))
    }

    fn draw_mask(&self, kept: &[u8], style: Style, (area, y): (Rect, u16), buf: &mut Buffer) {
        for (units, x) in self.cells().zip(area.x..) {
            let is_kept = |unit: Option<usize>| unit.is_some_and(|unit| kept[unit] != 0);
            let mut units = units;
            let (left, right) = (units.next(), units.next());
            let glyph = match (is_kept(left), is_kept(right)) {
                (true, _) if self.per_cell == 1 => self.glyphs.pick('█', '#'),
                (false, _) if self.per_cell == 1 => self.glyphs.pick(' ', '.'),
                (true, true) => '█',
                (true, false) => '▌',
                (false, true) => '▐',
                (false, false) => ' ',
            };
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.set_char(glyph).set_style(style);
            }
        }
    }
}

/// The numbers of the units above the picture.
fn draw_units(app: &App, columns: &Columns, inner: Rect, picture: Rect, buf: &mut Buffer) {
    let dim = app.theme.style(Role::Dim);
    let words = |x: i32, words: &str, buf: &mut Buffer| put(buf, inner, x, inner.y, words, dim);
    let first = format!("unit {}", columns.first);
    words(i32::from(picture.x), &first, buf);
    let last = (columns.first + columns.n).saturating_sub(1).to_string();
    let n_cells = columns.n.div_ceil(columns.per_cell) as i32;
    let end = i32::from(picture.x) + n_cells - i32::from(width_of(&last));
    if end > i32::from(picture.x + width_of(&first)) {
        words(end, &last, buf);
    }
    words(i32::from(picture.right()) + 1, "kept", buf);
}

/// The dice below the masks.
fn draw_die(
    app: &App,
    (run, layer_idx, step): (&RunSnapshot, usize, u64),
    columns: &Columns,
    (inner, picture, y): (Rect, Rect, u16),
    buf: &mut Buffer,
) {
    let dim = app.theme.style(Role::Dim);
    put(buf, inner, i32::from(inner.x) + 1, y, "die", dim);
    let die = |unit| run.recipe.die(UnitId { layer_idx, unit }, 0, step);
    for (units, x) in columns.cells().zip(picture.x..) {
        let n = units.len().max(1) as f64;
        let mean = units.map(die).sum::<f64>() / n;
        let glyph = bar(((8.0 * mean).round() as usize).max(1), columns.glyphs);
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.set_char(glyph).set_style(dim);
        }
    }
}

/// What the dice have to do with the masks.
fn draw_words(app: &App, lab: &LabSnapshot, per_cell: usize, row: Rect, buf: &mut Buffer) {
    let two = if per_cell > 1 {
        ", the mean of two in a cell"
    } else {
        ""
    };
    let long = match holding(lab) {
        Some(holding) => {
            format!("{holding}, whatever the die; else dropped where it is below the rate")
        }
        None => format!(
            "dropped where the die is below the rate{two}: what a rate keeps, all lower ones keep"
        ),
    };
    let short = "dropped where the die is below the rate";
    let fits = width_of(&long) < row.width;
    let words = if fits { long.as_str() } else { short };
    put(
        buf,
        row,
        i32::from(row.x) + 1,
        row.y,
        words,
        app.theme.style(Role::Dim),
    );
}
