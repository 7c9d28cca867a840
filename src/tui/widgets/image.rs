//! Pixels as cells: what each of many things amounts to, at a glance.
//!
//! A pixel is a value between the ends of a scale, which [`super::scale`] has. It takes two cells, one, or half of one; where
//! there are more pixels than that allows, neighbours share one, and [`Window::note`] says so. Where the terminal has no
//! shades, glyphs stand for values, at one pixel a cell at most.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};

use crate::tui::theme::{Glyphs, Ramp, Role, Theme};

/// What a pixel shows. A number that is none is shown as the lowest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pixel {
    /// An amount, `0..=1`, in the hue of the picture.
    Amount(f64),
    /// A signed value, `-1..=1`.
    Signed(f64),
    /// A value, `0..=1`, on the map of many values.
    Map(f64),
    /// There, with nothing to show.
    Silent,
    /// Not there.
    Hole,
}

impl Pixel {
    /// Its value; `None` where it is not there.
    fn value(self) -> Option<f64> {
        match self {
            Self::Amount(value) | Self::Signed(value) | Self::Map(value) => Some(value),
            Self::Silent => Some(0.0),
            Self::Hole => None,
        }
    }

    /// The same kind of pixel with another value.
    fn with(self, value: f64) -> Self {
        match self {
            Self::Amount(_) => Self::Amount(value),
            Self::Signed(_) => Self::Signed(value),
            Self::Map(_) => Self::Map(value),
            silent_or_hole => silent_or_hole,
        }
    }
}

/// How many cells a pixel takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Two beside each other: about a square, and room for a mark.
    Double,
    /// One.
    Single,
    /// Half of one, upper or lower: about a square.
    Half,
}

impl Size {
    /// The largest square pixels of which `n_columns` by `n_rows` fit into `area`; half blocks where none do.
    pub fn fitting(n_columns: usize, n_rows: usize, area: Rect) -> Self {
        let fits = n_columns * 2 <= area.width.into() && n_rows <= area.height.into();
        if fits { Self::Double } else { Self::Half }
    }

    /// (columns, rows) of cells that a pixel takes, in halves.
    fn half_cells(self) -> (usize, usize) {
        match self {
            Self::Double => (4, 2),
            Self::Single => (2, 2),
            Self::Half => (2, 1),
        }
    }
}

/// What a pixel shows that stands for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binning {
    /// The value that is furthest from 0: no single large one disappears.
    Most,
    /// Their mean: a picture made smaller.
    Mean,
}

/// Where a picture was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The cells that it takes.
    pub cells: Rect,
    /// What a pixel takes of them.
    pub size: Size,
    /// (columns, rows) of the picture.
    pub shape: (usize, usize),
    /// (columns, rows) of the picture that share a pixel.
    pub bin: (usize, usize),
}

impl Window {
    /// (columns, rows) of pixels on the screen.
    pub fn n_drawn(&self) -> (usize, usize) {
        (
            self.shape.0.div_ceil(self.bin.0),
            self.shape.1.div_ceil(self.bin.1),
        )
    }

    /// What stands beside a picture of which pixels share cells: `28×28 as 14×14`; `None` where none do.
    pub fn note(&self, glyphs: Glyphs) -> Option<String> {
        let times = glyphs.pick("×", "x");
        let (columns, rows) = self.n_drawn();
        (self.bin != (1, 1)).then(|| {
            let (all_columns, all_rows) = self.shape;
            format!("{all_columns}{times}{all_rows} as {columns}{times}{rows}")
        })
    }

    /// The first (column, row) of the picture that `position` on the screen shows.
    pub fn at(&self, position: Position) -> Option<(usize, usize)> {
        let is_inside = self.cells.contains(position);
        let (across, down) = self.size.half_cells();
        let x = usize::from(position.x.checked_sub(self.cells.x)?) * 2 / across * self.bin.0;
        let y = usize::from(position.y.checked_sub(self.cells.y)?) * 2 / down * self.bin.1;
        (is_inside && x < self.shape.0 && y < self.shape.1).then_some((x, y))
    }

