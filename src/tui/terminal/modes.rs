//! The modes of a terminal: set in one write, undone in one write, undone at most once.
//!
//! The panic hook and the owner share one [`Modes`]; whoever leaves first restores, the other finds it done.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange,
};
use crossterm::queue;
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::layout::Size;
use rustix::fs::{Mode, OFlags};
use rustix::termios::tcgetwinsize;

use super::Mouse;

/// Buttons, drags, and coordinates in decimal. crossterm's own command would also ask for bare motion (1003).
const CAPTURE_MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// What a terminal without a size, such as a serial line, is taken for.
const SIZE_OF_THE_UNKNOWN: Size = Size {
    width: 80,
    height: 24,
};

/// The terminal behind standard output and whether this program has changed its modes.
pub(super) struct Modes {
    /// Standard output without the line buffer of `std`, which would cut a frame into several writes.
    out: File,
    mouse: Mouse,
    is_entered: AtomicBool,
}

impl Modes {
    /// The modes of the terminal on standard output, unchanged yet.
    pub(super) fn of_stdout(mouse: Mouse) -> io::Result<Self> {
        let out = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self {
            out: File::from(out),
            mouse,
            is_entered: AtomicBool::new(false),
        })
    }

    /// Sets every mode. When that fails half-way, what was set is undone.
    pub(super) fn enter(&self) -> io::Result<()> {
        self.is_entered.store(true, Ordering::SeqCst);
        let entered = enable_raw_mode().and_then(|()| self.write(&enter_sequence(self.mouse)?));
        if entered.is_err() {
            let _ = self.leave();
        }
        entered
    }

    /// Undoes every mode, if they are set. Each step is tried even when another one failed.
    pub(super) fn leave(&self) -> io::Result<()> {
        if !self.is_entered.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let written = leave_sequence().and_then(|bytes| self.write(&bytes));
        // After the sequence: the terminal must not echo answers that are still under way.
        disable_raw_mode().and(written)
    }

    /// Undoes what can be undone without waiting for a terminal that may take nothing more: the line settings always,
    /// the modes of the screen if there is room for their sequence.
    pub(super) fn leave_without_waiting(&self) -> io::Result<()> {
        if !self.is_entered.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let restored = disable_raw_mode();
        // Opened anew: a flag on the standard output would be seen by every program that shares it.
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let out = rustix::fs::open("/dev/tty", flags, Mode::empty())?;
        rustix::io::write(out, &leave_sequence()?)?;
        restored
    }

    pub(super) fn is_entered(&self) -> bool {
        self.is_entered.load(Ordering::SeqCst)
    }

    /// Writes to the terminal, as one system call where the system takes it.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.out).write_all(bytes)
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

fn enter_sequence(mouse: Mouse) -> io::Result<Vec<u8>> {
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
            let entered = modes_after(&enter_sequence(mouse).unwrap());
            let left = modes_after(&leave_sequence().unwrap());
            for (mode, is_set) in entered {
                assert_eq!(is_set, mode != CURSOR, "mode {mode} after entering");
                assert_eq!(left.get(&mode), Some(&!is_set), "mode {mode} after leaving");
            }
        }
    }

    #[test]
    fn bare_mouse_motion_is_never_asked_for() {
        let bytes = enter_sequence(Mouse::On).unwrap();
        let modes = modes_after(&bytes);
        assert_eq!(modes.get(&1002), Some(&true));
        assert_eq!(modes.get(&1003), None);
    }
}
