//! The table: a row for each rate, means over its paired seeds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::MeanAndSpread;
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot, Phase, RunSnapshot, Varied};
use crate::tui::app::{App, first_row};
use crate::tui::format;
use crate::tui::screen::{Places, Size};
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widgets::{put, width_of};

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Rate,
    InputRate,
    Keep,
    Sharing,
    TrainLoss,
    TestLoss,
    Gap,
    Accuracy,
    R2,
    Norm,
    Drawn,
    Distinct,
    Subnetworks,
    Speed,
}

impl Column {
    /// Whether the column gives its room to what became of a group.
    fn is_beside_fate(self) -> bool {
        matches!(self, Self::Drawn | Self::Distinct | Self::Subnetworks)
    }
}

/// The columns from left to right with their widths, the space before them included, and how dispensable they are: where
/// there is too little room, those with the highest number go first.
const COLUMNS: [(Column, u16, u8); 14] = [
    (Column::Rate, 8, 0),
    (Column::InputRate, 7, 4),
    (Column::Keep, 6, 9),
    (Column::Sharing, SHARING_WIDTH as u16, 6),
    (Column::TrainLoss, 12, 5),
    (Column::TestLoss, 13, 0),
    (Column::Gap, 9, 3),
    (Column::Accuracy, 15, 1),
    (Column::R2, 15, 1),
    (Column::Norm, 11, 2),
    (Column::Drawn, 10, 7),
    (Column::Distinct, 11, 8),
    (Column::Subnetworks, 8, 10),
    (Column::Speed, 11, 4),
];

const SHARING_WIDTH: usize = 8;

/// Cells before the first column: selection, colour bar, letter.
const LEFT: u16 = 4;

pub(super) fn draw(app: &App, lab: &LabSnapshot, places: &Places, buf: &mut Buffer) {
    let area = places.table;
    if area.height < 2 {
        return;
    }
    let first = first_row(places, app.selected_row(lab));
    let end = (first + usize::from(area.height) - 1).min(lab.groups.len());
    let shown = &lab.groups[first..end];
    let columns = columns(app, shown, area.width, places.size);
    draw_head(app, &columns, area, buf);
    draw_hidden(app, (first, lab.groups.len() - end), &columns, area, buf);
    let looks = super::looks(app, lab);
    for ((row, group), y) in (first..).zip(shown).zip(area.top() + 1..) {
        let row_area = Rect {
            y,
            height: 1,
            ..area
        };
        let look = (looks[row].style, row == app.selected_row(lab));
        draw_row(app, group, look, &columns, row_area, buf);
    }
}

/// The columns that fit into `width`, each with its width: as wide as designed, or as the widest number in it.
fn columns(app: &App, groups: &[GroupSnapshot], width: u16, size: Size) -> Vec<(Column, u16)> {
    let widest = |column: Column| {
        let widths = groups
            .iter()
            .map(|group| width_of(&cell(app, group, column).0) + 1);
        widths.max().unwrap_or(0)
    };
    let mut columns = COLUMNS.to_vec();
    columns.retain(|(column, ..)| is_there(app, groups, *column));
    for (column, width, _) in &mut columns {
        *width = widest(*column).max(*width);
    }
    let total = |columns: &[(Column, u16, u8)]| {
        LEFT + columns.iter().map(|(_, width, _)| width).sum::<u16>()
    };
    while total(&columns) > width {
        let Some(most) = columns
            .iter()
            .map(|(.., rank)| *rank)
            .max()
            .filter(|&rank| rank > 0)
        else {
            break;
        };
        columns.retain(|(.., rank)| *rank != most);
    }
    // What room is left goes between the columns, evenly, but only so far that rows still read as rows.
    let spare = width.saturating_sub(total(&columns)) / columns.len().max(1) as u16;
    let spare = if size == Size::Large {
        spare.min(6)
    } else {
        spare.min(3)
    };
    columns
        .into_iter()
        .map(|(column, width, _)| (column, width + spare))
        .collect()
}

/// Whether the experiment has what a column shows.
fn is_there(app: &App, groups: &[GroupSnapshot], column: Column) -> bool {
    let first = groups.first().map(|group| group.input_rate);
    match column {
        Column::Accuracy => app.facts.is_classification,
        Column::R2 => !app.facts.is_classification,
        Column::InputRate => {
            app.facts.experiment.varied() == Varied::HiddenRate
                && groups.iter().any(|group| Some(group.input_rate) != first)
        }
        _ => true,
    }
}

