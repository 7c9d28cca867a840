//! What an update does to numbers: weights and biases with their moments, some or all of them at once.

use pulp::NullaryFnOnce;

use super::slices_mut;
use crate::math::matmul::Epilogue;
use crate::math::selection::Selection;
use crate::nn::Dense;

/// Decay of the running means of Adam.
pub(super) const ADAM_DECAY: [f32; 2] = [0.9, 0.999];
const ADAM_EPSILON: f32 = 1e-7;

/// The update of a step, the same for all weights.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    Sgd { rate: f32, momentum: f32, l2: f32 },
    Adam { rate: f32, correction: f32, l2: f32 },
}

/// Weights or biases, and what the optimiser knows of them.
pub(super) struct Parameters<'a> {
    pub(super) values: &'a mut [f32],
    pub(super) first: &'a mut [f32],
    /// Empty where the method has no second moments.
    pub(super) second: &'a mut [f32],
    pub(super) n_units: usize,
    pub(super) rule: Rule,
}

impl Epilogue for Parameters<'_> {
    #[inline(always)]
    fn finish(&mut self, row: usize, gradients: &mut [f32]) {
        self.update(row * self.n_units, gradients);
    }
}

impl<'a> Parameters<'a> {
    /// Updates those from `first` on, as many as there are gradients.
    #[inline(always)]
    fn update(&mut self, first: usize, gradients: &[f32]) {
        let values = &mut self.values[first..][..gradients.len()];
        let moments = &mut self.first[first..][..gradients.len()];
        match self.rule {
            Rule::Sgd { rate, momentum, l2 } => {
                sgd(values, moments, gradients, [rate, momentum, l2]);
            }
            Rule::Adam {
                rate,
                correction,
                l2,
            } => {
                let squares = &mut self.second[first..][..gradients.len()];
                adam(values, moments, squares, gradients, [rate, correction, l2]);
            }
        }
    }

    /// The update of all of them.
    pub(super) fn with(self, gradients: &'a [f32]) -> UpdateAll<'a> {
        UpdateAll {
            parameters: self,
            gradients,
        }
    }
}

// What is done with vectors outside of a product. Types and not closures: what a closure does may become a function of its
// own, and that is compiled without the vectors.

/// Updates all parameters.
pub(super) struct UpdateAll<'a> {
    parameters: Parameters<'a>,
    gradients: &'a [f32],
}

impl NullaryFnOnce for UpdateAll<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        self.parameters.update(0, self.gradients);
    }
}

/// Updates the rows that are not selected, without a gradient; `zeros` has at least a row of zeros.
pub(super) struct UpdateOthers<'a> {
    pub(super) parameters: Parameters<'a>,
    pub(super) rows: &'a Selection,
    pub(super) zeros: &'a [f32],
}

impl NullaryFnOnce for UpdateOthers<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let n_units = self.parameters.n_units;
        let mut selected = self.rows.indices().peekable();
        for row in 0..self.rows.n() {
            if selected.next_if_eq(&row).is_none() {
                self.parameters
                    .update(row * n_units, &self.zeros[..n_units]);
            }
        }
    }
}

/// Brings rows of weights up to the last update.
pub(super) struct MakeUp<'a> {
    pub(super) parameters: Parameters<'a>,
    pub(super) needed: &'a Selection,
    /// Updates that each row has had by itself, and with all others.
    pub(super) rows: &'a mut [u64],
    pub(super) together: u64,
    pub(super) n_updates: u64,
}

impl NullaryFnOnce for MakeUp<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Parameters {
            values,
            first,
            n_units,
            rule,
            ..
        } = self.parameters;
        for row in self.needed.indices() {
            let had = std::mem::replace(&mut self.rows[row], self.n_updates).max(self.together);
            let place = row * n_units..(row + 1) * n_units;
            let row = (&mut values[place.clone()], &mut first[place]);
            rule.make_up(row, self.n_updates - had);
        }
    }
}

/// Numbers that are updated together, by value: what lies in slices might overlap for all the compiler knows, and then it
/// would go through them one by one. As many as there are lanes, or four times as many, so that none has to wait for the
/// one before.
const LANES: usize = 8;
const WIDE: usize = 4 * LANES;

