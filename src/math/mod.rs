//! Numbers in general: random streams, matrix products, an exponential function, histograms, a curve through a grid and statistics.
//!
//! The lowest layer. It knows nothing of networks, data sets or screens; everything above may use it.

pub mod bins;
pub mod exponential;
pub mod hilbert;
pub mod matmul;
pub mod matrix;
pub mod random;
pub mod selection;
pub mod statistics;
