//! A list that only grows, and of which a copy costs nothing: what a run has been through, as it stands in its snapshots.

use std::fmt;
use std::ops::{Index, Range};
use std::sync::{Arc, OnceLock};

/// Chunks of a list, each twice as long as the one before: more than any memory holds.
const N_CHUNKS: usize = 40;

/// Places of the first chunk.
const FIRST: usize = 16;

type Chunk<T> = OnceLock<Box<[OnceLock<T>]>>;

/// A list that grows at its end.
///
/// A copy shares all items with the list that it was made of: it is a pointer and a length. The list goes on growing behind the
/// copy's end, in memory that both share; what is there never moves and never changes. Where a copy grows, too, and otherwise,
/// it takes the items with it into memory of its own.
pub struct Growing<T> {
    chunks: Option<Arc<[Chunk<T>; N_CHUNKS]>>,
    len: usize,
}

impl<T> Growing<T> {
    /// Nothing so far.
    pub const fn new() -> Self {
        Self {
            chunks: None,
            len: 0,
        }
    }

    /// The bytes of a list of so many items.
    pub(super) fn bytes(n_items: u64) -> u64 {
        let mut n_places = 0;
        let mut chunk = FIRST as u64;
        while n_places < n_items {
            n_places += chunk;
            chunk *= 2;
        }
        n_places * size_of::<OnceLock<T>>() as u64 + (N_CHUNKS * size_of::<Chunk<T>>()) as u64
    }

    /// Items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The item at this place, counted from 0.
    pub fn get(&self, idx: usize) -> Option<&T> {
        if idx >= self.len {
            return None;
        }
        let (chunk, place) = place_of(idx);
        self.chunks.as_ref()?[chunk].get()?[place].get()
    }

    /// The last item.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    /// The items, first to last.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            list: self,
            left: 0..self.len,
        }
    }

    /// The place of the item with this key, in a list that is sorted by it; else the place where it would be.
    ///
    /// # Errors
    /// If no item has the key.
    pub fn binary_search_by_key<K: Ord>(
        &self,
        key: &K,
        key_of: impl Fn(&T) -> K,
    ) -> Result<usize, usize> {
        let idx = self.partition_point(|item| key_of(item) < *key);
        let is_found = self.get(idx).is_some_and(|item| key_of(item) == *key);
        if is_found { Ok(idx) } else { Err(idx) }
    }

    /// The first `len` items; all where there are not so many.
    #[must_use]
    pub fn first(&self, len: usize) -> Self {
        Self {
            chunks: self.chunks.clone(),
            len: len.min(self.len),
        }
    }

    /// How many items come before the first that is not `is_before`; those that are must all come first.
    pub fn partition_point(&self, mut is_before: impl FnMut(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low.midpoint(high);
            if is_before(&self[middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl<T: Clone> Growing<T> {
    /// Adds an item at the end.
    ///
    /// # Panics
    /// Never: a list of its own has room for the item.
    pub fn push(&mut self, item: T) {
        if let Err(item) = self.try_push(item) {
            // A copy has gone on before: from here on both have their own.
            *self = self.iter().cloned().collect();
            assert!(self.try_push(item).is_ok(), "a list of its own has room");
        }
    }

    /// Adds an item in the memory that copies share, unless one of them has put its own there.
    fn try_push(&mut self, item: T) -> Result<(), T> {
        let (chunk, place) = place_of(self.len);
        let none = || Arc::new([const { OnceLock::new() }; N_CHUNKS]);
        let chunks = self.chunks.get_or_insert_with(none);
        let places = chunks[chunk].get_or_init(|| {
            let places = (0..FIRST << chunk).map(|_| OnceLock::new());
            places.collect()
        });
        places[place].set(item)?;
        self.len += 1;
        Ok(())
    }
}

/// The chunk of an item, and its place there.
fn place_of(idx: usize) -> (usize, usize) {
    let chunk = (idx / FIRST + 1).ilog2() as usize;
    (chunk, idx - FIRST * ((1 << chunk) - 1))
}

/// The items of a [`Growing`] list, first to last.
pub struct Iter<'a, T> {
    list: &'a Growing<T>,
    left: Range<usize>,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.list.get(self.left.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.list.get(self.left.next_back()?)
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

impl<'a, T> IntoIterator for &'a Growing<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> Index<usize> for Growing<T> {
    type Output = T;

    fn index(&self, idx: usize) -> &T {
        self.get(idx)
            .unwrap_or_else(|| panic!("place {idx} of {}", self.len))
    }
}

impl<T> Clone for Growing<T> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            len: self.len,
        }
    }
}

impl<T> Default for Growing<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Growing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: PartialEq> PartialEq for Growing<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Clone> FromIterator<T> for Growing<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Self::new();
        items.into_iter().for_each(|item| list.push(item));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_stays_where_it_was_put() {
        let list: Growing<usize> = (0..5000).collect();
        assert_eq!(list.len(), 5000);
        assert!((0..5000).all(|idx| list[idx] == idx));
        assert!(list.iter().copied().eq(0..5000));
        assert_eq!((list.get(5000), list.last()), (None, Some(&4999)));
        assert_eq!(list.partition_point(|&item| item < 1234), 1234);
        assert_eq!(list.partition_point(|_| true), 5000);
    }

    #[test]
    fn a_copy_shares_what_was_there_and_sees_nothing_of_what_comes() {
        let mut list: Growing<String> = ["a", "b"].map(str::to_owned).into_iter().collect();
        let copy = list.clone();
        list.push("c".to_owned());
        assert_eq!((copy.len(), list.len()), (2, 3));
        assert_eq!(copy.get(2), None);
        assert!(
            std::ptr::eq(&raw const copy[1], &raw const list[1]),
            "shared"
        );
    }

    #[test]
    fn copies_that_go_on_differently_do_not_meet() {
        let mut list: Growing<u32> = (0..20).collect();
        let (mut one, mut other) = (list.clone(), list.clone());
        one.push(100);
        other.push(200);
        list.push(300);
        for (list, last) in [(one, 100), (other, 200), (list, 300)] {
            assert!(list.iter().copied().eq((0..20).chain([last])));
        }
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "readers on other threads are what is tried"
    )]
    fn a_reader_on_another_thread_sees_whole_items_only() {
        let mut list: Growing<[u64; 4]> = Growing::new();
        std::thread::scope(|scope| {
            for item in 0..2000 {
                list.push([item; 4]);
                if item % 50 == 0 {
                    let copy = list.clone();
                    scope.spawn(move || {
                        let is_whole = |(idx, item): (usize, &[u64; 4])| *item == [idx as u64; 4];
                        assert!(copy.iter().enumerate().all(is_whole));
                    });
                }
            }
        });
    }

    #[test]
    fn the_bytes_are_those_of_the_chunks_that_are_begun() {
        let place = size_of::<OnceLock<u64>>() as u64;
        let fixed = Growing::<u64>::bytes(0);
        let bytes = |n_items| Growing::<u64>::bytes(n_items) - fixed;
        assert_eq!(
            [bytes(1), bytes(16), bytes(17), bytes(48), bytes(49)],
            [16, 16, 48, 48, 112].map(|n_places| n_places * place)
        );
    }
}
