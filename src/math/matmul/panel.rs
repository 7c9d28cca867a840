//! Panels: a few columns of the right operand, copied so that a tile reads them from first to last.
//!
//! In a matrix the rows of a narrow strip lie far apart, and with widths that are powers of two they even share a few
//! cache sets. Copied once, the strip serves every tile below it from the first-level cache. This file must not
//! multiply anything.

use std::ops::Range;

use super::target::{PANEL_VECTORS, Target, load};

/// The right operand of a product, [K, N], as it lies in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'a> {
    /// Row-major [K, N].
    Plain(&'a [f32]),
    /// Row-major [N, K], read across.
    Transposed(&'a [f32]),
}

/// Room for one panel; lives on the stack, so that a product allocates nothing.
#[repr(C, align(64))]
pub(super) struct Panel<T: Target>([T::f32s; PANEL_VECTORS]);

impl<T: Target> Panel<T> {
    #[inline(always)]
    pub(super) fn new(target: T) -> Self {
        Self([target.splat_f32s(0.0); PANEL_VECTORS])
    }

    /// The columns `columns` of the rows `depth` of `right` (a [`size.0`, `size.1`] = [K, N] matrix): one row of
    /// vectors after the other, the last vector of each filled up with zeros.
    #[inline(always)]
    pub(super) fn fill(
        &mut self,
        target: T,
        right: Right<'_>,
        size: (usize, usize),
        depth: Range<usize>,
        columns: Range<usize>,
    ) -> &[T::f32s] {
        let n_vectors = columns.len().div_ceil(T::F32_LANES);
        let panel = &mut self.0[..depth.len() * n_vectors];
        match right {
            Right::Plain(values) => {
                let rows = values[depth.start * size.1..depth.end * size.1].chunks_exact(size.1);
                for (row, vectors) in rows.zip(panel.chunks_exact_mut(n_vectors)) {
                    for (vector, values) in vectors
                        .iter_mut()
                        .zip(row[columns.clone()].chunks(T::F32_LANES))
                    {
                        *vector = load(target, values);
                    }
                }
            }
            Right::Transposed(values) => {
                let lanes: &mut [f32] = pulp::bytemuck::cast_slice_mut(panel);
                let width = n_vectors * T::F32_LANES;
                for place in 0..width {
                    let column = columns.start + place;
                    let lanes = lanes.iter_mut().skip(place).step_by(width);
                    if column < columns.end {
                        let row = &values[column * size.0..][depth.clone()];
                        lanes.zip(row).for_each(|(lane, value)| *lane = *value);
                    } else {
                        lanes.for_each(|lane| *lane = 0.0);
                    }
                }
            }
        }
        panel
    }
}
