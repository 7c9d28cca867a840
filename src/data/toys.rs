//! Generated examples: point sets in the plane, a curve, and a linear function.
//!
//! Small enough to be learned in a second and to be looked at whole: decision boundaries, uncertainty bands and the
//! comparison with ridge regression are drawn on them. All have inputs and values of about unit scale. More examples
//! of a toy begin with the fewer ones, and training and test examples are drawn independently of each other.

use std::f32::consts::{PI, TAU};
use std::ops::Range;

use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::dataset::{Dataset, Targets};
use super::error::DataError;
use super::split::{Sizes, Split, SplitPlan, refused};
use crate::math::random::{Key, Stream};

/// The interval of inputs in which the regression toy has no examples; what a network says there is a guess.
pub const REGRESSION_GAP: Range<f32> = 0.1..0.6;

/// Standard deviation of the noise on the values of the regression toy.
pub const REGRESSION_NOISE: f32 = 0.1;

/// Number of inputs of the linear toy.
pub const N_LINEAR_INPUTS: usize = 16;

/// Standard deviation of the noise on the values of the linear toy.
pub const LINEAR_NOISE: f32 = 0.3;

/// Most examples of one part, so that a slip of the keyboard does not fill the memory.
const MAX_EXAMPLES: usize = 1_000_000;

/// Which toy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toy {
    Moons,
    Circles,
    Spiral,
    Xor,
    Gauss,
    Regression,
    Linear,
}

impl Toy {
    fn name(self) -> &'static str {
        match self {
            Self::Moons => "moons",
            Self::Circles => "circles",
            Self::Spiral => "spiral",
            Self::Xor => "xor",
            Self::Gauss => "gauss",
            Self::Regression => "regression",
            Self::Linear => "linear",
        }
    }

    fn default_sizes(self) -> Sizes {
        match self {
            Self::Regression => Sizes {
                n_train: 80,
                n_test: 400,
            },
            _ => Sizes {
                n_train: 100,
                n_test: 1000,
            },
        }
    }

    /// `n` examples. `truth` is the key of what all parts have in common, `examples` that of this part alone.
    fn dataset(self, n: usize, truth: Key, examples: Key) -> Dataset {
        let stream = &mut examples.stream();
        match self {
            Self::Moons => plane(self, n, stream, moon),
            Self::Circles => plane(self, n, stream, circle),
            Self::Spiral => plane(self, n, stream, spiral),
            Self::Xor => plane(self, n, stream, xor),
            Self::Gauss => plane(self, n, stream, gauss),
            Self::Regression => regression(n, stream),
            Self::Linear => linear(n, &linear_weights(truth), stream),
        }
    }
}

/// Generates the training and the test part of a toy.
///
/// # Errors
///
/// When more than a million examples are asked for.
pub(super) fn split(toy: Toy, plan: &SplitPlan, key: Key) -> Result<Split, DataError> {
    let Sizes { n_train, n_test } = plan.sizes(toy.default_sizes());
    for (setting, n) in [("train", n_train), ("test", n_test)] {
        if n > MAX_EXAMPLES {
            let problem = format!(
                "{} makes at most {MAX_EXAMPLES} examples; lower --{setting}",
                toy.name()
            );
            return Err(refused(setting, &n, problem));
        }
    }
    let key = key.child("toy");
    Ok(Split::new(
        toy.dataset(n_train, key, key.child("train")),
        toy.dataset(n_test, key, key.child("test")),
    ))
}

/// The curve below the noise of the regression toy: `f(x) = sin(4x) / 2 + cos(9x) / 2`, within -1..=1.
pub fn regression_truth(x: f32) -> f32 {
    0.5 * (4.0 * x).sin() + 0.5 * (9.0 * x).cos()
}

/// The weights of the linear toy for the key that it was loaded with, `[I]`: independent, of variance `1 / I`.
pub fn linear_truth(key: Key) -> Vec<f32> {
    linear_weights(key.child("toy"))
}

fn linear_weights(truth: Key) -> Vec<f32> {
    let mut stream = truth.child("weights").stream();
    (0..N_LINEAR_INPUTS)
        .map(|_| normal(&mut stream) / (N_LINEAR_INPUTS as f32).sqrt())
        .collect()
}

/// `n` points of two classes that alternate, so that both have half of them; inputs `[N, 2]`.
fn plane(
    toy: Toy,
    n: usize,
    stream: &mut Stream,
    point: fn(u32, &mut Stream) -> [f32; 2],
) -> Dataset {
    let labels: Vec<u32> = (0..n).map(|index| (index % 2) as u32).collect();
    let inputs = labels
        .iter()
        .flat_map(|&class| point(class, stream))
        .collect();
    Dataset::new(
        toy.name(),
        vec![2],
        inputs,
        Targets::Classes {
            labels,
            n_classes: 2,
        },
    )
}

