//! The smallest program on a terminal that is always restored: a counter, and every way out.
//!
//! `q` quits, `p` panics, `w` panics in a worker thread (the program goes on), Ctrl-Z suspends, Ctrl-L redraws.
//! With `--stubborn` it ignores every request to leave, as a program does whose loop is stuck.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use crossterm::event::{KeyCode, KeyModifiers};
use dropscope::tui::input::{Event, Input, QuitSignal};
use dropscope::tui::terminal::{Mouse, Options, Suspension, Terminal, require_terminal};

const TICK: Duration = Duration::from_millis(50);

/// Whether the loop goes on.
enum Next {
    GoOn,
    Leave(Option<QuitSignal>),
}

fn main() -> ExitCode {
    if let Err(error) = require_terminal() {
        complain(&error);
        return ExitCode::from(2);
    }
    let is_stubborn = std::env::args().any(|argument| argument == "--stubborn");
    match run(is_stubborn) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(signal)) => ExitCode::from(signal.exit_code()),
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Not `eprintln!`: that panics when the terminal is gone, which is one of the errors to be told.
fn complain(error: &dyn Display) {
    let _ = writeln!(io::stderr(), "{error}");
}

fn run(is_stubborn: bool) -> io::Result<Option<QuitSignal>> {
    let options = Options {
        mouse: Mouse::On,
        ..Options::default()
    };
    let input = Input::start()?;
    let mut terminal = Terminal::enter(options)?;
    let mut last = String::from("nothing yet");
    for count in 0_u64.. {
        let text = format!("count {count}, last event: {last}");
        let drawn = terminal.draw(|frame| frame.render_widget(text.as_str(), frame.area()));
        if !is_stubborn {
            drawn?;
        }
        let event = match input.events().recv_timeout(TICK) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let next = answer(&mut terminal, event, &mut last);
        if is_stubborn {
            continue;
        }
        if let Next::Leave(signal) = next? {
            terminal.leave_with(&format!("counted to {count}"))?;
            return Ok(signal);
        }
    }
    Ok(None)
}

fn answer(terminal: &mut Terminal, event: Event, last: &mut String) -> io::Result<Next> {
    *last = format!("{event:?}");
    match event {
        Event::Quit(signal) => return Ok(Next::Leave(Some(signal))),
        Event::Suspend => suspend(terminal, last)?,
        Event::Resumed => terminal.resume()?,
        Event::Key(key) => match key.code {
            KeyCode::Char('q') => return Ok(Next::Leave(None)),
            KeyCode::Char('z') if key.modifiers == KeyModifiers::CONTROL => {
                suspend(terminal, last)?;
            }
            KeyCode::Char('l') if key.modifiers == KeyModifiers::CONTROL => terminal.redraw(),
            KeyCode::Char('p') => panic!("asked for by the key p"),
            KeyCode::Char('w') => *last = panic_in_a_worker(),
            _ => {}
        },
        _ => {}
    }
    Ok(Next::GoOn)
}

fn suspend(terminal: &mut Terminal, last: &mut String) -> io::Result<()> {
    if terminal.suspend()? == Suspension::NoShell {
        "no shell to return to".clone_into(last);
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "it stands for a worker of the lab"
)]
fn panic_in_a_worker() -> String {
    let worker = thread::Builder::new().name("run-worker-0".to_owned());
    let panicked = worker.spawn(|| panic!("a worker fell")).map(|worker| {
        let payload = worker.join().expect_err("it panics");
        payload.downcast_ref::<&str>().map(ToString::to_string)
    });
    format!("caught: {panicked:?}")
}
