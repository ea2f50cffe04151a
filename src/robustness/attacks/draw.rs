//! Chance that depends on the text alone.

use sha2::{Digest, Sha256};

use crate::metrics::rng::SplitMix64;

/// Named in the seed, so that another version of the attacks draws anew.
const VERSION: &str = "ombuds-attack-1";

/// The seed of a text and a kind of attack; strength is not in it.
pub(super) fn seed(kind: &str, text: &str) -> u64 {
    let hash = Sha256::new()
        .chain_update(VERSION)
        .chain_update([0])
        .chain_update(kind)
        .chain_update([0])
        .chain_update(text)
        .finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(first)
}

/// Draws of one word.
#[derive(Clone, Debug)]
pub(super) struct Draw(SplitMix64);

impl Draw {
    /// Words are counted from 0; each has a generator of its own, so that they do not disturb each other.
    pub(super) fn of_word(seed: u64, word_idx: usize) -> Self {
        Self(SplitMix64::new(seed ^ (word_idx as u64 + 1)))
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `n`; uneven by less than 1 in 10^9 for the small `n` here.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (((self.number() >> 32) * n as u64) >> 32) as usize
    }

    /// One of these, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}
