//! How the screen of curves shows them, and what its keys change.

use super::{App, Metric, Wish};
use crate::lab::LabSnapshot;
use crate::lab::curves::{Alignment, Traces};

/// Weights of the newest value in the averages that a key turns through.
const ALPHAS: [f64; 3] = [0.5, 0.2, 0.05];

/// By how much a key zooms, and by which share of the window it moves.
const ZOOM: f64 = 2.0;
const PAN: f64 = 0.125;

/// The least share of the whole that a window may show.
const LEAST_SHARE: f64 = 1e-4;

/// What is drawn beside the means over seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Around {
    /// Nothing, but the gap of the selected rate.
    #[default]
    Nothing,
    /// One standard deviation to both sides.
    Spread,
    /// Every seed.
    Seeds,
}

/// A part of the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// How much of it.
    pub span: f64,
    /// Where it ends; `None` for the live end, wherever that goes.
    pub end: Option<f64>,
}

/// How the curves are shown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CurvesView {
    /// The weight of the newest value in the averages that are drawn over the raw means; `None` for no averages.
    pub alpha: Option<f64>,
    /// What the curves lie along.
    pub alignment: Alignment,
    /// What is drawn beside the means.
    pub around: Around,
    /// The part that is in view; `None` for all.
    pub window: Option<Window>,
    /// The column at which the mouse drags.
    drag: Option<u16>,
}

impl CurvesView {
    /// The part of an axis from `first` to `last` that is in view.
    pub fn range(&self, (first, last): (f64, f64)) -> (f64, f64) {
        let Some(Window { span, end }) = self.window else {
            return (first, last);
        };
        let span = span.min(last - first);
        let end = end.unwrap_or(last).clamp(first + span, last);
        (end - span, end)
    }

    /// Shows a part `factor` times as long; what lies at `about` stays where it is, unless the window sticks to the live end.
    fn zoom(&mut self, factor: f64, about: Option<f64>, whole: (f64, f64)) {
        let (from, to) = self.range(whole);
        let length = whole.1 - whole.0;
        let span = (to - from) * factor;
        if span >= length || span < LEAST_SHARE * length {
            if factor > 1.0 {
                self.window = None;
            }
            return;
        }
        let is_live = self.window.is_none_or(|window| window.end.is_none());
        let end = about.map(|about| about + (to - about) * factor);
        let end = end.filter(|end| !(is_live && *end >= whole.1));
        self.window = Some(Window {
            span,
            end: end.map(|end| end.clamp(whole.0 + span, whole.1)),
        });
    }

    /// Moves the window along by `by`, towards the live end where that is positive; there it sticks.
    fn pan(&mut self, by: f64, whole: (f64, f64)) {
        let (from, to) = self.range(whole);
        if let Some(window) = &mut self.window {
            let end = (to + by).max(whole.0 + (to - from));
            window.end = (end < whole.1).then_some(end);
        }
    }
}

/// From where to where the curves of `lab` lie.
pub fn whole(lab: &LabSnapshot, alignment: Alignment) -> (f64, f64) {
    let positions = lab.groups.iter().flat_map(|group| {
        let positions = Traces::of(group).positions(alignment);
        positions.into_iter().filter(|at| at.is_finite())
    });
    let ends = positions.fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), at| {
        (first.min(at), last.max(at))
    });
    match ends {
        (first, last) if last > first => ends_from_0(first, last, alignment),
        _ => (0.0, 1.0),
    }
}

/// Epochs and seconds begin at 0.
fn ends_from_0(first: f64, last: f64, alignment: Alignment) -> (f64, f64) {
    match alignment {
        Alignment::TrainLoss => (first, last),
        Alignment::Epoch | Alignment::Seconds => (0.0, last),
    }
}

impl App {
    /// The quantities beside the large one.
    pub fn other_metrics(&self) -> [Metric; 2] {
        let third = if self.facts.is_classification {
            Metric::Accuracy
        } else {
            Metric::R2
        };
        match self.view.metric {
            Metric::Loss => [third, Metric::Gap],
            Metric::Gap => [Metric::Loss, third],
            Metric::Accuracy | Metric::R2 => [Metric::Loss, Metric::Gap],
        }
    }

    pub(super) fn turn_smoothing(&mut self) -> Option<Wish> {
        let next = match self.curves.alpha {
            None => Some(ALPHAS[0]),
            Some(alpha) => ALPHAS.iter().copied().find(|next| *next < alpha),
        };
        self.curves.alpha = next;
        self.say(match next {
            None => "no smoothing".to_owned(),
            Some(alpha) => {
                format!("smoothed: the newest value counts {alpha}, the raw means are dim")
            }
        })
    }

