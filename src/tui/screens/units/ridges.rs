//! What units do under every rate: how strongly they answer, what one is worth, how much alike they are. A row a rate; its
//! heights are square roots of counts, so that few units still show.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::parts::{self, Spot, TitlePart, draw_line, draw_words};
use super::answer::{Found, compared};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::probe::{Activity, Alike, Probe, Worth};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::axis::{Axis, Scale};
use crate::tui::widgets::histogram::draw_columns;
use crate::tui::widgets::put;
use crate::tui::widgets::scale::SlowScale;

/// Columns of the letter before a ridge, and of the number behind it.
const LETTER: u16 = 3;
const NUMBER: u16 = 7;

/// A pane of ridges.
struct Ridges<'a> {
    pane: Pane,
    title: &'a str,
    rest: String,
    /// What the numbers behind the ridges are.
    number: &'a str,
    range: (f64, f64),
    /// Whether what lies beyond the upper end is counted in the last column.
    is_cut: bool,
    words: String,
}

/// A row: how often values were met, in so many columns over the range, and a number.
type Row<'a, 'f> = dyn Fn(&'a GroupSnapshot, usize) -> Option<(Vec<f64>, String)> + 'f;

/// How strongly units answer.
pub(super) fn activation<'a>(app: &App, lab: &'a LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let Some(layer_idx) = app.compared_layer() else {
        return draw_without(app, Pane::Activation, "Activation", spot, buf);
    };
    let readings =
        |group: &'a GroupSnapshot| compared::<Activity>(group, &Probe::Activity { layer_idx });
    let quantile = |share: f64| {
        let all = lab.groups.iter().flat_map(&readings);
        all.filter_map(move |activity| activity.bins.quantile(share))
            .collect::<Vec<f64>>()
    };
    let high = quantile(0.99).into_iter().fold(0.0, f64::max);
    let low = quantile(0.01).into_iter().fold(0.0, f64::min);
    let row = |group: &'a GroupSnapshot, n: usize| {
        let found = readings(group);
        let mean = Found::of(group, |found| found.mean_activation, layer_idx)?;
        let mut counts = vec![0.0; n];
        for activity in found {
            for (sum, count) in counts.iter_mut().zip(activity.bins.over(low, high, n)) {
                *sum += count;
            }
        }
        Some((counts, format::difference(mean, app.theme.glyphs())))
    };
    let ridges = Ridges {
        pane: Pane::Activation,
        title: "Activation",
        rest: super::layer_name(layer_idx),
        number: "mean",
        range: (low, high),
        is_cut: false,
        words: unseen_words(app, lab, &readings),
    };
    ridges.draw((app, lab), &row, spot, buf);
}

/// Which share of the activations nothing is seen of, for each rate.
fn unseen_words<'a>(
    app: &App,
    lab: &'a LabSnapshot,
    readings: &dyn Fn(&'a GroupSnapshot) -> Vec<&'a Activity>,
) -> String {
    let mut word = None;
    let shares = lab.groups.iter().map(|group| {
        let all = readings(group);
        word = word.or_else(|| Activity::unseen_word(all.first()?.activation));
        let shares: Vec<f64> = all.iter().filter_map(|activity| activity.unseen).collect();
        if shares.is_empty() {
            return format::missing(app.theme.glyphs()).to_owned();
        }
        format!("{:.0}", 100.0 * crate::math::statistics::mean(&shares))
    });
    let shares: Vec<String> = shares.collect();
    word.map_or_else(String::new, |word| {
        format!("{word} {} % of the time", shares.join(" "))
    })
}

/// What one unit is worth.
pub(super) fn if_lost<'a>(app: &App, lab: &'a LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let Some(layer_idx) = app.compared_layer() else {
        return draw_without(app, Pane::IfLost, "If one is lost", spot, buf);
    };
    let readings = |group: &'a GroupSnapshot| compared::<Worth>(group, &Probe::Worth { layer_idx });
    // The worth that one unit in a hundred exceeds, of the rate where it is largest.
    let ends = lab.groups.iter().flat_map(&readings).filter_map(|worth| {
        let unit = worth.ranked.get(worth.ranked.len() / 100)?;
        Some(worth.rises[*unit])
    });
    let high = SlowScale::of([ends.fold(0.0, f64::max)]).end();
    let row = |group: &'a GroupSnapshot, n: usize| {
        let most = Found::of(group, |found| found.most_worth, layer_idx)?;
        let mut counts = vec![0.0; n];
        for rise in readings(group).iter().flat_map(|worth| &worth.rises) {
            if !rise.is_nan() && n > 0 {
                let place = (rise / high * n as f64).clamp(0.0, (n - 1) as f64);
                counts[place as usize] += 1.0;
            }
        }
        Some((counts, format::difference(most, app.theme.glyphs())))
    };
    let harmful = app.selected(lab).map(|group| {
        let all = readings(group);
        let shares: Vec<f64> = all.iter().map(|worth| worth.n_harmful() as f64).collect();
        (
            group.letter,
            crate::math::statistics::mean(&shares),
            shares.len(),
        )
    });
    let ridges = Ridges {
        pane: Pane::IfLost,
        title: "If one is lost",
        rest: "rise of test loss".to_owned(),
        number: "most",
        range: (0.0, high),
        is_cut: true,
        words: match harmful {
            Some((letter, mean, 1..)) => {
                format!("{letter}: the loss falls without {mean:.0} of them")
            }
            _ => String::new(),
        },
    };
    ridges.draw((app, lab), &row, spot, buf);
}

