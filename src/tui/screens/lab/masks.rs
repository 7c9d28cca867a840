//! The masks of the selected group's first run: step by step, newest at the bottom, and how often each unit was kept.
//!
//! No mask is stored anywhere: each row is drawn again from the run's recipe.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Spot, TitlePart};
use crate::lab::{LabSnapshot, RunSnapshot};
use crate::nn::Mask;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::keymap::Action;
use crate::tui::screen::Pane;
use crate::tui::screens::parts::numbers::Numbers;
use crate::tui::theme::Role;
use crate::tui::widgets::band::Band;
use crate::tui::widgets::bitmap::{Bitmap, Packing, Window};
use crate::tui::widgets::{pane, put, width_of};

/// Cells for the step at the left and the number of kept units at the right.
const LEFT: u16 = 9;
const RIGHT: u16 = 5;

/// Rows below the picture: keep counts, and a word about them.
const BELOW: u16 = 2;

pub(in crate::tui::screens) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    draw_nth(app, lab, spot, 0, buf);
}

/// The same for the layer that comes `offset` after the one that is shown.
pub(in crate::tui::screens) fn draw_nth(
    app: &App,
    lab: &LabSnapshot,
    spot: Spot,
    offset: usize,
    buf: &mut Buffer,
) {
    let frame = super::frame(app, Pane::Masks, "Masks", spot);
    let Some((group, run)) = app
        .selected(lab)
        .and_then(|group| Some((group, group.shown_run()?)))
    else {
        frame.draw(spot.area, buf);
        return;
    };
    let style = super::style_of(app, lab, group);
    let heading = TitlePart::new(0, super::group_title(group, style));
    let layers = dropped_layers(run);
    let Some(&layer_idx) = layers.get((app.view.mask_layer + offset) % layers.len().max(1)) else {
        let inner = frame
            .rest(super::forms(app, &[heading]))
            .draw(spot.area, buf);
        let words = format!(
            "at rate {} no unit is dropped and no mask is drawn",
            format::rate(group.rate.value())
        );
        super::draw_words(app, &words, inner, buf);
        return;
    };
    let inner = pane::Pane::inner(spot.area);
    let picture = picture_in(inner);
    let packing = Packing::fitting(run.widths[layer_idx], picture.width, app.theme.glyphs());
    let (across, down) = packing.per_cell();
    let shown = shown_units(
        app,
        run.widths[layer_idx],
        usize::from(picture.width) * across,
    );
    let rows = rows(run, layer_idx, usize::from(picture.height) * down);
    let mut title = vec![heading];
    title.extend(super::held_mark(app, run).map(|mark| TitlePart::new(4, mark)));
    title.extend(layer_title(app, run, layer_idx));
    let note = note(
        app,
        run.widths[layer_idx],
        &shown,
        rows.as_ref(),
        spot.area.width,
    );
    frame
        .rest(super::forms(app, &title))
        .footer(note)
        .draw(spot.area, buf);
    match rows {
        _ if picture.is_empty() => {}
        None => super::draw_words(app, "no mask has been drawn yet", inner, buf),
        Some(rows) => draw_layer(app, (run, layer_idx), (&rows, packing), (inner, style), buf),
    }
}

/// A row for each mask in view of a zoomed pane, at most: its step or sample, and a 0 or 1 for every unit of the layer.
pub(in crate::tui::screens) fn numbers(app: &App, lab: &LabSnapshot) -> Numbers {
    const MOST_ROWS: usize = 100;
    let run = app.selected(lab).and_then(|group| group.runs.first());
    let layers = run.map_or_else(Vec::new, |run| dropped_layers(run));
    let layer = layers.get(app.view.mask_layer % layers.len().max(1));
    let drawn = run
        .zip(layer)
        .and_then(|(run, &layer_idx)| rows(run, layer_idx, MOST_ROWS));
    let Some(Rows {
        masks, names, what, ..
    }) = drawn
    else {
        return Numbers::default();
    };
    let n_units = masks.iter().map(Vec::len).max().unwrap_or(0);
    let units = (0..n_units).map(|unit| format!("unit {unit}"));
    let row = |(name, mask): (u64, Vec<u8>)| {
        let kept = (0..n_units).map(|unit| mask.get(unit).map(|&kept| f64::from(kept)));
        [Some(name as f64)].into_iter().chain(kept).collect()
    };
    Numbers {
        head: [what.to_owned()].into_iter().chain(units).collect(),
        rows: names.into_iter().zip(masks).map(row).collect(),
    }
}

