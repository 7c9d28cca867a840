//! How many thinned networks each rate has, how many it has drawn, and where the first repeat is to be expected.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Spot, Subject, TitlePart, draw_line, draw_words, forms, frame};
use crate::lab::{GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::number_line::{LINEAR_UP_TO, Mark, NumberLine};
use crate::tui::widgets::put;

/// Columns before the line: the letter, the bits.
const LEFT: u16 = 9;

/// Columns that a label behind a mark may need.
const RIGHT: u16 = 7;

pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let n_units = |group: &GroupSnapshot| Some(group.shown_run()?.subnetworks.n_units());
    let most = lab.groups.iter().filter_map(n_units).max().unwrap_or(0);
    let title = [
        TitlePart::new(0, format!("{most} droppable units")),
        TitlePart::new(1, "draws"),
    ];
    let inner = frame(app, Pane::HowMany, "How many", spot)
        .rest(forms(app, &title))
        .draw(spot.area, buf);
    if most == 0 {
        draw_words(app, "no mask has a choice: one network each", inner, buf);
        return;
    }
    let below = legend(app, lab);
    let n_below = if inner.height > 6 {
        below.len() as u16
    } else {
        1
    };
    let n_rows = usize::from(inner.height.saturating_sub(1 + n_below));
    draw_ticks(app, most as f64, inner, buf);
    let mut y = inner.y + 1;
    for group in around_selected(app, lab, n_rows) {
        draw_group(
            app,
            lab,
            (group, most as f64),
            Rect {
                y,
                height: 1,
                ..inner
            },
            buf,
        );
        y += 1;
    }
    for line in below.into_iter().take(n_below.into()) {
        draw_line(&line, inner, y, buf);
        y += 1;
    }
}

/// At most `n` groups, the selected one among them.
fn around_selected<'a>(app: &App, lab: &'a LabSnapshot, n: usize) -> &'a [GroupSnapshot] {
    let all = &lab.groups;
    let first = app
        .selected_row(lab)
        .saturating_sub(n / 2)
        .min(all.len().saturating_sub(n));
    &all[first..(first + n).min(all.len())]
}

fn line_area(area: Rect) -> Rect {
    Rect {
        x: area.x + LEFT,
        width: area.width.saturating_sub(LEFT + RIGHT),
        ..area
    }
}

/// Round numbers along the line, and the number of all masks at its end.
fn draw_ticks(app: &App, most: f64, area: Rect, buf: &mut Buffer) {
    let (glyphs, dim) = (app.theme.glyphs(), app.theme.style(Role::Dim));
    put(buf, area, area.x.into(), area.y, "   bits", dim);
    let line = line_area(area);
    let all = format::power_of_two(most as u64, glyphs);
    let end = i32::from(line.right()) - 1;
    put(
        buf,
        area,
        end - all.chars().count() as i32 / 2,
        area.y,
        &all,
        dim,
    );
    if most <= LINEAR_UP_TO {
        put(buf, area, line.x.into(), area.y, "1", dim);
        return;
    }
    let number_line = NumberLine::new(&app.theme, most, &[]);
    let log10 = most * std::f64::consts::LOG10_2;
    let step = [
        2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0,
    ];
    let step = step
        .into_iter()
        .find(|step| log10 / step <= 4.0)
        .unwrap_or(log10);
    let mut at = 0.0;
    while at < log10 {
        let text = format::power_of_ten(at, glyphs);
        let place = number_line.position(at / std::f64::consts::LOG10_2);
        let x = i32::from(line.x) + (place * f64::from(line.width.max(1) - 1)).round() as i32;
        if x + (text.chars().count() as i32) + 1 < end - all.chars().count() as i32 / 2 {
            put(buf, area, x, area.y, &text, dim);
        }
        at += step;
    }
}

