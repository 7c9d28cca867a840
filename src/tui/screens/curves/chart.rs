//! A chart of one quantity: the large one, or a small one beside it on the same horizontal axis.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use super::super::parts::curves::{changes, quantity, title};
use super::super::parts::{TitlePart, draw_words, forms, leaders, looks};
use crate::lab::LabSnapshot;
use crate::lab::curves::{Alignment, Traces, smoothed};
use crate::tui::app::{App, Around, Metric, whole};
use crate::tui::format;
use crate::tui::theme::{Look, Role};
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::chart::{self, Chart, Event, Series};
use crate::tui::widgets::{pane, put};

/// Which chart it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The large one.
    Large {
        /// Whether there is nothing beside it, so that it has to say what is read at the crosshair.
        is_alone: bool,
    },
    /// One beside it.
    Small,
}

/// The share of the whole that does not decide how high the axis is: the fall from the initial weights.
const BEGINNING: f64 = 0.03;

/// Rows below the large chart: who leads, and what that means.
const N_ROWS_OF_STRIP: u16 = 2;

/// A line with what lies around it.
struct Line {
    points: Vec<(f64, f64)>,
    band: Vec<(f64, f64, f64)>,
    style: Style,
    look: Look,
    label: String,
    is_faint: bool,
}

/// Everything that a chart is made of.
pub(super) struct Picture<'a> {
    app: &'a App,
    lab: &'a LabSnapshot,
    metric: Metric,
    kind: Kind,
    traces: Vec<Traces>,
    positions: Vec<Vec<f64>>,
    lines: Vec<Line>,
    x: Axis,
    y: Option<Axis>,
    events: Vec<(f64, String, Style)>,
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

    fn is_large(&self) -> bool {
        matches!(self.kind, Kind::Large { .. })
    }

    /// All lines, the most important last: raw ones below their averages, the training curve of the selected rate below the
    /// test curves, the selected rate on top.
    fn lines(&self) -> Vec<Line> {
        let looks = looks(self.app, self.lab);
        let selected = self.app.selected_row(self.lab);
        let mut lines = Vec::new();
        let order = (0..looks.len()).filter(|&row| row != selected);
        for row in order.chain([selected]).filter(|&row| row < looks.len()) {
            if self.is_large() && row == selected {
                lines.extend(self.train_line(row, looks[row]));
            }
            lines.extend(self.test_lines(row, looks[row]));
        }
        lines
    }

    /// The training curve, with the gap to the test curve as light between the two.
    fn train_line(&self, row: usize, look: Look) -> Option<Line> {
        let train = quantity(self.metric, true)?;
        let test = quantity(self.metric, false)?;
        let means = self.averaged(&self.traces[row].quantity(train).means);
        let tests = self.averaged(&self.traces[row].quantity(test).means);
        let scaled = |value: f64| self.factor() * value;
        let at = &self.positions[row];
        let has_gap = self.metric == Metric::Loss && self.app.curves.around == Around::Nothing;
        let between = at.iter().zip(means.iter().zip(&tests));
        let band = between.map(|(&x, (&a, &b))| (x, a.min(b), a.max(b)));
        let letter = self.lab.groups[row].letter;
        Some(Line {
            points: points(at, means.iter().map(|&mean| scaled(mean))),
            band: if has_gap { finite(band) } else { Vec::new() },
            style: look.style,
            look,
            label: self.label(letter, means.last().copied()),
            is_faint: true,
        })
    }

    /// The test curve of a rate, and around it what was asked for.
    fn test_lines(&self, row: usize, look: Look) -> Vec<Line> {
        let Some(test) = quantity(self.metric, false) else {
            return Vec::new();
        };
        let trace = self.traces[row].quantity(test);
        let (at, factor) = (&self.positions[row], self.factor());
        let line = |values: &[f64], is_faint: bool| Line {
            points: points(at, values.iter().map(|value| factor * value)),
            band: Vec::new(),
            style: look.style,
            look,
            label: String::new(),
            is_faint,
        };
        let mut lines = Vec::new();
        let around = self.app.curves.around;
        if self.is_large() && around == Around::Seeds {
            lines.extend(trace.seeds.iter().map(|values| line(values, true)));
        } else if self.is_large() && self.app.curves.alpha.is_some() {
            lines.push(line(&trace.means, true));
        }
        let means = self.averaged(&trace.means);
        let mut leading = line(&means, false);
        leading.label = self.label(self.lab.groups[row].letter, means.last().copied());
        if self.is_large() && around == Around::Spread {
            let spread = at.iter().zip(means.iter().zip(&trace.deviations));
            let band = spread.map(|(&x, (mean, deviation))| {
                (x, factor * (mean - deviation), factor * (mean + deviation))
            });
            leading.band = finite(band);
        }
        lines.push(leading);
        lines
    }

    fn averaged(&self, means: &[f64]) -> Vec<f64> {
        match self.app.curves.alpha {
            Some(alpha) => smoothed(means, alpha),
            None => means.to_vec(),
        }
    }

    /// Accuracies are shown in percent.
    fn factor(&self) -> f64 {
        if self.metric == Metric::Accuracy {
            100.0
        } else {
            1.0
        }
    }

    /// A letter, and in the large chart the last value behind it.
    fn label(&self, letter: char, last: Option<f64>) -> String {
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

    /// The vertical axis: what is in view of the test curves, without the first 3 % of the whole.
    fn y_axis(&self, whole: (f64, f64)) -> Option<Axis> {
        let begun = whole.0 + BEGINNING * (whole.1 - whole.0);
        let (from, to) = (self.x.start().max(begun), self.x.end());
        let leading = self.lines.iter().filter(|line| !line.is_faint);
        let in_view = |x: f64| (from..=to).contains(&x);
        let values = leading.flat_map(|line| {
            let band = line
                .band
                .iter()
                .flat_map(|&(x, low, high)| [(x, low), (x, high)]);
            line.points.iter().copied().chain(band)
        });
        let values: Vec<f64> = values
            .filter(|&(x, y)| {
                in_view(x) && y.is_finite() && (self.scale() == Scale::Linear || y > 0.0)
            })
            .map(|(_, y)| y)
            .collect();
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
            (Metric::Loss, false) => "own units",
        };
        let mut parts = vec![TitlePart::new(1, dim(unit.to_owned()))];
        if !self.is_large() {
            return parts;
        }
        if self.scale() == Scale::Log {
            parts.push(TitlePart::new(2, dim("log".to_owned())));
        }
        let n_seeds = self.traces.iter().map(|traces| traces.seeds.len()).max();
        let seeds = match n_seeds.unwrap_or(0) {
            1 => "one seed".to_owned(),
            n => format!("mean of {n} seeds"),
        };
        let strokes = glyphs.pick(
            ("test ━ ", "train of ", " ╌"),
            ("test = ", "train of ", " -"),
        );
        parts.push(TitlePart::new(3, dim(format!("{}{seeds}", strokes.0))));
        if let Some(alpha) = self.app.curves.alpha {
            let words = format!("averaged, newest {alpha}");
            parts.push(TitlePart::new(2, dim(words)));
        }
        let letter = self.app.selected(self.lab).map(|group| group.letter);
        if let (Some(letter), Some(_)) = (letter, quantity(self.metric, true)) {
            let train = format!("{}{letter}{}", strokes.1, strokes.2);
            parts.push(TitlePart::new(4, dim(train)));
            let around = match self.app.curves.around {
                Around::Nothing if self.metric == Metric::Loss => format!("gap of {letter} shaded"),
                Around::Nothing => String::new(),
                Around::Spread => glyphs.pick("±1 s.d. shaded", "+-1 s.d. shaded").to_owned(),
                Around::Seeds => "every seed thin".to_owned(),
            };
            if !around.is_empty() {
                parts.push(TitlePart::new(5, dim(around)));
            }
        }
        parts
    }

    fn series(&self) -> Vec<Series<'_>> {
        let mut all = Vec::new();
        for line in &self.lines {
            let series = Series::new(&line.points, line.style, &line.label);
            let series = series.line(line.look.line).band(&line.band);
            all.push(if line.is_faint {
                series.faint()
            } else {
                series
            });
        }
        all
    }

    fn crosshair(&self) -> Option<f64> {
        let place = self
            .app
            .view
            .crosshair
            .filter(|_| self.app.curves.alignment == Alignment::Epoch)?;
        place
            .evaluation(self.lab)
            .map(|evaluation| evaluation.epoch)
    }

    fn with_chart<T>(&self, then: impl FnOnce(&Chart) -> T) -> T {
        let series = self.series();
        let events: Vec<Event> = self
            .events
            .iter()
            .map(|(x, label, style)| Event {
                x: *x,
                label,
                style: *style,
            })
            .collect();
        let chart = Chart::new(&self.app.theme, &series)
            .scales(Scale::Linear, self.scale())
            .x_axis(Some(self.x))
            .y_axis(self.y)
            .x_title(if self.is_large() { self.x_title() } else { "" })
            .events(&events)
            .crosshair(self.crosshair());
        then(&chart)
    }

    fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.points.is_empty())
    }

    /// The plot and the strip below it.
    fn areas(&self, inner: Rect) -> [Rect; 2] {
        let n_rows = match self.kind {
            Kind::Large { .. } if inner.height >= 3 * N_ROWS_OF_STRIP => N_ROWS_OF_STRIP,
            _ => 0,
        };
        Layout::vertical([Constraint::Fill(1), Constraint::Length(n_rows)]).areas(inner)
    }

    /// Where everything is when the chart is drawn at `area`; `None` while there is nothing to draw.
    pub(super) fn layout(&self, area: Rect) -> Option<chart::Layout> {
        let [plot, _] = self.areas(pane::Pane::inner(area));
        (!self.is_empty()).then(|| self.with_chart(|chart| chart.layout(plot)))
    }

    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer) {
        let legend = forms(self.app, &self.legend());
        let frame = pane::Pane::new(&self.app.theme, title(self.app, self.metric));
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
        let [plot, strip] = self.areas(inner);
        let layout = self.with_chart(|chart| chart.draw(plot, buf));
        if !strip.is_empty() {
            self.draw_strip(&layout, strip, buf);
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

fn points(at: &[f64], values: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    let points = at.iter().copied().zip(values);
    points.filter(|(x, _)| x.is_finite()).collect()
}

fn finite(band: impl Iterator<Item = (f64, f64, f64)>) -> Vec<(f64, f64, f64)> {
    band.filter(|(x, low, high)| x.is_finite() && low.is_finite() && high.is_finite())
        .collect()
}
