//! Whatever was done to a lab can be done again: settings that are made of it, and read back, train the same runs.

use std::path::PathBuf;

use crate::common::waiting::{PATIENCE, until};
use dropscope::config::{self, Face, NoCommand, Settings, Sources};
use dropscope::data::{self, Split};
use dropscope::lab::{
    Change, ChangeKind, Command, GroupPlan, Lab, LabSnapshot, PlannedChange, Run, RunPlan,
    RunSnapshot,
};
use dropscope::nn::{DropRate, NoiseShape, UnitId};
use dropscope::train::{HeldMask, NoiseChange, NoisePlan};

fn settings(file: Option<PathBuf>, sets: &[&str]) -> Settings {
    let nobodys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/empty.toml");
    let sources = Sources {
        file: Some(file.unwrap_or(nobodys)),
        sets: sets.iter().map(ToString::to_string).collect(),
        ..Sources::default()
    };
    config::load(&sources, Face::Lab).unwrap()
}

/// Moons and small networks, two groups of two seeds.
fn moons(more: &[&str]) -> Settings {
    let small = [
        "data.spec=moons",
        "data.train=80",
        "data.test=40",
        "network.hidden=8,8",
        "dropout.rates=0,.5",
        "run.seeds=2",
        "run.seed=3",
        "run.pace=full",
        "run.threads=2",
    ];
    settings(None, &[&small, more].concat())
}

fn split(settings: &Settings) -> Split {
    let plan = &settings.experiment.data;
    data::load(&plan.spec, &plan.split, plan.key()).unwrap()
}

/// The lab after `act`, at rest.
fn after(settings: &Settings, act: impl FnOnce(&Lab)) -> LabSnapshot {
    let lab = Lab::start(&settings.experiment, split(settings)).unwrap();
    act(&lab);
    lab.send(Command::Pause);
    while lab.is_moving() {
        std::thread::yield_now();
    }
    lab.snapshot()
}

fn rate(rate: f64) -> DropRate {
    DropRate::saturating(rate)
}

/// Changes since the first step.
fn changes(run: &RunSnapshot) -> Vec<&Change> {
    let changes = run.history.changes.iter();
    changes.filter(|change| change.step > 0).collect()
}

/// Lets every run of a group take what `command` changes, and train on a little.
fn change(lab: &Lab, place: usize, command: impl Fn(&LabSnapshot) -> Command) {
    let before = lab.snapshot();
    let counts: Vec<usize> = before.groups[place]
        .runs
        .iter()
        .map(|run| changes(run).len())
        .collect();
    lab.send(command(&before));
    let taken = until(lab, "the change is taken", |lab| {
        let runs = lab.groups[place].runs.iter();
        runs.zip(&counts)
            .all(|(run, before)| changes(run).len() > *before)
    });
    let epoch = taken.most_advanced_epoch();
    until(lab, "it trains on", |lab| lab.epoch() > epoch + 1.0);
}

/// Writes the lab down, reads it, trains it without a terminal, and compares every evaluation of every run.
fn assert_is_repeated(settings: &Settings, lab: &LabSnapshot) -> Settings {
    let written = settings.of_lab(lab).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("experiment.toml");
    let text = written.experiment_toml();
    std::fs::write(&path, &text).unwrap();
    let read = settings_of(&path);
    assert_eq!(read.experiment, written.experiment, "{text}");
    let again = Lab::start(&read.experiment, split(&read)).unwrap();
    assert!(again.wait_finished(PATIENCE));
    let again = again.snapshot();
    assert_eq!(again.groups.len(), lab.groups.len());
    for (group, once_more) in lab.groups.iter().zip(&again.groups) {
        assert_eq!(
            (group.plan(), &group.held),
            (once_more.plan(), &once_more.held),
            "what the group is now\n{text}"
        );
        assert_eq!(group.runs.len(), once_more.runs.len());
        for (run, other) in group.runs.iter().zip(&once_more.runs) {
            assert_eq!(run.seed, other.seed);
            assert_eq!(changes(run), changes(other), "{text}");
            assert!(run.history.evaluations.len() > 1);
            for at in &run.history.evaluations {
                assert_eq!(
                    other.history.at(at.step),
                    Some(at),
                    "seed {}\n{text}",
                    run.seed
                );
            }
        }
    }
    read
}

