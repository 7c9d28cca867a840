//! One layer of settings: a TOML text or the flags, as a flat table from names to values that know where they were
//! written.
//!
//! Defaults, presets, files and flags all become this one form, so that merging them needs no knowledge of any setting.
//! Names that do not exist are found here; ranges are none of this module's business.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::changes;
use super::manual;
use super::problem::{Origin, Problem};
use super::suggest;

/// A value, where it was written and how.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    /// The value.
    pub(super) value: Value,
    /// Where it was written.
    pub(super) origin: Origin,
    /// The text that was written, for messages.
    pub(super) text: String,
}

/// The settings of one source, by full name.
pub(super) type Layer = BTreeMap<String, Leaf>;

/// Which TOML text a layer is read from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// The embedded defaults.
    Defaults,
    /// The embedded defaults of a kind of data.
    Data(&'static str),
    /// A preset, embedded or a file of the user's own.
    Preset { name: String, own: Option<PathBuf> },
    /// A file of the user's.
    File(PathBuf),
}

impl Source {
    fn origin(&self, text: &str, offset: usize) -> Origin {
        match self {
            Self::Defaults => Origin::Defaults,
            Self::Data(kind) => Origin::Data((*kind).to_owned()),
            Self::Preset { name, own: None } => Origin::Preset(name.clone()),
            Self::Preset {
                own: Some(path), ..
            } => {
                let (line, column) = line_and_column(text, offset);
                let path = path.clone();
                Origin::OwnPreset { path, line, column }
            }
            Self::File(path) => file_origin(path, text, offset),
        }
    }
}

/// The place of the byte at `offset` of `text` in the file `path`.
pub(super) fn file_origin(path: &Path, text: &str, offset: usize) -> Origin {
    let (line, column) = line_and_column(text, offset);
    Origin::File {
        path: path.to_owned(),
        line,
        column,
    }
}

/// Line and column of the byte at `offset`, both counted from 1.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    // An error at the end of the text may point behind it, or into a character.
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    (line, column)
}

/// The lines of a preset that are no settings: what it is, and what it shows.
pub(super) const DESCRIPTION: [&str; 2] = ["title", "claim"];

/// The layer that a TOML text describes, and everything in it that is no setting.
///
/// Where the text is no TOML the layer is empty: what can be recovered from it would only produce problems that vanish
/// together with the mistake.
pub(super) fn read_text(text: &str, source: &Source) -> (Layer, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return (Layer::new(), syntax_problems(text, source, &errors));
    }
    let mut reader = Reader {
        text,
        source,
        layer: Layer::new(),
        problems: Vec::new(),
    };
    reader.top_level(table.get_ref());
    (reader.layer, reader.problems)
}

/// One problem for each line with a mistake: whatever follows on the same line is mostly its echo.
pub(super) fn syntax_problems(
    text: &str,
    source: &Source,
    errors: &[toml::de::Error],
) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut last_line = None;
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        let line = text[..text.floor_char_boundary(offset)]
            .matches('\n')
            .count();
        if last_line.replace(line) != Some(line) {
            let origin = Some(source.origin(text, offset));
            problems.push(Problem {
                origin,
                setting: String::new(),
                message: format!("not TOML: {}", error.message()),
            });
        }
    }
    problems
}

