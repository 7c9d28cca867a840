//! The question of the screen, its answer in one sentence, and the proof: which units are off, and what is left of the network.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::parts::answer;
use super::layer_name;
use crate::lab::{GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::nn::{Mask, Masks, UnitId};
use crate::probe::Seen;
use crate::probe::WithoutReading;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Glyphs;

/// Which units are off.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// There are no runs.
    Nothing,
    /// The run that stands for the group fell out.
    FellOut { letter: char, trouble: String },
    /// No mask has been drawn yet.
    NotYet,
    /// The rate is 0.
    NoneEver { letter: char },
    /// The rate is 1.
    All { letter: char },
    /// One mask for the batch: of each layer that drops units its name, how many are off, and of how many.
    Shared(Vec<(String, usize, usize)>),
    /// A mask for each sample: how many samples, and in how many of them a unit is off.
    Own {
        n_samples: usize,
        unit: UnitId,
        n_off: usize,
    },
}

impl Answer {
    /// What the masks say that were drawn last; `unit` is the one that is told of.
    fn of(group: Option<&GroupSnapshot>, unit: impl FnOnce(&RunSnapshot) -> UnitId) -> Self {
        let Some((group, run)) = group.and_then(|group| Some((group, group.shown_run()?))) else {
            return Self::Nothing;
        };
        let letter = group.letter;
        if let Some(trouble) = run.trouble().filter(|_| !run.is_sound()) {
            return Self::FellOut { letter, trouble };
        }
        let Some(step) = run.last_drawn_step() else {
            return Self::NotYet;
        };
        let masks = run.recipe.masks(step);
        if masks.layers().iter().all(Mask::is_none) {
            return Self::NoneEver { letter };
        }
        let has_all_off = |mask: &Mask| mask.rate().is_all();
        if masks.layers().iter().any(has_all_off) {
            return Self::All { letter };
        }
        let unit = unit(run);
        match masks.layers()[unit.layer_idx].n_rows() {
            0 | 1 => Self::Shared(off(&masks)),
            n_samples => {
                let mask = &masks.layers()[unit.layer_idx];
                let is_off = |&row: &usize| mask.row(row).get(unit.unit) == Some(&0);
                let n_off = (0..n_samples).filter(is_off).count();
                Self::Own {
                    n_samples,
                    unit,
                    n_off,
                }
            }
        }
    }

    /// The answer in a sentence.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Nothing => "there are no runs".to_owned(),
            Self::FellOut { letter, trouble } => format!("{letter} {trouble}"),
            Self::NotYet => "none yet: no mask has been drawn".to_owned(),
            Self::NoneEver { letter } => format!("{letter}: no unit is ever off"),
            Self::All { letter } => format!("{letter}: all of them, only biases speak"),
            Self::Shared(layers) => {
                let part = |(name, n_off, n): &(String, usize, usize)| {
                    format!(
                        "{} of {} in {name}",
                        format::count(*n_off as u64),
                        format::count(*n as u64)
                    )
                };
                let parts: Vec<String> = layers.iter().map(part).collect();
                format!("{}; they get no gradient this step", parts.join(", "))
            }
            Self::Own {
                n_samples,
                unit,
                n_off,
            } => format!(
                "{n_samples} samples, {n_samples} networks: unit {} of {} is off in {n_off} of them",
                unit.unit,
                layer_name(unit.layer_idx)
            ),
        }
    }
}

/// The layers that drop units, and how many are off in the first row of each mask.
fn off(masks: &Masks) -> Vec<(String, usize, usize)> {
    let of_layer = |(layer_idx, mask): (usize, &Mask)| {
        let row = mask.row(0);
        let n_kept: usize = row.iter().map(|&kept| usize::from(kept)).sum();
        let n_off = row.len() - n_kept;
        (!row.is_empty()).then(|| (layer_name(layer_idx), n_off, row.len()))
    };
    masks
        .layers()
        .iter()
        .enumerate()
        .filter_map(of_layer)
        .collect()
}

/// The widths of what a step trains, and of its weights how many: between two kept units, and all.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trained {
    widths: Vec<usize>,
    n_active: usize,
    n_weights: usize,
}