    /// The cells of the pixel that shows (column, row) of the picture; the whole cell where it takes half of one.
    pub fn cells_of(&self, (column, row): (usize, usize)) -> Option<Rect> {
        let (across, down) = self.size.half_cells();
        let x = self.cells.x + (column / self.bin.0 * across / 2) as u16;
        let y = self.cells.y + (row / self.bin.1 * down / 2) as u16;
        let is_there = column < self.shape.0 && row < self.shape.1;
        is_there.then(|| Rect::new(x, y, (across / 2) as u16, 1).intersection(self.cells))
    }
}

/// Pixels as the theme shows them: colours, or glyphs.
#[derive(Debug, Clone)]
pub(super) struct Inks<'a> {
    theme: &'a Theme,
    hue: Style,
    amounts: Ramp,
}

impl<'a> Inks<'a> {
    pub(super) fn new(theme: &'a Theme, hue: Style) -> Self {
        let amounts = theme.amounts(hue);
        Self {
            theme,
            hue,
            amounts,
        }
    }

    fn color(&self, pixel: Pixel) -> Color {
        match pixel {
            Pixel::Amount(t) => self.amounts.at(t),
            Pixel::Signed(t) => self.theme.sign(t),
            Pixel::Map(t) => self.theme.map(t),
            Pixel::Silent => self.theme.silent(),
            Pixel::Hole => self.theme.hole(),
        }
    }

    /// A whole cell of the pixel.
    pub(super) fn cell(&self, pixel: Pixel) -> (char, Style) {
        if self.theme.has_shades() {
            return (' ', Style::new().bg(self.color(pixel)));
        }
        let theme = self.theme;
        match pixel {
            Pixel::Amount(t) => (theme.amount_glyph(t), self.hue),
            Pixel::Map(t) => (theme.amount_glyph(t), theme.style(Role::Text)),
            Pixel::Signed(t) => (theme.sign_glyph(t), theme.style(Role::Text)),
            Pixel::Silent => (theme.amount_glyph(0.0), theme.style(Role::Dim)),
            Pixel::Hole => (' ', Style::new()),
        }
    }
}

/// The picture.
#[derive(Debug, Clone)]
pub struct Image<'a> {
    theme: &'a Theme,
    pixels: &'a [Pixel],
    n_columns: usize,
    hue: Style,
    size: Option<Size>,
    binning: Binning,
    marks: &'a [(usize, usize)],
    cursor: Option<(usize, usize)>,
}

impl<'a> Image<'a> {
    /// The picture of `pixels`, row by row of `n_columns`; the last row may be shorter. Amounts are in the colour of bright
    /// text, pixels as large as fit.
    pub fn new(theme: &'a Theme, pixels: &'a [Pixel], n_columns: usize) -> Self {
        Self {
            theme,
            pixels,
            n_columns: n_columns.max(1),
            hue: theme.style(Role::Bright),
            size: None,
            binning: Binning::Most,
            marks: &[],
            cursor: None,
        }
    }

    /// The colour of a full amount.
    #[must_use]
    pub fn hue(mut self, hue: Style) -> Self {
        self.hue = hue;
        self
    }

    /// How many cells a pixel takes.
    #[must_use]
    pub fn size(mut self, size: Size) -> Self {
        self.size = Some(size);
        self
    }

    /// What is shown where pixels share one: the largest, unless said.
    #[must_use]
    pub fn binning(mut self, binning: Binning) -> Self {
        self.binning = binning;
        self
    }

    /// The (column, row) pairs that are marked: `××`, or amber where a pixel has no room for a mark.
    #[must_use]
    pub fn marks(mut self, marks: &'a [(usize, usize)]) -> Self {
        self.marks = marks;
        self
    }

