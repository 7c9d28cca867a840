//! The pages against the program: what README.md and its neighbours say about keys, flags, commands and settings is
//! what the program does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use clap::{CommandFactory, Parser};
use dropscope::cli::Command as Subcommand;
use dropscope::cli::prepare::prepare;
use dropscope::cli::{Cli, train};
use dropscope::config::{self, Face, Sources};
use dropscope::report::{Provenance, Report};
use dropscope::tui::keymap::{BINDINGS, Keymap};
use dropscope::tui::{Shot, Sitting};

const PAGES: [&str; 4] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
];

#[test]
fn the_key_table_of_the_readme_is_the_table_of_the_bindings() {
    let readme = page("README.md");
    let written = between(&readme, "<!-- keys -->", "<!-- /keys -->").trim();
    let expected = key_table();
    assert!(
        written == expected.trim(),
        "README.md: between its marks the key table must be\n\n{expected}"
    );
}

#[test]
fn the_picture_and_the_table_of_the_readme_are_those_of_the_default_experiment() {
    // One thread: tests beside it watch a program in a terminal, and the numbers are the same.
    let typed = "dropscope shot --epochs 150 --threads 1 --size 100x30 --out -";
    let cli = Cli::try_parse_from(typed.split(' ')).expect("the command is right");
    let Some(Subcommand::Shot(args)) = cli.command else {
        panic!("it is a picture");
    };
    let sources = Sources {
        file: Some(root().join("tests/empty.toml")),
        library: Some(root().join("tests")),
        ..args.settings.0
    };
    let (settings, split) = prepare(&sources, Face::Headless).expect("the settings are right");
    let provenance = Provenance::of(&settings.experiment, &split);
    let caption = train::caption(&settings, &split);
    let sitting = Sitting::new(&settings, split).expect("it trains");
    let table = caption + &Report::of(&sitting.snapshot(), provenance, None).table();
    let (readme, shot) = (
        page("README.md"),
        Shot {
            screen: dropscope::tui::screen::Screen::Lab,
            size: (100, 30),
            keys: args.keys,
        },
    );
    assert!(
        readme.contains(&format!("```text\n{table}```")),
        "README.md must have this table:\n\n{table}"
    );
    let picture = readme
        .find("](docs/lab.svg)")
        .expect("README.md shows docs/lab.svg");
    assert!(
        picture < readme.find("\n## ").expect("it has sections"),
        "the picture comes first"
    );
    let drawn = sitting.take(&shot).svg();
    if page("docs/lab.svg") != drawn {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lab.svg");
        fs::write(&made, drawn).expect("the picture can be written");
        panic!("docs/lab.svg is another now: {}", made.display());
    }
}

#[test]
fn every_flag_that_a_page_names_exists() {
    let known = flags(&Cli::command());
    assert!(known.contains("--noise-shape") && known.contains("--out"));
    for name in PAGES {
        let page = page(name);
        // Flags of other programs stand behind the name of that program.
        let lines = page
            .lines()
            .filter(|line| !line.contains("cargo") && !line.starts_with("<!--"));
        for flag in lines.flat_map(flags_in) {
            assert!(
                known.contains(&flag),
                "{name}: dropscope has no flag {flag}"
            );
        }
    }
}

#[test]
fn flags_are_found_in_sentences_and_commands() {
    let found: Vec<String> = flags_in("`--set a.b=1`, --no-mouse. a---b -- --").collect();
    assert_eq!(found, ["--set", "--no-mouse"]);
}

#[test]
fn every_command_of_the_readme_is_accepted() {
    let readme = page("README.md");
    let mentioned = in_backticks(&readme).filter(|text| text.starts_with("dropscope "));
    let typed = typed_commands(&readme);
    assert!(typed.len() > 15, "found only {typed:?}");
    for command in typed.into_iter().chain(mentioned) {
        match Cli::try_parse_from(command.split_whitespace()) {
            // Asked for the help, the parser answers with an error that is none.
            Err(error) if error.use_stderr() => panic!("README.md: {command}: {error}"),
            _ => {}
        }
    }
}

#[test]
fn every_setting_that_the_readme_types_is_accepted() {
    for command in typed_commands(&page("README.md")) {
        let Ok(cli) = Cli::try_parse_from(command.split_whitespace()) else {
            continue;
        };
        let (settings, face) = match cli.command {
            None => (cli.settings, Face::Lab),
            Some(Subcommand::Train(train)) => (train.settings, Face::Headless),
            Some(_) => continue,
        };
        let sources = Sources {
            file: Some(root().join("tests/empty.toml")),
            ..settings.0
        };
        if let Err(problems) = config::load(&sources, face) {
            panic!("README.md: {command}: {problems}");
        }
    }
}

#[test]
fn the_settings_file_of_the_readme_is_accepted_alone_and_below_the_first_file() {
    let readme = page("README.md");
    let toml = blocks(&readme, "toml")
        .find(|block| block.contains("[dropout]"))
        .expect("the README shows a settings file");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("settings.toml");
    for above in ["", &dropscope::config::manual::commented_out()] {
        fs::write(&file, format!("{above}{toml}")).expect("the file can be written");
        let check = dropscope()
            .args(["config", "check"])
            .arg(&file)
            .output()
            .expect("the program starts");
        let complaints = String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success(), "README.md: {complaints}");
    }
}

