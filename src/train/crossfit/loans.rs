//! Labels that count another label's evidence, in part, as their own.
//!
//! What is known of a rare label is what its few positives say; of all other words it knows next to nothing, though most of
//! its comments are also instances of a commoner one. A loan adds a share of the other label's evidence, weight by weight,
//! before the verdict learns what the sum is worth: stacking of labels (Godbole and Sarawagi 2004, "Discriminative methods
//! for multi-labeled classification") with a fixed share, for where words are known best the sum is worth least, and
//! it is other places that need it.
//!
//! What is lent are the fits without the same fold, so that out-of-fold evidence stays that: borrower and lender have each
//! group in the same fold.

use std::collections::HashMap;

use super::{Evidence, LabelTask};
use crate::linear::conjugate::Solution;
use crate::train::{TrainError, folds};

/// A share of the evidence of one label that counts as another's.
#[derive(Clone, Debug, PartialEq)]
pub struct Loan {
    /// The label that borrows.
    pub to: String,
    /// The label that lends.
    pub from: String,
    /// How much of the lender's evidence.
    pub share: f64,
}

/// By label, whom it borrows from and how much.
///
/// # Errors
/// A name that is no label, a label that borrows twice or, by whatever way, from itself.
pub(crate) fn lenders(
    labels: &[String],
    loans: &[Loan],
) -> Result<Vec<Option<(usize, f64)>>, TrainError> {
    let refused = |loan: &Loan, detail| TrainError::Loan {
        to: loan.to.clone(),
        from: loan.from.clone(),
        detail,
    };
    let mut lenders = vec![None; labels.len()];
    for loan in loans {
        let position = |name: &str| labels.iter().position(|label| label == name);
        let (Some(to), Some(from)) = (position(&loan.to), position(&loan.from)) else {
            return Err(refused(loan, "both must be labels of the model"));
        };
        if !loan.share.is_finite() {
            return Err(refused(loan, "the share must be a number"));
        }
        if lenders[to].replace((from, loan.share)).is_some() {
            return Err(refused(loan, "a label borrows from one other at most"));
        }
        if depth(&lenders, to).is_none() {
            return Err(refused(loan, "no label can borrow from itself"));
        }
    }
    Ok(lenders)
}

/// How many loans lead to a label; `None` if they go round.
fn depth(lenders: &[Option<(usize, f64)>], label_idx: usize) -> Option<usize> {
    let chain = std::iter::successors(Some(label_idx), |&at| Some(lenders[at]?.0));
    let depth = chain.take(lenders.len() + 1).count();
    (depth <= lenders.len()).then_some(depth)
}

/// Gives groups that a borrower shares with its lender the lender's fold.
///
/// # Errors
/// A loan from or to a label that has no rows, or that is learnt from pairs too, which have folds of their own.
pub(crate) fn share_folds(
    tasks: &mut [LabelTask],
    lenders: &[Option<(usize, f64)>],
    seed: u64,
) -> Result<(), TrainError> {
    // A lender's own folds first.
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by_key(|&label_idx| depth(lenders, label_idx));
    for to in order {
        let Some((from, _)) = lenders[to] else {
            continue;
        };
        let has_evidence = |task: &LabelTask| !task.rows.is_empty() && !task.is_relation;
        if ![to, from].iter().all(|&of| has_evidence(&tasks[of])) {
            return Err(TrainError::Loan {
                to: tasks[to].label.to_owned(),
                from: tasks[from].label.to_owned(),
                detail: "both must be learnt from labelled rows, and from these alone",
            });
        }
        let n_folds = tasks[from].n_folds;
        let known: HashMap<u32, usize> = (tasks[from].groups.iter().copied())
            .zip(tasks[from].fold_of.iter().copied())
            .collect();
        let task = &mut tasks[to];
        let (mut groups, mut shares) = (Vec::new(), Vec::new());
        for (&group, &share) in task.groups.iter().zip(&task.shares) {
            if !known.contains_key(&group) {
                groups.push(group);
                shares.push(share);
            }
        }
        let mut others = folds(&groups, &shares, n_folds, seed).into_iter();
        let fold = |group: &u32| (known.get(group).copied()).or_else(|| others.next());
        task.fold_of = task.groups.iter().filter_map(fold).collect();
        task.n_folds = n_folds;
    }
    Ok(())
}

/// Adds to each label's evidence what it borrows of the lender's own.
pub(crate) fn lend(evidence: &mut [Evidence], lenders: &[Option<(usize, f64)>]) {
    // By label, how much of which other labels' own: loans do not pass on what was borrowed.
    let own: Vec<Vec<Solution>> = (0..evidence.len())
        .map(|label_idx| {
            let lends = lenders.iter().flatten().any(|&(from, _)| from == label_idx);
            if lends {
                evidence[label_idx].solutions.clone()
            } else {
                Vec::new()
            }
        })
        .collect();
    for (borrower, lender) in evidence.iter_mut().zip(lenders) {
        let Some((from, share)) = *lender else {
            continue;
        };
        for (solution, lent) in borrower.solutions.iter_mut().zip(&own[from]) {
            solution.intercept += share * lent.intercept;
            for (weight, lent) in solution.weights.iter_mut().zip(&lent.weights) {
                *weight += share as f32 * lent;
            }
        }
    }
}

#[cfg(test)]
mod tests;
