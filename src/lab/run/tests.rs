//! One run: what is recorded, what observing must not change, and what starts again.

use super::*;

use crate::data::{Dataset, Targets};
use crate::nn::{Engine, Execution, Pass};
use crate::probe::{Families, Probe, Readings, ThinnedReading};
use crate::train::NoisePlan;

pub(in crate::lab) fn clouds() -> Arc<Split> {
    let part = |n: u32, shift: f32| {
        let inputs = (0..n)
            .flat_map(|i| {
                [
                    if i % 2 == 0 { -1.0 } else { 1.0 },
                    (i as f32 + shift).sin(),
                ]
            })
            .collect();
        let labels = (0..n).map(|i| i % 2).collect();
        Dataset::new(
            "clouds",
            vec![2],
            inputs,
            Targets::Classes {
                labels,
                n_classes: 2,
            },
        )
    };
    Arc::new(Split {
        train: part(20, 0.0),
        test: part(30, 0.5),
        n_relabelled: 0,
        n_wrong: 0,
    })
}

pub(in crate::lab) fn plan(rate: f64) -> RunPlan {
    RunPlan {
        n_steps: Some(60),
        ..RunPlan::of(TrainerPlan {
            hidden: vec![8, 8],
            noise: NoisePlan::of_rate(DropRate::saturating(rate)),
            seed: 1,
            ..TrainerPlan::example()
        })
    }
}

#[test]
fn observing_does_not_disturb() {
    let mut watched = Run::new(plan(0.5), clouds()).unwrap();
    let mut alone = Run::new(plan(0.5), clouds()).unwrap();
    let mut bench = Bench::default();
    while alone.phase().is_running() {
        alone.tick();
        watched.tick();
        watched.look(&mut bench);
        watched.ask(&[Probe::THINNED]);
        watched.look_further(&mut bench);
        if watched.step().is_multiple_of(7) {
            watched.answer(&Probe::THINNED);
        }
        watched.snapshot(1.0);
    }
    assert_eq!(alone.net(), watched.net());
    assert_eq!(alone.history, watched.history);
    assert_eq!((alone.step(), alone.phase()), (60, &Phase::Finished));
}

#[test]
fn observing_does_not_disturb_a_network_that_runs_compact_and_puts_updates_off() {
    let plan = || {
        let mut plan = plan(0.5);
        plan.trainer.hidden = vec![48, 40];
        plan.trainer.engine.execution = Execution::Compact;
        plan
    };
    let mut watched = Run::new(plan(), clouds()).unwrap();
    let mut alone = Run::new(plan(), clouds()).unwrap();
    let (mut n_put_off, mut bench) = (0, Bench::default());
    while alone.phase().is_running() {
        alone.tick();
        watched.tick();
        // Without a copy there would be nothing that is put off: looking makes up for it.
        let mut copy = alone.trainer.clone();
        n_put_off += usize::from(copy.net() != alone.trainer.unsettled_net());
        watched.look(&mut bench);
        watched.ask(&[Probe::THINNED]);
        watched.look_further(&mut bench);
        watched.snapshot(1.0);
    }
    assert!(n_put_off > 30, "{n_put_off} of 60 steps");
    assert_eq!(alone.net(), watched.net());
    assert_eq!(alone.history, watched.history);
}

#[test]
fn a_change_in_the_middle_of_a_step_is_recorded_where_it_takes_effect_and_trains_the_same_when_planned()
 {
    let rate = DropRate::saturating(0.7);
    let mut live = Run::new(plan(0.2), clouds()).unwrap();
    (0..5).for_each(|_| live.tick());
    live.tick_part();
    live.set_rate(rate);
    let at = |run: &Run| {
        run.history
            .changes
            .iter()
            .map(|at| at.step)
            .collect::<Vec<_>>()
    };
    assert_eq!((at(&live), live.step()), (vec![6], 5));
    assert_eq!(live.recipe.rate(1, 5), DropRate::saturating(0.2));
    assert_eq!(live.recipe.rate(1, 6), rate);
    let mut planned = plan(0.2);
    planned.changes = vec![(6, NoiseChange::HiddenRate(rate))];
    let mut planned = Run::new(planned, clouds()).unwrap();
    for run in [&mut live, &mut planned] {
        while run.phase().is_running() {
            run.tick();
        }
    }
    assert_eq!(live.net(), planned.net());
    assert_eq!(live.history, planned.history);
}

