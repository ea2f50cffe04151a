//! Words of a pattern.

use rustc_hash::FxHashMap;

/// Words and the columns of their characters, those of an n-gram that a word has twice twice.
#[derive(Clone, Debug, Default)]
pub(in crate::linear) struct Dictionary {
    numbers: FxHashMap<u64, u32>,
    hashes: Vec<u64>,
    ends: Vec<usize>,
    columns: Vec<u32>,
}

impl Dictionary {
    /// Number of a word, which is given the columns that are pushed if it is new.
    pub(super) fn number(&mut self, hash: u64, columns: impl FnOnce(&mut Vec<u32>)) -> u32 {
        *self.numbers.entry(hash).or_insert_with(|| {
            columns(&mut self.columns);
            self.ends.push(self.columns.len());
            self.hashes.push(hash);
            (self.hashes.len() - 1) as u32
        })
    }

    /// Hashes of the words by their numbers.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Number of words.
    pub(in crate::linear) fn len(&self) -> usize {
        self.hashes.len()
    }

    #[inline]
    pub(in crate::linear) fn columns(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let start = if number == 0 {
            0
        } else {
            self.ends[number - 1]
        };
        &self.columns[start..self.ends[number]]
    }
}
