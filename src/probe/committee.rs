//! Do thinned networks agree, how many of them are worth averaging, and on what are they divided?
//!
//! A look draws twenty fresh ones. What they say is remembered together with what those before them said, up to two hundred, so
//! that questions about many of them can be answered between two glances. The full network is asked beside them.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, s};
use rand::seq::SliceRandom;

use super::Examples;
use super::look::{Look, Subject};
use super::monte_carlo::{n_look_examples, prediction, score_of_predictions, thinned};
use super::{Bench, Score};
use crate::data::{Dataset, Targets};
use crate::nn::Pass;

/// Thinned networks of one look, and voters.
pub const N_VOTERS: usize = 20;

/// Thinned networks that are remembered, each step's among them.
pub const MOST_MEMBERS: usize = 200;

/// Numbers that are remembered of all of them together; examples are left out where there would be more.
const MOST_NUMBERS: usize = 2_000_000;

/// Choices of `k` networks to average, for each `k`.
const N_CHOICES: usize = 30;

/// So many of them are averaged in one part of a look.
const CHOICES_A_PART: usize = 5;

/// How many networks are averaged, at most: evenly spread on a logarithmic axis.
const KS: [usize; 13] = [1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 100];

/// Examples whose votes are kept, the most divided first.
const MOST_DIVIDED: usize = 60;

/// Examples of the curves of a regression.
const MOST_OF_FAN: usize = 200;

/// A thinned network that was asked.
#[derive(Debug, Clone, PartialEq)]
struct Member {
    step: u64,
    score: Score,
    /// Class probabilities, or values as they are learnt, [N, C].
    said: Array2<f32>,
}

/// Means of `k` thinned networks: how good they are, over many choices of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Averaging {
    /// How many are averaged.
    pub k: usize,
    /// Mean and standard deviation of the loss, over the choices.
    pub loss: [f64; 2],
    /// The same of the accuracy; `None` for values.
    pub accuracy: Option<[f64; 2]>,
}

/// An example, and how twenty thinned networks vote on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Divided {
    /// Which of the test examples.
    pub index: usize,
    /// Its inputs, `[I]`.
    pub input: Vec<f32>,
    /// What it is.
    pub label: usize,
    /// The two commonest votes and how many have them, the commonest first; the second may have none.
    pub votes: [(usize, usize); 2],
    /// Entropy of the votes, in bits.
    pub entropy: f64,
    /// What the full network takes it for, and how probable that is to it.
    pub full: (usize, f64),
}

/// What twenty thinned networks of a regression say of the same examples, in the values' own units. The first column of the
/// values only.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// Where each example stands, `[N]`, rising: its only input, or the value itself where there are several inputs.
    pub x: Vec<f64>,
    /// Whether that is the input.
    pub is_input: bool,
    /// The values, `[N]`.
    pub values: Vec<f64>,
    /// What the full network says, `[N]`.
    pub full: Vec<f64>,
    /// The mean of the thinned networks, `[N]`.
    pub mean: Vec<f64>,
    /// What each of them says, `[N]` each.
    pub each: Vec<Vec<f64>>,
}

/// What is known of a committee of thinned networks.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitteeReading {
    /// On how many test examples ...
    pub n_examples: usize,
    /// ... of how many.
    pub n_test: usize,
    /// Each network's score, oldest first, with the step of its weights.
    pub each: Vec<(u64, Score)>,
    /// The score of the mean of what all of them say.
    pub averaged: Score,
    /// The score of the full network.
    pub full: Score,
    /// Means of so many of them, of few first; never beyond half of all, where choices have most of them in common.
    pub averaging: Vec<Averaging>,
    /// Examples on which all twenty voters agree; 0 for values.
    pub n_agreed: usize,
    /// Those on which they are divided most, the most divided first; none for values.
    pub divided: Vec<Divided>,
    /// The curves of a regression; `None` for classes.
    pub fan: Option<Fan>,
    members: Vec<Arc<Member>>,
}