fn settings_of(path: &std::path::Path) -> Settings {
    settings(Some(path.to_owned()), &[])
}

#[test]
fn groups_and_seeds_that_were_added_and_removed_are_repeated_by_a_command_line() {
    let settings = moons(&[]);
    let lab = after(&settings, |lab| {
        until(lab, "it trains", |lab| lab.epoch() > 1.0);
        let noise = NoisePlan {
            input_rate: rate(0.1),
            ..NoisePlan::of_rate(rate(0.25)).shared_by(NoiseShape::per_sample())
        };
        lab.send(Command::Add(GroupPlan::of_noise(noise)));
        lab.send(Command::AddSeed);
        lab.send(Command::Remove(lab.snapshot().groups[0].id));
        let has_trained = |lab: &LabSnapshot| lab.groups.len() == 2 && lab.epoch() > 2.0;
        until(lab, "the new runs train", has_trained);
    });
    let read = assert_is_repeated(&settings, &lab);
    let given = read.shortest().unwrap();
    let epochs = format!("{}", lab.most_advanced_epoch().ceil());
    let expected = [
        ("data.spec", "moons"),
        ("data.train", "80"),
        ("data.test", "40"),
        ("network.hidden", "8,8"),
        ("dropout.rates", "0.5,0.25"),
        ("dropout.input_rate", "0,0.1"),
        ("dropout.mask", "batch,sample"),
        ("training.epochs", &epochs),
        ("run.seed", "3"),
        ("run.seeds", "3"),
    ];
    let expected = expected.map(|(setting, text)| (setting.to_owned(), text.to_owned()));
    assert_eq!(given, expected);
    let sets: Vec<String> = given
        .iter()
        .map(|(setting, text)| format!("{setting}={text}"))
        .chain(["run.pace=full".to_owned(), "run.threads=2".to_owned()])
        .collect();
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    assert_eq!(self::settings(None, &sets).experiment, read.experiment);
}

#[test]
fn live_changes_are_repeated_at_the_steps_at_which_each_run_took_them() {
    let settings = moons(&[]);
    let lab = after(&settings, |lab| {
        until(lab, "it trains", |lab| lab.epoch() > 1.0);
        let group = |lab: &LabSnapshot| lab.groups[1].id;
        change(lab, 1, |lab| Command::SetRate {
            group: group(lab),
            rate: rate(0.35),
        });
        change(lab, 1, |lab| Command::SetNoiseShape {
            group: group(lab),
            noise_shape: NoiseShape::per_sample(),
        });
        // The run of the new seed begins with what the group is by then, and is changed with the others later.
        lab.send(Command::AddSeed);
        let has_trained = |lab: &LabSnapshot| lab.n_seeds() == 3 && lab.epoch() > 1.0;
        until(lab, "the new seed trains", has_trained);
        change(lab, 1, |lab| Command::SetRate {
            group: group(lab),
            rate: rate(0.8),
        });
    });
    let counts = lab.groups[1].runs.iter().map(|run| changes(run).len());
    assert_eq!(counts.collect::<Vec<_>>(), [3, 3, 1]);
    let read = assert_is_repeated(&settings, &lab);
    assert_eq!(read.shortest(), Err(NoCommand::Changes));
    let begins = |change: &&PlannedChange| change.step == 0;
    let begun: Vec<_> = read.experiment.changes.iter().filter(begins).collect();
    let to = [
        NoiseChange::HiddenRate(rate(0.35)),
        NoiseChange::NoiseShape(NoiseShape::per_sample()),
    ];
    assert!(begun.iter().map(|change| &change.to).eq(&to), "{begun:?}");
    assert!(
        begun
            .iter()
            .all(|change| (change.group_idx, change.seed) == (1, 5))
    );
}