struct Reader<'a> {
    text: &'a str,
    source: &'a Source,
    layer: Layer,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn top_level(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(settings) if manual::is_table(name) => self.table(name, settings),
                DeValue::Array(entries) if name == changes::LIST => self.changes(entries),
                DeValue::String(_) if self.is_description(name) => {
                    self.leaf(name.to_owned(), value);
                }
                _ if self.is_description(name) => {
                    let message = format!("found {}; accepted: a text", self.written(value.span()));
                    self.problem(value.span(), name.to_owned(), message);
                }
                // `"training.lr" = 1` names no setting, although it looks like one.
                _ if !name.contains('.') && manual::entry(name).is_some() => {
                    self.leaf(name.to_owned(), value);
                }
                _ if manual::is_table(name) => {
                    let message = format!(
                        "found {}; accepted: a table of settings",
                        self.written(value.span())
                    );
                    self.problem(value.span(), name.to_owned(), message);
                }
                DeValue::Table(_) => {
                    self.problem(key.span(), name.to_owned(), suggest::unknown_table(name));
                }
                _ => self.problem(key.span(), name.to_owned(), suggest::unknown_setting(name)),
            }
        }
    }

    fn is_description(&self, name: &str) -> bool {
        matches!(self.source, Source::Preset { .. }) && DESCRIPTION.contains(&name)
    }

    fn table(&mut self, table: &str, settings: &DeTable<'_>) {
        for (key, value) in settings {
            let name = manual::full_name(table, key.get_ref());
            if table == manual::FREE_TABLE || manual::entry(&name).is_some() {
                self.leaf(name, value);
            } else {
                let message = suggest::unknown_setting(&name);
                self.problem(key.span(), name, message);
            }
        }
    }

    /// Each value of each entry becomes a setting of its own, such as `change.1.rate`.
    fn changes(&mut self, entries: &[Spanned<DeValue<'_>>]) {
        for (idx, entry) in entries.iter().enumerate() {
            let list = manual::full_name(changes::LIST, &(idx + 1).to_string());
            let DeValue::Table(fields) = entry.get_ref() else {
                let found = self.written(entry.span());
                self.problem(
                    entry.span(),
                    list,
                    format!("found {found}; accepted: a table"),
                );
                continue;
            };
            for (key, value) in fields {
                let name = manual::full_name(&list, key.get_ref());
                if changes::FIELDS.contains(&key.get_ref().as_ref()) {
                    self.leaf(name, value);
                } else {
                    let message = format!("unknown; accepted: {}", changes::FIELDS.join(", "));
                    self.problem(key.span(), name, message);
                }
            }
        }
    }

    fn leaf(&mut self, name: String, value: &Spanned<DeValue<'_>>) {
        let leaf = Leaf {
            value: plain(value.get_ref()),
            origin: self.source.origin(self.text, value.span().start),
            text: self.written(value.span()),
        };
        self.layer.insert(name, leaf);
    }

    fn problem(&mut self, span: Range<usize>, setting: String, message: String) {
        let origin = Some(self.source.origin(self.text, span.start));
        self.problems.push(Problem {
            origin,
            setting,
            message,
        });
    }

    /// What stands in the text, on one line and not too long.
    fn written(&self, span: Range<usize>) -> String {
        shortened(self.text.get(span).unwrap_or_default())
    }
}

const LONGEST_QUOTE: usize = 60;

pub(super) fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST_QUOTE {
        return text;
    }
    text.chars()
        .take(LONGEST_QUOTE)
        .chain("...".chars())
        .collect()
}

/// The value without its place. Numbers that do not fit stay text, which no numeric setting accepts.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or_else(|_| Value::String(integer.to_string()), Value::Integer),
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .map_or_else(|_| Value::String(float.to_string()), Value::Float),
        DeValue::Boolean(boolean) => Value::Boolean(*boolean),
        DeValue::Datetime(datetime) => Value::Datetime(*datetime),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => Value::Table(
            table
                .iter()
                .map(|(key, item)| (key.get_ref().to_string(), plain(item.get_ref())))
                .collect(),
        ),
    }
}

/// A setting as it is given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The flag, such as `--lr`; `None` for `--set`.
    pub flag: Option<String>,
    /// The setting's full name, such as `training.lr`.
    pub setting: String,
    /// The value as it was typed.
    pub text: String,
}

/// The layer that the command line describes, and everything in it that is no setting.
pub(super) fn read_flags(given: &[Given]) -> (Layer, Vec<Problem>) {
    let (mut layer, mut problems) = (Layer::new(), Vec::new());
    for Given {
        flag,
        setting,
        text,
    } in given
    {
        let origin = flag.clone().map_or(Origin::Set, Origin::Flag);
        let is_free = setting
            .split_once('.')
            .is_some_and(|(table, _)| table == manual::FREE_TABLE);
        let value = match manual::entry(setting) {
            Some(entry)
                if entry.is_list() && text != "none"
                    || entry.may_be_list() && text.contains([',', '[']) =>
            {
                list(text)
            }
            Some(_) => scalar(text),
            None if is_free => Value::String(text.clone()),
            None => {
                let message = suggest::unknown_setting(setting);
                problems.push(Problem {
                    origin: Some(origin),
                    setting: setting.clone(),
                    message,
                });
                continue;
            }
        };
        layer.insert(
            setting.clone(),
            Leaf {
                value,
                origin,
                text: quoted(text),
            },
        );
    }
    (layer, problems)
}

