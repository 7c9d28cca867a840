//! Masks as plain numbers, and what each scaling convention makes of them.

use dropscope::math::random::Key;
use dropscope::nn::mask::{Broadcast, Place};
use dropscope::nn::{DropRate, Mask, Masks, NoiseShape};

use super::oracle::Factors;

/// Which inputs of one dense layer are kept: 1 or 0, [1 or B][1 or U]; an axis of one entry is shared.
#[derive(Debug, Clone)]
pub(crate) struct LayerMask {
    pub(crate) rate: f64,
    pub(crate) kept: Vec<Vec<u8>>,
}

/// Where dropout is made up for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Convention {
    /// In the thinned pass: kept activations are divided by `keep`.
    Inverted,
    /// In the full pass: weights (here, what they are multiplied with) are scaled by `keep`.
    Original,
}

impl Convention {
    fn thinned(self, rate: f64, kept: u8) -> f64 {
        match (self, kept) {
            (_, 0) => 0.0,
            (Self::Inverted, _) => 1.0 / (1.0 - rate),
            (Self::Original, _) => 1.0,
        }
    }

    fn full(self, rate: f64) -> f64 {
        match self {
            Self::Inverted => 1.0,
            Self::Original => 1.0 - rate,
        }
    }

    /// The oracle's factors of a thinned pass over `n_rows` examples of a network with these widths.
    pub(crate) fn thinned_factors(
        self,
        masks: &[LayerMask],
        widths: &[usize],
        n_rows: usize,
    ) -> Vec<Factors> {
        let layer = |row: usize, mask: &LayerMask, n_units: usize| {
            (0..n_units)
                .map(|unit| self.thinned(mask.rate, mask.at(row, unit)))
                .collect()
        };
        let row = |row| {
            masks
                .iter()
                .zip(widths)
                .map(|(mask, &n_units)| layer(row, mask, n_units))
                .collect()
        };
        (0..n_rows).map(row).collect()
    }

    /// The oracle's factors of a full pass.
    pub(crate) fn full_factors(
        self,
        rates: &[f64],
        widths: &[usize],
        n_rows: usize,
    ) -> Vec<Factors> {
        let one = rates
            .iter()
            .zip(widths)
            .map(|(&rate, &n_units)| vec![self.full(rate); n_units])
            .collect();
        vec![one; n_rows]
    }
}

impl LayerMask {
    /// A mask that keeps everything.
    pub(crate) fn none() -> Self {
        Self {
            rate: 0.0,
            kept: vec![vec![1]],
        }
    }

    /// One mask for the whole batch.
    pub(crate) fn shared(rate: f64, kept: &[u8]) -> Self {
        Self {
            rate,
            kept: vec![kept.to_vec()],
        }
    }

    fn at(&self, row: usize, unit: usize) -> u8 {
        let units = if self.kept.len() == 1 {
            &self.kept[0]
        } else {
            &self.kept[row]
        };
        if units.len() == 1 {
            units[0]
        } else {
            units[unit]
        }
    }

    /// Whether no example of the batch keeps this unit.
    pub(crate) fn drops(&self, unit: usize, n_rows: usize) -> bool {
        (0..n_rows).all(|row| self.at(row, unit) == 0)
    }

    /// The engine's mask with the same values.
    pub(crate) fn to_engine(&self, n_units: usize) -> Mask {
        let n_rows = self.kept.len();
        let values = (0..n_rows).flat_map(|row| (0..n_units).map(move |unit| self.at(row, unit)));
        Mask::from_kept(drop_rate(self.rate), n_rows, n_units, values.collect())
    }
}

/// The rate as the engine's type.
pub(crate) fn drop_rate(rate: f64) -> DropRate {
    DropRate::new(rate).expect("the tests use rates in 0..=1")
}

/// The engine's masks with the same values; `widths` are the network's.
pub(crate) fn to_engine(masks: &[LayerMask], widths: &[usize]) -> Masks {
    let layers = masks.iter().zip(widths);
    Masks::new(
        layers
            .map(|(mask, &n_units)| mask.to_engine(n_units))
            .collect(),
    )
}

/// Masks as the engine draws them for a step, one for each rate, and the same read back as plain numbers.
pub(crate) fn draw(
    rates: &[f64],
    noise_shape: &NoiseShape,
    widths: &[usize],
    n_rows: usize,
    step: u64,
) -> (Masks, Vec<LayerMask>) {
    let mut layers = Vec::new();
    for (layer_idx, (&rate, &n_units)) in rates.iter().zip(widths).enumerate() {
        let broadcast = Broadcast::new(noise_shape, n_rows, n_units).expect("the noise shape fits");
        let (mut mask, shape, place) = (Mask::none(), [n_rows, n_units], Place { layer_idx, step });
        mask.draw(drop_rate(rate), broadcast, shape, Key::new(42), place);
        layers.push(mask);
    }
    let plain = layers.iter().map(read_back).collect();
    (Masks::new(layers), plain)
}

/// The values of an engine's mask as plain numbers.
pub(crate) fn read_back(mask: &Mask) -> LayerMask {
    if mask.is_none() {
        return LayerMask::none();
    }
    let kept = (0..mask.n_rows())
        .map(|row| mask.row(row).to_vec())
        .collect();
    LayerMask {
        rate: mask.rate().value(),
        kept,
    }
}
