//! A line chart that stays honest at any size: every extreme of the data shows, ticks stand at round values, and
//! lines end in their letters.
//!
//! ratatui's own chart samples points and puts labels at even distances, so spikes vanish and numbers are crooked.
//! This one draws per dot column what the data does there (`raster`), in layers that never mix in a cell
//! ([`canvas`](super::canvas)), and pushes labels apart (`labels`).

mod ends;
mod labels;
mod raster;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::axis::{Axis, Scale, Tick};
use super::canvas::Canvas;
use super::{put, width_of};
use crate::tui::theme::{LineStyle, Role, Theme};

/// Whether a line leads or accompanies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emphasis {
    /// On top and in full colour, with its label at its end. Lines that lead take turns where they meet.
    Strong,
    /// Beneath those and faded, its label too; that gives way to theirs.
    Faint,
}

/// One line.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// (x, y), x never falling. A y that is no finite number is a gap.
    pub points: &'a [(f64, f64)],
    /// (x, low, high) of a band around the line, x never falling; empty for none.
    pub band: &'a [(f64, f64, f64)],
    /// How strongly the band shows, `0..=1`.
    pub band_strength: f64,
    /// Its colour.
    pub style: Style,
    /// How it is broken.
    pub line: LineStyle,
    /// Whether it leads.
    pub emphasis: Emphasis,
    /// What stands at its end, a letter as a rule; empty for nothing.
    pub label: &'a str,
}

impl<'a> Series<'a> {
    /// A solid leading line without a band.
    pub fn new(points: &'a [(f64, f64)], style: Style, label: &'a str) -> Self {
        Self {
            points,
            band: &[],
            band_strength: 1.0,
            style,
            line: LineStyle::Solid,
            emphasis: Emphasis::Strong,
            label,
        }
    }

    /// The same as an accompanying line: faint and dashed.
    #[must_use]
    pub fn faint(mut self) -> Self {
        self.emphasis = Emphasis::Faint;
        self.line = LineStyle::Dashed;
        self
    }

    /// The same, broken as `line`.
    #[must_use]
    pub fn line(mut self, line: LineStyle) -> Self {
        self.line = line;
        self
    }

    /// The same with a band of (x, low, high).
    #[must_use]
    pub fn band(mut self, band: &'a [(f64, f64, f64)]) -> Self {
        self.band = band;
        self
    }

    /// The same with a band that shows less strongly.
    #[must_use]
    pub fn band_strength(mut self, strength: f64) -> Self {
        self.band_strength = strength;
        self
    }
}

/// Something that happened at an x.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Where.
    pub x: f64,
    /// What, in a few words.
    pub label: &'a str,
    /// Its colour.
    pub style: Style,
    /// What marks it.
    pub mark: EventMark,
}

/// What marks an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventMark {
    /// A sign at the top: something changed.
    Change,
    /// A broken line from top to bottom: something begins there.
    Branch,
}

/// The chart: what it shows is fixed by its methods, where by [`Chart::draw`].
#[derive(Debug, Clone)]
pub struct Chart<'a> {
    theme: &'a Theme,
    series: &'a [Series<'a>],
    events: &'a [Event<'a>],
    x: Option<Axis>,
    y: Option<Axis>,
    x_scale: Scale,
    y_scale: Scale,
    x_title: &'a str,
    crosshair: Option<f64>,
    crosshair_label: &'a str,
    dotted: Option<f64>,
}

/// Where the parts of a chart are, and what its axes span: the same for drawing and for the mouse.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The cells of the lines.
    pub plot: Rect,
    /// The x axis, from the left edge of `plot` to its right edge.
    pub x: Axis,
    /// The y axis, from the bottom of `plot` to its top.
    pub y: Axis,
    y_ticks: Vec<Tick>,
    label_width: u16,
}

impl Layout {
    /// The x in the middle of the cell column `column`; outside of the plot, of the nearest one.
    pub fn x_at(&self, column: u16) -> f64 {
        let last = self.plot.width.max(1) - 1;
        let cell = column.saturating_sub(self.plot.left()).min(last);
        self.x.value((f64::from(cell) + 0.5) / f64::from(last + 1))
    }

    /// The cell column in which `x` lies, if it is in view.
    pub fn column_of(&self, x: f64) -> Option<u16> {
        let position = self
            .x
            .position(x)
            .filter(|position| (0.0..=1.0).contains(position))?;
        let last = self.plot.width.checked_sub(1)?;
        Some(self.plot.left() + ((position * f64::from(self.plot.width)) as u16).min(last))
    }

    fn row_of(&self, y: f64) -> Option<u16> {
        let position = self
            .y
            .position(y)
            .filter(|position| (-1e-9..=1.0 + 1e-9).contains(position))?;
        let last = self.plot.height.checked_sub(1)?;
        Some(
            self.plot.top()
                + (((1.0 - position) * f64::from(self.plot.height)).max(0.0) as u16).min(last),
        )
    }
}

