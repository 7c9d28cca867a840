//! How the screen of perturbations shows them, what it asks of the lab, and what its keys change.

use ratatui::layout::Rect;

use super::on_screen::Heard;
use super::{App, Wish};
use crate::lab::{LabSnapshot, Question, Runs};
use crate::probe::robustness::{MOST_EXAMPLES, Scaling};
use crate::probe::{Perturbation, Probe};
use crate::tui::keymap::Action;
use crate::tui::screen::Pane;

/// How the screen of perturbations shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RobustView {
    /// Which of the examples that are tried is shown.
    pub example: usize,
    /// What becomes of the units that are left.
    pub scaling: Scaling,
    /// Whether charts show the loss; else accuracy or R².
    pub is_loss: bool,
    /// Under which perturbation classes are told apart, a place in [`RobustView::all`].
    of_classes: usize,
    /// The level that the crosshair reads, if there is one; the last where there are fewer.
    pub level: Option<usize>,
}

impl RobustView {
    /// The perturbations that there are.
    pub fn all(&self) -> [Perturbation; 4] {
        [
            Perturbation::InputNoise,
            Perturbation::LostInputs,
            Perturbation::LostUnits(self.scaling),
            Perturbation::Attack,
        ]
    }

    /// Those that the answer is about.
    pub fn answered(&self) -> [Perturbation; 3] {
        let [noise, inputs, units, _] = self.all();
        [noise, inputs, units]
    }

    /// What a pane shows the effects of, where that is one.
    pub fn perturbation(&self, pane: Pane) -> Option<Perturbation> {
        let [noise, inputs, units, attack] = self.all();
        match pane {
            Pane::InputNoise => Some(noise),
            Pane::LostInputs => Some(inputs),
            Pane::LostUnits => Some(units),
            Pane::Attack => Some(attack),
            Pane::PerClass => Some(self.all()[self.of_classes]),
            _ => None,
        }
    }
}

impl App {
    /// Whether there is anything to perturb in this way: networks without hidden layers have no units to lose.
    pub fn can_be_perturbed(&self, perturbation: Perturbation) -> bool {
        !matches!(perturbation, Perturbation::LostUnits(_)) || self.n_hidden_layers() > 0
    }

    /// What the screen of perturbations asks of the lab where it is `area` large.
    pub(super) fn robust_questions(&self, lab: &LabSnapshot, area: Rect) -> Vec<Question> {
        let panes = self.places(lab, area).panes;
        let shown = || {
            panes
                .iter()
                .filter_map(|(pane, _)| self.robust.perturbation(*pane))
        };
        let is_shown = |perturbation: &Perturbation| shown().any(|other| other == *perturbation);
        let is_asked = |perturbation: &Perturbation| {
            self.robust.answered().contains(perturbation) || is_shown(perturbation)
        };
        let all = self.robust.all();
        let asked = all.into_iter().filter(is_asked);
        let asked = asked.filter(|perturbation| self.can_be_perturbed(*perturbation));
        let tried = asked.map(|perturbation| Question {
            runs: Runs::All,
            probe: Probe::Robustness(perturbation),
        });
        let selected = self.selected(self.shown(lab)).map(|group| group.id);
        let pictured = selected.into_iter().flat_map(|group| {
            let charts = panes.iter().map(|(pane, _)| *pane);
            let probes = charts.filter_map(|pane| self.picture_of(pane));
            probes.map(move |probe| Question {
                runs: Runs::Group(group),
                probe,
            })
        });
        // What is seen at once comes first.
        pictured.chain(tried).collect()
    }

    /// The question for the pictures below a chart, if it has any.
    pub fn picture_of(&self, pane: Pane) -> Option<Probe> {
        let has_pictures = matches!(pane, Pane::InputNoise | Pane::LostInputs | Pane::Attack);
        let perturbation = self.robust.perturbation(pane).filter(|_| has_pictures)?;
        Some(Probe::Perturbed {
            perturbation,
            example: self.robust.example,
        })
    }

    /// What the screen makes of an action.
    pub(super) fn heard_on_robust(&mut self, action: Action) -> Heard {
        if let Some(level) = self.robust.level {
            let moved = match action {
                Action::Left => Some(-1),
                Action::Right => Some(1),
                Action::PageUp => Some(-5),
                Action::PageDown => Some(5),
                Action::Home => Some(isize::MIN),
                Action::End => Some(isize::MAX),
                _ => None,
            };
            if let Some(by) = moved {
                let last = self.n_levels().saturating_sub(1);
                let level = level.min(last).saturating_add_signed(by).min(last);
                self.robust.level = Some(level);
                return Heard::Took(None);
            }
        }
        match action {
            Action::Crosshair => Heard::Took(self.turn_level_crosshair()),
            Action::Metric => self.turn_perturbed_quantity(),
            Action::NextExample => self.turn_perturbed_example(1),
            Action::PreviousExample => self.turn_perturbed_example(-1),
            _ => Heard::Not,
        }
    }

    /// Levels of the focused chart.
    fn n_levels(&self) -> usize {
        let perturbation = self.robust.perturbation(self.focus);
        perturbation.map_or(1, Perturbation::n_levels)
    }

    /// The crosshair of this screen: at the middle level of the focused chart, or gone.
    pub(super) fn turn_level_crosshair(&mut self) -> Option<Wish> {
        if self.robust.level.take().is_some() {
            return None;
        }
        if !self.focus.has_levels() {
            return self.say("the crosshair reads charts: focus one of them");
        }
        self.robust.level = Some(self.n_levels() / 2);
        None
    }

    fn turn_perturbed_quantity(&mut self) -> Heard {
        let view = &mut self.robust;
        match self.focus {
            Pane::LostUnits => {
                view.scaling = match view.scaling {
                    Scaling::AsTheyAre => Scaling::Rescaled,
                    Scaling::Rescaled => Scaling::AsTheyAre,
                };
            }
            Pane::PerClass => view.of_classes = (view.of_classes + 1) % view.all().len(),
            Pane::InputNoise | Pane::LostInputs | Pane::Attack => view.is_loss = !view.is_loss,
            _ => return Heard::Not,
        }
        Heard::Took(None)
    }

    /// Turns to another example, where one at a time is shown: of one or two inputs all of them are, as points.
    fn turn_perturbed_example(&mut self, by: isize) -> Heard {
        if self.facts.item_shape.iter().product::<usize>() <= 2 {
            return Heard::Not;
        }
        let n = self.facts.n_examples.1.clamp(1, MOST_EXAMPLES);
        self.robust.example = (self.robust.example + n).saturating_add_signed(by) % n;
        Heard::Took(self.say(format!("example {} of {n}", self.robust.example + 1)))
    }
}
