//! A frame as a picture that needs no terminal: scalable vectors, or plain text.
//!
//! Pure: the same frame gives the same bytes. Blocks, dots and lines are drawn as shapes, because a font may lack them or
//! leave seams between them; only letters, digits and signs are text, each run of them stretched to the cells it has.

mod color;
mod shape;

use std::collections::BTreeMap;
use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

pub use color::{Paper, Rgb};
use shape::{Kind, Shape};

/// Width and height of a cell in user units; letters of most monospaced fonts are 0.6 of their size wide.
const CELL: (u16, u16) = (10, 20);

/// Where letters stand in a cell, and how large they are.
const BASELINE: u16 = 15;
const FONT_SIZE: f64 = 16.6;

/// The frame as text, row by row, without what is empty at the end of each.
pub fn text(frame: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(frame) {
        let line: String = row.iter().map(Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The frame as an SVG document, in the colours of its cells on `paper`.
pub fn svg(frame: &Buffer, paper: Paper) -> String {
    let (width, height) = (
        u32::from(frame.area.width) * u32::from(CELL.0),
        u32::from(frame.area.height) * u32::from(CELL.1),
    );
    let mut parts = Parts::default();
    for (y, row) in rows(frame).enumerate() {
        parts.take_row(row, y as u16 * CELL.1, paper);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <style>text{{font:{FONT_SIZE}px \"DejaVu Sans Mono\",Menlo,Consolas,\"Liberation Mono\",monospace}}\
         .f,.g{{shape-rendering:crispEdges}}path{{stroke-width:1.6}}.f{{stroke:none}}.d{{stroke-width:3.2;stroke-linecap:round}}\
         .h{{stroke-width:3.2}}.d,.l,.h{{fill:none}}</style>\n\
         <path class=\"g\" fill=\"{}\" d=\"M0 0h{width}v{height}h-{width}z\"/>\n{parts}</svg>\n",
        paper.ground,
        parts = parts.svg(),
    )
}

fn rows(frame: &Buffer) -> impl Iterator<Item = &[Cell]> {
    let width = usize::from(frame.area.width).max(1);
    frame.content.chunks(width)
}

/// How letters look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ink {
    color: Rgb,
    is_bold: bool,
    is_italic: bool,
    is_underlined: bool,
}

/// What the document is made of, alike to alike.
#[derive(Debug, Default)]
struct Parts {
    /// Outlines of grounds, by colour.
    grounds: BTreeMap<Rgb, String>,
    /// Outlines of shapes, by colour and kind.
    shapes: BTreeMap<(Rgb, Kind), String>,
    /// Elements of text, by look.
    texts: BTreeMap<Ink, String>,
}

impl Parts {
    fn take_row(&mut self, row: &[Cell], y: u16, paper: Paper) {
        let grounds: Vec<Rgb> = row.iter().map(|cell| colors(cell, paper).1).collect();
        let mut start = 0;
        for run in grounds.chunk_by(|one, next| one == next) {
            if run[0] != paper.ground {
                let (x, width) = (start as u16 * CELL.0, run.len() as u16 * CELL.0);
                let outline = self.grounds.entry(run[0]).or_default();
                add(
                    outline,
                    format_args!("M{x} {y}h{width}v{}h-{width}z", CELL.1),
                );
            }
            start += run.len();
        }
        let mut run = Run::default();
        for (column, cell) in row.iter().enumerate() {
            self.take_cell(cell, (column as u16 * CELL.0, y), paper, &mut run);
        }
        self.end(&mut run);
    }

    fn take_cell(&mut self, cell: &Cell, (x, y): (u16, u16), paper: Paper, run: &mut Run) {
        let symbol = cell.symbol();
        let ink = ink(cell, paper);
        if symbol.trim().is_empty() {
            // An underlined blank shows, and a blank between words keeps them one run.
            if ink.is_underlined || !run.text.is_empty() {
                run.n_blanks += 1;
            }
            return;
        }
        let mut characters = symbol.chars();
        let shape = match (characters.next(), characters.next()) {
            (Some(character), None) => Shape::of(character),
            _ => None,
        };
        if let Some(shape) = shape {
            self.end(run);
            let outline = self.shapes.entry((ink.color, shape.kind())).or_default();
            shape.draw((x, y), outline);
            return;
        }
        // Only ASCII has the same width in every font: everything else is put where its cell is.
        // Several blanks side by side count as one in XML.
        let is_near = run.n_blanks <= 1;
        let joins = run.ink == Some(ink) && run.is_ascii && symbol.is_ascii() && is_near;
        if !joins {
            self.end(run);
            *run = Run {
                ink: Some(ink),
                place: (x, y),
                is_ascii: symbol.is_ascii(),
                ..Run::default()
            };
        }
        run.text.extend(std::iter::repeat_n(' ', run.n_blanks));
        run.n_blanks = 0;
        run.text.push_str(symbol);
    }

    /// Writes a run of letters out.
    fn end(&mut self, run: &mut Run) {
        let Run {
            ink: Some(ink),
            place: (x, y),
            text,
            is_ascii,
            ..
        } = std::mem::take(run)
        else {
            return;
        };
        let texts = self.texts.entry(ink).or_default();
        let y = y + BASELINE;
        let length = if is_ascii && text.len() > 1 {
            format!(" textLength=\"{}\"", text.len() * usize::from(CELL.0))
        } else {
            String::new()
        };
        add(
            texts,
            format_args!(
                "<text x=\"{x}\" y=\"{y}\"{length}>{}</text>\n",
                escaped(&text)
            ),
        );
    }

    fn svg(&self) -> String {
        let mut svg = String::new();
        for (color, outline) in &self.grounds {
            add(
                &mut svg,
                format_args!("<path class=\"g\" fill=\"{color}\" d=\"{outline}\"/>\n"),
            );
        }
        for ((color, kind), outline) in &self.shapes {
            let (class, paint) = kind.style();
            add(
                &mut svg,
                format_args!(
                    "<path class=\"{class}\" {paint}=\"{color}\"{} d=\"{outline}\"/>\n",
                    kind.opacity()
                ),
            );
        }
        for (ink, texts) in &self.texts {
            add(
                &mut svg,
                format_args!(
                    "<g fill=\"{}\"{}>\n{texts}</g>\n",
                    ink.color,
                    ink.attributes()
                ),
            );
        }
        svg
    }
}

/// Letters of one look that stand side by side.
#[derive(Debug, Default)]
struct Run {
    ink: Option<Ink>,
    place: (u16, u16),
    text: String,
    is_ascii: bool,
    /// Blanks behind the text that belong to it only if more follows.
    n_blanks: usize,
}

impl Ink {
    fn attributes(self) -> String {
        let mut attributes = String::new();
        for (is_set, attribute) in [
            (self.is_bold, " font-weight=\"bold\""),
            (self.is_italic, " font-style=\"italic\""),
            (self.is_underlined, " text-decoration=\"underline\""),
        ] {
            if is_set {
                attributes.push_str(attribute);
            }
        }
        attributes
    }
}

fn ink(cell: &Cell, paper: Paper) -> Ink {
    Ink {
        color: colors(cell, paper).0,
        is_bold: cell.modifier.contains(Modifier::BOLD),
        is_italic: cell.modifier.contains(Modifier::ITALIC),
        is_underlined: cell.modifier.contains(Modifier::UNDERLINED),
    }
}

/// The colours of a cell's sign and of its ground.
fn colors(cell: &Cell, paper: Paper) -> (Rgb, Rgb) {
    let or = |color: Color, default: Rgb| Rgb::of(color).unwrap_or(default);
    let (mut ink, mut ground) = (or(cell.fg, paper.ink), or(cell.bg, paper.ground));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    if cell.modifier.contains(Modifier::DIM) {
        ink = ink.halfway_to(ground);
    }
    (ink, ground)
}

fn add(text: &mut String, more: std::fmt::Arguments) {
    // Memory cannot fail.
    let _ = text.write_fmt(more);
}

/// Text as it may stand in XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
