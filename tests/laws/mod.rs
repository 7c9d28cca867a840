//! The laws of dropout, each held against the engine and, where numbers allow it, to rounding.
//!
//! | law | where |
//! |---|---|
//! | 1. expectation and variance of an activation; counts of kept units | `moments` |
//! | 2. gradients through fixed masks; exact zeros for dropped units | `gradients` |
//! | 3. the geometric mean of all thinned networks is the weight-scaled one, and when it is not | `ensembles` |
//! | 3. all masks at once, and every number about them, by brute force | `exact` |
//! | 4. the same for one logistic unit | `ensembles` |
//! | 5. dropout on linear regression is ridge regression | `ridge` |
//! | 6. inverted and original scaling train the same network, once converted | `conventions` |
//! | 7. a thinned network executed as a smaller one trains as the masked one | `thinned` |
//! | ten mistakes of published implementations | `mistakes` |
//!
//! Random cases are drawn from a fixed seed, so that a run fails always or never.

mod conventions;
mod ensembles;
mod exact;
mod gradients;
mod mistakes;
mod moments;
mod ridge;
mod thinned;

use proptest::test_runner::{Config, RngSeed};

/// `n_cases` cases of a property, the same in every run.
fn cases(n_cases: u32) -> Config {
    Config {
        cases: n_cases,
        rng_seed: RngSeed::Fixed(2014),
        failure_persistence: None,
        ..Config::default()
    }
}
