//! The question of the screen, its answer in one sentence, and the evidence.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::parts::answer;
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::math::statistics::{self, Interval};
use crate::nn::UnitId;
use crate::probe::Seen;
use crate::probe::asked::Kind;
use crate::probe::{Activity, Alike, Probe, WithoutReading, Worth};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Glyphs;

/// How sure an interval is.
const CONFIDENCE: f64 = 0.95;

/// What is known of the units of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    /// What the unit of most worth is worth.
    pub(super) most_worth: Option<f64>,
    /// The mean activation of all.
    pub(super) mean_activation: Option<f64>,
    /// How many are dead.
    pub(super) n_dead: Option<f64>,
    /// The mean size of the correlation of two.
    pub(super) mean_r: Option<f64>,
}

/// The readings of the runs that stand for a group, of those that have one.
pub(super) fn compared<'a, T: Kind>(group: &'a GroupSnapshot, probe: &Probe) -> Vec<&'a T> {
    let runs = group.sound_runs();
    let readings = runs
        .into_iter()
        .filter_map(|run| run.readings.to::<T>(probe));
    readings.map(Seen::reading).collect()
}

impl Found {
    /// What is known of each run that stands for a group.
    fn all(group: &GroupSnapshot, layer_idx: usize) -> Vec<Self> {
        let runs = group.sound_runs();
        let of_run = runs.into_iter().map(|run| {
            let worth = run.readings.to::<Worth>(&Probe::Worth { layer_idx });
            let activity = run.readings.to::<Activity>(&Probe::Activity { layer_idx });
            let alike = run.readings.to::<Alike>(&Probe::Alike { layer_idx });
            let whole = worth.filter(|worth| worth.is_complete);
            Self {
                most_worth: whole.and_then(|worth| worth.most()).map(|(_, most)| most),
                mean_activation: activity.map(|activity| activity.mean()),
                n_dead: activity.map(|activity| activity.n_dead() as f64),
                mean_r: alike.and_then(|alike| alike.mean),
            }
        });
        of_run.collect()
    }

    /// The mean of a value over the runs of a group that have it.
    pub(super) fn of(
        group: &GroupSnapshot,
        value: fn(&Self) -> Option<f64>,
        layer_idx: usize,
    ) -> Option<f64> {
        let found: Vec<f64> = Self::all(group, layer_idx)
            .iter()
            .filter_map(value)
            .collect();
        (!found.is_empty()).then(|| statistics::mean(&found))
    }
}

/// A group, as the answer names it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Named {
    letter: char,
    rate: f64,
}

impl Named {
    /// `without dropout`, or at which rate.
    fn at(self) -> String {
        if self.rate == 0.0 {
            "without dropout".to_owned()
        } else {
            format!("at {}", format::rate(self.rate))
        }
    }
}

/// What the units of two rates say about what units do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// There are no hidden units.
    NoUnits,
    /// There are no runs.
    Nothing,
    /// No run of the selected rate trains or has finished.
    NoSound(char),
    /// Not measured yet.
    NotYet,
    /// One rate only, and what its unit of most worth is worth.
    Alone(Named, f64),
    /// What the units of most worth are worth at the rate compared with and at the selected one, the interval of how much less
    /// the second is, and over how many seeds.
    Compared([(Named, f64); 2], Option<Interval>, usize),
}

