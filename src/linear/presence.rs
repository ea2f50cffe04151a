//! Rows of presence, as text features give them: which columns a row has, scaled by column and block.
//!
//! The values follow from the columns, so only these are stored. The characters of a word are stored once for all
//! rows, so a row is its word n-grams and its words: some 200 numbers for a comment of 70 words, a sixth of its features.

use rustc_hash::FxHashMap;

use rayon::prelude::*;

use super::sparse::SparseRows;
use crate::features::hashing::bucket;
use crate::features::rows::{SeenBuckets, SeenWords};
use crate::features::{Sink, Word, WordNgram, char_ngrams, extract};
use crate::text::TextView;

/// Number of blocks whose features are normalised by themselves: word n-grams, and characters.
pub const N_BLOCKS: usize = 2;

/// Marks an n-gram or word that the row had before.
const REPEAT: u32 = 1 << 31;

/// What extraction finds in each row, before any scaling: sentences of word n-grams and words, in order.
#[derive(Clone, Debug)]
pub struct Pattern {
    bits: u32,
    /// Columns of n-grams, sentence after sentence.
    ngrams: Vec<u32>,
    /// Numbers of words, likewise.
    words: Vec<u32>,
    /// Where each sentence ends in both.
    sentences: Vec<[usize; 2]>,
    /// Where each row ends among the sentences.
    rows: Vec<usize>,
    dictionary: Dictionary,
}

/// Words and the columns of their characters, those of an n-gram that a word has twice twice.
#[derive(Clone, Debug, Default)]
struct Dictionary {
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

    #[inline]
    fn columns(&self, number: u32) -> &[u32] {
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
            rows: Vec::new(),
            dictionary: Dictionary::default(),
        }
    }

    /// Appends a row.
    ///
    /// # Complexity  O(bytes of the text)
    pub fn push_row(&mut self, view: &TextView, seen: &mut Seen) {
        seen.buckets.clear();
        seen.words.clear(view.tokens.len() + view.recovered.len());
        extract(
            view,
            &mut Writer {
                pattern: self,
                seen,
            },
        );
        self.rows.push(self.sentences.len());
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
        let (n_ngrams, n_words, n_sentences) =
            (self.ngrams.len(), self.words.len(), self.sentences.len());
        self.ngrams.extend_from_slice(&other.ngrams);
        let renumbered = other
            .words
            .iter()
            .map(|word| numbers[(word & !REPEAT) as usize] | word & REPEAT);
        self.words.extend(renumbered);
        self.sentences.extend(
            other
                .sentences
                .iter()
                .map(|[ngrams, words]| [ngrams + n_ngrams, words + n_words]),
        );
        self.rows
            .extend(other.rows.iter().map(|end| end + n_sentences));
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        1 << self.bits
    }

    fn sentences(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.rows[row - 1] };
        start..self.rows[row]
    }

    /// The n-grams and words of some sentences in a row, with their marks.
    #[inline]
    fn range(&self, sentences: std::ops::Range<usize>) -> (&[u32], &[u32]) {
        let end = |sentence: usize| {
            if sentence == 0 {
                [0, 0]
            } else {
                self.sentences[sentence - 1]
            }
        };
        let ([ngrams, words], [ngrams_end, words_end]) = (end(sentences.start), end(sentences.end));
        (
            &self.ngrams[ngrams..ngrams_end],
            &self.words[words..words_end],
        )
    }

    /// Distinct n-grams and distinct words of a row.
    #[inline]
    fn row(
        &self,
        row: usize,
    ) -> (
        impl Iterator<Item = u32> + '_,
        impl Iterator<Item = u32> + '_,
    ) {
        let (ngrams, words) = self.range(self.sentences(row));
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
        let ends = [self.pattern.ngrams.len(), self.pattern.words.len()];
        self.pattern.sentences.push(ends);
    }
}

/// A [`Pattern`] scaled by column (idf) and, block by block, to about unit length:
/// `x_ij = n_ij idf_j / sqrt(sum_k n_ik idf_k^2)`, where `n_ij` is 1 for an n-gram of words and, for one of characters,
/// how often the row's distinct words have it. (With `n_ik^2` the sum would not be one over words.)
#[derive(Clone, Debug)]
pub struct PresenceMatrix<'a> {
    pattern: &'a Pattern,
    idf: &'a [f32],
    /// Sum of squared idf over the characters of each word.
    word_squares: Vec<f32>,
    /// `1 / norm` per row and block; 0 for an empty block.
    scales: Vec<[f32; N_BLOCKS]>,
}

