//! Does noise hurt less? The answer from the areas under the curves, and where the selected rate ends, in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::parts::answer as sentence;
use super::super::parts::robustness::{Quantity, readings};
use super::chart::{chance, counts, worth_near};
use super::compared::{Difference, End, Says, holds_to, means};
use super::name;
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::probe::Perturbation;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Glyphs;

const QUESTION: &str = "does noise hurt less?";

/// A kind of perturbation, and what the areas under it say.
type Found = (&'static str, Difference);

/// What the screen answers.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    /// There are no runs.
    Nothing,
    /// There is one rate only.
    OneRate,
    /// Every rate is 0.
    NoDropout,
    /// The selected group is the one that others are compared with.
    Itself(char),
    /// None of the selected rate's runs is left.
    NoSound(char),
    /// So many networks were tried in every way, of so many.
    NotYet(usize, usize),
    /// The two rates have no seed in common.
    NoPair,
    /// There is no R² of these targets.
    NoWorth,
    /// One pair has no interval: the differences alone.
    OneSeed([char; 2], Vec<Found>),
    /// The selected rate and the one compared with.
    Compared([char; 2], Vec<Found>),
}

impl Answer {
    fn of(app: &App, lab: &LabSnapshot) -> Self {
        let (Some(group), Some(reference)) = (app.selected(lab), app.reference(lab)) else {
            return Self::Nothing;
        };
        if lab.groups.len() < 2 {
            return Self::OneRate;
        }
        let has_dropout = |group: &GroupSnapshot| {
            !group.hidden_rate.is_none() || !group.input_rate.is_none() || !group.rate.is_none()
        };
        if !lab.groups.iter().any(has_dropout) {
            return Self::NoDropout;
        }
        if group.id == reference.id {
            return Self::Itself(group.letter);
        }
        if group.sound_runs().is_empty() {
            return Self::NoSound(group.letter);
        }
        let all = app.robust.answered().into_iter();
        let kinds: Vec<Perturbation> = all.filter(|kind| app.can_be_perturbed(*kind)).collect();
        let (n, of) = tried(lab, [group, reference], &kinds);
        if n < of {
            return Self::NotYet(n, of);
        }
        let differences = kinds.iter().map(|kind| {
            let found = Difference::between(lab, group, reference, *kind)?;
            Some((name(app, *kind), found))
        });
        let Some(found) = differences.collect::<Option<Vec<Found>>>() else {
            let seeds: Vec<u64> = reference.sound_runs().iter().map(|run| run.seed).collect();
            let has_pair = group
                .sound_runs()
                .iter()
                .any(|run| seeds.contains(&run.seed));
            return if has_pair {
                Self::NoWorth
            } else {
                Self::NoPair
            };
        };
        let letters = [group.letter, reference.letter];
        let is_one_seed = found.iter().any(|(_, found)| found.says() == Says::OneSeed);
        if is_one_seed {
            Self::OneSeed(letters, found)
        } else {
            Self::Compared(letters, found)
        }
    }

    /// The answer in clauses, the most important first.
    fn clauses(&self, glyphs: Glyphs) -> Vec<String> {
        match self {
            Self::Nothing => vec!["not yet: there are no runs".to_owned()],
            Self::OneRate => vec!["not yet: it takes runs at two rates".to_owned()],
            Self::NoDropout => {
                vec!["not here: no dropout in these runs, all rates are 0".to_owned()]
            }
            Self::Itself(letter) => vec![format!(
                "not yet: {letter} is what the others are compared with, select one of them"
            )],
            Self::NoSound(letter) => vec![format!(
                "no run of {letter} is left to look at; r starts them again"
            )],
            Self::NotYet(n, of) => vec![format!("not yet: {n} of {of} trials of networks done")],
            Self::NoPair => vec!["not yet: no seed is sound at both rates".to_owned()],
            Self::NoWorth => {
                vec!["not here: there is no R² of values that are all the same".to_owned()]
            }
            Self::OneSeed(letters, found) => {
                let words = "not yet: one seed, no interval (--seeds 3)".to_owned();
                std::iter::once(words)
                    .chain(areas(*letters, found, glyphs))
                    .collect()
            }
            Self::Compared(letters, found) => std::iter::once(verdict(found))
                .chain(areas(*letters, found, glyphs))
                .collect(),
        }
    }
}

/// How many trials of the groups' networks are done, of how many: one for each network and perturbation.
fn tried(lab: &LabSnapshot, groups: [&GroupSnapshot; 2], kinds: &[Perturbation]) -> (usize, usize) {
    let of_group = |group: &GroupSnapshot| {
        let done = kinds.iter().map(|kind| readings(lab, group, *kind).len());
        (done.sum::<usize>(), kinds.len() * group.sound_runs().len())
    };
    let [one, other] = groups.map(of_group);
    (one.0 + other.0, one.1 + other.1)
}

