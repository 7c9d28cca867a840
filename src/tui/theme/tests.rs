//! The promises of the themes.

use super::*;

const COLORFUL: [ColorTier; 2] = [ColorTier::Ansi256, ColorTier::TrueColor];

fn theme(name: &str, tier: ColorTier) -> Theme {
    Theme::built_in(name, tier, Glyphs::Braille)
}

/// Every built-in theme.
fn names() -> impl Iterator<Item = &'static str> {
    use crate::config::library::Kept;
    Palette::BUILT_IN.iter().map(|&(name, _)| name)
}

fn rgb(color: Option<Color>) -> Rgb {
    color
        .and_then(Rgb::of_color)
        .expect("a colour with a fixed shade")
}

/// An environment of `name=value` words.
fn env(words: &str) -> impl Fn(&str) -> Option<String> + use<> {
    let pairs: Vec<(String, String)> = words
        .split_whitespace()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    move |wanted| {
        pairs
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.clone())
    }
}

#[test]
fn without_colour_no_style_carries_any() {
    for name in names() {
        let theme = theme(name, ColorTier::None);
        let roles = Role::ALL.map(|role| theme.style(role));
        let rates = [0.0, 0.5, 1.0].map(|rate| theme.rate(rate));
        let faded = rates.map(|style| theme.faded(style, 1.0));
        for style in roles.into_iter().chain(rates).chain(faded) {
            assert_eq!((style.fg, style.bg), (None, None), "{name}");
        }
        assert_eq!(theme.map(0.3), Color::Reset);
        assert_eq!(theme.shade(theme.rate(0.5), 1.0), None);
        assert!(!theme.has_colors());
    }
}

#[test]
fn every_style_stays_in_its_tier() {
    for name in names() {
        for tier in [ColorTier::Ansi16, ColorTier::Ansi256, ColorTier::TrueColor] {
            let theme = theme(name, tier);
            let is_in_tier = |color: Color| match color {
                Color::Rgb(..) => tier == ColorTier::TrueColor,
                Color::Indexed(_) => tier == ColorTier::Ansi256,
                _ => tier == ColorTier::Ansi16,
            };
            let roles = Role::ALL.map(|role| theme.style(role)).into_iter();
            let rates = (0..=100)
                .map(|i| theme.faded(theme.rate(f64::from(i) / 100.0), f64::from(i) / 100.0));
            let colors = roles
                .chain(rates)
                .chain(theme.shade(theme.rate(0.5), 1.0))
                .flat_map(|style| [style.fg, style.bg]);
            let map = (0..=100).map(|i| theme.map(f64::from(i) / 100.0));
            for color in colors.flatten().chain(map) {
                assert!(is_in_tier(color), "{name} {tier:?} {color:?}");
            }
        }
    }
}

#[test]
fn text_and_rates_can_be_read_on_the_background_and_on_the_selection() {
    let texts = [
        Role::Text,
        Role::Dim,
        Role::Bright,
        Role::Accent,
        Role::Good,
        Role::Bad,
        Role::Warn,
        Role::Title,
    ];
    for name in names() {
        for tier in COLORFUL {
            let theme = theme(name, tier);
            let background = rgb(theme.base().bg);
            let selection = rgb(theme.style(Role::Selection).bg);
            let rates = (0..=100).map(|i| theme.rate(f64::from(i) / 100.0));
            for style in texts.into_iter().map(|role| theme.style(role)).chain(rates) {
                let contrast = rgb(style.fg).contrast(background);
                // Of the 256 colours, some greens between teal and amber are a little too light or nearly black.
                let least = if tier == ColorTier::TrueColor {
                    4.5
                } else {
                    4.0
                };
                assert!(
                    contrast >= least,
                    "{name} {tier:?} {style:?}: {contrast:.2} on the background"
                );
                let contrast = rgb(style.fg).contrast(selection);
                assert!(
                    contrast >= 3.4,
                    "{name} {tier:?} {style:?}: {contrast:.2} on the selection"
                );
            }
        }
    }
}

