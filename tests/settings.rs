//! Settings from all four layers: what loads to what, and every way in which it can be wrong.

use std::path::PathBuf;

use dropscope::config::{self, Face, Given, Problems, Settings, Sources, manual};
use dropscope::lab::{Experiment, GroupPlan, Limit, Pace};
use dropscope::nn::{DropRate, NoiseShape};
use dropscope::train::Method;

fn from_file(text: &str) -> Result<Settings, Problems> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, text).unwrap();
    config::load(
        &Sources {
            file: Some(path),
            ..Sources::default()
        },
        Face::Lab,
    )
}

fn from_sets(sets: &[&str]) -> Result<Settings, Problems> {
    // An empty file keeps the settings of whoever runs the tests out.
    let file = Some(empty_file());
    config::load(
        &Sources {
            file,
            sets: sets.iter().map(ToString::to_string).collect(),
            ..Sources::default()
        },
        Face::Lab,
    )
}

fn empty_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/empty.toml")
}

/// The lines of the problems, without the folder of the file.
fn lines(result: Result<Settings, Problems>) -> Vec<String> {
    let Problems(problems) = result.expect_err("must be refused");
    let line = |problem: &config::Problem| {
        let line = problem.to_string();
        line.find("a.toml:")
            .map_or(line.clone(), |at| line[at..].to_owned())
    };
    problems.iter().map(line).collect()
}

#[test]
fn without_any_word_of_the_user_it_is_the_rescue_experiment() {
    let settings = from_sets(&[]).unwrap();
    let experiment = settings.experiment;
    assert_eq!(
        (
            experiment.preset.as_deref(),
            experiment.data.spec.to_string().as_str()
        ),
        (Some("rescue"), "digits")
    );
    let split = experiment.data.split;
    assert_eq!(
        (split.n_train, split.n_test, split.label_noise),
        (Some(500), Some(797), 0.3)
    );
    assert_eq!(experiment.network.hidden, [256, 256]);
    assert_eq!(
        experiment
            .groups
            .iter()
            .map(|group| group.noise.hidden_rate.value())
            .collect::<Vec<_>>(),
        [0.0, 0.2, 0.5, 0.7]
    );
    assert_eq!(
        experiment.first_group().noise.noise_shape,
        NoiseShape::per_batch()
    );
    assert_eq!(experiment.optimizer.method, Method::Sgd { momentum: 0.9 });
    assert_eq!(
        (experiment.optimizer.learning_rate, experiment.batch_size),
        (0.01, 32)
    );
    assert_eq!(
        (experiment.seed, experiment.n_seeds, experiment.limit),
        (7, 5, None)
    );
    assert_eq!(experiment.decide_at, [150]);
    assert_eq!(experiment.pace, Pace::EpochsPerSec(5.0));
    assert!(experiment.n_threads >= 1);
}

#[test]
fn the_default_preset_is_what_the_defaults_say() {
    let defaults: toml::Table = manual::DEFAULTS.parse().unwrap();
    let settings = from_sets(&[]).unwrap();
    for (table, values) in settings.experiment_table() {
        assert_eq!(Some(&values), defaults.get(&table), "{table}");
    }
}

#[test]
fn flags_win_over_the_file_and_the_file_over_the_preset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(
        &path,
        "[run]\nseed = 1\nseeds = 2\n[dropout]\nnoise_shape = \"none,1\"",
    )
    .unwrap();
    let flag = Given {
        flag: Some("--seed".into()),
        setting: "run.seed".into(),
        text: "3".into(),
    };
    let sources = Sources {
        file: Some(path),
        flags: vec![flag],
        sets: vec!["training.steps=9".into()],
        ..Sources::default()
    };
    let experiment = config::load(&sources, Face::Headless).unwrap().experiment;
    assert_eq!(
        (experiment.seed, experiment.n_seeds, experiment.limit),
        (3, 2, Some(Limit::Steps(9)))
    );
    assert_eq!(
        experiment.first_group().noise.noise_shape.to_string(),
        "(none, 1)"
    );
}

