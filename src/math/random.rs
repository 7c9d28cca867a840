//! Counter-based random streams: Philox4x32-10 ([Salmon 2011], "Parallel random numbers: as easy as 1, 2, 3").
//!
//! A counter-based generator is a function, not a machine: the numbers at a place follow from the key and the place
//! alone. Three properties of the program rest on that. Masks need not be stored to be shown again; every number of
//! threads gives the same run; and runs that differ only in their drop rate threshold the *same* numbers, so that
//! their masks are nested.
//!
//! A [`Key`] names a family of streams and is split by words ([`Key::child`]), so that no two uses ever share numbers
//! by accident. A [`Stream`] reads one family in order and is what the `rand` crate's distributions take.

mod bernoulli;

use std::convert::Infallible;

use rand::rand_core::TryRng;

use bernoulli::{Bernoulli, Threshold};

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
    /// with a larger share, ones stay ones. The threshold has 80 bits: a share that is `1 - rate` for some float is met
    /// exactly.
    pub fn bernoulli(self, share: f64, place: [u32; 3], out: &mut [u8]) {
        Bernoulli {
            key: self.words(),
            threshold: Threshold::new(share),
            place,
            out,
        }
        .fill();
    }

    /// The number in `0..1` that decides element `i` of what [`Self::bernoulli`] fills at `place`: the element is 0 where it
    /// is below `1 - share`. With masks, a unit is dropped where its number is below the drop rate, whatever that is.
    pub fn die(self, place: [u32; 3], i: usize) -> f64 {
        bernoulli::die(self, place, i)
    }

    /// The 128 random bits at `counter`.
    pub fn block(self, counter: [u32; 4]) -> [u32; 4] {
        philox(counter, self.words())
    }

    fn words(self) -> [u32; 2] {
        [self.0 as u32, (self.0 >> 32) as u32]
    }

    fn from_words([low, high]: [u32; 2]) -> Self {
        Self(u64::from(low) | u64::from(high) << 32)
    }
}

/// A 64-bit finaliser (`SplitMix64`): every input bit reaches every output bit.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
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
