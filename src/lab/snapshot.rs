//! Snapshots: what goes up from a running lab. Immutable, one for each run at one step.

use std::sync::Arc;

use super::growing::Growing;
use super::run_plan::subnetworks;
use super::{ChangeKind, Evaluation, GroupPlan, History, Pace, Varied};
use crate::nn::{DropRate, NoiseShape, UnitId};
use crate::probe::{KeepCounts, Readings, Subnetworks, WeightNorms};
use crate::train::{MaskRecipe, NoiseChange, NoisePlan, StepPhase};

/// Which run; never used twice in one lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub usize);

/// Which group of runs; never used twice in one lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub usize);

/// The state of a run's life.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Phase {
    /// In training, or ready to go on.
    #[default]
    Running,
    /// At its limit.
    Finished,
    /// The loss is infinite or not a number.
    Diverged {
        /// The update at which it happened, counted from 0.
        step: u64,
    },
    /// The run's code panicked, with this text.
    Failed(String),
}

impl Phase {
    /// Whether the run goes on when it is allowed to.
    pub fn is_running(&self) -> bool {
        *self == Self::Running
    }
}

/// One run at one step.
#[derive(Debug, Clone)]
pub struct RunSnapshot {
    /// Which run.
    pub id: RunId,
    /// Its seed.
    pub seed: u64,
    /// The rate that its group goes by: one of the next two.
    pub rate: DropRate,
    /// The drop rate of its hidden layers.
    pub hidden_rate: DropRate,
    /// The drop rate of its input.
    pub input_rate: DropRate,
    /// Along which axes its masks are shared.
    pub noise_shape: NoiseShape,
    /// By how much of the gradient an update moves the weights.
    pub learning_rate: f32,
    /// The state of its life.
    pub phase: Phase,
    /// Updates made.
    pub step: u64,
    /// The same in passes over the training split.
    pub epoch: f64,
    /// Which part of a step comes next.
    pub next_part: StepPhase,
    /// The last evaluation; newer than the history's last only while single steps are made.
    pub latest: Option<Evaluation>,
    /// The norms of the initial weights; not a number before they are drawn.
    pub initial_norms: WeightNorms,
    /// Evaluations and changes.
    pub history: Arc<History>,
    /// What is still to be changed on the way: at which steps, in rising order, and to what.
    pub planned: Arc<[(u64, NoiseChange)]>,
    /// The steps that it can be replayed from, besides the first, earliest first.
    pub checkpoints: Arc<[u64]>,
    /// How each of its masks was drawn, to look at any of them again.
    pub recipe: Arc<MaskRecipe>,
    /// Units of the input of each dense layer, and of the output.
    pub widths: Vec<usize>,
    /// How often each unit was kept.
    pub keep_counts: Arc<KeepCounts>,
    /// The arithmetic of its subnetworks at the present rates.
    pub subnetworks: Subnetworks,
    /// Thinned networks drawn since the rate last changed.
    pub masks_drawn: u64,
    /// Different ones among them.
    pub masks_distinct: u64,
    /// Whether that is a count, not an estimate.
    pub is_distinct_exact: bool,
    /// What looks at it found, of what was asked.
    pub readings: Readings,
    /// Updates a second while it has a core to itself; 0 before it is known.
    pub steps_per_sec: f64,
    /// The same in training examples.
    pub samples_per_sec: f64,
}

