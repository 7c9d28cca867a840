//! The help's pages as they are written, and their markup.
//!
//! A page is plain text in `assets/help`, so that it can be written and read without any code around it. A line begins
//! with what it is:
//!
//! ```text
//! # a heading
//! = a formula
//! ~ a source
//! what is on the screen :: what it means
//! @keys names of actions      their keys and what they do
//! @ramp                       the colours of the rates
//! ```
//!
//! Other lines are a paragraph, up to the next blank line. In front of all this, `ascii? `, `unicode? `, `color? ` and
//! `plain? ` keep a line for screens of that kind. What the screen spells otherwise in ASCII, so does the help.

use crate::tui::keymap::{BINDINGS, Keymap};
use crate::tui::reader::HelpPage;
use crate::tui::screen::{Pane, Screen};
use crate::tui::theme::{Role, Theme};

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Heading(String),
    Paragraph(String),
    Formula(String),
    Source(String),
    /// What is on the screen, in the look of `role`, and what it means.
    Row {
        term: String,
        role: Role,
        meaning: String,
    },
    /// The colours of the rates from 0 to 1.
    Ramp,
    /// A blank row.
    Gap,
}

/// What stands for what where only ASCII may be drawn; longer texts before their parts. A test finds what is missing.
const ASCII: [(&str, &str); 45] = [
    ("2⁵¹²", "2^512"),
    ("10⁷⁷", "1e77"),
    ("■ ", ""),
    ("▁▃▅█", ".:|#"),
    ("²", "^2"),
    ("‖", "|"),
    ("₀", "0"),
    ("ⁿ", "^n"),
    ("±", "+-"),
    ("–", "-"),
    ("−", "-"),
    ("≈", "~"),
    ("σ", "sigma"),
    ("ε", "eps"),
    ("├", "["),
    ("✓", "*"),
    ("→", "->"),
    ("×", "x"),
    ("·", "-"),
    ("…", ".."),
    ("∞", "inf"),
    ("○", "o"),
    ("●", "*"),
    ("◆", "+"),
    ("┃", "|"),
    ("◉", "@"),
    ("━", "*"),
    ("╌", "-"),
    ("┤", "+"),
    ("┊", ":"),
    ("┬", "T"),
    ("√", ""),
    ("≡", "%"),
    ("│", "|"),
    ("▌", "|"),
    ("▾", "v"),
    ("▲", "^"),
    ("▼", "v"),
    ("↑", "^"),
    ("↓", "v"),
    ("▶", ">"),
    ("◀", "<"),
    ("╎", ":"),
    ("›", ">"),
    ("✗", "x"),
];

/// Quotes have two characters for one.
const QUOTES: [char; 2] = ['“', '”'];