#[test]
fn equal_steps_of_the_rate_look_equal() {
    for name in names() {
        let theme = theme(name, ColorTier::TrueColor);
        let colors: Vec<Rgb> = (0..=20)
            .map(|i| rgb(theme.rate(f64::from(i) / 20.0).fg))
            .collect();
        let steps: Vec<f64> = colors
            .windows(2)
            .map(|pair| pair[0].distance(pair[1]))
            .collect();
        let (least, most) = steps.iter().fold((f64::MAX, 0.0_f64), |(l, m), &step| {
            (l.min(step), m.max(step))
        });
        assert!(
            least > 0.0 && most / least < 1.85,
            "{name}: {least:.4} to {most:.4}"
        );
    }
}

#[test]
fn the_usual_rates_can_be_told_apart() {
    for (tier, least) in [(ColorTier::TrueColor, 0.09), (ColorTier::Ansi256, 0.07)] {
        for name in names().filter(|&name| name != "mono") {
            let theme = theme(name, tier);
            let colors = [0.0, 0.2, 0.5, 0.7].map(|rate| rgb(theme.rate(rate).fg));
            for pair in colors.windows(2) {
                assert!(
                    pair[0].distance(pair[1]) > least,
                    "{name} {tier:?}: {pair:?}"
                );
            }
        }
    }
    let named = theme("dark", ColorTier::Ansi16);
    let mut colors = [0.0, 0.2, 0.5, 0.7]
        .map(|rate| named.rate(rate).fg)
        .to_vec();
    colors.dedup();
    assert_eq!(colors.len(), 4);
}