#[inline(always)]
fn sgd(values: &mut [f32], velocities: &mut [f32], gradients: &[f32], settings: [f32; 3]) {
    let [_, _, l2] = settings;
    if l2 == 0.0 {
        sgd_with::<false>(values, velocities, gradients, settings);
    } else {
        sgd_with::<true>(values, velocities, gradients, settings);
    }
}

/// [`sgd`], where the compiler knows whether there is an L2 penalty.
#[inline(always)]
fn sgd_with<const IS_L2: bool>(
    values: &mut [f32],
    velocities: &mut [f32],
    gradients: &[f32],
    settings: [f32; 3],
) {
    let rest = (values, velocities, gradients);
    let rest = sgd_blocks::<WIDE, IS_L2>(rest, settings);
    let rest = sgd_blocks::<LANES, IS_L2>(rest, settings);
    sgd_blocks::<1, IS_L2>(rest, settings);
}

/// Updates as many whole blocks as there are, and gives back the rest.
#[inline(always)]
fn sgd_blocks<'a, const N: usize, const IS_L2: bool>(
    (values, velocities, gradients): (&'a mut [f32], &'a mut [f32], &'a [f32]),
    settings: [f32; 3],
) -> (&'a mut [f32], &'a mut [f32], &'a [f32]) {
    let (value_blocks, values) = values.as_chunks_mut::<N>();
    let (velocity_blocks, velocities) = velocities.as_chunks_mut::<N>();
    let (gradient_blocks, gradients) = gradients.as_chunks::<N>();
    let blocks = value_blocks.iter_mut().zip(velocity_blocks);
    for ((value, velocity), gradient) in blocks.zip(gradient_blocks) {
        (*value, *velocity) = sgd_block::<N, IS_L2>(*value, *velocity, *gradient, settings);
    }
    (values, velocities, gradients)
}

#[inline(always)]
fn sgd_block<const N: usize, const IS_L2: bool>(
    mut value: [f32; N],
    mut velocity: [f32; N],
    gradient: [f32; N],
    [rate, momentum, l2]: [f32; 3],
) -> ([f32; N], [f32; N]) {
    for i in 0..N {
        let gradient = if IS_L2 {
            gradient[i] + l2 * value[i]
        } else {
            gradient[i]
        };
        velocity[i] = momentum * velocity[i] + gradient;
        value[i] -= rate * velocity[i];
    }
    (value, velocity)
}

impl Rule {
    /// Makes `n` updates without a gradient of a row of weights and their velocities.
    #[inline(always)]
    fn make_up(self, (values, velocities): (&mut [f32], &mut [f32]), n: u64) {
        let Self::Sgd { rate, momentum, l2 } = self else {
            unreachable!("only updates of SGD are put off");
        };
        let settings = [rate, momentum, l2];
        if l2 == 0.0 {
            make_up_row::<false>(values, velocities, settings, n);
        } else {
            make_up_row::<true>(values, velocities, settings, n);
        }
    }
}

#[inline(always)]
fn make_up_row<const IS_L2: bool>(
    values: &mut [f32],
    velocities: &mut [f32],
    settings: [f32; 3],
    n: u64,
) {
    let (value_blocks, values) = values.as_chunks_mut::<WIDE>();
    let (velocity_blocks, velocities) = velocities.as_chunks_mut::<WIDE>();
    for (value, velocity) in value_blocks.iter_mut().zip(velocity_blocks) {
        (*value, *velocity) = make_up_block::<WIDE, IS_L2>(*value, *velocity, settings, n);
    }
    for (value, velocity) in values.iter_mut().zip(velocities) {
        ([*value], [*velocity]) = make_up_block::<1, IS_L2>([*value], [*velocity], settings, n);
    }
}