/// How much alike units are.
pub(super) fn alike<'a>(app: &App, lab: &'a LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let Some(layer_idx) = app.compared_layer() else {
        return draw_without(app, Pane::Alike, "Alike", spot, buf);
    };
    let readings = |group: &'a GroupSnapshot| compared::<Alike>(group, &Probe::Alike { layer_idx });
    let row = |group: &'a GroupSnapshot, n: usize| {
        let mean = Found::of(group, |found| found.mean_r, layer_idx)?;
        let mut counts = vec![0.0; n];
        for alike in readings(group) {
            for (idx, &count) in alike.bins.iter().enumerate() {
                counts[idx * n / alike.bins.len()] += count as f64;
            }
        }
        Some((counts, format::difference(mean, app.theme.glyphs())))
    };
    let shown = app
        .selected(lab)
        .and_then(|group| readings(group).first().copied());
    let words = shown.map(|alike| match alike.n_units - alike.n_compared {
        0 => format!("all {} units with one another", alike.n_units),
        n => format!("{} units with one another, {n} not", alike.n_compared),
    });
    let ridges = Ridges {
        pane: Pane::Alike,
        title: "Alike",
        rest: format!("|r| of two units, {}", super::layer_name(layer_idx)),
        number: "mean",
        range: (0.0, 1.0),
        is_cut: false,
        words: words.unwrap_or_default(),
    };
    ridges.draw((app, lab), &row, spot, buf);
}

fn draw_without(app: &App, pane: Pane, title: &str, spot: Spot, buf: &mut Buffer) {
    let inner = parts::frame(app, pane, title, spot).draw(spot.area, buf);
    draw_words(app, super::NO_UNITS, inner, buf);
}

impl Ridges<'_> {
    fn draw<'a>(
        &self,
        (app, lab): (&App, &'a LabSnapshot),
        row: &Row<'a, '_>,
        spot: Spot,
        buf: &mut Buffer,
    ) {
        let title = [TitlePart::new(0, self.rest.clone())];
        let frame = parts::frame(app, self.pane, self.title, spot).rest(parts::forms(app, &title));
        let inner = frame.draw(spot.area, buf);
        let n_columns = usize::from(inner.width.saturating_sub(LETTER + NUMBER));
        let n_rows = usize::from(inner.height.saturating_sub(3)).max(1);
        let rows: Vec<_> = lab
            .groups
            .iter()
            .map(|group| row(group, n_columns))
            .collect();
        if rows.iter().all(Option::is_none) {
            draw_words(app, "not measured yet", inner, buf);
            return;
        }
        let first = (app.selected_row(lab) + 1).saturating_sub(n_rows);
        let looks = parts::looks(app, lab);
        for (place, idx) in (first..lab.groups.len()).take(n_rows).enumerate() {
            let y = inner.y + place as u16;
            let letter = lab.groups[idx].letter.to_string();
            put(buf, inner, inner.x.into(), y, &letter, looks[idx].style);
            let Some((counts, number)) = &rows[idx] else {
                continue;
            };
            let area = Rect {
                x: inner.x + LETTER,
                y,
                width: n_columns as u16,
                height: 1,
            };
            let most = counts.iter().copied().fold(0.0, f64::max);
            let heights: Vec<f64> = counts.iter().map(|count| (count / most).sqrt()).collect();
            if most > 0.0 {
                draw_columns(&heights, looks[idx].style, app.theme.glyphs(), area, buf);
            }
            let is_selected = idx == app.selected_row(lab);
            let role = if is_selected {
                Role::Bright
            } else {
                Role::Text
            };
            let x = i32::from(inner.right()) - number.chars().count() as i32;
            put(buf, inner, x, y, number, app.theme.style(role));
        }
        let below = inner.y + n_rows.min(lab.groups.len()) as u16;
        self.draw_axis(
            app,
            Rect {
                y: below,
                height: inner.bottom().saturating_sub(below),
                ..inner
            },
            buf,
        );
    }

    /// The line with its numbers, and words below.
    fn draw_axis(&self, app: &App, area: Rect, buf: &mut Buffer) {
        let (dim, border) = (app.theme.style(Role::Dim), app.theme.style(Role::Border));
        let width = area.width.saturating_sub(LETTER + NUMBER);
        let left = i32::from(area.x + LETTER);
        let line = app.theme.glyphs().pick("─", "-").repeat(width.into());
        put(buf, area, left, area.y, &line, border);
        let x = i32::from(area.right()) - self.number.chars().count() as i32;
        put(buf, area, x, area.y, self.number, dim);
        let axis = Axis::new(Scale::Linear, self.range.0, self.range.1);
        for tick in axis.ticks_along(width) {
            let n = tick.label.chars().count() as i32;
            let at = (tick.position * f64::from(width.saturating_sub(1))) as i32;
            let at = at.min(i32::from(width) - n).max(0);
            put(buf, area, left + at, area.y + 1, &tick.label, dim);
        }
        if self.is_cut {
            let more = app.theme.glyphs().pick("≥", ">=");
            let at = i32::from(area.right()) - i32::from(NUMBER) + 1;
            put(buf, area, at, area.y + 1, more, dim);
        }
        let words = Line::from(Span::styled(self.words.clone(), dim));
        draw_line(&words, area, area.y + 2, buf);
    }
}
