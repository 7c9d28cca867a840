//! The curves: loss, accuracy, R² or gap of every group over the epochs.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::Curve;
use crate::lab::curves::Quantity;
use crate::lab::{Change, ChangeKind, Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::tui::app::{App, Metric};
use crate::tui::format;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{Chart, Event, EventMark, Layout, Series};

/// The test curves of all groups, by row.
pub(in crate::tui::screens) fn test_curves(lab: &LabSnapshot, metric: Metric) -> Vec<Curve> {
    let of_group = |group| curve(group, metric, Part::Test);
    lab.groups.iter().map(of_group).collect()
}

/// Draws `series` on axes for the curves `tests` and `train`, with the live changes and the crosshair.
pub(in crate::tui::screens) fn draw_chart(
    app: &App,
    lab: &LabSnapshot,
    (series, tests, train): (&[Series], &[Curve], &Curve),
    area: Rect,
    buf: &mut Buffer,
) -> Layout {
    let (metric, scale) = (app.view.metric, scale(app));
    let changes = changes(app, lab);
    let events: Vec<Event> = changes
        .iter()
        .map(|(x, label, style, mark)| Event {
            x: *x,
            label,
            style: *style,
            mark: *mark,
        })
        .collect();
    let last = tests.iter().filter_map(|curve| curve.points.last());
    let x = last.map(|point| point.0).fold(0.0, f64::max);
    let crosshair = app.view.crosshair.and_then(|place| place.evaluation(lab));
    let is_in = super::shares_axis(lab, tests, most(scale));
    let scaled: Vec<&Curve> = super::chosen(tests, &is_in).collect();
    Chart::new(&app.theme, series)
        .scales(Scale::Linear, scale)
        .x_axis(Some(super::axis_from_0(x)))
        .y_axis(value_axis(scale, metric, &scaled, train))
        .x_title("epoch")
        .events(&events)
        .crosshair(crosshair.map(|at| at.epoch))
        .draw(area, buf)
}

/// The scale of the values: only losses have logarithms.
pub(in crate::tui::screens) fn scale(app: &App) -> Scale {
    if app.view.is_log && app.view.metric == Metric::Loss {
        Scale::Log
    } else {
        Scale::Linear
    }
}

/// On which examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui::screens) enum Part {
    Test,
    Train,
}

/// What a metric is of the full network, on the training examples or on the test examples; the gap is of both.
pub(in crate::tui::screens) fn quantity(metric: Metric, is_train: bool) -> Option<Quantity> {
    match (metric, is_train) {
        (Metric::Loss, false) => Some(Quantity::TestLoss),
        (Metric::Loss, true) => Some(Quantity::TrainLoss),
        (Metric::Accuracy, false) => Some(Quantity::TestAccuracy),
        (Metric::Accuracy, true) => Some(Quantity::TrainAccuracy),
        (Metric::R2, false) => Some(Quantity::TestR2),
        (Metric::R2, true) => Some(Quantity::TrainR2),
        (Metric::Gap, false) => Some(Quantity::Gap),
        (Metric::Gap, true) => None,
    }
}

fn curve(group: &GroupSnapshot, metric: Metric, part: Part) -> Curve {
    Curve::of(
        group,
        |evaluation| evaluation.epoch,
        |_: &RunSnapshot, evaluation| value(evaluation, metric, part),
    )
}

/// The value that a curve has at an evaluation: accuracies in percent.
pub(in crate::tui::screens) fn value(
    evaluation: &Evaluation,
    metric: Metric,
    part: Part,
) -> Option<f64> {
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

/// The test curves of all groups, the selected one last.
pub(in crate::tui::screens) fn test_series<'a>(
    app: &App,
    lab: &LabSnapshot,
    tests: &'a [Curve],
    letters: &'a [String],
) -> Vec<Series<'a>> {
    let (selected, looks) = (app.selected_row(lab), super::looks(app, lab));
    let order = (0..tests.len())
        .filter(|&row| row != selected)
        .chain([selected]);
    let series = |row: usize| {
        let (curve, look) = (&tests[row], looks[row]);
        // A band is thinner than a cell until the pane is zoomed, and half a band is only noise.
        let band = if app.view.is_zoomed {
            &curve.band[..]
        } else {
            &[]
        };
        Series::new(&curve.points, look.style, &letters[row])
            .line(look.line)
            .band(band)
    };
    order.filter(|&row| row < tests.len()).map(series).collect()
}

/// How many times larger than the middle one a curve may be and still have a say in the axis.
fn most(scale: Scale) -> f64 {
    match scale {
        Scale::Linear => 100.0,
        Scale::Log => 1000.0,
    }
}

