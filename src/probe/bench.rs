//! What a worker has at hand for looks and evaluations: one for each worker, not one for each run.

use std::ops::Deref;
use std::sync::Arc;

use super::Evaluator;
use crate::data::{Dataset, Split};
use crate::nn::Engine;

/// Parts of the test examples that are kept; each screen of a face wants one at most.
const MOST_PARTS: usize = 4;

/// Multiplications of one part of a look: some milliseconds of them.
pub(super) const PART_PRODUCTS: usize = 64_000_000;

/// How many examples of so many multiplications each a part of a look is for.
pub(super) fn rows_a_part(products_a_row: usize) -> usize {
    (PART_PRODUCTS / products_a_row.max(1)).max(1)
}

/// Test examples that a look is at: all, or an even part of them.
#[derive(Debug, Clone)]
pub enum Examples {
    /// The test split.
    All(Arc<Split>),
    /// A part of it.
    Part(Arc<Dataset>),
}

impl Deref for Examples {
    type Target = Dataset;

    fn deref(&self) -> &Dataset {
        match self {
            Self::All(split) => &split.test,
            Self::Part(part) => part,
        }
    }
}

/// The memory in which networks are looked at, laid out when it is first needed.
#[derive(Debug, Default)]
pub struct Bench {
    evaluator: Option<(Engine, Vec<usize>, Evaluator)>,
    parts: Vec<(Arc<Split>, Arc<Dataset>)>,
    /// Whether all cores may be used: nothing trains meanwhile.
    pub is_wide: bool,
}

impl Bench {
    /// An evaluator for networks with these widths. Networks of one shape after another share it.
    pub fn evaluator(&mut self, engine: Engine, widths: &[usize]) -> &mut Evaluator {
        let fits = |(of, at, _): &(Engine, Vec<usize>, Evaluator)| *of == engine && at == widths;
        let kept = self.evaluator.take().filter(fits);
        let new = || {
            let evaluator = Evaluator::with_engine(engine, widths);
            (engine, widths.to_vec(), evaluator)
        };
        &mut self.evaluator.insert(kept.unwrap_or_else(new)).2
    }

    /// `n` of the test examples at even distances, or all of them.
    pub fn examples(&mut self, data: &Arc<Split>, n: usize) -> Examples {
        let n_test = data.test.len();
        if n >= n_test {
            return Examples::All(Arc::clone(data));
        }
        let is_it =
            |(of, part): &&(Arc<Split>, Arc<Dataset>)| Arc::ptr_eq(of, data) && part.len() == n;
        if let Some((_, part)) = self.parts.iter().find(is_it) {
            return Examples::Part(Arc::clone(part));
        }
        let part = Arc::new(data.test.select(&evenly(n_test, n)));
        if self.parts.len() == MOST_PARTS {
            self.parts.remove(0);
        }
        self.parts.push((Arc::clone(data), Arc::clone(&part)));
        Examples::Part(part)
    }
}

/// `n` of `n_all` indices at even distances.
pub(super) fn evenly(n_all: usize, n: usize) -> Vec<usize> {
    (0..n).map(|i| i * n_all / n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Targets;

    fn split(n: usize) -> Arc<Split> {
        let part = || {
            let inputs = (0..n).map(|i| i as f32).collect();
            let labels = vec![0; n];
            let n_classes = 2;
            Dataset::new(
                "line",
                vec![1],
                inputs,
                Targets::Classes { labels, n_classes },
            )
        };
        Arc::new(Split {
            train: part(),
            test: part(),
            n_relabelled: 0,
            n_wrong: 0,
        })
    }

    #[test]
    fn a_part_of_the_examples_is_an_even_one_and_is_copied_once() {
        assert_eq!(evenly(10, 4), [0, 2, 5, 7]);
        let (data, mut bench) = (split(10), Bench::default());
        let inputs = |examples: &Examples| examples.inputs.iter().copied().collect::<Vec<_>>();
        let part = bench.examples(&data, 4);
        assert_eq!(inputs(&part), [0.0, 2.0, 5.0, 7.0]);
        let (Examples::Part(one), Examples::Part(other)) = (part, bench.examples(&data, 4)) else {
            panic!("parts")
        };
        assert!(Arc::ptr_eq(&one, &other));
        assert!(matches!(bench.examples(&data, 10), Examples::All(_)));
    }

    #[test]
    fn the_parts_that_are_kept_are_few() {
        let (data, mut bench) = (split(20), Bench::default());
        (1..15).for_each(|n| drop(bench.examples(&data, n)));
        assert_eq!(bench.parts.len(), MOST_PARTS);
    }
}
