//! Evidence row → calibrated logit: a logistic regression by linfa-logistic.
//!
//! minimise over v, v_0:  `sum_i log(1 + exp(-y_i (v.e_i + v_0))) + alpha/2 |v|^2`
//!
//! on standardised columns (v_0 is free). linfa-logistic takes classes and no weights, so a row with
//! share p of the raters stands as copies of both classes in that ratio, or, of many rows, in one class or the
//! other in that ratio. The rows must be
//! out-of-fold evidence (Wolpert 1992, "Stacked generalization"), else the verdict learns the
//! training noise of the stage below. What is kept is our own immutable [`Verdict`]; no call into
//! linfa remains at scoring time.

mod abreast;

use linfa::traits::Fit;
use linfa::{Dataset, ParamGuard};
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2, ShapeBuilder};
use thiserror::Error;

pub(crate) use abreast::Verdicts;

use crate::evidence::{FIRST_NAMED, FIRST_RELATION, N_COLUMNS};
use crate::linear::loss::sigmoid;
use crate::relation::CLOSENESS;

/// Penalty on standardised coefficients: linfa's and scikit-learn's default.
const ALPHA: f64 = 1.0;
/// Smallest spread by which a named column is divided. Without it a column that only a handful of rows
/// have, such as mentions, is blown up until the penalty hardly holds its coefficient: a first default
/// model gave `@name` alone +5.9. Chosen: near the spread of the commoner columns.
const MIN_SPREAD: f64 = 0.25;
/// Copies per row at most, when shares are not all 0 or 1; as many as [`MAX_ROWS`] leaves room for.
const COPIES: usize = 12;
/// Rows used at most; more do not move 30 coefficients. An even subset by position.
pub(crate) const MAX_ROWS: usize = 60_000;
/// Most L-BFGS iterations; linfa's default of 100 is not always enough for 1e-6.
const MAX_ITERATIONS: u64 = 400;

/// Why no verdict could be fitted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// All rows of one class.
    #[error("all {n_rows} rows are of one class")]
    OneClass {
        /// Rows.
        n_rows: usize,
    },
    /// linfa-logistic gave up, also with stronger penalties.
    #[error("the optimiser failed on {n_rows} rows: {source}")]
    Optimizer {
        /// Rows.
        n_rows: usize,
        /// Its error.
        source: Box<linfa_logistic::error::Error>,
    },
}

/// A linear rule over evidence rows: `logit = intercept + sum_k coef_k e_k`.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// `v_0`
    pub intercept: f64,
    /// `v`, in the columns' own units.
    pub coef: [f64; N_COLUMNS],
}

/// A fitted verdict and how the fit ended.
#[derive(Clone, Debug)]
pub struct VerdictFit {
    /// The rule.
    pub verdict: Verdict,
    /// Norm of the gradient per row at the end, checked by us: linfa does not report convergence.
    pub gradient: f64,
    /// Whether the gradient is small enough to call it the optimum.
    pub converged: bool,
}

impl Verdict {
    /// The logit of an evidence row.
    #[inline]
    pub fn logit(&self, row: &[f64; N_COLUMNS]) -> f64 {
        self.intercept + self.coef.iter().zip(row).map(|(v, e)| v * e).sum::<f64>()
    }

