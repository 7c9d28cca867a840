//! The dropout layer with the interface of Keras: `Dropout(rate, noise_shape=None, seed=None)`, for inputs of any rank.
//!
//! The networks of the lab mask their activations inside [`super::Mlp`], by the same draws and the same rule; this
//! layer is that rule on its own, for use in other programs and for comparing against the frameworks.

use ndarray::{ArrayD, ArrayViewD, IxDyn, Zip};

use super::drop_rate::DropRateError;
use super::noise_shape::NoiseShapeError;
use super::{DropRate, NoiseShape};
use crate::math::random::Key;

/// Inverted dropout: kept values are divided by `keep`, dropped ones become +0, and at test time nothing happens.
#[derive(Debug, Clone)]
pub struct Dropout {
    rate: DropRate,
    noise_shape: Option<NoiseShape>,
    key: Key,
}

impl Dropout {
    /// A layer that drops at `rate`. Without a noise shape every element is masked on its own, as in Keras.
    ///
    /// # Errors
    /// If `rate` is not between 0 and 1.
    pub fn new(
        rate: f64,
        noise_shape: Option<NoiseShape>,
        seed: u64,
    ) -> Result<Self, DropRateError> {
        Ok(Self {
            rate: DropRate::new(rate)?,
            noise_shape,
            key: Key::new(seed).child("dropout"),
        })
    }

    /// The mask of one training call, in the noise shape: 1 for kept, 0 for dropped. Call after call it is another one.
    ///
    /// # Errors
    /// If the noise shape cannot be broadcast against `input_shape`.
    pub fn mask(
        &self,
        input_shape: &[usize],
        call_idx: u64,
    ) -> Result<ArrayD<u8>, NoiseShapeError> {
        let shape = match &self.noise_shape {
            Some(noise_shape) => noise_shape.resolve(input_shape)?,
            None => input_shape.to_vec(),
        };
        let n_values = shape.iter().product();
        let mut kept = vec![u8::from(!self.rate.is_all()); n_values];
        if !self.rate.is_none() && !self.rate.is_all() {
            self.key.bernoulli(
                self.rate.keep(),
                [0, call_idx as u32, (call_idx >> 32) as u32],
                &mut kept,
            );
        }
        Ok(ArrayD::from_shape_fn(IxDyn(&shape), {
            let mut kept = kept.into_iter();
            move |_| kept.next().unwrap_or_default()
        }))
    }

    /// The output of a training call with this mask; also the input's gradient, given the output's.
    ///
    /// # Panics
    /// If the mask cannot be broadcast against `values`.
    pub fn apply(&self, values: ArrayViewD<f32>, mask: &ArrayD<u8>) -> ArrayD<f32> {
        if self.rate.is_none() {
            return values.to_owned();
        }
        let scale = self.rate.scale();
        let mut out = values.to_owned();
        // Selecting, not multiplying: a dropped NaN must not leak, and a dropped negative value becomes +0.
        Zip::from(&mut out)
            .and_broadcast(mask)
            .for_each(|value, &kept| {
                *value = if kept == 1 { *value * scale } else { 0.0 };
            });
        out
    }

    /// The output at test time: the input itself.
    pub fn infer(&self, values: ArrayViewD<f32>) -> ArrayD<f32> {
        values.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn dropped_values_are_positive_zero_even_for_nan_infinity_and_negatives() {
        let dropout = Dropout::new(0.5, None, 1).unwrap();
        let values = array![f32::NAN, f32::INFINITY, -3.0, 1.0].into_dyn();
        let out = dropout.apply(values.view(), &array![0, 0, 0, 1].into_dyn());
        assert_eq!(
            out.iter().map(|value| value.to_bits()).collect::<Vec<_>>(),
            [0, 0, 0, 2.0_f32.to_bits()]
        );
    }

    #[test]
    fn rate_1_gives_zeros_and_rate_0_the_input_bit_for_bit() {
        let values = array![[-0.0_f32, 1.5], [f32::NAN, 2.0]].into_dyn();
        for (rate, expected) in [
            (1.0, [0.0_f32; 4].map(f32::to_bits).to_vec()),
            (0.0, values.iter().map(|v| v.to_bits()).collect()),
        ] {
            let dropout = Dropout::new(rate, None, 1).unwrap();
            let mask = dropout.mask(&[2, 2], 0).unwrap();
            let out = dropout.apply(values.view(), &mask);
            assert_eq!(
                out.iter().map(|value| value.to_bits()).collect::<Vec<_>>(),
                expected
            );
        }
    }

    #[test]
    fn a_noise_shape_shares_the_mask_along_its_axes_of_one() {
        let dropout = Dropout::new(0.5, Some("none,1,none".parse().unwrap()), 3).unwrap();
        let mask = dropout.mask(&[4, 5, 6], 0).unwrap();
        assert_eq!(mask.shape(), [4, 1, 6]);
        let ones = ArrayD::from_elem(IxDyn(&[4, 5, 6]), 1.0);
        let out = dropout.apply(ones.view(), &mask);
        for row in 1..5 {
            assert_eq!(
                out.index_axis(ndarray::Axis(1), 0),
                out.index_axis(ndarray::Axis(1), row)
            );
        }
    }

    #[test]
    fn neighbouring_seeds_do_not_repeat_each_others_masks() {
        let masks = |seed| {
            (0..20).map(move |call| {
                Dropout::new(0.5, None, seed)
                    .unwrap()
                    .mask(&[64], call)
                    .unwrap()
            })
        };
        assert!(masks(1).all(|mask| masks(2).all(|other| mask != other)));
    }
}
