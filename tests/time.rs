//! Time: what is seen of the past is what was, whoever trains on meanwhile; and a fork is its parent up to the step where it branches
//! off.

use std::sync::Arc;

use crate::common::waiting::until;
use dropscope::data::{self, Split};
use dropscope::lab::{
    Change, Command, Experiment, GroupId, History, Lab, LabSnapshot, Phase, Question, Run, RunPlan,
    RunSnapshot, Runs,
};
use dropscope::nn::{DropRate, Engine, Execution, NoiseShape};
use dropscope::probe::asked::{Answer, Kind};
use dropscope::probe::{Bench, Probe, ThinnedReading};
use dropscope::train::NoiseChange;

fn rate(rate: f64) -> DropRate {
    DropRate::saturating(rate)
}

/// Two moons, two groups of two seeds, without an end, at full speed.
fn experiment(n_threads: usize) -> Experiment {
    let mut experiment = Experiment {
        limit: None,
        keeps_past: true,
        n_threads,
        ..Experiment::example()
    };
    experiment.network.hidden = vec![40, 24];
    experiment
}

fn split(experiment: &Experiment) -> Split {
    let plan = &experiment.data;
    data::load(&plan.spec, &plan.split, plan.key()).unwrap()
}

fn start(experiment: &Experiment) -> Lab {
    Lab::start(experiment, split(experiment)).unwrap()
}

/// The lab when `step` is seen and all that is asked is answered.
fn seen_at(lab: &Lab, step: u64) -> LabSnapshot {
    lab.send(Command::View(Some(step)));
    until(lab, "the past is there", |lab| {
        lab.past.as_ref().is_some_and(|past| {
            let is_answered = |run: &RunSnapshot| {
                let answer = run
                    .readings
                    .asked(&Probe::THINNED)
                    .and_then(|asked| asked.answer.as_ref());
                answer.is_some_and(|answer| answer.is_complete && answer.step == step)
            };
            past.step == step
                && !past.is_replaying()
                && runs(&past.lab).all(|run| run.step == step)
                && past
                    .lab
                    .groups
                    .iter()
                    .all(|group| is_answered(&group.runs[0]))
        })
    })
}

fn runs(lab: &LabSnapshot) -> impl Iterator<Item = &Arc<RunSnapshot>> {
    lab.groups.iter().flat_map(|group| &group.runs)
}

/// A run without any lab, changed as a live one was, at `step`.
fn by_hand(experiment: &Experiment, live: &RunSnapshot, group_idx: usize, step: u64) -> Run {
    let trainer = experiment.trainer_plan(&experiment.groups[group_idx], live.seed);
    let to = |change: &Change| (change.step, change.kind.to(experiment.varied()));
    let plan = RunPlan {
        changes: live.history.changes.iter().map(to).collect(),
        ..RunPlan::of(trainer)
    };
    let mut run = Run::new(plan, split(experiment).into()).unwrap();
    let mut bench = Bench::default();
    run.begin(&mut bench);
    while run.step() < step {
        run.tick();
    }
    run.take_due_changes();
    run.look(&mut bench);
    run
}

/// What was found, and when.
fn reading_at(answer: Option<Arc<Answer>>) -> Option<(u64, ThinnedReading)> {
    let answer = answer?;
    Some((answer.step, ThinnedReading::of(&answer.reading)?.clone()))
}

