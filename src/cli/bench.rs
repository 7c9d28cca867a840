//! `dropscope bench`: which networks, how they are asked for, and where the figures go.

use std::fmt;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use indicatif::ProgressBar;

use super::BenchArgs;
use super::failure::Failure;
use super::output::{print, tell};
use crate::bench::{self, Deadline, Extent, Part, Plan};
use crate::config::{self, Face, Problem, Problems, Settings, Sources};
use crate::lab::{Lab, Limit};
use crate::tui::Offscreen;

/// The widths of a network, from its inputs to its outputs, as in `784-256-256-10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Net(Vec<usize>);

/// The networks that are measured unless one is named, each with its usual batch: the size of the digits, of MNIST, and of
/// the networks in papers on MNIST.
const NETS: [(&str, &str); 3] = [
    ("64-128-128-10", "32"),
    ("784-256-256-10", "100"),
    ("784-1024-1024-1024-10", "100"),
];

/// Seconds that measuring several networks takes at least.
const LEAST_SECS: f64 = 3.0;

/// The batch of a network that is named.
const USUAL_BATCH: &str = "100";

/// What is asked for unless the command line says otherwise, whatever a settings file says; a mask per sample because then
/// all operations are really made, colours and glyphs so that frames are as costly as they get.
const DEFAULTS: [(&str, &str, &str); 7] = [
    ("--rates", "dropout.rates", "0.5"),
    ("--seeds", "run.seeds", "1"),
    ("--glyphs", "screen.glyphs", "braille"),
    ("--color", "screen.color", "truecolor"),
    ("--theme", "screen.theme", "dark"),
    ("--train", "data.train", "auto"),
    ("--test", "data.test", "auto"),
];

/// Settings that exclude each other, of which one has a default here.
const EXCLUSIVE: [(&str, &str, &str, &[&str]); 2] = [
    (
        "--mask",
        "dropout.mask",
        "sample",
        &["dropout.mask", "dropout.noise_shape"],
    ),
    (
        "--seconds",
        "training.seconds",
        "30",
        &["training.seconds", "training.steps", "training.epochs"],
    ),
];

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&widths.join("-"))
    }
}

impl FromStr for Net {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const MOST_UNITS: usize = 16_384;
        const MOST_WIDTHS: usize = 18;
        let widths = text
            .split('-')
            .map(str::parse)
            .collect::<Result<Vec<usize>, _>>();
        let are_accepted = |widths: &Vec<usize>| {
            (2..=MOST_WIDTHS).contains(&widths.len())
                && widths.iter().all(|width| (1..=MOST_UNITS).contains(width))
        };
        widths.ok().filter(are_accepted).map(Self).ok_or_else(|| {
            format!(
                "accepted: 2 to {MOST_WIDTHS} widths from 1 to {MOST_UNITS}, from the inputs to the outputs, such as \
                 784-256-256-10"
            )
        })
    }
}