impl RunSnapshot {
    /// Whether it neither failed nor diverged.
    pub fn is_sound(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Finished)
    }

    /// Whether an evaluation says something of the network: not where its outputs were no numbers, nor after the step at which
    /// the run diverged. Of such a one nothing is known, also not which share is right.
    pub fn knows(&self, at: &Evaluation) -> bool {
        let is_before = match self.phase {
            Phase::Diverged { step } => at.step <= step,
            _ => true,
        };
        is_before && at.is_of_numbers()
    }

    /// How units are dropped in it.
    pub fn noise(&self) -> NoisePlan {
        NoisePlan {
            input_rate: self.input_rate,
            hidden_rate: self.hidden_rate,
            noise_shape: self.noise_shape.clone(),
        }
    }

    /// How units were dropped at `step`: as they are now, without the changes since.
    pub fn noise_at(&self, step: u64, varied: Varied) -> NoisePlan {
        let later = self.history.changes.iter().rev();
        let later = later.take_while(|change| change.step > step);
        later.fold(self.noise(), |noise, change| {
            noise.changed(&change.kind.from(varied))
        })
    }

    /// What was changed on the way, and what is still to be: what makes it of its plan.
    pub fn changes(&self, varied: Varied) -> Vec<(u64, NoiseChange)> {
        let taken = self.history.changes.iter();
        let taken = taken.map(|change| (change.step, change.kind.to(varied)));
        taken.chain(self.planned.iter().cloned()).collect()
    }

    /// The run as it was at an earlier `step`, as far as its record says that: not what its network was, nor how often masks had been
    /// the same and units been kept.
    #[must_use]
    pub fn recorded_at(&self, step: u64, varied: Varied) -> Self {
        let noise = self.noise_at(step, varied);
        let history = self.history.until(step);
        let n_units = &self.widths[..self.widths.len() - 1];
        let per_epoch = (self.step as f64 / self.epoch).round();
        Self {
            rate: match varied {
                Varied::HiddenRate => noise.hidden_rate,
                Varied::InputRate => noise.input_rate,
            },
            hidden_rate: noise.hidden_rate,
            input_rate: noise.input_rate,
            noise_shape: noise.noise_shape,
            phase: Phase::Running,
            epoch: step as f64 / per_epoch,
            step,
            next_part: StepPhase::Mask,
            latest: history.evaluations.last().cloned(),
            history: Arc::new(history),
            keep_counts: Arc::new(KeepCounts::new(n_units.iter().copied())),
            subnetworks: subnetworks(&self.recipe, step),
            masks_drawn: 0,
            masks_distinct: 0,
            is_distinct_exact: true,
            readings: Readings::default(),
            ..self.clone()
        }
    }

    /// The last step whose masks were drawn, counted from 0: within a step its own, between two steps that of the one before.
    pub fn last_drawn_step(&self) -> Option<u64> {
        if self.next_part == StepPhase::Mask {
            self.step.checked_sub(1)
        } else {
            Some(self.step)
        }
    }

    /// The first step that had the mask that is held now, if one is: whatever was dropped from it by hand since.
    pub fn held_since(&self) -> Option<u64> {
        let next = self.last_drawn_step().map_or(0, |step| step + 1);
        self.recipe.held(next)?;
        let mut changes = self.history.changes.iter().rev();
        changes.find_map(|change| match &change.kind {
            ChangeKind::Held {
                from: None,
                to: Some(_),
            } => Some(change.step),
            _ => None,
        })
    }

    /// Norm of all weights against that of the initial ones.
    pub fn norm_ratio(&self) -> Option<f64> {
        self.norm_ratio_at(self.latest.as_ref()?)
    }

    /// The same at an evaluation.
    pub fn norm_ratio_at(&self, at: &Evaluation) -> Option<f64> {
        Some(at.weight_norm / self.initial_norms.total)
    }

    /// What ended it before its limit, and what can be tried against that.
    pub fn trouble(&self) -> Option<String> {
        match &self.phase {
            Phase::Running | Phase::Finished => None,
            Phase::Failed(text) => Some(format!("failed: {text}")),
            Phase::Diverged { step } => {
                let advice = self.advice()?;
                Some(format!("diverged at step {step}: {advice}"))
            }
        }
    }

    /// What can be tried against its divergence, if it diverged.
    pub fn advice(&self) -> Option<String> {
        if !matches!(self.phase, Phase::Diverged { .. }) {
            return None;
        }
        // About a third, with one digit: 0.003 for 0.01.
        let lower = format!("{:.0e}", 0.3 * self.learning_rate);
        let lower = lower.parse::<f32>().unwrap_or(self.learning_rate);
        let or_rate = if self.rate.is_none() {
            ""
        } else {
            " or a lower rate"
        };
        Some(format!("try --lr {lower}{or_rate}"))
    }
}

