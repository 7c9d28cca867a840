//! Ten ways in which published implementations of dropout went wrong, and the test that each of them would fail.

use dropscope::data::{Dataset, Targets};
use dropscope::nn::mask::Mask;
use dropscope::nn::{Activation, DropRate, Dropout, Masks, NoiseShape, Pass, Scratch};
use dropscope::train::{NoisePlan, OptimizerPlan, Trainer, TrainerPlan};
use ndarray::{Array2, ArrayD, IxDyn, array};

use crate::common::close::assert_close;
use crate::common::engine;
use crate::common::ensemble::{all_masks, arithmetic_mean};
use crate::common::masks::{self, LayerMask};
use crate::common::oracle::{Batch, Layer, Network, Targets as Answers};
use crate::common::problem::{self, Task};

/// Inputs and hidden units of [`trainer`]'s networks: all layers have this width, so that their masks can be compared.
const WIDTH: usize = 32;

fn data() -> Dataset {
    let numbers = problem::Numbers::new(1).rows(40, WIDTH, 1.0).concat();
    let labels = (0..40).map(|row| row % 3).collect();
    let inputs = numbers.iter().map(|&number| number as f32).collect();
    Dataset::new(
        "forty",
        vec![WIDTH],
        inputs,
        Targets::Classes {
            labels,
            n_classes: 3,
        },
    )
}

/// A network with two hidden layers, the same rate everywhere, and masks per batch.
fn trainer(rate: f64, data: &Dataset) -> Trainer {
    let plan = TrainerPlan {
        hidden: vec![WIDTH, WIDTH],
        noise: NoisePlan {
            input_rate: masks::drop_rate(rate),
            ..NoisePlan::of_rate(masks::drop_rate(rate))
        },
        optimizer: OptimizerPlan::sgd(0.01),
        seed: 3,
        ..TrainerPlan::example()
    };
    Trainer::new(plan, data).expect("the noise shape fits")
}

fn layer(rate: f64) -> Dropout {
    Dropout::new(rate, None, 3).expect("a rate in 0..=1")
}

/// Mean over all masks of a linear network's outputs, and the outputs of its full pass. The hidden layer is dropped.
fn mean_and_full(rate: f64) -> (Vec<f64>, Vec<f64>) {
    let widths = [4, 6, 3];
    let net = engine::network(&problem::network(&widths, Activation::Linear, 2));
    let x = problem::batch(&widths, 1, Task::Values, 2).x;
    let outputs = |kept: &[u8]| {
        let masks = masks::to_engine(&[LayerMask::none(), LayerMask::shared(rate, kept)], &widths);
        engine::outputs(&net, &x, Pass::Thinned(&masks)).concat()
    };
    let members: Vec<_> = all_masks(6, rate)
        .into_iter()
        .map(|(share, kept)| (share, outputs(&kept)))
        .collect();
    (
        arithmetic_mean(&members),
        engine::outputs(&net, &x, Pass::Full).concat(),
    )
}

/// x -> hidden unit -> output, all weights `w`, no bias, linear; the input is 1 and the wanted output 0.
fn chain(w: f64, n_hidden: usize) -> (Network, Batch) {
    let layers = vec![
        Layer {
            weight: vec![vec![w; n_hidden]],
            bias: vec![0.0; n_hidden],
        },
        Layer {
            weight: vec![vec![w]; n_hidden],
            bias: vec![0.0],
        },
    ];
    let batch = Batch {
        x: vec![vec![1.0]],
        targets: Answers::Values(vec![vec![0.0]]),
    };
    (
        Network {
            layers,
            activation: Activation::Linear,
        },
        batch,
    )
}

#[test]
fn mistake_1_scaling_by_the_rate_instead_of_keep_at_test_time() {
    // At rate .5 the two are the same and the mistake goes unseen.
    for rate in [0.2, 0.7] {
        let (mean, full) = mean_and_full(rate);
        assert_close(
            &mean,
            &full,
            1e-5,
            "the mean over all masks against the full pass",
        );
        let values = array![1.0_f32, -2.0, 3.5].into_dyn();
        assert_eq!(layer(rate).infer(values.view()), values);
    }
}

#[test]
fn mistake_2_not_rescaling_at_all() {
    for rate in [0.2, 0.5, 0.7] {
        let (mean, full) = mean_and_full(rate);
        assert_close(
            &mean,
            &full,
            1e-5,
            "the mean over all masks against the full pass",
        );
        let ones = ArrayD::from_elem(IxDyn(&[1, 100_000]), 1.0_f32);
        let out = layer(rate).apply(
            ones.view(),
            &layer(rate).mask(&[1, 100_000], 0).expect("no noise shape"),
        );
        assert_close(
            &[f64::from(out.sum())],
            &[100_000.0],
            0.02,
            "the sum after the layer",
        );
    }
}

