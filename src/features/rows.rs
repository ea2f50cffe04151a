//! One comment's features as the distinct buckets of each block.
//!
//! Training, scoring and explaining all start from here. Presence, not count: on Wikipedia talk
//! presence with idf ranks as well as sublinear counts (see `benches/RESULTS.md`) and needs no sorting.

use super::hashing::bucket;
use super::{Block, extract};
use crate::text::TextView;

/// Number of blocks; each is scaled to unit length by itself, as in scikit-learn's `FeatureUnion`.
pub const N_BLOCKS: usize = 2;

/// Collects distinct buckets; reused from comment to comment.
#[derive(Clone, Debug)]
pub struct BucketRow {
    bits: u32,
    /// Distinct buckets by block, in order of first occurrence.
    blocks: [Vec<u32>; N_BLOCKS],
    /// One bit per bucket and block: whether it is in `blocks`.
    seen: [Vec<u64>; N_BLOCKS],
}

impl BucketRow {
    /// A collector for `2^bits` buckets.
    pub fn new(bits: u32) -> Self {
        let words = (1_usize << bits).div_ceil(64);
        Self {
            bits,
            blocks: Default::default(),
            seen: [vec![0; words], vec![0; words]],
        }
    }

    /// Takes in the features of a view.
    ///
    /// # Complexity  O(bytes of the text); clearing costs what filling did
    pub fn fill(&mut self, view: &TextView) {
        self.clear();
        let Self { bits, blocks, seen } = self;
        extract(view, &mut |feature| {
            let column = bucket(feature.hash, *bits);
            let block = block_idx(feature.block);
            let (word, bit) = (column as usize / 64, 1_u64 << (column % 64));
            if seen[block][word] & bit == 0 {
                seen[block][word] |= bit;
                blocks[block].push(column);
            }
        });
    }

    fn clear(&mut self) {
        for (columns, seen) in self.blocks.iter_mut().zip(&mut self.seen) {
            for &column in columns.iter() {
                seen[column as usize / 64] = 0;
            }
            columns.clear();
        }
    }

    /// The distinct buckets of each block.
    pub fn blocks(&self) -> [&[u32]; N_BLOCKS] {
        [&self.blocks[0], &self.blocks[1]]
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
