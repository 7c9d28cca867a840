//! Pieces to events: which key, button or answer a sequence is.
//!
//! What is not known here is no event. It never is the keys that its bytes would be.

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use xterm_color::Color;

use super::bytes::Piece;
use super::{Background, Event};

/// The events of a piece: none, one, or an Escape and another where `ESC` came before what is no key.
pub(super) fn events_of(piece: Piece) -> Vec<Event> {
    match piece {
        Piece::Char { char, has_alt } => vec![key(char_key(char), alt_if(has_alt))],
        Piece::Escape => vec![escape()],
        Piece::Control {
            parameters,
            last,
            has_alt,
        } => {
            let event = std::str::from_utf8(&parameters)
                .ok()
                .and_then(|parameters| control(parameters, last));
            after_escape(event, has_alt)
        }
        Piece::Function { last, has_alt } => after_escape(function(last), has_alt),
        Piece::Mouse([buttons, column, row]) => {
            let place = |byte: u8| u16::from(byte.saturating_sub(32)).saturating_sub(1);
            let buttons = u16::from(buttons.saturating_sub(32));
            mouse(buttons, place(column), place(row), Way::Unknown)
                .into_iter()
                .collect()
        }
        Piece::Paste(text) => vec![Event::Paste(text)],
        Piece::Answer(text) => background(&text).into_iter().collect(),
    }
}

/// A key together with the `ESC` before it has Alt; before anything else it was a key of its own.
fn after_escape(event: Option<Event>, has_escape: bool) -> Vec<Event> {
    match event {
        Some(Event::Key(mut key)) if has_escape => {
            key.modifiers |= KeyModifiers::ALT;
            vec![Event::Key(key)]
        }
        Some(event) if has_escape => vec![escape(), event],
        event => event.into_iter().collect(),
    }
}

fn escape() -> Event {
    key(KeyCode::Esc.into(), KeyModifiers::NONE)
}

fn key(key: KeyEvent, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(key.code, key.modifiers | modifiers))
}

fn alt_if(has_alt: bool) -> KeyModifiers {
    if has_alt {
        KeyModifiers::ALT
    } else {
        KeyModifiers::NONE
    }
}

/// The key that sends a character or a control code.
fn char_key(char: char) -> KeyEvent {
    let control = |base: u8| {
        let letter = char::from((char as u8) + base);
        KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)
    };
    match char {
        '\r' => KeyCode::Enter.into(),
        '\t' => KeyCode::Tab.into(),
        '\x7f' => KeyCode::Backspace.into(),
        '\0' => KeyEvent::new(KeyCode::Char(' '), KeyModifiers::CONTROL),
        '\x01'..='\x1a' => control(b'a' - 1),
        '\x1c'..='\x1f' => control(b'4' - 0x1c),
        '\x1b' => KeyCode::Esc.into(),
        char if char.is_uppercase() => KeyEvent::new(KeyCode::Char(char), KeyModifiers::SHIFT),
        char => KeyCode::Char(char).into(),
    }
}

/// `ESC O` and a byte.
fn function(last: u8) -> Option<Event> {
    let code = match last {
        b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S' => named_by(last)?,
        b'M' => KeyCode::Enter,
        // The digits and signs of the keypad, where it sends sequences of its own.
        b'j'..=b'y' => KeyCode::Char(char::from(last - 0x40)),
        _ => return None,
    };
    Some(Event::Key(code.into()))
}

/// The key whose sequence ends in a letter.
fn named_by(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        b'Z' => KeyCode::BackTab,
        _ => return None,
    })
}

