//! Every thinned network of a small network: how good is each, and what is their mean?
//!
//! With n units that can be dropped there are 2^n thinned networks, and here all of them are asked, each on the same
//! examples. Means over them weigh each by the chance that training draws it, `keep^k rate^(n - k)`. Three means of what they
//! say are compared: the arithmetic mean of the probabilities, their normalised geometric mean, and the full network,
//! whose weights stand for all of them ([Hinton 2012]; [Baldi 2013]). With one hidden layer the last two are
//! the same, because the mean of a sum is the sum of the means; with an activation after a mask they are not.

mod choices;
mod columns;
mod reading;
mod walk;

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, ArrayViewMut1, s};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::bench::evenly;
use super::look::{Look, Subject};
use super::{Bench, monte_carlo};
use crate::data::Dataset;
use crate::math::random::Key;
use crate::nn::{DropRate, Engine, Masks, Mlp, NoiseShape, Pass, Scratch};
use columns::{Columns, Sums};
use walk::{Cost, Walk};

pub use choices::{Choices, Droppable};
pub use reading::{Distances, ExactReading, Quality, Worth};

/// Masks times examples times outputs of a look; examples are left out where there would be more.
const MOST: usize = 200_000_000;

/// The same of one job, and its masks, as a power of two: a few milliseconds.
const MOST_OF_A_JOB: usize = 4_000_000;
const JOB_BITS: usize = 12;

/// Jobs that are done at a time for each core, where all may be used.
const JOBS_A_CORE: usize = 4;

/// Thinned networks of the sampled mean.
const N_SAMPLED: u64 = 20;

/// Examples of a pass.
const CHUNK: usize = 256;

/// A look at every thinned network of one network, under way.
#[derive(Debug)]
pub struct Exact {
    net: Arc<Mlp>,
    /// The layers below the last one, if there are any.
    below: Option<Mlp>,
    choices: Choices,
    data: Dataset,
    n_test: usize,
    columns: Columns,
    /// The inputs of the last dense layer, [N, H], where no mask changes them.
    inputs: Option<Array2<f32>>,
    key: Key,
    engine: Engine,
    job_bits: usize,
    n_jobs_done: usize,
    tally: Tally,
}

/// What all masks so far have cost.
#[derive(Debug)]
struct Tally {
    costs: Vec<Cost>,
    sums: Sums,
    mean: [f64; 2],
    /// The same of the masks that keep each unit.
    kept: Vec<[f64; 2]>,
}

impl Tally {
    fn new(columns: &Columns, n_units: usize) -> Self {
        Self {
            costs: Vec::new(),
            sums: Sums::new(columns),
            mean: [0.0; 2],
            kept: vec![[0.0; 2]; n_units],
        }
    }

    /// Means of loss and right examples over masks with a chance, in sum over the examples.
    fn weigh(&mut self, mask: usize, chance: f64, cost: Cost) {
        let parts = [chance * cost.loss, chance * f64::from(cost.n_right)];
        let is_kept = |unit: usize| mask >> unit & 1 == 1;
        let kept = (0..self.kept.len()).filter(|&unit| is_kept(unit));
        for unit in kept {
            self.kept[unit] = plus(self.kept[unit], parts);
        }
        self.mean = plus(self.mean, parts);
        self.costs.push(cost);
    }

    fn add(&mut self, job: &Self) {
        self.costs.extend_from_slice(&job.costs);
        self.sums.add(&job.sums);
        self.mean = plus(self.mean, job.mean);
        for (kept, of_job) in self.kept.iter_mut().zip(&job.kept) {
            *kept = plus(*kept, *of_job);
        }
    }
}

fn plus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

impl Exact {
    /// A look at every thinned network of `net` on `test`, or as many of its examples as can be afforded; `rates` has one for
    /// each dense layer's input. `key` draws the networks of the sampled mean. `None` if there are too many or only one.
    ///
    /// # Panics
    /// If `rates` or `test` do not fit the network, or without examples.
    pub fn new(
        net: Arc<Mlp>,
        (rates, noise_shape): (&[DropRate], &NoiseShape),
        test: &Dataset,
        key: Key,
        engine: Engine,
    ) -> Option<Self> {
        let choices = Choices::of_net(&net, rates, noise_shape)?;
        let most = MOST / (choices.n_masks() * test.n_outputs());
        Some(Self::on(net, choices, test, most.max(1), key, engine))
    }

