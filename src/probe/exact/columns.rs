//! What is added up in a walk over all masks: columns of logits or errors, for several examples side by side.

use ndarray::Array2;

use crate::data::{Dataset, Targets};

/// Examples that are handled together.
pub(super) const LANES: usize = 8;

/// A number for each of so many examples.
pub(super) type Lanes = [f32; LANES];

/// A logit so far below the label's that it adds nothing; for examples that fill up the last lanes.
pub(super) const NOWHERE: f32 = -1e30;

/// What is asked of each column of outputs, and of which examples: what all walks of one look have in common.
///
/// Columns are what is added up. For classes they are the logits less that of the label, of all classes but the label: one
/// addition less, and the loss is a function of them. For values they are errors, on the scale of the column that
/// varies most.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) kind: Kind,
    pub(super) n_examples: usize,
    /// Columns.
    pub(super) n: usize,
    n_outputs: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Classes {
        labels: Vec<u32>,
        /// The largest column with which the label is still right, [blocks, columns]: 0, or just below where the other class
        /// comes first, because ties go to the first.
        ties: Vec<Lanes>,
    },
    Values {
        /// As they are learnt, [N, C].
        values: Array2<f32>,
        /// Deviation of each column, and the largest of them.
        deviations: Vec<f64>,
        largest: f64,
    },
}

impl Columns {
    pub(super) fn of(data: &Dataset) -> Self {
        let (n_examples, n_outputs) = (data.len(), data.n_outputs());
        let (kind, n) = match &data.targets {
            Targets::Classes { labels, .. } => {
                let labels = labels.clone();
                let ties = ties(&labels, n_outputs);
                (Kind::Classes { labels, ties }, n_outputs - 1)
            }
            Targets::Values(values) => {
                let scales = &data.value_scales;
                let learnt =
                    |(row, column): (usize, usize)| scales[column].learnt(values[[row, column]]);
                let deviations: Vec<f64> = scales.iter().map(|scale| scale.deviation).collect();
                let kind = Kind::Values {
                    values: Array2::from_shape_fn(values.dim(), learnt),
                    largest: deviations.iter().copied().fold(0.0, f64::max),
                    deviations,
                };
                (kind, n_outputs)
            }
        };
        Self {
            kind,
            n_examples,
            n,
            n_outputs,
        }
    }

    pub(super) fn n_blocks(&self) -> usize {
        self.n_examples.div_ceil(LANES)
    }

    /// Numbers of one sum, in lanes.
    pub(super) fn len(&self) -> usize {
        self.n_blocks() * self.n
    }

    /// What an output adds to the columns of an example: of each output `of(output)`, [C].
    fn columns(&self, example: usize, of: impl Fn(usize) -> f64, mut put: impl FnMut(usize, f32)) {
        match &self.kind {
            Kind::Classes { labels, .. } => {
                let label = labels[example] as usize;
                let others = (0..self.n_outputs).filter(|&class| class != label);
                for (column, class) in others.enumerate() {
                    put(column, (of(class) - of(label)) as f32);
                }
            }
            Kind::Values {
                deviations,
                largest,
                ..
            } => {
                for (column, deviation) in deviations.iter().enumerate() {
                    put(column, (of(column) * deviation / largest) as f32);
                }
            }
        }
    }

    /// The columns of what adds `of(example, output)` to each output; `padding` for the examples that there are not.
    pub(super) fn lanes(&self, padding: f32, of: impl Fn(usize, usize) -> f64) -> Vec<Lanes> {
        let mut lanes = vec![[padding; LANES]; self.len()];
        for example in 0..self.n_examples {
            let (first, lane) = (example / LANES * self.n, example % LANES);
            self.columns(
                example,
                |output| of(example, output),
                |column, value| lanes[first + column][lane] = value,
            );
        }
        lanes
    }

