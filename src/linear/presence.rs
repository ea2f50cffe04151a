//! Rows of presence, as text features give them: which columns a row has, scaled by column and block.
//!
//! The values follow from the columns, so only these are stored: a third of the memory of a
//! [`super::sparse::CsrMatrix`].

use rayon::prelude::*;

use super::sparse::SparseRows;

/// Number of blocks whose features are normalised by themselves.
pub const N_BLOCKS: usize = 2;

/// Which columns are present in each row, block by block: what extraction finds, before any scaling.
///
/// Only column indices are stored: 4 bytes a feature, a third of what a value beside each costs.
/// A row's columns stand block after block, each at most once.
#[derive(Clone, Debug)]
pub struct Pattern {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    n_columns: usize,
}

impl Pattern {
    /// An empty pattern to which rows are pushed.
    pub fn new(n_columns: usize) -> Self {
        Self {
            indptr: vec![0],
            indices: Vec::new(),
            n_columns,
        }
    }

    /// Appends a row from the columns present in each block.
    pub fn push_row(&mut self, blocks: [&[u32]; N_BLOCKS]) {
        for columns in blocks {
            self.indices.extend_from_slice(columns);
            self.indptr.push(self.indices.len());
        }
    }

    /// Appends all rows of another pattern.
    pub fn append(&mut self, other: &Self) {
        let offset = self.indices.len();
        self.indices.extend_from_slice(&other.indices);
        self.indptr
            .extend(other.indptr[1..].iter().map(|end| end + offset));
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        (self.indptr.len() - 1) / N_BLOCKS
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The columns present in one block of a row.
    pub fn block(&self, row: usize, block: usize) -> &[u32] {
        let at = row * N_BLOCKS + block;
        &self.indices[self.indptr[at]..self.indptr[at + 1]]
    }

    /// The columns present in a row, in both blocks.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.indices[self.indptr[row * N_BLOCKS]..self.indptr[(row + 1) * N_BLOCKS]]
    }
}

/// A [`Pattern`] scaled by column (idf) and, block by block, to unit length:
/// `x_ij = idf_j / |idf of the row's columns in j's block|`.
#[derive(Clone, Debug)]
pub struct PresenceMatrix<'a> {
    pattern: &'a Pattern,
    idf: &'a [f32],
    /// `1 / norm` per row and block; 0 for an empty block.
    scales: Vec<[f32; N_BLOCKS]>,
}

impl<'a> PresenceMatrix<'a> {
    /// Scales a pattern. A column of idf 0 counts as absent.
    pub fn new(pattern: &'a Pattern, idf: &'a [f32]) -> Self {
        let scale = |row: usize, block: usize| {
            let squares = pattern
                .block(row, block)
                .iter()
                .map(|&j| f64::from(idf[j as usize]).powi(2));
            inverse_norm(squares.sum()) as f32
        };
        let scales = (0..pattern.n_rows())
            .into_par_iter()
            .map(|row| [scale(row, 0), scale(row, 1)]);
        Self {
            pattern,
            idf,
            scales: scales.collect(),
        }
    }
}