/// Half circles of radius .7 around (-.35, -.175) above and (.35, .175) below, each reaching into the other; noise .12.
fn moon(class: u32, stream: &mut Stream) -> [f32; 2] {
    let (sin, cos) = (PI * stream.random::<f32>()).sin_cos();
    let side = if class == 0 { 1.0 } else { -1.0 };
    blurred(
        [side * (0.7 * cos - 0.35), side * (0.7 * sin - 0.175)],
        0.12,
        stream,
    )
}

/// Circles around the origin, of radius 1 and .5; noise .12.
fn circle(class: u32, stream: &mut Stream) -> [f32; 2] {
    let (sin, cos) = (TAU * stream.random::<f32>()).sin_cos();
    let radius = if class == 0 { 1.0 } else { 0.5 };
    blurred([radius * cos, radius * sin], 0.12, stream)
}

/// Two arms of 1.5 turns, radius `r = sqrt(u)` at angle `3 pi r` for uniform `u`, the second turned by half a turn;
/// noise .04. The root keeps the points as dense outside as inside.
fn spiral(class: u32, stream: &mut Stream) -> [f32; 2] {
    let radius = stream.random::<f32>().sqrt();
    let (sin, cos) = (3.0 * PI * radius + PI * class as f32).sin_cos();
    blurred([radius * cos, radius * sin], 0.04, stream)
}

/// Clusters around (±.6, ±.6), deviation .25; class 1 where the signs differ.
fn xor(class: u32, stream: &mut Stream) -> [f32; 2] {
    let x = if stream.random::<bool>() { 0.6 } else { -0.6 };
    let y = if class == 0 { x } else { -x };
    blurred([x, y], 0.25, stream)
}

/// Clouds around (-.4, -.4) and (.4, .4), deviation .5. Their centres are 2.26 deviations apart, so that even the best
/// decision is wrong for the share Phi(-1.13) = 12.9 % of the points.
fn gauss(class: u32, stream: &mut Stream) -> [f32; 2] {
    let centre = if class == 0 { -0.4 } else { 0.4 };
    blurred([centre, centre], 0.5, stream)
}

/// `y = f(x) + noise` with `x` uniform over -1..1 without the gap; inputs `[N, 1]`, values `[N, 1]`.
fn regression(n: usize, stream: &mut Stream) -> Dataset {
    let gap = REGRESSION_GAP.end - REGRESSION_GAP.start;
    let (mut inputs, mut values) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for _ in 0..n {
        let place = stream.random_range(-1.0..1.0 - gap);
        let x = if place < REGRESSION_GAP.start {
            place
        } else {
            place + gap
        };
        inputs.push(x);
        values.push(regression_truth(x) + REGRESSION_NOISE * normal(stream));
    }
    Dataset::new(Toy::Regression.name(), vec![1], inputs, column(values))
}

/// `y = w . x + noise` with standard normal inputs, `[N, 16]`; values `[N, 1]` of variance about 1.
fn linear(n: usize, weights: &[f32], stream: &mut Stream) -> Dataset {
    let (mut inputs, mut values) = (Vec::with_capacity(n * weights.len()), Vec::with_capacity(n));
    for _ in 0..n {
        let x: Vec<f32> = weights.iter().map(|_| normal(stream)).collect();
        let mean: f32 = weights
            .iter()
            .zip(&x)
            .map(|(weight, input)| weight * input)
            .sum();
        values.push(mean + LINEAR_NOISE * normal(stream));
        inputs.extend(x);
    }
    Dataset::new(
        Toy::Linear.name(),
        vec![weights.len()],
        inputs,
        column(values),
    )
}

fn blurred(point: [f32; 2], deviation: f32, stream: &mut Stream) -> [f32; 2] {
    point.map(|coordinate| coordinate + deviation * normal(stream))
}

fn normal(stream: &mut Stream) -> f32 {
    stream.sample(StandardNormal)
}

