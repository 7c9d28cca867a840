//! Ends the program when it should leave and does not.
//!
//! A loop can be stuck, whatever for, and then it neither hears of a signal nor of its terminal's death. Whoever hears of
//! either gives it a moment to leave by itself, restores the terminal as far as that needs no waiting, and ends the
//! process.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::{Restorer, poll};

/// How long the program may take to leave by itself after the terminal has gone or a signal came.
const GRACE: Duration = Duration::from_secs(1);

/// Ends the process for a signal that the loop does not follow.
pub(in crate::tui) struct LastResort {
    /// Its other end is held by the program until it has left.
    leash: UnixStream,
    /// Empty until the terminal is entered.
    restorer: Arc<OnceLock<Restorer>>,
}

impl LastResort {
    /// What ends the process, unless the other end of `leash` is dropped in time.
    pub(in crate::tui) fn new(leash: UnixStream, restorer: Arc<OnceLock<Restorer>>) -> Self {
        Self { leash, restorer }
    }

    /// The same once more, for another thread.
    pub(in crate::tui) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self {
            leash: self.leash.try_clone()?,
            restorer: Arc::clone(&self.restorer),
        })
    }

    /// Gives the program a second to leave by itself; if the leash is still held then, restores the terminal as far as
    /// that needs no waiting and ends the process with `exit_code`.
    pub(in crate::tui) fn enforce(&self, exit_code: u8) {
        if self.is_released_within(GRACE) {
            return;
        }
        if let Some(restorer) = self.restorer.get() {
            restorer.restore_without_waiting();
        }
        end_process(exit_code);
    }

    fn is_released_within(&self, grace: Duration) -> bool {
        let mut watched = [PollFd::new(&self.leash, PollFlags::IN)];
        matches!(poll(&mut watched, Some(grace)), Ok(1..))
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

    #[test]
    fn a_signal_that_is_followed_is_not_enforced() {
        let (held, leash) = UnixStream::pair().unwrap();
        let last_resort = LastResort::new(leash, Arc::default());
        assert!(!last_resort.is_released_within(Duration::ZERO));
        drop(held);
        last_resort.enforce(143);
    }
}
