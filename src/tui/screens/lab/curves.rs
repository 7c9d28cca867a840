//! The curves: loss, accuracy, R² or gap of every group over the epochs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Curve;
use crate::lab::{Change, ChangeKind, Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::tui::app::{App, Metric};
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::{Glyphs, Role, line_of};
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{Chart, Event, Series, value_at};
use crate::tui::widgets::pane;

pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let metric = app.view.metric;
    let tests: Vec<Curve> = lab
        .groups
        .iter()
        .map(|group| curve(group, metric, Part::Test))
        .collect();
    let selected = app.selected_row(lab);
    let train = lab
        .groups
        .get(selected)
        .map(|group| curve(group, metric, Part::Train))
        .unwrap_or_default();
    let scale = if app.view.is_log && metric == Metric::Loss {
        Scale::Log
    } else {
        Scale::Linear
    };
    let letters: Vec<String> = lab
        .groups
        .iter()
        .map(|group| group.letter.to_string())
        .collect();
    let series = series(app, lab, &tests, &train, &letters);
    let changes = changes(app, lab);
    let events: Vec<Event> = changes
        .iter()
        .map(|(x, label, style)| Event {
            x: *x,
            label,
            style: *style,
        })
        .collect();
    let x = tests
        .iter()
        .filter_map(|curve| curve.points.last())
        .map(|point| point.0)
        .fold(0.0, f64::max);
    let crosshair = app.view.crosshair.map(|share| share * x);

    let frame = pane::Pane::new(&app.theme, title(app, metric))
        .rest(legend(app, lab, scale, metric))
        .footer(reading(app, lab, &tests, crosshair))
        .focused(app.focus == Pane::Curves);
    let inner = frame.draw(area, buf);
    if tests.iter().all(|curve| curve.points.is_empty()) {
        super::draw_words(app, "the initial weights are being evaluated", inner, buf);
        return;
    }
    let mut chart = Chart::new(&app.theme, &series)
        .scales(Scale::Linear, scale)
        .x_title("epoch")
        .events(&events)
        .crosshair(crosshair);
    if let Some(axis) = value_axis(scale, metric, &tests, &train) {
        chart = chart.y_axis(Some(axis));
    }
    chart.draw(inner, buf);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Test,
    Train,
}

fn curve(group: &GroupSnapshot, metric: Metric, part: Part) -> Curve {
    Curve::of(
        group,
        |evaluation| evaluation.epoch,
        |_: &RunSnapshot, evaluation| value(evaluation, metric, part),
    )
}

fn value(evaluation: &Evaluation, metric: Metric, part: Part) -> Option<f64> {
    match (metric, part) {
        (Metric::Loss, Part::Test) => Some(evaluation.test_loss),
        (Metric::Loss, Part::Train) => Some(evaluation.train_loss),
        (Metric::Accuracy, Part::Test) => evaluation.test_accuracy.map(|share| 100.0 * share),
        (Metric::Accuracy, Part::Train) => evaluation.train_accuracy.map(|share| 100.0 * share),
        (Metric::R2, Part::Test) => evaluation.test_r2,
        (Metric::R2, Part::Train) => evaluation.train_r2,
        (Metric::Gap, Part::Test) => Some(evaluation.gap()),
        (Metric::Gap, Part::Train) => None,
    }
}

/// The training curve of the selected group beneath, the test curves of all groups above, the selected one last.
fn series<'a>(
    app: &App,
    lab: &LabSnapshot,
    tests: &'a [Curve],
    train: &'a Curve,
    letters: &'a [String],
) -> Vec<Series<'a>> {
    let selected = app.selected_row(lab);
    let style = |row: usize| app.theme.rate(lab.groups[row].rate.value());
    let mut series = Vec::new();
    if !train.points.is_empty() {
        series.push(Series::new(&train.points, style(selected), "").faint());
    }
    let order = (0..tests.len())
        .filter(|&row| row != selected)
        .chain([selected]);
    for row in order.filter(|&row| row < tests.len()) {
        let test = Series::new(&tests[row].points, style(row), &letters[row]);
        // Colour tells the lines apart; where there is none, strokes must.
        let line = if app.theme.has_colors() {
            line_of(0)
        } else {
            line_of(row)
        };
        // A band is thinner than a cell until the pane is zoomed, and half a band is only noise.
        let band = if app.view.is_zoomed {
            &tests[row].band[..]
        } else {
            &[]
        };
        series.push(test.line(line).band(band));
    }
    series
}