#[test]
fn a_look_in_parts_is_of_the_weights_at_which_it_began() {
    let reading = |in_parts: bool| {
        let mut run = Run::new(plan(0.5), clouds()).unwrap();
        (0..10).for_each(|_| run.tick());
        if in_parts {
            let mut bench = Bench::default();
            run.ask(&[Probe::THINNED]);
            while run.look_further(&mut bench) == Some(false) {
                run.tick();
            }
        } else {
            run.answer(&Probe::THINNED);
        }
        let readings = run.snapshot(0.0).readings;
        let seen = readings.any::<ThinnedReading>().unwrap();
        (seen.step, seen.reading().clone())
    };
    assert_eq!(reading(true), reading(false));
    assert_eq!((reading(true).0, reading(true).1.n_examples), (10, 30));
}

#[test]
fn families_are_told_from_the_weights_that_the_run_began_with() {
    let mut run = Run::new(plan(0.5), clouds()).unwrap();
    let start = run.net().clone();
    for layer_idx in 0..3 {
        let probe = Probe::Families { layer_idx };
        run.answer(&probe);
        let began_at = run.step();
        (0..5).for_each(|_| run.tick());
        // The second answer takes what the layer began as from the first one.
        for _ in 0..2 {
            (0..10).for_each(|_| run.tick());
            run.answer(&probe);
            let readings = run.snapshot(0.0).readings;
            let seen = readings.to::<Families>(&probe).unwrap();
            assert!(seen.is_complete && seen.step == run.step() && seen.step > began_at);
            let weight = run.net().layers[layer_idx].weight.clone();
            for unit in 0..seen.n_units() {
                let expected: Vec<f32> = weight
                    .column(unit)
                    .iter()
                    .zip(start.layers[layer_idx].weight.column(unit))
                    .map(|(now, then)| now - then)
                    .collect();
                assert_eq!(seen.change(unit), expected);
                assert_eq!(seen.weights(unit), weight.column(unit).to_vec());
            }
            assert!(seen.mean_change() > 0.0);
            assert_eq!(
                seen.effective_inputs.as_ref().map(Vec::len),
                Some(seen.n_units())
            );
        }
    }
}

#[test]
fn questions_have_their_turns_and_those_that_nobody_asks_keep_their_answer_and_cost_nothing() {
    let probes = [Probe::Thinned { n: 3 }, Probe::Thinned { n: 5 }];
    let mut run = Run::new(plan(0.5), clouds()).unwrap();
    let mut bench = Bench::default();
    (0..10).for_each(|_| run.tick());
    run.ask(&probes);
    let under_way = |run: &Run| {
        let readings = run.snapshot(0.0).readings;
        let done = |probe| {
            let under_way = readings.asked(probe).and_then(|asked| asked.under_way);
            under_way.map(|under_way| under_way.done)
        };
        (done(&probes[0]), done(&probes[1]))
    };
    for _ in 0..4 {
        run.look_further(&mut bench);
    }
    assert_eq!(under_way(&run), (Some(2), Some(2)), "turn by turn");
    run.ask(&probes[1..]);
    assert_eq!(under_way(&run), (None, Some(2)));
    let mut n_parts = 0;
    while run.look_further(&mut bench).is_some() {
        n_parts += 1;
    }
    assert_eq!((n_parts, run.is_looked_at(&probes[1..])), (4, true));
    run.ask(&[]);
    run.tick();
    assert_eq!(run.look_further(&mut bench), None, "nobody asks");
    let readings = run.snapshot(0.0).readings;
    assert!(readings.to::<ThinnedReading>(&probes[0]).is_none());
    let kept = readings.to::<ThinnedReading>(&probes[1]).unwrap();
    assert_eq!((kept.step, kept.sample.each.len()), (10, 5));
    run.set_rate(DropRate::saturating(0.2));
    assert_eq!(run.snapshot(0.0).readings, Readings::default());
}

