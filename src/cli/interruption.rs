//! Signals that end a training: it is cut short, and what was measured is written and printed before the program ends.
//!
//! Schedulers send SIGTERM, closed terminals SIGHUP, and `timeout -s INT` sends its signal twice within a moment. So the
//! first signal asks the training to end, and others in the moment after it are that same wish. One that comes later finds
//! a program that hangs, on a dead network disk for example, and ends it. SIGQUIT ends it at any time.

use std::fs;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

/// What terminals, `kill` and schedulers send to end a program, the limit of processor time included.
const ENDING: [i32; 6] = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU];

/// How long after the first signal another is still the same wish.
const MOMENT: Duration = Duration::from_secs(2);

/// No signal yet; none has this number.
const NONE: i32 = 0;

/// Whether a signal asked the training to end.
#[derive(Debug, Clone)]
pub struct Interruption(Arc<AtomicI32>);

impl Interruption {
    /// Starts to listen, on a thread of its own that ends with the program.
    ///
    /// # Errors
    /// If the system refuses a handler or the thread.
    #[expect(
        clippy::disallowed_methods,
        reason = "the listener trains nothing and waits in the kernel; its clock decides no number"
    )]
    pub fn listen() -> io::Result<Self> {
        // A file that grows beyond its limit is an error of the write then, which names the file.
        flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        let first = Arc::new(AtomicI32::new(NONE));
        let mut signals = Signals::new(ENDING.into_iter().filter(|signal| is_heard(*signal)))?;
        let told = Arc::clone(&first);
        let listen = move || {
            let mut since = None;
            for signal in signals.forever() {
                let since: &Instant = since.get_or_insert_with(Instant::now);
                if since.elapsed() > MOMENT {
                    // Where even that fails, the program ends when it has written what it can.
                    let _ = low_level::emulate_default_handler(signal);
                }
                let _ = told.compare_exchange(NONE, signal, Ordering::SeqCst, Ordering::SeqCst);
            }
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(listen)?;
        Ok(Self(first))
    }

    /// The name of the signal that asked for the end, such as `SIGTERM`.
    pub fn name(&self) -> Option<&'static str> {
        low_level::signal_name(self.0.load(Ordering::SeqCst))
    }

    /// The exit code that shells expect of a program ended by that signal: 128 and its number.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(128 + self.0.load(Ordering::SeqCst) as u8)
    }
}

/// Whether a signal ends the training, and not one that whoever started the program wants it to go on at, as `nohup` does.
///
/// Shells in scripts have `&` ignore SIGINT, for the keyboard's sake; one that is sent all the same is meant, and what was
/// measured is kept. Only Linux says what is ignored without a call that no safe library has; elsewhere nothing counts as
/// ignored.
fn is_heard(signal: i32) -> bool {
    if signal == SIGINT {
        return true;
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0) >> (signal - 1) & 1 == 0
}
