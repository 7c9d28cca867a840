//! What is chosen by name: presets and themes, a file each, compiled in from `assets/` or lying in the user's folder.
//!
//! Both come through one loader, so that a file of the user's can do what a built-in one can. One that has the name of a
//! built-in takes its place. What a file says is read by the module of its kind; nothing here decides on a value.

pub mod preset;
pub mod theme;

use std::fs;
use std::path::{Path, PathBuf};

use super::file;
use super::problem::Problem;
use preset::Preset;
use theme::Palette;

/// What is kept in the library as files of one kind.
pub trait Kept: Sized {
    /// The folder of such files, in `assets/` and in the user's folder.
    const FOLDER: &'static str;
    /// What such a file is, for messages.
    const KIND: &'static str;
    /// The files that are compiled in, name and text, in the order in which they are listed.
    const BUILT_IN: &'static [(&'static str, &'static str)];
    /// Names that stand for something else.
    const TAKEN: &'static [&'static str];

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each at its place.
    fn read(name: &str, text: &str, place: &Place) -> Result<Self, Vec<Problem>>;
}

/// Where a file of the library is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the program.
    BuiltIn,
    /// In the user's folder.
    Own {
        /// The file.
        path: PathBuf,
        /// Whether it has taken the place of a built-in of its name.
        overrides: bool,
    },
}

/// A file of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<T> {
    /// By which it is chosen: the file's name without its ending.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// The file as it is written.
    pub text: String,
    /// What it says.
    pub content: T,
}

impl<T> Item<T> {
    /// What a list says of where the file is; nothing of one that is built in.
    pub fn note(&self) -> Option<String> {
        match &self.place {
            Place::BuiltIn => None,
            Place::Own { path, overrides } => {
                let instead = if *overrides {
                    ", instead of the built-in one"
                } else {
                    ""
                };
                Some(format!("yours{instead}: {}", path.display()))
            }
        }
    }
}

/// All files of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelf<T> {
    /// Those that can be used: the built-in ones in their order, then the user's own by name.
    pub items: Vec<Item<T>>,
    /// Files of the user's that cannot be used, by name, and what is wrong with each.
    pub broken: Vec<(String, Vec<Problem>)>,
}

impl<T: Kept> Shelf<T> {
    /// The built-in files alone.
    ///
    /// # Panics
    /// If one of them is wrong, which a test rules out.
    pub fn built_in() -> Self {
        let item = |&(name, text): &(&str, &str)| Item {
            name: name.to_owned(),
            place: Place::BuiltIn,
            text: text.to_owned(),
            content: T::read(name, text, &Place::BuiltIn).expect("built-in files are right"),
        };
        Self {
            items: T::BUILT_IN.iter().map(item).collect(),
            broken: Vec::new(),
        }
    }

    /// The built-in files and those below `folder`, which need not exist.
    pub fn with_own(folder: Option<&Path>) -> Self {
        let mut shelf = Self::built_in();
        let Some(folder) = folder.map(|folder| folder.join(T::FOLDER)) else {
            return shelf;
        };
        match files_in(&folder) {
            Ok(files) => files
                .into_iter()
                .for_each(|(name, path)| shelf.put(name, path)),
            Err(problem) => shelf.broken.push((String::new(), vec![problem])),
        }
        shelf
    }

    /// Takes in a file of the user's.
    fn put(&mut self, name: String, path: PathBuf) {
        let same = self.items.iter().position(|item| item.name == name);
        let place = Place::Own {
            path: path.clone(),
            overrides: same.is_some(),
        };
        let read = if T::TAKEN.contains(&name.as_str()) {
            let message = format!("the name {name} stands for something else; accepted: another");
            Err(vec![Problem::general(path.display(), message)])
        } else {
            file::text_of(&path, T::KIND)
                .map_err(|problem| vec![problem])
                .and_then(|text| Ok((T::read(&name, &text, &place)?, text)))
        };
        match (read, same) {
            (Err(problems), _) => self.broken.push((name, problems)),
            (Ok((content, text)), same) => {
                let item = Item {
                    name,
                    place,
                    text,
                    content,
                };
                match same {
                    Some(idx) => self.items[idx] = item,
                    None => self.items.push(item),
                }
            }
        }
    }

