//! Whether two numbers rise together: Pearson's and Spearman's correlation.
//!
//! # References
//! - Pearson (1895), Note on regression and inheritance in the case of two parents.
//! - Spearman (1904), The proof and measurement of association between two things.
//! - Kendall (1945), The treatment of ties in ranking problems: equal values share their mean rank.

use super::MetricError;
use super::sample::{check_length, check_rows};

/// Pearson's product-moment correlation, in two passes. `None` if either side is constant.
///
/// # Errors
/// Slices of different length, no rows, or a value that is not finite.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<Option<f64>, MetricError> {
    check_pair(x, y)?;
    Ok(correlation(x, y))
}

/// Spearman's rank correlation: Pearson's of the ranks, equal values sharing their mean rank.
/// `None` if either side is constant.
///
/// # Errors
/// Slices of different length, no rows, or a value that is not finite.
pub fn spearman(x: &[f64], y: &[f64]) -> Result<Option<f64>, MetricError> {
    check_pair(x, y)?;
    Ok(correlation(&average_ranks(x), &average_ranks(y)))
}

/// Ranks from 1; equal values share the mean of the ranks they fill.
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tie in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + 0.5 * (tie.len() + 1) as f64;
        for &row in tie {
            ranks[row] = rank;
        }
        before += tie.len();
    }
    ranks
}

fn check_pair(x: &[f64], y: &[f64]) -> Result<(), MetricError> {
    check_length("second variable", x.len(), y.len())?;
    if x.is_empty() {
        return Err(MetricError::Empty);
    }
    let not_finite = |row, score| MetricError::Score { row, score };
    check_rows(x, f64::is_finite, not_finite)?;
    check_rows(y, f64::is_finite, not_finite)
}

fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    // A constant is found by comparing, since rounding may give it a tiny variance.
    if is_constant(x) || is_constant(y) {
        return None;
    }
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    let scale = xx.sqrt() * yy.sqrt();
    (scale > 0.0).then(|| (xy / scale).clamp(-1.0, 1.0))
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|&value| value == values[0])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(
            average_ranks(&[0.3, 0.1, 0.3, 0.2, 0.3]),
            [4.0, 1.0, 4.0, 2.0, 4.0]
        );
    }

    #[test]
    fn constants_correlate_with_nothing() {
        assert_eq!(pearson(&[0.1; 3], &[1.0, 2.0, 3.0]), Ok(None));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[0.1; 3]), Ok(None));
        assert!(spearman(&[1.0], &[f64::NAN]).is_err());
    }

    #[test]
    fn any_rising_curve_has_spearman_one() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| x.exp()).collect();
        assert!((spearman(&x, &y).unwrap().unwrap() - 1.0).abs() < 1e-15);
        assert!(pearson(&x, &y).unwrap().unwrap() < 0.9);
    }
}
