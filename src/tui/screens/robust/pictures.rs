//! What networks are shown at some levels of a perturbation, below the axis of its chart: an image, a strip of features, or the
//! examples where they lie in a plane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::chart::amount_words;
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::probe::{Perturbation, Perturbed};
use crate::tui::app::App;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::image::{Binning, Image, Pixel, Size};
use crate::tui::widgets::scale::SlowScale;
use crate::tui::widgets::{put, width_of};

/// Rows of a scatter, and of a picture at most.
const SCATTER_ROWS: u16 = 5;
const MOST_ROWS: u16 = 14;

/// Pictures below a chart.
pub(super) struct Pictures<'a> {
    app: &'a App,
    perturbation: Perturbation,
    found: &'a Perturbed,
}

/// What a picture is.
enum Kind {
    /// (columns, rows) of pixels, of so many channels each.
    Image(usize, usize, usize),
    Strip,
    Scatter,
}

impl<'a> Pictures<'a> {
    /// Those of a pane, once they are known; of the selected rate, where an attack depends on that.
    pub(super) fn new(
        app: &'a App,
        lab: &'a LabSnapshot,
        pane: Pane,
        perturbation: Perturbation,
    ) -> Option<Self> {
        let probe = app.picture_of(pane)?;
        let run = app.selected(lab).and_then(GroupSnapshot::shown_run)?;
        let found = run.readings.to::<Perturbed>(&probe)?.reading();
        Some(Self {
            app,
            perturbation,
            found,
        })
    }

    fn kind(&self) -> Kind {
        match self.app.facts.item_shape[..] {
            _ if self.found.points.is_some() => Kind::Scatter,
            [n_rows, n_columns] => Kind::Image(n_columns, n_rows, 1),
            [n_rows, n_columns, n_channels] => Kind::Image(n_columns, n_rows, n_channels),
            _ => Kind::Strip,
        }
    }

    /// The rows that they take with the amounts below them, of `room` at most: none where they would say nothing.
    pub(super) fn height(&self, room: u16) -> u16 {
        let wanted = match self.kind() {
            Kind::Image(_, n_rows, _) => (n_rows as u16).div_ceil(2).min(MOST_ROWS),
            Kind::Strip => 1,
            Kind::Scatter => SCATTER_ROWS,
        };
        let least = wanted.min(3);
        let n_rows = wanted.min(room.saturating_sub(1));
        if n_rows < least { 0 } else { n_rows + 1 }
    }

    /// Draws them in `area`, spread below `plot`; as many as fit, the first and the last in any case.
    pub(super) fn draw(&self, plot: Rect, area: Rect, buf: &mut Buffer) {
        if area.height < 2 {
            return;
        }
        let n_rows = area.height - 1;
        let left = plot.x.max(area.x);
        let room = area.right().saturating_sub(left);
        let width = self.width(n_rows, room);
        let n_all = self.found.amounts.len();
        let apart = width.max(self.widest_words()) + 1;
        let fits = |n: &usize| *n as u16 * apart <= room + 1;
        let n = [n_all, 3, 2, 1].into_iter().find(fits).unwrap_or(1);
        let free = room.saturating_sub(n as u16 * width);
        for place in 0..n {
            let idx = place * (n_all - 1) / (n - 1).max(1);
            let x = left + place as u16 * width + free * place as u16 / (n as u16 - 1).max(1);
            let spot = Rect::new(x, area.y, width.min(area.right() - x), n_rows);
            self.draw_one(idx, spot, buf);
            let words = amount_words(self.app, self.perturbation, self.found.amounts[idx]);
            let middle = i32::from(x) + (i32::from(width) - i32::from(width_of(&words))) / 2;
            let most = i32::from(area.right()) - i32::from(width_of(&words));
            let dim = self.app.theme.style(Role::Dim);
            let x = middle.clamp(area.x.into(), most.max(area.x.into()));
            put(buf, area, x, area.bottom() - 1, &words, dim);
        }
    }

    fn widest_words(&self) -> u16 {
        let words = self.found.amounts.iter();
        let words = words.map(|&amount| amount_words(self.app, self.perturbation, amount));
        words.map(|words| width_of(&words)).max().unwrap_or(0)
    }

