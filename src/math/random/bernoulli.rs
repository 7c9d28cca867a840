//! Zeros and ones by the million: what masks are made of.
//!
//! Everything here computes [`philox`](super::philox) at many counters side by side. Two ways of the same numbers: one for
//! every machine, with 32-bit lanes; and one for AVX2, whose only multiplication of 32-bit numbers to 64-bit ones takes every
//! second lane, which therefore keeps a number in 64 bits until the end.
//!
//! What is compared by the million are 16 bits an element. One element in 65,536 has the very 16 bits that the threshold
//! begins with; only such a tie needs the 64 bits that follow, and gets them from a stream of its own.

#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "lanes side by side become vectors only inside the dispatched function, and only in this shape"
)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256i;

use pulp::{Arch, Simd, WithSimd};
#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, bytemuck::cast, x86::V3};

use super::{Key, MULTIPLIERS, N_ROUNDS, WEYL};

/// How many different numbers the first 16 bits of an element can be.
const N_NUMBERS: u32 = 1 << 16;

/// The share of ones in units of 2^-80, as its first 16 bits, which nearly always decide, and the 64 bits that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Threshold {
    /// At most [`N_NUMBERS`], which is a share of 1.
    number: u32,
    further: u64,
}

impl Threshold {
    /// The threshold of a share in `0..=1`; exact for every share that is a multiple of 2^-80, as `1 - rate` is for every
    /// rate that a float can hold.
    pub(super) fn new(share: f64) -> Self {
        let scaled = share * f64::from(N_NUMBERS);
        Self {
            number: scaled as u32,
            further: (scaled.fract() * 2.0_f64.powi(64)) as u64,
        }
    }

    /// Whether an element with these bits is a one.
    fn exceeds(self, number: u32, further: impl FnOnce() -> u64) -> bool {
        number < self.number || (number == self.number && further() < self.further)
    }
}

/// Zeros and ones to be drawn: an element is 1 where its bits are below the threshold.
///
/// A type and not a closure: what a closure does may become a function of its own, and that is compiled without the
/// vectors.
pub(super) struct Bernoulli<'a> {
    pub(super) key: [u32; 2],
    pub(super) threshold: Threshold,
    pub(super) place: [u32; 3],
    pub(super) out: &'a mut [u8],
}

impl Bernoulli<'_> {
    /// Draws them with the widest vectors of the machine: the same numbers, sooner.
    pub(super) fn fill(self) {
        match Arch::new() {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(v3) => v3.vectorize(WithAvx2 { v3, work: self }),
            arch => arch.dispatch(self),
        }
    }
}

impl WithSimd for Bernoulli<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (group_idx, group) in self.out.chunks_mut(GROUP).enumerate() {
            let first_block = (group_idx * N_LANES) as u32;
            let place = [first_block, self.place[0], self.place[1], self.place[2]];
            let has_tie = bernoulli_group(simd, self.key, self.threshold.number, place, group);
            if has_tie && self.threshold.further > 0 {
                settle_ties(self.key, self.threshold, place, group);
            }
        }
    }
}

/// Blocks that are computed side by side, and the elements they give: eight 16-bit numbers a block.
const N_LANES: usize = 16;
const GROUP: usize = 8 * N_LANES;

/// One group of `out`, at most [`GROUP`] long, by the first bits alone; whether one of them is a tie. The element at
/// `half * N_LANES + lane` is the 16-bit number `half` of block `lane`, so that whole vectors are compared at once; the order
/// is part of what a seed means.
#[inline(always)]
fn bernoulli_group<S: Simd>(
    simd: S,
    key: [u32; 2],
    threshold: u32,
    place: [u32; 4],
    out: &mut [u8],
) -> bool {
    let mut words = place.map(|word| [word; N_LANES]);
    for lane in 0..N_LANES {
        words[0][lane] = place[0].wrapping_add(lane as u32);
    }
    philox_lanes(simd, &mut words, key);
    // Both are below 2^17, and vectors compare signed numbers with fewer instructions.
    let threshold = threshold as i32;
    let (mut ones, mut ties) = ([[0_u8; N_LANES]; 8], [0_u32; N_LANES]);
    for (word, lanes) in words.into_iter().enumerate() {
        for lane in 0..N_LANES {
            let number = (lanes[lane] & 0xffff) as i32;
            ones[2 * word][lane] = u8::from(number < threshold);
            ties[lane] |= u32::from(number == threshold);
        }
        for lane in 0..N_LANES {
            let number = (lanes[lane] >> 16) as i32;
            ones[2 * word + 1][lane] = u8::from(number < threshold);
            ties[lane] |= u32::from(number == threshold);
        }
    }
    let ones = ones.as_flattened();
    if let Ok(out) = <&mut [u8; GROUP]>::try_from(&mut *out) {
        out.copy_from_slice(ones);
    } else {
        out.copy_from_slice(&ones[..out.len()]);
    }
    ties != [0; N_LANES]
}

