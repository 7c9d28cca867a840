//! The program as it is called: what it prints where, its exit codes, and every way of calling it wrongly.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;

/// The program, out of reach of the settings of whoever runs the tests.
fn dropscope(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("dropscope").unwrap();
    command
        .current_dir(home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("HOME", home)
        .args(args);
    command
}

struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

fn outcome(home: &Path, args: &[&str]) -> Outcome {
    let output = dropscope(home, args).output().unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A training that takes no time.
const SHORT: [&str; 9] = [
    "train", "--hidden", "4", "--rates", "0,.5", "--seeds", "2", "--epochs", "2",
];

fn short<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SHORT[..], more].concat()
}

/// Flags after `train --epochs 1`, each with one mistake, and parts of its message.
const WRONG: &[(&[&str], &[&str])] = &[
    (
        &["--data", "elephants"],
        &["--data (data.spec): ", "elephants"],
    ),
    (&["--data", "csv:none.csv"], &["none.csv"]),
    (
        &["--train", "0"],
        &["--train (data.train): found 0; accepted: a whole number from 1"],
    ),
    (&["--test", "-5"], &["--test (data.test): found -5"]),
    (
        &["--label-noise", "1.5"],
        &["--label-noise (data.label_noise): found 1.5; accepted: a number from 0 to 1"],
    ),
    (&["--hidden", "0"], &["--hidden (network.hidden): found 0"]),
    (
        &["--hidden", "8,x"],
        &["--hidden (network.hidden): found 8,x"],
    ),
    (
        &["--activation", "gelu"],
        &["--activation (network.activation): found gelu; accepted: relu, tanh"],
    ),
    (
        &["--init", "ones"],
        &["--init (network.init): found ones; accepted: he or glorot"],
    ),
    (
        &["--rates", "1.5"],
        &["--rates (dropout.rates): dropout rate must be between 0 and 1, got 1.5"],
    ),
    (
        &["--rates", "-0.5,0"],
        &["--rates (dropout.rates): ", "got -0.5"],
    ),
    (
        &["--rates", ""],
        &["--rates (dropout.rates): found nothing; accepted: a list of 1 to 26 numbers"],
    ),
    (
        &["--input-rate", "2"],
        &["--input-rate (dropout.input_rate): ", "got 2"],
    ),
    (&["--mask", "unit"], &["--mask (dropout.mask): found unit"]),
    (
        &["--noise-shape", "none"],
        &["--noise-shape (dropout.noise_shape): found (none); accepted: two entries"],
    ),
    (
        &["--noise-shape", "0,none"],
        &["--noise-shape (dropout.noise_shape): ", "got 0 at index 0"],
    ),
    (
        &["--noise-shape", "-1,none"],
        &["--noise-shape (dropout.noise_shape): ", "got -1 at index 0"],
    ),
    (
        &["--noise-shape", "5,none"],
        &[
            "--noise-shape (dropout.noise_shape): ",
            "(5, none)",
            "[32, 256]",
        ],
    ),
    (
        &["--mask", "batch", "--noise-shape", "1,1"],
        &["--noise-shape (dropout.noise_shape): excludes --mask"],
    ),
    (
        &["--optimizer", "lion"],
        &["--optimizer (training.optimizer): found lion; accepted: sgd or adam"],
    ),
    (
        &["--lr", "0"],
        &["--lr (training.lr): found 0; accepted: a number from 1e-45 to 3.4e38"],
    ),
    (&["--lr", "nan"], &["--lr (training.lr): found nan"]),
    (
        &["--momentum", "1"],
        &["--momentum (training.momentum): found 1"],
    ),
    (&["--l2", "-1"], &["--l2 (training.l2): found -1"]),
    (
        &["--max-norm", "0"],
        &["--max-norm (training.max_norm): found 0"],
    ),
    (&["--batch", "0"], &["--batch (training.batch): found 0"]),
    (
        &["--batch", "501"],
        &["--batch (training.batch): found 501; accepted: a whole number from 1 to 500"],
    ),
    (
        &["--steps", "5"],
        &["--steps (training.steps): excludes --epochs"],
    ),
    (&["--seed", "-1"], &["--seed (run.seed): found -1"]),
    (
        &["--seeds", "65"],
        &["--seeds (run.seeds): found 65; accepted: a whole number from 1 to 64"],
    ),
    (
        &["--threads", "1025"],
        &["--threads (run.threads): found 1025"],
    ),
    (&["--pace", "0"], &["--pace (run.pace): found 0"]),
    (
        &["--fps", "0"],
        &[
            "--fps (screen.fps): found 0; accepted: a whole number from 1 to 120, or auto: 20, and 8 over ssh",
        ],
    ),
    (
        &["--vectors", "mmx"],
        &["--vectors (engine.vectors): found mmx; accepted: auto"],
    ),
    (
        &["--thinned", "never"],
        &["--thinned (engine.thinned): found never; accepted: auto"],
    ),
    (
        &["--glyphs", "emoji"],
        &["--glyphs (screen.glyphs): found emoji"],
    ),
    (&["--color", "8"], &["--color (screen.color): found 8"]),
    (&["--preset", "nope"], &["--preset (preset): found nope"]),
    (
        &["--set", "training.lr=fast"],
        &["--set training.lr: found fast"],
    ),
    (
        &["--set", "training.rl=1"],
        &["--set training.rl: unknown setting"],
    ),
    (
        &["--set", "lr"],
        &["--set: found lr; accepted: SETTING=VALUE"],
    ),
    (&["--config", "none.toml"], &["none.toml: cannot be read"]),
    (&["--speed", "3"], &["--speed"]),
    (&["--lr"], &["--lr"]),
    (&["elephants"], &["elephants"]),
];

