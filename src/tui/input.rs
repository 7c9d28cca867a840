//! Everything that the outside tells the program, as one stream of events: keys, the mouse, signals, the end of the
//! terminal.
//!
//! Three threads listen, each blocked in the kernel or nearly so, and send into one channel; the loop has a single
//! place to wait. They touch neither the lab nor the screen. What an event means is decided above.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};
use crossterm::event::{self, KeyEvent, KeyEventKind, MouseEvent};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};

use super::terminal::watchdog::{LastResort, Watchdog};
use super::terminal::{Restorer, Terminal};

/// Events that may wait for the loop. When it falls behind further, the listeners wait, and then the terminal does.
const MAX_WAITING: usize = 256;

/// How long a stopped key listener may go on reading.
const KEY_TIMEOUT: Duration = Duration::from_millis(250);

/// How long a signal waits for room among the events. A loop that makes none for so long is stuck.
const SIGNAL_TIMEOUT: Duration = Duration::from_millis(500);

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed or repeats; releases are left out.
    Key(KeyEvent),
    /// A button, a drag or the wheel.
    Mouse(MouseEvent),
    /// The terminal has a new size in cells.
    Resize {
        /// Cells in a row.
        n_columns: u16,
        /// Rows.
        n_rows: u16,
    },
    /// Text was pasted, in one piece.
    Paste(String),
    /// The terminal's window has the focus again.
    FocusGained,
    /// The terminal's window lost the focus.
    FocusLost,
    /// The program should leave, orderly and soon.
    Quit(QuitSignal),
    /// The program should suspend itself (somebody else than the keyboard asked: raw mode makes Ctrl-Z a key).
    Suspend,
    /// The program was stopped and goes on; the terminal may have been used in between.
    Resumed,
    /// No more keys will come, for this reason.
    InputLost(String),
}

/// Why the program should leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuitSignal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP, or the terminal itself is gone.
    HangUp,
}

impl QuitSignal {
    /// The exit code that shells expect of a program ended by this signal: 128 and its number.
    pub fn exit_code(self) -> u8 {
        let number = match self {
            Self::Interrupt => SIGINT,
            Self::Terminate => SIGTERM,
            Self::HangUp => SIGHUP,
        };
        128 + number as u8
    }
}

/// The listeners. They end when this is dropped.
pub struct Input {
    events: Receiver<Event>,
    signals: Handle,
    is_stopped: Arc<AtomicBool>,
    restorer: Arc<OnceLock<Restorer>>,
    /// Held until the end: when it is dropped, the watchdog leaves the process alone.
    _leash: UnixStream,
}

impl Input {
    /// Starts to listen. To be called before the terminal is entered, so that no signal finds it entered and nobody
    /// listening; but after every question put to the terminal (its background colour, say), whose answer would
    /// otherwise arrive here as keys.
    ///
    /// # Errors
    /// When a signal cannot be taken over or a thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let (sender, events) = bounded(MAX_WAITING);
        let is_stopped = Arc::new(AtomicBool::new(false));
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT])?;
        let (watchdog, leash) = Watchdog::over_stdout()?;
        let restorer = Arc::default();
        let last_resort = watchdog.last_resort(Arc::clone(&restorer))?;
        let input = Self {
            events,
            signals: signals.handle(),
            is_stopped: Arc::clone(&is_stopped),
            restorer: Arc::clone(&restorer),
            _leash: leash,
        };

        let to_loop = sender.clone();
        listen("terminal-signals", move || {
            forward_signals(&mut signals, &to_loop, &last_resort);
        })?;
        let to_loop = sender.clone();
        listen("terminal-watchdog", move || {
            watchdog.watch(|| {
                // A full channel means a loop that is stuck; the watchdog must not wait for it.
                let _ = to_loop.try_send(Event::Quit(QuitSignal::HangUp));
            });
        })?;
        listen("terminal-keys", move || {
            forward_keys(&is_stopped, &sender);
        })?;
        Ok(input)
    }

    /// Has `terminal` restored, as far as it can be, if the loop does not follow a signal to leave: the process ends
    /// after a second then.
    pub fn restore_at_worst(&self, terminal: &Terminal) {
        // A terminal is entered once; a second one would leave the first in charge.
        let _ = self.restorer.set(terminal.restorer());
    }

    /// Where the events arrive.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.signals.close();
        // Nobody joins the threads: the one that reads keys never returns from a dead terminal.
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the terminal's listeners are the threads that this module is for"
)]
fn listen(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(body).map(drop)
}

fn forward_signals(signals: &mut Signals, to_loop: &Sender<Event>, last_resort: &LastResort) {
    for signal in signals.forever() {
        let event = match signal {
            SIGINT => Event::Quit(QuitSignal::Interrupt),
            SIGTERM => Event::Quit(QuitSignal::Terminate),
            SIGHUP => Event::Quit(QuitSignal::HangUp),
            SIGTSTP => Event::Suspend,
            _ => Event::Resumed,
        };
        let quit = match event {
            Event::Quit(quit) => Some(quit),
            _ => None,
        };
        // Never for ever: the signal that ends a stuck program must still be heard.
        let sent = to_loop.send_timeout(event, SIGNAL_TIMEOUT);
        if let Some(quit) = quit {
            last_resort.enforce(quit.exit_code());
        }
        if matches!(sent, Err(SendTimeoutError::Disconnected(_))) {
            return;
        }
    }
}

fn forward_keys(is_stopped: &AtomicBool, to_loop: &Sender<Event>) {
    while !is_stopped.load(Ordering::Relaxed) {
        let event = match next_event() {
            Ok(None) => continue,
            Ok(Some(event)) => event,
            Err(error) => {
                let _ = to_loop.send(Event::InputLost(error.to_string()));
                return;
            }
        };
        if to_loop.send(event).is_err() {
            return;
        }
    }
}

fn next_event() -> io::Result<Option<Event>> {
    if event::poll(KEY_TIMEOUT)? {
        Ok(translated(event::read()?))
    } else {
        Ok(None)
    }
}

fn translated(event: event::Event) -> Option<Event> {
    Some(match event {
        event::Event::Key(key) if key.kind == KeyEventKind::Release => return None,
        event::Event::Key(key) => Event::Key(key),
        event::Event::Mouse(mouse) => Event::Mouse(mouse),
        event::Event::Resize(n_columns, n_rows) => Event::Resize { n_columns, n_rows },
        event::Event::Paste(text) => Event::Paste(text),
        event::Event::FocusGained => Event::FocusGained,
        event::Event::FocusLost => Event::FocusLost,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn exit_codes_are_those_that_shells_give() {
        let signals = [
            (QuitSignal::HangUp, 129),
            (QuitSignal::Interrupt, 130),
            (QuitSignal::Terminate, 143),
        ];
        for (signal, code) in signals {
            assert_eq!(signal.exit_code(), code, "{signal:?}");
        }
    }

    #[test]
    fn a_released_key_is_no_event_and_a_repeated_one_is() {
        let cases = [
            (KeyEventKind::Press, true),
            (KeyEventKind::Repeat, true),
            (KeyEventKind::Release, false),
        ];
        for (kind, is_event) in cases {
            let code = KeyCode::Char('q');
            let key = KeyEvent::new_with_kind(code, KeyModifiers::NONE, kind);
            let event = translated(event::Event::Key(key));
            assert_eq!(event.is_some(), is_event, "{kind:?}");
        }
    }
}