    /// A look at every thinned network of `subject`; `None` as in [`Self::new`].
    pub fn begin(subject: &Subject) -> Option<Self> {
        let (net, how) = (
            Arc::clone(&subject.net),
            (&subject.rates[..], &subject.noise_shape),
        );
        Self::new(net, how, &subject.data.test, subject.key, subject.engine())
    }

    /// The same on at most `most_examples`, whatever that costs.
    ///
    /// # Panics
    /// If `choices` or `test` do not fit the network, or without examples.
    pub fn on(
        net: Arc<Mlp>,
        choices: Choices,
        test: &Dataset,
        most_examples: usize,
        key: Key,
        engine: Engine,
    ) -> Self {
        assert!(!test.is_empty() && most_examples > 0, "no examples");
        let n = test.len().min(most_examples);
        let data = test.select(&evenly(test.len(), n));
        let columns = Columns::of(&data);
        let last = net.layers.len() - 1;
        let below = (last > 0).then(|| Mlp {
            layers: net.layers[..last].to_vec(),
            activation: net.activation,
        });
        let of_one_mask = MOST_OF_A_JOB / (n * data.n_outputs());
        let job_bits = of_one_mask.max(1).ilog2() as usize;
        let mut look = Self {
            tally: Tally::new(&columns, choices.n_units()),
            job_bits: job_bits.min(JOB_BITS).min(choices.n_units()),
            inputs: None,
            n_jobs_done: 0,
            n_test: test.len(),
            net,
            below,
            choices,
            data,
            columns,
            key,
            engine,
        };
        if look.choices.n_last() == look.choices.n_units() {
            look.inputs = Some(look.last_inputs(0));
        }
        look
    }

    /// On how many test examples, of how many.
    pub fn n_examples(&self) -> (usize, usize) {
        (self.data.len(), self.n_test)
    }

    fn n_jobs(&self) -> usize {
        self.choices.n_masks() >> self.job_bits
    }

    /// Makes the next part of the look: a job, or as many as keep all cores busy for a moment. The last completes it.
    ///
    /// The numbers are the same, whether all cores are used or one.
    pub fn next_part(&mut self, is_wide: bool) -> Option<ExactReading> {
        if self.n_jobs_done < self.n_jobs() {
            let n = if is_wide {
                JOBS_A_CORE * rayon::current_num_threads()
            } else {
                1
            };
            let jobs = self.n_jobs_done..(self.n_jobs_done + n).min(self.n_jobs());
            self.n_jobs_done = jobs.end;
            let done: Vec<Tally> = if is_wide {
                jobs.into_par_iter().map(|job| self.job(job)).collect()
            } else {
                jobs.map(|job| self.job(job)).collect()
            };
            for job in &done {
                self.tally.add(job);
            }
        }
        (self.n_jobs_done >= self.n_jobs()).then(|| self.reading())
    }

    /// The masks of one job, in the order of the Gray code.
    fn job(&self, job: usize) -> Tally {
        let mut tally = Tally::new(&self.columns, self.choices.n_units());
        let n_last = self.choices.n_last();
        let depth = self.job_bits.min(n_last);
        let mut place = job << self.job_bits;
        let end = place + (1 << self.job_bits);
        while place < end {
            let above = Choices::mask_at(place >> depth) << depth;
            let is_reversed = place >> depth & 1 == 1;
            let chance = self.choices.chance_above(above, depth);
            let mut costs = Vec::with_capacity(1 << depth);
            let mut walk = self.walk(above);
            let below = above & ((1 << n_last) - 1);
            let which = (below, depth, is_reversed);
            walk.pass(which, chance, &mut tally.sums, &mut |cost| costs.push(cost));
            for cost in costs {
                let mask = Choices::mask_at(place);
                tally.weigh(mask, self.choices.chance(mask), cost);
                place += 1;
            }
        }
        tally
    }

