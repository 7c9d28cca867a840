//! The lines of a chart: means over the seeds, what lies around them, or the runs of one seed.

use ratatui::style::Style;

use super::chart::{Kind, Picture};
use crate::lab::curves::smoothed;
use crate::tui::app::{Around, Metric};
use crate::tui::screens::parts::curves::quantity;
use crate::tui::screens::parts::looks;
use crate::tui::theme::Look;

/// How strongly the gap shows where the training loss is above the test loss.
const WEAK: f64 = 0.45;

/// A line with what lies around it.
pub(super) struct Line {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) band: Vec<(f64, f64, f64)>,
    pub(super) band_strength: f64,
    pub(super) style: Style,
    pub(super) look: Look,
    pub(super) label: String,
    pub(super) is_faint: bool,
    /// Whether the axis goes down to its lowest point.
    pub(super) holds_lower_end: bool,
}

impl Line {
    fn new(points: Vec<(f64, f64)>, look: Look) -> Self {
        Self {
            points,
            band: Vec::new(),
            band_strength: 1.0,
            style: look.style,
            look,
            label: String::new(),
            is_faint: false,
            holds_lower_end: false,
        }
    }

    fn faint(self) -> Self {
        Self {
            is_faint: true,
            ..self
        }
    }
}

impl Picture<'_> {
    /// All lines, the most important last: raw ones below their averages, training curves below the test curves, the selected
    /// rate on top.
    pub(super) fn lines(&self) -> Vec<Line> {
        if let Kind::Seed(seed) = self.kind {
            return self.seed_lines(|other| other == seed);
        }
        let looks = looks(self.app, self.lab);
        let selected = self.app.selected_row(self.lab);
        let mut lines = Vec::new();
        for row in self.order() {
            match self.kind {
                Kind::Large { .. } if row == selected => {
                    lines.extend(self.gap_and_train_line(row, looks[row]));
                }
                Kind::Large {
                    has_trains: true, ..
                } => lines.extend(self.train_line(row, looks[row])),
                _ => {}
            }
            lines.extend(self.test_lines(row, looks[row]));
        }
        lines
    }

    /// The rows of all rates, the selected one last.
    fn order(&self) -> impl Iterator<Item = usize> {
        let n_rows = self.lab.groups.len();
        let selected = self.app.selected_row(self.lab);
        let others = (0..n_rows).filter(move |&row| row != selected);
        others.chain((selected < n_rows).then_some(selected))
    }

    /// The training curve of a rate.
    fn train_line(&self, row: usize, look: Look) -> Option<Line> {
        let train = quantity(self.metric, true)?;
        let means = self.averaged(&self.traces[row].quantity(train).means);
        Some(Line {
            holds_lower_end: true,
            ..Line::new(self.points(row, &means), look).faint()
        })
    }

    /// The training curve of the selected rate, and the gap to its test curve as light between the two: full where the test loss
    /// is above, weak where it is below, which overfitting is not.
    fn gap_and_train_line(&self, row: usize, look: Look) -> Vec<Line> {
        let quantities = (quantity(self.metric, true), quantity(self.metric, false));
        let (Some(train), Some(test)) = quantities else {
            return Vec::new();
        };
        let means = self.averaged(&self.traces[row].quantity(train).means);
        let tests = self.averaged(&self.traces[row].quantity(test).means);
        let has_gap = self.metric == Metric::Loss && self.app.curves.around == Around::Nothing;
        // A band of no height where the other shade is: it begins and ends where the curves cross.
        let band = |is_of: fn(f64, f64) -> bool| {
            let pairs = self.positions[row].iter().zip(means.iter().zip(&tests));
            let pairs = pairs.skip(self.n_shared(row));
            let edges = pairs.map(move |(&x, (&train, &test))| {
                if is_of(train, test) {
                    (x, train.min(test), train.max(test))
                } else {
                    (x, test, test)
                }
            });
            if has_gap { finite(edges) } else { Vec::new() }
        };
        let weak = Line {
            band: band(|train, test| train > test),
            band_strength: WEAK,
            ..Line::new(Vec::new(), look)
        };
        let letter = self.lab.groups[row].letter;
        let line = Line {
            band: band(|train, test| train <= test),
            label: self.label(letter, means.last().copied()),
            holds_lower_end: true,
            ..Line::new(self.points(row, &means), look).faint()
        };
        vec![weak, line]
    }

    /// The test curve of a rate, and around it what was asked for.
    fn test_lines(&self, row: usize, look: Look) -> Vec<Line> {
        let Some(test) = quantity(self.metric, false) else {
            return Vec::new();
        };
        let trace = self.traces[row].quantity(test);
        let line = |values: &[f64]| Line::new(self.points(row, values), look);
        let mut lines = Vec::new();
        let around = self.app.curves.around;
        if self.is_large() && around == Around::Seeds {
            lines.extend(trace.seeds.iter().map(|values| line(values).faint()));
        } else if self.is_large() && self.app.curves.alpha.is_some() {
            lines.push(line(&trace.means).faint());
        }
        let means = self.averaged(&trace.means);
        let mut leading = line(&means);
        leading.label = self.label(self.lab.groups[row].letter, means.last().copied());
        if self.is_large() && around == Around::Spread {
            let (at, factor) = (&self.positions[row], self.factor());
            let spread = at.iter().zip(means.iter().zip(&trace.deviations));
            let spread = spread.skip(self.n_shared(row));
            let band = spread.map(|(&x, (mean, deviation))| {
                (x, factor * (mean - deviation), factor * (mean + deviation))
            });
            leading.band = finite(band);
        }
        lines.push(leading);
        lines
    }

    /// The test curves of the runs with some of the seeds.
    pub(super) fn seed_lines(&self, is_shown: impl Fn(u64) -> bool) -> Vec<Line> {
        let Some(test) = quantity(self.metric, false) else {
            return Vec::new();
        };
        let looks = looks(self.app, self.lab);
        let of_row = |row: usize| {
            let (traces, is_shown) = (&self.traces[row], &is_shown);
            let seeds = traces.seeds.iter().zip(&traces.quantity(test).seeds);
            let shown = seeds.filter(move |(seed, _)| is_shown(**seed));
            let look = looks[row];
            shown.map(move |(_, values)| Line {
                label: self.lab.groups[row].letter.to_string(),
                ..Line::new(self.points(row, &self.averaged(values)), look)
            })
        };
        self.order().flat_map(of_row).collect()
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

    /// Evaluations of a row that are its parent's, because it branches off later; it begins with the last of them.
    fn n_shared(&self, row: usize) -> usize {
        let origin = self.lab.groups[row].origin;
        let branch = origin.map_or(0, |origin| origin.step);
        let steps = &self.traces[row].steps;
        let n_before = steps.partition_point(|step| *step <= branch);
        n_before.saturating_sub(1)
    }

    /// A row's values where they lie; of a fork those that are its own.
    fn points(&self, row: usize, values: &[f64]) -> Vec<(f64, f64)> {
        let factor = self.factor();
        let points = self.positions[row].iter().zip(values);
        let points = points.skip(self.n_shared(row));
        let points = points.map(|(&x, value)| (x, factor * value));
        points.filter(|(x, _)| x.is_finite()).collect()
    }
}

fn finite(band: impl Iterator<Item = (f64, f64, f64)>) -> Vec<(f64, f64, f64)> {
    band.filter(|(x, low, high)| x.is_finite() && low.is_finite() && high.is_finite())
        .collect()
}