#[test]
fn other_data_are_not_asked_for_the_examples_and_the_wrong_labels_of_the_preset() {
    let split = from_sets(&["data.spec=csv:a.csv"])
        .unwrap()
        .experiment
        .data
        .split;
    assert_eq!(
        (split.n_train, split.n_test, split.label_noise),
        (None, None, 0.0)
    );
    let split = from_sets(&["data.spec=moons", "data.label_noise=.1"])
        .unwrap()
        .experiment
        .data
        .split;
    assert_eq!((split.n_train, split.label_noise), (None, 0.1));
    let split = from_sets(&["data.spec=digits"])
        .unwrap()
        .experiment
        .data
        .split;
    assert_eq!((split.n_train, split.label_noise), (Some(500), 0.3));
}

#[test]
fn decisions_are_in_rising_order_and_other_data_have_none_that_were_not_asked_for() {
    let decide_at = |sets: &[&str]| from_sets(sets).unwrap().experiment.decide_at;
    assert_eq!(decide_at(&["run.decide_at=400, 50,150,50"]), [50, 150, 400]);
    assert!(decide_at(&["run.decide_at=none"]).is_empty());
    assert!(decide_at(&["data.spec=moons"]).is_empty());
    assert_eq!(decide_at(&["data.spec=moons", "run.decide_at=[20]"]), [20]);
}

#[test]
fn shown_settings_load_to_the_same_settings() {
    let changed = [
        "dropout.noise_shape=1,1",
        "training.steps=100",
        "training.max_norm=3",
        "network.hidden=",
        "run.pace=full",
        "run.decide_at=20,10",
        "data.spec=moons",
        "screen.color=16",
        "keys.pause=p",
        "training.lr=1e-4",
    ];
    for sets in [&[][..], &changed[..]] {
        let settings = from_sets(sets).unwrap();
        let again = from_file(&settings.to_toml()).unwrap();
        assert_eq!(again.experiment, settings.experiment);
        assert_eq!(
            (&again.screen, &again.keys),
            (&settings.screen, &settings.keys)
        );
        assert_eq!(again.to_toml(), settings.to_toml());
        let experiment = from_file(&settings.experiment_toml()).unwrap().experiment;
        assert_eq!(experiment, settings.experiment);
    }
}

