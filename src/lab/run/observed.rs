//! A run as it is looked at: questions, and parts of the looks that answer them. None of it changes what it trains.

use std::sync::Arc;

use super::Run;
use crate::math::random::Key;
use crate::probe::{Bench, Probe, Subject};

impl Run {
    /// Is asked these questions from now on, and no others.
    pub fn ask(&mut self, probes: &[Probe]) {
        self.looks.ask(probes);
    }

    /// Makes the next part of a look at the present weights, for one question after another: of the one that was begun, whatever
    /// its step, or of a new one. Tells whether that answers a question; `None` where all are answered for this step.
    pub fn look_further(&mut self, bench: &mut Bench) -> Option<bool> {
        let (idx, is_new) = self.looks.next(self.step())?;
        if is_new {
            let subject = self.subject();
            self.looks.begin(idx, subject, bench);
        }
        Some(self.looks.advance(idx, bench))
    }

    /// Answers a question about the present weights, and no others.
    pub fn answer(&mut self, probe: &Probe) {
        self.looks.forget_begun(u64::MAX);
        self.ask(std::slice::from_ref(probe));
        let mut bench = Bench::default();
        while self.look_further(&mut bench).is_some() {}
    }

    /// What there is to look at.
    fn subject(&mut self) -> Subject {
        let step = self.step();
        let trainer = &mut self.trainer;
        let net = self.looks.net(step, || trainer.net().clone());
        let plan = self.trainer.plan();
        let mut rates = vec![plan.noise.hidden_rate; self.recipe.n_layers()];
        rates[0] = plan.noise.input_rate;
        Subject {
            net,
            step,
            rates,
            noise_shape: plan.noise.noise_shape.clone(),
            recipe: Arc::clone(&self.recipe),
            data: Arc::clone(&self.data),
            key: Key::new(plan.seed).child("probe").nth(step),
            plan: Arc::new(plan.clone()),
            before: self
                .before
                .clone()
                .and_then(|(of, net)| (of + 1 == step).then_some(net)),
        }
    }

    /// Forgets all answers: they are of steps that nobody looks at any more.
    pub(in crate::lab) fn forget_answers(&mut self) {
        self.looks.forget();
    }

    /// Whether these questions are the ones that are asked, and answered for this step.
    pub fn is_looked_at(&self, probes: &[Probe]) -> bool {
        self.looks.are_asked(probes) && self.looks.are_done(self.step())
    }

    /// Whether somebody waits for a first answer that does not take long.
    pub fn is_awaited(&self) -> bool {
        self.looks.are_awaited()
    }

    /// Forgets what was begun, because its weights are long gone; with `but_now` only what was begun at another step.
    pub fn forget_looks(&mut self, but_now: bool) {
        let step = if but_now { self.step() } else { u64::MAX };
        self.looks.forget_begun(step);
    }
}
