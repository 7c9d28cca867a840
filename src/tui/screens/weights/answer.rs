//! Does the norm shrink? The answer at equal steps, at equal training loss and at equal seconds, in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::parts::answer as sentence;
use super::Compared;
use crate::claims::norms::{NotYet, Paired, Says, Shrinkage};
use crate::lab::LabSnapshot;
use crate::lab::curves::Alignment;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::{Glyphs, Role};

/// The three comparisons, in the order of the charts.
const ALIGNMENTS: [Alignment; 3] = [Alignment::Epoch, Alignment::TrainLoss, Alignment::Seconds];

const QUESTION: &str = "does the norm shrink?";

/// A norm ratio in three decimals: two would not tell runs apart.
pub(super) fn norm_ratio(ratio: f64, glyphs: Glyphs) -> String {
    if (0.0..10.0).contains(&ratio) {
        format!("{ratio:.3}")
    } else {
        format::ratio(ratio, glyphs)
    }
}

/// The comparison of an alignment.
pub(super) fn paired(shrinkage: &Shrinkage, alignment: Alignment) -> Result<&Paired, NotYet> {
    let found = match alignment {
        Alignment::Epoch => &shrinkage.by_steps,
        Alignment::TrainLoss => &shrinkage.by_loss,
        Alignment::Seconds => &shrinkage.by_seconds,
    };
    found.as_ref().map_err(|reason| *reason)
}

/// When there will be something to see.
pub(super) fn first_evaluation(app: &App) -> String {
    let (n_train, batch) = (app.facts.n_examples.0, app.facts.experiment.batch_size);
    let step = n_train.div_ceil(batch.max(1)) as u64;
    format!("first evaluation at step {}", format::count(step))
}

/// A difference with its interval, where there is one.
pub(super) fn difference(app: &App, paired: &Paired) -> Vec<Span<'static>> {
    let glyphs = app.theme.glyphs();
    let mean = format::gap(paired.difference, glyphs);
    let interval = paired.interval.map(|interval| {
        let [low, high] = [interval.low, interval.high].map(|end| format::gap(end, glyphs));
        Span::styled(format!(" [{low}, {high}]"), app.theme.style(Role::Dim))
    });
    let mean = Span::styled(mean, app.theme.style(Role::Bright));
    std::iter::once(mean).chain(interval).collect()
}

/// What stands below a chart: the compared group, what its norm is, and by how much.
pub(super) fn of_chart(
    app: &App,
    alignment: Alignment,
    compared: Option<&Compared>,
    width: usize,
) -> Line<'static> {
    let dim = app.theme.style(Role::Dim);
    let Some(compared) = compared else {
        return Line::default();
    };
    let letter = compared.group.letter;
    let Some(shrinkage) = &compared.shrinkage else {
        return Line::styled(format!("others are compared with {letter}"), dim);
    };
    let paired = match paired(shrinkage, alignment) {
        Ok(paired) => paired,
        Err(reason) => return Line::styled(why_not(app, reason), dim),
    };
    let word = match shrinkage.says(alignment) {
        Says::Smaller => "smaller ",
        Says::Larger => "larger ",
        Says::Open => "open ",
        Says::DependsOnLoss => "depends on the loss ",
        Says::OneSeed | Says::NotYet(_) => "",
    };
    let mut line = Line::from(vec![
        Span::styled(format!("{letter} "), compared.style),
        Span::styled(word, app.theme.style(Role::Text)),
    ]);
    let mut parts = difference(app, paired).into_iter();
    line.spans.extend(parts.next());
    let rest = parts
        .next()
        .unwrap_or_else(|| Span::styled(", one seed: no interval", dim));
    if line.width() + rest.width() <= width {
        line.push_span(rest);
    }
    line
}

/// Why there is nothing to compare.
fn why_not(app: &App, reason: NotYet) -> String {
    match reason {
        NotYet::NoPair => "no seed is sound at both rates".to_owned(),
        NotYet::NoEvaluation => first_evaluation(app),
        NotYet::NoCommonLoss => "no training loss that all have reached".to_owned(),
        NotYet::NoSeconds => "no seconds that all were trained for".to_owned(),
    }
}

