//! What curves over evaluations promise.

use proptest::prelude::*;

use super::*;

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * (1.0 + one.abs())
}

proptest! {
    #[test]
    fn the_average_is_the_weighted_mean_of_all_values_so_far(
        values in prop::collection::vec(-5.0..5.0_f64, 1..60),
        alpha in prop::sample::select(vec![0.05, 0.2, 0.5, 1.0]),
    ) {
        let averages = smoothed(&values, alpha);
        for (k, &average) in averages.iter().enumerate() {
            let weight = |i: usize| (1.0_f64 - alpha).powi((k - i) as i32);
            let total: f64 = (0..=k).map(weight).sum();
            let expected = (0..=k).map(|i| weight(i) * values[i]).sum::<f64>() / total;
            prop_assert!(close(average, expected), "{k}: {average} for {expected}");
        }
    }

    #[test]
    fn reigns_follow_one_another_and_differ(
        curves in prop::collection::vec(prop::collection::vec(0.0..1.0_f64, 0..50), 0..5),
    ) {
        let reigns = reigns_of(&curves, Preference::Lowest);
        for pair in reigns.windows(2) {
            prop_assert!(pair[0].from <= pair[0].to && pair[0].to <= pair[1].from);
            prop_assert!(pair[0].leader != pair[1].leader || pair[0].to < pair[1].from, "{reigns:?}");
        }
    }
}

#[test]
fn the_average_of_what_is_always_the_same_is_that_from_the_first_on() {
    assert!(
        smoothed(&[2.3; 9], 0.05)
            .iter()
            .all(|&value| close(value, 2.3))
    );
}

#[test]
fn what_is_no_number_stays_that_and_does_not_enter_the_average() {
    let averages = smoothed(&[1.0, f64::NAN, f64::INFINITY, 3.0], 0.5);
    assert!(averages[1].is_nan() && averages[2].is_infinite());
    // Weights 1/3 and 2/3, as without the two between.
    assert!(close(averages[3], 7.0 / 3.0), "{averages:?}");
}

/// The reigns of curves with a value at each whole number from 0 on.
fn reigns_of(curves: &[Vec<f64>], preference: Preference) -> Vec<Reign> {
    let places: Vec<Vec<f64>> = curves
        .iter()
        .map(|curve| (0..curve.len()).map(|k| k as f64).collect())
        .collect();
    let contenders: Vec<Contender> = curves
        .iter()
        .zip(&places)
        .map(|(means, positions)| Contender { positions, means })
        .collect();
    reigns(&contenders, preference)
}

fn as_tuples(reigns: &[Reign]) -> Vec<(usize, f64, f64)> {
    let tuple = |reign: &Reign| (reign.leader, reign.from, reign.to);
    reigns.iter().map(tuple).collect()
}

/// A curve that is `low` from `from` up to and without `to`, else `high`: so far that no average hides it.
fn dips(n: usize, dips: &[std::ops::Range<usize>]) -> Vec<f64> {
    let is_low = |k: usize| dips.iter().any(|dip| dip.contains(&k));
    let sign = |k| if is_low(k) { -1.0 } else { 1.0 };
    // Each value outweighs all before it.
    (0..n).map(|k| sign(k) * 10.0_f64.powi(k as i32)).collect()
}

#[test]
fn the_lead_goes_to_whoever_is_lowest_and_changes_where_the_curves_cross() {
    let flat = vec![0.0; 12];
    let curve = dips(12, &[0..4, 9..12]);
    let reigns = reigns_of(&[flat.clone(), curve.clone()], Preference::Lowest);
    assert_eq!(
        as_tuples(&reigns),
        [(1, 0.0, 4.0), (0, 4.0, 9.0), (1, 9.0, 11.0)]
    );
    let reigns = reigns_of(&[flat, curve], Preference::Highest);
    assert_eq!(
        as_tuples(&reigns),
        [(0, 0.0, 4.0), (1, 4.0, 9.0), (0, 9.0, 11.0)]
    );
}

#[test]
fn a_lead_of_fewer_than_three_evaluations_is_joined_to_the_reign_around_it() {
    let flat = vec![0.0; 12];
    for (curve, expected) in [
        (
            dips(12, std::slice::from_ref(&(5..7))),
            vec![(0, 0.0, 11.0)],
        ),
        (
            dips(12, std::slice::from_ref(&(5..8))),
            vec![(0, 0.0, 5.0), (1, 5.0, 8.0), (0, 8.0, 11.0)],
        ),
        // At the start it goes to whoever is the first to have led at three.
        (
            dips(12, std::slice::from_ref(&(0..2))),
            vec![(0, 0.0, 11.0)],
        ),
        // At the end it waits.
        (
            dips(12, std::slice::from_ref(&(10..12))),
            vec![(0, 0.0, 11.0)],
        ),
        (
            dips(12, std::slice::from_ref(&(9..12))),
            vec![(0, 0.0, 9.0), (1, 9.0, 11.0)],
        ),
    ] {
        let found = reigns_of(&[flat.clone(), curve], Preference::Lowest);
        assert_eq!(as_tuples(&found), expected);
    }
}

