//! A text being typed in the bottom row, and what it is for.

use crate::tui::keymap::Edit;

/// What a typed text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The rate of the selected runs.
    Rate,
    /// The rate of new runs.
    NewGroup,
    /// The epoch at which the crosshair reads.
    Epoch,
    /// The rate of runs that branch off.
    Fork,
}

impl Purpose {
    /// The verb whose argument the text is.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::NewGroup => "new",
            Self::Epoch => "epoch",
            Self::Fork => "fork",
        }
    }
}

/// A text being typed. It may begin with a proposal: what is typed first takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    purpose: Purpose,
    text: String,
    is_proposal: bool,
}

/// How an edit leaves a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// Typing goes on.
    Open(Field),
    /// It is to be taken as it is.
    Accepted(String),
    /// It was given up.
    Abandoned,
}

/// Characters that a text may have; all that is typed here are numbers.
const MAX_TYPED: usize = 12;

impl Field {
    /// An empty text.
    pub fn empty(purpose: Purpose) -> Self {
        Self {
            purpose,
            text: String::new(),
            is_proposal: false,
        }
    }

    /// A text that was refused, to be mended.
    pub(super) fn kept(purpose: Purpose, text: String) -> Self {
        Self {
            purpose,
            text,
            is_proposal: false,
        }
    }

    /// A text that can be taken as it is.
    pub fn proposal(purpose: Purpose, text: String) -> Self {
        Self {
            purpose,
            text,
            is_proposal: true,
        }
    }

    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// What was typed so far, or is proposed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Carries out what a key does to a text.
    pub(super) fn edited(mut self, edit: Edit) -> Typed {
        match edit {
            Edit::Insert(character) => self.insert(character),
            Edit::Delete => {
                self.text.pop();
                self.is_proposal = false;
            }
            Edit::Other => {}
            Edit::Abandon => return Typed::Abandoned,
            Edit::Accept => return Typed::Accepted(self.text),
        }
        Typed::Open(self)
    }

    /// Adds the first line of a pasted text that has anything in it, without control characters.
    pub(super) fn paste(&mut self, text: &str) {
        let mut lines = text.split(['\r', '\n']).map(str::trim);
        let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
        let shown = line.chars().filter(|character| !character.is_control());
        shown.for_each(|character| self.insert(character));
    }

    fn insert(&mut self, character: char) {
        if std::mem::take(&mut self.is_proposal) {
            self.text.clear();
        }
        if self.text.chars().count() < MAX_TYPED {
            self.text.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_paste_the_first_line_with_anything_in_it_is_taken_without_control_characters() {
        let cases = [
            ("0.35", "0.35"),
            ("0.35\n0.5\n", "0.35"),
            ("0.35\r\n", "0.35"),
            ("\r\n  .5  \r", ".5"),
            ("\u{1b}[200~.2\u{7}\u{9b}", "[200~.2"),
            ("", ""),
            ("\n\n", ""),
            ("0.123456789012345", "0.1234567890"),
        ];
        for (pasted, expected) in cases {
            let mut field = Field::empty(Purpose::Rate);
            field.paste(pasted);
            assert_eq!(field.text(), expected, "{pasted:?}");
        }
    }
}