    /// The file of this name.
    pub fn named(&self, name: &str) -> Option<&Item<T>> {
        self.items.iter().find(|item| item.name == name)
    }

    /// The names of all that can be used, in their order, in a line.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.items.iter().map(|item| item.name.as_str()).collect();
        names.join(", ")
    }

    /// What is wrong with the user's files.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.broken.iter().flat_map(|(_, problems)| problems)
    }

    /// What is wrong with the file of this name; nothing where there is none.
    pub fn problems_of(&self, name: &str) -> &[Problem] {
        let broken = self.broken.iter().find(|(broken, _)| broken == name);
        broken.map_or(&[], |(_, problems)| problems)
    }
}

/// Everything that is chosen by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    /// Prepared experiments.
    pub presets: Shelf<Preset>,
    /// Colours.
    pub themes: Shelf<Palette>,
}

impl Library {
    /// What is built in, and what lies below `folder`, or else in the user's own.
    pub fn load(folder: Option<&Path>) -> Self {
        let folder = folder.map(Path::to_owned).or_else(own_folder);
        Self {
            presets: Shelf::with_own(folder.as_deref()),
            themes: Shelf::with_own(folder.as_deref()),
        }
    }

    /// What is wrong with the user's files, of all kinds.
    pub fn problems(&self) -> Vec<Problem> {
        let of_themes = self.themes.problems();
        self.presets.problems().chain(of_themes).cloned().collect()
    }
}

/// Where the user's own files are looked for: beside the settings file; `None` for a user without a home.
pub fn own_folder() -> Option<PathBuf> {
    Some(file::own_path()?.parent()?.to_owned())
}

/// The names and paths of the files of a folder, by name; none where there is no folder.
fn files_in(folder: &Path) -> Result<Vec<(String, PathBuf)>, Problem> {
    let unreadable = |reason: std::io::Error| {
        Problem::general(folder.display(), format!("cannot be read: {reason}"))
    };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned());
        // What editors leave beside a file begins with a dot or ends otherwise.
        let name = name.filter(|name| !name.starts_with('.'));
        if let (Some(name), Some("toml")) = (name, path.extension().and_then(|end| end.to_str())) {
            files.push((name, path));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed<T: Kept>() -> usize {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        files_in(&folder.join(T::FOLDER)).unwrap().len()
    }

    #[test]
    fn every_built_in_file_is_listed_and_right() {
        assert_eq!(listed::<Preset>(), Shelf::<Preset>::built_in().items.len());
        assert_eq!(
            listed::<Palette>(),
            Shelf::<Palette>::built_in().items.len()
        );
    }

    #[test]
    fn a_file_of_the_users_takes_the_place_of_a_built_in_of_its_name_or_comes_after_all() {
        let folder = tempfile::tempdir().unwrap();
        let themes = folder.path().join("themes");
        fs::create_dir(&themes).unwrap();
        for name in [
            "sea.toml",
            "light.toml",
            ".sea.toml",
            "sea.toml~",
            "auto.toml",
        ] {
            fs::write(themes.join(name), "base = \"dark\"\ntext = \"#ABCDEF\"\n").unwrap();
        }
        fs::write(themes.join("mono.toml"), "text = 7\n").unwrap();
        let library = Library::load(Some(folder.path()));
        assert_eq!(
            library.themes.names(),
            "dark, light, high-contrast, mono, sea"
        );
        let notes: Vec<Option<String>> = library.themes.items.iter().map(Item::note).collect();
        let path = |name: &str| themes.join(name).display().to_string();
        let light = format!("yours, instead of the built-in one: {}", path("light.toml"));
        let sea = format!("yours: {}", path("sea.toml"));
        assert_eq!(notes, [None, Some(light), None, None, Some(sea)]);
        let problems: Vec<String> = library.problems().iter().map(Problem::to_string).collect();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("the name auto stands for something else"));
        assert!(
            problems[1].starts_with(&path("mono.toml:1:")),
            "{problems:?}"
        );
        assert_eq!(library.themes.problems_of("mono").len(), 2);
        assert_eq!(library.themes.problems_of("light"), []);
    }
}