impl Answer {
    /// What is known of `lab`.
    pub(super) fn of(app: &App, lab: &LabSnapshot) -> Self {
        let Some(layer_idx) = app.compared_layer() else {
            return Self::NoUnits;
        };
        let Some(selected) = app.selected(lab) else {
            return Self::Nothing;
        };
        if selected.sound_runs().is_empty() {
            return Self::NoSound(selected.letter);
        }
        let worths = |group: &GroupSnapshot| -> Vec<f64> {
            let found = Found::all(group, layer_idx);
            found.iter().filter_map(|found| found.most_worth).collect()
        };
        let named = |group: &GroupSnapshot| Named {
            letter: group.letter,
            rate: group.rate.value(),
        };
        let here = worths(selected);
        if here.is_empty() {
            return Self::NotYet;
        }
        let mean = statistics::mean(&here);
        let other = app
            .reference(lab)
            .filter(|reference| reference.id != selected.id);
        let Some(other) = other else {
            return Self::Alone(named(selected), mean);
        };
        let there = worths(other);
        if there.is_empty() {
            return Self::Alone(named(selected), mean);
        }
        let pairs = there.iter().zip(&here);
        let differences: Vec<f64> = pairs.map(|(there, here)| there - here).collect();
        let interval = statistics::t_interval(&differences, CONFIDENCE);
        let both = [
            (named(other), statistics::mean(&there)),
            (named(selected), mean),
        ];
        Self::Compared(both, interval, differences.len())
    }

    /// The answer in clauses, the most important first. `unit` is what a loss is measured in.
    pub(super) fn clauses(&self, unit: &str, glyphs: Glyphs) -> Vec<String> {
        let number = |value: f64| format::difference(value, glyphs);
        match self {
            Self::NoUnits => vec![super::NO_UNITS.to_owned()],
            Self::Nothing => vec!["there are no runs".to_owned()],
            Self::NoSound(letter) => vec![format!(
                "no run of {letter} is left to look at; r starts them again"
            )],
            Self::NotYet => vec!["not yet: each unit is being left out once".to_owned()],
            Self::Alone(one, most) => vec![format!(
                "{} a single unit is worth up to {} {unit}",
                one.at(),
                number(*most)
            )],
            Self::Compared([(there, most), (here, least)], interval, n_seeds) => {
                let facts = |verb: &str| {
                    format!(
                        "{} a single unit is worth up to {} {unit}, {} {verb}{}",
                        there.at(),
                        number(*most),
                        here.at(),
                        number(*least)
                    )
                };
                let verdict = match interval {
                    None if *n_seeds < 2 => facts(""),
                    Some(Interval { low, .. }) if *low > 0.0 => facts("no more than "),
                    Some(Interval { high, .. }) if *high < 0.0 => facts("even "),
                    _ => format!("open: {}", facts("")),
                };
                let evidence = match interval {
                    Some(Interval { low, high, .. }) => {
                        format!(
                            "{} less {}: 95 % CI [{}, {}], {n_seeds} seeds",
                            there.letter,
                            here.letter,
                            number(*low),
                            number(*high)
                        )
                    }
                    None if *n_seeds < 2 => "one seed: no interval (--seeds 3)".to_owned(),
                    None => format!("{n_seeds} seeds, no interval"),
                };
                vec![verdict, evidence]
            }
        }
    }
}

/// Draws question, answer and evidence into `area`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let glyphs = app.theme.glyphs();
    let unit = if app.facts.is_classification {
        "nats"
    } else {
        "of squared error"
    };
    let clauses = Answer::of(app, lab).clauses(unit, glyphs);
    let clauses = by_hand(app, lab).into_iter().chain(clauses);
    let proof = answer::proof(app, proof(app, lab), area.width);
    answer::draw(app, "what do units do?", clauses, &proof, area, buf);
}

/// What the units that were dropped by hand were worth together.
fn by_hand(app: &App, lab: &LabSnapshot) -> Option<String> {
    let dropped = &app.units.dropped;
    if dropped.is_empty() {
        return None;
    }
    let reading = app.unit_run(lab).and_then(|run| {
        run.readings
            .to::<WithoutReading>(&Probe::Without(dropped.clone()))
    });
    let names = |id: &UnitId| match app.n_hidden_layers() {
        1 => id.unit.to_string(),
        _ => format!("{}.{}", id.layer_idx, id.unit),
    };
    let listed: Vec<String> = dropped.iter().take(4).map(names).collect();
    let more = dropped.len() - listed.len();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let units = if dropped.len() == 1 { "unit" } else { "units" };
    let glyphs = app.theme.glyphs();
    let loss = match reading {
        Some(reading) => {
            let [full, without] = reading.test.map(|score| format::loss(score.loss, glyphs));
            format!("test loss {full} {} {without}", glyphs.pick("→", "->"))
        }
        None => "being measured".to_owned(),
    };
    Some(format!(
        "without {units} {}{more}: {loss}",
        listed.join(", ")
    ))
}

