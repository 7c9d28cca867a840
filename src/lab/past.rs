//! Looking back: all runs of a lab at one step of their past, while they train on.
//!
//! What a record says of that step is there at once. The networks are replayed: of each run a second one goes on from the last
//! checkpoint before the step, a slice at a time, and stays there to be asked what is asked of runs. Where somebody looks at another
//! step meanwhile, it goes on to that, or another one begins nearer to it. So what is found out about the past stands in snapshots of its
//! own and never beside what is found out about the present.

use std::sync::Arc;

use super::group::{self, Group};
use super::job::{Back, Body, Job, Meter, Recall, Time, Work};
use super::run::RunCheckpoint;
use super::slot::Slot;
use super::timeline::{Keep, Timeline};
use super::{
    GroupSnapshot, LabSnapshot, PastSnapshot, Phase, Question, Run, RunId, RunPlan, RunSnapshot,
    Varied,
};
use crate::probe::Probe;

/// The step that somebody looks at, and the runs that are replayed for it.
#[derive(Debug)]
pub(super) struct Past {
    step: u64,
    /// How many steps it is behind, while it goes on by itself.
    owed: Option<f64>,
    varied: Varied,
    places: Vec<Place>,
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replay {
    UnderWay,
    There,
    /// The run's code panicked, or it left the numbers before it was there.
    Failed,
}

/// One run's second life.
#[derive(Debug)]
struct Place {
    id: RunId,
    /// The replayed run, while no worker has it.
    body: Option<Box<Run>>,
    is_out: bool,
    state: Replay,
    /// Where it has come to.
    reached: Option<u64>,
    /// Whether all masks that it drew since it was last changed are different, up to now and so up to the step.
    are_distinct: bool,
    /// What is known of the run at the step, once it has trained beyond that.
    snapshot: Option<Arc<RunSnapshot>>,
    trail: Timeline<RunCheckpoint>,
    asked: Arc<[Probe]>,
    look_share: f64,
    meter: Meter,
}

impl Place {
    fn new(id: RunId) -> Self {
        Self {
            id,
            body: None,
            is_out: false,
            state: Replay::UnderWay,
            reached: None,
            are_distinct: false,
            snapshot: None,
            trail: Timeline::default(),
            asked: Arc::default(),
            look_share: 0.0,
            meter: Meter::default(),
        }
    }

    /// Whether the snapshot is of the replayed network.
    fn is_there(&self) -> bool {
        self.state == Replay::There
    }

    /// Whether a worker can do something for it.
    fn has_work(&self) -> bool {
        let is_looked_at = |run: &Run| self.asked.is_empty() || run.is_looked_at(&self.asked);
        let is_done = || self.is_there() && self.body.as_deref().is_none_or(is_looked_at);
        self.snapshot.is_some() && !self.is_out && self.state != Replay::Failed && !is_done()
    }

    /// Looks at another step of its run, as far as that has come there.
    fn look_at(&mut self, step: u64, slot: &Slot, varied: Varied) {
        self.state = Replay::UnderWay;
        let live = &slot.snapshot;
        let is_changed_since = live
            .history
            .changes
            .last()
            .is_some_and(|last| last.step > step);
        self.are_distinct =
            live.is_distinct_exact && live.masks_distinct == live.masks_drawn && !is_changed_since;
        self.snapshot = (live.step > step).then(|| Arc::new(live.recorded_at(step, varied)));
    }

    /// The run to go on with, and how far: the one that is there, or one from a checkpoint that is nearer to the step.
    fn take(&mut self, step: u64, slot: &Slot, varied: Varied) -> (Body, Option<Box<Run>>) {
        let checkpoint = [&slot.timeline, &self.trail]
            .into_iter()
            .filter_map(|timeline| timeline.before(step))
            .max_by_key(|(at, _)| *at);
        let from = checkpoint.map_or(0, |(at, _)| at);
        let (near, far) = match self.body.take() {
            Some(run) if (from..=step).contains(&run.step()) => (Some(run), None),
            other => (None, other),
        };
        let body = near.map_or_else(
            || {
                Body::Recalled(Box::new(Recall {
                    plan: RunPlan {
                        changes: slot.snapshot.changes(varied),
                        ..slot.plan.replayed()
                    },
                    checkpoint: checkpoint.map(|(_, checkpoint)| Arc::clone(checkpoint)),
                    timeline: self.trail.clone(),
                }))
            },
            Body::Built,
        );
        (body, far)
    }
}

impl Past {
    /// Nobody has looked at anything yet.
    pub(super) fn new(varied: Varied) -> Self {
        Self {
            step: 0,
            owed: None,
            varied,
            places: Vec::new(),
        }
    }

