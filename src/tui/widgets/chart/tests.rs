//! What a chart promises.

use ratatui::style::Color;

use super::*;
use crate::tui::theme::{ColorTier, Glyphs};
use crate::tui::widgets::tests::rows_of;

fn theme(tier: ColorTier, glyphs: Glyphs) -> Theme {
    Theme::built_in("dark", tier, glyphs)
}

fn drawn(chart: &Chart, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    chart.draw(area, &mut buf);
    buf
}

#[test]
fn a_chart_has_ticks_at_their_values_a_title_and_letters_at_the_ends() {
    let theme = theme(ColorTier::None, Glyphs::Half);
    let rising: Vec<(f64, f64)> = (0..=10)
        .map(|i| (f64::from(i), f64::from(i) / 10.0))
        .collect();
    let falling: Vec<(f64, f64)> = rising.iter().map(|&(x, y)| (x, 1.0 - y)).collect();
    let series = [
        Series::new(&rising, Style::new(), "a"),
        Series::new(&falling, Style::new(), "b").faint(),
    ];
    let chart = Chart::new(&theme, &series)
        .x_title("epoch")
        .y_axis(Some(Axis::new(Scale::Linear, 0.0, 1.0)));
    let rows = rows_of(&drawn(&chart, 30, 6));
    let expected = [
        "1.0┤▀▀▀▄               ▄▄▀▀▀ a",
        "   │      ▀▄▄      ▄▄▀▀       ",
        "0.5┤         ▀▄▄▄▀▀           ",
        "   │     ▄▄▄▀▀    ▀▀  ▄       ",
        "0.0┤▄▄▄▀▀              ▀▀▄   b",
        "    0    2   4    6   8  epoch",
    ];
    assert_eq!(rows, expected, "{rows:#?}");
}

#[test]
fn leading_lines_lie_above_accompanying_ones_wherever_they_stand_in_the_list() {
    let theme = theme(ColorTier::TrueColor, Glyphs::Braille);
    let points = [(0.0, 1.0), (10.0, 1.0)];
    let strong = Series::new(&points, Style::new().fg(Color::Rgb(1, 2, 3)), "");
    let faint = Series::new(&points, Style::new().fg(Color::Rgb(200, 0, 0)), "").faint();
    for series in [[strong.clone(), faint.clone()], [faint, strong]] {
        let buf = drawn(&Chart::new(&theme, &series), 20, 5);
        let colors: Vec<Color> = buf
            .content()
            .iter()
            .filter(|cell| ('⠁'..='⣿').contains(&cell.symbol().chars().next().unwrap_or(' ')))
            .map(|cell| cell.fg)
            .collect();
        assert!(
            !colors.is_empty() && colors.iter().all(|&color| color == Color::Rgb(1, 2, 3)),
            "{colors:?}"
        );
    }
}

#[test]
fn a_branch_is_a_broken_line_behind_the_curves() {
    for (glyphs, line) in [(Glyphs::Braille, '╎'), (Glyphs::Ascii, ':')] {
        let theme = theme(ColorTier::None, glyphs);
        let points = [(0.0, 0.0), (100.0, 1.0)];
        let series = [Series::new(&points, Style::new(), "")];
        let events = [Event {
            x: 50.0,
            label: "d branches off",
            style: Style::new(),
            mark: EventMark::Branch,
        }];
        let chart = Chart::new(&theme, &series).events(&events);
        let rows = rows_of(&drawn(&chart, 44, 9));
        let n_lines = rows.iter().filter(|row| row.contains(line)).count();
        assert!(
            (4..9).contains(&n_lines),
            "the curve is in front: {rows:#?}"
        );
        assert!(rows[..3].iter().any(|row| row.contains("d branches off")));
    }
}

