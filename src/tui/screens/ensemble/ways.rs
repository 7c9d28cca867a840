//! What all thinned networks say together, by each way of averaging them; and what each unit is worth to them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Spot, TitlePart, draw_line, framed, measure, measured};
use crate::lab::LabSnapshot;
use crate::probe::exact::{Quality, Worth};
use crate::probe::{ExactReading, Probe};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widgets::histogram::draw_columns;
use crate::tui::widgets::put;

/// A bar over `share` of `width` cells, in eighths.
pub(super) fn bar_text(share: f64, width: u16, glyphs: Glyphs) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * 8.0 * f64::from(width)).round() as usize;
    let last = glyphs.pick(PARTS[eighths % 8], if eighths % 8 >= 4 { "#" } else { "" });
    format!("{}{last}", glyphs.pick("█", "#").repeat(eighths / 8))
}

/// The same in an area, with a line behind it to its end.
pub(super) fn draw_bar(app: &App, share: f64, (style, area): (Style, Rect), buf: &mut Buffer) {
    let glyphs = app.theme.glyphs();
    let line = glyphs.pick("─", "-").repeat(area.width.into());
    put(
        buf,
        area,
        area.x.into(),
        area.y,
        &line,
        app.theme.style(Role::Border),
    );
    let bar = bar_text(share, area.width, glyphs);
    put(buf, area, area.x.into(), area.y, &bar, style);
}

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let rest = [TitlePart::new(1, measured(app))];
    let name = (Pane::Ways, "Ways to average", &rest[..]);
    let Some((subject, reading, inner)) =
        framed::<ExactReading>(app, lab, name, &Probe::Exact, (spot, buf))
    else {
        return;
    };
    let ways: [(&str, Quality, &str); 5] = [
        ("one, on average", reading.one, "exact"),
        ("arithmetic mean", reading.arithmetic, "exact"),
        ("geometric mean", reading.geometric, "exact"),
        ("weight scaling", reading.full, "the full network"),
        ("mean of 20", reading.sampled, "sampled"),
    ];
    let value = |quality: &Quality| match quality.accuracy {
        Some(accuracy) if !app.is_by_loss() => accuracy,
        _ => quality.loss,
    };
    let most = ways
        .iter()
        .map(|(_, quality, _)| value(quality))
        .fold(0.0, f64::max);
    let rows_each = if inner.height >= 10 { 2 } else { 1 };
    for ((name, quality, how), row) in ways.iter().zip(0..) {
        let y = inner.y + row * rows_each;
        let text = Line::from(vec![
            Span::styled(format!("{name:<16} "), app.theme.style(Role::Text)),
            Span::styled(
                measure(app, quality.accuracy, quality.loss),
                app.theme.style(Role::Bright),
            ),
        ]);
        draw_line(&text, inner, y, buf);
        let x = i32::from(inner.right()) - how.chars().count() as i32;
        if x > i32::from(inner.x) + text.width() as i32 {
            put(buf, inner, x, y, how, app.theme.style(Role::Dim));
        }
        if rows_each == 2 && y + 1 < inner.bottom() {
            let bar = bar_text(value(quality) / most, inner.width, app.theme.glyphs());
            put(buf, inner, inner.x.into(), y + 1, &bar, subject.style);
        }
    }
}

/// Columns of a unit: two of bar, one between.
const UNIT: u16 = 3;

pub(super) fn draw_worth(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let what = if app.is_by_loss() {
        "loss without less with"
    } else {
        "accuracy with less without"
    };
    let rest = [TitlePart::new(1, what)];
    let name = (Pane::MeanWorth, "Worth of a unit", &rest[..]);
    let Some((subject, reading, inner)) =
        framed::<ExactReading>(app, lab, name, &Probe::Exact, (spot, buf))
    else {
        return;
    };
    let bars = Rect {
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let all: Vec<f64> = reading
        .worth
        .iter()
        .map(|worth| value(app, worth))
        .collect();
    let bit = app.ensemble.bit.min(all.len().saturating_sub(1));
    draw_bars(app, (&reading, &all), (bit, subject.style), bars, buf);
    let words = worth_words(app, &reading, bit);
    draw_line(&words, inner, inner.bottom().saturating_sub(1), buf);
}

/// A bar for each unit with its number below, as many as fit with the chosen one among them.
fn draw_bars(
    app: &App,
    (reading, all): (&ExactReading, &[f64]),
    (bit, style): (usize, Style),
    area: Rect,
    buf: &mut Buffer,
) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let most = all
        .iter()
        .map(|value| value.abs())
        .fold(f64::MIN_POSITIVE, f64::max);
    let n = usize::from(area.width / UNIT).max(1);
    let first = bit.saturating_sub(n - 1).min(all.len().saturating_sub(n));
    let height = area.height.saturating_sub(1);
    for (idx, &value) in all.iter().enumerate().skip(first).take(n) {
        let x = area.x + (idx - first) as u16 * UNIT;
        let column = Rect::new(x, area.y, 2, height);
        let style = if value < 0.0 {
            theme.style(Role::Bad)
        } else {
            style
        };
        draw_columns(&[value.abs() / most; 2], style, glyphs, column, buf);
        let is_chosen = idx == bit && app.focus == Pane::MeanWorth;
        let role = if is_chosen { Role::Accent } else { Role::Dim };
        let name = reading.worth[idx].unit.unit.to_string();
        put(
            buf,
            area,
            x.into(),
            area.y + height,
            &name,
            theme.style(role),
        );
    }
}

fn value(app: &App, worth: &Worth) -> f64 {
    match worth.accuracy {
        Some(accuracy) if !app.is_by_loss() => accuracy,
        _ => worth.loss,
    }
}

/// The unit under the cursor while the pane has the focus, else the one that is worth most; and the median.
fn worth_words(app: &App, reading: &ExactReading, bit: usize) -> Line<'static> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let of = |worth: &Worth| value(app, worth);
    let most = reading.worth.iter().max_by(|a, b| of(a).total_cmp(&of(b)));
    let chosen = if app.focus == Pane::MeanWorth {
        reading.worth.get(bit)
    } else {
        most
    };
    let Some(worth) = chosen else {
        return Line::default();
    };
    let mut all: Vec<f64> = reading.worth.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    let median = f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2]);
    let text = |value: f64| match worth.accuracy {
        Some(_) if !app.is_by_loss() => format!("{} %", format::gap(100.0 * value, glyphs)),
        _ => format::gap(value, glyphs),
    };
    let dim = |text: String| Span::styled(text, theme.style(Role::Dim));
    let bright = |text: String| Span::styled(text, theme.style(Role::Bright));
    Line::from(vec![
        dim("unit ".to_owned()),
        bright(super::answer::unit_name(worth.unit)),
        dim(" is worth ".to_owned()),
        bright(text(of(worth))),
        dim(format!(", the median {}", text(median))),
    ])
}