    /// The (column, row) of the cursor: `[]`, or the accent where a pixel has no room for it.
    #[must_use]
    pub fn cursor(mut self, cursor: Option<(usize, usize)>) -> Self {
        self.cursor = cursor;
        self
    }

    /// What [`Image::draw`] takes of `area`: its upper left part.
    pub fn window(&self, area: Rect) -> Window {
        let n_rows = self.pixels.len().div_ceil(self.n_columns);
        let shape = if n_rows == 0 {
            (0, 0)
        } else {
            (self.n_columns, n_rows)
        };
        let wanted = self
            .size
            .unwrap_or_else(|| Size::fitting(shape.0, n_rows, area));
        let has_halves = self.theme.has_shades() && !self.theme.glyphs().is_ascii();
        let size = if wanted == Size::Half && !has_halves {
            Size::Single
        } else {
            wanted
        };
        let (across, down) = size.half_cells();
        let room = (
            2 * usize::from(area.width) / across,
            2 * usize::from(area.height) / down,
        );
        let bin = bin(shape, room, wanted, size);
        let (columns, rows) = (shape.0.div_ceil(bin.0), shape.1.div_ceil(bin.1));
        let width = (columns * across).div_ceil(2).min(area.width.into()) as u16;
        let height = (rows * down).div_ceil(2).min(area.height.into()) as u16;
        let is_empty = room.0 == 0 || room.1 == 0;
        let cells = if is_empty {
            Rect::new(area.x, area.y, 0, 0)
        } else {
            Rect {
                width,
                height,
                ..area
            }
        };
        Window {
            cells,
            size,
            shape,
            bin,
        }
    }

    /// Draws the picture at the upper left of `area`.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) -> Window {
        let window = self.window(area.intersection(buf.area));
        let inks = Inks::new(self.theme, self.hue);
        let across = if window.size == Size::Double { 2 } else { 1 };
        for y in 0..window.cells.height {
            for x in 0..window.cells.width {
                let cell = &mut buf[(window.cells.x + x, window.cells.y + y)];
                let (column, row) = (usize::from(x / across), usize::from(y));
                if window.size == Size::Half {
                    let upper = self
                        .pixel(&window, column, 2 * row)
                        .map(|pixel| inks.color(pixel));
                    let lower = self
                        .pixel(&window, column, 2 * row + 1)
                        .map(|pixel| inks.color(pixel));
                    draw_halves(cell, upper, lower);
                } else if let Some(pixel) = self.pixel(&window, column, row) {
                    let (glyph, style) = inks.cell(pixel);
                    cell.set_char(glyph).set_style(style);
                }
            }
        }
        for &mark in self.marks {
            self.draw_sign(&window, mark, Sign::Mark, buf);
        }
        if let Some(cursor) = self.cursor {
            self.draw_sign(&window, cursor, Sign::Cursor, buf);
        }
        window
    }

    /// The pixel on the screen at (column, row), of all that share it. `None` beyond the end of the picture.
    fn pixel(&self, window: &Window, column: usize, row: usize) -> Option<Pixel> {
        let (across, down) = window.bin;
        let columns = column * across..((column + 1) * across).min(self.n_columns);
        let indices = (row * down..(row + 1) * down).flat_map(|row| {
            columns
                .clone()
                .map(move |column| row * self.n_columns + column)
        });
        let mut shared = indices.filter_map(|index| self.pixels.get(index).copied());
        match window.bin {
            (1, 1) => shared.next(),
            _ => binned(shared, self.binning),
        }
    }

    fn draw_sign(&self, window: &Window, place: (usize, usize), sign: Sign, buf: &mut Buffer) {
        let Some(cells) = window.cells_of(place).filter(|cells| !cells.is_empty()) else {
            return;
        };
        let style = self.theme.style(sign.role());
        if window.size == Size::Half {
            let is_lower = place.1 / window.bin.1 % 2 == 1;
            let cell = &mut buf[(cells.x, cells.y)];
            let color = style.fg.unwrap_or(Color::Reset);
            // A blank cell is two halves of one colour.
            let (upper, lower) = if cell.symbol() == " " {
                (cell.bg, cell.bg)
            } else {
                (cell.fg, cell.bg)
            };
            let halves = if is_lower {
                (upper, color)
            } else {
                (color, lower)
            };
            draw_halves(cell, Some(halves.0), Some(halves.1));
            return;
        }
        let symbols = sign.symbols(window.size, self.theme.glyphs());
        for (x, symbol) in (cells.left()..cells.right()).zip(symbols) {
            let cell = &mut buf[(x, cells.y)];
            let over = if self.theme.has_shades() {
                self.theme.over(cell.bg)
            } else {
                style
            };
            cell.set_symbol(symbol).set_style(over);
        }
    }
}

