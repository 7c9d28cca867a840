//! Labs built by hand, as a screen may meet them. Nothing is trained here: every number follows from a formula, so that
//! each moment of a lab's life can be had at once and is the same everywhere.
use std::sync::Arc;

use dropscope::lab::{
    Change, ChangeKind, Command, Evaluation, GroupId, GroupSnapshot, History, LabSnapshot, Origin,
    Pace, PastSnapshot, Phase, RunId, RunSnapshot, Varied,
};
use dropscope::math::random::Key;
use dropscope::nn::{Activation, Dense, DropRate, Mask, Masks, Mlp, NoiseShape, UnitId};
use dropscope::probe::asked::Answer;
use dropscope::probe::{
    Families, KeepCounts, Probe, Reading, Readings, Score, Subnetworks, ThinnedReading,
    ThinnedSample, WeightNorms,
};
use dropscope::train::{HeldMask, MaskRecipe, StepPhase};
use ndarray::Array2;

/// Steps in an epoch of every lab here: 500 examples in batches of 32.
pub(crate) const STEPS_PER_EPOCH: u64 = 16;

const N_EXAMPLES: usize = 500;
const BATCH_SIZE: usize = 32;

/// What a lab is about and how far it has come.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// The drop rate of each group.
    pub(crate) rates: Vec<f64>,
    /// Paired seeds in each group.
    pub(crate) n_seeds: usize,
    /// Updates made by every run.
    pub(crate) step: u64,
    /// The drop rate of the input.
    pub(crate) input_rate: f64,
    /// As the settings write it.
    pub(crate) noise_shape: &'static str,
    /// Inputs, hidden widths, outputs; a single output makes it a regression.
    pub(crate) widths: &'static [usize],
}

impl Default for Story {
    /// The default experiment in mid-training, at epoch 41.
    fn default() -> Self {
        Self {
            rates: vec![0.0, 0.2, 0.5, 0.7],
            n_seeds: 5,
            step: 41 * STEPS_PER_EPOCH,
            input_rate: 0.0,
            noise_shape: "1,none",
            widths: &[64, 256, 256, 10],
        }
    }
}

impl Story {
    /// The lab of this story, playing at 5 epochs per second.
    pub(crate) fn tell(&self) -> LabSnapshot {
        LabSnapshot {
            groups: (0..self.rates.len()).map(|row| self.group(row)).collect(),
            varied: Varied::HiddenRate,
            decide_at: Arc::new([150]),
            is_playing: true,
            pace: Pace::EpochsPerSec(5.0),
            seed: 7,
            elapsed_secs: 8.2,
            past: None,
            next_group: GroupId(self.rates.len()),
        }
    }

    fn group(&self, row: usize) -> GroupSnapshot {
        GroupSnapshot {
            held: None,
            id: GroupId(row),
            letter: char::from(b'a' + row as u8),
            rate: DropRate::saturating(self.rates[row]),
            hidden_rate: DropRate::saturating(self.rates[row]),
            input_rate: DropRate::saturating(self.input_rate),
            noise_shape: self.noise_shape.parse().unwrap(),
            origin: None,
            since_secs: 0.0,
            runs: (0..self.n_seeds)
                .map(|seed_idx| Arc::new(self.run(row, seed_idx)))
                .collect(),
            n_planned: self.n_seeds,
            n_begun: self.rates.len(),
        }
    }

