//! One label: penalty, evidence out of fold, verdict, evidence on all rows, thresholds.

mod base;
mod loans;
mod pairs;
mod penalty;
mod solve;
mod sources;

pub use base::{ENOUGH_FOR_VERDICT, keeps_verdict};
pub use loans::Loan;
pub(crate) use loans::{lend, lenders, share_folds};
pub use penalty::Alpha;
pub(crate) use solve::{Evidence, solve_together};

use std::io;
use std::ops::Range;

use rayon::prelude::*;

use super::mispair::PairRow;
use super::thresholds::choose;
use super::{Matrices, TrainError, TrainingSet, Window, folds};
use crate::evidence::{N_COLUMNS, evidence_row, for_transfer, without_relation, without_style};
use crate::linear::conjugate::{Problem, Solution};
use crate::linear::loss::sigmoid;
use crate::linear::pattern::runs;
use crate::linear::presence::WeighedMatrix;
use crate::model::{LabelTraining, Model};
use crate::policy::OperatingPoint;
use crate::verdict::{self, Verdict};
use base::BaseLabel;
use sources::Sources;

/// Folds for out-of-fold evidence: more for few rows, where each counts; fewer for many, where
/// three change nothing but the time.
const MANY_ROWS: usize = 10_000;

/// What one label brings to its fit.
pub(crate) struct LabelTask<'a> {
    label: &'a str,
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
    /// What the model to adapt knows of the label.
    base: Option<BaseLabel>,
    n_folds: usize,
    /// By position.
    fold_of: Vec<usize>,
}

/// A fitted label.
#[derive(Clone, Debug)]
pub struct LabelFit {
    /// Its name.
    pub label: String,
    /// Weights of the evidence times idf, by bucket.
    pub weights: Vec<f32>,
    /// Intercept of the evidence.
    pub intercept: f64,
    /// The rule over evidence rows.
    pub verdict: Verdict,
    /// Thresholds.
    pub point: OperatingPoint,
    /// What the fit saw and how it ended.
    pub training: LabelTraining,
}

