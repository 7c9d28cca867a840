//! The time bar: all steps of the selected run in a row, where its checkpoints and changes are, and where one looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::super::parts::clear;
use crate::lab::{LabSnapshot, PastSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Role;

/// The columns of a bar in `area`, from 0 to the last step: what stands before and behind them is as wide as that is long.
fn track(area: Rect, last: u64) -> Rect {
    let width = format::count(last).chars().count() as u16;
    let (before, behind) = (width + 5, width + 11);
    Rect {
        x: area.x + before.min(area.width),
        width: area.width.saturating_sub(before + behind),
        ..area
    }
}

/// The column of a step, counted from the bar's first.
fn column_of(step: u64, last: u64, width: u16) -> u16 {
    let share = step.min(last) as f64 / last.max(1) as f64;
    (share * f64::from(width.saturating_sub(1))).round() as u16
}

/// The step at a cell of the bar in `area`, where there is one.
pub(in crate::tui) fn step_at(area: Rect, lab: &LabSnapshot, cell: (u16, u16)) -> Option<u64> {
    lab.past.as_ref()?;
    let last = lab.last_step();
    let track = track(area, last);
    let is_inside = track.contains(Position::new(cell.0, cell.1));
    let share = f64::from(cell.0.saturating_sub(track.x)) / f64::from(track.width.max(2) - 1);
    is_inside.then(|| (share * last as f64).round() as u64)
}

/// Draws it where somebody looks back; `lab` is the lab as it is now.
pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let Some(past) = lab.past.as_ref().filter(|_| !area.is_empty()) else {
        return;
    };
    clear(app, area, buf);
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let last = lab.last_step();
    let sign = if past.is_playing {
        glyphs.pick("▶", ">")
    } else {
        glyphs.pick("◀", "<")
    };
    let step = format!(" {sign} {} ", format::count(past.step));
    let step = Line::styled(step, theme.style(Role::Warn));
    buf.set_line(area.x, area.y, &step, area.width);
    let track = track(area, last);
    for (column, (glyph, role)) in cells(app, lab, past, track.width).into_iter().enumerate() {
        let cell = Span::styled(glyph, theme.style(role));
        buf.set_span(track.x + column as u16, area.y, &cell, 1);
    }
    let end = Line::from(vec![
        Span::styled(
            format!(" {} ", format::count(last)),
            theme.style(Role::Text),
        ),
        Span::styled("End", theme.style(Role::Accent)),
        Span::styled(" live", theme.style(Role::Dim)),
    ]);
    let room = area.right().saturating_sub(track.right());
    buf.set_line(track.right(), area.y, &end, room);
}

/// The glyphs of the bar with their roles, column by column.
fn cells(
    app: &App,
    lab: &LabSnapshot,
    past: &PastSnapshot,
    width: u16,
) -> Vec<(&'static str, Role)> {
    let glyphs = app.theme.glyphs();
    let (last, here) = (lab.last_step(), past.step);
    let at = column_of(here, last, width);
    let is_past = |column: u16| column <= at;
    let line = |column: u16| {
        if is_past(column) {
            (glyphs.pick("━", "="), Role::Text)
        } else {
            (glyphs.pick("─", "-"), Role::Dim)
        }
    };
    let mut cells: Vec<(&'static str, Role)> = (0..width).map(line).collect();
    let group = app.selected(lab);
    let run = group.and_then(|group| group.shown_run());
    let mut put = |step: u64, glyph: &dyn Fn(bool) -> &'static str, role: Role| {
        let column = column_of(step, last, width);
        if let Some(cell) = cells.get_mut(usize::from(column)) {
            *cell = (glyph(is_past(column)), role);
        }
    };
    if let Some(run) = run {
        for &step in &*run.checkpoints {
            let glyph = |is_past| glyphs.pick(if is_past { "┻" } else { "┴" }, "+");
            put(step, &glyph, Role::Dim);
        }
        for change in run.history.changes.iter() {
            put(change.step, &|_| glyphs.pick("▾", "v"), Role::Warn);
        }
    }
    for fork in lab.groups.iter().filter_map(|group| group.origin) {
        if Some(fork.parent) == group.map(|group| group.id) {
            put(fork.step, &|_| glyphs.pick("╎", ":"), Role::Accent);
        }
    }
    put(here, &|_| glyphs.pick("●", "*"), Role::Warn);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_column_in_order_and_the_ends_are_at_the_ends() {
        for (last, width) in [
            (2_400, 90),
            (3, 90),
            (0, 90),
            (1_000_000, 20),
            (7, 1),
            (7, 0),
        ] {
            let columns: Vec<u16> = (0..=last.min(5_000))
                .map(|step| column_of(step, last, width))
                .collect();
            assert!(columns.is_sorted());
            assert_eq!(columns[0], 0);
            let end = width.saturating_sub(1);
            assert_eq!(
                column_of(last, last, width),
                if last == 0 { 0 } else { end }
            );
            assert_eq!(
                column_of(u64::MAX, last, width),
                column_of(last, last, width)
            );
        }
    }

    #[test]
    fn a_bar_of_any_size_stays_within_its_row() {
        for width in 0..130 {
            for last in [0, 9, 2_400, u64::MAX] {
                let area = Rect::new(3, 5, width, 1);
                let track = track(area, last);
                assert!(
                    track.x >= area.x && track.right() <= area.right(),
                    "{width} {last}"
                );
            }
        }
    }
}
