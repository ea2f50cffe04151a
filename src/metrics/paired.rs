//! Two models on the same rows: whether the difference is more than luck.
//!
//! Differences are resampled pair by pair, so what makes a row hard for both drops out; that is why two
//! models may differ surely although their own intervals overlap.
//!
//! # References
//! - Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 15 and 16.
//! - McNemar (1947), Note on the sampling error of the difference between correlated proportions; the exact
//!   form is the binomial test on the discordant pairs (Dietterich 1998, section 3.1, uses its approximation).

use serde::{Deserialize, Serialize};

use super::interval::Replicates;
use super::{Confusion, Estimate, MetricError, Resampling, Sample, SortedSample, Units, bootstrap};

/// The scores of two models and the truth, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    /// Scores of both.
    pub scores: [&'a [f64]; 2],
    /// Share of raters who gave the label.
    pub shares: &'a [f32],
    /// From where on each flags.
    pub thresholds: [f64; 2],
}

/// A figure of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedFigure {
    /// Of the first.
    pub a: Option<f64>,
    /// Of the second.
    pub b: Option<f64>,
    /// Second less first, with the interval of the difference.
    pub difference: Estimate,
    /// How often luck alone would make so great a difference, if there were none; two-sided.
    pub p_value: Option<f64>,
}

/// Rows on which exactly one of two is right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Discordance {
    /// The first is right and the second wrong.
    pub only_a_right: u64,
    /// The second is right and the first wrong.
    pub only_b_right: u64,
    /// McNemar's exact test, two-sided; it takes rows as independent of each other.
    pub p_value: f64,
}

/// Two models side by side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedReport {
    /// Rows.
    pub n: usize,
    /// Sum of shares.
    pub positives: f64,
    /// Area under the ROC curve.
    pub roc_auc: PairedFigure,
    /// Average precision.
    pub average_precision: PairedFigure,
    /// Precision, each at its own threshold; so are the next three.
    pub precision: PairedFigure,
    /// Recall.
    pub recall: PairedFigure,
    /// F1.
    pub f1: PairedFigure,
    /// Flagged per 1,000.
    pub queue_per_1000: PairedFigure,
    /// Flags that are right for one only; rows on which half of the raters gave the label are left out.
    /// Where the label is rare, this favours the model that flags less.
    pub flags: Discordance,
    /// The same among the rows that have the label: whether one finds more.
    pub flags_with: Discordance,
    /// The same among those without: whether one spares more.
    pub flags_without: Discordance,
}

const N_FIGURES: usize = 6;

impl PairedReport {
    /// Compares both.
    ///
    /// # Errors
    /// No rows, slices or units of different length, values out of range.
    ///
    /// # Complexity  O(n log n), and O(n) a replicate
    pub fn new(
        pairs: &Pairs<'_>,
        units: &Units,
        resampling: &Resampling,
    ) -> Result<Self, MetricError> {
        let [a, b] = pairs.scores;
        let (a, b) = (Sample::new(a, pairs.shares)?, Sample::new(b, pairs.shares)?);
        super::sample::check_length("resampling units", a.len(), units.n_rows())?;
        let sorted = [SortedSample::new(&a), SortedSample::new(&b)];
        let figures = |drawn: &[u32]| -> [[Option<f64>; N_FIGURES]; 2] {
            std::array::from_fn(|model| figures(&sorted[model], pairs.thresholds[model], drawn))
        };
        let replicates = bootstrap(units, resampling, |drawn| differences(figures(drawn)));
        let own = figures(&vec![1; a.len()]);
        let difference = differences(own);
        let figure =
            |k: usize| PairedFigure::new(own, difference[k], k, &replicates[k], resampling.level);
        Ok(Self {
            n: a.len(),
            positives: a.positive_weight(),
            roc_auc: figure(0),
            average_precision: figure(1),
            precision: figure(2),
            recall: figure(3),
            f1: figure(4),
            queue_per_1000: figure(5),
            flags: Discordance::new(pairs, |share| share != 0.5),
            flags_with: Discordance::new(pairs, |share| share > 0.5),
            flags_without: Discordance::new(pairs, |share| share < 0.5),
        })
    }
}

fn figures(sorted: &SortedSample, threshold: f64, drawn: &[u32]) -> [Option<f64>; N_FIGURES] {
    let areas = sorted.areas(drawn);
    let confusion = Confusion::from_counts(sorted.counts_at(threshold, drawn));
    [
        areas.roc_auc,
        areas.average_precision,
        confusion.precision(),
        confusion.recall(),
        confusion.f1(),
        confusion.queue_per_1000(),
    ]
}

fn differences([a, b]: [[Option<f64>; N_FIGURES]; 2]) -> [Option<f64>; N_FIGURES] {
    std::array::from_fn(|k| Some(b[k]? - a[k]?))
}

