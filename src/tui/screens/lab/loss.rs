//! The loss pane: the test curves of all rates, which of them leads when, and how far train and test lie apart now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::curves;
use super::{Curve, Spot, leaders};
use crate::lab::LabSnapshot;
use crate::lab::curves::Alignment;
use crate::tui::app::{App, Metric};
use crate::tui::screen::Pane;
use crate::tui::screens::parts::{ladder, reading};
use crate::tui::widgets::ladder::Ladder;

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let metric = app.view.metric;
    let frame = super::frame(app, Pane::Curves, curves::title(app, metric), spot);
    let inner = frame.rest(legend(app, lab, metric)).draw(spot.area, buf);
    let tests = curves::test_curves(lab, metric);
    if tests.iter().all(|curve| curve.points.is_empty()) {
        super::draw_words(app, "the initial weights are being evaluated", inner, buf);
        return;
    }
    let inner = reading::draw_below(app, lab, inner, buf);
    let looks = super::looks(app, lab);
    let letters = super::letters(lab);
    let rungs = ladder::rungs(lab, metric, &looks, &letters);
    let shown_ladder = Ladder::new(&app.theme, &rungs).keeping(app.selected_row(lab));
    let places = Parts::of(inner, &shown_ladder, lab.groups.len(), metric);
    let series = curves::test_series(app, lab, &tests, &letters);
    let shown = (&series[..], &tests[..], &Curve::default());
    let chart = curves::draw_chart(app, lab, shown, places.chart, buf);
    if let Some(y) = places.strip {
        leaders::draw(
            app,
            lab,
            &leaders::reigns_of(lab, metric, Alignment::Epoch),
            (&chart, inner.left(), y),
            buf,
        );
    }
    if !places.ladder.is_empty() {
        shown_ladder.draw(places.ladder, buf);
    }
    if let (Some(y), false) = (places.strip, places.ladder.is_empty()) {
        ladder::draw_name(app, (inner, y), buf);
    }
}

/// Where the parts of the pane are.
struct Parts {
    chart: Rect,
    /// Empty where there is no room for one, or nothing to compare.
    ladder: Rect,
    /// The row of who leads.
    strip: Option<u16>,
}

/// The least size of the curves beside and above other things.
const LEAST_CURVES: (u16, u16) = (30, 4);

/// Columns between the curves and the ladder.
const APART: u16 = 2;

impl Parts {
    fn of(inner: Rect, ladder: &Ladder, n_groups: usize, metric: Metric) -> Self {
        let has_strip = n_groups > 1 && inner.height > LEAST_CURVES.1;
        let [above, strip] = Layout::vertical([
            Constraint::Fill(1),
            Constraint::Length(u16::from(has_strip)),
        ])
        .areas(inner);
        let wanted = ladder.width(above.height) + APART;
        let has_ladder = metric != Metric::Gap && above.height >= LEAST_CURVES.1;
        let room = inner.width.saturating_sub(LEAST_CURVES.0);
        // Many rates stand closer and may leave the view: the curves keep half of the pane at least.
        let n_columns = wanted.min(room).min(inner.width / 2);
        let n_columns = if has_ladder && n_columns > LEAST_LADDER {
            n_columns
        } else {
            0
        };
        let [chart, ladder] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(n_columns)]).areas(above);
        Self {
            chart,
            ladder: Rect {
                x: ladder.x + APART.min(n_columns),
                width: n_columns.saturating_sub(APART),
                ..ladder
            },
            strip: has_strip.then_some(strip.y),
        }
    }
}

/// Columns below which a ladder with its numbers says nothing.
const LEAST_LADDER: u16 = 7;

/// What the numbers and the signs mean, in as many words as there is room for.
fn legend(app: &App, lab: &LabSnapshot, metric: Metric) -> Vec<Line<'static>> {
    let glyphs = app.theme.glyphs();
    let unit = || Span::raw(curves::unit(app, lab, metric));
    let test = || curves::test_sign(app);
    if metric == Metric::Gap {
        return vec![Line::from(unit())];
    }
    let long = glyphs.pick("right: ○ train, ● test now", "right: o train, * test now");
    let short = glyphs.pick("○ train ● test now", "o train * test now");
    let forms = [
        vec![unit(), test(), Span::raw(long)],
        vec![unit(), test(), Span::raw(short)],
        vec![unit(), Span::raw(short)],
        vec![Span::raw(short)],
        vec![unit()],
    ];
    let joined = |spans: Vec<Span<'static>>| {
        let mut line = Line::default();
        for span in spans {
            if !line.spans.is_empty() {
                line.push_span(super::dot(app));
            }
            line.push_span(span);
        }
        line
    };
    forms.map(joined).into()
}