#[test]
fn below_three_evaluations_nobody_leads() {
    assert!(reigns_of(&[vec![0.0; 2], vec![1.0; 2]], Preference::Lowest).is_empty());
    assert!(reigns_of(&[], Preference::Lowest).is_empty());
    let three = reigns_of(&[vec![0.0; 3], vec![1.0; 3]], Preference::Lowest);
    assert_eq!(as_tuples(&three), [(0, 0.0, 2.0)]);
}

#[test]
fn who_is_an_evaluation_ahead_does_not_lead_alone_and_who_begins_later_contends_as_far_as_it_has_come()
 {
    let of = |value: f64, n: usize| vec![value; n];
    let reigns = reigns_of(&[of(1.0, 9), of(0.5, 8)], Preference::Lowest);
    assert_eq!(as_tuples(&reigns), [(1, 0.0, 7.0)]);
    let reigns = reigns_of(&[of(1.0, 20), of(0.7, 20), of(0.5, 8)], Preference::Lowest);
    assert_eq!(as_tuples(&reigns), [(2, 0.0, 8.0), (1, 8.0, 19.0)]);
    let reigns = reigns_of(&[of(1.0, 20), of(0.5, 8)], Preference::Lowest);
    assert_eq!(
        as_tuples(&reigns),
        [(1, 0.0, 7.0)],
        "alone there is no lead"
    );
    let reigns = reigns_of(&[of(1.0, 5)], Preference::Lowest);
    assert_eq!(
        as_tuples(&reigns),
        [(0, 0.0, 4.0)],
        "nobody else was ever there"
    );
}

#[test]
fn a_gap_leads_by_being_near_zero_whatever_its_sign() {
    let curves = [vec![0.3; 5], vec![-0.2; 5], vec![-0.6; 5]];
    let found = reigns_of(&curves, Quantity::Gap.preference());
    assert_eq!(as_tuples(&found), [(1, 0.0, 4.0)]);
}

#[test]
fn curves_with_places_of_their_own_are_compared_where_both_have_been() {
    let contenders = [
        Contender {
            positions: &[0.0, 1.0, 2.0, 3.0, 4.0],
            means: &[1.0; 5],
        },
        Contender {
            positions: &[1.5, 1.7, 1.9, 2.1, 2.3],
            means: &[0.5; 5],
        },
    ];
    let found = reigns(&contenders, Preference::Lowest);
    assert_eq!(as_tuples(&found), [(1, 1.5, 2.3)]);
}

#[test]
fn a_training_loss_falls_along_its_axis_and_never_comes_back() {
    let found = fallen(&[f64::NAN, 2.0, 1.0, 1.5, 0.0, 0.5]);
    assert_eq!(found[0], f64::NEG_INFINITY);
    let losses: Vec<f64> = found[1..].iter().map(|at| (-at).exp()).collect();
    for (loss, expected) in losses.iter().zip([2.0, 1.0, 1.0, 1.0, 0.5]) {
        assert!(close(*loss, expected), "{losses:?}");
    }
}

#[test]
fn a_curve_falls_when_every_seed_has_come_down_by_more_than_a_hundredth() {
    let epochs: Vec<f64> = (0..=40).map(f64::from).collect();
    let line =
        |slope: f64| -> Vec<f64> { epochs.iter().map(|epoch| 2.0 - slope * epoch).collect() };
    let trace = |slopes: &[f64]| Trace {
        seeds: slopes.iter().map(|&slope| line(slope)).collect(),
        ..Trace::default()
    };
    let found = fall(&epochs, &trace(&[0.01, 0.02]), 20.0).unwrap();
    // Long averages of a line keep its slope: what they lag behind is the same then and now.
    assert!((found.by - 20.0 * 0.015).abs() < 1e-3, "{found:?}");
    assert!(
        (found.now - (2.0 - 0.6 + 0.015 * 7.0 / 3.0)).abs() < 1e-3,
        "{found:?}"
    );
    assert_eq!(
        fall(&epochs, &trace(&[0.02, -0.001]), 20.0),
        None,
        "one seed rises"
    );
    assert_eq!(
        fall(&epochs, &trace(&[0.0005, 0.0005]), 20.0),
        None,
        "less than 1 %"
    );
    assert_eq!(
        fall(&epochs[..10], &trace(&[0.02]), 20.0),
        None,
        "too early"
    );
}
