//! A directory in the form of MNIST: four IDX files, which bring their own split into training and test examples.
//!
//! The names are those in use: MNIST's with a dash or a dot, each file perhaps in a folder of its own name, as a popular
//! archive unpacks them; EMNIST's and QMNIST's, which begin with the name of a set (`emnist-letters-train-images...`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Note};
use super::error::DataError;
use super::idx::{Classes, Items};
use super::spec::SetSpec;

/// What each of the four files is, as its name has it and in words.
const ROLES: [(&str, &str, &str, &str); 4] = [
    ("train", "images", "idx3", "training images"),
    ("train", "labels", "idx1", "training labels"),
    ("t10k", "images", "idx3", "test images"),
    ("t10k", "labels", "idx1", "test labels"),
];

/// The training and the test examples of a directory.
///
/// # Errors
///
/// When a file is missing or damaged, the two parts have items of different shapes, or the set is to be chosen.
pub(super) fn read(spec: &SetSpec) -> Result<(Dataset, Dataset), DataError> {
    // All four first: what is missing should be known before a hundred megabytes are read.
    let Chosen {
        prefix,
        files,
        note,
    } = choose(spec)?;
    let [train_images, train_labels, test_images, test_labels] = &files;
    let train = Items::read(train_images, train_labels)?;
    let test = Items::read(test_images, test_labels)?;
    if train.item_shape != test.item_shape {
        return Err(super::bytes::refused(
            test_images,
            8,
            format!("items of shape {:?}", test.item_shape),
            format!("{:?}, as in {}", train.item_shape, train_images.display()),
            "give files that belong together",
        ));
    }
    // Of both together: a class may be missing from one of them.
    let classes = Classes::of(&[&train, &test], train_labels)?;
    let name = match spec.dir.file_name() {
        _ if !prefix.is_empty() => prefix,
        Some(name) => name.to_string_lossy().into_owned(),
        None => "mnist".to_owned(),
    };
    let part = |items: Items| {
        let mut part = items.labelled(&classes);
        part.name.clone_from(&name);
        part.notes.extend(note.clone());
        part
    };
    Ok((part(train), part(test)))
}

/// Looks whether the files are there, without reading them.
///
/// # Errors
///
/// As [`read`], as far as names tell.
pub(super) fn look_for(spec: &SetSpec) -> Result<[PathBuf; 4], DataError> {
    choose(spec).map(|chosen| chosen.files)
}

/// The files of one set.
struct Chosen {
    /// What their names begin with.
    prefix: String,
    files: [PathBuf; 4],
    /// Which sets there are besides.
    note: Option<Note>,
}

/// The files that may play each role, by the prefix of their set; the better ones first.
type Sets = BTreeMap<String, [Vec<(u8, PathBuf)>; 4]>;

fn choose(spec: &SetSpec) -> Result<Chosen, DataError> {
    let mut sets = sets_in(&spec.dir)?;
    let names: Vec<&str> = sets.keys().map(|prefix| set_name(prefix)).collect();
    let all = names.join(", ");
    let refused = |problem| DataError::Unreadable {
        path: spec.dir.clone(),
        problem,
        advice: "name a set that is there: mnist:DIR?set=NAME",
    };
    let prefix = match (&spec.set, &names[..]) {
        (Some(set), _) => {
            let is_meant = |prefix: &&String| *prefix == set || set_name(prefix) == set;
            let found = sets.keys().find(is_meant).cloned();
            found.ok_or_else(|| {
                let there = if all.is_empty() { "none" } else { all.as_str() };
                refused(format!("no set {set:?} here; there are: {there}"))
            })?
        }
        (None, []) => String::new(),
        (None, [_]) => sets.keys().next().cloned().unwrap_or_default(),
        // The files without a prefix are what the directory is about.
        (None, _) if sets.contains_key("") => String::new(),
        (None, _) => return Err(refused(format!("several sets are here: {all}"))),
    };
    let note = (names.len() > 1).then(|| Note::new("sets", format!("{all} (set=NAME chooses)")));
    let mut candidates = sets.remove(&prefix).unwrap_or_default();
    let mut files = [const { PathBuf::new() }; 4];
    for (role, file) in files.iter_mut().enumerate() {
        candidates[role].sort();
        let best = candidates[role].first();
        let best = best.ok_or_else(|| missing(&spec.dir, &prefix, role))?;
        file.clone_from(&best.1);
    }
    Ok(Chosen {
        prefix,
        files,
        note,
    })
}

/// A set's name without that of its collection.
fn set_name(prefix: &str) -> &str {
    match prefix.strip_prefix("emnist-") {
        Some(set) => set,
        None if prefix.is_empty() => "(the files without a prefix)",
        None => prefix,
    }
}

fn missing(dir: &Path, prefix: &str, role: usize) -> DataError {
    let (part, what, idx, role) = ROLES[role];
    let (part, prefix) = match (part, prefix) {
        (_, "") => (part, String::new()),
        ("t10k", _) => ("test", format!("{prefix}-")),
        (_, _) => (part, format!("{prefix}-")),
    };
    let name =
        |end: &str| ["-", "."].map(|dot| format!("{prefix}{part}-{what}{dot}{idx}-ubyte{end}"));
    DataError::Missing {
        dir: dir.to_owned(),
        role,
        names: ["", ".gz"].into_iter().flat_map(name).collect(),
    }
}

fn sets_in(dir: &Path) -> Result<Sets, DataError> {
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
    let unreadable = |error| DataError::unreadable(dir, &error);
    let mut sets = Sets::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some((prefix, role)) = role_of(&name) {
            let candidate = candidate(&path, &name);
            sets.entry(prefix.to_owned()).or_default()[role].push(candidate);
        }
    }
    Ok(sets)
}

/// The file that an entry of this name stands for, after a number that is lower for better ones: plain ones first, then
/// compressed ones, then those inside a folder of the same name; a folder without one is named where all else fails.
fn candidate(path: &Path, name: &str) -> (u8, PathBuf) {
    let inside = path.join(name);
    if inside.is_file() {
        (2, inside)
    } else if path.is_dir() {
        (3, path.to_owned())
    } else {
        let is_packed = path.extension().is_some_and(|end| end == "gz");
        (u8::from(is_packed), path.to_owned())
    }
}

/// The prefix and the role, an index of [`ROLES`], of a file of this name: `[SET-]PART-ROLE-idxN-TYPE[.gz]`.
fn role_of(name: &str) -> Option<(&str, usize)> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let (front, kind) = name.rsplit_once("idx")?;
    let (rank, _) = kind.split_once('-')?;
    rank.parse::<u8>().ok()?;
    let (front, what) = front.strip_suffix(['-', '.'])?.rsplit_once('-')?;
    let (prefix, part) = front.rsplit_once('-').unwrap_or(("", front));
    let part = if part == "test" { "t10k" } else { part };
    let role = ROLES
        .iter()
        .position(|role| (role.0, role.1) == (part, what))?;
    Some((prefix, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_in_use_say_set_and_role() {
        for (name, expected) in [
            ("train-images-idx3-ubyte", Some(("", 0))),
            ("t10k-labels.idx1-ubyte.gz", Some(("", 3))),
            (
                "emnist-letters-test-images-idx3-ubyte.gz",
                Some(("emnist-letters", 2)),
            ),
            ("qmnist-train-labels-idx2-int.gz", Some(("qmnist", 1))),
            ("qmnist-train-labels.tsv.gz", None),
            ("emnist-letters-mapping.txt", None),
            ("train-images", None),
            ("idx3-ubyte", None),
        ] {
            assert_eq!(role_of(name), expected, "{name}");
        }
    }
}
