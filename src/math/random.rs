//! Counter-based random streams: Philox4x32-10 ([Salmon 2011], "Parallel random numbers: as easy as 1, 2, 3").
//!
//! A counter-based generator is a function, not a machine: the numbers at a place follow from the key and the place
//! alone. Three properties of the program rest on that. Masks need not be stored to be shown again; every number of
//! threads gives the same run; and runs that differ only in their drop rate threshold the *same* numbers, so that
//! their masks are nested.
//!
//! A [`Key`] names a family of streams and is split by words ([`Key::child`]), so that no two uses ever share numbers
//! by accident. A [`Stream`] reads one family in order and is what the `rand` crate's distributions take.

#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "lanes side by side become vectors only inside the dispatched function, and only in this shape"
)]

use std::convert::Infallible;

use pulp::{Simd, WithSimd};
use rand::rand_core::TryRng;

/// The name of a random stream: 64 bits that select one of Philox's permutations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of an experiment's seed. Neighbouring seeds give unrelated streams.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x6472_6f70_7363_6f70))
    }

    /// The key of a part of what this key names, such as `"init"`, `"order"` or `"masks"`.
    #[must_use]
    pub fn child(self, label: &str) -> Self {
        // FNV-1a over the label, then a full mix: cheap, and labels are short and few.
        let hash = label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mix(self.0 ^ hash))
    }

    /// The key of the `index`-th of many equal parts, such as the epochs of a run.
    #[must_use]
    pub fn nth(self, index: u64) -> Self {
        Self(mix(self.0.wrapping_add(mix(index ^ 0xa076_1d64_78bd_642f))))
    }

    /// The stream of this key, read from its beginning.
    pub fn stream(self) -> Stream {
        Stream {
            key: self,
            n_blocks: 0,
            block: [0; 4],
            n_left: 0,
        }
    }

    /// Fills `out` with independent zeros and ones, each 1 with the probability `share` in `0..=1`.
    ///
    /// Element `i` depends on the key, `place` and `i` alone, and is 1 for every share above some threshold of its own:
    /// with a larger share, ones stay ones. The threshold has 16 bits, so a share is met to within 2^-17.
    pub fn bernoulli(self, share: f64, place: [u32; 3], out: &mut [u8]) {
        let threshold = (share * 65536.0).round() as u32;
        let key = [self.0 as u32, (self.0 >> 32) as u32];
        // The widest vectors of the machine: the same numbers, sooner.
        pulp::Arch::new().dispatch(Bernoulli {
            key,
            threshold,
            place,
            out,
        });
    }

    /// The 128 random bits at `counter`.
    pub fn block(self, counter: [u32; 4]) -> [u32; 4] {
        philox(counter, [self.0 as u32, (self.0 >> 32) as u32])
    }
}

/// A 64-bit finaliser (`SplitMix64`): every input bit reaches every output bit.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The work of [`Key::bernoulli`]. A type and not a closure: what a closure does may become a function of its own, and
/// that is compiled without the vectors.
struct Bernoulli<'a> {
    key: [u32; 2],
    threshold: u32,
    place: [u32; 3],
    out: &'a mut [u8],
}

impl WithSimd for Bernoulli<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (group_idx, group) in self.out.chunks_mut(GROUP).enumerate() {
            let first_block = (group_idx * N_LANES) as u32;
            let place = [first_block, self.place[0], self.place[1], self.place[2]];
            bernoulli_group(simd, self.key, self.threshold, place, group);
        }
    }
}

/// Blocks that are computed side by side, and the elements they give: eight 16-bit numbers a block.
const N_LANES: usize = 16;
const GROUP: usize = 8 * N_LANES;

/// One group of `out`, at most [`GROUP`] long. The element at `half * N_LANES + lane` is the 16-bit number `half` of
/// block `lane`, so that whole vectors are compared at once; the order is part of what a seed means.
#[inline(always)]
fn bernoulli_group<S: Simd>(
    simd: S,
    key: [u32; 2],
    threshold: u32,
    place: [u32; 4],
    out: &mut [u8],
) {
    let mut words = place.map(|word| [word; N_LANES]);
    for lane in 0..N_LANES {
        words[0][lane] = place[0].wrapping_add(lane as u32);
    }
    philox_lanes(simd, &mut words, key);
    // Both are below 2^17, and vectors compare signed numbers with fewer instructions.
    let threshold = threshold as i32;
    let mut ones = [[0_u8; N_LANES]; 8];
    for (word, lanes) in words.into_iter().enumerate() {
        for lane in 0..N_LANES {
            ones[2 * word][lane] = u8::from(((lanes[lane] & 0xffff) as i32) < threshold);
        }
        for lane in 0..N_LANES {
            ones[2 * word + 1][lane] = u8::from(((lanes[lane] >> 16) as i32) < threshold);
        }
    }
    let ones = ones.as_flattened();
    if let Ok(out) = <&mut [u8; GROUP]>::try_from(&mut *out) {
        out.copy_from_slice(ones);
    } else {
        out.copy_from_slice(&ones[..out.len()]);
    }
}

