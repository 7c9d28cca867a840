//! Readings of committees against plain loops.

use super::*;
use crate::data::{Dataset, Split, Targets};
use crate::math::random::Key;
use crate::nn::{DropRate, Mask, NoiseShape};
use crate::train::{NoisePlan, TrainerPlan};

const N: usize = 300;

fn subject(targets: Targets, step: u64) -> Subject {
    let rate = DropRate::new(0.5).unwrap();
    let plan = TrainerPlan {
        hidden: vec![20],
        noise: NoisePlan::of_rate(rate),
        seed: 4,
        ..TrainerPlan::example()
    };
    let n_inputs = if matches!(targets, Targets::Classes { .. }) {
        2
    } else {
        1
    };
    let inputs = (0..n_inputs * N).map(|i| (i as f32 * 0.71).sin()).collect();
    let part = Dataset::new("test", vec![n_inputs], inputs, targets);
    let data = Arc::new(Split {
        train: part.clone(),
        test: part,
        n_relabelled: 0,
        n_wrong: 0,
    });
    Subject {
        net: Arc::new(plan.network(&plan.widths(&data.train))),
        step,
        rates: vec![DropRate::NONE, rate],
        noise_shape: NoiseShape::per_batch(),
        recipe: Arc::new(plan.recipe(&data.train).unwrap()),
        data,
        key: Key::new(1).nth(step),
        before: None,
        plan: Arc::new(plan),
    }
}

fn classes() -> Targets {
    let labels = (0..N as u32).map(|i| i % 3).collect();
    Targets::Classes {
        labels,
        n_classes: 3,
    }
}

fn look(subject: &Subject, last: Option<&CommitteeReading>, is_wide: bool) -> CommitteeReading {
    let mut bench = Bench::default();
    bench.is_wide = is_wide;
    let mut look = CommitteeLook::begin(subject.clone(), last, &mut bench);
    for _ in 0..500 {
        if let Some(reading) = look.advance(&mut bench) {
            let (done, all) = look.progress();
            assert_eq!(done, all);
            return reading;
        }
    }
    panic!("a look that does not end")
}

/// What a thinned network, or the full one, says of an example, in plain loops.
fn said(subject: &Subject, masks: Option<&[Mask]>, row: usize) -> Vec<f64> {
    let data = &subject.data.test;
    let mut a: Vec<f64> = data.item(row).iter().map(|&x| f64::from(x)).collect();
    for (l, layer) in subject.net.layers.iter().enumerate() {
        if let Some(mask) = masks.map(|masks| &masks[l]).filter(|mask| !mask.is_none()) {
            for (a, &kept) in a.iter_mut().zip(mask.kept()) {
                *a *= f64::from(kept) / mask.rate().keep();
            }
        }
        a = (0..layer.n_units())
            .map(|unit| {
                let z: f64 = (0..a.len())
                    .map(|i| a[i] * f64::from(layer.weight[[i, unit]]))
                    .sum();
                z + f64::from(layer.bias[unit])
            })
            .map(|z| {
                if l + 1 < subject.net.layers.len() {
                    z.max(0.0)
                } else {
                    z
                }
            })
            .collect();
    }
    if data.is_classification() {
        let sum: f64 = a.iter().map(|z| z.exp()).sum();
        a = a.iter().map(|z| z.exp() / sum).collect();
    }
    a
}

fn of_members(subject: &Subject) -> Vec<Vec<Vec<f64>>> {
    let member = |idx: u64| {
        let masks = thinned(subject, idx);
        (0..N)
            .map(|row| said(subject, Some(masks.layers()), row))
            .collect()
    };
    (0..N_VOTERS as u64).map(member).collect()
}