#[test]
fn a_mistake_is_one_message_on_standard_error_and_nothing_is_started() {
    let home = tempfile::tempdir().unwrap();
    for (flags, expected) in WRONG {
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome(home.path(), &[&["train", "--epochs", "1"], *flags].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{flags:?}: {stderr}");
        for part in *expected {
            assert!(
                stderr.contains(part),
                "{flags:?} should say {part}: {stderr}"
            );
        }
        let n_messages = stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .count();
        assert_eq!(n_messages, 1, "{flags:?}: {stderr}");
        assert!(
            files(home.path()).is_empty(),
            "{flags:?} left {:?}",
            files(home.path())
        );
    }
}

#[test]
fn several_mistakes_are_several_messages() {
    let home = tempfile::tempdir().unwrap();
    let flags = [
        "train",
        "--lr",
        "-1",
        "--batch",
        "0",
        "--rates",
        "2,3",
        "--set",
        "run.sed=1",
        "--seconds",
        "x",
    ];
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome(home.path(), &flags);
    assert_eq!((code, stdout.as_str()), (2, ""));
    let expected = [
        "error: --set run.sed: unknown setting; did you mean run.seed?",
        "error: --rates (dropout.rates): dropout rate must be between 0 and 1, got 2",
        "error: --rates (dropout.rates): dropout rate must be between 0 and 1, got 3",
        "error: --batch (training.batch): found 0; accepted: a whole number from 1 to the number of training examples",
        "error: --seconds (training.seconds): found x; accepted: a finite number above 0, or none",
        "error: --lr (training.lr): found -1; accepted: a number from 1e-45 to 3.4e38",
    ];
    let mut lines: Vec<&str> = stderr.lines().collect();
    let mut expected = expected.to_vec();
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn a_wrong_file_is_named_with_line_and_column() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("a.toml"),
        "[training]\nlr = 0\n[run]\nseed = true\n",
    )
    .unwrap();
    for args in [
        &["train", "--config", "a.toml"][..],
        &["config", "check", "a.toml"],
        &["--config", "a.toml"],
    ] {
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome(home.path(), args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        let lines: Vec<&str> = stderr.lines().take(2).collect();
        let expected = [
            "error: a.toml:2:6: training.lr: found 0; accepted: a number from 1e-45 to 3.4e38",
            "error: a.toml:4:8: run.seed: found true; accepted: a whole number from 0 to 9223372036854775807",
        ];
        assert_eq!(lines, expected, "{args:?}");
    }
}

#[test]
fn training_without_a_limit_names_the_three_limits() {
    let home = tempfile::tempdir().unwrap();
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome(home.path(), &["train"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains("--epochs N, --steps N and --seconds N"),
        "{stderr}"
    );
}

#[test]
fn training_prints_a_plain_table() {
    let home = tempfile::tempdir().unwrap();
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome(home.path(), &short(&[]));
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        stdout.contains("norm/initial") && !stdout.contains('\u{1b}'),
        "{stdout}"
    );
    let rates: Vec<&str> = stdout
        .lines()
        .skip(3)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(rates, ["0", "0.5"], "{stdout}");
    assert!(files(home.path()).is_empty());
}

#[test]
fn training_prints_one_json_object() {
    let home = tempfile::tempdir().unwrap();
    let Outcome { code, stdout, .. } = outcome(home.path(), &short(&["--json"]));
    let summary: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, summary["runs"].as_array().unwrap().len()), (0, 4));
    assert_eq!(summary["experiment"]["run"]["seed"], 7);
    let run = &summary["runs"][3];
    assert_eq!(
        (&run["rate"], &run["seed"], &run["mask"]),
        (&0.5.into(), &8.into(), &"batch".into())
    );
    let shaped = outcome(home.path(), &short(&["--json", "--noise-shape", "none,1"])).stdout;
    assert!(shaped.contains(r#""mask":"(none, 1)""#), "{shaped}");
}

/// The program with so many kilobytes of address space.
#[cfg(target_os = "linux")]
fn outcome_within(home: &Path, kilobytes: u64, args: &[&str]) -> Outcome {
    let output = Command::new("sh")
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .args(["-c", &format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_dropscope"))
        .args(args)
        .output()
        .unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_there_is_no_memory_for_is_refused_with_both_numbers_before_a_folder_is_made() {
    let home = tempfile::tempdir().unwrap();
    let wide = ["16384"; 16].join(",");
    let rates: Vec<String> = (0..26)
        .map(|k| format!("{}", f64::from(k) / 50.0))
        .collect();
    for more in [
        &["--hidden", &wide][..],
        &["--rates", &rates.join(","), "--seeds", "64"],
    ] {
        let args = [&["train", "--epochs", "1000", "--out", "results"][..], more].concat();
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome_within(home.path(), 4_000_000, &args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        for part in [
            "error: memory: ",
            " runs need ",
            "(ulimit -v)",
            "accepted: ",
        ] {
            assert!(stderr.contains(part), "{part} in {stderr}");
        }
        assert!(files(home.path()).is_empty());
    }
    let fits = outcome_within(home.path(), 4_000_000, &SHORT);
    assert_eq!(fits.code, 0, "{}", fits.stderr);
}

#[test]
fn a_dry_run_says_what_would_be_trained_and_trains_nothing() {
    let home = tempfile::tempdir().unwrap();
    let args = short(&["--dry-run", "--out", "results"]);
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome(home.path(), &args);
    assert_eq!((code, stderr.as_str()), (0, ""));
    for part in [
        "4: 2 rates x 2 seeds",
        "64-4-10",
        "310 each",
        "2 epochs",
        " each run, ",
    ] {
        assert!(stdout.contains(part), "{part} in {stdout}");
    }
    assert!(files(home.path()).is_empty());
}

/// A benchmark that is over soon.
const SMALL_BENCH: [&str; 5] = ["bench", "--net", "6-8-8-3", "--batch", "4"];

/// What a short benchmark of small networks prints.
fn small_bench(secs: &str, more: &[&str]) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let args = [&SMALL_BENCH, &["--seconds", secs][..], more].concat();
    outcome(home.path(), &args)
}

fn small_bench_json(secs: &str, more: &[&str]) -> serde_json::Value {
    let more = [&["--json"], more].concat();
    let Outcome { code, stdout, .. } = small_bench(secs, &more);
    assert_eq!((code, stdout.lines().count()), (0, 1), "{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn a_benchmark_prints_what_it_measured() {
    for mask in ["sample", "batch"] {
        let more = ["--mask", mask, "--rates", "0,0.5", "--threads", "2"];
        let figures = small_bench_json("0.1", &more);
        for name in [
            "samples_per_s",
            "flops_per_s",
            "peak_flops_per_s",
            "mask_ns_per_element",
        ] {
            assert!(figures[name].as_f64().unwrap() > 0.0, "{name} in {figures}");
        }
        assert_eq!(figures["allocations_per_step"], 0.0);
        assert_eq!(
            (&figures["threads"], &figures["net"]),
            (&2.into(), &"6-8-8-3".into())
        );
        assert!(figures.get("several_runs").is_none(), "{figures}");
    }
    let Outcome { code, stdout, .. } = small_bench("0.1", &[]);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("of the machine's peak") && stdout.contains("12 runs"),
        "{stdout}"
    );
}

#[test]
fn a_whole_benchmark_prints_what_thinning_and_being_watched_cost() {
    // Long enough for a first reading of the networks that are watched.
    let more = ["--full", "--thinned", "masked", "--vectors", "portable"];
    let figures = small_bench_json("2", &more);
    assert_eq!(figures["vectors"], "portable");
    let against = figures["per_batch_against_per_sample"].as_array();
    assert_eq!(against.unwrap().len(), 4);
    assert!(figures["watched_share"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_benchmark_says_before_it_begins_how_long_all_its_networks_take() {
    let home = tempfile::tempdir().unwrap();
    let told = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dropscope"));
        let streams = (Stdio::null(), Stdio::piped());
        let mut child = command
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .args(args)
            .stdout(streams.0)
            .stderr(streams.1)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        lines.read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        line
    };
    assert_eq!(told(&["bench"]), "this takes about 30 seconds\n");
    let asked = ["bench", "--seconds", "12"];
    assert_eq!(told(&asked), "this takes about 12 seconds\n");
}

#[test]
fn a_benchmark_that_makes_no_sense_is_not_begun() {
    let home = tempfile::tempdir().unwrap();
    for (args, parts) in [
        (
            &["bench", "--net", "784"][..],
            &["--net", "784-256-256-10"][..],
        ),
        (&["bench", "--net", "784-0-10"], &["--net"]),
        (
            &["bench", "--rates", "2"],
            &["--rates (dropout.rates): ", "got 2"],
        ),
        (&["bench", "--steps", "5"], &["--seconds"]),
        (
            &["bench", "--seconds", "2"],
            &[
                "--seconds (training.seconds): found 2; accepted here: at least 3, for 3 networks, or --net",
            ],
        ),
        (&["bench", "--full"], &["--json"]),
        (&["bench", "--hidden", "8"], &["--hidden: ", "--net"]),
        (
            &["bench", "--net", "8-8-2", "--noise-shape", "5,none"],
            &["(5, none)"],
        ),
    ] {
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome(home.path(), args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        for part in parts {
            assert!(stderr.contains(part), "{args:?}: {part} in {stderr}");
        }
    }
}

#[test]
fn a_benchmark_of_a_run_that_diverges_has_no_figures() {
    let home = tempfile::tempdir().unwrap();
    let args = [&SMALL_BENCH[..], &["--seconds", "0.1", "--lr", "1e20"]].concat();
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome(home.path(), &args);
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(
        stderr.contains("training.lr: a run at rate 0.5 diverged"),
        "{stderr}"
    );
}

#[test]
fn vectors_that_the_machine_does_not_have_are_refused_and_others_give_the_same_results() {
    let home = tempfile::tempdir().unwrap();
    let losses = |vectors: &str| -> Option<Vec<f64>> {
        let args = [
            "train",
            "--steps",
            "40",
            "--seeds",
            "1",
            "--json",
            "--vectors",
            vectors,
        ];
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome(home.path(), &args);
        if code == 2 {
            assert!(
                stderr.contains("accepted here: auto, or at most "),
                "{stderr}"
            );
            return None;
        }
        let summary: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let runs = summary["runs"].as_array().unwrap();
        Some(
            runs.iter()
                .map(|run| run["test_loss"].as_f64().unwrap())
                .collect(),
        )
    };
    let portable = losses("portable").expect("every machine has those");
    for vectors in ["avx2", "avx512", "auto"] {
        for (one, other) in losses(vectors).iter().flatten().zip(&portable) {
            assert!(
                (one - other).abs() < 1e-5 * other,
                "{vectors}: {one} and {other}"
            );
        }
    }
}

#[test]
fn a_run_that_diverges_is_exit_code_1_and_its_numbers_are_null() {
    let home = tempfile::tempdir().unwrap();
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome(home.path(), &short(&["--json", "--lr", "3e38"]));
    let summary: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, &summary["runs"][0]["status"]),
        (1, &"diverged".into()),
        "{stdout}"
    );
    assert!(
        stderr.contains("error: rate 0, seed 7: diverged at step "),
        "{stderr}"
    );
}

#[test]
fn a_folder_is_filled_once_and_repeats_its_experiment() {
    let home = tempfile::tempdir().unwrap();
    let first = outcome(
        home.path(),
        &short(&["--json", "--out", "new/er", "--lr", ".02"]),
    );
    assert_eq!(first.code, 0, "{}", first.stderr);
    let folder = home.path().join("new/er");
    assert_eq!(
        files(&folder),
        ["experiment.toml", "metrics.csv", "summary.json"]
    );
    assert_eq!(
        std::fs::read_to_string(folder.join("summary.json")).unwrap(),
        first.stdout
    );
    let metrics = std::fs::read_to_string(folder.join("metrics.csv")).unwrap();
    assert!(
        metrics.starts_with("group,rate,input_rate,mask,seed,step,epoch,train_loss,test_loss,"),
        "{metrics}"
    );
    assert!(metrics.lines().count() > 4, "{metrics}");

    let again = outcome(
        home.path(),
        &["train", "--json", "--config", "new/er/experiment.toml"],
    );
    let experiment =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["experiment"].clone();
    assert_eq!(experiment(&again.stdout), experiment(&first.stdout));

    let refused = outcome(home.path(), &short(&["--out", "new/er"]));
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.contains("new/er is not empty") && refused.stderr.contains("--force"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        outcome(home.path(), &short(&["--out", "new/er", "--force"])).code,
        0
    );
}

#[test]
fn a_folder_that_cannot_be_used_is_exit_code_2() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "").unwrap();
    for out in ["file", "file/deeper"] {
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome(home.path(), &short(&["--out", out]));
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains(&format!("--out: {out}")), "{stderr}");
    }
    assert_eq!(
        outcome(home.path(), &short(&["--force"])).code,
        2,
        "--force needs --out"
    );
}

#[test]
fn presets_are_listed_shown_and_run() {
    let home = tempfile::tempdir().unwrap();
    assert!(
        outcome(home.path(), &["preset", "list"])
            .stdout
            .starts_with("rescue ")
    );
    assert!(
        outcome(home.path(), &["preset", "show", "rescue"])
            .stdout
            .contains("claim = ")
    );
    for args in [
        &["preset", "show", "nope"][..],
        &["preset", "run", "nope", "--epochs", "1"],
    ] {
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome(home.path(), args);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains("found nope; accepted: "), "{stderr}");
    }
    let args = [&["preset", "run", "rescue"], &SHORT[1..]].concat();
    assert_eq!(outcome(home.path(), &args).code, 0);
}

/// A home whose library has these files.
fn home_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(".config/dropscope").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    home
}

