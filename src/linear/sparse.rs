//! Sparse rows: the general CSR matrix and the compact one that text features need.

use linfa::dataset::Records;
use rayon::prelude::*;

/// Row access that a linear solver needs. Rows are never materialised, and the matrix chooses how
/// weights lie in memory, because the solver's time is the time of reaching them.
pub trait SparseRows: Sync {
    /// Weights, one per column, in the layout that suits the rows.
    type Weights: Clone + Send + Sync;

    /// Number of rows.
    fn n_rows(&self) -> usize;
    /// Number of columns.
    fn n_columns(&self) -> usize;
    /// All weights zero, with `prior_j` the variance that the penalty `w_j^2 / prior_j` grants each.
    fn zeros(&self, prior: &[f32]) -> Self::Weights;
    /// `sum_j x_ij w_j`
    fn dot(&self, row: usize, weights: &Self::Weights) -> f64;
    /// `w_j += factor * prior_j * x_ij`
    fn axpy(&self, row: usize, factor: f64, weights: &mut Self::Weights);
    /// `sum_j prior_j x_ij^2`
    fn squared_norm(&self, row: usize, weights: &Self::Weights) -> f64;
    /// The weights by column.
    fn coef(&self, weights: &Self::Weights) -> Vec<f64>;
}

/// Compressed sparse rows with explicit values.
///
/// Invariants: `indptr` has `n_rows + 1` non-decreasing entries from 0 to `indices.len()`;
/// `indices.len() == values.len()`; every index is below `n_columns`; every value is finite.
#[derive(Clone, Debug, Default)]
pub struct CsrMatrix {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
    n_columns: usize,
}

/// A weight beside its prior variance.
#[derive(Clone, Copy, Debug, Default)]
pub struct PriorWeight {
    weight: f64,
    prior: f64,
}

impl CsrMatrix {
    /// An empty matrix to which rows are pushed.
    pub fn new(n_columns: usize) -> Self {
        Self { indptr: vec![0], n_columns, ..Self::default() }
    }

    /// Appends a row of `(column, value)` pairs.
    ///
    /// # Panics  if a column is out of range or a value is not finite: NaN must not enter a solver
    pub fn push_row(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            assert!((column as usize) < self.n_columns && value.is_finite(), "bad cell {column}: {value}");
            self.indices.push(column);
            self.values.push(value);
        }
        self.indptr.push(self.indices.len());
    }

    /// Puts weights by column into the layout of [`SparseRows::Weights`].
    pub fn set(&self, weights: &mut [PriorWeight], coef: &[f64]) {
        for (weight, &coef) in weights.iter_mut().zip(coef) {
            weight.weight = coef;
        }
    }

    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.indptr[row]..self.indptr[row + 1];
        self.indices[range.clone()]
            .iter()
            .zip(&self.values[range])
            .map(|(&column, &value)| (column as usize, f64::from(value)))
    }
}

impl SparseRows for CsrMatrix {
    type Weights = Vec<PriorWeight>;

    fn n_rows(&self) -> usize {
        self.indptr.len() - 1
    }

    fn n_columns(&self) -> usize {
        self.n_columns
    }

    fn zeros(&self, prior: &[f32]) -> Self::Weights {
        prior.iter().map(|&prior| PriorWeight { weight: 0.0, prior: f64::from(prior) }).collect()
    }

    fn dot(&self, row: usize, weights: &Self::Weights) -> f64 {
        self.row(row).map(|(column, value)| value * weights[column].weight).sum()
    }

    fn axpy(&self, row: usize, factor: f64, weights: &mut Self::Weights) {
        for (column, value) in self.row(row) {
            let weight = &mut weights[column];
            weight.weight += factor * weight.prior * value;
        }
    }

    fn squared_norm(&self, row: usize, weights: &Self::Weights) -> f64 {
        self.row(row).map(|(column, value)| value * value * weights[column].prior).sum()
    }

    fn coef(&self, weights: &Self::Weights) -> Vec<f64> {
        weights.iter().map(|weight| weight.weight).collect()
    }
}

impl Records for CsrMatrix {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.n_rows()
    }

    fn nfeatures(&self) -> usize {
        self.n_columns
    }
}

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
        Self { indptr: vec![0], indices: Vec::new(), n_columns }
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
        self.indptr.extend(other.indptr[1..].iter().map(|end| end + offset));
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
            let squares = pattern.block(row, block).iter().map(|&j| f64::from(idf[j as usize]).powi(2));
            inverse_norm(squares.sum()) as f32
        };
        let scales = (0..pattern.n_rows()).into_par_iter().map(|row| [scale(row, 0), scale(row, 1)]);
        Self { pattern, idf, scales: scales.collect() }
    }
}

impl PresenceMatrix<'_> {
    /// `sum_j x_ij coef_j` for weights by column.
    pub fn dot_coef(&self, row: usize, coef: &[f64]) -> f64 {
        let of_block = |block: usize| {
            let columns = self.pattern.block(row, block).iter().map(|&column| column as usize);
            let sum: f64 = columns.map(|j| coef[j] * f64::from(self.idf[j])).sum();
            sum * f64::from(self.scales[row][block])
        };
        (0..N_BLOCKS).map(of_block).sum()
    }
}

/// `1 / sqrt(sum)`, or 0 for an empty block.
pub fn inverse_norm(sum_of_squares: f64) -> f64 {
    if sum_of_squares > 0.0 { sum_of_squares.sqrt().recip() } else { 0.0 }
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
        let rates = self.idf.iter().zip(prior).map(|(&idf, &prior)| idf * idf * prior);
        rates.map(|rate| ScaledWeight { scaled: 0.0, rate }).collect()
    }

    fn dot(&self, row: usize, weights: &Self::Weights) -> f64 {
        let mut total = 0.0;
        for block in 0..N_BLOCKS {
            let columns = self.pattern.block(row, block);
            let sum: f32 = columns.iter().map(|&column| weights[column as usize].scaled).sum();
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
            let rates = self.pattern.block(row, block).iter().map(|&column| weights[column as usize].rate);
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
