//! The table on standard output: one line for each group, means and standard deviations over its seeds.

use std::fmt::Write as _;

use super::measured::{Row, Status};
use crate::lab::MeanAndSpread;

const HEAD: [&str; 9] = [
    "rate",
    "train loss",
    "test loss",
    "gap",
    "test acc %",
    "norm",
    "norm/initial",
    "masks",
    "status",
];

/// What stands where nothing is known, as after a divergence: 0 would be a measure.
const UNKNOWN: &str = "–";

/// From here on numbers are written in powers of ten.
const MOST: f64 = 1e6;

/// The table of all rows, its columns aligned; plain text, no colour.
pub fn table(rows: &[Row]) -> String {
    let groups = rows.chunk_by(|one, next| one.group == next.group);
    let mut head = HEAD.map(str::to_owned);
    rates(rows).0.clone_into(&mut head[0]);
    scores(rows).name.clone_into(&mut head[4]);
    let lines: Vec<[String; 9]> = std::iter::once(head)
        .chain(groups.map(|runs| line(runs, rows)))
        .collect();
    let widths: [usize; 9] = std::array::from_fn(|column| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:>width$}"))
            .collect();
        let _ = writeln!(text, "{}", cells.join("  "));
    }
    text
}

/// The rates of a row under their name: those of the input, too, where any is dropped.
fn rates(rows: &[Row]) -> (&'static str, fn(&Row) -> String) {
    let drops_input = rows.iter().any(|row| row.input_rate > 0.0);
    let drops_hidden = rows.iter().any(|row| row.rate > 0.0);
    match (drops_input, drops_hidden) {
        (true, true) => ("input, rate", |row| {
            format!("{}, {}", row.input_rate, row.rate)
        }),
        (true, false) => ("input rate", |row| row.input_rate.to_string()),
        (false, _) => ("rate", |row| row.rate.to_string()),
    }
}

/// A column of what is best where it is high.
struct Scores {
    name: &'static str,
    n_decimals: usize,
    of: fn(&Row) -> Option<f64>,
}

/// Share of the test examples that are right, or R² of a regression.
fn scores(rows: &[Row]) -> Scores {
    if rows.iter().any(|row| row.test_r2.is_some()) {
        Scores {
            name: "test R²",
            n_decimals: 3,
            of: |row| row.test_r2,
        }
    } else {
        Scores {
            name: "test acc %",
            n_decimals: 1,
            of: |row| row.test_accuracy.map(|share| 100.0 * share),
        }
    }
}

fn line(runs: &[Row], all: &[Row]) -> [String; 9] {
    let (_, rate) = rates(all);
    let score = scores(all);
    // A run that fell out early must not be averaged with others that went on; where all fell out, all are shown.
    let is_sound = |row: &&Row| !matches!(row.status, Status::Diverged | Status::Failed);
    let has_sound = runs.iter().any(|row| is_sound(&row));
    let over = |value: fn(&Row) -> Option<f64>| {
        let rows = runs.iter().filter(|row| !has_sound || is_sound(row));
        rows.filter_map(value).collect::<Vec<f64>>()
    };
    let gap = |row: &Row| Some(row.test_loss? - row.train_loss?);
    let growth = |row: &Row| Some(row.weight_norm? / row.initial_weight_norm?);
    [
        runs.first().map(rate).unwrap_or_default(),
        mean_and_deviation(&over(|row| row.train_loss), 3),
        mean_and_deviation(&over(|row| row.test_loss), 3),
        mean_and_deviation(&over(gap), 3),
        mean_and_deviation(&over(score.of), score.n_decimals),
        mean_and_deviation(&over(|row| row.weight_norm), 2),
        mean_and_deviation(&over(growth), 3),
        masks(runs),
        statuses(runs),
    ]
}

/// Distinct masks of all that were drawn, both as means over the runs.
fn masks(runs: &[Row]) -> String {
    let mean =
        |count: fn(&Row) -> u64| runs.iter().map(count).sum::<u64>() / (runs.len() as u64).max(1);
    format!(
        "{} of {}",
        mean(|run| run.masks_distinct),
        mean(|run| run.masks_drawn)
    )
}

fn statuses(runs: &[Row]) -> String {
    let all = [
        Status::Finished,
        Status::Diverged,
        Status::Failed,
        Status::Interrupted,
    ];
    let counted = all.map(|status| {
        (
            status,
            runs.iter().filter(|run| run.status == status).count(),
        )
    });
    let named = counted.iter().filter(|(_, n_runs)| *n_runs > 0);
    named
        .map(|(status, n_runs)| format!("{n_runs} {}", status.name()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Mean ± sample standard deviation; a run that has no value is visible in its status.
fn mean_and_deviation(values: &[f64], n_decimals: usize) -> String {
    let Some(MeanAndSpread { mean, spread }) = MeanAndSpread::of_known(values) else {
        return UNKNOWN.to_owned();
    };
    let mean = number(mean, n_decimals);
    match spread {
        None => mean,
        Some(spread) => format!("{mean} ± {}", number(spread, n_decimals)),
    }
}

/// With so many decimals, or in powers of ten where that would be a row of digits that nobody measured.
fn number(value: f64, n_decimals: usize) -> String {
    if value.abs() < MOST {
        format!("{value:.n_decimals$}")
    } else {
        format!("{value:.2e}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::row;
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        let cases: [(&[f64], &str); 4] = [
            (&[], "–"),
            (&[1.25], "1.250"),
            (&[3.0e30], "3.00e30"),
            (&[1.0, 3.0], "2.000 ± 1.414"),
        ];
        for (values, expected) in cases {
            assert_eq!(mean_and_deviation(values, 3), expected, "{values:?}");
        }
    }

    #[test]
    fn runs_of_a_group_share_a_line_and_columns_are_aligned() {
        let mut diverged = row('B', 0.5, 8);
        diverged.status = Status::Diverged;
        diverged.test_accuracy = None;
        let text = table(&[
            row('A', 0.5, 7),
            row('A', 0.5, 8),
            row('B', 0.5, 7),
            diverged,
        ]);
        let expected = "
rate     train loss      test loss            gap  test acc %          norm   norm/initial     masks                  status
 0.5  0.500 ± 0.000  0.750 ± 0.000  0.250 ± 0.000  90.0 ± 0.0  21.00 ± 0.00  1.050 ± 0.000  47 of 48              2 finished
 0.5          0.500          0.750          0.250        90.0         21.00          1.050  47 of 48  1 finished, 1 diverged
";
        assert_eq!(text, expected.trim_start_matches('\n'));
    }

    #[test]
    fn regressions_have_r2_and_rates_of_the_input_stand_where_they_are_dropped() {
        let mut linear = row('A', 0.0, 7);
        (linear.input_rate, linear.test_accuracy, linear.test_r2) = (0.2, None, Some(0.875));
        let text = table(&[linear.clone()]);
        let expected = "
input rate  train loss  test loss    gap  test R²   norm  norm/initial     masks      status
       0.2       0.500      0.750  0.250    0.875  21.00         1.050  47 of 48  1 finished
";
        assert_eq!(text, expected.trim_start_matches('\n'));
        linear.rate = 0.5;
        assert!(table(&[linear]).contains("input, rate"));
    }
}
