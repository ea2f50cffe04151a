//! What folds keep apart, and which comments are spared.

use super::*;
use crate::features::hashing::mix;
use crate::linear::presence::PresenceMatrix;
use crate::linear::stored::{Room, Stored};
use crate::relation::RELATION_COLUMNS;
use crate::train::crossfit::Sources;

/// A number between -1 and 1.
fn noise(seed: u64) -> f64 {
    (mix(mix(seed)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Three comments in each of twenty groups, under their own context and that of another group; the relation is
/// noise that says nothing, and off topic where the context is foreign by `signal` more.
fn pairs(signal: f64) -> Vec<PairRow> {
    let mut pairs = Vec::new();
    for row in 0..60_usize {
        let group = row as u32 / 3;
        for (donor, share) in [(group, 0.0), ((group + 1 + row as u32 % 7) % 20, 1.0)] {
            let mut relation = [0.0; RELATION_COLUMNS.len()];
            for (k, x) in relation.iter_mut().enumerate() {
                *x = noise((pairs.len() * RELATION_COLUMNS.len() + k) as u64);
            }
            relation[0] += signal * f64::from(share);
            pairs.push(PairRow {
                row,
                groups: [group, donor],
                source: 0,
                relation,
                share,
            });
        }
    }
    pairs
}

fn task(pairs: &[PairRow]) -> LabelTask<'_> {
    LabelTask {
        label: crate::relation::LABEL,
        is_relation: true,
        rows: Vec::new(),
        shares: Vec::new(),
        groups: Vec::new(),
        sources: Sources::default(),
        pairs,
        base: None,
        n_folds: 5,
        fold_of: Vec::new(),
    }
}

fn made(pairs: &[PairRow]) -> Vec<[f64; N_COLUMNS]> {
    let row = |pair: &PairRow| with_relation([0.0; N_COLUMNS], &pair.relation);
    pairs.iter().map(row).collect()
}

fn cross_fit(pairs: &[PairRow]) -> (HashMap<u32, usize>, Vec<Verdict>) {
    let (task, made) = (task(pairs), made(pairs));
    let all = task
        .verdict(&[], &made, |_| true, |_| true)
        .expect("both classes");
    let fold_by_group = task.fold_by_group(0);
    let verdicts = task.cross_fit(&[], &made, &fold_by_group);
    let verdicts = or_whole(verdicts, &all.verdict);
    (fold_by_group, verdicts)
}

#[test]
fn a_verdict_has_seen_no_context_of_the_fold_it_scores() {
    let mut pairs = pairs(1.0);
    let (fold_by_group, before) = cross_fit(&pairs);
    for pair in &mut pairs {
        if pair.groups.iter().any(|group| fold_by_group[group] == 2) {
            pair.relation = pair.relation.map(|x| 3.0 - x);
        }
    }
    let (_, after) = cross_fit(&pairs);
    for fold in 0..5 {
        assert_eq!(before[fold] == after[fold], fold == 2, "{fold}");
    }
}

#[test]
fn what_is_left_has_both_sides_of_every_comment() {
    let pairs = pairs(1.0);
    let task = task(&pairs);
    let fold_by_group = task.fold_by_group(0);
    for fold in 0..5 {
        let touched = task.touched(fold, &fold_by_group);
        let left = pairs.iter().filter(|pair| !touched.contains(&pair.row));
        let shares: Vec<f32> = left.map(|pair| pair.share).collect();
        assert!(shares.len() > 40 && shares.iter().sum::<f32>() * 2.0 == shares.len() as f32);
    }
}

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

/// Noise looks like knowledge to the fit that saw it, and like noise to one that did not.
#[test]
fn without_labels_thresholds_are_set_on_scores_out_of_fold() {
    let pairs = pairs(0.0);
    let (task, made) = (task(&pairs), made(&pairs));
    let right = |scores: &[f64]| {
        let score = |share: f32| {
            let of = pairs
                .iter()
                .zip(scores)
                .filter(move |(pair, _)| pair.share == share);
            of.map(|(_, &score)| score)
        };
        let above: usize = score(1.0)
            .map(|foreign| score(0.0).filter(|&own| own < foreign).count())
            .sum();
        above as f64 / (60.0 * 60.0)
    };
    let verdict = task
        .verdict(&[], &made, |_| true, |_| true)
        .expect("both classes")
        .verdict;
    let seen: Vec<f64> = made.iter().map(|row| sigmoid(verdict.logit(row))).collect();
    let (fold_by_group, verdicts) = cross_fit(&pairs);
    let scores = task.pair_scores(&made, &fold_by_group, &verdicts);
    assert!(right(&seen) > 0.65, "{}", right(&seen));
    assert!((right(&scores) - 0.5).abs() < 0.12, "{}", right(&scores));

    let pattern = crate::linear::pattern::Pattern::new(3, &Room::Memory).unwrap();
    let matrices = Matrices {
        text: PresenceMatrix::new(&pattern, &[1.0; 8]).unwrap(),
        name: PresenceMatrix::new(&pattern, &[1.0; 8]).unwrap(),
        named: &Stored::new(&Room::Memory).unwrap(),
        silent: &[],
        transfer: false,
    };
    let shares: Vec<f32> = pairs.iter().map(|pair| pair.share).collect();
    let point = |scores: &[f64]| task.spare_own(choose(task.label, scores, &shares), scores);
    let fit = task.fit_pairs(&matrices, 0).expect("both classes");
    assert_eq!(fit.verdict, verdict);
    assert_eq!(fit.point, point(&scores));
    assert_ne!(fit.point, point(&seen));
}
