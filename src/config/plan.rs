//! The checked plan: each table of the written settings becomes a part of an [`Experiment`].
//!
//! Ranges stand here as predicates and in `assets/default.toml` in words; nowhere else. What depends on the data,
//! such as a batch larger than all of it, is checked again when the data are there ([`sizes`]).

use std::collections::BTreeMap;

use crate::data::{Spec, SplitPlan};
use crate::lab::{DataPlan, Experiment, Limit, Network, Pace};
use crate::math::matmul::Level;
use crate::nn::Engine;
use crate::nn::noise_shape::NoiseShapeError;
use crate::train::{Method, NoiseChange, OptimizerPlan};

use super::changes;
use super::check::{Check, Checked};
use super::groups;
use super::library::Shelf;
use super::library::preset::{self, Preset};
use super::manual;
use super::screen::ScreenSettings;
use super::written::{self, Read, Word, Written};

const MOST_UNITS: u64 = 16_384;
const MOST_LAYERS: usize = 16;
const MOST_SEEDS: u64 = crate::lab::MAX_SEEDS as u64;
const MOST_DECISIONS: usize = 16;
const MOST_THREADS: u64 = 1024;
const MOST_FPS: u64 = 120;
/// About the largest number of 32 bits.
const MOST_F32: f64 = 3.4e38;

/// The checked parts of all settings.
pub(super) type Plan = (Experiment, ScreenSettings, BTreeMap<String, String>);

/// Checks every setting; refused if any of them was.
pub(super) fn plan(
    check: &mut Check<'_>,
    written: Written,
    presets: &Shelf<Preset>,
) -> Checked<Plan> {
    let preset = preset(check, written.preset, presets);
    let data = data(check, written.data);
    let network = network(check, written.network);
    let batch_size = check.value("training.batch", written.training.batch.clone(), |&batch| {
        batch >= 1
    });
    let has_hidden = network
        .as_ref()
        .is_ok_and(|network| !network.hidden.is_empty());
    let groups = groups::groups(check, written.dropout, has_hidden);
    let limit = limit(check, &written.training);
    let optimizer = optimizer(check, written.training);
    let run = run(check, &written.run);
    let engine = engine(check, written.engine);
    let screen = screen(check, written.screen);
    let keys = keys(check, written.keys);
    let changed = written.change;
    let (data, run, groups) = (data?, run?, groups?);
    let runs = changes::Runs {
        groups: &groups,
        first_seed: run.seed,
        n_seeds: run.n_seeds,
        has_hidden,
    };
    let changes = changes::changes(check, changed, &runs)?;
    let experiment = Experiment {
        preset: preset?,
        data: DataPlan {
            spec: data.spec,
            split: data.split,
            seed: data.seed.unwrap_or(run.seed),
        },
        network: network?,
        groups,
        changes,
        optimizer: optimizer?,
        batch_size: batch_size? as usize,
        seed: run.seed,
        n_seeds: run.n_seeds,
        decide_at: run.decide_at,
        limit: limit?,
        pace: run.pace,
        n_threads: run.n_threads,
        keeps_past: false,
        panic_at_step: run.panic_at_step,
        engine: engine?,
        evaluates: true,
    };
    Ok((experiment, screen?, keys?))
}

/// The preset that runs. With other data, other wrong labels or another network than it is about it is another experiment,
/// whose name it must not have.
fn preset(
    check: &mut Check<'_>,
    preset: Read<Word>,
    presets: &Shelf<Preset>,
) -> Checked<Option<String>> {
    let is_known = |word: &Word| {
        let is_broken = !presets.problems_of(&word.0).is_empty();
        word.0 == preset::NONE || is_broken || presets.named(&word.0).is_some()
    };
    let name = check.value("preset", preset, is_known)?.0;
    let is_itself = |preset: &Preset| {
        let mut essence = preset.essence();
        essence.all(|(setting, value)| check.is_written(setting, value))
    };
    let preset = presets.named(&name).map(|item| &item.content);
    Ok(preset.filter(|preset| is_itself(preset)).map(|_| name))
}

fn is_share(number: f64) -> bool {
    (0.0..=1.0).contains(&number)
}

/// Numbers of the networks have 32 bits: what is positive must stay so there.
fn is_positive(number: f64) -> bool {
    (1e-45..=MOST_F32).contains(&number)
}

/// TOML's integers end there, and the seeds of the runs behind the first must not overflow either.
fn is_seed(seed: u64) -> bool {
    i64::try_from(seed).is_ok()
}

/// The checked table `[data]`.
struct DataPart {
    spec: Spec,
    split: SplitPlan,
    seed: Option<u64>,
}

