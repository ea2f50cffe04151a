//! Sparse rows: what a solver asks of them, and the general CSR matrix. The compact one that text
//! features need is [`super::presence::PresenceMatrix`].

use linfa::dataset::Records;

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
    /// `sum_j prior_j x_ij^2` of each of some rows
    fn squared_norms(&self, rows: impl Iterator<Item = usize>, weights: &Self::Weights)
    -> Vec<f64>;
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
        Self {
            indptr: vec![0],
            n_columns,
            ..Self::default()
        }
    }

    /// Appends a row of `(column, value)` pairs.
    ///
    /// # Panics  if a column is out of range or a value is not finite: NaN must not enter a solver
    pub fn push_row(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            assert!(
                (column as usize) < self.n_columns && value.is_finite(),
                "bad cell {column}: {value}"
            );
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
        prior
            .iter()
            .map(|&prior| PriorWeight {
                weight: 0.0,
                prior: f64::from(prior),
            })
            .collect()
    }

    fn dot(&self, row: usize, weights: &Self::Weights) -> f64 {
        self.row(row)
            .map(|(column, value)| value * weights[column].weight)
            .sum()
    }

    fn axpy(&self, row: usize, factor: f64, weights: &mut Self::Weights) {
        for (column, value) in self.row(row) {
            let weight = &mut weights[column];
            weight.weight += factor * weight.prior * value;
        }
    }

    fn squared_norms(
        &self,
        rows: impl Iterator<Item = usize>,
        weights: &Self::Weights,
    ) -> Vec<f64> {
        let square = |(column, value): (usize, f64)| value * value * weights[column].prior;
        rows.map(|row| self.row(row).map(square).sum()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const N_COLUMNS: usize = 9;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4 * (1.0 + b.abs())
    }

    /// Dense rows, about half of their cells zero.
    fn rows() -> impl Strategy<Value = Vec<[f32; N_COLUMNS]>> {
        let cell = || prop_oneof![Just(0.0_f32), -2.0_f32..2.0];
        prop::collection::vec(prop::array::uniform9(cell()), 1..6)
    }

    proptest! {
        #[test]
        fn csr_matrix_is_the_dense_one(rows in rows(), prior in prop::collection::vec(0.25_f32..4.0, N_COLUMNS), factor in -2.0_f64..2.0) {
            let mut matrix = CsrMatrix::new(N_COLUMNS);
            for row in &rows {
                matrix.push_row((0..).zip(*row).filter(|(_, x)| *x != 0.0));
            }
            let dense: Vec<_> = rows.iter().map(|row| row.map(f64::from)).collect();
            let mut weights = matrix.zeros(&prior);
            matrix.axpy(0, factor, &mut weights);
            let coef = matrix.coef(&weights);
            for (j, &w) in coef.iter().enumerate() {
                prop_assert!(near(w, factor * f64::from(prior[j]) * dense[0][j]));
            }
            for (row, values) in dense.iter().enumerate() {
                prop_assert!(near(matrix.dot(row, &weights), values.iter().zip(&coef).map(|(x, w)| x * w).sum()));
                let norm: f64 = values.iter().zip(&prior).map(|(x, &v)| x * x * f64::from(v)).sum();
                prop_assert!(near(matrix.squared_norms(std::iter::once(row), &weights)[0], norm));
            }
        }
    }
}
