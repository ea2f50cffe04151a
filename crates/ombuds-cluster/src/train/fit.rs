//! One label: priors, evidence by fold and on all rows.

use std::cell::Cell;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::UInt8Type;
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::logical_expr::lit;
use datafusion::prelude::DataFrame;
use ombuds::linear::prior::variance;
use ombuds::model::LabelTraining;
use ombuds::train::{LabelFit, smooth_idf};

use super::newton::{NewtonOptions, NewtonSolution, Objective, minimise};
use super::passes::{CLASS_COUNTS, DOCUMENT_COUNTS, GRADIENT, HESSIAN, NO_FOLD};
use super::shards::{INDEX, SHARDS, label_column};
use super::{Job, Traffic, TrainError, count, sums, vectors};
use crate::arguments::column;

/// Evidence of folds teaches the verdict some thirty numbers; it need not be as exact as what is kept.
const FOLD_TOL: f64 = 1e-3;

/// How often the rows of each class have each bucket, and how many rows there are.
#[derive(Clone, Debug)]
struct ClassCounts {
    /// Negative class, then positive; each by bucket, then the total.
    counts: [Vec<f64>; 2],
}

impl ClassCounts {
    fn of(sums: &[f64]) -> Self {
        let (negative, positive) = sums.split_at(sums.len() / 2);
        Self {
            counts: [negative.to_vec(), positive.to_vec()],
        }
    }

    fn totals(&self) -> [f64; 2] {
        [0, 1].map(|class| self.counts[class].last().copied().unwrap_or(0.0))
    }

    fn add(&mut self, other: &Self) {
        for (counts, added) in self.counts.iter_mut().zip(&other.counts) {
            counts
                .iter_mut()
                .zip(added)
                .for_each(|(count, added)| *count += added);
        }
    }

    /// Prior variances by bucket, as `ombuds::linear::prior` has them.
    fn variances(&self) -> Vec<f32> {
        let n_columns = self.counts[0].len() - 1;
        let counts = (0..n_columns).map(|j| [self.counts[0][j], self.counts[1][j]]);
        let totals = self.totals();
        counts
            .map(|counts| variance(counts, totals) as f32)
            .collect()
    }
}

/// An evidence fit and the files of its vectors.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) solution: NewtonSolution,
    /// Paths of idf and of square roots of the prior variances.
    pub(super) prior: [String; 2],
    /// Path of the solution.
    pub(super) point: String,
    /// Square roots of the prior variances.
    pub(super) roots: Vec<f64>,
}

