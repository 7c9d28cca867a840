//! The terminal's life: entered once, drawn on, suspended, and restored on every way out.
//!
//! [`Terminal`] is the only owner of the terminal's modes (raw mode, alternate screen, cursor, mouse, paste, focus).
//! It restores them when it is dropped, before the text of a panic is printed, and around a suspension. It knows
//! nothing of what is drawn, and it reads no input: that is [`crate::tui::input`].
//!
//! Unix terminals only.

use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::thread;

use ratatui::Frame;
use rustix::process::{Signal, getpid, getsid, kill_current_process_group};
use thiserror::Error;

pub(super) use device::{of_stdout, poll};
use modes::Modes;
pub(super) use painter::Painter;

mod crash;
mod device;
mod modes;
mod painter;
pub(super) mod watchdog;

/// Whether the terminal reports clicks, drags and the wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mouse {
    /// The terminal keeps the mouse: its own selection works.
    #[default]
    Off,
    /// Buttons, drags and the wheel arrive as events; bare motion does not, as it would flood a slow line.
    On,
}

/// What a terminal is asked when it is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Question {
    /// Nothing.
    #[default]
    None,
    /// What its background is. The answer comes as [`Event::Background`](crate::tui::input::Event::Background), some
    /// time or never, and [`Event::AnswersEnd`](crate::tui::input::Event::AnswersEnd) after it.
    Background,
}

/// How a terminal is entered.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether the mouse is captured.
    pub mouse: Mouse,
    /// What the terminal is asked, if it can answer this program; once, however often it is entered.
    pub question: Question,
    /// Panics in threads whose names begin with this leave the terminal alone and print nothing: whoever started
    /// the thread catches them and shows them in its own way.
    pub quiet_panics_in: &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mouse: Mouse::Off,
            question: Question::None,
            quiet_panics_in: "run-worker-",
        }
    }
}

/// Standard output cannot be drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "standard output is not a terminal, and the lab draws on one; `dropscope train` runs the same experiment without"
)]
pub struct NotATerminal;

/// Asks for a terminal on standard output, so that no escape code ever ends up in a pipe or a file.
///
/// # Errors
/// [`NotATerminal`], whose text names the command that needs none.
pub fn require_terminal() -> Result<(), NotATerminal> {
    if io::stdout().is_terminal() {
        Ok(())
    } else {
        Err(NotATerminal)
    }
}

/// What became of a wish to suspend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspension {
    /// The program was stopped, has been continued, and owns the terminal again.
    Resumed,
    /// No shell waits behind this program, so nobody could continue it: nothing happened.
    NoShell,
}

/// What has been drawn so far; for budgets and their display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drawn {
    /// Frames that changed something and were therefore written.
    pub n_frames: u64,
    /// Bytes in all of them.
    pub n_bytes: u64,
}

/// The terminal while the program owns it.
pub struct Terminal {
    modes: Arc<Modes>,
    painter: Painter,
    drawn: Drawn,
    is_asked: bool,
    hook_before: Arc<PanicHook>,
}

/// Restores the terminal for a thread that does not own it.
pub(super) struct Restorer(Arc<Modes>);

impl Restorer {
    /// Restores what can be restored without waiting, unless that has been done.
    fn restore_without_waiting(&self) {
        self.0.leave_at_once();
    }
}

type PanicHook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

impl Terminal {
    /// Takes the terminal over: raw mode, alternate screen, no cursor, bracketed paste, focus reports.
    ///
    /// # Errors
    /// [`NotATerminal`] inside an I/O error of the kind `Unsupported`, or what the terminal answered. The terminal is
    /// then as it was.
    pub fn enter(options: Options) -> io::Result<Self> {
        require_terminal().map_err(|error| io::Error::new(io::ErrorKind::Unsupported, error))?;
        let modes = Arc::new(Modes::of_stdout(options.mouse)?);
        let painter = Painter::new(modes.size()?);
        crash::restore_before_crashes(&modes)?;
        let hook_before = restore_before_panics(&modes, options.quiet_panics_in);
        let mut terminal = Self {
            hook_before,
            modes,
            painter,
            drawn: Drawn::default(),
            is_asked: false,
        };
        terminal.is_asked = terminal.modes.enter(options.question)?;
        Ok(terminal)
    }

    /// Whether the terminal was asked anything.
    pub fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// What restores this terminal from another thread.
    pub(super) fn restorer(&self) -> Restorer {
        Restorer(Arc::clone(&self.modes))
    }

