//! The incoming weights of one unit as a picture: an image where the inputs are one, else a block or a strip.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::theme::Theme;
use crate::tui::widgets::image::{Binning, Image, Pixel, Size, Window};
use crate::tui::widgets::scale::SlowScale;

/// Pixels of a tile, at most, in each direction.
const MOST: usize = 16;

/// How the weights into a unit are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tile {
    /// Columns of the picture.
    n_columns: usize,
    /// Rows of it.
    n_rows: usize,
    /// Numbers of a pixel: channels, of which the mean is shown.
    n_channels: usize,
    /// Inputs that have no place.
    n_left_out: usize,
    /// Pixels that are drawn in each direction, at most.
    most: usize,
}

impl Tile {
    /// For the weights of dense layer `layer_idx`, in no more than `n_rows` rows of cells.
    pub(super) fn new(app: &App, layer_idx: usize, n_rows: u16) -> Self {
        Self {
            // Half a cell for a pixel.
            most: MOST.min(2 * usize::from(n_rows)).max(1),
            ..Self::whole(app, layer_idx)
        }
    }

    fn whole(app: &App, layer_idx: usize) -> Self {
        let n_inputs = app.facts.widths.get(layer_idx).copied().unwrap_or(1).max(1);
        let shape = &app.facts.item_shape;
        match (layer_idx, &shape[..]) {
            (0, [n_rows, n_columns]) => Self::image(*n_rows, *n_columns, 1),
            (0, [n_rows, n_columns, n_channels]) => Self::image(*n_rows, *n_columns, *n_channels),
            // Features have no neighbours: a strip.
            (0, _) => Self::rows(n_inputs, MOST * MOST, MOST),
            // Nor have units: as square a block as there is.
            (_, _) => Self::rows(n_inputs, MOST * MOST, n_inputs.isqrt().max(1)),
        }
    }

    fn image(n_rows: usize, n_columns: usize, n_channels: usize) -> Self {
        Self {
            n_columns,
            n_rows,
            n_channels,
            n_left_out: 0,
            most: MOST,
        }
    }

    /// The first `n_most` of `n` values in rows of `n_columns` at most.
    fn rows(n: usize, n_most: usize, n_columns: usize) -> Self {
        let n_shown = n.min(n_most);
        let n_columns = n_columns.min(MOST).min(n_shown);
        Self {
            n_columns,
            n_rows: n_shown.div_ceil(n_columns),
            n_channels: 1,
            n_left_out: n - n_shown,
            most: MOST,
        }
    }

    /// Pixels that are so far apart are shown as one, so that the picture is small enough.
    fn bin(&self) -> usize {
        if self.n_rows == 1 {
            1
        } else {
            self.n_columns.max(self.n_rows).div_ceil(self.most)
        }
    }

    /// (columns, rows) of cells that it takes.
    pub(super) fn cells(&self) -> (u16, u16) {
        let (columns, rows) = (
            self.n_columns.div_ceil(self.bin()) as u16,
            self.n_rows.div_ceil(self.bin()) as u16,
        );
        if self.n_rows == 1 {
            (2 * columns, 1)
        } else {
            (columns, rows.div_ceil(2))
        }
    }

    /// What is not shown as it is: `28×28 as 14×14`, `256 of 1,024 inputs`.
    pub(super) fn note(&self, theme: &Theme) -> Option<String> {
        if self.n_left_out > 0 {
            let n_shown = self.n_columns * self.n_rows;
            return Some(format!(
                "the first {n_shown} of {} inputs",
                n_shown + self.n_left_out
            ));
        }
        let pixels = vec![Pixel::Hole; self.n_columns * self.n_rows];
        let (width, height) = self.cells();
        let window = self
            .image_of(theme, &pixels)
            .window(Rect::new(0, 0, width, height));
        window.note(theme.glyphs())
    }

    /// The values of its pixels, row by row, of the incoming weights `values` of a unit.
    pub(super) fn values(&self, values: &[f32]) -> Vec<f64> {
        let pixels = values
            .chunks(self.n_channels.max(1))
            .take(self.n_columns * self.n_rows);
        let mean = |pixel: &[f32]| {
            let sum: f64 = pixel.iter().map(|&value| f64::from(value)).sum();
            sum / pixel.len() as f64
        };
        pixels.map(mean).collect()
    }

    /// Draws pixels of `values` on `scale` at the upper left of `area`.
    pub(super) fn draw(
        &self,
        theme: &Theme,
        values: &[f64],
        scale: SlowScale,
        area: Rect,
        buf: &mut ratatui::buffer::Buffer,
    ) -> Window {
        let pixels: Vec<Pixel> = values
            .iter()
            .map(|&value| Pixel::Signed(scale.place(value)))
            .collect();
        let (width, height) = self.cells();
        let area = Rect {
            width: width.min(area.width),
            height: height.min(area.height),
            ..area
        };
        self.image_of(theme, &pixels).draw(area, buf)
    }

    fn image_of<'a>(&self, theme: &'a Theme, pixels: &'a [Pixel]) -> Image<'a> {
        let size = if self.n_rows == 1 {
            Size::Double
        } else {
            Size::Half
        };
        Image::new(theme, pixels, self.n_columns)
            .size(size)
            .binning(Binning::Mean)
    }
}
