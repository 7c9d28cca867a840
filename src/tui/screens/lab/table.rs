//! The table: a row for each rate, means over its paired seeds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::MeanAndSpread;
use crate::lab::{Evaluation, GroupSnapshot, LabSnapshot, Phase, RunSnapshot};
use crate::tui::app::{App, first_row};
use crate::tui::format;
use crate::tui::screen::{Places, Size};
use crate::tui::theme::{Glyphs, Role};
use crate::tui::widgets::{put, width_of};

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Rate,
    Keep,
    Sharing,
    TrainLoss,
    TestLoss,
    Gap,
    Accuracy,
    Norm,
    Drawn,
    Distinct,
    Subnetworks,
    Speed,
}

/// The columns from left to right with their widths, the space before them included, and how dispensable they are: where
/// there is too little room, those with the highest number go first.
const COLUMNS: [(Column, u16, u8); 12] = [
    (Column::Rate, 6, 0),
    (Column::Keep, 6, 9),
    (Column::Sharing, SHARING_WIDTH as u16, 6),
    (Column::TrainLoss, 12, 5),
    (Column::TestLoss, 15, 0),
    (Column::Gap, 9, 3),
    (Column::Accuracy, 15, 1),
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
    let columns = columns(app, area.width, places.size);
    draw_head(app, &columns, area, buf);
    let first = first_row(places, app.selected_row(lab));
    let rows = lab
        .groups
        .iter()
        .enumerate()
        .skip(first)
        .zip(area.top() + 1..area.bottom());
    for ((row, group), y) in rows {
        draw_row(
            app,
            group,
            row == app.selected_row(lab),
            &columns,
            Rect {
                y,
                height: 1,
                ..area
            },
            buf,
        );
    }
}

fn columns(app: &App, width: u16, size: Size) -> Vec<(Column, u16)> {
    let mut columns = COLUMNS.to_vec();
    columns.retain(|(column, ..)| app.facts.is_classification || *column != Column::Accuracy);
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

fn head(column: Column, glyphs: Glyphs) -> &'static str {
    match column {
        Column::Rate => "rate",
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
            head(column, app.theme.glyphs()),
            app.theme.style(Role::Dim),
        );
    }
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
    is_selected: bool,
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
    let color = theme.rate(group.rate.value());
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
    let mut x = row.x + LEFT;
    for &(column, width) in columns {
        x += width;
        let (text, role) = cell(app, group, column);
        put_right(buf, row, x, row.y, &text, theme.style(role));
    }
    // Over the text: where a selection is reversed, the colours of its text must go.
    if is_selected {
        buf.set_style(row, theme.style(Role::Selection));
    }
}

fn cell(app: &App, group: &GroupSnapshot, column: Column) -> (String, Role) {
    let glyphs = app.theme.glyphs();
    let of = |value: &dyn Fn(&Evaluation) -> f64| {
        MeanAndSpread::of(
            group
                .sound_runs()
                .into_iter()
                .map(|run| run.latest.as_ref().map(value)),
        )
    };
    let none = || format::missing(glyphs).to_owned();
    let or_none = |found: Option<MeanAndSpread>, text: &dyn Fn(f64) -> String| {
        found.map_or_else(none, |found| text(found.mean))
    };
    match column {
        Column::Rate => (format::rate(group.rate.value()), Role::Text),
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
            let share = of(&|e| e.test_accuracy.unwrap_or(f64::NAN));
            let percent = share.map(|MeanAndSpread { mean, spread }| MeanAndSpread {
                mean: 100.0 * mean,
                spread: spread.map(|spread| 100.0 * spread),
            });
            (
                with_spread(percent, &|v| format::percent(v / 100.0, glyphs), 1, glyphs),
                Role::Bright,
            )
        }
        Column::Norm => {
            let ratio =
                MeanAndSpread::of(group.sound_runs().into_iter().map(|run| run.norm_ratio()));
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
    let count =
        |is: &dyn Fn(&Phase) -> bool| group.runs.iter().filter(|run| is(&run.phase)).count();
    let n_failed = count(&|phase| matches!(phase, Phase::Failed(_)));
    let n_diverged = count(&|phase| matches!(phase, Phase::Diverged { .. }));
    if n_failed > 0 {
        return (format!("{n_failed} failed"), Role::Bad);
    }
    if n_diverged > 0 {
        return (format!("{n_diverged} diverged"), Role::Bad);
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
