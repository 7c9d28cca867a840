//! Themes: all colours of the screen, as a file. What a colour is used for, and what a terminal makes of it, belongs to
//! `tui`; here is only what is written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::layer;
use super::super::problem::Problem;
use super::super::suggest;
use super::{Kept, Place};

/// What has a colour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Behind everything.
    Background,
    /// Ordinary text.
    Text,
    /// Labels, units of measure, axis numbers.
    Dim,
    /// The numbers that matter.
    Bright,
    /// Focus and keys.
    Accent,
    /// Pane borders and axis lines.
    Border,
    /// What holds or runs.
    Good,
    /// What failed.
    Bad,
    /// What is undecided or paused.
    Warn,
    /// Behind the selected row.
    Selection,
}

impl Part {
    const ALL: [Self; 10] = [
        Self::Background,
        Self::Text,
        Self::Dim,
        Self::Bright,
        Self::Accent,
        Self::Border,
        Self::Good,
        Self::Bad,
        Self::Warn,
        Self::Selection,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Text => "text",
            Self::Dim => "dim",
            Self::Bright => "bright",
            Self::Accent => "accent",
            Self::Border => "border",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Selection => "selection",
        }
    }
}

/// Which map of many values a theme has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapRamp {
    /// Viridis, from violet to yellow.
    Viridis,
    /// Cividis, made for every kind of colour vision.
    Cividis,
    /// A ramp through these `0xrrggbb`, low values first; at least two.
    Stops(Vec<u32>),
}

/// One of the sixteen colours that every terminal has, `0..=15` in their usual order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedColor(pub u8);

const NAMED: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "dark-gray",
    "light-red",
    "light-green",
    "light-yellow",
    "light-blue",
    "light-magenta",
    "light-cyan",
    "white",
];

/// The parts that have a named colour; all others have the terminal's own.
const NAMED_PARTS: [Part; 4] = [Part::Accent, Part::Good, Part::Bad, Part::Warn];

/// A theme as it is written, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    colors: [u32; 10],
    /// Stops of the ramp of drop rates as `0xrrggbb`, 0 first; at least two.
    pub rates: Vec<u32>,
    /// The map of many values.
    pub map: MapRamp,
    named: [NamedColor; 4],
    /// Drop rates in equal intervals where only named colours are shown, 0 first; at least two.
    pub named_rates: Vec<NamedColor>,
}

impl Palette {
    /// The colour of a part, `0xrrggbb`.
    pub fn color(&self, part: Part) -> u32 {
        self.colors[part as usize]
    }

    /// What stands for a part where only named colours are shown; `None` for those that have the terminal's own.
    pub fn named(&self, part: Part) -> Option<NamedColor> {
        let idx = NAMED_PARTS.iter().position(|&named| named == part)?;
        Some(self.named[idx])
    }

    /// The built-in theme of this name.
    pub fn built_in(name: &str) -> Option<Self> {
        let &(name, text) = Self::BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Self::read(name, text, &Place::BuiltIn).ok()
    }
}

impl Kept for Palette {
    const FOLDER: &'static str = "themes";
    const KIND: &'static str = "a TOML file of colours";
    const BUILT_IN: &'static [(&'static str, &'static str)] = &[
        ("dark", include_str!("../../../assets/themes/dark.toml")),
        ("light", include_str!("../../../assets/themes/light.toml")),
        (
            "high-contrast",
            include_str!("../../../assets/themes/high-contrast.toml"),
        ),
        ("mono", include_str!("../../../assets/themes/mono.toml")),
    ];
    const TAKEN: &'static [&'static str] = &["auto"];

    fn read(name: &str, text: &str, place: &Place) -> Result<Self, Vec<Problem>> {
        let path = match place {
            Place::BuiltIn => PathBuf::from(name),
            Place::Own { path, .. } => path.clone(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(layer::syntax_problems(
                text,
                &layer::Source::File(path),
                &errors,
            ));
        }
        let mut reader = Reader {
            text,
            path,
            problems: Vec::new(),
        };
        let palette = reader.palette(table.get_ref());
        palette
            .filter(|_| reader.problems.is_empty())
            .ok_or(reader.problems)
    }
}

const COLOR: &str = "a colour, such as \"#78c8dc\"";
const COLORS: &str = "a list of at least two colours, such as [\"#b2b0cc\", \"#e24492\"]";

type Table<'t, 'i> = BTreeMap<&'t str, &'t Spanned<DeValue<'i>>>;

