//! Where a tile finds the left operand: pointers that move along its rows or its columns.
//!
//! Pointers are only computed here, and may point anywhere; [`super::tile`] reads through them, and proves that it may.

/// Pointers to the left operand.
pub(super) trait Factors: Copy {
    /// Places of the summed dimension between two jumps.
    const UNROLL: usize;

    /// Where the value of row `r` is, `place` places on.
    fn at(self, r: usize, place: usize) -> *const f32;

    /// The same, `n` places on.
    #[must_use]
    fn ahead(self, n: usize) -> Self;

    /// The same, `n` rows on.
    #[must_use]
    fn below(self, n: usize) -> Self;
}

/// Rows whose values are found from one pointer: as many as an instruction can address without arithmetic.
pub(super) const GROUP: usize = 3;

/// Factors of a row side by side, rows `stride` apart: row `r` is `r % GROUP` rows behind the pointer of its group.
#[derive(Clone, Copy)]
pub(super) struct ByRows {
    groups: [*const f32; 3],
    stride: usize,
}

impl ByRows {
    #[inline(always)]
    pub(super) fn new(left: *const f32, stride: usize) -> Self {
        Self {
            // A group that a small tile does not have may lie outside, and is not read.
            groups: std::array::from_fn(|group| left.wrapping_add(group * GROUP * stride)),
            stride,
        }
    }
}

impl Factors for ByRows {
    /// With one, every fifth instruction was arithmetic on addresses and counters, which takes the room of others where a
    /// neighbour shares the core.
    const UNROLL: usize = 4;

    #[inline(always)]
    fn at(self, r: usize, place: usize) -> *const f32 {
        self.groups[r / GROUP].wrapping_add(r % GROUP * self.stride + place)
    }

    #[inline(always)]
    fn ahead(self, n: usize) -> Self {
        Self {
            groups: self.groups.map(|group| group.wrapping_add(n)),
            ..self
        }
    }

    #[inline(always)]
    fn below(self, n: usize) -> Self {
        Self::new(self.groups[0].wrapping_add(n * self.stride), self.stride)
    }
}

/// Factors of a place side by side, places `stride` apart: one pointer and constants.
#[derive(Clone, Copy)]
pub(super) struct ByPlaces {
    pub(super) left: *const f32,
    pub(super) stride: usize,
}

impl Factors for ByPlaces {
    /// There is little arithmetic to save, and with more the compiler runs out of registers.
    const UNROLL: usize = 2;

    #[inline(always)]
    fn at(self, r: usize, place: usize) -> *const f32 {
        self.left.wrapping_add(place * self.stride + r)
    }

    #[inline(always)]
    fn ahead(self, n: usize) -> Self {
        Self {
            left: self.left.wrapping_add(n * self.stride),
            ..self
        }
    }

    #[inline(always)]
    fn below(self, n: usize) -> Self {
        Self {
            left: self.left.wrapping_add(n),
            ..self
        }
    }
}
