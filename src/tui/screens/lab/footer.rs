//! The bottom row: the keys that matter most, or a word about the last one.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use crate::tui::app::App;
use crate::tui::keymap::BINDINGS;
use crate::tui::screen::Places;
use crate::tui::theme::Role;

pub(super) fn draw(app: &App, places: &Places, buf: &mut Buffer) {
    let area = places.footer;
    if area.is_empty() {
        return;
    }
    let line = match &app.message {
        Some(message) => Line::styled(format!(" {message}"), app.theme.style(Role::Text)),
        None => hints(app, area.width.into()),
    };
    buf.set_line(area.x, area.y, &line, area.width);
}

/// As many keys with their words as fit, in the table's order; help and quit always do, at the end.
fn hints(app: &App, width: usize) -> Line<'static> {
    let hint = |binding: &crate::tui::keymap::Binding| {
        let keys = app.keymap.keys_of(binding.action);
        let key = keys.first().cloned().unwrap_or_default();
        (!binding.hint.is_empty() && !key.is_empty()).then(|| {
            [
                Span::styled(format!(" {key} "), app.theme.style(Role::Accent)),
                Span::styled(format!("{} ", binding.hint), app.theme.style(Role::Dim)),
            ]
        })
    };
    let is_last = |action| {
        matches!(
            action,
            crate::tui::keymap::Action::Help | crate::tui::keymap::Action::Quit
        )
    };
    let (last, first): (Vec<_>, Vec<_>) =
        BINDINGS.iter().partition(|binding| is_last(binding.action));
    let last: Vec<_> = last.into_iter().filter_map(hint).flatten().collect();
    let reserved: usize = last.iter().map(Span::width).sum();
    let mut line = Line::default();
    for spans in first.into_iter().filter_map(hint) {
        let wanted: usize = spans.iter().map(Span::width).sum();
        if line.width() + wanted + reserved > width {
            break;
        }
        line.spans.extend(spans);
    }
    line.spans.extend(last);
    line
}
