//! What the thinned network says, and the full one below.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::probe::FlowReading;
use crate::probe::flow::Answer;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Role;
use crate::tui::widgets::{put, width_of};

/// Rows below the classes: a free one and what the full network says.
const ROWS_BELOW: u16 = 2;

/// Columns of a percentage.
const PERCENT: u16 = 7;

/// Classes are named in so many columns at most.
const MOST_OF_NAME: usize = 8;

/// The outputs that are shown, and the row of each.
pub(super) struct Shown {
    /// From the top of the screen.
    first_row: u16,
    /// Which outputs, in their order.
    outputs: Vec<usize>,
}

impl Shown {
    /// As many outputs as fit into `area`: of many classes those that the thinned network finds likeliest, and the right one.
    pub(super) fn new(reading: &FlowReading, area: Rect) -> Self {
        let said = &reading.flow.thinned.outputs;
        let room = usize::from(area.height.saturating_sub(ROWS_BELOW)).max(1);
        let mut outputs: Vec<usize> = (0..said.len()).collect();
        if outputs.len() > room {
            let right = match reading.flow.answer {
                Answer::Class(class) => Some(class),
                Answer::Values(_) => None,
            };
            outputs.sort_by(|&a, &b| {
                let is_right = |output| Some(output) == right;
                is_right(b)
                    .cmp(&is_right(a))
                    .then(said[b].total_cmp(&said[a]))
            });
            outputs.truncate(room);
            outputs.sort_unstable();
        }
        let n_rows = outputs.len() as u16 + ROWS_BELOW;
        let first_row = area.y + area.height.saturating_sub(n_rows) / 2;
        Self { first_row, outputs }
    }

    /// The row of cells of an output, if it is shown, from the top of the screen.
    pub(super) fn y(&self, output: usize) -> Option<f64> {
        let place = self.outputs.binary_search(&output).ok()?;
        Some(f64::from(self.first_row) + place as f64 + 0.5)
    }

    /// Draws the outputs with their bars; `hue` is the colour of the rate.
    pub(super) fn draw(
        &self,
        app: &App,
        reading: &FlowReading,
        hue: Style,
        area: Rect,
        buf: &mut Buffer,
    ) {
        let names: Vec<String> = self
            .outputs
            .iter()
            .map(|&output| name(reading, output))
            .collect();
        let widest = names.iter().map(|name| width_of(name)).max().unwrap_or(0);
        let bars = area.x + widest + 1..area.right().saturating_sub(PERCENT);
        let rows = self
            .outputs
            .iter()
            .zip(&names)
            .zip(self.first_row..area.bottom());
        for ((&output, name), y) in rows {
            let is_right = reading.flow.answer == Answer::Class(output);
            let role = if is_right { Role::Bright } else { Role::Dim };
            let x = area.x + widest - width_of(name);
            put(buf, area, x.into(), y, name, app.theme.style(role));
            let place = (bars.clone(), y);
            match &reading.flow.answer {
                Answer::Class(_) => draw_share(app, reading, output, place, hue, buf, area),
                Answer::Values(values) => {
                    let is_only = values.len() == 1;
                    draw_value(
                        app,
                        reading,
                        (output, values[output], is_only),
                        place,
                        buf,
                        area,
                    );
                }
            }
        }
        if let Answer::Class(class) = reading.flow.answer {
            let y = self.first_row + self.outputs.len() as u16 + 1;
            let share = percent(app, reading.flow.full.outputs[class]);
            let words = format!("full network {share}");
            if y < area.bottom() {
                put(
                    buf,
                    area,
                    area.x.into(),
                    y,
                    &words,
                    app.theme.style(Role::Dim),
                );
            }
        }
    }
}

/// One value: what both networks say, and what it is.
fn draw_value(
    app: &App,
    reading: &FlowReading,
    (output, value, is_only): (usize, f64, bool),
    (columns, y): (Range<u16>, u16),
    buf: &mut Buffer,
    area: Rect,
) {
    let said = [&reading.flow.thinned, &reading.flow.full];
    let [thinned, full] = said.map(|said| number(said.outputs[output]));
    if !is_only {
        let words = format!("{thinned} for {}", number(value));
        put(
            buf,
            area,
            columns.start.into(),
            y,
            &words,
            app.theme.style(Role::Text),
        );
        return;
    }
    let words = format!("{thinned}, full {full}");
    put(
        buf,
        area,
        columns.start.into(),
        y,
        &words,
        app.theme.style(Role::Text),
    );
    let words = format!("to be {}", number(value));
    put(
        buf,
        area,
        columns.start.into(),
        y + 1,
        &words,
        app.theme.style(Role::Dim),
    );
}

/// One class: its bar and its share.
fn draw_share(
    app: &App,
    reading: &FlowReading,
    output: usize,
    (bars, y): (Range<u16>, u16),
    hue: Style,
    buf: &mut Buffer,
    area: Rect,
) {
    let share = reading.flow.thinned.outputs[output];
    let glyphs = app.theme.glyphs();
    let axis = glyphs.pick("▏", "|");
    put(
        buf,
        area,
        bars.start.into(),
        y,
        axis,
        app.theme.style(Role::Border),
    );
    if !share.is_finite() {
        return;
    }
    let eighths = (share * f64::from(bars.len() as u16) * 8.0).round() as usize;
    for (idx, x) in bars.enumerate().take(eighths.div_ceil(8)) {
        let eighth = (eighths - 8 * idx).min(8);
        let bar = if glyphs.is_ascii() {
            '#'
        } else {
            ['█', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'][eighth]
        };
        put(buf, area, x.into(), y, &bar.to_string(), hue);
    }
    if share >= 0.005 {
        let words = percent(app, share);
        let x = area.right().saturating_sub(1 + width_of(&words));
        let is_right = reading.flow.answer == Answer::Class(output);
        let role = if is_right { Role::Bright } else { Role::Dim };
        put(buf, area, x.into(), y, &words, app.theme.style(role));
    }
}

/// A class or a value by its name, or else its number.
fn name(reading: &FlowReading, output: usize) -> String {
    let names = &reading.shown.class_names;
    let name = names
        .get(output)
        .cloned()
        .unwrap_or_else(|| output.to_string());
    name.chars().take(MOST_OF_NAME).collect()
}

/// What the example is, in a word or a number.
pub(super) fn answer_word(reading: &FlowReading) -> String {
    match &reading.flow.answer {
        Answer::Class(class) => name(reading, *class),
        Answer::Values(values) => {
            let words: Vec<String> = values.iter().take(2).map(|&value| number(value)).collect();
            words.join(", ")
        }
    }
}

fn number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    if value.abs() >= 1000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

fn percent(app: &App, share: f64) -> String {
    if share.is_finite() {
        format!("{:.0} %", 100.0 * share)
    } else {
        format::missing(app.theme.glyphs()).to_owned()
    }
}