/// [`philox`] over [`N_LANES`] counters at once.
#[inline(always)]
fn philox_lanes<S: Simd>(simd: S, words: &mut [[u32; N_LANES]; 4], key: [u32; 2]) {
    match const { N_LANES / S::U32_LANES } {
        1 => philox_vectors::<S, 1>(simd, words, key),
        2 => philox_vectors::<S, 2>(simd, words, key),
        4 => philox_vectors::<S, 4>(simd, words, key),
        _ => philox_vectors::<S, N_LANES>(simd, words, key),
    }
}

/// [`philox`] over `V` vectors of counters, round by round, so that the vectors' operations do not wait for each other.
#[inline(always)]
fn philox_vectors<S: Simd, const V: usize>(
    simd: S,
    words: &mut [[u32; N_LANES]; 4],
    mut key: [u32; 2],
) {
    let multipliers = MULTIPLIERS.map(|multiplier| simd.splat_u32s(multiplier));
    let mut words = words
        .each_mut()
        .map(|lanes| S::as_mut_simd_u32s(lanes).0.first_chunk_mut::<V>());
    let [Some(c0), Some(c1), Some(c2), Some(c3)] = &mut words else {
        unreachable!("there are as many vectors");
    };
    let (mut a0, mut a1, mut a2, mut a3) = (**c0, **c1, **c2, **c3);
    for _ in 0..N_ROUNDS {
        let keys = key.map(|word| simd.splat_u32s(word));
        for v in 0..V {
            let (low_bits, low) = simd.widening_mul_u32s(a0[v], multipliers[0]);
            let (high_bits, high) = simd.widening_mul_u32s(a2[v], multipliers[1]);
            a0[v] = simd.xor_u32s(simd.xor_u32s(high, a1[v]), keys[0]);
            a1[v] = high_bits;
            a2[v] = simd.xor_u32s(simd.xor_u32s(low, a3[v]), keys[1]);
            a3[v] = low_bits;
        }
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    (**c0, **c1, **c2, **c3) = (a0, a1, a2, a3);
}

const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const N_ROUNDS: usize = 10;

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..N_ROUNDS {
        let low = u64::from(counter[0]) * u64::from(MULTIPLIERS[0]);
        let high = u64::from(counter[2]) * u64::from(MULTIPLIERS[1]);
        counter = [
            (high >> 32) as u32 ^ counter[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ counter[3] ^ key[1],
            low as u32,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// Numbers of one [`Key`] in order, for use with the `rand` crate's traits and distributions.
#[derive(Debug, Clone)]
pub struct Stream {
    key: Key,
    n_blocks: u64,
    block: [u32; 4],
    n_left: usize,
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.n_left == 0 {
            self.block = self
                .key
                .block([self.n_blocks as u32, (self.n_blocks >> 32) as u32, 0, 0]);
            self.n_blocks += 1;
            self.n_left = 4;
        }
        self.n_left -= 1;
        Ok(self.block[3 - self.n_left])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.try_next_u32()?);
        let high = u64::from(self.try_next_u32()?);
        Ok(low | high << 32)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(4) {
            let bytes = self.try_next_u32()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    /// The known-answer vectors published with Random123 (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_gives_the_published_vectors() {
        let cases = [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox(counter, key), expected);
        }
    }

    #[test]
    fn keys_of_neighbouring_seeds_and_other_labels_differ() {
        let first = |key: Key| key.stream().random::<u64>();
        let key = Key::new(7);
        let firsts = [
            key,
            Key::new(8),
            key.child("init"),
            key.child("order"),
            key.nth(0),
            key.nth(1),
        ]
        .map(first);
        let distinct: std::collections::HashSet<_> = firsts.iter().collect();
        assert_eq!(distinct.len(), firsts.len());
    }

    #[test]
    fn the_lanes_side_by_side_are_philox_one_by_one() {
        let key = Key::new(11);
        let place = [3, 1_000_000, 2];
        let share = 0.3;
        let mut ones = vec![0; 300];
        key.bernoulli(share, place, &mut ones);
        for (i, one) in ones.iter().enumerate() {
            let (group, half, lane) = (i / GROUP, i % GROUP / N_LANES, i % N_LANES);
            let block = key.block([
                (group * N_LANES + lane) as u32,
                place[0],
                place[1],
                place[2],
            ]);
            let number = block[half / 2] >> (half % 2 * 16) & 0xffff;
            assert_eq!(
                *one == 1,
                f64::from(number) < share * 65536.0,
                "element {i}"
            );
        }
    }

    #[test]
    fn a_stream_is_a_function_of_its_key() {
        let draw = || {
            let mut stream = Key::new(3).child("x").stream();
            (0..100).map(|_| stream.random::<f64>()).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
        let mean = draw().iter().sum::<f64>() / 100.0;
        assert!((mean - 0.5).abs() < 0.15, "mean {mean}");
    }
}
