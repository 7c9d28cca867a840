//! The dropout layer against `keras.layers.Dropout`: outputs, input gradients, and what is accepted and refused.
//!
//! TensorFlow multiplies by 0 or 1/keep, so its dropped values carry the sign of the input, and may be off by one unit
//! in the last place where 1/keep is no exact number. Ours are +0, always.

use dropscope::nn::noise_shape::NoiseShapeError;
use dropscope::nn::{Dropout, NoiseShape};
use ndarray::{ArrayD, IxDyn};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Recording {
    forward: Vec<Call>,
    construction: Vec<Construction>,
}

/// One training call on a 5 x 6 input; floats as their bits, row by row.
#[derive(Deserialize)]
struct Call {
    rate: f64,
    noise_shape: Option<Vec<Option<i64>>>,
    x_bits: Vec<u32>,
    /// -1 where the input is 0 and the mask cannot be told from the output.
    kept: Vec<Vec<i8>>,
    y_bits: Vec<u32>,
    d_x_of_sum_of_squares_bits: Vec<u32>,
    eval_is_identity: bool,
}

#[derive(Deserialize)]
struct Construction {
    args: Arguments,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Arguments {
    /// A number, or the word `nan`.
    rate: Value,
    #[serde(default)]
    noise_shape: Value,
}

fn recording() -> Recording {
    let text = include_str!("../fixtures/dropout_keras.json");
    serde_json::from_str(text).expect("the recording is well formed")
}

impl Call {
    fn shape(&self) -> Vec<usize> {
        vec![self.kept.len(), self.kept[0].len()]
    }

    fn array(&self, bits: &[u32]) -> ArrayD<f32> {
        let values = bits.iter().copied().map(f32::from_bits).collect();
        ArrayD::from_shape_vec(IxDyn(&self.shape()), values).expect("5 x 6 values")
    }

    fn layer(&self) -> Dropout {
        let shape = self
            .noise_shape
            .as_ref()
            .map(|entries| NoiseShape::new(entries).expect("Keras took it"));
        Dropout::new(self.rate, shape, 1).expect("Keras took it")
    }

    fn what(&self) -> String {
        format!("rate {}, noise shape {:?}", self.rate, self.noise_shape)
    }

    /// The recorded mask in the layer's noise shape, which is where Keras draws it. Fails if the recorded values are not
    /// shared along the axes along which the noise shape shares them.
    fn mask(&self) -> ArrayD<u8> {
        let drawn = self.layer().mask(&self.shape(), 0).expect("the shapes fit");
        let (n_rows, n_units) = (drawn.shape()[0], drawn.shape()[1]);
        let mut mask = ArrayD::from_elem(drawn.raw_dim(), -1);
        for (row, kept) in self.kept.iter().enumerate() {
            for (unit, &kept) in kept.iter().enumerate().filter(|(_, kept)| **kept >= 0) {
                // An axis of the mask has one entry or as many as the input.
                let value = &mut mask[[row % n_rows, unit % n_units]];
                assert!(
                    [-1, kept].contains(value),
                    "{}: row {row}, unit {unit}",
                    self.what()
                );
                *value = kept;
            }
        }
        // Unknown only where the input is 0, and there a kept value is as good as a dropped one.
        mask.mapv(|kept| u8::from(kept != 0))
    }

