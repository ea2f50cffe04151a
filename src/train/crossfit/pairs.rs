//! The verdict of a label, from labelled rows and, for the label of relations, from rows made by pairing.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{LabelFit, LabelTask, Solution};
use crate::evidence::{N_COLUMNS, with_relation};
use crate::linear::loss::sigmoid;
use crate::model::LabelTraining;
use crate::train::mispair::PairRow;
use crate::train::thresholds::choose;
use crate::train::{Matrices, TrainError};
use crate::verdict::{Verdict, VerdictError, VerdictFit};

impl LabelTask<'_> {
    /// No row is labelled: what belongs together is learnt from pairs alone.
    pub(super) fn fit_pairs(&self, matrices: &Matrices) -> Result<LabelFit, TrainError> {
        let wrap = |source| TrainError::Verdict {
            label: self.label.to_owned(),
            source,
        };
        let made: Vec<_> = (self.pairs.iter())
            .map(|pair| with_relation([0.0; N_COLUMNS], &pair.relation))
            .collect();
        let verdict = self.verdict(&[], &made, |_| true, |_| true).map_err(wrap)?;
        let scores: Vec<f64> = (made.iter())
            .map(|row| sigmoid(verdict.verdict.logit(row)))
            .collect();
        let shares: Vec<f32> = self.pairs.iter().map(|pair| pair.share).collect();
        Ok(LabelFit {
            label: self.label.to_owned(),
            coef: vec![0.0; matrices.pattern.n_columns()],
            intercept: 0.0,
            point: choose(self.label, &scores, &shares),
            training: LabelTraining {
                converged: verdict.converged,
                ..LabelTraining::default()
            },
            verdict: verdict.verdict,
        })
    }

    /// The verdict on some positions and pairs.
    pub(super) fn verdict(
        &self,
        evidence: &[[f64; N_COLUMNS]],
        made: &[[f64; N_COLUMNS]],
        keep: impl Fn(usize) -> bool,
        keep_pair: impl Fn(&PairRow) -> bool,
    ) -> Result<VerdictFit, VerdictError> {
        let inside = self.positions(keep);
        let mut rows: Vec<_> = inside.iter().map(|&position| evidence[position]).collect();
        let mut shares: Vec<_> = inside
            .iter()
            .map(|&position| self.shares[position])
            .collect();
        let mut sources = Vec::new();
        for (pair, row) in self
            .pairs
            .iter()
            .zip(made)
            .filter(|(pair, _)| keep_pair(pair))
        {
            rows.push(*row);
            shares.push(pair.share);
            sources.push(pair.source);
        }
        Verdict::fit(&rows, &shares, &sources)
    }

    /// Evidence rows of the pairs; a comment that is not labelled was seen by no fit.
    pub(super) fn made_rows(
        &self,
        matrices: &Matrices,
        fold_of: &[usize],
        fits: &[(Vec<usize>, Solution)],
    ) -> Vec<[f64; N_COLUMNS]> {
        let fold_by_row: HashMap<usize, usize> = self
            .rows
            .iter()
            .copied()
            .zip(fold_of.iter().copied())
            .collect();
        let row = |pair: &PairRow| {
            let fold = fold_by_row.get(&pair.row).copied().unwrap_or(0);
            let row = self.evidence(matrices, pair.row, &fits[fold].1);
            with_relation(row, &pair.relation)
        };
        self.pairs.par_iter().map(row).collect()
    }

    /// Probabilities of all positions, each from a verdict fitted on the other folds: what the
    /// thresholds are set on.
    pub(super) fn cross_fitted_scores(
        &self,
        evidence: &[[f64; N_COLUMNS]],
        made: &[[f64; N_COLUMNS]],
        fold_of: &[usize],
        all: &VerdictFit,
    ) -> Vec<f64> {
        let fold_by_row: HashMap<usize, usize> = self
            .rows
            .iter()
            .copied()
            .zip(fold_of.iter().copied())
            .collect();
        let verdicts: Vec<Verdict> = (0..self.n_folds())
            .into_par_iter()
            .map(|fold| {
                let fit = self.verdict(
                    evidence,
                    made,
                    |position| fold_of[position] != fold,
                    |pair| fold_by_row.get(&pair.row) != Some(&fold),
                );
                // A fold left with one class borrows the verdict of all rows.
                fit.map_or(all.verdict.clone(), |fit| fit.verdict)
            })
            .collect();
        let score = |(row, &fold): (&[f64; N_COLUMNS], &usize)| sigmoid(verdicts[fold].logit(row));
        evidence.iter().zip(fold_of).map(score).collect()
    }
}
