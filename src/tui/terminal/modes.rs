//! The modes of a terminal: set in one write, undone in one write, undone at most once.
//!
//! The panic hook and the owner share one [`Modes`]; whoever leaves first restores, the other finds it done. Nothing here
//! waits for a terminal that takes nothing: what it does not take in time stays for later, or is given up.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange,
};
use crossterm::queue;
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{
    OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};

use super::{Mouse, Question, of_stdout, poll};

/// Buttons, drags, and coordinates in decimal. crossterm's own command would also ask for bare motion (1003).
const CAPTURE_MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// What is your background? And what are you: nearly every terminal answers that, and then has answered the first as well
/// or will not. `BEL`, as some forget half of an `ST` where they are asked with one.
const ASK_BACKGROUND: &str = "\x1b]11;?\x07\x1b[c";

/// What a terminal without a size, such as a serial line, is taken for.
const SIZE_OF_THE_UNKNOWN: Size = Size {
    width: 80,
    height: 24,
};

/// How long a frame may take to be taken before the loop goes on without it.
const FRAME_PATIENCE: Duration = Duration::from_millis(50);

/// How long a terminal may take to take the sequence that restores it, before what it has not taken is thrown away.
const LEAVE_PATIENCE: Duration = Duration::from_millis(300);

/// The terminal behind standard output and whether this program has changed its modes.
pub(super) struct Modes {
    /// Not blocking, and without the line buffer of `std`, which would cut a frame into several writes.
    out: File,
    mouse: Mouse,
    is_entered: AtomicBool,
    /// The line settings as they were found.
    lines: Mutex<Option<Termios>>,
    /// The rest of a frame that the terminal has not taken yet.
    unsent: Mutex<Vec<u8>>,
    leave_sequence: Vec<u8>,
}

/// What becomes of what was typed and is unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typed {
    Kept,
    Forgotten,
}

impl Modes {
    /// The modes of the terminal on standard output, unchanged yet.
    pub(super) fn of_stdout(mouse: Mouse) -> io::Result<Self> {
        Ok(Self {
            out: of_stdout()?,
            mouse,
            is_entered: AtomicBool::new(false),
            lines: Mutex::new(None),
            unsent: Mutex::default(),
            leave_sequence: leave_sequence()?,
        })
    }

    /// Sets every mode, and puts `question` if somebody is there to answer it; tells whether it was put. When that fails
    /// half-way, what was set is undone.
    pub(super) fn enter(&self, question: Question) -> io::Result<bool> {
        self.is_entered.store(true, Ordering::SeqCst);
        // First: in the background this stops the program until it is in front, with nothing written yet.
        let entered = self.set_raw().and_then(|()| {
            let asks = question == Question::Background && self.is_in_front();
            self.send(&enter_sequence(self.mouse, asks)?)?;
            Ok(asks)
        });
        if entered.is_err() {
            let _ = self.leave();
        }
        entered
    }

    fn set_raw(&self) -> io::Result<()> {
        let found = tcgetattr(&self.out)?;
        let mut raw = found.clone();
        *unpoisoned(&self.lines) = Some(found);
        raw.make_raw();
        Ok(tcsetattr(&self.out, OptionalActions::Now, &raw)?)
    }

    /// Whether what the terminal answers comes to this program.
    fn is_in_front(&self) -> bool {
        tcgetpgrp(&self.out).is_ok_and(|group| group == getpgrp())
    }

    /// Undoes every mode, if they are set, and forgets what was typed: it was meant for this program, and the shell must
    /// not obey it. Each step is tried even when another one failed.
    pub(super) fn leave(&self) -> io::Result<()> {
        self.leave_within(LEAVE_PATIENCE, Typed::Forgotten)
    }

    /// Sets every mode anew, wherever somebody else may have changed them.
    pub(super) fn reenter(&self) -> io::Result<()> {
        self.leave_within(LEAVE_PATIENCE, Typed::Kept)?;
        // Never asked again: it has answered, or nobody answers.
        self.enter(Question::None).map(drop)
    }

    /// Undoes every mode without waiting for a terminal that takes nothing more, nor for a lock: what a signal handler
    /// may call. It allocates nothing.
    ///
    /// Tells whether there was anything to undo.
    pub(super) fn leave_at_once(&self) -> bool {
        let is_entered = self.is_entered();
        let _ = self.leave_within(Duration::ZERO, Typed::Forgotten);
        is_entered
    }

    fn leave_within(&self, patience: Duration, typed: Typed) -> io::Result<()> {
        if !self.is_entered.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        if let Ok(mut unsent) = self.unsent.try_lock() {
            unsent.clear();
        }
        let written = self.write_leave_sequence(patience);
        // After the sequence: the terminal must not echo answers that are still under way.
        if typed == Typed::Forgotten {
            let _ = tcflush(&self.out, QueueSelector::IFlush);
        }
        self.restore_lines().and(written)
    }

