//! `?`: what every glyph and number on the screen means, its formula and source, and the keys.
//!
//! A page for each pane, and pages for what lies around them. The text is in `assets/help`; here it is shown.

mod markup;
mod set;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::parts::clear;
use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::reader::{Extent, HelpPage, Reader};
use crate::tui::screen::{Pane, Size};
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// Columns of text beyond which lines are hard to read.
const MAX_WIDTH: u16 = 100;

/// Rows of a help from which on a blank row separates the pages' names from the text.
const AIRY: u16 = 14;

/// Draws the page that `reader` reads over the screen `area`.
pub(super) fn draw(app: &App, reader: Reader, area: Rect, buf: &mut Buffer) {
    let over = place(area.intersection(buf.area));
    clear(app, over, buf);
    let body = body(over);
    let lines = lines(app, reader.page(), body.width);
    let extent = Extent {
        n_rows: lines.len() as u16,
        n_visible: body.height,
    };
    let top = reader.top().min(extent.last_top());
    let inner = pane::Pane::new(&app.theme, "Help")
        .rest(hints(app))
        .footer(position(app, top, extent))
        .focused(true)
        .draw(over, buf);
    if body.is_empty() {
        return;
    }
    buf.set_line(
        inner.x,
        inner.y,
        &names(app, reader, inner.width.into()),
        inner.width,
    );
    for (line, y) in lines.iter().skip(top.into()).zip(body.top()..body.bottom()) {
        buf.set_line(body.x, y, line, body.width);
    }
}

/// How long `page` is and how much of it is in view when it is drawn over the screen `area`.
pub(super) fn extent(app: &App, page: HelpPage, area: Rect) -> Extent {
    let body = body(place(area));
    Extent {
        n_rows: lines(app, page, body.width).len() as u16,
        n_visible: body.height,
    }
}

/// Where the help lies: in the middle of a large screen, all over a smaller one.
fn place(area: Rect) -> Rect {
    if Size::of(area) != Size::Large {
        return area;
    }
    let width = area.width.saturating_sub(4).min(MAX_WIDTH);
    let height = area.height.saturating_sub(2);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Where the text is: inside the border, below the pages' names.
fn body(over: Rect) -> Rect {
    let inner = pane::Pane::inner(over);
    let head = inner.height.min(1 + u16::from(over.height >= AIRY));
    Rect {
        y: inner.y + head,
        height: inner.height - head,
        ..inner
    }
}

fn lines(app: &App, page: HelpPage, width: u16) -> Vec<Line<'static>> {
    let blocks = markup::blocks(page, &app.theme, &app.keymap);
    set::lines(&blocks, &app.theme, width.into())
}

fn name(page: HelpPage) -> &'static str {
    match page {
        HelpPage::Pane(Pane::Curves) => "Charts",
        HelpPage::Pane(Pane::Masks) => "Masks",
        HelpPage::Pane(Pane::Ensemble) => "Ensemble",
        HelpPage::Pane(Pane::Thinned) => "Thinned network",
        HelpPage::Pane(Pane::Norms) => "Weight norms",
        HelpPage::Pane(Pane::Nested) => "Nested",
        HelpPage::Pane(Pane::Robust) => "Robust",
        HelpPage::Pane(Pane::NormBySteps) => "Norm by step",
        HelpPage::Pane(Pane::NormByLoss) => "by training loss",
        HelpPage::Pane(Pane::NormBySeconds) => "by time",
        HelpPage::Pane(Pane::Families) => "Families",
        HelpPage::Pane(Pane::UnitNorms) => "Norm of a unit's inputs",
        HelpPage::Pane(Pane::HowMany) => "How many",
        HelpPage::Pane(Pane::Averaging) => "Averaging k",
        HelpPage::Pane(Pane::Alone) => "Alone, averaged",
        HelpPage::Pane(Pane::Committee) => "Committee",
        HelpPage::Pane(Pane::EveryMask) => "All masks",
        HelpPage::Pane(Pane::HowGood) => "How good",
        HelpPage::Pane(Pane::Ways) => "Ways to average",
        HelpPage::Pane(Pane::MeanWorth) => "Worth of a unit",
        HelpPage::Pane(Pane::Visited) => "Visited",
        HelpPage::Pane(
            pane @ (Pane::UnitMap
            | Pane::Unit
            | Pane::Activation
            | Pane::IfLost
            | Pane::Alike
            | Pane::InputNoise
            | Pane::LostInputs
            | Pane::LostUnits
            | Pane::Area
            | Pane::Attack
            | Pane::PerClass),
        ) => pane.name(),
        HelpPage::Screen(screen) => screen.name(),
        HelpPage::Table => "Table",
        HelpPage::Lines => "Top and bottom",
        HelpPage::Keys => "Keys",
    }
}

/// The names of all pages, the present one in brackets; it alone where there is no room for all.
fn names(app: &App, reader: Reader, width: usize) -> Line<'static> {
    let (page, pages) = (reader.page(), reader.pages());
    let dim = app.theme.style(Role::Dim);
    let present = app.theme.style(Role::Accent).add_modifier(Modifier::BOLD);
    let spans = pages.iter().map(|&other| {
        if other == page {
            Span::styled(format!("[{}]", name(other)), present)
        } else {
            Span::styled(format!(" {} ", name(other)), dim)
        }
    });
    let all: Line = spans.collect();
    if all.width() <= width {
        return all;
    }
    let idx = pages.iter().position(|&other| other == page).unwrap_or(0);
    let of_all = format!(" page {} of {}", idx + 1, pages.len());
    Line::from(vec![
        Span::styled(format!("[{}]", name(page)), present),
        Span::styled(of_all, dim),
    ])
}

/// The keys that work here, as far as the user left them any.
fn hints(app: &App) -> Vec<Line<'static>> {
    let key = |action| app.keymap.keys_of(action).into_iter().next();
    let hints = [
        (vec![Action::Back], "closes"),
        (vec![Action::NextPane], "next page"),
        (vec![Action::Up, Action::Down], "scroll"),
    ];
    // The first hint alone, then one more at a time.
    let mut forms = vec![Line::default()];
    for (actions, word) in hints {
        let keys: Vec<String> = actions.into_iter().filter_map(key).collect();
        if keys.is_empty() {
            continue;
        }
        let mut form = forms[forms.len() - 1].clone();
        if !form.spans.is_empty() {
            form.push_span(Span::raw("  "));
        }
        form.push_span(Span::styled(keys.join(" "), app.theme.style(Role::Accent)));
        form.push_span(Span::raw(format!(" {word}")));
        forms.push(form);
    }
    forms.into_iter().skip(1).rev().collect()
}

/// Which rows are in view and which way there are more; nothing where all are.
fn position(app: &App, top: u16, extent: Extent) -> Line<'static> {
    let glyphs = app.theme.glyphs();
    if extent.last_top() == 0 || extent.n_visible == 0 {
        return Line::default();
    }
    let sign = |is_more: bool, sign| if is_more { sign } else { " " };
    let up = sign(top > 0, glyphs.pick("▲", "^"));
    let down = sign(top < extent.last_top(), glyphs.pick("▼", "v"));
    let last = top + extent.n_visible;
    Line::from(vec![
        Span::styled(format!("{up}{down} "), app.theme.style(Role::Accent)),
        Span::raw(format!("rows {}-{last} of {}", top + 1, extent.n_rows)),
    ])
}

#[cfg(test)]
mod tests;
