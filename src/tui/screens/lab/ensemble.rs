//! The ensemble: how many thinned networks were drawn, how many there are, and whether they agree.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Spot, TitlePart};
use crate::lab::{LabSnapshot, Phase, RunSnapshot};
use crate::math::statistics;
use crate::probe::{Seen, ThinnedReading, ThinnedSample};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widgets::histogram::{Histogram, Marker};
use crate::tui::widgets::number_line::{Mark, NumberLine};

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let frame = super::frame(app, Pane::Ensemble, "Ensemble", spot);
    let Some((group, run)) = app
        .selected(lab)
        .and_then(|group| Some((group, group.shown_run()?)))
    else {
        frame.draw(spot.area, buf);
        return;
    };
    let style = super::style_of(app, lab, group);
    let n_units = run.subnetworks.n_units();
    let title = [
        TitlePart::new(0, super::group_title(group, style)),
        TitlePart::new(1, format!("{n_units} droppable units")),
    ];
    let inner = frame.rest(super::forms(app, &title)).draw(spot.area, buf);
    if n_units == 0 {
        let words = format!(
            "at rate {} every mask is the same: one network, no ensemble",
            format::rate(group.rate.value())
        );
        super::draw_words(app, &words, inner, buf);
        return;
    }
    let mut y = inner.top() + draw_counts(app, run, style, inner, buf);
    // A blank row between counting and agreeing, where there is room.
    y += u16::from(inner.height >= 9);
    let rest = Rect {
        y,
        height: inner.bottom().saturating_sub(y),
        ..inner
    };
    let words = match (&run.phase, run.readings.any()) {
        (Phase::Diverged { step }, _) => vec![
            format!(
                "seed {} diverged at step {}",
                run.seed,
                format::count(*step)
            ),
            "its outputs are no numbers".to_owned(),
        ],
        (_, Some(reading)) => {
            draw_reading(app, style, (run, reading), rest, buf);
            return;
        }
        (_, None) => vec!["thinned networks are being sampled".to_owned()],
    };
    let dim = app.theme.style(Role::Dim);
    let parts = words
        .into_iter()
        .map(|words| vec![Span::styled(words, dim)]);
    for (line, y) in flow(app, parts.collect(), rest.width).iter().zip(rest.y..) {
        super::draw_line(line, rest, y, buf);
    }
}

/// Rows of the pane from which on the counts are a picture.
const LEAST_ROWS_WITH_LINE: u16 = 9;

/// How many were drawn and how many there are: as a line where there is room, else in words. Gives the rows that it takes.
fn draw_counts(app: &App, run: &RunSnapshot, style: Style, area: Rect, buf: &mut Buffer) -> u16 {
    if area.height >= LEAST_ROWS_WITH_LINE && run.masks_drawn > 0 {
        draw_number_line(app, run, style, area, buf);
        return 2;
    }
    let lines = counts(app, run, area.width);
    for (line, y) in lines.iter().zip(area.y..) {
        super::draw_line(line, area, y, buf);
    }
    lines.len() as u16
}

/// What was drawn on the way to the number of all subnetworks, and where the first repeat is to be expected.
fn draw_number_line(app: &App, run: &RunSnapshot, style: Style, area: Rect, buf: &mut Buffer) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let (bright, dim) = (theme.style(Role::Bright), theme.style(Role::Dim));
    let subnetworks = &run.subnetworks;
    let n_units = subnetworks.n_units() as u64;
    let count = |n: u64| format::count_within(n, 7);
    let (n_drawn, n_distinct) = (run.masks_drawn, run.masks_distinct);
    let drawn = if run.is_distinct_exact && n_distinct == n_drawn {
        format!("{} all distinct", count(n_drawn))
    } else {
        let about = if run.is_distinct_exact {
            ""
        } else {
            glyphs.pick("≈", "~")
        };
        format!(
            "{about}{} distinct of {}",
            count(n_distinct),
            count(n_drawn)
        )
    };
    let repeat = subnetworks.log10_draws_to_first_repeat();
    let first_repeat = format!("{} first repeat", draws_text(repeat, glyphs));
    let all = format::power_of_two(n_units, glyphs);
    let log2_drawn = (n_drawn as f64).log2();
    let mark = |log2: f64, symbol, label, style, label_style| Mark {
        log2,
        symbol,
        label,
        style,
        label_style,
    };
    // What was drawn comes first: where there is too little room for all labels, the others give way.
    let marks = [
        mark(log2_drawn, glyphs.pick("●", "*"), &drawn, style, bright),
        mark(n_units as f64, glyphs.pick("┃", "|"), &*all, bright, dim),
        mark(
            repeat * std::f64::consts::LOG2_10,
            glyphs.pick("◆", "+"),
            &first_repeat,
            style,
            dim,
        ),
    ];
    NumberLine::new(theme, n_units as f64, &marks)
        .reach(log2_drawn, style)
        .draw(Rect { height: 2, ..area }, buf);
}

/// A number of draws from its logarithm to base 10: whole as long as that can be read.
fn draws_text(log10: f64, glyphs: Glyphs) -> String {
    if log10 < 9.0 {
        format::count(10_f64.powf(log10).round() as u64)
    } else {
        format::power_of_ten(log10, glyphs)
    }
}

/// A share of a run's steps: a look that is further behind is old.
const OLD: f64 = 0.1;

