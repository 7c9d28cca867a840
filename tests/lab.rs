//! The lab as a whole: what runs compute does not depend on who ticks them, commands do what they say, and a panic or a
//! divergence costs one run only.

use std::sync::Arc;

use crate::common::waiting::{PATIENCE, until};
use dropscope::claims::{Claim, Verdict};
use dropscope::data::{self, Split};
use dropscope::lab::{
    Command, DataPlan, Experiment, Grain, GroupPlan, GroupSnapshot, Lab, LabSnapshot, Limit,
    Network, Pace, Phase, Question, Run, RunPlan, RunSnapshot, Runs, Varied, WORKER_NAME,
};
use dropscope::nn::{DropRate, NoiseShape};
use dropscope::probe::{Probe, ThinnedReading};
use dropscope::train::{NoisePlan, OptimizerPlan, StepPhase};

fn groups(rates: &[f64]) -> Vec<GroupPlan> {
    let plan = |&rate: &f64| GroupPlan::of_rate(DropRate::saturating(rate));
    rates.iter().map(plan).collect()
}

/// Two moons, small networks, two groups of two seeds, 30 epochs at full speed.
fn experiment() -> Experiment {
    Experiment::example()
}

/// The same with masks of this shape in every group.
fn masked_by(noise_shape: &NoiseShape) -> Experiment {
    let mut experiment = experiment();
    for group in &mut experiment.groups {
        group.noise.noise_shape = noise_shape.clone();
    }
    experiment
}

fn split(experiment: &Experiment) -> Split {
    let plan = &experiment.data;
    data::load(&plan.spec, &plan.split, plan.key()).unwrap()
}

fn finished(experiment: &Experiment) -> LabSnapshot {
    let lab = Lab::start(experiment, split(experiment)).unwrap();
    assert!(lab.wait_finished(PATIENCE));
    lab.snapshot()
}

/// The panic that a test asks for needs no text on the screen.
fn quiet_workers() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_worker = std::thread::current()
            .name()
            .is_some_and(|name| name.starts_with(WORKER_NAME));
        if !is_worker {
            before(panic);
        }
    }));
}

fn runs(snapshot: &LabSnapshot) -> impl Iterator<Item = &Arc<RunSnapshot>> {
    snapshot.groups.iter().flat_map(|group| &group.runs)
}

/// A run that is ticked by hand, without any lab.
fn by_hand(experiment: &Experiment, rate: DropRate, seed: u64) -> Run {
    let trainer = experiment.trainer_plan(&GroupPlan::of_rate(rate), seed);
    let data = split(experiment);
    let n_steps = Some(30 * data.train.len().div_ceil(experiment.batch_size) as u64);
    let mut run = Run::new(
        RunPlan {
            n_steps,
            ..RunPlan::of(trainer)
        },
        Arc::new(data),
    )
    .unwrap();
    while run.phase().is_running() {
        run.tick();
    }
    run
}

#[test]
fn a_run_ticked_by_hand_equals_a_run_on_workers_on_one_thread_or_many() {
    let experiment = experiment();
    for n_threads in [1, 2, 5] {
        let snapshot = finished(&Experiment {
            n_threads,
            ..experiment.clone()
        });
        for run in runs(&snapshot) {
            let hand = by_hand(&experiment, run.rate, run.seed).snapshot(0.0);
            assert_eq!(
                hand.history, run.history,
                "{n_threads} threads, rate {}, seed {}",
                run.rate, run.seed
            );
            assert_eq!(hand.masks_distinct, run.masks_distinct);
        }
    }
}

#[test]
fn watching_pausing_and_pacing_change_no_number() {
    let experiment = experiment();
    let undisturbed = finished(&experiment);
    let paced = Experiment {
        pace: Pace::EpochsPerSec(200.0),
        ..experiment.clone()
    };
    let lab = Lab::start(&paced, split(&paced)).unwrap();
    for n in 1..6_u64 {
        until(&lab, "it has come further", |snapshot| {
            snapshot.epoch() >= n as f64
        });
        let group = lab.snapshot().groups[(n % 2) as usize].id;
        lab.send(Command::Watch(vec![Question::thinned(group)]));
        lab.send(Command::Step(Grain::Phase));
        lab.send(Command::Step(Grain::Batch));
        lab.send(Command::Play);
    }
    lab.send(Command::SetPace(Pace::FullSpeed));
    assert!(lab.wait_finished(PATIENCE));
    for (run, alone) in runs(&lab.snapshot()).zip(runs(&undisturbed)) {
        assert_eq!(
            run.history, alone.history,
            "rate {}, seed {}",
            run.rate, run.seed
        );
    }
}

