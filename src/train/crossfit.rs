//! One label: penalty, evidence out of fold, verdict, evidence on all rows, thresholds.

mod pairs;
mod penalty;
mod sources;

pub use penalty::Alpha;

use rayon::prelude::*;

use super::mispair::PairRow;
use super::thresholds::choose;
use super::{Matrices, Progress, TrainError, TrainOptions, TrainingSet, folds};
use crate::evidence::{N_COLUMNS, evidence_row, for_transfer, without_relation, without_style};
use crate::linear::dual::{self, DualOptions, DualSolution, Instance};
use crate::linear::loss::sigmoid;
use crate::linear::presence::PresenceMatrix;
use crate::linear::prior::class_count_prior;
use crate::linear::sparse::SparseRows;
use crate::model::{LabelTraining, Model};
use crate::policy::OperatingPoint;
use crate::verdict::{Verdict, VerdictFit};
use sources::Sources;

/// Folds for out-of-fold evidence: more for few rows, where each counts; fewer for many, where
/// three change nothing but the time.
const MANY_ROWS: usize = 20_000;

/// What one label brings to its fit.
pub(crate) struct LabelTask<'a> {
    label: &'a str,
    label_idx: usize,
    /// Whether it is about the relation to article and parent.
    is_relation: bool,
    /// Rows of the set whose label is known.
    rows: Vec<usize>,
    /// Their shares.
    shares: Vec<f32>,
    /// Their groups.
    groups: Vec<u32>,
    /// Their sources.
    sources: Sources,
    /// For the label of relations: rows made by pairing comments with contexts.
    pairs: &'a [PairRow],
    /// Logits and coefficients of the model to adapt, if it knows the label.
    base: Option<BaseLabel>,
}

struct BaseLabel {
    /// `w_j` by column.
    coef: Vec<f64>,
    intercept: f64,
}

/// A fitted label.
#[derive(Clone, Debug)]
pub struct LabelFit {
    /// Its name.
    pub label: String,
    /// Weights of the evidence by column.
    pub coef: Vec<f64>,
    /// Intercept of the evidence.
    pub intercept: f64,
    /// The rule over evidence rows.
    pub verdict: Verdict,
    /// Thresholds.
    pub point: OperatingPoint,
    /// What the fit saw and how it ended.
    pub training: LabelTraining,
}

type Solution = DualSolution<<PresenceMatrix<'static> as SparseRows>::Weights>;

impl<'a> LabelTask<'a> {
    pub(crate) fn new(
        set: &'a TrainingSet,
        label_idx: usize,
        groups: &[u32],
        rows: &[usize],
        base: Option<&Model>,
        idf: &[f32],
        pairs: &'a [PairRow],
    ) -> Result<Self, TrainError> {
        let label = set.labels[label_idx].as_str();
        let known: Vec<(usize, f32)> = rows
            .iter()
            .filter_map(|&row| Some((row, set.rows[row].shares[label_idx]?)))
            .collect();
        let sources: Vec<u16> = known.iter().map(|&(row, _)| set.rows[row].source).collect();
        let shares: Vec<f32> = known.iter().map(|&(_, share)| share).collect();
        let task = Self {
            label,
            sources: Sources::of(&sources, &shares),
            label_idx,
            rows: known.iter().map(|&(row, _)| row).collect(),
            shares,
            groups: known.iter().map(|&(row, _)| groups[row]).collect(),
            is_relation: set.relation_idx() == Some(label_idx),
            pairs: if set.relation_idx() == Some(label_idx) {
                pairs
            } else {
                &[]
            },
            base: base.and_then(|base| BaseLabel::of(base, label, idf)),
        };
        if !task.rows.is_empty() || task.pairs.is_empty() {
            task.check()?;
        }
        Ok(task)
    }

    fn check(&self) -> Result<(), TrainError> {
        let positives = self.shares.iter().filter(|&&share| share >= 0.5).count();
        let of_class = |positive: bool| {
            let mut groups: Vec<u32> = (self.shares.iter().zip(&self.groups))
                .filter(|(share, _)| (**share >= 0.5) == positive)
                .map(|(_, &group)| group)
                .collect();
            groups.sort_unstable();
            groups.dedup();
            groups.len()
        };
        if of_class(true) < 2 || of_class(false) < 2 {
            let label = self.label.to_owned();
            return Err(TrainError::OneClass {
                label,
                rows: self.rows.len(),
                positives,
            });
        }
        Ok(())
    }

