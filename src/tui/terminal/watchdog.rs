//! Ends the program when its terminal has died, or when it was asked to leave and cannot.
//!
//! When the other side of a pseudo-terminal closes (a window, an ssh connection), crossterm's reader gets an error or
//! an end of file, takes neither for an end, and reads again for ever inside one call: a thread at 100 % that no flag
//! can stop. The kernel's hang-up signal is no safe way out either; it goes to the foreground group only. So this
//! thread waits for the hang-up of the terminal itself, gives the program a moment to leave by itself, and ends it.
//!
//! A terminal may also live and take nothing more, as over a frozen ssh connection: the loop then stands in its write
//! and never sees the signal that asks it to leave. [`LastResort`] ends that one, and any loop that is stuck.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::Restorer;

/// How long the program may take to leave by itself after the terminal has gone or a signal came.
const GRACE: Duration = Duration::from_secs(1);

/// What ended a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    HungUp,
    Released,
    Nothing,
}

/// A watch over a terminal, until the other end of `leash` is dropped.
pub(in crate::tui) struct Watchdog {
    terminal: OwnedFd,
    leash: UnixStream,
}

impl Watchdog {
    /// A watchdog over standard output, and the leash: dropping it ends the watch.
    pub(in crate::tui) fn over_stdout() -> io::Result<(Self, UnixStream)> {
        let (held, leash) = UnixStream::pair()?;
        let terminal = io::stdout().as_fd().try_clone_to_owned()?;
        Ok((Self { terminal, leash }, held))
    }

    /// What ends the program for a signal while the same leash is held.
    pub(in crate::tui) fn last_resort(
        &self,
        restorer: Arc<OnceLock<Restorer>>,
    ) -> io::Result<LastResort> {
        let leash = self.leash.try_clone()?;
        Ok(LastResort { leash, restorer })
    }

    /// Waits for the terminal to hang up, calls `hung_up`, and ends the process with exit code 1 if the leash is
    /// still held a second later. Sleeps in the kernel: a living terminal costs nothing.
    pub(in crate::tui) fn watch(&self, hung_up: impl FnOnce()) {
        if !matches!(self.wait_for_hang_up(), Ok(Seen::HungUp)) {
            return;
        }
        hung_up();
        if !matches!(wait_for_release(&self.leash, GRACE), Ok(Seen::Released)) {
            end_process(1);
        }
    }

    fn wait_for_hang_up(&self) -> io::Result<Seen> {
        // No event is asked for: hang-up and error are reported regardless, and input is somebody else's.
        let mut watched = [
            PollFd::new(&self.terminal, PollFlags::empty()),
            PollFd::new(&self.leash, PollFlags::IN),
        ];
        wait(&mut watched, None)?;
        let is_released = !watched[1].revents().is_empty();
        Ok(if is_released {
            Seen::Released
        } else {
            Seen::HungUp
        })
    }
}

/// Ends the process for a signal that the loop does not follow.
pub(in crate::tui) struct LastResort {
    leash: UnixStream,
    /// Empty until the terminal is entered.
    restorer: Arc<OnceLock<Restorer>>,
}

impl LastResort {
    /// Gives the program a second to leave by itself; if the leash is still held then, restores the terminal as far as
    /// that needs no waiting and ends the process with `exit_code`.
    pub(in crate::tui) fn enforce(&self, exit_code: u8) {
        if matches!(wait_for_release(&self.leash, GRACE), Ok(Seen::Released)) {
            return;
        }
        if let Some(restorer) = self.restorer.get() {
            restorer.restore_without_waiting();
        }
        end_process(exit_code);
    }
}

fn wait_for_release(leash: &UnixStream, grace: Duration) -> io::Result<Seen> {
    let mut watched = [PollFd::new(leash, PollFlags::IN)];
    let n_ready = wait(&mut watched, Some(grace))?;
    Ok(if n_ready == 0 {
        Seen::Nothing
    } else {
        Seen::Released
    })
}

/// Polls, again after an interrupting signal.
fn wait(watched: &mut [PollFd<'_>], limit: Option<Duration>) -> io::Result<usize> {
    let limit = limit.map(|limit| Timespec {
        tv_sec: limit.as_secs().cast_signed(),
        tv_nsec: limit.subsec_nanos().into(),
    });
    loop {
        match poll(watched, limit.as_ref()) {
            Err(Errno::INTR) => {}
            polled => return Ok(polled?),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the terminal is gone or restored as far as it can be, and the thread that holds the process cannot be stopped"
)]
fn end_process(exit_code: u8) {
    std::process::exit(exit_code.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(terminal: UnixStream) -> (Watchdog, UnixStream) {
        let (held, leash) = UnixStream::pair().unwrap();
        let terminal = OwnedFd::from(terminal);
        (Watchdog { terminal, leash }, held)
    }

    #[test]
    fn a_closed_terminal_is_a_hang_up() {
        let (terminal, other_side) = UnixStream::pair().unwrap();
        let (watchdog, _held) = over(terminal);
        drop(other_side);
        assert_eq!(watchdog.wait_for_hang_up().unwrap(), Seen::HungUp);
        let seen = wait_for_release(&watchdog.leash, Duration::ZERO);
        assert_eq!(seen.unwrap(), Seen::Nothing);
    }

    #[test]
    fn a_dropped_leash_ends_the_watch_over_a_living_terminal() {
        let (terminal, _other_side) = UnixStream::pair().unwrap();
        let (watchdog, held) = over(terminal);
        drop(held);
        watchdog.watch(|| panic!("the terminal is alive"));
    }

    #[test]
    fn a_signal_that_is_followed_is_not_enforced() {
        let (terminal, _other_side) = UnixStream::pair().unwrap();
        let (watchdog, held) = over(terminal);
        let last_resort = watchdog.last_resort(Arc::default()).unwrap();
        drop(held);
        last_resort.enforce(143);
    }

    #[test]
    fn a_program_that_leaves_in_time_is_left_alone() {
        let (terminal, other_side) = UnixStream::pair().unwrap();
        let (watchdog, held) = over(terminal);
        drop(other_side);
        watchdog.watch(|| drop(held));
    }
}