fn data(check: &mut Check<'_>, data: written::Data) -> Checked<DataPart> {
    let spec = check.text("data.spec", data.spec);
    let n_train = check.optional("data.train", data.train, "auto", |&n| n >= 1);
    let n_test = check.optional("data.test", data.test, "auto", |&n| n >= 1);
    let label_noise = check.value("data.label_noise", data.label_noise, |&share| {
        is_share(share)
    });
    let seed = check.optional("data.seed", data.seed, "auto", |&seed| is_seed(seed));
    let count = |n: Option<u64>| n.map(|n| n as usize);
    Ok(DataPart {
        spec: spec?,
        split: SplitPlan {
            n_train: count(n_train?),
            n_test: count(n_test?),
            label_noise: label_noise?,
        },
        seed: seed?,
    })
}

fn network(check: &mut Check<'_>, network: written::Network) -> Checked<Network> {
    let are_accepted = |widths: &Vec<u64>| {
        widths.len() <= MOST_LAYERS && widths.iter().all(|width| (1..=MOST_UNITS).contains(width))
    };
    let hidden = check.value("network.hidden", network.hidden, are_accepted);
    let activation = check.word("network.activation", network.activation);
    let init = check.word("network.init", network.init);
    let hidden = hidden?.into_iter().map(|width| width as usize).collect();
    Ok(Network {
        hidden,
        activation: activation?,
        init: init?,
    })
}

fn limit(check: &mut Check<'_>, training: &written::Training) -> Checked<Option<Limit>> {
    let epochs = check.optional("training.epochs", training.epochs.clone(), "none", |&n| {
        n >= 1
    });
    let steps = check.optional("training.steps", training.steps.clone(), "none", |&n| {
        n >= 1
    });
    let is_duration = |&secs: &f64| secs > 0.0 && secs.is_finite();
    let seconds = check.optional(
        "training.seconds",
        training.seconds.clone(),
        "none",
        is_duration,
    );
    let epochs = epochs?.map(Limit::Epochs);
    let steps = steps?.map(Limit::Steps);
    Ok(epochs.or(steps).or(seconds?.map(Limit::Seconds)))
}

fn optimizer(check: &mut Check<'_>, training: written::Training) -> Checked<OptimizerPlan> {
    let is_penalty = |l2: &f64| (0.0..=MOST_F32).contains(l2);
    // The largest with seven digits that is not 1 in 32 bits.
    let momentum = check.value("training.momentum", training.momentum, |m| {
        (0.0..=0.999_999_9).contains(m)
    });
    let name = check.value("training.optimizer", training.optimizer, |word| {
        matches!(word.0.as_str(), "sgd" | "adam")
    });
    let learning_rate = check.value("training.lr", training.lr, |&lr| is_positive(lr));
    let l2 = check.value("training.l2", training.l2, is_penalty);
    let max_norm = check.optional("training.max_norm", training.max_norm, "none", |&bound| {
        is_positive(bound)
    });
    let method = match name?.0.as_str() {
        "adam" => Method::Adam,
        _ => Method::Sgd {
            momentum: momentum? as f32,
        },
    };
    let max_norm = max_norm?.map(|bound| bound as f32);
    Ok(OptimizerPlan {
        method,
        learning_rate: learning_rate? as f32,
        l2: l2? as f32,
        max_norm,
    })
}

/// The checked table `[run]`.
struct RunPart {
    seed: u64,
    n_seeds: usize,
    n_threads: usize,
    decide_at: Vec<u64>,
    pace: Pace,
    panic_at_step: Option<u64>,
}

fn run(check: &mut Check<'_>, run: &written::Run) -> Checked<RunPart> {
    let seed = check.value("run.seed", run.seed.clone(), |&seed| is_seed(seed));
    let n_seeds = check.value("run.seeds", run.seeds.clone(), |n| {
        (1..=MOST_SEEDS).contains(n)
    });
    let decide_at = decision_epochs(check, run.decide_at.clone());
    let n_threads = check.value("run.threads", run.threads.clone(), |&n| n <= MOST_THREADS);
    let is_speed = |&speed: &f64| speed > 0.0 && speed.is_finite();
    let pace = check.optional("run.pace", run.pace.clone(), "full", is_speed);
    let panic_at_step = check.optional(
        "run.panic_at_step",
        run.panic_at_step.clone(),
        "none",
        |_| true,
    );
    let n_threads = match n_threads? as usize {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n_threads => n_threads,
    };
    let pace = pace?.map_or(Pace::FullSpeed, Pace::EpochsPerSec);
    Ok(RunPart {
        seed: seed?,
        n_seeds: n_seeds? as usize,
        n_threads,
        decide_at: decide_at?.unwrap_or_default(),
        pace,
        panic_at_step: panic_at_step?,
    })
}

/// In rising order, each once, in whatever order they were written.
fn decision_epochs(
    check: &mut Check<'_>,
    written: Read<written::Maybe<Vec<u64>>>,
) -> Checked<Option<Vec<u64>>> {
    let are_accepted = |epochs: &Vec<u64>| {
        (1..=MOST_DECISIONS).contains(&epochs.len()) && epochs.iter().all(|&epoch| epoch >= 1)
    };
    let mut epochs = check.optional("run.decide_at", written, "none", are_accepted)?;
    if let Some(epochs) = &mut epochs {
        epochs.sort_unstable();
        epochs.dedup();
    }
    Ok(epochs)
}