#[test]
fn events_are_marked_and_named_as_far_as_there_is_room() {
    let theme = theme(ColorTier::None, Glyphs::Braille);
    let points = [(0.0, 0.0), (100.0, 1.0)];
    let series = [Series::new(&points, Style::new(), "")];
    let event = |x, label| Event {
        x,
        label,
        style: Style::new(),
        mark: EventMark::Change,
    };
    let events = [
        event(20.0, "c: rate"),
        event(60.0, "far too long for this"),
        event(65.0, "b"),
        event(95.0, "d: masks"),
        event(95.0, "d: too"),
        event(500.0, "later"),
        event(30.0, "a text that is longer than the whole of the plot is"),
    ];
    let buf = drawn(&Chart::new(&theme, &series).events(&events), 44, 9);
    let rows = rows_of(&buf);
    assert_eq!(rows[0].matches('▾').count(), 5, "{rows:#?}");
    for label in [
        "c: rate",
        "far too long for this",
        "b",
        "d: masks",
        "d: too",
    ] {
        let is_there = rows[..3].iter().any(|row| row.contains(label));
        assert!(
            is_there,
            "{label} beside a marker or a row further down: {rows:#?}"
        );
    }
    assert!(
        rows.iter()
            .all(|row| !row.contains("a text") && !row.contains("later")),
        "{rows:#?}"
    );
}

#[test]
fn the_crosshair_stands_at_its_x_and_columns_lead_back_to_it() {
    let theme = theme(ColorTier::None, Glyphs::Braille);
    let points = [(0.0, 0.0), (100.0, 1.0)];
    let series = [Series::new(&points, Style::new(), "")];
    let chart = Chart::new(&theme, &series).crosshair(Some(80.0));
    let area = Rect::new(3, 2, 50, 8);
    let layout = chart.layout(area);
    let column = layout.column_of(80.0).expect("in view");
    assert!((layout.x_at(column) - 80.0).abs() <= 100.0 / f64::from(layout.plot.width));
    let mut buf = Buffer::empty(Rect::new(0, 0, 60, 12));
    chart.draw(area, &mut buf);
    let n_cells = (layout.plot.top()..layout.plot.bottom())
        .filter(|&y| buf[(column, y)].symbol() == "│")
        .count();
    assert!(
        n_cells + 2 >= usize::from(layout.plot.height),
        "all but where the line passes"
    );
    assert_eq!(layout.column_of(101.0), None);
    assert_eq!(layout.column_of(f64::NAN), None);
    let first = layout.x_at(layout.plot.left());
    assert!(
        (layout.x_at(0) - first).abs() < 1e-9,
        "the nearest column stands for one outside"
    );
}

#[test]
fn bands_are_shaded_with_many_colours_and_dotted_with_few() {
    let points = [(0.0, 0.5), (10.0, 0.5)];
    let band = [(0.0, 0.1, 0.9), (10.0, 0.1, 0.9)];
    for (tier, is_shaded) in [
        (ColorTier::TrueColor, true),
        (ColorTier::Ansi256, true),
        (ColorTier::None, false),
    ] {
        let theme = theme(tier, Glyphs::Braille);
        let plain = [Series::new(&points, theme.rate(0.5), "")];
        let banded = [Series::new(&points, theme.rate(0.5), "").band(&band)];
        let y = Some(Axis::new(Scale::Linear, 0.0, 1.0));
        let buf = drawn(&Chart::new(&theme, &banded).y_axis(y), 30, 11);
        let n_inked = |buf: &Buffer| {
            buf.content()
                .iter()
                .filter(|cell| cell.symbol() != " ")
                .count()
        };
        let n_shaded = buf
            .content()
            .iter()
            .filter(|cell| cell.bg != Color::Reset)
            .count();
        let n_more = n_inked(&buf) - n_inked(&drawn(&Chart::new(&theme, &plain).y_axis(y), 30, 11));
        assert_eq!(
            (n_shaded > 100, n_more > 100),
            (is_shaded, !is_shaded),
            "{tier:?}: {n_shaded} {n_more}"
        );
    }
}

