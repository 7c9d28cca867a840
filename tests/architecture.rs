//! The rules of ARCHITECTURE.md that a compiler does not check: who names whom, who touches what, and that the map
//! of the source tree is true.
//!
//! It reads the sources as text, line by line. That is cruder than a parser and enough: the code is rustfmt-clean,
//! so a path stands on one line and an import begins with `use`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room of the source tree and the rooms that it may name, from the ground up.
///
/// A file belongs to the longest room that its path begins with.
const ROOMS: [(&str, &[&str]); 18] = [
    ("math", &[]),
    ("text", &[]),
    ("machine", &[]),
    ("files", &[]),
    ("data", &["math", "text"]),
    ("nn", &["math"]),
    ("train", &["math", "data", "nn"]),
    ("probe", &["math", "data", "nn", "train"]),
    ("lab", &["math", "machine", "data", "nn", "train", "probe"]),
    ("claims", &["math", "nn", "probe", "lab"]),
    (
        "config",
        &["math", "text", "data", "nn", "train", "probe", "lab"],
    ),
    (
        "report",
        &[
            "math", "text", "files", "data", "nn", "train", "probe", "lab", "claims",
        ],
    ),
    ("bench", &["math", "data", "nn", "train", "probe", "lab"]),
    ("tui/widgets", &["math", "tui"]),
    (
        "tui",
        &[
            "math", "text", "files", "data", "nn", "train", "probe", "lab", "claims", "config",
        ],
    ),
    (
        "cli",
        &[
            "math", "text", "machine", "files", "data", "lab", "config", "report", "bench", "tui",
        ],
    ),
    ("cli/before_main", &[]),
    ("cli/interruption", &[]),
];

/// The two files above all rooms: they may name and touch everything.
const ROOFS: [&str; 2] = ["lib", "main"];

/// What only some rooms may touch, outside of tests: how it is written, and the rooms.
const TOUCHES: [(&str, &[&str]); 21] = [
    ("Instant::now", &["lab", "bench", "tui", "cli/interruption"]),
    ("SystemTime::now", &["lab", "tui"]),
    ("thread::spawn", &["lab", "tui"]),
    ("thread::scope", &["lab", "tui"]),
    ("thread::Builder", &["lab", "tui", "cli/interruption"]),
    ("rayon::", &["bench", "probe"]),
    (
        "fs::",
        &[
            "machine",
            "files",
            "data",
            "lab",
            "config",
            "report",
            "tui",
            "cli/interruption",
        ],
    ),
    ("File::", &["data", "lab", "config", "report", "tui"]),
    ("crossterm::", &["tui"]),
    ("ratatui::", &["tui"]),
    ("signal_hook::", &["tui", "cli/interruption"]),
    ("signal_hook_registry::", &["tui"]),
    ("xterm_color::", &["tui"]),
    ("nucleo_matcher::", &["tui"]),
    ("tui_input::", &["tui"]),
    ("rustix::", &["tui", "cli/before_main"]),
    ("ctor::", &["cli/before_main"]),
    ("serde::", &["config", "report", "bench"]),
    ("serde_json::", &["config", "report", "bench"]),
    ("toml::", &["config"]),
    ("csv::", &["data", "report", "tui"]),
];

const MAX_LINES: usize = 500;
const MAX_LINES_OF_MAIN: usize = 60;

#[test]
fn a_module_names_only_lower_layers() {
    let mut wrongs = Vec::new();
    for source in sources() {
        let Some((room, may_name)) = source.room() else {
            continue;
        };
        for (line_number, named) in source.named_rooms() {
            let own = room.split('/').next().expect("a room has a name");
            if named != own && !may_name.contains(&named.as_str()) {
                let place = source.place(line_number);
                wrongs.push(format!("{place}: `{room}` must not name `{named}`"));
            }
        }
    }
    assert!(wrongs.is_empty(), "{wrongs:#?}");
}

