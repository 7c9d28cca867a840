//! Training and test parts: stratified, seeded, disjoint; and wrong labels on purpose.
//!
//! The test part is taken first and from the other end of each class's shuffled examples than the training part: so it
//! stays the same when the number of training examples changes, and smaller training parts are contained in larger
//! ones, but for an example where class shares round the other way. Experiments on the size of the data compare like
//! with like for that reason.

use std::cmp::Reverse;

use rand::RngExt;

use super::dataset::{Dataset, Targets};
use super::error::DataError;
use super::shuffle::{shuffle, shuffle_front};
use crate::math::random::Key;

/// How many examples to use for what. `None` leaves a number to the data's own default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SplitPlan {
    /// Training examples, at least 1.
    pub n_train: Option<usize>,
    /// Test examples, at least 1.
    pub n_test: Option<usize>,
    /// The share of the training labels that are replaced at random, 0..=1.
    pub label_noise: f64,
}

impl SplitPlan {
    /// Refuses what no data could satisfy, before any file is touched.
    pub(super) fn check(&self) -> Result<(), DataError> {
        for (setting, n) in [("train", self.n_train), ("test", self.n_test)] {
            if n == Some(0) {
                return Err(refused(
                    setting,
                    &0,
                    "at least one example is needed".to_owned(),
                ));
            }
        }
        if (0.0..=1.0).contains(&self.label_noise) {
            Ok(())
        } else {
            Err(refused(
                "label-noise",
                &self.label_noise,
                "a share between 0 and 1 is accepted".to_owned(),
            ))
        }
    }

    /// The numbers of training and test examples, given the data's defaults.
    pub(super) fn sizes(&self, defaults: Sizes) -> Sizes {
        Sizes {
            n_train: self.n_train.unwrap_or(defaults.n_train),
            n_test: self.n_test.unwrap_or(defaults.n_test),
        }
    }
}

/// Numbers of training and test examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) n_train: usize,
    pub(super) n_test: usize,
}

pub(super) fn refused(setting: &'static str, value: &impl ToString, problem: String) -> DataError {
    DataError::Setting {
        setting,
        value: value.to_string(),
        problem,
    }
}

/// The examples to train on and those to test with, which have none in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// The training examples; some of their labels may be wrong on purpose.
    pub train: Dataset,
    /// The test examples; their labels are as they came.
    pub test: Dataset,
    /// How many training labels were replaced by a random class.
    pub n_relabelled: usize,
    /// How many training labels differ from what they were: fewer, as a random class may be the right one.
    pub n_wrong: usize,
}

impl Split {
    /// A split with all labels as they came.
    pub(super) fn new(train: Dataset, test: Dataset) -> Self {
        Self {
            train,
            test,
            n_relabelled: 0,
            n_wrong: 0,
        }
    }

    /// The share of the training labels that were replaced by a class drawn at random, `0..=1`.
    pub fn replaced_share(&self) -> f64 {
        self.n_relabelled as f64 / self.train.len().max(1) as f64
    }

    /// Replaces exactly `round(share * N)` training labels, chosen at random, by a class drawn uniformly from all.
    ///
    /// A larger share keeps what a smaller one replaced.
    ///
    /// # Errors
    ///
    /// When there are values instead of labels and the share is not zero.
    pub(super) fn relabel(&mut self, share: f64, key: Key) -> Result<(), DataError> {
        if share == 0.0 {
            return Ok(());
        }
        let Targets::Classes { labels, n_classes } = &mut self.train.targets else {
            let problem = format!(
                "{} has values and no labels to replace; only 0 is accepted",
                self.train.name
            );
            return Err(refused("label-noise", &share, problem));
        };
        let mut places: Vec<usize> = (0..labels.len()).collect();
        self.n_relabelled = (share * labels.len() as f64).round() as usize;
        shuffle_front(
            &mut places,
            self.n_relabelled,
            &mut key.child("places").stream(),
        );
        let mut classes = key.child("classes").stream();
        for &place in &places[..self.n_relabelled] {
            let class = classes.random_range(0..*n_classes as u32);
            self.n_wrong += usize::from(class != labels[place]);
            labels[place] = class;
        }
        Ok(())
    }
}

