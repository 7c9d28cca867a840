//! A chart of one quantity: the large one, or a small one beside or below it on the same horizontal axis.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use super::super::parts::curves::{Marked, changes, quantity, title};
use super::super::parts::{TitlePart, draw_words, forms, ladder, leaders, letters, looks};
use super::at::epoch;
use super::lines::Line;
use crate::lab::curves::{Alignment, Traces};
use crate::lab::{Evaluation, LabSnapshot};
use crate::tui::app::{App, Around, Metric, whole};
use crate::tui::format;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{self, Chart, Event, Series};
use crate::tui::widgets::ladder::Ladder;
use crate::tui::widgets::{pane, put};

/// Which chart it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The large one.
    Large {
        /// Whether there is nothing beside it, so that it has the ladder of gaps.
        is_alone: bool,
        /// Whether there is room for the training curves of all rates.
        has_trains: bool,
    },
    /// One beside it.
    Small,
    /// One of the runs with this seed only.
    Seed(u64),
}

/// The share of the whole that does not decide how high the axis is: the fall from the initial weights.
const BEGINNING: f64 = 0.03;

/// How many times larger than all that follows the start of a curve may be and still have a say in the axis.
const MOST_OF_START: f64 = 3.0;

/// Rows below the large chart: who leads, and what that means.
const N_ROWS_OF_STRIP: u16 = 2;

/// Columns of the curves beside a ladder, at least, and between the two.
const LEAST_CURVES: u16 = 30;
const APART: u16 = 2;

/// Where the parts of a chart are.
struct Areas {
    plot: Rect,
    /// Empty where there is none.
    ladder: Rect,
    strip: Rect,
}

/// Everything that a chart is made of.
pub(super) struct Picture<'a> {
    pub(super) app: &'a App,
    pub(super) lab: &'a LabSnapshot,
    pub(super) metric: Metric,
    pub(super) kind: Kind,
    pub(super) traces: Vec<Traces>,
    pub(super) positions: Vec<Vec<f64>>,
    lines: Vec<Line>,
    x: Axis,
    y: Option<Axis>,
    events: Vec<Marked>,
}

impl<'a> Picture<'a> {
    pub(super) fn new(app: &'a App, lab: &'a LabSnapshot, metric: Metric, kind: Kind) -> Self {
        let alignment = app.curves.alignment;
        let traces: Vec<Traces> = lab.groups.iter().map(Traces::of).collect();
        let positions = traces.iter().map(|traces| traces.positions(alignment));
        let positions: Vec<Vec<f64>> = positions.collect();
        let whole = whole(lab, alignment);
        let (from, to) = app.curves.range(whole);
        let x = Axis::new(Scale::Linear, from, to);
        let mut picture = Self {
            app,
            lab,
            metric,
            kind,
            traces,
            positions,
            lines: Vec::new(),
            x,
            y: None,
            events: Vec::new(),
        };
        picture.lines = picture.lines();
        picture.y = picture.y_axis(whole);
        if matches!(kind, Kind::Large { .. }) && alignment == Alignment::Epoch {
            picture.events = changes(app, lab);
        }
        picture
    }

    fn scale(&self) -> Scale {
        if self.app.view.is_log && self.metric == Metric::Loss {
            Scale::Log
        } else {
            Scale::Linear
        }
    }

    pub(super) fn is_large(&self) -> bool {
        matches!(self.kind, Kind::Large { .. })
    }

    /// A letter, and in the large chart the last value behind it.
    pub(super) fn label(&self, letter: char, last: Option<f64>) -> String {
        let glyphs = self.app.theme.glyphs();
        match last.filter(|last| self.is_large() && last.is_finite()) {
            Some(last) => {
                let text = match self.metric {
                    Metric::Loss => format::loss(last, glyphs),
                    Metric::Accuracy => format::percent(last, glyphs),
                    Metric::R2 => format::r2(last, glyphs),
                    Metric::Gap => format::gap(last, glyphs),
                };
                format!("{letter} {text}")
            }
            None => letter.to_string(),
        }
    }

