//! One axis of a chart: which values it spans, where a value lies on it, and which ticks it carries.
//!
//! Ticks have round values (1, 2 or 5 times a power of ten) and stand where those values are, not at even distances
//! with crooked numbers. Where no two round values fit, the two ends are labelled instead: an axis without a number says
//! nothing. An axis is always usable: what cannot span anything (no values, all equal, NaN, a logarithm
//! of nothing positive) is widened to something that can.

use crate::tui::format::count;

/// How values become distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equal distances.
    Linear,
    /// Equal ratios are equal distances; only positive values have a place.
    Log,
}

impl Scale {
    /// The number in which distances are equal.
    fn measure(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.ln(),
        }
    }
}

/// A round value on an axis and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value.
    pub value: f64,
    /// Its place, 0 (start) to 1 (end).
    pub position: f64,
    /// Its text, ASCII.
    pub label: String,
}

/// An axis from a lower to a higher value, both finite, and positive on a logarithmic one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    scale: Scale,
    start: f64,
    end: f64,
    /// What the scale makes of `start`.
    origin: f64,
    /// What the scale makes of `end`, less `origin`.
    length: f64,
    /// Whether the inverses of its values are written along it.
    has_inverses: bool,
}

/// Values beyond this are cut: half of the largest number, so that a span never overflows.
const LARGEST: f64 = f64::MAX / 4.0;

/// The smallest value on a logarithmic axis.
const SMALLEST_POSITIVE: f64 = f64::MIN_POSITIVE;

impl Axis {
    /// The axis from `one` to `other`, in either order; a span that is none is widened.
    pub fn new(scale: Scale, one: f64, other: f64) -> Self {
        let floor = if scale == Scale::Log {
            SMALLEST_POSITIVE
        } else {
            -LARGEST
        };
        let clean = |value: f64| value.clamp(floor, LARGEST);
        let (start, end) = match (one.is_nan(), other.is_nan()) {
            (true, true) => (1.0, 1.0),
            (true, false) => (clean(other), clean(other)),
            (false, true) => (clean(one), clean(one)),
            (false, false) => (clean(one.min(other)), clean(one.max(other))),
        };
        if is_apart(scale, start, end) {
            Self::between(scale, start, end)
        } else {
            Self::around(scale, start)
        }
    }

    /// The axis that spans all usable `values` and `padding`, a share of its length, on both sides.
    ///
    /// On a logarithmic axis only positive values are usable. Without a usable value it is 0 to 1, or .1 to 1.
    pub fn fit(scale: Scale, values: impl IntoIterator<Item = f64>, padding: f64) -> Self {
        let is_usable = |value: &f64| {
            value.is_finite() && (scale == Scale::Linear || *value >= SMALLEST_POSITIVE)
        };
        let span =
            values
                .into_iter()
                .filter(is_usable)
                .fold(None, |span: Option<(f64, f64)>, value| {
                    Some(span.map_or((value, value), |(low, high)| {
                        (low.min(value), high.max(value))
                    }))
                });
        match span {
            Some((low, high)) => Self::new(scale, low, high).padded(padding),
            None if scale == Scale::Log => Self::between(scale, 0.1, 1.0),
            None => Self::between(scale, 0.0, 1.0),
        }
    }

    fn between(scale: Scale, start: f64, end: f64) -> Self {
        let origin = scale.measure(start);
        Self {
            scale,
            start,
            end,
            origin,
            length: scale.measure(end) - origin,
            has_inverses: false,
        }
    }

    /// The same axis of `1 / value`, with the values themselves written along it: on a logarithmic one they fall to the right.
    #[must_use]
    pub fn with_inverses(mut self) -> Self {
        self.has_inverses = true;
        self
    }

    /// The axis that is written along this one, from right to left.
    fn mirrored(&self) -> Self {
        Self::new(self.scale, 1.0 / self.end, 1.0 / self.start)
    }

    /// A tick of the mirrored axis on this one.
    fn from_mirror(tick: Tick) -> Tick {
        Tick {
            value: 1.0 / tick.value,
            position: 1.0 - tick.position,
            label: tick.label,
        }
    }

    /// An axis with some room around a single `value`.
    fn around(scale: Scale, value: f64) -> Self {
        let (start, end) = match scale {
            Scale::Log => (
                (value / 2.0).max(SMALLEST_POSITIVE),
                (value * 2.0).min(LARGEST),
            ),
            Scale::Linear if value.abs() < 1e-300 => (value - 0.5, value + 0.5),
            Scale::Linear => (value - 0.5 * value.abs(), value + 0.5 * value.abs()),
        };
        Self::between(scale, start, end)
    }

