//! The figure that a training prints for its model.

use std::io;
use std::ops::Range;

use rayon::prelude::*;

use crate::cli::progress::Bar;
use crate::linear::pattern::runs;
use crate::model::{Model, Scorer};
use crate::report::evaluation::{EvaluationOptions, LabelReport, LabelScores, evaluate_scores};
use crate::train::{Progress as _, TrainingSet};

/// Scores rows that the model has not seen and reports on each label.
pub(super) fn measure(
    model: &Model,
    set: &TrainingSet,
    rows: &[usize],
    groups: &[u32],
    bar: &Bar,
) -> anyhow::Result<Vec<LabelReport>> {
    bar.start("measuring", rows.len());
    let of_run = |run: Range<usize>| -> io::Result<Vec<Vec<f64>>> {
        let rows = &rows[run];
        let texts = set.texts(rows[0]..rows[rows.len() - 1] + 1)?;
        let score = |scorer: &mut Scorer, &row: &usize| -> Vec<f64> {
            bar.advance(1);
            let comment = set.comment_of(row, texts.get(row));
            scorer.score(&comment).probabilities().collect()
        };
        Ok(rows.par_iter().map_init(|| model.scorer(), score).collect())
    };
    let parts = runs(rows).into_par_iter().map(of_run);
    let parts: Vec<Vec<Vec<f64>>> = parts.collect::<io::Result<_>>()?;
    let scores: Vec<Vec<f64>> = parts.into_iter().flatten().collect();
    let mut reports = Vec::new();
    for (label_idx, label) in set.labels.iter().enumerate() {
        let known: Vec<(f64, f32, u32)> = rows
            .iter()
            .zip(&scores)
            .filter_map(|(&row, scores)| {
                Some((
                    Some(scores[label_idx]).filter(|score| !score.is_nan())?,
                    set.rows[row].shares[label_idx]?,
                    groups[row],
                ))
            })
            .collect();
        if known.is_empty() {
            continue;
        }
        let scores: Vec<f64> = known.iter().map(|row| row.0).collect();
        let shares: Vec<f32> = known.iter().map(|row| row.1).collect();
        let groups: Vec<u32> = known.iter().map(|row| row.2).collect();
        let scores = LabelScores {
            label,
            scores: &scores,
            shares: &shares,
            groups: Some(&groups),
        };
        let policy = model.policy()[label_idx];
        reports.push(evaluate_scores(
            &scores,
            policy,
            &EvaluationOptions::default(),
        )?);
    }
    Ok(reports)
}