/// Reads a theme and collects what is wrong with it.
struct Reader<'a> {
    text: &'a str,
    path: PathBuf,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn palette(&mut self, table: &DeTable<'_>) -> Option<Palette> {
        let top = self.known(table, &top_names(), "");
        let base = top.get("base").and_then(|base| self.base(base));
        let has_base = top.contains_key("base");
        let mut missing = Vec::new();
        let colors = Part::ALL.map(|part| {
            let written = top.get(part.word());
            let written = written.map(|value| self.color(value, part.word()));
            match (written, base.as_ref()) {
                (Some(color), _) => color,
                (None, Some(base)) => Some(base.color(part)),
                (None, None) => {
                    missing.push(part.word().to_owned());
                    None
                }
            }
        });
        let rates = match top.get("rates") {
            Some(value) => self.list(value, "rates", COLORS, hex),
            None => lacking(base.as_ref(), "rates", &mut missing, |base| {
                base.rates.clone()
            }),
        };
        let map = match top.get("map") {
            Some(value) => self.map(value),
            None => lacking(base.as_ref(), "map", &mut missing, |base| base.map.clone()),
        };
        let named = top.get("named").and_then(|named| self.named_table(named));
        let (named, named_rates) =
            self.named(&named.unwrap_or_default(), base.as_ref(), &mut missing);
        if !missing.is_empty() && !has_base {
            let message = format!(
                "missing: {}; accepted: all of them, or base = \"dark\" (or another built-in theme) to take them from",
                missing.join(", ")
            );
            self.problem(0..0, "", message);
        }
        Some(Palette {
            colors: all(colors)?,
            rates: rates?,
            map: map?,
            named: all(named)?,
            named_rates: named_rates?,
        })
    }

    fn named(
        &mut self,
        table: &Table<'_, '_>,
        base: Option<&Palette>,
        missing: &mut Vec<String>,
    ) -> ([Option<NamedColor>; 4], Option<Vec<NamedColor>>) {
        let parts = NAMED_PARTS.map(|part| {
            let name = format!("named.{}", part.word());
            match table.get(part.word()) {
                Some(value) => {
                    let found = value.get_ref().as_str().and_then(named_color);
                    found.or_else(|| self.refuse(value, &name, &one_named()))
                }
                None => lacking(base, &name, missing, |base| base.named(part))?,
            }
        });
        let rates = match table.get("rates") {
            Some(value) => {
                let accepted = format!("a list of at least two, each {}", one_named());
                self.list(value, "named.rates", &accepted, named_color)
            }
            None => lacking(base, "named.rates", missing, |base| {
                base.named_rates.clone()
            }),
        };
        (parts, rates)
    }

    /// The values of the table whose names exist; the others are problems.
    fn known<'t, 'i>(
        &mut self,
        table: &'t DeTable<'i>,
        names: &[&'static str],
        prefix: &str,
    ) -> Table<'t, 'i> {
        let mut known = Table::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if names.contains(&name) {
                known.insert(name, value);
                continue;
            }
            let message = match suggest::nearest(name, names.iter().copied()) {
                Some(nearest) => format!("unknown; did you mean {prefix}{nearest}?"),
                None => format!("unknown; accepted: {}", names.join(", ")),
            };
            self.problem(key.span(), &format!("{prefix}{name}"), message);
        }
        known
    }

    fn base(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Palette> {
        let found = value.get_ref().as_str().and_then(Palette::built_in);
        let names: Vec<&str> = Palette::BUILT_IN.iter().map(|&(name, _)| name).collect();
        found.or_else(|| self.refuse(value, "base", &names.join(", ")))
    }

    fn color(&mut self, value: &Spanned<DeValue<'_>>, name: &str) -> Option<u32> {
        let found = value.get_ref().as_str().and_then(hex);
        found.or_else(|| self.refuse(value, name, COLOR))
    }

    fn map(&mut self, value: &Spanned<DeValue<'_>>) -> Option<MapRamp> {
        let accepted = format!("viridis, cividis, or {COLORS}");
        match value.get_ref().as_str() {
            Some("viridis") => Some(MapRamp::Viridis),
            Some("cividis") => Some(MapRamp::Cividis),
            _ => self.list(value, "map", &accepted, hex).map(MapRamp::Stops),
        }
    }

    fn list<T>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        name: &str,
        accepted: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = value.get_ref().as_array();
        let read_all = items.and_then(|items| {
            let items = items.iter();
            let read = items.map(|item| item.get_ref().as_str().and_then(&read));
            read.collect::<Option<Vec<T>>>()
        });
        let found = read_all.filter(|items| items.len() >= 2);
        found.or_else(|| self.refuse(value, name, accepted))
    }

    fn named_table<'t, 'i>(&mut self, value: &'t Spanned<DeValue<'i>>) -> Option<Table<'t, 'i>> {
        let mut names: Vec<&str> = NAMED_PARTS.iter().map(|part| part.word()).collect();
        names.push("rates");
        match value.get_ref().as_table() {
            Some(table) => Some(self.known(table, &names, "named.")),
            None => self.refuse(value, "named", "a table of named colours"),
        }
    }

    /// Notes that a value is not accepted.
    fn refuse<T>(&mut self, value: &Spanned<DeValue<'_>>, name: &str, accepted: &str) -> Option<T> {
        let found = layer::shortened(self.text.get(value.span()).unwrap_or_default());
        self.problem(
            value.span(),
            name,
            format!("found {found}; accepted: {accepted}"),
        );
        None
    }

    fn problem(&mut self, span: Range<usize>, name: &str, message: String) {
        self.problems.push(Problem {
            origin: Some(layer::file_origin(&self.path, self.text, span.start)),
            setting: name.to_owned(),
            message,
        });
    }
}