fn engine(check: &mut Check<'_>, engine: written::Engine) -> Checked<Engine> {
    let level = check.word_or_auto::<Level>("engine.vectors", engine.vectors);
    let execution = check.word("engine.thinned", engine.thinned);
    let level = level?.unwrap_or_else(Level::detect);
    if !level.is_available() {
        let best = Level::detect().name();
        let message = format!(
            "found {}; accepted here: auto, or at most {best}",
            level.name()
        );
        return Err(check.report("engine.vectors", message));
    }
    Ok(Engine {
        level,
        execution: execution?,
    })
}

fn screen(check: &mut Check<'_>, screen: written::Screen) -> Checked<ScreenSettings> {
    let glyphs = check.word_or_auto("screen.glyphs", screen.glyphs);
    let color = check.word_or_auto("screen.color", screen.color);
    let theme = check.value("screen.theme", screen.theme, |word| !word.0.is_empty());
    let fps = check.optional("screen.fps", screen.fps, "auto", |fps| {
        (1..=MOST_FPS).contains(fps)
    });
    let is_mouse_on = check.value("screen.mouse", screen.mouse, |_| true);
    let theme = Some(theme?.0).filter(|name| name != "auto");
    Ok(ScreenSettings {
        glyphs: glyphs?,
        color: color?,
        theme,
        fps: fps?.map(|fps| fps as u32),
        is_mouse_on: is_mouse_on?,
    })
}

fn keys(
    check: &mut Check<'_>,
    keys: BTreeMap<String, Read<Word>>,
) -> Checked<BTreeMap<String, String>> {
    let key_of = |(action, key): (String, Read<Word>)| {
        let setting = manual::full_name(manual::FREE_TABLE, &action);
        let key = check.value(&setting, key, |word| !word.0.is_empty());
        Ok((action, key?.0))
    };
    let checked: Vec<Checked<(String, String)>> = keys.into_iter().map(key_of).collect();
    checked.into_iter().collect()
}

/// Makes a batch that the user did not ask for no larger than all `n_train` examples, where these are known.
pub(super) fn fit_batch(check: &Check<'_>, experiment: &mut Experiment, n_train: Option<usize>) {
    let is_users = check
        .origin("training.batch")
        .is_some_and(|origin| origin.is_users());
    if let Some(n_train) = n_train.filter(|_| !is_users) {
        experiment.batch_size = experiment.batch_size.min(n_train);
    }
}

/// What is checked as soon as sizes are known: the batch and the noise shape against `n_train` examples (`None` before
/// the data are loaded) and against the widths of the layers that dropout follows, the input's included where known.
pub(super) fn sizes(
    check: &mut Check<'_>,
    experiment: &Experiment,
    n_train: Option<usize>,
    n_inputs: Option<usize>,
) {
    let batch_size = experiment.batch_size;
    if let Some(n_train) = n_train.filter(|&n_train| batch_size > n_train) {
        let message = format!(
            "found {batch_size}; accepted: a whole number from 1 to {n_train}, the training examples"
        );
        check.report("training.batch", message);
        return;
    }
    let input = n_inputs.filter(|_| {
        let mut noises = experiment.groups.iter().map(|group| &group.noise);
        noises.any(|noise| !noise.input_rate.is_none())
    });
    let mut widths: Vec<usize> = input
        .into_iter()
        .chain(experiment.network.hidden.iter().copied())
        .collect();
    // Two layers of one width have one problem.
    widths.sort_unstable();
    widths.dedup();
    let last_batch = n_train
        .map(|n_train| n_train % batch_size)
        .filter(|&n_left| n_left > 0);
    for rows in [Some(batch_size), last_batch].into_iter().flatten() {
        let changed = experiment
            .changes
            .iter()
            .filter_map(|change| match &change.to {
                NoiseChange::NoiseShape(shape) => Some(shape),
                _ => None,
            });
        let groups = experiment.groups.iter();
        let shapes = groups.map(|group| &group.noise.noise_shape).chain(changed);
        let mut misfits = shapes.flat_map(|shape| {
            let misfit = |&width: &usize| shape.resolve(&[rows, width]).err();
            widths.iter().filter_map(misfit)
        });
        if let Some(misfit) = misfits.next() {
            let message = misfit_message(&misfit, rows, batch_size, n_train);
            check.report("dropout.noise_shape", message);
            return;
        }
    }
}

fn misfit_message(
    misfit: &NoiseShapeError,
    rows: usize,
    batch_size: usize,
    n_train: Option<usize>,
) -> String {
    match n_train {
        Some(n_train) if rows != batch_size => {
            format!(
                "{misfit}: {n_train} examples in batches of {batch_size} end with one of {rows}; accepted: rows 1 or none"
            )
        }
        _ => format!(
            "{misfit}; accepted: rows 1, none or {batch_size}, and units 1, none or every layer's width"
        ),
    }
}