impl<'a> PresenceMatrix<'a> {
    /// Scales a pattern. A column of idf 0 counts as absent.
    pub fn new(pattern: &'a Pattern, idf: &'a [f32]) -> Self {
        let square = |column: u32| f64::from(idf[column as usize]).powi(2);
        let words = 0..pattern.dictionary.hashes.len() as u32;
        let word_squares = words.map(|word| {
            pattern
                .dictionary
                .columns(word)
                .iter()
                .map(|&column| square(column))
                .sum::<f64>() as f32
        });
        let word_squares: Vec<f32> = word_squares.collect();
        let scale = |row: usize| {
            let (ngrams, words) = pattern.row(row);
            let squares = [
                ngrams.map(square).sum(),
                words
                    .map(|word| f64::from(word_squares[word as usize]))
                    .sum(),
            ];
            squares.map(|sum| inverse_norm(sum) as f32)
        };
        let scales = (0..pattern.n_rows()).into_par_iter().map(scale).collect();
        Self {
            pattern,
            idf,
            word_squares,
            scales,
        }
    }

    /// `sum_j x_ij coef_j` for weights by column.
    pub fn dot_coef(&self, row: usize, coef: &[f64]) -> f64 {
        let value = |column: u32| coef[column as usize] * f64::from(self.idf[column as usize]);
        let (ngrams, words) = self.pattern.row(row);
        let sums = [
            ngrams.map(value).sum::<f64>(),
            words.map(|word| self.word_sum(word, &value)).sum(),
        ];
        sums.iter()
            .zip(self.scales[row])
            .map(|(sum, scale)| sum * f64::from(scale))
            .sum()
    }

    /// The largest such sum over the sentences of a row, each a row of its own in which all occurrences count; `value` is a
    /// column's weight times idf. `None` for a row without words.
    pub fn strongest_sentence(&self, row: usize, value: &impl Fn(u32) -> f64) -> Option<f64> {
        let square = |column: u32| f64::from(self.idf[column as usize]).powi(2);
        let of_sentence = |sentence: usize| {
            let (ngrams, words) = self.pattern.range(sentence..sentence + 1);
            let ngrams = || ngrams.iter().map(|&ngram| ngram & !REPEAT);
            let words = || words.iter().map(|&word| word & !REPEAT);
            let squares = [
                ngrams().map(square).sum(),
                words()
                    .map(|word| f64::from(self.word_squares[word as usize]))
                    .sum(),
            ];
            let sums = [
                ngrams().map(value).sum::<f64>(),
                words().map(|word| self.word_sum(word, value)).sum(),
            ];
            sums[0] * inverse_norm(squares[0]) + sums[1] * inverse_norm(squares[1])
        };
        self.pattern
            .sentences(row)
            .map(of_sentence)
            .reduce(f64::max)
    }

    fn word_sum(&self, word: u32, value: &impl Fn(u32) -> f64) -> f64 {
        self.pattern
            .dictionary
            .columns(word)
            .iter()
            .map(|&column| value(column))
            .sum()
    }
}

/// `1 / sqrt(sum)`, or 0 for an empty block.
pub fn inverse_norm(sum_of_squares: f64) -> f64 {
    if sum_of_squares > 0.0 {
        sum_of_squares.sqrt().recip()
    } else {
        0.0
    }
}

/// A weight times its column's scale, beside the step it takes per unit of gradient (scale squared
/// times prior variance): one cache line serves both.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScaledWeight {
    scaled: f32,
    rate: f32,
}

impl ScaledWeight {
    /// The weight times its column's idf.
    pub fn value(self) -> f64 {
        f64::from(self.scaled)
    }
}

