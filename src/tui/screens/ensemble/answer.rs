//! The question of the screen, its answer in one sentence, and the proof.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::parts::answer;
use super::Subject;
use crate::lab::{LabSnapshot, Phase};
use crate::probe::exact::{Choices, Droppable};
use crate::probe::{CommitteeReading, ExactReading};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Glyphs;

const QUESTION: &str = "how many networks is this, and do they agree?";

/// What the screen says.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    /// There are no runs.
    Nothing,
    /// A rate that drops nothing, or everything.
    One { letter: char, rate: f64 },
    /// A run whose outputs are no numbers, or which failed.
    Ended { letter: char, how: String },
    /// Nothing was drawn.
    NotYet,
    /// Drawn and counted, but not asked yet.
    Open { drawn: Drawn },
    /// Asked: alone, averaged, full, and what else is known.
    Sample {
        drawn: Drawn,
        each: [Measured; 3],
        proof: Proof,
    },
    /// All of them asked.
    All(AllOf),
}

/// How many were drawn, and how many are different.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drawn {
    n: u64,
    distinct: u64,
    is_exact: bool,
}

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Measured {
    loss: f64,
    accuracy: Option<f64>,
}

/// What stands below the answer about a sample.
#[derive(Debug, Clone, PartialEq)]
struct Proof {
    n_networks: usize,
    n_agreed: Option<(usize, usize)>,
    steps: [u64; 2],
    is_behind: bool,
    examples: (usize, usize),
}

/// What is known of all masks.
#[derive(Debug, Clone, PartialEq)]
struct AllOf {
    n: usize,
    mean: Measured,
    worst: Measured,
    /// The share that is as good as the full network: by accuracy where there is one, and by loss.
    share_as_good: [f64; 2],
    /// The Kullback-Leibler divergence of the full network from the geometric mean, and their largest difference.
    gap: [f64; 2],
    examples: (usize, usize),
    step: Option<u64>,
}

impl Answer {
    fn of(app: &App, lab: &LabSnapshot) -> Self {
        let Some(subject) = Subject::selected(app, lab) else {
            return Self::Nothing;
        };
        let (run, letter) = (subject.run, subject.group.letter);
        let how = match &run.phase {
            Phase::Diverged { step } => Some(format!("diverged at step {}", format::count(*step))),
            Phase::Failed(_) => Some("failed".to_owned()),
            Phase::Running | Phase::Finished => None,
        };
        if let Some(how) = how {
            return Self::Ended { letter, how };
        }
        if run.subnetworks.n_units() == 0 {
            let rate = subject.group.rate.value();
            return Self::One { letter, rate };
        }
        if app.focus.is_of_every_mask()
            && let Some(seen) = subject.exact()
        {
            let step = seen.is_behind(run.step).then_some(seen.step);
            return Self::All(AllOf::of(seen.reading(), step));
        }
        if run.masks_drawn == 0 {
            return Self::NotYet;
        }
        let drawn = Drawn {
            n: run.masks_drawn,
            distinct: run.masks_distinct,
            is_exact: run.is_distinct_exact,
        };
        match subject.committee() {
            Some(seen) => Self::sample(drawn, seen.reading(), seen.is_behind(run.step)),
            None => Self::Open { drawn },
        }
    }

    fn sample(drawn: Drawn, reading: &CommitteeReading, is_behind: bool) -> Self {
        let (loss, accuracy) = reading.alone();
        let of = |score: &crate::probe::Score| Measured {
            loss: score.loss,
            accuracy: score.accuracy,
        };
        let has_votes = !reading.divided.is_empty();
        Self::Sample {
            drawn,
            each: [
                Measured { loss, accuracy },
                of(&reading.averaged),
                of(&reading.full),
            ],
            proof: Proof {
                n_networks: reading.each.len(),
                n_agreed: has_votes.then_some((reading.n_agreed, reading.n_examples)),
                steps: reading.steps(),
                is_behind,
                examples: (reading.n_examples, reading.n_test),
            },
        }
    }

