//! The table `[dropout]`: from rates to groups of runs.
//!
//! Rates of the hidden layers and of the input are paired, the k-th with the k-th; one alone counts for every group. A
//! network without hidden layers has units to drop in its input only, so there the rates are the input's, whichever of
//! the two settings gives them.

use std::str::FromStr;

use crate::lab::GroupPlan;
use crate::nn::{DropRate, NoiseShape};
use crate::train::NoisePlan;

use super::check::{Check, Checked};
use super::written::{self, Read, Word};

/// Groups are named by a letter.
const MOST_GROUPS: usize = 26;

/// The groups that the settings ask for, at least one.
pub(super) fn groups(
    check: &mut Check<'_>,
    dropout: written::Dropout,
    has_hidden: bool,
) -> Checked<Vec<GroupPlan>> {
    let are_few = |rates: &Vec<f64>| (1..=MOST_GROUPS).contains(&rates.len());
    let rates = check.value("dropout.rates", dropout.rates, are_few);
    let rates = rates.and_then(|rates| drop_rates(check, "dropout.rates", &rates));
    let input_rates = check.value("dropout.input_rate", dropout.input_rate, |rates| {
        are_few(&rates.each())
    });
    let input_rates =
        input_rates.and_then(|rates| drop_rates(check, "dropout.input_rate", &rates.each()));
    let noise_shape = noise_shape(check, dropout.mask, dropout.noise_shape);
    let (hidden_rates, input_rates) = if has_hidden {
        (rates?, input_rates?)
    } else {
        (
            vec![DropRate::NONE],
            input_only(check, rates?, input_rates?)?,
        )
    };
    let noise_shape = noise_shape?;
    let pair = |(hidden_rate, input_rate)| {
        GroupPlan::of_noise(NoisePlan {
            input_rate,
            hidden_rate,
            noise_shape: noise_shape.clone(),
        })
    };
    Ok(paired(check, &hidden_rates, &input_rates)?
        .into_iter()
        .map(pair)
        .collect())
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
    let of = |rates: &[DropRate], idx: usize| rates[idx.min(rates.len() - 1)];
    let groups = 0..n_hidden.max(n_input);
    Ok(groups
        .map(|idx| (of(hidden_rates, idx), of(input_rates, idx)))
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

enum Mask {
    Batch,
    Sample,
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

fn noise_shape(check: &mut Check<'_>, mask: Read<Word>, shape: Read<Word>) -> Checked<NoiseShape> {
    let mask = check.word_or_auto("dropout.mask", mask);
    if !matches!(&shape, Read::Right(Word(word)) if word == "auto") {
        let shape = check.text("dropout.noise_shape", shape);
        return rows_and_units(check, shape?);
    }
    match mask? {
        Some(Mask::Batch) => Ok(NoiseShape::per_batch()),
        Some(Mask::Sample) => Ok(NoiseShape::per_sample()),
        None => {
            let message = "is auto, and so is dropout.noise_shape; accepted: one of the two";
            Err(check.report("dropout.mask", message))
        }
    }
}

/// Activations have two axes; a shorter shape would be legal in Keras, but easily means another axis than was meant.
fn rows_and_units(check: &mut Check<'_>, shape: NoiseShape) -> Checked<NoiseShape> {
    if shape.entries().len() == 2 {
        return Ok(shape);
    }
    let message = format!("found {shape}; accepted: two entries, ROWS,UNITS, such as 1,none");
    Err(check.report("dropout.noise_shape", message))
}