    fn run(&self, row: usize, seed_idx: usize) -> RunSnapshot {
        let rate = DropRate::saturating(self.rates[row]);
        let input_rate = DropRate::saturating(self.input_rate);
        let noise_shape: NoiseShape = self.noise_shape.parse().unwrap();
        let n_units = self.widths[..self.widths.len() - 1].to_vec();
        let recipe = MaskRecipe::new(
            Key::new(7 + seed_idx as u64).child("masks"),
            n_units.clone(),
            (N_EXAMPLES, BATCH_SIZE),
            (input_rate, rate),
            &noise_shape,
        )
        .unwrap();
        let layer_rates = std::iter::once(input_rate).chain(std::iter::repeat(rate));
        let subnetworks = Subnetworks::new(n_units.into_iter().zip(layer_rates));
        let masks_per_step = if noise_shape.is_per_batch() { 1 } else { 32 };
        let masks_drawn = if subnetworks.n_units() == 0 {
            0
        } else {
            self.step * masks_per_step
        };
        let history = self.history(rate.value(), seed_idx);
        RunSnapshot {
            planned: Arc::default(),
            checkpoints: Arc::default(),
            id: RunId(100 * row + seed_idx),
            seed: 7 + seed_idx as u64,
            rate,
            hidden_rate: rate,
            input_rate,
            noise_shape,
            learning_rate: 0.01,
            phase: Phase::Running,
            step: self.step,
            epoch: self.step as f64 / STEPS_PER_EPOCH as f64,
            next_part: StepPhase::Mask,
            latest: history.evaluations.last().cloned(),
            initial_norms: WeightNorms {
                layers: vec![10.0; self.widths.len() - 1],
                total: 20.0,
                path: 5.0,
            },
            history: Arc::new(history),
            // Only the first run of a group shows its keep counts.
            keep_counts: Arc::new(keep_counts(
                &recipe,
                if seed_idx == 0 { self.step.min(700) } else { 0 },
                self.widths,
            )),
            recipe: Arc::new(recipe),
            widths: self.widths.to_vec(),
            subnetworks,
            masks_drawn,
            masks_distinct: masks_drawn,
            is_distinct_exact: true,
            readings: self.readings(rate, seed_idx),
            steps_per_sec: 2104.0 + 900.0 * rate.value() + seed_idx as f64,
            samples_per_sec: 32.0 * 2104.0,
        }
    }

    /// What looks at the run found.
    fn readings(&self, rate: DropRate, seed_idx: usize) -> Readings {
        let mut readings = Readings::default();
        if self.step > 0 && !rate.is_none() {
            readings.put(Probe::THINNED, self.thinned(rate.value()));
        }
        if let Some(families) = self.families(rate.value(), seed_idx) {
            let answer = Answer {
                step: self.step,
                is_complete: true,
                reading: Reading::Families(families),
            };
            readings.put(Probe::Families { layer_idx: 0 }, answer);
        }
        readings
    }

    /// What a look at the first layer of the first seed finds: waves of weights, that dropout makes longer. None of a large
    /// network, which would take its time.
    fn families(&self, rate: f64, seed_idx: usize) -> Option<Families> {
        const MOST_WEIGHTS: usize = 100_000;
        let n_weights: usize = self.widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        if seed_idx > 0 || self.step == 0 || n_weights > MOST_WEIGHTS {
            return None;
        }
        let layer = |pair: &[usize]| Dense::zeros(pair[0], pair[1]);
        let mut net = Mlp {
            layers: self.widths.windows(2).map(layer).collect(),
            activation: Activation::Relu,
        };
        let n_inputs = self.widths[0] as f32;
        let wave = |(input, unit): (usize, usize), phase: f32| {
            ((input * (unit % 7 + 1)) as f32 * 0.37 + phase).sin() / n_inputs.sqrt()
        };
        let weight = &mut net.layers[0].weight;
        let start = Array2::from_shape_fn(weight.dim(), |at| 1.4 * wave(at, at.1 as f32));
        let size = 0.4 + 0.8 * rate as f32;
        weight.assign(&start);
        weight.indexed_iter_mut().for_each(|(at, weight)| {
            *weight += size * (1.0 + (at.1 as f32).cos()) * wave(at, rate as f32);
        });
        let mut families = Families::new(&net, start, 0);
        let effective = |unit| 20.0 + 10.0 * rate + 6.0 * f64::from(unit as u32).sin();
        families.effective_inputs = Some((0..self.widths[1]).map(effective).collect());
        Some(families)
    }

    fn is_classification(&self) -> bool {
        self.widths.last() != Some(&1)
    }

