//! A value of runs read where they are equal in something else: in steps, in training loss, in seconds of training.

use super::Alignment;
use crate::lab::seeds::MeanAndSpread;
use crate::lab::{Evaluation, GroupSnapshot, RunSnapshot};

/// A value of one run at each of its evaluations.
///
/// A place is what the alignment says: updates made, a training loss, or seconds of training.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    points: Vec<Point>,
    /// Which points have a lower training loss than all before, in rising order.
    records: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    step: u64,
    loss: f64,
    secs: f64,
    value: f64,
}

impl Track {
    /// Of `value` of a run; evaluations at which it is not known are left out.
    pub fn of(run: &RunSnapshot, value: impl Fn(&RunSnapshot, &Evaluation) -> Option<f64>) -> Self {
        let both = run.history.evaluations.iter().zip(run.history.secs.iter());
        let point = |(at, &secs): (&Evaluation, &f64)| {
            let value = run.knows(at).then(|| value(run, at)).flatten()?;
            value.is_finite().then_some(Point {
                step: at.step,
                loss: at.train_loss,
                secs,
                value,
            })
        };
        let points: Vec<Point> = both.filter_map(point).collect();
        let mut records = Vec::new();
        let mut lowest = f64::INFINITY;
        for (idx, point) in points.iter().enumerate() {
            if point.loss < lowest {
                lowest = point.loss;
                records.push(idx);
            }
        }
        Self { points, records }
    }

    /// How far the run has come: its last step, its lowest training loss, its last second. `None` where it has not left its
    /// start, or nobody measured.
    pub fn end(&self, alignment: Alignment) -> Option<f64> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        match alignment {
            Alignment::Epoch => Some(last.step as f64).filter(|&step| step > first.step as f64),
            Alignment::TrainLoss => {
                let lowest = self.points[*self.records.last()?].loss;
                Some(lowest).filter(|&lowest| lowest < first.loss)
            }
            Alignment::Seconds => Some(last.secs).filter(|&secs| secs > first.secs),
        }
    }

    /// Where it begins.
    pub fn start(&self, alignment: Alignment) -> Option<f64> {
        let first = self.points.first()?;
        Some(match alignment {
            Alignment::Epoch => first.step as f64,
            Alignment::TrainLoss => first.loss,
            Alignment::Seconds => first.secs,
        })
    }

    /// The value at a place: at exactly this step; when the training loss was this low for the first time; at this second.
    /// Linear between evaluations; `None` where the run has not been.
    pub fn at(&self, alignment: Alignment, place: f64) -> Option<f64> {
        match alignment {
            Alignment::Epoch => {
                let step = |point: &Point| (point.step as f64).total_cmp(&place);
                let idx = self.points.binary_search_by(step).ok()?;
                Some(self.points[idx].value)
            }
            Alignment::TrainLoss => {
                let n_higher = |&idx: &usize| self.points[idx].loss > place;
                let record = *self.records.get(self.records.partition_point(n_higher))?;
                self.between(record, place, |point| point.loss)
            }
            Alignment::Seconds => {
                let is_before = |point: &Point| point.secs < place;
                self.between(self.points.partition_point(is_before), place, |point| {
                    point.secs
                })
            }
        }
    }

    /// The value where the line from the point before `idx` to that at `idx` passes through `place`.
    fn between(&self, idx: usize, place: f64, position: fn(&Point) -> f64) -> Option<f64> {
        let next = self.points.get(idx)?;
        let Some(last) = idx.checked_sub(1).map(|before| self.points[before]) else {
            return (position(next) == place).then_some(next.value);
        };
        let (from, to) = (position(&last), position(next));
        let share = (place - from) / (to - from);
        let value = last.value + share * (next.value - last.value);
        value.is_finite().then_some(value)
    }

    /// The steps at which it was evaluated.
    fn steps(&self) -> impl Iterator<Item = u64> {
        self.points.iter().map(|point| point.step)
    }
}

/// The tracks of the runs that stand for a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracks(pub Vec<Track>);

