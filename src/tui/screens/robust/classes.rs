//! Which classes are lost first: the share of each that the networks of the selected rate still tell right, level by level.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::parts::{
    self, Spot, TitlePart, draw_line, draw_words, forms, frame, group_title, style_of,
};
use super::chart::amount_words;
use super::{name, waiting};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::math::statistics;
use crate::probe::Perturbation;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::put;

/// Columns of the classes' names, and of a share.
const NAME: u16 = 9;
const SHARE: u16 = 4;

/// The share of each class at each level, `[class][level]`: means over the seeds of a group.
pub(super) fn shares(
    lab: &LabSnapshot,
    group: &GroupSnapshot,
    perturbation: Perturbation,
) -> Vec<Vec<Option<f64>>> {
    let found = parts::robustness::readings(lab, group, perturbation);
    let Some((_, first)) = found.first() else {
        return Vec::new();
    };
    let (n_classes, n_levels) = (first.levels[0].of_classes.len(), first.levels.len());
    let at = |class: usize, level: usize| {
        let values = found.iter();
        let values: Option<Vec<f64>> = values
            .map(|(_, found)| found.levels[level].of_classes[class])
            .collect();
        values.map(|values| statistics::mean(&values))
    };
    let of_class = |class: usize| (0..n_levels).map(|level| at(class, level)).collect();
    (0..n_classes).map(of_class).collect()
}

/// Draws the pane at `spot`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let Some(perturbation) = app.robust.perturbation(Pane::PerClass) else {
        return;
    };
    let selected = app.selected(lab);
    let mut title = vec![TitlePart::new(
        0,
        format!("% right, {}", name(app, perturbation)),
    )];
    if let Some(group) = selected {
        title.insert(
            0,
            TitlePart::new(0, group_title(group, style_of(app, lab, group))),
        );
    }
    let age = parts::robustness::age(app, lab, perturbation);
    let dim = app.theme.style(Role::Dim);
    title.extend(age.map(|words| TitlePart::new(1, Span::styled(words, dim))));
    let inner = frame(app, Pane::PerClass, "By class", spot)
        .rest(forms(app, &title))
        .draw(spot.area, buf);
    if !app.facts.is_classification {
        let words = "not for this experiment: its targets are values, no classes (:preset rescue)";
        draw_words(app, words, inner, buf);
        return;
    }
    let shares = selected.map_or_else(Vec::new, |group| shares(lab, group, perturbation));
    if shares.is_empty() {
        draw_words(app, &waiting(app, lab, perturbation), inner, buf);
        return;
    }
    let style = selected.map_or(dim, |group| style_of(app, lab, group));
    draw_table(app, perturbation, (&shares, style), inner, buf);
}

fn draw_table(
    app: &App,
    perturbation: Perturbation,
    (shares, hue): (&[Vec<Option<f64>>], ratatui::style::Style),
    inner: Rect,
    buf: &mut Buffer,
) {
    let dim = app.theme.style(Role::Dim);
    let n_levels = perturbation.n_levels();
    let n_fit = usize::from(inner.width.saturating_sub(NAME) / SHARE).max(1);
    // Every second level or third, where not all fit.
    let stride = n_levels.div_ceil(n_fit);
    let levels: Vec<usize> = (0..n_levels).step_by(stride).collect();
    for (place, &level) in levels.iter().enumerate() {
        let words = amount_words(app, perturbation, perturbation.amount(level));
        let words = words.trim_start_matches(|c: char| !c.is_ascii_digit());
        let words = words.trim_end_matches(" %").trim_start_matches('0');
        let words = if words.is_empty() || words == ".0" || words == ".000" {
            "0"
        } else {
            words
        };
        let words: String = words.chars().take(usize::from(SHARE)).collect();
        let x = inner.x + NAME + place as u16 * SHARE;
        let width = usize::from(SHARE) - 1;
        put(
            buf,
            inner,
            x.into(),
            inner.y,
            &format!("{words:>width$}"),
            dim,
        );
    }
    let amounts = app.theme.amounts(hue);
    let n_rows = usize::from(inner.height.saturating_sub(1));
    let n_shown = if shares.len() > n_rows {
        n_rows.saturating_sub(1)
    } else {
        shares.len()
    };
    for (class, y) in (0..n_shown).zip(inner.y + 1..inner.bottom()) {
        draw_line(&Line::styled(format!("class {class}"), dim), inner, y, buf);
        for (place, &level) in levels.iter().enumerate() {
            let x = inner.x + NAME + place as u16 * SHARE;
            let share = shares[class][level];
            let words = share.map_or_else(
                || format::missing(app.theme.glyphs()).to_owned(),
                |share| format!("{:.0}", 100.0 * share),
            );
            let style = match share {
                Some(share) if app.theme.has_shades() => app.theme.over(amounts.at(share)),
                _ => app.theme.style(Role::Text),
            };
            put(buf, inner, x.into(), y, &format!("{words:>3} "), style);
        }
    }
    if n_shown < shares.len() {
        let words = format!("{} more classes", shares.len() - n_shown);
        draw_line(&Line::styled(words, dim), inner, inner.bottom() - 1, buf);
    }
}
