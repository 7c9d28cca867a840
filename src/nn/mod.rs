//! Networks as values.

pub mod activation;
pub mod drop_rate;
pub mod init;
pub mod noise_shape;

pub use activation::Activation;
pub use drop_rate::DropRate;
pub use init::Init;
pub use noise_shape::NoiseShape;
