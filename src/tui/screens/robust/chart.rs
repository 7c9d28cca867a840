//! What the full network of each rate is worth, the more it is perturbed: a curve a rate, and below it what it is shown.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::super::parts::robustness::{Quantity, age, curve, readings, unit};
use super::super::parts::{
    MeanAndSpread, Spot, TitlePart, axis_from_0, draw_line, draw_words, forms, frame, letters,
    looks, reading, style_of,
};
use super::{is_of_images, pictures, waiting};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::probe::Perturbation;
use crate::probe::robustness::Scaling;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::{LineStyle, Role};
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{Chart, Layout as ChartLayout, Series};
use crate::tui::widgets::put;

/// Rows below which a chart has no pictures beneath it.
const LEAST_CHART: u16 = 6;

/// R² below which a curve leaves its axis: that is just bad.
const LEAST_R2: f64 = -1.0;

/// What networks are worth that know nothing: the share of a class where all are as frequent, or what the mean of the values is worth.
pub(super) fn chance(app: &App) -> f64 {
    let n_outputs = app.facts.widths.last().copied().unwrap_or(1).max(1);
    if app.facts.is_classification {
        100.0 / n_outputs as f64
    } else {
        0.0
    }
}

/// What the chart of a pane shows: the loss where that was asked for or nothing else is known.
pub(super) fn quantity(app: &App, lab: &LabSnapshot, perturbation: Perturbation) -> Quantity {
    let mut all = lab
        .groups
        .iter()
        .map(|group| readings(lab, group, perturbation));
    let has_worth = |found: Vec<(u64, crate::probe::Seen<'_, crate::probe::Robustness>)>| {
        found
            .iter()
            .any(|(_, found)| found.levels[0].worth.is_some())
    };
    let is_loss = app.robust.is_loss && !matches!(perturbation, Perturbation::LostUnits(_));
    if is_loss || !app.facts.is_classification && !all.any(has_worth) {
        Quantity::Loss
    } else {
        Quantity::Worth
    }
}

/// Draws the chart of `pane` at `spot`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, pane: Pane, spot: Spot, buf: &mut Buffer) {
    let Some(perturbation) = app.robust.perturbation(pane) else {
        return;
    };
    let quantity = quantity(app, lab, perturbation);
    let name = title(app, perturbation);
    let rest = forms(app, &legend(app, lab, (perturbation, quantity)));
    let inner = frame(app, pane, name, spot).rest(rest).draw(spot.area, buf);
    let curves: Vec<Vec<(f64, MeanAndSpread)>> = lab
        .groups
        .iter()
        .map(|group| curve(lab, group, perturbation, quantity))
        .collect();
    if curves.iter().all(Vec::is_empty) {
        draw_words(app, &waiting(app, lab, perturbation), inner, buf);
        return;
    }
    let level = app.robust.level.filter(|_| app.focus == pane);
    let amount = level.map(|level| perturbation.amount(level.min(perturbation.n_levels() - 1)));
    let below = below(app, lab, (pane, perturbation), &curves, (amount, inner));
    let [plot, rest] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below.height(inner))])
            .areas(inner);
    let layout = draw_chart(
        app,
        lab,
        (perturbation, quantity),
        (&curves, amount),
        plot,
        buf,
    );
    match below {
        Below::Nothing => {}
        Below::Rows(rows) => {
            for (line, y) in rows.iter().zip(rest.top()..) {
                draw_line(line, rest, y, buf);
            }
        }
        Below::Trained => draw_trained(app, lab, &layout, rest, buf),
        Below::Pictures(pictures) => pictures.draw(layout.plot, rest, buf),
    }
}

fn title(app: &App, perturbation: Perturbation) -> &'static str {
    match perturbation {
        Perturbation::InputNoise => "Input noise",
        Perturbation::LostInputs if is_of_images(app) => "Lost pixels",
        Perturbation::LostInputs => "Lost inputs",
        Perturbation::LostUnits(_) => "Lost units",
        Perturbation::Attack => "Attack",
    }
}

fn legend(
    app: &App,
    lab: &LabSnapshot,
    (perturbation, quantity): (Perturbation, Quantity),
) -> Vec<TitlePart> {
    let glyphs = app.theme.glyphs();
    let input = if is_of_images(app) { "pixel" } else { "input" };
    let how = match perturbation {
        Perturbation::InputNoise => {
            format!(
                "+ {} on every {input}",
                glyphs.pick("N(0, σ²)", "N(0, sigma^2)")
            )
        }
        Perturbation::LostInputs => "set to 0 at random".to_owned(),
        Perturbation::LostUnits(Scaling::AsTheyAre) => "at test time, not rescaled".to_owned(),
        Perturbation::LostUnits(Scaling::Rescaled) => "at test time, rescaled".to_owned(),
        Perturbation::Attack => {
            format!("+ {} along the gradient's sign", glyphs.pick("ε", "eps"))
        }
    };
    let mut title = vec![
        TitlePart::new(2, how),
        TitlePart::new(0, unit(app, quantity)),
    ];
    let dim = app.theme.style(Role::Dim);
    let (n, of) = counts(lab, perturbation);
    if n < of {
        let words = format!("{n} of {of} networks");
        title.push(TitlePart::new(1, Span::styled(words, dim)));
    }
    let age = age(app, lab, perturbation);
    title.extend(age.map(|words| TitlePart::new(1, Span::styled(words, dim))));
    title
}