#[test]
fn presets_and_themes_of_the_user_are_listed_used_and_override_built_in_ones() {
    let small = "title = \"two moons, my way\"\n[data]\nspec = \"csv:moons.csv\"\n[network]\nhidden = [3]\n\
                 [dropout]\nrates = [0.25]\n[run]\nseeds = 1\n";
    let home = home_with(&[
        ("presets/small.toml", small),
        (
            "presets/rescue.toml",
            "[network]\nhidden = [5]\n[run]\nseeds = 1\n",
        ),
        (
            "presets/moons.csv",
            "0,1,0\n1,0,1\n2,1,0\n3,0,1\n4,1,0\n5,0,1\n",
        ),
        ("themes/sea.toml", "base = \"dark\"\ntext = \"#ffffff\"\n"),
    ]);
    let stdout = |args: &[&str]| {
        let outcome = outcome(home.path(), args);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{args:?}");
        outcome.stdout
    };
    let presets = stdout(&["preset", "list"]);
    assert!(
        presets.contains("small   two moons, my way; yours: /"),
        "{presets}"
    );
    assert!(
        presets.contains("rescue  yours, instead of the built-in one: /"),
        "{presets}"
    );
    assert_eq!(stdout(&["preset", "show", "small"]), small);
    let themes = stdout(&["theme", "list"]);
    assert!(themes.contains("\nsea            yours: /"), "{themes}");
    assert_eq!(
        stdout(&["theme", "show", "dark"]),
        include_str!("../assets/themes/dark.toml")
    );
    stdout(&["config", "check"]);
    let plan = stdout(&["train", "--preset", "small", "--epochs", "1", "--dry-run"]);
    assert!(
        plan.contains("2-3-2") && plan.contains("moons.csv"),
        "{plan}"
    );
    let plan = stdout(&["train", "--epochs", "1", "--dry-run"]);
    assert!(plan.contains("64-5-10"), "{plan}");
    // What is repeated does not need the file.
    let repeated = stdout(&["config", "show", "--theme", "sea"]);
    assert!(repeated.contains("theme = \"sea\""), "{repeated}");
}

