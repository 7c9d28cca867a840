//! The line in which a verb is typed: its text, the verbs that match it, and what was typed before.
//!
//! Pure: it knows no lab and draws nothing. What a verb does is the business of `app`.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::{Input, InputRequest};

use super::keymap::{Action, BINDINGS};
use super::verb::{self, Verb};

/// Characters that a line may have.
const MOST_TYPED: usize = 200;

/// Lines that are remembered.
const MOST_REMEMBERED: usize = 50;

/// A verb as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its first word.
    pub name: &'static str,
    /// What stands for its argument; empty where it takes none.
    pub argument: &'static str,
    /// What the argument may be.
    pub accepted: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
    /// The action whose keys are shown beside it.
    pub action: Action,
}

/// Every verb: those with an argument first.
pub fn all() -> Vec<Listed> {
    let with_argument = verb::ENTRIES.iter().map(|entry| Listed {
        name: entry.name,
        argument: entry.argument,
        accepted: entry.accepted,
        help: entry.help,
        action: entry.action,
    });
    let without = BINDINGS.iter().map(|binding| Listed {
        name: binding.name,
        argument: "",
        accepted: "",
        help: binding.help,
        action: binding.action,
    });
    with_argument.chain(without).collect()
}

/// The verbs that `text` may mean, best first; all of them for an empty one. Behind a name that takes an argument, that
/// verb alone.
pub fn matching(text: &str) -> Vec<Listed> {
    let (all, text) = (all(), text.trim_start());
    let name = text.split_once(char::is_whitespace).map(|(name, _)| name);
    let takes_it = |listed: &&Listed| !listed.argument.is_empty() && Some(listed.name) == name;
    if let Some(listed) = all.iter().find(takes_it) {
        return vec![*listed];
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
    let mut found: Vec<(bool, u32, Listed)> = Vec::new();
    for listed in all {
        // What is in the name comes before what is in the explanation only.
        if let Some(score) = score(listed.name) {
            found.push((true, score, listed));
        } else if let Some(score) = score(listed.help) {
            found.push((false, score, listed));
        }
    }
    // Stable: equals stay in the order of the list.
    found.sort_by_key(|&(is_name, score, listed)| {
        (
            listed.name != text.trim_end(),
            !is_name,
            std::cmp::Reverse(score),
        )
    });
    found.into_iter().map(|(.., listed)| listed).collect()
}

/// The line.
#[derive(Debug, Clone)]
pub struct Prompt {
    input: Input,
    found: Vec<Listed>,
    chosen: usize,
    /// Whether a verb of the list was chosen, and does not just stand first in it.
    is_chosen: bool,
    /// How far back in the history the text is from.
    remembered: Option<usize>,
    error: Option<String>,
}

impl PartialEq for Prompt {
    fn eq(&self, other: &Self) -> bool {
        (self.text(), self.chosen, &self.error) == (other.text(), other.chosen, &other.error)
    }
}

impl Eq for Prompt {}

impl Default for Prompt {
    fn default() -> Self {
        Self {
            input: Input::default(),
            found: matching(""),
            chosen: 0,
            is_chosen: false,
            remembered: None,
            error: None,
        }
    }
}

impl Prompt {
    /// What is typed.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Columns before the cursor.
    pub fn cursor(&self) -> usize {
        self.input.visual_cursor()
    }

    /// The verbs that it may mean, best first.
    pub fn found(&self) -> &[Listed] {
        &self.found
    }

    /// Which of them is chosen, counted from 0.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// What is wrong with what was to be done.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Says what is wrong; the text stays.
    pub(super) fn refuse(&mut self, error: impl Into<String>) {
        self.error = Some(error.into());
    }

    /// Edits the text.
    pub(super) fn edit(&mut self, request: InputRequest) {
        let is_full = self.text().chars().count() >= MOST_TYPED;
        if is_full && matches!(request, InputRequest::InsertChar(_)) {
            return;
        }
        let before = self.text().to_owned();
        let _ = self.input.handle(request);
        if before != self.text() {
            self.remembered = None;
            self.look();
        }
    }

    /// Adds the first line of a pasted text that has anything in it, without control characters.
    pub(super) fn paste(&mut self, text: &str) {
        let mut lines = text.split(['\r', '\n']).map(str::trim);
        let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
        let shown = line.chars().filter(|character| !character.is_control());
        shown.for_each(|character| self.edit(InputRequest::InsertChar(character)));
    }

    /// Puts another text in the place of what is typed.
    fn put(&mut self, text: String) {
        self.input = Input::new(text);
        self.look();
    }

    fn look(&mut self) {
        self.found = matching(self.input.value());
        (self.chosen, self.is_chosen, self.error) = (0, false, None);
    }

    /// Goes up or down: in the list, or, from an empty line on, through the `history`, latest last.
    pub(super) fn turn(&mut self, is_up: bool, history: &[String]) {
        let may_remember = self.text().is_empty() && !self.is_chosen && is_up;
        if self.remembered.is_some() || may_remember && !history.is_empty() {
            let back = match (self.remembered, is_up) {
                (None, _) => Some(0),
                (Some(back), true) => Some((back + 1).min(history.len() - 1)),
                (Some(back), false) => back.checked_sub(1),
            };
            let text = back.map_or_else(String::new, |back| {
                history[history.len() - 1 - back].clone()
            });
            self.put(text);
            self.remembered = back;
            return;
        }
        let last = self.found.len().saturating_sub(1);
        self.chosen = match (is_up, self.is_chosen) {
            (true, _) => self.chosen.saturating_sub(1),
            // On an empty line nothing is chosen at first.
            (false, false) if self.text().is_empty() => 0,
            (false, _) => (self.chosen + 1).min(last),
        };
        (self.is_chosen, self.error) = (true, None);
    }

    /// Completes the name of the chosen verb, or its argument from `arguments`: as far as all that begin so agree.
    pub(super) fn complete(&mut self, arguments: impl Fn(&Listed) -> Vec<String>) {
        let Some(&listed) = self.found.get(self.chosen) else {
            return;
        };
        let (name, begun) = self
            .text()
            .trim_start()
            .split_once(' ')
            .unwrap_or((self.text(), ""));
        let is_name_only = !self.text().trim_start().contains(' ');
        if name != listed.name || listed.argument.is_empty() || is_name_only {
            let room = if listed.argument.is_empty() { "" } else { " " };
            self.put(format!("{}{room}", listed.name));
            return;
        }
        let arguments = arguments(&listed);
        let fitting = arguments
            .iter()
            .filter(|argument| argument.starts_with(begun));
        let common = fitting.fold(None, |common: Option<&str>, argument| {
            let common = common.unwrap_or(argument);
            let n_same = common
                .chars()
                .zip(argument.chars())
                .take_while(|(a, b)| a == b);
            let n_bytes = n_same.map(|(a, _)| a.len_utf8()).sum();
            Some(&common[..n_bytes])
        });
        if let Some(common) = common {
            self.put(format!("{} {common}", listed.name));
        }
    }

    /// The verb that is meant: the one that was chosen, or else the one that is typed.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn verb(&self) -> Result<Verb, String> {
        let typed = Verb::parse(self.text());
        let listed = self.found.get(self.chosen);
        match (typed, listed) {
            (Ok(verb), _) if !self.is_chosen => Ok(verb),
            (Err(error), None) => Err(error.to_string()),
            (Err(_), Some(_)) if self.text().trim().is_empty() && !self.is_chosen => {
                Err("type a verb, or choose one".to_owned())
            }
            (_, Some(listed)) if listed.argument.is_empty() => Ok(Verb::Do(listed.action)),
            (typed, _) => typed.map_err(|error| error.to_string()),
        }
    }

    /// Whether the chosen verb still waits for the text to have its name and room for its argument.
    pub(super) fn wants_argument(&self) -> bool {
        let chosen = self.found.get(self.chosen);
        chosen.is_some_and(|listed| {
            let name = self.text().trim_start().split_once(' ');
            !listed.argument.is_empty()
                && name.is_none_or(|(name, _)| name != listed.name)
                && (self.is_chosen || !self.text().trim().is_empty())
        })
    }
}