#[test]
fn mistake_3_leaving_the_train_mode_on_at_test_time() {
    let values = ArrayD::from_elem(IxDyn(&[4, 16]), 1.0_f32);
    assert_eq!(layer(0.9).infer(values.view()), values);
    // A full pass is the plain network, also in memory that a thinned pass has just used.
    let widths = [6, 8, 3];
    let net = engine::network(&problem::network(&widths, Activation::Relu, 4));
    let batch = problem::batch(&widths, 3, Task::Classes, 4);
    let (masks, _) = masks::draw(&[0.5, 0.5], &NoiseShape::per_sample(), &widths, 3, 0);
    let (x, mut scratch) = (engine::matrix(&batch.x), Scratch::new(&widths, 3));
    net.forward(x.view(), Pass::Thinned(&masks), &mut scratch);
    let thinned = engine::rows(&scratch.outputs());
    net.forward(x.view(), Pass::Full, &mut scratch);
    let full = engine::rows(&scratch.outputs());
    assert_ne!(thinned, full);
    assert_eq!(full, engine::outputs(&net, &batch.x, Pass::Full));
    let hidden = (x.dot(&net.layers[0].weight) + &net.layers[0].bias).mapv(|z| z.max(0.0));
    let plain = hidden.dot(&net.layers[1].weight) + &net.layers[1].bias;
    assert_close(
        &full.concat(),
        &engine::rows(&plain.view()).concat(),
        1e-5,
        "the plain network",
    );
}

#[test]
fn mistake_4_the_same_mask_at_every_step() {
    let data = data();
    let mut trainer = trainer(0.5, &data);
    let mut step = || {
        trainer.step(&data);
        trainer.masks().clone()
    };
    let masks: Vec<Masks> = (0..20).map(|_| step()).collect();
    let calls: Vec<_> = (0..20)
        .map(|call| layer(0.5).mask(&[WIDTH], call).expect("no noise shape"))
        .collect();
    for later in 0..20 {
        for earlier in 0..later {
            for (l, (a, b)) in masks[earlier]
                .layers()
                .iter()
                .zip(masks[later].layers())
                .enumerate()
            {
                assert_ne!(a, b, "steps {earlier} and {later}, layer {l}");
            }
            assert_ne!(calls[earlier], calls[later], "calls {earlier} and {later}");
        }
    }
}

#[test]
fn mistake_5_reading_the_rate_as_the_share_that_is_kept() {
    let rate = 0.2;
    let data = data();
    let mut trainer = trainer(rate, &data);
    let mut n_kept = 0.0;
    for _ in 0..100 {
        trainer.step(&data);
        n_kept += trainer
            .masks()
            .layers()
            .iter()
            .flat_map(Mask::kept)
            .copied()
            .map(f64::from)
            .sum::<f64>();
    }
    let n = (100 * 3 * WIDTH) as f64;
    assert_close(
        &[n_kept / n],
        &[0.8],
        0.03,
        "share kept by the trainer's masks",
    );
    let mask = layer(rate).mask(&[10_000], 0).expect("no noise shape");
    let n_kept: u32 = mask.iter().copied().map(u32::from).sum();
    assert_close(&[f64::from(n_kept)], &[8000.0], 0.03, "kept by the layer");
    assert_close(&[masks::drop_rate(rate).keep()], &[0.8], 1e-15, "keep");
}

#[test]
fn mistake_6_scaling_twice() {
    let (net, batch) = chain(3.0, 1);
    let masks = masks::to_engine(&[LayerMask::none(), LayerMask::shared(0.75, &[1])], &[1, 1]);
    let (seen, _) = engine::pass(&engine::network(&net), &batch, Pass::Thinned(&masks));
    // out = 3 * 4 * (3 * x), squared error with slope 2 out; the hidden unit's own slope is 2 out * 3 * 4.
    assert_close(&seen.outputs[0], &[36.0], 1e-6, "output");
    assert_close(
        &seen.gradients[1].weight[0],
        &[72.0 * 12.0],
        1e-6,
        "gradient above the dropped unit",
    );
    assert_close(
        &seen.gradients[0].weight[0],
        &[72.0 * 12.0],
        1e-6,
        "gradient below the dropped unit",
    );
    let kept = layer(0.75).apply(array![3.0_f32].into_dyn().view(), &array![1_u8].into_dyn());
    assert_eq!(kept, array![12.0_f32].into_dyn());
}

