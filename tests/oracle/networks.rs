//! Passes of the engine against the oracle: the same weights, the same examples, the same masks.
//!
//! The engine computes in `f32`; its outputs, losses and gradients must be the oracle's to 1e-5 of their size.

use dropscope::nn::{Activation, NoiseShape, Pass};

use crate::common::close::assert_passes_close;
use crate::common::engine;
use crate::common::masks::{self, Convention, LayerMask};
use crate::common::problem::{self, Task};

const TOLERANCE: f64 = 1e-5;

/// Networks without, with one and with three hidden layers.
const DEPTHS: [&[usize]; 3] = [&[6, 4], &[6, 8, 4], &[6, 8, 7, 5, 4]];

fn rates(widths: &[usize]) -> Vec<f64> {
    [0.2, 0.5, 0.3, 0.4][..widths.len() - 1].to_vec()
}

#[test]
fn thinned_passes_of_every_depth_activation_loss_and_batch_size_are_the_oracles() {
    for widths in DEPTHS {
        for activation in Activation::ALL {
            for task in [Task::Classes, Task::Values] {
                for n_rows in [1, 7] {
                    let net = problem::network(widths, activation, 5);
                    let batch = problem::batch(widths, n_rows, task, 5);
                    let shape = NoiseShape::per_sample();
                    let (engine_masks, masks) =
                        masks::draw(&rates(widths), &shape, widths, n_rows, 3);
                    let factors = Convention::Inverted.thinned_factors(&masks, widths, n_rows);
                    let thinned = Pass::Thinned(&engine_masks);
                    let (seen, _) = engine::pass(&engine::network(&net), &batch, thinned);
                    let what = format!("{widths:?}, {activation}, {task:?}, {n_rows} rows");
                    assert_passes_close(&seen, &net.pass(&batch, &factors), TOLERANCE, &what);
                }
            }
        }
    }
}

#[test]
fn full_passes_of_every_depth_activation_loss_and_batch_size_are_the_oracles() {
    for widths in DEPTHS {
        for activation in Activation::ALL {
            for task in [Task::Classes, Task::Values] {
                for n_rows in [1, 7] {
                    let net = problem::network(widths, activation, 6);
                    let batch = problem::batch(widths, n_rows, task, 6);
                    let factors = Convention::Inverted.full_factors(&rates(widths), widths, n_rows);
                    let (seen, _) = engine::pass(&engine::network(&net), &batch, Pass::Full);
                    let what = format!("{widths:?}, {activation}, {task:?}, {n_rows} rows");
                    assert_passes_close(&seen, &net.pass(&batch, &factors), TOLERANCE, &what);
                }
            }
        }
    }
}

/// The oracle is given only the values that the noise shape leaves and spreads them itself.
#[test]
fn masks_shared_along_any_axis_are_the_oracles() {
    let (widths, n_rows): (&[usize], _) = (&[6, 8, 7, 3], 5);
    let net = problem::network(widths, Activation::Relu, 7);
    let batch = problem::batch(widths, n_rows, Task::Classes, 7);
    let cases = [
        ("none,none", 5, true),
        ("1,none", 1, true),
        ("none", 1, true),
        ("5,1", 5, false),
        ("none,1", 5, false),
        ("1,1", 1, false),
    ];
    for (text, n_mask_rows, has_own_units) in cases {
        let shape: NoiseShape = text.parse().expect("a noise shape");
        for step in 0..4 {
            let (engine_masks, drawn) = masks::draw(&[0.2, 0.5, 0.4], &shape, widths, n_rows, step);
            let narrow = |mask: LayerMask| {
                let width = |row: &Vec<u8>| if has_own_units { row.len() } else { 1 };
                let kept: Vec<Vec<u8>> = mask
                    .kept
                    .iter()
                    .map(|row| row[..width(row)].to_vec())
                    .collect();
                assert_eq!(kept.len(), n_mask_rows, "rows of the mask of shape {text}");
                LayerMask { kept, ..mask }
            };
            let narrow: Vec<LayerMask> = drawn.into_iter().map(narrow).collect();
            let factors = Convention::Inverted.thinned_factors(&narrow, widths, n_rows);
            let (seen, _) =
                engine::pass(&engine::network(&net), &batch, Pass::Thinned(&engine_masks));
            let what = format!("noise shape {text}, step {step}");
            assert_passes_close(&seen, &net.pass(&batch, &factors), TOLERANCE, &what);
        }
    }
}