#[test]
fn a_mask_that_was_held_thinned_by_hand_and_let_go_is_repeated() {
    let settings = moons(&[]);
    let unit = |unit| UnitId { layer_idx: 1, unit };
    let lab = after(&settings, |lab| {
        until(lab, "it trains", |lab| lab.epoch() > 1.0);
        let group = lab.snapshot().groups[1].id;
        let hold = |without: &[UnitId]| Command::HoldMask {
            group,
            without: without.to_vec(),
        };
        change(lab, 1, |_| hold(&[]));
        change(lab, 1, |_| hold(&[unit(0), unit(3)]));
        change(lab, 1, |_| Command::SetRate {
            group,
            rate: rate(0.4),
        });
        change(lab, 1, |_| Command::LetMaskGo(group));
        change(lab, 1, |_| Command::HoldMaskAgain {
            group,
            without: vec![unit(5)],
        });
    });
    assert_eq!(lab.groups[1].held, Some(vec![unit(5)]));
    for run in &lab.groups[1].runs {
        let kinds = changes(run)
            .into_iter()
            .map(|change| (change.step, &change.kind));
        let held: Vec<_> = kinds
            .filter_map(|(step, kind)| match kind {
                ChangeKind::Held { to, .. } => Some((step, to.as_ref().map(|held| held.step))),
                _ => None,
            })
            .collect();
        let of = held[0].0 - 1;
        assert_eq!(
            held.iter().map(|(_, of)| *of).collect::<Vec<_>>(),
            [Some(of), Some(of), None, Some(of)],
            "the mask drawn last, through all changes"
        );
    }
    let read = assert_is_repeated(&settings, &lab);
    let planned = read.experiment.changes.len();
    assert_eq!(planned, 10, "five of each seed");
}

#[test]
fn a_mask_that_is_held_from_the_first_step_on_is_repeated() {
    let settings = moons(&["run.seeds=1"]);
    let experiment = &settings.experiment;
    let plan = RunPlan {
        n_steps: Some(30),
        ..RunPlan::of(experiment.trainer_plan(&experiment.groups[1], 3))
    };
    let mut live = Run::new(plan.clone(), split(&settings).into()).unwrap();
    live.hold_mask(Vec::new());
    let held = NoiseChange::Held(Some(HeldMask::new(0, Vec::new())));
    let planned = RunPlan {
        changes: vec![(0, held)],
        ..plan
    };
    let mut planned = Run::new(planned, split(&settings).into()).unwrap();
    for run in [&mut live, &mut planned] {
        (0..30).for_each(|_| run.tick());
        assert_eq!(
            run.snapshot(0.0).masks_drawn,
            0,
            "none was drawn by its own step"
        );
    }
    assert_eq!(live.net(), planned.net());
    assert_eq!(live.snapshot(0.0).history, planned.snapshot(0.0).history);
}

#[test]
fn a_restarted_group_is_repeated_from_what_it_began_with_again() {
    let settings = moons(&["run.seeds=1"]);
    let lab = after(&settings, |lab| {
        until(lab, "it trains", |lab| lab.epoch() > 1.0);
        let group = lab.snapshot().groups[1].id;
        change(lab, 1, |_| Command::SetRate {
            group,
            rate: rate(0.35),
        });
        lab.send(Command::Restart(group));
        until(lab, "it has begun again", |lab| {
            changes(&lab.groups[1].runs[0]).is_empty() && lab.epoch() > 2.0
        });
    });
    let read = assert_is_repeated(&settings, &lab);
    let rates = read
        .experiment
        .groups
        .iter()
        .map(|group| group.noise.hidden_rate.value());
    assert_eq!(rates.collect::<Vec<_>>(), [0.0, 0.35]);
    assert_eq!(read.experiment.changes, []);
    assert!(read.shortest().is_ok());
}

