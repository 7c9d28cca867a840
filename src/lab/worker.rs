//! The workers: the only threads that train. Each takes the least advanced run, gives it a slice of a few milliseconds,
//! publishes it and brings it back.
//!
//! As many workers as cores over one queue of runs keep the cores full and the runs abreast; a thread for each run would
//! leave their order to the operating system, and rounds with a barrier would wait for the slowest.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place of the lab that has a clock and starts threads: slices, pacing and speeds"
)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::build::run_of;
use super::job::{Back, Hold, Job, Meter, Time, Wish, Work};
use super::run::Clock;
use super::shared_batches::SharedBatches;
use super::slots::{State, Unwanted};
use super::{Command, Experiment, LabSnapshot, Limit, Phase, Run, RunId, RunSnapshot};
use crate::data::Split;
use crate::nn::noise_shape::NoiseShapeError;
use crate::probe::Bench;

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
    /// The workers that are still there.
    n_workers: Mutex<usize>,
    /// One of them has ended.
    ended: Condvar,
    data: Arc<Split>,
    batches: Mutex<SharedBatches>,
    /// Those of steps long gone, for runs that are replayed.
    past_batches: Mutex<SharedBatches>,
    deadline: Option<Instant>,
    opened: Instant,
}

/// The state, and when time was last let pass in it.
#[derive(Debug)]
struct Books {
    state: State,
    last_pass: Instant,
}

/// What a worker does next.
enum Turn {
    /// A job.
    Job(Job),
    /// Free the memory of runs that nobody wants any more: of large networks that takes milliseconds.
    Clear(Unwanted),
}

