//! The command line: what can be typed, as types.
//!
//! A flag that is a setting is one line of `FLAGS`: its meaning, range and default come from the table of defaults,
//! its value goes to `config` as it was typed. So nothing here checks a setting, and what is wrong with several flags
//! is reported together with what is wrong in the file.

mod before_main;
pub mod bench;
pub mod commands;
mod dry_run;
pub mod failure;
pub mod interruption;
pub mod output;
pub mod prepare;
pub mod save;
pub mod shot;
pub mod train;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{
    Arg, ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueHint, value_parser,
};
use clap_complete::Shell;

use crate::config::{Given, Sources, manual};
use crate::text::visible;
use crate::tui::keymap::Key;
use crate::tui::screen::Screen;

/// See dropout happen: small networks train side by side in your terminal, each at its own drop rate.
///
/// Without a command the lab opens, already training. `--set SETTING=VALUE` reaches every setting; `dropscope config
/// show` lists them.
#[derive(Debug, Parser)]
#[command(
    name = "dropscope",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
#[command(
    after_help = "Exit codes: 0 done; 1 the work failed; 2 the command line, the settings or the data are wrong; 128 and the \
                  number of a signal that ended it."
)]
pub struct Cli {
    /// What to do instead of opening the lab.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The lab's settings.
    #[command(flatten)]
    pub settings: SettingFlags,
}

impl Cli {
    /// Reads arguments, the program's name first.
    ///
    /// # Errors
    /// A message about them, or the text of `--help` or `--version`; nothing in it acts on a terminal.
    pub fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        Self::try_parse_from(arguments).map_err(|error| {
            // The message repeats arguments as they are, so it is made again of such as can be shown.
            let shown = arguments.iter().map(|argument| visible(argument.display()));
            Self::try_parse_from(shown).err().unwrap_or(error)
        })
    }
}

/// Everything that is not the lab.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train without a terminal: progress on standard error, the result on standard output.
    Train(TrainArgs),
    /// Measure how fast networks train here, beside what the machine could do.
    Bench(BenchArgs),
    /// Draw a screen without a terminal, as text or into an SVG file: the same settings give the same picture.
    Shot(ShotArgs),
    /// Prepared experiments.
    #[command(subcommand)]
    Preset(PresetCommand),
    /// Colours of the screen.
    #[command(subcommand)]
    Theme(ThemeCommand),
    /// Data sets.
    #[command(subcommand)]
    Data(DataCommand),
    /// Settings files.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the table of keys.
    Keys,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    Man,
}

/// What to train, and where its results go.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The experiment's settings.
    #[command(flatten)]
    pub settings: SettingFlags,
    /// Print one JSON object instead of a table.
    #[arg(long, help_heading = "Results")]
    pub json: bool,
    /// Also write experiment.toml, metrics.csv and summary.json into this folder, which must be new or empty.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Results")]
    pub out: Option<PathBuf>,
    /// Let `--out` overwrite results in a folder that is not empty.
    #[arg(long, requires = "out", help_heading = "Results")]
    pub force: bool,
    /// Print what would be trained and how much memory it would take, and train nothing.
    #[arg(long, conflicts_with = "json", help_heading = "Results")]
    pub dry_run: bool,
}

/// What to measure.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The widths of the network, such as 784-256-256-10; without it, three networks are measured.
    #[arg(long, value_name = "N-N-N", help_heading = "Benchmark")]
    pub net: Option<bench::Net>,
    /// Print one JSON object for each network instead of a table, of its throughput only.
    #[arg(long, help_heading = "Results")]
    pub json: bool,
    /// With `--json`, everything that the table has.
    #[arg(long, requires = "json", help_heading = "Results")]
    pub full: bool,
    /// How it trains: rates, mask, batch, optimizer, threads, seconds, vectors, thinned. Rates, mask, batch, seeds and
    /// seconds have defaults of their own here, 0.5, sample, 32 or 100, 1 and 30 in all, at least 3 for the three networks; the data are numbers without meaning.
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// What to draw.
#[derive(Debug, Args)]
pub struct ShotArgs {
    /// The experiment's settings, which say how long it trains; colours and glyphs are truecolor and braille unless they are
    /// given.
    #[command(flatten)]
    pub settings: SettingFlags,
    /// The screen, by its name: lab, masks, ensemble, curves, weights or units.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "lab",
        help_heading = "Picture"
    )]
    pub screen: Screen,
    /// Columns and rows of the screen.
    #[arg(
        long,
        value_name = "COLUMNSxROWS",
        default_value = "120x36",
        help_heading = "Picture"
    )]
    pub size: shot::Size,
    /// Keys to press before, separated by spaces: the names of `dropscope keys`.
    #[arg(long, value_name = "KEYS", value_delimiter = ' ', value_parser = Key::parse, help_heading = "Picture")]
    pub keys: Vec<Key>,
    /// Write the picture into this file, whose name ends in .svg or .txt; - prints an SVG, and without it text is printed.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Picture")]
    pub out: Option<shot::Output>,
}