#[test]
fn every_setting_can_be_set_on_the_command_line() {
    let other = |setting: &str| match setting {
        "preset" => "none",
        "data.spec" => "moons",
        "network.hidden" => "8",
        "network.activation" => "tanh",
        "network.init" => "glorot",
        "dropout.rates" => "0.1,.9",
        "dropout.mask" => "sample",
        "dropout.noise_shape" => "none,none",
        "training.optimizer" => "adam",
        "engine.vectors" => "portable",
        "engine.thinned" => "compact",
        "screen.glyphs" => "braille",
        "screen.color" => "256",
        "screen.theme" => "night",
        "screen.mouse" => "false",
        "data.label_noise" | "dropout.input_rate" | "training.momentum" | "training.lr"
        | "training.l2" => "0.25",
        _ => "40",
    };
    let before = from_sets(&[]).unwrap().to_toml();
    for entry in manual::entries() {
        let after = from_sets(&[&format!("{}={}", entry.setting, other(&entry.setting))])
            .unwrap()
            .to_toml();
        assert_ne!(after, before, "{} changes nothing", entry.setting);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_wrong_value_is_refused_with_its_name_what_was_found_and_what_is_accepted() {
    let cases: &[(&str, &[&str])] = &[
        ("preset", &["nope", ""]),
        ("data.spec", &["nope", ""]),
        ("data.train", &["0", "-1", "1.5", "none", "many"]),
        ("data.test", &["0", "none"]),
        ("data.label_noise", &["-0.1", "1.1", "nan", "inf", "a"]),
        ("data.seed", &["-1", "1.5", "none", "99999999999999999999"]),
        (
            "network.hidden",
            &[
                "0",
                "16385",
                "-1",
                "1.5",
                "a",
                "1,,2",
                "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
            ],
        ),
        ("network.activation", &["gelu", "", "1"]),
        ("network.init", &["zero"]),
        ("dropout.rates", &["", "1.5", "-0.1", "nan", "a", "0,,1"]),
        ("dropout.input_rate", &["1.5", "a"]),
        ("dropout.mask", &["none", "auto", "both"]),
        (
            "dropout.noise_shape",
            &[
                "none",
                "0,none",
                "1,-1",
                "1,1.5",
                "1,none,none",
                "a,b",
                "7,none",
                "1,7",
                "",
            ],
        ),
        ("training.optimizer", &["rmsprop", "1"]),
        (
            "training.lr",
            &["0", "-1", "nan", "inf", "1e-300", "1e-46", "3.5e38", "a"],
        ),
        (
            "training.momentum",
            &["1", "0.99999999", "-0.1", "-1e-60", "nan"],
        ),
        ("training.l2", &["-1", "3.5e38", "nan", "inf"]),
        ("training.max_norm", &["0", "1e-46", "-1", "auto", "nan"]),
        (
            "training.batch",
            &["0", "-1", "501", "1.5", "99999999999999999999"],
        ),
        (
            "training.epochs",
            &["0", "-1", "1.5", "auto", "18446744073709551615"],
        ),
        ("training.steps", &["0", "a", "9223372036854775808"]),
        ("training.seconds", &["0", "-1", "inf", "nan"]),
        ("run.seed", &["-1", "1.5", "99999999999999999999"]),
        ("run.seeds", &["0", "65"]),
        (
            "run.decide_at",
            &[
                "",
                "0",
                "-1",
                "50,x",
                "soon",
                "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
            ],
        ),
        ("run.threads", &["-1", "1025", "auto"]),
        ("run.pace", &["0", "-1", "nan", "inf", "slow"]),
        ("run.panic_at_step", &["-1", "1.5", "soon"]),
        ("engine.vectors", &["avx", "1", ""]),
        ("engine.thinned", &["dense", "1", ""]),
        ("screen.glyphs", &["emoji"]),
        ("screen.color", &["8", "red"]),
        ("screen.theme", &[""]),
        ("screen.fps", &["0", "121"]),
        ("screen.mouse", &["maybe", "1"]),
        ("keys.pause", &[""]),
    ];
    for (setting, values) in cases {
        for value in *values {
            let lines = lines(from_sets(&[&format!("{setting}={value}")]));
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(
                lines[0].starts_with(&format!("--set {setting}: ")),
                "{lines:?}"
            );
            assert!(lines[0].len() > setting.len() + 20, "{lines:?}");
        }
    }
    assert_eq!(
        cases.len(),
        manual::entries().len() + 1,
        "every setting has a wrong value, and so have keys"
    );
}

#[test]
fn the_last_value_of_each_range_is_accepted() {
    for set in [
        "data.train=32",
        "data.label_noise=0",
        "data.label_noise=1",
        "network.hidden=16384",
        "network.hidden=",
        "network.hidden=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
        "dropout.rates=0",
        "dropout.rates=1,1",
        "dropout.rates=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
        "dropout.noise_shape=none,256",
        "dropout.noise_shape=1,1",
        "training.lr=1e-45",
        "training.lr=3.4e38",
        "training.momentum=0",
        "training.momentum=0.9999999",
        "training.max_norm=1e-45",
        "training.l2=3.4e38",
        "training.steps=9223372036854775807",
        "training.l2=0",
        "training.batch=1",
        "training.batch=500",
        "training.epochs=1",
        "training.seconds=0.1",
        "run.seed=0",
        "run.seed=9223372036854775807",
        "data.seed=0",
        "data.seed=9223372036854775807",
        "run.seeds=1",
        "run.seeds=64",
        "run.decide_at=none",
        "run.decide_at=1",
        "run.threads=1024",
        "run.pace=full",
        "screen.fps=1",
        "screen.fps=120",
    ] {
        if let Err(problems) = from_sets(&[set]) {
            panic!("{set}: {problems}");
        }
    }
}

#[test]
fn everything_wrong_in_a_file_is_reported_at_once_with_line_and_column() {
    let text = "\
wat = 1
run = 3

[training]
lr = -1
  momentun = 0.9
epochs = 3
steps = 4

[network]
hidden = [0,
  5]

[wrong]
a = 1
[keys]
pause = [1]
";
    let expected = [
        "a.toml:1:1: wat: unknown setting; `dropscope config show` lists all settings",
        "a.toml:2:7: run: found 3; accepted: a table of settings",
        "a.toml:5:6: training.lr: found -1; accepted: a number from 1e-45 to 3.4e38",
        "a.toml:6:3: training.momentun: unknown setting; did you mean training.momentum?",
        "a.toml:8:9: training.steps: excludes training.epochs; accepted: one of the two",
        "a.toml:11:10: network.hidden: found [0, 5]; accepted: a list of at most 16 whole numbers from 1 to 16384",
        "a.toml:14:2: wrong: unknown table; the tables are data, network, dropout, training, run, engine, screen, keys",
        "a.toml:17:9: keys.pause: found [1]; accepted: a key, such as \"p\"",
    ];
    assert_eq!(lines(from_file(text)), expected);
}

#[test]
fn what_is_said_to_be_accepted_is() {
    for (set, expected) in [
        (
            "training.lr=1e-300",
            "found 1e-300; accepted: a number from 1e-45 to 3.4e38",
        ),
        (
            "training.epochs=18446744073709551615",
            "found 18446744073709551615; accepted: a whole number from 1 to 9223372036854775807, or none",
        ),
        (
            "network.hidden=128,,64",
            "found 128,,64 (entry 2 of the list is empty); accepted: a list of at most 16 whole numbers from 1 to 16384",
        ),
        (
            "dropout.rates=0,.5,",
            "found 0,.5, (entry 3 of the list is empty); accepted: a list",
        ),
        (
            "training.seconds=inf",
            "found inf; accepted: a finite number above 0, or none",
        ),
    ] {
        let lines = lines(from_sets(&[set]));
        assert!(lines.len() == 1 && lines[0].contains(expected), "{lines:?}");
    }
}

#[test]
fn a_path_in_a_file_is_relative_to_that_file_and_any_may_begin_at_home() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    let home = etcetera::home_dir().unwrap();
    let from_file = |text: &str| {
        std::fs::write(&path, format!("[data]\nspec = {text:?}")).unwrap();
        let file = Some(path.clone());
        let sources = Sources {
            file,
            ..Sources::default()
        };
        config::load(&sources, Face::Lab).unwrap()
    };
    let data = |settings: &Settings| settings.experiment.data.spec.to_string();
    let (here, home) = (folder.path().display(), home.display());
    for (text, expected) in [
        ("csv:b/c.csv?sep=tab", format!("csv:{here}/b/c.csv?sep=tab")),
        ("csv:/c.csv", "csv:/c.csv".to_owned()),
        ("csv:~/c.csv", format!("csv:{home}/c.csv")),
        ("idx:a,b", format!("idx:{here}/a,{here}/b")),
        ("mnist:m?set=letters", format!("mnist:{here}/m?set=letters")),
        ("moons", "moons".to_owned()),
    ] {
        assert_eq!(data(&from_file(text)), expected);
    }
    for (set, expected) in [
        ("data.spec=csv:~/c.csv", format!("csv:{home}/c.csv")),
        ("data.spec=csv:c.csv", "csv:c.csv".to_owned()),
    ] {
        assert_eq!(data(&from_sets(&[set]).unwrap()), expected);
    }
}

#[test]
fn what_is_written_repeats_the_experiment_from_anywhere() {
    let settings = from_sets(&["data.spec=csv:c.csv"]).unwrap();
    let here = std::env::current_dir().unwrap();
    for text in [settings.experiment_toml(), settings.to_toml()] {
        let again = from_file(&text).unwrap();
        let expected = format!("csv:{}", here.join("c.csv").display());
        assert_eq!(again.experiment.data.spec.to_string(), expected);
    }
}

#[test]
fn missing_data_are_named_together_with_wrong_settings() {
    let text = "[data]\nspec = 'csv:none.csv'\n[training]\nlr = 0\n[network]\nactivation = 'x'";
    let lines = lines(from_file(text));
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("a.toml:2:8: data.spec: "), "{lines:?}");
    assert!(
        lines[0].ends_with("/none.csv: no such file; check the path"),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("a.toml:4:6: training.lr: "),
        "{lines:?}"
    );
}