/// The vertical axis: fitted to the test curves, so that the differences between rates have the room; the training curve
/// may leave it at the bottom, having said what it says on the way.
fn value_axis(scale: Scale, metric: Metric, tests: &[&Curve], train: &Curve) -> Option<Axis> {
    let ends = |curve: &Curve| {
        let values = curve
            .points
            .iter()
            .map(|point| point.1)
            .filter(|value| value.is_finite() && (scale == Scale::Linear || *value > 0.0));
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let join = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    let (mut low, mut high) = tests
        .iter()
        .map(|curve| ends(curve))
        .fold((f64::INFINITY, f64::NEG_INFINITY), join);
    if !low.is_finite() || !high.is_finite() {
        return None;
    }
    let (train_low, train_high) = ends(train);
    match metric {
        Metric::Loss => {
            // The fall from the initial weights would take most of the axis and say nothing about the rates: it enters the
            // picture from above.
            let settled = tests.iter().filter_map(|curve| curve.settled_size());
            high = settled.fold(low, f64::max).min(high);
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

/// An event on the curves: where, in words, how, and what marks it.
pub(in crate::tui::screens) type Marked = (f64, String, Style, EventMark);

/// The changes made live and the places where groups branch off, as events on the curves.
pub(in crate::tui::screens) fn changes(app: &App, lab: &LabSnapshot) -> Vec<Marked> {
    let glyphs = app.theme.glyphs();
    let of_group = |group: &GroupSnapshot| {
        let (letter, style) = (group.letter, super::style_of(app, lab, group));
        let branch = group.origin.map(|origin| {
            let parent = lab.group(origin.parent).map_or('?', |parent| parent.letter);
            let epoch = origin.step as f64 / app.facts.steps_per_epoch() as f64;
            (
                epoch,
                format!("{letter} branches off from {parent}"),
                style,
                EventMark::Branch,
            )
        });
        let first_step = group.origin.map_or(0, |origin| origin.step);
        let changes = group
            .runs
            .first()
            .map(|run| Vec::clone(&run.history.changes))
            .unwrap_or_default();
        // What was changed before is its parent's.
        let own = changes
            .into_iter()
            .filter(move |change| change.step >= first_step);
        let own = own.map(move |change| {
            let is_held = matches!(change.kind, ChangeKind::Held { .. });
            let style = if is_held {
                app.theme.style(Role::Warn)
            } else {
                style
            };
            (
                change.epoch,
                words(letter, &change, glyphs),
                style,
                EventMark::Change,
            )
        });
        branch.into_iter().chain(own)
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
        ChangeKind::Held { to: Some(_), .. } => format!("{letter}: mask held"),
        ChangeKind::Held { to: None, .. } => format!("{letter}: mask let go"),
    }
}

/// What is shown.
pub(in crate::tui::screens) fn title(app: &App, metric: Metric) -> &'static str {
    match metric {
        Metric::Loss if app.facts.is_classification => "Loss",
        Metric::Loss => "Squared error",
        Metric::Accuracy => "Accuracy",
        Metric::R2 => app.theme.glyphs().pick("R²", "R^2"),
        Metric::Gap => "Gap",
    }
}

/// What the numbers on the axis are. A loss of exactly 0 has no place on a logarithmic axis, and where there is one the arrow
/// at its letter is explained.
pub(in crate::tui::screens) fn unit(app: &App, lab: &LabSnapshot, metric: Metric) -> String {
    let glyphs = app.theme.glyphs();
    let unit = match (metric, app.facts.is_classification) {
        (Metric::Accuracy, _) => "%",
        (Metric::R2, _) => "share of variance",
        (Metric::Gap, _) => "test less train loss",
        (Metric::Loss, true) => "nats",
        (Metric::Loss, false) => "mean",
    };
    let is_zero = |run: &&Arc<RunSnapshot>| {
        let latest = run.latest.as_ref();
        latest.is_some_and(|latest| latest.test_loss <= 0.0)
    };
    let has_zero = || {
        lab.groups
            .iter()
            .any(|group| group.sound_runs().iter().any(is_zero))
    };
    let scale = match scale(app) {
        Scale::Log if has_zero() => glyphs.pick(", log, ↓ is 0", ", log, v is 0"),
        Scale::Log => ", log",
        Scale::Linear => "",
    };
    format!("{unit}{scale}")
}

/// What full lines are.
pub(in crate::tui::screens) fn test_sign(app: &App) -> Span<'static> {
    let glyphs = app.theme.glyphs();
    Span::styled(glyphs.pick("test ━", "test *"), app.theme.style(Role::Text))
}