#[test]
fn the_y_axis_spans_what_the_window_shows() {
    let theme = theme(ColorTier::None, Glyphs::Braille);
    let points: Vec<(f64, f64)> = (0..100)
        .map(|i| {
            (
                f64::from(i),
                if i < 50 {
                    100.0
                } else {
                    1.0 + f64::from(i) / 100.0
                },
            )
        })
        .collect();
    let series = [Series::new(&points, Style::new(), "")];
    let chart = Chart::new(&theme, &series).x_axis(Some(Axis::new(Scale::Linear, 60.0, 99.0)));
    let layout = chart.layout(Rect::new(0, 0, 40, 10));
    assert!(
        layout.y.start() > 1.5 && layout.y.end() < 2.1,
        "{:?}",
        layout.y
    );
}

#[test]
fn where_not_all_labels_fit_those_of_the_last_leading_lines_stay_and_faint_ones_go_first() {
    let theme = theme(ColorTier::None, Glyphs::Half);
    let points: Vec<[(f64, f64); 2]> = (0..6).map(|i| [(0.0, 0.0), (1.0, f64::from(i))]).collect();
    let labels = ["a", "b", "c", "d", "e", "f"];
    let lines = points.iter().zip(labels);
    let mut series: Vec<Series> = lines
        .map(|(points, label)| Series::new(points, Style::new(), label))
        .collect();
    series[5] = series[5].clone().faint();
    let text = rows_of(&drawn(&Chart::new(&theme, &series), 20, 4)).join("");
    let is_shown = |label: &&str| text.contains(*label);
    let shown: Vec<&str> = labels.into_iter().filter(is_shown).collect();
    assert_eq!(shown, ["c", "d", "e"], "{text}");
}

#[test]
fn the_crosshair_has_its_label_above_it_inside_of_the_plot() {
    let theme = theme(ColorTier::None, Glyphs::Half);
    let points = [(0.0, 0.0), (10.0, 0.0)];
    let series = [Series::new(&points, Style::new(), "")];
    for (x, start) in [(0.0, 2), (5.0, 10), (10.0, 17)] {
        let chart = Chart::new(&theme, &series)
            .y_axis(Some(Axis::new(Scale::Linear, 0.0, 1.0)))
            .crosshair(Some(x))
            .crosshair_label("062");
        let rows = rows_of(&drawn(&chart, 20, 5));
        let column = rows[0].find("062").map(|at| rows[0][..at].chars().count());
        assert_eq!(column, Some(start), "{}", rows[0]);
    }
}

#[test]
fn a_weak_band_is_shaded_less_and_not_dotted() {
    let (points, band) = ([(0.0, 0.5), (1.0, 0.5)], [(0.0, 0.0, 1.0), (1.0, 0.0, 1.0)]);
    let style = Style::new().fg(Color::Rgb(250, 200, 80));
    let corner = |tier: ColorTier, strength: f64| {
        let theme = theme(tier, Glyphs::Braille);
        let series = [Series::new(&points, style, "")
            .band(&band)
            .band_strength(strength)];
        let chart = Chart::new(&theme, &series).y_axis(Some(Axis::new(Scale::Linear, 0.0, 1.0)));
        let buf = drawn(&chart, 20, 8);
        let cell = &buf[(12, 1)];
        (cell.bg, cell.symbol().to_owned())
    };
    let brightness = |color: Color| match color {
        Color::Rgb(r, g, b) => u32::from(r) + u32::from(g) + u32::from(b),
        other => panic!("{other:?} is no shade"),
    };
    let [full, weak] = [1.0, 0.4].map(|strength| corner(ColorTier::TrueColor, strength).0);
    assert!(brightness(full) > brightness(weak));
    let dots = |strength: f64| corner(ColorTier::None, strength).1;
    assert_ne!(dots(1.0), " ");
    assert_eq!(dots(0.4), " ");
}
