//! What the program prints is text that a terminal shows: whatever file names, settings, values, paths, keys and data have in
//! them, nothing of it is obeyed, and nothing of it begins a line of its own.

use std::path::Path;

use assert_cmd::Command;
use dropscope::config::{self, Face, Given, Sources};
use dropscope::text::is_hidden;
use proptest::prelude::*;

/// An escape that renames the window, a C1 escape, a forged message, a turned and an invisible part.
const HOSTILE: &str =
    "a\u{1b}]0;t\u{7}\u{9b}31m\r\nerror: forged\u{202e}\u{200b}\u{feff}\t\u{e0041}\u{7f}z";

/// Commands in which `@` stands for the hostile text.
const COMMANDS: &[&str] = &[
    "@",
    "--@",
    "--help=@",
    "train --@=1",
    "train --set @",
    "train --set @=1",
    "train --set training.@=1",
    "train --set keys.@=q --epochs 1",
    "config show --set keys.@=@",
    "config show --data csv:@",
    "train --config @",
    "train --epochs 1 --out @.file",
    "train --epochs 1 --out @.folder",
    "bench --net @",
    "bench --net 4-4-2 --@",
    "preset show @",
    "preset run @ --epochs 1",
    "data info @",
    "data info csv:@",
    "data info csv:@.csv",
    "data info csv:@.bad.csv",
    "data info csv:@.text.csv",
    "data info idx:@,@",
    "data info idx:@.csv,@.csv",
    "data info mnist:@",
    "data info mnist:@.folder",
    "config check @",
    "config check @.toml",
    "config check @.broken.toml",
    "config path",
    "config init",
    "config init",
    "config check",
    "keys",
    "completions @",
    "train --data csv:@.csv --epochs 1 --hidden 2 --batch 2",
    "train --data csv:@.csv --epochs 1 --hidden 2 --batch 2 --json",
    "train --data csv:@.csv --epochs 1 --hidden 2 --batch 2 --out @.new",
];

/// A stranger's settings: names, tables, values and keys, each hostile in the ways that TOML has.
const SETTINGS: &str = r#"
preset = "\u001b[2Ja\r\nerror: forged\u202e"
"\u001b]0;t\u0007" = 1
"a\nerror: forged" = { b = 1 }
["\u009b31m"]
x = 1
[training]
"l\u202er" = 2
optimizer = "\u200bsgd\u001b"
lr = "\u0085"
[data]
spec = "csv:\u001b[31m\n.csv"
[keys]
"qu\u001bit\n" = "\u001b"
quit = "\u0007\n"
[screen]
theme = "\u001b[5m\nerror: forged"
"#;

fn run(home: &Path, args: &[String]) -> String {
    let mut command = Command::cargo_bin("dropscope").unwrap();
    command.current_dir(home).env("HOME", home);
    command.env("XDG_CONFIG_HOME", home.join(HOSTILE));
    let output = command.args(args).output().unwrap();
    let text = [output.stdout, b"\n".to_vec(), output.stderr].concat();
    String::from_utf8(text).unwrap()
}

fn assert_is_shown(what: &dyn std::fmt::Debug, text: &str) {
    let is_obeyed = |character: char| character != '\n' && is_hidden(character);
    assert!(!text.chars().any(is_obeyed), "{what:?}: {text:?}");
    let is_forged = |line: &str| line.starts_with("error: forged");
    assert!(!text.lines().any(is_forged), "{what:?}: {text}");
}

/// Files and folders whose names are hostile, and what is in them too.
fn furnish(home: &Path) {
    let path = |end: &str| home.join(format!("{HOSTILE}{end}"));
    let table = (0..40).map(|row| format!("{row},{},{}\n", row % 7, ["x", HOSTILE][row % 2]));
    let quoted = |text: String| text.replace(HOSTILE, &format!("\"{HOSTILE}\""));
    let table: String = table.map(quoted).collect();
    std::fs::write(path(".csv"), &table).unwrap();
    std::fs::write(
        path(".bad.csv"),
        format!("a,b\n1,2\n\"{HOSTILE}\",3\n4,5\n"),
    )
    .unwrap();
    std::fs::write(path(".text.csv"), format!("{HOSTILE}\u{0}")).unwrap();
    std::fs::write(path(".toml"), SETTINGS).unwrap();
    std::fs::write(
        path(".broken.toml"),
        format!("{HOSTILE} = {HOSTILE}\n[{HOSTILE}\n"),
    )
    .unwrap();
    std::fs::write(path(".file"), "").unwrap();
    std::fs::create_dir(path(".folder")).unwrap();
    std::fs::write(path(".folder").join("mine"), "").unwrap();
}

#[test]
fn no_command_prints_what_a_terminal_would_obey() {
    let home = tempfile::tempdir().unwrap();
    furnish(home.path());
    for command in COMMANDS {
        let args: Vec<String> = command
            .split(' ')
            .map(|arg| arg.replace('@', HOSTILE))
            .collect();
        assert_is_shown(command, &run(home.path(), &args));
    }
    for entry in config::manual::entries() {
        let given = format!("{}={HOSTILE}", entry.setting);
        let args = ["train", "--epochs", "1", "--set", &given].map(str::to_owned);
        assert_is_shown(&entry.setting, &run(home.path(), &args));
    }
    let results = home.path().join(format!("{HOSTILE}.new"));
    for name in ["experiment.toml", "metrics.csv", "summary.json"] {
        let text = std::fs::read_to_string(results.join(name)).unwrap();
        assert_is_shown(&name, &text);
    }
}

#[test]
fn settings_that_are_shown_read_back_the_same_whatever_is_in_them() {
    let spec = format!("csv:/{HOSTILE}");
    let given = |setting: &str, text: &str| Given {
        flag: None,
        setting: setting.to_owned(),
        text: text.to_owned(),
    };
    let flags = vec![
        given("data.spec", &spec),
        given("keys.pause", "\u{85}"),
        given("training.epochs", "1"),
    ];
    let sources = Sources {
        flags,
        ..Sources::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = config::load(&sources, Face::Headless).unwrap();
    for (text, has_keys) in [
        (settings.to_toml(), true),
        (settings.experiment_toml(), false),
    ] {
        assert_is_shown(&"settings", &text);
        let file = folder.path().join("shown.toml");
        std::fs::write(&file, &text).unwrap();
        let sources = Sources {
            file: Some(file),
            ..Sources::default()
        };
        let read = config::load(&sources, Face::Headless).unwrap();
        assert_eq!(read.experiment, settings.experiment);
        assert!(!has_keys || read.keys == settings.keys);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_message_about_settings_has_what_a_terminal_would_obey(sets in prop::collection::vec("(training\\.|keys\\.|)[\\PC\\pC]{0,9}=?[\\PC\\pC]{0,9}", 1..4)) {
        let sources = Sources { sets, ..Sources::default() };
        if let Err(problems) = config::load(&sources, Face::Headless) {
            for problem in problems.0 {
                let line = problem.to_string();
                prop_assert!(!line.chars().any(is_hidden), "{line:?}");
            }
        }
    }
}