    /// Draws one frame, in one write inside a synchronised update, and gives its number of bytes: 0 when the frame equals
    /// the one before. The size of the terminal is asked anew each time.
    ///
    /// A terminal that takes nothing is waited for a moment only. While it has not taken the frame before
    /// ([`Terminal::is_behind`]), a frame is left out, and 0 bytes too.
    ///
    /// # Errors
    /// What the terminal answered, or `BrokenPipe` when the terminal has been restored already.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<usize> {
        if !self.modes.is_entered() {
            let text = "the terminal has been left";
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, text));
        }
        if !self.modes.send_rest()? {
            return Ok(0);
        }
        let bytes = self.painter.paint(self.modes.size()?, render)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        self.modes.send(bytes)?;
        self.drawn.n_frames += 1;
        self.drawn.n_bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    /// Whether the terminal has not taken the last frame yet.
    pub fn is_behind(&self) -> bool {
        self.modes.is_behind()
    }

    /// Forgets what is on the screen: the next frame is drawn whole.
    pub fn redraw(&mut self) {
        self.painter.forget_screen();
    }

    /// What has been drawn since the terminal was entered.
    pub fn drawn(&self) -> Drawn {
        self.drawn
    }

    /// Restores the terminal, stops this program's process group as Ctrl-Z does, and takes the terminal back when
    /// the shell continues it. To be called on the main thread, which is the one that the stop reaches first.
    ///
    /// The whole group is stopped, or a shell would go on waiting for a parent such as `cargo run`. A program that
    /// leads its session has no shell behind it and is not stopped: it would hang for ever.
    ///
    /// # Errors
    /// What the terminal answered.
    pub fn suspend(&mut self) -> io::Result<Suspension> {
        if getsid(None)? == getpid() {
            return Ok(Suspension::NoShell);
        }
        self.modes.leave()?;
        let stopped = kill_current_process_group(Signal::STOP);
        self.resume()?;
        stopped?;
        Ok(Suspension::Resumed)
    }

    /// Sets every mode again and redraws: to be called after the program was continued
    /// ([`Event::Resumed`](crate::tui::input::Event::Resumed)), since whoever stopped it may have used the terminal.
    ///
    /// # Errors
    /// What the terminal answered.
    pub fn resume(&mut self) -> io::Result<()> {
        self.modes.reenter()?;
        self.redraw();
        Ok(())
    }

    /// Restores the terminal and prints a last text, which stays in the scrollback.
    ///
    /// # Errors
    /// What the terminal answered.
    pub fn leave_with(self, summary: &str) -> io::Result<()> {
        self.modes.leave()?;
        let text = summary.trim_end();
        if text.is_empty() {
            return Ok(());
        }
        self.modes.send(format!("{text}\n").as_bytes())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing is left to tell the error to, and the other modes have been restored all the same.
        let _ = self.modes.leave();
        if !thread::panicking() {
            let hook_before = Arc::clone(&self.hook_before);
            panic::set_hook(Box::new(move |panic| hook_before(panic)));
        }
    }
}

/// Restores the terminal before the text of a panic is printed, or nobody would read it: the alternate screen
/// vanishes with it, and raw mode makes stairs of its lines. Gives the hook that was there before.
fn restore_before_panics(modes: &Arc<Modes>, quiet_panics_in: &'static str) -> Arc<PanicHook> {
    let before: Arc<PanicHook> = Arc::from(panic::take_hook());
    let (modes, hook) = (Arc::clone(modes), Arc::clone(&before));
    panic::set_hook(Box::new(move |panic| {
        if !is_quiet(thread::current().name(), quiet_panics_in) {
            let _ = modes.leave();
            hook(panic);
        }
    }));
    before
}

fn is_quiet(thread_name: Option<&str>, quiet_panics_in: &str) -> bool {
    !quiet_panics_in.is_empty() && thread_name.is_some_and(|name| name.starts_with(quiet_panics_in))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_panics_in_worker_threads_are_quiet() {
        let cases = [
            (Some("run-worker-3"), "run-worker-", true),
            (Some("main"), "run-worker-", false),
            (None, "run-worker-", false),
            (Some("main"), "", false),
        ];
        for (name, quiet_panics_in, expected) in cases {
            assert_eq!(is_quiet(name, quiet_panics_in), expected, "{name:?}");
        }
    }

    #[test]
    fn the_refusal_names_the_command_that_needs_no_terminal() {
        assert!(NotATerminal.to_string().contains("`dropscope train`"));
    }
}
