//! Nonlinear conjugate gradients for L2-regularised logistic regression, several problems at a time.
//!
//! minimise over w, b, for each problem:  `1/2 (sum_j w_j^2 / v_j + b^2) + sum_i loss(x_i.w + b + o_i)` with
//! `loss(z) = p_i log(1 + exp(-z)) + q_i log(1 + exp(z))`, where `p_i` and `q_i` are the row's weights as one of the
//! positive and of the negative class over alpha, and `v_j` follows from [class counts](super::prior).
//!
//! Problems differ in which rows count, as what, and in alpha: the folds of a label and the whole, candidates of the
//! penalty. They share the columns, so one look-up serves [up to eight](MAX_LANES). An iteration is two products: with
//! the direction, whose margins make the line search one of rows alone, and with the residuals.
//!
//! Directions follow Polak and Ribière, preconditioned by the diagonal of the Hessian, which is taken anew once, when
//! the margins have left zero. Weights of 32 bits carry a relative error of the objective of some 1e-6.
//!
//! References: Nocedal and Wright (2006), "Numerical optimization", chapter 5.2; Minka (2003), "A comparison of
//! numerical optimizers for logistic regression", where this method does best.

#![allow(
    clippy::needless_range_loop,
    reason = "the lanes of several arrays go in step"
)]

mod lanes;
mod line_search;
mod objective;

use std::io;

use rayon::prelude::*;

use super::columns::{Columns, Lane, Power};
use super::prior::variance;
use lanes::{CHUNK, Vectors, add, both_totals, sum_over};

/// Problems that are solved side by side.
pub const MAX_LANES: usize = 8;

/// A regression on all rows of a [`Columns`].
#[derive(Clone, Debug)]
pub struct Problem {
    /// Weight of each row as one of the negative and of the positive class; a row of weights 0 does not count.
    pub classes: Vec<[f32; 2]>,
    /// `o_i`: logits known beforehand; empty for none.
    pub offsets: Vec<f32>,
    /// Strength of the penalty: 1/C of liblinear.
    pub alpha: f64,
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct ConjugateOptions {
    /// Stop when half the squared gradient, in the metric of the preconditioner, is below this part of the objective:
    /// about how far it is above its minimum.
    pub tol: f64,
    /// At most this many iterations.
    pub max_iter: usize,
}

impl Default for ConjugateOptions {
    fn default() -> Self {
        // On Wikipedia talk ROC AUC and AP stand still from 1e-3 on (see `benches/RESULTS.md`).
        Self {
            tol: 1e-3,
            max_iter: 200,
        }
    }
}

/// What a descent ended with.
#[derive(Clone, Debug)]
pub struct Solution {
    /// `w_j` times idf, by bucket.
    pub weights: Vec<f32>,
    /// `b`
    pub intercept: f64,
    /// Logits of all rows, with offset and intercept, those that did not count too.
    pub margins: Vec<f64>,
    /// The objective.
    pub value: f64,
    /// Iterations made.
    pub n_iter: usize,
    /// Whether the tolerance was reached.
    pub converged: bool,
}

/// Solves problems on the same rows.
///
/// # Errors
/// Columns that are kept in files and cannot be read.
///
/// # Complexity  O(iterations * (word n-grams + words + characters of distinct words)) for each [`MAX_LANES`]; memory:
/// some 30 bytes a column and 40 a row for each problem
///
/// # Panics  if a problem has other than one weight a row
pub fn solve(
    columns: &Columns,
    problems: &[Problem],
    options: &ConjugateOptions,
) -> io::Result<Vec<Solution>> {
    let some = |problems: &[Problem]| match problems.len() {
        1 | 2 => Descent::<2>::new(columns, problems)?.run(options),
        3 | 4 => Descent::<4>::new(columns, problems)?.run(options),
        _ => Descent::<MAX_LANES>::new(columns, problems)?.run(options),
    };
    let solutions: Vec<_> = problems
        .chunks(MAX_LANES)
        .map(some)
        .collect::<io::Result<_>>()?;
    Ok(solutions.into_iter().flatten().collect())
}

/// Iteration after which the preconditioner is taken anew.
const REFRESH: usize = 8;

/// A descent of up to `L` problems; lanes without one stay at zero.
struct Descent<'a, const L: usize> {
    columns: &'a Columns,
    n_problems: usize,
    /// `q_i` and `p_i`.
    costs: Vec<[Lane<L>; 2]>,
    /// `1 / v_j` for weights times idf.
    penalties: Vec<Lane<L>>,
    weights: Vectors<L>,
    /// Logits without the intercept.
    margins: Vec<Lane<L>>,
    /// Penalty on the weights as they are: `sum_j w_j^2 / v_j + b^2`.
    squares: [f64; L],
}

