//! Verdicts on the claims: what is decided when, by which pairs, and that it stays.
use std::sync::Arc;

use crate::common::lab::{Story, add_change, change_runs, changed_live, edit};
use dropscope::claims::{
    Claim, Decision, Evidence, MIN_PAIRS, Measure, Outlook, Verdict, default_reference,
};
use dropscope::lab::{Evaluation, LabSnapshot, Phase};
use dropscope::math::random::Key;
use dropscope::math::statistics::{sequential_interval, t_interval};
use dropscope::nn::NoiseShape;
use rand::RngExt;

/// A lab at epoch `epoch` of two rates, 0 and .5, decided at epoch 150. `losses` and `gaps` are the paired differences of test
/// loss and gap*, above 0 where dropout has the smaller one; as many seeds as there are of them. Norms differ like the gaps.
fn lab(epoch: u64, losses: &[f64], gaps: &[f64]) -> LabSnapshot {
    let mut lab = Story {
        rates: vec![0.0, 0.5],
        n_seeds: losses.len(),
        step: 16 * epoch,
        ..Story::default()
    }
    .tell();
    for group in 0..2 {
        let size = -(group as f64);
        for (run, (loss, gap)) in lab.groups[group]
            .runs
            .iter_mut()
            .zip(losses.iter().zip(gaps))
        {
            let run = Arc::make_mut(run);
            let initial = run.initial_norms.total;
            let change = |evaluation: &mut Evaluation| {
                evaluation.test_loss = 1.0 + size * loss;
                evaluation.noisy_test_loss = 2.0 + size * gap;
                evaluation.train_loss = 0.5;
                evaluation.weight_norm = initial * (2.0 + size * gap);
            };
            edit(run, |evaluations| evaluations.iter_mut().for_each(change));
        }
    }
    lab
}

fn evidence(claim: Claim, lab: &LabSnapshot) -> Evidence {
    claim.evidence(lab, &lab.groups[0], &lab.groups[1]).unwrap()
}

fn decision(claim: Claim, lab: &LabSnapshot) -> Decision {
    evidence(claim, lab).decision().unwrap().clone()
}

const UP: [f64; 5] = [0.30, 0.31, 0.29, 0.32, 0.28];
const DOWN: [f64; 5] = [-0.30, -0.31, -0.29, -0.32, -0.28];
const AROUND: [f64; 5] = [0.3, -0.3, 0.2, -0.1, 0.1];

#[test]
fn a_claim_holds_where_all_of_it_does_and_fails_where_a_part_is_on_the_other_side() {
    use Verdict::{DoesNotHoldHere, Holds, Undecided};
    for (losses, gaps, verdict) in [
        (UP, UP, Holds),
        (DOWN, UP, DoesNotHoldHere),
        (UP, DOWN, DoesNotHoldHere),
        (DOWN, DOWN, DoesNotHoldHere),
        (AROUND, UP, Undecided),
        (UP, AROUND, Undecided),
        (DOWN, AROUND, DoesNotHoldHere),
    ] {
        let lab = lab(160, &losses, &gaps);
        let found = decision(Claim::Regularises, &lab);
        assert_eq!((found.verdict, found.epoch), (verdict, 150), "{found:?}");
        assert_eq!((found.n_pairs, found.n_out), (5, 0));
    }
    for (norms, verdict) in [(UP, Holds), (DOWN, DoesNotHoldHere), (AROUND, Undecided)] {
        let lab = lab(160, &UP, &norms);
        assert_eq!(decision(Claim::ShrinksNorms, &lab).verdict, verdict);
    }
}

#[test]
fn whatever_dropout_makes_smaller_has_a_difference_above_0() {
    type Change = fn(&mut Evaluation);
    let cases: [(Claim, Measure, Change); 3] = [
        (Claim::Regularises, Measure::TestLoss, |at| {
            at.test_loss -= 0.25;
        }),
        (Claim::Regularises, Measure::GapStar, |at| {
            at.noisy_test_loss -= 0.25;
        }),
        (Claim::ShrinksNorms, Measure::NormRatio, |at| {
            // The initial norm is 20.
            at.weight_norm -= 5.0;
        }),
    ];
    for (claim, measure, change) in cases {
        let mut lab = lab(160, &[0.0; 5], &[0.0; 5]);
        for run in &mut lab.groups[1].runs {
            edit(Arc::make_mut(run), |all| all.iter_mut().for_each(change));
        }
        for difference in decision(claim, &lab).differences {
            let expected = if difference.measure == measure {
                0.25
            } else {
                0.0
            };
            let mean = difference.mean;
            assert!((mean - expected).abs() < 1e-12, "{difference:?}");
        }
    }
}