/// Which run the reading is of and when it was taken, and how long ago that is once it matters: while others train, a run
/// may have gone far since it was last looked at.
fn taken_at(run: &RunSnapshot, reading: Seen<'_, ThinnedReading>) -> (String, bool) {
    let ago = run.step.saturating_sub(reading.step);
    let is_old = reading.share_behind(run.step) > OLD;
    let old = if is_old { "an old look: " } else { "" };
    let at = format::count(reading.step);
    let behind = if reading.is_behind(run.step) {
        let steps = if ago == 1 { "step" } else { "steps" };
        format!(", {} {steps} ago", format::count(ago))
    } else {
        String::new()
    };
    (
        format!("{old}seed {} at step {at}{behind}", run.seed),
        is_old,
    )
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
    let draws = draws_text(repeat, glyphs);
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

fn draw_reading(
    app: &App,
    style: Style,
    (run, reading): (&RunSnapshot, Seen<'_, ThinnedReading>),
    area: Rect,
    buf: &mut Buffer,
) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let sample = &reading.sample;
    let (taken_at, is_old) = taken_at(run, reading);
    // Numbers of long ago must not look like those of the table beside them.
    let [about, numbers] = if is_old {
        [Role::Warn, Role::Dim]
    } else {
        [Role::Dim, Role::Bright]
    };
    let number = |value: f64| Span::styled(format::loss(value, glyphs), theme.style(numbers));
    let dim = |text: String| Span::styled(text, theme.style(Role::Dim));
    let part = |words: String, value: f64| vec![dim(words), number(value)];
    let taken_at = vec![Span::styled(taken_at, theme.style(about))];
    let losses = [
        part("test loss  full ".to_owned(), sample.full.loss),
        part(
            format!("mean of {} ", sample.each.len()),
            sample.averaged.loss,
        ),
        part("one ".to_owned(), sample.mean_loss()),
    ];
    let shares = accuracies_in_words(sample, dim, |share| {
        Span::styled(format::percent(share, glyphs), theme.style(numbers))
    });
    let mut losses: Vec<Vec<Span>> = match shares {
        // What each network gets right comes first; losses follow where there is room for a picture as well.
        Some(shares) if area.height < ROWS_FOR_LOSSES => {
            shares.into_iter().chain([taken_at]).collect()
        }
        Some(shares) => shares.into_iter().chain([taken_at]).chain(losses).collect(),
        None => [taken_at].into_iter().chain(losses).collect(),
    };
    if reading.n_examples < reading.n_test {
        let [n, of] = [reading.n_examples, reading.n_test].map(|n| format::count(n as u64));
        losses.push(vec![dim(format!("on {n} of {of} examples"))]);
    }
    let mut y = area.y;
    for line in flow(app, losses, area.width) {
        super::draw_line(&line, area, y, buf);
        y += 1;
    }
    let rest = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    draw_shape(app, style, reading, rest, buf);
}

/// How the accuracies of the last thinned networks lie about that of the full one.
fn draw_shape(
    app: &App,
    style: Style,
    reading: Seen<'_, ThinnedReading>,
    area: Rect,
    buf: &mut Buffer,
) {
    let sample = &reading.sample;
    let mut y = area.y;
    let (Some(full), false) = (sample.full.accuracy, reading.accuracies.is_empty()) else {
        return;
    };
    y += u16::from(area.height >= 5);
    if y + 1 >= area.bottom() {
        return;
    }
    let first = reading.accuracies.first().map_or(0, |(step, _)| *step);
    let since = if first < reading.step {
        format!(" since step {}", format::count(first))
    } else {
        String::new()
    };
    let words = format!(
        "test accuracy of {} thinned networks{since}",
        reading.accuracies.len()
    );
    let dim = app.theme.style(Role::Dim);
    super::draw_line(&Line::styled(words, dim), area, y, buf);
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
    draw_accuracies(app, style, full, &accuracies, bars, buf);
}

/// Rows of the pane's lower part from which on losses stand beside accuracies.
const ROWS_FOR_LOSSES: u16 = 10;

/// What one thinned network gets right on average, their average, and the full network; `None` for values.
fn accuracies_in_words(
    sample: &ThinnedSample,
    dim: impl Fn(String) -> Span<'static>,
    number: impl Fn(f64) -> Span<'static>,
) -> Option<Vec<Vec<Span<'static>>>> {
    let each: Option<Vec<f64>> = sample.each.iter().map(|score| score.accuracy).collect();
    let alone = statistics::mean(&each?);
    let part = |words: String, share: f64| vec![dim(words), number(share)];
    Some(vec![
        part("alone ".to_owned(), alone),
        part(
            format!("mean of {} ", sample.each.len()),
            sample.averaged.accuracy?,
        ),
        vec![
            dim("full ".to_owned()),
            number(sample.full.accuracy?),
            dim(" % test".to_owned()),
        ],
    ])
}

/// Bins of the histogram of accuracies.
const MAX_BINS: usize = 30;

/// The histogram of the thinned networks' accuracies, with the full network's marked.
fn draw_accuracies(
    app: &App,
    style: Style,
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
    Histogram::new(theme, &counts, style)
        .ends(&ends[0], &ends[1])
        .marker(Some(marker))
        .draw(area, buf);
}
