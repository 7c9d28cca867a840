//! Waiting for a lab that trains on its workers.
#![expect(
    clippy::disallowed_methods,
    reason = "a test that waits in vain must end"
)]

use std::time::{Duration, Instant};

use dropscope::lab::{Lab, LabSnapshot};

/// Long enough for any machine; a lab that needs it has hung.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Waits for a snapshot of which `is_so` holds.
pub(crate) fn until(lab: &Lab, what: &str, is_so: impl Fn(&LabSnapshot) -> bool) -> LabSnapshot {
    let start = Instant::now();
    loop {
        let snapshot = lab.snapshot();
        if is_so(&snapshot) {
            return snapshot;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::yield_now();
    }
}
