//! What k thinned networks are worth together, and where that is the full network.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Spot, TitlePart, draw_line, framed, measured};
use crate::lab::LabSnapshot;
use crate::probe::{CommitteeReading, Probe};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::Scale;
use crate::tui::widgets::chart::{Chart, Series};

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let rest = [TitlePart::new(1, measured(app))];
    let name = (Pane::Averaging, "Averaging k networks", &rest[..]);
    let Some((subject, reading, inner)) =
        framed::<CommitteeReading>(app, lab, name, &Probe::Committee, (spot, buf))
    else {
        return;
    };
    if reading.averaging.is_empty() {
        let words = format!("measuring, {} networks so far", reading.each.len());
        super::draw_words(app, &words, inner, buf);
        return;
    }
    let [plot, words] = ratatui::layout::Layout::vertical([
        ratatui::layout::Constraint::Fill(1),
        ratatui::layout::Constraint::Length(1),
    ])
    .areas(inner);
    draw_chart(app, reading.reading(), subject.style, plot, buf);
    draw_line(&meeting(app, reading.reading()), words, words.y, buf);
}

fn draw_chart(app: &App, reading: &CommitteeReading, style: Style, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let is_by_loss = app.is_by_loss();
    let of_k = |at: &crate::probe::committee::Averaging| match at.accuracy {
        Some(accuracy) if !is_by_loss => accuracy.map(|share| 100.0 * share),
        _ => at.loss,
    };
    let full = match reading.full.accuracy {
        Some(accuracy) if !is_by_loss => 100.0 * accuracy,
        _ => reading.full.loss,
    };
    let k = |at: &crate::probe::committee::Averaging| at.k as f64;
    let mean: Vec<(f64, f64)> = reading
        .averaging
        .iter()
        .map(|at| (k(at), of_k(at)[0]))
        .collect();
    let band: Vec<(f64, f64, f64)> = reading
        .averaging
        .iter()
        .map(|at| {
            let [mean, deviation] = of_k(at);
            (k(at), mean - deviation, mean + deviation)
        })
        .collect();
    let last = mean.last().map_or(1.0, |(k, _)| *k);
    let full = [(1.0, full), (last, full)];
    let dashed = crate::tui::theme::LineStyle::Dashed;
    let series = [
        Series::new(&full, theme.style(Role::Good), "full").line(dashed),
        Series::new(&mean, style, "mean").band(&band),
    ];
    Chart::new(theme, &series)
        .scales(Scale::Log, Scale::Linear)
        .x_title("k")
        .draw(area, buf);
}

/// Where the mean is first as good as the full network, and where the paper's was.
fn meeting(app: &App, reading: &CommitteeReading) -> Line<'static> {
    let theme = &app.theme;
    let dim = |text: String| Span::styled(text, theme.style(Role::Dim));
    let bright = |text: String| Span::styled(text, theme.style(Role::Bright));
    let about = theme.glyphs().pick("≈", "~");
    let most = reading.averaging.last().map_or(0, |at| at.k);
    let mut spans = match reading.meets_at(!app.is_by_loss()) {
        Some(1) => vec![dim("one alone is as good as full".to_owned())],
        Some(k) => vec![dim("meet at ".to_owned()), bright(format!("k {about} {k}"))],
        None => vec![
            dim("do not meet ".to_owned()),
            bright(format!("by k = {most}")),
        ],
    };
    if app.facts.is_classification && !app.is_by_loss() {
        spans.push(super::dot(app));
        spans.push(dim("paper near 50".to_owned()));
    }
    let [first, last] = reading.steps();
    if first != last {
        let steps = [first, last].map(format::count).join(" to ");
        spans.push(super::dot(app));
        spans.push(dim(format!("steps {steps}")));
    }
    Line::from(spans)
}
