//! The row of screens, and the rates in short below it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::parts::looks;
use crate::lab::curves::Quantity;
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Screen;
use crate::tui::theme::Role;
use crate::tui::widgets::width_of;

/// The names of all screens behind their digits, the present one bright.
pub(super) fn draw_names(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    for (screen, columns) in Screen::places(app.screen, area.width) {
        let is_present = screen == app.screen;
        let role = if is_present { Role::Title } else { Role::Dim };
        let name = match columns.len() {
            1 => String::new(),
            _ => format!(" {}", screen.name()),
        };
        let line = Line::from(vec![
            Span::styled(screen.digit().to_string(), app.theme.style(Role::Accent)),
            Span::styled(name, app.theme.style(role)),
        ]);
        let room = area.width.saturating_sub(columns.start);
        buf.set_line(area.x + columns.start, area.y, &line, room);
    }
}

/// How much a chip of the strip says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chips {
    /// Letter, rate, test loss and accuracy, with their names.
    Full,
    /// Without the accuracy.
    Loss,
    /// Letter, rate and test loss.
    Bare,
}

/// Columns of a chip, for rates of so many columns.
#[derive(Debug, Clone, Copy)]
struct Widths {
    rate: u16,
}

impl Widths {
    fn of(lab: &LabSnapshot) -> Self {
        let rates = lab.groups.iter();
        let widths = rates.map(|group| width_of(&format::rate(group.rate.value())));
        Self {
            rate: widths.max().unwrap_or(0),
        }
    }

    fn of_chip(self, chips: Chips) -> u16 {
        self.rate
            + match chips {
                Chips::Full => 24,
                Chips::Loss => 15,
                Chips::Bare => 10,
            }
    }
}

/// Columns before the first chip.
const INDENT: u16 = 1;

/// How the chips of `n_groups` rates stand in a strip of `width` columns, and how many are in view.
fn chips(n_groups: usize, widths: Widths, width: u16) -> (Chips, usize) {
    let n_fitting =
        |chips: Chips| usize::from(width.saturating_sub(INDENT) / widths.of_chip(chips));
    let fitting = [Chips::Full, Chips::Loss]
        .into_iter()
        .find(|&chips| n_fitting(chips) >= n_groups);
    let chips = fitting.unwrap_or(Chips::Bare);
    (chips, n_fitting(chips).max(1))
}

/// The first group in view: the selection always is.
fn first_in_view(selected: usize, n_in_view: usize) -> usize {
    (selected + 1).saturating_sub(n_in_view)
}

/// The row of the group whose chip is at a column of the strip.
pub(in crate::tui) fn row_at(
    app: &App,
    lab: &LabSnapshot,
    column: u16,
    area: Rect,
) -> Option<usize> {
    let (n_groups, widths) = (lab.groups.len(), Widths::of(lab));
    row_of((n_groups, app.selected_row(lab)), widths, column, area)
}

fn row_of(
    (n_groups, selected): (usize, usize),
    widths: Widths,
    column: u16,
    area: Rect,
) -> Option<usize> {
    let (chips, n_in_view) = chips(n_groups, widths, area.width);
    let nth = column.checked_sub(area.x + INDENT)? / widths.of_chip(chips);
    let row = first_in_view(selected, n_in_view) + usize::from(nth);
    (usize::from(nth) < n_in_view && row < n_groups).then_some(row)
}