/// Where the masks themselves are drawn inside of the pane: below the numbers of the units, beside the names of the rows.
fn picture_in(inner: Rect) -> Rect {
    let n_below = if inner.height >= 6 { BELOW } else { 0 };
    Rect {
        x: inner.x + LEFT.min(inner.width),
        y: inner.y + 1,
        width: inner.width.saturating_sub(LEFT + RIGHT),
        height: inner.height.saturating_sub(1 + n_below),
    }
}

/// The units in view of a layer of which `n_fitting` fit.
fn shown_units(app: &App, n_units: usize, n_fitting: usize) -> Range<usize> {
    let n_shown = n_units.min(n_fitting);
    let first = app.view.first_unit.min(n_units - n_shown);
    first..first + n_shown
}

/// Dense layers whose input is masked.
fn dropped_layers(run: &RunSnapshot) -> Vec<usize> {
    (0..run.recipe.n_layers())
        .filter(|&layer_idx| !run.recipe.rate(layer_idx, run.step).is_none())
        .collect()
}

/// Which layer it is, how many units it has, and how masks are shared: the last to go, as no glyph tells it.
fn layer_title(app: &App, run: &RunSnapshot, layer_idx: usize) -> [TitlePart; 3] {
    let name = if layer_idx == 0 {
        "input".to_owned()
    } else {
        format!("hidden {layer_idx}")
    };
    let sharing = format::sharing(&run.noise_shape);
    let units = format!("{} units", run.widths[layer_idx]);
    let sharing = Span::styled(sharing, app.theme.style(Role::Text));
    [
        TitlePart::new(2, name),
        TitlePart::new(3, units),
        TitlePart::new(1, sharing),
    ]
}

/// What is in view where that is not all, units and samples, and how to come to other units; in as many words as `width`
/// has room for.
fn note(
    app: &App,
    n_units: usize,
    shown: &Range<usize>,
    rows: Option<&Rows>,
    width: u16,
) -> Line<'static> {
    let mut parts = Vec::new();
    if shown.len() < n_units {
        let to = app.theme.glyphs().pick("–", "-");
        let range = format!("units {}{to}{} of {n_units}", shown.start, shown.end - 1);
        parts.push(TitlePart::new(0, range));
        if app.focus == Pane::Masks {
            let keys = [Action::Left, Action::Right]
                .map(|action| app.keymap.keys_of(action).into_iter().next());
            let keys: Vec<String> = keys.into_iter().flatten().collect();
            let words = format!("{}: others", keys.join(" "));
            parts.push(TitlePart::new(1, words));
        }
    }
    if let Some(rows) = rows.filter(|rows| rows.masks.len() < rows.n_all) {
        let words = format!("{} of {} samples", rows.masks.len(), rows.n_all);
        parts.push(TitlePart::new(2, words));
    }
    let room = usize::from(width.saturating_sub(6));
    let mut forms = super::forms(app, &parts).into_iter();
    forms.find(|form| form.width() <= room).unwrap_or_default()
}

/// The rows of the picture and what each is called.
struct Rows {
    masks: Vec<Vec<u8>>,
    names: Vec<u64>,
    what: &'static str,
    /// As many as there are, where rows are the samples of one batch; else as many as are here.
    n_all: usize,
}