    /// A walk over the masks of the last layer's input, below a mask of the layers before it.
    fn walk(&self, mask: usize) -> Walk<'_> {
        let layer = &self.net.layers[self.net.layers.len() - 1];
        let rate = self.choices.last_rate();
        let of_mask;
        let inputs = if let Some(inputs) = &self.inputs {
            inputs
        } else {
            of_mask = self.last_inputs(mask);
            &of_mask
        };
        Walk::new(&self.columns, inputs.view(), layer, rate)
    }

    /// The inputs of the last dense layer, [N, H], in the thinned networks of `mask`; it is not masked itself.
    fn last_inputs(&self, mask: usize) -> Array2<f32> {
        let masks = self.choices.masks(mask).layers().to_vec();
        match &self.below {
            Some(below) => {
                let masks = Masks::new(masks[..below.layers.len()].to_vec());
                let mut sums = outputs(
                    below,
                    Pass::Thinned(&masks),
                    self.data.inputs.view(),
                    self.engine,
                );
                sums.mapv_inplace(|sum| below.activation.value(sum));
                sums
            }
            // The walk drops these itself.
            None => self.data.inputs.clone(),
        }
    }

    /// What thinned networks that are drawn as training draws them say on average, [N, C].
    fn sampled(&self) -> Array2<f64> {
        let mut mean = Array2::zeros((self.data.len(), self.data.n_outputs()));
        for idx in 0..N_SAMPLED {
            let layers = self.choices.layers().iter().copied();
            let masks = monte_carlo::draw(layers, &NoiseShape::per_batch(), self.key, idx);
            mean += &self.said(Pass::Thinned(&masks));
        }
        mean / N_SAMPLED as f64
    }

    /// What a network says: class probabilities, or values as they are learnt, [N, C].
    fn said(&self, pass: Pass) -> Array2<f64> {
        let outputs = outputs(&self.net, pass, self.data.inputs.view(), self.engine);
        let mut said = outputs.mapv(f64::from);
        if self.data.is_classification() {
            said.rows_mut().into_iter().for_each(softmax);
        }
        said
    }

    fn reading(&mut self) -> ExactReading {
        let said = reading::Said {
            arithmetic: self.columns.arithmetic(&self.tally.sums),
            geometric: self.columns.geometric(&self.tally.sums),
            full: self.said(Pass::Full),
            sampled: self.sampled(),
        };
        let tally = std::mem::replace(&mut self.tally, Tally::new(&self.columns, 0));
        reading::complete(&self.choices, (&self.data, self.n_test), &tally, &said)
    }
}

impl Look for Exact {
    type Reading = ExactReading;

    fn advance(&mut self, bench: &mut Bench) -> Option<ExactReading> {
        self.next_part(bench.is_wide)
    }

    fn progress(&self) -> (usize, usize) {
        (self.n_jobs_done, self.n_jobs())
    }
}

/// The outputs [N, C] of a pass over inputs [N, I].
fn outputs(net: &Mlp, pass: Pass, inputs: ArrayView2<f32>, engine: Engine) -> Array2<f32> {
    let widths = net.widths();
    let mut scratch = Scratch::with_engine(engine, &widths, CHUNK.min(inputs.nrows()));
    let mut outputs = Array2::zeros((inputs.nrows(), widths[widths.len() - 1]));
    for first in (0..inputs.nrows()).step_by(CHUNK) {
        let rows = first..(first + CHUNK).min(inputs.nrows());
        net.forward(inputs.slice(s![rows.clone(), ..]), pass, &mut scratch);
        outputs.slice_mut(s![rows, ..]).assign(&scratch.outputs());
    }
    outputs
}

/// Class probabilities of logits, `[C]`, in their place.
fn softmax(mut logits: ArrayViewMut1<f64>) {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logits.mapv_inplace(|logit| (logit - largest).exp());
    let sum = logits.sum();
    logits.mapv_inplace(|exp| exp / sum);
}
