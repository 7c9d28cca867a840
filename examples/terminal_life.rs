//! What the real program must never do, so that it can be tried what becomes of the terminal then: `p` panics on the
//! main thread, `a` aborts, `m` runs out of memory, and with `--stubborn` the loop ignores every request to leave, as one does that is stuck.

use std::alloc::Layout;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use crossterm::event::KeyCode;
use dropscope::tui::input::{Event, Input};
use dropscope::tui::terminal::{Options, Terminal};

const TICK: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let is_stubborn = std::env::args().any(|argument| argument == "--stubborn");
    match run(is_stubborn) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(is_stubborn: bool) -> io::Result<()> {
    let input = Input::start()?;
    let mut terminal = Terminal::enter(Options::default())?;
    input.restore_at_worst(&terminal);
    for count in 0_u64.. {
        let text = format!("count {count}");
        let drawn = terminal.draw(|frame| frame.render_widget(text.as_str(), frame.area()));
        let event = input.wait(TICK);
        if is_stubborn {
            continue;
        }
        drawn?;
        match event {
            Ok(Event::Key(key)) => fail_as_asked(key.code),
            Ok(Event::Quit(_)) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "what becomes of the terminal then is what this is for"
)]
fn fail_as_asked(key: KeyCode) {
    match key {
        KeyCode::Char('p') => panic!("asked for by the key p"),
        KeyCode::Char('a') => std::process::abort(),
        KeyCode::Char('m') => std::alloc::handle_alloc_error(Layout::new::<[u8; 1 << 20]>()),
        _ => {}
    }
}