#[test]
fn a_network_without_hidden_layers_is_changed_and_repeated_by_the_rate_of_its_input() {
    let settings = settings(
        None,
        &[
            "data.spec=linear",
            "data.train=60",
            "data.test=20",
            "run.seeds=1",
            "run.pace=full",
            "data.seed=5",
        ],
    );
    let lab = after(&settings, |lab| {
        until(lab, "it trains", |lab| lab.epoch() > 1.0);
        let group = lab.snapshot().groups[2].id;
        change(lab, 2, |_| Command::SetRate {
            group,
            rate: rate(0.3),
        });
        lab.send(Command::Remove(lab.snapshot().groups[1].id));
        until(lab, "one is gone", |lab| lab.groups.len() == 2);
    });
    let read = assert_is_repeated(&settings, &lab);
    assert_eq!((read.experiment.data.seed, read.experiment.seed), (5, 7));
    assert!(matches!(
        read.experiment.changes[0].to,
        NoiseChange::InputRate(_)
    ));
}

#[test]
fn a_live_change_takes_the_place_of_those_that_were_planned() {
    let experiment = moons(&[]).experiment;
    let plan = RunPlan {
        changes: [(5, 0.4), (9, 0.45), (40, 0.6)]
            .map(|(step, to)| (step, NoiseChange::HiddenRate(rate(to))))
            .to_vec(),
        ..RunPlan::of(experiment.trainer_plan(&experiment.groups[1], 3))
    };
    let mut run = Run::new(plan, split(&moons(&[])).into()).unwrap();
    (0..20).for_each(|_| run.tick());
    run.set_rate(rate(0.2));
    (0..40).for_each(|_| run.tick());
    let snapshot = run.snapshot(0.0);
    let steps: Vec<u64> = changes(&snapshot)
        .iter()
        .map(|change| change.step)
        .collect();
    assert_eq!((steps, snapshot.rate), (vec![5, 9, 20], rate(0.2)));
}

/// What is changed in an entry, to what, and what is said of it; lines are those of the entry.
const WRONG_ENTRIES: [(&str, &str, &str); 13] = [
    (
        "group = 'b'",
        "group = 'z'",
        ":2:9: change.1.group: found 'z'; accepted: the letter of a group, a to b",
    ),
    (
        "seed = 3",
        "seed = 5",
        ":3:8: change.1.seed: found 5; accepted: a seed of the runs, 3 to 4",
    ),
    (
        "step = 4",
        "step = -4",
        ":4:8: change.1.step: found -4; accepted: the updates made before, a whole number",
    ),
    (
        "step = 4\n",
        "",
        "change.1.step: is missing; accepted: the updates made before, a whole number",
    ),
    (
        "rate = 0.1",
        "rate = 1.5",
        ":5:8: change.1.rate: found 1.5; accepted: a number from 0 to 1",
    ),
    (
        "rate = 0.1",
        "mask = 'both'",
        ":5:8: change.1.mask: found 'both'; accepted: batch, sample, or as a noise_shape ROWS,UNITS",
    ),
    (
        "rate = 0.1",
        "",
        "change.1.rate: is missing; accepted: one of rate, input_rate, mask, noise_shape and hold",
    ),
    (
        "rate = 0.1",
        "hold = 'all'",
        ":5:8: change.1.hold: found 'all'; accepted: the step whose mask is held, a whole number, or none",
    ),
    (
        "rate = 0.1",
        "hold = 3\nwithout = '1:7'",
        ":6:11: change.1.without: found '1:7'; accepted: units as LAYER.UNIT",
    ),
    (
        "rate = 0.1",
        "hold = 'none'\nwithout = '1.7'",
        ":6:11: change.1.without: found '1.7'; accepted: only beside a step in hold",
    ),
    (
        "rate = 0.1",
        "rate = 0.1\nwithout = '1.7'",
        ":6:11: change.1.without: found '1.7'; accepted: only beside hold",
    ),
    (
        "rate = 0.1",
        "rat = 0.1",
        ":5:1: change.1.rat: unknown; accepted: group, seed, step, rate,",
    ),
    (
        "rate = 0.1",
        "rate = 0.1\ninput_rate = 0.1",
        "change: found rate and input_rate; accepted: one of the two",
    ),
];