impl Trained {
    /// What `masks`, shared by the batch, leave of a network of these widths.
    pub(super) fn of(masks: &Masks, widths: &[usize]) -> Self {
        let kept = |(layer_idx, &width): (usize, &usize)| match masks.layers().get(layer_idx) {
            Some(mask) if !mask.is_none() => mask.n_kept() / mask.n_rows().max(1),
            _ => width,
        };
        let left: Vec<usize> = widths.iter().enumerate().map(kept).collect();
        let n_weights = |widths: &[usize]| widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        Self {
            n_active: n_weights(&left),
            n_weights: n_weights(widths),
            widths: left,
        }
    }

    pub(super) fn words(&self) -> String {
        let widths: Vec<String> = self.widths.iter().map(ToString::to_string).collect();
        let share = 100.0 * self.n_active as f64 / self.n_weights.max(1) as f64;
        format!(
            "so this step trained a network of {}: {} of {} weights, {share:.0} %",
            widths.join("-"),
            format::count(self.n_active as u64),
            format::count(self.n_weights as u64)
        )
    }
}

/// Losses before and after something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compared {
    pub(super) what: String,
    /// On the training examples, and on the test examples; before and after.
    pub(super) losses: Option<[[f64; 2]; 2]>,
}

impl Compared {
    pub(super) fn words(&self, glyphs: Glyphs) -> String {
        let Some([train, test]) = self.losses else {
            return format!("{}: measuring", self.what);
        };
        let arrow = glyphs.pick("→", "->");
        let pair = |[before, after]: [f64; 2]| {
            format!(
                "{} {arrow} {}",
                format::loss(before, glyphs),
                format::loss(after, glyphs)
            )
        };
        format!(
            "{}: train loss {}, test {}",
            self.what,
            pair(train),
            pair(test)
        )
    }
}

/// What a mask that is held since then has changed: the evaluation at or before its first step against the latest.
fn since_held(run: &RunSnapshot) -> Option<Compared> {
    let since = run.held_since()?;
    let what = format!("held since {}", format::count(since));
    let before = run.history.at(since);
    let after = run.latest.as_ref().filter(|latest| latest.step > since);
    let losses = before.zip(after).map(|(before, after)| {
        [
            [before.train_loss, after.train_loss],
            [before.test_loss, after.test_loss],
        ]
    });
    Some(Compared { what, losses })
}

/// What the full network is worth without the units that are dropped by hand in the view.
fn by_hand(app: &App, run: &RunSnapshot) -> Option<Compared> {
    let probe = app.without_probe()?;
    let n = app.masks.without.len();
    let units = if n == 1 { "unit" } else { "units" };
    let seen: Option<Seen<WithoutReading>> = run.readings.to(&probe);
    let losses =
        seen.map(|seen| [seen.train, seen.test].map(|scores| scores.map(|score| score.loss)));
    Some(Compared {
        what: format!("full network without {n} {units}"),
        losses,
    })
}

/// Draws question, answer and proof into `area`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    let group = app.selected(lab);
    let run = group.and_then(GroupSnapshot::shown_run);
    let unit = |run: &RunSnapshot| {
        let first = UnitId {
            layer_idx: app.layer_of(run),
            unit: 0,
        };
        app.unit_of(run).unwrap_or(first)
    };
    let answer = Answer::of(group, unit);
    let glyphs = app.theme.glyphs();
    let compared = run.and_then(|run| by_hand(app, run).or_else(|| since_held(run)));
    let compared = compared.map(|compared| compared.words(glyphs));
    let clauses = compared.clone().into_iter().chain([answer.words()]);
    // What somebody did comes first: it is what they look for.
    let clauses: Vec<String> = clauses.collect();
    let proof = run.map_or_else(Vec::new, |run| proof(&answer, run, glyphs));
    let proof = answer::proof(app, proof, area.width);
    answer::draw(
        app,
        "which units are off right now?",
        clauses,
        &proof,
        area,
        buf,
    );
}

