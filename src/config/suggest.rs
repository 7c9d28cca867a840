//! What to say about a name that does not exist: the nearest one that does.
//!
//! Knows names only, from the manual.

use super::manual::{self, Entry};

/// The message for a setting of an unknown name.
pub(super) fn unknown_setting(name: &str) -> String {
    let settings = manual::entries().iter().map(|entry| entry.setting.as_str());
    if let Some(nearest) = same_key(name).or_else(|| nearest(name, settings)) {
        return format!("unknown setting; did you mean {nearest}?");
    }
    let table = name.split_once('.').map_or("", |(table, _)| table);
    if !table.is_empty() && manual::is_table(table) {
        return format!(
            "unknown setting; the settings of [{table}] are {}",
            keys_of(table).join(", ")
        );
    }
    "unknown setting; `dropscope config show` lists all settings".to_owned()
}

/// The message for a table of an unknown name.
pub(super) fn unknown_table(name: &str) -> String {
    let mut tables: Vec<&str> = manual::entries()
        .iter()
        .map(Entry::table)
        .filter(|table| !table.is_empty())
        .collect();
    tables.push(manual::FREE_TABLE);
    tables.dedup();
    match nearest(name, tables.iter().copied()) {
        Some(nearest) => format!("unknown table; did you mean [{nearest}]?"),
        None => format!("unknown table; the tables are {}", tables.join(", ")),
    }
}

/// The nearest of `names`, if it is near enough to be what was meant.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let key_of = |name: &str| name.rsplit('.').next().map_or(0, str::len);
    let most = key_of(name).div_ceil(3);
    let (distance, nearest) = names
        .map(|known| (n_edits(name, known), known))
        .min_by_key(|&(distance, _)| distance)?;
    (distance <= most).then_some(nearest)
}

/// The setting whose key was written into another table, or into none.
fn same_key(name: &str) -> Option<&'static str> {
    let key = name.rsplit('.').next()?;
    let is_same = |entry: &&Entry| entry.setting.rsplit('.').next() == Some(key);
    manual::entries()
        .iter()
        .find(is_same)
        .map(|entry| entry.setting.as_str())
}

fn keys_of(table: &str) -> Vec<&'static str> {
    let entries = manual::entries()
        .iter()
        .filter(|entry| entry.table() == table);
    entries
        .filter_map(|entry| entry.setting.rsplit('.').next())
        .collect()
}

/// Characters to insert, delete or replace so that `a` becomes `b` (Levenshtein's distance), row by row.
fn n_edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (line, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, right) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_both_ways() {
        for (a, b, expected) in [
            ("", "", 0),
            ("rates", "rate", 1),
            ("kitten", "sitting", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(
                (n_edits(a, b), n_edits(b, a)),
                (expected, expected),
                "{a} {b}"
            );
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_what_was_probably_meant() {
        let cases = [
            ("dropout.rate", "did you mean dropout.rates?"),
            ("training.momentun", "did you mean training.momentum?"),
            ("lr", "did you mean training.lr?"),
            ("run.epochs", "did you mean training.epochs?"),
            (
                "network.depth",
                "the settings of [network] are hidden, activation, init",
            ),
            ("elephants", "lists all settings"),
        ];
        for (name, expected) in cases {
            let message = unknown_setting(name);
            assert!(message.contains(expected), "{name}: {message}");
        }
        assert!(unknown_table("trainin").contains("[training]"));
        assert!(unknown_table("elephants").contains("data, network"));
    }
}