/// How many networks were tried, of all that stand for their rates.
pub(super) fn counts(lab: &LabSnapshot, perturbation: Perturbation) -> (usize, usize) {
    let groups = || lab.groups.iter();
    (
        groups()
            .map(|group| readings(lab, group, perturbation).len())
            .sum(),
        groups().map(|group| group.sound_runs().len()).sum(),
    )
}

/// What stands below a chart.
enum Below<'a> {
    Nothing,
    /// What the crosshair reads.
    Rows(Vec<Line<'static>>),
    /// The rates that were trained.
    Trained,
    /// What networks are shown.
    Pictures(pictures::Pictures<'a>),
}

impl Below<'_> {
    fn height(&self, inner: Rect) -> u16 {
        match self {
            Self::Nothing => 0,
            Self::Rows(rows) => rows.len() as u16,
            Self::Trained => 1,
            Self::Pictures(pictures) => pictures.height(inner.height.saturating_sub(LEAST_CHART)),
        }
    }
}

fn below<'a>(
    app: &'a App,
    lab: &'a LabSnapshot,
    (pane, perturbation): (Pane, Perturbation),
    curves: &[Vec<(f64, MeanAndSpread)>],
    (amount, inner): (Option<f64>, Rect),
) -> Below<'a> {
    if let Some(amount) = amount {
        let most = usize::from(inner.height / 2).max(1);
        let mut rows = crosshair_rows(app, lab, perturbation, curves, amount, inner.width);
        rows.truncate(most);
        return Below::Rows(rows);
    }
    match perturbation {
        Perturbation::LostUnits(_) if inner.height > LEAST_CHART => Below::Trained,
        Perturbation::LostUnits(_) => Below::Nothing,
        _ => {
            let pictures = pictures::Pictures::new(app, lab, pane, perturbation);
            pictures.map_or(Below::Nothing, Below::Pictures)
        }
    }
}

/// How an amount is written, with its sign.
pub(super) fn amount_words(app: &App, perturbation: Perturbation, amount: f64) -> String {
    let glyphs = app.theme.glyphs();
    match perturbation {
        Perturbation::InputNoise => format!("{} {amount:.1}", glyphs.pick("σ", "sigma")),
        Perturbation::LostInputs | Perturbation::LostUnits(_) => format!("{:.0} %", 100.0 * amount),
        Perturbation::Attack => format!("{} {amount:.3}", glyphs.pick("ε", "eps")),
    }
}

/// A value of a curve as text.
fn value_words(app: &App, value: f64, quantity: Quantity) -> (String, usize) {
    let glyphs = app.theme.glyphs();
    match quantity {
        Quantity::Worth if app.facts.is_classification => {
            (format::percent(value / 100.0, glyphs), 1)
        }
        Quantity::Worth => (format::r2(value, glyphs), 3),
        Quantity::Loss => (format::loss(value, glyphs), 3),
    }
}

/// What every rate is worth at one level; the selected one comes first.
fn crosshair_rows(
    app: &App,
    lab: &LabSnapshot,
    perturbation: Perturbation,
    curves: &[Vec<(f64, MeanAndSpread)>],
    amount: f64,
    width: u16,
) -> Vec<Line<'static>> {
    let (quantity, glyphs) = (quantity(app, lab, perturbation), app.theme.glyphs());
    let words = amount_words(app, perturbation, amount);
    let mut parts = vec![Span::styled(words, app.theme.style(Role::Bright))];
    let selected = app.selected_row(lab);
    let others = (0..lab.groups.len()).filter(|row| *row != selected);
    for row in std::iter::once(selected).chain(others) {
        let (Some(group), Some(curve)) = (lab.groups.get(row), curves.get(row)) else {
            continue;
        };
        let at = curve
            .iter()
            .find(|(other, _)| (other - amount).abs() < 1e-9);
        let words = at.map_or_else(
            || format::missing(glyphs).to_owned(),
            |(_, MeanAndSpread { mean, spread })| {
                let (mean, n_decimals) = value_words(app, *mean, quantity);
                let spread = spread.map(|spread| format::plus_minus(spread, n_decimals, glyphs));
                [Some(mean), spread]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
            },
        );
        let style = style_of(app, lab, group);
        parts.push(Span::styled(format!("{} {words}", group.letter), style));
    }
    reading::set(parts, width.into())
}

