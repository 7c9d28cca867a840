//! Every level against the definition of the product, in f64.

use ndarray::{Array1, Array2};
use proptest::prelude::*;

use super::tile::{Ahead, Fill, Strip};
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

/// Counts in `seen` [M, N] how often an epilogue met each element, and checks that it met whole rows.
fn count(seen: &mut Array2<u8>) -> impl FnMut(usize, &mut [f32]) {
    |row, values| {
        assert_eq!(seen.ncols(), values.len());
        seen.row_mut(row).mapv_inplace(|n| n + 1);
    }
}

fn check_all_products(kernels: &mut Kernels, b: usize, i: usize, u: usize) {
    let level = kernels.level();
    let what = |product: &str| format!("{product} {b}x{i}x{u} {level:?}");
    let (a, w, d) = (matrix(b, i, 1), matrix(i, u, 2), matrix(b, u, 3));
    let bias = matrix(1, u, 4).row(0).to_owned();
    let (a_in, w_in, d_in) = (spaced(&a), Matrix::from(w.view()), spaced(&d));
    let (a_in, d_in) = (a_in.matrix(), d_in.matrix());

    let (mut out, mut seen) = (matrix(b, u, 5), Array2::zeros((b, u)));
    let bias_in = bias.as_slice().expect("a vector");
    kernels.forward(a_in, w_in, bias_in, out.view_mut().into(), count(&mut seen));
    assert_near(&out, &reference(&a, &w, &bias), &what("forward"));
    assert!(seen.iter().all(|n| *n == 1), "{}", what("forward"));
    let mut out_spaced = spaced(&matrix(b, u, 6));
    kernels.forward(a_in, w_in, bias_in, out_spaced.matrix_mut(), nothing());
    assert_eq!(out_spaced.matrix().view(), out, "{}", what("spaced"));

    let (mut out, mut seen) = (matrix(b, i, 5), Array2::zeros((b, i)));
    kernels.d_input(d_in, w_in, out.view_mut().into(), count(&mut seen));
    let expected = reference(&d, &w.t().to_owned(), &Array1::zeros(i));
    assert_near(&out, &expected, &what("d_input"));
    assert!(seen.iter().all(|n| *n == 1), "{}", what("d_input"));

    let (mut out, mut seen) = (Array2::zeros((i, u)), Array2::zeros((i, u)));
    let all = (&Selection::all(i), &Selection::all(u));
    kernels.d_weight(a_in, d_in, all, add_to(&mut out));
    kernels.d_weight(a_in, d_in, all, count(&mut seen));
    let expected = reference(&a.t().to_owned(), &d, &Array1::zeros(u));
    assert_near(&out, &expected, &what("d_weight"));
    assert!(seen.iter().all(|n| *n == 1), "{}", what("d_weight"));
}

/// What an epilogue sees, added up.
fn add_to(sums: &mut Array2<f32>) -> impl FnMut(usize, &mut [f32]) {
    |row, values| {
        let mut place = sums.row_mut(row);
        place += &ndarray::ArrayView1::from(&*values);
    }
}

fn nothing() -> impl FnMut(usize, &mut [f32]) {
    |_, _| ()
}

/// A matrix in spaced rows; what lies between them is not a number.
struct Spaced {
    values: Vec<f32>,
    size: [usize; 2],
}

fn spaced(array: &Array2<f32>) -> Spaced {
    let size = [array.nrows(), array.ncols()];
    let stride = super::spaced(size[1]);
    let mut values = vec![f32::NAN; size[0] * stride];
    for ((row, column), value) in array.indexed_iter() {
        values[row * stride + column] = *value;
    }
    Spaced { values, size }
}

impl Spaced {
    fn matrix(&self) -> Matrix<'_> {
        Matrix::new(&self.values, self.size, super::spaced(self.size[1]))
    }

    fn matrix_mut(&mut self) -> MatrixMut<'_> {
        MatrixMut::new(&mut self.values, self.size, super::spaced(self.size[1]))
    }
}

