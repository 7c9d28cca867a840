//! Do thinned networks agree, how many of them are worth averaging, and on what are they divided?
//!
//! A look draws twenty fresh ones. What they say is remembered together with what those before them said, up to two hundred, so
//! that questions about many of them can be answered between two glances. The full network is asked beside them.

mod said;

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, s};
use rand::seq::SliceRandom;

use said::{averaging, fan, means, votes};

use super::Examples;
use super::look::{Look, Subject};
use super::monte_carlo::{n_look_examples, prediction, thinned};
use super::{Bench, Score};
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

#[cfg(test)]
mod tests;
