//! Options behind a path: `FILE?label=price&sep=tab`. One way of writing them for all kinds of data.
//!
//! The options begin at the first `?` that a name and `=` follow, so most names with a `?` in them need no care. Where a
//! name looks like options (`data.csv?raw=1`), `??` ends it. In a value, `%` and two hexadecimal digits stand for a
//! character that separates: `%26` for `&`.

use std::fmt::Write as _;

/// An option as it is written.
pub(super) type Pair = (String, String);

/// The path and the options of a text. An option without `=` has an empty value.
pub(super) fn split(text: &str) -> (&str, Vec<Pair>) {
    let (path, options) = text.rsplit_once("??").unwrap_or_else(|| {
        text.match_indices('?')
            .find(|&(place, _)| begins_options(&text[place + 1..]))
            .map_or((text, ""), |(place, _)| {
                (&text[..place], &text[place + 1..])
            })
    });
    let pair = |option: &str| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        (name.to_owned(), decoded(value))
    };
    let options = options.split('&').filter(|option| !option.is_empty());
    (path, options.map(pair).collect())
}

/// The text that [`split`] takes apart again.
pub(super) fn joined(path: &str, options: &[Pair]) -> String {
    let looks_like_options = path.contains("??") || path.split('?').skip(1).any(begins_options);
    let needs_end = looks_like_options || (path.ends_with('?') && !options.is_empty());
    let mark = match (needs_end, options.is_empty()) {
        (true, _) => "??",
        (false, true) => "",
        (false, false) => "?",
    };
    let options: Vec<String> = options
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    format!("{path}{mark}{}", options.join("&"))
}

fn begins_options(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        if ['%', '&', '?'].contains(&character) || character.is_control() {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(text, "%{byte:02X}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

/// The value with every `%` and two hexadecimal digits replaced; any other `%` is itself.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = rest
            .get(1..3)
            .filter(|digits| byte == b'%' && digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &rest[3..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_begin_where_a_name_and_a_sign_follow_or_at_two_question_marks() {
        type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
        let cases: &[Case] = &[
            ("a.csv", "a.csv", &[]),
            ("a.csv?sep=;", "a.csv", &[("sep", ";")]),
            ("a?sep=;&label=x y", "a", &[("sep", ";"), ("label", "x y")]),
            ("a?label=a=b", "a", &[("label", "a=b")]),
            ("a?label=sure?", "a", &[("label", "sure?")]),
            ("a?label=a%26b%zz%", "a", &[("label", "a&b%zz%")]),
            ("what?.csv", "what?.csv", &[]),
            ("what?", "what?", &[]),
            ("what?.csv?sep=;", "what?.csv", &[("sep", ";")]),
            ("a?raw=1", "a", &[("raw", "1")]),
            ("a?raw=1??", "a?raw=1", &[]),
            ("a?raw=1??sep=;", "a?raw=1", &[("sep", ";")]),
            ("a??sep", "a", &[("sep", "")]),
            ("a?sep=&", "a", &[("sep", "")]),
        ];
        for (text, path, options) in cases {
            let options: Vec<Pair> = options
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(split(text), (*path, options), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_joined_splits_into_the_same_parts(
            path in "[a-c?=&%/. é]{1,12}",
            options in proptest::collection::vec(("[a-z]{1,4}", "[a-c?=&%;\t é0-9]{1,8}"), 0..3),
        ) {
            let text = joined(&path, &options);
            proptest::prop_assert_eq!(split(&text), (path.as_str(), options), "{}", text);
        }
    }
}
