//! Labels that give way to each other: letters at the ends of lines, numbers along an axis, texts at events.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Event, EventMark, Layout};
use crate::tui::theme::Theme;
use crate::tui::widgets::axis::Tick;
use crate::tui::widgets::{put, width_of};

/// Rows, one each, as near as can be to the wished ones (`0.0..=n_rows`, in rows), in the same order from top to
/// bottom. Where there are more wishes than rows, the last ones go without.
pub(super) fn spread(wishes: &[f64], n_rows: u16) -> Vec<u16> {
    let n_shown = wishes.len().min(n_rows.into());
    let mut order: Vec<usize> = (0..n_shown).collect();
    order.sort_by(|&one, &two| wishes[one].total_cmp(&wishes[two]));
    let mut rows = vec![0; n_shown];
    let mut next_free = 0;
    for (rank, &i) in order.iter().enumerate() {
        // The ones below still need a row each.
        let lowest = n_rows - (n_shown - rank) as u16;
        rows[i] = (wishes[i].max(0.0) as u16).clamp(next_free, lowest);
        next_free = rows[i] + 1;
    }
    rows
}

/// The numbers of the x axis that fit between the left of `area` and `end`, each with its first column.
pub(super) fn along(layout: &Layout, area: Rect, end: i32) -> Vec<(i32, String)> {
    let plot = layout.plot;
    let place = |tick: Tick| {
        let center =
            f64::from(plot.left()) + tick.position * f64::from(plot.width.saturating_sub(1));
        let width = i32::from(width_of(&tick.label));
        let x = (center.round() as i32 - (width - 1) / 2).max(i32::from(area.left()));
        (x + width <= end).then_some((x, tick.label))
    };
    let ticks = layout.x.ticks_along(plot.width);
    ticks.into_iter().filter_map(place).collect()
}

/// The ends of the x axis at the ends of its row, or none where they would touch.
pub(super) fn at_ends(layout: &Layout, area: Rect) -> Vec<(i32, String)> {
    let [start, end] = layout.x.ends();
    let left = i32::from(layout.plot.left());
    let right = i32::from(area.right()) - i32::from(width_of(&end.label));
    if left + i32::from(width_of(&start.label)) < right {
        vec![(left, start.label), (right, end.label)]
    } else {
        Vec::new()
    }
}

/// Rows at the top of a plot that labels of events may take.
const N_LABEL_ROWS: u16 = 3;

/// Draws a marker at the top of each event's column and its label beside it: to the right, or where there is no room to
/// the left, or a row further down. What fits nowhere is left out.
pub(super) fn draw_events(marks: &[(u16, &Event)], plot: Rect, theme: &Theme, buf: &mut Buffer) {
    let mut order: Vec<&(u16, &Event)> = marks.iter().collect();
    order.sort_by_key(|(column, _)| *column);
    let n_rows = N_LABEL_ROWS.min(plot.height / 2).max(1);
    let mut taken: Vec<(u16, i32, i32)> = Vec::new();
    for (column, event) in &order {
        if event.mark == EventMark::Branch {
            draw_branch(*column, event, plot, theme, buf);
        } else {
            let marker = theme.glyphs().pick("▾", "v");
            put(buf, plot, (*column).into(), plot.top(), marker, event.style);
        }
        taken.push((0, (*column).into(), i32::from(*column) + 1));
    }
    for (column, event) in order {
        let (column, width) = (i32::from(*column), i32::from(width_of(event.label)));
        let is_free = |row: u16, start: i32| {
            let is_inside = start >= plot.left().into() && start + width <= plot.right().into();
            let touches = |&(other, from, to): &(u16, i32, i32)| {
                other == row && from < start + width + 1 && start - 1 < to
            };
            // The event's own marker stands right beside its label.
            let others = taken.iter().filter(|(_, from, _)| *from != column);
            is_inside && !others.into_iter().any(touches)
        };
        let places = (0..n_rows).flat_map(|row| [(row, column + 2), (row, column - 1 - width)]);
        if let Some((row, start)) = places.into_iter().find(|&(row, start)| is_free(row, start)) {
            put(buf, plot, start, plot.top() + row, event.label, event.style);
            taken.push((row, start, start + width));
        }
    }
}

/// A broken line down the plot, where nothing else is drawn.
fn draw_branch(column: u16, event: &Event, plot: Rect, theme: &Theme, buf: &mut Buffer) {
    let line = theme.glyphs().pick("╎", ":");
    for y in plot.top()..plot.bottom() {
        if buf[(column, y)].symbol().chars().all(is_blank) {
            put(buf, plot, column.into(), y, line, event.style);
        }
    }
}

/// Whether a character leaves its cell empty: a space, or a pattern of dots without any.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\u{2800}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_move_only_as_far_as_they_must() {
        let cases: [(&[f64], u16, &[u16]); 6] = [
            (&[1.2, 5.9], 8, &[1, 5]),
            (&[5.9, 1.2], 8, &[5, 1]),
            (&[3.1, 3.2, 3.3], 8, &[3, 4, 5]),
            (&[7.9, 7.95], 8, &[6, 7]),
            (&[0.0, 0.5, 8.0], 8, &[0, 1, 7]),
            (&[1.0, 2.0, 0.0], 2, &[0, 1]),
        ];
        for (wishes, n_rows, expected) in cases {
            assert_eq!(spread(wishes, n_rows), expected, "{wishes:?}");
        }
    }

    proptest! {
        #[test]
        fn labels_never_share_a_row(wishes in prop::collection::vec(-1.0..30.0_f64, 0..12), n_rows in 0_u16..25) {
            let mut rows = spread(&wishes, n_rows);
            prop_assert_eq!(rows.len(), wishes.len().min(n_rows.into()));
            prop_assert!(rows.iter().all(|&row| row < n_rows));
            rows.sort_unstable();
            rows.dedup();
            prop_assert_eq!(rows.len(), wishes.len().min(n_rows.into()));
        }
    }
}