#[cfg(feature = "tui")]
#[test]
fn wrong_keys_and_themes_are_found_in_their_line_and_column() {
    let text = "[keys]
fly = 'f'
zoom = 'hyper-x'
pause = 'q'

[screen]
theme = 'blue'
";
    let settings = from_file(text).unwrap();
    let problems = Problems(dropscope::tui::check(&settings));
    let lines = lines(Err(problems));
    let expected = [
        "a.toml:2:7: keys.fly: no such action; `dropscope keys` lists them",
        "a.toml:3:8: keys.zoom: `hyper-x` is no key",
        "a.toml:4:9: keys.pause: q is wanted by both `pause` and `quit`; give one of them another key",
        "a.toml:7:9: screen.theme: ",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
}

#[test]
fn every_rate_that_is_none_is_named() {
    let lines = lines(from_file("[dropout]\nrates = [0.5, 1.5, -1]"));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("a.toml:2:9: dropout.rates: ") && lines[0].ends_with("got 1.5"),
        "{lines:?}"
    );
    assert!(lines[1].ends_with("got -1"), "{lines:?}");
}

#[test]
fn a_noise_shape_that_does_not_fit_names_both_shapes() {
    let cases = [
        (
            "dropout.noise_shape=4,none",
            "(4, none) cannot be broadcast against the input's shape [32, 256]",
        ),
        (
            "dropout.noise_shape=1,7",
            "(1, 7) cannot be broadcast against the input's shape [32, 256]",
        ),
        (
            "dropout.noise_shape=32,none",
            "500 examples in batches of 32 end with one of 20",
        ),
    ];
    for (set, expected) in cases {
        let lines = lines(from_sets(&[set]));
        assert!(lines.len() == 1 && lines[0].contains(expected), "{lines:?}");
    }
    assert!(from_sets(&["dropout.noise_shape=50,none", "training.batch=50"]).is_ok());
}