/// Decides the ties of one group, whose first block is at `place`: once in five hundred groups, so one by one.
#[cold]
fn settle_ties(key: [u32; 2], threshold: Threshold, place: [u32; 4], out: &mut [u8]) {
    let key = Key::from_words(key);
    for (i, one) in out.iter_mut().enumerate() {
        *one = u8::from(element_exceeded(key, threshold, place, i));
    }
}

/// Whether `threshold` exceeds element `i` of the group whose first block is at `place`: the definition that all ways of
/// computing it follow.
fn element_exceeded(key: Key, threshold: Threshold, place: [u32; 4], i: usize) -> bool {
    let number = element_number(key, place, i);
    threshold.exceeds(number, || element_further(key, place, i))
}

/// The first 16 bits of element `i` of the group whose first block is at `place`.
fn element_number(key: Key, place: [u32; 4], i: usize) -> u32 {
    let (half, lane) = (i / N_LANES, (i % N_LANES) as u32);
    let [_, p1, p2, p3] = place;
    let block = key.block([place[0].wrapping_add(lane), p1, p2, p3]);
    block[half / 2] >> (half % 2 * 16) & 0xffff
}

/// The 64 bits that follow. Eight elements share a block of first bits; these are a block of every element's own.
fn element_further(key: Key, place: [u32; 4], i: usize) -> u64 {
    let [_, p1, p2, p3] = place;
    let first = place[0].wrapping_mul(8).wrapping_add(i as u32);
    let [low, high, ..] = key.child("further bits").block([first, p1, p2, p3]);
    u64::from(low) | u64::from(high) << 32
}

/// The number in `0..1` that element `i` of all at `place` is compared by: it is 0 where this number is below
/// 1 less the share of ones, and else 1.
///
/// It has 80 bits, and is rounded down to what a float can hold: so it is on the same side of any float as before.
pub(super) fn die(key: Key, place: [u32; 3], i: usize) -> f64 {
    let first_block = (i / GROUP * N_LANES) as u32;
    let place = [first_block, place[0], place[1], place[2]];
    let number = u128::from(element_number(key, place, i % GROUP));
    let bits = number << 64 | u128::from(element_further(key, place, i % GROUP));
    let rest = ((1_u128 << 80) - 1) - bits;
    // A float has 53 bits.
    let n_over = (128 - rest.leading_zeros()).saturating_sub(53);
    (rest >> n_over << n_over) as f64 * 2.0_f64.powi(-80)
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

/// The work on a machine with AVX2.
#[cfg(target_arch = "x86_64")]
struct WithAvx2<'a> {
    v3: V3,
    work: Bernoulli<'a>,
}

#[cfg(target_arch = "x86_64")]
impl NullaryFnOnce for WithAvx2<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { v3, work } = self;
        if work.threshold.number >= N_NUMBERS {
            // All of them; compared as 16-bit numbers, none would be below a threshold of 2^16.
            return work.out.fill(1);
        }
        let group = Group::new(v3, &work);
        let [a, b, c] = work.place;
        let settle = |first, out: &mut [u8]| {
            if work.threshold.further > 0 {
                settle_ties(work.key, work.threshold, [first, a, b, c], out);
            }
        };
        let (whole, rest) = work.out.as_chunks_mut::<GROUP>();
        let mut first = 0_u32;
        for out in whole {
            if group.fill(first, out) {
                settle(first, out);
            }
            first = first.wrapping_add(N_LANES as u32);
        }
        if !rest.is_empty() {
            let mut ones = [0; GROUP];
            if group.fill(first, &mut ones) {
                settle(first, &mut ones);
            }
            rest.copy_from_slice(&ones[..rest.len()]);
        }
    }
}

/// What all groups have in common on a machine with AVX2: of a counter only the first word differs, so half of the first two
/// rounds is the same for all of them.
#[cfg(target_arch = "x86_64")]
struct Group {
    v3: V3,
    threshold: __m256i,
    /// What the third word is combined with in the first round, the first and the third in the second; and the fourth after
    /// that.
    begin: [__m256i; 4],
    /// The keys of the other rounds.
    keys: [[__m256i; 2]; N_ROUNDS - 2],
}