fn column(values: Vec<f32>) -> Targets {
    Targets::Values(Array2::from_shape_vec((values.len(), 1), values).expect("one value per row"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANES: [Toy; 5] = [Toy::Moons, Toy::Circles, Toy::Spiral, Toy::Xor, Toy::Gauss];

    fn generated(toy: Toy, n: usize) -> Dataset {
        toy.dataset(n, Key::new(1), Key::new(2))
    }

    /// Share of examples whose nearest other example has the same class.
    fn nearest_agreement(data: &Dataset) -> f64 {
        let Targets::Classes { labels, .. } = &data.targets else {
            panic!("classes")
        };
        let distance = |a: usize, b: usize| {
            data.item(a)
                .iter()
                .zip(data.item(b))
                .map(|(a, b)| (a - b).powi(2))
                .sum::<f32>()
        };
        let nearest = |of: usize| {
            let others = (0..data.len()).filter(|&other| other != of);
            others
                .min_by(|&a, &b| distance(of, a).total_cmp(&distance(of, b)))
                .unwrap()
        };
        let n_agreeing = (0..data.len())
            .filter(|&index| labels[index] == labels[nearest(index)])
            .count();
        n_agreeing as f64 / data.len() as f64
    }

    #[test]
    fn point_sets_are_balanced_bounded_and_learnable() {
        for (toy, least, most) in [
            (Toy::Moons, 0.93, 1.0),
            (Toy::Circles, 0.9, 1.0),
            (Toy::Spiral, 0.9, 1.0),
            (Toy::Xor, 0.95, 1.0),
            (Toy::Gauss, 0.72, 0.92),
        ] {
            let data = generated(toy, 1000);
            assert_eq!(data.class_counts(), [500, 500]);
            assert!(
                data.inputs.iter().all(|coordinate| coordinate.abs() < 3.0),
                "{toy:?}"
            );
            let agreement = nearest_agreement(&data);
            assert!((least..=most).contains(&agreement), "{toy:?}: {agreement}");
        }
    }

    /// Share of examples on the right side of the best straight line, over 30 directions and all offsets.
    fn best_line(data: &Dataset) -> f64 {
        let Targets::Classes { labels, .. } = &data.targets else {
            panic!("classes")
        };
        let best_along = |direction: usize| {
            let (sin, cos) = (TAU * direction as f32 / 30.0).sin_cos();
            let along: Vec<f32> = data
                .inputs
                .rows()
                .into_iter()
                .map(|row| cos * row[0] + sin * row[1])
                .collect();
            let mut order: Vec<usize> = (0..data.len()).collect();
            order.sort_by(|&a, &b| along[a].total_cmp(&along[b]));
            // With every example on the upper side all of class 1 is right; each one passed changes that by one.
            let mut n_right = i64::from(labels.iter().sum::<u32>());
            let passed = order.iter().map(|&index| {
                n_right += 1 - 2 * i64::from(labels[index]);
                n_right
            });
            passed.max().unwrap()
        };
        (0..30).map(best_along).max().unwrap() as f64 / data.len() as f64
    }

    #[test]
    fn only_gauss_is_solved_by_a_straight_line_and_at_its_stated_error() {
        for (toy, least, most) in [
            (Toy::Moons, 0.8, 0.93),
            (Toy::Circles, 0.5, 0.75),
            (Toy::Spiral, 0.5, 0.75),
            (Toy::Xor, 0.5, 0.8),
            (Toy::Gauss, 0.85, 0.895),
        ] {
            let share = best_line(&generated(toy, 4000));
            assert!((least..most).contains(&share), "{toy:?}: {share}");
        }
    }

    #[test]
    fn the_curve_has_its_gap_and_its_noise() {
        let data = generated(Toy::Regression, 4000);
        let Targets::Values(values) = &data.targets else {
            panic!("values")
        };
        assert!(
            data.inputs
                .iter()
                .all(|x| (-1.0..=1.0).contains(x) && !(0.1001..0.5999).contains(x))
        );
        assert!(data.inputs.iter().any(|&x| x > 0.95) && data.inputs.iter().any(|&x| x < -0.95));
        let errors = data
            .inputs
            .iter()
            .zip(values)
            .map(|(&x, y)| (y - regression_truth(x)).powi(2));
        let deviation = (errors.sum::<f32>() / 4000.0).sqrt();
        assert!((deviation - REGRESSION_NOISE).abs() < 0.01, "{deviation}");
        let scale = values.iter().map(|y| y * y).sum::<f32>() / 4000.0;
        assert!((0.1..1.0).contains(&scale), "{scale}");
    }

    #[test]
    fn the_linear_toy_is_its_weights_plus_noise_in_both_parts() {
        let key = Key::new(7);
        let plan = SplitPlan {
            n_train: Some(3000),
            n_test: Some(2000),
            label_noise: 0.0,
        };
        let split = split(Toy::Linear, &plan, key).unwrap();
        let weights = linear_truth(key);
        for part in [&split.train, &split.test] {
            let Targets::Values(values) = &part.targets else {
                panic!("values")
            };
            let error = |index: usize| {
                let mean: f32 = part
                    .item(index)
                    .iter()
                    .zip(&weights)
                    .map(|(x, w)| x * w)
                    .sum();
                values[[index, 0]] - mean
            };
            let deviation = ((0..part.len())
                .map(|index| error(index).powi(2))
                .sum::<f32>()
                / part.len() as f32)
                .sqrt();
            assert!((deviation - LINEAR_NOISE).abs() < 0.03, "{deviation}");
        }
        assert_ne!(split.train.item(0), split.test.item(0));
    }

    #[test]
    fn more_examples_begin_with_the_fewer_ones() {
        for toy in PLANES.into_iter().chain([Toy::Regression, Toy::Linear]) {
            let (few, many) = (generated(toy, 10), generated(toy, 30));
            assert_eq!(few, many.select(&(0..10).collect::<Vec<_>>()), "{toy:?}");
        }
    }

    #[test]
    fn too_many_examples_are_refused() {
        let plan = SplitPlan {
            n_test: Some(1_000_001),
            ..SplitPlan::default()
        };
        let message = split(Toy::Moons, &plan, Key::new(0))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("--test 1000001: moons makes at most 1000000"),
            "{message}"
        );
    }
}
