//! The sparse fits of labels whose known rows are the same, side by side.

use super::{Alpha, LabelTask, penalty};
use crate::linear::columns::Columns;
use crate::linear::conjugate::{self, ConjugateOptions, Solution};
use crate::train::{Matrices, Progress, TrainError, TrainOptions};

/// The sparse fits of a label: without each of its folds, then of all rows.
pub(crate) struct Evidence {
    pub(super) alpha: f64,
    /// Without what a base model knows.
    pub(super) solutions: Vec<Solution>,
}

/// Fits the evidence of labels whose known rows are the same; `columns` are those of these rows. Empty for those without
/// rows.
pub(crate) fn solve_together(
    tasks: &[&LabelTask],
    matrices: &Matrices,
    columns: &Columns,
    options: &TrainOptions,
    progress: &dyn Progress,
) -> Result<Vec<Evidence>, TrainError> {
    let alphas = match options.alpha {
        Alpha::Fixed(alpha) => vec![alpha; tasks.len()],
        Alpha::Auto if tasks[0].rows.is_empty() => vec![0.0; tasks.len()],
        Alpha::Auto => penalty::search(tasks, matrices, options)?,
    };
    let mut problems = Vec::new();
    for (task, &alpha) in tasks.iter().zip(&alphas) {
        let all = task.positions(|_| true);
        let offsets = task.offsets(matrices, &all)?;
        for fold in 0..task.n_fits() {
            problems.push(task.problem(&all, &offsets, |i| task.fold_of[i] != fold, alpha));
        }
    }
    let mut solutions = conjugate::solve(columns, &problems, &ConjugateOptions::default())?;
    // The search for the penalty alone asks for them, of a few rows.
    (solutions.iter_mut()).for_each(|solution| solution.margins = Vec::new());
    let mut rest = solutions.into_iter();
    let of_task = |(task, alpha): (&&LabelTask, f64)| {
        progress.advance(task.n_fits());
        let solutions = rest.by_ref().take(task.n_fits()).collect();
        Evidence { alpha, solutions }
    };
    Ok(tasks.iter().zip(alphas).map(of_task).collect())
}