#[test]
fn before_its_epoch_there_is_an_estimate_and_no_verdict() {
    let early = evidence(Claim::Regularises, &lab(149, &UP, &UP));
    assert!(early.decisions.is_empty());
    assert_eq!(early.outlook, Outlook::DecidesAt(150));
    let estimate = early.estimate.unwrap();
    assert_eq!((estimate.epoch, estimate.n_pairs), (149.0, 5));
    assert!(
        estimate
            .differences
            .iter()
            .all(|part| part.interval.is_none())
    );
    assert!((estimate.differences[0].mean - 0.3).abs() < 1e-9);
    let mut undated = lab(160, &UP, &UP);
    undated.decide_at = Arc::new([]);
    let undated = evidence(Claim::Regularises, &undated);
    assert_eq!(
        (undated.decision(), undated.outlook),
        (None, Outlook::Nothing)
    );
}

#[test]
fn a_verdict_waits_for_the_last_pair_and_needs_five() {
    let mut late = lab(160, &UP, &UP);
    let cut = |run: &mut Arc<dropscope::lab::RunSnapshot>| {
        edit(Arc::make_mut(run), |all| all.retain(|at| at.epoch < 150.0));
    };
    cut(&mut late.groups[1].runs[3]);
    assert_eq!(
        evidence(Claim::Regularises, &late).outlook,
        Outlook::DecidesAt(150)
    );
    Arc::make_mut(&mut late.groups[1].runs[3]).phase = Phase::Finished;
    assert_eq!(
        evidence(Claim::Regularises, &late).outlook,
        Outlook::EndedBefore(150)
    );
    let few = MIN_PAIRS - 1;
    let (early, there) = (
        lab(10, &UP[..few], &UP[..few]),
        lab(150, &UP[..few], &UP[..few]),
    );
    assert_eq!(
        evidence(Claim::Regularises, &early).outlook,
        Outlook::NotEnoughSeeds
    );
    assert_eq!(
        decision(Claim::Regularises, &there).verdict,
        Verdict::NotEnoughSeeds
    );
}

#[test]
fn a_pair_that_diverged_is_left_out_and_named_and_then_nothing_holds() {
    let six: Vec<f64> = UP.into_iter().chain([0.3]).collect();
    let with_one_out = |losses: &[f64]| {
        let mut lab = lab(160, losses, losses);
        let run = Arc::make_mut(&mut lab.groups[1].runs[2]);
        run.phase = Phase::Diverged { step: 900 };
        edit(run, |all| all.retain(|at| at.step < 900));
        decision(Claim::Regularises, &lab)
    };
    let found = with_one_out(&six);
    assert_eq!(
        (found.n_pairs, found.n_out, found.verdict),
        (5, 1, Verdict::Undecided)
    );
    assert!(
        found
            .differences
            .iter()
            .all(|part| part.interval.unwrap().low > 0.0)
    );
    let found = with_one_out(&six.iter().map(|d| -d).collect::<Vec<_>>());
    assert_eq!(found.verdict, Verdict::DoesNotHoldHere);
    let found = with_one_out(&UP);
    assert_eq!((found.n_pairs, found.verdict), (4, Verdict::NotEnoughSeeds));
}

#[test]
fn a_loss_that_is_no_number_is_no_pair() {
    let mut lab = lab(160, &UP, &UP);
    edit(Arc::make_mut(&mut lab.groups[1].runs[0]), |all| {
        let at = all.iter_mut().find(|at| at.epoch == 150.0);
        at.unwrap().test_loss = f64::INFINITY;
    });
    let found = decision(Claim::Regularises, &lab);
    assert_eq!((found.n_pairs, found.n_out), (4, 1));
}