    fn history(&self, rate: f64, seed_idx: usize) -> History {
        let n_epochs = self.step / STEPS_PER_EPOCH;
        let epochs = std::iter::successors(Some(0), |last| Some(last + (last / 100).max(1)));
        let mut history = History::default();
        for epoch in epochs.take_while(|&epoch| epoch <= n_epochs) {
            let evaluation = self.evaluation(epoch, rate, seed_idx);
            // Compact execution saves a part of the time.
            let secs = 0.01 * epoch as f64 * (1.0 - 0.4 * rate);
            history.evaluated(evaluation, secs);
        }
        history
    }

    /// An evaluation as dropout would have it: without it the training loss falls fastest and the test loss rises again.
    fn evaluation(&self, epoch: u64, rate: f64, seed_idx: usize) -> Evaluation {
        let t = epoch as f64;
        let jitter = 0.004 * (seed_idx as f64 - 1.0) * (1.0 + 3.0 * rate);
        let learnt = (-t * (0.30 - 0.25 * rate)).exp();
        let train_loss = 0.05 + 0.7 * rate * rate + jitter.abs() + 2.2 * learnt;
        let overfit = 0.012 * t * (0.9 - rate);
        let test_loss = 0.40 + 0.25 * (rate - 0.45).powi(2) + jitter + 1.9 * learnt + overfit;
        let test_accuracy = (0.10 + 0.84 * (1.0 - learnt) - 0.1 * overfit + jitter).clamp(0.0, 1.0);
        let norm = 20.0 * (1.0 + (0.2 - 0.16 * rate) * (1.0 - (-t / 30.0).exp()) + 0.3 * jitter);
        let accuracy = |value: f64| self.is_classification().then_some(value);
        let r2 = |loss: f64| (!self.is_classification()).then_some(1.0 - loss / 2.4);
        Evaluation {
            step: epoch * STEPS_PER_EPOCH,
            epoch: t,
            train_loss,
            test_loss,
            noisy_test_loss: test_loss + 0.3 * self.rise(learnt),
            train_accuracy: accuracy((1.0 - 0.9 * learnt - 0.1 * rate).clamp(0.0, 1.0)),
            test_accuracy: accuracy(test_accuracy),
            train_r2: r2(train_loss),
            test_r2: r2(test_loss),
            weight_norm: norm,
            layer_norms: vec![norm / 2.0; self.widths.len() - 1].into(),
            path_norm: 5.0 * (norm / 20.0).powi(3),
        }
    }

    /// How far the test loss would rise if all its labels were drawn at random: a network that has learnt is sure of them.
    fn rise(&self, learnt: f64) -> f64 {
        if self.is_classification() {
            4.0 * (1.0 - learnt)
        } else {
            0.0
        }
    }

    fn thinned(&self, rate: f64) -> Answer {
        let accuracy = |value: f64| self.is_classification().then_some(value);
        let full = 0.93 - 0.05 * rate;
        // Sums of two scattered numbers: a hump, as thinned networks' accuracies have.
        let scattered = |i: usize| {
            ((i * 37 % 101) as f64 / 101.0 + (i * 53 % 97) as f64 / 97.0 - 1.0) * 0.1 * rate
        };
        let accuracies: Vec<f64> = (0..200)
            .map(|i| full - 0.06 * rate + scattered(i))
            .collect();
        let score = |loss, share| Score {
            loss,
            accuracy: accuracy(share),
            r2: None,
        };
        let reading = ThinnedReading {
            n_examples: 1297,
            n_test: 1297,
            sample: ThinnedSample {
                each: accuracies[..20]
                    .iter()
                    .map(|&share| score(1.4 - share, share))
                    .collect(),
                averaged: score(0.383, full),
                full: score(0.371, full),
            },
            accuracies: if self.is_classification() {
                accuracies
                    .into_iter()
                    .map(|share| (self.step, share))
                    .collect()
            } else {
                Vec::new()
            },
        };
        thinned_answer(self.step, reading)
    }
}

/// A whole answer about thinned networks.
fn thinned_answer(step: u64, reading: ThinnedReading) -> Answer {
    Answer {
        step,
        is_complete: true,
        reading: Reading::Thinned(reading),
    }
}

/// Lets a run have been looked at, at `step`.
pub(crate) fn looked_at(run: &mut RunSnapshot, step: u64, reading: ThinnedReading) {
    run.readings
        .put(Probe::THINNED, thinned_answer(step, reading));
}

