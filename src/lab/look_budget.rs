//! How much of its time a watched run may spend on being looked at.

use std::time::Duration;

use super::{Pace, SLICE};

/// Share of all cores that train which goes to a question while somebody asks it, and to all questions together at most; the runs
/// that a question is about share it.
const SHARE: f64 = 0.01;
const MOST_SHARE: f64 = 0.02;

/// Share of a run's time that goes to a first answer, at most, where its parts take longer than a turn has for them.
const AWAITED_SHARE: f64 = 0.25;

/// The least time between two parts of looks, on average: small networks would be looked at more often than anybody can
/// see.
const EVERY: Duration = Duration::from_millis(16);

/// As much can be saved up, and as much is spent at once on a look that somebody waits for.
const MOST: Duration = Duration::from_millis(100);

/// When nobody has watched for so long, the weights that were looked at are long gone.
const LONG: Duration = Duration::from_secs(2);

/// The share of the time of one core that a run may spend on looks: it is asked questions, each of which is put to so many runs,
/// of all `n_questions` of a lab that trains on `n_cores`.
pub(super) fn share(
    n_runs: impl IntoIterator<Item = usize>,
    n_questions: usize,
    n_cores: usize,
) -> f64 {
    let each = SHARE.min(MOST_SHARE / n_questions.max(1) as f64) * n_cores as f64;
    let of_question = |n_runs: usize| each / n_runs.max(1) as f64;
    n_runs.into_iter().map(of_question).sum()
}

/// How many times its share a run may spend on looks where it trains at a pace: that seldom needs all cores, and where it does,
/// all questions together still take 5 % at most.
const OF_PACED: f64 = 2.5;

/// The share of its time that a run may spend on looks at `pace`, of what it may at full speed.
pub(super) fn paced_share(share: f64, pace: Pace) -> f64 {
    match pace {
        Pace::FullSpeed => share,
        Pace::EpochsPerSec(_) => OF_PACED * share,
    }
}

/// What a run may spend on looks, turn by turn. It knows no clock: it is told what time has passed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LookBudget {
    /// Seconds that can be spent; below 0 where a part cost more than there was.
    room: f64,
    /// What the last part took of that.
    cost: f64,
    /// The least that a part takes of it.
    least: f64,
    /// What may be spent in this turn on a look that somebody waits for: the first one, or the first after a long time.
    awaited: Option<Duration>,
    /// Seconds that parts of such looks took beyond that, and that are still to be made up for.
    debt: f64,
}

impl LookBudget {
    /// A turn begins, `away` after the last one with somebody watching, if there was one; `is_gapless` if the run had no
    /// other turn since; `is_awaited` if somebody waits for a first answer. `share` of the time is for looks. Tells whether what
    /// was begun is too old to be gone on with.
    pub(super) fn begin_turn(
        &mut self,
        away: Option<Duration>,
        is_gapless: bool,
        is_awaited: bool,
        share: f64,
    ) -> bool {
        let is_back = !is_gapless && away.is_none_or(|away| away >= LONG);
        let away = away.unwrap_or_default();
        self.least = share * EVERY.as_secs_f64();
        if is_gapless {
            self.room = (self.room + share * away.as_secs_f64()).min(MOST.as_secs_f64());
        }
        self.debt = (self.debt - AWAITED_SHARE * away.as_secs_f64()).max(0.0);
        // A run that has few turns makes more of each.
        let limit = (away / 10).clamp(SLICE, MOST);
        self.awaited = (is_back || is_awaited || self.awaited.is_some()).then_some(limit);
        is_back
    }

    /// Whether the next part can be made, when `spent` was spent in this turn.
    pub(super) fn allows(&self, spent: Duration) -> bool {
        match self.awaited {
            Some(limit) => spent < limit && self.debt <= 0.0,
            // What costs more than can be saved up is made up for afterwards.
            None => self.room >= self.cost.min(MOST.as_secs_f64()),
        }
    }