#[inline(always)]
fn make_up_block<const N: usize, const IS_L2: bool>(
    mut value: [f32; N],
    mut velocity: [f32; N],
    settings: [f32; 3],
    mut n: u64,
) -> ([f32; N], [f32; N]) {
    // Updates between two looks whether the numbers have come to rest: a unit that is always dropped may be behind by
    // millions, and after some hundreds its velocity is too small to move anything.
    const UNSEEN: u64 = 64;
    while n > UNSEEN {
        for _ in 0..UNSEEN {
            (value, velocity) = sgd_block::<N, IS_L2>(value, velocity, [0.0; N], settings);
        }
        n -= UNSEEN + 1;
        let before = (value, velocity);
        (value, velocity) = sgd_block::<N, IS_L2>(value, velocity, [0.0; N], settings);
        if before == (value, velocity) {
            return before;
        }
    }
    for _ in 0..n {
        (value, velocity) = sgd_block::<N, IS_L2>(value, velocity, [0.0; N], settings);
    }
    (value, velocity)
}

#[inline(always)]
fn adam(
    values: &mut [f32],
    means: &mut [f32],
    squares: &mut [f32],
    gradients: &[f32],
    settings: [f32; 3],
) {
    let rest = (values, means, squares, gradients);
    let rest = adam_blocks::<LANES>(rest, settings);
    adam_blocks::<1>(rest, settings);
}

/// What is updated, and with what.
type AdamParts<'a> = (&'a mut [f32], &'a mut [f32], &'a mut [f32], &'a [f32]);

/// Updates as many whole blocks as there are, and gives back the rest.
#[inline(always)]
fn adam_blocks<const N: usize>(
    (values, means, squares, gradients): AdamParts<'_>,
    settings: [f32; 3],
) -> AdamParts<'_> {
    let (value_blocks, values) = values.as_chunks_mut::<N>();
    let (mean_blocks, means) = means.as_chunks_mut::<N>();
    let (square_blocks, squares) = squares.as_chunks_mut::<N>();
    let (gradient_blocks, gradients) = gradients.as_chunks::<N>();
    let moments = mean_blocks.iter_mut().zip(square_blocks);
    let blocks = value_blocks.iter_mut().zip(moments);
    for ((value, (mean, square)), gradient) in blocks.zip(gradient_blocks) {
        (*value, *mean, *square) = adam_block(*value, *mean, *square, *gradient, settings);
    }
    (values, means, squares, gradients)
}

#[inline(always)]
fn adam_block<const N: usize>(
    mut value: [f32; N],
    mut mean: [f32; N],
    mut square: [f32; N],
    gradient: [f32; N],
    [rate, correction, l2]: [f32; 3],
) -> ([f32; N], [f32; N], [f32; N]) {
    let [first_decay, second_decay] = ADAM_DECAY;
    for i in 0..N {
        let gradient = gradient[i] + l2 * value[i];
        mean[i] = first_decay * mean[i] + (1.0 - first_decay) * gradient;
        square[i] = second_decay * square[i] + (1.0 - second_decay) * gradient * gradient;
        value[i] -= rate * mean[i] / (square[i].sqrt() / correction + ADAM_EPSILON);
    }
    (value, mean, square)
}

/// Max-norm: scales the incoming weights of each unit whose norm exceeds `bound` down to it, `w *= clip(|w|, 0, c) / |w|`.
pub(super) struct BoundNorms<'a> {
    pub(super) layer: &'a mut Dense,
    pub(super) bound: f32,
    /// Room for a number for each unit.
    pub(super) factors: &'a mut [f32],
}

impl NullaryFnOnce for BoundNorms<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            layer,
            bound,
            factors,
        } = self;
        let n_units = layer.n_units().max(1);
        let [weights, _] = slices_mut(layer);
        factors.fill(0.0);
        for row in weights.chunks_exact(n_units) {
            for (square, weight) in factors.iter_mut().zip(row) {
                *square += weight * weight;
            }
        }
        for factor in factors.iter_mut() {
            let norm = factor.sqrt();
            *factor = if norm > bound { bound / norm } else { 1.0 };
        }
        for row in weights.chunks_exact_mut(n_units) {
            for (weight, factor) in row.iter_mut().zip(factors.iter()) {
                *weight *= factor;
            }
        }
    }
}