#[test]
fn the_clock_is_read_just_before_each_evaluation_and_changes_nothing() {
    let mut alone = Run::new(plan(0.5), clouds()).unwrap();
    let mut timed = Run::new(plan(0.5), clouds()).unwrap();
    let mut secs = 0.0;
    while timed.phase().is_running() {
        alone.tick();
        let mut clock = || {
            secs += 1.5;
            secs
        };
        timed.tick_on(&mut clock, &mut Bench::default());
    }
    // Of the initial weights there was no training; the others were each asked for once.
    let n = timed.history.evaluations.len();
    assert!((0..n).all(|k| timed.history.secs[k] == 1.5 * k as f64));
    assert_eq!((timed.history.secs.len(), n), (n, 21));
    assert_eq!(timed.history, alone.history);
    assert!(alone.history.secs[1].is_nan());
}

#[test]
fn a_snapshot_shares_its_record_with_the_run_and_does_not_change_with_it() {
    let mut run = Run::new(plan(0.5), clouds()).unwrap();
    (0..9).for_each(|_| run.tick());
    let before = run.snapshot(0.0);
    (0..30).for_each(|_| run.tick());
    let [then, now] = [&before.history, &run.snapshot(0.0).history];
    assert_eq!([then.evaluations.len(), now.evaluations.len()], [4, 14]);
    let [then, now] = [then, now].map(|history| &raw const history.evaluations[3]);
    assert!(std::ptr::eq(then, now), "nothing was copied");
}

#[test]
fn a_run_starts_again_from_the_same_loss_to_the_bit() {
    let initial = || {
        let mut run = Run::new(plan(0.7), clouds()).unwrap();
        run.begin(&mut Bench::default());
        run.history.evaluations[0].clone()
    };
    assert_eq!(initial().test_loss.to_bits(), initial().test_loss.to_bits());
    assert_eq!(initial().step, 0);
}

#[test]
fn an_epoch_of_a_decision_is_evaluated_and_moves_no_other_evaluation() {
    let history = |decide_at: &[u64]| {
        let mut plan = plan(0.5);
        // Three steps an epoch; from epoch 200 on every second one is evaluated.
        plan.n_steps = Some(3 * 210);
        plan.decide_at = decide_at.into();
        let mut run = Run::new(plan, clouds()).unwrap();
        while run.phase().is_running() {
            run.tick();
        }
        run.history
    };
    let (plain, mut decided) = (history(&[]), history(&[150, 205]));
    let is_there = |history: &History| {
        let mut all = history.evaluations.iter();
        all.any(|evaluation| evaluation.epoch == 205.0)
    };
    assert_eq!((is_there(&plain), is_there(&decided)), (false, true));
    let others = decided.evaluations.iter().filter(|at| at.epoch != 205.0);
    decided.evaluations = others.cloned().collect();
    assert_eq!(plain, decided);
}

