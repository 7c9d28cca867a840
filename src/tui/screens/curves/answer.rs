//! The question of the screen, its answer in one sentence, and the evidence.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::super::chrome::evidence;
use super::super::parts::{answer, leaders, reading};
use crate::lab::curves::{Alignment, Quantity, Traces, fall};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::tui::app::{App, Metric};
use crate::tui::format;

/// Evaluations before which nothing is said.
const LEAST_EVALUATIONS: usize = 3;

/// A loss that has come down over so many epochs is still falling.
const N_EPOCHS: f64 = 20.0;

/// What the curves say.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// There are no runs.
    Nothing,
    /// There are too few evaluations.
    TooEarly(usize),
    /// Which rates had the lowest loss, each until an epoch; the last one since. And which one is still falling, and by how much.
    Leaders(Vec<(char, f64)>, Option<(char, f64)>),
}

impl Answer {
    pub(super) fn of(lab: &LabSnapshot) -> Self {
        let traces: Vec<Traces> = lab.groups.iter().map(Traces::of).collect();
        let Some(n) = traces.iter().map(Traces::len).max() else {
            return Self::Nothing;
        };
        if n < LEAST_EVALUATIONS {
            return Self::TooEarly(n);
        }
        let reigns = leaders::reigns_of(lab, Metric::Loss, Alignment::Epoch);
        let leaders = reigns
            .iter()
            .map(|reign| (lab.groups[reign.leader].letter, reign.to));
        let falling = lab
            .groups
            .iter()
            .zip(&traces)
            .filter_map(|(group, traces)| {
                let fall = fall(
                    &traces.epochs,
                    traces.quantity(Quantity::TestLoss),
                    N_EPOCHS,
                )?;
                Some((group.letter, fall.by))
            });
        // The fall from the initial weights says nothing about what is still to come.
        let has_settled =
            |epochs: &[f64]| epochs.last().is_some_and(|last| *last >= 2.0 * N_EPOCHS);
        let is_late = traces.iter().any(|traces| has_settled(&traces.epochs));
        let most = falling
            .filter(|_| is_late)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        Self::Leaders(leaders.collect(), most)
    }

    /// The answer in clauses, the most important first.
    pub(super) fn clauses(&self) -> Vec<String> {
        match self {
            Self::Nothing => vec!["there are no runs".to_owned()],
            Self::TooEarly(n) => vec![format!(
                "too early to tell: {n} of {LEAST_EVALUATIONS} evaluations"
            )],
            Self::Leaders(leaders, falling) => {
                // The last three say enough of a long story.
                let skipped = leaders.len().saturating_sub(3);
                let part = |(idx, (letter, until)): (usize, &(char, f64))| match (
                    idx + 1 == leaders.len(),
                    idx == 0,
                ) {
                    (true, true) => format!("{letter} all along"),
                    (true, false) => format!("{letter} since"),
                    (false, _) => format!("{letter} until epoch {until:.0}"),
                };
                let parts: Vec<String> =
                    leaders.iter().enumerate().skip(skipped).map(part).collect();
                let falling = falling.map(|(letter, by)| {
                    format!("{letter} is still falling, {by:.3} in {N_EPOCHS} epochs")
                });
                let lowest = format!("lowest loss: {}", parts.join(", "));
                [lowest].into_iter().chain(falling).collect()
            }
        }
    }
}

/// Draws question, answer and evidence into `area`; where nothing else says it, what is read at the crosshair.
pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, is_alone: bool, buf: &mut Buffer) {
    let at = app.view.crosshair.and_then(|place| place.evaluation(lab));
    let below = match at.filter(|_| is_alone) {
        Some(at) => {
            let rows = reading::rows(app, lab, at, (area.width.saturating_sub(2), 1));
            let mut line = rows.into_iter().next().unwrap_or_default();
            line.spans.insert(0, Span::raw(" "));
            line
        }
        None => evidence(app, lab),
    };
    // As much as there is room for, in whole clauses; the first one is the answer.
    let clauses = Answer::of(lab).clauses().into_iter().chain(gaps(app, lab));
    answer::draw(app, "does it generalise?", clauses, &below, area, buf);
}

/// The gaps now of the selected rate and of the one that it is compared with.
fn gaps(app: &App, lab: &LabSnapshot) -> Option<String> {
    let gap = |group: &GroupSnapshot| {
        let now = group.over_seeds(|_, evaluation| Some(evaluation.gap()))?;
        let gap = format::gap(now.mean, app.theme.glyphs());
        Some(format!("{} {gap}", group.letter))
    };
    let selected = app.selected(lab);
    let reference = app
        .reference(lab)
        .filter(|reference| Some(reference.id) != selected.map(|group| group.id));
    let words = [selected, reference].into_iter().flatten().filter_map(gap);
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| format!("gap of {}", words.join(", of ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_a_sentence_of_its_own() {
        let leaders = |leaders: &[(char, f64)], falling| Answer::Leaders(leaders.to_vec(), falling);
        let cases = [
            (Answer::Nothing, "there are no runs"),
            (Answer::TooEarly(2), "too early to tell: 2 of 3 evaluations"),
            (leaders(&[('a', 9.0)], None), "lowest loss: a all along"),
            (
                leaders(&[('a', 15.0), ('b', 73.0), ('c', 150.0)], None),
                "lowest loss: a until epoch 15, b until epoch 73, c since",
            ),
            (
                leaders(
                    &[('a', 1.0), ('b', 2.0), ('a', 3.0), ('d', 4.0)],
                    Some(('d', 0.0421)),
                ),
                "lowest loss: b until epoch 2, a until epoch 3, d since; d is still falling, 0.042 in 20 epochs",
            ),
        ];
        for (answer, words) in cases {
            assert_eq!(answer.clauses().join("; "), words);
        }
    }
}
