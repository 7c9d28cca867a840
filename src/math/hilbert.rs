//! A Hilbert curve: a line through all cells of a grid, on which what is near stays near.
//!
//! With an even number of bits the grid is a square; with an odd one it is two of them side by side, the second begun where
//! the first ends ([Hilbert 1891]; the turns are those of the usual recursion).

/// (columns, rows) of the grid through which the curve of `2^n_bits` places goes.
pub fn grid(n_bits: u32) -> (usize, usize) {
    (1 << n_bits.div_ceil(2), 1 << (n_bits / 2))
}

/// The (column, row) of a place on the curve of `2^n_bits` places.
pub fn cell_of(place: usize, n_bits: u32) -> (usize, usize) {
    let side = 1 << (n_bits / 2);
    let (square, mut rest) = (place / (side * side), place % (side * side));
    let (mut x, mut y, mut s) = (0, 0, 1);
    while s < side {
        let (right, down) = (1 & (rest / 2), 1 & (rest ^ (rest / 2)));
        (x, y) = turned((x, y), s, right, down);
        x += s * right;
        y += s * down;
        rest /= 4;
        s *= 2;
    }
    (square * side + x, y)
}

/// The place of a (column, row), the inverse of [`cell_of`].
pub fn place_of((column, row): (usize, usize), n_bits: u32) -> usize {
    let side = 1 << (n_bits / 2);
    let (square, mut x, mut y) = (column / side, column % side, row);
    let (mut place, mut s) = (0, side / 2);
    while s > 0 {
        let (right, down) = (usize::from(x & s > 0), usize::from(y & s > 0));
        place += s * s * ((3 * right) ^ down);
        (x, y) = turned((x & (s - 1), y & (s - 1)), s, right, down);
        s /= 2;
    }
    square * side * side + place
}

/// A quarter of side `s`, turned so that it joins its neighbours.
fn turned((x, y): (usize, usize), s: usize, right: usize, down: usize) -> (usize, usize) {
    match (right, down) {
        (_, 1) => (x, y),
        (1, _) => (s - 1 - y, s - 1 - x),
        _ => (y, x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_through_every_cell_once_and_from_neighbour_to_neighbour() {
        for n_bits in 0..=9 {
            let (columns, rows) = grid(n_bits);
            assert_eq!(columns * rows, 1 << n_bits);
            let mut seen = vec![false; columns * rows];
            let mut before = None;
            for place in 0..1 << n_bits {
                let (x, y) = cell_of(place, n_bits);
                assert!(x < columns && y < rows, "{n_bits}: {place} at {x} {y}");
                assert!(!std::mem::replace(&mut seen[y * columns + x], true));
                assert_eq!(place_of((x, y), n_bits), place);
                if let Some((x0, y0)) = before {
                    assert_eq!(x.abs_diff(x0) + y.abs_diff(y0), 1, "{n_bits}: {place}");
                }
                before = Some((x, y));
            }
        }
    }

    #[test]
    fn the_first_quarters_are_the_squares_of_the_coarser_curve() {
        for place in 0..1 << 8 {
            let (x, y) = cell_of(place, 8);
            let coarse = cell_of(place >> 4, 4);
            let is_flipped = (x / 4, y / 4) == (coarse.1, coarse.0);
            assert!((x / 4, y / 4) == coarse || is_flipped, "{place}");
        }
    }
}
