//! The walk over all masks of the last hidden layer, on many examples at once.
//!
//! Masks are the leaves of a tree whose every level keeps or drops one unit. From the root down, a sum of weighted
//! activations gains a unit where it is kept and stays where it is dropped: 2^n masks cost 2^n - 1 additions of a sum, as
//! they do where each mask is made of its neighbour in the Gray code, and the leaves are passed in the order of that code.
//! But each sum has its own units in it and nothing else, in one order. So nothing drifts, and masks that leave nothing
//! alive tie exactly.

#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "lanes side by side become vectors only inside a dispatched function, and only in this shape"
)]

use ndarray::ArrayView2;
use pulp::{Arch, NullaryFnOnce};

use super::columns::{Columns, Kind, LANES, Lanes, NOWHERE, Single, Sums};
use crate::math::exponential::exp;
use crate::nn::{Dense, DropRate};

/// Levels of the tree whose leaves are added up in single precision.
const SINGLE: usize = 6;

/// What a mask has cost, over all examples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Cost {
    /// Nats, or squared errors in the squared units of the values, in sum.
    pub(super) loss: f64,
    /// Examples that are right; 0 for values.
    pub(super) n_right: u32,
}

/// A walk, and its memory.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    columns: &'a Columns,
    rate: DropRate,
    /// What each unit adds, rescaled, [blocks, columns] each; nothing for a layer without a choice.
    units: Vec<Vec<Lanes>>,
    /// What is there without any of them.
    base: Vec<Lanes>,
    /// The sum at each level of the tree, of the units that are kept above it.
    sums: Vec<Vec<Lanes>>,
    single: Single,
    /// A number for each column of the block at hand.
    block: Vec<Lanes>,
    arch: Arch,
}

impl<'a> Walk<'a> {
    /// A walk over the masks of the inputs [N, H] of the last dense layer, which are dropped at `rate`.
    pub(super) fn new(
        columns: &'a Columns,
        inputs: ArrayView2<f32>,
        layer: &Dense,
        rate: DropRate,
    ) -> Self {
        let has_choice = !rate.is_none() && !rate.is_all();
        let n_units = if has_choice { layer.n_inputs() } else { 0 };
        let scale = f64::from(rate.scale());
        let of_unit = |unit: usize, example: usize, output: usize| {
            let weight = f64::from(layer.weight[[unit, output]]);
            scale * f64::from(inputs[[example, unit]]) * weight
        };
        let without = |example: usize, output: usize| {
            let always = if rate.is_none() { layer.n_inputs() } else { 0 };
            let sum: f64 = (0..always).map(|unit| of_unit(unit, example, output)).sum();
            let target = match &columns.kind {
                Kind::Classes { .. } => 0.0,
                Kind::Values { values, .. } => f64::from(values[[example, output]]),
            };
            f64::from(layer.bias[output]) + sum - target
        };
        let padding = match columns.kind {
            Kind::Classes { .. } => NOWHERE,
            Kind::Values { .. } => 0.0,
        };
        let lanes = |unit| columns.lanes(0.0, |example, output| of_unit(unit, example, output));
        let sums = Sums::new(columns);
        Self {
            columns,
            rate,
            units: (0..n_units).map(lanes).collect(),
            base: columns.lanes(padding, without),
            sums: vec![vec![[0.0; LANES]; columns.len()]; n_units + 1],
            single: Single {
                shares: vec![[0.0; LANES]; sums.shares.len()],
                columns: vec![[0.0; LANES]; sums.columns.len()],
            },
            block: vec![[0.0; LANES]; columns.n],
            arch: Arch::new(),
        }
    }

    /// Passes the 2^`depth` masks that have the bits of `above` above `depth`, in the order of the Gray code or against it.
    /// `chance` is that of all of these together. Each mask is told to `see`, and all are added to `sums`.
    pub(super) fn pass(
        &mut self,
        (above, depth, is_reversed): (usize, usize, bool),
        chance: f64,
        sums: &mut Sums,
        see: &mut impl FnMut(Cost),
    ) {
        self.sums[depth].copy_from_slice(&self.base);
        for unit in (depth..self.units.len()).rev() {
            if above >> unit & 1 == 1 {
                add(&mut self.sums[depth], &self.units[unit]);
            }
        }
        self.descend([depth, depth], is_reversed, chance, sums, see);
    }

