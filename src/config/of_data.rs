//! The embedded defaults of each kind of data: a network, rates and steps with which it trains.
//!
//! They lie between the defaults of everything and a preset, and hold only what differs from the former.

/// Kinds of data, as `data.spec` writes them before a colon, and the file that they share.
const FILES: [(&[&str], &str); 6] = [
    (&["digits"], include_str!("../../assets/data/digits.toml")),
    (
        &["moons", "circles", "spiral", "xor", "gauss"],
        include_str!("../../assets/data/plane.toml"),
    ),
    (
        &["regression"],
        include_str!("../../assets/data/regression.toml"),
    ),
    (&["linear"], include_str!("../../assets/data/linear.toml")),
    (&["csv"], include_str!("../../assets/data/csv.toml")),
    (
        &["mnist", "idx"],
        include_str!("../../assets/data/idx.toml"),
    ),
];

/// The kind of the data that `spec` names, and its settings; `None` for what is no data.
pub(super) fn defaults(spec: &str) -> Option<(&'static str, &'static str)> {
    let name = spec.split(':').next()?;
    FILES.iter().find_map(|(kinds, text)| {
        let kind = kinds.iter().find(|kind| **kind == name)?;
        Some((*kind, *text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Spec;

    #[test]
    fn every_kind_of_data_has_defaults_and_every_file_is_used() {
        for (name, _) in Spec::catalogue() {
            assert!(defaults(name).is_some(), "{name}");
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/data");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
        assert!(defaults("nope").is_none());
    }
}
