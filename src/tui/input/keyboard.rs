//! The thread that reads what the terminal sends.
//!
//! It waits for the terminal to have something, or to die, and for the program to leave, all in one place and by level:
//! what is left unread is found at the next look, whatever else happened in between.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};
use rustix::event::{PollFd, PollFlags};

use super::bytes::{Parser, Piece};
use super::keys::events_of;
use super::{Event, Told};
use crate::tui::terminal::poll;

/// How long the bytes of one sequence may lie apart before an `ESC` is the Escape key: as long as a lost packet takes to
/// be sent again (200 ms at least), and short enough to wait for after Escape.
const SILENCE: Duration = Duration::from_millis(250);

/// How long an event waits for room before the terminal is looked at again.
const ROOM_TIMEOUT: Duration = Duration::from_millis(250);

/// What the terminal did.
enum Seen {
    Bytes,
    Silence,
    Gone,
    Released,
}

/// A terminal that is read, until the other end of `leash` is dropped.
pub(super) struct Keyboard {
    pub(super) terminal: File,
    pub(super) leash: UnixStream,
    pub(super) to_loop: Sender<Told>,
    /// How often the loop has forgotten what was typed.
    pub(super) era: Arc<AtomicU32>,
    /// Whether the loop wants no more keys.
    pub(super) is_over: Arc<AtomicBool>,
}

impl Keyboard {
    /// Reads until the terminal is gone (then the last event says so) or nobody listens any more. Tells whether it is
    /// gone.
    pub(super) fn listen(mut self) -> bool {
        let why = match self.read_all() {
            Ok(()) => return false,
            Err(error) => error.to_string(),
        };
        // A full channel means a loop that is stuck; whoever ends it must not wait for it.
        let lost = Told {
            event: Event::InputLost(why),
            era: None,
        };
        let _ = self.to_loop.send_timeout(lost, ROOM_TIMEOUT);
        true
    }

    fn read_all(&mut self) -> io::Result<()> {
        let mut parser = Parser::default();
        let mut buffer = [0; 4096];
        loop {
            let patience = parser.waits_for_silence().then_some(SILENCE);
            let mut events = Vec::new();
            let mut tell = |piece: Piece| events.extend(events_of(piece));
            let seen = self.wait(patience)?;
            // Before the read: what is read after a suspension was typed after it, as that has emptied the queue.
            let era = Some(self.era.load(Ordering::Relaxed));
            match seen {
                Seen::Released => return Ok(()),
                Seen::Gone => return Err(io::ErrorKind::BrokenPipe.into()),
                Seen::Silence => parser.note_silence(&mut tell),
                // What is typed from now on is the shell's.
                Seen::Bytes if self.is_over.load(Ordering::Relaxed) => return Ok(()),
                Seen::Bytes => match self.terminal.read(&mut buffer) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(n_bytes) => parser.advance(&buffer[..n_bytes], &mut tell),
                    Err(error) if is_nothing(&error) => {}
                    Err(error) => return Err(error),
                },
            }
            for event in events {
                if !self.send(Told { event, era })? {
                    return Ok(());
                }
            }
        }
    }

    fn wait(&self, patience: Option<Duration>) -> io::Result<Seen> {
        let mut watched = [
            PollFd::new(&self.terminal, PollFlags::IN),
            PollFd::new(&self.leash, PollFlags::IN),
        ];
        if poll(&mut watched, patience)? == 0 {
            return Ok(Seen::Silence);
        }
        let [terminal, leash] = watched.map(|watched| watched.revents());
        Ok(if !leash.is_empty() {
            Seen::Released
        } else if terminal.contains(PollFlags::IN) {
            Seen::Bytes
        } else {
            Seen::Gone
        })
    }

    /// Waits for room, but not beyond the terminal's death. Tells whether anybody listens.
    fn send(&self, told: Told) -> io::Result<bool> {
        let mut waiting = told;
        loop {
            match self.to_loop.send_timeout(waiting, ROOM_TIMEOUT) {
                Ok(()) => return Ok(true),
                Err(SendTimeoutError::Disconnected(_)) => return Ok(false),
                Err(SendTimeoutError::Timeout(told)) => waiting = told,
            }
            let mut watched = [PollFd::new(&self.terminal, PollFlags::empty())];
            if poll(&mut watched, Some(Duration::ZERO))? > 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
    }
}

/// Whether a read found nothing after all: somebody else read it first, or a signal came.
fn is_nothing(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), Interrupted | WouldBlock)
}
