//! A [`PresenceMatrix`] by column, for products with several vectors at a time.
//!
//! The solver's time is the time of reaching weights. By row, a comment of 70 words reaches a thousand weights in tables
//! that no cache holds. Here what stands still is the column: its rows are listed as 16-bit numbers within shards of
//! 32,768 rows, whose sums stay in the cache; the characters of a word are added up once for all rows that have the
//! word, which leaves a quarter of the additions; and each look-up serves [`Lane`] problems at a time, which share the
//! columns and differ in weights. Nothing depends on the number of threads: what is summed together, and in which order,
//! follows from the data.

mod lists;
mod shelf;

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use rayon::prelude::*;

use super::pattern::runs;
use super::presence::{N_BLOCKS, PresenceMatrix};
use super::stored::Room;
use lists::{Lists, Members};
use shelf::{Kept, Shelf};

/// One number for each of a few problems.
pub type Lane<const L: usize> = [f32; L];

/// Rows of a shard at most, so that a row's number within it has 16 bits and one sum a row and lane stays in the cache.
const SHARD: usize = 1 << 15;
/// Shards that rows are cut into where there are enough: work for as many threads.
const N_SHARDS: usize = 8;
const MIN_SHARD: usize = 1 << 11;
/// Shards that are read from a file and added up together.
const SHARDS_AT_A_TIME: usize = 4;
/// Ranges of columns, and of words, that are added up side by side.
const N_RANGES: usize = 32;

/// What a product with the transposed matrix adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// How often a row has a column: `n_ij`.
    Count = 0,
    /// `n_ij s_i`, where `s_i` scales the block: a value of the matrix over its column's idf.
    Value = 1,
    /// `n_ij s_i^2`: for a column that its rows have once, the square of the value.
    Square = 2,
}

/// Some rows of a matrix, column by column, idf left out: the weights that belong to it are weights times idf.
#[derive(Debug)]
pub struct Columns {
    /// Bucket of each column that some row has, and its idf.
    buckets: Vec<u32>,
    idf: Vec<f32>,
    n_buckets: usize,
    n_words: usize,
    /// Rows of each column of n-grams, and of each word, by shard.
    shards: Vec<Shard>,
    shelf: Option<Shelf>,
    /// Columns of each word, and words of each column.
    columns_of_word: Lists<u32>,
    words_of_column: Lists<u32>,
    /// By row and block.
    scales: Vec<[f32; N_BLOCKS]>,
}

#[derive(Debug)]
struct Shard {
    rows: Range<usize>,
    ngrams: Kept,
    words: Kept,
}

/// Marks a bucket or word that no row has.
const ABSENT: u32 = u32::MAX;

/// Numbers the present ones in order; `(their old numbers, the new number of each)`.
fn renumber(present: &[bool]) -> (Vec<u32>, Vec<u32>) {
    let old: Vec<u32> = (0..)
        .zip(present)
        .filter_map(|(old, &is)| is.then_some(old))
        .collect();
    let mut new = vec![ABSENT; present.len()];
    for (&old, number) in old.iter().zip(0..) {
        new[old as usize] = number;
    }
    (old, new)
}

/// Which buckets and which words some rows have.
fn presence(matrix: &PresenceMatrix, rows: &[usize]) -> io::Result<[Vec<bool>; 2]> {
    let none = || {
        [
            vec![false; matrix.n_columns()],
            vec![false; matrix.n_words()],
        ]
    };
    let of_part = |runs: &[Range<usize>]| -> io::Result<_> {
        let [mut has_bucket, mut has_word] = none();
        for run in runs {
            let window = matrix.rows(rows[run.start]..rows[run.end - 1] + 1)?;
            for &row in &rows[run.clone()] {
                let (ngrams, words) = matrix.row(&window, row);
                ngrams.for_each(|bucket| has_bucket[bucket as usize] = true);
                words.for_each(|word| has_word[word as usize] = true);
            }
        }
        Ok([has_bucket, has_word])
    };
    let both = |mut ours: [Vec<bool>; 2], theirs: [Vec<bool>; 2]| {
        let pairs = ours.iter_mut().flatten().zip(theirs.iter().flatten());
        pairs.for_each(|(ours, theirs)| *ours |= theirs);
        Ok(ours)
    };
    let runs = runs(rows);
    let parts = runs.par_chunks(runs.len().div_ceil(4).max(1)).map(of_part);
    parts.try_reduce_with(both).unwrap_or_else(|| Ok(none()))
}

