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
use super::sparse::Pattern;

/// `s`: added to each count. Chosen on training folds; 1 to 10 differ by noise.
const SMOOTHING: f64 = 5.0;
/// `r0`: what a feature that says nothing may still move.
const FLOOR: f64 = 0.5;

/// Prior variance of every column, from the rows of the instances, each weighted by its cost.
///
/// # Complexity  O(nnz)
pub fn class_count_prior(pattern: &Pattern, instances: &[Instance]) -> Vec<f32> {
    let largest = instances.iter().map(|instance| instance.cost).fold(0.0, f64::max);
    let mut counts = vec![[0.0_f32; 2]; pattern.n_columns()];
    let mut totals = [0.0_f64; 2];
    for instance in instances {
        let class = usize::from(instance.positive);
        let weight = instance.cost / largest;
        totals[class] += weight;
        for &column in pattern.row(instance.row as usize) {
            counts[column as usize][class] += weight as f32;
        }
    }
    let base = (totals[1] + SMOOTHING).ln() - (totals[0] + SMOOTHING).ln();
    let variance = |[negative, positive]: [f32; 2]| {
        let ratio = (f64::from(positive) + SMOOTHING).ln() - (f64::from(negative) + SMOOTHING).ln();
        // A feature nobody has keeps weight 0 whatever its variance.
        ((ratio - base).abs() + FLOOR).powi(2) as f32
    };
    counts.into_iter().map(variance).collect()
}