#[test]
fn the_data_can_contradict_the_settings() {
    let mut settings = from_sets(&[
        "data.spec=moons",
        "network.hidden=256",
        "training.batch=32",
        "dropout.noise_shape=1,256",
        "dropout.input_rate=.1",
    ])
    .unwrap();
    assert!(settings.fit_data(64, 256).is_ok());
    let problems = settings.fit_data(64, 2).unwrap_err().to_string();
    assert!(
        problems.starts_with("--set dropout.noise_shape: ") && problems.contains("[32, 2]"),
        "{problems}"
    );
    let problems = settings.fit_data(20, 256).unwrap_err().to_string();
    assert!(
        problems.contains("training.batch: found 32") && problems.contains("1 to 20"),
        "{problems}"
    );
}

#[test]
fn a_file_that_is_no_settings_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let cases = [
        (folder.path().join("none.toml"), "none.toml: cannot be read"),
        (folder.path().to_owned(), "cannot be read"),
        (
            write("latin.toml", b"[run]\nseed = \xe4"),
            "latin.toml:2:8: not UTF-8",
        ),
        (
            write("large.toml", &vec![b' '; (1 << 20) + 1]),
            "large.toml: larger than 1048576 bytes",
        ),
        (
            write("broken.toml", b"[run\nseed = 1"),
            "broken.toml:1:5: not TOML",
        ),
        (
            write("twice.toml", b"[run]\nseed = 1\nseed = 2"),
            "twice.toml:3:1: not TOML",
        ),
        (
            write("nul.toml", b"[run]\nseed = \0"),
            "nul.toml:2:8: not TOML",
        ),
    ];
    for (file, expected) in cases {
        let result = config::load(
            &Sources {
                file: Some(file),
                ..Sources::default()
            },
            Face::Lab,
        );
        let message = result.unwrap_err().to_string();
        assert!(
            message.contains(expected) && message.lines().count() == 1,
            "{message}"
        );
    }
}

#[test]
fn headless_needs_to_know_when_to_stop() {
    let sources = Sources {
        file: Some(empty_file()),
        ..Sources::default()
    };
    let message = config::load(&sources, Face::Headless)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("--epochs N, --steps N and --seconds N"),
        "{message}"
    );
    assert!(config::load(&sources, Face::Lab).is_ok());
}

#[test]
fn an_assignment_without_a_sign_or_a_known_name_is_refused() {
    let lines = lines(from_sets(&["training.lr", "training.rate=1", "=1"]));
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with("--set: found training.lr; accepted: SETTING=VALUE"),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("--set training.rate: unknown setting"),
        "{lines:?}"
    );
}