/// Measures and prints: a table for each network, or a JSON object on a line of its own.
///
/// # Errors
/// Whatever is wrong before anything is measured, or a result that could not be written.
pub fn bench(args: &BenchArgs) -> Result<ExitCode, Failure> {
    let named = args.net.clone().map(|net| vec![(net, USUAL_BATCH)]);
    let nets = named.unwrap_or_else(|| {
        let known = NETS.iter();
        let parsed = known.filter_map(|(net, batch)| Some((net.parse::<Net>().ok()?, *batch)));
        parsed.collect()
    });
    let plans = nets
        .iter()
        .map(|(net, batch)| plan(net, batch, args))
        .collect::<Result<Vec<_>, Failure>>()?;
    let secs = secs_of(&plans)?;
    tell(&format!("this takes about {} seconds", secs.ceil()));
    let deadline = Deadline::after(secs);
    for (idx, (plan, settings)) in plans.iter().enumerate() {
        let left: f64 = plans[idx..].iter().map(|(plan, _)| weight(plan)).sum();
        let end = deadline.next_of(left / weight(plan));
        let widths = [
            &[plan.n_inputs],
            &plan.experiment.network.hidden[..],
            &[plan.n_outputs],
        ];
        let mut screen = Offscreen::new(settings, &plan.experiment, widths.concat())?;
        let mut watch = |lab: &Lab| screen.draw(lab);
        let spinner = spinner();
        let begin = |part: Part| {
            let (net, nth, n_nets) = (&nets[idx].0, idx + 1, nets.len());
            spinner.set_message(format!("{net} ({nth} of {n_nets}): {}", part.words()));
        };
        let figures = bench::measure(plan, end, Some(&mut watch), begin);
        spinner.finish_and_clear();
        let figures = figures?;
        let break_before = if idx > 0 && !args.json { "\n" } else { "" };
        let text = if args.json {
            figures.json().map_err(std::io::Error::from)?
        } else {
            figures.table()
        };
        print(&format!("{break_before}{text}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// How long everything together takes, as it was asked for; several networks have a least time.
fn secs_of(plans: &[(Plan, Settings)]) -> Result<f64, Problems> {
    let settings = plans.first().map(|(_, settings)| settings);
    let limit = settings.and_then(|settings| settings.experiment.limit);
    let Some(Limit::Seconds(secs)) = limit else {
        let message = "a benchmark is measured for some time; accepted: --seconds N";
        return Err(Problem::general("bench", message).into());
    };
    if let Some(settings) = settings.filter(|_| plans.len() > 1 && secs < LEAST_SECS) {
        let message = format!(
            "found {secs}; accepted here: at least {LEAST_SECS}, for {} networks, or --net with one of them",
            plans.len()
        );
        return Err(settings.problem("training.seconds", message).into());
    }
    Ok(secs)
}

/// A network's part of the time: one whose steps take longer has more of it, and all have something.
fn weight(plan: &Plan) -> f64 {
    let hidden = &plan.experiment.network.hidden;
    1.0 + (hidden.iter().sum::<usize>() as f64 / 1024.0)
}

/// What is being measured, on standard error; nothing where that is no terminal.
fn spinner() -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(200));
    spinner
}

fn plan(net: &Net, batch: &str, args: &BenchArgs) -> Result<(Plan, Settings), Failure> {
    let given = |setting: &str| {
        let by_set = format!("{setting}=");
        let Sources { flags, sets, .. } = &args.settings.0;
        flags.iter().any(|given| given.setting == setting)
            || sets.iter().any(|set| set.starts_with(&by_set))
    };
    if given("network.hidden") {
        let message =
            "is not for a benchmark; accepted: --net with all widths, such as 64-256-256-10";
        return Err(Problems::from(Problem::general("--hidden", message)).into());
    }
    let Net(widths) = net;
    let last = widths.len() - 1;
    let hidden = widths[1..last].iter().map(ToString::to_string);
    let hidden = hidden.collect::<Vec<_>>().join(",");
    let mut flags = args.settings.clone();
    let own = [
        ("--batch", "training.batch", batch),
        ("--net", "network.hidden", hidden.as_str()),
    ];
    for (flag, setting, text) in DEFAULTS.iter().chain(&own) {
        if !given(setting) {
            flags.push(flag, setting, (*text).to_owned());
        }
    }
    for (flag, setting, text, group) in EXCLUSIVE {
        if !group.iter().any(|setting| given(setting)) {
            flags.push(flag, setting, text.to_owned());
        }
    }
    let settings = config::load(&flags.0, Face::Headless)?;
    let problems = crate::tui::check(&settings);
    if !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    let experiment = settings.experiment.clone();
    let plan = Plan {
        experiment,
        n_inputs: widths[0],
        n_outputs: widths[last],
        extent: if args.json && !args.full {
            Extent::Throughput
        } else {
            Extent::Everything
        },
    };
    Ok((plan, settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_net_is_its_widths() {
        assert_eq!("784-256-10".parse(), Ok(Net(vec![784, 256, 10])));
        for wrong in ["", "784", "784-0-10", "a-b", "784--10", "1-99999"] {
            assert!(wrong.parse::<Net>().is_err(), "{wrong}");
        }
        for (net, _) in NETS {
            assert!(net.parse::<Net>().is_ok());
        }
    }
}