/// A mean over seeds at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedMean {
    /// Where.
    pub place: f64,
    /// Over all seeds.
    pub value: MeanAndSpread,
}

impl Tracks {
    /// Of `value` of the runs whose past stands for `group`.
    pub fn of(
        group: &GroupSnapshot,
        value: impl Fn(&RunSnapshot, &Evaluation) -> Option<f64>,
    ) -> Self {
        let runs = group.traced_runs();
        Self(runs.iter().map(|run| Track::of(run, &value)).collect())
    }

    /// The furthest place that all of them have reached; `None` where one is at its start.
    pub fn common_end(&self, alignment: Alignment) -> Option<f64> {
        common_end(&self.0.iter().collect::<Vec<_>>(), alignment)
    }

    /// The mean over the seeds at a place; `None` where one has not been there.
    pub fn at(&self, alignment: Alignment, place: f64) -> Option<PlacedMean> {
        let values = self.0.iter().map(|track| track.at(alignment, place));
        let value = MeanAndSpread::of(values)?;
        Some(PlacedMean { place, value })
    }

    /// The means from the start to the last common place: at every common evaluation by steps, else at `n` places and both ends.
    pub fn curve(&self, alignment: Alignment, n: usize) -> Vec<PlacedMean> {
        let places: Vec<f64> = match alignment {
            Alignment::Epoch => {
                let first = self.0.first();
                first.map_or_else(Vec::new, |track| {
                    track.steps().map(|at| at as f64).collect()
                })
            }
            Alignment::TrainLoss | Alignment::Seconds => {
                let all: Vec<&Track> = self.0.iter().collect();
                common_span(&all, alignment)
                    .map_or_else(Vec::new, |span| places_between(alignment, span, n))
            }
        };
        let means = places.into_iter();
        means.filter_map(|at| self.at(alignment, at)).collect()
    }
}

/// The furthest place that all of these have reached: where the first of them ends; `None` without any, and where one is at its
/// start. By steps the last one at which all were evaluated.
pub fn common_end(tracks: &[&Track], alignment: Alignment) -> Option<f64> {
    let ends: Option<Vec<f64>> = tracks.iter().map(|track| track.end(alignment)).collect();
    let ends = ends?.into_iter();
    match alignment {
        Alignment::Epoch => {
            let mut steps = tracks.first()?.steps().filter(|&step| {
                let place = step as f64;
                tracks
                    .iter()
                    .all(|track| track.at(alignment, place).is_some())
            });
            let first = steps.next()?;
            steps
                .last()
                .filter(|&last| last > first)
                .map(|last| last as f64)
        }
        Alignment::TrainLoss => ends.max_by(f64::total_cmp),
        Alignment::Seconds => ends.min_by(f64::total_cmp),
    }
}

/// From where to where all of these have been: from the last start to the first end. `None` where that is nowhere.
pub fn common_span(tracks: &[&Track], alignment: Alignment) -> Option<(f64, f64)> {
    let end = common_end(tracks, alignment)?;
    let starts = tracks.iter().filter_map(|track| track.start(alignment));
    let start = match alignment {
        Alignment::TrainLoss => starts.min_by(f64::total_cmp)?,
        Alignment::Epoch | Alignment::Seconds => starts.max_by(f64::total_cmp)?,
    };
    let is_ahead = match alignment {
        Alignment::TrainLoss => end < start,
        Alignment::Epoch | Alignment::Seconds => end > start,
    };
    is_ahead.then_some((start, end))
}

/// Both ends of a span and `n` places between them, at equal distances: of the logarithm for losses above 0.
pub fn places_between(alignment: Alignment, (start, end): (f64, f64), n: usize) -> Vec<f64> {
    let is_log = alignment == Alignment::TrainLoss && end > 0.0;
    let place = |idx: usize| {
        let share = idx as f64 / (n + 1) as f64;
        match idx {
            0 => start,
            _ if idx == n + 1 => end,
            _ if is_log => start * (end / start).powf(share),
            _ => start + share * (end - start),
        }
    };
    (0..n + 2).map(place).collect()
}