#[test]
fn a_first_file_is_written_once_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/config.toml");
    config::file::init(&path).unwrap();
    let sources = Sources {
        file: Some(path.clone()),
        ..Sources::default()
    };
    assert_eq!(
        config::load(&sources, Face::Lab).unwrap().experiment,
        from_sets(&[]).unwrap().experiment
    );
    assert_eq!(
        config::file::init(&path).unwrap_err().kind(),
        std::io::ErrorKind::AlreadyExists
    );
}

proptest::proptest! {
    #[test]
    fn no_file_and_no_assignment_makes_it_panic(
        garbage in proptest::prelude::any::<String>(),
        like_settings in "(\\[(data|run|keys|dropout|\\[)\\]?\n|[a-z_.\"ä]{1,9} ?= ?[-+0-9a-z\"'{\\[,. ä]{0,9}\\]?\n){0,6}",
    ) {
        let _ = from_file(&garbage);
        let _ = from_file(&like_settings);
        let _ = from_sets(&[garbage.as_str()]);
        let _ = from_sets(&[like_settings.as_str()]);
        for entry in manual::entries() {
            let _ = from_sets(&[&format!("{}={garbage}", entry.setting)]);
        }
    }
}

/// (rate of the input, rate of the hidden layers) of each group.
fn group_rates(sets: &[&str]) -> Vec<(f64, f64)> {
    let experiment = from_sets(sets).unwrap().experiment;
    let rates = |group: &GroupPlan| {
        (
            group.noise.input_rate.value(),
            group.noise.hidden_rate.value(),
        )
    };
    experiment.groups.iter().map(rates).collect()
}

#[test]
fn rates_and_input_rates_are_paired_and_one_alone_counts_for_every_group() {
    type Case<'a> = (&'a [&'a str], &'a [(f64, f64)]);
    let cases: [Case; 7] = [
        (
            &["dropout.rates=0,.5", "dropout.input_rate=.1"],
            &[(0.1, 0.0), (0.1, 0.5)],
        ),
        (
            &["dropout.rates=0,.5", "dropout.input_rate=.1,.2"],
            &[(0.1, 0.0), (0.2, 0.5)],
        ),
        (
            &["dropout.rates=.5", "dropout.input_rate=[0, .2]"],
            &[(0.0, 0.5), (0.2, 0.5)],
        ),
        (
            &["dropout.rates=0,.5", "dropout.input_rate=[.1]"],
            &[(0.1, 0.0), (0.1, 0.5)],
        ),
        (
            &["network.hidden=", "dropout.rates=0,.5"],
            &[(0.0, 0.0), (0.5, 0.0)],
        ),
        (
            &[
                "network.hidden=",
                "dropout.rates=0",
                "dropout.input_rate=0,.2,.5",
            ],
            &[(0.0, 0.0), (0.2, 0.0), (0.5, 0.0)],
        ),
        (
            &[
                "network.hidden=",
                "dropout.rates=0,.5",
                "dropout.input_rate=0,.5",
            ],
            &[(0.0, 0.0), (0.5, 0.0)],
        ),
    ];
    for (sets, expected) in cases {
        assert_eq!(group_rates(sets), expected, "{sets:?}");
    }
}

#[test]
fn input_rates_that_do_not_pair_are_refused_by_name() {
    let cases: [(&[&str], &str); 4] = [
        (
            &["dropout.input_rate=0,.2,.5"],
            "--set dropout.input_rate: found 3 rates for the 4 groups of dropout.rates; accepted: a number, or a list of 4",
        ),
        (
            &["dropout.input_rate="],
            "--set dropout.input_rate: found nothing",
        ),
        (
            &["dropout.input_rate=0,2"],
            "--set dropout.input_rate: dropout rate must be between 0 and 1, got 2",
        ),
        (
            &[
                "network.hidden=",
                "dropout.rates=0,.1",
                "dropout.input_rate=.3,.2",
            ],
            "--set dropout.rates: the network has no hidden layer",
        ),
    ];
    for (sets, expected) in cases {
        let lines = lines(from_sets(sets));
        assert!(
            lines.len() == 1 && lines[0].starts_with(expected),
            "{lines:?}"
        );
    }
    let lines = lines(from_file(
        "[dropout]\nrates = [0, 0.5]\ninput_rate = [0, 0.1, 0.2]",
    ));
    assert!(
        lines.len() == 1 && lines[0].starts_with("a.toml:3:14: dropout.input_rate: found 3"),
        "{lines:?}"
    );
}

