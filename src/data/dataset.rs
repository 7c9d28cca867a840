//! A set of examples with their targets, and copying batches out of it without allocation.

use ndarray::Array2;

/// What the examples of a data set should be answered with.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// One class per example.
    Classes {
        /// The class of each example, `0..n_classes`; `[N]`.
        labels: Vec<u32>,
        /// How many classes there are; a class may have no examples.
        n_classes: usize,
    },
    /// Numbers to predict, `[N, C]`.
    Values(Array2<f32>),
}

/// The scale on which a value is learnt: `(value - mean) / deviation`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueScale {
    /// What is learnt as 0, in the value's own units.
    pub mean: f64,
    /// What is learnt as 1 more, in the value's own units; above 0.
    pub deviation: f64,
}

impl ValueScale {
    /// Values that are learnt as they are.
    pub const OWN: Self = Self {
        mean: 0.0,
        deviation: 1.0,
    };

    /// The value as a network learns it.
    pub fn learnt(self, value: f32) -> f32 {
        ((f64::from(value) - self.mean) / self.deviation) as f32
    }

    /// What a network's output says in the value's own units.
    pub fn own(self, output: f32) -> f64 {
        self.mean + self.deviation * f64::from(output)
    }
}

/// Examples and their targets. `N` is their number.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// What the examples are called on screen.
    pub name: String,
    /// The shape of one example: `[8, 8]` for the digits, `[2]` for points of the plane. Its product is `I`.
    pub item_shape: Vec<usize>,
    /// The examples, one per row, row-major; `[N, I]`.
    pub inputs: Array2<f32>,
    /// Their targets, in the same order. Values are in their own units.
    pub targets: Targets,
    /// The scale on which each column of the values is learnt, `[C]`; empty for classes.
    pub value_scales: Vec<ValueScale>,
    /// What each class is called, `[C]`; empty where its number says it, and for values.
    pub class_names: Vec<String>,
    /// What a reader of files decided, for the user to judge; what the labels were taken for comes first.
    pub notes: Vec<Note>,
}

/// Something that the reader of a file decided or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about, in a word: `labels`, `separator`.
    pub subject: &'static str,
    /// What was decided.
    pub text: String,
}

impl Note {
    /// The subject of what the labels were taken for.
    pub(super) const LABELS: &str = "labels";
    /// The subject of how values are learnt.
    pub(super) const VALUES: &str = "values";

    /// A note about `subject`.
    pub(super) fn new(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            subject,
            text: text.into(),
        }
    }
}

impl Dataset {
    /// A data set of `inputs`, `[N, I]` row by row, whose examples have the shape `item_shape`. Values are learnt as they are.
    ///
    /// # Panics
    ///
    /// When the number of inputs is not the number of targets times the product of `item_shape`, or when a label is not
    /// below `n_classes`.
    pub fn new(name: &str, item_shape: Vec<usize>, inputs: Vec<f32>, targets: Targets) -> Self {
        let (n_examples, n_values) = match &targets {
            Targets::Classes { labels, n_classes } => {
                let is_below = |&label: &u32| (label as usize) < *n_classes;
                assert!(
                    labels.iter().all(is_below),
                    "a label is not below the number of classes, {n_classes}"
                );
                (labels.len(), 0)
            }
            Targets::Values(values) => values.dim(),
        };
        let n_inputs: usize = item_shape.iter().product();
        assert!(
            n_inputs > 0 && inputs.len() == n_examples * n_inputs,
            "{} inputs for {n_examples} examples of shape {item_shape:?}",
            inputs.len()
        );
        let inputs = Array2::from_shape_vec((n_examples, n_inputs), inputs)
            .expect("the length was just checked");
        Self {
            name: name.to_owned(),
            item_shape,
            inputs,
            targets,
            class_names: Vec::new(),
            notes: Vec::new(),
            value_scales: vec![ValueScale::OWN; n_values],
        }
    }

