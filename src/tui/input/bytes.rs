//! Bytes to pieces: where in what the terminal sends one key, report or answer ends and the next begins.
//!
//! A sequence may arrive in any number of parts, as links and buffers cut it. The parser keeps what it has seen across
//! reads, so a cut changes nothing; only a silence can, because a lone `ESC` is a key and begins every sequence. So:
//!
//! * What follows an open sequence belongs to it until it ends, however broken it is: none of it is a key.
//! * After a silence a byte is a key of its own if it cannot go on with what is open, or if a second silence follows it.
//!   Somebody pressed it. Two bytes together are the late rest of the sequence.
//!
//! There is no clock here: the caller says when it was silent. Parsers of what programs send to terminals (such as the
//! crate `vte`) know neither silences nor `ESC O`, pastes and mouse reports, and crossterm's own takes a rest for keys.

use std::mem;

/// One thing that the terminal sent, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A character or a control code, with `ESC` before it if Alt was held.
    Char {
        /// As it was sent: Enter is `\r`.
        char: char,
        /// Whether an `ESC` came with it.
        has_alt: bool,
    },
    /// `ESC`, and nothing with it.
    Escape,
    /// `ESC [`, parameters, a last byte.
    Control {
        /// What stands between `ESC [` and the last byte.
        parameters: Vec<u8>,
        /// The byte that ends it and tells its kind.
        last: u8,
        /// Whether a further `ESC` came before it.
        has_alt: bool,
    },
    /// `ESC O` and a byte: function keys, and arrows of some terminals.
    Function {
        /// The byte.
        last: u8,
        /// Whether a further `ESC` came before it.
        has_alt: bool,
    },
    /// The three bytes of a mouse report of the oldest kind.
    Mouse([u8; 3]),
    /// Pasted text.
    Paste(String),
    /// An operating system command, `ESC ] ... BEL` or `... ST`: how a terminal answers what its colours are.
    Answer(Vec<u8>),
}

/// What has begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Open {
    #[default]
    Nothing,
    /// A character of several bytes.
    Char,
    Escape,
    Control,
    Function,
    Mouse,
    /// A string that ends with `BEL` or `ST`, by the byte that introduced it.
    Text(u8),
    /// The `ESC` that ended a string: the first half of an `ST`, or all there is from terminals that forget the rest.
    TextEnd,
    Paste,
}

/// What silence has come since the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Silence {
    #[default]
    None,
    Passed,
    /// After it came this byte, and it is not known yet whether more come with it.
    Then(u8),
}

/// The parser's state between two reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Parser {
    open: Open,
    /// What has come of it.
    body: Vec<u8>,
    /// Whether two `ESC` began it.
    has_alt: bool,
    silence: Silence,
}

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
/// Introduces an operating system command.
const COMMAND: u8 = b']';
const CANCEL: [u8; 2] = [0x18, 0x1a];
/// `ST` as one byte.
const STRING_END: u8 = 0x9c;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Bytes of a sequence that are kept; a longer one is none that anybody here reads.
const MAX_SEQUENCE: usize = 256;
/// Bytes of a paste that are kept.
const MAX_PASTE: usize = 1 << 16;

impl Parser {
    /// Takes bytes in the order in which they came, and tells each piece that they end.
    pub(super) fn advance(&mut self, bytes: &[u8], tell: &mut impl FnMut(Piece)) {
        for &byte in bytes {
            self.take(byte, tell);
        }
    }

    /// Takes note that nothing came for as long as a sequence may pause.
    pub(super) fn note_silence(&mut self, tell: &mut impl FnMut(Piece)) {
        if let Silence::Then(byte) = self.silence {
            self.forget();
            self.step(byte, tell);
        }
        if self.silence == Silence::None && self.is_sequence_open() {
            self.tell_alone(tell);
            self.silence = Silence::Passed;
        }
    }

