//! What can be asked, and the answers: the one place that knows all probes.

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

use super::activity::{Activity, ActivityLook};
use super::alike::{Alike, AlikeLook};
use super::committee::{CommitteeLook, CommitteeReading};
use super::families::{Families, FamiliesLook};
use super::flow::{FlowLook, FlowQuestion, FlowReading};
use super::inspector::{Inspection, InspectorLook};
use super::look::{Look, Subject};
use super::monte_carlo::{ThinnedLook, ThinnedReading};
use super::robustness::{Perturbation, Perturbed, PerturbedLook, Robustness, RobustnessLook};
use super::without::{WithoutLook, WithoutReading};
use super::worth::{Worth, WorthLook};
use super::{Bench, Exact, ExactReading};
use crate::nn::UnitId;

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// Do thinned networks agree, and what is their average worth?
    Thinned {
        /// How many of them are drawn for one reading; at least 1.
        n: usize,
    },
    /// Do thinned networks agree, how many are worth averaging, and on what are they divided?
    Committee,
    /// What does every single thinned network say? Where they are too many to ask, or only one, a few are drawn, as for
    /// [`Probe::THINNED`].
    Exact,
    /// What has become of each unit's incoming weights since the start?
    Families {
        /// Of which dense layer, from 0.
        layer_idx: usize,
    },
    /// How does one example go through a thinned network, and what comes back?
    Flow(FlowQuestion),
    /// What do the units of a hidden layer do with the test examples?
    Activity {
        /// Of which dense layer, from 0.
        layer_idx: usize,
    },
    /// How much alike are they?
    Alike {
        /// Of which dense layer, from 0.
        layer_idx: usize,
    },
    /// What is each of them worth?
    Worth {
        /// Of which dense layer, from 0.
        layer_idx: usize,
    },
    /// What becomes of one example in one unit of a hidden layer?
    Inspect {
        /// Of which dense layer, from 0.
        layer_idx: usize,
        /// Which of its units.
        unit: usize,
        /// Which of the test examples.
        example: usize,
    },
    /// What is the full network worth without units that were dropped by hand?
    Without(Vec<UnitId>),
    /// How good is the full network under more and more of a perturbation?
    Robustness(Perturbation),
    /// What is it shown then?
    Perturbed {
        /// Under what.
        perturbation: Perturbation,
        /// Which of the test examples that are tried.
        example: usize,
    },
}

impl Probe {
    /// Thinned networks as many as a look at them has unless more are wanted.
    pub const THINNED: Self = Self::Thinned { n: 20 };

    /// Begins a look; `last` is what was found before, at an earlier step.
    pub fn begin(
        &self,
        subject: Subject,
        last: Option<&Reading>,
        bench: &mut Bench,
    ) -> Box<dyn AnyLook> {
        match self {
            Self::Thinned { n } => {
                let n = *n;
                let last = last.and_then(ThinnedReading::of);
                Box::new(ThinnedLook::begin(subject, n, last, bench))
            }
            Self::Committee => {
                let last = last.and_then(CommitteeReading::of);
                Box::new(CommitteeLook::begin(subject, last, bench))
            }
            Self::Exact => match Exact::begin(&subject) {
                Some(look) => Box::new(look),
                None => Self::THINNED.begin(subject, last, bench),
            },
            Self::Families { layer_idx } => {
                let last = last.and_then(Families::of);
                Box::new(FamiliesLook::begin(subject, *layer_idx, last, bench))
            }
            Self::Activity { layer_idx } => Box::new(ActivityLook::begin(subject, *layer_idx)),
            Self::Alike { layer_idx } => Box::new(AlikeLook::begin(subject, *layer_idx, bench)),
            Self::Worth { layer_idx } => Box::new(WorthLook::begin(subject, *layer_idx, bench)),
            Self::Inspect {
                layer_idx,
                unit,
                example,
            } => Box::new(InspectorLook::begin(subject, (*layer_idx, *unit), *example)),
            Self::Flow(question) => Box::new(FlowLook::begin(question, subject)),
            Self::Without(units) => Box::new(WithoutLook::begin(units, subject)),
            Self::Robustness(perturbation) => {
                Box::new(RobustnessLook::begin(subject, *perturbation))
            }
            Self::Perturbed {
                perturbation,
                example,
            } => Box::new(PerturbedLook::begin(subject, *perturbation, *example)),
        }
    }
}