/// Says in what two snapshots differ: in anything but speed, what is still before them and what they left behind.
fn assert_same(run: &RunSnapshot, other: &RunSnapshot, what: &str) {
    let what = format!(
        "{what}: rate {}, seed {}, step {}, {:?}",
        run.rate, run.seed, run.step, run.history.changes
    );
    let of = |run: &RunSnapshot| {
        (
            run.seed,
            run.hidden_rate,
            run.input_rate,
            run.noise_shape.clone(),
            run.step,
            run.next_part,
        )
    };
    assert_eq!(of(run), of(other), "{what}");
    assert_eq!(run.epoch, other.epoch, "{what}");
    assert_eq!(run.latest, other.latest, "{what}");
    assert_same_record(&run.history, &other.history, &what);
    assert_eq!(run.initial_norms, other.initial_norms, "{what}");
    let drawn = |run: &RunSnapshot| run.keep_counts.layers()[1].n_drawn;
    assert_eq!(drawn(run), drawn(other), "{what}");
    assert_eq!(run.keep_counts, other.keep_counts, "{what}");
    assert_eq!(run.masks_drawn, other.masks_drawn, "{what}");
    let (found, counted) = (run.masks_distinct as f64, other.masks_distinct as f64);
    // A checkpoint remembers few masks; of many it has an estimate, and says so.
    let error = if run.is_distinct_exact {
        0.0
    } else {
        0.1 * counted
    };
    assert!(
        (found - counted).abs() <= error,
        "{what}: {found} for {counted}"
    );
}

/// Says where two records differ.
fn assert_same_record(record: &History, other: &History, what: &str) {
    assert_eq!(record.changes, other.changes, "{what}");
    for (at, there) in record.evaluations.iter().zip(&other.evaluations) {
        assert_eq!(at, there, "{what}");
    }
    assert_eq!(record.evaluations.len(), other.evaluations.len(), "{what}");
}

/// A lab that trains on, and in which every kind of change was taken by every run of a group by step 2,000 or so. Gives it with
/// the steps around them.
fn changed_lab(experiment: &Experiment) -> (Lab, Vec<u64>) {
    let lab = start(experiment);
    lab.send(Command::Watch(vec![Question {
        runs: Runs::First,
        probe: Probe::THINNED,
    }]));
    let group = GroupId(1);
    let hold = Command::HoldMask {
        group,
        without: Vec::new(),
    };
    let shape = Command::SetNoiseShape {
        group,
        noise_shape: NoiseShape::per_sample(),
    };
    let set = Command::SetRate {
        group,
        rate: rate(0.35),
    };
    let mut steps = vec![0, 1];
    for (nth, command) in [set, hold, Command::LetMaskGo(group), shape]
        .into_iter()
        .enumerate()
    {
        let last = lab.snapshot().last_step();
        until(&lab, "it trains on", |lab| {
            runs(lab).all(|run| run.step > last + 20)
        });
        lab.send(command);
        let taken = until(&lab, "it is taken", |lab| {
            let runs = &lab.groups[1].runs;
            runs.iter().all(|run| run.history.changes.len() > nth)
        });
        let at = taken.groups[1].runs[0].history.changes[nth].step;
        steps.extend([at, at + 5]);
    }
    let last = lab.snapshot().last_step();
    until(&lab, "it trains on", |lab| {
        runs(lab).all(|run| run.step > last)
    });
    (lab, steps)
}

/// What is seen of the runs of a group at `step` is what runs were that were trained without any lab.
fn assert_is_seen(experiment: &Experiment, live: &LabSnapshot, group_idx: usize, step: u64) {
    let group = &live.past.as_ref().unwrap().lab.groups[group_idx];
    for (run, now) in group.runs.iter().zip(&live.groups[group_idx].runs) {
        assert!(now.step > run.step);
        let mut alone = by_hand(experiment, now, group_idx, step);
        assert_same(run, &alone.snapshot(0.0), "seen");
        assert_eq!(run.phase, Phase::Running);
        let found = |run: &RunSnapshot| {
            let asked = run.readings.asked(&Probe::THINNED)?;
            asked.answer.clone()
        };
        if run.id == group.runs[0].id {
            alone.answer(&Probe::THINNED);
            assert_eq!(
                reading_at(found(run)),
                reading_at(found(&alone.snapshot(0.0)))
            );
        }
    }
}

