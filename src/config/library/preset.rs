//! Presets: prepared experiments, each with one claim. A preset is a settings file that has a title as well.

use std::path::PathBuf;

use toml::Value;

use super::super::layer::{self, Layer, Source};
use super::super::paths;
use super::super::problem::Problem;
use super::{Kept, Place};

/// What a preset says.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// What it is, in a few words.
    pub title: String,
    /// What it shows, in one sentence.
    pub claim: String,
    settings: Layer,
}

/// Stands for no preset.
pub(in super::super) const NONE: &str = "none";

impl Kept for Preset {
    const FOLDER: &'static str = "presets";
    const KIND: &'static str = "a TOML file of settings";
    const BUILT_IN: &'static [(&'static str, &'static str)] = &[(
        "rescue",
        include_str!("../../../assets/presets/rescue.toml"),
    )];
    const TAKEN: &'static [&'static str] = &[NONE];

    fn read(name: &str, text: &str, place: &Place) -> Result<Self, Vec<Problem>> {
        let own = match place {
            Place::BuiltIn => None,
            Place::Own { path, .. } => Some(PathBuf::clone(path)),
        };
        let source = Source::Preset {
            name: name.to_owned(),
            own,
        };
        let (mut settings, mut problems) = layer::read_text(text, &source);
        paths::locate(&mut settings);
        if let Some(other) = settings.get("preset") {
            problems.push(Problem {
                origin: Some(other.origin.clone()),
                setting: "preset".to_owned(),
                message: "a preset starts from the defaults; accepted: settings only".to_owned(),
            });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut described = |key: &str| {
            let leaf = settings.remove(key);
            let text = leaf.and_then(|leaf| Some(leaf.value.as_str()?.to_owned()));
            text.unwrap_or_default()
        };
        Ok(Self {
            title: described(layer::DESCRIPTION[0]),
            claim: described(layer::DESCRIPTION[1]),
            settings,
        })
    }
}

impl Preset {
    /// What its data are, as `data.spec` writes them; `None` for a preset about any data.
    pub(in super::super) fn data(&self) -> Option<String> {
        let spec = self.settings.get("data.spec")?;
        Some(spec.value.as_str()?.to_owned())
    }

    /// What makes it this experiment and no other: its data, their wrong labels and its network, by the names of the
    /// settings. Rates and training are there to be tried out.
    pub(in super::super) fn essence(&self) -> impl Iterator<Item = (&str, &Value)> {
        let named = self.settings.iter();
        named
            .filter(|(setting, _)| {
                ["data.", "network."]
                    .iter()
                    .any(|table| setting.starts_with(table))
            })
            .map(|(setting, leaf)| (setting.as_str(), &leaf.value))
    }

    /// Its settings, as a layer.
    pub(in super::super) fn settings(&self) -> &Layer {
        &self.settings
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shelf;
    use super::*;

    #[test]
    fn every_built_in_preset_describes_itself() {
        for preset in Shelf::<Preset>::built_in().items {
            let (name, preset) = (preset.name, preset.content);
            assert!(
                !preset.title.is_empty() && !preset.claim.is_empty() && preset.data().is_some(),
                "{name}"
            );
            assert!(
                !preset.title.starts_with(&name),
                "the name stands before the title already: {}",
                preset.title
            );
        }
    }

    #[test]
    fn everything_wrong_with_a_preset_is_found_at_its_place() {
        let place = Place::Own {
            path: "p.toml".into(),
            overrides: false,
        };
        let text = "title = 7\npreset = 'rescue'\n[training]\nlrr = 1\n[sea]\n";
        let problems = Preset::read("p", text, &place).unwrap_err();
        let mut lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        lines.sort();
        let expected = [
            "p.toml:1:9: title: found 7; accepted: a text",
            "p.toml:2:10: preset: ",
            "p.toml:4:1: training.lrr: unknown setting; did you mean training.lr?",
            "p.toml:5:2: sea: unknown table",
        ];
        assert_eq!(lines.len(), expected.len(), "{lines:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
    }
}