    fn write_leave_sequence(&self, patience: Duration) -> io::Result<()> {
        let bytes = &self.leave_sequence[..];
        if self.write_within(bytes, patience)? < bytes.len() {
            // What a frozen terminal has not taken is of no use to it any more, and stands in the way of this.
            tcflush(&self.out, QueueSelector::OFlush)?;
            self.write_within(bytes, Duration::ZERO)?;
        }
        Ok(())
    }

    fn restore_lines(&self) -> io::Result<()> {
        // Locked for an assignment only: whoever finds it locked came in the midst of entering.
        let Ok(lines) = self.lines.try_lock() else {
            return Ok(());
        };
        match &*lines {
            Some(lines) => Ok(tcsetattr(&self.out, OptionalActions::Now, lines)?),
            None => Ok(()),
        }
    }

    pub(super) fn is_entered(&self) -> bool {
        self.is_entered.load(Ordering::SeqCst)
    }

    /// Sends bytes after those that are still unsent. What the terminal does not take in time stays unsent.
    pub(super) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        unpoisoned(&self.unsent).extend_from_slice(bytes);
        self.send_rest().map(drop)
    }

    /// Sends what is unsent, and tells whether all of it is sent now.
    pub(super) fn send_rest(&self) -> io::Result<bool> {
        let mut unsent = unpoisoned(&self.unsent);
        let n_sent = self.write_within(&unsent, FRAME_PATIENCE)?;
        unsent.drain(..n_sent);
        Ok(unsent.is_empty())
    }

    /// Writes what the terminal takes now; a signal handler may call it.
    pub(super) fn write_at_once(&self, bytes: &[u8]) {
        let _ = self.write_within(bytes, Duration::ZERO);
    }

    /// Whether the terminal has still to take something.
    pub(super) fn is_behind(&self) -> bool {
        !unpoisoned(&self.unsent).is_empty()
    }

    /// Writes as much as the terminal takes within `patience`, as one system call where the system takes it; gives the
    /// number of bytes.
    #[expect(
        clippy::disallowed_methods,
        reason = "a terminal that takes a byte now and then must not hold the loop longer than one that takes none"
    )]
    fn write_within(&self, bytes: &[u8], patience: Duration) -> io::Result<usize> {
        let asked = Instant::now();
        let mut n_written = 0;
        while n_written < bytes.len() {
            match rustix::io::write(&self.out, &bytes[n_written..]) {
                Ok(n_bytes) => n_written += n_bytes,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let left = patience.saturating_sub(asked.elapsed());
                    let mut watched = [PollFd::new(&self.out, PollFlags::OUT)];
                    if left.is_zero() || poll(&mut watched, Some(left))? == 0 {
                        break;
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(n_written)
    }

    /// Columns and rows of the terminal now.
    pub(super) fn size(&self) -> io::Result<Size> {
        let size = tcgetwinsize(&self.out)?;
        if size.ws_col == 0 || size.ws_row == 0 {
            return Ok(SIZE_OF_THE_UNKNOWN);
        }
        Ok(Size::new(size.ws_col, size.ws_row))
    }
}

/// The value, also after a panic of another thread: no value here can be half-made.
fn unpoisoned<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

fn enter_sequence(mouse: Mouse, asks_background: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(
        bytes,
        EnterAlternateScreen,
        Hide,
        EnableBracketedPaste,
        EnableFocusChange
    )?;
    if mouse == Mouse::On {
        queue!(bytes, Print(CAPTURE_MOUSE))?;
    }
    if asks_background {
        queue!(bytes, Print(ASK_BACKGROUND))?;
    }
    Ok(bytes)
}

/// Undoes every mode that may be on, the mouse too: asking for what is off already does no harm.
fn leave_sequence() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(
        bytes,
        EndSynchronizedUpdate,
        ResetColor,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    )?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The private modes that a sequence ends in, as (number, is set).
    fn modes_after(bytes: &[u8]) -> std::collections::BTreeMap<u32, bool> {
        let text = std::str::from_utf8(bytes).unwrap();
        let mode = |piece: &str| {
            let end = piece.find(['h', 'l'])?;
            let number = piece[..end].parse().ok()?;
            Some((number, piece[end..].starts_with('h')))
        };
        text.split("\x1b[?").filter_map(mode).collect()
    }

    #[test]
    fn leaving_undoes_every_mode_that_entering_sets() {
        const CURSOR: u32 = 25;
        for mouse in [Mouse::Off, Mouse::On] {
            let entered = modes_after(&enter_sequence(mouse, true).unwrap());
            let left = modes_after(&leave_sequence().unwrap());
            for (mode, is_set) in entered {
                assert_eq!(is_set, mode != CURSOR, "mode {mode} after entering");
                assert_eq!(left.get(&mode), Some(&!is_set), "mode {mode} after leaving");
            }
        }
    }

    #[test]
    fn bare_mouse_motion_is_never_asked_for() {
        let bytes = enter_sequence(Mouse::On, false).unwrap();
        let modes = modes_after(&bytes);
        assert_eq!(modes.get(&1002), Some(&true));
        assert_eq!(modes.get(&1003), None);
    }
}
