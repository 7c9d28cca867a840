//! What looking costs training, screen by screen: `cargo bench --bench watching`, or with larger networks on data of one's own
//! `cargo bench --bench watching -- mnist:DIR`.
//!
//! A lab trains at full speed, by turns with a screen of 200x50 that asks all its questions and is drawn 20 times a second, and with
//! nobody watching. The figure is how much slower it trains, in percent: the mean of the middle half of the pairs of turns, every
//! second one the other way round, and the quartiles. Frames are in it; what the terminal does with them is not.

use std::thread::sleep;
use std::time::{Duration, Instant};

use dropscope::config::{self, Face, Settings, Sources};
use dropscope::data;
use dropscope::lab::{Experiment, Lab};
use dropscope::tui::Offscreen;
use dropscope::tui::keymap::Key;
use dropscope::tui::screen::Screen;

/// How long a turn takes at least, how many steps it has, and how many pairs of turns there are.
const TURN: Duration = Duration::from_millis(500);
const STEPS_A_TURN: f64 = 60.0;
const N_PAIRS: usize = 12;

/// Watched before the first pair, at least this long and until all is answered: first answers are made as fast as they can be, and
/// no later one is.
const WARM_UP: Duration = Duration::from_secs(2);

/// First answers are waited for so long and no longer.
const PATIENCE: usize = 30;

/// From one frame to the next.
const FRAME: Duration = Duration::from_millis(50);

fn main() {
    // Cargo passes flags of its own.
    let spec = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    println!(
        "{:<44} {:>7} {:>16}",
        "slower while watched, %", "mean", "quartiles"
    );
    let keys = Screen::ALL.map(|screen| (screen.name(), vec![screen.digit().to_string()]));
    let small = ["network.hidden=[128, 128]", "training.batch=32"];
    watched("digits 64-128-128-10", &small, &keys);
    let tiny = ["data.spec=moons", "network.hidden=[12]"];
    let every_mask = [("every mask", ["3", "g"].map(str::to_owned).to_vec())];
    watched("moons 2-12-2", &tiny, &every_mask);
    if let Some(spec) = spec {
        let spec = format!("data.spec={spec}");
        for hidden in ["[256, 256]", "[1024, 1024, 1024]"] {
            let hidden = format!("network.hidden={hidden}");
            let sets = [&spec, &hidden, "training.batch=100"];
            watched(&hidden, &sets, &keys);
        }
    }
}

/// Measures the screens that `keys` open on a lab with these settings.
fn watched(what: &str, sets: &[&str], keys: &[(&str, Vec<String>)]) {
    let settings = settings(sets);
    let experiment = Experiment {
        limit: None,
        evaluates: false,
        ..settings.experiment.clone()
    };
    let plan = &experiment.data;
    let split = data::load(&plan.spec, &plan.split, plan.key()).expect("the data can be read");
    let (n_inputs, n_outputs) = (split.train.n_inputs(), split.train.n_outputs());
    let widths = [&[n_inputs], &experiment.network.hidden[..], &[n_outputs]].concat();
    let lab = Lab::start(&experiment, split).expect("it fits");
    for (name, keys) in keys {
        let screen = Offscreen::new(&settings, &experiment, widths.clone());
        let mut screen = screen.expect("the settings are right").with_size(200, 50);
        screen.draw(&lab);
        for key in keys {
            screen.press(Key::parse(key).expect("it is a key"), &lab);
        }
        let mut pace = speed(&lab, WARM_UP, |lab| screen.draw(lab));
        for _ in 0..PATIENCE {
            if is_answered(&lab) {
                break;
            }
            pace = speed(&lab, WARM_UP, |lab| screen.draw(lab));
        }
        let turn = TURN.max(Duration::from_secs_f64(STEPS_A_TURN / pace.max(1.0)));
        let mut share_of = |pair: usize| {
            let mut of_turn = |is_watched: bool| {
                if is_watched {
                    return speed(&lab, turn, |lab| screen.draw(lab));
                }
                screen.look_away(&lab);
                speed(&lab, turn, |_| {})
            };
            let is_watched_first = pair.is_multiple_of(2);
            let (one, other) = (of_turn(is_watched_first), of_turn(!is_watched_first));
            if is_watched_first {
                one / other
            } else {
                other / one
            }
        };
        let mut shares: Vec<f64> = (0..N_PAIRS).map(&mut share_of).collect();
        shares.sort_by(f64::total_cmp);
        let middle = &shares[N_PAIRS / 4..N_PAIRS - N_PAIRS / 4];
        let mean = middle.iter().sum::<f64>() / middle.len() as f64;
        let slower = |share: f64| 100.0 * (1.0 - share);
        println!(
            "{:<44} {:7.1} {:7.1} … {:<7.1}",
            format!("{name}, {what}"),
            slower(mean),
            slower(middle[middle.len() - 1]),
            slower(middle[0]),
        );
    }
}

fn settings(sets: &[&str]) -> Settings {
    let sources = Sources {
        sets: sets
            .iter()
            .chain(&["run.pace=full", "screen.color=truecolor"])
            .map(|set| (*set).to_owned())
            .collect(),
        ..Sources::default()
    };
    config::load(&sources, Face::Lab).expect("the settings are right")
}

fn is_answered(lab: &Lab) -> bool {
    let groups = lab.snapshot().groups;
    let mut runs = groups.iter().flat_map(|group| &group.runs);
    runs.all(|run| run.readings.are_answered())
}

/// Steps of all runs a second over a turn, while `watch` looks.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn speed(lab: &Lab, turn: Duration, mut watch: impl FnMut(&Lab)) -> f64 {
    let steps = || -> u64 {
        let groups = lab.snapshot().groups;
        let runs = groups.iter().flat_map(|group| &group.runs);
        runs.map(|run| run.step).sum()
    };
    let (before, begun) = (steps(), Instant::now());
    while begun.elapsed() < turn {
        watch(lab);
        sleep(FRAME);
    }
    (steps() - before) as f64 / begun.elapsed().as_secs_f64()
}