fn source(page: HelpPage) -> &'static str {
    match page {
        HelpPage::Pane(Pane::Curves) => include_str!("../../../../assets/help/curves.txt"),
        HelpPage::Pane(Pane::Masks) => include_str!("../../../../assets/help/masks.txt"),
        HelpPage::Pane(Pane::Ensemble) => include_str!("../../../../assets/help/ensemble.txt"),
        HelpPage::Pane(Pane::Norms) => include_str!("../../../../assets/help/norms.txt"),
        HelpPage::Pane(Pane::Nested) => include_str!("../../../../assets/help/nested.txt"),
        HelpPage::Pane(Pane::Robust) => include_str!("../../../../assets/help/robust.txt"),
        HelpPage::Pane(Pane::NormBySteps) => {
            include_str!("../../../../assets/help/norm-by-step.txt")
        }
        HelpPage::Pane(Pane::NormByLoss) => {
            include_str!("../../../../assets/help/norm-by-loss.txt")
        }
        HelpPage::Pane(Pane::NormBySeconds) => {
            include_str!("../../../../assets/help/norm-by-time.txt")
        }
        HelpPage::Pane(Pane::Families) => include_str!("../../../../assets/help/families.txt"),
        HelpPage::Pane(Pane::UnitNorms) => include_str!("../../../../assets/help/unit-norms.txt"),
        HelpPage::Pane(Pane::Thinned) => include_str!("../../../../assets/help/thinned.txt"),
        HelpPage::Pane(Pane::HowMany) => include_str!("../../../../assets/help/how-many.txt"),
        HelpPage::Pane(Pane::Averaging) => include_str!("../../../../assets/help/averaging.txt"),
        HelpPage::Pane(Pane::Alone) => include_str!("../../../../assets/help/alone.txt"),
        HelpPage::Pane(Pane::Committee) => include_str!("../../../../assets/help/committee.txt"),
        HelpPage::Pane(Pane::EveryMask) => include_str!("../../../../assets/help/every-mask.txt"),
        HelpPage::Pane(Pane::HowGood) => include_str!("../../../../assets/help/how-good.txt"),
        HelpPage::Pane(Pane::Ways) => include_str!("../../../../assets/help/ways.txt"),
        HelpPage::Pane(Pane::MeanWorth) => include_str!("../../../../assets/help/mean-worth.txt"),
        HelpPage::Pane(Pane::Visited) => include_str!("../../../../assets/help/visited.txt"),
        HelpPage::Pane(Pane::UnitMap) => include_str!("../../../../assets/help/unit-map.txt"),
        HelpPage::Pane(Pane::Unit) => include_str!("../../../../assets/help/unit.txt"),
        HelpPage::Pane(Pane::Activation) => include_str!("../../../../assets/help/activation.txt"),
        HelpPage::Pane(Pane::IfLost) => include_str!("../../../../assets/help/if-lost.txt"),
        HelpPage::Pane(Pane::Alike) => include_str!("../../../../assets/help/alike.txt"),
        HelpPage::Screen(Screen::Lab) => include_str!("../../../../assets/help/screen-lab.txt"),
        HelpPage::Screen(Screen::Masks) => include_str!("../../../../assets/help/screen-masks.txt"),
        HelpPage::Screen(Screen::Ensemble) => {
            include_str!("../../../../assets/help/screen-ensemble.txt")
        }
        HelpPage::Screen(Screen::Curves) => {
            include_str!("../../../../assets/help/screen-curves.txt")
        }
        HelpPage::Screen(Screen::Weights) => {
            include_str!("../../../../assets/help/screen-weights.txt")
        }
        HelpPage::Screen(Screen::Units) => include_str!("../../../../assets/help/screen-units.txt"),
        HelpPage::Screen(Screen::Robust) => {
            include_str!("../../../../assets/help/screen-robust.txt")
        }
        HelpPage::Pane(Pane::InputNoise) => include_str!("../../../../assets/help/input-noise.txt"),
        HelpPage::Pane(Pane::LostInputs) => include_str!("../../../../assets/help/lost-inputs.txt"),
        HelpPage::Pane(Pane::LostUnits) => include_str!("../../../../assets/help/lost-units.txt"),
        HelpPage::Pane(Pane::Area) => include_str!("../../../../assets/help/area.txt"),
        HelpPage::Pane(Pane::Attack) => include_str!("../../../../assets/help/attack.txt"),
        HelpPage::Pane(Pane::PerClass) => include_str!("../../../../assets/help/per-class.txt"),
        HelpPage::Table => include_str!("../../../../assets/help/table.txt"),
        HelpPage::Lines => include_str!("../../../../assets/help/lines.txt"),
        HelpPage::Keys => include_str!("../../../../assets/help/keys.txt"),
    }
}

/// The blocks of `page` on a screen of this theme, with the user's own keys.
pub(super) fn blocks(page: HelpPage, theme: &Theme, keymap: &Keymap) -> Vec<Block> {
    parse(source(page), theme, keymap)
}

fn parse(text: &str, theme: &Theme, keymap: &Keymap) -> Vec<Block> {
    let mut blocks = Vec::new();
    for line in text.lines() {
        let Some(line) = kept(line, theme) else {
            continue;
        };
        let line = theme.glyphs().pick(line.to_owned(), spelled_in_ascii(line));
        match block(&line) {
            Line::Of(block) => blocks.push(block),
            Line::Keys(names) => blocks.extend(key_rows(names, theme, keymap)),
            Line::Prose(text) => match blocks.last_mut() {
                Some(Block::Paragraph(paragraph)) => {
                    paragraph.push(' ');
                    paragraph.push_str(text);
                }
                _ => blocks.push(Block::Paragraph(text.to_owned())),
            },
        }
    }
    blocks
}

/// The line without its condition, if it is for screens of this theme.
fn kept<'a>(line: &'a str, theme: &Theme) -> Option<&'a str> {
    let conditions = [
        ("ascii? ", theme.glyphs().is_ascii()),
        ("unicode? ", !theme.glyphs().is_ascii()),
        ("color? ", theme.has_colors()),
        ("plain? ", !theme.has_colors()),
    ];
    for (condition, is_met) in conditions {
        if let Some(rest) = line.strip_prefix(condition) {
            return is_met.then_some(rest);
        }
    }
    Some(line)
}

/// The text as the screen spells it in ASCII.
fn spelled_in_ascii(text: &str) -> String {
    let text = text.replace(QUOTES, "\"");
    ASCII
        .iter()
        .fold(text, |text, (unicode, ascii)| text.replace(unicode, ascii))
}

