//! What extraction finds in each row: which columns, not what they count.
//!
//! The values of a row follow from its columns, so only these are stored. The characters of a word are stored once for all
//! rows, so a row is its word n-grams and its words: some 200 numbers for a comment of 70 words, a sixth of its features.

mod dictionary;

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use super::stored::{Room, Stored};
use crate::features::hashing::bucket;
use crate::features::rows::{SeenBuckets, SeenWords};
use crate::features::{Sink, Word, WordNgram, char_ngrams, extract};
use crate::text::TextView;
use dictionary::Dictionary;

/// Marks an n-gram or word that the row had before.
pub(super) const REPEAT: u32 = 1 << 31;

/// Rows that are read and given back at a time.
pub const WINDOW: usize = 1 << 13;

/// What extraction finds in each row, before any scaling: sentences of word n-grams and words, in order.
#[derive(Debug)]
pub struct Pattern {
    bits: u32,
    room: Room,
    /// Columns of n-grams, sentence after sentence.
    ngrams: Stored<u32>,
    /// Numbers of words, likewise.
    words: Stored<u32>,
    /// How many of both each sentence has.
    sentences: Stored<[u16; 2]>,
    /// Where each row ends.
    ends: Stored<Ends>,
    pub(super) dictionary: Dictionary,
}

/// Positions in the lists of n-grams, of words and of sentences.
type Ends = [u64; 3];

/// Rows that are being read, with a dictionary of their own, on their way into a [`Pattern`].
#[derive(Clone, Debug)]
pub struct Piece {
    bits: u32,
    ngrams: Vec<u32>,
    words: Vec<u32>,
    sentences: Vec<[u16; 2]>,
    ends: Vec<Ends>,
    dictionary: Dictionary,
}

/// Some rows of a [`Pattern`] in a line, in memory.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// Number of the first one, and where it begins.
    first: usize,
    start: Ends,
    ngrams: Cow<'a, [u32]>,
    words: Cow<'a, [u32]>,
    sentences: Cow<'a, [[u16; 2]]>,
    ends: Cow<'a, [Ends]>,
}

/// Cuts some rows, in ascending order, into runs within windows of [`WINDOW`] rows: ranges of positions.
pub fn runs(rows: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if rows[run.start] / WINDOW == row / WINDOW => run.end += 1,
            _ => runs.push(position..position + 1),
        }
    }
    runs
}

impl Piece {
    /// No rows, of `2^bits` columns.
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
            piece: self,
            seen,
            start,
        };
        extract(view, &mut writer);
        self.ends.push(self.end());
    }

    /// Where the next row begins.
    fn end(&self) -> Ends {
        [self.ngrams.len(), self.words.len(), self.sentences.len()].map(|n| n as u64)
    }
}

impl Pattern {
    /// An empty pattern of `2^bits` columns, whose rows are kept in some room.
    ///
    /// # Errors
    /// As [`Stored::new`]; so with all that follows.
    pub fn new(bits: u32, room: &Room) -> io::Result<Self> {
        Ok(Self {
            bits,
            room: room.clone(),
            ngrams: Stored::new(room)?,
            words: Stored::new(room)?,
            sentences: Stored::new(room)?,
            ends: Stored::new(room)?,
            dictionary: Dictionary::default(),
        })
    }

    /// Appends rows.
    pub fn append(&mut self, piece: &Piece) -> io::Result<()> {
        let numbers: Vec<u32> = (piece.dictionary.hashes().iter().zip(0..))
            .map(|(&hash, number)| {
                self.dictionary.number(hash, |columns| {
                    columns.extend_from_slice(piece.dictionary.columns(number));
                })
            })
            .collect();
        let renumber = |word: &u32| numbers[(word & !REPEAT) as usize] | word & REPEAT;
        let words: Vec<u32> = piece.words.iter().map(renumber).collect();
        let start = [self.ngrams.len(), self.words.len(), self.sentences.len()];
        let shift = |end: &Ends| std::array::from_fn(|list| start[list] as u64 + end[list]);
        let ends: Vec<Ends> = piece.ends.iter().map(shift).collect();
        self.ngrams.append(&piece.ngrams)?;
        self.words.append(&words)?;
        self.sentences.append(&piece.sentences)?;
        self.ends.append(&ends)
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.ends.len()
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        1 << self.bits
    }

    /// Where the rows are kept.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Some rows in a line: borrowed, or read into memory.
    pub fn rows(&self, rows: Range<usize>) -> io::Result<Rows<'_>> {
        let ends = self.ends.read(rows.clone())?;
        let start = match rows.start {
            0 => [0; 3],
            first => self.ends.read(first - 1..first)?[0],
        };
        let end = ends.last().copied().unwrap_or(start);
        let range = |list: usize| start[list] as usize..end[list] as usize;
        Ok(Rows {
            first: rows.start,
            start,
            ngrams: self.ngrams.read(range(0))?,
            words: self.words.read(range(1))?,
            sentences: self.sentences.read(range(2))?,
            ends,
        })
    }

    /// The columns of a row; those of its words' characters as often as distinct words have them.
    #[inline]
    fn for_each_column(&self, rows: &Rows, row: usize, mut each: impl FnMut(u32)) {
        let (ngrams, words) = rows.row(row);
        ngrams.for_each(&mut each);
        words.for_each(|word| {
            self.dictionary
                .columns(word)
                .iter()
                .for_each(|&column| each(column));
        });
    }

    /// The columns of each of some rows, in ascending order, each once a row, with the row's position among them.
    ///
    /// # Complexity  O(nnz)
    pub fn for_each_present(
        &self,
        rows: &[usize],
        mut each: impl FnMut(usize, u32),
    ) -> io::Result<()> {
        let mut seen = SeenBuckets::new(self.bits);
        for run in runs(rows) {
            let window = self.rows(rows[run.start]..rows[run.end - 1] + 1)?;
            for position in run {
                seen.clear();
                self.for_each_column(&window, rows[position], |column| {
                    if seen.insert(column) {
                        each(position, column);
                    }
                });
            }
        }
        Ok(())
    }
}

