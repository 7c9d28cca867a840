//! Breaks the readers of files, if it can: `fuzz READER N [SEED]` reads N mutated inputs.
//!
//! READER is `csv`, `idx`, `toml`, `settings` or `specs`. Inputs are whole ones with a few mutations, a function of the
//! seed and their number alone, so whatever is found can be made again. A reader may refuse whatever it likes, and must
//! not panic; what it accepts must hold together. The first input that breaks it is written to a file.

use std::collections::BTreeSet;
use std::env::args;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use dropscope::config::{self, Face, Sources, manual};
use dropscope::data::{Dataset, Spec, SplitPlan, Targets, load};
use dropscope::math::random::{Key, Stream};
use rand::RngExt;

/// What the mutations write: characters that mean something to one of the readers.
const WORDS: [&[u8]; 40] = [
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"|",
    b" ",
    b"\n",
    b"\r",
    b"\r\n",
    b"#",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"-",
    b".",
    b"e",
    b"0",
    b"1",
    b"nan",
    b"inf",
    b"1e39",
    b"NA",
    b"999999999999999999999",
    b"=",
    b"[",
    b"]",
    b"[[",
    b"{",
    b"}",
    b"'",
    b"'''",
    b"\\",
    b"\x80\0\0\0",
    b"\0\0\x08\x03",
    b"?",
    b"??",
    b"&label=",
    b"%2",
];

/// Whole settings files, flags and specs that mutations begin with.
const SETTINGS: [&str; 4] = [
    "preset = 'rescue'\n[data]\nspec = 'csv:a.csv?sep=tab&label=y'\nlabel_noise = 0.1\n[dropout]\nrates = [0, .5]\n",
    "[training]\nlr = 1e-3\nepochs = 3\nmomentum = 0.9\nbatch = 32\n[network]\nhidden = [8, 8]\n",
    "[run]\nseed = 18\nseeds = 2\npace = 'full'\n[keys]\npause = 'p f5'\n[screen]\ntheme = 'dark'\nfps = 20\n",
    "[data]\nspec = \"mnist:~/a?set=letters\"\ntrain = \"auto\"\n[dropout]\nmask = \"auto\"\nnoise_shape = \"1,none\"\n",
];
const SPECS: [&str; 7] = [
    "digits",
    "csv:a.csv?sep=semicolon&label=how much%3F&task=values&header=no",
    "csv:a?raw=1??",
    "mnist:~/emnist?set=letters",
    "idx:a,b",
    "regression",
    "csv:what?.csv",
];

fn main() -> ExitCode {
    let words: Vec<String> = args().skip(1).collect();
    let number = |place: usize| words.get(place).and_then(|word| word.parse::<u64>().ok());
    let reader = words.first().and_then(|name| Reader::named(name));
    let (Some(reader), Some(n)) = (reader, number(1)) else {
        eprintln!("usage: fuzz csv|idx|toml|settings|specs N [SEED]");
        return ExitCode::from(2);
    };
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(1);
        }
    };
    let corpus = reader.corpus();
    let key = Key::new(number(2).unwrap_or(1)).child(reader.name());
    let mut figures = Figures::default();
    // What a panic says is in the figures; its text would only scroll by.
    std::panic::set_hook(Box::new(|_| {}));
    for index in 0..n {
        let input = mutated(&corpus, &mut key.nth(index).stream());
        figures.take(reader, &input, index, folder.path());
    }
    figures.print(reader, n);
    ExitCode::from(u8::from(figures.n_broken > 0))
}

#[derive(Clone, Copy)]
enum Reader {
    Csv,
    Idx,
    Toml,
    Settings,
    Specs,
}

