//! A look at a network: what there is to look at, and work in parts, so that nobody has to wait for a whole one.

use std::fmt::Debug;
use std::sync::Arc;

use super::{Bench, Evaluator};
use crate::data::Split;
use crate::math::random::Key;
use crate::nn::{DropRate, Engine, Mlp, NoiseShape};
use crate::train::{MaskRecipe, TrainerPlan};

/// The network of a run at one step, and what is needed to thin and to judge it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The full network, with all that its optimiser had put off.
    pub net: Arc<Mlp>,
    /// Updates made.
    pub step: u64,
    /// The drop rate of the input of each dense layer; the first is that of the network's input.
    pub rates: Vec<DropRate>,
    /// Along which axes its masks are shared.
    pub noise_shape: NoiseShape,
    /// How its masks are drawn.
    pub recipe: Arc<MaskRecipe>,
    /// What it trains on and is judged by.
    pub data: Arc<Split>,
    /// The randomness of probes: another one than the trainer's, and another at each step.
    pub key: Key,
    /// How it trains: also what its initial weights follow from.
    pub plan: Arc<TrainerPlan>,
    /// The network before its last update, while single steps are made.
    pub before: Option<Arc<Mlp>>,
}

impl Subject {
    /// How its passes are computed.
    pub fn engine(&self) -> Engine {
        self.plan.engine
    }

    /// The network as it was before the first step.
    pub fn initial(&self) -> Mlp {
        self.plan.network(&self.net.widths())
    }

    /// An evaluator for it.
    pub fn evaluator<'a>(&self, bench: &'a mut Bench) -> &'a mut Evaluator {
        bench.evaluator(self.engine(), &self.net.widths())
    }
}

/// A look under way. Whatever it looks at stays as it was when it began.
pub trait Look: Debug + Send {
    /// What it finds.
    type Reading;

    /// Makes the next part, of at most about one pass of the test examples. The last one gives the reading.
    fn advance(&mut self, bench: &mut Bench) -> Option<Self::Reading>;

    /// Parts made, and of how many.
    fn progress(&self) -> (usize, usize);

    /// What can be said already, if that is anything.
    fn so_far(&self) -> Option<Self::Reading> {
        None
    }
}
