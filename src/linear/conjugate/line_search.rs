//! How far to go along a direction.

#![allow(
    clippy::needless_range_loop,
    reason = "the lanes of several arrays go in step"
)]

use rayon::prelude::*;

use super::Descent;
use super::lanes::{CHUNK, Vectors, both_totals};
use crate::linear::columns::Lane;
use crate::linear::loss::sigmoid;

/// Newton steps at most, and the part of the slope at which the search ends.
const MAX_STEPS: usize = 10;
const TOL: f64 = 0.01;

impl<const L: usize> Descent<'_, L> {
    /// Newton's method on the slope, kept within where it is known to change its sign.
    pub(super) fn line_search(
        &self,
        direction: &Vectors<L>,
        along: &[Lane<L>],
        done: &[bool; L],
        [mixed, squares]: &[[f64; L]; 2],
    ) -> [f64; L] {
        let mut step = [0.0; L];
        let (mut low, mut high) = ([0.0_f64; L], [f64::INFINITY; L]);
        let mut goal = [f64::INFINITY; L];
        let mut active = done.map(|done| !done);
        for turn in 0..MAX_STEPS {
            let parts: Vec<[[f64; L]; 2]> = (0..along.len().div_ceil(CHUNK))
                .into_par_iter()
                .map(|chunk| {
                    let (mut slope, mut curvature) = ([0.0; L], [0.0; L]);
                    for row in chunk * CHUNK..along.len().min((chunk + 1) * CHUNK) {
                        for lane in (0..L).filter(|&lane| active[lane]) {
                            let [negative, positive] = self.cost(row, lane);
                            let rise = f64::from(along[row][lane]) + direction.intercept[lane];
                            let probability = sigmoid(self.margin(row, lane) + step[lane] * rise);
                            let cost = negative + positive;
                            slope[lane] += (cost * probability - positive) * rise;
                            curvature[lane] +=
                                cost * probability * (1.0 - probability) * rise * rise;
                        }
                    }
                    [slope, curvature]
                })
                .collect();
            let [slopes, curvatures] = both_totals(&parts);
            let searched = active;
            for lane in (0..L).filter(|&lane| searched[lane]) {
                let slope = slopes[lane] + mixed[lane] + step[lane] * squares[lane];
                if turn == 0 {
                    goal[lane] = TOL * slope.abs();
                }
                let bound = if slope < 0.0 { &mut low } else { &mut high };
                bound[lane] = step[lane];
                let newton = step[lane] - slope / (curvatures[lane] + squares[lane]);
                let is_inside = newton > low[lane] && newton < high[lane];
                active[lane] = slope.abs() > goal[lane] || turn == 0;
                if active[lane] {
                    step[lane] = if is_inside {
                        newton
                    } else if high[lane].is_finite() {
                        0.5 * (low[lane] + high[lane])
                    } else {
                        step[lane]
                    };
                }
            }
            if active.iter().all(|active| !active) {
                break;
            }
        }
        step
    }
}
