//! What "close" means: the largest difference, measured against the largest number of the same array.
//!
//! Element by element would ask for more than a sum of `f32` can give where the sum nearly cancels.

use super::oracle::{Layer, Matrix, Seen};

/// The largest difference between `actual` and `expected`, as a share of the largest of `expected`.
///
/// Not a number where either holds one; the absolute difference where `expected` is all zeros.
pub(crate) fn distance(actual: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(actual.len(), expected.len(), "arrays of one length");
    let largest = |values: &mut dyn Iterator<Item = f64>| {
        values.fold(
            0.0,
            |largest: f64, v| if v.abs() <= largest { largest } else { v.abs() },
        )
    };
    let difference = largest(&mut actual.iter().zip(expected).map(|(a, e)| a - e));
    let size = largest(&mut expected.iter().copied());
    if size > 0.0 {
        difference / size
    } else {
        difference
    }
}

/// Requires `actual` within `tolerance` of `expected`, in the sense of [`distance`].
#[track_caller]
pub(crate) fn assert_close(actual: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    let distance = distance(actual, expected);
    // Written so that a distance that is no number fails.
    let is_close = distance <= tolerance;
    assert!(
        is_close,
        "{what}: {distance:e} apart, over {tolerance:e}\n{actual:?}\n{expected:?}"
    );
}

/// [`assert_close`] over all rows together.
#[track_caller]
pub(crate) fn assert_rows_close(actual: &Matrix, expected: &Matrix, tolerance: f64, what: &str) {
    assert_close(&actual.concat(), &expected.concat(), tolerance, what);
}

/// [`assert_close`] for the weights and for the biases of each layer.
#[track_caller]
pub(crate) fn assert_layers_close(
    actual: &[Layer],
    expected: &[Layer],
    tolerance: f64,
    what: &str,
) {
    assert_eq!(actual.len(), expected.len(), "{what}: as many layers");
    for (l, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert_rows_close(
            &actual.weight,
            &expected.weight,
            tolerance,
            &format!("{what}, weights of layer {l}"),
        );
        assert_close(
            &actual.bias,
            &expected.bias,
            tolerance,
            &format!("{what}, biases of layer {l}"),
        );
    }
}

/// Requires outputs, loss and every gradient of two passes to be close.
#[track_caller]
pub(crate) fn assert_passes_close(actual: &Seen, expected: &Seen, tolerance: f64, what: &str) {
    assert_rows_close(
        &actual.outputs,
        &expected.outputs,
        tolerance,
        &format!("{what}, outputs"),
    );
    assert_close(
        &[actual.loss],
        &[expected.loss],
        tolerance,
        &format!("{what}, loss"),
    );
    assert_layers_close(
        &actual.gradients,
        &expected.gradients,
        tolerance,
        &format!("{what}, gradients"),
    );
}