    /// Whether a silence would mean something.
    pub(super) fn waits_for_silence(&self) -> bool {
        self.is_sequence_open() && self.silence != Silence::Passed
    }

    fn is_sequence_open(&self) -> bool {
        !matches!(self.open, Open::Nothing | Open::Char)
    }

    fn take(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        match mem::take(&mut self.silence) {
            Silence::None => {}
            Silence::Passed if self.may_go_on_with(byte) => {
                self.silence = Silence::Then(byte);
                return;
            }
            Silence::Passed => self.forget(),
            Silence::Then(first) => self.take_pair(first, byte, tell),
        }
        self.step(byte, tell);
    }

    /// Takes the first of two bytes that came together after a silence: it goes on with what is open unless the second one
    /// then could not.
    fn take_pair(&mut self, first: u8, second: u8, tell: &mut impl FnMut(Piece)) {
        let mut pieces = Vec::new();
        let mut late = self.clone();
        late.step(first, &mut |piece| pieces.push(piece));
        if late.is_sequence_open() && !late.may_go_on_with(second) {
            self.forget();
            self.step(first, tell);
        } else {
            *self = late;
            pieces.into_iter().for_each(tell);
        }
    }

    /// Whether `byte`, after a silence, may belong to what is open.
    fn may_go_on_with(&self, byte: u8) -> bool {
        let has_begun = !self.body.is_empty();
        match self.open {
            Open::Nothing | Open::Char => false,
            // Whatever it is: broken ones go on with anything.
            Open::Control | Open::Text(_) if has_begun => true,
            Open::Mouse | Open::Paste => true,
            // Only what terminals send. `ESC [ q` is none of it, and `[` and `]` are keys that are pressed after Escape.
            Open::Escape => b"[O]PX^_".contains(&byte),
            Open::TextEnd => b"\\[O]PX^_".contains(&byte),
            Open::Control => {
                matches!(byte, b'0'..=b'9' | b'<'..=b'?' | b'A'..=b'F' | b'H' | b'I' | b'M' | b'O'..=b'S' | b'Z')
            }
            Open::Function => byte.is_ascii_alphanumeric(),
            Open::Text(COMMAND) => byte.is_ascii_digit(),
            Open::Text(_) => byte.is_ascii_graphic(),
        }
    }

    /// Tells what is open if nothing follows: the key that begins it is then all there was.
    fn tell_alone(&mut self, tell: &mut impl FnMut(Piece)) {
        let char = match self.open {
            Open::Escape => {
                if mem::take(&mut self.has_alt) {
                    tell(Piece::Escape);
                }
                return tell(Piece::Escape);
            }
            Open::Control => '[',
            Open::Function => 'O',
            Open::Text(introducer) => char::from(introducer),
            _ => return,
        };
        if self.body.is_empty() {
            tell(Piece::Char {
                char,
                has_alt: true,
            });
        }
    }

    fn step(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        match self.open {
            Open::Paste => return self.paste(byte, tell),
            Open::Char => return self.go_on_with_char(byte, tell),
            _ => {}
        }
        match (byte, self.open) {
            (ESC, Open::Escape) => self.double_escape(tell),
            (ESC, Open::Text(_)) => {
                self.end_text(tell);
                self.open = Open::TextEnd;
            }
            (ESC, _) => {
                self.forget();
                self.open = Open::Escape;
            }
            (_, Open::Nothing) => self.begin_char(byte, tell),
            (b'\\', Open::TextEnd) => self.forget(),
            (_, Open::Escape | Open::TextEnd) => self.introduce(byte, tell),
            (BEL | STRING_END, Open::Text(_)) => self.end_text(tell),
            _ if CANCEL.contains(&byte) => self.forget(),
            (_, Open::Control) => self.go_on_with_control(byte, tell),
            (_, Open::Function) => self.go_on_with_function(byte, tell),
            (_, Open::Mouse) => self.go_on_with_mouse(byte, tell),
            (_, Open::Text(_) | Open::Paste | Open::Char) => self.keep(byte),
        }
    }

