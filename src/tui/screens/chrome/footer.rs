//! The bottom row: the keys that matter most, or what is being typed or asked. A word about the last key stands above it,
//! so that the keys stay in view.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::parts::clear;
use crate::lab::{LabSnapshot, PastSnapshot};
use crate::tui::app::{App, Field, Purpose, Question};
use crate::tui::format;
use crate::tui::keymap::{Action, LOOKING_BACK, binding, hinted};
use crate::tui::screen::{Places, Screen};
use crate::tui::theme::Role;

pub(super) fn draw(
    app: &App,
    lab: &LabSnapshot,
    past: Option<&PastSnapshot>,
    places: &Places,
    buf: &mut Buffer,
) {
    let area = places.footer;
    if area.is_empty() {
        return;
    }
    let has_one_pane = places.panes.len() == 1;
    let hints = hints(app, (lab, past), has_one_pane, area.width.into());
    buf.set_line(area.x, area.y, &hints, area.width);
}

/// A word about the last key, in the row above the keys; where there is no row for keys, in the last one.
pub(in crate::tui::screens) fn draw_message(
    app: &App,
    words: &str,
    places: &Places,
    area: Rect,
    buf: &mut Buffer,
) {
    // What is typed stands in the last row, also where there are no keys.
    let below = places.footer.height.max(u16::from(app.overlay.is_some()));
    let y = area.bottom().saturating_sub(1 + below);
    let line = Line::styled(format!(" {words}"), app.theme.style(Role::Text));
    draw_row(app, &line, y, area, buf);
}

/// The text that is typed, over the bottom row.
pub(in crate::tui::screens) fn draw_field(
    app: &App,
    lab: &LabSnapshot,
    field: &Field,
    area: Rect,
    buf: &mut Buffer,
) {
    let letter = app.selected(lab).map_or('?', |group| group.letter);
    let (name, rest) = match field.purpose() {
        Purpose::Rate => (
            format!("rate of {letter}: "),
            "  between 0 and 1; Enter sets it, Esc leaves it",
        ),
        Purpose::Epoch => (
            "crosshair at epoch: ".to_owned(),
            "  the nearest that was measured; Enter, Esc leaves",
        ),
        Purpose::Fork => (
            format!("rate of what branches off from {letter}: "),
            "  Enter lets it, Esc does not",
        ),
        Purpose::NewGroup => (
            "rate of new runs: ".to_owned(),
            "  Enter adds them, Esc does not; proposed: a free rate",
        ),
    };
    let cursor = app.theme.glyphs().pick("▏", "_");
    let text = format!("{}{cursor}", field.text());
    let line = Line::from(vec![
        Span::styled(name, app.theme.style(Role::Text)),
        Span::styled(text, app.theme.style(Role::Accent)),
        Span::styled(rest, app.theme.style(Role::Dim)),
    ]);
    draw_bottom_row(app, &line, area, buf);
}

/// The question before training is lost, over the bottom row: what would be done, and what is lost with it. `lab` is the
/// lab as it is now, which the view may not show.
pub(in crate::tui::screens) fn draw_question(
    app: &App,
    lab: &LabSnapshot,
    question: Question,
    area: Rect,
    buf: &mut Buffer,
) {
    let (id, deed) = match question {
        Question::Remove(id) => (id, "remove"),
        Question::Restart(id) => (id, "restart"),
    };
    let Some(group) = lab.group(id) else {
        return;
    };
    let epochs = group.runs.iter().map(|run| run.epoch).fold(0.0, f64::max);
    let asked = format!(
        " {deed} {} {} and lose its {} epochs? ",
        group.letter,
        format::rate(group.rate.value()),
        format::count(epochs as u64)
    );
    let line = Line::from(vec![
        Span::styled(asked, app.theme.style(Role::Warn)),
        Span::styled("y", app.theme.style(Role::Accent)),
        Span::styled(" yes, any other key no", app.theme.style(Role::Dim)),
    ]);
    draw_bottom_row(app, &line, area, buf);
}

fn draw_bottom_row(app: &App, line: &Line, area: Rect, buf: &mut Buffer) {
    draw_row(app, line, area.bottom().saturating_sub(1), area, buf);
}

/// A line over whatever stands in the row `y` of `area`.
fn draw_row(app: &App, line: &Line, y: u16, area: Rect, buf: &mut Buffer) {
    let row = Rect {
        y,
        height: area.height.min(1),
        ..area
    };
    clear(app, row, buf);
    buf.set_line(row.x, row.y, line, row.width);
}

/// As many keys with their words as fit, in the screen's order. Commands, help and quit always do, at the end, and where one pane is
/// all there is to see, the key to the others.
fn hints(
    app: &App,
    (lab, past): (&LabSnapshot, Option<&PastSnapshot>),
    has_one_pane: bool,
    width: usize,
) -> Line<'static> {
    let hint = |action: Action| {
        let keys = app.keymap.keys_of(action);
        let key = keys.into_iter().next()?;
        let word = match past {
            Some(past) => word_of_past(past, action),
            None => word(app, lab, action),
        };
        (!word.is_empty()).then(|| {
            [
                Span::styled(format!(" {key} "), app.theme.style(Role::Accent)),
                Span::styled(format!("{word} "), app.theme.style(Role::Dim)),
            ]
        })
    };
    let is_last = |action: &Action| match action {
        Action::NextPane => has_one_pane,
        action => matches!(action, Action::Prompt | Action::Help | Action::Quit),
    };
    let actions = match past {
        Some(_) => LOOKING_BACK,
        None => hinted(app.screen),
    };
    let (last, first): (Vec<Action>, Vec<Action>) =
        actions.iter().partition(|action| is_last(action));
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

/// What an action's key does while somebody looks back, in a word or some.
fn word_of_past(past: &PastSnapshot, action: Action) -> &'static str {
    match action {
        Action::Pause if past.is_playing => "stand",
        Action::Pause => "play from here",
        Action::Home => "start",
        Action::End => "live",
        Action::Grain => "grain",
        Action::Fork => "fork here at another rate",
        _ => binding(action).map_or("", |binding| binding.hint),
    }
}

/// What an action's key does now, in a word.
fn word(app: &App, lab: &LabSnapshot, action: Action) -> &'static str {
    let opens = app.screen == Screen::Lab && app.focus.summarises().is_some();
    match action {
        Action::Pause if !lab.is_playing => "go on",
        Action::Undo if !app.can_undo() => "",
        Action::Zoom if opens => "open",
        Action::Zoom if app.view.is_zoomed => "all panes",
        Action::Metric if matches!(app.screen, Screen::Lab | Screen::Curves) => "loss/acc/gap",
        _ => binding(action).map_or("", |binding| binding.hint),
    }
}
