//! Whether a probability means what it says.
//!
//! # References
//! - Brier (1950), Verification of forecasts expressed in terms of probability.
//! - Naeini, Cooper & Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
//!   binning; Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks: the
//!   expected calibration error.
//! - Nixon, Dusenberry, Zhang, Jerfel & Tran (2019), Measuring calibration in deep learning: bins of
//!   equal mass, since most comments score near 0 and equal-width bins leave the rest to chance.

use serde::{Deserialize, Serialize};

use super::{MetricError, Sample};

/// How probabilities are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bins {
    /// This many intervals `[k/n, (k+1)/n)`, the last one closed.
    ///
    /// Closed on the left, so that a bin edge used as a threshold flags whole bins. (Guo et al. and
    /// scikit-learn close them on the right; only scores exactly on an edge differ.)
    EqualWidth(usize),
    /// This many groups of equal weight by rising score; equal scores stay together, in the group
    /// that holds the middle of their weight.
    EqualMass(usize),
}

/// One line of the reliability table; bins without weight are left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityRow {
    /// Lower edge of the bin (equal width) or lowest score in it (equal mass).
    pub lower: f64,
    /// Upper edge of the bin (equal width) or highest score in it (equal mass).
    pub upper: f64,
    /// Weight of the bin: its number of rows if there are no weights.
    pub weight: f64,
    /// Mean predicted probability.
    pub mean_score: f64,
    /// Share of positives, which the mean should equal.
    pub positive_share: f64,
}

/// A sample all of whose scores are probabilities.
#[derive(Clone, Copy, Debug)]
pub struct Forecast<'a> {
    sample: &'a Sample<'a>,
}

impl<'a> Forecast<'a> {
    /// Checks that every score lies in [0, 1].
    pub fn new(sample: &'a Sample<'a>) -> Result<Self, MetricError> {
        super::sample::check_rows(
            sample.scores(),
            |score| (0.0..=1.0).contains(&score),
            |row, score| MetricError::Probability { row, score },
        )?;
        Ok(Self { sample })
    }

    /// Brier score: the weighted mean of `(p - y)^2`. Lower is better.
    ///
    /// A soft label enters as the number it is, so a forecast equal to it scores 0.
    pub fn brier(self) -> f64 {
        self.mean(squared_error)
    }

    /// Log loss: the weighted mean of `-y ln p - (1 - y) ln(1 - p)`, in nats. Lower is better.
    ///
    /// As in scikit-learn probabilities are kept `f64::EPSILON` away from 0 and 1, so one certain
    /// mistake costs 36 nats and not infinity.
    pub fn log_loss(self) -> f64 {
        self.mean(cross_entropy)
    }

    /// Expected calibration error: `sum over bins of (W_b / W) |mean p - share of positives|`.
    ///
    /// It depends on the bins, and a constant forecast of the base rate has none: read it next to
    /// the Brier score.
    pub fn expected_calibration_error(self, bins: Bins) -> f64 {
        calibration_error(&self.reliability(bins))
    }

    /// The reliability table, by rising score.
    ///
    /// # Panics
    /// If the number of bins is 0.
    pub fn reliability(self, bins: Bins) -> Vec<ReliabilityRow> {
        match bins {
            Bins::EqualWidth(n) => self.equal_width(n),
            Bins::EqualMass(n) => self.equal_mass(n),
        }
    }

    fn equal_width(self, n_bins: usize) -> Vec<ReliabilityRow> {
        assert!(n_bins > 0, "a reliability table needs at least one bin");
        let mut sums = vec![BinSums::default(); n_bins];
        for (row, &score) in self.sample.scores().iter().enumerate() {
            let (label, weight) = (self.sample.label(row), self.sample.weight(row));
            sums[bin_of(score, n_bins)].add(score, label, weight);
        }
        reliability_rows(&sums)
    }

    fn equal_mass(self, n_bins: usize) -> Vec<ReliabilityRow> {
        assert!(n_bins > 0, "a reliability table needs at least one bin");
        let ties = self.ties();
        let total: f64 = ties.iter().map(|(_, sums)| sums.weight).sum();
        let mut before = 0.0;
        let bin_of_tie = |&(score, sums): &(f64, BinSums)| {
            let middle = (before + 0.5 * sums.weight) / total;
            before += sums.weight;
            let bin = ((middle * n_bins as f64) as usize).min(n_bins - 1);
            (bin, score, sums)
        };
        let ties: Vec<(usize, f64, BinSums)> = ties.iter().map(bin_of_tie).collect();
        let bins = ties.chunk_by(|a, b| a.0 == b.0);
        bins.map(|bin| {
            let sums = bin
                .iter()
                .fold(BinSums::default(), |sum, tie| sum.plus(&tie.2));
            sums.row(bin[0].1, bin[bin.len() - 1].1)
        })
        .collect()
    }

