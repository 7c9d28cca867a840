//! The terminal after the worst: an abort, as where memory runs out, or a fault.
//!
//! Then no destructor runs and no other thread can be waited for. What is left is the handler of the signal, in the thread
//! that failed; it restores the terminal and lets the signal do what it always does. SEGV stays with the
//! standard library, which needs a stack of its own to tell of one that is full, and then aborts.

#![expect(
    unsafe_code,
    reason = "a signal handler can only be set by a promise that it does what handlers may"
)]

use std::io;
use std::sync::Arc;

use signal_hook::consts::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP};
use signal_hook::low_level::emulate_default_handler;
use signal_hook_registry::register_signal_unchecked;

use super::modes::Modes;

/// What a program raises against itself, and debuggers against it.
const CRASHES: [i32; 6] = [SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS];

/// What is left to say of an abort: whatever was written before it went away with the alternate screen.
const ABORTED: &[u8] = b"dropscope: ended by an abort, as where memory runs out; smaller or fewer networks need less\n";

/// Restores the terminal before any of the signals of a crash ends the process. The handlers stay for its life; they do
/// nothing of their own once the terminal has been left.
pub(super) fn restore_before_crashes(modes: &Arc<Modes>) -> io::Result<()> {
    for signal in CRASHES {
        let modes = Arc::clone(modes);
        let action = move || {
            if modes.leave_at_once() && signal == SIGABRT {
                modes.write_at_once(ABORTED);
            }
            // Ends the process.
            let _ = emulate_default_handler(signal);
        };
        // SAFETY: a handler may interrupt anything, so it must neither allocate, nor wait for a lock that its own thread
        // may hold, nor unwind. `leave_at_once` swaps an atomic, tries two locks without waiting for them, writes bytes
        // that lie ready, and makes system calls of rustix (write, ioctl), which are no more than the calls; without
        // patience it does not poll. It indexes within the length it has compared with, and its errors are plain
        // numbers. `emulate_default_handler` says of itself that it may be called in handlers.
        unsafe { register_signal_unchecked(signal, action) }?;
    }
    Ok(())
}
