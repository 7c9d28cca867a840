//! The ensemble: how many thinned networks were drawn, how many there are, and whether they agree.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::lab::snapshot::ThinnedReading;
use crate::lab::{LabSnapshot, RunSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::histogram::{Histogram, Marker};
use crate::tui::widgets::pane;

pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let frame = pane::Pane::new(&app.theme, "Ensemble").focused(app.focus == Pane::Ensemble);
    let Some((group, run)) = app
        .selected(lab)
        .and_then(|group| Some((group, group.runs.first()?)))
    else {
        frame.draw(area, buf);
        return;
    };
    let mut title = super::group_title(app, group);
    let n_units = run.subnetworks.n_units();
    title.extend([
        super::dot(app),
        Span::raw(format!("{n_units} droppable units")),
    ]);
    let inner = frame.rest(Line::from(title)).draw(area, buf);
    if n_units == 0 {
        let words = format!(
            "at rate {} every mask is the same: one network, no ensemble",
            format::rate(group.rate.value())
        );
        super::draw_words(app, &words, inner, buf);
        return;
    }
    let mut y = inner.top();
    for line in counts(app, run, inner.width) {
        super::draw_line(&line, inner, y, buf);
        y += 1;
    }
    // A blank row between counting and agreeing, where there is room.
    y += u16::from(inner.height >= 9);
    match &run.thinned {
        Some(reading) => draw_reading(
            app,
            group.rate.value(),
            reading,
            Rect {
                y,
                height: inner.bottom().saturating_sub(y),
                ..inner
            },
            buf,
        ),
        None => super::draw_line(
            &Line::styled(
                "thinned networks are being sampled",
                app.theme.style(Role::Dim),
            ),
            inner,
            y,
            buf,
        ),
    }
}

/// What was drawn, of how many, and when the first repeat is to be expected.
fn counts(app: &App, run: &RunSnapshot, width: u16) -> Vec<Line<'static>> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let bright = |text: String| Span::styled(text, theme.style(Role::Bright));
    let text = |text: String| Span::styled(text, theme.style(Role::Text));
    let dim = |text: &str| Span::styled(text.to_owned(), theme.style(Role::Dim));
    let subnetworks = &run.subnetworks;
    let count = |n: u64| format::count_within(n, 7);
    let about = if run.is_distinct_exact {
        ""
    } else {
        glyphs.pick("≈", "~")
    };
    let expected = subnetworks.expected_distinct(run.masks_drawn);
    let repeat = subnetworks.log10_draws_to_first_repeat();
    let draws = if repeat < 9.0 {
        format::count(10_f64.powf(repeat).round() as u64)
    } else {
        format::power_of_ten(repeat, glyphs)
    };
    let n_subnetworks = format::power_of_two(subnetworks.n_units() as u64, glyphs);
    let drawn = vec![
        vec![
            bright(count(run.masks_drawn)),
            dim(" drawn of "),
            bright(n_subnetworks),
        ],
        vec![
            bright(format!("{about}{}", count(run.masks_distinct))),
            dim(" distinct, "),
            text(count(expected.round() as u64)),
            dim(" expected"),
        ],
    ];
    let arithmetic = vec![
        vec![
            dim("entropy "),
            text(format!("{:.1} bits", subnetworks.entropy_bits())),
        ],
        vec![dim("first repeat around draw "), text(draws)],
    ];
    let mut lines = flow(app, drawn, width);
    lines.extend(flow(app, arithmetic, width));
    lines
}

/// The parts one after another with dots between them, in as many rows as they need.
fn flow(app: &App, parts: Vec<Vec<Span<'static>>>, width: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    for part in parts {
        let last = lines.last_mut().expect("there is a row at least");
        let wanted: usize = part.iter().map(Span::width).sum();
        if last.spans.is_empty() {
            last.spans.extend(part);
        } else if last.width() + super::dot(app).width() + wanted <= usize::from(width) {
            last.push_span(super::dot(app));
            last.spans.extend(part);
        } else {
            lines.push(Line::from(part));
        }
    }
    lines
}

fn draw_reading(app: &App, rate: f64, reading: &ThinnedReading, area: Rect, buf: &mut Buffer) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let sample = &reading.sample;
    let number = |value: f64| Span::styled(format::loss(value, glyphs), theme.style(Role::Bright));
    let dim = |text: String| Span::styled(text, theme.style(Role::Dim));
    let part = |words: String, value: f64| vec![dim(words), number(value)];
    let mut losses = vec![
        part("test loss  full ".to_owned(), sample.full.loss),
        part(
            format!("mean of {} ", sample.each.len()),
            sample.averaged.loss,
        ),
        part("one ".to_owned(), sample.mean_loss()),
    ];
    if reading.n_examples < reading.n_test {
        let [n, of] = [reading.n_examples, reading.n_test].map(|n| format::count(n as u64));
        losses.push(vec![dim(format!("on {n} of {of} examples"))]);
    }
    let mut y = area.y;
    for line in flow(app, losses, area.width) {
        super::draw_line(&line, area, y, buf);
        y += 1;
    }
    let (Some(full), false) = (sample.full.accuracy, reading.accuracies.is_empty()) else {
        return;
    };
    y += u16::from(area.height >= 7);
    if y + 1 >= area.bottom() {
        return;
    }
    let words = format!(
        "test accuracy of {} thinned networks",
        reading.accuracies.len()
    );
    super::draw_line(&Line::from(dim(words)), area, y, buf);
    let bars = Rect {
        y: y + 1,
        height: area.bottom().saturating_sub(y + 1).min(12),
        ..area
    };
    let accuracies: Vec<f64> = reading
        .accuracies
        .iter()
        .map(|(_, accuracy)| *accuracy)
        .collect();
    draw_accuracies(app, rate, full, &accuracies, bars, buf);
}

/// Bins of the histogram of accuracies.
const MAX_BINS: usize = 30;

/// The histogram of the thinned networks' accuracies, with the full network's marked.
fn draw_accuracies(
    app: &App,
    rate: f64,
    full: f64,
    accuracies: &[f64],
    area: Rect,
    buf: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let all = || accuracies.iter().copied().chain([full]);
    // Ends on whole percents, so that the scale does not twitch.
    let low = (100.0 * all().fold(f64::INFINITY, f64::min)).floor() / 100.0;
    let high = ((100.0 * all().fold(0.0, f64::max)).ceil() / 100.0).max(low + 0.01);
    // More bins than that are a comb, not a shape.
    let n_bins = usize::from(area.width / 2).clamp(1, MAX_BINS);
    let mut counts = vec![0; n_bins];
    for accuracy in accuracies {
        let place = (accuracy - low) / (high - low);
        counts[((place * n_bins as f64) as usize).min(n_bins - 1)] += 1;
    }
    let ends = [
        format!("{:.0} %", 100.0 * low),
        format!("{:.0} %", 100.0 * high),
    ];
    let label = format!("full {}", format::percent(full, glyphs));
    let marker = Marker {
        position: (full - low) / (high - low),
        label: &label,
        style: theme.style(Role::Good),
    };
    Histogram::new(theme, &counts, theme.rate(rate))
        .ends(&ends[0], &ends[1])
        .marker(Some(marker))
        .draw(area, buf);
}
