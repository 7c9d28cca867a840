//! What holds for every widget: any rectangle, any data, no panic, and not a cell outside.

use proptest::prelude::*;
use ratatui::buffer::Cell;

use super::axis::{Axis, Scale};
use super::band::Band;
use super::bitmap::{Bitmap, Packing};
use super::chart::{Chart, Event, EventMark, Series};
use super::histogram::{Histogram, Marker};
use super::image::{Binning, Image, Pixel, Size};
use super::ladder::{Ladder, Rung};
use super::leader_strip::{Leader, LeaderStrip};
use super::number_line::{Mark, NumberLine};
use super::pane::Pane;
use super::*;
use crate::tui::theme::{ColorTier, LineStyle, Theme, line_of};

/// The rows of a buffer as text.
pub(crate) fn rows_of(buf: &Buffer) -> Vec<String> {
    let area = buf.area;
    (area.top()..area.bottom())
        .map(|y| {
            (area.left()..area.right())
                .map(|x| buf[(x, y)].symbol())
                .collect()
        })
        .collect()
}

/// Numbers as they come from a network that does well, and from one that does not.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..3.0_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MAX, f64::MIN_POSITIVE]),
    ]
}

fn theme() -> impl Strategy<Value = Theme> {
    let tier = prop::sample::select(vec![
        ColorTier::None,
        ColorTier::Ansi16,
        ColorTier::Ansi256,
        ColorTier::TrueColor,
    ]);
    let name = prop::sample::select(vec!["dark", "light", "high-contrast", "mono"]);
    (name, tier, prop::sample::select(Glyphs::ALL.to_vec()))
        .prop_map(|(name, tier, glyphs)| Theme::built_in(name, tier, glyphs))
}

/// A rectangle that may be empty, one cell, or partly outside of the buffer.
fn area() -> impl Strategy<Value = Rect> {
    (0_u16..20, 0_u16..10, 0_u16..60, 0_u16..20).prop_map(|(x, y, width, height)| Rect {
        x,
        y,
        width,
        height,
    })
}

fn scale() -> impl Strategy<Value = Scale> {
    prop::sample::select(vec![Scale::Linear, Scale::Log])
}