#[test]
fn only_their_rooms_touch_clock_threads_files_terminal_and_formats() {
    let mut wrongs = Vec::new();
    for source in sources() {
        let Some((room, _)) = source.room() else {
            continue;
        };
        for (line_number, line) in source.code_without_tests() {
            for (touch, rooms) in TOUCHES {
                let is_home = rooms.iter().any(|home| is_inside(room, home));
                if !is_home && is_written(line, touch) {
                    let place = source.place(line_number);
                    wrongs.push(format!(
                        "{place}: `{touch}` belongs to {rooms:?}, not to `{room}`"
                    ));
                }
            }
        }
    }
    assert!(wrongs.is_empty(), "{wrongs:#?}");
}

#[test]
fn the_heads_of_a_group_are_what_it_names() {
    let cases: [(&str, &[&str]); 5] = [
        ("nn::mask::Masks;", &["nn"]),
        ("{nn::{mask, loss}, data::Batches};", &["nn", "data"]),
        (
            "{\n    math::random::{Key, data},\n    tui,\n};",
            &["math", "tui"],
        ),
        ("{self, nn};\nuse x::{y};", &["self", "nn"]),
        ("{};", &[]),
    ];
    for (path, expected) in cases {
        assert_eq!(heads(path), expected, "{path}");
    }
}

#[test]
fn every_source_file_has_a_room() {
    for source in sources() {
        let is_roof = ROOFS.contains(&source.module.as_str());
        let place = source.path.display();
        assert!(
            is_roof || source.room().is_some(),
            "{place}: ROOMS of this test does not know where it belongs"
        );
    }
}

#[test]
fn every_module_opens_with_what_it_is() {
    for source in sources() {
        let place = source.path.display();
        assert!(source.text.starts_with("//! "), "{place}: no `//!` on top");
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for source in sources() {
        let max = match source.module.as_str() {
            "main" => MAX_LINES_OF_MAIN,
            _ => MAX_LINES,
        };
        let n_lines = source.n_lines_without_tests();
        let place = source.path.display();
        assert!(n_lines <= max, "{place}: {n_lines} lines, at most {max}");
    }
}

#[test]
fn the_tree_in_the_architecture_page_is_the_tree_on_disk() {
    let tree = written_tree();
    assert!(tree.len() > 10, "the tree was not found between its marks");
    for entry in &tree {
        let path = &entry.path;
        let is_there = root().join(path).exists();
        assert_eq!(
            is_there, !entry.is_to_come,
            "ARCHITECTURE.md: `{path}`: \"(to come)\" must stand there exactly until it exists"
        );
    }
    let named: BTreeSet<&str> = tree.iter().map(|entry| entry.path.as_str()).collect();
    for source in sources() {
        let folder = source.path.parent().expect("a file lies in a folder");
        let is_named = named.contains(slashed(folder).as_str());
        let folder = folder.display();
        assert!(
            is_named,
            "ARCHITECTURE.md: the tree does not name `{folder}`"
        );
    }
}

/// One file below `src/`.
struct Source {
    /// From the root of the repository.
    path: PathBuf,
    /// Where its module stands, as `tui/widgets/chart`; a `mod.rs` is its folder.
    module: String,
    text: String,
}

impl Source {
    fn room(&self) -> Option<(&'static str, &'static [&'static str])> {
        let rooms = ROOMS.into_iter();
        rooms
            .filter(|(room, _)| is_inside(&self.module, room))
            .max_by_key(|(room, _)| room.len())
    }

    /// `path:line`, as editors and compilers write a place.
    fn place(&self, line_number: usize) -> String {
        format!("{}:{line_number}", self.path.display())
    }

    /// The numbered lines without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(line_idx, line)| {
            let code = line.split("//").next().expect("split gives a first part");
            (line_idx + 1, code)
        })
    }

    fn code_without_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().take(self.n_lines_without_tests())
    }

    /// The lines above the test module, which stands last in every file.
    fn n_lines_without_tests(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_test_module = |pair: &[&str]| {
            pair[0].starts_with("#[cfg(test)]") && pair[1].trim_end().ends_with('{')
        };
        let tests = lines.windows(2).position(is_test_module);
        tests.unwrap_or(lines.len())
    }

    /// The rooms that the code names by a path from the crate's root, each with its line.
    fn named_rooms(&self) -> Vec<(usize, String)> {
        let lines: Vec<&str> = self.code().map(|(_, line)| line).collect();
        let code = lines.join("\n");
        let mut named = Vec::new();
        for at in self.paths_from_the_root(&code) {
            let line_number = code[..at].matches('\n').count() + 1;
            for head in heads(&code[at..]) {
                if ROOMS.iter().any(|(room, _)| *room == head) {
                    named.push((line_number, head.to_owned()));
                }
            }
        }
        named
    }

    /// The places behind each `crate::`, and behind each chain of `super::` that climbs to the root.
    fn paths_from_the_root(&self, code: &str) -> Vec<usize> {
        let depth = self.module.split('/').count();
        let climb = "super::".repeat(depth);
        ["crate::", &climb]
            .into_iter()
            .flat_map(|start| code.match_indices(start))
            .map(|(at, start)| at + start.len())
            .collect()
    }
}

