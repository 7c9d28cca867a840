//! What stands at the ends of lines: labels, and arrows where an end is out of the picture.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{Chart, Emphasis, FAINT, Layout, Series, labels, raster};
use crate::tui::widgets::axis::Axis;
use crate::tui::widgets::put;

/// What stands at the end of a line.
pub(super) struct End {
    /// How far down the end is, `0..=1`.
    share: f64,
    pub(super) text: String,
    style: Style,
}

impl Chart<'_> {
    /// What stands at the end of each line: its label, with an arrow where the end is beyond the plot. An accompanying line may
    /// have no label, and the arrow alone. The last leading line is the most important one and comes first: the last labels go
    /// without where there are too few rows.
    pub(super) fn ends(&self, x: &Axis, y: &Axis) -> Vec<End> {
        let glyphs = self.theme.glyphs();
        let end = |series: &Series| {
            let label = match series.emphasis {
                Emphasis::Strong if series.label.is_empty() => return None,
                _ => series.label,
            };
            let (_, value) = *raster::last_in(series.points, x)?;
            // What has no place on a logarithmic axis is below it.
            let position = y.position(value).unwrap_or(-1.0);
            let arrow = match position {
                below if below < -1e-9 => glyphs.pick("↓", "v"),
                above if above > 1.0 + 1e-9 => glyphs.pick("↑", "^"),
                _ => "",
            };
            let text = format!("{arrow}{label}");
            (!text.is_empty()).then(|| End {
                share: 1.0 - position.clamp(0.0, 1.0),
                text,
                style: match series.emphasis {
                    Emphasis::Strong => series.style.add_modifier(Modifier::BOLD),
                    Emphasis::Faint => self.theme.faded(series.style, FAINT),
                },
            })
        };
        let (strong, faint): (Vec<&Series>, Vec<&Series>) = self
            .series
            .iter()
            .partition(|series| series.emphasis == Emphasis::Strong);
        let mut ends: Vec<End> = strong.into_iter().rev().filter_map(end).collect();
        for bare in faint.into_iter().filter_map(end) {
            // Beside a letter's arrow the same way, one more says nothing.
            if !ends.iter().any(|end| end.text.starts_with(&bare.text)) {
                ends.push(bare);
            }
        }
        ends
    }

    pub(super) fn draw_end_labels(&self, layout: &Layout, area: Rect, buf: &mut Buffer) {
        if layout.label_width == 0 {
            return;
        }
        let ends = self.ends(&layout.x, &layout.y);
        let wishes: Vec<f64> = ends
            .iter()
            .map(|end| end.share * f64::from(layout.plot.height))
            .collect();
        for (end, row) in ends.iter().zip(labels::spread(&wishes, layout.plot.height)) {
            let x = i32::from(layout.plot.right()) + 1;
            put(buf, area, x, layout.plot.top() + row, &end.text, end.style);
        }
    }
}
