//! How good are all thinned networks? Each counts as often as it is drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Spot, TitlePart, draw_line, framed, measure, measured};
use crate::lab::LabSnapshot;
use crate::probe::{ExactReading, Probe};
use crate::tui::app::App;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::histogram::draw_columns;
use crate::tui::widgets::put;

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let rest = [TitlePart::new(1, measured(app))];
    let name = (Pane::HowGood, "How good are they?", &rest[..]);
    let Some((subject, reading, inner)) =
        framed::<ExactReading>(app, lab, name, &Probe::Exact, (spot, buf))
    else {
        return;
    };
    let (axis, chances) = distribution(app, reading.reading());
    let bars = Rect {
        height: inner.height.saturating_sub(3),
        ..inner
    };
    let heights = columns(&axis, &chances, bars.width);
    draw_columns(&heights, subject.style, app.theme.glyphs(), bars, buf);
    draw_line_with_marks(
        app,
        reading.reading(),
        &axis,
        Rect {
            y: bars.bottom(),
            height: 2,
            ..inner
        },
        buf,
    );
    draw_line(
        &legend(app, &reading),
        inner,
        inner.bottom().saturating_sub(1),
        buf,
    );
}

/// The axis, and the chance of each value on it: percentages that are right, or losses.
fn distribution(app: &App, reading: &ExactReading) -> (Axis, Vec<(f64, f64)>) {
    let chances: Vec<(f64, f64)> = if app.is_by_loss() {
        let [least, most] = reading.loss_range;
        let n = reading.chance_of_loss.len() as f64;
        let loss = |bin: usize| least + (bin as f64 + 0.5) / n * (most - least);
        reading
            .chance_of_loss
            .iter()
            .enumerate()
            .map(|(bin, &chance)| (loss(bin), chance))
            .collect()
    } else {
        let percent = |right: usize| 100.0 * right as f64 / reading.n_examples as f64;
        reading
            .chance_of_right
            .iter()
            .enumerate()
            .map(|(right, &chance)| (percent(right), chance))
            .collect()
    };
    let there = chances
        .iter()
        .filter(|(_, chance)| *chance > 0.0)
        .map(|(value, _)| *value);
    let axis = Axis::fit(Scale::Linear, there, 0.02);
    (axis, chances)
}

/// The square root of the chance of each column, as a share of the largest: rare networks show, too.
fn columns(axis: &Axis, chances: &[(f64, f64)], width: u16) -> Vec<f64> {
    let mut sums = vec![0.0; usize::from(width)];
    for &(value, chance) in chances.iter().filter(|(_, chance)| *chance > 0.0) {
        let Some(place) = axis
            .position(value)
            .filter(|place| (0.0..=1.0).contains(place))
        else {
            continue;
        };
        let column = (place * f64::from(width)) as usize;
        if let Some(sum) = sums.get_mut(column.min(usize::from(width).saturating_sub(1))) {
            *sum += chance;
        }
    }
    let most = sums.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    sums.iter().map(|sum: &f64| (sum / most).sqrt()).collect()
}

/// The line below the bars with the mean and the full network on it, and the axis below that.
fn draw_line_with_marks(
    app: &App,
    reading: &ExactReading,
    axis: &Axis,
    area: Rect,
    buf: &mut Buffer,
) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let line = glyphs.pick("─", "-").repeat(area.width.into());
    put(
        buf,
        area,
        area.x.into(),
        area.y,
        &line,
        theme.style(Role::Border),
    );
    let last = f64::from(area.width.max(1) - 1);
    let value = |quality: crate::probe::exact::Quality| match quality.accuracy {
        Some(accuracy) if !app.is_by_loss() => 100.0 * accuracy,
        _ => quality.loss,
    };
    let marks = [
        (value(reading.one), glyphs.pick("┬", "T"), Role::Text),
        (value(reading.full), glyphs.pick("▲", "^"), Role::Good),
    ];
    for (value, symbol, role) in marks {
        if let Some(place) = axis
            .position(value)
            .filter(|place| (0.0..=1.0).contains(place))
        {
            let x = i32::from(area.x) + (place * last).round() as i32;
            put(buf, area, x, area.y, symbol, theme.style(role));
        }
    }
    for tick in axis.ticks_along(area.width) {
        let x = i32::from(area.x) + (tick.position * last).round() as i32;
        let x = x - tick.label.len() as i32 / 2;
        put(
            buf,
            area,
            x.max(area.x.into()),
            area.y + 1,
            &tick.label,
            theme.style(Role::Dim),
        );
    }
}

fn legend(app: &App, reading: &ExactReading) -> Line<'static> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let dim = |text: &str| Span::styled(text.to_owned(), theme.style(Role::Dim));
    let bright = |text: String| Span::styled(text, theme.style(Role::Bright));
    let of = |quality: crate::probe::exact::Quality| measure(app, quality.accuracy, quality.loss);
    Line::from(vec![
        Span::styled(glyphs.pick("┬", "T"), theme.style(Role::Text)),
        dim(" mean "),
        bright(of(reading.one)),
        Span::styled(glyphs.pick("  ▲", "  ^"), theme.style(Role::Good)),
        dim(" full "),
        bright(of(reading.full)),
        dim("  bars: square root of the share"),
    ])
}
