//! What the environment says about the terminal: how many colours, which glyphs, whether it answers questions.
//!
//! The environment comes in as a function, so that a test is a table and nothing here depends on the process.

use termprofile::{DetectorSettings, EnvVarSource, IsTerminal, TermProfile, TermVars};

use super::{ColorTier, Glyphs};

/// Looks an environment variable up by name.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

struct Source<'a>(Lookup<'a>);

impl EnvVarSource for Source<'_> {
    fn var(&self, key: &str) -> Option<String> {
        (self.0)(key)
    }
}

struct Output {
    is_terminal: bool,
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        self.is_terminal
    }
}

impl ColorTier {
    /// The tier that `env` (a variable's value by its name) promises for an output that is or is not a terminal.
    ///
    /// `NO_COLOR` with any value but the empty one wins over everything (no-color.org); `CLICOLOR_FORCE` and
    /// `FORCE_COLOR` come next; then what `COLORTERM`, `TERM` and `TERM_PROGRAM` name.
    pub fn detect(env: &dyn Fn(&str) -> Option<String>, is_terminal: bool) -> Self {
        // The crate takes only 1, true, yes and on for a yes.
        if env("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Self::None;
        }
        // Asking tmux would start a process, and inside tmux 256 colours are certain.
        let settings = DetectorSettings::new().enable_tmux_info(false);
        let vars = TermVars::from_source(&Source(env), &Output { is_terminal }, settings);
        match TermProfile::detect_with_vars(vars) {
            TermProfile::NoTty | TermProfile::NoColor => Self::None,
            TermProfile::Ansi16 => Self::Ansi16,
            TermProfile::Ansi256 => Self::Ansi256,
            TermProfile::TrueColor => Self::TrueColor,
        }
    }
}

impl Glyphs {
    /// The finest glyphs that `env` (a variable's value by its name) is sure to show.
    ///
    /// ASCII for `TERM=dumb`, for a locale that does not say UTF-8, and for terminals whose fonts have a few hundred glyphs;
    /// octants where the terminal itself draws them; braille everywhere else.
    pub fn detect(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| env(name).unwrap_or_default();
        let term = value("TERM");
        if term == "dumb" || has_small_font(&term) || !is_utf8(env) {
            Self::Ascii
        } else if is_octant_terminal(&value) {
            Self::Octant
        } else {
            Self::Braille
        }
    }
}

/// Whether the terminal may be asked what it is, and what its colours are: none is named, or one that is known to answer
/// with nothing, with garbage, or out of order (screen passes only one of the questions on).
pub(in crate::tui) fn answers_questions(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let term = env("TERM").unwrap_or_default();
    let is_screen = term == "screen" || term.starts_with("screen.");
    let is_mute = ["", "dumb", "Eterm", "eterm", "eterm-color"].contains(&term.as_str());
    !is_screen && !is_mute && !has_small_font(&term)
}

/// Whether the terminal's name is one of a console of the system, also below screen or tmux, or of a terminal that is a
/// device: their fonts have 256 or 512 glyphs, braille and most of the marks not among them.
fn has_small_font(term: &str) -> bool {
    let consoles = [
        "linux", "con80", "cons25", "cons50", "pcvt", "pccon", "wsvt", "sun", "cygwin", "hurd",
        "mach", "beterm",
    ];
    let name = term
        .strip_prefix("screen.")
        .or_else(|| term.strip_prefix("tmux."))
        .unwrap_or(term);
    // xterm emulates the VT and names itself, and so do all others with large fonts.
    let is_vt = name
        .strip_prefix("vt")
        .is_some_and(|model| model.starts_with(|c: char| c.is_ascii_digit()));
    is_vt || consoles.iter().any(|console| name.starts_with(console))
}

/// Whether the locale's characters are UTF-8: the first of the three variables that is set and not empty decides,
/// as POSIX has it. None set is the C locale.
fn is_utf8(env: Lookup) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env(name).filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Whether the terminal draws octants itself, without a font. A multiplexer in between hides which one it is, and one
/// whose version is not told (kitty, foot) may be too old, so both count as no.
fn is_octant_terminal(value: &dyn Fn(&str) -> String) -> bool {
    let is_multiplexed = !value("TMUX").is_empty() || !value("STY").is_empty();
    let program = value("TERM_PROGRAM").to_ascii_lowercase();
    let is_ghostty = program == "ghostty" && is_at_least(&value("TERM_PROGRAM_VERSION"), &[1, 2]);
    // WezTerm's versions are dates; releases draw none, builds from 2025 on do.
    let is_wezterm =
        program == "wezterm" && is_at_least(&value("TERM_PROGRAM_VERSION"), &[20_250_000]);
    !is_multiplexed && (is_ghostty || is_wezterm)
}

/// Whether the version in `text` (numbers between anything else) is `least` or later.
fn is_at_least(text: &str, least: &[u64]) -> bool {
    let version: Vec<u64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    !version.is_empty() && version.as_slice() >= least
}