impl<'a, const L: usize> Descent<'a, L> {
    fn new(columns: &'a Columns, problems: &[Problem]) -> io::Result<Self> {
        let n_rows = columns.n_rows();
        let lanes = |value: &dyn Fn(&Problem) -> f32| -> Lane<L> {
            std::array::from_fn(|lane| problems.get(lane).map_or(0.0, value))
        };
        let class = |row: usize, class: usize| lanes(&|problem| problem.classes[row][class]);
        let [negative, positive] =
            [0, 1].map(|side| (0..n_rows).map(|row| class(row, side)).collect::<Vec<_>>());
        let total =
            |of: &[Lane<L>]| sum_over(of.len(), |row, sums| add(sums, &of[row].map(f64::from)));
        let totals = [total(&negative), total(&positive)];
        let count = |of: &[Lane<L>]| columns.transpose_dot(of, Power::Count);
        let counts = [count(&negative)?, count(&positive)?];
        let penalty = |column: usize| -> Lane<L> {
            let idf = f64::from(columns.idf(column));
            std::array::from_fn(|lane| {
                let of_lane =
                    |by_class: [&Lane<L>; 2]| by_class.map(|lanes| f64::from(lanes[lane]));
                let counts = of_lane([&counts[0][column], &counts[1][column]]);
                let totals = totals.map(|totals: [f64; L]| totals[lane]);
                (1.0 / (variance(counts, totals) * idf * idf)) as f32
            })
        };
        let penalties = (0..columns.n_columns())
            .into_par_iter()
            .map(penalty)
            .collect();
        let cost = |(negative, positive): (&Lane<L>, &Lane<L>)| {
            [negative, positive].map(|of| {
                std::array::from_fn(|lane| {
                    let alpha = problems.get(lane).map_or(1.0, |problem| problem.alpha);
                    (f64::from(of[lane]) / alpha) as f32
                })
            })
        };
        let offset =
            |row: usize| lanes(&|problem| problem.offsets.get(row).copied().unwrap_or(0.0));
        // Where the intercept alone would be, if it were free.
        let start = |lane: usize| match problems.get(lane) {
            Some(problem) if problem.offsets.is_empty() => {
                ((totals[1][lane] + 0.5) / (totals[0][lane] + 0.5)).ln()
            }
            _ => 0.0,
        };
        let intercept: [f64; L] = std::array::from_fn(start);
        Ok(Self {
            n_problems: problems.len(),
            costs: negative.iter().zip(&positive).map(cost).collect(),
            penalties,
            weights: Vectors {
                columns: vec![[0.0; L]; columns.n_columns()],
                intercept,
            },
            margins: (0..n_rows).map(offset).collect(),
            squares: intercept.map(|b| b * b),
            columns,
        })
    }

    fn run(mut self, options: &ConjugateOptions) -> io::Result<Vec<Solution>> {
        let (mut residuals, mut loss) = self.residuals();
        let mut preconditioner = self.preconditioner()?;
        let mut gradient = Vectors::zeros(self.columns);
        let mut next = Vectors::zeros(self.columns);
        let [mut square, _] = self.gradient(&residuals, &gradient, &preconditioner, &mut next)?;
        std::mem::swap(&mut gradient, &mut next);
        let mut direction = Vectors::zeros(self.columns);
        let mut penalised = self.turn(&mut direction, &[0.0; L], &gradient, &preconditioner);
        let mut along = vec![[0.0; L]; self.columns.n_rows()];
        let (mut n_iter, mut done) = ([0; L], [false; L]);
        for iteration in 1.. {
            for lane in 0..L {
                let value = loss[lane] + 0.5 * self.squares[lane];
                done[lane] |= 0.5 * square[lane] <= options.tol * value;
                n_iter[lane] += usize::from(!done[lane]);
            }
            if iteration > options.max_iter || done.iter().all(|&done| done) {
                break;
            }
            self.columns.dot(&direction.columns, &mut along)?;
            self.advance(&direction, &along, &done, &penalised);
            (residuals, loss) = self.residuals();
            if iteration == REFRESH {
                preconditioner = self.preconditioner()?;
            }
            let [next_square, mixed] =
                self.gradient(&residuals, &gradient, &preconditioner, &mut next)?;
            std::mem::swap(&mut gradient, &mut next);
            let beta: [f64; L] = std::array::from_fn(|lane| {
                let beta = (next_square[lane] - mixed[lane]) / square[lane];
                // Not a number where there is nothing to do.
                if iteration == REFRESH {
                    0.0
                } else {
                    beta.max(0.0)
                }
            });
            square = next_square;
            penalised = self.turn(&mut direction, &beta, &gradient, &preconditioner);
        }
        let solution = |lane: usize| Solution {
            weights: self
                .columns
                .by_bucket(|column| self.weights.columns[column][lane]),
            intercept: self.weights.intercept[lane],
            margins: (self.margins.iter())
                .map(|margin| f64::from(margin[lane]) + self.weights.intercept[lane])
                .collect(),
            value: loss[lane] + 0.5 * self.squares[lane],
            n_iter: n_iter[lane],
            converged: done[lane],
        };
        Ok((0..self.n_problems).map(solution).collect())
    }