/// What a theme can say.
fn top_names() -> Vec<&'static str> {
    let parts = Part::ALL.iter().map(|part| part.word());
    ["base"]
        .into_iter()
        .chain(parts)
        .chain(["rates", "map", "named"])
        .collect()
}

/// What the base has in the place of what is not written; without a base it is missing.
fn lacking<T>(
    base: Option<&Palette>,
    name: &str,
    missing: &mut Vec<String>,
    of: impl Fn(&Palette) -> T,
) -> Option<T> {
    if base.is_none() {
        missing.push(name.to_owned());
    }
    base.map(of)
}

/// All of them, or nothing.
fn all<T: Copy, const N: usize>(found: [Option<T>; N]) -> Option<[T; N]> {
    let all: Vec<T> = found.into_iter().collect::<Option<_>>()?;
    all.try_into().ok()
}

/// `#rrggbb` as a number.
fn hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#')?;
    let is_hex = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

fn named_color(word: &str) -> Option<NamedColor> {
    let idx = NAMED.iter().position(|named| *named == word)?;
    Some(NamedColor(idx as u8))
}

fn one_named() -> String {
    format!("one of {}", NAMED.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Palette, Vec<String>> {
        let place = Place::Own {
            path: "sea.toml".into(),
            overrides: false,
        };
        Palette::read("sea", text, &place)
            .map_err(|problems| problems.iter().map(Problem::to_string).collect())
    }

    #[test]
    fn what_a_theme_does_not_say_is_that_of_its_base() {
        let light = Palette::built_in("light").unwrap();
        let text = "base = 'light'\nrates = ['#000001', '#00000A']\n[named]\ngood = 'blue'\n";
        let sea = read(text).unwrap();
        assert_eq!(sea.color(Part::Text), light.color(Part::Text));
        assert_eq!(sea.rates, [1, 10]);
        assert_eq!(sea.named(Part::Good), Some(NamedColor(4)));
        assert_eq!(sea.named(Part::Bad), light.named(Part::Bad));
        assert_eq!(sea.named(Part::Text), None);
        let inherited = Palette {
            rates: light.rates.clone(),
            named: light.named,
            ..sea
        };
        assert_eq!(inherited, light);
    }

    #[test]
    fn everything_wrong_with_a_theme_is_found_at_its_place() {
        let text = "\
base = 'sea'
txt = '#000000'
dim = '#0000'
rates = ['#000000']
map = 'hot'
[named]
good = 'mauve'
ugly = 1
rates = ['red', 2]
";
        let mut problems = read(text).unwrap_err();
        problems.sort();
        let expected = [
            "sea.toml:1:8: base: found 'sea'; accepted: dark, light, high-contrast, mono",
            "sea.toml:2:1: txt: unknown; did you mean text?",
            "sea.toml:3:7: dim: found '#0000'; accepted: a colour, such as \"#78c8dc\"",
            "sea.toml:4:9: rates: found ['#000000']; accepted: a list of at least two colours",
            "sea.toml:5:7: map: found 'hot'; accepted: viridis, cividis, or a list",
            "sea.toml:7:8: named.good: found 'mauve'; accepted: one of black, red",
            "sea.toml:8:1: named.ugly: unknown; accepted: accent, good, bad, warn, rates",
            "sea.toml:9:9: named.rates: found ['red', 2]; accepted: a list of at least two, each",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn a_theme_without_a_base_must_say_everything() {
        let problems = read("text = '#000000'\n").unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        let start = "sea.toml:1:1: missing: background, dim, bright, accent";
        assert!(problems[0].starts_with(start), "{}", problems[0]);
        assert!(problems[0].contains("named.rates; accepted: all of them, or base = \"dark\""));
        let mut problems = read("text = \n dim = = \n").unwrap_err();
        problems.sort();
        assert!(
            problems[0].starts_with("sea.toml:1:8: not TOML: "),
            "{problems:?}"
        );
    }
}
