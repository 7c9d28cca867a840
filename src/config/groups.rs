//! The table `[dropout]`: from rates to groups of runs.
//!
//! Rates of the hidden layers and of the input are paired, the k-th with the k-th; one alone counts for every group. A
//! network without hidden layers has units to drop in its input only, so there the rates are the input's, whichever of
//! the two settings gives them. Masks are one for all groups or one for each, too.

use std::str::FromStr;

use crate::lab::GroupPlan;
use crate::nn::{DropRate, NoiseShape};
use crate::train::NoisePlan;

use super::check::{Check, Checked};
use super::written::{self, OneOrEach, Read, Word};

/// Groups are named by a letter.
const MOST_GROUPS: usize = 26;

/// The groups that the settings ask for, at least one.
pub(super) fn groups(
    check: &mut Check<'_>,
    dropout: written::Dropout,
    has_hidden: bool,
) -> Checked<Vec<GroupPlan>> {
    let are_few = |n: usize| (1..=MOST_GROUPS).contains(&n);
    let rates = check.value("dropout.rates", dropout.rates, |rates| are_few(rates.len()));
    let rates = rates.and_then(|rates| drop_rates(check, "dropout.rates", &rates));
    let input_rates = check.value("dropout.input_rate", dropout.input_rate, |rates| {
        are_few(rates.each().len())
    });
    let input_rates =
        input_rates.and_then(|rates| drop_rates(check, "dropout.input_rate", &rates.each()));
    let noise_shapes = noise_shapes(check, dropout.mask, dropout.noise_shape);
    let (hidden_rates, input_rates) = if has_hidden {
        (rates?, input_rates?)
    } else {
        (
            vec![DropRate::NONE],
            input_only(check, rates?, input_rates?)?,
        )
    };
    let (setting, noise_shapes) = noise_shapes?;
    let rates = paired(check, &hidden_rates, &input_rates)?;
    let (n_rates, n_shapes) = (rates.len(), noise_shapes.len());
    if n_rates != n_shapes && n_rates != 1 && n_shapes != 1 {
        let message = format!(
            "found {n_shapes} for {n_rates} groups; accepted: one for all, or a list of {n_rates}"
        );
        return Err(check.report(setting, message));
    }
    let group = |idx: usize| {
        let (hidden_rate, input_rate) = *of(&rates, idx);
        GroupPlan::of_noise(NoisePlan {
            input_rate,
            hidden_rate,
            noise_shape: of(&noise_shapes, idx).clone(),
        })
    };
    Ok((0..n_rates.max(n_shapes)).map(group).collect())
}

/// What the group of this index has of a list for each group, or of one for all.
fn of<T>(list: &[T], idx: usize) -> &T {
    &list[idx.min(list.len() - 1)]
}

/// The rates of the input of a network that has no hidden layer for `rates`.
fn input_only(
    check: &mut Check<'_>,
    rates: Vec<DropRate>,
    input_rates: Vec<DropRate>,
) -> Checked<Vec<DropRate>> {
    let is_silent = |rates: &[DropRate]| rates.iter().all(|rate| rate.is_none());
    if rates == input_rates || is_silent(&input_rates) && input_rates.len() == 1 {
        return Ok(rates);
    }
    if is_silent(&rates) {
        return Ok(input_rates);
    }
    let message = "the network has no hidden layer, and dropout.input_rate says what is dropped of its input; accepted: \
                   0, or the same rates there";
    Err(check.report("dropout.rates", message))
}

/// The k-th of both together.
fn paired(
    check: &mut Check<'_>,
    hidden_rates: &[DropRate],
    input_rates: &[DropRate],
) -> Checked<Vec<(DropRate, DropRate)>> {
    let (n_hidden, n_input) = (hidden_rates.len(), input_rates.len());
    if n_hidden != n_input && n_hidden != 1 && n_input != 1 {
        let message = format!(
            "found {n_input} rates for the {n_hidden} groups of dropout.rates; accepted: a number, or a list of {n_hidden}"
        );
        return Err(check.report("dropout.input_rate", message));
    }
    let groups = 0..n_hidden.max(n_input);
    Ok(groups
        .map(|idx| (*of(hidden_rates, idx), *of(input_rates, idx)))
        .collect())
}

