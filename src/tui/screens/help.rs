//! `?`: what every glyph and number of the focused pane means, its formula and source, then the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::lab::clear;
use crate::tui::app::App;
use crate::tui::keymap;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// Columns of text beyond which lines are hard to read.
const MAX_WIDTH: u16 = 100;

pub(super) fn draw(app: &App, scroll: u16, area: Rect, buf: &mut Buffer) {
    let width = area
        .width
        .saturating_sub(4)
        .min(MAX_WIDTH)
        .max(area.width.min(40));
    let height = area
        .height
        .saturating_sub(if area.height > 20 { 2 } else { 0 });
    let x = area.x + (area.width - width) / 2;
    let over = Rect {
        x,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    clear(app, over, buf);
    let title = format!("Help: {}", explanation(app.focus).title);
    let frame = pane::Pane::new(&app.theme, &title)
        .rest("up and down scroll, Tab the next pane, Esc closes")
        .focused(true);
    let inner = frame.draw(over, buf).inner(Margin::new(0, 0));
    let text = text(app);
    let paragraph = Paragraph::new(text).wrap(Wrap { trim: false });
    let n_rows = paragraph.line_count(inner.width) as u16;
    paragraph
        .scroll((scroll.min(n_rows.saturating_sub(inner.height)), 0))
        .render(inner, buf);
}

/// The explanation of a pane.
struct Explanation {
    title: &'static str,
    paragraphs: &'static [&'static str],
}

fn explanation(pane: Pane) -> Explanation {
    match pane {
        Pane::Curves => Explanation {
            title: "Curves",
            paragraphs: &["..."],
        },
        Pane::Masks => Explanation {
            title: "Masks",
            paragraphs: &["..."],
        },
        Pane::Ensemble => Explanation {
            title: "Ensemble",
            paragraphs: &["..."],
        },
        Pane::Norms => Explanation {
            title: "Weight norms",
            paragraphs: &["..."],
        },
    }
}

fn text(app: &App) -> Text<'static> {
    let (text_style, dim) = (app.theme.style(Role::Text), app.theme.style(Role::Dim));
    let paragraphs = explanation(app.focus).paragraphs.iter();
    let mut lines: Vec<Line> = paragraphs
        .flat_map(|paragraph| [Line::styled(*paragraph, text_style), Line::default()])
        .collect();
    lines.push(Line::styled("Keys", app.theme.style(Role::Title)));
    lines.extend(
        keymap::table(&app.keymap)
            .lines()
            .map(|row| Line::styled(row.to_owned(), dim)),
    );
    Text::from(lines)
}
