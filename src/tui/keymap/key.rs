//! Keys, as they are typed and as they are written.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::InputRequest;

/// A key as the user writes it: a character, or a word such as `space`, `enter`, `tab`, `up`, `f5`, `ctrl-c`.
///
/// Two keys are the same if nothing about them differs: Alt and a letter is not that letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Text that is no key, or a key that terminals do not send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no key; a key is one character, or such as space, enter, tab, esc, up, f5, ctrl-c; none has Alt"
)]
pub struct NoKey(pub String);

/// What a key asks of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKey {
    /// To edit the text.
    Edit(InputRequest),
    /// To complete the text.
    Complete,
    /// The verb above, or an older line.
    Up,
    /// The verb below, or a newer line.
    Down,
    /// To do it.
    Accept,
    /// To leave it.
    Abandon,
    /// Nothing.
    Other,
}

impl Key {
    /// Reads a key. Single characters are taken as they are: `R` is shift and r.
    ///
    /// # Errors
    /// If the text is no key, or one with Alt, which terminals and window managers take for themselves.
    pub fn parse(text: &str) -> Result<Self, NoKey> {
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return Ok(Self::new(KeyCode::Char(character), KeyModifiers::NONE));
        }
        let combination = crokey::parse(text).map_err(|_| NoKey(text.to_owned()))?;
        match combination.codes {
            crokey::OneToThree::One(code) if !combination.modifiers.contains(KeyModifiers::ALT) => {
                Ok(Self::new(code, combination.modifiers))
            }
            _ => Err(NoKey(text.to_owned())),
        }
    }

    /// A key with what was held down beside it. Shift is left out where the code has it in it already.
    pub(super) fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let is_shifted = modifiers.contains(KeyModifiers::SHIFT);
        let code = match code {
            KeyCode::Tab if is_shifted => KeyCode::BackTab,
            code => code,
        };
        let has_shift_in_it = matches!(code, KeyCode::Char(_) | KeyCode::BackTab);
        let modifiers = if has_shift_in_it {
            modifiers - KeyModifiers::SHIFT
        } else {
            modifiers
        };
        Self { code, modifiers }
    }

    /// Whether it was typed with the control key.
    pub fn is_control(self) -> bool {
        self.modifiers.contains(KeyModifiers::CONTROL)
    }

    /// Whether it answers a question with yes.
    pub fn is_yes(self) -> bool {
        matches!(self.code, KeyCode::Char('y' | 'Y') | KeyCode::Enter) && self.modifiers.is_empty()
    }

    /// What it asks of the line of verbs.
    pub fn on_prompt(self) -> PromptKey {
        if self.modifiers == KeyModifiers::CONTROL {
            return on_prompt_with_control(self.code);
        }
        if !self.modifiers.is_empty() {
            return PromptKey::Other;
        }
        PromptKey::Edit(match self.code {
            KeyCode::Char(character) => InputRequest::InsertChar(character),
            KeyCode::Backspace => InputRequest::DeletePrevChar,
            KeyCode::Delete => InputRequest::DeleteNextChar,
            KeyCode::Left => InputRequest::GoToPrevChar,
            KeyCode::Right => InputRequest::GoToNextChar,
            KeyCode::Home => InputRequest::GoToStart,
            KeyCode::End => InputRequest::GoToEnd,
            KeyCode::Tab => return PromptKey::Complete,
            KeyCode::Up => return PromptKey::Up,
            KeyCode::Down => return PromptKey::Down,
            KeyCode::Enter => return PromptKey::Accept,
            KeyCode::Esc => return PromptKey::Abandon,
            _ => return PromptKey::Other,
        })
    }

    /// What it does to a text being typed.
    pub fn edit(self) -> Edit {
        match self.code {
            _ if !self.modifiers.is_empty() => Edit::Other,
            KeyCode::Char(character) => Edit::Insert(character),
            KeyCode::Backspace => Edit::Delete,
            KeyCode::Enter => Edit::Accept,
            KeyCode::Esc => Edit::Abandon,
            _ => Edit::Other,
        }
    }
}

/// What keys with Ctrl do to a line, as in shells.
fn on_prompt_with_control(code: KeyCode) -> PromptKey {
    PromptKey::Edit(match code {
        KeyCode::Char('a') => InputRequest::GoToStart,
        KeyCode::Char('e') => InputRequest::GoToEnd,
        KeyCode::Char('w') | KeyCode::Backspace => InputRequest::DeletePrevWord,
        KeyCode::Char('u') => InputRequest::DeleteLine,
        KeyCode::Char('k') => InputRequest::DeleteTillEnd,
        KeyCode::Left => InputRequest::GoToPrevWord,
        KeyCode::Right => InputRequest::GoToNextWord,
        _ => return PromptKey::Other,
    })
}

/// What a key does to a text being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Adds a character.
    Insert(char),
    /// Takes the last one away.
    Delete,
    /// Takes the text as it is.
    Accept,
    /// Gives it up.
    Abandon,
    /// Nothing.
    Other,
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

/// What can be held down beside a key, in the order in which it is written.
const MODIFIERS: [(KeyModifiers, &str); 6] = [
    (KeyModifiers::CONTROL, "Ctrl-"),
    (KeyModifiers::ALT, "Alt-"),
    (KeyModifiers::SHIFT, "Shift-"),
    (KeyModifiers::SUPER, "Super-"),
    (KeyModifiers::HYPER, "Hyper-"),
    (KeyModifiers::META, "Meta-"),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => write!(f, "Space"),
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::BackTab => write!(f, "Shift-Tab"),
            KeyCode::F(number) => write!(f, "F{number}"),
            code => write!(f, "{code:?}"),
        }
    }
}
