//! Multiplications and additions in registers alone: the peak that every product is measured against.

use std::hint::black_box;

use pulp::NullaryFnOnce;

use super::target::Target;

/// Chains of operations that do not wait for each other: more than latency times units per cycle (4 x 2) on the
/// machines of today, and few enough for 16 registers.
pub(super) const N_CHAINS: usize = 12;

pub(super) struct Burst<T> {
    pub(super) target: T,
    pub(super) n: usize,
}

impl<T: Target> NullaryFnOnce for Burst<T> {
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        let target = self.target;
        let factor = target.splat_f32s(black_box(0.999));
        let addend = target.splat_f32s(black_box(0.001));
        let mut chains: [T::f32s; N_CHAINS] =
            std::array::from_fn(|chain| target.splat_f32s(chain as f32));
        for _ in 0..self.n {
            for chain in &mut chains {
                *chain = target.multiply_add(*chain, factor, addend);
            }
        }
        // Stored side by side, lanes become vectors also where the compiler has to find that out by itself.
        black_box(chains)
            .iter()
            .map(|chain| target.reduce_sum_f32s(*chain))
            .sum()
    }
}