/// A look of any kind.
pub trait AnyLook: Debug + Send {
    /// As [`Look::advance`].
    fn advance(&mut self, bench: &mut Bench) -> Option<Reading>;

    /// As [`Look::progress`].
    fn progress(&self) -> (usize, usize);

    /// As [`Look::so_far`].
    fn so_far(&self) -> Option<Reading>;
}

impl<L: Look> AnyLook for L
where
    Reading: From<L::Reading>,
{
    fn advance(&mut self, bench: &mut Bench) -> Option<Reading> {
        Look::advance(self, bench).map(Reading::from)
    }

    fn progress(&self) -> (usize, usize) {
        Look::progress(self)
    }

    fn so_far(&self) -> Option<Reading> {
        Look::so_far(self).map(Reading::from)
    }
}

/// An answer: everything that is drawn of it, so that nothing has to be computed for a frame.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "it is shared, and moved only once"
)]
pub enum Reading {
    /// To [`Probe::Thinned`].
    Thinned(ThinnedReading),
    /// To [`Probe::Committee`].
    Committee(CommitteeReading),
    /// To [`Probe::Exact`].
    Exact(ExactReading),
    /// To [`Probe::Families`].
    Families(Families),
    /// To [`Probe::Flow`].
    Flow(FlowReading),
    /// To [`Probe::Activity`].
    Activity(Activity),
    /// To [`Probe::Alike`].
    Alike(Alike),
    /// To [`Probe::Worth`].
    Worth(Worth),
    /// To [`Probe::Inspect`].
    Inspection(Inspection),
    /// To [`Probe::Without`].
    Without(WithoutReading),
    /// To [`Probe::Robustness`].
    Robustness(Robustness),
    /// To [`Probe::Perturbed`].
    Perturbed(Perturbed),
}

/// One of the kinds of readings.
pub trait Kind: Sized {
    /// The reading, if it is of this kind.
    fn of(reading: &Reading) -> Option<&Self>;
}

/// Says which variant of [`Reading`] a type is.
macro_rules! kinds {
    ($($variant:ident($kind:ty)),* $(,)?) => {$(
        impl From<$kind> for Reading {
            fn from(reading: $kind) -> Self {
                Self::$variant(reading)
            }
        }

        impl Kind for $kind {
            fn of(reading: &Reading) -> Option<&Self> {
                match reading {
                    Reading::$variant(reading) => Some(reading),
                    _ => None,
                }
            }
        }
    )*};
}

kinds! {
    Committee(CommitteeReading),
    Robustness(Robustness),
    Perturbed(Perturbed),
    Thinned(ThinnedReading),
    Exact(ExactReading),
    Families(Families),
    Flow(FlowReading),
    Activity(Activity),
    Alike(Alike),
    Worth(Worth),
    Inspection(Inspection),
    Without(WithoutReading),
}

/// An answer, and when it held.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// At which step.
    pub step: u64,
    /// Whether it is the whole answer; before that it is what can be said so far.
    pub is_complete: bool,
    /// What was found.
    pub reading: Reading,
}

/// A look under way, as it is told to whoever waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// At which step.
    pub step: u64,
    /// Parts made ...
    pub done: usize,
    /// ... of how many.
    pub of: usize,
}

/// A question with its latest answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What is asked.
    pub probe: Probe,
    /// The latest answer.
    pub answer: Option<Arc<Answer>>,
    /// The look for a newer one.
    pub under_way: Option<UnderWay>,
}