impl Job<'_> {
    async fn features(&self) -> Result<DataFrame> {
        self.context.table(SHARDS).await
    }

    /// Inverse document frequencies of all rows.
    pub(super) async fn idf(&self, traffic: &Cell<Traffic>) -> Result<Vec<f32>, TrainError> {
        let run = async {
            let counts = self.context.udaf(DOCUMENT_COUNTS)?;
            let arguments = vec![column("text"), lit(1.0), lit(self.n_columns() as f64)];
            let rows = self.features().await?;
            let rows = rows.aggregate(Vec::new(), vec![counts.call(arguments)])?;
            vector(&rows.collect().await?)
        };
        let found = run.await.map_err(TrainError::engine("counting buckets"))?;
        count(traffic, |traffic| {
            traffic.n_passes += 1;
            traffic.bytes_up += 8 * found.len() as u64;
        });
        let counts = ClassCounts::of(&found);
        let [_, n_rows] = counts.totals();
        let idf = |&df: &f64| {
            let is_rare = df < f64::from(self.options.min_df);
            if is_rare { 0.0 } else { smooth_idf(n_rows, df) }
        };
        Ok(counts.counts[1][..self.n_columns()]
            .iter()
            .map(idf)
            .collect())
    }

    /// Class counts by fold.
    async fn class_counts(
        &self,
        label_idx: usize,
        traffic: &Cell<Traffic>,
    ) -> Result<Vec<ClassCounts>, TrainError> {
        let run = async {
            let counts = self.context.udaf(CLASS_COUNTS)?;
            let share = column(&label_column(label_idx));
            let arguments = vec![column("text"), share.clone(), lit(self.n_columns() as f64)];
            let rows = self.features().await?.filter(share.is_not_null())?;
            let rows = rows.aggregate(vec![column("fold")], vec![counts.call(arguments)])?;
            let mut by_fold = Vec::new();
            for batch in rows.collect().await? {
                let folds = batch.column(0).as_primitive::<UInt8Type>();
                let counts = batch.column(1).as_binary::<i32>();
                for row in 0..batch.num_rows() {
                    by_fold.push((folds.value(row), sums::decode(counts.value(row))?));
                }
            }
            by_fold.sort_by_key(|(fold, _)| *fold);
            Ok(by_fold)
        };
        let by_fold = run.await.map_err(TrainError::engine("counting classes"))?;
        count(traffic, |traffic| {
            let n_numbers: usize = by_fold.iter().map(|(_, sums)| sums.len()).sum();
            traffic.n_passes += 1;
            traffic.bytes_up += 8 * n_numbers as u64;
        });
        let counts: Vec<ClassCounts> = by_fold
            .iter()
            .map(|(_, sums)| ClassCounts::of(sums))
            .collect();
        let totals = counts.iter().map(ClassCounts::totals);
        let [negatives, positives] = totals
            .clone()
            .fold([0.0; 2], |sum, it| [0, 1].map(|c| sum[c] + it[c]));
        let n_complete = totals
            .filter(|total| total[0] > 0.0 && total[1] > 0.0)
            .count();
        if n_complete < usize::from(self.options.n_folds) {
            return Err(TrainError::OneClass {
                label: self.labels[label_idx].label.clone(),
                rows: negatives + positives,
                positives,
            });
        }
        Ok(counts)
    }

    /// Fits one label.
    pub(super) async fn fit_label(
        &self,
        label_idx: usize,
        idf: &[f32],
        traffic: &Cell<Traffic>,
        tell: &impl Fn(&str),
    ) -> Result<LabelFit, TrainError> {
        let label = &self.labels[label_idx].label;
        let by_fold = self.class_counts(label_idx, traffic).await?;
        let sum = |keep: &dyn Fn(usize) -> bool| {
            let kept = (0..by_fold.len()).filter(|&fold| keep(fold));
            let mut kept = kept.map(|fold| &by_fold[fold]);
            let first = kept
                .next()
                .cloned()
                .expect("at least two folds are checked for");
            kept.fold(first, |mut sum, counts| {
                sum.add(counts);
                sum
            })
        };
        let zero = vec![0.0; self.n_columns() + 1];
        let newton = NewtonOptions {
            tol: self.options.newton.tol.max(FOLD_TOL),
            ..self.options.newton
        };
        tell(&format!("{label}: {} folds", self.options.n_folds));
        // At a time, so that one works while another waits for the driver. Each from zero: the solution of another fold
        // has seen the rows that this one shall not.
        let folds = (0..self.options.n_folds).map(|fold| {
            let counts = sum(&|other| other != usize::from(fold));
            let zero = zero.clone();
            async move {
                self.fit_evidence(label_idx, Some(fold), idf, &counts, zero, newton, traffic)
                    .await
            }
        });
        let folds: Vec<Evidence> = futures::future::try_join_all(folds).await?;
        let mut start = zero;
        for fit in &folds {
            start.iter_mut().zip(&fit.solution.u).for_each(|(sum, u)| {
                *sum += u / f64::from(self.options.n_folds);
            });
        }
        tell(&format!("{label}: all rows"));
        let counts = sum(&|_| true);
        let newton = self.options.newton;
        let all = self
            .fit_evidence(label_idx, None, idf, &counts, start, newton, traffic)
            .await?;
        let (verdict, point) = self.fit_verdict(label_idx, &folds, traffic).await?;
        let [negatives, positives] = counts.totals();
        let n_columns = self.n_columns();
        let scaled = all.solution.u[..n_columns].iter().zip(&all.roots).zip(idf);
        Ok(LabelFit {
            label: label.clone(),
            weights: scaled
                .map(|((u, root), idf)| (u * root * f64::from(*idf)) as f32)
                .collect(),
            intercept: all.solution.u[n_columns],
            training: LabelTraining {
                rows: (negatives + positives) as u64,
                positives,
                alpha: self.options.alpha,
                n_iter: all.solution.n_iter,
                converged: all.solution.converged && verdict.converged,
                ..LabelTraining::default()
            },
            verdict: verdict.verdict,
            point,
        })
    }

    /// Evidence of all rows alone, from zero.
    #[cfg(test)]
    pub(super) async fn fit_whole(
        &self,
        label_idx: usize,
        idf: &[f32],
        newton: NewtonOptions,
        traffic: &Cell<Traffic>,
    ) -> Result<Evidence, TrainError> {
        let by_fold = self.class_counts(label_idx, traffic).await?;
        let mut counts = by_fold[0].clone();
        by_fold[1..].iter().for_each(|other| counts.add(other));
        let zero = vec![0.0; self.n_columns() + 1];
        self.fit_evidence(label_idx, None, idf, &counts, zero, newton, traffic)
            .await
    }

    /// Evidence of the rows outside of a fold, or of all.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one fit, each named at the call"
    )]
    async fn fit_evidence(
        &self,
        label_idx: usize,
        without: Option<u8>,
        idf: &[f32],
        counts: &ClassCounts,
        start: Vec<f64>,
        newton: NewtonOptions,
        traffic: &Cell<Traffic>,
    ) -> Result<Evidence, TrainError> {
        let variances = counts.variances();
        let roots: Vec<f64> = variances.iter().map(|&v| f64::from(v).sqrt()).collect();
        let idf: Vec<f64> = idf.iter().map(|&idf| f64::from(idf)).collect();
        let scales = idf.iter().zip(&roots).map(|(idf, root)| idf * root);
        let scales = scales.chain([1.0]).collect();
        let stage = "fitting";
        let prior = [&idf, &roots].map(|vector| vectors::write(&self.work, vector));
        let [idf, root] = prior.map(|path| path.map_err(TrainError::engine(stage)));
        let prior = [idf?, root?];
        let mut pass = Pass {
            job: self,
            label_idx,
            without,
            scales,
            prior: prior.clone(),
            traffic,
        };
        let zero = vec![0.0; start.len()];
        let is_zero = start == zero;
        let run = async {
            let scale = if is_zero {
                None
            } else {
                let (_, gradient) = pass.gradient(&zero).await?;
                Some(super::newton::norm(&gradient))
            };
            let solution = minimise(&mut pass, start, scale, &newton).await?;
            let point = vectors::write(&self.work, &solution.u)?;
            Ok((solution, point))
        };
        let (solution, point) = run.await.map_err(TrainError::engine(stage))?;
        Ok(Evidence {
            solution,
            prior,
            point,
            roots,
        })
    }
}