impl PairedFigure {
    fn new(
        [a, b]: [[Option<f64>; N_FIGURES]; 2],
        difference: Option<f64>,
        k: usize,
        replicates: &Replicates,
        level: f64,
    ) -> Self {
        let mut difference = Estimate::bare(difference);
        difference.add_interval(replicates, level);
        Self {
            a: a[k],
            b: b[k],
            difference,
            p_value: bootstrap_p_value(replicates.values()),
        }
    }
}

/// Twice the share of replicates on the rarer side of 0, counting the sample itself, so that it is never 0.
fn bootstrap_p_value(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len();
    let at_most_0 = sorted.partition_point(|&value| value <= 0.0);
    let at_least_0 = n - sorted.partition_point(|&value| value < 0.0);
    let p = 2.0 * (1 + at_most_0.min(at_least_0)) as f64 / (1 + n) as f64;
    (n > 0).then_some(p.min(1.0))
}

impl Discordance {
    fn new(pairs: &Pairs<'_>, counts: impl Fn(f32) -> bool) -> Self {
        let [a, b] = pairs.scores;
        let (mut only_a_right, mut only_b_right) = (0, 0);
        for ((a, b), &share) in a.iter().zip(b).zip(pairs.shares) {
            let [a, b] = [*a >= pairs.thresholds[0], *b >= pairs.thresholds[1]];
            if a == b || !counts(share) {
                continue;
            }
            if a == (share > 0.5) {
                only_a_right += 1;
            } else {
                only_b_right += 1;
            }
        }
        Self {
            only_a_right,
            only_b_right,
            p_value: sign_test(only_a_right, only_b_right),
        }
    }
}

/// The exact two-sided binomial test that both counts come of a fair coin:
/// `min(1, 2 P(X <= min(a, b)))`, X ~ Bin(a + b, 1/2).
pub fn sign_test(a: u64, b: u64) -> f64 {
    let (n, k) = ((a + b) as f64, a.min(b));
    // The largest term by logarithms, since 2^-n is 0 beyond 1,074; the others as multiples of it.
    let ln_largest = (0..k).fold(-n * std::f64::consts::LN_2, |ln, i| {
        ln + ((n - i as f64) / (i + 1) as f64).ln()
    });
    let (mut sum, mut term) = (1.0, 1.0);
    for i in (1..=k).rev() {
        term *= i as f64 / (n - i as f64 + 1.0);
        sum += term;
    }
    (2.0 * sum * ln_largest.exp()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_test_is_the_binomial_one() {
        // scipy.stats.binomtest(k, n).pvalue: exact fractions of a fair coin.
        for (a, b, p) in [
            (0, 0, 1.0),
            (5, 5, 1.0),
            (0, 5, 0.0625),
            (1, 9, 0.021_484_375),
            (8, 2, 0.109_375),
        ] {
            assert!((sign_test(a, b) - p).abs() < 1e-12, "{a} {b}");
        }
        let many = sign_test(49_000, 51_000);
        // Normal approximation with continuity correction: z = 999.5 / 158.1 = 6.321, p = 2.6e-10.
        assert!((many / 2.6e-10 - 1.0).abs() < 0.02, "{many}");
    }

    fn report(b: &[f64]) -> PairedReport {
        let a: Vec<f64> = (0..200).map(|i| f64::from(i * 83 % 200) / 200.0).collect();
        let shares: Vec<f32> = (0..200)
            .map(|i| f32::from(u8::from(i % 200 >= 120)))
            .collect();
        let b = if b.is_empty() { &a } else { b };
        let pairs = Pairs {
            scores: [&a, b],
            shares: &shares,
            thresholds: [0.5, 0.5],
        };
        PairedReport::new(&pairs, &Units::rows(200), &Resampling::default()).unwrap()
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let same = report(&[]);
        for figure in [same.roc_auc, same.average_precision, same.recall] {
            assert_eq!(
                (figure.difference.value, figure.p_value),
                (Some(0.0), Some(1.0))
            );
            let interval = figure.difference.interval.unwrap();
            assert_eq!((interval.lower, interval.upper), (0.0, 0.0));
        }
        assert_eq!((same.flags.only_a_right, same.flags.p_value), (0, 1.0));
    }

    #[test]
    fn a_better_model_is_found_better() {
        let perfect: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
        let better = report(&perfect);
        assert_eq!(better.roc_auc.b, Some(1.0));
        assert!(better.roc_auc.p_value.unwrap() < 0.01);
        assert!(better.roc_auc.difference.interval.unwrap().lower > 0.0);
        assert!(better.flags.only_b_right > better.flags.only_a_right);
        assert!(better.flags.p_value < 0.01);
        let Discordance {
            only_a_right,
            only_b_right,
            ..
        } = better.flags;
        let (with, without) = (better.flags_with, better.flags_without);
        assert_eq!(with.only_a_right + without.only_a_right, only_a_right);
        assert_eq!(with.only_b_right + without.only_b_right, only_b_right);
    }
}
