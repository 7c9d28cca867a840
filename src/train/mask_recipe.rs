//! How the masks of every step are drawn: the one place that both training and whoever wants to look at a mask again use.
//!
//! Masks are a pure function of (key, layer, step) and of the rate and noise shape that were on at that step, so none is
//! ever stored: the recipe remembers when rates and noise shapes changed, and any mask of the run can be drawn again.

use crate::math::random::Key;
use crate::nn::mask::{Broadcast, Place};
use crate::nn::noise_shape::NoiseShapeError;
use crate::nn::{DropRate, Mask, NoiseShape};

/// The recipe of one run's masks.
#[derive(Debug, Clone)]
pub struct MaskRecipe {
    key: Key,
    /// Units of the input of each dense layer.
    n_units: Vec<usize>,
    n_examples: usize,
    batch_size: usize,
    /// From which step on which rates and sharing hold; the first from step 0, later ones at later steps.
    eras: Vec<Era>,
}

#[derive(Debug, Clone)]
struct Era {
    first_step: u64,
    input_rate: DropRate,
    hidden_rate: DropRate,
    broadcasts: Vec<Broadcast>,
}

impl MaskRecipe {
    /// A recipe for a network whose dense layers have inputs of these widths, trained on `n_examples` in batches.
    ///
    /// # Errors
    /// If the noise shape does not fit a batch or a layer.
    pub fn new(
        key: Key,
        n_units: Vec<usize>,
        (n_examples, batch_size): (usize, usize),
        (input_rate, hidden_rate): (DropRate, DropRate),
        noise_shape: &NoiseShape,
    ) -> Result<Self, NoiseShapeError> {
        let mut recipe = Self {
            key,
            n_units,
            n_examples,
            batch_size,
            eras: Vec::new(),
        };
        let broadcasts = recipe.broadcasts(noise_shape)?;
        recipe.eras.push(Era {
            first_step: 0,
            input_rate,
            hidden_rate,
            broadcasts,
        });
        Ok(recipe)
    }

    fn broadcasts(&self, noise_shape: &NoiseShape) -> Result<Vec<Broadcast>, NoiseShapeError> {
        self.n_units
            .iter()
            .map(|&n_units| Broadcast::new(noise_shape, self.batch_size, n_units))
            .collect()
    }

    /// Changes the rate of the hidden layers from `step` on.
    pub fn set_hidden_rate(&mut self, step: u64, rate: DropRate) {
        self.era_from(step).hidden_rate = rate;
    }

    /// Changes the rate of the input from `step` on.
    pub fn set_input_rate(&mut self, step: u64, rate: DropRate) {
        self.era_from(step).input_rate = rate;
    }

    /// Changes along which axes masks are shared, from `step` on.
    ///
    /// # Errors
    /// If the noise shape does not fit a batch or a layer; then nothing changes.
    pub fn set_noise_shape(
        &mut self,
        step: u64,
        noise_shape: &NoiseShape,
    ) -> Result<(), NoiseShapeError> {
        let broadcasts = self.broadcasts(noise_shape)?;
        self.era_from(step).broadcasts = broadcasts;
        Ok(())
    }

    fn era_from(&mut self, step: u64) -> &mut Era {
        let last = self.eras.len() - 1;
        if self.eras[last].first_step < step {
            let era = Era {
                first_step: step,
                ..self.eras[last].clone()
            };
            self.eras.push(era);
        }
        self.eras
            .last_mut()
            .expect("a recipe has an era from step 0 on")
    }

    fn era_at(&self, step: u64) -> &Era {
        let n_begun = self.eras.partition_point(|era| era.first_step <= step);
        &self.eras[n_begun.saturating_sub(1)]
    }

    /// Dense layers, each of whose inputs has a mask.
    pub fn n_layers(&self) -> usize {
        self.n_units.len()
    }

    /// The rate at which the input of dense layer `layer_idx` was or will be masked at `step`.
    pub fn rate(&self, layer_idx: usize, step: u64) -> DropRate {
        let era = self.era_at(step);
        if layer_idx == 0 {
            era.input_rate
        } else {
            era.hidden_rate
        }
    }

    /// Units of the input of dense layer `layer_idx` that are dropped independently of each other: one where all share
    /// a value.
    pub fn n_choices(&self, layer_idx: usize, step: u64) -> usize {
        if self.era_at(step).broadcasts[layer_idx].shares_units() {
            1
        } else {
            self.n_units[layer_idx]
        }
    }

    /// Examples in the batch of `step`; the last batch of an epoch may have fewer than the others.
    pub fn n_rows(&self, step: u64) -> usize {
        let per_epoch = self.n_examples.div_ceil(self.batch_size) as u64;
        let first = (step % per_epoch) as usize * self.batch_size;
        self.batch_size.min(self.n_examples - first)
    }

    /// Draws into `mask` the mask of the input of dense layer `layer_idx` at `step`.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn draw(&self, layer_idx: usize, step: u64, mask: &mut Mask) {
        let shape = [self.n_rows(step), self.n_units[layer_idx]];
        let (rate, broadcast) = (
            self.rate(layer_idx, step),
            self.era_at(step).broadcasts[layer_idx],
        );
        mask.draw(rate, broadcast, shape, self.key, Place { layer_idx, step });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_of_the_past_stay_what_they_were_when_the_rate_changes() {
        let rates = (DropRate::NONE, DropRate::new(0.5).unwrap());
        let mut recipe = MaskRecipe::new(
            Key::new(1),
            vec![4, 32],
            (20, 8),
            rates,
            &NoiseShape::per_batch(),
        )
        .unwrap();
        let drawn = |recipe: &MaskRecipe, step| {
            let mut mask = Mask::none();
            recipe.draw(1, step, &mut mask);
            mask
        };
        let before = drawn(&recipe, 9);
        recipe.set_hidden_rate(10, DropRate::new(0.9).unwrap());
        recipe
            .set_noise_shape(12, &NoiseShape::per_sample())
            .unwrap();
        assert_eq!(drawn(&recipe, 9), before);
        assert_eq!(
            (
                drawn(&recipe, 10).rate().value(),
                drawn(&recipe, 10).n_rows()
            ),
            (0.9, 1)
        );
        assert_eq!(
            (
                drawn(&recipe, 12).rate().value(),
                drawn(&recipe, 12).n_rows()
            ),
            (0.9, 8)
        );
        assert_eq!(
            drawn(&recipe, 14).n_rows(),
            4,
            "the last batch of the epoch is short"
        );
    }
}
