//! How the masks of every step are drawn: the one place that both training and whoever wants to look at a mask again use.
//!
//! Masks are a pure function of (key, layer, step) and of the rate and noise shape that were on at that step, so none is
//! ever stored: the recipe remembers when rates and noise shapes changed, and any mask of the run can be drawn again.

use crate::math::random::Key;
use crate::nn::mask::{Broadcast, Place};
use crate::nn::noise_shape::NoiseShapeError;
use crate::nn::{DropRate, Mask, Masks, NoiseShape, UnitId};

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

/// A mask that every step has, instead of one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldMask {
    /// The step whose random numbers decide, at whatever rate holds, so that at one rate it is one mask.
    pub step: u64,
    /// Units that are dropped besides, by hand; in order, none twice.
    pub without: Vec<UnitId>,
}

impl HeldMask {
    /// The mask of `step`, less `without`.
    pub fn new(step: u64, mut without: Vec<UnitId>) -> Self {
        without.sort_unstable();
        without.dedup();
        Self { step, without }
    }
}

#[derive(Debug, Clone)]
struct Era {
    first_step: u64,
    input_rate: DropRate,
    hidden_rate: DropRate,
    broadcasts: Vec<Broadcast>,
    held: Option<HeldMask>,
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
            held: None,
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

    /// From `step` on every step has this mask, or with `None` one of its own again. Units that are not there are left out.
    pub fn hold(&mut self, step: u64, held: Option<HeldMask>) {
        let n_units = &self.n_units;
        let is_there = |id: &UnitId| n_units.get(id.layer_idx).is_some_and(|&n| id.unit < n);
        let held = held.map(|held| HeldMask {
            without: held.without.into_iter().filter(is_there).collect(),
            ..held
        });
        self.era_from(step).held = held;
    }

    /// The mask that is held at `step`, if one is.
    pub fn held(&self, step: u64) -> Option<&HeldMask> {
        self.era_at(step).held.as_ref()
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
        let (n_units, era) = (self.n_units[layer_idx], self.era_at(step));
        let place = era.place(layer_idx, step);
        let shape = [self.n_rows(step), n_units];
        let rate = self.rate(layer_idx, step);
        mask.draw(rate, era.broadcasts[layer_idx], shape, self.key, place);
        if let Some(held) = &era.held {
            let of_layer = held.without.iter().filter(|id| id.layer_idx == layer_idx);
            mask.drop_units(of_layer.map(|id| id.unit), n_units);
        }
    }

    /// The masks of all layers at `step`.
    pub fn masks(&self, step: u64) -> Masks {
        let mut masks = vec![Mask::none(); self.n_layers()];
        for (layer_idx, mask) in masks.iter_mut().enumerate() {
            self.draw(layer_idx, step, mask);
        }
        Masks::new(masks)
    }

    /// The number in `0..1` that decides whether a unit of example `row` is dropped at `step`: it is where the number is below
    /// the drop rate, whatever that is. All rates have the same numbers, and therefore nested masks.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn die(&self, id: UnitId, row: usize, step: u64) -> f64 {
        let UnitId { layer_idx, unit } = id;
        let era = self.era_at(step);
        let place = era.place(layer_idx, step);
        era.broadcasts[layer_idx].die([row, unit], self.n_units[layer_idx], self.key, place)
    }
}

impl Era {
    /// Where the mask of a layer at `step` has its random numbers.
    fn place(&self, layer_idx: usize, step: u64) -> Place {
        let step = self.held.as_ref().map_or(step, |held| held.step);
        Place { layer_idx, step }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_dropped_exactly_where_its_die_is_below_the_rate_and_masks_of_rates_are_nested() {
        let shapes = [
            NoiseShape::per_batch(),
            NoiseShape::per_sample(),
            "none,1".parse().unwrap(),
        ];
        for noise_shape in shapes {
            let mut looser: Option<Masks> = None;
            for percent in 0..=100 {
                let rate = DropRate::new(f64::from(percent) / 100.0).unwrap();
                let widths = vec![5, 300];
                let recipe = MaskRecipe::new(
                    Key::new(4),
                    widths.clone(),
                    (20, 8),
                    (rate, rate),
                    &noise_shape,
                );
                let recipe = recipe.unwrap();
                let masks = recipe.masks(11);
                for (layer_idx, mask) in masks.layers().iter().enumerate() {
                    for row in 0..mask.n_rows() {
                        for unit in 0..widths[layer_idx] {
                            let die = recipe.die(UnitId { layer_idx, unit }, row, 11);
                            let is_kept = mask.row(row).get(unit) != Some(&0);
                            assert_eq!(is_kept, die >= rate.value(), "die {die} at {percent} %");
                        }
                    }
                    let before = looser.as_ref().map(|masks| &masks.layers()[layer_idx]);
                    if let Some(before) = before.filter(|before| !before.is_none()) {
                        let mut pairs = before.kept().iter().zip(mask.kept());
                        assert!(pairs.all(|(looser, tighter)| tighter <= looser));
                    }
                }
                looser = Some(masks);
            }
        }
    }

    #[test]
    fn a_held_mask_is_the_same_at_every_step_and_then_the_counters_go_on() {
        let rates = (DropRate::NONE, DropRate::new(0.5).unwrap());
        let new = || {
            MaskRecipe::new(
                Key::new(1),
                vec![4, 32],
                (20, 8),
                rates,
                &NoiseShape::per_batch(),
            )
        };
        let (free, mut recipe) = (new().unwrap(), new().unwrap());
        let unit = |layer_idx, unit| UnitId { layer_idx, unit };
        let kept = free.masks(9).layers()[1]
            .kept()
            .iter()
            .position(|&kept| kept == 1)
            .unwrap();
        let without = vec![
            unit(1, kept),
            unit(0, 2),
            unit(1, kept),
            unit(0, 4),
            unit(7, 0),
        ];
        recipe.hold(10, Some(HeldMask::new(9, without)));
        recipe.hold(15, None);
        for step in (0..10).chain(15..20) {
            assert_eq!(recipe.masks(step), free.masks(step));
            assert_eq!(recipe.held(step), None);
        }
        for step in 10..15 {
            let masks = recipe.masks(step);
            assert_eq!(
                masks.layers()[0].kept(),
                [1, 1, 0, 1],
                "by hand, in a layer that drops nothing"
            );
            let mut expected = free.masks(9).layers()[1].kept().to_vec();
            expected[kept] = 0;
            assert_eq!(masks.layers()[1].kept(), expected);
            let held = recipe.held(step).unwrap();
            assert_eq!(
                (held.step, held.without.len()),
                (9, 2),
                "none twice, none that is not there"
            );
        }
    }

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
