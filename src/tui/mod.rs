//! The terminal face: the loop between keys, the lab and the screen.
//!
//! A key becomes an action, the action changes the [`app::App`] and may become a command for the lab; a frame shows the
//! app and the lab's latest snapshots. The loop waits in one place, draws only when something may have changed, and
//! leaves the terminal as it found it.

pub mod app;
pub mod format;
pub mod input;
pub mod keymap;
mod offscreen;
pub mod picture;
pub mod prompt;
pub mod reader;
pub mod screen;
pub mod screens;
mod shot;
mod start;
pub mod summary;
pub mod terminal;
pub mod theme;
pub mod verb;
pub mod widgets;
mod written;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use rustix::io::Errno;

use crate::config::{Problems, Settings};
use crate::data::Split;
use crate::lab::{Command, Experiment, Lab, LabError, LabSnapshot, Question};
use crate::text::visible;
use app::{App, Wish};
use input::{Event, Input, QuitSignal};
use terminal::{Mouse, Options, Suspension, Terminal};

pub use offscreen::Offscreen;
pub use shot::{Drawn, Shot, Sitting};
pub use start::check;

/// Why the lab could not be opened, or ended.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// The settings' keys or theme are wrong; all problems.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// Standard output is no terminal.
    #[error(transparent)]
    NotATerminal(#[from] terminal::NotATerminal),
    /// The lab could not be started.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The terminal did not do what was asked.
    #[error("terminal: {0}")]
    Terminal(#[from] io::Error),
}

/// The longest the loop sleeps when nothing moves; a resize that no event told of is noticed then.
const IDLE: Duration = Duration::from_secs(5);

/// How long waiting keys are answered before a frame shows what has become of them.
const ANSWERING: Duration = Duration::from_millis(100);

/// How long the first frame waits for the terminal to say what colours it should have.
const FIRST_FRAME_PATIENCE: Duration = Duration::from_millis(50);

/// How long after it was asked the terminal's answer is waited for on leaving, lest the shell get it as typed.
const ANSWER_PATIENCE: Duration = Duration::from_millis(500);

/// Saves a lab into a folder, which is made, and answers with words about it; files are the business of whoever gives this.
pub type Save = Arc<dyn Fn(&Path, &LabSnapshot) -> String + Send + Sync>;

/// Opens the lab and stays until the user leaves; the summary is left in the scrollback. Gives the signal that ended it,
/// if one did. `save` is called beside the loop, when the user asks for it.
///
/// # Errors
/// If something is wrong with the settings, the terminal, or the experiment.
pub fn open(settings: &Settings, split: Split, save: Save) -> Result<Option<QuitSignal>, TuiError> {
    terminal::require_terminal()?;
    let mut app = start::app(settings, &split)?;
    // The lab trains until it is left, whatever limit the settings have for `train`.
    let experiment = Experiment {
        limit: None,
        keeps_past: true,
        ..settings.experiment.clone()
    };
    let lab = Lab::start(&experiment, split)?;
    let input = Input::start()?;
    let mouse = if settings.screen.is_mouse_on {
        Mouse::On
    } else {
        Mouse::Off
    };
    let terminal = Terminal::enter(Options {
        mouse,
        question: start::question(settings, &app),
        quiet_panics_in: crate::lab::WORKER_NAME,
    })?;
    input.restore_at_worst(&terminal);
    let mut session = Session {
        lab,
        questions: Vec::new(),
        asked: terminal.is_asked().then(now),
        terminal,
        input,
        frame_time: start::frame_time(settings),
        area: Rect::default(),
        save,
        beside: Vec::new(),
    };
    let left = session.run(&mut app).and_then(|signal| {
        session.hear_answers();
        session.input.stop_reading();
        session.finish_beside();
        let last = session.lab.snapshot();
        let text = summary::text(&app, &last);
        session.terminal.leave_with(&text).map(|()| signal)
    });
    match left {
        // A terminal that has gone is no fault of the program's, and whoever closed it knows.
        Err(error) if is_gone(&error) => Ok(Some(QuitSignal::HANG_UP)),
        left => Ok(left?),
    }
}

/// Whether an error says that there is no terminal any more.
fn is_gone(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(
        errno,
        Some(Errno::IO | Errno::NXIO | Errno::PIPE | Errno::NOTTY)
    )
}

#[expect(clippy::disallowed_methods, reason = "frames are paced by the clock")]
fn now() -> Instant {
    Instant::now()
}

/// The key table as text, with the settings' own keys.
///
/// # Errors
/// What [`check`] finds.
pub fn key_table(settings: &Settings) -> Result<String, Problems> {
    let problems = check(settings);
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let keys = settings.keys.iter();
    let keys = keys.map(|(name, keys)| (name.as_str(), keys.as_str()));
    let keymap = keymap::Keymap::new(keys).unwrap_or_default();
    Ok(keymap::table(&keymap))
}

/// What the loop holds besides the app.
struct Session {
    lab: Lab,
    /// What the lab was last asked.
    questions: Vec<Question>,
    terminal: Terminal,
    input: Input,
    /// When the terminal was asked what it has not answered yet.
    asked: Option<Instant>,
    /// The least time between two frames.
    frame_time: Duration,
    /// Where the last frame was drawn.
    area: Rect,
    save: Save,
    /// What goes on beside the loop.
    beside: Vec<JoinHandle<()>>,
}

/// What an event leads to.
enum Next {
    GoOn,
    GoOnAfterSending,
    Leave(Option<QuitSignal>),
}

impl Session {
    fn run(&mut self, app: &mut App) -> io::Result<Option<QuitSignal>> {
        let first = if self.asked.is_some() {
            FIRST_FRAME_PATIENCE
        } else {
            Duration::ZERO
        };
        let mut next_frame = now() + first;
        loop {
            match self.input.wait(next_frame.saturating_duration_since(now())) {
                Ok(event) => {
                    if let Next::Leave(signal) = self.answer_all(app, event)? {
                        return Ok(signal);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Some(QuitSignal::HANG_UP)),
            }
            // Asked before the snapshot is taken: whatever ends in between is still drawn.
            let is_moving = self.is_moving(app);
            let has_asked = self.draw(app)?;
            if let Some(extent) = screens::help_extent(app, self.area) {
                app.fit_help(extent);
            }
            // What was asked for this frame is answered soon.
            let pause = if is_moving || has_asked || self.terminal.is_behind() {
                self.frame_time
            } else {
                IDLE
            };
            next_frame = now() + pause;
        }
    }

    /// Answers an event and all that wait behind it, as far as there is time before the next frame: a held key must queue
    /// up neither frames nor keys.
    fn answer_all(&mut self, app: &mut App, event: Event) -> io::Result<Next> {
        let begun = now();
        let mut lab = self.lab.snapshot();
        let mut next = Some(event);
        while let Some(event) = next {
            match self.answer(app, event, &lab)? {
                Next::Leave(signal) => return Ok(Next::Leave(signal)),
                // What a key asks for depends on what the one before it has changed, and on nothing else this soon.
                Next::GoOnAfterSending => lab = self.lab.snapshot(),
                Next::GoOn => {}
            }
            next = (begun.elapsed() < ANSWERING)
                .then(|| self.input.try_next())
                .flatten();
        }
        Ok(Next::GoOn)
    }

    /// Waits, not long, for answers of the terminal that are still under way.
    fn hear_answers(&mut self) {
        while let Some(asked) = self.asked {
            let left = ANSWER_PATIENCE.saturating_sub(asked.elapsed());
            match self.input.wait(left) {
                Ok(Event::AnswersEnd | Event::InputLost(_)) | Err(_) => self.asked = None,
                Ok(_) => {}
            }
        }
    }

    /// Whether the screen may change by itself.
    fn is_moving(&self, app: &App) -> bool {
        app.frozen.is_none() && self.lab.is_moving()
    }

    /// Draws a frame; tells whether something new was asked for it.
    fn draw(&mut self, app: &App) -> io::Result<bool> {
        let lab = self.lab.snapshot();
        let has_asked = self.ask(app.questions(&lab, self.area));
        let area = &mut self.area;
        self.terminal.draw(|frame| {
            *area = frame.area();
            screens::draw(app, &lab, frame.area(), frame.buffer_mut());
        })?;
        Ok(has_asked)
    }

    /// Asks the lab what the screen shows, if that is something new; once a frame is enough, however often that changed.
    fn ask(&mut self, questions: Vec<Question>) -> bool {
        let is_new = questions != self.questions;
        if is_new {
            self.lab.send(Command::Watch(questions.clone()));
            self.questions = questions;
        }
        is_new
    }

    fn answer(&mut self, app: &mut App, event: Event, lab: &LabSnapshot) -> io::Result<Next> {
        let wish = match event {
            Event::Key(key) => app.press(key.into(), lab),
            Event::Mouse(mouse) => self.answer_mouse(app, mouse, lab),
            Event::Quit(signal) => return Ok(Next::Leave(Some(signal))),
            Event::InputLost(_) => return Ok(Next::Leave(Some(QuitSignal::HANG_UP))),
            Event::Suspend => Some(Wish::Suspend),
            Event::Resumed => {
                self.terminal.resume()?;
                None
            }
            Event::Paste(text) => {
                app.paste(&text);
                None
            }
            Event::Background(background) => {
                start::follow(background, app);
                None
            }
            Event::AnswersEnd => {
                self.asked = None;
                None
            }
            Event::Done(words) => {
                app.tell(words, lab);
                None
            }
            Event::Resize | Event::FocusGained | Event::FocusLost => None,
        };
        self.grant(app, wish)
    }

    fn answer_mouse(&self, app: &mut App, mouse: MouseEvent, lab: &LabSnapshot) -> Option<Wish> {
        let hit = screens::hit(app, lab, self.area, (mouse.column, mouse.row));
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => return app.click(&hit, lab),
            MouseEventKind::Drag(MouseButton::Left) => return app.hold(&hit, lab),
            MouseEventKind::Up(_) => app.let_go(),
            MouseEventKind::ScrollUp => return app.wheel(true, &hit, lab),
            MouseEventKind::ScrollDown => return app.wheel(false, &hit, lab),
            _ => {}
        }
        None
    }

    fn suspend(&mut self, app: &mut App) -> io::Result<()> {
        self.hear_answers();
        match self.terminal.suspend()? {
            Suspension::Resumed => self.input.forget_typed(),
            Suspension::NoShell => {
                let words = "no shell waits behind this program to come back from";
                app.tell(words, &self.lab.snapshot());
            }
        }
        Ok(())
    }

    /// Saves the lab as it is now, beside the loop: a slow disk must not stop the keys.
    fn save(&mut self, app: &mut App, folder: PathBuf) -> io::Result<()> {
        let (save, lab) = (Arc::clone(&self.save), self.lab.snapshot());
        app.tell(format!("saving into {}", visible(folder.display())), &lab);
        let saved = self.input.beside(move || save(&folder, &lab))?;
        self.beside.push(saved);
        Ok(())
    }

    /// Writes the screen as it was last drawn, and its numbers, into the folder that the program was started in.
    fn write(&mut self, app: &App) -> io::Result<()> {
        let (app, lab) = (app.clone(), self.lab.snapshot());
        let size = (self.area.width, self.area.height);
        // One that was removed meanwhile has no name, and is an error of the writing.
        let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let written = self
            .input
            .beside(move || written::write(&app, &lab, size, &folder))?;
        self.beside.push(written);
        Ok(())
    }

    /// Waits for what goes on beside the loop: what was asked for is done before the program ends.
    fn finish_beside(&mut self) {
        for thread in self.beside.drain(..) {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }

    fn grant(&mut self, app: &mut App, wish: Option<Wish>) -> io::Result<Next> {
        match wish {
            Some(Wish::Send(command)) => {
                match self.lab.has_room_for(&command) {
                    Ok(()) => self.lab.send(command),
                    Err(refusal) => app.tell(refusal.to_string(), &self.lab.snapshot()),
                }
                return Ok(Next::GoOnAfterSending);
            }
            Some(Wish::Save(folder)) => self.save(app, folder)?,
            Some(Wish::Write) => self.write(app)?,
            Some(Wish::Redraw) => self.terminal.redraw(),
            Some(Wish::Suspend) => self.suspend(app)?,
            Some(Wish::Quit) => return Ok(Next::Leave(None)),
            None => {}
        }
        Ok(Next::GoOn)
    }
}