type Drawn<'a> = (&'a [Vec<(f64, MeanAndSpread)>], Option<f64>);

fn draw_chart(
    app: &App,
    lab: &LabSnapshot,
    (perturbation, quantity): (Perturbation, Quantity),
    (curves, amount): Drawn,
    area: Rect,
    buf: &mut Buffer,
) -> ChartLayout {
    let points: Vec<Vec<(f64, f64)>> = curves
        .iter()
        .map(|curve| curve.iter().map(|(x, y)| (*x, y.mean)).collect())
        .collect();
    let letters = letters(lab);
    let (looks, selected) = (looks(app, lab), app.selected_row(lab));
    let reference = app.reference(lab).map(|group| group.id);
    let reference = lab
        .groups
        .iter()
        .position(|group| Some(group.id) == reference);
    let band = reference
        .filter(|row| *row != selected)
        .map(|row| between(&points[row], &points[selected]));
    let band = band.unwrap_or_default();
    let last = perturbation.amount(perturbation.n_levels() - 1);
    let guess = [(0.0, chance(app)), (last, chance(app))];
    let mut series: Vec<Series> = Vec::new();
    if quantity == Quantity::Worth {
        let dim = app.theme.style(Role::Dim);
        series.push(Series::new(&guess, dim, "").faint().line(LineStyle::Dotted));
    }
    // The selected one last: on top.
    let order = (0..points.len())
        .filter(|&row| row != selected)
        .chain([selected]);
    for row in order.filter(|&row| row < points.len()) {
        let one = Series::new(&points[row], looks[row].style, &letters[row]).line(looks[row].line);
        let is_lit = row == selected;
        series.push(if is_lit { one.band(&band) } else { one });
    }
    let x_title = match perturbation {
        Perturbation::InputNoise => app.theme.glyphs().pick("σ", "sigma"),
        Perturbation::Attack => app.theme.glyphs().pick("ε", "eps"),
        Perturbation::LostInputs | Perturbation::LostUnits(_) => "lost",
    };
    Chart::new(&app.theme, &series)
        .scales(Scale::Linear, Scale::Linear)
        .x_axis(Some(axis_from_0(last)))
        .y_axis(Some(y_axis(app, quantity, &points)))
        .x_title(x_title)
        .crosshair(amount)
        .draw(area, buf)
}

/// The light between two curves, (x, low, high).
fn between(one: &[(f64, f64)], other: &[(f64, f64)]) -> Vec<(f64, f64, f64)> {
    let pairs = one.iter().zip(other);
    pairs
        .map(|(&(x, y), &(_, other))| (x, y.min(other), y.max(other)))
        .collect()
}

fn y_axis(app: &App, quantity: Quantity, points: &[Vec<(f64, f64)>]) -> Axis {
    let values = points.iter().flatten().map(|point| point.1);
    match quantity {
        Quantity::Worth if app.facts.is_classification => Axis::new(Scale::Linear, 0.0, 100.0),
        Quantity::Worth => {
            let low = values.fold(0.0, f64::min).max(LEAST_R2);
            Axis::new(Scale::Linear, low, 1.0)
        }
        Quantity::Loss => Axis::fit(Scale::Linear, values.chain([0.0]), 0.04),
    }
}

/// A mark below each rate that was trained.
fn draw_trained(app: &App, lab: &LabSnapshot, layout: &ChartLayout, area: Rect, buf: &mut Buffer) {
    let (glyphs, dim) = (app.theme.glyphs(), app.theme.style(Role::Dim));
    let mark = glyphs.pick("▲", "^");
    let looks = looks(app, lab);
    let selected = app.selected_row(lab);
    let words = "trained";
    let rows = (0..lab.groups.len())
        .filter(|&row| row != selected)
        .chain([selected]);
    let mut last = 0;
    for row in rows.filter(|&row| row < lab.groups.len()) {
        let rate = lab.groups[row].rate.value();
        let Some(column) = layout.column_of(rate).filter(|_| rate > 0.0) else {
            continue;
        };
        put(buf, area, column.into(), area.y, mark, looks[row].style);
        last = last.max(column);
    }
    let x = i32::from(area.right()) - words.chars().count() as i32;
    if last > 0 && i32::from(last) + 1 < x {
        put(buf, area, x, area.y, words, dim);
    }
}

/// The value of the curve of a group at the level nearest to `amount`.
pub(super) fn worth_near(
    lab: &LabSnapshot,
    group: &GroupSnapshot,
    perturbation: Perturbation,
    amount: f64,
) -> Option<f64> {
    let curve = curve(lab, group, perturbation, Quantity::Worth);
    let distance = |at: &&(f64, MeanAndSpread)| (at.0 - amount).abs();
    let nearest = curve
        .iter()
        .min_by(|one, two| distance(one).total_cmp(&distance(two)));
    nearest.map(|(_, value)| value.mean)
}