    /// Requires `ours` to be TensorFlow's, with a dropped value +0 and a kept one at most `ulps` away.
    fn assert_same(&self, ours: &ArrayD<f32>, theirs: &[u32], ulps: u32, what: &str) {
        let theirs = self.array(theirs);
        for ((ours, theirs), &kept) in ours.iter().zip(&theirs).zip(self.kept.iter().flatten()) {
            let what = format!("{} of {}: {ours} against {theirs}", what, self.what());
            match kept {
                0 => assert!(ours.to_bits() == 0 && *theirs == 0.0, "{what}"),
                -1 => assert!(*ours == 0.0 && *theirs == 0.0, "{what}"),
                _ => assert!(ours.to_bits().abs_diff(theirs.to_bits()) <= ulps, "{what}"),
            }
        }
    }
}

#[test]
fn outputs_and_gradients_are_those_of_keras_for_8_rates_and_4_noise_shapes() {
    let calls = recording().forward;
    assert_eq!(calls.len(), 32);
    for call in calls {
        let (layer, mask, x) = (call.layer(), call.mask(), call.array(&call.x_bits));
        let y = layer.apply(x.view(), &mask);
        let is_exact = [0.0, 0.5, 0.75, 1.0].contains(&call.rate);
        call.assert_same(&y, &call.y_bits, u32::from(!is_exact), "output");
        // The loss was the sum of squares: the output's gradient is 2 y, and the input's that through the mask.
        let d_x = layer.apply((&call.array(&call.y_bits) * 2.0).view(), &mask);
        if call.rate < 1.0 {
            let theirs = &call.d_x_of_sum_of_squares_bits;
            call.assert_same(&d_x, theirs, u32::from(!is_exact), "gradient");
        } else {
            // Keras returns a constant there and has no gradient to record; ours is zero.
            let is_zero = d_x.iter().all(|gradient| gradient.to_bits() == 0);
            assert!(is_zero, "{}: {d_x}", call.what());
        }
    }
}

#[test]
fn at_test_time_the_layer_is_the_identity_bit_for_bit() {
    for call in recording().forward {
        assert!(call.eval_is_identity);
        let out = call.layer().infer(call.array(&call.x_bits).view());
        let bits: Vec<u32> = out.iter().map(|value| value.to_bits()).collect();
        assert_eq!(bits, call.x_bits, "{}", call.what());
    }
}

/// The noise shape in our own way of writing: `(1, none)`.
fn written(noise_shape: &Value) -> String {
    let entry = |entry: &Value| {
        if entry.is_null() {
            "none".to_owned()
        } else {
            entry.to_string()
        }
    };
    match noise_shape {
        Value::Array(entries) => entries.iter().map(entry).collect::<Vec<_>>().join(","),
        Value::String(word) => word.clone(),
        other => other.to_string(),
    }
}

#[test]
fn the_constructor_accepts_and_refuses_what_keras_does() {
    let mut n_seen = 0;
    for Construction { args, error } in recording().construction {
        n_seen += 1;
        let rate = args.rate.as_f64().unwrap_or(f64::NAN);
        // A bare number cannot be told from a tuple of one in our way of writing, and in Rust the type rules it out.
        if args.noise_shape.is_number() {
            continue;
        }
        let shape =
            (!args.noise_shape.is_null()).then(|| written(&args.noise_shape).parse::<NoiseShape>());
        let refused_shape = matches!(shape, Some(Err(_)));
        let refused_rate = Dropout::new(rate, shape.and_then(Result::ok), 1).is_err();
        let what = format!("rate {} and noise shape {}", args.rate, args.noise_shape);
        assert_eq!(
            refused_shape || refused_rate,
            error.is_some(),
            "{what}: {error:?}"
        );
        let blames_shape = error.is_some_and(|error| error.contains("`noise_shape`"));
        assert_eq!(refused_shape, blames_shape, "{what}");
    }
    assert_eq!(n_seen, 12);
}

#[test]
fn a_refused_entry_is_named_with_its_index_and_value_as_in_keras() {
    for Construction { args, error } in recording().construction {
        let Some(named) = error
            .as_deref()
            .and_then(|error| error.split("at index ").nth(1))
        else {
            continue;
        };
        let Err(NoiseShapeError::Entry { index, value }) =
            written(&args.noise_shape).parse::<NoiseShape>()
        else {
            panic!("{} was accepted", args.noise_shape);
        };
        // Keras writes `1: 0` or `1: 1.5 (type: float)`.
        let expected = format!("{index}: {}", value.trim_matches('`'));
        assert!(named.starts_with(&expected), "{named} against {expected}");
    }
}
