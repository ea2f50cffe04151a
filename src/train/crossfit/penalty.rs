//! How strong the penalty of a label is to be.

use std::io;

use super::LabelTask;
use crate::linear::columns::Columns;
use crate::linear::conjugate::{self, ConjugateOptions};
use crate::metrics::{Ranking, Sample};
use crate::train::{Matrices, TrainOptions, folds};

/// Strength of the penalty on evidence weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alpha {
    /// Chosen by out-of-fold average precision from a small grid.
    Auto,
    /// As given; 1/C of liblinear.
    Fixed(f64),
}

/// Candidates for [`Alpha::Auto`], strongest first.
const ALPHAS: [f64; 4] = [4.0, 2.0, 1.0, 0.5];
/// A weaker penalty must gain this much average precision: less is noise on such samples, and a
/// strong penalty transfers better and fits faster.
const GAIN: f64 = 0.002;
/// Rows on which the candidates are compared at most.
const MAX_SEARCH_ROWS: usize = 20_000;

/// For each of some labels of the same rows, the strongest candidate that no weaker one beats by more than [`GAIN`] in
/// out-of-fold average precision.
pub(super) fn search(
    tasks: &[&LabelTask],
    matrices: &Matrices,
    options: &TrainOptions,
) -> io::Result<Vec<f64>> {
    let (rows, groups) = (&tasks[0].rows, &tasks[0].groups);
    let step = rows.len().div_ceil(MAX_SEARCH_ROWS);
    // Whole groups by their number, so that no group is torn.
    let is_sampled = |position: usize| (groups[position] as usize).is_multiple_of(step);
    let sampled = tasks[0].positions(is_sampled);
    let rows: Vec<usize> = sampled.iter().map(|&position| rows[position]).collect();
    let groups: Vec<u32> = sampled.iter().map(|&position| groups[position]).collect();
    let columns = Columns::new(&matrices.text, &rows)?;
    let n_folds = if sampled.len() > 5_000 { 4 } else { 5 };
    let n_rounds = if sampled.len() > 5_000 { 1 } else { n_folds };
    let shares = |task: &LabelTask| -> Vec<f32> {
        let shares = sampled.iter().map(|&position| task.shares[position]);
        shares.collect()
    };
    let fold_of: Vec<Vec<usize>> = (tasks.iter())
        .map(|task| folds(&groups, &shares(task), n_folds, options.seed))
        .collect();
    let offsets: Vec<Vec<f32>> = (tasks.iter())
        .map(|task| task.offsets(matrices, &sampled))
        .collect::<io::Result<_>>()?;
    let mut precisions = vec![[0.0; ALPHAS.len()]; tasks.len()];
    for round in 0..n_rounds {
        let mut problems = Vec::new();
        for ((task, fold_of), offsets) in tasks.iter().zip(&fold_of).zip(&offsets) {
            let is_inside = |i: usize| fold_of[i] != round;
            problems.extend(ALPHAS.map(|alpha| task.problem(&sampled, offsets, is_inside, alpha)));
        }
        let solutions = conjugate::solve(&columns, &problems, &ConjugateOptions::default())?;
        let of_tasks = tasks
            .iter()
            .zip(&fold_of)
            .zip(solutions.chunks(ALPHAS.len()));
        for (((task, fold_of), solutions), precisions) in of_tasks.zip(&mut precisions) {
            let outside: Vec<usize> = (0..sampled.len())
                .filter(|&i| fold_of[i] == round)
                .collect();
            let all = shares(task);
            let truths: Vec<f32> = outside.iter().map(|&i| all[i]).collect();
            for (precision, solution) in precisions.iter_mut().zip(solutions) {
                // How common a label is in a source is not for the text to say.
                let logit = |&i: &usize| solution.margins[i] - task.sources.offsets[sampled[i]];
                let logits: Vec<f64> = outside.iter().map(logit).collect();
                *precision += average_precision(&logits, &truths) / n_rounds as f64;
            }
        }
    }
    Ok(precisions.into_iter().map(choose).collect())
}

/// From the precision of each candidate.
fn choose(precisions: [f64; ALPHAS.len()]) -> f64 {
    let mut best = (f64::NEG_INFINITY, ALPHAS[0]);
    for (alpha, precision) in ALPHAS.into_iter().zip(precisions) {
        if precision > best.0 + GAIN {
            best = (precision, alpha);
        }
    }
    best.1
}

fn average_precision(logits: &[f64], shares: &[f32]) -> f64 {
    Sample::new(logits, shares)
        .ok()
        .and_then(|sample| Ranking::new(&sample).average_precision())
        .unwrap_or(0.0)
}
