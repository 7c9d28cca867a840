//! Does the norm shrink? Norms compared at equal steps, at equal training loss and at equal seconds, against cases computed by
//! hand.
use std::sync::Arc;

use crate::common::lab::{STEPS_PER_EPOCH, Story, changed_live};
use dropscope::claims::norms::{N_OTHER_LOSSES, NotYet, Paired, Says, Shrinkage};
use dropscope::lab::curves::{Alignment, Tracks};
use dropscope::lab::{Evaluation, History, LabSnapshot, Phase, RunSnapshot};

/// An evaluation: training loss, norm ratio, seconds.
type At = (f64, f64, f64);

/// Writes the record of a run anew, an evaluation an epoch.
fn remember(run: &mut RunSnapshot, record: &[At]) {
    let model = run.history.evaluations.get(0).unwrap().clone();
    let mut history = History::default();
    for (epoch, &(train_loss, ratio, secs)) in (0_u64..).zip(record) {
        let evaluation = Evaluation {
            step: epoch * STEPS_PER_EPOCH,
            epoch: epoch as f64,
            train_loss,
            weight_norm: ratio * run.initial_norms.total,
            ..model.clone()
        };
        history.evaluated(evaluation, secs);
    }
    run.latest = history.evaluations.last().cloned();
    run.history = Arc::new(history);
}

/// Two groups: of each seed the record of the reference and that of the group.
fn lab(seeds: &[[&[At]; 2]]) -> LabSnapshot {
    let mut lab = Story {
        rates: vec![0.0, 0.5],
        n_seeds: seeds.len(),
        ..Story::default()
    }
    .tell();
    for (seed, records) in seeds.iter().enumerate() {
        for (group, record) in records.iter().enumerate() {
            remember(Arc::make_mut(&mut lab.groups[group].runs[seed]), record);
        }
    }
    lab
}

fn shrinkage(lab: &LabSnapshot) -> Shrinkage {
    Shrinkage::of(&lab.groups[1], &lab.groups[0])
}

/// Three seeds: what the group's last norm ratios are above 1.18.
const OFFSETS: [f64; 3] = [-0.002, 0.0, 0.002];

/// The reference falls from 2 to 1 to .5 in two seconds; the group, which has learnt less after as many steps, to 1.5 and .75
/// in 1.6 of them, to ratios of 1.06 and 1.18.
fn usual() -> LabSnapshot {
    let reference: [At; 3] = [(2.0, 1.0, 0.0), (1.0, 1.1, 1.0), (0.5, 1.2, 2.0)];
    let groups = OFFSETS.map(|offset| {
        [
            (2.0, 1.0, 0.0),
            (1.5, 1.06, 0.8),
            (0.75, 1.18 + offset, 1.6),
        ]
    });
    let seeds: Vec<[&[At]; 2]> = groups.iter().map(|group| [&reference[..], group]).collect();
    lab(&seeds)
}

#[track_caller]
fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
}

#[track_caller]
fn assert_paired(found: &Paired, place: f64, [group, reference]: [f64; 2], half: f64) {
    assert_close(found.place, place);
    assert_close(found.group, group);
    assert_close(found.reference, reference);
    assert_close(found.difference, group - reference);
    let interval = found.interval.unwrap();
    assert_close(interval.low, group - reference - half);
    assert_close(interval.high, group - reference + half);
}

#[test]
fn one_norm_is_smaller_at_equal_steps_and_larger_at_equal_loss_and_at_equal_time() {
    let found = shrinkage(&usual());
    // t(0.975, 2) = 4.302653, and the spread of the offsets is .002.
    let half = 4.302_653 * 0.002 / 3.0_f64.sqrt();
    let steps = found.by_steps.as_ref().unwrap();
    assert_paired(steps, 2.0 * STEPS_PER_EPOCH as f64, [1.18, 1.2], half);
    // The lowest loss that both have reached is .75, for the reference halfway from 1 to .5.
    let loss = found.by_loss.as_ref().unwrap();
    assert_paired(loss, 0.75, [1.18, 1.15], half);
    // The group ends after 1.6 seconds, for the reference six tenths from 1 to 2.
    let seconds = found.by_seconds.as_ref().unwrap();
    assert_paired(seconds, 1.6, [1.18, 1.16], half);
    let says =
        [Alignment::Epoch, Alignment::TrainLoss, Alignment::Seconds].map(|at| found.says(at));
    assert_eq!(says, [Says::Smaller, Says::Larger, Says::Larger]);
    // After as many steps the group has learnt less.
    let losses = found.train_loss_by_steps.as_ref().unwrap();
    assert_eq!((losses.group, losses.reference), (0.75, 0.5));
    assert_eq!((found.n_pairs, found.n_seeds), (3, 3));
    assert!(found.is_undisturbed);
}

