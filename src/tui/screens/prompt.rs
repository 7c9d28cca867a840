//! The line in which verbs are typed, over the screen, which goes on below it: what matches, the keys that say the same, and
//! what would come of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::parts::clear;
use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::prompt::{Listed, Prompt};
use crate::tui::theme::Role;
use crate::tui::widgets::{pane, put, width_of};

/// The widest and the highest that it becomes.
const MOST: (u16, u16) = (88, 16);

/// Columns for a verb and its argument.
const NAME: u16 = 18;

/// Rows below the list: what would come of it, and the keys.
const BELOW: u16 = 2;

/// Draws the line over the screen `area`. `lab` is the lab as it is now.
pub(super) fn draw(app: &App, lab: &LabSnapshot, prompt: &Prompt, area: Rect, buf: &mut Buffer) {
    dim(area, buf);
    let over = Rect {
        x: area.x + area.width.saturating_sub(MOST.0) / 2,
        width: area.width.min(MOST.0),
        height: area.height.min(MOST.1),
        ..area
    };
    clear(app, over, buf);
    let inner = pane::Pane::new(&app.theme, "Commands")
        .focused(true)
        .draw(over, buf);
    if inner.height <= BELOW {
        return;
    }
    draw_line(app, prompt, inner, buf);
    let list = Rect {
        y: inner.y + 1,
        height: inner.height - 1 - BELOW,
        ..inner
    };
    draw_list(app, prompt, list, buf);
    draw_effect(app, lab, prompt, inner, buf);
}

/// The screen below steps back.
fn dim(area: Rect, buf: &mut Buffer) {
    for position in area.intersection(buf.area).positions() {
        let cell = &mut buf[position];
        cell.modifier.remove(Modifier::BOLD);
        cell.modifier.insert(Modifier::DIM);
    }
}

/// What is typed, its cursor always in view, and how many verbs match.
fn draw_line(app: &App, prompt: &Prompt, inner: Rect, buf: &mut Buffer) {
    let (accent, dim) = (app.theme.style(Role::Accent), app.theme.style(Role::Dim));
    let count = format!(
        "{} of {}",
        prompt.found().len(),
        crate::tui::prompt::all().len()
    );
    let right = i32::from(inner.right()) - i32::from(width_of(&count));
    put(buf, inner, right, inner.y, &count, dim);
    let field = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(3 + width_of(&count)),
        height: 1,
        ..inner
    };
    put(buf, inner, i32::from(inner.x), inner.y, ":", accent);
    let before: String = prompt.text().chars().take(prompt.cursor()).collect();
    let after: String = prompt.text().chars().skip(prompt.cursor()).collect();
    let cursor = app.theme.glyphs().pick("▏", "_");
    let hidden = (width_of(&before) + 1).saturating_sub(field.width);
    let text = format!("{before}{cursor}{after}");
    let x = i32::from(field.x) - i32::from(hidden);
    put(buf, field, x, field.y, &text, app.theme.style(Role::Bright));
}

fn draw_list(app: &App, prompt: &Prompt, list: Rect, buf: &mut Buffer) {
    let height = usize::from(list.height);
    let top = (prompt.chosen() + 1).saturating_sub(height);
    let rows = prompt.found().iter().enumerate().skip(top);
    for ((idx, listed), y) in rows.zip(list.top()..list.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..list
        };
        draw_verb(app, listed, idx == prompt.chosen(), row, buf);
    }
    if prompt.found().is_empty() && !list.is_empty() {
        let words = "nothing is called so";
        let dim = app.theme.style(Role::Dim);
        put(buf, list, i32::from(list.x) + 2, list.y, words, dim);
    }
}

/// A verb, what it does, and its keys; where there is no room for both, the keys stay.
fn draw_verb(app: &App, listed: &Listed, is_chosen: bool, row: Rect, buf: &mut Buffer) {
    let style = |role| app.theme.style(role);
    let name = format!("{} {}", listed.name, listed.argument);
    let left = i32::from(row.x);
    if is_chosen {
        let mark = app.theme.glyphs().pick("›", ">");
        put(buf, row, left, row.y, mark, style(Role::Accent));
    }
    let bright = if is_chosen { Role::Bright } else { Role::Text };
    put(buf, row, left + 2, row.y, name.trim_end(), style(bright));
    let keys = app.keymap.keys_of(listed.action).join(" ");
    let keys_at = i32::from(row.right()) - i32::from(width_of(&keys));
    let help = Rect {
        x: row.x + 2 + NAME.max(width_of(&name) + 1),
        ..row
    };
    let help = Rect {
        width: (keys_at - 1 - i32::from(help.x)).clamp(0, i32::from(u16::MAX)) as u16,
        ..help
    };
    put(
        buf,
        help,
        i32::from(help.x),
        row.y,
        listed.help,
        style(Role::Dim),
    );
    put(buf, row, keys_at, row.y, &keys, style(Role::Accent));
    if is_chosen {
        buf.set_style(row, app.theme.style(Role::Selection));
    }
}

/// What would come of it, or what is wrong and what would be right; below it the keys.
fn draw_effect(app: &App, lab: &LabSnapshot, prompt: &Prompt, inner: Rect, buf: &mut Buffer) {
    let (left, y) = (i32::from(inner.x), inner.bottom() - BELOW);
    let chosen = prompt.found().get(prompt.chosen());
    let (words, role) = match (prompt.error(), app.effect(prompt, lab)) {
        (Some(error), _) => (error.to_owned(), Role::Bad),
        (None, Ok(effect)) => (effect, Role::Good),
        (None, Err(_)) if prompt.text().is_empty() => (
            "type letters of a name or of what it does".to_owned(),
            Role::Dim,
        ),
        (None, Err(error)) => {
            let awaited = chosen.filter(|listed| !listed.argument.is_empty());
            let words = awaited.map(|listed| format!("{}: {}", listed.argument, listed.accepted));
            (words.unwrap_or(error), Role::Warn)
        }
    };
    put(buf, inner, left, y, &words, app.theme.style(role));
    let arrows = app.theme.glyphs().pick("↑ ↓", "Up Down");
    let keys = format!("Enter do it  Tab complete  {arrows} choose  Esc leave");
    put(buf, inner, left, y + 1, &keys, app.theme.style(Role::Dim));
}
