//! Examples and labels: the embedded digits, generated toys, and the reader's own files.
//!
//! [`load`] is the way in: from a [`Spec`] (what the command line writes after `--data`) and a [`SplitPlan`] to a
//! [`Split`] of training and test examples. [`Batches`] then says which examples make up each step, and
//! [`GatheredBatches`] copies them together. This is the only
//! layer that reads data files, and whatever is wrong with a file is a [`DataError`] that says where, never a panic:
//! files are untrusted. It knows nothing of networks.

mod batches;
mod bytes;
mod csv_file;
mod dataset;
mod digits;
mod error;
mod fingerprint;
mod gathered;
mod idx;
mod labels;
mod mnist;
mod options;
mod rows;
mod shuffle;
mod spec;
mod split;
mod standardise;
mod table_form;
mod table_place;
pub mod toys;

pub use batches::Batches;
pub use dataset::{Dataset, Note, Targets, ValueScale};
pub use error::DataError;
pub use gathered::{Batch, BatchAnswers, GatheredBatches};
pub use spec::{Separator, SetSpec, Spec, TableSpec, Task};
pub use split::{Split, SplitPlan};

use crate::math::random::Key;

/// The most classes a data set may have.
pub const MAX_CLASSES: usize = 1000;

/// The examples of `spec`, split and relabelled as `plan` says.
///
/// A pure function of its arguments and the files: the same `key` gives the same split on every platform. (The
/// coordinates of the toys may differ in the last bit between platforms, as the sine does.) The training and the test
/// part use different examples, and with more training examples asked for, the test part stays as it was.
///
/// # Errors
///
/// When a file cannot be read or is not what it should be, when more examples are asked for than exist, or when the
/// plan does not fit the targets.
pub fn load(spec: &Spec, plan: &SplitPlan, key: Key) -> Result<Split, DataError> {
    plan.check()?;
    let splits = key.child("split");
    let mut split = match spec {
        Spec::Digits => split::from_one(&digits::dataset(), plan, digits::DEFAULT_SIZES, splits)?,
        Spec::Moons => toys::split(toys::Toy::Moons, plan, key)?,
        Spec::Circles => toys::split(toys::Toy::Circles, plan, key)?,
        Spec::Spiral => toys::split(toys::Toy::Spiral, plan, key)?,
        Spec::Xor => toys::split(toys::Toy::Xor, plan, key)?,
        Spec::Gauss => toys::split(toys::Toy::Gauss, plan, key)?,
        Spec::Regression => toys::split(toys::Toy::Regression, plan, key)?,
        Spec::Linear => toys::split(toys::Toy::Linear, plan, key)?,
        Spec::Mnist(set) => {
            let (train, test) = mnist::read(set)?;
            scaled(split::from_two(train, test, plan, splits)?)
        }
        Spec::Idx { images, labels } => {
            let examples = idx::read(images, labels)?;
            let sizes = split::four_to_one(examples.len());
            scaled(split::from_one(&examples, plan, sizes, splits)?)
        }
        Spec::Csv(table) => {
            let examples = csv_file::read(table)?;
            let sizes = split::four_to_one(examples.len());
            scaled(split::from_one(&examples, plan, sizes, splits)?)
        }
    };
    split.relabel(plan.label_noise, key.child("label noise"))?;
    Ok(split)
}

/// Looks whether the files of `spec` are there and may be read, without reading them.
///
/// # Errors
///
/// What stands in the way.
pub fn look_for(spec: &Spec) -> Result<(), DataError> {
    let paths = match spec {
        Spec::Mnist(set) => mnist::look_for(set)?.to_vec(),
        Spec::Idx { images, labels } => vec![images.clone(), labels.clone()],
        Spec::Csv(table) => vec![table.path.clone()],
        _ => Vec::new(),
    };
    paths
        .iter()
        .try_for_each(|path| bytes::Bytes::open(path).map(drop))
}

/// What files bring is of any scale, and networks train on one.
fn scaled(mut split: Split) -> Split {
    standardise::standardise(&mut split);
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_spec_loads_and_depends_on_the_key_alone() {
        let plan = SplitPlan {
            n_train: Some(60),
            n_test: Some(90),
            label_noise: 0.0,
        };
        for name in [
            "digits",
            "moons",
            "circles",
            "spiral",
            "xor",
            "gauss",
            "regression",
            "linear",
        ] {
            let spec: Spec = name.parse().unwrap();
            let split = load(&spec, &plan, Key::new(1)).unwrap();
            assert_eq!((split.train.len(), split.test.len()), (60, 90), "{name}");
            assert_eq!(split.train.name, name);
            assert_eq!(split, load(&spec, &plan, Key::new(1)).unwrap(), "{name}");
            assert_ne!(
                split.train,
                load(&spec, &plan, Key::new(2)).unwrap().train,
                "{name}"
            );
        }
    }

    #[test]
    fn digits_split_into_500_and_797_by_default() {
        let split = load(&Spec::Digits, &SplitPlan::default(), Key::new(0)).unwrap();
        assert_eq!((split.train.len(), split.test.len()), (500, 797));
        assert_eq!((split.n_relabelled, split.n_wrong), (0, 0));
        assert_eq!(
            split.train.class_counts(),
            [50, 51, 49, 51, 50, 51, 50, 50, 48, 50]
        );
    }

    #[test]
    fn label_noise_on_values_names_the_setting() {
        let plan = SplitPlan {
            label_noise: 0.1,
            ..SplitPlan::default()
        };
        for spec in [Spec::Regression, Spec::Linear] {
            let message = load(&spec, &plan, Key::new(0)).unwrap_err().to_string();
            assert!(message.starts_with("--label-noise 0.1:"), "{message}");
        }
    }
}