    pub(super) fn turn_alignment(&mut self) -> Option<Wish> {
        let (next, words) = match self.curves.alignment {
            Alignment::Epoch => (
                Alignment::TrainLoss,
                "equal training loss, falling to the right",
            ),
            Alignment::TrainLoss => (Alignment::Seconds, "equal seconds of training"),
            Alignment::Seconds => (Alignment::Epoch, "equal epochs"),
        };
        self.curves.alignment = next;
        self.curves.window = None;
        self.say(format!("aligned by {words}"))
    }

    pub(super) fn turn_around(&mut self) -> Option<Wish> {
        let (next, words) = match self.curves.around {
            Around::Nothing => (
                Around::Spread,
                "bands of one standard deviation over the seeds",
            ),
            Around::Spread => (Around::Seeds, "every seed"),
            Around::Seeds => (
                Around::Nothing,
                "means only, and the gap of the selected rate",
            ),
        };
        self.curves.around = next;
        self.say(words)
    }

    pub(super) fn zoom_in(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        self.zoom_about(1.0 / ZOOM, self.crosshair_x(lab), lab)
    }

    pub(super) fn zoom_out(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        self.zoom_about(ZOOM, self.crosshair_x(lab), lab)
    }

    pub(super) fn zoom_about(
        &mut self,
        factor: f64,
        about: Option<f64>,
        lab: &LabSnapshot,
    ) -> Option<Wish> {
        let whole = whole(self.shown(lab), self.curves.alignment);
        self.curves.zoom(factor, about, whole);
        None
    }

    pub(super) fn zoom_all(&mut self) -> Option<Wish> {
        self.curves.window = None;
        None
    }

    /// Moves the window by a number of steps; tells whether there is a window.
    pub(super) fn pan(&mut self, n_steps: isize, lab: &LabSnapshot) -> bool {
        let whole = whole(self.shown(lab), self.curves.alignment);
        let (from, to) = self.curves.range(whole);
        self.curves.pan(n_steps as f64 * PAN * (to - from), whole);
        self.curves.window.is_some()
    }

    /// Where the crosshair stands on the axis; only epochs have a place that all rates share.
    fn crosshair_x(&self, lab: &LabSnapshot) -> Option<f64> {
        let crosshair = self.view.crosshair?;
        let is_shared = self.curves.alignment == Alignment::Epoch;
        is_shared.then(|| Some(crosshair.evaluation(self.shown(lab))?.epoch))?
    }

    /// The mouse is held at a column; `per_column` is how much of the axis a column has.
    pub fn drag(&mut self, column: u16, per_column: f64, lab: &LabSnapshot) {
        let whole = whole(self.shown(lab), self.curves.alignment);
        if let Some(last) = self.curves.drag.replace(column) {
            let by = (f64::from(last) - f64::from(column)) * per_column;
            self.curves.pan(by, whole);
        }
    }

    /// The mouse is let go.
    pub fn let_go(&mut self) {
        self.curves.drag = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: (f64, f64) = (0.0, 100.0);

    #[test]
    fn a_window_about_the_live_end_sticks_to_it() {
        let mut view = CurvesView::default();
        view.zoom(0.5, None, WHOLE);
        assert_eq!(view.range(WHOLE), (50.0, 100.0));
        assert_eq!(view.range((0.0, 130.0)), (80.0, 130.0));
        view.zoom(2.0, None, WHOLE);
        assert_eq!((view.window, view.range(WHOLE)), (None, WHOLE));
    }

    #[test]
    fn what_is_zoomed_about_stays_where_it_is() {
        let mut view = CurvesView::default();
        for about in [20.0, 30.0] {
            let share = |view: &CurvesView| {
                let (from, to) = view.range(WHOLE);
                (about - from) / (to - from)
            };
            let before = share(&view);
            view.zoom(0.5, Some(about), WHOLE);
            assert!((share(&view) - before).abs() < 1e-12);
        }
        let (from, to) = view.range(WHOLE);
        assert!((to - from - 25.0).abs() < 1e-12);
    }

    #[test]
    fn a_window_moves_within_the_whole_and_sticks_to_the_live_end_again() {
        let mut view = CurvesView::default();
        view.zoom(0.5, None, WHOLE);
        view.pan(-20.0, WHOLE);
        assert_eq!(view.range(WHOLE), (30.0, 80.0));
        assert_eq!(view.range((0.0, 130.0)), (30.0, 80.0));
        view.pan(-500.0, WHOLE);
        assert_eq!(view.range(WHOLE), (0.0, 50.0));
        view.pan(500.0, WHOLE);
        assert_eq!(view.range((0.0, 130.0)), (80.0, 130.0));
    }

    #[test]
    fn a_window_never_gets_too_small_to_have_an_axis() {
        let mut view = CurvesView::default();
        (0..100).for_each(|_| view.zoom(0.5, Some(40.0), WHOLE));
        let (from, to) = view.range(WHOLE);
        assert!(to - from >= LEAST_SHARE * 100.0 && from <= 40.0 && to >= 40.0);
    }
}