impl<'a> LabelTask<'a> {
    pub(crate) fn new(
        set: &'a TrainingSet,
        label_idx: usize,
        groups: &[u32],
        rows: &[usize],
        base: Option<&Model>,
        pairs: &'a [PairRow],
        seed: u64,
    ) -> Result<Self, TrainError> {
        let label = set.labels[label_idx].as_str();
        let known: Vec<(usize, f32)> = rows
            .iter()
            .filter_map(|&row| Some((row, set.rows[row].shares[label_idx]?)))
            .collect();
        let sources: Vec<u16> = known.iter().map(|&(row, _)| set.rows[row].source).collect();
        let shares: Vec<f32> = known.iter().map(|&(_, share)| share).collect();
        let groups: Vec<u32> = known.iter().map(|&(row, _)| groups[row]).collect();
        let n_folds = if known.len() > MANY_ROWS { 3 } else { 5 };
        let task = Self {
            label,
            sources: Sources::of(&sources, &shares),
            rows: known.iter().map(|&(row, _)| row).collect(),
            fold_of: folds(&groups, &shares, n_folds, seed),
            n_folds,
            shares,
            groups,
            is_relation: set.relation_idx() == Some(label_idx),
            pairs: if set.relation_idx() == Some(label_idx) {
                pairs
            } else {
                &[]
            },
            base: base.and_then(|base| BaseLabel::of(base, label)),
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

    /// Solver runs: without each fold, and of all rows.
    pub(crate) fn n_fits(&self) -> usize {
        if self.rows.is_empty() {
            0
        } else {
            self.n_folds + 1
        }
    }

    /// Rows of the set whose label is known.
    pub(crate) fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// From the evidence, with what is borrowed in it, to verdict and thresholds.
    pub(crate) fn finish(
        &self,
        matrices: &Matrices,
        evidence: Evidence,
        seed: u64,
    ) -> Result<LabelFit, TrainError> {
        let Evidence {
            alpha,
            mut solutions,
        } = evidence;
        (solutions.iter_mut()).for_each(|solution| self.add_base(solution));
        let Some(solution) = solutions.pop() else {
            return self.fit_pairs(matrices, seed);
        };
        // Of relations there are made pairs as well, enough for a verdict of their own.
        let kept = self.base.as_ref().filter(|_| !self.is_relation);
        if let Some(base) = kept.filter(|_| keeps_verdict(self.rows.len(), self.n_positive())) {
            return Ok(self.fitted(alpha, solution, base.verdict.clone(), true, base.point));
        }
        let folds: Vec<FoldEvidence> = (solutions.iter())
            .map(|solution| FoldEvidence::new(matrices, solution))
            .collect();
        let logits =
            self.by_position(matrices, &self.positions(|_| true), |position, window| {
                folds[self.fold_of[position]].logits(window, self.rows[position])
            })?;
        let evidence = |position: usize, window: &Window| {
            self.evidence(matrices, logits[position], window, self.rows[position])
        };
        // Twice what a verdict looks at, for those of the folds; all would be most of a training's memory.
        let step = self.rows.len().div_ceil(2 * verdict::MAX_ROWS).max(1);
        // Rows that cannot be told teach too: without them average precision of held-out newsroom articles is .548 and .515
        // for .551 and .525.
        let sample = self.positions(|position| position.is_multiple_of(step));
        let rows = self.by_position(matrices, &sample, |position, window| {
            (position, evidence(position, window))
        })?;
        let wrap = |source| TrainError::Verdict {
            label: self.label.to_owned(),
            source,
        };
        let fold_by_group = self.fold_by_group(seed);
        let made = self.made_rows(matrices, &fold_by_group, &folds)?;
        let (verdict, verdicts) = rayon::join(
            || self.verdict(&rows, &made, |_| true, |_| true),
            || self.cross_fit(&rows, &made, &fold_by_group),
        );
        let verdict = verdict.map_err(wrap)?;
        let verdicts = pairs::or_whole(verdicts, &verdict.verdict);
        drop(rows);
        let scores =
            self.by_position(matrices, &self.positions(|_| true), |position, window| {
                sigmoid(verdicts[self.fold_of[position]].logit(&evidence(position, window)))
            })?;
        let pair_scores = self.pair_scores(&made, &fold_by_group, &verdicts);
        let point = self.spare_own(self.threshold(matrices, &scores), &pair_scores);
        Ok(self.fitted(alpha, solution, verdict.verdict, verdict.converged, point))
    }

    fn n_positive(&self) -> f64 {
        self.shares.iter().map(|&share| f64::from(share)).sum()
    }

    fn fitted(
        &self,
        alpha: f64,
        solution: Solution,
        verdict: Verdict,
        converged: bool,
        point: OperatingPoint,
    ) -> LabelFit {
        LabelFit {
            label: self.label.to_owned(),
            weights: solution.weights,
            intercept: solution.intercept,
            point,
            training: LabelTraining {
                rows: self.rows.len() as u64,
                positives: self.n_positive(),
                alpha,
                n_iter: solution.n_iter,
                converged: solution.converged && converged,
                ..LabelTraining::default()
            },
            verdict,
        }
    }

    /// Something of each of some positions, in order, with their rows in memory window by window.
    fn by_position<T: Send>(
        &self,
        matrices: &Matrices,
        positions: &[usize],
        each: impl Fn(usize, &Window) -> T + Sync,
    ) -> io::Result<Vec<T>> {
        let rows: Vec<usize> = positions
            .iter()
            .map(|&position| self.rows[position])
            .collect();
        let of_run = |run: Range<usize>| -> io::Result<Vec<T>> {
            let window = matrices.window(rows[run.start]..rows[run.end - 1] + 1)?;
            let positions = positions[run].par_iter();
            Ok(positions.map(|&position| each(position, &window)).collect())
        };
        let parts = runs(&rows).into_par_iter().map(of_run);
        let parts: Vec<Vec<T>> = parts.collect::<io::Result<_>>()?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// Thresholds from cross-fitted scores; rows that cannot be told have none.
    fn threshold(&self, matrices: &Matrices, scores: &[f64]) -> OperatingPoint {
        let told = self.positions(|position| self.is_told(matrices, position));
        let scores: Vec<f64> = told.iter().map(|&position| scores[position]).collect();
        let shares: Vec<f32> = told.iter().map(|&position| self.shares[position]).collect();
        choose(self.label, &scores, &shares)
    }

    /// Whether a position's label can be told at all.
    fn is_told(&self, matrices: &Matrices, position: usize) -> bool {
        !self.is_relation || !matrices.silent[self.rows[position]]
    }

    fn positions(&self, keep: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.rows.len())
            .filter(|&position| keep(position))
            .collect()
    }

    /// What is known beforehand of some positions, as logits: by the base model, and how common the label is in their source.
    /// Empty if nothing is.
    fn offsets(&self, matrices: &Matrices, positions: &[usize]) -> io::Result<Vec<f32>> {
        let known = match &self.base {
            Some(base) => {
                let text = matrices.text.weigh(&base.weights);
                self.by_position(matrices, positions, |position, window| {
                    text.dot(&window.text, self.rows[position]) + base.intercept
                })?
            }
            None => vec![0.0; positions.len()],
        };
        let offset =
            |(&position, known): (&usize, f64)| (known + self.sources.offsets[position]) as f32;
        let offsets: Vec<f32> = positions.iter().zip(known).map(offset).collect();
        let is_needed = offsets.iter().any(|&offset| offset != 0.0);
        Ok(if is_needed { offsets } else { Vec::new() })
    }

    /// The fit to some positions, of which those that are not kept do not count.
    fn problem(
        &self,
        positions: &[usize],
        offsets: &[f32],
        keep: impl Fn(usize) -> bool,
        alpha: f64,
    ) -> Problem {
        let class = |(i, &position): (usize, &usize)| {
            let share = self.shares[position];
            if keep(i) {
                [1.0 - share, share]
            } else {
                [0.0; 2]
            }
        };
        Problem {
            classes: positions.iter().enumerate().map(class).collect(),
            offsets: offsets.to_vec(),
            alpha,
        }
    }

    /// What the base model knows becomes part of a solution.
    fn add_base(&self, solution: &mut Solution) {
        if let Some(base) = &self.base {
            solution.intercept += base.intercept;
            let weights = solution.weights.iter_mut().zip(&base.weights);
            weights.for_each(|(weight, base)| *weight += base);
        }
    }

    /// The evidence row of a row, given what the fits say of it.
    fn evidence(
        &self,
        matrices: &Matrices,
        [text, name, sentence]: [f64; 3],
        window: &Window,
        row: usize,
    ) -> [f64; N_COLUMNS] {
        let named = window.named[row - window.first].map(f64::from);
        let row = evidence_row(text, name, sentence, &named);
        if self.is_relation {
            without_style(row)
        } else if matrices.transfer {
            for_transfer(without_relation(row))
        } else {
            without_relation(row)
        }
    }
}

/// Texts and display names as a fit sees them that did not learn from them.
struct FoldEvidence<'a> {
    text: WeighedMatrix<'a>,
    name: WeighedMatrix<'a>,
    intercept: f64,
}

impl<'a> FoldEvidence<'a> {
    fn new(matrices: &'a Matrices, solution: &'a Solution) -> Self {
        Self {
            text: matrices.text.weigh(&solution.weights),
            name: matrices.name.weigh(&solution.weights),
            intercept: solution.intercept,
        }
    }

    /// Logits of the text, the display name and the strongest sentence of a row.
    fn logits(&self, window: &Window, row: usize) -> [f64; 3] {
        let strongest = self.text.strongest_sentence(&window.text, row);
        [
            self.text.dot(&window.text, row) + self.intercept,
            self.name.dot(&window.name, row),
            strongest.unwrap_or(0.0) + self.intercept,
        ]
    }
}
