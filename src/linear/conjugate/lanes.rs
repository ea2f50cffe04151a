//! Vectors of several problems, and sums whose order follows from their length alone.

use rayon::prelude::*;

use crate::linear::columns::{Columns, Lane};

/// Rows or columns that one thread adds up.
pub(super) const CHUNK: usize = 1 << 13;

/// A vector of each problem: of the columns, and of the intercept.
pub(super) struct Vectors<const L: usize> {
    pub(super) columns: Vec<Lane<L>>,
    pub(super) intercept: [f64; L],
}

impl<const L: usize> Vectors<L> {
    pub(super) fn zeros(columns: &Columns) -> Self {
        Self {
            columns: vec![[0.0; L]; columns.n_columns()],
            intercept: [0.0; L],
        }
    }
}

/// Adds up what `each` adds for 0, 1 … `n`, in an order that follows from `n` alone.
pub(super) fn sum_over<const L: usize>(
    n: usize,
    each: impl Fn(usize, &mut [f64; L]) + Sync,
) -> [f64; L] {
    let parts: Vec<[f64; L]> = (0..n.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut sums = [0.0; L];
            (chunk * CHUNK..n.min((chunk + 1) * CHUNK)).for_each(|i| each(i, &mut sums));
            sums
        })
        .collect();
    total(&parts)
}

pub(super) fn total<const L: usize>(parts: &[[f64; L]]) -> [f64; L] {
    let mut sums = [0.0; L];
    parts.iter().for_each(|part| add(&mut sums, part));
    sums
}

pub(super) fn both_totals<const L: usize>(parts: &[[[f64; L]; 2]]) -> [[f64; L]; 2] {
    let mut sums = [[0.0; L]; 2];
    for part in parts {
        sums.iter_mut()
            .zip(part)
            .for_each(|(sums, part)| add(sums, part));
    }
    sums
}

#[inline]
pub(super) fn add<const L: usize>(sums: &mut [f64; L], values: &[f64; L]) {
    sums.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += value);
}