    /// Columns of one of them.
    fn width(&self, n_rows: u16, room: u16) -> u16 {
        let n_all = self.found.amounts.len() as u16;
        let fifth = (room / n_all.max(1)).saturating_sub(1).max(1);
        match self.kind() {
            Kind::Image(n_columns, image_rows, _) => {
                let bin = image_rows.div_ceil(2 * usize::from(n_rows)).max(1);
                n_columns.div_ceil(bin) as u16
            }
            Kind::Strip => (self.found.inputs[0].len() as u16).min(fifth),
            Kind::Scatter => fifth.min(14),
        }
    }

    fn draw_one(&self, idx: usize, area: Rect, buf: &mut Buffer) {
        match self.kind() {
            Kind::Scatter => self.draw_scatter(idx, area, buf),
            Kind::Strip => {
                // The scale is that of the example as it is: what noise makes larger is at its ends.
                let clean = self.found.inputs[0].iter();
                let scale = SlowScale::of(clean.map(|&input| f64::from(input).abs()));
                let inputs = self.found.inputs[idx].iter();
                let pixels: Vec<Pixel> = inputs
                    .map(|&input| Pixel::Signed(scale.place(f64::from(input)).clamp(-1.0, 1.0)))
                    .collect();
                let image = Image::new(&self.app.theme, &pixels, pixels.len());
                image.size(Size::Single).draw(area, buf);
            }
            Kind::Image(n_columns, _, n_channels) => {
                let pixel = |channels: &[f32]| {
                    let sum: f64 = channels.iter().map(|&value| f64::from(value)).sum();
                    // As any display does: below 0 is black, above 1 white.
                    Pixel::Amount((sum / channels.len() as f64).clamp(0.0, 1.0))
                };
                let inputs = &self.found.inputs[idx];
                let pixels: Vec<Pixel> = inputs.chunks(n_channels.max(1)).map(pixel).collect();
                Image::new(&self.app.theme, &pixels, n_columns)
                    .hue(self.app.theme.style(Role::Bright))
                    .size(Size::Half)
                    .binning(Binning::Mean)
                    .draw(area, buf);
            }
        }
    }

    /// The examples, on the axes that the first level needs and half as much around it.
    fn draw_scatter(&self, idx: usize, area: Rect, buf: &mut Buffer) {
        let Some(levels) = &self.found.points else {
            return;
        };
        let ends = |of: fn(&(f64, f64, usize)) -> f64| {
            let values = levels[0].iter().map(of);
            let (low, high) = values
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                });
            let around = 0.25 * (high - low).max(1e-9);
            (low - around, high + around)
        };
        let (x_ends, y_ends) = (ends(|point| point.0), ends(|point| point.1));
        let mut canvas = Canvas::new(area.width, area.height, self.app.theme.glyphs());
        let place = |value: f64, (low, high): (f64, f64), n: usize| {
            let share = (value - low) / (high - low);
            let is_inside = (0.0..1.0).contains(&share);
            is_inside.then_some((share * n as f64) as usize)
        };
        let n_classes = levels[0].iter().map(|point| point.2 + 1).max().unwrap_or(1);
        for class in 0..n_classes {
            canvas.begin_layer(self.style_of_class(class), 1);
            let (columns, rows) = (canvas.n_columns(), canvas.n_rows());
            for (x, y, _) in levels[idx].iter().filter(|point| point.2 == class) {
                if let (Some(x), Some(y)) = (place(*x, x_ends, columns), place(*y, y_ends, rows)) {
                    canvas.dot(x, rows - 1 - y);
                }
            }
        }
        canvas.draw(area, buf);
    }

    /// The two ends of the scale of signs for two classes; further ones are dim.
    fn style_of_class(&self, class: usize) -> Style {
        let theme = &self.app.theme;
        match class {
            _ if !theme.has_shades() => theme.style(Role::Text),
            0 => Style::new().fg(theme.sign(1.0)),
            1 => Style::new().fg(theme.sign(-1.0)),
            _ => theme.style(Role::Dim),
        }
    }
}