    fn padded(self, share: f64) -> Self {
        Self::new(self.scale, self.value(-share), self.value(1.0 + share))
    }

    /// The scale.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The lowest value.
    pub fn start(&self) -> f64 {
        self.start
    }

    /// The highest value.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// The same axis around `center` (a position, `0..=1`), `factor` times as long; below 1 zooms in.
    #[must_use]
    pub fn zoomed(&self, center: f64, factor: f64) -> Self {
        let center = center.clamp(0.0, 1.0);
        Self::new(
            self.scale,
            self.value(center - center * factor),
            self.value(center + (1.0 - center) * factor),
        )
    }

    /// Whether `value` has a place, on the axis or beyond its ends: finite, and positive on a logarithmic one.
    pub fn has_place(&self, value: f64) -> bool {
        value.is_finite() && (self.scale == Scale::Linear || value > 0.0)
    }

    /// `value`, or the start of the axis for one that lies below every logarithmic one: 0 and less. What is not finite
    /// stays so.
    pub fn raised(&self, value: f64) -> f64 {
        if self.scale == Scale::Log && value <= 0.0 && value.is_finite() {
            self.start
        } else {
            value
        }
    }

    /// Where `value` lies: 0 at the start, 1 at the end, outside of that beyond the ends. `None` for a value without
    /// a place.
    pub fn position(&self, value: f64) -> Option<f64> {
        self.has_place(value)
            .then(|| (self.scale.measure(value) - self.origin) / self.length)
    }

    /// The value at `position`; the inverse of [`Axis::position`].
    pub fn value(&self, position: f64) -> f64 {
        let measure = self.origin + position * self.length;
        if self.scale == Scale::Log {
            measure.exp()
        } else {
            measure
        }
    }

    /// The most ticks that stand at least two rows apart when the axis is `height` cells tall; closer ones where there
    /// would be fewer than two, and the ends where no round values fit. None for less than two rows.
    pub fn ticks_up(&self, height: u16) -> Vec<Tick> {
        let last = f64::from(height.saturating_sub(1));
        let at_distance = |least: f64| {
            let is_apart = |pair: &[Tick]| (pair[1].position - pair[0].position) * last >= least;
            self.ticks_where(height, |ticks| ticks.windows(2).all(is_apart))
        };
        [2.0, 1.4, 1.0]
            .into_iter()
            .map(at_distance)
            .find(|ticks| !ticks.is_empty())
            .unwrap_or_else(|| {
                if height >= 2 {
                    self.ends().to_vec()
                } else {
                    Vec::new()
                }
            })
    }

    /// Ticks at both ends of the axis, with three digits, or as a difference where three are not enough to tell the ends
    /// apart.
    pub fn ends(&self) -> [Tick; 2] {
        if self.has_inverses {
            let [low, high] = self.mirrored().ends();
            return [high, low].map(Self::from_mirror);
        }
        let [low, high] = [self.start, self.end].map(|value| label(value, digit_of(value, 3)));
        let high = if low == high {
            let length = self.end - self.start;
            format!("+{}", label(length, digit_of(length, 2)))
        } else {
            high
        };
        [(self.start, 0.0, low), (self.end, 1.0, high)].map(|(value, position, label)| Tick {
            value,
            position,
            label,
        })
    }

    /// The most ticks whose labels have a free cell between them when written along `width` cells, each centred under
    /// its value.
    pub fn ticks_along(&self, width: u16) -> Vec<Tick> {
        if self.has_inverses {
            let ticks = self.mirrored().ticks_along(width);
            return ticks.into_iter().rev().map(Self::from_mirror).collect();
        }
        let last = f64::from(width.saturating_sub(1));
        // A label and the cell of air beside it.
        self.ticks_where(width / 2 + 1, |ticks| {
            ticks.windows(2).all(|pair| {
                let distance = (pair[1].position - pair[0].position) * last;
                // A centred label reaches half its length to each side; rounding takes up to one cell.
                distance >= (pair[0].label.len() + pair[1].label.len()) as f64 / 2.0 + 2.0
            })
        })
    }