/// What a line of markup is.
enum Line<'a> {
    Of(Block),
    Keys(&'a str),
    Prose(&'a str),
}

fn block(line: &str) -> Line<'_> {
    if let Some((term, meaning)) = line.split_once(" :: ") {
        return Line::Of(Block::Row {
            term: term.to_owned(),
            role: Role::Bright,
            meaning: meaning.to_owned(),
        });
    }
    match line.split_once(' ').unwrap_or((line, "")) {
        ("#", heading) => Line::Of(Block::Heading(heading.to_owned())),
        ("=", formula) => Line::Of(Block::Formula(formula.to_owned())),
        ("~", source) => Line::Of(Block::Source(source.to_owned())),
        ("@keys", names) => Line::Keys(names),
        ("@ramp", _) => Line::Of(Block::Ramp),
        ("", _) => Line::Of(Block::Gap),
        _ => Line::Prose(line),
    }
}

/// A row for each of the actions, in the order in which they are named; one that the user gave no key has none.
fn key_rows(names: &str, theme: &Theme, keymap: &Keymap) -> Vec<Block> {
    let binding = |name: &str| BINDINGS.iter().find(|binding| binding.name == name);
    names
        .split(' ')
        .filter_map(binding)
        .map(|binding| (keymap.keys_of(binding.action).join(" "), binding.help))
        .filter(|(keys, _)| !keys.is_empty())
        .map(|(keys, help)| Block::Row {
            term: keys,
            role: Role::Accent,
            meaning: theme.glyphs().pick(help.to_owned(), spelled_in_ascii(help)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};

    fn theme(tier: ColorTier, glyphs: Glyphs) -> Theme {
        Theme::built_in("dark", tier, glyphs)
    }

    fn row(term: &str, role: Role, meaning: &str) -> Block {
        Block::Row {
            term: term.to_owned(),
            role,
            meaning: meaning.to_owned(),
        }
    }

    #[test]
    fn every_line_becomes_what_its_beginning_says() {
        let text = "one\ntwo\n\n# Head\n= a = b\n~ [X]\n± :: spread\n@ramp\n@keys quit nothing";
        let theme = theme(ColorTier::TrueColor, Glyphs::Braille);
        let expected = [
            Block::Paragraph("one two".to_owned()),
            Block::Gap,
            Block::Heading("Head".to_owned()),
            Block::Formula("a = b".to_owned()),
            Block::Source("[X]".to_owned()),
            row("±", Role::Bright, "spread"),
            Block::Ramp,
            row("q Ctrl-c", Role::Accent, "leave"),
        ];
        assert_eq!(parse(text, &theme, &Keymap::default()), expected);
    }

    #[test]
    fn a_line_is_kept_for_the_screens_that_it_is_about() {
        let text = "ascii? a\nunicode? u\ncolor? c\nplain? p";
        let cases = [
            (ColorTier::TrueColor, Glyphs::Half, "u c"),
            (ColorTier::Ansi16, Glyphs::Ascii, "a c"),
            (ColorTier::None, Glyphs::Octant, "u p"),
            (ColorTier::None, Glyphs::Ascii, "a p"),
        ];
        for (tier, glyphs, expected) in cases {
            let blocks = parse(text, &theme(tier, glyphs), &Keymap::default());
            assert_eq!(
                blocks,
                [Block::Paragraph(expected.to_owned())],
                "{tier:?} {glyphs}"
            );
        }
    }

    #[test]
    fn pages_name_only_actions_that_there_are_and_the_keys_page_names_all() {
        let named = |page| -> Vec<&str> {
            source(page)
                .lines()
                .filter_map(|line| line.strip_prefix("@keys "))
                .flat_map(|names| names.split(' '))
                .collect()
        };
        for page in HelpPage::all() {
            let names = named(page);
            assert!(!names.is_empty(), "{page:?} names no keys");
            for name in names {
                let is_there = BINDINGS.iter().any(|binding| binding.name == name);
                assert!(is_there, "{page:?}: there is no action `{name}`");
            }
        }
        for binding in BINDINGS {
            let is_named = named(HelpPage::Keys).contains(&binding.name);
            assert!(is_named, "the keys page does not name `{}`", binding.name);
        }
    }

    #[test]
    fn the_users_own_keys_are_shown() {
        let keymap = Keymap::new([("crosshair", "f7"), ("zoom", "")]).unwrap();
        let rows = key_rows(
            "crosshair zoom",
            &theme(ColorTier::None, Glyphs::Braille),
            &keymap,
        );
        let help = "the crosshair that reads what was measured of every rate";
        assert_eq!(rows, [row("F7", Role::Accent, help)]);
    }

    #[test]
    fn in_ascii_pages_are_spelled_in_ascii() {
        for page in HelpPage::all() {
            for line in source(page).lines() {
                let Some(line) = kept(line, &theme(ColorTier::None, Glyphs::Ascii)) else {
                    continue;
                };
                let spelled = spelled_in_ascii(line);
                assert!(spelled.is_ascii(), "{page:?}: {spelled}");
            }
        }
    }
}