/// The vertical axis: fitted to the test curves, so that the differences between rates have the room; the training curve
/// may leave it at the bottom, having said what it says on the way.
fn value_axis(scale: Scale, metric: Metric, tests: &[Curve], train: &Curve) -> Option<Axis> {
    let ends = |curve: &Curve| {
        let values = curve
            .points
            .iter()
            .map(|point| point.1)
            .filter(|value| value.is_finite());
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let join = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    let (mut low, mut high) = tests
        .iter()
        .map(ends)
        .fold((f64::INFINITY, f64::NEG_INFINITY), join);
    if !low.is_finite() || !high.is_finite() {
        return None;
    }
    let (train_low, train_high) = ends(train);
    match metric {
        Metric::Loss => {
            high = tests
                .iter()
                .filter_map(settled)
                .fold(f64::NEG_INFINITY, f64::max)
                .min(high);
            low = low.min(train_low.max(0.7 * low));
        }
        Metric::Accuracy => {
            // The first epochs climb from chance; what matters happens above.
            low = low.max(high - 40.0);
            high = high.max(train_high.min(100.0));
        }
        Metric::R2 => {
            // The best is 1, and what is worse than the mean of the targets is just bad.
            low = low.max((high - 1.0).min(-0.1));
            high = high.max(train_high.min(1.0));
        }
        Metric::Gap => {}
    }
    Some(Axis::fit(scale, [low, high], 0.04))
}

/// The largest value of a curve after its first sixth: the fall from the initial weights would take most of the axis and
/// say nothing about the rates. It enters the picture from above.
fn settled(curve: &Curve) -> Option<f64> {
    let last = curve.points.last()?.0;
    let values = curve
        .points
        .iter()
        .filter(|point| point.0 >= last / 6.0)
        .map(|point| point.1);
    values
        .filter(|value| value.is_finite())
        .max_by(f64::total_cmp)
}

/// The changes made live, as events on the curves.
fn changes(app: &App, lab: &LabSnapshot) -> Vec<(f64, String, ratatui::style::Style)> {
    let glyphs = app.theme.glyphs();
    let of_group = |group: &GroupSnapshot| {
        let (letter, style) = (group.letter, app.theme.rate(group.rate.value()));
        let changes = group
            .runs
            .first()
            .map(|run| run.history.changes.clone())
            .unwrap_or_default();
        changes
            .into_iter()
            .map(move |change| (change.epoch, words(letter, &change, glyphs), style))
    };
    let mut events: Vec<_> = lab.groups.iter().flat_map(of_group).collect();
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    events
}

fn words(letter: char, change: &Change, glyphs: Glyphs) -> String {
    let arrow = glyphs.pick("→", "->");
    match &change.kind {
        ChangeKind::Rate { from, to } => {
            format!(
                "{letter}: rate {} {arrow} {}",
                format::rate(from.value()),
                format::rate(to.value())
            )
        }
        ChangeKind::NoiseShape { to, .. } if to.is_per_batch() => {
            format!("{letter}: masks per batch")
        }
        ChangeKind::NoiseShape { to, .. } if to.is_per_sample() => {
            format!("{letter}: masks per sample")
        }
        ChangeKind::NoiseShape { to, .. } => format!("{letter}: masks {to}"),
    }
}

fn title(app: &App, metric: Metric) -> &'static str {
    match metric {
        Metric::Loss if app.facts.is_classification => "Loss",
        Metric::Loss => "Squared error",
        Metric::Accuracy => "Accuracy",
        Metric::R2 => app.theme.glyphs().pick("R²", "R^2"),
        Metric::Gap => "Gap",
    }
}

fn legend(app: &App, lab: &LabSnapshot, scale: Scale, metric: Metric) -> Line<'static> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let unit = match (metric, app.facts.is_classification) {
        (Metric::Accuracy, _) => "%",
        (Metric::R2, _) => "share of variance",
        (Metric::Gap, _) => "test less train loss",
        (Metric::Loss, true) => "nats",
        (Metric::Loss, false) => "mean, own units",
    };
    let scale = if scale == Scale::Log { ", log" } else { "" };
    let mut spans = vec![Span::raw(format!("{unit}{scale}"))];
    if metric != Metric::Gap {
        let letter = app.selected(lab).map_or('?', |group| group.letter);
        spans.push(super::dot(app));
        spans.push(Span::styled(
            glyphs.pick("test ━", "test *"),
            theme.style(Role::Text),
        ));
        spans.push(Span::raw(format!(
            " train of {letter} {}",
            glyphs.pick("╌", "-")
        )));
    }
    Line::from(spans)
}

/// What the crosshair reads, letter by letter.
fn reading(app: &App, lab: &LabSnapshot, tests: &[Curve], crosshair: Option<f64>) -> Line<'static> {
    let Some(x) = crosshair else {
        return Line::default();
    };
    let glyphs = app.theme.glyphs();
    let mut spans = vec![Span::styled(
        format!("epoch {x:.0}"),
        app.theme.style(Role::Text),
    )];
    for (group, curve) in lab.groups.iter().zip(tests) {
        let text = match (value_at(&curve.points, x), app.view.metric) {
            (None, _) => format::missing(glyphs).to_owned(),
            (Some(value), Metric::Accuracy) => format::percent(value / 100.0, glyphs),
            (Some(value), Metric::R2) => format::r2(value, glyphs),
            (Some(value), Metric::Loss) => format::loss(value, glyphs),
            (Some(value), Metric::Gap) => format::gap(value, glyphs),
        };
        spans.push(Span::styled(
            format!("  {} {text}", group.letter),
            app.theme.rate(group.rate.value()),
        ));
    }
    Line::from(spans)
}