    #[inline]
    fn cost(&self, row: usize, lane: usize) -> [f64; 2] {
        self.costs[row].map(|costs| f64::from(costs[lane]))
    }

    #[inline]
    fn margin(&self, row: usize, lane: usize) -> f64 {
        f64::from(self.margins[row][lane]) + self.weights.intercept[lane]
    }

    /// Turns a direction downhill: `beta` times the old one, less the gradient, preconditioned. What the penalty then has of
    /// weights and direction, and of the direction alone.
    fn turn(
        &self,
        direction: &mut Vectors<L>,
        beta: &[f64; L],
        gradient: &Vectors<L>,
        preconditioner: &Vectors<L>,
    ) -> [[f64; L]; 2] {
        let beta_columns = beta.map(|beta| beta as f32);
        let chunk = |(chunk, directions): (usize, &mut [Lane<L>])| {
            let (mut mixed, mut square) = ([0.0; L], [0.0; L]);
            for (direction, column) in directions.iter_mut().zip(chunk * CHUNK..) {
                let (gradient, scale) =
                    (&gradient.columns[column], &preconditioner.columns[column]);
                let (weight, penalty) = (&self.weights.columns[column], &self.penalties[column]);
                for lane in 0..L {
                    direction[lane] =
                        beta_columns[lane] * direction[lane] - gradient[lane] * scale[lane];
                    let penalised = direction[lane] * penalty[lane];
                    mixed[lane] += f64::from(penalised * weight[lane]);
                    square[lane] += f64::from(penalised * direction[lane]);
                }
            }
            [mixed, square]
        };
        let chunks = direction.columns.par_chunks_mut(CHUNK).enumerate();
        let parts: Vec<[[f64; L]; 2]> = chunks.map(chunk).collect();
        let mut sums = both_totals(&parts);
        for lane in 0..L {
            let downhill = gradient.intercept[lane] * preconditioner.intercept[lane];
            let turned = beta[lane] * direction.intercept[lane] - downhill;
            direction.intercept[lane] = turned;
            sums[0][lane] += turned * self.weights.intercept[lane];
            sums[1][lane] += turned * turned;
        }
        sums
    }

    /// Goes to the lowest point along a direction in every lane that is not done.
    fn advance(
        &mut self,
        direction: &Vectors<L>,
        along: &[Lane<L>],
        done: &[bool; L],
        penalised: &[[f64; L]; 2],
    ) {
        let step = self.line_search(direction, along, done, penalised);
        let [mixed, square] = penalised;
        for lane in 0..L {
            self.squares[lane] += step[lane] * (2.0 * mixed[lane] + step[lane] * square[lane]);
            self.weights.intercept[lane] += step[lane] * direction.intercept[lane];
        }
        let step = step.map(|step| step as f32);
        let go = |(point, direction): (&mut Lane<L>, &Lane<L>)| {
            for lane in 0..L {
                point[lane] += step[lane] * direction[lane];
            }
        };
        let weights = &mut self.weights.columns;
        weights.par_iter_mut().zip(&direction.columns).for_each(go);
        self.margins.par_iter_mut().zip(along).for_each(go);
    }
}

#[cfg(test)]
mod tests;