/// The objective of one fit, as queries.
struct Pass<'a, 'j> {
    job: &'a Job<'j>,
    label_idx: usize,
    without: Option<u8>,
    /// Paths of idf and of square roots of the prior variances.
    prior: [String; 2],
    /// `idf_j sqrt(v_j)`: what a unit of `u_j` does to a row before its norm; 1 for the intercept.
    scales: Vec<f64>,
    traffic: &'a Cell<Traffic>,
}

impl Pass<'_, '_> {
    async fn sums(&mut self, function: &str, vectors_down: &[&[f64]]) -> Result<Vec<f64>> {
        let number = |value: i64| lit(value);
        let mut arguments = vec![
            column("path"),
            column("row_group"),
            number(self.label_idx.cast_signed() as i64),
            number(self.without.unwrap_or(NO_FOLD).into()),
        ];
        arguments.extend(self.prior.iter().map(|path| lit(path.as_str())));
        for vector in vectors_down {
            arguments.push(lit(vectors::write(&self.job.work, vector)?));
        }
        let function = self.job.context.udaf(function)?;
        let shards = self.job.context.table(INDEX).await?;
        let sums = shards.aggregate(Vec::new(), vec![function.call(arguments)])?;
        let found = vector(&sums.collect().await?)?;
        count(self.traffic, |traffic| {
            let n_down: usize = vectors_down.iter().map(|vector| vector.len()).sum();
            traffic.n_passes += 1;
            traffic.bytes_down += 8 * n_down as u64;
            traffic.bytes_up += 8 * found.len() as u64;
        });
        Ok(found)
    }
}

impl Objective for Pass<'_, '_> {
    type Error = DataFusionError;

    async fn gradient(&mut self, u: &[f64]) -> Result<(f64, Vec<f64>)> {
        let found = self.sums(GRADIENT, &[u]).await?;
        let alpha = self.job.options.alpha;
        let (loss, slopes) = found
            .split_first()
            .expect("a loss is the first of the sums");
        let penalty = 0.5 * u.iter().map(|u| u * u).sum::<f64>();
        let slopes = slopes.iter().zip(&self.scales).zip(u);
        let gradient = slopes.map(|((slope, scale), u)| slope * scale / alpha + u);
        Ok((loss / alpha + penalty, gradient.collect()))
    }

    async fn hessian(&mut self, u: &[f64], direction: &[f64]) -> Result<Vec<f64>> {
        // Of unit length, so that sums are as large as their unit is made for.
        let length = super::newton::norm(direction).max(f64::MIN_POSITIVE);
        let along: Vec<f64> = direction.iter().map(|d| d / length).collect();
        let found = self.sums(HESSIAN, &[u, &along]).await?;
        let per_sum = length / self.job.options.alpha;
        let sums = found.iter().zip(&self.scales).zip(direction);
        let product = sums.map(|((sum, scale), d)| sum * scale * per_sum + d);
        Ok(product.collect())
    }
}

/// The sums of a query without groups.
fn vector(batches: &[RecordBatch]) -> Result<Vec<f64>> {
    let rows = batches.iter().filter(|batch| batch.num_rows() > 0);
    let rows: Vec<_> = rows.collect();
    let [batch] = rows[..] else {
        return exec_err!("expected one row of sums, got {}", rows.len());
    };
    let sums = batch.column(0).as_binary::<i32>();
    if sums.len() != 1 || sums.value(0).is_empty() {
        return exec_err!("no labelled comments");
    }
    sums::decode(sums.value(0))
}