    /// Each distinct score with its sums, rising; rows of weight 0 are left out.
    fn ties(self) -> Vec<(f64, BinSums)> {
        let (sample, scores) = (self.sample, self.sample.scores());
        let mut order: Vec<usize> = (0..sample.len())
            .filter(|&row| sample.weight(row) > 0.0)
            .collect();
        order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(a.cmp(&b)));
        let sum_tie = |tie: &[usize]| {
            let mut sums = BinSums::default();
            for &row in tie {
                sums.add(scores[row], sample.label(row), sample.weight(row));
            }
            (scores[tie[0]], sums)
        };
        order
            .chunk_by(|&a, &b| scores[a] == scores[b])
            .map(sum_tie)
            .collect()
    }

    fn mean(self, loss: impl Fn(f64, f64) -> f64) -> f64 {
        let scores = self.sample.scores().iter().enumerate();
        let sum: f64 = scores
            .map(|(row, &score)| self.sample.weight(row) * loss(score, self.sample.label(row)))
            .sum();
        sum / self.sample.total_weight()
    }
}

/// Brier's loss of one row.
pub(super) fn squared_error(score: f64, label: f64) -> f64 {
    (score - label) * (score - label)
}

/// Log loss of one row, in nats.
pub(super) fn cross_entropy(score: f64, label: f64) -> f64 {
    let p = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    // The clamp keeps both logarithms finite, so 0 * ln never is NaN.
    -(label * p.ln() + (1.0 - label) * (-p).ln_1p())
}

/// The bin `[k/n, (k+1)/n)` of a probability, exact for the rounded edges `k/n`.
pub(super) fn bin_of(score: f64, n_bins: usize) -> usize {
    let edge = |k: usize| k as f64 / n_bins as f64;
    let guess = ((score * n_bins as f64) as usize).min(n_bins - 1);
    if score < edge(guess) {
        guess - 1
    } else if guess + 1 < n_bins && score >= edge(guess + 1) {
        guess + 1
    } else {
        guess
    }
}

/// Sums of one bin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BinSums {
    pub(super) weight: f64,
    pub(super) score: f64,
    pub(super) positive: f64,
}

impl BinSums {
    fn add(&mut self, score: f64, label: f64, weight: f64) {
        self.weight += weight;
        self.score += weight * score;
        self.positive += weight * label;
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            weight: self.weight + other.weight,
            score: self.score + other.score,
            positive: self.positive + other.positive,
        }
    }

    fn row(&self, lower: f64, upper: f64) -> ReliabilityRow {
        ReliabilityRow {
            lower,
            upper,
            weight: self.weight,
            mean_score: self.score / self.weight,
            positive_share: self.positive / self.weight,
        }
    }
}

/// The table of equal-width bins from their sums.
pub(super) fn reliability_rows(sums: &[BinSums]) -> Vec<ReliabilityRow> {
    let edge = |k: usize| k as f64 / sums.len() as f64;
    let filled = sums
        .iter()
        .enumerate()
        .filter(|(_, sums)| sums.weight > 0.0);
    filled
        .map(|(k, sums)| sums.row(edge(k), edge(k + 1)))
        .collect()
}

/// The weighted mean gap of a reliability table; 0 if it is empty.
pub(super) fn calibration_error(rows: &[ReliabilityRow]) -> f64 {
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    let gap = |row: &ReliabilityRow| (row.mean_score - row.positive_share).abs();
    rows.iter().map(|row| row.weight / total * gap(row)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_logits() {
        let sample = Sample::new(&[0.5, 1.5], &[true, false]).unwrap();
        let error = Forecast::new(&sample).unwrap_err();
        assert_eq!(error, MetricError::Probability { row: 1, score: 1.5 });
    }

    #[test]
    fn a_score_on_an_edge_belongs_to_the_bin_it_opens() {
        for n_bins in [1, 3, 7, 10, 49, 10_000] {
            for k in 0..n_bins {
                let edge = k as f64 / n_bins as f64;
                assert_eq!(bin_of(edge, n_bins), k, "{k}/{n_bins}");
                assert_eq!(bin_of(edge.next_up(), n_bins), k, "{k}/{n_bins}");
            }
            assert_eq!(bin_of(1.0, n_bins), n_bins - 1);
        }
    }

    #[test]
    fn certain_mistakes_are_finite() {
        let sample = Sample::new(&[0.0, 1.0], &[true, false]).unwrap();
        let forecast = Forecast::new(&sample).unwrap();
        assert_eq!(forecast.brier(), 1.0);
        assert!((forecast.log_loss() - 36.043_653_389_117_15).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_share_an_equal_mass_bin() {
        let scores = [0.1, 0.3, 0.3, 0.3, 0.3, 0.9];
        let labels = [false, true, false, false, false, true];
        let sample = Sample::new(&scores, &labels).unwrap();
        let rows = Forecast::new(&sample)
            .unwrap()
            .reliability(Bins::EqualMass(3));
        let weights: Vec<f64> = rows.iter().map(|row| row.weight).collect();
        assert_eq!(weights, [1.0, 4.0, 1.0]);
        assert_eq!(rows[1].positive_share, 0.25);
    }
}