/// Draws into a marked buffer and checks that only `area` changed, and that ASCII themes draw ASCII.
fn checked(theme: &Theme, area: Rect, draw: impl FnOnce(&mut Buffer)) -> Result<(), TestCaseError> {
    let mark = Cell::new("x");
    let mut buf = Buffer::filled(Rect::new(2, 1, 50, 18), mark.clone());
    draw(&mut buf);
    for y in buf.area.top()..buf.area.bottom() {
        for x in buf.area.left()..buf.area.right() {
            let cell = &buf[(x, y)];
            if !area.contains((x, y).into()) {
                prop_assert_eq!(cell, &mark, "outside, at {},{}", x, y);
            }
            prop_assert!(
                !theme.glyphs().is_ascii() || cell.symbol().is_ascii(),
                "{:?}",
                cell.symbol()
            );
            prop_assert!(
                theme.has_colors() || (cell.fg, cell.bg) == (mark.fg, mark.bg),
                "{cell:?}"
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn charts_take_anything(
        theme in theme(),
        area in area(),
        lines in prop::collection::vec(prop::collection::vec((number(), number()), 0..40), 0..5),
        is_sorted in any::<bool>(),
        (x_scale, y_scale) in (scale(), scale()),
        window in prop::option::of((number(), number())),
        marks in prop::collection::vec(number(), 0..4),
    ) {
        let mut lines = lines;
        if is_sorted {
            for line in &mut lines {
                line.sort_by(|one, two| one.0.total_cmp(&two.0));
            }
        }
        let bands: Vec<Vec<(f64, f64, f64)>> =
            lines.iter().map(|line| line.iter().map(|&(x, y)| (x, y, y * 2.0)).collect()).collect();
        let series: Vec<Series> = lines.iter().zip(&bands).enumerate().map(|(i, (points, band))| {
            let series = Series::new(points, theme.rate(i as f64 / 5.0), "ab").band(band);
            if i % 2 == 0 { series.line(line_of(i)) } else { series.faint().line(LineStyle::Dotted) }
        }).collect();
        let events: Vec<Event> =
            marks.iter().map(|&x| Event { x, label: "c: 0.4", style: theme.rate(0.5), mark: EventMark::Change }).collect();
        let chart = Chart::new(&theme, &series)
            .scales(x_scale, y_scale)
            .x_axis(window.map(|(start, end)| Axis::new(x_scale, start, end)))
            .events(&events)
            .x_title("epoch")
            .crosshair(marks.first().copied());
        checked(&theme, area, |buf| { chart.draw(area, buf); })?;
        let layout = chart.layout(area);
        prop_assert!(layout.plot.is_empty() || area.intersection(layout.plot) == layout.plot, "{area} {}", layout.plot);
    }

    #[test]
    fn bitmaps_take_anything(
        theme in theme(),
        area in area(),
        rows in prop::collection::vec(prop::collection::vec(0_u8..3, 0..130), 0..90),
        first_column in 0_usize..200,
        packing in prop::sample::select(vec![Packing::Single, Packing::Half, Packing::Quadrant, Packing::Dense]),
    ) {
        let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
        let bitmap = Bitmap::new(&theme, &rows, theme.rate(0.5)).packing(packing).first_column(first_column);
        checked(&theme, area, |buf| { bitmap.draw(area, buf); })?;
    }

    #[test]
    fn histograms_take_anything(
        theme in theme(),
        area in area(),
        counts in prop::collection::vec(prop_oneof![0_u64..50, any::<u64>()], 0..100),
        position in number(),
    ) {
        let marker = Marker { position, label: "full 88.0", style: theme.rate(0.1) };
        let histogram = Histogram::new(&theme, &counts, theme.rate(0.5)).ends("72 %", "90").marker(Some(marker));
        checked(&theme, area, |buf| histogram.draw(area, buf))?;
    }

    #[test]
    fn pictures_take_anything(
        theme in theme(),
        area in area(),
        values in prop::collection::vec((number(), 0_u8..6), 0..400),
        n_columns in 0_usize..70,
        size in prop::option::of(prop::sample::select(vec![Size::Double, Size::Single, Size::Half])),
        binning in prop::sample::select(vec![Binning::Most, Binning::Mean]),
        places in prop::collection::vec((0_usize..70, 0_usize..30), 0..4),
    ) {
        let pixel = |&(value, kind): &(f64, u8)| match kind {
            0 => Pixel::Silent,
            1 => Pixel::Hole,
            2 => Pixel::Map(value),
            3 => Pixel::Signed(-value),
            _ => Pixel::Amount(value),
        };
        let pixels: Vec<Pixel> = values.iter().map(pixel).collect();
        let mut image = Image::new(&theme, &pixels, n_columns).hue(theme.rate(0.5)).binning(binning);
        if let Some(size) = size {
            image = image.size(size);
        }
        let image = image.marks(&places).cursor(places.first().copied());
        checked(&theme, area, |buf| { image.draw(area, buf); })?;
        let cells = image.window(area).cells;
        prop_assert!(area.intersection(cells) == cells || cells.is_empty(), "{area} {cells}");
    }

    #[test]
    fn ladders_take_anything(
        theme in theme(),
        area in area(),
        pairs in prop::collection::vec((number(), number()), 0..30),
        kept in 0_usize..40,
    ) {
        let rung = |&(ring, disc)| Rung { label: "a", style: theme.rate(0.3), ring, disc };
        let rungs: Vec<Rung> = pairs.iter().map(rung).collect();
        let ladder = Ladder::new(&theme, &rungs).keeping(kept);
        checked(&theme, area, |buf| ladder.draw(area, buf))?;
    }

    #[test]
    fn leader_strips_take_anything(
        theme in theme(),
        area in area(),
        columns in prop::collection::vec(prop::option::of(0_usize..4), 0..80),
    ) {
        let leaders = ['a', 'b', 'c'].map(|letter| Leader { letter, style: theme.rate(0.3) });
        let strip = LeaderStrip::new(&theme, &columns, &leaders);
        checked(&theme, area, |buf| strip.draw(area, buf))?;
    }

    #[test]
    fn number_lines_take_anything(
        theme in theme(),
        area in area(),
        end in number(),
        reach in number(),
        marks in prop::collection::vec(number(), 0..6),
    ) {
        let symbol = theme.glyphs().pick("◆", "*");
        let mark = |&log2: &f64| {
            let style = theme.rate(0.3);
            Mark { log2, symbol, label: "first repeat", style, label_style: style }
        };
        let marks: Vec<Mark> = marks.iter().map(mark).collect();
        let line = NumberLine::new(&theme, end, &marks).reach(reach, theme.rate(0.5));
        checked(&theme, area, |buf| line.draw(area, buf))?;
    }

    #[test]
    fn bands_take_anything(
        theme in theme(),
        area in area(),
        values in prop::collection::vec(number(), 0..100),
        (low, high) in (number(), number()),
        (first, n_per_cell) in (0_usize..120, 0_usize..5),
    ) {
        let band = Band::new(&theme, &values, low, high, theme.rate(0.5)).window(first, n_per_cell);
        checked(&theme, area, |buf| band.draw(area, buf))?;
        prop_assert!(band.n_outside() <= values.len());
    }

    #[test]
    fn panes_take_anything(theme in theme(), area in area(), title in "[a-z ]{0,30}", rest in "[a-z ]{0,60}", is_focused in any::<bool>()) {
        let pane = Pane::new(&theme, &title).rest([rest.as_str()]).footer("epoch").focused(is_focused);
        checked(&theme, area, |buf| {
            let inner = pane.draw(area, buf);
            assert!(inner.is_empty() || area.intersection(inner) == inner);
        })?;
    }
}

#[test]
fn text_is_clipped_on_both_sides() {
    let area = Rect::new(2, 0, 4, 1);
    for (x, expected) in [
        (2, "  abcd  "),
        (0, "  cdef  "),
        (5, "     a  "),
        (-3, "  f     "),
        (-9, "        "),
        (6, "        "),
    ] {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        put(&mut buf, area, x, 0, "abcdef", Style::new());
        assert_eq!(rows_of(&buf), [expected], "at {x}");
    }
}