/// Where a group branched off from another: up to there their runs are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The other group.
    pub parent: GroupId,
    /// Updates made before.
    pub step: u64,
}

/// The runs of one group, alike but for their seeds.
#[derive(Debug, Clone)]
pub struct GroupSnapshot {
    /// Which group.
    pub id: GroupId,
    /// The letter it goes by on screen.
    pub letter: char,
    /// The rate that it goes by: one of the next two.
    pub rate: DropRate,
    /// The drop rate of its hidden layers.
    pub hidden_rate: DropRate,
    /// The drop rate of its input.
    pub input_rate: DropRate,
    /// Along which axes its masks are shared.
    pub noise_shape: NoiseShape,
    /// Where the masks of its runs are held, the units that were dropped from them by hand. What a run is at its present step
    /// stands in its recipe: it may not have got there yet.
    pub held: Option<Vec<UnitId>>,
    /// When its runs were begun, in seconds after the lab was opened.
    pub since_secs: f64,
    /// Where it branched off, if it is a fork and the group that it branched off from is there.
    pub origin: Option<Origin>,
    /// Its runs, by seed.
    pub runs: Vec<Arc<RunSnapshot>>,
    /// How many of them, from the first, the experiment was planned with; those behind were added later.
    pub n_planned: usize,
    /// Ways of dropping units that had been put to the test in this lab when its runs began, all that were planned together
    /// included: what its intervals are corrected for.
    pub n_begun: usize,
}

impl GroupSnapshot {
    /// The evaluations that all runs whose past stands for the group have been through, earliest first, as one of them has
    /// them. Runs are evaluated at the same steps, so the k-th evaluations of all of them belong together.
    pub fn evaluations(&self) -> &Growing<Evaluation> {
        static NONE: Growing<Evaluation> = Growing::new();
        let n_evaluations = |run: &&Arc<RunSnapshot>| run.history.evaluations.len();
        let shortest = self.traced_runs().into_iter().min_by_key(n_evaluations);
        shortest.map_or(&NONE, |run| &run.history.evaluations)
    }

    /// How units are dropped in it.
    pub fn plan(&self) -> GroupPlan {
        GroupPlan::of_noise(NoisePlan {
            input_rate: self.input_rate,
            hidden_rate: self.hidden_rate,
            noise_shape: self.noise_shape.clone(),
        })
    }

    /// The runs whose numbers stand for the group: those that neither failed nor diverged; none where all did. A run that
    /// fell out early must not be averaged with others that went on, and what it would be now is not known. Nor must one
    /// that was added and has not yet caught up.
    pub fn sound_runs(&self) -> Vec<&Arc<RunSnapshot>> {
        /// Evaluations that runs of a group may be apart at any moment.
        const ABREAST: usize = 2;
        let (planned, added) = self.runs.split_at(self.n_planned.min(self.runs.len()));
        let mut sound: Vec<_> = planned.iter().filter(|run| run.is_sound()).collect();
        let n_evaluations = |run: &RunSnapshot| run.history.evaluations.len();
        let least = sound.iter().map(|run| n_evaluations(run)).min();
        let is_abreast = |run: &RunSnapshot| n_evaluations(run) + ABREAST >= least.unwrap_or(0);
        sound.extend(added.iter().filter(|run| run.is_sound() && is_abreast(run)));
        sound
    }

    /// The run that is shown where one stands for all: the first sound one, or the first where none is left.
    pub fn shown_run(&self) -> Option<&Arc<RunSnapshot>> {
        let sound = self.runs.iter().find(|run| run.is_sound());
        sound.or_else(|| self.runs.first())
    }

