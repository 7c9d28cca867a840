//! Views of row-major matrices whose rows may lie further apart than they are long.
//!
//! Arrays are `ndarray`'s, and whoever has one passes `array.view().into()`. These views exist for the two things that
//! its own cannot say: the memory between two rows belongs to the view, so that whole vectors may be read past a row's
//! end; and rows can be spaced so that neighbours do not share the few places that a cache has for addresses a power of
//! two apart ([`spaced`]).

use ndarray::{ArrayView2, ArrayViewMut2, Ix2, ShapeBuilder, StrideShape};

/// Numbers in rows.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    size: [usize; 2],
    stride: usize,
}

/// Numbers in rows, to be written.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    values: &'a mut [f32],
    size: [usize; 2],
    stride: usize,
}

/// Elements of a cache line.
const LINE: usize = 16;

/// Elements behind each spaced row that moving whole blocks may write or read.
const ROOM: usize = 8;

/// How far apart rows of `n_columns` elements should lie: whole cache lines with room for a block of 8 behind the row, and
/// an odd number of them, for addresses a multiple of a large power of two apart compete for the same few places of a
/// first-level cache.
pub fn spaced(n_columns: usize) -> usize {
    ((n_columns + ROOM).div_ceil(LINE) | 1) * LINE
}

/// Whether rows of these sizes fit into `len` elements.
fn fits(len: usize, [n_rows, n_columns]: [usize; 2], stride: usize) -> bool {
    // Checked: a stride that wraps around would fit anything, and the products trust what fits.
    let last = |n_rows: usize| (n_rows - 1).checked_mul(stride)?.checked_add(n_columns);
    n_rows == 0 || (n_columns <= stride && last(n_rows).is_some_and(|last| last <= len))
}

/// The shape as `ndarray` takes it. Without elements there is nothing to be a stride apart.
fn strided(size: [usize; 2], stride: usize) -> StrideShape<Ix2> {
    let stride = if size.contains(&0) { 0 } else { stride };
    size.strides([stride, usize::from(stride > 0)])
}

impl<'a> Matrix<'a> {
    /// `[n_rows, n_columns]` of `values`, one row every `stride` elements.
    ///
    /// # Panics
    /// If `values` is too short for that, or rows overlap.
    pub fn new(values: &'a [f32], size: [usize; 2], stride: usize) -> Self {
        assert!(
            fits(values.len(), size, stride),
            "{} elements for {size:?}, a row every {stride}",
            values.len()
        );
        Self {
            values,
            size,
            stride,
        }
    }

    /// Rows and columns.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Elements from the beginning of one row to that of the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Everything from the first element on, what lies between the rows included.
    pub fn values(&self) -> &'a [f32] {
        self.values
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &'a [f32] {
        assert!(row < self.size[0], "row {row} of {:?}", self.size);
        &self.values[row * self.stride..][..self.size[1]]
    }

    /// The rows one after another.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [f32]> + use<'a> {
        let matrix = *self;
        (0..self.size[0]).map(move |row| matrix.row(row))
    }

    /// The same numbers as `ndarray` views them.
    ///
    /// # Panics
    /// Never: that the rows fit was checked when the view was made.
    pub fn view(&self) -> ArrayView2<'a, f32> {
        ArrayView2::from_shape(strided(self.size, self.stride), self.values)
            .expect("the rows were checked to fit")
    }
}

impl<'a> MatrixMut<'a> {
    /// `[n_rows, n_columns]` of `values`, one row every `stride` elements.
    ///
    /// # Panics
    /// If `values` is too short for that, or rows overlap.
    pub fn new(values: &'a mut [f32], size: [usize; 2], stride: usize) -> Self {
        Matrix::new(values, size, stride);
        Self {
            values,
            size,
            stride,
        }
    }

    /// Rows and columns.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Elements from the beginning of one row to that of the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Everything from the first element on, what lies between the rows included.
    pub fn values_mut(&mut self) -> &mut [f32] {
        self.values
    }

    /// The same and the stride.
    pub fn into_values(self) -> (&'a mut [f32], usize) {
        (self.values, self.stride)
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.size[0], "row {row} of {:?}", self.size);
        &mut self.values[row * self.stride..][..self.size[1]]
    }

    /// The same numbers, to be read.
    pub fn as_matrix(&self) -> Matrix<'_> {
        Matrix {
            values: self.values,
            size: self.size,
            stride: self.stride,
        }
    }

    /// The same numbers as `ndarray` views them.
    ///
    /// # Panics
    /// Never: that the rows fit was checked when the view was made.
    pub fn view_mut(self) -> ArrayViewMut2<'a, f32> {
        ArrayViewMut2::from_shape(strided(self.size, self.stride), self.values)
            .expect("the rows were checked to fit")
    }
}

/// # Panics
/// If the view is not row-major without gaps.
impl<'a> From<ArrayView2<'a, f32>> for Matrix<'a> {
    fn from(view: ArrayView2<'a, f32>) -> Self {
        let (n_rows, n_columns) = view.dim();
        let values = view.to_slice().expect("a row-major matrix without gaps");
        Self::new(values, [n_rows, n_columns], n_columns)
    }
}

/// # Panics
/// If the view is not row-major without gaps.
impl<'a> From<ArrayViewMut2<'a, f32>> for MatrixMut<'a> {
    fn from(view: ArrayViewMut2<'a, f32>) -> Self {
        let (n_rows, n_columns) = view.dim();
        let values = view.into_slice().expect("a row-major matrix without gaps");
        Self::new(values, [n_rows, n_columns], n_columns)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn rows_may_lie_apart() {
        let values: Vec<f32> = (0..10_u8).map(f32::from).collect();
        let matrix = Matrix::new(&values, [3, 2], 4);
        assert_eq!(matrix.row(2), [8.0, 9.0]);
        assert_eq!(matrix.view(), array![[0.0, 1.0], [4.0, 5.0], [8.0, 9.0]]);
        assert_eq!(matrix.rows().len(), 3);
    }

    #[test]
    #[should_panic(expected = "10 elements for [3, 3], a row every 4")]
    fn rows_that_do_not_fit_are_refused() {
        Matrix::new(&[0.0; 10], [3, 3], 4);
    }

    #[test]
    #[should_panic(expected = "10 elements for [4, 2]")]
    fn a_stride_that_wraps_around_is_refused() {
        // Three of these strides come to 1.
        Matrix::new(&[0.0; 10], [4, 2], usize::MAX / 3 * 2 + 1);
    }

    #[test]
    fn an_array_is_a_matrix_without_gaps() {
        let mut array = Array2::<f32>::zeros((2, 3));
        MatrixMut::from(array.view_mut()).row_mut(1).fill(1.0);
        let matrix = Matrix::from(array.view());
        assert_eq!((matrix.size(), matrix.stride()), ([2, 3], 3));
        assert_eq!(matrix.row(1), [1.0; 3]);
    }

    #[test]
    fn spacing_is_an_odd_number_of_cache_lines() {
        for (n_columns, stride) in [(0, 16), (8, 16), (9, 48), (40, 48), (128, 144), (784, 816)] {
            assert_eq!(spaced(n_columns), stride, "{n_columns} columns");
        }
    }
}
