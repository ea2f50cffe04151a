//! Points to draw, few enough for a page.

use crate::metrics::{Ranking, Sample};
use crate::policy::OperatingPoint;
use crate::report::number::floor_to;

/// Distance between two points of a curve, as a share of the axis, below which nobody sees the second.
const MIN_STEP: f64 = 0.004;
/// Bars of the distribution.
const N_BARS: usize = 20;
/// Thresholds of the slider: even ones, and some where the scores are, together at most 200.
const N_EVEN: usize = 100;
const N_QUANTILES: usize = 90;

/// Both curves as points of the unit square; empty where a class is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// False-positive rate and recall.
    pub roc: Vec<(f64, f64)>,
    /// Recall and precision.
    pub precision_recall: Vec<(f64, f64)>,
}

impl Curves {
    pub(super) fn new(ranking: &Ranking) -> Self {
        let roc = ranking.roc_curve().unwrap_or_default();
        let roc = roc
            .iter()
            .map(|point| (point.false_positive_rate, point.true_positive_rate));
        let curve = ranking.precision_recall_curve().unwrap_or_default();
        // The first point is a convention, not an observation.
        let curve = curve
            .iter()
            .skip(1)
            .map(|point| (point.recall, point.precision));
        Self {
            roc: thin(roc),
            precision_recall: thin(curve),
        }
    }
}

/// Leaves out points that are next to the one before; the last one stays.
fn thin(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut last = None;
    for point in points {
        let is_far = |&(x, y): &(f64, f64)| {
            (point.0 - x).abs() >= MIN_STEP || (point.1 - y).abs() >= MIN_STEP
        };
        last = Some(point);
        if kept.last().is_none_or(is_far) {
            kept.push(point);
            last = None;
        }
    }
    kept.extend(last);
    kept
}

/// How scores are spread within each class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    /// By rising score, the share of the comments with the label that score so; all 0 if there are none.
    pub positives: Vec<f64>,
    /// The same of those without.
    pub negatives: Vec<f64>,
}

impl Distribution {
    pub(super) fn new(sample: &Sample<'_>) -> Self {
        let mut sums = [vec![0.0; N_BARS], vec![0.0; N_BARS]];
        for (row, &score) in sample.scores().iter().enumerate() {
            let bar = ((score * N_BARS as f64) as usize).min(N_BARS - 1);
            let (share, weight) = (sample.label(row), sample.weight(row));
            sums[0][bar] += weight * share;
            sums[1][bar] += weight * (1.0 - share);
        }
        let [positives, negatives] = sums.map(|sums| {
            let total: f64 = sums.iter().sum();
            let share = |sum: &f64| if total > 0.0 { sum / total } else { 0.0 };
            sums.iter().map(share).collect()
        });
        Self {
            positives,
            negatives,
        }
    }
}

/// What a threshold would do with 1,000 such comments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SliderRow {
    /// Flagged from here on.
    pub threshold: f64,
    /// Flagged.
    pub queue: f64,
    /// Flagged without the label.
    pub false_alarms: f64,
    /// Not flagged with it.
    pub misses: f64,
    /// Of the flagged, the share that has it.
    pub precision: Option<f64>,
    /// Of those that have it, the share flagged.
    pub recall: Option<f64>,
    /// Of those without, the share flagged.
    pub false_positive_rate: Option<f64>,
}

/// The rows of the slider: the model's own thresholds among them.
pub(super) fn slider(ranking: &Ranking, policy: OperatingPoint) -> Vec<SliderRow> {
    let even = (1..N_EVEN).map(|i| i as f64 / N_EVEN as f64);
    // Cut to four decimals, so that what is read on the page can be typed.
    let crowded = ranking.quantile_thresholds(N_QUANTILES);
    let crowded = crowded
        .into_iter()
        .map(|threshold| floor_to(threshold, 1e4));
    let own = [Some(policy.review), Some(policy.flag), policy.reject];
    let mut thresholds: Vec<f64> = even
        .chain(crowded)
        .chain(own.into_iter().flatten())
        .collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let row = |&threshold: &f64| {
        let outcomes = ranking.confusion_at(threshold);
        let per_1000 = |n: f64| 1000.0 * n / outcomes.total();
        SliderRow {
            threshold,
            queue: per_1000(outcomes.flagged()),
            false_alarms: per_1000(outcomes.false_positives),
            misses: per_1000(outcomes.false_negatives),
            precision: outcomes.precision(),
            recall: outcomes.recall(),
            false_positive_rate: outcomes.false_positive_rate(),
        }
    };
    thresholds.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_keep_their_ends_and_lose_what_nobody_sees() {
        let points = (0..=10_000).map(|i| (f64::from(i) / 1e4, 1.0));
        let kept = thin(points);
        assert!(kept.len() < 260, "{}", kept.len());
        assert_eq!((kept[0].0, kept.last().unwrap().0), (0.0, 1.0));
        assert_eq!(thin(std::iter::empty()), []);
        assert_eq!(thin([(0.5, 0.5)].into_iter()), [(0.5, 0.5)]);
    }

    #[test]
    fn the_slider_has_at_most_200_rows_and_the_models_own_thresholds() {
        let scores: Vec<f64> = (0..5000).map(|i| (f64::from(i) / 5000.0).powi(3)).collect();
        let labels: Vec<bool> = (0..5000).map(|i| i % 3 == 0).collect();
        let ranking = Ranking::new(&Sample::new(&scores, &labels).unwrap());
        let policy = OperatingPoint {
            flag: 0.312_34,
            review: 0.1,
            reject: Some(0.912_34),
        };
        let rows = slider(&ranking, policy);
        assert!(rows.len() <= 200, "{}", rows.len());
        assert!(rows.is_sorted_by(|a, b| a.threshold < b.threshold));
        for own in [0.312_34, 0.912_34] {
            assert!(rows.iter().any(|row| row.threshold == own));
        }
        for row in &rows {
            let hits = row.queue - row.false_alarms;
            assert!(
                (row.recall.unwrap() - hits / (hits + row.misses)).abs() < 1e-9,
                "{row:?}"
            );
        }
    }

    #[test]
    fn a_class_that_is_missing_has_empty_bars() {
        let sample = Sample::new(&[0.0, 0.5, 1.0], &[false; 3]).unwrap();
        let distribution = Distribution::new(&sample);
        assert!(distribution.positives.iter().all(|&share| share == 0.0));
        assert!((distribution.negatives.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(Curves::new(&Ranking::new(&sample)).roc.is_empty());
    }
}
