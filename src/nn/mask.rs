//! Masks: which units are kept in one pass.
//!
//! A mask is a value. It is drawn here from a key and a place, and passes only read it, so the mask view, the ensemble
//! probe, exact enumeration and the gradient tests can all put any mask they like through the same code.

use super::DropRate;
use super::noise_shape::{NoiseShape, NoiseShapeError};
use crate::math::random::Key;

/// Which units of one layer are kept in one pass: [1, U] when the batch shares it, else [B, U].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mask {
    rate: DropRate,
    n_rows: usize,
    n_units: usize,
    /// 1 for kept, 0 for dropped; empty where nothing is dropped.
    kept: Vec<u8>,
}

/// Where in an experiment a mask belongs; with a key it determines the mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which dense layer's input is masked: 0 for the network's input.
    pub layer_idx: usize,
    /// Which update, counted from 0.
    pub step: u64,
}

/// One unit of the input of a dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId {
    /// Which dense layer's input: 0 for the network's input, `k` for hidden layer `k`.
    pub layer_idx: usize,
    /// Which of its units, counted from 0.
    pub unit: usize,
}

impl Place {
    /// The same as a part of a counter.
    fn words(self) -> [u32; 3] {
        [
            self.layer_idx as u32,
            self.step as u32,
            (self.step >> 32) as u32,
        ]
    }
}

impl Mask {
    /// A mask that drops nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// A mask given by hand: `kept` is [`n_rows`, `n_units`], row by row, 1 for kept and 0 for dropped.
    ///
    /// # Panics
    /// If `kept` does not have `n_rows * n_units` entries, or one that is neither 0 nor 1.
    pub fn from_kept(rate: DropRate, n_rows: usize, n_units: usize, kept: Vec<u8>) -> Self {
        assert_eq!(
            kept.len(),
            n_rows * n_units,
            "a mask of {n_rows} rows and {n_units} units"
        );
        assert!(
            kept.iter().all(|&kept| kept <= 1),
            "a mask holds 0 and 1 only"
        );
        Self {
            rate,
            n_rows,
            n_units,
            kept,
        }
    }

    /// Draws the mask of `place` anew, into the memory it already has.
    ///
    /// The same key and place give the same mask; rates threshold the same numbers, so the mask of a higher rate keeps
    /// a subset of what the mask of a lower rate keeps. Rates 0 and 1 draw nothing.
    pub fn draw(
        &mut self,
        rate: DropRate,
        broadcast: Broadcast,
        [n_rows, n_units]: [usize; 2],
        key: Key,
        place: Place,
    ) {
        self.rate = rate;
        self.n_units = n_units;
        self.n_rows = if broadcast.shares_rows { 1 } else { n_rows };
        if rate.is_none() {
            self.kept.clear();
            return;
        }
        // What the last mask left there is overwritten.
        self.kept.resize(self.n_rows * n_units, 0);
        if rate.is_all() {
            self.kept.fill(0);
            return;
        }
        let place = place.words();
        if broadcast.shares_units {
            key.bernoulli(rate.keep(), place, &mut self.kept[..self.n_rows]);
            for row in (0..self.n_rows).rev() {
                let kept = self.kept[row];
                self.kept[row * n_units..(row + 1) * n_units].fill(kept);
            }
        } else {
            key.bernoulli(rate.keep(), place, &mut self.kept);
        }
    }

    /// The mask of example `row` alone, [1, U].
    #[must_use]
    pub fn of_example(&self, row: usize) -> Self {
        Self {
            n_rows: self.n_rows.min(1),
            kept: self.row(row).to_vec(),
            ..self.clone()
        }
    }

    /// The same with further `units` dropped in every row, of a layer of `n_units`. Activations are rescaled as before: for the
    /// rate, which says nothing of what was taken out by hand.
    ///
    /// # Panics
    /// If a unit is not below `n_units`, or the mask is of a layer with another number of units.
    #[must_use]
    pub fn without(mut self, units: impl IntoIterator<Item = usize>, n_units: usize) -> Self {
        self.drop_units(units, n_units);
        self
    }

    /// The same to this mask.
    ///
    /// # Panics
    /// As [`Self::without`].
    pub fn drop_units(&mut self, units: impl IntoIterator<Item = usize>, n_units: usize) {
        for unit in units {
            if self.is_none() {
                (self.n_rows, self.n_units) = (1, n_units);
                self.kept.resize(n_units, 1);
            }
            assert_eq!(self.n_units, n_units, "a mask of another layer");
            for row in self.kept.chunks_exact_mut(n_units) {
                row[unit] = 0;
            }
        }
    }

