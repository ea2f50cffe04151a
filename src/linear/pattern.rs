//! What extraction finds in each row: which columns, not what they count.
//!
//! The values of a row follow from its columns, so only these are stored. The characters of a word are stored once for all
//! rows, so a row is its word n-grams and its words: some 200 numbers for a comment of 70 words, a sixth of its features.

use rustc_hash::FxHashMap;

use crate::features::hashing::bucket;
use crate::features::rows::{SeenBuckets, SeenWords};
use crate::features::{Sink, Word, WordNgram, char_ngrams, extract};
use crate::text::TextView;

/// Marks an n-gram or word that the row had before.
pub(super) const REPEAT: u32 = 1 << 31;

/// What extraction finds in each row, before any scaling: sentences of word n-grams and words, in order.
#[derive(Clone, Debug)]
pub struct Pattern {
    bits: u32,
    /// Columns of n-grams, sentence after sentence.
    ngrams: Vec<u32>,
    /// Numbers of words, likewise.
    words: Vec<u32>,
    /// How many of both each sentence has.
    sentences: Vec<[u16; 2]>,
    /// Where each row ends.
    ends: Vec<Ends>,
    pub(super) dictionary: Dictionary,
}

/// Positions in the lists of a [`Pattern`].
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    ngrams: usize,
    words: usize,
    sentences: usize,
}

impl std::ops::Add for Ends {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            ngrams: self.ngrams + other.ngrams,
            words: self.words + other.words,
            sentences: self.sentences + other.sentences,
        }
    }
}

/// Words and the columns of their characters, those of an n-gram that a word has twice twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Dictionary {
    numbers: FxHashMap<u64, u32>,
    hashes: Vec<u64>,
    ends: Vec<usize>,
    columns: Vec<u32>,
}

impl Dictionary {
    fn number(&mut self, hash: u64, columns: impl FnOnce(&mut Vec<u32>)) -> u32 {
        *self.numbers.entry(hash).or_insert_with(|| {
            columns(&mut self.columns);
            self.ends.push(self.columns.len());
            self.hashes.push(hash);
            (self.hashes.len() - 1) as u32
        })
    }

    /// Number of words.
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    #[inline]
    pub(super) fn columns(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let start = if number == 0 {
            0
        } else {
            self.ends[number - 1]
        };
        &self.columns[start..self.ends[number]]
    }
}

impl Pattern {
    /// An empty pattern of `2^bits` columns to which rows are pushed.
    pub fn new(bits: u32) -> Self {
        Self {
            bits,
            ngrams: Vec::new(),
            words: Vec::new(),
            sentences: Vec::new(),
            ends: Vec::new(),
            dictionary: Dictionary::default(),
        }
    }

    /// Appends a row.
    ///
    /// # Complexity  O(bytes of the text)
    pub fn push_row(&mut self, view: &TextView, seen: &mut Seen) {
        seen.buckets.clear();
        seen.words.clear(view.tokens.len() + view.recovered.len());
        let start = self.end();
        let mut writer = Writer {
            pattern: self,
            seen,
            start,
        };
        extract(view, &mut writer);
        self.ends.push(self.end());
    }

    /// Where the next row begins.
    fn end(&self) -> Ends {
        Ends {
            ngrams: self.ngrams.len(),
            words: self.words.len(),
            sentences: self.sentences.len(),
        }
    }

    /// Appends all rows of another pattern.
    pub fn append(&mut self, other: &Self) {
        let numbers: Vec<u32> = other
            .dictionary
            .hashes
            .iter()
            .zip(0..)
            .map(|(&hash, number)| {
                self.dictionary.number(hash, |columns| {
                    columns.extend_from_slice(other.dictionary.columns(number));
                })
            })
            .collect();
        let start = self.end();
        make_room(&mut self.ngrams, other.ngrams.len());
        self.ngrams.extend_from_slice(&other.ngrams);
        make_room(&mut self.words, other.words.len());
        make_room(&mut self.sentences, other.sentences.len());
        let renumbered = other
            .words
            .iter()
            .map(|word| numbers[(word & !REPEAT) as usize] | word & REPEAT);
        self.words.extend(renumbered);
        self.sentences.extend_from_slice(&other.sentences);
        self.ends.extend(other.ends.iter().map(|&end| start + end));
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.ends.len()
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        1 << self.bits
    }

    /// Where a row begins and ends.
    #[inline]
    fn bounds(&self, row: usize) -> [Ends; 2] {
        let start = match row {
            0 => Ends::default(),
            _ => self.ends[row - 1],
        };
        [start, self.ends[row]]
    }

    /// The n-grams and words of each sentence of a row, with their marks.
    pub(super) fn sentences(&self, row: usize) -> impl Iterator<Item = (&[u32], &[u32])> {
        let [start, end] = self.bounds(row);
        let (mut ngrams, mut words) = (start.ngrams, start.words);
        let sizes = &self.sentences[start.sentences..end.sentences];
        sizes.iter().map(move |sizes| {
            let [n_ngrams, n_words] = sizes.map(usize::from);
            (ngrams, words) = (ngrams + n_ngrams, words + n_words);
            (
                &self.ngrams[ngrams - n_ngrams..ngrams],
                &self.words[words - n_words..words],
            )
        })
    }