impl CommitteeReading {
    /// The oldest and the newest step of the networks.
    pub fn steps(&self) -> [u64; 2] {
        let steps = || self.each.iter().map(|(step, _)| *step);
        [steps().min().unwrap_or(0), steps().max().unwrap_or(0)]
    }

    /// The mean score of a network on its own: loss, and accuracy where there is one.
    pub fn alone(&self) -> (f64, Option<f64>) {
        let n = self.each.len().max(1) as f64;
        let loss = self.each.iter().map(|(_, score)| score.loss).sum::<f64>() / n;
        let accuracies = self.each.iter().map(|(_, score)| score.accuracy);
        let sum: Option<f64> = accuracies.sum();
        (loss, sum.map(|sum| sum / n))
    }

    /// The least number of networks whose mean is, on average over the choices, at least as good as the full network: by accuracy
    /// or by loss. `None` where none of those that were tried is.
    pub fn meets_at(&self, is_by_accuracy: bool) -> Option<usize> {
        let is_met = |averaging: &&Averaging| match (averaging.accuracy, self.full.accuracy) {
            (Some([mean, _]), Some(full)) if is_by_accuracy => mean >= full,
            _ => averaging.loss[0] <= self.full.loss,
        };
        self.averaging.iter().find(is_met).map(|at| at.k)
    }
}

/// A look at a committee, under way: the full network, the thinned ones, then means of some of them.
#[derive(Debug)]
pub struct CommitteeLook {
    subject: Subject,
    examples: Examples,
    /// Oldest first.
    members: Vec<Arc<Member>>,
    n_fresh: usize,
    full: Option<(Score, Array2<f32>)>,
    /// The scores of means, for each choice one for each k.
    means: Vec<Vec<Score>>,
    ks: Vec<usize>,
}

impl CommitteeLook {
    /// A look that goes on with the networks of the `last` one, but for those of the run's first half: their weights were others.
    pub fn begin(subject: Subject, last: Option<&CommitteeReading>, bench: &mut Bench) -> Self {
        let n_test = subject.data.test.len();
        let widths = subject.net.widths();
        let affordable = MOST_NUMBERS / (MOST_MEMBERS * widths[widths.len() - 1]);
        let n = n_look_examples(&widths, N_VOTERS, n_test).min(affordable.max(1));
        let examples = bench.examples(&subject.data, n);
        let mut members = last.map_or_else(Vec::new, |last| last.members.clone());
        members.retain(|member| 2 * member.step >= subject.step && member.step <= subject.step);
        members.retain(|member| member.said.nrows() == examples.len());
        let n_fresh = members
            .iter()
            .filter(|member| member.step == subject.step)
            .count();
        Self {
            // At a step that was looked at before, other networks are drawn than then.
            n_fresh,
            members,
            full: None,
            means: Vec::new(),
            ks: Vec::new(),
            examples,
            subject,
        }
    }

    /// Draws and scores one more network; the oldest one gives way.
    fn draw(&mut self, bench: &mut Bench) {
        let masks = thinned(&self.subject, self.n_fresh as u64);
        let (score, said) = self.ask(Pass::Thinned(&masks), bench);
        if self.members.len() >= MOST_MEMBERS {
            self.members.remove(0);
        }
        let step = self.subject.step;
        self.members.push(Arc::new(Member { step, score, said }));
        self.n_fresh += 1;
    }

    /// The score of a network, and what it says, [N, C].
    fn ask(&self, pass: Pass, bench: &mut Bench) -> (Score, Array2<f32>) {
        let (net, data) = (&*self.subject.net, &*self.examples);
        let mut said = Array2::zeros((data.len(), data.n_outputs()));
        let see = |rows, outputs: ArrayView2<f32>| {
            said.slice_mut(s![rows, ..])
                .assign(&prediction(outputs, data));
        };
        let evaluator = self.subject.evaluator(bench);
        let score = evaluator.score_with(net, pass, data, see);
        (score, said)
    }

