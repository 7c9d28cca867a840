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
    /// A pixel of a picture that is there and has nothing to show.
    Silent,
    /// A pixel that is not there.
    Hole,
}

impl Part {
    const ALL: [Self; 12] = [
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
        Self::Silent,
        Self::Hole,
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
            Self::Silent => "silent",
            Self::Hole => "hole",
        }
    }

    /// Whether a theme without a base may leave it out: colours of pictures came to themes later than the others.
    fn is_optional(self) -> bool {
        matches!(self, Self::Silent | Self::Hole)
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
    colors: [u32; 12],
    /// Stops of the ramp of drop rates as `0xrrggbb`, 0 first; at least two.
    pub rates: Vec<u32>,
    /// The map of many values.
    pub map: MapRamp,
    /// The map of signed values as `0xrrggbb`: the most negative, nought, the most positive.
    pub sign: [u32; 3],
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
const THREE_COLORS: &str = "a list of three colours, negative, nought, positive, such as [\"#4882ff\", \"#181b23\", \"#ffecc8\"]";
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
        let written = Part::ALL.map(|part| {
            let value = top.get(part.word());
            value.map(|value| self.color(value, part.word()))
        });
        let background = written[Part::Background as usize].flatten();
        let colors = Part::ALL.map(|part| match (written[part as usize], base.as_ref()) {
            (Some(color), _) => color,
            (None, Some(base)) => Some(base.color(part)),
            (None, None) if part.is_optional() => Some(nearest_built_in(background).color(part)),
            (None, None) => {
                missing.push(part.word().to_owned());
                None
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
        let sign = match (top.get("sign"), base.as_ref()) {
            (Some(value), _) => self.sign(value),
            (None, Some(base)) => Some(base.sign),
            (None, None) => Some(nearest_built_in(background).sign),
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
            sign: sign?,
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

    fn sign(&mut self, value: &Spanned<DeValue<'_>>) -> Option<[u32; 3]> {
        let colors = self.list(value, "sign", THREE_COLORS, hex)?;
        let three = colors.try_into().ok();
        three.or_else(|| self.refuse(value, "sign", THREE_COLORS))
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
        .chain(["rates", "map", "sign", "named"])
        .collect()
}

/// The built-in theme that has a background like this one; the dark one where none is known.
fn nearest_built_in(background: Option<u32>) -> Palette {
    let channels = background.unwrap_or(0).to_be_bytes();
    let is_light = channels
        .iter()
        .map(|&channel| u32::from(channel))
        .sum::<u32>()
        > 3 * 0x7f;
    Palette::built_in(if is_light { "light" } else { "dark" }).expect("built-in themes can be read")
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
sign = ['#000000', '#000001']
[named]
good = 'mauve'
ugly = 1
rates = ['red', 2]
";
        let mut problems = read(text).unwrap_err();
        problems.sort();
        let expected = [
            "sea.toml:10:9: named.rates: found ['red', 2]; accepted: a list of at least two, each",
            "sea.toml:1:8: base: found 'sea'; accepted: dark, light, high-contrast, mono",
            "sea.toml:2:1: txt: unknown; did you mean text?",
            "sea.toml:3:7: dim: found '#0000'; accepted: a colour, such as \"#78c8dc\"",
            "sea.toml:4:9: rates: found ['#000000']; accepted: a list of at least two colours",
            "sea.toml:5:7: map: found 'hot'; accepted: viridis, cividis, or a list",
            "sea.toml:6:8: sign: found ['#000000', '#000001']; accepted: a list of three colours, ne",
            "sea.toml:8:8: named.good: found 'mauve'; accepted: one of black, red",
            "sea.toml:9:1: named.ugly: unknown; accepted: accent, good, bad, warn, rates",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn a_theme_from_before_there_were_pictures_has_those_of_the_nearest_built_in_one() {
        let cases = [("dark", "0d0f14", "light"), ("light", "faf9f5", "dark")];
        for (name, background, other) in cases {
            let (_, text) = Palette::BUILT_IN
                .iter()
                .find(|(known, _)| *known == name)
                .unwrap();
            let is_old = |line: &&str| {
                !["sign", "silent", "hole"]
                    .iter()
                    .any(|word| line.starts_with(word))
            };
            let old: Vec<&str> = text.lines().filter(is_old).collect();
            assert!(old.len() < text.lines().count(), "{name} has all of them");
            assert!(old.iter().any(|line| line.contains(background)), "{name}");
            assert_eq!(
                read(&old.join("\n")).unwrap(),
                Palette::built_in(name).unwrap()
            );
            assert_ne!(
                Palette::built_in(name).unwrap().sign,
                Palette::built_in(other).unwrap().sign
            );
        }
    }

    #[test]
    fn a_theme_without_a_base_must_say_everything_else() {
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