/// What to do with presets.
#[derive(Debug, Subcommand)]
pub enum PresetCommand {
    /// List all presets.
    List,
    /// Print the settings file that a preset is.
    Show {
        /// A name from the list.
        name: String,
    },
    /// Train a preset, as `dropscope train --preset NAME`.
    Run {
        /// A name from the list.
        name: String,
        /// Everything that `train` takes.
        #[command(flatten)]
        train: TrainArgs,
    },
}

/// What to do with themes.
#[derive(Debug, Subcommand)]
pub enum ThemeCommand {
    /// List all themes, your own too.
    List,
    /// Print the file that a theme is, to begin your own with.
    Show {
        /// A name from the list.
        name: String,
    },
}

/// What to do with data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// List the kinds of data that `--data` takes.
    List,
    /// Load data and say what they are.
    Info {
        /// As for `--data`.
        spec: String,
    },
}

/// What to do with settings files.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print where your settings file is looked for.
    Path,
    /// Write a first settings file there, with every setting commented out.
    Init,
    /// Check a settings file.
    Check {
        /// The file; your own if not given.
        #[arg(value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
    /// Print all settings as they are in effect, as a settings file.
    Show(SettingFlags),
}

/// A flag that is a setting.
#[derive(Debug, Clone, Copy)]
struct Flag {
    long: &'static str,
    setting: &'static str,
    value_name: &'static str,
}

const fn flag(long: &'static str, setting: &'static str, value_name: &'static str) -> Flag {
    Flag {
        long,
        setting,
        value_name,
    }
}

/// All flags that are settings, in the order of the help text.
const FLAGS: [Flag; 35] = [
    flag("preset", "preset", "NAME"),
    flag("data", "data.spec", "SPEC"),
    flag("train", "data.train", "N"),
    flag("test", "data.test", "N"),
    flag("label-noise", "data.label_noise", "F"),
    flag("data-seed", "data.seed", "N"),
    flag("hidden", "network.hidden", "N,N"),
    flag("activation", "network.activation", "NAME"),
    flag("init", "network.init", "NAME"),
    flag("rates", "dropout.rates", "F,F"),
    flag("input-rate", "dropout.input_rate", "F,F"),
    flag("mask", "dropout.mask", "SHARING,SHARING"),
    flag("noise-shape", "dropout.noise_shape", "ROWS,UNITS"),
    flag("optimizer", "training.optimizer", "NAME"),
    flag("lr", "training.lr", "F"),
    flag("momentum", "training.momentum", "F"),
    flag("l2", "training.l2", "F"),
    flag("max-norm", "training.max_norm", "F"),
    flag("batch", "training.batch", "N"),
    flag("epochs", "training.epochs", "N"),
    flag("steps", "training.steps", "N"),
    flag("seconds", "training.seconds", "F"),
    flag("seed", "run.seed", "N"),
    flag("seeds", "run.seeds", "N"),
    flag("decide-at", "run.decide_at", "N,N"),
    flag("threads", "run.threads", "N"),
    flag("pace", "run.pace", "F"),
    flag("panic-at-step", "run.panic_at_step", "N"),
    flag("vectors", "engine.vectors", "NAME"),
    flag("thinned", "engine.thinned", "NAME"),
    flag("glyphs", "screen.glyphs", "NAME"),
    flag("color", "screen.color", "NAME"),
    flag("theme", "screen.theme", "NAME"),
    flag("fps", "screen.fps", "N"),
    flag("no-mouse", "screen.mouse", ""),
];