    /// The answer in clauses, the most important first.
    fn clauses(&self, is_by_loss: bool, glyphs: Glyphs) -> Vec<String> {
        let percent = |share: f64| format!("{} %", format::percent(share, glyphs));
        match self {
            Self::Nothing => vec!["there are no runs".to_owned()],
            Self::One { letter, rate } => {
                let what = if *rate > 0.0 { "every unit" } else { "nothing" };
                vec![
                    format!("one, always the same: {letter} drops {what}"),
                    "another rate has more".to_owned(),
                ]
            }
            Self::Ended { letter, how } => vec![format!("{letter} {how}: nothing to ask")],
            Self::NotYet => vec!["not yet: no mask has been drawn".to_owned()],
            Self::Open { drawn } => vec![
                drawn.words(),
                "whether they agree is being measured".to_owned(),
            ],
            Self::Sample { drawn, each, .. } => {
                let [alone, averaged, full] = each;
                let has_accuracy = alone.accuracy.is_some() && !is_by_loss;
                let text = |measured: &Measured| match measured.accuracy {
                    Some(accuracy) if has_accuracy => percent(accuracy),
                    _ => format::loss(measured.loss, glyphs),
                };
                let [a, b, c] = [alone, averaged, full].map(text);
                let right = if has_accuracy { " right" } else { "" };
                vec![
                    drawn.words(),
                    format!("each {a}{right}, averaged {b}, as one {c}"),
                    verdict(each, has_accuracy).to_owned(),
                ]
            }
            Self::All(all) => {
                let text = |measured: &Measured| match measured.accuracy {
                    Some(accuracy) if !is_by_loss => percent(accuracy),
                    _ => format!("loss {}", format::loss(measured.loss, glyphs)),
                };
                let n = format::count(all.n as u64);
                let (mean, worst) = (text(&all.mean), text(&all.worst));
                vec![
                    format!("all {n} asked: mean {mean}, worst {worst}"),
                    format!(
                        "{} are as good as full",
                        percent(all.share_as_good[usize::from(is_by_loss)])
                    ),
                ]
            }
        }
    }

    /// What it rests on, in clauses.
    fn proof(&self, glyphs: Glyphs) -> Vec<String> {
        match self {
            Self::Sample { each, proof, .. } => proof.clauses(each, glyphs),
            Self::All(all) => all.proof(glyphs),
            _ => Vec::new(),
        }
    }
}

/// Whether thinned networks are worth more together than alone, and whether the full network stands for them.
fn verdict([alone, averaged, full]: &[Measured; 3], has_accuracy: bool) -> &'static str {
    let is_better = |one: &Measured, other: &Measured| match (one.accuracy, other.accuracy) {
        (Some(one), Some(other)) if has_accuracy => one > other,
        _ => one.loss < other.loss,
    };
    match (is_better(averaged, alone), is_better(full, alone)) {
        (true, true) => "together they are better than alone",
        (true, false) => "their average is better than one, the full network is not",
        (false, true) => "the full network is better than one, their average is not",
        (false, false) => "neither together nor as one are they better than alone",
    }
}

impl Drawn {
    fn words(&self) -> String {
        let (n, distinct) = (format::count(self.n), format::count(self.distinct));
        let repeats = self.n.saturating_sub(self.distinct);
        match repeats {
            0 if self.is_exact => format!("{n}, no two alike"),
            _ if self.is_exact => format!("{distinct} of {n} different"),
            _ => format!("about {distinct} of {n} different"),
        }
    }
}

impl Proof {
    fn clauses(&self, [_, averaged, full]: &[Measured; 3], glyphs: Glyphs) -> Vec<String> {
        let loss = |measured: &Measured| format::loss(measured.loss, glyphs);
        let unit = if full.accuracy.is_some() { " nats" } else { "" };
        let mut clauses = vec![format!(
            "full against the average of {}: loss {} against {}{unit}, in one pass",
            self.n_networks,
            loss(full),
            loss(averaged)
        )];
        if let Some((n, of)) = self.n_agreed {
            let [n, of] = [n, of].map(|n| format::count(n as u64));
            clauses.push(format!("all 20 agree on {n} of {of} examples"));
        }
        let [first, last] = self.steps.map(format::count);
        if first != last {
            clauses.push(format!("networks of steps {first} to {last}"));
        } else if self.is_behind {
            clauses.push(format!("at step {last}"));
        }
        clauses.extend(of_examples(self.examples));
        clauses
    }
}

/// On how many examples, where these are not all.
fn of_examples((n, of): (usize, usize)) -> Option<String> {
    let [few, all] = [n, of].map(|n| format::count(n as u64));
    (n < of).then(|| format!("on {few} of {all} examples"))
}

/// A difference of probabilities that is rounding and nothing else.
const ROUNDING: f64 = 1e-4;

impl AllOf {
    fn of(reading: &ExactReading, step: Option<u64>) -> Self {
        let measured = |quality: crate::probe::exact::Quality| Measured {
            loss: quality.loss,
            accuracy: quality.accuracy,
        };
        Self {
            n: reading.choices.n_masks(),
            mean: measured(reading.one),
            // Each the worst by its own measure.
            worst: Measured {
                loss: reading.loss_range[1],
                accuracy: reading.range[0].accuracy,
            },
            share_as_good: [reading.share_as_good_as_full, reading.share_of_no_more_loss],
            gap: [
                reading.distances.geometric_to_full,
                reading.distances.largest,
            ],
            examples: (reading.n_examples, reading.n_test),
            step,
        }
    }