    fn n_folds(&self) -> usize {
        if self.rows.len() > MANY_ROWS { 3 } else { 5 }
    }

    /// Solver runs, for the progress bar.
    pub(crate) fn n_steps(&self) -> usize {
        self.n_folds() + 1
    }

    pub(crate) fn fit(
        &self,
        matrices: &Matrices,
        options: &TrainOptions,
        progress: &dyn Progress,
    ) -> Result<LabelFit, TrainError> {
        if self.rows.is_empty() {
            return self.fit_pairs(matrices, options.seed, progress);
        }
        let alpha = match options.alpha {
            Alpha::Fixed(alpha) => alpha,
            Alpha::Auto => self.search(matrices, options),
        };
        let fold_of = folds(&self.groups, &self.shares, self.n_folds(), options.seed);
        let fold_fits: Vec<(Vec<usize>, Solution)> = (0..self.n_folds())
            .into_par_iter()
            .map(|fold| {
                let inside = self.positions(|position| fold_of[position] != fold);
                let solution = self.solve(matrices, &inside, alpha, options.seed, None);
                progress.advance(1);
                (inside, solution)
            })
            .collect();
        let evidence = self.out_of_fold(matrices, &fold_of, &fold_fits);
        let start = self.mean_start(&fold_fits);
        let all = self.positions(|_| true);
        let solution = self.solve(matrices, &all, alpha, options.seed, Some(&start));
        progress.advance(1);
        let wrap = |source| TrainError::Verdict {
            label: self.label.to_owned(),
            source,
        };
        let fold_by_group = self.fold_by_group(&fold_of, options.seed);
        let made = self.made_rows(matrices, &fold_by_group, &fold_fits);
        let verdict = self
            .verdict(&evidence, &made, |_| true, |_| true)
            .map_err(wrap)?;
        let verdicts = self.cross_fit(&evidence, &made, &fold_of, &fold_by_group, &verdict);
        let score = |(row, &fold): (&[f64; N_COLUMNS], &usize)| sigmoid(verdicts[fold].logit(row));
        let scores: Vec<f64> = evidence.iter().zip(&fold_of).map(score).collect();
        let mut fit = self.finish(matrices, &solution, &verdict, &scores, alpha);
        let pair_scores = self.pair_scores(&made, &fold_by_group, &verdicts);
        fit.point = self.spare_own(fit.point, &pair_scores);
        Ok(fit)
    }

    fn finish(
        &self,
        matrices: &Matrices,
        solution: &Solution,
        verdict: &VerdictFit,
        scores: &[f64],
        alpha: f64,
    ) -> LabelFit {
        let mut coef = matrices.text.coef(&solution.weights);
        let mut intercept = solution.intercept;
        if let Some(base) = &self.base {
            coef.iter_mut()
                .zip(&base.coef)
                .for_each(|(w, base)| *w += base);
            intercept += base.intercept;
        }
        LabelFit {
            label: self.label.to_owned(),
            coef,
            intercept,
            verdict: verdict.verdict.clone(),
            point: self.threshold(matrices, scores),
            training: LabelTraining {
                rows: self.rows.len() as u64,
                positives: self.shares.iter().map(|&share| f64::from(share)).sum(),
                alpha,
                n_iter: solution.n_iter,
                converged: solution.converged && verdict.converged,
            },
        }
    }

    /// Thresholds from cross-fitted scores; rows that cannot be told have none.
    fn threshold(&self, matrices: &Matrices, scores: &[f64]) -> OperatingPoint {
        let told = |position: &usize| !self.is_relation || !matrices.silent[self.rows[*position]];
        let told: Vec<usize> = (0..self.rows.len()).filter(told).collect();
        let scores: Vec<f64> = told.iter().map(|&position| scores[position]).collect();
        let shares: Vec<f32> = told.iter().map(|&position| self.shares[position]).collect();
        choose(self.label, &scores, &shares)
    }