impl Shared {
    pub(super) fn new(experiment: &Experiment, data: Arc<Split>) -> Result<Self, NoiseShapeError> {
        let state = State::new(experiment, Arc::clone(&data))?;
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
            n_workers: Mutex::new(0),
            ended: Condvar::new(),
            data,
            batches: Mutex::default(),
            past_batches: Mutex::default(),
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

    /// A worker's life: job after job until the lab closes. A panic outside of a run's code, in the books or in the worker
    /// itself, is caught here, too: it must neither end the program nor leave somebody waiting for a run that is lost.
    pub(super) fn work(&self) {
        let mut bench = Bench::default();
        while let Some(turn) = self.guarded(None, || self.next_turn()).flatten() {
            match turn {
                Turn::Clear(unwanted) => drop(unwanted),
                Turn::Job(job) => {
                    let at_hand = Some((job.id, job.time));
                    let done = self.guarded(at_hand, || self.do_job(job, &mut bench));
                    if done.is_none() {
                        bench = Bench::default();
                    }
                }
            }
        }
    }

    fn do_job(&self, job: Job, bench: &mut Bench) {
        let batches = match job.time {
            Time::Present => &self.batches,
            Time::Past => &self.past_batches,
        };
        let back = carry_out(job, &self.data, batches, bench);
        let is_out = back.time == Time::Present
            && back
                .snapshot
                .as_ref()
                .is_some_and(|snapshot| !snapshot.phase.is_running());
        let unwanted = self.books().state.bring_back(back);
        // Not while the books are locked.
        drop(unwanted);
        if is_out {
            self.finished.notify_all();
        }
    }

    /// What `work` gives; `None` where it panics, and then what it had `at_hand` has failed.
    fn guarded<T>(&self, at_hand: Option<(RunId, Time)>, work: impl FnOnce() -> T) -> Option<T> {
        catch_unwind(AssertUnwindSafe(work))
            .map_err(|payload| {
                let text = text_of(payload.as_ref());
                self.books().state.fail(at_hand, &text);
                self.work.notify_all();
                self.finished.notify_all();
            })
            .ok()
    }

    /// Starts a worker.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start_worker(self: &Arc<Self>, name: String) -> std::io::Result<JoinHandle<()>> {
        let shared = Arc::clone(self);
        *self.n_workers() += 1;
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            shared.work();
            *shared.n_workers() -= 1;
            shared.ended.notify_all();
        });
        if thread.is_err() {
            *self.n_workers() -= 1;
        }
        thread
    }

    fn n_workers(&self) -> MutexGuard<'_, usize> {
        self.n_workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all workers have ended, but not longer than `patience`; tells whether they have.
    pub(super) fn wait_ended(&self, patience: Duration) -> bool {
        let wait = self
            .ended
            .wait_timeout_while(self.n_workers(), patience, |n_workers| *n_workers > 0);
        let (n_workers, _) = wait.unwrap_or_else(PoisonError::into_inner);
        *n_workers == 0
    }

    /// What to do next, when there is something; `None` when the lab closes.
    fn next_turn(&self) -> Option<Turn> {
        let mut books = self.books();
        loop {
            if books.state.is_closing {
                return None;
            }
            if let Some(unwanted) = books.state.take_unwanted() {
                return Some(Turn::Clear(unwanted));
            }
            books.let_time_pass();
            let is_time_over = self
                .deadline
                .is_some_and(|deadline| books.last_pass >= deadline);
            if let Some(job) = books.state.take(is_time_over) {
                return Some(Turn::Job(job));
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
fn carry_out(
    job: Job,
    data: &Arc<Split>,
    batches: &Mutex<SharedBatches>,
    bench: &mut Bench,
) -> Back {
    let Job {
        id,
        time,
        body,
        changes,
        work,
        keep,
        asked,
        look_share,
        previous,
        mut meter,
    } = job;
    // Outside of what is caught, so that a run that panics can say how far it came.
    let mut built = None;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let run = built.insert(run_of(body, data, batches));
        run.keep_checkpoints(keep);
        let is_changed = !changes.is_empty();
        for change in changes {
            apply(run, change);
        }
        slice(run, work, &mut meter, bench);
        run.ask(&asked);
        let is_under_way = matches!(work, Work::Replay(step) if run.step() < step);
        if is_under_way && run.phase().is_running() {
            return None;
        }
        if asked.is_empty() {
            meter.is_watched = false;
        } else {
            look(run, (work, look_share), &mut meter, bench);
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
    let (run, snapshot) = match outcome {
        Ok(snapshot) => {
            if snapshot.is_some() {
                meter.published = Some(Instant::now());
            }
            (built, snapshot)
        }
        Err(payload) => {
            let failed = failed(built, &previous, payload.as_ref(), &meter);
            (None, Some(Arc::new(failed)))
        }
    };
    Back {
        id,
        time,
        run,
        snapshot,
        meter,
    }
}

/// What is left of a run that panicked: it is past use, but what it measured up to the panic is worth keeping.
fn failed(
    built: Option<Box<Run>>,
    previous: &Arc<RunSnapshot>,
    payload: &(dyn Any + Send),
    meter: &Meter,
) -> RunSnapshot {
    let last = built.and_then(|run| {
        let last = AssertUnwindSafe(|| run.snapshot(meter.steps_per_sec));
        catch_unwind(last).ok()
    });
    RunSnapshot {
        phase: Phase::Failed(text_of(payload)),
        ..last.unwrap_or_else(|| RunSnapshot::clone(previous))
    }
}

fn apply(run: &mut Run, wish: Wish) {
    match wish {
        Wish::Rate(rate) => run.set_rate(rate),
        Wish::NoiseShape(noise_shape) => {
            // The books have checked that it fits; if it does not after all, the run stays as it was.
            let _ = run.set_noise_shape(noise_shape);
        }
        Wish::Hold(Hold::Present(without)) => run.hold_mask(without),
        Wish::Hold(Hold::Former(without)) => run.hold_mask_again(without),
        Wish::Hold(Hold::LetGo) => run.let_mask_go(),
    }
}

/// Gives the run its slice of time and measures its speed.
fn slice(run: &mut Run, work: Work, meter: &mut Meter, bench: &mut Bench) {
    match work {
        Work::Until(last_step) => train(run, last_step, meter, bench),
        Work::Phase => {
            run.keep_before();
            timed(meter, |clock| run.tick_part_on(clock, bench));
            run.look(bench);
        }
        Work::Batch => {
            run.keep_before();
            timed(meter, |clock| run.tick_on(clock, bench));
            run.look(bench);
        }
        Work::Epoch(last_step) => {
            train(run, last_step, meter, bench);
            if run.step() >= last_step {
                run.look(bench);
            }
        }
        Work::Finish => run.finish(&mut || meter.trained.as_secs_f64(), bench),
        Work::Begin => run.begin(bench),
        Work::Replay(step) => replay(run, step, bench),
        Work::Publish => {}
    }
}

/// Replays a slice. What the network is at the end is measured, and before the last step it is kept to compare with.
fn replay(run: &mut Run, last_step: u64, bench: &mut Bench) {
    let start = Instant::now();
    if run.step() < last_step {
        run.forget_answers();
    }
    while run.step() < last_step && run.phase().is_running() && start.elapsed() < SLICE {
        if run.step() + 1 == last_step {
            run.keep_before();
        }
        run.tick();
    }
    if run.step() == last_step {
        run.take_due_changes();
        run.look(bench);
    }
}

fn train(run: &mut Run, last_step: u64, meter: &mut Meter, bench: &mut Bench) {
    let (start, first_step, before) = (Instant::now(), run.step(), meter.trained);
    while run.step() < last_step && run.phase().is_running() {
        timed(meter, |clock| run.tick_on(clock, bench));
        if start.elapsed() >= SLICE {
            break;
        }
    }
    let n_steps = run.step() - first_step;
    if n_steps > 0 {
        let secs = meter.trained.saturating_sub(before).as_secs_f64();
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

/// Looks at a run a part at a time, so that neither the other runs nor a key have to wait for a whole look: what rests for a
/// slice in each turn, on all cores where nothing trains, what trains on as its budget allows.
fn look(run: &mut Run, (work, share): (Work, f64), meter: &mut Meter, bench: &mut Bench) {
    let now = Instant::now();
    let away = meter.watched.map(|last| now - last);
    let is_old = meter
        .looks
        .begin_turn(away, meter.is_watched, run.is_awaited(), share);
    (meter.watched, meter.is_watched) = (Some(now), true);
    let is_resting = !matches!(work, Work::Until(_) | Work::Epoch(_));
    if is_old || is_resting {
        run.forget_looks(!is_old);
    }
    bench.is_wide = is_resting;
    loop {
        let has_room = if is_resting {
            now.elapsed() < SLICE
        } else {
            meter.looks.allows(now.elapsed())
        };
        if !has_room {
            return;
        }
        let start = Instant::now();
        let Some(is_complete) = run.look_further(bench) else {
            return;
        };
        meter
            .looks
            .spend(start.elapsed(), is_complete && !run.is_awaited());
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::Question;
    use super::super::build::build;
    use super::super::job::Body;
    use super::*;
    use crate::data;
    use crate::math::random::Key;

    fn shared() -> Shared {
        shared_of(&Experiment::example())
    }

    fn shared_of(experiment: &Experiment) -> Shared {
        let key = Key::new(1).child("data");
        let split = data::load(&experiment.data.spec, &experiment.data.split, key).unwrap();
        Shared::new(experiment, Arc::new(split)).unwrap()
    }

    fn phases(shared: &Shared) -> Vec<Phase> {
        let groups = shared.snapshot().groups.into_iter();
        let runs = groups.flat_map(|group| group.runs);
        runs.map(|run| run.phase.clone()).collect()
    }

    #[test]
    fn a_panic_of_a_worker_fails_the_run_at_hand_and_the_others_go_on() {
        let shared = shared();
        let Some(Turn::Job(job)) = shared.next_turn() else {
            panic!("there is a run to build")
        };
        let n_runs = phases(&shared).len();
        let lost = shared.guarded(Some((job.id, job.time)), || {
            panic!("the worker is at fault")
        });
        assert_eq!(lost, None::<()>);
        let failed = Phase::Failed("the worker is at fault".to_owned());
        let phases = phases(&shared);
        assert_eq!(phases.iter().filter(|&phase| *phase == failed).count(), 1);
        assert_eq!(phases.len(), n_runs);
        assert!(matches!(shared.next_turn(), Some(Turn::Job(next)) if next.id != job.id));
    }

    #[test]
    fn a_panic_in_the_books_fails_every_run_and_nobody_waits_for_any() {
        let shared = shared();
        let lost = shared.guarded(None, || {
            let _books = shared.books();
            panic!("the books are at fault")
        });
        assert_eq!(lost, None::<()>);
        let failed = Phase::Failed("the books are at fault".to_owned());
        assert!(phases(&shared).iter().all(|phase| *phase == failed));
        assert!(shared.next_turn().is_none(), "the workers end");
        assert!(shared.wait_finished(Duration::ZERO));
    }

    #[test]
    fn a_run_that_is_planned_looks_as_it_will_when_it_is_built() {
        let shared = shared();
        let Some(Turn::Job(job)) = shared.next_turn() else {
            panic!("there is a run to build")
        };
        let Body::Planned(plan) = job.body else {
            panic!("it is not built yet")
        };
        let built = build(*plan, &shared.data, &shared.batches);
        let built = RunSnapshot {
            initial_norms: job.previous.initial_norms.clone(),
            ..built.snapshot(0.0)
        };
        assert_eq!(format!("{built:?}"), format!("{:?}", job.previous));
    }

    #[test]
    fn networks_are_not_built_while_the_books_are_locked() {
        let shared = shared();
        let is_planned = |shared: &Shared| {
            let mut books = shared.books();
            let job = books.state.take(false);
            matches!(job.unwrap().body, Body::Planned(_))
        };
        assert!(is_planned(&shared));
        let group = shared.snapshot().groups[0].clone();
        for command in [
            Command::Restart(group.id),
            Command::AddSeed,
            Command::Add(group.plan()),
        ] {
            shared.send(command);
            // What was there is out with somebody; what comes first is what was asked for.
            assert!(is_planned(&shared));
        }
    }

    #[test]
    fn cores_without_a_run_to_train_give_no_time_to_looks() {
        let share = |n_seeds: usize, n_threads: usize| {
            let groups = Experiment::example().groups;
            let shared = shared_of(&Experiment {
                groups: groups.into_iter().take(1).collect(),
                n_seeds,
                n_threads,
                ..Experiment::example()
            });
            let group = shared.snapshot().groups[0].id;
            shared.send(Command::Watch(vec![Question::thinned(group)]));
            let Some(Turn::Job(job)) = shared.next_turn() else {
                panic!("there is a run to build")
            };
            job.look_share
        };
        assert!(share(1, 1) > 0.0);
        assert_eq!(share(1, 4), share(1, 1));
        assert_eq!(share(2, 4), 2.0 * share(1, 1));
    }
}