#[test]
fn results_of_a_preset_of_the_user_repeat_without_it() {
    let home = home_with(&[(
        "presets/small.toml",
        "[data]\nspec = \"moons\"\n[network]\nhidden = [3]\n[run]\nseeds = 1\n",
    )]);
    let out = home.path().join("results");
    let train = [
        "train",
        "--preset",
        "small",
        "--epochs",
        "1",
        "--out",
        out.to_str().unwrap(),
    ];
    assert_eq!(outcome(home.path(), &train).code, 0);
    let elsewhere = tempfile::tempdir().unwrap();
    let file = out.join("experiment.toml");
    let again = ["train", "--config", file.to_str().unwrap(), "--json"];
    let again = outcome(elsewhere.path(), &again);
    assert_eq!(
        (again.code, again.stderr.contains("error")),
        (0, false),
        "{}",
        again.stderr
    );
}

#[test]
fn everything_wrong_in_the_files_of_the_library_is_named_at_once() {
    let home = home_with(&[
        ("presets/odd.toml", "[training]\nlrr = 1\nmomentumm = 2\n"),
        ("themes/sea.toml", "base = \"dark\"\ntext = \"white\"\n"),
        (
            "config.toml",
            "[screen]\ntheme = \"see\"\n[keys]\nfly = \"f\"\n",
        ),
    ]);
    let places = |args: &[&str]| {
        let Outcome { code, stderr, .. } = outcome(home.path(), args);
        let lines = stderr.lines();
        let place = |line: &str| line.split("dropscope/").nth(1).unwrap_or(line).to_owned();
        (code, lines.map(place).collect::<Vec<_>>())
    };
    let (code, lines) = places(&["config", "check"]);
    assert_eq!((code, lines.len()), (2, 5), "{lines:?}");
    for start in [
        "config.toml:2:9: screen.theme: found see; accepted: auto, dark, light, high-contrast, mono",
        "config.toml:4:7: keys.fly: ",
        "themes/sea.toml:2:8: text: found \"white\"; accepted: a colour, such as \"#78c8dc\"",
        "presets/odd.toml:2:1: training.lrr: unknown setting; did you mean training.lr?",
        "presets/odd.toml:3:1: training.momentumm: ",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "{start}: {lines:?}"
        );
    }
    // A preset that is not chosen stops nothing, one that is chosen is named together with the command line.
    let (code, _) = places(&["train", "--epochs", "1", "--dry-run"]);
    assert_eq!(code, 0);
    let (code, lines) = places(&["train", "--preset", "odd", "--epochs", "1", "--lr=-1"]);
    assert_eq!((code, lines.len()), (2, 3), "{lines:?}");
}

