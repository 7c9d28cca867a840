//! The norm of each layer, and that of all paths through the network, against those at the start: a row for each rate.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::parts::{draw_line, looks};
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Role;

/// Columns of a number, and of the letter with its rate.
const WIDTH: usize = 7;
const NAME: usize = 7;

/// One of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// The norm of a layer's weights.
    Layer(usize),
    /// The path norm.
    Path,
}

impl Column {
    /// Those that fit into `width` columns, the last ones first: the path norm, the last layer, the first ones.
    fn fitting(n_layers: usize, width: usize) -> Vec<Self> {
        let n = (width.saturating_sub(NAME) / WIDTH).min(n_layers + 1);
        let n_first = n.saturating_sub(2);
        let first = (0..n_first.min(n_layers - 1)).map(Self::Layer);
        let last = [Self::Layer(n_layers - 1), Self::Path];
        first
            .chain(last.into_iter().skip(2_usize.saturating_sub(n)))
            .collect()
    }

    fn name(self, app: &App) -> String {
        let n_layers = app.facts.widths.len() - 1;
        match self {
            Self::Path => app.theme.glyphs().pick("√path", "path").to_owned(),
            Self::Layer(idx) if idx + 1 == n_layers => "out".to_owned(),
            Self::Layer(idx) => format!("hid {}", idx + 1),
        }
    }

    /// Against the start, at an evaluation of a run.
    fn ratio(self, run: &RunSnapshot, at: &Evaluation) -> Option<f64> {
        match self {
            Self::Layer(idx) => Some(at.layer_norms.get(idx)? / run.initial_norms.layers.get(idx)?),
            Self::Path => Some(at.path_norm / run.initial_norms.path),
        }
    }

    /// The mean over the seeds of a group.
    pub(super) fn mean(self, group: &GroupSnapshot) -> Option<f64> {
        let mean = group.over_seeds(|run, at| self.ratio(run, at));
        mean.map(|found| found.mean)
    }
}

pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let columns = Column::fitting(app.facts.widths.len() - 1, area.width.into());
    let names = columns
        .iter()
        .map(|column| format!("{:>WIDTH$}", column.name(app)));
    let head = format!(
        "{:<NAME$}{}",
        glyphs.pick("×start", "x start"),
        names.collect::<String>()
    );
    draw_line(
        &Line::styled(head, theme.style(Role::Dim)),
        area,
        area.y,
        buf,
    );
    let (looks, selected) = (looks(app, lab), app.selected_row(lab));
    let n_rows = usize::from(area.height - 1);
    let first = (selected + 1).saturating_sub(n_rows);
    let rows = lab.groups.iter().enumerate().skip(first).take(n_rows);
    for ((row, group), y) in rows.zip(area.y + 1..) {
        let rate = format::rate(group.rate.value());
        let mut line = Line::from(vec![
            Span::styled(format!("{} ", group.letter), looks[row].style),
            Span::styled(
                format!("{rate:<width$}", width = NAME - 2),
                theme.style(Role::Dim),
            ),
        ]);
        let role = if row == selected {
            Role::Bright
        } else {
            Role::Text
        };
        for column in &columns {
            let mean = column.mean(group);
            let text = mean.map_or_else(
                || format::missing(glyphs).to_owned(),
                |mean| format::ratio(mean, glyphs),
            );
            line.push_span(Span::styled(format!("{text:>WIDTH$}"), theme.style(role)));
        }
        draw_line(&line, area, y, buf);
        if row == selected {
            let wash = Rect {
                y,
                height: 1,
                ..area
            };
            buf.set_style(wash, theme.style(Role::Selection));
        }
    }
}