/// Every third, every one but the last, or none, by a seed.
fn selection(n: usize, seed: usize) -> Selection {
    let mut selection = Selection::all(n);
    let kept: Vec<u8> = (0..n)
        .map(|i| match seed % 4 {
            0 => u8::from(i % 3 == 0),
            1 => u8::from(i + 1 < n),
            2 => 0,
            _ => u8::from((i * 7919 + seed) % 5 < 2),
        })
        .collect();
    if !seed.is_multiple_of(5) {
        selection.select(&kept);
    }
    selection
}

/// The parts of a matrix are what indexing gives, and the gradient that is spread is that of the parts, with zeros between.
fn check_picked(kernels: &mut Kernels, (b, i, u): (usize, usize, usize), seed: usize) {
    let level = kernels.level();
    let (rows, columns) = (selection(i, seed), selection(u, seed / 5));
    let w = matrix(i, u, 2);
    let mut picked = vec![f32::NAN; i * super::spaced(u)];
    kernels.pick(w.view().into(), &rows, &columns, &mut picked);
    let size = [rows.len(), columns.len()];
    let picked = Matrix::new(&picked, size, super::spaced(columns.len()));
    let expected = Array2::from_shape_fn(size, |(r, c)| w[[rows.index(r), columns.index(c)]]);
    assert_eq!(picked.view(), expected, "{i}x{u} {seed} {level:?}");

    let (a, d) = (matrix(b, rows.len(), 1), matrix(b, columns.len(), 3));
    let mut part = Array2::zeros(size);
    let (a_in, d_in) = (spaced(&a), spaced(&d));
    let all = (&Selection::all(size[0]), &Selection::all(size[1]));
    kernels.d_weight(a_in.matrix(), d_in.matrix(), all, add_to(&mut part));
    let mut expected = Array2::zeros((i, u));
    for ((r, c), value) in part.indexed_iter() {
        expected[[rows.index(r), columns.index(c)]] = *value;
    }
    let mut spread = Array2::zeros((i, u));
    let parts = (&rows, &columns);
    kernels.d_weight(a_in.matrix(), d_in.matrix(), parts, add_to(&mut spread));
    assert_eq!(spread, expected, "{b}x{i}x{u} {seed} {level:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_level_gives_the_product_for_every_size(b in 0_usize..70, i in 0_usize..70, u in 0_usize..70) {
        for mut kernels in available() {
            check_all_products(&mut kernels, b, i, u);
        }
    }

    #[test]
    fn parts_are_picked_and_spread_on_every_level(
        b in 0_usize..40, i in 0_usize..120, u in 0_usize..70, seed in 0_usize..400
    ) {
        for mut kernels in available() {
            check_picked(&mut kernels, (b, i, u), seed);
        }
    }
}

#[test]
fn every_size_of_every_tile_gives_the_product() {
    // Up to 17 rows there are tiles of all heights, and of all pairs of heights that follow each other.
    for mut kernels in available() {
        for n_rows in 1..=17 {
            for u in 1..=49 {
                check_all_products(&mut kernels, n_rows, 5, u);
                check_all_products(&mut kernels, 5, n_rows, u);
            }
        }
    }
}

/// A strip of the portable level that fits exactly, with one of its parts as `change` leaves it.
fn compute_strip(change: impl FnOnce(&mut Strip<Scalar128b>)) {
    let (left, right, bias) = ([1.0; 5 * 3], [1.0; 3 * 8], [1.0; 8]);
    let (mut panel, mut out) = ([0.0; 3 * 8], [0.0; 5 * 8]);
    let mut strip = Strip {
        target: Scalar128b,
        left: Left::Rows(&left),
        left_stride: 3,
        rows: 0..5,
        depth: 0..3,
        panel: Scalar128b::as_mut_simd_f32s(&mut panel).0,
        fill: Fill {
            values: &right,
            stride: 8,
            n_rows: 3,
        },
        n_vectors: 2,
        start: Start::Bias(&bias),
        out: &mut out,
        out_stride: 8,
        ahead: Ahead::default(),
    };
    change(&mut strip);
    strip.compute();
}

