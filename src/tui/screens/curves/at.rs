//! What every rate has at the crosshair, or now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::parts::{draw_line, looks};
use crate::lab::curves::{Preference, Quantity, Traces};
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::keymap::Action;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// Columns of a number.
const WIDTH: usize = 7;

/// The values of one rate.
struct Row {
    values: [Option<f64>; 4],
}

/// Draws the table into `area`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let at = app.view.crosshair.and_then(|place| place.evaluation(lab));
    let title = match at {
        Some(at) => format!("At epoch {}", epoch(at)),
        None => "Now".to_owned(),
    };
    let rest = at.map_or_else(
        || between_evaluations(lab).unwrap_or_else(|| "the last evaluation".to_owned()),
        |at| format!("step {}", format::count(at.step)),
    );
    let rest = Line::styled(rest, app.theme.style(Role::Dim));
    let inner = pane::Pane::new(&app.theme, &title)
        .rest([rest])
        .draw(area, buf);
    let last = if app.facts.is_classification {
        "acc"
    } else {
        app.theme.glyphs().pick("R²", "R^2")
    };
    let names = ["train", "test", "gap", last];
    // The training loss is test less gap: it goes first where there is no room.
    let n_fitting = usize::from(inner.width.saturating_sub(2)) / WIDTH;
    let first_column = names.len() - n_fitting.clamp(1, names.len());
    let head = names.iter().skip(first_column);
    let head: Vec<String> = head.map(|name| format!("{name:>WIDTH$}")).collect();
    let head = head.concat();
    let head = Line::styled(format!("  {head}"), app.theme.style(Role::Dim));
    draw_line(&head, inner, inner.y, buf);
    let rows: Vec<Row> = lab.groups.iter().map(|group| row(app, group, at)).collect();
    let selected = app.selected_row(lab);
    // What lies below the rates: the best, and the keys.
    let n_in_view = usize::from(inner.height.saturating_sub(3)).max(1);
    let first = (selected + 1).saturating_sub(n_in_view);
    let styles = looks(app, lab);
    let in_view = rows.iter().enumerate().skip(first).take(n_in_view);
    for ((idx, row), y) in in_view.zip(inner.y + 1..) {
        let mut line = Line::styled(format!("{} ", lab.groups[idx].letter), styles[idx].style);
        line.spans
            .extend(numbers(app, row).into_iter().skip(first_column));
        draw_line(&line, inner, y, buf);
        if idx == selected {
            let wash = Rect {
                y,
                height: 1,
                ..inner
            };
            buf.set_style(wash, app.theme.style(Role::Selection));
        }
    }
    let below = inner.y + 1 + rows.len().min(n_in_view) as u16;
    draw_line(&best(app, lab, &rows), inner, below, buf);
    draw_line(&keys(app), inner, below + 1, buf);
}

/// The step that the numbers of now are of, where it is beyond all evaluations of the curves: where steps are made one by one, and in
/// the past.
fn between_evaluations(lab: &LabSnapshot) -> Option<String> {
    let of_group = |group: &GroupSnapshot| {
        let latest = group.sound_runs().first()?.latest.as_ref()?.step;
        let last = group.evaluations().last()?.step;
        (latest > last).then_some(latest)
    };
    let step = lab.groups.iter().find_map(of_group)?;
    Some(format!("step {}", format::count(step)))
}

fn row(app: &App, group: &GroupSnapshot, at: Option<&Evaluation>) -> Row {
    let third = if app.facts.is_classification {
        Quantity::TestAccuracy
    } else {
        Quantity::TestR2
    };
    let traces = at.map(|at| (Traces::of(group), at.step));
    let mean = |quantity: Quantity| {
        if let Some((traces, step)) = &traces {
            return Some(traces.at(traces.at_step(*step)?, quantity)?.0);
        }
        let now = group.over_seeds(|_, evaluation| quantity.of(evaluation));
        now.map(|now| now.mean)
    };
    let quantities = [
        Quantity::TrainLoss,
        Quantity::TestLoss,
        Quantity::Gap,
        third,
    ];
    Row {
        values: quantities.map(mean),
    }
}

fn numbers(app: &App, row: &Row) -> Vec<Span<'static>> {
    let glyphs = app.theme.glyphs();
    let third = if app.facts.is_classification {
        format::percent
    } else {
        format::r2
    };
    let forms = [format::loss, format::loss, format::gap, third];
    let texts = row.values.iter().zip(forms).enumerate();
    let spans = texts.map(|(column, (value, form))| {
        let text = value.map_or_else(
            || format::missing(glyphs).to_owned(),
            |value| form(value, glyphs),
        );
        let role = if column == 1 {
            Role::Bright
        } else {
            Role::Text
        };
        Span::styled(format!("{text:>WIDTH$}"), app.theme.style(role))
    });
    spans.collect()
}

/// Which rate is best by loss, and which by what else there is.
fn best(app: &App, lab: &LabSnapshot, rows: &[Row]) -> Line<'static> {
    let leader = |column: usize, preference: Preference| {
        let known = rows
            .iter()
            .enumerate()
            .filter_map(|(idx, row)| Some((idx, row.values[column]?)));
        let sign = if preference == Preference::Highest {
            -1.0
        } else {
            1.0
        };
        let best = known.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)));
        best.map(|(idx, _)| idx)
    };
    let (Some(loss), Some(third)) = (
        leader(1, Preference::Lowest),
        leader(3, Preference::Highest),
    ) else {
        return Line::default();
    };
    let styles = looks(app, lab);
    let dim = app.theme.style(Role::Dim);
    let letter = |idx: usize| Span::styled(lab.groups[idx].letter.to_string(), styles[idx].style);
    let name = if app.facts.is_classification {
        "accuracy"
    } else {
        app.theme.glyphs().pick("R²", "R^2")
    };
    Line::from(vec![
        Span::styled("lowest loss ", dim),
        letter(loss),
        Span::styled(format!(", best {name} "), dim),
        letter(third),
    ])
}

fn keys(app: &App) -> Line<'static> {
    let (accent, dim) = (app.theme.style(Role::Accent), app.theme.style(Role::Dim));
    let key = |action: Action| {
        app.keymap
            .keys_of(action)
            .into_iter()
            .next()
            .unwrap_or_default()
    };
    let hints = match app.view.crosshair {
        Some(_) => [
            (key(Action::Left), "back"),
            (key(Action::Right), "on"),
            (key(Action::Back), "let go"),
        ],
        None => [
            (key(Action::Crosshair), "crosshair"),
            (key(Action::CrosshairAt), "at epoch"),
            (String::new(), ""),
        ],
    };
    let spans = hints.into_iter().filter(|(key, _)| !key.is_empty());
    let spans = spans.flat_map(|(key, word)| {
        [
            Span::styled(key, accent),
            Span::styled(format!(" {word}  "), dim),
        ]
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// Epochs are whole but for looks between them.
pub(super) fn epoch(at: &Evaluation) -> String {
    if at.epoch.fract() == 0.0 {
        format::count(at.epoch as u64)
    } else {
        format!("{:.1}", at.epoch)
    }
}