#[test]
fn the_readme_has_two_commands_and_the_gate_runs_the_second() {
    let readme = page("README.md");
    let section = between(&readme, "## Two commands", "\n## ");
    let block = blocks(section, "sh").next().expect("the section has them");
    let commands: Vec<&str> = block.lines().collect();
    assert_eq!(commands, ["cargo run --release", "cargo test"]);
    let gate = page(".ci/run");
    let is_run = |command: &str| gate.lines().any(|line| line == format!("step {command}"));
    assert!(is_run(commands[1]), ".ci/run must run `{}`", commands[1]);
}

#[test]
fn the_table_of_the_readme_has_the_columns_of_the_program() {
    let short = [
        "train", "--hidden", "2", "--rates", "0", "--seeds", "2", "--epochs", "1",
    ];
    let output = dropscope()
        .args(short)
        .output()
        .expect("the program starts");
    let output = String::from_utf8(output.stdout).expect("the table is UTF-8");
    let columns = |text: &str| -> Vec<String> {
        let head = text.lines().find(|line| line.contains("norm/initial  "));
        let words = head.expect("the table has a head").split_whitespace();
        words.map(str::to_owned).collect()
    };
    assert_eq!(columns(&page("README.md")), columns(&output));
}

#[test]
fn links_lead_to_files_of_the_repository() {
    for name in PAGES {
        let page = page(name);
        let targets = page
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'));
        for (target, _) in targets {
            assert!(
                root().join(target).exists(),
                "{name}: there is no `{target}`"
            );
        }
    }
}

#[test]
fn every_test_that_the_architecture_page_names_exists() {
    let mut code = String::new();
    for folder in ["src", "tests"] {
        collect(&root().join(folder), &mut code);
    }
    let page = page("ARCHITECTURE.md");
    let is_test = |name: &&str| name.matches('_').count() > 2 && !name.contains(['/', '.', ' ']);
    let names: Vec<&str> = in_backticks(&page).filter(is_test).collect();
    assert!(names.len() > 6, "found only {names:?}");
    for name in names {
        let is_there = code.contains(&format!("fn {name}()"));
        assert!(is_there, "ARCHITECTURE.md: there is no test `{name}`");
    }
}

#[test]
fn the_changelog_knows_this_version() {
    let head = format!("\n## {} - ", env!("CARGO_PKG_VERSION"));
    assert!(page("CHANGELOG.md").contains(&head), "no section `{head}`");
}

/// The bindings as a table in Markdown, in the order in which the program lists them.
fn key_table() -> String {
    let keymap = Keymap::default();
    let rows = BINDINGS.iter().map(|binding| {
        let keys = keymap.keys_of(binding.action).join("` `");
        format!("| `{keys}` | {} |\n", binding.help)
    });
    format!(
        "| key | what it does |\n|---|---|\n{}",
        rows.collect::<String>()
    )
}

/// Every long flag of a command and of those below it.
fn flags(command: &clap::Command) -> BTreeSet<String> {
    let own = command
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .chain(["help", "version"])
        .map(|long| format!("--{long}"));
    let below = command.get_subcommands().flat_map(flags);
    own.chain(below).collect()
}

/// The words of a line that are long flags.
fn flags_in(line: &str) -> impl Iterator<Item = String> {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    words
        .filter(|word| {
            word.strip_prefix("--")
                .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
        })
        .map(str::to_owned)
}

/// Every call of dropscope in the shell blocks, without its comment.
fn typed_commands(page: &str) -> Vec<&str> {
    blocks(page, "sh")
        .flat_map(str::lines)
        .map(|line| line.split(" #").next().unwrap_or(line).trim())
        .filter(|command| command.starts_with("dropscope "))
        .collect()
}

/// What stands in backticks, line by line.
fn in_backticks(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Adds the text of every source file below a folder.
fn collect(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the entry is readable").path();
        if path.is_dir() {
            collect(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&fs::read_to_string(&path).expect("the source is UTF-8"));
        }
    }
}

/// The insides of the fenced blocks of one language.
fn blocks<'a>(page: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    let starts: Vec<usize> = page
        .match_indices(&fence)
        .map(|(at, fence)| at + fence.len())
        .collect();
    starts.into_iter().filter_map(|start| {
        let (inside, _) = page[start..].split_once("```")?;
        Some(inside)
    })
}

/// What stands between two marks; the whole rest without the second one.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("`{start}` stands in the page"));
    rest.split_once(end).map_or(rest, |(inside, _)| inside)
}

/// The program, out of reach of the settings of whoever runs the tests.
fn dropscope() -> Command {
    let mut command = Command::cargo_bin("dropscope").expect("the program is built");
    command.env("XDG_CONFIG_HOME", root().join("tests"));
    command
}

fn page(name: &str) -> String {
    let path: PathBuf = root().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