/// The default of the reader's own tables: four fifths to train on, the rest to test with, at least one of each.
pub(super) fn four_to_one(n_examples: usize) -> Sizes {
    let n_test = (n_examples / 5).max(1);
    Sizes {
        n_train: n_examples.saturating_sub(n_test).max(1),
        n_test,
    }
}

/// Splits one set of examples into a training and a test part.
///
/// # Errors
///
/// When more examples are asked for than there are.
pub(super) fn from_one(
    pool: &Dataset,
    plan: &SplitPlan,
    defaults: Sizes,
    key: Key,
) -> Result<Split, DataError> {
    let Sizes { n_train, n_test } = plan.sizes(defaults);
    if n_train.saturating_add(n_test) > pool.len() {
        return Err(too_many(pool, plan, Sizes { n_train, n_test }));
    }
    let strata = shuffled_strata(pool, key);
    let counts: Vec<usize> = strata.iter().map(Vec::len).collect();
    let test_counts = apportion(n_test, &counts, &counts);
    let room: Vec<usize> = counts
        .iter()
        .zip(&test_counts)
        .map(|(count, taken)| count - taken)
        .collect();
    let train_counts = apportion(n_train, &counts, &room);
    let last = |(stratum, n): (&Vec<usize>, &usize)| stratum[stratum.len() - n..].to_vec();
    let test: Vec<usize> = strata.iter().zip(&test_counts).flat_map(last).collect();
    let train = first_of_each(&strata, &train_counts);
    Ok(Split::new(
        pool.select(&in_random_order(train, key.child("train"))),
        pool.select(&in_random_order(test, key.child("test"))),
    ))
}

/// Takes a stratified part of a training and of a test set that came apart.
///
/// # Errors
///
/// When more examples are asked for than the set has.
pub(super) fn from_two(
    train: Dataset,
    test: Dataset,
    plan: &SplitPlan,
    key: Key,
) -> Result<Split, DataError> {
    Ok(Split::new(
        part("train", train, plan.n_train, key.child("train"))?,
        part("test", test, plan.n_test, key.child("test"))?,
    ))
}

fn part(
    setting: &'static str,
    pool: Dataset,
    n: Option<usize>,
    key: Key,
) -> Result<Dataset, DataError> {
    let n = n.unwrap_or(pool.len());
    if n > pool.len() {
        let problem = format!(
            "{} has {} in its {setting} part; lower --{setting}",
            pool.name,
            pool.len()
        );
        return Err(refused(setting, &n, problem));
    }
    if n == pool.len() {
        return Ok(pool);
    }
    let strata = shuffled_strata(&pool, key);
    let counts: Vec<usize> = strata.iter().map(Vec::len).collect();
    let chosen = first_of_each(&strata, &apportion(n, &counts, &counts));
    Ok(pool.select(&in_random_order(chosen, key.child("order"))))
}

/// Names the setting that was given, or the larger one, with both numbers and one that would do.
fn too_many(pool: &Dataset, plan: &SplitPlan, sizes: Sizes) -> DataError {
    let (n_train, n_test, n) = (sizes.n_train, sizes.n_test, pool.len());
    let setting = if plan.n_train.is_none() && plan.n_test.is_some() {
        "test"
    } else {
        "train"
    };
    let (value, other, n_other) = if setting == "train" {
        (n_train, "test", n_test)
    } else {
        (n_test, "train", n_train)
    };
    let advice = match n.saturating_sub(n_other) {
        0 => format!("lower --{setting} and --{other}"),
        room => format!("lower --{setting} to {room} or set --{other} lower"),
    };
    let asked = n_train.saturating_add(n_test);
    let problem = format!(
        "with --{other} {n_other} this asks for {asked} examples and {} has {n}; {advice}",
        pool.name
    );
    refused(setting, &value, problem)
}

