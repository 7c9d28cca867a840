//! dropscope: see dropout happen.
//!
//! Small networks train side by side, each at its own drop rate, and what dropout does to them is measured while they
//! train. The program `dropscope` shows it in a terminal; this library is everything that the program is made of.
//!
//! # The layers
//!
//! From the ground up. A module names only modules of lower layers; siblings do not name each other.
//!
//! 1. [`math`]: numbers in general, such as random streams, matrix products and statistics. Beside it [`text`]: text from
//!    outside, as it may be printed; and [`machine`]: what there is of memory.
//! 2. [`data`]: examples and labels. Beside it [`nn`]: drop rates, masks and networks as values.
//! 3. [`train`]: one step of one network, and everything that changes weights.
//! 4. [`probe`]: questions put to a network, which they do not change.
//! 5. [`lab`]: many runs on worker threads; commands go down, snapshots go up.
//! 6. [`config`]: settings as they are written, checked into an experiment. Beside it [`claims`]: what the runs say about the
//!    claims of the note.
//! 7. [`report`]: the face without a terminal. Beside it `tui`: the face in one, and [`bench`](mod@bench): the program measures
//!    itself.
//! 8. `cli`: the command line, which chooses the face.
//!
//! # Shape letters
//!
//! Shapes stand in brackets, as in `[B, U]`, always with these letters:
//!
//! | letter | means |
//! |---|---|
//! | `B` | examples of a batch, or of whatever set goes through a network at once |
//! | `I` | inputs of a layer or of the network |
//! | `U` | units of a layer |
//! | `C` | classes, or the values that a regression predicts |
//! | `S` | samples: how many thinned networks were drawn |
//!
//! # Example
//!
//! A network with one hidden layer learns two moons while half of its hidden units are dropped at every step. Then the
//! full network is better than a single thinned one, the last that training drew:
//!
//! ```
//! use dropscope::data::{self, Spec, SplitPlan};
//! use dropscope::math::random::Key;
//! use dropscope::nn::{Activation, DropRate, Engine, Init, Pass};
//! use dropscope::probe::Evaluator;
//! use dropscope::train::{NoisePlan, OptimizerPlan, Trainer, TrainerPlan};
//!
//! let split = data::load(&Spec::Moons, &SplitPlan::default(), Key::new(7))?;
//! let mut trainer = Trainer::new(
//!     TrainerPlan {
//!         hidden: vec![32],
//!         activation: Activation::Relu,
//!         init: Init::He,
//!         noise: NoisePlan::of_rate(DropRate::new(0.5)?),
//!         optimizer: OptimizerPlan::sgd(0.05),
//!         batch_size: 32,
//!         seed: 7,
//!         engine: Engine::default(),
//!     },
//!     &split.train,
//! )?;
//! for _ in 0..500 {
//!     trainer.step(&split.train);
//! }
//!
//! let masks = trainer.masks().clone();
//! let mut evaluator = Evaluator::new(&trainer.widths());
//! let mut score = |pass| evaluator.score(trainer.net(), pass, &split.test);
//! let full = score(Pass::Full);
//! let thinned = score(Pass::Thinned(&masks));
//! assert!(full.accuracy > Some(0.85));
//! assert!(full.loss < thinned.loss);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! `tui`, on by default, is the program: `cli`, `tui`, and the crates that they need. Without it
//! (`default-features = false`) the library is the engine, the lab and the reports, and knows no terminal but for a
//! progress bar on standard error.

pub mod bench;
pub mod claims;
#[cfg(feature = "tui")]
pub mod cli;
pub mod config;
pub mod data;
pub mod files;
pub mod lab;
pub mod machine;
pub mod math;
pub mod nn;
pub mod probe;
pub mod report;
pub mod text;
pub mod train;
#[cfg(feature = "tui")]
pub mod tui;
