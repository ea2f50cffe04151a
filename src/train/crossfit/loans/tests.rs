use std::collections::BTreeMap;

use super::*;
use crate::train::crossfit::sources::Sources;

fn loan(to: &str, from: &str) -> Loan {
    Loan {
        to: to.to_owned(),
        from: from.to_owned(),
        share: 0.5,
    }
}

fn labels() -> Vec<String> {
    ["insult", "toxicity", "threat"].map(str::to_owned).to_vec()
}

#[test]
fn loans_that_go_round_or_nowhere_are_refused() {
    let found = |loans: &[Loan]| lenders(&labels(), loans);
    let chain = [loan("toxicity", "insult"), loan("threat", "toxicity")];
    assert_eq!(
        found(&chain).expect("a chain"),
        [None, Some((0, 0.5)), Some((1, 0.5))]
    );
    for refused in [
        vec![loan("threat", "threat")],
        vec![loan("toxicity", "insult"), loan("insult", "toxicity")],
        vec![loan("threat", "insult"), loan("threat", "toxicity")],
        vec![loan("threat", "spam")],
        vec![Loan {
            share: f64::NAN,
            ..loan("threat", "insult")
        }],
    ] {
        assert!(found(&refused).is_err(), "{refused:?}");
    }
}

/// A label known in some groups of ten rows each.
fn task(groups: std::ops::Range<u32>, n_folds: usize) -> LabelTask<'static> {
    let groups: Vec<u32> = groups.flat_map(|group| [group; 10]).collect();
    let shares: Vec<f32> = (0..groups.len()).map(|i| (i % 3 / 2) as f32).collect();
    LabelTask {
        label: "insult",
        is_relation: false,
        rows: (0..groups.len()).collect(),
        fold_of: folds(&groups, &shares, n_folds, 0),
        n_folds,
        sources: Sources::default(),
        shares,
        groups,
        pairs: &[],
        base: None,
    }
}

#[test]
fn a_group_is_in_one_fold_for_borrower_and_lender() {
    // The borrower of a borrower comes first in the order of the labels.
    let mut tasks = [task(5..40, 5), task(0..20, 3), task(10..30, 5)];
    let lenders = [Some((2, 0.5)), None, Some((1, 0.5))];
    share_folds(&mut tasks, &lenders, 0).expect("labelled rows");
    let fold_by_group = |task: &LabelTask| -> BTreeMap<u32, usize> {
        let folds = task
            .groups
            .iter()
            .copied()
            .zip(task.fold_of.iter().copied());
        folds.collect()
    };
    for task in &tasks {
        assert_eq!((task.n_folds, task.fold_of.len()), (3, task.groups.len()));
    }
    for (to, from) in [(0, 2), (2, 1)] {
        let lent = fold_by_group(&tasks[from]);
        for (group, fold) in fold_by_group(&tasks[to]) {
            assert!(lent.get(&group).is_none_or(|&lent| lent == fold), "{group}");
        }
    }
}

#[test]
fn what_has_no_evidence_neither_lends_nor_borrows() {
    let lenders = [Some((1, 0.5)), None];
    assert!(share_folds(&mut [task(0..9, 3), task(0..0, 3)], &lenders, 0).is_err());
    let mut relation = task(0..9, 3);
    relation.is_relation = true;
    assert!(share_folds(&mut [relation, task(0..9, 3)], &lenders, 0).is_err());
}

#[test]
fn what_is_lent_is_the_lenders_own() {
    let evidence = |weight: f32| Evidence {
        alpha: 1.0,
        solutions: vec![Solution {
            weights: vec![weight, -weight],
            intercept: f64::from(weight),
            margins: Vec::new(),
            value: 0.0,
            n_iter: 1,
            converged: true,
        }],
    };
    let mut all = [evidence(1.0), evidence(10.0), evidence(100.0)];
    lend(&mut all, &[None, Some((0, 0.5)), Some((1, 0.5))]);
    let weights = all.map(|it| it.solutions[0].weights.clone());
    assert_eq!(weights, [[1.0, -1.0], [10.5, -10.5], [105.0, -105.0]]);
}
