//! Everything that the outside tells the program, as one stream of events: keys, the mouse, answers of the terminal,
//! signals, the end of the terminal.
//!
//! Two threads listen, each blocked in the kernel, and send into one channel; the loop has a single place to wait. They
//! touch neither the lab nor the screen. What an event means is decided above.

mod bytes;
mod keyboard;
mod keys;
mod signals;

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select, unbounded};
use crossterm::event::{KeyEvent, MouseEvent};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Handle;

use super::terminal::watchdog::LastResort;
use super::terminal::{self, Restorer, Terminal};
use keyboard::Keyboard;

/// Events that may wait for the loop. When it falls behind further, the listeners wait, and then the terminal does.
const MAX_WAITING: usize = 1024;

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed or repeats; releases are left out.
    Key(KeyEvent),
    /// A button, a drag or the wheel.
    Mouse(MouseEvent),
    /// The terminal has a new size.
    Resize,
    /// Text was pasted, in one piece.
    Paste(String),
    /// The terminal's window has the focus again.
    FocusGained,
    /// The terminal's window lost the focus.
    FocusLost,
    /// The terminal says what its background is, whenever it comes to that.
    Background(Background),
    /// The terminal has answered everything that it was asked ([`Terminal::is_asked`]).
    AnswersEnd,
    /// The program should leave, orderly and soon.
    Quit(QuitSignal),
    /// The program should suspend itself (somebody else than the keyboard asked: raw mode makes Ctrl-Z a key).
    Suspend,
    /// The program was stopped and goes on; the terminal may have been used in between.
    Resumed,
    /// What went on beside the loop is over, and this is to be said of it.
    Done(String),
    /// No more keys will come, for this reason.
    InputLost(String),
}

/// What a terminal's background is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Darker than middle grey.
    Dark,
    /// Lighter.
    Light,
}

/// The signal for which the program should leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuitSignal(i32);

impl QuitSignal {
    /// Ctrl-C, where the terminal makes it a signal.
    pub const INTERRUPT: Self = Self(SIGINT);
    /// A polite `kill`.
    pub const TERMINATE: Self = Self(SIGTERM);
    /// The terminal is gone.
    pub const HANG_UP: Self = Self(SIGHUP);

    /// The exit code that shells expect of a program ended by this signal: 128 and its number.
    pub fn exit_code(self) -> u8 {
        128 + self.0 as u8
    }
}

/// An event on its way to the loop.
#[derive(Debug, Clone)]
struct Told {
    event: Event,
    /// For what was typed: how often the loop had forgotten what was typed before.
    era: Option<u32>,
}

/// The listeners. They end when this is dropped.
pub struct Input {
    events: Receiver<Told>,
    /// From and to what goes on beside the loop.
    done: (Sender<String>, Receiver<String>),
    signals: Handle,
    era: Arc<AtomicU32>,
    is_over: Arc<AtomicBool>,
    restorer: Arc<OnceLock<Restorer>>,
    /// Held until the end: when it is dropped, the listeners leave the process alone.
    _leash: UnixStream,
}

impl Input {
    /// Starts to listen. To be called before the terminal is entered, so that no signal finds it entered and nobody
    /// listening, and every answer of the terminal finds somebody who knows it for one.
    ///
    /// # Errors
    /// When there is no terminal, a signal cannot be taken over, or a thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let (to_loop, events) = bounded(MAX_WAITING);
        let (held, leash) = UnixStream::pair()?;
        let restorer = Arc::default();
        let era = Arc::new(AtomicU32::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let last_resort = LastResort::new(leash.try_clone()?, Arc::clone(&restorer));
        let keyboard = Keyboard {
            terminal: terminal::of_stdout()?,
            leash,
            to_loop: to_loop.clone(),
            era: Arc::clone(&era),
            is_over: Arc::clone(&is_over),
        };
        let mut signals = signals::take_over()?;
        let input = Self {
            events,
            done: unbounded(),
            signals: signals.handle(),
            era,
            is_over,
            restorer,
            _leash: held,
        };
        let at_hang_up = last_resort.try_clone()?;
        listen("terminal-signals", move || {
            signals::forward(&mut signals, &to_loop, &last_resort);
        })?;
        listen("terminal-keys", move || {
            // The kernel's own signal is not enough: it goes to the foreground group only.
            if keyboard.listen() {
                at_hang_up.enforce(QuitSignal::HANG_UP.exit_code());
            }
        })?;
        Ok(input)
    }

    /// Has `terminal` restored, as far as it can be, if the loop does not follow a signal to leave: the process ends
    /// after a second then.
    pub fn restore_at_worst(&self, terminal: &Terminal) {
        // A terminal is entered once; a second one would leave the first in charge.
        let _ = self.restorer.set(terminal.restorer());
    }

    /// The next event, waited for no longer than `patience`.
    ///
    /// # Errors
    /// `Timeout`, and `Disconnected` when nobody listens any more.
    pub fn wait(&self, patience: Duration) -> Result<Event, RecvTimeoutError> {
        loop {
            // What was forgotten is there at once, so that looking again does not add to the patience.
            select! {
                recv(self.events) -> told => {
                    let told = told.map_err(|_| RecvTimeoutError::Disconnected)?;
                    if self.is_wanted(&told) {
                        return Ok(told.event);
                    }
                }
                recv(self.done.1) -> words => {
                    return words.map(Event::Done).map_err(|_| RecvTimeoutError::Disconnected);
                }
                default(patience) => return Err(RecvTimeoutError::Timeout),
            }
        }
    }

    /// The next event that is there already.
    pub fn try_next(&self) -> Option<Event> {
        self.events
            .try_iter()
            .find(|told| self.is_wanted(told))
            .map(|told| told.event)
    }

    /// Forgets what was typed and is not answered yet, as terminals do at Ctrl-Z: it was meant for what was there then.
    pub fn forget_typed(&self) {
        self.era.fetch_add(1, Ordering::Relaxed);
    }

    /// Reads no more of what is typed: to be called before the terminal is left, as it is the shell's from then on.
    pub fn stop_reading(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Lets `work` go on beside the loop, which hears its words as [`Event::Done`].
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn beside(
        &self,
        work: impl FnOnce() -> String + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let done = self.done.0.clone();
        listen("beside-the-loop", move || {
            // Nobody hears it where the loop has ended meanwhile.
            let _ = done.send(work());
        })
    }

    fn is_wanted(&self, told: &Told) -> bool {
        told.era
            .is_none_or(|era| era == self.era.load(Ordering::Relaxed))
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.signals.close();
        // Nobody joins the threads: the leash, dropped next, ends the other one.
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the terminal's listeners are the threads that this module is for"
)]
fn listen(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_that_shells_give() {
        let signals = [
            (QuitSignal::HANG_UP, 129),
            (QuitSignal::INTERRUPT, 130),
            (QuitSignal::TERMINATE, 143),
        ];
        for (signal, code) in signals {
            assert_eq!(signal.exit_code(), code, "{signal:?}");
        }
    }
}