impl Rows<'_> {
    /// Where a row begins and ends in the lists of this window.
    #[inline]
    fn bounds(&self, row: usize) -> [[usize; 3]; 2] {
        let at = row - self.first;
        let start = if at == 0 {
            self.start
        } else {
            self.ends[at - 1]
        };
        [start, self.ends[at]]
            .map(|end| std::array::from_fn(|list| (end[list] - self.start[list]) as usize))
    }

    /// The n-grams and words of each sentence of a row, with their marks.
    pub(super) fn sentences(&self, row: usize) -> impl Iterator<Item = (&[u32], &[u32])> {
        let [start, end] = self.bounds(row);
        let [mut ngrams, mut words, _] = start;
        let sizes = &self.sentences[start[2]..end[2]];
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
        let ngrams = &self.ngrams[start[0]..end[0]];
        let words = &self.words[start[1]..end[1]];
        let is_new = |x: &u32| x & REPEAT == 0;
        (
            ngrams.iter().copied().filter(is_new),
            words.iter().copied().filter(is_new),
        )
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
    piece: &'a mut Piece,
    seen: &'a mut Seen,
    /// Where the sentence begins.
    start: Ends,
}

impl Sink for Writer<'_> {
    fn ngram(&mut self, ngram: WordNgram) {
        let column = bucket(ngram.hash, self.piece.bits);
        let is_new = self.seen.buckets.insert(column);
        self.piece
            .ngrams
            .push(if is_new { column } else { column | REPEAT });
    }

    fn word(&mut self, word: Word<'_>) {
        let bits = self.piece.bits;
        let number = self.piece.dictionary.number(word.hash, |columns| {
            char_ngrams(word.text(), |hash| columns.push(bucket(hash, bits)));
        });
        let is_new = self.seen.words.insert(word.hash);
        self.piece
            .words
            .push(if is_new { number } else { number | REPEAT });
    }

    fn end_sentence(&mut self) {
        let end = self.piece.end();
        // A sentence has at most 64 words, and a word at most three n-grams.
        let sizes = [0, 1].map(|list| end[list] - self.start[list]);
        self.piece.sentences.push(sizes.map(|size| size as u16));
        self.start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::presence::tests::{N_COLUMNS, pattern, piece, texts, views};
    use super::*;
    use proptest::prelude::*;

    /// The columns of each row, and how many sentences it has.
    fn read(pattern: &Pattern, window: usize) -> Vec<(Vec<u32>, usize)> {
        let mut found = Vec::new();
        for start in (0..pattern.n_rows()).step_by(window) {
            let end = pattern.n_rows().min(start + window);
            let rows = pattern.rows(start..end).unwrap();
            for row in start..end {
                let mut columns = Vec::new();
                pattern.for_each_column(&rows, row, |column| columns.push(column));
                found.push((columns, rows.sentences(row).count()));
            }
        }
        found
    }

    proptest! {
        #[test]
        fn pieces_are_one_pattern_wherever_they_are_kept(texts in texts(), cut in 0_usize..6, window in 1_usize..6) {
            let views = views(&texts);
            let cut = cut.min(views.len());
            let folder = tempfile::tempdir().unwrap();
            let whole = read(&pattern(&views), views.len());
            for room in [Room::Memory, Room::Folder(folder.path().into())] {
                let mut joined = Pattern::new(pattern(&views).bits, &room).unwrap();
                joined.append(&piece(&views[..cut])).unwrap();
                joined.append(&piece(&views[cut..])).unwrap();
                prop_assert_eq!((joined.n_rows(), joined.n_columns()), (views.len(), N_COLUMNS));
                prop_assert_eq!(&read(&joined, window), &whole);
            }
        }

        #[test]
        fn columns_are_present_once_a_row(texts in texts()) {
            let pattern = pattern(&views(&texts));
            let rows: Vec<usize> = (0..texts.len()).collect();
            let mut found = Vec::new();
            pattern.for_each_present(&rows, |row, column| found.push((row, column))).unwrap();
            for (row, (mut expected, _)) in read(&pattern, rows.len()).into_iter().enumerate() {
                let mut columns: Vec<u32> = found.iter().filter(|it| it.0 == row).map(|it| it.1).collect();
                let n = columns.len();
                columns.sort_unstable();
                columns.dedup();
                expected.sort_unstable();
                expected.dedup();
                prop_assert_eq!((columns, n), (expected.clone(), expected.len()));
            }
        }
    }

    #[test]
    fn runs_stay_within_windows() {
        assert!(runs(&[]).is_empty());
        let rows = [0, 5, WINDOW - 1, WINDOW, 3 * WINDOW + 1];
        assert_eq!(runs(&rows), [0..3, 3..4, 4..5]);
    }
}
