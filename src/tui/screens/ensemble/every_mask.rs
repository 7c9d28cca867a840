//! Every mask: a map on which neighbours differ in one unit, so that what a unit is worth is a texture; or the walk through
//! all of them, as a curve.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Spot, Subject, TitlePart, draw_line, framed, measured};
use crate::lab::LabSnapshot;
use crate::math::hilbert;
use crate::probe::exact::Choices;
use crate::probe::{ExactReading, Probe};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::chart::{Chart, Series};
use crate::tui::widgets::image::{Image, Pixel};
use crate::tui::widgets::scale::{Kind, legend};

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let n = Subject::selected(app, lab).map_or(0, |subject| subject.run.subnetworks.n_units());
    let all = format::power_of_two(n as u64, app.theme.glyphs());
    let title = format!("All {all} networks");
    let order = if app.ensemble.is_walk {
        "in the order of the Gray code"
    } else {
        "Gray code on a Hilbert curve"
    };
    let rest = [TitlePart::new(1, measured(app)), TitlePart::new(4, order)];
    let name = (Pane::EveryMask, &title[..], &rest[..]);
    let Some((subject, reading, inner)) =
        framed::<ExactReading>(app, lab, name, &Probe::Exact, (spot, buf))
    else {
        return;
    };
    let below = if app.ensemble.is_walk {
        draw_walk(app, &subject, reading.reading(), inner, buf)
    } else {
        draw_map(app, reading.reading(), inner, buf)
    };
    // Into the border: the map needs every row.
    let border = Rect {
        y: spot.area.bottom().saturating_sub(1),
        height: 1,
        ..inner
    };
    draw_line(&below, border, border.y, buf);
}

/// The means of neighbours, coarsest first, and whether they are accuracies.
fn levels<'a>(app: &App, reading: &'a ExactReading) -> (&'a [Vec<f32>], bool) {
    if app.is_by_loss() || reading.accuracy_levels.is_empty() {
        (&reading.loss_levels, false)
    } else {
        (&reading.accuracy_levels, true)
    }
}

/// The finest level of which the map fits into `area`: so many bits have a pixel each.
fn finest(app: &App, n_levels: usize, area: Rect) -> u32 {
    let has_halves = app.theme.has_shades() && !app.theme.glyphs().is_ascii();
    let rows = usize::from(area.height) * if has_halves { 2 } else { 1 };
    let fits = |bits: &u32| {
        let (columns, needed) = hilbert::grid(*bits);
        columns <= area.width.into() && needed <= rows
    };
    (0..n_levels as u32).rev().find(fits).unwrap_or(0)
}

/// The values between which the colours run: the lowest fiftieth of the pixels is as dark as the darkest.
fn range(values: &[f32]) -> [f64; 2] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let low = sorted[sorted.len() / 50];
    let high = sorted[sorted.len() - 1 - sorted.len() / 50];
    [f64::from(low), f64::from(high)]
}

fn draw_map(app: &App, reading: &ExactReading, area: Rect, buf: &mut Buffer) -> Line<'static> {
    let (levels, is_accuracy) = levels(app, reading);
    let bits = finest(app, levels.len(), area);
    let values = &levels[bits as usize];
    let [low, high] = range(values);
    // The brightest is the best, by loss as by accuracy.
    let place = |value: f32| {
        let share = (f64::from(value) - low) / (high - low).max(f64::MIN_POSITIVE);
        if is_accuracy { share } else { 1.0 - share }
    };
    let (columns, rows) = hilbert::grid(bits);
    let mut pixels = vec![Pixel::Hole; columns * rows];
    for (at, &value) in values.iter().enumerate() {
        let (x, y) = hilbert::cell_of(at, bits);
        pixels[y * columns + x] = Pixel::Map(place(value).clamp(0.0, 1.0));
    }
    let n = reading.choices.n_units();
    let mask = cursor(app, reading);
    let cell = |mask| hilbert::cell_of(Choices::place_of(mask) >> (n - bits as usize), bits);
    let cursor = mask.map(cell);
    Image::new(&app.theme, &pixels, columns)
        .cursor(cursor)
        .draw(area, buf);
    let per_pixel = 1_usize << (n - bits as usize);
    let text = |value: f64| {
        if is_accuracy {
            format!("{} %", format::percent(value, app.theme.glyphs()))
        } else {
            format::loss(value, app.theme.glyphs())
        }
    };
    let ends = if is_accuracy {
        [low, high]
    } else {
        [high, low]
    };
    let [worst, best] = ends.map(text);
    let mut line = legend(
        &app.theme,
        Kind::Map,
        app.theme.style(Role::Text),
        [&worst, &best],
        16,
    );
    let note = match per_pixel {
        1 => "  a pixel is a network".to_owned(),
        n => format!("  a pixel is {} networks", format::count(n as u64)),
    };
    line.push_span(Span::styled(note, app.theme.style(Role::Dim)));
    Line::from(
        line.spans
            .into_iter()
            .map(|span| Span::styled(span.content.into_owned(), span.style))
            .collect::<Vec<_>>(),
    )
}

/// The mask under the cursor, if there is one.
pub(super) fn cursor(app: &App, reading: &ExactReading) -> Option<usize> {
    app.ensemble
        .mask
        .filter(|mask| *mask < reading.choices.n_masks())
}

/// Points of the walk that a chart has at most.
const MOST_POINTS: usize = 10;

fn draw_walk(
    app: &App,
    subject: &Subject,
    reading: &ExactReading,
    area: Rect,
    buf: &mut Buffer,
) -> Line<'static> {
    let (levels, is_accuracy) = levels(app, reading);
    let values = &levels[MOST_POINTS.min(levels.len() - 1)];
    let per_point = reading.choices.n_masks() / values.len();
    let scale = if is_accuracy { 100.0 } else { 1.0 };
    let point = |(idx, &value): (usize, &f32)| ((idx * per_point) as f64, scale * f64::from(value));
    let points: Vec<(f64, f64)> = values.iter().enumerate().map(point).collect();
    let full = match reading.full.accuracy {
        Some(accuracy) if is_accuracy => 100.0 * accuracy,
        _ => reading.full.loss,
    };
    let full = [(0.0, full), (reading.choices.n_masks() as f64, full)];
    let series = [
        Series::new(&full, app.theme.style(Role::Good), "full"),
        Series::new(&points, subject.style, ""),
    ];
    Chart::new(&app.theme, &series)
        .x_title("place")
        .crosshair(cursor(app, reading).map(|mask| Choices::place_of(mask) as f64))
        .draw(area, buf);
    let note = match per_point {
        1 => "a point is a network; neighbours differ in one unit".to_owned(),
        n => format!("a point is {n} networks; neighbours differ in one unit"),
    };
    Line::styled(note, app.theme.style(Role::Dim))
}