#[test]
fn a_preset_gives_its_name_only_to_its_own_data_wrong_labels_and_network() {
    let name = |set: &str| from_sets(&[set]).unwrap().experiment.preset;
    for set in [
        "data.spec=moons",
        "data.label_noise=0",
        "data.train=400",
        "network.hidden=[8, 8]",
        "network.activation=tanh",
        "network.init=glorot",
    ] {
        assert_eq!(name(set), None, "{set}");
    }
    for set in [
        "data.spec=digits",
        "data.label_noise=.3",
        "data.train=500",
        "network.hidden=[256, 256]",
        "dropout.rates=[0, 0.9]",
        "training.lr=.02",
        "run.seeds=2",
        "dropout.mask=sample",
    ] {
        assert_eq!(name(set).as_deref(), Some("rescue"), "{set}");
    }
}

#[test]
fn other_data_without_a_preset_have_their_own_defaults_and_no_preset() {
    let settings = from_sets(&["data.spec=linear"]).unwrap();
    let experiment = &settings.experiment;
    assert_eq!(
        (&experiment.preset, experiment.data.split.label_noise),
        (&None, 0.0)
    );
    assert!(experiment.network.hidden.is_empty());
    assert_eq!(
        group_rates(&["data.spec=linear"]),
        [(0.0, 0.0), (0.2, 0.0), (0.5, 0.0)]
    );
    let shown = settings.to_toml();
    assert!(
        shown.contains("preset = \"none\"\n") && shown.contains("input_rate = [0, 0.2, 0.5]\n"),
        "{shown}"
    );
    let lr = |sets: &[&str]| from_sets(sets).unwrap().experiment.optimizer.learning_rate;
    assert_eq!(lr(&["data.spec=linear"]), 0.001);
    assert_eq!(
        lr(&["data.spec=linear", "training.lr=.002"]),
        0.002,
        "the user has the last word"
    );
    assert_eq!(
        lr(&["data.spec=linear", "preset=rescue"]),
        0.01,
        "a preset that is named, too"
    );
    let mixed = from_sets(&["data.spec=moons", "preset=rescue"])
        .unwrap()
        .experiment;
    assert_eq!(
        (&mixed.preset, mixed.network.hidden),
        (&None, vec![256, 256])
    );
    let clean = from_sets(&["preset=none"]).unwrap().experiment;
    assert_eq!(
        (
            clean.preset,
            clean.data.spec.to_string(),
            clean.data.split.label_noise
        ),
        (None, "digits".to_owned(), 0.0)
    );
}

#[test]
fn rates_of_the_user_replace_input_rates_of_other_groups() {
    assert_eq!(
        group_rates(&["data.spec=linear", "dropout.rates=0,.1"]),
        [(0.0, 0.0), (0.1, 0.0)]
    );
    assert_eq!(
        group_rates(&["data.spec=linear", "network.hidden=8", "dropout.rates=0,.1"]),
        [(0.0, 0.0), (0.0, 0.1)]
    );
    assert_eq!(
        group_rates(&["data.spec=linear", "dropout.input_rate=0,.8"]),
        [(0.0, 0.0), (0.8, 0.0)]
    );
}

#[test]
fn a_batch_that_nobody_asked_for_is_no_larger_than_the_data() {
    let mut settings = from_sets(&["data.spec=csv:a.csv"]).unwrap();
    assert!(settings.fit_data(16, 3).is_ok());
    assert_eq!(settings.experiment.batch_size, 16);
    assert!(settings.experiment_toml().contains("batch = 16\n"));
    assert_eq!(
        from_sets(&["data.train=10"]).unwrap().experiment.batch_size,
        10
    );
    let lines = lines(from_sets(&["data.train=10", "training.batch=32"]));
    assert!(
        lines.len() == 1 && lines[0].contains("found 32"),
        "{lines:?}"
    );
}

