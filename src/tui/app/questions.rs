//! What the lab is asked for what is on the screen: a probe that nobody looks at costs nothing.

use ratatui::layout::Rect;

use super::App;
use crate::lab::{LabSnapshot, Question, Runs};
use crate::probe::{Perturbation, Probe};
use crate::tui::screen::{Pane, Screen};

impl App {
    /// What the lab is asked for what is shown on a screen of `area`.
    pub fn questions(&self, lab: &LabSnapshot, area: Rect) -> Vec<Question> {
        match self.screen {
            Screen::Lab => self.questions_of_lab(lab, area),
            Screen::Masks => self.masks_questions(lab, area),
            Screen::Ensemble => self.ask_of_ensemble(lab),
            Screen::Weights => vec![Question {
                runs: Runs::First,
                probe: self.weights.probe(),
            }],
            Screen::Units => self.unit_questions(lab),
            Screen::Robust => self.robust_questions(lab, area),
            Screen::Curves => Vec::new(),
        }
    }

    fn questions_of_lab(&self, lab: &LabSnapshot, area: Rect) -> Vec<Question> {
        let shown = self.shown(lab);
        let selected = self.selected(shown).map(|group| group.id);
        let panes = self.places(lab, area).panes;
        let is_robust_shown = panes.iter().any(|(pane, _)| *pane == Pane::Robust);
        let robust = is_robust_shown.then_some(Question {
            runs: Runs::All,
            probe: Probe::Robustness(Perturbation::InputNoise),
        });
        let thinned = selected.map(Question::thinned);
        thinned.into_iter().chain(robust).collect()
    }
}