    /// The vertical axis: what is in view of the test curves, without the first 3 % of the whole, and down to the training curve of
    /// the selected rate. Charts of one seed each share one.
    fn y_axis(&self, whole: (f64, f64)) -> Option<Axis> {
        let begun = whole.0 + BEGINNING * (whole.1 - whole.0);
        let (from, to) = (self.x.start().max(begun), self.x.end());
        let of_all_seeds = match self.kind {
            Kind::Seed(_) => self.seed_lines(|_| true),
            _ => Vec::new(),
        };
        let lines = || self.lines.iter().chain(&of_all_seeds);
        let leading = lines().filter(|line| !line.is_faint);
        let in_view = |x: f64| (from..=to).contains(&x);
        let values = leading.flat_map(|line| {
            let band = line
                .band
                .iter()
                .flat_map(|&(x, low, high)| [(x, low), (x, high)]);
            line.points.iter().copied().chain(band)
        });
        let is_shown = |&(x, y): &(f64, f64)| {
            in_view(x) && y.is_finite() && (self.scale() == Scale::Linear || y > 0.0)
        };
        let mut values: Vec<f64> = values.filter(is_shown).map(|(_, y)| y).collect();
        bound(
            &mut values,
            lines().filter(|line| !line.is_faint),
            (from, to),
        );
        let held = lines().filter(|line| line.holds_lower_end);
        let held = held.flat_map(|line| line.points.iter().copied().filter(is_shown));
        values.extend(
            held.map(|(_, y)| y)
                .reduce(f64::min)
                .filter(|_| !values.is_empty()),
        );
        (!values.is_empty()).then(|| Axis::fit(self.scale(), values, 0.04))
    }