fn head(column: Column, varied: Varied, glyphs: Glyphs) -> &'static str {
    match column {
        Column::Rate if varied == Varied::InputRate => "input",
        Column::Rate => "rate",
        Column::InputRate => "input",
        Column::R2 => glyphs.pick("test R²", "test R^2"),
        Column::Keep => "keep",
        Column::Sharing => "masks",
        Column::TrainLoss => "train loss",
        Column::TestLoss => "test loss",
        Column::Gap => "gap",
        Column::Accuracy => "test acc %",
        Column::Norm => glyphs.pick("‖W‖/‖W₀‖", "|W|/|W0|"),
        Column::Drawn => "drawn",
        Column::Distinct => "distinct",
        Column::Subnetworks => glyphs.pick("of 2ⁿ", "of 2^n"),
        Column::Speed => "steps/s",
    }
}

fn draw_head(app: &App, columns: &[(Column, u16)], area: Rect, buf: &mut Buffer) {
    let mut x = area.x + LEFT;
    for &(column, width) in columns {
        x += width;
        put_right(
            buf,
            area,
            x,
            area.y,
            head(column, app.facts.experiment.varied(), app.theme.glyphs()),
            app.theme.style(Role::Dim),
        );
    }
}

/// How many groups there are above and below those in view, over the head's first column.
fn draw_hidden(
    app: &App,
    (n_above, n_below): (usize, usize),
    columns: &[(Column, u16)],
    area: Rect,
    buf: &mut Buffer,
) {
    let [up, down] = app.theme.glyphs().pick(["▴", "▾"], ["^", "v"]);
    let counts: Vec<String> = [(up, n_above), (down, n_below)]
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(arrow, n)| format!("{arrow}{n}"))
        .collect();
    if counts.is_empty() {
        return;
    }
    let short = counts.join(" ");
    let long = format!("{short} more");
    let room = columns.first().map_or(0, |(column, width)| {
        LEFT + width
            - width_of(head(
                *column,
                app.facts.experiment.varied(),
                app.theme.glyphs(),
            ))
    });
    let text = if width_of(&long) < room {
        &long
    } else {
        &short
    };
    let style = app.theme.style(Role::Text);
    put(buf, area, i32::from(area.x), area.y, text, style);
}

/// Writes `text` so that it ends before column `end`.
fn put_right(buf: &mut Buffer, area: Rect, end: u16, y: u16, text: &str, style: Style) {
    put(
        buf,
        area,
        i32::from(end) - i32::from(width_of(text)),
        y,
        text,
        style,
    );
}

fn draw_row(
    app: &App,
    group: &GroupSnapshot,
    (color, is_selected): (Style, bool),
    columns: &[(Column, u16)],
    row: Rect,
    buf: &mut Buffer,
) {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    if is_selected {
        put(
            buf,
            row,
            i32::from(row.x),
            row.y,
            glyphs.pick("›", ">"),
            theme.style(Role::Accent),
        );
    }
    put(
        buf,
        row,
        i32::from(row.x) + 1,
        row.y,
        glyphs.pick("▌", "|"),
        color,
    );
    put(
        buf,
        row,
        i32::from(row.x) + 2,
        row.y,
        &group.letter.to_string(),
        color,
    );
    draw_cells(app, group, columns, row, buf);
    // Over the text: where a selection is reversed, the colours of its text must go.
    if is_selected {
        buf.set_style(row, theme.style(Role::Selection));
    }
}

/// The cells of a row. Of a group of which no run is left, all that is known is what became of it: that takes the room of
/// the columns about masks and speed or, where there are none, the place of the test loss.
fn draw_cells(
    app: &App,
    group: &GroupSnapshot,
    columns: &[(Column, u16)],
    row: Rect,
    buf: &mut Buffer,
) {
    let fate = Some(group)
        .filter(|group| group.sound_runs().is_empty())
        .and_then(|group| format::fallen_out(group.n_failed(), group.n_diverged()));
    let place = [Column::Speed, Column::TestLoss]
        .into_iter()
        .find(|place| columns.iter().any(|(column, _)| column == place));
    let gives_room = |column: Column| column.is_beside_fate() || Some(column) == place;
    let room: u16 = columns
        .iter()
        .filter(|(column, _)| gives_room(*column))
        .map(|(_, width)| width)
        .sum();
    let advice = group.runs.iter().find_map(|run| run.advice());
    let with_advice = fate
        .as_ref()
        .zip(advice)
        .map(|(fate, advice)| format!("{fate}: {advice}"))
        .filter(|words| place == Some(Column::Speed) && width_of(words) < room);
    let mut x = row.x + LEFT;
    for &(column, width) in columns {
        x += width;
        let (text, role) = match &fate {
            Some(fate) if Some(column) == place => (
                with_advice.clone().unwrap_or_else(|| fate.clone()),
                Role::Bad,
            ),
            Some(_) if column.is_beside_fate() => continue,
            _ => cell(app, group, column),
        };
        put_right(buf, row, x, row.y, &text, app.theme.style(role));
    }
}