    fn proof(&self, glyphs: Glyphs) -> Vec<String> {
        let [apart, largest] = self.gap;
        let is_classes = self.mean.accuracy.is_some();
        let mean = if is_classes { "geometric mean" } else { "mean" };
        let largest = format::difference(largest, glyphs);
        let gap = if self.gap[1] < ROUNDING {
            format!(
                "the {mean} of all is the full network, largest difference {largest}: nothing nonlinear follows the mask"
            )
        } else if is_classes {
            let apart = format::difference(apart, glyphs);
            format!(
                "the geometric mean is not the full network: {apart} nats apart, {largest} at most: an activation follows a mask"
            )
        } else {
            format!(
                "the mean is not the full network: {largest} apart at most: an activation follows a mask"
            )
        };
        let step = self
            .step
            .map(|step| format!("at step {}", format::count(step)));
        [gap]
            .into_iter()
            .chain(step)
            .chain(of_examples(self.examples))
            .collect()
    }
}

/// The network under the cursor: its number, how good it is, and the units it keeps.
fn network(app: &App, lab: &LabSnapshot) -> Option<String> {
    let is_cursor = matches!(app.focus, Pane::EveryMask | Pane::MeanWorth);
    let seen = Subject::selected(app, lab).filter(|_| is_cursor)?.exact()?;
    let (reading, glyphs) = (seen.reading(), app.theme.glyphs());
    let n = reading.choices.n_units();
    let mask = super::every_mask::cursor(app, reading)?;
    let quality = reading.at(Choices::place_of(mask));
    let how_good = match quality.accuracy {
        Some(accuracy) if !app.is_by_loss() => format!("{} %", format::percent(accuracy, glyphs)),
        _ => format!("loss {}", format::loss(quality.loss, glyphs)),
    };
    let kept: Vec<String> = (0..n)
        .filter(|bit| mask >> bit & 1 == 1)
        .map(|bit| unit_name(reading.choices.unit(bit)))
        .collect();
    let units = if kept.is_empty() {
        "no units".to_owned()
    } else {
        format!("units {}", kept.join(" "))
    };
    Some(format!(
        "network {} = {mask:0n$b}: {how_good}, {units}",
        format::count(mask as u64)
    ))
}

/// A unit by its number; those of the input are x.
pub(super) fn unit_name(unit: Droppable) -> String {
    match unit.layer_idx {
        0 => format!("x{}", unit.unit),
        1 => unit.unit.to_string(),
        layer => format!("{layer}:{}", unit.unit),
    }
}

