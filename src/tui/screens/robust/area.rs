//! The area under the curves of every rate, less that of the rate compared with: one interval a rate on one line of zeros.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::super::parts::{Spot, TitlePart, draw_words, forms, frame, looks};
use super::compared::{Difference, Says};
use super::{name, waiting};
use crate::lab::LabSnapshot;
use crate::probe::Perturbation;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::put;

/// Columns of the names of perturbations, of the letters, and of the numbers behind the intervals.
const NAME: u16 = 8;
const LETTER: u16 = 3;
const NUMBER: u16 = 10;

/// One rate under one perturbation.
struct Row {
    perturbation: Perturbation,
    /// The row of the rate in the table.
    group: usize,
    found: Option<Difference>,
}

/// Draws the pane at `spot`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let reference = app.reference(lab);
    let mut title = Vec::new();
    if let Some(reference) = reference {
        let glyphs = app.theme.glyphs();
        let (dim, text) = (app.theme.style(Role::Dim), app.theme.style(Role::Text));
        title.push(TitlePart::new(2, "under the curve"));
        title.push(TitlePart::new(
            0,
            Span::styled(format!("less that of {}", reference.letter), text),
        ));
        let n_seeds = reference.sound_runs().len();
        let seeds = match n_seeds {
            1 => "one seed: no interval".to_owned(),
            n => format!("95 % CI, {n} seeds"),
        };
        title.push(TitlePart::new(1, Span::styled(seeds, dim)));
        let known = glyphs.pick("✓ ✗ leave out 0", "* x leave out 0");
        title.push(TitlePart::new(3, Span::styled(known, dim)));
    }
    let inner = frame(app, Pane::Area, "Area", spot)
        .rest(forms(app, &title))
        .draw(spot.area, buf);
    let Some(reference) = reference.filter(|_| lab.groups.len() > 1) else {
        draw_words(
            app,
            "it takes runs at two rates to compare areas",
            inner,
            buf,
        );
        return;
    };
    let all = app.robust.answered().into_iter();
    let kinds: Vec<Perturbation> = all.filter(|kind| app.can_be_perturbed(*kind)).collect();
    let others: Vec<usize> = (0..lab.groups.len())
        .filter(|&row| lab.groups[row].id != reference.id)
        .collect();
    let room = usize::from(inner.height.saturating_sub(1));
    let a_kind = (room / kinds.len().max(1)).clamp(1, others.len());
    let selected = app.selected_row(lab);
    let at = others.iter().position(|&row| row == selected).unwrap_or(0);
    let first = (at + 1).saturating_sub(a_kind);
    let rows: Vec<Row> = kinds
        .iter()
        .flat_map(|&perturbation| {
            others[first..first + a_kind].iter().map(move |&group| Row {
                perturbation,
                group,
                found: Difference::between(lab, &lab.groups[group], reference, perturbation),
            })
        })
        .collect();
    if rows.iter().all(|row| row.found.is_none()) {
        draw_words(app, &waiting_words(app, lab), inner, buf);
        return;
    }
    draw_rows(app, lab, &rows, inner, buf);
}

/// Why there is no area yet, or none at all.
fn waiting_words(app: &App, lab: &LabSnapshot) -> String {
    let noise = app.robust.answered()[0];
    let (n, of) = super::chart::counts(lab, noise);
    if n == of && n > 0 {
        "no area: there is no R² of values that are all the same".to_owned()
    } else {
        waiting(app, lab, noise)
    }
}