/// What is drawn over a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Mark,
    Cursor,
}

impl Sign {
    fn role(self) -> Role {
        match self {
            Self::Mark => Role::Warn,
            Self::Cursor => Role::Accent,
        }
    }

    fn symbols(self, size: Size, glyphs: Glyphs) -> [&'static str; 2] {
        match (self, size) {
            (Self::Mark, _) => glyphs.pick(["×"; 2], ["x"; 2]),
            (Self::Cursor, Size::Double) => ["[", "]"],
            (Self::Cursor, _) => glyphs.pick(["◇"; 2], ["@"; 2]),
        }
    }
}

/// (columns, rows) of a picture of `shape` that share a pixel of `size`, of which there is `room` for so many; `wanted` are
/// pixels that may have to be drawn as others. Square pixels stay square.
fn bin(shape: (usize, usize), room: (usize, usize), wanted: Size, size: Size) -> (usize, usize) {
    let needed = (
        shape.0.div_ceil(room.0.max(1)).max(1),
        shape.1.div_ceil(room.1.max(1)).max(1),
    );
    let square = match (wanted, size) {
        // A cell is as high as two pixels were to be.
        (Size::Half, Size::Single) => {
            let side = needed.0.max(needed.1.div_ceil(2));
            (side, 2 * side)
        }
        (Size::Single, _) => needed,
        _ => (needed.0.max(needed.1), needed.0.max(needed.1)),
    };
    (square.0.min(shape.0).max(1), square.1.min(shape.1).max(1))
}

/// One pixel for many. Those that are not there do not count; of several kinds it is of the first that has a value.
fn binned(pixels: impl Iterator<Item = Pixel>, binning: Binning) -> Option<Pixel> {
    let (mut kind, mut n, mut sum, mut most) = (None, 0_u32, 0.0, 0.0_f64);
    for pixel in pixels {
        let is_plain = |kind: &Pixel| matches!(kind, Pixel::Silent | Pixel::Hole);
        if kind
            .as_ref()
            .is_none_or(|kind| *kind == Pixel::Hole || (is_plain(kind) && !is_plain(&pixel)))
        {
            kind = Some(pixel);
        }
        let Some(value) = pixel.value().filter(|value| !value.is_nan()) else {
            continue;
        };
        n += 1;
        sum += value;
        if value.abs() > most.abs() {
            most = value;
        }
    }
    let value = match binning {
        Binning::Most => most,
        Binning::Mean => sum / f64::from(n.max(1)),
    };
    kind.map(|kind| kind.with(value))
}

/// Two pixels in a cell. One colour for both is a blank, which costs fewer bytes.
fn draw_halves(cell: &mut ratatui::buffer::Cell, upper: Option<Color>, lower: Option<Color>) {
    match (upper, lower) {
        (Some(upper), Some(lower)) if upper == lower => {
            cell.set_symbol(" ").set_bg(upper);
        }
        (Some(upper), Some(lower)) => {
            cell.set_symbol("▀").set_fg(upper).set_bg(lower);
        }
        (Some(upper), None) => {
            cell.set_symbol("▀").set_fg(upper);
        }
        (None, _) => {}
    }
}

#[cfg(test)]
mod tests;