#[test]
fn paired_seeds_start_alike_and_see_nested_masks_whatever_their_rate() {
    let snapshot = finished(&Experiment {
        groups: groups(&[0.2, 0.5, 0.8]),
        ..experiment()
    });
    let (mut low, mut high) = (dropscope::nn::Mask::none(), dropscope::nn::Mask::none());
    for seed in 0..2 {
        let runs: Vec<_> = snapshot
            .groups
            .iter()
            .map(|group| &group.runs[seed])
            .collect();
        for pair in runs.windows(2) {
            assert_eq!(
                pair[0].history.evaluations[0],
                pair[1].history.evaluations[0]
            );
            for step in [0, 1, 17] {
                pair[0].recipe.draw(1, step, &mut low);
                pair[1].recipe.draw(1, step, &mut high);
                assert!(
                    low.kept()
                        .iter()
                        .zip(high.kept())
                        .all(|(low, high)| high <= low)
                );
            }
        }
    }
}

fn open_ended(n_groups_at: &[f64]) -> (Experiment, Lab) {
    let experiment = Experiment {
        groups: groups(n_groups_at),
        limit: None,
        pace: Pace::EpochsPerSec(20.0),
        ..experiment()
    };
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    (experiment, lab)
}

fn is_evaluated(group: &GroupSnapshot) -> bool {
    group.runs.iter().all(|run| run.latest.is_some())
}

#[test]
fn single_steps_go_by_phase_batch_and_epoch_while_paused() {
    let (_, lab) = open_ended(&[0.5]);
    until(&lab, "it trains", |snapshot| snapshot.epoch() > 0.5);
    lab.send(Command::Pause);
    let step_now = |lab: &Lab| {
        let is_still = |_: &LabSnapshot| !lab.is_moving();
        let snapshot = until(lab, "it is still", is_still);
        (
            snapshot.groups[0].runs[0].step,
            snapshot.groups[0].runs[0].next_part,
        )
    };
    let (step, part) = step_now(&lab);
    assert_eq!(part, StepPhase::Mask);
    lab.send(Command::Step(Grain::Phase));
    assert_eq!(step_now(&lab), (step, StepPhase::Forward));
    lab.send(Command::Step(Grain::Batch));
    assert_eq!(
        step_now(&lab),
        (step + 1, StepPhase::Mask),
        "a batch ends the step that was begun"
    );
    lab.send(Command::Step(Grain::Epoch));
    let per_epoch = 100_u64.div_ceil(16);
    assert_eq!(
        step_now(&lab),
        (
            (step + 1).div_euclid(per_epoch) * per_epoch + per_epoch,
            StepPhase::Mask
        )
    );
    assert!(!lab.snapshot().is_playing);
}

#[test]
fn a_rate_changes_live_is_marked_and_resets_nothing() {
    let (_, lab) = open_ended(&[0.0, 0.5]);
    until(&lab, "it trains", |snapshot| snapshot.epoch() > 2.0);
    let group = lab.snapshot().groups[1].id;
    lab.send(Command::SetRate {
        group,
        rate: DropRate::saturating(0.8),
    });
    lab.send(Command::SetNoiseShape {
        group,
        noise_shape: NoiseShape::per_sample(),
    });
    let is_changed =
        |run: &Arc<RunSnapshot>| run.history.changes.len() == 2 && run.rate.value() > 0.7;
    let snapshot = until(&lab, "the runs are changed", |lab| {
        lab.groups[1].runs.iter().all(is_changed)
    });
    for run in &snapshot.groups[1].runs {
        assert!(
            run.step > 0 && run.history.evaluations[0].step == 0,
            "its past is still there"
        );
        assert!(run.history.changes[0].step > 0);
        assert!(run.noise_shape.is_per_sample());
    }
    assert!(
        snapshot.groups[0]
            .runs
            .iter()
            .all(|run| run.history.changes.is_empty())
    );
}