/// What the screen answers.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    /// There are no runs, or only those of one rate.
    Nothing,
    /// The selected group is the one that others are compared with.
    Itself(char),
    /// Nothing can be compared, for this reason.
    NotYet(String),
    /// One pair has no interval.
    OneSeed,
    /// The same at every measure.
    Unanimous(Says),
    /// At equal steps, loss and seconds.
    Three([Says; 3]),
}

impl Answer {
    fn of(app: &App, lab: &LabSnapshot, compared: Option<&Compared>) -> Self {
        let Some(compared) = compared.filter(|_| lab.groups.len() > 1) else {
            return Self::Nothing;
        };
        let Some(shrinkage) = &compared.shrinkage else {
            return Self::Itself(compared.group.letter);
        };
        match ALIGNMENTS.map(|alignment| shrinkage.says(alignment)) {
            [Says::NotYet(reason), Says::NotYet(_), Says::NotYet(_)] => {
                Self::NotYet(why_not(app, reason))
            }
            _ if shrinkage.n_pairs == 1 => Self::OneSeed,
            [one, two, three] if one == two && two == three => Self::Unanimous(one),
            says => Self::Three(says),
        }
    }

    /// The answer in clauses; `ratios` are both norm ratios at each measure, where they are known.
    fn clauses(&self, ratios: &[Option<String>; 3]) -> Vec<String> {
        let with = |words: &str, ratios: &Option<String>| match ratios {
            Some(ratios) => format!("{words} ({ratios})"),
            None => words.to_owned(),
        };
        let one = match self {
            Self::Nothing => "not yet: it takes runs at two rates".to_owned(),
            Self::Itself(letter) => {
                format!(
                    "not yet: {letter} is what the others are compared with, select one of them"
                )
            }
            Self::NotYet(reason) => format!("not yet: {reason}"),
            Self::OneSeed => "not yet: one seed, no interval (--seeds 3)".to_owned(),
            Self::Unanimous(Says::Open) => "open at every measure".to_owned(),
            Self::Unanimous(says) => {
                with(&format!("{}, by every measure", word(*says)), &ratios[0])
            }
            Self::Three(says) => {
                let names = ["steps", "loss", "time"];
                let three = names.iter().zip(says).zip(ratios);
                return three
                    .map(|((name, says), ratios)| {
                        with(&format!("at equal {name} {}", word(*says)), ratios)
                    })
                    .collect();
            }
        };
        vec![one]
    }
}

/// Whether the norm shrinks.
fn word(says: Says) -> &'static str {
    match says {
        Says::Smaller => "yes",
        Says::Larger => "no",
        Says::Open => "open",
        Says::DependsOnLoss => "depends on the loss",
        Says::OneSeed | Says::NotYet(_) => "not yet",
    }
}

/// Draws question, answer and proof into `area`.
pub(super) fn draw(
    app: &App,
    lab: &LabSnapshot,
    compared: Option<&Compared>,
    area: Rect,
    buf: &mut Buffer,
) {
    let glyphs = app.theme.glyphs();
    let shrinkage = compared.and_then(|compared| Some((compared, compared.shrinkage.as_ref()?)));
    let mut ratios = ALIGNMENTS.map(|alignment| {
        let (compared, shrinkage) = shrinkage?;
        let paired = paired(shrinkage, alignment).ok()?;
        let [group, reference] =
            [paired.group, paired.reference].map(|ratio| norm_ratio(ratio, glyphs));
        Some(format!(
            "{group}, {} {reference}",
            compared.reference.letter
        ))
    });
    let answer = Answer::of(app, lab, compared);
    // All three answers come before any ratio.
    let room = usize::from(area.width).saturating_sub(QUESTION.chars().count() + 2);
    for idx in (0..ratios.len()).rev() {
        if answer.clauses(&ratios).join("; ").chars().count() > room {
            ratios[idx] = None;
        }
    }
    let clauses = answer.clauses(&ratios);
    let proof = shrinkage.map_or_else(Vec::new, |(compared, shrinkage)| {
        proof(compared, shrinkage, glyphs)
    });
    let proof = sentence::proof(app, proof, area.width);
    sentence::draw(app, QUESTION, clauses, &proof, area, buf);
}