/// How far accompanying lines fade, as an age.
const FAINT: f64 = 0.55;

/// The share of the y axis left free above and below the lines.
const PADDING: f64 = 0.04;

impl<'a> Chart<'a> {
    /// A chart of `series` on linear axes that span all of it.
    pub fn new(theme: &'a Theme, series: &'a [Series<'a>]) -> Self {
        Self {
            theme,
            series,
            events: &[],
            x: None,
            y: None,
            x_scale: Scale::Linear,
            y_scale: Scale::Linear,
            x_title: "",
            crosshair: None,
            crosshair_label: "",
            dotted: None,
        }
    }

    /// The scales of both axes where they span what there is.
    #[must_use]
    pub fn scales(mut self, x: Scale, y: Scale) -> Self {
        (self.x_scale, self.y_scale) = (x, y);
        self
    }

    /// A fixed x axis: a zoom, or the same for several charts.
    #[must_use]
    pub fn x_axis(mut self, axis: Option<Axis>) -> Self {
        self.x = axis;
        self
    }

    /// A fixed y axis.
    #[must_use]
    pub fn y_axis(mut self, axis: Option<Axis>) -> Self {
        self.y = axis;
        self
    }

    /// The name of the x axis, written at its right end.
    #[must_use]
    pub fn x_title(mut self, title: &'a str) -> Self {
        self.x_title = title;
        self
    }

    /// Marked events.
    #[must_use]
    pub fn events(mut self, events: &'a [Event<'a>]) -> Self {
        self.events = events;
        self
    }

    /// A vertical line at an x.
    #[must_use]
    pub fn crosshair(mut self, x: Option<f64>) -> Self {
        self.crosshair = x;
        self
    }

    /// What stands at the top of that line.
    #[must_use]
    pub fn crosshair_label(mut self, label: &'a str) -> Self {
        self.crosshair_label = label;
        self
    }

    /// A dotted vertical line at an x, behind all lines.
    #[must_use]
    pub fn dotted(mut self, x: Option<f64>) -> Self {
        self.dotted = x;
        self
    }

    /// Where everything is when the chart is drawn at `area`.
    pub fn layout(&self, area: Rect) -> Layout {
        let x = self.x.unwrap_or_else(|| {
            // Points are in order of x, so the ends are enough.
            let ends = |points: &[(f64, f64)]| {
                [points.first(), points.last()].map(|point| point.map(|point| point.0))
            };
            Axis::fit(
                self.x_scale,
                self.series
                    .iter()
                    .flat_map(|series| ends(series.points))
                    .flatten(),
                0.0,
            )
        });
        let y = self.y.unwrap_or_else(|| self.fitted_y(&x));
        let n_rows = area.height.saturating_sub(u16::from(area.height >= 3));
        let y_ticks = y.ticks_up(n_rows);
        let gutter = y_ticks
            .iter()
            .map(|tick| width_of(&tick.label))
            .max()
            .unwrap_or(0)
            + 1;
        // An area that the numbers would half fill is for lines.
        let gutter = if gutter * 2 > area.width { 0 } else { gutter };
        let ends = self.ends(&x, &y);
        let widest = ends
            .iter()
            .map(|end| width_of(&end.text))
            .max()
            .unwrap_or(0);
        let label_width = if widest == 0 || (widest + 1) * 4 > area.width {
            0
        } else {
            widest + 1
        };
        let plot = Rect {
            x: area.x + gutter,
            width: area.width - gutter - label_width,
            height: n_rows,
            ..area
        };
        Layout {
            plot,
            x,
            y,
            y_ticks,
            label_width,
        }
    }

    /// The y axis that spans what is in view of all series.
    fn fitted_y(&self, x: &Axis) -> Axis {
        let bands = self
            .series
            .iter()
            .flat_map(|series| raster::band_in(series.band, x));
        let values = self
            .series
            .iter()
            .flat_map(|series| raster::points_in(series.points, x))
            .map(|point| point.1);
        Axis::fit(
            self.y_scale,
            values.chain(bands.flat_map(|&(_, low, high)| [low, high])),
            PADDING,
        )
    }

