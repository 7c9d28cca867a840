//! A program in a pseudo-terminal of its own, and what can be done to both.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{
    ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system,
};

/// For what takes milliseconds on an idle machine; generous, as it is only reached by a failure.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a wait listens before it looks again at what makes no output.
const SLICE: Duration = Duration::from_millis(20);

/// What the program promises (gone 2 s after its terminal or a signal), and a second for a machine that is busy.
const MAX_AFTERLIFE: Duration = Duration::from_secs(3);

/// Columns and rows that show the whole table and all four panes.
const N_COLUMNS: NonZeroU16 = NonZeroU16::new(120).unwrap();
const N_ROWS: NonZeroU16 = NonZeroU16::new(36).unwrap();

/// A program that can be started: where it is, and what it shows while it runs.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    pub(crate) path: fn() -> PathBuf,
    pub(crate) sign_of_life: &'static str,
}

/// The program itself.
pub(crate) const DROPSCOPE: Program = Program {
    path: || PathBuf::from(env!("CARGO_BIN_EXE_dropscope")),
    sign_of_life: "epoch",
};

/// A program that can do what the real one must never do: panic on the main thread, and be stuck.
pub(crate) const TERMINAL_LIFE: Program = Program {
    path: || {
        let test = std::env::current_exe().expect("a test knows where it is");
        let folder = test.ancestors().nth(2).expect("it lies in target/*/deps");
        let program = folder.join("examples/terminal_life");
        assert!(
            program.exists(),
            "build it first: cargo build --example terminal_life (a whole `cargo test` does)"
        );
        program
    },
    sign_of_life: "count ",
};

/// An experiment whose steps cost next to nothing.
pub(crate) const SMALL: [&str; 8] = [
    "--data", "moons", "--hidden", "8", "--seeds", "1", "--pace", "50",
];

/// The environment of every session: a modern terminal, and no settings of whoever runs the tests.
pub(crate) const ENVIRONMENT: [(&str, &str); 6] = [
    ("TERM", "xterm-256color"),
    ("COLORTERM", "truecolor"),
    ("LC_ALL", "C.UTF-8"),
    ("NO_COLOR", ""),
    ("HOME", env!("CARGO_TARGET_TMPDIR")),
    ("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR")),
];

