//! The line in which verbs are typed, over the screen, which goes on below it: what matches, the keys that say the same, and
//! what would come of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::parts::clear;
use crate::lab::LabSnapshot;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::prompt::{Listed, Prompt};
use crate::tui::theme::Role;
use crate::tui::widgets::{pane, put, width_of};

/// The widest and the highest that it becomes.
const MOST: (u16, u16) = (88, 16);

/// Columns for a verb and its argument.
const NAME: u16 = 18;

/// Rows below the list: what would come of it, and the keys; where there is room, before them what the argument may be, and between
/// them what a live change leaves as it is.
const BELOW: u16 = 2;
const BELOW_WITH_NOTES: u16 = 5;

/// Rows of the list above the notes, at least.
const LEAST_LIST: u16 = 5;

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
    let has_notes = inner.height > LEAST_LIST + BELOW_WITH_NOTES;
    let n_below = if has_notes { BELOW_WITH_NOTES } else { BELOW };
    let list = Rect {
        y: inner.y + 1,
        height: inner.height - 1 - n_below,
        ..inner
    };
    draw_list(app, prompt, list, buf);
    if has_notes {
        draw_notes(app, lab, prompt, inner, buf);
    }
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

/// What the argument may be and is now, and what a live change leaves as it is.
fn draw_notes(app: &App, lab: &LabSnapshot, prompt: &Prompt, inner: Rect, buf: &mut Buffer) {
    let dim = app.theme.style(Role::Dim);
    let Some(chosen) = prompt.found().get(prompt.chosen()) else {
        return;
    };
    let (left, first) = (i32::from(inner.x), inner.bottom() - BELOW_WITH_NOTES);
    let rule = app.theme.glyphs().pick("─", "-").repeat(inner.width.into());
    put(
        buf,
        inner,
        left,
        first,
        &rule,
        app.theme.style(Role::Border),
    );
    let dot = app.theme.glyphs().pick(" · ", " - ");
    let argument =
        (!chosen.argument.is_empty()).then(|| format!("{}  {}", chosen.argument, chosen.accepted));
    let now = app.now(chosen, lab).map(|now| format!("now {now}"));
    let undo = app.keymap.keys_of(Action::Undo).into_iter().next();
    let is_live = chosen.action.is_live_change();
    let undo = undo
        .filter(|_| is_live)
        .map(|key| format!("undo with {key}"));
    let parts: Vec<String> = [argument, now, undo].into_iter().flatten().collect();
    put(buf, inner, left, first + 1, &parts.join(dot), dim);
    if is_live {
        let mark = app.theme.glyphs().pick("▾", "v");
        let words = format!(
            "It is marked {mark} on the curves; the runs go on from where they are, nothing is reset."
        );
        put(buf, inner, left, first + 2, &words, dim);
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