    /// How many of its runs failed.
    pub fn n_failed(&self) -> usize {
        let is_failed = |run: &&Arc<RunSnapshot>| matches!(run.phase, Phase::Failed(_));
        self.runs.iter().filter(is_failed).count()
    }

    /// How many of its runs diverged.
    pub fn n_diverged(&self) -> usize {
        let is_diverged = |run: &&Arc<RunSnapshot>| matches!(run.phase, Phase::Diverged { .. });
        self.runs.iter().filter(is_diverged).count()
    }

    /// The runs whose past stands for the group: the sound ones, or all where none is left.
    pub fn traced_runs(&self) -> Vec<&Arc<RunSnapshot>> {
        let sound = self.sound_runs();
        if sound.is_empty() {
            self.runs.iter().collect()
        } else {
            sound
        }
    }
}

/// A whole lab at one moment; runs may be some steps apart.
#[derive(Debug, Clone)]
pub struct LabSnapshot {
    /// The groups, in the order in which they were added.
    pub groups: Vec<GroupSnapshot>,
    /// Which rate the groups go by.
    pub varied: Varied,
    /// The epochs at which claims are decided, in rising order.
    pub decide_at: Arc<[u64]>,
    /// Whether training goes on.
    pub is_playing: bool,
    /// How fast.
    pub pace: Pace,
    /// The first seed.
    pub seed: u64,
    /// Seconds since the lab was opened.
    pub elapsed_secs: f64,
    /// What a group that is added next will be called.
    pub next_group: GroupId,
    /// The lab as it was, where somebody looks back.
    pub past: Option<Arc<PastSnapshot>>,
}

/// A whole lab at one step of its past. Runs that have not come so far are as they are now.
#[derive(Debug, Clone)]
pub struct PastSnapshot {
    /// The step that is looked at: updates made.
    pub step: u64,
    /// Whether the step goes on by itself.
    pub is_playing: bool,
    /// Of how many runs the network is there again, and of how many it will be; what is known of the others is what was recorded.
    pub n_replayed: (usize, usize),
    /// What is seen.
    pub lab: LabSnapshot,
}

impl PastSnapshot {
    /// Whether networks are still under way.
    pub fn is_replaying(&self) -> bool {
        let (n, of) = self.n_replayed;
        n < of
    }
}

impl LabSnapshot {
    /// The epoch that the least advanced run in training has reached; without one, the most advanced run's.
    pub fn epoch(&self) -> f64 {
        let runs = || self.groups.iter().flat_map(|group| &group.runs);
        let slowest = runs()
            .filter(|run| run.phase.is_running())
            .map(|run| run.epoch)
            .min_by(f64::total_cmp);
        slowest
            .or_else(|| runs().map(|run| run.epoch).max_by(f64::total_cmp))
            .unwrap_or(0.0)
    }

    /// The epoch that the most advanced run in training has reached; as [`Self::epoch`] without one.
    pub fn most_advanced_epoch(&self) -> f64 {
        let runs = self.groups.iter().flat_map(|group| &group.runs);
        let in_training = runs.filter(|run| run.phase.is_running());
        let epochs = in_training.map(|run| run.epoch);
        epochs
            .max_by(f64::total_cmp)
            .unwrap_or_else(|| self.epoch())
    }

    /// Seeds of each group, those that were added included; 0 without a group.
    pub fn n_seeds(&self) -> usize {
        self.groups.first().map_or(0, |group| group.runs.len())
    }

    /// What is seen: the past where somebody looks back, else the present.
    pub fn seen(&self) -> &Self {
        self.past.as_ref().map_or(self, |past| &past.lab)
    }

    /// The step that the most advanced run has come to.
    pub fn last_step(&self) -> u64 {
        let runs = self.groups.iter().flat_map(|group| &group.runs);
        runs.map(|run| run.step).max().unwrap_or(0)
    }

    /// The group with this id.
    pub fn group(&self, id: GroupId) -> Option<&GroupSnapshot> {
        self.groups.iter().find(|group| group.id == id)
    }
}
