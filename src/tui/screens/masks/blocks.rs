//! Where the parts of a thinned network are: the example, a block of pixels for each layer, and what it says; and where a unit is in them.

use ratatui::layout::{Position, Rect};

use crate::tui::app::App;
use crate::tui::widgets::image::{Image, Pixel, Size, Window};

/// Columns of cells that a block of units takes at most, where there is much room and where there is little.
const MOST_COLUMNS: [u16; 2] = [8, 4];

/// Width from which on there is much room.
const ROOMY: u16 = 96;

/// Columns between two blocks, at least: the lines need them.
const LEAST_GAP: u16 = 7;

/// Columns of the example, at most.
const MOST_OF_EXAMPLE: u16 = 20;

/// Columns of what the network says, in much room and in little.
const SAYS: [u16; 2] = [24, 18];

/// The units of one layer as pixels.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// The dense layer that takes them in.
    pub(super) layer_idx: usize,
    pub(super) n_units: usize,
    pub(super) n_columns: usize,
    pub(super) size: Size,
    /// Its window on the screen.
    pub(super) window: Window,
}

impl Block {
    /// The picture of `pixels`, in this shape.
    pub(super) fn image<'a>(&self, app: &'a App, pixels: &'a [Pixel]) -> Image<'a> {
        Image::new(&app.theme, pixels, self.n_columns).size(self.size)
    }

    /// (column, row) of a unit in the picture.
    pub(super) fn place(&self, unit: usize) -> (usize, usize) {
        (unit % self.n_columns, unit / self.n_columns)
    }

    /// The row of cells in whose middle a unit is, as a fraction, from the top of the screen.
    pub(super) fn y(&self, unit: usize) -> f64 {
        let height = if self.window.size == Size::Half {
            0.5
        } else {
            1.0
        };
        let row = self.place(unit).1 / self.window.bin.1;
        f64::from(self.window.cells.y) + (row as f64 + 0.5) * height
    }

    /// The unit at a cell; of several the first.
    pub(super) fn unit_at(&self, position: Position) -> Option<usize> {
        let (column, row) = self.window.at(position)?;
        let unit = row * self.n_columns + column;
        (unit < self.n_units).then_some(unit)
    }
}

/// Where everything is.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The example, then the hidden layers in view.
    pub(super) blocks: Vec<Block>,
    /// Hidden layers that there are.
    pub(super) n_hidden: usize,
    /// Rows in which things are drawn, below the row of labels.
    pub(super) rows: Rect,
    /// What the network says.
    pub(super) says: Rect,
    /// Whether there is much room.
    pub(super) is_roomy: bool,
}

impl Layout {
    /// The layout in `inner` of a network of `widths` for examples of `item_shape`; `focus` is the layer that must be in view.
    pub(super) fn new(
        app: &App,
        inner: Rect,
        widths: &[usize],
        item_shape: &[usize],
        focus: usize,
    ) -> Self {
        let is_roomy = inner.width >= ROOMY;
        let roomy = usize::from(!is_roomy);
        let rows = Rect {
            y: inner.y + 1.min(inner.height),
            height: inner.height.saturating_sub(1),
            ..inner
        };
        let says_width = SAYS[roomy].min(inner.width / 3);
        let says = Rect {
            x: inner.right() - says_width,
            width: says_width,
            ..rows
        };
        let example = example(app, rows, widths[0], item_shape);
        let n_hidden = widths.len().saturating_sub(2);
        let most = MOST_COLUMNS[roomy];
        let room = inner
            .width
            .saturating_sub(says_width + example.window.cells.width + LEAST_GAP);
        let n_in_view = n_hidden.min(usize::from(room / (most + LEAST_GAP)));
        let first = focus.saturating_sub(1).min(n_hidden - n_in_view);
        let hidden = first + 1..first + 1 + n_in_view;
        let mut blocks = vec![example];
        blocks.extend(hidden.map(|idx| block(app, (idx, widths[idx]), rows, most)));
        let taken: u16 = blocks.iter().map(|block| block.window.cells.width).sum();
        let gap = inner.width.saturating_sub(says_width + taken) / blocks.len() as u16;
        let mut x = inner.x;
        for block in &mut blocks {
            block.window.cells.x = x;
            x += block.window.cells.width + gap;
        }
        Self {
            blocks,
            n_hidden,
            rows,
            says,
            is_roomy,
        }
    }

    /// Whether all layers are in view.
    pub(super) fn is_whole(&self) -> bool {
        self.blocks.len() == self.n_hidden + 1
    }
}

/// The example: an image in its own shape, or one number below the other.
fn example(app: &App, rows: Rect, n_inputs: usize, item_shape: &[usize]) -> Block {
    let area = Rect {
        width: MOST_OF_EXAMPLE.min(rows.width / 3),
        ..rows
    };
    let (n_columns, size) = match item_shape {
        [height, width, ..] if height * width == n_inputs => {
            (*width, Size::fitting(*width, *height, area))
        }
        _ if n_inputs <= rows.height.into() => (1, Size::Double),
        _ => (
            n_inputs
                .div_ceil(2 * usize::from(rows.height).max(1))
                .max(1),
            Size::Half,
        ),
    };
    placed(app, (0, n_inputs), (n_columns, size), area)
}

/// The units of a hidden layer: below each other where they are few.
fn block(app: &App, (layer_idx, n_units): (usize, usize), rows: Rect, most: u16) -> Block {
    let area = Rect {
        width: most,
        ..rows
    };
    let n_rows = usize::from(rows.height).max(1);
    let (n_columns, size) = if n_units <= 2 * n_rows {
        (n_units.div_ceil(n_rows).max(1), Size::Double)
    } else {
        (n_units.div_ceil(2 * n_rows).max(most.into()), Size::Half)
    };
    placed(app, (layer_idx, n_units), (n_columns, size), area)
}

/// A block in the middle of the height of `area`.
fn placed(
    app: &App,
    (layer_idx, n_units): (usize, usize),
    (n_columns, size): (usize, Size),
    area: Rect,
) -> Block {
    let pixels = vec![Pixel::Silent; n_units];
    let image = Image::new(&app.theme, &pixels, n_columns).size(size);
    let mut window = image.window(area);
    window.cells.y += area.height.saturating_sub(window.cells.height) / 2;
    Block {
        layer_idx,
        n_units,
        n_columns,
        size,
        window,
    }
}
