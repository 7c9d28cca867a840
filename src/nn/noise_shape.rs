//! The noise shape: along which axes of an activation one mask value is shared.

use std::fmt;
use std::str::FromStr;

/// The shape of the mask, as Keras' `noise_shape`: each entry a positive size, or `None` for the input's own size.
///
/// A mask of this shape is broadcast against the activations, as `NumPy` broadcasts: aligned at the last axis, and an
/// axis of size 1 is shared. For activations [B, U] three shapes have names of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoiseShape(Vec<Option<usize>>);

/// Why a noise shape cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoiseShapeError {
    /// An entry is zero, negative, or no whole number.
    #[error(
        "every entry of the noise shape must be a positive integer or none, got {value} at index {index}"
    )]
    Entry {
        /// Which entry, counted from 0.
        index: usize,
        /// The entry as it was written.
        value: String,
    },
    /// The noise shape cannot be broadcast against the input's shape.
    #[error("noise shape {noise_shape} cannot be broadcast against the input's shape {input:?}")]
    Broadcast {
        /// The noise shape.
        noise_shape: NoiseShape,
        /// The shape of the activations.
        input: Vec<usize>,
    },
}

impl NoiseShape {
    /// A noise shape from its entries, as integers of any sign so that what is wrong can be named.
    ///
    /// # Errors
    /// If an entry is zero or negative.
    pub fn new(entries: &[Option<i64>]) -> Result<Self, NoiseShapeError> {
        let size = |(index, entry): (usize, &Option<i64>)| match entry {
            None => Ok(None),
            Some(size) => match usize::try_from(*size) {
                Ok(size) if size > 0 => Ok(Some(size)),
                _ => Err(NoiseShapeError::Entry {
                    index,
                    value: size.to_string(),
                }),
            },
        };
        entries
            .iter()
            .enumerate()
            .map(size)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// One mask per batch, the note's: `(1, none)`. The same units are dropped for every example of the batch.
    pub fn per_batch() -> Self {
        Self(vec![Some(1), None])
    }

    /// One mask per sample, Keras' default: `(none, none)`.
    pub fn per_sample() -> Self {
        Self(vec![None, None])
    }

    /// The entries, first axis first.
    pub fn entries(&self) -> &[Option<usize>] {
        &self.0
    }

    /// Whether every mask is shared by the whole batch.
    pub fn is_per_batch(&self) -> bool {
        *self == Self::per_batch() || self.0 == [None]
    }

    /// Whether every example has masks of its own.
    pub fn is_per_sample(&self) -> bool {
        *self == Self::per_sample()
    }

    /// How the units of a single network share their mask: this noise shape for a batch of one.
    #[must_use]
    pub fn of_one_network(&self) -> Self {
        let shares_units = self.0.last().is_some_and(|entry| *entry == Some(1));
        Self(vec![Some(1), shares_units.then_some(1)])
    }

    /// The mask's shape for activations of shape `input`; as many axes as `input`, each 1 or the input's own size.
    ///
    /// # Errors
    /// If an entry is neither 1 nor the input's size along its axis, or there are more entries than axes.
    pub fn resolve(&self, input: &[usize]) -> Result<Vec<usize>, NoiseShapeError> {
        let misfit = || NoiseShapeError::Broadcast {
            noise_shape: self.clone(),
            input: input.to_vec(),
        };
        let n_missing = input.len().checked_sub(self.0.len()).ok_or_else(misfit)?;
        let (shared, own) = input.split_at(n_missing);
        let resolved = self.0.iter().zip(own).map(|(entry, &size)| match entry {
            Some(entry) if *entry != 1 && *entry != size => Err(misfit()),
            entry => Ok(entry.unwrap_or(size)),
        });
        shared.iter().map(|_| Ok(1)).chain(resolved).collect()
    }
}

impl fmt::Display for NoiseShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry =
            |entry: &Option<usize>| entry.map_or("none".to_owned(), |size| size.to_string());
        write!(
            f,
            "({})",
            self.0.iter().map(entry).collect::<Vec<_>>().join(", ")
        )
    }
}

impl FromStr for NoiseShape {
    type Err = NoiseShapeError;

    /// Reads `1,none` or `(1, none)`.
    fn from_str(text: &str) -> Result<Self, NoiseShapeError> {
        let bare = text.trim().trim_start_matches('(').trim_end_matches(')');
        let entry = |(index, word): (usize, &str)| match word.trim() {
            "none" | "None" => Ok(None),
            word => match word.parse() {
                Ok(size) => Ok(Some(size)),
                Err(_) => Err(NoiseShapeError::Entry {
                    index,
                    value: format!("`{word}`"),
                }),
            },
        };
        let entries = bare
            .split(',')
            .enumerate()
            .map(entry)
            .collect::<Result<Vec<_>, _>>()?;
        Self::new(&entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_shapes_resolve_against_the_input_as_numpy_broadcasts() {
        type Case = (&'static str, &'static [usize], Option<&'static [usize]>);
        let cases: &[Case] = &[
            ("none,none", &[5, 6], Some(&[5, 6])),
            ("1,none", &[5, 6], Some(&[1, 6])),
            ("none", &[5, 6], Some(&[1, 6])),
            ("6", &[5, 6], Some(&[1, 6])),
            ("5,1", &[5, 6], Some(&[5, 1])),
            ("none,1,none", &[2, 3, 4], Some(&[2, 1, 4])),
            ("4,none", &[5, 6], None),
            ("1,1,6", &[5, 6], None),
        ];
        for (text, input, expected) in cases {
            let resolved = text.parse::<NoiseShape>().unwrap().resolve(input).ok();
            assert_eq!(resolved.as_deref(), *expected, "{text} against {input:?}");
        }
    }

    #[test]
    fn a_bad_entry_is_named_with_its_index() {
        for (text, index, value) in [
            ("1,0", 1, "0"),
            ("-2,none", 0, "-2"),
            ("1,1.5", 1, "`1.5`"),
            ("no", 0, "`no`"),
        ] {
            let expected = NoiseShapeError::Entry {
                index,
                value: value.to_owned(),
            };
            assert_eq!(text.parse::<NoiseShape>(), Err(expected));
        }
    }

    #[test]
    fn a_shape_that_cannot_be_broadcast_names_both_shapes() {
        let message = "4,none"
            .parse::<NoiseShape>()
            .unwrap()
            .resolve(&[5, 6])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("(4, none)") && message.contains("[5, 6]"),
            "{message}"
        );
    }
}