/// The proof in clauses.
fn proof(answer: &Answer, run: &RunSnapshot, glyphs: Glyphs) -> Vec<String> {
    let masks = run.last_drawn_step().map(|step| run.recipe.masks(step));
    let trained = masks.map(|masks| Trained::of(&masks, &run.widths));
    let about = if run.is_distinct_exact {
        ""
    } else {
        glyphs.pick("≈", "~")
    };
    let [drawn, distinct] = [run.masks_drawn, run.masks_distinct].map(format::count);
    match (answer, trained) {
        (Answer::Nothing | Answer::NotYet | Answer::FellOut { .. }, _) | (_, None) => Vec::new(),
        (Answer::NoneEver { .. }, Some(trained)) => {
            let n = format::count(trained.n_weights as u64);
            vec![format!("every step trains all {n} weights")]
        }
        (Answer::All { .. }, Some(_)) => {
            vec!["what is behind a layer that is dropped whole hears its own biases, whatever the example".to_owned()]
        }
        (Answer::Shared(_), Some(trained)) => {
            vec![
                trained.words(),
                format!("{drawn} masks drawn, {about}{distinct} networks"),
            ]
        }
        (Answer::Own { .. }, Some(_)) => vec![
            "each sample goes through a network of its own, and their gradients are averaged"
                .to_owned(),
            format!("{drawn} masks drawn, {about}{distinct} networks"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::DropRate;

    #[test]
    fn every_answer_is_a_sentence_of_its_own() {
        let cases = [
            (Answer::Nothing, "there are no runs"),
            (
                Answer::FellOut {
                    letter: 'c',
                    trouble: "diverged at step 812: try --lr 3e-1".to_owned(),
                },
                "c diverged at step 812: try --lr 3e-1",
            ),
            (Answer::NotYet, "none yet: no mask has been drawn"),
            (Answer::NoneEver { letter: 'a' }, "a: no unit is ever off"),
            (
                Answer::All { letter: 'd' },
                "d: all of them, only biases speak",
            ),
            (
                Answer::Shared(vec![
                    ("hidden 1".to_owned(), 130, 256),
                    ("hidden 2".to_owned(), 8_139, 16_384),
                ]),
                "130 of 256 in hidden 1, 8,139 of 16,384 in hidden 2; they get no gradient this step",
            ),
            (
                Answer::Own {
                    n_samples: 32,
                    unit: UnitId {
                        layer_idx: 1,
                        unit: 12,
                    },
                    n_off: 17,
                },
                "32 samples, 32 networks: unit 12 of hidden 1 is off in 17 of them",
            ),
        ];
        for (answer, words) in cases {
            assert_eq!(answer.words(), words);
        }
    }

    #[test]
    fn what_is_compared_says_both_losses_before_and_after_or_that_they_are_measured() {
        let compared = |losses| Compared {
            what: "held since 2,400".to_owned(),
            losses,
        };
        let glyphs = Glyphs::Braille;
        assert_eq!(compared(None).words(glyphs), "held since 2,400: measuring");
        let losses = Some([[0.308, 0.25], [0.421, 0.4449]]);
        assert_eq!(
            compared(losses).words(glyphs),
            "held since 2,400: train loss 0.308 → 0.250, test 0.421 → 0.445"
        );
        assert!(compared(losses).words(Glyphs::Ascii).is_ascii());
    }

    #[test]
    fn a_step_trains_the_weights_between_kept_units() {
        let kept = |n: usize, of: usize| {
            let row = (0..of).map(|unit| u8::from(unit % of < n)).collect();
            Mask::from_kept(DropRate::saturating(0.5), 1, of, row)
        };
        let masks = Masks::new(vec![Mask::none(), kept(126, 256), kept(117, 256)]);
        assert_eq!(
            off(&masks),
            [
                ("hidden 1".to_owned(), 130, 256),
                ("hidden 2".to_owned(), 139, 256)
            ]
        );
        let trained = Trained::of(&masks, &[64, 256, 256, 10]);
        // 64 126 + 126 117 + 117 10, of 64 256 + 256 256 + 256 10.
        assert_eq!((trained.n_active, trained.n_weights), (23_976, 84_480));
        assert_eq!(
            trained.words(),
            "so this step trained a network of 64-126-117-10: 23,976 of 84,480 weights, 28 %"
        );
    }
}
