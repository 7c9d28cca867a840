//! From points to dots, one dot column at a time.
//!
//! A column shows the first, lowest, highest and last value of the points in it, joined, and joined to the column
//! before: the same dots as drawing every segment, at the cost of one pass over the points.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Layout;
use crate::tui::theme::LineStyle;
use crate::tui::widgets::axis::Axis;
use crate::tui::widgets::canvas::Canvas;

/// The points that matter to `x`: those on the axis and one beyond each end, so that lines run out of the picture.
pub(super) fn points_in<'a>(points: &'a [(f64, f64)], x: &Axis) -> &'a [(f64, f64)] {
    let first = points.partition_point(|point| point.0 < x.start());
    let end = points.partition_point(|point| point.0 <= x.end());
    &points[first.saturating_sub(1)..end.max(first).saturating_add(1).min(points.len())]
}

/// The part of a band that matters to `x`.
pub(super) fn band_in<'a>(band: &'a [(f64, f64, f64)], x: &Axis) -> &'a [(f64, f64, f64)] {
    let first = band.partition_point(|point| point.0 < x.start());
    let end = band.partition_point(|point| point.0 <= x.end());
    &band[first.saturating_sub(1)..end.max(first).saturating_add(1).min(band.len())]
}

/// The last point on the axis `x` that has a value.
pub(super) fn last_in<'a>(points: &'a [(f64, f64)], x: &Axis) -> Option<&'a (f64, f64)> {
    let end = points.partition_point(|point| point.0 <= x.end());
    points[..end].iter().rev().find(|point| point.1.is_finite())
}

/// Draws the line through `points` into the canvas's current layer.
pub(super) fn draw_line(
    canvas: &mut Canvas,
    points: &[(f64, f64)],
    x: &Axis,
    y: &Axis,
    line: LineStyle,
) {
    if canvas.n_columns() == 0 || canvas.n_rows() == 0 {
        return;
    }
    let mut pen = Pen {
        canvas,
        x,
        y,
        line,
        current: None,
    };
    let mut rest = points_in(points, x);
    while let [(x, value), after @ ..] = rest {
        rest = after;
        // A 0 on a logarithmic axis goes along the lower edge; the letter at the line's end says that it is further down.
        let value = y.raised(*value);
        if y.has_place(value) {
            pen.move_to(*x, value);
            rest = pen.skim(after);
        } else {
            pen.lift();
        }
    }
    pen.lift();
}

/// As far outside as a dot is counted, so that slopes stay finite.
const FAR: f64 = 1e6;

/// What a line does in one dot column.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// The column, which may lie outside the canvas.
    at: i64,
    /// The x at which the next column begins.
    end: f64,
    /// The row at which the line comes in.
    entry: f64,
    /// Values, not rows yet: the extremes are at the same points either way.
    last: f64,
    low: f64,
    high: f64,
}

impl Column {
    fn add(&mut self, value: f64) {
        self.last = value;
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }
}

/// Goes along a line and draws each column when the line leaves it.
struct Pen<'a> {
    canvas: &'a mut Canvas,
    x: &'a Axis,
    y: &'a Axis,
    line: LineStyle,
    current: Option<Column>,
}