#[test]
fn a_verdict_stays_whatever_happens_afterwards() {
    let before = lab(160, &UP, &UP);
    let verdict = decision(Claim::Regularises, &before);
    let stays = |what: &str, change: &dyn Fn(&mut LabSnapshot)| {
        let mut lab = before.clone();
        change(&mut lab);
        assert_eq!(decision(Claim::Regularises, &lab), verdict, "{what}");
    };
    stays("a run diverges", &|lab| {
        change_runs(lab, 1, |run| run.phase = Phase::Diverged { step: 2555 });
    });
    stays("the rate is changed live", &|lab| {
        let donor = changed_live(
            Story {
                step: 16 * 160,
                ..Story::default()
            }
            .tell(),
        );
        let mut change = donor.groups[2].runs[0].history.changes[0].clone();
        (change.step, change.epoch) = (16 * 155, 155.0);
        if let dropscope::lab::ChangeKind::Rate { from, .. } = &mut change.kind {
            *from = lab.groups[1].rate;
        }
        change_runs(lab, 1, |run| {
            add_change(run, change.clone());
        });
        lab.groups[1].rate = "0.05".parse().unwrap();
    });
    stays("a group is added", &|lab| {
        let mut added = lab.groups[1].clone();
        (added.id, added.n_begun) = (dropscope::lab::GroupId(2), 3);
        lab.groups.push(added);
    });
    stays("it goes on", &|lab| *lab = self::lab(300, &UP, &UP));
}

#[test]
fn what_was_changed_live_before_is_no_evidence_for_the_rate() {
    let lab = changed_live(
        Story {
            step: 16 * 160,
            ..Story::default()
        }
        .tell(),
    );
    for row in [2, 3] {
        let found = Claim::Regularises
            .evidence(&lab, &lab.groups[0], &lab.groups[row])
            .unwrap();
        assert_eq!(
            (found.decision(), found.outlook),
            (None, Outlook::ChangedLive)
        );
        assert!(!found.estimate.unwrap().is_undisturbed);
    }
    let found = Claim::Regularises
        .evidence(&lab, &lab.groups[0], &lab.groups[1])
        .unwrap();
    assert!(found.decision().is_some() && found.estimate.unwrap().is_undisturbed);
}

#[test]
fn any_two_groups_can_be_compared_and_the_lower_rate_is_the_reference() {
    let mut lab = Story {
        step: 16 * 160,
        ..Story::default()
    }
    .tell();
    assert_eq!(default_reference(&lab).unwrap().letter, 'a');
    let sides = |lab: &LabSnapshot, a: usize, b: usize| {
        let evidence = Claim::ShrinksNorms.evidence(lab, &lab.groups[a], &lab.groups[b]);
        evidence.map(|evidence| {
            evidence
                .decision()
                .unwrap()
                .sides
                .clone()
                .map(|side| side.letter)
        })
    };
    assert_eq!(sides(&lab, 1, 2), Some(['b', 'c']));
    assert_eq!(sides(&lab, 2, 1), Some(['b', 'c']));
    assert_eq!(sides(&lab, 2, 2), None);
    // The same rate, shared otherwise.
    let (rate, hidden) = (lab.groups[2].rate, lab.groups[2].hidden_rate);
    (lab.groups[3].rate, lab.groups[3].hidden_rate) = (rate, hidden);
    lab.groups[3].noise_shape = NoiseShape::per_sample();
    assert_eq!(sides(&lab, 2, 3), Some(['c', 'd']));
    let evidence = Claim::ShrinksNorms
        .evidence(&lab, &lab.groups[2], &lab.groups[3])
        .unwrap();
    let [batch, sample] = &evidence.decisions[0].sides;
    let shapes = [batch, sample].map(|side| side.noise_shape.clone());
    assert_eq!(
        shapes,
        [NoiseShape::per_batch(), NoiseShape::per_sample()].map(Some)
    );
}

