//! The table of defaults read as a manual: every setting's meaning, range and default, each written only once.
//!
//! Help texts, error messages, `config init` and `config show` all come from `assets/default.toml`. This module reads
//! that file's own layout (a comment above each setting, `meaning; what is accepted`) and no other file's.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// The table of defaults as it is written.
pub const DEFAULTS: &str = include_str!("../../assets/default.toml");

/// The only table whose names are free: other keys for actions.
pub const FREE_TABLE: &str = "keys";

/// One setting as the manual describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its full name, such as `training.lr`.
    pub setting: String,
    /// What it means, in a few words.
    pub meaning: String,
    /// Which values it accepts.
    pub accepted: String,
    /// Its default, as TOML.
    pub default: String,
}

impl Entry {
    /// The table it stands in; empty for the top level.
    pub fn table(&self) -> &str {
        self.setting.split_once('.').map_or("", |(table, _)| table)
    }

    /// Whether its value is a list, if it is given.
    pub fn is_list(&self) -> bool {
        self.accepted.starts_with("a list")
    }

    /// Whether its value may be a list instead of what it is by default.
    pub fn may_be_list(&self) -> bool {
        self.accepted.contains("or a list")
    }
}

/// Every setting, in the order of the file.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| read(DEFAULTS));
    &ENTRIES
}

/// The entry of the setting with this full name.
pub fn entry(setting: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| entry.setting == setting)
}

/// Whether a table of this name exists.
pub fn is_table(name: &str) -> bool {
    name == FREE_TABLE || (!name.is_empty() && entries().iter().any(|entry| entry.table() == name))
}

/// The name of a setting in a table; the top level has no name.
pub fn full_name(table: &str, key: &str) -> String {
    if table.is_empty() {
        key.to_owned()
    } else {
        format!("{table}.{key}")
    }
}

/// The manual again, with `value` in the place of each default.
pub fn with_values(value: impl Fn(&Entry) -> String) -> String {
    rewritten(|key, entry| format!("{key} = {}", value(entry)))
}

/// The manual again with every default and the head of every table commented out: a file to start from, which changes
/// nothing until it is edited, and to which any settings can be appended.
pub fn commented_out() -> String {
    let text = rewritten(|key, entry| format!("# {key} = {}", entry.default));
    let commented = text.lines().map(|line| {
        let mark = if line.starts_with('[') { "# " } else { "" };
        format!("{mark}{line}\n")
    });
    format!("{EDITING}{}", commented.collect::<String>())
}

/// On top of the file to start from.
const EDITING: &str = "\
# To change a setting, take the `# ` from its line and from the head of its table, such as `# [data]`; or write both below.

";

fn rewritten(line_of: impl Fn(&str, &Entry) -> String) -> String {
    let mut entries = entries().iter();
    let mut text = String::new();
    for line in DEFAULTS.lines() {
        let rewritten = match (assignment(line), is_comment(line)) {
            (Some((key, _)), false) => entries.next().map(|entry| line_of(key, entry)),
            _ => None,
        };
        let _ = writeln!(text, "{}", rewritten.as_deref().unwrap_or(line));
    }
    text
}

fn read(manual: &str) -> Vec<Entry> {
    let (mut entries, mut table, mut comment) = (Vec::new(), "", String::new());
    for line in manual.lines() {
        if let Some(words) = line.strip_prefix('#') {
            comment = format!("{comment} {}", words.trim());
        } else if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']');
        } else if let Some((key, default)) = assignment(line) {
            let (meaning, accepted) = comment.split_once("; ").unwrap_or((&comment, ""));
            entries.push(Entry {
                setting: full_name(table, key),
                meaning: meaning.trim().to_owned(),
                accepted: accepted.trim().to_owned(),
                default: default.to_owned(),
            });
        } else {
            comment.clear();
        }
    }
    entries
}

fn is_comment(line: &str) -> bool {
    line.starts_with('#')
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    line.split_once(" = ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_meaning_and_says_what_it_accepts() {
        assert!(entries().len() > 25);
        for entry in entries() {
            assert!(
                !entry.meaning.is_empty() && !entry.accepted.is_empty(),
                "{entry:?}"
            );
            assert!(
                !entry.meaning.contains("Every setting of"),
                "the head of the file is nobody's meaning: {entry:?}"
            );
        }
    }

    #[test]
    fn the_manual_with_its_own_defaults_is_itself() {
        assert_eq!(with_values(|entry| entry.default.clone()), DEFAULTS);
    }

    #[test]
    fn the_file_to_start_from_sets_nothing() {
        let is_said = |line: &str| !line.is_empty() && !line.starts_with('#');
        let text = commented_out();
        assert_eq!(text.lines().find(|line| is_said(line)), None);
    }
}