impl Pen<'_> {
    /// The dot column of an x. The right edge belongs to the last column; it begins none of its own.
    fn column_of(&self, x: f64) -> Option<i64> {
        let n_columns = self.canvas.n_columns() as f64;
        let at = (self.x.position(x)? * n_columns).floor().clamp(-FAR, FAR);
        Some(if x <= self.x.end() {
            at.min(n_columns - 1.0) as i64
        } else {
            at as i64
        })
    }

    /// The row of a value, in dots from the top. The bottom edge belongs to the last row.
    fn row_of(&self, value: f64) -> f64 {
        let n_rows = self.canvas.n_rows() as f64;
        let row = self
            .y
            .position(value)
            .map_or(FAR, |position| (1.0 - position) * n_rows)
            .clamp(-FAR, FAR);
        if value >= self.y.start() {
            row.min(n_rows - 0.5)
        } else {
            row
        }
    }

    /// Goes on to a point in another column.
    fn move_to(&mut self, x: f64, value: f64) {
        let Some(at) = self.column_of(x) else {
            return self.lift();
        };
        match &mut self.current {
            Some(column) if column.at >= at => column.add(value),
            Some(column) => {
                let left = *column;
                self.join(left, at, value);
            }
            None => self.enter(at, value, self.row_of(value)),
        }
    }

    /// Takes in the points that follow in the same column; returns the others. Most points of a long line pass here,
    /// which is why the extremes are kept in registers and compared as values, not as rows.
    fn skim<'p>(&mut self, points: &'p [(f64, f64)]) -> &'p [(f64, f64)] {
        let Some(column) = &mut self.current else {
            return points;
        };
        let (end, mut last, mut low, mut high) = (column.end, column.last, column.low, column.high);
        let is_here = |&&(x, value): &&(f64, f64)| x < end && self.y.has_place(value);
        let mut n_taken = 0;
        for &(_, value) in points.iter().take_while(is_here) {
            last = value;
            low = if value < low { value } else { low };
            high = if value > high { value } else { high };
            n_taken += 1;
        }
        (column.last, column.low, column.high) = (last, low, high);
        &points[n_taken..]
    }

    fn enter(&mut self, at: i64, value: f64, entry: f64) {
        let end = self
            .x
            .value((at + 1) as f64 / self.canvas.n_columns().max(1) as f64);
        self.current = Some(Column {
            at,
            end,
            entry,
            last: value,
            low: value,
            high: value,
        });
    }

    /// Ends the line here; the next point begins a new one.
    fn lift(&mut self) {
        if let Some(column) = self.current.take() {
            let exit = self.row_of(column.last);
            self.finish(&column, exit);
        }
    }

    /// Draws the column that the line leaves at row `exit`.
    fn finish(&mut self, column: &Column, exit: f64) {
        let (top, bottom) = (self.row_of(column.high), self.row_of(column.low));
        self.fill(
            column.at,
            top.min(column.entry).min(exit),
            bottom.max(column.entry).max(exit),
        );
    }

    /// Draws the column that the line leaves and all columns on the way to `value` in the column `at`.
    fn join(&mut self, left: Column, at: i64, value: f64) {
        let (from, to) = (self.row_of(left.last), self.row_of(value));
        let slope = (to - from) / (at - left.at) as f64;
        // Where the line is steep, neighbouring columns share the way between them, but for the one row by which dots
        // may differ and still touch: a flat line stays one dot thin.
        let reach = slope.signum() * (slope.abs() - 1.0).max(0.0) / 2.0;
        self.finish(&left, from + reach);
        let visible = (left.at + 1).max(0)..at.min(self.canvas.n_columns() as i64);
        for between in visible {
            let here = from + slope * (between - left.at) as f64;
            let (one, two) = (here - reach, here + reach);
            self.fill(between, one.min(two), one.max(two));
        }
        self.enter(at, value, to - reach);
    }

    /// Sets the dots from row `top` to row `bottom`, as far as the line style has ink in this column.
    fn fill(&mut self, at: i64, top: f64, bottom: f64) {
        let n_rows = self.canvas.n_rows();
        let Ok(at) = usize::try_from(at) else { return };
        if at >= self.canvas.n_columns()
            || !is_inked(self.line, at)
            || bottom < 0.0
            || top >= n_rows as f64
        {
            return;
        }
        for row in top.max(0.0) as usize..=(bottom as usize).min(n_rows - 1) {
            self.canvas.dot(at, row);
        }
    }
}

/// Whether a line of this style has ink in the dot column `at`.
///
/// The pattern belongs to the columns and not to the line, so that it stands still while the line grows.
fn is_inked(line: LineStyle, at: usize) -> bool {
    match line {
        LineStyle::Solid => true,
        LineStyle::Dashed => at % 6 < 4,
        LineStyle::Dotted => at.is_multiple_of(3),
        LineStyle::DashDot => matches!(at % 8, 0..4 | 6),
    }
}