#[cfg(target_arch = "x86_64")]
impl Group {
    #[inline(always)]
    fn new(v3: V3, work: &Bernoulli) -> Self {
        let keys_of = |round: usize| {
            let n = round as u32;
            [0, 1].map(|word| work.key[word].wrapping_add(WEYL[word].wrapping_mul(n)))
        };
        let product = |word: u32, idx: usize| u64::from(word) * u64::from(MULTIPLIERS[idx]);
        let high = |product: u64| (product >> 32) as u32;
        let [first_keys, second_keys] = [keys_of(0), keys_of(1)];
        let second = product(work.place[1], 1);
        // The first and the second word after the first round.
        let [a0, a1] = [high(second) ^ work.place[0] ^ first_keys[0], second as u32];
        let first = product(a0, 0);
        let begin = [
            work.place[2] ^ first_keys[1],
            a1 ^ second_keys[0],
            high(first) ^ second_keys[1],
            first as u32,
        ];
        let mut keys = [[splat(0); 2]; N_ROUNDS - 2];
        for (idx, keys) in keys.iter_mut().enumerate() {
            let keys_of_round = keys_of(idx + 2);
            // AVX2 compares signed numbers only: with their signs turned, they have the order of the unsigned ones.
            let signs = if idx + 3 == N_ROUNDS { 0x8000_8000 } else { 0 };
            *keys = keys_of_round.map(|key| splat(u64::from(key ^ signs)));
        }
        Self {
            v3,
            threshold: splat_16(as_signed(work.threshold.number as u16)),
            begin: begin.map(|word| splat(word.into())),
            keys,
        }
    }

    /// The group whose first block is `first`, as [`bernoulli_group`] has it.
    #[inline(always)]
    fn fill(&self, first: u32, out: &mut [u8; GROUP]) -> bool {
        /// Which blocks are in the even and in the odd lanes of two vectors, such that packing the two brings all sixteen
        /// into their order.
        const BLOCKS: [[[u64; 4]; 2]; 2] = [
            [[0, 2, 8, 10], [1, 3, 9, 11]],
            [[4, 6, 12, 14], [5, 7, 13, 15]],
        ];
        /// The even bytes of a half, then the odd ones.
        const APART: [u8; 16] = [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15];
        let (avx2, signs) = (self.v3.avx2, splat_16(i16::MIN));
        let (low, high) = (self.words(first, BLOCKS[0]), self.words(first, BLOCKS[1]));
        let mut ties = splat(0);
        for word in 0..4 {
            let mut is_one = |numbers| {
                // The last keys have turned the signs of the others.
                let turned = if word % 2 == 1 {
                    avx2._mm256_xor_si256(numbers, signs)
                } else {
                    numbers
                };
                let is_tie = avx2._mm256_cmpeq_epi16(self.threshold, turned);
                ties = avx2._mm256_or_si256(ties, is_tie);
                avx2._mm256_cmpgt_epi16(self.threshold, turned)
            };
            let bytes = avx2._mm256_packs_epi16(is_one(low[word]), is_one(high[word]));
            let apart = avx2._mm256_shuffle_epi8(bytes, cast([APART; 2]));
            let ordered = avx2._mm256_permute4x64_epi64::<0b11_01_10_00>(apart);
            let ones = avx2._mm256_and_si256(ordered, cast([1_u8; 32]));
            out[word * 32..][..32].copy_from_slice(&cast::<_, [u8; 32]>(ones));
        }
        self.v3.avx._mm256_testz_si256(ties, ties) == 0
    }

    /// The four words of eight blocks, each where `blocks` has it: in the even lanes, in the odd ones.
    #[inline(always)]
    fn words(&self, first: u32, blocks: [[u64; 4]; 2]) -> [__m256i; 4] {
        let avx2 = self.v3.avx2;
        let first = splat(first.into());
        let counters = |blocks: [u64; 4]| avx2._mm256_add_epi64(first, cast(blocks));
        let [even, odd] = self.philox([counters(blocks[0]), counters(blocks[1])]);
        let mut words = [splat(0); 4];
        for word in 0..4 {
            let odd = avx2._mm256_slli_epi64::<32>(odd[word]);
            words[word] = avx2._mm256_blend_epi32::<0b1010_1010>(even[word], odd);
        }
        words
    }