    /// The finest set of two to `n_most` ticks that `fits` and whose labels differ.
    fn ticks_where(&self, n_most: u16, fits: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
        let differ = |ticks: &[Tick]| ticks.windows(2).all(|pair| pair[0].label != pair[1].label);
        let mut sets = self.log_tick_sets().chain(self.linear_tick_sets(n_most));
        sets.find(|ticks| ticks.len() >= 2 && differ(ticks) && fits(ticks))
            .unwrap_or_default()
    }

    /// Ticks for a logarithmic axis, from five per decade to few decades; none for a linear one, and none below
    /// a factor of four, where linear ticks read better.
    fn log_tick_sets(&self) -> impl Iterator<Item = Vec<Tick>> {
        const SETS: [(&[f64], i32); 12] = [
            (&[1.0, 2.0, 3.0, 4.0, 6.0], 1),
            (&[1.0, 2.0, 3.0, 5.0], 1),
            (&[1.0, 2.0, 5.0], 1),
            (&[1.0, 3.0], 1),
            (&[1.0], 1),
            (&[1.0], 2),
            (&[1.0], 5),
            (&[1.0], 10),
            (&[1.0], 20),
            (&[1.0], 50),
            (&[1.0], 100),
            (&[1.0], 200),
        ];
        let (first, last) = (
            self.start.abs().log10().floor() as i32,
            self.end.abs().log10().ceil() as i32,
        );
        let is_wide = self.scale == Scale::Log && self.end / self.start >= 4.0;
        SETS.iter()
            .filter(move |_| is_wide)
            .map(move |(digits, every)| {
                let decades = (first..=last).filter(|decade| decade.rem_euclid(*every) == 0);
                let values = decades
                    .flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)));
                values.filter_map(|value| self.tick(value, value)).collect()
            })
    }

    /// Ticks at multiples of 1, 2 or 5 times a power of ten, finest first; from about `n_most` down to 2.
    fn linear_tick_sets(&self, n_most: u16) -> impl Iterator<Item = Vec<Tick>> {
        let span = self.end - self.start;
        let finest = (span / 100.0).log10().floor() as i32;
        let steps = (finest..finest + 4)
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(decade)));
        // Writing labels only to throw them away was most of the time that a chart took.
        steps
            .filter(move |step| span / step <= f64::from(n_most))
            .map(|step| {
                let first = (self.start / step).ceil();
                // The finest step goes 1000 times into the span, and no further.
                let values = (0..=1000)
                    .map(|i| (first + f64::from(i)) * step)
                    .take_while(|&value| value <= self.end);
                values.filter_map(|value| self.tick(value, step)).collect()
            })
    }

    /// The tick at `value` of a set with `step` between its ticks, if it is on the axis.
    fn tick(&self, value: f64, step: f64) -> Option<Tick> {
        // A tick exactly at an end may come out a hair beyond it.
        let position = self
            .position(value)
            .filter(|position| (-1e-9..=1.0 + 1e-9).contains(position))?;
        Some(Tick {
            value,
            position,
            label: label(value, step),
        })
    }
}

/// Whether the span is wide enough that positions on it can be told apart in floating point.
fn is_apart(scale: Scale, start: f64, end: f64) -> bool {
    match scale {
        Scale::Linear => (end - start) > 1e-12 * start.abs().max(end.abs()) && end - start > 1e-300,
        Scale::Log => end / start > 1.0 + 1e-9,
    }
}

/// The power of ten of the first digit. A step of 0.02 may come out of a product as 0.0199999.
fn magnitude(value: f64) -> i32 {
    (value.abs() * 1.000_001).log10().floor() as i32
}

/// The place of the `n_digits`-th digit of a value, as a step between ticks.
fn digit_of(value: f64, n_digits: i32) -> f64 {
    if value == 0.0 {
        1.0
    } else {
        10_f64.powi((magnitude(value) + 1 - n_digits).max(f64::MIN_10_EXP))
    }
}

/// A tick's text, to the precision of the `step` between ticks: plain where that is short, with a suffix for many
/// thousands, else in powers of ten.
fn label(value: f64, step: f64) -> String {
    if value.abs() < step.abs() / 2.0 && magnitude(step) < -3 {
        return "0".to_owned();
    }
    let size = value.abs();
    let n_decimals = (-magnitude(step)).max(0) as usize;
    let is_short = n_decimals <= 3 || (n_decimals <= 7 && size >= 0.1);
    if size < 1e4 && is_short {
        return plain(value, n_decimals);
    }
    let suffix = [(6, "k"), (9, "M"), (12, "G")]
        .into_iter()
        .find(|(below, _)| magnitude(size) < *below);
    if let (Some((below, suffix)), 0) = (suffix, n_decimals) {
        let unit = below - 3;
        let n_decimals = (unit - magnitude(step)).max(0) as usize;
        format!("{:.n_decimals$}{suffix}", value / 10_f64.powi(unit))
    } else {
        let n_digits = (magnitude(size) - magnitude(step)).clamp(0, 4) as usize;
        format!("{value:.n_digits$e}")
    }
}

