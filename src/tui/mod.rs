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
pub mod reader;
pub mod screen;
pub mod screens;
mod start;
pub mod summary;
pub mod terminal;
pub mod theme;
pub mod widgets;

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

use crate::config::{Problems, Settings};
use crate::data::Split;
use crate::lab::{Command, Experiment, GroupId, Lab, LabError, LabSnapshot};
use app::{App, Wish};
use input::{Event, Input, QuitSignal};
use keymap::Action;
use terminal::{Mouse, Options, Suspension, Terminal};

pub use offscreen::Offscreen;
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

/// Opens the lab and stays until the user leaves; the summary is left in the scrollback. Gives the signal that ended it,
/// if one did.
///
/// # Errors
/// If something is wrong with the settings, the terminal, or the experiment.
pub fn open(settings: &Settings, split: Split) -> Result<Option<QuitSignal>, TuiError> {
    terminal::require_terminal()?;
    let mut app = start::app(settings, &split)?;
    // The lab trains until it is left, whatever limit the settings have for `train`.
    let experiment = Experiment {
        limit: None,
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
        quiet_panics_in: crate::lab::WORKER_NAME,
    })?;
    input.restore_at_worst(&terminal);
    let frame_time = start::frame_time(settings);
    let mut session = Session {
        lab,
        watched: None,
        terminal,
        area: Rect::default(),
    };
    let signal = session.run(&mut app, &input, frame_time)?;
    let last = session.lab.snapshot();
    session.terminal.leave_with(&summary::text(&app, &last))?;
    Ok(signal)
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
    /// The group that the lab was last asked to watch.
    watched: Option<GroupId>,
    terminal: Terminal,
    /// Where the last frame was drawn.
    area: Rect,
}

/// What an event leads to.
enum Next {
    GoOn,
    Leave(Option<QuitSignal>),
}

impl Session {
    #[expect(clippy::disallowed_methods, reason = "frames are paced by the clock")]
    fn run(
        &mut self,
        app: &mut App,
        input: &Input,
        frame_time: Duration,
    ) -> Result<Option<QuitSignal>, io::Error> {
        let mut last_frame = None::<Instant>;
        let mut wants_frame = true;
        loop {
            // Asked before the snapshot is taken: whatever ends in between is still drawn.
            let is_moving = self.is_moving(app);
            if wants_frame {
                self.draw(app)?;
                if let Some(extent) = screens::help_extent(app, self.area) {
                    app.fit_help(extent);
                }
                last_frame = Some(Instant::now());
            }
            let pause = if is_moving { frame_time } else { IDLE };
            let rest =
                last_frame.map_or(Duration::ZERO, |last| pause.saturating_sub(last.elapsed()));
            match input.events().recv_timeout(rest) {
                Ok(event) => {
                    // All that is waiting is answered before the next frame: a held key must not queue up frames.
                    for event in std::iter::once(event).chain(input.events().try_iter()) {
                        if let Next::Leave(signal) = self.answer(app, event)? {
                            return Ok(signal);
                        }
                    }
                    wants_frame = true;
                }
                Err(RecvTimeoutError::Timeout) => wants_frame = true,
                Err(RecvTimeoutError::Disconnected) => return Ok(Some(QuitSignal::HangUp)),
            }
        }
    }

    /// Whether the screen may change by itself.
    fn is_moving(&self, app: &App) -> bool {
        app.frozen.is_none() && self.lab.is_moving()
    }

    fn draw(&mut self, app: &App) -> io::Result<()> {
        let lab = self.lab.snapshot();
        self.watch(app.watched(&lab));
        let area = &mut self.area;
        self.terminal.draw(|frame| {
            *area = frame.area();
            screens::draw(app, &lab, frame.area(), frame.buffer_mut());
        })?;
        Ok(())
    }

    /// Lets the lab look at this group's thinned networks; once a frame is enough, however often the selection moved.
    fn watch(&mut self, group: Option<GroupId>) {
        if group != self.watched {
            self.lab.send(Command::Watch(group));
            self.watched = group;
        }
    }

    fn answer(&mut self, app: &mut App, event: Event) -> io::Result<Next> {
        let lab = self.lab.snapshot();
        let wish = match event {
            Event::Key(key) => app.press(key.into(), &lab),
            Event::Mouse(mouse) => self.answer_mouse(app, mouse, &lab),
            Event::Quit(signal) => return Ok(Next::Leave(Some(signal))),
            Event::InputLost(_) => return Ok(Next::Leave(Some(QuitSignal::HangUp))),
            Event::Suspend => Some(Wish::Suspend),
            Event::Resumed => {
                self.terminal.resume()?;
                None
            }
            Event::Paste(text) => {
                app.paste(&text);
                None
            }
            Event::Resize { .. } | Event::FocusGained | Event::FocusLost => None,
        };
        self.grant(app, wish)
    }

    fn answer_mouse(&self, app: &mut App, mouse: MouseEvent, lab: &LabSnapshot) -> Option<Wish> {
        let action = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let places = screens::places(app, lab, self.area);
                return app.click(mouse.column, mouse.row, &places, lab);
            }
            MouseEventKind::ScrollUp => Action::Up,
            MouseEventKind::ScrollDown => Action::Down,
            _ => return None,
        };
        app.act(action, lab)
    }

    fn suspend(&mut self, app: &mut App) -> io::Result<()> {
        if self.terminal.suspend()? == Suspension::NoShell {
            let words = "no shell waits behind this program to come back from";
            app.tell(words, &self.lab.snapshot());
        }
        Ok(())
    }

    fn grant(&mut self, app: &mut App, wish: Option<Wish>) -> io::Result<Next> {
        match wish {
            Some(Wish::Send(command)) => match self.lab.has_room_for(&command) {
                Ok(()) => self.lab.send(command),
                Err(refusal) => app.tell(refusal.to_string(), &self.lab.snapshot()),
            },
            Some(Wish::Redraw) => self.terminal.redraw(),
            Some(Wish::Suspend) => self.suspend(app)?,
            Some(Wish::Quit) => return Ok(Next::Leave(None)),
            None => {}
        }
        Ok(Next::GoOn)
    }
}
