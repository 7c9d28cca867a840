//! Each thinned network alone, the average of all of them, and the full network that stands for them: rates below each other.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Spot, Subject, TitlePart, draw_line, draw_words, forms, frame, measure, measured};
use crate::lab::LabSnapshot;
use crate::probe::{CommitteeReading, Probe, Score, Seen};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::put;
use crate::tui::widgets::ridge::{Mark, Ridge};

/// Spans that the three numbers of a rate take.
const NUMBERS: usize = 9;

/// Rows that a rate needs: its numbers, a row of bars, the line.
const LEAST_ROWS: u16 = 3;

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let room = spot.area.height.saturating_sub(3) / LEAST_ROWS;
    let groups = app.dropping(lab, usize::from(room.clamp(1, 4)));
    let subjects: Vec<Subject> = groups
        .into_iter()
        .filter_map(|group| Subject::of(app, lab, group))
        .collect();
    let title = [
        TitlePart::new(2, networks(&subjects)),
        TitlePart::new(0, measured(app)),
    ];
    let frame = frame(app, Pane::Alone, "Alone, averaged, as one", spot);
    let inner = frame.rest(forms(app, &title)).draw(spot.area, buf);
    if subjects.is_empty() {
        draw_words(
            app,
            "no mask has a choice: one network each, no ensemble",
            inner,
            buf,
        );
        return;
    }
    let all = subjects.iter().filter_map(Subject::committee);
    let values: Vec<f64> = all
        .flat_map(|reading| values(app, reading.reading()))
        .collect();
    let axis = Axis::fit(Scale::Linear, values, 0.04);
    let n = subjects.len() as u16;
    let has_axis = inner.height > LEAST_ROWS * n;
    let height = (inner.height - u16::from(has_axis)) / n;
    for (subject, row) in subjects.iter().zip(0..) {
        let area = Rect {
            y: inner.y + row * height,
            height,
            ..inner
        };
        draw_rate(app, lab, (subject, &axis), area, buf);
    }
    if has_axis {
        let row = Rect {
            x: inner.x + 2,
            width: inner.width.saturating_sub(2),
            y: inner.y + n * height,
            height: 1,
        };
        draw_axis(app, &axis, row, buf);
    }
}

/// How many networks, and of which seed.
fn networks(subjects: &[Subject]) -> String {
    let n = subjects
        .iter()
        .filter_map(Subject::committee)
        .map(|reading| reading.each.len())
        .max();
    let Some(seed) = subjects.first().map(|subject| subject.run.seed) else {
        return "no networks".to_owned();
    };
    match n {
        Some(n) => format!("{n} networks of seed {seed}"),
        None => format!("seed {seed}"),
    }
}

/// What is compared, of one score: a percentage, or a loss.
fn value(app: &App, score: &Score) -> f64 {
    match score.accuracy {
        Some(accuracy) if !app.is_by_loss() => 100.0 * accuracy,
        _ => score.loss,
    }
}

fn values(app: &App, reading: &CommitteeReading) -> Vec<f64> {
    let each = reading.each.iter().map(|(_, score)| value(app, score));
    let marks = [value(app, &reading.averaged), value(app, &reading.full)];
    each.chain(marks)
        .filter(|value| value.is_finite())
        .collect()
}

fn draw_rate(
    app: &App,
    lab: &LabSnapshot,
    (subject, axis): (&Subject, &Axis),
    area: Rect,
    buf: &mut Buffer,
) {
    let reading = subject.committee().filter(|_| subject.run.is_sound());
    let letter = Span::styled(subject.group.letter.to_string(), subject.style);
    let Some(reading) = reading else {
        draw_line(&Line::from(letter), area, area.y, buf);
        draw_words(app, &subject.missing(app, &Probe::Committee), area, buf);
        return;
    };
    let mut head = vec![letter, Span::raw(" ")];
    head.extend(numbers(app, lab, subject, reading));
    // When it was, only in whole.
    let width: usize = head.iter().map(Span::width).sum();
    if width > area.width.into() {
        head.truncate(2 + NUMBERS);
    }
    draw_line(&Line::from(head), area, area.y, buf);
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let all: Vec<f64> = reading
        .each
        .iter()
        .map(|(_, score)| value(app, score))
        .collect();
    let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
    let mark = |value: f64, symbol, role| Mark {
        position: axis.position(value).unwrap_or(f64::NAN),
        symbol,
        style: theme.style(role),
    };
    let marks = [
        mark(value(app, &reading.full), glyphs.pick("▲", "^"), Role::Good),
        mark(
            value(app, &reading.averaged),
            glyphs.pick("●", "*"),
            Role::Bright,
        ),
        mark(mean, glyphs.pick("┬", "T"), Role::Text),
    ];
    let ridge = Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(2),
        y: area.y + 1,
        height: area.height.saturating_sub(1),
    };
    Ridge::new(theme, &all, [axis.start(), axis.end()], subject.style)
        .smoothed()
        .marks(&marks)
        .draw(ridge, buf);
}

/// The three numbers of a rate; the step too, once the run has left it behind, or the steps that are mixed.
fn numbers(
    app: &App,
    lab: &LabSnapshot,
    subject: &Subject,
    reading: Seen<'_, CommitteeReading>,
) -> Vec<Span<'static>> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let is_selected = app
        .selected(lab)
        .is_some_and(|group| group.id == subject.group.id);
    let number = theme.style(if is_selected {
        Role::Bright
    } else {
        Role::Text
    });
    let dim = |text: &str| Span::styled(text.to_owned(), theme.style(Role::Dim));
    let (loss, accuracy) = reading.alone();
    let of = |score: &Score| measure(app, score.accuracy, score.loss);
    let mut spans = vec![
        Span::styled(glyphs.pick("┬", "T"), theme.style(Role::Text)),
        dim(" alone "),
        Span::styled(measure(app, accuracy, loss), number),
        Span::styled(glyphs.pick(" ●", " *"), theme.style(Role::Bright)),
        dim(" averaged "),
        Span::styled(of(&reading.averaged), number),
        Span::styled(glyphs.pick(" ▲", " ^"), theme.style(Role::Good)),
        dim(" full "),
        Span::styled(of(&reading.full), number),
    ];
    let [first, last] = reading.steps();
    let (first, last) = (format::count(first), format::count(last));
    if first != last {
        spans.push(dim(&format!(" steps {first} to {last}")));
    } else if reading.is_behind(subject.run.step) {
        spans.push(dim(&format!(" step {last}")));
    }
    spans
}

fn draw_axis(app: &App, axis: &Axis, area: Rect, buf: &mut Buffer) {
    let dim = app.theme.style(Role::Dim);
    for tick in axis.ticks_along(area.width) {
        let centre = (tick.position * f64::from(area.width.max(1) - 1)).round() as i32;
        let x = i32::from(area.x) + centre - tick.label.len() as i32 / 2;
        put(buf, area, x.max(area.x.into()), area.y, &tick.label, dim);
    }
}