/// A chip for each rate, those around the selected one where not all fit; of the past they say the step.
pub(super) fn draw_rates(
    app: &App,
    lab: &LabSnapshot,
    is_past: bool,
    area: Rect,
    buf: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let selected = app.selected_row(lab);
    let widths = Widths::of(lab);
    let (chips, n_in_view) = chips(lab.groups.len(), widths, area.width);
    let width = widths.of_chip(chips);
    let first = first_in_view(selected, n_in_view);
    let looks = looks(app, lab);
    let in_view = lab
        .groups
        .iter()
        .zip(&looks)
        .enumerate()
        .skip(first)
        .take(n_in_view);
    for ((row, (group, look)), x) in in_view.zip((area.x + INDENT..).step_by(width.into())) {
        let is_selected = row == selected;
        let marker = if is_selected {
            app.theme.glyphs().pick("›", ">")
        } else {
            " "
        };
        let bar = app.theme.glyphs().pick("▌", "|");
        let mut spans = vec![
            Span::styled(marker, app.theme.style(Role::Accent)),
            Span::styled(format!("{bar}{} ", group.letter), look.style),
            Span::styled(
                format::rate(group.rate.value()),
                app.theme.style(if group.held.is_some() {
                    Role::Warn
                } else {
                    Role::Text
                }),
            ),
        ];
        let step = group.shown_run().map_or(0, |run| run.step);
        if is_past && chips == Chips::Full {
            let words = format!(" at {}", format::count(step));
            spans.push(Span::styled(words, app.theme.style(Role::Warn)));
            spans.extend(values(app, group, Chips::Loss, is_selected));
        } else {
            let first = spans.len();
            spans.extend(values(app, group, chips, is_selected));
            let numbers = spans[first..].iter_mut().filter(|_| is_past);
            numbers.for_each(|span| span.style = app.theme.style(Role::Warn));
        }
        let line = Line::from(spans);
        let room = area.right().saturating_sub(x).min(width);
        buf.set_line(x, area.y, &line, room);
        if is_selected {
            let chip = Rect {
                x,
                width: room.min(line.width() as u16),
                ..area
            };
            buf.set_style(chip, app.theme.style(Role::Selection));
        }
    }
}

/// What a chip says behind the rate.
fn values(app: &App, group: &GroupSnapshot, chips: Chips, is_selected: bool) -> Vec<Span<'static>> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let (dim, number) = (
        theme.style(Role::Dim),
        theme.style(if is_selected {
            Role::Bright
        } else {
            Role::Text
        }),
    );
    if group.sound_runs().is_empty() {
        let word = format::fallen_out(group.n_failed(), group.n_diverged());
        return vec![Span::styled(
            format!(" {}", word.unwrap_or_default()),
            theme.style(Role::Bad),
        )];
    }
    let now = |quantity: Quantity| {
        let known = group.over_seeds(|_, evaluation| quantity.of(evaluation));
        known.map(|known| known.mean)
    };
    let text = |value: Option<f64>, format: fn(f64, crate::tui::theme::Glyphs) -> String| {
        value.map_or_else(
            || format::missing(glyphs).to_owned(),
            |value| format(value, glyphs),
        )
    };
    let loss = text(now(Quantity::TestLoss), format::loss);
    let mut spans = match chips {
        Chips::Bare => vec![Span::styled(format!(" {loss}"), number)],
        Chips::Full | Chips::Loss => vec![Span::styled(" loss ", dim), Span::styled(loss, number)],
    };
    if chips == Chips::Full {
        let (name, value) = if app.facts.is_classification {
            (" acc ", text(now(Quantity::TestAccuracy), format::percent))
        } else {
            (
                glyphs.pick(" R² ", " R^2 "),
                text(now(Quantity::TestR2), format::r2),
            )
        };
        spans.push(Span::styled(name, dim));
        spans.push(Span::styled(value, number));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_is_in_view_and_a_click_finds_the_chip_that_is_drawn() {
        for n_groups in [1, 4, 5, 8, 26] {
            for (width, rate) in [(60, 4), (80, 4), (120, 5), (200, 4)] {
                let widths = Widths { rate };
                let (chips, n_in_view) = chips(n_groups, widths, width);
                let of_chip = widths.of_chip(chips);
                for selected in 0..n_groups {
                    let first = first_in_view(selected, n_in_view);
                    assert!((first..first + n_in_view).contains(&selected));
                    let nth = (selected - first) as u16;
                    let area = Rect::new(0, 2, width, 1);
                    for within in [0, of_chip - 1] {
                        let column = INDENT + nth * of_chip + within;
                        let found = row_of((n_groups, selected), widths, column, area);
                        assert_eq!(found, Some(selected));
                    }
                }
            }
        }
    }
}