impl Reader {
    const ALL: [Self; 5] = [
        Self::Csv,
        Self::Idx,
        Self::Toml,
        Self::Settings,
        Self::Specs,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Idx => "idx",
            Self::Toml => "toml",
            Self::Settings => "settings",
            Self::Specs => "specs",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reader| reader.name() == name)
    }

    /// Whole inputs.
    fn corpus(self) -> Vec<Vec<u8>> {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        match self {
            Self::Csv => tables(),
            Self::Idx => idx_files(),
            Self::Toml => {
                let mut all: Vec<Vec<u8>> = texts(&SETTINGS);
                all.push(manual::DEFAULTS.as_bytes().to_vec());
                all
            }
            Self::Settings => manual::entries()
                .iter()
                .map(|entry| {
                    format!("{}={}", entry.setting, entry.default.trim_matches('"')).into_bytes()
                })
                .collect(),
            Self::Specs => texts(&SPECS),
        }
    }

    /// Reads an input, and says whether it was accepted.
    ///
    /// # Errors
    /// If what was accepted does not hold together.
    fn read(self, input: &[u8], folder: &Path) -> Result<Outcome, String> {
        match self {
            Self::Csv => {
                let path = write(folder, "t.csv", input);
                read_data(&Spec::Csv(dropscope::data::TableSpec::new(path)))
            }
            Self::Idx => {
                // The labels follow the images; a mutation may hit either.
                let (images, labels) = input.split_at(input.len() * 4 / 5);
                let images = write(folder, "images", images);
                let labels = write(folder, "labels", labels);
                read_data(&Spec::Idx { images, labels })
            }
            Self::Toml => {
                let file = Some(write(folder, "a.toml", input));
                read_settings(&Sources {
                    file,
                    ..Sources::default()
                })
            }
            Self::Settings => read_settings(&Sources {
                file: Some(write(folder, "empty.toml", b"")),
                sets: vec![String::from_utf8_lossy(input).into_owned()],
                ..Sources::default()
            }),
            Self::Specs => read_spec(&String::from_utf8_lossy(input)),
        }
    }
}

/// What became of an input.
enum Outcome {
    Accepted,
    Refused(String),
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a temporary folder can be written to");
    path
}

fn read_data(spec: &Spec) -> Result<Outcome, String> {
    let split = match load(spec, &SplitPlan::default(), Key::new(1)) {
        Ok(split) => split,
        Err(error) => return Ok(Outcome::Refused(error.to_string())),
    };
    check(&split.train)?;
    check(&split.test)?;
    Ok(Outcome::Accepted)
}

fn check(data: &Dataset) -> Result<(), String> {
    if !data.inputs.iter().all(|input| input.is_finite()) {
        return Err("an input is not finite".to_owned());
    }
    match &data.targets {
        Targets::Values(values) if values.iter().any(|value| !value.is_finite()) => {
            Err("a value is not finite".to_owned())
        }
        Targets::Classes { n_classes, .. } if data.class_names.len() != *n_classes => Err(format!(
            "{} names of {n_classes} classes",
            data.class_names.len()
        )),
        Targets::Classes {
            n_classes: 0 | 1, ..
        } => Err("a single class".to_owned()),
        _ => Ok(()),
    }
}

fn read_settings(sources: &Sources) -> Result<Outcome, String> {
    match config::load(sources, Face::Lab) {
        Ok(settings) if settings.to_toml().is_empty() => Err("shown as nothing".to_owned()),
        Ok(_) => Ok(Outcome::Accepted),
        Err(problems) if problems.0.is_empty() => Err("refused without a problem".to_owned()),
        Err(problems) => Ok(Outcome::Refused(problems.0[0].message.clone())),
    }
}

fn read_spec(text: &str) -> Result<Outcome, String> {
    let spec: Spec = match text.parse() {
        Ok(spec) => spec,
        Err(error) => return Ok(Outcome::Refused(error.to_string())),
    };
    let written = spec.to_string();
    if written.parse::<Spec>().ok().as_ref() == Some(&spec) {
        Ok(Outcome::Accepted)
    } else {
        Err(format!("{written:?} reads back as another spec"))
    }
}

/// What was seen.
#[derive(Default)]
struct Figures {
    n_accepted: u64,
    n_refused: u64,
    n_broken: u64,
    /// The refusals without numbers and quotations: the kinds of messages that were seen.
    kinds: BTreeSet<String>,
    slowest: Duration,
    total: Duration,
}

impl Figures {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a reader takes is a figure"
    )]
    fn take(&mut self, reader: Reader, input: &[u8], index: u64, folder: &Path) {
        let begin = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| reader.read(input, folder)));
        let took = begin.elapsed();
        self.total += took;
        self.slowest = self.slowest.max(took);
        match outcome {
            Ok(Ok(Outcome::Accepted)) => self.n_accepted += 1,
            Ok(Ok(Outcome::Refused(message))) => {
                self.n_refused += 1;
                self.kinds.insert(kind(&message, folder));
            }
            Ok(Err(problem)) => self.broken(reader, input, index, &problem),
            Err(_) => self.broken(reader, input, index, "panicked"),
        }
    }

    fn broken(&mut self, reader: Reader, input: &[u8], index: u64, problem: &str) {
        self.n_broken += 1;
        eprintln!("{} {index}: {problem}", reader.name());
        if self.n_broken == 1 {
            let path = format!("broken-{}-{index}", reader.name());
            match fs::write(&path, input) {
                Ok(()) => eprintln!("written to {path}"),
                Err(error) => eprintln!("{path}: {error}"),
            }
        }
    }

    fn print(&self, reader: Reader, n: u64) {
        println!(
            "{}: {n} inputs, {} accepted, {} refused with {} kinds of messages, {} broken; {:.0} s, the slowest {:.0} ms",
            reader.name(),
            self.n_accepted,
            self.n_refused,
            self.kinds.len(),
            self.n_broken,
            self.total.as_secs_f64(),
            self.slowest.as_secs_f64() * 1e3,
        );
    }
}