#[test]
fn what_is_seen_of_the_past_is_what_was_while_training_goes_on() {
    for (n_threads, execution) in [(1, Execution::Compact), (2, Execution::Masked)] {
        let experiment = Experiment {
            engine: Engine {
                execution,
                ..Engine::default()
            },
            ..experiment(n_threads)
        };
        let (lab, mut steps) = changed_lab(&experiment);
        // Back and forth.
        steps.sort_by_key(|step| step % 7);
        for step in steps {
            let live = seen_at(&lab, step);
            for group_idx in 0..2 {
                assert_is_seen(&experiment, &live, group_idx, step);
            }
        }
        lab.send(Command::View(None));
        let before = lab.snapshot().last_step();
        until(&lab, "it has trained on", |lab| {
            lab.past.is_none() && lab.last_step() > before
        });
    }
}

#[test]
fn looking_back_changes_no_number() {
    let experiment = experiment(2);
    let lab = start(&experiment);
    until(&lab, "it trains", |lab| runs(lab).all(|run| run.step > 200));
    for step in [150, 20, 149] {
        seen_at_least(&lab, step);
    }
    lab.send(Command::View(None));
    let now = until(&lab, "it trains on", |lab| {
        runs(lab).all(|run| run.step > 400)
    });
    for (group_idx, group) in now.groups.iter().enumerate() {
        for run in &group.runs {
            let alone = by_hand(&experiment, run, group_idx, run.step).snapshot(0.0);
            for at in &run.history.evaluations {
                assert_eq!(alone.history.at(at.step), Some(at));
            }
        }
    }
}

/// The past as it is recorded, replayed or not.
fn seen_at_least(lab: &Lab, step: u64) {
    lab.send(Command::View(Some(step)));
    let lab = lab.snapshot();
    let past = lab.past.as_ref().unwrap();
    assert_eq!(past.step, step);
    for (run, now) in runs(&past.lab).zip(runs(&lab)) {
        assert_eq!(run.step, step);
        let last = run.history.evaluations.last().unwrap();
        assert_eq!(now.history.at(step), Some(last));
        assert!(run.history.changes.iter().all(|change| change.step <= step));
    }
}

#[test]
fn a_step_that_no_run_has_come_to_is_the_last_one_and_there_the_present_is_seen() {
    let lab = start(&experiment(2));
    until(&lab, "it trains", |lab| runs(lab).all(|run| run.step > 50));
    lab.send(Command::Pause);
    let now = until(&lab, "it rests", |_| !lab.is_moving());
    lab.send(Command::View(Some(u64::MAX)));
    let seen = lab.snapshot();
    assert_eq!(seen.past.as_ref().unwrap().step, now.last_step());
    for (run, now) in runs(&seen.past.as_ref().unwrap().lab).zip(runs(&now)) {
        assert_eq!(run.step, now.step);
    }
}

#[test]
fn a_fork_at_its_parents_rate_is_its_parent_and_at_another_a_run_that_was_changed_there() {
    for n_threads in [1, 2] {
        let experiment = experiment(n_threads);
        let lab = start(&experiment);
        until(&lab, "it trains", |lab| runs(lab).all(|run| run.step > 100));
        let parent = GroupId(1);
        lab.send(Command::SetRate {
            group: parent,
            rate: rate(0.4),
        });
        let has_changed = |lab: &LabSnapshot| {
            let mut runs = lab.groups[1].runs.iter();
            runs.all(|run| !run.history.changes.is_empty())
        };
        let changed = until(&lab, "the rate is another", has_changed);
        let taken = changed.groups[1]
            .runs
            .iter()
            .map(|run| run.history.changes[0].step);
        let late = taken.max().unwrap() + 100;
        until(&lab, "it trains on", |lab| {
            runs(lab).all(|run| run.step > late)
        });
        for (step, to) in [(late, 0.4), (50, 0.7), (0, 0.6)] {
            lab.send(Command::Fork {
                group: parent,
                step,
                rate: rate(to),
            });
        }
        let now = until(&lab, "all have branched off", |lab| {
            lab.groups.len() == 5 && runs(lab).all(|run| run.step > late + 100)
        });
        let origin = |idx: usize| {
            now.groups[idx]
                .origin
                .map(|origin| (origin.parent, origin.step))
        };
        assert_eq!(
            [origin(1), origin(2), origin(4)],
            [None, Some((parent, late)), Some((parent, 0))]
        );
        let [parents, same, other, first] = [1, 2, 3, 4].map(|idx| &now.groups[idx]);
        for (parent, fork) in parents.runs.iter().zip(&same.runs) {
            assert_eq!(parent.seed, fork.seed);
            let both = parent.step.min(fork.step);
            let [was, is] = [&parent.history, &fork.history].map(|record| record.until(both));
            assert!(is.evaluations.len() > 20);
            assert_same_record(&was, &is, "a fork at the same rate");
        }
        for (group, step, to) in [(other, 50, 0.7), (first, 0, 0.6)] {
            assert_eq!(group.rate, rate(to));
            for (run, parent) in group.runs.iter().zip(&parents.runs) {
                assert_was_changed(&experiment, run, parent, (step, rate(to)));
            }
        }
    }
}