impl PresenceMatrix<'_> {
    /// `sum_j x_ij coef_j` for weights by column.
    pub fn dot_coef(&self, row: usize, coef: &[f64]) -> f64 {
        let of_block = |block: usize| {
            let columns = self
                .pattern
                .block(row, block)
                .iter()
                .map(|&column| column as usize);
            let sum: f64 = columns.map(|j| coef[j] * f64::from(self.idf[j])).sum();
            sum * f64::from(self.scales[row][block])
        };
        (0..N_BLOCKS).map(of_block).sum()
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
        let mut total = 0.0;
        for block in 0..N_BLOCKS {
            let columns = self.pattern.block(row, block);
            let sum: f32 = columns
                .iter()
                .map(|&column| weights[column as usize].scaled)
                .sum();
            total += f64::from(sum) * f64::from(self.scales[row][block]);
        }
        total
    }

    fn axpy(&self, row: usize, factor: f64, weights: &mut Self::Weights) {
        for block in 0..N_BLOCKS {
            let step = (factor * f64::from(self.scales[row][block])) as f32;
            for &column in self.pattern.block(row, block) {
                let weight = &mut weights[column as usize];
                weight.scaled += step * weight.rate;
            }
        }
    }

    fn squared_norm(&self, row: usize, weights: &Self::Weights) -> f64 {
        let of_block = |block| {
            let rates = self
                .pattern
                .block(row, block)
                .iter()
                .map(|&column| weights[column as usize].rate);
            f64::from(rates.sum::<f32>()) * f64::from(self.scales[row][block]).powi(2)
        };
        (0..N_BLOCKS).map(of_block).sum()
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    const N_COLUMNS: usize = 9;

    /// Rows of two blocks of distinct columns; their idf, 0 for some; prior variances.
    fn problem() -> impl Strategy<Value = (Vec<[Vec<u32>; 2]>, Vec<f32>, Vec<f32>)> {
        let block = || prop::sample::subsequence((0..N_COLUMNS as u32).collect::<Vec<_>>(), 0..6);
        let rows = prop::collection::vec((block(), block()).prop_map(|(a, b)| [a, b]), 1..6);
        let idf = prop::collection::vec(
            prop_oneof![1 => Just(0.0_f32), 4 => 1.0_f32..9.0],
            N_COLUMNS,
        );
        (rows, idf, prop::collection::vec(0.25_f32..4.0, N_COLUMNS))
    }

    fn pattern(rows: &[[Vec<u32>; 2]]) -> Pattern {
        let mut pattern = Pattern::new(N_COLUMNS);
        for [a, b] in rows {
            pattern.push_row([a, b]);
        }
        pattern
    }

    /// The matrix by its definition, in full.
    fn dense(rows: &[[Vec<u32>; 2]], idf: &[f32]) -> Vec<[f64; N_COLUMNS]> {
        let dense_row = |blocks: &[Vec<u32>; 2]| {
            let mut row = [0.0; N_COLUMNS];
            for block in blocks {
                let squares: f64 = block
                    .iter()
                    .map(|&j| f64::from(idf[j as usize]).powi(2))
                    .sum();
                for &j in block.iter().filter(|_| squares > 0.0) {
                    row[j as usize] += f64::from(idf[j as usize]) / squares.sqrt();
                }
            }
            row
        };
        rows.iter().map(dense_row).collect()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4 * (1.0 + b.abs())
    }

    proptest! {
        #[test]
        fn presence_matrix_is_the_dense_one((rows, idf, prior) in problem(), factors in prop::collection::vec(-1.0_f64..1.0, 6)) {
            let pattern = pattern(&rows);
            let matrix = PresenceMatrix::new(&pattern, &idf);
            let dense = dense(&rows, &idf);
            let mut weights = matrix.zeros(&prior);
            let mut expected = [0.0; N_COLUMNS];
            for (row, (values, factor)) in dense.iter().zip(factors).enumerate() {
                matrix.axpy(row, factor, &mut weights);
                for (j, w) in expected.iter_mut().enumerate() {
                    *w += factor * f64::from(prior[j]) * values[j];
                }
            }
            let coef = matrix.coef(&weights);
            prop_assert!(coef.iter().zip(expected).all(|(&a, b)| near(a, b)), "{:?} {:?}", coef, expected);
            for (row, values) in dense.iter().enumerate() {
                let dot: f64 = values.iter().zip(expected).map(|(x, w)| x * w).sum();
                prop_assert!(near(matrix.dot(row, &weights), dot));
                prop_assert!(near(matrix.dot_coef(row, &expected), dot));
            }
        }

        /// Of a column in both blocks (two n-grams, one bucket) the mixed term is missing: at most half of
        /// the norm, so that a step is never twice too long; exact elsewhere.
        #[test]
        fn squared_norm_is_that_of_the_dense_row((rows, idf, prior) in problem()) {
            let pattern = pattern(&rows);
            let matrix = PresenceMatrix::new(&pattern, &idf);
            let weights = matrix.zeros(&prior);
            for (row, values) in dense(&rows, &idf).iter().enumerate() {
                let expected: f64 = values.iter().zip(&prior).map(|(x, &v)| x * x * f64::from(v)).sum();
                let shares_columns = rows[row][0].iter().any(|j| rows[row][1].contains(j));
                let found = matrix.squared_norm(row, &weights);
                prop_assert!(near(found, expected) || shares_columns && found < expected && 2.0 * found > 0.99 * expected);
            }
        }
    }

    #[test]
    fn appended_patterns_are_one() {
        let rows = [[vec![0, 3], vec![1]], [vec![], vec![8]], [vec![2], vec![]]];
        let mut joined = pattern(&rows[..1]);
        joined.append(&pattern(&rows[1..]));
        let whole = pattern(&rows);
        assert_eq!((joined.n_rows(), joined.n_columns()), (3, N_COLUMNS));
        for row in 0..3 {
            assert_eq!(joined.row(row), whole.row(row));
            assert_eq!(joined.block(row, 1), whole.block(row, 1));
        }
    }
}
