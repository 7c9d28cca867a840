//! Text from outside (file names, settings, values, keys), as it may be printed; and counts in words.
//!
//! A terminal obeys characters that nobody sees: escapes set colours and modes, a carriage return hides what stands before
//! it, a line feed begins what looks like another message, marks of direction turn a name around. So there is one way
//! of quoting for every message and table: [`visible`]. JSON and TOML have escapes of their own, which their readers
//! undo: [`json_escaped`], [`toml_string`].
//!
//! It knows nothing of what the text is about.

use std::fmt::{Display, Write as _};

/// Characters beyond the controls that take no place of their own or act on their neighbours: Unicode's property
/// `Default_Ignorable_Code_Point`, the separators of lines and paragraphs, and the marks of interlinear notes.
const IGNORABLE: [(char, char); 17] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a character is obeyed or ignored by a terminal instead of being shown by it.
pub fn is_hidden(character: char) -> bool {
    let is_inside = |(first, last): &(char, char)| (*first..=*last).contains(&character);
    character.is_control() || IGNORABLE.iter().any(is_inside)
}

/// The text on one line, with what a terminal would not show written out, such as `\n` and `\u{1b}`.
///
/// What is printed as it is stays as it is, also when it is made visible again.
pub fn visible(text: impl Display) -> String {
    let mut line = String::new();
    for character in text.to_string().chars() {
        if is_hidden(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// A JSON on one line, with what a terminal would not show as `\uXXXX`: such characters stand in strings only, and there
/// readers take the escape for the character.
pub fn json_escaped(json: &str) -> String {
    let mut escaped = String::new();
    for character in json.chars() {
        if !is_hidden(character) {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

/// A basic string of TOML that reads back as `text`, with what a terminal would not show as `\UXXXXXXXX`.
pub fn toml_string(text: &str) -> String {
    let mut string = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => string.extend(['\\', character]),
            _ if is_hidden(character) => {
                let _ = write!(string, "\\U{:08x}", u32::from(character));
            }
            _ => string.push(character),
        }
    }
    string + "\""
}

/// `1 seed`, `3 seeds`.
pub fn counted(n: impl Display, noun: &str) -> String {
    let n = n.to_string();
    let plural = if n == "1" { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind: C0, delete, C1, direction, zero width, separators, tags, fillers.
    const HIDDEN: &str = "\0\u{7}\t\n\r\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{115f}\u{200b}\u{200d}\u{200f}\u{2028}\u{202e}\u{2066}\u{feff}\u{e0041}";

    #[test]
    fn what_acts_on_a_terminal_is_written_out_and_the_rest_stays() {
        assert_eq!(
            visible("a\u{1b}[31m\nb\r\t\u{202e}é\u{9b}"),
            "a\\u{1b}[31m\\nb\\r\\t\\u{202e}é\\u{9b}"
        );
        for plain in [
            "",
            "C:\\x y.csv",
            "\"naïve\" 'q'",
            "e\u{301}",
            "日本 ‖W‖²  µ",
            "สวัสดี",
        ] {
            assert_eq!(visible(plain), plain);
        }
        for character in HIDDEN.chars() {
            let line = visible(character);
            assert!(!line.chars().any(is_hidden), "{character:?}: {line:?}");
            assert_eq!(visible(&line), line);
        }
    }

    #[test]
    fn json_and_toml_read_back_what_was_escaped() {
        let json = serde_json::to_string(HIDDEN).unwrap();
        assert!(json.chars().any(is_hidden), "the library escapes by itself");
        let json = json_escaped(&json);
        assert!(!json.chars().any(is_hidden), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), HIDDEN);
        let text = format!("a \"b\" C:\\d 'e' {HIDDEN}");
        let toml = format!("x = {}", toml_string(&text));
        assert!(!toml.chars().any(is_hidden), "{toml:?}");
        let table: toml::Table = toml.parse().unwrap();
        assert_eq!(table["x"].as_str(), Some(text.as_str()));
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1_usize, "seed"), "1 seed");
        assert_eq!(counted(0_u64, "seed"), "0 seeds");
        assert_eq!(counted(2_u32, "label"), "2 labels");
    }
}
