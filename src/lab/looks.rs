//! The looks at one run: what is asked of it, what is under way, and what was found.

use std::sync::Arc;

use crate::nn::Mlp;
use crate::probe::asked::{Answer, AnyLook, Asked, UnderWay};
use crate::probe::{Bench, Probe, Readings, Subject};

/// Looks of so few parts are waited for: whoever asks sees their first answer before training gets its share of time back.
const FEW_PARTS: usize = 32;

/// Answers that are kept for whoever comes back, though nobody asks just now.
const MOST_UNASKED: usize = 8;

/// The questions to one run, in the order in which they were first asked.
#[derive(Debug, Default)]
pub(super) struct Looks {
    places: Vec<Place>,
    /// The place whose turn it is.
    turn: usize,
    /// The network of the last step that was looked at, which looks of that step share.
    seen: Option<(u64, Arc<Mlp>)>,
}

#[derive(Debug)]
struct Place {
    probe: Probe,
    is_asked: bool,
    begun: Option<Begun>,
    answer: Option<Arc<Answer>>,
}

#[derive(Debug)]
struct Begun {
    step: u64,
    look: Box<dyn AnyLook>,
}

impl Place {
    fn is_answered(&self, step: u64) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|answer| answer.is_complete && answer.step == step)
    }

    fn has_work(&self, step: u64) -> bool {
        self.is_asked && (self.begun.is_some() || !self.is_answered(step))
    }

    /// Whether somebody waits for its first answer, and not for long.
    fn is_awaited(&self) -> bool {
        let is_short = |begun: &Begun| begun.look.progress().1 <= FEW_PARTS;
        self.is_asked && self.answer.is_none() && self.begun.as_ref().is_none_or(is_short)
    }
}

impl Looks {
    /// Asks these questions from now on, and no others.
    pub(super) fn ask(&mut self, probes: &[Probe]) {
        let stays = |place: &Place| probes.contains(&place.probe);
        // Whoever looks away for a moment finds a begun look where it was; whoever then leaves other questions too, does not.
        let leaves_any = self
            .places
            .iter()
            .any(|place| place.is_asked && !stays(place));
        for place in &mut self.places {
            let stays = stays(place);
            if leaves_any && !place.is_asked && !stays {
                place.begun = None;
            }
            place.is_asked = stays;
        }
        for probe in probes {
            if self.places.iter().all(|place| place.probe != *probe) {
                self.places.push(Place {
                    probe: probe.clone(),
                    is_asked: true,
                    begun: None,
                    answer: None,
                });
            }
        }
        let is_kept =
            |place: &Place| place.is_asked || place.answer.is_some() || place.begun.is_some();
        self.places.retain(is_kept);
        let n_unasked = self.places.iter().filter(|place| !place.is_asked).count();
        let mut n_too_many = n_unasked.saturating_sub(MOST_UNASKED);
        self.places.retain(|place| {
            let goes = !place.is_asked && n_too_many > 0;
            n_too_many -= usize::from(goes);
            !goes
        });
        if probes.is_empty() {
            self.seen = None;
        }
    }

    /// Forgets looks that were begun at other steps than this one, because their weights are long gone.
    pub(super) fn forget_begun(&mut self, step: u64) {
        for place in &mut self.places {
            place.begun = place.begun.take().filter(|begun| begun.step == step);
        }
    }

    /// Forgets everything but what is asked: the network is thinned otherwise from now on.
    pub(super) fn forget(&mut self) {
        self.places.retain(|place| place.is_asked);
        for place in &mut self.places {
            (place.begun, place.answer) = (None, None);
        }
    }

    /// Whether these are the questions that are asked.
    pub(super) fn are_asked(&self, probes: &[Probe]) -> bool {
        let asked = || self.places.iter().filter(|place| place.is_asked);
        asked().count() == probes.len() && asked().all(|place| probes.contains(&place.probe))
    }

    /// Whether all that is asked is answered at this step.
    pub(super) fn are_done(&self, step: u64) -> bool {
        !self.places.iter().any(|place| place.has_work(step))
    }

    /// Whether somebody waits for a first answer that does not take long.
    pub(super) fn are_awaited(&self) -> bool {
        self.places.iter().any(Place::is_awaited)
    }

    /// The network to look at at `step`, for all looks of that step together.
    pub(super) fn net(&mut self, step: u64, copied: impl FnOnce() -> Mlp) -> Arc<Mlp> {
        let seen = self.seen.take().filter(|(of, _)| *of == step);
        let (_, net) = self
            .seen
            .insert(seen.unwrap_or_else(|| (step, Arc::new(copied()))));
        Arc::clone(net)
    }

    /// Whose turn it is at `step`, and whether that look is still to be begun; `None` where all is done.
    pub(super) fn next(&mut self, step: u64) -> Option<(usize, bool)> {
        let n = self.places.len();
        let turns = (0..n).map(|offset| (self.turn + offset) % n);
        let mut turns = turns.filter(|&idx| self.places[idx].has_work(step));
        let first = turns.next()?;
        let mut turns = std::iter::once(first).chain(turns);
        let awaited = turns.find(|&idx| self.places[idx].is_awaited());
        let idx = awaited.unwrap_or(first);
        self.turn = (idx + 1) % n;
        Some((idx, self.places[idx].begun.is_none()))
    }

    /// Begins the look of a place.
    pub(super) fn begin(&mut self, idx: usize, subject: Subject, bench: &mut Bench) {
        let place = &mut self.places[idx];
        let last = place.answer.as_ref().map(|answer| &answer.reading);
        let step = subject.step;
        let look = place.probe.begin(subject, last, bench);
        place.begun = Some(Begun { step, look });
    }

    /// Makes the next part of the look of a place. Tells whether that answers the question.
    pub(super) fn advance(&mut self, idx: usize, bench: &mut Bench) -> bool {
        let place = &mut self.places[idx];
        let Some(begun) = &mut place.begun else {
            return false;
        };
        let reading = begun.look.advance(bench);
        let is_complete = reading.is_some();
        let is_first = place
            .answer
            .as_ref()
            .is_none_or(|answer| !answer.is_complete);
        let step = begun.step;
        let so_far = || begun.look.so_far().filter(|_| is_first);
        if let Some(reading) = reading.or_else(so_far) {
            place.answer = Some(Arc::new(Answer {
                step,
                is_complete,
                reading,
            }));
        }
        if is_complete {
            place.begun = None;
        }
        is_complete
    }

    /// All that is known.
    pub(super) fn readings(&self) -> Readings {
        let under_way = |begun: &Begun| {
            let (done, of) = begun.look.progress();
            UnderWay {
                step: begun.step,
                done,
                of,
            }
        };
        let asked = self.places.iter().map(|place| Asked {
            probe: place.probe.clone(),
            answer: place.answer.clone(),
            under_way: place
                .begun
                .as_ref()
                .filter(|_| place.is_asked)
                .map(under_way),
        });
        Readings::new(asked.collect())
    }
}