    /// Distinct n-grams and distinct words of a row.
    #[inline]
    pub(super) fn row(
        &self,
        row: usize,
    ) -> (
        impl Iterator<Item = u32> + '_,
        impl Iterator<Item = u32> + '_,
    ) {
        let [start, end] = self.bounds(row);
        let ngrams = &self.ngrams[start.ngrams..end.ngrams];
        let words = &self.words[start.words..end.words];
        let is_new = |x: &u32| x & REPEAT == 0;
        (
            ngrams.iter().copied().filter(is_new),
            words.iter().copied().filter(is_new),
        )
    }

    /// The columns of a row; those of its words' characters as often as distinct words have them.
    #[inline]
    fn for_each_column(&self, row: usize, mut each: impl FnMut(u32)) {
        let (ngrams, words) = self.row(row);
        ngrams.for_each(&mut each);
        words.for_each(|word| {
            self.dictionary
                .columns(word)
                .iter()
                .for_each(|&column| each(column));
        });
    }

    /// The columns of each of some rows, each once a row, with the row's position among them.
    ///
    /// # Complexity  O(nnz)
    pub fn for_each_present(
        &self,
        rows: impl Iterator<Item = usize>,
        mut each: impl FnMut(usize, u32),
    ) {
        // Where a column was met last.
        let mut last = vec![u32::MAX; self.n_columns()];
        for (position, row) in rows.enumerate() {
            self.for_each_column(row, |column| {
                if std::mem::replace(&mut last[column as usize], position as u32) != position as u32
                {
                    each(position, column);
                }
            });
        }
    }
}

/// Room for some more, and an eighth: twice as much, as vectors grow by themselves, would be most of a training's memory.
fn make_room<T>(items: &mut Vec<T>, n_more: usize) {
    if items.capacity() - items.len() < n_more {
        items.reserve_exact(n_more + items.len() / 8);
    }
}

/// What tells new from known while rows are pushed; reused from row to row.
#[derive(Clone, Debug)]
pub struct Seen {
    buckets: SeenBuckets,
    words: SeenWords,
}

impl Seen {
    /// For patterns of `2^bits` columns.
    pub fn new(bits: u32) -> Self {
        Self {
            buckets: SeenBuckets::new(bits),
            words: SeenWords::default(),
        }
    }
}

struct Writer<'a> {
    pattern: &'a mut Pattern,
    seen: &'a mut Seen,
    /// Where the sentence begins.
    start: Ends,
}

impl Sink for Writer<'_> {
    fn ngram(&mut self, ngram: WordNgram) {
        let column = bucket(ngram.hash, self.pattern.bits);
        let is_new = self.seen.buckets.insert(column);
        self.pattern
            .ngrams
            .push(if is_new { column } else { column | REPEAT });
    }

    fn word(&mut self, word: Word<'_>) {
        let bits = self.pattern.bits;
        let number = self.pattern.dictionary.number(word.hash, |columns| {
            char_ngrams(word.text(), |hash| columns.push(bucket(hash, bits)));
        });
        let is_new = self.seen.words.insert(word.hash);
        self.pattern
            .words
            .push(if is_new { number } else { number | REPEAT });
    }

    fn end_sentence(&mut self) {
        let end = self.pattern.end();
        // A sentence has at most 64 words, and a word at most three n-grams.
        let sizes = [end.ngrams - self.start.ngrams, end.words - self.start.words];
        self.pattern.sentences.push(sizes.map(|size| size as u16));
        self.start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::presence::tests::{N_COLUMNS, pattern, texts, views};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn appended_patterns_are_one(texts in texts(), cut in 0_usize..6) {
            let views = views(&texts);
            let cut = cut.min(views.len());
            let mut joined = pattern(&views[..cut]);
            joined.append(&pattern(&views[cut..]));
            let whole = pattern(&views);
            prop_assert_eq!((joined.n_rows(), joined.n_columns()), (views.len(), N_COLUMNS));
            let columns = |pattern: &Pattern, row| {
                let mut columns = Vec::new();
                pattern.for_each_column(row, |column| columns.push(column));
                (columns, pattern.sentences(row).count())
            };
            for row in 0..views.len() {
                prop_assert_eq!(columns(&joined, row), columns(&whole, row));
            }
        }

        #[test]
        fn columns_are_present_once_a_row(texts in texts()) {
            let pattern = pattern(&views(&texts));
            let mut found = Vec::new();
            pattern.for_each_present(0..texts.len(), |row, column| found.push((row, column)));
            for row in 0..texts.len() {
                let mut columns: Vec<u32> = found.iter().filter(|it| it.0 == row).map(|it| it.1).collect();
                let n = columns.len();
                columns.sort_unstable();
                columns.dedup();
                let mut expected = Vec::new();
                pattern.for_each_column(row, |column| expected.push(column));
                expected.sort_unstable();
                expected.dedup();
                prop_assert_eq!((columns, n), (expected.clone(), expected.len()));
            }
        }
    }
}