/// A run is one that had its parent's changes up to a step, and another rate then.
fn assert_was_changed(
    experiment: &Experiment,
    run: &RunSnapshot,
    parent: &RunSnapshot,
    (step, to): (u64, DropRate),
) {
    let change = parent.history.changes[0].step;
    let mut changes = vec![(change, NoiseChange::HiddenRate(rate(0.4)))];
    changes.retain(|(at, _)| *at <= step);
    changes.push((step, NoiseChange::HiddenRate(to)));
    let planned = RunPlan {
        changes,
        ..RunPlan::of(experiment.trainer_plan(&experiment.groups[1], run.seed))
    };
    let mut alone = Run::new(planned, split(experiment).into()).unwrap();
    while alone.step() < run.step {
        alone.tick();
    }
    let alone = alone.snapshot(0.0);
    assert_same_record(&alone.history, &run.history, "a fork at another rate");
    assert_eq!((alone.rate, alone.masks_drawn), (run.rate, run.masks_drawn));
}

#[test]
fn a_fork_that_is_made_while_paused_comes_to_its_step_and_waits_there() {
    let lab = start(&experiment(2));
    until(&lab, "it trains", |lab| runs(lab).all(|run| run.step > 300));
    lab.send(Command::Pause);
    until(&lab, "it rests", |_| !lab.is_moving());
    lab.send(Command::Fork {
        group: GroupId(0),
        step: 250,
        rate: rate(0.3),
    });
    let rests = until(&lab, "the fork rests", |lab_now| {
        lab_now.groups.len() == 3 && !lab.is_moving()
    });
    assert!(rests.groups[2].runs.iter().all(|run| run.step == 250));
    lab.send(Command::AddSeed);
    lab.send(Command::Play);
    let now = until(&lab, "it goes on", |lab| {
        runs(lab).all(|run| run.step > 300)
    });
    let changed: Vec<u64> = now.groups[2]
        .runs
        .iter()
        .map(|run| run.history.changes[0].step)
        .collect();
    assert_eq!(changed, [250; 3], "a further seed branches off there, too");
}

#[test]
fn groups_come_and_go_while_somebody_looks_back() {
    let lab = start(&experiment(2));
    lab.send(Command::Watch(vec![Question {
        runs: Runs::All,
        probe: Probe::THINNED,
    }]));
    until(&lab, "it trains", |lab| runs(lab).all(|run| run.step > 300));
    lab.send(Command::View(Some(200)));
    lab.send(Command::Fork {
        group: GroupId(0),
        step: 200,
        rate: rate(0.3),
    });
    lab.send(Command::Restart(GroupId(1)));
    lab.send(Command::AddSeed);
    lab.send(Command::Remove(GroupId(0)));
    let is_there = |lab: &LabSnapshot| {
        let past = lab.past.as_ref().unwrap();
        !past.is_replaying()
            && runs(lab).all(|run| run.step > 250)
            && runs(&past.lab).all(|run| run.step == 200)
    };
    let now = until(&lab, "all are there", is_there);
    assert_eq!(runs(&now.past.as_ref().unwrap().lab).count(), 6);
    assert!(runs(&now.past.as_ref().unwrap().lab).all(|run| run.phase == Phase::Running));
}
