//! The figures of more comments than fit on one machine.
//!
//! Each machine counts its comments into a [`ScoreHistogram`]; merging them in any order gives the
//! same bits as one machine that saw all. Scores are known to their bin only, and [`finish`] says
//! how much that can matter.
//!
//! [`finish`]: ScoreHistogram::finish

use serde::{Deserialize, Serialize};

use super::calibration::{
    BinSums, ReliabilityRow, bin_of, calibration_error, cross_entropy, reliability_rows,
    squared_error,
};
use super::fixed_sum::FixedSum;
use super::{Label, MetricError, Ranking};

/// Weights of positives and negatives per bin of probability, mergeable and serialisable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreHistogram {
    bins: Vec<Bin>,
    n_rows: u64,
    squared_error: FixedSum,
    cross_entropy: FixedSum,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Bin {
    positive: FixedSum,
    negative: FixedSum,
    score: FixedSum,
}

/// The figures of a histogram, with the error that binning allows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HistogramSummary {
    /// Rows counted.
    pub n: u64,
    /// Weight of the positives.
    pub positives: f64,
    /// Area under the ROC curve, scores of one bin counted as ties.
    pub roc_auc: Option<f64>,
    /// The area of the unbinned scores differs by at most this.
    pub roc_auc_error: f64,
    /// Average precision, scores of one bin counted as ties.
    pub average_precision: Option<f64>,
    /// The average precision of the unbinned scores is at least this …
    pub average_precision_lower: Option<f64>,
    /// … and at most this.
    pub average_precision_upper: Option<f64>,
    /// Brier score, not affected by the bins.
    pub brier: Option<f64>,
    /// Log loss in nats, not affected by the bins.
    pub log_loss: Option<f64>,
}

impl ScoreHistogram {
    /// Enough that the error of both areas is usually below 0.001, in half a megabyte.
    pub const DEFAULT_BINS: usize = 10_000;

    /// An empty histogram of this many equal bins of [0, 1].
    ///
    /// # Panics
    /// If `n_bins` is 0.
    pub fn new(n_bins: usize) -> Self {
        assert!(n_bins > 0, "a histogram needs at least one bin");
        Self {
            bins: vec![Bin::default(); n_bins],
            n_rows: 0,
            squared_error: FixedSum::default(),
            cross_entropy: FixedSum::default(),
        }
    }

    /// Counts one row. On an error nothing is counted; the row number in it is that of this
    /// histogram.
    ///
    /// # Errors
    /// A score or label outside [0, 1], or a weight that is negative or not finite.
    pub fn update<L: Label>(
        &mut self,
        score: f64,
        label: L,
        weight: f64,
    ) -> Result<(), MetricError> {
        let label = label.positive_share();
        self.check(score, label, weight)?;
        let n_bins = self.bins.len();
        let bin = &mut self.bins[bin_of(score, n_bins)];
        bin.positive.add(weight * label);
        bin.negative.add(weight * (1.0 - label));
        bin.score.add(weight * score);
        self.squared_error.add(weight * squared_error(score, label));
        self.cross_entropy.add(weight * cross_entropy(score, label));
        self.n_rows += 1;
        Ok(())
    }