/// What the answer rests on, the most important first.
fn proof(compared: &Compared, shrinkage: &Shrinkage, glyphs: Glyphs) -> Vec<String> {
    let mut clauses = Vec::new();
    let letter = compared.group.letter;
    let learnt = shrinkage.train_loss_by_steps.as_ref();
    let has_learnt_less = learnt.is_some_and(|losses| losses.difference > 0.0);
    let says = ALIGNMENTS.map(|alignment| shrinkage.says(alignment));
    if !shrinkage.is_undisturbed {
        clauses.push("changed live: not a matter of the rates alone".to_owned());
    }
    if has_learnt_less && says[0] == Says::Smaller && says[1] == Says::Larger {
        clauses.push(format!(
            "the same runs: after as many steps {letter} has learnt less"
        ));
        clauses.push("once it has learnt as much it is larger".to_owned());
    }
    let differences = ["steps", "loss", "time"].iter().zip(ALIGNMENTS);
    let differences = differences.filter_map(|(name, alignment)| {
        let paired = paired(shrinkage, alignment).ok()?;
        let mean = format::gap(paired.difference, glyphs);
        let interval = paired.interval.map_or_else(String::new, |interval| {
            let [low, high] = [interval.low, interval.high].map(|end| format::gap(end, glyphs));
            format!(" [{low}, {high}]")
        });
        Some(format!("{name} {mean}{interval}"))
    });
    clauses.extend(differences);
    clauses.push(match (shrinkage.n_pairs, shrinkage.n_seeds) {
        (n, of) if n < of => format!("{n} of {of} paired seeds"),
        (1, _) => "one seed".to_owned(),
        (n, _) => format!("{n} paired seeds, 95 %"),
    });
    if let Some(losses) = learnt {
        let [group, reference] =
            [losses.group, losses.reference].map(|loss| format::loss(loss, glyphs));
        let other = compared.reference.letter;
        clauses.push(format!("train loss then {group}, {other} {reference}"));
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_a_sentence_of_its_own() {
        use Says::{DependsOnLoss, Larger, Open, Smaller};
        let ratios = [Some("1.11, a 1.16"), Some("1.09, a 1.06"), None]
            .map(|ratios: Option<&str>| ratios.map(str::to_owned));
        let not_yet = Says::NotYet(NotYet::NoSeconds);
        let cases = [
            (Answer::Nothing, "not yet: it takes runs at two rates"),
            (
                Answer::Itself('a'),
                "not yet: a is what the others are compared with, select one of them",
            ),
            (
                Answer::NotYet("first evaluation at step 16".to_owned()),
                "not yet: first evaluation at step 16",
            ),
            (
                Answer::OneSeed,
                "not yet: one seed, no interval (--seeds 3)",
            ),
            (
                Answer::Unanimous(Smaller),
                "yes, by every measure (1.11, a 1.16)",
            ),
            (
                Answer::Unanimous(Larger),
                "no, by every measure (1.11, a 1.16)",
            ),
            (Answer::Unanimous(Open), "open at every measure"),
            (
                Answer::Three([Smaller, Larger, Larger]),
                "at equal steps yes (1.11, a 1.16); at equal loss no (1.09, a 1.06); at equal time no",
            ),
            (
                Answer::Three([Open, DependsOnLoss, not_yet]),
                "at equal steps open (1.11, a 1.16); at equal loss depends on the loss (1.09, a 1.06); at equal time not yet",
            ),
        ];
        for (answer, words) in cases {
            assert_eq!(answer.clauses(&ratios).join("; "), words);
        }
    }
}