    /// Fits the rule to out-of-fold evidence rows and the share of raters who gave the label. `sources` names the
    /// source of each row. How many rows of a source are positive is a matter of how it was gathered or made, so
    /// each but the least one gets an intercept of its own, which is dropped in the end.
    ///
    /// Closeness to the context never speaks for a label: a column of it whose coefficient would be positive
    /// is left out, and the rest fitted again.
    ///
    /// # Errors
    /// One class only, or an optimiser that fails at ten and a hundred times the penalty as well.
    ///
    /// # Complexity  O(rows x columns) per iteration, some tens of iterations
    pub fn fit(
        rows: &[[f64; N_COLUMNS]],
        shares: &[f32],
        sources: &[u16],
    ) -> Result<VerdictFit, VerdictError> {
        let step = rows.len().div_ceil(MAX_ROWS).max(1);
        let source_of: Vec<u16> = sources.iter().step_by(step).copied().collect();
        let sources = Sources::of(&source_of);
        let source_of: Vec<Option<usize>> = source_of
            .iter()
            .map(|source| sources.column(*source))
            .collect();
        let rows: Vec<_> = rows.iter().step_by(step).collect();
        let shares: Vec<_> = shares.iter().step_by(step).copied().collect();
        let mut scaling = Scaling::of(&rows);
        loop {
            let fit = Self::fit_scaled(&rows, &shares, &scaling, &sources, &source_of)?;
            let before = scaling.inverse;
            for column in CLOSENESS.map(|column| FIRST_NAMED + FIRST_RELATION + column) {
                if fit.verdict.coef[column] > 0.0 {
                    scaling.inverse[column] = 0.0;
                }
            }
            if scaling.inverse == before {
                return Ok(fit);
            }
        }
    }

    fn fit_scaled(
        rows: &[&[f64; N_COLUMNS]],
        shares: &[f32],
        scaling: &Scaling,
        sources: &Sources,
        source_of: &[Option<usize>],
    ) -> Result<VerdictFit, VerdictError> {
        let (records, targets, n_copies) = replicate(rows, shares, scaling, sources, source_of);
        let n_positive = targets.iter().filter(|&&target| target).count();
        if n_positive == 0 || n_positive == targets.len() {
            return Err(VerdictError::OneClass { n_rows: rows.len() });
        }
        let dataset = Dataset::new(records, targets);
        // As often as the rows, the penalty: copies must not make it weaker.
        let (coef, intercept, alpha) = fit_linfa(&dataset, ALPHA * n_copies as f64)?;
        let gradient = gradient_norm(&dataset, &coef, intercept, alpha);
        let verdict = scaling.undo(&coef, intercept);
        Ok(VerdictFit {
            verdict,
            gradient,
            converged: gradient < 1e-4,
        })
    }
}

type Standardized = linfa::DatasetBase<Array2<f64>, Array1<bool>>;

/// Fits with a growing penalty: linfa-logistic's line search can fail where it need not (linfa #334).
fn fit_linfa(dataset: &Standardized, alpha: f64) -> Result<(Array1<f64>, f64, f64), VerdictError> {
    let n_rows = dataset.records.nrows();
    let fit = |alpha: f64| {
        LogisticRegression::default()
            .alpha(alpha)
            .max_iterations(MAX_ITERATIONS)
            .gradient_tolerance(1e-6 * n_rows as f64)
            .check()
            .and_then(|params| params.fit(dataset))
            .map(|fitted| {
                // The released 0.8.1 calls the majority class positive (linfa #393): orient by name.
                let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
                (fitted.params() * sign, fitted.intercept() * sign, alpha)
            })
    };
    fit(alpha)
        .or_else(|_| fit(10.0 * alpha))
        .or_else(|_| fit(100.0 * alpha))
        .map_err(|source| VerdictError::Optimizer {
            n_rows,
            source: Box::new(source),
        })
}

/// Norm of the gradient of the mean objective.
fn gradient_norm(dataset: &Standardized, coef: &Array1<f64>, intercept: f64, alpha: f64) -> f64 {
    let n_rows = dataset.records.nrows() as f64;
    let logits = dataset.records.dot(coef) + intercept;
    let residuals: Array1<f64> = logits
        .iter()
        .zip(&dataset.targets)
        .map(|(&logit, &target)| sigmoid(logit) - f64::from(u8::from(target)))
        .collect();
    let gradient = dataset.records.t().dot(&residuals) + coef * alpha;
    (gradient.dot(&gradient) + residuals.sum().powi(2)).sqrt() / n_rows
}

