//! L2-regularised logistic regression on sparse rows, as a linfa citizen.
//!
//! [`SparseLogistic`] → `check` → [`ValidSparseLogistic`] → `fit` → [`FittedSparseLogistic`], on a
//! linfa dataset whose records are a [`CsrMatrix`]; prediction gives linfa's `Pr` or classes.
//! linfa-logistic itself is dense: 100,000 comments by 2^18 buckets would be 105 GB.

use linfa::dataset::{AsSingleTargets, DatasetBase, Pr};
use linfa::traits::{Fit, PredictInplace};
use linfa::{Float as _, ParamGuard};
use ndarray::{Array1, ArrayBase, Data, Ix1};
use thiserror::Error;

use super::dual::{self, DualOptions, Instance};
use super::loss::sigmoid;
use super::sparse::{CsrMatrix, SparseRows};

/// Why a fit was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogisticError {
    /// A setting outside its range.
    #[error("{name} is {value}, but must be {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Its range.
        expected: &'static str,
    },
    /// Rows and targets differ in number.
    #[error("expected a target for each of {n_rows} rows, got {n_targets}")]
    Shape {
        /// Rows.
        n_rows: usize,
        /// Targets.
        n_targets: usize,
    },
    /// Nothing to tell apart.
    #[error("all {n_rows} rows are of one class")]
    OneClass {
        /// Rows.
        n_rows: usize,
    },
    /// An error of linfa itself.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}

/// Settings of a sparse logistic regression, unchecked.
///
/// minimise over w, b:  `sum_i s_i log(1 + exp(-y_i (w.x_i + b))) + alpha/2 (|w|^2 + (b/scale)^2)`
///
/// The loss is a sum, so `alpha` is 1/C of liblinear and scikit-learn; `s_i` are the dataset's
/// weights; the intercept is penalised unless `intercept_scale` is large.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseLogistic(ValidSparseLogistic);

/// Checked settings.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidSparseLogistic {
    alpha: f64,
    tol: f64,
    max_iter: usize,
    intercept_scale: f64,
    seed: u64,
}

impl Default for SparseLogistic {
    fn default() -> Self {
        Self(ValidSparseLogistic {
            alpha: 1.0,
            tol: 0.1,
            max_iter: 1000,
            intercept_scale: 1.0,
            seed: 0,
        })
    }
}

impl SparseLogistic {
    /// The defaults: alpha 1, tolerance 0.1, at most 1,000 passes, intercept scale 1.
    pub fn params() -> Self {
        Self::default()
    }

    /// Strength of the penalty, > 0.
    #[must_use]
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.0.alpha = alpha;
        self
    }

    /// Largest gradient at which to stop, > 0; the logit's unit.
    #[must_use]
    pub fn tol(mut self, tol: f64) -> Self {
        self.0.tol = tol;
        self
    }

    /// Most passes over the rows.
    #[must_use]
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.0.max_iter = max_iter;
        self
    }

    /// Value of the constant feature that carries the intercept; 0 for none.
    #[must_use]
    pub fn intercept_scale(mut self, scale: f64) -> Self {
        self.0.intercept_scale = scale;
        self
    }

    /// Seed of the visiting order.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }
}

impl ParamGuard for SparseLogistic {
    type Checked = ValidSparseLogistic;
    type Error = LogisticError;

    fn check_ref(&self) -> Result<&Self::Checked, Self::Error> {
        let Self(params) = self;
        let above_zero = |name, value: f64| {
            let ok = value.is_finite() && value > 0.0;
            if ok {
                Ok(())
            } else {
                Err(LogisticError::Setting {
                    name,
                    value,
                    expected: "above 0",
                })
            }
        };
        above_zero("alpha", params.alpha)?;
        above_zero("tol", params.tol)?;
        if !(params.intercept_scale.is_finite() && params.intercept_scale >= 0.0) {
            let value = params.intercept_scale;
            return Err(LogisticError::Setting {
                name: "intercept_scale",
                value,
                expected: "0 or above",
            });
        }
        Ok(params)
    }

    fn check(self) -> Result<Self::Checked, Self::Error> {
        self.check_ref()?;
        Ok(self.0)
    }
}

/// A fitted model: immutable, with its convergence.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedSparseLogistic {
    coef: Vec<f64>,
    intercept: f64,
    n_iter: usize,
    converged: bool,
}

impl FittedSparseLogistic {
    /// Weights by column.
    pub fn coef(&self) -> &[f64] {
        &self.coef
    }

    /// The intercept.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Passes made.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether the tolerance was reached.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// `w.x_i + b` for every row.
    pub fn logits(&self, rows: &CsrMatrix) -> Array1<f64> {
        let mut weights = rows.zeros(&vec![1.0; rows.n_columns()]);
        rows.set(&mut weights, &self.coef);
        (0..rows.n_rows())
            .map(|row| rows.dot(row, &weights) + self.intercept)
            .collect()
    }
}

impl<D: Data<Elem = bool>> Fit<CsrMatrix, ArrayBase<D, Ix1>, LogisticError>
    for ValidSparseLogistic
{
    type Object = FittedSparseLogistic;

    fn fit(
        &self,
        dataset: &DatasetBase<CsrMatrix, ArrayBase<D, Ix1>>,
    ) -> Result<Self::Object, LogisticError> {
        let rows = dataset.records();
        let targets = dataset.as_single_targets();
        let (n_rows, n_targets) = (rows.n_rows(), targets.len());
        if n_rows != n_targets {
            return Err(LogisticError::Shape { n_rows, n_targets });
        }
        let n_positive = targets.iter().filter(|&&target| target).count();
        if n_positive == 0 || n_positive == n_rows {
            return Err(LogisticError::OneClass { n_rows });
        }
        let instance = |(row, &positive): (usize, &bool)| Instance {
            row: row as u32,
            positive,
            cost: f64::from(dataset.weight_for(row)) / self.alpha,
            offset: 0.0,
        };
        let instances: Vec<_> = targets
            .iter()
            .enumerate()
            .map(instance)
            .filter(|i| i.cost > 0.0)
            .collect();
        let options = DualOptions {
            tol: self.tol,
            max_iter: self.max_iter,
            intercept_scale: self.intercept_scale,
            seed: self.seed,
        };
        let solution = dual::solve(rows, &vec![1.0; rows.n_columns()], &instances, &options);
        Ok(FittedSparseLogistic {
            coef: rows.coef(&solution.weights),
            intercept: solution.intercept,
            n_iter: solution.n_iter,
            converged: solution.converged,
        })
    }
}

impl PredictInplace<CsrMatrix, Array1<Pr>> for FittedSparseLogistic {
    fn predict_inplace(&self, rows: &CsrMatrix, targets: &mut Array1<Pr>) {
        targets.assign(
            &self
                .logits(rows)
                .mapv(|logit| Pr::new(f32::cast(sigmoid(logit)))),
        );
    }

    fn default_target(&self, rows: &CsrMatrix) -> Array1<Pr> {
        Array1::from_elem(rows.n_rows(), Pr::new(0.0))
    }
}

impl PredictInplace<CsrMatrix, Array1<bool>> for FittedSparseLogistic {
    fn predict_inplace(&self, rows: &CsrMatrix, targets: &mut Array1<bool>) {
        targets.assign(&self.logits(rows).mapv(|logit| logit >= 0.0));
    }

    fn default_target(&self, rows: &CsrMatrix) -> Array1<bool> {
        Array1::from_elem(rows.n_rows(), false)
    }
}