/// The first names of a path or of a group of paths: `a` of `a::b`, `a` and `c` of `{a::b, c::{d, e}}`.
fn heads(path: &str) -> Vec<&str> {
    if !path.starts_with('{') {
        return vec![identifier(path)];
    }
    let mut heads = Vec::new();
    let mut depth = 0_usize;
    let mut is_expected = false;
    for (at, letter) in path.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(letter, '{' | ',') {
            is_expected = true;
        } else if is_expected && letter.is_alphabetic() {
            heads.push(identifier(&path[at..]));
            is_expected = false;
        }
    }
    heads
}

/// A line of the tree in ARCHITECTURE.md.
struct Entry {
    /// From the root of the repository, with `/` between the parts and none at the end.
    path: String,
    is_to_come: bool,
}

/// The tree between `<!-- tree -->` and `<!-- /tree -->`: two spaces of indent per level, the name first.
fn written_tree() -> Vec<Entry> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md exists");
    let tree = page
        .split_once("<!-- tree -->")
        .and_then(|(_, rest)| rest.split_once("<!-- /tree -->"))
        .map_or("", |(tree, _)| tree);
    let mut folders: Vec<&str> = Vec::new();
    let mut entries = Vec::new();
    let lines = tree.lines().filter(|line| !line.starts_with("```"));
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let level = (line.len() - line.trim_start().len()) / 2;
        let name = line
            .split_whitespace()
            .next()
            .expect("the line is not blank");
        folders.truncate(level);
        folders.push(name.trim_end_matches('/'));
        entries.push(Entry {
            path: folders.join("/"),
            is_to_come: line.contains("(to come)"),
        });
    }
    entries
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root().join("src"), &mut sources);
    assert!(!sources.is_empty(), "no sources were found");
    sources
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the entry is readable").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("the source is UTF-8");
            let path = path
                .strip_prefix(root())
                .expect("below the root")
                .to_owned();
            let module = slashed(&path.with_extension(""));
            let module = module.trim_start_matches("src/").trim_end_matches("/mod");
            sources.push(Source {
                module: module.to_owned(),
                path,
                text,
            });
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Whether a module stands in a room: in its folder, or it is the room's own file.
fn is_inside(module: &str, room: &str) -> bool {
    module
        .strip_prefix(room)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path is written on a line, and not merely the end of a longer one: `csv::` is not in `data::csv::`.
fn is_written(line: &str, path: &str) -> bool {
    let is_module = path.ends_with("::");
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back().unwrap_or(' ');
        let is_std = line[..at].ends_with("std::");
        let is_inner = before == ':' && is_module && !is_std;
        !before.is_alphanumeric() && before != '_' && !is_inner
    })
}

fn identifier(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}