/// Columns that take up the intercepts of sources.
struct Sources {
    known: Vec<u16>,
    n_columns: usize,
}

impl Sources {
    /// The least source has the intercept that stays.
    fn of(sources: &[u16]) -> Self {
        let mut known = sources.to_vec();
        known.sort_unstable();
        known.dedup();
        let known = known.split_off(known.len().min(1));
        Self {
            n_columns: known.len(),
            known,
        }
    }

    fn column(&self, source: u16) -> Option<usize> {
        self.known.binary_search(&source).ok()
    }
}

/// Mean and spread of each column.
struct Scaling {
    mean: [f64; N_COLUMNS],
    /// `1 / standard deviation`; 0 for a constant column, whose coefficient becomes 0.
    inverse: [f64; N_COLUMNS],
}

impl Scaling {
    fn of(rows: &[&[f64; N_COLUMNS]]) -> Self {
        let n_rows = rows.len().max(1) as f64;
        let mean = std::array::from_fn(|k| rows.iter().map(|row| row[k]).sum::<f64>() / n_rows);
        let inverse = std::array::from_fn(|k| {
            let mean: &[f64; N_COLUMNS] = &mean;
            let variance = rows
                .iter()
                .map(|row| (row[k] - mean[k]).powi(2))
                .sum::<f64>()
                / n_rows;
            if variance > 1e-12 {
                let floor = if k < FIRST_NAMED { 0.0 } else { MIN_SPREAD };
                variance.sqrt().max(floor).recip()
            } else {
                0.0
            }
        });
        Self { mean, inverse }
    }

    /// The columns that say something: the optimiser is not bothered with the others.
    fn used(&self) -> Vec<usize> {
        (0..N_COLUMNS).filter(|&k| self.inverse[k] != 0.0).collect()
    }

    /// From standardised coefficients of the used columns to ones in the columns' own units.
    fn undo(&self, standardised: &Array1<f64>, intercept: f64) -> Verdict {
        let mut coef = [0.0; N_COLUMNS];
        for (k, v) in self.used().into_iter().zip(standardised) {
            coef[k] = v * self.inverse[k];
        }
        let shift: f64 = coef.iter().zip(&self.mean).map(|(v, mean)| v * mean).sum();
        Verdict {
            intercept: intercept - shift,
            coef,
        }
    }
}

/// Standardised rows of the used columns and those of sources, column-major (five times faster in linfa), each as often as
/// its share asks; and how often every row stands there.
fn replicate(
    rows: &[&[f64; N_COLUMNS]],
    shares: &[f32],
    scaling: &Scaling,
    sources: &Sources,
    source_of: &[Option<usize>],
) -> (Array2<f64>, Array1<bool>, usize) {
    let hard = shares.iter().all(|&share| share == 0.0 || share == 1.0);
    let n_copies = if hard {
        1
    } else {
        (MAX_ROWS / rows.len().max(1)).clamp(1, COPIES)
    };
    let used = scaling.used();
    let shape = (rows.len() * n_copies, used.len() + sources.n_columns);
    let mut records = Array2::zeros(shape.f());
    let mut targets = Array1::from_elem(rows.len() * n_copies, false);
    for (i, (row, &share)) in rows.iter().zip(shares).enumerate() {
        // What is left of a share is rounded up in that share of the rows (golden ratio: evenly spread).
        let dither = (i as f64 * 0.618_033_988_749_895).fract();
        let n_positive = (f64::from(share) * n_copies as f64 + dither) as usize;
        for copy in 0..n_copies {
            let at = i * n_copies + copy;
            targets[at] = copy < n_positive;
            if let Some(column) = source_of.get(i).copied().flatten() {
                records[[at, used.len() + column]] = 1.0;
            }
            for (column, &k) in used.iter().enumerate() {
                records[[at, column]] = (row[k] - scaling.mean[k]) * scaling.inverse[k];
            }
        }
    }
    (records, targets, n_copies)
}

#[cfg(test)]
mod tests;