fn keep_counts(recipe: &MaskRecipe, n_steps: u64, widths: &[usize]) -> KeepCounts {
    let mut counts = KeepCounts::new(widths[..widths.len() - 1].iter().copied());
    let mut masks = Masks::new(vec![Mask::none(); recipe.n_layers()]);
    for step in 0..n_steps {
        for (layer_idx, mask) in masks.layers_mut().iter_mut().enumerate() {
            recipe.draw(layer_idx, step, mask);
        }
        counts.count(&masks);
    }
    counts
}

/// Changes all runs of the group in `row`.
pub(crate) fn change_runs(lab: &mut LabSnapshot, row: usize, change: impl Fn(&mut RunSnapshot)) {
    for run in &mut lab.groups[row].runs {
        change(Arc::make_mut(run));
    }
}

/// Writes a run's record anew, as one that only grows cannot be changed.
pub(crate) fn edit(run: &mut RunSnapshot, change: impl FnOnce(&mut Vec<Evaluation>)) {
    let mut evaluations: Vec<Evaluation> = run.history.evaluations.iter().cloned().collect();
    change(&mut evaluations);
    let mut history = History {
        changes: Arc::clone(&run.history.changes),
        ..History::default()
    };
    for (evaluation, secs) in evaluations.into_iter().zip(run.history.secs.iter()) {
        history.evaluated(evaluation, *secs);
    }
    run.history = Arc::new(history);
}

/// Adds a change made live to a run's record.
pub(crate) fn add_change(run: &mut RunSnapshot, change: Change) {
    let history = Arc::make_mut(&mut run.history);
    Arc::make_mut(&mut history.changes).push(change);
}

/// Changes all evaluations of all runs, the latest ones with them.
pub(crate) fn change_evaluations(
    lab: &mut LabSnapshot,
    row: usize,
    change: impl Fn(&mut Evaluation),
) {
    change_runs(lab, row, |run| {
        edit(run, |evaluations| evaluations.iter_mut().for_each(&change));
        run.latest = run.history.evaluations.last().cloned();
    });
}

/// Notes a change of the first group's and the third group's rate and sharing, as if made live at epochs 12 and 30.
pub(crate) fn changed_live(mut lab: LabSnapshot) -> LabSnapshot {
    let rate = DropRate::saturating;
    let at = |epoch: u64, kind: ChangeKind| Change {
        step: epoch * STEPS_PER_EPOCH,
        epoch: epoch as f64,
        kind,
    };
    let to = lab.groups[2].rate;
    let rate_change = at(
        12,
        ChangeKind::Rate {
            from: rate(0.35),
            to,
        },
    );
    let shape_change = at(
        30,
        ChangeKind::NoiseShape {
            from: NoiseShape::per_batch(),
            to: NoiseShape::per_sample(),
        },
    );
    change_runs(&mut lab, 2, |run| {
        let step = rate_change.step;
        Arc::make_mut(&mut run.recipe).set_hidden_rate(step, to);
        add_change(run, rate_change.clone());
    });
    change_runs(&mut lab, 3, |run| {
        let recipe = Arc::make_mut(&mut run.recipe);
        recipe
            .set_noise_shape(shape_change.step, &NoiseShape::per_sample())
            .unwrap();
        run.noise_shape = NoiseShape::per_sample();
        add_change(run, shape_change.clone());
    });
    lab.groups[3].noise_shape = NoiseShape::per_sample();
    lab
}