    fn begin(&mut self, open: Open) {
        self.open = open;
        self.body.clear();
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn keep(&mut self, byte: u8) {
        if self.body.len() < MAX_SEQUENCE {
            self.body.push(byte);
        }
    }

    /// `ESC ESC` begins a key with Alt in some terminals; of three, the first was pressed alone.
    fn double_escape(&mut self, tell: &mut impl FnMut(Piece)) {
        if self.has_alt {
            tell(Piece::Escape);
        }
        self.has_alt = true;
    }

    /// Takes the byte after `ESC`.
    fn introduce(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        match byte {
            b'[' => self.begin(Open::Control),
            b'O' => self.begin(Open::Function),
            b']' | b'P' | b'X' | b'^' | b'_' => {
                // No key has Alt and a string: the first `ESC` of two was a key.
                if mem::take(&mut self.has_alt) {
                    tell(Piece::Escape);
                }
                self.begin(Open::Text(byte));
            }
            _ => {
                self.has_alt = true;
                self.begin_char(byte, tell);
            }
        }
    }

    fn begin_char(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        match byte {
            0..0x80 => {
                let has_alt = self.has_alt;
                self.forget();
                let char = char::from(byte);
                tell(Piece::Char { char, has_alt });
            }
            0xc2..=0xf4 => {
                self.begin(Open::Char);
                self.body.push(byte);
            }
            // What is no UTF-8 may be an introducer of eight bits: `ESC` and a byte in one.
            0x8f | 0x90 | 0x98 | 0x9b | 0x9d..=0x9f => self.introduce(byte - 0x40, tell),
            _ => self.forget(),
        }
    }

    fn go_on_with_char(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        if !(0x80..0xc0).contains(&byte) {
            self.forget();
            return self.step(byte, tell);
        }
        self.body.push(byte);
        match std::str::from_utf8(&self.body) {
            Ok(text) => {
                let (has_alt, char) = (self.has_alt, text.chars().next());
                self.forget();
                if let Some(char) = char.filter(|char| !char.is_control()) {
                    tell(Piece::Char { char, has_alt });
                }
            }
            Err(error) if error.error_len().is_some() => self.forget(),
            Err(_) => {}
        }
    }

    fn go_on_with_control(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        // The Linux console's function keys are `ESC [ [` and a byte.
        let is_last = (0x40..0x7f).contains(&byte) && !(byte == b'[' && self.body.is_empty());
        match byte {
            _ if !is_last => self.keep(byte),
            b'M' if self.body.is_empty() => self.begin(Open::Mouse),
            b'~' if self.body == b"200" => self.begin(Open::Paste),
            last => {
                let (parameters, has_alt) = (mem::take(&mut self.body), self.has_alt);
                self.forget();
                tell(Piece::Control {
                    parameters,
                    last,
                    has_alt,
                });
            }
        }
    }

    fn go_on_with_function(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        // Digits are modifiers in some terminals: then it is none of the keys that are known here.
        if byte.is_ascii_digit() || byte == b';' {
            return self.keep(byte);
        }
        let (is_plain, has_alt) = (self.body.is_empty(), self.has_alt);
        self.forget();
        if is_plain {
            let last = byte;
            tell(Piece::Function { last, has_alt });
        }
    }

    fn go_on_with_mouse(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        self.body.push(byte);
        if let Ok(report) = <[u8; 3]>::try_from(&self.body[..]) {
            self.forget();
            tell(Piece::Mouse(report));
        }
    }

    fn end_text(&mut self, tell: &mut impl FnMut(Piece)) {
        let text = mem::take(&mut self.body);
        let is_command = self.open == Open::Text(COMMAND);
        self.forget();
        if is_command {
            tell(Piece::Answer(text));
        }
    }

    fn paste(&mut self, byte: u8, tell: &mut impl FnMut(Piece)) {
        // Past the limit the first bytes stay and the last make room, so that the end is still seen.
        if self.body.len() == MAX_PASTE + PASTE_END.len() {
            self.body.remove(MAX_PASTE);
        }
        self.body.push(byte);
        if let Some(text) = self.body.strip_suffix(PASTE_END) {
            let text = String::from_utf8_lossy(text).into_owned();
            self.forget();
            tell(Piece::Paste(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;

    /// What the parser tells of chunks with a silence after each.
    fn told(chunks: &[&[u8]]) -> Vec<Piece> {
        let mut parser = Parser::default();
        let mut pieces = Vec::new();
        let mut tell = |piece| pieces.push(piece);
        for chunk in chunks {
            parser.advance(chunk, &mut tell);
            parser.note_silence(&mut tell);
        }
        // Whoever pressed the last key does nothing more.
        parser.note_silence(&mut tell);
        pieces
    }

    fn char(char: char) -> Piece {
        let has_alt = false;
        Piece::Char { char, has_alt }
    }

    fn alt(char: char) -> Piece {
        let has_alt = true;
        Piece::Char { char, has_alt }
    }

    fn up() -> Piece {
        Piece::Control {
            parameters: Vec::new(),
            last: b'A',
            has_alt: false,
        }
    }

    #[test]
    fn a_silence_tells_the_keys_that_begin_sequences() {
        assert_eq!(told(&[b"\x1b"]), [Piece::Escape]);
        assert_eq!(told(&[b"\x1b\x1b"]), [Piece::Escape, Piece::Escape]);
        for key in ['[', 'O', ']', 'P', '_'] {
            let text = format!("\x1b{key}");
            assert_eq!(told(&[text.as_bytes()]), [alt(key)], "{key}");
        }
        assert_eq!(told(&[b"\x1b]11;"]), []);
    }

    #[test]
    fn the_rest_of_a_sequence_is_no_key_however_late_it_comes() {
        assert_eq!(told(&[b"\x1b", b"[A"]), [Piece::Escape, up()]);
        assert_eq!(told(&[b"\x1b[1", b";5A"]).len(), 1);
        assert_eq!(told(&[b"\x1b[<0;1", b"2;3M"]).len(), 1);
        assert_eq!(told(&[b"\x1b]11;rgb:10", b"10/1010/1010\x07"]).len(), 1);
        assert_eq!(
            told(&[b"\x1b]11;rgb:10", b"10/1010", b"/1010\x1b\\"]).len(),
            1
        );
        assert_eq!(told(&[b"\x1b]11;rgb:1010/1010/1010\x1b", b"\\q"]).len(), 2);
        assert_eq!(told(&[b"\x1bP>|tm", b"ux\x1b\\"]), []);
    }

    #[test]
    fn a_key_after_a_silence_is_a_key_whatever_is_still_open() {
        assert_eq!(told(&[b"\x1b", b"["]), [Piece::Escape, char('[')]);
        assert_eq!(
            told(&[b"\x1b", b"[["]),
            [Piece::Escape, char('['), char('[')]
        );
        assert_eq!(told(&[b"\x1b", b"q"]), [Piece::Escape, char('q')]);
        assert_eq!(told(&[b"\x1b[", b"qq"]), [alt('['), char('q'), char('q')]);
        assert_eq!(told(&[b"\x1b]", b"]]"]), [alt(']'), char(']'), char(']')]);
        assert_eq!(told(&[b"\x1b]11;rgb:10", b"q"]), [char('q')]);
        assert_eq!(told(&[b"\x1b]11;rgb:10", b"\x03"]), [char('\x03')]);
        assert_eq!(told(&[b"\x1b[200~lost", b"q"]), [char('q')]);
        assert_eq!(told(&[b"\x1b[200~lost", b"\x1b"]), [Piece::Escape]);
        // A new sequence ends an old one at once.
        assert_eq!(told(&[b"\x1b]11;rgb:10\x1b[A"])[1..], [up()]);
        assert_eq!(told(&[b"\x1b[?62\x1b[A"]), [up()]);
    }

    #[test]
    fn a_paste_of_any_size_ends_where_it_ends() {
        for n_bytes in [0, 1, MAX_PASTE - 1, MAX_PASTE, MAX_PASTE + 1, 3 * MAX_PASTE] {
            let text = "x".repeat(n_bytes);
            let pieces = told(&[format!("\x1b[200~{text}\x1b[201~q").as_bytes()]);
            let [Piece::Paste(pasted), key] = &pieces[..] else {
                panic!("{n_bytes}: {pieces:?}");
            };
            assert_eq!((pasted.len(), key), (n_bytes.min(MAX_PASTE), &char('q')));
        }
    }

    #[test]
    fn what_is_no_utf_8_is_dropped_and_eight_bit_introducers_introduce() {
        assert_eq!(told(&[b"\xff\xc3q\xe2\x82q"]), [char('q'), char('q')]);
        assert_eq!(
            told(&["é€😀".as_bytes()]),
            [char('é'), char('€'), char('😀')]
        );
        assert_eq!(told(&[b"\x9bA"]), [up()]);
        assert_eq!(told(&[b"\x9d11;rgb:1/1/1\x9c"]).len(), 1);
        assert_eq!(told(&["\u{9b}".as_bytes()]), []);
    }

    /// What a person presses.
    const KEYS: [&str; 12] = [
        "q",
        "R",
        "[",
        "]",
        "\x03",
        "\r",
        "é",
        "\x1b[A",
        "\x1bOB",
        "\x1b[6~",
        "\x1b[1;5C",
        "\x1bq",
    ];
    /// What a terminal says.
    const REPORTS: [&str; 9] = [
        "\x1b]11;rgb:1010/1010/1010\x07",
        "\x1b]11;rgb:fcfc/cbcb/dada\x1b\\",
        "\x1b]10;rgb:cccc/rrrr/qqqq\x07",
        "\x1b[?62;22c",
        "\x1bP>|term 3.4\x1b\\",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b[<0;12;34M",
        "\x1b[I",
        "\x1b[200~R\rq[[\x1b[201~",
    ];

    /// Whether a piece may be a key. Alt with what introduces a sequence is what the byte itself is, and bound to nothing.
    fn is_key(piece: &Piece) -> bool {
        let is_introducer =
            matches!(piece, Piece::Char { char, has_alt: true } if "[O]PX^_".contains(*char));
        let is_report = match piece {
            Piece::Control {
                parameters, last, ..
            } => {
                parameters
                    .first()
                    .is_some_and(|first| b"<?>".contains(first))
                    || *last == b'I'
            }
            piece => matches!(piece, Piece::Paste(_) | Piece::Answer(_) | Piece::Mouse(_)),
        };
        !is_introducer && !is_report && *piece != Piece::Escape
    }

    fn keys_of(text: &[u8]) -> Vec<Piece> {
        let mut pieces = told(&[text]);
        pieces.retain(is_key);
        pieces
    }

    /// Chunks of `text`, cut at `cuts`. A byte that a silence parts from both its neighbours was pressed, for all that
    /// anybody can tell: such cuts are left out.
    fn chunks<'a>(text: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        places.sort_unstable();
        places.dedup_by(|later, place| *later < *place + 2);
        places.retain(|&place| place + 1 != text.len());
        let mut rest = text;
        let mut before = 0;
        let mut chunks = Vec::new();
        for place in places {
            let (chunk, after) = rest.split_at(place - before);
            chunks.push(chunk);
            (rest, before) = (after, place);
        }
        chunks.push(rest);
        chunks
    }

    fn is_subsequence(part: &[Piece], whole: &[Piece]) -> bool {
        let mut whole = whole.iter();
        part.iter().all(|piece| whole.any(|other| other == piece))
    }

    /// An answer of which one byte is another, or the end is missing: broken, but not ended early by what may end it.
    fn broken() -> impl Strategy<Value = Vec<u8>> {
        (
            select(&REPORTS[..4]),
            any::<Index>(),
            any::<u8>(),
            any::<bool>(),
        )
            .prop_map(|(report, place, noise, is_cut)| {
                let mut bytes = report.as_bytes().to_vec();
                // Behind the introducer and its first byte: without those, it is none.
                let place = 3 + place.index(bytes.len() - 3);
                let ends = if bytes[1] == b'[' {
                    (0x40..0x7f).contains(&noise)
                } else {
                    [BEL, STRING_END].contains(&noise)
                };
                if is_cut {
                    bytes.truncate(place);
                } else if place + 2 < bytes.len()
                    && !ends
                    && noise != ESC
                    && !CANCEL.contains(&noise)
                {
                    bytes[place] = noise;
                }
                bytes
            })
    }

    fn item() -> impl Strategy<Value = Vec<u8>> {
        let whole = |texts: &'static [&'static str]| {
            select(texts).prop_map(|text| text.as_bytes().to_vec())
        };
        prop_oneof![3 => whole(&KEYS), 2 => whole(&REPORTS)]
    }

    proptest! {
        #[test]
        fn cuts_without_a_silence_change_nothing(
            bytes in vec(any::<u8>(), 0..64),
            cuts in vec(any::<Index>(), 0..8),
        ) {
            let mut parser = Parser::default();
            let mut pieces = Vec::new();
            for chunk in chunks(&bytes, &cuts) {
                parser.advance(chunk, &mut |piece| pieces.push(piece));
            }
            parser.note_silence(&mut |piece| pieces.push(piece));
            prop_assert_eq!(pieces, told(&[&bytes]));
        }

        #[test]
        fn keys_and_reports_with_any_silences_are_the_keys_pressed_one_by_one(
            items in vec(item(), 0..12),
            cuts in vec(any::<Index>(), 0..12),
        ) {
            let one_by_one: Vec<Piece> = items.iter().flat_map(|item| keys_of(item)).collect();
            let mut pieces = told(&chunks(&items.concat(), &cuts));
            pieces.retain(is_key);
            // Alt with a letter that a silence cut in two is Escape and the letter, as if they had been pressed.
            let is_cut_alt = |piece: &Piece| *piece == alt('q');
            prop_assume!(!one_by_one.iter().any(is_cut_alt) || cuts.is_empty());
            prop_assert_eq!(pieces, one_by_one);
        }

        #[test]
        fn broken_answers_never_become_keys(
            items in vec(prop_oneof![2 => item(), 1 => broken()], 0..12),
            cuts in vec(any::<Index>(), 0..12),
        ) {
            let one_by_one: Vec<Piece> = items
                .iter()
                .filter(|item| KEYS.iter().any(|key| key.as_bytes() == &item[..]))
                .flat_map(|item| keys_of(item))
                .collect();
            let is_cut_alt = |piece: &Piece| *piece == alt('q');
            prop_assume!(!one_by_one.iter().any(is_cut_alt) || cuts.is_empty());
            let mut pieces = told(&chunks(&items.concat(), &cuts));
            // The half of an end makes the next key one with Alt, which is bound to nothing.
            let has_alt = |piece: &Piece| matches!(piece, Piece::Char { has_alt: true, .. });
            pieces.retain(|piece| is_key(piece) && !has_alt(piece));
            prop_assert!(is_subsequence(&pieces, &one_by_one), "{:?} of {:?}", pieces, one_by_one);
        }

        #[test]
        fn after_any_bytes_and_a_silence_a_key_is_a_key(bytes in vec(any::<u8>(), 0..64)) {
            let pieces = told(&[&bytes, b"q"]);
            prop_assert_eq!(pieces.last(), Some(&char('q')));
        }
    }
}