/// Settings by name and value as a command line that a shell reads, without the program's name.
pub fn typed(given: &[(String, String)]) -> String {
    let words = given.iter().map(|(setting, text)| {
        let flag = FLAGS.iter().find(|flag| flag.setting == setting);
        match flag {
            Some(flag) if text.starts_with('-') => shell_word(&format!("--{}={text}", flag.long)),
            Some(flag) => format!("--{} {}", flag.long, shell_word(text)),
            None => format!("--set {}", shell_word(&format!("{setting}={text}"))),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A word that a shell takes as it is.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:,=+-@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The settings that were given on the command line, not yet checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingFlags(pub Sources);

impl SettingFlags {
    /// Gives a setting as if by a flag of its own.
    pub fn push(&mut self, flag: &str, setting: &str, text: String) {
        self.0.flags.push(Given {
            flag: Some(flag.to_owned()),
            setting: setting.to_owned(),
            text,
        });
    }
}

impl Args for SettingFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        let set = Arg::new("set")
            .long("set")
            .value_name("SETTING=VALUE")
            .action(ArgAction::Append);
        let set = set.help("Any setting, such as training.lr=0.1; may be repeated");
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf));
        let file = file
            .value_hint(ValueHint::FilePath)
            .help("Read this settings file instead of your own");
        command
            .args(FLAGS.map(argument))
            .next_help_heading("Settings")
            .args([set, file])
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Self::default();
        for Flag {
            long,
            setting,
            value_name,
        } in FLAGS
        {
            let flag = format!("--{long}");
            if value_name.is_empty() {
                if matches.get_flag(long) {
                    given.push(&flag, setting, "false".to_owned());
                }
            } else if let Some(text) = matches.get_one::<String>(long) {
                given.push(&flag, setting, text.clone());
            }
        }
        given.0.file = matches.get_one::<PathBuf>("config").cloned();
        given.0.sets = matches
            .get_many("set")
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn argument(flag: Flag) -> Arg {
    let Flag {
        long,
        setting,
        value_name,
    } = flag;
    let argument = Arg::new(long).long(long);
    let Some(entry) = manual::entry(setting) else {
        return argument;
    };
    let (heading, meaning, accepted) = (heading(entry.table()), &entry.meaning, &entry.accepted);
    if value_name.is_empty() {
        return argument
            .action(ArgAction::SetTrue)
            .help_heading(heading)
            .help("Leave the mouse to the terminal");
    }
    let default = entry
        .default
        .trim_matches(['"', '[', ']'])
        .replace(", ", ",");
    let argument = argument
        .help_heading(heading)
        .help(format!("{meaning}; {accepted} [default: {default}]"));
    // A list may start with a negative number, which then is no single number: `config` says what is wrong with it.
    let is_list = value_name.contains(',');
    argument
        .value_name(value_name)
        .allow_negative_numbers(!is_list)
        .allow_hyphen_values(is_list)
}

fn heading(table: &str) -> &'static str {
    match table {
        "data" => "Data",
        "network" => "Network",
        "dropout" => "Dropout",
        "training" => "Training",
        "run" => "Runs",
        "engine" => "Engine",
        "screen" => "Screen",
        _ => "Settings",
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_setting_has_a_flag_and_every_flag_a_setting() {
        let flags: Vec<&str> = FLAGS.iter().map(|flag| flag.setting).collect();
        let settings: Vec<&str> = manual::entries()
            .iter()
            .map(|entry| entry.setting.as_str())
            .collect();
        assert_eq!(flags, settings);
    }

    #[test]
    fn values_are_passed_on_as_they_were_typed() {
        let cases = [
            ("--lr=-1", "training.lr", "-1"),
            ("--rates=-0.1,.5", "dropout.rates", "-0.1,.5"),
            ("--no-mouse", "screen.mouse", "false"),
        ];
        for (typed, setting, text) in cases {
            let cli = Cli::try_parse_from(["dropscope", typed]).unwrap();
            let flag = typed.split('=').next().map(str::to_owned);
            let expected = Given {
                flag,
                setting: setting.to_owned(),
                text: text.to_owned(),
            };
            assert_eq!(cli.settings.0.flags, [expected]);
        }
    }
}