/// Where a band begins and ends in each cell column of the plot, in cells from its top; `None` where there is none.
pub(super) fn band_edges(band: &[(f64, f64, f64)], layout: &Layout) -> Vec<Option<(f64, f64)>> {
    if band.is_empty() {
        return Vec::new();
    }
    let row = |y: f64| Some((1.0 - layout.y.position(y)?) * f64::from(layout.plot.height));
    let edges_at = |x: f64| {
        let after = band
            .partition_point(|point| point.0 < x)
            .min(band.len() - 1);
        let before = if band[after].0 > x {
            after.checked_sub(1)?
        } else {
            after
        };
        let ((x0, low0, high0), (x1, low1, high1)) = (band[before], band[after]);
        let share = if x1 > x0 {
            ((x - x0) / (x1 - x0)).min(1.0)
        } else {
            0.0
        };
        Some((
            row(high0 + share * (high1 - high0))?,
            row(low0 + share * (low1 - low0))?,
        ))
    };
    let is_in_reach = |x: f64| x <= band[band.len() - 1].0 || band.len() == 1;
    let columns = layout.plot.left()..layout.plot.right();
    columns
        .map(|column| {
            Some(layout.x_at(column))
                .filter(|&x| is_in_reach(x))
                .and_then(edges_at)
        })
        .collect()
}

/// Shades the cells whose middle lies in the band.
pub(super) fn shade_band(edges: &[Option<(f64, f64)>], plot: Rect, shade: Style, buf: &mut Buffer) {
    for (x, edges) in (plot.left()..plot.right()).zip(edges) {
        let Some((top, bottom)) = edges else { continue };
        for y in 0..plot.height {
            let middle = f64::from(y) + 0.5;
            if (*top..=*bottom).contains(&middle) {
                buf[(x, plot.top() + y)].set_style(shade);
            }
        }
    }
}