#[test]
fn groups_come_go_and_start_again_from_the_same_weights_to_the_bit() {
    let (_, lab) = open_ended(&[0.0, 0.5]);
    until(&lab, "it trains", |snapshot| snapshot.epoch() > 1.0);
    lab.send(Command::Add(GroupPlan::of_noise(
        NoisePlan::of_rate(DropRate::saturating(0.3)).shared_by(NoiseShape::per_sample()),
    )));
    let snapshot = until(&lab, "the new group is there", |lab| {
        lab.groups.len() == 3 && is_evaluated(&lab.groups[2])
    });
    let (added, first) = (
        snapshot.groups[2].id,
        snapshot.groups[2].runs[0].history.evaluations[0].clone(),
    );
    assert_eq!(snapshot.groups[2].letter, 'c');
    assert_eq!(
        first, snapshot.groups[0].runs[0].history.evaluations[0],
        "it starts where the others did"
    );
    let id = snapshot.groups[2].runs[0].id;
    until(&lab, "the new group trains", |lab| {
        lab.groups[2].runs[0].step > 3
    });
    lab.send(Command::Restart(added));
    let is_again =
        |lab: &LabSnapshot| lab.groups[2].runs[0].id != id && is_evaluated(&lab.groups[2]);
    let again = until(&lab, "it has started again", is_again);
    let loss = again.groups[2].runs[0].history.evaluations[0].test_loss;
    assert_eq!(loss.to_bits(), first.test_loss.to_bits());
    lab.send(Command::Remove(snapshot.groups[0].id));
    let fewer = until(&lab, "the first group is gone", |lab| lab.groups.len() == 2);
    assert_eq!(
        fewer
            .groups
            .iter()
            .map(|group| group.letter)
            .collect::<String>(),
        "bc"
    );
}

#[test]
fn a_group_that_starts_again_goes_through_what_a_fresh_run_does() {
    let experiment = experiment();
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    assert!(lab.wait_finished(PATIENCE));
    let before = lab.snapshot().groups[1].clone();
    lab.send(Command::Restart(before.id));
    assert!(lab.wait_finished(PATIENCE));
    let again = &lab.snapshot().groups[1];
    for (run, old) in again.runs.iter().zip(&before.runs) {
        assert_ne!(run.id, old.id);
        let fresh = by_hand(&experiment, again.rate, run.seed).snapshot(0.0);
        assert_eq!(run.history, fresh.history);
        assert_eq!(run.masks_distinct, fresh.masks_distinct);
    }
}

#[test]
fn a_seed_that_is_added_drops_units_as_its_group_does_by_then() {
    let (_, lab) = open_ended(&[0.0, 0.5]);
    let group = lab.snapshot().groups[1].id;
    let (rate, noise_shape) = (DropRate::saturating(0.3), NoiseShape::per_sample());
    lab.send(Command::SetRate { group, rate });
    lab.send(Command::SetNoiseShape { group, noise_shape });
    lab.send(Command::AddSeed);
    let snapshot = until(&lab, "the new seed trains", |lab| {
        lab.groups[1].runs.get(2).is_some_and(|run| run.step > 3)
    });
    let run = &snapshot.groups[1].runs[2];
    assert_eq!(run.recipe.rate(1, 0), rate);
    assert!(run.recipe.rate(0, 0).is_none(), "the input is whole");
    let mut mask = dropscope::nn::Mask::none();
    run.recipe.draw(1, 0, &mut mask);
    assert_eq!(mask.n_rows(), 16, "one for each sample");
    assert!(run.history.changes.is_empty(), "it began so");
    assert!(snapshot.groups[0].runs[2].noise_shape.is_per_batch());
}

#[test]
fn a_panic_costs_one_run_shows_its_text_and_can_be_started_again() {
    let experiment = Experiment {
        panic_at_step: Some(25),
        ..experiment()
    };
    quiet_workers();
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    assert!(lab.wait_finished(PATIENCE));
    let snapshot = lab.snapshot();
    let failed = &snapshot.groups[1].runs[0];
    let Phase::Failed(text) = &failed.phase else {
        panic!("{:?}", failed.phase)
    };
    assert!(text.contains("step 25"), "{text}");
    assert!(failed.latest.is_some(), "what was measured is still there");
    let others = runs(&snapshot).filter(|run| run.id != failed.id);
    assert!(
        others
            .into_iter()
            .all(|run| run.phase == Phase::Finished && run.step == 210)
    );
    lab.send(Command::Restart(snapshot.groups[1].id));
    assert!(lab.wait_finished(PATIENCE));
    assert!(runs(&lab.snapshot()).all(|run| run.phase == Phase::Finished));
}

