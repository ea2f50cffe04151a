//! Rows of presence, as text features give them: a [`Pattern`] scaled by column and block.

use std::io;
use std::ops::Range;

use rayon::prelude::*;

use super::pattern::{Pattern, REPEAT, Rows, WINDOW};
use super::stored::Room;

/// Number of blocks whose features are normalised by themselves: word n-grams, and characters.
pub const N_BLOCKS: usize = 2;

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
    ///
    /// # Errors
    /// Rows that are kept in a file and cannot be read.
    pub fn new(pattern: &'a Pattern, idf: &'a [f32]) -> io::Result<Self> {
        let square = |column: u32| f64::from(idf[column as usize]).powi(2);
        let words = (0..pattern.dictionary.len() as u32).into_par_iter();
        let word_squares = words.map(|word| {
            let columns = pattern.dictionary.columns(word).iter();
            columns.map(|&column| square(column)).sum::<f64>() as f32
        });
        let word_squares: Vec<f32> = word_squares.collect();
        let scale = |rows: &Rows, row: usize| {
            let (ngrams, words) = rows.row(row);
            let squares = [
                ngrams.map(square).sum(),
                words
                    .map(|word| f64::from(word_squares[word as usize]))
                    .sum(),
            ];
            squares.map(|sum| inverse_norm(sum) as f32)
        };
        let starts: Vec<usize> = (0..pattern.n_rows()).step_by(WINDOW).collect();
        let windows = starts.into_par_iter().map(|start| {
            let window = start..pattern.n_rows().min(start + WINDOW);
            let rows = pattern.rows(window.clone())?;
            Ok(window.map(|row| scale(&rows, row)).collect())
        });
        let windows: Vec<Vec<[f32; N_BLOCKS]>> = windows.collect::<io::Result<_>>()?;
        Ok(Self {
            pattern,
            idf,
            word_squares,
            scales: windows.concat(),
        })
    }

    /// Some rows of its pattern.
    ///
    /// # Errors
    /// Rows that are kept in a file and cannot be read.
    pub fn rows(&self, rows: Range<usize>) -> io::Result<Rows<'a>> {
        self.pattern.rows(rows)
    }

    /// Where the rows are kept.
    pub fn room(&self) -> &'a Room {
        self.pattern.room()
    }

    /// Number of columns, whether or not a row has them.
    pub fn n_columns(&self) -> usize {
        self.idf.len()
    }

    /// Number of distinct words in all rows of the pattern.
    pub fn n_words(&self) -> usize {
        self.word_squares.len()
    }

    /// The columns of the distinct n-grams of one of some rows, and the numbers of its distinct words.
    #[inline]
    pub fn row<'b>(
        &'b self,
        rows: &'b Rows,
        row: usize,
    ) -> (
        impl Iterator<Item = u32> + 'b,
        impl Iterator<Item = u32> + 'b,
    ) {
        let (ngrams, words) = rows.row(row);
        (ngrams.filter(|&column| self.is_present(column)), words)
    }

    /// The columns of a word's characters.
    #[inline]
    pub fn chars(&self, word: u32) -> impl Iterator<Item = u32> + '_ {
        let columns = self.pattern.dictionary.columns(word).iter().copied();
        columns.filter(|&column| self.is_present(column))
    }

    /// idf of a column.
    pub fn idf(&self, column: u32) -> f32 {
        self.idf[column as usize]
    }

    /// `s_i = 1 / norm` of each block of a row.
    pub fn scales(&self, row: usize) -> [f32; N_BLOCKS] {
        self.scales[row]
    }

    #[inline]
    fn is_present(&self, column: u32) -> bool {
        self.idf[column as usize] > 0.0
    }

    /// With weights by column, each times its idf. Every word is added up once.
    ///
    /// # Complexity  O(characters of distinct words)
    pub fn weigh<'b>(&'b self, weights: &'b [f32]) -> WeighedMatrix<'b> {
        let weight = |column| f64::from(weights[column as usize]);
        let words = (0..self.n_words() as u32).into_par_iter();
        let words = words.map(|word| self.chars(word).map(weight).sum());
        WeighedMatrix {
            matrix: self,
            weights,
            words: words.collect(),
        }
    }
}

/// A [`PresenceMatrix`] and a vector of weights.
#[derive(Debug)]
pub struct WeighedMatrix<'a> {
    matrix: &'a PresenceMatrix<'a>,
    weights: &'a [f32],
    /// What each word's characters add up to.
    words: Vec<f64>,
}