/// What is known of a run by looks at it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Readings {
    asked: Vec<Asked>,
}

impl Readings {
    /// These.
    pub fn new(asked: Vec<Asked>) -> Self {
        Self { asked }
    }

    /// A question that was asked.
    pub fn asked(&self, probe: &Probe) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.probe == *probe)
    }

    /// The answer to a question, if it was asked and is of this kind.
    pub fn to<T: Kind>(&self, probe: &Probe) -> Option<Seen<'_, T>> {
        Seen::of(self.asked(probe)?.answer.as_deref()?)
    }

    /// The first answer of this kind, whatever exactly was asked.
    pub fn any<T: Kind>(&self) -> Option<Seen<'_, T>> {
        let answers = self.asked.iter().filter_map(|asked| asked.answer.as_ref());
        answers.map(Arc::as_ref).find_map(Seen::of)
    }

    /// Whether all that was asked has an answer, of whatever step.
    pub fn are_answered(&self) -> bool {
        let is_answered = |asked: &Asked| {
            asked
                .answer
                .as_ref()
                .is_some_and(|answer| answer.is_complete)
        };
        self.asked.iter().all(is_answered)
    }

    /// The step at which a look for an answer to a question is under way.
    pub fn looking_at(&self, probe: &Probe) -> Option<u64> {
        Some(self.asked(probe)?.under_way?.step)
    }

    /// Puts an answer in the place of the one that there is.
    pub fn put(&mut self, probe: Probe, answer: Answer) {
        self.asked.retain(|asked| asked.probe != probe);
        self.asked.push(Asked {
            probe,
            answer: Some(Arc::new(answer)),
            under_way: None,
        });
    }
}

/// A reading, and the step that it is of.
#[derive(Debug)]
pub struct Seen<'a, T> {
    /// At which step.
    pub step: u64,
    /// Whether it is all that will be said of that step.
    pub is_complete: bool,
    reading: &'a T,
}

impl<T> Clone for Seen<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seen<'_, T> {}

impl<'a, T: Kind> Seen<'a, T> {
    fn of(answer: &'a Answer) -> Option<Self> {
        Some(Self {
            step: answer.step,
            is_complete: answer.is_complete,
            reading: T::of(&answer.reading)?,
        })
    }
}

impl<'a, T> Seen<'a, T> {
    /// The reading, for as long as the snapshot.
    pub fn reading(self) -> &'a T {
        self.reading
    }

    /// How far behind a run at `step` it is, as a share of that.
    pub fn share_behind(&self, step: u64) -> f64 {
        step.saturating_sub(self.step) as f64 / step.max(1) as f64
    }

    /// Whether a run at `step` has gone on for more than 2 % of its way since: then a face says which step it is of.
    pub fn is_behind(&self, step: u64) -> bool {
        self.share_behind(step) > 0.02
    }
}

impl<T> Deref for Seen<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{Score, ThinnedSample};

    #[test]
    fn a_reading_is_behind_when_its_run_has_gone_on_for_more_than_a_fiftieth() {
        let score = Score {
            loss: 1.0,
            accuracy: None,
            r2: None,
        };
        let reading = ThinnedReading {
            n_examples: 1,
            n_test: 1,
            sample: ThinnedSample {
                each: vec![score],
                averaged: score,
                full: score,
            },
            accuracies: Vec::new(),
        };
        let mut readings = Readings::default();
        let answer = Answer {
            step: 98,
            is_complete: true,
            reading: Reading::Thinned(reading),
        };
        readings.put(Probe::THINNED, answer);
        let reading = readings.any::<ThinnedReading>().unwrap();
        assert!(!reading.is_behind(98) && !reading.is_behind(100));
        assert!(reading.is_behind(101));
        assert!(!reading.is_behind(0), "of a run that has begun again");
    }
}