    /// Lets the step go on by itself from now on, or stand.
    pub(super) fn play(&mut self, is_playing: bool) {
        self.owed = is_playing.then_some(0.0);
    }

    /// Whether the step goes on by itself.
    pub(super) fn is_playing(&self) -> bool {
        self.owed.is_some()
    }

    /// Lets `secs` pass at so many steps a second: the step to look at then, if that is another. It waits for networks that somebody asks
    /// something of, and for a moment for the answers; what that takes is not made up for later.
    pub(super) fn pass(&mut self, secs: f64, steps_per_sec: f64) -> Option<u64> {
        /// The longest that answers are waited for.
        const PATIENCE: f64 = 0.25;
        let asked = || self.places.iter().filter(|place| !place.asked.is_empty());
        let is_awaited =
            asked().any(|place| place.snapshot.is_some() && place.state == Replay::UnderWay);
        let is_open = asked().any(|place| place.is_out || place.has_work());
        let owed = self.owed.as_mut()?;
        *owed += secs * steps_per_sec;
        if is_awaited {
            *owed = owed.min(1.0);
            return None;
        }
        let whole = owed.floor();
        if whole < 1.0 || is_open && *owed < PATIENCE * steps_per_sec {
            return None;
        }
        *owed -= whole;
        Some(self.step.saturating_add(whole as u64))
    }

    /// Looks at this step from now on.
    pub(super) fn look_at(&mut self, step: u64, groups: &[Group]) {
        self.step = step;
        for slot in slots(groups) {
            if let Some(place) = self.places.iter_mut().find(|place| place.id == slot.id) {
                place.look_at(step, slot, self.varied);
            }
        }
    }