impl WeighedMatrix<'_> {
    #[inline]
    fn weight(&self, column: u32) -> f64 {
        f64::from(self.weights[column as usize])
    }

    /// `sum_j x_ij w_j` of one of some rows.
    ///
    /// # Complexity  O(n-grams and words of the row)
    pub fn dot(&self, rows: &Rows, row: usize) -> f64 {
        let (ngrams, words) = self.matrix.row(rows, row);
        let sums = [
            ngrams.map(|column| self.weight(column)).sum::<f64>(),
            words.map(|word| self.words[word as usize]).sum(),
        ];
        let scaled = sums.iter().zip(self.matrix.scales[row]);
        scaled.map(|(sum, scale)| sum * f64::from(scale)).sum()
    }

    /// The largest such sum over the sentences of a row, each a row of its own in which all occurrences count. `None` for a row
    /// without words.
    pub fn strongest_sentence(&self, rows: &Rows, row: usize) -> Option<f64> {
        let matrix = self.matrix;
        let square = |column: u32| f64::from(matrix.idf[column as usize]).powi(2);
        let of_sentence = |(ngrams, words): (&[u32], &[u32])| {
            let ngrams = || ngrams.iter().map(|&ngram| ngram & !REPEAT);
            let words = || words.iter().map(|&word| (word & !REPEAT) as usize);
            let squares = [
                ngrams().map(square).sum(),
                words()
                    .map(|word| f64::from(matrix.word_squares[word]))
                    .sum(),
            ];
            let present = ngrams().filter(|&column| matrix.is_present(column));
            let sums = [
                present.map(|column| self.weight(column)).sum::<f64>(),
                words().map(|word| self.words[word]).sum(),
            ];
            sums[0] * inverse_norm(squares[0]) + sums[1] * inverse_norm(squares[1])
        };
        let sentences = rows.sentences(row);
        sentences.map(of_sentence).reduce(f64::max)
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

#[cfg(test)]
pub(crate) mod tests {
    use super::super::pattern::{Piece, Seen};
    use super::*;
    use crate::features::hashing::bucket;
    use crate::features::{Sink, Word, WordNgram, char_ngrams, extract};
    use crate::text::{TextTables, TextView};
    use proptest::prelude::*;

    const BITS: u32 = 3;
    pub(crate) const N_COLUMNS: usize = 1 << BITS;

    /// Texts of a few letters, so that words and n-grams repeat.
    pub(crate) fn texts() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("([ab]{1,3}[.]? ){0,12}", 1..6)
    }

    pub(crate) fn views(texts: &[String]) -> Vec<TextView> {
        let view = |text: &String| {
            let mut view = TextView::default();
            view.parse(text, &TextTables::default());
            view
        };
        texts.iter().map(view).collect()
    }

    pub(crate) fn piece(views: &[TextView]) -> Piece {
        let (mut piece, mut seen) = (Piece::new(BITS), Seen::new(BITS));
        views
            .iter()
            .for_each(|view| piece.push_row(view, &mut seen));
        piece
    }

    pub(crate) fn pattern(views: &[TextView]) -> Pattern {
        let mut pattern = Pattern::new(BITS, &Room::Memory).unwrap();
        pattern.append(&piece(views)).unwrap();
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

    pub(crate) fn dense(view: &TextView, idf: &[f32], whole: bool) -> Vec<[f64; N_COLUMNS]> {
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

    pub(crate) fn dot(values: &[f64], coef: &[f64]) -> f64 {
        values.iter().zip(coef).map(|(x, w)| x * w).sum()
    }

    pub(crate) fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4 * (1.0 + b.abs())
    }

    /// idf, 0 for some columns, and weights times idf.
    pub(crate) fn columns() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        let idf = prop_oneof![1 => Just(0.0_f32), 4 => 1.0_f32..9.0];
        (
            prop::collection::vec(idf, N_COLUMNS),
            prop::collection::vec(-4.0_f32..4.0, N_COLUMNS),
        )
    }

    proptest! {
        #[test]
        fn weighed_matrix_is_the_dense_one(texts in texts(), (idf, weights) in columns()) {
            let views = views(&texts);
            let pattern = pattern(&views);
            let matrix = PresenceMatrix::new(&pattern, &idf).unwrap();
            let rows = matrix.rows(0..views.len()).unwrap();
            let weighed = matrix.weigh(&weights);
            let coef = |(&weight, &idf): (&f32, &f32)| if idf > 0.0 { f64::from(weight) / f64::from(idf) } else { 0.0 };
            let coef: Vec<f64> = weights.iter().zip(&idf).map(coef).collect();
            for (row, view) in views.iter().enumerate() {
                prop_assert!(near(weighed.dot(&rows, row), dot(&dense(view, &idf, true)[0], &coef)));
                let strongest = dense(view, &idf, false).iter().map(|part| dot(part, &coef)).reduce(f64::max);
                let found = weighed.strongest_sentence(&rows, row);
                prop_assert!(found.zip(strongest).map_or(found.is_none() && strongest.is_none(), |(a, b)| near(a, b)));
            }
        }
    }
}