fn drop_rates(check: &mut Check<'_>, setting: &str, rates: &[f64]) -> Checked<Vec<DropRate>> {
    // All of them first: the second wrong rate is to be reported, too.
    let checked: Vec<Checked<DropRate>> = rates
        .iter()
        .map(|&rate| DropRate::new(rate).map_err(|error| check.report(setting, error.to_string())))
        .collect();
    checked.into_iter().collect()
}

/// The noise shape of a word of `dropout.mask`, or of two entries as in `dropout.noise_shape`.
pub(super) fn shape_of(word: &str) -> Option<NoiseShape> {
    let mask = word.parse().ok().map(Mask::noise_shape);
    mask.or_else(|| word.parse().ok().filter(has_rows_and_units))
}

/// The setting of this noise shape, and its word there.
pub(super) fn shape_words(shape: &NoiseShape) -> (&'static str, String) {
    if shape.is_per_batch() {
        ("mask", "batch".to_owned())
    } else if shape.is_per_sample() {
        ("mask", "sample".to_owned())
    } else {
        ("noise_shape", entries_of(shape))
    }
}

/// A noise shape as it is written, `5,none`.
pub(super) fn entries_of(shape: &NoiseShape) -> String {
    let entry = |entry: &Option<usize>| entry.map_or("none".to_owned(), |n| n.to_string());
    let entries: Vec<String> = shape.entries().iter().map(entry).collect();
    entries.join(",")
}

fn has_rows_and_units(shape: &NoiseShape) -> bool {
    shape.entries().len() == 2
}

enum Mask {
    Batch,
    Sample,
}

impl Mask {
    fn noise_shape(self) -> NoiseShape {
        match self {
            Self::Batch => NoiseShape::per_batch(),
            Self::Sample => NoiseShape::per_sample(),
        }
    }
}

impl FromStr for Mask {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "batch" => Ok(Self::Batch),
            "sample" => Ok(Self::Sample),
            _ => Err(()),
        }
    }
}

/// The shapes of the masks, one for all groups or one for each, and the setting that gives them.
fn noise_shapes(
    check: &mut Check<'_>,
    masks: Read<OneOrEach<Word>>,
    shapes: Read<OneOrEach<Word>>,
) -> Checked<(&'static str, Vec<NoiseShape>)> {
    const MASK: &str = "dropout.mask";
    const SHAPE: &str = "dropout.noise_shape";
    let is_auto =
        |words: &OneOrEach<Word>| matches!(words, OneOrEach::One(Word(word)) if word == "auto");
    let are_few = |words: &OneOrEach<Word>| (1..=MOST_GROUPS).contains(&words.each().len());
    let masks = check.value(MASK, masks, |masks| {
        is_auto(masks)
            || are_few(masks)
                && masks
                    .each()
                    .iter()
                    .all(|word| word.0.parse::<Mask>().is_ok())
    });
    let shapes = check.value(SHAPE, shapes, are_few)?;
    if !is_auto(&shapes) {
        let shape = |word: Word| {
            let shape = check.text(SHAPE, Read::Right(word))?;
            rows_and_units(check, shape)
        };
        let shapes: Vec<Checked<NoiseShape>> = shapes.each().into_iter().map(shape).collect();
        return Ok((SHAPE, shapes.into_iter().collect::<Checked<_>>()?));
    }
    let masks = masks?;
    if is_auto(&masks) {
        let message = "is auto, and so is dropout.noise_shape; accepted: one of the two";
        return Err(check.report(MASK, message));
    }
    let masks = masks.each().into_iter();
    let shapes = masks.filter_map(|word| word.0.parse::<Mask>().ok());
    Ok((MASK, shapes.map(Mask::noise_shape).collect()))
}

/// Activations have two axes; a shorter shape would be legal in Keras, but easily means another axis than was meant.
fn rows_and_units(check: &mut Check<'_>, shape: NoiseShape) -> Checked<NoiseShape> {
    if has_rows_and_units(&shape) {
        return Ok(shape);
    }
    let message = format!("found {shape}; accepted: two entries, ROWS,UNITS, such as 1,none");
    Err(check.report("dropout.noise_shape", message))
}
