//! The verdict of a label, from labelled rows and, for the label of relations, from rows made by pairing.

use std::collections::{HashMap, HashSet};
use std::io;

use rayon::prelude::*;

use super::sources;
use super::{FoldEvidence, LabelFit, LabelTask};
use crate::evidence::{N_COLUMNS, with_relation};
use crate::linear::loss::sigmoid;
use crate::model::LabelTraining;
use crate::policy::OperatingPoint;
use crate::train::mispair::PairRow;
use crate::train::thresholds::{choose, round};
use crate::train::{Matrices, TrainError, folds};
use crate::verdict::{Verdict, VerdictError, VerdictFit};

/// Share of the comments under their own context that may be flagged: most of them belong there, and a
/// queue of half the page is no help. Chosen.
const OWN_FLAGGED: f64 = 0.1;

/// A fold that leaves one class borrows the verdict of all rows.
pub(super) fn or_whole(folds: Vec<Option<Verdict>>, whole: &Verdict) -> Vec<Verdict> {
    let or_whole = |fold: Option<Verdict>| fold.unwrap_or_else(|| whole.clone());
    folds.into_iter().map(or_whole).collect()
}

impl LabelTask<'_> {
    /// No row is labelled: what belongs together is learnt from pairs alone. The thresholds are set on
    /// scores out of fold.
    pub(super) fn fit_pairs(&self, matrices: &Matrices, seed: u64) -> Result<LabelFit, TrainError> {
        let made: Vec<_> = (self.pairs.iter())
            .map(|pair| with_relation([0.0; N_COLUMNS], &pair.relation))
            .collect();
        let verdict = self.verdict(&[], &made, |_| true, |_| true);
        let verdict = verdict.map_err(|source| TrainError::Verdict {
            label: self.label.to_owned(),
            source,
        })?;
        let fold_by_group = self.fold_by_group(seed);
        let verdicts = self.cross_fit(&[], &made, &fold_by_group);
        let verdicts = or_whole(verdicts, &verdict.verdict);
        let scores = self.pair_scores(&made, &fold_by_group, &verdicts);
        let shares: Vec<f32> = self.pairs.iter().map(|pair| pair.share).collect();
        Ok(LabelFit {
            label: self.label.to_owned(),
            weights: vec![0.0; matrices.text.n_columns()],
            intercept: 0.0,
            point: self.spare_own(choose(self.label, &scores, &shares), &scores),
            training: LabelTraining {
                converged: verdict.converged,
                ..LabelTraining::default()
            },
            verdict: verdict.verdict,
        })
    }

    /// The verdict on some positions, with their evidence, and pairs.
    pub(super) fn verdict(
        &self,
        evidence: &[(usize, [f64; N_COLUMNS])],
        made: &[[f64; N_COLUMNS]],
        keep: impl Fn(usize) -> bool,
        keep_pair: impl Fn(&PairRow) -> bool,
    ) -> Result<VerdictFit, VerdictError> {
        let inside = || evidence.iter().filter(|(position, _)| keep(*position));
        let mut rows: Vec<_> = inside().map(|&(_, row)| row).collect();
        let mut shares: Vec<_> = inside().map(|&(at, _)| self.shares[at]).collect();
        let mut source_of: Vec<_> = inside().map(|&(at, _)| self.sources.of[at]).collect();
        for (pair, row) in self
            .pairs
            .iter()
            .zip(made)
            .filter(|(pair, _)| keep_pair(pair))
        {
            rows.push(*row);
            shares.push(pair.share);
            source_of.push(sources::made(pair.source));
        }
        Verdict::fit(&rows, &shares, &source_of)
    }

    /// The fold of each group with labelled rows or pairs. Those without labelled rows are spread over the
    /// same folds.
    pub(super) fn fold_by_group(&self, seed: u64) -> HashMap<u32, usize> {
        let labelled = self
            .groups
            .iter()
            .copied()
            .zip(self.fold_of.iter().copied());
        let mut by_group: HashMap<u32, usize> = labelled.collect();
        let (mut groups, mut shares) = (Vec::new(), Vec::new());
        for pair in self.pairs {
            if !by_group.contains_key(&pair.groups[0]) {
                groups.push(pair.groups[0]);
                shares.push(pair.share);
            }
        }
        let more = folds(&groups, &shares, self.n_folds, seed);
        by_group.extend(groups.into_iter().zip(more));
        by_group
    }

    /// Evidence rows of the pairs, each from the fit that did not see the comment's group.
    pub(super) fn made_rows(
        &self,
        matrices: &Matrices,
        fold_by_group: &HashMap<u32, usize>,
        folds: &[FoldEvidence],
    ) -> io::Result<Vec<[f64; N_COLUMNS]>> {
        let row = |pair: &PairRow| {
            let fold = &folds[fold_by_group[&pair.groups[0]]];
            let window = matrices.window(pair.row..pair.row + 1)?;
            let logits = fold.logits(&window, pair.row);
            let row = self.evidence(matrices, logits, &window, pair.row);
            Ok(with_relation(row, &pair.relation))
        };
        self.pairs.par_iter().map(row).collect()
    }

    /// By fold, the verdict of the other folds: what scores are made with on which thresholds are set. None for a fold that
    /// leaves one class.
    pub(super) fn cross_fit(
        &self,
        evidence: &[(usize, [f64; N_COLUMNS])],
        made: &[[f64; N_COLUMNS]],
        fold_by_group: &HashMap<u32, usize>,
    ) -> Vec<Option<Verdict>> {
        let without = |fold: usize| {
            let touched = self.touched(fold, fold_by_group);
            let fit = self.verdict(
                evidence,
                made,
                |position| self.fold_of[position] != fold,
                |pair| !touched.contains(&pair.row),
            );
            fit.ok().map(|fit| fit.verdict)
        };
        (0..self.n_folds).into_par_iter().map(without).collect()
    }

    /// Rows of the comments that stand in a fold, or are given a context from it. All pairs of such a
    /// comment are left out together, for the share of foreign contexts is part of what is learnt.
    fn touched(&self, fold: usize, fold_by_group: &HashMap<u32, usize>) -> HashSet<usize> {
        let is_inside = |group: &u32| fold_by_group.get(group) == Some(&fold);
        let pairs = self.pairs.iter();
        pairs
            .filter(|pair| pair.groups.iter().any(is_inside))
            .map(|pair| pair.row)
            .collect()
    }

    /// Probabilities of the pairs, each from the verdict that did not see the comment's group.
    pub(super) fn pair_scores(
        &self,
        made: &[[f64; N_COLUMNS]],
        fold_by_group: &HashMap<u32, usize>,
        verdicts: &[Verdict],
    ) -> Vec<f64> {
        let score = |(pair, row): (&PairRow, &[f64; N_COLUMNS])| {
            sigmoid(verdicts[fold_by_group[&pair.groups[0]]].logit(row))
        };
        self.pairs.iter().zip(made).map(score).collect()
    }

    /// The thresholds, with comments under their own context spared; `scores` are those of the pairs.
    pub(super) fn spare_own(&self, point: OperatingPoint, scores: &[f64]) -> OperatingPoint {
        let own = self.pairs.iter().zip(scores);
        let own = own.filter(|(pair, _)| pair.share == 0.0);
        lift(point, own.map(|(_, &score)| score).collect())
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
mod tests;
