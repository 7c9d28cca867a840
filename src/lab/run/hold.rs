//! Holding a mask while a run trains on, and letting it go.

use super::Run;
use crate::lab::ChangeKind;
use crate::nn::UnitId;
use crate::train::HeldMask;

impl Run {
    /// Holds the mask drawn last, less `without`, from the next step on, or the one that is held already; before the first
    /// step the first one. Every further step trains this one network. What was planned is given up for it.
    pub fn hold_mask(&mut self, without: Vec<UnitId>) {
        let last_drawn = self.trainer.next_drawn_step().saturating_sub(1);
        let step = self.held().map_or(last_drawn, |held| held.step);
        self.plan.changes.truncate(self.n_planned_taken);
        self.change_held(Some(HeldMask::new(step, without)));
    }

    /// Holds the mask again that was let go last, less `without`; without one as [`Self::hold_mask`].
    pub fn hold_mask_again(&mut self, without: Vec<UnitId>) {
        let former = self
            .history
            .changes
            .iter()
            .rev()
            .find_map(|change| match &change.kind {
                ChangeKind::Held {
                    from: Some(held),
                    to: None,
                } => Some(held.step),
                _ => None,
            });
        match former {
            Some(step) if self.held().is_none() => {
                self.plan.changes.truncate(self.n_planned_taken);
                self.change_held(Some(HeldMask::new(step, without)));
            }
            _ => self.hold_mask(without),
        }
    }

    /// Lets a held mask go from the next step on: that one has the mask that it would have had. What was planned is given up
    /// for it.
    pub fn let_mask_go(&mut self) {
        self.plan.changes.truncate(self.n_planned_taken);
        self.change_held(None);
    }

    /// The mask that the next steps have, if one is held.
    pub fn held(&self) -> Option<&HeldMask> {
        let recipe = self.trainer.recipe();
        recipe.held(self.trainer.next_drawn_step())
    }

    pub(super) fn change_held(&mut self, to: Option<HeldMask>) {
        let from = self.held().cloned();
        if from != to {
            self.trainer.hold(to.clone());
            self.recorded(ChangeKind::Held { from, to });
        }
    }
}