#[test]
#[cfg(unix)]
fn what_is_no_regular_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let cases = [
        (
            pipe.as_path(),
            "cannot be read: it is a pipe, a socket or a device; accepted",
        ),
        (
            std::path::Path::new("/dev/zero"),
            "cannot be read: it is a pipe, a socket or a device; accepted",
        ),
        (folder.path(), "cannot be read: it is a folder; accepted"),
    ];
    for (path, expected) in cases {
        let sources = Sources {
            file: Some(path.to_owned()),
            ..Sources::default()
        };
        let problems = config::load(&sources, Face::Lab).unwrap_err().to_string();
        assert!(problems.contains(expected), "{problems}");
    }
}

#[test]
fn the_data_have_the_first_seed_of_the_runs_unless_they_are_given_one() {
    let seeds = |sets: &[&str]| {
        let experiment = from_sets(sets).unwrap().experiment;
        (experiment.data.seed, experiment.seed)
    };
    assert_eq!(seeds(&["run.seed=9"]), (9, 9));
    assert_eq!(seeds(&["run.seed=9", "data.seed=7"]), (7, 9));
    let toml = from_sets(&["run.seed=9", "data.seed=7"]).unwrap();
    let again = from_file(&toml.experiment_toml()).unwrap().experiment;
    assert_eq!((again.data.seed, again.seed), (7, 9));
    let lines = lines(from_sets(&["data.seed=-1"]));
    assert_eq!(
        lines,
        [
            "--set data.seed: found -1; accepted: a whole number from 0 to 9223372036854775807, or auto: the first seed of \
             the runs"
        ]
    );
}

#[test]
fn masks_are_one_for_all_groups_or_one_for_each() {
    let shapes = |experiment: &Experiment| -> Vec<String> {
        let groups = experiment.groups.iter();
        groups
            .map(|group| group.noise.noise_shape.to_string())
            .collect()
    };
    let cases: [(&[&str], &[&str]); 3] = [
        (
            &["dropout.rates=0,.5", "dropout.mask=sample"],
            &["(none, none)"; 2],
        ),
        (
            &["dropout.rates=0,.5", "dropout.mask=batch,sample"],
            &["(1, none)", "(none, none)"],
        ),
        (
            &["dropout.rates=.5", "dropout.mask=[batch, sample]"],
            &["(1, none)", "(none, none)"],
        ),
    ];
    for (sets, expected) in cases {
        let settings = from_sets(sets).unwrap();
        assert_eq!(shapes(&settings.experiment), expected, "{sets:?}");
        let again = from_file(&settings.experiment_toml()).unwrap();
        assert_eq!(again.experiment, settings.experiment);
    }
    let of_file = from_file("[dropout]\nrates = [0, 0.5]\nnoise_shape = [\"1,none\", \"none,1\"]");
    assert_eq!(
        shapes(&of_file.unwrap().experiment),
        ["(1, none)", "(none, 1)"]
    );
    let refused = [
        (
            &["dropout.mask=batch,sample"][..],
            "--set dropout.mask: found 2 for 4 groups; accepted: one for all, or a list of 4",
        ),
        (
            &["dropout.mask=batch,both"],
            "--set dropout.mask: found batch,both; accepted: batch:",
        ),
        (
            &["dropout.rates=0,.5", "dropout.mask=batch,auto"],
            "--set dropout.mask: found batch,auto",
        ),
    ];
    for (sets, expected) in refused {
        let lines = lines(from_sets(sets));
        assert!(
            lines.len() == 1 && lines[0].starts_with(expected),
            "{lines:?}"
        );
    }
}

#[test]
fn other_groups_take_back_what_was_said_of_each_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(
        &path,
        "[dropout]\nrates = [0.5, 0.5]\ninput_rate = [0, 0.2]\nmask = [\"batch\", \"sample\"]",
    )
    .unwrap();
    let sources = Sources {
        file: Some(path),
        sets: vec!["dropout.rates=0,.1,.2".to_owned()],
        ..Sources::default()
    };
    let groups = config::load(&sources, Face::Lab).unwrap().experiment.groups;
    assert_eq!(
        groups,
        [0.0, 0.1, 0.2].map(|rate| GroupPlan::of_rate(DropRate::saturating(rate)))
    );
}
