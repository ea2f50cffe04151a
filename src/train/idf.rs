//! How much a column says for being rare.

use std::io;

use rayon::prelude::*;

use crate::linear::pattern::Pattern;
use crate::model::Model;

/// `idf_j = log((1 + n) / (1 + df_j)) + 1` (scikit-learn's smooth idf).
pub fn smooth_idf(n_rows: f64, df: f64) -> f32 {
    (((1.0 + n_rows) / (1.0 + df)).ln() + 1.0) as f32
}

/// How many of some rows have each column: whole numbers, so that they may be added up in any order.
fn document_frequencies(pattern: &Pattern, rows: &[usize]) -> io::Result<Vec<u32>> {
    let of_rows = |rows: &[usize]| {
        let mut df = vec![0_u32; pattern.n_columns()];
        pattern.for_each_present(rows, |_, column| df[column as usize] += 1)?;
        Ok(df)
    };
    let add = |mut sum: Vec<u32>, df: Vec<u32>| {
        sum.iter_mut().zip(df).for_each(|(sum, df)| *sum += df);
        Ok(sum)
    };
    let parts = rows.par_chunks(rows.len().div_ceil(4).max(1)).map(of_rows);
    parts.try_reduce_with(add).unwrap_or_else(|| of_rows(&[]))
}

/// The [smooth idf](smooth_idf) by column; 0 below `min_df`. A base model's own values stay as they are, so that its weights keep their meaning.
pub(super) fn inverse_document_frequencies(
    pattern: &Pattern,
    rows: &[usize],
    base: Option<&Model>,
    min_df: u32,
) -> io::Result<Vec<f32>> {
    let df = document_frequencies(pattern, rows)?;
    let n_rows = rows.len() as f64;
    let rarest = base.map(|base| {
        let table = base.table();
        table
            .used()
            .map(|column| table.idf_squared(column) as f32)
            .fold(1.0, f32::max)
            .sqrt()
    });
    let idf = |(column, &df): (usize, &u32)| {
        let known = base.map_or(0.0, |base| base.table().idf_squared(column as u32) as f32);
        if known > 0.0 {
            known.sqrt()
        } else if df < min_df {
            0.0
        } else {
            rarest.unwrap_or_else(|| smooth_idf(n_rows, f64::from(df)))
        }
    };
    Ok(df.iter().enumerate().map(idf).collect())
}
