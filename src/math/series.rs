//! A series of numbers that never ends, in memory that does.
//!
//! The last values are kept in full; of all older ones stay minimum, maximum and mean over spans that double in
//! length whenever the memory is full. Dropping every second point instead would erase spikes, and spikes are what one
//! looks for in a loss curve.

use std::collections::VecDeque;

/// What is left of a span of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Place of the first value of the span, counted from 0.
    pub first: u64,
    /// Values in the span, at least 1.
    pub n_values: u64,
    /// The smallest; not a number if any value was.
    pub min: f64,
    /// The largest; not a number if any value was.
    pub max: f64,
    /// The mean.
    pub mean: f64,
}

impl Span {
    fn of(place: u64, value: f64) -> Self {
        Self {
            first: place,
            n_values: 1,
            min: value,
            max: value,
            mean: value,
        }
    }

    /// Both spans as one; `later` follows `self`. A NaN in either stays visible as NaN.
    fn joined(self, later: Self) -> Self {
        let n_values = self.n_values + later.n_values;
        let sum = self.mean * self.n_values as f64 + later.mean * later.n_values as f64;
        let is_nan = sum.is_nan();
        let or_nan = |value: f64| if is_nan { f64::NAN } else { value };
        Self {
            first: self.first,
            n_values,
            min: or_nan(self.min.min(later.min)),
            max: or_nan(self.max.max(later.max)),
            mean: sum / n_values as f64,
        }
    }
}

/// A bounded record of an unbounded series.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    capacity: usize,
    n_values: u64,
    recent: VecDeque<f64>,
    spans: Vec<Span>,
    span_length: u64,
}

impl Series {
    /// A series that keeps the last `capacity` values in full, and at most `capacity` spans of the whole.
    ///
    /// # Panics
    /// If `capacity` is below 2.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity >= 2, "a series of capacity {capacity}");
        Self {
            capacity,
            n_values: 0,
            recent: VecDeque::with_capacity(capacity),
            spans: Vec::with_capacity(capacity),
            span_length: 1,
        }
    }

    /// The bytes of one of this capacity.
    pub fn bytes(capacity: usize) -> u64 {
        (capacity * (size_of::<f64>() + size_of::<Span>())) as u64
    }

    /// Adds the next value.
    pub fn push(&mut self, value: f64) {
        if self.recent.len() == self.capacity {
            self.recent.pop_front();
        }
        self.recent.push_back(value);
        if self.spans.len() == self.capacity
            && self.spans[self.capacity - 1].n_values == self.span_length
        {
            self.halve();
        }
        let span = Span::of(self.n_values, value);
        match self.spans.last_mut() {
            Some(last) if last.n_values < self.span_length => *last = last.joined(span),
            _ => self.spans.push(span),
        }
        self.n_values += 1;
    }

    fn halve(&mut self) {
        let n_pairs = self.spans.len().div_ceil(2);
        for pair in 0..n_pairs {
            let first = self.spans[2 * pair];
            self.spans[pair] = self
                .spans
                .get(2 * pair + 1)
                .map_or(first, |&second| first.joined(second));
        }
        self.spans.truncate(n_pairs);
        self.span_length *= 2;
    }

    /// Values added so far.
    pub fn n_values(&self) -> u64 {
        self.n_values
    }

    /// The last values in full, oldest first.
    pub fn recent(&self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + '_ {
        self.recent.iter().copied()
    }

    /// The whole series, reduced; oldest first.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_survives_any_number_of_values() {
        let mut series = Series::new(64);
        for place in 0..1_000_000_u32 {
            series.push(if place == 123_456 { 50.0 } else { 1.0 });
        }
        assert!(series.spans().len() <= 64 && series.recent().len() == 64);
        let spike = series.spans().iter().find(|span| span.max == 50.0).unwrap();
        assert!((spike.first..spike.first + spike.n_values).contains(&123_456));
        assert_eq!(
            series.spans().iter().map(|span| span.n_values).sum::<u64>(),
            1_000_000
        );
    }

    #[test]
    fn spans_follow_one_another_and_keep_the_mean() {
        for n_values in [1_u32, 2, 3, 63, 64, 65, 129, 1000] {
            let mut series = Series::new(64);
            (0..n_values).for_each(|value| series.push(f64::from(value)));
            let mut next = 0;
            for span in series.spans() {
                assert_eq!(span.first, next);
                next += span.n_values;
            }
            assert_eq!(next, u64::from(n_values));
            let sum: f64 = series
                .spans()
                .iter()
                .map(|span| span.mean * span.n_values as f64)
                .sum();
            assert!((sum / f64::from(n_values) - f64::from(n_values - 1) / 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn not_a_number_is_not_hidden_by_its_neighbours() {
        let mut series = Series::new(2);
        for value in [1.0, f64::NAN, 2.0, 3.0, 4.0] {
            series.push(value);
        }
        assert!(series.spans()[0].max.is_nan() && series.spans()[0].mean.is_nan());
    }
}
