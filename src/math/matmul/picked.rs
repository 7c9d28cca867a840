//! Products of a part of a matrix: picking the selected rows and columns out, and spreading what comes of them again.
//!
//! What a thinned network executed as a smaller one costs beside its products is here. Elements move eight at a time, by
//! a permutation from a table; moved one by one they would cost as much as multiplying them.

use pulp::NullaryFnOnce;

use super::Epilogue;
use super::blocks::Product;
use super::panel::Right;
use super::target::{BLOCK, Target};
use super::tile::{Left, Start};
use crate::math::matrix::{Matrix, MatrixMut, spaced};
use crate::math::selection::{BACK, FRONT, Selection};

/// `out = matrix[rows, columns]`.
pub(super) struct Pick<'a, T> {
    pub(super) target: T,
    pub(super) matrix: Matrix<'a>,
    pub(super) rows: &'a Selection,
    pub(super) columns: &'a Selection,
    /// As large as what is selected, in spaced rows.
    pub(super) out: MatrixMut<'a>,
}

impl<T: Target> NullaryFnOnce for Pick<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let stride = self.out.stride();
        let rows = self.rows.indices().map(|row| self.matrix.row(row));
        for (row, out) in rows.zip(self.out.values_mut().chunks_mut(stride)) {
            pick(self.target, row, self.columns, out);
        }
    }
}

/// The selected elements of `row` at the front of `out`, and up to [`BLOCK`] without meaning behind them.
#[inline(always)]
fn pick<T: Target>(target: T, row: &[f32], columns: &Selection, out: &mut [f32]) {
    if columns.is_all() {
        out[..row.len()].copy_from_slice(row);
        return;
    }
    let (whole, rest) = row.as_chunks::<BLOCK>();
    let mut blocks = columns.blocks();
    for (values, (bits, before)) in whole.iter().zip(&mut blocks) {
        let values = target.permute(*values, &FRONT[usize::from(bits)]);
        out[before..][..BLOCK].copy_from_slice(&values);
    }
    if let Some((bits, before)) = blocks.next() {
        let mut values = [0.0; BLOCK];
        values[..rest.len()].copy_from_slice(rest);
        let values = target.permute(values, &FRONT[usize::from(bits)]);
        out[before..][..BLOCK].copy_from_slice(&values);
    }
}

/// `aᵀ · d` for the selected inputs `a` [B, R] and the selected units `d` [B, C], spread over all units: the epilogue sees
/// a row of the gradient at a time, [U], with zeros for units that are not selected; rows that are not selected it does
/// not see.
///
/// The rows are handed on some at a time. Whatever meets them, such as the weights, is then read from first to last, which
/// a processor foresees; met tile by tile, while the tile is in registers, it was no faster and took more code.
pub(super) struct SpreadGradient<'a, T, E> {
    pub(super) target: T,
    pub(super) a: Matrix<'a>,
    pub(super) d: Matrix<'a>,
    pub(super) rows: &'a Selection,
    pub(super) columns: &'a Selection,
    pub(super) room: SpreadRoom<'a>,
    pub(super) epilogue: E,
}

/// The memory that [`SpreadGradient`] works in.
pub(super) struct SpreadRoom<'a> {
    pub(super) panel: &'a mut [f32],
    pub(super) edge: &'a mut [f32],
    /// [`GRADIENT_ROWS`] spaced rows of the gradient.
    pub(super) gradient: &'a mut [f32],
    /// A spaced row of the gradient, spread, [U].
    pub(super) row: &'a mut [f32],
}

/// Rows of the gradient that are computed before they are handed on: few, so that they stay in the caches, and not too few,
/// because each time the right operand is copied to its panels again.
pub(super) const GRADIENT_ROWS: usize = 96;

impl<T: Target, E: Epilogue> NullaryFnOnce for SpreadGradient<'_, T, E> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let ([b, n_rows], [_, n_columns]) = (self.a.size(), self.d.size());
        let n_units = self.columns.n();
        let stride = spaced(n_columns);
        for first in (0..n_rows).step_by(GRADIENT_ROWS) {
            let n = GRADIENT_ROWS.min(n_rows - first);
            self.target.vectorize(Product {
                target: self.target,
                size: (n, b, n_columns),
                left: Left::Columns(self.a.values().get(first..).unwrap_or_default()),
                left_stride: self.a.stride(),
                right: Right::Plain {
                    values: self.d.values(),
                    stride: self.d.stride(),
                },
                start: Start::Zero,
                out: (&mut *self.room.gradient, stride),
                panel: &mut *self.room.panel,
                edge: &mut *self.room.edge,
                epilogue: |_, _: &mut [f32]| (),
            });
            for place in 0..n {
                let gradient = &mut self.room.gradient[place * stride..];
                let row = self.rows.index(first + place);
                let gradient = if self.columns.is_all() {
                    gradient
                } else {
                    spread(self.target, gradient, self.columns, self.room.row);
                    &mut *self.room.row
                };
                self.epilogue.finish(row, &mut gradient[..n_units]);
            }
        }
    }
}

/// The elements at the front of `values` at the selected places of `out`, and 0 at the others.
#[inline(always)]
fn spread<T: Target>(target: T, values: &[f32], columns: &Selection, out: &mut [f32]) {
    for (out, (bits, before)) in out
        .as_chunks_mut::<BLOCK>()
        .0
        .iter_mut()
        .zip(columns.blocks())
    {
        let values = values[before..]
            .first_chunk()
            .expect("room for a block more");
        *out = target.spread(*values, &BACK[usize::from(bits)]);
    }
}