    /// Class probabilities from weighted sums of them, or values as they are learnt from weighted sums of errors, [N, C].
    pub(super) fn arithmetic(&self, sums: &Sums) -> Array2<f64> {
        let at = |lanes: &[[f64; LANES]], n: usize, example: usize, column: usize| {
            lanes[example / LANES * n + column][example % LANES]
        };
        Array2::from_shape_fn(
            (self.n_examples, self.n_outputs),
            |(example, output)| match &self.kind {
                Kind::Classes { labels, .. } => {
                    let column = match output.cmp(&(labels[example] as usize)) {
                        std::cmp::Ordering::Less => output,
                        std::cmp::Ordering::Equal => self.n,
                        std::cmp::Ordering::Greater => output - 1,
                    };
                    at(&sums.shares, self.n_outputs, example, column)
                }
                Kind::Values {
                    values,
                    deviations,
                    largest,
                } => {
                    let error = at(&sums.columns, self.n, example, output);
                    f64::from(values[[example, output]]) + error * largest / deviations[output]
                }
            },
        )
    }

    /// The normalised geometric mean of the class probabilities, [N, C]: the softmax of the mean logits, because a logarithm
    /// of a softmax is a logit less a number that all classes share. For values the arithmetic mean: what a geometric
    /// mean of normal densities of one width is centred at.
    pub(super) fn geometric(&self, sums: &Sums) -> Array2<f64> {
        let Kind::Classes { labels, .. } = &self.kind else {
            return self.arithmetic(sums);
        };
        let mut means = Array2::zeros((self.n_examples, self.n_outputs));
        for (example, mut row) in means.rows_mut().into_iter().enumerate() {
            let label = labels[example] as usize;
            let first = example / LANES * self.n;
            let others = (0..self.n_outputs).filter(|&class| class != label);
            for (column, class) in others.enumerate() {
                row[class] = sums.columns[first + column][example % LANES];
            }
            super::softmax(row);
        }
        means
    }
}

/// See [`Kind::Classes`].
fn ties(labels: &[u32], n_classes: usize) -> Vec<Lanes> {
    let n_columns = n_classes - 1;
    let mut ties = vec![[0.0; LANES]; labels.len().div_ceil(LANES) * n_columns];
    for (example, &label) in labels.iter().enumerate() {
        for column in 0..label as usize {
            ties[example / LANES * n_columns + column][example % LANES] = -f32::MIN_POSITIVE;
        }
    }
    ties
}

/// Sums over masks, each with its chance.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// Of class probabilities, the label's last, [blocks, C]; nothing for values.
    pub(super) shares: Vec<[f64; LANES]>,
    /// Of the columns, [blocks, columns].
    pub(super) columns: Vec<[f64; LANES]>,
}

impl Sums {
    pub(super) fn new(columns: &Columns) -> Self {
        let n_shares = match columns.kind {
            Kind::Classes { .. } => columns.n_blocks() * columns.n_outputs,
            Kind::Values { .. } => 0,
        };
        Self {
            shares: vec![[0.0; LANES]; n_shares],
            columns: vec![[0.0; LANES]; columns.len()],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.shares, &other.shares),
            (&mut self.columns, &other.columns),
        ];
        for (sums, others) in pairs {
            for (sum, other) in sums
                .as_flattened_mut()
                .iter_mut()
                .zip(others.as_flattened())
            {
                *sum += other;
            }
        }
    }

    pub(super) fn add_single(&mut self, single: &Single, chance: f64) {
        let pairs = [
            (&mut self.shares, &single.shares),
            (&mut self.columns, &single.columns),
        ];
        for (sums, others) in pairs {
            let others = others.as_flattened();
            for (sum, &other) in sums.as_flattened_mut().iter_mut().zip(others) {
                *sum += chance * f64::from(other);
            }
        }
    }
}

/// The same in single precision, of a few masks.
#[derive(Debug)]
pub(super) struct Single {
    pub(super) shares: Vec<Lanes>,
    pub(super) columns: Vec<Lanes>,
}