/// What the unsafe code rests on: each of its operands is checked.
#[test]
fn a_strip_that_reaches_past_an_operand_is_refused() {
    let refuses = |what: &str, change: fn(&mut Strip<Scalar128b>)| {
        let panic = std::panic::catch_unwind(|| compute_strip(change)).expect_err(what);
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        assert!(text.is_some_and(|text| text.contains(what)), "{what}");
    };
    compute_strip(|_| ());
    refuses("the left operand", |strip| {
        strip.left = Left::Rows(&[1.0; 14]);
    });
    refuses("the left operand", |strip| {
        strip.rows = 1..6;
    });
    refuses("the left operand", |strip| {
        strip.left = Left::Columns(&[1.0; 10]);
    });
    refuses("the left operand", |strip| {
        strip.left_stride = usize::MAX / 4 + 2;
    });
    refuses("its panel", |strip| {
        strip.panel = &mut [];
    });
    refuses("its panel", |strip| {
        (strip.left_stride, strip.depth) = (0, 0..1 << 63);
        (strip.left, strip.rows) = (Left::Columns(&[1.0; 15]), 0..5);
    });
    refuses("the right operand", |strip| strip.fill.values = &[1.0; 23]);
    refuses("the right operand", |strip| {
        strip.fill.stride = 9;
    });
    refuses("the right operand", |strip| {
        strip.fill.n_rows = 4;
    });
    refuses("the bias", |strip| strip.start = Start::Bias(&[1.0; 7]));
    refuses("the product", |strip| {
        strip.out = &mut [];
    });
    refuses("the product", |strip| {
        strip.out_stride = 9;
    });
    refuses("3 vectors", |strip| {
        strip.n_vectors = 3;
    });
    refuses("0 vectors", |strip| {
        strip.n_vectors = 0;
    });
}

#[test]
fn sizes_past_one_panel_and_one_block_give_the_product() {
    for mut kernels in available() {
        for (b, i, u) in [
            (100, 784, 10),
            (1, 500, 129),
            (700, 200, 50),
            (9, 1030, 3),
            (150, 2000, 17),
            (200, 65, 48),
        ] {
            check_all_products(&mut kernels, b, i, u);
        }
    }
}

#[test]
fn what_the_epilogue_writes_stays() {
    for mut kernels in available() {
        let (a, w) = (matrix(37, 300, 1), matrix(300, 53, 2));
        let (mut plain, mut twice) = (Array2::zeros((37, 53)), Array2::zeros((37, 53)));
        let (a, w, bias) = (a.view().into(), w.view().into(), [0.0; 53]);
        kernels.forward(a, w, &bias, plain.view_mut().into(), nothing());
        let double = |_, values: &mut [f32]| values.iter_mut().for_each(|value| *value *= 2.0);
        kernels.forward(a, w, &bias, twice.view_mut().into(), double);
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
    for mut kernels in available() {
        let (a, w, bias) = (
            matrix(61, 333, 1),
            matrix(333, 47, 2),
            Array1::<f32>::ones(47),
        );
        let mut whole = Array2::zeros((61, 47));
        let (w, bias) = (Matrix::from(w.view()), bias.as_slice().expect("a vector"));
        kernels.forward(a.view().into(), w, bias, whole.view_mut().into(), nothing());
        for row in [0, 7, 60] {
            let mut one = Array2::zeros((1, 47));
            let a = a.slice(ndarray::s![row..=row, ..]);
            kernels.forward(a.into(), w, bias, one.view_mut().into(), nothing());
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
#[should_panic(expected = "forward: a [2, 3] · w [4, 5]")]
fn shapes_that_do_not_fit_are_named() {
    let mut out = matrix(2, 5, 0);
    Kernels::new(Level::Portable).forward(
        matrix(2, 3, 0).view().into(),
        matrix(4, 5, 0).view().into(),
        &[0.0; 5],
        out.view_mut().into(),
        nothing(),
    );
}
