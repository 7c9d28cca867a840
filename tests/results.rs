//! Results of a training without a terminal are not lost: not to signals, not to a full disk, not to a reader that is gone,
//! not to another training.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_dropscope");

/// A training of no time.
const SHORT: &str = "train --hidden 4 --rates 0,.5 --seeds 2 --epochs 2";

/// One that goes on until somebody ends it.
const ENDLESS: &str = "train --hidden 4 --rates 0,.5 --seeds 2 --seconds 600 --out out";

/// A command of the shell in which `$0` is the program, in a home of its own.
fn shell(home: &Path, script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, PROGRAM]);
    command.current_dir(home).env("HOME", home);
    command.env("XDG_CONFIG_HOME", home.join(".config"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(home: &Path, script: &str) -> Output {
    shell(home, script).output().unwrap()
}

/// Looks again and again until `is_so`, or for so long that it never will be.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that waits in vain must end"
)]
fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_mins(1), "never: {what}");
        std::thread::yield_now();
    }
}

/// An endless training that has begun: it listens to signals before it makes its folder.
fn begun(home: &Path, before: &str) -> Child {
    let child = shell(home, &format!("{before} exec \"$0\" {ENDLESS}"))
        .spawn()
        .unwrap();
    await_that("the folder is there", || home.join("out").exists());
    child
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn summary(home: &Path) -> Json {
    serde_json::from_str(&fs::read_to_string(home.join("out/summary.json")).unwrap()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a training writes to a terminal of so many columns, its results left out.
fn drawn(home: &Path, n_columns: u16) -> String {
    let size = PtySize {
        rows: 24,
        cols: n_columns,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new("sh");
    command.args([
        "-c",
        "exec \"$0\" train --seconds 0.5 --seeds 1 >results",
        PROGRAM,
    ]);
    command.cwd(home);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut bytes = Vec::new();
    // The end of a terminal is an error on some systems.
    let _ = pair
        .master
        .try_clone_reader()
        .unwrap()
        .read_to_end(&mut bytes);
    child.wait().unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The files of results that are there, and whatever else is.
fn files(home: &Path) -> Vec<String> {
    let files = fs::read_dir(home.join("out")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const ALL: [&str; 3] = ["experiment.toml", "metrics.csv", "summary.json"];

#[test]
fn a_signal_cuts_a_training_short_and_what_was_measured_is_written_and_printed() {
    for (signal, name, code) in [
        (Signal::TERM, "SIGTERM", 143),
        (Signal::HUP, "SIGHUP", 129),
        (Signal::INT, "SIGINT", 130),
        (Signal::USR1, "SIGUSR1", 138),
        (Signal::XCPU, "SIGXCPU", 152),
    ] {
        let home = tempfile::tempdir().unwrap();
        let child = begun(home.path(), "");
        send(&child, signal);
        // As `timeout` does: to the program and to its group.
        send(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
        assert_eq!(files(home.path()), ALL, "{name}");
        let summary = summary(home.path());
        assert_eq!(summary["interrupted"], name);
        let runs = summary["runs"].as_array().unwrap();
        assert!(runs.len() == 4 && runs.iter().all(|run| run["status"] == "interrupted"));
        let table = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(table.contains(&format!("cut short by {name}")), "{table}");
        assert_eq!(stderr(&output), format!("error: cut short by {name}\n"));
    }
}

#[test]
fn a_signal_that_whoever_started_the_training_ignores_does_not_end_it() {
    let home = tempfile::tempdir().unwrap();
    let child = begun(home.path(), "trap '' HUP;");
    send(&child, Signal::HUP);
    send(&child, Signal::TERM);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    assert_eq!(summary(home.path())["interrupted"], "SIGTERM");
}

#[test]
fn a_killed_training_leaves_nothing_that_makes_the_next_refuse_its_folder() {
    let home = tempfile::tempdir().unwrap();
    let mut child = begun(home.path(), "");
    child.kill().unwrap();
    child.wait().unwrap();
    let next = output(home.path(), &format!("exec \"$0\" {SHORT} --out out"));
    assert_eq!(next.status.code(), Some(0), "{next:?}");
    assert_eq!(files(home.path()), ALL);
    assert_eq!(summary(home.path())["interrupted"], Json::Null);
}

#[test]
fn of_two_trainings_into_one_new_folder_the_second_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let start = || shell(home.path(), &format!("exec \"$0\" {ENDLESS} --force")).spawn();
    let mut both = [start().unwrap(), start().unwrap()];
    let mut refused = None;
    await_that("one is refused", || {
        refused = both
            .iter_mut()
            .position(|child| child.try_wait().unwrap().is_some());
        refused.is_some()
    });
    let [first, second] = both;
    let (refused, other) = if refused == Some(0) {
        (first, second)
    } else {
        (second, first)
    };
    let refused = refused.wait_with_output().unwrap();
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    assert!(
        stderr(&refused).starts_with("error: --out: out belongs to a training that is not over"),
        "{refused:?}"
    );
    send(&other, Signal::TERM);
    assert_eq!(other.wait_with_output().unwrap().status.code(), Some(143));
    assert_eq!(files(home.path()), ALL);
}

#[test]
#[cfg(target_os = "linux")]
fn results_are_in_their_files_when_they_cannot_be_printed() {
    for (place, reason) in [(">/dev/full", "No space left on device"), (">&-", "closed")] {
        let home = tempfile::tempdir().unwrap();
        let output = output(
            home.path(),
            &format!("exec \"$0\" {SHORT} --out out {place}"),
        );
        assert_eq!(output.status.code(), Some(1), "{place}: {output:?}");
        let message = stderr(&output);
        assert!(
            message.starts_with("error: standard output: ") && message.contains(reason),
            "{message}"
        );
        assert_eq!(files(home.path()), ALL);
    }
}

#[test]
fn a_disk_that_is_full_for_one_file_gets_the_others_and_the_result_is_printed() {
    let home = tempfile::tempdir().unwrap();
    let long = SHORT.replace("--epochs 2", "--epochs 99 --train 32");
    let output = output(
        home.path(),
        &format!("ulimit -f 16; exec \"$0\" {long} --json --out out"),
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let message = stderr(&output);
    let expected = "error: out/metrics.csv could not be written: File too large";
    assert!(
        message.starts_with(expected) && message.lines().count() == 1,
        "{message}"
    );
    assert_eq!(files(home.path()), ["experiment.toml", "summary.json"]);
    let printed: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, summary(home.path()));
}

#[test]
#[cfg(target_os = "linux")]
fn whatever_cannot_be_printed_is_exit_code_1() {
    let home = tempfile::tempdir().unwrap();
    for command in [
        "--help",
        "--version",
        "train --help",
        "keys",
        "man",
        "completions bash",
        "preset list",
        "data list",
        "data info moons",
        "config path",
        "config show",
    ] {
        for place in [">/dev/full", ">&-"] {
            let output = output(home.path(), &format!("exec \"$0\" {command} {place}"));
            let message = stderr(&output);
            assert_eq!(
                output.status.code(),
                Some(1),
                "{command} {place}: {message}"
            );
            assert!(
                message.starts_with("error: standard output: "),
                "{command} {place}: {message}"
            );
        }
        // Nobody has to listen: that is what whoever closes a pipe or asks for nothing means.
        let null = File::options()
            .read(true)
            .write(true)
            .open("/dev/null")
            .unwrap();
        let quiet = shell(home.path(), &format!("exec \"$0\" {command}"))
            .stdout(null)
            .output();
        assert_eq!(
            quiet.unwrap().status.code(),
            Some(0),
            "{command} into nothing"
        );
    }
}

#[test]
fn the_progress_line_never_wraps_however_narrow_the_terminal_is() {
    let home = tempfile::tempdir().unwrap();
    for n_columns in [8, 30, 80] {
        let text = drawn(home.path(), n_columns);
        assert!(text.contains("[=") && !text.contains('\n'), "{text:?}");
        for line in text
            .split('\r')
            .map(|line| line.trim_start_matches("\u{1b}[2K"))
        {
            assert!(
                line.chars().count() <= usize::from(n_columns),
                "{n_columns}: {line:?}"
            );
        }
    }
}

#[test]
fn results_say_which_program_measured_which_examples_and_with_what() {
    let home = tempfile::tempdir().unwrap();
    let measured = |more: &str| {
        let output = output(
            home.path(),
            &format!("exec \"$0\" {SHORT} --out out --force {more}"),
        );
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        summary(home.path())
    };
    let first = measured("--vectors auto");
    assert_eq!(first["version"], env!("CARGO_PKG_VERSION"));
    assert!(first["vectors"].is_string() && first["vectors"] != "auto");
    assert_eq!(measured("--vectors portable")["vectors"], "portable");
    assert_ne!(
        measured("--seed 8")["data_fingerprint"],
        first["data_fingerprint"]
    );
    assert_eq!(
        measured("--batch 16")["data_fingerprint"],
        first["data_fingerprint"]
    );
    let experiment = fs::read_to_string(home.path().join("out/experiment.toml")).unwrap();
    let fingerprint = first["data_fingerprint"].as_str().unwrap();
    assert!(
        experiment.contains(fingerprint) && experiment.contains("vectors = \"auto\""),
        "{experiment}"
    );
    let again = output(
        home.path(),
        "exec \"$0\" train --config out/experiment.toml --json",
    );
    assert_eq!(again.status.code(), Some(0), "{again:?}");
}

#[test]
fn what_a_diverged_run_would_measure_is_unknown_everywhere() {
    let home = tempfile::tempdir().unwrap();
    let output = output(
        home.path(),
        "exec \"$0\" train --hidden 8,8 --rates .5 --seeds 1 --lr 1e15 --epochs 3 --out out",
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let summary = summary(home.path());
    let run = &summary["runs"][0];
    assert_eq!(run["status"], "diverged");
    let measures = [
        "train_loss",
        "test_loss",
        "train_accuracy",
        "test_accuracy",
        "train_r2",
        "test_r2",
        "weight_norm",
    ];
    for measure in measures {
        assert_eq!(run[measure], Json::Null, "{measure}");
    }
    let table = String::from_utf8(output.stdout).unwrap();
    let cells: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(cells[..7], ["0.5", "–", "–", "–", "–", "–", "–"], "{table}");
    let mut reader = csv::Reader::from_path(home.path().join("out/metrics.csv")).unwrap();
    let head = reader.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(
        head.iter().any(|name| name == "mask") && lines.len() == 2,
        "{head:?} {lines:?}"
    );
    for (line, is_known) in [(&lines[0], true), (&lines[1], false)] {
        for measure in [
            "train_loss",
            "test_loss",
            "train_accuracy",
            "test_accuracy",
            "weight_norm",
        ] {
            let at = head.iter().position(|name| name == measure).unwrap();
            assert_eq!(!line[at].is_empty(), is_known, "{measure}: {line:?}");
        }
    }
}

#[test]
fn a_first_settings_file_that_could_not_be_written_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    let full = output(
        home.path(),
        "trap '' XFSZ; ulimit -f 1; exec \"$0\" config init",
    );
    assert_eq!(full.status.code(), Some(2), "{full:?}");
    assert!(
        stderr(&full).contains("config.toml: cannot be written: "),
        "{full:?}"
    );
    let again = output(
        home.path(),
        "\"$0\" config init && exec \"$0\" config check",
    );
    assert_eq!(again.status.code(), Some(0), "{again:?}");
}

#[test]
fn every_line_of_the_metrics_has_the_columns_of_its_head() {
    let cases = [
        ("--rates 0,.5", "accuracy"),
        ("--rates 0,.5 --mask batch,sample", "accuracy"),
        ("--rates 0,.5 --noise-shape 5,1 --batch 5", "accuracy"),
        ("--data linear --input-rate 0,.2", "r2"),
        ("--rates .5 --lr 1e15", "accuracy"),
        ("--rates 0,.5 --panic-at-step 3", "accuracy"),
    ];
    for (args, score) in cases {
        let home = tempfile::tempdir().unwrap();
        let script = format!("exec \"$0\" train {args} --hidden 4 --seeds 2 --epochs 2 --out out");
        let script = script.replace(
            "linear --input-rate 0,.2 --hidden 4",
            "linear --input-rate 0,.2",
        );
        let told = output(home.path(), &script);
        let mut reader = csv::Reader::from_path(home.path().join("out/metrics.csv")).unwrap();
        let head = reader.headers().unwrap().clone();
        assert_eq!(
            head.iter().collect::<Vec<_>>().join(" "),
            "group rate input_rate mask seed step epoch train_loss test_loss train_accuracy test_accuracy train_r2 test_r2 \
             weight_norm",
        );
        // The reader refuses lines of other lengths; what stands in each column is of its kind.
        let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert!(lines.len() >= 2, "{args}: {told:?}");
        for line in &lines {
            let cell = |name: &str| &line[head.iter().position(|column| column == name).unwrap()];
            let is_number = |name: &str| cell(name).parse::<f64>().is_ok();
            assert!(["a", "b", "c"].contains(&cell("group")), "{args}: {line:?}");
            assert!(
                ["batch", "sample", "(5, 1)"].contains(&cell("mask")),
                "{args}: {line:?}"
            );
            let is_known = is_number("train_loss");
            for name in ["rate", "input_rate", "seed", "step", "epoch"] {
                assert!(is_number(name), "{args}: {name} of {line:?}");
            }
            for name in [
                "test_loss",
                "weight_norm",
                &format!("train_{score}"),
                &format!("test_{score}"),
            ] {
                assert_eq!(is_number(name), is_known, "{args}: {name} of {line:?}");
            }
            let other = if score == "r2" { "accuracy" } else { "r2" };
            assert!(
                cell(&format!("test_{other}")).is_empty(),
                "{args}: {line:?}"
            );
        }
    }
}

#[test]
fn a_regression_says_how_its_values_are_learnt_and_in_which_unit_its_losses_are() {
    let home = tempfile::tempdir().unwrap();
    let script = "exec \"$0\" train --data csv:CASE --hidden '' --seeds 1 --epochs 1 --out out";
    let case = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/tables/targets-in-tens.csv"
    );
    let script = script.replace("CASE", case);
    let told = output(home.path(), &script);
    let table = String::from_utf8(told.stdout).unwrap();
    let said = "values learnt standardised, with mean ";
    assert!(
        table.contains(said) && table.contains("-1 linear; "),
        "{table}"
    );
    let summary = summary(home.path());
    assert_eq!(
        summary["loss_unit"],
        "mean squared error in the values' own units"
    );
    let scale = &summary["values_learnt_as"][0];
    let shown = format!(
        "{said}{} and deviation {} ",
        scale["mean"].as_f64().unwrap() as f32,
        scale["deviation"].as_f64().unwrap() as f32
    );
    assert!(table.contains(&shown), "{shown} in {table}");
    let classes = output(home.path(), &format!("exec \"$0\" {SHORT} --json"));
    let classes: Json = serde_json::from_slice(&classes.stdout).unwrap();
    assert_eq!(
        (&classes["loss_unit"], &classes["values_learnt_as"]),
        (&Json::from("nats"), &Json::Null)
    );
}
