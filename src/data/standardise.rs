//! Bringing the columns of a table to one scale.

use super::dataset::Note;
use super::split::Split;

/// Scales every input to mean 0 and variance 1 over the training examples, `x' = (x - mean) / deviation`.
///
/// The test examples are scaled by the same numbers: nothing about them may leak into training. An input that is
/// constant over the training examples becomes 0 everywhere. When all inputs already lie in 0..=1, as those of images
/// do, nothing is changed: their zeros mean something.
pub(super) fn standardise(split: &mut Split) {
    let is_unit = |&input: &f32| (0.0..=1.0).contains(&input);
    if split.train.inputs.iter().all(is_unit) && split.test.inputs.iter().all(is_unit) {
        return;
    }
    for part in [&mut split.train, &mut split.test] {
        let text = "standardised: mean 0 and variance 1 over the training examples";
        part.notes.push(Note::new("scale", text));
    }
    let n_train = split.train.len() as f64;
    for (mut train, mut test) in split
        .train
        .inputs
        .columns_mut()
        .into_iter()
        .zip(split.test.inputs.columns_mut())
    {
        let mean = train.iter().map(|&input| f64::from(input)).sum::<f64>() / n_train;
        let variance = train
            .iter()
            .map(|&input| (f64::from(input) - mean).powi(2))
            .sum::<f64>()
            / n_train;
        // Asked of the extremes: rounding can leave a constant column with a tiny variance.
        let largest = train.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let is_constant = train.iter().all(|&input| input >= largest);
        let scaled = |input: f32| {
            if is_constant {
                0.0
            } else {
                ((f64::from(input) - mean) / variance.sqrt()) as f32
            }
        };
        train.mapv_inplace(scaled);
        test.mapv_inplace(scaled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Targets};

    fn dataset(rows: &[[f32; 2]]) -> Dataset {
        let targets = Targets::Classes {
            labels: vec![0; rows.len()],
            n_classes: 2,
        };
        Dataset::new("rows", vec![2], rows.concat(), targets)
    }

    #[test]
    fn training_statistics_scale_both_parts_and_constants_become_zero() {
        let train = dataset(&[[1.0, 0.1], [3.0, 0.1], [1.0, 0.1], [3.0, 0.1]]);
        let mut split = Split::new(train, dataset(&[[2.0, 7.0], [5.0, 0.1]]));
        standardise(&mut split);
        assert_eq!(
            split.train.inputs.column(0).to_vec(),
            [-1.0, 1.0, -1.0, 1.0]
        );
        assert_eq!(split.test.inputs.column(0).to_vec(), [0.0, 3.0]);
        assert!(
            split
                .train
                .inputs
                .column(1)
                .iter()
                .chain(split.test.inputs.column(1))
                .all(|&input| input == 0.0)
        );
    }

    #[test]
    fn inputs_between_0_and_1_stay_as_they_are() {
        let split = Split::new(
            dataset(&[[0.0, 1.0], [0.5, 0.25]]),
            dataset(&[[0.125, 1.0]]),
        );
        let mut scaled = split.clone();
        standardise(&mut scaled);
        assert_eq!(scaled, split);
    }
}
