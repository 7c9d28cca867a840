//! How long the incoming weights of the units of a layer are, or on how many inputs their sums rest: a ridge for each rate.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::super::parts::{Spot, TitlePart, draw_line, draw_words, forms, frame, looks};
use super::{Found, age, layer_name, layers, waiting};
use crate::lab::LabSnapshot;
use crate::math::statistics;
use crate::probe::Families;
use crate::tui::app::{App, UnitValue};
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::put;
use crate::tui::widgets::ridge::{Mark, Ridge};

/// Columns of a letter before a ridge, and of the mean behind it.
const LETTER: u16 = 2;
const MEAN: u16 = 6;

/// Rows of a ridge: at least a bar on its line.
const LEAST_ROWS: u16 = 2;
const MOST_ROWS: u16 = 6;

/// What is counted of each unit; of effective inputs once they are known.
fn values(app: &App, families: &Families) -> Vec<f64> {
    match app.weights.unit_value {
        UnitValue::Norm => families.norms.clone(),
        UnitValue::EffectiveInputs => {
            let known = families.effective_inputs.iter().flatten().copied();
            known.filter(|value| value.is_finite()).collect()
        }
    }
}

pub(super) fn draw(app: &App, lab: &LabSnapshot, found: &[Found], spot: Spot, buf: &mut Buffer) {
    let title = match app.weights.unit_value {
        UnitValue::Norm => "Norm of a unit's inputs",
        UnitValue::EffectiveInputs => "Effective inputs of a unit",
    };
    let mut parts = vec![TitlePart::new(0, layer_name(app, app.weights.layer_idx))];
    parts.extend(age(app, found));
    let inner = frame(app, Pane::UnitNorms, title, spot)
        .rest(forms(app, &parts))
        .draw(spot.area, buf);
    // The table has its rows where the ridges keep theirs.
    let n_table = lab.groups.len() as u16 + 1;
    let least = LEAST_ROWS * (found.len().max(1) as u16) + 2;
    let n_table = if least + n_table <= inner.height {
        n_table
    } else {
        0
    };
    let [ridges, table] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(n_table)]).areas(inner);
    let values: Vec<Vec<f64>> = found
        .iter()
        .map(|found| values(app, &found.families))
        .collect();
    if values.iter().all(Vec::is_empty) {
        draw_words(app, &waiting(app, lab), ridges, buf);
    } else {
        draw_ridges(app, lab, found, &values, ridges, buf);
    }
    layers::draw(app, lab, table, buf);
}

fn draw_ridges(
    app: &App,
    lab: &LabSnapshot,
    found: &[Found],
    values: &[Vec<f64>],
    area: Rect,
    buf: &mut Buffer,
) {
    let n_fit = usize::from(area.height.saturating_sub(1) / LEAST_ROWS).max(1);
    let n_shown = found.len().min(n_fit);
    // Where not all rates fit, the selected one is among those that do.
    let selected = app.selected_row(lab);
    let at = found
        .iter()
        .position(|found| found.row == selected)
        .unwrap_or(0);
    let first = (at + 1).saturating_sub(n_shown);
    let n_rows = (area.height.saturating_sub(1) / n_shown as u16).clamp(1, MOST_ROWS);
    let plot = Rect {
        x: area.x + LETTER,
        width: area.width.saturating_sub(LETTER + MEAN),
        ..area
    };
    let axis = axis(app, found, values);
    let range = [axis.start(), axis.end()];
    let looks = looks(app, lab);
    let ridge = |idx: usize| {
        Ridge::new(&app.theme, &values[idx], range, looks[found[idx].row].style).smoothed()
    };
    // All have one height for one count, so that they can be held beside each other.
    let counts = (first..first + n_shown).flat_map(|idx| ridge(idx).counts(plot.width.into()));
    let tallest = counts.fold(0.0, f64::max);
    for (place, idx) in (first..first + n_shown).enumerate() {
        let row = Rect {
            y: area.y + place as u16 * n_rows,
            height: n_rows,
            ..plot
        };
        let marks = marks(app, &found[idx].families, &axis);
        ridge(idx).tallest(tallest).marks(&marks).draw(row, buf);
        let style = looks[found[idx].row].style;
        draw_ends(app, &found[idx], &values[idx], style, (area, row), buf);
    }
    let below = area.y + n_shown as u16 * n_rows;
    for tick in axis.ticks_along(plot.width) {
        let x = f64::from(plot.x) + tick.position * f64::from(plot.width.saturating_sub(1));
        let x = x.round() as i32 - (tick.label.len() as i32 - 1) / 2;
        put(buf, area, x, below, &tick.label, app.theme.style(Role::Dim));
    }
}

/// The letter before a ridge and the mean behind it; the share of units on the bound above that, where there is one.
fn draw_ends(
    app: &App,
    found: &Found,
    values: &[f64],
    style: Style,
    (area, row): (Rect, Rect),
    buf: &mut Buffer,
) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let y = row.bottom() - 1;
    let letter = Line::styled(
        found.group.letter.to_string(),
        style.add_modifier(Modifier::BOLD),
    );
    draw_line(&letter, area, y, buf);
    let mean = match values {
        [] => format::missing(glyphs).to_owned(),
        values => format::ratio(statistics::mean(values), glyphs),
    };
    let width = usize::from(MEAN) - 1;
    let behind = Rect {
        x: row.right() + 1,
        width: area.right().saturating_sub(row.right() + 1),
        ..area
    };
    draw_line(
        &Line::styled(format!("{mean:>width$}"), theme.style(Role::Text)),
        behind,
        y,
        buf,
    );
    let bound = app.facts.experiment.optimizer.max_norm;
    if let Some(bound) = bound.filter(|_| app.weights.unit_value == UnitValue::Norm) {
        let share = found.families.share_bounded(bound.into());
        let text = format!("{:>width$}", format!("{:.0}%", 100.0 * share));
        draw_line(
            &Line::from(Span::styled(text, theme.style(Role::Dim))),
            behind,
            row.y,
            buf,
        );
    }
}

/// From the lowest to the highest value of all rates, with the start and the bound in it.
fn axis(app: &App, found: &[Found], values: &[Vec<f64>]) -> Axis {
    let all = values.iter().flatten().copied();
    let marked = found
        .iter()
        .flat_map(|found| marked(app, &found.families))
        .flatten();
    Axis::fit(Scale::Linear, all.chain(marked), 0.02)
}

/// The mean at the start, and max-norm's bound.
fn marked(app: &App, families: &Families) -> [Option<f64>; 2] {
    match app.weights.unit_value {
        UnitValue::Norm => [
            Some(statistics::mean(&families.start_norms)),
            app.facts.experiment.optimizer.max_norm.map(f64::from),
        ],
        UnitValue::EffectiveInputs => [None, None],
    }
}

fn marks<'a>(app: &App, families: &Families, axis: &Axis) -> Vec<Mark<'a>> {
    let glyphs = app.theme.glyphs();
    let symbols = [glyphs.pick("┬", "T"), glyphs.pick("┃", "|")];
    let roles = [Role::Bright, Role::Warn];
    let marked = marked(app, families)
        .into_iter()
        .zip(symbols.into_iter().zip(roles));
    let mark = |(value, (symbol, role)): (Option<f64>, (&'a str, Role))| {
        Some(Mark {
            position: axis.position(value?)?,
            symbol,
            style: app.theme.style(role),
        })
    };
    marked.filter_map(mark).collect()
}
