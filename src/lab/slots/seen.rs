//! The books as they are seen from outside: what is going on, and the snapshot of everything.

use std::sync::Arc;

use super::{Group, GroupId, Past, Slot, State};
use crate::lab::{GroupSnapshot, LabSnapshot};

impl State {
    /// Whether runs could go on but are held back by pacing, or are with other workers.
    pub(in crate::lab) fn is_waiting_for_time(&self) -> bool {
        let looks_on = self.past.as_ref().is_some_and(Past::is_playing);
        looks_on || self.is_playing && !self.is_finished()
    }

    /// Whether a worker has a run, or one is about to be taken.
    pub(in crate::lab) fn is_busy(&self) -> bool {
        let has_work = |slot: &Slot| slot.work(self.is_playing, false).is_some();
        let looks_back = self.past.as_ref().is_some_and(Past::is_busy);
        looks_back || self.slots().any(|slot| slot.is_out() || has_work(slot))
    }

    /// Whether no run is in training any more.
    pub(in crate::lab) fn is_finished(&self) -> bool {
        self.slots().all(|slot| !slot.snapshot.phase.is_running())
    }

    pub(in crate::lab) fn snapshot(&self, elapsed_secs: f64) -> LabSnapshot {
        let group = |group: &Group| GroupSnapshot {
            id: group.id,
            letter: group.letter,
            rate: group.plan.rate(self.varied),
            hidden_rate: group.plan.noise.hidden_rate,
            input_rate: group.plan.noise.input_rate,
            noise_shape: group.plan.noise.noise_shape.clone(),
            held: group.held.clone(),
            since_secs: group.since_secs,
            origin: self.origin_of(group),
            n_planned: self.n_planned,
            n_begun: group.begun.1,
            runs: group
                .slots
                .iter()
                .map(|slot| Arc::clone(&slot.snapshot))
                .collect(),
        };
        let lab = LabSnapshot {
            groups: self.groups.iter().map(group).collect(),
            varied: self.varied,
            decide_at: Arc::clone(&self.decide_at),
            is_playing: self.is_playing,
            pace: self.pacing.pace(),
            seed: self.base.seed,
            elapsed_secs,
            next_group: GroupId(self.n_groups_ever),
            past: None,
        };
        let past = self.past.as_ref().map(|past| past.snapshot(&lab));
        LabSnapshot {
            past: past.map(Arc::new),
            ..lab
        }
    }
}
