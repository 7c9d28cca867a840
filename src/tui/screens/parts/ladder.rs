//! The ladder of gaps: how far train and test of each rate lie apart now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::curves::{self, Part};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::tui::app::{App, Metric};
use crate::tui::theme::{Look, Role};
use crate::tui::widgets::ladder::Rung;
use crate::tui::widgets::{put, width_of};

/// Of each rate the mean on the training examples and that on the test examples, as they are now.
pub(in crate::tui::screens) fn rungs<'a>(
    lab: &LabSnapshot,
    metric: Metric,
    looks: &[Look],
    letters: &'a [String],
) -> Vec<Rung<'a>> {
    let mean = |group: &GroupSnapshot, part: Part| {
        let now = group.over_seeds(|_, evaluation| curves::value(evaluation, metric, part));
        now.map_or(f64::NAN, |now| now.mean)
    };
    let rung = |((group, look), label): ((&GroupSnapshot, &Look), &'a String)| Rung {
        label,
        style: look.style,
        ring: mean(group, Part::Train),
        disc: mean(group, Part::Test),
    };
    let groups = lab.groups.iter().zip(looks).zip(letters);
    let mut rungs: Vec<Rung> = groups.map(rung).collect();
    let tests = curves::test_curves(lab, metric);
    keep_in_bounds(&mut rungs, &super::shares_axis(lab, &tests, MOST));
    rungs
}

/// How many times larger than all others a value may be and still have a say in the axis of the ladder.
const MOST: f64 = 10.0;

/// Values far beyond those of the rates that are `in` bounds are shown as beyond all bounds, or they would press the others
/// into one row.
fn keep_in_bounds(rungs: &mut [Rung], is_in: &[bool]) {
    let inside = rungs.iter().zip(is_in).filter(|(_, is_in)| **is_in);
    let values = inside.flat_map(|(rung, _)| [rung.ring, rung.disc]);
    let largest = values.map(f64::abs).fold(0.0, f64::max);
    let outside = rungs.iter_mut().zip(is_in).filter(|(_, is_in)| !**is_in);
    for (rung, _) in outside.filter(|_| largest > 0.0) {
        for value in [&mut rung.ring, &mut rung.disc] {
            if *value > MOST * largest {
                *value = f64::INFINITY;
            }
        }
    }
}

/// What it is, below it at the right end of the row `y` of `inner`.
pub(in crate::tui::screens) fn draw_name(app: &App, (inner, y): (Rect, u16), buf: &mut Buffer) {
    let words = "gap now";
    let x = i32::from(inner.right()) - i32::from(width_of(words));
    put(buf, inner, x, y, words, app.theme.style(Role::Dim));
}
