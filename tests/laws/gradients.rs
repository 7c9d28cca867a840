//! Law 2: with the masks held fixed, the gradients are those of the thinned network, and a dropped unit has exactly
//! none: not on its incoming weights, not on its bias, not on its outgoing weights.

use dropscope::nn::{Activation, NoiseShape, Pass};
use proptest::prelude::*;

use super::cases;
use crate::common::close::assert_layers_close;
use crate::common::engine;
use crate::common::masks::{self, Convention, LayerMask};
use crate::common::oracle::Layer;
use crate::common::problem::{self, Task};

const WIDTHS: [usize; 4] = [5, 7, 6, 3];

/// Fails unless every gradient on either side of a unit that no example keeps is zero, and returns how many such units
/// there were. Dense layer `l` reads the units of `masks[l]`, which dense layer `l - 1` computes.
fn assert_dropped_units_have_no_gradient(
    gradients: &[Layer],
    masks: &[LayerMask],
    n_rows: usize,
) -> usize {
    let mut n_dropped = 0;
    for (l, mask) in masks.iter().enumerate() {
        for unit in (0..WIDTHS[l]).filter(|&unit| mask.drops(unit, n_rows)) {
            n_dropped += 1;
            assert!(
                gradients[l].weight[unit].iter().all(|&d| d == 0.0),
                "outgoing weights of unit {unit}, layer {l}"
            );
            let Some(below) = l.checked_sub(1).map(|below| &gradients[below]) else {
                continue;
            };
            assert!(
                below.weight.iter().all(|row| row[unit] == 0.0),
                "incoming weights of unit {unit}, layer {l}"
            );
            assert!(below.bias[unit] == 0.0, "bias of unit {unit}, layer {l}");
        }
    }
    n_dropped
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn gradients_are_the_slopes_of_the_loss_with_the_masks_held_fixed(
        seed in 0_u64..1000,
        activation in prop::sample::select(Activation::ALL.to_vec()),
        task in prop::sample::select(vec![Task::Classes, Task::Values]),
        shape in prop::sample::select(vec!["none,none", "1,none", "none,1"]),
        rates in prop::array::uniform3(0.0..0.8),
        n_rows in 1_usize..5,
    ) {
        let shape: NoiseShape = shape.parse().expect("a noise shape");
        let net = problem::network(&WIDTHS, activation, seed);
        let batch = problem::batch(&WIDTHS, n_rows, task, seed);
        let (engine_masks, masks) = masks::draw(&rates, &shape, &WIDTHS, n_rows, seed);
        let (seen, _) = engine::pass(&engine::network(&net), &batch, Pass::Thinned(&engine_masks));
        let factors = Convention::Inverted.thinned_factors(&masks, &WIDTHS, n_rows);
        assert_layers_close(&seen.gradients, &net.differences(&batch, &factors), 2e-5, "gradients");
        assert_dropped_units_have_no_gradient(&seen.gradients, &masks, n_rows);
    }
}

#[test]
fn dropped_units_have_exactly_zero_gradient_on_both_sides() {
    for activation in Activation::ALL {
        for shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
            let mut n_dropped = 0;
            for step in 0..20 {
                let net = problem::network(&WIDTHS, activation, step);
                let batch = problem::batch(&WIDTHS, 2, Task::Classes, step);
                let (engine_masks, masks) = masks::draw(&[0.5; 3], &shape, &WIDTHS, 2, step);
                let (seen, _) =
                    engine::pass(&engine::network(&net), &batch, Pass::Thinned(&engine_masks));
                n_dropped += assert_dropped_units_have_no_gradient(&seen.gradients, &masks, 2);
            }
            assert!(
                n_dropped > 50,
                "{activation}, {shape}: only {n_dropped} units were dropped for a whole batch"
            );
        }
    }
}