#[test]
fn intervals_are_corrected_for_groups_and_looks_and_wider_where_pairs_were_added() {
    let differences = |lab: &LabSnapshot, a: usize, b: usize| {
        let pairs = lab.groups[a].runs.iter().zip(&lab.groups[b].runs);
        let ratio = |run: &dropscope::lab::RunSnapshot| {
            run.history.at_epoch(150.0).unwrap().weight_norm / run.initial_norms.total
        };
        pairs
            .map(|(a, b)| ratio(a) - ratio(b))
            .collect::<Vec<f64>>()
    };
    let interval = |lab: &LabSnapshot, a: usize, b: usize| {
        let evidence = Claim::ShrinksNorms
            .evidence(lab, &lab.groups[a], &lab.groups[b])
            .unwrap();
        let at = evidence
            .decisions
            .iter()
            .find(|decision| decision.epoch == 150)
            .unwrap();
        at.differences[0].interval
    };
    let mut lab = Story {
        step: 16 * 160,
        n_seeds: 7,
        ..Story::default()
    }
    .tell();
    // Four groups: three comparisons with the lowest, six of any two.
    for (a, b, n_tests) in [(0, 2, 3.0), (0, 3, 3.0), (1, 3, 6.0)] {
        let expected = t_interval(&differences(&lab, a, b), 1.0 - 0.05 / n_tests);
        assert_eq!(interval(&lab, a, b), expected);
    }
    lab.decide_at = Arc::new([50, 150, 400]);
    let expected = t_interval(&differences(&lab, 0, 2), 1.0 - 0.05 / 9.0);
    assert_eq!(interval(&lab, 0, 2), expected);
    let found = Claim::ShrinksNorms
        .evidence(&lab, &lab.groups[0], &lab.groups[2])
        .unwrap();
    assert_eq!(
        (found.decisions.len(), found.outlook),
        (2, Outlook::DecidesAt(400))
    );
    // Five were planned, two added.
    lab.groups.iter_mut().for_each(|group| group.n_planned = 5);
    let expected = sequential_interval(&differences(&lab, 0, 2), 1.0 - 0.05 / 9.0);
    assert_eq!(interval(&lab, 0, 2), expected);
    assert!(expected.is_some());
    // On their way they decide nothing and hold nothing up.
    for group in &mut lab.groups {
        for run in &mut group.runs[5..] {
            edit(Arc::make_mut(run), |all| all.truncate(30));
        }
    }
    let planned = &differences_of_planned(&lab)[..];
    assert_eq!(interval(&lab, 0, 2), t_interval(planned, 1.0 - 0.05 / 9.0));
    let found = Claim::ShrinksNorms
        .evidence(&lab, &lab.groups[0], &lab.groups[2])
        .unwrap();
    assert_eq!(found.estimate.unwrap().n_pairs, 5);
}

fn differences_of_planned(lab: &LabSnapshot) -> Vec<f64> {
    let ratio = |row: usize, k: usize| {
        let run = &lab.groups[row].runs[k];
        run.history.at_epoch(150.0).unwrap().weight_norm / run.initial_norms.total
    };
    (0..5).map(|k| ratio(0, k) - ratio(2, k)).collect()
}

#[test]
fn where_all_pairs_fell_out_there_is_no_verdict_and_none_is_expected() {
    let mut lab = lab(40, &UP, &UP);
    change_runs(&mut lab, 1, |run| run.phase = Phase::Diverged { step: 600 });
    let found = evidence(Claim::Regularises, &lab);
    assert_eq!((found.estimate.clone(), found.decision()), (None, None));
    assert_eq!(found.outlook, Outlook::NotEnoughSeeds);
}

/// Groups that do not differ, three compared with a fourth at three epochs, in values that wander from epoch to epoch as those
/// of training do: a wrong verdict anywhere is as seldom as promised.
#[test]
fn where_nothing_differs_a_verdict_is_wrong_in_one_of_twenty_labs_at_most() {
    const N_LABS: usize = 2000;
    let mut lab = Story {
        step: 16 * 200,
        ..Story::default()
    }
    .tell();
    lab.decide_at = Arc::new([50, 150, 200]);
    let runs = |lab: &mut LabSnapshot, change: &mut dyn FnMut(&mut Vec<Evaluation>)| {
        for group in &mut lab.groups {
            for run in &mut group.runs {
                edit(Arc::make_mut(run), &mut *change);
            }
        }
    };
    let is_look = |epoch: f64| [50.0, 150.0, 200.0].contains(&epoch);
    runs(&mut lab, &mut |all| all.retain(|at| is_look(at.epoch)));
    let mut draws = Key::new(11).stream();
    let mut normal = move || (0..12).map(|_| draws.random::<f64>()).sum::<f64>() - 6.0;
    let mut n_wrong = 0;
    for _ in 0..N_LABS {
        runs(&mut lab, &mut |all| {
            let mut walk = 0.0;
            for at in all {
                walk += normal();
                at.weight_norm = 100.0 + walk;
            }
        });
        let verdicts = (1..4).flat_map(|row| {
            let found = Claim::ShrinksNorms.evidence(&lab, &lab.groups[0], &lab.groups[row]);
            found.unwrap().decisions
        });
        let verdicts: Vec<Verdict> = verdicts.map(|decision| decision.verdict).collect();
        assert_eq!(verdicts.len(), 9);
        n_wrong += usize::from(
            verdicts
                .iter()
                .any(|&verdict| verdict != Verdict::Undecided),
        );
    }
    let share = n_wrong as f64 / N_LABS as f64;
    // Three standard errors of a share of 5 % are .015; corrected for nothing it would be a quarter.
    assert!((0.005..=0.065).contains(&share), "{share}");
}