/// Up to `n_rows` masks: those of the last steps if the batch shares them, else those of the last step's samples.
fn rows(run: &RunSnapshot, layer_idx: usize, n_rows: usize) -> Option<Rows> {
    let last = run.last_drawn_step()?;
    let mut mask = Mask::none();
    let mut drawn = |step: u64| {
        run.recipe.draw(layer_idx, step, &mut mask);
        mask.kept()
            .chunks(run.widths[layer_idx].max(1))
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    let of_last = drawn(last);
    if of_last.len() > 1 {
        let n_all = of_last.len();
        let masks: Vec<_> = of_last.into_iter().take(n_rows).collect();
        let names = (0..masks.len() as u64).collect();
        return Some(Rows {
            masks,
            names,
            what: "sample",
            n_all,
        });
    }
    let steps: Vec<u64> = (last.saturating_sub(n_rows as u64 - 1)..=last).collect();
    // A step before a change of rate or sharing has rows of another kind; an empty row stands for no mask.
    let kept = |step: &u64| {
        drawn(*step)
            .into_iter()
            .next()
            .unwrap_or_else(|| vec![1; run.widths[layer_idx]])
    };
    Some(Rows {
        masks: steps.iter().map(kept).collect(),
        n_all: steps.len(),
        names: steps,
        what: "step",
    })
}

fn draw_layer(
    app: &App,
    (run, layer_idx): (&RunSnapshot, usize),
    (rows, packing): (&Rows, Packing),
    (inner, style): (Rect, Style),
    buf: &mut Buffer,
) {
    let borrowed: Vec<&[u8]> = rows.masks.iter().map(Vec::as_slice).collect();
    let window = Bitmap::new(&app.theme, &borrowed, style)
        .packing(packing)
        .first_column(app.view.first_unit)
        .draw(picture_in(inner), buf);
    draw_names(app, rows, &window, inner, buf);
    draw_units(app, rows.what, &window, inner, buf);
    let below = picture_in(inner).bottom();
    if below < inner.bottom() {
        let area = Rect {
            y: below,
            height: inner.bottom() - below,
            ..inner
        };
        draw_counts(app, run, layer_idx, &window, area, style, buf);
    }
}

/// The step or sample of each row of cells at the left, and at the right how many of its units are kept.
fn draw_names(app: &App, rows: &Rows, window: &Window, inner: Rect, buf: &mut Buffer) {
    let cells = window.cells;
    for y in cells.top()..cells.bottom() {
        let Some(newest) = window.rows_at(y - cells.top()).next_back() else {
            continue;
        };
        let (Some(name), Some(mask)) = (rows.names.get(newest), rows.masks.get(newest)) else {
            continue;
        };
        let is_last = newest + 1 == rows.masks.len();
        let role = if is_last { Role::Bright } else { Role::Dim };
        if is_last || (cells.bottom() - 1 - y).is_multiple_of(2) {
            let text = format::count(*name);
            let x = i32::from(cells.left()) - 1 - i32::from(width_of(&text));
            put(buf, inner, x, y, &text, app.theme.style(role));
        }
        let n_kept: usize = mask.iter().map(|&kept| usize::from(kept)).sum();
        put(
            buf,
            inner,
            i32::from(cells.right()) + 1,
            y,
            &n_kept.to_string(),
            app.theme.style(role),
        );
    }
}

/// The numbers of the units above the picture.
fn draw_units(app: &App, what: &str, window: &Window, inner: Rect, buf: &mut Buffer) {
    let (cells, dim) = (window.cells, app.theme.style(Role::Dim));
    put(
        buf,
        inner,
        i32::from(cells.left()) - 1 - i32::from(width_of(what)),
        inner.y,
        what,
        dim,
    );
    put(
        buf,
        inner,
        i32::from(cells.right()) + 1,
        inner.y,
        "kept",
        dim,
    );
    put(
        buf,
        inner,
        i32::from(cells.left()),
        inner.y,
        &format!("unit {}", window.first_column),
        dim,
    );
    let last = (window.first_column + window.n_columns)
        .saturating_sub(1)
        .to_string();
    let end = i32::from(cells.right()) - i32::from(width_of(&last));
    for share in [0.25, 0.5, 0.75] {
        let unit = window.first_column + (share * window.n_columns as f64) as usize;
        let x = i32::from(cells.left()) + (share * f64::from(cells.width)) as i32;
        let is_free = x > i32::from(cells.left()) + 9 && x + 5 < end;
        if is_free {
            put(buf, inner, x, inner.y, &unit.to_string(), dim);
        }
    }
    put(buf, inner, end, inner.y, &last, dim);
}

/// How often each unit was kept, below the picture and in its columns, and how many are inside the binomial band.
fn draw_counts(
    app: &App,
    run: &RunSnapshot,
    layer_idx: usize,
    window: &Window,
    area: Rect,
    style: Style,
    buf: &mut Buffer,
) {
    let counts = &run.keep_counts.layers()[layer_idx];
    if counts.n_drawn == 0 {
        let dim = app.theme.style(Role::Dim);
        let words = "kept counts begin with the next step";
        put(buf, area, i32::from(area.x), area.y, words, dim);
        return;
    }
    let (low, high) = counts.band();
    let values: Vec<f64> = counts.n_kept.iter().map(|&count| count as f64).collect();
    let row = Rect {
        x: window.cells.x,
        width: window.cells.width,
        height: 1,
        ..area
    };
    let dim = app.theme.style(Role::Dim);
    put(buf, area, i32::from(row.x) - 5, row.y, "kept", dim);
    Band::new(&app.theme, &values, low as f64, high as f64, style)
        .window(window.first_column, window.columns_per_cell)
        .draw(row, buf);
    let between = app.theme.glyphs().pick("…", "..");
    let inside = format!(
        "{} of {} units in the 99 % band",
        counts.n_inside(),
        values.len()
    );
    let [low, high] = [low, high].map(format::count);
    let band = format!("{inside} {low}{between}{high}");
    let whole = format!("{band} of {}", format::count(counts.n_drawn));
    let fits = |words: &&String| width_of(words) <= area.width;
    let words = [&whole, &band].into_iter().find(fits).unwrap_or(&inside);
    put(buf, area, i32::from(area.x), row.y + 1, words, dim);
}