/// Draws the band as a loose pattern of dots beneath all lines, for terminals that cannot shade.
pub(super) fn dot_band(canvas: &mut Canvas, edges: &[Option<(f64, f64)>], style: Style) {
    canvas.begin_layer(style, 0);
    let across = canvas.n_columns().checked_div(edges.len()).unwrap_or(1);
    let (n_rows, down) = (canvas.n_rows(), canvas.dots_down());
    for (x, edges) in edges.iter().enumerate() {
        let Some((top, bottom)) = edges else { continue };
        let is_inside = |row: usize| (*top..=*bottom).contains(&((row as f64 + 0.5) / down as f64));
        // A chessboard of single dots, one per cell column.
        for row in (x % 2..n_rows).step_by(2).filter(|&row| is_inside(row)) {
            canvas.dot(x * across, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::theme::Glyphs;
    use crate::tui::widgets::axis::Scale;

    const N_COLUMNS: u16 = 20;
    const N_ROWS: u16 = 16;

    fn axes(x_end: f64) -> (Axis, Axis) {
        (
            Axis::new(Scale::Linear, 0.0, x_end),
            Axis::new(Scale::Linear, 0.0, 1.0),
        )
    }

    /// The dots of a line as rows of `#` and spaces, on a canvas with one dot across and two down per cell.
    fn dots(points: &[(f64, f64)], x: &Axis, y: &Axis, line: LineStyle) -> Vec<Vec<bool>> {
        let mut canvas = Canvas::new(N_COLUMNS, N_ROWS / 2, Glyphs::Half);
        canvas.begin_layer(Style::new(), 0);
        draw_line(&mut canvas, points, x, y, line);
        let area = Rect::new(0, 0, N_COLUMNS, N_ROWS / 2);
        let mut buf = Buffer::empty(area);
        canvas.draw(area, &mut buf);
        let is_set = |row: u16, column: u16| match buf[(column, row / 2)].symbol() {
            "█" => true,
            "▀" => row.is_multiple_of(2),
            "▄" => row % 2 == 1,
            _ => false,
        };
        (0..N_ROWS)
            .map(|row| (0..N_COLUMNS).map(|column| is_set(row, column)).collect())
            .collect()
    }

    fn inked_columns(dots: &[Vec<bool>]) -> String {
        (0..usize::from(N_COLUMNS))
            .map(|column| {
                if dots.iter().any(|row| row[column]) {
                    '#'
                } else {
                    '.'
                }
            })
            .collect()
    }

    #[test]
    fn a_spike_of_one_point_among_thousands_reaches_its_row() {
        let (x, y) = axes(9999.0);
        let points: Vec<(f64, f64)> = (0..10_000)
            .map(|i| (f64::from(i), if i == 4321 { 0.99 } else { 0.01 }))
            .collect();
        let dots = dots(&points, &x, &y, LineStyle::Solid);
        assert!(dots[0][8], "the spike's column");
        assert_eq!(dots[0].iter().filter(|&&is_set| is_set).count(), 1);
        assert!(dots[15].iter().all(|&is_set| is_set), "the floor");
    }

    #[test]
    fn lines_break_where_there_is_no_number() {
        let (x, y) = axes(20.0);
        for gap in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let points: Vec<(f64, f64)> = (0..20)
                .map(|i| {
                    (
                        f64::from(i) + 0.5,
                        if (8..12).contains(&i) { gap } else { 0.5 },
                    )
                })
                .collect();
            let dots = dots(&points, &x, &y, LineStyle::Solid);
            assert_eq!(inked_columns(&dots), "########....########", "{gap}");
        }
        let log = Axis::new(Scale::Log, 0.1, 1.0);
        let points = [(0.5, 0.5), (1.5, 0.0), (2.5, -3.0), (3.5, 0.5)];
        assert_eq!(
            inked_columns(&dots(&points, &x, &log, LineStyle::Solid)),
            "####................",
            "what lies below every logarithm goes along the lower edge"
        );
    }

    #[test]
    fn line_styles_are_broken_differently_and_stand_still() {
        let (x, y) = axes(20.0);
        let flat = |end: f64| [(0.0, 0.5), (end, 0.5)];
        let cases = [
            (LineStyle::Solid, "####################"),
            (LineStyle::Dashed, "####..####..####..##"),
            (LineStyle::Dotted, "#..#..#..#..#..#..#."),
            (LineStyle::DashDot, "####..#.####..#.####"),
        ];
        for (line, expected) in cases {
            assert_eq!(inked_columns(&dots(&flat(20.0), &x, &y, line)), expected);
            let half = inked_columns(&dots(&flat(9.9), &x, &y, line));
            assert_eq!(&half[..10], &expected[..10]);
        }
    }

    #[test]
    fn a_window_shows_its_part_with_lines_running_out_on_both_sides() {
        let x = Axis::new(Scale::Linear, 40.0, 60.0);
        let y = Axis::new(Scale::Linear, 0.0, 1.0);
        let dots = dots(
            &[(0.0, 0.5), (50.0, 0.5), (100.0, 0.5)],
            &x,
            &y,
            LineStyle::Solid,
        );
        assert_eq!(inked_columns(&dots), "#".repeat(20));
    }

    proptest! {
        #[test]
        fn every_point_shows_and_the_line_has_no_hole(ys in prop::collection::vec(0.0..1.0_f64, 1..200)) {
            let (x, y) = axes(ys.len() as f64);
            // No point lies exactly between two columns, where rounding would decide.
            let points: Vec<(f64, f64)> = ys.iter().enumerate().map(|(i, &y)| (i as f64 + 0.37, y)).collect();
            let dots = dots(&points, &x, &y, LineStyle::Solid);
            for &(at, value) in &points {
                let column = (at / ys.len() as f64 * f64::from(N_COLUMNS)) as usize;
                let row = ((1.0 - value) * f64::from(N_ROWS)) as usize;
                prop_assert!(dots[row.min(15)][column], "{at} {value}");
            }
            let spans: Vec<(usize, usize)> = (0..usize::from(N_COLUMNS)).filter_map(|column| {
                let rows: Vec<usize> = (0..usize::from(N_ROWS)).filter(|&row| dots[row][column]).collect();
                Some((*rows.first()?, *rows.last()?))
            }).collect();
            for pair in spans.windows(2) {
                prop_assert!(pair[0].0 <= pair[1].1 + 1 && pair[1].0 <= pair[0].1 + 1, "{spans:?}");
            }
        }
    }
}