/// With `ReLU` a dropped activation of 0 has slope 0 and hides the mistake; with a linear unit it shows.
#[test]
fn mistake_7_not_masking_the_backward_pass() {
    let (net, batch) = chain(3.0, 2);
    let masks = masks::to_engine(
        &[LayerMask::none(), LayerMask::shared(0.5, &[1, 0])],
        &[1, 2],
    );
    let (seen, _) = engine::pass(&engine::network(&net), &batch, Pass::Thinned(&masks));
    // out = 3 * 2 * 3 = 18 through the kept unit alone: slope 36, and 36 * 3 * 2 below that unit.
    assert_close(
        &seen.gradients[0].weight[0],
        &[216.0, 0.0],
        1e-6,
        "incoming weights",
    );
    assert_close(&seen.gradients[0].bias, &[216.0, 0.0], 1e-6, "biases");
    assert_close(
        &seen.gradients[1].weight.concat(),
        &[216.0, 0.0],
        1e-6,
        "outgoing weights",
    );
    assert_eq!(seen.gradients[0].weight[0][1].to_bits(), 0, "exactly zero");
}

#[test]
fn mistake_8_letting_a_dropped_nan_through() {
    for poison in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let widths = [2, 2, 2];
        for activation in Activation::ALL {
            let mut net = problem::network(&widths, activation, 5);
            // A hidden unit and an input that are no numbers, both dropped.
            net.layers[0].bias[1] = poison;
            let batch = Batch {
                x: vec![vec![0.5, poison]],
                targets: Answers::Labels(vec![0]),
            };
            let masks = masks::to_engine(
                &[
                    LayerMask::shared(0.5, &[1, 0]),
                    LayerMask::shared(0.5, &[1, 0]),
                ],
                &widths,
            );
            let (seen, gradients) =
                engine::pass(&engine::network(&net), &batch, Pass::Thinned(&masks));
            assert!(
                seen.loss.is_finite(),
                "{activation}, {poison}: loss {}",
                seen.loss
            );
            let all = gradients
                .layers
                .iter()
                .flat_map(|layer| layer.weight.iter().chain(&layer.bias));
            assert!(
                all.into_iter().all(|gradient| gradient.is_finite()),
                "{activation}, {poison}: {gradients:?}"
            );
        }
        let out = layer(0.5).apply(
            array![poison as f32].into_dyn().view(),
            &array![0_u8].into_dyn(),
        );
        assert_eq!(out[0].to_bits(), 0, "{poison}");
    }
}

#[test]
fn mistake_9_nan_at_rate_1() {
    let values = array![[1.0_f32, -2.0], [f32::INFINITY, 0.0]].into_dyn();
    for kept in [0_u8, 1] {
        // Even a mask that keeps something, which rate 1 never draws, must not meet 1 / 0.
        let out = layer(1.0).apply(
            values.slice(ndarray::s![0..1, ..]).into_dyn(),
            &ArrayD::from_elem(IxDyn(&[1, 2]), kept),
        );
        assert!(out.iter().all(|&value| value == 0.0), "{out}");
    }
    let drawn = layer(1.0).mask(&[2, 2], 0).expect("no noise shape");
    assert!(
        layer(1.0)
            .apply(values.view(), &drawn)
            .iter()
            .all(|value| value.to_bits() == 0)
    );
    let data = data();
    let mut trainer = trainer(DropRate::ALL.value(), &data);
    for _ in 0..5 {
        assert!(trainer.step(&data).loss.is_finite());
    }
    let all = trainer
        .net()
        .layers
        .iter()
        .flat_map(|layer| layer.weight.iter().chain(&layer.bias));
    assert!(all.into_iter().all(|weight| weight.is_finite()));
    let mut scratch = Scratch::new(&trainer.widths(), 1);
    let x = Array2::from_elem((1, WIDTH), f32::MAX);
    let masks = trainer.masks().clone();
    trainer
        .net()
        .forward(x.view(), Pass::Thinned(&masks), &mut scratch);
    assert_eq!(
        scratch.outputs().row(0),
        trainer.net().layers[2].bias,
        "only the last bias is left"
    );
}

#[test]
fn mistake_10_one_seed_that_gives_two_layers_the_same_mask() {
    let data = data();
    let mut trainer = trainer(0.5, &data);
    for step in 0..20 {
        trainer.step(&data);
        let layers = trainer.masks().layers();
        assert_eq!(layers.len(), 3);
        assert_ne!(
            layers[0].kept(),
            layers[1].kept(),
            "input and first hidden layer, step {step}"
        );
        assert_ne!(
            layers[1].kept(),
            layers[2].kept(),
            "the two hidden layers, step {step}"
        );
        assert_ne!(
            layers[0].kept(),
            layers[2].kept(),
            "input and second hidden layer, step {step}"
        );
    }
}
