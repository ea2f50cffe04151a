//! A [`PresenceMatrix`] by column, for products with several vectors at a time.
//!
//! The solver's time is the time of reaching weights. By row, a comment of 70 words reaches a thousand weights in tables
//! that no cache holds. Here what stands still is the column: its rows are listed as 16-bit numbers within shards of
//! 32,768 rows, whose sums stay in the cache; the characters of a word are added up once for all rows that have the
//! word, which leaves a quarter of the additions; and each look-up serves [`Lane`] problems at a time, which share the
//! columns and differ in weights. Nothing depends on the number of threads: what is summed together, and in which order,
//! follows from the data.

use rayon::prelude::*;

use super::presence::{N_BLOCKS, PresenceMatrix};

/// One number for each of a few problems.
pub type Lane<const L: usize> = [f32; L];

/// Rows of a shard at most, so that a row's number within it has 16 bits and one sum a row and lane stays in the cache.
const SHARD: usize = 1 << 15;
/// Shards that rows are cut into where there are enough: work for as many threads.
const N_SHARDS: usize = 8;
const MIN_SHARD: usize = 1 << 11;
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
    /// Columns of each word, and words of each column.
    columns_of_word: Lists<u32>,
    words_of_column: Lists<u32>,
    /// By row and block.
    scales: Vec<[f32; N_BLOCKS]>,
}

#[derive(Debug)]
struct Shard {
    rows: std::ops::Range<usize>,
    ngrams: Lists<u16>,
    words: Lists<u16>,
}