/// A row: the bits of a rate, what it has drawn (●), and where the first repeat is to be expected (◆).
fn draw_group(
    app: &App,
    lab: &LabSnapshot,
    (group, most): (&GroupSnapshot, f64),
    area: Rect,
    buf: &mut Buffer,
) {
    let Some(subject) = Subject::of(app, lab, group) else {
        return;
    };
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let is_selected = app
        .selected(lab)
        .is_some_and(|selected| selected.id == group.id);
    let number = theme.style(if is_selected { Role::Bright } else { Role::Dim });
    let subnetworks = &subject.run.subnetworks;
    let head = Line::from(vec![
        Span::styled(group.letter.to_string(), subject.style),
        Span::styled(format!("{:>6.1}", subnetworks.entropy_bits()), number),
    ]);
    draw_line(&head, area, area.y, buf);
    let line = line_area(area);
    if subnetworks.n_units() == 0 {
        let words = format!("{} one network, always the same", glyphs.pick("●", "*"));
        put(buf, area, line.x.into(), area.y, &words, number);
        return;
    }
    let repeat = subnetworks.log10_draws_to_first_repeat();
    let log2_repeat = repeat * std::f64::consts::LOG2_10;
    let log2_drawn = (subject.run.masks_drawn.max(1) as f64).log2();
    let mark = |log2, symbol, style| Mark {
        log2,
        symbol,
        label: "",
        style,
        label_style: style,
    };
    let marks = [
        mark(most, glyphs.pick("┃", "|"), theme.style(Role::Border)),
        mark(log2_repeat, glyphs.pick("◆", "+"), subject.style),
        mark(log2_drawn, glyphs.pick("●", "*"), subject.style),
    ];
    let number_line = NumberLine::new(theme, most, &marks);
    let reach = log2_drawn.max(log2_repeat);
    number_line
        .clone()
        .reach(reach, subject.style)
        .draw(line, buf);
    let column = (number_line.position(reach) * f64::from(line.width.max(1) - 1)).round();
    let text = format!(" {} ", draws_text(app, repeat));
    put(
        buf,
        area,
        i32::from(line.x) + column as i32 + 1,
        area.y,
        &text,
        number,
    );
}

/// A number of draws from its logarithm to base 10: whole as long as that can be read.
fn draws_text(app: &App, log10: f64) -> String {
    if log10 < 6.0 {
        format::count(10_f64.powf(log10).round() as u64)
    } else {
        format::power_of_ten(log10, app.theme.glyphs())
    }
}

/// What the marks are, with the counts of the selected rate.
fn legend(app: &App, lab: &LabSnapshot) -> Vec<Line<'static>> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let Some(subject) = Subject::selected(app, lab) else {
        return Vec::new();
    };
    let mut counts = vec![Span::styled(glyphs.pick("● ", "* "), subject.style)];
    counts.extend(count_spans(app, subject.run));
    let repeat = vec![
        Span::styled(glyphs.pick("◆ ", "+ "), subject.style),
        Span::styled(
            "first repeat expected around this draw",
            theme.style(Role::Dim),
        ),
    ];
    vec![Line::from(counts), Line::from(repeat)]
}

/// Drawn, distinct, and as many distinct ones as chance would give.
fn count_spans(app: &App, run: &RunSnapshot) -> Vec<Span<'static>> {
    let theme = &app.theme;
    let dim = |text: &str| Span::styled(text.to_owned(), theme.style(Role::Dim));
    let bright = |n: u64| Span::styled(format::count_within(n, 9), theme.style(Role::Bright));
    let about = if run.is_distinct_exact {
        ""
    } else {
        theme.glyphs().pick("≈", "~")
    };
    let expected = run.subnetworks.expected_distinct(run.masks_drawn).round() as u64;
    vec![
        dim("drawn "),
        bright(run.masks_drawn),
        dim(&format!("  distinct {about}")),
        bright(run.masks_distinct),
        dim(&format!("  expected {}", format::count_within(expected, 9))),
    ]
}

/// Of all masks, those that training has been through at least once.
pub(super) fn draw_visited(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let frame = frame(app, Pane::Visited, "Visited by training", spot);
    let Some(subject) = Subject::selected(app, lab) else {
        frame.draw(spot.area, buf);
        return;
    };
    let steps = format!("in {} steps", format::count(subject.run.step));
    let inner = frame
        .rest(forms(app, &[TitlePart::new(0, steps)]))
        .draw(spot.area, buf);
    let (run, theme) = (subject.run, &app.theme);
    if run.subnetworks.n_units() == 0 {
        draw_words(app, "one network, always the same", inner, buf);
        return;
    }
    draw_line(&Line::from(count_spans(app, run)), inner, inner.y, buf);
    let repeat = run.subnetworks.log10_draws_to_first_repeat();
    let repeat = format!(
        "first repeat expected around draw {}",
        draws_text(app, repeat)
    );
    draw_line(
        &Line::styled(repeat, theme.style(Role::Dim)),
        inner,
        inner.y + 1,
        buf,
    );
    let n_all = (run.subnetworks.n_units() as f64).exp2();
    let share = (run.masks_distinct as f64 / n_all).min(1.0);
    let bar = Rect {
        y: inner.y + 3,
        height: 1,
        ..inner
    };
    super::ways::draw_bar(app, share, (subject.style, bar), buf);
    let words = vec![
        Span::styled(
            format!("{} %", format::percent(share, theme.glyphs())),
            theme.style(Role::Bright),
        ),
        Span::styled(" were trained at least once", theme.style(Role::Dim)),
    ];
    draw_line(&Line::from(words), inner, inner.y + 5, buf);
}
