//! The screens: one file each, with its parts in a folder. They draw what they are given and change nothing.

mod chrome;
mod curves;
mod ensemble;
mod help;
mod hit;
mod lab;
mod masks;
mod numbers;
mod parts;
mod prompt;
mod robust;
mod units;
mod weights;

pub use hit::hit;
pub use numbers::numbers;
pub use parts::numbers::Numbers;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Overlay};
use super::reader::Extent;
use super::screen::{MIN_SIZE, Screen, Size};
use super::theme::Role;
use super::widgets::put;
use crate::lab::LabSnapshot;

/// Draws everything that is on the screen.
pub fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    buf.set_style(area, app.theme.base());
    let (now, lab) = (lab, app.shown(lab));
    let places = app.places(lab, area);
    if places.size == Size::TooSmall {
        draw_too_small(app, area, buf);
        return;
    }
    match app.screen {
        Screen::Lab => lab::draw(app, lab, &places, buf),
        Screen::Curves => curves::draw(app, lab, &places, buf),
        Screen::Masks => masks::draw(app, lab, &places, buf),
        Screen::Ensemble => ensemble::draw(app, lab, &places, buf),
        Screen::Weights => weights::draw(app, lab, &places, buf),
        Screen::Units => units::draw(app, lab, &places, buf),
        Screen::Robust => robust::draw(app, lab, &places, buf),
    }
    chrome::draw(app, (now, lab), &places, buf);
    if let Some(words) = app.message(now) {
        chrome::draw_message(app, words, &places, area, buf);
    }
    match &app.overlay {
        Some(Overlay::Help(reader)) => help::draw(app, *reader, area, buf),
        Some(Overlay::Typing(field)) => chrome::draw_field(app, lab, field, area, buf),
        Some(Overlay::Prompt(prompt)) => prompt::draw(app, now, prompt, area, buf),
        Some(Overlay::Asking(question)) => chrome::draw_question(app, now, *question, area, buf),
        None => {}
    }
}

/// How long the help's page is and how much of it is in view on a screen of `area`; `None` while there is no help.
pub fn help_extent(app: &App, area: Rect) -> Option<Extent> {
    match &app.overlay {
        Some(Overlay::Help(reader)) => Some(help::extent(app, reader.page(), area)),
        _ => None,
    }
}

fn draw_too_small(app: &App, area: Rect, buf: &mut Buffer) {
    let (width, height) = MIN_SIZE;
    let text = format!(
        "{width}x{height} needed, this is {}x{}",
        area.width, area.height
    );
    let style = app.theme.style(Role::Text);
    for (row, words) in wrapped(&text, area.width.into())
        .into_iter()
        .enumerate()
        .take(area.height.into())
    {
        put(
            buf,
            area,
            i32::from(area.left()),
            area.top() + row as u16,
            &words,
            style,
        );
    }
}

/// `text` cut at spaces into rows of at most `width` characters; longer words are cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    for word in text.split(' ') {
        let last = rows.last_mut().expect("there is a row at least");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            rows.push(word.to_owned());
        }
    }
    rows
}