fn argmax(p: &[f64]) -> usize {
    (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap()
}

/// Loss and accuracy of probabilities of each example.
fn quality(said: &[Vec<f64>]) -> (f64, f64) {
    let pairs = || said.iter().enumerate().map(|(row, p)| (p, row % 3));
    let loss: f64 = pairs().map(|(p, label)| -p[label].ln()).sum();
    let n_right = pairs().filter(|(p, label)| argmax(p) == *label).count();
    (loss / N as f64, n_right as f64 / N as f64)
}

#[track_caller]
fn assert_is(score: Score, said: &[Vec<f64>]) {
    let (loss, accuracy) = quality(said);
    assert!(
        (score.loss - loss).abs() < 1e-5,
        "{} for {loss}",
        score.loss
    );
    assert!(
        (score.accuracy.unwrap() - accuracy).abs() < 1e-9,
        "{accuracy}"
    );
}

#[test]
fn scores_votes_and_their_entropy_are_those_of_plain_passes() {
    let subject = subject(classes(), 10);
    let reading = look(&subject, None, false);
    let members = of_members(&subject);
    let full: Vec<_> = (0..N).map(|row| said(&subject, None, row)).collect();
    for ((_, score), said) in reading.each.iter().zip(&members) {
        assert_is(*score, said);
    }
    assert_is(reading.full, &full);
    let mean = |row: usize, class: usize| {
        members.iter().map(|said| said[row][class]).sum::<f64>() / N_VOTERS as f64
    };
    let averaged: Vec<Vec<f64>> = (0..N)
        .map(|row| (0..3).map(|c| mean(row, c)).collect())
        .collect();
    assert_is(reading.averaged, &averaged);
    let (loss, accuracy) = reading.alone();
    let all: Vec<_> = members.iter().map(|said| quality(said)).collect();
    assert!((loss - all.iter().map(|q| q.0).sum::<f64>() / 20.0).abs() < 1e-5);
    assert!((accuracy.unwrap() - all.iter().map(|q| q.1).sum::<f64>() / 20.0).abs() < 1e-9);

    let votes = |row: usize| {
        let mut counts = [0_usize; 3];
        for said in &members {
            counts[argmax(&said[row])] += 1;
        }
        counts
    };
    let n_agreed = (0..N).filter(|&row| votes(row).contains(&N_VOTERS)).count();
    assert_eq!(reading.n_agreed, n_agreed);
    let entropy = |row: usize| {
        let shares = votes(row).map(|n| n as f64 / 20.0);
        shares
            .iter()
            .filter(|p| **p > 0.0)
            .map(|p| -p * p.log2())
            .sum::<f64>()
    };
    let mut entropies: Vec<f64> = (0..N).map(entropy).collect();
    entropies.sort_by(|a, b| b.total_cmp(a));
    assert!(entropies[0] > 0.5, "they are divided on something");
    for (divided, entropy) in reading.divided.iter().zip(&entropies) {
        let row = divided.index;
        assert!((divided.entropy - entropy).abs() < 1e-12);
        assert_eq!(divided.label, row % 3);
        assert_eq!(divided.input, subject.data.test.item(row));
        let [(first, n_first), (_, n_second)] = divided.votes;
        let mut counts = votes(row);
        assert_eq!(counts[first], n_first);
        counts.sort_unstable();
        assert_eq!([counts[2], counts[1]], [n_first, n_second]);
        assert_eq!(divided.full.0, argmax(&full[row]));
        assert!((divided.full.1 - full[row][divided.full.0]).abs() < 1e-5);
    }
}

#[test]
fn means_of_k_are_means_of_the_first_k_of_each_choice_with_their_spread() {
    let subject = subject(classes(), 10);
    let data = &subject.data.test;
    let members = of_members(&subject);
    let single: Vec<Array2<f32>> = members
        .iter()
        .map(|said| Array2::from_shape_fn((N, 3), |(row, class)| said[row][class] as f32))
        .collect();
    let orders = [[3, 7, 1, 0], [2, 3, 5, 19], [11, 12, 13, 14]];
    let ks = [1, 3];
    let scores = orders.map(|order| means(&order.map(|idx| &single[idx]), &ks, data));
    let found = averaging(&ks, &scores);
    for (at, &k) in found.iter().zip(&ks) {
        let of_order = orders.map(|order| {
            let mean = |row: usize, class: usize| {
                order[..k]
                    .iter()
                    .map(|&idx| members[idx][row][class])
                    .sum::<f64>()
                    / k as f64
            };
            let said: Vec<Vec<f64>> = (0..N)
                .map(|row| (0..3).map(|class| mean(row, class)).collect())
                .collect();
            quality(&said)
        });
        for (found, values) in [
            (at.loss, of_order.map(|q| q.0)),
            (at.accuracy.unwrap(), of_order.map(|q| q.1)),
        ] {
            let mean = values.iter().sum::<f64>() / 3.0;
            let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 2.0;
            assert!((found[0] - mean).abs() < 1e-5, "{found:?} for {mean}");
            assert!((found[1] - variance.sqrt()).abs() < 1e-5, "{found:?}");
        }
    }
}

#[test]
fn a_running_network_keeps_a_sample_of_its_second_half_and_a_resting_one_has_two_hundred_of_now() {
    let first = look(&subject(classes(), 100), None, false);
    assert_eq!((first.each.len(), first.steps()), (20, [100, 100]));
    let ks = |reading: &CommitteeReading| reading.averaging.iter().map(|at| at.k).max();
    assert_eq!(ks(&first), Some(8), "never beyond half");
    let second = look(&subject(classes(), 150), Some(&first), false);
    assert_eq!((second.each.len(), second.steps()), (40, [100, 150]));
    assert_eq!(ks(&second), Some(16));
    let third = look(&subject(classes(), 250), Some(&second), false);
    assert_eq!((third.each.len(), third.steps()), (40, [150, 250]));
    let resting = look(&subject(classes(), 250), Some(&third), true);
    assert_eq!((resting.each.len(), resting.steps()), (200, [250, 250]));
    assert_eq!(ks(&resting), Some(100));
    let again = look(&subject(classes(), 250), Some(&resting), true);
    assert_eq!(again, resting, "the same subject has the same reading");
}

#[test]
fn they_meet_where_the_mean_first_is_as_good_as_the_full_network() {
    let mut reading = look(&subject(classes(), 100), None, false);
    let at = |k, loss, accuracy| Averaging {
        k,
        loss: [loss, 0.1],
        accuracy: Some([accuracy, 0.1]),
    };
    reading.averaging = vec![at(1, 2.0, 0.5), at(2, 1.0, 0.7), at(4, 0.9, 0.8)];
    reading.full = Score {
        loss: 0.95,
        accuracy: Some(0.7),
        r2: None,
    };
    assert_eq!(
        (reading.meets_at(true), reading.meets_at(false)),
        (Some(2), Some(4))
    );
    reading.full.loss = 0.5;
    assert_eq!(reading.meets_at(false), None);
}

#[test]
fn a_regression_has_the_curves_of_its_voters_over_its_input() {
    let values = Array2::from_shape_fn((N, 1), |(row, _)| 3.0 + (row as f32).cos());
    let mut subject = subject(Targets::Values(values), 10);
    let split = Arc::make_mut(&mut subject.data);
    split.test.value_scales[0] = crate::data::ValueScale {
        mean: 3.0,
        deviation: 2.0,
    };
    let reading = look(&subject, None, false);
    let fan = reading.fan.as_ref().unwrap();
    assert!(fan.is_input && fan.x.is_sorted() && fan.x.len() == MOST_OF_FAN);
    assert!(reading.divided.is_empty() && reading.alone().1.is_none());
    let members = of_members(&subject);
    let data = &subject.data.test;
    let at = 77;
    let row = (0..N)
        .find(|&row| f64::from(data.inputs[[row, 0]]) == fan.x[at])
        .unwrap();
    let own = |said: &[Vec<f64>]| 3.0 + 2.0 * said[row][0];
    let mut sum = 0.0;
    for (found, said) in fan.each.iter().zip(&members) {
        assert!((found[at] - own(said)).abs() < 1e-5);
        sum += own(said);
    }
    assert!((fan.mean[at] - sum / 20.0).abs() < 1e-5);
    assert!((fan.full[at] - (3.0 + 2.0 * said(&subject, None, row)[0])).abs() < 1e-5);
    assert!((fan.values[at] - (3.0 + f64::from((row as f32).cos()))).abs() < 1e-6);
}