fn cell(app: &App, group: &GroupSnapshot, column: Column) -> (String, Role) {
    let glyphs = app.theme.glyphs();
    let of = |value: &dyn Fn(&Evaluation) -> f64| group.over_seeds(|_, at| Some(value(at)));
    let none = || format::missing(glyphs).to_owned();
    let or_none = |found: Option<MeanAndSpread>, text: &dyn Fn(f64) -> String| {
        found.map_or_else(none, |found| text(found.mean))
    };
    match column {
        Column::Rate => (format::rate(group.rate.value()), Role::Text),
        Column::InputRate => (format::rate(group.input_rate.value()), Role::Dim),
        Column::Keep => (format::rate(group.rate.keep()), Role::Dim),
        Column::Sharing => (sharing(group), Role::Dim),
        Column::TrainLoss => (
            or_none(of(&|e| e.train_loss), &|mean| format::loss(mean, glyphs)),
            Role::Text,
        ),
        Column::TestLoss => (
            with_spread(
                of(&|e| e.test_loss),
                &|v| format::loss(v, glyphs),
                3,
                glyphs,
            ),
            Role::Bright,
        ),
        Column::Gap => (
            or_none(of(&Evaluation::gap), &|mean| format::gap(mean, glyphs)),
            Role::Text,
        ),
        Column::Accuracy => {
            let percent = of(&|e| 100.0 * e.test_accuracy.unwrap_or(f64::NAN));
            let text = |v: f64| format::percent(v / 100.0, glyphs);
            (with_spread(percent, &text, 1, glyphs), Role::Bright)
        }
        Column::R2 => {
            let r2 = of(&|e| e.test_r2.unwrap_or(f64::NAN));
            let text = |v: f64| format::r2(v, glyphs);
            (with_spread(r2, &text, 3, glyphs), Role::Bright)
        }
        Column::Norm => {
            let ratio = group.over_seeds(RunSnapshot::norm_ratio_at);
            (
                or_none(ratio, &|mean| format::ratio(mean, glyphs)),
                Role::Text,
            )
        }
        Column::Drawn | Column::Distinct | Column::Subnetworks => {
            (mask_count(group, column, glyphs), Role::Text)
        }
        Column::Speed => state(group, glyphs),
    }
}

/// Along which axes masks are shared, in a word: a noise shape without a name of its own as it is, if it is short.
fn sharing(group: &GroupSnapshot) -> String {
    let shape = &group.noise_shape;
    match () {
        () if shape.is_per_batch() => "batch".to_owned(),
        () if shape.is_per_sample() => "sample".to_owned(),
        () => {
            let entries = shape.to_string().replace(['(', ' ', ')'], "");
            if entries.len() < SHARING_WIDTH {
                entries
            } else {
                "other".to_owned()
            }
        }
    }
}

fn with_spread(
    found: Option<MeanAndSpread>,
    text: &dyn Fn(f64) -> String,
    n_decimals: usize,
    glyphs: Glyphs,
) -> String {
    let Some(MeanAndSpread { mean, spread }) = found else {
        return format::missing(glyphs).to_owned();
    };
    match spread {
        // The mean of what has diverged says it all.
        Some(spread) if mean.is_finite() => format!(
            "{} {}",
            text(mean),
            format::plus_minus(spread, n_decimals, glyphs)
        ),
        _ => text(mean),
    }
}

/// Counts of masks of the group's first run: runs of one group draw different masks, but equally many.
fn mask_count(group: &GroupSnapshot, column: Column, glyphs: Glyphs) -> String {
    let drops = |run: &&std::sync::Arc<RunSnapshot>| run.subnetworks.n_units() > 0;
    let Some(run) = group.sound_runs().into_iter().next().filter(drops) else {
        return format::missing(glyphs).to_owned();
    };
    let about = if run.is_distinct_exact {
        ""
    } else {
        glyphs.pick("≈", "~")
    };
    match column {
        Column::Drawn => format::count_within(run.masks_drawn, 9),
        Column::Distinct => format!("{about}{}", format::count_within(run.masks_distinct, 9)),
        _ => format::power_of_two(run.subnetworks.n_units() as u64, glyphs),
    }
}

/// How fast the runs train while they have a core, or what has become of them.
fn state(group: &GroupSnapshot, glyphs: Glyphs) -> (String, Role) {
    if let Some(words) = format::fallen_out(group.n_failed(), group.n_diverged()) {
        return (words, Role::Bad);
    }
    if group.runs.iter().all(|run| run.phase == Phase::Finished) {
        return ("finished".to_owned(), Role::Dim);
    }
    let speeds = group
        .runs
        .iter()
        .map(|run| Some(run.steps_per_sec).filter(|&speed| speed > 0.0));
    let text = MeanAndSpread::of(speeds).map_or_else(
        || format::missing(glyphs).to_owned(),
        |speed| format::per_sec(speed.mean, glyphs),
    );
    (text, Role::Text)
}
