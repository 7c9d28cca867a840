//! Which units of a network can be dropped, numbered, so that a mask of all of them together is a number.

use crate::nn::{Dense, DropRate, Mask, Masks, Mlp, NoiseShape};

/// A unit that is kept or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Droppable {
    /// Of which dense layer it is an input: 0 for inputs of the network.
    pub layer_idx: usize,
    /// Which of them, counted from 0.
    pub unit: usize,
}

/// The units that can be dropped, and the masks of all of them: bit `b` of a mask is 1 where unit `b` is kept.
///
/// The last hidden layer has the lowest bits, because its units cost least to drop or give back. A layer whose rate is
/// 0 or 1 has no choice and no bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// Inputs of each dense layer, and at what rate they are dropped.
    layers: Vec<(usize, DropRate)>,
    /// The layers that have a choice, the last first: which, and its lowest bit.
    bits: Vec<(usize, usize)>,
    n_units: usize,
}

impl Choices {
    /// Most units whose masks are counted up where they are all in the last hidden layer.
    pub const MOST_OF_ONE_LAYER: usize = 20;
    /// The same where there are others: every choice of them needs a pass of its own.
    pub const MOST_OF_SEVERAL: usize = 16;

    /// The choices of layers with so many inputs, dropped at these rates; `None` where there is nothing to choose, more masks
    /// than can be counted up, or one choice for all units of a layer.
    pub fn of(
        layers: impl IntoIterator<Item = (usize, DropRate)>,
        noise_shape: &NoiseShape,
    ) -> Option<Self> {
        let layers: Vec<_> = layers.into_iter().collect();
        let (mut bits, mut n_units) = (Vec::new(), 0);
        for (layer_idx, &(n_inputs, rate)) in layers.iter().enumerate().rev() {
            if !rate.is_none() && !rate.is_all() {
                bits.push((layer_idx, n_units));
                n_units += n_inputs;
            }
        }
        let is_last_alone = bits.iter().all(|&(layer, _)| layer + 1 == layers.len());
        let most = if is_last_alone {
            Self::MOST_OF_ONE_LAYER
        } else {
            Self::MOST_OF_SEVERAL
        };
        let shares_units = noise_shape.of_one_network().entries().last() == Some(&Some(1));
        let is_possible = (1..=most).contains(&n_units) && !shares_units;
        is_possible.then_some(Self {
            layers,
            bits,
            n_units,
        })
    }

    /// Units that can be dropped, n; there are 2^n masks.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// All masks, counted.
    pub fn n_masks(&self) -> usize {
        1 << self.n_units
    }

    /// The mask at a place of the Gray code, in which neighbours differ in one unit.
    pub fn mask_at(place: usize) -> usize {
        place ^ (place >> 1)
    }

    /// The place of a mask in the Gray code: the inverse of [`Self::mask_at`].
    pub fn place_of(mask: usize) -> usize {
        let mut place = mask;
        let mut shift = 1;
        while shift < usize::BITS {
            place ^= place >> shift;
            shift *= 2;
        }
        place
    }

    /// The unit of a bit.
    ///
    /// # Panics
    /// If there is no such bit.
    pub fn unit(&self, bit: usize) -> Droppable {
        let of_bit = self.bits.iter().rev().find(|(_, first)| *first <= bit);
        let &(layer_idx, first) = of_bit.expect("the lowest bit is 0");
        let unit = bit - first;
        assert!(unit < self.layers[layer_idx].0, "bit {bit}");
        Droppable { layer_idx, unit }
    }

    /// The rate of the unit of a bit.
    pub fn rate(&self, bit: usize) -> DropRate {
        self.layers[self.unit(bit).layer_idx].1
    }

    /// The chance that `mask` is drawn: `keep^k rate^(n - k)`, with k units kept; a product of these over layers.
    pub fn chance(&self, mask: usize) -> f64 {
        self.chance_above(mask, 0)
    }

    /// The chance of all masks together that agree with `mask` from bit `depth` on.
    pub(super) fn chance_above(&self, mask: usize, depth: usize) -> f64 {
        let of_layer = |&(layer_idx, first): &(usize, usize)| {
            let (n_units, rate) = self.layers[layer_idx];
            let n_counted = (first + n_units).saturating_sub(depth.max(first));
            let bits = mask >> (first + n_units - n_counted) & ((1 << n_counted) - 1);
            let (n, n_kept) = (n_counted as i32, bits.count_ones() as i32);
            rate.keep().powi(n_kept) * rate.value().powi(n - n_kept)
        };
        self.bits.iter().map(of_layer).product()
    }

    /// Inputs of each dense layer, and at what rate they are dropped.
    pub(super) fn layers(&self) -> &[(usize, DropRate)] {
        &self.layers
    }

