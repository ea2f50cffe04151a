//! The verdict of a label, from labelled rows and, for the label of relations, from rows made by pairing.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{LabelFit, LabelTask, Solution};
use crate::evidence::{N_COLUMNS, with_relation};
use crate::linear::loss::sigmoid;
use crate::model::LabelTraining;
use crate::policy::OperatingPoint;
use crate::train::mispair::PairRow;
use crate::train::thresholds::{choose, round};
use crate::train::{Matrices, TrainError};
use crate::verdict::{Verdict, VerdictError, VerdictFit};

/// Share of the comments under their own context that may be flagged: most of them belong there, and a
/// queue of half the page is no help. Chosen.
const OWN_FLAGGED: f64 = 0.1;

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
            point: self.spare_own(
                choose(self.label, &scores, &shares),
                &made,
                &verdict.verdict,
            ),
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
        let fold_by_row = self.fold_by_row(fold_of);
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
        let fold_by_row = self.fold_by_row(fold_of);
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

    /// The thresholds, with comments under their own context spared.
    pub(super) fn spare_own(
        &self,
        point: OperatingPoint,
        made: &[[f64; N_COLUMNS]],
        verdict: &Verdict,
    ) -> OperatingPoint {
        let own = self
            .pairs
            .iter()
            .zip(made)
            .filter(|(pair, _)| pair.share == 0.0);
        lift(
            point,
            own.map(|(_, row)| sigmoid(verdict.logit(row))).collect(),
        )
    }

    /// The fold of each labelled row of the set.
    fn fold_by_row(&self, fold_of: &[usize]) -> HashMap<usize, usize> {
        let rows = self.rows.iter().copied();
        rows.zip(fold_of.iter().copied()).collect()
    }
}

/// Lifts the flag until it spares nine in ten comments under their own context, given their scores. Contexts
/// are cut there, as they are on sites that have no more than headlines.
fn lift(point: OperatingPoint, mut own: Vec<f64>) -> OperatingPoint {
    own.sort_by(f64::total_cmp);
    let at = (own.len() as f64 * (1.0 - OWN_FLAGGED)) as usize;
    match own.get(at) {
        Some(&least) if least > point.flag => OperatingPoint {
            flag: round(least),
            review: round(least),
            reject: None,
        },
        _ => point,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_in_ten_comments_under_their_own_context_are_spared() {
        let own: Vec<f64> = (0..100).rev().map(|i| f64::from(i) / 100.0).collect();
        let low = OperatingPoint {
            flag: 0.4,
            review: 0.4,
            reject: None,
        };
        let lifted = lift(low, own.clone());
        assert_eq!(
            (lifted.flag, lifted.review, lifted.reject),
            (0.9, 0.9, None)
        );
        assert_eq!(
            own.iter().filter(|&&score| score >= lifted.flag).count(),
            10
        );
        let high = OperatingPoint { flag: 0.95, ..low };
        assert_eq!(lift(high, own), high, "what spares more stays");
        assert_eq!(lift(low, Vec::new()), low);
    }
}
