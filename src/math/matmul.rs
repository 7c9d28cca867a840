//! Matrix products: the one place where the multiplications of the program happen.

use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

/// `out = a · b + beta · out` for `a` [M, K], `b` [K, N], `out` [M, N]; transposed views are welcome.
///
/// # Panics
/// If the shapes do not fit together.
pub fn product(a: ArrayView2<f32>, b: ArrayView2<f32>, beta: f32, mut out: ArrayViewMut2<f32>) {
    general_mat_mul(1.0, &a, &b, beta, &mut out);
}
