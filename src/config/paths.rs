//! Paths as people write them: `~` is home, and a path in a settings file is relative to that file.
//!
//! A shell replaces `~` only at the beginning of a word, so `--data csv:~/a.csv` and a settings file reach this program
//! with it.

use std::path::{Path, PathBuf};

use crate::data::Spec;

use super::layer::Layer;
use super::problem::Origin;

/// The path with home in the place of a leading `~`; as it is where there is no home.
pub fn expanded(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Reads the paths of a layer as their writer meant them.
pub(super) fn locate(layer: &mut Layer) {
    let Some(leaf) = layer.get_mut(super::DATA) else {
        return;
    };
    let folder = match &leaf.origin {
        Origin::File { path, .. } | Origin::OwnPreset { path, .. } => {
            path.parent().map(Path::to_owned).unwrap_or_default()
        }
        _ => PathBuf::new(),
    };
    let located = |path: &Path| folder.join(expanded(path));
    if let Some(spec) = leaf
        .value
        .as_str()
        .and_then(|text| text.parse::<Spec>().ok())
    {
        leaf.value = spec.with_paths(located).to_string().into();
    }
}

/// The text of a spec with paths that hold wherever it is read.
pub(super) fn absolute(spec: &Spec) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    spec.clone().with_paths(absolute).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leading_tilde_is_home_and_any_other_is_itself() {
        let home = etcetera::home_dir().unwrap();
        for (path, expected) in [
            ("~/a/b", home.join("a/b")),
            ("~", home.clone()),
            ("~other/a", "~other/a".into()),
            ("a/~/b", "a/~/b".into()),
            ("/a", "/a".into()),
        ] {
            assert_eq!(expanded(Path::new(path)), expected, "{path}");
        }
    }
}
