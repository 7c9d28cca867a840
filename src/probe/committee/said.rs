//! What follows from what thinned networks said: their means, their votes, their curves.

use ndarray::Array2;

use super::{Averaging, Divided, Fan, MOST_DIVIDED, MOST_OF_FAN};
use crate::data::{Dataset, Targets};
use crate::math::statistics;
use crate::probe::Score;
use crate::probe::monte_carlo::score_of_predictions;

/// The scores of the means of the first `k` of `said`, [N, C] each, for each of rising `ks`.
pub(super) fn means(said: &[&Array2<f32>], ks: &[usize], data: &Dataset) -> Vec<Score> {
    let mut sum = Array2::zeros((data.len(), data.n_outputs()));
    let (mut n, mut scores) = (0, Vec::with_capacity(ks.len()));
    for &k in ks {
        for one in said.iter().take(k).skip(n) {
            sum += *one;
        }
        n = k;
        scores.push(score_of_predictions(&sum / k as f32, data));
    }
    scores
}

/// Mean and standard deviation over the choices, for each k.
pub(super) fn averaging(ks: &[usize], choices: &[Vec<Score>]) -> Vec<Averaging> {
    let of_k = |(idx, &k): (usize, &usize)| {
        let scores = || choices.iter().map(|scores| scores[idx]);
        let losses: Vec<f64> = scores().map(|score| score.loss).collect();
        let accuracies: Option<Vec<f64>> = scores().map(|score| score.accuracy).collect();
        Averaging {
            k,
            loss: mean_and_deviation(&losses),
            accuracy: accuracies.map(|accuracies| mean_and_deviation(&accuracies)),
        }
    };
    ks.iter().enumerate().map(of_k).collect()
}

/// Their mean and standard deviation; that is 0 where there is one.
fn mean_and_deviation(values: &[f64]) -> [f64; 2] {
    let deviation = statistics::standard_deviation(values);
    [statistics::mean(values), deviation.unwrap_or(0.0)]
}

/// On how many examples all voters agree, and those on which they are divided most.
pub(super) fn votes(
    voters: &[&Array2<f32>],
    full: &Array2<f32>,
    data: &Dataset,
    n_test: usize,
) -> (usize, Vec<Divided>) {
    let Targets::Classes { labels, n_classes } = &data.targets else {
        return (0, Vec::new());
    };
    let (mut n_agreed, mut divided) = (0, Vec::new());
    for (row, &label) in labels.iter().enumerate() {
        let mut counts = vec![0; *n_classes];
        for said in voters {
            counts[most(said, row)] += 1;
        }
        n_agreed += usize::from(counts.contains(&voters.len()));
        let mut votes: Vec<(usize, usize)> = counts.into_iter().enumerate().collect();
        // Stable: of equal votes the lower class is first.
        votes.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
        let class = most(full, row);
        divided.push(Divided {
            index: row * n_test / data.len(),
            input: Vec::new(),
            label: label as usize,
            entropy: entropy(votes.iter().map(|(_, n)| *n), voters.len()),
            votes: [votes[0], votes.get(1).copied().unwrap_or((0, 0))],
            full: (class, f64::from(full[[row, class]])),
        });
    }
    let mut order: Vec<usize> = (0..divided.len()).collect();
    order.sort_by(|&a, &b| divided[b].entropy.total_cmp(&divided[a].entropy));
    let with_input = |&row: &usize| Divided {
        input: data.item(row).to_vec(),
        ..divided[row].clone()
    };
    let kept = order.iter().take(MOST_DIVIDED).map(with_input).collect();
    (n_agreed, kept)
}

/// The class with the most in a row; the first of equals.
fn most(said: &Array2<f32>, row: usize) -> usize {
    let row = said.row(row);
    (0..row.len()).fold(
        0,
        |best, class| if row[class] > row[best] { class } else { best },
    )
}

/// Entropy in bits of counts that add up to `n`.
fn entropy(counts: impl Iterator<Item = usize>, n: usize) -> f64 {
    let shares = counts
        .filter(|&count| count > 0)
        .map(|count| count as f64 / n as f64);
    shares.map(|share| -share * share.log2()).sum()
}

pub(super) fn fan(voters: &[&Array2<f32>], full: &Array2<f32>, data: &Dataset) -> Fan {
    let Targets::Values(values) = &data.targets else {
        unreachable!("a fan is of values")
    };
    let (scale, is_input) = (data.value_scales[0], data.n_inputs() == 1);
    let x = |row: usize| {
        if is_input {
            f64::from(data.inputs[[row, 0]])
        } else {
            f64::from(values[[row, 0]])
        }
    };
    let n = data.len().min(MOST_OF_FAN);
    let mut rows: Vec<usize> = (0..n).map(|i| i * data.len() / n).collect();
    rows.sort_by(|&a, &b| x(a).total_cmp(&x(b)));
    let own = |said: &Array2<f32>| -> Vec<f64> {
        rows.iter().map(|&row| scale.own(said[[row, 0]])).collect()
    };
    let each: Vec<Vec<f64>> = voters.iter().map(|said| own(said)).collect();
    let mean = |at: usize| each.iter().map(|of| of[at]).sum::<f64>() / each.len().max(1) as f64;
    Fan {
        x: rows.iter().map(|&row| x(row)).collect(),
        is_input,
        values: rows
            .iter()
            .map(|&row| f64::from(values[[row, 0]]))
            .collect(),
        full: own(full),
        mean: (0..n).map(mean).collect(),
        each,
    }
}