fn draw_rows(app: &App, lab: &LabSnapshot, rows: &[Row], inner: Rect, buf: &mut Buffer) {
    let plot = Rect {
        x: inner.x + (NAME + LETTER).min(inner.width),
        width: inner.width.saturating_sub(NAME + LETTER + NUMBER),
        ..inner
    };
    let ends = rows.iter().filter_map(|row| row.found).flat_map(|found| {
        let interval = found.interval;
        [
            found.mean,
            interval.map_or(found.mean, |interval| interval.low),
            interval.map_or(found.mean, |interval| interval.high),
        ]
    });
    let axis = Axis::fit(Scale::Linear, ends.chain([0.0]), 0.03);
    let looks = looks(app, lab);
    let mut before = None;
    for (row, y) in rows.iter().zip(inner.y..inner.bottom().saturating_sub(1)) {
        if before != Some(row.perturbation) {
            let dim = app.theme.style(Role::Dim);
            put(
                buf,
                inner,
                inner.x.into(),
                y,
                name(app, row.perturbation),
                dim,
            );
            before = Some(row.perturbation);
        }
        let letter = lab.groups[row.group].letter.to_string();
        let style = looks[row.group].style;
        put(buf, inner, i32::from(inner.x + NAME), y, &letter, style);
        let spot = Rect {
            y,
            height: 1,
            ..plot
        };
        draw_interval(app, row, &axis, (spot, style), buf);
        let is_selected = row.group == app.selected_row(lab);
        draw_number(app, row.found.as_ref(), is_selected, (inner, y), buf);
    }
    let below = inner.y + rows.len() as u16;
    for tick in axis.ticks_along(plot.width) {
        let n = tick.label.chars().count() as i32;
        let at = (tick.position * f64::from(plot.width.saturating_sub(1))).round() as i32;
        let x = i32::from(plot.x) + at - (n - 1) / 2;
        put(
            buf,
            inner,
            x,
            below,
            &tick.label,
            app.theme.style(Role::Dim),
        );
    }
}

/// The line of zeros, the interval and its mean.
fn draw_interval(
    app: &App,
    row: &Row,
    axis: &Axis,
    (spot, style): (Rect, ratatui::style::Style),
    buf: &mut Buffer,
) {
    let glyphs = app.theme.glyphs();
    let column = |value: f64| {
        let position = axis.position(value)?.clamp(0.0, 1.0);
        let last = f64::from(spot.width.checked_sub(1)?);
        Some(i32::from(spot.x) + (position * last).round() as i32)
    };
    let border = app.theme.style(Role::Border);
    if let Some(x) = column(0.0) {
        put(buf, spot, x, spot.y, glyphs.pick("│", "|"), border);
    }
    let Some(found) = &row.found else {
        return;
    };
    if let Some(interval) = found.interval
        && let (Some(low), Some(high)) = (column(interval.low), column(interval.high))
    {
        for x in low..=high {
            put(buf, spot, x, spot.y, glyphs.pick("─", "-"), style);
        }
        put(buf, spot, low, spot.y, glyphs.pick("├", "["), style);
        put(buf, spot, high, spot.y, glyphs.pick("┤", "]"), style);
    }
    if let Some(mean) = column(found.mean) {
        put(buf, spot, mean, spot.y, glyphs.pick("●", "o"), style);
    }
}

fn draw_number(
    app: &App,
    found: Option<&Difference>,
    is_selected: bool,
    (inner, y): (Rect, u16),
    buf: &mut Buffer,
) {
    let (glyphs, theme) = (app.theme.glyphs(), &app.theme);
    let role = if is_selected {
        Role::Bright
    } else {
        Role::Text
    };
    let words = found.map_or_else(
        || format::missing(glyphs).to_owned(),
        |found| format::gap(found.mean, glyphs),
    );
    let x = i32::from(inner.right().saturating_sub(NUMBER)) + 1;
    put(buf, inner, x, y, &format!("{words:>6}"), theme.style(role));
    let (mark, role) = match found.map(Difference::says) {
        Some(Says::Yes) => (glyphs.pick("✓", "*"), Role::Good),
        Some(Says::No) => (glyphs.pick("✗", "x"), Role::Bad),
        Some(Says::Open | Says::OneSeed) | None => return,
    };
    let x = i32::from(inner.right()) - 2;
    put(buf, inner, x, y, mark, theme.style(role));
}