#[test]
fn groups_on_screen_can_be_told_apart_whatever_their_rates() {
    let lists: [&[f64]; 9] = [
        &[0.0, 0.2, 0.5, 0.7],
        &[0.6, 0.7],
        &[0.5, 0.5],
        &[0.5, 0.5, 0.5, 0.5],
        &[0.0, 0.001, 0.995, 0.999],
        &[1.0, 0.99, 0.98],
        &[0.0, 0.1, 0.2, 0.35, 0.5, 0.8],
        &[0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
        &[0.5, 0.1, 0.5, 0.1, 0.9, 0.9],
    ];
    // At about .02 two patches side by side can just be told apart; lines and letters need several times that.
    for (tier, least) in [(ColorTier::TrueColor, 0.08), (ColorTier::Ansi256, 0.05)] {
        for name in names().filter(|&name| name != "mono") {
            let theme = theme(name, tier);
            for rates in lists {
                let looks = theme.looks(rates);
                let colors: Vec<Rgb> = looks.iter().map(|look| rgb(look.style.fg)).collect();
                for (i, one) in colors.iter().enumerate() {
                    for (k, two) in colors.iter().enumerate().skip(i + 1) {
                        let distance = one.distance(*two);
                        // Of the 256 colours there are not always enough; then strokes must tell.
                        let has_strokes =
                            tier == ColorTier::Ansi256 && looks[i].line != looks[k].line;
                        assert!(
                            distance > least || has_strokes,
                            "{name} {tier:?} {rates:?}: {i} and {k} are {distance:.3} apart"
                        );
                    }
                }
            }
        }
    }
    let named = theme("dark", ColorTier::Ansi16);
    let colors: std::collections::HashSet<_> = named
        .looks(&[0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
        .iter()
        .map(|look| look.style.fg)
        .collect();
    assert_eq!(colors.len(), 6);
}

#[test]
fn rates_that_can_be_told_apart_keep_their_own_colours() {
    for name in names().filter(|&name| name != "mono") {
        let theme = theme(name, ColorTier::TrueColor);
        let rates = [0.75, 0.0, 0.5, 0.25];
        let own = rates.map(|rate| theme.rate(rate));
        let looks = theme.looks(&rates);
        let shown: Vec<Style> = looks.iter().map(|look| look.style).collect();
        assert_eq!(shown, own, "{name}");
        assert!(looks.iter().all(|look| look.line == LineStyle::Solid));
    }
}

#[test]
fn where_colours_do_not_suffice_neighbouring_lines_differ_in_their_strokes() {
    let rates: Vec<f64> = (0..26).map(|i| f64::from(i) / 25.0).collect();
    for tier in [ColorTier::None, ColorTier::Ansi16, ColorTier::TrueColor] {
        let looks = theme("dark", tier).looks(&rates);
        for pair in looks.windows(2) {
            assert_ne!(pair[0].line, pair[1].line, "{tier:?}");
        }
    }
    assert_eq!(theme("dark", ColorTier::TrueColor).looks(&[]), []);
}

#[test]
fn rates_outside_their_range_take_the_nearer_end() {
    let theme = theme("dark", ColorTier::TrueColor);
    for (rate, same_as) in [
        (-1.0, 0.0),
        (2.0, 1.0),
        (f64::NAN, 0.0),
        (f64::INFINITY, 1.0),
    ] {
        assert_eq!(theme.rate(rate), theme.rate(same_as));
    }
}

#[test]
fn rows_fade_towards_the_background_and_stay_visible() {
    for name in names() {
        for tier in COLORFUL {
            let theme = theme(name, tier);
            let background = rgb(theme.base().bg);
            let at = |age: f64| rgb(theme.faded(theme.rate(0.5), age).fg).contrast(background);
            assert!(at(0.0) > at(0.5) && at(0.5) > at(1.0), "{name} {tier:?}");
            assert!(at(1.0) > 1.2, "{name} {tier:?}: {:.2}", at(1.0));
        }
    }
    let plain = theme("dark", ColorTier::None);
    assert!(
        plain
            .faded(Style::new(), 1.0)
            .add_modifier
            .contains(Modifier::DIM)
    );
    assert!(
        !plain
            .faded(Style::new(), 0.2)
            .add_modifier
            .contains(Modifier::DIM)
    );
}

#[test]
fn maps_have_at_most_24_colours_of_rising_lightness() {
    for name in names() {
        let theme = theme(name, ColorTier::TrueColor);
        let mut colors: Vec<Rgb> = (0..=1000)
            .map(|i| rgb(Some(theme.map(f64::from(i) / 1000.0))))
            .collect();
        colors.dedup();
        assert_eq!(colors.len(), 24, "{name}");
        let black = Rgb::from(0);
        let is_rising = colors
            .windows(2)
            .all(|pair| pair[0].contrast(black) < pair[1].contrast(black));
        assert!(is_rising, "{name}");
        assert_eq!(theme.map(f64::NAN), theme.map(0.0));
        assert_eq!(theme.map(7.0), theme.map(1.0));
    }
}

#[test]
fn a_bright_text_over_a_dim_one_is_not_dim() {
    let theme = theme("dark", ColorTier::None);
    let style = theme.style(Role::Border).patch(theme.style(Role::Title));
    assert_eq!(style.add_modifier, Modifier::BOLD);
}

#[test]
fn a_selection_keeps_what_is_bold_bold() {
    for tier in [
        ColorTier::None,
        ColorTier::Ansi16,
        ColorTier::Ansi256,
        ColorTier::TrueColor,
    ] {
        let theme = theme("dark", tier);
        let style = theme
            .style(Role::Bright)
            .patch(theme.style(Role::Selection));
        assert!(style.add_modifier.contains(Modifier::BOLD), "{tier:?}");
        let is_seen = style.bg.is_some_and(|color| color != Color::Reset);
        assert!(
            is_seen || style.add_modifier.contains(Modifier::REVERSED),
            "{tier:?}"
        );
    }
}

#[test]
fn the_colour_tier_follows_the_environment() {
    let cases = [
        (
            "TERM=xterm-256color COLORTERM=truecolor",
            true,
            ColorTier::TrueColor,
        ),
        ("TERM=xterm-256color", true, ColorTier::Ansi256),
        ("TERM=xterm", true, ColorTier::Ansi16),
        ("TERM=linux", true, ColorTier::Ansi16),
        ("TERM=xterm-kitty", true, ColorTier::TrueColor),
        (
            "TERM=tmux-256color TMUX=x COLORTERM=truecolor",
            true,
            ColorTier::Ansi256,
        ),
        ("TERM=dumb", true, ColorTier::None),
        ("TERM=xterm-256color", false, ColorTier::None),
        (
            "TERM=xterm-256color COLORTERM=truecolor NO_COLOR=1",
            true,
            ColorTier::None,
        ),
        (
            "TERM=xterm-256color NO_COLOR=whatever",
            true,
            ColorTier::None,
        ),
        ("TERM=xterm-256color NO_COLOR=", true, ColorTier::Ansi256),
        (
            "TERM=xterm FORCE_COLOR=truecolor",
            false,
            ColorTier::TrueColor,
        ),
    ];
    for (words, is_terminal, expected) in cases {
        assert_eq!(
            ColorTier::detect(&env(words), is_terminal),
            expected,
            "{words}"
        );
    }
}

#[test]
fn the_glyphs_follow_the_terminal_and_the_locale() {
    let cases = [
        ("TERM=xterm LANG=en_US.UTF-8", Glyphs::Braille),
        ("TERM=xterm LANG=de_DE.utf8", Glyphs::Braille),
        ("TERM=xterm LANG=C", Glyphs::Ascii),
        ("TERM=xterm", Glyphs::Ascii),
        ("TERM=dumb LANG=en_US.UTF-8", Glyphs::Ascii),
        ("TERM=xterm LC_ALL=C LANG=en_US.UTF-8", Glyphs::Ascii),
        ("TERM=xterm LC_CTYPE=C.UTF-8 LANG=C", Glyphs::Braille),
        ("TERM=xterm LC_ALL= LC_CTYPE=C.UTF-8", Glyphs::Braille),
        (
            "TERM=xterm-ghostty TERM_PROGRAM=ghostty TERM_PROGRAM_VERSION=1.2.0 LANG=C.UTF-8",
            Glyphs::Octant,
        ),
        (
            "TERM=xterm-ghostty TERM_PROGRAM=ghostty TERM_PROGRAM_VERSION=1.1.3 LANG=C.UTF-8",
            Glyphs::Braille,
        ),
        (
            "TERM=xterm-ghostty TERM_PROGRAM=ghostty TERM_PROGRAM_VERSION=1.2.0 LANG=C",
            Glyphs::Ascii,
        ),
        (
            "TERM_PROGRAM=ghostty TERM_PROGRAM_VERSION=1.2.0 TMUX=x LANG=C.UTF-8",
            Glyphs::Braille,
        ),
        (
            "TERM_PROGRAM=WezTerm TERM_PROGRAM_VERSION=20240203-110809-5046fc22 LANG=C.UTF-8",
            Glyphs::Braille,
        ),
        (
            "TERM=xterm-kitty KITTY_WINDOW_ID=1 LANG=C.UTF-8",
            Glyphs::Braille,
        ),
    ];
    for (words, expected) in cases {
        assert_eq!(Glyphs::detect(&env(words)), expected, "{words}");
    }
}

#[test]
fn terminals_with_small_fonts_get_ascii_and_are_asked_nothing() {
    let terms = [
        ("linux", true),
        ("linux-16color", true),
        ("screen.linux", true),
        ("vt220", true),
        ("cons25", true),
        ("sun-color", true),
        ("vte-256color", false),
        ("xterm-256color", false),
        ("tmux-256color", false),
    ];
    for (term, is_small) in terms {
        let env = env_of(term);
        let is_ascii = Glyphs::detect(&env).is_ascii();
        assert_eq!(is_ascii, is_small, "{term}");
        assert_eq!(detect::answers_questions(&env), !is_small, "{term}");
    }
    for term in ["", "dumb", "screen", "screen.xterm-256color"] {
        assert!(!detect::answers_questions(&env_of(term)), "{term}");
    }
}

/// A terminal of this name with a locale of UTF-8.
fn env_of(term: &str) -> impl Fn(&str) -> Option<String> + use<> {
    env(&format!("TERM={term} LANG=C.UTF-8"))
}

#[test]
fn names_are_read_as_they_are_written() {
    for glyphs in Glyphs::ALL {
        assert_eq!(glyphs.to_string().parse(), Ok(glyphs));
    }
    let error = "blue".parse::<Glyphs>().expect_err("no such glyphs");
    assert_eq!(
        error.to_string(),
        "`blue` is not one of: octant, braille, half, ascii"
    );
}

#[test]
fn neighbouring_lines_differ_in_style() {
    let lines: Vec<LineStyle> = (0..5).map(line_of).collect();
    assert_eq!(lines[0], LineStyle::Solid);
    assert_eq!(lines[4], lines[0]);
    for pair in lines.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}