/// A program in a pseudo-terminal of its own.
pub(crate) struct Session {
    /// `None` after the terminal was closed.
    terminal: Option<Terminal>,
    parser: vt100::Parser,
    output: String,
    sign_of_life: &'static str,
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
    /// The lab with the small experiment and `arguments`.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(DROPSCOPE, &[&SMALL, arguments].concat(), &[])
    }

    pub(crate) fn start_with(
        program: Program,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = CommandBuilder::new((program.path)());
        command.args(arguments);
        Self::spawn(program, command, environment)
    }

    /// The lab as a job of a shell that runs `script`, in which `"$0" "$@"` is the program.
    pub(crate) fn start_in_shell(script: &str) -> Self {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", script]);
        command.arg((DROPSCOPE.path)());
        command.args(SMALL);
        Self::spawn(DROPSCOPE, command, &[])
    }

    fn spawn(program: Program, mut command: CommandBuilder, environment: &[(&str, &str)]) -> Self {
        for (name, value) in ENVIRONMENT.iter().chain(environment) {
            command.env(name, value);
        }
        let pair = native_pty_system().openpty(size(N_COLUMNS.get(), N_ROWS.get()));
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
            parser: vt100::Parser::new(N_ROWS, N_COLUMNS, 0),
            output: String::new(),
            sign_of_life: program.sign_of_life,
            exit,
            killer,
            group,
            lines_before,
        }
    }

    fn terminal(&mut self) -> &mut Terminal {
        self.terminal.as_mut().expect("the terminal is open")
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Everything that the program wrote, escape codes included.
    pub(crate) fn output(&self) -> &str {
        &self.output
    }

    pub(crate) fn process(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.output.push_str(&String::from_utf8_lossy(bytes));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        let written = self.terminal().keys.write_all(keys.as_bytes());
        written.expect("the terminal takes keys");
    }

    /// Gives the terminal another size. `screen` keeps the first one: it is looked at in that size only.
    pub(crate) fn resize(&mut self, n_columns: u16, n_rows: u16) {
        let resized = self.terminal().master.resize(size(n_columns, n_rows));
        resized.expect("the terminal takes a size");
    }

    /// Sends a signal to the whole process group, as a terminal or a shell does.
    pub(crate) fn send(&mut self, signal: &str) {
        let script = format!("kill -{signal} -{}", self.group);
        let status = Command::new("sh").args(["-c", &script]).status();
        assert!(status.expect("there is a shell").success(), "{script}");
    }

    /// Sets the lines of the terminal as a shell has them.
    pub(crate) fn restore_lines(&mut self) {
        let path = self.terminal().master.tty_name().expect("it has a name");
        let script = format!("stty sane < {}", path.display());
        let status = Command::new("sh").args(["-c", &script]).status();
        assert!(status.expect("there is a shell").success(), "{script}");
    }

    /// Waits until the program owns the terminal, in raw mode, and draws.
    pub(crate) fn wait_for_life(&mut self) {
        let from = self.output.len();
        self.wait("the program draws on a terminal of its own", |session| {
            let screen = session.screen();
            let is_entered = screen.alternate_screen() && screen.hide_cursor();
            let has_drawn = session.output[from..].contains("\x1b[?2026h");
            let is_alive = has_drawn && screen.contents().contains(session.sign_of_life);
            is_entered && is_alive && !session.has_lines_of_before()
        });
    }

    /// Waits for the end of another frame.
    pub(crate) fn wait_for_frame(&mut self) {
        let from = self.output.len();
        self.wait("another frame", |session| {
            session.output[from..].contains("\x1b[?2026l")
        });
    }

    /// Continues the program until it draws: the first attempt may come before it has stopped.
    pub(crate) fn continue_until_alive(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.screen().alternate_screen() {
            assert!(Instant::now() < deadline, "it does not go on");
            self.send("CONT");
            self.read_for(SLICE);
        }
        self.wait_for_life();
    }

    /// Waits until `text` is on the screen.
    pub(crate) fn wait_for_text(&mut self, text: &str) {
        self.wait(text, |session| session.screen().contents().contains(text));
    }

    pub(crate) fn wait(&mut self, what: &str, is_reached: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_reached(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            // In slices: line settings change without a byte of output.
            let is_open = self.read_for(left.min(SLICE));
            assert!(
                is_reached(self) || (is_open && !left.is_zero()),
                "not seen: {what}\n{}",
                self.report()
            );
        }
    }

    /// What a failure tells: the screen, and the last that was written.
    fn report(&self) -> String {
        let mut start = self.output.len().saturating_sub(2000);
        while !self.output.is_char_boundary(start) {
            start += 1;
        }
        let (screen, end) = (self.screen().contents(), &self.output[start..]);
        format!("screen:\n{screen}\noutput: ... {end:?}")
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

    /// Waits for the end of the program, and takes its output until then and after.
    pub(crate) fn wait_for_exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.exit.try_recv() {
                Ok(status) => break status,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => panic!("nobody waits for the program"),
            }
            assert!(
                Instant::now() < deadline,
                "it does not end: {}",
                self.report()
            );
            self.read_for(SLICE);
        };
        self.read_to_end();
        status
    }

    /// Takes the output of a program that has ended, to its end.
    pub(crate) fn read_to_end(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.read_for(deadline.saturating_duration_since(Instant::now())) {
            assert!(Instant::now() < deadline, "the output does not end");
        }
    }

    /// Closes the terminal as a closed window does, and checks that the program is gone in time.
    pub(crate) fn assert_gone_after_closing(&mut self) -> ExitStatus {
        // The reading thread holds the terminal too; it lets go at the next output, which a living program gives.
        self.terminal = None;
        self.assert_gone_in_time()
    }

    /// Checks that the program is gone in time, without reading what it writes.
    pub(crate) fn assert_gone_in_time(&mut self) -> ExitStatus {
        let asked = Instant::now();
        let status = self.exit.recv_timeout(PATIENCE);
        let status = status.expect("the program ends");
        let afterlife = asked.elapsed();
        assert!(afterlife < MAX_AFTERLIFE, "{afterlife:?}");
        status
    }

    pub(crate) fn assert_restored(&self) {
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
    pub(crate) fn has_lines_of_before(&self) -> bool {
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

fn size(n_columns: u16, n_rows: u16) -> PtySize {
    PtySize {
        rows: n_rows,
        cols: n_columns,
        ..PtySize::default()
    }
}

/// The line settings in a form that can be compared: a fresh snapshot each time.
fn lines(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// Reads on a thread of its own, as reading a terminal knows no deadline; ends when nobody listens any more. Nothing is
/// read ahead beyond one piece, so that a test which stops to listen stalls the terminal.
fn read_in_background(master: &dyn MasterPty) -> Receiver<Vec<u8>> {
    let mut reader = master.try_clone_reader().expect("it can be read");
    let (sender, receiver) = mpsc::sync_channel(0);
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
