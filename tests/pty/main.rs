//! A real program in a real pseudo-terminal: however it leaves, the terminal is as it was.
//!
//! Nothing here sleeps. A test waits for what it expects to see, and fails when that has not come by a deadline.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test that waits for another process has deadlines and a reading thread"
)]

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{
    ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system,
};

/// For what takes milliseconds on an idle machine; generous, as it is only reached by a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a wait listens before it looks again at what makes no output.
const SLICE: Duration = Duration::from_millis(20);

/// What the program promises: gone this soon after its terminal.
const MAX_AFTERLIFE: Duration = Duration::from_secs(2);

/// The program under test.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test.ancestors().nth(2).expect("it lies in target/*/deps");
    let program = folder.join("examples/terminal_life");
    assert!(
        program.exists(),
        "build it first: cargo build --example terminal_life (a whole `cargo test` does)"
    );
    program
}

/// What the program shows while it runs.
const SIGN_OF_LIFE: &str = "count ";

#[test]
fn quitting_restores_the_terminal_and_leaves_the_summary() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.press("q");
    let status = session.wait_for_exit();
    assert_eq!(status.exit_code(), 0);
    session.assert_restored();
    let scrollback = session.screen().contents();
    assert!(scrollback.contains("counted to"), "{scrollback:?}");
}

#[test]
fn a_panic_restores_the_terminal_before_its_text() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.press("p");
    let status = session.wait_for_exit();
    assert_eq!(status.exit_code(), 101);
    session.assert_restored();
    let scrollback = session.screen().contents();
    assert!(
        scrollback.contains("asked for by the key p"),
        "{scrollback:?}"
    );
    let n_lefts = session.output().matches("\x1b[?1049l").count();
    assert_eq!(
        n_lefts, 1,
        "restored by the hook, and not again by the drop"
    );
}

#[test]
fn a_panic_in_a_worker_disturbs_nothing() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.press("w");
    session.wait_until("the panic is shown", |screen| {
        screen.contents().contains("a worker fell")
    });
    assert!(session.screen().alternate_screen());
    assert!(
        !session.output().contains("panicked at"),
        "the hook printed"
    );
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn signals_that_end_the_program_restore_the_terminal() {
    for (signal, exit_code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let mut session = Session::start(&[]);
        session.wait_for_life();
        session.send(signal);
        let status = session.wait_for_exit();
        assert_eq!(status.exit_code(), exit_code, "SIG{signal}");
        session.assert_restored();
    }
}

#[test]
fn ctrl_z_and_sigtstp_give_the_terminal_back_until_the_program_goes_on() {
    let suspend: [fn(&mut Session); 2] = [
        |session| session.press("\x1a"),
        |session| session.send("TSTP"),
    ];
    for suspend in suspend {
        let mut session = Session::start_below_a_shell();
        session.wait_for_life();
        suspend(&mut session);
        session.wait("the terminal is given back", |session| {
            !session.screen().alternate_screen() && session.has_lines_of_before()
        });
        session.assert_restored();
        session.continue_until_alive();
        session.press("q");
        session.wait_for_exit();
        session.assert_restored();
    }
}

#[test]
fn a_program_without_a_shell_is_not_suspended() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.press("\x1a");
    session.wait_until("the refusal is shown", |screen| {
        screen.contents().contains("no shell to return to")
    });
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_program_that_others_stopped_takes_the_terminal_back() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.send("STOP");
    // As a shell does that finds its job stopped.
    session.restore_lines();
    session.process(b"\x1b[?1049l\x1b[?25h");
    session.continue_until_alive();
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.assert_gone_after_closing();
}

#[test]
fn a_closed_terminal_ends_even_a_program_that_does_not_listen() {
    let mut session = Session::start(&["--stubborn"]);
    session.wait_for_life();
    let status = session.assert_gone_after_closing();
    assert_eq!(status.exit_code(), 1);
}