#[test]
fn data_are_listed_and_described() {
    let home = tempfile::tempdir().unwrap();
    assert!(
        outcome(home.path(), &["data", "list"])
            .stdout
            .contains("digits ")
    );
    let digits = outcome(home.path(), &["data", "info", "digits"]).stdout;
    assert!(
        digits.contains("64 (8 x 8)") && digits.contains("10 classes"),
        "{digits}"
    );
    for spec in ["elephants", "csv:none.csv"] {
        let Outcome {
            code,
            stdout,
            stderr,
        } = outcome(home.path(), &["data", "info", spec]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(spec.trim_start_matches("csv:")), "{stderr}");
    }
}

#[test]
fn the_settings_file_is_written_once_and_read_from_its_place() {
    let home = tempfile::tempdir().unwrap();
    let path = outcome(home.path(), &["config", "path"]).stdout;
    assert!(
        files(home.path()).is_empty(),
        "asking for the path makes nothing"
    );
    assert_eq!(outcome(home.path(), &["config", "init"]).stdout, path);
    let again = outcome(home.path(), &["config", "init"]);
    assert_eq!((again.code, again.stdout.as_str()), (2, ""));
    assert!(
        again.stderr.contains("config.toml: exists already"),
        "{}",
        again.stderr
    );
    assert_eq!(outcome(home.path(), &["config", "check"]).code, 0);
    std::fs::write(path.trim_end(), "[run]\nseed = 99\n").unwrap();
    let shown = outcome(home.path(), &["config", "show", "--seeds", "5"]).stdout;
    assert!(
        shown.contains("seed = 99\n") && shown.contains("seeds = 5\n"),
        "{shown}"
    );
    std::fs::write(home.path().join("shown.toml"), &shown).unwrap();
    assert_eq!(
        outcome(home.path(), &["config", "show", "--config", "shown.toml"]).stdout,
        shown
    );
}

