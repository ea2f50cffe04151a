//! Sets of hashes that say "surely not" at once: they spare nearly all words a slower look-up.

use crate::text::class::word_hash;

/// A set of hashes in 16 KB that never misses one it has, and seldom takes another for one: a Bloom filter (Bloom 1970,
/// "Space/time trade-offs in hash coding with allowable errors") with one bit a hash, which twenty thousand
/// hashes fill to a seventh.
#[derive(Clone, Debug)]
pub(super) struct Sieve(Box<[u64]>);

const BITS: u32 = 17;

impl Default for Sieve {
    fn default() -> Self {
        Self(vec![0; 1 << (BITS - 6)].into())
    }
}

impl Sieve {
    pub(super) fn insert(&mut self, hash: u64) {
        let bit = hash >> (64 - BITS);
        self.0[(bit / 64) as usize] |= 1 << (bit % 64);
    }

    #[inline]
    pub(super) fn may_have(&self, hash: u64) -> bool {
        let bit = hash >> (64 - BITS);
        self.0[(bit / 64) as usize] >> (bit % 64) & 1 == 1
    }
}

/// What words begin with, so that two neighbours (`id iot`) are joined only where it may matter.
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct Halves(Sieve);

impl Halves {
    /// Takes in every way to begin a word.
    pub(in crate::text) fn insert(&mut self, word: &str) {
        for (at, _) in word.char_indices().skip(1) {
            self.0.insert(word_hash(&word[..at]));
        }
    }

    /// Whether a word of the set may begin with this one.
    #[inline]
    pub(in crate::text) fn may_have(&self, hash: u64) -> bool {
        self.0.may_have(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_known() {
        let mut halves = Halves::default();
        halves.insert("idiöt");
        for half in ["i", "id", "idi", "idiö"] {
            assert!(halves.may_have(word_hash(half)), "{half}");
        }
        for other in ["", "idiöt", "iot", "t", "the"] {
            assert!(!halves.may_have(word_hash(other)), "{other}");
        }
    }
}
