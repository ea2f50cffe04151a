//! Loss, gradient and curvature of all problems.

#![allow(
    clippy::needless_range_loop,
    reason = "the lanes of several arrays go in step"
)]

use std::io;

use rayon::prelude::*;

use super::Descent;
use super::lanes::{CHUNK, Vectors, add, both_totals, sum_over, total};
use crate::linear::columns::{Lane, Power};
use crate::linear::loss::{sigmoid, sigmoid_and_losses};

impl<const L: usize> Descent<'_, L> {
    /// Slope of each row's loss, and the sum of losses.
    pub(super) fn residuals(&self) -> (Vec<Lane<L>>, [f64; L]) {
        let mut residuals = vec![[0.0; L]; self.margins.len()];
        let parts: Vec<[f64; L]> = residuals
            .par_chunks_mut(CHUNK)
            .enumerate()
            .map(|(chunk, residuals)| {
                let mut losses = [0.0; L];
                for (row, residuals) in (chunk * CHUNK..).zip(residuals) {
                    for lane in 0..L {
                        let [negative, positive] = self.cost(row, lane);
                        let (probability, of_row) = sigmoid_and_losses(self.margin(row, lane));
                        residuals[lane] = ((negative + positive) * probability - positive) as f32;
                        losses[lane] += negative * of_row[0] + positive * of_row[1];
                    }
                }
                losses
            })
            .collect();
        (residuals, total(&parts))
    }

    /// The gradient; its square, and its product with another one, in the metric of the preconditioner.
    pub(super) fn gradient(
        &self,
        residuals: &[Lane<L>],
        other: &Vectors<L>,
        preconditioner: &Vectors<L>,
        gradient: &mut Vectors<L>,
    ) -> io::Result<[[f64; L]; 2]> {
        let finish = |range: std::ops::Range<usize>, columns: &mut [Lane<L>]| {
            let (mut square, mut mixed) = ([0.0; L], [0.0; L]);
            for (gradient, column) in columns.iter_mut().zip(range) {
                let (weight, penalty) = (&self.weights.columns[column], &self.penalties[column]);
                let (other, scale) = (&other.columns[column], &preconditioner.columns[column]);
                for lane in 0..L {
                    gradient[lane] += penalty[lane] * weight[lane];
                    let scaled = gradient[lane] * scale[lane];
                    square[lane] += f64::from(scaled * gradient[lane]);
                    mixed[lane] += f64::from(scaled * other[lane]);
                }
            }
            [square, mixed]
        };
        let columns = &mut gradient.columns;
        let parts = (self.columns).transpose_dot_into(residuals, Power::Value, columns, finish)?;
        gradient.intercept = sum_over(residuals.len(), |row, sums| {
            add(sums, &residuals[row].map(f64::from));
        });
        add(&mut gradient.intercept, &self.weights.intercept);
        let mut sums = both_totals(&parts);
        for lane in 0..L {
            let scaled = gradient.intercept[lane] * preconditioner.intercept[lane];
            sums[0][lane] += scaled * gradient.intercept[lane];
            sums[1][lane] += scaled * other.intercept[lane];
        }
        Ok(sums)
    }

    /// One over the diagonal of the Hessian, or a little more of it where a row has a column twice.
    pub(super) fn preconditioner(&self) -> io::Result<Vectors<L>> {
        let curvature = |row: usize| -> Lane<L> {
            std::array::from_fn(|lane| {
                let probability = sigmoid(self.margin(row, lane));
                let cost: f64 = self.cost(row, lane).iter().sum();
                (cost * probability * (1.0 - probability)) as f32
            })
        };
        let rows: Vec<Lane<L>> = (0..self.margins.len())
            .into_par_iter()
            .map(curvature)
            .collect();
        let mut columns = self.columns.transpose_dot(&rows, Power::Square)?;
        let terms = columns.par_iter_mut().zip(&self.penalties);
        terms.for_each(|(column, penalty)| {
            for lane in 0..L {
                column[lane] = (column[lane] + penalty[lane]).recip();
            }
        });
        let intercept = sum_over(rows.len(), |row, sums| add(sums, &rows[row].map(f64::from)));
        Ok(Vectors {
            columns,
            intercept: intercept.map(|sum| (sum + 1.0).recip()),
        })
    }
}
