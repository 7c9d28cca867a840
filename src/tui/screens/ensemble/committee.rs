//! On what twenty thinned networks are divided: test examples, the votes on them, and what the full network says. Of a
//! regression, the curves of all twenty.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Spot, Subject, TitlePart, draw_line, draw_words, framed};
use crate::lab::LabSnapshot;
use crate::probe::committee::{Divided, Fan, N_VOTERS};
use crate::probe::{CommitteeReading, Probe};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::chart::{Chart, Series};
use crate::tui::widgets::image::{Binning, Image, Pixel, Size};

/// Columns of the row names.
const NAMES: u16 = 6;

/// Columns of an example, and of a bar of ten votes.
const LEAST_COLUMNS: u16 = 11;
const BAR: u16 = 5;

/// How far the bars of wrong votes fade, as an age.
const WRONG: f64 = 0.55;

/// Rows of text below the pictures.
const ROWS: u16 = 4;

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let words = if app.facts.is_classification {
        "the test examples on which twenty thinned networks agree least"
    } else {
        "twenty thinned networks, their mean, and the full network"
    };
    let rest = [TitlePart::new(1, words)];
    let name = (Pane::Committee, "Committee", &rest[..]);
    let Some((subject, reading, inner)) =
        framed::<CommitteeReading>(app, lab, name, &Probe::Committee, (spot, buf))
    else {
        return;
    };
    if let Some(fan) = &reading.fan {
        draw_fan(app, fan, subject.style, inner, buf);
    } else if reading.divided.is_empty() {
        let words = format!("measuring, {} of {N_VOTERS} networks", reading.each.len());
        draw_words(app, &words, inner, buf);
    } else {
        draw_divided(app, &subject, &reading.divided, inner, buf);
    }
}

/// The examples side by side, as many as fit.
fn draw_divided(app: &App, subject: &Subject, divided: &[Divided], area: Rect, buf: &mut Buffer) {
    let n = usize::from(area.width.saturating_sub(NAMES) / LEAST_COLUMNS).clamp(1, 20);
    let first = app
        .ensemble
        .first_divided
        .min(divided.len().saturating_sub(1));
    let shown = &divided[first..(first + n).min(divided.len())];
    let width = (area.width.saturating_sub(NAMES) / shown.len().max(1) as u16).min(16);
    let shape = &app.facts.item_shape;
    let is_image = shape.len() >= 2 && area.height > ROWS;
    let n_inputs = shown.first().map_or(0, |example| example.input.len()) as u16;
    let picture = if is_image {
        area.height - ROWS
    } else {
        area.height.saturating_sub(ROWS).min(n_inputs)
    };
    let dim = app.theme.style(Role::Dim);
    if !is_image && picture > 0 {
        draw_line(&Line::styled("inputs", dim), area, area.y, buf);
    }
    for (name, row) in ["is", "votes", "", "full"].iter().zip(0..) {
        let y = area.y + picture + row;
        draw_line(&Line::styled(*name, dim), area, y, buf);
    }
    for (example, idx) in shown.iter().zip(0..) {
        let column = Rect {
            x: area.x + NAMES + idx * width,
            width,
            ..area
        };
        if is_image {
            let place = Rect {
                height: picture,
                width: width.saturating_sub(1),
                ..column
            };
            draw_picture(app, &example.input, place, buf);
        } else {
            draw_inputs(app, &example.input, picture, column, buf);
        }
        let text = Rect {
            y: area.y + picture,
            height: area.height - picture,
            ..column
        };
        draw_votes(app, subject.style, example, text, buf);
    }
}

/// The example itself, from its darkest to its brightest pixel; of several channels the first.
fn draw_picture(app: &App, input: &[f32], area: Rect, buf: &mut Buffer) {
    let shape = &app.facts.item_shape;
    let n_columns = shape[1];
    let n_pixels = shape[0] * n_columns;
    let n_channels = (input.len() / n_pixels.max(1)).max(1);
    let values: Vec<f64> = input
        .iter()
        .step_by(n_channels)
        .map(|&x| f64::from(x))
        .collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let amount = |value: &f64| Pixel::Amount((value - low) / (high - low).max(f64::MIN_POSITIVE));
    let pixels: Vec<Pixel> = values.iter().take(n_pixels).map(amount).collect();
    Image::new(&app.theme, &pixels, n_columns)
        .size(Size::Half)
        .binning(Binning::Mean)
        .draw(area, buf);
}

/// The first inputs of an example that is no image, a row each.
fn draw_inputs(app: &App, input: &[f32], n_rows: u16, area: Rect, buf: &mut Buffer) {
    let style = app.theme.style(Role::Text);
    for (x, row) in input.iter().zip(0..n_rows) {
        let text = format::difference(f64::from(*x), app.theme.glyphs());
        draw_line(&Line::styled(text, style), area, area.y + row, buf);
    }
}

/// What it is, the two commonest votes, and the full network's word.
fn draw_votes(app: &App, style: Style, example: &Divided, area: Rect, buf: &mut Buffer) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let is = Line::styled(example.label.to_string(), theme.style(Role::Bright));
    draw_line(&is, area, area.y, buf);
    for ((class, n), row) in example.votes.into_iter().zip(1..) {
        if n == 0 {
            continue;
        }
        let is_right = class == example.label;
        let role = if is_right { Role::Bright } else { Role::Dim };
        let bar = if is_right {
            style
        } else {
            theme.faded(style, WRONG)
        };
        // Full at ten votes.
        let share = n as f64 / (N_VOTERS / 2) as f64;
        let line = Line::from(vec![
            Span::styled(format!("{class} "), theme.style(role)),
            Span::styled(super::ways::bar_text(share.min(1.0), BAR, glyphs), bar),
            Span::styled(format!(" {n}"), theme.style(Role::Dim)),
        ]);
        draw_line(&line, area, area.y + row, buf);
    }
    let (class, probability) = example.full;
    let (role, mark) = if class == example.label {
        (Role::Good, "")
    } else {
        (Role::Bad, glyphs.pick(" ✗", " x"))
    };
    let line = Line::from(vec![
        Span::styled(class.to_string(), theme.style(role)),
        Span::styled(
            format!(" {:.0} %", 100.0 * probability),
            theme.style(Role::Dim),
        ),
        Span::styled(mark, theme.style(role)),
    ]);
    draw_line(&line, area, area.y + 3, buf);
}

/// Twenty faint curves, their mean, and the full network.
fn draw_fan(app: &App, fan: &Fan, style: Style, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let line =
        |y: &[f64]| -> Vec<(f64, f64)> { fan.x.iter().copied().zip(y.iter().copied()).collect() };
    let each: Vec<Vec<(f64, f64)>> = fan.each.iter().map(|y| line(y)).collect();
    let (mean, full) = (line(&fan.mean), line(&fan.full));
    let mut series: Vec<Series> = each
        .iter()
        .map(|points| Series::new(points, style, "").faint())
        .collect();
    series.push(Series::new(&mean, theme.style(Role::Bright), "mean"));
    series.push(Series::new(&full, theme.style(Role::Good), "full"));
    let title = if fan.is_input { "input" } else { "value" };
    Chart::new(theme, &series).x_title(title).draw(area, buf);
}