/// Answers a command in a snapshot as the real lab would, except that nothing trains.
pub(crate) fn obey(lab: &mut LabSnapshot, command: &Command) {
    let group = |lab: &mut LabSnapshot, id: GroupId| {
        lab.groups.iter().position(|group| group.id == id).unwrap()
    };
    match command {
        Command::Play => lab.is_playing = true,
        Command::Pause => lab.is_playing = false,
        Command::Step(_) => {
            lab.is_playing = false;
        }
        Command::SetPace(pace) => lab.pace = *pace,
        Command::SetRate { group: id, rate } => {
            let row = group(lab, *id);
            lab.groups[row].rate = *rate;
            change_runs(lab, row, |run| {
                Arc::make_mut(&mut run.recipe).set_hidden_rate(run.step, *rate);
                run.rate = *rate;
            });
        }
        Command::SetNoiseShape {
            group: id,
            noise_shape,
        } => {
            let row = group(lab, *id);
            lab.groups[row].noise_shape = noise_shape.clone();
            change_runs(lab, row, |run| {
                Arc::make_mut(&mut run.recipe)
                    .set_noise_shape(run.step, noise_shape)
                    .unwrap();
                run.noise_shape = noise_shape.clone();
            });
        }
        Command::HoldMask { group: id, without }
        | Command::HoldMaskAgain { group: id, without } => {
            let row = group(lab, *id);
            hold(lab, row, Some(without));
        }
        Command::LetMaskGo(id) => {
            let row = group(lab, *id);
            hold(lab, row, None);
        }
        Command::Add(plan) => add(lab, plan.noise.hidden_rate),
        Command::Remove(id) => lab.groups.retain(|group| group.id != *id),
        Command::Restart(id) => {
            let row = group(lab, *id);
            lab.groups[row].since_secs = lab.elapsed_secs;
        }
        Command::Fork {
            group: id,
            step,
            rate,
        } => fork(lab, *id, *step, *rate),
        Command::View(step) => {
            lab.past = step.map(|step| Arc::new(past(lab, step)));
        }
        Command::PlayPast(is_playing) => {
            let past = lab.past.as_mut().map(Arc::make_mut);
            past.unwrap().is_playing = *is_playing;
        }
        Command::AddSeed | Command::Watch(_) => {}
    }
}

/// Lets a group hold the mask of the last step, less these units, or let it go.
fn hold(lab: &mut LabSnapshot, row: usize, without: Option<&Vec<UnitId>>) {
    lab.groups[row].held = without.cloned();
    change_runs(lab, row, |run| {
        let held =
            without.map(|without| HeldMask::new(run.step.saturating_sub(1), without.clone()));
        Arc::make_mut(&mut run.recipe).hold(run.step, held);
    });
}

/// Adds a group that branched off from another, at the step at which it did.
fn fork(lab: &mut LabSnapshot, parent: GroupId, step: u64, rate: DropRate) {
    let origin = Origin { parent, step };
    let mut fork = GroupSnapshot {
        id: lab.next_group,
        letter: ('a'..='z').nth(lab.groups.len()).unwrap(),
        rate,
        origin: Some(origin),
        since_secs: lab.elapsed_secs,
        ..lab.group(parent).unwrap().clone()
    };
    for run in &mut fork.runs {
        *run = Arc::new(run.recorded_at(step.min(run.step), lab.varied));
    }
    lab.groups.push(fork);
    lab.next_group.0 += 1;
    if let Some(seen) = lab.past.take() {
        lab.past = Some(Arc::new(past(lab, seen.step)));
    }
}

/// The lab at a step of its past, as far as it was recorded.
pub(crate) fn past(lab: &LabSnapshot, step: u64) -> PastSnapshot {
    let step = step.min(lab.last_step());
    let mut seen = LabSnapshot {
        past: None,
        ..lab.clone()
    };
    for run in seen.groups.iter_mut().flat_map(|group| &mut group.runs) {
        if run.step > step {
            *run = Arc::new(run.recorded_at(step, lab.varied));
        }
    }
    PastSnapshot {
        step,
        is_playing: false,
        n_replayed: (1, 2),
        lab: seen,
    }
}

/// Adds a group at step 0, under the next number and the first free letter.
fn add(lab: &mut LabSnapshot, rate: DropRate) {
    let story = Story {
        rates: vec![rate.value()],
        step: 0,
        ..Story::default()
    };
    let mut group = story.group(0);
    group.id = lab.next_group;
    group.since_secs = lab.elapsed_secs;
    lab.next_group = GroupId(lab.next_group.0 + 1);
    let is_free = |letter: &char| lab.groups.iter().all(|group| group.letter != *letter);
    group.letter = ('a'..='z').find(is_free).unwrap();
    lab.groups.push(group);
}