    /// The drop rate it was drawn at, which is what activations are rescaled for.
    pub fn rate(&self) -> DropRate {
        self.rate
    }

    /// Rows of the mask: 1 when the batch shares it.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Units of the layer.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Entries that are 1, in all rows.
    pub fn n_kept(&self) -> usize {
        self.kept.iter().map(|&kept| usize::from(kept)).sum()
    }

    /// Whether no unit is dropped and nothing is rescaled.
    pub fn is_none(&self) -> bool {
        self.kept.is_empty()
    }

    /// The mask of example `row`, `[U]`: 1 for kept, 0 for dropped; empty where nothing is dropped.
    pub fn row(&self, row: usize) -> &[u8] {
        let row = if self.n_rows == 1 { 0 } else { row };
        if self.is_none() {
            &[]
        } else {
            &self.kept[row * self.n_units..(row + 1) * self.n_units]
        }
    }

    /// All rows one after another; empty where nothing is dropped.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }
}

/// Along which axes of activations [B, U] the mask is shared; a [`NoiseShape`] once it is known to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    shares_rows: bool,
    shares_units: bool,
}

impl Broadcast {
    /// The number in `0..1` that decides whether `unit` of example `row` is dropped, of a layer of `n_units`: it is dropped
    /// where the number is below the drop rate, at whatever rate the mask of `place` is drawn.
    pub fn die(self, [row, unit]: [usize; 2], n_units: usize, key: Key, place: Place) -> f64 {
        let row = if self.shares_rows { 0 } else { row };
        let element = if self.shares_units {
            row
        } else {
            row * n_units + unit
        };
        key.die(place.words(), element)
    }

    /// How `noise_shape` applies to batches of `n_rows` examples and a layer of `n_units`.
    ///
    /// # Errors
    /// If it cannot be broadcast.
    pub fn new(
        noise_shape: &NoiseShape,
        n_rows: usize,
        n_units: usize,
    ) -> Result<Self, NoiseShapeError> {
        let shape = noise_shape.resolve(&[n_rows, n_units])?;
        // An axis of size 1 is shared or not, which is the same; what counts is what was asked for.
        let is_shared = |axis_from_end: usize| {
            let entry = noise_shape.entries().iter().rev().nth(axis_from_end);
            entry.is_none_or(|entry| *entry == Some(1))
        };
        debug_assert_eq!(shape.len(), 2);
        Ok(Self {
            shares_rows: is_shared(1),
            shares_units: is_shared(0),
        })
    }

    /// Whether all rows have one mask.
    pub fn shares_rows(self) -> bool {
        self.shares_rows
    }

    /// Whether one value drops or keeps all units of a row.
    pub fn shares_units(self) -> bool {
        self.shares_units
    }
}

/// The masks of one pass: one for the input of each dense layer, the network's input first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Masks {
    layers: Vec<Mask>,
}

impl Masks {
    /// Masks from the layers' own, the network's input first.
    pub fn new(layers: Vec<Mask>) -> Self {
        Self { layers }
    }

    /// One mask for each dense layer, the network's input first.
    pub fn layers(&self) -> &[Mask] {
        &self.layers
    }

