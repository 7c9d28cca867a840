//! A directory in the form of MNIST: four IDX files, which bring their own split into training and test examples.

use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Targets};
use super::error::DataError;
use super::idx;

/// The training and the test examples of `dir`.
///
/// # Errors
///
/// When a file is missing or damaged, or the two parts have items of different shapes.
pub(super) fn read(dir: &Path) -> Result<(Dataset, Dataset), DataError> {
    if !dir.is_dir() {
        let problem = if dir.exists() {
            "this is not a directory"
        } else {
            "no such directory"
        };
        return Err(DataError::Unreadable {
            path: dir.to_owned(),
            problem: problem.to_owned(),
            advice: "give the directory with the four IDX files",
        });
    }
    // All four first: what is missing should be known before a hundred megabytes are read.
    let train_images = find(dir, "train-images", "idx3", "training images")?;
    let train_labels = find(dir, "train-labels", "idx1", "training labels")?;
    let test_images = find(dir, "t10k-images", "idx3", "test images")?;
    let test_labels = find(dir, "t10k-labels", "idx1", "test labels")?;
    let mut train = idx::read(&train_images, &train_labels)?;
    let mut test = idx::read(&test_images, &test_labels)?;
    if train.item_shape != test.item_shape {
        return Err(super::bytes::refused(
            &test_images,
            8,
            format!("items of shape {:?}", test.item_shape),
            format!("{:?}, as in {}", train.item_shape, train_images.display()),
            "give files that belong together",
        ));
    }
    share_classes(&mut train, &mut test);
    let name = dir
        .file_name()
        .map_or_else(|| "mnist".into(), |name| name.to_string_lossy());
    train.name = name.clone().into_owned();
    test.name = name.into_owned();
    Ok((train, test))
}

/// The first of the names in use for one of the files that exists: with a dash or a dot, plain or compressed.
fn find(dir: &Path, stem: &str, idx: &str, role: &'static str) -> Result<PathBuf, DataError> {
    let names: Vec<String> = ["", ".gz"]
        .iter()
        .flat_map(|end| ["-", "."].map(|dot| format!("{stem}{dot}{idx}-ubyte{end}")))
        .collect();
    let found = names
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.exists());
    found.ok_or_else(|| DataError::Missing {
        dir: dir.to_owned(),
        role,
        names,
    })
}

/// Gives both parts the classes of either: a class may be missing from one of them.
fn share_classes(train: &mut Dataset, test: &mut Dataset) {
    let n_all = train.n_outputs().max(test.n_outputs());
    for part in [train, test] {
        if let Targets::Classes { n_classes, .. } = &mut part.targets {
            *n_classes = n_all;
        }
    }
}
