//! One comment's features as the distinct buckets of each block.
//!
//! Training, scoring and explaining all start from here. Presence, not count: on Wikipedia talk
//! presence with idf ranks as well as sublinear counts (see `benches/RESULTS.md`) and needs no sorting.

use super::hashing::bucket;
use super::{Block, extract_new};
use crate::text::TextView;

/// Number of blocks; each is scaled to unit length by itself, as in scikit-learn's `FeatureUnion`.
pub const N_BLOCKS: usize = 2;

/// Collects distinct buckets; reused from comment to comment.
#[derive(Clone, Debug)]
pub struct BucketRow {
    bits: u32,
    blocks: [Distinct; N_BLOCKS],
    words: NewWords,
}

impl BucketRow {
    /// A collector for `2^bits` buckets.
    pub fn new(bits: u32) -> Self {
        Self {
            bits,
            blocks: [Distinct::new(bits), Distinct::new(bits)],
            words: NewWords::default(),
        }
    }

    /// Takes in the features of a view.
    ///
    /// # Complexity  O(bytes of the text); clearing costs what filling did
    pub fn fill(&mut self, view: &TextView) {
        let Self {
            bits,
            blocks,
            words,
        } = self;
        blocks.iter_mut().for_each(Distinct::clear);
        words.clear();
        extract_new(view, &mut |hash| words.is_new(hash), &mut |feature| {
            blocks[block_idx(feature.block)].push(bucket(feature.hash, *bits));
        });
    }

    /// The distinct buckets of each block.
    pub fn blocks(&self) -> [&[u32]; N_BLOCKS] {
        self.blocks.each_ref().map(Distinct::columns)
    }
}

/// Distinct columns, in order of first occurrence.
#[derive(Clone, Debug)]
struct Distinct {
    /// Room for more than there are.
    columns: Vec<u32>,
    n: usize,
    /// One bit per column: whether it is among them.
    seen: Vec<u64>,
}

impl Distinct {
    fn new(bits: u32) -> Self {
        Self {
            columns: vec![0; 1024],
            n: 0,
            seen: vec![0; (1_usize << bits).div_ceil(64)],
        }
    }

    /// Without a branch on whether the column is new, which no processor foresees.
    #[inline]
    fn push(&mut self, column: u32) {
        if self.n == self.columns.len() {
            self.columns.resize(2 * self.n, 0);
        }
        let word = &mut self.seen[column as usize / 64];
        let bit = column % 64;
        self.columns[self.n] = column;
        self.n += (!(*word >> bit) & 1) as usize;
        *word |= 1 << bit;
    }

    fn columns(&self) -> &[u32] {
        &self.columns[..self.n]
    }

    fn clear(&mut self) {
        for &column in &self.columns[..self.n] {
            self.seen[column as usize / 64] = 0;
        }
        self.n = 0;
    }
}

/// How many bits of a word's hash tell its place among [`NewWords`].
const PLACE_BITS: u32 = 8;

/// Whether a word was met in the text before: for certain if it says no. A later word may take the place of an
/// earlier one, which then counts as new again.
#[derive(Clone, Debug)]
struct NewWords {
    places: [u64; 1 << PLACE_BITS],
}

impl Default for NewWords {
    fn default() -> Self {
        Self {
            places: [0; 1 << PLACE_BITS],
        }
    }
}

impl NewWords {
    /// A word whose hash is 0 is always new, as every hash is that the places do not hold.
    #[inline]
    fn is_new(&mut self, hash: u64) -> bool {
        let place = &mut self.places[(hash >> (64 - PLACE_BITS)) as usize];
        let is_new = *place != hash || hash == 0;
        *place = hash;
        is_new
    }

    fn clear(&mut self) {
        self.places.fill(0);
    }
}

/// Position of a block among the blocks.
#[inline]
pub fn block_idx(block: Block) -> usize {
    match block {
        Block::Word => 0,
        Block::Char => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::extract;
    use crate::text::TextTables;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn rows_hold_each_bucket_once(texts in prop::collection::vec("[a-c ]{0,60}|\\PC{0,40}", 1..4), bits in 4_u32..12) {
            let mut row = BucketRow::new(bits);
            for text in &texts {
                let mut view = TextView::default();
                view.parse(text, &TextTables::shipped());
                row.fill(&view);
                let mut expected: [BTreeSet<u32>; N_BLOCKS] = Default::default();
                extract(&view, &mut |feature| {
                    expected[block_idx(feature.block)].insert(bucket(feature.hash, bits));
                });
                for (columns, expected) in row.blocks().iter().zip(expected) {
                    prop_assert_eq!(columns.len(), expected.len());
                    prop_assert!(columns.iter().all(|column| expected.contains(column)));
                }
            }
        }
    }
}