    /// A part was made for `cost`; `is_complete` if that completed a look.
    pub(super) fn spend(&mut self, cost: Duration, is_complete: bool) {
        self.cost = cost.as_secs_f64().max(self.least);
        match self.awaited {
            Some(limit) => self.debt += cost.saturating_sub(limit).as_secs_f64(),
            None => self.room -= self.cost,
        }
        if is_complete {
            self.awaited = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Duration = Duration::from_millis(3);
    const N_PARTS: usize = 21;
    const PART_OF_TIME: f64 = 0.03;

    /// A run that has a turn every `turn`, watched all the time.
    struct Watched {
        budget: LookBudget,
        n_parts: usize,
    }

    impl Watched {
        fn new() -> Self {
            let budget = LookBudget::default();
            Self { budget, n_parts: 0 }
        }

        /// The time that a turn spends on looks.
        fn turn(&mut self, away: Option<Duration>, is_gapless: bool) -> Duration {
            let is_awaited = self.n_parts < N_PARTS;
            if self
                .budget
                .begin_turn(away, is_gapless, is_awaited, PART_OF_TIME)
            {
                self.n_parts -= self.n_parts % N_PARTS;
            }
            let mut spent = Duration::ZERO;
            while self.budget.allows(spent) {
                spent += COST;
                self.n_parts += 1;
                self.budget
                    .spend(COST, self.n_parts.is_multiple_of(N_PARTS));
            }
            spent
        }
    }

    impl Watched {
        /// The time that so many turns after each other spend on looks.
        fn turns(&mut self, n: usize, away: Duration) -> Duration {
            (0..n).map(|_| self.turn(Some(away), true)).sum()
        }
    }

    #[test]
    fn the_first_reading_comes_soon_and_the_others_cost_their_share() {
        let (mut watched, turn) = (Watched::new(), Duration::from_millis(5));
        watched.turn(None, false);
        let first = (0..50).find(|_| {
            watched.turn(Some(turn), true);
            watched.n_parts >= N_PARTS
        });
        assert!(first.is_some_and(|n_turns| n_turns < 12), "{first:?}");
        let spent = watched.turns(20_000, turn);
        let share = spent.as_secs_f64() / (20_000.0 * turn.as_secs_f64());
        assert!((0.026..0.031).contains(&share), "{share}");
    }

    #[test]
    fn a_part_that_costs_more_than_can_be_saved_up_is_made_and_made_up_for() {
        let (mut budget, turn) = (LookBudget::default(), Duration::from_millis(5));
        let cost = Duration::from_millis(400);
        let n_turns = 40_000;
        let mut n_made = 0;
        for _ in 0..n_turns {
            budget.begin_turn(Some(turn), true, false, PART_OF_TIME);
            if budget.allows(Duration::ZERO) {
                budget.spend(cost, true);
                n_made += 1;
            }
        }
        let spent = f64::from(n_made) * cost.as_secs_f64();
        let share = spent / (f64::from(n_turns) * turn.as_secs_f64());
        assert!((0.028..0.031).contains(&share), "{share}");
    }

    #[test]
    fn a_first_answer_in_long_parts_leaves_the_run_most_of_its_time() {
        let (mut budget, cost) = (LookBudget::default(), Duration::from_secs(1));
        let (mut spent, mut trained) = (Duration::ZERO, Duration::ZERO);
        let mut away = None;
        for _ in 0..2000 {
            budget.begin_turn(away, away.is_some(), true, PART_OF_TIME);
            let mut of_turn = Duration::ZERO;
            while budget.allows(of_turn) {
                of_turn += cost;
                budget.spend(cost, false);
            }
            spent += of_turn;
            let turn = Duration::from_millis(40);
            trained += turn;
            away = Some(of_turn + turn);
        }
        let share = spent.as_secs_f64() / (spent + trained).as_secs_f64();
        assert!((0.2..0.3).contains(&share), "{share}");
    }

    #[test]
    fn what_a_question_may_cost_is_shared_by_its_runs_and_all_questions_share_the_most() {
        let cores = 2;
        // One question to one run: all of its share, of all cores.
        assert!((share([1], 1, cores) - 2.0 * SHARE).abs() < 1e-12);
        // To twelve runs: together as much.
        assert!((12.0 * share([12], 1, cores) - 2.0 * SHARE).abs() < 1e-12);
        // Four questions, one of them to twelve runs: together the most.
        let first = share([1, 1, 1, 12], 4, cores);
        let others = 11.0 * share([12], 4, cores);
        assert!((first + others - 2.0 * MOST_SHARE).abs() < 1e-12);
        assert_eq!(share([], 0, cores), 0.0);
    }

    #[test]
    fn who_trains_at_a_pace_has_more_time_for_looks_and_never_too_much() {
        let share = share([1, 1, 1], 3, 1);
        assert_eq!(paced_share(share, Pace::FullSpeed), share);
        let paced = paced_share(share, Pace::EpochsPerSec(5.0));
        assert!(paced > 2.0 * share && paced <= 0.05 + 1e-12, "{paced}");
    }

    #[test]
    fn a_run_with_few_turns_is_looked_at_all_the_same() {
        let (mut watched, turn) = (Watched::new(), Duration::from_secs(3));
        watched.turn(None, false);
        watched.turn(Some(turn), true);
        assert!(watched.n_parts >= N_PARTS, "{}", watched.n_parts);
        let n_parts = watched.n_parts;
        watched.turns(2, turn);
        assert!(watched.n_parts >= n_parts + N_PARTS, "{}", watched.n_parts);
    }

    #[test]
    fn who_comes_back_sees_a_new_look_and_who_looks_away_for_a_moment_goes_on_with_the_old_one() {
        let mut watched = Watched::new();
        watched.turn(None, false);
        watched.turns(50, SLICE);
        watched.turns(60, Duration::from_millis(100));
        let n_begun = watched.n_parts % N_PARTS;
        assert!(n_begun > 0);
        watched.turn(Some(Duration::from_millis(300)), false);
        assert_eq!(
            watched.n_parts % N_PARTS,
            n_begun,
            "no time was saved up meanwhile"
        );
        watched.turn(Some(Duration::from_mins(1)), false);
        assert!(
            watched.n_parts.is_multiple_of(N_PARTS),
            "a whole look at once"
        );
    }
}
