//! The question of a screen, its answer in one sentence, and the proof below: the grammar that all screens share.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::draw_line;
use crate::tui::app::App;
use crate::tui::theme::Role;

/// Draws a question with as many clauses of its answer as there is room for, the first one in any case, and the proof below
/// where there is a row for it.
pub(in crate::tui::screens) fn draw(
    app: &App,
    question: &str,
    clauses: impl IntoIterator<Item = String>,
    proof: &Line,
    area: Rect,
    buf: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let mut answer = Line::styled(format!(" {question} "), app.theme.style(Role::Dim));
    for (idx, clause) in clauses.into_iter().enumerate() {
        let separator = if idx == 0 { "" } else { "; " };
        let clause = format!("{separator}{clause}");
        if idx > 0 && answer.width() + clause.chars().count() > area.width.into() {
            break;
        }
        answer.push_span(Span::styled(clause, app.theme.style(Role::Text)));
    }
    draw_line(&whole_words(app, &answer, area.width), area, area.y, buf);
    draw_line(&whole_words(app, proof, area.width), area, area.y + 1, buf);
}

/// As many whole words of `line` as fit into `width` columns: half of a number would be read as another one.
fn whole_words<'a>(app: &App, line: &Line<'a>, width: u16) -> Line<'a> {
    let ellipsis = app.theme.glyphs().pick(" …", " ...");
    let width = usize::from(width);
    if line.width() <= width {
        return line.clone();
    }
    let text: Vec<char> = line.iter().flat_map(|span| span.content.chars()).collect();
    let room = width.saturating_sub(ellipsis.chars().count());
    let ends = (1..=room.min(text.len() - 1)).rev();
    let Some(mut n_left) = ends.into_iter().find(|&at| text[at] == ' ') else {
        return line.clone();
    };
    let mut cut = Line::default().style(line.style);
    for span in &line.spans {
        let content: String = span.content.chars().take(n_left).collect();
        n_left -= content.chars().count();
        cut.push_span(Span::styled(content, span.style));
    }
    cut.push_span(Span::styled(ellipsis, app.theme.style(Role::Dim)));
    cut
}

/// A proof in plain words: as many clauses as fit.
pub(in crate::tui::screens) fn proof(
    app: &App,
    clauses: impl IntoIterator<Item = String>,
    width: u16,
) -> Line<'static> {
    let dot = super::dot(app);
    let mut line = Line::default();
    for clause in clauses {
        let is_first = line.spans.is_empty();
        let separator = if is_first {
            Span::raw(" ")
        } else {
            dot.clone()
        };
        let wanted = separator.width() + clause.chars().count();
        if !is_first && line.width() + wanted > width.into() {
            break;
        }
        line.push_span(separator);
        line.push_span(Span::styled(clause, app.theme.style(Role::Dim)));
    }
    line
}
