//! What can only be asked before `main`: whether standard output was closed when the program began.
//!
//! The standard library opens `/dev/null` in the place of what is closed, so that no file is opened there by chance. From
//! then on everything can be written, and is lost.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_CLOSED: AtomicBool = AtomicBool::new(false);

ctor::declarative::ctor! {
    /// Sound before `main`: one question to the system and one atomic, nothing of the standard library's runtime.
    #[ctor(unsafe)]
    fn ask_whether_output_is_closed() {
        let is_open = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_ok();
        IS_CLOSED.store(!is_open, Ordering::Relaxed);
    }
}

/// Whether standard output was closed when the program began.
pub(super) fn is_output_closed() -> bool {
    IS_CLOSED.load(Ordering::Relaxed)
}
