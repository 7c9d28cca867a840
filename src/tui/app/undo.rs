//! Taking live changes back: the command that undoes each that was sent.

use super::{App, Overlay, Question, Wish};
use crate::lab::{Command, GroupId, LabSnapshot, Pace};
use crate::tui::format;

/// How many changes can be taken back.
const MOST: usize = 100;

/// How a change is taken back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Undo {
    /// The change that undoes it.
    command: Command,
    /// What is so again, in words.
    words: String,
    /// The rate that was selected before.
    selected: Option<GroupId>,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every arm of an update has the same type"
)]
impl App {
    /// Sends a change to the lab, and remembers how it is taken back.
    pub(super) fn send(&mut self, command: Command, lab: &LabSnapshot) -> Option<Wish> {
        let changes_present = matches!(
            command,
            Command::SetRate { .. } | Command::SetNoiseShape { .. }
        );
        if changes_present && lab.past.is_some() {
            self.say("this changes the present, not what is seen; f branches off here");
        }
        if let Some((command, words)) = inverse(&command, lab) {
            let selected = self.selected;
            self.undos.push(Undo {
                command,
                words,
                selected,
            });
            let n_too_many = self.undos.len().saturating_sub(MOST);
            self.undos.drain(..n_too_many);
        }
        Some(Wish::Send(command))
    }

    /// Whether there is a live change to take back.
    pub fn can_undo(&self) -> bool {
        !self.undos.is_empty()
    }

    /// Takes the last change back of which something is left.
    pub(super) fn undo(&mut self, lab: &LabSnapshot) -> Option<Wish> {
        while let Some(undo) = self.undos.pop() {
            let Undo { command, words, .. } = undo;
            match command {
                Command::SetRate { group, .. }
                | Command::SetNoiseShape { group, .. }
                | Command::HoldMask { group, .. }
                | Command::HoldMaskAgain { group, .. }
                | Command::LetMaskGo(group)
                    if lab.group(group).is_none() => {}
                Command::Remove(id) => {
                    let Some(group) = lab.group(id) else { continue };
                    if super::wishes::loses_training(group, lab) {
                        return self.open(Overlay::Asking(Question::Remove(id)));
                    }
                    self.say(format!("undone: {words}"));
                    let before = self.selected;
                    let wish = self.remove(id, lab);
                    // Whoever looks at the new runs is back at those of before; whoever looks at others stays there.
                    self.selected = if before == Some(id) {
                        undo.selected
                    } else {
                        before
                    };
                    return wish;
                }
                command => {
                    self.say(format!("undone: {words}"));
                    return Some(Wish::Send(command));
                }
            }
        }
        self.say("there is no live change to take back")
    }
}

/// What undoes a command in `lab`, which has not heard of it yet; `None` for what cannot be undone.
fn inverse(command: &Command, lab: &LabSnapshot) -> Option<(Command, String)> {
    Some(match command {
        Command::SetRate { group, .. } => {
            let (id, group) = (*group, lab.group(*group)?);
            let words = format!(
                "{} is at {} again",
                group.letter,
                format::rate(group.rate.value())
            );
            (
                Command::SetRate {
                    group: id,
                    rate: group.rate,
                },
                words,
            )
        }
        Command::SetNoiseShape { group, .. } => {
            let (id, group) = (*group, lab.group(*group)?);
            let noise_shape = group.noise_shape.clone();
            let words = format!("{} has its masks of before again", group.letter);
            (
                Command::SetNoiseShape {
                    group: id,
                    noise_shape,
                },
                words,
            )
        }
        Command::HoldMask { group, .. }
        | Command::HoldMaskAgain { group, .. }
        | Command::LetMaskGo(group) => held_as_before(command, *group, lab)?,
        Command::SetPace(_) => {
            let words = match lab.pace {
                Pace::FullSpeed => "full speed again".to_owned(),
                Pace::EpochsPerSec(pace) => format!("{pace} epochs a second again"),
            };
            (Command::SetPace(lab.pace), words)
        }
        Command::Add(_) | Command::Fork { .. } => {
            let words = "the new runs are gone".to_owned();
            (Command::Remove(lab.next_group), words)
        }
        _ => return None,
    })
}

/// What holds again the mask that a group holds in `lab`, or none.
fn held_as_before(command: &Command, id: GroupId, lab: &LabSnapshot) -> Option<(Command, String)> {
    let group = lab.group(id)?;
    let letter = group.letter;
    let Some(without) = group.held.clone() else {
        let words = format!("each step of {letter} has its own mask again");
        return Some((Command::LetMaskGo(id), words));
    };
    let words = format!("{letter} holds the mask of before again");
    let command = match command {
        Command::LetMaskGo(group) => Command::HoldMaskAgain {
            group: *group,
            without,
        },
        _ => Command::HoldMask { group: id, without },
    };
    Some((command, words))
}