/// For each of some keys, in ascending order, a list.
#[derive(Debug)]
struct Lists<T> {
    keys: Vec<u32>,
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default + TryFrom<usize>> Lists<T> {
    /// From the items of key 0, of key 1 and so on.
    fn in_order(lists: impl Iterator<Item = impl Iterator<Item = T>>) -> Self {
        let (mut ends, mut items) = (Vec::new(), Vec::new());
        for list in lists {
            items.extend(list);
            ends.push(items.len() as u32);
        }
        items.shrink_to_fit();
        Self {
            keys: (0..ends.len() as u32).collect(),
            ends,
            items,
        }
    }

    /// From `(key, item)` pairs: `each` hands on the keys of one item after the other.
    fn of(n_keys: usize, n_items: usize, each: impl Fn(usize, &mut dyn FnMut(u32))) -> Self {
        let mut counts = vec![0_u32; n_keys];
        (0..n_items).for_each(|item| each(item, &mut |key| counts[key as usize] += 1));
        let n_lists = counts.iter().filter(|&&count| count > 0).count();
        let (mut keys, mut ends) = (Vec::with_capacity(n_lists), Vec::with_capacity(n_lists));
        let mut end = 0;
        for (count, key) in counts.iter_mut().zip(0..) {
            let start = end;
            end += *count;
            if *count > 0 {
                keys.push(key);
                ends.push(end);
            }
            // From now on: where the next item goes.
            *count = start;
        }
        let mut items = vec![T::default(); end as usize];
        for item in 0..n_items {
            let number = T::try_from(item).unwrap_or_default();
            each(item, &mut |key| {
                let at = &mut counts[key as usize];
                items[*at as usize] = number;
                *at += 1;
            });
        }
        Self { keys, ends, items }
    }

    /// The lists of the keys of a range.
    #[inline]
    fn within(&self, keys: &std::ops::Range<usize>) -> impl Iterator<Item = (usize, &[T])> {
        let first = self
            .keys
            .partition_point(|&key| (key as usize) < keys.start);
        let last = self.keys.partition_point(|&key| (key as usize) < keys.end);
        let mut start = if first == 0 { 0 } else { self.ends[first - 1] };
        (self.keys[first..last].iter().zip(&self.ends[first..last])).map(move |(&key, &end)| {
            let items = &self.items[start as usize..end as usize];
            start = end;
            (key as usize, items)
        })
    }

    fn all(&self) -> impl Iterator<Item = (usize, &[T])> {
        self.within(&(0..usize::MAX))
    }
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

impl Columns {
    /// Turns some rows of a matrix round.
    ///
    /// # Complexity  O(nnz), twice 2 bytes of memory for a word n-gram or word, and 8 for a word's characters
    pub fn new(matrix: &PresenceMatrix, rows: &[usize]) -> Self {
        let mut has_bucket = vec![false; matrix.n_columns()];
        let mut has_word = vec![false; matrix.n_words()];
        for &row in rows {
            let (ngrams, words) = matrix.row(row);
            ngrams.for_each(|bucket| has_bucket[bucket as usize] = true);
            words.for_each(|word| has_word[word as usize] = true);
        }
        let (words, word_of) = renumber(&has_word);
        for bucket in words.iter().flat_map(|&word| matrix.chars(word)) {
            has_bucket[bucket as usize] = true;
        }
        let (buckets, column_of) = renumber(&has_bucket);
        let size = rows.len().div_ceil(N_SHARDS).clamp(MIN_SHARD, SHARD);
        let shard = |start: usize| {
            let rows = &rows[start..rows.len().min(start + size)];
            Shard {
                rows: start..start + rows.len(),
                ngrams: Lists::of(buckets.len(), rows.len(), |row, each| {
                    let (ngrams, _) = matrix.row(rows[row]);
                    ngrams.for_each(|bucket| each(column_of[bucket as usize]));
                }),
                words: Lists::of(words.len(), rows.len(), |row, each| {
                    let (_, words) = matrix.row(rows[row]);
                    words.for_each(|word| each(word_of[word as usize]));
                }),
            }
        };
        let starts: Vec<usize> = (0..rows.len()).step_by(size).collect();
        let shards = starts.into_par_iter().map(shard).collect();
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
        Self {
            n_words: words.len(),
            shards,
            columns_of_word,
            words_of_column,
            scales: rows.iter().map(|&row| matrix.scales(row)).collect(),
            idf: buckets.iter().map(|&bucket| matrix.idf(bucket)).collect(),
            n_buckets: matrix.n_columns(),
            buckets,
        }
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
    pub fn dot<const L: usize>(&self, weights: &[Lane<L>], margins: &mut [Lane<L>]) {
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
        parts.into_par_iter().for_each(|(shard, margins)| {
            let mut of_words = vec![[0.0; L]; margins.len()];
            push(&shard.words, &words, &mut of_words);
            margins.fill([0.0; L]);
            push(&shard.ngrams, weights, margins);
            let scales = &self.scales[shard.rows.clone()];
            for ((margin, of_words), scales) in margins.iter_mut().zip(&of_words).zip(scales) {
                for lane in 0..L {
                    margin[lane] = margin[lane] * scales[0] + of_words[lane] * scales[1];
                }
            }
        });
    }

    /// `sum_i x_ij u_i` of every column and lane, over idf; or other [powers](Power) of `x_ij`.
    ///
    /// # Complexity  as [`Columns::dot`]
    pub fn transpose_dot<const L: usize>(&self, factors: &[Lane<L>], power: Power) -> Vec<Lane<L>> {
        let mut columns = vec![[0.0; L]; self.n_columns()];
        self.transpose_dot_into(factors, power, &mut columns, |_, _| ());
        columns
    }

    /// The same into a buffer. `finish` is handed each range of columns while it is in the cache; what it gives comes back in
    /// the order of the ranges.
    pub fn transpose_dot_into<const L: usize, T: Send>(
        &self,
        factors: &[Lane<L>],
        power: Power,
        columns: &mut [Lane<L>],
        finish: impl Fn(std::ops::Range<usize>, &mut [Lane<L>]) -> T + Sync,
    ) -> Vec<T> {
        let scaled = |block: usize| -> Vec<Lane<L>> {
            let pairs = factors.par_iter().zip(&self.scales);
            pairs
                .map(|(factor, scales)| factor.map(|x| x * scales[block].powi(power as i32)))
                .collect()
        };
        let [for_ngrams, for_words] = [0, 1].map(scaled);
        let mut words = vec![[0.0; L]; self.n_words];
        for_each_range(&mut words, |range, words| {
            for shard in &self.shards {
                pull(&shard.words, &range, &for_words[shard.rows.clone()], words);
            }
        });
        for_each_range(columns, |range, columns| {
            columns.fill([0.0; L]);
            for shard in &self.shards {
                pull(
                    &shard.ngrams,
                    &range,
                    &for_ngrams[shard.rows.clone()],
                    columns,
                );
            }
            pull(&self.words_of_column, &range, &words, columns);
            finish(range, columns)
        })
    }
}

/// Cuts a slice into ranges that follow from its length alone.
fn for_each_range<S: Send, T: Send>(
    slice: &mut [S],
    each: impl Fn(std::ops::Range<usize>, &mut [S]) -> T + Sync,
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
    range: &std::ops::Range<usize>,
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
