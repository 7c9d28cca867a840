//! What drawing costs, for comparing one version with the next: `cargo bench --bench drawing`, or with the data of one's own
//! `cargo bench --bench drawing -- mnist:DIR`.
//!
//! Frames: building one of 200x50 cells, at usual rates and at such that cost most to reason about. Keys: the time from a
//! key to the bytes of the frame that shows it, with twelve runs in training at full speed, also while groups come and go,
//! start again, and are stepped by an epoch; the wait for the terminal is not in it. All in milliseconds: the median, the
//! 99th percentile and the longest.

use std::time::{Duration, Instant};

use dropscope::config::{self, Face, Settings, Sources};
use dropscope::data::{self, Split};
use dropscope::lab::{Command, Lab};
use dropscope::tui::Offscreen;
use dropscope::tui::keymap::Key;
use dropscope::tui::screen::Screen;

/// Epochs that are trained before frames are built.
const N_EPOCHS: u64 = 60;

/// Frames of each kind.
const N_FRAMES: usize = 300;

/// Keys of each kind.
const N_KEYS: usize = 200;

/// From one key to the next: faster than anybody types.
const BETWEEN_KEYS: Duration = Duration::from_millis(15);

fn main() {
    // Cargo passes flags of its own.
    let spec = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    println!(
        "{:<44} {:>8} {:>8} {:>8} ms",
        "", "median", "p99", "longest"
    );
    frames("usual rates", &[]);
    frames(
        "rates .01 .02, input rate .2",
        &[
            "dropout.rates=[0, 0.01, 0.02, 0.5]",
            "dropout.input_rate=0.2",
        ],
    );
    keys(&spec.unwrap_or_else(|| "digits".to_owned()));
}

fn settings(sets: &[&str]) -> Settings {
    let sources = Sources {
        sets: sets.iter().map(|set| (*set).to_owned()).collect(),
        ..Sources::default()
    };
    config::load(&sources, Face::Lab).expect("the settings are right")
}

fn open(settings: &Settings) -> (Lab, Offscreen) {
    let experiment = &settings.experiment;
    let plan = &experiment.data;
    let split = data::load(&plan.spec, &plan.split, plan.key());
    let split: Split = split.expect("the data can be read");
    let (n_inputs, n_outputs) = (split.train.n_inputs(), split.train.n_outputs());
    let widths = [&[n_inputs], &experiment.network.hidden[..], &[n_outputs]].concat();
    let screen = Offscreen::new(settings, experiment, widths).expect("the settings are right");
    let lab = Lab::start(experiment, split).expect("it fits");
    (lab, screen.with_size(200, 50))
}

/// Keys that leave whatever lies over the screen.
const LEAVE: &str = "esc";

/// Frames of a lab that has been through some epochs: every screen with all that it asks answered, and what lies over it.
fn frames(what: &str, sets: &[&str]) {
    let epochs = format!("training.epochs={N_EPOCHS}");
    let sets = [sets, &[&epochs, "run.pace=full", "screen.color=truecolor"]].concat();
    let (lab, mut screen) = open(&settings(&sets));
    screen.build(&lab);
    lab.wait_finished(Duration::from_mins(5));
    let mut shown = |name: &str, keys: &[&str]| {
        for key in keys {
            screen.press(Key::parse(key).expect("it is a key"), &lab);
        }
        // Asks, waits for the answers, and has them remembered.
        screen.build(&lab);
        while lab.is_moving() {
            std::thread::sleep(BETWEEN_KEYS);
        }
        screen.build(&lab);
        report(&format!("{name}, {what}"), N_FRAMES, || {
            let begun = now();
            screen.build(&lab);
            begun.elapsed()
        });
    };
    for present in Screen::ALL {
        shown(present.name(), &[&present.digit().to_string()]);
    }
    shown("help", &["?"]);
    shown("commands", &[LEAVE, ":", "r", "a"]);
}

/// Keys to a lab with twelve runs at full speed.
fn keys(spec: &str) {
    let spec = format!("data.spec={spec}");
    let sets = [
        &spec,
        "run.seeds=3",
        "run.pace=full",
        "screen.color=truecolor",
    ];
    let (lab, mut screen) = open(&settings(&sets));
    let mut answered = |lab: &Lab, keys: &[&str]| {
        std::thread::sleep(BETWEEN_KEYS);
        let begun = now();
        for key in keys {
            screen.press(Key::parse(key).expect("it is a key"), lab);
        }
        screen.draw(lab);
        begun.elapsed()
    };
    let select = |nth: usize| if nth.is_multiple_of(2) { ["j"] } else { ["k"] };
    let mut nth = 0;
    report("key, twelve runs", N_KEYS, || {
        nth += 1;
        answered(&lab, &select(nth))
    });
    report(
        "key that adds a group, and one that removes it",
        N_KEYS / 10,
        || {
            let added = answered(&lab, &["n", "enter"]);
            let last = lab.snapshot().groups.last().map(|group| group.id);
            lab.send(Command::Remove(last.expect("there are groups")));
            added
        },
    );
    report("key that starts a group again", N_KEYS / 10, || {
        answered(&lab, &["r", "y"])
    });
    report("key that steps by an epoch", N_KEYS / 10, || {
        answered(&lab, &[",", ".", ",", ","])
    });
    report("key after all that", N_KEYS, || {
        nth += 1;
        answered(&lab, &select(nth))
    });
    keys_of_screens(&lab, &mut answered);
    report("snapshot, the wait for the lock in it", N_KEYS, || {
        std::thread::sleep(BETWEEN_KEYS);
        let begun = now();
        let taken = lab.snapshot();
        let time = begun.elapsed();
        drop(taken);
        time
    });
}

/// On every screen, keys that select another rate, which everything on it is about.
fn keys_of_screens(lab: &Lab, answered: &mut impl FnMut(&Lab, &[&str]) -> Duration) {
    for present in Screen::ALL {
        answered(lab, &[&present.digit().to_string()]);
        let mut nth = 0_usize;
        report(
            &format!("key on {}, twelve runs", present.name()),
            N_KEYS,
            || {
                nth += 1;
                answered(
                    lab,
                    if nth.is_multiple_of(2) {
                        &["J"]
                    } else {
                        &["K"]
                    },
                )
            },
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// Measures `n` times and prints what came out.
fn report(what: &str, n: usize, mut measure: impl FnMut() -> Duration) {
    let mut times: Vec<Duration> = (0..n).map(|_| measure()).collect();
    times.sort_unstable();
    let ms = |time: Duration| 1000.0 * time.as_secs_f64();
    let (median, last) = (times[n / 2], times[n - 1]);
    let p99 = times[(99 * n / 100).min(n - 1)];
    println!(
        "{what:<44} {:8.2} {:8.2} {:8.2}",
        ms(median),
        ms(p99),
        ms(last)
    );
}
