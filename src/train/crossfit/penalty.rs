//! How strong the penalty of a label is to be.

use rayon::prelude::*;

use super::{LabelTask, Solution};
use crate::linear::sparse::SparseRows as _;
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

impl LabelTask<'_> {
    /// The strongest candidate that no weaker one beats by more than [`GAIN`] in out-of-fold average
    /// precision.
    pub(super) fn search(&self, matrices: &Matrices, options: &TrainOptions) -> f64 {
        let step = self.rows.len().div_ceil(MAX_SEARCH_ROWS);
        // Whole groups by their number, so that no group is torn.
        let sampled =
            self.positions(|position| (self.groups[position] as usize).is_multiple_of(step));
        let groups: Vec<u32> = sampled
            .iter()
            .map(|&position| self.groups[position])
            .collect();
        let shares: Vec<f32> = sampled
            .iter()
            .map(|&position| self.shares[position])
            .collect();
        let n_folds = if sampled.len() > 5_000 { 4 } else { 5 };
        let n_rounds = if sampled.len() > 5_000 { 1 } else { n_folds };
        let fold_of = folds(&groups, &shares, n_folds, options.seed);
        let runs: Vec<(f64, usize)> = ALPHAS
            .iter()
            .flat_map(|&alpha| (0..n_rounds).map(move |fold| (alpha, fold)))
            .collect();
        let logits: Vec<Vec<f64>> = runs
            .par_iter()
            .map(|&(alpha, fold)| {
                let split = |keep: bool| {
                    let positions = sampled.iter().zip(&fold_of);
                    positions
                        .filter(move |(_, f)| (**f != fold) == keep)
                        .map(|(&p, _)| p)
                };
                let inside: Vec<usize> = split(true).collect();
                let solution = self.solve(matrices, &inside, alpha, options.seed, None);
                split(false)
                    .map(|p| self.logit(matrices, p, &solution))
                    .collect()
            })
            .collect();
        let precision = |alpha: f64| {
            let mut total = 0.0;
            for ((run_alpha, fold), logits) in runs.iter().zip(&logits) {
                if *run_alpha == alpha {
                    let outside = fold_of.iter().zip(&shares).filter(|(f, _)| *f == fold);
                    let shares: Vec<f32> = outside.map(|(_, &share)| share).collect();
                    total += average_precision(logits, &shares);
                }
            }
            total
        };
        let mut best = (f64::NEG_INFINITY, ALPHAS[0]);
        for alpha in ALPHAS {
            let precision = precision(alpha) / n_rounds as f64;
            if precision > best.0 + GAIN {
                best = (precision, alpha);
            }
        }
        best.1
    }

    fn logit(&self, matrices: &Matrices, position: usize, solution: &Solution) -> f64 {
        let row = self.rows[position];
        let base = self.base.as_ref();
        matrices.text.dot(row, &solution.weights)
            + base.map_or(0.0, |base| matrices.text.dot_coef(row, &base.coef))
    }
}

fn average_precision(logits: &[f64], shares: &[f32]) -> f64 {
    Sample::new(logits, shares)
        .ok()
        .and_then(|sample| Ranking::new(&sample).average_precision())
        .unwrap_or(0.0)
}