/// Draws question, answer and proof into `area`; while a network is under the cursor, what it is.
pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let (answer, glyphs) = (Answer::of(app, lab), app.theme.glyphs());
    let below = match network(app, lab) {
        Some(network) => vec![network],
        None => answer.proof(glyphs),
    };
    let proof = answer::proof(app, below, area.width);
    let clauses = answer.clauses(app.is_by_loss(), glyphs);
    answer::draw(app, QUESTION, clauses, &proof, area, buf);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Drawn = Drawn {
        n: 2400,
        distinct: 2400,
        is_exact: true,
    };

    fn good(accuracy: f64, loss: f64) -> Measured {
        Measured {
            loss,
            accuracy: Some(accuracy),
        }
    }

    fn bad(loss: f64) -> Measured {
        Measured {
            loss,
            accuracy: None,
        }
    }

    fn sample(drawn: Drawn, each: [Measured; 3]) -> Answer {
        Answer::Sample {
            drawn,
            each,
            proof: Proof {
                n_networks: 200,
                n_agreed: Some((226, 797)),
                steps: [10, 10],
                is_behind: false,
                examples: (797, 797),
            },
        }
    }

    fn said(answer: &Answer, is_by_loss: bool) -> String {
        answer.clauses(is_by_loss, Glyphs::Braille).join("; ")
    }

    #[test]
    fn what_cannot_be_asked_is_said_in_a_sentence_of_its_own() {
        let one = |rate| Answer::One { letter: 'a', rate };
        let how = "diverged at step 812".to_owned();
        let cases = [
            (Answer::Nothing, "there are no runs"),
            (
                one(0.0),
                "one, always the same: a drops nothing; another rate has more",
            ),
            (
                one(1.0),
                "one, always the same: a drops every unit; another rate has more",
            ),
            (
                Answer::Ended { letter: 'c', how },
                "c diverged at step 812: nothing to ask",
            ),
            (Answer::NotYet, "not yet: no mask has been drawn"),
            (
                Answer::Open { drawn: MANY },
                "2,400, no two alike; whether they agree is being measured",
            ),
        ];
        for (answer, words) in cases {
            assert_eq!(said(&answer, false), words);
            assert!(answer.proof(Glyphs::Braille).is_empty());
        }
    }

    #[test]
    fn together_and_as_one_they_are_better_or_not_by_accuracy_and_by_loss() {
        let each = [good(0.776, 0.9), good(0.898, 0.521), good(0.893, 0.388)];
        let words = "2,400, no two alike; each 77.6 % right, averaged 89.8 %, as one 89.3 %; together they are better than alone";
        assert_eq!(said(&sample(MANY, each), false), words);
        let by_loss = "2,400, no two alike; each 0.900, averaged 0.521, as one 0.388; together they are better than alone";
        assert_eq!(said(&sample(MANY, each), true), by_loss);
        let verdicts = [
            (
                [0.5, 0.6, 0.4],
                "their average is better than one, the full network is not",
            ),
            (
                [0.5, 0.4, 0.6],
                "the full network is better than one, their average is not",
            ),
            (
                [0.5, 0.5, 0.5],
                "neither together nor as one are they better than alone",
            ),
        ];
        for (accuracies, words) in verdicts {
            let answer = sample(MANY, accuracies.map(|accuracy| good(accuracy, 1.0)));
            assert!(said(&answer, false).ends_with(words), "{accuracies:?}");
        }
        let values = sample(MANY, [bad(3.0), bad(2.0), bad(1.0)]);
        assert!(said(&values, false).contains("each 3.00, averaged 2.00, as one 1.00"));
    }

    #[test]
    fn repeats_and_estimates_are_said() {
        let each = [good(0.7, 1.0); 3];
        let repeats = Drawn {
            distinct: 2397,
            ..MANY
        };
        assert!(said(&sample(repeats, each), false).starts_with("2,397 of 2,400 different;"));
        let about = Drawn {
            is_exact: false,
            ..MANY
        };
        assert!(said(&sample(about, each), false).starts_with("about 2,400 of 2,400 different"));
    }

    #[test]
    fn the_proof_has_losses_votes_and_the_steps_that_are_mixed() {
        let each = [good(0.776, 0.9), good(0.898, 0.521), good(0.893, 0.388)];
        let mut answer = sample(MANY, each);
        let proof = |answer: &Answer| answer.proof(Glyphs::Braille).join("; ");
        let first = "full against the average of 200: loss 0.388 against 0.521 nats, in one pass; all 20 agree on 226 of 797 examples";
        assert_eq!(proof(&answer), first);
        if let Answer::Sample { proof, .. } = &mut answer {
            (proof.steps, proof.examples) = ([1200, 2400], (700, 797));
        }
        assert_eq!(
            proof(&answer),
            format!("{first}; networks of steps 1,200 to 2,400; on 700 of 797 examples")
        );
        if let Answer::Sample { proof, .. } = &mut answer {
            (proof.steps, proof.is_behind) = ([2400, 2400], true);
        }
        assert!(proof(&answer).contains("at step 2,400"));
    }

    #[test]
    fn of_all_masks_the_gap_to_the_full_network_is_said_or_that_there_is_none() {
        let all = |gap| AllOf {
            n: 4096,
            mean: good(0.886, 0.3),
            worst: good(0.5, 0.9),
            share_as_good: [0.22, 0.31],
            gap,
            examples: (200, 200),
            step: None,
        };
        let answer = Answer::All(all([0.0, 7e-8]));
        assert_eq!(
            said(&answer, false),
            "all 4,096 asked: mean 88.6 %, worst 50.0 %; 22.0 % are as good as full"
        );
        let by_loss =
            "all 4,096 asked: mean loss 0.300, worst loss 0.900; 31.0 % are as good as full";
        assert_eq!(said(&answer, true), by_loss);
        let by_loss =
            "all 4,096 asked: mean loss 0.300, worst loss 0.900; 31.0 % are as good as full";
        assert_eq!(said(&answer, true), by_loss);
        let proof = |answer: Answer| answer.proof(Glyphs::Braille).join("; ");
        let holds = proof(answer);
        assert!(
            holds.starts_with("the geometric mean of all is the full network, largest difference")
        );
        let not = proof(Answer::All(all([0.013, 0.21])));
        assert!(
            not.starts_with("the geometric mean is not the full network: 0.013 nats apart"),
            "{not}"
        );
        let values = AllOf {
            mean: bad(1.0),
            step: Some(700),
            ..all([0.1, 0.2])
        };
        let not = proof(Answer::All(values));
        assert!(
            not.starts_with("the mean is not the full network") && not.ends_with("at step 700"),
            "{not}"
        );
    }
}