    /// The masks below a node of the tree: its level, and the level whose sum it has.
    fn descend(
        &mut self,
        [level, at]: [usize; 2],
        is_reversed: bool,
        chance: f64,
        sums: &mut Sums,
        see: &mut impl FnMut(Cost),
    ) {
        if level <= SINGLE {
            self.single.shares.fill([0.0; LANES]);
            self.single.columns.fill([0.0; LANES]);
            self.descend_single([level, at], is_reversed, 1.0, see);
            sums.add_single(&self.single, chance);
            return;
        }
        for is_second in [false, true] {
            let is_kept = is_second != is_reversed;
            let at = self.child([level, at], is_kept);
            let chance = chance * self.share(is_kept);
            self.descend([level - 1, at], is_second, chance, sums, see);
        }
    }

    /// The same near the leaves; `share` is the chance of the node's masks among those that are added up together.
    fn descend_single(
        &mut self,
        [level, at]: [usize; 2],
        is_reversed: bool,
        share: f64,
        see: &mut impl FnMut(Cost),
    ) {
        if level == 0 {
            see(self.leaf(at, None, share));
            return;
        }
        for is_second in [false, true] {
            let is_kept = is_second != is_reversed;
            let share = share * self.share(is_kept);
            if level == 1 {
                see(self.leaf(at, is_kept.then_some(0), share));
            } else {
                let at = self.child([level, at], is_kept);
                self.descend_single([level - 1, at], is_second, share, see);
            }
        }
    }

    fn share(&self, is_kept: bool) -> f64 {
        if is_kept {
            self.rate.keep()
        } else {
            self.rate.value()
        }
    }

    /// The level whose sum a child has: its own, with the unit added, or that of its parent.
    fn child(&mut self, [level, at]: [usize; 2], is_kept: bool) -> usize {
        if !is_kept {
            return at;
        }
        let (below, above) = self.sums.split_at_mut(level);
        let work = Addition {
            sum: &above[at - level],
            unit: &self.units[level - 1],
            out: &mut below[level - 1],
        };
        self.arch.dispatch(work);
        level - 1
    }

    fn leaf(&mut self, at: usize, unit: Option<usize>, share: f64) -> Cost {
        let sum = &self.sums[at][..];
        let unit = unit.map(|unit| &self.units[unit][..]);
        let single = &mut self.single;
        match &self.columns.kind {
            Kind::Classes { ties, .. } => self.arch.dispatch(ClassLeaf {
                sum,
                unit,
                ties,
                share: share as f32,
                single,
                block: &mut self.block,
                n_padding: (self.columns.n_blocks() * LANES - self.columns.n_examples) as u32,
            }),
            Kind::Values { largest, .. } => {
                let squares = self.arch.dispatch(ValueLeaf {
                    sum,
                    unit,
                    share: share as f32,
                    out: &mut single.columns,
                });
                Cost {
                    loss: squares * largest * largest,
                    n_right: 0,
                }
            }
        }
    }
}

fn add(sum: &mut [Lanes], unit: &[Lanes]) {
    for (sum, unit) in sum.as_flattened_mut().iter_mut().zip(unit.as_flattened()) {
        *sum += unit;
    }
}

/// A unit that is added to a sum. A type and not a closure, so that it is compiled with the machine's vectors.
struct Addition<'a> {
    sum: &'a [Lanes],
    unit: &'a [Lanes],
    out: &'a mut [Lanes],
}

impl NullaryFnOnce for Addition<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for ((out, sum), unit) in self.out.iter_mut().zip(self.sum).zip(self.unit) {
            *out = plus(*sum, unit);
        }
    }
}

#[inline(always)]
fn plus(mut sum: Lanes, unit: &Lanes) -> Lanes {
    for i in 0..LANES {
        sum[i] += unit[i];
    }
    sum
}