#[test]
fn help_names_every_setting_with_its_default() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["--help"][..], &["train", "--help"]] {
        let Outcome { code, stdout, .. } = outcome(home.path(), args);
        let words = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, 0);
        for entry in dropscope::config::manual::entries() {
            let default = entry
                .default
                .trim_matches(['"', '[', ']'])
                .replace(", ", ",");
            let expected = format!("{}; {} [default: {default}]", entry.meaning, entry.accepted);
            assert!(
                entry.setting == "screen.mouse" || words.contains(&expected),
                "{expected}"
            );
        }
    }
}

#[test]
fn scripts_and_pages_are_generated() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            outcome(home.path(), &["completions", shell])
                .stdout
                .contains("label-noise"),
            "{shell}"
        );
    }
    let page = outcome(home.path(), &["man"]).stdout;
    assert!(
        page.contains(".TH dropscope") && page.contains("momentum"),
        "{page}"
    );
    assert!(!outcome(home.path(), &["keys"]).stdout.is_empty());
}

#[test]
fn the_lab_without_a_terminal_names_the_other_face() {
    let home = tempfile::tempdir().unwrap();
    let Outcome {
        code,
        stdout,
        stderr,
    } = outcome(home.path(), &[]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("dropscope train"), "{stderr}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_printed_is_exit_code_1() {
    let home = tempfile::tempdir().unwrap();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let program = assert_cmd::cargo::cargo_bin("dropscope");
    let output = std::process::Command::new(program)
        .current_dir(home.path())
        .args(["preset", "list"])
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("error: standard output: "), "{stderr}");
}
