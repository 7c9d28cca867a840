//! Bringing the columns of a table to one scale.

use ndarray::ArrayView1;

use super::dataset::{Note, Targets, ValueScale};
use super::split::Split;

/// Brings the inputs, and the values to predict, of a split to one scale.
pub(super) fn standardise(split: &mut Split) {
    inputs(split);
    values(split);
}

/// Scales every input to mean 0 and variance 1 over the training examples, `x' = (x - mean) / deviation`.
///
/// The test examples are scaled by the same numbers: nothing about them may leak into training. An input that is
/// constant over the training examples becomes 0 everywhere. When all inputs already lie in 0..=1, as those of images
/// do, nothing is changed: their zeros mean something.
fn inputs(split: &mut Split) {
    let is_unit = |&input: &f32| (0.0..=1.0).contains(&input);
    if split.train.inputs.iter().all(is_unit) && split.test.inputs.iter().all(is_unit) {
        return;
    }
    for part in [&mut split.train, &mut split.test] {
        let text = "standardised: mean 0 and variance 1 over the training examples";
        part.notes.push(Note::new("scale", text));
    }
    let columns = split.train.inputs.columns_mut().into_iter();
    for (mut train, mut test) in columns.zip(split.test.inputs.columns_mut()) {
        let scale = scale_of(train.view());
        // A test example may lie beyond all numbers of 32 bits where the training examples differ by almost nothing.
        let scaled = |input: f32| {
            let input = scale.map_or(0.0, |scale| scale.learnt(input));
            input.clamp(f32::MIN, f32::MAX)
        };
        train.mapv_inplace(scaled);
        test.mapv_inplace(scaled);
    }
}

/// Lets every value be learnt at mean 0 and variance 1 over the training examples; the values stay in their own units.
///
/// One that is constant over the training examples is learnt as 0.
fn values(split: &mut Split) {
    let Targets::Values(values) = &split.train.targets else {
        return;
    };
    let constant = |value: f32| ValueScale {
        mean: f64::from(value),
        deviation: 1.0,
    };
    let scales = values.columns().into_iter().map(|column| {
        let first = column.first().copied().unwrap_or_default();
        scale_of(column).unwrap_or_else(|| constant(first))
    });
    split.train.value_scales = scales.collect();
    for ValueScale { mean, deviation } in split.train.value_scales.clone() {
        let text = format!(
            "learnt standardised, with mean {} and deviation {} over the training examples; losses are squared errors in \
             their own units",
            mean as f32, deviation as f32
        );
        for part in [&mut split.train, &mut split.test] {
            part.notes.push(Note::new(Note::VALUES, text.clone()));
        }
    }
    split
        .test
        .value_scales
        .clone_from(&split.train.value_scales);
}

/// Mean and deviation of a column, `None` where they are one number over and over: asked of the extremes, as rounding
/// can leave a constant column with a tiny variance.
fn scale_of(column: ArrayView1<f32>) -> Option<ValueScale> {
    let numbers = || column.iter().map(|&number| f64::from(number));
    let n = column.len() as f64;
    let mean = numbers().sum::<f64>() / n;
    let variance = numbers().map(|number| (number - mean).powi(2)).sum::<f64>() / n;
    let largest = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let is_constant = column.iter().all(|&number| number >= largest);
    (!is_constant).then(|| ValueScale {
        mean,
        deviation: variance.sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::data::Dataset;

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
        inputs(&mut split);
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
    fn inputs_stay_finite_however_far_a_test_example_lies() {
        let train = dataset(&[[1e-40, 0.0], [2e-40, 1.0]]);
        let mut split = Split::new(train, dataset(&[[3e38, 0.5], [-3e38, 0.5]]));
        standardise(&mut split);
        assert_eq!(split.test.inputs.column(0).to_vec(), [f32::MAX, f32::MIN]);
    }

    #[test]
    fn inputs_between_0_and_1_stay_as_they_are() {
        let split = Split::new(
            dataset(&[[0.0, 1.0], [0.5, 0.25]]),
            dataset(&[[0.125, 1.0]]),
        );
        let mut scaled = split.clone();
        inputs(&mut scaled);
        assert_eq!(scaled, split);
    }

    #[test]
    fn values_are_learnt_on_the_scale_of_the_training_part_and_stay_in_their_own_units() {
        let part = |values: &[f32]| {
            let column = Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap();
            Dataset::new(
                "v",
                vec![1],
                vec![0.5; values.len()],
                Targets::Values(column),
            )
        };
        let mut split = Split::new(part(&[30.0, 50.0, 30.0, 50.0]), part(&[40.0, 70.0]));
        let before = split.test.targets.clone();
        values(&mut split);
        let mut learnt = [0.0; 2];
        split.test.gather_values(&[0, 1], &mut learnt);
        assert_eq!((learnt, &split.test.targets), ([0.0, 3.0], &before));
        assert!((split.test.value_scales[0].own(3.0) - 70.0).abs() < 1e-9);
        let mut constant = Split::new(part(&[7.0, 7.0]), part(&[9.0]));
        values(&mut constant);
        constant.test.gather_values(&[0], &mut learnt[..1]);
        assert_eq!(learnt[0], 2.0, "no division by nothing");
    }
}
