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

use linfa::traits::Fit;
use linfa::{Dataset, ParamGuard};
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2, ShapeBuilder};
use thiserror::Error;

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
const MAX_ROWS: usize = 60_000;
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

    /// From standardised coefficients to ones in the columns' own units.
    fn undo(&self, coef: &Array1<f64>, intercept: f64) -> Verdict {
        let coef: [f64; N_COLUMNS] = std::array::from_fn(|k| coef[k] * self.inverse[k]);
        let shift: f64 = coef.iter().zip(&self.mean).map(|(v, mean)| v * mean).sum();
        Verdict {
            intercept: intercept - shift,
            coef,
        }
    }
}

/// Standardised rows, column-major (five times faster in linfa), each as often as its share asks; and
/// how often every row stands there.
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
    let mut records = Array2::zeros((rows.len() * n_copies, N_COLUMNS + sources.n_columns).f());
    let mut targets = Array1::from_elem(rows.len() * n_copies, false);
    for (i, (row, &share)) in rows.iter().zip(shares).enumerate() {
        // What is left of a share is rounded up in that share of the rows (golden ratio: evenly spread).
        let dither = (i as f64 * 0.618_033_988_749_895).fract();
        let n_positive = (f64::from(share) * n_copies as f64 + dither) as usize;
        for copy in 0..n_copies {
            let at = i * n_copies + copy;
            targets[at] = copy < n_positive;
            if let Some(column) = source_of.get(i).copied().flatten() {
                records[[at, N_COLUMNS + column]] = 1.0;
            }
            for k in 0..N_COLUMNS {
                records[[at, k]] = (row[k] - scaling.mean[k]) * scaling.inverse[k];
            }
        }
    }
    (records, targets, n_copies)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows whose label follows the first column, with noise and a constant column.
    fn rows(n_rows: usize, share_positive: f64) -> (Vec<[f64; N_COLUMNS]>, Vec<f32>) {
        let mut random = 1_u64;
        let mut next = || {
            random = crate::features::hashing::mix(random.wrapping_add(1));
            (random >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..n_rows)
            .map(|_| {
                let positive = next() < share_positive;
                let mut row = [0.0; N_COLUMNS];
                row[0] = f64::from(u8::from(positive)) + 1000.0 * 0.001 * next();
                row[1] = next();
                row[5] = 7.0;
                (row, f32::from(u8::from(positive)))
            })
            .unzip()
    }

    #[test]
    fn positive_class_is_the_label_whichever_is_larger() {
        for share in [0.1, 0.9] {
            let (rows, shares) = rows(500, share);
            let fit = Verdict::fit(&rows, &shares, &[]).expect("fits");
            assert!(fit.converged, "{}", fit.gradient);
            assert!(fit.verdict.coef[0] > 0.0, "{:?}", fit.verdict);
            assert_eq!(fit.verdict.coef[5], 0.0);
        }
    }

    #[test]
    fn scores_are_calibrated_on_the_training_rows() {
        let (rows, shares) = rows(2000, 0.3);
        let fit = Verdict::fit(&rows, &shares, &[]).expect("fits");
        let mean: f64 = rows
            .iter()
            .map(|row| sigmoid(fit.verdict.logit(row)))
            .sum::<f64>()
            / 2000.0;
        let share = f64::from(shares.iter().sum::<f32>()) / 2000.0;
        assert!((mean - share).abs() < 1e-4, "{mean} {share}");
    }

    #[test]
    fn share_stands_between_the_classes() {
        let (rows, _) = rows(300, 0.5);
        let third = vec![1.0 / 3.0; 300];
        let fit = Verdict::fit(&rows, &third, &[]).expect("fits");
        assert!((sigmoid(fit.verdict.logit(&rows[0])) - 1.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn copies_of_hard_labels_have_the_optimum_of_hard_labels() {
        let (rows, mut shares) = rows(300, 0.3);
        let hard = Verdict::fit(&rows, &shares, &[]).expect("fits").verdict;
        let share = shares
            .iter_mut()
            .find(|share| **share == 1.0)
            .expect("a positive");
        *share = 0.999;
        let soft = Verdict::fit(&rows, &shares, &[]).expect("fits").verdict;
        let pairs = hard
            .coef
            .iter()
            .chain([&hard.intercept])
            .zip(soft.coef.iter().chain([&soft.intercept]));
        for (a, b) in pairs {
            assert!((a - b).abs() < 1e-3, "{hard:?} {soft:?}");
        }
    }

    /// The same, but the classes overlap.
    fn overlapping(n_rows: usize, share_positive: f64) -> (Vec<[f64; N_COLUMNS]>, Vec<f32>) {
        let (mut rows, shares) = rows(n_rows, share_positive);
        for row in &mut rows {
            row[0] += 2.0 * row[1];
            row[1] = 0.0;
        }
        (rows, shares)
    }

    /// Made rows in two sources, of which one is nearly all positive and the other hardly at all.
    fn made(n_rows: usize) -> (Vec<[f64; N_COLUMNS]>, Vec<f32>, Vec<u16>) {
        let (mut all_rows, mut all_shares) = overlapping(n_rows, 0.9);
        let (rows, shares) = overlapping(n_rows, 0.2);
        all_rows.extend(rows);
        all_shares.extend(shares);
        let sources = (0..2 * n_rows).map(|i| if i < n_rows { 7 } else { 3 });
        (all_rows, all_shares, sources.collect())
    }

    fn mean_score(fit: &VerdictFit, rows: &[[f64; N_COLUMNS]]) -> f64 {
        let scores = rows.iter().map(|row| sigmoid(fit.verdict.logit(row)));
        scores.sum::<f64>() / rows.len() as f64
    }

    #[test]
    fn made_rows_do_not_move_the_intercept_of_the_found() {
        let (mut rows, mut shares) = overlapping(1000, 0.1);
        let found = rows.clone();
        let alone = Verdict::fit(&rows, &shares, &[]).expect("fits");
        let (made, made_shares, sources) = made(2000);
        rows.extend(&made);
        shares.extend(&made_shares);
        let of_all = [vec![0; found.len()], sources].concat();
        let together = Verdict::fit(&rows, &shares, &of_all).expect("fits");
        assert!(together.converged);
        let (a, b) = (mean_score(&alone, &found), mean_score(&together, &found));
        assert!((a - 0.1).abs() < 0.02 && (a - b).abs() < 0.01, "{a} {b}");
        let (a, b) = (alone.verdict.coef[0], together.verdict.coef[0]);
        assert!(b > 0.5 * a, "both teach the coefficient: {a} {b}");
        // Taken for found, they do move it.
        let mixed = Verdict::fit(&rows, &shares, &[]).expect("fits");
        assert!(mean_score(&mixed, &found) - 0.1 > 0.05);
    }

    #[test]
    fn without_found_rows_the_first_source_stands_for_them() {
        let (rows, shares, sources) = made(2000);
        let fit = Verdict::fit(&rows, &shares, &sources).expect("fits");
        let mean = mean_score(&fit, &rows[2000..]);
        let share = f64::from(shares[2000..].iter().sum::<f32>()) / 2000.0;
        assert!((mean - share).abs() < 0.01, "source 3: {mean} {share}");
        assert!((mean_score(&fit, &rows[..2000]) - 0.9).abs() > 0.02);
    }

    #[test]
    fn closeness_never_speaks_for_a_label() {
        let (mut rows, shares) = overlapping(600, 0.4);
        let close = FIRST_NAMED + FIRST_RELATION + CLOSENESS[0];
        let noise = FIRST_NAMED + FIRST_RELATION + CLOSENESS[1];
        for (row, share) in rows.iter_mut().zip(&shares) {
            row[close] = f64::from(*share) + row[0];
            row[noise] = -f64::from(*share);
        }
        let coef = Verdict::fit(&rows, &shares, &[])
            .expect("fits")
            .verdict
            .coef;
        assert_eq!(coef[close], 0.0, "it would be positive, and is left out");
        assert!(coef[noise] < 0.0, "what speaks against stays");
        assert!(coef[0] > 0.0, "other columns are free");
    }

    #[test]
    fn one_class_is_an_error() {
        let (rows, _) = rows(10, 0.5);
        assert!(matches!(
            Verdict::fit(&rows, &[1.0; 10], &[]),
            Err(VerdictError::OneClass { n_rows: 10 })
        ));
    }
}