impl SparseRows for PresenceMatrix<'_> {
    type Weights = Vec<ScaledWeight>;

    fn n_rows(&self) -> usize {
        self.scales.len()
    }

    fn n_columns(&self) -> usize {
        self.idf.len()
    }

    fn zeros(&self, prior: &[f32]) -> Self::Weights {
        let rates = self
            .idf
            .iter()
            .zip(prior)
            .map(|(&idf, &prior)| idf * idf * prior);
        rates
            .map(|rate| ScaledWeight { scaled: 0.0, rate })
            .collect()
    }

    fn dot(&self, row: usize, weights: &Self::Weights) -> f64 {
        let scaled = |column: u32| weights[column as usize].scaled;
        let (ngrams, words) = self.pattern.row(row);
        let of_word = |word: u32| -> f32 {
            let columns = self.pattern.dictionary.columns(word);
            columns.iter().map(|&column| scaled(column)).sum()
        };
        let sums = [ngrams.map(scaled).sum::<f32>(), words.map(of_word).sum()];
        sums.iter()
            .zip(self.scales[row])
            .map(|(&sum, scale)| f64::from(sum) * f64::from(scale))
            .sum()
    }

    fn axpy(&self, row: usize, factor: f64, weights: &mut Self::Weights) {
        let [for_ngrams, for_words] =
            self.scales[row].map(|scale| (factor * f64::from(scale)) as f32);
        let mut step = |column: u32, by: f32| {
            let weight = &mut weights[column as usize];
            weight.scaled += by * weight.rate;
        };
        let (ngrams, words) = self.pattern.row(row);
        ngrams.for_each(|column| step(column, for_ngrams));
        for word in words {
            self.pattern
                .dictionary
                .columns(word)
                .iter()
                .for_each(|&column| step(column, for_words));
        }
    }

    fn squared_norms(
        &self,
        rows: impl Iterator<Item = usize>,
        weights: &Self::Weights,
    ) -> Vec<f64> {
        // How often the row has had a column: the square of n is the sum of the first n odd numbers.
        let mut counts = vec![0_u32; self.idf.len()];
        let rate = |column: u32| weights[column as usize].rate;
        let norm = |row: usize| {
            let (ngrams, words) = self.pattern.row(row);
            let of_ngrams: f32 = ngrams.map(rate).sum();
            let mut of_words = 0.0_f32;
            let columns = |word| self.pattern.dictionary.columns(word).iter();
            for &column in words.flat_map(columns) {
                let count = &mut counts[column as usize];
                of_words += (2 * *count + 1) as f32 * rate(column);
                *count += 1;
            }
            let (_, words) = self.pattern.row(row);
            words
                .flat_map(columns)
                .for_each(|&column| counts[column as usize] = 0);
            let squares = self.scales[row].map(|scale| f64::from(scale).powi(2));
            f64::from(of_ngrams) * squares[0] + f64::from(of_words) * squares[1]
        };
        rows.map(norm).collect()
    }

    fn coef(&self, weights: &Self::Weights) -> Vec<f64> {
        let unscale = |(weight, &idf): (&ScaledWeight, &f32)| match idf {
            0.0 => 0.0,
            _ => f64::from(weight.scaled) / f64::from(idf),
        };
        weights.iter().zip(self.idf).map(unscale).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::text::TextTables;
    use proptest::prelude::*;

    const BITS: u32 = 3;
    const N_COLUMNS: usize = 1 << BITS;

    /// A pattern of the columns of n-grams, row by row.
    pub(crate) fn pattern_of(bits: u32, rows: &[&[u32]]) -> Pattern {
        let mut pattern = Pattern::new(bits);
        for row in rows {
            pattern.ngrams.extend_from_slice(row);
            pattern.sentences.push([pattern.ngrams.len(), 0]);
            pattern.rows.push(pattern.sentences.len());
        }
        pattern
    }

    /// Texts of a few letters, so that words and n-grams repeat.
    fn texts() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("([ab]{1,3}[.]? ){0,12}", 1..6)
    }

    fn views(texts: &[String]) -> Vec<TextView> {
        let view = |text: &String| {
            let mut view = TextView::default();
            view.parse(text, &TextTables::default());
            view
        };
        texts.iter().map(view).collect()
    }

    fn pattern(views: &[TextView]) -> Pattern {
        let (mut pattern, mut seen) = (Pattern::new(BITS), Seen::new(BITS));
        views
            .iter()
            .for_each(|view| pattern.push_row(view, &mut seen));
        pattern
    }

    /// A text's values by their definition, in full; of each sentence by itself if the text is not `whole`.
    #[derive(Default)]
    struct Definition {
        whole: bool,
        ngrams: Vec<u32>,
        words: Vec<(u64, Vec<u32>)>,
        parts: Vec<(Vec<u32>, Vec<u32>)>,
    }

    impl Sink for Definition {
        fn ngram(&mut self, ngram: WordNgram) {
            let column = bucket(ngram.hash, BITS);
            if !self.whole || !self.ngrams.contains(&column) {
                self.ngrams.push(column);
            }
        }
        fn word(&mut self, word: Word<'_>) {
            if !self.whole || self.words.iter().all(|(hash, _)| *hash != word.hash) {
                let mut columns = Vec::new();
                char_ngrams(word.text(), |hash| columns.push(bucket(hash, BITS)));
                self.words.push((word.hash, columns));
            }
        }
        fn end_sentence(&mut self) {
            if !self.whole {
                let words = std::mem::take(&mut self.words);
                let columns = words.into_iter().flat_map(|(_, columns)| columns);
                self.parts
                    .push((std::mem::take(&mut self.ngrams), columns.collect()));
            }
        }
    }

    fn dense(view: &TextView, idf: &[f32], whole: bool) -> Vec<[f64; N_COLUMNS]> {
        let mut found = Definition {
            whole,
            ..Definition::default()
        };
        extract(view, &mut found);
        if whole {
            let columns = found.words.into_iter().flat_map(|(_, columns)| columns);
            found.parts = vec![(found.ngrams, columns.collect())];
        }
        let of_part = |(ngrams, chars): &(Vec<u32>, Vec<u32>)| {
            let mut row = [0.0; N_COLUMNS];
            for block in [ngrams, chars] {
                let idf = |&column: &u32| f64::from(idf[column as usize]);
                let squares: f64 = block.iter().map(|column| idf(column).powi(2)).sum();
                for column in block.iter().filter(|_| squares > 0.0) {
                    row[*column as usize] += idf(column) / squares.sqrt();
                }
            }
            row
        };
        found.parts.iter().map(of_part).collect()
    }

    fn dot(values: &[f64], coef: &[f64]) -> f64 {
        values.iter().zip(coef).map(|(x, w)| x * w).sum()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4 * (1.0 + b.abs())
    }

    /// idf, 0 for some columns, and prior variances.
    fn columns() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        let idf = prop_oneof![1 => Just(0.0_f32), 4 => 1.0_f32..9.0];
        (
            prop::collection::vec(idf, N_COLUMNS),
            prop::collection::vec(0.25_f32..4.0, N_COLUMNS),
        )
    }

    proptest! {
        #[test]
        fn presence_matrix_is_the_dense_one(texts in texts(), (idf, prior) in columns(), factors in prop::collection::vec(-1.0_f64..1.0, 6)) {
            let views = views(&texts);
            let pattern = pattern(&views);
            let matrix = PresenceMatrix::new(&pattern, &idf);
            let mut weights = matrix.zeros(&prior);
            let mut expected = [0.0; N_COLUMNS];
            let rows: Vec<_> = views.iter().map(|view| dense(view, &idf, true)[0]).collect();
            for (row, (values, factor)) in rows.iter().zip(factors).enumerate() {
                matrix.axpy(row, factor, &mut weights);
                for (j, w) in expected.iter_mut().enumerate() {
                    *w += factor * f64::from(prior[j]) * values[j];
                }
            }
            let coef = matrix.coef(&weights);
            prop_assert!(coef.iter().zip(expected).all(|(&a, b)| near(a, b)), "{:?} {:?}", coef, expected);
            for (row, (values, view)) in rows.iter().zip(&views).enumerate() {
                prop_assert!(near(matrix.dot(row, &weights), dot(values, &expected)));
                prop_assert!(near(matrix.dot_coef(row, &expected), dot(values, &expected)));
                let strongest = dense(view, &idf, false).iter().map(|part| dot(part, &expected)).reduce(f64::max);
                let found = matrix.strongest_sentence(row, &|column| weights[column as usize].value());
                prop_assert!(found.zip(strongest).map_or(found.is_none() && strongest.is_none(), |(a, b)| near(a, b)));
            }
        }

        /// Of a column in both blocks (two n-grams, one bucket) the mixed term is missing: at most half of
        /// the norm, so that a step is never twice too long; exact elsewhere.
        #[test]
        fn squared_norm_is_that_of_the_dense_row(texts in texts(), (idf, prior) in columns()) {
            let views = views(&texts);
            let pattern = pattern(&views);
            let matrix = PresenceMatrix::new(&pattern, &idf);
            let weights = matrix.zeros(&prior);
            let norms = matrix.squared_norms(0..views.len(), &weights);
            for (view, found) in views.iter().zip(norms) {
                let values = dense(view, &idf, true)[0];
                let expected: f64 = values.iter().zip(&prior).map(|(x, &v)| x * x * f64::from(v)).sum();
                prop_assert!(found < expected + 1e-3 && 2.0 * found + 1e-6 > 0.99 * expected);
            }
        }

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
                (columns, pattern.sentences(row).len())
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
