//! Every level against the definition of the product, in f64.

use ndarray::{Array1, Array2};
use proptest::prelude::*;

use super::*;

fn available() -> impl Iterator<Item = Kernels> {
    Level::ALL
        .into_iter()
        .filter(|level| level.is_available())
        .map(Kernels::new)
}

/// Values in -1..1 that follow from a seed, [rows, cols].
fn matrix(rows: usize, cols: usize, seed: u32) -> Array2<f32> {
    Array2::from_shape_fn((rows, cols), |(row, col)| {
        let mixed = (row as u32 * 7919 + col as u32 * 104_729 + seed).wrapping_mul(2_654_435_761);
        (mixed >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
}

/// The product of two matrices and the sum of the absolute terms, which bounds what rounding can do to it.
fn reference(a: &Array2<f32>, b: &Array2<f32>, bias: &Array1<f32>) -> (Array2<f64>, Array2<f64>) {
    let (a, b) = (a.mapv(f64::from), b.mapv(f64::from));
    let bias = bias.mapv(f64::from);
    (
        a.dot(&b) + &bias,
        a.mapv(f64::abs).dot(&b.mapv(f64::abs)) + bias.mapv(f64::abs),
    )
}

fn assert_near(out: &Array2<f32>, (expected, scale): &(Array2<f64>, Array2<f64>), what: &str) {
    for (place, value) in out.indexed_iter() {
        let difference = (f64::from(*value) - expected[place]).abs();
        assert!(
            difference <= 1e-5 * scale[place] + 1e-30,
            "{what} at {place:?}: {value} for {}",
            expected[place]
        );
    }
}

/// Counts in `seen` [M, N] how often an epilogue met each element, and checks that it met the right one.
fn count(seen: &mut Array2<u8>) -> impl FnMut(usize, Range<usize>, &mut [f32]) {
    |row, columns, values| {
        assert_eq!(columns.len(), values.len());
        for column in columns {
            seen[[row, column]] += 1;
        }
    }
}

fn check_all_products(kernels: Kernels, b: usize, i: usize, u: usize) {
    let what = |product: &str| format!("{product} {b}x{i}x{u} {:?}", kernels.level());
    let (a, w, d) = (matrix(b, i, 1), matrix(i, u, 2), matrix(b, u, 3));
    let bias = matrix(1, u, 4).row(0).to_owned();

    let (mut out, mut seen) = (matrix(b, u, 5), Array2::zeros((b, u)));
    kernels.forward(
        a.view(),
        w.view(),
        bias.view(),
        out.view_mut(),
        count(&mut seen),
    );
    assert_near(&out, &reference(&a, &w, &bias), &what("forward"));
    assert!(seen.iter().all(|n| *n == 1), "{}", what("forward"));

    let (mut out, mut seen) = (matrix(b, i, 5), Array2::zeros((b, i)));
    kernels.d_input(d.view(), w.view(), out.view_mut(), count(&mut seen));
    assert_near(
        &out,
        &reference(&d, &w.t().to_owned(), &Array1::zeros(i)),
        &what("d_input"),
    );
    assert!(seen.iter().all(|n| *n == 1), "{}", what("d_input"));

    let (mut out, mut seen) = (matrix(i, u, 5), Array2::zeros((i, u)));
    kernels.d_weight(a.view(), d.view(), out.view_mut(), count(&mut seen));
    assert_near(
        &out,
        &reference(&a.t().to_owned(), &d, &Array1::zeros(u)),
        &what("d_weight"),
    );
    assert!(seen.iter().all(|n| *n == 1), "{}", what("d_weight"));

    let mut pieces = Array2::zeros((i, u));
    kernels.d_weight_pieces(a.view(), d.view(), |row, columns, values| {
        let mut place = pieces.slice_mut(ndarray::s![row, columns]);
        place += &ndarray::ArrayView1::from(&*values);
    });
    assert_eq!(pieces, out, "{}", what("d_weight_pieces"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_level_gives_the_product_for_every_size(b in 0_usize..70, i in 0_usize..70, u in 0_usize..70) {
        for kernels in available() {
            check_all_products(kernels, b, i, u);
        }
    }
}

#[test]
fn sizes_past_one_panel_and_one_block_give_the_product() {
    for kernels in available() {
        for (b, i, u) in [
            (100, 784, 10),
            (1, 500, 129),
            (700, 200, 50),
            (9, 1030, 3),
            (150, 2000, 17),
            (200, 65, 48),
        ] {
            check_all_products(kernels, b, i, u);
        }
    }
}

#[test]
fn what_the_epilogue_writes_stays() {
    for kernels in available() {
        let (a, w) = (matrix(37, 300, 1), matrix(300, 53, 2));
        let (mut plain, mut twice) = (Array2::zeros((37, 53)), Array2::zeros((37, 53)));
        let bias = Array1::zeros(53);
        kernels.forward(
            a.view(),
            w.view(),
            bias.view(),
            plain.view_mut(),
            |_, _, _| (),
        );
        kernels.forward(
            a.view(),
            w.view(),
            bias.view(),
            twice.view_mut(),
            |_, _, values| {
                for value in values {
                    *value *= 2.0;
                }
            },
        );
        assert_eq!(
            plain.mapv(|value| 2.0 * value),
            twice,
            "{:?}",
            kernels.level()
        );
    }
}

#[test]
fn a_row_of_the_product_does_not_depend_on_the_other_rows() {
    for kernels in available() {
        let (a, w, bias) = (matrix(61, 333, 1), matrix(333, 47, 2), Array1::ones(47));
        let mut whole = Array2::zeros((61, 47));
        kernels.forward(
            a.view(),
            w.view(),
            bias.view(),
            whole.view_mut(),
            |_, _, _| (),
        );
        for row in [0, 7, 60] {
            let mut one = Array2::zeros((1, 47));
            let a = a.slice(ndarray::s![row..=row, ..]);
            kernels.forward(a, w.view(), bias.view(), one.view_mut(), |_, _, _| ());
            assert_eq!(one.row(0), whole.row(row), "{:?}", kernels.level());
        }
    }
}

#[test]
fn levels_are_ordered_and_a_missing_one_falls_back() {
    assert!(Level::Portable.is_available());
    for level in Level::ALL {
        assert!(Kernels::new(level).level() <= level);
    }
    assert!(Level::detect().is_available());
}

#[test]
fn a_burst_counts_its_operations_and_stays_finite() {
    for kernels in available() {
        assert!(kernels.fma_burst(1000).is_finite());
        assert_eq!(kernels.fma_burst_flops(2), 2 * kernels.fma_burst_flops(1));
    }
}

#[test]
#[should_panic(expected = "forward: a (2, 3) · w (4, 5)")]
fn shapes_that_do_not_fit_are_named() {
    let bias = Array1::zeros(5);
    let mut out = matrix(2, 5, 0);
    Kernels::new(Level::Portable).forward(
        matrix(2, 3, 0).view(),
        matrix(4, 5, 0).view(),
        bias.view(),
        out.view_mut(),
        |_, _, _| (),
    );
}
