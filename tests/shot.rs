//! Pictures that are taken without a terminal.

use std::fs;

use assert_cmd::Command;

const SMALL: [&str; 9] = [
    "shot", "--data", "moons", "--hidden", "8", "--seeds", "2", "--epochs", "3",
];

fn shot(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::cargo_bin("dropscope").unwrap();
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.envs(environment.iter().copied());
    let output = command.args(SMALL).args(arguments).unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Arguments and environment of a call.
type Run<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn a_picture_is_the_same_on_every_run_on_any_threads_and_in_any_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let runs: [Run; 3] = [
        (&["--threads", "1"], &[]),
        (&["--threads", "2"], &[]),
        (&["--threads", "2"], &[("NO_COLOR", "1"), ("TERM", "dumb")]),
    ];
    let pictures = ["a.svg", "b.svg", "c.svg"].map(path);
    for ((threads, environment), out) in runs.iter().zip(&pictures) {
        shot(&[threads, &["--out", out][..]].concat(), environment);
    }
    let [first, second, third] = pictures.map(|path| fs::read(path).unwrap());
    assert!(first == second && second == third);
    let svg = String::from_utf8(first).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let size = ["width", "height"].map(|name| document.root_element().attribute(name));
    assert_eq!(size, [Some("1200"), Some("720")]);
}

#[test]
fn keys_are_pressed_before_the_picture_is_taken() {
    let before = shot(&["--size", "80x24"], &[]);
    let after = shot(&["--size", "80x24", "--keys", "tab tab"], &[]);
    assert!(before.contains("╭─ Loss"), "{before}");
    assert!(after.contains("╭─ Ensemble"), "{after}");
}

#[test]
fn every_screen_has_a_picture() {
    for screen in dropscope::tui::screen::Screen::ALL {
        let name = screen.name().to_lowercase();
        let text = shot(&["--screen", &name], &[]);
        assert!(
            text.contains(&format!("{} {}", screen.digit(), screen.name())),
            "{text}"
        );
    }
    assert_ne!(
        shot(&["--screen", "lab"], &[]),
        shot(&["--screen", "curves"], &[])
    );
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_no_other_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("none/x.svg").display().to_string();
    let mut command = Command::cargo_bin("dropscope").unwrap();
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    let output = command.args(SMALL).args(["--out", &out]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with(&format!("error: {out} could not be written: ")),
        "{error}"
    );
    assert!(!error.contains(".dropscope-"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
