//! The masks of all rates at the last step that the selected run has drawn.

use ratatui::buffer::Buffer;
use ratatui::text::Span;

use super::{Spot, TitlePart};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::screens::parts::nested;
use crate::tui::theme::Role;

pub(in crate::tui::screens) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let frame = super::frame(app, Pane::Nested, "Nested", spot);
    let run = app.selected(lab).and_then(GroupSnapshot::shown_run);
    let shown = run.and_then(|run| {
        let layers = nested::masked_layers(lab, run);
        let layer_idx = *layers.get(app.view.mask_layer % layers.len().max(1))?;
        Some((layer_idx, run.last_drawn_step()))
    });
    let Some((layer_idx, step)) = shown else {
        let inner = frame.draw(spot.area, buf);
        super::draw_words(app, "no rate drops units: nothing is nested", inner, buf);
        return;
    };
    let name = if layer_idx == 0 {
        "input".to_owned()
    } else {
        format!("hidden {layer_idx}")
    };
    let Some(step) = step else {
        let inner = frame.draw(spot.area, buf);
        super::draw_words(app, "no mask has been drawn yet", inner, buf);
        return;
    };
    let mut title = vec![
        TitlePart::new(1, "all rates"),
        TitlePart::new(0, format!("step {}", format::count(step))),
        TitlePart::new(2, name),
    ];
    let holding = nested::holding(lab);
    title.extend(
        holding.map(|words| TitlePart::new(0, Span::styled(words, app.theme.style(Role::Warn)))),
    );
    let inner = frame.rest(super::forms(app, &title)).draw(spot.area, buf);
    nested::draw(app, lab, (layer_idx, step, app.view.first_unit), inner, buf);
}