/// What else differs between the two rates.
fn proof(app: &App, lab: &LabSnapshot) -> Vec<String> {
    let Some((layer_idx, selected)) = app.compared_layer().zip(app.selected(lab)) else {
        return Vec::new();
    };
    let reference = app.reference(lab).filter(|other| other.id != selected.id);
    let (glyphs, arrow) = (app.theme.glyphs(), app.theme.glyphs().pick("→", "->"));
    let of_both = |value: fn(&Found) -> Option<f64>, written: &dyn Fn(f64) -> String| {
        let here = Found::of(selected, value, layer_idx)?;
        let there = reference.and_then(|group| Found::of(group, value, layer_idx));
        Some(match there {
            Some(there) => format!("{} {arrow} {}", written(there), written(here)),
            None => written(here),
        })
    };
    let number = |value: f64| format::difference(value, glyphs);
    let whole = |value: f64| format!("{value:.0}");
    let layer = super::layer_name(layer_idx);
    let activation = of_both(|found| found.mean_activation, &number);
    let dead = of_both(|found| found.n_dead, &whole);
    let alike = of_both(|found| found.mean_r, &number);
    let activation = activation.map(|both| {
        format!("mean activation of {layer} {both} (paper, other net: 2.0 {arrow} 0.7)")
    });
    let dead = dead.map(|both| format!("dead {both}"));
    let alike = alike.map(|both| format!("alike: mean |r| {both}"));
    [activation, dead, alike].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_a_sentence_of_its_own() {
        let named = |letter, rate| Named { letter, rate };
        let (a, c, b) = (named('a', 0.0), named('c', 0.5), named('b', 0.2));
        let both = |there, here| [(a, there), (c, here)];
        let interval = |low, high| {
            Some(Interval {
                mean: 0.5 * (low + high),
                low,
                high,
            })
        };
        let facts = "without dropout a single unit is worth up to 0.106 nats, at 0.50";
        let cases = [
            (Answer::Nothing, "there are no runs".to_owned()),
            (Answer::NoUnits, super::super::NO_UNITS.to_owned()),
            (
                Answer::NoSound('c'),
                "no run of c is left to look at; r starts them again".to_owned(),
            ),
            (
                Answer::NotYet,
                "not yet: each unit is being left out once".to_owned(),
            ),
            (
                Answer::Alone(b, 0.25),
                "at 0.20 a single unit is worth up to 0.250 nats".to_owned(),
            ),
            (
                Answer::Compared(both(0.106, 0.01), interval(0.05, 0.15), 3),
                format!("{facts} no more than 0.010; a less c: 95 % CI [0.050, 0.150], 3 seeds"),
            ),
            (
                Answer::Compared(both(0.106, 0.2), interval(-0.12, -0.06), 3),
                format!("{facts} even 0.200; a less c: 95 % CI [−0.120, −0.060], 3 seeds"),
            ),
            (
                Answer::Compared(both(0.106, 0.1), interval(-0.01, 0.02), 3),
                format!("open: {facts} 0.100; a less c: 95 % CI [−0.010, 0.020], 3 seeds"),
            ),
            (
                Answer::Compared(both(0.106, 0.01), None, 1),
                format!("{facts} 0.010; one seed: no interval (--seeds 3)"),
            ),
        ];
        for (answer, words) in cases {
            assert_eq!(answer.clauses("nats", Glyphs::Half).join("; "), words);
        }
    }
}