    fn check(&self, score: f64, label: f64, weight: f64) -> Result<(), MetricError> {
        let row = self.n_rows as usize;
        if !(0.0..=1.0).contains(&score) {
            return Err(MetricError::Probability { row, score });
        }
        if !(0.0..=1.0).contains(&label) {
            return Err(MetricError::Label { row, label });
        }
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(MetricError::Weight { row, weight });
        }
        Ok(())
    }

    /// Adds another machine's counts.
    ///
    /// # Errors
    /// Different numbers of bins; then nothing is added.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.bins.len() != other.bins.len() {
            let (expected, got) = (self.bins.len(), other.bins.len());
            return Err(MetricError::Bins { expected, got });
        }
        for (bin, added) in self.bins.iter_mut().zip(&other.bins) {
            bin.positive.merge(added.positive);
            bin.negative.merge(added.negative);
            bin.score.merge(added.score);
        }
        self.n_rows += other.n_rows;
        self.squared_error.merge(other.squared_error);
        self.cross_entropy.merge(other.cross_entropy);
        Ok(())
    }

    /// The ranking in which each bin is one tie at its lower edge.
    ///
    /// At a bin edge its confusion counts are exact, so a threshold chosen from it does on the
    /// unbinned scores what it says.
    pub fn ranking(&self) -> Ranking {
        let mut ranking = Ranking::default();
        for (k, bin) in self.bins.iter().enumerate().rev() {
            let edge = k as f64 / self.bins.len() as f64;
            ranking.push(edge, bin.positive.value(), bin.negative.value());
        }
        ranking
    }

    /// The reliability table of `n_bins` equal-width bins, exact if `n_bins` divides the number of
    /// bins kept; otherwise `None`.
    pub fn reliability(&self, n_bins: usize) -> Option<Vec<ReliabilityRow>> {
        let whole = n_bins > 0 && self.bins.len().is_multiple_of(n_bins);
        whole.then(|| {
            let groups = self.bins.chunks(self.bins.len() / n_bins);
            reliability_rows(&groups.map(sum_bins).collect::<Vec<_>>())
        })
    }

    /// Expected calibration error over `n_bins` equal-width bins; `None` if they do not divide the
    /// bins kept or nothing was counted.
    pub fn expected_calibration_error(&self, n_bins: usize) -> Option<f64> {
        let rows = self.reliability(n_bins)?;
        (!rows.is_empty()).then(|| calibration_error(&rows))
    }

    /// The figures, with their bin error.
    pub fn finish(&self) -> HistogramSummary {
        let ranking = self.ranking();
        let (positives, negatives) = (ranking.positives(), ranking.negatives());
        let total = positives + negatives;
        let mean = |sum: FixedSum| (total > 0.0).then(|| sum.value() / total);
        let bounds = (positives > 0.0).then(|| average_precision_bounds(&ranking));
        HistogramSummary {
            n: self.n_rows,
            positives,
            roc_auc: ranking.roc_auc(),
            roc_auc_error: roc_auc_error(&ranking),
            average_precision: ranking.average_precision(),
            average_precision_lower: bounds.map(|bounds| bounds.0),
            average_precision_upper: bounds.map(|bounds| bounds.1),
            brier: mean(self.squared_error),
            log_loss: mean(self.cross_entropy),
        }
    }
}

fn sum_bins(bins: &[Bin]) -> BinSums {
    let mut sums = [FixedSum::default(); 3];
    for bin in bins {
        sums[0].merge(bin.positive);
        sums[1].merge(bin.negative);
        sums[2].merge(bin.score);
    }
    let [positive, negative, score] = sums.map(FixedSum::value);
    BinSums {
        weight: positive + negative,
        score,
        positive,
    }
}

/// Pairs within a bin count one half and may be worth 0 or 1: half their share of all pairs.
fn roc_auc_error(ranking: &Ranking) -> f64 {
    let within: f64 = ranking
        .increments()
        .map(|(positive, negative)| positive * negative)
        .sum();
    let pairs = ranking.positives() * ranking.negatives();
    if pairs > 0.0 {
        0.5 * within / pairs
    } else {
        0.0
    }
}

/// Average precision if precision stood, all through each bin, at the lowest and at the highest
/// value that any order within the bin allows.
fn average_precision_bounds(ranking: &Ranking) -> (f64, f64) {
    let (mut tp, mut fp, mut lower, mut upper) = (0.0, 0.0, 0.0, 0.0);
    for (positive, negative) in ranking.increments().filter(|(p, n)| p + n > 0.0) {
        lower += positive * tp / (tp + fp + negative).max(f64::MIN_POSITIVE);
        upper += positive * (tp + positive) / (tp + positive + fp).max(f64::MIN_POSITIVE);
        tp += positive;
        fp += negative;
    }
    (lower / tp, upper / tp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Sample;

    fn filled(scores: &[f64], labels: &[bool]) -> ScoreHistogram {
        let mut histogram = ScoreHistogram::new(100);
        for (&score, &label) in scores.iter().zip(labels) {
            histogram.update(score, label, 1.0).unwrap();
        }
        histogram
    }

    #[test]
    fn scores_on_edges_lose_nothing() {
        let (scores, labels) = ([0.9, 0.4, 0.4, 0.2], [true, false, true, false]);
        let ranking = Ranking::new(&Sample::new(&scores, &labels).unwrap());
        assert_eq!(filled(&scores, &labels).ranking(), ranking);
    }

    #[test]
    fn survives_json() {
        let histogram = filled(&[0.123, 1.0, 0.0], &[true, false, true]);
        let json = serde_json::to_string(&histogram).unwrap();
        assert_eq!(
            serde_json::from_str::<ScoreHistogram>(&json).unwrap(),
            histogram
        );
    }

    #[test]
    fn refuses_what_cannot_be_counted() {
        let mut histogram = ScoreHistogram::new(10);
        assert!(histogram.update(f64::NAN, true, 1.0).is_err());
        assert!(histogram.update(0.5, 2.0_f32, 1.0).is_err());
        assert!(histogram.update(0.5, true, -1.0).is_err());
        assert!(histogram.merge(&ScoreHistogram::new(20)).is_err());
        assert_eq!(histogram, ScoreHistogram::new(10));
        assert_eq!(histogram.finish().brier, None);
        assert_eq!(histogram.expected_calibration_error(3), None);
    }
}
