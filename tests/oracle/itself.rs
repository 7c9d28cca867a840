//! The oracle's own proof: its chain rule against central differences, its passes against a network computed by hand.

use dropscope::nn::{Activation, NoiseShape};

use crate::common::close::{assert_close, assert_layers_close};
use crate::common::ensemble::{all_masks, arithmetic_mean, geometric_mean};
use crate::common::masks::{self, Convention, LayerMask};
use crate::common::oracle::{Layer, Network};
use crate::common::problem::{self, Task};

#[test]
fn the_oracles_chain_rule_is_the_slope_of_its_loss_in_both_conventions() {
    let widths = [5, 6, 4, 3];
    for activation in Activation::ALL {
        for task in [Task::Classes, Task::Values] {
            for convention in [Convention::Inverted, Convention::Original] {
                let net = problem::network(&widths, activation, 3);
                let batch = problem::batch(&widths, 4, task, 3);
                let (_, masks) =
                    masks::draw(&[0.2, 0.5, 0.4], &NoiseShape::per_sample(), &widths, 4, 0);
                let factors = convention.thinned_factors(&masks, &widths, 4);
                let seen = net.pass(&batch, &factors);
                let what = format!("{activation}, {task:?}, {convention:?}");
                assert_layers_close(
                    &seen.gradients,
                    &net.differences(&batch, &factors),
                    1e-8,
                    &what,
                );
                assert_close(&[seen.loss], &[net.loss(&batch, &factors)], 1e-14, &what);
            }
        }
    }
}

/// x = (1, 2), unit 0 kept: z = 1 * 3 + .5 = 3.5; unit 1 dropped. Outputs 3.5 f * (1, -1) with f the factor.
#[test]
fn a_network_computed_by_hand_in_both_conventions() {
    let hidden = Layer {
        weight: vec![vec![3.0, 1.0], vec![0.0, 1.0]],
        bias: vec![0.5, 0.0],
    };
    let output = Layer {
        weight: vec![vec![1.0, -1.0], vec![10.0, 10.0]],
        bias: vec![0.0, 0.0],
    };
    let net = Network {
        layers: vec![hidden, output],
        activation: Activation::Relu,
    };
    let widths = [2, 2, 2];
    let masks = [LayerMask::none(), LayerMask::shared(0.75, &[1, 0])];
    for (convention, factor, full) in [
        (Convention::Inverted, 4.0, 1.0),
        (Convention::Original, 1.0, 0.25),
    ] {
        let thinned = &convention.thinned_factors(&masks, &widths, 1)[0];
        assert_close(
            &net.outputs(&[1.0, 2.0], thinned),
            &[3.5 * factor, -3.5 * factor],
            1e-15,
            "thinned",
        );
        let whole = &convention.full_factors(&[0.0, 0.75], &widths, 1)[0];
        let expected = [(3.5 + 30.0) * full, (-3.5 + 30.0) * full];
        assert_close(&net.outputs(&[1.0, 2.0], whole), &expected, 1e-15, "full");
    }
}

#[test]
fn all_masks_are_distinct_and_their_probabilities_sum_to_1() {
    let masks = all_masks(6, 0.3);
    let distinct: std::collections::HashSet<_> = masks.iter().map(|(_, mask)| mask).collect();
    assert_eq!(distinct.len(), 64);
    assert_close(
        &[masks.iter().map(|(share, _)| share).sum()],
        &[1.0],
        1e-14,
        "sum",
    );
    let all_kept = masks
        .iter()
        .find(|(_, mask)| mask.iter().all(|&kept| kept == 1));
    assert_close(
        &[all_kept.expect("among all masks").0],
        &[0.7_f64.powi(6)],
        1e-14,
        "all kept",
    );
}

#[test]
fn the_two_means_of_two_distributions() {
    let members = [(0.5, vec![0.2, 0.8]), (0.5, vec![0.8, 0.2])];
    assert_close(&arithmetic_mean(&members), &[0.5, 0.5], 1e-15, "arithmetic");
    assert_close(&geometric_mean(&members), &[0.5, 0.5], 1e-15, "geometric");
    let members = [(0.5, vec![0.1, 0.9]), (0.5, vec![0.5, 0.5])];
    // sqrt(.1 * .5) : sqrt(.9 * .5) = 1 : 3.
    assert_close(&geometric_mean(&members), &[0.25, 0.75], 1e-15, "geometric");
    assert_close(&arithmetic_mean(&members), &[0.3, 0.7], 1e-15, "arithmetic");
}
