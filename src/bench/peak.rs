//! What the machine could do: multiplications and additions in registers alone, on as many threads as train.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark has a clock, and its peak is measured on threads of its own"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::math::matmul::{Kernels, Level};

/// How long a thread multiplies for one measurement.
const LONG: Duration = Duration::from_millis(40);

/// Steps of a burst between two looks at the clock.
const N_STEPS: usize = 20_000;

/// Threads that measure the peak.
pub(super) struct Peak {
    pool: ThreadPool,
    level: Level,
}

impl Peak {
    pub(super) fn new(level: Level, n_threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build()?;
        Ok(Self { pool, level })
    }

    /// Floating-point operations a second of all threads together.
    pub(super) fn measure(&self) -> f64 {
        let per_thread = self.pool.broadcast(|_| {
            let kernels = Kernels::new(self.level);
            let (start, mut n_bursts) = (Instant::now(), 0);
            while start.elapsed() < LONG {
                black_box(kernels.fma_burst(N_STEPS));
                n_bursts += 1;
            }
            let flops = kernels.fma_burst_flops(N_STEPS) * n_bursts;
            flops as f64 / start.elapsed().as_secs_f64()
        });
        per_thread.into_iter().sum()
    }
}
