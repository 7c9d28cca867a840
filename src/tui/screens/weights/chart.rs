//! The norm of the weights against that of the initial ones, where runs are equal in steps, in training loss or in seconds.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::super::parts::{
    Curve, Spot, TitlePart, axis_from_0, chosen, draw_line, draw_words, forms, frame, letters,
    looks, shares_axis,
};
use super::{Compared, answer};
use crate::lab::LabSnapshot;
use crate::lab::curves::{Alignment, PlacedMean, Tracks};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{Chart, Series};

/// How many times larger than the middle one a norm may be and still have a say in the axis.
const MOST: f64 = 10.0;

/// Columns of the list of other training losses, and from how many on it has room beside the chart.
const LIST_WIDTH: u16 = 50;
const LEAST_WIDTH_WITH_LIST: u16 = 100;

/// A lab, its groups' norm ratios, and the groups that are compared.
type Runs<'a> = (&'a LabSnapshot, &'a [Tracks], Option<&'a Compared<'a>>);

/// Draws one of the three charts, and what it says of the compared groups below.
pub(super) fn draw(
    app: &App,
    runs: Runs,
    (pane, alignment): (Pane, Alignment),
    spot: Spot,
    buf: &mut Buffer,
) {
    let title = match alignment {
        Alignment::Epoch => "Norm by step",
        Alignment::TrainLoss => "by training loss",
        Alignment::Seconds => "by time",
    };
    let legend = forms(app, &legend(app, alignment));
    let inner = frame(app, pane, title, spot)
        .rest(legend)
        .draw(spot.area, buf);
    let has_list =
        alignment == Alignment::TrainLoss && spot.is_alone && inner.width >= LEAST_WIDTH_WITH_LIST;
    let list_width = if has_list { LIST_WIDTH } else { 0 };
    let [inner, list] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(list_width)]).areas(inner);
    let [plot, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(inner);
    draw_chart(app, runs, alignment, plot, buf);
    let (_, _, compared) = runs;
    let line = answer::of_chart(app, alignment, compared, below.width.into());
    draw_line(&line, below, below.y, buf);
    if let (true, Some(compared)) = (has_list, compared) {
        draw_list(app, compared, list, buf);
    }
}

fn legend(app: &App, alignment: Alignment) -> [TitlePart; 2] {
    let ratio = app.theme.glyphs().pick("‖W‖/‖W₀‖", "|W|/|W0|");
    let equal = match alignment {
        Alignment::Epoch => "equal steps",
        Alignment::TrainLoss => "equal fit",
        Alignment::Seconds => "equal seconds",
    };
    match alignment {
        Alignment::Epoch => [TitlePart::new(0, ratio), TitlePart::new(1, equal)],
        _ => [TitlePart::new(0, equal), TitlePart::new(1, ratio)],
    }
}

/// What runs are equal in.
pub(super) fn place_name(alignment: Alignment) -> &'static str {
    match alignment {
        Alignment::Epoch => "step",
        Alignment::TrainLoss => "train loss",
        Alignment::Seconds => "s",
    }
}

/// Where a place lies: training losses fall to the right, so that their inverses rise.
fn x_of(alignment: Alignment, place: f64) -> f64 {
    match alignment {
        Alignment::TrainLoss => 1.0 / place,
        Alignment::Epoch | Alignment::Seconds => place,
    }
}

fn curve(alignment: Alignment, means: &[PlacedMean]) -> Curve {
    let points = means
        .iter()
        .map(|mean| (x_of(alignment, mean.place), mean.value.mean))
        .filter(|(x, _)| x.is_finite());
    Curve {
        points: points.collect(),
        band: Vec::new(),
    }
}

fn draw_chart(
    app: &App,
    (lab, tracks, compared): Runs,
    alignment: Alignment,
    area: Rect,
    buf: &mut Buffer,
) {
    let n_places = usize::from(area.width);
    let of_group = |tracks: &Tracks| curve(alignment, &tracks.curve(alignment, n_places));
    let curves: Vec<Curve> = tracks.iter().map(of_group).collect();
    if curves.iter().all(|curve| curve.points.len() < 2) {
        draw_words(app, &nothing(app, alignment), area, buf);
        return;
    }
    let letters = letters(lab);
    let (looks, selected) = (looks(app, lab), app.selected_row(lab));
    // The selected one last: on top.
    let order = (0..curves.len())
        .filter(|&row| row != selected)
        .chain([selected]);
    let series: Vec<Series> = order
        .filter(|&row| row < curves.len())
        .map(|row| {
            Series::new(&curves[row].points, looks[row].style, &letters[row]).line(looks[row].line)
        })
        .collect();
    let is_in = shares_axis(lab, &curves, MOST);
    let values = chosen(&curves, &is_in)
        .flat_map(|curve| &curve.points)
        .map(|point| point.1);
    let read_at = compared.and_then(|compared| {
        let paired = answer::paired(compared.shrinkage.as_ref()?, alignment);
        paired.ok().map(|paired| x_of(alignment, paired.place))
    });
    Chart::new(&app.theme, &series)
        .x_axis(Some(x_axis(alignment, &curves)))
        .y_axis(Some(Axis::fit(Scale::Linear, values, 0.04)))
        .x_title(match alignment {
            Alignment::TrainLoss => "",
            _ => place_name(alignment),
        })
        .dotted(read_at)
        .draw(area, buf);
}

fn x_axis(alignment: Alignment, curves: &[Curve]) -> Axis {
    let xs = || {
        curves
            .iter()
            .flat_map(|curve| &curve.points)
            .map(|point| point.0)
    };
    match alignment {
        Alignment::TrainLoss => Axis::fit(Scale::Log, xs(), 0.0).with_inverses(),
        Alignment::Epoch | Alignment::Seconds => axis_from_0(xs().fold(0.0, f64::max)),
    }
}

/// Why there is no curve.
fn nothing(app: &App, alignment: Alignment) -> String {
    match alignment {
        Alignment::Epoch => answer::first_evaluation(app),
        Alignment::TrainLoss => "no training loss below that of the initial weights yet".to_owned(),
        Alignment::Seconds => "no seconds of training yet".to_owned(),
    }
}

/// The comparison at the lowest common training loss and at the others above it.
fn draw_list(app: &App, compared: &Compared, area: Rect, buf: &mut Buffer) {
    let Some(shrinkage) = &compared.shrinkage else {
        return;
    };
    let Ok(lowest) = &shrinkage.by_loss else {
        return;
    };
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let letters = [compared.group.letter, compared.reference.letter];
    let head = format!(
        "{:>8} {:>6} {:>6}  {} less {}",
        "loss", letters[0], letters[1], letters[0], letters[1]
    );
    draw_line(
        &Line::styled(head, theme.style(Role::Dim)),
        area,
        area.y,
        buf,
    );
    let rows = shrinkage.at_other_losses.iter().chain([lowest]);
    for (at, y) in rows.zip(area.y + 1..area.bottom()) {
        let numbers = format!(
            "{:>8} {:>6} {:>6}  ",
            format::loss(at.place, glyphs),
            answer::norm_ratio(at.group, glyphs),
            answer::norm_ratio(at.reference, glyphs),
        );
        let mut line = Line::from(Span::styled(numbers, theme.style(Role::Text)));
        line.spans.extend(answer::difference(app, at));
        draw_line(&line, area, y, buf);
    }
}