    /// The four words at four counters and at four others, each in the low half of 64 bits; what is in the high half has no
    /// meaning.
    #[inline(always)]
    fn philox(&self, counters: [__m256i; 2]) -> [[__m256i; 4]; 2] {
        let avx2 = self.v3.avx2;
        let multipliers = MULTIPLIERS.map(|multiplier| splat(multiplier.into()));
        let xor = |a, b| avx2._mm256_xor_si256(a, b);
        let multiply = |a, idx: usize| avx2._mm256_mul_epu32(a, multipliers[idx]);
        let high = |product| avx2._mm256_srli_epi64::<32>(product);
        let mut words = [[splat(0); 4]; 2];
        for (words, counters) in words.iter_mut().zip(counters) {
            let first = multiply(counters, 0);
            let second = multiply(xor(high(first), self.begin[0]), 1);
            *words = [
                xor(high(second), self.begin[1]),
                second,
                xor(first, self.begin[2]),
                self.begin[3],
            ];
        }
        // Some rounds at a time: a loop over single ones would move every word once more.
        for keys in self.keys.as_chunks::<4>().0 {
            for keys in keys {
                for words in &mut words {
                    let [a0, a1, a2, a3] = *words;
                    let (first, second) = (multiply(a0, 0), multiply(a2, 1));
                    *words = [
                        xor(high(second), xor(a1, keys[0])),
                        second,
                        xor(high(first), xor(a3, keys[1])),
                        first,
                    ];
                }
            }
        }
        words
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn splat(value: u64) -> __m256i {
    cast([value; 4])
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn splat_16(value: i16) -> __m256i {
    cast([value; 16])
}

/// The number that has the place of `value` among signed ones: AVX2 compares no others.
#[cfg(target_arch = "x86_64")]
fn as_signed(value: u16) -> i16 {
    (value ^ (1 << 15)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way that this machine has.
    fn ways(key: Key, threshold: Threshold, place: [u32; 3], n: usize) -> Vec<Vec<u8>> {
        let draw = |how: &dyn Fn(Bernoulli)| {
            let mut out = vec![7; n];
            how(Bernoulli {
                key: key.words(),
                threshold,
                place,
                out: &mut out,
            });
            out
        };
        let mut ways = vec![
            draw(&|work| work.fill()),
            draw(&|work| Arch::new().dispatch(work)),
            draw(&|work| Arch::Scalar.dispatch(work)),
        ];
        // Not the first choice where there is AVX-512.
        #[cfg(target_arch = "x86_64")]
        if let Some(v3) = V3::try_new() {
            ways.push(draw(&|work| v3.vectorize(WithAvx2 { v3, work })));
        }
        ways
    }

    /// The 80 bits of element `i`, the first ones foremost.
    fn bits(key: Key, place: [u32; 3], i: usize) -> Threshold {
        let at = |first| [first, place[0], place[1], place[2]];
        let (group, half, lane) = (i / GROUP, i % GROUP / N_LANES, i % N_LANES);
        let block = key.block(at((group * N_LANES + lane) as u32));
        let [low, high, ..] = key.child("further bits").block(at(i as u32));
        Threshold {
            number: block[half / 2] >> (half % 2 * 16) & 0xffff,
            further: u64::from(high) << 32 | u64::from(low),
        }
    }

    fn is_below(bits: Threshold, threshold: Threshold) -> bool {
        (bits.number, bits.further) < (threshold.number, threshold.further)
    }

    fn compare(threshold: Threshold, n: usize) {
        let (key, place) = (Key::new(11), [3, 1_000_000, 2]);
        for ones in ways(key, threshold, place, n) {
            for (i, one) in ones.iter().enumerate() {
                let expected = u8::from(is_below(bits(key, place, i), threshold));
                assert_eq!(*one, expected, "element {i} of {n} below {threshold:?}");
            }
        }
    }

    #[test]
    fn the_lanes_side_by_side_are_philox_one_by_one() {
        for share in [0.0, 2.0_f64.powi(-16), 0.5, 0.3, 1.0 - 1e-9, 1.0] {
            for n in [1, 127, 128, 700] {
                compare(Threshold::new(share), n);
            }
        }
    }

    #[test]
    fn an_element_that_begins_as_the_threshold_is_decided_by_the_bits_that_follow() {
        let (key, place) = (Key::new(11), [3, 1_000_000, 2]);
        for i in 0..300 {
            let Threshold { number, further } = bits(key, place, i);
            for further in [0, further, further.saturating_add(1), u64::MAX] {
                compare(Threshold { number, further }, 300);
            }
        }
    }

    #[test]
    fn a_share_is_met_exactly() {
        for rate in [
            0.2,
            0.3,
            0.5,
            0.7,
            0.99,
            0.999,
            0.9999,
            0.99999,
            1.0 - 1e-12,
            1e-9,
        ] {
            let Threshold { number, further } = Threshold::new(1.0 - rate);
            // Of 2^80 equally likely elements, so many are below: as many whole numbers, and a part of the next.
            let n_ones = u128::from(number) << 64 | u128::from(further);
            assert_eq!(n_ones as f64 / 2.0_f64.powi(80), 1.0 - rate, "{rate}");
            // No float is between: the division above has rounded nothing away.
            assert_eq!((1.0 - rate) * 2.0_f64.powi(80) % 1.0, 0.0);
            assert_eq!(n_ones as f64 as u128, n_ones, "{rate}");
        }
        assert_eq!(
            (Threshold::new(0.0), Threshold::new(1.0)),
            (
                Threshold {
                    number: 0,
                    further: 0
                },
                Threshold {
                    number: N_NUMBERS,
                    further: 0
                },
            )
        );
    }
}