fn is_thinned(run: &RunSnapshot) -> bool {
    run.readings.any::<ThinnedReading>().is_some()
}

#[test]
fn a_look_at_a_group_is_at_its_first_run_that_is_sound() {
    let experiment = Experiment {
        panic_at_step: Some(25),
        ..experiment()
    };
    quiet_workers();
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    let group = lab.snapshot().groups[1].id;
    lab.send(Command::Watch(vec![Question::thinned(group)]));
    let snapshot = until(&lab, "the second run is looked at", |lab| {
        is_thinned(&lab.groups[1].runs[1])
    });
    let watched = &snapshot.groups[1];
    assert!(matches!(watched.runs[0].phase, Phase::Failed(_)));
    assert_eq!(watched.shown_run().unwrap().id, watched.runs[1].id);
    assert!(snapshot.groups[0].runs.iter().all(|run| !is_thinned(run)));
}

#[test]
fn questions_are_about_one_run_or_about_all_groups_and_say_how_many_networks() {
    let experiment = experiment();
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    let second = lab.snapshot().groups[0].runs[1].id;
    let probe = Probe::Thinned { n: 7 };
    let ask = |runs| Question {
        runs,
        probe: probe.clone(),
    };
    lab.send(Command::Watch(vec![
        ask(Runs::One(second)),
        ask(Runs::First),
    ]));
    let is_seen = |run: &Arc<RunSnapshot>| {
        let sample = run
            .readings
            .any::<ThinnedReading>()
            .map(|reading| reading.sample.each.len());
        sample == Some(7)
    };
    let snapshot = until(&lab, "all that were asked have answered", |lab| {
        let [a, b] = [&lab.groups[0].runs, &lab.groups[1].runs];
        is_seen(&a[0]) && is_seen(&a[1]) && is_seen(&b[0])
    });
    assert!(!is_thinned(&snapshot.groups[1].runs[1]), "nobody asked");
}

#[test]
fn a_divergence_is_a_state_and_the_others_go_on() {
    let mut experiment = experiment();
    experiment.optimizer.learning_rate = 3e38;
    let snapshot = finished(&experiment);
    assert!(runs(&snapshot).all(|run| matches!(run.phase, Phase::Diverged { .. })));
    assert!(
        runs(&snapshot).all(|run| run.history.evaluations.len() >= 2),
        "the end is in the record"
    );
}

#[test]
fn a_noise_shape_that_does_not_fit_is_refused_at_the_start_and_ignored_later() {
    let noise_shape: NoiseShape = "1,5".parse().unwrap();
    let experiment = masked_by(&noise_shape);
    let message = Lab::start(&experiment, split(&experiment))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("(1, 5)") && message.contains("[16, 2]"),
        "{message}"
    );
    let (_, lab) = open_ended(&[0.5]);
    let group = lab.snapshot().groups[0].id;
    lab.send(Command::SetNoiseShape { group, noise_shape });
    let rate = DropRate::saturating(0.7);
    lab.send(Command::SetRate { group, rate });
    let snapshot = until(&lab, "the rate is changed", |lab| {
        lab.groups[0].runs[0].rate == rate
    });
    assert!(snapshot.groups[0].runs[0].noise_shape.is_per_batch());
}

#[test]
fn a_limit_in_seconds_ends_every_run_evaluated() {
    let snapshot = finished(&Experiment {
        limit: Some(Limit::Seconds(0.2)),
        ..experiment()
    });
    for run in runs(&snapshot) {
        assert_eq!(run.phase, Phase::Finished);
        assert_eq!(
            run.latest.as_ref().map(|latest| latest.step),
            Some(run.step)
        );
    }
}