    /// Twenty are enough while the run goes on; while it rests, all are of its present weights in the end.
    fn has_enough(&self, is_resting: bool) -> bool {
        let wanted = if is_resting { MOST_MEMBERS } else { N_VOTERS };
        self.n_fresh >= wanted
    }

    /// The order in which a choice takes the networks: a random one.
    fn order(&self, choice: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        let key = self.subject.key.child("committee").nth(choice as u64);
        order.shuffle(&mut key.stream());
        order
    }

    fn reading(&self, is_whole: bool) -> Option<CommitteeReading> {
        let (full, said) = self.full.as_ref()?;
        let data = &*self.examples;
        let all: Vec<&Array2<f32>> = self.members.iter().map(|member| &member.said).collect();
        let averaged = *means(&all, &[all.len()], data).first()?;
        let voters = &all[all.len().saturating_sub(N_VOTERS)..];
        let n_test = self.subject.data.test.len();
        let (n_agreed, divided) = if is_whole && data.is_classification() {
            votes(voters, said, data, n_test)
        } else {
            (0, Vec::new())
        };
        let averaging = if is_whole {
            averaging(&self.ks, &self.means)
        } else {
            Vec::new()
        };
        Some(CommitteeReading {
            n_examples: data.len(),
            n_test,
            each: self
                .members
                .iter()
                .map(|member| (member.step, member.score))
                .collect(),
            averaged,
            full: *full,
            averaging,
            n_agreed,
            divided,
            fan: (!data.is_classification()).then(|| fan(voters, said, data)),
            members: self.members.clone(),
        })
    }
}

impl Look for CommitteeLook {
    type Reading = CommitteeReading;

    fn advance(&mut self, bench: &mut Bench) -> Option<CommitteeReading> {
        if self.full.is_none() {
            self.full = Some(self.ask(Pass::Full, bench));
            return None;
        }
        if self.means.is_empty() && !self.has_enough(bench.is_wide) {
            self.draw(bench);
            return None;
        }
        let half = self.members.len() / 2;
        self.ks = KS.into_iter().filter(|&k| k <= half.max(1)).collect();
        for choice in self.means.len()..self.means.len() + CHOICES_A_PART {
            let said = |idx: usize| &self.members[idx].said;
            let order: Vec<_> = self.order(choice).into_iter().map(said).collect();
            self.means.push(means(&order, &self.ks, &self.examples));
        }
        (self.means.len() >= N_CHOICES).then(|| self.reading(true))?
    }

    fn progress(&self) -> (usize, usize) {
        let n_parts = N_CHOICES / CHOICES_A_PART;
        let n_networks = self.n_fresh.max(N_VOTERS);
        let n_done = usize::from(self.full.is_some()) + self.n_fresh;
        (
            n_done + self.means.len() / CHOICES_A_PART,
            1 + n_networks + n_parts,
        )
    }

    fn so_far(&self) -> Option<CommitteeReading> {
        (self.n_fresh > 0 && self.members.len() < N_VOTERS).then(|| self.reading(false))?
    }
}

/// The scores of the means of the first `k` of `said`, [N, C] each, for each of rising `ks`.
fn means(said: &[&Array2<f32>], ks: &[usize], data: &Dataset) -> Vec<Score> {
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
fn averaging(ks: &[usize], choices: &[Vec<Score>]) -> Vec<Averaging> {
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

fn mean_and_deviation(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    [mean, (squares / (n - 1.0).max(1.0)).sqrt()]
}

/// On how many examples all voters agree, and those on which they are divided most.
fn votes(
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

fn fan(voters: &[&Array2<f32>], full: &Array2<f32>, data: &Dataset) -> Fan {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Split;
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
    fn a_running_network_keeps_a_sample_of_its_second_half_and_a_resting_one_has_two_hundred_of_now()
     {
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
}
