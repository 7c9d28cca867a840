//! The thread that hears signals, and what each asks for.

use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGWINCH, SIGXCPU, SIGXFSZ,
};
use signal_hook::iterator::Signals;

use super::{Event, QuitSignal, Told};
use crate::tui::terminal::watchdog::LastResort;

/// How long a signal waits for room among the events. A loop that makes none for so long is stuck.
const ROOM_TIMEOUT: Duration = Duration::from_millis(500);

/// Signals that end a program which does not ask for them, and that come from outside: it leaves in order. Those that its
/// own faults raise are `terminal::crash`'s.
pub(super) const ENDING: [i32; 11] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU,
    SIGXFSZ,
];

/// Takes all signals over.
pub(super) fn take_over() -> std::io::Result<Signals> {
    Signals::new(ENDING.into_iter().chain([SIGTSTP, SIGCONT, SIGWINCH]))
}

/// Turns signals into events until `signals` is closed.
pub(super) fn forward(signals: &mut Signals, to_loop: &Sender<Told>, last_resort: &LastResort) {
    for signal in signals.forever() {
        let event = match signal {
            SIGTSTP => Event::Suspend,
            SIGCONT => Event::Resumed,
            SIGWINCH => Event::Resize,
            signal => Event::Quit(QuitSignal(signal)),
        };
        let quit = match event {
            Event::Quit(quit) => Some(quit),
            _ => None,
        };
        // Never for ever: the signal that ends a stuck program must still be heard.
        let sent = to_loop.send_timeout(Told { event, era: None }, ROOM_TIMEOUT);
        if let Some(quit) = quit {
            last_resort.enforce(quit.exit_code());
        }
        if matches!(sent, Err(SendTimeoutError::Disconnected(_))) {
            return;
        }
    }
}