/// Adds a line to those that are remembered.
pub(super) fn remember(history: &mut Vec<String>, line: &str) {
    let line = line.trim();
    if line.is_empty() {
        return;
    }
    history.retain(|old| old != line);
    history.push(line.to_owned());
    let n_too_many = history.len().saturating_sub(MOST_REMEMBERED);
    history.drain(..n_too_many);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Prompt {
        let mut prompt = Prompt::default();
        prompt.paste(text);
        prompt
    }

    fn names(text: &str) -> Vec<&'static str> {
        matching(text).iter().map(|listed| listed.name).collect()
    }

    #[test]
    fn every_verb_is_listed_and_found_first_by_its_name() {
        let all = all();
        assert_eq!(all.len(), BINDINGS.len() + verb::ENTRIES.len());
        for listed in &all {
            assert_eq!(names(listed.name)[0], listed.name);
        }
        assert_eq!(names("").len(), all.len());
    }

    #[test]
    fn letters_of_a_name_or_words_of_its_help_find_it() {
        assert_eq!(names("fulsp")[0], "full-speed");
        assert!(names("wrong").len() < 5);
        assert!(names("suspend").contains(&"suspend"));
        assert!(names("newest octant").is_empty());
        assert_eq!(names("rate .3"), ["rate"], "behind a name, that verb alone");
    }

    #[test]
    fn what_is_typed_or_chosen_is_meant() {
        assert_eq!(
            typed("rate .35").verb(),
            Verb::parse("rate 0.35").map_err(|_| String::new())
        );
        assert_eq!(typed("fulsp").verb(), Ok(Verb::Do(Action::FullSpeed)));
        assert!(
            typed("").verb().is_err(),
            "nothing is done before anything is typed"
        );
        assert!(
            typed("rate 2")
                .verb()
                .unwrap_err()
                .contains("a number from 0 to 1")
        );
        assert!(typed("qqqq").verb().unwrap_err().contains("no `qqqq`"));
        let mut chosen = typed("full");
        chosen.turn(false, &[]);
        let second = chosen.found()[1];
        assert_eq!(chosen.chosen(), 1);
        assert!(second.argument.is_empty() && chosen.verb() == Ok(Verb::Do(second.action)));
    }

    #[test]
    fn names_and_arguments_are_completed_as_far_as_they_agree() {
        let themes = |_: &Listed| {
            ["dark", "sea-blue", "sea-green"]
                .map(str::to_owned)
                .to_vec()
        };
        let completed = |text: &str| {
            let mut prompt = typed(text);
            prompt.complete(themes);
            prompt.text().to_owned()
        };
        assert_eq!(completed("ful"), "full-speed");
        assert_eq!(completed("them"), "theme ");
        let mut prompt = typed("theme");
        prompt.edit(InputRequest::InsertChar(' '));
        prompt.edit(InputRequest::InsertChar('s'));
        prompt.complete(themes);
        assert_eq!(prompt.text(), "theme sea-");
        assert_eq!(completed("theme d"), "theme dark");
        assert_eq!(completed("theme x"), "theme x");
    }

    #[test]
    fn lines_of_before_come_back_from_an_empty_line_on() {
        let mut history = Vec::new();
        for line in ["pause", "rate .3", " ", "pause"] {
            remember(&mut history, line);
        }
        assert_eq!(history, ["rate .3", "pause"]);
        let mut prompt = Prompt::default();
        let mut turned = |is_up| {
            prompt.turn(is_up, &history);
            prompt.text().to_owned()
        };
        let texts = [true, true, true, false, false].map(&mut turned);
        assert_eq!(texts, ["pause", "rate .3", "rate .3", "pause", ""]);
    }

    #[test]
    fn of_a_paste_the_first_line_is_taken_without_control_characters_and_not_without_end() {
        assert_eq!(typed("\n rate\u{7} .5 \nquit").text(), "rate .5");
        assert_eq!(typed(&"x".repeat(999)).text().len(), MOST_TYPED);
    }
}
