//! Which instructions the products use, and the proof that the machine has them.

use std::str::FromStr;

#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};

/// The instruction sets that the kernels are written for, from the least to the most demanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Whatever the program was compiled for: SSE2 on x86-64, NEON on 64-bit Arm.
    Portable,
    /// 256-bit vectors with fused multiply-add (x86-64-v3).
    Avx2,
    /// 512-bit vectors (x86-64-v4).
    Avx512,
}

impl Level {
    /// All levels, in order.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The highest level that this machine has.
    pub fn detect() -> Self {
        Proof::new(Self::Avx512).level()
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        Proof::new(self).level() == self
    }

    /// The word by which settings name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

/// A word that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown vectors `{0}`; accepted are portable, avx2 and avx512")]
pub struct UnknownLevel(pub String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let found = Self::ALL.into_iter().find(|level| level.name() == text);
        found.ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

/// The proof that the machine has a level, which is what the instructions ask for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(V4),
}

impl Proof {
    /// The proof of `level`, or of the highest level below it that this machine has.
    pub(super) fn new(level: Level) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if level >= Level::Avx512
                && let Some(proof) = V4::try_new()
            {
                return Self::Avx512(proof);
            }
            if level >= Level::Avx2
                && let Some(proof) = V3::try_new()
            {
                return Self::Avx2(proof);
            }
        }
        let _ = level;
        Self::Portable
    }

    pub(super) fn level(self) -> Level {
        match self {
            Self::Portable => Level::Portable,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => Level::Avx2,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => Level::Avx512,
        }
    }
}