    /// The same, to draw into.
    pub fn layers_mut(&mut self) -> &mut [Mask] {
        &mut self.layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(
        rate: f64,
        noise_shape: &NoiseShape,
        shape: [usize; 2],
        layer_idx: usize,
        step: u64,
    ) -> Mask {
        let mut mask = Mask::none();
        let broadcast = Broadcast::new(noise_shape, shape[0], shape[1]).unwrap();
        let place = Place { layer_idx, step };
        mask.draw(
            DropRate::new(rate).unwrap(),
            broadcast,
            shape,
            Key::new(7),
            place,
        );
        mask
    }

    #[test]
    fn raising_the_rate_only_switches_further_units_off() {
        let rates = [0.1, 0.2, 0.5, 0.7, 0.95];
        let masks = rates.map(|rate| draw(rate, &NoiseShape::per_sample(), [32, 100], 1, 5));
        for pair in masks.windows(2) {
            assert!(
                pair[0]
                    .kept()
                    .iter()
                    .zip(pair[1].kept())
                    .all(|(low, high)| high <= low)
            );
            assert!(pair[0] != pair[1]);
        }
    }

    #[test]
    fn layers_steps_and_samples_have_masks_of_their_own() {
        let shape = NoiseShape::per_sample();
        let mask = draw(0.5, &shape, [2, 64], 0, 0);
        assert_ne!(mask.row(0), mask.row(1));
        assert_ne!(mask.kept(), draw(0.5, &shape, [2, 64], 1, 0).kept());
        assert_ne!(mask.kept(), draw(0.5, &shape, [2, 64], 0, 1).kept());
        assert_eq!(mask, draw(0.5, &shape, [2, 64], 0, 0));
    }

    #[test]
    fn a_mask_per_batch_is_one_row_that_every_sample_reads() {
        let mask = draw(0.5, &NoiseShape::per_batch(), [32, 64], 0, 0);
        assert_eq!((mask.n_rows(), mask.kept().len()), (1, 64));
        assert_eq!(mask.row(0), mask.row(31));
    }

    #[test]
    fn a_mask_shared_by_the_units_drops_whole_samples() {
        let mask = draw(0.5, &"none,1".parse().unwrap(), [50, 8], 0, 0);
        let is_uniform = |row: usize| mask.row(row).iter().all(|&kept| kept == mask.row(row)[0]);
        assert!((0..50).all(is_uniform));
        let n_kept: usize = (0..50).map(|row| usize::from(mask.row(row)[0])).sum();
        assert!((10..40).contains(&n_kept), "{n_kept}");
    }

    #[test]
    fn a_mask_of_one_example_is_its_row_and_units_taken_out_by_hand_are_dropped_in_every_row() {
        let mask = draw(0.5, &NoiseShape::per_sample(), [4, 16], 1, 3);
        let third = mask.of_example(2);
        assert_eq!((third.n_rows(), third.kept()), (1, mask.row(2)));
        assert_eq!(Mask::none().of_example(2), Mask::none());
        let thinner = mask.clone().without([0, 5], 16);
        for row in 0..4 {
            for unit in 0..16 {
                let kept = if [0, 5].contains(&unit) {
                    0
                } else {
                    mask.row(row)[unit]
                };
                assert_eq!(thinner.row(row)[unit], kept);
            }
        }
        assert_eq!(thinner.rate(), mask.rate());
        let by_hand = Mask::none().without([1], 3);
        assert_eq!(
            (by_hand.kept(), by_hand.rate().scale()),
            (&[1, 0, 1][..], 1.0)
        );
        assert_eq!(Mask::none().without([], 3), Mask::none());
    }

    #[test]
    fn rate_0_draws_nothing_and_rate_1_drops_everything() {
        assert!(draw(0.0, &NoiseShape::per_batch(), [4, 8], 0, 0).is_none());
        assert!(
            draw(1.0, &NoiseShape::per_batch(), [4, 8], 0, 0)
                .kept()
                .iter()
                .all(|&kept| kept == 0)
        );
    }

    #[test]
    fn kept_units_rescaled_are_1_on_average_at_rates_near_1() {
        // At 16 bits of threshold they were 1.07 and 1.53.
        for rate in [0.9999, 0.99999] {
            let (mut mask, shape) = (Mask::none(), [64, 1 << 14]);
            let broadcast = Broadcast::new(&NoiseShape::per_sample(), shape[0], shape[1]).unwrap();
            let (mut n, mut n_kept, rate) = (0.0, 0.0, DropRate::new(rate).unwrap());
            for step in 0..64 {
                let place = Place { layer_idx: 1, step };
                mask.draw(rate, broadcast, shape, Key::new(3), place);
                n += mask.kept().len() as f64;
                n_kept += mask.n_kept() as f64;
            }
            let mean = n_kept * f64::from(rate.scale()) / n;
            let deviation = (rate.value() / rate.keep() / n).sqrt();
            assert!((mean - 1.0).abs() < 5.0 * deviation, "{rate}: {mean}");
        }
    }

    #[test]
    fn shares_of_kept_units_are_inside_five_standard_deviations() {
        for rate in [0.01, 0.2, 0.5, 0.8, 0.999] {
            let n = 1_000_000;
            let mask = draw(rate, &NoiseShape::per_sample(), [1000, 1000], 0, 0);
            let n_kept: f64 = mask.kept().iter().map(|&kept| f64::from(kept)).sum();
            let keep = 1.0 - rate;
            let z = (n_kept - keep * f64::from(n)) / (f64::from(n) * keep * rate).sqrt();
            assert!(z.abs() < 5.0, "rate {rate}: z {z}");
        }
    }
}
