//! The one shuffle of this layer.
//!
//! Written out so that the order it gives is pinned here (32-bit draws, front to back) and a shuffle's first `k` places
//! can be drawn without the rest: more label noise keeps the labels that less noise has replaced.

use rand::RngExt;

use crate::math::random::Stream;

/// Puts a uniformly random choice of `items`, in random order, into the first `n` places (Fisher-Yates, front to back).
///
/// # Panics
///
/// When `n` exceeds the number of items.
pub(super) fn shuffle_front<T>(items: &mut [T], n: usize, stream: &mut Stream) {
    assert!(n <= items.len(), "{n} places of {} items", items.len());
    for place in 0..n {
        let n_left = (items.len() - place) as u32;
        items.swap(place, place + stream.random_range(0..n_left) as usize);
    }
}

/// Puts all `items` into a uniformly random order.
pub(super) fn shuffle<T>(items: &mut [T], stream: &mut Stream) {
    shuffle_front(items, items.len(), stream);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Key;

    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = std::collections::HashMap::new();
        let mut stream = Key::new(5).stream();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            shuffle(&mut items, &mut stream);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        // Five standard deviations of a binomial(6000, 1/6) are 144.
        assert!(
            counts.values().all(|&n| (856..=1144).contains(&n)),
            "{counts:?}"
        );
    }

    #[test]
    fn a_partial_shuffle_is_the_beginning_of_the_whole_one() {
        let shuffled = |n| {
            let mut items: Vec<u32> = (0..50).collect();
            shuffle_front(&mut items, n, &mut Key::new(2).stream());
            items
        };
        assert_eq!(shuffled(10)[..10], shuffled(50)[..10]);
    }
}