/// `ESC [`, parameters, a last byte.
fn control(parameters: &str, last: u8) -> Option<Event> {
    if let Some(report) = parameters.strip_prefix('<') {
        return mouse_report(report, last);
    }
    if let Some(number) = parameters.strip_prefix('[') {
        let is_function = number.is_empty() && (b'A'..=b'E').contains(&last);
        return is_function.then(|| Event::Key(KeyCode::F(last - b'A' + 1).into()));
    }
    match (parameters, last) {
        ("", b'I') => Some(Event::FocusGained),
        ("", b'O') => Some(Event::FocusLost),
        (attributes, b'c') if attributes.starts_with('?') => Some(Event::AnswersEnd),
        // `u` alone comes from keyboards that are asked for it, and from programs that forgot to ask back.
        (_, b'u') => unicode_key(parameters),
        (_, b'~') => numbered_key(parameters),
        (_, b'Z') => pressed(KeyCode::BackTab, "1;2"),
        ("", _) => pressed(named_by(last)?, "1"),
        // `ESC [ 5 ; 3 R` says where the cursor is; keys begin with 1.
        (_, _) if parameters.starts_with("1;") => pressed(named_by(last)?, parameters),
        _ => None,
    }
}

/// `ESC [ N ; modifiers ~`, or `ESC [ 27 ; modifiers ; character ~`.
fn numbered_key(parameters: &str) -> Option<Event> {
    let (number, rest) = parameters.split_once(';').unwrap_or((parameters, ""));
    if number == "27" {
        let (modifiers, char) = rest.split_once(';')?;
        return unicode_key(&format!("{char};{modifiers}"));
    }
    let code = match number.parse().ok()? {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        // The numbers jump wherever the function keys of the VT220 had a gap.
        number @ 11..=15 => KeyCode::F(number - 10),
        number @ 17..=21 => KeyCode::F(number - 11),
        number @ 23..=26 => KeyCode::F(number - 12),
        number @ 28..=29 => KeyCode::F(number - 13),
        number @ 31..=34 => KeyCode::F(number - 14),
        _ => return None,
    };
    pressed(code, parameters)
}

/// `ESC [ character ; modifiers u`, the character as a number.
fn unicode_key(parameters: &str) -> Option<Event> {
    let (number, _) = parameters.split_once(';').unwrap_or((parameters, ""));
    let number = number.split(':').next()?.parse().ok()?;
    let plain = char_key(char::from_u32(number)?);
    pressed(plain.code, parameters)
}

/// A key with the modifiers of `N ; modifiers : kind`; `None` if it was released.
fn pressed(code: KeyCode, parameters: &str) -> Option<Event> {
    const RELEASED: &str = "3";
    let modifiers = parameters.split(';').nth(1).unwrap_or_default();
    let (modifiers, kind) = modifiers.split_once(':').unwrap_or((modifiers, ""));
    if kind == RELEASED {
        return None;
    }
    let bits = match modifiers {
        "" => 0,
        // One more than the bits; the locks above them are none.
        number => number.parse::<u8>().ok()?.checked_sub(1)? & 0x3f,
    };
    let modifiers = KeyModifiers::from_bits_truncate(match bits {
        bits if bits & !0x7 == 0 => xterm_bits(bits),
        // Super, hyper and meta: no key of ours has them, and Alt is one that no key has either.
        bits => xterm_bits(bits) | KeyModifiers::ALT.bits(),
    });
    let mut event = KeyEvent::new(code, modifiers);
    if kind == "2" {
        event.kind = KeyEventKind::Repeat;
    }
    Some(Event::Key(event))
}

/// Shift, Alt and Control, as xterm numbers them.
fn xterm_bits(bits: u8) -> u8 {
    let all = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
    ];
    let set = all.into_iter().filter(|(bit, _)| bits & bit != 0);
    set.fold(KeyModifiers::NONE, |all, (_, one)| all | one)
        .bits()
}

/// `ESC [ < buttons ; column ; row`, and `M` where a button went down, `m` where it went up.
fn mouse_report(report: &str, last: u8) -> Option<Event> {
    let way = match last {
        b'M' => Way::Down,
        b'm' => Way::Up,
        _ => return None,
    };
    let mut numbers = report.split(';').map(str::parse::<u16>);
    let mut next = || numbers.next()?.ok();
    let (buttons, column, row) = (next()?, next()?, next()?);
    mouse(
        buttons,
        column.saturating_sub(1),
        row.saturating_sub(1),
        way,
    )
}

