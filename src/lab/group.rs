//! A group in the books: its places, and what is asked of the runs in them.

use super::look_budget::share;
use super::slot::Slot;
use super::{GroupId, GroupPlan, Origin, Question, Run};
use crate::nn::UnitId;
use crate::probe::Probe;
use crate::train::NoisePlan;

/// Runs that are alike but for their seeds.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: GroupId,
    pub(super) letter: char,
    pub(super) plan: GroupPlan,
    /// The seconds that had passed when its runs were begun.
    pub(super) since_secs: f64,
    /// The plan that its runs began with, and what `State::n_begun` was then.
    pub(super) begun: (GroupPlan, usize),
    /// The units that were dropped by hand from the masks that are held, where they are.
    pub(super) held: Option<Vec<UnitId>>,
    /// Where it branched off from another, and how that dropped units until then.
    pub(super) origin: Option<(Origin, NoisePlan)>,
    pub(super) slots: Vec<Slot>,
}

impl Group {
    /// A group is planned as the run trains that has taken most of the changes that were planned, whichever comes back first.
    pub(super) fn follow(&mut self, run: &Run) {
        let taken = self.slots.iter().map(|slot| slot.n_planned_taken);
        if run.n_planned_taken() > taken.max().unwrap_or(0) {
            self.plan.noise = run.trainer().plan().noise.clone();
            self.held = run.held().map(|held| held.without.clone());
        }
    }
}

/// Puts questions to the runs that they are about, among `n_workers`: of cores that no run trains on, looks get no time. The first
/// run of a group that `is_sound` stands for it.
pub(super) fn ask(
    groups: &mut [Group],
    questions: &[Question],
    n_workers: usize,
    is_sound: impl Fn(&Slot) -> bool,
) {
    let n_cores = n_workers.min(groups.iter().map(|group| group.slots.len()).sum());
    let first_sound = |group: &Group| group.slots.iter().position(&is_sound);
    let firsts: Vec<Option<usize>> = groups.iter().map(first_sound).collect();
    let is_about = |question: &Question, (group, at): (&Group, usize), first: Option<usize>| {
        question.is_about(group.slots[at].id, group.id, Some(at) == first)
    };
    let n_runs = |question: &Question| {
        let of_group = |(group, &first): (&Group, &Option<usize>)| {
            let places = 0..group.slots.len();
            places
                .filter(|&at| is_about(question, (group, at), first))
                .count()
        };
        groups.iter().zip(&firsts).map(of_group).sum()
    };
    let n_runs: Vec<usize> = questions.iter().map(n_runs).collect();
    for (group, first) in groups.iter_mut().zip(firsts) {
        for at in 0..group.slots.len() {
            let asked = questions.iter().zip(&n_runs);
            let asked = asked.filter(|(question, _)| is_about(question, (group, at), first));
            let (mut probes, mut runs): (Vec<Probe>, Vec<usize>) = Default::default();
            for (question, &n_runs) in asked {
                if !probes.contains(&question.probe) {
                    probes.push(question.probe.clone());
                    runs.push(n_runs);
                }
            }
            group.slots[at].look_share = share(runs, questions.len(), n_cores);
            group.slots[at].asked = probes.into();
        }
    }
}