impl Columns {
    /// Turns some rows of a matrix round, in ascending order. They are kept where the matrix has its own.
    ///
    /// # Errors
    /// Files that cannot be read or written, if rows are kept in files; so with products.
    ///
    /// # Complexity  O(nnz), twice 2 bytes of memory for a word n-gram or word, and 8 for a word's characters
    pub fn new(matrix: &PresenceMatrix, rows: &[usize]) -> io::Result<Self> {
        let [mut has_bucket, has_word] = presence(matrix, rows)?;
        let (words, word_of) = renumber(&has_word);
        for bucket in words.iter().flat_map(|&word| matrix.chars(word)) {
            has_bucket[bucket as usize] = true;
        }
        let (buckets, column_of) = renumber(&has_bucket);
        let size = rows.len().div_ceil(N_SHARDS).clamp(MIN_SHARD, SHARD);
        let lists = |start: &usize| -> io::Result<_> {
            let rows = &rows[*start..rows.len().min(start + size)];
            let (mut of_ngrams, mut of_words) = (Members::default(), Members::default());
            for run in runs(rows) {
                let window = matrix.rows(rows[run.start]..rows[run.end - 1] + 1)?;
                for &row in &rows[run] {
                    let (ngrams, words) = matrix.row(&window, row);
                    of_ngrams.push(ngrams.map(|bucket| column_of[bucket as usize]));
                    of_words.push(words.map(|word| word_of[word as usize]));
                }
            }
            let ngrams = of_ngrams.transposed(buckets.len());
            drop(of_ngrams);
            Ok((rows.len(), ngrams, of_words.transposed(words.len())))
        };
        let mut shelf = match matrix.room() {
            Room::Memory => None,
            room @ Room::Folder(_) => Some(Shelf::new(room)?),
        };
        let mut shards = Vec::new();
        let starts: Vec<usize> = (0..rows.len()).step_by(size).collect();
        for wave in starts.chunks(rayon::current_num_threads()) {
            let wave: Vec<_> = wave.par_iter().map(lists).collect::<io::Result<_>>()?;
            for (n_rows, ngrams, words) in wave {
                let start = shards.last().map_or(0, |shard: &Shard| shard.rows.end);
                shards.push(Shard {
                    rows: start..start + n_rows,
                    ngrams: Kept::new(ngrams, shelf.as_mut())?,
                    words: Kept::new(words, shelf.as_mut())?,
                });
            }
        }
        let chars = |word: usize| {
            let chars = matrix.chars(words[word]);
            chars.map(|bucket| column_of[bucket as usize])
        };
        let (columns_of_word, words_of_column) = rayon::join(
            || Lists::in_order((0..words.len()).map(chars)),
            || {
                Lists::of(buckets.len(), words.len(), |word, each| {
                    chars(word).for_each(each);
                })
            },
        );
        Ok(Self {
            n_words: words.len(),
            shards,
            shelf,
            columns_of_word,
            words_of_column,
            scales: rows.iter().map(|&row| matrix.scales(row)).collect(),
            idf: buckets.iter().map(|&bucket| matrix.idf(bucket)).collect(),
            n_buckets: matrix.n_columns(),
            buckets,
        })
    }

    /// idf of a column.
    pub fn idf(&self, column: usize) -> f32 {
        self.idf[column]
    }

    /// A vector of all buckets from one of the columns: 0 where no row has the bucket.
    pub fn by_bucket(&self, value: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut values = vec![0.0; self.n_buckets];
        for (column, &bucket) in self.buckets.iter().enumerate() {
            values[bucket as usize] = value(column);
        }
        values
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.scales.len()
    }

    /// Number of columns: buckets that some row has.
    pub fn n_columns(&self) -> usize {
        self.buckets.len()
    }

    /// `sum_j x_ij w_j` of every row and lane, for `weights` by column, each times its idf.
    ///
    /// # Complexity  O(word n-grams + words + characters of distinct words)
    pub fn dot<const L: usize>(
        &self,
        weights: &[Lane<L>],
        margins: &mut [Lane<L>],
    ) -> io::Result<()> {
        let mut words = vec![[0.0; L]; self.n_words];
        for_each_range(&mut words, |range, words| {
            for (word, columns) in self.columns_of_word.within(&range) {
                words[word - range.start] =
                    sum(columns.iter().map(|&column| weights[column as usize]));
            }
        });
        let mut rest = margins;
        let mut parts = Vec::with_capacity(self.shards.len());
        for shard in &self.shards {
            let (part, others) = rest.split_at_mut(shard.rows.len());
            parts.push((shard, part));
            rest = others;
        }
        parts.into_par_iter().try_for_each(|(shard, margins)| {
            let mut of_words = vec![[0.0; L]; margins.len()];
            push(&*self.lists(&shard.words)?, &words, &mut of_words);
            margins.fill([0.0; L]);
            push(&*self.lists(&shard.ngrams)?, weights, margins);
            let scales = &self.scales[shard.rows.clone()];
            for ((margin, of_words), scales) in margins.iter_mut().zip(&of_words).zip(scales) {
                for lane in 0..L {
                    margin[lane] = margin[lane] * scales[0] + of_words[lane] * scales[1];
                }
            }
            Ok(())
        })
    }

    /// `sum_i x_ij u_i` of every column and lane, over idf; or other [powers](Power) of `x_ij`.
    ///
    /// # Complexity  as [`Columns::dot`]
    pub fn transpose_dot<const L: usize>(
        &self,
        factors: &[Lane<L>],
        power: Power,
    ) -> io::Result<Vec<Lane<L>>> {
        let mut columns = vec![[0.0; L]; self.n_columns()];
        self.transpose_dot_into(factors, power, &mut columns, |_, _| ())?;
        Ok(columns)
    }