/// What a mouse report says of the button's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
    /// The oldest reports say it in the button's number.
    Unknown,
}

fn mouse(buttons: u16, column: u16, row: u16, way: Way) -> Option<Event> {
    const MOTION: u16 = 32;
    const WHEEL: u16 = 64;
    const RELEASED: u16 = 3;
    let button = match buttons & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let is_none = buttons & 3 == RELEASED;
    let kind = match buttons & !0b1_1100 {
        wheel if wheel & WHEEL != 0 => match wheel & !WHEEL {
            0 => MouseEventKind::ScrollUp,
            1 => MouseEventKind::ScrollDown,
            2 => MouseEventKind::ScrollLeft,
            3 => MouseEventKind::ScrollRight,
            _ => return None,
        },
        moved if moved & MOTION != 0 && is_none => MouseEventKind::Moved,
        moved if moved & MOTION != 0 => MouseEventKind::Drag(button),
        _ if is_none => match way {
            Way::Unknown => MouseEventKind::Up(MouseButton::Left),
            Way::Down | Way::Up => return None,
        },
        0..=2 if way == Way::Up => MouseEventKind::Up(button),
        0..=2 => MouseEventKind::Down(button),
        _ => return None,
    };
    let held = [
        (4, KeyModifiers::SHIFT),
        (8, KeyModifiers::ALT),
        (16, KeyModifiers::CONTROL),
    ];
    let held = held.into_iter().filter(|(bit, _)| buttons & bit != 0);
    Some(Event::Mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers: held.fold(KeyModifiers::NONE, |all, (_, one)| all | one),
    }))
}