    /// Has a place for each of these runs, and puts to them what would be put to those that train. Gives back runs that are wanted no
    /// more.
    #[expect(
        clippy::vec_box,
        reason = "to move runs out of their boxes is to copy them, while the books are locked"
    )]
    pub(super) fn ask(
        &mut self,
        groups: &mut [Group],
        questions: &[Question],
        n_workers: usize,
    ) -> Vec<Box<Run>> {
        let is_there = |place: &Place| slots(groups).any(|slot| slot.id == place.id);
        let (places, gone) = std::mem::take(&mut self.places)
            .into_iter()
            .partition(is_there);
        self.places = places;
        for slot in slots(groups) {
            if self.places.iter().all(|place| place.id != slot.id) {
                let mut place = Place::new(slot.id);
                place.look_at(self.step, slot, self.varied);
                self.places.push(place);
            }
        }
        let places = &self.places;
        group::ask(groups, questions, n_workers, |slot| {
            let place = places.iter().find(|place| place.id == slot.id);
            let seen = place.and_then(|place| place.snapshot.as_ref());
            seen.unwrap_or(&slot.snapshot).is_sound()
        });
        for slot in groups.iter_mut().flat_map(|group| &mut group.slots) {
            if let Some(place) = self.places.iter_mut().find(|place| place.id == slot.id) {
                place.asked = std::mem::take(&mut slot.asked);
                place.look_share = std::mem::take(&mut slot.look_share);
            }
        }
        let bodies = gone.into_iter().filter_map(|place: Place| place.body);
        bodies.collect()
    }

    /// A run that trains has come further: its past may have begun.
    pub(super) fn follow(&mut self, slot: &Slot) {
        let (step, varied) = (self.step, self.varied);
        let place = self.places.iter_mut().find(|place| place.id == slot.id);
        if let Some(place) = place.filter(|place| place.snapshot.is_none()) {
            place.look_at(step, slot, varied);
        }
    }

    /// Whether something is under way or left to do.
    pub(super) fn is_busy(&self) -> bool {
        let mut places = self.places.iter();
        places.any(|place| place.is_out || place.has_work())
    }

    /// The job to do next: for runs that somebody asks something of before the others; with `only_awaited` for these alone, and only
    /// until they are where they should be. With it a run that is of no use any more.
    pub(super) fn take(
        &mut self,
        groups: &[Group],
        only_awaited: bool,
        n_checkpoints: usize,
    ) -> Option<(Job, Option<Box<Run>>)> {
        let is_awaited = |place: &Place| !place.asked.is_empty() && !place.is_there();
        let places = self.places.iter_mut().filter(|place| place.has_work());
        let place = places
            .filter(|place| !only_awaited || is_awaited(place))
            .max_by_key(|place| {
                (
                    is_awaited(place),
                    !place.is_there(),
                    !place.asked.is_empty(),
                )
            })?;
        let slot = slots(groups).find(|slot| slot.id == place.id)?;
        let (body, far) = place.take(self.step, slot, self.varied);
        place.is_out = true;
        let job = Job {
            id: place.id,
            time: Time::Past,
            body,
            changes: Vec::new(),
            work: if place.is_there() {
                Work::Publish
            } else {
                Work::Replay(self.step)
            },
            keep: Keep::Before(self.step, n_checkpoints),
            asked: Arc::clone(&place.asked),
            look_share: place.look_share,
            previous: Arc::clone(place.snapshot.as_ref().unwrap_or(&slot.snapshot)),
            meter: Meter {
                steps_per_sec: slot.meter.steps_per_sec,
                ..place.meter
            },
        };
        Some((job, far))
    }

    /// Brings a replayed run back. One that is of no use any more is returned.
    pub(super) fn bring_back(&mut self, back: Back) -> Option<Box<Run>> {
        let Some(place) = self.places.iter_mut().find(|place| place.id == back.id) else {
            return back.run;
        };
        place.is_out = false;
        place.meter = back.meter;
        let Some(run) = back.run else {
            place.state = Replay::Failed;
            place.reached = None;
            if let (Some(known), Some(failed)) = (&place.snapshot, back.snapshot) {
                place.snapshot = Some(Arc::new(RunSnapshot {
                    phase: failed.phase.clone(),
                    ..RunSnapshot::clone(known)
                }));
            }
            return None;
        };
        if !run.phase().is_running() {
            place.state = Replay::Failed;
            return Some(run);
        }
        place.trail = run.timeline().clone();
        place.reached = Some(run.step());
        if let (Some(known), Some(found)) = (&place.snapshot, back.snapshot)
            && found.step == self.step
        {
            let masks_distinct = if place.are_distinct {
                found.masks_drawn
            } else {
                found.masks_distinct
            };
            place.snapshot = Some(Arc::new(RunSnapshot {
                history: Arc::clone(&known.history),
                checkpoints: Arc::clone(&known.checkpoints),
                planned: Arc::clone(&known.planned),
                masks_distinct,
                is_distinct_exact: place.are_distinct || found.is_distinct_exact,
                ..RunSnapshot::clone(&found)
            }));
            place.state = Replay::There;
        }
        if run.step() > self.step {
            return Some(run);
        }
        place.body = Some(run);
        None
    }

    /// A worker's own code panicked over a run of the past, with this text.
    pub(super) fn fail(&mut self, id: RunId, text: &str) {
        let place = self.places.iter_mut().find(|place| place.id == id);
        if let Some(place) = place {
            (place.is_out, place.state) = (false, Replay::Failed);
            let known = place.snapshot.as_ref();
            place.snapshot = known.map(|known| {
                Arc::new(RunSnapshot {
                    phase: Phase::Failed(text.to_owned()),
                    ..RunSnapshot::clone(known)
                })
            });
        }
    }

    /// The runs that were replayed, for whoever frees their memory.
    pub(super) fn into_runs(self) -> impl Iterator<Item = Box<Run>> {
        self.places.into_iter().filter_map(|place| place.body)
    }

    /// What is seen, of a lab that is now as in `live`.
    pub(super) fn snapshot(&self, live: &LabSnapshot) -> PastSnapshot {
        let seen = |run: &Arc<RunSnapshot>| {
            let place = self.places.iter().find(|place| place.id == run.id);
            let known = place.and_then(|place| place.snapshot.as_ref());
            Arc::clone(known.unwrap_or(run))
        };
        let group = |group: &GroupSnapshot| {
            let runs: Vec<_> = group.runs.iter().map(seen).collect();
            let Some(first) = runs.first().filter(|first| first.step <= self.step) else {
                return group.clone();
            };
            GroupSnapshot {
                rate: first.rate,
                hidden_rate: first.hidden_rate,
                input_rate: first.input_rate,
                noise_shape: first.noise_shape.clone(),
                held: first
                    .recipe
                    .held(first.step)
                    .map(|held| held.without.clone()),
                runs: runs.clone(),
                ..group.clone()
            }
        };
        let is_replayed =
            |place: &&Place| place.snapshot.is_some() && place.state != Replay::Failed;
        let of = self.places.iter().filter(is_replayed);
        let (mut n, mut n_there) = (0, 0);
        for place in of {
            n += 1;
            n_there += usize::from(place.is_there());
        }
        PastSnapshot {
            step: self.step,
            is_playing: self.owed.is_some(),
            n_replayed: (n_there, n),
            lab: LabSnapshot {
                groups: live.groups.iter().map(group).collect(),
                ..live.clone()
            },
        }
    }
}

fn slots(groups: &[Group]) -> impl Iterator<Item = &Slot> {
    groups.iter().flat_map(|group| &group.slots)
}