/// The areas of one rate less those of another, a clause a perturbation.
fn areas([letter, reference]: [char; 2], found: &[Found], glyphs: Glyphs) -> Vec<String> {
    let each = found.iter().enumerate().map(|(idx, (name, found))| {
        let difference = format::gap(found.mean, glyphs);
        match idx {
            0 => format!("area of {letter} less {reference}: {name} {difference}"),
            _ => format!("{name} {difference}"),
        }
    });
    each.collect()
}

/// What all perturbations say together: one word where they agree, else each with its own.
fn verdict(found: &[Found]) -> String {
    let of = |says: Says| -> Vec<&str> {
        let kinds = found.iter().filter(|(_, found)| found.says() == says);
        kinds.map(|(name, _)| *name).collect()
    };
    let (yes, no, open) = (of(Says::Yes), of(Says::No), of(Says::Open));
    let all = match found.len() {
        2 => "both kinds",
        _ => "all three kinds",
    };
    match (yes.len(), no.len(), open.len()) {
        (_, 0, 0) => format!("yes, for {all}"),
        (0, _, 0) => format!("no, it hurts more, for {all}"),
        (0, 0, _) => format!("open, for {all}"),
        _ => {
            let parts = [(yes, "yes for"), (no, "no for"), (open, "open for")];
            let parts = parts.into_iter().filter(|(kinds, _)| !kinds.is_empty());
            let words = parts.map(|(kinds, word)| format!("{word} {}", kinds.join(" and ")));
            words.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Draws question, answer and proof into `area`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let answer = Answer::of(app, lab);
    let clauses = answer.clauses(app.theme.glyphs());
    let proof = sentence::proof(app, proof(app, lab, &answer), area.width);
    sentence::draw(app, QUESTION, clauses, &proof, area, buf);
}

/// What the answer rests on, the most important first.
fn proof(app: &App, lab: &LabSnapshot, answer: &Answer) -> Vec<String> {
    let glyphs = app.theme.glyphs();
    let mut clauses = Vec::new();
    if let Answer::Compared(_, found) = answer {
        clauses.push(intervals(found, glyphs));
    }
    clauses.extend(where_it_ends(app, lab));
    if let Some(group) = app.selected(lab) {
        let n_examples = readings(lab, group, Perturbation::InputNoise);
        let n_examples = n_examples.first().map(|(_, found)| found.n_examples);
        clauses.extend(n_examples.map(|n| format!("{n} test examples, 3 draws a level")));
    }
    let noise = Perturbation::InputNoise;
    let (n, of) = counts(lab, noise);
    if n < of && n > 0 {
        clauses.push(format!("{n} of {of} networks tried under noise"));
    }
    clauses
}

/// What the intervals do: in one clause where all leave out 0, else those that do not.
fn intervals(found: &[Found], glyphs: Glyphs) -> String {
    let n_seeds = found
        .iter()
        .map(|(_, found)| found.n_pairs)
        .min()
        .unwrap_or(0);
    let is_out = |found: &&Found| matches!(found.1.says(), Says::Yes | Says::No);
    if found.iter().filter(is_out).count() == found.len() {
        return format!("every 95 % CI leaves out 0, {n_seeds} seeds");
    }
    let with_0 = found.iter().filter(|found| !is_out(found));
    let each = with_0.filter_map(|(name, found)| {
        let interval = found.interval?;
        let [low, high] = [interval.low, interval.high].map(|end| format::gap(end, glyphs));
        Some(format!("{name} [{low}, {high}]"))
    });
    let each: Vec<String> = each.collect();
    format!("95 % CI with 0 in it: {}, {n_seeds} seeds", each.join(", "))
}

/// Up to how many lost units the selected rate holds, and what is left at half of them.
fn where_it_ends(app: &App, lab: &LabSnapshot) -> Option<String> {
    let (group, reference) = (app.selected(lab)?, app.reference(lab)?);
    let [_, _, units] = app.robust.answered();
    let curve = means(lab, group, units, Quantity::Worth);
    let last = curve.last()?.0;
    let level = holds_to(&curve, chance(app))?;
    let number = |worth: f64| {
        if app.facts.is_classification {
            format!("{worth:.0} %")
        } else {
            format::r2(worth, app.theme.glyphs())
        }
    };
    let here = number(worth_near(lab, group, units, 0.5)?);
    let there = worth_near(lab, reference, units, 0.5).filter(|_| group.id != reference.id);
    let there = there.map_or_else(String::new, |worth| {
        format!(", {} {}", reference.letter, number(worth))
    });
    let half = format!("(half lost: {here}{there})");
    Some(ending(
        group.letter,
        (level, last),
        group.hidden_rate.value(),
        &half,
    ))
}

/// Where a network ends, in words.
fn ending(letter: char, (level, last): (f64, f64), rate: f64, half: &str) -> String {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    match End::of(level, last, rate) {
        End::Never => format!("{letter} holds at every level {half}"),
        _ if rate == 0.0 => {
            format!(
                "{letter} holds to {} of its units lost {half}, then falls",
                percent(level)
            )
        }
        End::About => format!("{letter} holds to about its trained rate {half}, then falls"),
        End::Before => format!(
            "{letter} falls before its trained rate, after {} lost {half}",
            percent(level)
        ),
        End::Beyond => format!(
            "{letter} holds beyond its trained rate, to {} lost {half}, then falls",
            percent(level)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::statistics::Interval;

    fn found(name: &'static str, mean: f64, half: Option<f64>) -> Found {
        let interval = half.map(|half| Interval {
            mean,
            low: mean - half,
            high: mean + half,
        });
        let n_pairs = if half.is_some() { 3 } else { 1 };
        let found = Difference {
            mean,
            interval,
            n_pairs,
        };
        (name, found)
    }

    /// What three perturbations say, all with intervals of one width.
    fn all(means: [f64; 3], half: Option<f64>) -> Vec<Found> {
        let names = ["noise", "pixels", "units"];
        let each = names.into_iter().zip(means);
        each.map(|(name, mean)| found(name, mean, half)).collect()
    }

    #[track_caller]
    fn assert_says(cases: &[(Answer, &str)]) {
        for (answer, words) in cases {
            assert_eq!(answer.clauses(Glyphs::Half).join("; "), *words);
        }
    }

    #[test]
    fn what_is_missing_is_a_sentence_of_its_own() {
        assert_says(&[
            (Answer::Nothing, "not yet: there are no runs"),
            (Answer::OneRate, "not yet: it takes runs at two rates"),
            (
                Answer::NoDropout,
                "not here: no dropout in these runs, all rates are 0",
            ),
            (
                Answer::Itself('a'),
                "not yet: a is what the others are compared with, select one of them",
            ),
            (
                Answer::NoSound('c'),
                "no run of c is left to look at; r starts them again",
            ),
            (
                Answer::NotYet(5, 18),
                "not yet: 5 of 18 trials of networks done",
            ),
            (Answer::NoPair, "not yet: no seed is sound at both rates"),
            (
                Answer::NoWorth,
                "not here: there is no R² of values that are all the same",
            ),
        ]);
    }

    #[test]
    fn what_the_areas_say_is_a_sentence_of_its_own() {
        let compared = |found| Answer::Compared(['c', 'a'], found);
        let half = Some(0.01);
        assert_says(&[
            (
                Answer::OneSeed(['c', 'a'], all([0.1, 0.2, -0.3], None)),
                "not yet: one seed, no interval (--seeds 3); area of c less a: noise +0.100; pixels +0.200; units −0.300",
            ),
            (
                compared(all([0.119, 0.116, 0.217], half)),
                "yes, for all three kinds; area of c less a: noise +0.119; pixels +0.116; units +0.217",
            ),
            (
                compared(all([-0.119, -0.116, -0.217], half)),
                "no, it hurts more, for all three kinds; area of c less a: noise −0.119; pixels −0.116; units −0.217",
            ),
            (
                compared(all([0.001, -0.002, 0.003], half)),
                "open, for all three kinds; area of c less a: noise +0.001; pixels −0.002; units +0.003",
            ),
            (
                compared(all([0.1, 0.2, -0.3], half)),
                "yes for noise and pixels, no for units; area of c less a: noise +0.100; pixels +0.200; units −0.300",
            ),
            (
                compared(all([0.1, 0.002, -0.3], half)),
                "yes for noise, no for units, open for pixels; area of c less a: noise +0.100; pixels +0.002; units −0.300",
            ),
            (
                compared(all([0.1, 0.2, 0.3], half)[..2].to_vec()),
                "yes, for both kinds; area of c less a: noise +0.100; pixels +0.200",
            ),
        ]);
    }

    #[test]
    fn the_proof_names_the_intervals_that_have_0_in_them() {
        let out = [
            found("noise", 0.1, Some(0.01)),
            found("units", -0.2, Some(0.01)),
        ];
        assert_eq!(
            intervals(&out, Glyphs::Half),
            "every 95 % CI leaves out 0, 3 seeds"
        );
        let with_0 = [
            found("noise", 0.1, Some(0.01)),
            found("units", 0.001, Some(0.01)),
        ];
        assert_eq!(
            intervals(&with_0, Glyphs::Half),
            "95 % CI with 0 in it: units [−0.009, +0.011], 3 seeds"
        );
    }

    #[test]
    fn where_a_network_ends_is_said_in_every_case() {
        let half = "(half)";
        let cases = [
            ((0.95, 0.95), 0.5, "c holds at every level (half)"),
            (
                (0.2, 0.95),
                0.0,
                "c holds to 20 % of its units lost (half), then falls",
            ),
            (
                (0.5, 0.95),
                0.5,
                "c holds to about its trained rate (half), then falls",
            ),
            (
                (0.3, 0.95),
                0.5,
                "c falls before its trained rate, after 30 % lost (half)",
            ),
            (
                (0.7, 0.95),
                0.5,
                "c holds beyond its trained rate, to 70 % lost (half), then falls",
            ),
        ];
        for (levels, rate, words) in cases {
            assert_eq!(ending('c', levels, rate, half), words);
        }
    }
}