#[test]
fn a_seed_that_is_added_joins_every_group_and_disturbs_nothing() {
    let experiment = experiment();
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    assert!(lab.wait_finished(PATIENCE));
    let before = lab.snapshot();
    lab.send(Command::AddSeed);
    let added = lab.snapshot();
    assert_eq!((added.seed, added.groups[1].n_planned), (7, 2));
    for (group, earlier) in added.groups.iter().zip(&before.groups) {
        let seeds: Vec<u64> = group.runs.iter().map(|run| run.seed).collect();
        assert_eq!(seeds, [7, 8, 9]);
        let ids =
            |group: &GroupSnapshot| group.runs[..2].iter().map(|run| run.id).collect::<Vec<_>>();
        assert_eq!(ids(group), ids(earlier), "the others go on");
        assert_eq!(
            group.sound_runs().len(),
            2,
            "it counts when it has caught up"
        );
    }
    assert!(lab.wait_finished(PATIENCE));
    let after = lab.snapshot();
    for (group, earlier) in after.groups.iter().zip(&before.groups) {
        assert_eq!(group.sound_runs().len(), 3);
        assert!((0..2).all(|k| group.runs[k].history == earlier.runs[k].history));
        let hand = by_hand(&experiment, group.rate, 9).snapshot(0.0);
        assert_eq!(hand.history, group.runs[2].history, "on the same data");
    }
}

#[test]
fn there_are_no_more_seeds_than_a_lab_can_hold() {
    let experiment = Experiment {
        n_seeds: 63,
        limit: Some(Limit::Steps(1)),
        ..experiment()
    };
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    (0..3).for_each(|_| lab.send(Command::AddSeed));
    assert_eq!(lab.snapshot().groups[0].runs.len(), 64);
}

#[test]
fn a_narrow_network_on_right_labels_is_not_regularised_although_its_gap_is_smaller() {
    let mut experiment = experiment();
    experiment.data.spec = data::Spec::Digits;
    experiment.data.split = data::SplitPlan {
        n_train: Some(500),
        n_test: None,
        label_noise: 0.0,
    };
    experiment.network.hidden = vec![8, 8];
    (experiment.batch_size, experiment.optimizer.learning_rate) = (32, 0.01);
    (experiment.n_seeds, experiment.decide_at) = (5, vec![60]);
    experiment.limit = Some(Limit::Epochs(60));
    let lab = finished(&experiment);
    let evidence = Claim::Regularises
        .evidence(&lab, &lab.groups[0], &lab.groups[1])
        .unwrap();
    let decision = evidence.decision().unwrap();
    let [test_loss, gap] = &decision.differences[..] else {
        panic!("two measures")
    };
    assert!(
        gap.interval.unwrap().low > 0.0,
        "its gap is smaller: {gap:?}"
    );
    assert!(test_loss.interval.unwrap().high < 0.0, "{test_loss:?}");
    assert_eq!(decision.verdict, Verdict::DoesNotHoldHere);
}

#[test]
fn a_group_that_begins_again_at_another_rate_is_one_comparison_more() {
    let (_, lab) = open_ended(&[0.0, 0.5]);
    let n_begun = |lab: &LabSnapshot| lab.groups[1].n_begun;
    until(&lab, "it trains", |snapshot| snapshot.epoch() > 1.0);
    let group = lab.snapshot().groups[1].id;
    lab.send(Command::Restart(group));
    assert_eq!(n_begun(&lab.snapshot()), 2, "the same runs again");
    until(&lab, "it trains", |snapshot| snapshot.epoch() > 1.0);
    let rate = DropRate::saturating(0.8);
    lab.send(Command::SetRate { group, rate });
    lab.send(Command::Restart(group));
    assert_eq!(n_begun(&lab.snapshot()), 3);
    assert_eq!(lab.snapshot().groups[0].n_begun, 2);
}

#[test]
fn a_noise_shape_that_drops_whole_layers_has_two_masks_a_layer() {
    let noise_shape: NoiseShape = "none,1".parse().unwrap();
    let snapshot = finished(&masked_by(&noise_shape));
    let run = &snapshot.groups[1].runs[0];
    assert_eq!(
        run.subnetworks.n_units(),
        2,
        "two hidden layers, each dropped whole or kept"
    );
    assert_eq!(run.masks_distinct, 4);
}

