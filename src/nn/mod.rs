//! Networks as values: drop rates, masks, layers, activations, losses, and whole multilayer perceptrons.
//!
//! Everything here is a pure function of values. Forward and backward passes take the weights, the input and the
//! masks, and draw no random number; whoever wants a mask or an initial weight passes a key in. Nothing here touches
//! a clock, a thread, a file or the optimiser.

pub mod activation;
pub mod dense;
pub mod drop_rate;
pub mod dropout;
pub mod init;
pub mod loss;
pub mod mask;
pub mod mlp;
pub mod noise_shape;
mod rows;
pub mod scratch;

pub use activation::Activation;
pub use dense::Dense;
pub use drop_rate::DropRate;
pub use dropout::Dropout;
pub use init::Init;
pub use mask::{Mask, Masks, UnitId};
pub use mlp::{Gradients, Mlp, Pass};
pub use noise_shape::NoiseShape;
pub use scratch::{Engine, Execution, Scratch};