    /// Draws the chart; returns what [`Chart::layout`] does.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) -> Layout {
        let area = area.intersection(buf.area);
        let layout = self.layout(area);
        self.draw_y_axis(&layout, area, buf);
        self.draw_x_axis(&layout, area, buf);
        self.draw_dotted(&layout, buf);
        self.draw_crosshair(&layout, buf);
        self.draw_lines(&layout, buf);
        self.draw_end_labels(&layout, area, buf);
        self.draw_events(&layout, buf);
        self.draw_crosshair_label(&layout, buf);
        layout
    }

    fn draw_y_axis(&self, layout: &Layout, area: Rect, buf: &mut Buffer) {
        let plot = layout.plot;
        if plot.left() == area.left() {
            return;
        }
        let glyphs = self.theme.glyphs();
        let border = self.theme.style(Role::Border);
        for y in plot.top()..plot.bottom() {
            put(
                buf,
                area,
                i32::from(plot.left()) - 1,
                y,
                glyphs.pick("│", "|"),
                border,
            );
        }
        for tick in &layout.y_ticks {
            let Some(y) = layout.row_of(tick.value) else {
                continue;
            };
            let x = i32::from(plot.left()) - 1 - i32::from(width_of(&tick.label));
            put(buf, area, x, y, &tick.label, self.theme.style(Role::Dim));
            put(
                buf,
                area,
                i32::from(plot.left()) - 1,
                y,
                glyphs.pick("┤", "+"),
                border,
            );
        }
    }

    fn draw_x_axis(&self, layout: &Layout, area: Rect, buf: &mut Buffer) {
        let plot = layout.plot;
        if plot.bottom() >= area.bottom() {
            return;
        }
        let dim = self.theme.style(Role::Dim);
        let right = i32::from(area.right());
        let title_start = right - i32::from(width_of(self.x_title));
        let has_title = title_start < right && title_start > i32::from(plot.left()) + 4;
        // Two numbers come before the name.
        let beside = has_title.then(|| labels::along(layout, area, title_start - 1));
        let beside = beside.filter(|labels| labels.len() >= 2);
        if beside.is_some() {
            put(buf, area, title_start, plot.bottom(), self.x_title, dim);
        }
        let labels = beside
            .or_else(|| Some(labels::along(layout, area, right)).filter(|labels| labels.len() >= 2))
            .unwrap_or_else(|| labels::at_ends(layout, area));
        for (x, label) in labels {
            put(buf, area, x, plot.bottom(), &label, dim);
        }
    }

    fn draw_dotted(&self, layout: &Layout, buf: &mut Buffer) {
        let Some(column) = self.dotted.and_then(|x| layout.column_of(x)) else {
            return;
        };
        let dots = self.theme.glyphs().pick("┊", ":");
        let style = self.theme.style(Role::Dim);
        for y in layout.plot.top()..layout.plot.bottom() {
            put(buf, layout.plot, column.into(), y, dots, style);
        }
    }

    fn draw_crosshair(&self, layout: &Layout, buf: &mut Buffer) {
        let Some(column) = self.crosshair.and_then(|x| layout.column_of(x)) else {
            return;
        };
        for y in layout.plot.top()..layout.plot.bottom() {
            let line = self.theme.glyphs().pick("│", "|");
            put(
                buf,
                layout.plot,
                column.into(),
                y,
                line,
                self.theme.style(Role::Accent),
            );
        }
    }

    /// Above the middle of the line, pushed into the plot.
    fn draw_crosshair_label(&self, layout: &Layout, buf: &mut Buffer) {
        let Some(column) = self.crosshair.and_then(|x| layout.column_of(x)) else {
            return;
        };
        let (plot, width) = (layout.plot, width_of(self.crosshair_label));
        let x = column.saturating_sub(width / 2).max(plot.left());
        let x = x.min(plot.right().saturating_sub(width));
        let style = self.theme.style(Role::Accent);
        put(buf, plot, x.into(), plot.top(), self.crosshair_label, style);
    }

    fn draw_lines(&self, layout: &Layout, buf: &mut Buffer) {
        let mut canvas = Canvas::new(layout.plot.width, layout.plot.height, self.theme.glyphs());
        for series in self.series {
            let edges = raster::band_edges(series.band, layout);
            match self.theme.shade(series.style, series.band_strength) {
                Some(shade) => raster::shade_band(&edges, layout.plot, shade, buf),
                // Dots are all there is: a weak band has none.
                None if series.band_strength < 1.0 => {}
                None => raster::dot_band(&mut canvas, &edges, self.theme.faded(series.style, 1.0)),
            }
            let (style, rank) = match series.emphasis {
                Emphasis::Strong => (series.style, 2),
                Emphasis::Faint => (self.theme.faded(series.style, FAINT), 1),
            };
            canvas.begin_layer(style, rank);
            raster::draw_line(
                &mut canvas,
                series.points,
                &layout.x,
                &layout.y,
                series.line,
            );
        }
        canvas.draw(layout.plot, buf);
    }

    fn draw_events(&self, layout: &Layout, buf: &mut Buffer) {
        let marks: Vec<(u16, &Event)> = self
            .events
            .iter()
            .filter_map(|event| Some((layout.column_of(event.x)?, event)))
            .collect();
        labels::draw_events(&marks, layout.plot, self.theme, buf);
    }
}

#[cfg(test)]
mod tests;
