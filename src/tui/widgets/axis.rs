//! One axis of a chart: which values it spans, where a value lies on it, and which ticks it carries.
//!
//! Ticks have round values (1, 2 or 5 times a power of ten) and stand where those values are, not at even distances
//! with crooked numbers. An axis is always usable: what cannot span anything (no values, all equal, NaN, a logarithm
//! of nothing positive) is widened to something that can.

use std::cmp::Ordering;

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

    /// The most ticks that stand at least two and a half rows apart when the axis is `height` cells tall.
    pub fn ticks_up(&self, height: u16) -> Vec<Tick> {
        let height = f64::from(height);
        let least = 2.5_f64.min(height / 2.0);
        self.ticks_where(|ticks| {
            ticks
                .windows(2)
                .all(|pair| (pair[1].position - pair[0].position) * height >= least)
        })
    }

    /// The most ticks whose labels have a free cell between them when written along `width` cells, each centred under
    /// its value.
    pub fn ticks_along(&self, width: u16) -> Vec<Tick> {
        let last = f64::from(width.saturating_sub(1));
        self.ticks_where(|ticks| {
            ticks.windows(2).all(|pair| {
                let distance = (pair[1].position - pair[0].position) * last;
                // A centred label reaches half its length to each side; rounding takes up to one cell.
                distance >= (pair[0].label.len() + pair[1].label.len()) as f64 / 2.0 + 2.0
            })
        })
    }

    /// The finest set of ticks that `fits`.
    fn ticks_where(&self, fits: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
        let sets = self.log_tick_sets().chain(self.linear_tick_sets());
        sets.map(|values| self.labelled(&values))
            .find(|ticks| ticks.len() >= 2 && fits(ticks))
            .unwrap_or_default()
    }

    /// Ticks for a logarithmic axis, from 1-2-5 per decade to few decades; none for a linear one, and none below
    /// a factor of four, where linear ticks read better.
    fn log_tick_sets(&self) -> impl Iterator<Item = Vec<f64>> {
        let (first, last) = (
            self.start.abs().log10().floor() as i32,
            self.end.abs().log10().ceil() as i32,
        );
        let is_wide = self.scale == Scale::Log && self.end / self.start >= 4.0;
        let sets = [
            (&[1.0, 2.0, 5.0][..], 1),
            (&[1.0, 3.0], 1),
            (&[1.0], 1),
            (&[1.0], 2),
            (&[1.0], 5),
            (&[1.0], 10),
            (&[1.0], 50),
        ];
        let axis = *self;
        sets.into_iter()
            .filter(move |_| is_wide)
            .map(move |(digits, every)| {
                (first..=last)
                    .filter(|decade| decade.rem_euclid(every) == 0)
                    .flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)))
                    .filter(|&value| axis.holds(value))
                    .collect()
            })
    }

    /// Ticks at multiples of 1, 2 or 5 times a power of ten, finest first; about 100 down to 2.
    fn linear_tick_sets(&self) -> impl Iterator<Item = Vec<f64>> {
        let axis = *self;
        let finest = ((self.end - self.start) / 100.0).log10().floor() as i32;
        let steps = (finest..finest + 4)
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(decade)));
        steps.map(move |step| {
            let first = (axis.start / step).ceil();
            let n_most = 1000;
            (0..n_most)
                .map(|i| (first + f64::from(i)) * step)
                .take_while(|&value| value <= axis.end * (1.0 + f64::EPSILON))
                .filter(|&value| axis.holds(value))
                .collect()
        })
    }

    /// Whether `value` lies on the axis, with a little tolerance for ticks exactly at the ends.
    fn holds(&self, value: f64) -> bool {
        self.position(value)
            .is_some_and(|position| (-1e-9..=1.0 + 1e-9).contains(&position))
    }

    fn labelled(&self, values: &[f64]) -> Vec<Tick> {
        let n_decimals = values
            .windows(2)
            .map(|pair| decimals_for(pair[1] - pair[0]))
            .max()
            .unwrap_or(0);
        let tick = |&value: &f64| Tick {
            value,
            position: self.position(value).unwrap_or(0.0),
            label: label(
                value,
                if self.scale == Scale::Log {
                    decimals_for(value)
                } else {
                    n_decimals
                },
            ),
        };
        values.iter().map(tick).collect()
    }
}

/// Whether the span is wide enough that positions on it can be told apart in floating point.
fn is_apart(scale: Scale, start: f64, end: f64) -> bool {
    match scale {
        Scale::Linear => (end - start) > 1e-12 * start.abs().max(end.abs()) && end - start > 1e-300,
        Scale::Log => end / start > 1.0 + 1e-9,
    }
}

/// The decimals that a value with one digit, such as a step between ticks, needs.
fn decimals_for(step: f64) -> usize {
    // A step of 0.02 may come out of a subtraction as 0.0199999.
    let magnitude = (step.abs() * 1.000_001).log10().floor();
    if magnitude < 0.0 {
        (-magnitude) as usize
    } else {
        0
    }
}

/// A tick's text: plain where that is short, with a suffix for thousands and more, else in powers of ten.
fn label(value: f64, n_decimals: usize) -> String {
    let size = value.abs();
    let is_plain = size == 0.0 || (1e-4..1e4).contains(&size);
    let scaled = |by: f64, suffix: &str| {
        let text = format!("{:.3}", value / by);
        format!(
            "{}{suffix}",
            text.trim_end_matches('0').trim_end_matches('.')
        )
    };
    match size.partial_cmp(&1e4) {
        _ if size >= 1e3 && is_plain && n_decimals == 0 => {
            format!(
                "{}{}",
                if value < 0.0 { "-" } else { "" },
                count(size.round() as u64)
            )
        }
        _ if is_plain && n_decimals <= 5 => format!("{value:.n_decimals$}"),
        Some(Ordering::Less) | None => format!("{value:.0e}"),
        _ if size < 1e6 => scaled(1e3, "k"),
        _ if size < 1e9 => scaled(1e6, "M"),
        _ if size < 1e12 => scaled(1e9, "G"),
        _ => format!("{value:e}").chars().take(8).collect(),
    }
}