#[test]
fn a_wrong_entry_is_named_with_its_place_and_what_it_accepts() {
    let entry = "[[change]]\ngroup = 'b'\nseed = 3\nstep = 4\nrate = 0.1\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    let head = "[data]\nspec = 'moons'\n[dropout]\nrates = [0, 0.5]\n[run]\nseed = 3\nseeds = 2\n";
    let n_lines = head.lines().count();
    for (from, to, expected) in WRONG_ENTRIES {
        let text = format!("{}{}", head, entry.replace(from, to));
        std::fs::write(&path, text).unwrap();
        let sources = Sources {
            file: Some(path.clone()),
            ..Sources::default()
        };
        let problems = config::load(&sources, Face::Lab).unwrap_err().to_string();
        let expected = match expected
            .strip_prefix(':')
            .and_then(|rest| rest.split_once(':'))
        {
            Some((line, rest)) => format!(":{}:{rest}", line.parse::<usize>().unwrap() + n_lines),
            None => expected.to_owned(),
        };
        assert!(problems.contains(&expected), "{expected} in {problems}");
    }
}

/// Saves a lab, trains what `command.txt` says with the program itself, and looks for every line of the curves in its results.
#[cfg(all(feature = "tui", unix))]
fn assert_command_repeats(settings: &Settings, lab: &LabSnapshot) -> String {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a lab's folder");
    let save = dropscope::cli::save::of(settings, &split(settings));
    let words = save(&folder, lab);
    let file = folder.join("experiment.toml");
    let expected = format!(
        "saved; to begin it again: dropscope --config {}",
        file.display()
    );
    assert_eq!(words, expected);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let command = read("command.txt");
    let script = command.replace("dropscope train", "exec \"$0\" train --out again");
    let output = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_dropscope")])
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path().join(".config"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}{output:?}");
    let again = std::fs::read_to_string(home.path().join("again/metrics.csv")).unwrap();
    // Groups are lettered anew where some were removed, and a row says the rate that its run has now.
    let numbers = |text: &str| -> Vec<String> {
        let lines = text.lines().skip(1);
        lines
            .map(|line| line[line.find(',').unwrap()..].to_owned())
            .collect()
    };
    let (saved, again) = (numbers(&read("metrics.csv")), numbers(&again));
    assert!(
        saved.len() > 8 && saved.iter().all(|line| again.contains(line)),
        "{command}"
    );
    assert!(read("summary.json").contains("data_fingerprint"));
    let refused = save(&folder, lab);
    assert_eq!(
        refused,
        format!(
            "not saved: {} is not empty; accepted: a new or empty folder",
            folder.display()
        )
    );
    command
}

#[cfg(all(feature = "tui", unix))]
#[test]
fn a_saved_lab_has_its_curves_and_the_command_that_makes_them_again() {
    let settings = moons(&[]);
    let mut commands = Vec::new();
    for is_changed in [false, true] {
        let lab = after(&settings, |lab| {
            until(lab, "it trains", |lab| lab.epoch() > 1.0);
            lab.send(Command::Add(GroupPlan::of_rate(rate(0.3))));
            lab.send(Command::AddSeed);
            until(lab, "the new runs train", |lab| {
                lab.n_seeds() == 3 && lab.epoch() > 2.0
            });
            if is_changed {
                change(lab, 0, |lab| Command::SetRate {
                    group: lab.groups[0].id,
                    rate: rate(0.15),
                });
            }
        });
        commands.push(assert_command_repeats(&settings, &lab));
    }
    let start = "dropscope train --data moons --train 80 --test 40 --hidden 8,8 --rates 0,0.5,0.3 --epochs ";
    assert!(commands[0].starts_with(start), "{}", commands[0]);
    let start = "# No flags say it: rates or masks were changed while runs trained, at steps of each run's own.\ndropscope train --config '/";
    assert!(commands[1].starts_with(start), "{}", commands[1]);
}