/// The answer to "what is your background": `11;rgb:1010/1010/1010`.
fn background(answer: &[u8]) -> Option<Event> {
    let color = Color::parse(answer.strip_prefix(b"11;")?).ok()?;
    Some(Event::Background(if color.perceived_lightness() > 0.5 {
        Background::Light
    } else {
        Background::Dark
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events of `text`, sent at once and followed by a silence.
    fn events(text: &str) -> Vec<Event> {
        let mut parser = super::super::bytes::Parser::default();
        let mut events = Vec::new();
        let mut tell = |piece| events.extend(events_of(piece));
        parser.advance(text.as_bytes(), &mut tell);
        parser.note_silence(&mut tell);
        events
    }

    fn event(text: &str) -> Event {
        match &events(text)[..] {
            [event] => event.clone(),
            events => panic!("{text:?}: {events:?}"),
        }
    }

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_of_all_terminals_are_known() {
        const NONE: KeyModifiers = KeyModifiers::NONE;
        let cases = [
            ("q", KeyCode::Char('q'), NONE),
            ("R", KeyCode::Char('R'), KeyModifiers::SHIFT),
            ("é", KeyCode::Char('é'), NONE),
            ("\r", KeyCode::Enter, NONE),
            ("\t", KeyCode::Tab, NONE),
            ("\x7f", KeyCode::Backspace, NONE),
            ("\x03", KeyCode::Char('c'), KeyModifiers::CONTROL),
            ("\x1c", KeyCode::Char('4'), KeyModifiers::CONTROL),
            ("\0", KeyCode::Char(' '), KeyModifiers::CONTROL),
            ("\x1b", KeyCode::Esc, NONE),
            ("\x1bq", KeyCode::Char('q'), KeyModifiers::ALT),
            ("\x1b\r", KeyCode::Enter, KeyModifiers::ALT),
            ("\x1bé", KeyCode::Char('é'), KeyModifiers::ALT),
            ("\x1b[A", KeyCode::Up, NONE),
            ("\x1bOA", KeyCode::Up, NONE),
            ("\x1b\x1b[A", KeyCode::Up, KeyModifiers::ALT),
            ("\x1b[1;5A", KeyCode::Up, KeyModifiers::CONTROL),
            ("\x1b[1;3D", KeyCode::Left, KeyModifiers::ALT),
            ("\x1b[1;9D", KeyCode::Left, KeyModifiers::ALT),
            ("\x1b[H", KeyCode::Home, NONE),
            ("\x1b[1~", KeyCode::Home, NONE),
            ("\x1b[4~", KeyCode::End, NONE),
            ("\x1b[6;2~", KeyCode::PageDown, KeyModifiers::SHIFT),
            ("\x1b[15~", KeyCode::F(5), NONE),
            ("\x1b[24~", KeyCode::F(12), NONE),
            ("\x1b[[B", KeyCode::F(2), NONE),
            ("\x1bOQ", KeyCode::F(2), NONE),
            ("\x1b[Z", KeyCode::BackTab, KeyModifiers::SHIFT),
            ("\x1b[113;3u", KeyCode::Char('q'), KeyModifiers::ALT),
            ("\x1b[27;5;113~", KeyCode::Char('q'), KeyModifiers::CONTROL),
            ("\x1b[27u", KeyCode::Esc, NONE),
        ];
        for (text, code, modifiers) in cases {
            assert_eq!(event(text), pressed(code, modifiers), "{text:?}");
        }
    }

    #[test]
    fn a_released_key_is_no_event_and_a_repeated_one_is() {
        for (kind, is_event) in [("1", true), ("2", true), ("3", false)] {
            let events = events(&format!("\x1b[113;1:{kind}u"));
            assert_eq!(!events.is_empty(), is_event, "{kind}");
        }
    }

    #[test]
    fn the_mouse_is_read_in_both_its_codes() {
        let cases = [
            ("\x1b[<0;3;4M", MouseEventKind::Down(MouseButton::Left)),
            ("\x1b[<0;3;4m", MouseEventKind::Up(MouseButton::Left)),
            ("\x1b[<34;3;4M", MouseEventKind::Drag(MouseButton::Right)),
            ("\x1b[<64;3;4M", MouseEventKind::ScrollUp),
            ("\x1b[<65;3;4M", MouseEventKind::ScrollDown),
            ("\x1b[M #$", MouseEventKind::Down(MouseButton::Left)),
            ("\x1b[Ma#$", MouseEventKind::ScrollDown),
        ];
        for (text, kind) in cases {
            let Event::Mouse(mouse) = event(text) else {
                panic!("{text:?} is no mouse");
            };
            assert_eq!(
                (mouse.kind, mouse.column, mouse.row),
                (kind, 2, 3),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_background_is_understood_in_any_ending_and_notation() {
        let answers = [
            ("\x1b]11;rgb:1010/1010/1010\x07", Background::Dark),
            ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", Background::Light),
            ("\x1b]11;rgb:f/f/f\x1b", Background::Light),
            ("\x1b]11;rgba:ff/ff/f0/ff\x07", Background::Light),
            ("\x1b]11;#101010\x07", Background::Dark),
        ];
        for (text, background) in answers {
            assert_eq!(event(text), Event::Background(background), "{text:?}");
        }
    }

    #[test]
    fn answers_that_nobody_understands_are_no_events() {
        for text in [
            "\x1b]10;rgb:dcdc/dcdc/dcdc\x07",
            "\x1b]11;rgb:zz/zz\x07",
            "\x1b]11;?\x1b\\",
            "\x1b]52;c;cXFxcXFx\x07",
            "\x1bP>|tmux 3.4\x1b\\",
            "\x1b_Gi=31;OK\x1b\\",
            "\x1b[12;40R",
            "\x1b[>0;276;0c",
            "\x1b[?1u",
            "\x1b[?2026;2$y",
            "\x1b[q",
            "\x1b[<0;3M",
            "\x1bOz",
        ] {
            assert_eq!(events(text), [], "{text:?}");
        }
        assert_eq!(event("\x1b[?62;22c"), Event::AnswersEnd);
    }

    #[test]
    fn a_paste_is_text_whatever_it_is_made_of() {
        let text = "q\r\x1b[A\x03\x1b]11;é";
        let event = event(&format!("\x1b[200~{text}\x1b[201~"));
        assert_eq!(event, Event::Paste(text.to_owned()));
    }
}