/// The ratio when the loss was this low for the first time, by going along the record.
fn first_at(record: &[At], loss: f64) -> f64 {
    let step = record.windows(2).find(|pair| pair[1].0 <= loss).unwrap();
    let share = (step[0].0 - loss) / (step[0].0 - step[1].0);
    (1.0 - share) * step[0].1 + share * step[1].1
}

#[test]
fn other_losses_lie_at_equal_ratios_between_the_start_and_the_lowest() {
    // The loss rises before it falls, and rises again: each loss is read where it is reached first.
    let reference: &[At] = &[
        (2.0, 1.0, 0.0),
        (2.4, 1.01, 1.0),
        (1.0, 1.1, 2.0),
        (1.3, 1.2, 3.0),
        (0.4, 1.3, 4.0),
        (0.9, 1.4, 5.0),
    ];
    let group: &[At] = &[(2.1, 1.0, 0.0), (1.2, 1.2, 1.0), (0.5, 1.25, 2.0)];
    let found = shrinkage(&lab(&[[reference, group]; 2]));
    assert_close(found.by_loss.as_ref().unwrap().place, 0.5);
    assert_eq!(found.at_other_losses.len(), N_OTHER_LOSSES);
    for (idx, at) in found.at_other_losses.iter().enumerate() {
        let loss = 2.0 * (0.5_f64 / 2.0).powf((idx + 1) as f64 / 11.0);
        assert_close(at.place, loss);
        assert_close(at.reference, first_at(reference, loss));
        assert_close(at.group, first_at(group, loss));
    }
}

/// Three seeds of equal records but for what the group's ratios are less the reference's: at the start, in between, at the end.
fn says_at(differences: &[[f64; 3]; 3]) -> [Says; 3] {
    let reference: &[At] = &[(2.0, 1.0, 0.0), (1.0, 1.2, 1.0), (0.5, 1.4, 2.0)];
    let groups = differences.map(|[start, middle, end]| {
        [
            (2.0, 1.0 + start, 0.0),
            (1.0, 1.2 + middle, 1.0),
            (0.5, 1.4 + end, 2.0),
        ]
    });
    let seeds: Vec<[&[At]; 2]> = groups.iter().map(|group| [reference, group]).collect();
    let found = shrinkage(&lab(&seeds));
    [Alignment::Epoch, Alignment::TrainLoss, Alignment::Seconds].map(|at| found.says(at))
}

#[test]
fn every_answer_has_its_case() {
    let same = |difference: f64| {
        [-0.001, 0.0, 0.001].map(|offset| [0.0, difference + offset, difference + offset])
    };
    assert_eq!(says_at(&same(-0.1)), [Says::Smaller; 3], "by every measure");
    assert_eq!(says_at(&same(0.1)), [Says::Larger; 3]);
    assert_eq!(says_at(&same(0.0)), [Says::Open; 3]);
    // Larger on the way, smaller at the end: what is read depends on the loss.
    let both = [-0.001, 0.0, 0.001].map(|offset| [0.0, 0.1 + offset, offset - 0.1]);
    assert_eq!(
        says_at(&both),
        [Says::Smaller, Says::DependsOnLoss, Says::Smaller]
    );
    // Open at the end, and on the way on both sides of it.
    let crossing = [-0.01, 0.0, 0.01].map(|offset| [-0.1 + offset, 0.2 + offset, 10.0 * offset]);
    assert_eq!(
        says_at(&crossing),
        [Says::Open, Says::DependsOnLoss, Says::Open]
    );
    // Undecided losses contradict nobody.
    let late = [-0.02, 0.0, 0.02].map(|offset| [0.0, offset, 0.3 + offset]);
    assert_eq!(says_at(&late), [Says::Larger; 3]);
}

