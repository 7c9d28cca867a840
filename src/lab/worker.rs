//! The workers: the only threads that train. Each takes the least advanced run, gives it a slice of a few milliseconds,
//! publishes it and brings it back.
//!
//! As many workers as cores over one queue of runs keep the cores full and the runs abreast; a thread for each run would
//! leave their order to the operating system, and rounds with a barrier would wait for the slowest.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place of the lab that has a clock: slices, pacing and speeds"
)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::job::{Back, Job, Meter, Wish, Work};
use super::run::Clock;
use super::slots::State;
use super::{Command, Experiment, LabSnapshot, Limit, Phase, Run, RunSnapshot};
use crate::data::Split;
use crate::nn::noise_shape::NoiseShapeError;

/// How long a run keeps a core: long enough that taking turns costs nothing, short enough that a key is obeyed at once.
pub const SLICE: Duration = Duration::from_millis(5);

/// The least time between two snapshots of a run that trains on.
const PUBLISH_EVERY: Duration = Duration::from_millis(30);

/// How long a worker sleeps when pacing holds all runs back.
const NAP: Duration = Duration::from_millis(4);

/// What workers, commands and snapshots share.
#[derive(Debug)]
pub(super) struct Shared {
    books: Mutex<Books>,
    /// Something may have to be done.
    work: Condvar,
    /// A run is not in training any more.
    finished: Condvar,
    deadline: Option<Instant>,
    opened: Instant,
}

/// The state, and when time was last let pass in it.
#[derive(Debug)]
struct Books {
    state: State,
    last_pass: Instant,
}

impl Shared {
    pub(super) fn new(experiment: &Experiment, data: Arc<Split>) -> Result<Self, NoiseShapeError> {
        let state = State::new(experiment, data)?;
        let now = Instant::now();
        let deadline = match experiment.limit {
            Some(Limit::Seconds(secs)) => Duration::try_from_secs_f64(secs)
                .ok()
                .and_then(|secs| now.checked_add(secs)),
            _ => None,
        };
        let books = Mutex::new(Books {
            state,
            last_pass: now,
        });
        Ok(Self {
            books,
            work: Condvar::new(),
            finished: Condvar::new(),
            deadline,
            opened: now,
        })
    }

    /// The books. No code of a run is ever called while they are locked, so a poisoned lock holds a whole state.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn snapshot(&self) -> LabSnapshot {
        let books = self.books();
        books.state.snapshot(self.opened.elapsed().as_secs_f64())
    }

    pub(super) fn is_moving(&self) -> bool {
        let books = self.books();
        books.state.is_waiting_for_time() || books.state.is_busy()
    }

    pub(super) fn send(&self, command: Command) {
        let mut books = self.books();
        // Whatever the command changes about time holds from now on only.
        books.let_time_pass();
        books.state.obey(command);
        drop(books);
        self.work.notify_all();
        self.finished.notify_all();
    }

    pub(super) fn close(&self) {
        self.books().state.is_closing = true;
        self.work.notify_all();
    }

    pub(super) fn wait_finished(&self, patience: Duration) -> bool {
        let wait = self
            .finished
            .wait_timeout_while(self.books(), patience, |books| !books.state.is_finished());
        let (books, _) = wait.unwrap_or_else(PoisonError::into_inner);
        books.state.is_finished()
    }

    /// A worker's life: job after job until the lab closes.
    pub(super) fn work(&self) {
        while let Some(job) = self.next_job() {
            let back = carry_out(job);
            let is_out = back
                .snapshot
                .as_ref()
                .is_some_and(|snapshot| !snapshot.phase.is_running());
            self.books().state.bring_back(back);
            if is_out {
                self.finished.notify_all();
            }
        }
    }

    /// The next job, when there is one; `None` when the lab closes.
    fn next_job(&self) -> Option<Job> {
        let mut books = self.books();
        loop {
            if books.state.is_closing {
                return None;
            }
            books.let_time_pass();
            let is_time_over = self
                .deadline
                .is_some_and(|deadline| books.last_pass >= deadline);
            if let Some(job) = books.state.take(is_time_over) {
                return Some(job);
            }
            // Paused or finished: only a command brings work. Paced: time alone does.
            books = if books.state.is_waiting_for_time() {
                self.work
                    .wait_timeout(books, NAP)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            } else {
                self.work
                    .wait(books)
                    .unwrap_or_else(PoisonError::into_inner)
            };
        }
    }
}

impl Books {
    fn let_time_pass(&mut self) {
        let now = Instant::now();
        self.state
            .pass(now.duration_since(self.last_pass).as_secs_f64());
        self.last_pass = now;
    }
}

