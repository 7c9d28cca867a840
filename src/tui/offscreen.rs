//! The terminal face without a terminal: frames are drawn, turned into bytes and thrown away. For benchmarks.

use std::io;

use ratatui::layout::Size;

use super::TuiError;
use super::app::App;
use super::start;
use super::terminal::Painter;
use crate::config::Settings;
use crate::lab::{Experiment, Lab};

/// The size of the screen that the lab is designed for.
const SIZE: Size = Size {
    width: 120,
    height: 36,
};

/// A screen that nobody sees.
pub struct Offscreen {
    app: App,
    painter: Painter,
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
            painter: Painter::new(SIZE),
            n_bytes: 0,
        })
    }

    /// Draws the next frame.
    pub fn draw(&mut self, lab: &Lab) {
        let snapshot = lab.snapshot();
        let app = &self.app;
        let painted: io::Result<&[u8]> = self.painter.paint(SIZE, |frame| {
            super::screens::draw(app, &snapshot, frame.area(), frame.buffer_mut());
        });
        // Memory cannot fail.
        self.n_bytes += painted.map_or(0, <[u8]>::len);
    }
}
