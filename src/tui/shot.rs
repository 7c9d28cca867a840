//! A screen as it would be, without a terminal and without a clock: the same settings give the same picture, to the byte.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::TuiError;
use super::app::{App, Wish};
use super::keymap::Key;
use super::picture::{self, Paper};
use super::screen::Screen;
use super::theme::{ColorTier, Glyphs, Theme};
use super::{screens, start};
use crate::config::Settings;
use crate::data::Split;
use crate::lab::{Command, Experiment, Lab, LabSnapshot, Pace};

/// How long to wait before looking again whether networks are trained.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// What a picture is taken of, apart from the experiment.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The screen.
    pub screen: Screen,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Pressed one after the other when training is done.
    pub keys: Vec<Key>,
}

/// A screen that was drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    frame: Buffer,
    paper: Paper,
}

impl Drawn {
    /// The screen of a size, in columns and rows, as it is drawn into a terminal.
    pub(super) fn of(app: &App, lab: &LabSnapshot, (width, height): (u16, u16)) -> Self {
        let area = Rect::from((Position::ORIGIN, Size { width, height }));
        let mut frame = Buffer::empty(area);
        screens::draw(app, lab, area, &mut frame);
        // Paper has colours where a terminal without them has its own.
        let paper = Paper::of(app.theme.with_tier(ColorTier::TrueColor).base());
        Self { frame, paper }
    }

    /// As an SVG document.
    pub fn svg(&self) -> String {
        picture::svg(&self.frame, self.paper)
    }

    /// As text, row by row.
    pub fn text(&self) -> String {
        picture::text(&self.frame)
    }
}

/// An experiment that has been trained, and the app that shows it.
#[derive(Debug)]
pub struct Sitting {
    app: App,
    lab: Lab,
}

impl Sitting {
    /// Trains to the limit of the settings' experiment. Colours and glyphs are those of the settings; where these leave it to
    /// the terminal, they are truecolor and braille, whatever the environment.
    ///
    /// # Errors
    /// If something is wrong with the settings or the experiment.
    pub fn new(settings: &Settings, split: Split) -> Result<Self, TuiError> {
        let mut app = start::app(settings, &split)?;
        app.theme = theme(settings, &app);
        let experiment = Experiment {
            pace: Pace::FullSpeed,
            keeps_past: true,
            ..settings.experiment.clone()
        };
        let lab = Lab::start(&experiment, split)?;
        settle(&lab);
        Ok(Self { app, lab })
    }

    /// What was trained.
    pub fn snapshot(&self) -> LabSnapshot {
        still(&self.lab.snapshot())
    }

    /// Draws what the lab shows.
    pub fn take(mut self, shot: &Shot) -> Drawn {
        self.app.open_screen(shot.screen);
        for &key in &shot.keys {
            let wish = self.app.press(key, &self.snapshot());
            if let Some(Wish::Send(command)) = wish {
                self.lab.send(command);
                settle(&self.lab);
            }
        }
        let area = Rect::new(0, 0, shot.size.0, shot.size.1);
        let questions = self.app.questions(&self.snapshot(), area);
        self.lab.send(Command::Watch(questions));
        settle(&self.lab);
        Drawn::of(&self.app, &self.snapshot(), shot.size)
    }
}

/// Waits until nothing moves in the lab.
fn settle(lab: &Lab) {
    while lab.is_moving() {
        thread::sleep(BETWEEN_LOOKS);
    }
}

fn theme(settings: &Settings, app: &App) -> Theme {
    let (tier, glyphs) = (settings.screen.color, settings.screen.glyphs);
    let tier = tier.map_or(ColorTier::TrueColor, |_| app.theme.tier());
    let glyphs = glyphs.map_or(Glyphs::Braille, |_| app.theme.glyphs());
    app.theme.with_tier(tier).with_glyphs(glyphs)
}

/// The snapshot without what a clock has measured: speeds and times are not those of another run.
fn still(lab: &LabSnapshot) -> LabSnapshot {
    let mut lab = lab.clone();
    lab.elapsed_secs = 0.0;
    for group in &mut lab.groups {
        group.since_secs = 0.0;
        for run in &mut group.runs {
            let run = Arc::make_mut(run);
            (run.steps_per_sec, run.samples_per_sec) = (0.0, 0.0);
        }
    }
    lab
}
