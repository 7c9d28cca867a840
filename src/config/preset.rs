//! The embedded presets: prepared experiments, each with one claim.

use toml::Table;

/// A prepared experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// By which it is chosen; the file's name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: String,
    /// What it shows, in one sentence.
    pub claim: String,
    /// The file.
    pub text: &'static str,
}

const FILES: [(&str, &str); 1] = [("rescue", include_str!("../../assets/presets/rescue.toml"))];

/// Stands for no preset.
pub(super) const NONE: &str = "none";

/// The lines of a preset that are no settings.
const DESCRIPTION: [&str; 2] = ["title", "claim"];

impl Preset {
    /// Every preset, in the order in which they are listed.
    pub fn all() -> Vec<Self> {
        FILES
            .iter()
            .map(|&(name, text)| Self::read(name, text))
            .collect()
    }

    /// The names of all presets.
    pub fn names() -> Vec<&'static str> {
        FILES.iter().map(|&(name, _)| name).collect()
    }

    /// The preset of this name.
    pub fn named(name: &str) -> Option<Self> {
        FILES
            .iter()
            .find(|file| file.0 == name)
            .map(|&(name, text)| Self::read(name, text))
    }

    fn read(name: &'static str, text: &'static str) -> Self {
        let table: Table = text.parse().unwrap_or_default();
        let [title, claim] = DESCRIPTION.map(|key| {
            table
                .get(key)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        });
        Self {
            name,
            title: title.to_owned(),
            claim: claim.to_owned(),
            text,
        }
    }

    /// What its data are, as `data.spec` writes them.
    pub(super) fn data(&self) -> String {
        let table: Table = self.text.parse().unwrap_or_default();
        let spec = table.get("data").and_then(|data| data.get("spec"));
        spec.and_then(|spec| spec.as_str())
            .unwrap_or_default()
            .to_owned()
    }

    /// What makes it this experiment and no other: its data, their wrong labels and its network, by the names of the
    /// settings. Rates and training are there to be tried out.
    pub(super) fn essence(&self) -> Vec<(String, toml::Value)> {
        let table: Table = self.text.parse().unwrap_or_default();
        let parts = ["data", "network"].into_iter();
        let settings = parts.filter_map(|part| Some((part, table.get(part)?.as_table()?)));
        let named = settings.flat_map(|(part, settings)| {
            let setting = move |(name, value): (&String, &toml::Value)| {
                (format!("{part}.{name}"), value.clone())
            };
            settings.iter().map(setting)
        });
        named.collect()
    }

    /// The settings alone. The lines keep their numbers.
    pub(super) fn settings(&self) -> String {
        let is_description = |line: &str| {
            line.split_once(" = ")
                .is_some_and(|(key, _)| DESCRIPTION.contains(&key.trim()))
        };
        self.text
            .lines()
            .map(|line| {
                if is_description(line) {
                    "\n".to_owned()
                } else {
                    format!("{line}\n")
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_and_describes_itself() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/presets");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
        for preset in Preset::all() {
            assert!(
                !preset.title.is_empty() && !preset.claim.is_empty() && !preset.data().is_empty(),
                "{}",
                preset.name
            );
            assert!(
                !preset.title.starts_with(preset.name),
                "the name stands before the title already: {}",
                preset.title
            );
        }
    }
}