    /// What the labels of a file were taken for; `None` for data that leave no doubt.
    pub fn taken_for(&self) -> Option<&str> {
        let note = self.notes.iter().find(|note| note.subject == Note::LABELS);
        note.map(|note| note.text.as_str())
    }

    /// How each value is learnt, `C` times; nothing for classes.
    pub fn learnt_as(&self) -> impl Iterator<Item = &str> {
        let notes = self.notes.iter();
        notes.filter_map(|note| (note.subject == Note::VALUES).then_some(note.text.as_str()))
    }

    /// The number of examples, `N`.
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Whether there are no examples at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of inputs of one example, `I`.
    pub fn n_inputs(&self) -> usize {
        self.inputs.ncols()
    }

    /// The number of outputs a network needs, `C`: the classes, or the numbers to predict.
    pub fn n_outputs(&self) -> usize {
        match &self.targets {
            Targets::Classes { n_classes, .. } => *n_classes,
            Targets::Values(values) => values.ncols(),
        }
    }

    /// Whether the targets are classes (and not values).
    pub fn is_classification(&self) -> bool {
        matches!(self.targets, Targets::Classes { .. })
    }

    /// How many examples each class has, `[C]`; empty for values.
    pub fn class_counts(&self) -> Vec<usize> {
        let Targets::Classes { labels, n_classes } = &self.targets else {
            return Vec::new();
        };
        let mut counts = vec![0; *n_classes];
        for &label in labels {
            counts[label as usize] += 1;
        }
        counts
    }

    /// The inputs of one example, `[I]`.
    ///
    /// # Panics
    ///
    /// When there is no such example, or `inputs` was replaced by an array that is not row-major.
    pub fn item(&self, index: usize) -> &[f32] {
        self.inputs
            .row(index)
            .to_slice()
            .expect("inputs are row-major")
    }

