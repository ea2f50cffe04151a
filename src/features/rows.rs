//! What of a comment was met before in it: presence, not count.
//!
//! Presence needs no sorting, and with idf it ranks Wikipedia talk no worse than sublinear counts do
//! (`benches/RESULTS.md`, "Peers": scikit-learn has these). Training and scoring ask here, so that they agree.

/// One bit for each bucket.
#[derive(Clone, Debug)]
pub(crate) struct BucketBits(Vec<u64>);

impl BucketBits {
    /// None of `2^bits` buckets.
    pub(crate) fn new(bits: u32) -> Self {
        Self(vec![0; (1_usize << bits).div_ceil(64)])
    }

    /// Whether a bucket is new.
    #[inline]
    pub(crate) fn insert(&mut self, column: u32) -> bool {
        let word = &mut self.0[column as usize / 64];
        let bit = 1 << (column % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Forgets all; `columns` are those that were met.
    ///
    /// # Complexity  O(buckets met)
    pub(crate) fn forget(&mut self, columns: &[u32]) {
        for &column in columns {
            self.0[column as usize / 64] = 0;
        }
    }
}

/// Buckets of the n-grams met in a comment.
#[derive(Clone, Debug)]
pub struct SeenBuckets {
    seen: BucketBits,
    /// Those that are set.
    columns: Vec<u32>,
}

impl SeenBuckets {
    /// None of `2^bits` buckets.
    pub fn new(bits: u32) -> Self {
        Self {
            seen: BucketBits::new(bits),
            columns: Vec::new(),
        }
    }

    /// Whether a bucket is new.
    #[inline]
    pub fn insert(&mut self, column: u32) -> bool {
        let is_new = self.seen.insert(column);
        if is_new {
            self.columns.push(column);
        }
        is_new
    }

    /// Forgets all.
    ///
    /// # Complexity  O(buckets met)
    pub fn clear(&mut self) {
        self.seen.forget(&self.columns);
        self.columns.clear();
    }
}

/// Hashes of the words met in a comment: open addressing, since they are hashes already. Exact, for else a made-up
/// word in front could hide another one.
#[derive(Clone, Debug, Default)]
pub struct SeenWords {
    /// 0 is free; at least half are.
    slots: Vec<u64>,
    /// How many bits of a hash do not count for its slot.
    shift: u32,
}

impl SeenWords {
    /// Forgets all and makes room for so many words.
    pub fn clear(&mut self, n_words: usize) {
        let n_slots = (2 * n_words).next_power_of_two().max(64);
        self.slots.clear();
        self.slots.resize(n_slots, 0);
        self.shift = 64 - n_slots.trailing_zeros();
    }

    /// Whether a word is new. There must be room for it.
    #[inline]
    pub fn insert(&mut self, hash: u64) -> bool {
        let hash = hash.max(1);
        let mask = self.slots.len() - 1;
        let mut at = (hash >> self.shift) as usize & mask;
        loop {
            let slot = &mut self.slots[at & mask];
            if *slot == 0 {
                *slot = hash;
                return true;
            }
            if *slot == hash {
                return false;
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn what_is_new_is_what_a_set_says(comments in prop::collection::vec(prop::collection::vec(0_u64..40, 0..60), 1..4)) {
            let (mut buckets, mut words) = (SeenBuckets::new(6), SeenWords::default());
            for comment in comments {
                buckets.clear();
                words.clear(comment.len());
                let mut known = HashSet::new();
                for x in comment {
                    let is_new = known.insert(x);
                    prop_assert_eq!(buckets.insert(x as u32), is_new);
                    // In both halves of the slots, and in one.
                    let hash = if x % 2 == 0 { (x + 1) << 58 } else { x + 1 };
                    prop_assert_eq!(words.insert(hash), is_new);
                }
            }
        }
    }
}
