//! The handwritten digits carried inside the program (their licence note stands beside the file in `assets/`).

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::dataset::{Dataset, Targets};
use super::split::Sizes;

/// 1,797 rows of 64 pixels in 0..=16 and the label, comma-separated, compressed.
const FILE: &[u8] = include_bytes!("../../assets/digits.csv.gz");

const N_PIXELS: usize = 64;
const BRIGHTEST: f32 = 16.0;

/// 500 train, 797 test; the other 500 stay unused unless asked for.
pub(super) const DEFAULT_SIZES: Sizes = Sizes {
    n_train: 500,
    n_test: 797,
};

/// All 1,797 digits in their file's order, pixels scaled to 0..=1; inputs `[1797, 64]`.
pub(super) fn dataset() -> Dataset {
    let mut text = String::new();
    MultiGzDecoder::new(FILE)
        .read_to_string(&mut text)
        .expect("the embedded file is whole");
    let mut inputs = Vec::with_capacity(text.len() / 2);
    let mut labels = Vec::new();
    for line in text.lines() {
        let mut numbers = line.split(',').map(|number| {
            number
                .parse::<u32>()
                .expect("the embedded file holds numbers")
        });
        inputs.extend(
            numbers
                .by_ref()
                .take(N_PIXELS)
                .map(|pixel| pixel as f32 / BRIGHTEST),
        );
        labels.extend(numbers);
    }
    Dataset::new(
        "digits",
        vec![8, 8],
        inputs,
        Targets::Classes {
            labels,
            n_classes: 10,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_all_there() {
        let digits = dataset();
        assert_eq!(
            (digits.len(), digits.n_inputs(), digits.n_outputs()),
            (1797, 64, 10)
        );
        assert_eq!(
            digits.class_counts(),
            [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
        );
        assert!(
            digits
                .inputs
                .iter()
                .all(|pixel| (0.0..=1.0).contains(pixel))
        );
        assert!(digits.inputs.iter().any(|&pixel| pixel >= 1.0));
        assert_eq!(
            digits.item(0)[2..6],
            [5.0 / 16.0, 13.0 / 16.0, 9.0 / 16.0, 1.0 / 16.0]
        );
    }
}