#[test]
fn any_size_at_any_time_is_survived() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    // A fixed walk over sizes, small ones often: multiples of two primes, without a random number.
    for step in 0_u16..200 {
        let n_columns = if step % 7 == 0 {
            1
        } else {
            1 + step * 37 % 211
        };
        let n_rows = if step % 5 == 0 { 1 } else { 1 + step * 53 % 67 };
        session.resize(n_columns, n_rows);
    }
    session.resize(1, 1);
    session.wait_until_output("a frame of one cell", "\x1b[2J\x1b[1;1Hc\x1b[");
    session.resize(80, 24);
    session.wait_for_life();
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_pipe_gets_no_escape_code_but_the_name_of_the_other_command() {
    let output = Command::new(program()).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("dropscope train"), "{message}");
    assert!(!message.contains('\x1b'), "{message:?}");
}

/// A program in a pseudo-terminal of its own.
struct Session {
    /// `None` after the terminal was closed.
    terminal: Option<Terminal>,
    parser: vt100::Parser,
    output: String,
    exit: Receiver<ExitStatus>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    /// The process group of the program, and of the shell if it runs below one.
    group: u32,
    /// The line settings before the program started.
    lines_before: String,
}

/// The side of the pseudo-terminal that a terminal emulator holds.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
}

impl Session {
    fn start(arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        Self::spawn(command)
    }

