//! The terminal as a file: the one behind standard output, opened anew, and waiting for it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{tcgetsid, ttyname};

/// The terminal behind standard output, to read and write without blocking.
///
/// It is opened anew, as a flag on standard output itself would be seen by every program that shares it. Where a system
/// hides its name, it is standard output after all.
pub(in crate::tui) fn of_stdout() -> io::Result<File> {
    let stdout = io::stdout();
    // The controlling terminal needs no name, and no permission after a `su`.
    if tcgetsid(&stdout).is_ok()
        && let Ok(terminal) = open(Path::new("/dev/tty"))
    {
        return Ok(terminal);
    }
    let name = ttyname(&stdout, Vec::new())?;
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    open(path).or_else(|_| Ok(File::from(stdout.as_fd().try_clone_to_owned()?)))
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// Waits until one of `watched` is ready, but not longer than `limit`; gives how many are. A signal does not end it.
pub(in crate::tui) fn poll(
    watched: &mut [PollFd<'_>],
    limit: Option<Duration>,
) -> io::Result<usize> {
    let limit = limit.map(|limit| Timespec {
        tv_sec: limit.as_secs().cast_signed(),
        tv_nsec: limit.subsec_nanos().into(),
    });
    loop {
        match rustix::event::poll(watched, limit.as_ref()) {
            Err(Errno::INTR) => {}
            polled => return Ok(polled?),
        }
    }
}