/// A message without what changes from input to input.
fn kind(message: &str, folder: &Path) -> String {
    let message = message.replace(&folder.display().to_string(), "");
    let quotes = message.split(['"', '`']).step_by(2).collect::<String>();
    quotes
        .chars()
        .filter(|character| character.is_ascii_alphabetic() || *character == ' ')
        .take(60)
        .collect()
}

/// One of the inputs with one to six mutations.
fn mutated(corpus: &[Vec<u8>], stream: &mut Stream) -> Vec<u8> {
    let mut input = corpus[stream.random_range(0..corpus.len())].clone();
    for _ in 0..stream.random_range(1..=6) {
        mutate(&mut input, corpus, stream);
    }
    input
}

fn mutate(input: &mut Vec<u8>, corpus: &[Vec<u8>], stream: &mut Stream) {
    const LONGEST: usize = 1 << 16;
    let at = stream.random_range(0..=input.len());
    let end = (at + stream.random_range(0..=16)).min(input.len());
    let word = WORDS[stream.random_range(0..WORDS.len())];
    match stream.random_range(0..8) {
        0 if at < input.len() => input[at] ^= 1 << stream.random_range(0..8),
        1 if at < input.len() => input[at] = stream.random_range(0..=255),
        2 => drop(input.drain(at..end)),
        3 => input.truncate(at),
        4 if input.len() < LONGEST => {
            let copied = input[at..end].to_vec();
            drop(input.splice(end..end, copied));
        }
        5 => {
            let other = &corpus[stream.random_range(0..corpus.len())];
            let from = stream.random_range(0..=other.len());
            let to = (from + stream.random_range(0..=64)).min(other.len());
            drop(input.splice(at..end, other[from..to].iter().copied()));
        }
        6 => drop(input.splice(at..end, word.iter().copied())),
        _ => drop(input.splice(at..at, word.iter().copied())),
    }
}

/// The tables of the tests, and some more.
fn tables() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tables");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<Vec<u8>> = entries
        .filter_map(|entry| fs::read(entry.path()).ok())
        .collect();
    all.sort();
    all.push(b"1;2,5;a\r\n3;4;\"b\"\"c\"\r\n".repeat(4));
    all.push("\u{feff}1 2 0\n3 4 1\n".repeat(5).into_bytes());
    all.push(b"x|y|z\n1|2|0.5\n3|4|1.5\n5|6|2.5\n".to_vec());
    all
}

/// Images followed by a quarter as many bytes of labels, of several types.
fn idx_files() -> Vec<Vec<u8>> {
    let header = |code: u8, dims: &[u32]| {
        let mut bytes = vec![0, 0, code, dims.len() as u8];
        bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
        bytes
    };
    let pair = |code: u8, n: u32, n_bytes: usize, dims: &[u32]| {
        let images = [header(code, dims), vec![1; n_bytes]].concat();
        // As long as the reader cuts it: four parts of images to one of labels.
        let mut labels = header(8, &[n]);
        labels.extend((0..n).map(|index| (index % 3) as u8));
        let whole = images.len() + labels.len();
        (images.len() * 5 / 4 == whole || whole * 4 / 5 == images.len())
            .then(|| [images, labels].concat())
    };
    let mut all = Vec::new();
    // Numbers of examples and pixels for which both files are whole.
    for n in 1..40_u32 {
        for n_pixels in 1..40_u32 {
            for (code, size) in [(0x08, 1), (0x0b, 2), (0x0d, 4), (0x0e, 8)] {
                let n_bytes = (n * n_pixels) as usize * size;
                all.extend(pair(code, n, n_bytes, &[n, n_pixels]));
                all.extend(pair(code, n, n_bytes, &[n, n_pixels, 1]));
            }
        }
    }
    all
}