#[test]
fn one_seed_has_a_difference_and_no_interval() {
    let mut lab = usual();
    for group in &mut lab.groups {
        group.runs.truncate(1);
        group.n_planned = 1;
    }
    let found = shrinkage(&lab);
    assert_close(found.by_steps.as_ref().unwrap().difference, -0.022);
    assert_eq!(found.says(Alignment::Epoch), Says::OneSeed);
    assert_eq!(found.says(Alignment::TrainLoss), Says::OneSeed);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let says = |lab: &LabSnapshot| {
        let found = shrinkage(lab);
        [Alignment::Epoch, Alignment::TrainLoss, Alignment::Seconds].map(|at| found.says(at))
    };
    let start: &[At] = &[(2.0, 1.0, 0.0)];
    assert_eq!(
        says(&lab(&[[start, start]; 2])),
        [
            NotYet::NoEvaluation,
            NotYet::NoCommonLoss,
            NotYet::NoSeconds
        ]
        .map(Says::NotYet)
    );
    // The group's loss has only risen, and nobody held a watch.
    let falls: &[At] = &[(2.0, 1.0, f64::NAN), (1.0, 1.1, f64::NAN)];
    let rises: &[At] = &[(2.0, 1.0, f64::NAN), (3.0, 1.2, f64::NAN)];
    let [steps, loss, seconds] = says(&lab(&[[falls, rises]; 2]));
    assert_eq!(steps, Says::Larger);
    assert_eq!(loss, Says::NotYet(NotYet::NoCommonLoss));
    assert_eq!(seconds, Says::NotYet(NotYet::NoSeconds));
    let mut broken = usual();
    for run in &mut broken.groups[1].runs {
        Arc::make_mut(run).phase = Phase::Failed("broken".to_owned());
    }
    assert_eq!(says(&broken), [Says::NotYet(NotYet::NoPair); 3]);
}

#[test]
fn a_run_that_fell_out_takes_its_twin_with_it() {
    let mut lab = usual();
    Arc::make_mut(&mut lab.groups[0].runs[2]).phase = Phase::Diverged { step: 4 };
    let found = shrinkage(&lab);
    assert_eq!((found.n_pairs, found.n_seeds), (2, 3));
    assert_close(found.by_steps.unwrap().group, 1.179);
}

#[test]
fn runs_that_are_some_steps_apart_are_compared_at_the_last_step_that_all_were_evaluated_at() {
    let long: &[At] = &[(2.0, 1.0, 0.0), (1.0, 1.3, 1.0), (0.5, 1.5, 2.0)];
    let short: &[At] = &[(2.0, 1.0, 0.0), (1.0, 1.1, 1.0)];
    let found = shrinkage(&lab(&[[long, long], [long, short]]));
    let steps = found.by_steps.unwrap();
    assert_close(steps.place, STEPS_PER_EPOCH as f64);
    assert_close(steps.difference, -0.1);
}

#[test]
fn a_change_made_live_is_told() {
    let lab = changed_live(Story::default().tell());
    let of = |row: usize| Shrinkage::of(&lab.groups[row], &lab.groups[0]);
    assert!(of(1).is_undisturbed);
    assert!(!of(2).is_undisturbed);
}

#[test]
fn a_curve_passes_through_what_its_answer_says() {
    let lab = usual();
    let found = shrinkage(&lab);
    let tracks = Tracks::of(&lab.groups[1], RunSnapshot::norm_ratio_at);
    for (alignment, answer) in [
        (Alignment::Epoch, &found.by_steps),
        (Alignment::TrainLoss, &found.by_loss),
        (Alignment::Seconds, &found.by_seconds),
    ] {
        let answer = answer.as_ref().unwrap();
        let at = tracks.at(alignment, answer.place).unwrap();
        assert_close(at.value.mean, answer.group);
        let curve = tracks.curve(alignment, 40);
        let last = curve.last().unwrap();
        assert_close(last.place, answer.place);
        assert_close(last.value.mean, 1.18);
        assert_close(curve[0].value.mean, 1.0);
        assert!(curve.windows(2).all(|pair| match alignment {
            Alignment::TrainLoss => pair[0].place > pair[1].place,
            _ => pair[0].place < pair[1].place,
        }));
    }
    // One that has not left its start has no curve by loss.
    assert_eq!(tracks.at(Alignment::TrainLoss, 0.7), None);
    assert_eq!(tracks.at(Alignment::Seconds, 1.7), None);
    assert_eq!(tracks.at(Alignment::Epoch, 5.0), None);
}
