//! The real program in a real pseudo-terminal: however it leaves, the terminal is as it was.
//!
//! Nothing here sleeps. A test waits for what it expects to see, and fails when that has not come by a deadline.

#![allow(
    clippy::disallowed_methods,
    reason = "a test that waits for another process has deadlines and a reading thread"
)]

mod input;
mod keys;
mod leaving;
mod session;
mod terminals;