/// The examples of each class in random order; all examples in one stratum when there are no classes.
fn shuffled_strata(pool: &Dataset, key: Key) -> Vec<Vec<usize>> {
    let mut strata = match &pool.targets {
        Targets::Classes { labels, n_classes } => {
            let mut members = vec![Vec::new(); *n_classes];
            for (index, &label) in labels.iter().enumerate() {
                members[label as usize].push(index);
            }
            members
        }
        Targets::Values(_) => vec![(0..pool.len()).collect()],
    };
    for (class, members) in strata.iter_mut().enumerate() {
        shuffle(members, &mut key.nth(class as u64).stream());
    }
    strata
}

fn first_of_each(strata: &[Vec<usize>], counts: &[usize]) -> Vec<usize> {
    strata
        .iter()
        .zip(counts)
        .flat_map(|(stratum, &n)| stratum[..n].to_vec())
        .collect()
}

fn in_random_order(mut indices: Vec<usize>, key: Key) -> Vec<usize> {
    shuffle(&mut indices, &mut key.stream());
    indices
}

/// Divides `n` over classes in proportion to `counts`, none above its `room`: whole parts first, then one more to those
/// with the largest remainders (Hamilton's method; equal remainders go to the earlier class).
///
/// Needs `n <= sum(room)`, and `room` no smaller than the whole parts.
fn apportion(n: usize, counts: &[usize], room: &[usize]) -> Vec<usize> {
    let total = counts.iter().sum::<usize>() as u64;
    let product = |class: usize| n as u64 * counts[class] as u64;
    let mut parts: Vec<usize> = (0..counts.len())
        .map(|class| ((product(class) / total) as usize).min(room[class]))
        .collect();
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by_key(|&class| Reverse(product(class) % total));
    let mut n_left = n - parts.iter().sum::<usize>();
    while n_left > 0 {
        for &class in &by_remainder {
            if n_left > 0 && parts[class] < room[class] {
                parts[class] += 1;
                n_left -= 1;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use ndarray::Array2;

    use super::*;

    /// Examples whose only input is their own number, with the given class sizes.
    fn numbered(class_sizes: &[usize]) -> Dataset {
        let labels: Vec<u32> = class_sizes
            .iter()
            .enumerate()
            .flat_map(|(class, &n)| vec![class as u32; n])
            .collect();
        let inputs = (0..labels.len()).map(|index| index as f32).collect();
        Dataset::new(
            "numbered",
            vec![1],
            inputs,
            Targets::Classes {
                labels,
                n_classes: class_sizes.len(),
            },
        )
    }

    fn numbers(data: &Dataset) -> Vec<usize> {
        data.inputs.iter().map(|&number| number as usize).collect()
    }

    fn plan(n_train: usize, n_test: usize) -> SplitPlan {
        SplitPlan {
            n_train: Some(n_train),
            n_test: Some(n_test),
            label_noise: 0.0,
        }
    }

    fn split(class_sizes: &[usize], n_train: usize, n_test: usize) -> Split {
        let unused = Sizes {
            n_train: 0,
            n_test: 0,
        };
        from_one(
            &numbered(class_sizes),
            &plan(n_train, n_test),
            unused,
            Key::new(9),
        )
        .unwrap()
    }

    fn is_nested(smaller: &Dataset, larger: &Dataset) -> bool {
        let larger: HashSet<usize> = numbers(larger).into_iter().collect();
        numbers(smaller)
            .iter()
            .all(|number| larger.contains(number))
    }

    #[test]
    fn parts_are_disjoint_and_their_class_shares_are_those_of_the_whole() {
        for (sizes, n_train, n_test) in [
            (&[10, 20, 70][..], 50, 50),
            (&[10, 20, 70], 7, 13),
            (&[3, 3, 3], 5, 4),
            (&[1, 1, 1, 1, 1], 2, 3),
            (&[50, 0, 51], 33, 68),
            (
                &[178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
                500,
                797,
            ),
            (
                &[178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
                1000,
                797,
            ),
        ] {
            let split = split(sizes, n_train, n_test);
            assert_eq!((split.train.len(), split.test.len()), (n_train, n_test));
            let all: HashSet<usize> = numbers(&split.train)
                .into_iter()
                .chain(numbers(&split.test))
                .collect();
            assert_eq!(all.len(), n_train + n_test, "an example is used twice");
            let total = sizes.iter().sum::<usize>() as f64;
            for (part, n) in [(&split.train, n_train), (&split.test, n_test)] {
                for (count, &size) in part.class_counts().into_iter().zip(sizes) {
                    let share = n as f64 * size as f64 / total;
                    assert!(
                        (count as f64 - share).abs() < 1.0,
                        "{count} for {share} of {sizes:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_largest_remainders_get_the_rest() {
        for (n, counts, room, expected) in [
            (10, &[10, 20, 70][..], &[10, 20, 70][..], &[1, 2, 7][..]),
            (5, &[10, 20, 70], &[10, 20, 70], &[1, 1, 3]), // .5, 1.0, 3.5: equal remainders, the earlier class
            (2, &[1, 1, 1], &[1, 1, 1], &[1, 1, 0]),
            (2, &[1, 1, 1], &[0, 1, 1], &[0, 1, 1]),
            (9, &[5, 5], &[5, 4], &[5, 4]),
            (0, &[5, 5], &[5, 5], &[0, 0]),
        ] {
            assert_eq!(apportion(n, counts, room), expected, "{n} over {counts:?}");
        }
    }

    #[test]
    fn the_test_part_stays_while_the_training_part_grows() {
        let (small, large) = (split(&[30, 40, 50], 20, 40), split(&[30, 40, 50], 60, 40));
        assert_eq!(numbers(&small.test), numbers(&large.test));
        assert!(is_nested(&small.train, &large.train));
    }

    #[test]
    fn the_training_part_is_not_sorted_by_class() {
        let Targets::Classes { labels, .. } = split(&[50, 50], 80, 20).train.targets else {
            panic!("classes")
        };
        assert!(!labels.is_sorted());
    }

    #[test]
    fn values_are_split_too() {
        let values = Array2::from_shape_fn((10, 1), |(row, _)| row as f32);
        let pool = Dataset::new(
            "line",
            vec![1],
            (0..10).map(|n| n as f32).collect(),
            Targets::Values(values),
        );
        let split = from_one(&pool, &SplitPlan::default(), four_to_one(10), Key::new(1)).unwrap();
        assert_eq!((split.train.len(), split.test.len()), (8, 2));
        let Targets::Values(values) = &split.train.targets else {
            panic!("values stay values")
        };
        assert_eq!(
            values.as_slice().unwrap(),
            split.train.inputs.as_slice().unwrap()
        );
    }

    #[test]
    fn four_fifths_train_and_each_part_has_one_at_least() {
        for (n, n_train, n_test) in [(100, 80, 20), (9, 8, 1), (4, 3, 1), (2, 1, 1), (1, 1, 1)] {
            assert_eq!(four_to_one(n), Sizes { n_train, n_test });
        }
    }

    #[test]
    fn asking_for_too_much_names_the_numbers() {
        let defaults = Sizes {
            n_train: 5,
            n_test: 4,
        };
        let messages = [
            (
                SplitPlan {
                    n_train: Some(7),
                    ..SplitPlan::default()
                },
                "--train 7: with --test 4 this asks for 11 examples and numbered has 10; lower --train to 6 or",
            ),
            (
                SplitPlan {
                    n_test: Some(6),
                    ..SplitPlan::default()
                },
                "--test 6: with --train 5 this asks for 11 examples and numbered has 10; lower --test to 5 or",
            ),
            (
                plan(usize::MAX, 10),
                "numbered has 10; lower --train and --test",
            ),
        ];
        for (plan, expected) in messages {
            let message = from_one(&numbered(&[5, 5]), &plan, defaults, Key::new(0))
                .unwrap_err()
                .to_string();
            assert!(message.contains(expected), "{message}");
        }
        let two =
            |plan: &SplitPlan| from_two(numbered(&[5, 5]), numbered(&[2, 2]), plan, Key::new(0));
        let message = two(&plan(10, 5)).unwrap_err().to_string();
        assert!(
            message.contains("--test 5: numbered has 4 in its test part"),
            "{message}"
        );
    }

    #[test]
    fn two_sets_keep_their_examples_apart_and_give_stratified_parts() {
        let split = from_two(
            numbered(&[60, 40]),
            numbered(&[2, 2]),
            &plan(10, 4),
            Key::new(0),
        )
        .unwrap();
        assert_eq!(split.train.class_counts(), [6, 4]);
        assert_eq!(split.test, numbered(&[2, 2]));
    }

    #[test]
    fn impossible_plans_are_refused_before_anything_is_read() {
        let refusal = |plan: SplitPlan| plan.check().unwrap_err().to_string();
        assert!(refusal(plan(0, 1)).starts_with("--train 0:"));
        assert!(refusal(plan(1, 0)).starts_with("--test 0:"));
        for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(
                refusal(SplitPlan {
                    label_noise: share,
                    ..SplitPlan::default()
                })
                .starts_with("--label-noise")
            );
        }
    }

    #[test]
    fn label_noise_replaces_exactly_its_share_and_counts_what_is_wrong() {
        for (share, n_relabelled) in [(0.0, 0), (0.3, 300), (0.0004, 0), (0.0006, 1), (1.0, 1000)] {
            let clean = split(&[250, 250, 250, 250, 250], 1000, 250);
            let mut noisy = clean.clone();
            noisy.relabel(share, Key::new(3)).unwrap();
            let (Targets::Classes { labels: before, .. }, Targets::Classes { labels: after, .. }) =
                (&clean.train.targets, &noisy.train.targets)
            else {
                panic!("classes stay classes")
            };
            let n_wrong = before
                .iter()
                .zip(after)
                .filter(|(before, after)| before != after)
                .count();
            assert_eq!(
                (noisy.n_relabelled, noisy.n_wrong),
                (n_relabelled, n_wrong),
                "share {share}"
            );
            assert_eq!(noisy.test, clean.test);
            // A uniform class is wrong 4 times in 5; five standard deviations of the binomial around that.
            let spread = 5.0 * (n_relabelled as f64 * 0.16).sqrt();
            assert!(
                (n_wrong as f64 - 0.8 * n_relabelled as f64).abs() <= spread,
                "{n_wrong} of {n_relabelled}"
            );
        }
    }

    #[test]
    fn more_label_noise_keeps_what_less_has_replaced() {
        let clean = split(&[50, 50, 50], 100, 50);
        let labels = |share: f64| {
            let mut noisy = clean.clone();
            noisy.relabel(share, Key::new(3)).unwrap();
            let Targets::Classes { labels, .. } = noisy.train.targets else {
                panic!("classes stay classes")
            };
            labels
        };
        let (none, some, more) = (labels(0.0), labels(0.2), labels(0.6));
        assert!((0..100).all(|index| some[index] == none[index] || some[index] == more[index]));
    }

    #[test]
    fn the_split_is_pinned_across_platforms() {
        let mut split = split(&[30, 40, 50], 8, 8);
        split.relabel(0.5, Key::new(3)).unwrap();
        assert_eq!(numbers(&split.train), [9, 76, 14, 44, 72, 104, 42, 65]);
        assert_eq!(numbers(&split.test), [100, 47, 62, 2, 35, 75, 93, 0]);
        assert_eq!(
            split.train.targets,
            Targets::Classes {
                labels: vec![2, 2, 2, 1, 2, 2, 0, 1],
                n_classes: 3
            }
        );
    }
}
