//! Hashes that reach a file or choose between documents: XXH3 with fixed seeds.
//!
//! Changing a seed or a function here changes the format of run folders and indexes.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Seeds, one a use, so that equal strings in different uses do not meet.
pub mod seed {
    /// Lines and blocks counted by the survey.
    pub const LINE: u64 = 0x6c69_6e65_0001;
    /// Words, as parts of n-grams and shingles.
    pub const WORD: u64 = 0x776f_7264_0001;
    /// Whole normalised texts.
    pub const TEXT: u64 = 0x7465_7874_0001;
}

/// 64 bits of XXH3 over `bytes` with one of the [`seed`]s.
#[inline]
pub fn hash(bytes: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(bytes, seed)
}

/// Mixes `next` into `state`, order mattering: for n-grams of already hashed words.
///
/// One multiply-fold step as in wyhash (Wang Yi 2019).
#[inline]
pub const fn combine(state: u64, next: u64) -> u64 {
    let product = (state ^ 0xa076_1d64_78bd_642f) as u128 * (next ^ 0xe703_7ed1_a0b4_28db) as u128;
    (product as u64) ^ (product >> 64) as u64
}