    /// Under a shell, which leads the session and waits, as at a prompt.
    fn start_below_a_shell() -> Self {
        let mut command = CommandBuilder::new("sh");
        // The second command keeps the shell from becoming the program.
        command.args(["-c", r#""$0"; exit $?"#]);
        command.arg(program());
        Self::spawn(command)
    }

    fn spawn(command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(PtySize::default());
        let pair = pair.expect("the system has pseudo-terminals");
        let lines_before = lines(&*pair.master);
        let mut child = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let group = child.process_id().expect("a child has a process id");
        let killer = child.clone_killer();
        let (exited, exit) = mpsc::channel();
        thread::spawn(move || child.wait().map(|status| exited.send(status)));
        Self {
            terminal: Some(Terminal {
                output: read_in_background(&*pair.master),
                keys: pair.master.take_writer().expect("taken once"),
                master: pair.master,
            }),
            parser: vt100::Parser::default(),
            output: String::new(),
            exit,
            killer,
            group,
            lines_before,
        }
    }

    fn terminal(&mut self) -> &mut Terminal {
        self.terminal.as_mut().expect("the terminal is open")
    }

    fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Everything that the program wrote, escape codes included.
    fn output(&self) -> &str {
        &self.output
    }

    fn process(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.output.push_str(&String::from_utf8_lossy(bytes));
    }

    fn press(&mut self, keys: &str) {
        let written = self.terminal().keys.write_all(keys.as_bytes());
        written.expect("the terminal takes keys");
    }

    fn resize(&mut self, n_columns: u16, n_rows: u16) {
        let size = PtySize {
            rows: n_rows,
            cols: n_columns,
            ..PtySize::default()
        };
        let resized = self.terminal().master.resize(size);
        resized.expect("the terminal takes a size");
    }

    /// Sends a signal to the whole process group, as a terminal or a shell does.
    fn send(&mut self, signal: &str) {
        let script = format!("kill -{signal} -{}", self.group);
        let status = Command::new("sh").args(["-c", &script]).status();
        assert!(status.expect("there is a shell").success(), "{script}");
    }

    /// Sets the lines of the terminal as a shell has them.
    fn restore_lines(&mut self) {
        let path = self.terminal().master.tty_name().expect("it has a name");
        let script = format!("stty sane < {}", path.display());
        let status = Command::new("sh").args(["-c", &script]).status();
        assert!(status.expect("there is a shell").success(), "{script}");
    }

    /// Waits until the program owns the terminal, in raw mode, and draws.
    fn wait_for_life(&mut self) {
        let from = self.output.len();
        self.wait("the program draws on a terminal of its own", |session| {
            let screen = session.screen();
            let is_entered = screen.alternate_screen() && screen.hide_cursor();
            let has_drawn = session.output[from..].contains("\x1b[?2026h");
            let is_alive = has_drawn && screen.contents().contains(SIGN_OF_LIFE);
            is_entered && is_alive && !session.has_lines_of_before()
        });
    }

    /// Continues the program until it draws: the first attempt may come before it has stopped.
    fn continue_until_alive(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.screen().alternate_screen() {
            assert!(Instant::now() < deadline, "it does not go on");
            self.send("CONT");
            self.read_for(SLICE);
        }
        self.wait_for_life();
    }

    fn wait_until(&mut self, what: &str, is_reached: impl Fn(&vt100::Screen) -> bool) {
        self.wait(what, |session| is_reached(session.screen()));
    }

    fn wait_until_output(&mut self, what: &str, piece: &str) {
        self.wait(what, |session| session.output.contains(piece));
    }

    fn wait(&mut self, what: &str, is_reached: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_reached(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            // In slices: line settings change without a byte of output.
            let is_open = self.read_for(left.min(SLICE));
            let contents = self.screen().contents();
            assert!(
                is_reached(self) || (is_open && !left.is_zero()),
                "not seen: {what}\nscreen: {contents:?}\noutput: {:?}",
                self.output
            );
        }
    }

    /// Takes the next piece of output, and tells whether more can come.
    fn read_for(&mut self, limit: Duration) -> bool {
        match self.terminal().output.recv_timeout(limit) {
            Ok(bytes) => self.process(&bytes),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }

    /// Waits for the end of the program and of its output.
    fn wait_for_exit(&mut self) -> ExitStatus {
        let status = self.exit.recv_timeout(PATIENCE);
        let status = status.expect("the program ends");
        let deadline = Instant::now() + PATIENCE;
        while self.read_for(deadline.saturating_duration_since(Instant::now())) {
            assert!(Instant::now() < deadline, "the output does not end");
        }
        status
    }

    /// Closes the terminal as a closed window does, and checks that the program is gone in time.
    fn assert_gone_after_closing(&mut self) -> ExitStatus {
        // The reading thread holds the terminal too; it lets go at the next output, which a living program gives.
        self.terminal = None;
        let closed = Instant::now();
        let status = self.exit.recv_timeout(PATIENCE);
        let status = status.expect("the program ends");
        let afterlife = closed.elapsed();
        assert!(afterlife < MAX_AFTERLIFE, "{afterlife:?}");
        status
    }

    fn assert_restored(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "alternate screen");
        assert!(!screen.hide_cursor(), "cursor hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste");
        let mouse = screen.mouse_protocol_mode();
        assert_eq!(mouse, vt100::MouseProtocolMode::None);
        for mode in [1004, 2026] {
            let set = self.output.rfind(&format!("\x1b[?{mode}h"));
            let reset = self.output.rfind(&format!("\x1b[?{mode}l"));
            assert!(set < reset, "mode {mode} is still set");
        }
        assert!(self.has_lines_of_before(), "line settings");
    }

    /// Whether the line settings (echo, canonical mode, ...) are those from before the program started. On Linux they
    /// outlive the program for as long as this side is open.
    fn has_lines_of_before(&self) -> bool {
        let terminal = self.terminal.as_ref().expect("the terminal is open");
        lines(&*terminal.master) == self.lines_before
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // For a test that failed half-way; a program that has ended does not mind.
        let _ = self.killer.kill();
    }
}

/// The line settings in a form that can be compared: a fresh snapshot each time.
fn lines(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// Reads on a thread of its own, as reading a terminal knows no deadline; ends when nobody listens any more.
fn read_in_background(master: &dyn MasterPty) -> Receiver<Vec<u8>> {
    let mut reader = master.try_clone_reader().expect("it can be read");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n_bytes @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..n_bytes].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}