    /// The same into a buffer. `finish` is handed each range of columns while it is in the cache; what it gives comes back in
    /// the order of the ranges.
    pub fn transpose_dot_into<const L: usize, T: Send>(
        &self,
        factors: &[Lane<L>],
        power: Power,
        columns: &mut [Lane<L>],
        finish: impl Fn(Range<usize>, &mut [Lane<L>]) -> T + Sync,
    ) -> io::Result<Vec<T>> {
        let scaled = |block: usize| -> Vec<Lane<L>> {
            let pairs = factors.par_iter().zip(&self.scales);
            pairs
                .map(|(factor, scales)| factor.map(|x| x * scales[block].powi(power as i32)))
                .collect()
        };
        let mut words = vec![[0.0; L]; self.n_words];
        self.pull_shards(&scaled(1), |shard| &shard.words, &mut words, |_, _| ())?;
        self.pull_shards(
            &scaled(0),
            |shard| &shard.ngrams,
            columns,
            |range, columns| {
                pull(&self.words_of_column, &range, &words, columns);
                finish(range, columns)
            },
        )
    }

    /// Sets every key to what the shards have of it, added up in their order, and hands each range to `finish`.
    fn pull_shards<const L: usize, T: Send>(
        &self,
        values: &[Lane<L>],
        lists: impl Fn(&Shard) -> &Kept + Sync,
        sums: &mut [Lane<L>],
        finish: impl Fn(Range<usize>, &mut [Lane<L>]) -> T + Sync,
    ) -> io::Result<Vec<T>> {
        let size = match self.shelf {
            None => self.shards.len().max(1),
            Some(_) => SHARDS_AT_A_TIME,
        };
        // All but the last ones first; of no rows there is one empty part.
        let n_before = self.shards.len().saturating_sub(1) / size * size;
        let (before, last) = self.shards.split_at(n_before);
        for_each_range(sums, |_, sums| sums.fill([0.0; L]));
        for shards in before.chunks(size) {
            self.pull_some(shards, values, &lists, sums, |_, _| ())?;
        }
        self.pull_some(last, values, &lists, sums, finish)
    }

    /// Adds to every key what some shards have of it.
    fn pull_some<const L: usize, T: Send>(
        &self,
        shards: &[Shard],
        values: &[Lane<L>],
        lists: &(impl Fn(&Shard) -> &Kept + Sync),
        sums: &mut [Lane<L>],
        finish: impl Fn(Range<usize>, &mut [Lane<L>]) -> T + Sync,
    ) -> io::Result<Vec<T>> {
        let of_shards = shards.par_iter().map(|shard| self.lists(lists(shard)));
        let of_shards: Vec<_> = of_shards.collect::<io::Result<_>>()?;
        Ok(for_each_range(sums, |range, sums| {
            for (shard, lists) in shards.iter().zip(&of_shards) {
                pull(lists, &range, &values[shard.rows.clone()], sums);
            }
            finish(range, sums)
        }))
    }

    fn lists<'a>(&'a self, kept: &'a Kept) -> io::Result<Cow<'a, Lists<u16>>> {
        kept.lists(self.shelf.as_ref())
    }
}

/// Cuts a slice into ranges that follow from its length alone.
fn for_each_range<S: Send, T: Send>(
    slice: &mut [S],
    each: impl Fn(Range<usize>, &mut [S]) -> T + Sync,
) -> Vec<T> {
    let size = slice.len().div_ceil(N_RANGES).max(1);
    let parts = slice.par_chunks_mut(size).enumerate();
    parts
        .map(|(i, part)| each(i * size..i * size + part.len(), part))
        .collect()
}

#[inline]
fn add<const L: usize>(sum: &mut Lane<L>, values: &Lane<L>) {
    sum.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += value);
}

#[inline]
fn sum<const L: usize>(values: impl Iterator<Item = Lane<L>>) -> Lane<L> {
    let mut total = [0.0; L];
    values.for_each(|value| add(&mut total, &value));
    total
}

/// Adds the value of each key to the items of its list.
fn push<const L: usize>(lists: &Lists<u16>, values: &[Lane<L>], sums: &mut [Lane<L>]) {
    for (key, items) in lists.all() {
        let value = values[key];
        items
            .iter()
            .for_each(|&item| add(&mut sums[usize::from(item)], &value));
    }
}

/// Adds to each key of a range the values of the items of its list.
fn pull<const L: usize, T: Copy + Default + TryFrom<usize> + Into<u32>>(
    lists: &Lists<T>,
    range: &Range<usize>,
    values: &[Lane<L>],
    sums: &mut [Lane<L>],
) {
    for (key, items) in lists.within(range) {
        let total = sum(items.iter().map(|&item| values[item.into() as usize]));
        add(&mut sums[key - range.start], &total);
    }
}

#[cfg(test)]
mod tests;
