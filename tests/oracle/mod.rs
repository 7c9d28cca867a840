//! The engine against others that compute the same: a second network written for clarity only, `PyTorch`, and Keras.
//!
//! - `itself`: the oracle's own proof, so that agreeing with it means something;
//! - `networks`: passes of the engine against the oracle, over depths, activations, losses, noise shapes and batches;
//! - `trainer`: whole training steps of the engine, masks included, against the oracle's;
//! - `pytorch`: twenty training steps against recorded ones, for the oracle and for the engine;
//! - `keras`: the dropout layer against recorded outputs, gradients and refusals.

mod itself;
mod keras;
mod networks;
mod pytorch;
mod trainer;