#[test]
fn every_evaluation_says_for_how_many_seconds_the_run_had_been_trained() {
    let experiment = experiment();
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    assert!(lab.wait_finished(PATIENCE));
    let snapshot = lab.snapshot();
    for run in runs(&snapshot) {
        let secs: Vec<f64> = run.history.secs.iter().copied().collect();
        assert_eq!(secs.len(), run.history.evaluations.len());
        assert_eq!(secs[0], 0.0);
        assert!(secs.windows(2).all(|pair| pair[0] < pair[1]), "{secs:?}");
        assert!(secs[secs.len() - 1] < snapshot.elapsed_secs, "{secs:?}");
    }
}

#[test]
fn a_slow_pace_still_steps() {
    let slow = Experiment {
        pace: Pace::EpochsPerSec(2.0),
        batch_size: 100,
        limit: None,
        ..experiment()
    };
    let lab = Lab::start(&slow, split(&slow)).unwrap();
    until(&lab, "three whole epochs are made", |lab| {
        lab.epoch() >= 3.0
    });
}

/// Linear regression: three groups, of which only the rate of the input differs.
fn linear() -> Experiment {
    let rates = [0.0, 0.2, 0.5].map(DropRate::saturating);
    let group = |input_rate| {
        GroupPlan::of_noise(NoisePlan {
            input_rate,
            ..NoisePlan::of_rate(DropRate::NONE)
        })
    };
    Experiment {
        data: DataPlan {
            spec: data::Spec::Linear,
            split: data::SplitPlan::default(),
            seed: 7,
        },
        network: Network {
            hidden: Vec::new(),
            ..experiment().network
        },
        groups: rates.map(group).to_vec(),
        optimizer: OptimizerPlan {
            learning_rate: 0.001,
            ..experiment().optimizer
        },
        ..experiment()
    }
}

#[test]
fn groups_that_differ_in_the_rate_of_the_input_go_by_it() {
    let snapshot = finished(&linear());
    assert_eq!(snapshot.varied, Varied::InputRate);
    let rates: Vec<f64> = snapshot
        .groups
        .iter()
        .map(|group| group.rate.value())
        .collect();
    assert_eq!(rates, [0.0, 0.2, 0.5]);
    let norms: Vec<f64> = snapshot
        .groups
        .iter()
        .filter_map(|group| group.runs[0].norm_ratio())
        .collect();
    assert!(
        norms[0] > norms[1] && norms[1] > norms[2],
        "dropout of the input is a penalty: {norms:?}"
    );
    let mut deep = linear();
    deep.network.hidden = vec![8];
    assert_eq!(deep.varied(), Varied::InputRate, "nothing else differs");
    deep.groups[0].noise.hidden_rate = DropRate::saturating(0.5);
    assert_eq!(deep.varied(), Varied::HiddenRate);
}

#[test]
fn the_rate_that_a_group_goes_by_is_the_one_that_is_changed_live() {
    let mut experiment = linear();
    experiment.limit = None;
    let lab = Lab::start(&experiment, split(&experiment)).unwrap();
    until(&lab, "it trains", |lab| lab.epoch() > 1.0);
    let (group, rate) = (lab.snapshot().groups[1].id, DropRate::saturating(0.35));
    lab.send(Command::SetRate { group, rate });
    let snapshot = until(&lab, "the rate is taken", |lab| {
        let runs = &lab.groups[1].runs;
        runs.iter().all(|run| !run.history.changes.is_empty())
    });
    for run in &snapshot.groups[1].runs {
        let change = run.history.changes[0].step;
        let at = |step| run.recipe.rate(0, step).value();
        assert_eq!((at(change - 1), at(change)), (0.2, 0.35));
    }
}

#[test]
fn a_rate_of_0_has_masks_to_share_where_the_input_is_dropped() {
    let mut experiment = experiment();
    for group in &mut experiment.groups {
        group.noise.input_rate = DropRate::saturating(0.2);
    }
    experiment.groups[1].noise.noise_shape = NoiseShape::per_sample();
    let snapshot = finished(&experiment);
    let [reference, group] = [&snapshot.groups[0], &snapshot.groups[1]];
    let evidence = Claim::Regularises.evidence(&snapshot, reference, group);
    let sides = evidence.unwrap().estimate.unwrap().sides;
    let shapes = sides.map(|side| side.noise_shape);
    let both = [NoiseShape::per_batch(), NoiseShape::per_sample()];
    assert_eq!(shapes, both.map(Some));
}