/// A mask of a network for classes: its losses, its probabilities and what it gets right.
struct ClassLeaf<'a> {
    sum: &'a [Lanes],
    /// The last unit, if it is kept.
    unit: Option<&'a [Lanes]>,
    ties: &'a [Lanes],
    share: f32,
    single: &'a mut Single,
    block: &'a mut [Lanes],
    n_padding: u32,
}

impl NullaryFnOnce for ClassLeaf<'_> {
    type Output = Cost;

    /// The loss of an example is `ln sum_c exp(d_c)`, d being logits less the label's. Divided by the largest of them every sum
    /// is between 1 and C, so of many sums only the product is kept, and one logarithm is that of them all.
    #[inline(always)]
    fn call(self) -> Cost {
        let n_columns = self.block.len();
        let flush_every = (126.0 / ((n_columns + 1) as f32).log2()).max(1.0) as usize;
        let (mut largests, mut products, mut n_right) =
            ([0.0; LANES], [1.0; LANES], [0_u32; LANES]);
        let mut loss = 0.0;
        for (idx, shares) in self
            .single
            .shares
            .chunks_exact_mut(n_columns + 1)
            .enumerate()
        {
            let here = idx * n_columns..(idx + 1) * n_columns;
            let (mut largest, mut is_right) = ([0.0; LANES], [1; LANES]);
            for (column, at) in here.enumerate() {
                let mut d = self.sum[at];
                if let Some(unit) = self.unit {
                    d = plus(d, &unit[at]);
                }
                let (tie, mean) = (&self.ties[at], &mut self.single.columns[at]);
                for i in 0..LANES {
                    mean[i] += self.share * d[i];
                    largest[i] = if d[i] > largest[i] { d[i] } else { largest[i] };
                    is_right[i] &= u32::from(d[i] <= tie[i]);
                }
                self.block[column] = d;
            }
            let sum = softmax(self.block, largest, self.share, shares);
            for i in 0..LANES {
                largests[i] += largest[i];
                products[i] *= sum[i];
                n_right[i] += is_right[i];
            }
            if (idx + 1) % flush_every == 0 {
                loss += logarithms(&products);
                products = [1.0; LANES];
            }
        }
        let largests: f64 = largests.into_iter().map(f64::from).sum();
        Cost {
            loss: loss + logarithms(&products) + largests,
            n_right: n_right.iter().sum::<u32>() - self.n_padding,
        }
    }
}

/// Adds `share` of the class probabilities of a block to `shares`, [C], the label's last; returns the sums of the exponentials.
#[inline(always)]
fn softmax(block: &mut [Lanes], largest: Lanes, share: f32, shares: &mut [Lanes]) -> Lanes {
    let of_label = exp(largest.map(|largest| -largest));
    let mut sum = of_label;
    for d in &mut *block {
        for i in 0..LANES {
            d[i] -= largest[i];
        }
        *d = exp(*d);
        sum = plus(sum, d);
    }
    let factor = sum.map(|sum| share / sum);
    for (d, total) in block.iter().chain([&of_label]).zip(shares) {
        for i in 0..LANES {
            total[i] += d[i] * factor[i];
        }
    }
    sum
}

fn logarithms(products: &Lanes) -> f64 {
    products
        .iter()
        .map(|&product| f64::from(product).ln())
        .sum()
}

/// A mask of a network for values: the sum of its squared errors.
struct ValueLeaf<'a> {
    sum: &'a [Lanes],
    /// The last unit, if it is kept.
    unit: Option<&'a [Lanes]>,
    share: f32,
    out: &'a mut [Lanes],
}

impl NullaryFnOnce for ValueLeaf<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let mut squares = [0.0_f64; LANES];
        for at in 0..self.sum.len() {
            let mut error = self.sum[at];
            if let Some(unit) = self.unit {
                error = plus(error, &unit[at]);
            }
            let mean = &mut self.out[at];
            for i in 0..LANES {
                mean[i] += self.share * error[i];
                squares[i] += f64::from(error[i]) * f64::from(error[i]);
            }
        }
        squares.iter().sum()
    }
}