    fn positions(&self, keep: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.rows.len())
            .filter(|&position| keep(position))
            .collect()
    }

    /// Instances of some positions: one for a hard label, two for a soft one, positive first.
    fn instances(
        &self,
        matrices: &Matrices,
        positions: &[usize],
        alpha: f64,
        start: Option<&[[f32; 2]]>,
    ) -> Vec<Instance> {
        let mut instances = Vec::with_capacity(positions.len());
        for &position in positions {
            let row = self.rows[position];
            let share = f64::from(self.shares[position]);
            let offset = self.base.as_ref().map_or(0.0, |base| {
                matrices.text.dot_coef(row, &base.coef) + base.intercept
            }) + self.sources.offsets[position];
            for (class, weight) in [(1, share), (0, 1.0 - share)] {
                if weight > 0.0 {
                    instances.push(Instance {
                        row: row as u32,
                        positive: class == 1,
                        cost: weight / alpha,
                        offset,
                        start: start.map_or(0.0, |start| start[position][class]),
                    });
                }
            }
        }
        instances
    }

    fn solve(
        &self,
        matrices: &Matrices,
        positions: &[usize],
        alpha: f64,
        seed: u64,
        start: Option<&[[f32; 2]]>,
    ) -> Solution {
        let instances = self.instances(matrices, positions, alpha, start);
        let prior = class_count_prior(matrices.pattern, &instances);
        // Labels visit rows in orders of their own.
        let seed = seed.wrapping_add(self.label_idx as u64);
        let options = DualOptions {
            seed,
            ..DualOptions::default()
        };
        dual::solve(&matrices.text, &prior, &instances, &options)
    }

    /// Evidence rows of all positions, each from the fit that did not see it.
    fn out_of_fold(
        &self,
        matrices: &Matrices,
        fold_of: &[usize],
        fits: &[(Vec<usize>, Solution)],
    ) -> Vec<[f64; N_COLUMNS]> {
        let row = |position: usize| {
            let (row, solution) = (self.rows[position], &fits[fold_of[position]].1);
            self.evidence(matrices, row, solution)
        };
        (0..self.rows.len()).into_par_iter().map(row).collect()
    }

    fn evidence(&self, matrices: &Matrices, row: usize, solution: &Solution) -> [f64; N_COLUMNS] {
        let base = |matrix: &PresenceMatrix| {
            self.base
                .as_ref()
                .map_or(0.0, |base| matrix.dot_coef(row, &base.coef))
        };
        let base_intercept = self.base.as_ref().map_or(0.0, |base| base.intercept);
        let intercept = solution.intercept + base_intercept;
        let text = matrices.text.dot(row, &solution.weights) + base(&matrices.text);
        let name = matrices.name.dot(row, &solution.weights) + base(&matrices.name);
        let own = |column: u32| solution.weights[column as usize].value();
        let sentence = match &self.base {
            None => matrices.text.strongest_sentence(row, &own),
            Some(base) => {
                let both = |column| own(column) + base.value(column, matrices.idf);
                matrices.text.strongest_sentence(row, &both)
            }
        };
        let row = evidence_row(
            text + intercept,
            name,
            sentence.unwrap_or(0.0) + intercept,
            &matrices.named[row],
        );
        if self.is_relation {
            without_style(row)
        } else if matrices.transfer {
            for_transfer(without_relation(row))
        } else {
            without_relation(row)
        }
    }

    /// Mean dual solution of the folds that held each position: close to that of all rows.
    fn mean_start(&self, fits: &[(Vec<usize>, Solution)]) -> Vec<[f32; 2]> {
        let mut start = vec![[0.0; 2]; self.rows.len()];
        let n_fits = (fits.len() - 1) as f32;
        for (positions, solution) in fits {
            let mut shares = solution.shares.iter();
            for &position in positions {
                let share = self.shares[position];
                for (class, present) in [(1, share > 0.0), (0, share < 1.0)] {
                    if present {
                        start[position][class] += shares.next().copied().unwrap_or(0.0) / n_fits;
                    }
                }
            }
        }
        start
    }
}

impl BaseLabel {
    fn of(base: &Model, label: &str, idf: &[f32]) -> Option<Self> {
        let label_idx = base.label_idx(label)?;
        let coef = |(column, &idf): (usize, &f32)| {
            let weight = base.table().weight(label_idx, column as u32);
            if idf > 0.0 {
                weight / f64::from(idf)
            } else {
                0.0
            }
        };
        Some(Self {
            coef: idf.iter().enumerate().map(coef).collect(),
            intercept: base.heads()[label_idx].evidence_intercept,
        })
    }

    /// A column's weight times its idf.
    fn value(&self, column: u32, idf: &[f32]) -> f64 {
        self.coef[column as usize] * f64::from(idf[column as usize])
    }
}