    /// The examples at `indices`, in that order, as a data set of their own.
    ///
    /// # Panics
    ///
    /// When an index is not below `N`.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut inputs = vec![0.0; indices.len() * self.n_inputs()];
        self.gather_inputs(indices, &mut inputs);
        let targets = match &self.targets {
            Targets::Classes { labels, n_classes } => Targets::Classes {
                labels: indices.iter().map(|&index| labels[index]).collect(),
                n_classes: *n_classes,
            },
            Targets::Values(values) => Targets::Values(Array2::from_shape_fn(
                (indices.len(), values.ncols()),
                |(row, column)| values[[indices[row], column]],
            )),
        };
        Self {
            class_names: self.class_names.clone(),
            notes: self.notes.clone(),
            value_scales: self.value_scales.clone(),
            ..Self::new(&self.name, self.item_shape.clone(), inputs, targets)
        }
    }

    /// Copies the inputs of the examples at `indices` into `out`, `[B, I]`, without allocating.
    ///
    /// # Panics
    ///
    /// When `out` does not hold exactly `B * I` numbers or an index is not below `N`.
    pub fn gather_inputs(&self, indices: &[usize], out: &mut [f32]) {
        let n_inputs = self.n_inputs();
        assert_eq!(
            out.len(),
            indices.len() * n_inputs,
            "inputs out, and {} x {n_inputs} asked for",
            indices.len()
        );
        for (row, &index) in out.chunks_exact_mut(n_inputs).zip(indices) {
            row.copy_from_slice(self.item(index));
        }
    }

    /// Copies the labels of the examples at `indices` into `out`, `[B]`, without allocating.
    ///
    /// # Panics
    ///
    /// When the targets are values, the lengths differ, or an index is not below `N`.
    pub fn gather_labels(&self, indices: &[usize], out: &mut [u32]) {
        let Targets::Classes { labels, .. } = &self.targets else {
            panic!("{} has values and no labels", self.name);
        };
        assert_eq!(
            out.len(),
            indices.len(),
            "labels out, and {} asked for",
            indices.len()
        );
        for (label, &index) in out.iter_mut().zip(indices) {
            *label = labels[index];
        }
    }

    /// Copies the values of the examples at `indices` into `out`, `[B, C]`, as they are learnt, without allocating.
    ///
    /// # Panics
    ///
    /// When the targets are classes, `out` does not hold exactly `B * C` numbers, or an index is not below `N`.
    pub fn gather_values(&self, indices: &[usize], out: &mut [f32]) {
        let Targets::Values(values) = &self.targets else {
            panic!("{} has classes and no values", self.name);
        };
        let n_columns = values.ncols();
        assert_eq!(
            out.len(),
            indices.len() * n_columns,
            "values out, and {} x {n_columns} asked for",
            indices.len()
        );
        for (row, &index) in out.chunks_exact_mut(n_columns).zip(indices) {
            let scaled = values.row(index).into_iter().zip(&self.value_scales);
            for (value, (&from, scale)) in row.iter_mut().zip(scaled) {
                *value = scale.learnt(from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Dataset {
        let targets = Targets::Classes {
            labels: vec![0, 2, 2],
            n_classes: 4,
        };
        Dataset::new(
            "three",
            vec![2, 1],
            vec![0.0, 0.1, 1.0, 1.1, 2.0, 2.1],
            targets,
        )
    }

    fn values() -> Dataset {
        let targets = Targets::Values(Array2::from_shape_fn((3, 2), |(row, column)| {
            (row * 10 + column) as f32
        }));
        Dataset::new("three", vec![1], vec![0.0, 1.0, 2.0], targets)
    }

    #[test]
    fn sizes_follow_from_the_arrays() {
        let data = classes();
        assert_eq!((data.len(), data.n_inputs(), data.n_outputs()), (3, 2, 4));
        assert!(data.is_classification() && !data.is_empty());
        assert_eq!(data.class_counts(), [1, 0, 2, 0]);
        let data = values();
        assert_eq!((data.len(), data.n_inputs(), data.n_outputs()), (3, 1, 2));
        assert!(!data.is_classification() && data.class_counts().is_empty());
    }

    #[test]
    fn selecting_takes_inputs_and_targets_in_the_order_asked_for() {
        let data = classes().select(&[2, 0, 2]);
        assert_eq!(
            data.inputs.as_slice().unwrap(),
            [2.0, 2.1, 0.0, 0.1, 2.0, 2.1]
        );
        assert_eq!(
            data.targets,
            Targets::Classes {
                labels: vec![2, 0, 2],
                n_classes: 4
            }
        );
        assert_eq!(data.item_shape, [2, 1]);
        let Targets::Values(chosen) = values().select(&[1]).targets else {
            panic!("values stay values")
        };
        assert_eq!(chosen.as_slice().unwrap(), [10.0, 11.0]);
    }

    #[test]
    fn gathering_copies_the_asked_rows() {
        let (mut inputs, mut labels, mut numbers) = ([0.0; 4], [9; 2], [0.0; 4]);
        classes().gather_inputs(&[1, 0], &mut inputs);
        classes().gather_labels(&[1, 0], &mut labels);
        values().gather_values(&[2, 1], &mut numbers);
        assert_eq!(inputs.to_vec(), [1.0, 1.1, 0.0, 0.1]);
        assert_eq!(labels, [2, 0]);
        assert_eq!(numbers.to_vec(), [20.0, 21.0, 10.0, 11.0]);
    }

    #[test]
    #[should_panic(expected = "5 inputs for 3 examples of shape [2]")]
    fn inputs_that_do_not_fill_the_shape_panic() {
        let targets = Targets::Classes {
            labels: vec![0, 1, 1],
            n_classes: 2,
        };
        Dataset::new("three", vec![2], vec![0.0; 5], targets);
    }

    #[test]
    #[should_panic(expected = "a label is not below the number of classes, 2")]
    fn a_label_beyond_the_classes_panics() {
        Dataset::new(
            "one",
            vec![1],
            vec![0.0],
            Targets::Classes {
                labels: vec![2],
                n_classes: 2,
            },
        );
    }
}
