//! What reaches standard output and standard error. Results go to the one, everything else to the other, a message a line.

use std::io::{self, Write};
use std::process::ExitCode;

use super::before_main::is_output_closed;
use super::failure::Failure;
use crate::text::visible;

/// Prints messages to standard error, each on one line of its own: no text from outside can begin another.
pub fn complain(messages: &[String]) {
    for message in messages {
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(io::stderr(), "error: {}", visible(message));
    }
}

/// Says on standard error what is no mistake.
pub fn tell(message: &str) {
    // As above.
    let _ = writeln!(io::stderr(), "{}", visible(message));
}

/// Prints a result. A reader who has seen enough, such as `head`, is no failure.
///
/// What came from outside has to be [`visible`] already.
///
/// # Errors
/// [`Failure::Output`] if standard output cannot be written to, on a full disk for example.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    printed(output.write_all(text.as_bytes()))
}

/// Prints what the command line was answered with: help and version as results, anything else as a message. Gives the exit
/// code.
///
/// # Errors
/// As [`print()`].
pub fn answer(answer: &clap::Error) -> Result<ExitCode, Failure> {
    let is_written = answer.print();
    if !answer.use_stderr() {
        printed(is_written)?;
    }
    Ok(ExitCode::from(answer.exit_code() as u8))
}

fn printed(is_written: io::Result<()>) -> Result<(), Failure> {
    if is_output_closed() {
        return Err(Failure::Output(io::Error::other("it is closed")));
    }
    match is_written.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Two columns of text from anywhere, a line a row.
pub fn aligned(rows: impl IntoIterator<Item = (String, String)>) -> String {
    let rows = rows.into_iter();
    let rows: Vec<_> = rows
        .map(|(name, text)| (visible(name), visible(text)))
        .collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or(0);
    let line = |(name, text): &(String, String)| format!("{name:<width$}  {text}\n");
    rows.iter().map(line).collect()
}