    /// The choices of `net`, whose dense layers' inputs are dropped at `rates`.
    ///
    /// # Panics
    /// If there is not one rate for each dense layer.
    pub fn of_net(net: &Mlp, rates: &[DropRate], noise_shape: &NoiseShape) -> Option<Self> {
        assert_eq!(
            rates.len(),
            net.layers.len(),
            "one rate for each dense layer"
        );
        let n_inputs = net.layers.iter().map(Dense::n_inputs);
        Self::of(n_inputs.zip(rates.iter().copied()), noise_shape)
    }

    /// Units of the last dense layer's input that can be dropped: as many of the lowest bits are theirs.
    pub(super) fn n_last(&self) -> usize {
        let last = self.layers.len() - 1;
        match self.bits.first() {
            Some(&(layer_idx, _)) if layer_idx == last => self.layers[last].0,
            _ => 0,
        }
    }

    /// The rate of the last dense layer's input.
    pub(super) fn last_rate(&self) -> DropRate {
        self.layers.last().map_or(DropRate::NONE, |(_, rate)| *rate)
    }

    /// The masks of a pass, one for each dense layer.
    pub fn masks(&self, mask: usize) -> Masks {
        let of_layer = |(layer_idx, &(n_units, rate)): (usize, &(usize, DropRate))| {
            if rate.is_none() {
                return Mask::none();
            }
            let bits = self.bits.iter().find(|(layer, _)| *layer == layer_idx);
            let is_kept = |unit: usize| bits.map_or(0, |(_, first)| mask >> (first + unit) & 1);
            let kept = (0..n_units).map(|unit| is_kept(unit) as u8).collect();
            Mask::from_kept(rate, 1, n_units, kept)
        };
        Masks::new(self.layers.iter().enumerate().map(of_layer).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(value: f64) -> DropRate {
        DropRate::new(value).unwrap()
    }

    fn choices(layers: &[(usize, f64)]) -> Option<Choices> {
        let layers = layers.iter().map(|&(n, value)| (n, rate(value)));
        Choices::of(layers, &NoiseShape::per_batch())
    }

    #[test]
    fn up_to_20_units_of_the_last_hidden_layer_are_counted_up_and_16_of_several() {
        assert!(choices(&[(2, 0.0), (20, 0.5)]).is_some());
        assert!(choices(&[(2, 0.0), (21, 0.5)]).is_none());
        assert!(choices(&[(2, 0.0), (8, 0.5), (8, 0.5)]).is_some());
        assert!(choices(&[(2, 0.1), (8, 0.5), (8, 0.5)]).is_none());
        assert!(choices(&[(17, 0.1), (30, 0.0)]).is_none());
        assert!(choices(&[(2, 0.0), (8, 0.0)]).is_none());
        assert!(choices(&[(2, 0.0), (8, 1.0)]).is_none());
        let layers = [(2, rate(0.0)), (8, rate(0.5))];
        assert!(Choices::of(layers, &"none,1".parse().unwrap()).is_none());
        assert!(Choices::of(layers, &NoiseShape::per_sample()).is_some());
    }

    #[test]
    fn neighbours_in_the_gray_code_differ_in_one_unit_and_every_mask_has_its_place() {
        for place in 0..1 << 10 {
            let mask = Choices::mask_at(place);
            let next = Choices::mask_at(place + 1);
            assert_eq!((mask ^ next).count_ones(), 1, "{place}");
            assert_eq!(Choices::place_of(mask), place);
        }
    }

    #[test]
    fn bits_are_the_last_layers_units_first_and_chances_are_products_that_add_up_to_one() {
        let choices = choices(&[(2, 0.2), (3, 1.0), (4, 0.7)]).unwrap();
        let unit = |layer_idx, unit| Droppable { layer_idx, unit };
        assert_eq!(choices.unit(0), unit(2, 0));
        assert_eq!(choices.unit(3), unit(2, 3));
        assert_eq!(choices.unit(4), unit(0, 0));
        assert_eq!((choices.n_units(), choices.n_last()), (6, 4));
        let chance = choices.chance(0b10_0101);
        assert!((chance - 0.8 * 0.2 * 0.3_f64.powi(2) * 0.7_f64.powi(2)).abs() < 1e-15);
        let all: f64 = (0..64).map(|mask| choices.chance(mask)).sum();
        assert!((all - 1.0).abs() < 1e-12);
        let above: f64 = (0..8).map(|low| choices.chance(0b10_1000 | low)).sum();
        assert!((choices.chance_above(0b10_1101, 3) - above).abs() < 1e-15);
        let masks = choices.masks(0b10_0101);
        let kept: Vec<_> = masks.layers().iter().map(Mask::kept).collect();
        assert_eq!(kept, [&[0, 1][..], &[0, 0, 0], &[1, 0, 1, 0]]);
    }
}
