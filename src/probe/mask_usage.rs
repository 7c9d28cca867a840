//! Is every unit kept as often as chance says?

use crate::math::statistics::binomial_band;
use crate::nn::{DropRate, Masks};

/// How often each unit was kept, since the rate was last changed.
#[derive(Debug, Clone, PartialEq)]
pub struct KeepCounts {
    layers: Vec<LayerCounts>,
}

/// The counts of one layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LayerCounts {
    /// The drop rate that the masks were drawn at.
    pub rate: DropRate,
    /// Masks drawn: one a step when the batch shares it, else one a sample.
    pub n_drawn: u64,
    /// How many of them kept each unit, `[U]`.
    pub n_kept: Vec<u64>,
}

/// How sure the band is.
pub const COVERAGE: f64 = 0.99;

impl LayerCounts {
    /// The counts that a unit's count stays inside with a chance of 99 %, ends included.
    pub fn band(&self) -> (u64, u64) {
        binomial_band(self.n_drawn, self.rate.keep(), COVERAGE)
    }

    /// How many units' counts are inside the band. A few outside are expected: about one in a hundred.
    pub fn n_inside(&self) -> usize {
        let (low, high) = self.band();
        self.n_kept
            .iter()
            .filter(|&&count| (low..=high).contains(&count))
            .count()
    }
}

impl KeepCounts {
    /// No counts yet, for layers with these numbers of units.
    pub fn new(n_units: impl IntoIterator<Item = usize>) -> Self {
        let layer = |n_units| LayerCounts {
            n_kept: vec![0; n_units],
            ..LayerCounts::default()
        };
        Self {
            layers: n_units.into_iter().map(layer).collect(),
        }
    }

    /// Counts the masks of one step; a layer whose rate is another than before starts again.
    ///
    /// # Panics
    /// If the masks are of other layers.
    pub fn count(&mut self, masks: &Masks) {
        for (counts, mask) in self.layers.iter_mut().zip(masks.layers()) {
            if counts.rate != mask.rate() {
                *counts = LayerCounts {
                    rate: mask.rate(),
                    n_drawn: 0,
                    n_kept: vec![0; counts.n_kept.len()],
                };
            }
            if mask.is_none() {
                continue;
            }
            counts.n_drawn += mask.n_rows() as u64;
            for rows in mask.kept().chunks(MOST_ROWS * mask.n_units()) {
                add_columns(rows, &mut counts.n_kept);
            }
        }
    }

    /// The counts of each dense layer's input, the network's input first.
    pub fn layers(&self) -> &[LayerCounts] {
        &self.layers
    }
}

/// As many ones as a byte can count.
const MOST_ROWS: usize = u8::MAX as usize;

/// Adds the columns of at most [`MOST_ROWS`] rows of zeros and ones to `sums`.
///
/// Eight bytes of a number count at once: masks per sample have as many entries as the network has activations, and counting
/// them one by one would cost a noticeable share of training.
fn add_columns(rows: &[u8], sums: &mut [u64]) {
    const BLOCK: usize = 8;
    let n_columns = sums.len();
    let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
    let n_whole = blocks.len() * BLOCK;
    for (idx, sums) in blocks.iter_mut().enumerate() {
        let eight = |row: &[u8]| u64::from_le_bytes(row.as_chunks::<BLOCK>().0[idx]);
        let bytes: u64 = rows.chunks_exact(n_columns).map(eight).sum();
        for (sum, byte) in sums.iter_mut().zip(bytes.to_le_bytes()) {
            *sum += u64::from(byte);
        }
    }
    for row in rows.chunks_exact(n_columns) {
        for (sum, &one) in rest.iter_mut().zip(&row[n_whole..]) {
            *sum += u64::from(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Mask;

    fn masks(rate: f64, kept: &[u8]) -> Masks {
        Masks::new(vec![Mask::from_kept(
            DropRate::new(rate).unwrap(),
            kept.len() / 3,
            3,
            kept.to_vec(),
        )])
    }

    #[test]
    fn rows_are_counted_and_a_new_rate_starts_again() {
        let mut counts = KeepCounts::new([3]);
        counts.count(&masks(0.5, &[1, 0, 1]));
        counts.count(&masks(0.5, &[1, 0, 0, 1, 1, 0]));
        assert_eq!(
            (counts.layers()[0].n_drawn, &counts.layers()[0].n_kept[..]),
            (3, &[3, 1, 1][..])
        );
        counts.count(&masks(0.2, &[1, 0, 1]));
        assert_eq!(
            (counts.layers()[0].n_drawn, &counts.layers()[0].n_kept[..]),
            (1, &[1, 0, 1][..])
        );
    }

    #[test]
    fn any_number_of_rows_and_units_is_counted_one_by_one() {
        for (n_rows, n_units) in [
            (1, 1),
            (32, 128),
            (100, 65),
            (255, 32),
            (256, 40),
            (700, 31),
        ] {
            let is_kept = |i: usize| u8::from(i * i % 7 < 3 || n_units > 64);
            let kept: Vec<u8> = (0..n_rows * n_units).map(is_kept).collect();
            let expected: Vec<u64> = (0..n_units)
                .map(|unit| {
                    kept.iter()
                        .skip(unit)
                        .step_by(n_units)
                        .copied()
                        .map(u64::from)
                        .sum()
                })
                .collect();
            let mut counts = KeepCounts::new([n_units]);
            let rate = DropRate::new(0.5).unwrap();
            counts.count(&Masks::new(vec![Mask::from_kept(
                rate, n_rows, n_units, kept,
            )]));
            assert_eq!(counts.layers()[0].n_kept, expected, "{n_rows} x {n_units}");
        }
    }

    #[test]
    fn a_unit_that_is_never_kept_falls_out_of_the_band() {
        let mut counts = KeepCounts::new([3]);
        (0..100).for_each(|step| counts.count(&masks(0.5, &[0, step % 2, (step + 1) % 2])));
        assert_eq!(counts.layers()[0].n_inside(), 2);
    }
}
