//! A number that tells whether two experiments saw the same examples.

use super::{Dataset, Split, Targets};

/// FNV-1a of 64 bits, taken over words of 32 bits instead of bytes: the same on every machine, quick, and no secret.
struct Fingerprint(u64);

impl Fingerprint {
    const START: Self = Self(0xcbf2_9ce4_8422_2325);
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    fn take(&mut self, word: u32) {
        self.0 = (self.0 ^ u64::from(word)).wrapping_mul(Self::PRIME);
    }

    /// The counts first, so that no example can pass from one set or part to the next unnoticed.
    fn take_set(&mut self, set: &Dataset) {
        for count in [set.len(), set.n_inputs(), set.n_outputs()] {
            self.take(count as u32);
        }
        set.inputs
            .iter()
            .for_each(|input| self.take(input.to_bits()));
        match &set.targets {
            Targets::Classes { labels, .. } => labels.iter().for_each(|label| self.take(*label)),
            Targets::Values(values) => values.iter().for_each(|value| self.take(value.to_bits())),
        }
    }
}

impl Split {
    /// The fingerprint of the training and of the test examples as they are used: drawn, standardised, in their order, with
    /// their labels, the wrong ones too.
    pub fn fingerprint(&self) -> u64 {
        let mut fingerprint = Fingerprint::START;
        fingerprint.take_set(&self.train);
        fingerprint.take_set(&self.test);
        fingerprint.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Spec, SplitPlan, load};
    use super::*;
    use crate::math::random::Key;

    fn digits(seed: u64) -> Split {
        load(&Spec::Digits, &SplitPlan::default(), Key::new(seed)).unwrap()
    }

    #[test]
    fn the_fingerprint_of_fixed_examples_is_fixed_and_changes_with_each_of_them() {
        let labels = Targets::Classes {
            labels: vec![0, 1],
            n_classes: 2,
        };
        let set = Dataset::new("two", vec![1], vec![1.0, -1.0], labels);
        let split = Split::new(set.clone(), set);
        let of = |split: &Split| split.fingerprint();
        // Computed by hand from the definition, in another language.
        assert_eq!(of(&split), 0x7e83_edf5_f8cc_6645);
        let mut other = split.clone();
        other.test.inputs[(1, 0)] = 1.0;
        assert_ne!(of(&other), of(&split));
        let mut other = split.clone();
        other.train.targets = Targets::Classes {
            labels: vec![1, 0],
            n_classes: 2,
        };
        assert_ne!(of(&other), of(&split));
    }

    #[test]
    fn another_seed_is_another_draw_of_examples() {
        assert_eq!(digits(7).fingerprint(), digits(7).fingerprint());
        assert_ne!(digits(7).fingerprint(), digits(8).fingerprint());
    }
}