/// Splits the `a.b=value` of `--set`.
///
/// # Errors
/// If there is no `=`.
pub(super) fn split_assignment(text: &str) -> Result<Given, Problem> {
    let (setting, value) = text.split_once('=').ok_or_else(|| {
        let message = format!(
            "found {}; accepted: SETTING=VALUE, such as training.lr=0.1",
            quoted(text)
        );
        Problem::general("--set", message)
    })?;
    Ok(Given {
        flag: None,
        setting: setting.trim().to_owned(),
        text: value.trim().to_owned(),
    })
}

fn quoted(text: &str) -> String {
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        shortened(text)
    }
}

/// `0,0.2,0.5` or `[0, 0.2, 0.5]`.
fn list(text: &str) -> Value {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text)
        .trim();
    if bare.is_empty() {
        return Value::Array(Vec::new());
    }
    Value::Array(bare.split(',').map(scalar).collect())
}

/// A number or a truth value where the text is one, else the text: which of them a setting wants shows when it is read.
fn scalar(text: &str) -> Value {
    let text = text.trim();
    let integer = text.parse().map(Value::Integer);
    let number = integer.or_else(|_| text.parse().map(Value::Float));
    number
        .or_else(|_| text.parse().map(Value::Boolean))
        .unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_command_line_becomes_what_it_looks_like() {
        let cases = [
            ("training.lr", "1", Value::Integer(1)),
            ("training.lr", ".5", Value::Float(0.5)),
            ("training.lr", "1e-3", Value::Float(0.001)),
            ("screen.mouse", "false", Value::Boolean(false)),
            ("training.max_norm", "none", Value::String("none".into())),
            (
                "network.hidden",
                "128, 64",
                Value::Array(vec![Value::Integer(128), Value::Integer(64)]),
            ),
            (
                "network.hidden",
                "[128]",
                Value::Array(vec![Value::Integer(128)]),
            ),
            ("network.hidden", "", Value::Array(vec![])),
            ("dropout.input_rate", ".5", Value::Float(0.5)),
            (
                "dropout.input_rate",
                "0,.5",
                Value::Array(vec![Value::Integer(0), Value::Float(0.5)]),
            ),
            (
                "dropout.noise_shape",
                "1,none",
                Value::String("1,none".into()),
            ),
            ("keys.pause", "1", Value::String("1".into())),
        ];
        for (setting, text, expected) in cases {
            let given = split_assignment(&format!("{setting}={text}")).unwrap();
            let (layer, problems) = read_flags(&[given]);
            assert_eq!(problems, []);
            assert_eq!(layer[setting].value, expected, "{setting}={text}");
        }
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let text = "a\nää b\n";
        for (offset, expected) in [
            (0, (1, 1)),
            (2, (2, 1)),
            (7, (2, 4)),
            (99, (3, 1)),
            (3, (2, 1)),
        ] {
            let Origin::File { line, column, .. } = file_origin(Path::new("x"), text, offset)
            else {
                unreachable!()
            };
            assert_eq!((line, column), expected, "offset {offset}");
        }
    }

    #[test]
    fn a_value_knows_where_it_stands_and_how_it_was_written() {
        let text = "[training]\nlr = 1_000\n";
        let (layer, problems) = read_text(text, &Source::File("a.toml".into()));
        assert_eq!(problems, []);
        let leaf = &layer["training.lr"];
        assert_eq!(
            (leaf.text.as_str(), leaf.origin.to_string().as_str()),
            ("1_000", "a.toml:2:6")
        );
        assert_eq!(leaf.value, Value::Integer(1000));
    }

    #[test]
    fn every_broken_line_is_one_problem() {
        let (layer, problems) = read_text(
            "a = = 1\n[run]\nseed = 'x\nseeds = 2\n",
            &Source::File("a.toml".into()),
        );
        let places: Vec<String> = problems
            .iter()
            .filter_map(|p| p.origin.as_ref())
            .map(Origin::to_string)
            .collect();
        assert_eq!(places, ["a.toml:1:5", "a.toml:3:10"]);
        assert!(layer.is_empty());
    }
}
