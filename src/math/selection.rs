//! A part of the rows or columns of a matrix, and the tables by which it is picked out and put back eight at a time.

/// Elements that are moved together.
pub(super) const BLOCK: usize = 8;

/// Some of `n` rows or columns, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    n: usize,
    /// Those that are selected, ascending; empty if all are.
    indices: Vec<u32>,
    /// Which of each eight are selected, a bit each; empty if all are.
    bits: Vec<u8>,
    /// How many were selected before each eight; empty if all are.
    before: Vec<u32>,
    is_all: bool,
}

impl Selection {
    /// All of `n`.
    pub fn all(n: usize) -> Self {
        let mut selection = Self::default();
        selection.select_all(n);
        selection
    }

    /// Selects all of `n`.
    pub fn select_all(&mut self, n: usize) {
        (self.n, self.is_all) = (n, true);
        self.indices.clear();
        self.bits.clear();
        self.before.clear();
    }

    /// Selects those for which `kept`, of 0 and 1, is 1. Allocates only for more of them than ever before.
    pub fn select(&mut self, kept: &[u8]) {
        (self.n, self.is_all) = (kept.len(), false);
        self.indices.clear();
        self.bits.clear();
        self.before.clear();
        self.indices.resize(kept.len() + BLOCK, 0);
        self.bits.reserve(kept.len().div_ceil(BLOCK));
        self.before.reserve(kept.len().div_ceil(BLOCK));
        let (whole, rest) = kept.as_chunks::<BLOCK>();
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let blocks = whole.iter().chain((!rest.is_empty()).then_some(&last));
        let mut n_selected = 0;
        for (block, &kept) in blocks.enumerate() {
            let bits = bits(kept);
            self.bits.push(bits);
            self.before.push(n_selected as u32);
            // All eight are written and those that are kept are counted: which are kept is random, and a branch would be
            // mispredicted half of the time.
            let places = FRONT[usize::from(bits)].map(|place| place + (block * BLOCK) as u32);
            self.indices[n_selected..][..BLOCK].copy_from_slice(&places);
            n_selected += bits.count_ones() as usize;
        }
        self.indices.truncate(n_selected);
    }

    /// How many there are to select from.
    pub fn n(&self) -> usize {
        self.n
    }

    /// How many are selected.
    pub fn len(&self) -> usize {
        if self.is_all {
            self.n
        } else {
            self.indices.len()
        }
    }

    /// Whether none is selected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all are selected, and so nothing has to be moved.
    pub fn is_all(&self) -> bool {
        self.is_all
    }

    /// The `place`-th of those that are selected.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn index(&self, place: usize) -> usize {
        if self.is_all {
            place
        } else {
            self.indices[place] as usize
        }
    }

    /// Those that are selected, ascending.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        (0..self.len()).map(|place| self.index(place))
    }

    /// Of each eight, which are selected and how many were before them; nothing if all are.
    pub(super) fn blocks(&self) -> impl ExactSizeIterator<Item = (u8, usize)> + '_ {
        self.bits
            .iter()
            .zip(&self.before)
            .map(|(&bits, &before)| (bits, before as usize))
    }
}

/// Eight zeros and ones as the bits of a number, the first as the lowest.
fn bits(kept: [u8; BLOCK]) -> u8 {
    // A multiplication adds up shifted copies. These shifts bring the one of each byte to its place in the highest byte, and
    // no two ones to the same place below it.
    const SHIFTS: u64 =
        1 << 7 | 1 << 14 | 1 << 21 | 1 << 28 | 1 << 35 | 1 << 42 | 1 << 49 | 1 << 56;
    (u64::from_le_bytes(kept).wrapping_mul(SHIFTS) >> 56) as u8
}

/// For each choice of eight, where each element comes from: those that are chosen move to the front, in order.
pub(super) static FRONT: [[u32; BLOCK]; 256] = {
    let mut table = [[0; BLOCK]; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut place, mut n) = (0, 0);
        while place < BLOCK {
            if bits >> place & 1 == 1 {
                table[bits][n] = place as u32;
                n += 1;
            }
            place += 1;
        }
        bits += 1;
    }
    table
};

/// In [`BACK`]: nothing comes to this place.
pub(super) const NOTHING: u32 = 1 << 31;

/// For each choice of eight, where each element comes from: the first ones move to the places that are chosen, and
/// [`NOTHING`] to the others.
pub(super) static BACK: [[u32; BLOCK]; 256] = {
    let mut table = [[NOTHING; BLOCK]; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut place, mut n) = (0, 0);
        while place < BLOCK {
            if bits >> place & 1 == 1 {
                table[bits][place] = n;
                n += 1;
            }
            place += 1;
        }
        bits += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_selected_in_order() {
        let mut selection = Selection::all(3);
        assert_eq!(selection.indices().collect::<Vec<_>>(), [0, 1, 2]);
        selection.select(&[0, 1, 1, 0, 0, 0, 0, 0, 1, 0]);
        assert_eq!(selection.indices().collect::<Vec<_>>(), [1, 2, 8]);
        assert_eq!(
            selection.blocks().collect::<Vec<_>>(),
            [(0b110, 0), (0b1, 2)]
        );
        assert_eq!(
            (selection.n(), selection.len(), selection.is_all()),
            (10, 3, false)
        );
        selection.select(&[0, 0]);
        assert!(selection.is_empty());
    }

    #[test]
    fn every_choice_of_eight_has_its_bits() {
        for expected in 0..=u8::MAX {
            let kept = std::array::from_fn(|place| expected >> place & 1);
            assert_eq!(bits(kept), expected);
        }
    }

    #[test]
    fn to_the_front_and_back_is_where_it_was() {
        for bits in 0..256 {
            let is_nothing = |place: &usize| BACK[bits][*place] == NOTHING;
            let n_nothing = (0..BLOCK).filter(is_nothing).count();
            assert_eq!(n_nothing as u32, (bits as u8).count_zeros());
            for place in (0..BLOCK).filter(|place| bits >> place & 1 == 1) {
                assert_eq!(FRONT[bits][BACK[bits][place] as usize], place as u32);
            }
        }
    }
}