    fn x_title(&self) -> &'static str {
        match self.app.curves.alignment {
            Alignment::Epoch => "epoch",
            Alignment::TrainLoss => self
                .app
                .theme
                .glyphs()
                .pick("−ln train loss", "-ln train loss"),
            Alignment::Seconds => "s of training",
        }
    }

    fn legend(&self) -> Vec<TitlePart> {
        let (theme, glyphs) = (&self.app.theme, self.app.theme.glyphs());
        let dim = |text: String| Span::styled(text, theme.style(Role::Dim));
        let unit = match (self.metric, self.app.facts.is_classification) {
            (Metric::Accuracy, _) => "test, %",
            (Metric::R2, _) => "test",
            (Metric::Gap, _) => glyphs.pick("test − train", "test - train"),
            (Metric::Loss, true) => "nats",
            (Metric::Loss, false) => "squared units of the value",
        };
        let mut parts = vec![TitlePart::new(1, dim(unit.to_owned()))];
        if !self.is_large() {
            return parts;
        }
        if self.scale() == Scale::Log {
            parts.push(TitlePart::new(2, dim("log".to_owned())));
        }
        let seeds = self.seeds_in_words();
        let strokes = glyphs.pick(
            ("test ━ ", "train of ", " ╌"),
            ("full: test, ", "broken: train of ", ""),
        );
        parts.push(TitlePart::new(3, dim(format!("{}{seeds}", strokes.0))));
        if let (Kind::Large { is_alone: true, .. }, true) = (self.kind, self.metric != Metric::Gap)
        {
            let words = glyphs.pick("right: ○ train ● test now", "right: o train * test now");
            parts.push(TitlePart::new(6, dim(words.to_owned())));
        }
        if let Some(alpha) = self.app.curves.alpha {
            let words = format!("averaged, newest {alpha}");
            parts.push(TitlePart::new(2, dim(words)));
        }
        let letter = self.app.selected(self.lab).map(|group| group.letter);
        if let (Some(letter), Some(_)) = (letter, quantity(self.metric, true)) {
            let train = match self.kind {
                Kind::Large {
                    has_trains: true, ..
                } => glyphs.pick("train ╌", "broken: train").to_owned(),
                _ => format!("{}{letter}{}", strokes.1, strokes.2),
            };
            parts.push(TitlePart::new(4, dim(train)));
            let shaded = match theme.shade(theme.rate(0.5), 1.0) {
                Some(_) => "shaded",
                None => "dotted",
            };
            let around = match self.app.curves.around {
                Around::Nothing if self.metric == Metric::Loss => {
                    format!("gap of {letter} {shaded}")
                }
                Around::Nothing => String::new(),
                Around::Spread => format!("{} {shaded}", glyphs.pick("±1 s.d.", "+-1 s.d.")),
                Around::Seeds => "every seed thin".to_owned(),
            };
            if !around.is_empty() {
                parts.push(TitlePart::new(5, dim(around)));
            }
        }
        parts
    }

    /// Over how many seeds the means are, and where they are over fewer.
    fn seeds_in_words(&self) -> String {
        let n_seeds = |traces: &Traces| traces.seeds.len();
        let most = self.traces.iter().map(n_seeds).max().unwrap_or(0);
        let all = match most {
            1 => "one seed".to_owned(),
            n => format!("mean of {n} seeds"),
        };
        let groups = self.lab.groups.iter().zip(&self.traces);
        let fewer = groups.filter(|(_, traces)| n_seeds(traces) < most);
        let fewer =
            fewer.map(|(group, traces)| format!("{} {} of {most}", group.letter, n_seeds(traces)));
        let words: Vec<String> = [all].into_iter().chain(fewer).collect();
        words.join(", ")
    }

    fn series(&self) -> Vec<Series<'_>> {
        let mut all = Vec::new();
        for line in &self.lines {
            let series = Series::new(&line.points, line.style, &line.label);
            let series = series.line(line.look.line).band(&line.band);
            let series = series.band_strength(line.band_strength);
            all.push(if line.is_faint {
                series.faint()
            } else {
                series
            });
        }
        all
    }

    /// What is read at the crosshair: epochs are shared, other axes are not.
    fn crosshair(&self) -> Option<&Evaluation> {
        let place = self.app.view.crosshair;
        let place = place.filter(|_| self.app.curves.alignment == Alignment::Epoch)?;
        place.evaluation(self.lab)
    }

    fn with_chart<T>(&self, then: impl FnOnce(&Chart) -> T) -> T {
        let series = self.series();
        let crosshair = self.crosshair();
        let label = crosshair.filter(|_| self.is_large()).map(epoch);
        let label = label.unwrap_or_default();
        let events: Vec<Event> = self
            .events
            .iter()
            .map(|(x, label, style, mark)| Event {
                x: *x,
                label,
                style: *style,
                mark: *mark,
            })
            .collect();
        let chart = Chart::new(&self.app.theme, &series)
            .scales(Scale::Linear, self.scale())
            .x_axis(Some(self.x))
            .y_axis(self.y)
            .x_title(if self.is_large() { self.x_title() } else { "" })
            .events(&events)
            .crosshair(crosshair.map(|at| at.epoch))
            .crosshair_label(&label);
        then(&chart)
    }

    fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.points.is_empty())
    }

    /// The plot, the ladder beside it and the strip below.
    fn areas(&self, inner: Rect) -> Areas {
        let n_rows = match self.kind {
            Kind::Large { .. } if inner.height >= 3 * N_ROWS_OF_STRIP => N_ROWS_OF_STRIP,
            _ => 0,
        };
        let [above, strip] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(n_rows)]).areas(inner);
        let n_columns = match self.kind {
            Kind::Large { is_alone: true, .. } if self.metric != Metric::Gap => {
                self.with_ladder(|ladder| ladder.width(above.height)) + APART
            }
            _ => 0,
        };
        let has_room = above.width >= LEAST_CURVES + n_columns;
        let n_columns = if has_room { n_columns } else { 0 };
        let [plot, ladder] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(n_columns)]).areas(above);
        Areas {
            plot,
            ladder: Rect {
                x: ladder.x + APART.min(n_columns),
                width: n_columns.saturating_sub(APART),
                ..ladder
            },
            strip,
        }
    }

    fn with_ladder<T>(&self, then: impl FnOnce(&Ladder) -> T) -> T {
        let looks = looks(self.app, self.lab);
        let letters = letters(self.lab);
        let rungs = ladder::rungs(self.lab, self.metric, &looks, &letters);
        let selected = self.app.selected_row(self.lab);
        then(&Ladder::new(&self.app.theme, &rungs).keeping(selected))
    }

    /// Where everything is when the chart is drawn at `area`; `None` while there is nothing to draw.
    pub(super) fn layout(&self, area: Rect) -> Option<chart::Layout> {
        let plot = self.areas(pane::Pane::inner(area)).plot;
        (!self.is_empty()).then(|| self.with_chart(|chart| chart.layout(plot)))
    }

    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer) {
        let legend = forms(self.app, &self.legend());
        let name = match self.kind {
            Kind::Seed(seed) => format!("Seed {seed}"),
            _ => title(self.app, self.metric).to_owned(),
        };
        let frame = pane::Pane::new(&self.app.theme, &name);
        let inner = frame.rest(legend).focused(self.is_large()).draw(area, buf);
        if self.is_empty() {
            draw_words(
                self.app,
                "the initial weights are being evaluated",
                inner,
                buf,
            );
            return;
        }
        let areas = self.areas(inner);
        let layout = self.with_chart(|chart| chart.draw(areas.plot, buf));
        if !areas.strip.is_empty() {
            self.draw_strip(&layout, areas.strip, buf);
        }
        if areas.ladder.is_empty() {
            return;
        }
        self.with_ladder(|ladder| ladder.draw(areas.ladder, buf));
        if !areas.strip.is_empty() {
            ladder::draw_name(self.app, (inner, areas.strip.y), buf);
        }
    }

    /// Who leads where, below the columns of the plot.
    fn draw_strip(&self, layout: &chart::Layout, area: Rect, buf: &mut Buffer) {
        let reigns = leaders::reigns_of(self.lab, self.metric, self.app.curves.alignment);
        leaders::draw(
            self.app,
            self.lab,
            &reigns,
            (layout, area.left(), area.y),
            buf,
        );
        let dim = self.app.theme.style(Role::Dim);
        let (from, to) = (layout.plot.left(), area.right());
        let words = match self.metric {
            Metric::Loss => "the rate with the lowest test loss, averaged: the longer, the higher",
            Metric::Accuracy => "the rate with the highest test accuracy, averaged",
            Metric::R2 => "the rate with the highest test R², averaged",
            Metric::Gap => "the rate whose gap is nearest to 0, averaged",
        };
        if words.chars().count() <= usize::from(to - from) {
            put(buf, area, i32::from(from), area.y + 1, words, dim);
        }
    }
}

/// Takes the values away that are much larger than what the lines come to after a first sixth of what is in view: a start that
/// explodes would press all that follows into one row.
fn bound<'l>(
    values: &mut Vec<f64>,
    leading: impl Iterator<Item = &'l Line>,
    (from, to): (f64, f64),
) {
    let settled = from + (to - from) / 6.0;
    let points = leading.flat_map(|line| &line.points);
    let sizes = points.filter(|(x, y)| (settled..=to).contains(x) && y.is_finite());
    let largest = sizes.map(|(_, y)| y.abs()).reduce(f64::max);
    if let Some(largest) = largest.filter(|largest| *largest > 0.0) {
        values.retain(|value| value.abs() <= MOST_OF_START * largest);
    }
}