/// With all its decimals, or with commas if there are none.
fn plain(value: f64, n_decimals: usize) -> String {
    let size = value.abs();
    let text = if n_decimals == 0 {
        count(size.round() as u64)
    } else {
        format!("{size:.n_decimals$}")
    };
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value < 0.0 && !is_zero {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_as_many_as_fit() {
        let cases: [(Axis, u16, &[&str]); 9] = [
            (
                Axis::new(Scale::Linear, 0.0, 10.0),
                30,
                &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
            ),
            (Axis::new(Scale::Linear, 0.0, 10.0), 10, &["0", "5", "10"]),
            (
                Axis::new(Scale::Linear, 0.97, 1.18),
                12,
                &["1.00", "1.05", "1.10", "1.15"],
            ),
            (
                Axis::new(Scale::Linear, -0.3, 0.3),
                9,
                &["-0.2", "0.0", "0.2"],
            ),
            (
                Axis::new(Scale::Linear, 0.0, 2250.0),
                15,
                &["0", "500", "1,000", "1,500", "2,000"],
            ),
            (
                Axis::new(Scale::Linear, 0.0, 3e6),
                12,
                &["0", "1M", "2M", "3M"],
            ),
            (
                Axis::new(Scale::Log, 0.02, 3.0),
                24,
                &["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"],
            ),
            (Axis::new(Scale::Log, 0.02, 3.0), 8, &["0.1", "1"]),
            // Within a factor of four there is at most one 1-2-5 value per glance: round differences read better.
            (
                Axis::new(Scale::Log, 0.41, 0.58),
                12,
                &["0.45", "0.50", "0.55"],
            ),
        ];
        for (axis, height, expected) in cases {
            assert_eq!(
                labels(&axis.ticks_up(height)),
                expected,
                "{axis:?} in {height}"
            );
        }
    }

    #[test]
    fn ticks_stand_where_their_values_are() {
        let axis = Axis::new(Scale::Log, 0.01, 100.0);
        let at: Vec<f64> = axis
            .ticks_up(16)
            .iter()
            .map(|tick| (tick.position * 4.0 * 1e6).round() / 1e6)
            .collect();
        assert_eq!(
            labels(&axis.ticks_up(16)),
            ["0.01", "0.1", "1", "10", "100"]
        );
        assert_eq!(at, [0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn an_axis_without_two_round_values_is_labelled_at_its_ends() {
        let cases = [
            (
                Axis::new(Scale::Linear, 1000.0, 1000.0 + 1e-8),
                20,
                ["1,000", "+1.0e-8"],
            ),
            (Axis::new(Scale::Log, 1e-3, 1e45), 3, ["1.00e-3", "1.00e45"]),
            (Axis::new(Scale::Log, 0.37, 2.2), 2, ["0.370", "2.20"]),
            (
                Axis::new(Scale::Linear, -0.004, 3.1e9),
                2,
                ["-4.00e-3", "3.10G"],
            ),
        ];
        for (axis, height, expected) in cases {
            assert_eq!(labels(&axis.ticks_up(height)), expected, "{axis:?}");
        }
        assert_eq!(
            labels(&Axis::new(Scale::Linear, 0.0, 2e-5).ticks_up(6)),
            ["0", "1e-5", "2e-5"]
        );
        assert_eq!(
            labels(&Axis::new(Scale::Linear, 9000.0, 12_000.0).ticks_up(8)),
            ["9,000", "10k", "11k", "12k"]
        );
    }

    #[test]
    fn axes_without_a_span_get_one() {
        let nan = f64::NAN;
        let linear: [(&[f64], [f64; 2]); 6] = [
            (&[], [0.0, 1.0]),
            (&[nan, f64::INFINITY], [0.0, 1.0]),
            (&[2.0, 2.0], [1.0, 3.0]),
            (&[0.0], [-0.5, 0.5]),
            (&[-4.0], [-6.0, -2.0]),
            (&[3.0, nan, 1.0], [1.0, 3.0]),
        ];
        for (values, [start, end]) in linear {
            let axis = Axis::fit(Scale::Linear, values.iter().copied(), 0.0);
            assert_eq!((axis.start(), axis.end()), (start, end), "{values:?}");
        }
        let log: [(&[f64], [f64; 2]); 3] = [
            (&[-1.0, 0.0], [0.1, 1.0]),
            (&[2.0], [1.0, 4.0]),
            (&[0.0, 2.0, 8.0], [2.0, 8.0]),
        ];
        for (values, [start, end]) in log {
            let axis = Axis::fit(Scale::Log, values.iter().copied(), 0.0);
            assert!(
                (axis.start() - start).abs() < 1e-12 && (axis.end() - end).abs() < 1e-12,
                "{values:?} {axis:?}"
            );
        }
    }

    #[test]
    fn zooming_keeps_the_centre_in_place() {
        for scale in [Scale::Linear, Scale::Log] {
            let axis = Axis::new(scale, 1.0, 100.0);
            let center = axis.value(0.25);
            let near = axis.zoomed(0.25, 0.5);
            assert!((near.position(center).expect("on the axis") - 0.25).abs() < 1e-9);
            assert!(near.end() < axis.end() && near.start() > axis.start());
        }
    }

    proptest! {
        #[test]
        fn any_two_numbers_make_a_usable_axis(one in any::<f64>(), other in any::<f64>(), is_log in any::<bool>(), size in 0_u16..300) {
            let axis = Axis::new(if is_log { Scale::Log } else { Scale::Linear }, one, other);
            prop_assert!(axis.start().is_finite() && axis.end().is_finite() && axis.start() < axis.end(), "{axis:?}");
            prop_assert_eq!(axis.position(axis.start()), Some(0.0));
            prop_assert!((axis.position(axis.end()).expect("on the axis") - 1.0).abs() < 1e-9);
            prop_assert!(axis.ticks_up(size).len() >= 2 || size < 2, "{axis:?} in {size}");
            for ticks in [axis.ticks_up(size), axis.ticks_along(size)] {
                prop_assert!(ticks.len() <= usize::from(size));
                for tick in &ticks {
                    prop_assert!((-1e-9..=1.0 + 1e-9).contains(&tick.position));
                    prop_assert!(tick.label.len() <= 12, "{}", tick.label);
                }
            }
        }

        #[test]
        fn labels_along_an_axis_never_touch(start in -1e6..1e6_f64, span in 1e-3..1e6_f64, width in 1_u16..250) {
            let ticks = Axis::new(Scale::Linear, start, start + span).ticks_along(width);
            let cells: Vec<(f64, f64)> = ticks.iter().map(|tick| {
                let center = (tick.position * f64::from(width - 1)).round();
                let first = center - ((tick.label.len() - 1) / 2) as f64;
                (first, first + tick.label.len() as f64)
            }).collect();
            for pair in cells.windows(2) {
                prop_assert!(pair[0].1 < pair[1].0, "{ticks:?}");
            }
        }

        #[test]
        fn usual_axes_have_at_least_two_ticks(start in 1e-4..1e4_f64, ratio in 1.01..1e4_f64, is_log in any::<bool>()) {
            let axis = Axis::new(if is_log { Scale::Log } else { Scale::Linear }, start, start * ratio);
            prop_assert!(axis.ticks_up(8).len() >= 2, "{axis:?}");
            let ticks = axis.ticks_up(8);
            let mut labels = labels(&ticks);
            labels.dedup();
            prop_assert_eq!(labels.len(), ticks.len(), "{:?}", ticks);
        }
    }

    #[test]
    fn an_axis_of_inverses_has_the_values_themselves_written_along_it_falling() {
        let axis = Axis::new(Scale::Log, 1.0 / 2.3, 1.0 / 0.03).with_inverses();
        let ticks = axis.ticks_along(40);
        assert!(ticks.len() >= 3, "{ticks:?}");
        for tick in &ticks {
            let value: f64 = tick.label.parse().unwrap();
            assert!((tick.value * value - 1.0).abs() < 1e-9);
            let position = axis.position(1.0 / value).unwrap();
            assert!((tick.position - position).abs() < 1e-9);
        }
        assert!(
            ticks
                .windows(2)
                .all(|pair| pair[0].position < pair[1].position)
        );
        let [first, last] = axis.ends();
        assert_eq!(
            (first.label.as_str(), last.label.as_str()),
            ("2.30", "3.00e-2")
        );
        assert!(first.position < last.position);
    }
}
