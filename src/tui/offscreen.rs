//! The terminal face without a terminal: frames are drawn, turned into bytes and thrown away. For benchmarks.

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::TuiError;
use super::app::{App, Wish};
use super::keymap::Key;
use super::start;
use super::terminal::Painter;
use crate::config::Settings;
use crate::lab::{Command, Experiment, Lab, LabSnapshot, Question};

/// The size of the screen that the lab is designed for.
const SIZE: Size = Size {
    width: 120,
    height: 36,
};

/// A screen that nobody sees.
pub struct Offscreen {
    app: App,
    size: Size,
    painter: Painter,
    /// The frame that was built last, kept for its memory.
    frame: Buffer,
    /// What the lab was last asked.
    asked: Vec<Question>,
    /// Bytes of all frames, so that they are really made.
    n_bytes: usize,
}

impl Offscreen {
    /// A screen for a lab of `experiment` with networks of these widths.
    ///
    /// # Errors
    /// If the settings' keys or theme are wrong.
    pub fn new(
        settings: &Settings,
        experiment: &Experiment,
        widths: Vec<usize>,
    ) -> Result<Self, TuiError> {
        Ok(Self {
            app: start::app_of(settings, experiment, widths, (0, 0), true)?,
            size: SIZE,
            painter: Painter::new(SIZE),
            frame: Buffer::default(),
            asked: Vec::new(),
            n_bytes: 0,
        })
    }

    /// The same screen with another number of columns and rows.
    #[must_use]
    pub fn with_size(mut self, width: u16, height: u16) -> Self {
        self.size = Size { width, height };
        self
    }

    /// Takes a key, as the loop does; what leads out of the lab is left aside.
    pub fn press(&mut self, key: Key, lab: &Lab) {
        if let Some(Wish::Send(command)) = self.app.press(key, &lab.snapshot()) {
            lab.send(command);
        }
    }

    /// Asks nothing any more, until the next frame.
    pub fn look_away(&mut self, lab: &Lab) {
        lab.send(Command::Watch(Vec::new()));
        self.asked.clear();
    }

    /// Draws the next frame and makes its bytes.
    pub fn draw(&mut self, lab: &Lab) {
        let snapshot = self.look(lab);
        let app = &self.app;
        let painted: io::Result<&[u8]> = self.painter.paint(self.size, |frame| {
            super::screens::draw(app, &snapshot, frame.area(), frame.buffer_mut());
        });
        // Memory cannot fail.
        self.n_bytes += painted.map_or(0, <[u8]>::len);
    }

    /// Builds the next frame without making its bytes: what drawing costs by itself.
    pub fn build(&mut self, lab: &Lab) {
        let snapshot = self.look(lab);
        let area = Rect::from((Position::ORIGIN, self.size));
        self.frame.resize(area);
        self.frame.reset();
        super::screens::draw(&self.app, &snapshot, area, &mut self.frame);
    }

    /// Takes what there is to see, and has the lab look at what is shown of it.
    fn look(&mut self, lab: &Lab) -> LabSnapshot {
        let snapshot = lab.snapshot();
        let area = Rect::from((Position::ORIGIN, self.size));
        let questions = self.app.questions(&snapshot, area);
        if questions != self.asked {
            lab.send(Command::Watch(questions.clone()));
            self.asked = questions;
        }
        snapshot
    }
}