#[test]
fn the_noisy_test_loss_is_the_mean_loss_over_every_way_to_replace_the_labels() {
    let mut split = Arc::unwrap_or_clone(clouds());
    split.n_relabelled = 6;
    let (test, share) = (split.test.clone(), 6.0 / 20.0);
    let mut run = Run::new(plan(0.0), Arc::new(split)).unwrap();
    (0..30).for_each(|_| run.tick());
    let mut bench = Bench::default();
    run.look(&mut bench);
    let mut loss_with = |labels: Vec<u32>| {
        let targets = Targets::Classes {
            labels,
            n_classes: 2,
        };
        let part = Dataset {
            targets,
            ..test.clone()
        };
        let net = run.trainer.net();
        let evaluator = bench.evaluator(Engine::default(), &net.widths());
        evaluator.score(net, Pass::Full, &part).loss
    };
    let Targets::Classes { labels, .. } = &test.targets else {
        panic!("classes")
    };
    let (own, each) = (
        loss_with(labels.clone()),
        [0, 1].map(|class| loss_with(vec![class; 30])),
    );
    let expected = (1.0 - share) * own + share * (each[0] + each[1]) / 2.0;
    let found = run.latest.as_ref().unwrap();
    assert!(
        (found.noisy_test_loss - expected).abs() < 1e-5,
        "{found:?}, {expected}"
    );
    assert_eq!(found.gap_star(), found.noisy_test_loss - found.train_loss);
    assert!(
        found.noisy_test_loss > found.test_loss + 0.1,
        "it must matter"
    );
}

#[test]
fn a_live_change_is_recorded_and_resets_nothing() {
    let mut run = Run::new(plan(0.2), clouds()).unwrap();
    (0..7).for_each(|_| run.tick());
    let before = run.net().clone();
    run.set_rate(DropRate::saturating(0.5));
    run.set_noise_shape(NoiseShape::per_sample()).unwrap();
    assert_eq!((run.step(), run.net()), (7, &before));
    assert_eq!(
        run.history
            .changes
            .iter()
            .map(|change| change.step)
            .collect::<Vec<_>>(),
        [7, 7]
    );
    run.tick();
    assert_eq!(
        run.snapshot(0.0).masks_drawn,
        8,
        "counts begin again with the rate, one mask a sample"
    );
}

#[test]
fn a_diverged_run_stops_and_says_at_which_step() {
    let mut plan = plan(0.0);
    plan.trainer.optimizer.learning_rate = 1e20;
    let mut run = Run::new(plan, clouds()).unwrap();
    (0..60).for_each(|_| run.tick());
    let Phase::Diverged { step } = *run.phase() else {
        panic!("{:?}", run.phase())
    };
    assert_eq!(step + 1, run.step());
    let advice = |rate: f64, learning_rate: f32| {
        let mut snapshot = run.snapshot(0.0);
        (snapshot.rate, snapshot.learning_rate) = (DropRate::saturating(rate), learning_rate);
        snapshot.trouble().unwrap()
    };
    assert_eq!(
        advice(0.0, 0.01),
        format!("diverged at step {step}: try --lr 0.003")
    );
    let at_a_rate = format!("diverged at step {step}: try --lr 0.02 or a lower rate");
    assert_eq!(advice(0.5, 0.05), at_a_rate);
    assert!(step < 59);
}

#[test]
fn a_look_is_gone_on_with_by_whoever_looked_away_and_given_up_for_other_questions() {
    let progress = |run: &Run| {
        let readings = run.snapshot(0.0).readings;
        let asked = readings.asked(&Probe::THINNED)?;
        Some(asked.under_way?.done)
    };
    let begun = || {
        let mut run = Run::new(plan(0.5), clouds()).unwrap();
        run.ask(&[Probe::THINNED]);
        let mut bench = Bench::default();
        (0..3).for_each(|_| assert_eq!(run.look_further(&mut bench), Some(false)));
        assert_eq!(progress(&run), Some(3));
        run
    };
    let mut run = begun();
    run.ask(&[]);
    assert_eq!(progress(&run), None, "nobody asks");
    run.ask(&[Probe::THINNED]);
    assert_eq!(progress(&run), Some(3));

    let other = [Probe::Families { layer_idx: 0 }];
    let mut run = begun();
    run.ask(&other);
    run.ask(&[]);
    run.ask(&[Probe::THINNED]);
    assert_eq!(
        progress(&run),
        None,
        "other questions were asked and left meanwhile"
    );
}