/// Carries out a job. A panic in the run ends that run only: what it measured stays, with the panic's text.
fn carry_out(job: Job) -> Back {
    let Job {
        id,
        mut run,
        changes,
        work,
        is_watched,
        previous,
        mut meter,
    } = job;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let is_changed = !changes.is_empty();
        for change in changes {
            apply(&mut run, change);
        }
        slice(&mut run, work, &mut meter);
        if is_watched {
            look(&mut run, work, &mut meter);
        } else {
            meter.is_watched = false;
        }
        // A run that goes on at once is published now and then, everything else at every step.
        let is_due = meter
            .published
            .is_none_or(|published| published.elapsed() >= PUBLISH_EVERY);
        let can_wait = matches!(work, Work::Until(_) | Work::Epoch(_))
            && !is_changed
            && run.phase().is_running()
            && !is_due;
        (!can_wait).then(|| Arc::new(run.snapshot(meter.steps_per_sec)))
    }));
    match outcome {
        Ok(snapshot) => {
            if snapshot.is_some() {
                meter.published = Some(Instant::now());
            }
            Back {
                id,
                run: Some(run),
                snapshot,
                meter,
            }
        }
        Err(payload) => {
            // The run is past use, but what it measured up to the panic is worth keeping.
            let last = catch_unwind(AssertUnwindSafe(|| run.snapshot(meter.steps_per_sec)));
            let snapshot = RunSnapshot {
                phase: Phase::Failed(text_of(payload.as_ref())),
                ..last.unwrap_or_else(|_| RunSnapshot::clone(&previous))
            };
            Back {
                id,
                run: None,
                snapshot: Some(Arc::new(snapshot)),
                meter,
            }
        }
    }
}

fn apply(run: &mut Run, wish: Wish) {
    match wish {
        Wish::Rate(rate) => run.set_rate(rate),
        Wish::NoiseShape(noise_shape) => {
            // The books have checked that it fits; if it does not after all, the run stays as it was.
            let _ = run.set_noise_shape(noise_shape);
        }
    }
}

/// Gives the run its slice of time and measures its speed.
fn slice(run: &mut Run, work: Work, meter: &mut Meter) {
    match work {
        Work::Until(last_step) => train(run, last_step, meter),
        Work::Phase => {
            timed(meter, |clock| run.tick_part_on(clock));
            run.look();
        }
        Work::Batch => {
            timed(meter, |clock| run.tick_on(clock));
            run.look();
        }
        Work::Epoch(last_step) => {
            train(run, last_step, meter);
            if run.step() >= last_step {
                run.look();
            }
        }
        Work::Finish => run.finish(&mut || meter.trained.as_secs_f64()),
        Work::Begin => run.begin(),
        Work::Publish => {}
    }
}

fn train(run: &mut Run, last_step: u64, meter: &mut Meter) {
    let (start, first_step, before) = (Instant::now(), run.step(), meter.trained);
    while run.step() < last_step && run.phase().is_running() {
        timed(meter, |clock| run.tick_on(clock));
        if start.elapsed() >= SLICE {
            break;
        }
    }
    let n_steps = run.step() - first_step;
    if n_steps > 0 {
        let secs = (meter.trained - before).as_secs_f64();
        let speed = n_steps as f64 / secs.max(1e-9);
        meter.steps_per_sec = smoothed(meter.steps_per_sec, speed, secs);
    }
}

/// Lets a run train, and adds the time that it takes to what it has trained for. An evaluation begins when the run asks its
/// clock, and is no training: of a large test split it can take longer than an epoch.
fn timed<T>(meter: &mut Meter, tick: impl FnOnce(Clock) -> T) -> T {
    let (start, before) = (Instant::now(), meter.trained);
    let mut at_evaluation = None;
    let ticked = tick(&mut || {
        let trained = *at_evaluation.get_or_insert_with(|| before + start.elapsed());
        trained.as_secs_f64()
    });
    meter.trained = at_evaluation.unwrap_or_else(|| before + start.elapsed());
    ticked
}

/// A running mean of a speed over about half a second of work; the first measurement counts at once.
fn smoothed(mean: f64, speed: f64, secs: f64) -> f64 {
    if mean <= 0.0 {
        speed
    } else {
        mean + (speed - mean) * (secs / 0.5).min(1.0)
    }
}

/// Looks at thinned networks, one at a time, so that neither the other runs nor a key have to wait for a whole look: what
/// rests for a slice in each turn, what trains on as its budget allows.
fn look(run: &mut Run, work: Work, meter: &mut Meter) {
    let now = Instant::now();
    let away = meter.watched.map(|last| now - last);
    let has_reading = run.thinned_step().is_some();
    let is_old = meter.looks.begin_turn(away, meter.is_watched, has_reading);
    (meter.watched, meter.is_watched) = (Some(now), true);
    let is_resting = !matches!(work, Work::Until(_) | Work::Epoch(_));
    if is_old || is_resting && run.begun_look_step() != Some(run.step()) {
        run.forget_look();
    }
    let is_new = |run: &Run| run.thinned_step() != Some(run.step());
    while is_new(run) {
        let has_room = if is_resting {
            now.elapsed() < SLICE
        } else {
            meter.looks.allows(now.elapsed())
        };
        if !has_room {
            return;
        }
        let start = Instant::now();
        let is_complete = run.look_at_next_thinned_network();
        meter.looks.spend(start.elapsed(), is_complete);
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}
